/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/loop.h"
#include "utilities/ofctl/ofctl.h"

enum command_effect { RO, RW }; /* RW: changes a switch. */

struct command {
    const char *name;
    enum command_effect effect;
    ofctl_fn *fn;
    int min, max;
    const char *usage, *help;
};

static const struct command commands[] = {
#define CMD(NAME, RORW, FN, MIN, MAX, USAGE, HELP)                            \
    { NAME, RORW, ofctl_cmd_##FN, MIN, MAX, USAGE, HELP },
#include "utilities/ofctl/cmds.def"
#undef CMD
};

/* Options. */

static char *
set_protocols(void *ctx_, const char *value)
{
    struct ofctl *ctx = ctx_;
    char *bad;
    if (!value) {
        return xstrdup("option '-O' requires an argument");
    }
    if (!ofp_versions_from_text(value, &ctx->versions, &bad)) {
        char *text = xasprintf("Unknown OpenFlow version: \"%s\"", bad);
        free(bad);
        return text;
    }
    return ctx->versions ? NULL : xstrdup("No OpenFlow version specified");
}

static char *
set_formats(void *ctx_, const char *value)
{
    struct ofctl *ctx = ctx_;
    char *copy = xstrdup(value), *save = NULL, *error = NULL;
    ctx->formats = 0;
    for (char *t = strtok_r(copy, ", ", &save); t && !error;
         t = strtok_r(NULL, ", ", &save)) {
        unsigned int f = flow_format_from_name(t);
        error = f ? NULL : xasprintf("%s: unknown flow protocol", t);
        ctx->formats |= f;
    }
    free(copy);
    return error;
}

static char *
set_packet_in_format(void *ctx, const char *value)
{
    ((struct ofctl *)ctx)->packet_in_format = value;
    return NULL;
}

static char *
set_timeout(void *ctx, const char *value)
{
    uint64_t x;
    if (!str_to_u64(value, 10, &x) || !x || x > INT_MAX) {
        return xasprintf("value %s on -t or --timeout is invalid", value);
    }
    ((struct ofctl *)ctx)->timeout_s = (unsigned int)x;
    return NULL;
}

static char *
set_false(void *flag, const char *value UNUSED)
{
    *(bool *)flag = false;
    return NULL;
}

static char *
set_more(void *ctx, const char *value UNUSED)
{
    ((struct ofctl *)ctx)->verbosity++;
    return NULL;
}

static char *
set_names(void *ctx, const char *value UNUSED)
{
    ((struct ofctl *)ctx)->names = NAMES_YES;
    return NULL;
}

static char *
set_no_names(void *ctx, const char *value UNUSED)
{
    ((struct ofctl *)ctx)->names = NAMES_NO;
    return NULL;
}

static char *
set_unixctl(void *ctx_, const char *value)
{
    ((struct ofctl *)ctx_)->unixctl = xstrdup(value);
    return NULL;
}

static char *
set_format(void *ctx, const char *value)
{
    bool json = !strcmp(value, "json");
    if (!json && strcmp(value, "text")) {
        return xasprintf("%s: unknown output format", value);
    }
    ((struct ofctl *)ctx)->json = json;
    return NULL;
}

static char *
set_color(void *ctx, const char *value)
{
    return ofctl_color_from_text(ctx, value);
}

static char *
add_sort(struct ofctl *ctx, const char *name, bool reverse)
{
    const struct field *f = NULL;
    if (name && strcmp(name, "priority")) {
        f = field_from_name(name, strlen(name));
        if (!f) {
            return xasprintf("%s: unknown field name", name);
        }
    }
    if (ctx->n_sort >= OFCTL_SORT_MAX) {
        return xstrdup("too many sort fields");
    }
    ctx->sort[ctx->n_sort++] = (struct ofctl_sort){ f, reverse };
    return NULL;
}

static char *
set_sort(void *ctx, const char *value)
{
    return add_sort(ctx, value, false);
}

static char *
set_rsort(void *ctx, const char *value)
{
    return add_sort(ctx, value, true);
}

static void
print_help(void)
{
    printf("%s: OpenFlow switch management utility\n"
           "usage: %s [OPTIONS] COMMAND [ARG...]\n\n",
           args_program_name(), args_program_name());
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];
        if (c->help) {
            char *left = xasprintf("%s %s", c->name, c->usage);
            printf("  %-26s%s%s\n", left,
                   strlen(left) > 25 ? "\n                            " : "",
                   c->help);
            free(left);
        }
    }
    printf("\nSWITCH and TARGET are a bridge's name, unix:FILE, "
           "tcp:HOST[:PORT] or ssl:HOST[:PORT].\n\nOptions:\n"
           "  --strict                    use strict match for flow commands\n"
           "  --read-only                 refuse what changes a switch\n"
           "  -F, --flow-format=FORMAT    force particular flow format\n"
           "  -m, --more                  be more verbose printing OpenFlow\n"
           "  -t, --timeout=SECS          give up after SECS seconds\n"
           "  -O, --protocols=VERSIONS    allowed OpenFlow versions\n"
           "  --names, --no-names         show and read names, or only "
           "numbers\n"
           "  --no-stats                  leave counters out of dump-flows\n"
           "  --format=json               dump as an array of objects\n"
           "  --sort[=FIELD]              sort in ascending order\n"
           "  --rsort[=FIELD]             sort in descending order\n"
           "  --unixctl=SOCKET            set control socket name\n"
           "  -h, --help                  display this help message\n"
           "  -V, --version               display version information\n");
}

static int
parse_options(struct ofctl *ctx, int argc, char *argv[])
{
    const struct args_opt opts[] = {
        { "timeout", 't', ARGS_VALUE, "SECS", NULL, set_timeout, ctx },
        { "strict", 0, ARGS_FLAG, NULL, NULL, args_set_true, &ctx->strict },
        { "flow-format", 'F', ARGS_VALUE, "FORMAT", NULL, set_formats, ctx },
        { "packet-in-format", 'P', ARGS_VALUE, "FORMAT", NULL,
          set_packet_in_format, ctx },
        { "protocols", 'O', ARGS_VALUE, "VERSIONS", NULL, set_protocols,
          ctx },
        { "more", 'm', ARGS_FLAG, NULL, NULL, set_more, ctx },
        { "names", 0, ARGS_FLAG, NULL, NULL, set_names, ctx },
        { "no-names", 0, ARGS_FLAG, NULL, NULL, set_no_names, ctx },
        { "stats", 0, ARGS_FLAG, NULL, NULL, args_set_true, &ctx->stats },
        { "no-stats", 0, ARGS_FLAG, NULL, NULL, set_false, &ctx->stats },
        { "format", 0, ARGS_VALUE, "FORMAT", NULL, set_format, ctx },
        { "sort", 0, ARGS_OPTIONAL, "FIELD", NULL, set_sort, ctx },
        { "rsort", 0, ARGS_OPTIONAL, "FIELD", NULL, set_rsort, ctx },
        { "readd", 0, ARGS_FLAG, NULL, NULL, args_set_true, &ctx->readd },
        { "may-create", 0, ARGS_FLAG, NULL, NULL, args_set_true,
          &ctx->may_create },
        { "bundle", 0, ARGS_FLAG, NULL, NULL, args_set_true, &ctx->bundle },
        { "timestamp", 0, ARGS_FLAG, NULL, NULL, args_set_true,
          &ctx->timestamp },
        { "read-only", 0, ARGS_FLAG, NULL, NULL, args_set_true,
          &ctx->read_only },
        { "color", 0, ARGS_OPTIONAL, "WHEN", NULL, set_color, ctx },
        { "unixctl", 'u', ARGS_VALUE, "SOCKET", NULL, set_unixctl, ctx },
    };
    struct args_table daemon = daemon_args(&ctx->daemon);
    for (size_t i = 0; i < daemon.n; i++) {
        if (!strcmp(daemon.opts[i].name, "unixctl")) {
            ctx->daemon.opts[i].apply = set_unixctl;
            ctx->daemon.opts[i].aux = ctx;
        }
    }
    const struct args_table tables[] = {
        { NULL, opts, ARRAY_SIZE(opts) - 1 }, /* unixctl is the daemon's. */
        daemon,
        daemon_log_args(&ctx->daemon),
        tls_config_args(&ctx->tls),
        daemon_other_args(&ctx->daemon),
    };
    return args_parse(argc, argv, tables, ARRAY_SIZE(tables), false);
}

/* Bundles need a version that has them, whatever was asked for. */
static void
settle_bundle(struct ofctl *ctx)
{
    const uint32_t with_bundles = 1u << OFP13_VERSION | 1u << OFP14_VERSION
                                  | 1u << OFP15_VERSION;
    ctx->bundle |= ctx->argc && !strcmp(ctx->argv[0], "bundle");
    if (ctx->bundle && !(ctx->versions & with_bundles)) {
        ctx->versions = 1u << OFP14_VERSION;
    }
}

/* Versions and formats both bound what may be spoken. */
static void
settle_formats(struct ofctl *ctx)
{
    unsigned int by_version = 0;
    for (uint8_t v = OFP10_VERSION; v <= OFP15_VERSION; v++) {
        if (ctx->versions >> v & 1) {
            by_version |= v == OFP10_VERSION
                              ? FLOW_FORMAT_OF10 | FLOW_FORMAT_OF10_TID
                                    | FLOW_FORMAT_NXM | FLOW_FORMAT_NXM_TID
                              : ofp_version_format(v);
        }
    }
    if (!(by_version & ctx->formats)) {
        struct str versions = STR_INIT, formats = STR_INIT;
        for (uint8_t v = OFP10_VERSION; v <= OFP15_VERSION; v++) {
            if (ctx->versions >> v & 1) {
                str_putf(&versions, "%s%s", versions.len ? ", " : "",
                         ofp_version_name(v));
            }
        }
        flow_formats_put(ctx->formats, &formats);
        args_fatal(0, "None of the enabled OpenFlow versions (%s) supports "
                      "any of the enabled flow formats (%s).  (Use -O to "
                      "enable additional OpenFlow versions or -F to enable "
                      "additional flow formats.)",
                   str_cstr(&versions), str_cstr(&formats));
    }
    ctx->formats &= by_version;
    for (uint8_t v = OFP11_VERSION; v <= OFP15_VERSION; v++) {
        if (!(ctx->formats & ofp_version_format(v))) {
            ctx->versions &= ~(1u << v);
        }
    }
    if (!(ctx->formats & 0xf)) {
        ctx->versions &= ~(1u << OFP10_VERSION);
    }
}

void
ofctl_cmd_help(struct ofctl *ctx UNUSED)
{
    print_help();
}

void
ofctl_cmd_list_commands(struct ofctl *ctx UNUSED)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        printf("  %s %s\n", commands[i].name, commands[i].usage);
    }
}

static void
run_command(struct ofctl *ctx)
{
    if (!ctx->argc) {
        args_fatal(0, "missing command name; use --help for help");
    }
    const char *name = ctx->argv[0];
    ctx->argc--;
    ctx->argv++;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];
        if (strcmp(c->name, name)) {
            continue;
        }
        if (ctx->argc < c->min) {
            args_fatal(0, "'%s' command requires at least %d arguments", name,
                       c->min);
        }
        if (ctx->argc > c->max) {
            args_fatal(0, "'%s' command takes at most %d arguments", name,
                       c->max);
        }
        if (c->effect == RW && ctx->read_only) {
            args_fatal(0, "'%s' command does not work in read only mode",
                       name);
        }
        c->fn(ctx);
        if (fflush(stdout) || ferror(stdout)) {
            args_fatal(0, "write to stdout failed");
        }
        return;
    }
    args_fatal(0, "unknown command '%s'; use --help for help", name);
}

int
main(int argc, char *argv[])
{
    struct ofctl ctx = { .versions = 1u << OFP10_VERSION,
                         .formats = FLOW_FORMAT_ANY, .stats = true,
                         .xid = 1 };
    daemon_init(&ctx.daemon, argc, argv, "ofctl", print_help);
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    /* What became of a match is told, as the peer does. */
    free(log_set_from_text("ofp_match:console:info"));
    tls_config_init(&ctx.tls);
    int first = parse_options(&ctx, argc, argv);
    ctx.argc = argc - first;
    ctx.argv = argv + first;
    settle_bundle(&ctx);
    settle_formats(&ctx);
    if (ctx.timeout_s) {
        alarm(ctx.timeout_s);
    }
    run_command(&ctx);
    if (ctx.loop) {
        loop_destroy(&ctx.loop);
    }
    tls_config_fini(&ctx.tls);
    free(ctx.unixctl);
    return EXIT_SUCCESS;
}
