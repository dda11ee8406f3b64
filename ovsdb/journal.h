/* SPDX-License-Identifier: Apache-2.0 */
/* The log file of a database, and when what is in it can be relied on.
 *
 * A commit appends its record at once and is visible in memory at once; the
 * disk follows.  Records appended while a batch is written and synced form
 * the next batch, so the rate of commits does not hang on the disk's latency.
 * What clients may be told waits: each append takes a ticket of the barrier,
 * all journals of the process share one barrier, and a message made after
 * ticket T is held back until all tickets up to T are on the disk.  So nobody
 * ever learns of a change, his own or another's, that a crash can take back.
 *
 * Failures: a record for which there is no room makes its transaction fail
 * with "I/O error"; the next that fits is accepted.  After a failed write or
 * sync nobody knows what the file holds: the journal is "broken", refuses
 * transactions, and tries to write the whole database anew every few seconds
 * until it succeeds, which makes everything durable that was committed in
 * memory.
 *
 * Compaction writes the database anew beside the file, while commits go on,
 * copies what was appended meanwhile, and gives the new file its name: a crash
 * at any instant leaves one of the two, whole.  It begins when asked, and by
 * itself when the file has outgrown what the last one left
 * (journal_compact.c).
 *
 * The second copy: the file as it was before the last compaction stays as
 * ".<name>.~prev~".  Both files have the record that the compaction began with
 * (its comment has a UUID), so that from then on they are the same for as
 * long as the older one goes; before that, the older one holds the history of
 * which the newer one has the result.  Damage that lies in what both have is
 * mended when the file is opened (journal_repair()), and the damaged file kept
 * as "<name>.~damaged~".
 *
 * Threads: the loop's. */
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
    bool no_second_copy;  /* Compaction leaves no older file. */
    bool trim_memory;     /* Compaction gives free memory back. */
};

void journal_barrier_init(struct journal_barrier *, void (*moved)(void *aux),
                          void *aux);
/* All tickets up to this one are on the disk. */
uint64_t journal_barrier_durable(const struct journal_barrier *);

/* Reads the database that 'store' holds and binds it to the journal.  Takes
 * 'store' in any case.  A torn tail is cut off with a warning (only left out
 * if 'read_only').  Damage is mended from the second copy if nothing
 * acknowledged is lost by that (in memory only if 'read_only'); else it is an
 * error, and the file is not touched.  'loop' and 'barrier' may be NULL for
 * tools: then journal_sync_now() makes things durable. */
struct ovsdb_err *journal_open(struct loop *, struct journal_barrier *,
                               struct store *take, bool read_only,
                               struct journal **, struct db **) MUST_CHECK;
/* The same from a file's bytes, for tools and clients that read a copy:
 * no journal, no second copy.  '*torn' (may be NULL) is a heap text if a tail
 * was left out. */
struct ovsdb_err *journal_read(const char *name, const char *data, size_t len,
                               struct db **, size_t *good_len, char **torn)
    MUST_CHECK;
/* Makes what was committed durable; ends a compaction that is under way.  The
 * database stays. */
void journal_close(struct journal **);

/* Appends one framed record. */
struct ovsdb_err *journal_append(struct journal *, const char *, size_t len)
    MUST_CHECK;
/* Blocks. */
struct ovsdb_err *journal_sync_now(struct journal *) MUST_CHECK;

/* Writes the database anew in the background, with 'comment' in the records
 * that tell of it; done(aux, NULL or what went wrong (borrowed)) comes once,
 * from the loop, or from inside if it cannot begin or the journal is closed.
 * If one is under way this waits for that one.  Commits go on meanwhile. */
typedef void journal_done_fn(void *aux, const struct ovsdb_err *);
void journal_compact_start(struct journal *, const char *comment,
                           journal_done_fn *, void *aux);
/* The same, blocking: for tools, and for a new schema.  Does not wait for one
 * under way but takes its place. */
struct ovsdb_err *journal_compact(struct journal *, const char *comment)
    MUST_CHECK;

const char *journal_name(const struct journal *);
int64_t journal_size(const struct journal *);
/* "ok", or what is wrong with the file; borrowed. */
const char *journal_status(const struct journal *);

struct journal_stats {
    bool read_only;        /* An error has made it refuse transactions. */
    bool compacting;
    uint64_t n_records;    /* Appended. */
    uint64_t n_bytes;
    uint64_t n_batches;    /* Written and synced. */
    uint64_t n_refused;    /* Records refused. */
    uint64_t n_failures;   /* Writes and syncs that failed. */
    uint64_t n_compactions;
    int64_t size;          /* Bytes of the file. */
    int64_t compact_size;  /* The same after the last compaction. */
    int64_t compact_ms;    /* What the last one took. */
    uint64_t sync_us_total; /* Time in writing and syncing batches. */
};
void journal_get_stats(const struct journal *, struct journal_stats *);

/* Files without a server: for ovsdb-tool and tests.  Pure; any thread. */

enum journal_verdict {
    JOURNAL_GOOD,
    JOURNAL_TORN,    /* The tail is to be cut; nothing acknowledged in it. */
    JOURNAL_DAMAGED,
};

/* What a file's frames say, without looking into the JSON. */
struct journal_report {
    enum journal_verdict verdict;
    size_t n_records;    /* Good ones before anything bad. */
    size_t n_batches;    /* Of them first of a batch: 0 if another program
                          * wrote the file. */
    size_t good_len;     /* Bytes before anything bad. */
    size_t n_bad_places; /* Runs of bytes that are no good records. */
    size_t n_later;      /* Good records behind the first bad place. */
    char *reason;        /* What is wrong there; heap; NULL if nothing. */
};

/* Looks at all of a file; journal_report_fini() afterwards. */
void journal_check(const char *data, size_t len, struct journal_report *);
void journal_report_fini(struct journal_report *);

/* Puts together in 'out' what 'data' was before it was damaged, from it and
 * the second copy.  NULL, or a heap text why that cannot be done without loss.
 * A torn tail stays. */
char *journal_repair(const char *data, size_t len, const char *prev,
                     size_t prev_len, struct str *out) MUST_CHECK;

#endif
