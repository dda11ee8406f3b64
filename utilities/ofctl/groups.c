/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and meters. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/base/mem.h"
#include "utilities/ofctl/flowcmd.h"

/* Groups. */

struct group_mods {
    struct ofctl *ctx;
    const struct ofp_names *names;
    int command; /* OFPGC_* or OFCTL_ANY_COMMAND. */
    struct ofm *p;
    size_t n, cap;
};

static size_t
leading_command(const char *text, int *command)
{
    static const struct {
        const char *name;
        int command;
    } rows[] = {
        { "add", OFPGC_ADD },
        { "modify", OFPGC_MODIFY },
        { "add_or_mod", OFPGC_ADD_OR_MOD },
        { "delete", OFPGC_DELETE },
        { "insert_bucket", OFPGC_INSERT_BUCKET },
        { "remove_bucket", OFPGC_REMOVE_BUCKET },
    };
    size_t n = strcspn(text, " \t,=");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strlen(rows[i].name) == n && !strncmp(text, rows[i].name, n)) {
            *command = rows[i].command;
            return n + strspn(text + n, " \t");
        }
    }
    return 0;
}

static enum group_spec_kind
spec_kind(int command)
{
    switch (command) {
    case OFPGC_ADD: return GROUP_SPEC_ADD;
    case OFPGC_DELETE: return GROUP_SPEC_DELETE;
    case OFPGC_INSERT_BUCKET: return GROUP_SPEC_INSERT_BUCKETS;
    case OFPGC_REMOVE_BUCKET: return GROUP_SPEC_REMOVE_BUCKETS;
    default: return GROUP_SPEC_MODIFY;
    }
}

/* Without a text all groups are meant. */
static void
parse_group(const char *where, const char *text, size_t skip,
            enum group_spec_kind kind, const struct ofp_names *names,
            struct group_spec *g)
{
    struct text_err err = { NULL, 0 };
    if (kind == GROUP_SPEC_DELETE && !text[skip]) {
        memset(g, 0, sizeof *g);
        g->group_id = GROUP_ID_ALL;
        g->command_bucket_id = GROUP_BUCKET_ID_ALL;
    } else if (!group_spec_parse(text + skip, kind, names, g, &err)) {
        err.pos += skip;
        ofctl_text_failed(where, text, &err);
    }
}

void
ofctl_parse_group_mod(const char *where, const char *text, int command,
                      const struct ofp_names *names, struct ofm *m)
{
    size_t skip = 0;
    if (command == OFCTL_ANY_COMMAND) {
        command = OFPGC_ADD;
        skip = leading_command(text, &command);
    }
    ofm_init(m, OFM_GROUP_MOD);
    parse_group(where, text, skip, spec_kind(command), names,
                &m->group_mod.g);
    m->group_mod.command = (uint16_t)command;
}

static void
add_group(void *mods_, const char *where, const char *text)
{
    struct group_mods *mods = mods_;
    if (mods->n == mods->cap) {
        mods->p = x2nrealloc(mods->p, &mods->cap, sizeof *mods->p);
    }
    ofctl_parse_group_mod(where, text, mods->command, mods->names,
                          &mods->p[mods->n++]);
}

static void
check_version(const struct ofm *m, uint8_t version)
{
    bool buckets = m->group_mod.command == OFPGC_INSERT_BUCKET
                   || m->group_mod.command == OFPGC_REMOVE_BUCKET;
    if (buckets && version != OFP10_VERSION && version < OFP15_VERSION) {
        args_fatal(0, "%s needs OpenFlow 1.5 or later ('-O OpenFlow15')",
                   m->group_mod.command == OFPGC_INSERT_BUCKET
                       ? "insert-bucket"
                       : "remove-bucket");
    }
}

static void
run_groups(struct ofctl *ctx, int command, const char *file)
{
    const char *target = ctx->argv[0];
    struct ofctl_names *names = ofctl_names_to_accept(ctx, target);
    struct group_mods mods = { .ctx = ctx, .names = ofctl_names_ptr(names),
                               .command = command };
    if (file) {
        ofctl_for_each_line(file, add_group, &mods);
    } else {
        add_group(&mods, "", ctx->argc > 1 ? ctx->argv[1] : "");
    }
    struct channel_block *b = ctx->bundle
        ? ofctl_open_for_flows(ctx, target, OFCTL_BUNDLE_FORMATS, false)
        : ofctl_open(ctx, target);
    for (size_t i = 0; i < mods.n; i++) {
        check_version(&mods.p[i], channel_block_version(b));
    }
    if (ctx->bundle) {
        ofctl_send_bundle(ctx, target, b, mods.p, mods.n);
    }
    for (size_t i = 0; i < mods.n; i++) {
        if (!ctx->bundle) {
            ofctl_transact_noreply(ctx, target, b, &mods.p[i]);
        }
        ofm_fini(&mods.p[i]);
    }
    free(mods.p);
    channel_block_close(b);
    ofctl_names_destroy(names);
}

static void
run_groups_arg(struct ofctl *ctx, int command)
{
    const char *arg = ctx->argc > 1 ? ctx->argv[1] : "";
    run_groups(ctx, command, !strcmp(arg, "-") ? arg : NULL);
}

void
ofctl_cmd_add_group(struct ofctl *ctx)
{
    run_groups_arg(ctx, OFCTL_ANY_COMMAND);
}

void
ofctl_cmd_add_groups(struct ofctl *ctx)
{
    run_groups(ctx, OFCTL_ANY_COMMAND, ctx->argv[1]);
}

void
ofctl_cmd_mod_group(struct ofctl *ctx)
{
    run_groups_arg(ctx, ctx->may_create ? OFPGC_ADD_OR_MOD : OFPGC_MODIFY);
}

void
ofctl_cmd_del_groups(struct ofctl *ctx)
{
    run_groups_arg(ctx, OFPGC_DELETE);
}

void
ofctl_cmd_insert_buckets(struct ofctl *ctx)
{
    run_groups_arg(ctx, OFPGC_INSERT_BUCKET);
}

void
ofctl_cmd_remove_buckets(struct ofctl *ctx)
{
    run_groups_arg(ctx, OFPGC_REMOVE_BUCKET);
}

static void
dump_groups(struct ofctl *ctx, enum ofm_type type, uint32_t group_id)
{
    struct ofm request;
    struct channel_block *b = ofctl_open(ctx, ctx->argv[0]);
    ofm_init(&request, type);
    if (!ofm_exists(type, channel_block_version(b))) {
        args_fatal(0, "%s needs OpenFlow 1.1 or later (\'-O OpenFlow11\')",
                   "dump-groups");
    }
    request.group_request.group_id = group_id;
    ofctl_dump(ctx, ctx->argv[0], b, &request);
    channel_block_close(b);
}

void
ofctl_cmd_dump_groups(struct ofctl *ctx)
{
    uint64_t id = GROUP_ID_ALL;
    const char *text = ctx->argc > 1 ? ctx->argv[1] : "ALL";
    if (strcasecmp(text, "all") && strcasecmp(text, "any")
        && (!str_to_u64(text, 0, &id) || id > UINT32_MAX)) {
        args_fatal(0, "%s is not a valid group ID.  (Valid group IDs are "
                      "32-bit nonnegative integers or the keywords ANY or "
                      "ALL.)", text);
    }
    dump_groups(ctx, OFM_GROUP_DESC_REQUEST, (uint32_t)id);
}

void
ofctl_cmd_dump_group_stats(struct ofctl *ctx)
{
    const char *target = ctx->argv[0];
    struct ofctl_names *names = ofctl_names_to_accept(ctx, target);
    struct group_spec g;
    parse_group("", ctx->argc > 1 ? ctx->argv[1] : "", 0, GROUP_SPEC_DELETE,
                ofctl_names_ptr(names), &g);
    dump_groups(ctx, OFM_GROUP_REQUEST, g.group_id);
    group_spec_fini(&g);
    ofctl_names_destroy(names);
}

void
ofctl_cmd_dump_group_features(struct ofctl *ctx)
{
    ofctl_dump_trivial(ctx, ctx->argv[0], OFM_GROUP_FEATURES_REQUEST);
}

/* Meters, which 1.3 brought. */

static struct channel_block *
open_for_meters(struct ofctl *ctx)
{
    unsigned int usable = FLOW_FORMAT_OF13 | FLOW_FORMAT_OF14
                          | FLOW_FORMAT_OF15;
    return ofctl_open_for_flows(ctx, ctx->argv[0], usable, true);
}

static void
parse_meter(struct ofctl *ctx, bool need_bands, struct meter_spec *m)
{
    struct text_err err = { NULL, 0 };
    const char *text = ctx->argc > 1 ? ctx->argv[1] : "meter=all";
    if (!meter_spec_parse(text, need_bands, m, &err)) {
        ofctl_text_failed("", text, &err);
    }
}

static void
meter_mod(struct ofctl *ctx, uint16_t command)
{
    struct ofm m;
    ofm_init(&m, OFM_METER_MOD);
    m.meter_mod.command = command;
    parse_meter(ctx, command != OFPMC_DELETE, &m.meter_mod.m);
    struct channel_block *b = open_for_meters(ctx);
    ofctl_transact_noreply(ctx, ctx->argv[0], b, &m);
    channel_block_close(b);
}

void
ofctl_cmd_add_meter(struct ofctl *ctx)
{
    meter_mod(ctx, OFPMC_ADD);
}

void
ofctl_cmd_mod_meter(struct ofctl *ctx)
{
    meter_mod(ctx, OFPMC_MODIFY);
}

void
ofctl_cmd_del_meters(struct ofctl *ctx)
{
    meter_mod(ctx, OFPMC_DELETE);
}

static void
meter_request(struct ofctl *ctx, enum ofm_type type)
{
    struct ofm request;
    ofm_init(&request, type);
    if (type != OFM_METER_FEATURES_REQUEST) {
        struct meter_spec m;
        parse_meter(ctx, false, &m);
        request.meter_request.meter_id = m.meter_id;
    }
    struct channel_block *b = open_for_meters(ctx);
    ofctl_dump(ctx, ctx->argv[0], b, &request);
    channel_block_close(b);
}

void
ofctl_cmd_dump_meters(struct ofctl *ctx)
{
    meter_request(ctx, OFM_METER_CONFIG_REQUEST);
}

void
ofctl_cmd_meter_stats(struct ofctl *ctx)
{
    meter_request(ctx, OFM_METER_REQUEST);
}

void
ofctl_cmd_meter_features(struct ofctl *ctx)
{
    meter_request(ctx, OFM_METER_FEATURES_REQUEST);
}
