/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed match of OpenFlow 1.1 [OF1.1.0 A.2.3]: 88 bytes, whose masks have
 * a 1 where a bit does not matter.  Fields without their prerequisite are
 * ignored, as in 1.0.
 *
 *   0 type  2 length  4 in_port  8 wildcards  12 dl_src  18 its mask
 *   24 dl_dst  30 its mask  36 dl_vlan  38 dl_vlan_pcp  40 dl_type
 *   42 nw_tos  43 nw_proto  44 nw_src  48 its mask  52 nw_dst  56 its mask
 *   60 tp_src  62 tp_dst  64 mpls_label  68 mpls_tc  72 metadata
 *   80 its mask */
#include "lib/openflow/oxm.h"

enum {
    W_IN_PORT = 1 << 0,
    W_DL_VLAN = 1 << 1,
    W_DL_VLAN_PCP = 1 << 2,
    W_DL_TYPE = 1 << 3,
    W_NW_TOS = 1 << 4,
    W_NW_PROTO = 1 << 5,
    W_TP_SRC = 1 << 6,
    W_TP_DST = 1 << 7,
    W_MPLS_LABEL = 1 << 8,
    W_MPLS_TC = 1 << 9,
};

#define OFPMT_STANDARD 0
#define VLAN_ANY 0xfffe
#define VLAN_NONE 0xffff
#define TCI_VID 0x0fff
#define TCI_PCP 0xe000
#define LSE_LABEL 0xfffff000u
#define LSE_TC 0x00000e00u

static enum ofp_err
decode_vlan(uint32_t w, uint16_t vid, uint8_t pcp, struct match *m)
{
    uint16_t tci = FLOW_VLAN_CFI, mask = FLOW_VLAN_CFI;
    if (w & W_DL_VLAN) {
        return OFPERR_OK; /* The priority then does not matter either. */
    }
    if (vid == VLAN_NONE) {
        m->mask.vlans[0].tci = BE16(0xffff);
        return OFPERR_OK;
    }
    if (vid != VLAN_ANY) {
        if (vid > TCI_VID) {
            return OFPERR_OFPBMC_BAD_VALUE;
        }
        tci |= vid;
        mask |= TCI_VID;
    }
    if (!(w & W_DL_VLAN_PCP)) {
        if (pcp > 7) {
            return OFPERR_OFPBMC_BAD_VALUE;
        }
        tci |= (uint16_t)(pcp << 13);
        mask |= TCI_PCP;
    }
    m->flow.vlans[0].tci = cpu_to_be16(tci);
    m->mask.vlans[0].tci = cpu_to_be16(mask);
    return OFPERR_OK;
}

/* A field of 'n' bytes with the mask that follows it. */
static void
read_inverse(struct cursor *c, void *value, void *mask, size_t n)
{
    cursor_read(c, value, n);
    cursor_read(c, mask, n);
    for (size_t i = 0; i < n; i++) {
        ((uint8_t *)mask)[i] = (uint8_t)~((uint8_t *)mask)[i];
    }
}

static void
put_inverse(struct buf *b, const void *value, const void *mask, size_t n)
{
    buf_put(b, value, n);
    for (size_t i = 0; i < n; i++) {
        buf_put_u8(b, (uint8_t)~((const uint8_t *)mask)[i]);
    }
}

static enum ofp_err
decode_network(struct cursor *c, uint32_t w, struct match *m)
{
    struct flow *f = &m->flow, *k = &m->mask;
    f->dl_type = cpu_to_be16(cursor_be16(c));
    k->dl_type = w & W_DL_TYPE ? 0 : BE16(0xffff);
    bool ipv4 = k->dl_type && f->dl_type == BE16(0x0800);
    f->nw_tos = cursor_u8(c);
    k->nw_tos = w & W_NW_TOS || !ipv4 ? 0 : 0xfc;
    if (k->nw_tos && f->nw_tos & 3) {
        return OFPERR_OFPBMC_BAD_VALUE;
    }
    f->nw_proto = cursor_u8(c);
    k->nw_proto = w & W_NW_PROTO ? 0 : 0xff;
    read_inverse(c, &f->nw_src, &k->nw_src, 4);
    read_inverse(c, &f->nw_dst, &k->nw_dst, 4);
    f->tp_src = cpu_to_be16(cursor_be16(c));
    f->tp_dst = cpu_to_be16(cursor_be16(c));
    bool tp = ipv4 && k->nw_proto;
    k->tp_src = w & W_TP_SRC || !tp ? 0 : BE16(0xffff);
    k->tp_dst = w & W_TP_DST || !tp ? 0 : BE16(0xffff);
    uint16_t icmp = be16_to_cpu((f->tp_src & k->tp_src)
                                | (f->tp_dst & k->tp_dst));
    return f->nw_proto == 1 && icmp > 0xff ? OFPERR_OFPBMC_BAD_FIELD
                                           : OFPERR_OK;
}

/* IPv6 has no fields here, though their places are there. */
static void
drop_ipv6(struct match *m)
{
    if (m->mask.dl_type && m->flow.dl_type == BE16(0x86dd)) {
        m->mask.nw_proto = m->mask.nw_tos = 0;
    }
}

static void
decode_rest(struct cursor *c, uint32_t w, struct match *m)
{
    uint32_t label = cursor_be32(c) << 12 & LSE_LABEL;
    uint32_t tc = (uint32_t)(cursor_u8(c) & 7) << 9;
    uint32_t mask = (w & W_MPLS_LABEL ? 0 : LSE_LABEL)
                    | (w & W_MPLS_TC ? 0 : LSE_TC);
    cursor_skip(c, 3);
    m->flow.mpls_lse[0] = cpu_to_be32(label | tc);
    m->mask.mpls_lse[0] = cpu_to_be32(mask);
    read_inverse(c, &m->flow.metadata, &m->mask.metadata, 8);
}

enum ofp_err
ofp11_match_decode(struct cursor *c, struct match *m)
{
    match_init(m);
    if (cursor_left(c) >= 2 && !c->p[0] && c->p[1] == 1) {
        return ofp_match_decode(c, true, m); /* As some switches answer. */
    }
    uint16_t type = cursor_be16(c);
    uint16_t len = cursor_be16(c);
    if (!cursor_ok(c) || (type == OFPMT_STANDARD && len != OFP11_MATCH_BYTES)
        || cursor_left(c) < OFP11_MATCH_BYTES - 4u) {
        return OFPERR_OFPBMC_BAD_LEN;
    }
    if (type != OFPMT_STANDARD) {
        return OFPERR_OFPBMC_BAD_TYPE;
    }
    struct flow *f = &m->flow, *k = &m->mask;
    f->in_port = cursor_be32(c);
    uint32_t w = cursor_be32(c);
    k->in_port = w & W_IN_PORT ? 0 : UINT32_MAX;
    if (k->in_port && !ofport_is_valid(f->in_port)) {
        return OFPERR_OFPBMC_BAD_VALUE;
    }
    read_inverse(c, &f->dl_src, &k->dl_src, 6);
    read_inverse(c, &f->dl_dst, &k->dl_dst, 6);
    uint16_t vid = cursor_be16(c);
    uint8_t pcp = cursor_u8(c);
    cursor_skip(c, 1);
    enum ofp_err err = decode_vlan(w, vid, pcp, m);
    if (!err) {
        err = decode_network(c, w, m);
    }
    decode_rest(c, w, m);
    drop_ipv6(m);
    match_mask(m);
    match_normalize(m);
    return err;
}

static uint32_t
encode_vlan(const struct match *m, uint16_t *vid, uint8_t *pcp)
{
    uint16_t tci = be16_to_cpu(m->flow.vlans[0].tci);
    uint16_t mask = be16_to_cpu(m->mask.vlans[0].tci);
    *vid = 0;
    *pcp = 0;
    if (!(mask & FLOW_VLAN_CFI)) {
        return W_DL_VLAN | W_DL_VLAN_PCP;
    }
    if (!(tci & FLOW_VLAN_CFI)) {
        *vid = VLAN_NONE;
        return W_DL_VLAN_PCP;
    }
    *vid = (mask & TCI_VID) == TCI_VID ? tci & TCI_VID : VLAN_ANY;
    if ((mask & TCI_PCP) != TCI_PCP) {
        return W_DL_VLAN_PCP;
    }
    *pcp = (uint8_t)(tci >> 13);
    return 0;
}

static void
encode_network(struct buf *b, const struct match *m, uint32_t w)
{
    const struct flow *f = &m->flow, *k = &m->mask;
    buf_put_be16(b, be16_to_cpu(f->dl_type));
    buf_put_u8(b, w & W_NW_TOS ? 0 : f->nw_tos & 0xfc);
    buf_put_u8(b, w & W_NW_PROTO ? 0 : f->nw_proto);
    put_inverse(b, &f->nw_src, &k->nw_src, 4);
    put_inverse(b, &f->nw_dst, &k->nw_dst, 4);
    buf_put_be16(b, w & W_TP_SRC ? 0 : be16_to_cpu(f->tp_src));
    buf_put_be16(b, w & W_TP_DST ? 0 : be16_to_cpu(f->tp_dst));
}

/* The low byte is all there is of ICMP's. */
static bool
has_tp(const struct match *m, be16 mask)
{
    return m->flow.dl_type == BE16(0x0800)
           && (mask == BE16(0xffff)
               || (m->flow.nw_proto == 1 && mask == BE16(0xff)));
}

void
ofp11_match_encode(struct buf *b, const struct match *m)
{
    const struct flow *f = &m->flow, *k = &m->mask;
    uint16_t vid;
    uint8_t pcp;
    uint32_t lse = be32_to_cpu(f->mpls_lse[0]);
    uint32_t lse_mask = be32_to_cpu(k->mpls_lse[0]);
    bool ipv6 = f->dl_type == BE16(0x86dd);
    bool ipv4 = f->dl_type == BE16(0x0800);
    uint32_t w = encode_vlan(m, &vid, &pcp);
    w |= k->in_port ? 0 : W_IN_PORT;
    w |= k->dl_type ? 0 : W_DL_TYPE;
    w |= ipv4 && k->nw_tos >> 2 == 0x3f ? 0 : W_NW_TOS;
    w |= k->nw_proto && !ipv6 ? 0 : W_NW_PROTO;
    w |= has_tp(m, k->tp_src) ? 0 : W_TP_SRC;
    w |= has_tp(m, k->tp_dst) ? 0 : W_TP_DST;
    w |= (lse_mask & LSE_LABEL) == LSE_LABEL ? 0 : W_MPLS_LABEL;
    w |= (lse_mask & LSE_TC) == LSE_TC ? 0 : W_MPLS_TC;
    buf_put_be16(b, OFPMT_STANDARD);
    buf_put_be16(b, OFP11_MATCH_BYTES);
    buf_put_be32(b, f->in_port);
    buf_put_be32(b, w);
    put_inverse(b, &f->dl_src, &k->dl_src, 6);
    put_inverse(b, &f->dl_dst, &k->dl_dst, 6);
    buf_put_be16(b, vid);
    buf_put_u8(b, pcp);
    buf_put_u8(b, 0);
    encode_network(b, m, w);
    buf_put_be32(b, w & W_MPLS_LABEL ? 0 : lse >> 12);
    buf_put_u8(b, w & W_MPLS_TC ? 0 : lse >> 9 & 7);
    buf_put_zeros(b, 3);
    put_inverse(b, &f->metadata, &k->metadata, 8);
}
