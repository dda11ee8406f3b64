/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on rows: insert, update, mutate, delete
 * [RFC 7047 5.2.1 to 5.2.5], and finding the rows they mean. */
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/mutate.h"
#include "ovsdb/exec_priv.h"
#include "ovsdb/text.h"

struct db_table *
exec_get_table(struct exec *x, const json_t *op)
{
    const struct ovsdb_table_schema *ts = ovsdb_schema_table(
        x->env->db->schema, json_string_value(json_object_get(op, "table")));
    return &x->env->db->tables[ts->idx];
}

struct ovsdb_err *
exec_get_columns(const json_t *op, const struct db_table *t,
                 struct ovsdb_column_set *cs)
{
    return ovsdb_err_wrap(
        ovsdb_column_set_from_json(cs, json_object_get(op, "columns"),
                                   t->schema), "table %s", t->schema->name);
}

/* Finding. */

struct row_list {
    struct db_row **rows;
    size_t n, capacity;
};

static void
row_list_add(struct row_list *l, struct db_row *row)
{
    if (l->n >= l->capacity) {
        l->rows = x2nrealloc(l->rows, &l->capacity, sizeof *l->rows);
    }
    l->rows[l->n++] = row;
}

static const struct ovsdb_datum *
cond_equal_arg(const struct ovsdb_cond *cond, const struct ovsdb_column *c)
{
    for (size_t i = 0; i < cond->n; i++) {
        if (cond->clauses[i].fn == OVSDB_F_EQ
            && cond->clauses[i].column == c) {
            return &cond->clauses[i].arg;
        }
    }
    return NULL;
}

/* Fills 'key' if 'cond' says what each column of 'cs' equals. */
static bool
cond_gives_key(const struct ovsdb_cond *cond,
               const struct ovsdb_column_set *cs,
               const struct ovsdb_datum *key[])
{
    for (size_t i = 0; i < cs->n; i++) {
        key[i] = cond_equal_arg(cond, cs->columns[i]);
        if (!key[i]) {
            return false;
        }
    }
    return true;
}

/* Rows at rest are read through one view, and only what 'cond' looks at. */
struct row_filter {
    const struct ovsdb_cond *cond;
    const struct ovsdb_column **columns; /* Heap. */
    size_t n_columns;
    struct db_view view;
};

static void
row_filter_init(struct row_filter *f, const struct ovsdb_cond *cond)
{
    *f = (struct row_filter){ .cond = cond, .view = DB_VIEW_INIT };
    f->columns = xcalloc(cond->n + 1, sizeof *f->columns);
    for (size_t i = 0; i < cond->n; i++) {
        if (cond->clauses[i].column) {
            f->columns[f->n_columns++] = cond->clauses[i].column;
        }
    }
}

static void
row_filter_fini(struct row_filter *f)
{
    free(f->columns);
    db_view_fini(&f->view);
}

static bool
row_passes(struct row_filter *f, const struct db_row *row)
{
    return !f->cond->n
           || ovsdb_cond_all(f->cond,
                             db_row_read_columns(row, &f->view, f->columns,
                                                 f->n_columns));
}

/* True if an index answered. */
static bool
find_by_index(const struct db_table *t, struct row_filter *f,
              struct row_list *l)
{
    const struct ovsdb_cond *cond = f->cond;
    for (size_t i = 0; i < t->schema->n_indexes && cond->n; i++) {
        const struct ovsdb_column_set *cs = &t->schema->indexes[i];
        const struct ovsdb_datum **key = xcalloc(cs->n, sizeof *key);
        bool usable = cond_gives_key(cond, cs, key);
        if (usable) {
            for (struct db_row *row = db_index_first(t, i, key); row;
                 row = db_index_next(row, i, key)) {
                if (row_passes(f, row)) {
                    row_list_add(l, row);
                }
            }
        }
        free(key);
        if (usable) {
            return true;
        }
    }
    return false;
}

static void
find_rows(const struct db_table *t, const struct ovsdb_cond *cond,
          struct row_list *l)
{
    struct row_filter f;
    struct uuid uuid;
    row_filter_init(&f, cond);
    if (ovsdb_cond_get_uuid(cond, &uuid)) {
        struct db_row *row = db_table_find(t, &uuid);
        if (row && row_passes(&f, row)) {
            row_list_add(l, row);
        }
    } else if (!find_by_index(t, &f, l)) {
        HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
            if (row_passes(&f, row)) {
                row_list_add(l, row);
            }
        }
    }
    row_filter_fini(&f);
}

struct ovsdb_err *
exec_get_rows(struct exec *x, const json_t *op, struct db_table *t,
              struct db_row ***rows, size_t *n)
{
    struct ovsdb_cond cond;
    struct ovsdb_err *err = ovsdb_cond_from_json(
        &cond, t->schema, json_object_get(op, "where"), &x->symtab);
    if (err) {
        return err;
    }
    struct row_list l = { NULL, 0, 0 };
    find_rows(t, &cond, &l);
    ovsdb_cond_fini(&cond);
    *rows = l.rows;
    *n = l.n;
    return NULL;
}

/* Does whoever asks have the right to? */
static struct ovsdb_err *
authorize(struct exec *x, const struct exec_access *a)
{
    return x->env->authorize ? x->env->authorize(x->env->aux, a) : NULL;
}

/* Insert. */

/* The UUID of the new row, from "uuid", "uuid-name" or chance. */
static struct ovsdb_err *
choose_uuid(struct exec *x, const json_t *op, const struct db_table *t,
            struct uuid *uuid)
{
    const json_t *given = json_object_get(op, "uuid");
    const json_t *name = json_object_get(op, "uuid-name");
    struct ovsdb_symbol *symbol = NULL;
    if (name) {
        symbol = ovsdb_symtab_get(&x->symtab, json_string_value(name));
        if (symbol->created) {
            return ovsdb_err_at(name, OVSDB_E_DUP_UUID_NAME,
                                "This \"uuid-name\" appeared on an earlier "
                                "\"insert\" operation.");
        }
        symbol->created = true;
        *uuid = symbol->uuid;
    } else if (!given) {
        uuid_generate(uuid);
    }
    if (!given) {
        return NULL;
    }
    if (!uuid_from_text(uuid, json_string_value(given))) {
        return ovsdb_err_at(given, OVSDB_E_SYNTAX, "bad uuid");
    }
    if (symbol && !uuid_eq(&symbol->uuid, uuid)) {
        if (symbol->referenced) {
            return ovsdb_err_at(given, OVSDB_E_SYNTAX,
                                "\"uuid\" comes too late for \"uuid-name\", "
                                "which is in use already");
        }
        symbol->uuid = *uuid;
    }
    if (db_table_find(t, uuid) || txn_has_deleted(x->txn, t, uuid)) {
        return ovsdb_err_at(given, OVSDB_E_DUP_UUID,
                            "This UUID would duplicate a UUID already "
                            "present within the table or deleted within the "
                            "same transaction.");
    }
    return NULL;
}

/* Reads 'value' for the column called 'name', which may be written. */
static struct ovsdb_err *
read_column(struct exec *x, const struct db_table *t, const json_t *row,
            const char *name, const json_t *value,
            const struct ovsdb_column **c, struct ovsdb_datum *d)
{
    struct ovsdb_err *err = ovsdb_table_schema_find_column(t->schema, name, c);
    if (err) {
        return err;
    }
    if ((*c)->idx < OVSDB_N_STD_COLS) {
        return ovsdb_err_at(row, OVSDB_E_CONSTRAINT,
                            "Cannot write column %s in table %s.", name,
                            t->schema->name);
    }
    return ovsdb_column_datum_from_json(t->schema, *c, value, &x->symtab, d);
}

static struct ovsdb_err *
fill_row(struct exec *x, struct db_row *row, const json_t *json)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)json, name, value) {
        const struct ovsdb_column *c;
        struct ovsdb_datum d;
        struct ovsdb_err *err
            = read_column(x, row->table, json, name, value, &c, &d);
        if (err) {
            return err;
        }
        ovsdb_datum_swap(&row->u.datums[c->idx], &d);
        ovsdb_datum_fini(&d, &c->type);
    }
    return NULL;
}

/* Columns that the insert left out must be content with their defaults
 * [RFC 7047 5.2.1]. */
static struct ovsdb_err *
check_defaults(const struct db_row *row, const json_t *given)
{
    const struct ovsdb_table_schema *ts = row->table->schema;
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_column *c = ts->columns[i];
        if (!c->type.n_min
            || !(ovsdb_base_has_constraints(&c->type.key)
                 || ovsdb_base_has_constraints(&c->type.value))
            || json_object_get(given, c->name)) {
            continue;
        }
        struct ovsdb_err *err
            = ovsdb_datum_check_atoms(&row->u.datums[i], &c->type);
        if (err) {
            return ovsdb_err_wrap(err, "table %s column %s must be given, "
                                  "since its default is not allowed",
                                  ts->name, c->name);
        }
    }
    return NULL;
}

struct ovsdb_err *
exec_insert(struct exec *x, const json_t *op, struct str *out)
{
    struct db_table *t = exec_get_table(x, op);
    struct uuid uuid;
    struct ovsdb_err *err = choose_uuid(x, op, t, &uuid);
    if (err) {
        return err;
    }
    struct db_row *row = db_row_create(t, &uuid);
    err = fill_row(x, row, json_object_get(op, "row"));
    if (!err) {
        err = check_defaults(row, json_object_get(op, "row"));
    }
    if (!err) {
        err = authorize(x, &(struct exec_access){ .deed = EXEC_INSERT,
                                                  .table = t,
                                                  .rows = &row,
                                                  .n_rows = 1 });
    }
    if (err) {
        db_row_destroy(row);
        return err;
    }
    txn_insert(x->txn, row);
    str_put(out, "{\"uuid\":[\"uuid\",");
    text_put_uuid(out, &uuid);
    str_put(out, "]}");
    return NULL;
}

/* Update, mutate, delete. */

static void
put_count(struct str *out, size_t n)
{
    str_putf(out, "{\"count\":%zu}", n);
}

/* Values for some columns, as the "row" of an update gives them. */
struct assignment {
    const struct ovsdb_column *column;
    struct ovsdb_datum datum;
};

static void
assignments_free(struct assignment *as, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ovsdb_datum_fini(&as[i].datum, &as[i].column->type);
    }
    free(as);
}

static struct ovsdb_err *
read_assignments(struct exec *x, const struct db_table *t, const json_t *row,
                 struct assignment **asp, size_t *n)
{
    struct assignment *as = xcalloc(json_object_size(row) + 1, sizeof *as);
    const char *name;
    json_t *value;
    *n = 0;
    json_object_foreach ((json_t *)(uintptr_t)row, name, value) {
        const struct ovsdb_column *c = NULL;
        struct ovsdb_err *err
            = ovsdb_table_schema_find_column(t->schema, name, &c);
        if (!err && (!c->is_mutable || c->idx < OVSDB_N_STD_COLS)) {
            err = ovsdb_err_at(row, OVSDB_E_CONSTRAINT,
                               "Cannot update immutable column %s in table "
                               "%s.", name, t->schema->name);
        }
        if (!err) {
            err = read_column(x, t, row, name, value, &c, &as[*n].datum);
        }
        if (err) {
            assignments_free(as, *n);
            return err;
        }
        as[(*n)++].column = c;
    }
    *asp = as;
    return NULL;
}

static void
assign(struct exec *x, struct db_row *row, const struct assignment *as,
       size_t n)
{
    struct db_view view = DB_VIEW_INIT;
    for (size_t i = 0; i < n; i++) {
        const struct ovsdb_column *c = as[i].column;
        const struct ovsdb_datum *d = db_row_read_columns(row, &view, &c, 1);
        if (!ovsdb_datum_eq(&d[c->idx], &as[i].datum, &c->type)) {
            struct ovsdb_datum copy;
            ovsdb_datum_clone(&copy, &as[i].datum);
            txn_set(x->txn, row, c, &copy);
        }
    }
    db_view_fini(&view);
}

static struct ovsdb_err *
authorize_update(struct exec *x, const struct db_table *t,
                 struct db_row *const *rows, size_t n,
                 const struct assignment *as, size_t n_as)
{
    const struct ovsdb_column **columns = xcalloc(n_as + 1, sizeof *columns);
    for (size_t i = 0; i < n_as; i++) {
        columns[i] = as[i].column;
    }
    struct ovsdb_err *err
        = authorize(x, &(struct exec_access){ .deed = EXEC_UPDATE,
                                              .table = t,
                                              .rows = rows,
                                              .n_rows = n,
                                              .columns = columns,
                                              .n_columns = n_as });
    free(columns);
    return err;
}

struct ovsdb_err *
exec_update(struct exec *x, const json_t *op, struct str *out)
{
    struct db_table *t = exec_get_table(x, op);
    struct assignment *as = NULL;
    struct db_row **rows = NULL;
    size_t n_as = 0, n = 0;
    struct ovsdb_err *err
        = read_assignments(x, t, json_object_get(op, "row"), &as, &n_as);
    if (!err) {
        err = exec_get_rows(x, op, t, &rows, &n);
        if (!err) {
            err = authorize_update(x, t, rows, n, as, n_as);
        }
        if (!err) {
            for (size_t i = 0; i < n; i++) {
                assign(x, rows[i], as, n_as);
            }
            put_count(out, n);
        }
        assignments_free(as, n_as);
    }
    free(rows);
    return err;
}

static struct ovsdb_err *
mutate_rows(struct exec *x, const struct ovsdb_mutations *m,
            struct db_row **rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ovsdb_err *err
            = ovsdb_mutations_apply(m, txn_row_write(x->txn, rows[i]));
        txn_row_written(rows[i]);
        if (err) {
            return ovsdb_err_wrap(err, "table %s row " UUID_FMT,
                                  rows[i]->table->schema->name,
                                  UUID_ARGS(db_row_uuid(rows[i])));
        }
    }
    return NULL;
}

static struct ovsdb_err *
authorize_mutate(struct exec *x, const struct db_table *t,
                 struct db_row *const *rows, size_t n,
                 const struct ovsdb_mutations *m)
{
    const struct ovsdb_column **columns = xcalloc(m->n + 1, sizeof *columns);
    for (size_t i = 0; i < m->n; i++) {
        columns[i] = m->m[i].column;
    }
    struct ovsdb_err *err
        = authorize(x, &(struct exec_access){ .deed = EXEC_MUTATE,
                                              .table = t,
                                              .rows = rows,
                                              .n_rows = n,
                                              .columns = columns,
                                              .n_columns = m->n });
    free(columns);
    return err;
}

struct ovsdb_err *
exec_mutate(struct exec *x, const json_t *op, struct str *out)
{
    struct db_table *t = exec_get_table(x, op);
    struct ovsdb_mutations m;
    struct ovsdb_err *err = ovsdb_mutations_from_json(
        &m, t->schema, json_object_get(op, "mutations"), &x->symtab);
    if (err) {
        return err;
    }
    struct db_row **rows = NULL;
    size_t n = 0;
    err = exec_get_rows(x, op, t, &rows, &n);
    if (!err) {
        err = authorize_mutate(x, t, rows, n, &m);
    }
    if (!err) {
        err = mutate_rows(x, &m, rows, n);
    }
    if (!err) {
        put_count(out, n);
    }
    free(rows);
    ovsdb_mutations_fini(&m);
    return err;
}

struct ovsdb_err *
exec_delete(struct exec *x, const json_t *op, struct str *out)
{
    struct db_table *t = exec_get_table(x, op);
    struct db_row **rows = NULL;
    size_t n = 0;
    struct ovsdb_err *err = exec_get_rows(x, op, t, &rows, &n);
    if (!err) {
        err = authorize(x, &(struct exec_access){ .deed = EXEC_DELETE,
                                                  .table = t,
                                                  .rows = rows,
                                                  .n_rows = n });
    }
    if (!err) {
        for (size_t i = 0; i < n; i++) {
            txn_delete(x->txn, rows[i]);
        }
        put_count(out, n);
    }
    free(rows);
    return err;
}
