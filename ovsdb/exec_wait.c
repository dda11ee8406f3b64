/* SPDX-License-Identifier: Apache-2.0 */
/* The wait operation [RFC 7047 5.2.6].
 *
 * The rows that "where" selects, seen through "columns", are compared as a
 * set with the given rows.  Both go through one hash map, so the cost is the
 * number of rows. */
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "ovsdb/exec_priv.h"

/* A given row: only the compared columns are set. */
struct wanted {
    struct hmap_node node;      /* In compare.wanted, by hash_row(). */
    struct ovsdb_datum *datums; /* By place in the column set. */
    bool found;
};

struct compare {
    const struct db_table *table;
    const struct ovsdb_column_set *cs;
    struct hmap wanted;
};

static uint32_t
hash_wanted(const struct ovsdb_column_set *cs, const struct ovsdb_datum *d)
{
    uint32_t h = hash_seed();
    for (size_t i = 0; i < cs->n; i++) {
        h = ovsdb_datum_hash(&d[i], &cs->columns[i]->type, h);
    }
    return h;
}

static uint32_t
hash_row(const struct ovsdb_column_set *cs, const struct ovsdb_datum row[])
{
    uint32_t h = hash_seed();
    for (size_t i = 0; i < cs->n; i++) {
        const struct ovsdb_column *c = cs->columns[i];
        h = ovsdb_datum_hash(&row[c->idx], &c->type, h);
    }
    return h;
}

static void
wanted_free(const struct ovsdb_column_set *cs, struct wanted *w)
{
    for (size_t i = 0; i < cs->n; i++) {
        ovsdb_datum_fini(&w->datums[i], &cs->columns[i]->type);
    }
    free(w->datums);
    free(w);
}

static void
compare_fini(struct compare *cmp)
{
    HMAP_FOR_EACH_SAFE (struct wanted, w, node, &cmp->wanted) {
        wanted_free(cmp->cs, w);
    }
    hmap_fini(&cmp->wanted);
}

static struct ovsdb_err *
read_wanted_column(struct exec *x, const struct compare *cmp,
                   struct wanted *w, const char *name, const json_t *value)
{
    const struct ovsdb_column *c;
    struct ovsdb_err *err
        = ovsdb_table_schema_find_column(cmp->table->schema, name, &c);
    struct ovsdb_datum d;
    if (!err) {
        err = ovsdb_column_datum_from_json(cmp->table->schema, c, value,
                                           &x->symtab, &d);
    }
    if (err) {
        return err;
    }
    for (size_t i = 0; i < cmp->cs->n; i++) {
        if (cmp->cs->columns[i] == c) {
            ovsdb_datum_swap(&w->datums[i], &d);
        }
    }
    ovsdb_datum_fini(&d, &c->type);
    return NULL;
}

static struct ovsdb_err *
read_wanted(struct exec *x, struct compare *cmp, const json_t *json)
{
    if (!json_is_object(json)) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX, "row must be JSON object");
    }
    struct wanted *w = xzalloc(sizeof *w);
    w->datums = xcalloc(cmp->cs->n + 1, sizeof *w->datums);
    for (size_t i = 0; i < cmp->cs->n; i++) {
        ovsdb_datum_init_default(&w->datums[i], &cmp->cs->columns[i]->type);
    }
    struct ovsdb_err *err = NULL;
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)json, name, value) {
        err = read_wanted_column(x, cmp, w, name, value);
        if (err) {
            break;
        }
    }
    hmap_insert(&cmp->wanted, &w->node, hash_wanted(cmp->cs, w->datums));
    return err;
}

static bool
row_equals_wanted(const struct compare *cmp, const struct ovsdb_datum row[],
                  const struct wanted *w)
{
    for (size_t i = 0; i < cmp->cs->n; i++) {
        const struct ovsdb_column *c = cmp->cs->columns[i];
        if (!ovsdb_datum_eq(&row[c->idx], &w->datums[i], &c->type)) {
            return false;
        }
    }
    return true;
}

/* Marks those given rows that equal 'row'; false if none does. */
static bool
mark_wanted(const struct compare *cmp, const struct ovsdb_datum row[])
{
    bool any = false;
    HMAP_FOR_EACH_WITH_HASH (struct wanted, w, node, hash_row(cmp->cs, row),
                             &cmp->wanted) {
        if (row_equals_wanted(cmp, row, w)) {
            any = w->found = true;
        }
    }
    return any;
}

static bool
sets_are_equal(const struct compare *cmp, struct db_row **rows, size_t n)
{
    struct db_view view = DB_VIEW_INIT;
    bool all = true;
    for (size_t i = 0; all && i < n; i++) {
        all = mark_wanted(cmp, db_row_read_columns(rows[i], &view,
                                                   cmp->cs->columns,
                                                   cmp->cs->n));
    }
    db_view_fini(&view);
    if (!all) {
        return false;
    }
    HMAP_FOR_EACH (struct wanted, w, node, &cmp->wanted) {
        if (!w->found) {
            return false;
        }
    }
    return true;
}

static struct ovsdb_err *
compare_rows(struct exec *x, const json_t *op, struct db_table *t,
             const struct ovsdb_column_set *cs, bool *equal)
{
    struct compare cmp = { .table = t, .cs = cs };
    struct db_row **rows = NULL;
    size_t n = 0, i;
    json_t *row;
    hmap_init(&cmp.wanted);
    struct ovsdb_err *err = exec_get_rows(x, op, t, &rows, &n);
    json_array_foreach (json_object_get(op, "rows"), i, row) {
        if (err) {
            break;
        }
        err = read_wanted(x, &cmp, row);
    }
    if (!err) {
        *equal = sets_are_equal(&cmp, rows, n);
    }
    compare_fini(&cmp);
    free(rows);
    return err;
}

static struct ovsdb_err *
read_until(const json_t *op, bool *want_equal)
{
    const json_t *until = json_object_get(op, "until");
    *want_equal = !strcmp(json_string_value(until), "==");
    if (!*want_equal && strcmp(json_string_value(until), "!=")) {
        return ovsdb_err_at(until, OVSDB_E_SYNTAX,
                            "\"until\" must be \"==\" or \"!=\"");
    }
    return NULL;
}

/* The condition does not hold: wait on, or give up. */
static struct ovsdb_err *
wait_or_fail(struct exec *x, const struct db_table *t, int64_t timeout_ms)
{
    if (!timeout_ms) {
        return ovsdb_err_create(OVSDB_E_TIMED_OUT,
                                "\"where\" clause test failed");
    }
    if (x->env->elapsed_ms >= timeout_ms) {
        return ovsdb_err_create(OVSDB_E_TIMED_OUT,
                                "\"wait\" timed out after %lld ms",
                                (long long)timeout_ms);
    }
    if (x->env->cannot_wait) {
        return ovsdb_err_create(OVSDB_E_NOT_SUPPORTED,
                                "triggers not supported");
    }
    x->must_wait = true;
    *x->wait = (struct exec_wait){ t, timeout_ms };
    return NULL;
}

struct ovsdb_err *
exec_wait(struct exec *x, const json_t *op, struct str *out)
{
    int64_t timeout_ms = INT64_MAX;
    const json_t *timeout = json_object_get(op, "timeout");
    if (timeout) {
        timeout_ms = json_integer_value(timeout);
        if (timeout_ms < 0) {
            return ovsdb_err_at(timeout, OVSDB_E_SYNTAX,
                                "timeout must be nonnegative");
        }
    }
    bool want_equal, equal = false;
    struct db_table *t = exec_get_table(x, op);
    struct ovsdb_column_set cs;
    struct ovsdb_err *err = read_until(op, &want_equal);
    if (err) {
        return err;
    }
    ovsdb_column_set_init(&cs);
    err = exec_get_columns(op, t, &cs);
    if (!err) {
        err = compare_rows(x, op, t, &cs, &equal);
    }
    ovsdb_column_set_fini(&cs);
    if (err) {
        return err;
    }
    if (equal != want_equal) {
        return wait_or_fail(x, t, timeout_ms);
    }
    str_put(out, "{}");
    return NULL;
}
