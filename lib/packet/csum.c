/* SPDX-License-Identifier: Apache-2.0 */
/* Sums are taken 8 bytes at a time: the ones' complement sum does not care
 * how its 16-bit words are grouped, nor about byte order [RFC 1071 2]. */
#include "lib/packet/csum.h"

#include "lib/base/assert.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

uint64_t
csum_add(uint64_t sum, const void *data, size_t n)
{
    const uint8_t *p = data;
    unsigned __int128 acc = sum;
    for (; n >= 32; p += 32, n -= 32) {
        acc += get_unaligned_uint64_t(p);
        acc += get_unaligned_uint64_t(p + 8);
        acc += get_unaligned_uint64_t(p + 16);
        acc += get_unaligned_uint64_t(p + 24);
    }
    for (; n >= 8; p += 8, n -= 8) {
        acc += get_unaligned_uint64_t(p);
    }
    if (n) {
        uint64_t last = 0;
        memcpy(&last, p, n);
        acc += last;
    }
    /* 2^64 is 1 modulo 2^16 - 1, and so is each carry. */
    uint64_t low = (uint64_t)acc;
    uint64_t high = (uint64_t)(acc >> 64);
    low += high;
    low += low < high;
    return (low & 0xffffffff) + (low >> 32);
}

static uint64_t
add_pseudo_end(uint64_t sum, uint8_t proto, uint32_t len)
{
    be32 be_len = cpu_to_be32(len);
    return sum + cpu_to_be16((uint16_t)proto) + (be_len & 0xffff)
           + (be_len >> 16);
}

uint64_t
csum_add_pseudo4(uint64_t sum, const void *src, const void *dst,
                 uint8_t proto, uint32_t len)
{
    sum += (uint64_t)get_unaligned_be32(src) + get_unaligned_be32(dst);
    return add_pseudo_end(sum, proto, len);
}

uint64_t
csum_add_pseudo6(uint64_t sum, const void *src, const void *dst,
                 uint8_t proto, uint32_t len)
{
    sum = csum_add(sum, src, 16);
    sum = csum_add(sum, dst, 16);
    return add_pseudo_end(sum, proto, len);
}

be16
csum_change(be16 csum, const void *old, const void *new, size_t n)
{
    uint64_t minus = csum_add(0, old, n);
    uint64_t sum = csum_add((uint16_t)~csum, new, n);
    return csum_finish(sum + (uint16_t)~csum_fold(minus));
}

/* ## CRC32c ## */

#define CRC32C_POLY 0x82f63b78u /* Reflected. */

static uint32_t crc32c_table[256];

__attribute__((constructor)) static void
make_crc32c_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLY : 0);
        }
        crc32c_table[i] = crc;
    }
}

static uint32_t
crc32c_scalar(uint32_t crc, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        crc = crc >> 8 ^ crc32c_table[(crc ^ p[i]) & 0xff];
    }
    return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t
crc32c_sse(uint32_t crc, const uint8_t *p, size_t n)
{
    uint64_t wide = crc;
    for (; n >= 8; p += 8, n -= 8) {
        wide = __builtin_ia32_crc32di(wide, get_unaligned_uint64_t(p));
    }
    crc = (uint32_t)wide;
    for (; n; p++, n--) {
        crc = __builtin_ia32_crc32qi(crc, *p);
    }
    return crc;
}
#endif

uint32_t
crc32c_add(uint32_t crc, const void *p, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) {
        return crc32c_sse(crc, p, n);
    }
#endif
    return crc32c_scalar(crc, p, n);
}

uint32_t
crc32c_add_zeros(uint32_t crc, size_t n)
{
    static const uint8_t zeros[256];
    for (; n > sizeof zeros; n -= sizeof zeros) {
        crc = crc32c_add(crc, zeros, sizeof zeros);
    }
    return crc32c_add(crc, zeros, n);
}

uint32_t
crc32c_sctp(const void *sctp, size_t n)
{
    static const uint8_t zeros[4];
    const uint8_t *p = sctp;
    ASSERT(n >= SCTP_HDR_LEN);
    uint32_t crc = crc32c_add(~0u, p, SCTP_CSUM_OFS);
    crc = crc32c_add(crc, zeros, sizeof zeros);
    crc = crc32c_add(crc, p + SCTP_HDR_LEN, n - SCTP_HDR_LEN);
    return htole32(~crc);
}

/* ## Packets ## */

bool
packet_finish_csum(struct packet *p)
{
    if (!(p->flags & PACKET_CSUM_PARTIAL)) {
        return true;
    }
    size_t at = (size_t)p->csum_start + p->csum_offset;
    if (at + 2 > p->len) {
        return false;
    }
    uint8_t *l4 = p->data + p->csum_start;
    size_t n = p->len - p->csum_start;
    if (p->csum_offset == SCTP_CSUM_OFS) {
        if (n < SCTP_HDR_LEN) {
            return false;
        }
        uint32_t crc = crc32c_sctp(l4, n);
        memcpy(l4 + SCTP_CSUM_OFS, &crc, sizeof crc);
    } else {
        be16 csum = csum_bytes(l4, n);
        /* A UDP checksum of 0 would say there is none; TCP's may be either
         * form of zero. */
        put_unaligned_be16(p->data + at, csum ? csum : 0xffff);
    }
    p->flags &= (uint8_t)~PACKET_CSUM_PARTIAL;
    return true;
}

/* What L4 is in a packet: how to check and fill its sum. */
struct l4_place {
    uint8_t *l4;
    size_t len;       /* Bytes, header included. */
    uint8_t proto;
    uint8_t csum_ofs; /* From 'l4'. */
    bool is_ipv6;
};

size_t
packet_l4_len(const struct packet *p)
{
    const uint8_t *l3 = p->data + p->l3_ofs;
    size_t ip_hdr = (size_t)(p->l4_ofs - p->l3_ofs);
    size_t total = l3[0] >> 4 == 4
                       ? be16_to_cpu(get_unaligned_be16(l3 + 2))
                       : IPV6_HDR_LEN
                             + be16_to_cpu(get_unaligned_be16(l3 + 4));
    return total > ip_hdr ? total - ip_hdr : 0;
}

/* False if the packet has no L4 checksum that can be computed. */
static bool
find_l4(const struct packet *p, struct l4_place *at)
{
    const struct packet_kind_info *info = packet_kind(p);
    if (!info->has_l4 || info->frag) {
        return false;
    }
    *at = (struct l4_place){ .proto = info->proto };
    switch (info->proto) {
    case IP_PROTO_TCP:
        at->csum_ofs = TCP_CSUM_OFS;
        break;
    case IP_PROTO_UDP:
        at->csum_ofs = UDP_CSUM_OFS;
        break;
    case IP_PROTO_SCTP:
        at->csum_ofs = SCTP_CSUM_OFS;
        break;
    default:
        at->csum_ofs = ICMP_CSUM_OFS;
    }
    at->is_ipv6 = info->ip_version == 6;
    at->l4 = p->data + p->l4_ofs;
    at->len = packet_l4_len(p);
    return true;
}

static uint64_t
pseudo_sum(const struct packet *p, const struct l4_place *at)
{
    const uint8_t *l3 = p->data + p->l3_ofs;
    uint32_t len = (uint32_t)at->len;
    if (at->proto == IP_PROTO_ICMP) {
        return 0;
    }
    return at->is_ipv6
               ? csum_add_pseudo6(0, l3 + 8, l3 + 24, at->proto, len)
               : csum_add_pseudo4(0, l3 + 12, l3 + 16, at->proto, len);
}

void
packet_fill_csum(struct packet *p, bool force)
{
    struct l4_place at;
    if (!find_l4(p, &at)) {
        return;
    }
    p->flags &= (uint8_t)~PACKET_CSUM_PARTIAL;
    uint8_t *field = at.l4 + at.csum_ofs;
    if (at.proto == IP_PROTO_SCTP) {
        uint32_t crc = crc32c_sctp(at.l4, at.len);
        memcpy(field, &crc, sizeof crc);
        return;
    }
    if (at.proto == IP_PROTO_UDP && !at.is_ipv6 && !force
        && !get_unaligned_be16(field)) {
        return;
    }
    put_unaligned_be16(field, 0);
    be16 csum = csum_finish(csum_add(pseudo_sum(p, &at), at.l4, at.len));
    bool is_udp = at.proto == IP_PROTO_UDP;
    put_unaligned_be16(field, is_udp && !csum ? 0xffff : csum);
}

static bool
verify_ipv4_hdr(const struct packet *p)
{
    if (packet_kind(p)->ip_version != 4) {
        return true;
    }
    const uint8_t *l3 = p->data + p->l3_ofs;
    return csum_fold(csum_add(0, l3, (size_t)(l3[0] & 15) * 4)) == 0xffff;
}

bool
packet_verify_csum(const struct packet *p)
{
    struct l4_place at;
    if (!verify_ipv4_hdr(p)) {
        return false;
    }
    if (!find_l4(p, &at)) {
        return true;
    }
    const uint8_t *field = at.l4 + at.csum_ofs;
    if (p->flags & PACKET_CSUM_PARTIAL) {
        return at.proto == IP_PROTO_SCTP || at.proto == IP_PROTO_ICMP
               || csum_fold(pseudo_sum(p, &at))
                      == csum_fold(get_unaligned_be16(field));
    }
    if (at.proto == IP_PROTO_SCTP) {
        uint32_t crc = crc32c_sctp(at.l4, at.len);
        return !memcmp(field, &crc, sizeof crc);
    }
    if (at.proto == IP_PROTO_UDP && !at.is_ipv6
        && !get_unaligned_be16(field)) {
        return true;
    }
    return csum_fold(csum_add(pseudo_sum(p, &at), at.l4, at.len)) == 0xffff;
}
