/* SPDX-License-Identifier: Apache-2.0 */
/* The methods: who is asked what, and the answers but for monitors. */
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "ovsdb/remote.h"
#include "ovsdb/replica.h"
#include "ovsdb/session_priv.h"

LOG_MODULE(ovsdb_rpc);

struct method {
    const char *name;
    bool needs_db;
    rpc_fn *fn;
};

static const struct method methods[] = {
#define METHOD(NAME, NEEDS_DB) { #NAME, NEEDS_DB, rpc_##NAME },
#include "ovsdb/methods.def"
#undef METHOD
};

/* Answers. */

/* Takes the text; long ones are not copied. */
static void
send_text(struct session *s, struct str *text)
{
    struct blob *b = blob_take_str(text);
    session_send(s, &(struct session_msg){ .head = "", .blob = b,
                                           .tail = "" });
    blob_unref(&b);
}

static void
send_json(struct session *s, json_t *body)
{
    struct str text = STR_INIT;
    json_put(&text, body, JSON_STYLE_COMPACT);
    json_decref(body);
    send_text(s, &text);
}

static json_t *
borrow(const json_t *json)
{
    return json_incref((json_t *)(uintptr_t)json);
}

void
rpc_reply(struct session *s, const json_t *id, json_t *result)
{
    send_json(s, jsonrpc_make_reply(result, borrow(id)));
}

void
rpc_reply_span(struct session *s, const char *id, size_t id_len,
               const char *result, size_t result_len)
{
    struct str text = STR_INIT;
    str_put(&text, "{\"id\":");
    str_put_n(&text, id, id_len);
    str_put(&text, ",\"error\":null,\"result\":");
    str_put_n(&text, result, result_len);
    str_put_char(&text, '}');
    send_text(s, &text);
}

void
rpc_reply_text(struct session *s, const json_t *id, const char *result)
{
    char *id_text = json_to_text(id, JSON_STYLE_COMPACT);
    rpc_reply_span(s, id_text, strlen(id_text), result, strlen(result));
    free(id_text);
}

void
rpc_reply_blob(struct session *s, const json_t *id, const char *before,
               struct blob *result, const char *after)
{
    struct str head = STR_INIT;
    str_put(&head, "{\"id\":");
    json_put(&head, id, JSON_STYLE_COMPACT);
    str_put(&head, ",\"error\":null,\"result\":");
    str_put(&head, before);
    session_send(s, &(struct session_msg){ .head = head.s,
                                           .head_len = head.len,
                                           .blob = result, .tail = after,
                                           .tail_len = strlen(after) });
    str_fini(&head);
}

void
rpc_error(struct session *s, const json_t *id, json_t *error)
{
    send_json(s, jsonrpc_make_error(error, borrow(id)));
}

void
rpc_fail(struct request *r, struct ovsdb_err *err)
{
    metrics_count_error(&r->session->server->metrics, ovsdb_err_tag(err));
    rpc_error(r->session, r->id, ovsdb_err_to_json(err));
    ovsdb_err_free(err);
}

void
rpc_notify(struct session *s, const char *method, json_t *params)
{
    send_json(s, jsonrpc_make_notify(method, params));
}

/* Dispatch. */

static const struct method *
find_method(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        if (!strcmp(methods[i].name, name)) {
            return &methods[i];
        }
    }
    return NULL;
}

static struct ovsdb_err *
find_db(struct request *r, const char *method)
{
    const json_t *name = json_array_get(r->params, 0);
    if (!json_is_string(name)) {
        return ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "%s request params "
                            "must begin with <db-name>", method);
    }
    r->db = server_find_db(r->session->server, json_string_value(name));
    if (!r->db) {
        return ovsdb_err_at(r->params, OVSDB_E_UNKNOWN_DB, "%s request "
                            "specifies unknown database %s", method,
                            json_string_value(name));
    }
    if (!r->db->has_schema) {
        return ovsdb_err_create("database not available", "%s request "
                                "specifies database %s which is not yet "
                                "available: its source was not reached",
                                method, json_string_value(name));
    }
    return NULL;
}

void
rpc_dispatch(struct session *s, struct jsonrpc_msg *msg)
{
    bool is_cancel = msg->type == JSONRPC_NOTIFY
                     && !strcmp(msg->method, OVSDB_RPC_CANCEL);
    if (msg->type != JSONRPC_REQUEST && !is_cancel) {
        log_dbg("%s: ignored a message that is no request",
                jsonrpc_session_name(s->rpc));
        return;
    }
    struct request r = { s, msg->params, msg->id, NULL };
    const struct method *m = find_method(msg->method);
    if (!m || (m->fn == rpc_cancel && !is_cancel)) {
        rpc_error(s, msg->id, json_string("unknown method"));
        return;
    }
    s->server->metrics.requests[m - methods]++;
    if (m->needs_db) {
        struct ovsdb_err *err = find_db(&r, m->name);
        if (err) {
            rpc_fail(&r, err);
            return;
        }
    }
    m->fn(&r);
}

/* Databases. */

void
rpc_list_dbs(struct request *r)
{
    struct server *server = r->session->server;
    struct served_db **dbs = server_sorted_dbs(server);
    json_t *names = json_array();
    for (size_t i = 0; i < server_n_dbs(server); i++) {
        json_array_append_new(names, json_string(db_name(dbs[i]->db)));
    }
    free(dbs);
    rpc_reply(r->session, r->id, names);
}

void
rpc_get_schema(struct request *r)
{
    rpc_reply(r->session, r->id, ovsdb_schema_to_json(r->db->db->schema));
}

void
rpc_get_server_id(struct request *r)
{
    char text[UUID_TEXT_LEN + 1];
    snprintf(text, sizeof text, UUID_FMT, UUID_ARGS(&r->session->server->id));
    rpc_reply(r->session, r->id, json_string(text));
}

void
rpc_set_db_change_aware(struct request *r)
{
    const json_t *on = json_array_get(r->params, 0);
    if (json_array_size(r->params) != 1 || !json_is_boolean(on)) {
        rpc_fail(r, ovsdb_err_at(r->params, OVSDB_E_SYNTAX,
                                 "set_db_change_aware: true or false "
                                 "parameter expected"));
        return;
    }
    r->session->change_aware = json_is_true(on);
    rpc_reply(r->session, r->id, json_object());
}

const char *
rpc_read_only_reason(const struct session *s, const struct served_db *db)
{
    if (db == s->server->self) {
        return "the database _Server is written by the server itself";
    }
    if (s->server->sync.is_backup) {
        return "it is the backup of another";
    }
    if (s->remote && remote_is_read_only(s->remote)) {
        return "this connection is read-only";
    }
    return NULL;
}

void
rpc_convert(struct request *r)
{
    const char *reason = rpc_read_only_reason(r->session, r->db);
    struct ovsdb_schema *schema = NULL;
    struct ovsdb_err *err;
    if (json_array_size(r->params) != 2) {
        err = ovsdb_err_at(r->params, OVSDB_E_SYNTAX,
                           "convert params must be <db-name>, "
                           "<database-schema>");
    } else if (reason || r->db->relay) {
        err = ovsdb_err_create(OVSDB_E_NOT_ALLOWED, "convert: %s",
                               reason ? reason : "this is a relay; convert "
                                                 "its source");
    } else {
        err = ovsdb_schema_from_json(json_array_get(r->params, 1), &schema);
        err = err ? err : server_convert_db(r->session->server, r->db, schema);
    }
    if (err) {
        rpc_fail(r, err);
    } else {
        rpc_reply(r->session, r->id, json_object());
    }
}

/* Locks. */

static struct lock_waiter *
find_waiter(const struct session *s, const char *name)
{
    LIST_FOR_EACH (struct lock_waiter, w, owner_node, &s->locks) {
        if (!strcmp(lock_name(w), name)) {
            return w;
        }
    }
    return NULL;
}

/* The <id> of a lock request; NULL after having answered with an error. */
static const char *
get_lock_name(struct request *r, const char *method)
{
    const struct remote *remote = r->session->remote;
    if (r->session->server->sync.is_backup
        || (remote && remote_is_read_only(remote))) {
        rpc_error(r->session, r->id,
                  json_string("lock and unlock methods not allowed, DB server "
                              "is read only."));
        return NULL;
    }
    const char *name = json_string_value(json_array_get(r->params, 0));
    if (json_array_size(r->params) != 1 || !name || !ovsdb_is_id(name)) {
        rpc_fail(r, ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "%s request "
                                 "params must be <id>", method));
        return NULL;
    }
    return name;
}

static void
on_lock_event(void *s_, const char *name, bool stolen)
{
    rpc_notify(s_, stolen ? OVSDB_RPC_STOLEN : OVSDB_RPC_LOCKED,
               json_pack("[s]", name));
}

static void
lock_or_steal(struct request *r, const char *method, bool steal)
{
    struct session *s = r->session;
    const char *name = get_lock_name(r, method);
    if (!name) {
        return;
    }
    if (find_waiter(s, name)) {
        rpc_fail(r, ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "must issue "
                                 "\"unlock\" before new \"%s\"", method));
        return;
    }
    if (s->n_locks >= SESSION_LOCKS_MAX) {
        counter_inc(db_lock_refused);
        rpc_fail(r, ovsdb_err_create(OVSDB_E_RESOURCES, "%s \"%s\": this "
                                     "client has %d locks already", method,
                                     name, SESSION_LOCKS_MAX));
        return;
    }
    s->n_locks++;
    struct lock_waiter *w
        = lock_join(&s->server->locks, name, steal, on_lock_event, s);
    list_push_back(&s->locks, &w->owner_node);
    rpc_reply(s, r->id, json_pack("{sb}", "locked", lock_is_owned_by(w)));
}

void
rpc_lock(struct request *r)
{
    lock_or_steal(r, OVSDB_RPC_LOCK, false);
}

void
rpc_steal(struct request *r)
{
    lock_or_steal(r, OVSDB_RPC_STEAL, true);
}

void
rpc_unlock(struct request *r)
{
    struct session *s = r->session;
    const char *name = get_lock_name(r, OVSDB_RPC_UNLOCK);
    if (!name) {
        return;
    }
    struct lock_waiter *w = find_waiter(s, name);
    if (!w) {
        rpc_fail(r, ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "unlock: "
                                 "\"unlock\" without \"lock\" or \"steal\""));
        return;
    }
    s->n_locks--;
    lock_leave(&s->server->locks, w);
    rpc_reply(s, r->id, json_object());
}

/* The end, and changes of databases. */

void
session_clear(struct session *s)
{
    session_cancel_triggers(s, NULL, false);
    session_cancel_monitors(s, NULL, false);
    session_cancel_history(s);
    LIST_FOR_EACH (struct served_db, sdb, node, &s->server->dbs) {
        if (sdb->relay) {
            replica_forget_session(sdb->relay, s);
        }
    }
    while (!list_is_empty(&s->locks)) {
        lock_leave(&s->server->locks,
                   LIST_ENTRY(list_front(&s->locks), struct lock_waiter,
                              owner_node));
    }
    s->n_locks = 0;
}

void
session_db_changed(struct session *s, struct served_db *db)
{
    session_cancel_triggers(s, db, s->change_aware);
    session_cancel_monitors(s, db, s->change_aware);
    session_dbs_changed(s);
}

void
session_dbs_changed(struct session *s)
{
    if (!s->change_aware) {
        session_linger(s);
    }
}
