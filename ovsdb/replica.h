/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of another server's database, kept up to date over a connection
 * that comes back [ovsdb(7): active-backup and relay service models].
 *
 * Two kinds use it.  A backup copies into a database that has a file, with
 * the same schema on both sides, and may leave tables out.  A relay copies
 * into memory, takes whatever schema the source has, and sends what its
 * clients want to write to the source: the source's update comes before its
 * reply, so a client of a relay sees its change before the answer too.
 *
 * Each connection asks for the server's id (nobody copies himself), the
 * schema, and a monitor from the last transaction that we have.  A source that
 * remembers it tells what came since; else its first answer replaces what is
 * there, in one transaction that changes only what differs, so that our own
 * clients' monitors go on.  While the source is away the last state is
 * served.
 *
 * Errors are logged, shown by replica_error(), and tried again by a new
 * connection.  A client whose forwarded transaction was under way when the
 * connection broke is cut, since nobody knows whether it was done.
 * Threads: main. */
#ifndef WEIR_OVSDB_SERVER_REPLICA_H
#define WEIR_OVSDB_SERVER_REPLICA_H 1

#include "ovsdb/server.h"

struct replica;
struct session;

/* Starts copying into 'sdb' from 'remote' (methods separated by commas).
 * 'exclude' (borrowed, may be NULL) lists "DB:TABLE,..." to leave alone.
 * NULL with '*error' a heap text if 'remote' is no name. */
struct replica *replica_create(struct served_db *sdb, const char *remote,
                               const char *exclude, bool is_relay,
                               char **error) MUST_CHECK;
void replica_destroy(struct replica **);
void replica_set_probe(struct replica *, int64_t ms);

/* Its copy is complete and follows the source. */
bool replica_is_live(const struct replica *);
/* What went wrong last, since it was live; or NULL. */
const char *replica_error(const struct replica *);
const char *replica_remote(const struct replica *);

/* Sends a transaction (its params, borrowed) to the source, now or, if it is
 * away, when it is there again; the answer goes to 's' with 'id'.  An error if
 * too many wait, or if the remote of 's' has a role: whether that allows the
 * transaction was judged by what we have now. */
struct ovsdb_err *replica_forward(struct replica *, struct session *s,
                                  json_t *params, json_t *id) MUST_CHECK;
/* Forgets the request 'id' of 's' if the source has not got it: true then. */
bool replica_cancel(struct replica *, const struct session *s,
                    const json_t *id);
/* 's' is gone. */
void replica_forget_session(struct replica *, struct session *s);

/* NULL, or a heap text: "DB:TABLE[,DB:TABLE]..." is expected. */
char *replica_check_exclude(const char *) MUST_CHECK;

#endif
