/* SPDX-License-Identifier: Apache-2.0 */
/* The packet path: a burst is parsed, keyed, looked up and run, in stages
 * that each go over the whole burst so that memory is fetched ahead. */
#include "datapath/user/worker.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/rcu.h"
#include "lib/packet/parse.h"

#define ETH_HEADER_BYTES 14

/* A burst between its stages. */
struct burst {
    uint64_t key[BURST_MAX][KEY_WORDS_MAX];
    uint64_t id[BURST_MAX];
    const struct keyspec *spec[BURST_MAX];
};

static void
count_drop(struct worker *w, struct dp_port *port, enum dp_drop reason)
{
    uint64_t *n = &port->drops[w->idx][reason];
    __atomic_store_n(n, *n + 1, __ATOMIC_RELAXED);
}

static void
drop_all(struct worker *w, struct dp_port *port, struct packet *pkts,
         unsigned int n, enum dp_drop reason)
{
    for (unsigned int i = 0; i < n; i++) {
        count_drop(w, port, reason);
    }
    packet_free_burst(pkts, n);
}

static void
translate(struct worker *w, uint32_t in_port, const struct packet *p,
          uint64_t version)
{
    struct flow flow;
    flow_extract(p, in_port, &flow);
    dp_prog_builder_clear(&w->builder, version);
    w->dp->translate(rcu_load(&w->dp->pipeline), &flow, &w->builder);
    counter_inc(dp_translate);
}

/* True if what was translated at 'entry_version' still holds. */
static bool
is_fresh(struct worker *w, struct dp_prog *g, uint32_t entry_version,
         uint64_t version)
{
    uint64_t newest = prog_tokens_version(g, version, w->dp->token_versions,
                                          version);
    /* Versions are compared modulo 2^32: an entry is never 2^31 old, since
     * sweeps renew or free it. */
    return (int32_t)((uint32_t)newest - entry_version) <= 0;
}

static void
run_prog(struct worker *w, struct dp_prog *g, struct packet *p)
{
    prog_count(&w->progs, g, 1, p->len);
    if (LIKELY(g->is_output)) {
        w->exec.output(&w->exec, g->out_port, p);
    } else {
        dp_exec(&w->exec, p, (const void *)g->acts, g->acts_len);
    }
}

/* Runs what the builder holds without keeping it. */
static void
run_builder(struct worker *w, struct packet *p, int64_t now_ms)
{
    for (size_t i = 0; i < w->builder.n_counters; i++) {
        dp_counter_add(w->builder.counters[i], 1, p->len, now_ms);
    }
    dp_exec(&w->exec, p, (const void *)w->builder.acts.data,
            w->builder.acts.len);
}

/* Translates, keeps the result if the cache admits it, and runs it. */
static void
miss(struct worker *w, struct dp_port *port, struct packet *p, uint64_t id,
     const uint64_t *key, const struct keyspec *ks, uint64_t version)
{
    worker_stat_add(&w->n_misses, 1);
    translate(w, port->idx, p, version);
    uint32_t idx = ks->is_uncacheable || w->builder.is_uncacheable
                           || w->dp->cfg.no_cache
                       ? FC_NONE
                       : fc_admit(&w->cache, p->hash);
    if (idx == FC_NONE) {
        run_builder(w, p, clock_ms());
        return;
    }
    struct dp_prog *g = prog_intern(&w->progs, &w->builder);
    prog_use(g);
    struct fc_entry *old = &w->cache.entries[idx];
    if (old->id) {
        prog_release(&w->progs, w->progs.array[fc_prog(old)]);
    }
    fc_fill(&w->cache, idx, p->hash, id, key, ks->n_words, g->idx,
            (uint32_t)version);
    run_prog(w, g, p);
}

/* An entry that a change may have outdated: either it still holds, or it is
 * translated again in its place. */
static void
stale(struct worker *w, struct dp_port *port, struct packet *p, uint32_t idx,
      uint64_t version)
{
    struct fc_entry *e = &w->cache.entries[idx];
    struct dp_prog *g = w->progs.array[fc_prog(e)];
    if (!is_fresh(w, g, e->version, version)) {
        counter_inc(dp_cache_stale);
        translate(w, port->idx, p, version);
        if (w->builder.is_uncacheable) {
            fc_clear(&w->cache, idx);
            prog_release(&w->progs, g);
            run_builder(w, p, clock_ms());
            return;
        }
        struct dp_prog *fresh = prog_intern(&w->progs, &w->builder);
        prog_use(fresh);
        prog_release(&w->progs, g);
        g = fresh;
        e->prog = g->idx;
    }
    e->version = (uint32_t)version;
    run_prog(w, g, p);
}

/* Stage 1: shape, key, hash; buckets are on their way when it ends. */
static void
make_keys(struct worker *w, const struct keyset *ks, struct dp_port *port,
          struct packet *pkts, unsigned int n, struct burst *b)
{
    packet_parse_burst(pkts, n);
    for (unsigned int i = 0; i < n; i++) {
        struct packet *p = &pkts[i];
        const struct keyspec *spec = &ks->spec[p->shape];
        b->spec[i] = spec;
        keyspec_load(spec, p, b->key[i]);
        b->id[i] = fc_id(port->idx, p->shape, spec->n_words, ks->id);
        p->hash = fc_hash(b->id[i], b->key[i], spec->n_words);
        fc_prefetch(&w->cache, p->hash);
    }
}

/* Stage 2: signatures are compared and the entries fetched ahead. */
static void
prefetch_entries(struct worker *w, const struct packet *pkts, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++) {
        uint32_t bucket = fc_bucket_of(&w->cache, pkts[i].hash);
        unsigned int ways = fc_match(&w->cache.buckets[bucket],
                                     fc_signature(pkts[i].hash));
        if (ways) {
            __builtin_prefetch(
                &w->cache.entries[bucket * FC_WAYS
                                  + (unsigned int)__builtin_ctz(ways)]);
        }
    }
    /* A function that only fetches ahead has no effect that gcc sees, and
     * its calls would be left out. */
    __asm__ volatile("" : : : "memory");
}

static void
run_keyed(struct worker *w, struct dp_port *port, const struct keyset *ks,
          struct packet *pkts, unsigned int n, uint64_t version)
{
    struct burst b;
    make_keys(w, ks, port, pkts, n, &b);
    prefetch_entries(w, pkts, n);
    unsigned int n_hits = 0;
    for (unsigned int i = 0; i < n; i++) {
        struct packet *p = &pkts[i];
        if (UNLIKELY(PACKET_SHAPE_KIND(p->shape) == PKIND_RUNT)) {
            drop_all(w, port, p, 1, DP_DROP_RUNT);
            continue;
        }
        uint32_t idx = fc_find(&w->cache, p->hash, b.id[i], b.key[i],
                               b.spec[i]->n_words);
        if (UNLIKELY(idx == FC_NONE)) {
            miss(w, port, p, b.id[i], b.key[i], b.spec[i], version);
            continue;
        }
        n_hits++;
        struct fc_entry *e = &w->cache.entries[idx];
        if (LIKELY(e->version == (uint32_t)version)) {
            run_prog(w, w->progs.array[fc_prog(e)], p);
        } else {
            stale(w, port, p, idx, version);
        }
    }
    worker_stat_add(&w->n_hits, n_hits);
}

/* The program of a port whose translations read no packet bit, made or
 * renewed as needed; NULL if it cannot be kept. */
static struct dp_prog *
shortcut(struct worker *w, struct dp_port *port, const struct keyset *ks,
         const struct packet *sample, uint64_t version)
{
    struct dp_prog *g = w->shortcut[port->idx].prog;
    if (g && w->shortcut[port->idx].keyset_id == ks->id
        && (w->shortcut[port->idx].version == version
            || is_fresh(w, g, (uint32_t)w->shortcut[port->idx].version,
                        version))) {
        w->shortcut[port->idx].version = version;
        return g;
    }
    translate(w, port->idx, sample, version);
    worker_stat_add(&w->n_misses, 1);
    struct dp_prog *fresh = w->builder.is_uncacheable
                                ? NULL
                                : prog_intern(&w->progs, &w->builder);
    if (fresh) {
        prog_use(fresh);
    }
    if (g) {
        prog_release(&w->progs, g);
    }
    w->shortcut[port->idx].prog = fresh;
    w->shortcut[port->idx].version = version;
    w->shortcut[port->idx].keyset_id = ks->id;
    return fresh;
}

static void
run_trivial(struct worker *w, struct dp_port *port, const struct keyset *ks,
            struct packet *pkts, unsigned int n, uint64_t version)
{
    unsigned int n_good = 0;
    uint64_t n_bytes = 0;
    for (unsigned int i = 0; i < n; i++) {
        if (UNLIKELY(pkts[i].len < ETH_HEADER_BYTES)) {
            drop_all(w, port, &pkts[i], 1, DP_DROP_RUNT);
            continue;
        }
        n_bytes += pkts[i].len;
        if (UNLIKELY(n_good != i)) {
            pkts[n_good] = pkts[i];
        }
        n_good++;
    }
    if (!n_good) {
        return;
    }
    packet_parse(&pkts[0]);
    struct dp_prog *g = shortcut(w, port, ks, &pkts[0], version);
    if (!g) {
        packet_parse_burst(pkts, n_good);
        for (unsigned int i = 0; i < n_good; i++) {
            run_builder(w, &pkts[i], clock_ms());
        }
        return;
    }
    worker_stat_add(&w->n_hits, n_good);
    prog_count(&w->progs, g, n_good, n_bytes);
    if (g->is_output) {
        worker_output_all(w, g->out_port, pkts, n_good);
        return;
    }
    packet_parse_burst(pkts, n_good);
    for (unsigned int i = 0; i < n_good; i++) {
        dp_exec(&w->exec, &pkts[i], (const void *)g->acts, g->acts_len);
    }
}

void
worker_run_burst(struct worker *w, struct dp_port *port, struct packet *pkts,
                 unsigned int n, uint64_t version)
{
    for (unsigned int i = 0; i < n; i++) {
        pkts[i].in_port = port->idx;
        __builtin_prefetch(pkts[i].data);
    }
    const struct keyset *ks = rcu_load(&port->keyset);
    if (UNLIKELY(!ks)) {
        drop_all(w, port, pkts, n, DP_DROP_NO_PIPELINE);
        return;
    }
    worker_stat_add(&w->n_packets, n);
    if (ks->is_trivial && !w->dp->cfg.no_cache) {
        run_trivial(w, port, ks, pkts, n, version);
    } else {
        run_keyed(w, port, ks, pkts, n, version);
    }
}
