/* SPDX-License-Identifier: Apache-2.0 */
/* What flow, group and meter text means, and where bad text is said to be
 * bad.  (That it prints as the peer's does is test_flow_golden's.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/str.h"
#include "lib/openflow/text.h"

static const struct {
    enum flow_spec_kind kind;
    const char *text;
    size_t pos;
    const char *why;
} bad_flows[] = {
    { FLOW_SPEC_ADD, "", 0, "must specify an action" },
    { FLOW_SPEC_ADD, "ip", 2, "must specify an action" },
    { FLOW_SPEC_ADD, "foo=5,actions=1", 0, "unknown keyword foo" },
    { FLOW_SPEC_ADD, "ip, foo,actions=1", 4, "field foo missing value" },
    { FLOW_SPEC_ADD, "in_port=1,priority=65536,actions=1", 19,
      "invalid priority \"65536\"" },
    { FLOW_SPEC_ADD, "idle_timeout=70000,actions=1", 13,
      "invalid idle_timeout" },
    { FLOW_SPEC_ADD, "table=256,actions=1", 6, "unknown table \"256\"" },
    { FLOW_SPEC_ADD, "table=foo,actions=1", 6, "unknown table \"foo\"" },
    { FLOW_SPEC_ADD, "cookie=5/7,actions=1", 7,
      "flow additions cannot use a cookie mask" },
    { FLOW_SPEC_ADD, "cookie=x,actions=1", 7, "invalid numeric format x" },
    { FLOW_SPEC_ADD, "out_port=1,actions=1", 0, "unknown keyword out_port" },
    { FLOW_SPEC_ADD, "dl_vlan=4096,actions=1", 8, "not a valid value" },
    { FLOW_SPEC_ADD, "tcp,tp_dst=99999,actions=1", 11, "value too large" },
    { FLOW_SPEC_ADD, "ip,nw_src=10.0.0.0/33,actions=1", 10, "prefix" },
    { FLOW_SPEC_ADD, "dl_src=xx,actions=1", 7, "invalid Ethernet address" },
    { FLOW_SPEC_ADD, "ip,actions=output:1,nonsense:3", 20,
      "unknown action nonsense" },
    { FLOW_SPEC_ADD, "ip actions=mod_nw_src:1.2.3", 22,
      "invalid IP address" },
    { FLOW_SPEC_ADD, "arp,actions=set_field:1.2.3.4->ip_src", 12,
      "OFPBAC_MATCH_INCONSISTENT" },
    { FLOW_SPEC_ADD, "table=3,actions=goto_table:2", 16,
      "OFPBIC_BAD_TABLE_ID" },
    { FLOW_SPEC_ADD, "reg0[0..3]=16,actions=1", 11, "does not fit" },
    { FLOW_SPEC_ADD, "reg0[32]=1,actions=1", 0, "bit 32 is not valid" },
    { FLOW_SPEC_ADD, "ip,nw_proto[0]=1,actions=1", 3, "invalid mask" },
    { FLOW_SPEC_ADD, "actions 1", 0, "must specify an action" },
    { FLOW_SPEC_MODIFY, "ip", 2, "must specify an action" },
    { FLOW_SPEC_DELETE, "actions=1", 0, "unknown keyword actions" },
    { FLOW_SPEC_DELETE, "cookie=5", 7, "cookie=5/-1" },
    { FLOW_SPEC_DELETE, "idle_timeout=5", 0, "unknown keyword" },
    { FLOW_SPEC_DELETE, "in_port=1,out_port=foo", 19,
      "foo is not a valid OpenFlow port" },
};

static void
test_bad_flows_tell_where(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_flows); i++) {
        struct flow_spec spec;
        struct text_err err;
        if (flow_spec_parse(bad_flows[i].text, bad_flows[i].kind, NULL, &spec,
                            &err)) {
            fail_msg("\"%s\" was taken", bad_flows[i].text);
        }
        if (err.pos != bad_flows[i].pos
            || !strstr(err.message, bad_flows[i].why)) {
            fail_msg("\"%s\": %zu: %s", bad_flows[i].text, err.pos,
                     err.message);
        }
        text_err_fini(&err);
    }
}

static void
parse_flow(const char *text, enum flow_spec_kind kind,
           const struct ofp_names *names, struct flow_spec *spec)
{
    struct text_err err;
    if (!flow_spec_parse(text, kind, names, spec, &err)) {
        fail_msg("\"%s\": %zu: %s", text, err.pos, err.message);
    }
}

static void
test_settings_of_an_addition(void **state UNUSED)
{
    struct flow_spec s;
    parse_flow("table=3,priority=7,cookie=0xa,idle_timeout=5,hard_timeout=6,"
               "importance=8,send_flow_rem,check_overlap,tcp,actions=2",
               FLOW_SPEC_ADD, NULL, &s);
    assert_int_equal(s.table_id, 3);
    assert_int_equal(s.priority, 7);
    assert_true(s.have_priority);
    assert_int_equal(s.new_cookie, 0xa);
    assert_int_equal(s.cookie_mask, 0);
    assert_int_equal(s.idle_timeout, 5);
    assert_int_equal(s.hard_timeout, 6);
    assert_int_equal(s.importance, 8);
    assert_int_equal(s.flags,
                     FLOW_FLAG_SEND_FLOW_REM | FLOW_FLAG_CHECK_OVERLAP);
    assert_null(s.unnormalized);
    flow_spec_fini(&s);

    parse_flow("actions=drop", FLOW_SPEC_ADD, NULL, &s);
    assert_int_equal(s.table_id, FLOW_TABLE_ALL);
    assert_int_equal(s.priority, MATCH_PRIORITY_DEFAULT);
    assert_false(s.have_priority);
    assert_int_equal(s.new_cookie, 0);
    assert_int_equal(s.acts.len, 0);
    flow_spec_fini(&s);
}

static void
test_cookies_select_and_store(void **state UNUSED)
{
    struct flow_spec s;
    parse_flow("cookie=0x15/0xf,cookie=3,actions=1", FLOW_SPEC_MODIFY, NULL,
               &s);
    assert_int_equal(s.cookie, 5);
    assert_int_equal(s.cookie_mask, 0xf);
    assert_int_equal(s.new_cookie, 3);
    flow_spec_fini(&s);

    parse_flow("actions=1", FLOW_SPEC_MODIFY, NULL, &s);
    assert_true(s.new_cookie == UINT64_MAX);
    flow_spec_fini(&s);

    parse_flow("cookie=9/-1,out_port=LOCAL,out_group=4", FLOW_SPEC_DELETE,
               NULL, &s);
    assert_int_equal(s.cookie, 9);
    assert_true(s.cookie_mask == UINT64_MAX);
    assert_int_equal(s.out_port, OFPORT_LOCAL);
    assert_int_equal(s.out_group, 4);
    flow_spec_fini(&s);
}

static void
test_what_lacks_prerequisites_is_dropped_and_told(void **state UNUSED)
{
    struct flow_spec s;
    parse_flow("in_port=1,tp_src=5,actions=1", FLOW_SPEC_ADD, NULL, &s);
    assert_string_equal(s.unnormalized, "in_port=1,tp_src=5");
    struct str text = STR_INIT;
    match_put(&s.match, MATCH_PRIORITY_DEFAULT, NULL, &text);
    assert_string_equal(str_cstr(&text), "in_port=1");
    str_fini(&text);
    flow_spec_fini(&s);
}

/* Port 5 is "vm1", port 6 "s1-eth1"; table 4 is "acl". */
static bool
port_no(void *aux UNUSED, const char *name, uint32_t *port)
{
    *port = !strcmp(name, "vm1") ? 5 : 6;
    return !strcmp(name, "vm1") || !strcmp(name, "s1-eth1");
}

static const char *
port_name(void *aux UNUSED, uint32_t port)
{
    return port == 5 ? "vm1" : port == 6 ? "s1-eth1" : NULL;
}

static bool
table_no(void *aux UNUSED, const char *name, uint8_t *table)
{
    *table = 4;
    return !strcmp(name, "acl");
}

static const char *
table_name(void *aux UNUSED, uint8_t table)
{
    return table == 4 ? "acl" : NULL;
}

static const struct ofp_names names = { port_no, port_name, table_no,
                                        table_name, NULL };

static void
test_names_of_ports_and_tables(void **state UNUSED)
{
    struct flow_spec s;
    parse_flow("table=acl,in_port=\"s1-eth1\",actions=vm1,output:s1-eth1,"
               "\"vm1\",enqueue:vm1:3,resubmit(vm1,acl)",
               FLOW_SPEC_ADD, &names, &s);
    assert_int_equal(s.table_id, 4);
    struct flow_stats fs = { .match = s.match,
                             .priority = s.priority,
                             .table_id = s.table_id,
                             .idle_age = -1,
                             .hard_age = -1,
                             .acts = act_list_from_buf(&s.acts) };
    struct str text = STR_INIT;
    flow_stats_put(&fs, &names, true, &text);
    assert_string_equal(str_cstr(&text),
                        "cookie=0x0, duration=0s, table=acl, "
                        "n_packets=0, n_bytes=0, in_port=\"s1-eth1\" "
                        "actions=output:vm1,output:\"s1-eth1\",output:vm1,"
                        "enqueue:vm1:3,resubmit(vm1,acl)");
    str_fini(&text);
    flow_spec_fini(&s);
}

static void
test_the_line_of_dump_flows(void **state UNUSED)
{
    struct flow_stats fs = {
        .priority = 3,
        .table_id = 4,
        .cookie = 5,
        .duration_s = 12,
        .duration_ns = 34567890,
        .idle_timeout = 5,
        .hard_timeout = 6,
        .importance = 8,
        .flags = FLOW_FLAG_SEND_FLOW_REM | FLOW_FLAG_RESET_COUNTS,
        .idle_age = 2,
        .hard_age = 12,
        .n_packets = 7,
        .n_bytes = 420,
    };
    struct str text = STR_INIT;
    match_init(&fs.match);
    flow_stats_put(&fs, NULL, true, &text);
    assert_string_equal(str_cstr(&text),
                        "cookie=0x5, duration=12.03456789s, table=4, "
                        "n_packets=7, n_bytes=420, idle_timeout=5, "
                        "hard_timeout=6, "
                        "send_flow_rem reset_counts importance=8, "
                        "idle_age=2, priority=3 actions=drop");
    str_clear(&text);
    fs = (struct flow_stats){ .priority = MATCH_PRIORITY_DEFAULT };
    flow_stats_put(&fs, NULL, false, &text);
    assert_string_equal(str_cstr(&text), "actions=drop");
    str_fini(&text);
}

static const struct {
    enum group_spec_kind kind;
    const char *text;
    size_t pos;
    const char *why;
} bad_groups[] = {
    { GROUP_SPEC_ADD, "type=all,bucket=1", 0, "must specify a group_id" },
    { GROUP_SPEC_ADD, "group_id=6,bucket=1", 0, "must specify a type" },
    { GROUP_SPEC_ADD, "group_id=7,type=foo", 16, "invalid group type foo" },
    { GROUP_SPEC_ADD, "group_id=all,type=all", 9, "invalid group_id" },
    { GROUP_SPEC_ADD, "group_id=1,type=all,foo=1", 20, "unknown keyword" },
    { GROUP_SPEC_ADD, "group_id=1,type=all,bucket=", 27,
      "bucket must specify actions" },
    { GROUP_SPEC_ADD, "group_id=1,type=all,bucket=weight:3,1", 34,
      "Only select groups" },
    { GROUP_SPEC_ADD, "group_id=1,type=select,bucket=weight:65536,1", 37,
      "invalid weight \"65536\"" },
    { GROUP_SPEC_ADD, "group_id=1,type=all,bucket=1,bucket=2,bad", 38,
      "unknown action bad" },
    { GROUP_SPEC_ADD, "group_id=1,type=all,bucket=goto_table:3", 27,
      "goto_table instruction not allowed here" },
    { GROUP_SPEC_ADD, "group_id=1,type=indirect,bucket=1,bucket=2", 25,
      "at most one bucket" },
    { GROUP_SPEC_ADD, "group_id=1,type=ff,bucket=1", 26,
      "requires watch_port or watch_group" },
    { GROUP_SPEC_ADD, "group_id=1,type=ff,bucket=watch_port:LOCAL,1", 37,
      "invalid watch_port" },
    { GROUP_SPEC_ADD, "group_id=1,type=all,bucket=bucket_id:1,1,"
                      "bucket=bucket_id:1,2", 58, "used twice" },
    { GROUP_SPEC_INSERT_BUCKETS, "group_id=1,bucket=1", 0,
      "must specify a command bucket id" },
    { GROUP_SPEC_INSERT_BUCKETS, "group_id=1,command_bucket_id=all,bucket=1",
      29, "cannot be inserted" },
    { GROUP_SPEC_DELETE, "group_id=1,bucket=1", 11, "bucket is not needed" },
};

static void
test_bad_groups_tell_where(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_groups); i++) {
        struct group_spec spec;
        struct text_err err;
        if (group_spec_parse(bad_groups[i].text, bad_groups[i].kind, NULL,
                             &spec, &err)) {
            fail_msg("\"%s\" was taken", bad_groups[i].text);
        }
        if (err.pos != bad_groups[i].pos
            || !strstr(err.message, bad_groups[i].why)) {
            fail_msg("\"%s\": %zu: %s", bad_groups[i].text, err.pos,
                     err.message);
        }
        text_err_fini(&err);
    }
}

static const struct {
    const char *text;
    size_t pos;
    const char *why;
} bad_meters[] = {
    { "meter=4", 0, "must specify bands" },
    { "meter=0,kbps,band=type=drop,rate=1", 6, "invalid value for meter" },
    { "meter=all,kbps,band=type=drop,rate=1", 6, "invalid value for meter" },
    { "kbps,band=type=drop,rate=1", 0, "must specify 'meter'" },
    { "meter=6,kbps,band=type=foo,rate=4", 23, "unknown value foo" },
    { "meter=7,kbps,band=rate=4", 18, "must start with the 'type' keyword" },
    { "meter=8,kbps,band=type=drop", 27, "band must have 'rate'" },
    { "meter=9,foo,band=type=drop,rate=4", 8, "field foo missing value" },
    { "meter=10,kbps,band=type=drop,rate=4,burst_size=5", 36,
      "only when 'burst' flag is set" },
    { "meter=13,band=type=drop,rate=4", 0, "either 'kbps' or 'pktps'" },
    { "meter=5,kbps,pktps,band=type=drop,rate=4", 0, "exclude each other" },
    { "meter=x,kbps,band=type=drop,rate=4", 6, "invalid meter" },
};

static void
test_bad_meters_tell_where(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_meters); i++) {
        struct meter_spec spec;
        struct text_err err;
        if (meter_spec_parse(bad_meters[i].text, true, &spec, &err)) {
            fail_msg("\"%s\" was taken", bad_meters[i].text);
        }
        if (err.pos != bad_meters[i].pos
            || !strstr(err.message, bad_meters[i].why)) {
            fail_msg("\"%s\": %zu: %s", bad_meters[i].text, err.pos,
                     err.message);
        }
        text_err_fini(&err);
    }
}

static void
test_meters_print_as_the_peer_prints_them(void **state UNUSED)
{
    struct meter_spec spec;
    struct text_err err;
    struct str s = STR_INIT;
    assert_true(meter_spec_parse("meter=1,kbps,burst,band=type=drop,"
                                 "rate=1000,burst_size=500,type=dscp_remark,"
                                 "rate=5,prec_level=1",
                                 true, &spec, &err));
    assert_int_equal(spec.n_bands, 2);
    meter_put(&spec, &s);
    assert_string_equal(str_cstr(&s),
                        "meter=1 kbps burst bands=\n"
                        "type=drop rate=1000 burst_size=500\n"
                        "type=dscp_remark rate=5 burst_size=0 prec_level=1");
    str_fini(&s);
    assert_true(meter_spec_parse("meter=all", false, &spec, &err));
    assert_int_equal(spec.meter_id, METER_ID_ALL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_flows_tell_where),
        cmocka_unit_test(test_settings_of_an_addition),
        cmocka_unit_test(test_cookies_select_and_store),
        cmocka_unit_test(test_what_lacks_prerequisites_is_dropped_and_told),
        cmocka_unit_test(test_names_of_ports_and_tables),
        cmocka_unit_test(test_the_line_of_dump_flows),
        cmocka_unit_test(test_bad_groups_tell_where),
        cmocka_unit_test(test_bad_meters_tell_where),
        cmocka_unit_test(test_meters_print_as_the_peer_prints_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
