/* SPDX-License-Identifier: Apache-2.0 */
/* Groups [OF1.3.5 5.6].  A bucket is an action set; what it does to the
 * packet is not seen by other buckets nor after the group. */
#include "lib/base/assert.h"
#include "vswitchd/xlate/xlate_priv.h"

static bool group_is_live(const struct xctx *x, const struct xgroup *g,
                          unsigned int depth);

static bool
bucket_is_live(const struct xctx *x, const struct xbucket *b,
               unsigned int depth)
{
    if (b->watch_port == OFPORT_ANY && b->watch_group == GROUP_ID_ANY) {
        return true;
    }
    const struct xport *p = b->watch_port != OFPORT_ANY
                                ? xlate_port(x, b->watch_port)
                                : NULL;
    if (p && p->is_up) {
        return true;
    }
    const struct xgroup *g = b->watch_group != GROUP_ID_ANY
                                 ? idmap_get(&x->bridge->groups,
                                             b->watch_group)
                                 : NULL;
    return g && depth < GROUP_DEPTH_MAX && group_is_live(x, g, depth + 1);
}

static bool
group_is_live(const struct xctx *x, const struct xgroup *g,
              unsigned int depth)
{
    for (size_t i = 0; i < g->n_buckets; i++) {
        if (bucket_is_live(x, &g->buckets[i], depth)) {
            return true;
        }
    }
    return false;
}

/* Runs a bucket's action set where the packet stands. */
static void
run_bucket(struct xctx *x, const struct xgroup *g, const struct xbucket *b)
{
    xlate_note(x, "bucket %td", b - g->buckets);
    x->indent += 8;
    struct act_set outer = x->set;
    bool in_group = x->in_group;
    x->in_group = true;
    xlate_count(x, b->counter);
    act_set_clear(&x->set);
    if (act_set_write(&x->set, &b->acts)) {
        xlate_run_set(x);
    } else {
        x->drop = DP_DROP_DEPTH;
    }
    x->indent -= 8;
    x->in_group = in_group;
    x->set = outer;
}

static void
run_isolated(struct xctx *x, const struct xgroup *g, const struct xbucket *b)
{
    struct xscope s;
    bool conditional = x->conditional;
    xlate_scope_begin(x, &s);
    run_bucket(x, g, b);
    xlate_scope_end(x, &s);
    x->conditional = conditional;
}

/* A record for each live bucket; which one is run is chosen by packet. */
static void
put_select(struct xctx *x, const struct xgroup *g)
{
    xlate_commit(x);
    size_t start = x->out->acts.len;
    struct dpact_select *a = dp_prog_put(x->out, DPACT_SELECT, sizeof *a);
    a->basis = g->group_id;
    uint32_t n = 0, total = 0;
    bool conditional = x->conditional;
    for (size_t i = 0; i < g->n_buckets; i++) {
        const struct xbucket *b = &g->buckets[i];
        if (!b->weight || !bucket_is_live(x, b, 0)) {
            continue;
        }
        size_t at = x->out->acts.len;
        struct dpact_bucket *rec = buf_put_zeros(&x->out->acts, sizeof *rec);
        rec->weight = b->weight;
        struct xscope s;
        xlate_save(x, &s);
        x->conditional = true;
        run_bucket(x, g, b);
        xlate_commit(x);
        xlate_restore(x, &s);
        rec = (void *)(x->out->acts.data + at);
        rec->len = (uint32_t)(x->out->acts.len - at);
        n++;
        total += b->weight;
    }
    x->conditional = conditional;
    a = (void *)(x->out->acts.data + start);
    a->n = n;
    a->total_weight = total;
    if (!dp_prog_end_nest(x->out, start)) {
        x->drop = DP_DROP_DEPTH;
    }
}

static void
run_group(struct xctx *x, const struct xgroup *g)
{
    xlate_count(x, g->counter);
    switch (g->type) {
    case GROUP_ALL:
    case GROUP_INDIRECT:
        for (size_t i = 0; i < g->n_buckets; i++) {
            run_isolated(x, g, &g->buckets[i]);
        }
        break;
    case GROUP_SELECT:
        put_select(x, g);
        break;
    case GROUP_FF:
        for (size_t i = 0; i < g->n_buckets; i++) {
            if (bucket_is_live(x, &g->buckets[i], 0)) {
                xlate_note(x, " -> using bucket %zu", i);
                run_isolated(x, g, &g->buckets[i]);
                break;
            }
        }
        break;
    case GROUP_N_TYPES:
        NOT_REACHED();
    }
}

void
xlate_group(struct xctx *x, uint32_t group_id)
{
    dp_prog_depend(x->out, x->bridge->groups_token);
    const struct xgroup *g = idmap_get(&x->bridge->groups, group_id);
    if (!g) {
        xlate_note(x, ">>>> no group %u <<<<", group_id);
        return;
    }
    if (x->group_depth >= GROUP_DEPTH_MAX) {
        xlate_note(x, ">>>> groups nested too deep <<<<");
        x->drop = DP_DROP_DEPTH;
        return;
    }
    x->group_depth++;
    run_group(x, g);
    x->group_depth--;
}
