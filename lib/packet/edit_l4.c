/* SPDX-License-Identifier: Apache-2.0 */
/* TCP, UDP, SCTP, ICMP and neighbour discovery.
 * [RFC 9293, 768, 9260, 792, 4443, 4861] */
#include "lib/packet/edit.h"

#include "lib/base/limits.h"
#include "lib/packet/edit_priv.h"

/* CRC32c is linear: that of the change, followed by zeros to the packet's
 * end, is the change of the CRC.  A first fragment's sum covers bytes that
 * are not here, and stays as it was. */
static void
sctp_changed(struct packet *p, const struct packet_kind_info *info,
             uint32_t delta)
{
    if (info->frag || edit_is_partial(p)) {
        return;
    }
    uint8_t *at = p->data + p->l4_ofs + SCTP_CSUM_OFS;
    size_t len = packet_l4_len(p);
    uint32_t crc = crc32c_add(0, &delta, sizeof delta);
    crc = crc32c_add_zeros(crc, len - sizeof delta);
    uint32_t sum;
    memcpy(&sum, at, sizeof sum);
    sum ^= htole32(crc);
    memcpy(at, &sum, sizeof sum);
}

void
packet_set_ports(struct packet *p, be16 src, be16 src_mask, be16 dst,
                 be16 dst_mask)
{
    const struct packet_kind_info *info = packet_kind(p);
    if (!info->has_l4 || info->proto == IP_PROTO_ICMP
        || info->proto == IP_PROTO_ICMPV6) {
        return;
    }
    uint8_t *l4 = p->data + p->l4_ofs;
    uint32_t old, new;
    memcpy(&old, l4, sizeof old);
    edit_be16(l4, src, src_mask);
    edit_be16(l4 + 2, dst, dst_mask);
    memcpy(&new, l4, sizeof new);
    if (old == new) {
        return;
    }
    if (info->proto == IP_PROTO_SCTP) {
        sctp_changed(p, info, old ^ new);
    } else {
        edit_l4_changed(p, &old, &new, sizeof old);
    }
}

void
packet_set_icmp(struct packet *p, uint8_t type, uint8_t type_mask,
                uint8_t code, uint8_t code_mask)
{
    const struct packet_kind_info *info = packet_kind(p);
    if (!info->has_l4
        || (info->proto != IP_PROTO_ICMP && info->proto != IP_PROTO_ICMPV6)) {
        return;
    }
    uint8_t *l4 = p->data + p->l4_ofs;
    const uint8_t old[2] = { l4[0], l4[1] };
    l4[0] = (uint8_t)((l4[0] & ~type_mask) | (type & type_mask));
    l4[1] = (uint8_t)((l4[1] & ~code_mask) | (code & code_mask));
    edit_l4_changed(p, old, l4, sizeof old);
    if (info->proto == IP_PROTO_ICMPV6) {
        packet_parse(p); /* It may have become, or been, an ND message. */
    }
}

void
packet_set_nd_target(struct packet *p, const uint8_t target[16],
                     const uint8_t mask[16])
{
    if (PACKET_SHAPE_KIND(p->shape) != PKIND_IPV6_ND) {
        return;
    }
    uint8_t *at = p->data + p->l4_ofs + offsetof(struct nd_hdr, target);
    uint8_t old[16];
    memcpy(old, at, sizeof old);
    edit_bytes(at, target, mask, sizeof old);
    edit_l4_changed(p, old, at, sizeof old);
}

uint8_t *
packet_nd_lla(const struct packet *p, uint8_t opt)
{
    if (PACKET_SHAPE_KIND(p->shape) != PKIND_IPV6_ND) {
        return NULL;
    }
    uint8_t *at = p->data + p->l4_ofs + ND_HDR_LEN;
    size_t left = packet_l4_len(p) - ND_HDR_LEN;
    for (int i = 0; i < ND_OPTS_MAX && left >= 8; i++) {
        size_t n = at[1] * 8u;
        if (!n || n > left) {
            break;
        }
        if (at[0] == opt && n == ND_OPT_LLA_LEN) {
            return at + offsetof(struct nd_lla_opt, lla);
        }
        at += n;
        left -= n;
    }
    return NULL;
}

void
packet_set_nd_lla(struct packet *p, uint8_t opt, struct eth_addr lla,
                  struct eth_addr mask)
{
    uint8_t *at = packet_nd_lla(p, opt);
    if (at) {
        uint8_t old[6];
        memcpy(old, at, sizeof old);
        edit_bytes(at, &lla, &mask, sizeof old);
        edit_l4_changed(p, old, at, sizeof old);
    }
}
