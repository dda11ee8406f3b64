/* SPDX-License-Identifier: Apache-2.0 */
/* What a program asks the server beside its monitor: another choice of rows
 * [ovsdb-server(7) 4.1.13], and reads of what is not monitored
 * [RFC 7047 5.2.2]. */
#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/ovsdb/idl_priv.h"
#include "lib/ovsdb/rpc.h"

/* Sends the conditions of table 't' in place of those the server has. */
static void
send_where(struct idl *idl, const struct idl_table *t)
{
    if (idl->method == IDL_M_PLAIN || !t->monitored || !t->on_server) {
        return; /* A server that knows no conditions sends all rows. */
    }
    json_t *request = json_object();
    json_object_set(request, "where", t->where);
    json_t *requests = json_array();
    json_array_append_new(requests, request);
    json_t *tables = json_object();
    json_object_set_new(tables, t->class->name, requests);
    json_t *params = json_array();
    json_array_append_new(params, idl_monitor_id(idl));
    json_array_append_new(params, idl_monitor_id(idl));
    json_array_append_new(params, tables);
    if (!jsonrpc_session_request(idl->session, OVSDB_RPC_MONITOR_COND_CHANGE,
                                 params, &idl->where_request)) {
        idl->n_where_requests++;
    }
}

void
idl_set_where(struct idl *idl, size_t table, json_t *where)
{
    struct idl_table *t = &idl->tables[table];
    json_decref(t->where);
    t->where = where;
    if (idl->state == IDL_S_UP) {
        send_where(idl, t);
    } else {
        /* The monitor's next request will have it, and must not ask for what
         * changed since only. */
        memset(&idl->last_txn, 0, sizeof idl->last_txn);
        t->where_is_late = idl->state == IDL_S_MONITOR;
    }
}

void
idl_query_now_up(struct idl *idl)
{
    for (size_t i = 0; i < idl->class->n_tables; i++) {
        if (idl->tables[i].where_is_late) {
            idl->tables[i].where_is_late = false;
            send_where(idl, &idl->tables[i]);
        }
    }
}

int
idl_wait_where(struct idl *idl, int64_t deadline_ms)
{
    while (idl->state != IDL_S_UP || idl->n_where_requests) {
        int err = idl_run_until(idl, deadline_ms);
        if (err) {
            return err;
        }
    }
    return 0;
}

int
idl_query(struct idl *idl, json_t *ops, int64_t deadline_ms, json_t **results)
{
    ASSERT(!idl->is_querying);
    *results = NULL;
    json_array_insert_new(ops, 0, json_string(idl->class->database));
    if (jsonrpc_session_request(idl->session, OVSDB_RPC_TRANSACT, ops,
                                &idl->query)) {
        return -ENOTCONN;
    }
    idl->is_querying = true;
    int err = 0;
    while (idl->is_querying && !err) {
        err = idl_run_until(idl, deadline_ms);
    }
    idl->is_querying = false;
    *results = idl->query_results;
    idl->query_results = NULL;
    return err ? err : *results ? 0 : -ENOTCONN;
}

bool
idl_query_handle_reply(struct idl *idl, const struct jsonrpc_msg *msg,
                       uint64_t id)
{
    if (idl->is_querying && id == idl->query) {
        idl->is_querying = false;
        idl->query_results = msg->type == JSONRPC_REPLY
                                 ? json_incref(msg->result)
                                 : NULL;
        return true;
    }
    /* Requests are answered in order: the last one's reply ends them all. */
    if (idl->n_where_requests && id == idl->where_request) {
        idl->n_where_requests = 0;
        return true;
    }
    return false;
}

void
idl_query_lost_connection(struct idl *idl)
{
    idl->is_querying = false;
    if (idl->n_where_requests) {
        /* Rows that match only the new conditions may not have come, and are
         * not among what changed since: ask for all. */
        idl->n_where_requests = 0;
        memset(&idl->last_txn, 0, sizeof idl->last_txn);
    }
}
