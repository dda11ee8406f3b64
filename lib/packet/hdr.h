/* SPDX-License-Identifier: Apache-2.0 */
/* Headers as they stand on the wire, and their constants.
 *
 * All structs are packed: a header may begin at any address, and compilers
 * make plain moves of unaligned members where the machine allows.  Members
 * of two bytes and more are in network byte order.  Standards are named at
 * each header. */
#ifndef WEIR_PACKET_HDR_H
#define WEIR_PACKET_HDR_H 1

#include "lib/base/types.h"

/* ## Ethernet [IEEE 802.3, 802.1Q] ## */

#define ETH_HDR_LEN 14
#define ETH_TYPE_OFS 12 /* Bytes of addresses before the first type. */
#define ETH_TYPE_MIN 0x600 /* Below it the field is a length. */
#define ETH_TYPE_LLC 0x05ff /* How flows show frames without a type. */
#define ETH_FRAME_MIN 60    /* Without FCS; shorter frames are padded. */

#define ETH_TYPE_IPV4 0x0800
#define ETH_TYPE_ARP 0x0806
#define ETH_TYPE_RARP 0x8035
#define ETH_TYPE_VLAN 0x8100
#define ETH_TYPE_IPV6 0x86dd
#define ETH_TYPE_MPLS 0x8847
#define ETH_TYPE_MPLS_MCAST 0x8848
#define ETH_TYPE_QINQ 0x88a8

struct eth_hdr {
    struct eth_addr dst, src;
    be16 type;
} PACKED;

/* LLC with SNAP: DSAP, SSAP 0xaa, control 3, OUI 0, then a type. */
#define SNAP_HDR_LEN 8

#define VLAN_TAG_LEN 4
#define VLAN_VID_MASK 0x0fff
#define VLAN_DEI_MASK 0x1000
#define VLAN_PCP_MASK 0xe000
#define VLAN_PCP_SHIFT 13

struct vlan_tag {
    be16 tpid, tci;
} PACKED;

/* ## MPLS [RFC 3032] ## */

#define MPLS_LSE_LEN 4
#define MPLS_LABEL_SHIFT 12
#define MPLS_TC_SHIFT 9
#define MPLS_BOS 0x100u
#define MPLS_TTL_MASK 0xffu

/* ## ARP of IPv4 over Ethernet [RFC 826] ## */

#define ARP_LEN 28
#define ARP_OP_REQUEST 1
#define ARP_OP_REPLY 2

struct arp_hdr {
    be16 htype, ptype;
    uint8_t hlen, plen;
    be16 op;
    struct eth_addr sha;
    be32 spa;
    struct eth_addr tha;
    be32 tpa;
} PACKED;

/* ## IPv4 [RFC 791] ## */

#define IPV4_HDR_LEN 20
#define IPV4_FRAG_MORE 0x2000
#define IPV4_FRAG_DONT 0x4000
#define IPV4_FRAG_OFS_MASK 0x1fff

struct ipv4_hdr {
    uint8_t ver_ihl;
    uint8_t tos;
    be16 total_len;
    be16 id;
    be16 frag;
    uint8_t ttl;
    uint8_t proto;
    be16 csum;
    be32 src, dst;
} PACKED;

/* ## IPv6 [RFC 8200] ## */

#define IPV6_HDR_LEN 40
#define IPV6_LABEL_MASK 0x000fffffu
#define IPV6_TC_SHIFT 20
#define IPV6_TC_MASK 0x0ff00000u
#define IPV6_FRAG_OFS_MASK 0xfff8
#define IPV6_FRAG_MORE 1

struct ipv6_hdr {
    be32 ver_tc_label;
    be16 payload_len;
    uint8_t next;
    uint8_t hop_limit;
    uint8_t src[16], dst[16];
} PACKED;

struct ipv6_frag_hdr {
    uint8_t next, reserved;
    be16 ofs_more; /* IPV6_FRAG_OFS_MASK, IPV6_FRAG_MORE. */
    be32 id;
} PACKED;

/* ## Protocols above IP [IANA protocol-numbers] ## */

enum ip_proto {
    IP_PROTO_HOPOPTS = 0,
    IP_PROTO_ICMP = 1,
    IP_PROTO_TCP = 6,
    IP_PROTO_UDP = 17,
    IP_PROTO_ROUTING = 43,
    IP_PROTO_FRAGMENT = 44,
    IP_PROTO_GRE = 47,
    IP_PROTO_ESP = 50,
    IP_PROTO_AH = 51,
    IP_PROTO_ICMPV6 = 58,
    IP_PROTO_NONE = 59,
    IP_PROTO_DSTOPTS = 60,
    IP_PROTO_SCTP = 132,
};

/* ## TCP [RFC 9293], UDP [RFC 768], SCTP [RFC 9260] ## */

#define TCP_HDR_LEN 20
#define TCP_FLAGS_MASK 0x0fff
#define TCP_FIN 0x001
#define TCP_SYN 0x002
#define TCP_RST 0x004
#define TCP_PSH 0x008
#define TCP_ACK 0x010
#define TCP_CWR 0x080

struct tcp_hdr {
    be16 src, dst;
    be32 seq, ack;
    be16 ofs_flags; /* Data offset in words << 12, flags. */
    be16 window;
    be16 csum;
    be16 urgent;
} PACKED;

#define TCP_CSUM_OFS 16

#define UDP_HDR_LEN 8
struct udp_hdr {
    be16 src, dst;
    be16 len;
    be16 csum; /* 0: none (IPv4). */
} PACKED;

#define UDP_CSUM_OFS 6

#define SCTP_HDR_LEN 12
struct sctp_hdr {
    be16 src, dst;
    be32 tag;
    uint32_t csum; /* CRC32c, least significant byte first. */
} PACKED;

#define SCTP_CSUM_OFS 8

/* ## ICMP [RFC 792], ICMPv6 [RFC 4443], neighbour discovery [RFC 4861] ## */

#define ICMP_HDR_LEN 8   /* Least ICMP message. */
#define ICMPV6_HDR_LEN 8 /* Least ICMPv6 message: none is shorter. */

struct icmp_hdr {
    uint8_t type, code;
    be16 csum;
} PACKED;

#define ICMP_CSUM_OFS 2

#define ICMPV6_ND_SOLICIT 135
#define ICMPV6_ND_ADVERT 136
#define ND_HDR_LEN 24
#define ND_OPT_SLL 1
#define ND_OPT_TLL 2
#define ND_OPT_LLA_LEN 8 /* Bytes of a link-layer address option. */

struct nd_hdr {
    uint8_t type, code;
    be16 csum;
    be32 flags;
    uint8_t target[16];
} PACKED;

struct nd_lla_opt {
    uint8_t type;
    uint8_t len; /* In units of 8 bytes. */
    struct eth_addr lla;
} PACKED;

#endif
