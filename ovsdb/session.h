/* SPDX-License-Identifier: Apache-2.0 */
/* One client: its connection, monitors, locks and waiting transactions.
 *
 * Methods are the rows of methods.def.  What a client is sent passes
 * session_send(), which keeps the order and holds each message at the
 * journal's barrier until all that was committed before it is on the disk.
 *
 * Bounds, each with a counter: a client whose unread output is over
 * SESSION_OUTPUT_MAX is cut, and beyond SESSION_OUTPUT_PAUSE its requests are
 * not read; if the unread output of all together is over SERVER_OUTPUT_MAX,
 * who holds most of it is cut (what is shared counts in parts).  Of more than
 * session_max() clients the one that came first and never asked anything is
 * cut for the newcomer, or else the newcomer.
 * Threads: main. */
#ifndef WEIR_OVSDB_SERVER_SESSION_H
#define WEIR_OVSDB_SERVER_SESSION_H 1

#include "lib/io/jsonrpc.h"
#include "ovsdb/server.h"

struct remote;

struct session {
    struct list node;      /* In server.sessions. */
    struct list silent_node; /* In server.silent until its first message. */
    struct list held_node; /* In server.held while 'messages' has some. */
    struct server *server;
    struct remote *remote; /* Whose it is; NULL: of nobody any more. */
    struct jsonrpc_session *rpc;
    char *who;             /* For the log; NULL until it is needed. */
    bool is_active;        /* We connect, and do so again. */
    bool doomed;           /* Goes in the turn's remainder. */
    bool change_aware;     /* set_db_change_aware. */
    bool paused;           /* Requests are not read. */
    struct list monitors;  /* struct monitor.owner_node. */
    struct list locks;     /* struct lock_waiter.owner_node. */
    struct list triggers;  /* struct session_trigger. */
    struct list messages;  /* struct held_message: wait at the barrier. */
    size_t held_bytes;
    struct loop_defer reap_defer;
    struct loop_timer linger_timer; /* Disconnects, once answers are out. */
    size_t n_triggers;     /* In 'triggers'. */
    size_t n_monitors;     /* In 'monitors'. */
    size_t n_locks;        /* In 'locks'. */
    size_t monitor_bytes;  /* What 'monitors' ask for. */
};

/* A client that came in; takes 'stream'. */
struct session *session_accept(struct server *, struct remote *,
                               struct stream *);
/* A client we connect to; NULL with '*error' a heap text. */
struct session *session_connect(struct server *, struct remote *,
                                const char *name, char **error);
void session_destroy(struct session **);
/* Drops the connection: active ones connect again. */
void session_disconnect(struct session *);
/* The same, a moment later: what is being answered gets out first. */
void session_linger(struct session *);
/* The guard of the server's connections, with its bounds. */
void session_guard_init(struct jsonrpc_guard *);
/* Clients that may be there at a time: descriptors are left for files. */
size_t session_max(void);
/* Memory of output that the client has not read. */
size_t session_burden(const struct session *);
/* Who it is, for the log of the database: "unix:uid=0,pid=123". */
const char *session_who(struct session *);

/* A message: 'blob' between two texts.  'blob' may be NULL. */
struct session_msg {
    const char *head;
    size_t head_len;
    struct blob *blob; /* Borrowed; shared, not copied. */
    const char *tail;
    size_t tail_len;
};

/* Sends a whole message. */
void session_send(struct session *, const struct session_msg *);
/* Lets go what the barrier has reached. */
void session_flush(struct session *);

/* A database changed its schema or goes: cancels what the client has on it,
 * or cuts a client that would not understand. */
void session_db_changed(struct session *, struct served_db *);
/* The set of databases changed: cuts a client that would not understand. */
void session_dbs_changed(struct session *);
/* served_db.monitors.update. */
void session_update(struct monitor *, struct blob *updates);

#endif
