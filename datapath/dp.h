/* SPDX-License-Identifier: Apache-2.0 */
/* The way into the datapath.
 *
 * The owner (vswitchd) hands over three things: ports, a translation (a pure
 * function from a flow to an instruction list) and, per port, the set of
 * fields that the translation may read.  Workers receive packets, look them
 * up in their exact-match flow cache keyed by just those fields, and run
 * instruction lists; on a miss they call the translation themselves.
 *
 * Generations.  The owner changes its tables in a transaction: it takes the
 * next generation, inserts and hides rules with that version, marks what it
 * touched (dp_token_touch()) and publishes the generation (dp_publish()).  A
 * cached flow whose translation passed none of the touched tokens stays
 * good; the others are translated again at their next packet.
 *
 * What comes back (MACs to learn, packets for controllers) arrives as events
 * on a bounded ring a worker, drained by dp_events_run() on the main thread.
 *
 * Threads: all functions are the main thread's unless said otherwise. */
#ifndef WEIR_DATAPATH_DP_H
#define WEIR_DATAPATH_DP_H 1

#include <stdatomic.h>

#include "datapath/dpact.h"
#include "datapath/port/port.h"
#include "lib/base/buf.h"
#include "lib/base/str.h"
#include "lib/flow/flow.h"

/* ## Counters ## */

/* What a rule, group or bucket counts.  Reference-counted, since cached
 * programs outlive rules by a moment.  Workers add; anyone reads. */
struct dp_counter {
    _Atomic(uint64_t) n_packets, n_bytes;
    _Atomic(int64_t) used_ms; /* clock_ms() of the last packet; 0 never. */
    _Atomic(uint32_t) n_refs;
};

struct dp_counter *dp_counter_create(void);
/* Any thread. */
struct dp_counter *dp_counter_ref(struct dp_counter *);
void dp_counter_unref(struct dp_counter **);
void dp_counter_add(struct dp_counter *, uint64_t n_packets, uint64_t n_bytes,
                    int64_t used_ms);

/* ## Translation ## */

/* Tables (and other parts) of the owner that can change by themselves. */
#define DP_TOKENS_MAX 65536
#define DP_TOKEN_CONFIG 0 /* Every program depends on it. */
#define DP_PROG_TOKENS_MAX 16

/* Where a translation puts its result. */
struct dp_prog_builder {
    struct buf acts;               /* struct dpact records. */
    struct dp_counter **counters;  /* Static ones: each packet counts in all. */
    size_t n_counters, counters_cap;
    uint16_t tokens[DP_PROG_TOKENS_MAX];
    uint8_t n_tokens;              /* More than fit: depends on all. */
    bool tokens_overflow;
    bool is_uncacheable;           /* Must be translated for each packet. */
    uint64_t version;              /* In: what the lookups may see. */
};

void dp_prog_builder_init(struct dp_prog_builder *, uint64_t version);
void dp_prog_builder_clear(struct dp_prog_builder *, uint64_t version);
void dp_prog_builder_fini(struct dp_prog_builder *);
/* Appends a zeroed record of 'len' bytes (rounded up to 8). */
void *dp_prog_put(struct dp_prog_builder *, enum dpact_op, size_t len);
/* Ends the nested record that began at byte 'start' of acts: sets its len.
 * False if it grew beyond 65,535 bytes (then it was cut off). */
bool dp_prog_end_nest(struct dp_prog_builder *, size_t start);
void dp_prog_count(struct dp_prog_builder *, struct dp_counter *);
void dp_prog_depend(struct dp_prog_builder *, uint16_t token);

/* The pure function.  'flow->in_port' is the datapath port index on entry.
 * Threads: any worker, and main; registered with RCU. */
typedef void dp_translate_fn(const void *pipeline, const struct flow *,
                             struct dp_prog_builder *);

/* ## Events ## */

enum dp_event_type {
    DP_EVENT_LEARN, /* A source MAC that the l2 table lacks, or moved. */
    DP_EVENT_OWNER, /* A DPACT_EVENT. */
};

struct dp_event {
    enum dp_event_type type;
    uint32_t in_port; /* Datapath port index. */
    /* LEARN. */
    struct dp_l2 *l2;
    uint16_t vid, bundle;
    struct eth_addr mac;
    bool is_garp;
    /* OWNER. */
    uint16_t kind;
    uint16_t data_len;
    uint32_t frame_len, total_len; /* Bytes kept; bytes of the packet. */
    const uint8_t *data, *frame;   /* Borrowed for the call. */
};

typedef void dp_event_fn(void *aux, const struct dp_event *);

/* ## The datapath ## */

struct dp;

struct dp_cfg {
    bool threads;             /* False: the caller drives dp_step(). */
    size_t cache_entries;     /* Per worker; 0: default. */
    bool no_cache;            /* Translate every packet: tests. */
};

struct dp *dp_create(const struct dp_cfg *);
void dp_destroy(struct dp **);
/* Cores for the workers of polled ports (DPDK), as a hex mask; NULL for the
 * default (the second core if there is one).  Takes effect at once. */
void dp_set_cpu_mask(struct dp *, const char *mask);

/* Sets the translation; 'pipeline' is replaced by dp_set_pipeline() and must
 * live until a grace period after that. */
void dp_set_translate(struct dp *, dp_translate_fn *, const void *pipeline);
void dp_set_pipeline(struct dp *, const void *pipeline);

/* Adds an opened port (the datapath owns it now); returns its index, or
 * -ENOSPC.  Its packets are dropped until dp_port_set_reads(). */
int dp_port_add(struct dp *, struct port *);
/* Removes and closes it; waits until no worker uses it. */
void dp_port_remove(struct dp *, uint32_t idx);
struct port *dp_port_get(struct dp *, uint32_t idx);
/* Counted by the datapath itself: packets dropped by reason. */
void dp_port_get_drops(struct dp *, uint32_t idx, uint64_t drops[DP_N_DROPS]);
/* The union of fields that translations of packets from this port can read:
 * a mask over struct flow.  Publish it before rules that read more. */
void dp_port_set_reads(struct dp *, uint32_t idx, const struct flow *reads);

/* Generations: see above. */
uint64_t dp_version(const struct dp *);
/* The version that the next dp_publish() makes current. */
uint64_t dp_next_version(const struct dp *);
void dp_token_touch(struct dp *, uint16_t token);
void dp_publish(struct dp *);
/* The oldest version that some worker may still be using. */
uint64_t dp_oldest_version(struct dp *);

/* Runs 'acts' on a copy of a frame as if it came from 'in_port' (an index,
 * or UINT32_MAX): packet-out.  Asynchronous, in order. 0 or -ENOBUFS. */
int dp_inject(struct dp *, uint32_t in_port, const void *frame, size_t len,
              const struct dp_prog_builder *);

/* Readable when events wait. */
int dp_event_fd(const struct dp *);
/* Drains events, at most 'max'; returns how many. */
unsigned int dp_events_run(struct dp *, unsigned int max, dp_event_fn *,
                           void *aux);
/* Makes all counters exact as of now (waits for the workers, bounded). */
void dp_fold(struct dp *);
/* threads == false: each worker polls its ports once.  Returns packets. */
unsigned int dp_step(struct dp *);

/* Cached flows, for dumps.  'value', 'mask' borrowed; in_port is the
 * datapath index. */
struct dp_flow_info {
    const struct flow *value, *mask;
    uint64_t n_packets, n_bytes;
    int64_t used_ms;
    const struct dpact *acts;
    size_t acts_len;
    unsigned int worker;
};
void dp_flows_dump(struct dp *, void (*fn)(void *, const struct dp_flow_info *),
                   void *aux);
void dp_flush(struct dp *);

struct dp_stats {
    uint64_t n_packets, n_hits, n_misses, n_lost;
    size_t n_flows, n_programs;
    unsigned int n_workers;
};
void dp_get_stats(struct dp *, struct dp_stats *);
/* Per worker text of dpif-netdev/pmd-stats-show. */
void dp_show_workers(struct dp *, struct str *);

#endif
