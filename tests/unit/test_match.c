/* SPDX-License-Identifier: Apache-2.0 */
/* Fields and matches: every row of fields.def through get, set, text and
 * header lookups; matches against properties on random ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/rng.h"
#include "lib/base/str.h"
#include "lib/flow/match.h"

#define ROUNDS 2000

static void
test_get_returns_what_set_wrote(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 1);
    for (size_t i = 0; i < FIELD_N; i++) {
        const struct field *f = &fields[i];
        assert_int_equal(f->id, i);
        for (int n = 0; n < 100; n++) {
            struct flow flow;
            union field_value v, w;
            memset(&flow, 0, sizeof flow);
            field_random(f, &rng, &v);
            assert_true(field_value_is_valid(f, &v));
            field_set(f, &v, &flow);
            field_get(f, &flow, &w);
            assert_memory_equal(&v, &w, sizeof v);
        }
    }
}

static void
test_masked_set_keeps_other_bits(void **state UNUSED)
{
    const struct field *f = field_from_name("reg3", 4);
    struct flow flow;
    memset(&flow, 0, sizeof flow);
    flow.regs[3] = 0x12345678;
    union field_value v = { .be32 = BE32(0x0000ab00) };
    union field_value m = { .be32 = BE32(0x0000ff00) };
    field_set_masked(f, &v, &m, &flow);
    assert_int_equal(flow.regs[3], 0x1234ab78);
}

static void
test_register_views_share_bits(void **state UNUSED)
{
    struct flow flow;
    memset(&flow, 0, sizeof flow);
    union field_value v;
    for (int i = 0; i < 16; i++) {
        v.b[i] = (uint8_t)(0x10 + i);
    }
    field_set(field_from_id(FIELD_XXREG1), &v, &flow);
    assert_int_equal(flow.regs[4], 0x10111213);
    assert_int_equal(flow.regs[7], 0x1c1d1e1f);
    field_get(field_from_id(FIELD_XREG3), &flow, &v);
    assert_int_equal(v.b[0], 0x18);
    assert_int_equal(v.b[7], 0x1f);
}

static void
test_names_and_headers_find_their_row(void **state UNUSED)
{
    for (size_t i = 0; i < FIELD_N; i++) {
        const struct field *f = &fields[i];
        assert_ptr_equal(field_from_name(f->name, strlen(f->name)), f);
        if (f->alias) {
            assert_ptr_equal(field_from_name(f->alias, strlen(f->alias)), f);
        }
        for (int j = 0; j < FIELD_N_HDRS; j++) {
            const struct field_header *h = &f->hdrs[j];
            if (h->name) {
                assert_ptr_equal(
                    field_from_header(h->class, h->code, h->experimenter), f);
            }
        }
    }
    assert_null(field_from_name("ip_srcx", 7));
    assert_null(field_from_header(0x8000, 127, 0));
}

static void
test_text_round_trips(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 2);
    for (size_t i = 0; i < FIELD_N; i++) {
        const struct field *f = &fields[i];
        for (int n = 0; n < 100; n++) {
            union field_value v, m, v2, m2;
            field_random(f, &rng, &v);
            field_value_ones(f, &m);
            if (f->maskable && n % 2 && f->form != FIELD_FORM_FRAG) {
                field_random(f, &rng, &m);
            }
            if (f->form == FIELD_FORM_FRAG) {
                m.u8 = 3;
            }
            v.words[0] &= m.words[0];
            v.words[1] &= m.words[1];
            if (field_value_is_zero(f, &m) || f->id == FIELD_DL_VLAN) {
                continue;
            }
            struct str s = STR_INIT;
            field_put(f, &v, &m, NULL, &s);
            char *err = field_parse(f, str_cstr(&s), NULL, &v2, &m2);
            if (err) {
                fail_msg("%s=%s: %s", f->name, str_cstr(&s), err);
            }
            assert_memory_equal(&v, &v2, sizeof v);
            assert_memory_equal(&m, &m2, sizeof m);
            str_fini(&s);
        }
    }
}

/* Text that must be refused, and a piece of the reason. */
static const struct {
    const char *field, *text, *why;
} bad_values[] = {
    { "ip_src", "1.2.3", "invalid IP address" },
    { "ip_src", "1.2.3.4/33", "prefix" },
    { "ipv6_src", "::1/129", "prefix" },
    { "eth_src", "00:00:00:00:00", "invalid Ethernet address" },
    { "eth_src", "00:00:00:00:00:00:00", "invalid Ethernet address" },
    { "nw_proto", "256", "value too large for 1-byte field nw_proto" },
    { "tcp_src", "65536", "value too large" },
    { "tcp_src", "x", "bad syntax" },
    { "tcp_src", "", "bad syntax" },
    { "tcp_src", "0x1/", "bad syntax for tcp_src mask" },
    { "dl_vlan", "4096", "not a valid value" },
    { "vlan_vid", "8192", "not a valid value" },
    { "dl_vlan_pcp", "8", "not a valid value" },
    { "mpls_label", "5/3", "invalid mask for field mpls_label" },
    { "mpls_label", "0x100000", "not a valid value" },
    { "in_port", "nosuch", "invalid or unknown port for in_port" },
    { "ip_frag", "maybe", "unknown fragment type" },
    { "tcp_flags", "+syn+foo", "foo: unknown TCP flag" },
    { "tcp_flags", "+syn-syn", "named twice" },
    { "arp_op", "256", "not a valid value" },
};

static void
test_bad_values_are_refused(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_values); i++) {
        const struct field *f = field_from_name(bad_values[i].field,
                                                strlen(bad_values[i].field));
        union field_value v, m;
        char *err = field_parse(f, bad_values[i].text, NULL, &v, &m);
        assert_non_null(err);
        if (!strstr(err, bad_values[i].why)) {
            fail_msg("%s=%s: %s", f->name, bad_values[i].text, err);
        }
        free(err);
    }
}

static void
test_vlan_parts_share_a_presence_bit(void **state UNUSED)
{
    struct match m;
    match_init(&m);
    union field_value vid = { .be16 = BE16(5) }, pcp = { .u8 = 3 };
    match_set_field(&m, field_from_id(FIELD_DL_VLAN), &vid, NULL);
    match_set_field(&m, field_from_id(FIELD_DL_VLAN_PCP), &pcp, NULL);
    assert_int_equal(m.flow.vlans[0].tci, BE16(0x7005));
    assert_int_equal(m.mask.vlans[0].tci, BE16(0xffff));
    match_clear_field(&m, field_from_id(FIELD_DL_VLAN));
    assert_int_equal(m.mask.vlans[0].tci, BE16(0xf000));
    match_clear_field(&m, field_from_id(FIELD_DL_VLAN_PCP));
    assert_true(match_is_catchall(&m));
}

static void
test_normalize_drops_what_lacks_its_prerequisite(void **state UNUSED)
{
    struct match m;
    match_init(&m);
    m.flow.nw_src = BE32(0x0a000001);
    m.mask.nw_src = BE32(0xffffffff);
    m.flow.tp_dst = BE16(80);
    m.mask.tp_dst = BE16(0xffff);
    m.flow.in_port = 1;
    m.mask.in_port = UINT32_MAX;
    assert_non_null(match_check_prereqs(&m));
    assert_true(match_normalize(&m));
    assert_null(match_check_prereqs(&m));
    assert_false(match_normalize(&m));
    assert_int_equal(m.mask.nw_src, 0);
    assert_int_equal(m.mask.tp_dst, 0);
    assert_int_equal(m.flow.in_port, 1);
}

static void
test_random_matches_keep_the_laws(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 3);
    for (int i = 0; i < ROUNDS; i++) {
        struct match a, b, c;
        match_random(&a, &rng);
        match_random(&b, &rng);
        assert_null(match_check_prereqs(&a));
        c = a;
        match_mask(&c);
        assert_true(match_equal(&a, &c));

        struct minimatch ma, mb;
        minimatch_init(&ma, &a);
        minimatch_clone(&mb, &ma);
        minimatch_expand(&ma, &c);
        assert_true(match_equal(&a, &c));
        assert_true(minimatch_equal(&ma, &mb));
        assert_int_equal(minimatch_hash(&ma, 1), minimatch_hash(&mb, 1));
        assert_int_equal(minimatch_covered_by(&ma, &b), match_covers(&b, &a));
        assert_true(minimatch_covered_by(&ma, &a));
        assert_true(match_flow(&a, &a.flow));
        assert_true(minimatch_flow(&ma, &a.flow));
        assert_int_equal(minimatch_flow(&ma, &b.flow),
                         match_flow(&a, &b.flow));
        assert_int_equal(match_overlaps(&a, &b), match_overlaps(&b, &a));
        if (match_covers(&a, &b)) {
            assert_true(match_overlaps(&a, &b));
            assert_true(match_flow(&a, &b.flow));
        }
        minimatch_fini(&ma);
        minimatch_fini(&mb);
    }
}

static void
test_whole_flows_as_traces_show_them(void **state UNUSED)
{
    struct flow f;
    struct str s = STR_INIT;
    memset(&f, 0, sizeof f);
    f.in_port = 1;
    f.regs[0] = 5;
    f.dl_type = BE16(0x88cc);
    flow_put(&f, NULL, &s);
    assert_string_equal(str_cstr(&s),
                        "reg0=0x5,in_port=1,vlan_tci=0x0000,"
                        "dl_src=00:00:00:00:00:00,dl_dst=00:00:00:00:00:00,"
                        "dl_type=0x88cc");
    str_clear(&s);
    f.regs[0] = 0;
    f.vlans[0].tci = BE16(FLOW_VLAN_CFI | 5);
    f.vlans[1].tci = BE16(FLOW_VLAN_CFI | 6);
    flow_put(&f, NULL, &s);
    assert_string_equal(str_cstr(&s),
                        "in_port=1,dl_vlan=5,dl_vlan_pcp=0,dl_vlan1=6,"
                        "dl_vlan_pcp1=0,dl_src=00:00:00:00:00:00,"
                        "dl_dst=00:00:00:00:00:00,dl_type=0x88cc");
    str_fini(&s);
}

static void
test_port_names(void **state UNUSED)
{
    uint32_t port;
    uint16_t port10;
    assert_true(ofport_parse("LOCAL", NULL, &port));
    assert_int_equal(port, OFPORT_LOCAL);
    assert_true(ofport_parse("65534", NULL, &port));
    assert_int_equal(port, OFPORT_LOCAL);
    assert_true(ofport_parse("in_port", NULL, &port));
    assert_int_equal(port, OFPORT_IN_PORT);
    assert_false(ofport_parse("65536", NULL, &port));
    assert_false(ofport_parse("\"vm1", NULL, &port));
    assert_true(ofport_to_of10(OFPORT_LOCAL, &port10));
    assert_int_equal(port10, 0xfffe);
    assert_false(ofport_to_of10(0x10000, &port10));
    struct str s = STR_INIT;
    ofport_put_name("vm1", &s);
    ofport_put_name("s1-\"x", &s);
    assert_string_equal(str_cstr(&s), "vm1\"s1-\\\"x\"");
    str_fini(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get_returns_what_set_wrote),
        cmocka_unit_test(test_masked_set_keeps_other_bits),
        cmocka_unit_test(test_register_views_share_bits),
        cmocka_unit_test(test_names_and_headers_find_their_row),
        cmocka_unit_test(test_text_round_trips),
        cmocka_unit_test(test_bad_values_are_refused),
        cmocka_unit_test(test_vlan_parts_share_a_presence_bit),
        cmocka_unit_test(test_normalize_drops_what_lacks_its_prerequisite),
        cmocka_unit_test(test_random_matches_keep_the_laws),
        cmocka_unit_test(test_whole_flows_as_traces_show_them),
        cmocka_unit_test(test_port_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
