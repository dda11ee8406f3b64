/* SPDX-License-Identifier: Apache-2.0 */
/* Flows: printing, adding, changing, deleting. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "utilities/ofctl/flowcmd.h"

LOG_MODULE(ofp_match);

/* Texts. */

void
ofctl_text_failed(const char *where, const char *text, struct text_err *err)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s%s\n", args_program_name(), where, err->message);
    if (err->pos <= strlen(text) && !strchr(text, '\n')) {
        fprintf(stderr, "  %s\n  %*s^\n", text, (int)err->pos, "");
    }
    exit(EXIT_FAILURE);
}

void
ofctl_for_each_line(const char *file,
                    void (*fn)(void *aux, const char *where,
                               const char *line),
                    void *aux)
{
    bool std = !strcmp(file, "-");
    FILE *stream = std ? stdin : fopen(file, "r");
    if (!stream) {
        args_fatal(errno, "%s: open failed", file);
    }
    char *line = NULL;
    size_t cap = 0;
    for (unsigned int n = 1; getline(&line, &cap, stream) >= 0; n++) {
        line[strcspn(line, "#\n")] = '\0';
        const char *p = line + strspn(line, " \t\r\f\v");
        if (*p) {
            char *where = xasprintf("%s:%u: ", std ? "<stdin>" : file, n);
            fn(aux, where, p);
            free(where);
        }
    }
    free(line);
    if (!std) {
        fclose(stream);
    }
}

/* "add", "modify_strict" and so on in front of a flow: its length, with what
 * separates it, or 0. */
static size_t
leading_command(const char *text, int *command)
{
    static const char *const names[] = { "add", "modify", "modify_strict",
                                         "delete", "delete_strict" };
    size_t n = strcspn(text, " \t,=");
    size_t sep = strspn(text + n, " \t");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strlen(names[i]) == n && !strncmp(text, names[i], n)
            && (sep || !text[n])) {
            *command = (int)i;
            return n + sep;
        }
    }
    return 0;
}

static void
tell_normalized(const struct flow_spec *f)
{
    if (f->unnormalized) {
        struct str post = STR_INIT;
        match_put(&f->match, MATCH_PRIORITY_DEFAULT, NULL, &post);
        log_info("normalization changed ofp_match, details:");
        log_info(" pre: %s", f->unnormalized);
        log_info("post: %s", str_cstr(&post));
        str_fini(&post);
    }
}

void
ofctl_parse_flow_mod(struct ofctl *ctx, const char *where, const char *text,
                     int command, const struct ofp_names *names,
                     struct ofm *m)
{
    struct text_err err = { NULL, 0 };
    size_t skip = 0;
    ofm_init(m, OFM_FLOW_MOD);
    if (command == OFCTL_ANY_COMMAND) {
        command = OFPFC_ADD;
        skip = leading_command(text, &command);
    }
    m->flow_mod.command = (uint16_t)command;
    enum flow_spec_kind kind = command == OFPFC_ADD ? FLOW_SPEC_ADD
                               : command == OFPFC_MODIFY
                                       || command == OFPFC_MODIFY_STRICT
                                   ? FLOW_SPEC_MODIFY
                                   : FLOW_SPEC_DELETE;
    if (!flow_spec_parse(text + skip, kind, names, &m->flow_mod.f, &err)) {
        err.pos += skip;
        ofctl_text_failed(where, text, &err);
    }
    /* A modify without a cookie stores zero where the protocol lets it
     * store one, as with the peer's tool. */
    if (kind == FLOW_SPEC_MODIFY
        && m->flow_mod.f.new_cookie == OFP_COOKIE_KEEP) {
        m->flow_mod.f.new_cookie = 0;
    }
    tell_normalized(&m->flow_mod.f);
    (void)ctx;
}

/* Asking. */

static struct channel_block *
ask_flows(struct ofctl *ctx, enum ofm_type type, struct ofm *request)
{
    const char *target = ctx->argv[0];
    unsigned int usable = FLOW_FORMAT_ANY;
    ofm_init(request, type);
    if (ctx->argc > 1) {
        struct ofctl_names *names = ofctl_names_to_accept(ctx, target);
        struct flow_spec f;
        struct text_err err = { NULL, 0 };
        if (!flow_spec_parse(ctx->argv[1], FLOW_SPEC_DELETE,
                             ofctl_names_ptr(names), &f, &err)) {
            ofctl_text_failed("", ctx->argv[1], &err);
        }
        if (f.have_priority) {
            args_fatal(0, "unknown keyword priority");
        }
        tell_normalized(&f);
        struct ofm_flow_request *r = &request->flow_request;
        r->match = f.match;
        r->table_id = f.table_id;
        r->out_port = f.out_port;
        r->out_group = f.out_group;
        r->cookie = f.cookie;
        r->cookie_mask = f.cookie_mask;
        usable = f.formats;
        if (f.out_group != FLOW_GROUP_ANY) {
            usable &= FLOW_FORMAT_OF11 | FLOW_FORMAT_OF12 | FLOW_FORMAT_OF13
                      | FLOW_FORMAT_OF14 | FLOW_FORMAT_OF15;
        }
        flow_spec_fini(&f);
        ofctl_names_destroy(names);
    }
    return ofctl_open_for_flows(ctx, target, usable, true);
}

void
ofctl_cmd_dump_aggregate(struct ofctl *ctx)
{
    struct ofm request;
    struct channel_block *b = ask_flows(ctx, OFM_AGGREGATE_REQUEST, &request);
    ofctl_dump(ctx, ctx->argv[0], b, &request);
    channel_block_close(b);
}

void
ofctl_collect_flows(struct ofctl *ctx, const char *target,
                    struct channel_block *b, struct ofm *request,
                    struct flow_list *list)
{
    struct ofm *m = ofctl_transact(ctx, target, b, request);
    for (;;) {
        if (m->type == OFM_ERROR) {
            ofctl_error_reply(ctx, m);
        }
        if (m->xid == request->xid && m->type == OFM_FLOW_REPLY) {
            flow_list_take(list, m);
        }
        bool more = m->xid != request->xid || m->more;
        ofm_destroy(m);
        if (!more) {
            return;
        }
        int err = channel_block_recv(b, &m);
        if (err) {
            ofctl_talk_failed(target, err);
        }
    }
}

void
flow_list_take(struct flow_list *list, struct ofm *m)
{
    for (size_t i = 0; i < m->flow_reply.n; i++) {
        if (list->n == list->cap) {
            list->p = x2nrealloc(list->p, &list->cap, sizeof *list->p);
        }
        struct flow_stats *f = &list->p[list->n++];
        *f = m->flow_reply.p[i];
        if (m->version < OFP15_VERSION) {
            /* As the peer shows flows then; 1.5 tells it as a duration. */
            f->idle_age = f->hard_age = -1;
        }
        m->flow_reply.p[i].acts.first = NULL;
    }
}

void
flow_list_fini(struct flow_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free((void *)(uintptr_t)list->p[i].acts.first);
    }
    free(list->p);
}

/* One criterion.  Flows without the field come last, whatever the
 * direction. */
static int
compare_by(const struct ofctl_sort *by, const struct flow_stats *a,
           const struct flow_stats *b)
{
    int order;
    if (by->field) {
        bool in_a = match_has_field(&a->match, by->field);
        bool in_b = match_has_field(&b->match, by->field);
        if (!in_a || !in_b) {
            return in_b - in_a;
        }
        union field_value va, vb;
        match_get_field(&a->match, by->field, &va, NULL);
        match_get_field(&b->match, by->field, &vb, NULL);
        order = memcmp(&va, &vb, by->field->n_bytes);
    } else {
        order = a->priority < b->priority ? -1 : a->priority > b->priority;
    }
    return by->reverse ? -order : order;
}

static int
compare_flows(const struct ofctl *ctx, const struct flow_stats *a,
              const struct flow_stats *b)
{
    for (size_t i = 0; i < ctx->n_sort; i++) {
        int order = compare_by(&ctx->sort[i], a, b);
        if (order) {
            return order;
        }
    }
    return 0;
}

/* Merges the sorted halves: a sort that keeps equal flows in the switch's
 * order. */
static void
sort_flows(const struct ofctl *ctx, struct flow_stats *p,
           struct flow_stats *tmp, size_t n)
{
    if (n < 2) {
        return;
    }
    size_t half = n / 2, i = 0, j = half, k = 0;
    sort_flows(ctx, p, tmp, half);
    sort_flows(ctx, p + half, tmp, n - half);
    while (i < half && j < n) {
        tmp[k++] = compare_flows(ctx, &p[i], &p[j]) <= 0 ? p[i++] : p[j++];
    }
    while (i < half) {
        tmp[k++] = p[i++];
    }
    memcpy(p, tmp, k * sizeof *p);
}

void
ofctl_cmd_dump_flows(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct ofm request;
    struct channel_block *b = ask_flows(ctx, OFM_FLOW_REQUEST, &request);
    struct ofctl_names *names = ofctl_names_to_show(ctx, target);
    if (!ctx->n_sort && (ctx->json || (ctx->stats && !names))) {
        ofctl_dump(ctx, target, b, &request);
        channel_block_close(b);
        return;
    }
    struct flow_list list = { NULL, 0, 0 };
    ofctl_collect_flows(ctx, target, b, &request, &list);
    if (ctx->n_sort) {
        struct flow_stats *tmp = xcalloc(list.n + 1, sizeof *tmp);
        sort_flows(ctx, list.p, tmp, list.n);
        free(tmp);
    }
    struct str s = STR_INIT;
    for (size_t i = 0; i < list.n; i++) {
        if (ctx->json) {
            ofctl_json_item(ctx, ofctl_json_flow(ctx, &list.p[i],
                                                 ofctl_names_ptr(names)));
            continue;
        }
        str_clear(&s);
        flow_stats_put(&list.p[i], ofctl_names_ptr(names), ctx->stats, &s);
        if (ctx->color) {
            struct str painted = STR_INIT;
            ofctl_paint_flow(str_cstr(&s), &painted);
            printf(" %s\n", str_cstr(&painted));
            str_fini(&painted);
        } else {
            printf(" %s\n", str_cstr(&s));
        }
    }
    if (ctx->json) {
        ofctl_json_end(ctx);
    }
    str_fini(&s);
    flow_list_fini(&list);
    ofctl_names_destroy(names);
    channel_block_close(b);
}

/* Changing. */

/* Changes sent before the switch is asked whether it took them. */
#define MODS_AT_ONCE 256

void
ofctl_settle_flow_mod(struct channel_block *b, struct ofm *m)
{
    /* From 1.1 on the switch does not choose: the first table is meant.
     * 1.2 let deletes mean all. */
    uint8_t version = channel_block_version(b);
    if (m->type == OFM_FLOW_MOD && m->flow_mod.f.table_id == FLOW_TABLE_ALL
        && version != OFP10_VERSION
        && (m->flow_mod.command < OFPFC_DELETE || version == OFP11_VERSION)) {
        m->flow_mod.f.table_id = 0;
    }
}

void
ofctl_send_flow_mods(struct ofctl *ctx, const char *target,
                     struct channel_block *b, struct ofm *ms, size_t n)
{
    if (ctx->bundle) {
        ofctl_send_bundle(ctx, target, b, ms, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        ofctl_settle_flow_mod(b, &ms[i]);
    }
    for (size_t i = 0; i < n; i += MODS_AT_ONCE) {
        ofctl_transact_many(ctx, target, b, &ms[i],
                            MIN(n - i, (size_t)MODS_AT_ONCE));
    }
}

/* The flows of one command line or file. */
struct flow_mods {
    struct ofctl *ctx;
    const struct ofp_names *names;
    int command;
    struct ofm *p;
    size_t n, cap;
};

static void
add_mod(void *mods_, const char *where, const char *text)
{
    struct flow_mods *mods = mods_;
    if (mods->n == mods->cap) {
        mods->p = x2nrealloc(mods->p, &mods->cap, sizeof *mods->p);
    }
    ofctl_parse_flow_mod(mods->ctx, where, text, mods->command, mods->names,
                         &mods->p[mods->n++]);
}

static void
run_mods(struct ofctl *ctx, int command, const char *text, const char *file)
{
    const char *target = ctx->argv[0];
    struct ofctl_names *names = ofctl_names_to_accept(ctx, target);
    struct flow_mods mods = { .ctx = ctx, .names = ofctl_names_ptr(names),
                              .command = command };
    if (file) {
        ofctl_for_each_line(file, add_mod, &mods);
    } else {
        add_mod(&mods, "", text);
    }
    unsigned int usable = ctx->bundle ? OFCTL_BUNDLE_FORMATS
                                      : FLOW_FORMAT_ANY;
    for (size_t i = 0; i < mods.n; i++) {
        usable &= mods.p[i].flow_mod.f.formats;
    }
    struct channel_block *b = ofctl_open_for_flows(ctx, target, usable,
                                                   false);
    ofctl_send_flow_mods(ctx, target, b, mods.p, mods.n);
    for (size_t i = 0; i < mods.n; i++) {
        ofm_fini(&mods.p[i]);
    }
    free(mods.p);
    channel_block_close(b);
    ofctl_names_destroy(names);
}

static void
run_mods_arg(struct ofctl *ctx, int command)
{
    const char *arg = ctx->argc > 1 ? ctx->argv[1] : "";
    run_mods(ctx, command, arg, !strcmp(arg, "-") ? arg : NULL);
}

void
ofctl_cmd_add_flow(struct ofctl *ctx)
{
    run_mods_arg(ctx, OFCTL_ANY_COMMAND);
}

void
ofctl_cmd_add_flows(struct ofctl *ctx)
{
    run_mods(ctx, OFCTL_ANY_COMMAND, NULL, ctx->argv[1]);
}

void
ofctl_cmd_mod_flows(struct ofctl *ctx)
{
    run_mods_arg(ctx, ctx->strict ? OFPFC_MODIFY_STRICT : OFPFC_MODIFY);
}

void
ofctl_cmd_del_flows(struct ofctl *ctx)
{
    run_mods_arg(ctx, ctx->strict ? OFPFC_DELETE_STRICT : OFPFC_DELETE);
}
