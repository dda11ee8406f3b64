/* SPDX-License-Identifier: Apache-2.0 */
/* dpctl: the datapath's command line.  The user datapath lives in vswitchd,
 * so each command is that daemon's control command dpctl/COMMAND
 * [ovs-dpctl(8)]. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/ctl_client.h"
#include "lib/io/daemon.h"

/* Options that go to the daemon with the command. */
static struct {
    bool statistics, names, more;
} wanted;
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
    { "statistics", 's', ARGS_FLAG, NULL, "print statistics for ports",
      args_set_true, &wanted.statistics },
    { "names", 0, ARGS_FLAG, NULL, "use port names in output", args_set_true,
      &wanted.names },
    { "more", 'm', ARGS_FLAG, NULL, "increase verbosity of output",
      args_set_true, &wanted.more },
    { "target", 0, ARGS_VALUE, "TARGET",
      "control socket or name of the switch", opt_target, NULL },
    { "timeout", 't', ARGS_VALUE, "SECS", "give up after SECS seconds",
      opt_timeout, NULL },
};

static void
help(void)
{
    struct args_table t = { NULL, own_opts, ARRAY_SIZE(own_opts) };
    struct str s = STR_INIT;
    str_putf(&s, "%s: looks into the switch's datapath\n"
             "usage: %s [OPTIONS] COMMAND [ARG...]\n"
             "  show [DP]                 basic info on the datapath\n"
             "  dump-dps                  display names of datapaths\n"
             "  dump-flows [DP]           display cached flows\n",
             args_program_name(), args_program_name());
    args_help(&s, &t, 1);
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

int
main(int argc, char *argv[])
{
    static const char *const names[] = { "vswitchd", "ovs-vswitchd", NULL };
    static const struct ctl_client_opts opts;
    struct daemon d;
    daemon_init(&d, argc, argv, "dpctl", help);
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    const struct args_table t[] = {
        { NULL, own_opts, ARRAY_SIZE(own_opts) },
        daemon_log_args(&d),
        daemon_other_args(&d),
    };
    int first = args_parse(argc, argv, t, ARRAY_SIZE(t), false);
    if (first >= argc) {
        args_fatal(0, "missing command name; use --help for help");
    }
    char *method = xasprintf("dpctl/%s", argv[first]);
    char **args = xcalloc((size_t)(argc - first) + 3, sizeof *args);
    int n = 0;
    static char s_opt[] = "-s", m_opt[] = "-m", names_opt[] = "--names";
    if (wanted.statistics) {
        args[n++] = s_opt;
    }
    if (wanted.more) {
        args[n++] = m_opt;
    }
    if (wanted.names) {
        args[n++] = names_opt;
    }
    for (int i = first + 1; i < argc; i++) {
        args[n++] = argv[i];
    }
    const char *used;
    char *path = ctl_client_find(target, names, &used);
    int status = ctl_client_run(path, used, method, n, args, &opts);
    free(path);
    free(args);
    free(method);
    free(target);
    daemon_fini(&d);
    return status;
}
