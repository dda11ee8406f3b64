/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/cond.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"

static const char *const fn_names[OVSDB_N_FNS] = {
    [OVSDB_F_FALSE] = "false",       [OVSDB_F_TRUE] = "true",
    [OVSDB_F_LT] = "<",              [OVSDB_F_LE] = "<=",
    [OVSDB_F_EQ] = "==",             [OVSDB_F_NE] = "!=",
    [OVSDB_F_GE] = ">=",             [OVSDB_F_GT] = ">",
    [OVSDB_F_INCLUDES] = "includes", [OVSDB_F_EXCLUDES] = "excludes",
};

const char *
ovsdb_cond_fn_name(enum ovsdb_cond_fn fn)
{
    ASSERT(fn < OVSDB_N_FNS);
    return fn_names[fn];
}

bool
ovsdb_cond_fn_from_name(const char *name, enum ovsdb_cond_fn *fn)
{
    for (enum ovsdb_cond_fn f = OVSDB_F_LT; f < OVSDB_N_FNS; f++) {
        if (!strcmp(name, fn_names[f])) {
            *fn = f;
            return true;
        }
    }
    return false;
}

void
ovsdb_cond_init(struct ovsdb_cond *cond)
{
    *cond = (struct ovsdb_cond){ NULL, 0 };
}

static void
clause_fini(struct ovsdb_clause *c)
{
    if (c->column) {
        ovsdb_datum_fini(&c->arg, &c->arg_type);
        ovsdb_type_fini(&c->arg_type);
    }
}

void
ovsdb_cond_fini(struct ovsdb_cond *cond)
{
    for (size_t i = 0; i < cond->n; i++) {
        clause_fini(&cond->clauses[i]);
    }
    free(cond->clauses);
    ovsdb_cond_init(cond);
}

static bool
is_order(enum ovsdb_cond_fn fn)
{
    return fn == OVSDB_F_LT || fn == OVSDB_F_LE || fn == OVSDB_F_GE
           || fn == OVSDB_F_GT;
}

/* Narrows or widens 'type', a copy of the column's, to what 'fn' takes. */
static bool
arg_type_for(struct ovsdb_type *type, enum ovsdb_cond_fn fn)
{
    if (is_order(fn)) {
        bool ok = (type->key.type == OVSDB_INTEGER
                   || type->key.type == OVSDB_REAL)
                  && !ovsdb_type_is_composite(type);
        type->n_min = 1;
        return ok;
    }
    if (fn == OVSDB_F_INCLUDES && !ovsdb_type_is_scalar(type)) {
        type->n_min = 0;
    } else if (fn == OVSDB_F_EXCLUDES && !ovsdb_type_is_scalar(type)) {
        type->n_min = 0;
        type->n_max = OVSDB_UNLIMITED;
    }
    return true;
}

static struct ovsdb_err *
clause_from_json(struct ovsdb_clause *c, const struct ovsdb_table_schema *ts,
                 const json_t *json, struct ovsdb_symtab *symtab)
{
    *c = (struct ovsdb_clause){ .fn = OVSDB_F_FALSE };
    if (json_is_boolean(json)) {
        c->fn = json_is_true(json) ? OVSDB_F_TRUE : OVSDB_F_FALSE;
        return NULL;
    }
    const char *name = json_string_value(json_array_get(json, 0));
    const char *fn = json_string_value(json_array_get(json, 1));
    if (!json_is_array(json) || json_array_size(json) != 3 || !name || !fn) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX, "table %s: expected a "
                            "boolean or [column, function, value]", ts->name);
    }
    const struct ovsdb_column *column = ovsdb_table_schema_column(ts, name);
    if (!column) {
        return ovsdb_err_at(json, OVSDB_E_UNKNOWN_COLUMN,
                            "no column %s in table %s", name, ts->name);
    }
    if (!ovsdb_cond_fn_from_name(fn, &c->fn)) {
        return ovsdb_err_at(json, "unknown function",
                            "no function named \"%s\"", fn);
    }
    ovsdb_type_clone(&c->arg_type, &column->type);
    struct ovsdb_err *err;
    if (!arg_type_for(&c->arg_type, c->fn)) {
        char *type = ovsdb_type_to_english(&column->type);
        err = ovsdb_err_at(json, OVSDB_E_SYNTAX, "Type mismatch: \"%s\" "
                           "operator may not be applied to column %s of type "
                           "%s", fn, column->name, type);
        free(type);
    } else {
        err = ovsdb_err_wrap(ovsdb_datum_from_json(&c->arg, &c->arg_type,
                                                   json_array_get(json, 2),
                                                   symtab),
                             "table %s column %s", ts->name, column->name);
    }
    if (err) {
        ovsdb_type_fini(&c->arg_type);
        return err;
    }
    c->column = column;
    return NULL;
}

struct ovsdb_err *
ovsdb_cond_from_json(struct ovsdb_cond *cond,
                     const struct ovsdb_table_schema *ts, const json_t *json,
                     struct ovsdb_symtab *symtab)
{
    ovsdb_cond_init(cond);
    if (!json_is_array(json)) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                            "table %s: a condition is an array", ts->name);
    }
    size_t n = json_array_size(json);
    cond->clauses = xcalloc(n + 1, sizeof *cond->clauses);
    for (size_t i = 0; i < n; i++) {
        struct ovsdb_err *err = clause_from_json(
            &cond->clauses[i], ts, json_array_get(json, i), symtab);
        if (err) {
            ovsdb_cond_fini(cond);
            return err;
        }
        cond->n++;
    }
    return NULL;
}

static json_t *
clause_to_json(const struct ovsdb_clause *c)
{
    if (!c->column) {
        return json_boolean(c->fn == OVSDB_F_TRUE);
    }
    json_t *json = json_array();
    json_array_append_new(json, json_string(c->column->name));
    json_array_append_new(json, json_string(ovsdb_cond_fn_name(c->fn)));
    json_array_append_new(json, ovsdb_datum_to_json(&c->arg, &c->arg_type));
    return json;
}

json_t *
ovsdb_cond_to_json(const struct ovsdb_cond *cond)
{
    json_t *json = json_array();
    for (size_t i = 0; i < cond->n; i++) {
        json_array_append_new(json, clause_to_json(&cond->clauses[i]));
    }
    return json;
}

/* Order of a column of one number against 'arg'; an absent number has none. */
static bool
order_holds(enum ovsdb_cond_fn fn, const struct ovsdb_datum *field,
            const struct ovsdb_clause *c)
{
    if (!field->n) {
        return false;
    }
    int cmp = ovsdb_atom_cmp(&field->keys[0], &c->arg.keys[0],
                             c->arg_type.key.type);
    switch (fn) {
    case OVSDB_F_LT:
        return cmp < 0;
    case OVSDB_F_LE:
        return cmp <= 0;
    case OVSDB_F_GE:
        return cmp >= 0;
    case OVSDB_F_GT:
        return cmp > 0;
    default:
        NOT_REACHED();
    }
}

bool
ovsdb_clause_holds(const struct ovsdb_clause *c,
                   const struct ovsdb_datum row[])
{
    if (!c->column) {
        return c->fn == OVSDB_F_TRUE;
    }
    const struct ovsdb_datum *field = &row[c->column->idx];
    const struct ovsdb_type *type = &c->column->type;
    switch (c->fn) {
    case OVSDB_F_EQ:
        return ovsdb_datum_eq(field, &c->arg, type);
    case OVSDB_F_NE:
        return !ovsdb_datum_eq(field, &c->arg, type);
    case OVSDB_F_INCLUDES:
        return ovsdb_datum_includes_all(field, &c->arg, type);
    case OVSDB_F_EXCLUDES:
        return ovsdb_datum_excludes_all(field, &c->arg, type);
    default:
        return order_holds(c->fn, field, c);
    }
}

bool
ovsdb_cond_all(const struct ovsdb_cond *cond, const struct ovsdb_datum row[])
{
    for (size_t i = 0; i < cond->n; i++) {
        if (!ovsdb_clause_holds(&cond->clauses[i], row)) {
            return false;
        }
    }
    return true;
}

bool
ovsdb_cond_any(const struct ovsdb_cond *cond, const struct ovsdb_datum row[])
{
    for (size_t i = 0; i < cond->n; i++) {
        if (ovsdb_clause_holds(&cond->clauses[i], row)) {
            return true;
        }
    }
    return !cond->n;
}

bool
ovsdb_cond_get_uuid(const struct ovsdb_cond *cond, struct uuid *uuid)
{
    for (size_t i = 0; i < cond->n; i++) {
        const struct ovsdb_clause *c = &cond->clauses[i];
        if (c->column && c->column->idx == OVSDB_COL_UUID
            && (c->fn == OVSDB_F_EQ || c->fn == OVSDB_F_INCLUDES)
            && c->arg.n == 1) {
            *uuid = c->arg.keys[0].uuid;
            return true;
        }
    }
    return false;
}
