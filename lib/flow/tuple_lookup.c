/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's half of tuple.c: the heart of a flow cache miss. */
#include "lib/flow/classifier_priv.h"

#include "lib/base/rcu.h"

#if defined(__SSE2__) && !defined(WEIR_TSAN)
#define HAVE_SIMD_SIGS 1
#include <emmintrin.h>
#endif

/* Tuples hashed, and their buckets fetched, at a time. */
#define N_AHEAD 4

struct probe {
    const struct cls_buckets *bs;
    uint32_t hash;
};

struct best {
    const struct cls_rule *rule;
    int32_t priority;
};

/* Bit s: slot s has signature 'sig'. */
static inline unsigned int
match_sigs(const struct cls_bucket *b, uint16_t sig)
{
#ifdef HAVE_SIMD_SIGS
    __m128i have = _mm_load_si128((const __m128i *)(const void *)b);
    __m128i eq = _mm_cmpeq_epi16(have, _mm_set1_epi16((short)sig));
    unsigned int bits = (unsigned int)_mm_movemask_epi8(
        _mm_packs_epi16(eq, _mm_setzero_si128()));
    return bits & ((1u << CLS_BUCKET_SLOTS) - 1);
#else
    unsigned int bits = 0;
    for (unsigned int s = 0; s < CLS_BUCKET_SLOTS; s++) {
        bits |= (unsigned int)(CLS_LOAD(&b->sigs[s]) == sig) << s;
    }
    return bits;
#endif
}

static inline void
search_chain(const struct cls_node *n, uint32_t hash, uint64_t version,
             const uint64_t *fw, struct best *best)
{
    if (!n || n->hash != hash) {
        return;
    }
    for (; n && n->priority > best->priority; n = CLS_LOAD(&n->next)) {
        if (cls_node_matches(n, fw)
            && cls_rule_is_visible(n->rule, version)) {
            *best = (struct best){ n->rule, n->priority };
            return;
        }
    }
}

static inline void
search_table(const struct probe *p, uint64_t version, const uint64_t *fw,
             struct best *best)
{
    uint16_t sig = cls_sig(p->hash);
    /* In a small table every bucket may have spilled: one round at most. */
    for (uint32_t k = 0; k <= p->bs->mask; k++) {
        const struct cls_bucket *b = &p->bs->b[(p->hash + k) & p->bs->mask];
        for (unsigned int bits = match_sigs(b, sig); bits; bits &= bits - 1) {
            search_chain(CLS_LOAD(&b->heads[__builtin_ctz(bits)]), p->hash,
                         version, fw, best);
        }
        if (LIKELY(!CLS_LOAD(&b->n_spilled))) {
            return;
        }
    }
}

static struct best
search_list(const struct cls_tuples *ts, uint64_t version, const uint64_t *fw)
{
    const struct cls_list *l = rcu_load(&ts->list);
    uint32_t n = CLS_LOAD(&l->n);
    struct best best = { NULL, -1 };
    for (uint32_t i = 0; i < n; i += N_AHEAD) {
        const struct cls_slot *s = &l->slots[i];
        if (CLS_PEEK(&s->rest_max) <= best.priority) {
            break;
        }
        struct probe probes[N_AHEAD];
        uint32_t k = MIN(n - i, N_AHEAD);
        for (uint32_t j = 0; j < k; j++) {
            const struct cls_exact *e = &s[j].tuple->exact;
            probes[j].bs = rcu_load(&e->buckets);
            probes[j].hash = cls_mask_hash_words(e->mask, fw, ts->seed);
            __builtin_prefetch(
                &probes[j].bs->b[probes[j].hash & probes[j].bs->mask]);
        }
        for (uint32_t j = 0; j < k; j++) {
            if (CLS_PEEK(&s[j].max) > best.priority) {
                search_table(&probes[j], version, fw, &best);
            }
        }
    }
    return best;
}

const struct cls_rule *
cls_tuples_lookup(const struct cls_tuples *ts, uint64_t version,
                  const uint64_t *fw)
{
    for (;;) {
        uint32_t n_moves = CLS_LOAD(&ts->n_moves);
        struct best best = search_list(ts, version, fw);
        if (LIKELY(CLS_LOAD(&ts->n_moves) == n_moves)) {
            return best.rule;
        }
    }
}

/* ## All rules ## */

struct found {
    const struct cls_rule **rules;
    size_t n, max;
};

static void
collect_chain(const struct cls_node *n, uint32_t hash, uint64_t version,
              const uint64_t *fw, struct found *found)
{
    if (!n || n->hash != hash) {
        return;
    }
    for (; n; n = CLS_LOAD(&n->next)) {
        if (cls_node_matches(n, fw)
            && cls_rule_is_visible(n->rule, version)) {
            if (found->n < found->max) {
                found->rules[found->n] = n->rule;
            }
            found->n++;
        }
    }
}

static void
collect_table(const struct cls_exact *e, uint64_t seed, uint64_t version,
              const uint64_t *fw, struct found *found)
{
    const struct cls_buckets *bs = rcu_load(&e->buckets);
    uint32_t hash = cls_mask_hash_words(e->mask, fw, seed);
    uint16_t sig = cls_sig(hash);
    for (uint32_t k = 0; k <= bs->mask; k++) {
        const struct cls_bucket *b = &bs->b[(hash + k) & bs->mask];
        for (unsigned int bits = match_sigs(b, sig); bits; bits &= bits - 1) {
            collect_chain(CLS_LOAD(&b->heads[__builtin_ctz(bits)]), hash,
                          version, fw, found);
        }
        if (!CLS_LOAD(&b->n_spilled)) {
            return;
        }
    }
}

size_t
cls_tuples_lookup_all(const struct cls_tuples *ts, uint64_t version,
                      const uint64_t *fw, const struct cls_rule **rules,
                      size_t max)
{
    for (;;) {
        uint32_t n_moves = CLS_LOAD(&ts->n_moves);
        struct found found = { rules, 0, max };
        const struct cls_list *l = rcu_load(&ts->list);
        uint32_t n = CLS_LOAD(&l->n);
        for (uint32_t i = 0; i < n; i++) {
            if (CLS_PEEK(&l->slots[i].max) >= 0) {
                collect_table(&l->slots[i].tuple->exact, ts->seed, version,
                              fw, &found);
            }
        }
        if (LIKELY(CLS_LOAD(&ts->n_moves) == n_moves)) {
            return found.n;
        }
    }
}
