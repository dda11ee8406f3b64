/* SPDX-License-Identifier: Apache-2.0 */
/* Runs any list of static instructions on any frame.
 *
 * The first byte is the number of instructions, 8 bytes each; the frame
 * follows.  What comes out is parsed rightly, and a packet whose checksums
 * were right has them right unless another header came to light. */
#include <stdlib.h>

#include "datapath/dp.h"
#include "datapath/user/exec.h"
#include "lib/base/assert.h"
#include "lib/packet/csum.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

#define INSTRUCTIONS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct world {
    struct dp_exec x;
    unsigned int kind; /* Of packets whose checksums must be right. */
};

static void
on_output(struct dp_exec *x, uint32_t port UNUSED, struct packet *p)
{
    const struct world *w = (const struct world *)x;
    struct packet again = *p;
    packet_parse(&again);
    ASSERT(again.shape == p->shape && again.l3_ofs == p->l3_ofs
           && again.l4_ofs == p->l4_ofs);
    ASSERT(PACKET_SHAPE_KIND(p->shape) != w->kind || packet_verify_csum(p));
    packet_free(p);
}

static void
on_event(struct dp_exec *x UNUSED, const struct packet *p UNUSED,
         const struct dpact_event *a UNUSED)
{
}

static void
on_drop(struct dp_exec *x UNUSED, const struct packet *p UNUSED,
        enum dp_drop reason UNUSED)
{
}

/* Copies 'n' bytes made of the 8 of 'op' to each member, which gives values
 * and masks of all kinds. */
static void
fill(void *record, size_t n, const uint8_t op[8])
{
    uint8_t *at = record;
    for (size_t i = sizeof(struct dpact); i < n; i++) {
        at[i] = (uint8_t)(op[i % 8] ^ (i / 8 * 37));
    }
}

#define SET(NAME, STRUCT)                                                     \
    case DPACT_##NAME:                                                        \
        fill(dp_prog_put(b, DPACT_##NAME, sizeof(struct STRUCT)),             \
             sizeof(struct STRUCT), op);                                      \
        break

static void
put_instruction(struct dp_prog_builder *b, const uint8_t op[8])
{
    switch (op[0] % DPACT_N) {
        SET(PUSH_VLAN, dpact_vlan);
        SET(SET_VLAN, dpact_vlan);
        SET(PUSH_MPLS, dpact_mpls);
        SET(POP_MPLS, dpact_mpls);
        SET(SET_MPLS, dpact_mpls);
        SET(SET_ETH, dpact_set_eth);
        SET(SET_IPV4, dpact_set_ipv4);
        SET(SET_IPV6, dpact_set_ipv6);
        SET(SET_L4, dpact_set_l4);
        SET(SET_ICMP, dpact_set_icmp);
        SET(SET_ARP, dpact_set_arp);
        SET(SET_ND, dpact_set_nd);
    case DPACT_POP_VLAN:
        dp_prog_put(b, DPACT_POP_VLAN, sizeof(struct dpact_plain));
        break;
    case DPACT_DEC_TTL:
    case DPACT_DEC_MPLS_TTL:
        dp_prog_put(b, op[0] % DPACT_N, sizeof(struct dpact_nest));
        break;
    case DPACT_CLONE: {
        size_t start = b->acts.len;
        dp_prog_put(b, DPACT_CLONE, sizeof(struct dpact_nest));
        fill(dp_prog_put(b, DPACT_SET_L4, sizeof(struct dpact_set_l4)),
             sizeof(struct dpact_set_l4), op);
        dp_prog_put(b, DPACT_OUTPUT, sizeof(struct dpact_output));
        ASSERT(dp_prog_end_nest(b, start));
        break;
    }
    default:
        dp_prog_put(b, DPACT_OUTPUT, sizeof(struct dpact_output));
        break;
    }
}

/* With a routing header an address is not the one that is summed. */
static bool
has_ext(const struct packet *p)
{
    return packet_kind(p)->ip_version == 6
           && p->l4_ofs - p->l3_ofs > IPV6_HDR_LEN;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t n = len ? data[0] % INSTRUCTIONS_MAX : 0;
    if (len < 1 + 8 * n + 1 || len > 20000) {
        return 0;
    }
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    for (size_t i = 0; i < n; i++) {
        put_instruction(&b, data + 1 + 8 * i);
    }
    dp_prog_put(&b, DPACT_OUTPUT, sizeof(struct dpact_output));
    data += 1 + 8 * n;
    len -= 1 + 8 * n;

    struct world w = { .x = { .output = on_output,
                              .event = on_event,
                              .drop = on_drop },
                       .kind = PKIND_N };
    struct packet p;
    ASSERT(packet_alloc(&p, len));
    memcpy(p.data, data, len);
    packet_parse(&p);
    packet_fill_csum(&p, true);
    if (packet_verify_csum(&p) && !has_ext(&p)) {
        w.kind = PACKET_SHAPE_KIND(p.shape);
    }
    dp_exec(&w.x, &p, (const void *)b.acts.data, b.acts.len);
    dp_prog_builder_fini(&b);
    return 0;
}
