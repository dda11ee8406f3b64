/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and replies.  What a server sends is checked here: whatever it is,
 * the program ends with words, not with a signal. */
#include <errno.h>

#include "lib/base/args.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

LOG_MODULE(ovsdb_client);

void
client_check(struct ovsdb_err *err)
{
    if (err) {
        char *text = ovsdb_err_to_text(err);
        args_fatal(0, "%s", text);
    }
}

/* Connecting. */

bool
client_is_server_name(const char *arg)
{
    size_t n = strspn(arg, "abcdefghijklmnopqrstuvwxyz");
    return n && arg[n] == ':';
}

int
client_try_connect(struct client *c)
{
    if (client_is_replay(c)) {
        json_t *step = client_replay_get(c, "open", c->server);
        int err = (int)json_integer_value(json_array_get(step, 2));
        json_decref(step);
        return err;
    }
    bool use_tls = c->tls.private_key || c->tls.ca_cert;
    int err = jsonrpc_block_open(c->server, OVSDB_PORT,
                                 use_tls ? &c->tls : NULL, INT64_MAX,
                                 &c->rpc);
    client_replay_put(c, json_pack("[ssi]", "open", c->server, err));
    return err;
}

/* The comma after which the next name of "A,B,..." follows; or NULL. */
static char *
find_comma(const char *names)
{
    char *comma = strchr(names, ',');
    while (comma && !client_is_server_name(comma + 1)) {
        comma = strchr(comma + 1, ',');
    }
    return comma;
}

bool
client_is_several(const char *names)
{
    return find_comma(names) != NULL;
}

static char **
split_servers(const char *names, size_t *n)
{
    char *copy = xstrdup(names), **out = NULL;
    *n = 0;
    for (char *p = copy; p;) {
        char *comma = find_comma(p);
        if (comma) {
            *comma++ = '\0';
        }
        out = xrealloc(out, (*n + 1) * sizeof *out);
        out[(*n)++] = xstrdup(p);
        p = comma;
    }
    free(copy);
    return out;
}

bool
client_leads(struct client *c, void *db_)
{
    const char *db = db_;
    json_t *result = NULL, *error = NULL;
    if (!c->several) {
        return true;
    }
    json_t *params = json_pack("[s{sssss[[sss]]}]", "_Server", "op",
                               "select", "table", "Database", "where",
                               "name", "==", db);
    int err = client_ask(c, OVSDB_RPC_TRANSACT, params, &result, &error);
    const json_t *rows = json_object_get(json_array_get(result, 0), "rows");
    const json_t *row = json_array_get(rows, 0);
    bool leads = !err
                 && (!rows /* An old server, without clusters. */
                     || (json_is_true(json_object_get(row, "connected"))
                         && (c->any_member
                             || json_is_true(
                                 json_object_get(row, "leader")))));
    json_decref(result);
    json_decref(error);
    if (!leads) {
        log_info("%s: not the leader of %s", c->server, db);
    }
    return leads;
}

/* Tries the members in random order. */
static void
connect_to_one(struct client *c, char **names, size_t n,
               client_ready_fn *ready, void *aux)
{
    c->several = true;
    for (size_t left = n; left; left--) {
        size_t i = rng_below(rng_thread(), (uint32_t)left);
        char *name = names[i];
        names[i] = names[left - 1];
        names[left - 1] = name;
        free(c->server);
        c->server = xstrdup(name);
        int err = client_try_connect(c);
        if (err) {
            log_info("%s: cannot connect (%s)", name, log_strerror(err));
        } else if (!ready || ready(c, aux)) {
            return;
        } else {
            jsonrpc_block_close(&c->rpc);
        }
    }
    args_fatal(0, "no servers were available");
}

void
client_connect(struct client *c, client_ready_fn *ready, void *aux)
{
    size_t n;
    char **names = split_servers(c->server, &n);
    if (n > 1) {
        connect_to_one(c, names, n, ready, aux);
    } else {
        int err = client_try_connect(c);
        if (err) {
            bool is_name_bad = err == -EAFNOSUPPORT || err == -EINVAL
                               || c->server[0] == 'p';
            args_fatal(0, "failed to connect %sto \"%s\" (%s)",
                       is_name_bad ? "or listen " : "", c->server,
                       log_strerror(err));
        }
        if (ready) {
            ready(c, aux);
        }
    }
    client_free_names(names, n);
}

/* Calls. */

/* NULL for null. */
static json_t *
take_value(const json_t *step, size_t i)
{
    json_t *value = json_array_get(step, i);
    return json_is_null(value) ? NULL : json_incref(value);
}

int
client_ask(struct client *c, const char *method, json_t *params,
           json_t **result, json_t **error)
{
    if (client_is_replay(c)) {
        json_t *step = client_replay_get(c, "call", method);
        int err = (int)json_integer_value(json_array_get(step, 3));
        *result = take_value(step, 4);
        *error = take_value(step, 5);
        if (!err && !*result && !*error) {
            *result = json_null();
        }
        json_decref(params);
        json_decref(step);
        return err;
    }
    json_incref(params);
    int err = jsonrpc_block_call(c->rpc, method, params, INT64_MAX, result,
                                 error);
    client_replay_put(c, json_pack("[ssoiO?O?]", "call", method, params, err,
                                   *result, *error));
    return err;
}

const char *
client_error_text(const struct client *c)
{
    return c->rpc ? jsonrpc_block_error_text(c->rpc) : NULL;
}

void
client_call_failed(struct client *c, int err)
{
    const char *why = client_error_text(c);
    args_fatal(0, "transaction failed (%s%s%s)",
               err == -ECONNRESET ? "End of file" : log_strerror(err),
               why ? ": " : "", why ? why : "");
}

json_t *
client_call(struct client *c, const char *method, json_t *params)
{
    json_t *result, *error;
    int err = client_ask(c, method, params, &result, &error);
    if (err) {
        client_call_failed(c, err);
    }
    if (error) {
        char *text = json_to_text(error, JSON_STYLE_SORT);
        args_fatal(0, "transaction returned error: %s", text);
    }
    return result;
}

json_t *
client_rows(const json_t *reply, size_t i, const char *table)
{
    const json_t *result = json_array_get(reply, i);
    json_t *rows = json_object_get(result, "rows");
    if (!json_is_array(rows)) {
        char *text = json_to_text(result ? result : reply,
                                  JSON_STYLE_COMPACT);
        args_fatal(0, "%s table reply is not an object with a \"rows\" "
                   "member array: %s", table, text);
    }
    return rows;
}

void
client_tell_aware(struct client *c, bool by_default)
{
    if (c->aware == CLIENT_UNAWARE
        || (c->aware == CLIENT_AWARE_DEFAULT && !by_default)) {
        return;
    }
    json_t *result, *error;
    int err = client_ask(c, OVSDB_RPC_SET_DB_CHANGE_AWARE,
                         json_pack("[b]", true), &result, &error);
    if (err) {
        client_call_failed(c, err);
    }
    json_decref(result);
    json_decref(error); /* An old server: then it is as before. */
}

static int
compare_strings(const void *a_, const void *b_)
{
    const char *const *a = a_, *const *b = b_;
    return strcmp(*a, *b);
}

char **
client_list_dbs(struct client *c, size_t *n)
{
    json_t *dbs = client_call(c, OVSDB_RPC_LIST_DBS, json_array());
    if (!json_is_array(dbs)) {
        args_fatal(0, "list_dbs response is not array");
    }
    *n = json_array_size(dbs);
    char **names = xcalloc(*n + 1, sizeof *names);
    for (size_t i = 0; i < *n; i++) {
        const char *name = json_string_value(json_array_get(dbs, i));
        if (!name) {
            args_fatal(0, "list_dbs response %zu is not string", i);
        }
        names[i] = xstrdup(name);
    }
    qsort(names, *n, sizeof *names, compare_strings);
    json_decref(dbs);
    return names;
}

void
client_free_names(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(names[i]);
    }
    free(names);
}

static bool
has_name(char **names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(names[i], name)) {
            return true;
        }
    }
    return false;
}

char *
client_choose_db(struct client *c, const char *wanted)
{
    size_t n, n_public = 0;
    char **dbs = client_list_dbs(c, &n);
    const char *found = NULL, *public = NULL;
    for (size_t i = 0; i < n; i++) {
        if (dbs[i][0] != '_') { /* Else it is the server's own. */
            n_public++;
            public = dbs[i];
        }
    }
    if (wanted && has_name(dbs, n, wanted)) {
        found = wanted;
    } else if (has_name(dbs, n, "Open_vSwitch")) {
        found = "Open_vSwitch";
    } else if (n_public == 1) {
        found = public;
    }
    char *copy = xstrdup_null(found);
    client_free_names(dbs, n);
    return copy;
}

struct ovsdb_schema *
client_schema_of(struct client *c, const char *db)
{
    json_t *json = client_call(c, OVSDB_RPC_GET_SCHEMA,
                               json_pack("[s]", db));
    struct ovsdb_schema *schema;
    client_check(ovsdb_schema_from_json(json, &schema));
    json_decref(json);
    return schema;
}

struct ovsdb_schema *
client_get_schema(struct client *c)
{
    return client_schema_of(c, c->db);
}
