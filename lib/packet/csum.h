/* SPDX-License-Identifier: Apache-2.0 */
/* Checksums: the Internet checksum [RFC 1071], its incremental change [RFC
 * 1624], the pseudo-headers of IPv4 and IPv6, CRC32c of SCTP [RFC 9260
 * appendix A], and those of whole packets.
 *
 * A 'sum' is a running ones' complement sum of 16-bit words as they stand in
 * memory, kept in 64 bits; csum_fold() makes the 16 bits of it, csum_finish()
 * their complement, which is what a header carries.  Pure functions; any
 * thread. */
#ifndef WEIR_PACKET_CSUM_H
#define WEIR_PACKET_CSUM_H 1

#include "lib/packet/packet.h"

/* Adds 'n' bytes to 'sum'; the bytes must begin at an even distance from the
 * start of what is summed. */
uint64_t csum_add(uint64_t sum, const void *, size_t n);
/* Adds the pseudo-header; 'src', 'dst' point at addresses of 4 or 16 bytes.
 * 'len' is of the upper layer, header included. */
uint64_t csum_add_pseudo4(uint64_t sum, const void *src, const void *dst,
                          uint8_t proto, uint32_t len);
uint64_t csum_add_pseudo6(uint64_t sum, const void *src, const void *dst,
                          uint8_t proto, uint32_t len);

static inline uint16_t
csum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static inline be16
csum_finish(uint64_t sum)
{
    return (be16)~csum_fold(sum);
}

/* The checksum of 'n' bytes. */
static inline be16
csum_bytes(const void *p, size_t n)
{
    return csum_finish(csum_add(0, p, n));
}

/* The checksum 'csum' after 'n' bytes changed from 'old' to 'new'. */
be16 csum_change(be16 csum, const void *old, const void *new, size_t n);

static inline be16
csum_change16(be16 csum, be16 old, be16 new)
{
    return csum_finish((uint64_t)(uint16_t)~csum + (uint16_t)~old + new);
}

static inline be16
csum_change32(be16 csum, be32 old, be32 new)
{
    return csum_finish((uint64_t)(uint16_t)~csum + (uint32_t)~old + new);
}

/* CRC32c; start with crc = ~0 and complement the result.  In SCTP's place
 * stands the complement, least significant byte first. */
uint32_t crc32c_add(uint32_t crc, const void *, size_t n);
/* As over 'n' zero bytes. */
uint32_t crc32c_add_zeros(uint32_t crc, size_t n);
/* What an SCTP packet of 'n' bytes should carry, whatever it does. */
uint32_t crc32c_sctp(const void *sctp, size_t n);

/* Writes the checksum that PACKET_CSUM_PARTIAL left open and clears the flag.
 * False (and nothing written) if its place is outside the packet. */
bool packet_finish_csum(struct packet *) MUST_CHECK;
/* Computes the L4 checksum of a parsed packet in full; does nothing for
 * fragments and packets without.  UDP over IPv4 that has none keeps none
 * unless 'force'. */
void packet_fill_csum(struct packet *, bool force);
/* True if the IPv4 header's and the L4 checksum of a parsed packet are right
 * (or absent, or of a fragment, whose L4 sum is not here); partial ones are
 * checked to hold the pseudo-header's sum. */
bool packet_verify_csum(const struct packet *);

/* Bytes of L4 header and payload by the IP header's lengths; 'p' is of a
 * shape with L4. */
size_t packet_l4_len(const struct packet *);

#endif
