/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4, IPv6 and ARP.  Addresses stand in the pseudo-header that TCP, UDP
 * and ICMPv6 sum up, so their checksums follow; SCTP and ICMP have none.
 * [RFC 791, 8200, 826; RFC 1624 eqn. 3] */
#include "lib/packet/edit.h"

#include "lib/base/limits.h"
#include "lib/packet/edit_priv.h"

#define IPV4_CSUM_OFS 10

/* An address of 'n' bytes went from 'old' to 'new'. */
static void
pseudo_changed(struct packet *p, const struct packet_kind_info *info,
               const void *old, const void *new, size_t n)
{
    bool no_zero;
    uint8_t *at = edit_l4_csum(p, info, &no_zero);
    if (!at || info->proto == IP_PROTO_ICMP) {
        return;
    }
    be16 csum = get_unaligned_be16(at);
    if (edit_is_partial(p)) {
        /* The field holds the sum itself, not its complement. */
        csum = (be16)~csum_change((be16)~csum, old, new, n);
    } else {
        csum = csum_change(csum, old, new, n);
        csum = no_zero && !csum ? 0xffff : csum;
    }
    put_unaligned_be16(at, csum);
}

static void
set_ipv4_addr(struct packet *p, const struct packet_kind_info *info,
              size_t ofs, be32 value, be32 mask)
{
    uint8_t *l3 = p->data + p->l3_ofs;
    be32 old = get_unaligned_be32(l3 + ofs);
    be32 new = (old & ~mask) | (value & mask);
    if (old == new) {
        return;
    }
    put_unaligned_be32(l3 + ofs, new);
    put_unaligned_be16(l3 + IPV4_CSUM_OFS,
                       csum_change32(get_unaligned_be16(l3 + IPV4_CSUM_OFS),
                                     old, new));
    pseudo_changed(p, info, &old, &new, sizeof old);
}

void
packet_set_ipv4_addrs(struct packet *p, be32 src, be32 src_mask, be32 dst,
                      be32 dst_mask)
{
    const struct packet_kind_info *info = packet_kind(p);
    if (info->ip_version == 4) {
        set_ipv4_addr(p, info, 12, src, src_mask);
        set_ipv4_addr(p, info, 16, dst, dst_mask);
    }
}

/* True if a routing header has addresses left to visit: then the one in the
 * pseudo-header is the last of these [RFC 8200 8.1]. */
static bool
is_source_routed(const struct packet *p)
{
    const uint8_t *l3 = p->data + p->l3_ofs;
    uint8_t proto = l3[6];
    size_t ofs = IPV6_HDR_LEN;
    size_t end = (size_t)(p->l4_ofs - p->l3_ofs);
    for (int i = 0; i < IPV6_EXT_HDRS_MAX && ofs + 8 <= end; i++) {
        const uint8_t *h = l3 + ofs;
        if (proto == IP_PROTO_ROUTING && h[3]) {
            return true;
        }
        ofs += proto == IP_PROTO_FRAGMENT ? 8
               : proto == IP_PROTO_AH     ? (h[1] + 2u) * 4
                                          : (h[1] + 1u) * 8;
        proto = h[0];
    }
    return false;
}

static void
set_ipv6_addr(struct packet *p, size_t ofs, const uint8_t value[16],
              const uint8_t mask[16], bool is_summed)
{
    uint8_t *at = p->data + p->l3_ofs + ofs;
    uint8_t old[16];
    memcpy(old, at, sizeof old);
    edit_bytes(at, value, mask, sizeof old);
    if (is_summed && memcmp(old, at, sizeof old)) {
        pseudo_changed(p, packet_kind(p), old, at, sizeof old);
    }
}

void
packet_set_ipv6_addrs(struct packet *p, const uint8_t src[16],
                      const uint8_t src_mask[16], const uint8_t dst[16],
                      const uint8_t dst_mask[16])
{
    if (packet_kind(p)->ip_version == 6) {
        set_ipv6_addr(p, 8, src, src_mask, true);
        set_ipv6_addr(p, 24, dst, dst_mask, !is_source_routed(p));
    }
}

/* Writes an IPv4 header's byte at 'ofs' and its checksum. */
static void
set_ipv4_byte(uint8_t *l3, size_t ofs, uint8_t value)
{
    be16 old = get_unaligned_be16(l3 + (ofs & ~1ul));
    if (l3[ofs] == value) {
        return;
    }
    l3[ofs] = value;
    be16 csum = csum_change16(get_unaligned_be16(l3 + IPV4_CSUM_OFS), old,
                              get_unaligned_be16(l3 + (ofs & ~1ul)));
    put_unaligned_be16(l3 + IPV4_CSUM_OFS, csum);
}

void
packet_set_tos(struct packet *p, uint8_t tos, uint8_t mask)
{
    uint8_t *l3 = p->data + p->l3_ofs;
    uint8_t version = packet_kind(p)->ip_version;
    if (version == 4) {
        set_ipv4_byte(l3, 1, (uint8_t)((l3[1] & ~mask) | (tos & mask)));
    } else if (version == 6) {
        edit_be32(l3, cpu_to_be32((uint32_t)tos << IPV6_TC_SHIFT),
                  cpu_to_be32((uint32_t)mask << IPV6_TC_SHIFT));
    }
}

void
packet_set_ttl(struct packet *p, uint8_t ttl, uint8_t mask)
{
    uint8_t *l3 = p->data + p->l3_ofs;
    uint8_t version = packet_kind(p)->ip_version;
    if (version == 4) {
        set_ipv4_byte(l3, 8, (uint8_t)((l3[8] & ~mask) | (ttl & mask)));
    } else if (version == 6) {
        l3[7] = (uint8_t)((l3[7] & ~mask) | (ttl & mask));
    }
}

void
packet_set_ipv6_label(struct packet *p, be32 label, be32 mask)
{
    if (packet_kind(p)->ip_version == 6) {
        edit_be32(p->data + p->l3_ofs, label, mask & BE32(IPV6_LABEL_MASK));
    }
}

bool
packet_dec_ttl(struct packet *p)
{
    uint8_t *l3 = p->data + p->l3_ofs;
    uint8_t version = packet_kind(p)->ip_version;
    if (version == 4) {
        if (l3[8] <= 1) {
            return false;
        }
        set_ipv4_byte(l3, 8, (uint8_t)(l3[8] - 1));
    } else if (version == 6) {
        if (l3[7] <= 1) {
            return false;
        }
        l3[7]--;
    }
    return true;
}

/* The ARP packet, or NULL. */
static struct arp_hdr *
arp_of(const struct packet *p)
{
    enum packet_kind kind = PACKET_SHAPE_KIND(p->shape);
    return kind == PKIND_ARP || kind == PKIND_ARP_OP || kind == PKIND_RARP
               ? (struct arp_hdr *)(void *)(p->data + p->l3_ofs)
               : NULL;
}

void
packet_set_arp_op(struct packet *p, be16 op, be16 mask)
{
    struct arp_hdr *arp = arp_of(p);
    if (arp) {
        arp->op = (be16)((arp->op & ~mask) | (op & mask));
        packet_parse(p);
    }
}

void
packet_set_arp_ips(struct packet *p, be32 spa, be32 spa_mask, be32 tpa,
                   be32 tpa_mask)
{
    struct arp_hdr *arp = arp_of(p);
    if (arp) {
        arp->spa = (arp->spa & ~spa_mask) | (spa & spa_mask);
        arp->tpa = (arp->tpa & ~tpa_mask) | (tpa & tpa_mask);
    }
}

void
packet_set_arp_macs(struct packet *p, struct eth_addr sha,
                    struct eth_addr sha_mask, struct eth_addr tha,
                    struct eth_addr tha_mask)
{
    struct arp_hdr *arp = arp_of(p);
    if (arp) {
        edit_bytes(arp->sha.ea, &sha, &sha_mask, sizeof sha);
        edit_bytes(arp->tha.ea, &tha, &tha_mask, sizeof tha);
    }
}
