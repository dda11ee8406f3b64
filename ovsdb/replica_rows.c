/* SPDX-License-Identifier: Apache-2.0 */
/* What the source's monitor tells, into our rows. */
#include "lib/base/mem.h"
#include "lib/ovsdb/diff.h"
#include "ovsdb/replica_priv.h"

/* Reads 'value'; as what changes 'old' if 'is_diff'. */
static struct ovsdb_err *
read_column(struct ovsdb_datum *d, const struct ovsdb_type *type,
            const json_t *value, const struct ovsdb_datum *old, bool is_diff)
{
    if (!is_diff) {
        return ovsdb_datum_from_json(d, type, value, NULL);
    }
    struct ovsdb_datum diff;
    struct ovsdb_err *err
        = ovsdb_datum_from_json_unbound(&diff, type, value, NULL);
    if (err) {
        return err;
    }
    ovsdb_datum_clone(d, old);
    err = ovsdb_datum_apply_diff(d, &diff, type);
    ovsdb_datum_fini(&diff, type);
    if (err) {
        ovsdb_datum_fini(d, type);
    }
    return err;
}

/* Writes the members of 'values' into 'datums'. */
static struct ovsdb_err *
fill(const struct db_table *t, struct ovsdb_datum datums[],
     const json_t *values, bool is_diff)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)values, name, value) {
        const struct ovsdb_column *c;
        struct ovsdb_datum d;
        struct ovsdb_err *err
            = ovsdb_table_schema_find_column(t->schema, name, &c);
        if (!err && c->idx < OVSDB_N_STD_COLS) {
            continue; /* Ours differ. */
        }
        if (!err) {
            err = read_column(&d, &c->type, value, &datums[c->idx], is_diff);
        }
        if (err) {
            return ovsdb_err_wrap(err, "table %s column %s", t->schema->name,
                                  name);
        }
        ovsdb_datum_swap(&datums[c->idx], &d);
        ovsdb_datum_fini(&d, &c->type);
    }
    return NULL;
}

/* What an update2 leaves out of a new row is as by default. */
static void
set_defaults(const struct db_table *t, struct ovsdb_datum datums[])
{
    for (size_t i = OVSDB_N_STD_COLS; i < t->schema->n_columns; i++) {
        const struct ovsdb_type *type = &t->schema->columns[i]->type;
        ovsdb_datum_fini(&datums[i], type);
        ovsdb_datum_init_default(&datums[i], type);
    }
}

/* The row is as 'new' says, whatever it was. */
static struct ovsdb_err *
put_whole_row(struct txn *txn, struct db_table *t, const struct uuid *uuid,
              const json_t *new)
{
    struct db_row *row = db_table_find(t, uuid);
    struct ovsdb_err *err;
    if (row) {
        struct ovsdb_datum *datums = txn_row_write(txn, row);
        set_defaults(t, datums);
        err = fill(t, datums, new, false);
        txn_row_written(row);
        return err;
    }
    row = db_row_create(t, uuid);
    err = fill(t, row->u.datums, new, false);
    if (err) {
        db_row_destroy(row);
    } else {
        txn_insert(txn, row);
    }
    return err;
}

static struct ovsdb_err *
modify_row(struct txn *txn, struct db_table *t, const struct uuid *uuid,
           const json_t *diff)
{
    struct db_row *row = db_table_find(t, uuid);
    if (!row) {
        return ovsdb_err_create(OVSDB_E_SYNTAX, "table %s: the source "
                                "modifies a row that it has not sent",
                                t->schema->name);
    }
    struct ovsdb_err *err = fill(t, txn_row_write(txn, row), diff, true);
    txn_row_written(row);
    return err;
}

/* 'update' is a <row-update> [RFC 7047 4.1.6] or a <row-update2>
 * [ovsdb-server(7) 4.1.14]. */
static struct ovsdb_err *
put_row(struct txn *txn, struct db_table *t, const struct uuid *uuid,
        const json_t *update)
{
    static const char *const whole[] = { "new", "insert", "initial" };
    for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
        const json_t *new = json_object_get(update, whole[i]);
        if (json_is_object(new)) {
            return put_whole_row(txn, t, uuid, new);
        }
    }
    const json_t *diff = json_object_get(update, "modify");
    if (diff) {
        return modify_row(txn, t, uuid, diff);
    }
    struct db_row *row = db_table_find(t, uuid);
    if (row) {
        txn_delete(txn, row);
    }
    return NULL;
}

static struct ovsdb_err *
put_table(struct txn *txn, struct db_table *t, const json_t *rows)
{
    const char *key;
    json_t *update;
    json_object_foreach ((json_t *)(uintptr_t)rows, key, update) {
        struct uuid uuid;
        if (!uuid_from_text(&uuid, key)) {
            return ovsdb_err_create(OVSDB_E_SYNTAX, "table %s: \"%s\" is no "
                                    "UUID", t->schema->name, key);
        }
        struct ovsdb_err *err = put_row(txn, t, &uuid, update);
        if (err) {
            return ovsdb_err_wrap(err, "row %s", key);
        }
    }
    return NULL;
}

struct ovsdb_err *
replica_put_updates(struct txn *txn, const json_t *updates)
{
    const char *name;
    json_t *rows;
    json_object_foreach ((json_t *)(uintptr_t)updates, name, rows) {
        struct db_table *t = db_get_table(txn->db, name);
        struct ovsdb_err *err
            = t ? put_table(txn, t, rows)
                : ovsdb_err_create(OVSDB_E_UNKNOWN_TABLE, "No table named "
                                   "%s.", name);
        if (err) {
            return err;
        }
    }
    return NULL;
}

void
replica_delete_others(struct txn *txn, struct db_table *t,
                      const json_t *updates)
{
    size_t n = hmap_count(&t->rows), n_gone = 0;
    struct db_row **gone = xcalloc(n + 1, sizeof *gone);
    HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
        char key[UUID_TEXT_LEN + 1];
        snprintf(key, sizeof key, UUID_FMT, UUID_ARGS(db_row_uuid(row)));
        if (!json_object_get(updates, key)) {
            gone[n_gone++] = row;
        }
    }
    for (size_t i = 0; i < n_gone; i++) {
        txn_delete(txn, gone[i]);
    }
    free(gone);
}
