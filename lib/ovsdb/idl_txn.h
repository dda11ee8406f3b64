/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions on a replica (idl.h).
 *
 * idl_txn_create() opens one; until it is committed or destroyed, writes go
 * into it and reads of the replica show them.  At most one is open at a time;
 * any number may be on the way.  idl_txn_commit() sends what changed, as few
 * operations as do it, and ends the view: reads show the server's state
 * again, which has the changes before the result is known, since the server
 * sends updates before replies [ovsdb-server(7) 4.1.5].
 *
 * A value that a decision stood on is protected with idl_txn_verify(): if it
 * changed meanwhile the result is IDL_TXN_TRY_AGAIN, and the caller decides
 * again on the newer replica.
 *
 * Threads: the loop's. */
#ifndef WEIR_OVSDB_IDL_TXN_H
#define WEIR_OVSDB_IDL_TXN_H 1

#include "lib/ovsdb/idl.h"

struct idl_txn;

enum idl_txn_status {
    IDL_TXN_OPEN,       /* Not committed yet. */
    IDL_TXN_UNCHANGED,  /* Nothing to send: success. */
    IDL_TXN_INCOMPLETE, /* On the way. */
    IDL_TXN_SUCCESS,
    IDL_TXN_TRY_AGAIN,  /* A verified column changed, or the connection was
                         * lost (then it may have been done or not). */
    IDL_TXN_NOT_LOCKED, /* The lock is not ours. */
    IDL_TXN_ABORTED,    /* idl_txn_abort() was called. */
    IDL_TXN_ERROR       /* idl_txn_error() tells. */
};

/* "open", ... for messages. */
const char *idl_txn_status_name(enum idl_txn_status);

/* No other may be open. */
struct idl_txn *idl_txn_create(struct idl *);
/* Drops it in any state; one on the way may still be done. */
void idl_txn_destroy(struct idl_txn **);
/* The open transaction, or NULL. */
struct idl_txn *idl_get_txn(const struct idl *);

/* A line for the database's log. */
void idl_txn_add_comment(struct idl_txn *, const char *fmt, ...)
    PRINTF_FORMAT(2, 3);
/* Everything is tried and nothing done: an abort is the last operation. */
void idl_txn_set_dry_run(struct idl_txn *);
/* Every row that it changes must still be there, else IDL_TXN_TRY_AGAIN:
 * without this a change of a row that another deleted is lost in silence. */
void idl_txn_set_strict(struct idl_txn *);
/* Called once from the loop when the result is known; may destroy it. */
void idl_txn_set_done(struct idl_txn *,
                      void (*done)(struct idl_txn *, enum idl_txn_status,
                                   void *aux),
                      void *aux);
/* Adds 1 to integer 'column' of 'row' when the rest of the transaction has
 * something to send, or in any case if 'force'. */
void idl_txn_increment(struct idl_txn *, const struct idl_row *,
                       size_t column, bool force);
/* After IDL_TXN_SUCCESS: the incremented value. */
int64_t idl_txn_increment_value(const struct idl_txn *);

/* Sends it.  Returns a final status, or IDL_TXN_INCOMPLETE. */
enum idl_txn_status idl_txn_commit(struct idl_txn *);
/* Runs the loop until the status is final or 'deadline_ms' of clock_real_ms()
 * passed (then still IDL_TXN_INCOMPLETE). */
enum idl_txn_status idl_txn_commit_block(struct idl_txn *,
                                         int64_t deadline_ms);
void idl_txn_abort(struct idl_txn *);
/* Makes members of all rows show the open transaction's changes. */
void idl_txn_refresh(struct idl_txn *);
enum idl_txn_status idl_txn_status(const struct idl_txn *);
/* Borrowed; "" if there is none. */
const char *idl_txn_error(const struct idl_txn *);
/* The server's <error> as it came; borrowed; NULL if there is none. */
const json_t *idl_txn_error_json(const struct idl_txn *);
/* The server's UUID for the row that idl_txn_insert() gave 'uuid' to; NULL
 * before success, or if it was no such row. */
const struct uuid *idl_txn_inserted_uuid(const struct idl_txn *,
                                         const struct uuid *uuid);

/* A new row with defaults, in the open transaction.  With 'uuid' the row has
 * that one here, and if 'keep' in the database too. */
struct idl_row *idl_txn_insert(struct idl_txn *, size_t table,
                               const struct uuid *uuid, bool keep);
void idl_txn_delete(const struct idl_row *);
/* Sets a column; takes the datum.  A write of what is there already sends
 * nothing. */
void idl_txn_write(const struct idl_row *, size_t column,
                   struct ovsdb_datum *take);
/* Commits only if the server's value is still what the replica has. */
void idl_txn_verify(const struct idl_row *, size_t column);
/* Adds elements to a set or map, or removes keys from it, by mutation: others
 * may change the same column at the same time, and the cost does not depend
 * on the column's size.  A key that is there gets the new value.  Both take
 * the datum; removal's is a set of keys, also for maps. */
void idl_txn_add(const struct idl_row *, size_t column,
                 struct ovsdb_datum *take);
void idl_txn_remove(const struct idl_row *, size_t column,
                    struct ovsdb_datum *take);

/* What the generated setters call; the names say what they take. */
void idl_set_integer(const struct idl_row *, size_t column, int64_t);
void idl_set_real(const struct idl_row *, size_t column, double);
void idl_set_boolean(const struct idl_row *, size_t column, bool);
/* NULL: empty. */
void idl_set_string(const struct idl_row *, size_t column, const char *);
void idl_set_row(const struct idl_row *, size_t column,
                 const struct idl_row *);
void idl_set_integers(const struct idl_row *, size_t column, const int64_t *,
                      size_t n);
void idl_set_reals(const struct idl_row *, size_t column, const double *,
                   size_t n);
void idl_set_booleans(const struct idl_row *, size_t column, const bool *,
                      size_t n);
void idl_set_strings(const struct idl_row *, size_t column,
                     const char *const *, size_t n);
/* 'rows' is an array of 'n' pointers to rows' structs. */
void idl_set_rows(const struct idl_row *, size_t column, const void *rows,
                  size_t n);
void idl_set_smap(const struct idl_row *, size_t column, const struct smap *);
/* Keys and values as the column's member has them. */
void idl_set_map(const struct idl_row *, size_t column, const void *keys,
                 const void *values, size_t n);
void idl_add_row(const struct idl_row *, size_t column,
                 const struct idl_row *);
void idl_remove_row(const struct idl_row *, size_t column,
                    const struct idl_row *);
void idl_add_string(const struct idl_row *, size_t column, const char *);
void idl_remove_string(const struct idl_row *, size_t column, const char *);
void idl_set_key(const struct idl_row *, size_t column, const char *key,
                 const char *value);

#endif
