/* SPDX-License-Identifier: Apache-2.0 */
/* Executing the operations of a transact request [RFC 7047 4.1.3, 5.2].
 *
 * All operations run in one go; the first error undoes everything.  A wait
 * whose condition does not hold undoes everything too and asks to be run
 * again later: nothing of a waiting transaction stays in the database.
 *
 * The result is an array with one element per operation: its result object,
 * an error object, or null after an error.  An error of the commit itself is
 * one element more.  Main thread. */
#ifndef WEIR_OVSDB_SERVER_EXEC_H
#define WEIR_OVSDB_SERVER_EXEC_H 1

#include "lib/io/json.h"
#include "ovsdb/db.h"

struct exec_env {
    struct db *db;
    const char *who;       /* Asks, for the log: "unix:uid=0,pid=123"; or
                            * NULL. */
    const char *read_only; /* Why nothing may be written; or NULL. */
    bool dry_run;          /* Undo at the end, whatever happened. */
    bool cannot_wait;      /* Refuse a wait that does not hold now. */
    /* True if whoever asks owns the lock; NULL: nobody owns any. */
    bool (*owns_lock)(void *aux, const char *name);
    void *aux;
    int64_t elapsed_ms;    /* Since the request came: for wait. */
};

/* When to try again. */
struct exec_wait {
    const struct db_table *table; /* After a change of this table, */
    int64_t timeout_ms;           /* or this long after the request came;
                                   * INT64_MAX: never. */
};

/* 'params' is [db-name, operation...]; the name is not looked at.  Returns a
 * new array; or NULL and '*wait' if it must wait. */
json_t *exec_transaction(const struct exec_env *, const json_t *params,
                         struct exec_wait *);

#endif
