/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that choose by a hash of the flow: bundle, bundle_load, multipath
 * [ovs-actions(7)].  The flow is the packet as rewritten so far; the fields
 * that are hashed are in every cache key (xlate_hash_reads()), so that the
 * choice is made once for a cached flow.  Which ports are live is part of
 * the configuration, on which every program depends. */
#include "lib/base/hash.h"
#include "lib/openflow/wire.h"
#include "lib/packet/hdr.h"
#include "vswitchd/xlate/xlate_priv.h"

#define HRW_LINKS_MAX 64 /* With more, another algorithm is as good. */
#define ITERATIONS_MAX 64

struct hash_kind {
    bool eth, l3, l4, udp; /* Sources and destinations, combined. */
    bool eth_src, nw_src, nw_dst;
    bool type, proto;
};

static const struct hash_kind kinds[ACT_N_HASHES] = {
    [ACT_HASH_ETH_SRC] = { .eth_src = true },
    [ACT_HASH_SYMMETRIC_L4] = { .eth = true, .l3 = true, .l4 = true,
                                .type = true, .proto = true },
    [ACT_HASH_SYMMETRIC_L3L4] = { .l3 = true, .l4 = true, .proto = true },
    [ACT_HASH_SYMMETRIC_L3L4_UDP] = { .l3 = true, .l4 = true, .udp = true,
                                      .proto = true },
    [ACT_HASH_NW_SRC] = { .nw_src = true },
    [ACT_HASH_NW_DST] = { .nw_dst = true },
    [ACT_HASH_SYMMETRIC_L3] = { .l3 = true },
};

void
xlate_hash_reads(enum act_hash which, struct flow *reads)
{
    const struct hash_kind *k = &kinds[which];
    if (k->eth || k->eth_src) {
        memset(&reads->dl_src, 0xff, sizeof reads->dl_src);
    }
    if (k->eth) {
        memset(&reads->dl_dst, 0xff, sizeof reads->dl_dst);
        memset(reads->vlans, 0xff, sizeof reads->vlans);
    }
    if (k->l3 || k->nw_src) {
        memset(reads->ipv6_src, 0xff, sizeof reads->ipv6_src);
        reads->nw_src = UINT32_MAX;
    }
    if (k->l3 || k->nw_dst) {
        memset(reads->ipv6_dst, 0xff, sizeof reads->ipv6_dst);
        reads->nw_dst = UINT32_MAX;
    }
    if (k->l4) {
        reads->tp_src = reads->tp_dst = UINT16_MAX;
        reads->nw_frag = UINT8_MAX;
    }
    if (!k->eth_src) {
        reads->dl_type = UINT16_MAX;
        reads->nw_proto = UINT8_MAX;
    }
}

static uint64_t
mix_l3(uint64_t h, const struct hash_kind *k, const struct flow *f)
{
    bool src = k->l3 || k->nw_src, dst = k->l3 || k->nw_dst;
    if (f->dl_type == BE16(ETH_TYPE_IPV4)) {
        return hash_mix64(h ^ (src ? f->nw_src : 0) ^ (dst ? f->nw_dst : 0));
    }
    if (f->dl_type != BE16(ETH_TYPE_IPV6)) {
        return h;
    }
    uint64_t s[2] = { 0, 0 }, d[2] = { 0, 0 };
    if (src) {
        memcpy(s, f->ipv6_src, sizeof s);
    }
    if (dst) {
        memcpy(d, f->ipv6_dst, sizeof d);
    }
    h = hash_mix64(h ^ s[0] ^ d[0]);
    return hash_mix64(h ^ s[1] ^ d[1] ^ 1);
}

/* What does not depend on the basis. */
static uint64_t
hash_flow(const struct xctx *x, enum act_hash which)
{
    const struct hash_kind *k = &kinds[which];
    const struct flow *f = &x->flow;
    bool is_ip = f->dl_type == BE16(ETH_TYPE_IPV4)
                 || f->dl_type == BE16(ETH_TYPE_IPV6);
    uint64_t h = 0;
    if (k->eth || k->eth_src) {
        h ^= eth_addr_to_u64(f->dl_src);
    }
    if (k->eth) {
        h ^= eth_addr_to_u64(f->dl_dst);
        for (size_t i = 0; i < FLOW_N_VLANS; i++) {
            h = hash_mix64(h ^ (f->vlans[i].tci & BE16(0x0fff)));
        }
    }
    if (k->type) {
        h = hash_mix64(h ^ f->dl_type);
    }
    h = mix_l3(h, k, f);
    if (k->proto && is_ip) {
        h = hash_mix64(h ^ f->nw_proto);
    }
    if (k->l4 && is_ip
        && (f->nw_proto == IP_PROTO_TCP || f->nw_proto == IP_PROTO_SCTP
            || (k->udp && f->nw_proto == IP_PROTO_UDP))) {
        h = hash_mix64(h ^ (f->tp_src ^ f->tp_dst) ^ 1u << 16);
    }
    return h;
}

/* bundle */

static bool
is_live(const struct xctx *x, uint32_t ofport)
{
    const struct xport *p = xlate_port(x, ofport);
    return p && p->is_up && !(p->config & OFPPC_PORT_DOWN);
}

static uint32_t
choose_member(const struct xctx *x, const struct act_bundle *a)
{
    uint64_t h = hash_flow(x, (enum act_hash)a->fields);
    uint32_t best = OFPORT_ANY, best_weight = 0;
    for (uint32_t i = 0; i < a->n_members; i++) {
        if (!is_live(x, a->members[i])) {
            continue;
        }
        if (a->algorithm == 0) { /* active_backup. */
            return a->members[i];
        }
        uint32_t weight = hash_u64(hash_mix64(h + i), a->basis);
        if (best == OFPORT_ANY || weight > best_weight) {
            best = a->members[i];
            best_weight = weight;
        }
    }
    return best;
}

void
xlate_bundle(struct xctx *x, const struct act *act)
{
    const struct act_bundle *a = ACT_CAST(act_bundle, act);
    uint32_t port = choose_member(x, a);
    if (act->form == ACT_FORM_BUNDLE_LOAD) {
        uint16_t number = 0xffff; /* OFPP_NONE. */
        if (port != OFPORT_ANY) {
            ofport_to_of10(port, &number);
        }
        xlate_part_set(x, &a->dst, number);
    } else if (port != OFPORT_ANY) {
        xlate_output(x, port, 0);
    } else {
        xlate_note(x, " >> no member is live");
        x->drop = DP_DROP_TX_PORT_GONE;
    }
}

/* multipath */

static uint32_t
hrw_link(uint64_t h, uint32_t basis, uint32_t n)
{
    uint32_t best = 0, best_weight = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t weight = hash_u64(hash_mix64(h + i), basis);
        if (!i || weight > best_weight) {
            best = i;
            best_weight = weight;
        }
    }
    return best;
}

static uint32_t
iterated_link(uint64_t h, uint32_t basis, uint32_t n, uint32_t arg)
{
    if (arg < n || arg / 2 > n) {
        for (arg = 1; arg < n; arg *= 2) {
        }
    }
    for (uint32_t i = 1; i < ITERATIONS_MAX; i++) {
        uint32_t link = hash_u64(hash_mix64(h + i), basis) % arg;
        if (link < n) {
            return link;
        }
    }
    return 0;
}

static uint32_t
choose_link(const struct xctx *x, const struct act_multipath *a)
{
    uint64_t h = hash_flow(x, (enum act_hash)a->fields);
    uint32_t n = a->max_link + 1u;
    switch (a->algorithm) {
    case 0: /* modulo_n */
        return hash_u64(h, a->basis) % n;
    case 2: /* hrw */
        if (n <= HRW_LINKS_MAX) {
            return hrw_link(h, a->basis, n);
        }
        break;
    case 3: /* iter_hash */
        return iterated_link(h, a->basis, n, a->arg);
    default:
        break;
    }
    /* hash_threshold. */
    return (uint32_t)((uint64_t)hash_u64(h, a->basis) * n >> 32);
}

void
xlate_multipath(struct xctx *x, const struct act *act)
{
    const struct act_multipath *a = ACT_CAST(act_multipath, act);
    uint32_t link = choose_link(x, a);
    xlate_note(x, " -> link %u", link);
    xlate_part_set(x, &a->dst, link);
}
