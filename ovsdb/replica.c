/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/replica.h"

#include <errno.h>

#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/jsonrpc.h"
#include "lib/ovsdb/rpc.h"
#include "ovsdb/remote.h"
#include "ovsdb/replica_priv.h"
#include "ovsdb/session_priv.h"

LOG_MODULE(ovsdb_replica);

#define RETRY_MS 2000

/* A transaction that the source has and has not answered, or is to get when
 * it is there again. */
struct forwarded {
    struct list node;        /* In replica.forwarded; those that wait last. */
    struct session *session;
    json_t *params;          /* Owned, while it waits; then NULL. */
    size_t n_bytes;          /* Of its text, while it waits. */
    uint64_t number;         /* Of our request, once the source has it. */
    json_t *id;              /* The client's; owned. */
};

enum replica_state {
    REPLICA_AWAY,   /* No connection. */
    REPLICA_ID,     /* Asked for the server's id, */
    REPLICA_SCHEMA, /* for the schema, */
    REPLICA_FIRST,  /* for the first copy. */
    REPLICA_LIVE,
    REPLICA_FAILED  /* Waits for another try. */
};

struct replica {
    struct served_db *sdb;
    char *remote, *exclude;
    bool is_relay;
    struct jsonrpc_session *rpc;
    enum replica_state state;
    uint64_t asked;          /* Number of the request under way. */
    bool plain;              /* The source knows no monitor_cond_since. */
    bool asked_since;        /* The first copy was asked for by that. */
    struct uuid last_id;     /* Of the source's last transaction that we
                              * have; zero: have no such state. */
    char *error;             /* Heap; or NULL. */
    struct loop_timer retry;
    struct list forwarded;   /* struct forwarded.node. */
    size_t n_forwarded;
    size_t waiting_bytes;    /* Sum of their n_bytes. */
};

static const char *
name_of(const struct replica *r)
{
    return db_name(r->sdb->db);
}

static void send_waiting(struct replica *);

static void
set_state(struct replica *r, enum replica_state state)
{
    bool was_live = r->state == REPLICA_LIVE;
    r->state = state;
    if (state == REPLICA_LIVE) {
        free(r->error);
        r->error = NULL;
    }
    if (r->is_relay && was_live != (state == REPLICA_LIVE)) {
        self_update(r->sdb->server, r->sdb);
    }
}

/* Takes 'error'. */
static void
fail(struct replica *r, char *error)
{
    log_warn_rl("%s: copying from %s: %s", name_of(r), r->remote, error);
    free(r->error);
    r->error = error;
    set_state(r, REPLICA_FAILED);
    loop_timer_set_in(&r->retry, RETRY_MS);
}

static void
fail_err(struct replica *r, struct ovsdb_err *err)
{
    fail(r, ovsdb_err_to_text(err));
    ovsdb_err_free(err);
}

static void
on_retry(void *r_)
{
    struct replica *r = r_;
    set_state(r, REPLICA_AWAY);
    jsonrpc_session_force_reconnect(r->rpc);
}

/* Asking. */

static void
ask(struct replica *r, enum replica_state state, const char *method,
    json_t *params)
{
    set_state(r, state);
    int err = jsonrpc_session_request(r->rpc, method, params, &r->asked);
    if (err && err != -ENOTCONN) {
        fail(r, xasprintf("cannot ask: %s", log_strerror(err)));
    }
}

static void
ask_schema(struct replica *r)
{
    ask(r, REPLICA_SCHEMA, OVSDB_RPC_GET_SCHEMA,
        json_pack("[s]", name_of(r)));
}

static bool
is_excluded(const struct replica *r, const char *table)
{
    char *item = xasprintf("%s:%s", name_of(r), table);
    size_t len = strlen(item);
    bool found = false;
    for (const char *p = r->exclude; p && *p && !found;) {
        size_t n = strcspn(p, ",");
        found = n == len && !strncmp(p, item, n);
        p += n + (p[n] == ',');
    }
    free(item);
    return found;
}

/* By the id of the last transaction we have, so that a source that remembers
 * it sends only what came since.  Not where tables are left out: then what we
 * have differs from what the source thinks of (mentions of rows that are not
 * there are gone), and differences would not fit. */
static void
ask_rows(struct replica *r)
{
    const struct ovsdb_schema *schema = r->sdb->db->schema;
    json_t *tables = json_object();
    for (size_t i = 0; i < schema->n_tables; i++) {
        const char *table = schema->tables[i]->name;
        if (!is_excluded(r, table)) {
            json_object_set_new(tables, table, json_pack("[{}]"));
        }
    }
    r->asked_since = !r->plain && !r->exclude;
    if (r->asked_since) {
        char id[UUID_TEXT_LEN + 1];
        snprintf(id, sizeof id, UUID_FMT, UUID_ARGS(&r->last_id));
        ask(r, REPLICA_FIRST, OVSDB_RPC_MONITOR_COND_SINCE,
            json_pack("[ssos]", name_of(r), "copy", tables, id));
    } else {
        ask(r, REPLICA_FIRST, OVSDB_RPC_MONITOR,
            json_pack("[sso]", name_of(r), "copy", tables));
    }
}

/* Answers. */

static void
take_id(struct replica *r, const json_t *result)
{
    char own[UUID_TEXT_LEN + 1];
    const char *id = json_string_value(result);
    snprintf(own, sizeof own, UUID_FMT,
             UUID_ARGS(&r->sdb->server->id));
    if (id && !strcmp(id, own)) {
        fail(r, xstrdup("this is the server itself"));
    } else {
        ask_schema(r);
    }
}

static bool
same_schema(const struct ovsdb_schema *a, const struct ovsdb_schema *b)
{
    json_t *x = ovsdb_schema_to_json(a), *y = ovsdb_schema_to_json(b);
    /* They may differ in what is no more than a remark. */
    json_object_del(x, "cksum");
    json_object_del(y, "cksum");
    json_object_del(x, "version");
    json_object_del(y, "version");
    bool same = json_equal(x, y);
    json_decref(x);
    json_decref(y);
    return same;
}

static void
take_schema(struct replica *r, const json_t *result)
{
    struct ovsdb_schema *schema = NULL;
    struct ovsdb_err *err = ovsdb_schema_from_json(result, &schema);
    if (err) {
        fail_err(r, err);
        return;
    }
    bool same = r->sdb->has_schema
                && same_schema(schema, r->sdb->db->schema);
    if (strcmp(schema->name, name_of(r))) {
        fail(r, xasprintf("its schema is called %s", schema->name));
    } else if (same) {
        ask_rows(r);
    } else if (r->is_relay) {
        r->last_id = (struct uuid){ 0 };
        server_replace_db(r->sdb->server, r->sdb, db_create(schema));
        ask_rows(r);
        return;
    } else {
        fail(r, xstrdup("its schema is not the one of our file; convert one "
                        "of them"));
    }
    ovsdb_schema_destroy(&schema);
}

/* 'is_whole': what 'updates' does not name is to go. */
static struct ovsdb_err *
put_rows(struct replica *r, const json_t *updates, bool is_whole)
{
    struct db *db = r->sdb->db;
    struct txn *txn = txn_begin(db);
    struct ovsdb_err *err = replica_put_updates(txn, updates);
    for (size_t i = 0; is_whole && !err && i < db->schema->n_tables; i++) {
        const char *table = db->schema->tables[i]->name;
        if (!is_excluded(r, table)) {
            replica_delete_others(txn, &db->tables[i],
                                  json_object_get(updates, table));
        }
    }
    if (err) {
        txn_abort(&txn);
        return err;
    }
    return txn_commit(&txn);
}

/* True if it was done; then 'id' (JSON, or NULL: not told) is the
 * transaction that we are at. */
static bool
take_rows(struct replica *r, const json_t *updates, bool is_whole,
          const json_t *id)
{
    struct ovsdb_err *err = put_rows(r, updates, is_whole);
    const char *text = json_string_value(id);
    if (err || !text || !uuid_from_text(&r->last_id, text)) {
        r->last_id = (struct uuid){ 0 };
    }
    if (err) {
        fail_err(r, err);
    }
    return !err;
}

static void
take_first(struct replica *r, const json_t *result)
{
    bool found = false;
    bool done;
    if (r->asked_since) { /* [found, last id, updates] */
        found = json_is_true(json_array_get(result, 0));
        done = take_rows(r, json_array_get(result, 2), !found,
                         json_array_get(result, 1));
    } else {
        done = take_rows(r, result, true, NULL);
    }
    if (done) {
        log_info("%s: %s from %s", name_of(r),
                 found ? "what was missed was copied" : "copied", r->remote);
        set_state(r, REPLICA_LIVE);
        send_waiting(r);
    }
}

static void
take_answer(struct replica *r, const struct jsonrpc_msg *msg)
{
    if (msg->type == JSONRPC_ERROR && r->state == REPLICA_FIRST
        && r->asked_since) {
        r->plain = true;
        ask_rows(r);
        return;
    }
    if (msg->type == JSONRPC_ERROR && r->state != REPLICA_ID) {
        char *text = json_to_text(msg->error, JSON_STYLE_COMPACT);
        fail(r, xasprintf("refused: %s", text));
        free(text);
        return;
    }
    switch (r->state) {
    case REPLICA_ID: /* An error: the server has no ids. */
        take_id(r, msg->type == JSONRPC_REPLY ? msg->result : NULL);
        break;
    case REPLICA_SCHEMA:
        take_schema(r, msg->result);
        break;
    case REPLICA_FIRST:
        take_first(r, msg->result);
        break;
    case REPLICA_AWAY:
    case REPLICA_LIVE:
    case REPLICA_FAILED:
        break;
    }
}

/* Forwarded transactions. */

static void
forwarded_free(struct replica *r, struct forwarded *f)
{
    r->n_forwarded--;
    r->waiting_bytes -= f->n_bytes;
    list_remove(&f->node);
    json_decref(f->params);
    json_decref(f->id);
    free(f);
}

static void
answer_forwarded(struct replica *r, const struct jsonrpc_msg *msg,
                 uint64_t number)
{
    LIST_FOR_EACH (struct forwarded, f, node, &r->forwarded) {
        if (!f->params && f->number == number) {
            if (msg->type == JSONRPC_REPLY) {
                rpc_reply(f->session, f->id, json_incref(msg->result));
            } else {
                rpc_error(f->session, f->id, json_incref(msg->error));
            }
            forwarded_free(r, f);
            return;
        }
    }
}

static struct ovsdb_err *
send_forwarded(struct replica *r, struct forwarded *f)
{
    int err = jsonrpc_session_request(r->rpc, OVSDB_RPC_TRANSACT, f->params,
                                      &f->number);
    f->params = NULL;
    r->waiting_bytes -= f->n_bytes;
    f->n_bytes = 0;
    return err ? ovsdb_err_create(OVSDB_E_IO, "%s: %s", r->remote,
                                  log_strerror(err))
               : NULL;
}

/* The source is there again. */
static void
send_waiting(struct replica *r)
{
    LIST_FOR_EACH_SAFE (struct forwarded, f, node, &r->forwarded) {
        struct ovsdb_err *err = f->params ? send_forwarded(r, f) : NULL;
        if (err) {
            rpc_error(f->session, f->id, ovsdb_err_to_json(err));
            ovsdb_err_free(err);
            forwarded_free(r, f);
        }
    }
}

static struct ovsdb_err *
check_room(const struct replica *r, size_t n_bytes)
{
    return r->n_forwarded >= SERVER_WAITS_MAX
                   || r->waiting_bytes + n_bytes > RELAY_WAIT_BYTES_MAX
               ? ovsdb_err_create(OVSDB_E_RESOURCES, "%zu transactions wait "
                                  "for %s already", r->n_forwarded, r->remote)
               : NULL;
}

struct ovsdb_err *
replica_forward(struct replica *r, struct session *s, json_t *params,
                json_t *id)
{
    bool waits = r->state != REPLICA_LIVE;
    if (waits && s->remote && remote_role(s->remote)) {
        return ovsdb_err_create("not connected", "database %s is a relay, "
                                "and its source %s is away", name_of(r),
                                r->remote);
    }
    size_t n_bytes = waits ? json_dumpb(params, NULL, 0, JSON_COMPACT) : 0;
    struct ovsdb_err *err = check_room(r, n_bytes);
    if (err) {
        return err;
    }
    struct forwarded *f = xzalloc(sizeof *f);
    f->session = s;
    f->params = json_incref(params);
    f->n_bytes = n_bytes;
    f->id = json_incref(id);
    r->waiting_bytes += n_bytes;
    list_push_back(&r->forwarded, &f->node);
    r->n_forwarded++;
    err = waits ? NULL : send_forwarded(r, f);
    if (err) {
        forwarded_free(r, f);
    }
    return err;
}

bool
replica_cancel(struct replica *r, const struct session *s, const json_t *id)
{
    LIST_FOR_EACH (struct forwarded, f, node, &r->forwarded) {
        if (f->params && f->session == s && json_equal(f->id, id)) {
            forwarded_free(r, f);
            return true;
        }
    }
    return false;
}

void
replica_forget_session(struct replica *r, struct session *s)
{
    LIST_FOR_EACH_SAFE (struct forwarded, f, node, &r->forwarded) {
        if (f->session == s) {
            forwarded_free(r, f);
        }
    }
}

/* Events of the connection. */

static void
on_connected(void *r_)
{
    struct replica *r = r_;
    jsonrpc_set_limits(jsonrpc_session_rpc(r->rpc), JSON_MESSAGE_MAX,
                       SESSION_OUTPUT_MAX);
    loop_timer_cancel(&r->retry);
    r->plain = false; /* It may be another source. */
    ask(r, REPLICA_ID, OVSDB_RPC_GET_SERVER_ID, json_array());
}

static void
on_message(void *r_, struct jsonrpc_msg *msg)
{
    struct replica *r = r_;
    if (msg->type == JSONRPC_REPLY || msg->type == JSONRPC_ERROR) {
        uint64_t number = (uint64_t)json_integer_value(msg->id);
        if (number == r->asked) {
            take_answer(r, msg);
        } else {
            answer_forwarded(r, msg, number);
        }
    } else if (msg->type == JSONRPC_NOTIFY && r->state == REPLICA_LIVE) {
        if (!strcmp(msg->method, OVSDB_RPC_UPDATE)) {
            take_rows(r, json_array_get(msg->params, 1), false, NULL);
        } else if (!strcmp(msg->method, OVSDB_RPC_UPDATE3)) {
            take_rows(r, json_array_get(msg->params, 2), false,
                      json_array_get(msg->params, 1));
        } else if (!strcmp(msg->method, OVSDB_RPC_MONITOR_CANCELED)) {
            fail(r, xstrdup("the source canceled the monitor"));
        }
    }
}

static void
on_disconnected(void *r_, int err UNUSED)
{
    struct replica *r = r_;
    loop_timer_cancel(&r->retry);
    LIST_FOR_EACH_SAFE (struct forwarded, f, node, &r->forwarded) {
        if (!f->params) {
            session_disconnect(f->session);
            forwarded_free(r, f);
        }
    }
    set_state(r, REPLICA_AWAY);
}

static const struct jsonrpc_session_callbacks callbacks = {
    .connected = on_connected,
    .message = on_message,
    .disconnected = on_disconnected,
};

/* Life. */

struct replica *
replica_create(struct served_db *sdb, const char *remote,
               const char *exclude, bool is_relay, char **error)
{
    struct replica *r = xzalloc(sizeof *r);
    r->sdb = sdb;
    r->remote = xstrdup(remote);
    r->exclude = xstrdup_null(exclude);
    r->is_relay = is_relay;
    list_init(&r->forwarded);
    loop_timer_init(&r->retry, sdb->server->loop, on_retry, r);
    r->rpc = jsonrpc_session_open(sdb->server->loop, remote, OVSDB_PORT,
                                  &callbacks, r, error);
    if (!r->rpc) {
        replica_destroy(&r);
    }
    return r;
}

void
replica_destroy(struct replica **rp)
{
    struct replica *r = *rp;
    *rp = NULL;
    if (!r) {
        return;
    }
    if (r->rpc) {
        jsonrpc_session_close(&r->rpc);
    }
    LIST_FOR_EACH_SAFE (struct forwarded, f, node, &r->forwarded) {
        session_disconnect(f->session);
        forwarded_free(r, f);
    }
    loop_timer_cancel(&r->retry);
    free(r->remote);
    free(r->exclude);
    free(r->error);
    free(r);
}

void
replica_set_probe(struct replica *r, int64_t ms)
{
    jsonrpc_session_set_probe(r->rpc, ms);
}

bool
replica_is_live(const struct replica *r)
{
    return r->state == REPLICA_LIVE;
}

const char *
replica_error(const struct replica *r)
{
    return r->error;
}

const char *
replica_remote(const struct replica *r)
{
    return r->remote;
}

char *
replica_check_exclude(const char *list)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ","), colon = strcspn(p, ":,");
        if (p[colon] != ':' || !colon || colon + 1 >= n) {
            return xasprintf("%.*s: DB:TABLE was expected", (int)n, p);
        }
        p += n + (p[n] == ',');
    }
    return NULL;
}
