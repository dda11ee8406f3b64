/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of headers, with the checksums that follow from them.
 *
 * Each function takes a packet that packet_parse() has seen and leaves it
 * parsed: shape and offsets are right afterwards.  Setters write the bits of
 * a value that are 1 in its mask; a packet that lacks the header is left as
 * it is.  Checksums change incrementally, so a wrong one stays wrong; where
 * PACKET_CSUM_PARTIAL leaves a checksum open, the sum of the pseudo-header
 * is kept in step instead.  UDP without a checksum stays without.
 * A packet belongs to one thread; no function blocks or allocates. */
#ifndef WEIR_PACKET_EDIT_H
#define WEIR_PACKET_EDIT_H 1

#include "lib/packet/packet.h"

/* Adds an outermost tag; 'tci' is as on the wire.  False if headroom is
 * short. */
bool packet_push_vlan(struct packet *, be16 tpid, be16 tci) MUST_CHECK;
/* Removes the outermost tag, if there is one. */
void packet_pop_vlan(struct packet *);
/* Rewrites the outermost tag's TCI. */
void packet_set_vlan(struct packet *, be16 tci, be16 mask);

/* Adds an outermost label stack entry after the Ethernet type (after all
 * tags), which becomes 'type'; 'lse' has its bottom-of-stack bit as given.
 * [OF1.3.5 5.12 push MPLS]  False if headroom is short. */
bool packet_push_mpls(struct packet *, be16 type, be32 lse) MUST_CHECK;
/* Removes the outermost entry; the Ethernet type becomes 'type'. */
void packet_pop_mpls(struct packet *, be16 type);
void packet_set_mpls(struct packet *, be32 lse, be32 mask);
/* False (and no change) if the TTL is 0 or 1. */
bool packet_dec_mpls_ttl(struct packet *) MUST_CHECK;

/* The Ethernet addresses. */
void packet_set_eth(struct packet *, struct eth_addr dst,
                    struct eth_addr dst_mask, struct eth_addr src,
                    struct eth_addr src_mask);

void packet_set_ipv4_addrs(struct packet *, be32 src, be32 src_mask,
                           be32 dst, be32 dst_mask);
void packet_set_ipv6_addrs(struct packet *, const uint8_t src[16],
                           const uint8_t src_mask[16], const uint8_t dst[16],
                           const uint8_t dst_mask[16]);
/* Traffic class byte and TTL or hop limit, of IPv4 or IPv6. */
void packet_set_tos(struct packet *, uint8_t tos, uint8_t mask);
void packet_set_ttl(struct packet *, uint8_t ttl, uint8_t mask);
/* 'label' holds the low 20 bits. */
void packet_set_ipv6_label(struct packet *, be32 label, be32 mask);
/* False (and no change) if the TTL or hop limit is 0 or 1.  True for packets
 * that are not IP. */
bool packet_dec_ttl(struct packet *) MUST_CHECK;

/* Ports of TCP, UDP and SCTP. */
void packet_set_ports(struct packet *, be16 src, be16 src_mask, be16 dst,
                      be16 dst_mask);
/* Type and code of ICMP and ICMPv6. */
void packet_set_icmp(struct packet *, uint8_t type, uint8_t type_mask,
                     uint8_t code, uint8_t code_mask);

/* The opcode, the IPv4 addresses, the Ethernet addresses of an ARP packet. */
void packet_set_arp_op(struct packet *, be16 op, be16 mask);
void packet_set_arp_ips(struct packet *, be32 spa, be32 spa_mask, be32 tpa,
                        be32 tpa_mask);
void packet_set_arp_macs(struct packet *, struct eth_addr sha,
                         struct eth_addr sha_mask, struct eth_addr tha,
                         struct eth_addr tha_mask);

void packet_set_nd_target(struct packet *, const uint8_t target[16],
                          const uint8_t mask[16]);
/* The first option of 'opt' (ND_OPT_SLL, ND_OPT_TLL), if it is there. */
void packet_set_nd_lla(struct packet *, uint8_t opt, struct eth_addr lla,
                       struct eth_addr mask);
/* Where the first link-layer address option 'opt' stands, or NULL. */
uint8_t *packet_nd_lla(const struct packet *, uint8_t opt);

#endif
