/* SPDX-License-Identifier: Apache-2.0 */
/* What the source's monitor tells, into our rows. */
#include "lib/base/mem.h"
#include "ovsdb/replica_priv.h"

/* Writes the members of 'values' into 'datums'. */
static struct ovsdb_err *
fill(const struct db_table *t, struct ovsdb_datum datums[],
     const json_t *values)
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
            err = ovsdb_datum_from_json(&d, &c->type, value, NULL);
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

static struct ovsdb_err *
put_row(struct txn *txn, struct db_table *t, const struct uuid *uuid,
        const json_t *new)
{
    struct db_row *row = db_table_find(t, uuid);
    struct ovsdb_err *err = NULL;
    if (!json_is_object(new)) {
        if (row) {
            txn_delete(txn, row);
        }
    } else if (row) {
        err = fill(t, txn_row_write(txn, row), new);
        txn_row_written(row);
    } else {
        row = db_row_create(t, uuid);
        err = fill(t, row->u.datums, new);
        if (err) {
            db_row_destroy(row);
        } else {
            txn_insert(txn, row);
        }
    }
    return err;
}

static struct ovsdb_err *
put_table(struct txn *txn, struct db_table *t, const json_t *rows)
{
    const char *key;
    json_t *row;
    json_object_foreach ((json_t *)(uintptr_t)rows, key, row) {
        struct uuid uuid;
        if (!uuid_from_text(&uuid, key)) {
            return ovsdb_err_create(OVSDB_E_SYNTAX, "table %s: \"%s\" is no "
                                    "UUID", t->schema->name, key);
        }
        struct ovsdb_err *err
            = put_row(txn, t, &uuid, json_object_get(row, "new"));
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
