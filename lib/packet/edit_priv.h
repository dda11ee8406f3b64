/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by edit_*.c: masked writes, and where L4 checksums stand. */
#ifndef WEIR_PACKET_EDIT_PRIV_H
#define WEIR_PACKET_EDIT_PRIV_H 1

#include "lib/packet/csum.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

static inline void
edit_be16(uint8_t *at, be16 value, be16 mask)
{
    put_unaligned_be16(at, (be16)((get_unaligned_be16(at) & ~mask)
                                  | (value & mask)));
}

static inline void
edit_be32(uint8_t *at, be32 value, be32 mask)
{
    put_unaligned_be32(at, (get_unaligned_be32(at) & ~mask) | (value & mask));
}

static inline void
edit_bytes(uint8_t *at, const void *value, const void *mask, size_t n)
{
    const uint8_t *v = value;
    const uint8_t *m = mask;
    for (size_t i = 0; i < n; i++) {
        at[i] = (uint8_t)((at[i] & ~m[i]) | (v[i] & m[i]));
    }
}

/* True if the L4 checksum of 'p' covers the pseudo-header only so far. */
static inline bool
edit_is_partial(const struct packet *p)
{
    return p->flags & PACKET_CSUM_PARTIAL && p->csum_start == p->l4_ofs;
}

/* The Internet checksum of the L4 header, or NULL if there is none: SCTP,
 * UDP that sends none, later fragments.  '*no_zero' says that 0 must be
 * written as 0xffff: in UDP it means none, and in ICMP, where no
 * pseudo-header is summed, all bytes may be zero, and then only 0xffff is
 * right [RFC 1624 3]. */
static inline uint8_t *
edit_l4_csum(const struct packet *p, const struct packet_kind_info *info,
             bool *no_zero)
{
    uint8_t *l4 = p->data + p->l4_ofs;
    *no_zero = false;
    if (!info->has_l4) {
        return NULL;
    }
    switch (info->proto) {
    case IP_PROTO_TCP:
        return l4 + TCP_CSUM_OFS;
    case IP_PROTO_UDP:
        *no_zero = true;
        return get_unaligned_be16(l4 + UDP_CSUM_OFS) || edit_is_partial(p)
                   ? l4 + UDP_CSUM_OFS
                   : NULL;
    case IP_PROTO_ICMP:
        *no_zero = true;
        return l4 + ICMP_CSUM_OFS;
    case IP_PROTO_ICMPV6:
        return l4 + ICMP_CSUM_OFS;
    default:
        return NULL;
    }
}

/* Writes the checksum of the L4 header after 'n' of its own bytes, 'old',
 * became 'new', if that is a change (0 and 0xffff are one sum, but a packet
 * that nothing changes keeps the one it has).  The bytes stand at an even
 * distance from its start. */
static inline void
edit_l4_changed(struct packet *p, const void *old, const void *new, size_t n)
{
    if (!memcmp(old, new, n)) {
        return;
    }
    bool no_zero;
    uint8_t *at = edit_l4_csum(p, packet_kind(p), &no_zero);
    if (at && !edit_is_partial(p)) {
        be16 csum = csum_change(get_unaligned_be16(at), old, new, n);
        put_unaligned_be16(at, no_zero && !csum ? 0xffff : csum);
    }
}

#endif
