/* SPDX-License-Identifier: Apache-2.0 */
/* Headers are written one after the other, then the lengths, which need the
 * end, then the checksums, which need the lengths. */
#include "lib/flow/compose.h"

#include "lib/packet/csum.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

#define HEADERS_MAX 256
#define PAYLOAD_DEFAULT 64
#define FRAG_OFS_UNITS 100 /* Where a later fragment stands, in 8 bytes. */

struct writer {
    uint8_t *at;        /* Next byte. */
    size_t payload_len; /* Bytes if no length was asked for. */
};

static void *
put(struct writer *w, size_t n)
{
    uint8_t *p = w->at;
    memset(p, 0, n);
    w->at += n;
    return p;
}

static void
put_eth(struct writer *w, const struct flow *f)
{
    struct eth_hdr *eth = put(w, ETH_TYPE_OFS);
    eth->dst = f->dl_dst;
    eth->src = f->dl_src;
    for (int i = 0; i < FLOW_N_VLANS; i++) {
        if (f->vlans[i].tci & BE16(FLOW_VLAN_CFI)) {
            struct vlan_tag *tag = put(w, sizeof *tag);
            tag->tpid = f->vlans[i].tpid ? f->vlans[i].tpid
                                         : BE16(ETH_TYPE_VLAN);
            tag->tci = f->vlans[i].tci & BE16(0xefff);
        }
    }
    put_unaligned_be16(put(w, 2), f->dl_type);
}

static void
put_mpls(struct writer *w, const struct flow *f)
{
    for (int i = 0; i < FLOW_N_MPLS; i++) {
        put_unaligned_be32(put(w, MPLS_LSE_LEN), f->mpls_lse[i]);
        bool is_last = f->mpls_lse[i] & BE32(MPLS_BOS);
        if (is_last || i == FLOW_N_MPLS - 1 || !f->mpls_lse[i + 1]) {
            break;
        }
    }
}

static void
put_arp(struct writer *w, const struct flow *f)
{
    struct arp_hdr *arp = put(w, sizeof *arp);
    arp->htype = BE16(1);
    arp->ptype = BE16(ETH_TYPE_IPV4);
    arp->hlen = sizeof arp->sha;
    arp->plen = sizeof arp->spa;
    arp->op = cpu_to_be16(f->nw_proto);
    arp->sha = f->arp_sha;
    arp->tha = f->arp_tha;
    arp->spa = f->nw_src;
    arp->tpa = f->nw_dst;
}

static void
put_ipv4(struct writer *w, const struct flow *f)
{
    struct ipv4_hdr *ip = put(w, sizeof *ip);
    ip->ver_ihl = 0x45;
    ip->tos = f->nw_tos;
    ip->ttl = f->nw_ttl;
    ip->proto = f->nw_proto;
    ip->src = f->nw_src;
    ip->dst = f->nw_dst;
    if (f->nw_frag) {
        uint16_t ofs = f->nw_frag & FLOW_FRAG_LATER ? FRAG_OFS_UNITS : 0;
        ip->frag = cpu_to_be16(IPV4_FRAG_MORE | ofs);
    }
}

static void
put_ipv6(struct writer *w, const struct flow *f)
{
    struct ipv6_hdr *ip = put(w, sizeof *ip);
    ip->ver_tc_label = BE32(6u << 28)
                       | cpu_to_be32((uint32_t)f->nw_tos << IPV6_TC_SHIFT)
                       | (f->ipv6_label & BE32(IPV6_LABEL_MASK));
    ip->hop_limit = f->nw_ttl;
    ip->next = f->nw_proto;
    memcpy(ip->src, f->ipv6_src, sizeof ip->src);
    memcpy(ip->dst, f->ipv6_dst, sizeof ip->dst);
    if (f->nw_frag) {
        uint16_t ofs = f->nw_frag & FLOW_FRAG_LATER ? FRAG_OFS_UNITS : 0;
        ip->next = IP_PROTO_FRAGMENT;
        struct ipv6_frag_hdr *frag = put(w, sizeof *frag);
        frag->next = f->nw_proto;
        frag->ofs_more = cpu_to_be16((uint16_t)(ofs << 3 | IPV6_FRAG_MORE));
    }
}

static void
put_tcp(struct writer *w, const struct flow *f)
{
    struct tcp_hdr *tcp = put(w, sizeof *tcp);
    tcp->src = f->tp_src;
    tcp->dst = f->tp_dst;
    tcp->ofs_flags = BE16(5 << 12) | (f->tcp_flags & BE16(TCP_FLAGS_MASK));
    bool is_control = f->tcp_flags & BE16(TCP_SYN | TCP_FIN | TCP_RST);
    w->payload_len = is_control ? 0 : PAYLOAD_DEFAULT;
}

static void
put_udp(struct writer *w, const struct flow *f)
{
    struct udp_hdr *udp = put(w, sizeof *udp);
    udp->src = f->tp_src;
    udp->dst = f->tp_dst;
    w->payload_len = PAYLOAD_DEFAULT;
}

static void
put_nd_lla(struct writer *w, uint8_t type, struct eth_addr lla)
{
    if (!eth_addr_is_zero(lla)) {
        struct nd_lla_opt *opt = put(w, sizeof *opt);
        opt->type = type;
        opt->len = 1;
        opt->lla = lla;
    }
}

static void
put_icmp(struct writer *w, const struct flow *f, size_t hdr_len)
{
    uint8_t type = (uint8_t)be16_to_cpu(f->tp_src);
    bool is_nd = f->nw_proto == IP_PROTO_ICMPV6 && !f->tp_dst
                 && (type == ICMPV6_ND_SOLICIT || type == ICMPV6_ND_ADVERT);
    struct icmp_hdr *icmp = put(w, is_nd ? ND_HDR_LEN : hdr_len);
    icmp->type = type;
    icmp->code = (uint8_t)be16_to_cpu(f->tp_dst);
    if (is_nd) {
        struct nd_hdr *nd = (void *)icmp;
        put_unaligned_be32((uint8_t *)nd + 4, f->nd_reserved);
        memcpy(nd->target, f->nd_target, sizeof nd->target);
        put_nd_lla(w, ND_OPT_SLL, f->arp_sha);
        put_nd_lla(w, ND_OPT_TLL, f->arp_tha);
    } else {
        w->payload_len = PAYLOAD_DEFAULT;
    }
}

static void
put_l4(struct writer *w, const struct flow *f, bool is_ipv6)
{
    if (f->nw_frag & FLOW_FRAG_LATER) {
        return;
    }
    if (f->nw_proto == IP_PROTO_TCP) {
        put_tcp(w, f);
    } else if (f->nw_proto == IP_PROTO_UDP) {
        put_udp(w, f);
    } else if (f->nw_proto == IP_PROTO_SCTP) {
        struct sctp_hdr *sctp = put(w, sizeof *sctp);
        sctp->src = f->tp_src;
        sctp->dst = f->tp_dst;
    } else if (f->nw_proto == IP_PROTO_ICMP && !is_ipv6) {
        put_icmp(w, f, ICMP_HDR_LEN);
    } else if (f->nw_proto == IP_PROTO_ICMPV6 && is_ipv6) {
        put_icmp(w, f, ICMP_HDR_LEN);
    }
}

/* Lengths of the frame (LLC), of IP and of UDP, from the frame's end. */
static void
set_lengths(struct packet *p, const struct flow *f, size_t l3, size_t l4)
{
    size_t n = p->len - l3;
    uint8_t *ip = p->data + l3;
    if (f->dl_type == BE16(ETH_TYPE_LLC)) {
        put_unaligned_be16(ip - 2, cpu_to_be16((uint16_t)MIN(n, 1500u)));
    } else if (f->dl_type == BE16(ETH_TYPE_IPV4)) {
        put_unaligned_be16(ip + 2, cpu_to_be16((uint16_t)n));
        put_unaligned_be16(ip + 10, csum_bytes(ip, IPV4_HDR_LEN));
    } else if (f->dl_type == BE16(ETH_TYPE_IPV6)) {
        n -= IPV6_HDR_LEN;
        put_unaligned_be16(ip + 4, cpu_to_be16((uint16_t)n));
    } else {
        return;
    }
    if (f->nw_proto == IP_PROTO_UDP && l4
        && !(f->nw_frag & FLOW_FRAG_LATER)) {
        put_unaligned_be16(p->data + l4 + 4,
                           cpu_to_be16((uint16_t)(p->len - l4)));
    }
}

bool
flow_compose(const struct flow *f, size_t frame_len, struct packet *p)
{
    if (!packet_alloc(p, MAX(MIN(frame_len, (size_t)UINT16_MAX),
                             (size_t)HEADERS_MAX + PAYLOAD_DEFAULT))) {
        return false;
    }
    size_t room = p->len;
    struct writer w = { p->data, 0 };
    put_eth(&w, f);
    size_t l3 = (size_t)(w.at - p->data);
    size_t l4 = 0;
    switch (be16_to_cpu(f->dl_type)) {
    case ETH_TYPE_IPV4:
    case ETH_TYPE_IPV6: {
        bool is_ipv6 = f->dl_type == BE16(ETH_TYPE_IPV6);
        (is_ipv6 ? put_ipv6 : put_ipv4)(&w, f);
        l4 = (size_t)(w.at - p->data);
        put_l4(&w, f, is_ipv6);
        break;
    }
    case ETH_TYPE_ARP:
    case ETH_TYPE_RARP:
        put_arp(&w, f);
        break;
    case ETH_TYPE_MPLS:
    case ETH_TYPE_MPLS_MCAST:
        put_mpls(&w, f);
        break;
    default:
        break;
    }
    size_t hdr_len = (size_t)(w.at - p->data);
    size_t want = frame_len ? MIN(frame_len, room) : hdr_len + w.payload_len;
    p->len = (uint32_t)MAX(want, hdr_len);
    for (size_t i = hdr_len; i < p->len; i++) {
        p->data[i] = (uint8_t)(i - hdr_len);
    }
    set_lengths(p, f, l3, l4);
    packet_parse(p);
    packet_fill_csum(p, true);
    return true;
}
