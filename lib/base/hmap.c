/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hmap.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"

void
hmap_init(struct hmap *h)
{
    *h = (struct hmap){ NULL, NULL, 0, 0 };
}

void
hmap_fini(struct hmap *h)
{
    free(h->buckets);
    hmap_init(h);
}

void
hmap_clear(struct hmap *h)
{
    if (h->buckets) {
        memset(h->buckets, 0, (h->mask + 1) * sizeof *h->buckets);
    }
    h->one = NULL;
    h->n = 0;
}

static void
resize(struct hmap *h, size_t n_buckets)
{
    struct hmap_node **buckets = xcalloc(n_buckets, sizeof *buckets);
    struct hmap_node **old = h->buckets ? h->buckets : &h->one;
    for (size_t i = 0; i <= h->mask; i++) {
        for (struct hmap_node *n = old[i], *next; n; n = next) {
            next = n->next;
            struct hmap_node **b = &buckets[n->hash & (n_buckets - 1)];
            n->next = *b;
            *b = n;
        }
    }
    free(h->buckets);
    h->buckets = buckets;
    h->one = NULL;
    h->mask = n_buckets - 1;
}

void
hmap_reserve(struct hmap *h, size_t n)
{
    size_t want = 1;
    while (want < n) {
        want *= 2;
    }
    if (want > h->mask + 1) {
        resize(h, want);
    }
}

void
hmap_insert(struct hmap *h, struct hmap_node *node, uint32_t hash)
{
    if (h->n > h->mask) {
        resize(h, (h->mask + 1) * 2);
    }
    struct hmap_node **b = hmap_bucket(h, hash);
    node->hash = hash;
    node->next = *b;
    *b = node;
    h->n++;
}

static struct hmap_node **
place_of(struct hmap *h, const struct hmap_node *node)
{
    struct hmap_node **p = hmap_bucket(h, node->hash);
    while (*p != node) {
        ASSERT(*p);
        p = &(*p)->next;
    }
    return p;
}

void
hmap_remove(struct hmap *h, struct hmap_node *node)
{
    *place_of(h, node) = node->next;
    h->n--;
}

void
hmap_replace(struct hmap *h, const struct hmap_node *old_node,
             struct hmap_node *new_node)
{
    struct hmap_node **p = place_of(h, old_node);
    new_node->hash = old_node->hash;
    new_node->next = old_node->next;
    *p = new_node;
}

static struct hmap_node *
first_from(const struct hmap *h, size_t i)
{
    for (; i <= h->mask; i++) {
        struct hmap_node *n = h->buckets ? h->buckets[i] : h->one;
        if (n) {
            return n;
        }
    }
    return NULL;
}

struct hmap_node *
hmap_first(const struct hmap *h)
{
    return h->n ? first_from(h, 0) : NULL;
}

struct hmap_node *
hmap_next(const struct hmap *h, const struct hmap_node *node)
{
    return node->next ? node->next
                      : first_from(h, (node->hash & h->mask) + 1);
}
