/* SPDX-License-Identifier: Apache-2.0 */
/* A switch with memory ports, driven by messages and packets in text: for the
 * tests of ofproto and of translation. */
#ifndef WEIR_TESTS_UNIT_OFPROTO_FIXTURE_H
#define WEIR_TESTS_UNIT_OFPROTO_FIXTURE_H 1

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/dp.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/flow/compose.h"
#include "lib/io/loop.h"
#include "lib/openflow/wire.h"
#include "vswitchd/bridge/bridge.h"
#include "vswitchd/ofproto/ofproto.h"

#define N_PORTS 4

struct world {
    struct loop *loop;
    struct vswitch *vs;
    struct bridge *br;
    struct ofproto *of;
    uint8_t version; /* Of the controller that speaks. */
};

/* ## Set-up ## */

static UNUSED void
add_port(struct world *w, int n)
{
    char name[8];
    snprintf(name, sizeof name, "p%d", n);
    struct bridge_iface_cfg cfg = {
        .name = name, .type = "mem", .ofport_request = (uint32_t)n,
        .mac = { { 2, 0, 0, 0, 1, (uint8_t)n } }, .admin_up = true,
    };
    assert_int_equal(bridge_add_iface(w->br, &cfg), 0);
    const char *ifaces[] = { name };
    struct bridge_bundle_cfg bundle = { .name = name, .ifaces = ifaces,
                                        .n_ifaces = 1,
                                        .vlan_mode = DP_VLAN_TRUNK };
    bridge_set_bundle(w->br, &bundle);
}

static UNUSED int
set_up(void **state)
{
    struct world *w = xzalloc(sizeof *w);
    struct vswitch_opts opts = { .no_threads = true };
    w->loop = loop_create();
    w->vs = vswitch_create(w->loop, &opts);
    char *error = NULL;
    w->br = bridge_create(w->vs, "test-ofproto", "netdev", &error);
    assert_non_null(w->br);
    w->of = bridge_ofproto(w->br);
    bridge_set_fail_mode(w->br, BRIDGE_SECURE);
    for (int n = 1; n <= N_PORTS; n++) {
        add_port(w, n);
    }
    vswitch_commit(w->vs);
    w->version = OFP13_VERSION;
    *state = w;
    return 0;
}

static UNUSED int
tear_down(void **state)
{
    struct world *w = *state;
    vswitch_destroy(&w->vs);
    rcu_offline();
    rcu_barrier_all();
    rcu_online();
    loop_destroy(&w->loop);
    free(w);
    return 0;
}

/* ## Messages from text ## */

static UNUSED enum ofp_err
flow_mod(struct world *w, uint16_t command, const char *text)
{
    struct ofm m;
    ofm_init(&m, OFM_FLOW_MOD);
    m.version = w->version;
    m.flow_mod.command = command;
    enum flow_spec_kind kind = command == OFPFC_ADD ? FLOW_SPEC_ADD
                               : command <= OFPFC_MODIFY_STRICT
                                   ? FLOW_SPEC_MODIFY : FLOW_SPEC_DELETE;
    struct text_err err;
    if (!flow_spec_parse(text, kind, ofproto_names(w->of), &m.flow_mod.f,
                         &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    if (command == OFPFC_ADD && m.flow_mod.f.table_id == FLOW_TABLE_ALL) {
        m.flow_mod.f.table_id = 0;
    }
    enum ofp_err e = ofproto_apply(w->of, &m);
    ofm_fini(&m);
    return e;
}

static UNUSED void
add(struct world *w, const char *text)
{
    assert_int_equal(flow_mod(w, OFPFC_ADD, text), 0);
}

static UNUSED enum ofp_err
group_mod(struct world *w, uint16_t command, const char *text)
{
    struct ofm m;
    ofm_init(&m, OFM_GROUP_MOD);
    m.version = w->version;
    m.group_mod.command = command;
    struct text_err err;
    if (!group_spec_parse(text, GROUP_SPEC_ADD, ofproto_names(w->of),
                          &m.group_mod.g, &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    enum ofp_err e = ofproto_apply(w->of, &m);
    ofm_fini(&m);
    return e;
}

static UNUSED enum ofp_err
meter_mod(struct world *w, uint16_t command, const char *text)
{
    struct ofm m;
    ofm_init(&m, OFM_METER_MOD);
    m.version = w->version;
    m.meter_mod.command = command;
    struct text_err err;
    if (!meter_spec_parse(text, command != OFPMC_DELETE, &m.meter_mod.m,
                          &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    enum ofp_err e = ofproto_apply(w->of, &m);
    ofm_fini(&m);
    return e;
}

/* ## Packets ## */

/* Sends the packet that 'text' says; what comes out is "2,3" or "" (ports,
 * ascending, each as often as it got a packet). */
static UNUSED const char *
send(struct world *w, const char *text)
{
    static char out[128];
    struct flow_spec spec;
    struct text_err err;
    if (!flow_spec_parse(text, FLOW_SPEC_DELETE, ofproto_names(w->of), &spec,
                         &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    struct packet p;
    assert_true(flow_compose(&spec.match.flow, 0, &p));
    char name[8];
    snprintf(name, sizeof name, "p%u", spec.match.flow.in_port);
    port_mem_push(bridge_iface_port(w->br, name), &p);
    packet_free(&p);
    flow_spec_fini(&spec);
    dp_step(vswitch_dp(w->vs));
    vswitch_run_events(w->vs);
    rcu_quiesce();
    out[0] = '\0';
    for (int n = 1; n <= N_PORTS; n++) {
        snprintf(name, sizeof name, "p%d", n);
        struct packet got;
        struct port *port = bridge_iface_port(w->br, name);
        while (port && port_mem_take(port, &got)) {
            size_t len = strlen(out);
            snprintf(out + len, sizeof out - len, "%s%d", len ? "," : "", n);
            packet_free(&got);
        }
    }
    return out;
}

#define TCP "in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=80"
#define UDP "in_port=1,udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_dst=80"

/* What bridge/dump-flows says of flows whose text has 'part'; NULL if
 * nothing does.  Valid until the next call. */
static UNUSED const char *
shown(struct world *w, const char *part)
{
    static char line[512];
    struct str s = STR_INIT;
    dp_fold(vswitch_dp(w->vs));
    ofproto_dump_flows(w->of, &s);
    char *save = NULL, *copy = xstrdup(str_cstr(&s));
    const char *found = NULL;
    for (char *l = strtok_r(copy, "\n", &save); l && !found;
         l = strtok_r(NULL, "\n", &save)) {
        if (strstr(l, part)) {
            snprintf(line, sizeof line, "%s", l);
            found = line;
        }
    }
    free(copy);
    str_fini(&s);
    return found;
}

static UNUSED void
assert_shown(struct world *w, const char *part, const char *what)
{
    const char *line = shown(w, part);
    if (!line || !strstr(line, what)) {
        fail_msg("no %s in: %s", what, line ? line : "(nothing)");
    }
}

#define T(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

static UNUSED int
run_in_worlds(const struct CMUnitTest *tests, size_t n)
{
    rcu_thread_register();
    free(log_set_from_text("console:off"));
    clock_hold();
    int failed = _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
    rcu_thread_unregister();
    return failed;
}

#endif
