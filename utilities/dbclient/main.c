/* SPDX-License-Identifier: Apache-2.0 */
/* Options, the server, the database, and the command. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "utilities/dbclient/client.h"

struct command {
    const char *name;
    enum client_needs needs;
    const char *args;
    int min, max;
    client_fn *fn;
    const char *help;
};

static const struct command commands[] = {
#define CMD(NAME, NEEDS, ARGS, MIN, MAX, FN, HELP)                            \
    { NAME, NEEDS_##NEEDS, ARGS, MIN, MAX, client_cmd_##FN, HELP },
#include "utilities/dbclient/cmds.def"
#undef CMD
};

/* What --help shows of options: filled by main(). */
static struct args_table tables[7];

static void
print_help(void)
{
    static const char *const needs[] = {
        [NEEDS_NOTHING] = "",
        [NEEDS_ADDRESS] = "[SERVER] ",
        [NEEDS_SERVER] = "[SERVER] ",
        [NEEDS_DB] = "[SERVER] [DATABASE] ",
    };
    struct str s = STR_INIT;
    str_putf(&s, "%s: database client\nusage: %s [OPTIONS] COMMAND [ARG...]\n"
             "\nCommands:\n", args_program_name(), args_program_name());
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];
        str_putf(&s, "  %s %s%s", c->name, needs[c->needs], c->args);
        str_chomp(&s, ' ');
        str_putf(&s, "\n      %s\n", c->help);
    }
    str_putf(&s, "\nThe default SERVER is unix:%s/db.sock.\n"
             "The default DATABASE is Open_vSwitch.\n", dirs_run());
    args_help(&s, tables, ARRAY_SIZE(tables));
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

/* Arguments. */

/* Takes [DATABASE] from the arguments, or finds the one meant. */
static void
choose_db(struct client *c, const struct command *cmd, int *argc,
          char ***argv)
{
    const char *wanted = *argc > cmd->min ? (*argv)[0] : NULL;
    c->db = client_choose_db(c, wanted);
    if (c->db && wanted && !strcmp(c->db, wanted)) {
        --*argc;
        ++*argv;
    } else if (!c->db) {
        args_fatal(0, "could not find a default database, please specify a "
                   "database name");
    }
}

static const struct command *
find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (!strcmp(commands[i].name, name)) {
            return &commands[i];
        }
    }
    args_fatal(0, "unknown command '%s'; use --help for help", name);
}

/* These run on, and may do so in the background. */
static bool
runs_on(const char *name)
{
    return str_starts_with(name, "monitor") || !strcmp(name, "lock")
           || !strcmp(name, "steal") || !strcmp(name, "unlock");
}

static NORETURN void
bad_syntax(const struct command *cmd)
{
    args_fatal(0, "invalid syntax for '%s' (use --help for help)",
               cmd->name);
}

/* Takes [SERVER] from the arguments. */
static void
choose_server(struct client *c, const struct command *cmd, int *argc,
              char ***argv)
{
    if (*argc > cmd->min && client_is_server_name((*argv)[0])) {
        c->server = xstrdup((*argv)[0]);
        --*argc;
        ++*argv;
    } else {
        c->server = xasprintf("unix:%s/db.sock", dirs_run());
    }
    int max = cmd->max - (cmd->needs != NEEDS_DB);
    if (*argc > 0 && *argc - 1 > max) {
        bad_syntax(cmd);
    }
}

struct operands {
    const struct command *cmd;
    int argc;
    char **argv;
};

/* The default database depends on the server. */
static bool
choose_db_of(struct client *c, void *o_)
{
    struct operands *o = o_, all = *o;
    free(c->db);
    choose_db(c, all.cmd, &all.argc, &all.argv);
    bool leads = client_leads(c, c->db);
    *o = leads ? all : *o;
    return leads;
}

static void
run_command(struct client *c, int argc, char *argv[])
{
    if (!argc) {
        args_fatal(0, "missing command name; use --help for help");
    }
    if (!strcmp(argv[0], "help")) {
        print_help();
        return;
    }
    const struct command *cmd = find_command(argv[0]);
    struct operands o = { cmd, argc - 1, argv + 1 };
    if (cmd->fn == client_cmd_diff) {
        args_set_fatal_status(2); /* 1 is an answer. */
    }
    if (o.argc < cmd->min) {
        bad_syntax(cmd);
    }
    if (cmd->needs >= NEEDS_ADDRESS) {
        choose_server(c, cmd, &o.argc, &o.argv);
    }
    if (runs_on(cmd->name)) {
        daemon_start(&c->daemon);
    }
    if (cmd->needs == NEEDS_DB) {
        client_connect(c, choose_db_of, &o);
    } else if (cmd->needs == NEEDS_SERVER) {
        client_connect(c, NULL, NULL);
    }
    if (o.argc < cmd->min || o.argc > cmd->max) {
        bad_syntax(cmd);
    }
    if (c->aware == CLIENT_AWARE && cmd->needs >= NEEDS_SERVER) {
        client_tell_aware(c, false);
    }
    cmd->fn(c, o.argc, o.argv);
}

static char *
opt_timeout(void *aux UNUSED, const char *value)
{
    int seconds;
    if (!str_to_int(value, 10, &seconds) || seconds < 1) {
        return xasprintf("value %s on -t or --timeout is invalid", value);
    }
    alarm((unsigned int)seconds); /* Ends us by SIGALRM. */
    return NULL;
}

static char *
opt_aware(void *c_, const char *value UNUSED)
{
    ((struct client *)c_)->aware = CLIENT_AWARE;
    return NULL;
}

static char *
opt_unaware(void *c_, const char *value UNUSED)
{
    ((struct client *)c_)->aware = CLIENT_UNAWARE;
    return NULL;
}

static char *
opt_leader_only(void *c_, const char *value UNUSED)
{
    ((struct client *)c_)->any_member = false;
    return NULL;
}

static char *
opt_record(void *replay, const char *dir)
{
    return client_replay_open(replay, dir, false);
}

static char *
opt_replay(void *replay, const char *dir)
{
    return client_replay_open(replay, dir, true);
}

static char *
opt_exclude(void *set, const char *value)
{
    char *copy = xstrdup(value), *save = NULL;
    for (char *name = strtok_r(copy, ", ", &save); name;
         name = strtok_r(NULL, ", ", &save)) {
        strset_add(set, name);
    }
    free(copy);
    return NULL;
}

int
main(int argc, char *argv[])
{
    static struct client c = { .style = TABLE_STYLE_INIT,
                               .past = PAST_INIT };
    struct args_opt table_opts[TABLE_N_ARGS], past_opts[PAST_N_ARGS];
    daemon_init(&c.daemon, argc, argv, "ovsdb-client", print_help);
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    tls_config_init(&c.tls);
    strset_init(&c.exclude);
    table_args_init(table_opts, &c.style);
    past_args_init(past_opts, &c.past);
    const struct args_opt own[] = {
        { "timestamp", 0, ARGS_FLAG, NULL, "say when updates came",
          args_set_true, &c.timestamp },
        { "force", 0, ARGS_FLAG, NULL, "restore under another schema",
          args_set_true, &c.force },
        { "timeout", 't', ARGS_VALUE, "SECS", "give up after SECS",
          opt_timeout, NULL },
        { "no-leader-only", 0, ARGS_FLAG, NULL,
          "of several servers, take any that is connected", args_set_true,
          &c.any_member },
        { "exclude", 0, ARGS_VALUE, "TABLE,...", "tables diff leaves out",
          opt_exclude, &c.exclude },
        { "ignore-version", 0, ARGS_FLAG, NULL,
          "diff does not compare the schemas' versions", args_set_true,
          &c.ignore_version },
        { "record", 0, ARGS_OPTIONAL, "DIR", "write down what servers say",
          opt_record, &c.replay },
        { "replay", 0, ARGS_OPTIONAL, "DIR", "hear what was written down",
          opt_replay, &c.replay },
        { "leader-only", 0, ARGS_FLAG, NULL, NULL, opt_leader_only, &c },
        { "db-change-aware", 0, ARGS_FLAG, NULL, NULL, opt_aware, &c },
        { "no-db-change-aware", 0, ARGS_FLAG, NULL, NULL, opt_unaware, &c },
    };
    tables[0] = (struct args_table){ NULL, own, ARRAY_SIZE(own) };
    tables[1] = (struct args_table){ "Output formatting options", table_opts,
                                     TABLE_N_ARGS };
    tables[2] = daemon_args(&c.daemon);
    tables[3] = daemon_log_args(&c.daemon);
    tables[4] = tls_config_args(&c.tls);
    tables[5] = daemon_other_args(&c.daemon);
    tables[6] = (struct args_table){ "Options of history and rollback",
                                     past_opts, PAST_N_ARGS };
    int first = args_parse(argc, argv, tables, ARRAY_SIZE(tables), false);
    run_command(&c, argc - first, argv + first);
    client_end_following(&c);
    if (c.rpc) {
        jsonrpc_block_close(&c.rpc);
    }
    if (c.daemon.started) {
        daemon_fini(&c.daemon);
    }
    client_flush(&c);
    return c.status;
}
