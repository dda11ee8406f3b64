/* SPDX-License-Identifier: Apache-2.0 */
/* Tuples: hash tables under masks that may be coarser than their rules'.
 *
 * After TupleMerge (Daly et al., "TupleMerge: Fast Software Packet
 * Processing for Online Packet Classification", 2019).  A mask has a home,
 * the tuple where its next rule goes.  The first home is a tuple coarser
 * than the mask, if one is fine enough, so that many masks share one tuple;
 * each chain is bounded, and a rule that would exceed the bound takes its
 * mask to a finer home together with those of the chain that fit there, in
 * at most CLS_LEVELS steps down to the mask itself.  A classifier of few
 * masks does without merging.
 *
 * Readers walk the list in about the order of falling greatest priority and
 * stop when nothing better can follow.  A rule changes its tuple by a second
 * node: linked in the new tuple, then 'n_moves' rises, then the old node is
 * unlinked.  A reader that could have missed both sees the change of
 * 'n_moves' and looks again. */
#include "lib/flow/classifier_priv.h"

#include "lib/base/assert.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"

#define CHAIN_MAX 40 /* A product of two port ranges makes 36 rules. */
#define N_UNMERGED 4 /* Tuples up to which masks are not merged. */

static struct cls_list *
list_create(uint32_t capacity)
{
    struct cls_list *l = xzalloc_cacheline(offsetof(struct cls_list,
                                                    slots[capacity]));
    l->capacity = capacity;
    return l;
}

void
cls_tuples_init(struct cls_tuples *ts)
{
    memset(ts, 0, sizeof *ts);
    ts->seed = hash_mix64(hash_seed() + 1ull);
    ts->list = list_create(4);
    hmap_init(&ts->by_mask);
}

static void
tuple_destroy(void *t_)
{
    struct cls_tuple *t = t_;
    cls_prios_fini(&t->prios);
    cls_exact_fini(&t->exact);
    free(t);
}

void
cls_tuples_fini(struct cls_tuples *ts)
{
    for (uint32_t i = 0; i < ts->list->n; i++) {
        ASSERT(!ts->list->slots[i].tuple->n_rules);
        tuple_destroy(ts->list->slots[i].tuple);
    }
    free(ts->list);
    hmap_fini(&ts->by_mask);
}

/* The list. */

static int
compare_slots(const void *a_, const void *b_)
{
    const struct cls_slot *a = a_, *b = b_;
    return a->max > b->max ? -1 : a->max < b->max;
}

static void
set_rest_max(struct cls_list *l)
{
    int32_t rest = -1;
    for (uint32_t i = l->n; i-- > 0;) {
        rest = MAX(rest, l->slots[i].max);
        l->slots[i].rest_max = rest;
    }
}

static bool
is_used(const struct cls_tuple *t)
{
    return t->n_rules || t->n_homes;
}

/* Publishes the list sorted, without tuples of no use, with room. */
static void
renew_list(struct cls_tuples *ts)
{
    struct cls_list *old = ts->list;
    struct cls_list *l = list_create(MAX(4, old->n + old->n / 2));
    for (uint32_t i = 0; i < old->n; i++) {
        struct cls_tuple *t = old->slots[i].tuple;
        if (is_used(t)) {
            l->slots[l->n++] = old->slots[i];
        }
    }
    qsort(l->slots, l->n, sizeof l->slots[0], compare_slots);
    set_rest_max(l);
    for (uint32_t i = 0; i < l->n; i++) {
        l->slots[i].tuple->slot = i;
    }
    ts->n_disorder = 0;
    rcu_assign(&ts->list, l);
    /* Only what no new reader can find may start its grace period. */
    for (uint32_t i = 0; i < old->n; i++) {
        struct cls_tuple *t = old->slots[i].tuple;
        if (!is_used(t)) {
            hmap_remove(&ts->by_mask, &t->node);
            rcu_defer(tuple_destroy, t);
        }
    }
    rcu_free(old);
}

/* Sorting is paid for by the changes that made it necessary. */
static void
note_disorder(struct cls_tuples *ts)
{
    if (++ts->n_disorder > ts->list->n / 4 + 1) {
        renew_list(ts);
    }
}

static struct cls_tuple *
tuple_find(const struct cls_tuples *ts, const struct cls_mask *mask)
{
    HMAP_FOR_EACH_WITH_HASH (struct cls_tuple, t, node, mask->node.hash,
                             &ts->by_mask) {
        if (cls_mask_equal(t->exact.mask, mask)) {
            return t;
        }
    }
    return NULL;
}

static struct cls_tuple *
tuple_create(struct cls_tuples *ts, struct cls_mask *mask)
{
    if (ts->list->n == ts->list->capacity) {
        renew_list(ts);
    }
    struct cls_tuple *t = xzalloc(sizeof *t);
    cls_exact_init(&t->exact, mask);
    struct cls_list *l = ts->list;
    t->slot = l->n;
    l->slots[l->n] = (struct cls_slot){ -1, -1, t };
    CLS_STORE(&l->n, l->n + 1);
    hmap_insert(&ts->by_mask, &t->node, mask->node.hash);
    return t;
}

static void
raise_max(struct cls_tuples *ts, struct cls_tuple *t, int32_t priority)
{
    struct cls_slot *s = ts->list->slots;
    uint32_t i = t->slot;
    if (priority <= s[i].max) {
        return;
    }
    CLS_POKE(&s[i].max, priority);
    for (uint32_t j = i + 1; j-- > 0 && s[j].rest_max < priority;) {
        CLS_POKE(&s[j].rest_max, priority);
    }
    if (i && s[i - 1].max < priority) {
        note_disorder(ts);
    }
}

static void
lower_max(struct cls_tuples *ts, struct cls_tuple *t)
{
    struct cls_list *l = ts->list;
    struct cls_slot *s = l->slots;
    uint32_t i = t->slot;
    int32_t max = cls_prios_max(&t->prios);
    if (max == s[i].max) {
        return;
    }
    CLS_POKE(&s[i].max, max);
    for (uint32_t j = i + 1; j-- > 0;) {
        int32_t rest = j + 1 < l->n ? s[j + 1].rest_max : -1;
        rest = MAX(rest, s[j].max);
        if (s[j].rest_max == rest) {
            break;
        }
        CLS_POKE(&s[j].rest_max, rest);
    }
    if (!is_used(t) || (i + 1 < l->n && s[i + 1].max > max)) {
        note_disorder(ts);
    }
}

/* Homes. */

static void
set_home(struct cls_mask *mask, struct cls_tuple *t)
{
    if (mask->home) {
        mask->home->n_homes--;
    }
    mask->home = t;
    if (t) {
        t->n_homes++;
    }
}

static struct cls_tuple *
tuple_get(struct cls_tuples *ts, const struct cls_mask *mask, int level)
{
    struct cls_mask *m = cls_mask_relax(mask, level);
    struct cls_tuple *t = tuple_find(ts, m);
    if (!t) {
        t = tuple_create(ts, m);
    }
    cls_mask_unref(m);
    return t;
}

/* The finest tuple between the coarsest home that 'mask' may have and the
 * mask itself, made if there is none. */
static struct cls_tuple *
choose_home(struct cls_tuples *ts, struct cls_mask *mask)
{
    const struct cls_list *l = ts->list;
    if (l->n < N_UNMERGED) {
        mask->level = CLS_LEVELS - 1;
        return tuple_get(ts, mask, mask->level);
    }
    mask->level = 0;
    struct cls_mask *coarse = cls_mask_relax(mask, 0);
    struct cls_tuple *best = NULL;
    for (uint32_t i = 0; i < l->n; i++) {
        struct cls_tuple *t = l->slots[i].tuple;
        if (cls_mask_is_within(t->exact.mask, mask)
            && cls_mask_is_within(coarse, t->exact.mask)
            && (!best
                || cls_mask_is_within(best->exact.mask, t->exact.mask))) {
            best = t;
        }
    }
    cls_mask_unref(coarse);
    return best ? best : tuple_get(ts, mask, 0);
}

static bool
is_chain_full(const struct cls_tuple *t, uint32_t hash)
{
    size_t n = 0;
    for (const struct cls_node *c = cls_exact_chain(&t->exact, hash); c;
         c = c->next) {
        if (++n >= CHAIN_MAX) {
            return true;
        }
    }
    return false;
}

static void
link_node(struct cls_tuples *ts, struct cls_tuple *t, struct cls_node *n)
{
    n->rule->tuple = t;
    t->n_rules++;
    const uint64_t *w = n->mask->words;
    FOR_EACH_BIT (i, n->mask->map) {
        t->reads[i] |= *w++;
    }
    cls_prios_add(&t->prios, n->priority);
    cls_exact_link(&t->exact, n);
    raise_max(ts, t, n->priority);
}

static void
unlink_node(struct cls_tuples *ts, struct cls_tuple *t, struct cls_node *n)
{
    cls_exact_unlink(&t->exact, n);
    cls_prios_remove(&t->prios, n->priority);
    t->n_rules--;
    lower_max(ts, t);
}

static void
move_rule(struct cls_tuples *ts, struct cls_tuple *from, struct cls_tuple *to,
          struct cls_node *old)
{
    uint64_t words[FLOW_WORDS];
    cls_node_expand(old, words);
    struct cls_node *n = xmemdup(old, cls_node_bytes(old->mask));
    n->hash = cls_mask_hash_words(to->exact.mask, words, ts->seed);
    link_node(ts, to, n);
    rcu_assign(&n->rule->node, n);
    CLS_STORE(&ts->n_moves, ts->n_moves + 1);
    unlink_node(ts, from, old);
    rcu_free(old); /* Its reference to the mask went to 'n'. */
}

/* Takes 'mask', and the rules of chain 'hash' that fit, to a finer tuple than
 * 't'.  NULL if there is none. */
static struct cls_tuple *
refine_home(struct cls_tuples *ts, struct cls_tuple *t, struct cls_mask *mask,
            uint32_t hash)
{
    struct cls_tuple *to = NULL;
    while (!to && mask->level < CLS_LEVELS - 1) {
        struct cls_mask *m = cls_mask_relax(mask, ++mask->level);
        if (!cls_mask_is_within(m, t->exact.mask)) {
            to = tuple_get(ts, mask, mask->level);
        }
        cls_mask_unref(m);
    }
    if (!to) {
        return NULL;
    }
    set_home(mask, to);
    struct cls_node *next;
    for (struct cls_node *c = cls_exact_chain(&t->exact, hash); c; c = next) {
        next = c->next;
        if (cls_mask_is_within(to->exact.mask, c->mask)) {
            move_rule(ts, t, to, c);
        }
    }
    return to;
}

void
cls_tuples_insert(struct cls_tuples *ts, struct cls_rule *r)
{
    struct cls_node *n = r->node;
    struct cls_mask *mask = n->mask;
    uint64_t words[FLOW_WORDS];
    cls_node_expand(n, words);
    if (!mask->home) {
        set_home(mask, choose_home(ts, mask));
    }
    for (struct cls_tuple *t = mask->home;;) {
        n->hash = cls_mask_hash_words(t->exact.mask, words, ts->seed);
        struct cls_tuple *finer = NULL;
        if (mask->level < CLS_LEVELS - 1 && is_chain_full(t, n->hash)) {
            finer = refine_home(ts, t, mask, n->hash);
        }
        if (!finer) {
            link_node(ts, t, n);
            return;
        }
        t = finer;
    }
}

void
cls_tuples_remove(struct cls_tuples *ts, struct cls_rule *r)
{
    struct cls_tuple *t = r->tuple;
    unlink_node(ts, t, r->node);
    r->tuple = NULL;
}

void
cls_tuples_forget_mask(struct cls_tuples *ts, struct cls_mask *mask)
{
    struct cls_tuple *t = mask->home;
    set_home(mask, NULL);
    if (!is_used(t)) {
        note_disorder(ts);
    }
}
