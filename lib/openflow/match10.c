/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed match of OpenFlow 1.0 [OF1.0.1 5.2.3]: 40 bytes with a word of
 * wildcard bits in front.
 *
 *   0 wildcards  4 in_port  6 dl_src  12 dl_dst  18 dl_vlan  20 dl_vlan_pcp
 *   22 dl_type  24 nw_tos  25 nw_proto  28 nw_src  32 nw_dst
 *   36 tp_src  38 tp_dst */
#include "lib/openflow/oxm.h"

enum {
    W_IN_PORT = 1 << 0,
    W_DL_VLAN = 1 << 1,
    W_DL_SRC = 1 << 2,
    W_DL_DST = 1 << 3,
    W_DL_TYPE = 1 << 4,
    W_NW_PROTO = 1 << 5,
    W_TP_SRC = 1 << 6,
    W_TP_DST = 1 << 7,
    W_NW_SRC_SHIFT = 8, /* 6 bits: how many low bits do not matter. */
    W_NW_DST_SHIFT = 14,
    W_NW_SRC_ALL = 32 << 8,
    W_NW_DST_ALL = 32 << 14,
    W_DL_VLAN_PCP = 1 << 20,
    W_NW_TOS = 1 << 21,
    W_ALL = (1 << 22) - 1
};

#define OFP10_VLAN_NONE 0xffff

/* Mask of a CIDR field of the wildcards. */
static be32
prefix_mask(uint32_t wildcards, int shift)
{
    uint32_t n = wildcards >> shift & 0x3f;
    return n >= 32 ? 0 : cpu_to_be32(UINT32_MAX << n);
}

static void
decode_vlan(uint32_t w, uint16_t vid, uint8_t pcp, struct match *m)
{
    uint16_t tci = 0, mask = 0;
    if (!(w & W_DL_VLAN)) {
        if (vid == OFP10_VLAN_NONE) {
            /* No tag: the priority does not matter then. */
            m->mask.vlans[0].tci = BE16(0xffff);
            return;
        }
        tci |= (vid & 0x0fff) | FLOW_VLAN_CFI;
        mask |= 0x0fff | FLOW_VLAN_CFI;
    }
    if (!(w & W_DL_VLAN_PCP)) {
        tci |= (uint16_t)((pcp & 7) << 13 | FLOW_VLAN_CFI);
        mask |= 0xe000 | FLOW_VLAN_CFI;
    }
    m->flow.vlans[0].tci = cpu_to_be16(tci);
    m->mask.vlans[0].tci = cpu_to_be16(mask);
}

static void
decode_network(struct cursor *c, uint32_t w, struct match *m)
{
    struct flow *f = &m->flow, *k = &m->mask;
    uint8_t tos = cursor_u8(c);
    uint8_t proto = cursor_u8(c);
    cursor_skip(c, 2);
    f->nw_src = cpu_to_be32(cursor_be32(c));
    f->nw_dst = cpu_to_be32(cursor_be32(c));
    k->nw_src = prefix_mask(w, W_NW_SRC_SHIFT);
    k->nw_dst = prefix_mask(w, W_NW_DST_SHIFT);
    if (!(w & W_NW_TOS)) {
        f->nw_tos = tos & 0xfc;
        k->nw_tos = 0xfc;
    }
    if (!(w & W_NW_PROTO)) {
        f->nw_proto = proto;
        k->nw_proto = 0xff;
    }
}

void
ofp10_match_decode(const uint8_t wire[OFP10_MATCH_BYTES], struct match *m)
{
    struct cursor c = cursor_make(wire, OFP10_MATCH_BYTES);
    struct flow *f = &m->flow, *k = &m->mask;
    match_init(m);
    uint32_t w = cursor_be32(&c);
    uint16_t in_port = cursor_be16(&c);
    cursor_read(&c, &f->dl_src, 6);
    cursor_read(&c, &f->dl_dst, 6);
    uint16_t vid = cursor_be16(&c);
    uint8_t pcp = cursor_u8(&c);
    cursor_skip(&c, 1);
    uint16_t dl_type = cursor_be16(&c);
    if (!(w & W_IN_PORT)) {
        f->in_port = ofport_from_of10(in_port);
        k->in_port = UINT32_MAX;
    }
    memset(&k->dl_src, w & W_DL_SRC ? 0 : 0xff, 6);
    memset(&k->dl_dst, w & W_DL_DST ? 0 : 0xff, 6);
    decode_vlan(w, vid, pcp, m);
    if (!(w & W_DL_TYPE)) {
        f->dl_type = cpu_to_be16(dl_type);
        k->dl_type = BE16(0xffff);
    }
    decode_network(&c, w, m);
    f->tp_src = cpu_to_be16(cursor_be16(&c));
    f->tp_dst = cpu_to_be16(cursor_be16(&c));
    k->tp_src = w & W_TP_SRC ? 0 : BE16(0xffff);
    k->tp_dst = w & W_TP_DST ? 0 : BE16(0xffff);
    match_mask(m);
    match_normalize(m);
}

/* The number of low bits of 'mask' that are 0, or 32 if it is no prefix. */
static uint32_t
wild_bits(be32 mask)
{
    uint32_t m = be32_to_cpu(mask);
    uint32_t n = m ? (uint32_t)__builtin_ctz(m) : 32;
    return n < 32 && (m | ((1u << n) - 1)) == UINT32_MAX ? n : 32;
}

static uint32_t
encode_vlan(const struct match *m, uint16_t *vid, uint8_t *pcp)
{
    uint16_t tci = be16_to_cpu(m->flow.vlans[0].tci);
    uint16_t mask = be16_to_cpu(m->mask.vlans[0].tci);
    uint32_t w = 0;
    *vid = 0;
    *pcp = 0;
    if (mask & FLOW_VLAN_CFI && !(tci & FLOW_VLAN_CFI)) {
        *vid = OFP10_VLAN_NONE;
        return 0;
    }
    if (mask & FLOW_VLAN_CFI && (mask & 0x0fff) == 0x0fff) {
        *vid = tci & 0x0fff;
    } else {
        w |= W_DL_VLAN;
    }
    if (mask & FLOW_VLAN_CFI && (mask & 0xe000) == 0xe000) {
        *pcp = (uint8_t)(tci >> 13);
    } else {
        w |= W_DL_VLAN_PCP;
    }
    return w;
}

/* All ones? */
static bool
full_eth(struct eth_addr mask)
{
    return eth_addr_to_u64(mask) == 0xffffffffffffull;
}

void
ofp10_match_encode(const struct match *m, uint8_t wire[OFP10_MATCH_BYTES])
{
    const struct flow *f = &m->flow, *k = &m->mask;
    uint16_t in_port = 0, vid;
    uint8_t pcp;
    uint32_t w = encode_vlan(m, &vid, &pcp);
    w |= k->in_port && ofport_to_of10(f->in_port, &in_port) ? 0 : W_IN_PORT;
    w |= full_eth(k->dl_src) ? 0 : W_DL_SRC;
    w |= full_eth(k->dl_dst) ? 0 : W_DL_DST;
    w |= k->dl_type ? 0 : W_DL_TYPE;
    w |= k->nw_tos >> 2 == 0x3f ? 0 : W_NW_TOS;
    w |= k->nw_proto ? 0 : W_NW_PROTO;
    w |= wild_bits(k->nw_src) << W_NW_SRC_SHIFT;
    w |= wild_bits(k->nw_dst) << W_NW_DST_SHIFT;
    /* ICMP's fields have the low byte only. */
    w |= (k->tp_src & BE16(0xff)) == BE16(0xff)
                 && (k->tp_src == BE16(0xffff) || f->nw_proto == 1)
             ? 0
             : W_TP_SRC;
    w |= (k->tp_dst & BE16(0xff)) == BE16(0xff)
                 && (k->tp_dst == BE16(0xffff) || f->nw_proto == 1)
             ? 0
             : W_TP_DST;
    memset(wire, 0, OFP10_MATCH_BYTES);
    put_unaligned_be32(wire, cpu_to_be32(w));
    put_unaligned_be16(wire + 4, cpu_to_be16(in_port));
    if (!(w & W_DL_SRC)) {
        memcpy(wire + 6, &f->dl_src, 6);
    }
    if (!(w & W_DL_DST)) {
        memcpy(wire + 12, &f->dl_dst, 6);
    }
    put_unaligned_be16(wire + 18, cpu_to_be16(vid));
    wire[20] = pcp;
    put_unaligned_be16(wire + 22, f->dl_type);
    wire[24] = w & W_NW_TOS ? 0 : f->nw_tos & 0xfc;
    wire[25] = f->nw_proto;
    put_unaligned_be32(wire + 28, f->nw_src & prefix_mask(w, W_NW_SRC_SHIFT));
    put_unaligned_be32(wire + 32, f->nw_dst & prefix_mask(w, W_NW_DST_SHIFT));
    put_unaligned_be16(wire + 36, w & W_TP_SRC ? 0 : f->tp_src);
    put_unaligned_be16(wire + 38, w & W_TP_DST ? 0 : f->tp_dst);
}

/* Makes masks that mean the same be the same: the high byte of ICMP's fields
 * is always 0, and a packet without VLAN has no priority either. */
static void
canonical(struct match *m)
{
    if (!m->flow.vlans[0].tci && m->mask.vlans[0].tci == BE16(0x1fff)) {
        m->mask.vlans[0].tci = BE16(0xffff);
    }
    if (field_are_prereqs_ok(field_from_id(FIELD_ICMP_TYPE), &m->flow)) {
        m->mask.tp_src |= m->mask.tp_src ? BE16(0xff00) : 0;
        m->mask.tp_dst |= m->mask.tp_dst ? BE16(0xff00) : 0;
    }
}

bool
ofp10_match_fits(const struct match *m)
{
    uint8_t wire[OFP10_MATCH_BYTES];
    struct match there = *m, back;
    ofp10_match_encode(m, wire);
    ofp10_match_decode(wire, &back);
    canonical(&there);
    canonical(&back);
    /* What is above IPv6 cannot be said, though the bits have a place. */
    const struct flow *k = &m->mask;
    bool above_ipv6 = m->flow.dl_type == BE16(0x86dd)
                      && (k->nw_proto | k->nw_tos | k->tp_src | k->tp_dst);
    return !above_ipv6 && match_equal(&there, &back);
}
