/* SPDX-License-Identifier: Apache-2.0 */
/* The conversation with the server: ask for the monitor, take updates, start
 * again after a loss.
 *
 * The first request is for the monitor, in the hope that the server's schema
 * has all that the class has: most often it has, and one round trip is saved.
 * If it refuses, its schema is asked for, what it lacks is left out, and the
 * monitor asked for again. */
#include <errno.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/idl_priv.h"
#include "lib/ovsdb/rpc.h"
#include "lib/ovsdb/schema.h"

LOG_MODULE(ovsdb_idl);

/* Time before a refused request is made again. */
#define RETRY_MS 1000

static void send_monitor(struct idl *);

static void
set_error(struct idl *idl, const json_t *error)
{
    struct ovsdb_err *err = ovsdb_err_from_json(error);
    free(idl->error);
    idl->error = ovsdb_err_to_text(err);
    ovsdb_err_free(err);
}

static void
fail(struct idl *idl, const json_t *error)
{
    set_error(idl, error);
    log_warn_rl("%s: database %s: %s", jsonrpc_session_name(idl->session),
                idl->class->database, idl->error);
    idl->state = IDL_S_FAILED;
    idl->pruned = false;
    loop_timer_set_in(&idl->retry, RETRY_MS);
}

/* The server sent what cannot be: the replica may be wrong, so start anew. */
static void
resync(struct idl *idl, struct ovsdb_err *err)
{
    ovsdb_err_log(err, jsonrpc_session_name(idl->session));
    memset(&idl->last_txn, 0, sizeof idl->last_txn);
    jsonrpc_session_force_reconnect(idl->session);
}

static void
request(struct idl *idl, const char *method, json_t *params,
        enum idl_state state)
{
    idl->state = state;
    if (jsonrpc_session_request(idl->session, method, params,
                                &idl->request)) {
        idl->state = IDL_S_OFF; /* The loss will be told. */
    }
}

static void
send_get_schema(struct idl *idl)
{
    json_t *params = json_array();
    json_array_append_new(params, json_string(idl->class->database));
    request(idl, OVSDB_RPC_GET_SCHEMA, params, IDL_S_SCHEMA);
}

json_t *
idl_monitor_id(const struct idl *idl)
{
    json_t *id = json_array();
    json_array_append_new(id, json_string("weir"));
    json_array_append_new(id, json_string(idl->class->database));
    return id;
}

static json_t *
table_request(const struct idl_table *t, enum idl_method method)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < t->class->n_columns; i++) {
        const struct idl_column *c = &t->columns[i];
        if (c->mode != IDL_OMIT && c->on_server) {
            json_array_append_new(columns, json_string(c->class->name));
        }
    }
    json_t *object = json_object();
    json_object_set_new(object, "columns", columns);
    if (t->where && method != IDL_M_PLAIN) {
        json_object_set(object, "where", t->where);
    }
    json_t *array = json_array();
    json_array_append_new(array, object);
    return array;
}

static void
send_monitor(struct idl *idl)
{
    static const char *const names[] = {
        [IDL_M_SINCE] = OVSDB_RPC_MONITOR_COND_SINCE,
        [IDL_M_COND] = OVSDB_RPC_MONITOR_COND,
        [IDL_M_PLAIN] = OVSDB_RPC_MONITOR,
    };
    json_t *tables = json_object();
    for (size_t i = 0; i < idl->class->n_tables; i++) {
        const struct idl_table *t = &idl->tables[i];
        if (t->monitored && t->on_server) {
            json_object_set_new(tables, t->class->name,
                                table_request(t, idl->method));
        }
    }
    json_t *params = json_array();
    json_array_append_new(params, json_string(idl->class->database));
    json_array_append_new(params, idl_monitor_id(idl));
    json_array_append_new(params, tables);
    if (idl->method == IDL_M_SINCE) {
        char text[UUID_TEXT_LEN + 1];
        snprintf(text, sizeof text, UUID_FMT, UUID_ARGS(&idl->last_txn));
        json_array_append_new(params, json_string(text));
    }
    request(idl, names[idl->method], params, IDL_S_MONITOR);
}

/* Marks what the server's schema has. */
static void
prune(struct idl *idl, const json_t *schema_json)
{
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_json(schema_json, &schema);
    if (err) {
        ovsdb_err_log(err, "the server's schema");
        return;
    }
    for (size_t i = 0; i < idl->class->n_tables; i++) {
        struct idl_table *t = &idl->tables[i];
        const struct ovsdb_table_schema *ts =
            ovsdb_schema_table(schema, t->class->name);
        t->on_server = ts != NULL;
        if (!ts && t->monitored) {
            log_warn_rl("database %s lacks table %s (database needs "
                        "upgrade?)", schema->name, t->class->name);
        }
        for (size_t j = 0; ts && j < t->class->n_columns; j++) {
            struct idl_column *c = &t->columns[j];
            c->on_server = ovsdb_table_schema_column(ts, c->class->name);
            if (!c->on_server && c->mode != IDL_OMIT) {
                log_warn_rl("database %s table %s lacks column %s (database "
                            "needs upgrade?)", schema->name, t->class->name,
                            c->class->name);
            }
        }
    }
    ovsdb_schema_destroy(&schema);
    idl->pruned = true;
}

static void
now_up(struct idl *idl)
{
    idl->state = IDL_S_UP;
    idl_query_now_up(idl);
    free(idl->error);
    idl->error = NULL;
    if (!idl->loaded) {
        idl->loaded = true;
        idl_alert(idl);
    }
    idl_settle(idl);
}

static bool
set_last_txn(struct idl *idl, const json_t *json)
{
    const char *text = json_string_value(json);
    return text && uuid_from_text(&idl->last_txn, text);
}

static void
handle_monitor_reply(struct idl *idl, const json_t *result)
{
    const json_t *tables = result;
    bool found = false;
    struct uuid last_txn = { { 0 } };
    if (idl->method == IDL_M_SINCE) {
        found = json_is_true(json_array_get(result, 0));
        const char *text = json_string_value(json_array_get(result, 1));
        tables = json_array_get(result, 2);
        if (!text || !uuid_from_text(&last_txn, text)) {
            memset(&last_txn, 0, sizeof last_txn);
        }
    }
    if (!found) {
        idl_clear(idl);
    }
    struct ovsdb_err *err = idl_update(idl, idl->method, tables);
    if (err) {
        resync(idl, err);
        return;
    }
    idl->last_txn = last_txn;
    now_up(idl);
}

static bool
is_unknown_method(const json_t *error)
{
    const char *tag = json_is_string(error)
                          ? json_string_value(error)
                          : json_string_value(json_object_get(error, "error"));
    return tag && !strcmp(tag, "unknown method");
}

static void
handle_reply(struct idl *idl, const struct jsonrpc_msg *msg)
{
    bool ok = msg->type == JSONRPC_REPLY;

    if (idl->state == IDL_S_SCHEMA) {
        if (ok) {
            prune(idl, msg->result);
            send_monitor(idl);
        } else {
            fail(idl, msg->error);
        }
    } else if (ok) {
        handle_monitor_reply(idl, msg->result);
    } else if (is_unknown_method(msg->error) && idl->method < IDL_M_PLAIN) {
        idl->method++;
        send_monitor(idl);
    } else if (!idl->pruned) {
        send_get_schema(idl);
    } else {
        fail(idl, msg->error);
    }
}

static void
set_lock_state(struct idl *idl, bool has, bool contended)
{
    if (idl->has_lock != has || idl->lock_contended != contended) {
        idl->has_lock = has;
        idl->lock_contended = contended;
        idl_alert(idl);
        idl_settle(idl);
    }
}

static void
handle_lock_reply(struct idl *idl, const struct jsonrpc_msg *msg)
{
    bool locked = false;
    if (msg->type == JSONRPC_REPLY
        && json_get_bool(msg->result, "locked", &locked)) {
        set_lock_state(idl, locked, !locked);
    } else {
        log_warn_rl("%s: the server does not lock",
                    jsonrpc_session_name(idl->session));
    }
}

static void
handle_update(struct idl *idl, enum idl_method method, const json_t *params)
{
    bool since = method == IDL_M_SINCE;
    json_t *id = idl_monitor_id(idl);
    bool ours = json_equal(json_array_get(params, 0), id);
    json_decref(id);
    if (!ours || idl->state != IDL_S_UP) {
        return;
    }
    if (since && !set_last_txn(idl, json_array_get(params, 1))) {
        memset(&idl->last_txn, 0, sizeof idl->last_txn);
    }
    struct ovsdb_err *err =
        idl_update(idl, method, json_array_get(params, since ? 2 : 1));
    if (err) {
        resync(idl, err);
    } else {
        idl_settle(idl);
    }
}

static void
handle_notification(struct idl *idl, const struct jsonrpc_msg *msg)
{
    const char *m = msg->method;
    const char *name = json_string_value(json_array_get(msg->params, 0));
    bool our_lock = name && idl->lock_name && !strcmp(name, idl->lock_name);

    if (!strcmp(m, OVSDB_RPC_UPDATE3)) {
        handle_update(idl, IDL_M_SINCE, msg->params);
    } else if (!strcmp(m, OVSDB_RPC_UPDATE2)) {
        handle_update(idl, IDL_M_COND, msg->params);
    } else if (!strcmp(m, OVSDB_RPC_UPDATE)) {
        handle_update(idl, IDL_M_PLAIN, msg->params);
    } else if (!strcmp(m, OVSDB_RPC_MONITOR_CANCELED)) {
        /* The database was removed or got another schema. */
        idl->pruned = false;
        memset(&idl->last_txn, 0, sizeof idl->last_txn);
        send_get_schema(idl);
    } else if (!strcmp(m, OVSDB_RPC_LOCKED) && our_lock) {
        set_lock_state(idl, true, false);
    } else if (!strcmp(m, OVSDB_RPC_STOLEN) && our_lock) {
        set_lock_state(idl, false, true);
    }
}

static bool
id_is(const struct jsonrpc_msg *msg, uint64_t id)
{
    return json_is_integer(msg->id)
           && (uint64_t)json_integer_value(msg->id) == id;
}

static void
on_message(void *idl_, struct jsonrpc_msg *msg)
{
    struct idl *idl = idl_;

    switch (msg->type) {
    case JSONRPC_NOTIFY:
        handle_notification(idl, msg);
        break;
    case JSONRPC_REPLY:
    case JSONRPC_ERROR:
        if ((idl->state == IDL_S_SCHEMA || idl->state == IDL_S_MONITOR)
            && id_is(msg, idl->request)) {
            handle_reply(idl, msg);
        } else if (idl->lock_name && id_is(msg, idl->lock_request)) {
            handle_lock_reply(idl, msg);
        } else if (!json_is_integer(msg->id)
                   || !idl_query_handle_reply(
                       idl, msg, (uint64_t)json_integer_value(msg->id))) {
            idl_txn_handle_reply(idl, msg);
        }
        break;
    case JSONRPC_REQUEST:
        break; /* Servers ask for echoes only. */
    }
}

static void
on_connected(void *idl_)
{
    struct idl *idl = idl_;
    json_t *params = json_array();
    uint64_t id;

    /* Tells of removed and converted databases instead of hanging up. */
    json_array_append_new(params, json_true());
    if (jsonrpc_session_request(idl->session, OVSDB_RPC_SET_DB_CHANGE_AWARE,
                                params, &id)) {
        return;
    }
    if (idl->lock_name) {
        params = json_array();
        json_array_append_new(params, json_string(idl->lock_name));
        if (jsonrpc_session_request(idl->session, OVSDB_RPC_LOCK, params,
                                    &idl->lock_request)) {
            return;
        }
    }
    idl->pruned = false;
    idl->method = IDL_M_SINCE;
    send_monitor(idl);
    if (idl->callbacks.connection) {
        idl->callbacks.connection(idl->aux, 0);
    }
}

static void
on_disconnected(void *idl_, int err)
{
    struct idl *idl = idl_;

    idl->state = IDL_S_OFF;
    idl->n_tries++;
    idl->last_errno = err ? err : -ECONNRESET;
    loop_timer_cancel(&idl->retry);
    idl_query_lost_connection(idl);
    idl_txn_lost_connection(idl);
    if (idl->lock_name) {
        set_lock_state(idl, false, false);
    }
    if (idl->callbacks.connection) {
        idl->callbacks.connection(idl->aux, idl->last_errno);
    }
}

static void
on_retry(void *idl_)
{
    struct idl *idl = idl_;
    if (idl->state == IDL_S_FAILED) {
        send_get_schema(idl);
    }
}

char *
idl_connect(struct idl *idl, const char *remotes)
{
    static const struct jsonrpc_session_callbacks callbacks = {
        .connected = on_connected,
        .message = on_message,
        .disconnected = on_disconnected,
    };
    char *error = NULL;
    loop_timer_init(&idl->retry, idl->loop, on_retry, idl);
    for (const char *p = remotes; *p; p++) {
        /* As jsonrpc_session_open() splits: at commas and spaces. */
        idl->n_remotes += !strchr(", ", *p)
                          && (p == remotes || strchr(", ", p[-1]));
    }
    idl->session = jsonrpc_session_open(idl->loop, remotes, OVSDB_PORT,
                                        &callbacks, idl, &error);
    return idl->session ? NULL : error;
}

struct jsonrpc_session *
idl_session(struct idl *idl)
{
    return idl->session;
}

void
idl_force_reconnect(struct idl *idl)
{
    memset(&idl->last_txn, 0, sizeof idl->last_txn);
    jsonrpc_session_force_reconnect(idl->session);
}

bool
idl_is_connected(const struct idl *idl)
{
    return idl->state == IDL_S_UP;
}

void
idl_set_lock(struct idl *idl, const char *name)
{
    free(idl->lock_name);
    idl->lock_name = xstrdup(name);
}

bool
idl_has_lock(const struct idl *idl)
{
    return !idl->lock_name || idl->has_lock;
}

bool
idl_is_lock_contended(const struct idl *idl)
{
    return idl->lock_contended;
}
