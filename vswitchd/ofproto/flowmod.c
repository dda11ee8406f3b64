/* SPDX-License-Identifier: Apache-2.0 */
/* flow_mod: add, modify, delete [OF1.3.5 6.4].
 *
 * Everything is checked before anything changes; then the rules of one
 * message become visible together. */
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

enum ofp_err
rules_check_refs(struct ofproto *of, const struct act_list *acts)
{
    ACT_FOR_EACH (a, acts) {
        if (a->type == ACT_GROUP
            && !idmap_get(&of->x.groups, ACT_CAST(act_group, a)->group_id)) {
            return OFPERR_OFPBAC_BAD_OUT_GROUP;
        }
        if (a->type == ACT_METER
            && !idmap_get(&of->x.meters, ACT_CAST(act_meter, a)->meter_id)) {
            return OFPERR_OFPMMFC_INVALID_METER;
        }
        if (a->type == ACT_WRITE_ACTIONS || a->type == ACT_CLONE) {
            struct act_list inner = act_nested_list(ACT_CAST(act_nested, a));
            enum ofp_err err = rules_check_refs(of, &inner);
            if (err) {
                return err;
            }
        }
    }
    return 0;
}

static enum ofp_err
check_acts(struct ofproto *of, uint8_t version, const struct flow_spec *f,
           const struct act_list *acts, uint8_t table_id)
{
    struct act_check check = { .match = &f->match,
                               .table_id = table_id,
                               .n_tables = OFPROTO_N_TABLES,
                               .version = (enum ofp_version)version };
    enum ofp_err err = acts_check(acts, &check);
    return err ? err : rules_check_refs(of, acts);
}

static struct rule *
rule_from_spec(struct ofproto *of, const struct flow_spec *f,
               const struct act_list *acts, uint8_t table_id)
{
    struct rule *r = rule_create(of, &f->match, f->priority, table_id, acts);
    r->cookie = f->new_cookie == OFP_COOKIE_KEEP ? 0 : f->new_cookie;
    r->flags = f->flags & (uint16_t)~FLOW_FLAG_CHECK_OVERLAP;
    r->idle_timeout = f->idle_timeout;
    r->hard_timeout = f->hard_timeout;
    r->importance = f->importance;
    return r;
}

static enum ofp_err
add(struct ofproto *of, uint8_t version, const struct flow_spec *f)
{
    uint8_t table_id = f->table_id == FLOW_TABLE_ALL ? 0 : f->table_id;
    if (table_id >= TABLES_MAX || (f->table_id == FLOW_TABLE_ALL
                                   && version >= OFP11_VERSION)) {
        return OFPERR_OFPFMFC_BAD_TABLE_ID;
    }
    if (table_id >= OFPROTO_N_TABLES) {
        return OFPERR_OFPBRC_EPERM; /* The switch's own. */
    }
    struct act_list acts = act_list_from_buf(&f->acts);
    enum ofp_err err = check_acts(of, version, f, &acts, table_id);
    if (err) {
        return err;
    }
    struct xtable *t = rules_table(of, table_id);
    uint64_t now = rules_version(of);
    struct cls_rule *old_cr = cls_find(t->cls, now, &f->match.flow,
                                       &f->match.mask, f->priority);
    struct rule *r = rule_from_spec(of, f, &acts, table_id);
    if ((f->flags & FLOW_FLAG_CHECK_OVERLAP)
        && cls_has_overlap(t->cls, now, &r->cr)) {
        err = OFPERR_OFPFMFC_OVERLAP;
    } else if (!old_cr) {
        err = table_make_room(of, table_id);
    }
    if (err) {
        rule_discard(r);
        return err;
    }
    rules_prepare_reads(of, &f->match.mask, &acts);
    if (old_cr) {
        struct rule *old = CONTAINER_OF(old_cr, struct rule, cr);
        if (version >= OFP13_VERSION && !(f->flags & FLOW_FLAG_RESET_COUNTS)) {
            dp_counter_unref(&r->counter);
            r->counter = dp_counter_ref(old->counter);
        }
        rule_delete(of, old, -1);
    }
    rule_insert(of, r);
    rules_note(of, r, NULL, OFPFME_ADDED, -1);
    rules_publish(of);
    return 0;
}

/* Rules that a modify or delete means, gathered before any is changed. */
struct targets {
    const struct flow_spec *f;
    bool by_output;
    struct rule **rules;
    size_t n, cap;
};

static bool
is_target(const struct rule *r, const struct targets *g)
{
    const struct flow_spec *f = g->f;
    if (r->is_hidden || (r->cookie & f->cookie_mask)
                            != (f->cookie & f->cookie_mask)) {
        return false;
    }
    struct act_list acts = rule_acts_list(r->acts);
    return !g->by_output
           || ((f->out_port == OFPORT_ANY
                || acts_output_to_port(&acts, f->out_port))
               && (f->out_group == FLOW_GROUP_ANY
                   || acts_output_to_group(&acts, f->out_group)));
}

static bool
gather(struct cls_rule *cr, void *g_)
{
    struct targets *g = g_;
    struct rule *r = CONTAINER_OF(cr, struct rule, cr);
    if (is_target(r, g)) {
        if (g->n == g->cap) {
            g->rules = x2nrealloc(g->rules, &g->cap, sizeof *g->rules);
        }
        g->rules[g->n++] = r;
    }
    return true;
}

static void
gather_all(struct ofproto *of, bool strict, struct targets *g)
{
    const struct flow_spec *f = g->f;
    uint64_t now = rules_version(of);
    unsigned int first = f->table_id == FLOW_TABLE_ALL ? 0 : f->table_id;
    unsigned int last = f->table_id == FLOW_TABLE_ALL ? TABLES_MAX - 1
                                                      : f->table_id;
    for (unsigned int i = first; i <= last; i++) {
        struct cls *cls = of->x.tables[i].cls;
        if (!cls) {
            continue;
        }
        if (!strict) {
            cls_for_each(cls, now, &f->match.flow, &f->match.mask, gather, g);
            continue;
        }
        struct cls_rule *cr = cls_find(cls, now, &f->match.flow,
                                       &f->match.mask, f->priority);
        if (cr) {
            gather(cr, g);
        }
    }
}

/* The rule with other actions is another rule: it appears with the other
 * changes of its transaction, and can be taken back with them. */
static void
replace(struct ofproto *of, struct rule *old, const struct flow_spec *f,
        const struct act_list *acts)
{
    struct rule *r = rule_clone(of, old, acts);
    if (f->new_cookie != OFP_COOKIE_KEEP) {
        r->cookie = f->new_cookie;
    }
    if (f->flags & FLOW_FLAG_RESET_COUNTS) {
        dp_counter_unref(&r->counter);
        r->counter = dp_counter_create();
        r->counter->used_ms = old->counter->used_ms;
    }
    r->modified_ms = clock_ms();
    rule_delete(of, old, -1);
    rule_insert(of, r);
    struct act_list old_acts = rule_acts_list(old->acts);
    if (r->cookie != old->cookie || !acts_equal(acts, &old_acts)) {
        rules_note(of, r, old, OFPFME_MODIFIED, -1);
    }
}

static enum ofp_err
modify(struct ofproto *of, uint8_t version, const struct flow_spec *f,
       bool strict)
{
    struct act_list acts = act_list_from_buf(&f->acts);
    enum ofp_err err = check_acts(of, version, f, &acts,
                                  f->table_id == FLOW_TABLE_ALL
                                      ? 0 : f->table_id);
    if (err) {
        return err;
    }
    struct targets g = { .f = f };
    gather_all(of, strict, &g);
    if (!g.n) {
        free(g.rules);
        /* OpenFlow 1.0 and 1.1 add what they did not find. */
        return version < OFP12_VERSION && !f->cookie_mask
                   ? add(of, version, f)
                   : 0;
    }
    rules_prepare_reads(of, NULL, &acts);
    for (size_t i = 0; i < g.n; i++) {
        replace(of, g.rules[i], f, &acts);
    }
    free(g.rules);
    rules_publish(of);
    return 0;
}

static enum ofp_err
delete(struct ofproto *of, const struct flow_spec *f, bool strict)
{
    struct targets g = { .f = f, .by_output = true };
    gather_all(of, strict, &g);
    bool tell = false;
    for (size_t i = 0; i < g.n; i++) {
        tell |= g.rules[i]->flags & FLOW_FLAG_SEND_FLOW_REM;
    }
    if (tell) {
        dp_fold(of->dp);
    }
    for (size_t i = 0; i < g.n; i++) {
        rule_delete(of, g.rules[i], OFPRR_DELETE);
    }
    if (g.n) {
        rules_publish(of);
    }
    free(g.rules);
    return 0;
}

enum ofp_err
flowmod_apply(struct ofproto *of, uint8_t version,
              const struct ofm_flow_mod *fm)
{
    if (fm->f.buffer_id != FLOW_BUFFER_NONE
        && fm->command <= OFPFC_MODIFY_STRICT) {
        return OFPERR_OFPBRC_BUFFER_UNKNOWN;
    }
    switch (fm->command) {
    case OFPFC_ADD:
        return add(of, version, &fm->f);
    case OFPFC_MODIFY:
        return modify(of, version, &fm->f, false);
    case OFPFC_MODIFY_STRICT:
        return modify(of, version, &fm->f, true);
    case OFPFC_DELETE:
        return delete(of, &fm->f, false);
    case OFPFC_DELETE_STRICT:
        return delete(of, &fm->f, true);
    default:
        return OFPERR_OFPFMFC_BAD_COMMAND;
    }
}
