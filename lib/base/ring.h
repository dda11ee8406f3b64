/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded ring of pointers: one producer thread, one consumer thread, no
 * lock.  Full is the producer's to count; nothing blocks. */
#ifndef WEIR_BASE_RING_H
#define WEIR_BASE_RING_H 1

#include <stdatomic.h>

#include "lib/base/types.h"

struct ring {
    CACHE_ALIGNED _Atomic(uint32_t) head; /* Next slot to write: producer. */
    CACHE_ALIGNED _Atomic(uint32_t) tail; /* Next slot to read: consumer. */
    CACHE_ALIGNED uint32_t mask;          /* Slots - 1. */
    void **slots;
};

/* 'n_slots' is rounded up to a power of two. */
struct ring *ring_create(uint32_t n_slots);
/* Elements left inside are the caller's to drain first. */
void ring_destroy(struct ring **);

static inline bool
ring_push(struct ring *r, void *p)
{
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
    if (head - tail > r->mask) {
        return false;
    }
    r->slots[head & r->mask] = p;
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    return true;
}

static inline void *
ring_pop(struct ring *r)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire);
    if (head == tail) {
        return NULL;
    }
    void *p = r->slots[tail & r->mask];
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    return p;
}

static inline bool
ring_is_empty(struct ring *r)
{
    return atomic_load_explicit(&r->head, memory_order_acquire)
           == atomic_load_explicit(&r->tail, memory_order_acquire);
}

#endif
