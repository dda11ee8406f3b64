/* SPDX-License-Identifier: Apache-2.0 */
/* Operations and commits of the model. */
#include "tests/sim/db_model.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "tests/sim/db_model_priv.h"

static const struct {
    const char *name;
    unsigned int fault;
} fault_names[] = {
    { "syntax error", MODEL_SYNTAX },
    { "constraint violation", MODEL_CONSTRAINT },
    { "unknown column", MODEL_UNKNOWN_COLUMN },
    { "domain error", MODEL_DOMAIN },
    { "range error", MODEL_RANGE },
    { "duplicate uuid-name", MODEL_DUP_NAME },
    { "duplicate uuid", MODEL_DUP_UUID },
    { "referential integrity violation", MODEL_REFERENCE },
    { "timed out", MODEL_TIMED_OUT },
    { "aborted", MODEL_ABORTED },
    { "ovsdb error", MODEL_DUPLICATE },
};

unsigned int
model_fault_from_name(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(fault_names); i++) {
        if (!strcmp(fault_names[i].name, name)) {
            return fault_names[i].fault;
        }
    }
    return 0;
}

void
model_init(struct model *m, json_t *schema)
{
    const char *table;
    json_t *ts;
    *m = (struct model){ .schema = schema, .state = json_object() };
    json_object_foreach (json_object_get(schema, "tables"), table, ts) {
        json_object_set_new(m->state, table, json_object());
    }
}

void
model_fini(struct model *m)
{
    json_decref(m->schema);
    json_decref(m->state);
}

/* Finding. */

const json_t *
model_table_schema(const struct model *m, const char *table)
{
    return json_object_get(json_object_get(m->schema, "tables"), table);
}

const json_t *
model_column_type(const struct model *m, const char *table,
                  const char *column)
{
    return json_object_get(
        json_object_get(json_object_get(model_table_schema(m, table),
                                        "columns"), column), "type");
}

static bool
is_mutable(const struct model *m, const char *table, const char *column)
{
    const json_t *c = json_object_get(
        json_object_get(model_table_schema(m, table), "columns"), column);
    bool weak_key, weak_value;
    model_ref(json_object_get(c, "type"), "key", &weak_key);
    model_ref(json_object_get(c, "type"), "value", &weak_value);
    return weak_key || weak_value
           || !json_is_false(json_object_get(c, "mutable"));
}

static json_t *
rows_of(const struct model *m, const json_t *op)
{
    return json_object_get(m->state, json_string_value(
                                         json_object_get(op, "table")));
}

/* An operation while it runs.  'sure': it must fail, with one of these;
 * 'maybe': it may. */
struct step {
    struct model *m;
    const json_t *op;
    const char *table;
    unsigned int sure, maybe;
};

static bool
clause_holds(struct step *s, const json_t *clause, const char *uuid,
             const json_t *row)
{
    if (json_is_boolean(clause)) {
        return json_is_true(clause);
    }
    const char *column = json_string_value(json_array_get(clause, 0));
    const char *fn = json_string_value(json_array_get(clause, 1));
    const json_t *json = json_array_get(clause, 2);
    bool is_uuid = !strcmp(column, "_uuid");
    json_t *type = is_uuid ? json_string("uuid")
                           : json_incref((json_t *)(uintptr_t)
                                         model_column_type(s->m, s->table,
                                                           column));
    unsigned int faults = type ? 0 : MODEL_UNKNOWN_COLUMN;
    json_t *arg = type ? model_clause_arg(type, fn, json, s->m->names,
                                          &faults)
                       : NULL;
    bool holds = false;
    if (arg && row) {
        json_t *value = is_uuid ? json_pack("[s[s]]", "set", uuid)
                                : json_incref(json_object_get(row, column));
        holds = model_holds(fn, value, arg);
        json_decref(value);
    }
    s->sure |= faults;
    json_decref(arg);
    json_decref(type);
    return holds;
}

/* {uuid: row} of those that "where" selects, rows borrowed; new. */
static json_t *
select_rows(struct step *s)
{
    const json_t *where = json_object_get(s->op, "where");
    json_t *found = json_object(), *row, *clause;
    const char *uuid;
    size_t i;
    json_array_foreach (where, i, clause) {
        clause_holds(s, clause, NULL, NULL); /* For its faults. */
    }
    json_object_foreach (rows_of(s->m, s->op), uuid, row) {
        bool all = true;
        json_array_foreach (where, i, clause) {
            all = all && clause_holds(s, clause, uuid, row);
        }
        if (all) {
            json_object_set(found, uuid, row);
        }
    }
    return found;
}

/* The "row" of an operation as {column: value}; new. */
static json_t *
read_row(struct step *s, const json_t *json, bool must_be_mutable)
{
    json_t *out = json_object(), *value;
    const char *column;
    json_object_foreach ((json_t *)(uintptr_t)json, column, value) {
        const json_t *type = model_column_type(s->m, s->table, column);
        if (!type) {
            s->sure |= MODEL_UNKNOWN_COLUMN;
            continue;
        }
        if (must_be_mutable && !is_mutable(s->m, s->table, column)) {
            s->sure |= MODEL_CONSTRAINT;
        }
        json_t *read = model_value(type, value, s->m->names, &s->sure);
        if (read) {
            json_object_set_new(out, column, read);
        }
    }
    return out;
}

/* Operations.  Each gives what the server must have answered, new, in the
 * form of comparable(); or NULL if the answer needs no look. */

static json_t *
run_insert(struct step *s, const json_t *result)
{
    const json_t *given = json_object_get(s->op, "uuid");
    const char *uuid = json_string_value(
        given ? given : json_array_get(json_object_get(result, "uuid"), 1));
    json_t *row = read_row(s, json_object_get(s->op, "row"), false);
    const char *column;
    json_t *c;
    if (given && (json_object_get(rows_of(s->m, s->op), uuid)
                  || json_object_get(json_object_get(s->m->before, s->table),
                                     uuid))) {
        s->sure |= MODEL_DUP_UUID;
    }
    json_object_foreach (json_object_get(model_table_schema(s->m, s->table),
                                         "columns"), column, c) {
        const json_t *type = json_object_get(c, "type");
        if (!json_object_get(row, column)) {
            json_object_set_new(row, column, model_default(type));
            s->sure |= model_default_faults(type);
        }
    }
    if (uuid && !s->sure) {
        json_object_set(rows_of(s->m, s->op), uuid, row);
    }
    json_decref(row);
    return NULL;
}

static json_t *
run_update(struct step *s)
{
    json_t *values = read_row(s, json_object_get(s->op, "row"), true);
    json_t *found = select_rows(s), *row, *value;
    const char *uuid, *column;
    json_object_foreach (found, uuid, row) {
        json_object_foreach (values, column, value) {
            json_object_set(row, column, value);
        }
    }
    json_t *want = json_pack("{si}", "count", (int)json_object_size(found));
    json_decref(values);
    json_decref(found);
    return want;
}

static void
mutate_row(struct step *s, json_t *row, const json_t *mutation,
           unsigned int *faults)
{
    const char *column = json_string_value(json_array_get(mutation, 0));
    const json_t *type = model_column_type(s->m, s->table, column);
    json_t *value = row ? json_incref(json_object_get(row, column))
                        : model_default(type);
    json_t *after = model_mutate(
        type, value, json_string_value(json_array_get(mutation, 1)),
        json_array_get(mutation, 2), s->m->names, faults);
    if (row && after) {
        json_object_set(row, column, after);
    }
    json_decref(value);
    json_decref(after);
}

/* What is wrong with a mutation whatever the rows hold. */
static bool
check_mutation(struct step *s, const json_t *mutation)
{
    const char *column = json_string_value(json_array_get(mutation, 0));
    if (!model_column_type(s->m, s->table, column)) {
        s->sure |= MODEL_UNKNOWN_COLUMN;
        return false;
    }
    if (!is_mutable(s->m, s->table, column)) {
        s->sure |= MODEL_CONSTRAINT;
    }
    unsigned int faults = 0;
    mutate_row(s, NULL, mutation, &faults);
    s->sure |= faults & (MODEL_SYNTAX | MODEL_DUPLICATE);
    /* That of the argument, or only of the default value's result. */
    s->maybe |= faults & MODEL_CONSTRAINT;
    return true;
}

static json_t *
run_mutate(struct step *s)
{
    const json_t *mutations = json_object_get(s->op, "mutations");
    json_t *found = select_rows(s), *row, *mutation;
    const char *uuid;
    size_t i;
    json_array_foreach (mutations, i, mutation) {
        if (!check_mutation(s, mutation)) {
            json_decref(found);
            return NULL;
        }
    }
    json_object_foreach (found, uuid, row) {
        json_array_foreach (mutations, i, mutation) {
            mutate_row(s, row, mutation, &s->sure);
        }
    }
    json_t *want = json_pack("{si}", "count", (int)json_object_size(found));
    json_decref(found);
    return want;
}

static json_t *
run_delete(struct step *s)
{
    json_t *found = select_rows(s), *row;
    const char *uuid;
    json_object_foreach (found, uuid, row) {
        if (!s->sure) {
            json_object_del(rows_of(s->m, s->op), uuid);
        }
    }
    json_t *want = json_pack("{si}", "count", (int)json_object_size(found));
    json_decref(found);
    return want;
}

/* A row seen through "columns" (all, if there are none). */
static json_t *
project(const json_t *op, const char *uuid, const json_t *row)
{
    const json_t *columns = json_object_get(op, "columns");
    json_t *name;
    size_t i;
    if (!columns) {
        json_t *out = json_copy((json_t *)(uintptr_t)row);
        json_object_set_new(out, "_uuid", json_string(uuid));
        return out;
    }
    json_t *out = json_object();
    json_array_foreach (columns, i, name) {
        const char *column = json_string_value(name);
        if (!strcmp(column, "_uuid")) {
            json_object_set_new(out, column, json_string(uuid));
        } else {
            json_object_set(out, column, json_object_get(row, column));
        }
    }
    return out;
}

/* The distinct projections, sorted, as ["set", [...]]. */
static json_t *
project_all(struct step *s)
{
    json_t *found = select_rows(s), *rows = json_array(), *row;
    const char *uuid;
    json_object_foreach (found, uuid, row) {
        json_array_append_new(rows, project(s->op, uuid, row));
    }
    json_decref(found);
    return model_make(false, rows);
}

static json_t *
run_select(struct step *s)
{
    return json_pack("{so}", "rows", project_all(s));
}

/* The rows that a wait names: columns left out have their defaults. */
static json_t *
wanted_rows(struct step *s)
{
    json_t *rows = json_array(), *json, *name;
    size_t i, j;
    json_array_foreach (json_object_get(s->op, "rows"), i, json) {
        json_t *row = read_row(s, json, false);
        json_array_foreach (json_object_get(s->op, "columns"), j, name) {
            const char *column = json_string_value(name);
            if (!json_object_get(row, column)) {
                json_object_set_new(row, column, model_default(
                    model_column_type(s->m, s->table, column)));
            }
        }
        json_array_append_new(rows, project(s->op, NULL, row));
        json_decref(row);
    }
    return model_make(false, rows);
}

static json_t *
run_wait(struct step *s)
{
    json_t *have = project_all(s), *want = wanted_rows(s);
    bool equal = json_equal(have, want);
    if (!s->sure
        && equal == !strcmp(json_string_value(json_object_get(s->op,
                                                              "until")),
                            "!=")) {
        s->sure |= MODEL_TIMED_OUT;
    }
    json_decref(have);
    json_decref(want);
    return NULL;
}

static json_t *
run_op(struct step *s, const json_t *result)
{
    const char *op = json_string_value(json_object_get(s->op, "op"));
    if (!strcmp(op, "insert")) {
        return run_insert(s, result);
    } else if (!strcmp(op, "update")) {
        return run_update(s);
    } else if (!strcmp(op, "mutate")) {
        return run_mutate(s);
    } else if (!strcmp(op, "delete")) {
        return run_delete(s);
    } else if (!strcmp(op, "select")) {
        return run_select(s);
    } else if (!strcmp(op, "wait")) {
        return run_wait(s);
    } else if (!strcmp(op, "abort")) {
        s->sure |= MODEL_ABORTED;
    }
    return NULL;
}

/* Comparing. */

/* Rows of an answer in the model's form, as ["set", [...]]; new. */
static json_t *
read_answer(const struct model *m, const char *table, const json_t *rows)
{
    json_t *out = json_array(), *row, *value;
    size_t i;
    const char *column;
    json_array_foreach (rows, i, row) {
        json_t *read = json_object();
        json_object_foreach (row, column, value) {
            if (!strcmp(column, "_uuid")) {
                json_object_set(read, column, json_array_get(value, 1));
            } else if (strcmp(column, "_version")) {
                json_object_set_new(read, column, model_answer(
                    model_column_type(m, table, column), value));
            }
        }
        json_array_append_new(out, read);
    }
    /* Not model_make(): equal rows must not be dropped here. */
    json_t *distinct = model_make(false, json_copy(out));
    bool same = json_array_size(model_elements(distinct))
                == json_array_size(out);
    json_decref(out);
    if (!same) {
        json_decref(distinct);
        return json_string("equal rows");
    }
    return distinct;
}

static char *
explain(const char *what, const json_t *want, const json_t *got)
{
    char *a = json_dumps(want, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    char *b = json_dumps(got, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    char *text = xasprintf("%s\n  model:  %s\n  server: %s", what, a, b);
    free(a);
    free(b);
    return text;
}

/* A name was used whose insert never ran: only the server knows its UUID. */
static bool
has_unborn(const json_t *want)
{
    char *text = want ? json_dumps(want, 0) : NULL;
    bool found = text && strstr(text, "unborn-");
    free(text);
    return found;
}

static char *
compare_result(struct step *s, json_t *want, const json_t *result)
{
    json_t *got = json_deep_copy(result);
    char *text = NULL;
    if (json_object_get(got, "rows")) {
        json_object_set_new(got, "rows",
                            read_answer(s->m, s->table,
                                        json_object_get(got, "rows")));
    }
    if (want && !json_equal(want, got) && !has_unborn(want)) {
        text = explain("other result", want, got);
    }
    json_decref(got);
    return text;
}

/* NULL if 'result' is an error that may be, and not one that must not. */
static char *
compare_fault(unsigned int sure, unsigned int maybe, const json_t *result)
{
    const char *name = json_string_value(json_object_get(result, "error"));
    unsigned int fault = name ? model_fault_from_name(name) : 0;
    if (name ? fault & (sure | maybe) : !sure) {
        return NULL;
    }
    char *json = json_dumps(result, JSON_ENCODE_ANY);
    char *text = xasprintf("faults %#x, maybe %#x; server: %s", sure, maybe,
                           json);
    free(json);
    return text;
}

/* The names that inserts of the transaction define. */
static json_t *
gather_names(const json_t *ops, const json_t *results)
{
    json_t *names = json_object(), *op;
    size_t i;
    json_array_foreach (ops, i, op) {
        const char *name = json_string_value(json_object_get(op,
                                                             "uuid-name"));
        const json_t *uuid = json_array_get(
            json_object_get(json_array_get(results, i), "uuid"), 1);
        if (!uuid) {
            uuid = json_object_get(op, "uuid");
        }
        if (name && !json_object_get(names, name)) {
            json_object_set_new(names, name,
                                uuid ? json_deep_copy(uuid)
                                     : json_sprintf("unborn-%s", name));
        }
    }
    return names;
}

/* The same name for two inserts up to this one. */
static bool
is_name_taken(const json_t *ops, size_t i)
{
    const json_t *name = json_object_get(json_array_get(ops, i),
                                         "uuid-name");
    for (size_t j = 0; name && j < i; j++) {
        const json_t *other = json_object_get(json_array_get(ops, j),
                                              "uuid-name");
        if (other && json_equal(name, other)) {
            return true;
        }
    }
    return false;
}

/* '*failed' if the answer is a right error. */
static char *
run_one(struct model *m, const json_t *ops, size_t i, const json_t *result,
        bool *failed)
{
    struct step s = { .m = m, .op = json_array_get(ops, i) };
    s.table = json_string_value(json_object_get(s.op, "table"));
    if (is_name_taken(ops, i)) {
        s.sure |= MODEL_DUP_NAME;
    }
    json_t *want = run_op(&s, result);
    char *text = compare_fault(s.sure, s.maybe, result);
    *failed = json_object_get(result, "error") != NULL;
    if (!text && !*failed) {
        text = compare_result(&s, want, result);
    }
    json_decref(want);
    return text;
}

/* Runs all; at the end the state is what it would be. */
static char *
run_all(struct model *m, const json_t *ops, const json_t *results,
        bool *failed)
{
    size_t n = json_array_size(ops);
    for (size_t i = 0; i < n && !*failed; i++) {
        char *text = run_one(m, ops, i, json_array_get(results, i), failed);
        if (text) {
            char *json = json_dumps(json_array_get(ops, i), 0);
            char *where = xasprintf("operation %zu %s: %s", i, json, text);
            free(json);
            free(text);
            return where;
        }
    }
    if (*failed) {
        return NULL;
    }
    unsigned int maybe = 0, sure = model_commit(m, &maybe);
    const json_t *last = json_array_get(results, n);
    char *text = compare_fault(sure, maybe, last);
    *failed = last != NULL;
    return text;
}

char *
model_transact(struct model *m, const json_t *ops, const json_t *results)
{
    bool failed = false;
    m->before = json_deep_copy(m->state);
    m->names = gather_names(ops, results);
    char *text = run_all(m, ops, results, &failed);
    json_decref(m->names);
    if (text || failed) {
        json_decref(m->state);
        m->state = m->before;
    } else {
        json_decref(m->before);
    }
    m->before = m->names = NULL;
    return text;
}

static void
forget_ephemeral(const json_t *columns, json_t *row)
{
    const char *column;
    json_t *c;
    json_object_foreach ((json_t *)(uintptr_t)columns, column, c) {
        if (json_is_true(json_object_get(c, "ephemeral"))) {
            json_object_set_new(row, column,
                                model_default(json_object_get(c, "type")));
        }
    }
}

void
model_restart(struct model *m)
{
    const char *table, *uuid;
    json_t *rows, *row;
    json_object_foreach (m->state, table, rows) {
        json_object_foreach (rows, uuid, row) {
            forget_ephemeral(json_object_get(model_table_schema(m, table),
                                             "columns"), row);
        }
    }
}

char *
model_compare(const struct model *m, const json_t *rows_by_table)
{
    const char *table, *uuid;
    json_t *rows, *row;
    json_object_foreach (m->state, table, rows) {
        json_t *all = json_array();
        json_object_foreach (rows, uuid, row) {
            json_t *copy = json_copy(row);
            json_object_set_new(copy, "_uuid", json_string(uuid));
            json_array_append_new(all, copy);
        }
        json_t *want = model_make(false, all);
        json_t *got = read_answer(m, table,
                                  json_object_get(rows_by_table, table));
        char *text = json_equal(want, got) ? NULL
                                           : explain(table, want, got);
        json_decref(want);
        json_decref(got);
        if (text) {
            return text;
        }
    }
    return NULL;
}
