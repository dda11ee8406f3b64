/* SPDX-License-Identifier: Apache-2.0 */
/* Updates from the server to rows: <table-updates> of monitor
 * [RFC 7047 4.1.6] and <table-updates2> of monitor_cond
 * [ovsdb-server(7) 4.1.14]. */
#include "lib/base/mem.h"
#include "lib/ovsdb/diff.h"
#include "lib/ovsdb/idl_priv.h"

/* Puts 'value' (taken) in the row's column; true if it differs. */
static bool
set_column(struct idl_row *row, struct idl_column *c, size_t i,
           struct ovsdb_datum *value)
{
    bool differs = !ovsdb_datum_eq(&row->old[i], value, &c->type);
    ovsdb_datum_swap(&row->old[i], value);
    ovsdb_datum_fini(value, &c->type);
    return differs;
}

/* One column of an update; a diff against the present value if 'is_diff'. */
static struct ovsdb_err *
update_column(struct idl_row *row, const char *name, const json_t *json,
              bool is_diff, bool *changed)
{
    struct idl_table *t = row->table;
    struct idl_column *c = shash_get(&t->column_by_name, name);
    if (!c) {
        return NULL; /* _version and the like. */
    }
    size_t i = (size_t)(c - t->columns);
    struct ovsdb_datum value;
    struct ovsdb_err *err =
        ovsdb_datum_from_json_unbound(&value, &c->type, json, NULL);
    if (!err && is_diff) {
        struct ovsdb_datum diff = value;
        ovsdb_datum_clone(&value, &row->old[i]);
        err = ovsdb_datum_apply_diff(&value, &diff, &c->type);
        ovsdb_datum_fini(&diff, &c->type);
        if (err) {
            ovsdb_datum_fini(&value, &c->type);
        }
    }
    if (err) {
        return ovsdb_err_wrap(err, "table %s row "UUID_FMT" column %s",
                              t->class->name, UUID_ARGS(&row->uuid), name);
    }
    if (set_column(row, c, i, &value)) {
        *changed = true;
        if (c->mode == IDL_ALERT) {
            idl_alert(t->idl);
        }
    }
    return NULL;
}

static struct ovsdb_err *
update_columns(struct idl_row *row, const json_t *json, bool is_diff)
{
    bool changed = false;
    struct json_t *j = (json_t *)(uintptr_t)json;
    struct ovsdb_err *err = NULL;
    for (void *it = json_object_iter(j); it && !err;
         it = json_object_iter_next(j, it)) {
        err = update_column(row, json_object_iter_key(it),
                            json_object_iter_value(it), is_diff, &changed);
    }
    if (changed) {
        idl_row_set_dirty(row);
        idl_row_note_change(row, IDL_MODIFIED);
    }
    return err;
}

static struct ovsdb_err *
insert_row(struct idl_table *t, const struct uuid *uuid, const json_t *json)
{
    struct idl_row *row = idl_row_get(t, uuid);
    if (!row->old) {
        idl_row_make(row);
    }
    if (t->alert) {
        idl_alert(t->idl);
    }
    return update_columns(row, json, false);
}

static void
delete_row(struct idl_table *t, const struct uuid *uuid)
{
    struct idl_row *row = idl_row_find(t, uuid);
    if (row && row->old) {
        idl_row_delete(row);
        if (t->alert) {
            idl_alert(t->idl);
        }
    }
}

static struct ovsdb_err *
modify_row(struct idl_table *t, const struct uuid *uuid, const json_t *json)
{
    struct idl_row *row = idl_row_find(t, uuid);
    if (!row || !row->old) {
        return ovsdb_err_create(OVSDB_E_SYNTAX, "table %s: the server "
                                "modifies row "UUID_FMT", which it has not "
                                "sent", t->class->name, UUID_ARGS(uuid));
    }
    return update_columns(row, json, true);
}

/* {"old": row, "new": row}. */
static struct ovsdb_err *
row_update(struct idl_table *t, const struct uuid *uuid, const json_t *json)
{
    const json_t *new = json_object_get(json, "new");
    if (json_is_object(new)) {
        return insert_row(t, uuid, new);
    }
    if (json_object_get(json, "old")) {
        delete_row(t, uuid);
        return NULL;
    }
    return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                        "<row-update> has neither \"old\" nor \"new\"");
}

/* {"initial" | "insert" | "modify" | "delete": row}. */
static struct ovsdb_err *
row_update2(struct idl_table *t, const struct uuid *uuid, const json_t *json)
{
    const json_t *row = json_object_get(json, "insert");
    if (!row) {
        row = json_object_get(json, "initial");
    }
    if (row) {
        return insert_row(t, uuid, row);
    }
    row = json_object_get(json, "modify");
    if (row) {
        return modify_row(t, uuid, row);
    }
    if (json_object_get(json, "delete")) {
        delete_row(t, uuid);
        return NULL;
    }
    return ovsdb_err_at(json, OVSDB_E_SYNTAX, "<row-update2> is not known");
}

static struct ovsdb_err *
table_update(struct idl_table *t, enum idl_method method, const json_t *rows)
{
    if (!json_is_object(rows)) {
        return ovsdb_err_at(rows, OVSDB_E_SYNTAX,
                            "<table-update> for table %s is not an object",
                            t->class->name);
    }
    struct json_t *j = (json_t *)(uintptr_t)rows;
    struct ovsdb_err *err = NULL;
    for (void *it = json_object_iter(j); it && !err;
         it = json_object_iter_next(j, it)) {
        const json_t *update = json_object_iter_value(it);
        struct uuid uuid;
        if (!uuid_from_text(&uuid, json_object_iter_key(it))) {
            return ovsdb_err_create(OVSDB_E_SYNTAX,
                                    "table %s: \"%s\" is not a UUID",
                                    t->class->name, json_object_iter_key(it));
        }
        err = method == IDL_M_PLAIN ? row_update(t, &uuid, update)
                                    : row_update2(t, &uuid, update);
    }
    return err;
}

struct ovsdb_err *
idl_update(struct idl *idl, enum idl_method method, const json_t *tables)
{
    if (!json_is_object(tables)) {
        return ovsdb_err_at(tables, OVSDB_E_SYNTAX,
                            "<table-updates> is not an object");
    }
    struct json_t *j = (json_t *)(uintptr_t)tables;
    struct ovsdb_err *err = NULL;
    for (void *it = json_object_iter(j); it && !err;
         it = json_object_iter_next(j, it)) {
        struct idl_table *t =
            shash_get(&idl->table_by_name, json_object_iter_key(it));
        if (t) { /* A server may send more than was asked for. */
            err = table_update(t, method, json_object_iter_value(it));
        }
    }
    return err;
}
