/* SPDX-License-Identifier: Apache-2.0 */
/* Step 4 of a commit: maxRows and indexes [RFC 7047 3.2]. */
#include "ovsdb/txn_priv.h"

static struct ovsdb_err *
check_max_rows(const struct db_table *t)
{
    size_t n = hmap_count(&t->rows);
    if (n <= t->schema->max_rows) {
        return NULL;
    }
    return ovsdb_err_create(OVSDB_E_CONSTRAINT,
                            "transaction causes \"%s\" table to contain %zu "
                            "rows, greater than the schema-defined limit of "
                            "%u row(s)",
                            t->schema->name, n, t->schema->max_rows);
}

static void
put_columns(struct str *out, const struct ovsdb_column_set *cs)
{
    for (size_t i = 0; i < cs->n; i++) {
        str_putf(out, "%s\"%s\"",
                 !i                 ? ""
                 : i + 1 < cs->n    ? ", "
                                    : " and ",
                 cs->columns[i]->name);
    }
}

static void
put_values(struct str *out, const struct ovsdb_column_set *cs,
           const struct db_row *row)
{
    struct db_view view = DB_VIEW_INIT;
    const struct ovsdb_datum *d = db_row_read(row, &view);
    for (size_t i = 0; i < cs->n; i++) {
        const struct ovsdb_column *c = cs->columns[i];
        str_put(out, !i ? "" : i + 1 < cs->n ? ", " : " and ");
        ovsdb_datum_put_text(out, &d[c->idx], &c->type);
    }
    db_view_fini(&view);
}

static void
put_origin(struct str *out, const char *which, const struct db_row *row)
{
    str_putf(out, "%s row, with UUID " UUID_FMT ", ", which,
             UUID_ARGS(db_row_uuid(row)));
    if (!row->txn_row) {
        str_put(out, "existed in the database before this transaction and "
                     "was not modified by the transaction.");
    } else if (!row->txn_row->old) {
        str_put(out, "was inserted by this transaction.");
    } else {
        str_put(out, "existed in the database before this transaction, "
                     "which modified the row.");
    }
}

static struct ovsdb_err *
duplicate_error(const struct db_row *a, const struct db_row *b,
                const struct ovsdb_column_set *cs)
{
    struct str s = STR_INIT;
    str_putf(&s, "Transaction causes multiple rows in \"%s\" table to have "
             "identical values (", a->table->schema->name);
    put_values(&s, cs, a);
    str_putf(&s, ") for index on column%s ", cs->n > 1 ? "s" : "");
    put_columns(&s, cs);
    str_put(&s, ".  ");
    put_origin(&s, "First", a);
    str_put(&s, "  ");
    put_origin(&s, "Second", b);
    struct ovsdb_err *err
        = ovsdb_err_create(OVSDB_E_CONSTRAINT, "%s", str_cstr(&s));
    str_fini(&s);
    return err;
}

static struct ovsdb_err *
check_indexes(const struct db_row *row)
{
    const struct ovsdb_table_schema *ts = row->table->schema;
    for (size_t i = 0; i < ts->n_indexes; i++) {
        const struct db_row *twin = db_row_find_twin(row, i);
        if (twin) {
            return duplicate_error(twin, row, &ts->indexes[i]);
        }
    }
    return NULL;
}

struct ovsdb_err *
txn_check_limits(struct txn *txn)
{
    struct ovsdb_err *err = NULL;
    TXN_FOR_EACH_ROW (tr, txn) {
        if (tr->deleted) {
            continue;
        }
        if (!tr->old) {
            err = check_max_rows(tr->row->table);
        }
        err = err ? err : check_indexes(tr->row);
        if (err) {
            return err;
        }
    }
    return NULL;
}
