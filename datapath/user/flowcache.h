/* SPDX-License-Identifier: Apache-2.0 */
/* The flow cache: one exact-match hash a worker.
 *
 * An entry is one cache line: who it is for (input port, shape, keyset), up
 * to FC_INLINE key words, its program and the generation it was translated
 * at.  Longer keys go on in a parallel array.  Buckets are 8 ways of 16-bit
 * signatures, compared at once by SSE2 (a scalar twin serves elsewhere and
 * is tested against it).
 *
 * Admission: a free way is taken at once; a full bucket gives up a way that
 * was not hit since its neighbours were last scanned, and only to a flow
 * that misses for the second time (a doorkeeper of signatures remembers the
 * first).  So a flood of random headers cannot push out flows in use.
 *
 * Threads: the worker that owns it. */
#ifndef WEIR_DATAPATH_USER_FLOWCACHE_H
#define WEIR_DATAPATH_USER_FLOWCACHE_H 1

#include "lib/base/types.h"
#include "lib/flow/extract.h"

#define FC_WAYS 8
#define FC_INLINE 6
#define FC_WIDE (KEY_WORDS_MAX - FC_INLINE)
#define FC_NONE UINT32_MAX

/* Word 0 of an entry: in_port 16 bits, shape 8, words 8, keyset 32.  Never
 * zero in use, as keyset ids start at 1. */
static inline uint64_t
fc_id(uint32_t in_port, uint8_t shape, uint8_t n_words, uint32_t keyset_id)
{
    return (uint64_t)in_port << 48 | (uint64_t)shape << 40
           | (uint64_t)n_words << 32 | keyset_id;
}

struct fc_entry {
    uint64_t id;              /* fc_id(); 0 when free. */
    uint64_t key[FC_INLINE];
    uint32_t prog;            /* Index in the worker's prog_table, and
                               * FC_REFERENCED: hit since the last scan. */
    uint32_t version;         /* Low bits of the version it is good for. */
};

#define FC_REFERENCED (1u << 31)

static inline uint32_t
fc_prog(const struct fc_entry *e)
{
    return e->prog & ~FC_REFERENCED;
}

_Static_assert(sizeof(struct fc_entry) == CACHE_LINE_BYTES, "one line");

struct fc_bucket {
    uint16_t sig[FC_WAYS]; /* 0 when free. */
};

struct flowcache {
    struct fc_bucket *buckets;
    struct fc_entry *entries;      /* [bucket * FC_WAYS + way]. */
    uint64_t (*wide)[FC_WIDE];     /* The rest of long keys, same index. */
    uint16_t *doorkeeper;          /* Signatures of recent misses. */
    uint32_t bucket_mask, door_mask;
    size_t n_entries, n_used;
    size_t wide_bytes;
    uint64_t n_evicted;
};

/* 'n_entries' is rounded up to a power of two, at least 64.  'is_large' asks
 * the kernel for large pages: faster with many flows, more memory with few. */
void flowcache_init(struct flowcache *, size_t n_entries, bool is_large);
void flowcache_fini(struct flowcache *);

static inline uint32_t
fc_hash(uint64_t id, const uint64_t *key, unsigned int n_words)
{
    uint64_t h = id * 0x9e3779b97f4a7c15ull;
    h ^= h >> 32; /* The port, high in 'id', must reach the bucket. */
    for (unsigned int i = 0; i < n_words; i++) {
        h = (h ^ key[i]) * 0xd6e8feb86659fd93ull;
        h ^= h >> 32;
    }
    h *= 0x9e3779b97f4a7c15ull;
    return (uint32_t)(h >> 32);
}

/* Never 0. */
static inline uint16_t
fc_signature(uint32_t hash)
{
    return (uint16_t)(hash >> 16) | 1;
}

static inline uint32_t
fc_bucket_of(const struct flowcache *fc, uint32_t hash)
{
    return hash & fc->bucket_mask;
}

static inline void
fc_prefetch(const struct flowcache *fc, uint32_t hash)
{
    __builtin_prefetch(&fc->buckets[fc_bucket_of(fc, hash)]);
}

/* Bit i: way i has signature 'sig'. */
unsigned int fc_match_scalar(const struct fc_bucket *, uint16_t sig);
#ifdef __SSE2__
#include <emmintrin.h>
static inline unsigned int
fc_match(const struct fc_bucket *b, uint16_t sig)
{
    __m128i have = _mm_load_si128((const __m128i *)(const void *)b->sig);
    __m128i eq = _mm_cmpeq_epi16(have, _mm_set1_epi16((short)sig));
    return (unsigned int)_mm_movemask_epi8(
        _mm_packs_epi16(eq, _mm_setzero_si128()));
}
#else
#define fc_match fc_match_scalar
#endif

static inline bool
fc_equal(const struct flowcache *fc, uint32_t idx, uint64_t id,
         const uint64_t *key, unsigned int n_words)
{
    const struct fc_entry *e = &fc->entries[idx];
    uint64_t diff = e->id ^ id;
    unsigned int n = n_words < FC_INLINE ? n_words : FC_INLINE;
    for (unsigned int i = 0; i < n; i++) {
        diff |= e->key[i] ^ key[i];
    }
    return !diff
           && (LIKELY(n_words <= FC_INLINE)
               || !memcmp(fc->wide[idx], key + FC_INLINE,
                          (n_words - FC_INLINE) * sizeof *key));
}

/* The index of the entry for id and key, or FC_NONE. */
static inline uint32_t
fc_find(struct flowcache *fc, uint32_t hash, uint64_t id, const uint64_t *key,
        unsigned int n_words)
{
    uint32_t b = fc_bucket_of(fc, hash);
    unsigned int ways = fc_match(&fc->buckets[b], fc_signature(hash));
    while (ways) {
        unsigned int way = (unsigned int)__builtin_ctz(ways);
        uint32_t idx = b * FC_WAYS + way;
        if (LIKELY(fc_equal(fc, idx, id, key, n_words))) {
            struct fc_entry *e = &fc->entries[idx];
            if (UNLIKELY(!(e->prog & FC_REFERENCED))) {
                e->prog |= FC_REFERENCED;
            }
            return idx;
        }
        ways &= ways - 1;
    }
    return FC_NONE;
}

/* A place for a new flow that just missed, or FC_NONE (not admitted now).
 * The caller releases the program of the entry that is there ('id' not 0)
 * and then calls fc_fill(). */
uint32_t fc_admit(struct flowcache *, uint32_t hash);
void fc_fill(struct flowcache *, uint32_t idx, uint32_t hash, uint64_t id,
             const uint64_t *key, unsigned int n_words, uint32_t prog,
             uint32_t version);
/* Frees an entry in use. */
void fc_clear(struct flowcache *, uint32_t idx);
/* All key words of an entry in use. */
void fc_get_key(const struct flowcache *, uint32_t idx,
                uint64_t key[KEY_WORDS_MAX]);

#endif
