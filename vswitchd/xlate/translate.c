/* SPDX-License-Identifier: Apache-2.0 */
/* The walk through the tables; one function per action in the table below,
 * longer ones in x_*.c. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/openflow/wire.h"
#include "vswitchd/xlate/xlate_priv.h"

void
xlate_note(struct xctx *x, const char *fmt, ...)
{
    if (!x->trace) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    str_put_chars(x->trace->text, ' ', (size_t)x->indent);
    str_putv(x->trace->text, fmt, args);
    str_put_char(x->trace->text, '\n');
    va_end(args);
}

void
xlate_count(struct xctx *x, struct dp_counter *c)
{
    if (!c) {
        return;
    }
    if (!x->conditional) {
        dp_prog_count(x->out, c);
        return;
    }
    struct dpact_count *a = dp_prog_put(x->out, DPACT_COUNT, sizeof *a);
    a->counter = c;
}

void
xlate_save(const struct xctx *x, struct xscope *s)
{
    s->flow = x->flow;
    s->len_delta = x->len_delta;
    s->stack_top = x->stack_top;
}

void
xlate_restore(struct xctx *x, const struct xscope *s)
{
    x->flow = s->flow;
    x->len_delta = s->len_delta;
    x->stack_top = s->stack_top;
    memset(&x->dirty, 0, sizeof x->dirty);
    x->exit = x->is_failed;
}

void
xlate_scope_begin(struct xctx *x, struct xscope *s)
{
    xlate_commit(x);
    xlate_save(x, s);
    s->start = x->out->acts.len;
    dp_prog_put(x->out, DPACT_CLONE, sizeof(struct dpact_nest));
}

/* True if no record of the list changes or ends the packet. */
static bool
is_harmless(const void *acts, size_t len)
{
    DPACT_FOR_EACH (a, acts, len) {
        if (a->op != DPACT_OUTPUT && a->op != DPACT_EVENT
            && a->op != DPACT_COUNT && a->op != DPACT_CLONE
            && a->op != DPACT_NORMAL && a->op != DPACT_SELECT) {
            return false;
        }
    }
    return true;
}

void
xlate_scope_end(struct xctx *x, struct xscope *s)
{
    struct buf *b = &x->out->acts;
    size_t head = sizeof(struct dpact_nest);
    uint8_t *inner = b->data + s->start + head;
    size_t len = b->len - s->start - head;
    if (is_harmless(inner, len)) {
        memmove(b->data + s->start, inner, len);
        b->len -= head;
    } else if (!dp_prog_end_nest(x->out, s->start)) {
        x->drop = DP_DROP_DEPTH;
    }
    xlate_restore(x, s);
}

/* ## Actions ## */

static void
run_output(struct xctx *x, const struct act *a)
{
    const struct act_output *o = ACT_CAST(act_output, a);
    xlate_output(x, o->port, o->max_len);
}

static void
run_enqueue(struct xctx *x, const struct act *a)
{
    xlate_output(x, ACT_CAST(act_enqueue, a)->port, 0);
}

static void
run_group(struct xctx *x, const struct act *a)
{
    xlate_group(x, ACT_CAST(act_group, a)->group_id);
}

static void
run_nothing(struct xctx *x UNUSED, const struct act *a UNUSED)
{
}

/* Where connections are not tracked no packet comes back from it, and none
 * gets to where only packets of known connections should be. */
static void
run_ct(struct xctx *x, const struct act *a)
{
    if (ACT_CAST(act_ct, a)->table != 255) {
        xlate_note(x, " >> connections are not tracked: the packet does not "
                      "go on in table %u", ACT_CAST(act_ct, a)->table);
    }
}

static void
run_resubmit(struct xctx *x, const struct act *a)
{
    const struct act_resubmit *r = ACT_CAST(act_resubmit, a);
    if (x->resubmit_depth >= 64) {
        xlate_note(x, ">>>> resubmit nested too deep <<<<");
        x->drop = DP_DROP_DEPTH;
        return;
    }
    const struct rule *rule = x->rule;
    uint8_t table_id = x->table_id;
    x->search_port = r->in_port == OFPORT_IN_PORT ? 0 : r->in_port;
    uint8_t to = r->table_id == 255 ? x->table_id : r->table_id;
    x->resubmit_depth++;
    xlate_table(x, to);
    x->resubmit_depth--;
    x->rule = rule;
    x->table_id = table_id;
    x->next_table = XLATE_NO_TABLE;
}

static void
run_clone(struct xctx *x, const struct act *a)
{
    struct act_list inner = act_nested_list(ACT_CAST(act_nested, a));
    struct act_set set = x->set;
    struct xscope s;
    xlate_scope_begin(x, &s);
    xlate_run_actions(x, &inner);
    xlate_scope_end(x, &s);
    x->set = set;
}

static void
run_exit(struct xctx *x, const struct act *a UNUSED)
{
    x->exit = true;
}

static void
run_meter(struct xctx *x, const struct act *a)
{
    dp_prog_depend(x->out, x->bridge->groups_token);
    const struct xmeter *m = idmap_get(&x->bridge->meters,
                                       ACT_CAST(act_meter, a)->meter_id);
    if (!m) {
        return;
    }
    struct dpact_meter *d = dp_prog_put(x->out, DPACT_METER, sizeof *d);
    d->meter = m->meter;
    x->conditional = true;
}

static void
run_clear_actions(struct xctx *x, const struct act *a UNUSED)
{
    act_set_clear(&x->set);
}

static void
run_write_actions(struct xctx *x, const struct act *a)
{
    struct act_list inner = act_nested_list(ACT_CAST(act_nested, a));
    if (!act_set_write(&x->set, &inner)) {
        xlate_note(x, ">>>> too many field writes in the action set <<<<");
        x->drop = DP_DROP_DEPTH;
    }
    if (x->trace) {
        const struct act *all[ACT_N_SLOTS + ACT_SET_WRITES_MAX];
        size_t n = act_set_order(&x->set, all);
        struct str s = STR_INIT;
        for (size_t i = 0; i < n; i++) {
            struct act_list one = { all[i], all[i]->len };
            str_put(&s, i ? "," : "");
            acts_put(&one, x->trace->names, &s);
        }
        xlate_note(x, " -> action set is: %s", n ? str_cstr(&s) : "empty");
        str_fini(&s);
    }
}

static void
run_write_metadata(struct xctx *x, const struct act *a)
{
    const struct act_write_metadata *m = ACT_CAST(act_write_metadata, a);
    uint64_t old = be64_to_cpu(x->flow.metadata);
    x->flow.metadata = cpu_to_be64((old & ~m->mask) | (m->metadata & m->mask));
}

static void
run_goto_table(struct xctx *x, const struct act *a)
{
    x->next_table = ACT_CAST(act_goto_table, a)->table_id;
}

static void (*const run_table[ACT_N])(struct xctx *, const struct act *) = {
    [ACT_OUTPUT] = run_output,
    [ACT_CONTROLLER] = xlate_controller_action,
    [ACT_ENQUEUE] = run_enqueue,
    [ACT_GROUP] = run_group,
    [ACT_SET_QUEUE] = run_nothing,
    [ACT_POP_QUEUE] = run_nothing,
    [ACT_SET_FIELD] = xlate_set_field,
    [ACT_MOVE] = xlate_move,
    [ACT_PUSH_VLAN] = xlate_push_vlan,
    [ACT_STRIP_VLAN] = xlate_strip_vlan,
    [ACT_PUSH_MPLS] = xlate_push_mpls,
    [ACT_POP_MPLS] = xlate_pop_mpls,
    [ACT_DEC_TTL] = xlate_dec_ttl,
    [ACT_DEC_MPLS_TTL] = xlate_dec_mpls_ttl,
    [ACT_RESUBMIT] = run_resubmit,
    [ACT_CLONE] = run_clone,
    [ACT_NOTE] = run_nothing,
    [ACT_EXIT] = run_exit,
    [ACT_OUTPUT_REG] = xlate_output_reg,
    [ACT_OUTPUT_TRUNC] = xlate_output_trunc,
    [ACT_STACK_PUSH] = xlate_stack_push,
    [ACT_STACK_POP] = xlate_stack_pop,
    [ACT_CHECK_PKT_LARGER] = xlate_check_pkt_larger,
    [ACT_BUNDLE] = xlate_bundle,
    [ACT_MULTIPATH] = xlate_multipath,
    [ACT_SAMPLE] = run_nothing,       /* To no collector. */
    [ACT_DELETE_FIELD] = run_nothing, /* Of a tunnel: there is none. */
    [ACT_LEARN] = xlate_learn,
    [ACT_FIN_TIMEOUT] = xlate_fin_timeout,
    [ACT_CONJUNCTION] = run_nothing,
    [ACT_CT] = run_ct,
    [ACT_NAT] = run_nothing,
    [ACT_CT_CLEAR] = run_nothing,
    [ACT_METER] = run_meter,
    [ACT_CLEAR_ACTIONS] = run_clear_actions,
    [ACT_WRITE_ACTIONS] = run_write_actions,
    [ACT_WRITE_METADATA] = run_write_metadata,
    [ACT_GOTO_TABLE] = run_goto_table,
};

static void
note_action(struct xctx *x, const struct act *a)
{
    if (x->trace) {
        struct act_list one = { a, a->len };
        struct str s = STR_INIT;
        acts_put(&one, x->trace->names, &s);
        xlate_note(x, "%s", str_cstr(&s));
        str_fini(&s);
    }
}

void
xlate_run_actions(struct xctx *x, const struct act_list *acts)
{
    ACT_FOR_EACH (a, acts) {
        if (x->exit) {
            break;
        }
        note_action(x, a);
        ASSERT_HOT(a->type < ACT_N);
        run_table[a->type](x, a);
    }
}

void
xlate_run_set(struct xctx *x)
{
    const struct act *run[ACT_N_SLOTS + ACT_SET_WRITES_MAX];
    size_t n = act_set_order(&x->set, run);
    act_set_clear(&x->set);
    int outer = x->indent;
    if (n && !x->in_group) {
        xlate_note(x, "--. Executing action set:");
        x->indent += 4;
    }
    for (size_t i = 0; i < n && !x->exit; i++) {
        note_action(x, run[i]);
        run_table[run[i]->type](x, run[i]);
    }
    x->indent = outer;
}

/* ## Tables ## */

static void
note_rule(struct xctx *x, const struct rule *r)
{
    if (!x->trace) {
        return;
    }
    struct str s = STR_INIT;
    struct match m;
    cls_rule_get_match(&r->cr, &m.flow, &m.mask);
    match_put(&m, MATCH_PRIORITY_DEFAULT, x->trace->names, &s);
    if (s.len) {
        str_put(&s, ", ");
    }
    str_putf(&s, "priority %d", r->cr.priority);
    if (r->cookie) {
        str_putf(&s, ", cookie 0x%llx", (unsigned long long)r->cookie);
    }
    xlate_note(x, "%2u. %s", x->table_id, str_cstr(&s));
    str_fini(&s);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        flow_words(&x->trace->reads)[i] |= flow_words(&m.mask)[i];
    }
}

static void
table_miss(struct xctx *x, uint8_t miss)
{
    xlate_note(x, "%2u. No match.", x->table_id);
    xlate_note(x, x->indent ? "        drop" : "    drop");
    x->rule = NULL;
    if (miss == XTABLE_MISS_CONTROLLER
        || (miss == XTABLE_MISS_DEFAULT && x->bridge->wants_misses)) {
        xlate_controller(x, UINT16_MAX, 0, OFPR_NO_MATCH, true);
    }
}

/* A resubmit's port is for one search alone, and not seen by actions. */
static const struct rule *
search(struct xctx *x, const struct cls *cls)
{
    uint32_t in_port = x->flow.in_port;
    x->flow.in_port = x->search_port ? x->search_port : in_port;
    const struct rule *rule = xlate_search(x, cls);
    x->flow.in_port = in_port;
    x->search_port = 0;
    return rule;
}

void
xlate_table(struct xctx *x, uint8_t table_id)
{
    for (;;) {
        if (++x->n_lookups > RESUBMITS_MAX) {
            xlate_note(x, ">>>> over %d table lookups <<<<", RESUBMITS_MAX);
            x->drop = DP_DROP_DEPTH;
            return;
        }
        const struct xtable *t = &x->bridge->tables[table_id];
        x->table_id = table_id;
        x->next_table = XLATE_NO_TABLE;
        dp_prog_depend(x->out, t->token);
        struct cls *cls = table_id < TABLES_MAX ? rcu_load(&t->cls) : NULL;
        const struct rule *rule = cls ? search(x, cls) : NULL;
        if (x->is_failed) {
            return;
        }
        if (!rule) {
            xlate_count(x, t->missed);
            uint8_t miss = atomic_load_explicit(&t->miss,
                                                memory_order_relaxed);
            if (miss == XTABLE_MISS_CONTINUE && table_id + 2 < TABLES_MAX) {
                xlate_note(x, "%2u. No match: on to the next table.",
                           table_id);
                table_id++;
                continue;
            }
            table_miss(x, miss == XTABLE_MISS_CONTINUE
                              ? XTABLE_MISS_CONTROLLER : miss);
            return;
        }
        x->rule = rule;
        xlate_count(x, t->matched);
        xlate_count(x, rule->counter);
        note_rule(x, rule);
        struct act_list acts = rule_acts_list(rcu_load(&rule->acts));
        int outer = x->indent;
        x->indent += outer ? 8 : 4;
        if (!acts.len) {
            xlate_note(x, "drop");
        }
        xlate_run_actions(x, &acts);
        x->indent = outer;
        if (x->next_table == XLATE_NO_TABLE || x->exit) {
            return;
        }
        table_id = (uint8_t)x->next_table;
    }
}

/* Fragments as the bridge is told to see them.  False: drop. */
static bool
apply_frag_mode(struct xctx *x)
{
    if (x->flow.nw_frag && x->bridge->frag_mode == OFPC_FRAG_NORMAL) {
        x->flow.tp_src = x->flow.tp_dst = 0;
    }
    return !(x->flow.nw_frag && x->bridge->frag_mode == OFPC_FRAG_DROP);
}

/* A packet on 'ofport' of the bridge it has just entered. */
static void
run_tables(struct xctx *x, uint32_t ofport)
{
    const struct xport *port = xlate_port(x, ofport);
    if (port && (port->config & (OFPPC_NO_RECV | OFPPC_PORT_DOWN))) {
        xlate_note(x, ">>>> port %u does not receive <<<<", ofport);
        x->drop = DP_DROP_PORT_BLOCKED;
        return;
    }
    if (!apply_frag_mode(x)) {
        x->drop = DP_DROP_PORT_BLOCKED;
        return;
    }
    xlate_table(x, 0);
    if (!x->exit) {
        xlate_run_set(x);
    }
}

void
xlate_enter(struct xctx *x, struct xbridge *bridge, uint32_t ofport)
{
    x->bridge = bridge;
    x->ports = rcu_load(&bridge->ports);
    x->flow.in_port = ofport;
    x->flow.metadata = 0;
    memset(x->flow.regs, 0, sizeof x->flow.regs);
    x->flow.actset_output = 0;
    x->stack_top = XLATE_STACK_EMPTY;
    act_set_clear(&x->set);
    int outer = x->indent;
    x->indent = 0;
    if (x->trace) {
        str_putf(x->trace->text, "\n");
        xlate_note(x, "bridge(\"%s\")", bridge->name);
        str_put_chars(x->trace->text, '-', strlen(bridge->name) + 10);
        str_put_char(x->trace->text, '\n');
    }
    run_tables(x, ofport);
    x->indent = outer;
}

/* ## Entries ## */

/* What is to be translated. */
struct xjob {
    const struct pipeline *pipeline;
    struct xbridge *bridge;      /* NULL: drop it. */
    uint32_t ofport;             /* Where it enters the bridge. */
    const struct flow *flow;
    const struct act_list *acts; /* Of a packet-out; NULL: the tables. */
    struct dp_prog_builder *out;
    struct xlate_trace *trace;
};

static void
put_drop(struct xctx *x, enum dp_drop reason)
{
    struct dpact_drop *d = dp_prog_put(x->out, DPACT_DROP, sizeof *d);
    d->reason = reason;
}

/* Ends the list that began at byte 'start'. */
static void
finish(struct xctx *x, size_t start)
{
    struct buf *acts = &x->out->acts;
    bool goes_out = false;
    DPACT_FOR_EACH (a, acts->data + start, acts->len - start) {
        const struct dpact_event *e = (const void *)a;
        goes_out |= a->op == DPACT_OUTPUT || a->op == DPACT_NORMAL
                    || a->op == DPACT_SELECT || a->op == DPACT_CLONE
                    || (a->op == DPACT_EVENT && e->max_len);
    }
    if (acts->len - start > DP_PROG_BYTES_MAX) {
        acts->len = start;
        x->drop = DP_DROP_DEPTH;
        goes_out = false;
    }
    if (!goes_out) {
        put_drop(x, x->drop);
    }
    if (x->trace) {
        x->trace->final = x->flow;
    }
}

static void
init(struct xctx *x, const struct xjob *j)
{
    memset(&x->dirty, 0, sizeof x->dirty);
    x->pipeline = j->pipeline;
    x->bridge = j->bridge;
    x->ports = NULL;
    x->out = j->out;
    x->trace = j->trace;
    x->flow = *j->flow;
    act_set_clear(&x->set);
    x->rule = NULL;
    x->table_id = 0;
    x->search_port = 0;
    x->next_table = XLATE_NO_TABLE;
    x->exit = x->is_failed = x->in_group = false;
    x->is_packet_out = j->acts;
    x->conditional = x->by_len;
    x->len_delta = 0;
    x->stack_top = XLATE_STACK_EMPTY;
    x->n_pushes = 0;
    x->n_lookups = x->group_depth = x->bridge_depth = x->resubmit_depth = 0;
    x->indent = 0;
    x->drop = DP_DROP_NO_ACTIONS;
}

/* For packets of lengths from 'len_min' to 'len_max', or a part of them. */
static void
run_once(struct xctx *x, const struct xjob *j)
{
    size_t start = j->out->acts.len;
    init(x, j);
    if (!j->bridge) {
        x->drop = DP_DROP_NO_PIPELINE;
    } else if (j->acts) {
        x->ports = rcu_load(&j->bridge->ports);
        xlate_run_actions(x, j->acts);
        if (!x->exit) {
            xlate_run_set(x);
        }
    } else {
        xlate_enter(x, j->bridge, j->ofport);
    }
    finish(x, start);
}

/* Some action asked for the packet's length: translates anew for each range
 * of lengths with an answer of its own.  There is one more of them than
 * lengths that were asked for, since a translation that follows one answer
 * rules out others. */
static void
run_by_len(struct xctx *x, const struct xjob *j)
{
    struct buf *acts = &j->out->acts;
    x->by_len = true;
    j->out->n_counters = 0;
    buf_clear(acts);
    dp_prog_put(j->out, DPACT_BY_LEN, sizeof(struct dpact_by_len));
    uint32_t n = 0;
    x->len_max = 0;
    for (uint32_t from = 0; n < LEN_RANGES_MAX && x->len_max < UINT32_MAX;
         from = x->len_max + 1, n++) {
        size_t at = acts->len;
        buf_put_zeros(acts, sizeof(struct dpact_len_range));
        x->len_min = from;
        x->len_max = UINT32_MAX;
        run_once(x, j);
        struct dpact_len_range *r = (void *)(acts->data + at);
        r->max_len = x->len_max;
        r->len = (uint32_t)(acts->len - at);
    }
    ((struct dpact_by_len *)(void *)acts->data)->n = n;
    if (x->len_max < UINT32_MAX || !dp_prog_end_nest(j->out, 0)) {
        buf_clear(acts);
        put_drop(x, DP_DROP_DEPTH);
    }
}

static void
run_job(const struct xjob *j)
{
    struct xctx x;
    size_t text_start = j->trace ? j->trace->text->len : 0;
    x.by_len = false;
    x.len_min = 0;
    x.len_max = UINT32_MAX;
    run_once(&x, j);
    if (x.len_max < UINT32_MAX) {
        if (j->trace) {
            str_truncate(j->trace->text, text_start);
        }
        run_by_len(&x, j);
    }
}

void
xlate(const void *pipeline, const struct flow *flow,
      struct dp_prog_builder *out)
{
    const struct pipeline *p = pipeline;
    const struct xport *port = p && flow->in_port < DP_PORTS_MAX
                                   ? rcu_load(&p->by_dp_port[flow->in_port])
                                   : NULL;
    run_job(&(struct xjob){ .pipeline = p,
                            .bridge = port ? port->bridge : NULL,
                            .ofport = port ? port->ofport : 0,
                            .flow = flow,
                            .out = out });
}

void
xlate_with_trace(const struct pipeline *p, struct xbridge *bridge,
                 const struct flow *flow, struct dp_prog_builder *out,
                 struct xlate_trace *trace)
{
    run_job(&(struct xjob){ .pipeline = p,
                            .bridge = bridge,
                            .ofport = flow->in_port,
                            .flow = flow,
                            .out = out,
                            .trace = trace });
}

void
xlate_actions(const struct pipeline *p, struct xbridge *bridge,
              const struct flow *flow, const struct act_list *acts,
              struct dp_prog_builder *out, struct xlate_trace *trace)
{
    run_job(&(struct xjob){ .pipeline = p,
                            .bridge = bridge,
                            .flow = flow,
                            .acts = acts,
                            .out = out,
                            .trace = trace });
}
