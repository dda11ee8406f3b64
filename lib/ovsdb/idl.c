/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and tables of the replica.  A row that the server has not sent, but
 * that another row refers to, is an orphan: it is in its table, holds the
 * arcs, and no reader sees it; when it comes its referrers are read again. */
#include "lib/ovsdb/idl.h"

#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/idl_priv.h"

static void
column_init(struct idl_column *c, const struct idl_column_class *class)
{
    char *text;
    json_t *json = json_parse(class->type, strlen(class->type), &text);
    ASSERT(json);
    struct ovsdb_err *err = ovsdb_type_from_json(&c->type, json);
    ASSERT(!err);
    json_decref(json);
    c->class = class;
    c->mode = IDL_OMIT;
    c->on_server = true;
    ovsdb_datum_init_default(&c->dflt, &c->type);
}

static void
table_init(struct idl_table *t, struct idl *idl, size_t idx)
{
    *t = (struct idl_table){ .idl = idl, .class = &idl->class->tables[idx],
                             .idx = idx, .on_server = true };
    hmap_init(&t->rows);
    list_init(&t->track);
    shash_init(&t->column_by_name);
    t->columns = xcalloc(t->class->n_columns, sizeof *t->columns);
    for (size_t i = 0; i < t->class->n_columns; i++) {
        column_init(&t->columns[i], &t->class->columns[i]);
        shash_add(&t->column_by_name, t->class->columns[i].name,
                  &t->columns[i]);
    }
}

static void
table_fini(struct idl_table *t)
{
    HMAP_FOR_EACH_SAFE (struct idl_row, row, node, &t->rows) {
        idl_row_free(row);
    }
    hmap_fini(&t->rows);
    for (size_t i = 0; i < t->class->n_columns; i++) {
        ovsdb_datum_fini(&t->columns[i].dflt, &t->columns[i].type);
        ovsdb_type_fini(&t->columns[i].type);
    }
    free(t->columns);
    shash_fini(&t->column_by_name);
    json_decref(t->where);
}

struct idl *
idl_create(struct loop *loop, const struct idl_class *class,
           const struct idl_callbacks *callbacks, void *aux)
{
    struct idl *idl = xzalloc(sizeof *idl);
    idl->loop = loop;
    idl->class = class;
    idl->callbacks = *callbacks;
    idl->aux = aux;
    list_init(&idl->dirty);
    list_init(&idl->graves);
    list_init(&idl->outstanding);
    shash_init(&idl->table_by_name);
    idl->tables = xcalloc(class->n_tables, sizeof *idl->tables);
    for (size_t i = 0; i < class->n_tables; i++) {
        table_init(&idl->tables[i], idl, i);
        shash_add(&idl->table_by_name, class->tables[i].name,
                  &idl->tables[i]);
    }
    return idl;
}

void
idl_destroy(struct idl **idlp)
{
    struct idl *idl = *idlp;
    if (!idl) {
        return;
    }
    ASSERT(!idl->txn);
    if (idl->session) {
        loop_timer_cancel(&idl->retry);
        jsonrpc_session_close(&idl->session);
    }
    idl_txn_lost_connection(idl);
    idl_clear(idl);
    idl_members_reread(idl);
    idl_bury(idl);
    for (size_t i = 0; i < idl->class->n_tables; i++) {
        table_fini(&idl->tables[i]);
    }
    free(idl->tables);
    shash_fini(&idl->table_by_name);
    free(idl->lock_name);
    free(idl->error);
    free(idl);
    *idlp = NULL;
}

static void
table_note_mode(struct idl_table *t, enum idl_mode mode)
{
    t->monitored |= mode != IDL_OMIT;
    t->alert |= mode == IDL_ALERT;
}

void
idl_set_mode(struct idl *idl, size_t table, size_t column, enum idl_mode mode)
{
    ASSERT(!idl->session);
    struct idl_table *t = &idl->tables[table];
    t->columns[column].mode = mode;
    table_note_mode(t, mode);
}

void
idl_set_table_mode(struct idl *idl, size_t table, enum idl_mode mode)
{
    for (size_t i = 0; i < idl->tables[table].class->n_columns; i++) {
        idl_set_mode(idl, table, i, mode);
    }
}

void
idl_set_all_modes(struct idl *idl, enum idl_mode mode)
{
    for (size_t i = 0; i < idl->class->n_tables; i++) {
        idl_set_table_mode(idl, i, mode);
    }
}

void
idl_add_table(struct idl *idl, size_t table)
{
    ASSERT(!idl->session);
    table_note_mode(&idl->tables[table], IDL_ALERT);
}

void
idl_track(struct idl *idl, size_t table)
{
    idl->tables[table].tracked = true;
    idl->tracking = true;
}

struct idl_row *
idl_row_find(const struct idl_table *t, const struct uuid *uuid)
{
    HMAP_FOR_EACH_WITH_HASH (struct idl_row, row, node, uuid_hash(uuid),
                             &t->rows) {
        if (uuid_eq(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

struct idl_row *
idl_row_get(struct idl_table *t, const struct uuid *uuid)
{
    struct idl_row *row = idl_row_find(t, uuid);
    if (!row) {
        row = xzalloc(t->class->row_size);
        row->uuid = *uuid;
        row->table = t;
        list_init(&row->arcs_out);
        list_init(&row->arcs_in);
        list_init(&row->track_node);
        list_init(&row->dirty_node);
        list_init(&row->grave_node);
        hmap_insert(&t->rows, &row->node, uuid_hash(uuid));
    }
    return row;
}

void
idl_row_free(struct idl_row *row)
{
    struct idl_table *t = row->table;
    idl_members_forget(row);
    ASSERT(list_is_empty(&row->arcs_in));
    if (row->old) {
        for (size_t i = 0; i < t->class->n_columns; i++) {
            ovsdb_datum_fini(&row->old[i], &t->columns[i].type);
        }
        free(row->old);
    }
    if (!row->is_dead) {
        hmap_remove(&t->rows, &row->node);
    }
    list_remove(&row->track_node);
    list_remove(&row->dirty_node);
    list_remove(&row->grave_node);
    free(row);
}

void
idl_row_drop_orphan(struct idl_row *row)
{
    if (!row->is_dead && !row->old && !row->txn
        && list_is_empty(&row->arcs_in)) {
        idl_row_free(row);
    }
}

void
idl_row_set_dirty(struct idl_row *row)
{
    if (list_is_empty(&row->dirty_node)) {
        list_push_back(&row->table->idl->dirty, &row->dirty_node);
    }
}

void
idl_row_set_referrers_dirty(struct idl_row *row)
{
    LIST_FOR_EACH (struct idl_arc, arc, in_node, &row->arcs_in) {
        idl_row_set_dirty(arc->src);
    }
}

void
idl_row_note_change(struct idl_row *row, enum idl_change change)
{
    if (!row->table->tracked) {
        return;
    }
    if (!row->changes) {
        list_push_back(&row->table->track, &row->track_node);
    }
    row->changes |= change;
}

void
idl_row_make(struct idl_row *row)
{
    struct idl_table *t = row->table;
    ASSERT(!row->old);
    row->old = xcalloc(t->class->n_columns, sizeof *row->old);
    for (size_t i = 0; i < t->class->n_columns; i++) {
        ovsdb_datum_clone(&row->old[i], &t->columns[i].dflt);
    }
    t->n_rows++;
    idl_row_set_dirty(row);
    idl_row_set_referrers_dirty(row);
    idl_row_note_change(row, IDL_INSERTED);
}

/* The contents stay until idl_bury(), for those who track. */
void
idl_row_delete(struct idl_row *row)
{
    struct idl_table *t = row->table;
    t->n_rows--;
    hmap_remove(&t->rows, &row->node);
    row->is_dead = true;
    list_push_back(&t->idl->graves, &row->grave_node);
    idl_row_set_referrers_dirty(row);
    list_remove(&row->dirty_node);
    idl_row_note_change(row, IDL_DELETED);
}

void
idl_alert(struct idl *idl)
{
    idl->alert = true;
}

void
idl_clear(struct idl *idl)
{
    for (size_t i = 0; i < idl->class->n_tables; i++) {
        struct idl_table *t = &idl->tables[i];
        HMAP_FOR_EACH_SAFE (struct idl_row, row, node, &t->rows) {
            if (row->old) {
                idl_row_delete(row);
            }
        }
    }
    memset(&idl->last_txn, 0, sizeof idl->last_txn);
}

void
idl_bury(struct idl *idl)
{
    /* Arcs between dead rows go first, so that none is freed under one. */
    LIST_FOR_EACH (struct idl_row, row, grave_node, &idl->graves) {
        idl_members_forget(row);
    }
    while (!list_is_empty(&idl->graves)) {
        struct idl_row *row =
            LIST_ENTRY(list_front(&idl->graves), struct idl_row, grave_node);
        if (row->txn) {
            break; /* The open transaction still names it. */
        }
        idl_row_free(row);
    }
}

void
idl_settle(struct idl *idl)
{
    idl_members_reread(idl);
    if (!idl->tracking) {
        idl_bury(idl);
    }
    if (idl->alert) {
        idl->alert = false;
        idl->seqno++;
        idl->callbacks.changed(idl->aux);
    }
}

bool
idl_is_loaded(const struct idl *idl)
{
    return idl->loaded;
}

const char *
idl_error(const struct idl *idl)
{
    return idl->error;
}

unsigned int
idl_seqno(const struct idl *idl)
{
    return idl->seqno;
}

const struct idl_class *
idl_get_class(const struct idl *idl)
{
    return idl->class;
}

struct loop *
idl_loop(struct idl *idl)
{
    return idl->loop;
}

/* The most that a blocking call sleeps without looking at its deadline. */
#define BLOCK_MS 1000

int
idl_run_until(struct idl *idl, int64_t deadline_ms)
{
    int64_t left = deadline_ms == INT64_MAX ? BLOCK_MS
                                            : deadline_ms - clock_real_ms();
    if (left <= 0) {
        return -ETIMEDOUT;
    }
    loop_run_for(idl->loop, MIN(left, BLOCK_MS));
    return 0;
}

int
idl_wait_loaded(struct idl *idl, bool once, int64_t deadline_ms)
{
    while (!idl->loaded) {
        if (idl->error) {
            return -EPROTO;
        }
        if (once && idl->n_tries >= idl->n_remotes) {
            return idl->last_errno;
        }
        int err = idl_run_until(idl, deadline_ms);
        if (err) {
            return err;
        }
    }
    return 0;
}

int
idl_wait_change(struct idl *idl, unsigned int seqno, int64_t deadline_ms)
{
    while (idl->seqno == seqno) {
        int err = idl_run_until(idl, deadline_ms);
        if (err) {
            return err;
        }
    }
    return 0;
}

/* The first row from 'node' on that readers may see. */
static const struct idl_row *
visible_from(const struct idl_table *t, struct hmap_node *node)
{
    for (; node; node = hmap_next(&t->rows, node)) {
        struct idl_row *row = CONTAINER_OF(node, struct idl_row, node);
        if (idl_row_is_there(row)) {
            return row;
        }
    }
    return NULL;
}

const struct idl_row *
idl_first(const struct idl *idl, size_t table)
{
    const struct idl_table *t = &idl->tables[table];
    return visible_from(t, hmap_first(&t->rows));
}

const struct idl_row *
idl_next(const struct idl_row *row)
{
    return visible_from(row->table, hmap_next(&row->table->rows, &row->node));
}

size_t
idl_n_rows(const struct idl *idl, size_t table)
{
    return idl->tables[table].n_rows;
}

const struct idl_row *
idl_find(const struct idl *idl, size_t table, const struct uuid *uuid)
{
    const struct idl_row *row = idl_row_find(&idl->tables[table], uuid);
    return row && idl_row_is_there(row) ? row : NULL;
}

const struct ovsdb_datum *
idl_read(const struct idl_row *row, size_t column)
{
    const struct idl_row_txn *txn = row->txn;
    if (txn && txn->flags[column] & (IDL_F_WRITTEN | IDL_F_MUTATED)) {
        return &txn->new[column];
    }
    return row->old ? &row->old[column] : &row->table->columns[column].dflt;
}

const struct ovsdb_type *
idl_column_type(const struct idl *idl, size_t table, size_t column)
{
    return &idl->tables[table].columns[column].type;
}

bool
idl_server_has_table(const struct idl *idl, size_t table)
{
    return idl->tables[table].on_server;
}

bool
idl_server_has_column(const struct idl *idl, size_t table, size_t column)
{
    return idl->tables[table].on_server
           && idl->tables[table].columns[column].on_server;
}

size_t
idl_row_table(const struct idl_row *row)
{
    return row->table->idx;
}

struct idl *
idl_row_idl(const struct idl_row *row)
{
    return row->table->idl;
}

static const struct idl_row *
tracked_or_end(const struct idl_table *t, const struct list *node)
{
    return node == &t->track
               ? NULL
               : LIST_ENTRY((uintptr_t)node, struct idl_row, track_node);
}

const struct idl_row *
idl_track_first(const struct idl *idl, size_t table)
{
    const struct idl_table *t = &idl->tables[table];
    return tracked_or_end(t, t->track.next);
}

const struct idl_row *
idl_track_next(const struct idl_row *row)
{
    return tracked_or_end(row->table, row->track_node.next);
}

void
idl_track_clear(struct idl *idl)
{
    for (size_t i = 0; i < idl->class->n_tables; i++) {
        struct list *track = &idl->tables[i].track;
        while (!list_is_empty(track)) {
            struct idl_row *row = LIST_ENTRY(list_pop_front(track),
                                             struct idl_row, track_node);
            row->changes = 0;
        }
    }
    idl_bury(idl);
}
