/* SPDX-License-Identifier: Apache-2.0 */
/* What the model does at the end of a transaction: all rows of all tables are
 * looked at, again and again until nothing changes. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/db_model_priv.h"

/* Calls fn for every reference in the database: 'i' is the element of
 * 'value' that has it. */
struct visit {
    struct model *m;
    const char *table, *uuid, *column;
    json_t *row, *value;
    size_t i;
    const char *to_table, *to_uuid;
    bool weak;
};

typedef void visit_fn(const struct visit *, void *aux);

static void
visit_value(struct visit *v, const json_t *type, visit_fn *fn, void *aux)
{
    static const char *const sides[] = { "key", "value" };
    bool is_map = model_is_map(type);
    for (size_t side = 0; side < (is_map ? 2 : 1); side++) {
        v->to_table = model_ref(type, sides[side], &v->weak);
        json_t *element;
        if (!v->to_table) {
            continue;
        }
        json_array_foreach (model_elements(v->value), v->i, element) {
            v->to_uuid = json_string_value(
                is_map ? json_array_get(element, side) : element);
            fn(v, aux);
        }
    }
}

static void
visit_all(struct model *m, visit_fn *fn, void *aux)
{
    struct visit v = { .m = m };
    json_t *rows;
    json_object_foreach (m->state, v.table, rows) {
        json_object_foreach (rows, v.uuid, v.row) {
            json_object_foreach (v.row, v.column, v.value) {
                visit_value(&v, model_column_type(m, v.table, v.column), fn,
                            aux);
            }
        }
    }
}

static bool
is_there(const struct model *m, const char *table, const char *uuid)
{
    return json_object_get(json_object_get(m->state, table), uuid) != NULL;
}

/* Strong references. */

static void
check_strong(const struct visit *v, void *faults)
{
    if (!v->weak && !is_there(v->m, v->to_table, v->to_uuid)) {
        *(unsigned int *)faults |= MODEL_REFERENCE;
    }
}

struct held {
    const char *table, *uuid;
    bool yes;
};

static void
check_held(const struct visit *v, void *held_)
{
    struct held *held = held_;
    held->yes |= !v->weak && !strcmp(v->to_table, held->table)
                 && !strcmp(v->to_uuid, held->uuid)
                 && (strcmp(v->table, held->table)
                     || strcmp(v->uuid, held->uuid));
}

/* Deletes rows of tables that are no root and that no other row holds. */
static bool
collect_garbage(struct model *m)
{
    const char *table, *uuid;
    json_t *rows, *row;
    void *tmp;
    bool any = false;
    json_object_foreach (m->state, table, rows) {
        if (json_is_true(json_object_get(model_table_schema(m, table),
                                         "isRoot"))) {
            continue;
        }
        json_object_foreach_safe (rows, tmp, uuid, row) {
            struct held held = { table, uuid, false };
            visit_all(m, check_held, &held);
            if (!held.yes) {
                json_object_del(rows, uuid);
                any = true;
                break; /* 'uuid' is gone: start again. */
            }
        }
    }
    return any;
}

/* Weak references. */

struct dangling {
    bool found;
    json_t *row;
    char column[64];
    size_t i;
};

static void
find_dangling(const struct visit *v, void *dangling)
{
    struct dangling *d = dangling;
    if (!d->found && v->weak && !is_there(v->m, v->to_table, v->to_uuid)) {
        *d = (struct dangling){ .found = true, .row = v->row, .i = v->i };
        strncpy(d->column, v->column, sizeof d->column - 1);
    }
}

static bool
drop_weak(struct model *m)
{
    bool any = false;
    for (;;) {
        struct dangling d = { .found = false };
        visit_all(m, find_dangling, &d);
        if (!d.found) {
            return any;
        }
        /* Values are shared between rows: change a copy. */
        json_t *value = json_deep_copy(json_object_get(d.row, d.column));
        json_array_remove(model_elements(value), d.i);
        json_object_set_new(d.row, d.column, value);
        any = true;
    }
}

/* Sizes that lost weak references, numbers of rows, indexes. */

static unsigned int
check_sizes(const struct model *m)
{
    const char *table, *uuid, *column;
    json_t *rows, *row, *value;
    json_object_foreach (m->state, table, rows) {
        json_object_foreach (rows, uuid, row) {
            json_object_foreach (row, column, value) {
                if ((json_int_t)json_array_size(model_elements(value))
                    < model_min(model_column_type(m, table, column))) {
                    return MODEL_CONSTRAINT;
                }
            }
        }
    }
    return 0;
}

static bool
rows_agree(const json_t *columns, const json_t *a, const json_t *b)
{
    size_t i;
    json_t *name;
    json_array_foreach (columns, i, name) {
        const char *column = json_string_value(name);
        if (!json_equal(json_object_get(a, column),
                        json_object_get(b, column))) {
            return false;
        }
    }
    return true;
}

static bool
has_twins(const json_t *columns, json_t *rows)
{
    const char *x, *y;
    json_t *a, *b;
    json_object_foreach (rows, x, a) {
        json_object_foreach (rows, y, b) {
            if (strcmp(x, y) && rows_agree(columns, a, b)) {
                return true;
            }
        }
    }
    return false;
}

static unsigned int
check_tables(const struct model *m)
{
    const char *table;
    json_t *rows, *index;
    size_t i;
    json_object_foreach (m->state, table, rows) {
        const json_t *ts = model_table_schema(m, table);
        const json_t *max = json_object_get(ts, "maxRows");
        if (max && (json_int_t)json_object_size(rows)
                       > json_integer_value(max)) {
            return MODEL_CONSTRAINT;
        }
        json_array_foreach (json_object_get(ts, "indexes"), i, index) {
            if (has_twins(index, rows)) {
                return MODEL_CONSTRAINT;
            }
        }
    }
    return 0;
}

unsigned int
model_commit(struct model *m, unsigned int *maybe)
{
    bool again = true;
    while (again) {
        visit_all(m, check_strong, maybe);
        while (collect_garbage(m)) {
        }
        again = drop_weak(m);
        *maybe |= check_sizes(m);
    }
    unsigned int sure = check_sizes(m) | check_tables(m);
    visit_all(m, check_strong, &sure);
    return sure;
}
