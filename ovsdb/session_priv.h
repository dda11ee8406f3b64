/* SPDX-License-Identifier: Apache-2.0 */
/* Between session.c (connection and queue), rpc.c (methods) and
 * rpc_monitor.c.  Not for others. */
#ifndef WEIR_OVSDB_SERVER_SESSION_PRIV_H
#define WEIR_OVSDB_SERVER_SESSION_PRIV_H 1

#include "ovsdb/session.h"

/* A request under way. */
struct request {
    struct session *session;
    json_t *params;        /* Array; borrowed. */
    json_t *id;            /* Borrowed. */
    struct served_db *db;  /* For methods that need one. */
};

typedef void rpc_fn(struct request *);
#define METHOD(NAME, NEEDS_DB) rpc_fn rpc_##NAME;
#include "ovsdb/methods.def"
#undef METHOD

enum rpc_method {
#define METHOD(NAME, NEEDS_DB) RPC_METHOD_##NAME,
#include "ovsdb/methods.def"
#undef METHOD
    RPC_N_METHODS
};

/* Answers a request or logs an unknown notification. */
void rpc_dispatch(struct session *, struct jsonrpc_msg *);
/* The same for a request as text: true if it is done, false to get it as a
 * message.  Transactions go this way, since their text is most of what a
 * server gets and a tree of it costs more than running it. */
bool rpc_dispatch_raw(struct session *, const struct jsonrpc_raw *);
/* Each takes the result or error. */
void rpc_reply(struct session *, const json_t *id, json_t *result);
/* The result is 'result' between two texts; borrowed and shared. */
void rpc_reply_blob(struct session *, const json_t *id, const char *before,
                    struct blob *result, const char *after);
/* The same with the result as text, and the id too. */
void rpc_reply_text(struct session *, const json_t *id, const char *result);
void rpc_reply_span(struct session *, const char *id, size_t id_len,
                    const char *result, size_t result_len);
void rpc_error(struct session *, const json_t *id, json_t *error);
void rpc_fail(struct request *, struct ovsdb_err *);
/* Sends {"method": .., "params": PARAMS, "id": null}; takes 'params'. */
void rpc_notify(struct session *, const char *method, json_t *params);

/* Why this client may not write to that database; NULL if it may. */
const char *rpc_read_only_reason(const struct session *,
                                 const struct served_db *);

/* Gives up all monitors, transactions and locks, without telling. */
void session_clear(struct session *);
/* Its questions about the past. */
void session_cancel_history(struct session *);
/* The same for one database (NULL: all), telling the client. */
void session_cancel_monitors(struct session *, struct served_db *, bool tell);
void session_cancel_triggers(struct session *, struct served_db *, bool tell);

#endif
