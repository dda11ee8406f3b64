/* SPDX-License-Identifier: Apache-2.0 */
/* The switch beside the oracle, in one process, from one seed:
 *
 *   sim_pipeline [--seed N] [--sets N] [--steps N] [--cache 0|1]
 *
 * Each set makes a bridge with memory ports, groups and rules, the same in
 * the oracle, and sends 'steps' packets or bursts through both, mostly again
 * and again of a small pool, so that the cache takes part; rules, groups,
 * ports and VLANs change on the way.  What leaves (ports, bytes, order within
 * a port), what controllers get, what is learned and what rules count must be
 * equal.  Odd sets run without a cache.  A difference is told with its seed,
 * and ends the run. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/flow/extract.h"
#include "lib/io/loop.h"
#include "lib/openflow/wire.h"
#include "tests/sim/sim.h"
#include "vswitchd/xlate/xlate.h"

/* ## Packets ## */

static struct oracle_output *
add_output(struct oracle_result *r)
{
    if (r->n_outputs == r->outputs_cap) {
        r->outputs = x2nrealloc(r->outputs, &r->outputs_cap,
                                sizeof *r->outputs);
    }
    return &r->outputs[r->n_outputs++];
}

static void
take_outputs(struct sim *s)
{
    for (uint32_t i = 1; i <= GEN_N_PORTS; i++) {
        struct packet p;
        while (port_mem_take(s->ports[i], &p)) {
            struct oracle_output *o = add_output(&s->got);
            o->ofport = i;
            o->frame.len = MIN(p.len, (uint32_t)FRAME_MAX);
            memcpy(o->frame.b, p.data, o->frame.len);
            packet_free(&p);
        }
    }
}

static void
on_event(void *s_, const struct dp_event *ev)
{
    struct sim *s = s_;
    struct xevent v;
    if (ev->type == DP_EVENT_LEARN) {
        if (s->got.n_learned < ORACLE_LEARN_MAX) {
            s->got.learned[s->got.n_learned++] = (struct oracle_mac){
                ev->vid, ev->mac, bridge_bundle_ofport(s->br, ev->bundle) };
        }
        fdb_learn(ev->l2->fdb, ev->vid, ev->mac, ev->bundle, false);
    } else if (ev->kind == XEVENT_PACKET_IN) {
        memcpy(&v, ev->data, sizeof v);
        struct oracle_result *r = &s->got;
        if (r->n_packet_ins == r->packet_ins_cap) {
            r->packet_ins = x2nrealloc(r->packet_ins, &r->packet_ins_cap,
                                       sizeof *r->packet_ins);
        }
        struct oracle_packet_in *pi = &r->packet_ins[r->n_packet_ins++];
        pi->reason = v.reason;
        pi->table_id = v.table_id;
        pi->max_len = v.max_len;
        pi->metadata = v.metadata;
        pi->frame.len = MIN(ev->frame_len, (uint32_t)FRAME_MAX);
        memcpy(pi->frame.b, ev->frame, pi->frame.len);
    }
}

static void
push(struct sim *s, uint32_t in_port, const struct frame *f)
{
    static uint8_t buf[PACKET_HEADROOM + FRAME_MAX];
    memcpy(buf + PACKET_HEADROOM, f->b, f->len);
    struct packet p = packet_over(buf + PACKET_HEADROOM, f->len,
                                  PACKET_HEADROOM);
    port_mem_push(s->ports[in_port], &p);
}

static void
step_switch(struct sim *s)
{
    oracle_begin(&s->oracle, &s->got);
    dp_step(vswitch_dp(s->vs));
    dp_events_run(vswitch_dp(s->vs), UINT32_MAX, on_event, s);
    take_outputs(s);
    rcu_quiesce();
}

/* Compares what left by each port, in the order it left. */
static bool
same_outputs(const struct oracle_result *a, const struct oracle_result *b)
{
    if (a->n_outputs != b->n_outputs) {
        return false;
    }
    for (uint32_t port = 1; port <= GEN_N_PORTS; port++) {
        size_t j = 0;
        for (size_t i = 0; i < a->n_outputs; i++) {
            if (a->outputs[i].ofport != port) {
                continue;
            }
            while (j < b->n_outputs && b->outputs[j].ofport != port) {
                j++;
            }
            if (j == b->n_outputs
                || !frame_equal(&a->outputs[i].frame, &b->outputs[j].frame)) {
                return false;
            }
            j++;
        }
    }
    return true;
}

static bool
same_packet_ins(const struct oracle_result *want,
                const struct oracle_result *got)
{
    if (want->n_packet_ins != got->n_packet_ins) {
        return false;
    }
    for (size_t i = 0; i < want->n_packet_ins; i++) {
        const struct oracle_packet_in *a = &want->packet_ins[i];
        const struct oracle_packet_in *b = &got->packet_ins[i];
        size_t len = MIN(a->frame.len, (size_t)a->max_len);
        if (a->metadata != b->metadata || a->reason != b->reason
            || b->frame.len < len || memcmp(a->frame.b, b->frame.b, len)) {
            return false;
        }
    }
    return true;
}

static bool
same_learned(const struct oracle_result *a, const struct oracle_result *b)
{
    if (a->n_learned != b->n_learned) {
        return false;
    }
    for (size_t i = 0; i < a->n_learned; i++) {
        const struct oracle_mac *x = &a->learned[i], *y = &b->learned[i];
        if (x->vid != y->vid || x->ofport != y->ofport
            || !eth_addr_eq(x->mac, y->mac)) {
            return false;
        }
    }
    return true;
}

void
sim_run_oracle(struct sim *s, const struct work *w)
{
    oracle_begin(&s->oracle, &s->want);
    for (size_t i = 0; i < w->n; i++) {
        if (w->acts) {
            oracle_run_actions(&s->oracle, w->in_port, w->frames[i], w->acts,
                               &s->want);
        } else {
            oracle_run(&s->oracle, w->in_port, w->frames[i], &s->want);
        }
    }
}

/* Runs the oracle for what the switch was given, for each way there is until
 * one agrees.  False if none does. */
static bool
check(struct sim *s, const struct work *w)
{
    bool is_equal;
    do {
        sim_run_oracle(s, w);
        is_equal = same_outputs(&s->want, &s->got)
                   && same_packet_ins(&s->want, &s->got)
                   && same_learned(&s->want, &s->got);
    } while (!is_equal && oracle_next_choice(&s->oracle));
    memset(s->oracle.choices, 0, sizeof s->oracle.choices);
    s->n_packets += w->n;
    s->n_outputs += s->got.n_outputs;
    s->n_packet_ins += s->got.n_packet_ins;
    if (!is_equal) {
        sim_print_difference(s, w);
    }
    oracle_commit(&s->oracle, &s->want);
    return is_equal;
}

/* One packet, or a burst where nothing is learned or chosen on the way. */
static bool
check_packets(struct sim *s)
{
    struct work w = { .n = 1 };
    if (!s->opts.normal && !s->opts.select && !s->opts.hashes
        && rng_one_in(&s->rng, 8)) {
        w.n = 1 + rng_below(&s->rng, BURST_MAX);
    }
    uint32_t first = rng_below(&s->rng, POOL);
    w.in_port = s->pool_ports[first];
    for (size_t i = 0; i < w.n; i++) {
        uint32_t k = i ? rng_below(&s->rng, POOL) : first;
        w.frames[i] = &s->pool[k];
        push(s, w.in_port, w.frames[i]);
    }
    step_switch(s);
    return check(s, &w);
}

/* A packet that a controller sends. */
static bool
check_packet_out(struct sim *s)
{
    uint32_t i = rng_below(&s->rng, POOL);
    struct buf acts = BUF_INIT;
    struct flow flow;
    struct frame *f = &s->pool[i];
    if (f->len < 14) {
        return true;
    }
    memset(&flow, 0, sizeof flow);
    flow.in_port = s->pool_ports[i];
    frame_read(f, &flow);
    gen_actions(&s->rng, &s->opts, &flow, &acts);
    struct ofm m = { .type = OFM_PACKET_OUT };
    m.packet_out.buffer_id = FLOW_BUFFER_NONE;
    m.packet_out.in_port = flow.in_port;
    m.packet_out.acts = acts;
    m.packet_out.data.p = f->b;
    m.packet_out.data.n = f->len;
    bool is_equal = true;
    if (sim_apply(s, &m)) {
        struct act_list list = act_list_from_buf(&acts);
        struct work w = { .n = 1, .in_port = flow.in_port,
                          .frames = { f }, .acts = &list };
        step_switch(s);
        is_equal = check(s, &w);
    }
    buf_fini(&acts);
    return is_equal;
}

/* Every rule counted exactly the packets that matched it. */
static bool
check_counters(struct sim *s)
{
    struct dp *dp = vswitch_dp(s->vs);
    struct xbridge *xb = ofproto_xbridge(bridge_ofproto(s->br));
    bool is_equal = true;
    dp_fold(dp);
    for (size_t i = 0; i < s->oracle.n_rules; i++) {
        const struct oracle_rule *o = &s->oracle.rules[i];
        struct cls *cls = xb->tables[o->table_id].cls;
        struct cls_rule *cr = cls ? cls_find(cls, dp_version(dp),
                                             &o->match.flow, &o->match.mask,
                                             o->priority) : NULL;
        uint64_t n = cr ? CONTAINER_OF(cr, struct rule, cr)->counter->n_packets
                        : UINT64_MAX;
        if (n != o->n_packets) {
            printf("table=%u,priority=%u: oracle %llu packets, switch %lld\n",
                   o->table_id, o->priority,
                   (unsigned long long)o->n_packets, (long long)n);
            is_equal = false;
        }
    }
    if (ofproto_n_rules(bridge_ofproto(s->br)) != s->oracle.n_rules) {
        printf("oracle %zu rules, switch %zu\n", s->oracle.n_rules,
               ofproto_n_rules(bridge_ofproto(s->br)));
        is_equal = false;
    }
    return is_equal;
}

static bool
run_set(struct sim *s, uint64_t seed, uint64_t n_steps)
{
    sim_begin_set(s, seed);
    bool is_equal = true;
    for (uint64_t step = 0; step < n_steps && is_equal; step++) {
        if (rng_one_in(&s->rng, 60)) {
            sim_change_something(s);
        }
        if (rng_one_in(&s->rng, 40)) {
            sim_fill_pool(s, rng_below(&s->rng, POOL));
        }
        is_equal = rng_one_in(&s->rng, 50) ? check_packet_out(s)
                                           : check_packets(s);
        /* Ways of a choice may look alike from outside. */
        if (is_equal && !s->opts.hashes && rng_one_in(&s->rng, 300)) {
            is_equal = check_counters(s);
        }
        if (!is_equal) {
            printf("FAIL: seed %llu, step %llu\n", (unsigned long long)seed,
                   (unsigned long long)step);
        }
    }
    sim_end_set(s);
    return is_equal;
}

int
main(int argc, char *argv[])
{
    uint64_t seed = 1, n_sets = 300, n_steps = 1500;
    int cache = -1;
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t value = strtoull(argv[i + 1], NULL, 0);
        if (!strcmp(argv[i], "--seed")) {
            seed = value;
        } else if (!strcmp(argv[i], "--sets")) {
            n_sets = value;
        } else if (!strcmp(argv[i], "--steps")) {
            n_steps = value;
        } else if (!strcmp(argv[i], "--cache")) {
            cache = (int)value;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    log_set_all(LOGD_CONSOLE, LOGL_OFF);
    rcu_thread_register();
    struct sim *s = xzalloc(sizeof *s);
    s->cache = cache;
    s->loop = loop_create();
    bool is_equal = true;
    for (uint64_t i = 0; i < n_sets && is_equal; i++) {
        is_equal = run_set(s, seed + i, n_steps);
    }
    printf("%llu packets, %llu outputs, %llu packet-ins, %llu rules "
           "(%llu refused), %llu sets: %s\n",
           (unsigned long long)s->n_packets,
           (unsigned long long)s->n_outputs,
           (unsigned long long)s->n_packet_ins,
           (unsigned long long)s->n_rules, (unsigned long long)s->n_refused,
           (unsigned long long)n_sets,
           is_equal ? "no difference" : "a difference");
    oracle_result_fini(&s->want);
    oracle_result_fini(&s->got);
    loop_destroy(&s->loop);
    free(s);
    rcu_barrier_all();
    rcu_thread_unregister();
    return is_equal ? 0 : 1;
}
