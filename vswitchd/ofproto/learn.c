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

/* ## delete_learned ## */

/* A table and cookie that rules teach with delete_learned. */
struct lesson {
    uint64_t cookie;
    uint8_t table_id;
    bool is_taught; /* By a rule that is left. */
};

struct lessons {
    struct ofproto *of;
    struct lesson *p;
    size_t n, cap;
};

static void
visit_lessons(const struct act_list *acts,
              void (*fn)(struct lessons *, const struct act_learn *),
              struct lessons *ls)
{
    ACT_FOR_EACH (a, acts) {
        const struct act_learn *l = ACT_CAST(act_learn, a);
        if (a->type == ACT_CLONE) {
            struct act_list in = act_nested_list(ACT_CAST(act_nested, a));
            visit_lessons(&in, fn, ls);
        } else if (a->type == ACT_LEARN
                   && l->flags & ACT_LEARN_DELETE_LEARNED) {
            fn(ls, l);
        }
    }
}

static struct lesson *
find_lesson(const struct lessons *ls, const struct act_learn *l)
{
    for (size_t i = 0; i < ls->n; i++) {
        if (ls->p[i].cookie == l->cookie
            && ls->p[i].table_id == l->table_id) {
            return &ls->p[i];
        }
    }
    return NULL;
}

static void
add_lesson(struct lessons *ls, const struct act_learn *l)
{
    if (!find_lesson(ls, l)) {
        if (ls->n == ls->cap) {
            ls->p = x2nrealloc(ls->p, &ls->cap, sizeof *ls->p);
        }
        ls->p[ls->n++] = (struct lesson){ l->cookie, l->table_id, false };
    }
}

static void
mark_taught(struct lessons *ls, const struct act_learn *l)
{
    struct lesson *lesson = find_lesson(ls, l);
    if (lesson) {
        lesson->is_taught = true;
    }
}

bool
rule_teaches(const struct rule *r)
{
    struct act_list acts = rule_acts_list(r->acts);
    struct lessons ls = { .n = 0 };
    visit_lessons(&acts, add_lesson, &ls);
    free(ls.p);
    return ls.n > 0;
}

static bool
visit_rule(struct cls_rule *cr, void *ls)
{
    struct act_list acts
        = rule_acts_list(CONTAINER_OF(cr, struct rule, cr)->acts);
    visit_lessons(&acts, mark_taught, ls);
    return true;
}

static bool
forget_rule(struct cls_rule *cr, void *ls_)
{
    struct lessons *ls = ls_;
    struct rule *r = CONTAINER_OF(cr, struct rule, cr);
    for (size_t i = 0; i < ls->n; i++) {
        if (!ls->p[i].is_taught && ls->p[i].table_id == r->table_id
            && ls->p[i].cookie == r->cookie && !r->is_hidden) {
            rule_delete(ls->of, r, OFPRR_DELETE);
            break;
        }
    }
    return true;
}

static void
for_each_rule(struct ofproto *of, bool (*fn)(struct cls_rule *, void *),
              struct lessons *ls)
{
    for (int i = 0; i < TABLES_MAX; i++) {
        if (of->x.tables[i].cls) {
            cls_for_each(of->x.tables[i].cls, rules_version(of), NULL, NULL,
                         fn, ls);
        }
    }
}

void
learn_forget(struct ofproto *of)
{
    while (of->teachers_died) {
        struct lessons ls = { .of = of };
        of->teachers_died = false;
        for (struct rule *r = of->dead_first; r; r = r->dead.next) {
            if (r->dead.version == rules_version(of)) {
                struct act_list acts = rule_acts_list(r->acts);
                visit_lessons(&acts, add_lesson, &ls);
            }
        }
        for_each_rule(of, visit_rule, &ls);
        for_each_rule(of, forget_rule, &ls);
        free(ls.p);
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
