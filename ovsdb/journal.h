/* SPDX-License-Identifier: Apache-2.0 */
/* The log file of a database, and when what is in it can be relied on.
 *
 * A commit appends its record at once and is visible in memory at once; the
 * disk follows.  Records appended while a sync runs share the next one, so
 * the rate of commits does not hang on the disk's latency.  What clients may
 * be told waits: each append takes a ticket of the barrier, all journals of
 * the process share one barrier, and a message made after ticket T is held
 * back until all tickets up to T are on the disk.  So nobody ever learns of
 * a change, his own or another's, that a crash can take back.
 *
 * Failures: a record that cannot be written makes its transaction fail with
 * "I/O error".  After that, and after a failed sync, nobody knows what the
 * file holds: the journal is "broken", refuses transactions, and tries to
 * write the whole database anew (store_replace()) every few seconds until it
 * succeeds, which makes everything durable that was committed in memory.
 *
 * Compaction is the same rewriting, when asked or when the file has grown
 * beyond JOURNAL_COMPACT_FACTOR times what the last one left.
 *
 * Threads: the loop's.  Compaction blocks for the time of writing. */
#ifndef WEIR_OVSDB_SERVER_JOURNAL_H
#define WEIR_OVSDB_SERVER_JOURNAL_H 1

#include "lib/io/loop.h"
#include "lib/io/store.h"
#include "ovsdb/db.h"

struct journal;

struct journal_barrier {
    uint64_t last;        /* Last ticket given. */
    struct list journals; /* struct journal.barrier_node. */
    void (*moved)(void *aux); /* More is durable; may be NULL. */
    void *aux;
};

void journal_barrier_init(struct journal_barrier *, void (*moved)(void *aux),
                          void *aux);
/* All tickets up to this one are on the disk. */
uint64_t journal_barrier_durable(const struct journal_barrier *);

/* Reads the database that 'store' holds and binds it to the journal.  Takes
 * 'store' in any case.  A torn tail is cut off with a warning (only left out
 * if 'read_only').  Any other damage is an error, and the file is not
 * touched.  'loop' and 'barrier' may be NULL for tools: then
 * journal_sync_now() makes things durable. */
struct ovsdb_err *journal_open(struct loop *, struct journal_barrier *,
                               struct store *take, bool read_only,
                               struct journal **, struct db **) MUST_CHECK;
/* The same from a file's bytes, for tools and clients that read a copy:
 * no journal.  '*torn' (may be NULL) is a heap text if a tail was left out. */
struct ovsdb_err *journal_read(const char *name, const char *data, size_t len,
                               struct db **, size_t *good_len, char **torn)
    MUST_CHECK;
/* Waits for a running sync.  The database stays. */
void journal_close(struct journal **);

/* Appends framed text. */
struct ovsdb_err *journal_append(struct journal *, const char *, size_t len)
    MUST_CHECK;
struct ovsdb_err *journal_sync_now(struct journal *) MUST_CHECK;
/* Writes the whole database anew. */
struct ovsdb_err *journal_compact(struct journal *, const char *comment)
    MUST_CHECK;

const char *journal_name(const struct journal *);
int64_t journal_size(const struct journal *);
/* "ok", or what is wrong with the file; borrowed. */
const char *journal_status(const struct journal *);

#endif
