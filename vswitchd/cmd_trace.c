/* SPDX-License-Identifier: Apache-2.0 */
/* ofproto/trace: what happens to a packet, and why. */
#include <ctype.h>
#include <stdlib.h>

#include "datapath/dp.h"
#include "lib/base/mem.h"
#include "lib/flow/extract.h"
#include "vswitchd/cmds_priv.h"
#include "vswitchd/xlate/xlate.h"

/* Hex digits, with blanks between, as bytes; false for anything else. */
static bool
parse_hex(const char *text, struct buf *out)
{
    int half = -1;
    for (; *text; text++) {
        if (isspace((unsigned char)*text)) {
            continue;
        }
        char digit[2] = { *text, '\0' };
        uint64_t d;
        if (!isxdigit((unsigned char)*text) || !str_to_u64(digit, 16, &d)) {
            return false;
        }
        if (half < 0) {
            half = (int)d;
        } else {
            buf_put_u8(out, (uint8_t)(half << 4 | (int)d));
            half = -1;
        }
    }
    return half < 0 && out->len >= 14;
}

uint8_t *
cmds_frame_from_text(const char *text, const struct ofp_names *names UNUSED,
                     size_t *len, char **error)
{
    struct buf b = BUF_INIT;
    if (!parse_hex(text, &b)) {
        buf_fini(&b);
        *error = xasprintf("\"%s\" is not a packet in hex digits", text);
        return NULL;
    }
    return buf_steal(&b, len);
}

struct trace {
    struct cmds_context *cx;
    struct bridge *bridge;
    struct flow flow;
};

static const char *
port_number(void *aux UNUSED, uint32_t idx)
{
    static char number[16];
    snprintf(number, sizeof number, "%u", idx + 1);
    return number;
}

/* Fills the flow from flow text, or from packet bytes on its in_port. */
static char *
parse_flow(struct trace *t, const char *text, const char *packet)
{
    const struct ofp_names *names = ofproto_names(bridge_ofproto(t->bridge));
    struct flow_spec spec;
    struct text_err err;
    if (!flow_spec_parse(text, FLOW_SPEC_DELETE, names, &spec, &err)) {
        char *error = xasprintf("%s (at offset %zu)", err.message, err.pos);
        text_err_fini(&err);
        return error;
    }
    t->flow = spec.match.flow;
    flow_spec_fini(&spec);
    if (packet) {
        size_t len;
        char *error;
        uint8_t *frame = cmds_frame_from_text(packet, names, &len, &error);
        if (!frame) {
            return error;
        }
        struct packet p = packet_over(frame, len, 0);
        packet_parse(&p);
        flow_extract(&p, t->flow.in_port, &t->flow);
        free(frame);
    }
    return NULL;
}

static void
put_result(struct trace *t, struct str *s, struct xlate_trace *xt,
           const struct dp_prog_builder *b)
{
    str_put(s, "\nFinal flow: ");
    struct flow before = t->flow, after = xt->final;
    if (!memcmp(&before, &after, sizeof before)) {
        str_put(s, "unchanged");
    } else {
        flow_put(&after, xt->names, s);
    }
    struct match m = { t->flow, xt->reads };
    m.mask.in_port = UINT32_MAX;
    if (t->flow.dl_type) {
        m.mask.dl_type = UINT16_MAX;
    }
    match_mask(&m);
    str_put(s, "\nMegaflow: recirc_id=0,eth,");
    match_put(&m, MATCH_PRIORITY_DEFAULT, xt->names, s);
    str_put(s, "\nDatapath actions: ");
    xlate_put_dpacts(b->acts.data, b->acts.len, &t->flow, port_number, NULL,
                     s);
    str_put_char(s, '\n');
}

static void
run(struct ctl_conn *conn, struct trace *t)
{
    struct ofproto *of = bridge_ofproto(t->bridge);
    struct str s = STR_INIT;
    struct dp_prog_builder b;
    struct dp *dp = vswitch_dp(t->cx->vs);
    dp_prog_builder_init(&b, dp_version(dp));
    struct xlate_trace xt = { .text = &s, .names = ofproto_names(of) };
    str_put(&s, "Flow: ");
    flow_put(&t->flow, xt.names, &s);
    str_put_char(&s, '\n');
    xlate_with_trace(NULL, ofproto_xbridge(of), &t->flow, &b, &xt);
    put_result(t, &s, &xt, &b);
    dp_prog_builder_fini(&b);
    ctl_reply(conn, str_cstr(&s));
    str_fini(&s);
}

void
cmds_trace(struct ctl_conn *conn, int argc, const char *argv[], void *cx_)
{
    const char *words[4] = { NULL };
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-') {
            continue; /* -generate, --ct-next: no effect on what is shown. */
        }
        if (n < 4) {
            words[n++] = argv[i];
        }
    }
    struct trace t = { .cx = cx_ };
    if (n < 2) {
        ctl_reply_error(conn, "Must specify bridge name and flow");
        return;
    }
    t.bridge = vswitch_find(t.cx->vs, words[0]);
    if (!t.bridge) {
        ctl_reply_errorf(conn, "%s: unknown bridge", words[0]);
        return;
    }
    char *error = parse_flow(&t, words[1], words[2]);
    if (error) {
        ctl_reply_errorf(conn, "%s: %s", words[1], error);
        free(error);
        return;
    }
    run(conn, &t);
}
