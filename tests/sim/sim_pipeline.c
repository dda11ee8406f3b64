/* SPDX-License-Identifier: Apache-2.0 */
/* The switch beside the oracle, in one process, from one seed:
 *
 *   sim_pipeline [--seed N] [--sets N] [--steps N] [--cache 0|1]
 *
 * Each set makes a bridge with memory ports, groups and rules, the same in
 * the oracle, and sends 'steps' packets through both, mostly again and again
 * of a small pool, so that the cache takes part; rules, groups, ports and
 * VLANs change on the way.  Everything that leaves (ports, bytes,
 * order within a port, packets for controllers) must be equal.  Odd sets run
 * without a cache.  A difference is told with its seed, and ends the run. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/flow/extract.h"
#include "lib/io/loop.h"
#include "lib/openflow/wire.h"
#include "tests/sim/gen.h"
#include "vswitchd/bridge/bridge.h"
#include "vswitchd/ofproto/ofproto.h"
#include "vswitchd/xlate/xlate.h"

#define POOL 48       /* Packets that come again. */
#define N_RULES 40    /* At the start. */
#define N_RULES_MAX 80

struct sim {
    struct rng rng;
    struct gen_opts opts;
    struct loop *loop;
    struct vswitch *vs;
    struct bridge *br;
    struct port *ports[GEN_N_PORTS + 1]; /* By OpenFlow number. */
    struct oracle oracle;
    struct oracle_result want, got;
    struct frame pool[POOL];
    uint32_t pool_ports[POOL];
    uint16_t next_priority;
    int cache; /* -1: in every other set. */
    uint64_t n_packets, n_outputs, n_packet_ins, n_rules, n_refused;
};

/* ## Configuration, in both ## */

static bool
apply(struct sim *s, struct ofm *m)
{
    m->version = OFP13_VERSION;
    return ofproto_apply(bridge_ofproto(s->br), m) == 0;
}

static uint32_t
random_port(struct sim *s)
{
    return 1 + rng_below(&s->rng, GEN_N_PORTS);
}

static void
clone_buf(struct buf *dst, const struct buf *src)
{
    buf_init(dst);
    buf_put(dst, src->data, src->len);
}

static void
set_group(struct sim *s, uint32_t group_id, uint16_t command)
{
    struct ofm m = { .type = OFM_GROUP_MOD };
    struct group_spec g;
    gen_group(&s->rng, &s->opts, group_id, &g);
    m.group_mod.command = command;
    m.group_mod.g = g;
    if (!apply(s, &m)) {
        fprintf(stderr, "group %u refused\n", group_id);
        abort();
    }
    oracle_set_group(&s->oracle, &g);
}

static void
add_rule(struct sim *s)
{
    uint8_t table_id = (uint8_t)(rng_below(&s->rng, 2)
                                     ? rng_below(&s->rng, GEN_N_TABLES) : 0);
    struct flow sample;
    struct match match;
    struct buf acts = BUF_INIT;
    uint32_t i = rng_below(&s->rng, POOL);
    memset(&sample, 0, sizeof sample);
    sample.in_port = s->pool_ports[i];
    sample.metadata = cpu_to_be64(rng_below(&s->rng, 4));
    frame_read(&s->pool[i], &sample);
    gen_match(&s->rng, &sample, rng_below(&s->rng, 5), &match);
    gen_rule_acts(&s->rng, &s->opts, table_id, &match, &sample, &acts);
    struct ofm m = { .type = OFM_FLOW_MOD };
    m.flow_mod.command = OFPFC_ADD;
    struct flow_spec *f = &m.flow_mod.f;
    f->match = match;
    f->table_id = table_id;
    f->priority = s->next_priority;
    f->out_port = OFPORT_ANY;
    f->out_group = FLOW_GROUP_ANY;
    f->buffer_id = FLOW_BUFFER_NONE;
    clone_buf(&f->acts, &acts);
    if (apply(s, &m)) {
        /* In any order: an odd number has an inverse modulo 2^16. */
        oracle_add_rule(&s->oracle, table_id, f->priority, &match, &acts);
        s->next_priority = (uint16_t)(s->next_priority + 40503);
        s->n_rules++;
    } else {
        s->n_refused++;
    }
    buf_fini(&f->acts);
    buf_fini(&acts);
}

static void
delete_rule(struct sim *s)
{
    if (!s->oracle.n_rules) {
        return;
    }
    size_t i = rng_below(&s->rng, (uint32_t)s->oracle.n_rules);
    const struct oracle_rule *r = &s->oracle.rules[i];
    struct ofm m = { .type = OFM_FLOW_MOD };
    m.flow_mod.command = OFPFC_DELETE_STRICT;
    struct flow_spec *f = &m.flow_mod.f;
    f->match = r->match;
    f->table_id = r->table_id;
    f->priority = r->priority;
    f->out_port = OFPORT_ANY;
    f->out_group = FLOW_GROUP_ANY;
    f->buffer_id = FLOW_BUFFER_NONE;
    if (!apply(s, &m)) {
        fprintf(stderr, "deletion refused\n");
        abort();
    }
    oracle_remove_rule(&s->oracle, i);
}

/* Flips one of a port's OFPPC bits. */
static void
change_port(struct sim *s)
{
    static const uint32_t bits[]
        = { OFPPC_NO_RECV, OFPPC_NO_FWD, OFPPC_NO_FLOOD };
    struct oracle_port *p = oracle_port(&s->oracle, random_port(s));
    uint32_t bit = bits[rng_below(&s->rng, 3)];
    /* Mostly clear again, or nothing would pass. */
    bool on = !(p->config & bit) && rng_one_in(&s->rng, 3);
    struct ofm m = { .type = OFM_PORT_MOD };
    m.port_mod.port_no = p->ofport;
    m.port_mod.mask = bit;
    m.port_mod.config = on ? bit : 0;
    m.port_mod.hw_addr = ofproto_port_get(bridge_ofproto(s->br),
                                          p->ofport)->mac;
    if (bit == OFPPC_NO_FLOOD) {
        m.version = OFP10_VERSION; /* 1.1 and later do not have it. */
        if (ofproto_apply(bridge_ofproto(s->br), &m)) {
            return;
        }
    } else if (!apply(s, &m)) {
        return;
    }
    p->config = on ? p->config | bit : p->config & ~bit;
}

static void
set_bundle(struct sim *s, struct oracle_port *p)
{
    static const uint16_t vids[] = { 1, 5, 10, 20, 4095 };
    char name[8];
    snprintf(name, sizeof name, "p%u", p->ofport);
    const char *ifaces[] = { name };
    unsigned long trunks[DP_N_VLANS / 64] = { 0 };
    p->vlan_mode = rng_one_in(&s->rng, 2)
                       ? ORACLE_TRUNK
                       : (enum oracle_vlan_mode)rng_below(&s->rng, 4);
    p->tag = p->vlan_mode == ORACLE_TRUNK ? 0 : vids[rng_below(&s->rng, 4)];
    p->trunks_all = rng_one_in(&s->rng, 2);
    p->n_trunks = rng_below(&s->rng, 4);
    for (size_t i = 0; i < p->n_trunks; i++) {
        uint16_t vid = rng_one_in(&s->rng, 3) ? 0
                                              : vids[rng_below(&s->rng, 5)];
        p->trunks[i] = vid;
        trunks[vid / 64] |= 1ul << (vid % 64);
    }
    static const enum dp_vlan_mode modes[] = {
        [ORACLE_ACCESS] = DP_VLAN_ACCESS,
        [ORACLE_TRUNK] = DP_VLAN_TRUNK,
        [ORACLE_NATIVE_TAGGED] = DP_VLAN_NATIVE_TAGGED,
        [ORACLE_NATIVE_UNTAGGED] = DP_VLAN_NATIVE_UNTAGGED,
    };
    struct bridge_bundle_cfg cfg = {
        .name = name, .ifaces = ifaces, .n_ifaces = 1,
        .vlan_mode = modes[p->vlan_mode], .tag = p->tag,
        .trunks = p->trunks_all ? NULL : trunks,
    };
    bridge_set_bundle(s->br, &cfg);
    /* The bridge forgets MACs of VLANs that the port left; all, here. */
    fdb_flush(bridge_fdb(s->br), DP_BUNDLE_NONE);
    s->oracle.n_macs = 0;
}

static void
change_something(struct sim *s)
{
    uint32_t what = rng_below(&s->rng, 16);
    if (what < 7 && s->oracle.n_rules < N_RULES_MAX) {
        add_rule(s);
    } else if (what < 12) {
        delete_rule(s);
    } else if (what < 14 && s->opts.groups) {
        set_group(s, 1 + rng_below(&s->rng, GEN_N_GROUPS), OFPGC_MODIFY);
    } else if (what < 15) {
        change_port(s);
    } else if (s->opts.normal) {
        set_bundle(s, oracle_port(&s->oracle, random_port(s)));
        vswitch_commit(s->vs);
    }
}

static void
add_port(struct sim *s, uint32_t ofport)
{
    char name[8];
    snprintf(name, sizeof name, "p%u", ofport);
    struct bridge_iface_cfg cfg = {
        .name = name, .type = "mem", .ofport_request = ofport,
        .mac = { { 2, 0, 0, 0, 1, (uint8_t)ofport } }, .admin_up = true,
    };
    if (bridge_add_iface(s->br, &cfg)) {
        fprintf(stderr, "no port %s\n", name);
        abort();
    }
    s->ports[ofport] = bridge_iface_port(s->br, name);
    struct oracle_port *p = &s->oracle.ports[s->oracle.n_ports++];
    *p = (struct oracle_port){ .ofport = ofport, .is_live = true };
    set_bundle(s, p);
}

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
    } else if (ev->data_len == sizeof v) {
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
run_switch(struct sim *s, uint32_t in_port, const struct frame *f)
{
    static uint8_t buf[PACKET_HEADROOM + FRAME_MAX];
    memcpy(buf + PACKET_HEADROOM, f->b, f->len);
    struct packet p = packet_over(buf + PACKET_HEADROOM, f->len,
                                  PACKET_HEADROOM);
    oracle_result_clear(&s->got);
    port_mem_push(s->ports[in_port], &p);
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

static void
print_frame(const char *what, uint32_t port, const struct frame *f)
{
    struct flow flow;
    struct str text = STR_INIT;
    memset(&flow, 0, sizeof flow);
    frame_read(f, &flow);
    flow_put(&flow, NULL, &text);
    printf("  %s %u: %s\n    ", what, port, str_cstr(&text));
    for (size_t i = 0; i < f->len; i++) {
        printf("%02x%s", f->b[i], i % 4 == 3 ? " " : "");
    }
    printf("\n");
    str_fini(&text);
}

/* By port, so that two are easily compared. */
static void
print_result(const char *name, const struct oracle_result *r)
{
    printf("%s:\n", name);
    for (uint32_t port = 1; port <= GEN_N_PORTS; port++) {
        for (size_t i = 0; i < r->n_outputs; i++) {
            if (r->outputs[i].ofport == port) {
                print_frame("port", port, &r->outputs[i].frame);
            }
        }
    }
    for (size_t i = 0; i < r->n_packet_ins; i++) {
        printf("  (max_len %u)", r->packet_ins[i].max_len);
        print_frame("packet-in, reason", r->packet_ins[i].reason,
                    &r->packet_ins[i].frame);
    }
    for (size_t i = 0; i < r->n_learned; i++) {
        printf("  learned vlan %u " ETH_ADDR_FMT " on port %u\n",
               r->learned[i].vid, ETH_ADDR_ARGS(r->learned[i].mac),
               r->learned[i].ofport);
    }
}

/* What ofproto/trace would say. */
static void
print_trace(struct sim *s, uint32_t in_port, const struct frame *f)
{
    struct dp_prog_builder b;
    struct str text = STR_INIT;
    struct flow flow;
    struct xlate_trace trace = { .text = &text };
    dp_prog_builder_init(&b, dp_version(vswitch_dp(s->vs)));
    memset(&flow, 0, sizeof flow);
    frame_read(f, &flow);
    flow.in_port = in_port;
    xlate_with_trace(NULL, ofproto_xbridge(bridge_ofproto(s->br)), &flow, &b,
                     &trace);
    printf("trace: %s\n", str_cstr(&text));
    dp_prog_builder_fini(&b);
    str_fini(&text);
}

/* What the switch was told, and the packet, for whoever looks for the
 * fault. */
static void
print_difference(struct sim *s, uint32_t in_port, const struct frame *f)
{
    for (size_t i = 0; i < s->oracle.n_groups; i++) {
        const struct group_spec *g = &s->oracle.groups[i];
        printf("group %u type %d\n", g->group_id, g->type);
        for (size_t k = 0; k < g->n_buckets; k++) {
            struct act_list l = act_list_from_buf(&g->buckets[k].acts);
            struct str text = STR_INIT;
            acts_put(&l, NULL, &text);
            printf("  weight %u watch %x: %s\n", g->buckets[k].weight,
                   g->buckets[k].watch_port, str_cstr(&text));
            str_fini(&text);
        }
    }
    for (size_t i = 0; i < s->oracle.n_rules; i++) {
        const struct oracle_rule *r = &s->oracle.rules[i];
        struct str text = STR_INIT;
        struct act_list l = act_list_from_buf(&r->acts);
        str_putf(&text, "table=%u,", r->table_id);
        match_put(&r->match, r->priority, NULL, &text);
        str_put(&text, " actions=");
        acts_put(&l, NULL, &text);
        printf("%s\n", str_cstr(&text));
        str_fini(&text);
    }
    for (size_t i = 0; i < s->oracle.n_macs; i++) {
        const struct oracle_mac *m = &s->oracle.fdb[i];
        printf("vlan %u " ETH_ADDR_FMT " on port %u\n", m->vid,
               ETH_ADDR_ARGS(m->mac), m->ofport);
    }
    for (size_t i = 0; i < s->oracle.n_ports; i++) {
        const struct oracle_port *p = &s->oracle.ports[i];
        printf("port %u config %x mode %d tag %u trunks %s", p->ofport,
               p->config, p->vlan_mode, p->tag, p->trunks_all ? "all" : "");
        for (size_t k = 0; k < p->n_trunks && !p->trunks_all; k++) {
            printf(" %u", p->trunks[k]);
        }
        printf("\n");
    }
    struct str flows = STR_INIT;
    ofproto_dump_flows(bridge_ofproto(s->br), &flows);
    printf("the switch has:\n%s", str_cstr(&flows));
    str_fini(&flows);
    print_frame("packet from port", in_port, f);
    oracle_result_clear(&s->want);
    s->oracle.trace = stdout;
    oracle_run(&s->oracle, in_port, f, &s->want);
    s->oracle.trace = NULL;
    print_trace(s, in_port, f);
    print_result("oracle", &s->want);
    print_result("switch", &s->got);
}

/* Sends one packet through both.  False if they differ. */
static bool
check_packet(struct sim *s, uint32_t in_port, const struct frame *f)
{
    run_switch(s, in_port, f);
    bool is_equal;
    do {
        oracle_result_clear(&s->want);
        oracle_run(&s->oracle, in_port, f, &s->want);
        is_equal = same_outputs(&s->want, &s->got)
                   && same_packet_ins(&s->want, &s->got)
                   && same_learned(&s->want, &s->got);
    } while (!is_equal && oracle_next_choice(&s->oracle));
    memset(s->oracle.choices, 0, sizeof s->oracle.choices);
    s->n_packets++;
    s->n_outputs += s->got.n_outputs;
    s->n_packet_ins += s->got.n_packet_ins;
    if (!is_equal) {
        print_difference(s, in_port, f);
    }
    oracle_learn(&s->oracle, &s->want);
    return is_equal;
}

/* ## A set ## */

static void
fill_pool(struct sim *s, uint32_t i)
{
    gen_frame(&s->rng, &s->opts, &s->pool[i]);
    s->pool_ports[i] = random_port(s);
}

static void
begin_set(struct sim *s, uint64_t seed)
{
    rng_seed(&s->rng, seed);
    s->next_priority = 0;
    uint64_t bits = rng_u64(&s->rng);
    s->opts = (struct gen_opts){
        .normal = bits & 1, .groups = bits & 2, .select = bits & 4,
        .ttl = bits & 8, .pop_mpls = bits & 16, .malformed = bits & 32,
        .first_fragments = bits & 64,
    };
    struct vswitch_opts opts = { .no_threads = true, .no_cache = s->cache < 0
                                             ? (int)(seed & 1) : !s->cache };
    s->vs = vswitch_create(s->loop, &opts);
    char *error = NULL;
    s->br = bridge_create(s->vs, "br0", "netdev", &error);
    bridge_set_fail_mode(s->br, BRIDGE_SECURE);
    /* Without it, the ports of first fragments read as 0. */
    ofproto_xbridge(bridge_ofproto(s->br))->frag_mode
        = s->opts.first_fragments ? OFPC_FRAG_NX_MATCH : OFPC_FRAG_NORMAL;
    oracle_init(&s->oracle);
    for (uint32_t i = 1; i <= GEN_N_PORTS; i++) {
        add_port(s, i);
    }
    vswitch_commit(s->vs);
    for (uint32_t i = 0; i < POOL; i++) {
        fill_pool(s, i);
    }
    for (uint32_t i = 1; i <= GEN_N_GROUPS && s->opts.groups; i++) {
        set_group(s, i, OFPGC_ADD);
    }
    for (int i = 0; i < N_RULES; i++) {
        add_rule(s);
    }
}

static void
end_set(struct sim *s)
{
    vswitch_destroy(&s->vs);
    oracle_fini(&s->oracle);
    rcu_quiesce();
}

static bool
run_set(struct sim *s, uint64_t seed, uint64_t n_steps)
{
    begin_set(s, seed);
    bool is_equal = true;
    for (uint64_t step = 0; step < n_steps && is_equal; step++) {
        if (rng_one_in(&s->rng, 60)) {
            change_something(s);
        }
        uint32_t i = rng_below(&s->rng, POOL);
        if (rng_one_in(&s->rng, 40)) {
            fill_pool(s, i);
        }
        is_equal = check_packet(s, s->pool_ports[i], &s->pool[i]);
        if (!is_equal) {
            printf("FAIL: seed %llu, step %llu\n", (unsigned long long)seed,
                   (unsigned long long)step);
        }
    }
    end_set(s);
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
