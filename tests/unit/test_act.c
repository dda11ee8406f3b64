/* SPDX-License-Identifier: Apache-2.0 */
/* Actions: wire errors, checks, action sets, and random lists through every
 * version and through text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/base/str.h"
#include "lib/openflow/act.h"

static void
parse(const char *text, struct buf *acts)
{
    size_t pos;
    char *err = acts_parse(text, NULL, acts, &pos);
    if (err) {
        fail_msg("%s: %zu: %s", text, pos, err);
    }
}

/* Bytes of hexadecimal text; heap, caller frees. */
static uint8_t *
from_hex(const char *hex, size_t *n)
{
    *n = strlen(hex) / 2;
    uint8_t *b = xmalloc(*n + 1);
    for (size_t i = 0; i < *n; i++) {
        char two[3] = { hex[2 * i], hex[2 * i + 1], 0 };
        b[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    return b;
}

/* Lists that must be refused, with the error the standard names. */
static const struct {
    enum ofp_version version;
    bool insts;
    const char *hex;
    enum ofp_err err;
} bad_wires[] = {
    { OFP10_VERSION, false, "000000", OFPERR_OFPBAC_BAD_LEN },
    { OFP10_VERSION, false, "0000000400010000", OFPERR_OFPBAC_BAD_LEN },
    { OFP10_VERSION, false, "0000000900010000", OFPERR_OFPBAC_BAD_LEN },
    { OFP10_VERSION, false, "0000001000010000", OFPERR_OFPBAC_BAD_LEN },
    { OFP10_VERSION, false, "006300080000000000000000",
      OFPERR_OFPBAC_BAD_TYPE },
    { OFP10_VERSION, false, "00000008ff000000", OFPERR_OFPBAC_BAD_OUT_PORT },
    { OFP10_VERSION, false, "00000008ffff0000", OFPERR_OFPBAC_BAD_OUT_PORT },
    { OFP10_VERSION, false, "00010008100a0000", OFPERR_OFPBAC_BAD_ARGUMENT },
    { OFP10_VERSION, false, "0002000808000000", OFPERR_OFPBAC_BAD_ARGUMENT },
    { OFP10_VERSION, false, "0008000801000000", OFPERR_OFPBAC_BAD_ARGUMENT },
    { OFP10_VERSION, false, "ffff001000002320000700000000",
      OFPERR_OFPBAC_BAD_LEN },
    { OFP10_VERSION, false, "ffff0010000023210001000000000000",
      OFPERR_OFPBAC_BAD_VENDOR },
    { OFP10_VERSION, false, "ffff00100000232003e7000000000000",
      OFPERR_OFPBAC_BAD_VENDOR_TYPE },
    { OFP13_VERSION, false, "00000010000100000000000000000000",
      OFPERR_OFPBAC_BAD_OUT_PORT },
    { OFP13_VERSION, false, "00000010ffffff0000000000000000",
      OFPERR_OFPBAC_BAD_LEN },
    { OFP13_VERSION, false, "0011000808000000", OFPERR_OFPBAC_BAD_ARGUMENT },
    { OFP13_VERSION, false, "0013000808000000", OFPERR_OFPBAC_BAD_ARGUMENT },
    { OFP13_VERSION, false, "0019001080000a020800000000000000",
      OFPERR_OFPBAC_BAD_SET_ARGUMENT },
    { OFP13_VERSION, false, "00190010800016050102030400000000",
      OFPERR_OFPBAC_BAD_SET_LEN },
    { OFP13_VERSION, false, "0019001080007e040102030400000000",
      OFPERR_OFPBAC_BAD_SET_TYPE },
    { OFP13_VERSION, false, "0019001080001708010200000000ff00",
      OFPERR_OFPBMC_BAD_WILDCARDS },
    { OFP13_VERSION, false, "001900108000170800000000ff000000",
      OFPERR_OFPBAC_BAD_SET_MASK },
    { OFP13_VERSION, true, "00040010000000000000001000000001",
      OFPERR_OFPBAC_BAD_LEN },
    { OFP13_VERSION, true, "0063000800000000", OFPERR_OFPBIC_UNKNOWN_INST },
    { OFP13_VERSION, true, "0001001001000000", OFPERR_OFPBIC_BAD_LEN },
    { OFP13_VERSION, true, "00010008010000000001000802000000",
      OFPERR_OFPBIC_DUP_INST },
    { OFP13_VERSION, true, "ffff000800002320",
      OFPERR_OFPBIC_BAD_EXPERIMENTER },
    { OFP12_VERSION, true, "0006000800000001", OFPERR_OFPBIC_UNKNOWN_INST },
};

/* What a sender may leave out, and how it shows. */
static void
test_dec_ttl_may_tell_nobody(void **state UNUSED)
{
    size_t n;
    uint8_t *b = from_hex("ffff0010000023200015000000000000", &n);
    struct cursor c = cursor_make(b, n);
    struct buf acts = BUF_INIT, again = BUF_INIT;
    struct str s = STR_INIT;
    assert_int_equal(acts_decode(&c, OFP10_VERSION, &acts), OFPERR_OK);
    struct act_list list = act_list_from_buf(&acts);
    acts_put(&list, NULL, &s);
    assert_string_equal(str_cstr(&s), "dec_ttl()");
    acts_encode(&list, OFP15_VERSION, &again);
    assert_int_equal(again.len, n);
    assert_memory_equal(again.data, b, n);
    str_fini(&s);
    buf_fini(&again);
    buf_fini(&acts);
    free(b);
}

static void
test_bad_wires_are_refused(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_wires); i++) {
        size_t n;
        uint8_t *b = from_hex(bad_wires[i].hex, &n);
        struct cursor c = cursor_make(b, n);
        struct buf acts = BUF_INIT;
        enum ofp_err err =
            bad_wires[i].insts
                ? instructions_decode(&c, bad_wires[i].version, &acts)
                : acts_decode(&c, bad_wires[i].version, &acts);
        if (err != bad_wires[i].err) {
            fail_msg("%s: %s, not %s", bad_wires[i].hex, ofp_err_name(err),
                     ofp_err_name(bad_wires[i].err));
        }
        if (err) {
            assert_int_equal(acts.len, 0);
        }
        buf_fini(&acts);
        free(b);
    }
}

/* Lists against matches, in 1.3 (1.0 where it says so) and table 2 of 10. */
static const struct {
    const char *match; /* "dl_type" and so on, set by hand below. */
    const char *acts;
    enum ofp_version version;
    enum ofp_err err;
} checks[] = {
    { "any", "goto_table:3", OFP13_VERSION, OFPERR_OK },
    { "any", "goto_table:2", OFP13_VERSION, OFPERR_OFPBIC_BAD_TABLE_ID },
    { "any", "goto_table:10", OFP13_VERSION, OFPERR_OFPBIC_BAD_TABLE_ID },
    { "any", "set_field:1.2.3.4->ip_src", OFP13_VERSION,
      OFPERR_OFPBAC_MATCH_INCONSISTENT },
    { "ip", "set_field:1.2.3.4->ip_src", OFP13_VERSION, OFPERR_OK },
    { "any", "mod_nw_src:1.2.3.4", OFP10_VERSION, OFPERR_OK },
    { "any", "mod_nw_src:1.2.3.4", OFP13_VERSION,
      OFPERR_OFPBAC_MATCH_INCONSISTENT },
    { "any", "write_actions(set_field:1.2.3.4->ip_src)", OFP13_VERSION,
      OFPERR_OK },
    { "any", "pop_vlan", OFP13_VERSION, OFPERR_OFPBAC_MATCH_INCONSISTENT },
    { "any", "push_vlan:0x8100,pop_vlan", OFP13_VERSION, OFPERR_OK },
    { "any", "push_vlan:0x8100,set_field:4097->vlan_vid", OFP13_VERSION,
      OFPERR_OK },
    { "any", "set_field:4097->vlan_vid", OFP13_VERSION,
      OFPERR_OFPBAC_MATCH_INCONSISTENT },
    { "ip", "push_mpls:0x8847,set_field:3->mpls_label", OFP13_VERSION,
      OFPERR_OK },
    { "ip", "pop_mpls:0x800", OFP13_VERSION,
      OFPERR_OFPBAC_MATCH_INCONSISTENT },
    { "any", "dec_ttl", OFP13_VERSION, OFPERR_OFPBAC_MATCH_INCONSISTENT },
    { "ip", "move:ip_src->ip_dst", OFP13_VERSION, OFPERR_OK },
    { "any", "move:ip_src->ip_dst", OFP13_VERSION,
      OFPERR_OFPBAC_MATCH_INCONSISTENT },
    { "any", "none", OFP13_VERSION, OFPERR_OFPBAC_BAD_OUT_PORT },
    { "any", "group:4294967041", OFP13_VERSION,
      OFPERR_OFPBAC_BAD_OUT_GROUP },
    { "any", "clone(goto_table:4)", OFP13_VERSION, OFPERR_OFPBAC_BAD_TYPE },
    { "any", "write_actions(enqueue:1:1)", OFP13_VERSION,
      OFPERR_OFPBAC_BAD_TYPE },
    { "any", "meter:0", OFP13_VERSION, OFPERR_OFPMMFC_INVALID_METER },
};

static void
test_checks(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
        struct match m;
        struct buf acts = BUF_INIT;
        match_init(&m);
        if (!strcmp(checks[i].match, "ip")) {
            m.flow.dl_type = BE16(0x0800);
            m.mask.dl_type = BE16(0xffff);
        }
        parse(checks[i].acts, &acts);
        struct act_check in = { &m, 2, 10, checks[i].version, false };
        struct act_list list = act_list_from_buf(&acts);
        enum ofp_err err = acts_check(&list, &in);
        if (err != checks[i].err) {
            fail_msg("%s %s: %s, not %s", checks[i].match, checks[i].acts,
                     ofp_err_name(err), ofp_err_name(checks[i].err));
        }
        buf_fini(&acts);
    }
}

static void
test_order_of_instructions(void **state UNUSED)
{
    struct buf acts = BUF_INIT;
    act_append(&acts, ACT_GOTO_TABLE, sizeof(struct act_goto_table));
    act_append_output(&acts, 1);
    struct act_list list = act_list_from_buf(&acts);
    struct act_check in = { NULL, 255, 255, OFP13_VERSION, false };
    assert_int_equal(acts_check(&list, &in), OFPERR_OFPBAC_UNSUPPORTED_ORDER);
    buf_fini(&acts);
}

/* What the set of 'first' merged with 'second' runs, as text. */
static char *
run_set(const char *first, const char *second)
{
    struct buf a = BUF_INIT, b = BUF_INIT, ordered = BUF_INIT;
    struct act_set set;
    const struct act *run[ACT_N_SLOTS + ACT_SET_WRITES_MAX];
    struct str s = STR_INIT;
    parse(first, &a);
    parse(second, &b);
    struct act_list la = act_list_from_buf(&a), lb = act_list_from_buf(&b);
    act_set_clear(&set);
    assert_true(act_set_write(&set, &la));
    assert_true(act_set_write(&set, &lb));
    size_t n = act_set_order(&set, run);
    for (size_t i = 0; i < n; i++) {
        buf_put(&ordered, run[i], run[i]->len);
    }
    struct act_list list = act_list_from_buf(&ordered);
    acts_put(&list, NULL, &s);
    buf_fini(&a);
    buf_fini(&b);
    buf_fini(&ordered);
    return str_steal(&s);
}

static void
test_action_set_runs_in_order(void **state UNUSED)
{
    char *s = run_set("output:1,set_queue:4,dec_ttl,push_vlan:0x8100",
                      "set_field:5->reg0,pop_vlan,output:2");
    assert_string_equal(s, "pop_vlan,push_vlan:0x8100,dec_ttl,"
                           "set_field:0x5->reg0,set_queue:4,output:2");
    free(s);
    s = run_set("output:1", "group:3");
    assert_string_equal(s, "group:3");
    free(s);
    s = run_set("set_field:5->reg0", "dec_ttl");
    assert_string_equal(s, "drop"); /* Nothing would leave the switch. */
    free(s);
}

static void
test_filters_look_into_nested_lists(void **state UNUSED)
{
    struct buf acts = BUF_INIT;
    parse("clone(1,group:7),write_actions(LOCAL)", &acts);
    struct act_list list = act_list_from_buf(&acts);
    assert_true(acts_output_to_port(&list, 1));
    assert_true(acts_output_to_port(&list, OFPORT_LOCAL));
    assert_false(acts_output_to_port(&list, 2));
    assert_true(acts_output_to_group(&list, 7));
    assert_false(acts_output_to_group(&list, 8));
    buf_fini(&acts);
}

/* Transport writes of 1.0 find their protocol, and a tag its match. */
static void
test_binding_to_a_match(void **state UNUSED)
{
    struct match m;
    struct buf acts = BUF_INIT;
    match_init(&m);
    m.flow.nw_proto = 17;
    m.flow.vlans[0].tci = BE16(FLOW_VLAN_CFI);
    parse("mod_tp_src:5,mod_vlan_vid:3", &acts);
    acts_bind_match(&acts, &m);
    struct act_list list = act_list_from_buf(&acts);
    const struct act *a = list.first;
    assert_int_equal(ACT_CAST(act_set_field, a)->field, FIELD_UDP_SRC);
    assert_false(ACT_CAST(act_set_field, act_next(a))->push_vlan);
    buf_fini(&acts);
}

static void
test_where_a_write_applies(void **state UNUSED)
{
    struct flow udp, tagged;
    struct buf acts = BUF_INIT;
    memset(&udp, 0, sizeof udp);
    udp.dl_type = BE16(0x0800);
    udp.nw_proto = 17;
    tagged = udp;
    tagged.vlans[0].tci = BE16(FLOW_VLAN_CFI | 5);
    parse("mod_tp_dst:9,set_field:9->tcp_dst,set_field:4097->vlan_vid,"
          "mod_vlan_vid:3",
          &acts);
    struct act_list list = act_list_from_buf(&acts);
    static const bool wants[][2] = { /* Untagged, tagged. */
        { true, true }, { false, false }, { false, true }, { true, true },
    };
    size_t i = 0;
    ACT_FOR_EACH (a, &list) {
        const struct act_set_field *sf = ACT_CAST(act_set_field, a);
        assert_int_equal(act_set_field_applies(sf, &udp), wants[i][0]);
        assert_int_equal(act_set_field_applies(sf, &tagged), wants[i][1]);
        i++;
    }
    buf_fini(&acts);
}

/* Random lists. */

static uint32_t
random_port(struct rng *rng)
{
    static const uint32_t special[] = { OFPORT_LOCAL, OFPORT_IN_PORT,
                                        OFPORT_NORMAL, OFPORT_FLOOD };
    return rng_one_in(rng, 3) ? special[rng_below(rng, 4)]
                              : 1 + rng_below(rng, 100);
}

static void
random_set_field(struct rng *rng, struct str *s)
{
    const struct field *f;
    union field_value v;
    do {
        f = field_from_id((enum field_id)rng_below(rng, FIELD_N));
    } while (!f->settable || f->id == FIELD_IN_PORT_OXM
             || f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP);
    field_random(f, rng, &v);
    str_put(s, "set_field:");
    field_put(f, &v, NULL, NULL, s);
    str_putf(s, "->%s", f->name);
}

static void
random_move(struct rng *rng, struct str *s)
{
    uint32_t n = 1 + rng_below(rng, 16);
    uint32_t a = rng_below(rng, 16), b = rng_below(rng, 16);
    str_putf(s, "move:NXM_NX_REG%u[%u..%u]->OXM_OF_METADATA[%u..%u]",
             rng_below(rng, 16), a, a + n, b, b + n);
}

static void
random_action(struct rng *rng, struct str *s, int depth)
{
    switch (rng_below(rng, depth ? 13 : 14)) {
    case 0:
        str_putf(s, "group:%u", rng_below(rng, 1000));
        break;
    case 1:
        str_putf(s, "set_queue:%u", rng_below(rng, 8));
        break;
    case 2:
        random_move(rng, s);
        break;
    case 3:
        str_putf(s, "resubmit(%u,%u)", 1 + rng_below(rng, 9),
                 rng_below(rng, 255));
        break;
    case 4:
        str_putf(s, "controller(max_len=%u,id=%u)", rng_below(rng, 65535),
                 1 + rng_below(rng, 65535));
        break;
    case 5:
        str_put(s, rng_one_in(rng, 2) ? "dec_ttl" : "dec_ttl(3,4,5)");
        break;
    case 6:
        str_put(s, "push_mpls:0x8847");
        break;
    case 7:
        str_put(s, "pop_mpls:0x0800");
        break;
    case 8:
        str_put(s, rng_one_in(rng, 2) ? "exit" : "pop_queue");
        break;
    case 9:
        str_putf(s, "load:%#x->NXM_NX_REG%u[%u..20]", rng_below(rng, 16),
                 rng_below(rng, 16), rng_below(rng, 16));
        break;
    case 10:
        str_put(s, "note:01.02.03.04.05.06");
        break;
    case 11:
    case 12: {
        uint32_t port = random_port(rng);
        str_put(s, port < OFPORT_MAX10 ? "output:" : "");
        ofport_put(port, NULL, s);
        break;
    }
    default:
        random_set_field(rng, s);
    }
}

static void
random_list(struct rng *rng, struct str *s)
{
    uint32_t n = 1 + rng_below(rng, 6);
    for (uint32_t i = 0; i < n; i++) {
        str_put(s, i ? "," : "");
        if (rng_one_in(rng, 8)) {
            str_put(s, "clone(");
            random_action(rng, s, 1);
            str_put_char(s, ',');
            random_action(rng, s, 1);
            str_put_char(s, ')');
        } else {
            random_action(rng, s, 0);
        }
    }
}

static void
test_random_lists_survive_text(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 7);
    for (int i = 0; i < 3000; i++) {
        struct str s = STR_INIT, t = STR_INIT;
        struct buf a = BUF_INIT, b = BUF_INIT;
        random_list(&rng, &s);
        parse(str_cstr(&s), &a);
        struct act_list la = act_list_from_buf(&a);
        acts_put(&la, NULL, &t);
        assert_string_equal(str_cstr(&s), str_cstr(&t));
        parse(str_cstr(&t), &b);
        struct act_list lb = act_list_from_buf(&b);
        assert_true(acts_equal(&la, &lb));
        str_fini(&s);
        str_fini(&t);
        buf_fini(&a);
        buf_fini(&b);
    }
}

/* Sends 'acts' in 'version' and returns what arrives. */
static void
send_acts(const struct buf *acts, enum ofp_version version, struct buf *back)
{
    struct buf wire = BUF_INIT;
    struct act_list list = act_list_from_buf(acts);
    instructions_encode(&list, version, &wire);
    assert_int_equal(wire.len % 8, 0);
    struct cursor c = cursor_make(wire.data, wire.len);
    assert_int_equal(instructions_decode(&c, version, back), OFPERR_OK);
    buf_fini(&wire);
}

static void
test_random_lists_survive_every_version(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 8);
    for (int i = 0; i < 2000; i++) {
        struct str s = STR_INIT;
        struct buf a = BUF_INIT, prev = BUF_INIT;
        random_list(&rng, &s);
        parse(str_cstr(&s), &a);
        for (enum ofp_version v = OFP11_VERSION; v <= OFP15_VERSION; v++) {
            struct buf b = BUF_INIT, c = BUF_INIT;
            send_acts(&a, v, &b);
            send_acts(&b, v, &c);
            struct act_list lb = act_list_from_buf(&b);
            struct act_list lc = act_list_from_buf(&c);
            assert_true(acts_equal(&lb, &lc));
            buf_fini(&b);
            buf_fini(&c);
        }
        buf_fini(&a);
        buf_fini(&prev);
        str_fini(&s);
    }
}

/* Texts that must be refused: where, and a piece of why. */
static const struct {
    const char *text;
    size_t pos;
    const char *why;
} bad_texts[] = {
    { "foo", 0, "unknown action foo" },
    { "output:1,foo:3", 9, "unknown action foo" },
    { "output:x", 7, "output to unknown port: x" },
    { "drop,output:1", 5, "must not be accompanied" },
    { "output:1,drop", 9, "must not be accompanied" },
    { "clone(output:1,bad)", 15, "unknown action bad" },
    { "clone(output:1", 0, "missing ( or )" },
    { "output:1,resubmit:3),2", 9, "missing ( or )" },
    { "set_field:0/0->reg1", 10, "nothing to write" },
    { "load:ANY->reg1[]", 5, "cannot parse integer value" },
    { "set_field:1.2.3->ip_src", 10, "invalid IP address" },
    { "set_field:1.2.3.4->nosuch", 19, "not a valid OXM field name" },
    { "set_field:5->tcp_flags", 13, "read-only" },
    { "set_field:5", 10, "missing `->'" },
    { "load:0x10->reg0[0..3]", 5, "does not fit into 4 bits" },
    { "load:x->reg0[]", 5, "cannot parse integer value" },
    { "load:1->reg0[32]", 8, "bit 32 is not valid" },
    { "move:reg0[0..3]->reg1[0..4]", 17, "bits wide" },
    { "mod_vlan_vid:4096", 13, "not a valid" },
    { "mod_nw_tos:3", 11, "not a valid TOS" },
    { "push_vlan:0x800", 10, "not a valid VLAN ethertype" },
    { "resubmit(nosuch,3)", 9, "resubmit to unknown port" },
    { "resubmit(,999)", 10, "unknown table" },
    { "goto_table:4,output:1", 13, "out of order" },
    { "controller(reason=bad)", 11, "unknown reason" },
    { "note:0", 5, "bad hex digit" },
    { "enqueue:1", 8, "syntax" },
    { "group:x", 6, "invalid group" },
};

static void
test_bad_texts_tell_where(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(bad_texts); i++) {
        struct buf acts = BUF_INIT;
        size_t pos = 9999;
        char *err = acts_parse(bad_texts[i].text, NULL, &acts, &pos);
        assert_non_null(err);
        if (!strstr(err, bad_texts[i].why) || pos != bad_texts[i].pos) {
            fail_msg("%s: %zu: %s", bad_texts[i].text, pos, err);
        }
        assert_int_equal(acts.len, 0);
        free(err);
        buf_fini(&acts);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dec_ttl_may_tell_nobody),
        cmocka_unit_test(test_bad_wires_are_refused),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_order_of_instructions),
        cmocka_unit_test(test_action_set_runs_in_order),
        cmocka_unit_test(test_filters_look_into_nested_lists),
        cmocka_unit_test(test_binding_to_a_match),
        cmocka_unit_test(test_where_a_write_applies),
        cmocka_unit_test(test_random_lists_survive_text),
        cmocka_unit_test(test_random_lists_survive_every_version),
        cmocka_unit_test(test_bad_texts_tell_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
