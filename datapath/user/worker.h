/* SPDX-License-Identifier: Apache-2.0 */
/* A packet worker: polls its queues, looks packets up, runs programs, sends.
 *
 * Its body is worker_step(), one round over its queues, so that a simulation
 * can drive it; worker_thread() loops over that and sleeps when idle.
 *
 * Main asks a worker for things (fold, flush, dump) through worker_call(),
 * which runs a function between two rounds.  Private to datapath/user and
 * datapath/dp.c. */
#ifndef WEIR_DATAPATH_USER_WORKER_H
#define WEIR_DATAPATH_USER_WORKER_H 1

#include <pthread.h>
#include <semaphore.h>

#include "datapath/dp.h"
#include "datapath/user/exec.h"
#include "datapath/user/flowcache.h"
#include "datapath/user/prog.h"
#include "lib/base/ring.h"

struct worker;

/* Compiled reads of a port, for every shape.  Immutable, RCU. */
struct keyset {
    uint32_t id;      /* Unique, from 1. */
    bool is_trivial;  /* No packet bit is read: one program a port. */
    struct flow reads;
    struct keyspec spec[PACKET_SHAPES];
};

struct dp_port {
    struct port *port;
    uint32_t idx;
    struct keyset *keyset; /* RCU; NULL: packets are dropped. */
    uint64_t (*drops)[DP_N_DROPS]; /* [worker], each written by its own. */
};

/* What a worker polls; replaced by RCU. */
struct poll_list {
    uint64_t id;    /* Unique among the worker's, from 1: an address is not,
                     * since lists that a sleeper never saw come and go. */
    unsigned int n;
    bool must_poll; /* A queue has no descriptor to sleep on. */
    struct poll_queue {
        struct dp_port *port;
        unsigned int rxq;
        int fd;
    } q[];
};

struct tx_batch {
    unsigned int n;
    bool is_used;           /* In the worker's tx_used. */
    struct packet pkts[BURST_MAX];
};

/* One packet to send on behalf of main. */
struct inject {
    uint32_t in_port;
    size_t acts_len, frame_len;
    struct dp_counter **counters;
    size_t n_counters;
    uint64_t acts[]; /* Then the frame. */
};

struct worker {
    struct dp *dp;
    unsigned int idx;
    int core;               /* To pin to, or -1. */
    bool is_poller;         /* For queues that must be polled. */
    pthread_t thread;
    bool has_thread;
    _Atomic(bool) stop;
    struct poll_list *polls; /* RCU. */
    uint64_t last_polls_id;  /* Main's. */

    struct flowcache cache;
    struct prog_table progs;
    struct dp_prog_builder builder;
    struct dp_exec exec;
    struct { struct dp_prog *prog; uint64_t version; uint32_t keyset_id; }
        shortcut[DP_PORTS_MAX]; /* Program of ports with trivial keysets. */
    struct tx_batch *tx[DP_PORTS_MAX]; /* Made at first use. */
    uint32_t tx_used[DP_PORTS_MAX];
    unsigned int n_tx_used;
    int64_t last_fold_ms;
    struct { uint64_t key; int64_t at_ms; } learned[256], held[1024];

    struct ring *events;   /* Of struct worker_event, to main. */
    struct ring *injects;  /* Of struct inject, from main. */
    int wake_fd, epoll_fd;
    _Atomic(uint64_t) seen_version; /* UINT64_MAX while asleep. */

    /* worker_call(). */
    void (*_Atomic call_fn)(struct worker *, void *);
    void *call_aux;
    sem_t call_done;

    /* Written by the worker alone, read by anyone: worker_stat_add(). */
    uint64_t n_packets, n_hits, n_misses, n_busy_cycles, n_idle_cycles;
    uint64_t n_lost; /* Events that found no room. */
    uint32_t sweep_at;       /* Next cache entry to look at. */
    uint64_t swept_version;  /* A whole sweep began at this version. */
};

static inline void
worker_stat_add(uint64_t *stat, uint64_t n)
{
    __atomic_store_n(stat, *stat + n, __ATOMIC_RELAXED);
}

/* A heap event: the public struct and its bytes. */
struct worker_event {
    struct dp_event ev;
    uint8_t bytes[];
};

struct worker *worker_create(struct dp *, unsigned int idx, bool is_poller,
                             int core, size_t cache_entries);
void worker_start(struct worker *);
/* Stops the thread, folds and frees. */
void worker_destroy(struct worker **);
/* Replaces what is polled; returns when the old list is unused. */
void worker_set_polls(struct worker *, struct poll_list *);
/* Runs fn in the worker, between rounds, and waits for it. */
void worker_call(struct worker *, void (*fn)(struct worker *, void *),
                 void *aux);
void worker_wake(struct worker *);
/* One round; returns packets received. */
unsigned int worker_step(struct worker *);
/* Frees all cached flows; shortcuts too. */
void worker_flush(struct worker *);
/* Moves counts to their counters and frees some of the cached flows that a
 * change made stale, so that what they keep alive goes too. */
void worker_fold(struct worker *, int64_t now_ms);

/* Sends a whole burst to one port. */
void worker_output_all(struct worker *, uint32_t port, struct packet *,
                       unsigned int n);

/* pipeline.c: looks a received burst up and runs it. */
void worker_run_burst(struct worker *, struct dp_port *, struct packet *,
                      unsigned int n, uint64_t version);

/* dp.c's innards that workers read. */
struct dp {
    struct dp_cfg cfg;
    struct dp_port *ports[DP_PORTS_MAX]; /* RCU. */
    uint32_t n_ports;                    /* Highest index + 1. */
    _Atomic(uint64_t) version;
    _Atomic(uint64_t) *token_versions;
    dp_translate_fn *translate;
    const void *pipeline; /* RCU. */
    struct worker *workers[DP_WORKERS_MAX];
    unsigned int n_workers;
    unsigned int max_workers;
    int event_fd;
    _Atomic(bool) event_raised;
    uint32_t next_keyset_id;
    char *cpu_mask;
};

#endif
