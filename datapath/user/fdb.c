/* SPDX-License-Identifier: Apache-2.0 */
/* The MAC table.
 *
 * An open-addressed table of buckets of 4 entries, twice the limit in size.
 * A slot is a 64-bit key (VLAN and MAC, plus a bit that says in use) and a
 * 64-bit value (bundle, static, last-seen second).  The one writer clears
 * the key, sets the value and sets the key, in that order; a reader takes
 * key, value, key and believes the value if the keys agree.  Removal leaves
 * a tombstone so that probes go on; a rebuild replaces the array by RCU.
 *
 * Evictions take the oldest of the bundle that has most.  Readers move ages
 * without telling the writer, so it sorts at need, and takes the next victims
 * from what it sorted (a small part of the table) as long as they are as they
 * were: a flood of addresses does not cost a sort each. */
#include <stdlib.h>

#include "datapath/l2.h"
#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"

#define KEY_USED (1ull << 63)
#define KEY_TOMB 1ull
#define VALUE_STATIC (1ull << 63)
#define PROBES_MAX 64
#define VICTIMS_MAX 128
/* Of a table's entries at most, one for so many are victims of one sort. */
#define ENTRIES_PER_VICTIM 64

struct slot {
    _Atomic(uint64_t) key;   /* KEY_USED | vid << 48 | mac; 0; KEY_TOMB. */
    _Atomic(uint64_t) value; /* VALUE_STATIC | bundle << 32 | second. */
};

struct slots {
    uint32_t mask;
    struct slot slot[];
};

struct fdb {
    _Atomic(uint32_t) n_refs;
    struct slots *slots; /* RCU. */
    size_t n, n_tombs, max;
    struct fdb_entry victims[VICTIMS_MAX]; /* The next to go, oldest first. */
    unsigned int n_victims, next_victim;
    struct fdb_stats stats; /* But for 'n_static', which is counted. */
};

static uint64_t
make_key(uint16_t vid, struct eth_addr mac)
{
    return KEY_USED | (uint64_t)(vid & 0xfff) << 48 | eth_addr_to_u64(mac);
}

static uint32_t
hash_key(uint64_t key)
{
    return (uint32_t)hash_mix64(key ^ hash_seed());
}

static struct slots *
slots_create(size_t max)
{
    size_t n = 64;
    while (n < max * 2) {
        n *= 2;
    }
    struct slots *s = xzalloc_cacheline(sizeof *s + n * sizeof s->slot[0]);
    s->mask = (uint32_t)n - 1;
    return s;
}

struct fdb *
fdb_create(size_t max)
{
    struct fdb *f = xzalloc(sizeof *f);
    f->n_refs = 1;
    f->max = max ? max : FDB_ENTRIES_DEFAULT;
    f->slots = slots_create(f->max);
    return f;
}

struct fdb *
fdb_ref(struct fdb *f)
{
    atomic_fetch_add(&f->n_refs, 1);
    return f;
}

static void
fdb_free(void *f_)
{
    struct fdb *f = f_;
    free(f->slots);
    free(f);
}

void
fdb_unref(struct fdb **fp)
{
    struct fdb *f = *fp;
    *fp = NULL;
    if (f && atomic_fetch_sub(&f->n_refs, 1) == 1) {
        rcu_defer(fdb_free, f);
    }
}

/* The slot of 'key' in 's', or NULL. */
static struct slot *
find(struct slots *s, uint64_t key)
{
    uint32_t h = hash_key(key);
    for (uint32_t i = 0; i < PROBES_MAX; i++) {
        struct slot *slot = &s->slot[(h + i) & s->mask];
        uint64_t k = atomic_load_explicit(&slot->key, memory_order_acquire);
        if (k == key) {
            return slot;
        }
        if (!k) {
            return NULL;
        }
    }
    return NULL;
}

static uint16_t
value_bundle(uint64_t v)
{
    return (uint16_t)(v >> 32);
}

uint16_t
fdb_lookup(struct fdb *f, uint16_t vid, struct eth_addr mac, bool is_source,
           uint32_t now_s)
{
    uint64_t key = make_key(vid, mac);
    struct slot *slot = find(rcu_load(&f->slots), key);
    if (!slot) {
        return DP_BUNDLE_NONE;
    }
    uint64_t v = atomic_load_explicit(&slot->value, memory_order_acquire);
    if (atomic_load_explicit(&slot->key, memory_order_acquire) != key) {
        return DP_BUNDLE_NONE;
    }
    if (is_source && (uint32_t)v != now_s) {
        uint64_t fresh = (v & ~0xffffffffull) | now_s;
        atomic_compare_exchange_strong(&slot->value, &v, fresh);
    }
    return value_bundle(v);
}

/* A free slot for 'key', which is not in 's'; NULL if all probes are full. */
static struct slot *
find_free(struct slots *s, uint64_t key)
{
    uint32_t h = hash_key(key);
    for (uint32_t i = 0; i < PROBES_MAX; i++) {
        struct slot *slot = &s->slot[(h + i) & s->mask];
        if (!(slot->key & KEY_USED)) {
            return slot;
        }
    }
    return NULL;
}

static void
fill(struct fdb *f, struct slot *slot, uint64_t key, uint64_t value)
{
    f->n_tombs -= slot->key == KEY_TOMB;
    atomic_store_explicit(&slot->value, value, memory_order_release);
    atomic_store_explicit(&slot->key, key, memory_order_release);
    f->n++;
}

static void
clear(struct fdb *f, struct slot *slot)
{
    atomic_store_explicit(&slot->key, KEY_TOMB, memory_order_release);
    f->n--;
    f->n_tombs++;
}

/* Moves everything to a new array for 'max' entries, without tombstones. */
static void
rebuild(struct fdb *f)
{
    struct slots *old = f->slots, *fresh = slots_create(MAX(f->max, f->n));
    f->n = f->n_tombs = 0;
    for (size_t i = 0; i <= old->mask; i++) {
        struct slot *from = &old->slot[i];
        if (from->key & KEY_USED) {
            struct slot *to = find_free(fresh, from->key);
            if (to) {
                fill(f, to, from->key, from->value);
            }
        }
    }
    rcu_assign(&f->slots, fresh);
    rcu_free(old);
}

/* Sorts, and lists the oldest dynamic entries of the bundle that has most. */
static void
choose_victims(struct fdb *f)
{
    size_t n;
    struct fdb_entry *all = fdb_dump(f, &n);
    uint32_t *per_bundle = xcalloc(UINT16_MAX + 1u, sizeof *per_bundle);
    uint16_t most = DP_BUNDLE_NONE;
    for (size_t i = 0; i < n; i++) {
        if (!all[i].is_static) {
            uint16_t b = all[i].bundle;
            per_bundle[b]++;
            if (most == DP_BUNDLE_NONE || per_bundle[b] > per_bundle[most]) {
                most = b;
            }
        }
    }
    unsigned int want = (unsigned int)MIN(MAX(f->max / ENTRIES_PER_VICTIM, 1),
                                          VICTIMS_MAX);
    f->n_victims = f->next_victim = 0;
    for (size_t i = 0; i < n && f->n_victims < want; i++) {
        if (!all[i].is_static && all[i].bundle == most) {
            f->victims[f->n_victims++] = all[i];
        }
    }
    free(per_bundle);
    free(all);
}

/* Removes 'e' if it is as it was when it was chosen. */
static bool
evict(struct fdb *f, const struct fdb_entry *e)
{
    struct slot *slot = find(f->slots, make_key(e->vid, e->mac));
    if (!slot) {
        return false;
    }
    uint64_t v = slot->value;
    if ((v & VALUE_STATIC) || value_bundle(v) != e->bundle
        || (int64_t)(uint32_t)v * 1000 != e->used_ms) {
        return false;
    }
    clear(f, slot);
    counter_inc(mac_evicted);
    f->stats.n_evicted++;
    return true;
}

/* Makes room for one; false if all entries are static. */
static bool
evict_one(struct fdb *f)
{
    for (int sorts = 0; sorts < 2; sorts++) {
        while (f->next_victim < f->n_victims) {
            if (evict(f, &f->victims[f->next_victim++])) {
                return true;
            }
        }
        choose_victims(f);
    }
    return false;
}

void
fdb_set_max(struct fdb *f, size_t max)
{
    if (!max || max == f->max) {
        return;
    }
    f->max = max;
    f->n_victims = 0;
    while (f->n > max && evict_one(f)) {
        continue;
    }
    rebuild(f);
}

static uint64_t
now_seconds(void)
{
    return (uint64_t)(clock_ms() / 1000) & 0xffffffffull;
}

bool
fdb_learn(struct fdb *f, uint16_t vid, struct eth_addr mac, uint16_t bundle,
          bool is_static)
{
    uint64_t key = make_key(vid, mac);
    uint64_t value = (uint64_t)bundle << 32 | now_seconds()
                     | (is_static ? VALUE_STATIC : 0);
    struct slot *slot = find(f->slots, key);
    if (slot) {
        uint64_t old = slot->value;
        if ((old & VALUE_STATIC) && !is_static) {
            return false;
        }
        atomic_store_explicit(&slot->value, value, memory_order_release);
        f->stats.n_moved += !is_static && value_bundle(old) != bundle;
        return value_bundle(old) != bundle
               || (old & VALUE_STATIC) != (value & VALUE_STATIC);
    }
    if (f->n >= f->max) {
        if (!evict_one(f)) {
            return false; /* All static. */
        }
    }
    if (f->n_tombs > f->slots->mask / 4) {
        rebuild(f);
    }
    slot = find_free(f->slots, key);
    if (!slot) {
        return false;
    }
    fill(f, slot, key, value);
    counter_inc(mac_learned);
    f->stats.n_learned += !is_static;
    return true;
}

bool
fdb_remove(struct fdb *f, uint16_t vid, struct eth_addr mac)
{
    struct slot *slot = find(f->slots, make_key(vid, mac));
    if (slot) {
        clear(f, slot);
    }
    return slot != NULL;
}

void
fdb_flush(struct fdb *f, uint16_t bundle)
{
    for (size_t i = 0; i <= f->slots->mask; i++) {
        struct slot *s = &f->slots->slot[i];
        uint64_t v = s->value;
        if ((s->key & KEY_USED)
            && (bundle == DP_BUNDLE_NONE ? !(v & VALUE_STATIC)
                                         : value_bundle(v) == bundle)) {
            clear(f, s);
        }
    }
}

void
fdb_age(struct fdb *f, int64_t idle_ms)
{
    int64_t now = (int64_t)now_seconds();
    for (size_t i = 0; i <= f->slots->mask; i++) {
        struct slot *s = &f->slots->slot[i];
        uint64_t v = s->value;
        if ((s->key & KEY_USED) && !(v & VALUE_STATIC)
            && (now - (int64_t)(uint32_t)v) * 1000 >= idle_ms) {
            clear(f, s);
            counter_inc(mac_expired);
            f->stats.n_expired++;
        }
    }
}

void
fdb_remap(struct fdb *f, const uint16_t *map, size_t n)
{
    for (size_t i = 0; i <= f->slots->mask; i++) {
        struct slot *s = &f->slots->slot[i];
        if (!(s->key & KEY_USED)) {
            continue;
        }
        uint64_t v = s->value;
        uint16_t old = value_bundle(v);
        uint16_t moved = old < n ? map[old] : DP_BUNDLE_NONE;
        if (moved == DP_BUNDLE_NONE) {
            clear(f, s);
        } else {
            s->value = (v & ~(0xffffull << 32)) | (uint64_t)moved << 32;
        }
    }
}

size_t
fdb_count(const struct fdb *f)
{
    return f->n;
}

size_t
fdb_max(const struct fdb *f)
{
    return f->max;
}

void
fdb_get_stats(const struct fdb *f, struct fdb_stats *st)
{
    *st = f->stats;
    st->n_static = 0;
    for (size_t i = 0; i <= f->slots->mask; i++) {
        const struct slot *s = &f->slots->slot[i];
        st->n_static += (s->key & KEY_USED) && (s->value & VALUE_STATIC);
    }
}

void
fdb_clear_stats(struct fdb *f)
{
    memset(&f->stats, 0, sizeof f->stats);
}

/* Of those seen in the same second, by VLAN and MAC. */
static int
compare_ages(const void *a_, const void *b_)
{
    const struct fdb_entry *a = a_, *b = b_;
    if (a->used_ms != b->used_ms) {
        return a->used_ms < b->used_ms ? -1 : 1;
    }
    uint64_t ka = make_key(a->vid, a->mac), kb = make_key(b->vid, b->mac);
    return ka < kb ? -1 : ka > kb;
}

struct fdb_entry *
fdb_dump(const struct fdb *f, size_t *n)
{
    struct fdb_entry *all = xcalloc(f->n, sizeof *all);
    *n = 0;
    for (size_t i = 0; i <= f->slots->mask && *n < f->n; i++) {
        const struct slot *s = &f->slots->slot[i];
        uint64_t k = s->key, v = s->value;
        if (k & KEY_USED) {
            all[(*n)++] = (struct fdb_entry){
                .mac = eth_addr_from_u64(k & 0xffffffffffffull),
                .vid = (uint16_t)(k >> 48 & 0xfff),
                .bundle = value_bundle(v),
                .is_static = (v & VALUE_STATIC) != 0,
                .used_ms = (int64_t)(uint32_t)v * 1000,
            };
        }
    }
    if (*n) {
        qsort(all, *n, sizeof *all, compare_ages);
    }
    return all;
}

struct dp_l2 *
dp_l2_create(struct fdb *fdb, uint16_t n)
{
    struct dp_l2 *l2 = xzalloc(sizeof *l2 + n * sizeof l2->bundles[0]);
    l2->n_refs = 1;
    l2->fdb = fdb_ref(fdb);
    l2->n_bundles = n;
    return l2;
}

struct dp_l2 *
dp_l2_ref(struct dp_l2 *l2)
{
    atomic_fetch_add(&l2->n_refs, 1);
    return l2;
}

static void
l2_free(void *l2_)
{
    struct dp_l2 *l2 = l2_;
    fdb_unref(&l2->fdb);
    free(l2);
}

void
dp_l2_unref(struct dp_l2 **l2p)
{
    struct dp_l2 *l2 = *l2p;
    *l2p = NULL;
    if (l2 && atomic_fetch_sub(&l2->n_refs, 1) == 1) {
        rcu_defer(l2_free, l2);
    }
}
