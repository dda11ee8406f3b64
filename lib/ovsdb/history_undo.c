/* SPDX-License-Identifier: Apache-2.0 */
/* Undoing: what differs between then and now, and the transaction that brings
 * it back.  Only rows that a later record names can differ. */
#include <ctype.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/history_priv.h"

struct undo {
    struct ovsdb_history *h;
    struct hist_pos to;
    struct hist_rows rows;       /* Named by later records. */
    struct ovsdb_datum **then;   /* By place in 'rows'; NULL until 'to'. */
    struct hist_row **order;
    size_t n;
    bool is_diff;
    struct ovsdb_err *err;
};

/* Which transaction is meant. */

static bool
is_id(const char *s)
{
    size_t len = strlen(s);
    return len >= 8 && len <= 40 && strspn(s, "0123456789abcdef") == len;
}

static struct ovsdb_err *
find_id(struct ovsdb_history *h, const char *id, struct hist_pos *pos)
{
    struct hist_reader r;
    struct hist_record rec;
    size_t len = MIN(strlen(id), (size_t)OVSDB_HISTORY_ID_LEN), n = 0;
    hist_reader_init(&r, h, (struct hist_pos){ 0, 1 });
    while (hist_next(&r, false, &rec)) {
        if (!strncmp(rec.id, id, len)) {
            *pos = rec.pos;
            n++;
        }
    }
    struct ovsdb_err *err = hist_reader_end(&r, NULL);
    if (!err && n != 1) {
        err = ovsdb_err_create("no such transaction", n ? "%s: several "
                               "transactions have an id that begins so"
                               : "%s: no transaction has this id", id);
    }
    return err;
}

static struct ovsdb_err *
find_date(struct ovsdb_history *h, const char *text, int64_t ms,
          struct hist_pos *pos)
{
    struct hist_reader r;
    struct hist_record rec;
    bool found = false;
    struct ovsdb_err *err = NULL;
    hist_reader_init(&r, h, (struct hist_pos){ 0, 1 });
    while (!err && hist_next(&r, true, &rec)) {
        struct hist_meta m;
        err = hist_read_meta(&rec, &m);
        if (!err && m.date_ms && m.date_ms <= ms) {
            *pos = rec.pos;
            found = true;
        }
        if (!err) {
            hist_meta_fini(&m);
        }
    }
    err = hist_reader_end(&r, err);
    if (!err && !found) {
        err = ovsdb_err_create("no such transaction", "%s: all transactions "
                               "in the log are later; what was before a "
                               "change of the schema, or before the last "
                               "but one compaction, is not kept", text);
    }
    return err;
}

static struct ovsdb_err *
find_txn(struct ovsdb_history *h, const char *txn, struct hist_pos *pos)
{
    int64_t ms;
    uint64_t number;
    bool is_number = str_to_u64(txn + (*txn == 'p'), 10, &number);
    if (is_number && (*txn == 'p' || strlen(txn) < 8)) {
        return hist_pos_from_text(h, txn, pos);
    } else if (is_id(txn)) {
        return find_id(h, txn, pos);
    } else if (ovsdb_history_parse_date(txn, &ms)) {
        return find_date(h, txn, ms, pos);
    }
    return ovsdb_err_create(OVSDB_E_SYNTAX, "\"%s\" is neither the number, nor "
                            "8 or more digits of the id, nor the date of a "
                            "transaction", txn);
}

/* The first record of a file may be the result of what is not in the log. */
static struct ovsdb_err *
check_beginning(struct ovsdb_history *h, struct hist_pos pos)
{
    struct hist_reader r;
    struct hist_record rec;
    struct hist_meta m;
    struct ovsdb_err *err = NULL;
    if (pos.number) {
        return NULL;
    }
    hist_reader_init(&r, h, (struct hist_pos){ pos.file, 1 });
    if (hist_next(&r, true, &rec) && rec.pos.file == pos.file) {
        err = hist_read_meta(&rec, &m);
        if (!err && m.is_snapshot) {
            err = ovsdb_err_create("no such transaction", "what was before "
                                   "record 1 (\"%s\") is not in the log",
                                   m.comment ? m.comment : "");
        }
        hist_meta_fini(&m);
    }
    return hist_reader_end(&r, err);
}

/* Following. */

static void
follow_row(void *u_, const struct hist_slice *table,
           const struct hist_slice *uuid,
           const struct hist_slice *row UNUSED)
{
    struct undo *u = u_;
    if (u->err) {
        return;
    }
    if (u->rows.rows.n >= HISTORY_UNDO_MAX) {
        u->err = ovsdb_err_create(OVSDB_E_RESOURCES, "more than %d rows were "
                                  "changed since", HISTORY_UNDO_MAX);
    } else if (!hist_rows_add(&u->rows, ovsdb_history_schema(u->h), table,
                              uuid)) {
        u->err = ovsdb_err_create(OVSDB_E_SYNTAX, "no row of a table");
    }
}

static void
apply_row(void *u_, const struct hist_slice *table UNUSED,
          const struct hist_slice *uuid, const struct hist_slice *change)
{
    struct undo *u = u_;
    struct hist_row *row = hist_rows_find(&u->rows, uuid);
    if (row && !u->err) {
        u->err = hist_row_apply(row, change, u->is_diff, NULL);
    }
}

/* The file that 'pos' is in begins with everything there was.  The later file
 * begins with what the previous one ended with, so that its first record
 * changes nothing. */
static bool
is_later_snapshot(const struct undo *u, const struct hist_record *rec,
                  const struct hist_meta *m)
{
    return m->is_snapshot && rec->pos.file > u->to.file;
}

static struct ovsdb_err *
walk_record(struct undo *u, const struct hist_record *rec, hist_row_fn *fn)
{
    struct hist_meta m;
    struct ovsdb_err *err = hist_read_meta(rec, &m);
    if (err) {
        return err;
    }
    if (!is_later_snapshot(u, rec, &m)) {
        u->is_diff = m.is_diff;
        err = hist_walk(rec, fn, u);
    }
    hist_meta_fini(&m);
    if (u->err) {
        ovsdb_err_free(err);
        err = ovsdb_err_wrap(u->err, "record %zu", rec->pos.number);
        u->err = NULL;
    }
    return err;
}

/* Keeps the rows as they are at present as those of then. */
static void
take_then(struct undo *u)
{
    size_t i = 0;
    u->n = u->rows.rows.n;
    u->then = xcalloc(u->n + 1, sizeof *u->then);
    u->order = xcalloc(u->n + 1, sizeof *u->order);
    HMAP_FOR_EACH (struct hist_row, row, node, &u->rows.rows) {
        u->order[i] = row;
        u->then[i++] = hist_datums_clone(row->table, row->datums);
    }
}

static struct ovsdb_err *
follow(struct undo *u, struct hist_pos from, hist_row_fn *fn)
{
    struct hist_reader r;
    struct hist_record rec;
    struct ovsdb_err *err = NULL;
    hist_reader_init(&r, u->h, from);
    while (!err && hist_next(&r, true, &rec)) {
        if (fn == apply_row && !u->order && hist_pos_before(u->to, rec.pos)) {
            take_then(u);
        }
        err = walk_record(u, &rec, fn);
    }
    err = hist_reader_end(&r, err);
    if (!err && fn == apply_row && !u->order) {
        take_then(u);
    }
    return err;
}

/* The answer. */

static bool
datums_eq(const struct ovsdb_table_schema *ts, const struct ovsdb_datum *a,
          const struct ovsdb_datum *b)
{
    if (!a || !b) {
        return a == b;
    }
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        if (ts->columns[i]->persistent
            && !ovsdb_datum_eq(&a[i], &b[i], &ts->columns[i]->type)) {
            return false;
        }
    }
    return true;
}

static json_t *
row_json(const struct hist_row *row, const struct ovsdb_datum *then)
{
    char uuid[UUID_TEXT_LEN + 1];
    snprintf(uuid, sizeof uuid, UUID_FMT, UUID_ARGS(&row->uuid));
    json_t *json = json_pack("{sssssoso}", "table", row->table->name, "row",
                             uuid, "then", hist_datums_json(row->table, then),
                             "now", hist_datums_json(row->table,
                                                     row->datums));
    const char *name
        = hist_datums_name(row->table, then ? then : row->datums);
    if (name) {
        json_object_set_new(json, "name", json_string(name));
    }
    return json;
}

/* The entry of record 'pos'; record 0 is the empty database. */
static struct ovsdb_err *
entry_at(struct ovsdb_history *h, struct hist_pos pos, json_t **entry)
{
    struct hist_reader r;
    struct hist_record rec;
    struct hist_meta m;
    struct ovsdb_err *err = NULL;
    if (!pos.number) {
        struct str text = STR_INIT;
        hist_pos_put(&text, h, pos);
        *entry = json_pack("{ss}", "record", str_cstr(&text));
        str_fini(&text);
        return NULL;
    }
    hist_reader_init(&r, h, pos);
    if (hist_next(&r, true, &rec)) {
        err = hist_read_meta(&rec, &m);
        if (!err) {
            *entry = hist_entry_json(h, &rec, &m);
            hist_meta_fini(&m);
        }
    } else {
        err = ovsdb_err_create(OVSDB_E_IO, "the record is gone");
    }
    return hist_reader_end(&r, err);
}

static struct ovsdb_err *
check_schema(const struct ovsdb_history *h, struct hist_pos to)
{
    const struct ovsdb_schema *then = h->files[to.file].schema;
    const struct ovsdb_schema *now = ovsdb_history_schema(h);
    return ovsdb_schema_eq(then, now)
               ? NULL
               : ovsdb_err_create(OVSDB_E_NOT_ALLOWED, "the schema was changed "
                                  "since, from version %s to %s: what was "
                                  "before cannot be brought back",
                                  then->version, now->version);
}

static struct ovsdb_err *
undo_find(struct undo *u, const char *txn)
{
    struct ovsdb_err *err = find_txn(u->h, txn, &u->to);
    if (!err) {
        err = check_beginning(u->h, u->to);
    }
    if (!err) {
        err = check_schema(u->h, u->to);
    }
    if (!err) {
        err = follow(u, (struct hist_pos){ u->to.file, u->to.number + 1 },
                     follow_row);
    }
    if (!err) {
        err = follow(u, (struct hist_pos){ u->to.file, 1 }, apply_row);
    }
    return err;
}

struct ovsdb_err *
ovsdb_history_undo(struct ovsdb_history *h, const char *txn, json_t **undo)
{
    struct undo u = { .h = h };
    json_t *entry = NULL;
    *undo = NULL;
    hist_rows_init(&u.rows);
    struct ovsdb_err *err = undo_find(&u, txn);
    if (!err) {
        err = entry_at(h, u.to, &entry);
    }
    if (!err) {
        json_t *rows = json_array();
        for (size_t i = 0; i < u.n; i++) {
            if (!datums_eq(u.order[i]->table, u.then[i],
                           u.order[i]->datums)) {
                json_array_append_new(rows, row_json(u.order[i], u.then[i]));
            }
        }
        *undo = json_pack("{soso}", "to", entry, "rows", rows);
    }
    for (size_t i = 0; i < u.n; i++) {
        hist_datums_free(u.order[i]->table, &u.then[i]);
    }
    free(u.then);
    free(u.order);
    hist_rows_fini(&u.rows);
    return err;
}

/* The transaction. */

static json_t *
where_uuid(const json_t *row)
{
    return json_pack("[[ss[ss]]]", "_uuid", "==", "uuid",
                     json_string_value(json_object_get(row, "row")));
}

/* Columns of 'a' (not null) that differ from those of 'b'; all if it is
 * null. */
static json_t *
differing(const json_t *a, const json_t *b)
{
    json_t *out = json_object();
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)a, name, value) {
        if (!json_equal(value, json_object_get(b, name))) {
            json_object_set(out, name, value);
        }
    }
    return out;
}

/* Holds if the row is as it was when the log was read. */
static json_t *
wait_op(const json_t *row, const json_t *then, const json_t *now)
{
    json_t *columns = json_array(), *rows = json_array();
    if (json_is_null(now)) {
        json_array_append_new(columns, json_string("_uuid"));
    } else {
        json_t *values = differing(now, then);
        const char *name;
        json_t *value;
        json_object_foreach (values, name, value) {
            json_array_append_new(columns, json_string(name));
        }
        json_array_append_new(rows, values);
    }
    return json_pack("{sssisOsosossso}", "op", "wait", "timeout", 0, "table",
                     json_object_get(row, "table"), "where", where_uuid(row),
                     "columns", columns, "until", "==", "rows", rows);
}

static json_t *
change_op(const json_t *row, const json_t *then, const json_t *now)
{
    json_t *table = json_object_get(row, "table");
    if (json_is_null(then)) {
        return json_pack("{sssOso}", "op", "delete", "table", table, "where",
                         where_uuid(row));
    } else if (json_is_null(now)) {
        return json_pack("{sssOsOsO}", "op", "insert", "table", table, "uuid",
                         json_object_get(row, "row"), "row", then);
    }
    return json_pack("{sssOsoso}", "op", "update", "table", table, "where",
                     where_uuid(row), "row", differing(then, now));
}

json_t *
ovsdb_history_undo_params(const json_t *undo, const char *db,
                          const char *comment)
{
    json_t *params = json_pack("[s]", db), *changes = json_array();
    size_t i;
    json_t *row;
    json_array_foreach (json_object_get(undo, "rows"), i, row) {
        const json_t *then = json_object_get(row, "then");
        const json_t *now = json_object_get(row, "now");
        json_array_append_new(params, wait_op(row, then, now));
        json_array_append_new(changes, change_op(row, then, now));
    }
    json_array_extend(params, changes);
    json_decref(changes);
    json_array_append_new(params, json_pack("{ssss}", "op", "comment",
                                            "comment", comment));
    return params;
}
