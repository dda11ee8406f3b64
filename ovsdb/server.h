/* SPDX-License-Identifier: Apache-2.0 */
/* The server: databases, clients, remotes, locks, and what holds them
 * together.
 *
 * A request comes through a session (session.h), which finds the database
 * and answers; answers and updates wait at the barrier until what they tell
 * of is on the disk (journal.h).  The database _Server describes the others
 * (self.c); remotes (remote.h) make sessions.
 *
 * Threads: main. */
#ifndef WEIR_OVSDB_SERVER_SERVER_H
#define WEIR_OVSDB_SERVER_SERVER_H 1

#include "lib/io/jsonrpc.h"
#include "lib/base/map.h"
#include "lib/io/loop.h"
#include "ovsdb/journal.h"
#include "ovsdb/lock.h"
#include "ovsdb/metrics.h"
#include "ovsdb/monitor.h"
#include "ovsdb/trigger.h"

struct replica;
struct tls_config;

#define SELF_DB_NAME "_Server"

struct served_db {
    struct list node;        /* In server.dbs. */
    char *path;              /* As given; NULL for _Server. */
    struct db *db;           /* Owned. */
    struct journal *journal; /* Owned; NULL for _Server. */
    struct monitors monitors;
    struct triggers triggers;
    struct uuid self_row;    /* Its row in _Server. */
    bool has_schema;         /* False for a relay that saw none yet. */
    struct strset tlog;        /* Names of tables to log changes of. */
    struct replica *relay;   /* Of a relay database; else NULL. */
    struct replica *copy;    /* In a backup: from the active server. */
    struct db_observer observer; /* Looks for changes of remotes. */
    struct server *server;
    uint64_t batches_seen, sync_us_seen; /* metrics_synced() knows of. */
};

struct server {
    struct loop *loop;       /* Borrowed. */
    struct uuid id;          /* get_server_id. */
    struct list dbs;         /* struct served_db.node. */
    struct served_db *self;  /* _Server; also in 'dbs'. */
    struct list sessions;    /* struct session.node. */
    size_t n_sessions;       /* In it. */
    struct list silent;      /* struct session.silent_node: asked nothing. */
    struct jsonrpc_guard guard; /* Of their connections. */
    size_t output_bytes;     /* Unread by them: at least what it really is. */
    struct list history;     /* struct history_job.node (rpc_history.c). */
    struct list held;        /* struct session.held_node: have messages that
                              * wait at the barrier. */
    struct journal_barrier barrier;
    struct locks locks;
    struct metrics metrics;  /* What --metrics tells. */
    struct {                 /* replication.h */
        char *source;        /* The active server; or NULL. */
        char *exclude;       /* Tables to leave alone; or NULL. */
        int64_t probe_ms;    /* -1: default. */
        bool is_backup;
    } sync;
    struct config *config;   /* Borrowed: remembers the set of databases and
                              * remotes; or NULL. */
    struct list specs;       /* struct remote_spec.node: --remote options. */
    struct list remotes;     /* struct remote.node. */
    struct loop_defer remotes_defer; /* Reconfigures remotes. */
    struct loop_timer status_timer;  /* Writes their status back, */
    bool status_soon;                /* sooner than every few seconds. */
    struct tls_config *tls;  /* Borrowed: names of files, or "db:..."; or
                              * NULL. */
    char *tls_in_use;        /* The names that the present context has. */
};

void server_init(struct server *, struct loop *, struct tls_config *tls);
/* Disconnects everybody, syncs and closes the databases. */
void server_fini(struct server *);

/* Opens a file and serves it, or relays one ("relay:DB:REMOTE").  NULL or a
 * heap text of what is wrong. */
char *server_add_db(struct server *, const char *path) MUST_CHECK;
/* Serves a database in memory; takes 'db'. */
struct served_db *server_add_memory_db(struct server *, struct db *);
/* False if there is none of that name (or it is _Server). */
bool server_remove_db(struct server *, const char *name);
/* NULL if there is none. */
struct served_db *server_find_db(struct server *, const char *name);
/* The databases by name: heap array of server_n_dbs(). */
struct served_db **server_sorted_dbs(const struct server *);
size_t server_n_dbs(const struct server *);
/* Swaps in a new schema and the data as it reads there. */
struct ovsdb_err *server_convert_db(struct server *, struct served_db *,
                                    struct ovsdb_schema *take) MUST_CHECK;

/* Puts another, taken, in its place; clients are told. */
void server_replace_db(struct server *, struct served_db *, struct db *take);
/* rpc_history.c: nobody gets answers about the past any more. */
void server_cancel_history(struct server *);

/* self.c: the rows of _Server. */
struct served_db *self_create(struct server *);
void self_add(struct server *, struct served_db *);
/* Writes again whether it is connected, and its schema. */
void self_update(struct server *, struct served_db *);
void self_remove(struct server *, struct served_db *);

#endif
