/* SPDX-License-Identifier: Apache-2.0 */
/* Between journal*.c. */
#ifndef WEIR_OVSDB_SERVER_JOURNAL_PRIV_H
#define WEIR_OVSDB_SERVER_JOURNAL_PRIV_H 1

#include "lib/ovsdb/frame.h"
#include "ovsdb/journal.h"
#include "ovsdb/snapshot.h"

enum compact_phase {
    COMPACT_IDLE,
    COMPACT_WANTED,  /* Begins when no other database's is under way. */
    COMPACT_GATHER,  /* Takes rows, some in a turn. */
    COMPACT_WRITE,   /* In a helper thread: the snapshot. */
    COMPACT_COPY,    /* In a helper thread: what was flushed meanwhile. */
    COMPACT_WAIT,    /* For the flush under way; no other begins. */
    COMPACT_PUBLISH, /* In a helper thread: the rest, and the name. */
};

struct compaction {
    enum compact_phase phase;
    struct loop_defer defer;    /* Begins, gathers, releases. */
    struct snapshot *snap;      /* Also while it is released. */
    struct store_draft *draft;
    struct store_task *task;
    int64_t from, to;           /* Bytes of the old file to copy. */
    int n_rounds;               /* Of copying. */
    int err;                    /* Of the task. */
    bool cancel;                /* The task shall end early; atomic. */
    bool repair;                /* The old file is not to be relied on. */
    char *comment;
    int64_t start_ms, before;   /* When, and from which size. */
    struct list waiters;        /* struct compact_waiter. */
};

struct journal {
    struct list barrier_node;        /* In barrier->journals. */
    struct journal_barrier *barrier; /* Borrowed; NULL for tools. */
    struct loop *loop;               /* Borrowed; NULL for tools. */
    struct store *store;             /* Owned. */
    struct db *db;                   /* Borrowed. */
    const struct ovsdb_schema *schema; /* That the file has; only to be
                                      * compared with db->schema. */
    uint64_t last_ticket;            /* Of our newest record. */
    uint64_t unsynced_from;          /* Lowest ticket that may not be on the
                                      * disk; 0: all are. */
    uint64_t flush_upto;             /* What the flush under way covers. */
    bool flushing;
    bool has_moved;                  /* More is durable, and nobody told. */
    int64_t flush_start_us;
    struct loop_defer flush_defer;   /* Begins a flush at the turn's end. */
    struct loop_timer retry_timer;   /* Mends what is broken or full. */
    bool lone_batch;                 /* The next record is a batch of its own:
                                      * no record of the file is marked. */
    uint64_t lone_ticket;            /* Of the last one of that kind. */
    int64_t compact_at_ms;           /* When the last compaction ended. */
    uint64_t n_since_compact;        /* Records since. */
    char *broken;                    /* Why we refuse; heap; NULL if fine. */
    char *full;                      /* The same, for want of room. */
    size_t wanted_room;              /* Bytes that had none. */
    struct compaction compaction;
    struct journal_stats stats;
};

void journal_break(struct journal *, int err, const char *doing);
void journal_barrier_moved(struct journal *);
/* Everything committed is on the disk. */
void journal_all_durable(struct journal *);
void journal_start_flush(struct journal *);

void journal_compact_init(struct journal *);
void journal_compact_fini(struct journal *);
/* Starts one if the file has outgrown the last. */
void journal_compact_if_due(struct journal *);
/* No flush is under way: goes on with what waits for that. */
void journal_compact_on_flushed(struct journal *);

/* Reads what 'store' holds, cutting or mending as journal_open() says.
 * '*has_batches' is as in struct ovsdb_frame_reader. */
struct ovsdb_err *journal_load(struct store *, bool read_only, struct db **,
                               bool *has_batches) MUST_CHECK;

/* The JSON of the record that a compaction begins with. */
void journal_put_link(struct str *json, const char *comment);
/* Is this one of those?  '*uuid' is its UUID's text, borrowed. */
bool journal_is_link(const char *json, size_t len, const char **uuid);

#endif
