/* SPDX-License-Identifier: Apache-2.0 */
/* sdnctl: the controller's command line.  "sdnctl flow add br0 ..." is the
 * control command flow/add of sdnd. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/ctl_client.h"
#include "lib/io/daemon.h"

static const struct {
    const char *noun, *verb, *method, *usage, *help;
} rows[] = {
    { "switch", "list", "switch/list", "", "switches, up and down" },
    { "port", "list", "port/list", "[SWITCH]", "their ports" },
    { "host", "list", "host/list", "", "hosts seen, and where" },
    { "flow", "list", "flow/list", "SWITCH [FILTER]",
      "flows on a switch, with counters" },
    { "flow", "add", "flow/add", "SWITCH FLOW",
      "add a flow, and again whenever the switch connects" },
    { "flow", "del", "flow/del", "SWITCH [FLOW]",
      "delete flows, all without FLOW" },
    { "rule", "list", "rule/list", "SWITCH", "flows added by flow add" },
};

static char *target;

static char *
opt_target(void *aux UNUSED, const char *value)
{
    free(target);
    target = xstrdup(value);
    return NULL;
}

static char *
opt_timeout(void *aux UNUSED, const char *value)
{
    int seconds;
    if (!str_to_int(value, 10, &seconds) || seconds < 0) {
        return xasprintf("--timeout: \"%s\" is no number of seconds", value);
    }
    alarm((unsigned int)seconds);
    return NULL;
}

static const struct args_opt own_opts[] = {
    { "target", 't', ARGS_VALUE, "TARGET",
      "sdnd's control socket or name (default sdnd)", opt_target, NULL },
    { "timeout", 'T', ARGS_VALUE, "SECS", "give up after SECS seconds",
      opt_timeout, NULL },
};

static void
help(void)
{
    struct args_table t = { NULL, own_opts, ARRAY_SIZE(own_opts) };
    struct str s = STR_INIT;
    str_putf(&s, "%s: command line of the SDN controller\n"
             "usage: %s [OPTIONS] COMMAND\n\nCommands:\n",
             args_program_name(), args_program_name());
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t start = s.len;
        str_putf(&s, "  %s %s %s", rows[i].noun, rows[i].verb, rows[i].usage);
        size_t used = s.len - start;
        str_put_chars(&s, ' ', used < 28 ? 28 - used : 2);
        str_putf(&s, "%s\n", rows[i].help);
    }
    str_put(&s, "SWITCH is a datapath id in hex, or a bridge's name.\n");
    args_help(&s, &t, 1);
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

static const char *
method_of(const char *noun, const char *verb)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (!strcmp(rows[i].noun, noun) && !strcmp(rows[i].verb, verb)) {
            return rows[i].method;
        }
    }
    args_fatal(0, "unknown command \"%s %s\"; use --help for help", noun,
               verb);
}

int
main(int argc, char *argv[])
{
    static const char *const names[] = { "sdnd", NULL };
    static const struct ctl_client_opts opts;
    struct daemon d;
    daemon_init(&d, argc, argv, "sdnctl", help);
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    const struct args_table t[] = {
        { NULL, own_opts, ARRAY_SIZE(own_opts) },
        daemon_log_args(&d),
        daemon_other_args(&d),
    };
    int first = args_parse(argc, argv, t, ARRAY_SIZE(t), true);
    if (argc - first < 2) {
        args_fatal(0, "a command of two words is required; use --help for "
                      "help");
    }
    const char *method = method_of(argv[first], argv[first + 1]);
    const char *used;
    char *path = ctl_client_find(target, names, &used);
    int status = ctl_client_run(path, used, method, argc - first - 2,
                                argv + first + 2, &opts);
    free(path);
    free(target);
    daemon_fini(&d);
    return status;
}
