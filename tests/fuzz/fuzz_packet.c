/* SPDX-License-Identifier: Apache-2.0 */
/* Parses, extracts, compiles a key, edits, cuts up any bytes.
 *
 * The first 8 bytes of the input choose what is done, the rest is the frame.
 * Beyond "no fault": what editing leaves is what parsing afresh finds, and a
 * packet whose checksums were right has them right afterwards. */
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/flow/extract.h"
#include "lib/packet/csum.h"
#include "lib/packet/edit.h"
#include "lib/packet/gso.h"
#include "lib/packet/hdr.h"

#define HEADROOM 16

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_parsed(const struct packet *p)
{
    struct packet again = *p;
    packet_parse(&again);
    ASSERT(again.shape == p->shape && again.l3_ofs == p->l3_ofs
           && again.l4_ofs == p->l4_ofs);
    ASSERT(p->l3_ofs == PACKET_NO_OFS || p->l3_ofs <= p->len);
    ASSERT(p->l4_ofs == PACKET_NO_OFS || p->l4_ofs <= p->len);
    if (packet_kind(p)->has_l4) {
        ASSERT(p->l4_ofs + packet_l4_len(p) <= p->len);
    }
}

static void
check_key(const struct packet *p)
{
    struct flow f, reads, value, mask;
    struct keyspec ks;
    uint64_t key[KEY_WORDS_MAX];
    flow_extract(p, 1, &f);
    memset(&reads, 0xff, sizeof reads);
    keyspec_compile(&ks, &reads, p->shape);
    keyspec_load(&ks, p, key);
    keyspec_to_flow(&ks, p->shape, key, &value, &mask);
    ASSERT(flow_matches(&f, &value, &mask));
}

/* Gives the packet right checksums, as far as it can have them. */
static void
mend(struct packet *p)
{
    if (packet_kind(p)->ip_version == 4) {
        uint8_t *l3 = p->data + p->l3_ofs;
        put_unaligned_be16(l3 + 10, 0);
        put_unaligned_be16(l3 + 10, csum_bytes(l3, (l3[0] & 15u) * 4));
    }
    packet_fill_csum(p, true);
}

static void
edit_l3(struct packet *p, const uint8_t op[8])
{
    static const uint8_t ones[16] = { 255, 255, 255, 255, 255, 255, 255, 255,
                                      255, 255, 255, 255, 255, 255, 255, 255 };
    static const uint8_t none[16];
    be32 x = get_unaligned_be32(op), y = get_unaligned_be32(op + 4);
    struct eth_addr a, m;
    uint8_t ip[16];
    memcpy(&a, op, sizeof a);
    memset(&m, 0xff, sizeof m);
    memcpy(ip, op, 8);
    memcpy(ip + 8, op, 8);
    switch (op[0] % 16) {
    case 6:
        packet_set_eth(p, a, m, a, m);
        break;
    case 7:
        packet_set_ipv4_addrs(p, x, y, y, x);
        break;
    case 8: {
        /* With a routing header the sum is of another address. */
        bool has_ext = packet_kind(p)->ip_version == 6
                       && p->l4_ofs - p->l3_ofs > IPV6_HDR_LEN;
        packet_set_ipv6_addrs(p, ip, ones, ip, has_ext ? none : ones);
        break;
    }
    case 9:
        packet_set_tos(p, op[1], op[2]);
        packet_set_ttl(p, op[3], op[4]);
        packet_set_ipv6_label(p, x, y);
        break;
    case 10:
        packet_set_ports(p, (be16)x, (be16)y, (be16)(x >> 16),
                         (be16)(y >> 16));
        break;
    case 11:
        packet_set_icmp(p, op[1], op[2], op[3], op[4]);
        break;
    case 12:
        packet_set_arp_op(p, (be16)x, (be16)y);
        packet_set_arp_ips(p, x, y, y, x);
        packet_set_arp_macs(p, a, m, a, m);
        break;
    case 13:
        packet_set_nd_target(p, ip, ones);
        packet_set_nd_lla(p, ND_OPT_SLL, a, m);
        packet_set_nd_lla(p, ND_OPT_TLL, a, m);
        break;
    case 14:
        (void)(packet_dec_ttl(p) && packet_dec_mpls_ttl(p));
        break;
    default:
        packet_set_icmp(p, ICMPV6_ND_SOLICIT, 0xff, 0, 0xff);
        break;
    }
}

static void
edit(struct packet *p, const uint8_t op[8])
{
    be32 x = get_unaligned_be32(op), y = get_unaligned_be32(op + 4);
    switch (op[0] % 16) {
    case 0:
        if (packet_push_vlan(p, op[1] & 1 ? BE16(ETH_TYPE_VLAN) : (be16)y,
                             (be16)x)) {
            check_parsed(p);
        }
        break;
    case 1:
        packet_pop_vlan(p);
        break;
    case 2:
        packet_set_vlan(p, (be16)x, (be16)y);
        break;
    case 3:
        if (packet_push_mpls(p, BE16(ETH_TYPE_MPLS), x)) {
            check_parsed(p);
        }
        break;
    case 4:
        packet_pop_mpls(p, op[1] & 1 ? BE16(ETH_TYPE_IPV4) : (be16)y);
        break;
    case 5:
        packet_set_mpls(p, x, y);
        break;
    default:
        edit_l3(p, op);
    }
}

static void
segment(const struct packet *p, const uint8_t op[8])
{
    struct packet gso = *p;
    struct packet seg;
    struct gso_iter it;
    gso.gso_type = op[1] % 5;
    gso.gso_size = (uint16_t)(100 + op[2]);
    if (op[3] & 1) {
        gso.flags |= PACKET_CSUM_PARTIAL;
        gso.csum_start = (uint16_t)(op[4] % 128);
        gso.csum_offset = op[5] & 1 ? TCP_CSUM_OFS : op[5];
    }
    if (gso_begin(&it, &gso)) {
        while (gso_next(&it, &seg)) {
            packet_parse(&seg);
            packet_free(&seg);
        }
    }
    struct packet copy;
    if (packet_copy(&copy, &gso)) {
        (void)!packet_finish_csum(&copy);
        packet_free(&copy);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 8 || len > 65536) {
        return 0;
    }
    const uint8_t *op = data;
    data += 8;
    len -= 8;
    uint8_t *bytes = malloc(HEADROOM + len);
    ASSERT(bytes);
    memcpy(bytes + HEADROOM, data, len);
    struct packet p = packet_over(bytes + HEADROOM, len, HEADROOM);
    packet_parse(&p);
    check_parsed(&p);
    check_key(&p);
    segment(&p, op);
    if (op[7] & 1) {
        mend(&p);
    }
    for (int i = 0; i < 2 && len >= 4; i++) {
        bool was_right = packet_verify_csum(&p);
        uint8_t shape = p.shape;
        edit(&p, op + 4 * i);
        check_parsed(&p);
        check_key(&p);
        /* Another header may have come to light, with a sum of its own. */
        ASSERT(!was_right || p.shape != shape || packet_verify_csum(&p));
    }
    free(bytes);
    return 0;
}
