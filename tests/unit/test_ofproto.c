/* SPDX-License-Identifier: Apache-2.0 */
/* What messages do to tables, groups and meters, and packets then: a bridge
 * with memory ports, driven step by step on a held clock. */
#include "tests/unit/ofproto_fixture.h"

/* ## Adding ## */

static void
test_add_replaces_and_keeps_counters(void **state)
{
    struct world *w = *state;
    add(w, "priority=5,tcp,actions=2");
    assert_string_equal(send(w, TCP), "2");
    assert_string_equal(send(w, TCP), "2");
    assert_shown(w, "tcp", "n_packets=2,");
    add(w, "priority=5,tcp,actions=3");
    assert_int_equal(ofproto_n_rules(w->of), 1);
    assert_string_equal(send(w, TCP), "3");
    assert_shown(w, "tcp", "n_packets=3,");
    add(w, "reset_counts,priority=5,tcp,actions=4");
    assert_shown(w, "tcp", "n_packets=0,");
    assert_string_equal(send(w, TCP), "4");
    assert_shown(w, "tcp", "n_packets=1,");
    w->version = OFP10_VERSION;     /* There counters always begin anew. */
    add(w, "priority=5,tcp,actions=2");
    assert_shown(w, "tcp", "n_packets=0,");
}

static void
test_priorities(void **state)
{
    struct world *w = *state;
    add(w, "priority=1,actions=2");
    add(w, "priority=2,ip,actions=3");
    add(w, "priority=3,tcp,tp_dst=81,actions=4");
    assert_string_equal(send(w, "in_port=1,arp"), "2");
    assert_string_equal(send(w, TCP), "3");
    add(w, "priority=3,tcp,tp_dst=80,actions=4");
    assert_string_equal(send(w, TCP), "4");
    assert_int_equal(flow_mod(w, OFPFC_DELETE, "tcp"), 0);
    assert_string_equal(send(w, TCP), "3");
}

static void
test_overlap(void **state)
{
    struct world *w = *state;
    add(w, "priority=5,tcp,actions=2");
    assert_int_equal(flow_mod(w, OFPFC_ADD, "check_overlap,priority=5,ip,"
                              "nw_dst=10.0.0.0/8,actions=3"),
                     OFPERR_OFPFMFC_OVERLAP);
    assert_int_equal(ofproto_n_rules(w->of), 1);
    add(w, "check_overlap,priority=6,ip,nw_dst=10.0.0.0/8,actions=3");
    add(w, "check_overlap,priority=5,udp,actions=3");
}

static void
test_what_is_refused(void **state)
{
    struct world *w = *state;
    assert_int_equal(flow_mod(w, OFPFC_ADD, "actions=group:7"),
                     OFPERR_OFPBAC_BAD_OUT_GROUP);
    assert_int_equal(flow_mod(w, OFPFC_ADD, "actions=meter:7,2"),
                     OFPERR_OFPMMFC_INVALID_METER);
    assert_int_equal(ofproto_n_rules(w->of), 0);
}

/* ## Modifying and deleting ## */

static void
test_modify(void **state)
{
    struct world *w = *state;
    add(w, "cookie=7,priority=5,tcp,actions=2");
    add(w, "priority=6,udp,actions=2");
    assert_string_equal(send(w, TCP), "2");
    assert_int_equal(flow_mod(w, OFPFC_MODIFY, "ip,actions=3"), 0);
    assert_string_equal(send(w, TCP), "3");
    assert_string_equal(send(w, UDP), "3");
    assert_shown(w, "tcp", "n_packets=2,");
    assert_int_equal(flow_mod(w, OFPFC_MODIFY_STRICT,
                              "priority=4,tcp,actions=4"), 0);
    assert_string_equal(send(w, TCP), "3"); /* Not that priority. */
    assert_int_equal(flow_mod(w, OFPFC_MODIFY_STRICT,
                              "priority=5,tcp,actions=4"), 0);
    assert_string_equal(send(w, TCP), "4");
    assert_int_equal(flow_mod(w, OFPFC_MODIFY, "cookie=8/-1,actions=2"), 0);
    assert_string_equal(send(w, TCP), "4"); /* Not that cookie. */
    assert_int_equal(flow_mod(w, OFPFC_MODIFY, "cookie=7/-1,actions=2"), 0);
    assert_string_equal(send(w, TCP), "2");
    assert_int_equal(ofproto_n_rules(w->of), 2);
    assert_int_equal(flow_mod(w, OFPFC_MODIFY, "arp,actions=2"), 0);
    assert_int_equal(ofproto_n_rules(w->of), 2);
    w->version = OFP10_VERSION;     /* Which adds what it does not find. */
    assert_int_equal(flow_mod(w, OFPFC_MODIFY, "arp,actions=2"), 0);
    assert_int_equal(ofproto_n_rules(w->of), 3);
}

static void
fill(struct world *w)
{
    add(w, "cookie=1,priority=5,tcp,actions=2");
    add(w, "cookie=2,priority=6,udp,actions=3");
    add(w, "cookie=3,table=1,priority=7,ip,actions=write_actions(output:2)");
    add(w, "cookie=0x103,priority=8,arp,actions=group:1");
}

static void
test_delete(void **state)
{
    static const struct {
        uint16_t command;
        const char *text;
        size_t left;
    } cases[] = {
        { OFPFC_DELETE, "", 0 },
        { OFPFC_DELETE, "table=0", 1 },
        { OFPFC_DELETE, "ip", 1 },
        { OFPFC_DELETE, "table=0,ip", 2 },
        { OFPFC_DELETE, "tcp", 3 },
        { OFPFC_DELETE, "tcp,tp_dst=80", 4 },
        { OFPFC_DELETE, "out_port=2", 2 },
        { OFPFC_DELETE, "out_port=3", 3 },
        { OFPFC_DELETE, "out_port=4", 4 },
        { OFPFC_DELETE, "out_group=1", 3 },
        { OFPFC_DELETE, "out_group=2", 4 },
        { OFPFC_DELETE, "cookie=3/-1", 3 },
        { OFPFC_DELETE, "cookie=3/0xff", 2 },
        { OFPFC_DELETE, "cookie=1/1", 1 },
        { OFPFC_DELETE_STRICT, "priority=5,tcp", 3 },
        { OFPFC_DELETE_STRICT, "priority=4,tcp", 4 },
        { OFPFC_DELETE_STRICT, "priority=5,ip", 4 },
        { OFPFC_DELETE_STRICT, "priority=7,ip", 3 },
        { OFPFC_DELETE_STRICT, "table=0,priority=7,ip", 4 },
    };
    struct world *w = *state;
    assert_int_equal(group_mod(w, OFPGC_ADD,
                               "group_id=1,type=all,bucket=output:4"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(flow_mod(w, OFPFC_DELETE, ""), 0);
        fill(w);
        assert_int_equal(ofproto_n_rules(w->of), 4);
        assert_int_equal(flow_mod(w, cases[i].command, cases[i].text), 0);
        if (ofproto_n_rules(w->of) != cases[i].left) {
            fail_msg("%s: %zu left", cases[i].text, ofproto_n_rules(w->of));
        }
    }
}

/* ## Time ## */

static void
test_time_outs(void **state)
{
    struct world *w = *state;
    add(w, "idle_timeout=10,priority=5,tcp,actions=2");
    add(w, "hard_timeout=15,priority=5,udp,actions=2");
    add(w, "idle_timeout=10,hard_timeout=12,priority=5,arp,actions=2");
    clock_advance_ms(9500);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 3);
    assert_string_equal(send(w, TCP), "2");
    assert_string_equal(send(w, "in_port=1,arp"), "2");
    clock_advance_ms(2600);     /* 12.1 s: the hard one of ARP. */
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 2);
    assert_null(shown(w, "arp"));
    clock_advance_ms(3000);     /* 15.1 s: UDP, though it came late. */
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 1);
    clock_advance_ms(4300);     /* 19.4 s; TCP passed at 9.5 s. */
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 1);
    clock_advance_ms(2000);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 0);
    assert_string_equal(send(w, TCP), "");
}

/* A modification restarts the hard time-out [ovs-ofctl(8), "hard_age"]. */
static void
test_modify_restarts_the_hard_time_out(void **state)
{
    struct world *w = *state;
    add(w, "hard_timeout=10,tcp,actions=2");
    clock_advance_ms(8000);
    assert_int_equal(flow_mod(w, OFPFC_MODIFY, "tcp,actions=3"), 0);
    clock_advance_ms(8000);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 1);
    clock_advance_ms(2100);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 0);
}

/* ## Misses, tables ## */

static void
test_tables(void **state)
{
    struct world *w = *state;
    assert_string_equal(send(w, TCP), "");
    add(w, "priority=0,actions=2");     /* The table-miss flow. */
    assert_string_equal(send(w, TCP), "2");
    add(w, "tcp,actions=write_actions(output:3),goto_table:4");
    assert_string_equal(send(w, TCP), "3"); /* No match there: the set. */
    add(w, "table=4,tcp,actions=output:4,clear_actions");
    assert_string_equal(send(w, TCP), "4");
    add(w, "table=4,priority=40000,tcp,actions=2,write_actions(output:1)");
    assert_string_equal(send(w, TCP), "2"); /* Output to in_port: nothing. */
    add(w, "table=4,priority=50000,tcp,actions=drop");
    assert_string_equal(send(w, TCP), "3");
}

/* ## Groups ## */

static void
test_groups(void **state)
{
    struct world *w = *state;
    assert_int_equal(group_mod(w, OFPGC_ADD, "group_id=1,type=all,"
                               "bucket=output:2,bucket=output:3"), 0);
    assert_int_equal(group_mod(w, OFPGC_ADD, "group_id=1,type=all,"
                               "bucket=output:2"),
                     OFPERR_OFPGMFC_GROUP_EXISTS);
    assert_int_equal(group_mod(w, OFPGC_ADD, "group_id=2,type=indirect,"
                               "bucket=output:4"), 0);
    assert_int_equal(group_mod(w, OFPGC_ADD, "group_id=3,type=select,"
                               "bucket=weight:1,output:2,"
                               "bucket=weight:1,output:3"), 0);
    add(w, "tcp,actions=group:1");
    assert_string_equal(send(w, TCP), "2,3");
    add(w, "tcp,actions=group:2");
    assert_string_equal(send(w, TCP), "4");
    add(w, "tcp,actions=group:3");
    char first[8];
    snprintf(first, sizeof first, "%s", send(w, TCP));
    assert_true(!strcmp(first, "2") || !strcmp(first, "3"));
    assert_string_equal(send(w, TCP), first); /* A flow keeps its bucket. */
    unsigned int n_two = 0;
    for (int i = 0; i < 200; i++) {
        char text[128];
        snprintf(text, sizeof text, TCP ",tp_src=%d", 1000 + i);
        n_two += !strcmp(send(w, text), "2");
    }
    assert_in_range(n_two, 60, 140);
    assert_int_equal(group_mod(w, OFPGC_MODIFY, "group_id=3,type=all,"
                               "bucket=output:4"), 0);
    assert_string_equal(send(w, TCP), "4");
    assert_int_equal(group_mod(w, OFPGC_MODIFY, "group_id=9,type=all,"
                               "bucket=output:4"),
                     OFPERR_OFPGMFC_UNKNOWN_GROUP);
    assert_int_equal(group_mod(w, OFPGC_DELETE, "group_id=3,type=all"), 0);
    assert_int_equal(ofproto_n_rules(w->of), 0); /* Its users go with it. */
}

static void
test_group_chains(void **state)
{
    struct world *w = *state;
    /* Groups come in any order. */
    assert_int_equal(group_mod(w, OFPGC_ADD, "group_id=1,type=all,"
                               "bucket=group:2"), 0);
    assert_int_equal(group_mod(w, OFPGC_ADD, "group_id=2,type=all,"
                               "bucket=output:2"), 0);
    assert_int_equal(group_mod(w, OFPGC_MODIFY, "group_id=1,type=all,"
                               "bucket=group:2,bucket=output:3"), 0);
    add(w, "tcp,actions=group:1");
    assert_string_equal(send(w, TCP), "2,3");
    assert_int_equal(group_mod(w, OFPGC_MODIFY, "group_id=2,type=all,"
                               "bucket=group:1"), OFPERR_OFPGMFC_LOOP);
    assert_int_equal(group_mod(w, OFPGC_MODIFY, "group_id=2,type=all,"
                               "bucket=group:2"), OFPERR_OFPGMFC_LOOP);
    assert_string_equal(send(w, TCP), "2,3");
}

static void
set_port_down(struct world *w, uint32_t ofport, bool down)
{
    struct ofm m;
    ofm_init(&m, OFM_PORT_MOD);
    m.version = w->version;
    m.port_mod.port_no = ofport;
    m.port_mod.hw_addr = ofproto_port_get(w->of, ofport)->mac;
    m.port_mod.config = down ? OFPPC_PORT_DOWN : 0;
    m.port_mod.mask = OFPPC_PORT_DOWN;
    assert_int_equal(ofproto_apply(w->of, &m), 0);
    bridge_retry(w->br);
    vswitch_commit(w->vs);
    ofm_fini(&m);
}

static void
test_fast_failover(void **state)
{
    struct world *w = *state;
    assert_int_equal(group_mod(w, OFPGC_ADD, "group_id=1,type=ff,"
                               "bucket=watch_port:2,output:2,"
                               "bucket=watch_port:3,output:3"), 0);
    add(w, "tcp,actions=group:1");
    assert_string_equal(send(w, TCP), "2");
    set_port_down(w, 2, true);
    assert_string_equal(send(w, TCP), "3");
    set_port_down(w, 3, true);
    assert_string_equal(send(w, TCP), "");
    set_port_down(w, 2, false);
    assert_string_equal(send(w, TCP), "2");
    bridge_del_bundle(w->br, "p2");     /* The device goes altogether. */
    bridge_del_iface(w->br, "p2");
    vswitch_commit(w->vs);
    set_port_down(w, 3, false);
    assert_string_equal(send(w, TCP), "3");
}

/* ## Meters ## */

static void
test_meters(void **state)
{
    struct world *w = *state;
    assert_int_equal(meter_mod(w, OFPMC_ADD, "meter=1,pktps,burst,"
                               "bands=type=drop,rate=5,burst_size=5"), 0);
    assert_int_equal(meter_mod(w, OFPMC_ADD, "meter=1,pktps,"
                               "bands=type=drop,rate=5"),
                     OFPERR_OFPMMFC_METER_EXISTS);
    add(w, "tcp,actions=meter:1,2");
    unsigned int n = 0;
    for (int i = 0; i < 20; i++) {
        n += !strcmp(send(w, TCP), "2");
    }
    assert_int_equal(n, 5);
    clock_advance_ms(1000);
    assert_string_equal(send(w, TCP), "2");
    assert_int_equal(meter_mod(w, OFPMC_DELETE, "meter=1"), 0);
    assert_int_equal(ofproto_n_rules(w->of), 0);
}

/* ## The rest ## */

static void
test_packet_out(void **state)
{
    struct world *w = *state;
    static uint8_t frame[60] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                       0x12, 0x34 };
    struct ofm m;
    ofm_init(&m, OFM_PACKET_OUT);
    m.version = w->version;
    m.packet_out.buffer_id = FLOW_BUFFER_NONE;
    m.packet_out.in_port = OFPORT_CONTROLLER;
    m.packet_out.data.p = frame;
    m.packet_out.data.n = sizeof frame;
    act_append_output(&m.packet_out.acts, 3);
    assert_int_equal(ofproto_apply(w->of, &m), 0);
    dp_step(vswitch_dp(w->vs));
    struct packet p;
    assert_true(port_mem_take(bridge_iface_port(w->br, "p3"), &p));
    assert_int_equal(p.len, sizeof frame);
    assert_memory_equal(p.data, frame, sizeof frame);
    packet_free(&p);
    m.packet_out.buffer_id = 5;
    assert_int_equal(ofproto_apply(w->of, &m), OFPERR_OFPBRC_BUFFER_UNKNOWN);
    m.packet_out.data.p = NULL;
    m.packet_out.data.n = 0;
    ofm_fini(&m);
}

/* Without controllers a standalone switch forwards by itself, a secure one
 * only by its flows. */
static void
test_fail_modes(void **state)
{
    struct world *w = *state;
    assert_string_equal(send(w, TCP), "");
    bridge_set_fail_mode(w->br, BRIDGE_STANDALONE);
    assert_string_equal(send(w, TCP), "2,3,4");
    assert_int_equal(ofproto_n_rules(w->of), 1);
    bridge_set_fail_mode(w->br, BRIDGE_SECURE);
    assert_int_equal(flow_mod(w, OFPFC_DELETE, ""), 0);
    assert_string_equal(send(w, TCP), "");
}

static uint64_t
drops(struct world *w, enum dp_drop reason)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < DP_PORTS_MAX; i++) {
        uint64_t d[DP_N_DROPS];
        if (dp_port_get(vswitch_dp(w->vs), i)) {
            dp_port_get_drops(vswitch_dp(w->vs), i, d);
            total += d[reason];
        }
    }
    return total;
}

static void
test_drops_are_counted(void **state)
{
    struct world *w = *state;
    send(w, TCP);                       /* No flow at all. */
    assert_int_equal(drops(w, DP_DROP_NO_ACTIONS), 1);
    add(w, "tcp,actions=drop");
    send(w, TCP);
    assert_int_equal(drops(w, DP_DROP_NO_ACTIONS), 2);
    add(w, "tcp,actions=mod_nw_tos:4"); /* Changed and sent nowhere. */
    send(w, TCP);
    assert_int_equal(drops(w, DP_DROP_NO_ACTIONS), 3);
    assert_int_equal(group_mod(w, OFPGC_ADD, "group_id=1,type=all"), 0);
    add(w, "tcp,actions=group:1");
    send(w, TCP);
    assert_int_equal(drops(w, DP_DROP_NO_ACTIONS), 4);
    add(w, "tcp,actions=2");
    send(w, TCP);
    assert_int_equal(drops(w, DP_DROP_NO_ACTIONS), 4);
    add(w, "ip,actions=dec_ttl,2");
    send(w, "in_port=1,udp,nw_ttl=1");
    assert_int_equal(drops(w, DP_DROP_TTL), 1);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_add_replaces_and_keeps_counters),
        T(test_priorities),
        T(test_overlap),
        T(test_what_is_refused),
        T(test_modify),
        T(test_delete),
        T(test_time_outs),
        T(test_modify_restarts_the_hard_time_out),
        T(test_tables),
        T(test_groups),
        T(test_group_chains),
        T(test_fast_failover),
        T(test_meters),
        T(test_packet_out),
        T(test_fail_modes),
        T(test_drops_are_counted),
    };
    return run_in_worlds(tests, ARRAY_SIZE(tests));
}
