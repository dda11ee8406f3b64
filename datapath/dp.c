/* SPDX-License-Identifier: Apache-2.0 */
/* The facade: ports, generations, workers; see dp.h. */
#include "datapath/dp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "datapath/l2.h"
#include "datapath/user/worker.h"
#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/base/thread.h"

LOG_MODULE(dpif_netdev);

#define CACHE_ENTRIES_DEFAULT (1u << 18)

/* ## Polling ## */

/* The worker for a queue: pollers take those without a descriptor. */
static struct worker *
worker_for(struct dp *dp, bool must_poll, unsigned int n)
{
    unsigned int n_fit = 0;
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        n_fit += dp->workers[i]->is_poller == must_poll;
    }
    if (!n_fit) {
        return dp->workers[0];
    }
    n %= n_fit;
    for (unsigned int i = 0;; i++) {
        if (dp->workers[i]->is_poller == must_poll && !n--) {
            return dp->workers[i];
        }
    }
}

/* Deals all queues out to the workers. */
static void
assign_queues(struct dp *dp)
{
    size_t n_queues = 0;
    for (uint32_t i = 0; i < dp->n_ports; i++) {
        n_queues += dp->ports[i] ? dp->ports[i]->port->n_rxq : 0;
    }
    struct poll_list *lists[DP_WORKERS_MAX];
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        lists[i] = xzalloc(sizeof *lists[i]
                           + n_queues * sizeof lists[i]->q[0]);
    }
    unsigned int n_dealt[2] = { 0, 0 };
    for (uint32_t i = 0; i < dp->n_ports; i++) {
        struct dp_port *p = dp->ports[i];
        for (unsigned int q = 0; p && q < p->port->n_rxq; q++) {
            int fd = p->port->ops->rxq_fd(p->port, q);
            struct worker *w = worker_for(dp, fd < 0, n_dealt[fd < 0]++);
            struct poll_list *l = lists[w->idx];
            l->q[l->n++] = (struct poll_queue){ p, q, fd };
            l->must_poll |= fd < 0;
        }
    }
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        worker_set_polls(dp->workers[i], lists[i]);
    }
}

static void
add_worker(struct dp *dp, bool is_poller, int core)
{
    unsigned int idx = dp->n_workers;
    size_t n = dp->cfg.cache_entries ? dp->cfg.cache_entries
                                     : CACHE_ENTRIES_DEFAULT;
    struct worker *w = worker_create(dp, idx, is_poller, core, n);
    dp->workers[idx] = w;
    dp->n_workers++;
    if (dp->cfg.threads) {
        worker_start(w);
    }
}

/* Cores of the mask, lowest first; the default when there is none. */
static unsigned int
poller_cores(const struct dp *dp, int *cores, unsigned int max)
{
    unsigned int n = 0;
    const char *mask = dp->cpu_mask;
    if (mask && str_starts_with(mask, "0x")) {
        mask += 2;
    }
    size_t len = mask ? strlen(mask) : 0;
    for (size_t i = 0; i < len; i++) {
        char digit[2] = { mask[len - 1 - i], '\0' };
        uint64_t bits;
        for (int b = 0; str_to_u64(digit, 16, &bits) && b < 4; b++) {
            if ((bits >> b & 1) && n < max) {
                cores[n++] = (int)i * 4 + b;
            }
        }
    }
    if (!n) {
        cores[n++] = thread_n_cores() > 1 ? 1 : 0;
    }
    return n;
}

static bool
has_polled_port(const struct dp *dp)
{
    for (uint32_t i = 0; i < dp->n_ports; i++) {
        const struct dp_port *p = dp->ports[i];
        if (p && p->port->ops->rxq_fd(p->port, 0) < 0) {
            return true;
        }
    }
    return false;
}

static void
remove_pollers(struct dp *dp)
{
    /* Worker 0 stays; it takes their queues for the moment. */
    unsigned int n = dp->n_workers;
    dp->n_workers = 1;
    assign_queues(dp);
    for (unsigned int i = 1; i < n; i++) {
        worker_destroy(&dp->workers[i]);
    }
}

/* Makes the pollers that the ports and the mask ask for, and deals. */
static void
arrange_workers(struct dp *dp)
{
    bool want = dp->cfg.threads && has_polled_port(dp);
    if (!want && dp->n_workers > 1) {
        remove_pollers(dp);
    } else if (want && dp->n_workers == 1) {
        int cores[DP_WORKERS_MAX];
        unsigned int n = poller_cores(dp, cores, dp->max_workers - 1);
        for (unsigned int i = 0; i < n; i++) {
            add_worker(dp, true, cores[i]);
        }
    }
    assign_queues(dp);
}

/* ## Life ## */

struct dp *
dp_create(const struct dp_cfg *cfg)
{
    struct dp *dp = xzalloc_cacheline(sizeof *dp);
    dp->cfg = *cfg;
    dp->version = 1;
    dp->token_versions = xcalloc(DP_TOKENS_MAX, sizeof *dp->token_versions);
    dp->max_workers = MIN((unsigned int)thread_n_cores() + 2, DP_WORKERS_MAX);
    dp->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    ASSERT(dp->event_fd >= 0);
    add_worker(dp, false, -1);
    return dp;
}

void
dp_destroy(struct dp **dpp)
{
    struct dp *dp = *dpp;
    *dpp = NULL;
    for (uint32_t i = 0; i < dp->n_ports; i++) {
        if (dp->ports[i]) {
            dp_port_remove(dp, i);
        }
    }
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        worker_destroy(&dp->workers[i]);
    }
    close(dp->event_fd);
    free((void *)(uintptr_t)dp->token_versions);
    free(dp->cpu_mask);
    free(dp);
}

void
dp_set_cpu_mask(struct dp *dp, const char *mask)
{
    if ((mask && dp->cpu_mask) ? !strcmp(mask, dp->cpu_mask)
                               : mask == dp->cpu_mask) {
        return;
    }
    free(dp->cpu_mask);
    dp->cpu_mask = xstrdup_null(mask);
    if (dp->n_workers > 1) {
        remove_pollers(dp);
        arrange_workers(dp);
    }
}

void
dp_set_translate(struct dp *dp, dp_translate_fn *fn, const void *pipeline)
{
    dp->translate = fn;
    rcu_assign(&dp->pipeline, pipeline);
}

void
dp_set_pipeline(struct dp *dp, const void *pipeline)
{
    rcu_assign(&dp->pipeline, pipeline);
}

/* ## Ports ## */

int
dp_port_add(struct dp *dp, struct port *port)
{
    uint32_t idx = 0;
    while (idx < DP_PORTS_MAX && dp->ports[idx]) {
        idx++;
    }
    if (idx == DP_PORTS_MAX) {
        return -ENOSPC;
    }
    struct dp_port *p = xzalloc(sizeof *p);
    p->port = port;
    p->idx = idx;
    p->drops = xcalloc(dp->max_workers, sizeof *p->drops);
    dp->n_ports = MAX(dp->n_ports, idx + 1);
    rcu_assign(&dp->ports[idx], p);
    arrange_workers(dp);
    return (int)idx;
}

static void
forget_shortcut(struct worker *w, void *idx_)
{
    uint32_t idx = *(uint32_t *)idx_;
    if (w->shortcut[idx].prog) {
        prog_release(&w->progs, w->shortcut[idx].prog);
        w->shortcut[idx].prog = NULL;
    }
}

void
dp_port_remove(struct dp *dp, uint32_t idx)
{
    struct dp_port *p = dp->ports[idx];
    rcu_assign(&dp->ports[idx], NULL);
    arrange_workers(dp);
    if (dp->cfg.threads) {
        rcu_synchronize();
    }
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        worker_call(dp->workers[i], forget_shortcut, &idx);
    }
    port_close(&p->port);
    free(p->keyset);
    free(p->drops);
    free(p);
}

struct port *
dp_port_get(struct dp *dp, uint32_t idx)
{
    return idx < dp->n_ports && dp->ports[idx] ? dp->ports[idx]->port : NULL;
}

void
dp_port_get_drops(struct dp *dp, uint32_t idx, uint64_t drops[DP_N_DROPS])
{
    const struct dp_port *p = dp->ports[idx];
    memset(drops, 0, DP_N_DROPS * sizeof *drops);
    for (unsigned int w = 0; w < dp->max_workers; w++) {
        for (int r = 0; r < DP_N_DROPS; r++) {
            drops[r] += __atomic_load_n(&p->drops[w][r], __ATOMIC_RELAXED);
        }
    }
}

void
dp_port_set_reads(struct dp *dp, uint32_t idx, const struct flow *reads)
{
    struct dp_port *p = dp->ports[idx];
    struct keyset *old = p->keyset;
    if (old && !memcmp(&old->reads, reads, sizeof *reads)) {
        return;
    }
    struct keyset *ks = xzalloc(sizeof *ks);
    ks->id = ++dp->next_keyset_id;
    ks->reads = *reads;
    ks->is_trivial = true;
    for (unsigned int s = 0; s < PACKET_SHAPES; s++) {
        keyspec_compile(&ks->spec[s], reads, (uint8_t)s);
    }
    /* Shapes themselves tell some fields: those must not be read either. */
    struct flow rest = *reads;
    memset(&rest, 0, offsetof(struct flow, dl_dst));
    const uint64_t *words = flow_words_const(&rest);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        ks->is_trivial &= !words[i];
    }
    rcu_assign(&p->keyset, ks);
    rcu_free(old);
}

/* ## Generations ## */

uint64_t
dp_version(const struct dp *dp)
{
    return atomic_load(&((struct dp *)(uintptr_t)dp)->version);
}

uint64_t
dp_next_version(const struct dp *dp)
{
    return dp_version(dp) + 1;
}

void
dp_token_touch(struct dp *dp, uint16_t token)
{
    atomic_store_explicit(&dp->token_versions[token], dp_next_version(dp),
                          memory_order_relaxed);
}

void
dp_publish(struct dp *dp)
{
    atomic_fetch_add(&dp->version, 1);
}

uint64_t
dp_oldest_version(struct dp *dp)
{
    uint64_t oldest = dp_version(dp);
    /* Driven by the caller, workers use no version between steps. */
    for (unsigned int i = 0; dp->cfg.threads && i < dp->n_workers; i++) {
        oldest = MIN(oldest, atomic_load(&dp->workers[i]->seen_version));
    }
    return oldest;
}

/* ## Packets and events ## */

int
dp_inject(struct dp *dp, uint32_t in_port, const void *frame, size_t len,
          const struct dp_prog_builder *b)
{
    struct inject *in = xmalloc(sizeof *in + b->acts.len + len);
    *in = (struct inject){ .in_port = in_port,
                           .acts_len = b->acts.len,
                           .frame_len = len,
                           .n_counters = b->n_counters };
    in->counters = xmemdup(b->counters, b->n_counters * sizeof *b->counters);
    for (size_t i = 0; i < b->n_counters; i++) {
        dp_counter_ref(in->counters[i]);
    }
    if (b->acts.len) {
        memcpy(in->acts, b->acts.data, b->acts.len);
    }
    memcpy((uint8_t *)in->acts + b->acts.len, frame, len);
    struct worker *w = dp->workers[0];
    if (!ring_push(w->injects, in)) {
        for (size_t i = 0; i < in->n_counters; i++) {
            dp_counter_unref(&in->counters[i]);
        }
        free(in->counters);
        free(in);
        return -ENOBUFS;
    }
    if (w->has_thread) {
        worker_wake(w);
    }
    return 0;
}

int
dp_event_fd(const struct dp *dp)
{
    return dp->event_fd;
}

unsigned int
dp_events_run(struct dp *dp, unsigned int max, dp_event_fn *fn, void *aux)
{
    uint64_t count;
    ssize_t got = read(dp->event_fd, &count, sizeof count);
    (void)got;
    atomic_store(&dp->event_raised, false);
    unsigned int n = 0;
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        struct worker_event *e;
        while (n < max && (e = ring_pop(dp->workers[i]->events))) {
            fn(aux, &e->ev);
            dp_l2_unref(&e->ev.l2);
            free(e);
            n++;
        }
    }
    if (n == max && !atomic_exchange(&dp->event_raised, true)) {
        uint64_t one = 1;
        got = write(dp->event_fd, &one, sizeof one);
    }
    return n;
}

static void
fold_now(struct worker *w, void *aux UNUSED)
{
    worker_fold(w, clock_ms());
}

void
dp_fold(struct dp *dp)
{
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        worker_call(dp->workers[i], fold_now, NULL);
    }
}

static void
flush_now(struct worker *w, void *aux UNUSED)
{
    worker_flush(w);
}

void
dp_flush(struct dp *dp)
{
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        worker_call(dp->workers[i], flush_now, NULL);
    }
}

unsigned int
dp_step(struct dp *dp)
{
    unsigned int n = 0;
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        n += worker_step(dp->workers[i]);
    }
    return n;
}

/* ## Dumps ## */

struct dump {
    void (*fn)(void *, const struct dp_flow_info *);
    void *aux;
};

static void
dump_entry(struct worker *w, const struct dump *d, uint32_t idx)
{
    const struct fc_entry *e = &w->cache.entries[idx];
    uint32_t in_port = (uint32_t)(e->id >> 48);
    uint8_t shape = (uint8_t)(e->id >> 40);
    struct dp_port *p = w->dp->ports[in_port];
    const struct keyset *ks = p ? p->keyset : NULL;
    if (!ks || ks->id != (uint32_t)e->id) {
        return;
    }
    uint64_t key[KEY_WORDS_MAX];
    fc_get_key(&w->cache, idx, key);
    struct flow value, mask;
    keyspec_to_flow(&ks->spec[shape], shape, key, &value, &mask);
    value.in_port = in_port;
    mask.in_port = UINT32_MAX;
    const struct dp_prog *g = w->progs.array[fc_prog(e)];
    struct dp_flow_info info = {
        &value, &mask, g->total_packets, g->total_bytes, g->used_ms,
        (const void *)g->acts, g->acts_len, w->idx,
    };
    d->fn(d->aux, &info);
}

static void
dump_worker(struct worker *w, void *d_)
{
    const struct dump *d = d_;
    worker_fold(w, clock_ms());
    for (uint32_t i = 0; i < w->cache.n_entries; i++) {
        if (w->cache.entries[i].id) {
            dump_entry(w, d, i);
        }
    }
    for (uint32_t i = 0; i < w->dp->n_ports; i++) {
        const struct dp_prog *g = w->shortcut[i].prog;
        if (g && w->dp->ports[i]) {
            struct flow value = { .in_port = i };
            struct flow mask = { .in_port = UINT32_MAX };
            struct dp_flow_info info = {
                &value, &mask, g->total_packets, g->total_bytes, g->used_ms,
                (const void *)g->acts, g->acts_len, w->idx,
            };
            d->fn(d->aux, &info);
        }
    }
}

void
dp_flows_dump(struct dp *dp, void (*fn)(void *, const struct dp_flow_info *),
              void *aux)
{
    struct dump d = { fn, aux };
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        worker_call(dp->workers[i], dump_worker, &d);
    }
}

void
dp_get_stats(struct dp *dp, struct dp_stats *s)
{
    memset(s, 0, sizeof *s);
    s->n_workers = dp->n_workers;
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        struct worker *w = dp->workers[i];
        s->n_packets += __atomic_load_n(&w->n_packets, __ATOMIC_RELAXED);
        s->n_hits += __atomic_load_n(&w->n_hits, __ATOMIC_RELAXED);
        s->n_misses += __atomic_load_n(&w->n_misses, __ATOMIC_RELAXED);
        s->n_lost += __atomic_load_n(&w->n_lost, __ATOMIC_RELAXED);
        s->n_flows += __atomic_load_n(&w->cache.n_used, __ATOMIC_RELAXED);
        s->n_programs += __atomic_load_n(&w->progs.progs.n, __ATOMIC_RELAXED);
    }
}

void
dp_show_workers(struct dp *dp, struct str *out)
{
    for (unsigned int i = 0; i < dp->n_workers; i++) {
        const struct worker *w = dp->workers[i];
        uint64_t packets = __atomic_load_n(&w->n_packets, __ATOMIC_RELAXED);
        uint64_t hits = __atomic_load_n(&w->n_hits, __ATOMIC_RELAXED);
        uint64_t misses = __atomic_load_n(&w->n_misses, __ATOMIC_RELAXED);
        uint64_t busy = __atomic_load_n(&w->n_busy_cycles, __ATOMIC_RELAXED);
        uint64_t idle = __atomic_load_n(&w->n_idle_cycles, __ATOMIC_RELAXED);
        if (w->is_poller) {
            str_putf(out, "pmd thread numa_id 0 core_id %d:\n", w->core);
        } else {
            str_put(out, "main thread:\n");
        }
        str_putf(out,
                 "  packets received: %llu\n"
                 "  packet recirculations: 0\n"
                 "  avg. datapath passes per packet: 1.00\n"
                 "  emc hits: %llu\n"
                 "  smc hits: 0\n"
                 "  megaflow hits: 0\n"
                 "  avg. subtable lookups per megaflow hit: 0.00\n"
                 "  miss with success upcall: %llu\n"
                 "  miss with failed upcall: 0\n"
                 "  avg. packets per output batch: 0.00\n"
                 "  idle cycles: %llu\n"
                 "  processing cycles: %llu\n",
                 (unsigned long long)packets, (unsigned long long)hits,
                 (unsigned long long)misses, (unsigned long long)idle,
                 (unsigned long long)busy);
        if (packets) {
            str_putf(out, "  avg processing cycles per packet: %.2f "
                          "(%llu/%llu)\n",
                     (double)busy / (double)packets, (unsigned long long)busy,
                     (unsigned long long)packets);
        }
    }
}
