/* SPDX-License-Identifier: Apache-2.0 */
/* Conjunctive matches [ovs-fields(7), "Conjunctive Match Fields"].
 *
 * A rule of conjunction(id, k/n) actions is never run.  A packet that matches
 * rules of one priority for all n clauses of an id is looked up again, among
 * the other rules, with conj_id = id; if that finds nothing, as if the
 * conjunction did not match, lower priorities have their turn.  An ordinary
 * rule goes before conjunctions of its own priority, as with the peer.
 *
 * Only where the best rule is a conjunction's is more done than one lookup:
 * all rules that match the packet are gathered, so the cost follows from
 * the rules alone.  The result depends on the packet's fields that the table
 * reads, and on the table: what is cached anyway. */
#include <stdlib.h>

#include "lib/base/rcu.h"
#include "vswitchd/xlate/xlate_priv.h"

struct clause {
    uint32_t id;
    uint8_t n_clauses, clause;
};

/* A conjunction's rule has no other actions but notes. */
static bool
is_conjunctive(const struct rule *r)
{
    struct act_list acts = rule_acts_list(rcu_load(&r->acts));
    return acts.len
           && (acts.first->type == ACT_CONJUNCTION
               || (acts.first->type == ACT_NOTE
                   && acts_find(&acts, ACT_CONJUNCTION)));
}

static int
by_priority(const void *a_, const void *b_)
{
    const struct cls_rule *const *a = a_, *const *b = b_;
    return ((*b)->priority > (*a)->priority)
           - ((*b)->priority < (*a)->priority);
}

static int
by_id(const void *a_, const void *b_)
{
    const struct clause *a = a_, *b = b_;
    if (a->id != b->id) {
        return a->id < b->id ? -1 : 1;
    }
    if (a->n_clauses != b->n_clauses) {
        return a->n_clauses - b->n_clauses;
    }
    return a->clause - b->clause;
}

/* Every rule that matches the flow, highest priority first.  -1: too many,
 * which ends the packet's way. */
static int
gather(struct xctx *x, const struct cls *cls, const struct cls_rule **rules)
{
    size_t n = cls_lookup_all(cls, x->out->version, &x->flow, rules,
                              CONJ_MATCHES_MAX);
    if (n > CONJ_MATCHES_MAX) {
        xlate_note(x, ">>>> over %d rules match <<<<", CONJ_MATCHES_MAX);
        x->drop = DP_DROP_DEPTH;
        x->exit = x->is_failed = true;
        return -1;
    }
    qsort(rules, n, sizeof rules[0], by_priority);
    return (int)n;
}

/* Adds the clauses of 'r'; what is over the limit is not found. */
static void
add_clauses(const struct rule *r, struct clause *clauses, size_t *n)
{
    struct act_list acts = rule_acts_list(rcu_load(&r->acts));
    ACT_FOR_EACH (a, &acts) {
        if (a->type == ACT_CONJUNCTION && *n < CONJ_CLAUSES_MAX) {
            const struct act_conjunction *c = ACT_CAST(act_conjunction, a);
            clauses[(*n)++] = (struct clause){ c->id, c->n_clauses,
                                               c->clause };
        }
    }
}

/* The best rule that is no conjunction's, with conj_id set. */
static const struct rule *
second_search(struct xctx *x, const struct cls *cls, uint32_t id)
{
    const struct cls_rule *rules[CONJ_MATCHES_MAX];
    uint32_t outer = x->flow.conj_id;
    x->flow.conj_id = id;
    int n = gather(x, cls, rules);
    x->flow.conj_id = outer;
    for (int i = 0; i < n; i++) {
        const struct rule *r = (const void *)rules[i];
        if (!is_conjunctive(r)) {
            return r;
        }
    }
    return NULL;
}

/* Looks for an id with all its clauses among those sorted. */
static const struct rule *
try_clauses(struct xctx *x, const struct cls *cls, struct clause *clauses,
            size_t n)
{
    qsort(clauses, n, sizeof clauses[0], by_id);
    size_t start = 0;
    unsigned int n_seen = 0;
    for (size_t i = 0; i < n; i++) {
        const struct clause *c = &clauses[i], *first = &clauses[start];
        if (c->id != first->id || c->n_clauses != first->n_clauses) {
            start = i;
            n_seen = 0;
        }
        n_seen += i == start || c->clause != clauses[i - 1].clause;
        if (n_seen == c->n_clauses) {
            const struct rule *r = second_search(x, cls, c->id);
            if (r || x->is_failed) {
                return r;
            }
            n_seen = 0; /* Once for each id. */
        }
    }
    return NULL;
}

/* What the search looked at, for the commentary. */
static void
note_reads(struct xctx *x, const struct cls_rule *const *rules, int n)
{
    for (int i = 0; x->trace && i < n; i++) {
        struct match m;
        cls_rule_get_match(rules[i], &m.flow, &m.mask);
        m.mask.conj_id = 0;
        for (size_t k = 0; k < FLOW_WORDS; k++) {
            flow_words(&x->trace->reads)[k] |= flow_words(&m.mask)[k];
        }
    }
}

static const struct rule *
search_all(struct xctx *x, const struct cls *cls)
{
    const struct cls_rule *rules[CONJ_MATCHES_MAX];
    struct clause clauses[CONJ_CLAUSES_MAX];
    int n = gather(x, cls, rules);
    note_reads(x, rules, n);
    for (int i = 0; i < n;) {
        int priority = rules[i]->priority;
        size_t n_clauses = 0;
        for (; i < n && rules[i]->priority == priority; i++) {
            const struct rule *r = (const void *)rules[i];
            if (!is_conjunctive(r)) {
                return r;
            }
            add_clauses(r, clauses, &n_clauses);
        }
        const struct rule *r = try_clauses(x, cls, clauses, n_clauses);
        if (r || x->is_failed) {
            return r;
        }
    }
    return NULL;
}

const struct rule *
xlate_search(struct xctx *x, const struct cls *cls)
{
    const struct rule *r = (const void *)cls_lookup(cls, x->out->version,
                                                    &x->flow);
    return r && is_conjunctive(r) ? search_all(x, cls) : r;
}
