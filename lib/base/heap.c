/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/heap.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"

void
heap_init(struct heap *h)
{
    *h = (struct heap){ NULL, 0, 0 };
}

void
heap_fini(struct heap *h)
{
    free(h->array);
    heap_init(h);
}

static void
put(struct heap *h, size_t idx, struct heap_node *node)
{
    h->array[idx] = node;
    node->idx = idx;
}

/* Moves 'node' up or down from 'idx' until the order holds. */
static void
settle(struct heap *h, size_t idx, struct heap_node *node)
{
    while (idx && h->array[(idx - 1) / 2]->key > node->key) {
        put(h, idx, h->array[(idx - 1) / 2]);
        idx = (idx - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * idx + 1;
        if (child >= h->n) {
            break;
        }
        if (child + 1 < h->n
            && h->array[child + 1]->key < h->array[child]->key) {
            child++;
        }
        if (h->array[child]->key >= node->key) {
            break;
        }
        put(h, idx, h->array[child]);
        idx = child;
    }
    put(h, idx, node);
}

void
heap_insert(struct heap *h, struct heap_node *node, int64_t key)
{
    if (h->n == h->capacity) {
        h->array = x2nrealloc(h->array, &h->capacity, sizeof *h->array);
    }
    node->key = key;
    h->n++;
    settle(h, h->n - 1, node);
}

void
heap_change(struct heap *h, struct heap_node *node, int64_t key)
{
    node->key = key;
    settle(h, node->idx, node);
}

void
heap_remove(struct heap *h, struct heap_node *node)
{
    ASSERT(node->idx < h->n && h->array[node->idx] == node);
    struct heap_node *last = h->array[--h->n];
    if (last != node) {
        settle(h, node->idx, last);
    }
    node->idx = HEAP_NOWHERE;
}
