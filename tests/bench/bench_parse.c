/* SPDX-License-Identifier: Apache-2.0 */
/* Cycles a packet of parse, key load and hash, in bursts of 32.
 *
 *   tests/bench/bench_parse [ROUNDS]
 *
 * Prints one JSON line a mix of packets: the median of 15 windows, in TSC
 * cycles.  The frames are in the cache: the figure is the work, not the
 * memory. */
#include <stdio.h>
#include <stdlib.h>
#include <x86intrin.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/base/rng.h"
#include "lib/flow/compose.h"
#include "lib/flow/extract.h"
#include "lib/packet/hdr.h"

#define WINDOWS 15

static struct packet pkts[BURST_MAX];
static struct keyspec specs[PACKET_SHAPES];

static void
make(struct packet *p, uint16_t type, uint8_t proto, bool vlan,
     struct rng *rng)
{
    struct flow f = { .dl_type = cpu_to_be16(type), .nw_proto = proto };
    f.nw_src = (be32)rng_u64(rng);
    f.nw_dst = (be32)rng_u64(rng);
    memcpy(f.ipv6_src, &f.nw_src, 4);
    f.tp_src = (be16)rng_u64(rng);
    f.tp_dst = (be16)rng_u64(rng);
    f.nw_ttl = 64;
    if (vlan) {
        f.vlans[0].tci = BE16(FLOW_VLAN_CFI | 5);
    }
    ASSERT(flow_compose(&f, 0, p));
}

static inline uint32_t __attribute__((target("sse4.2")))
hash_key(const struct keyspec *ks, const struct packet *p)
{
    uint64_t key[KEY_WORDS_MAX];
    uint64_t h = p->shape;
    keyspec_load(ks, p, key);
    for (unsigned int i = 0; i < ks->n_words; i++) {
        h = _mm_crc32_u64(h, key[i]);
    }
    return (uint32_t)h;
}

static uint32_t __attribute__((target("sse4.2")))
run_burst(void)
{
    uint32_t sum = 0;
    packet_parse_burst(pkts, BURST_MAX);
    for (unsigned int i = 0; i < BURST_MAX; i++) {
        pkts[i].hash = hash_key(&specs[pkts[i].shape], &pkts[i]);
        sum += pkts[i].hash;
    }
    return sum;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
measure(const char *name, unsigned long rounds)
{
    double cycles[WINDOWS];
    uint32_t sum = 0;
    for (int w = 0; w < WINDOWS; w++) {
        uint64_t start = __rdtsc();
        for (unsigned long i = 0; i < rounds; i++) {
            sum += run_burst();
        }
        cycles[w] = (double)(__rdtsc() - start)
                    / (double)(rounds * BURST_MAX);
    }
    qsort(cycles, WINDOWS, sizeof cycles[0], compare);
    printf("{\"id\":\"parse\",\"case\":\"%s\",\"unit\":\"cycles/packet\","
           "\"better\":\"lower\",\"ours\":%.1f,\"spread\":%.1f,"
           "\"check\":%u}\n",
           name, cycles[WINDOWS / 2], cycles[WINDOWS - 1] - cycles[0], sum);
}

int
main(int argc, char *argv[])
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    struct rng rng;
    struct flow reads = { .nw_src = ~0u, .nw_dst = ~0u, .tp_src = 0xffff,
                          .tp_dst = 0xffff, .nw_proto = 0xff,
                          .dl_type = 0xffff };
    memset(reads.ipv6_src, 0xff, 32);
    rng_seed(&rng, 1);
    for (unsigned int i = 0; i < PACKET_SHAPES; i++) {
        keyspec_compile(&specs[i], &reads, (uint8_t)i);
    }
    for (unsigned int i = 0; i < BURST_MAX; i++) {
        make(&pkts[i], ETH_TYPE_IPV4, IP_PROTO_UDP, false, &rng);
    }
    measure("untagged IPv4 UDP", rounds);
    for (unsigned int i = 0; i < BURST_MAX; i++) {
        packet_free(&pkts[i]);
        make(&pkts[i], ETH_TYPE_IPV4, IP_PROTO_TCP, true, &rng);
    }
    measure("tagged IPv4 TCP", rounds);
    for (unsigned int i = 0; i < BURST_MAX; i++) {
        packet_free(&pkts[i]);
        make(&pkts[i], ETH_TYPE_IPV6, IP_PROTO_TCP, false, &rng);
    }
    measure("untagged IPv6 TCP", rounds);
    for (unsigned int i = 0; i < BURST_MAX; i++) {
        packet_free(&pkts[i]);
        make(&pkts[i], rng_one_in(&rng, 4) ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4,
             rng_one_in(&rng, 2) ? IP_PROTO_TCP : IP_PROTO_UDP,
             rng_one_in(&rng, 2), &rng);
    }
    measure("mixed", rounds);
    return 0;
}
