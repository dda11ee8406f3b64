/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of rule chains under one mask.
 *
 * Each bucket is a cache line of six 16-bit signatures and six chain heads,
 * so that a search that finds nothing touches one line.  Chains never move
 * between slots; the table grows into a new array, published through RCU,
 * whose slots point to the same chains.  A search in the old array stays
 * right: what is linked later is of a later version, and what is unlinked
 * was hidden before. */
#include "lib/flow/classifier_priv.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"

/* Chains a bucket has on average when the table grows. */
#define LOAD_MAX 4

struct place {
    struct cls_bucket *b;
    unsigned int slot;
};

static struct cls_buckets *
buckets_create(uint32_t n)
{
    size_t size = offsetof(struct cls_buckets, b[n]);
    struct cls_buckets *bs = xzalloc_cacheline(size);
    bs->mask = n - 1;
    return bs;
}

void
cls_exact_init(struct cls_exact *e, struct cls_mask *mask)
{
    e->mask = cls_mask_ref(mask);
    e->buckets = buckets_create(1);
}

void
cls_exact_fini(struct cls_exact *e)
{
    cls_mask_unref(e->mask);
    free(e->buckets);
}

static bool
find(const struct cls_buckets *bs, uint32_t hash, struct place *p)
{
    uint16_t sig = cls_sig(hash);
    /* In a small table every bucket may have spilled: one round at most. */
    for (uint32_t k = 0; k <= bs->mask; k++) {
        const struct cls_bucket *b = &bs->b[(hash + k) & bs->mask];
        for (unsigned int s = 0; s < CLS_BUCKET_SLOTS; s++) {
            if (b->sigs[s] == sig && b->heads[s]->hash == hash) {
                *p = (struct place){ (struct cls_bucket *)(uintptr_t)b, s };
                return true;
            }
        }
        if (!b->n_spilled) {
            return false;
        }
    }
    return false;
}

/* Gives chain 'head' a slot. */
static void
add_chain(struct cls_buckets *bs, struct cls_node *head)
{
    for (uint32_t i = head->hash & bs->mask;; i = (i + 1) & bs->mask) {
        struct cls_bucket *b = &bs->b[i];
        for (unsigned int s = 0; s < CLS_BUCKET_SLOTS; s++) {
            if (!b->sigs[s]) {
                CLS_STORE(&b->heads[s], head);
                CLS_STORE(&b->sigs[s], cls_sig(head->hash));
                bs->n_chains++;
                return;
            }
        }
        ASSERT(b->n_spilled < UINT16_MAX);
        CLS_STORE(&b->n_spilled, (uint16_t)(b->n_spilled + 1));
    }
}

static void
drop_chain(struct cls_buckets *bs, struct place p, uint32_t hash)
{
    CLS_POKE(&p.b->sigs[p.slot], 0);
    CLS_POKE(&p.b->heads[p.slot], NULL);
    bs->n_chains--;
    for (uint32_t i = hash & bs->mask; &bs->b[i] != p.b;
         i = (i + 1) & bs->mask) {
        CLS_POKE(&bs->b[i].n_spilled, (uint16_t)(bs->b[i].n_spilled - 1));
    }
}

static void
resize(struct cls_exact *e, uint32_t n)
{
    struct cls_buckets *old = e->buckets;
    struct cls_buckets *bs = buckets_create(n);
    for (uint32_t i = 0; i <= old->mask; i++) {
        for (unsigned int s = 0; s < CLS_BUCKET_SLOTS; s++) {
            if (old->b[i].sigs[s]) {
                add_chain(bs, old->b[i].heads[s]);
            }
        }
    }
    rcu_assign(&e->buckets, bs);
    rcu_free(old);
}

struct cls_node *
cls_exact_chain(const struct cls_exact *e, uint32_t hash)
{
    struct place p;
    return find(e->buckets, hash, &p) ? p.b->heads[p.slot] : NULL;
}

void
cls_exact_link(struct cls_exact *e, struct cls_node *n)
{
    struct place p;
    if (!find(e->buckets, n->hash, &p)) {
        uint32_t n_buckets = e->buckets->mask + 1;
        if (e->buckets->n_chains >= n_buckets * LOAD_MAX) {
            resize(e, n_buckets * 2);
        }
        n->next = NULL;
        add_chain(e->buckets, n);
        return;
    }
    struct cls_node **at = &p.b->heads[p.slot];
    while (*at && (*at)->priority > n->priority) {
        at = &(*at)->next;
    }
    n->next = *at;
    CLS_STORE(at, n);
}

void
cls_exact_unlink(struct cls_exact *e, struct cls_node *n)
{
    struct place p;
    bool found = find(e->buckets, n->hash, &p);
    ASSERT(found);
    struct cls_node **at = &p.b->heads[p.slot];
    if (*at == n && !n->next) {
        drop_chain(e->buckets, p, n->hash);
        uint32_t n_buckets = e->buckets->mask + 1;
        if (n_buckets > 1 && e->buckets->n_chains < n_buckets / 2) {
            resize(e, n_buckets / 2);
        }
        return;
    }
    while (*at != n) {
        ASSERT(*at);
        at = &(*at)->next;
    }
    CLS_STORE(at, n->next);
}

size_t
cls_exact_bytes(const struct cls_exact *e)
{
    return offsetof(struct cls_buckets, b[e->buckets->mask + 1]);
}
