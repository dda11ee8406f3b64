/* SPDX-License-Identifier: Apache-2.0 */
#include "datapath/user/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "datapath/l2.h"
#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/base/thread.h"
#include "lib/packet/parse.h"

LOG_MODULE(dp_worker);

#define FOLD_INTERVAL_MS 500
#define SLEEP_MS 500
/* Empty rounds before a worker with nothing but descriptors sleeps. */
#define IDLE_ROUNDS 32
#define INJECT_BURST 64
#define LEARN_REPEAT_MS 20
#define EVENT_FRAME_MAX 65535

/* ## Outputs, events, drops: the world of an instruction list ## */

static struct worker *
of_exec(struct dp_exec *x)
{
    return CONTAINER_OF(x, struct worker, exec);
}

static void
tx_flush_port(struct worker *w, uint32_t idx)
{
    struct tx_batch *b = w->tx[idx];
    struct dp_port *port = rcu_load(&w->dp->ports[idx]);
    if (!b->n) {
        return;
    }
    if (port) {
        port_tx(port->port, w->idx, b->pkts, b->n);
    } else {
        for (unsigned int i = 0; i < b->n; i++) {
            w->exec.drop(&w->exec, &b->pkts[i], DP_DROP_TX_PORT_GONE);
        }
        packet_free_burst(b->pkts, b->n);
    }
    b->n = 0;
}

static void
exec_output(struct dp_exec *x, uint32_t port, struct packet *p)
{
    struct worker *w = of_exec(x);
    if (UNLIKELY(port >= DP_PORTS_MAX)) {
        x->drop(x, p, DP_DROP_TX_PORT_GONE);
        packet_free(p);
        return;
    }
    struct tx_batch *b = w->tx[port];
    if (UNLIKELY(!b)) {
        b = w->tx[port] = xzalloc_cacheline(sizeof *b);
    }
    if (!b->is_used) {
        b->is_used = true;
        w->tx_used[w->n_tx_used++] = port;
    }
    b->pkts[b->n++] = *p;
    if (UNLIKELY(b->n == BURST_MAX)) {
        tx_flush_port(w, port);
    }
}

void
worker_output_all(struct worker *w, uint32_t idx, struct packet *pkts,
                  unsigned int n)
{
    struct dp_port *port = idx < DP_PORTS_MAX ? rcu_load(&w->dp->ports[idx])
                                              : NULL;
    if (!port || (w->tx[idx] && w->tx[idx]->n)) {
        for (unsigned int i = 0; i < n; i++) {
            exec_output(&w->exec, idx, &pkts[i]);
        }
        return;
    }
    port_tx(port->port, w->idx, pkts, n);
}

static void
tx_flush(struct worker *w)
{
    for (unsigned int i = 0; i < w->n_tx_used; i++) {
        tx_flush_port(w, w->tx_used[i]);
        w->tx[w->tx_used[i]]->is_used = false;
    }
    w->n_tx_used = 0;
}

static void
exec_drop(struct dp_exec *x, const struct packet *p, enum dp_drop reason)
{
    struct worker *w = of_exec(x);
    struct dp_port *port = p->in_port < DP_PORTS_MAX
                               ? rcu_load(&w->dp->ports[p->in_port])
                               : NULL;
    if (port) {
        worker_stat_add(&port->drops[w->idx][reason], 1);
    }
}

/* Hands an event to main; it owns 'e' from here. */
static void
push_event(struct worker *w, struct worker_event *e)
{
    if (!ring_push(w->events, e)) {
        counter_inc(dp_event_lost);
        worker_stat_add(&w->n_lost, 1);
        dp_l2_unref(&e->ev.l2);
        free(e);
        return;
    }
    if (!atomic_exchange(&w->dp->event_raised, true)) {
        uint64_t one = 1;
        ssize_t n = write(w->dp->event_fd, &one, sizeof one);
        (void)n; /* A full eventfd is readable, which is all we want. */
    }
}

/* True if the same was sent a short while ago.  Two that fall on one place
 * only send more often. */
static bool
is_held(struct worker *w, const struct dp_exec *x,
        const struct dpact_event *a)
{
    uint64_t key = (uint64_t)hash_bytes(a + 1, a->data_len, 1) << 32
                   | hash_bytes(a + 1, a->data_len, a->kind + 2u);
    size_t slot = key % ARRAY_SIZE(w->held);
    int64_t now_ms = x->now_us / 1000;
    if (w->held[slot].key == key
        && now_ms - w->held[slot].at_ms < a->hold_ms) {
        return true;
    }
    w->held[slot].key = key;
    w->held[slot].at_ms = now_ms;
    return false;
}

static void
exec_event(struct dp_exec *x, const struct packet *p,
           const struct dpact_event *a)
{
    if (a->hold_ms && of_exec(x)->has_thread && is_held(of_exec(x), x, a)) {
        return;
    }
    uint32_t keep = MIN(p->len, a->max_len == UINT16_MAX ? EVENT_FRAME_MAX
                                                         : a->max_len);
    struct worker_event *e = try_malloc(sizeof *e + a->data_len + keep);
    if (!e) {
        counter_inc(dp_event_lost);
        return;
    }
    memcpy(e->bytes, a + 1, a->data_len);
    memcpy(e->bytes + a->data_len, p->data, keep);
    e->ev = (struct dp_event){
        .type = DP_EVENT_OWNER,
        .in_port = p->in_port,
        .kind = a->kind,
        .data_len = a->data_len,
        .frame_len = keep,
        .total_len = p->len,
        .data = e->bytes,
        .frame = e->bytes + a->data_len,
    };
    push_event(of_exec(x), e);
}

static bool
is_garp(const struct packet *p)
{
    if (PACKET_SHAPE_KIND(p->shape) != PKIND_ARP) {
        return false;
    }
    const uint8_t *arp = p->data + p->l3_ofs;
    return !memcmp(arp + 14, arp + 24, 4); /* Sender IP is target IP. */
}

static void
exec_learn(struct dp_exec *x, const struct packet *p,
           const struct dpact_normal *a, struct eth_addr src)
{
    struct worker *w = of_exec(x);
    uint64_t key = eth_addr_to_u64(src) ^ (uint64_t)a->vid << 48
                   ^ hash_mix64((uintptr_t)a->l2 + a->in_bundle);
    unsigned int slot = (unsigned int)hash_mix64(key)
                        % ARRAY_SIZE(w->learned);
    /* Main may take a moment to learn: one event for a whole burst. */
    if (w->has_thread && w->learned[slot].key == key
        && x->now_us / 1000 - w->learned[slot].at_ms < LEARN_REPEAT_MS) {
        return;
    }
    struct worker_event *e = try_malloc(sizeof *e);
    if (!e) {
        counter_inc(dp_event_lost);
        return;
    }
    w->learned[slot].key = key;
    w->learned[slot].at_ms = x->now_us / 1000;
    e->ev = (struct dp_event){
        .type = DP_EVENT_LEARN,
        .in_port = p->in_port,
        .l2 = dp_l2_ref(a->l2),
        .vid = a->vid,
        .bundle = a->in_bundle,
        .mac = src,
        .is_garp = is_garp(p),
    };
    push_event(w, e);
}

/* ## Housekeeping ## */

/* Frees entry 'idx' if a change made it useless. */
static void
sweep_entry(struct worker *w, uint32_t idx, uint64_t version)
{
    struct fc_entry *e = &w->cache.entries[idx];
    if (!e->id) {
        return;
    }
    struct dp_port *port = rcu_load(&w->dp->ports[e->id >> 48]);
    struct keyset *ks = port ? rcu_load(&port->keyset) : NULL;
    struct dp_prog *g = w->progs.array[fc_prog(e)];
    uint64_t newest = prog_tokens_version(g, version, w->dp->token_versions,
                                          version);
    if (!ks || ks->id != (uint32_t)e->id
        || (int32_t)((uint32_t)newest - e->version) > 0) {
        fc_clear(&w->cache, idx);
        prog_release(&w->progs, g);
    } else {
        e->version = (uint32_t)version;
    }
}

/* Looks at a part of the cache while a version is new. */
static void
sweep_some(struct worker *w)
{
    uint64_t version = atomic_load(&w->dp->version);
    if (!w->sweep_at) {
        if (w->swept_version == version) {
            return;
        }
        w->swept_version = version;
    }
    size_t n = MAX(w->cache.n_entries / 16, 64);
    for (size_t i = 0; i < n && w->sweep_at < w->cache.n_entries; i++) {
        sweep_entry(w, w->sweep_at++, version);
    }
    if (w->sweep_at >= w->cache.n_entries) {
        w->sweep_at = 0;
    }
}

void
worker_fold(struct worker *w, int64_t now_ms)
{
    prog_fold(&w->progs, now_ms);
    sweep_some(w);
    w->last_fold_ms = now_ms;
}

void
worker_flush(struct worker *w)
{
    for (uint32_t i = 0; i < w->cache.n_entries && w->cache.n_used; i++) {
        struct fc_entry *e = &w->cache.entries[i];
        if (e->id) {
            struct dp_prog *g = w->progs.array[fc_prog(e)];
            fc_clear(&w->cache, i);
            prog_release(&w->progs, g);
        }
    }
    for (uint32_t i = 0; i < w->dp->n_ports; i++) {
        if (w->shortcut[i].prog) {
            prog_release(&w->progs, w->shortcut[i].prog);
            w->shortcut[i].prog = NULL;
        }
    }
}

/* ## Rounds ## */

static void
run_inject(struct worker *w, struct inject *in)
{
    struct packet p;
    if (packet_alloc(&p, in->frame_len)) {
        memcpy(p.data, (const uint8_t *)in->acts + in->acts_len,
               in->frame_len);
        p.in_port = in->in_port;
        packet_parse(&p);
        for (size_t i = 0; i < in->n_counters; i++) {
            dp_counter_add(in->counters[i], 1, p.len, clock_ms());
        }
        dp_exec(&w->exec, &p, (const void *)in->acts, in->acts_len);
    }
    for (size_t i = 0; i < in->n_counters; i++) {
        dp_counter_unref(&in->counters[i]);
    }
    free(in->counters);
    free(in);
}

static unsigned int
run_injects(struct worker *w)
{
    unsigned int n = 0;
    struct inject *in;
    while (n < INJECT_BURST && (in = ring_pop(w->injects))) {
        run_inject(w, in);
        n++;
    }
    return n;
}

static void
run_call(struct worker *w)
{
    void (*fn)(struct worker *, void *)
        = atomic_load_explicit(&w->call_fn, memory_order_acquire);
    if (UNLIKELY(fn != NULL)) {
        atomic_store(&w->call_fn, NULL);
        fn(w, w->call_aux);
        sem_post(&w->call_done);
    }
}

unsigned int
worker_step(struct worker *w)
{
    uint64_t version = atomic_load_explicit(&w->dp->version,
                                            memory_order_acquire);
    atomic_store_explicit(&w->seen_version, version, memory_order_release);
    int64_t now_us = clock_us();
    w->exec.now_us = now_us;
    w->exec.now_s = (uint32_t)(now_us / 1000000);
    unsigned int n_total = run_injects(w);
    struct poll_list *polls = rcu_load(&w->polls);
    for (unsigned int i = 0; polls && i < polls->n; i++) {
        struct packet pkts[BURST_MAX];
        struct poll_queue *q = &polls->q[i];
        unsigned int n = port_rx(q->port->port, q->rxq, pkts);
        if (n) {
            worker_run_burst(w, q->port, pkts, n, version);
            tx_flush(w);
            n_total += n;
        }
    }
    tx_flush(w);
    int64_t now_ms = now_us / 1000;
    if (now_ms - w->last_fold_ms >= FOLD_INTERVAL_MS) {
        worker_fold(w, now_ms);
    }
    return n_total;
}

void
worker_wake(struct worker *w)
{
    uint64_t one = 1;
    ssize_t n = write(w->wake_fd, &one, sizeof one);
    (void)n; /* Full is awake. */
}

/* Makes the epoll set that of 'polls'. */
static void
watch(struct worker *w, const struct poll_list *polls)
{
    close(w->epoll_fd);
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    ASSERT(w->epoll_fd >= 0);
    struct epoll_event ev = { .events = EPOLLIN, .data.fd = w->wake_fd };
    epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &ev);
    for (unsigned int i = 0; polls && i < polls->n; i++) {
        if (polls->q[i].fd >= 0) {
            ev.data.fd = polls->q[i].fd;
            epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, polls->q[i].fd, &ev);
        }
    }
}

static void
nap(struct worker *w)
{
    worker_fold(w, clock_ms());
    atomic_store(&w->seen_version, UINT64_MAX);
    rcu_offline();
    struct epoll_event evs[16];
    int n = epoll_wait(w->epoll_fd, evs, ARRAY_SIZE(evs),
                       w->sweep_at || !list_is_empty(&w->progs.dirty)
                           ? FOLD_INTERVAL_MS / 5
                           : SLEEP_MS);
    for (int i = 0; i < n; i++) {
        if (evs[i].data.fd == w->wake_fd) {
            uint64_t count;
            ssize_t got = read(w->wake_fd, &count, sizeof count);
            (void)got;
        }
    }
    rcu_online();
}

static void *
worker_thread(void *w_)
{
    struct worker *w = w_;
    char name[32];
    snprintf(name, sizeof name, "%s%u", w->is_poller ? "pmd" : "dp", w->idx);
    log_set_thread(name);
    if (w->core >= 0 && thread_pin(w->core)) {
        log_warn("%s: cannot be pinned to core %d", name, w->core);
    }
    rcu_thread_register();
    uint64_t watched = 0;
    unsigned int n_idle = 0;
    uint64_t last = clock_tsc();
    while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
        run_call(w);
        unsigned int n = worker_step(w);
        uint64_t now = clock_tsc();
        worker_stat_add(n ? &w->n_busy_cycles : &w->n_idle_cycles, now - last);
        last = now;
        n_idle = n ? 0 : n_idle + 1;
        rcu_quiesce();
        const struct poll_list *polls = rcu_load(&w->polls);
        if (polls && polls->id != watched) {
            watch(w, polls);
            watched = polls->id;
        }
        if (n_idle > IDLE_ROUNDS && !(polls && polls->must_poll)) {
            nap(w);
            last = clock_tsc();
        }
    }
    rcu_thread_unregister();
    return NULL;
}

/* ## Life ## */

struct worker *
worker_create(struct dp *dp, unsigned int idx, bool is_poller, int core,
              size_t cache_entries)
{
    struct worker *w = xzalloc_cacheline(sizeof *w);
    w->dp = dp;
    w->idx = idx;
    w->is_poller = is_poller;
    w->core = core;
    w->exec = (struct dp_exec){ .output = exec_output, .event = exec_event,
                                .learn = exec_learn, .drop = exec_drop };
    flowcache_init(&w->cache, cache_entries, is_poller);
    prog_table_init(&w->progs);
    dp_prog_builder_init(&w->builder, 0);
    w->events = ring_create(UPCALL_RING_SLOTS);
    w->injects = ring_create(UPCALL_RING_SLOTS);
    w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    ASSERT(w->wake_fd >= 0 && w->epoll_fd >= 0);
    w->seen_version = UINT64_MAX;
    sem_init(&w->call_done, 0, 0);
    return w;
}

void
worker_start(struct worker *w)
{
    char name[16];
    snprintf(name, sizeof name, "%s%u", w->is_poller ? "pmd" : "dp",
             w->idx & 0xfff);
    watch(w, NULL);
    w->has_thread = true;
    w->thread = thread_start(name, worker_thread, w);
}

static void
free_events(struct worker *w)
{
    struct worker_event *e;
    while ((e = ring_pop(w->events))) {
        dp_l2_unref(&e->ev.l2);
        free(e);
    }
    struct inject *in;
    while ((in = ring_pop(w->injects))) {
        for (size_t i = 0; i < in->n_counters; i++) {
            dp_counter_unref(&in->counters[i]);
        }
        free(in->counters);
        free(in);
    }
}

void
worker_destroy(struct worker **wp)
{
    struct worker *w = *wp;
    *wp = NULL;
    if (w->has_thread) {
        atomic_store(&w->stop, true);
        worker_wake(w);
        rcu_offline();
        thread_join(w->thread);
        rcu_online();
    }
    worker_flush(w);
    prog_table_fini(&w->progs);
    flowcache_fini(&w->cache);
    dp_prog_builder_fini(&w->builder);
    free_events(w);
    ring_destroy(&w->events);
    ring_destroy(&w->injects);
    for (size_t i = 0; i < DP_PORTS_MAX; i++) {
        free(w->tx[i]);
    }
    close(w->wake_fd);
    close(w->epoll_fd);
    sem_destroy(&w->call_done);
    free(w->polls);
    free(w);
}

void
worker_set_polls(struct worker *w, struct poll_list *polls)
{
    struct poll_list *old = w->polls;
    polls->id = ++w->last_polls_id;
    rcu_assign(&w->polls, polls);
    if (w->has_thread) {
        worker_wake(w);
        rcu_synchronize();
    }
    free(old);
}

void
worker_call(struct worker *w, void (*fn)(struct worker *, void *), void *aux)
{
    if (!w->has_thread) {
        fn(w, aux);
        return;
    }
    w->call_aux = aux;
    atomic_store_explicit(&w->call_fn, fn, memory_order_release);
    worker_wake(w);
    rcu_offline();
    while (sem_wait(&w->call_done) && errno == EINTR) {
        continue;
    }
    rcu_online();
}
