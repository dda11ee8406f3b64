/* SPDX-License-Identifier: Apache-2.0 */
/* Actions of the Nicira extension, as they work in a switch
 * [ovs-actions(7)]. */
#include "tests/unit/ofproto_fixture.h"

/* ## Actions of the extensions ## */

/* A rule of the same priority goes before a conjunction, whose id is seen by
 * the one search alone. */
static void
test_conjunction(void **state)
{
    struct world *w = *state;
    add(w, "priority=10,in_port=1,actions=4");
    add(w, "priority=10,ip,nw_src=10.0.0.1,actions=conjunction(5,1/2)");
    add(w, "priority=10,ip,nw_dst=10.0.0.2,actions=conjunction(5,2/2)");
    add(w, "priority=3,ip,actions=1");
    assert_string_equal(send(w, TCP ",nw_src=10.0.0.1,nw_dst=10.0.0.2"), "4");
    add(w, "priority=10,in_port=1,actions=note:01,conjunction(9,1/2)");
    const char *both = "in_port=2,ip,nw_src=10.0.0.1,nw_dst=10.0.0.2";
    assert_string_equal(send(w, both), "1"); /* No rule of conj_id=5. */
    add(w, "priority=1,ip,conj_id=5,actions=3,resubmit(,1)");
    add(w, "table=1,conj_id=5,actions=4");
    assert_string_equal(send(w, both), "1"); /* One above it matches, too. */
    add(w, "priority=7,ip,conj_id=5,actions=3,resubmit(,1)");
    assert_string_equal(send(w, both), "3");
    assert_string_equal(send(w, "in_port=2,ip,nw_src=10.0.0.1"), "1");
    assert_int_equal(flow_mod(w, OFPFC_ADD,
                              "actions=conjunction(1,1/2),note:00"), 0);
}

/* More bits than were pushed are zeros, fewer are cut; a clone has a stack
 * of its own, and an empty one ends the packet's way. */
static void
test_stack(void **state)
{
    struct world *w = *state;
    add(w, "actions=load:0x23->reg0[],push:reg0[0..3],load:0xff->reg1[],"
           "pop:reg1[0..7],output:reg1[]");
    assert_string_equal(send(w, TCP), "3");
    add(w, "actions=load:2->reg0[],push:reg0[],"
           "clone(pop:reg2[],load:4->reg0[],push:reg0[],push:reg0[]),"
           "pop:reg1[],output:reg1[]");
    assert_string_equal(send(w, TCP), "2");
    add(w, "actions=2,pop:reg1[],output:3");
    assert_string_equal(send(w, TCP), "2");
}

/* The port is chosen from those that are up. */
static void
test_bundle(void **state)
{
    struct world *w = *state;
    add(w, "actions=bundle(eth_src,0,active_backup,ofport,members:9,3,2)");
    assert_string_equal(send(w, TCP), "3");
    add(w, "actions=bundle_load(eth_src,0,hrw,ofport,reg0[0..15],members:9),"
           "move:reg0[0..15]->reg1[0..15],output:reg1[0..15]");
    assert_string_equal(send(w, TCP), "");
    add(w, "actions=multipath(nw_src,0,hrw,1,0,reg0[]),"
           "move:reg0[]->reg1[],load:2->reg1[0..1],output:reg1[]");
    assert_string_equal(send(w, TCP), "2");
}

static void
test_check_pkt_larger(void **state)
{
    struct world *w = *state;
    add(w, "actions=check_pkt_larger(1000)->reg0[0],"
           "check_pkt_larger(10)->reg0[1],push_vlan:0x8100,"
           "check_pkt_larger(20)->reg0[2],resubmit(,1)");
    add(w, "table=1,reg0=6,actions=2");
    add(w, "table=1,reg0=0/1,priority=1,actions=3");
    assert_string_equal(send(w, TCP), "2");
    assert_shown(w, "table_id=1, duration=0s, n_packets=1", "reg0=0x6");
    assert_shown(w, "check_pkt_larger", "n_packets=1");
}

/* ## Rules from packets ## */

static const char *
send_and_learn(struct world *w, const char *text)
{
    const char *out = send(w, text);
    vswitch_run_events(w->vs);
    dp_fold(vswitch_dp(w->vs)); /* Now is when the rules were used. */
    return out;
}

static void
test_learn(void **state)
{
    struct world *w = *state;
    add(w, "actions=learn(table=1,idle_timeout=10,cookie=7,priority=9,"
           "eth_type=0x800,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
           "load:in_port->reg0[0..15],output:in_port),resubmit(,1)");
    add(w, "table=1,priority=0,actions=4");
    const char *there = "in_port=1,tcp,dl_src=02:00:00:00:00:01,"
                        "dl_dst=02:00:00:00:00:02";
    const char *back = "in_port=2,tcp,dl_src=02:00:00:00:00:02,"
                       "dl_dst=02:00:00:00:00:01";
    assert_string_equal(send_and_learn(w, there), "4");
    assert_shown(w, "priority=9,ip,dl_dst=02:00:00:00:00:01",
                 "actions=load:0x1->NXM_NX_REG0[0..15],output:1");
    assert_string_equal(send_and_learn(w, back), "1");
    assert_int_equal(ofproto_n_rules(w->of), 4);
    /* A packet that teaches the same again keeps it. */
    clock_advance_ms(8000);
    send_and_learn(w, there);
    clock_advance_ms(8000);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 4);
    clock_advance_ms(3000);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 2);
}

/* No more than the limit of one cookie; the one that is known may stay. */
static void
test_learn_limit(void **state)
{
    struct world *w = *state;
    add(w, "actions=learn(table=1,cookie=7,limit=2,"
           "NXM_OF_ETH_SRC[],output:in_port)");
    for (int i = 1; i <= 4; i++) {
        char text[64];
        snprintf(text, sizeof text, "in_port=1,dl_src=02:00:00:00:00:0%d", i);
        send_and_learn(w, text);
    }
    assert_int_equal(ofproto_n_rules(w->of), 3);
    send_and_learn(w, "in_port=2,dl_src=02:00:00:00:00:01");
    assert_shown(w, "dl_src=02:00:00:00:00:01", "actions=output:2");
}

/* Learned rules go with the last that taught them, deleted or changed. */
static void
test_delete_learned(void **state)
{
    struct world *w = *state;
    const char *one = "in_port=1,actions=learn(table=1,cookie=7,"
                      "delete_learned,NXM_OF_ETH_SRC[],output:in_port)";
    const char *two = "in_port=2,actions=clone(learn(table=1,cookie=7,"
                      "delete_learned,NXM_OF_ETH_SRC[],output:in_port))";
    add(w, one);
    add(w, two);
    add(w, "table=1,cookie=8,actions=drop");
    add(w, "table=2,cookie=7,actions=drop");
    send_and_learn(w, "in_port=1,dl_src=02:00:00:00:00:01");
    send_and_learn(w, "in_port=2,dl_src=02:00:00:00:00:02");
    assert_int_equal(ofproto_n_rules(w->of), 6);
    assert_int_equal(flow_mod(w, OFPFC_DELETE, "table=0,in_port=1"), 0);
    assert_int_equal(ofproto_n_rules(w->of), 5);
    assert_int_equal(flow_mod(w, OFPFC_MODIFY, "table=0,actions=3"), 0);
    assert_int_equal(ofproto_n_rules(w->of), 3);
    assert_null(shown(w, "dl_src="));
}

/* FIN and RST cut time-outs, never lengthen them. */
static void
test_fin_timeout(void **state)
{
    struct world *w = *state;
    const char *flow = "tcp,idle_timeout=60,"
                       "actions=fin_timeout(idle_timeout=5),2";
    add(w, flow);
    assert_string_equal(send_and_learn(w, TCP ",tcp_flags=+ack"), "2");
    clock_advance_ms(6000);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 1);
    assert_string_equal(send_and_learn(w, TCP ",tcp_flags=+fin+ack"), "2");
    clock_advance_ms(6000);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 0);
    add(w, "tcp,idle_timeout=3,actions=fin_timeout(idle_timeout=50),2");
    send_and_learn(w, TCP ",tcp_flags=+rst");
    clock_advance_ms(4000);
    ofproto_expire(w->of);
    assert_int_equal(ofproto_n_rules(w->of), 0);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        T(test_learn),
        T(test_learn_limit),
        T(test_delete_learned),
        T(test_fin_timeout),
        T(test_conjunction),
        T(test_stack),
        T(test_bundle),
        T(test_check_pkt_larger),
    };
    return run_in_worlds(tests, ARRAY_SIZE(tests));
}
