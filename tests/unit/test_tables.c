/* SPDX-License-Identifier: Apache-2.0 */
/* Full tables: who is refused, and which flow is evicted for the next; and
 * groups, bucket by bucket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/io/loop.h"
#include "lib/openflow/wire.h"
#include "vswitchd/bridge/bridge.h"
#include "vswitchd/ofproto/ofproto.h"

struct world {
    struct loop *loop;
    struct vswitch *vs;
    struct bridge *br;
    struct ofproto *of;
};

static int
set_up(void **state)
{
    struct world *w = xzalloc(sizeof *w);
    struct vswitch_opts opts = { .no_threads = true };
    w->loop = loop_create();
    w->vs = vswitch_create(w->loop, &opts);
    char *error = NULL;
    w->br = bridge_create(w->vs, "test-tables", "netdev", &error);
    assert_non_null(w->br);
    w->of = bridge_ofproto(w->br);
    bridge_set_fail_mode(w->br, BRIDGE_SECURE);
    vswitch_commit(w->vs);
    *state = w;
    return 0;
}

static int
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

static enum ofp_err
add(struct world *w, const char *text)
{
    struct ofm m;
    ofm_init(&m, OFM_FLOW_MOD);
    m.version = OFP14_VERSION;
    m.flow_mod.command = OFPFC_ADD;
    struct text_err err;
    if (!flow_spec_parse(text, FLOW_SPEC_ADD, ofproto_names(w->of),
                         &m.flow_mod.f, &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    enum ofp_err e = ofproto_apply(w->of, &m);
    ofm_fini(&m);
    return e;
}

static enum ofp_err
table_mod(struct world *w, uint8_t table, uint32_t config)
{
    struct ofm m;
    ofm_init(&m, OFM_TABLE_MOD);
    m.version = OFP14_VERSION;
    m.table_mod.table_id = table;
    m.table_mod.config = config;
    enum ofp_err e = ofproto_apply(w->of, &m);
    ofm_fini(&m);
    return e;
}

/* The priorities of all flows, one letter each: 1 is 'a'. */
static void
expect_flows(struct world *w, const char *letters)
{
    struct str s = STR_INIT;
    ofproto_dump_flows(w->of, &s);
    char got[27] = "";
    size_t n = 0;
    for (int p = 1; p <= 26; p++) {
        char text[32];
        snprintf(text, sizeof text, "priority=%d,", p);
        if (s.s && strstr(s.s, text)) {
            got[n++] = (char)('a' + p - 1);
        }
    }
    str_fini(&s);
    assert_string_equal(got, letters);
}

static void
limit(struct world *w, uint32_t n, bool evicts, const char *group)
{
    struct bridge_table_cfg cfg = { .table_id = 3, .name = "three",
                                    .flow_limit = n, .evicts = evicts,
                                    .groups = &group,
                                    .n_groups = group ? 1 : 0 };
    bridge_set_tables(w->br, &cfg, 1);
}

static void
test_refuse(void **state)
{
    struct world *w = *state;
    limit(w, 2, false, NULL);
    assert_int_equal(add(w, "table=3,priority=1,arp,actions=drop"), 0);
    assert_int_equal(add(w, "table=3,priority=2,arp,actions=drop"), 0);
    assert_int_equal(add(w, "table=3,priority=3,arp,actions=drop"),
                     OFPERR_OFPFMFC_TABLE_FULL);
    /* A flow that takes another's place needs no room; other tables have
     * room. */
    assert_int_equal(add(w, "table=3,priority=2,arp,actions=NORMAL"), 0);
    assert_int_equal(add(w, "table=4,priority=4,arp,actions=drop"), 0);
    expect_flows(w, "abd");
    /* Without a row there is no limit. */
    bridge_set_tables(w->br, NULL, 0);
    assert_int_equal(add(w, "table=3,priority=3,arp,actions=drop"), 0);
    expect_flows(w, "abcd");
}

static void
test_evict_soonest(void **state)
{
    struct world *w = *state;
    limit(w, 3, true, NULL);
    add(w, "table=3,priority=1,arp,actions=drop");
    add(w, "table=3,priority=2,hard_timeout=60,arp,actions=drop");
    add(w, "table=3,priority=3,idle_timeout=30,arp,actions=drop");
    assert_int_equal(add(w, "table=3,priority=4,hard_timeout=50,arp,"
                            "actions=drop"), 0);
    expect_flows(w, "abd");
    assert_int_equal(add(w, "table=3,priority=5,arp,actions=drop"), 0);
    expect_flows(w, "abe");
    assert_int_equal(add(w, "table=3,priority=6,arp,actions=drop"), 0);
    expect_flows(w, "aef");
    /* Those that stay for ever are never evicted. */
    assert_int_equal(add(w, "table=3,priority=7,arp,actions=drop"),
                     OFPERR_OFPFMFC_TABLE_FULL);
}

static void
test_evict_importance(void **state)
{
    struct world *w = *state;
    limit(w, 2, true, NULL);
    add(w, "table=3,priority=1,importance=2,idle_timeout=9,arp,actions=drop");
    add(w, "table=3,priority=2,importance=1,idle_timeout=99,arp,actions=drop");
    assert_int_equal(add(w, "table=3,priority=3,importance=0,idle_timeout=9,"
                            "arp,actions=drop"), 0);
    expect_flows(w, "ac");
}

static void
test_evict_groups(void **state)
{
    struct world *w = *state;
    limit(w, 3, true, "NXM_OF_IN_PORT[]");
    add(w, "table=3,priority=1,in_port=1,idle_timeout=9,actions=drop");
    add(w, "table=3,priority=2,in_port=2,idle_timeout=90,actions=drop");
    add(w, "table=3,priority=3,in_port=2,idle_timeout=80,actions=drop");
    /* Port 2 has most, whatever expires first. */
    assert_int_equal(add(w, "table=3,priority=4,in_port=1,idle_timeout=7,"
                            "actions=drop"), 0);
    expect_flows(w, "abd");
    assert_int_equal(add(w, "table=3,priority=5,in_port=2,idle_timeout=7,"
                            "actions=drop"), 0);
    expect_flows(w, "abe");
}

static void
test_lower_limit(void **state)
{
    struct world *w = *state;
    limit(w, 5, true, NULL);
    add(w, "table=3,priority=1,arp,actions=drop");
    add(w, "table=3,priority=2,hard_timeout=60,arp,actions=drop");
    add(w, "table=3,priority=3,hard_timeout=50,arp,actions=drop");
    limit(w, 2, true, NULL);
    expect_flows(w, "ab");
    limit(w, 0, true, NULL);
    expect_flows(w, "a");
    assert_int_equal(add(w, "table=3,priority=4,hard_timeout=9,arp,"
                            "actions=drop"), OFPERR_OFPFMFC_TABLE_FULL);
}

static void
test_table_mod(void **state)
{
    struct world *w = *state;
    limit(w, 1, false, NULL);
    add(w, "table=3,priority=1,hard_timeout=60,arp,actions=drop");
    assert_int_equal(table_mod(w, 3, OFPTC_EVICTION), 0);
    assert_int_equal(add(w, "table=3,priority=2,idle_timeout=5,arp,"
                            "actions=drop"), 0);
    expect_flows(w, "b");
    assert_int_equal(table_mod(w, FLOW_TABLE_ALL, 0), 0);
    assert_int_equal(add(w, "table=3,priority=3,arp,actions=drop"),
                     OFPERR_OFPFMFC_TABLE_FULL);
    assert_int_equal(table_mod(w, 254, OFPTC_EVICTION),
                     OFPERR_OFPTMFC_EPERM);
}

static enum ofp_err
group_mod(struct world *w, uint16_t command, enum group_spec_kind kind,
          const char *text)
{
    struct ofm m;
    ofm_init(&m, OFM_GROUP_MOD);
    m.version = OFP15_VERSION;
    m.group_mod.command = command;
    struct text_err err;
    if (!group_spec_parse(text, kind, ofproto_names(w->of), &m.group_mod.g,
                          &err)) {
        fail_msg("%s: %s", text, err.message);
    }
    enum ofp_err e = ofproto_apply(w->of, &m);
    ofm_fini(&m);
    return e;
}

/* The ids of the buckets of group 1, in order. */
static void
expect_buckets(struct world *w, const char *ids)
{
    const struct xgroup *g = idmap_get(&ofproto_xbridge(w->of)->groups, 1);
    struct str s = STR_INIT;
    for (size_t i = 0; i < g->n_buckets; i++) {
        str_putf(&s, "%s%u", i ? "," : "", g->spec.buckets[i].bucket_id);
    }
    assert_string_equal(s.s ? s.s : "", ids);
    str_fini(&s);
}

static void
test_buckets(void **state)
{
    static const struct {
        const char *what, *text; /* 'what': i, insert; r, remove. */
        enum ofp_err err;
        const char *ids;
    } rows[] = {
        { "i", "command_bucket_id=first,bucket=bucket_id=5,output:1", 0,
          "5,0" },
        { "i", "command_bucket_id=last,bucket=bucket_id=7,output:1", 0,
          "5,0,7" },
        { "i", "command_bucket_id=5,bucket=bucket_id=8,output:1,"
               "bucket=bucket_id=9,output:2", 0, "5,8,9,0,7" },
        { "i", "command_bucket_id=5,bucket=bucket_id=9,output:1",
          OFPERR_OFPGMFC_BUCKET_EXISTS, "5,8,9,0,7" },
        { "i", "command_bucket_id=4,bucket=bucket_id=1,output:1",
          OFPERR_OFPGMFC_UNKNOWN_BUCKET, "5,8,9,0,7" },
        { "i", "command_bucket_id=first,bucket=bucket_id=1,group:1",
          OFPERR_OFPGMFC_LOOP, "5,8,9,0,7" },
        { "r", "command_bucket_id=9", 0, "5,8,0,7" },
        { "r", "command_bucket_id=9", OFPERR_OFPGMFC_UNKNOWN_BUCKET,
          "5,8,0,7" },
        { "r", "command_bucket_id=first", 0, "8,0,7" },
        { "r", "command_bucket_id=last", 0, "8,0" },
        { "r", "command_bucket_id=all", 0, "" },
        { "r", "command_bucket_id=first", 0, "" },
        { "r", "command_bucket_id=last", 0, "" },
    };
    struct world *w = *state;
    assert_int_equal(group_mod(w, OFPGC_ADD, GROUP_SPEC_ADD,
                               "group_id=1,type=select,"
                               "bucket=bucket_id=0,output:1"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool insert = rows[i].what[0] == 'i';
        char text[256];
        snprintf(text, sizeof text, "group_id=1,%s", rows[i].text);
        assert_int_equal(group_mod(w, insert ? OFPGC_INSERT_BUCKET
                                             : OFPGC_REMOVE_BUCKET,
                                   insert ? GROUP_SPEC_INSERT_BUCKETS
                                          : GROUP_SPEC_REMOVE_BUCKETS,
                                   text), rows[i].err);
        expect_buckets(w, rows[i].ids);
    }
}

#define TEST(F) cmocka_unit_test_setup_teardown(F, set_up, tear_down)

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_refuse),        TEST(test_evict_soonest),
        TEST(test_evict_importance), TEST(test_evict_groups),
        TEST(test_lower_limit),   TEST(test_table_mod),
        TEST(test_buckets),
    };
    rcu_thread_register();
    free(log_set_from_text("console:off"));
    clock_hold();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_thread_unregister();
    return failed;
}
