/* SPDX-License-Identifier: Apache-2.0 */
/* Each segment is a fresh heap buffer: headers copied and mended, its part of
 * the payload copied, checksums computed in full.  [VIRTIO 1.2 5.1.6.2;
 * RFC 9293 3.1; RFC 3168 6.1.2] */
#include "lib/packet/gso.h"

#include "lib/packet/csum.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

/* Finds the IP header behind MPLS entries; 0 if there is none. */
static size_t
find_l3(const struct packet *p)
{
    size_t ofs = p->l3_ofs;
    enum packet_kind kind = PACKET_SHAPE_KIND(p->shape);
    if (kind < PKIND_MPLS1 || kind > PKIND_MPLS3) {
        return packet_kind(p)->ip_version ? ofs : 0;
    }
    bool is_last = false;
    while (!is_last) {
        if (ofs + MPLS_LSE_LEN >= p->len) {
            return 0;
        }
        is_last = p->data[ofs + 2] & 1;
        ofs += MPLS_LSE_LEN;
    }
    return ofs;
}

/* Where L4 begins in an IP packet at 'l3', or 0. */
static size_t
find_l4(const struct packet *p, size_t l3, bool is_ipv6)
{
    if (p->flags & PACKET_CSUM_PARTIAL) {
        return p->csum_start;
    }
    if (l3 == p->l3_ofs && p->l4_ofs != PACKET_NO_OFS) {
        return p->l4_ofs;
    }
    return l3 + (is_ipv6 ? IPV6_HDR_LEN : (p->data[l3] & 15u) * 4);
}

bool
gso_begin(struct gso_iter *it, const struct packet *p)
{
    *it = (struct gso_iter){ .src = p };
    if (p->gso_type == PACKET_GSO_NONE || !p->gso_size
        || p->len < ETH_HDR_LEN) {
        return false;
    }
    size_t l3 = find_l3(p);
    if (!l3 || l3 >= p->len) {
        return false;
    }
    uint8_t version = p->data[l3] >> 4;
    it->is_ipv6 = version == 6;
    it->is_udp = p->gso_type == PACKET_GSO_UDP_L4;
    if ((version != 4 && version != 6)
        || (p->gso_type == PACKET_GSO_TCPV4 && version != 4)
        || (p->gso_type == PACKET_GSO_TCPV6 && version != 6)) {
        return false;
    }
    size_t l4 = find_l4(p, l3, it->is_ipv6);
    size_t l3_len = it->is_ipv6 ? IPV6_HDR_LEN : (p->data[l3] & 15u) * 4;
    l3_len = MAX(l3_len, (size_t)IPV4_HDR_LEN);
    size_t l4_len = it->is_udp ? UDP_HDR_LEN : TCP_HDR_LEN;
    if (l4 < l3 + l3_len || l4 + l4_len > p->len) {
        return false;
    }
    if (!it->is_udp) {
        l4_len = (p->data[l4 + 12] >> 4) * 4u;
        if (l4_len < TCP_HDR_LEN || l4 + l4_len > p->len) {
            return false;
        }
    }
    it->l3_ofs = (uint16_t)l3;
    it->l4_ofs = (uint16_t)l4;
    it->hdr_len = (uint16_t)(l4 + l4_len);
    it->seg_len = p->gso_size;
    it->next = it->hdr_len;
    it->end = p->len;
    return it->hdr_len + (uint32_t)it->seg_len <= UINT16_MAX;
}

unsigned int
gso_n_segments(const struct packet *p)
{
    struct gso_iter it;
    if (!gso_begin(&it, p) || it.end == it.next) {
        return 1;
    }
    return DIV_ROUND_UP(it.end - it.next, it.seg_len);
}

uint32_t
gso_segment_len(const struct packet *p)
{
    struct gso_iter it;
    if (!gso_begin(&it, p)) {
        return 0;
    }
    return it.hdr_len + MIN(it.end - it.next, (uint32_t)it.seg_len);
}

/* Lengths, identification and header checksum of the IP header. */
static void
mend_l3(const struct gso_iter *it, struct packet *seg)
{
    uint8_t *l3 = seg->data + it->l3_ofs;
    uint32_t total = seg->len - it->l3_ofs;
    if (it->is_ipv6) {
        put_unaligned_be16(l3 + 4,
                           cpu_to_be16((uint16_t)(total - IPV6_HDR_LEN)));
        return;
    }
    uint16_t id = be16_to_cpu(get_unaligned_be16(l3 + 4));
    put_unaligned_be16(l3 + 2, cpu_to_be16((uint16_t)total));
    put_unaligned_be16(l3 + 4, cpu_to_be16((uint16_t)(id + it->n_done)));
    put_unaligned_be16(l3 + 10, 0);
    put_unaligned_be16(l3 + 10, csum_bytes(l3, (l3[0] & 15u) * 4));
}

static void
mend_tcp(const struct gso_iter *it, uint8_t *l4, bool is_last)
{
    uint32_t seq = be32_to_cpu(get_unaligned_be32(l4 + 4));
    uint16_t flags = be16_to_cpu(get_unaligned_be16(l4 + 12));
    put_unaligned_be32(l4 + 4, cpu_to_be32(seq + (it->next - it->hdr_len)));
    if (!is_last) {
        flags &= (uint16_t)~(TCP_FIN | TCP_PSH);
    }
    if (it->n_done) {
        flags &= (uint16_t)~TCP_CWR;
    }
    put_unaligned_be16(l4 + 12, cpu_to_be16(flags));
}

static void
mend_l4(const struct gso_iter *it, struct packet *seg, bool is_last)
{
    uint8_t *l3 = seg->data + it->l3_ofs;
    uint8_t *l4 = seg->data + it->l4_ofs;
    uint32_t len = seg->len - it->l4_ofs;
    uint8_t proto = it->is_udp ? IP_PROTO_UDP : IP_PROTO_TCP;
    uint8_t *at = l4 + (it->is_udp ? UDP_CSUM_OFS : TCP_CSUM_OFS);
    if (it->is_udp) {
        put_unaligned_be16(l4 + 4, cpu_to_be16((uint16_t)len));
    } else {
        mend_tcp(it, l4, is_last);
    }
    put_unaligned_be16(at, 0);
    uint64_t sum = it->is_ipv6
                       ? csum_add_pseudo6(0, l3 + 8, l3 + 24, proto, len)
                       : csum_add_pseudo4(0, l3 + 12, l3 + 16, proto, len);
    be16 csum = csum_finish(csum_add(sum, l4, len));
    put_unaligned_be16(at, csum ? csum : 0xffff);
}

bool
gso_next(struct gso_iter *it, struct packet *segment)
{
    const struct packet *src = it->src;
    if (it->next >= it->end && (it->n_done || it->next > it->end)) {
        return false;
    }
    uint32_t n = MIN(it->end - it->next, it->seg_len);
    struct packet seg;
    if (!packet_alloc(&seg, (size_t)it->hdr_len + n)) {
        it->no_buffer = true;
        return false;
    }
    memcpy(seg.data, src->data, it->hdr_len);
    memcpy(seg.data + it->hdr_len, src->data + it->next, n);
    seg.shape = src->shape;
    seg.l3_ofs = src->l3_ofs;
    seg.l4_ofs = src->l4_ofs;
    seg.in_port = src->in_port;
    seg.hash = src->hash;
    mend_l3(it, &seg);
    mend_l4(it, &seg, it->next + n == it->end);
    it->next += n;
    it->n_done++;
    *segment = seg;
    return true;
}
