/* SPDX-License-Identifier: Apache-2.0 */
/* A binary min-heap of pointers, keyed by int64; each element stores its
 * place so that it can be moved or removed.  Not thread-safe. */
#ifndef WEIR_BASE_HEAP_H
#define WEIR_BASE_HEAP_H 1

#include "lib/base/types.h"

#define HEAP_NOWHERE SIZE_MAX

struct heap_node {
    size_t idx;  /* In 'array'; HEAP_NOWHERE when not in a heap. */
    int64_t key; /* Smallest first. */
};

struct heap {
    struct heap_node **array;
    size_t n, capacity;
};

void heap_init(struct heap *);
void heap_fini(struct heap *);
/* 'node' is in no heap yet. */
void heap_insert(struct heap *, struct heap_node *, int64_t key);
/* Gives a node that is in the heap another key. */
void heap_change(struct heap *, struct heap_node *, int64_t key);
void heap_remove(struct heap *, struct heap_node *);

static inline void
heap_node_init(struct heap_node *n)
{
    n->idx = HEAP_NOWHERE;
    n->key = 0;
}

static inline bool
heap_node_is_in(const struct heap_node *n)
{
    return n->idx != HEAP_NOWHERE;
}

/* The smallest, or NULL. */
static inline struct heap_node *
heap_min(const struct heap *h)
{
    return h->n ? h->array[0] : NULL;
}

#endif
