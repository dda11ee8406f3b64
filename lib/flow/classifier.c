/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/flow/classifier.h"

#include "lib/base/assert.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/flow/classifier_priv.h"

struct cls {
    struct cls_tuples tuples;
    struct hmap rules; /* By match and priority. */
    struct hmap masks; /* struct cls_mask, each a reference. */
    struct flow reads; /* Union of the masks. */
};

/* Masks. */

static uint32_t
hash_words(const uint64_t *words, size_t n, uint64_t basis)
{
    for (size_t i = 0; i < n; i++) {
        basis = cls_fold(basis, words[i]);
    }
    return (uint32_t)cls_fold(basis, n);
}

struct cls_mask *
cls_mask_create(const uint64_t words[FLOW_WORDS])
{
    flow_map map = 0;
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        map |= (flow_map)(words[i] != 0) << i;
    }
    size_t n = flow_map_count(map);
    struct cls_mask *m = xmalloc(sizeof *m + n * sizeof m->words[0]);
    *m = (struct cls_mask){ .refs = 1, .map = map };
    uint64_t *w = m->words;
    FOR_EACH_BIT (i, map) {
        *w++ = words[i];
    }
    m->node.hash = hash_words(m->words, n, map + hash_seed());
    return m;
}

void
cls_mask_unref(struct cls_mask *m)
{
    if (m && __atomic_fetch_sub(&m->refs, 1, __ATOMIC_ACQ_REL) == 1) {
        free(m);
    }
}

bool
cls_mask_equal(const struct cls_mask *a, const struct cls_mask *b)
{
    return a == b
           || (a->map == b->map
               && !memcmp(a->words, b->words,
                          cls_mask_n_words(a) * sizeof a->words[0]));
}

bool
cls_mask_is_within(const struct cls_mask *coarse, const struct cls_mask *fine)
{
    if (coarse->map & ~fine->map) {
        return false;
    }
    const uint64_t *c = coarse->words;
    FOR_EACH_BIT (i, coarse->map) {
        flow_map below = fine->map & (((flow_map)1 << i) - 1);
        if (*c++ & ~fine->words[flow_map_count(below)]) {
            return false;
        }
    }
    return true;
}

void
cls_mask_expand(const struct cls_mask *m, uint64_t words[FLOW_WORDS])
{
    memset(words, 0, sizeof(struct flow));
    const uint64_t *w = m->words;
    FOR_EACH_BIT (i, m->map) {
        words[i] = *w++;
    }
}

/* Nodes and rules. */

void
cls_node_expand(const struct cls_node *n, uint64_t words[FLOW_WORDS])
{
    const uint64_t *v = n->values;
    FOR_EACH_BIT (i, n->mask->map) {
        words[i] = *v++;
    }
}

/* The node of a rule, for readers of it too. */
static const struct cls_node *
rule_node(const struct cls_rule *r)
{
    return CLS_LOAD(&r->node);
}

void
cls_rule_init(struct cls_rule *r, const struct flow *value,
              const struct flow *mask, int priority)
{
    ASSERT(priority >= 0 && priority <= CLS_PRIORITY_MAX);
    struct cls_mask *m = cls_mask_create(flow_words_const(mask));
    struct cls_node *n = xzalloc(cls_node_bytes(m));
    n->rule = r;
    n->mask = m;
    n->priority = priority;
    const uint64_t *words = flow_words_const(value);
    uint64_t *v = n->values;
    FOR_EACH_BIT (i, m->map) {
        *v++ = words[i];
    }
    memset(r, 0, sizeof *r);
    r->priority = priority;
    r->del_version = CLS_VERSION_NEVER;
    r->node = n;
}

void
cls_rule_fini(struct cls_rule *r)
{
    struct cls_node *n = r->node;
    if (n) {
        ASSERT(!r->tuple);
        cls_mask_unref(n->mask);
        free(n);
        r->node = NULL;
    }
}

void
cls_rule_get_match(const struct cls_rule *r, struct flow *value,
                   struct flow *mask)
{
    const struct cls_node *n = rule_node(r);
    memset(value, 0, sizeof *value);
    cls_node_expand(n, flow_words(value));
    cls_mask_expand(n->mask, flow_words(mask));
}

bool
cls_rule_matches(const struct cls_rule *r, const struct flow *f)
{
    return cls_node_matches(rule_node(r), flow_words_const(f));
}

bool
cls_rule_is_within(const struct cls_rule *r, const struct flow *value,
                   const struct flow *mask)
{
    const struct cls_node *n = rule_node(r);
    const uint64_t *fm = flow_words_const(mask);
    const uint64_t *fv = flow_words_const(value);
    size_t k = 0;
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        bool has = n->mask->map >> i & 1;
        if (fm[i]
            && (!has || fm[i] & ~n->mask->words[k]
                || (n->values[k] ^ fv[i]) & fm[i])) {
            return false;
        }
        k += has;
    }
    return true;
}

bool
cls_rule_overlaps(const struct cls_rule *a, const struct cls_rule *b)
{
    struct flow av, am, bv, bm;
    cls_rule_get_match(a, &av, &am);
    cls_rule_get_match(b, &bv, &bm);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        if ((flow_words(&av)[i] ^ flow_words(&bv)[i])
            & flow_words(&am)[i] & flow_words(&bm)[i]) {
            return false;
        }
    }
    return true;
}

/* The classifier. */

struct cls *
cls_create(void)
{
    struct cls *c = xzalloc(sizeof *c);
    cls_tuples_init(&c->tuples);
    hmap_init(&c->rules);
    hmap_init(&c->masks);
    return c;
}

void
cls_destroy(struct cls **cp)
{
    struct cls *c = *cp;
    if (c) {
        ASSERT(hmap_is_empty(&c->rules));
        ASSERT(hmap_is_empty(&c->masks));
        cls_tuples_fini(&c->tuples);
        hmap_fini(&c->rules);
        hmap_fini(&c->masks);
        free(c);
        *cp = NULL;
    }
}

static struct cls_mask *
find_mask(const struct cls *c, const struct cls_mask *like)
{
    HMAP_FOR_EACH_WITH_HASH (struct cls_mask, m, node, like->node.hash,
                             &c->masks) {
        if (cls_mask_equal(m, like)) {
            return m;
        }
    }
    return NULL;
}

/* Makes 'n' point to the classifier's own copy of its mask. */
static void
intern_mask(struct cls *c, struct cls_node *n)
{
    struct cls_mask *m = find_mask(c, n->mask);
    if (m) {
        cls_mask_ref(m);
        cls_mask_unref(n->mask);
        n->mask = m;
    } else {
        m = cls_mask_ref(n->mask);
        hmap_insert(&c->masks, &m->node, m->node.hash);
    }
    m->n_rules++;
}

static uint32_t
match_hash(const struct cls_mask *m, const uint64_t *values, int priority)
{
    uint64_t basis = (uint64_t)m->node.hash << 32 | (uint32_t)priority;
    return hash_words(values, cls_mask_n_words(m), basis);
}

static void
add_reads(struct cls *c, const struct cls_mask *m)
{
    if (hmap_is_empty(&c->rules)) {
        memset(&c->reads, 0, sizeof c->reads);
    }
    const uint64_t *w = m->words;
    FOR_EACH_BIT (i, m->map) {
        flow_words(&c->reads)[i] |= *w++;
    }
}

void
cls_insert(struct cls *c, struct cls_rule *r, uint64_t version)
{
    struct cls_node *n = r->node;
    ASSERT(!r->tuple && version < CLS_VERSION_NEVER);
    r->add_version = version;
    r->del_version = CLS_VERSION_NEVER;
    intern_mask(c, n);
    add_reads(c, n->mask);
    hmap_insert(&c->rules, &r->by_match,
                match_hash(n->mask, n->values, r->priority));
    cls_tuples_insert(&c->tuples, r);
}

void
cls_remove(struct cls *c, struct cls_rule *r)
{
    ASSERT(r->tuple);
    hmap_remove(&c->rules, &r->by_match);
    cls_tuples_remove(&c->tuples, r);
    struct cls_mask *m = r->node->mask;
    if (!--m->n_rules) {
        cls_tuples_forget_mask(&c->tuples, m);
        hmap_remove(&c->masks, &m->node);
        cls_mask_unref(m);
    }
}

size_t
cls_count(const struct cls *c)
{
    return hmap_count(&c->rules);
}

const struct cls_rule *
cls_lookup(const struct cls *c, uint64_t version, const struct flow *f)
{
    return cls_tuples_lookup(&c->tuples, version, flow_words_const(f));
}

size_t
cls_lookup_all(const struct cls *c, uint64_t version, const struct flow *f,
               const struct cls_rule **rules, size_t max)
{
    return cls_tuples_lookup_all(&c->tuples, version, flow_words_const(f),
                                 rules, max);
}

struct cls_rule *
cls_find(const struct cls *c, uint64_t version, const struct flow *value,
         const struct flow *mask, int priority)
{
    struct cls_rule like;
    cls_rule_init(&like, value, mask, priority);
    struct cls_node *n = like.node;
    size_t size = cls_mask_n_words(n->mask) * sizeof n->values[0];
    struct cls_rule *found = NULL;
    HMAP_FOR_EACH_WITH_HASH (struct cls_rule, r, by_match,
                             match_hash(n->mask, n->values, priority),
                             &c->rules) {
        const struct cls_node *o = r->node;
        if (r->priority == priority && cls_rule_is_visible(r, version)
            && cls_mask_equal(o->mask, n->mask)
            && !memcmp(o->values, n->values, size)) {
            found = r;
            break;
        }
    }
    cls_rule_fini(&like);
    return found;
}

void
cls_for_each(struct cls *c, uint64_t version, const struct flow *value,
             const struct flow *mask,
             bool (*fn)(struct cls_rule *, void *aux), void *aux)
{
    if (mask) {
        cls_tuples_for_each(&c->tuples, version, value, mask, fn, aux);
        return;
    }
    HMAP_FOR_EACH_SAFE (struct cls_rule, r, by_match, &c->rules) {
        if (cls_rule_is_visible(r, version) && !fn(r, aux)) {
            return;
        }
    }
}

bool
cls_has_overlap(struct cls *c, uint64_t version, const struct cls_rule *r)
{
    return cls_tuples_have_overlap(&c->tuples, version, r);
}

const struct flow *
cls_reads(const struct cls *c)
{
    return &c->reads;
}

bool
cls_reads_would_grow(const struct cls *c, const struct flow *mask)
{
    const uint64_t *have = flow_words_const(&c->reads);
    const uint64_t *want = flow_words_const(mask);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        if (want[i] & ~have[i]) {
            return true;
        }
    }
    return false;
}

static size_t
count_bytes(const struct cls *c)
{
    size_t bytes = sizeof *c
                   + (c->rules.mask + c->masks.mask + 2) * sizeof(void *);
    HMAP_FOR_EACH (struct cls_rule, r, by_match, &c->rules) {
        bytes += sizeof *r + cls_node_bytes(r->node->mask);
    }
    HMAP_FOR_EACH (struct cls_mask, m, node, &c->masks) {
        bytes += sizeof *m + cls_mask_n_words(m) * sizeof m->words[0];
    }
    const struct cls_list *l = c->tuples.list;
    for (uint32_t i = 0; i < l->n; i++) {
        const struct cls_tuple *t = l->slots[i].tuple;
        bytes += sizeof *t + cls_exact_bytes(&t->exact)
                 + cls_prios_bytes(&t->prios);
    }
    return bytes + offsetof(struct cls_list, slots[l->capacity]);
}

void
cls_get_info(const struct cls *c, struct cls_info *info)
{
    const struct cls_list *l = c->tuples.list;
    size_t n_tuples = 0;
    bool is_merged = false;
    for (uint32_t i = 0; i < l->n; i++) {
        const struct cls_tuple *t = l->slots[i].tuple;
        n_tuples += t->n_rules > 0;
        is_merged |= t->n_rules && !find_mask(c, t->exact.mask);
    }
    *info = (struct cls_info){
        .structure = !n_tuples                      ? "empty"
                     : n_tuples == 1 && !is_merged ? "exact"
                                                    : "tuples",
        .n_rules = cls_count(c),
        .n_tuples = n_tuples,
        .worst_probes = l->n,
        .n_bytes = count_bytes(c),
    };
}
