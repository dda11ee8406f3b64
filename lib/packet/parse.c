/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing: the fewest loads and branches that decide a packet's shape.
 *
 * The protocol above IP is not branched on: two tables give its kind and the
 * least length of its header, so a mix of TCP and UDP costs no mispredicted
 * branches.  Everything that is rare in a data centre is out of line.
 *
 * [IEEE 802.3 3.2.6, 802.1Q 9.6; RFC 791, 8200, 826, 3032] */
#include "lib/packet/parse.h"

#include "lib/base/limits.h"
#include "lib/packet/hdr.h"

#define COLD __attribute__((noinline, cold))
#define HOT_INLINE inline __attribute__((always_inline))

/* Above IPv4 or IPv6, by protocol: the kind as a distance from the NOL4 kind
 * of that version, and the least bytes of L4 header. */
#define PROTO_TABLES(V, ICMP_NUMBER, ICMP_MIN)                                \
    static const uint8_t ipv##V##_kinds[256] = {                              \
        [IP_PROTO_TCP] = PKIND_IPV##V##_TCP - PKIND_IPV##V##_NOL4,            \
        [IP_PROTO_UDP] = PKIND_IPV##V##_UDP - PKIND_IPV##V##_NOL4,            \
        [IP_PROTO_SCTP] = PKIND_IPV##V##_SCTP - PKIND_IPV##V##_NOL4,          \
        [ICMP_NUMBER] = PKIND_IPV##V##_ICMP - PKIND_IPV##V##_NOL4,            \
    };                                                                        \
    static const uint8_t ipv##V##_mins[256] = {                               \
        [IP_PROTO_TCP] = TCP_HDR_LEN,   [IP_PROTO_UDP] = UDP_HDR_LEN,         \
        [IP_PROTO_SCTP] = SCTP_HDR_LEN, [ICMP_NUMBER] = ICMP_MIN,             \
    }
PROTO_TABLES(4, IP_PROTO_ICMP, ICMP_HDR_LEN);
PROTO_TABLES(6, IP_PROTO_ICMPV6, ICMPV6_HDR_LEN);

#define KIND_IP(V, TYPE, NAME, PROTO)                                         \
    [PKIND_IPV##V##_##NAME] = { TYPE, V, PROTO, 0, true, true },              \
    [PKIND_IPV##V##_##NAME##_FIRST] = { TYPE, V, PROTO, 1, true, true }
#define KINDS_IP(V, TYPE, ICMP_NUMBER)                                        \
    [PKIND_IPV##V##_BAD] = { TYPE, 0, 0, 0, false, false },                   \
    [PKIND_IPV##V##_NOL4] = { TYPE, V, 0, 0, false, false },                  \
    [PKIND_IPV##V##_NOL4_FIRST] = { TYPE, V, 0, 1, false, false },            \
    KIND_IP(V, TYPE, TCP, IP_PROTO_TCP), KIND_IP(V, TYPE, UDP, IP_PROTO_UDP), \
    KIND_IP(V, TYPE, SCTP, IP_PROTO_SCTP), KIND_IP(V, TYPE, ICMP, ICMP_NUMBER)

const struct packet_kind_info packet_kinds[PKIND_N] = {
    [PKIND_LLC] = { .dl_type = ETH_TYPE_LLC },
    [PKIND_ARP] = { .dl_type = ETH_TYPE_ARP },
    [PKIND_ARP_OP] = { .dl_type = ETH_TYPE_ARP },
    [PKIND_ARP_BAD] = { .dl_type = ETH_TYPE_ARP },
    [PKIND_RARP] = { .dl_type = ETH_TYPE_RARP },
    KINDS_IP(4, ETH_TYPE_IPV4, IP_PROTO_ICMP),
    KINDS_IP(6, ETH_TYPE_IPV6, IP_PROTO_ICMPV6),
    [PKIND_IPV4_LATER] = { ETH_TYPE_IPV4, 4, 0, 3, false, false },
    [PKIND_IPV6_LATER] = { ETH_TYPE_IPV6, 6, IP_PROTO_FRAGMENT, 3, true,
                           false },
    [PKIND_IPV6_EXT_NOL4] = { ETH_TYPE_IPV6, 6, 0, 0, false, false },
    [PKIND_IPV6_ND] = { ETH_TYPE_IPV6, 6, IP_PROTO_ICMPV6, 0, true, true },
};
_Static_assert(PKIND_N <= 64, "a kind fits in 6 bits");

static HOT_INLINE void
set_shape(struct packet *p, unsigned int vlans, unsigned int kind,
          unsigned int l3_ofs, unsigned int l4_ofs)
{
    p->shape = (uint8_t)(vlans << 6 | kind);
    p->l3_ofs = (uint16_t)l3_ofs;
    p->l4_ofs = (uint16_t)l4_ofs;
}

static HOT_INLINE unsigned int
load_be16(const uint8_t *p)
{
    return be16_to_cpu(get_unaligned_be16(p));
}

/* Neighbour solicitations and advertisements are a kind of their own. */
static inline unsigned int
refine_icmpv6(const uint8_t *l4, size_t len)
{
    bool is_nd = len >= ND_HDR_LEN
                 && (l4[0] == ICMPV6_ND_SOLICIT || l4[0] == ICMPV6_ND_ADVERT)
                 && !l4[1];
    return is_nd ? PKIND_IPV6_ND : PKIND_IPV6_ICMP;
}

static HOT_INLINE void
parse_ipv4(struct packet *p, unsigned int vlans, unsigned int ofs)
{
    const uint8_t *l3 = p->data + ofs;
    size_t avail = p->len - ofs;
    if (UNLIKELY(avail < IPV4_HDR_LEN)) {
        set_shape(p, vlans, PKIND_IPV4_BAD, ofs, PACKET_NO_OFS);
        return;
    }
    unsigned int hdr_len = (l3[0] & 15u) * 4;
    unsigned int total = load_be16(l3 + 2);
    /* Version 4 and IHL 5 to 15 are the bytes 0x45 to 0x4f. */
    if (UNLIKELY(l3[0] - 0x45u > 10 || total < hdr_len || total > avail)) {
        set_shape(p, vlans, PKIND_IPV4_BAD, ofs, PACKET_NO_OFS);
        return;
    }
    unsigned int proto = l3[9];
    unsigned int kind = PKIND_IPV4_NOL4;
    if (LIKELY(total - hdr_len >= ipv4_mins[proto])) {
        kind += ipv4_kinds[proto];
    }
    be16 frag = get_unaligned_be16(l3 + 6)
                & cpu_to_be16(IPV4_FRAG_MORE | IPV4_FRAG_OFS_MASK);
    if (UNLIKELY(frag)) {
        kind = frag & cpu_to_be16(IPV4_FRAG_OFS_MASK) ? PKIND_IPV4_LATER
                                                      : kind + 1;
    }
    set_shape(p, vlans, kind, ofs, ofs + hdr_len);
}

/* Bytes of the extension header at 'h', or 0 if 'proto' is none. */
static size_t
ext_len(uint8_t proto, const uint8_t *h)
{
    switch (proto) {
    case IP_PROTO_HOPOPTS:
    case IP_PROTO_ROUTING:
    case IP_PROTO_DSTOPTS:
        return (h[1] + 1u) * 8;
    case IP_PROTO_AH:
        return (h[1] + 2u) * 4;
    case IP_PROTO_FRAGMENT:
        return sizeof(struct ipv6_frag_hdr);
    default:
        return 0;
    }
}

static inline bool
is_ext(uint8_t proto)
{
    return proto == IP_PROTO_HOPOPTS || proto == IP_PROTO_ROUTING
           || proto == IP_PROTO_FRAGMENT || proto == IP_PROTO_AH
           || proto == IP_PROTO_DSTOPTS;
}

/* Walks the extension headers of an IPv6 packet whose payload ends at 'end'
 * (both from 'data'). */
static COLD void
parse_ipv6_ext(struct packet *p, unsigned int vlans, unsigned int l3_ofs,
               size_t end)
{
    uint8_t proto = p->data[l3_ofs + 6];
    size_t ofs = l3_ofs + IPV6_HDR_LEN;
    bool is_first = false;
    for (int i = 0; is_ext(proto); i++) {
        const uint8_t *h = p->data + ofs;
        size_t n = end - ofs >= 8 ? ext_len(proto, h) : SIZE_MAX;
        if (n > end - ofs || i == IPV6_EXT_HDRS_MAX) {
            set_shape(p, vlans, PKIND_IPV6_BAD, l3_ofs, PACKET_NO_OFS);
            return;
        }
        ofs += n;
        if (proto == IP_PROTO_FRAGMENT) {
            unsigned int frag = load_be16(h + 2);
            if (frag & IPV6_FRAG_OFS_MASK) {
                set_shape(p, vlans, PKIND_IPV6_LATER, l3_ofs,
                          (unsigned int)ofs);
                return;
            }
            /* One that is first and last at once is whole [RFC 6946]. */
            is_first |= frag & IPV6_FRAG_MORE;
        }
        proto = h[0];
    }
    unsigned int kind = is_first ? PKIND_IPV6_NOL4 : PKIND_IPV6_EXT_NOL4;
    size_t len = end - ofs;
    if (ipv6_kinds[proto] && len >= ipv6_mins[proto]) {
        kind = PKIND_IPV6_NOL4 + ipv6_kinds[proto];
        if (kind == PKIND_IPV6_ICMP && !is_first) {
            kind = refine_icmpv6(p->data + ofs, len);
        }
    }
    set_shape(p, vlans, kind + is_first, l3_ofs, (unsigned int)ofs);
}

static HOT_INLINE void
parse_ipv6(struct packet *p, unsigned int vlans, unsigned int ofs)
{
    const uint8_t *l3 = p->data + ofs;
    size_t avail = p->len - ofs;
    if (UNLIKELY(avail < IPV6_HDR_LEN || l3[0] >> 4 != 6
                 || load_be16(l3 + 4) > avail - IPV6_HDR_LEN)) {
        set_shape(p, vlans, PKIND_IPV6_BAD, ofs, PACKET_NO_OFS);
        return;
    }
    unsigned int len = load_be16(l3 + 4);
    uint8_t proto = l3[6];
    unsigned int kind = PKIND_IPV6_NOL4;
    unsigned int l4_ofs = ofs + IPV6_HDR_LEN;
    if (LIKELY(ipv6_kinds[proto])) {
        kind += len >= ipv6_mins[proto] ? ipv6_kinds[proto] : 0;
        if (kind == PKIND_IPV6_ICMP) {
            kind = refine_icmpv6(p->data + l4_ofs, len);
        }
    } else if (is_ext(proto)) {
        parse_ipv6_ext(p, vlans, ofs, (size_t)l4_ofs + len);
        return;
    }
    set_shape(p, vlans, kind, ofs, l4_ofs);
}

static COLD void
parse_arp(struct packet *p, unsigned int vlans, unsigned int ofs,
          unsigned int type)
{
    /* Ethernet, IPv4, addresses of 6 and 4 bytes. */
    static const uint8_t start[6] = { 0, 1, 8, 0, 6, 4 };
    const uint8_t *arp = p->data + ofs;
    bool is_whole = p->len - ofs >= ARP_LEN
                    && !memcmp(arp, start, sizeof start);
    bool is_low_op = is_whole && !arp[sizeof start];
    unsigned int kind = type != ETH_TYPE_ARP
                            ? (is_low_op ? PKIND_RARP : PKIND_OTHER)
                        : is_low_op ? PKIND_ARP
                        : is_whole  ? PKIND_ARP_OP
                                    : PKIND_ARP_BAD;
    set_shape(p, vlans, kind, ofs, PACKET_NO_OFS);
}

static COLD void
parse_mpls(struct packet *p, unsigned int vlans, unsigned int ofs)
{
    unsigned int n = 0;
    while (n < 3 && p->len - ofs >= (n + 1) * MPLS_LSE_LEN) {
        bool is_last = p->data[ofs + n * MPLS_LSE_LEN + 2] & 1;
        n++;
        if (is_last) {
            break;
        }
    }
    set_shape(p, vlans, n ? PKIND_MPLS1 + n - 1 : PKIND_MPLS_BAD, ofs,
              PACKET_NO_OFS);
}

static HOT_INLINE void
parse_type(struct packet *p, unsigned int vlans, unsigned int ofs,
           unsigned int type)
{
    if (LIKELY(type == ETH_TYPE_IPV4)) {
        parse_ipv4(p, vlans, ofs);
    } else if (type == ETH_TYPE_IPV6) {
        parse_ipv6(p, vlans, ofs);
    } else if (type == ETH_TYPE_ARP || type == ETH_TYPE_RARP) {
        parse_arp(p, vlans, ofs, type);
    } else if (type == ETH_TYPE_MPLS || type == ETH_TYPE_MPLS_MCAST) {
        parse_mpls(p, vlans, ofs);
    } else {
        set_shape(p, vlans, PKIND_OTHER, ofs, PACKET_NO_OFS);
    }
}

/* A length in place of a type: LLC, perhaps with SNAP and OUI 0. */
static COLD void
parse_802_3(struct packet *p, unsigned int vlans, unsigned int ofs)
{
    static const uint8_t snap[6] = { 0xaa, 0xaa, 3, 0, 0, 0 };
    const uint8_t *llc = p->data + ofs;
    if (p->len - ofs >= SNAP_HDR_LEN && !memcmp(llc, snap, sizeof snap)) {
        unsigned int type = load_be16(llc + sizeof snap);
        if (type >= ETH_TYPE_MIN) {
            parse_type(p, vlans, ofs + SNAP_HDR_LEN, type);
            return;
        }
    }
    set_shape(p, vlans, PKIND_LLC, ofs, PACKET_NO_OFS);
}

static HOT_INLINE void
parse_one(struct packet *p)
{
    if (UNLIKELY(p->len < ETH_HDR_LEN)) {
        set_shape(p, 0, PKIND_RUNT, PACKET_NO_OFS, PACKET_NO_OFS);
        return;
    }
    unsigned int ofs = ETH_HDR_LEN;
    unsigned int vlans = 0;
    unsigned int type = load_be16(p->data + ETH_TYPE_OFS);
    while ((type == ETH_TYPE_VLAN || type == ETH_TYPE_QINQ) && vlans < 2
           && p->len >= ofs + VLAN_TAG_LEN) {
        type = load_be16(p->data + ofs + 2);
        ofs += VLAN_TAG_LEN;
        vlans++;
    }
    if (UNLIKELY(type < ETH_TYPE_MIN)) {
        parse_802_3(p, vlans, ofs);
    } else {
        parse_type(p, vlans, ofs, type);
    }
}

void
packet_parse(struct packet *p)
{
    parse_one(p);
}

void
packet_parse_burst(struct packet *pkts, size_t n)
{
    enum { AHEAD = 4 };
    for (size_t i = 0; i < MIN(n, (size_t)AHEAD); i++) {
        __builtin_prefetch(pkts[i].data);
    }
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) {
            __builtin_prefetch(pkts[i + AHEAD].data);
        }
        parse_one(&pkts[i]);
    }
}
