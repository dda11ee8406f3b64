/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle itself: its reading of packets against the packet path's, its
 * edits against lib/packet's, and a few rules whose outcome the standard
 * tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "lib/base/rng.h"
#include "lib/flow/extract.h"
#include "tests/sim/gen.h"

static const struct gen_opts all_opts = { true, true, true, true, true,
                                             true, true, true, true, true };

static void
parse(const struct frame *f, uint8_t buf[PACKET_HEADROOM + FRAME_MAX],
      struct packet *p)
{
    memcpy(buf + PACKET_HEADROOM, f->b, f->len);
    *p = packet_over(buf + PACKET_HEADROOM, f->len, PACKET_HEADROOM);
    packet_parse(p);
}

static void
reads_packets_as_the_packet_path_does(void **state UNUSED)
{
    static uint8_t buf[PACKET_HEADROOM + FRAME_MAX];
    struct rng rng;
    rng_seed(&rng, 1);
    size_t n_kinds[PKIND_N] = { 0 };
    for (int i = 0; i < 200000; i++) {
        struct frame f;
        struct packet p;
        struct flow want, got;
        memset(&want, 0, sizeof want);
        gen_frame(&rng, &all_opts, &f);
        frame_read(&f, &want);
        parse(&f, buf, &p);
        flow_extract(&p, 0, &got);
        n_kinds[PACKET_SHAPE_KIND(p.shape)]++;
        if (memcmp(&want, &got, sizeof want)) {
            struct str a = STR_INIT, b = STR_INIT;
            flow_put(&want, NULL, &a);
            flow_put(&got, NULL, &b);
            fail_msg("packet %d: oracle %s, switch %s", i, str_cstr(&a),
                     str_cstr(&b));
        }
    }
    for (size_t kind = 0; kind < PKIND_N; kind++) {
        if (!n_kinds[kind]) {
            fail_msg("no packet of kind %zu", kind);
        }
    }
}

static void
checksums_of_generated_packets_follow_edits(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 2);
    const struct gen_opts opts = { .ttl = true };
    for (int i = 0; i < 50000; i++) {
        struct frame f, other;
        struct flow want, from;
        memset(&want, 0, sizeof want);
        gen_frame(&rng, &opts, &f);
        gen_frame(&rng, &opts, &other);
        memset(&from, 0, sizeof from);
        frame_read(&f, &want);
        frame_read(&other, &from);
        /* Headers of another packet, where both have them. */
        if (want.nw_frag || want.nw_proto == 1
            || want.dl_type != from.dl_type || want.nw_proto != from.nw_proto
            || (want.nw_proto == 17 && f.len % 3)) {
            continue;
        }
        want.nw_src = from.nw_src;
        want.nw_dst = from.nw_dst;
        memcpy(want.ipv6_src, from.ipv6_src, 16);
        want.nw_tos = from.nw_tos;
        want.tp_src = from.tp_src;
        frame_write(&f, &want);
        struct frame filled = f;
        frame_fill_checksums(&filled);
        struct flow a, b;
        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        frame_read(&f, &a);
        frame_read(&filled, &b);
        assert_memory_equal(&a, &b, sizeof a);
        if (want.nw_proto != 17) { /* UDP may go without. */
            assert_true(frame_equal(&f, &filled));
        }
    }
}

/* A UDP packet from port 1. */
static void
make_udp(struct frame *f, unsigned int ttl)
{
    static const uint8_t b[] = {
        2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
        0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        0, 53, 0, 80, 0, 8, 0, 1,
    };
    memcpy(f->b, b, sizeof b);
    f->len = sizeof b;
    f->b[22] = (uint8_t)ttl;
    frame_fill_checksums(f);
}

static void
add_ports(struct oracle *o, uint32_t n)
{
    for (uint32_t i = 1; i <= n; i++) {
        o->ports[o->n_ports++] = (struct oracle_port){
            .ofport = i, .is_live = true, .vlan_mode = ORACLE_TRUNK,
            .trunks_all = true };
    }
}

static void
put_goto(struct buf *b, uint8_t table_id)
{
    struct act_goto_table *t = act_append(b, ACT_GOTO_TABLE, sizeof *t);
    t->table_id = table_id;
}

static void
action_set_runs_last_and_in_order(void **state UNUSED)
{
    struct oracle o;
    struct oracle_result r = { 0 };
    struct match any;
    struct frame f;
    struct buf acts = BUF_INIT;
    oracle_init(&o);
    add_ports(&o, 3);
    match_init(&any);
    /* Table 0: writes {output:2, push_vlan}; outputs to 3 at once. */
    act_append_output(&acts, 3);
    size_t start = act_nested_begin(&acts, ACT_WRITE_ACTIONS);
    act_append_output(&acts, 2);
    struct act_push *push = act_append(&acts, ACT_PUSH_VLAN, sizeof *push);
    push->ethertype = 0x8100;
    act_nested_end(&acts, start);
    put_goto(&acts, 1);
    oracle_add_rule(&o, 0, 1, &any, &acts);
    make_udp(&f, 64);
    oracle_run(&o, 1, &f, &r);
    assert_int_equal(r.n_outputs, 2);
    assert_int_equal(r.outputs[0].ofport, 3);
    assert_int_equal(r.outputs[0].frame.len, f.len);
    assert_int_equal(r.outputs[1].ofport, 2);
    assert_int_equal(r.outputs[1].frame.len, f.len + 4);
    oracle_result_fini(&r);
    oracle_fini(&o);
}

static void
ttl_that_runs_out_goes_to_the_controller(void **state UNUSED)
{
    struct oracle o;
    struct oracle_result r = { 0 };
    struct match any;
    struct frame f;
    struct buf acts = BUF_INIT;
    oracle_init(&o);
    add_ports(&o, 2);
    match_init(&any);
    act_append(&acts, ACT_DEC_TTL, sizeof(struct act_dec_ttl));
    act_append_output(&acts, 2);
    oracle_add_rule(&o, 0, 1, &any, &acts);
    make_udp(&f, 2);
    oracle_run(&o, 1, &f, &r);
    assert_int_equal(r.n_outputs, 1);
    assert_int_equal(r.outputs[0].frame.b[22], 1);
    oracle_begin(&o, &r);
    make_udp(&f, 1);
    oracle_run(&o, 1, &f, &r);
    assert_int_equal(r.n_outputs, 0);
    assert_int_equal(r.n_packet_ins, 1);
    oracle_result_fini(&r);
    oracle_fini(&o);
}

static void
normal_learns_and_keeps_vlans_apart(void **state UNUSED)
{
    struct oracle o;
    struct oracle_result r = { 0 };
    struct match any;
    struct frame f;
    struct buf acts = BUF_INIT;
    oracle_init(&o);
    add_ports(&o, 4);
    for (size_t i = 0; i < 4; i++) {
        o.ports[i].vlan_mode = ORACLE_ACCESS;
        o.ports[i].tag = i < 3 ? 10 : 20;
    }
    match_init(&any);
    act_append_output(&acts, OFPORT_NORMAL);
    oracle_add_rule(&o, 0, 1, &any, &acts);
    make_udp(&f, 64);
    oracle_run(&o, 1, &f, &r); /* Floods VLAN 10. */
    oracle_commit(&o, &r);
    assert_int_equal(r.n_outputs, 2);
    oracle_begin(&o, &r);
    struct frame back = f;
    memcpy(back.b, f.b + 6, 6);
    memcpy(back.b + 6, f.b, 6);
    oracle_run(&o, 2, &back, &r); /* To where the first came from. */
    assert_int_equal(r.n_outputs, 1);
    assert_int_equal(r.outputs[0].ofport, 1);
    oracle_result_fini(&r);
    oracle_fini(&o);
}

/* Whatever is generated, the oracle takes it. */
static void
runs_any_generated_rules(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 3);
    struct oracle_result r = { 0 };
    size_t n_outputs = 0;
    for (int set = 0; set < 50; set++) {
        struct oracle o;
        oracle_init(&o);
        add_ports(&o, GEN_N_PORTS);
        for (uint32_t i = 1; i <= GEN_N_GROUPS; i++) {
            struct group_spec g;
            gen_group(&rng, &all_opts, i, &g);
            oracle_set_group(&o, &g);
        }
        for (uint16_t i = 0; i < 60; i++) {
            struct frame f;
            struct flow sample;
            struct match m;
            struct buf acts = BUF_INIT;
            memset(&sample, 0, sizeof sample);
            sample.in_port = 1 + rng_below(&rng, GEN_N_PORTS);
            gen_frame(&rng, &all_opts, &f);
            frame_read(&f, &sample);
            gen_match(&rng, &sample, rng_below(&rng, 4), &m);
            gen_rule_acts(&rng, &all_opts, i % GEN_N_TABLES, &m, &sample,
                          &acts);
            oracle_add_rule(&o, i % GEN_N_TABLES, i, &m, &acts);
        }
        for (int i = 0; i < 200; i++) {
            struct frame f;
            gen_frame(&rng, &all_opts, &f);
            oracle_begin(&o, &r);
            oracle_run(&o, 1 + rng_below(&rng, GEN_N_PORTS), &f, &r);
            n_outputs += r.n_outputs;
        }
        oracle_fini(&o);
    }
    assert_true(n_outputs > 1000);
    oracle_result_fini(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_packets_as_the_packet_path_does),
        cmocka_unit_test(checksums_of_generated_packets_follow_edits),
        cmocka_unit_test(action_set_runs_last_and_in_order),
        cmocka_unit_test(ttl_that_runs_out_goes_to_the_controller),
        cmocka_unit_test(normal_learns_and_keeps_vlans_apart),
        cmocka_unit_test(runs_any_generated_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
