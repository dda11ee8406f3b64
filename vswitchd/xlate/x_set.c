/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that rewrite headers.
 *
 * Field writes only change 'flow' and mark the bits in 'dirty';
 * xlate_commit() turns dirty bits into set instructions when something is
 * about to see the packet.  Pushes and pops commit first and are emitted at
 * once, so the order on the packet is that of the actions. */
#include "lib/packet/hdr.h"
#include "vswitchd/xlate/xlate_priv.h"

/* Puts a set instruction if any bit of 'mask_bytes' is set. */
static bool
any(const void *mask, size_t n)
{
    const uint8_t *m = mask;
    for (size_t i = 0; i < n; i++) {
        if (m[i]) {
            return true;
        }
    }
    return false;
}

static void
commit_eth(struct xctx *x)
{
    if (!any(&x->dirty.dl_dst, 12)) {
        return;
    }
    struct dpact_set_eth *a = dp_prog_put(x->out, DPACT_SET_ETH, sizeof *a);
    a->dst = x->flow.dl_dst;
    a->src = x->flow.dl_src;
    a->dst_mask = x->dirty.dl_dst;
    a->src_mask = x->dirty.dl_src;
}

static void
commit_vlan(struct xctx *x)
{
    be16 mask = x->dirty.vlans[0].tci & BE16(0xefff);
    if (!mask) {
        return;
    }
    struct dpact_vlan *a = dp_prog_put(x->out, DPACT_SET_VLAN, sizeof *a);
    a->tci = x->flow.vlans[0].tci & mask;
    a->mask = mask;
}

static void
commit_mpls(struct xctx *x)
{
    if (!x->dirty.mpls_lse[0]) {
        return;
    }
    struct dpact_mpls *a = dp_prog_put(x->out, DPACT_SET_MPLS, sizeof *a);
    a->lse = x->flow.mpls_lse[0] & x->dirty.mpls_lse[0];
    a->mask = x->dirty.mpls_lse[0];
}

static void
commit_ipv4(struct xctx *x)
{
    const struct flow *f = &x->flow, *d = &x->dirty;
    if (!d->nw_src && !d->nw_dst && !d->nw_tos && !d->nw_ttl) {
        return;
    }
    struct dpact_set_ipv4 *a = dp_prog_put(x->out, DPACT_SET_IPV4, sizeof *a);
    a->src = f->nw_src;
    a->dst = f->nw_dst;
    a->tos = f->nw_tos;
    a->ttl = f->nw_ttl;
    a->src_mask = d->nw_src;
    a->dst_mask = d->nw_dst;
    a->tos_mask = d->nw_tos;
    a->ttl_mask = d->nw_ttl;
}

static void
commit_ipv6(struct xctx *x)
{
    const struct flow *f = &x->flow, *d = &x->dirty;
    if (!any(d->ipv6_src, 32) && !d->ipv6_label && !d->nw_tos && !d->nw_ttl) {
        return;
    }
    struct dpact_set_ipv6 *a = dp_prog_put(x->out, DPACT_SET_IPV6, sizeof *a);
    memcpy(a->src, f->ipv6_src, 16);
    memcpy(a->dst, f->ipv6_dst, 16);
    memcpy(a->src_mask, d->ipv6_src, 16);
    memcpy(a->dst_mask, d->ipv6_dst, 16);
    a->label = f->ipv6_label;
    a->label_mask = d->ipv6_label;
    a->tos = f->nw_tos;
    a->ttl = f->nw_ttl;
    a->tos_mask = d->nw_tos;
    a->ttl_mask = d->nw_ttl;
}

static void
commit_arp(struct xctx *x)
{
    const struct flow *f = &x->flow, *d = &x->dirty;
    if (!d->nw_src && !d->nw_dst && !d->nw_proto && !any(&d->arp_sha, 12)) {
        return;
    }
    struct dpact_set_arp *a = dp_prog_put(x->out, DPACT_SET_ARP, sizeof *a);
    a->op = cpu_to_be16(f->nw_proto);
    a->op_mask = cpu_to_be16(d->nw_proto ? 0xffff : 0);
    a->spa = f->nw_src;
    a->tpa = f->nw_dst;
    a->spa_mask = d->nw_src;
    a->tpa_mask = d->nw_dst;
    a->sha = f->arp_sha;
    a->tha = f->arp_tha;
    a->sha_mask = d->arp_sha;
    a->tha_mask = d->arp_tha;
}

static void
commit_nd(struct xctx *x)
{
    const struct flow *f = &x->flow, *d = &x->dirty;
    if (!any(&d->arp_sha, 12) && !any(d->nd_target, 16)) {
        return;
    }
    struct dpact_set_nd *a = dp_prog_put(x->out, DPACT_SET_ND, sizeof *a);
    a->sll = f->arp_sha;
    a->tll = f->arp_tha;
    a->sll_mask = d->arp_sha;
    a->tll_mask = d->arp_tha;
    memcpy(a->target, f->nd_target, 16);
    memcpy(a->target_mask, d->nd_target, 16);
}

static void
commit_l4(struct xctx *x)
{
    const struct flow *f = &x->flow, *d = &x->dirty;
    if (!d->tp_src && !d->tp_dst) {
        return;
    }
    if (f->nw_proto == IP_PROTO_TCP || f->nw_proto == IP_PROTO_UDP
        || f->nw_proto == IP_PROTO_SCTP) {
        struct dpact_set_l4 *a = dp_prog_put(x->out, DPACT_SET_L4, sizeof *a);
        a->src = f->tp_src;
        a->dst = f->tp_dst;
        a->src_mask = d->tp_src;
        a->dst_mask = d->tp_dst;
        return;
    }
    struct dpact_set_icmp *a = dp_prog_put(x->out, DPACT_SET_ICMP, sizeof *a);
    a->type = (uint8_t)be16_to_cpu(f->tp_src);
    a->code = (uint8_t)be16_to_cpu(f->tp_dst);
    a->type_mask = (uint8_t)be16_to_cpu(d->tp_src);
    a->code_mask = (uint8_t)be16_to_cpu(d->tp_dst);
}

void
xlate_commit(struct xctx *x)
{
    static const struct flow clean;
    if (!memcmp(&x->dirty, &clean, sizeof clean)) {
        return;
    }
    commit_eth(x);
    commit_vlan(x);
    commit_mpls(x);
    if (x->flow.dl_type == BE16(ETH_TYPE_IPV4)) {
        commit_ipv4(x);
        commit_l4(x);
    } else if (x->flow.dl_type == BE16(ETH_TYPE_IPV6)) {
        commit_ipv6(x);
        commit_nd(x);
        commit_l4(x);
    } else if (x->flow.dl_type == BE16(ETH_TYPE_ARP)
               || x->flow.dl_type == BE16(ETH_TYPE_RARP)) {
        commit_arp(x);
    }
    memset(&x->dirty, 0, sizeof x->dirty);
}

void
xlate_pop_tag(struct xctx *x)
{
    xlate_commit(x);
    dp_prog_put(x->out, DPACT_POP_VLAN, sizeof(struct dpact_plain));
    x->len_delta -= 4;
    x->flow.vlans[0] = x->flow.vlans[1];
    x->flow.vlans[1] = (struct flow_vlan){ 0, 0 };
}

void
xlate_push_tag(struct xctx *x, be16 tpid, be16 tci)
{
    xlate_commit(x);
    struct dpact_vlan *d = dp_prog_put(x->out, DPACT_PUSH_VLAN, sizeof *d);
    d->tpid = tpid;
    d->tci = tci & ~BE16(FLOW_VLAN_CFI);
    x->len_delta += 4;
    x->flow.vlans[1] = x->flow.vlans[0];
    x->flow.vlans[0] = (struct flow_vlan){ tpid,
                                           tci | BE16(FLOW_VLAN_CFI) };
}

/* A write to a part of the TCI may add or remove the tag itself. */
static void
write_vlan(struct xctx *x, const struct field *f, const union field_value *v,
           const union field_value *mask)
{
    struct flow after = x->flow;
    bool had = xlate_has_tag(x);
    field_set_masked(f, v, mask, &after);
    bool has = (after.vlans[0].tci & BE16(FLOW_VLAN_CFI)) != 0;
    if (had && !has) {
        xlate_pop_tag(x);
    } else if (!had && has) {
        xlate_push_tag(x, BE16(ETH_TYPE_VLAN), after.vlans[0].tci);
    } else if (has) {
        field_set_masked(f, v, mask, &x->flow);
        field_set_masked(f, mask, mask, &x->dirty);
    }
}

static bool
is_vlan_field(const struct field *f)
{
    return f->ofs >= offsetof(struct flow, vlans)
           && f->ofs < offsetof(struct flow, vlans) + 4;
}

static void
write_field(struct xctx *x, const struct field *f, const union field_value *v,
            const union field_value *mask)
{
    if (is_vlan_field(f)) {
        write_vlan(x, f, v, mask);
        return;
    }
    field_set_masked(f, v, mask, &x->flow);
    field_set_masked(f, mask, mask, &x->dirty);
}

void
xlate_set_field(struct xctx *x, const struct act *act)
{
    const struct act_set_field *a = ACT_CAST(act_set_field, act);
    const struct field *f = field_from_id((enum field_id)a->field);
    bool adds_tag = a->push_vlan && is_vlan_field(f);
    if (!act_set_field_applies(a, &x->flow)) {
        return;
    }
    if (is_vlan_field(f) && !adds_tag && f->id != FIELD_VLAN_TCI
        && !xlate_has_tag(x)) {
        return;
    }
    write_field(x, f, &a->value, &a->mask);
}

void
xlate_write_bits(struct xctx *x, const struct act_part *dst,
                 const struct field *src, const union field_value *from,
                 unsigned int src_ofs, unsigned int n)
{
    const struct field *f = field_from_id((enum field_id)dst->field);
    if (!field_are_prereqs_ok(f, &x->flow)) {
        return;
    }
    union field_value value, mask;
    memset(&value, 0, sizeof value);
    memset(&mask, 0, sizeof mask);
    for (unsigned int done = 0; done < dst->n_bits;) {
        unsigned int k = MIN(dst->n_bits - done, 64u);
        unsigned int have = done < n ? MIN(n - done, k) : 0;
        uint64_t bits = have ? field_value_bits(src, from, src_ofs + done,
                                                have)
                             : 0;
        field_value_set_bits(f, &value, dst->ofs + done, k, bits);
        field_value_set_bits(f, &mask, dst->ofs + done, k, UINT64_MAX);
        done += k;
    }
    write_field(x, f, &value, &mask);
}

void
xlate_move(struct xctx *x, const struct act *act)
{
    const struct act_move *a = ACT_CAST(act_move, act);
    const struct field *src = field_from_id((enum field_id)a->src);
    const struct act_part dst = { a->dst, a->dst_ofs, a->n_bits };
    if (field_are_prereqs_ok(src, &x->flow)) {
        union field_value from;
        field_get(src, &x->flow, &from);
        xlate_write_bits(x, &dst, src, &from, a->src_ofs, a->n_bits);
    }
}

void
xlate_push_vlan(struct xctx *x, const struct act *act)
{
    if (x->flow.vlans[1].tci & BE16(FLOW_VLAN_CFI)) {
        xlate_note(x, ">>>> no room for a third VLAN tag <<<<");
        x->drop = DP_DROP_DEPTH;
        x->exit = true;
        return;
    }
    /* The new tag takes VID and priority of the outer one, if there is one
     * [OF1.3.5 5.12.1]. */
    xlate_push_tag(x, cpu_to_be16(ACT_CAST(act_push, act)->ethertype),
                   x->flow.vlans[0].tci & BE16(0xefff));
}

void
xlate_strip_vlan(struct xctx *x, const struct act *act UNUSED)
{
    if (xlate_has_tag(x)) {
        xlate_pop_tag(x);
    }
}

static bool
is_mpls(const struct flow *f)
{
    return f->dl_type == BE16(ETH_TYPE_MPLS)
           || f->dl_type == BE16(ETH_TYPE_MPLS_MCAST);
}

/* Entries of the label stack; FLOW_N_MPLS + 1 if its end is not seen. */
static unsigned int
n_labels(const struct flow *f)
{
    unsigned int n = 0;
    while (n < FLOW_N_MPLS && !(f->mpls_lse[n] & BE32(0x100))) {
        n++;
    }
    return n + 1;
}

/* Stacks deeper than a flow shows can be neither pushed on nor popped
 * [ovs-actions(7)]. */
static bool
is_too_deep(struct xctx *x, unsigned int n_max)
{
    if (!is_mpls(&x->flow) || n_labels(&x->flow) <= n_max) {
        return false;
    }
    xlate_note(x, ">>>> too many MPLS labels <<<<");
    x->drop = DP_DROP_DEPTH;
    x->exit = true;
    return true;
}

/* What is under an Ethernet type is no longer seen. */
static void
forget_l3(struct flow *f)
{
    memset((uint8_t *)f + offsetof(struct flow, nw_src), 0,
           sizeof *f - offsetof(struct flow, nw_src));
}

void
xlate_push_mpls(struct xctx *x, const struct act *act)
{
    struct flow *f = &x->flow;
    be16 type = cpu_to_be16(ACT_CAST(act_push, act)->ethertype);
    if (f->dl_type == BE16(ETH_TYPE_LLC) || is_too_deep(x, FLOW_N_MPLS - 1)) {
        return; /* Without an Ethernet type nothing could say MPLS. */
    }
    xlate_commit(x);
    be32 lse;
    if (is_mpls(f)) {
        lse = f->mpls_lse[0] & ~cpu_to_be32(0x100);
    } else {
        bool is_ip = f->dl_type == BE16(ETH_TYPE_IPV4)
                     || f->dl_type == BE16(ETH_TYPE_IPV6);
        uint32_t ttl = is_ip ? f->nw_ttl : 64;
        /* Label 0 is IPv4 explicit null, 2 IPv6's [RFC 3032 2.1]. */
        uint32_t label = f->dl_type == BE16(ETH_TYPE_IPV6) ? 2 : 0;
        uint32_t tc = is_ip ? f->nw_tos >> 2 & 7 : 0;
        lse = cpu_to_be32(label << 12 | tc << 9 | 0x100 | ttl);
        memset(f->mpls_lse, 0, sizeof f->mpls_lse);
    }
    struct dpact_mpls *d = dp_prog_put(x->out, DPACT_PUSH_MPLS, sizeof *d);
    d->lse = lse;
    d->ethertype = type;
    x->len_delta += 4;
    f->mpls_lse[2] = f->mpls_lse[1];
    f->mpls_lse[1] = f->mpls_lse[0];
    f->mpls_lse[0] = lse;
    f->dl_type = type;
    forget_l3(f);
}

void
xlate_pop_mpls(struct xctx *x, const struct act *act)
{
    struct flow *f = &x->flow;
    if (!is_mpls(f) || is_too_deep(x, FLOW_N_MPLS)) {
        return;
    }
    be16 type = cpu_to_be16(ACT_CAST(act_push, act)->ethertype);
    xlate_commit(x);
    struct dpact_mpls *d = dp_prog_put(x->out, DPACT_POP_MPLS, sizeof *d);
    d->ethertype = type;
    x->len_delta -= 4;
    f->mpls_lse[0] = f->mpls_lse[1];
    f->mpls_lse[1] = f->mpls_lse[2];
    f->mpls_lse[2] = 0;
    f->dl_type = type;
    if (!is_mpls(f)) {
        memset(f->mpls_lse, 0, sizeof f->mpls_lse);
    }
}

/* An instruction that may end in telling controllers instead. */
static void
dec(struct xctx *x, enum dpact_op op, const uint16_t *ids, uint32_t n_ids)
{
    xlate_commit(x);
    size_t start = x->out->acts.len;
    dp_prog_put(x->out, op, sizeof(struct dpact_nest));
    for (uint32_t i = 0; i < n_ids; i++) {
        xlate_controller(x, UINT16_MAX, ids[i], 2 /* OFPR_INVALID_TTL */,
                         false);
    }
    struct dpact_drop *drop = dp_prog_put(x->out, DPACT_DROP, sizeof *drop);
    drop->reason = DP_DROP_TTL;
    if (!dp_prog_end_nest(x->out, start)) {
        x->drop = DP_DROP_DEPTH;
    }
    x->conditional = true;
}

void
xlate_dec_ttl(struct xctx *x, const struct act *act)
{
    const struct act_dec_ttl *a = ACT_CAST(act_dec_ttl, act);
    if (x->flow.dl_type != BE16(ETH_TYPE_IPV4)
        && x->flow.dl_type != BE16(ETH_TYPE_IPV6)) {
        return;
    }
    dec(x, DPACT_DEC_TTL, a->ids, a->n_ids);
    /* 0 goes on only where there is no whole IP header. */
    x->flow.nw_ttl -= x->flow.nw_ttl > 0;
}

void
xlate_dec_mpls_ttl(struct xctx *x, const struct act *act UNUSED)
{
    if (!is_mpls(&x->flow)) {
        return;
    }
    static const uint16_t everyone = 0;
    dec(x, DPACT_DEC_MPLS_TTL, &everyone, 1);
    uint32_t lse = be32_to_cpu(x->flow.mpls_lse[0]);
    x->flow.mpls_lse[0] = cpu_to_be32(lse - (lse & 0xff ? 1 : 0));
}

/* ## What actions read ## */

static void
reads_vlan(struct flow *reads)
{
    memset(reads->vlans, 0xff, sizeof reads->vlans);
}

static void
reads_written(const struct field *f, struct flow *reads)
{
    field_mask_prereqs(f, reads);
    reads->dl_type = UINT16_MAX;
    reads->nw_proto = UINT8_MAX;
    if (is_vlan_field(f)) {
        reads_vlan(reads);
    }
}

static void
reads_part(const struct act_part *p, struct flow *reads)
{
    const struct field *f = field_from_id((enum field_id)p->field);
    field_mask_all(f, reads);
    reads_written(f, reads);
}

static void
reads_learn(const struct act_learn *a, struct flow *reads)
{
    for (uint32_t i = 0; i < a->n_specs; i++) {
        if (!a->specs[i].src_is_value) {
            reads_part(&a->specs[i].src, reads);
        }
    }
}

/* Actions on parts of fields, and choices by a hash. */
static void
reads_part_action(const struct act *a, struct flow *reads)
{
    switch ((enum act_type)a->type) {
    case ACT_LEARN:
        reads_learn(ACT_CAST(act_learn, a), reads);
        break;
    case ACT_FIN_TIMEOUT:
        reads->dl_type = reads->tcp_flags = UINT16_MAX;
        reads->nw_proto = UINT8_MAX;
        break;
    case ACT_STACK_PUSH:
        reads_part(&ACT_CAST(act_stack, a)->part, reads);
        break;
    case ACT_STACK_POP:
        reads_written(field_from_id(
            (enum field_id)ACT_CAST(act_stack, a)->part.field), reads);
        break;
    case ACT_OUTPUT_REG:
        reads_part(&ACT_CAST(act_output_reg, a)->src, reads);
        reads_vlan(reads); /* It may turn out to be NORMAL. */
        break;
    case ACT_CHECK_PKT_LARGER:
        reads_part(&ACT_CAST(act_check_pkt_larger, a)->dst, reads);
        reads_vlan(reads);
        break;
    case ACT_BUNDLE:
        xlate_hash_reads((enum act_hash)ACT_CAST(act_bundle, a)->fields,
                         reads);
        if (a->form == ACT_FORM_BUNDLE_LOAD) {
            reads_part(&ACT_CAST(act_bundle, a)->dst, reads);
        }
        break;
    case ACT_MULTIPATH:
        xlate_hash_reads((enum act_hash)ACT_CAST(act_multipath, a)->fields,
                         reads);
        reads_part(&ACT_CAST(act_multipath, a)->dst, reads);
        break;
    default:
        break;
    }
}

static void
reads_action(const struct act *a, struct flow *reads)
{
    switch ((enum act_type)a->type) {
    case ACT_SET_FIELD: {
        const struct field *f
            = field_from_id((enum field_id)ACT_CAST(act_set_field, a)->field);
        field_mask_prereqs(f, reads);
        if (is_vlan_field(f)) {
            reads_vlan(reads);
        } else if (f->pre >= FIELD_PRE_ARP) {
            reads->dl_type = UINT16_MAX;
            reads->nw_proto = UINT8_MAX;
            reads->nw_frag = UINT8_MAX;
        }
        break;
    }
    case ACT_MOVE: {
        const struct act_move *m = ACT_CAST(act_move, a);
        const struct act_part src = { m->src, m->src_ofs, m->n_bits };
        reads_part(&src, reads);
        reads_written(field_from_id((enum field_id)m->dst), reads);
        break;
    }
    case ACT_PUSH_VLAN:
    case ACT_STRIP_VLAN:
        reads_vlan(reads);
        break;
    case ACT_PUSH_MPLS:
        reads->nw_ttl = reads->nw_tos = UINT8_MAX;
        /* Falls through. */
    case ACT_POP_MPLS:
    case ACT_DEC_MPLS_TTL:
        memset(reads->mpls_lse, 0xff, sizeof reads->mpls_lse);
        reads->dl_type = UINT16_MAX;
        break;
    case ACT_DEC_TTL:
        reads->dl_type = UINT16_MAX;
        break;
    case ACT_OUTPUT:
        if (ACT_CAST(act_output, a)->port == OFPORT_NORMAL) {
            reads_vlan(reads);
        }
        break;
    default:
        reads_part_action(a, reads);
        break;
    }
}

void
xlate_acts_reads(const struct act_list *acts, struct flow *reads)
{
    ACT_FOR_EACH (a, acts) {
        reads_action(a, reads);
        if (a->type == ACT_CLONE || a->type == ACT_WRITE_ACTIONS) {
            struct act_list inner = act_nested_list(ACT_CAST(act_nested, a));
            xlate_acts_reads(&inner, reads);
        }
    }
}
