/* SPDX-License-Identifier: Apache-2.0 */
/* Flow and group text against what Debian's ovs-ofctl makes of it: each line
 * of tests/golden/KIND/input.txt is parsed, encoded for a version, decoded
 * and printed, and must be the line of KIND/OpenFlowNN.txt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/openflow/msg.h"
#include "lib/openflow/text.h"

/* Opens a file of the source tree's tests/golden. */
static FILE *
open_golden(const char *kind, const char *name)
{
    const char *srcdir = getenv("srcdir");
    char *path = xasprintf("%s/tests/golden/%s/%s.txt", srcdir ? srcdir : ".",
                           kind, name);
    FILE *f = fopen(path, "r");
    if (!f) {
        fail_msg("cannot open %s", path);
    }
    free(path);
    return f;
}

static bool
read_line(FILE *f, char *line, size_t size)
{
    if (!fgets(line, (int)size, f)) {
        return false;
    }
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* The match as a receiver of 'version' gets it. */
static void
send_match(const struct flow_spec *spec, enum ofp_version version,
           struct match *out)
{
    struct buf b = BUF_INIT;
    struct cursor c;
    if (version == OFP10_VERSION && spec->formats & FLOW_FORMAT_OF10_TID) {
        uint8_t wire[OFP10_MATCH_BYTES];
        ofp10_match_encode(&spec->match, wire);
        ofp10_match_decode(wire, out);
    } else if (version == OFP10_VERSION) {
        oxm_encode(&b, &spec->match, version, 0, 0);
        c = cursor_make(b.data, b.len);
        assert_int_equal(oxm_decode(&c, false, out, NULL, NULL), OFPERR_OK);
    } else {
        ofp_match_encode(&b, &spec->match, version);
        c = cursor_make(b.data, b.len);
        assert_int_equal(ofp_match_decode(&c, false, out), OFPERR_OK);
        assert_int_equal(cursor_left(&c), 0);
    }
    buf_fini(&b);
}

/* Appends actions as a receiver of 'version' prints them. */
static void
send_actions(const struct act_list *acts, enum ofp_version version,
             bool insts, struct str *s)
{
    struct buf wire = BUF_INIT, back = BUF_INIT;
    enum ofp_err err;
    struct cursor c;
    if (insts) {
        instructions_encode(acts, version, &wire);
        c = cursor_make(wire.data, wire.len);
        err = instructions_decode(&c, version, &back);
    } else {
        acts_encode(acts, version, &wire);
        c = cursor_make(wire.data, wire.len);
        err = acts_decode(&c, version, &back);
    }
    if (err) {
        str_put(s, ofp_err_name(err));
    } else {
        struct act_list list = act_list_from_buf(&back);
        acts_put(&list, NULL, s);
    }
    buf_fini(&wire);
    buf_fini(&back);
}

static unsigned int
formats_of(enum ofp_version version)
{
    return version == OFP10_VERSION
               ? FLOW_FORMAT_OF10 | FLOW_FORMAT_OF10_TID | FLOW_FORMAT_NXM
                     | FLOW_FORMAT_NXM_TID
               : FLOW_FORMAT_OF11 << (version - OFP11_VERSION);
}

static void
show_flow(const char *text, enum ofp_version version, struct str *s)
{
    struct flow_spec spec;
    struct text_err err;
    if (!flow_spec_parse(text, FLOW_SPEC_ADD, NULL, &spec, &err)) {
        str_putf(s, "%zu: %s", err.pos, err.message);
        text_err_fini(&err);
        return;
    }
    if (spec.formats & formats_of(version)) {
        struct act_list acts = act_list_from_buf(&spec.acts);
        struct match m;
        send_match(&spec, version, &m);
        match_put(&m, spec.priority, NULL, s);
        str_put(s, s->len ? " actions=" : "actions=");
        send_actions(&acts, version, version > OFP10_VERSION, s);
    } else {
        str_put_char(s, '-');
    }
    str_put(s, " | ");
    flow_formats_put(spec.formats, s);
    flow_spec_fini(&spec);
}

static void
show_group(const char *text, enum ofp_version version, struct str *s)
{
    struct group_spec spec;
    struct text_err err;
    if (!group_spec_parse(text, GROUP_SPEC_ADD, NULL, &spec, &err)) {
        str_putf(s, "%zu: %s", err.pos, err.message);
        text_err_fini(&err);
        return;
    }
    /* As a receiver of 'version' gets it. */
    struct ofm m, *got;
    struct buf wire = BUF_INIT;
    ofm_init(&m, OFM_GROUP_MOD);
    m.group_mod.g = spec;
    assert_true(ofm_encode(&m, version, 0, &wire));
    enum ofp_err refused = ofm_decode(wire.data, wire.len, 0, &got);
    str_put(s, refused ? ofp_err_name(refused) : "");
    if (!refused) {
        group_put(&got->group_mod.g, version, NULL, s);
        ofm_destroy(got);
    }
    buf_fini(&wire);
    group_spec_fini(&spec);
}

static void
compare(const char *kind, const char *name, enum ofp_version version,
        void (*show)(const char *, enum ofp_version, struct str *))
{
    char input[4096], wanted[4096];
    FILE *in = open_golden(kind, "input");
    FILE *out = open_golden(kind, name);
    while (read_line(in, input, sizeof input)) {
        struct str s = STR_INIT;
        assert_true(read_line(out, wanted, sizeof wanted));
        show(input, version, &s);
        if (strcmp(str_cstr(&s), wanted) != 0) {
            fail_msg("%s %s\n wanted: %s\n    got: %s", name, input, wanted,
                     str_cstr(&s));
        }
        str_fini(&s);
    }
    assert_false(read_line(out, wanted, sizeof wanted));
    fclose(in);
    fclose(out);
}

static void
test_flows_of_1_0(void **state UNUSED)
{
    compare("flows", "OpenFlow10", OFP10_VERSION, show_flow);
}

static void
test_flows_of_1_3(void **state UNUSED)
{
    compare("flows", "OpenFlow13", OFP13_VERSION, show_flow);
}

static void
test_flows_of_1_5(void **state UNUSED)
{
    compare("flows", "OpenFlow15", OFP15_VERSION, show_flow);
}

static void
test_groups_of_1_3(void **state UNUSED)
{
    compare("groups", "OpenFlow13", OFP13_VERSION, show_group);
}

static void
test_groups_of_1_5(void **state UNUSED)
{
    compare("groups", "OpenFlow15", OFP15_VERSION, show_group);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flows_of_1_0),
        cmocka_unit_test(test_flows_of_1_3),
        cmocka_unit_test(test_flows_of_1_5),
        cmocka_unit_test(test_groups_of_1_3),
        cmocka_unit_test(test_groups_of_1_5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
