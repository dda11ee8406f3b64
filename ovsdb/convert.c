/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/convert.h"

#include "ovsdb/txn.h"

/* Values go through their JSON form, which checks them against the new
 * type and its constraints. */
static struct ovsdb_err *
convert_column(const struct ovsdb_datum old[], const struct ovsdb_column *oc,
               struct db_row *new, const struct ovsdb_column *nc)
{
    json_t *json = ovsdb_datum_to_json(&old[oc->idx], &oc->type);
    struct ovsdb_datum d;
    struct ovsdb_err *err = ovsdb_datum_from_json(&d, &nc->type, json, NULL);
    json_decref(json);
    if (!err) {
        ovsdb_datum_swap(&new->u.datums[nc->idx], &d);
        ovsdb_datum_fini(&d, &nc->type);
    }
    return ovsdb_err_wrap(err, "table %s row " UUID_FMT " column %s",
                          new->table->schema->name,
                          UUID_ARGS(db_row_uuid(new)), nc->name);
}

static struct ovsdb_err *
convert_row(const struct db_row *old, struct db_row *new)
{
    const struct ovsdb_table_schema *ots = old->table->schema;
    const struct ovsdb_table_schema *nts = new->table->schema;
    struct db_view view = DB_VIEW_INIT;
    const struct ovsdb_datum *values = db_row_read(old, &view);
    struct ovsdb_err *err = NULL;
    for (size_t i = OVSDB_N_STD_COLS; i < nts->n_columns && !err; i++) {
        const struct ovsdb_column *nc = nts->columns[i];
        const struct ovsdb_column *oc
            = ovsdb_table_schema_column(ots, nc->name);
        err = oc ? convert_column(values, oc, new, nc) : NULL;
    }
    db_view_fini(&view);
    return err;
}

static struct ovsdb_err *
convert_table(const struct db_table *old, struct db_table *t, struct txn *txn)
{
    HMAP_FOR_EACH (struct db_row, row, node, &old->rows) {
        struct db_row *copy = db_row_create(t, db_row_uuid(row));
        struct ovsdb_err *err = convert_row(row, copy);
        if (err) {
            db_row_destroy(copy);
            return err;
        }
        txn_insert(txn, copy);
    }
    return NULL;
}

struct ovsdb_err *
db_convert(const struct db *old, struct ovsdb_schema *schema, struct db **newp)
{
    struct ovsdb_err *err = NULL;
    *newp = NULL;
    if (strcmp(old->schema->name, schema->name)) {
        err = ovsdb_err_create("invalid parameters", "new schema name (%s) "
                               "does not match database name (%s)",
                               schema->name, old->schema->name);
        ovsdb_schema_destroy(&schema);
        return err;
    }
    struct db *new = db_create(schema);
    struct txn *txn = txn_begin(new);
    for (size_t i = 0; i < new->schema->n_tables && !err; i++) {
        const struct ovsdb_table_schema *ots
            = ovsdb_schema_table(old->schema, new->schema->tables[i]->name);
        if (ots) {
            err = convert_table(&old->tables[ots->idx], &new->tables[i], txn);
        }
    }
    if (err) {
        txn_abort(&txn);
    } else {
        err = txn_commit(&txn);
    }
    if (err) {
        db_destroy(&new);
    }
    *newp = new;
    return err;
}
