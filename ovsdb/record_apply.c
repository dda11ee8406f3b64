/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: a database from the records of its log. */
#include "lib/base/mem.h"
#include "lib/io/json_scan.h"
#include "lib/ovsdb/diff.h"
#include "ovsdb/record.h"

/* The place in a record's text, and what is needed on the way.  The text is
 * walked through once and no tree is made of it: a snapshot of a large
 * database is one record. */
struct reader {
    struct json_scan scan;
    struct str key;   /* Scratch for a key that is not plain. */
    struct db *db;
    int is_diff;      /* -1: not known yet. */
};

static struct ovsdb_err *
not_json(const char *what)
{
    return ovsdb_err_create(OVSDB_E_SYNTAX, "%s was expected", what);
}

/* The next key of an object; false at its end or at an error.  'n' counts
 * the members. */
static bool
next_member(struct reader *r, size_t *n, const char **key, size_t *len,
            struct ovsdb_err **err)
{
    *err = NULL;
    if (json_scan_char(&r->scan, '}')) {
        return false;
    }
    if (((*n)++ && !json_scan_char(&r->scan, ','))
        || !json_scan_string(&r->scan, &r->key, key, len)
        || !json_scan_char(&r->scan, ':')) {
        *err = not_json("a member of an object or its end");
        return false;
    }
    return true;
}

static const struct ovsdb_column *
find_column(const struct ovsdb_table_schema *ts, const char *name, size_t len)
{
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const char *s = ts->columns[i]->name;
        if (!strncmp(s, name, len) && !s[len]) {
            return ts->columns[i];
        }
    }
    return NULL;
}

/* One column of one row.  'is_diff' only for rows that were there before. */
static struct ovsdb_err *
apply_column(struct reader *r, struct db_row *row,
             const struct ovsdb_column *c, bool is_diff)
{
    struct ovsdb_datum d;
    struct ovsdb_datum *old = &row->u.datums[c->idx];
    struct ovsdb_err *err = ovsdb_datum_scan(&d, &c->type, &r->scan, !is_diff);
    if (err) {
        return err;
    }
    if (is_diff) {
        err = ovsdb_datum_apply_diff(old, &d, &c->type);
    } else {
        ovsdb_datum_swap(old, &d);
    }
    ovsdb_datum_fini(&d, &c->type);
    return err;
}

static struct ovsdb_err *
apply_columns(struct reader *r, struct db_row *row, bool is_diff)
{
    const struct ovsdb_table_schema *ts = row->table->schema;
    struct ovsdb_err *err;
    const char *name;
    size_t len, n = 0;
    while (next_member(r, &n, &name, &len, &err)) {
        const struct ovsdb_column *c = find_column(ts, name, len);
        if (!c) {
            return ovsdb_err_create(OVSDB_E_UNKNOWN_COLUMN,
                                    "No column %.*s in table %s.", (int)len,
                                    name, ts->name);
        }
        err = apply_column(r, row, c, is_diff);
        if (err) {
            return ovsdb_err_wrap(err, "column %s", c->name);
        }
    }
    return err;
}

static bool
scan_null(struct reader *r)
{
    const char *text;
    size_t len;
    struct json_scan s = r->scan;
    if (json_scan_value(&s, &text, &len) && len == 4
        && !memcmp(text, "null", 4)) {
        r->scan = s;
        return true;
    }
    return false;
}

static struct ovsdb_err *
apply_row(struct reader *r, struct db_table *t, const struct uuid *uuid)
{
    struct db_row *row = db_table_find(t, uuid);
    if (!json_scan_char(&r->scan, '{')) {
        if (!scan_null(r)) {
            return not_json("null or an object");
        }
        if (!row) {
            return ovsdb_err_create(OVSDB_E_INTERNAL,
                                    "the deleted row is not there");
        }
        db_row_unlink(row);
        db_row_destroy(row);
        return NULL;
    }
    bool is_new = !row;
    if (is_new) {
        row = db_row_create(t, uuid);
    } else {
        db_row_unlink(row);
        db_row_open(row);
    }
    struct ovsdb_err *err = apply_columns(r, row, r->is_diff && !is_new);
    if (err) {
        db_row_destroy(row);
        return err;
    }
    db_row_close(row);
    db_row_link(row);
    return NULL;
}

static struct ovsdb_err *
apply_table(struct reader *r, struct db_table *t)
{
    if (!json_scan_char(&r->scan, '{')) {
        return not_json("an object of rows");
    }
    struct ovsdb_err *err;
    const char *key;
    size_t len, n = 0;
    while (next_member(r, &n, &key, &len, &err)) {
        char text[UUID_TEXT_LEN + 1];
        struct uuid uuid;
        snprintf(text, sizeof text, "%.*s", (int)MIN(len, sizeof text), key);
        if (len != UUID_TEXT_LEN || !uuid_from_text(&uuid, text)) {
            return ovsdb_err_create(OVSDB_E_SYNTAX, "\"%.*s\" is not a UUID",
                                    (int)MIN(len, (size_t)80), key);
        }
        err = apply_row(r, t, &uuid);
        if (err) {
            return ovsdb_err_wrap(err, "row %s", text);
        }
    }
    return err;
}

static bool
skip_value(struct reader *r)
{
    const char *text;
    size_t len;
    return json_scan_value(&r->scan, &text, &len);
}

/* "_is_diff" may come behind the tables that it is about. */
static bool
is_diff_later(const struct reader *r)
{
    static const char name[] = "\"_is_diff\"";
    if (!memmem(r->scan.p, (size_t)(r->scan.end - r->scan.p), name,
                sizeof name - 1)) {
        return false;
    }
    struct reader ahead = { .scan = r->scan, .key = STR_INIT };
    struct ovsdb_err *err = NULL;
    const char *key;
    size_t len, n = 1;
    bool is_diff = false;
    bool good = skip_value(&ahead); /* The table that we are at. */
    while (good && next_member(&ahead, &n, &key, &len, &err)) {
        bool found = len == 8 && !memcmp(key, "_is_diff", 8);
        good = found ? json_scan_boolean(&ahead.scan, &is_diff)
                     : skip_value(&ahead);
    }
    ovsdb_err_free(err); /* What is wrong will be met again. */
    str_fini(&ahead.key);
    return is_diff;
}

static struct ovsdb_err *
apply_special(struct reader *r, const char *name)
{
    if (!strcmp(name, "_is_diff")) {
        bool is_diff;
        if (!json_scan_boolean(&r->scan, &is_diff)) {
            return not_json("a boolean");
        }
        r->is_diff = is_diff;
        return NULL;
    }
    if (strcmp(name, "_date") && strcmp(name, "_comment")) {
        return ovsdb_err_create(OVSDB_E_UNKNOWN_TABLE, "No table named %s.",
                                name);
    }
    return skip_value(r) ? NULL : not_json("a value");
}

static struct ovsdb_err *
apply_member(struct reader *r, const char *name)
{
    struct db_table *t = db_get_table(r->db, name);
    if (!t) {
        return apply_special(r, name);
    }
    if (r->is_diff < 0) {
        r->is_diff = is_diff_later(r);
    }
    return ovsdb_err_wrap(apply_table(r, t), "table %s", name);
}

struct ovsdb_err *
record_apply(struct db *db, const char *text, size_t text_len)
{
    struct reader r = { .scan = json_scan_make(text, text_len),
                        .key = STR_INIT, .db = db, .is_diff = -1 };
    struct ovsdb_err *err = NULL;
    const char *key;
    size_t len, n = 0;
    if (!json_scan_char(&r.scan, '{')) {
        err = not_json("a transaction, which is an object,");
    }
    while (!err && next_member(&r, &n, &key, &len, &err)) {
        char *name = xmemdup0(key, len);
        err = apply_member(&r, name);
        free(name);
    }
    if (!err && !json_scan_at_end(&r.scan)) {
        err = not_json("the end of the record");
    }
    str_fini(&r.key);
    return err;
}

/* References. */

struct settle {
    struct db *db;
    struct db_row *row;
    const struct ovsdb_column *column;
    struct ovsdb_err *err;
};

static void
settle_ref(void *aux, const struct ovsdb_base *base, const struct uuid *uuid,
           int sign UNUSED)
{
    struct settle *s = aux;
    struct db_row *dst = db_table_find(db_table_of_base(s->db, base), uuid);
    if (!ovsdb_base_is_strong_ref(base)) {
        if (dst) {
            db_weak_add(s->db, s->row, s->column, dst);
        }
    } else if (dst) {
        dst->n_strong += dst != s->row;
    } else if (!s->err) {
        s->err = ovsdb_err_create(
            OVSDB_E_REF_INTEGRITY,
            "Table %s column %s row " UUID_FMT
            " references nonexistent row " UUID_FMT " in table %s.",
            s->row->table->schema->name, s->column->name,
            UUID_ARGS(db_row_uuid(s->row)), UUID_ARGS(uuid),
            base->u.uuid.ref_table);
    }
}

static bool
mentions_nobody(struct db *db, const struct ovsdb_base *base,
                const union ovsdb_atom *atom)
{
    return ovsdb_base_is_weak_ref(base)
           && !db_table_find(db_table_of_base(db, base), &atom->uuid);
}

static bool
element_mentions_nobody(struct db *db, const struct ovsdb_datum *d,
                        const struct ovsdb_type *type, uint32_t i)
{
    return mentions_nobody(db, &type->key, &d->keys[i])
           || (ovsdb_type_is_map(type)
               && mentions_nobody(db, &type->value, &d->values[i]));
}

static bool
any_mentions_nobody(struct db *db, const struct ovsdb_datum *d,
                    const struct ovsdb_type *type)
{
    for (uint32_t i = 0; i < d->n; i++) {
        if (element_mentions_nobody(db, d, type, i)) {
            return true;
        }
    }
    return false;
}

/* Drops weak references to nobody, but for those that the column may not be
 * without: files of other makes hold such, and they are what was committed. */
static struct ovsdb_err *
settle_column(struct settle *s)
{
    static const struct ovsdb_datum none = OVSDB_DATUM_EMPTY;
    const struct ovsdb_type *type = &s->column->type;
    struct db_view view = DB_VIEW_INIT;
    const struct ovsdb_datum *d
        = &db_row_read_columns(s->row, &view, &s->column, 1)[s->column->idx];
    if (any_mentions_nobody(s->db, d, type)) {
        struct ovsdb_datum *w;
        db_row_unindex(s->row);
        d = w = &db_row_open(s->row)[s->column->idx];
        for (uint32_t i = d->n; i-- > 0 && d->n > type->n_min;) {
            if (element_mentions_nobody(s->db, d, type, i)) {
                ovsdb_datum_remove_at(w, type, i);
            }
        }
        db_row_index(s->row);
    }
    db_diff_refs(&none, d, type, settle_ref, s);
    db_view_fini(&view);
    db_row_close(s->row);
    struct ovsdb_err *err = s->err;
    s->err = NULL;
    return err;
}

static struct ovsdb_err *
settle_row(struct db *db, struct db_row *row)
{
    const struct db_table *t = row->table;
    for (size_t i = 0; i < t->schema->n_indexes; i++) {
        const struct db_row *twin = db_row_find_twin(row, i);
        if (twin) {
            return ovsdb_err_create(
                OVSDB_E_CONSTRAINT,
                "Table %s rows " UUID_FMT " and " UUID_FMT
                " are equal in index %zu.", t->schema->name,
                UUID_ARGS(db_row_uuid(row)), UUID_ARGS(db_row_uuid(twin)), i);
        }
    }
    for (size_t i = 0; i < t->n_ref_columns; i++) {
        struct settle s = { db, row, t->ref_columns[i], NULL };
        struct ovsdb_err *err = settle_column(&s);
        if (err) {
            return err;
        }
    }
    return NULL;
}

struct ovsdb_err *
record_settle(struct db *db)
{
    for (size_t i = 0; i < db->schema->n_tables; i++) {
        struct db_table *t = &db->tables[i];
        HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
            struct ovsdb_err *err = settle_row(db, row);
            if (err) {
                return err;
            }
        }
    }
    return NULL;
}
