/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/snapshot.h"

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/sha1.h"
#include "lib/io/json.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/record.h"
#include "ovsdb/text.h"

struct snapshot_row {
    struct uuid uuid;
    struct ovsdb_pack *pack; /* One reference. */
};

struct snapshot_table {
    struct snapshot_row *rows;
    size_t n, capacity;
};

struct snapshot {
    struct db *db;                 /* NULL once complete or abandoned. */
    enum snapshot_state state;
    struct ovsdb_schema *schema;   /* Owned. */
    struct snapshot_table *tables; /* By table idx. */
    char *comment;
    int64_t date_ms;
    size_t n_rows;
    size_t table;                  /* Place of the walk: table, */
    size_t bucket;                 /* bucket of its rows, */
    size_t mask;                   /* and how many there were. */
};

struct snapshot *
snapshot_begin(struct db *db, const char *comment)
{
    ASSERT(!db->snapshot && !db->txn);
    struct snapshot *s = xzalloc(sizeof *s);
    s->db = db;
    s->schema = ovsdb_schema_clone(db->schema);
    s->tables = xcalloc(db->schema->n_tables + 1, sizeof *s->tables);
    s->comment = xstrdup(comment);
    s->date_ms = clock_wall_ms();
    db->snapshot = s;
    db->snap_seq = (db->snap_seq + 1) & 0x7fffffff;
    return s;
}

void
snapshot_take(struct snapshot *s, struct db_row *row)
{
    struct snapshot_table *t = &s->tables[row->table->schema->idx];
    ASSERT(!row->is_open);
    if (t->n >= t->capacity) {
        t->rows = x2nrealloc(t->rows, &t->capacity, sizeof *t->rows);
    }
    t->rows[t->n++]
        = (struct snapshot_row){ row->uuid, ovsdb_pack_ref(row->u.pack) };
    row->snap_seq = s->db->snap_seq & 0x7fffffff;
    s->n_rows++;
}

static void
snapshot_end(struct snapshot *s, enum snapshot_state state)
{
    s->state = state;
    s->db->snapshot = NULL;
    s->db = NULL;
}

/* Takes the rows of one bucket; returns how many nodes it looked at. */
static size_t
gather_bucket(struct snapshot *s, const struct hmap *rows)
{
    size_t n = 1;
    for (struct hmap_node *node
         = rows->buckets ? rows->buckets[s->bucket] : rows->one;
         node; node = node->next) {
        struct db_row *row = CONTAINER_OF(node, struct db_row, node);
        if (row->snap_seq != s->db->snap_seq) {
            snapshot_take(s, row);
        }
        n++;
    }
    return n;
}

enum snapshot_state
snapshot_gather(struct snapshot *s, size_t max_rows)
{
    size_t n = 0;
    while (s->state == SNAPSHOT_GATHERING && n < max_rows) {
        ASSERT(!s->db->txn);
        if (s->table >= s->schema->n_tables) {
            snapshot_end(s, SNAPSHOT_COMPLETE);
            break;
        }
        const struct hmap *rows = &s->db->tables[s->table].rows;
        if (rows->mask != s->mask) {
            s->mask = rows->mask; /* Grown or new: from the start; rows
                                   * that were taken are known by their
                                   * mark. */
            s->bucket = 0;
        }
        n += gather_bucket(s, rows);
        if (++s->bucket > rows->mask) {
            s->table++;
            s->bucket = 0;
            s->mask = SIZE_MAX;
        }
    }
    return s->state;
}

void
snapshot_abandon(struct db *db)
{
    if (db->snapshot) {
        snapshot_end(db->snapshot, SNAPSHOT_ABANDONED);
    }
}

size_t
snapshot_n_rows(const struct snapshot *s)
{
    return s->n_rows;
}

bool
snapshot_release(struct snapshot **sp, size_t max_rows)
{
    struct snapshot *s = *sp;
    if (!s) {
        return true;
    }
    if (s->db) {
        snapshot_end(s, SNAPSHOT_ABANDONED);
    }
    for (size_t i = 0; i < s->schema->n_tables; i++) {
        struct snapshot_table *t = &s->tables[i];
        for (; t->n; t->n--) {
            if (!max_rows--) {
                return false;
            }
            ovsdb_pack_unref(t->rows[t->n - 1].pack);
        }
        free(t->rows);
        t->rows = NULL;
    }
    free(s->tables);
    ovsdb_schema_destroy(&s->schema);
    free(s->comment);
    free(s);
    *sp = NULL;
    return true;
}

void
snapshot_destroy(struct snapshot **sp)
{
    bool done = snapshot_release(sp, SIZE_MAX);
    ASSERT(done);
}

/* Writing. */

struct writer {
    const struct snapshot *s;
    struct str text;      /* Piece under way. */
    snapshot_put_fn *put;
    void *aux;
    size_t len;           /* Put so far. */
};

static int
writer_flush(struct writer *w)
{
    int err = w->text.len ? w->put(w->aux, w->text.s, w->text.len) : 0;
    w->len += w->text.len;
    str_clear(&w->text);
    return err;
}

static int
write_table(struct writer *w, size_t idx)
{
    const struct snapshot_table *t = &w->s->tables[idx];
    const struct ovsdb_table_schema *ts = w->s->schema->tables[idx];
    struct ovsdb_view view = OVSDB_VIEW_INIT;
    struct uuid none = { { 0 } };
    int err = 0;
    str_put_char(&w->text, ',');
    str_put_char(&w->text, '"');
    str_put(&w->text, ts->name);
    str_put(&w->text, "\":{");
    for (size_t i = 0; i < t->n && !err; i++) {
        const struct snapshot_row *row = &t->rows[i];
        if (i) {
            str_put_char(&w->text, ',');
        }
        text_put_uuid(&w->text, &row->uuid);
        str_put_char(&w->text, ':');
        record_put_row(&w->text, ts,
                       ovsdb_view_read(&view, ts, row->pack, &row->uuid,
                                       &none));
        if (w->text.len >= SNAPSHOT_PIECE) {
            err = writer_flush(w);
        }
    }
    str_put_char(&w->text, '}');
    ovsdb_view_fini(&view);
    return err;
}

/* The transaction's JSON and the new line behind it. */
static int
write_json(struct writer *w)
{
    int err = 0;
    record_put_specials(&w->text, w->s->date_ms, w->s->comment, NULL, false);
    for (size_t i = 0; i < w->s->schema->n_tables && !err; i++) {
        if (w->s->tables[i].n) {
            err = write_table(w, i);
        }
    }
    str_put(&w->text, "}\n");
    return err ? err : writer_flush(w);
}

static int
add_to_sum(void *sum, const char *text, size_t len)
{
    sha1_update(sum, text, len);
    return 0;
}

static int
write_rows(struct writer *w)
{
    struct sha1 sum;
    char hex[SHA1_HEX_LEN + 1];
    struct writer dry = { w->s, STR_INIT, add_to_sum, &sum, 0 };
    sha1_init(&sum);
    int err = write_json(&dry);
    str_fini(&dry.text);
    sha1_final_hex(&sum, hex);
    ovsdb_frame_put_header(&w->text, dry.len, hex);
    return err ? err : write_json(w);
}

int
snapshot_write(const struct snapshot *s, snapshot_put_fn *put, void *aux)
{
    ASSERT(s->state == SNAPSHOT_COMPLETE);
    struct writer w = { s, STR_INIT, put, aux, 0 };
    json_t *schema = ovsdb_schema_to_json(s->schema);
    struct str json = STR_INIT;
    json_put(&json, schema, JSON_STYLE_COMPACT);
    json_decref(schema);
    ovsdb_frame_put(&w.text, json.s, json.len);
    str_fini(&json);
    int err = s->n_rows || *s->comment ? write_rows(&w) : writer_flush(&w);
    str_fini(&w.text);
    return err;
}
