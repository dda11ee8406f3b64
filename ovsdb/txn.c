/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/txn.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "ovsdb/journal.h"
#include "ovsdb/record.h"
#include "ovsdb/snapshot.h"
#include "ovsdb/txn_priv.h"

struct txn *
txn_begin(struct db *db)
{
    ASSERT(!db->txn);
    struct txn *txn = xzalloc(sizeof *txn);
    txn->db = db;
    list_init(&txn->rows);
    list_init(&txn->dead);
    hmap_init(&txn->by_uuid);
    str_init(&txn->comment);
    list_init(&txn->gc_queue);
    list_init(&txn->weak_queue);
    db->txn = txn;
    return txn;
}

struct txn_row *
txn_find(const struct txn *txn, const struct db_table *t,
         const struct uuid *uuid)
{
    HMAP_FOR_EACH_WITH_HASH (struct txn_row, tr, uuid_node, uuid_hash(uuid),
                             &txn->by_uuid) {
        if (tr->row->table == t && uuid_eq(db_row_uuid(tr->row), uuid)) {
            return tr;
        }
    }
    return NULL;
}

static struct txn_row *
txn_row_create(struct txn *txn, struct db_row *row)
{
    struct txn_row *tr = xzalloc(sizeof *tr);
    tr->row = row;
    tr->indexed = true;
    list_init(&tr->gc_node);
    list_push_back(&txn->rows, &tr->node);
    hmap_insert(&txn->by_uuid, &tr->uuid_node, uuid_hash(db_row_uuid(row)));
    row->txn_row = tr;
    return tr;
}

struct txn_row *
txn_touch(struct txn *txn, struct db_row *row)
{
    if (row->txn_row) {
        return row->txn_row;
    }
    struct txn_row *tr = txn_row_create(txn, row);
    snapshot_before_change(row);
    tr->old_pack = ovsdb_pack_ref(row->u.pack);
    const struct ovsdb_datum *datums = db_row_open(row);
    size_t n = row->table->schema->n_columns;
    tr->old = xcalloc(n, sizeof *tr->old);
    for (size_t i = 0; i < n; i++) {
        ovsdb_datum_clone(&tr->old[i], &datums[i]);
    }
    return tr;
}

void
txn_insert(struct txn *txn, struct db_row *row)
{
    db_row_link(row);
    txn_row_create(txn, row);
}

void
txn_delete(struct txn *txn, struct db_row *row)
{
    struct txn_row *tr = txn_touch(txn, row);
    ASSERT(!tr->deleted && tr->indexed);
    db_row_unlink(row);
    tr->deleted = true;
}

struct ovsdb_datum *
txn_row_write(struct txn *txn, struct db_row *row)
{
    struct txn_row *tr = txn_touch(txn, row);
    if (tr->indexed && !tr->deleted) {
        db_row_unindex(row);
        tr->indexed = false;
    }
    return row->u.datums;
}

void
txn_row_written(struct db_row *row)
{
    struct txn_row *tr = row->txn_row;
    if (!tr->indexed && !tr->deleted) {
        db_row_index(row);
        tr->indexed = true;
    }
}

void
txn_set(struct txn *txn, struct db_row *row, const struct ovsdb_column *c,
        struct ovsdb_datum *datum)
{
    struct ovsdb_datum *d = &txn_row_write(txn, row)[c->idx];
    ovsdb_datum_fini(d, &c->type);
    *d = *datum;
    txn_row_written(row);
}

bool
txn_has_deleted(const struct txn *txn, const struct db_table *t,
                const struct uuid *uuid)
{
    const struct txn_row *tr = txn_find(txn, t, uuid);
    return tr && tr->deleted && tr->old;
}

void
txn_add_comment(struct txn *txn, const char *text)
{
    if (txn->comment.len) {
        str_put_char(&txn->comment, '\n');
    }
    str_put(&txn->comment, text);
}

/* The end. */

static void
txn_row_free(struct txn *txn, struct txn_row *tr)
{
    struct db_row *row = tr->row;
    const struct ovsdb_table_schema *ts = row->table->schema;
    list_remove(&tr->node);
    list_remove(&tr->gc_node);
    hmap_remove(&txn->by_uuid, &tr->uuid_node);
    row->txn_row = NULL;
    ovsdb_pack_unref(tr->old_pack);
    if (tr->old) {
        for (size_t i = 0; i < ts->n_columns; i++) {
            ovsdb_datum_fini(&tr->old[i], &ts->columns[i]->type);
        }
        free(tr->old);
    }
    if (tr->deleted) {
        db_row_destroy(row);
    } else {
        db_row_close(row);
    }
    free(tr);
}

static void
txn_destroy(struct txn *txn)
{
    LIST_FOR_EACH_SAFE (struct txn_row, tr, node, &txn->rows) {
        txn_row_free(txn, tr);
    }
    LIST_FOR_EACH_SAFE (struct txn_row, tr, node, &txn->dead) {
        txn_row_free(txn, tr);
    }
    hmap_fini(&txn->by_uuid);
    str_fini(&txn->comment);
    free(txn->ref_changes);
    ovsdb_err_free(txn->err);
    txn->db->txn = NULL;
    free(txn);
}

/* Closes a row with the values that it had. */
static void
txn_row_reset(struct txn_row *tr)
{
    db_row_reset(tr->row, tr->old_pack);
    tr->old_pack = NULL;
}

/* Puts one row back as it was. */
static void
txn_row_undo(struct txn_row *tr)
{
    struct db_row *row = tr->row;
    if (!tr->deleted && tr->indexed) {
        db_row_unindex(row);
    }
    if (!tr->old) {
        if (!tr->deleted) {
            hmap_remove(&row->table->rows, &row->node);
            tr->deleted = true; /* Lets txn_row_free() free it. */
        }
        return;
    }
    txn_row_reset(tr);
    if (tr->deleted) {
        tr->deleted = false;
        db_row_link(row);
    } else {
        db_row_index(row);
    }
}

void
txn_abort(struct txn **txnp)
{
    struct txn *txn = *txnp;
    *txnp = NULL;
    if (!txn) {
        return;
    }
    txn_undo_refs(txn);
    TXN_FOR_EACH_ROW (tr, txn) {
        txn_row_undo(tr);
    }
    txn_destroy(txn);
}

static bool
txn_row_is_noop(const struct txn_row *tr)
{
    if (!tr->old) {
        return tr->deleted;
    }
    if (tr->deleted) {
        return false;
    }
    const struct ovsdb_table_schema *ts = tr->row->table->schema;
    for (size_t i = 0; i < ts->n_columns; i++) {
        if (txn_row_changed(tr, ts->columns[i])) {
            return false;
        }
    }
    return true;
}

static void
txn_drop_noops(struct txn *txn)
{
    LIST_FOR_EACH_SAFE (struct txn_row, tr, node, &txn->rows) {
        if (!txn_row_is_noop(tr)) {
            continue;
        }
        if (tr->deleted) {
            /* Counts to undo may still point to it. */
            list_remove(&tr->node);
            list_push_back(&txn->dead, &tr->node);
        } else {
            txn_row_reset(tr);
            txn_row_free(txn, tr);
        }
    }
}

static void
txn_bump_versions(struct txn *txn)
{
    TXN_FOR_EACH_ROW (tr, txn) {
        if (!tr->deleted) {
            db_row_bump(tr->row);
        }
    }
}

static struct ovsdb_err *
txn_write_journal(struct txn *txn)
{
    struct db *db = txn->db;
    if (!db->journal) {
        return NULL;
    }
    struct str record = STR_INIT;
    struct ovsdb_err *err = NULL;
    if (record_from_txn(&record, txn)) {
        err = journal_append(db->journal, str_cstr(&record), record.len);
        txn->durable_changes = !err;
    }
    str_fini(&record);
    return err;
}

struct ovsdb_err *
txn_commit(struct txn **txnp)
{
    struct txn *txn = *txnp;
    struct db *db = txn->db;
    txn_drop_noops(txn);
    struct ovsdb_err *err = txn_settle_refs(txn);
    if (!err) {
        txn_drop_noops(txn);
        err = txn_check_limits(txn);
    }
    if (!err && !list_is_empty(&txn->rows)) {
        txn_bump_versions(txn);
        err = txn_write_journal(txn);
    }
    if (err) {
        txn_abort(txnp);
        return err;
    }
    *txnp = NULL;
    if (!list_is_empty(&txn->rows)) {
        txn_record_weak_refs(txn);
        db->n_commits++;
        LIST_FOR_EACH_SAFE (struct db_observer, o, node, &db->observers) {
            o->committed(o->aux, txn);
        }
    }
    txn_destroy(txn);
    return NULL;
}
