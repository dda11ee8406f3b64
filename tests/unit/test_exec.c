/* SPDX-License-Identifier: Apache-2.0 */
/* datapath/user/exec*.c: instruction lists, with a world that notes what
 * comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "datapath/dp.h"
#include "datapath/user/exec.h"
#include "lib/flow/compose.h"
#include "lib/flow/extract.h"
#include "lib/packet/csum.h"
#include "lib/packet/hdr.h"

#define OUTS_MAX 16

struct world {
    struct dp_exec x;
    struct {
        uint32_t port, len;
        struct flow flow;
        bool is_csum_right;
    } outs[OUTS_MAX];
    unsigned int n_outs, n_events, n_drops;
    enum dp_drop last_drop;
    bool event_is_whole;
};

static void
on_output(struct dp_exec *x, uint32_t port, struct packet *p)
{
    struct world *w = (struct world *)x;
    assert_true(w->n_outs < OUTS_MAX);
    w->outs[w->n_outs].port = port;
    w->outs[w->n_outs].len = p->len;
    flow_extract(p, 0, &w->outs[w->n_outs].flow);
    w->outs[w->n_outs].is_csum_right = packet_verify_csum(p);
    w->n_outs++;
    packet_free(p);
}

static void
on_event(struct dp_exec *x, const struct packet *p,
         const struct dpact_event *a)
{
    struct world *w = (struct world *)x;
    assert_int_equal(a->kind, 7);
    w->n_events++;
    w->event_is_whole
        = !(p->flags & PACKET_CSUM_PARTIAL) && packet_verify_csum(p);
}

static void
on_drop(struct dp_exec *x, const struct packet *p UNUSED, enum dp_drop reason)
{
    struct world *w = (struct world *)x;
    w->n_drops++;
    w->last_drop = reason;
}

static struct world
new_world(void)
{
    return (struct world){ .x = { .output = on_output,
                                  .event = on_event,
                                  .drop = on_drop,
                                  .now_us = 1000000 } };
}

static struct packet
udp_packet(uint8_t ttl)
{
    struct flow f = { .dl_type = BE16(ETH_TYPE_IPV4),
                      .nw_src = BE32(0x0a000001),
                      .nw_dst = BE32(0x0a000002),
                      .nw_proto = IP_PROTO_UDP,
                      .nw_ttl = ttl,
                      .tp_src = BE16(1),
                      .tp_dst = BE16(2) };
    struct packet p;
    assert_true(flow_compose(&f, 0, &p));
    return p;
}

static void
put_output(struct dp_prog_builder *b, uint32_t port)
{
    struct dpact_output *a = dp_prog_put(b, DPACT_OUTPUT, sizeof *a);
    a->port = port;
}

static void
run(struct world *w, struct dp_prog_builder *b, struct packet p)
{
    dp_exec(&w->x, &p, (const void *)b->acts.data, b->acts.len);
    dp_prog_builder_fini(b);
}

/* Each output sees the packet as it was when its turn came. */
static void
test_outputs_and_sets(void **state UNUSED)
{
    struct world w = new_world();
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    put_output(&b, 1);
    struct dpact_set_ipv4 *ip = dp_prog_put(&b, DPACT_SET_IPV4, sizeof *ip);
    ip->dst = BE32(0x0b000000);
    ip->dst_mask = BE32(0xff000000);
    ip->tos = 0xb8;
    ip->tos_mask = 0xfc;
    struct dpact_set_l4 *l4 = dp_prog_put(&b, DPACT_SET_L4, sizeof *l4);
    l4->dst = BE16(80);
    l4->dst_mask = 0xffff;
    struct dpact_vlan *vlan = dp_prog_put(&b, DPACT_PUSH_VLAN, sizeof *vlan);
    vlan->tpid = BE16(ETH_TYPE_VLAN);
    vlan->tci = BE16(0x2005);
    put_output(&b, 2);
    dp_prog_put(&b, DPACT_POP_VLAN, sizeof(struct dpact_plain));
    put_output(&b, 3);
    run(&w, &b, udp_packet(64));

    assert_int_equal(w.n_outs, 3);
    assert_int_equal(w.n_drops, 0);
    assert_int_equal(w.outs[0].flow.tp_dst, BE16(2));
    assert_int_equal(w.outs[0].flow.vlans[0].tci, 0);
    assert_int_equal(w.outs[1].flow.vlans[0].tci, BE16(0x3005));
    assert_int_equal(w.outs[1].flow.nw_dst, BE32(0x0b000002));
    assert_int_equal(w.outs[1].flow.nw_tos, 0xb8);
    assert_int_equal(w.outs[2].flow.vlans[0].tci, 0);
    assert_int_equal(w.outs[2].flow.tp_dst, BE16(80));
    assert_int_equal(w.outs[2].flow.tp_src, BE16(1));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(w.outs[i].port, i + 1);
        assert_true(w.outs[i].is_csum_right);
    }
}

static void
test_clone(void **state UNUSED)
{
    struct world w = new_world();
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    size_t start = b.acts.len;
    dp_prog_put(&b, DPACT_CLONE, sizeof(struct dpact_nest));
    struct dpact_set_l4 *l4 = dp_prog_put(&b, DPACT_SET_L4, sizeof *l4);
    l4->src = BE16(99);
    l4->src_mask = 0xffff;
    put_output(&b, 1);
    assert_true(dp_prog_end_nest(&b, start));
    put_output(&b, 2);
    run(&w, &b, udp_packet(64));
    assert_int_equal(w.n_outs, 2);
    assert_int_equal(w.outs[0].flow.tp_src, BE16(99));
    assert_int_equal(w.outs[1].flow.tp_src, BE16(1));
}

static void
run_dec_ttl(struct world *w, uint8_t ttl)
{
    struct dp_prog_builder b;
    *w = new_world();
    dp_prog_builder_init(&b, 1);
    size_t start = b.acts.len;
    dp_prog_put(&b, DPACT_DEC_TTL, sizeof(struct dpact_nest));
    struct dpact_event *e = dp_prog_put(&b, DPACT_EVENT, sizeof *e);
    e->kind = 7;
    e->max_len = UINT16_MAX;
    assert_true(dp_prog_end_nest(&b, start));
    put_output(&b, 1);
    run(w, &b, udp_packet(ttl));
}

static void
test_dec_ttl(void **state UNUSED)
{
    struct world w;
    run_dec_ttl(&w, 2);
    assert_int_equal(w.n_outs, 1);
    assert_int_equal(w.n_events, 0);
    assert_int_equal(w.outs[0].flow.nw_ttl, 1);
    assert_true(w.outs[0].is_csum_right);
    run_dec_ttl(&w, 1);
    assert_int_equal(w.n_outs, 0);
    assert_int_equal(w.n_events, 1);
    assert_int_equal(w.last_drop, DP_DROP_TTL);
}

/* A checksum that a guest left open is finished before a controller sees the
 * packet. */
static void
test_event_csum(void **state UNUSED)
{
    struct world w = new_world();
    struct dp_prog_builder b;
    struct packet p = udp_packet(64);
    const uint8_t *l3 = p.data + p.l3_ofs;
    uint64_t sum = csum_add_pseudo4(0, l3 + 12, l3 + 16, IP_PROTO_UDP,
                                    (uint32_t)packet_l4_len(&p));
    put_unaligned_be16(p.data + p.l4_ofs + UDP_CSUM_OFS, csum_fold(sum));
    p.flags = PACKET_CSUM_PARTIAL;
    p.csum_start = p.l4_ofs;
    p.csum_offset = UDP_CSUM_OFS;
    dp_prog_builder_init(&b, 1);
    struct dpact_event *e = dp_prog_put(&b, DPACT_EVENT, sizeof *e);
    e->kind = 7;
    put_output(&b, 1);
    run(&w, &b, p);
    assert_true(w.event_is_whole);
    assert_true(w.outs[0].is_csum_right);
}

static void
test_count_and_empty(void **state UNUSED)
{
    struct world w = new_world();
    struct dp_prog_builder b;
    struct dp_counter *counter = dp_counter_create();
    struct packet p = udp_packet(64);
    uint32_t len = p.len;
    dp_prog_builder_init(&b, 1);
    struct dpact_count *c = dp_prog_put(&b, DPACT_COUNT, sizeof *c);
    c->counter = counter;
    put_output(&b, 1);
    run(&w, &b, p);
    assert_int_equal(counter->n_packets, 1);
    assert_int_equal(counter->n_bytes, len);
    dp_counter_unref(&counter);

    p = udp_packet(64);
    dp_exec(&w.x, &p, NULL, 0);
    assert_int_equal(w.n_outs, 1);
    assert_int_equal(w.last_drop, DP_DROP_NO_ACTIONS);
}

/* A packet without room in front gets a new buffer when a tag is pushed. */
static void
test_headroom(void **state UNUSED)
{
    struct world w = new_world();
    struct dp_prog_builder b;
    struct packet from = udp_packet(64);
    uint8_t bytes[256];
    memcpy(bytes, from.data, from.len);
    struct packet p = packet_over(bytes, from.len, 0);
    packet_parse(&p);
    dp_prog_builder_init(&b, 1);
    for (int i = 0; i < 3; i++) {
        struct dpact_mpls *a = dp_prog_put(&b, DPACT_PUSH_MPLS, sizeof *a);
        a->ethertype = BE16(ETH_TYPE_MPLS);
        a->lse = i ? 0 : BE32(MPLS_BOS);
    }
    put_output(&b, 1);
    run(&w, &b, p);
    assert_int_equal(w.n_outs, 1);
    assert_int_equal(w.outs[0].flow.dl_type, BE16(ETH_TYPE_MPLS));
    assert_int_equal(w.outs[0].flow.mpls_lse[2], BE32(MPLS_BOS));
    packet_free(&from);
}

/* Each copy in turn cannot be made: that output is lost and counted, the
 * others and the packet itself are not. */
static void
test_no_buffers(void **state UNUSED)
{
    for (int fail_at = 0; fail_at < 3; fail_at++) {
        struct world w = new_world();
        struct dp_prog_builder b;
        struct packet p = udp_packet(64);
        dp_prog_builder_init(&b, 1);
        put_output(&b, 1);
        put_output(&b, 2);
        put_output(&b, 3);
        packet_test_fail_after(fail_at);
        run(&w, &b, p);
        packet_test_fail_after(-1);
        assert_int_equal(w.n_outs, fail_at + 1);
        assert_int_equal(w.n_drops, 2 - fail_at);
        assert_int_equal(w.outs[w.n_outs - 1].port, 3);
        if (w.n_drops) {
            assert_int_equal(w.last_drop, DP_DROP_NO_MEMORY);
        }
    }

    /* No room for a tag, and no buffer that has some. */
    struct world w = new_world();
    struct dp_prog_builder b;
    uint8_t bytes[64] = { 0 };
    struct packet p = packet_over(bytes, sizeof bytes, 0);
    packet_parse(&p);
    dp_prog_builder_init(&b, 1);
    struct dpact_vlan *vlan = dp_prog_put(&b, DPACT_PUSH_VLAN, sizeof *vlan);
    vlan->tpid = BE16(ETH_TYPE_VLAN);
    put_output(&b, 1);
    packet_test_fail_after(0);
    run(&w, &b, p);
    packet_test_fail_after(-1);
    assert_int_equal(w.n_outs, 0);
    assert_int_equal(w.last_drop, DP_DROP_NO_MEMORY);
}

/* A cut packet has no more bytes; another output has all of them. */
static void
test_trunc(void **state UNUSED)
{
    struct world w = new_world();
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    dp_prog_put(&b, DPACT_CLONE, sizeof(struct dpact_nest));
    struct dpact_trunc *t = dp_prog_put(&b, DPACT_TRUNC, sizeof *t);
    t->max_len = 30;
    put_output(&b, 1);
    assert_true(dp_prog_end_nest(&b, 0));
    put_output(&b, 2);
    run(&w, &b, udp_packet(64));
    assert_int_equal(w.n_outs, 2);
    assert_int_equal(w.outs[0].port, 1);
    assert_int_equal(w.outs[0].len, 30);
    assert_int_equal(w.outs[1].port, 2);
    assert_int_equal(w.outs[1].flow.tp_dst, BE16(2));
    assert_true(w.outs[1].len > 30);
}

/* Appends a way for packets of up to 'max_len' bytes. */
static void
put_range(struct dp_prog_builder *b, uint32_t max_len, uint32_t port)
{
    struct dpact_len_range r = { max_len,
                                 sizeof r + sizeof(struct dpact_output) };
    buf_put(&b->acts, &r, sizeof r);
    put_output(b, port);
}

static uint32_t
port_by_len(uint32_t limit, uint8_t gso_type)
{
    struct world w = new_world();
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    struct dpact_by_len *a = dp_prog_put(&b, DPACT_BY_LEN, sizeof *a);
    a->n = 2;
    put_range(&b, limit, 1);
    put_range(&b, UINT32_MAX, 2);
    assert_true(dp_prog_end_nest(&b, 0));
    struct packet p = udp_packet(64);
    p.gso_type = gso_type;
    p.gso_hdr_len = 14;
    p.gso_size = 10;
    run(&w, &b, p);
    assert_int_equal(w.n_outs, 1);
    assert_int_equal(w.n_drops, 0);
    return w.outs[0].port;
}

static void
test_by_len(void **state UNUSED)
{
    struct packet p = udp_packet(64);
    uint32_t len = p.len;
    packet_free(&p);
    assert_int_equal(port_by_len(len, PACKET_GSO_NONE), 1);
    assert_int_equal(port_by_len(len - 1, PACKET_GSO_NONE), 2);
    /* Segments of 24 bytes. */
    assert_int_equal(port_by_len(24, PACKET_GSO_UDP_L4), 1);
    assert_int_equal(port_by_len(23, PACKET_GSO_UDP_L4), 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outputs_and_sets),
        cmocka_unit_test(test_clone),
        cmocka_unit_test(test_trunc),
        cmocka_unit_test(test_by_len),
        cmocka_unit_test(test_dec_ttl),
        cmocka_unit_test(test_event_csum),
        cmocka_unit_test(test_count_and_empty),
        cmocka_unit_test(test_headroom),
        cmocka_unit_test(test_no_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
