/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of monitors [RFC 7047 4.1.5, 4.1.7; ovsdb-server(7) 4.1.12 to
 * 4.1.16]. */
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "ovsdb/session_priv.h"

#define NO_TXN_ID "00000000-0000-0000-0000-000000000000"

/* A monitor's database goes with it in 'aux'. */
struct session_monitor {
    struct session *session;
    struct served_db *db;
};

static void
on_update(void *sm_, struct monitor *m, const char *updates, size_t len)
{
    static const char *const names[] = {
        [MONITOR_PLAIN] = OVSDB_RPC_UPDATE,
        [MONITOR_COND] = OVSDB_RPC_UPDATE2,
        [MONITOR_COND_SINCE] = OVSDB_RPC_UPDATE3,
    };
    struct session_monitor *sm = sm_;
    struct str text = STR_INIT;
    str_putf(&text, "{\"id\":null,\"method\":\"%s\",\"params\":[",
             names[m->method]);
    json_put(&text, m->id, JSON_STYLE_COMPACT);
    str_put(&text, m->method == MONITOR_COND_SINCE ? ",\"" NO_TXN_ID "\","
                                                   : ",");
    str_put_n(&text, updates, len);
    str_put(&text, "]}");
    session_send(sm->session, text.s, text.len);
    str_fini(&text);
}

static struct monitor *
find_monitor(const struct session *s, const json_t *id)
{
    LIST_FOR_EACH (struct monitor, m, owner_node, &s->monitors) {
        if (json_equal(m->id, id)) {
            return m;
        }
    }
    return NULL;
}

static struct session_monitor *
monitor_aux(const struct monitor *m)
{
    return m->aux;
}

static void
forget_monitor(struct monitor *m)
{
    struct session_monitor *sm = m->aux;
    sm->session->n_monitors--;
    monitor_destroy(&sm->db->monitors, &m);
    free(sm);
}

static void
reply_initial(struct request *r, const struct monitor *m)
{
    struct str text = STR_INIT;
    bool since = m->method == MONITOR_COND_SINCE;
    str_put(&text, since ? "[false,\"" NO_TXN_ID "\"," : "");
    monitor_put_initial(m, &text);
    str_put(&text, since ? "]" : "");
    rpc_reply_text(r->session, r->id, str_cstr(&text));
    str_fini(&text);
}

/* The id of the last transaction known must look like one. */
static struct ovsdb_err *
check_last_id(const struct request *r)
{
    const json_t *last = json_array_get(r->params, 3);
    struct uuid uuid;
    if (!json_is_string(last)
        || !uuid_from_text(&uuid, json_string_value(last))) {
        return ovsdb_err_at(last, OVSDB_E_SYNTAX,
                            "last-txn-id must be UUID format.");
    }
    return NULL;
}

static void
start_monitor(struct request *r, enum monitor_method method)
{
    bool since = method == MONITOR_COND_SINCE;
    struct session *s = r->session;
    json_t *id = json_array_get(r->params, 1);
    struct session_monitor *sm = NULL;
    struct monitor *m = NULL;
    struct ovsdb_err *err = NULL;
    if (json_array_size(r->params) != (since ? 4 : 3)) {
        err = ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "invalid parameters");
    } else if (find_monitor(s, id)) {
        err = ovsdb_err_at(id, OVSDB_E_SYNTAX, "duplicate monitor ID");
    } else if (s->n_monitors >= SESSION_MONITORS_MAX) {
        err = ovsdb_err_create(OVSDB_E_RESOURCES, "this client has %d "
                               "monitors already", SESSION_MONITORS_MAX);
    } else if (since) {
        err = check_last_id(r);
    }
    if (!err) {
        sm = xzalloc(sizeof *sm);
        sm->session = s;
        sm->db = r->db;
        err = monitor_create(&r->db->monitors, method, id,
                             json_array_get(r->params, 2), on_update, sm, &m);
    }
    if (err) {
        free(sm);
        rpc_fail(r, err);
        return;
    }
    list_push_back(&s->monitors, &m->owner_node);
    s->n_monitors++;
    reply_initial(r, m);
}

void
rpc_monitor(struct request *r)
{
    start_monitor(r, MONITOR_PLAIN);
}

void
rpc_monitor_cond(struct request *r)
{
    start_monitor(r, MONITOR_COND);
}

void
rpc_monitor_cond_since(struct request *r)
{
    start_monitor(r, MONITOR_COND_SINCE);
}

static struct ovsdb_err *
change_monitor(struct request *r, struct monitor **out, struct str *updates)
{
    if (json_array_size(r->params) != 3) {
        return ovsdb_err_at(r->params, OVSDB_E_SYNTAX, "invalid parameters");
    }
    json_t *id = json_array_get(r->params, 0);
    json_t *new_id = json_array_get(r->params, 1);
    struct monitor *m = find_monitor(r->session, id);
    if (!m) {
        return ovsdb_err_at(id, OVSDB_E_SYNTAX, "unknown monitor session");
    }
    if (!json_equal(id, new_id) && find_monitor(r->session, new_id)) {
        return ovsdb_err_at(new_id, OVSDB_E_SYNTAX, "duplicate monitor ID");
    }
    *out = m;
    return monitor_change(&monitor_aux(m)->db->monitors, m, new_id,
                          json_array_get(r->params, 2), updates);
}

void
rpc_monitor_cond_change(struct request *r)
{
    struct str updates = STR_INIT;
    struct monitor *m = NULL;
    struct ovsdb_err *err = change_monitor(r, &m, &updates);
    if (err) {
        rpc_fail(r, err);
    } else {
        if (updates.len > 2) {
            on_update(m->aux, m, updates.s, updates.len);
        }
        rpc_reply(r->session, r->id, json_object());
    }
    str_fini(&updates);
}

void
rpc_monitor_cancel(struct request *r)
{
    if (json_array_size(r->params) != 1) {
        rpc_error(r->session, r->id, json_string("invalid parameters"));
        return;
    }
    struct monitor *m
        = find_monitor(r->session, json_array_get(r->params, 0));
    if (!m) {
        rpc_error(r->session, r->id, json_string("unknown monitor"));
        return;
    }
    forget_monitor(m);
    rpc_reply(r->session, r->id, json_object());
}

void
session_cancel_monitors(struct session *s, struct served_db *db, bool tell)
{
    LIST_FOR_EACH_SAFE (struct monitor, m, owner_node, &s->monitors) {
        if (db && monitor_aux(m)->db != db) {
            continue;
        }
        if (tell) {
            rpc_notify(s, OVSDB_RPC_MONITOR_CANCELED,
                       json_pack("[O]", m->id));
        }
        forget_monitor(m);
    }
}
