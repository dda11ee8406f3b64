/* SPDX-License-Identifier: Apache-2.0 */
/* The switch as a whole, its ports, queues and fragments; echoes; packets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/packet/hdr.h"
#include "utilities/ofctl/ofctl.h"

void
ofctl_cmd_show(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct channel_block *b = ofctl_open(ctx, target);
    struct ofm request;
    ofm_init(&request, OFM_FEATURES_REQUEST);
    struct ofm *reply = ofctl_transact(ctx, target, b, &request);
    ctx->json_more = true;
    if (reply->type == OFM_ERROR) {
        ofctl_error_reply(ctx, reply);
    }
    if (ctx->json) {
        ofctl_json_part(ctx, reply, NULL);
    } else {
        ofctl_print(ctx, stdout, reply, NULL);
    }
    ofm_destroy(reply);
    if (channel_block_version(b) >= OFP13_VERSION) {
        ofm_init(&request, OFM_PORT_DESC_REQUEST);
        ofctl_dump(ctx, target, b, &request);
    }
    channel_block_close(b);
    ofctl_dump_trivial(ctx, target, OFM_GET_CONFIG_REQUEST);
    if (ctx->json) {
        ctx->json_more = false;
        ofctl_json_end(ctx);
    }
}

void
ofctl_cmd_dump_desc(struct ofctl *ctx)
{
    ofctl_dump_trivial(ctx, ctx->argv[0], OFM_DESC_REQUEST);
}

/* Ports. */

void
ofctl_cmd_dump_ports(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct channel_block *b = ofctl_open(ctx, target);
    struct ofm request;
    ofm_init(&request, OFM_PORT_REQUEST);
    if (ctx->argc > 1) {
        request.port_request.port_no = ofctl_port(ctx, target, ctx->argv[1]);
    }
    ofctl_dump(ctx, target, b, &request);
    channel_block_close(b);
}

/* Only 1.5 asks for one port. */
void
ofctl_cmd_dump_ports_desc(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct channel_block *b = ofctl_open(ctx, target);
    struct ofm request;
    ofm_init(&request, OFM_PORT_DESC_REQUEST);
    if (ctx->argc > 1) {
        request.port_request.port_no = ofctl_port(ctx, target, ctx->argv[1]);
    }
    ofctl_dump(ctx, target, b, &request);
    channel_block_close(b);
}

/* The port called 'name' (or of that number), asked from the switch. */
static struct ofm_port
find_port(struct ofctl *ctx, const char *target, const char *name)
{
    struct ofctl_names *names = ofctl_names_create();
    ofctl_names_read_ports(ctx, target, names);
    uint32_t port_no;
    bool by_number = ofport_parse(name, ctx->names == NAMES_NO
                                            ? NULL
                                            : &names->names, &port_no);
    for (size_t i = 0; i < names->ports.n; i++) {
        struct ofm_port p = names->ports.p[i];
        if (by_number ? p.port_no == port_no : !strcmp(p.name, name)) {
            ofctl_names_destroy(names);
            return p;
        }
    }
    args_fatal(0, "%s: couldn't find port `%s'", target, name);
}

void
ofctl_cmd_mod_port(struct ofctl *ctx)
{
    static const struct {
        const char *name;
        uint32_t bit;
        bool on;
    } rows[] = {
        { "up", OFPPC_PORT_DOWN, false },
        { "down", OFPPC_PORT_DOWN, true },
        { "stp", OFPPC_NO_STP, false },
        { "no-stp", OFPPC_NO_STP, true },
        { "receive", OFPPC_NO_RECV, false },
        { "no-receive", OFPPC_NO_RECV, true },
        { "receive-stp", OFPPC_NO_RECV_STP, false },
        { "no-receive-stp", OFPPC_NO_RECV_STP, true },
        { "forward", OFPPC_NO_FWD, false },
        { "no-forward", OFPPC_NO_FWD, true },
        { "flood", OFPPC_NO_FLOOD, false },
        { "no-flood", OFPPC_NO_FLOOD, true },
        { "packet-in", OFPPC_NO_PACKET_IN, false },
        { "no-packet-in", OFPPC_NO_PACKET_IN, true },
    };
    const char *target = ctx->argv[0];
    struct ofm_port port = find_port(ctx, target, ctx->argv[1]);
    struct ofm m;
    ofm_init(&m, OFM_PORT_MOD);
    m.port_mod.port_no = port.port_no;
    m.port_mod.hw_addr = port.hw_addr;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (!strcasecmp(ctx->argv[2], rows[i].name)) {
            m.port_mod.mask = rows[i].bit;
            m.port_mod.config = rows[i].on ? rows[i].bit : 0;
        }
    }
    if (!m.port_mod.mask) {
        args_fatal(0, "unknown mod-port command '%s'", ctx->argv[2]);
    }
    struct channel_block *b = ofctl_open(ctx, target);
    ofctl_transact_noreply(ctx, target, b, &m);
    channel_block_close(b);
}

/* Fragments. */

static const char *const frag_names[] = { "normal", "drop", "reassemble",
                                          "nx-match" };

static struct ofm_config
get_config(struct ofctl *ctx, const char *target, struct channel_block *b)
{
    struct ofm request;
    ofm_init(&request, OFM_GET_CONFIG_REQUEST);
    struct ofm *reply = ofctl_transact(ctx, target, b, &request);
    if (reply->type != OFM_GET_CONFIG_REPLY) {
        args_fatal(0, "%s: bad reply to config request", target);
    }
    struct ofm_config config = reply->config;
    ofm_destroy(reply);
    return config;
}

void
ofctl_cmd_get_frags(struct ofctl *ctx)
{
    struct channel_block *b = ofctl_open(ctx, ctx->argv[0]);
    struct ofm_config config = get_config(ctx, ctx->argv[0], b);
    puts(frag_names[config.flags & OFPC_FRAG_MASK]);
    channel_block_close(b);
}

void
ofctl_cmd_set_frags(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    uint16_t mode = 0;
    while (mode < ARRAY_SIZE(frag_names)
           && strcasecmp(ctx->argv[1], frag_names[mode])) {
        mode++;
    }
    if (mode == ARRAY_SIZE(frag_names)) {
        args_fatal(0, "%s: unknown fragment handling mode", ctx->argv[1]);
    }
    struct channel_block *b = ofctl_open(ctx, target);
    struct ofm m;
    ofm_init(&m, OFM_SET_CONFIG);
    m.config = get_config(ctx, target, b);
    if ((m.config.flags & OFPC_FRAG_MASK) != mode) {
        m.config.flags = (uint16_t)((m.config.flags & ~OFPC_FRAG_MASK)
                                    | mode);
        ofctl_transact_noreply(ctx, target, b, &m);
        struct ofm_config now = get_config(ctx, target, b);
        if ((now.flags & OFPC_FRAG_MASK) != mode) {
            args_fatal(0, "%s: setting fragment handling mode failed (this "
                          "switch probably doesn't support mode \"%s\")",
                       target, frag_names[mode]);
        }
    }
    channel_block_close(b);
}

/* Queues. */

static uint32_t
queue_port(struct ofctl *ctx)
{
    bool all = ctx->argc < 2 || !strcasecmp(ctx->argv[1], "all")
               || !strcasecmp(ctx->argv[1], "any");
    return all ? OFPORT_ANY : ofctl_port(ctx, ctx->argv[0], ctx->argv[1]);
}

static uint32_t
queue_id(struct ofctl *ctx)
{
    uint64_t queue;
    if (ctx->argc < 3 || !strcasecmp(ctx->argv[2], "all")
        || !strcasecmp(ctx->argv[2], "any")) {
        return OFP_QUEUE_ALL;
    }
    return str_to_u64(ctx->argv[2], 0, &queue) ? (uint32_t)queue : 0;
}

void
ofctl_cmd_queue_stats(struct ofctl *ctx)
{
    struct channel_block *b = ofctl_open(ctx, ctx->argv[0]);
    struct ofm request;
    ofm_init(&request, OFM_QUEUE_REQUEST);
    request.queue_request.port_no = queue_port(ctx);
    request.queue_request.queue_id = queue_id(ctx);
    ofctl_dump(ctx, ctx->argv[0], b, &request);
    channel_block_close(b);
}

/* 1.0 cannot ask for all ports at once: one by one then.  From 1.4 on it is
 * a description of queues. */
void
ofctl_cmd_queue_get_config(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct channel_block *b = ofctl_open(ctx, target);
    uint8_t version = channel_block_version(b);
    struct ofm request;
    ofm_init(&request, version >= OFP14_VERSION
                           ? OFM_QUEUE_DESC_REQUEST
                           : OFM_QUEUE_GET_CONFIG_REQUEST);
    request.queue_request.port_no = queue_port(ctx);
    request.queue_request.queue_id = queue_id(ctx);
    if (version != OFP10_VERSION
        || request.queue_request.port_no != OFPORT_ANY) {
        ofctl_dump(ctx, target, b, &request);
        channel_block_close(b);
        return;
    }
    struct ofctl_names *names = ofctl_names_create();
    ofctl_names_read_ports(ctx, target, names);
    ctx->json_more = true;
    for (size_t i = 0; i < names->ports.n; i++) {
        uint32_t port = names->ports.p[i].port_no;
        if (port < OFPORT_MAX10) {
            ofm_init(&request, OFM_QUEUE_GET_CONFIG_REQUEST);
            request.queue_request.port_no = port;
            ofctl_dump(ctx, target, b, &request);
        }
    }
    if (ctx->json) {
        ctx->json_more = false;
        ofctl_json_end(ctx);
    }
    ofctl_names_destroy(names);
    channel_block_close(b);
}

/* Echoes. */

static size_t
payload_arg(const char *text)
{
    uint64_t n;
    if (!str_to_u64(text, 10, &n)) {
        n = 0;
    }
    if (n > 65535 - OFP_HEADER_BYTES) {
        args_fatal(0, "payload must be between 0 and %d bytes",
                   65535 - OFP_HEADER_BYTES);
    }
    return (size_t)n;
}

/* One echo there and back; microseconds.  Exits on a wrong answer. */
static int64_t
echo_once(struct ofctl *ctx, struct channel_block *b, size_t n,
          uint32_t *xid)
{
    const char *target = ctx->argv[0];
    struct ofm m;
    ofm_init(&m, OFM_ECHO_REQUEST);
    m.echo.data.p = n ? xmalloc(n) : NULL;
    m.echo.data.n = n;
    for (size_t i = 0; i < n; i++) {
        m.echo.data.p[i] = (uint8_t)rng_u64(rng_thread());
    }
    int64_t start = clock_us();
    struct ofm *reply = ofctl_transact(ctx, target, b, &m);
    int64_t took = clock_us() - start;
    if (reply->type != OFM_ECHO_REPLY || reply->echo.data.n != n
        || (n && memcmp(reply->echo.data.p, m.echo.data.p, n))) {
        printf("Reply does not match request.  Request:\n");
        ofctl_print(ctx, stdout, &m, NULL);
        printf("Reply:\n");
        ofctl_print(ctx, stdout, reply, NULL);
    }
    *xid = m.xid;
    ofm_destroy(reply);
    ofm_fini(&m);
    return took;
}

void
ofctl_cmd_probe(struct ofctl *ctx)
{
    struct channel_block *b = ofctl_open(ctx, ctx->argv[0]);
    struct ofm m;
    ofm_init(&m, OFM_ECHO_REQUEST);
    struct ofm *reply = ofctl_transact(ctx, ctx->argv[0], b, &m);
    if (reply->type != OFM_ECHO_REPLY || reply->echo.data.n) {
        args_fatal(0, "reply does not match request");
    }
    ofm_destroy(reply);
    channel_block_close(b);
}

void
ofctl_cmd_ping(struct ofctl *ctx)
{
    size_t n = ctx->argc > 1 ? payload_arg(ctx->argv[1]) : 64;
    struct channel_block *b = ofctl_open(ctx, ctx->argv[0]);
    for (int i = 0; i < 10; i++) {
        uint32_t xid;
        int64_t us = echo_once(ctx, b, n, &xid);
        printf("%zu bytes from %s: xid=%08x time=%.1f ms\n", n, ctx->argv[0],
               xid, (double)us / 1000.0);
    }
    channel_block_close(b);
}

void
ofctl_cmd_benchmark(struct ofctl *ctx)
{
    size_t n = payload_arg(ctx->argv[1]);
    uint64_t count;
    if (!str_to_u64(ctx->argv[2], 10, &count)) {
        count = 0;
    }
    size_t bytes = n + OFP_HEADER_BYTES;
    printf("Sending %llu packets * %zu bytes (with header) = %llu bytes "
           "total\n",
           (unsigned long long)count, bytes,
           (unsigned long long)(count * bytes));
    struct channel_block *b = ofctl_open(ctx, ctx->argv[0]);
    int64_t start = clock_us();
    for (uint64_t i = 0; i < count; i++) {
        uint32_t xid;
        echo_once(ctx, b, n, &xid);
    }
    double ms = (double)(clock_us() - start) / 1000.0;
    printf("Finished in %.1f ms (%.0f packets/s) (%.0f bytes/s)\n", ms,
           (double)count / (ms / 1000.0),
           (double)(count * bytes) / (ms / 1000.0));
    channel_block_close(b);
}

/* Packets out. */

static char *
parse_packet(struct ofm_packet_out *po, const char *hex)
{
    struct buf packet = BUF_INIT;
    if (!ofctl_parse_hex(hex, &packet)) {
        buf_fini(&packet);
        return xstrdup("Trailing garbage in packet data");
    }
    if (packet.len < ETH_HDR_LEN) {
        buf_fini(&packet);
        return xstrdup("Packet data too short for Ethernet");
    }
    free(po->data.p);
    po->data.p = buf_steal(&packet, &po->data.n);
    return NULL;
}

/* Metadata, registers and what is known of a tunnel may go with a packet. */
static char *
parse_pipeline_field(struct ofm_packet_out *po, const char *key,
                     const char *value, const struct ofp_names *names)
{
    static const char *const pipeline[] = { "metadata", "reg", "xreg",
                                            "xxreg", "tun_" };
    const struct field *f = field_from_name(key, strlen(key));
    union field_value v, mask;
    if (!f) {
        return xasprintf("unknown keyword %s", key);
    }
    for (size_t i = 0; i < ARRAY_SIZE(pipeline); i++) {
        if (str_starts_with(f->name, pipeline[i])) {
            char *error = field_parse(f, value, names, &v, &mask);
            if (!error) {
                match_set_field(&po->match, f, &v, &mask);
            }
            return error;
        }
    }
    return xasprintf("%s is not a valid pipeline field for PACKET_OUT", key);
}

/* "key=value" in front of the actions. */
static char *
parse_packet_out_key(struct ofm_packet_out *po, char *key,
                     const struct ofp_names *names)
{
    char *value = strchr(key, '=');
    if (!value) {
        return xasprintf("field %s missing value", key);
    }
    *value++ = '\0';
    if (!strcmp(key, "in_port")) {
        return ofport_parse(value, names, &po->in_port)
                   ? NULL
                   : xasprintf("%s is not a valid OpenFlow port", value);
    }
    if (!strcmp(key, "packet") || !strcmp(key, "packet_data")) {
        char *error = parse_packet(po, value);
        char *full = error ? xasprintf("packet: %s", error) : NULL;
        free(error);
        return full;
    }
    return parse_pipeline_field(po, key, value, names);
}

char *
ofctl_parse_packet_out(struct ofm_packet_out *po, const char *text,
                       const struct ofp_names *names)
{
    char *copy = xstrdup(text), *save = NULL, *error = NULL;
    char *acts = strstr(copy, "actions=");
    if (acts) {
        size_t pos;
        *acts = '\0';
        error = acts_parse(acts + strlen("actions="), names, &po->acts,
                           &pos);
    }
    for (char *t = strtok_r(copy, ", \t\n", &save); t && !error;
         t = strtok_r(NULL, ", \t\n", &save)) {
        error = parse_packet_out_key(po, t, names);
    }
    free(copy);
    return error || po->data.n ? error : xstrdup("must specify packet");
}

static void
check(char *error)
{
    if (error) {
        args_fatal(0, "%s", error);
    }
}

void
ofctl_cmd_packet_out(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct ofctl_names *names = ofctl_names_to_accept(ctx, target);
    struct ofm m;
    ofm_init(&m, OFM_PACKET_OUT);
    struct ofm_packet_out *po = &m.packet_out;
    if (ctx->argc == 2) {
        check(ofctl_parse_packet_out(po, ctx->argv[1],
                                     ofctl_names_ptr(names)));
    } else if (ctx->argc == 3) {
        args_fatal(0, "'packet-out' command takes a packet after the "
                      "actions");
    } else {
        if (!ofport_parse(ctx->argv[1], ofctl_names_ptr(names),
                          &po->in_port)) {
            args_fatal(0, "%s: unknown port `%s'", target, ctx->argv[1]);
        }
        struct text_err err = { NULL, 0 };
        err.message = acts_parse(ctx->argv[2], ofctl_names_ptr(names),
                                 &po->acts, &err.pos);
        if (err.message) {
            ofctl_text_failed("", ctx->argv[2], &err);
        }
    }
    struct channel_block *b = ofctl_open(ctx, target);
    for (int i = 3; i < ctx->argc || i == 3; i++) {
        if (ctx->argc > 3) {
            check(parse_packet(po, ctx->argv[i]));
            m.xid = 0;
        }
        ofctl_transact_noreply(ctx, target, b, &m);
    }
    ofm_fini(&m);
    channel_block_close(b);
    ofctl_names_destroy(names);
}
