/* SPDX-License-Identifier: Apache-2.0 */
/* Monitors: clients that keep a copy of some tables [RFC 7047 4.1.5, 4.1.6;
 * ovsdb-server(7) 4.1.12 to 4.1.16].
 *
 * Monitors that ask for the same (tables, columns, selections, conditions)
 * form a group, and what a transaction means to them is written as text once
 * for the whole group.  A thousand hypervisors with equal conditions cost one
 * serialisation and a thousand copies.
 *
 * "monitor" tells old and new values (version 1); monitor_cond and
 * monitor_cond_since tell differences (version 2), and may carry conditions,
 * which can be changed while the monitor lives: then it moves to another
 * group.  Transaction ids are not kept: monitor_cond_since answers as the
 * protocol allows a server without history to.
 *
 * Updates are told inside the commit, so a client's own updates are sent
 * before the reply to its transaction.  Main thread. */
#ifndef WEIR_OVSDB_SERVER_MONITOR_H
#define WEIR_OVSDB_SERVER_MONITOR_H 1

#include "lib/io/json.h"
#include "ovsdb/db.h"

enum monitor_method { MONITOR_PLAIN, MONITOR_COND, MONITOR_COND_SINCE };

struct monitor_group;

/* All monitors of one database. */
struct monitors {
    struct db *db;               /* Borrowed. */
    struct hmap groups;          /* struct monitor_group. */
    struct db_observer observer;
};

struct monitor {
    struct list node;         /* In its group. */
    struct list owner_node;   /* For the owner's list. */
    struct monitor_group *group;
    enum monitor_method method;
    json_t *id;               /* The client's name for it; owned. */
    json_t *requests;         /* As asked, conditions updated; owned. */
    /* Tells <table-updates> text after a transaction; borrowed. */
    void (*update)(void *aux, struct monitor *, const char *text, size_t len);
    void *aux;
};

void monitors_init(struct monitors *, struct db *);
/* The monitors themselves must be gone. */
void monitors_fini(struct monitors *);
size_t monitors_count(const struct monitors *);

/* Makes a monitor for 'requests' (borrowed). 'id' is borrowed too. */
struct ovsdb_err *
monitor_create(struct monitors *, enum monitor_method, json_t *id,
               json_t *requests,
               void (*update)(void *aux, struct monitor *, const char *,
                              size_t),
               void *aux, struct monitor **) MUST_CHECK;
void monitor_destroy(struct monitors *, struct monitor **);

/* Puts the <table-updates> (or 2) of the rows there are now. */
void monitor_put_initial(const struct monitor *, struct str *out);
/* Replaces conditions [ovsdb-server(7) 4.1.13]; puts the <table-updates2> that
 * follow ("{}" if none) and takes 'new_id' (borrowed) as name.  On error
 * nothing changed. */
struct ovsdb_err *monitor_change(struct monitors *, struct monitor *,
                                 json_t *new_id, const json_t *changes,
                                 struct str *out) MUST_CHECK;

#endif
