/* SPDX-License-Identifier: Apache-2.0 */
/* monitor and snoop: what a switch sends, as it comes, on standard error or
 * in a file, with a control socket on the side (ofctl/send, ofctl/barrier and
 * so on) when asked to be a daemon. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/io/ctl.h"
#include "lib/io/loop.h"
#include "lib/io/stream.h"
#include "utilities/ofctl/ofctl.h"

struct monitor {
    struct ofctl *ctx;
    struct channel_block *b;
    struct ctl *ctl;
    FILE *out;
    bool blocked, quit;
    struct ctl_conn *barrier; /* Waits for the barrier 'barrier_xid'. */
    uint32_t barrier_xid;
};

static void
put_timestamp(struct monitor *mon)
{
    if (mon->ctx->timestamp) {
        char iso[CLOCK_ISO_LEN];
        clock_format_iso(clock_wall_ms(), iso);
        fprintf(mon->out, "%s: ", iso);
    }
}

static void
show_bytes(struct monitor *mon, const char *prefix, const void *data,
           size_t len)
{
    struct str s = STR_INIT;
    ofm_print_bytes(&s, data, len, NULL, mon->ctx->verbosity + 1);
    put_timestamp(mon);
    fprintf(mon->out, "%s%s", prefix, str_cstr(&s));
    fflush(mon->out);
    str_fini(&s);
}

/* Commands. */

static void
cmd_exit(struct ctl_conn *c, int argc UNUSED, const char *argv[] UNUSED,
         void *mon)
{
    ((struct monitor *)mon)->quit = true;
    ctl_reply(c, NULL);
}

static void
cmd_send(struct ctl_conn *c, int argc, const char *argv[], void *mon_)
{
    struct monitor *mon = mon_;
    struct str s = STR_INIT;
    for (int i = 1; i < argc; i++) {
        struct buf b = BUF_INIT;
        const char *error = NULL;
        if (!ofctl_parse_hex(argv[i], &b)) {
            error = "Trailing garbage in hex data";
        } else if (b.len < OFP_HEADER_BYTES) {
            error = "Message too short for OpenFlow";
        }
        if (error) {
            buf_fini(&b);
            str_fini(&s);
            ctl_reply_error(c, error);
            return;
        }
        show_bytes(mon, "send: ", b.data, b.len);
        int err = channel_block_send_bytes(mon->b, b.data, b.len);
        str_put(&s, err ? strerror(-err) : "sent");
        str_put_char(&s, '\n');
        buf_fini(&b);
    }
    ctl_reply(c, str_cstr(&s));
    str_fini(&s);
}

static void
cmd_packet_out(struct ctl_conn *c, int argc UNUSED, const char *argv[],
               void *mon_)
{
    struct monitor *mon = mon_;
    struct ofm m;
    struct buf b = BUF_INIT;
    ofm_init(&m, OFM_PACKET_OUT);
    char *error = ofctl_parse_packet_out(&m.packet_out, argv[1], NULL);
    int err = error ? 0 : channel_block_send(mon->b, &m);
    if (error || err) {
        ctl_reply_error(c, error ? error : strerror(-err));
    } else {
        ofm_encode(&m, channel_block_version(mon->b), 0, &b);
        show_bytes(mon, "", b.data, b.len);
        ctl_reply(c, NULL);
    }
    free(error);
    buf_fini(&b);
    ofm_fini(&m);
}

static void
cmd_barrier(struct ctl_conn *c, int argc UNUSED, const char *argv[] UNUSED,
            void *mon_)
{
    struct monitor *mon = mon_;
    struct ofm m;
    if (mon->barrier) {
        ctl_reply_error(c, "already waiting for barrier reply");
        return;
    }
    ofm_init(&m, OFM_BARRIER_REQUEST);
    int err = channel_block_send(mon->b, &m);
    if (err) {
        ctl_reply_error(c, strerror(-err));
        return;
    }
    mon->barrier = c;
    mon->barrier_xid = m.xid;
}

static void
cmd_set_output_file(struct ctl_conn *c, int argc UNUSED, const char *argv[],
                    void *mon_)
{
    struct monitor *mon = mon_;
    FILE *f = fopen(argv[1], "w");
    if (!f) {
        ctl_reply_error(c, strerror(errno));
        return;
    }
    if (mon->out != stderr) {
        fclose(mon->out);
    }
    mon->out = f;
    ctl_reply(c, NULL);
}

static void
cmd_block(struct ctl_conn *c, int argc UNUSED, const char *argv[],
          void *mon_)
{
    struct monitor *mon = mon_;
    bool block = !strcmp(argv[0], "ofctl/block");
    if (mon->blocked == block) {
        ctl_reply_error(c, block ? "already blocking" : "already unblocked");
        return;
    }
    mon->blocked = block;
    ctl_reply(c, NULL);
}

static void
start_ctl(struct monitor *mon)
{
    static const struct {
        const char *name, *usage;
        int min, max;
        ctl_fn *fn;
    } rows[] = {
        { "exit", "", 0, 0, cmd_exit },
        { "ofctl/send", "OFMSG...", 1, INT_MAX, cmd_send },
        { "ofctl/barrier", "", 0, 0, cmd_barrier },
        { "ofctl/packet-out",
          "\"in_port=<port> packet=<hex data> actions=...\"", 1, 1,
          cmd_packet_out },
        { "ofctl/set-output-file", "FILE", 1, 1, cmd_set_output_file },
        { "ofctl/block", "", 0, 0, cmd_block },
        { "ofctl/unblock", "", 0, 0, cmd_block },
    };
    struct ofctl *ctx = mon->ctx;
    struct str version = STR_INIT;
    args_version(&version, "ofctl");
    str_chomp(&version, '\n');
    int err = ctl_create(ctx->loop, ctx->unixctl, str_cstr(&version),
                         &mon->ctl);
    if (err) {
        args_fatal(err, "cannot listen on control socket");
    }
    str_fini(&version);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        ctl_command_register(mon->ctl, rows[i].name, rows[i].usage,
                             rows[i].min, rows[i].max, rows[i].fn, mon);
    }
}

static void
take_message(struct monitor *mon, struct ofm *m)
{
    if (mon->barrier && m->type == OFM_BARRIER_REPLY
        && m->xid == mon->barrier_xid) {
        ctl_reply(mon->barrier, NULL);
        mon->barrier = NULL;
    }
    put_timestamp(mon);
    ofctl_print(mon->ctx, mon->out, m, NULL);
    fflush(mon->out);
}

/* Prints what is sent as it comes. */
static void
monitor_loop(struct monitor *mon)
{
    while (!mon->quit) {
        struct ofm *m;
        int err = mon->blocked ? -EAGAIN
                               : channel_block_poll(mon->b, &m);
        if (!err) {
            take_message(mon, m);
            ofm_destroy(m);
        } else if (err == -EAGAIN) {
            loop_run_once(mon->ctx->loop, true);
        } else {
            break;
        }
    }
    /* The answer to "exit" goes out. */
    loop_run_once(mon->ctx->loop, false);
}

static void
run_monitor(struct monitor *mon)
{
    start_ctl(mon);
    daemon_complete(&mon->ctx->daemon);
    monitor_loop(mon);
    ctl_destroy(&mon->ctl);
    channel_block_close(mon->b);
    daemon_fini(&mon->ctx->daemon);
}

/* What the arguments ask of the switch first. */

static void
change_config(struct ofctl *ctx, const char *target, struct channel_block *b,
              int miss_len, bool invalid_ttl)
{
    struct ofm request, m;
    ofm_init(&request, OFM_GET_CONFIG_REQUEST);
    struct ofm *reply = ofctl_transact(ctx, target, b, &request);
    if (reply->type != OFM_GET_CONFIG_REPLY) {
        args_fatal(0, "%s: bad reply to config request", target);
    }
    ofm_init(&m, OFM_SET_CONFIG);
    m.config = reply->config;
    if (miss_len >= 0) {
        m.config.miss_send_len = (uint16_t)miss_len;
    }
    if (invalid_ttl) {
        m.config.flags |= OFPC_INVALID_TTL_TO_CONTROLLER;
    }
    ofctl_transact_noreply(ctx, target, b, &m);
    ofm_destroy(reply);
}

static bool
try_packet_in_format(struct channel_block *b, uint32_t format)
{
    struct ofm m, *error;
    ofm_init(&m, OFM_SET_PACKET_IN_FORMAT);
    m.nx_value.value = format;
    int err = channel_block_transact_noreply(b, &m, &error);
    bool ok = !err && !error;
    ofm_destroy(error);
    return ok;
}

static void
set_packet_in_format(struct ofctl *ctx, struct channel_block *b)
{
    static const struct {
        const char *name;
        uint32_t format;
    } rows[] = {
        { "standard", NXPIF_STANDARD },
        { "openflow10", NXPIF_STANDARD },
        { "nxt_packet_in", NXPIF_NXT_PACKET_IN },
        { "nxm", NXPIF_NXT_PACKET_IN },
        { "nxt_packet_in2", NXPIF_NXT_PACKET_IN2 },
    };
    const char *want = ctx->packet_in_format;
    if (!want) {
        if (!try_packet_in_format(b, NXPIF_NXT_PACKET_IN2)
            && channel_block_version(b) == OFP10_VERSION) {
            try_packet_in_format(b, NXPIF_NXT_PACKET_IN);
        }
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (!strcmp(want, rows[i].name)) {
            if (rows[i].format && !try_packet_in_format(b, rows[i].format)) {
                args_fatal(0, "failed to set packet-in format to %s", want);
            }
            return;
        }
    }
    args_fatal(0, "unknown packet-in format \"%s\"", want);
}

/* Takes the flags out of "!add,table=1,ip", which leaves a match. */
static void
take_flags(struct ofm_monitor_request *rq, char *text)
{
    static const struct {
        const char *name;
        uint16_t flag;
    } rows[] = {
        { "!initial", OFPFMF_INITIAL }, { "!add", OFPFMF_ADD },
        { "!delete", OFPFMF_REMOVED },  { "!modify", OFPFMF_MODIFY },
        { "!own", OFPFMF_ONLY_OWN },    { "!actions", OFPFMF_INSTRUCTIONS },
    };
    rq->flags = OFPFMF_ALL;
    while (*text) {
        size_t len = strcspn(text, ", ");
        size_t skip = len + strspn(text + len, ", ");
        bool is_flag = false;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            if (strlen(rows[i].name) == len
                && !strncmp(rows[i].name, text, len)) {
                rq->flags &= (uint16_t)~rows[i].flag;
                is_flag = true;
            }
        }
        if (is_flag) {
            memmove(text, text + skip, strlen(text + skip) + 1);
        } else {
            text += skip;
        }
    }
}

static void
parse_watch(const char *text, const struct ofp_names *names,
            struct ofm_monitor_request *rq)
{
    struct flow_spec f;
    struct text_err err = { NULL, 0 };
    char *rest = xstrdup(text);
    take_flags(rq, rest);
    if (!flow_spec_parse(rest, FLOW_SPEC_DELETE, names, &f, &err)) {
        ofctl_text_failed("", rest, &err);
    }
    rq->match = f.match;
    rq->table_id = f.table_id;
    rq->out_port = f.out_port;
    rq->out_group = f.out_group;
    flow_spec_fini(&f);
    free(rest);
}

/* Asks to be told of changes of flows and prints those that there are. */
static void
watch(struct ofctl *ctx, const char *target, struct channel_block *b,
      const char *text, uint32_t id)
{
    struct ofctl_names *names = ofctl_names_to_accept(ctx, target);
    struct ofm m;
    ofm_init(&m, OFM_FLOW_MONITOR_REQUEST);
    m.monitor_request.p = xzalloc(sizeof *m.monitor_request.p);
    m.monitor_request.n = 1;
    m.monitor_request.p->id = id;
    parse_watch(text, ofctl_names_ptr(names), m.monitor_request.p);
    ofctl_dump(ctx, target, b, &m);
    fflush(stdout);
    ofm_fini(&m);
    ofctl_names_destroy(names);
}

void
ofctl_cmd_monitor(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    int miss_len = -1;
    bool invalid_ttl = false;
    for (int i = 1; i < ctx->argc; i++) {
        uint64_t n;
        if (str_to_u64(ctx->argv[i], 10, &n) && n <= UINT16_MAX) {
            miss_len = (int)n;
        } else if (!strcmp(ctx->argv[i], "invalid_ttl")) {
            invalid_ttl = true;
        } else if (!str_starts_with(ctx->argv[i], "watch:")) {
            args_fatal(0, "%s: unsupported \"monitor\" argument",
                       ctx->argv[i]);
        }
    }
    /* Forks, so before there is a loop or a connection. */
    daemon_start(&ctx->daemon);
    struct monitor mon = { .ctx = ctx, .out = stderr };
    mon.b = ofctl_open(ctx, target);
    if (miss_len >= 0) {
        change_config(ctx, target, mon.b, miss_len, false);
    }
    if (invalid_ttl) {
        change_config(ctx, target, mon.b, -1, true);
    }
    uint32_t id = 0;
    for (int i = 1; i < ctx->argc; i++) {
        if (str_starts_with(ctx->argv[i], "watch:")) {
            watch(ctx, target, mon.b, ctx->argv[i] + strlen("watch:"), id++);
        }
    }
    set_packet_in_format(ctx, mon.b);
    run_monitor(&mon);
}

/* Snooping: after a hello the switch copies messages of other connections,
 * so versions mix and nothing is answered. */

struct snoop {
    struct monitor mon;
    struct stream *stream;
    bool greeted; /* The switch's own hello came. */
    struct buf rx;
    int err;
    bool closed;
};

static void
snoop_connected(void *snoop_, int err)
{
    struct snoop *s = snoop_;
    struct ofp_conn hello;
    ofp_conn_init(&hello, OFP_VERSIONS_ALL);
    ofp_conn_start(&hello);
    s->err = err ? err
                 : stream_send(s->stream, hello.tx.data, hello.tx.len);
    s->closed |= s->err != 0;
    ofp_conn_fini(&hello);
}

static void
snoop_data(void *snoop_, const uint8_t *bytes, size_t len)
{
    struct snoop *s = snoop_;
    buf_put(&s->rx, bytes, len);
    while (s->rx.len >= OFP_HEADER_BYTES) {
        size_t n = be16_to_cpu(get_unaligned_be16(s->rx.data + 2));
        if (n < OFP_HEADER_BYTES) {
            s->closed = true;
            s->err = -EPROTO;
            return;
        }
        if (s->rx.len < n) {
            return;
        }
        if (s->greeted) {
            show_bytes(&s->mon, "", s->rx.data, n);
        }
        s->greeted = true;
        buf_consume(&s->rx, n);
    }
}

static void
snoop_closed(void *snoop_, int err)
{
    struct snoop *s = snoop_;
    s->err = err;
    s->closed = true;
}

void
ofctl_cmd_snoop(struct ofctl *ctx)
{
    static const struct stream_callbacks callbacks = {
        snoop_connected, snoop_data, NULL, snoop_closed
    };
    char *name = ofctl_target_name(ctx->argv[0], "snoop");
    struct snoop s = { .mon = { .ctx = ctx, .out = stderr } };
    daemon_start(&ctx->daemon);
    ctx->loop = loop_create();
    int err = stream_open(ctx->loop, name, OFP_DEFAULT_PORT, &callbacks, &s,
                          &s.stream);
    if (err) {
        args_fatal(err, "connecting to %s", name);
    }
    start_ctl(&s.mon);
    daemon_complete(&ctx->daemon);
    while (!s.closed && !s.mon.quit) {
        loop_run_once(ctx->loop, true);
    }
    loop_run_once(ctx->loop, false);
    if (s.err) {
        args_fatal(s.err, "talking to %s", ctx->argv[0]);
    }
    stream_close(&s.stream);
    ctl_destroy(&s.mon.ctl);
    daemon_fini(&ctx->daemon);
    buf_fini(&s.rx);
    free(name);
}
