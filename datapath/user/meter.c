/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets without locks.
 *
 * A band's bucket is kept as the time at which it would be full again (the
 * "theoretical arrival time" of the generic cell rate algorithm, ATM Forum
 * TM 4.0): one 64-bit word in nanoseconds, moved by compare-and-swap.  A
 * packet conforms if that time is not more than a burst ahead of now. */
#include "datapath/meter.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"

struct band {
    uint64_t ns_per_unit_q16; /* Nanoseconds a byte (or packet), << 16. */
    int64_t burst_ns;         /* How far ahead the bucket may be. */
    _Atomic(int64_t) full_at_ns;
    _Atomic(uint64_t) n_packets, n_bytes;
};

struct dp_meter {
    _Atomic(uint32_t) n_refs;
    struct dp_meter_cfg cfg;
    _Atomic(uint64_t) n_packets, n_bytes;
    int64_t created_ms;
    struct band bands[DP_METER_BANDS_MAX];
};

struct dp_meter *
dp_meter_create(const struct dp_meter_cfg *cfg)
{
    struct dp_meter *m = xzalloc(sizeof *m);
    m->n_refs = 1;
    m->cfg = *cfg;
    m->created_ms = clock_ms();
    for (unsigned int i = 0; i < cfg->n_bands; i++) {
        const struct dp_meter_band *b = &cfg->bands[i];
        /* 1 kbit/s is 125 bytes a second. */
        uint64_t units_per_s = MAX((uint64_t)b->rate, 1)
                               * (cfg->is_pktps ? 1 : 125);
        uint64_t burst = MAX((uint64_t)(b->burst ? b->burst : b->rate), 1)
                         * (cfg->is_pktps ? 1 : 125);
        m->bands[i].ns_per_unit_q16 = (1000000000ull << 16) / units_per_s;
        m->bands[i].burst_ns = (int64_t)((double)burst * 1e9
                                         / (double)units_per_s);
    }
    return m;
}

struct dp_meter *
dp_meter_ref(struct dp_meter *m)
{
    atomic_fetch_add(&m->n_refs, 1);
    return m;
}

void
dp_meter_unref(struct dp_meter **mp)
{
    struct dp_meter *m = *mp;
    *mp = NULL;
    if (m && atomic_fetch_sub(&m->n_refs, 1) == 1) {
        rcu_free(m);
    }
}

static bool
band_take(struct band *b, uint32_t units, int64_t now_ns)
{
    int64_t cost = (int64_t)(units * b->ns_per_unit_q16 >> 16);
    int64_t old = atomic_load_explicit(&b->full_at_ns, memory_order_relaxed);
    for (;;) {
        int64_t start = MAX(old, now_ns);
        if (start + cost - now_ns > b->burst_ns) {
            return false;
        }
        if (atomic_compare_exchange_weak(&b->full_at_ns, &old,
                                         start + cost)) {
            return true;
        }
    }
}

bool
dp_meter_run(struct dp_meter *m, uint32_t len, int64_t now_us)
{
    atomic_fetch_add_explicit(&m->n_packets, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->n_bytes, len, memory_order_relaxed);
    /* The exceeded band of the highest rate applies [OF1.3.5 5.7.1]; all
     * drop, so the first exceeded decides the counters. */
    int exceeded = -1;
    for (unsigned int i = 0; i < m->cfg.n_bands; i++) {
        if (!band_take(&m->bands[i], m->cfg.is_pktps ? 1 : len,
                       now_us * 1000)
            && (exceeded < 0
                || m->cfg.bands[i].rate > m->cfg.bands[exceeded].rate)) {
            exceeded = (int)i;
        }
    }
    if (exceeded < 0) {
        return true;
    }
    struct band *b = &m->bands[exceeded];
    atomic_fetch_add_explicit(&b->n_packets, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&b->n_bytes, len, memory_order_relaxed);
    return false;
}

void
dp_meter_get_stats(const struct dp_meter *m, struct dp_meter_stats *s)
{
    memset(s, 0, sizeof *s);
    s->n_packets = m->n_packets;
    s->n_bytes = m->n_bytes;
    s->created_ms = m->created_ms;
    for (unsigned int i = 0; i < m->cfg.n_bands; i++) {
        s->bands[i].n_packets = m->bands[i].n_packets;
        s->bands[i].n_bytes = m->bands[i].n_bytes;
    }
}
