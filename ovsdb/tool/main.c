/* SPDX-License-Identifier: Apache-2.0 */
/* ovsdb-tool: options and commands. */
#include <limits.h>
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/daemon.h"
#include "ovsdb/tool/tool.h"

struct command {
    const char *name, *args;
    int min, max;
    tool_fn *fn;
    const char *help;
};

static const struct command commands[] = {
#define CMD(NAME, ARGS, MIN, MAX, FN, HELP)                                   \
    { NAME, ARGS, MIN, MAX, tool_##FN, HELP },
#include "ovsdb/tool/cmds.def"
#undef CMD
};

/* What --help shows of options: filled by main(). */
static struct args_table tables[3];

static void
print_help(void)
{
    struct str s = STR_INIT;
    str_putf(&s, "%s: database file utility\n"
             "usage: %s [OPTIONS] COMMAND [ARG...]\n\nCommands:\n",
             args_program_name(), args_program_name());
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const struct command *c = &commands[i];
        str_putf(&s, "  %s %s\n      %s\n", c->name, c->args, c->help);
    }
    str_putf(&s, "\nThe default DB is %s/conf.db.\n"
             "The default SCHEMA is %s/vswitch.ovsschema.\n", dirs_db(),
             dirs_pkgdata());
    args_help(&s, tables, ARRAY_SIZE(tables));
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

void
tool_help(struct tool *t UNUSED, int argc UNUSED, char *argv[] UNUSED)
{
    print_help();
}

static char *
opt_more(void *aux, const char *value UNUSED)
{
    ++*(int *)aux;
    return NULL;
}

static char *
opt_role(void *t_, const char *value)
{
    ((struct tool *)t_)->role = value;
    return NULL;
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

static void
run_command(struct tool *t, int argc, char *argv[])
{
    if (!argc) {
        args_fatal(0, "missing command name; use --help for help");
    }
    const struct command *c = find_command(argv[0]);
    if (argc - 1 < c->min) {
        args_fatal(0, "'%s' command requires at least %d arguments", c->name,
                   c->min);
    }
    if (argc - 1 > c->max) {
        args_fatal(0, "'%s' command takes at most %d arguments", c->name,
                   c->max);
    }
    c->fn(t, argc - 1, argv + 1);
}

int
main(int argc, char *argv[])
{
    static struct daemon d;
    struct tool t = { .more = 0 };
    daemon_init(&d, argc, argv, "ovsdb-tool", print_help);
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    const struct args_opt own[] = {
        { "more", 'm', ARGS_FLAG, NULL, "more of show-log", opt_more,
          &t.more },
        { "rbac-role", 0, ARGS_VALUE, "ROLE",
          "run query and transact under ROLE", opt_role, &t },
        { "dry-run", 0, ARGS_FLAG, NULL, "only say what rollback would do",
          args_set_true, &t.dry_run },
        { "json", 0, ARGS_FLAG, NULL, "check prints JSON", args_set_true,
          &t.json },
    };
    tables[0] = (struct args_table){ NULL, own, ARRAY_SIZE(own) };
    tables[1] = daemon_log_args(&d);
    tables[2] = daemon_other_args(&d);
    int first = args_parse(argc, argv, tables, ARRAY_SIZE(tables), false);
    run_command(&t, argc - first, argv + first);
    return t.status;
}
