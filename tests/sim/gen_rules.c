/* SPDX-License-Identifier: Apache-2.0 */
/* Matches, actions and groups. */
#include "tests/sim/gen.h"

#include "lib/base/mem.h"

/* Matches. */

/* A mask for 'f': whole, a prefix of the value, or any bits. */
static void
pick_mask(struct rng *rng, const struct field *f, union field_value *mask)
{
    field_value_ones(f, mask);
    unsigned int kind = f->maskable ? rng_below(rng, 4) : 0;
    if (kind == 1 || kind == 2) {
        unsigned int keep = rng_below(rng, f->n_bits + 1u);
        for (unsigned int i = 0; i < f->n_bits - keep; i++) {
            field_value_set_bits(f, mask, i, 1, 0);
        }
    } else if (kind == 3) {
        for (unsigned int i = 0; i < f->n_bits; i++) {
            if (rng_one_in(rng, 4)) {
                field_value_set_bits(f, mask, i, 1, 0);
            }
        }
    }
}

static bool
is_twin_field(enum field_id id)
{
    /* Parts of what another field says; they cannot both be matched. */
    return id == FIELD_IN_PORT || id == FIELD_DL_VLAN
           || id == FIELD_DL_VLAN_PCP || id == FIELD_VLAN_TCI
           || id == FIELD_NW_TOS || (id >= FIELD_XREG0 && id <= FIELD_XXREG7);
}

/* Fields that are the same in all the packets here. */
static bool
is_constant(enum field_id id)
{
    return (id >= FIELD_TUN_ID && id <= FIELD_TUN_GTPU_MSGTYPE)
           || (id >= FIELD_CT_STATE && id <= FIELD_CT_TP_DST)
           || field_from_id(id)->pre == FIELD_PRE_NSH || id == FIELD_DP_HASH
           || id == FIELD_RECIRC_ID || id == FIELD_PACKET_TYPE
           || id == FIELD_SKB_PRIORITY || id == FIELD_PKT_MARK
           || id == FIELD_ACTSET_OUTPUT || id == FIELD_CONJ_ID;
}

/* A field that is in 'sample'; of the registers only a few. */
static const struct field *
pick_match_field(struct rng *rng, const struct flow *sample)
{
    for (int tries = 0; tries < 60; tries++) {
        enum field_id id = (enum field_id)rng_below(rng, FIELD_N);
        bool is_dull = (id > FIELD_REG2 && id <= FIELD_XXREG7)
                       || is_constant(id);
        if (!is_dull && !is_twin_field(id)
            && field_are_prereqs_ok(field_from_id(id), sample)) {
            return field_from_id(id);
        }
    }
    return field_from_id(FIELD_IN_PORT_OXM);
}

void
gen_match(struct rng *rng, const struct flow *sample, unsigned int n_fields,
          struct match *m)
{
    match_init(m);
    for (unsigned int i = 0; i < n_fields; i++) {
        const struct field *f = pick_match_field(rng, sample);
        union field_value value, mask;
        struct flow pre;
        pick_mask(rng, f, &mask);
        memset(&pre, 0, sizeof pre);
        field_mask_prereqs(f, &pre);
        for (size_t k = 0; k < FLOW_WORDS; k++) {
            flow_words(&m->mask)[k] |= flow_words(&pre)[k];
            flow_words(&m->flow)[k]
                = flow_words_const(sample)[k] & flow_words(&m->mask)[k];
        }
        field_get(f, sample, &value);
        for (size_t k = 0; k < 2; k++) {
            value.words[k] &= mask.words[k];
        }
        match_set_field(m, f, &value, &mask);
    }
}

/* Actions. */

struct gen {
    struct rng *rng;
    const struct gen_opts *opts;
    const struct match *match; /* NULL: nothing is known. */
    const struct flow *sample;
    struct buf *acts;
    uint32_t n_groups;         /* Groups 1 to this may be used. */
    uint8_t table_id;
};

static uint32_t
below(struct gen *g, uint32_t n)
{
    return rng_below(g->rng, n);
}

static void
put_output(struct gen *g)
{
    static const uint32_t special[]
        = { OFPORT_IN_PORT, OFPORT_ALL, OFPORT_FLOOD, OFPORT_CONTROLLER,
            OFPORT_NORMAL, OFPORT_LOCAL };
    uint32_t port = 1 + below(g, GEN_N_PORTS + 1); /* One does not exist. */
    if (rng_one_in(g->rng, 4)) {
        port = special[below(g, 6)];
    }
    if (port == OFPORT_NORMAL && !g->opts->normal) {
        port = 1;
    }
    struct act_output *o = act_append_output(g->acts, port);
    if (port == OFPORT_CONTROLLER) {
        o->max_len = rng_one_in(g->rng, 2) ? UINT16_MAX
                                           : (uint16_t)below(g, 100);
    }
}

/* True if a rule of this match may write 'f' [OF1.3.5 7.2.5.10]. */
static bool
may_write(const struct gen *g, const struct field *f)
{
    /* A type that is written may announce a header that nobody has read. */
    if (!f->settable || is_twin_field(f->id)
        || (is_constant(f->id) && f->id != FIELD_PKT_MARK)
        || f->id == FIELD_ND_RESERVED || f->id == FIELD_ND_OPTIONS_TYPE
        || f->id == FIELD_IN_PORT_OXM || f->id == FIELD_ICMPV6_TYPE
        || f->id == FIELD_ICMPV6_CODE
        || f->id == FIELD_ARP_OP) { /* One above 255 reads as 0. */
        return false;
    }
    if (f->id == FIELD_VLAN_VID) {
        return g->match
                   ? g->match->flow.vlans[0].tci & BE16(FLOW_VLAN_CFI) : true;
    }
    return !g->match
           || field_are_prereqs_ok(f, &g->match->flow);
}

/* A value that packets have, or another one. */
static void
pick_value(struct gen *g, const struct field *f, union field_value *value)
{
    if (g->sample && rng_one_in(g->rng, 3)) {
        field_get(f, g->sample, value);
    } else {
        field_random(f, g->rng, value);
    }
    if (f->id == FIELD_VLAN_VID) {
        field_value_set_bits(f, value, 12, 1, 1);
    }
}

static const struct field *
pick_field(struct gen *g)
{
    for (int tries = 0; tries < 20; tries++) {
        const struct field *f
            = field_from_id((enum field_id)below(g, FIELD_N));
        if (may_write(g, f)) {
            return f;
        }
    }
    return field_from_id(FIELD_ETH_DST);
}

static void
put_set_field(struct gen *g)
{
    const struct field *f = pick_field(g);
    union field_value value, mask;
    pick_value(g, f, &value);
    pick_mask(g->rng, f, &mask);
    if (f->id == FIELD_VLAN_VID) {
        field_value_ones(f, &mask);
    }
    for (size_t k = 0; k < 2; k++) {
        value.words[k] &= mask.words[k];
    }
    act_append_set_field(g->acts, f->id, &value, &mask);
}

/* Instead of a field of which the rest may be unknown: a VLAN's presence, an
 * ARP opcode above 255. */
static const struct field *
writable_in_part(const struct field *f)
{
    return f->id == FIELD_VLAN_VID || f->id == FIELD_ARP_OP
               ? field_from_id(FIELD_REG3)
               : f;
}

static void
put_move(struct gen *g)
{
    const struct field *dst = pick_field(g), *src = pick_field(g);
    dst = writable_in_part(dst);
    unsigned int n = 1 + below(g, MIN(src->n_bits, dst->n_bits));
    struct act_move *m = act_append(g->acts, ACT_MOVE, sizeof *m);
    m->src = (uint16_t)src->id;
    m->dst = (uint16_t)dst->id;
    m->n_bits = (uint16_t)n;
    m->src_ofs = (uint16_t)below(g, src->n_bits - n + 1);
    m->dst_ofs = (uint16_t)below(g, dst->n_bits - n + 1);
}

static void
put_push(struct gen *g, enum act_type type, uint16_t a, uint16_t b)
{
    struct act_push *p = act_append(g->acts, type, sizeof *p);
    p->ethertype = rng_one_in(g->rng, 2) ? a : b;
}

static bool
is_ip(const struct gen *g)
{
    return !g->match || ((g->match->flow.dl_type == BE16(0x0800)
                          || g->match->flow.dl_type == BE16(0x86dd))
                         && g->match->mask.dl_type == UINT16_MAX);
}

static bool
is_mpls(const struct gen *g)
{
    return !g->match || ((g->match->flow.dl_type == BE16(0x8847)
                          || g->match->flow.dl_type == BE16(0x8848))
                         && g->match->mask.dl_type == UINT16_MAX);
}

/* In a clone, and sent at once: the switch does not see what is under a label
 * that it popped. */
static void
put_pop_mpls(struct gen *g)
{
    if (g->match) {
        size_t start = act_nested_begin(g->acts, ACT_CLONE);
        put_push(g, ACT_POP_MPLS, 0x8847, 0x0800);
        put_output(g);
        act_nested_end(g->acts, start);
    }
}

static void
put_header_action(struct gen *g)
{
    switch (below(g, 6)) {
    case 0:
        put_push(g, ACT_PUSH_VLAN, 0x8100, 0x88a8);
        break;
    case 1:
        if (!g->match
            || g->match->flow.vlans[0].tci & BE16(FLOW_VLAN_CFI)) {
            act_append(g->acts, ACT_STRIP_VLAN, sizeof(struct act));
        }
        break;
    case 2:
        put_push(g, ACT_PUSH_MPLS, 0x8847, 0x8848);
        break;
    case 3:
        if (g->opts->pop_mpls && is_mpls(g)) {
            put_pop_mpls(g);
        }
        break;
    case 4:
        if (g->opts->ttl && is_ip(g)) {
            struct act_dec_ttl *d = act_append(
                g->acts, ACT_DEC_TTL, sizeof *d + sizeof d->ids[0]);
            d->n_ids = 1;
        }
        break;
    default:
        if (g->opts->ttl && is_mpls(g)) {
            act_append(g->acts, ACT_DEC_MPLS_TTL, sizeof(struct act));
        }
        break;
    }
}

static void
put_group(struct gen *g)
{
    if (g->n_groups && g->opts->groups) {
        struct act_group *a = act_append(g->acts, ACT_GROUP, sizeof *a);
        a->group_id = 1 + below(g, g->n_groups);
    }
}

/* Not with TTLs: one that runs out behind a resubmit ends the packet in the
 * switch, and only that level in the oracle. */
static void
put_resubmit(struct gen *g)
{
    if (g->table_id + 1 < GEN_N_TABLES && !g->opts->ttl) {
        struct act_resubmit *r
            = act_append(g->acts, ACT_RESUBMIT, sizeof *r);
        r->in_port = rng_one_in(g->rng, 2) ? OFPORT_IN_PORT
                                           : 1 + below(g, GEN_N_PORTS);
        r->table_id = (uint8_t)(g->table_id + 1
                                + below(g, GEN_N_TABLES - g->table_id - 1u));
    }
}

static void put_actions(struct gen *, unsigned int n, unsigned int depth);

static void
put_clone(struct gen *g, unsigned int depth)
{
    size_t start = act_nested_begin(g->acts, ACT_CLONE);
    put_actions(g, 1 + below(g, 3), depth + 1);
    act_nested_end(g->acts, start);
}

static const struct field *
pick_part_field(void *g)
{
    return writable_in_part(pick_field(g));
}

/* Actions of a list that runs at once. */
static void
put_actions(struct gen *g, unsigned int n, unsigned int depth)
{
    for (unsigned int i = 0; i < n; i++) {
        unsigned int kind = below(g, g->opts->parts ? 30 : 24);
        if (kind < 9) {
            put_output(g);
        } else if (kind < 16) {
            put_set_field(g);
        } else if (kind == 16) {
            put_move(g);
        } else if (kind < 20) {
            put_header_action(g);
        } else if (kind < 22) {
            put_group(g);
        } else if (kind == 22) {
            put_resubmit(g);
        } else if (kind > 23) {
            gen_part_action(g->rng, g->opts, pick_part_field, g, g->acts);
        } else if (depth < 2) {
            put_clone(g, depth);
        }
    }
}

/* Actions of a set: of a bucket, or written. */
static void
put_set(struct gen *g)
{
    const struct match *match = g->match;
    g->match = NULL; /* A set may hold what the packet has not. */
    for (unsigned int n = below(g, 3); n > 0; n--) {
        if (rng_one_in(g->rng, 3)) {
            put_header_action(g);
        } else {
            put_set_field(g);
        }
    }
    if (rng_one_in(g->rng, 5)) {
        put_group(g);
    } else {
        put_output(g);
    }
    g->match = match;
}

void
gen_rule_acts(struct rng *rng, const struct gen_opts *opts, uint8_t table_id,
              const struct match *match, const struct flow *sample,
              struct buf *acts)
{
    struct gen g = { rng, opts, match, sample, acts,
                     opts->groups ? GEN_N_GROUPS : 0, table_id };
    put_actions(&g, below(&g, 5), 0);
    if (rng_one_in(rng, 10)) {
        act_append(acts, ACT_CLEAR_ACTIONS, sizeof(struct act));
    }
    if (rng_one_in(rng, 4)) {
        size_t start = act_nested_begin(acts, ACT_WRITE_ACTIONS);
        put_set(&g);
        act_nested_end(acts, start);
    }
    if (rng_one_in(rng, 6)) {
        struct act_write_metadata *m
            = act_append(acts, ACT_WRITE_METADATA, sizeof *m);
        m->mask = rng_one_in(rng, 2) ? UINT64_MAX : 3;
        m->metadata = below(&g, 4);
    }
    if (table_id + 1 < GEN_N_TABLES && !rng_one_in(rng, 3)) {
        struct act_goto_table *t
            = act_append(acts, ACT_GOTO_TABLE, sizeof *t);
        t->table_id = (uint8_t)(table_id + 1
                                + below(&g, GEN_N_TABLES - table_id - 1u));
    }
}

void
gen_actions(struct rng *rng, const struct gen_opts *opts,
            const struct flow *flow, struct buf *acts)
{
    struct match all;
    all.flow = *flow;
    memset(&all.mask, 0xff, sizeof all.mask);
    struct gen g = { rng, opts, &all, flow, acts,
                     opts->groups ? GEN_N_GROUPS : 0, 255 };
    put_actions(&g, 1 + below(&g, 4), 0);
}

void
gen_group(struct rng *rng, const struct gen_opts *opts, uint32_t group_id,
          struct group_spec *spec)
{
    memset(spec, 0, sizeof *spec);
    spec->group_id = group_id;
    spec->type = (enum group_type)rng_below(rng, GROUP_N_TYPES);
    if (spec->type == GROUP_SELECT && !opts->select) {
        spec->type = GROUP_ALL;
    }
    spec->n_buckets = spec->type == GROUP_INDIRECT ? 1
                                                   : rng_below(rng, 4);
    spec->buckets = xcalloc(spec->n_buckets + 1, sizeof *spec->buckets);
    for (size_t i = 0; i < spec->n_buckets; i++) {
        struct group_bucket *b = &spec->buckets[i];
        struct gen g = { rng, opts, NULL, NULL, &b->acts, group_id - 1, 255 };
        b->bucket_id = (uint32_t)i;
        b->weight = spec->type == GROUP_SELECT
                        ? (uint16_t)rng_below(rng, 4) : 0;
        b->watch_port = spec->type == GROUP_FF
                            ? 1 + rng_below(rng, GEN_N_PORTS) : OFPORT_ANY;
        b->watch_group = GROUP_ID_ANY;
        put_set(&g);
    }
}
