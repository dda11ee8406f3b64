/* SPDX-License-Identifier: Apache-2.0 */
/* Written by hand, header by header; lib/flow/locs.c says the same as a
 * table, and a test holds them together. */
#include "lib/flow/extract.h"

#include "lib/packet/edit.h"
#include "lib/packet/hdr.h"

static void
extract_vlans(const struct packet *p, struct flow *f)
{
    const uint8_t *tag = p->data + ETH_TYPE_OFS;
    for (unsigned int i = 0; i < PACKET_SHAPE_VLANS(p->shape); i++) {
        be16 tci = get_unaligned_be16(tag + 2);
        f->vlans[i].tpid = get_unaligned_be16(tag);
        f->vlans[i].tci = tci | BE16(FLOW_VLAN_CFI);
        tag += VLAN_TAG_LEN;
    }
}

static void
extract_mpls(const struct packet *p, unsigned int n, struct flow *f)
{
    memcpy(f->mpls_lse, p->data + p->l3_ofs, n * MPLS_LSE_LEN);
}

static void
extract_arp(const struct packet *p, struct flow *f)
{
    const struct arp_hdr *arp = (const void *)(p->data + p->l3_ofs);
    uint16_t op = be16_to_cpu(arp->op);
    f->nw_proto = op < 256 ? (uint8_t)op : 0;
    f->nw_src = arp->spa;
    f->nw_dst = arp->tpa;
    f->arp_sha = arp->sha;
    f->arp_tha = arp->tha;
}

static void
extract_ipv4(const struct packet *p, struct flow *f)
{
    const struct ipv4_hdr *ip = (const void *)(p->data + p->l3_ofs);
    f->nw_src = ip->src;
    f->nw_dst = ip->dst;
    f->nw_tos = ip->tos;
    f->nw_ttl = ip->ttl;
    f->nw_proto = ip->proto;
}

/* The protocol at the end of the chain of extension headers; the parser has
 * walked it already and found it whole. */
static uint8_t
ipv6_proto(const struct packet *p)
{
    const uint8_t *l3 = p->data + p->l3_ofs;
    uint8_t proto = l3[6];
    size_t end = (size_t)(p->l4_ofs - p->l3_ofs);
    for (size_t ofs = IPV6_HDR_LEN; ofs < end;) {
        const uint8_t *h = l3 + ofs;
        ofs += proto == IP_PROTO_FRAGMENT ? 8
               : proto == IP_PROTO_AH     ? (h[1] + 2u) * 4
                                          : (h[1] + 1u) * 8;
        proto = h[0];
    }
    return proto;
}

static void
extract_ipv6(const struct packet *p, struct flow *f)
{
    const struct ipv6_hdr *ip = (const void *)(p->data + p->l3_ofs);
    uint32_t first = be32_to_cpu(ip->ver_tc_label);
    memcpy(f->ipv6_src, ip->src, sizeof f->ipv6_src);
    memcpy(f->ipv6_dst, ip->dst, sizeof f->ipv6_dst);
    f->ipv6_label = cpu_to_be32(first & IPV6_LABEL_MASK);
    f->nw_tos = (uint8_t)(first >> IPV6_TC_SHIFT);
    f->nw_ttl = ip->hop_limit;
    f->nw_proto = packet_kind(p)->has_proto ? packet_kind(p)->proto
                                            : ipv6_proto(p);
}

/* The first 24 bytes of a network service header, as far as they are there;
 * one of type 2 has no context headers [RFC 8300 2]. */
static void
extract_nsh(const struct packet *p, struct flow *f)
{
    const uint8_t *h = p->data + p->l3_ofs;
    size_t len = p->len - p->l3_ofs;
    if (len < 8 || h[0] >> 6) {
        return;
    }
    uint16_t first = be16_to_cpu(get_unaligned_be16(h));
    f->nsh.flags = (uint8_t)(first >> 12 & 3);
    f->nsh.ttl = (uint8_t)(first >> 6 & 0x3f);
    f->nsh.mdtype = h[2] & 0xf;
    f->nsh.np = h[3];
    f->nsh.path = get_unaligned_be32(h + 4);
    if (f->nsh.mdtype == 1 && len >= 24) {
        memcpy(f->nsh.context, h + 8, sizeof f->nsh.context);
    }
}

static void
extract_nd(const struct packet *p, struct flow *f)
{
    const struct nd_hdr *nd = (const void *)(p->data + p->l4_ofs);
    memcpy(f->nd_target, nd->target, sizeof f->nd_target);
    /* Each message has the option of its own direction [RFC 4861 4.3, 4.4]. */
    bool is_solicit = nd->type == ICMPV6_ND_SOLICIT;
    const uint8_t *lla
        = packet_nd_lla(p, is_solicit ? ND_OPT_SLL : ND_OPT_TLL);
    f->nd_reserved = get_unaligned_be32(p->data + p->l4_ofs + 4);
    if (lla) {
        f->nd_options_type = is_solicit ? ND_OPT_SLL : ND_OPT_TLL;
        memcpy(is_solicit ? &f->arp_sha : &f->arp_tha, lla,
               sizeof f->arp_sha);
    }
}

static void
extract_l4(const struct packet *p, uint8_t proto, struct flow *f)
{
    const uint8_t *l4 = p->data + p->l4_ofs;
    if (proto == IP_PROTO_ICMP || proto == IP_PROTO_ICMPV6) {
        f->tp_src = cpu_to_be16(l4[0]);
        f->tp_dst = cpu_to_be16(l4[1]);
        return;
    }
    f->tp_src = get_unaligned_be16(l4);
    f->tp_dst = get_unaligned_be16(l4 + 2);
    if (proto == IP_PROTO_TCP) {
        f->tcp_flags = get_unaligned_be16(l4 + 12) & BE16(TCP_FLAGS_MASK);
    }
}

void
flow_extract(const struct packet *p, uint32_t in_port, struct flow *f)
{
    enum packet_kind kind = PACKET_SHAPE_KIND(p->shape);
    const struct packet_kind_info *info = &packet_kinds[kind];
    memset(f, 0, sizeof *f);
    f->in_port = in_port;
    if (kind == PKIND_RUNT) {
        return;
    }
    const struct eth_hdr *eth = (const void *)p->data;
    f->dl_dst = eth->dst;
    f->dl_src = eth->src;
    f->dl_type = info->dl_type ? cpu_to_be16(info->dl_type)
                               : get_unaligned_be16(p->data + p->l3_ofs - 2);
    extract_vlans(p, f);
    if (kind >= PKIND_MPLS1 && kind <= PKIND_MPLS3) {
        extract_mpls(p, kind - PKIND_MPLS1 + 1, f);
    } else if (kind == PKIND_ARP || kind == PKIND_ARP_OP
               || kind == PKIND_RARP) {
        extract_arp(p, f);
    } else if (info->ip_version == 4) {
        extract_ipv4(p, f);
    } else if (info->ip_version == 6) {
        extract_ipv6(p, f);
    } else if (f->dl_type == BE16(0x894f)) {
        extract_nsh(p, f);
    }
    f->nw_frag = info->frag;
    if (info->has_l4) {
        extract_l4(p, info->proto, f);
    }
    if (kind == PKIND_IPV6_ND) {
        extract_nd(p, f);
    }
}
