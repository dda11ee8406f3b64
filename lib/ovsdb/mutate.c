/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/mutate.h"

#include <math.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"

static const char *const mutator_names[OVSDB_N_MUTATORS] = {
    [OVSDB_M_ADD] = "+=",        [OVSDB_M_SUB] = "-=",
    [OVSDB_M_MUL] = "*=",        [OVSDB_M_DIV] = "/=",
    [OVSDB_M_MOD] = "%=",        [OVSDB_M_INSERT] = "insert",
    [OVSDB_M_DELETE] = "delete",
};

const char *
ovsdb_mutator_name(enum ovsdb_mutator m)
{
    ASSERT(m < OVSDB_N_MUTATORS);
    return mutator_names[m];
}

bool
ovsdb_mutator_from_name(const char *name, enum ovsdb_mutator *m)
{
    for (enum ovsdb_mutator i = 0; i < OVSDB_N_MUTATORS; i++) {
        if (!strcmp(name, mutator_names[i])) {
            *m = i;
            return true;
        }
    }
    return false;
}

void
ovsdb_mutations_init(struct ovsdb_mutations *ms)
{
    *ms = (struct ovsdb_mutations){ NULL, 0 };
}

void
ovsdb_mutations_fini(struct ovsdb_mutations *ms)
{
    for (size_t i = 0; i < ms->n; i++) {
        ovsdb_datum_fini(&ms->m[i].arg, &ms->m[i].arg_type);
        ovsdb_type_fini(&ms->m[i].arg_type);
    }
    free(ms->m);
    ovsdb_mutations_init(ms);
}

static bool
is_tagged(const json_t *json, const char *tag)
{
    const char *s = json_string_value(json_array_get(json, 0));
    return s && !strcmp(s, tag);
}

/* Does the mutator work on such a column, and what does it take?  'm' gets
 * its 'arg_type' in any case. */
static bool
arg_type_init(struct ovsdb_mutation *m, const json_t *value)
{
    const struct ovsdb_type *type = &m->column->type;
    bool is_set = !ovsdb_type_is_map(type);

    switch (m->mutator) {
    case OVSDB_M_INSERT:
    case OVSDB_M_DELETE:
        ovsdb_type_clone(&m->arg_type, type);
        m->arg_type.n_min = 0;
        m->arg_type.n_max = OVSDB_UNLIMITED;
        if (m->mutator == OVSDB_M_DELETE && !is_set
            && !is_tagged(value, "map")) {
            /* A set of keys [RFC 7047 5.1 <mutation>]. */
            ovsdb_base_fini(&m->arg_type.value);
        }
        return !ovsdb_type_is_scalar(type);
    case OVSDB_M_MOD:
        ovsdb_type_init_scalar(&m->arg_type, OVSDB_INTEGER);
        return is_set && type->key.type == OVSDB_INTEGER;
    default:
        ovsdb_type_init_scalar(&m->arg_type, type->key.type);
        return is_set
               && (type->key.type == OVSDB_INTEGER
                   || type->key.type == OVSDB_REAL);
    }
}

static struct ovsdb_err *
mutation_from_json(struct ovsdb_mutation *m,
                   const struct ovsdb_table_schema *ts, const json_t *json,
                   struct ovsdb_symtab *symtab)
{
    const char *name = json_string_value(json_array_get(json, 0));
    const char *op = json_string_value(json_array_get(json, 1));
    const json_t *value = json_array_get(json, 2);
    if (!json_is_array(json) || json_array_size(json) != 3 || !name || !op) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX, "table %s: expected "
                            "[column, mutator, value]", ts->name);
    }
    m->column = ovsdb_table_schema_column(ts, name);
    if (!m->column) {
        return ovsdb_err_at(json, OVSDB_E_UNKNOWN_COLUMN,
                            "no column %s in table %s", name, ts->name);
    }
    if (!m->column->is_mutable) {
        return ovsdb_err_at(json, OVSDB_E_CONSTRAINT, "Cannot mutate "
                            "immutable column %s in table %s.", name,
                            ts->name);
    }
    if (!ovsdb_mutator_from_name(op, &m->mutator)) {
        return ovsdb_err_at(json, "unknown mutator", "no mutator named %s",
                            op);
    }
    struct ovsdb_err *err;
    if (!arg_type_init(m, value)) {
        char *type = ovsdb_type_to_english(&m->column->type);
        err = ovsdb_err_at(json, OVSDB_E_SYNTAX, "Type mismatch: \"%s\" "
                           "operator may not be applied to column %s of type "
                           "%s.", op, m->column->name, type);
        free(type);
    } else {
        err = ovsdb_err_wrap(ovsdb_datum_from_json(&m->arg, &m->arg_type,
                                                   value, symtab),
                             "table %s column %s", ts->name, m->column->name);
    }
    if (err) {
        ovsdb_type_fini(&m->arg_type);
    }
    return err;
}

struct ovsdb_err *
ovsdb_mutations_from_json(struct ovsdb_mutations *ms,
                          const struct ovsdb_table_schema *ts,
                          const json_t *json, struct ovsdb_symtab *symtab)
{
    ovsdb_mutations_init(ms);
    if (!json_is_array(json)) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                            "table %s: mutations are an array", ts->name);
    }
    size_t n = json_array_size(json);
    ms->m = xcalloc(n + 1, sizeof *ms->m);
    for (size_t i = 0; i < n; i++) {
        struct ovsdb_err *err = mutation_from_json(
            &ms->m[i], ts, json_array_get(json, i), symtab);
        if (err) {
            ovsdb_mutations_fini(ms);
            return err;
        }
        ms->n++;
    }
    return NULL;
}

json_t *
ovsdb_mutations_to_json(const struct ovsdb_mutations *ms)
{
    json_t *json = json_array();
    for (size_t i = 0; i < ms->n; i++) {
        const struct ovsdb_mutation *m = &ms->m[i];
        json_t *j = json_array();
        json_array_append_new(j, json_string(m->column->name));
        json_array_append_new(j, json_string(ovsdb_mutator_name(m->mutator)));
        json_array_append_new(j, ovsdb_datum_to_json(&m->arg, &m->arg_type));
        json_array_append_new(json, j);
    }
    return json;
}

static struct ovsdb_err *
range_error(enum ovsdb_mutator op)
{
    return ovsdb_err_create(OVSDB_E_RANGE, "Result of \"%s\" operation is out "
                            "of range.", ovsdb_mutator_name(op));
}

static struct ovsdb_err *
integer_op(int64_t *x, enum ovsdb_mutator op, int64_t y)
{
    int64_t r = 0;
    bool overflow = false;

    switch (op) {
    case OVSDB_M_ADD:
        overflow = __builtin_add_overflow(*x, y, &r);
        break;
    case OVSDB_M_SUB:
        overflow = __builtin_sub_overflow(*x, y, &r);
        break;
    case OVSDB_M_MUL:
        overflow = __builtin_mul_overflow(*x, y, &r);
        break;
    case OVSDB_M_DIV:
    case OVSDB_M_MOD:
        if (!y) {
            return ovsdb_err_create(OVSDB_E_DOMAIN, "Division by zero.");
        }
        if (y == -1) { /* The processor traps on INT64_MIN / -1. */
            overflow = op == OVSDB_M_DIV && *x == INT64_MIN;
            r = op == OVSDB_M_DIV && !overflow ? -*x : 0;
        } else {
            r = op == OVSDB_M_DIV ? *x / y : *x % y;
        }
        break;
    default:
        NOT_REACHED();
    }
    if (overflow) {
        return range_error(op);
    }
    *x = r;
    return NULL;
}

static struct ovsdb_err *
real_op(double *x, enum ovsdb_mutator op, double y)
{
    double r;

    switch (op) {
    case OVSDB_M_ADD:
        r = *x + y;
        break;
    case OVSDB_M_SUB:
        r = *x - y;
        break;
    case OVSDB_M_MUL:
        r = *x * y;
        break;
    case OVSDB_M_DIV:
        if (fpclassify(y) == FP_ZERO) {
            return ovsdb_err_create(OVSDB_E_DOMAIN, "Division by zero.");
        }
        r = *x / y;
        break;
    default:
        NOT_REACHED();
    }
    if (!isfinite(r)) {
        return range_error(op);
    }
    *x = r + 0.0; /* There is one zero. */
    return NULL;
}

/* Computes every number of 'd', then sorts: equal results are an error. */
static struct ovsdb_err *
arithmetic(struct ovsdb_datum *d, const struct ovsdb_mutation *m)
{
    const struct ovsdb_type *type = &m->column->type;
    const union ovsdb_atom *arg = &m->arg.keys[0];

    for (size_t i = 0; i < d->n; i++) {
        union ovsdb_atom atom = d->keys[i];
        struct ovsdb_err *err =
            type->key.type == OVSDB_INTEGER
                ? integer_op(&atom.integer, m->mutator, arg->integer)
                : real_op(&atom.real, m->mutator, arg->real);
        if (err) {
            return err;
        }
        ovsdb_datum_replace_key(d, type, i, &atom);
    }
    struct ovsdb_err *err = ovsdb_datum_sort(d, type);
    if (err) {
        ovsdb_err_free(err);
        return ovsdb_err_create(OVSDB_E_CONSTRAINT, "Result of \"%s\" "
                                "operation contains duplicates.",
                                ovsdb_mutator_name(m->mutator));
    }
    return ovsdb_datum_check(d, type);
}

static struct ovsdb_err *
mutation_apply(const struct ovsdb_mutation *m, struct ovsdb_datum *d)
{
    const struct ovsdb_type *type = &m->column->type;

    switch (m->mutator) {
    case OVSDB_M_INSERT:
        ovsdb_datum_union(d, &m->arg, type, false);
        return ovsdb_datum_check_size(d, type);
    case OVSDB_M_DELETE:
        ovsdb_datum_subtract(d, type, &m->arg, &m->arg_type);
        return ovsdb_datum_check_size(d, type);
    default:
        return arithmetic(d, m);
    }
}

struct ovsdb_err *
ovsdb_mutations_apply(const struct ovsdb_mutations *ms,
                      struct ovsdb_datum row[])
{
    for (size_t i = 0; i < ms->n; i++) {
        const struct ovsdb_mutation *m = &ms->m[i];
        struct ovsdb_err *err = mutation_apply(m, &row[m->column->idx]);
        if (err) {
            return ovsdb_err_wrap(err, "column %s", m->column->name);
        }
    }
    return NULL;
}
