/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's searches through many rules.  Where a tuple is no finer than
 * what is sought, one chain holds all that can be found in it. */
#include "lib/flow/classifier_priv.h"

static bool
chain_overlaps(const struct cls_node *c, uint64_t version,
               const struct cls_rule *r)
{
    for (; c && c->priority >= r->priority; c = c->next) {
        if (c->priority == r->priority && c->rule != r
            && cls_rule_is_visible(c->rule, version)
            && cls_rule_overlaps(c->rule, r)) {
            return true;
        }
    }
    return false;
}

static bool
tuple_overlaps(const struct cls_tuples *ts, const struct cls_tuple *t,
               uint64_t version, const struct cls_rule *r)
{
    if (cls_mask_is_within(t->exact.mask, r->node->mask)) {
        uint64_t words[FLOW_WORDS];
        cls_node_expand(r->node, words);
        uint32_t hash = cls_mask_hash_words(t->exact.mask, words, ts->seed);
        return chain_overlaps(cls_exact_chain(&t->exact, hash), version, r);
    }
    const struct cls_buckets *bs = t->exact.buckets;
    for (size_t i = 0; i <= bs->mask; i++) {
        for (size_t s = 0; s < CLS_BUCKET_SLOTS; s++) {
            if (chain_overlaps(bs->b[i].heads[s], version, r)) {
                return true;
            }
        }
    }
    return false;
}

bool
cls_tuples_have_overlap(const struct cls_tuples *ts, uint64_t version,
                        const struct cls_rule *r)
{
    for (uint32_t i = 0; i < ts->list->n; i++) {
        const struct cls_tuple *t = ts->list->slots[i].tuple;
        if (cls_prios_has(&t->prios, r->priority)
            && tuple_overlaps(ts, t, version, r)) {
            return true;
        }
    }
    return false;
}

/* What cls_for_each() was asked for. */
struct filter {
    uint64_t version;
    const struct flow *value, *mask;
    struct cls_mask *words; /* Of 'mask'. */
    bool (*fn)(struct cls_rule *, void *aux);
    void *aux;
};

/* 'fn' may remove the rule; its node stays for a grace period. */
static bool
visit_chain(const struct filter *f, struct cls_node *c)
{
    for (struct cls_node *next; c; c = next) {
        next = c->next;
        if (cls_rule_is_visible(c->rule, f->version)
            && cls_rule_is_within(c->rule, f->value, f->mask)
            && !f->fn(c->rule, f->aux)) {
            return false;
        }
    }
    return true;
}

/* True if a rule of the tuple may match every bit that the filter does. */
static bool
may_have(const struct cls_tuple *t, const struct filter *f)
{
    const uint64_t *w = f->words->words;
    FOR_EACH_BIT (i, f->words->map) {
        if (*w++ & ~t->reads[i]) {
            return false;
        }
    }
    return t->n_rules > 0;
}

/* The arrays seen here may be replaced meanwhile, and then stay as they are
 * for a grace period. */
static bool
visit_tuple(const struct cls_tuples *ts, const struct cls_tuple *t,
            const struct filter *f)
{
    if (cls_mask_is_within(t->exact.mask, f->words)) {
        uint32_t hash = cls_mask_hash_words(
            t->exact.mask, flow_words_const(f->value), ts->seed);
        return visit_chain(f, cls_exact_chain(&t->exact, hash));
    }
    const struct cls_buckets *bs = t->exact.buckets;
    for (size_t i = 0; i <= bs->mask; i++) {
        for (size_t s = 0; s < CLS_BUCKET_SLOTS; s++) {
            if (!visit_chain(f, bs->b[i].heads[s])) {
                return false;
            }
        }
    }
    return true;
}

void
cls_tuples_for_each(const struct cls_tuples *ts, uint64_t version,
                    const struct flow *value, const struct flow *mask,
                    bool (*fn)(struct cls_rule *, void *aux), void *aux)
{
    struct filter f = { version, value, mask,
                        cls_mask_create(flow_words_const(mask)), fn, aux };
    const struct cls_list *l = ts->list;
    for (uint32_t i = 0; i < l->n; i++) {
        const struct cls_tuple *t = l->slots[i].tuple;
        if (may_have(t, &f) && !visit_tuple(ts, t, &f)) {
            break;
        }
    }
    cls_mask_unref(f.words);
}
