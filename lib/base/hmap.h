/* SPDX-License-Identifier: Apache-2.0 */
/* An intrusive chained hash map, for the control plane.  The caller brings
 * the hash and compares; duplicates are allowed.  Not thread-safe. */
#ifndef WEIR_BASE_HMAP_H
#define WEIR_BASE_HMAP_H 1

#include "lib/base/types.h"

struct hmap_node {
    uint32_t hash;
    struct hmap_node *next; /* In the bucket. */
};

struct hmap {
    struct hmap_node **buckets;
    struct hmap_node *one; /* The bucket of a map that never grew. */
    size_t mask;           /* Buckets - 1. */
    size_t n;              /* Nodes. */
};

void hmap_init(struct hmap *);
/* Frees the buckets; nodes are the caller's. */
void hmap_fini(struct hmap *);
void hmap_clear(struct hmap *);
void hmap_insert(struct hmap *, struct hmap_node *, uint32_t hash);
/* 'node' must be in the map. */
void hmap_remove(struct hmap *, struct hmap_node *);
void hmap_reserve(struct hmap *, size_t n);
/* Replaces 'old' by 'new' of the same hash. */
void hmap_replace(struct hmap *, const struct hmap_node *old_node,
                  struct hmap_node *new_node);

static inline size_t
hmap_count(const struct hmap *h)
{
    return h->n;
}

static inline bool
hmap_is_empty(const struct hmap *h)
{
    return !h->n;
}

static inline struct hmap_node **
hmap_bucket(const struct hmap *h, uint32_t hash)
{
    return h->buckets ? &h->buckets[hash & h->mask]
                      : (struct hmap_node **)(uintptr_t)&h->one;
}

static inline struct hmap_node *
hmap_first_with_hash(const struct hmap *h, uint32_t hash)
{
    struct hmap_node *n = *hmap_bucket(h, hash);
    while (n && n->hash != hash) {
        n = n->next;
    }
    return n;
}

static inline struct hmap_node *
hmap_next_with_hash(const struct hmap_node *n)
{
    uint32_t hash = n->hash;
    do {
        n = n->next;
    } while (n && n->hash != hash);
    return (struct hmap_node *)(uintptr_t)n;
}

/* Some node, and the one after it; NULL at the end. */
struct hmap_node *hmap_first(const struct hmap *);
struct hmap_node *hmap_next(const struct hmap *, const struct hmap_node *);

#define HMAP_ENTRY(NODE, TYPE, MEMBER)                                        \
    ((NODE) ? CONTAINER_OF(NODE, TYPE, MEMBER) : NULL)
#define HMAP_FOR_EACH_WITH_HASH(TYPE, ITER, MEMBER, HASH, MAP)                \
    for (TYPE *ITER = HMAP_ENTRY(hmap_first_with_hash(MAP, HASH), TYPE,       \
                                 MEMBER);                                     \
         ITER;                                                                \
         ITER = HMAP_ENTRY(hmap_next_with_hash(&ITER->MEMBER), TYPE, MEMBER))
/* The map may not change during the loop. */
#define HMAP_FOR_EACH(TYPE, ITER, MEMBER, MAP)                                \
    for (TYPE *ITER = HMAP_ENTRY(hmap_first(MAP), TYPE, MEMBER); ITER;        \
         ITER = HMAP_ENTRY(hmap_next(MAP, &ITER->MEMBER), TYPE, MEMBER))
/* ITER may be removed (and freed) during the loop. */
#define HMAP_FOR_EACH_SAFE(TYPE, ITER, MEMBER, MAP)                           \
    for (TYPE *ITER = HMAP_ENTRY(hmap_first(MAP), TYPE, MEMBER),              \
              *ITER##_next = NULL;                                            \
         ITER && (ITER##_next = HMAP_ENTRY(hmap_next(MAP, &ITER->MEMBER),     \
                                           TYPE, MEMBER), true);              \
         ITER = ITER##_next)

#endif
