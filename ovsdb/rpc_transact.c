/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions and their cancellation. */
#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/io/json_scan.h"
#include "lib/ovsdb/rpc.h"
#include "ovsdb/rbac.h"
#include "ovsdb/remote.h"
#include "ovsdb/replica.h"
#include "ovsdb/session_priv.h"

/* A transaction of a client that waits. */
struct session_trigger {
    struct list node; /* In session.triggers. */
    struct session *session;
    struct served_db *db;
    struct trigger *trigger;
    json_t *id; /* Owned. */
};

static bool
session_owns_lock(void *s_, const char *name)
{
    const struct session *s = s_;
    LIST_FOR_EACH (struct lock_waiter, w, owner_node, &s->locks) {
        if (!strcmp(lock_name(w), name)) {
            return lock_is_owned_by(w);
        }
    }
    return false;
}

static void
count_error(void *s_, const char *kind)
{
    struct session *s = s_;
    metrics_count_error(&s->server->metrics, kind);
}

static void
session_trigger_free(struct session_trigger *st)
{
    st->session->n_triggers--;
    list_remove(&st->node);
    json_decref(st->id);
    free(st);
}

static void
on_trigger_done(void *st_, struct trigger *t UNUSED, const struct str *result)
{
    struct session_trigger *st = st_;
    char *id = json_to_text(st->id, JSON_STYLE_COMPACT);
    rpc_reply_span(st->session, id, strlen(id), result->s, result->len);
    free(id);
    session_trigger_free(st);
}

/* 'id' is text that the caller has checked. */
static void
session_trigger_create(struct session *s, struct served_db *db,
                       struct trigger *t, const char *id, size_t id_len)
{
    char *error;
    struct session_trigger *st = xzalloc(sizeof *st);
    st->session = s;
    st->db = db;
    st->trigger = t;
    st->id = json_parse(id, id_len, &error);
    ASSERT(st->id);
    t->aux = st;
    list_push_back(&s->triggers, &st->node);
    s->n_triggers++;
}

static bool
may_wait(const struct session *s, const struct served_db *db)
{
    return s->n_triggers < SESSION_WAITS_MAX
           && db->triggers.n < SERVER_WAITS_MAX;
}

static struct ovsdb_err *
too_many_wait(const struct session *s, const struct served_db *db)
{
    if (may_wait(s, db)) {
        return NULL;
    }
    counter_inc(db_wait_refused);
    return ovsdb_err_create(OVSDB_E_RESOURCES, "%zu transactions of this "
                            "client and %zu of all wait already",
                            s->n_triggers, db->triggers.n);
}

/* What the role of the client's connection allows. */
static struct ovsdb_err *
session_authorize(void *s_, const struct exec_access *access)
{
    struct session *s = s_;
    struct jsonrpc *rpc = jsonrpc_session_rpc(s->rpc);
    struct rbac_client client = {
        .role = s->remote ? remote_role(s->remote) : NULL,
        .id = rpc ? stream_peer_cn(jsonrpc_stream(rpc)) : NULL,
    };
    return rbac_check(access->table->db, &client, access);
}

/* Runs the text of a transaction's params.  'id' is text too.  False if it is
 * not JSON. */
static bool
transact(struct session *s, struct served_db *db, const char *params,
         size_t params_len, const char *id, size_t id_len)
{
    struct exec_env env = {
        .db = db->db,
        .who = session_who(s),
        .read_only = rpc_read_only_reason(s, db),
        .owns_lock = session_owns_lock,
        .failed = count_error,
        .authorize = session_authorize,
        .aux = s,
        .tree_max = s->server->guard.tree_max,
    };
    struct trigger *waiting;
    struct str result = STR_INIT;
    int64_t start_us = clock_us();
    enum exec_status status
        = trigger_run(&db->triggers, &env, params, params_len,
                      on_trigger_done, &result, &waiting);
    metrics_observe(&s->server->metrics.transaction, clock_us() - start_us);
    if (status == EXEC_WAITS) {
        session_trigger_create(s, db, waiting, id, id_len);
    } else if (status == EXEC_DONE) {
        rpc_reply_span(s, id, id_len, result.s, result.len);
    }
    str_fini(&result);
    return status != EXEC_NOT_JSON;
}

/* The source knows us, not our client: what the client's role forbids is
 * found out here, by a run that is undone.  Only what would succeed whole
 * goes on, since what stands behind an error or a wait is not looked at. */
struct trial {
    struct session *session;
    bool failed;
};

static struct ovsdb_err *
trial_authorize(void *trial_, const struct exec_access *access)
{
    const struct trial *trial = trial_;
    return session_authorize(trial->session, access);
}

static void
trial_failed(void *trial_, const char *kind UNUSED)
{
    struct trial *trial = trial_;
    trial->failed = true;
}

/* True if it was answered. */
static bool
role_forbids(struct request *r, const char *params, size_t len)
{
    struct trial trial = { r->session, false };
    struct exec_env env = {
        .db = r->db->db,
        .dry_run = true,
        .cannot_wait = true,
        .failed = trial_failed,
        .authorize = trial_authorize,
        .aux = &trial,
    };
    struct str result = STR_INIT;
    struct exec_wait wait;
    enum exec_status status = exec_text(&env, params, len, &result, &wait);
    bool forbids = trial.failed || status != EXEC_DONE;
    if (forbids && status == EXEC_DONE) {
        rpc_reply_text(r->session, r->id, str_cstr(&result));
    } else if (forbids) {
        rpc_fail(r, ovsdb_err_create(OVSDB_E_PERMISSION, "the role of this "
                                     "connection does not allow to wait "
                                     "through a relay"));
    }
    str_fini(&result);
    return forbids;
}

/* Sends what writes to a relay's source.  False if it is to be run here. */
static bool
forward(struct request *r)
{
    struct session *s = r->session;
    if (!r->db->relay || rpc_read_only_reason(s, r->db)
        || !exec_writes(r->params)) {
        return false;
    }
    if (s->remote && remote_role(s->remote)) {
        char *params = json_to_text(r->params, JSON_STYLE_COMPACT);
        bool forbids = role_forbids(r, params, strlen(params));
        free(params);
        if (forbids) {
            return true;
        }
    }
    struct ovsdb_err *err
        = replica_forward(r->db->relay, s, r->params, r->id);
    if (err) {
        rpc_fail(r, err);
    }
    return true;
}

void
rpc_transact(struct request *r)
{
    struct ovsdb_err *err = too_many_wait(r->session, r->db);
    if (err) {
        rpc_fail(r, err);
        return;
    }
    if (forward(r)) {
        return;
    }
    char *params = json_to_text(r->params, JSON_STYLE_COMPACT);
    char *id = json_to_text(r->id, JSON_STYLE_COMPACT);
    bool done = transact(r->session, r->db, params, strlen(params), id,
                         strlen(id));
    ASSERT(done);
    free(params);
    free(id);
}

static bool
is_json(const char *text, size_t len)
{
    struct json_scan scan = json_scan_make(text, len);
    int64_t x;
    char *error = NULL;
    if (json_scan_integer(&scan, &x) && json_scan_at_end(&scan)) {
        return true;
    }
    json_t *json = json_parse(text, len, &error);
    free(error);
    json_decref(json);
    return json != NULL;
}

/* The database that params begin with; NULL if there is any doubt. */
static struct served_db *
raw_db(struct session *s, const struct jsonrpc_raw *m)
{
    struct json_scan scan = json_scan_make(m->params, m->params_len);
    const char *name;
    size_t len;
    if (!json_scan_char(&scan, '[') || !json_scan_plain(&scan, &name, &len)) {
        return NULL;
    }
    LIST_FOR_EACH (struct served_db, db, node, &s->server->dbs) {
        const char *known = db_name(db->db);
        if (strlen(known) == len && !memcmp(known, name, len)) {
            return db;
        }
    }
    return NULL;
}

bool
rpc_dispatch_raw(struct session *s, const struct jsonrpc_raw *m)
{
    static const char name[] = OVSDB_RPC_TRANSACT;
    if (m->method_len != sizeof name - 1
        || memcmp(m->method, name, sizeof name - 1)
        || !is_json(m->id, m->id_len)) {
        return false;
    }
    struct served_db *db = raw_db(s, m);
    if (db && db->relay) {
        return false; /* It may have to be forwarded. */
    }
    bool done = db && may_wait(s, db)
                && transact(s, db, m->params, m->params_len, m->id,
                            m->id_len);
    s->server->metrics.requests[RPC_METHOD_transact] += done;
    return done;
}

static void
cancel_trigger(struct session_trigger *st, bool tell)
{
    if (tell) {
        rpc_error(st->session, st->id, json_string(OVSDB_E_CANCELED));
    }
    trigger_cancel(st->trigger);
    session_trigger_free(st);
}

void
session_cancel_triggers(struct session *s, struct served_db *db, bool tell)
{
    LIST_FOR_EACH_SAFE (struct session_trigger, st, node, &s->triggers) {
        if (!db || st->db == db) {
            cancel_trigger(st, tell);
        }
    }
}

/* A notification: the answer is that of the canceled request, if it still
 * waits [RFC 7047 4.1.4]. */
void
rpc_cancel(struct request *r)
{
    const json_t *id = json_array_get(r->params, 0);
    LIST_FOR_EACH (struct session_trigger, st, node, &r->session->triggers) {
        if (id && json_equal(st->id, id)) {
            cancel_trigger(st, true);
            return;
        }
    }
    LIST_FOR_EACH (struct served_db, db, node, &r->session->server->dbs) {
        if (id && db->relay && replica_cancel(db->relay, r->session, id)) {
            rpc_error(r->session, id, json_string(OVSDB_E_CANCELED));
            return;
        }
    }
}
