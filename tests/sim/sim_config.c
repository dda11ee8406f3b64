/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration, the same in both. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/rcu.h"
#include "lib/openflow/wire.h"
#include "tests/sim/sim.h"

#define N_RULES 40 /* At the start. */
#define N_RULES_MAX 80

bool
sim_apply(struct sim *s, struct ofm *m)
{
    m->version = OFP13_VERSION;
    return ofproto_apply(bridge_ofproto(s->br), m) == 0;
}

static void
must_apply(struct sim *s, struct ofm *m, const char *what)
{
    if (!sim_apply(s, m)) {
        fprintf(stderr, "%s refused\n", what);
        abort();
    }
}

uint32_t
sim_random_port(struct sim *s)
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
    must_apply(s, &m, "group");
    oracle_set_group(&s->oracle, &g);
}

/* A flow_mod without actions. */
static struct ofm
flow_mod(uint16_t command, uint8_t table_id, uint16_t priority,
         const struct match *match)
{
    struct ofm m = { .type = OFM_FLOW_MOD };
    m.flow_mod.command = command;
    struct flow_spec *f = &m.flow_mod.f;
    f->match = *match;
    f->table_id = table_id;
    f->priority = priority;
    f->out_port = OFPORT_ANY;
    f->out_group = FLOW_GROUP_ANY;
    f->buffer_id = FLOW_BUFFER_NONE;
    return m;
}

/* A packet of the pool as a sample of what rules may match. */
static void
pick_sample(struct sim *s, struct flow *sample)
{
    uint32_t i = rng_below(&s->rng, POOL);
    memset(sample, 0, sizeof *sample);
    sample->in_port = s->pool_ports[i];
    sample->metadata = cpu_to_be64(rng_below(&s->rng, 4));
    frame_read(&s->pool[i], sample);
}

/* Gives a rule to both; takes 'acts'. */
static void
add_to_both(struct sim *s, uint8_t table_id, uint16_t priority,
            const struct match *match, struct buf *acts)
{
    struct ofm m = flow_mod(OFPFC_ADD, table_id, priority, match);
    clone_buf(&m.flow_mod.f.acts, acts);
    if (sim_apply(s, &m)) {
        oracle_add_rule(&s->oracle, table_id, priority, match, acts);
        s->n_rules++;
    } else {
        s->n_refused++;
    }
    buf_fini(&m.flow_mod.f.acts);
    buf_fini(acts);
}

static bool
is_taken(const struct sim *s, uint8_t table_id, uint16_t priority,
         const struct match *match)
{
    for (size_t i = 0; i < s->oracle.n_rules; i++) {
        const struct oracle_rule *r = &s->oracle.rules[i];
        if (r->table_id == table_id && r->priority == priority
            && match_equal(&r->match, match)) {
            return true;
        }
    }
    return false;
}

/* In any order: an odd number has an inverse modulo 2^16. */
static uint16_t
take_priority(struct sim *s)
{
    uint16_t priority = s->next_priority;
    s->next_priority = (uint16_t)(s->next_priority + 40503);
    return priority;
}

/* A conjunction of two or three clauses, each met by one rule or two, most
 * of them by one packet of the pool; and mostly the rule that it leads to. */
static void
add_conjunction(struct sim *s)
{
    uint8_t table_id = (uint8_t)rng_below(&s->rng, GEN_N_TABLES);
    uint16_t priority = take_priority(s);
    uint32_t id = 1 + rng_below(&s->rng, 1000);
    uint8_t n = (uint8_t)(2 + rng_below(&s->rng, 2));
    struct flow sample, other;
    struct match match;
    pick_sample(s, &sample);
    for (uint8_t k = 0; k < 2 * n; k++) {
        if (k >= n && rng_one_in(&s->rng, 2)) {
            continue;
        }
        pick_sample(s, &other);
        gen_match(&s->rng, k < n ? &sample : &other,
                  1 + rng_below(&s->rng, 2), &match);
        if (is_taken(s, table_id, priority, &match)) {
            continue;
        }
        struct buf acts = BUF_INIT;
        struct act_conjunction *c = act_append(&acts, ACT_CONJUNCTION,
                                               sizeof *c);
        c->id = id;
        c->clause = k % n;
        c->n_clauses = n;
        add_to_both(s, table_id, priority, &match, &acts);
    }
    if (!rng_one_in(&s->rng, 4)) {
        struct buf acts = BUF_INIT;
        match_init(&match);
        match.flow.conj_id = id;
        match.mask.conj_id = UINT32_MAX;
        gen_rule_acts(&s->rng, &s->opts, table_id, &match, &sample, &acts);
        add_to_both(s, table_id, take_priority(s), &match, &acts);
    }
}

static void
add_rule(struct sim *s)
{
    if (s->opts.parts && rng_one_in(&s->rng, 12)) {
        add_conjunction(s);
        return;
    }
    uint8_t table_id = (uint8_t)(rng_below(&s->rng, 2)
                                     ? rng_below(&s->rng, GEN_N_TABLES) : 0);
    struct flow sample;
    struct match match;
    struct buf acts = BUF_INIT;
    pick_sample(s, &sample);
    gen_match(&s->rng, &sample, rng_below(&s->rng, 5), &match);
    gen_rule_acts(&s->rng, &s->opts, table_id, &match, &sample, &acts);
    add_to_both(s, table_id, take_priority(s), &match, &acts);
}

static void
modify_rule(struct sim *s)
{
    if (!s->oracle.n_rules) {
        return;
    }
    size_t i = rng_below(&s->rng, (uint32_t)s->oracle.n_rules);
    const struct oracle_rule *r = &s->oracle.rules[i];
    struct act_list old = act_list_from_buf(&r->acts);
    if (acts_find(&old, ACT_CONJUNCTION)) {
        return; /* A priority has conjunctions or one other rule. */
    }
    struct flow sample;
    struct buf acts = BUF_INIT;
    pick_sample(s, &sample);
    gen_rule_acts(&s->rng, &s->opts, r->table_id, &r->match, &sample, &acts);
    struct ofm m = flow_mod(OFPFC_MODIFY_STRICT, r->table_id, r->priority,
                            &r->match);
    clone_buf(&m.flow_mod.f.acts, &acts);
    if (sim_apply(s, &m)) {
        oracle_change_rule(&s->oracle, i, &acts);
    } else {
        s->n_refused++;
    }
    buf_fini(&m.flow_mod.f.acts);
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
    struct ofm m = flow_mod(OFPFC_DELETE_STRICT, r->table_id, r->priority,
                            &r->match);
    must_apply(s, &m, "strict deletion");
    oracle_remove_rule(&s->oracle, i);
}

/* All rules within a match: usually one of few fields, of one table. */
static void
delete_loosely(struct sim *s)
{
    struct flow sample;
    struct match match;
    pick_sample(s, &sample);
    gen_match(&s->rng, &sample, 2 + rng_below(&s->rng, 2), &match);
    uint8_t table_id = (uint8_t)rng_below(&s->rng, GEN_N_TABLES);
    struct ofm m = flow_mod(OFPFC_DELETE, table_id, 0, &match);
    must_apply(s, &m, "deletion");
    for (size_t i = s->oracle.n_rules; i-- > 0;) {
        const struct oracle_rule *r = &s->oracle.rules[i];
        if (r->table_id == table_id && match_covers(&match, &r->match)) {
            oracle_remove_rule(&s->oracle, i);
        }
    }
}

/* Flips one of a port's OFPPC bits. */
static void
change_port(struct sim *s)
{
    static const uint32_t bits[]
        = { OFPPC_NO_RECV, OFPPC_NO_FWD, OFPPC_NO_FLOOD, OFPPC_PORT_DOWN };
    struct oracle_port *p = oracle_port(&s->oracle, sim_random_port(s));
    uint32_t bit = bits[rng_below(&s->rng, 4)];
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
    } else if (!sim_apply(s, &m)) {
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

void
sim_change_something(struct sim *s)
{
    uint32_t what = rng_below(&s->rng, 20);
    if (what < 8 && s->oracle.n_rules < N_RULES_MAX) {
        add_rule(s);
    } else if (what < 12) {
        delete_rule(s);
    } else if (what == 12) {
        delete_loosely(s);
    } else if (what < 16) {
        modify_rule(s);
    } else if (what < 18 && s->opts.groups) {
        set_group(s, 1 + rng_below(&s->rng, GEN_N_GROUPS), OFPGC_MODIFY);
    } else if (what < 19) {
        change_port(s);
    } else if (s->opts.normal) {
        set_bundle(s, oracle_port(&s->oracle, sim_random_port(s)));
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

/* ## A set ## */

void
sim_fill_pool(struct sim *s, uint32_t i)
{
    gen_frame(&s->rng, &s->opts, &s->pool[i]);
    s->pool_ports[i] = sim_random_port(s);
}

void
sim_begin_set(struct sim *s, uint64_t seed)
{
    rng_seed(&s->rng, seed);
    s->next_priority = 0;
    uint64_t bits = rng_u64(&s->rng);
    s->opts = (struct gen_opts){
        .normal = bits & 1, .groups = bits & 2, .select = bits & 4,
        .ttl = bits & 8, .pop_mpls = bits & 16, .malformed = bits & 32,
        .first_fragments = bits & 64, .parts = bits & 128,
        .hashes = (bits & 384) == 384,
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
        sim_fill_pool(s, i);
    }
    for (uint32_t i = 1; i <= GEN_N_GROUPS && s->opts.groups; i++) {
        set_group(s, i, OFPGC_ADD);
    }
    for (int i = 0; i < N_RULES; i++) {
        add_rule(s);
    }
}

void
sim_end_set(struct sim *s)
{
    vswitch_destroy(&s->vs);
    oracle_fini(&s->oracle);
    rcu_quiesce();
}
