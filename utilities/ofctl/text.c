/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that need no switch: text to messages and back, for tests and for
 * reading captures. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/flow/compose.h"
#include "lib/openflow/oxm.h"
#include "utilities/ofctl/flowcmd.h"

bool
ofctl_parse_hex(const char *s, struct buf *b)
{
    for (;;) {
        s += strspn(s, " \t\r\n");
        if (!isxdigit((unsigned char)s[0]) || !isxdigit((unsigned char)s[1])) {
            return !*s;
        }
        char byte[3] = { s[0], s[1], '\0' };
        buf_put_u8(b, (uint8_t)strtoul(byte, NULL, 16));
        s += 2;
    }
}

static void
print_bytes(struct ofctl *ctx, const void *data, size_t len)
{
    struct str s = STR_INIT;
    ofm_print_bytes(&s, data, len, NULL, ctx->verbosity + 1);
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

void
ofctl_cmd_ofp_print(struct ofctl *ctx)
{
    struct buf b = BUF_INIT;
    if (!ofctl_parse_hex(ctx->argv[0], &b)) {
        args_fatal(0, "trailing garbage following hex bytes");
    }
    if (ctx->argc > 1) {
        int verbosity;
        ctx->verbosity = str_to_int(ctx->argv[1], 10, &verbosity)
                             ? verbosity - 1
                             : 0;
    }
    print_bytes(ctx, b.data, b.len);
    buf_fini(&b);
}

void
ofctl_cmd_ofp_parse(struct ofctl *ctx)
{
    const char *name = ctx->argv[0];
    FILE *f = !strcmp(name, "-") ? stdin : fopen(name, "r");
    if (!f) {
        args_fatal(errno, "%s: open", name);
    }
    uint8_t *msg = xmalloc(65536);
    while (fread(msg, 1, OFP_HEADER_BYTES, f) == OFP_HEADER_BYTES) {
        size_t len = be16_to_cpu(get_unaligned_be16(msg + 2));
        if (len < OFP_HEADER_BYTES) {
            args_fatal(0, "%s: message of only %zu bytes", name, len);
        }
        size_t rest = len - OFP_HEADER_BYTES;
        if (fread(msg + OFP_HEADER_BYTES, 1, rest, f) != rest) {
            args_fatal(0, "%s: unexpected end of file mid-message", name);
        }
        print_bytes(ctx, msg, len);
    }
    free(msg);
    if (f != stdin) {
        fclose(f);
    }
}

/* Flows as the messages that would be sent. */

struct parsed {
    struct ofctl *ctx;
    struct ofm *p;
    size_t n, cap;
};

static void
parse_line(void *parsed_, const char *where, const char *text)
{
    struct parsed *parsed = parsed_;
    if (parsed->n == parsed->cap) {
        parsed->p = x2nrealloc(parsed->p, &parsed->cap, sizeof *parsed->p);
    }
    ofctl_parse_flow_mod(parsed->ctx, where, text, OFCTL_ANY_COMMAND, NULL,
                         &parsed->p[parsed->n++]);
}

static unsigned int
choose_format(struct ofctl *ctx, unsigned int usable)
{
    struct str s = STR_INIT;
    flow_formats_put(usable, &s);
    printf("usable protocols: %s\n", str_cstr(&s));
    if (!(usable & ctx->formats)) {
        args_fatal(0, "no usable protocol");
    }
    unsigned int one = usable & ctx->formats;
    one &= -one;
    printf("chosen protocol: %s\n", flow_format_name((enum flow_format)one));
    str_fini(&s);
    return one;
}

static void
show_parsed(struct parsed *parsed)
{
    unsigned int usable = FLOW_FORMAT_ANY;
    for (size_t i = 0; i < parsed->n; i++) {
        usable &= parsed->p[i].flow_mod.f.formats;
    }
    unsigned int format = choose_format(parsed->ctx, usable);
    for (size_t i = 0; i < parsed->n; i++) {
        struct ofm *m = &parsed->p[i];
        struct buf b = BUF_INIT;
        m->xid = parsed->ctx->xid++;
        bool add = m->flow_mod.command < OFPFC_DELETE;
        if (format > FLOW_FORMAT_NXM_TID && add
            && m->flow_mod.f.table_id == FLOW_TABLE_ALL) {
            m->flow_mod.f.table_id = 0;
        }
        ofm_encode(m, ofp_format_version(format), format, &b);
        print_bytes(parsed->ctx, b.data, b.len);
        buf_fini(&b);
        ofm_fini(m);
    }
    free(parsed->p);
}

void
ofctl_cmd_parse_flow(struct ofctl *ctx)
{
    struct parsed parsed = { .ctx = ctx };
    parse_line(&parsed, "", ctx->argv[0]);
    show_parsed(&parsed);
}

void
ofctl_cmd_parse_flows(struct ofctl *ctx)
{
    struct parsed parsed = { .ctx = ctx };
    ofctl_for_each_line(ctx->argv[0], parse_line, &parsed);
    show_parsed(&parsed);
}

void
ofctl_cmd_parse_group(struct ofctl *ctx)
{
    struct ofm m;
    struct text_err err = { NULL, 0 };
    struct buf b = BUF_INIT;
    ofm_init(&m, OFM_GROUP_MOD);
    if (!group_spec_parse(ctx->argv[0], GROUP_SPEC_ADD, NULL, &m.group_mod.g,
                          &err)) {
        ofctl_text_failed("", ctx->argv[0], &err);
    }
    uint8_t version = (uint8_t)__builtin_ctz(ctx->versions);
    m.xid = ctx->xid++;
    printf("usable protocols: any\nchosen version: %s\n",
           ofp_version_name(version));
    ofm_encode(&m, version, 0, &b);
    print_bytes(ctx, b.data, b.len);
    buf_fini(&b);
    ofm_fini(&m);
}

/* Wire forms, a line of hex each, from standard input. */

static uint8_t
version_arg(const char *name)
{
    uint32_t versions;
    char *bad;
    if (!ofp_versions_from_text(name, &versions, &bad)
        || !versions || versions & (versions - 1)) {
        args_fatal(0, "%s: not a valid OpenFlow version", name);
    }
    return (uint8_t)__builtin_ctz(versions);
}

static void
parse_hex_lines(struct ofctl *ctx, const char *what,
                enum ofp_err (*decode)(struct cursor *, enum ofp_version,
                                       struct buf *))
{
    uint8_t version = version_arg(ctx->argv[0]);
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) >= 0) {
        struct buf in = BUF_INIT, out = BUF_INIT;
        line[strcspn(line, "#\n")] = '\0';
        if (!ofctl_parse_hex(line, &in)) {
            args_fatal(0, "trailing garbage in %s", what);
        }
        struct cursor c = cursor_make(in.data, in.len);
        enum ofp_err err = decode(&c, (enum ofp_version)version, &out);
        if (err) {
            printf("bad %s %s: %s\n\n", ofp_version_name(version), what,
                   ofp_err_name(err));
        } else {
            struct act_list acts = act_list_from_buf(&out);
            struct str s = STR_INIT;
            acts_put(&acts, NULL, &s);
            printf("actions=%s\n\n", str_cstr(&s));
            str_fini(&s);
        }
        buf_fini(&in);
        buf_fini(&out);
    }
    free(line);
}

void
ofctl_cmd_parse_actions(struct ofctl *ctx)
{
    parse_hex_lines(ctx, "actions", acts_decode);
}

void
ofctl_cmd_parse_instructions(struct ofctl *ctx)
{
    parse_hex_lines(ctx, "instructions", instructions_decode);
}

/* TLV lists as text, through the matcher and back. */
static void
parse_tlv_lines(uint8_t version)
{
    char *line = NULL;
    size_t cap = 0;
    while (getline(&line, &cap, stdin) >= 0) {
        struct buf in = BUF_INIT, out = BUF_INIT;
        struct str s = STR_INIT;
        struct match m;
        uint64_t cookie, mask;
        line[strcspn(line, "#\n")] = '\0';
        char *error = oxm_parse_text(line, &in);
        if (error) {
            args_fatal(0, "%s", error);
        }
        struct cursor c = cursor_make(in.data, in.len);
        enum ofp_err err = oxm_decode(&c, false, &m, &cookie, &mask);
        if (err) {
            printf("nx_pull_match() returned error %s\n", ofp_err_name(err));
        } else {
            oxm_encode(&out, &m, (enum ofp_version)version, cookie, mask);
            oxm_put_text(out.data, out.len, &s);
            puts(str_cstr(&s));
        }
        str_fini(&s);
        buf_fini(&in);
        buf_fini(&out);
    }
    free(line);
}

void
ofctl_cmd_parse_nxm(struct ofctl *ctx UNUSED)
{
    parse_tlv_lines(OFP10_VERSION);
}

void
ofctl_cmd_parse_oxm(struct ofctl *ctx)
{
    parse_tlv_lines(version_arg(ctx->argv[0]));
}

/* Errors and hellos. */

static enum ofp_err
error_arg(const char *name)
{
    for (int e = 1; e < OFPERR_N; e++) {
        if (!strcmp(ofp_err_name((enum ofp_err)e), name)) {
            return (enum ofp_err)e;
        }
    }
    args_fatal(0, "unknown error \"%s\"", name);
}

void
ofctl_cmd_print_error(struct ofctl *ctx)
{
    enum ofp_err err = error_arg(ctx->argv[0]);
    for (int v = OFP10_VERSION; v <= OFP15_VERSION; v++) {
        struct ofp_err_code code;
        if (ofp_err_encode(err, (enum ofp_version)v, &code)) {
            /* An experimenter error has one number, its type. */
            bool one = code.vendor && v >= OFP12_VERSION;
            printf("OpenFlow 1.%d: vendor %#x, type %u, code %u\n", v - 1,
                   code.vendor, one ? code.code : code.type,
                   one ? 0u : code.code);
        }
    }
}

static void
dump_hex(const struct buf *b)
{
    struct str s = STR_INIT;
    str_put_hexdump(&s, b->data, b->len, 0, false);
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

/* A packet made from the text of a flow. */
void
ofctl_cmd_compose_packet(struct ofctl *ctx)
{
    struct flow_spec spec;
    struct text_err err = { NULL, 0 };
    struct packet p;
    if (!flow_spec_parse(ctx->argv[0], FLOW_SPEC_DELETE, NULL, &spec, &err)) {
        ofctl_text_failed("", ctx->argv[0], &err);
    }
    if (!flow_compose(&spec.match.flow, 0, &p)) {
        args_fatal(0, "no memory for a packet");
    }
    struct buf bytes = { .data = p.data, .len = p.len };
    dump_hex(&bytes);
    packet_free(&p);
    flow_spec_fini(&spec);
}

void
ofctl_cmd_encode_error_reply(struct ofctl *ctx)
{
    struct buf request = BUF_INIT, reply = BUF_INIT;
    enum ofp_err err = error_arg(ctx->argv[0]);
    if (!ofctl_parse_hex(ctx->argv[1], &request)) {
        args_fatal(0, "trailing garbage after hex bytes");
    }
    if (request.len < OFP_HEADER_BYTES) {
        args_fatal(0, "oh must be at least %d bytes long", OFP_HEADER_BYTES);
    }
    ofm_error_reply_raw(request.data, MIN(request.len, OFM_HEAD_BYTES),
                        request.data[0], err, &reply);
    dump_hex(&reply);
    buf_fini(&request);
    buf_fini(&reply);
}

void
ofctl_cmd_encode_hello(struct ofctl *ctx)
{
    struct ofp_conn c;
    ofp_conn_init(&c, (uint32_t)strtol(ctx->argv[0], NULL, 0));
    ofp_conn_start(&c);
    dump_hex(&c.tx);
    print_bytes(ctx, c.tx.data, c.tx.len);
    ofp_conn_fini(&c);
}
