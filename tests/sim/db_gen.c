/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/db_gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "tests/sim/db_model_priv.h"

#define N_TABLES_MAX 4
#define N_COLUMNS_MAX 6
#define N_OPS_MAX 6

static const char *const kinds[]
    = { "integer", "real", "boolean", "string", "uuid" };
static const char *const strings[]
    = { "", "a", "b", "ab", "abc", "abcd", "\xc3\xa4\xc3\xb6", "x y", "\"" };

/* Schemas. */

static json_t *
gen_table_name(uint32_t i)
{
    return json_sprintf("T%u", i);
}

static void
add_limits(struct rng *rng, json_t *base, const char *kind)
{
    if (!strcmp(kind, "integer")) {
        json_object_set_new(base, "minInteger", json_integer(-2));
        if (rng_one_in(rng, 2)) {
            json_object_set_new(base, "maxInteger", json_integer(4));
        }
    } else if (!strcmp(kind, "real")) {
        json_object_set_new(base, "maxReal", json_real(1.5));
        if (rng_one_in(rng, 2)) {
            json_object_set_new(base, "minReal", json_real(-1));
        }
    } else if (!strcmp(kind, "string")) {
        json_object_set_new(base, "maxLength", json_integer(3));
        if (rng_one_in(rng, 3)) {
            json_object_set_new(base, "minLength", json_integer(1));
        }
    }
}

static void
add_enum(struct rng *rng, json_t *base, const char *kind)
{
    if (!strcmp(kind, "integer")) {
        json_object_set_new(base, "enum", json_pack("[s[iii]]", "set", 0, 1,
                                                    3));
    } else if (!strcmp(kind, "string")) {
        json_object_set_new(base, "enum",
                            json_pack("[s[ss]]", "set", "a",
                                      rng_one_in(rng, 2) ? "" : "b"));
    }
}

static json_t *
gen_base(struct rng *rng, uint32_t n_tables)
{
    const char *kind = kinds[rng_below(rng, 5)];
    json_t *base = json_pack("{ss}", "type", kind);
    if (!strcmp(kind, "uuid") && !rng_one_in(rng, 4)) {
        json_object_set_new(base, "refTable",
                            gen_table_name(rng_below(rng, n_tables)));
        if (rng_one_in(rng, 2)) {
            json_object_set_new(base, "refType", json_string("weak"));
        }
    } else if (rng_one_in(rng, 4)) {
        add_limits(rng, base, kind);
    } else if (rng_one_in(rng, 6)) {
        add_enum(rng, base, kind);
    }
    return base;
}

static json_t *
gen_type(struct rng *rng, uint32_t n_tables)
{
    json_t *type = json_pack("{so}", "key", gen_base(rng, n_tables));
    uint32_t size = rng_below(rng, 5);
    if (rng_one_in(rng, 4)) {
        json_object_set_new(type, "value", gen_base(rng, n_tables));
    }
    if (size < 4) {
        json_object_set_new(type, "min",
                            json_integer(rng_one_in(rng, 10)));
        json_object_set_new(type, "max", size == 0   ? json_integer(1)
                                         : size == 1 ? json_integer(3)
                                         : json_string("unlimited"));
    }
    return type;
}

static json_t *
gen_column(struct rng *rng, uint32_t n_tables)
{
    json_t *column = json_pack("{so}", "type", gen_type(rng, n_tables));
    if (rng_one_in(rng, 12)) {
        json_object_set_new(column, "mutable", json_false());
    }
    bool weak;
    const json_t *type = json_object_get(column, "type");
    if (rng_one_in(rng, 12) && !model_ref(type, "key", &weak)
        && !model_ref(type, "value", &weak)) {
        json_object_set_new(column, "ephemeral", json_true());
    }
    return column;
}

/* Of some columns that may be indexed; may be empty. */
static json_t *
gen_index(struct rng *rng, const json_t *columns)
{
    json_t *index = json_array(), *column;
    const char *name;
    json_object_foreach ((json_t *)(uintptr_t)columns, name, column) {
        if (!json_object_get(column, "ephemeral") && rng_one_in(rng, 2)) {
            json_array_append_new(index, json_string(name));
        }
    }
    return index;
}

static json_t *
gen_table(struct rng *rng, uint32_t n_tables, bool is_root)
{
    json_t *columns = json_object();
    uint32_t n = 1 + rng_below(rng, N_COLUMNS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", i);
        json_object_set_new(columns, name, gen_column(rng, n_tables));
    }
    json_t *table = json_pack("{sosb}", "columns", columns, "isRoot",
                              is_root);
    if (rng_one_in(rng, 3)) {
        json_t *index = gen_index(rng, columns);
        if (json_array_size(index)) {
            json_object_set_new(table, "indexes", json_pack("[O]", index));
        }
        json_decref(index);
    }
    if (rng_one_in(rng, 5)) {
        json_object_set_new(table, "maxRows",
                            json_integer(2 + rng_below(rng, 8)));
    }
    return table;
}

json_t *
db_gen_schema(struct rng *rng)
{
    json_t *tables = json_object();
    uint32_t n = 1 + rng_below(rng, N_TABLES_MAX);
    for (uint32_t i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "T%u", i);
        json_object_set_new(tables, name,
                            gen_table(rng, n, !i || rng_one_in(rng, 2)));
    }
    return json_pack("{ssssso}", "name", "S", "version", "1.0.0", "tables",
                     tables);
}

/* Transactions. */

struct gen {
    struct rng *rng;
    const struct model *m;
    const char *name_tables[N_OPS_MAX]; /* Of insert number i; or NULL. */
};

/* A random key of an object; NULL if it is empty. */
static const char *
pick_key(struct rng *rng, const json_t *object)
{
    size_t n = json_object_size(object);
    void *it = json_object_iter((json_t *)(uintptr_t)object);
    for (uint32_t i = n ? rng_below(rng, (uint32_t)n) : 0; i; i--) {
        it = json_object_iter_next((json_t *)(uintptr_t)object, it);
    }
    return n ? json_object_iter_key(it) : NULL;
}

static json_t *
gen_new_uuid(struct rng *rng)
{
    return json_sprintf("%08x-0000-4000-8000-%012llx",
                        (unsigned int)rng_below(rng, UINT32_MAX),
                        (unsigned long long)rng_below(rng, UINT32_MAX));
}

static json_t *
gen_row_uuid(struct gen *g, const char *table)
{
    uint32_t start = rng_below(g->rng, N_OPS_MAX);
    for (uint32_t i = 0; i < N_OPS_MAX && rng_below(g->rng, 5) < 4; i++) {
        uint32_t at = (start + i) % N_OPS_MAX;
        if (g->name_tables[at] && !strcmp(g->name_tables[at], table)) {
            return json_pack("[so]", "named-uuid", json_sprintf("n%u", at));
        }
    }
    const char *uuid = pick_key(g->rng, json_object_get(g->m->state, table));
    return json_pack("[so]", "uuid", uuid && !rng_one_in(g->rng, 25)
                                         ? json_string(uuid)
                                         : gen_new_uuid(g->rng));
}

static json_t *
gen_kind(struct gen *g, const char *kind)
{
    if (!strcmp(kind, "integer")) {
        return rng_one_in(g->rng, 40)
                   ? json_integer(rng_one_in(g->rng, 2) ? INT64_MAX
                                                        : INT64_MIN)
                   : json_integer((json_int_t)rng_below(g->rng, 8) - 3);
    } else if (!strcmp(kind, "real")) {
        return rng_one_in(g->rng, 5)
                   ? json_integer(rng_below(g->rng, 3))
                   : json_real(((double)rng_below(g->rng, 9) - 4) / 2);
    } else if (!strcmp(kind, "boolean")) {
        return json_boolean(rng_one_in(g->rng, 2));
    } else if (!strcmp(kind, "string")) {
        return json_string(strings[rng_below(g->rng, ARRAY_SIZE(strings))]);
    }
    return json_pack("[so]", "uuid",
                     json_sprintf("00000000-0000-0000-0000-%012u",
                                  rng_below(g->rng, 4)));
}

/* One that keeps the constraints, most of the time. */
static json_t *
gen_atom(struct gen *g, const json_t *type, const char *which)
{
    bool weak;
    const char *kind = model_kind(type, which);
    const char *table = model_ref(type, which, &weak);
    if (rng_one_in(g->rng, 150)) {
        return gen_kind(g, kinds[rng_below(g->rng, 5)]);
    }
    if (table) {
        return gen_row_uuid(g, table);
    }
    json_t *one = json_pack("{sO}", "key", json_object_get(type, which));
    json_t *atom = gen_kind(g, kind);
    for (int i = 0; i < 20; i++) {
        unsigned int faults = 0;
        json_decref(model_value(one, atom, NULL, &faults));
        if (!faults || rng_one_in(g->rng, 200)) {
            break;
        }
        json_decref(atom);
        atom = gen_kind(g, kind);
    }
    json_decref(one);
    return atom;
}

static bool
has_key(const json_t *elements, bool is_map, const json_t *key)
{
    size_t i;
    json_t *element;
    json_array_foreach (elements, i, element) {
        if (json_equal(is_map ? json_array_get(element, 0) : element, key)) {
            return true;
        }
    }
    return false;
}

static json_t *
gen_value(struct gen *g, const json_t *type)
{
    bool is_map = model_is_map(type);
    const json_t *max = json_object_get(type, "max");
    uint32_t high = !max                  ? 1
                    : json_is_string(max) ? 4
                    : (uint32_t)json_integer_value(max);
    uint32_t low = (uint32_t)model_min(type);
    uint32_t n = low + rng_below(g->rng, high - low + 1);
    json_t *elements = json_array();
    if (rng_one_in(g->rng, 120)) {
        n++;
    }
    for (uint32_t i = 0; i < n + 3 && json_array_size(elements) < n; i++) {
        json_t *key = gen_atom(g, type, "key");
        if (has_key(elements, is_map, key) && !rng_one_in(g->rng, 400)) {
            json_decref(key);
        } else {
            json_array_append_new(
                elements, is_map ? json_pack("[oo]", key,
                                             gen_atom(g, type, "value"))
                                 : key);
        }
    }
    if (!is_map && json_array_size(elements) == 1 && rng_one_in(g->rng, 2)) {
        json_t *atom = json_incref(json_array_get(elements, 0));
        json_decref(elements);
        return atom;
    }
    return json_pack("[so]", is_map ? "map" : "set", elements);
}

static const json_t *
columns_of(const struct gen *g, const char *table)
{
    return json_object_get(model_table_schema(g->m, table), "columns");
}

/* The name of a column, or now and then of none. */
static const char *
pick_column(struct gen *g, const char *table)
{
    return rng_one_in(g->rng, 200) ? "nope"
                                   : pick_key(g->rng, columns_of(g, table));
}

static bool
is_number(const json_t *type)
{
    const char *kind = model_kind(type, "key");
    return !model_is_map(type)
           && (!strcmp(kind, "integer") || !strcmp(kind, "real"));
}

static bool
is_single(const json_t *type)
{
    const json_t *max = json_object_get(type, "max");
    return !max || json_integer_value(max) == 1;
}

/* A column to change: one that can be, most of the time. */
static const char *
pick_mutable(struct gen *g, const char *table, bool by_mutation)
{
    const char *column = pick_column(g, table);
    for (int i = 0; i < 8 && !rng_one_in(g->rng, 40); i++) {
        const json_t *c = json_object_get(columns_of(g, table), column);
        const json_t *type = json_object_get(c, "type");
        if (type && !json_is_false(json_object_get(c, "mutable"))
            && (!by_mutation || is_number(type) || !is_single(type)
                || !model_min(type))) {
            break;
        }
        column = pick_column(g, table);
    }
    return column;
}

static json_t *
gen_column_value(struct gen *g, const char *table, const char *column)
{
    const json_t *type = model_column_type(g->m, table, column);
    return type ? gen_value(g, type) : json_integer(1);
}

/* Columns that a row cannot do without, most of the time. */
static void
add_needed(struct gen *g, const char *table, json_t *row)
{
    const char *column;
    json_t *c;
    bool weak;
    json_object_foreach ((json_t *)(uintptr_t)columns_of(g, table), column,
                         c) {
        const json_t *type = json_object_get(c, "type");
        if (model_min(type) && !json_object_get(row, column)
            && (model_ref(type, "key", &weak)
                || model_ref(type, "value", &weak)
                || model_default_faults(type))
            && !rng_one_in(g->rng, 20)) {
            json_object_set_new(row, column, gen_value(g, type));
        }
    }
}

/* Some columns; of an update, if 'mutable'. */
static json_t *
gen_row(struct gen *g, const char *table, bool mutable)
{
    json_t *row = json_object();
    size_t n = rng_below(g->rng, (uint32_t)json_object_size(
                                     columns_of(g, table)) + 1);
    for (size_t i = 0; i < n; i++) {
        const char *column = mutable ? pick_mutable(g, table, false)
                                     : pick_column(g, table);
        json_object_set_new(row, column, gen_column_value(g, table, column));
    }
    return row;
}

/* A model's value as it goes over the wire. */
static json_t *
to_wire_atom(const json_t *type, const char *which, const json_t *atom)
{
    return !strcmp(model_kind(type, which), "uuid")
               ? json_pack("[sO]", "uuid", atom)
               : json_deep_copy(atom);
}

static json_t *
to_wire(const json_t *type, const json_t *value)
{
    json_t *elements = json_array(), *one;
    bool is_map = model_is_map(type);
    size_t i;
    json_array_foreach (model_elements(value), i, one) {
        json_array_append_new(
            elements,
            is_map ? json_pack("[oo]",
                               to_wire_atom(type, "key",
                                            json_array_get(one, 0)),
                               to_wire_atom(type, "value",
                                            json_array_get(one, 1)))
                   : to_wire_atom(type, "key", one));
    }
    return json_pack("[so]", is_map ? "map" : "set", elements);
}

static json_t *
gen_clause(struct gen *g, const char *table)
{
    static const char *const fns[] = { "==", "!=", "includes", "excludes",
                                       "==", "includes", "<", "<=", ">",
                                       ">=" };
    const json_t *rows = json_object_get(g->m->state, table);
    const char *uuid = pick_key(g->rng, rows);
    const char *fn = fns[rng_below(g->rng, ARRAY_SIZE(fns))];
    if (rng_one_in(g->rng, 20)) {
        return json_boolean(rng_one_in(g->rng, 2));
    }
    if (uuid && rng_one_in(g->rng, 3)) {
        return json_pack("[sso]", "_uuid", fn[0] == '!' ? "!=" : "==",
                         gen_row_uuid(g, table));
    }
    const char *column = pick_column(g, table);
    const json_t *type = model_column_type(g->m, table, column);
    const json_t *value = json_object_get(json_object_get(rows, uuid),
                                          column);
    if ((fn[0] == '<' || fn[0] == '>') && type && !rng_one_in(g->rng, 30)
        && !(is_number(type) && is_single(type))) {
        fn = "=="; /* Order is for single numbers. */
    }
    return json_pack("[sso]", column, fn,
                     value && rng_one_in(g->rng, 2)
                         ? to_wire(type, value)
                         : gen_column_value(g, table, column));
}

static json_t *
gen_where(struct gen *g, const char *table)
{
    json_t *where = json_array();
    for (uint32_t n = rng_below(g->rng, 3); n; n--) {
        json_array_append_new(where, gen_clause(g, table));
    }
    return where;
}

static json_t *
gen_mutation(struct gen *g, const char *table)
{
    static const char *const arithmetic[] = { "+=", "-=", "*=", "/=", "%=" };
    const char *column = pick_mutable(g, table, true);
    const json_t *type = model_column_type(g->m, table, column);
    const char *kind = type ? model_kind(type, "key") : "string";
    bool must = type && is_number(type) && is_single(type) && model_min(type);
    if (rng_one_in(g->rng, 100)
        || (type && is_number(type) && (must || rng_one_in(g->rng, 2)))) {
        uint32_t n = !strcmp(kind, "real") && !rng_one_in(g->rng, 40) ? 4 : 5;
        return json_pack("[sso]", column, arithmetic[rng_below(g->rng, n)],
                         gen_kind(g, kind));
    }
    bool insert = rng_one_in(g->rng, 2);
    json_t *value = gen_column_value(g, table, column);
    if (!insert && type && model_is_map(type) && rng_one_in(g->rng, 2)) {
        json_decref(value);
        value = gen_atom(g, type, "key");
    }
    return json_pack("[sso]", column, insert ? "insert" : "delete", value);
}

static json_t *
gen_mutations(struct gen *g, const char *table)
{
    json_t *mutations = json_array();
    for (uint32_t n = 1 + rng_below(g->rng, 2); n; n--) {
        json_array_append_new(mutations, gen_mutation(g, table));
    }
    return mutations;
}

/* Distinct columns, at least one. */
static json_t *
gen_columns(struct gen *g, const char *table)
{
    json_t *names = json_array(), *column;
    const char *name;
    json_object_foreach ((json_t *)(uintptr_t)columns_of(g, table), name,
                         column) {
        if (!json_array_size(names) || rng_one_in(g->rng, 3)) {
            json_array_append_new(names, json_string(name));
        }
    }
    return names;
}

/* Of the columns in 'names'; often those that a row has. */
static json_t *
gen_wait_rows(struct gen *g, const char *table, const json_t *names)
{
    json_t *out = json_array(), *name;
    const json_t *rows = json_object_get(g->m->state, table);
    for (uint32_t n = rng_below(g->rng, 3); n; n--) {
        json_t *row = json_object();
        const json_t *like = json_object_get(rows, pick_key(g->rng, rows));
        size_t i;
        json_array_foreach (names, i, name) {
            const char *column = json_string_value(name);
            if (like) {
                json_object_set_new(
                    row, column, to_wire(model_column_type(g->m, table,
                                                           column),
                                         json_object_get(like, column)));
            }
        }
        json_array_append_new(out, row);
    }
    return out;
}

static json_t *
gen_insert(struct gen *g, const char *table, uint32_t i)
{
    json_t *row = gen_row(g, table, false);
    add_needed(g, table, row);
    json_t *op = json_pack("{ssssso}", "op", "insert", "table", table, "row",
                           row);
    if (g->name_tables[i]) {
        json_object_set_new(op, "uuid-name",
                            json_sprintf("n%u", rng_one_in(g->rng, 80) ? 0
                                                                       : i));
    } else if (rng_one_in(g->rng, 2)) {
        const char *old = pick_key(g->rng, json_object_get(g->m->state,
                                                           table));
        json_object_set_new(op, "uuid", old && rng_one_in(g->rng, 15)
                                            ? json_string(old)
                                            : gen_new_uuid(g->rng));
    }
    return op;
}

static json_t *
gen_wait(struct gen *g, const char *table)
{
    json_t *names = gen_columns(g, table);
    json_t *rows = gen_wait_rows(g, table, names);
    return json_pack("{sssssososissso}", "op", "wait", "table", table,
                     "where", gen_where(g, table), "columns", names,
                     "timeout", 0, "until",
                     rng_one_in(g->rng, 2) ? "==" : "!=", "rows", rows);
}

static json_t *
gen_op(struct gen *g, const char *table, uint32_t kind, uint32_t i)
{
    switch (kind) {
    case 0:
        return json_pack("{sssssoso}", "op", "update", "table", table,
                         "where", gen_where(g, table), "row",
                         gen_row(g, table, true));
    case 1:
        return json_pack("{sssssoso}", "op", "mutate", "table", table,
                         "where", gen_where(g, table), "mutations",
                         gen_mutations(g, table));
    case 2:
        return json_pack("{ssssso}", "op", "delete", "table", table, "where",
                         gen_where(g, table));
    case 3: {
        json_t *op = json_pack("{ssssso}", "op", "select", "table", table,
                               "where", gen_where(g, table));
        if (rng_one_in(g->rng, 2)) {
            json_object_set_new(op, "columns", gen_columns(g, table));
        }
        return op;
    }
    case 4:
        return gen_wait(g, table);
    case 5:
        return rng_one_in(g->rng, 6)
                   ? json_pack("{ss}", "op", "abort")
                   : json_pack("{ssss}", "op", "comment", "comment", "x\ny");
    default:
        return gen_insert(g, table, i);
    }
}

/* How often each kind of operation of gen_op(), in a hundred. */
static uint32_t
pick_kind(struct rng *rng)
{
    static const uint8_t weights[] = { 18, 20, 8, 10, 3, 3, 38 };
    uint32_t x = rng_below(rng, 100), kind = 0;
    while (x >= weights[kind]) {
        x -= weights[kind++];
    }
    return kind;
}

json_t *
db_gen_ops(struct rng *rng, const struct model *m)
{
    struct gen g = { .rng = rng, .m = m };
    const json_t *tables = json_object_get(m->schema, "tables");
    const char *op_tables[N_OPS_MAX];
    uint32_t op_kinds[N_OPS_MAX], n = 1 + rng_below(rng, N_OPS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        op_tables[i] = pick_key(rng, tables);
        op_kinds[i] = pick_kind(rng);
        if (op_kinds[i] == 6 && rng_below(rng, 3)) {
            g.name_tables[i] = op_tables[i];
        }
    }
    json_t *ops = json_array();
    for (uint32_t i = 0; i < n; i++) {
        json_array_append_new(ops, gen_op(&g, op_tables[i], op_kinds[i], i));
    }
    return ops;
}
