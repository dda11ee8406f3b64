/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one command to a running daemon and prints its answer
 * [ovs-appctl(8)].  Exit status: 0; 1 if the daemon cannot be reached or the
 * command line is wrong; 2 if the daemon answered with an error. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/ctl_client.h"
#include "lib/io/daemon.h"

struct options {
    char *target;      /* As given; NULL for the switch. */
    unsigned timeout_s; /* 0: wait without end. */
    struct ctl_client_opts client; /* --format=json, --pretty. */
};

static char *
set_target(void *opts_, const char *value)
{
    struct options *opts = opts_;
    free(opts->target);
    opts->target = xstrdup(value);
    return NULL;
}

static char *
set_timeout(void *opts_, const char *value)
{
    struct options *opts = opts_;
    uint64_t seconds;
    if (!str_to_u64(value, 10, &seconds) || seconds > INT32_MAX) {
        return xasprintf("value %s on -T or --timeout is invalid", value);
    }
    opts->timeout_s = (unsigned)seconds;
    return NULL;
}

static char *
set_format(void *opts_, const char *value)
{
    struct options *opts = opts_;
    if (strcmp(value, "json") && strcmp(value, "text")) {
        return xasprintf("value %s on -f or --format is invalid", value);
    }
    opts->client.json = !strcmp(value, "json");
    return NULL;
}

static char *
set_pretty(void *opts_, const char *value UNUSED)
{
    struct options *opts = opts_;
    opts->client.pretty = true;
    return NULL;
}

static void
print_help(void)
{
    printf("%s, for querying and controlling a running daemon\n"
           "usage: %s [TARGET] COMMAND [ARG...]\n"
           "Targets:\n"
           "  -t, --target=TARGET  pidfile or socket to contact\n"
           "Common commands:\n"
           "  list-commands      List commands supported by the target\n"
           "  version            Print version of the target\n"
           "  vlog/list          List current logging levels\n"
           "  vlog/list-pattern  List logging patterns for each "
           "destination.\n"
           "  vlog/set [SPEC]\n"
           "      Set log levels as detailed in SPEC, which may include:\n"
           "      A valid module name (all modules, by default)\n"
           "      'syslog', 'console', 'file' (all destinations, by "
           "default)\n"
           "      'off', 'emer', 'err', 'warn', 'info', or 'dbg' ('dbg', by "
           "default)\n"
           "  vlog/reopen        Make the program reopen its log file\n"
           "Other options:\n"
           "  -T, --timeout=SECS wait at most SECS seconds for a response\n"
           "  -f, --format=FMT   output format: text (default) or json\n"
           "  --pretty           break JSON output into lines\n"
           "  -v, --verbose=SPEC set logging levels\n"
           "  -h, --help         Print this helpful information\n"
           "  -V, --version      Display %s version information\n",
           args_program_name(), args_program_name(), args_program_name());
}

/* Parses the options; returns the index of the command in 'argv'. */
static int
parse_options(struct options *opts, struct daemon *d, int argc, char *argv[])
{
    const struct args_opt own[] = {
        { "target", 't', ARGS_VALUE, "TARGET", "whom to contact",
          set_target, opts },
        { "timeout", 'T', ARGS_VALUE, "SECS", "how long to wait",
          set_timeout, opts },
        { "format", 'f', ARGS_VALUE, "FMT", "text or json", set_format,
          opts },
        { "pretty", 0, ARGS_FLAG, NULL, "break JSON into lines", set_pretty,
          opts },
    };
    const struct args_table tables[] = {
        { NULL, own, ARRAY_SIZE(own) },
        daemon_log_args(d),
        daemon_other_args(d),
    };
    const char *env = getenv("OVS_CTL_TIMEOUT");
    if (env && *env) {
        free(set_timeout(opts, env));
    }
    int first = args_parse(argc, argv, tables, ARRAY_SIZE(tables), true);
    if (first >= argc) {
        args_fatal(0, "at least one non-option argument is required (use "
                      "--help for help)");
    }
    return first;
}

/* Says why before the signal ends us, as scripts expect that it does. */
static void
on_alarm(int signum)
{
    static const char text[] = "no answer before the timeout expired\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof text - 1);
    (void)n;
    signal(signum, SIG_DFL);
    raise(signum);
}

int
main(int argc, char *argv[])
{
    static const char *const ours[] = { "vswitchd", "ovs-vswitchd", NULL };
    static const char *const peers[] = { "ovs-vswitchd", "vswitchd", NULL };
    struct options opts = { 0 };
    struct daemon d;
    const char *target;

    daemon_init(&d, argc, argv, "appctl", print_help);
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    int first = parse_options(&opts, &d, argc, argv);
    signal(SIGALRM, on_alarm);
    alarm(opts.timeout_s);
    char *path = ctl_client_find(opts.target,
                                 args_called_as_peer() ? peers : ours,
                                 &target);
    int status = ctl_client_run(path, target, argv[first], argc - first - 1,
                                argv + first + 1, &opts.client);
    free(path);
    free(opts.target);
    daemon_fini(&d);
    return status;
}
