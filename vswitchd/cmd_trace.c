/* SPDX-License-Identifier: Apache-2.0 */
/* ofproto/trace: what happens to a packet, and why. */
#include <ctype.h>
#include <stdlib.h>

#include "datapath/dp.h"
#include "lib/base/mem.h"
#include "lib/flow/compose.h"
#include "lib/flow/extract.h"
#include "lib/packet/hdr.h"
#include "vswitchd/cmds_priv.h"
#include "vswitchd/odp_text.h"
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

/* ## Flows in the datapath's syntax ## */

/* A port by name, or by number as other commands show it; what is no port
 * becomes UINT32_MAX. */
static uint32_t
odp_port(void *cx_, const char *text)
{
    struct cmds_context *cx = cx_;
    struct dp *dp = vswitch_dp(cx->vs);
    uint64_t number;
    if (str_to_u64(text, 0, &number)) {
        return number && number <= DP_PORTS_MAX ? (uint32_t)number - 1
                                                : UINT32_MAX;
    }
    for (uint32_t i = 0; i < DP_PORTS_MAX; i++) {
        const struct port *p = dp_port_get(dp, i);
        if (p && !strcmp(p->name, text)) {
            return i;
        }
    }
    return UINT32_MAX;
}

/* A frame made of flow text in either syntax. */
static bool
frame_from_flow(struct cmds_context *cx, const char *text,
                const struct ofp_names *names, struct buf *out)
{
    struct flow flow;
    if (!odp_parse(text, odp_port, cx, &flow)) {
        struct flow_spec spec;
        struct text_err err;
        if (!flow_spec_parse(text, FLOW_SPEC_DELETE, names, &spec, &err)) {
            text_err_fini(&err);
            return false;
        }
        flow = spec.match.flow;
        flow_spec_fini(&spec);
    }
    struct packet p;
    if (!flow_compose(&flow, 0, &p)) {
        return false;
    }
    buf_put(out, p.data, p.len);
    packet_free(&p);
    return true;
}

uint8_t *
cmds_frame_from_text(struct cmds_context *cx, const char *text,
                     const struct ofp_names *names, size_t *len, char **error)
{
    struct buf b = BUF_INIT;
    if (!parse_hex(text, &b)) {
        buf_clear(&b);
        if (!frame_from_flow(cx, text, names, &b)) {
            buf_fini(&b);
            *error = xasprintf("syntax error at %s", text);
            return NULL;
        }
    }
    return buf_steal(&b, len);
}

struct trace {
    struct cmds_context *cx;
    struct bridge *bridge;
    struct flow flow; /* 'in_port' is an OpenFlow port. */
    bool names;       /* Ports by name. */
};

static const char *
port_text(void *t_, uint32_t idx)
{
    const struct trace *t = t_;
    const struct port *p = dp_port_get(vswitch_dp(t->cx->vs), idx);
    static char number[16];
    if (t->names && p) {
        return p->name;
    }
    snprintf(number, sizeof number, "%u", idx + 1);
    return number;
}

/* Finds the bridge that datapath port 'idx' is in, and its number there. */
static bool
find_input(struct trace *t, uint32_t idx)
{
    size_t n;
    struct bridge **bridges = vswitch_bridges(t->cx->vs, &n);
    for (size_t i = 0; i < n && !t->bridge; i++) {
        const struct xports *xs
            = ofproto_xbridge(bridge_ofproto(bridges[i]))->ports;
        for (size_t k = 0; xs && k < xs->n; k++) {
            if (xs->ports[k].dp_port == idx) {
                t->bridge = bridges[i];
                t->flow.in_port = xs->ports[k].ofport;
            }
        }
    }
    free(bridges);
    return t->bridge != NULL;
}

/* The flow of words "[DP] ODP_FLOW" or "BRIDGE FLOW"; '*used' says how many
 * words it took.  Heap text of what is wrong, or NULL. */
static char *
parse_flow(struct trace *t, const char *words[], int n, int *used)
{
    int at = n > 1 && (str_starts_with(words[0], "ovs-")
                       || strstr(words[0], "@ovs-")) ? 1 : 0;
    if (n > at && odp_parse(words[at], odp_port, t->cx, &t->flow)) {
        *used = at + 1;
        uint32_t idx = t->flow.in_port;
        return find_input(t, idx)
                   ? NULL
                   : xasprintf("no OpenFlow port for datapath port %d",
                               idx == UINT32_MAX ? -1 : (int)idx + 1);
    }
    if (n < 2) {
        return xasprintf("syntax error at %s (or the bridge name was "
                         "omitted)", words[0]);
    }
    *used = 2;
    t->bridge = vswitch_find(t->cx->vs, words[0]);
    if (!t->bridge) {
        return xasprintf("%s: unknown bridge", words[0]);
    }
    const struct ofp_names *names = ofproto_names(bridge_ofproto(t->bridge));
    struct flow_spec spec;
    struct text_err err;
    if (!flow_spec_parse(words[1], FLOW_SPEC_DELETE, names, &spec, &err)) {
        char *error = xasprintf("Bad openflow flow syntax: %s: %s (at offset "
                                "%zu)", words[1], err.message, err.pos);
        text_err_fini(&err);
        return error;
    }
    t->flow = spec.match.flow;
    flow_spec_fini(&spec);
    return NULL;
}

/* The packet's own fields in place of those of the flow text. */
static char *
parse_packet(struct trace *t, const char *text)
{
    struct buf b = BUF_INIT;
    if (!parse_hex(text, &b)) {
        buf_fini(&b);
        return xstrdup("Trailing garbage in packet data");
    }
    struct packet p = packet_over(b.data, b.len, 0);
    packet_parse(&p);
    flow_extract(&p, t->flow.in_port, &t->flow);
    buf_fini(&b);
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
    m.mask.dl_type = UINT16_MAX;
    if (t->flow.dl_type == BE16(ETH_TYPE_IPV4)
        || t->flow.dl_type == BE16(ETH_TYPE_IPV6)) {
        m.mask.nw_frag = UINT8_MAX;
    }
    match_mask(&m);
    str_put(s, "\nMegaflow: recirc_id=0,eth,");
    match_put(&m, MATCH_PRIORITY_DEFAULT, xt->names, s);
    str_put(s, "\nDatapath actions: ");
    xlate_put_dpacts(b->acts.data, b->acts.len, &t->flow, port_text, t,
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
    struct xlate_trace xt = {
        .text = &s, .names = t->names ? ofproto_names(of) : NULL,
    };
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
    struct trace t = { .cx = cx_ };
    int n = 0, used = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--names")) {
            t.names = true;
        } else if (!strncmp(argv[i], "--ct-next", 9)) {
            i += !strcmp(argv[i], "--ct-next"); /* No connection tracking. */
        } else if (argv[i][0] != '-' && n < 4) {
            words[n++] = argv[i]; /* -generate changes nothing shown. */
        }
    }
    if (!n) {
        ctl_reply_error(conn, "Must specify bridge name and flow");
        return;
    }
    char *error = parse_flow(&t, words, n, &used);
    if (!error && n > used) {
        error = parse_packet(&t, words[used]);
    }
    if (error) {
        ctl_reply_error(conn, error);
        free(error);
        return;
    }
    run(conn, &t);
}
