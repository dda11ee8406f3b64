/* SPDX-License-Identifier: Apache-2.0 */
/* Matches on the wire: lists of entries good and bad, the fixed form of 1.0,
 * and random matches through every version. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/rng.h"
#include "lib/base/str.h"
#include "lib/openflow/oxm.h"

/* Lists as text, and what becomes of them; outcomes as Debian's
 * "ovs-ofctl parse-nxm" and "parse-oxm" show them. */
static const struct {
    const char *text;
    enum ofp_err err; /* Strict. */
    const char *match;
} lists[] = {
    { "<any>", OFPERR_OK, "" },
    { "NXM_OF_IN_PORT(fffe)", OFPERR_OK, "in_port=LOCAL" },
    { "OXM_OF_IN_PORT(fffffffe)", OFPERR_OK, "in_port=LOCAL" },
    { "OXM_OF_IN_PORT(0000fffe)", OFPERR_OFPBMC_BAD_VALUE, NULL },
    { "OXM_OF_IN_PORT(00010001)", OFPERR_OFPBMC_BAD_VALUE, NULL },
    { "NXM_OF_IN_PORT(0001), NXM_OF_IN_PORT(0001)", OFPERR_OFPBMC_DUP_FIELD,
      NULL },
    { "NXM_OF_IN_PORT(0001), OXM_OF_IN_PORT(00000001)",
      OFPERR_OFPBMC_DUP_FIELD, NULL },
    { "NXM_OF_ETH_TYPE(0800), NXM_OF_IP_PROTO(06), NXM_OF_TCP_SRC(0050)",
      OFPERR_OK, "tcp,tp_src=80" },
    { "NXM_OF_IP_PROTO(06), NXM_OF_ETH_TYPE(0800)",
      OFPERR_OFPBMC_BAD_PREREQ, NULL },
    { "NXM_OF_TCP_SRC(0050)", OFPERR_OFPBMC_BAD_PREREQ, NULL },
    { "OXM_OF_IPV4_SRC(01020304)", OFPERR_OFPBMC_BAD_PREREQ, NULL },
    { "OXM_OF_ETH_TYPE_W(0800/ffff)", OFPERR_OK, "ip" },
    { "OXM_OF_ETH_TYPE_W(0800/fff0)", OFPERR_OFPBMC_BAD_MASK, NULL },
    { "NXM_NX_TUN_ID_W(00000000000000ff/000000000000000f)",
      OFPERR_OFPBMC_BAD_WILDCARDS, NULL },
    { "NXM_NX_REG0_W(00000000/00000000)", OFPERR_OK, "" },
    { "NXM_NX_PKT_MARK_W(00000000/ffffffff)", OFPERR_OK, "pkt_mark=0" },
    { "NXM_NX_REG0(0000)", OFPERR_OFPBMC_BAD_LEN, NULL },
    { "NXM_OF_ETH_TYPE(0800), NXM_OF_IP_TOS(05)", OFPERR_OFPBMC_BAD_VALUE,
      NULL },
    { "NXM_OF_ETH_TYPE(0806), NXM_OF_ARP_OP(0105)", OFPERR_OFPBMC_BAD_VALUE,
      NULL },
    { "NXM_OF_ETH_TYPE(0800), NXM_NX_IP_FRAG(04)", OFPERR_OFPBMC_BAD_VALUE,
      NULL },
    { "NXM_NX_IPV6_LABEL(00100000)", OFPERR_OFPBMC_BAD_VALUE, NULL },
    { "OXM_OF_VLAN_VID(1005)", OFPERR_OK, "dl_vlan=5" },
    { "OXM_OF_VLAN_VID(0000)", OFPERR_OK, "vlan_tci=0x0000/0x1fff" },
    { "OXM_OF_VLAN_VID(2005)", OFPERR_OFPBMC_BAD_VALUE, NULL },
    { "OXM_OF_VLAN_VID_W(1000/1000)", OFPERR_OK, "vlan_tci=0x1000/0x1000" },
    { "OXM_OF_VLAN_PCP(03)", OFPERR_OFPBMC_BAD_PREREQ, NULL },
    { "OXM_OF_VLAN_VID(1005), OXM_OF_VLAN_PCP(03)", OFPERR_OK,
      "dl_vlan=5,dl_vlan_pcp=3" },
    { "OXM_OF_VLAN_VID_W(1000/1000), OXM_OF_VLAN_PCP(03)", OFPERR_OK,
      "dl_vlan_pcp=3" },
    { "OXM_OF_ETH_TYPE(0800), OXM_OF_IP_DSCP(3f), OXM_OF_IP_ECN(03)",
      OFPERR_OK, "ip,nw_tos=252,nw_ecn=3" },
    { "OXM_OF_ETH_TYPE(0800), OXM_OF_IP_DSCP(40)", OFPERR_OFPBMC_BAD_VALUE,
      NULL },
    { "OXM_OF_PKT_REG0(0000000100000002)", OFPERR_OK, "reg0=0x1,reg1=0x2" },
    { "NXM_NX_REG1(00000002), OXM_OF_PKT_REG0(0000000100000002)",
      OFPERR_OFPBMC_DUP_FIELD, NULL },
    { "OXM_OF_ETH_TYPE(0800), OXM_OF_IP_PROTO(06), "
      "ONFOXM_ET_TCP_FLAGS(00ff)",
      OFPERR_OK, "tcp,tcp_flags=fin|syn|rst|psh|ack|urg|ece|cwr" },
    { "ONFOXM_ET_ACTSET_OUTPUT(00000001)", OFPERR_OK, "actset_output=1" },
    { "OXM_OF_ETH_TYPE(8847), OXM_OF_MPLS_LABEL(00000005), "
      "OXM_OF_MPLS_TC(03), OXM_OF_MPLS_BOS(01)",
      OFPERR_OK, "mpls,mpls_label=5,mpls_tc=3,mpls_bos=1" },
    { "NXM_NX_COOKIE(0000000000000005)", OFPERR_OFPBMC_BAD_FIELD, NULL },
};

static void
test_lists(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct buf b = BUF_INIT;
        struct str s = STR_INIT;
        struct match m;
        assert_null(oxm_parse_text(lists[i].text, &b));
        oxm_put_text(b.data, b.len, &s);
        assert_string_equal(str_cstr(&s), lists[i].text);
        str_clear(&s);
        struct cursor c = cursor_make(b.data, b.len);
        enum ofp_err err = oxm_decode(&c, false, &m, NULL, NULL);
        if (err != lists[i].err) {
            fail_msg("%s: %s, not %s", lists[i].text, ofp_err_name(err),
                     ofp_err_name(lists[i].err));
        }
        if (!err) {
            match_put(&m, MATCH_PRIORITY_DEFAULT, NULL, &s);
            assert_string_equal(str_cstr(&s), lists[i].match);
        }
        str_fini(&s);
        buf_fini(&b);
    }
}

static void
test_loose_skips_what_it_does_not_know(void **state UNUSED)
{
    struct buf b = BUF_INIT;
    struct str s = STR_INIT;
    struct match m;
    buf_put(&b, "\x80\x00\xfe\x02\x00\x01", 6); /* OXM_OF 127. */
    assert_null(oxm_parse_text("NXM_OF_TCP_SRC(0050), NXM_NX_REG0(00000005)",
                               &b));
    struct cursor c = cursor_make(b.data, b.len);
    assert_int_equal(oxm_decode(&c, false, &m, NULL, NULL),
                     OFPERR_OFPBMC_BAD_FIELD);
    c = cursor_make(b.data, b.len);
    assert_int_equal(oxm_decode(&c, true, &m, NULL, NULL), OFPERR_OK);
    match_put(&m, MATCH_PRIORITY_DEFAULT, NULL, &s);
    assert_string_equal(str_cstr(&s), "reg0=0x5");
    str_fini(&s);
    buf_fini(&b);
}

static void
test_cookie_travels_with_nxm(void **state UNUSED)
{
    struct buf b = BUF_INIT;
    struct str s = STR_INIT;
    struct match m;
    uint64_t cookie, mask;
    match_init(&m);
    oxm_encode(&b, &m, OFP10_VERSION, 0xacebdf56, 0xffffffff);
    oxm_put_text(b.data, b.len, &s);
    assert_string_equal(str_cstr(&s), "NXM_NX_COOKIE_W(00000000acebdf56/"
                                      "00000000ffffffff)");
    struct cursor c = cursor_make(b.data, b.len);
    assert_int_equal(oxm_decode(&c, false, &m, &cookie, &mask), OFPERR_OK);
    assert_int_equal(cookie, 0xacebdf56);
    assert_int_equal(mask, 0xffffffff);
    str_fini(&s);
    buf_fini(&b);
}

/* Fixed matches, as "ovs-ofctl parse-ofp10-match" shows them. */
static const struct {
    const char *hex;
    const char *match;
} fixed[] = {
    { "003820fd 0000 000000000000 000000000000 ffff 07 00 0000 00 00 0000 "
      "00000000 00000000 0000 0000",
      "vlan_tci=0x0000" },
    { "002820fd 0000 000000000000 000000000000 0005 07 00 0000 00 00 0000 "
      "00000000 00000000 0000 0000",
      "dl_vlan=5,dl_vlan_pcp=7" },
    { "000000ef 0000 000000000000 000000000000 0005 07 00 0806 05 06 0000 "
      "00000001 00000002 0003 0004",
      "arp,dl_vlan_pcp=7,arp_spa=0.0.0.1,arp_tpa=0.0.0.2" },
    { "0010078f 0000 000000000000 000000000000 0005 07 00 0800 05 06 0000 "
      "01020304 00000002 0003 0004",
      "tcp,nw_src=1.2.3.0/25,nw_dst=0.0.0.2,nw_tos=4,tp_src=3" },
    { "003820ff 0000 000000000000 000000000000 0000 00 00 0000 00 00 0000 "
      "00000000 00000000 0000 0000",
      "" },
};

static void
test_fixed_matches(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
        uint8_t wire[OFP10_MATCH_BYTES] = { 0 };
        size_t n = 0;
        for (const char *p = fixed[i].hex; *p; p++) {
            if (isxdigit((unsigned char)*p)) {
                char two[3] = { p[0], p[1], 0 };
                wire[n++] = (uint8_t)strtoul(two, NULL, 16);
                p++;
            }
        }
        assert_int_equal(n, sizeof wire);
        struct match m;
        struct str s = STR_INIT;
        ofp10_match_decode(wire, &m);
        match_put(&m, MATCH_PRIORITY_DEFAULT, NULL, &s);
        if (strcmp(str_cstr(&s), fixed[i].match) != 0) {
            fail_msg("%s: %s, not %s", fixed[i].hex, str_cstr(&s),
                     fixed[i].match);
        }
        assert_true(ofp10_match_fits(&m));
        str_fini(&s);
    }
}

/* A tag as OXM can tell it: none, or present with any of its parts. */
static bool
has_plain_tag(const struct match *m)
{
    be16 cfi = BE16(FLOW_VLAN_CFI);
    be16 mask = m->mask.vlans[0].tci;
    return !mask
           || (m->flow.vlans[0].tci & cfi
               && (!(mask & BE16(0xe000))
                   || (mask & BE16(0xe000)) == BE16(0xe000)));
}

static void
test_random_matches_survive_every_version(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 4);
    for (int i = 0; i < 2000; i++) {
        struct match m, back;
        match_random(&m, &rng);
        if (!has_plain_tag(&m)) {
            continue;
        }
        for (int v = OFP_VERSION_MIN; v <= OFP_VERSION_MAX; v++) {
            struct buf b = BUF_INIT;
            ofp_match_encode(&b, &m, (enum ofp_version)v);
            assert_int_equal(b.len % 8, 0);
            struct cursor c = cursor_make(b.data, b.len);
            assert_int_equal(ofp_match_decode(&c, false, &back), OFPERR_OK);
            assert_int_equal(cursor_left(&c), 0);
            assert_true(match_equal(&m, &back));
            buf_fini(&b);
        }
        if (ofp10_match_fits(&m)) {
            uint8_t wire[OFP10_MATCH_BYTES], again[OFP10_MATCH_BYTES];
            ofp10_match_encode(&m, wire);
            ofp10_match_decode(wire, &back);
            ofp10_match_encode(&back, again);
            assert_memory_equal(wire, again, sizeof wire);
        }
    }
}

/* Headers of a match that lie about their length. */
static void
test_bad_frames_are_refused(void **state UNUSED)
{
    static const struct {
        const char *bytes;
        size_t n;
        enum ofp_err err;
    } bad[] = {
        { "\0\1", 2, OFPERR_OFPBMC_BAD_LEN },
        { "\0\0\0\4\0\0\0\0", 8, OFPERR_OFPBMC_BAD_TYPE },
        { "\0\1\0\3\0\0\0\0", 8, OFPERR_OFPBMC_BAD_LEN },
        { "\0\1\0\20\0\0\0\0", 8, OFPERR_OFPBMC_BAD_LEN },
        { "\0\1\0\5\0\0\0\0", 8, OFPERR_OFPBMC_BAD_LEN },
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct match m;
        struct cursor c = cursor_make(bad[i].bytes, bad[i].n);
        assert_int_equal(ofp_match_decode(&c, false, &m), bad[i].err);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_loose_skips_what_it_does_not_know),
        cmocka_unit_test(test_cookie_travels_with_nxm),
        cmocka_unit_test(test_fixed_matches),
        cmocka_unit_test(test_random_matches_survive_every_version),
        cmocka_unit_test(test_bad_frames_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
