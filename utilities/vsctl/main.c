/* SPDX-License-Identifier: Apache-2.0 */
/* Options, and the command line's split into commands. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/daemon.h"
#include "lib/io/loop.h"
#include "lib/io/tls.h"
#include "utilities/vsctl/names.h"

LOG_MODULE(vsctl);

/* What options write to. */
struct options {
    struct vsctl *v;
    int64_t timeout_s;      /* 0: none. */
    struct shash all;       /* Options of any command; data: local_option. */
    struct shash local;     /* Those given before the first command. */
    struct args_opt opts[64];
    size_t n;
};

void
vsctl_fatal(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = xvasprintf(fmt, args);
    va_end(args);
    fprintf(stderr, "%s: %s\n", args_program_name(), text);
    free(text);
    exit(EXIT_FAILURE);
}

void
vsctl_check(char *error)
{
    if (error) {
        vsctl_fatal("%s", error);
    }
}

void
vsctl_timed_out(void)
{
    fprintf(stderr, "%s: timed out (Alarm clock)\n", args_program_name());
    signal(SIGALRM, SIG_DFL);
    raise(SIGALRM);
    exit(EXIT_FAILURE);
}

static char *
apply_db(void *v_, const char *value)
{
    struct vsctl *v = v_;
    free(v->db);
    v->db = xstrdup(value);
    return NULL;
}

static char *
apply_nothing(void *aux UNUSED, const char *value UNUSED)
{
    return NULL;
}

static char *
apply_no_syslog(void *aux UNUSED, const char *value UNUSED)
{
    return log_set_from_text("vsctl:syslog:warn");
}

static char *
apply_timeout(void *o_, const char *value)
{
    struct options *o = o_;
    if (!str_to_i64(value, 10, &o->timeout_s) || o->timeout_s < 0
        || o->timeout_s > INT_MAX) {
        return xasprintf("value %s on -t or --timeout is invalid", value);
    }
    return NULL;
}

/* An option of a command, given before the first one. */
struct local_option {
    struct options *o;
    char *name;        /* "--if-exists" */
    const char *value; /* Of argv; NULL if there is none. */
};

static char *
apply_local(void *lo_, const char *value)
{
    struct local_option *lo = lo_;
    lo->value = value;
    shash_replace(&lo->o->local, lo->name, lo);
    return NULL;
}

static void
add_opt(struct options *o, struct args_opt opt)
{
    if (o->n >= ARRAY_SIZE(o->opts)) {
        abort();
    }
    o->opts[o->n++] = opt;
}

static char *
apply_commands(void *aux UNUSED, const char *value UNUSED)
{
    vsctl_print_commands();
    exit(EXIT_SUCCESS);
}

static char *
apply_options(void *aux UNUSED, const char *value UNUSED)
{
    vsctl_print_options();
    exit(EXIT_SUCCESS);
}

static char *
apply_tables(void *aux UNUSED, const char *value UNUSED)
{
    vsctl_print_tables();
    exit(EXIT_SUCCESS);
}

static void
add_own_options(struct options *o)
{
    struct vsctl *v = o->v;
    /* Only clusters have leaders, and several remotes to shuffle. */
    const struct args_opt opts[] = {
        { "db", 0, ARGS_VALUE, "DATABASE", "connect to DATABASE", apply_db,
          v },
        { "no-syslog", 0, ARGS_FLAG, NULL,
          "same as --verbose=vsctl:syslog:warn", apply_no_syslog, NULL },
        { "no-wait", 0, ARGS_FLAG, NULL,
          "do not wait for the switch to reconfigure", args_set_true,
          &v->no_wait },
        { "dry-run", 0, ARGS_FLAG, NULL,
          "do not commit changes to the database", args_set_true, &v->dry_run },
        { "oneline", 0, ARGS_FLAG, NULL,
          "print exactly one line for each command", args_set_true,
          &v->oneline },
        { "timeout", 't', ARGS_VALUE, "SECS", "wait at most SECS seconds",
          apply_timeout, o },
        { "retry", 0, ARGS_FLAG, NULL, "keep trying to connect to the server",
          args_set_true, &v->retry },
        { "commands", 0, ARGS_FLAG, NULL, "list commands for programs",
          apply_commands, NULL },
        { "options", 0, ARGS_FLAG, NULL, "list options for programs",
          apply_options, NULL },
        { "tables", 0, ARGS_FLAG, NULL,
          "list tables with their columns for programs", apply_tables, NULL },
        { "leader-only", 0, ARGS_FLAG, NULL, NULL, apply_nothing, NULL },
        { "no-leader-only", 0, ARGS_FLAG, NULL, NULL, apply_nothing, NULL },
        { "shuffle-remotes", 0, ARGS_FLAG, NULL, NULL, apply_nothing, NULL },
        { "no-shuffle-remotes", 0, ARGS_FLAG, NULL, NULL, apply_nothing,
          NULL },
    };
    for (size_t i = 0; i < ARRAY_SIZE(opts); i++) {
        add_opt(o, opts[i]);
    }
}

static void
add_local_option(void *o_, const char *name, bool has_value)
{
    struct options *o = o_;
    if (shash_find(&o->all, name)) {
        return;
    }
    struct local_option *lo = xmalloc(sizeof *lo);
    *lo = (struct local_option){ o, xstrdup(name), NULL };
    shash_add(&o->all, name, lo);
    add_opt(o, (struct args_opt){ lo->name + 2, 0,
                                  has_value ? ARGS_VALUE : ARGS_FLAG, "VALUE",
                                  NULL, apply_local, lo });
}

struct option_match {
    const char *typed; /* 'len' bytes of what was typed. */
    size_t len;
    char *name;        /* The option it means; NULL if none. */
    bool has_value, exact;
    int n;
};

static void
match_option(void *m_, const char *name, bool has_value)
{
    struct option_match *m = m_;
    if (strncmp(name, m->typed, m->len) || m->exact) {
        return;
    }
    m->exact = strlen(name) == m->len;
    m->n = m->exact ? 1 : m->n + 1;
    m->has_value = has_value;
    free(m->name);
    m->name = xstrdup(name);
}

/* Gives a command the option of which 'len' bytes at 'typed' are the name, or
 * its beginning; 'value' is borrowed, NULL if there is none. */
static void
take_option(struct vsctl_cmd *cmd, const char *typed, size_t len,
            const char *value)
{
    struct option_match m = { .typed = typed, .len = len };
    vsctl_for_each_option(cmd->row->options, match_option, &m);
    if (m.n != 1) {
        vsctl_fatal("'%s' command has no '%.*s' option", cmd->row->name,
                    (int)len, typed);
    }
    if (m.has_value && !value) {
        vsctl_fatal("missing argument to '%s' option on '%s' command", m.name,
                    cmd->row->name);
    }
    if (!m.has_value && value) {
        vsctl_fatal("'%s' option on '%s' does not accept an argument", m.name,
                    cmd->row->name);
    }
    shash_replace(&cmd->options, m.name,
                  (char *)(uintptr_t)(value ? value : ""));
    free(m.name);
}

static const struct vsctl_cmd_row *
find_row(const char *name)
{
    for (size_t i = 0; i < vsctl_n_cmd_rows; i++) {
        if (!strcmp(vsctl_cmd_rows[i].name, name)) {
            return &vsctl_cmd_rows[i];
        }
    }
    vsctl_fatal("unknown command '%s'; use --help for help", name);
}

static void
check_n_args(const struct vsctl_cmd *cmd)
{
    const struct vsctl_cmd_row *row = cmd->row;
    int n = cmd->argc - 1;
    if (n < row->min_args) {
        vsctl_fatal("'%s' command requires at least %d arguments", row->name,
                    row->min_args);
    }
    if (n <= row->max_args) {
        return;
    }
    for (int i = 1; i < cmd->argc; i++) {
        if (cmd->argv[i][0] == '-') {
            vsctl_fatal("'%s' command takes at most %d arguments (note that "
                        "options must precede command names and follow a "
                        "\"--\" argument)", row->name, row->max_args);
        }
    }
    vsctl_fatal("'%s' command takes at most %d arguments", row->name,
                row->max_args);
}

/* One command: options, name, arguments. */
static void
parse_command(struct vsctl_cmd *cmd, int argc, char *argv[],
              const struct shash *local)
{
    int i = 0;
    *cmd = (struct vsctl_cmd){ .row = NULL };
    str_init(&cmd->out);
    shash_init(&cmd->options);
    while (i < argc && argv[i][0] == '-') {
        i++;
    }
    if (i == argc) {
        vsctl_fatal("missing command name (use --help for help)");
    }
    cmd->row = find_row(argv[i]);
    SHASH_FOR_EACH (node, local) {
        const struct local_option *lo = node->data;
        take_option(cmd, lo->name, strlen(lo->name), lo->value);
    }
    for (int j = 0; j < i; j++) {
        size_t len = strcspn(argv[j], "=");
        take_option(cmd, argv[j], len,
                    argv[j][len] ? argv[j] + len + 1 : NULL);
    }
    cmd->argc = argc - i;
    cmd->argv = argv + i;
    check_n_args(cmd);
}

static void
parse_commands(struct vsctl *v, int argc, char *argv[],
               const struct shash *local)
{
    struct shash none;
    shash_init(&none);
    v->cmds = xcalloc((size_t)argc + 1, sizeof *v->cmds);
    for (int start = 0; start <= argc;) {
        int end = start;
        while (end < argc && strcmp(argv[end], "--")) {
            end++;
        }
        if (end > start) {
            parse_command(&v->cmds[v->n_cmds], end - start, argv + start,
                          v->n_cmds ? &none : local);
            v->n_cmds++;
        }
        start = end + 1;
    }
    if (!v->n_cmds) {
        vsctl_fatal("missing command name (use --help for help)");
    }
    shash_fini(&none);
}

/* The command line as the log shows it. */
static char *
join_line(int argc, char *argv[])
{
    struct str s = STR_INIT;
    str_putf(&s, "%s:", args_program_name());
    for (int i = 0; i < argc; i++) {
        str_putf(&s, " %s", i ? argv[i] : args_program_name());
    }
    return str_steal(&s);
}

static void
set_deadline(struct vsctl *v, const struct options *o)
{
    int64_t timeout_s = o->timeout_s;
    const char *env = getenv("OVS_CTL_TIMEOUT");
    if (!timeout_s && env && *env
        && (!str_to_i64(env, 10, &timeout_s) || timeout_s < 0
            || timeout_s > INT_MAX)) {
        vsctl_fatal("value %s of OVS_CTL_TIMEOUT is invalid", env);
    }
    v->deadline_ms = timeout_s ? clock_real_ms() + timeout_s * 1000
                               : INT64_MAX;
}

int
main(int argc, char *argv[])
{
    struct vsctl v = { .style = TABLE_STYLE_INIT };
    struct options o = { .v = &v };
    struct daemon d;
    struct tls_config tls;
    struct args_opt table_opts[TABLE_N_ARGS];

    v.style.format = TABLE_LIST;
    shash_init(&o.local);
    shash_init(&o.all);
    daemon_init(&d, argc, argv, "vsctl", vsctl_print_help);
    d.version_note = "DB Schema " VREC_SCHEMA_VERSION;
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    vsctl_check(log_set_from_text("reconnect:warn"));
    tls_config_init(&tls);
    table_args_init(table_opts, &v.style);
    add_own_options(&o);
    size_t n_own = o.n;
    for (size_t i = 0; i < vsctl_n_cmd_rows; i++) {
        vsctl_for_each_option(vsctl_cmd_rows[i].options, add_local_option, &o);
    }
    const struct args_table tables[] = {
        { NULL, o.opts, n_own },
        { NULL, o.opts + n_own, o.n - n_own },
        { "Output formatting options", table_opts, TABLE_N_ARGS },
        daemon_log_args(&d),
        tls_config_args(&tls),
        daemon_other_args(&d),
    };
    v.line = join_line(argc, argv);
    vsctl_set_option_tables(tables, ARRAY_SIZE(tables));
    int first = args_parse(argc, argv, tables, ARRAY_SIZE(tables), true);
    set_deadline(&v, &o);
    parse_commands(&v, argc - first, argv + first, &o.local);
    if (!v.db) {
        v.db = xasprintf("unix:%s/db.sock", dirs_run());
    }
    log_dbg("Called as %s", strchr(v.line, ' ') + 1);
    v.loop = loop_create();
    loop_set_tls(v.loop, tls_context_create(&tls));
    int status = vsctl_run(&v);
    for (size_t i = 0; i < v.n_cmds; i++) {
        str_fini(&v.cmds[i].out);
        shash_fini(&v.cmds[i].options);
    }
    free(v.cmds);
    free(v.line);
    free(v.db);
    loop_destroy(&v.loop);
    tls_config_fini(&tls);
    shash_fini(&o.local);
    SHASH_FOR_EACH (node, &o.all) {
        struct local_option *lo = node->data;
        free(lo->name);
        free(lo);
    }
    shash_fini(&o.all);
    return status;
}
