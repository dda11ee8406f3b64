/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that packets made or changed: the events of learn and fin_timeout
 * [ovs-actions(7)].  A rule that is learned again as it is lives on, as after
 * a strict modify, and no cached flow is translated anew for it. */
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"
#include "vswitchd/xlate/xlate.h"

struct count {
    uint64_t cookie;
    uint32_t n, limit;
};

static bool
count_rule(struct cls_rule *cr, void *c_)
{
    struct count *c = c_;
    c->n += CONTAINER_OF(cr, struct rule, cr)->cookie == c->cookie;
    return c->n < c->limit;
}

static bool
is_at_limit(struct ofproto *of, const struct xlearn *l)
{
    struct count c = { .cookie = l->cookie, .limit = l->limit };
    if (l->limit) {
        cls_for_each(rules_table(of, l->table_id)->cls, rules_version(of),
                     NULL, NULL, count_rule, &c);
    }
    return l->limit && c.n >= l->limit;
}

static struct rule *
find(struct ofproto *of, const struct xlearn *l, const struct match *m)
{
    struct cls_rule *cr = cls_find(rules_table(of, l->table_id)->cls,
                                   rules_version(of), &m->flow, &m->mask,
                                   l->priority);
    return cr ? CONTAINER_OF(cr, struct rule, cr) : NULL;
}

static bool
says_the_same(const struct rule *r, const struct xlearn *l,
              const struct act_list *acts)
{
    struct act_list old = rule_acts_list(r->acts);
    return r->cookie == l->cookie && acts_equal(&old, acts);
}

/* Adds the rule, or gives the one that is there its actions and cookie. */
static void
put_rule(struct ofproto *of, const struct xlearn *l, const struct match *m,
         const struct act_list *acts, bool exists)
{
    struct ofm fm;
    ofm_init(&fm, OFM_FLOW_MOD);
    fm.flow_mod.command = exists ? OFPFC_MODIFY_STRICT : OFPFC_ADD;
    struct flow_spec *f = &fm.flow_mod.f;
    f->match = *m;
    f->table_id = l->table_id;
    f->priority = l->priority;
    f->new_cookie = l->cookie;
    f->idle_timeout = l->idle_timeout;
    f->hard_timeout = l->hard_timeout;
    f->flags = l->flags & ACT_LEARN_SEND_FLOW_REM ? FLOW_FLAG_SEND_FLOW_REM
                                                  : 0;
    f->out_port = OFPORT_ANY;
    f->out_group = FLOW_GROUP_ANY;
    f->buffer_id = FLOW_BUFFER_NONE;
    buf_put(&f->acts, acts->first, acts->len);
    acts_bind_match(&f->acts, m);
    /* What 1.0 takes: the learning rule's author knows which packets come. */
    if (flowmod_apply(of, OFP10_VERSION, &fm.flow_mod)) {
        counter_inc(learn_refused);
    }
    ofm_fini(&fm);
}

static void
learn(struct ofproto *of, const struct xlearn *l, const struct match *m,
      const struct act_list *acts)
{
    struct rule *r = find(of, l, m);
    if (r && says_the_same(r, l, acts)) {
        r->modified_ms = clock_ms();
        if (r->idle_timeout || r->hard_timeout) {
            rules_reset_timer(of, r);
        }
    } else if (!r && is_at_limit(of, l)) {
        counter_inc(learn_refused);
    } else {
        put_rule(of, l, m, acts, r != NULL);
    }
}

static uint16_t
shorter(uint16_t now, uint16_t cut)
{
    return cut && (!now || cut < now) ? cut : now;
}

static void
cut_timeouts(struct ofproto *of, const struct xlearn *l,
             const struct match *m)
{
    struct rule *r = find(of, l, m);
    if (r) {
        r->idle_timeout = shorter(r->idle_timeout, l->idle_timeout);
        r->hard_timeout = shorter(r->hard_timeout, l->hard_timeout);
        rules_reset_timer(of, r);
    }
}

void
ofproto_learn(struct ofproto *of, const struct dp_event *ev)
{
    if (ev->data_len < sizeof(struct xlearn)) {
        return;
    }
    struct xlearn *l = xmemdup(ev->data, ev->data_len); /* Aligned. */
    struct match m;
    struct act_list acts;
    if (xlearn_read(l, ev->data_len, &m, &acts)) {
        if (ev->kind == XEVENT_LEARN) {
            match_normalize(&m);
            learn(of, l, &m, &acts);
        } else {
            cut_timeouts(of, l, &m);
        }
    }
    free(l);
}
