/* SPDX-License-Identifier: Apache-2.0 */
/* Reading: a database from the records of its log. */
#include "lib/base/mem.h"
#include "lib/ovsdb/diff.h"
#include "ovsdb/record.h"

/* One column of one row.  'is_diff' only for rows that were there before. */
static struct ovsdb_err *
apply_column(struct db_row *row, const char *name, const json_t *value,
             bool is_diff)
{
    const struct ovsdb_table_schema *ts = row->table->schema;
    const struct ovsdb_column *c;
    struct ovsdb_err *err = ovsdb_table_schema_find_column(ts, name, &c);
    if (err) {
        return err;
    }
    if (c->idx < OVSDB_N_STD_COLS) {
        return ovsdb_err_create(OVSDB_E_SYNTAX, "column %s is not written",
                                name);
    }
    struct ovsdb_datum d;
    struct ovsdb_datum *old = &row->u.datums[c->idx];
    if (is_diff) {
        err = ovsdb_datum_from_json_unbound(&d, &c->type, value, NULL);
        if (!err) {
            err = ovsdb_datum_apply_diff(old, &d, &c->type);
            ovsdb_datum_fini(&d, &c->type);
        }
    } else {
        err = ovsdb_datum_from_json(&d, &c->type, value, NULL);
        if (!err) {
            ovsdb_datum_swap(old, &d);
            ovsdb_datum_fini(&d, &c->type);
        }
    }
    return ovsdb_err_wrap(err, "column %s", name);
}

static struct ovsdb_err *
apply_row(struct db_table *t, const struct uuid *uuid, const json_t *json,
          bool is_diff)
{
    struct db_row *row = db_table_find(t, uuid);
    if (json_is_null(json)) {
        if (!row) {
            return ovsdb_err_create(OVSDB_E_INTERNAL,
                                    "the deleted row is not there");
        }
        db_row_unlink(row);
        db_row_destroy(row);
        return NULL;
    }
    if (!json_is_object(json)) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                            "a row must be null or an object");
    }
    bool is_new = !row;
    if (is_new) {
        row = db_row_create(t, uuid);
    } else {
        db_row_unlink(row);
        db_row_open(row);
    }
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)json, name, value) {
        struct ovsdb_err *err
            = apply_column(row, name, value, is_diff && !is_new);
        if (err) {
            db_row_destroy(row);
            return err;
        }
    }
    db_row_close(row);
    db_row_link(row);
    return NULL;
}

static struct ovsdb_err *
apply_table(struct db_table *t, const json_t *rows, bool is_diff)
{
    if (!json_is_object(rows)) {
        return ovsdb_err_at(rows, OVSDB_E_SYNTAX,
                            "table %s: rows must be an object",
                            t->schema->name);
    }
    const char *key;
    json_t *row;
    json_object_foreach ((json_t *)(uintptr_t)rows, key, row) {
        struct uuid uuid;
        if (!uuid_from_text(&uuid, key)) {
            return ovsdb_err_create(OVSDB_E_SYNTAX,
                                    "table %s: \"%s\" is not a UUID",
                                    t->schema->name, key);
        }
        struct ovsdb_err *err = apply_row(t, &uuid, row, is_diff);
        if (err) {
            return ovsdb_err_wrap(err, "table %s row %s", t->schema->name,
                                  key);
        }
    }
    return NULL;
}

struct ovsdb_err *
record_apply(struct db *db, const json_t *json)
{
    if (!json_is_object(json)) {
        return ovsdb_err_create(OVSDB_E_SYNTAX,
                                "a transaction record must be an object");
    }
    bool is_diff = json_is_true(json_object_get(json, "_is_diff"));
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)json, name, value) {
        if (name[0] == '_' && !db_get_table(db, name)) {
            if (strcmp(name, "_date") && strcmp(name, "_comment")
                && strcmp(name, "_is_diff")) {
                return ovsdb_err_create(OVSDB_E_SYNTAX,
                                        "unknown member \"%s\"", name);
            }
            continue;
        }
        struct db_table *t = db_get_table(db, name);
        if (!t) {
            return ovsdb_err_create(OVSDB_E_UNKNOWN_TABLE,
                                    "No table named %s.", name);
        }
        struct ovsdb_err *err = apply_table(t, value, is_diff);
        if (err) {
            return err;
        }
    }
    return NULL;
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
