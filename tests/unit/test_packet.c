/* SPDX-License-Identifier: Apache-2.0 */
/* lib/packet: pools, shapes, checksums, edits, segmentation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/base/thread.h"
#include "lib/flow/compose.h"
#include "lib/flow/extract.h"
#include "lib/packet/csum.h"
#include "lib/packet/edit.h"
#include "lib/packet/gso.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

/* ## Pools ## */

static void
test_alloc_sizes(void **state UNUSED)
{
    static const size_t lens[] = { 0, 1, 60, 1514, 1920, 1921, 9000, 65599 };
    for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
        struct packet p, q;
        assert_true(packet_alloc(&p, lens[i]));
        assert_int_equal(p.len, lens[i]);
        assert_int_equal(p.headroom, PACKET_HEADROOM);
        memset(p.data - p.headroom, 0x5a, p.headroom + lens[i]);
        memset(p.data + p.len, 0xa5, packet_tailroom(&p));
        assert_true(packet_copy(&q, &p));
        assert_memory_equal(p.data, q.data, p.len);
        assert_ptr_not_equal(p.data, q.data);
        packet_free(&p);
        packet_free(&q);
    }
}

static void
test_push_pull(void **state UNUSED)
{
    struct packet p;
    assert_true(packet_alloc(&p, 100));
    p.l3_ofs = 14;
    p.l4_ofs = 34;
    p.flags = PACKET_CSUM_PARTIAL;
    p.csum_start = 34;
    uint8_t *data = p.data;
    assert_ptr_equal(packet_push(&p, 4), data - 4);
    assert_int_equal(p.l3_ofs, 18);
    assert_int_equal(p.l4_ofs, 38);
    assert_int_equal(p.csum_start, 38);
    assert_ptr_equal(packet_pull(&p, 8), data + 4);
    assert_int_equal(p.l3_ofs, 10);
    assert_int_equal(p.len, 96);
    assert_null(packet_push(&p, PACKET_HEADROOM + 5));
    assert_int_equal(p.len, 96);
    packet_free(&p);
}

struct handover {
    struct packet pkts[32];
    _Atomic(int) state; /* 0 empty, 1 full, 2 over. */
};

static void *
free_what_comes(void *arg)
{
    struct handover *h = arg;
    for (int state; (state = h->state) != 2;) {
        if (state == 1) {
            packet_free_burst(h->pkts, ARRAY_SIZE(h->pkts));
            h->state = 0;
        }
    }
    return NULL;
}

/* One thread takes, the other gives: nothing is lost, and after a start no
 * more memory is mapped. */
static void
test_two_threads(void **state UNUSED)
{
    struct handover *h = calloc(1, sizeof *h);
    pthread_t thread = thread_start("freer", free_what_comes, h);
    struct packet_heap_info before = { 0 }, after;
    for (int i = 0; i < 2000; i++) {
        if (i == 100) {
            packet_heap_get_info(&before);
        }
        for (size_t j = 0; j < ARRAY_SIZE(h->pkts); j++) {
            assert_true(packet_alloc(&h->pkts[j], j % 2 ? 64 : 3000));
        }
        h->state = 1;
        while (h->state) {
        }
    }
    h->state = 2;
    thread_join(thread);
    packet_heap_get_info(&after);
    assert_int_equal(before.n_small, after.n_small);
    assert_int_equal(before.n_large, after.n_large);
    free(h);
}

/* ## Shapes ## */

#define MACS "\x02\0\0\0\0\1\x02\0\0\0\0\2"
#define IP4(LEN, FRAG, PROTO)                                                 \
    "\x45\0" LEN "\0\0" FRAG "\x40" PROTO "\0\0\x0a\0\0\1\x0a\0\0\2"
#define IP6(LEN, PROTO)                                                       \
    "\x60\0\0\0" LEN PROTO "\x40"                                             \
    "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"                                    \
    "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\2"
#define Z8 "\0\0\0\0\0\0\0\0"
#define Z20 Z8 Z8 "\0\0\0\0"
#define BYTES(S) (S), sizeof(S) - 1

static const struct shape_case {
    const char *bytes;
    size_t len;
    unsigned int vlans, kind, l3_ofs, l4_ofs;
} shape_cases[] = {
    { BYTES("\1\2\3"), 0, PKIND_RUNT, 0xffff, 0xffff },
    { BYTES(MACS "\x88\xcc"), 0, PKIND_OTHER, 14, 0xffff },
    { BYTES(MACS "\0\x40\x42\x42\3"), 0, PKIND_LLC, 14, 0xffff },
    { BYTES(MACS "\0\x40\xaa\xaa\3\0\0\0\x08\x06"), 0, PKIND_ARP_BAD, 22,
      0xffff },
    { BYTES(MACS "\x81\0\0\5\x88\xcc"), 1, PKIND_OTHER, 18, 0xffff },
    { BYTES(MACS "\x88\xa8\0\5\x81\0\0\6\x88\xcc"), 2, PKIND_OTHER, 22,
      0xffff },
    { BYTES(MACS "\x88\xa8\0\5\x81\0\0\6\x81\0\0\7\x08\0"), 2, PKIND_OTHER,
      22, 0xffff },
    { BYTES(MACS "\x81\0\0"), 0, PKIND_OTHER, 14, 0xffff },
    { BYTES(MACS "\x88\x47\0\0\1\0"), 0, PKIND_MPLS1, 14, 0xffff },
    { BYTES(MACS "\x88\x47\0\0\0\0\0\0\1\0"), 0, PKIND_MPLS2, 14, 0xffff },
    { BYTES(MACS "\x88\x48" Z20), 0, PKIND_MPLS3, 14, 0xffff },
    { BYTES(MACS "\x88\x48\0"), 0, PKIND_MPLS_BAD, 14, 0xffff },
    { BYTES(MACS "\x08\0" IP4("\0\x1c", "\0\0", "\x11") Z8), 0,
      PKIND_IPV4_UDP, 14, 34 },
    { BYTES(MACS "\x08\0" IP4("\0\x1b", "\0\0", "\x11") Z8), 0,
      PKIND_IPV4_NOL4, 14, 34 },
    { BYTES(MACS "\x08\0" IP4("\0\x1d", "\0\0", "\x11") Z8), 0,
      PKIND_IPV4_BAD, 14, 0xffff },
    { BYTES(MACS "\x08\0" IP4("\0\x1c", "\x20\0", "\x11") Z8), 0,
      PKIND_IPV4_UDP_FIRST, 14, 34 },
    { BYTES(MACS "\x08\0" IP4("\0\x1c", "\0\1", "\x11") Z8), 0,
      PKIND_IPV4_LATER, 14, 34 },
    { BYTES(MACS "\x08\0" IP4("\0\x1c", "\x40\0", "\x2f") Z8), 0,
      PKIND_IPV4_NOL4, 14, 34 },
    { BYTES(MACS "\x08\0" IP4("\0\x1c", "\x20\0", "\x2f") Z8), 0,
      PKIND_IPV4_NOL4_FIRST, 14, 34 },
    { BYTES(MACS "\x08\0" IP4("\0\x28", "\0\0", "\x06") Z20), 0,
      PKIND_IPV4_TCP, 14, 34 },
    { BYTES(MACS "\x08\0" IP4("\0\x20", "\0\0", "\x84") Z20), 0,
      PKIND_IPV4_SCTP, 14, 34 },
    { BYTES(MACS "\x81\0\0\1\x08\0" IP4("\0\x1c", "\0\0", "\x01") Z8), 1,
      PKIND_IPV4_ICMP, 18, 38 },
    { BYTES(MACS "\x08\0\x44" Z20), 0, PKIND_IPV4_BAD, 14, 0xffff },
    { BYTES(MACS "\x86\xdd" IP6("\0\x08", "\x11") Z8), 0, PKIND_IPV6_UDP, 14,
      54 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x08", "\x06") Z8), 0, PKIND_IPV6_NOL4,
      14, 54 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x09", "\x11") Z8), 0, PKIND_IPV6_BAD, 14,
      0xffff },
    { BYTES(MACS "\x86\xdd" IP6("\0\x10", "\x3c") "\x11\0\0\0\0\0\0\0" Z8), 0,
      PKIND_IPV6_UDP, 14, 62 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x10", "\x3c") "\x32\0\0\0\0\0\0\0" Z8), 0,
      PKIND_IPV6_EXT_NOL4, 14, 62 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x10", "\x2c") "\x11\0\0\1\0\0\0\0" Z8), 0,
      PKIND_IPV6_UDP_FIRST, 14, 62 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x10", "\x2c") "\x11\0\0\0\0\0\0\0" Z8), 0,
      PKIND_IPV6_UDP, 14, 62 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x10", "\x2c") "\x11\0\0\x08\0\0\0\0" Z8),
      0, PKIND_IPV6_LATER, 14, 62 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x10", "\x3c") "\x11\2\0\0\0\0\0\0" Z8), 0,
      PKIND_IPV6_BAD, 14, 0xffff },
    { BYTES(MACS "\x86\xdd" IP6("\0\x18", "\x3a") "\x87\0\0\0" Z20), 0,
      PKIND_IPV6_ND, 14, 54 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x18", "\x3a") "\x87\1\0\0" Z20), 0,
      PKIND_IPV6_ICMP, 14, 54 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x08", "\x3a") "\x80\0\0\0\0\0\0\0"), 0,
      PKIND_IPV6_ICMP, 14, 54 },
    { BYTES(MACS "\x86\xdd" IP6("\0\x04", "\x3a") "\x80\0\0\0"), 0,
      PKIND_IPV6_NOL4, 14, 54 },
    { BYTES(MACS "\x08\x06\0\1\x08\0\6\4\1\1" Z20), 0, PKIND_ARP_OP, 14,
      0xffff },
    { BYTES(MACS "\x08\x06\0\1\x08\0\6\4\0\1" Z20), 0, PKIND_ARP, 14,
      0xffff },
};

static void
test_shapes(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(shape_cases); i++) {
        const struct shape_case *c = &shape_cases[i];
        uint8_t bytes[256];
        memcpy(bytes, c->bytes, c->len);
        struct packet p = packet_over(bytes, c->len, 0);
        packet_parse(&p);
        if (p.shape != PACKET_SHAPE(c->vlans, c->kind) || p.l3_ofs != c->l3_ofs
            || p.l4_ofs != c->l4_ofs) {
            fail_msg("case %zu: vlans %u kind %u l3 %u l4 %u", i,
                     PACKET_SHAPE_VLANS(p.shape), PACKET_SHAPE_KIND(p.shape),
                     p.l3_ofs, p.l4_ofs);
        }
    }
}

/* ## Checksums ## */

static uint16_t
naive_csum(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void
test_csum(void **state UNUSED)
{
    struct rng rng;
    uint8_t bytes[300];
    rng_seed(&rng, 1);
    for (int i = 0; i < 2000; i++) {
        size_t n = rng_below(&rng, sizeof bytes);
        for (size_t j = 0; j < n; j++) {
            bytes[j] = rng_one_in(&rng, 3) ? 0xff : (uint8_t)rng_u64(&rng);
        }
        assert_int_equal(be16_to_cpu(csum_bytes(bytes, n)),
                         naive_csum(bytes, n));
        if (n < 8) {
            continue;
        }
        be16 before = csum_bytes(bytes, n);
        uint8_t old[4];
        size_t at = rng_below(&rng, (uint32_t)(n - 4)) & ~1u;
        memcpy(old, bytes + at, 4);
        put_unaligned_be32(bytes + at, (be32)rng_u64(&rng));
        be16 after = csum_bytes(bytes, n);
        assert_int_equal(csum_change(before, old, bytes + at, 4), after);
    }
    /* RFC 3720 B.4 gives CRC32c of 32 zeros and of 32 ones. */
    memset(bytes, 0, 32);
    assert_int_equal(~crc32c_add(~0u, bytes, 32), 0x8a9136aa);
    assert_int_equal(~crc32c_add_zeros(~0u, 32), 0x8a9136aa);
    memset(bytes, 0xff, 32);
    assert_int_equal(~crc32c_add(~0u, bytes, 32), 0x62a8ab43);
}

/* ## Edits ## */

static struct flow
flow_ip(uint16_t dl_type, uint8_t proto)
{
    struct flow f;
    memset(&f, 0, sizeof f);
    f.dl_dst = eth_addr_from_u64(0x020000000001);
    f.dl_src = eth_addr_from_u64(0x020000000002);
    f.dl_type = cpu_to_be16(dl_type);
    f.nw_proto = proto;
    f.nw_ttl = 64;
    if (dl_type == ETH_TYPE_IPV4) {
        f.nw_src = BE32(0x0a000001);
        f.nw_dst = BE32(0x0a000002);
    } else {
        f.ipv6_src[15] = 1;
        f.ipv6_dst[15] = 2;
    }
    f.tp_src = BE16(1000);
    f.tp_dst = BE16(2000);
    if (proto == IP_PROTO_ICMP || proto == IP_PROTO_ICMPV6) {
        f.tp_src = BE16(8);
        f.tp_dst = 0;
    }
    return f;
}

static struct packet
composed(const struct flow *f)
{
    struct packet p;
    assert_true(flow_compose(f, 0, &p));
    return p;
}

static struct flow
extracted(const struct packet *p)
{
    struct packet again = *p;
    struct flow f;
    packet_parse(&again);
    assert_int_equal(again.shape, p->shape);
    assert_int_equal(again.l3_ofs, p->l3_ofs);
    assert_int_equal(again.l4_ofs, p->l4_ofs);
    flow_extract(p, 0, &f);
    return f;
}

static void
test_vlan(void **state UNUSED)
{
    struct flow f = flow_ip(ETH_TYPE_IPV4, IP_PROTO_UDP);
    struct packet p = composed(&f);
    struct flow before = extracted(&p);
    assert_true(packet_push_vlan(&p, BE16(ETH_TYPE_VLAN), BE16(0x6005)));
    struct flow g = extracted(&p);
    assert_int_equal(g.vlans[0].tci, BE16(0x7005));
    assert_true(packet_push_vlan(&p, BE16(ETH_TYPE_QINQ), BE16(0x0006)));
    g = extracted(&p);
    assert_int_equal(g.vlans[0].tci, BE16(0x1006));
    assert_int_equal(g.vlans[0].tpid, BE16(ETH_TYPE_QINQ));
    assert_int_equal(g.vlans[1].tci, BE16(0x7005));
    assert_true(packet_push_vlan(&p, BE16(ETH_TYPE_QINQ), BE16(0x0007)));
    g = extracted(&p);
    assert_int_equal(g.dl_type, BE16(ETH_TYPE_VLAN));
    packet_set_vlan(&p, BE16(0xe123), BE16(0x0fff));
    g = extracted(&p);
    assert_int_equal(g.vlans[0].tci, BE16(0x1123));
    packet_pop_vlan(&p);
    packet_pop_vlan(&p);
    packet_pop_vlan(&p);
    packet_pop_vlan(&p);
    g = extracted(&p);
    assert_memory_equal(&g, &before, sizeof g);
    assert_true(packet_verify_csum(&p));
    packet_free(&p);
}

static void
test_mpls(void **state UNUSED)
{
    struct flow f = flow_ip(ETH_TYPE_IPV4, IP_PROTO_TCP);
    struct packet p = composed(&f);
    struct flow before = extracted(&p);
    assert_true(packet_push_vlan(&p, BE16(ETH_TYPE_VLAN), BE16(5)));
    assert_true(packet_push_mpls(&p, BE16(ETH_TYPE_MPLS), BE32(0x12345140)));
    assert_true(packet_push_mpls(&p, BE16(ETH_TYPE_MPLS), BE32(0x54321002)));
    struct flow g = extracted(&p);
    assert_int_equal(g.mpls_lse[0], BE32(0x54321002));
    assert_int_equal(g.mpls_lse[1], BE32(0x12345140));
    assert_int_equal(g.mpls_lse[2], 0);
    assert_int_equal(g.vlans[0].tci, BE16(0x1005));
    assert_true(packet_dec_mpls_ttl(&p));
    assert_false(packet_dec_mpls_ttl(&p));
    packet_set_mpls(&p, BE32(0xff), BE32(0xff));
    g = extracted(&p);
    assert_int_equal(g.mpls_lse[0], BE32(0x543210ff));
    packet_pop_mpls(&p, BE16(ETH_TYPE_MPLS));
    packet_pop_mpls(&p, BE16(ETH_TYPE_IPV4));
    packet_pop_vlan(&p);
    g = extracted(&p);
    assert_memory_equal(&g, &before, sizeof g);
    packet_free(&p);
}

/* Sets every field there is, and compares with what extraction sees. */
static void
edit_all(struct packet *p, struct rng *rng)
{
    uint8_t a[16], b[16], ones[16];
    struct eth_addr mac = eth_addr_from_u64(rng_u64(rng));
    struct eth_addr all = eth_addr_from_u64(0xffffffffffff);
    be32 x = (be32)rng_u64(rng), y = (be32)rng_u64(rng);
    memset(ones, 0xff, sizeof ones);
    for (int i = 0; i < 16; i++) {
        a[i] = (uint8_t)rng_u64(rng);
        b[i] = (uint8_t)rng_u64(rng);
    }
    packet_set_eth(p, mac, all, mac, all);
    packet_set_ipv4_addrs(p, x, ~0u, y, (be32)rng_u64(rng));
    packet_set_ipv6_addrs(p, a, ones, b, rng_one_in(rng, 2) ? a : ones);
    packet_set_tos(p, a[0], b[0]);
    packet_set_ttl(p, a[1], 0xff);
    packet_set_ipv6_label(p, x, BE32(0xfffff));
    packet_set_ports(p, (be16)x, 0xffff, (be16)y, (be16)rng_u64(rng));
    packet_set_nd_target(p, a, ones);
    packet_set_nd_lla(p, ND_OPT_SLL, mac, all);
    packet_set_nd_lla(p, ND_OPT_TLL, mac, all);
    packet_set_icmp(p, a[2], a[2] & 1 ? 0xff : 0, a[3], a[3] & 1 ? 0xff : 0);
    packet_set_arp_op(p, BE16(2), 0xffff);
    packet_set_arp_ips(p, x, ~0u, y, ~0u);
    packet_set_arp_macs(p, mac, all, mac, all);
    bool ok = packet_dec_ttl(p);
    (void)ok;
}

static const struct {
    uint16_t dl_type;
    uint8_t proto;
} edit_kinds[] = {
    { ETH_TYPE_IPV4, IP_PROTO_TCP },   { ETH_TYPE_IPV4, IP_PROTO_UDP },
    { ETH_TYPE_IPV4, IP_PROTO_SCTP },  { ETH_TYPE_IPV4, IP_PROTO_ICMP },
    { ETH_TYPE_IPV4, IP_PROTO_GRE },   { ETH_TYPE_IPV6, IP_PROTO_TCP },
    { ETH_TYPE_IPV6, IP_PROTO_UDP },   { ETH_TYPE_IPV6, IP_PROTO_SCTP },
    { ETH_TYPE_IPV6, IP_PROTO_ICMPV6 }, { ETH_TYPE_ARP, 1 },
};

static void
test_edit_keeps_csum(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 2);
    for (int i = 0; i < 20000; i++) {
        size_t k = rng_below(&rng, ARRAY_SIZE(edit_kinds));
        struct flow f = flow_ip(edit_kinds[k].dl_type, edit_kinds[k].proto);
        if (f.nw_proto == IP_PROTO_ICMPV6 && rng_one_in(&rng, 2)) {
            f.tp_src = BE16(ICMPV6_ND_SOLICIT);
            f.arp_sha = f.dl_src;
        }
        struct packet p;
        assert_true(flow_compose(&f, rng_one_in(&rng, 2)
                                         ? 0 : rng_below(&rng, 200), &p));
        bool is_partial = rng_one_in(&rng, 3) && packet_kind(&p)->has_l4
                          && edit_kinds[k].proto == IP_PROTO_TCP;
        if (is_partial) { /* As a guest's stack would hand it over. */
            bool is_v6 = edit_kinds[k].dl_type == ETH_TYPE_IPV6;
            uint32_t len = (uint32_t)packet_l4_len(&p);
            const uint8_t *l3 = p.data + p.l3_ofs;
            uint64_t sum = is_v6 ? csum_add_pseudo6(0, l3 + 8, l3 + 24,
                                                    f.nw_proto, len)
                                 : csum_add_pseudo4(0, l3 + 12, l3 + 16,
                                                    f.nw_proto, len);
            put_unaligned_be16(p.data + p.l4_ofs + TCP_CSUM_OFS,
                               csum_fold(sum));
            p.flags = PACKET_CSUM_PARTIAL;
            p.csum_start = p.l4_ofs;
            p.csum_offset = TCP_CSUM_OFS;
        }
        assert_true(packet_verify_csum(&p));
        edit_all(&p, &rng);
        if (!packet_verify_csum(&p)) {
            fail_msg("run %d: wrong checksum, kind %zu partial %d", i, k,
                     is_partial);
        }
        assert_true(packet_finish_csum(&p));
        assert_true(packet_verify_csum(&p));
        extracted(&p);
        packet_free(&p);
    }
}

static void
test_edit_values(void **state UNUSED)
{
    struct flow f = flow_ip(ETH_TYPE_IPV4, IP_PROTO_UDP);
    struct packet p = composed(&f);
    packet_set_ipv4_addrs(&p, BE32(0x01020304), BE32(0xff00ff00), 0, 0);
    packet_set_tos(&p, 0xff, 0xfc);
    packet_set_ttl(&p, 7, 0xff);
    packet_set_ports(&p, BE16(80), 0xffff, 0, 0);
    struct flow g = extracted(&p);
    assert_int_equal(g.nw_src, BE32(0x01000301));
    assert_int_equal(g.nw_dst, f.nw_dst);
    assert_int_equal(g.nw_tos, 0xfc);
    assert_int_equal(g.nw_ttl, 7);
    assert_int_equal(g.tp_src, BE16(80));
    assert_int_equal(g.tp_dst, f.tp_dst);

    /* UDP without a checksum stays without. */
    put_unaligned_be16(p.data + p.l4_ofs + UDP_CSUM_OFS, 0);
    packet_set_ports(&p, BE16(81), 0xffff, 0, 0);
    assert_int_equal(get_unaligned_be16(p.data + p.l4_ofs + UDP_CSUM_OFS), 0);

    packet_set_ttl(&p, 1, 0xff);
    assert_false(packet_dec_ttl(&p));
    packet_set_ttl(&p, 2, 0xff);
    assert_true(packet_dec_ttl(&p));
    packet_free(&p);
}

/* ## Segmentation ## */

static void
check_segments(const struct packet *p, size_t hdr_len, size_t n_vlans)
{
    struct gso_iter it;
    struct packet seg;
    size_t at = hdr_len;
    unsigned int n = 0;
    assert_true(gso_begin(&it, p));
    while (gso_next(&it, &seg)) {
        packet_parse(&seg);
        assert_true(packet_verify_csum(&seg));
        assert_int_equal(PACKET_SHAPE_VLANS(seg.shape), n_vlans);
        assert_int_equal(packet_l4_len(&seg), seg.len - seg.l4_ofs);
        size_t payload = seg.len - hdr_len;
        assert_memory_equal(seg.data + hdr_len, p->data + at, payload);
        at += payload;
        const uint8_t *l4 = seg.data + seg.l4_ofs;
        bool is_last = at == p->len;
        assert_true(is_last || payload == p->gso_size);
        if (p->gso_type != PACKET_GSO_UDP_L4) {
            assert_int_equal(be32_to_cpu(get_unaligned_be32(l4 + 4)),
                             n * p->gso_size);
            assert_int_equal(!!(l4[13] & TCP_FIN), is_last);
            assert_int_equal(!!(l4[13] & TCP_CWR), !n);
        }
        n++;
        packet_free(&seg);
    }
    assert_int_equal(at, p->len);
    assert_int_equal(n, gso_n_segments(p));
}

static void
test_gso(void **state UNUSED)
{
    static const uint8_t types[] = { PACKET_GSO_TCPV4, PACKET_GSO_TCPV6,
                                     PACKET_GSO_UDP_L4 };
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        bool is_udp = types[i] == PACKET_GSO_UDP_L4;
        struct flow f = flow_ip(types[i] == PACKET_GSO_TCPV6 ? ETH_TYPE_IPV6
                                                             : ETH_TYPE_IPV4,
                                is_udp ? IP_PROTO_UDP : IP_PROTO_TCP);
        f.tcp_flags = is_udp ? 0 : BE16(TCP_ACK | TCP_CWR | TCP_FIN);
        struct packet p;
        assert_true(flow_compose(&f, 40000, &p));
        p.gso_type = types[i];
        p.gso_size = 1400;
        size_t hdr_len = p.l4_ofs + (is_udp ? UDP_HDR_LEN : TCP_HDR_LEN);
        check_segments(&p, hdr_len, 0);
        assert_true(packet_push_vlan(&p, BE16(ETH_TYPE_VLAN), BE16(5)));
        check_segments(&p, hdr_len + VLAN_TAG_LEN, 1);
        packet_free(&p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_sizes),
        cmocka_unit_test(test_push_pull),
        cmocka_unit_test(test_two_threads),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_csum),
        cmocka_unit_test(test_vlan),
        cmocka_unit_test(test_mpls),
        cmocka_unit_test(test_edit_keeps_csum),
        cmocka_unit_test(test_edit_values),
        cmocka_unit_test(test_gso),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
