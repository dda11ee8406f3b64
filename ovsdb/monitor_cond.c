/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of monitors.
 *
 * A hypervisor of a large site asks for "datapath == X" of thousands of X, and
 * each row of a first copy, and each row that a transaction touched, is held
 * against all of them.  So where there are many clauses, those that compare
 * for equality are found by the hash of the row's value; only others are tried
 * one by one. */
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "ovsdb/monitor_priv.h"

/* Fewer clauses are tried one by one. */
#define INDEX_MIN 8

struct value {
    struct hmap_node node; /* In value_column.values, by the hash. */
    const struct ovsdb_clause *clause;
};

/* What one column may equal. */
struct value_column {
    const struct ovsdb_column *column;
    struct hmap values; /* struct value. */
};

struct monitor_index {
    struct value_column *columns; /* Owned. */
    size_t n_columns;
    const struct ovsdb_clause **rest; /* Owned. */
    size_t n_rest;
};

static uint32_t
value_hash(const struct ovsdb_datum *d, const struct ovsdb_column *c)
{
    return ovsdb_datum_hash(d, &c->type, hash_seed());
}

static struct value_column *
get_column(struct monitor_index *x, const struct ovsdb_column *column)
{
    for (size_t i = 0; i < x->n_columns; i++) {
        if (x->columns[i].column == column) {
            return &x->columns[i];
        }
    }
    struct value_column *vc = &x->columns[x->n_columns++];
    vc->column = column;
    hmap_init(&vc->values);
    return vc;
}

static void
add_value(struct monitor_index *x, const struct ovsdb_clause *clause)
{
    struct value_column *vc = get_column(x, clause->column);
    struct value *v = xmalloc(sizeof *v);
    v->clause = clause;
    hmap_insert(&vc->values, &v->node,
                value_hash(&clause->arg, clause->column));
}

void
monitor_index_build(struct monitor_table *mt,
                    const struct ovsdb_table_schema *ts)
{
    const struct ovsdb_cond *cond = &mt->cond;
    if (cond->n < INDEX_MIN) {
        return;
    }
    struct monitor_index *x = xzalloc(sizeof *x);
    x->columns = xcalloc(ts->n_columns, sizeof *x->columns);
    x->rest = xcalloc(cond->n, sizeof *x->rest);
    for (size_t i = 0; i < cond->n; i++) {
        const struct ovsdb_clause *clause = &cond->clauses[i];
        if (clause->column && clause->fn == OVSDB_F_EQ) {
            add_value(x, clause);
        } else {
            x->rest[x->n_rest++] = clause;
        }
    }
    mt->index = x;
}

void
monitor_index_destroy(struct monitor_table *mt)
{
    struct monitor_index *x = mt->index;
    mt->index = NULL;
    if (!x) {
        return;
    }
    for (size_t i = 0; i < x->n_columns; i++) {
        HMAP_FOR_EACH_SAFE (struct value, v, node, &x->columns[i].values) {
            free(v);
        }
        hmap_fini(&x->columns[i].values);
    }
    free(x->columns);
    free(x->rest);
    free(x);
}

static bool
has_value(const struct value_column *vc, const struct ovsdb_datum row[])
{
    const struct ovsdb_column *c = vc->column;
    const struct ovsdb_datum *d = &row[c->idx];
    HMAP_FOR_EACH_WITH_HASH (struct value, v, node, value_hash(d, c),
                             &vc->values) {
        if (ovsdb_datum_eq(d, &v->clause->arg, &c->type)) {
            return true;
        }
    }
    return false;
}

bool
monitor_matches(const struct monitor_table *mt, const struct ovsdb_datum row[])
{
    const struct monitor_index *x = mt->index;
    if (!x) {
        return ovsdb_cond_any(&mt->cond, row);
    }
    for (size_t i = 0; i < x->n_columns; i++) {
        if (has_value(&x->columns[i], row)) {
            return true;
        }
    }
    for (size_t i = 0; i < x->n_rest; i++) {
        if (ovsdb_clause_holds(x->rest[i], row)) {
            return true;
        }
    }
    return false;
}
