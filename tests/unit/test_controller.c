/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's core and its forwarding, with scripted switches at the
 * other end of streams in memory: what comes back for what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "controller/apps/forward.h"
#include "controller/core/core.h"
#include "controller/store/store.h"
#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/io/loop.h"
#include "lib/io/stream.h"
#include "lib/openflow/wire.h"

#define DPID UINT64_C(0x1122)
#define N_GOT 64

/* A switch: it notes what the controller sends. */
struct fake {
    struct channel *ch; /* NULL: down. */
    struct ofm *got[N_GOT];
    size_t n;
};

static struct loop *loop;
static struct core *core;

static void
fake_message(struct channel *ch, struct ofm **m, void *f_)
{
    (void)ch;
    struct fake *f = f_;
    assert_true(f->n < N_GOT);
    f->got[f->n++] = *m;
    *m = NULL;
}

static void
fake_down(struct channel *ch, const char *why, void *f_)
{
    (void)ch;
    (void)why;
    ((struct fake *)f_)->ch = NULL;
}

static void
settle(void)
{
    for (int i = 0; i < 20; i++) {
        loop_run_once(loop, false);
    }
}

static void
forget(struct fake *f)
{
    while (f->n) {
        ofm_destroy(f->got[--f->n]);
    }
}

static size_t
count(const struct fake *f, enum ofm_type type)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        n += f->got[i]->type == type;
    }
    return n;
}

/* The 'nth' of the type. */
static struct ofm *
nth(const struct fake *f, enum ofm_type type, size_t n)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->got[i]->type == type && !n--) {
            return f->got[i];
        }
    }
    fail_msg("%s did not come", ofm_type_name(type));
    return NULL;
}

static void
fake_send(struct fake *f, struct ofm *m)
{
    assert_non_null(f->ch);
    channel_send(f->ch, m);
    settle();
}

/* Connects, up to the hello. */
static void
dial(struct fake *f, uint8_t version)
{
    static const struct channel_ops ops = { .message = fake_message,
                                            .down = fake_down };
    struct channel_opts opts = { .versions = 1u << version };
    struct stream *ours, *theirs;
    stream_mem_pair(loop, &ours, &theirs);
    core_accept(core, theirs);
    f->ch = channel_accept(loop, ours, &opts, &ops, f);
    settle();
}

static void
fill_ports(struct ofm_port *ports, size_t n)
{
    memset(ports, 0, n * sizeof *ports);
    for (size_t i = 0; i < n; i++) {
        ports[i].port_no = i + 1 < n ? (uint32_t)i + 1 : OFPORT_LOCAL;
        snprintf(ports[i].name, sizeof ports[i].name,
                 i + 1 < n ? "vm%zu" : "br0", i + 1);
    }
}

static void
send_port_desc(struct fake *f, struct ofm_port *ports, size_t n, bool more)
{
    struct ofm m;
    ofm_init(&m, OFM_PORT_DESC_REPLY);
    m.is_reply = true;
    m.xid = nth(f, OFM_PORT_DESC_REQUEST, 0)->xid;
    m.more = more;
    m.port_desc.p = ports; /* Lent. */
    m.port_desc.n = n;
    fake_send(f, &m);
}

/* Says who it is: three ports and the local one. */
static void
introduce(struct fake *f, uint64_t dpid)
{
    struct ofm_port ports[4];
    fill_ports(ports, ARRAY_SIZE(ports));
    struct ofm m;
    ofm_init(&m, OFM_FEATURES_REPLY);
    m.is_reply = true;
    m.xid = nth(f, OFM_FEATURES_REQUEST, 0)->xid;
    m.features.datapath_id = dpid;
    bool is_10 = channel_version(f->ch) == OFP10_VERSION;
    if (is_10) {
        m.features.ports.p = ports; /* Lent. */
        m.features.ports.n = ARRAY_SIZE(ports);
    }
    fake_send(f, &m);
    if (!is_10 && f->ch) {
        send_port_desc(f, ports, ARRAY_SIZE(ports), false);
    }
}

static void
up(struct fake *f, uint8_t version, uint64_t dpid)
{
    dial(f, version);
    introduce(f, dpid);
}

/* A frame from host 'src' to 'dst' (0xff: all) at 'port'; 'vlan' 0: none. */
static void
frame_in(struct fake *f, uint32_t port, uint8_t dst, uint8_t src,
         uint16_t vlan)
{
    uint8_t frame[60] = { 2, 0, 0, 0, 0, dst, 2, 0, 0, 0, 0, src };
    if (dst == 0xff) {
        memset(frame, 0xff, 6);
    }
    uint8_t *type = frame + 12;
    if (vlan) {
        type[0] = 0x81;
        type[2] = (uint8_t)(vlan >> 8);
        type[3] = (uint8_t)vlan;
        type += 4;
    }
    type[0] = 0x88;
    type[1] = 0xb5;
    struct ofm m;
    ofm_init(&m, OFM_PACKET_IN);
    m.packet_in.buffer_id = OFP_NO_BUFFER;
    m.packet_in.total_len = sizeof frame;
    match_init(&m.packet_in.match);
    m.packet_in.match.flow.in_port = port;
    m.packet_in.match.mask.in_port = UINT32_MAX;
    m.packet_in.data = (struct ofm_data){ frame, sizeof frame }; /* Lent. */
    fake_send(f, &m);
}

static uint32_t
output_of(const struct buf *acts)
{
    struct act_list l = act_list_from_buf(acts);
    static const uint32_t ports[] = { 1, 2, 3, OFPORT_FLOOD, OFPORT_LOCAL };
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        if (acts_output_to_port(&l, ports[i])) {
            return ports[i];
        }
    }
    return 0;
}

/* Where the only frame that came out goes; 0: none came. */
static uint32_t
frame_out(const struct fake *f)
{
    size_t n = count(f, OFM_PACKET_OUT);
    assert_true(n <= 1);
    return n ? output_of(&nth(f, OFM_PACKET_OUT, 0)->packet_out.acts) : 0;
}

static void
bye(struct fake *f)
{
    forget(f);
    if (f->ch) {
        channel_close(f->ch);
        f->ch = NULL;
    }
    settle();
}

static int
setup(void **state)
{
    (void)state;
    static const struct core_app *const apps[] = { &forward_app };
    loop = loop_create();
    core = core_create(loop, apps, ARRAY_SIZE(apps), core_store_mem_create());
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    core_destroy(&core);
    settle();
    loop_destroy(&loop);
    return 0;
}

/* The tests. */

static void
learn_and_push(uint8_t version)
{
    struct fake f = { 0 };
    up(&f, version, DPID);
    struct core_switch *sw = core_find_switch(core, DPID);
    assert_non_null(sw);
    assert_true(sw->is_up);
    assert_string_equal(sw->name, "br0");
    assert_int_equal(sw->ports.n, 4);
    forget(&f);
    frame_in(&f, 1, 0xb, 0xa, 0);
    assert_int_equal(frame_out(&f), OFPORT_FLOOD);
    assert_int_equal(count(&f, OFM_FLOW_MOD), 0);
    forget(&f);
    frame_in(&f, 2, 0xa, 0xb, 0);
    assert_int_equal(frame_out(&f), 1);
    const struct ofm_flow_mod *fm = &nth(&f, OFM_FLOW_MOD, 0)->flow_mod;
    assert_int_equal(fm->command, OFPFC_ADD);
    assert_int_equal(output_of(&fm->f.acts), 1);
    assert_int_equal(fm->f.match.flow.in_port, 2);
    assert_int_equal(fm->f.priority, FORWARD_PRIORITY);
    assert_int_equal(fm->f.idle_timeout, 60);
    bye(&f);
}

static void
test_learns_and_pushes(void **state)
{
    (void)state;
    learn_and_push(OFP10_VERSION);
    learn_and_push(OFP13_VERSION);
}

static void
test_vlans_do_not_mix(void **state)
{
    (void)state;
    struct fake f = { 0 };
    up(&f, OFP13_VERSION, DPID);
    frame_in(&f, 1, 0xff, 0xa, 10);
    forget(&f);
    frame_in(&f, 2, 0xa, 0xb, 20);
    assert_int_equal(frame_out(&f), OFPORT_FLOOD);
    assert_int_equal(count(&f, OFM_FLOW_MOD), 0);
    forget(&f);
    frame_in(&f, 2, 0xa, 0xb, 10);
    assert_int_equal(frame_out(&f), 1);
    bye(&f);
}

static void
test_frames_that_are_not_forwarded(void **state)
{
    (void)state;
    struct fake f = { 0 };
    up(&f, OFP13_VERSION, DPID);
    forget(&f);
    frame_in(&f, 9, 0xff, 0xa, 0); /* The switch has no port 9. */
    uint8_t bpdu[60] = { 0x01, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 5 };
    struct ofm m;
    ofm_init(&m, OFM_PACKET_IN);
    m.packet_in.buffer_id = OFP_NO_BUFFER;
    m.packet_in.total_len = sizeof bpdu;
    m.packet_in.match.flow.in_port = 1;
    m.packet_in.match.mask.in_port = UINT32_MAX;
    m.packet_in.data = (struct ofm_data){ bpdu, sizeof bpdu };
    fake_send(&f, &m);
    m.packet_in.data.n = 5; /* No frame. */
    m.packet_in.total_len = 5;
    fake_send(&f, &m);
    assert_int_equal(f.n, 0);
    size_t n;
    free(core_hosts(core, &n));
    assert_int_equal(n, 0);
    bye(&f);
}

/* A host's first frame from a new port deletes the flows to the old one. */
static void
move_host(uint8_t version)
{
    struct fake f = { 0 };
    up(&f, version, DPID);
    frame_in(&f, 1, 0xff, 0xa, 0);
    forget(&f);
    frame_in(&f, 2, 0xff, 0xa, 0);
    const struct flow_spec *d = &nth(&f, OFM_FLOW_MOD, 0)->flow_mod.f;
    assert_int_equal(nth(&f, OFM_FLOW_MOD, 0)->flow_mod.command,
                     OFPFC_DELETE);
    assert_int_equal(d->out_port, 1);
    assert_int_equal(d->match.flow.dl_dst.ea[5], 0xa);
    assert_int_equal(d->cookie_mask != 0, version != OFP10_VERSION);
    assert_int_equal(frame_out(&f), OFPORT_FLOOD);
    forget(&f);
    frame_in(&f, 3, 0xa, 0xb, 0);
    assert_int_equal(frame_out(&f), 2);
    bye(&f);
}

static void
test_hosts_move(void **state)
{
    (void)state;
    move_host(OFP10_VERSION);
    move_host(OFP13_VERSION);
}

/* Two switches with a link: each sees a host at a port of its own. */
static void
test_a_link_between_switches_moves_nobody(void **state)
{
    (void)state;
    struct fake a = { 0 }, b = { 0 };
    up(&a, OFP13_VERSION, 1);
    up(&b, OFP13_VERSION, 2);
    forget(&a);
    forget(&b);
    for (int i = 0; i < 3; i++) {
        frame_in(&a, 1, 0xff, 0xa, 0); /* And flooded over 3 to 3. */
        frame_in(&b, 3, 0xff, 0xa, 0);
    }
    assert_int_equal(count(&a, OFM_FLOW_MOD) + count(&b, OFM_FLOW_MOD), 0);
    forget(&b);
    frame_in(&b, 1, 0xa, 0xb, 0);
    assert_int_equal(frame_out(&b), 3);
    bye(&a);
    bye(&b);
}

static void
test_a_second_switch_of_one_id_is_refused(void **state)
{
    (void)state;
    struct fake a = { 0 }, b = { 0 };
    up(&a, OFP13_VERSION, DPID);
    dial(&b, OFP13_VERSION);
    struct ofm m;
    ofm_init(&m, OFM_FEATURES_REPLY);
    m.features.datapath_id = DPID;
    fake_send(&b, &m);
    settle();
    assert_null(b.ch);
    assert_non_null(a.ch);
    forget(&a);
    fake_send(&a, &m); /* The first says it again: nothing happens. */
    assert_int_equal(a.n, 0);
    assert_true(core_find_switch(core, DPID)->is_up);
    bye(&a);
    assert_null(core_find_switch(core, DPID)->ch);
    bye(&b);
}

static void
test_ports_in_parts_and_anew(void **state)
{
    (void)state;
    struct fake f = { 0 };
    up(&f, OFP13_VERSION, DPID);
    struct core_switch *sw = core_find_switch(core, DPID);
    bye(&f);
    dial(&f, OFP13_VERSION);
    struct ofm m;
    ofm_init(&m, OFM_FEATURES_REPLY);
    m.features.datapath_id = DPID;
    fake_send(&f, &m);
    assert_int_equal(sw->ports.n, 0);
    struct ofm_port ports[4];
    fill_ports(ports, 4);
    send_port_desc(&f, ports, 1, true);
    assert_false(sw->is_up);
    send_port_desc(&f, ports + 1, 1, false);
    assert_true(sw->is_up);
    size_t n = count(&f, OFM_FLOW_MOD);
    send_port_desc(&f, ports + 1, 1, false); /* Again, unasked. */
    assert_int_equal(count(&f, OFM_FLOW_MOD), n);
    assert_int_equal(sw->ports.n, 2);
    bye(&f);
}

/* Forged sources push out who was not heard from for longest. */
static void
test_hosts_are_bounded(void **state)
{
    (void)state;
    struct fake f = { 0 };
    up(&f, OFP13_VERSION, DPID);
    struct core_switch *sw = core_find_switch(core, DPID);
    struct flow flow;
    memset(&flow, 0, sizeof flow);
    flow.in_port = 1;
    flow.dl_src.ea[0] = 2;
    const struct eth_addr first = flow.dl_src;
    for (unsigned int i = 0; i <= CORE_HOSTS_MAX; i++) {
        if (i == CORE_HOSTS_MAX) {
            flow.dl_src = first; /* Heard again: now the second is oldest. */
            assert_non_null(core_learn_host(core, sw, &flow));
        }
        flow.dl_src.ea[2] = (uint8_t)(i >> 16);
        flow.dl_src.ea[3] = (uint8_t)(i >> 8);
        flow.dl_src.ea[4] = (uint8_t)i;
        assert_non_null(core_learn_host(core, sw, &flow));
    }
    size_t n;
    free(core_hosts(core, &n));
    assert_int_equal(n, CORE_HOSTS_MAX);
    assert_non_null(core_find_host(core, sw, first, 0));
    struct eth_addr second = first;
    second.ea[4] = 1;
    assert_null(core_find_host(core, sw, second, 0));
    bye(&f);
}

/* What comes too fast is counted and not looked at. */
static void
test_packet_ins_are_bounded(void **state)
{
    (void)state;
    struct fake f = { 0 };
    clock_hold();
    up(&f, OFP13_VERSION, DPID);
    const struct core_switch *sw = core_find_switch(core, DPID);
    frame_in(&f, 1, 0xff, 0xb, 0);
    uint8_t frame[60] = { 2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa, 0x88 };
    struct ofm m;
    ofm_init(&m, OFM_PACKET_IN);
    m.packet_in.buffer_id = OFP_NO_BUFFER;
    m.packet_in.total_len = sizeof frame;
    m.packet_in.match.flow.in_port = 1; /* Where the receiver is, too. */
    m.packet_in.match.mask.in_port = UINT32_MAX;
    m.packet_in.data = (struct ofm_data){ frame, sizeof frame };
    for (int i = 0; i < CORE_PACKET_INS_PER_S + 9; i++) {
        m.xid = 0;
        channel_send(f.ch, &m);
    }
    settle();
    assert_int_equal(sw->n_packet_ins, CORE_PACKET_INS_PER_S + 10);
    assert_int_equal(sw->n_packet_ins_dropped, 10);
    clock_advance_ms(1);
    fake_send(&f, &m);
    assert_int_equal(sw->n_packet_ins_dropped, 10);
    bye(&f);
}

static struct core_switch *
make_switch(const char *text)
{
    char *error = NULL;
    struct core_switch *sw = core_switch_from_text(core, text, true, &error);
    free(error);
    return sw;
}

static void
test_rules_wait_for_the_switch(void **state)
{
    (void)state;
    struct core_switch *sw = make_switch("0x1122");
    assert_non_null(sw);
    assert_null(make_switch("br7"));
    assert_null(core_add_rule(sw, "priority=7,icmp,actions=output:2"));
    assert_null(core_add_rule(sw, "priority=7,icmp,actions=output:3"));
    assert_null(core_add_rule(sw, "priority=8,icmp,actions=output:1"));
    assert_int_equal(list_size(&sw->rules), 2);
    char *error = core_add_rule(sw, "priority=9,icmp,actions=outpt:3");
    assert_non_null(error);
    assert_non_null(strstr(error, "offset"));
    free(error);
    assert_int_equal(list_size(&sw->rules), 2);
    struct fake f = { 0 };
    up(&f, OFP10_VERSION, DPID);
    assert_int_equal(output_of(&nth(&f, OFM_FLOW_MOD, 0)->flow_mod.f.acts),
                     3);
    assert_int_equal(nth(&f, OFM_FLOW_MOD, 1)->flow_mod.f.priority, 8);
    error = core_delete_rules(sw, "cookie=1/-1"); /* Not in 1.0. */
    assert_non_null(error);
    free(error);
    assert_null(core_delete_rules(sw, "out_port=1"));
    assert_int_equal(list_size(&sw->rules), 1);
    /* 1.0 deletes by port alone: what the operator wants comes back. */
    frame_in(&f, 3, 0xff, 0xa, 0);
    forget(&f);
    struct ofm m;
    ofm_init(&m, OFM_PORT_STATUS);
    m.port_status.reason = OFPPR_MODIFY;
    m.port_status.port.port_no = 3;
    m.port_status.port.state = OFPPS_LINK_DOWN;
    fake_send(&f, &m);
    assert_int_equal(nth(&f, OFM_FLOW_MOD, 0)->flow_mod.command,
                     OFPFC_DELETE);
    assert_int_equal(nth(&f, OFM_FLOW_MOD, 1)->flow_mod.f.priority, 7);
    assert_null(core_find_host(core, sw, (struct eth_addr){
        .ea = { 2, 0, 0, 0, 0, 0xa } }, 0));
    forget(&f);
    assert_null(core_delete_rules(sw, NULL));
    settle();
    assert_int_equal(list_size(&sw->rules), 0);
    /* The flow that sends misses up went with all others: it is back. */
    assert_int_equal(nth(&f, OFM_FLOW_MOD, 0)->flow_mod.command,
                     OFPFC_DELETE);
    assert_int_equal(nth(&f, OFM_FLOW_MOD, 1)->flow_mod.f.priority, 0);
    bye(&f);
}

struct answer {
    int n;
    bool is_error;
    char *text;
};

static void
on_answer(void *a_, bool is_error, const char *text)
{
    struct answer *a = a_;
    a->n++;
    a->is_error = is_error;
    free(a->text);
    a->text = xstrdup(text);
}

static void
test_answers_find_their_waiters(void **state)
{
    (void)state;
    struct fake f = { 0 };
    struct answer a[3] = { 0 };
    up(&f, OFP13_VERSION, DPID);
    struct core_switch *sw = core_find_switch(core, DPID);
    forget(&f);
    for (int i = 0; i < 3; i++) {
        core_dump_flows(sw, NULL, on_answer, &a[i]);
    }
    settle();
    assert_int_equal(f.n, 3);
    struct ofm m;
    ofm_init(&m, OFM_ERROR);
    m.is_reply = true;
    m.xid = f.got[1]->xid;
    m.error.err = OFPERR_OFPBRC_EPERM;
    fake_send(&f, &m);
    assert_int_equal(a[1].n, 1);
    assert_true(a[1].is_error);
    ofm_init(&m, OFM_FLOW_REPLY);
    m.is_reply = true;
    m.xid = f.got[0]->xid;
    m.more = true;
    fake_send(&f, &m);
    assert_int_equal(a[0].n, 0);
    m.more = false;
    fake_send(&f, &m);
    assert_int_equal(a[0].n, 1);
    assert_false(a[0].is_error);
    fake_send(&f, &m); /* Nobody waits any more. */
    bye(&f);
    assert_int_equal(a[0].n, 1);
    assert_int_equal(a[2].n, 1); /* It went down meanwhile. */
    assert_true(a[2].is_error);
    core_dump_flows(sw, NULL, on_answer, &a[2]);
    assert_int_equal(a[2].n, 2);
    for (int i = 0; i < 3; i++) {
        free(a[i].text);
    }
}

static void
test_the_controller_goes_first(void **state)
{
    struct fake f = { 0 };
    struct answer a = { 0 };
    up(&f, OFP13_VERSION, DPID);
    core_dump_flows(core_find_switch(core, DPID), NULL, on_answer, &a);
    core_destroy(&core);
    assert_true(a.is_error);
    free(a.text);
    settle();
    bye(&f);
    loop_destroy(&loop);
    setup(state);
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(test_##NAME, setup,        \
                                                   teardown)
    const struct CMUnitTest tests[] = {
        TEST(learns_and_pushes),
        TEST(vlans_do_not_mix),
        TEST(frames_that_are_not_forwarded),
        TEST(hosts_move),
        TEST(a_link_between_switches_moves_nobody),
        TEST(a_second_switch_of_one_id_is_refused),
        TEST(ports_in_parts_and_anew),
        TEST(hosts_are_bounded),
        TEST(packet_ins_are_bounded),
        TEST(rules_wait_for_the_switch),
        TEST(answers_find_their_waiters),
        TEST(the_controller_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
