/* SPDX-License-Identifier: Apache-2.0 */
#include "datapath/user/flowcache.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "lib/base/assert.h"
#include "lib/base/counters.h"
#include "lib/base/mem.h"

#define LARGE_PAGE ((size_t)2 << 20)

/* Zeroed pages that cost memory only once touched. */
static void *
map(size_t n_bytes, bool is_large)
{
    is_large = is_large && n_bytes >= LARGE_PAGE;
    size_t slack = is_large ? LARGE_PAGE : 0;
    uint8_t *p = mmap(NULL, n_bytes + slack, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT(p != MAP_FAILED);
    if (is_large) {
        /* Keep the part that starts on a large page. */
        size_t skip = (size_t)(-(uintptr_t)p) & (LARGE_PAGE - 1);
        if (skip) {
            munmap(p, skip);
        }
        p += skip;
        if (slack > skip) {
            munmap(p + n_bytes, slack - skip);
        }
        madvise(p, n_bytes, MADV_HUGEPAGE);
    }
    return p;
}

void
flowcache_init(struct flowcache *fc, size_t n_entries, bool is_large)
{
    size_t n = 64;
    while (n < n_entries) {
        n *= 2;
    }
    size_t n_buckets = n / FC_WAYS;
    memset(fc, 0, sizeof *fc);
    fc->n_entries = n;
    fc->bucket_mask = (uint32_t)n_buckets - 1;
    fc->door_mask = (uint32_t)n - 1;
    fc->buckets = map(n_buckets * sizeof *fc->buckets, is_large);
    fc->entries = map(n * sizeof *fc->entries, is_large);
    fc->wide_bytes = n * sizeof *fc->wide;
    fc->wide = map(fc->wide_bytes, is_large);
    fc->doorkeeper = map(n * sizeof *fc->doorkeeper, is_large);
}

void
flowcache_fini(struct flowcache *fc)
{
    size_t n_buckets = fc->n_entries / FC_WAYS;
    munmap(fc->buckets, n_buckets * sizeof *fc->buckets);
    munmap(fc->entries, fc->n_entries * sizeof *fc->entries);
    munmap(fc->wide, fc->wide_bytes);
    munmap(fc->doorkeeper, fc->n_entries * sizeof *fc->doorkeeper);
    memset(fc, 0, sizeof *fc);
}

unsigned int
fc_match_scalar(const struct fc_bucket *b, uint16_t sig)
{
    unsigned int ways = 0;
    for (unsigned int i = 0; i < FC_WAYS; i++) {
        ways |= (unsigned int)(b->sig[i] == sig) << i;
    }
    return ways;
}

uint32_t
fc_admit(struct flowcache *fc, uint32_t hash)
{
    uint32_t b = fc_bucket_of(fc, hash);
    unsigned int free_ways = fc_match(&fc->buckets[b], 0);
    if (free_ways) {
        return b * FC_WAYS + (unsigned int)__builtin_ctz(free_ways);
    }
    uint16_t *door = &fc->doorkeeper[(hash * 0x9e3779b1u) & fc->door_mask];
    uint16_t sig = fc_signature(hash);
    if (*door != sig) {
        *door = sig;
        return FC_NONE;
    }
    struct fc_entry *ways = &fc->entries[b * FC_WAYS];
    for (unsigned int i = 0; i < FC_WAYS; i++) {
        if (!(ways[i].prog & FC_REFERENCED)) {
            fc->n_evicted++;
            counter_inc(dp_cache_evict);
            return b * FC_WAYS + i;
        }
    }
    /* All were hit since the last scan: they get one more round. */
    for (unsigned int i = 0; i < FC_WAYS; i++) {
        ways[i].prog &= ~FC_REFERENCED;
    }
    return FC_NONE;
}

void
fc_fill(struct flowcache *fc, uint32_t idx, uint32_t hash, uint64_t id,
        const uint64_t *key, unsigned int n_words, uint32_t prog,
        uint32_t version)
{
    struct fc_entry *e = &fc->entries[idx];
    fc->n_used += !e->id;
    e->id = id;
    memset(e->key, 0, sizeof e->key);
    memcpy(e->key, key, MIN(n_words, FC_INLINE) * sizeof *key);
    if (n_words > FC_INLINE) {
        memcpy(fc->wide[idx], key + FC_INLINE,
               (n_words - FC_INLINE) * sizeof *key);
    }
    e->prog = prog;
    e->version = version;
    fc->buckets[idx / FC_WAYS].sig[idx % FC_WAYS] = fc_signature(hash);
}

void
fc_clear(struct flowcache *fc, uint32_t idx)
{
    fc->entries[idx].id = 0;
    fc->buckets[idx / FC_WAYS].sig[idx % FC_WAYS] = 0;
    fc->n_used--;
}

void
fc_get_key(const struct flowcache *fc, uint32_t idx,
           uint64_t key[KEY_WORDS_MAX])
{
    const struct fc_entry *e = &fc->entries[idx];
    unsigned int n_words = (unsigned int)(e->id >> 32) & 0xff;
    memcpy(key, e->key, MIN(n_words, FC_INLINE) * sizeof *key);
    if (n_words > FC_INLINE) {
        memcpy(key + FC_INLINE, fc->wide[idx],
               (n_words - FC_INLINE) * sizeof *key);
    }
}
