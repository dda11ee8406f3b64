/* SPDX-License-Identifier: Apache-2.0 */
/* Where clients come from: --remote options and rows of the database
 * [ovsdb-server(1)].
 *
 * A spec is what the operator said: a connection method, or
 * "db:DB,TABLE,COLUMN", which stands for the methods that the column holds
 * (strings), or that the rows it refers to hold in their column "target",
 * with "inactivity_probe", "max_backoff", "read_only" beside it.  The specs
 * together give the remotes that there should be; remotes_reconfigure() opens
 * and closes what differs.  Listening that fails is tried again.
 *
 * Into those rows goes their state, every few seconds and only where it
 * changed: "is_connected", and "status" as ovs-vswitchd.conf.db(5) tells.
 *
 * Threads: main. */
#ifndef WEIR_OVSDB_SERVER_REMOTE_H
#define WEIR_OVSDB_SERVER_REMOTE_H 1

#include "ovsdb/server.h"

struct listener;
struct session;

struct remote_spec {
    struct list node; /* In server.specs. */
    char *text;
};

struct remote {
    struct list node;          /* In server.remotes. */
    struct server *server;
    char *name;                /* Connection method. */
    struct listener *listener; /* Passive, while it listens. */
    struct session *active;    /* Active. */
    struct loop_timer retry;   /* Listens again. */
    bool warned;               /* A failure to listen was logged. */
    bool in_db;                /* A row of a database shows its status. */
    bool wanted;               /* Seen by the present reconfiguration. */
    bool read_only;            /* Clients may not write. */
    char *role;                /* What its clients may do (rbac.h); or
                                * NULL: all. */
    int64_t probe_ms;          /* Inactivity probe; -1: default. */
    int64_t max_backoff_ms;    /* -1: default. */
    int64_t dscp;              /* Of its packets, 0..63; -1: default. */
    size_t n_sessions;         /* That came in and live. */
    int64_t connected_ms, disconnected_ms; /* Last of each; 0: never. */
};

void remotes_init(struct server *);
void remotes_fini(struct server *);

/* NULL or a heap text; the database a db: spec names must be served. */
char *remotes_add_spec(struct server *, const char *text) MUST_CHECK;
bool remotes_remove_spec(struct server *, const char *text);

/* Opens and closes what the specs and the database ask for. */
void remotes_reconfigure(struct server *);
/* The same before the loop sleeps. */
void remotes_reconfigure_soon(struct server *);
/* For served_db.observer ('aux' is the served_db). */
void remotes_committed(void *aux, const struct txn *);

bool remote_is_read_only(const struct remote *);
/* NULL if its clients have none. */
const char *remote_role(const struct remote *);
/* A client of it came or went: its status is written before long. */
void remote_status_changed(struct remote *);
/* 's' is being destroyed. */
void remote_session_gone(struct remote *, struct session *s);

#endif
