/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/frame.h"

#include "lib/base/assert.h"
#include "lib/base/limits.h"

enum l3 { L3_NONE, L3_ARP, L3_MPLS, L3_IPV4, L3_IPV6 };

/* Where things stand in a frame; offsets from its start. */
struct layout {
    bool is_runt;
    unsigned int n_vlans;
    size_t type_ofs; /* Of the Ethernet type after all tags. */
    size_t l3_ofs;
    uint16_t dl_type;
    enum l3 l3;          /* L3_NONE also for what is cut or malformed. */
    unsigned int n_mpls; /* Entries seen, up to 3. */
    uint8_t proto;       /* Above IP. */
    bool is_fragment, is_later;
    bool has_l4;         /* The whole fixed L4 header is there. */
    size_t l4_ofs, l4_len; /* To the end that the IP header gives. */
    size_t sll_ofs, tll_ofs; /* ND's first address options; 0: none. */
    bool is_nd;
};

static unsigned int
get16(const struct frame *f, size_t ofs)
{
    return (unsigned int)f->b[ofs] << 8 | f->b[ofs + 1];
}

static void
put16(struct frame *f, size_t ofs, unsigned int value)
{
    f->b[ofs] = (uint8_t)(value >> 8);
    f->b[ofs + 1] = (uint8_t)value;
}

static uint32_t
get32(const struct frame *f, size_t ofs)
{
    return get16(f, ofs) << 16 | get16(f, ofs + 2);
}

static void
put32(struct frame *f, size_t ofs, uint32_t value)
{
    put16(f, ofs, value >> 16);
    put16(f, ofs + 2, value & 0xffff);
}

/* Reading. */

/* [RFC 4861 4.6]: options that do not run over the end; none of length 0. */
static size_t
find_nd_option(const struct frame *f, const struct layout *l, uint8_t type)
{
    size_t ofs = l->l4_ofs + 24, end = l->l4_ofs + l->l4_len;
    for (int i = 0; i < ND_OPTS_MAX && ofs + 8 <= end; i++) {
        size_t n = f->b[ofs + 1] * 8u;
        if (!n || ofs + n > end) {
            return 0;
        }
        if (f->b[ofs] == type && n == 8) {
            return ofs + 2;
        }
        ofs += n;
    }
    return 0;
}

/* Sets what depends on the protocol above IP. */
static void
lay_out_l4(const struct frame *f, struct layout *l)
{
    size_t need = l->proto == 6                            ? 20
                  : l->proto == 17                         ? 8
                  : l->proto == 132                        ? 12
                  : l->proto == 1 && l->l3 == L3_IPV4  ? 8
                  : l->proto == 58 && l->l3 == L3_IPV6 ? 8
                                                           : SIZE_MAX;
    l->has_l4 = !l->is_later && l->l4_len >= need;
    if (l->has_l4 && l->proto == 58 && !l->is_fragment && l->l4_len >= 24
        && (f->b[l->l4_ofs] == 135 || f->b[l->l4_ofs] == 136)
        && !f->b[l->l4_ofs + 1]) {
        l->is_nd = true;
        if (f->b[l->l4_ofs] == 135) {
            l->sll_ofs = find_nd_option(f, l, 1);
        } else {
            l->tll_ofs = find_nd_option(f, l, 2);
        }
    }
}

static void
lay_out_ipv4(const struct frame *f, struct layout *l)
{
    size_t o = l->l3_ofs;
    if (f->len < o + 20 || f->b[o] >> 4 != 4) {
        return;
    }
    size_t hdr_len = (f->b[o] & 15u) * 4, total = get16(f, o + 2);
    if (hdr_len < 20 || total < hdr_len || o + total > f->len) {
        return;
    }
    l->l3 = L3_IPV4;
    l->proto = f->b[o + 9];
    l->is_later = get16(f, o + 6) & 0x1fff;
    l->is_fragment = l->is_later || get16(f, o + 6) & 0x2000;
    l->l4_ofs = o + hdr_len;
    l->l4_len = total - hdr_len;
    lay_out_l4(f, l);
}

/* [RFC 8200 4]: at most IPV6_EXT_HDRS_MAX extension headers. */
static void
lay_out_ipv6(const struct frame *f, struct layout *l)
{
    size_t o = l->l3_ofs;
    if (f->len < o + 40 || f->b[o] >> 4 != 6
        || o + 40 + get16(f, o + 4) > f->len) {
        return;
    }
    size_t end = o + 40 + get16(f, o + 4);
    uint8_t proto = f->b[o + 6];
    o += 40;
    for (int i = 0; proto == 0 || proto == 43 || proto == 44 || proto == 51
                    || proto == 60; i++) {
        if (i == IPV6_EXT_HDRS_MAX || o + 8 > end) {
            return;
        }
        size_t n = proto == 44   ? 8
                   : proto == 51 ? (f->b[o + 1] + 2u) * 4
                                 : (f->b[o + 1] + 1u) * 8;
        if (o + n > end) {
            return;
        }
        if (proto == 44) {
            l->is_later = get16(f, o + 2) >> 3;
            l->is_fragment |= l->is_later || get16(f, o + 2) & 1;
        }
        proto = f->b[o];
        o += n;
        if (l->is_later) {
            break;
        }
    }
    l->l3 = L3_IPV6;
    /* A later fragment's protocol is the fragment header's, for users. */
    l->proto = l->is_later ? 44 : proto;
    l->l4_ofs = o;
    l->l4_len = end - o;
    lay_out_l4(f, l);
}

static void
lay_out_mpls(const struct frame *f, struct layout *l)
{
    size_t o = l->l3_ofs;
    while (l->n_mpls < 3 && o + 4 <= f->len) {
        l->l3 = L3_MPLS;
        l->n_mpls++;
        if (f->b[o + 2] & 1) {
            break;
        }
        o += 4;
    }
}

static void
lay_out_l3(const struct frame *f, struct layout *l)
{
    static const uint8_t arp_start[6] = { 0, 1, 8, 0, 6, 4 };
    switch (l->dl_type) {
    case 0x0800:
        lay_out_ipv4(f, l);
        break;
    case 0x86dd:
        lay_out_ipv6(f, l);
        break;
    case 0x0806:
    case 0x8035:
        if (f->len >= l->l3_ofs + 28
            && !memcmp(&f->b[l->l3_ofs], arp_start, sizeof arp_start)
            && (l->dl_type == 0x0806 || !f->b[l->l3_ofs + 6])) {
            l->l3 = L3_ARP;
        }
        break;
    case 0x8847:
    case 0x8848:
        lay_out_mpls(f, l);
        break;
    default:
        break;
    }
}

static struct layout
lay_out(const struct frame *f)
{
    static const uint8_t snap[6] = { 0xaa, 0xaa, 3, 0, 0, 0 };
    struct layout l = { .is_runt = f->len < 14, .type_ofs = 12 };
    if (l.is_runt) {
        return l;
    }
    for (;;) {
        l.dl_type = (uint16_t)get16(f, l.type_ofs);
        l.l3_ofs = l.type_ofs + 2;
        if ((l.dl_type != 0x8100 && l.dl_type != 0x88a8) || l.n_vlans == 2
            || l.l3_ofs + 4 > f->len) {
            break;
        }
        l.n_vlans++;
        l.type_ofs += 4;
    }
    if (l.dl_type < 0x600) {
        if (l.l3_ofs + 8 > f->len || memcmp(&f->b[l.l3_ofs], snap, 6)
            || get16(f, l.l3_ofs + 6) < 0x600) {
            l.dl_type = 0x05ff;
            return l;
        }
        l.type_ofs = l.l3_ofs + 6;
        l.l3_ofs += 8;
        l.dl_type = (uint16_t)get16(f, l.type_ofs);
    }
    lay_out_l3(f, &l);
    return l;
}

static void
clear_packet_fields(struct flow *f)
{
    struct flow new = { .metadata = f->metadata, .tun = f->tun,
                        .in_port = f->in_port, .pkt_mark = f->pkt_mark,
                        .actset_output = f->actset_output,
                        .conj_id = f->conj_id };
    memcpy(new.regs, f->regs, sizeof new.regs);
    *f = new;
}

static void
read_ip(const struct frame *f, const struct layout *l, struct flow *fl)
{
    const uint8_t *b = &f->b[l->l3_ofs];
    if (l->l3 == L3_IPV4) {
        fl->nw_tos = b[1];
        fl->nw_ttl = b[8];
        memcpy(&fl->nw_src, b + 12, 4);
        memcpy(&fl->nw_dst, b + 16, 4);
    } else {
        uint32_t first = get32(f, l->l3_ofs);
        fl->nw_tos = (uint8_t)(first >> 20);
        fl->ipv6_label = cpu_to_be32(first & 0xfffff);
        fl->nw_ttl = b[7];
        memcpy(fl->ipv6_src, b + 8, 16);
        memcpy(fl->ipv6_dst, b + 24, 16);
    }
    fl->nw_proto = l->proto;
    fl->nw_frag = (uint8_t)((l->is_fragment ? FLOW_FRAG_ANY : 0)
                            | (l->is_later ? FLOW_FRAG_LATER : 0));
}

static void
read_l4(const struct frame *f, const struct layout *l, struct flow *fl)
{
    const uint8_t *b = &f->b[l->l4_ofs];
    if (l->proto == 1 || l->proto == 58) {
        fl->tp_src = cpu_to_be16(b[0]);
        fl->tp_dst = cpu_to_be16(b[1]);
    } else {
        memcpy(&fl->tp_src, b, 2);
        memcpy(&fl->tp_dst, b + 2, 2);
    }
    if (l->proto == 6) {
        fl->tcp_flags = cpu_to_be16((uint16_t)(get16(f, l->l4_ofs + 12)
                                               & 0xfff));
    }
    if (l->is_nd) {
        memcpy(&fl->nd_reserved, b + 4, 4);
        memcpy(fl->nd_target, b + 8, 16);
        if (l->sll_ofs) {
            fl->nd_options_type = 1;
            memcpy(&fl->arp_sha, &f->b[l->sll_ofs], 6);
        }
        if (l->tll_ofs) {
            fl->nd_options_type = 2;
            memcpy(&fl->arp_tha, &f->b[l->tll_ofs], 6);
        }
    }
}

void
frame_read(const struct frame *f, struct flow *fl)
{
    struct layout l = lay_out(f);
    clear_packet_fields(fl);
    if (l.is_runt) {
        return;
    }
    memcpy(&fl->dl_dst, f->b, 6);
    memcpy(&fl->dl_src, f->b + 6, 6);
    fl->dl_type = cpu_to_be16(l.dl_type);
    for (unsigned int i = 0; i < l.n_vlans; i++) {
        fl->vlans[i].tpid = cpu_to_be16((uint16_t)get16(f, 12 + 4 * i));
        fl->vlans[i].tci = cpu_to_be16((uint16_t)(get16(f, 14 + 4 * i)
                                                  | FLOW_VLAN_CFI));
    }
    if (l.l3 == L3_MPLS) {
        memcpy(fl->mpls_lse, &f->b[l.l3_ofs], 4 * l.n_mpls);
    } else if (l.l3 == L3_ARP) {
        const uint8_t *b = &f->b[l.l3_ofs];
        fl->nw_proto = b[6] ? 0 : b[7];
        memcpy(&fl->arp_sha, b + 8, 6);
        memcpy(&fl->nw_src, b + 14, 4);
        memcpy(&fl->arp_tha, b + 18, 6);
        memcpy(&fl->nw_dst, b + 24, 4);
    } else if (l.l3 == L3_IPV4 || l.l3 == L3_IPV6) {
        read_ip(f, &l, fl);
    }
    if (l.has_l4) {
        read_l4(f, &l, fl);
    }
}

/* Checksums. */

static uint32_t
sum_bytes(const uint8_t *b, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (sum & 0xffff) + (sum >> 16);
}

/* Where the Internet checksum of L4 stands; 0 if there is none. */
static size_t
l4_csum_ofs(const struct layout *l)
{
    return !l->has_l4         ? 0
           : l->proto == 6    ? l->l4_ofs + 16
           : l->proto == 17   ? l->l4_ofs + 6
           : l->proto == 132  ? 0
                              : l->l4_ofs + 2;
}

/* The one's complement sum of L4 and its pseudo-header, less the checksum.
 * [RFC 9293 3.1, RFC 8200 8.1, RFC 792] */
static uint32_t
sum_l4(const struct frame *f, const struct layout *l)
{
    size_t at = l4_csum_ofs(l);
    const uint8_t *l3 = &f->b[l->l3_ofs];
    uint32_t sum = sum_bytes(&f->b[l->l4_ofs], l->l4_len);
    sum += 0xffff & ~get16(f, at);
    if (l->proto != 1) {
        sum += l->l3 == L3_IPV4 ? sum_bytes(l3 + 12, 8) : sum_bytes(l3 + 8, 32);
        sum += l->proto + (uint32_t)l->l4_len;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

static uint32_t
sum_ipv4(const struct frame *f, const struct layout *l)
{
    uint32_t sum = sum_bytes(&f->b[l->l3_ofs], (f->b[l->l3_ofs] & 15u) * 4)
                   + (0xffff & ~get16(f, l->l3_ofs + 10));
    return (sum & 0xffff) + (sum >> 16);
}

/* What the checksum field becomes when the sum of all else goes from 'old'
 * to 'new': a right one is right again, a wrong one as wrong as before. */
static unsigned int
follow(unsigned int csum, uint32_t old, uint32_t new)
{
    uint32_t sum = (0xffff & ~csum) + (0xffff & ~old) + new;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return 0xffff & ~sum;
}

static uint32_t
crc32c(const uint8_t *b, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        crc ^= b[i];
        for (int k = 0; k < 8; k++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
        }
    }
    return ~crc;
}

/* The CRC that an SCTP packet should carry, in the order of its bytes. */
static uint32_t
sctp_crc(const struct frame *f, const struct layout *l)
{
    struct frame zeroed = *f;
    put32(&zeroed, l->l4_ofs + 8, 0);
    return be32_to_cpu(htole32(crc32c(&zeroed.b[l->l4_ofs], l->l4_len)));
}

struct sums {
    uint32_t ipv4, l4, sctp;
};

static struct sums
sum_all(const struct frame *f, const struct layout *l)
{
    struct sums s = { 0, 0, 0 };
    s.ipv4 = l->l3 == L3_IPV4 ? sum_ipv4(f, l) : 0;
    s.l4 = l4_csum_ofs(l) ? sum_l4(f, l) : 0;
    s.sctp = l->has_l4 && l->proto == 132 ? sctp_crc(f, l) : 0;
    return s;
}

/* The bytes changed, the layout did not. */
static void
follow_all(struct frame *f, const struct layout *l, const struct sums *old)
{
    struct sums new = sum_all(f, l);
    size_t at = l4_csum_ofs(l);
    if (new.ipv4 != old->ipv4) {
        put16(f, l->l3_ofs + 10,
              follow(get16(f, l->l3_ofs + 10), old->ipv4, new.ipv4));
    }
    bool is_none = l->proto == 17 && at && !get16(f, at);
    if (at && !is_none && new.l4 != old->l4) {
        unsigned int csum = follow(get16(f, at), old->l4, new.l4);
        bool no_zero = l->proto == 17 || l->proto == 1;
        put16(f, at, no_zero && !csum ? 0xffff : csum);
    }
    if (new.sctp != old->sctp && !l->is_fragment) {
        size_t crc_ofs = l->l4_ofs + 8;
        put32(f, crc_ofs, get32(f, crc_ofs) ^ old->sctp ^ new.sctp);
    }
}

void
frame_fill_checksums(struct frame *f)
{
    struct layout l = lay_out(f);
    if (l.l3 == L3_IPV4) {
        put16(f, l.l3_ofs + 10, 0xffff & ~sum_ipv4(f, &l));
    }
    size_t at = l4_csum_ofs(&l);
    if (at && !l.is_fragment) {
        unsigned int csum = 0xffff & ~sum_l4(f, &l);
        put16(f, at, csum || l.proto == 6 || l.proto == 58 ? csum : 0xffff);
    }
    if (l.has_l4 && l.proto == 132 && !l.is_fragment) {
        put32(f, l.l4_ofs + 8, sctp_crc(f, &l));
    }
}

/* Writing. */

static void
write_ip(struct frame *f, const struct layout *l, const struct flow *want)
{
    uint8_t *b = &f->b[l->l3_ofs];
    if (l->l3 == L3_IPV4) {
        b[1] = want->nw_tos;
        b[8] = want->nw_ttl;
        memcpy(b + 12, &want->nw_src, 4);
        memcpy(b + 16, &want->nw_dst, 4);
    } else {
        put32(f, l->l3_ofs, 6u << 28 | (uint32_t)want->nw_tos << 20
                                | (be32_to_cpu(want->ipv6_label) & 0xfffff));
        b[7] = want->nw_ttl;
        memcpy(b + 8, want->ipv6_src, 16);
        memcpy(b + 24, want->ipv6_dst, 16);
    }
}

static void
write_l4(struct frame *f, const struct layout *l, const struct flow *want)
{
    uint8_t *b = &f->b[l->l4_ofs];
    if (l->proto == 1 || l->proto == 58) {
        b[0] = (uint8_t)be16_to_cpu(want->tp_src);
        b[1] = (uint8_t)be16_to_cpu(want->tp_dst);
    } else {
        memcpy(b, &want->tp_src, 2);
        memcpy(b + 2, &want->tp_dst, 2);
    }
    if (l->is_nd) {
        memcpy(b + 8, want->nd_target, 16);
        if (l->sll_ofs) {
            memcpy(&f->b[l->sll_ofs], &want->arp_sha, 6);
        }
        if (l->tll_ofs) {
            memcpy(&f->b[l->tll_ofs], &want->arp_tha, 6);
        }
    }
}

void
frame_write(struct frame *f, const struct flow *want)
{
    struct layout l = lay_out(f);
    if (l.is_runt) {
        return;
    }
    struct sums old = sum_all(f, &l);
    memcpy(f->b, &want->dl_dst, 6);
    memcpy(f->b + 6, &want->dl_src, 6);
    if (l.n_vlans) {
        /* The drop-eligible bit is not the flow's: it stays. */
        put16(f, 14, (get16(f, 14) & 0x1000)
                         | (be16_to_cpu(want->vlans[0].tci) & 0xefff));
    }
    if (l.l3 == L3_MPLS) {
        put32(f, l.l3_ofs, be32_to_cpu(want->mpls_lse[0]));
    } else if (l.l3 == L3_ARP) {
        uint8_t *b = &f->b[l.l3_ofs];
        if (!b[6] || want->nw_proto) { /* A high opcode shows as 0. */
            put16(f, l.l3_ofs + 6, want->nw_proto);
        }
        memcpy(b + 8, &want->arp_sha, 6);
        memcpy(b + 14, &want->nw_src, 4);
        memcpy(b + 18, &want->arp_tha, 6);
        memcpy(b + 24, &want->nw_dst, 4);
    } else if (l.l3 == L3_IPV4 || l.l3 == L3_IPV6) {
        write_ip(f, &l, want);
    }
    if (l.has_l4) {
        write_l4(f, &l, want);
    }
    follow_all(f, &l, &old);
}

/* Makes room for 'n' bytes at 'ofs', or takes them out. */
static void
insert_bytes(struct frame *f, size_t ofs, size_t n)
{
    ASSERT(f->len + n <= FRAME_MAX);
    memmove(&f->b[ofs + n], &f->b[ofs], f->len - ofs);
    f->len += n;
}

static void
remove_bytes(struct frame *f, size_t ofs, size_t n)
{
    memmove(&f->b[ofs], &f->b[ofs + n], f->len - ofs - n);
    f->len -= n;
}

void
frame_push_vlan(struct frame *f, uint16_t tpid, uint16_t tci)
{
    if (f->len >= 14) {
        insert_bytes(f, 12, 4);
        put16(f, 12, tpid);
        put16(f, 14, tci);
    }
}

void
frame_pop_vlan(struct frame *f)
{
    if (lay_out(f).n_vlans) {
        remove_bytes(f, 12, 4);
    }
}

void
frame_push_mpls(struct frame *f, uint16_t type, uint32_t lse)
{
    struct layout l = lay_out(f);
    if (!l.is_runt && l.dl_type >= 0x600) {
        put16(f, l.type_ofs, type);
        insert_bytes(f, l.l3_ofs, 4);
        put32(f, l.l3_ofs, lse);
    }
}

void
frame_pop_mpls(struct frame *f, uint16_t type)
{
    struct layout l = lay_out(f);
    if (l.l3 == L3_MPLS) {
        put16(f, l.type_ofs, type);
        remove_bytes(f, l.l3_ofs, 4);
    }
}

unsigned int
frame_n_mpls(const struct frame *f)
{
    return lay_out(f).n_mpls;
}

unsigned int
frame_n_vlans(const struct frame *f)
{
    return lay_out(f).n_vlans;
}

unsigned int
frame_ip_version(const struct frame *f)
{
    enum l3 l3 = lay_out(f).l3;
    return l3 == L3_IPV4 ? 4 : l3 == L3_IPV6 ? 6 : 0;
}

static bool
is_l4_whole(const struct frame *f, const struct layout *l)
{
    bool is_known = l->proto == 6 || l->proto == 17 || l->proto == 132
                    || l->proto == (l->l3 == L3_IPV4 ? 1 : 58);
    if (!is_known || l->is_later || !l->has_l4) {
        return !is_known || l->is_later;
    }
    const uint8_t *b = &f->b[l->l4_ofs];
    bool is_nd = l->proto == 58 && (b[0] == 135 || b[0] == 136) && !b[1];
    return !is_nd || (l->is_nd && (l->sll_ofs || l->tll_ofs));
}

bool
frame_is_whole(const struct frame *f)
{
    struct layout l = lay_out(f);
    switch (l.dl_type) {
    case 0x0800:
    case 0x86dd:
        return l.l3 != L3_NONE && is_l4_whole(f, &l);
    case 0x0806:
    case 0x8035:
        return l.l3 != L3_NONE;
    case 0x8847:
    case 0x8848:
        return l.n_mpls == 3
               || (l.n_mpls && f->b[l.l3_ofs + 4 * l.n_mpls - 2] & 1);
    default:
        return !l.is_runt;
    }
}

bool
frame_equal(const struct frame *a, const struct frame *b)
{
    return a->len == b->len && !memcmp(a->b, b->b, a->len);
}
