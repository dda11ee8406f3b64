/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions that wait: a wait operation's condition does not hold yet
 * [RFC 7047 5.2.6].
 *
 * Each knows the table that its failing wait looked at, and is run again, in
 * order of arrival, soon after that table changed (a bounded number in each
 * turn of the loop), or when its time is over.  Main thread. */
#ifndef WEIR_OVSDB_SERVER_TRIGGER_H
#define WEIR_OVSDB_SERVER_TRIGGER_H 1

#include "lib/base/heap.h"
#include "lib/io/loop.h"
#include "ovsdb/exec.h"

/* Waiting transactions of one database. */
struct triggers {
    struct loop *loop;           /* Borrowed. */
    struct db *db;               /* Borrowed. */
    struct list waiting;         /* struct trigger.node. */
    size_t n;                    /* In 'waiting'. */
    struct list ready;           /* struct trigger.ready_node: to run. */
    struct heap deadlines;       /* struct trigger.deadline. */
    struct loop_timer timer;     /* Earliest of them. */
    struct loop_defer defer;     /* Some are ready. */
    struct db_observer observer;
};

struct trigger {
    struct list node;       /* In triggers.waiting. */
    struct list owner_node; /* For the owner's list. */
    struct list ready_node; /* In triggers.ready; alone: is not ready. */
    struct heap_node deadline;
    struct triggers *home;
    char *params;           /* Text; owned. */
    size_t params_len;
    int64_t start_ms;       /* clock_ms() when the request came. */
    struct exec_wait wait;
    struct exec_env env;    /* 'elapsed_ms' is filled in for each run. */
    /* Done: 'result' is borrowed text.  The trigger is gone after the call. */
    void (*done)(void *aux, struct trigger *, const struct str *result);
    void *aux;
};

void triggers_init(struct triggers *, struct loop *, struct db *);
/* All must have been canceled. */
void triggers_fini(struct triggers *);

/* Runs the text 'params'; if it must wait, '*waiting' is a new trigger (whose
 * aux the caller sets) and 'done' comes later; else it is NULL. */
enum exec_status
trigger_run(struct triggers *, const struct exec_env *, const char *params,
            size_t len,
            void (*done)(void *aux, struct trigger *, const struct str *),
            struct str *result, struct trigger **waiting);
/* Forgets it; 'done' is not called. */
void trigger_cancel(struct trigger *);

#endif
