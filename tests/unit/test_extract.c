/* SPDX-License-Identifier: Apache-2.0 */
/* lib/flow: extraction, the table of places and compiled keys agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/rng.h"
#include "lib/flow/compose.h"
#include "lib/flow/extract.h"
#include "lib/packet/hdr.h"

static const uint16_t types[] = {
    ETH_TYPE_IPV4, ETH_TYPE_IPV6,       ETH_TYPE_IPV4, ETH_TYPE_IPV6,
    ETH_TYPE_ARP,  ETH_TYPE_RARP,       ETH_TYPE_MPLS, ETH_TYPE_MPLS_MCAST,
    ETH_TYPE_LLC,  0x88cc /* LLDP */,
};

static const uint8_t protos[] = {
    IP_PROTO_TCP,  IP_PROTO_UDP,    IP_PROTO_SCTP, IP_PROTO_ICMP,
    IP_PROTO_GRE,  IP_PROTO_ICMPV6, IP_PROTO_NONE, IP_PROTO_DSTOPTS,
};

static void
random_bytes(struct rng *rng, void *p, size_t n)
{
    uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)rng_u64(rng);
    }
}

static void
random_l4(struct rng *rng, uint16_t type, struct flow *f)
{
    bool is_icmp = f->nw_proto
                   == (type == ETH_TYPE_IPV4 ? IP_PROTO_ICMP
                                             : IP_PROTO_ICMPV6);
    if (is_icmp) {
        f->tp_src = cpu_to_be16((uint8_t)rng_u64(rng));
        f->tp_dst = cpu_to_be16((uint8_t)rng_u64(rng));
        if (type == ETH_TYPE_IPV6 && rng_one_in(rng, 2)) {
            bool is_ns = rng_one_in(rng, 2);
            f->tp_src = is_ns ? BE16(ICMPV6_ND_SOLICIT)
                              : BE16(ICMPV6_ND_ADVERT);
            f->tp_dst = 0;
            if (!f->nw_frag) {
                random_bytes(rng, f->nd_target, 16);
                random_bytes(rng, &f->nd_reserved, 4);
                random_bytes(rng, is_ns ? &f->arp_sha : &f->arp_tha, 6);
                f->nd_options_type = is_ns ? ND_OPT_SLL : ND_OPT_TLL;
            }
        }
    } else if (f->nw_proto == IP_PROTO_TCP || f->nw_proto == IP_PROTO_UDP
               || f->nw_proto == IP_PROTO_SCTP) {
        random_bytes(rng, &f->tp_src, 4);
        if (f->nw_proto == IP_PROTO_TCP) {
            f->tcp_flags = (be16)rng_u64(rng) & BE16(TCP_FLAGS_MASK);
        }
    }
}

/* A flow as extraction would give it: no field that its headers lack. */
static void
random_flow(struct rng *rng, struct flow *f)
{
    memset(f, 0, sizeof *f);
    random_bytes(rng, &f->dl_dst, 12);
    for (unsigned int i = 0; i < rng_below(rng, 3); i++) {
        f->vlans[i].tpid = rng_one_in(rng, 2) ? BE16(ETH_TYPE_VLAN)
                                              : BE16(ETH_TYPE_QINQ);
        f->vlans[i].tci = (be16)rng_u64(rng) | BE16(FLOW_VLAN_CFI);
    }
    uint16_t type = types[rng_below(rng, ARRAY_SIZE(types))];
    f->dl_type = cpu_to_be16(type);
    if (type == ETH_TYPE_MPLS || type == ETH_TYPE_MPLS_MCAST) {
        unsigned int n = 1 + rng_below(rng, 3);
        for (unsigned int i = 0; i < n; i++) {
            be32 lse = (be32)rng_u64(rng) & ~BE32(MPLS_BOS);
            f->mpls_lse[i] = i + 1 < n ? lse : lse | BE32(MPLS_BOS);
        }
        return;
    }
    bool is_arp = type == ETH_TYPE_ARP || type == ETH_TYPE_RARP;
    bool is_ip = type == ETH_TYPE_IPV4 || type == ETH_TYPE_IPV6;
    if (is_arp || type == ETH_TYPE_IPV4) {
        random_bytes(rng, &f->nw_src, 8);
    }
    if (is_arp) {
        f->nw_proto = (uint8_t)rng_u64(rng);
        random_bytes(rng, &f->arp_sha, 12);
    }
    if (!is_ip) {
        return;
    }
    if (type == ETH_TYPE_IPV6) {
        random_bytes(rng, f->ipv6_src, 32);
        f->ipv6_label = (be32)rng_u64(rng) & BE32(IPV6_LABEL_MASK);
    }
    f->nw_tos = (uint8_t)rng_u64(rng);
    f->nw_ttl = (uint8_t)rng_u64(rng);
    f->nw_proto = protos[rng_below(rng, ARRAY_SIZE(protos))];
    if (f->nw_proto == IP_PROTO_DSTOPTS && type == ETH_TYPE_IPV6) {
        f->nw_proto = IP_PROTO_ESP; /* Else a header that is cut short. */
    }
    if (rng_one_in(rng, 4)) {
        f->nw_frag = rng_one_in(rng, 2) ? FLOW_FRAG_ANY
                                        : FLOW_FRAG_ANY | FLOW_FRAG_LATER;
    }
    if (f->nw_frag & FLOW_FRAG_LATER) {
        if (type == ETH_TYPE_IPV6) {
            f->nw_proto = IP_PROTO_FRAGMENT;
        }
        return;
    }
    random_l4(rng, type, f);
}

static void
test_round_trip(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 3);
    for (int i = 0; i < 50000; i++) {
        struct flow f, g;
        struct packet p;
        random_flow(&rng, &f);
        size_t len = rng_one_in(&rng, 2) ? 0 : rng_below(&rng, 1500);
        assert_true(flow_compose(&f, len, &p));
        flow_extract(&p, 0, &g);
        for (size_t j = 0; j < sizeof f; j++) {
            const uint8_t *a = (const void *)&f, *b = (const void *)&g;
            if (a[j] != b[j]) {
                fail_msg("run %d: byte %zu of the flow: %02x, got %02x", i, j,
                         a[j], b[j]);
            }
        }
        packet_free(&p);
    }
}

/* A mask over fields that are read from packets, any bits of any of them. */
static void
random_mask(struct rng *rng, struct flow *mask)
{
    uint8_t *bytes = (uint8_t *)mask;
    memset(mask, 0, sizeof *mask);
    uint32_t density = 1 + rng_below(rng, 30);
    for (size_t i = offsetof(struct flow, dl_dst); i < sizeof *mask; i++) {
        if (rng_one_in(rng, density)) {
            bytes[i] = rng_one_in(rng, 2) ? 0xff : (uint8_t)rng_u64(rng);
        }
    }
}

static void
mask_flow(const struct flow *f, const struct flow *mask, struct flow *out)
{
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        flow_words(out)[i]
            = flow_words_const(f)[i] & flow_words_const(mask)[i];
    }
}

/* Changes some bytes of the headers; false if that changed the shape. */
static bool
mutate(struct rng *rng, struct packet *p)
{
    uint8_t shape = p->shape;
    uint32_t n = MIN(p->len, 100u);
    for (unsigned int i = rng_below(rng, 4); i > 0; i--) {
        uint8_t *at = &p->data[rng_below(rng, n)];
        *at = rng_one_in(rng, 2) ? (uint8_t)(*at ^ 1 << rng_below(rng, 8))
                                 : (uint8_t)rng_u64(rng);
    }
    packet_parse(p);
    return p->shape == shape;
}

static void
check_to_flow(const struct keyspec *ks, uint8_t shape, const uint64_t *key,
              const struct flow *f)
{
    struct flow value, mask, masked;
    keyspec_to_flow(ks, shape, key, &value, &mask);
    mask_flow(f, &mask, &masked);
    assert_memory_equal(&masked, &value, sizeof value);
}

/* Two packets of one shape have equal keys if and only if they have equal
 * flows under the mask that the key was compiled for. */
static void
test_keys_are_flows(void **state UNUSED)
{
    struct rng rng;
    unsigned int n_equal = 0, n_differ = 0, n_uncacheable = 0;
    rng_seed(&rng, 4);
    for (int i = 0; i < 300000; i++) {
        struct flow f, g, mask, f_masked, g_masked;
        struct packet a, b;
        struct keyspec ks;
        random_flow(&rng, &f);
        assert_true(flow_compose(&f, 0, &a));
        if (rng_one_in(&rng, 3)) {
            mutate(&rng, &a);
        }
        assert_true(packet_copy(&b, &a));
        if (mutate(&rng, &b)) {
            random_mask(&rng, &mask);
            keyspec_compile(&ks, &mask, a.shape);
            uint64_t ka[KEY_WORDS_MAX], kb[KEY_WORDS_MAX];
            keyspec_load(&ks, &a, ka);
            keyspec_load(&ks, &b, kb);
            flow_extract(&a, 0, &f);
            flow_extract(&b, 0, &g);
            mask_flow(&f, &mask, &f_masked);
            mask_flow(&g, &mask, &g_masked);
            bool keys_equal = !memcmp(ka, kb, ks.n_words * sizeof ka[0]);
            bool flows_equal = !memcmp(&f_masked, &g_masked, sizeof f);
            if (ks.is_uncacheable) {
                n_uncacheable++;
                assert_true(keys_equal || !flows_equal);
            } else if (keys_equal != flows_equal) {
                fail_msg("run %d shape %u: keys %s, flows %s", i, a.shape,
                         keys_equal ? "equal" : "differ",
                         flows_equal ? "equal" : "differ");
            } else {
                *(keys_equal ? &n_equal : &n_differ) += 1;
            }
            check_to_flow(&ks, a.shape, ka, &f);
        }
        packet_free(&a);
        packet_free(&b);
    }
    assert_true(n_equal > 20000 && n_differ > 20000 && n_uncacheable > 500);
}

/* The loads of a shape fit, whatever is read. */
static void
test_all_shapes_compile(void **state UNUSED)
{
    struct flow all;
    memset(&all, 0xff, sizeof all);
    unsigned int most = 0;
    for (unsigned int shape = 0; shape < 256; shape++) {
        struct keyspec ks;
        keyspec_compile(&ks, &all, (uint8_t)shape);
        most = MAX(most, ks.n_words);
    }
    assert_true(most <= KEY_WORDS_MAX);

    /* What a rule on addresses and ports of UDP needs: two loads. */
    struct flow reads = { .nw_src = ~0u, .nw_dst = ~0u, .tp_src = 0xffff,
                          .tp_dst = 0xffff, .nw_proto = 0xff,
                          .dl_type = 0xffff };
    struct keyspec ks;
    keyspec_compile(&ks, &reads, PKIND_IPV4_UDP);
    assert_int_equal(ks.n_words, 2);
    assert_false(ks.is_uncacheable);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_keys_are_flows),
        cmocka_unit_test(test_all_shapes_compile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
