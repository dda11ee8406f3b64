/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet, VLAN and MPLS.  A tag or entry is put in by moving what stands
 * before it to the front; the offsets of what follows stay right, and the
 * shape is worked out again only where it cannot be told.
 * [IEEE 802.1Q 9.6; RFC 3032; OF1.3.5 5.12] */
#include "lib/packet/edit.h"

#include "lib/packet/edit_priv.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

#define SHAPE_VLAN 64 /* What one more tag adds to a shape. */

static bool
is_vlan_type(be16 type)
{
    return type == BE16(ETH_TYPE_VLAN) || type == BE16(ETH_TYPE_QINQ);
}

bool
packet_push_vlan(struct packet *p, be16 tpid, be16 tci)
{
    if (UNLIKELY(p->len < ETH_HDR_LEN)) {
        return true;
    }
    uint8_t *data = packet_push(p, VLAN_TAG_LEN);
    if (UNLIKELY(!data)) {
        return false;
    }
    memmove(data, data + VLAN_TAG_LEN, ETH_TYPE_OFS);
    put_unaligned_be16(data + ETH_TYPE_OFS, tpid);
    put_unaligned_be16(data + ETH_TYPE_OFS + 2, tci);
    if (LIKELY(PACKET_SHAPE_VLANS(p->shape) < 2 && is_vlan_type(tpid))) {
        p->shape = (uint8_t)(p->shape + SHAPE_VLAN);
    } else {
        packet_parse(p);
    }
    return true;
}

void
packet_pop_vlan(struct packet *p)
{
    unsigned int n_vlans = PACKET_SHAPE_VLANS(p->shape);
    if (!n_vlans) {
        return;
    }
    memmove(p->data + VLAN_TAG_LEN, p->data, ETH_TYPE_OFS);
    packet_pull(p, VLAN_TAG_LEN);
    if (LIKELY(n_vlans == 1)) {
        p->shape = (uint8_t)(p->shape - SHAPE_VLAN);
    } else {
        packet_parse(p);
    }
}

void
packet_set_vlan(struct packet *p, be16 tci, be16 mask)
{
    if (PACKET_SHAPE_VLANS(p->shape)) {
        edit_be16(p->data + ETH_HDR_LEN, tci, mask);
    }
}

static bool
is_mpls(const struct packet *p)
{
    enum packet_kind kind = PACKET_SHAPE_KIND(p->shape);
    return kind >= PKIND_MPLS1 && kind <= PKIND_MPLS3;
}

bool
packet_push_mpls(struct packet *p, be16 type, be32 lse)
{
    enum packet_kind kind = PACKET_SHAPE_KIND(p->shape);
    if (kind == PKIND_RUNT || kind == PKIND_LLC) {
        return true; /* No Ethernet type that could say MPLS follows. */
    }
    uint8_t *data = packet_push(p, MPLS_LSE_LEN);
    if (UNLIKELY(!data)) {
        return false;
    }
    size_t before = (size_t)p->l3_ofs - MPLS_LSE_LEN;
    memmove(data, data + MPLS_LSE_LEN, before);
    put_unaligned_be16(data + before - 2, type);
    put_unaligned_be32(data + before, lse);
    packet_parse(p);
    return true;
}

void
packet_pop_mpls(struct packet *p, be16 type)
{
    if (!is_mpls(p)) {
        return;
    }
    put_unaligned_be16(p->data + p->l3_ofs - 2, type);
    memmove(p->data + MPLS_LSE_LEN, p->data, p->l3_ofs);
    packet_pull(p, MPLS_LSE_LEN);
    packet_parse(p);
}

void
packet_set_mpls(struct packet *p, be32 lse, be32 mask)
{
    if (!is_mpls(p)) {
        return;
    }
    edit_be32(p->data + p->l3_ofs, lse, mask);
    if (mask & BE32(MPLS_BOS)) {
        packet_parse(p);
    }
}

bool
packet_dec_mpls_ttl(struct packet *p)
{
    if (!is_mpls(p)) {
        return true;
    }
    uint8_t *ttl = p->data + p->l3_ofs + 3;
    if (*ttl <= 1) {
        return false;
    }
    --*ttl;
    return true;
}

void
packet_set_eth(struct packet *p, struct eth_addr dst, struct eth_addr dst_mask,
               struct eth_addr src, struct eth_addr src_mask)
{
    if (LIKELY(p->len >= ETH_HDR_LEN)) {
        edit_bytes(p->data, &dst, &dst_mask, sizeof dst);
        edit_bytes(p->data + sizeof dst, &src, &src_mask, sizeof src);
    }
}
