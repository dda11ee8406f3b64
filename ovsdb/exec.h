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

#include "lib/base/str.h"
#include "lib/io/json.h"
#include "ovsdb/db.h"

/* What an operation is about to do to rows of one table. */
struct exec_access {
    enum { EXEC_INSERT, EXEC_DELETE, EXEC_UPDATE, EXEC_MUTATE } deed;
    const struct db_table *table;
    struct db_row *const *rows; /* As they are before it; EXEC_INSERT: the
                                 * new one. */
    size_t n_rows;
    const struct ovsdb_column *const *columns; /* To be written, by */
    size_t n_columns;                          /* update and mutate. */
};

struct exec_env {
    struct db *db;
    const char *who;       /* Asks, for the log: "unix:uid=0,pid=123"; or
                            * NULL. */
    const char *read_only; /* Why nothing may be written; or NULL. */
    bool dry_run;          /* Undo at the end, whatever happened. */
    bool cannot_wait;      /* Refuse a wait that does not hold now. */
    /* True if whoever asks owns the lock; NULL: nobody owns any. */
    bool (*owns_lock)(void *aux, const char *name);
    /* A transaction failed with that kind of error; may be NULL. */
    void (*failed)(void *aux, const char *kind);
    /* The error if whoever asks may not do that; NULL: all is allowed. */
    struct ovsdb_err *(*authorize)(void *aux, const struct exec_access *);
    void *aux;
    int64_t elapsed_ms;    /* Since the request came: for wait. */
    size_t tree_max;       /* Memory that one operation may take, parsed;
                            * bytes; 0: any. */
};

/* When to try again. */
struct exec_wait {
    const struct db_table *table; /* After a change of this table, */
    int64_t timeout_ms;           /* or this long after the request came;
                                   * INT64_MAX: never. */
};

enum exec_status {
    EXEC_DONE,    /* '*result' has the array of results. */
    EXEC_WAITS,   /* Nothing was done, '*wait' says when to try again. */
    EXEC_NOT_JSON /* Nothing was done: 'params' is not JSON. */
};

/* Runs the text of [db-name, operation...]; the name is not looked at.
 * Operations are parsed one at a time, so that a transaction of many takes
 * the memory of one.  Appends to '*result'. */
enum exec_status exec_text(const struct exec_env *, const char *params,
                           size_t len, struct str *result, struct exec_wait *);
/* True if one of the operations in 'params' would write. */
bool exec_writes(const json_t *params);
/* The same for tools, from and to JSON: NULL if it must wait. */
json_t *exec_transaction(const struct exec_env *, const json_t *params,
                         struct exec_wait *);

#endif
