/* SPDX-License-Identifier: Apache-2.0 */
/* Changes in one transaction: --bundle, and the command bundle.
 *
 * All messages get their numbers first, so that an error names one of them;
 * then a bundle is opened, filled, and committed if nothing was refused on
 * the way. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/io/loop.h"
#include "utilities/ofctl/flowcmd.h"

#define BUNDLE_FLAGS (OFPBF_ATOMIC | OFPBF_ORDERED)
/* Bytes on their way before the switch's words are listened to. */
#define BYTES_AHEAD (1024 * 1024)

struct sender {
    struct ofctl *ctx;
    const char *target;
    struct channel_block *b;
    struct ofm *ms;
    size_t n;
    uint32_t first_xid; /* Of ms[0]; the others count on. */
    struct ofm control; /* Last sent. */
    size_t n_errors;
};

static NORETURN void
talk_failed(struct sender *s, int err)
{
    char *name = ofctl_target_name(s->target, "mgmt");
    ofctl_talk_failed(name, err);
}

/* Prints an error and the message that caused it. */
static void
tell_error(struct sender *s, const struct ofm *error)
{
    struct str text = STR_INIT;
    struct buf bytes = BUF_INIT;
    const struct ofm *cause = error->xid - s->first_xid < s->n
                                  ? &s->ms[error->xid - s->first_xid]
                              : error->xid == s->control.xid ? &s->control
                                                             : NULL;
    s->n_errors++;
    if (!cause || !error->error.err) {
        ofctl_print(s->ctx, stderr, error, NULL);
        return;
    }
    ofm_encode(cause, channel_block_version(s->b),
               channel_block_formats(s->b), &bytes);
    ofm_print_bytes(&text, bytes.data, bytes.len, NULL,
                    s->ctx->verbosity + 1);
    fflush(stdout);
    fprintf(stderr, "Error %s for: %s", ofp_err_name(error->error.err),
            str_cstr(&text));
    str_fini(&text);
    buf_fini(&bytes);
}

/* Takes what came until the answer to 'xid'; 0: what is there. */
static void
listen_until(struct sender *s, uint32_t xid)
{
    struct ofm *m;
    for (;;) {
        int err = xid ? channel_block_recv(s->b, &m)
                      : channel_block_poll(s->b, &m);
        if (err == -EAGAIN) {
            return;
        }
        if (err) {
            talk_failed(s, err);
        }
        bool is_answer = xid && m->xid == xid;
        if (m->type == OFM_ERROR) {
            tell_error(s, m);
        }
        ofm_destroy(m);
        if (is_answer) {
            return;
        }
    }
}

static void
send_message(struct sender *s, struct ofm *m)
{
    int err = channel_block_send(s->b, m);
    if (err) {
        talk_failed(s, err);
    }
}

/* Exits if the switch refused it, or a message before. */
static void
send_control(struct sender *s, uint16_t type)
{
    ofm_init(&s->control, OFM_BUNDLE_CONTROL);
    s->control.bundle_control.type = type;
    s->control.bundle_control.flags = BUNDLE_FLAGS;
    send_message(s, &s->control);
    listen_until(s, s->control.xid);
    if (s->n_errors) {
        talk_failed(s, -EPROTO);
    }
}

static void
add_message(struct sender *s, struct ofm *m)
{
    struct ofm add;
    struct buf bytes = BUF_INIT;
    ofm_init(&add, OFM_BUNDLE_ADD_MESSAGE);
    if (!ofm_encode(m, channel_block_version(s->b),
                    channel_block_formats(s->b), &bytes)) {
        talk_failed(s, -EMSGSIZE);
    }
    add.xid = m->xid;
    add.bundle_add.flags = BUNDLE_FLAGS;
    add.bundle_add.message.p = bytes.data;
    add.bundle_add.message.n = bytes.len;
    send_message(s, &add);
    buf_fini(&bytes);
    struct channel *ch = channel_block_channel(s->b);
    while (channel_is_ready(ch) && channel_tx_queued(ch) > BYTES_AHEAD) {
        loop_run_once(s->ctx->loop, true);
        listen_until(s, 0);
    }
}

void
ofctl_send_bundle(struct ofctl *ctx, const char *target,
                  struct channel_block *b, struct ofm *ms, size_t n)
{
    struct sender s = { .ctx = ctx, .target = target, .b = b, .ms = ms,
                        .n = n, .first_xid = ctx->xid };
    uint8_t version = channel_block_version(b);
    if (!ofm_exists(OFM_BUNDLE_CONTROL, version)) {
        args_fatal(0, "%s has no bundles (Use -O to enable OpenFlow 1.3 or "
                      "later)", ofp_version_name(version));
    }
    for (size_t i = 0; i < n; i++) {
        ofctl_settle_flow_mod(b, &ms[i]);
        ms[i].xid = ctx->xid++;
    }
    send_control(&s, OFPBCT_OPEN_REQUEST);
    for (size_t i = 0; i < n; i++) {
        add_message(&s, &ms[i]);
    }
    struct ofm barrier;
    ofm_init(&barrier, OFM_BARRIER_REQUEST);
    send_message(&s, &barrier);
    listen_until(&s, barrier.xid);
    if (s.n_errors) {
        /* As if nothing had been asked: the switch forgets it at once. */
        send_control(&s, OFPBCT_DISCARD_REQUEST);
    }
    send_control(&s, OFPBCT_COMMIT_REQUEST);
}

/* ## bundle FILE ## */

struct bundle_file {
    struct ofctl *ctx;
    const struct ofp_names *names;
    unsigned int usable; /* Formats that can carry the flows. */
    struct ofm *p;
    size_t n, cap;
};

static void
add_packet_out(const char *where, const char *text,
               const struct ofp_names *names, struct ofm *m)
{
    ofm_init(m, OFM_PACKET_OUT);
    char *error = ofctl_parse_packet_out(&m->packet_out, text, names);
    if (error) {
        args_fatal(0, "%s%s", where, error);
    }
}

static void
add_line(void *f_, const char *where, const char *line)
{
    struct bundle_file *f = f_;
    size_t len = strcspn(line, " \t,=");
    const char *rest = line + len + strspn(line + len, " \t");
    if (f->n == f->cap) {
        f->p = x2nrealloc(f->p, &f->cap, sizeof *f->p);
    }
    struct ofm *m = &f->p[f->n++];
    if (len == 4 && !strncmp(line, "flow", len)) {
        ofctl_parse_flow_mod(f->ctx, where, rest, OFCTL_ANY_COMMAND,
                             f->names, m);
        f->usable &= m->flow_mod.f.formats;
    } else if (len == 5 && !strncmp(line, "group", len)) {
        ofctl_parse_group_mod(where, rest, OFCTL_ANY_COMMAND, f->names, m);
    } else if (len == 10 && !strncmp(line, "packet-out", len)) {
        add_packet_out(where, rest, f->names, m);
    } else {
        args_fatal(0, "%sUnsupported bundle message type: %.*s", where,
                   (int)len, line);
    }
}

void
ofctl_cmd_bundle(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct ofctl_names *names = ofctl_names_to_accept(ctx, target);
    struct bundle_file f = { .ctx = ctx, .names = ofctl_names_ptr(names),
                             .usable = OFCTL_BUNDLE_FORMATS };
    ofctl_for_each_line(ctx->argv[1], add_line, &f);
    struct channel_block *b = ofctl_open_for_flows(ctx, target, f.usable,
                                                   false);
    ofctl_send_bundle(ctx, target, b, f.p, f.n);
    for (size_t i = 0; i < f.n; i++) {
        ofm_fini(&f.p[i]);
    }
    free(f.p);
    channel_block_close(b);
    ofctl_names_destroy(names);
}
