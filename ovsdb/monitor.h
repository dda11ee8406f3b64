/* SPDX-License-Identifier: Apache-2.0 */
/* Monitors: clients that keep a copy of some tables [RFC 7047 4.1.5, 4.1.6;
 * ovsdb-server(7) 4.1.12 to 4.1.16].
 *
 * Monitors that ask for the same (tables, columns, selections, conditions)
 * form a group, and what a transaction means to them is written as text once
 * for the whole group, into a blob that all of them are sent.  So is the first
 * copy, for those that ask for it while the database stays the same.
 *
 * "monitor" tells old and new values (version 1); monitor_cond and
 * monitor_cond_since tell differences (version 2), and may carry conditions,
 * which can be changed while the monitor lives: then it moves to another
 * group.
 *
 * History: from the first monitor_cond_since on, each transaction has an id,
 * and what rows were before the last MONITOR_HISTORY_TXNS of them is kept (in
 * at most MONITOR_HISTORY_BYTES).  A client that comes back with one of those
 * ids is told the difference between then and now, whatever its tables and
 * conditions.  Ids are made anew by each run of the server: what the disk
 * lost of ephemeral columns must not look known.
 *
 * Updates are told inside the commit, so a client's own updates are sent
 * before the reply to its transaction.  Main thread. */
#ifndef WEIR_OVSDB_SERVER_MONITOR_H
#define WEIR_OVSDB_SERVER_MONITOR_H 1

#include "lib/base/blob.h"
#include "lib/io/json.h"
#include "lib/io/loop.h"
#include "ovsdb/db.h"

enum monitor_method { MONITOR_PLAIN, MONITOR_COND, MONITOR_COND_SINCE };

struct monitor;
struct monitor_group;

/* What rows were: of the last transactions. */
struct monitor_history {
    bool on;           /* Somebody asked for ids. */
    struct uuid base;  /* Id of the state before the oldest in 'txns'. */
    struct list txns;  /* struct history_txn, oldest first. */
    size_t n, n_bytes;
};

/* All monitors of one database. */
struct monitors {
    struct db *db;               /* Borrowed. */
    struct loop *loop;           /* Borrowed. */
    struct hmap groups;          /* struct monitor_group. */
    size_t n;                    /* Monitors. */
    struct monitor_history history;
    struct loop_timer forget;    /* First copies that nobody asked for. */
    struct db_observer observer;
    /* Tells <table-updates> after a transaction; 'text' is borrowed. */
    void (*update)(struct monitor *, struct blob *text);
};

struct monitor {
    struct list node;         /* In its group. */
    struct list owner_node;   /* For the owner's list. */
    struct monitor_group *group;
    void *owner;              /* The caller's. */
    enum monitor_method method;
    char *id;                 /* The client's name for it, as JSON text with
                               * sorted members; owned. */
};

void monitors_init(struct monitors *, struct loop *, struct db *,
                   void (*update)(struct monitor *, struct blob *));
/* The monitors themselves must be gone. */
void monitors_fini(struct monitors *);
/* The database became another one: what it was before means nothing. */
void monitors_forget_history(struct monitors *);
size_t monitors_count_groups(const struct monitors *);
/* Those whose database this is. */
struct monitors *monitor_home(const struct monitor *);
/* Bytes of what it asked for. */
size_t monitor_request_len(const struct monitor *);

/* Makes a monitor for 'requests', which is kept and may not change any more;
 * 'id' is borrowed. */
struct ovsdb_err *
monitor_create(struct monitors *, enum monitor_method, const char *id,
               json_t *requests, void *owner, struct monitor **) MUST_CHECK;
void monitor_destroy(struct monitor **);

/* The <table-updates> (or 2) of the rows there are now: a reference. */
struct blob *monitor_initial(const struct monitor *);
/* The <table-updates2> of what changed since transaction 'id': a reference;
 * NULL if that is not known. */
struct blob *monitor_since(const struct monitor *, const struct uuid *id);
/* Id of the last transaction. */
const struct uuid *monitors_last_id(const struct monitors *);
/* Replaces conditions [ovsdb-server(7) 4.1.13]; puts the <table-updates2> that
 * follow ("{}" if none) and takes 'new_id' (borrowed) as name.  On error
 * nothing changed. */
struct ovsdb_err *monitor_change(struct monitor *, const char *new_id,
                                 const json_t *changes, struct str *out)
    MUST_CHECK;

#endif
