/* SPDX-License-Identifier: Apache-2.0 */
/* Which flow of a full table goes first [ovs-vswitchd.conf.db(5),
 * "Flow_Table"]: of the largest group, of the least importance, the one that
 * expires soonest.
 *
 * Groups stand in a heap by size, and the rules of each in a heap by
 * importance and expiry.  Packets move the expiry of idle time-outs without
 * a word to us, always later; so the rule on top is looked at again before
 * it is believed, and sinks if it was used since.  Groups are told apart by
 * a hash of their fields: two that collide are counted as one. */
#include <stdlib.h>

#include "lib/base/hash.h"
#include "lib/base/heap.h"
#include "lib/base/hmap.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "vswitchd/ofproto/tables.h"

struct evict_group {
    struct hmap_node node;     /* In the index's 'groups'. */
    struct heap_node by_size;  /* Key: minus the number of rules. */
    struct heap rules;         /* Of struct evict_rule. */
};

struct evict_rule {
    struct hmap_node node;     /* In the index's 'rules', by address. */
    struct heap_node by_worth;
    struct rule *rule;
    struct evict_group *group;
};

struct evict_index {
    const struct subfield *fields;
    size_t n_fields;
    struct hmap groups, rules;
    struct heap by_size;       /* Of struct evict_group. */
};

struct evict_index *
evict_create(const struct subfield *groups, size_t n_groups)
{
    struct evict_index *x = xzalloc(sizeof *x);
    x->fields = groups;
    x->n_fields = n_groups;
    hmap_init(&x->groups);
    hmap_init(&x->rules);
    heap_init(&x->by_size);
    return x;
}

void
evict_destroy(struct evict_index **xp)
{
    struct evict_index *x = *xp;
    *xp = NULL;
    if (!x) {
        return;
    }
    HMAP_FOR_EACH_SAFE (struct evict_rule, r, node, &x->rules) {
        free(r);
    }
    HMAP_FOR_EACH_SAFE (struct evict_group, g, node, &x->groups) {
        heap_fini(&g->rules);
        free(g);
    }
    hmap_fini(&x->rules);
    hmap_fini(&x->groups);
    heap_fini(&x->by_size);
    free(x);
}

static uint32_t
group_hash(const struct evict_index *x, const struct rule *r)
{
    struct match m;
    cls_rule_get_match(&r->cr, &m.flow, &m.mask);
    uint32_t hash = 0;
    for (size_t i = 0; i < x->n_fields; i++) {
        const struct subfield *sf = &x->fields[i];
        if (sf->n_bits <= 64) {
            hash = hash_add64(hash, subfield_get(sf, &m.flow));
        } else {
            union field_value v;
            memset(&v, 0, sizeof v);
            field_get(sf->field, &m.flow, &v);
            hash = hash_bytes(&v, sizeof v, hash);
        }
    }
    return hash;
}

/* Smaller goes first.  Importance counts before time; milliseconds since the
 * start of the machine fit in 47 bits. */
static int64_t
worth(const struct rule *r)
{
    int64_t at = INT64_MAX;
    if (r->hard_timeout) {
        at = r->modified_ms + r->hard_timeout * INT64_C(1000);
    }
    if (r->idle_timeout) {
        int64_t used = MAX(r->counter->used_ms, r->modified_ms);
        at = MIN(at, used + r->idle_timeout * INT64_C(1000));
    }
    int64_t most = (INT64_C(1) << 47) - 1;
    return (int64_t)r->importance << 47 | MIN(MAX(at, 0), most);
}

static void
resize(struct evict_index *x, struct evict_group *g)
{
    if (g->rules.n) {
        heap_change(&x->by_size, &g->by_size, -(int64_t)g->rules.n);
        return;
    }
    heap_remove(&x->by_size, &g->by_size);
    hmap_remove(&x->groups, &g->node);
    heap_fini(&g->rules);
    free(g);
}

static struct evict_group *
get_group(struct evict_index *x, uint32_t hash)
{
    struct hmap_node *n = hmap_first_with_hash(&x->groups, hash);
    if (n) {
        return CONTAINER_OF(n, struct evict_group, node);
    }
    struct evict_group *g = xzalloc(sizeof *g);
    heap_init(&g->rules);
    heap_node_init(&g->by_size);
    hmap_insert(&x->groups, &g->node, hash);
    heap_insert(&x->by_size, &g->by_size, 0);
    return g;
}

void
evict_add(struct evict_index *x, struct rule *r)
{
    if ((!r->idle_timeout && !r->hard_timeout) || r->is_hidden) {
        return;
    }
    struct evict_rule *e = xzalloc(sizeof *e);
    e->rule = r;
    e->group = get_group(x, group_hash(x, r));
    heap_node_init(&e->by_worth);
    hmap_insert(&x->rules, &e->node, hash_ptr(r, 0));
    heap_insert(&e->group->rules, &e->by_worth, worth(r));
    resize(x, e->group);
}

void
evict_remove(struct evict_index *x, const struct rule *r)
{
    HMAP_FOR_EACH_WITH_HASH (struct evict_rule, e, node, hash_ptr(r, 0),
                             &x->rules) {
        if (e->rule == r) {
            hmap_remove(&x->rules, &e->node);
            heap_remove(&e->group->rules, &e->by_worth);
            resize(x, e->group);
            free(e);
            return;
        }
    }
}

/* The first of a group, once no rule above the others was used since. */
static struct evict_rule *
settle(struct evict_group *g)
{
    for (;;) {
        struct heap_node *top = heap_min(&g->rules);
        struct evict_rule *e = CONTAINER_OF(top, struct evict_rule, by_worth);
        int64_t now = worth(e->rule);
        if (now <= top->key) {
            return e;
        }
        heap_change(&g->rules, top, now);
    }
}

/* Of groups of the same size all are considered: the least worthy first. */
struct rule *
evict_pick(struct evict_index *x)
{
    const struct heap_node *top = heap_min(&x->by_size);
    struct evict_rule *best = NULL;
    for (size_t i = 0; top && i < x->by_size.n && i < EVICT_GROUPS_MAX; i++) {
        struct heap_node *n = x->by_size.array[i];
        if (n->key != top->key) {
            continue;
        }
        struct evict_rule *e = settle(CONTAINER_OF(n, struct evict_group,
                                                   by_size));
        if (!best || e->by_worth.key < best->by_worth.key) {
            best = e;
        }
    }
    return best ? best->rule : NULL;
}
