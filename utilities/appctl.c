/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one command to a running daemon and prints its answer
 * [ovs-appctl(8)].  Exit status: 0; 1 if the daemon cannot be reached or the
 * command line is wrong; 2 if the daemon answered with an error. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/daemon.h"
#include "lib/io/json.h"
#include "lib/io/jsonrpc.h"

#define EXIT_SERVER_ERROR 2

struct options {
    char *target;      /* As given; NULL for the switch. */
    unsigned timeout_s; /* 0: wait without end. */
    bool json, pretty; /* --format=json, --pretty. */
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
    opts->json = !strcmp(value, "json");
    return NULL;
}

static char *
set_pretty(void *opts_, const char *value UNUSED)
{
    struct options *opts = opts_;
    opts->pretty = true;
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

/* The socket of the daemon whose pidfile is <rundir>/NAME.pid; NULL with
 * '*err' if the pidfile is no good. */
static char *
socket_from_pidfile(const char *name, int *err)
{
    char *pidfile = xasprintf("%s/%s.pid", dirs_run(), name);
    pid_t pid = daemon_read_pidfile(pidfile);
    free(pidfile);
    if (pid <= 0) {
        *err = pid ? -pid : ESRCH;
        return NULL;
    }
    return xasprintf("%s/%s.%ld.ctl", dirs_run(), name, (long)pid);
}

/* The socket that 'target' means, heap; exits if there is none. */
static char *
find_socket(const struct options *opts, const char **target)
{
    static const char *const switches[] = { "ovs-vswitchd", "vswitchd" };
    int err = 0, first = args_called_as_peer() ? 0 : 1;

    *target = opts->target ? opts->target : switches[first];
    if (**target == '/') {
        return xstrdup(*target);
    }
    char *path = socket_from_pidfile(*target, &err);
    if (!path && !opts->target) {
        /* A switch that was started under its other name. */
        int other_err;
        path = socket_from_pidfile(switches[!first], &other_err);
        *target = path ? switches[!first] : *target;
    }
    if (!path) {
        args_fatal(0, "cannot read pidfile \"%s/%s.pid\" (%s)", dirs_run(),
                   *target, log_strerror(err));
    }
    return path;
}

/* One request; exits on failure of the connection. */
static void
call(struct jsonrpc_block *rpc, const char *target, const char *method,
     json_t *params, json_t **result, json_t **error)
{
    int err = jsonrpc_block_call(rpc, method, params, INT64_MAX, result,
                                 error);
    if (err) {
        args_fatal(0, "%s: transaction error (%s)", target,
                   err == -ECONNRESET ? "End of file" : log_strerror(err));
    }
}

static void
print_value(FILE *to, const json_t *value, const struct options *opts)
{
    if (json_is_string(value) && !opts->json) {
        fputs(json_string_value(value), to);
    } else {
        int style = JSON_STYLE_SORT
                    | (opts->pretty ? JSON_STYLE_PRETTY : 0);
        char *text = json_to_text(value, style);
        fprintf(to, "%s\n", text);
        free(text);
    }
}

/* Prints the answer; the exit status. */
static int
print_answer(const char *target, const json_t *result, const json_t *error,
             const struct options *opts)
{
    if (!error) {
        print_value(stdout, result, opts);
        return EXIT_SUCCESS;
    }
    const struct options plain = { 0 };
    fflush(stdout);
    print_value(stderr, error, &plain);
    fprintf(stderr, "%s: %s: server returned an error\n",
            args_program_name(), target);
    return EXIT_SERVER_ERROR;
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

static void
choose_json(struct jsonrpc_block *rpc, const char *target)
{
    json_t *result, *error;
    call(rpc, target, "set-options", json_pack("[s, s]", "--format", "json"),
         &result, &error);
    if (error) {
        args_fatal(0, "%s: the daemon has no JSON output", target);
    }
    json_decref(result);
}

int
main(int argc, char *argv[])
{
    struct options opts = { 0 };
    struct daemon d;
    struct jsonrpc_block *rpc;
    const char *target;

    daemon_init(&d, argc, argv, "appctl", print_help);
    log_set_all(LOGD_CONSOLE, LOGL_WARN);
    int first = parse_options(&opts, &d, argc, argv);
    signal(SIGALRM, on_alarm);
    alarm(opts.timeout_s);

    char *path = find_socket(&opts, &target);
    char *name = xasprintf("unix:%s", path);
    int err = jsonrpc_block_open(name, 0, NULL, INT64_MAX, &rpc);
    if (err) {
        args_fatal(0, "cannot connect to \"%s\" (%s)", path,
                   log_strerror(err));
    }
    if (opts.json) {
        choose_json(rpc, target);
    }
    json_t *params = json_array(), *result, *error;
    for (int i = first + 1; i < argc; i++) {
        if (json_array_append_new(params, json_string(argv[i]))) {
            args_fatal(0, "argument \"%s\" is not UTF-8 text", argv[i]);
        }
    }
    call(rpc, target, argv[first], params, &result, &error);
    int status = print_answer(target, result, error, &opts);
    json_decref(result);
    json_decref(error);
    jsonrpc_block_close(&rpc);
    free(name);
    free(path);
    free(opts.target);
    daemon_fini(&d);
    return status;
}
