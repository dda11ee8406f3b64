/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: translated instruction lists, one copy a worker.
 *
 * Many cached flows do the same thing, so a worker interns what the
 * translation gave: equal actions, counters and dependencies are one program,
 * and the packets of all its flows count in it.  So a cache hit writes to
 * one hot line, and folding costs by program, not by flow.
 *
 * A program keeps what its instructions point to alive: counters, meters,
 * l2 views.  Threads: the worker that owns the table. */
#ifndef WEIR_DATAPATH_USER_PROG_H
#define WEIR_DATAPATH_USER_PROG_H 1

#include "datapath/dp.h"
#include "lib/base/hmap.h"
#include "lib/base/list.h"

struct dp_prog {
    /* Hot. */
    uint64_t n_packets, n_bytes; /* Since the last fold. */
    uint32_t out_port;  /* The one output, if 'is_output'. */
    bool is_output;     /* Nothing but one OUTPUT. */
    bool is_dirty;      /* In the dirty list. */
    bool tokens_overflow;
    uint8_t n_tokens;
    uint32_t acts_len;
    uint64_t checked_version; /* 'tokens_version' was computed at this. */
    uint64_t tokens_version;  /* Newest change among its tokens. */

    struct list dirty_node;
    struct hmap_node node;    /* In prog_table, by content. */
    uint32_t idx;             /* In prog_table's array. */
    uint32_t n_users;         /* Cache entries and port shortcuts. */
    uint32_t n_counters;
    uint16_t tokens[DP_PROG_TOKENS_MAX];
    uint64_t total_packets, total_bytes;
    int64_t used_ms;
    struct dp_counter **counters; /* Each referenced. */
    uint64_t acts[];          /* struct dpact records. */
};

struct prog_table {
    struct hmap progs;
    struct dp_prog **array; /* By idx; NULL when free. */
    uint32_t n_array, array_cap;
    uint32_t *free_idx;     /* Stack of free indexes. */
    uint32_t n_free, free_cap;
    struct list dirty;
};

void prog_table_init(struct prog_table *);
/* Folds and frees all programs. */
void prog_table_fini(struct prog_table *);
/* The program equal to what 'b' holds, made if there is none. */
struct dp_prog *prog_intern(struct prog_table *,
                            const struct dp_prog_builder *);
void prog_use(struct dp_prog *);
/* Frees the program with its last user (its counts are folded first). */
void prog_release(struct prog_table *, struct dp_prog *);

static inline void
prog_count(struct prog_table *t, struct dp_prog *g, uint64_t n_packets,
           uint64_t n_bytes)
{
    g->n_packets += n_packets;
    g->n_bytes += n_bytes;
    if (UNLIKELY(!g->is_dirty)) {
        g->is_dirty = true;
        list_push_back(&t->dirty, &g->dirty_node);
    }
}

/* Moves the counts of all programs to their counters. */
void prog_fold(struct prog_table *, int64_t now_ms);

/* The newest version that touched one of the program's tokens, as of
 * 'version'.  'token_versions' is the datapath's array. */
uint64_t prog_tokens_version(struct dp_prog *, uint64_t version,
                             const _Atomic(uint64_t) *token_versions,
                             uint64_t any_version);

#endif
