/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/exec.h"

#include "lib/base/counters.h"
#include "ovsdb/exec_priv.h"

struct exec_op {
    const char *name;
    const char *members;
    bool writes;
    exec_op_fn *fn;
};

static const struct exec_op ops[] = {
#define OP(NAME, MEMBERS, WRITES) { #NAME, MEMBERS, WRITES, exec_##NAME },
#include "ovsdb/ops.def"
#undef OP
};

static const struct exec_op *
find_op(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
        if (!strcmp(ops[i].name, name)) {
            return &ops[i];
        }
    }
    return NULL;
}

/* Members. */

static bool
member_has_type(const json_t *value, char type)
{
    switch (type) {
    case 's':
        return json_is_string(value);
    case 'i':
        return json_is_string(value) && ovsdb_is_id(json_string_value(value));
    case 'o':
        return json_is_object(value);
    case 'a':
        return json_is_array(value);
    case 'b':
        return json_is_boolean(value);
    case 'n':
    default:
        return json_is_integer(value);
    }
}

/* One "NAME:T" or "NAME?T" of a list; '*p' moves behind it. */
struct member_spec {
    char name[24];
    bool required;
    char type;
};

static bool
next_member_spec(const char **p, struct member_spec *m)
{
    *p += strspn(*p, " ");
    size_t len = strcspn(*p, ":?");
    if (!(*p)[len]) {
        return false;
    }
    memcpy(m->name, *p, len);
    m->name[len] = '\0';
    m->required = (*p)[len] == ':';
    m->type = (*p)[len + 1];
    *p += len + 2;
    return true;
}

/* Some member of 'op' is not in 'spec': names it. */
static struct ovsdb_err *
extra_member(const json_t *op, const char *spec)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)op, key, value) {
        struct member_spec m;
        bool known = !strcmp(key, "op");
        for (const char *p = spec; !known && next_member_spec(&p, &m);) {
            known = !strcmp(m.name, key);
        }
        if (!known) {
            return ovsdb_err_at(op, OVSDB_E_SYNTAX, "Member '%s' is present "
                                "but not allowed here.", key);
        }
    }
    return NULL;
}

static struct ovsdb_err *
check_members(const json_t *op, const char *spec)
{
    struct member_spec m;
    size_t n = 1; /* "op" itself. */
    for (const char *p = spec; next_member_spec(&p, &m);) {
        const json_t *value = json_object_get(op, m.name);
        if (!value) {
            if (m.required) {
                return ovsdb_err_at(op, OVSDB_E_SYNTAX, "Required '%s' "
                                    "member is missing.", m.name);
            }
            continue;
        }
        n++;
        if (!member_has_type(value, m.type)) {
            return ovsdb_err_at(op, OVSDB_E_SYNTAX, "Type mismatch for "
                                "member '%s'.", m.name);
        }
    }
    return n == json_object_size(op) ? NULL : extra_member(op, spec);
}

static struct ovsdb_err *
check_table(const struct ovsdb_schema *schema, const json_t *json)
{
    const char *name = json_string_value(json_object_get(json, "table"));
    return !name || ovsdb_schema_table(schema, name)
               ? NULL
               : ovsdb_err_at(json, OVSDB_E_SYNTAX, "No table named %s.",
                              name);
}

static struct ovsdb_err *
parse_op(const struct ovsdb_schema *schema, const json_t *json,
         const struct exec_op **op)
{
    if (!json_is_object(json)) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX, "Object expected.");
    }
    const json_t *name = json_object_get(json, "op");
    if (!name) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                            "Required 'op' member is missing.");
    }
    if (!json_is_string(name)) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                            "Type mismatch for member 'op'.");
    }
    *op = find_op(json_string_value(name));
    if (!*op) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX, "No operation \"%s\"",
                            json_string_value(name));
    }
    struct ovsdb_err *err = check_members(json, (*op)->members);
    return err ? err : check_table(schema, json);
}

/* Running. */

static struct ovsdb_err *
run_op(struct exec *x, const json_t *json, size_t i, size_t n,
       json_t **result)
{
    const struct exec_op *op = NULL;
    struct ovsdb_err *err = parse_op(x->env->db->schema, json, &op);
    if (err) {
        return ovsdb_err_wrap(err, "Parsing ovsdb operation %zu of %zu failed",
                              i, n);
    }
    if (op->writes && x->env->read_only) {
        return ovsdb_err_create(OVSDB_E_NOT_ALLOWED,
                                "%s operation not allowed: %s", op->name,
                                x->env->read_only);
    }
    return op->fn(x, json, result);
}

/* Runs the operations until one fails or must wait; puts results. */
static bool
run_ops(struct exec *x, const json_t *params, json_t *results)
{
    size_t n = json_array_size(params);
    bool ok = true;
    for (size_t i = 1; i < n; i++) {
        if (!ok) {
            json_array_append_new(results, json_null());
            continue;
        }
        json_t *result = NULL;
        struct ovsdb_err *err = run_op(x, json_array_get(params, i), i, n - 1,
                                       &result);
        if (err) {
            result = ovsdb_err_to_json(err);
            ovsdb_err_free(err);
            ok = false;
        } else if (x->must_wait) {
            return false;
        }
        json_array_append_new(results, result);
    }
    return ok;
}

json_t *
exec_transaction(const struct exec_env *env, const json_t *params,
                 struct exec_wait *wait)
{
    struct exec x = { .env = env, .wait = wait };
    ovsdb_symtab_init(&x.symtab);
    x.txn = txn_begin(env->db);
    x.txn->who = env->who;
    json_t *results = json_array();
    bool ok = run_ops(&x, params, results);
    if (ok && !env->dry_run) {
        struct ovsdb_err *err = txn_commit(&x.txn);
        if (err) {
            json_array_append_new(results, ovsdb_err_to_json(err));
            ovsdb_err_free(err);
            ok = false;
        }
    } else {
        txn_abort(&x.txn);
    }
    ovsdb_symtab_fini(&x.symtab);
    if (x.must_wait) {
        json_decref(results);
        return NULL;
    }
    if (ok) {
        counter_inc(txn_success);
    } else {
        counter_inc(txn_error);
    }
    return results;
}

/* Operations that touch no table. */

struct ovsdb_err *
exec_abort(struct exec *x UNUSED, const json_t *op UNUSED,
           json_t **result UNUSED)
{
    return ovsdb_err_create(OVSDB_E_ABORTED, "aborted by request");
}

struct ovsdb_err *
exec_assert(struct exec *x, const json_t *op, json_t **result)
{
    const char *lock = json_string_value(json_object_get(op, "lock"));
    if (!x->env->owns_lock || !x->env->owns_lock(x->env->aux, lock)) {
        return ovsdb_err_create(OVSDB_E_NOT_OWNER,
                                "Asserted lock %s not held.", lock);
    }
    *result = json_object();
    return NULL;
}

struct ovsdb_err *
exec_comment(struct exec *x, const json_t *op, json_t **result)
{
    txn_add_comment(x->txn,
                    json_string_value(json_object_get(op, "comment")));
    *result = json_object();
    return NULL;
}

/* Every commit is durable before it is acknowledged: nothing to ask for. */
struct ovsdb_err *
exec_commit(struct exec *x UNUSED, const json_t *op UNUSED, json_t **result)
{
    *result = json_object();
    return NULL;
}
