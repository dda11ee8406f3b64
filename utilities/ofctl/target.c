/* SPDX-License-Identifier: Apache-2.0 */
/* Targets, connections, the choice of flow format, and questions with
 * answers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/base/mem.h"
#include "lib/io/loop.h"
#include "lib/io/stream.h"
#include "utilities/ofctl/ofctl.h"

static bool
is_socket(const char *path)
{
    struct stat s;
    return !stat(path, &s) && S_ISSOCK(s.st_mode);
}

char *
ofctl_target_name(const char *target, const char *suffix)
{
    if (strchr(target, ':')) {
        return xstrdup(target);
    }
    char *path = xasprintf("%s/%s.%s", dirs_run(), target, suffix);
    if (!is_socket(path)) {
        free(path);
        path = target[0] == '/' ? xstrdup(target) : NULL;
        if (!path || !is_socket(path)) {
            args_fatal(0, "%s is not a bridge or a socket", target);
        }
    }
    char *name = xasprintf("unix:%s", path);
    free(path);
    return name;
}

/* What cannot even begin to connect is said in other words than a
 * connection that then fails. */
static NORETURN void
open_failed(const char *target, const char *name, const char *error)
{
    static const char negotiation[] = "version negotiation failed";
    bool at_once = !strcmp(error, strerror(ENOENT))
                   || !strcmp(error, strerror(EAFNOSUPPORT))
                   || (!strcmp(error, strerror(ECONNREFUSED))
                       && (str_starts_with(name, "unix:")
                           || str_starts_with(name, "tcp:127.")
                           || str_starts_with(name, "tcp:[::1]")));
    if (str_starts_with(error, negotiation)) {
        error = strerror(EPIPE);
    }
    if (at_once && strchr(target, ':')) {
        args_fatal(0, "connecting to %s (%s)", target, error);
    }
    if (at_once) {
        args_fatal(0, "%s: failed to open socket (%s)", name + 5, error);
    }
    args_fatal(0, "%s: failed to connect to socket (%s)", target, error);
}

struct channel_block *
ofctl_open(struct ofctl *ctx, const char *target)
{
    if (!ctx->loop) {
        ctx->loop = loop_create();
        loop_set_tls(ctx->loop, tls_context_create(&ctx->tls));
    }
    char *name = ofctl_target_name(target, "mgmt");
    char *error;
    struct channel_block *b;
    if (!stream_name_is_active(name)) {
        open_failed(target, name, strerror(EAFNOSUPPORT));
    }
    b = channel_block_open_on(ctx->loop, name, ctx->versions, &ctx->xid,
                              0, &error);
    if (!b) {
        open_failed(target, name, error);
    }
    free(name);
    return b;
}

void
ofctl_talk_failed(const char *target, int err)
{
    args_fatal(err, "talking to %s", target);
}

void
ofctl_error_reply(struct ofctl *ctx, struct ofm *error)
{
    fflush(stdout);
    ofctl_print(ctx, stderr, error, NULL);
    exit(EXIT_FAILURE);
}

/* Lines of flows begin with a blank. */
static void
print_painted(FILE *stream, const char *text)
{
    struct str out = STR_INIT;
    while (*text) {
        size_t len = strcspn(text, "\n");
        char *line = xmemdup0(text, len);
        str_clear(&out);
        if (*line == ' ') {
            ofctl_paint_flow(line, &out);
        } else {
            str_put(&out, line);
        }
        free(line);
        fprintf(stream, "%s\n", str_cstr(&out));
        text += len + (text[len] == '\n');
    }
    str_fini(&out);
}

void
ofctl_print(struct ofctl *ctx, FILE *stream, const struct ofm *m,
            const struct ofp_names *names)
{
    struct str s = STR_INIT;
    ofm_print(&s, m, names, ctx->verbosity + 1);
    if (ctx->color && m->type == OFM_FLOW_REPLY) {
        print_painted(stream, str_cstr(&s));
    } else {
        fputs(str_cstr(&s), stream);
    }
    str_fini(&s);
}

struct ofm *
ofctl_transact(struct ofctl *ctx, const char *target,
               struct channel_block *b, struct ofm *request)
{
    struct ofm *reply;
    (void)ctx;
    int err = channel_block_transact(b, request, &reply);
    if (err) {
        ofctl_talk_failed(target, err);
    }
    return reply;
}

void
ofctl_dump(struct ofctl *ctx, const char *target, struct channel_block *b,
           struct ofm *request)
{
    struct ofm *reply = ofctl_transact(ctx, target, b, request);
    struct ofctl_names *names = ofctl_names_to_show(ctx, target);
    for (;;) {
        if (ctx->json) {
            ofctl_json_part(ctx, reply, ofctl_names_ptr(names));
        } else {
            ofctl_print(ctx, stdout, reply, ofctl_names_ptr(names));
        }
        bool more = reply->more;
        ofm_destroy(reply);
        if (!more) {
            break;
        }
        do {
            int err = channel_block_recv(b, &reply);
            if (err) {
                ofctl_talk_failed(target, err);
            }
            if (reply->xid != request->xid) {
                ofm_destroy(reply);
                reply = NULL;
            }
        } while (!reply);
    }
    if (ctx->json) {
        ofctl_json_end(ctx);
    }
    ofctl_names_destroy(names);
}

void
ofctl_dump_trivial(struct ofctl *ctx, const char *target, enum ofm_type type)
{
    struct channel_block *b = ofctl_open(ctx, target);
    struct ofm request;
    ofm_init(&request, type);
    if (!ofm_exists(type, channel_block_version(b))) {
        args_fatal(0, "%s is not in %s", ofm_type_name(type),
                   ofp_version_name(channel_block_version(b)));
    }
    ofctl_dump(ctx, target, b, &request);
    ofm_fini(&request);
    channel_block_close(b);
}

void
ofctl_transact_many(struct ofctl *ctx, const char *target,
                    struct channel_block *b, struct ofm *ms, size_t n)
{
    struct ofm *error;
    int err = channel_block_transact_many(b, ms, n, &error);
    if (err) {
        ofctl_talk_failed(target, err);
    }
    if (error) {
        ofctl_error_reply(ctx, error);
    }
}

void
ofctl_transact_noreply(struct ofctl *ctx, const char *target,
                       struct channel_block *b, struct ofm *m)
{
    ofctl_transact_many(ctx, target, b, m, 1);
}

/* Flow formats. */

static bool
set_nx_value(struct channel_block *b, enum ofm_type type, uint32_t value)
{
    struct ofm m, *error;
    ofm_init(&m, type);
    m.nx_value.value = value;
    int err = channel_block_transact_noreply(b, &m, &error);
    bool ok = !err && !error;
    ofm_destroy(error);
    return ok;
}

bool
ofctl_try_format(struct channel_block *b, unsigned int format)
{
    unsigned int now = channel_block_formats(b);
    bool nxm = format & (FLOW_FORMAT_NXM | FLOW_FORMAT_NXM_TID);
    bool tid = format & (FLOW_FORMAT_OF10_TID | FLOW_FORMAT_NXM_TID);
    bool nxm_now = now & (FLOW_FORMAT_NXM | FLOW_FORMAT_NXM_TID);
    bool tid_now = now & (FLOW_FORMAT_OF10_TID | FLOW_FORMAT_NXM_TID);
    if (ofp_format_version(format) != channel_block_version(b)) {
        return false;
    }
    if (nxm != nxm_now
        && !set_nx_value(b, OFM_SET_FLOW_FORMAT,
                         nxm ? NXFF_NXM : NXFF_OPENFLOW10)) {
        return false;
    }
    if (tid != tid_now && !set_nx_value(b, OFM_FLOW_MOD_TABLE_ID, tid)) {
        return false;
    }
    channel_block_set_formats(b, format);
    return true;
}

static NORETURN void
no_format(struct ofctl *ctx, unsigned int usable)
{
    struct str u = STR_INIT, a = STR_INIT;
    flow_formats_put(usable, &u);
    if (!(usable & ctx->formats)) {
        flow_formats_put(ctx->formats, &a);
        args_fatal(0, "none of the usable flow formats (%s) is among the "
                      "allowed flow formats (%s)",
                   str_cstr(&u), str_cstr(&a));
    }
    args_fatal(0, "switch does not support any of the usable flow formats "
                  "(%s)", str_cstr(&u));
}

struct channel_block *
ofctl_open_for_flows(struct ofctl *ctx, const char *target,
                     unsigned int usable, bool query)
{
    /* Changes: the most widely known first.  Questions: the one that tells
     * most first, and table ids need not be set. */
    static const unsigned int to_change[] = {
        FLOW_FORMAT_OF10,     FLOW_FORMAT_OF11, FLOW_FORMAT_OF12,
        FLOW_FORMAT_OF13,     FLOW_FORMAT_OF14, FLOW_FORMAT_OF15,
        FLOW_FORMAT_OF10_TID, FLOW_FORMAT_NXM,  FLOW_FORMAT_NXM_TID,
    };
    static const unsigned int to_ask[] = {
        FLOW_FORMAT_OF15, FLOW_FORMAT_OF14, FLOW_FORMAT_OF13,
        FLOW_FORMAT_OF12, FLOW_FORMAT_OF11, FLOW_FORMAT_NXM,
        FLOW_FORMAT_OF10,
    };
    if (!(usable & ctx->formats)) {
        no_format(ctx, usable);
    }
    struct channel_block *b = ofctl_open(ctx, target);
    unsigned int both = usable & ctx->formats;
    if (query) {
        /* A question names its table itself. */
        both |= both & FLOW_FORMAT_NXM_TID ? FLOW_FORMAT_NXM : 0;
        both |= both & FLOW_FORMAT_OF10_TID ? FLOW_FORMAT_OF10 : 0;
    }
    const unsigned int *list = query ? to_ask : to_change;
    size_t n = query ? ARRAY_SIZE(to_ask) : ARRAY_SIZE(to_change);
    for (size_t i = 0; i < n; i++) {
        if (both & list[i] && ofctl_try_format(b, list[i])) {
            return b;
        }
    }
    no_format(ctx, usable);
}

uint32_t
ofctl_port(struct ofctl *ctx, const char *target, const char *text)
{
    uint32_t port;
    if (ofport_parse(text, NULL, &port)) {
        return port;
    }
    struct ofctl_names *names = ofctl_names_create();
    if (ctx->names != NAMES_NO) {
        ofctl_names_read_ports(ctx, target, names);
    }
    if (!ofport_parse(text, &names->names, &port)) {
        args_fatal(0, "%s: unknown port `%s'", target, text);
    }
    ofctl_names_destroy(names);
    return port;
}
