/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/exec.h"

#include "lib/base/assert.h"
#include "lib/base/counters.h"
#include "lib/base/mem.h"
#include "lib/io/json_scan.h"
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

bool
exec_writes(const json_t *params)
{
    size_t i;
    json_t *json;
    json_array_foreach (params, i, json) {
        const char *name = json_string_value(json_object_get(json, "op"));
        const struct exec_op *op = name ? find_op(name) : NULL;
        if (op && op->writes) {
            return true;
        }
    }
    return false;
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
       struct str *out)
{
    const struct exec_op *op = NULL;
    struct ovsdb_err *err = parse_op(x->env->db->schema, json, &op);
    if (err) {
        return ovsdb_err_wrap(err, "Parsing ovsdb operation %zu of %zu failed",
                              i, n);
    }
    if (op->writes && x->env->read_only) {
        return ovsdb_err_create(OVSDB_E_NOT_ALLOWED,
                                "%s operation not allowed when database "
                                "server is in read only mode: %s", op->name,
                                x->env->read_only);
    }
    return op->fn(x, json, out);
}

/* Counts the elements of the array whose rest 'scan' is at. */
static size_t
count_ops(struct json_scan scan)
{
    const char *text;
    size_t len, n = 0;
    while (json_scan_value(&scan, &text, &len)) {
        n++;
        if (!json_scan_char(&scan, ',')) {
            break;
        }
    }
    return n;
}

static void
put_error(const struct exec_env *env, struct str *out, struct ovsdb_err *err)
{
    if (env->failed) {
        env->failed(env->aux, ovsdb_err_tag(err));
    }
    json_t *json = ovsdb_err_to_json(err);
    json_put(out, json, JSON_STYLE_COMPACT);
    json_decref(json);
    ovsdb_err_free(err);
}

enum op_outcome { OP_OK, OP_FAILED, OP_WAITS, OP_NOT_JSON };

/* Runs operation number 'i' (from 1) of 'n' and puts its result. */
static enum op_outcome
run_text(struct exec *x, const char *text, size_t len, size_t i, size_t n,
         struct str *out)
{
    char *error = NULL;
    size_t max = x->env->tree_max ? x->env->tree_max : SIZE_MAX - 1;
    json_t *op = json_parse_bounded(text, len, max, &error);
    if (!op) {
        free(error);
        return OP_NOT_JSON;
    }
    struct ovsdb_err *err = run_op(x, op, i, n, out);
    json_decref(op);
    if (err) {
        put_error(x->env, out, err);
        return OP_FAILED;
    }
    return x->must_wait ? OP_WAITS : OP_OK;
}

/* Runs the operations until one fails or must wait; puts results, with null
 * for those behind an error. */
static enum op_outcome
run_ops(struct exec *x, struct json_scan *scan, struct str *out)
{
    enum op_outcome outcome = OP_OK;
    size_t n = count_ops(*scan), i = 0;
    const char *text;
    size_t len;
    if (json_scan_char(scan, ']')) {
        return json_scan_at_end(scan) ? OP_OK : OP_NOT_JSON;
    }
    do {
        if (!json_scan_value(scan, &text, &len)) {
            return OP_NOT_JSON;
        }
        if (!i++) {
            continue; /* The database's name. */
        }
        str_put(out, i > 2 ? "," : "");
        if (outcome == OP_OK) {
            outcome = run_text(x, text, len, i - 1, n - 1, out);
        } else {
            str_put(out, "null");
        }
    } while (outcome <= OP_FAILED && json_scan_char(scan, ','));
    if (outcome <= OP_FAILED
        && (!json_scan_char(scan, ']') || !json_scan_at_end(scan))) {
        return OP_NOT_JSON;
    }
    return outcome;
}

/* Commits; puts the commit's own error behind the results. */
static enum op_outcome
finish(struct exec *x, struct str *out)
{
    if (x->env->dry_run) {
        return OP_OK;
    }
    struct ovsdb_err *err = txn_commit(&x->txn);
    if (err) {
        str_put(out, str_ends_with(out, "[") ? "" : ",");
        put_error(x->env, out, err);
        return OP_FAILED;
    }
    return OP_OK;
}

enum exec_status
exec_text(const struct exec_env *env, const char *params, size_t len,
          struct str *out, struct exec_wait *wait)
{
    struct exec x = { .env = env, .wait = wait };
    struct json_scan scan = json_scan_make(params, len);
    size_t start = out->len;
    ovsdb_symtab_init(&x.symtab);
    x.txn = txn_begin(env->db);
    x.txn->who = env->who;
    str_put_char(out, '[');
    enum op_outcome outcome = json_scan_char(&scan, '[')
                                  ? run_ops(&x, &scan, out)
                                  : OP_NOT_JSON;
    if (outcome == OP_OK) {
        outcome = finish(&x, out);
    }
    txn_abort(&x.txn);
    ovsdb_symtab_fini(&x.symtab);
    if (outcome > OP_FAILED) {
        str_truncate(out, start);
        return outcome == OP_WAITS ? EXEC_WAITS : EXEC_NOT_JSON;
    }
    str_put_char(out, ']');
    if (outcome == OP_OK) {
        counter_inc(txn_success);
    } else {
        counter_inc(txn_error);
    }
    return EXEC_DONE;
}

json_t *
exec_transaction(const struct exec_env *env, const json_t *params,
                 struct exec_wait *wait)
{
    struct str result = STR_INIT;
    char *text = json_to_text(params, JSON_STYLE_COMPACT);
    enum exec_status status
        = exec_text(env, text, strlen(text), &result, wait);
    ASSERT(status != EXEC_NOT_JSON);
    json_t *json = NULL;
    if (status == EXEC_DONE) {
        char *error;
        json = json_parse(str_cstr(&result), result.len, &error);
        ASSERT(json);
    }
    free(text);
    str_fini(&result);
    return json;
}

/* Operations that touch no table. */

struct ovsdb_err *
exec_abort(struct exec *x UNUSED, const json_t *op UNUSED,
           struct str *out UNUSED)
{
    return ovsdb_err_create(OVSDB_E_ABORTED, "aborted by request");
}

struct ovsdb_err *
exec_assert(struct exec *x, const json_t *op, struct str *out)
{
    const char *lock = json_string_value(json_object_get(op, "lock"));
    if (!x->env->owns_lock || !x->env->owns_lock(x->env->aux, lock)) {
        return ovsdb_err_create(OVSDB_E_NOT_OWNER,
                                "Asserted lock %s not held.", lock);
    }
    str_put(out, "{}");
    return NULL;
}

struct ovsdb_err *
exec_comment(struct exec *x, const json_t *op, struct str *out)
{
    txn_add_comment(x->txn,
                    json_string_value(json_object_get(op, "comment")));
    str_put(out, "{}");
    return NULL;
}

/* Every commit is durable before it is acknowledged: nothing to ask for. */
struct ovsdb_err *
exec_commit(struct exec *x UNUSED, const json_t *op UNUSED, struct str *out)
{
    str_put(out, "{}");
    return NULL;
}
