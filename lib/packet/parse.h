/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a packet: what headers it has and where they start.
 *
 * packet_parse() is the first thing the packet path does.  It sets 'shape',
 * 'l3_ofs' and 'l4_ofs'.  A shape says which headers are present and whole,
 * and fixes every field whose value selects a header: number of VLAN tags,
 * Ethernet type, IP version, IP protocol where we know it, fragment state.
 * So in two packets of one shape each field of 'struct flow' is found at the
 * same distance from the start of its header, or has the same constant
 * value.  The flow cache's keys are built on that (datapath/user/keyspec.h).
 *
 * A header that is cut short or malformed (IHL < 5, total length beyond the
 * frame, ...) gives a *_BAD shape, in which the fields of that header and of
 * those after it are zero; a truncated L4 header gives the *_NOL4 shape. */
#ifndef WEIR_PACKET_PARSE_H
#define WEIR_PACKET_PARSE_H 1

#include "lib/packet/packet.h"

/* What follows the Ethernet header and its tags.  For the IPV4 and IPV6
 * rows: FIRST is a first fragment (offset 0, more to come), LATER one with
 * an offset, where no L4 header is read. */
enum packet_kind {
    PKIND_OTHER, /* Some other Ethernet type, read from the frame. */
    PKIND_LLC,   /* 802.3 length and no SNAP: dl_type is 0x05ff. */
    PKIND_RUNT,  /* Shorter than an Ethernet header; dropped by the worker. */
    PKIND_ARP,   /* Ethernet/IPv4 ARP, whole, opcode below 256. */
    PKIND_ARP_OP, /* The same with a higher one, which flows show as 0. */
    PKIND_ARP_BAD,
    PKIND_RARP,  /* As PKIND_ARP; any other one is PKIND_OTHER. */
    PKIND_MPLS1, /* One, two, three or more entries, counted up to the */
    PKIND_MPLS2, /* bottom of the stack or the end of the frame. */
    PKIND_MPLS3,
    PKIND_MPLS_BAD, /* Not one whole entry. */
    PKIND_IPV4_BAD,
    PKIND_IPV4_LATER, /* Protocol read from the frame, no L4. */
    PKIND_IPV4_NOL4,  /* Protocol without ports here, or L4 cut short;
                       * protocol read from the frame. */
    PKIND_IPV4_NOL4_FIRST,
    PKIND_IPV4_TCP,
    PKIND_IPV4_TCP_FIRST,
    PKIND_IPV4_UDP,
    PKIND_IPV4_UDP_FIRST,
    PKIND_IPV4_SCTP,
    PKIND_IPV4_SCTP_FIRST,
    PKIND_IPV4_ICMP,
    PKIND_IPV4_ICMP_FIRST,
    PKIND_IPV6_BAD,
    PKIND_IPV6_LATER,    /* Protocol is told as 44, the fragment header. */
    PKIND_IPV6_NOL4,     /* Without extension headers: protocol at its fixed
                          * place in the IPv6 header. */
    PKIND_IPV6_NOL4_FIRST, /* Protocol at the chain's end. */
    PKIND_IPV6_EXT_NOL4,   /* The same; not a fragment. */
    PKIND_IPV6_TCP,
    PKIND_IPV6_TCP_FIRST,
    PKIND_IPV6_UDP,
    PKIND_IPV6_UDP_FIRST,
    PKIND_IPV6_SCTP,
    PKIND_IPV6_SCTP_FIRST,
    PKIND_IPV6_ICMP,
    PKIND_IPV6_ICMP_FIRST,
    PKIND_IPV6_ND, /* Neighbour solicitation or advertisement. */
    PKIND_N
};

/* shape = number of VLAN tags (0, 1, 2) * 64 + kind. */
#define PACKET_SHAPES 192
#define PACKET_SHAPE(N_VLANS, KIND) ((uint8_t)((N_VLANS) << 6 | (KIND)))
#define PACKET_SHAPE_VLANS(SHAPE) ((SHAPE) >> 6)
#define PACKET_SHAPE_KIND(SHAPE) ((enum packet_kind)((SHAPE) & 63))

/* What is constant in packets of one kind. */
struct packet_kind_info {
    uint16_t dl_type;   /* Host order; 0 if it is read from the frame. */
    uint8_t ip_version; /* 4, 6; 0 for others and for the BAD kinds. */
    uint8_t proto;      /* Protocol above IP, if 'has_proto'. */
    uint8_t frag;       /* 0 whole, 1 first fragment, 3 later one. */
    bool has_proto;     /* False: read from the frame, or there is none. */
    bool has_l4;        /* The L4 header is whole. */
};

extern const struct packet_kind_info packet_kinds[PKIND_N];

static inline const struct packet_kind_info *
packet_kind(const struct packet *p)
{
    return &packet_kinds[PACKET_SHAPE_KIND(p->shape)];
}

/* Sets 'shape', 'l3_ofs', 'l4_ofs' of 'p'.  l3_ofs is the byte after the
 * (innermost recognised) Ethernet type, also for unknown types; l4_ofs the
 * byte after the IP header with its options or extension headers;
 * PACKET_NO_OFS where there is none (LATER kinds and NOL4 kinds have one).
 * Hot: inlined fast path for untagged and single-tagged IPv4 TCP/UDP. */
void packet_parse(struct packet *p);
/* Parses every packet of a burst, prefetching as it goes. */
void packet_parse_burst(struct packet *, size_t n);

#endif
