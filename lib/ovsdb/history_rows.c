/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as they were: a few of them, followed through all records. */
#include "lib/base/mem.h"
#include "lib/ovsdb/diff.h"
#include "lib/ovsdb/history_priv.h"

void
hist_rows_init(struct hist_rows *rs)
{
    hmap_init(&rs->rows);
}

struct ovsdb_datum *
hist_datums_clone(const struct ovsdb_table_schema *ts,
                  const struct ovsdb_datum *datums)
{
    if (!datums) {
        return NULL;
    }
    struct ovsdb_datum *copy = xcalloc(ts->n_columns, sizeof *copy);
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        ovsdb_datum_clone(&copy[i], &datums[i]);
    }
    return copy;
}

void
hist_datums_free(const struct ovsdb_table_schema *ts,
                 struct ovsdb_datum **datumsp)
{
    struct ovsdb_datum *datums = *datumsp;
    *datumsp = NULL;
    if (datums) {
        for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
            ovsdb_datum_fini(&datums[i], &ts->columns[i]->type);
        }
        free(datums);
    }
}

static struct ovsdb_datum *
datums_default(const struct ovsdb_table_schema *ts)
{
    struct ovsdb_datum *datums = xcalloc(ts->n_columns, sizeof *datums);
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        ovsdb_datum_init_default(&datums[i], &ts->columns[i]->type);
    }
    return datums;
}

void
hist_rows_fini(struct hist_rows *rs)
{
    HMAP_FOR_EACH_SAFE (struct hist_row, row, node, &rs->rows) {
        hist_datums_free(row->table, &row->datums);
        free(row);
    }
    hmap_fini(&rs->rows);
}

void
hist_rows_clear(struct hist_rows *rs)
{
    HMAP_FOR_EACH (struct hist_row, row, node, &rs->rows) {
        hist_datums_free(row->table, &row->datums);
    }
}

static struct hist_row *
find(const struct hist_rows *rs, const struct uuid *uuid)
{
    HMAP_FOR_EACH_WITH_HASH (struct hist_row, row, node, uuid_hash(uuid),
                             &rs->rows) {
        if (uuid_eq(&row->uuid, uuid)) {
            return row;
        }
    }
    return NULL;
}

static bool
slice_to_uuid(const struct hist_slice *slice, struct uuid *uuid)
{
    return slice->len == UUID_TEXT_LEN && uuid_from_prefix(uuid, slice->s);
}

struct hist_row *
hist_rows_find(const struct hist_rows *rs, const struct hist_slice *text)
{
    struct uuid uuid;
    return slice_to_uuid(text, &uuid) ? find(rs, &uuid) : NULL;
}

struct hist_row *
hist_rows_add(struct hist_rows *rs, const struct ovsdb_schema *schema,
              const struct hist_slice *table, const struct hist_slice *text)
{
    struct uuid uuid;
    if (!slice_to_uuid(text, &uuid)) {
        return NULL;
    }
    struct hist_row *row = find(rs, &uuid);
    if (!row) {
        char *name = xmemdup0(table->s, table->len);
        const struct ovsdb_table_schema *ts = ovsdb_schema_table(schema, name);
        free(name);
        if (!ts) {
            return NULL;
        }
        row = xzalloc(sizeof *row);
        row->uuid = uuid;
        row->table = ts;
        hmap_insert(&rs->rows, &row->node, uuid_hash(&uuid));
    }
    return row;
}

/* Changes. */

static struct ovsdb_err *
apply_column(struct ovsdb_datum *old, const struct ovsdb_column *c,
             const json_t *value, bool is_diff)
{
    struct ovsdb_datum d;
    struct ovsdb_err *err
        = ovsdb_datum_from_json_unbound(&d, &c->type, value, NULL);
    if (!err) {
        if (is_diff) {
            err = ovsdb_datum_apply_diff(old, &d, &c->type);
        } else {
            ovsdb_datum_swap(old, &d);
        }
        ovsdb_datum_fini(&d, &c->type);
    }
    return ovsdb_err_wrap(err, "column %s", c->name);
}

static struct ovsdb_err *
apply_columns(struct hist_row *row, const json_t *json, bool is_diff)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)json, name, value) {
        const struct ovsdb_column *c;
        struct ovsdb_err *err
            = ovsdb_table_schema_find_column(row->table, name, &c);
        if (!err && c->idx < OVSDB_N_STD_COLS) {
            err = ovsdb_err_create(OVSDB_E_SYNTAX, "column %s is not written",
                                   name);
        }
        if (!err) {
            err = apply_column(&row->datums[c->idx], c, value, is_diff);
        }
        if (err) {
            return err;
        }
    }
    return NULL;
}

struct ovsdb_err *
hist_row_apply(struct hist_row *row, const struct hist_slice *change,
               bool is_diff, struct ovsdb_datum **old)
{
    if (old) {
        *old = hist_datums_clone(row->table, row->datums);
    }
    char *error = NULL;
    json_t *json = json_parse(change->s, change->len, &error);
    struct ovsdb_err *err = NULL;
    if (!json) {
        err = ovsdb_err_create(OVSDB_E_SYNTAX, "%s", error);
        free(error);
    } else if (json_is_null(json)) {
        hist_datums_free(row->table, &row->datums);
    } else {
        bool is_new = !row->datums;
        if (is_new) {
            row->datums = datums_default(row->table);
        }
        err = apply_columns(row, json, is_diff && !is_new);
    }
    json_decref(json);
    return ovsdb_err_wrap(err, "table %s row " UUID_FMT, row->table->name,
                          UUID_ARGS(&row->uuid));
}

/* What they were. */

json_t *
hist_datums_json(const struct ovsdb_table_schema *ts,
                 const struct ovsdb_datum *datums)
{
    if (!datums) {
        return json_null();
    }
    json_t *json = json_object();
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_column *c = ts->columns[i];
        if (c->persistent) {
            json_object_set_new(json, c->name,
                                ovsdb_datum_to_json(&datums[i], &c->type));
        }
    }
    return json;
}

const char *
hist_datums_name(const struct ovsdb_table_schema *ts,
                 const struct ovsdb_datum *datums)
{
    const struct ovsdb_column *c = ovsdb_table_schema_column(ts, "name");
    if (!datums || !c || c->type.key.type != OVSDB_STRING
        || !datums[c->idx].n) {
        return NULL;
    }
    return datums[c->idx].keys[0].s->s;
}
