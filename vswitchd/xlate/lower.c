/* SPDX-License-Identifier: Apache-2.0 */
/* The datapath's instructions as text, in the peer's datapath syntax
 * [ovs-dpctl(8)], with dynamic instructions lowered: the ports that NORMAL
 * would send to now, the buckets a SELECT has. */
#include <arpa/inet.h>

#include "datapath/l2.h"
#include "lib/packet/hdr.h"
#include "vswitchd/xlate/xlate.h"

struct lower {
    const struct flow *flow; /* May be NULL. */
    const char *(*port_name)(void *, uint32_t);
    void *aux;
    struct str *s;
    unsigned int depth;
    const uint8_t *end; /* Of the list being put. */
};

static void put_list(struct lower *, const void *acts, size_t len);

static void
put_port(struct lower *w, uint32_t port)
{
    const char *name = w->port_name ? w->port_name(w->aux, port) : NULL;
    if (name) {
        str_put(w->s, name);
    } else {
        str_putf(w->s, "%u", port);
    }
}

static void
put_output(struct lower *w, const struct dpact *a)
{
    put_port(w, ((const struct dpact_output *)a)->port);
}

static void
put_drop(struct lower *w, const struct dpact *a UNUSED)
{
    str_put(w->s, "drop");
}

static void
put_push_vlan(struct lower *w, const struct dpact *a)
{
    const struct dpact_vlan *v = (const void *)a;
    uint16_t tci = be16_to_cpu(v->tci);
    str_put(w->s, "push_vlan(");
    if (v->tpid != BE16(ETH_TYPE_VLAN)) {
        str_putf(w->s, "tpid=0x%04x,", be16_to_cpu(v->tpid));
    }
    str_putf(w->s, "vid=%u,pcp=%u)", tci & 0xfff, tci >> 13);
}

static void
put_pop_vlan(struct lower *w, const struct dpact *a UNUSED)
{
    str_put(w->s, "pop_vlan");
}

static void
put_set_vlan(struct lower *w, const struct dpact *a)
{
    const struct dpact_vlan *v = (const void *)a;
    /* Bits that stay are the packet's; a tag just pushed has none. */
    uint16_t old = w->flow ? be16_to_cpu(w->flow->vlans[0].tci) : 0;
    uint16_t mask = be16_to_cpu(v->mask);
    uint16_t tci = (uint16_t)((be16_to_cpu(v->tci) & mask) | (old & ~mask));
    static const char fresh[] = "push_vlan(vid=0,pcp=0),";
    if (str_ends_with(w->s, fresh)) {
        str_truncate(w->s, w->s->len - strlen(fresh));
        str_putf(w->s, "push_vlan(vid=%u,pcp=%u)", tci & 0xfff, tci >> 13);
        return;
    }
    str_putf(w->s, "pop_vlan,push_vlan(vid=%u,pcp=%u)", tci & 0xfff,
             tci >> 13);
}

static void
put_mpls(struct lower *w, const struct dpact *a)
{
    const struct dpact_mpls *m = (const void *)a;
    uint32_t lse = be32_to_cpu(m->lse);
    if (a->op == DPACT_POP_MPLS) {
        str_putf(w->s, "pop_mpls(eth_type=0x%x)", be16_to_cpu(m->ethertype));
        return;
    }
    bool push = a->op == DPACT_PUSH_MPLS;
    str_putf(w->s, "%s(label=%u,tc=%u,ttl=%u,bos=%u", push ? "push_mpls"
                                                           : "set(mpls",
             lse >> 12, lse >> 9 & 7, lse & 0xff, lse >> 8 & 1);
    if (push) {
        str_putf(w->s, ",eth_type=0x%x", be16_to_cpu(m->ethertype));
    } else {
        str_put_char(w->s, ')');
    }
    str_put_char(w->s, ')');
}

static void
put_masked_mac(struct str *s, const char *name, struct eth_addr v,
               struct eth_addr m, const char **sep)
{
    if (eth_addr_is_zero(m)) {
        return;
    }
    str_putf(s, "%s%s=" ETH_ADDR_FMT, *sep, name, ETH_ADDR_ARGS(v));
    static const struct eth_addr all = { { 255, 255, 255, 255, 255, 255 } };
    if (!eth_addr_eq(m, all)) {
        str_putf(s, "/" ETH_ADDR_FMT, ETH_ADDR_ARGS(m));
    }
    *sep = ",";
}

static void
put_masked_ip(struct str *s, const char *name, be32 v, be32 m,
              const char **sep)
{
    if (!m) {
        return;
    }
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &v, text, sizeof text);
    str_putf(s, "%s%s=%s", *sep, name, text);
    if (m != UINT32_MAX) {
        inet_ntop(AF_INET, &m, text, sizeof text);
        str_putf(s, "/%s", text);
    }
    *sep = ",";
}

static void
put_masked_ip6(struct str *s, const char *name, const uint8_t *v,
               const uint8_t *m, const char **sep)
{
    static const uint8_t none[16];
    if (!memcmp(m, none, 16)) {
        return;
    }
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, v, text, sizeof text);
    str_putf(s, "%s%s=%s", *sep, name, text);
    bool exact = true;
    for (int i = 0; i < 16; i++) {
        exact &= m[i] == 0xff;
    }
    if (!exact) {
        inet_ntop(AF_INET6, m, text, sizeof text);
        str_putf(s, "/%s", text);
    }
    *sep = ",";
}

/* Decimal value, with a hex mask where it is not all ones. */
static void
put_masked_int(struct str *s, const char *name, unsigned int v,
               unsigned int m, unsigned int all, const char **sep)
{
    if (!m) {
        return;
    }
    str_putf(s, "%s%s=%u", *sep, name, v);
    if (m != all) {
        str_putf(s, "/0x%x", m);
    }
    *sep = ",";
}

static void
put_set_eth(struct lower *w, const struct dpact *act)
{
    const struct dpact_set_eth *a = (const void *)act;
    const char *sep = "";
    str_put(w->s, "set(eth(");
    put_masked_mac(w->s, "src", a->src, a->src_mask, &sep);
    put_masked_mac(w->s, "dst", a->dst, a->dst_mask, &sep);
    str_put(w->s, "))");
}

static void
put_set_ipv4(struct lower *w, const struct dpact *act)
{
    const struct dpact_set_ipv4 *a = (const void *)act;
    const char *sep = "";
    str_put(w->s, "set(ipv4(");
    put_masked_ip(w->s, "src", a->src, a->src_mask, &sep);
    put_masked_ip(w->s, "dst", a->dst, a->dst_mask, &sep);
    put_masked_int(w->s, "tos", a->tos, a->tos_mask, 0xff, &sep);
    put_masked_int(w->s, "ttl", a->ttl, a->ttl_mask, 0xff, &sep);
    str_put(w->s, "))");
}

static void
put_set_ipv6(struct lower *w, const struct dpact *act)
{
    const struct dpact_set_ipv6 *a = (const void *)act;
    const char *sep = "";
    str_put(w->s, "set(ipv6(");
    put_masked_ip6(w->s, "src", a->src, a->src_mask, &sep);
    put_masked_ip6(w->s, "dst", a->dst, a->dst_mask, &sep);
    put_masked_int(w->s, "label", be32_to_cpu(a->label),
                   be32_to_cpu(a->label_mask), 0xfffff, &sep);
    put_masked_int(w->s, "tclass", a->tos, a->tos_mask, 0xff, &sep);
    put_masked_int(w->s, "hlimit", a->ttl, a->ttl_mask, 0xff, &sep);
    str_put(w->s, "))");
}

static void
put_set_l4(struct lower *w, const struct dpact *act)
{
    const struct dpact_set_l4 *a = (const void *)act;
    const char *proto = !w->flow                               ? "tcp"
                        : w->flow->nw_proto == IP_PROTO_UDP  ? "udp"
                        : w->flow->nw_proto == IP_PROTO_SCTP ? "sctp"
                                                             : "tcp";
    const char *sep = "";
    str_putf(w->s, "set(%s(", proto);
    put_masked_int(w->s, "src", be16_to_cpu(a->src),
                   be16_to_cpu(a->src_mask), 0xffff, &sep);
    put_masked_int(w->s, "dst", be16_to_cpu(a->dst),
                   be16_to_cpu(a->dst_mask), 0xffff, &sep);
    str_put(w->s, "))");
}

static void
put_set_icmp(struct lower *w, const struct dpact *act)
{
    const struct dpact_set_icmp *a = (const void *)act;
    const char *sep = "";
    bool v6 = w->flow && w->flow->nw_proto == IP_PROTO_ICMPV6;
    str_putf(w->s, "set(%s(", v6 ? "icmpv6" : "icmp");
    put_masked_int(w->s, "type", a->type, a->type_mask, 0xff, &sep);
    put_masked_int(w->s, "code", a->code, a->code_mask, 0xff, &sep);
    str_put(w->s, "))");
}

static void
put_set_arp(struct lower *w, const struct dpact *act)
{
    const struct dpact_set_arp *a = (const void *)act;
    const char *sep = "";
    str_put(w->s, "set(arp(");
    put_masked_ip(w->s, "sip", a->spa, a->spa_mask, &sep);
    put_masked_ip(w->s, "tip", a->tpa, a->tpa_mask, &sep);
    put_masked_int(w->s, "op", be16_to_cpu(a->op), be16_to_cpu(a->op_mask),
                   0xffff, &sep);
    put_masked_mac(w->s, "sha", a->sha, a->sha_mask, &sep);
    put_masked_mac(w->s, "tha", a->tha, a->tha_mask, &sep);
    str_put(w->s, "))");
}

static void
put_set_nd(struct lower *w, const struct dpact *act)
{
    const struct dpact_set_nd *a = (const void *)act;
    const char *sep = "";
    str_put(w->s, "set(nd(");
    put_masked_ip6(w->s, "target", a->target, a->target_mask, &sep);
    put_masked_mac(w->s, "sll", a->sll, a->sll_mask, &sep);
    put_masked_mac(w->s, "tll", a->tll, a->tll_mask, &sep);
    str_put(w->s, "))");
}

static void
put_dec_ttl(struct lower *w, const struct dpact *a UNUSED)
{
    str_put(w->s, "dec_ttl");
}

static void
put_dec_mpls_ttl(struct lower *w, const struct dpact *a UNUSED)
{
    str_put(w->s, "dec_mpls_ttl");
}

static void
put_meter(struct lower *w, const struct dpact *a UNUSED)
{
    str_put(w->s, "meter(0)");
}

static void
put_count(struct lower *w UNUSED, const struct dpact *a UNUSED)
{
}

static void
put_trunc(struct lower *w, const struct dpact *a)
{
    str_putf(w->s, "trunc(%u)", ((const struct dpact_trunc *)a)->max_len);
}

/* The peer's form has two ways; more nest in the way of the longer ones. */
static void
put_ranges(struct lower *w, const struct dpact_len_range *r, uint32_t n)
{
    if (n == 1) {
        put_list(w, r + 1, r->len - sizeof *r);
        return;
    }
    str_putf(w->s, "check_pkt_len(size=%u,gt(", r->max_len);
    put_ranges(w, (const void *)((const uint8_t *)r + r->len), n - 1);
    str_put(w->s, "),le(");
    put_list(w, r + 1, r->len - sizeof *r);
    str_put(w->s, "))");
}

static void
put_by_len(struct lower *w, const struct dpact *act)
{
    const struct dpact_by_len *a = (const void *)act;
    put_ranges(w, (const void *)(a + 1), a->n);
}

/* True of a cut for one output, which needs no word for the copy. */
static bool
only_cuts(const void *acts, size_t len)
{
    const struct dpact *a = acts;
    return len > sizeof(struct dpact_trunc) && a->op == DPACT_TRUNC
           && DPACT_NEXT(a)->op == DPACT_OUTPUT
           && len == (size_t)a->len + DPACT_NEXT(a)->len;
}

/* True if the list changes nothing of the packet. */
static bool
only_sends(const void *acts, size_t len)
{
    DPACT_FOR_EACH (a, acts, len) {
        if (a->op == DPACT_CLONE
                ? !only_sends((const struct dpact_nest *)a + 1,
                              a->len - sizeof(struct dpact_nest))
                : a->op != DPACT_OUTPUT && a->op != DPACT_NORMAL
                      && a->op != DPACT_COUNT && a->op != DPACT_EVENT) {
            return false;
        }
    }
    return true;
}

static void
put_clone(struct lower *w, const struct dpact *a)
{
    const void *inner = (const struct dpact_nest *)a + 1;
    size_t len = a->len - sizeof(struct dpact_nest);
    bool plain = only_sends(inner, len) || only_cuts(inner, len);
    str_put(w->s, plain ? "" : "clone(");
    put_list(w, inner, len);
    str_put(w->s, plain ? "" : ")");
}

static bool
goes_to(const struct dpact_normal *a, uint16_t i, uint16_t learned)
{
    const struct dp_bundle *b = &a->l2->bundles[i];
    return i != a->in_bundle && !b->is_absent
           && dp_bundle_carries(b, a->vid)
           && (learned == DP_BUNDLE_NONE ? !b->no_flood : learned == i);
}

/* Puts or takes the tag of NORMAL's VLAN, if that is a change. */
static void
put_tag(struct lower *w, const struct dpact_normal *a, bool want, bool *has)
{
    if (want != *has && want) {
        str_putf(w->s, "push_vlan(vid=%u,pcp=%u),", a->vid, a->pcp);
    } else if (want != *has) {
        str_put(w->s, "pop_vlan,");
    }
    *has = want;
}

static void
put_bundle(struct lower *w, const struct dpact_normal *a, uint16_t i,
           bool *has_tag)
{
    const struct dp_bundle *b = &a->l2->bundles[i];
    if (b->is_patch) {
        put_tag(w, a, a->has_tag, has_tag); /* Its list begins there. */
        const uint8_t *at = (const uint8_t *)(a + 1);
        for (unsigned int k = 0; k < a->n_patches; k++) {
            const struct dpact_normal_patch *p = (const void *)at;
            if (p->bundle == i) {
                put_list(w, p + 1, p->len - sizeof *p);
            }
            at += p->len;
        }
        return;
    }
    bool untagged = b->vlan_mode == DP_VLAN_ACCESS || !a->vid
                    || (b->vlan_mode == DP_VLAN_NATIVE_UNTAGGED
                        && b->tag == a->vid);
    put_tag(w, a, !untagged, has_tag);
    put_port(w, b->port);
}

static void
put_normal(struct lower *w, const struct dpact *act)
{
    const struct dpact_normal *a = (const void *)act;
    uint16_t learned = DP_BUNDLE_NONE;
    bool reserved = false, has_tag = a->has_tag;
    if (w->flow) {
        reserved = !a->l2->forward_bpdu
                   && eth_addr_is_reserved(w->flow->dl_dst);
        if (!eth_addr_is_multicast(w->flow->dl_dst)) {
            learned = fdb_lookup(a->l2->fdb, a->vid, w->flow->dl_dst, false,
                                 0);
        }
    }
    size_t start = w->s->len;
    for (uint16_t i = 0; i < a->l2->n_bundles && !reserved; i++) {
        if (goes_to(a, i, learned)) {
            if (w->s->len > start) {
                str_put_char(w->s, ',');
            }
            put_bundle(w, a, i, &has_tag);
        }
    }
    if (w->s->len == start) {
        str_put(w->s, "drop");
    } else if (has_tag != a->has_tag
               && (const uint8_t *)act + act->len != w->end) {
        str_put_char(w->s, ','); /* For what follows. */
        put_tag(w, a, a->has_tag, &has_tag);
        str_chomp(w->s, ',');
    }
}

static void
put_select(struct lower *w, const struct dpact *act)
{
    const struct dpact_select *a = (const void *)act;
    const struct dpact_bucket *b = (const void *)(a + 1);
    str_put(w->s, "hash(l4(0)),select(");
    for (uint32_t i = 0; i < a->n; i++) {
        str_put(w->s, i ? "," : "");
        str_put_char(w->s, '(');
        put_list(w, b + 1, b->len - sizeof *b);
        str_put_char(w->s, ')');
        b = (const void *)((const uint8_t *)b + b->len);
    }
    str_put_char(w->s, ')');
}

static void
put_event(struct lower *w, const struct dpact *act)
{
    const struct dpact_event *a = (const void *)act;
    struct xevent v;
    if (a->kind == XEVENT_PACKET_IN) {
        memcpy(&v, a + 1, sizeof v);
        str_putf(w->s, "userspace(pid=0,controller(reason=%u,dont_send=0,"
                 "continuation=0,recirc_id=0,rule_cookie=%#llx,"
                 "controller_id=%u,max_len=%u))",
                 v.reason, (unsigned long long)v.cookie, v.controller_id,
                 v.max_len);
    } else {
        str_put(w->s, "userspace(pid=0,learn)");
    }
}

static void (*const put_table[DPACT_N])(struct lower *,
                                        const struct dpact *) = {
    [DPACT_OUTPUT] = put_output,
    [DPACT_DROP] = put_drop,
    [DPACT_PUSH_VLAN] = put_push_vlan,
    [DPACT_POP_VLAN] = put_pop_vlan,
    [DPACT_SET_VLAN] = put_set_vlan,
    [DPACT_PUSH_MPLS] = put_mpls,
    [DPACT_POP_MPLS] = put_mpls,
    [DPACT_SET_MPLS] = put_mpls,
    [DPACT_SET_ETH] = put_set_eth,
    [DPACT_SET_IPV4] = put_set_ipv4,
    [DPACT_SET_IPV6] = put_set_ipv6,
    [DPACT_SET_L4] = put_set_l4,
    [DPACT_SET_ICMP] = put_set_icmp,
    [DPACT_SET_ARP] = put_set_arp,
    [DPACT_SET_ND] = put_set_nd,
    [DPACT_DEC_TTL] = put_dec_ttl,
    [DPACT_DEC_MPLS_TTL] = put_dec_mpls_ttl,
    [DPACT_METER] = put_meter,
    [DPACT_COUNT] = put_count,
    [DPACT_CLONE] = put_clone,
    [DPACT_TRUNC] = put_trunc,
    [DPACT_BY_LEN] = put_by_len,
    [DPACT_NORMAL] = put_normal,
    [DPACT_SELECT] = put_select,
    [DPACT_EVENT] = put_event,
};

static void
put_list(struct lower *w, const void *acts, size_t len)
{
    size_t start = w->s->len;
    const uint8_t *outer_end = w->end;
    w->end = (const uint8_t *)acts + len;
    w->depth++;
    DPACT_FOR_EACH (a, acts, len) {
        size_t before = w->s->len;
        if (before > start && a->op != DPACT_COUNT) {
            str_put_char(w->s, ',');
        }
        put_table[a->op](w, a);
    }
    w->depth--;
    w->end = outer_end;
    if (w->s->len == start) {
        str_put(w->s, "drop");
    }
}

void
xlate_put_dpacts(const void *acts, size_t len, const struct flow *flow,
                 const char *(*port_name)(void *, uint32_t), void *aux,
                 struct str *s)
{
    struct lower w = { flow, port_name, aux, s, 0, NULL };
    put_list(&w, acts, len);
}
