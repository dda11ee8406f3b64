/* SPDX-License-Identifier: Apache-2.0 */
/* The options of lib/io/daemon.h. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/daemon.h"

LOG_MODULE(vlog);

/* 'file', or the default, as an absolute path under 'dir'. */
static char *
place(const char *dir, const char *file, const char *suffix)
{
    if (!file) {
        return xasprintf("%s/%s%s", dir, args_program_name(), suffix);
    }
    return *file == '/' ? xstrdup(file) : xasprintf("%s/%s", dir, file);
}

static char *
set_pidfile(void *d_, const char *value)
{
    struct daemon *d = d_;
    free(d->pidfile);
    d->pidfile = place(dirs_run(), value, ".pid");
    return NULL;
}

static char *
set_verbose(void *aux UNUSED, const char *value)
{
    char *why = log_set_from_text(value ? value : "");
    char *error = why ? xasprintf("processing \"%s\": %s", value, why) : NULL;
    free(why);
    return error;
}

static char *
set_log_file(void *aux UNUSED, const char *value)
{
    char *path;
    if (value && *value != '/') {
        /* The exact name as given, kept meaningful after chdir("/"). */
        char cwd[4096];
        path = getcwd(cwd, sizeof cwd) ? xasprintf("%s/%s", cwd, value)
                                       : xstrdup(value);
    } else {
        path = place(dirs_log(), value, ".log");
    }
    int err = log_open_file(path);
    if (!err) {
        log_info("opened log file %s", path);
    }
    char *error = err ? xasprintf("%s: cannot open log file (%s)", path,
                                  log_strerror(err))
                      : NULL;
    free(path);
    return error;
}

static char *
set_syslog_method(void *aux UNUSED, const char *value)
{
    return log_set_syslog(value);
}

static char *
set_syslog_target(void *aux UNUSED, const char *value)
{
    char *method = xasprintf("udp:%s", value);
    char *error = log_set_syslog(method);
    free(method);
    return error;
}

static char *
show_help(void *d_, const char *value UNUSED)
{
    const struct daemon *d = d_;
    d->help();
    exit(EXIT_SUCCESS);
}

static char *
show_version(void *d_, const char *value UNUSED)
{
    const struct daemon *d = d_;
    struct str s = STR_INIT;
    args_version(&s, d->weir_name);
    if (d->version_note) {
        str_putf(&s, "%s\n", d->version_note);
    }
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
    exit(EXIT_SUCCESS);
}

struct args_table
daemon_args(struct daemon *d)
{
    const struct args_opt opts[] = {
        { "detach", 0, ARGS_FLAG, NULL, "run in background as daemon",
          args_set_true, &d->detach },
        { "no-chdir", 0, ARGS_FLAG, NULL, "do not chdir to '/'", args_set_true,
          &d->no_chdir },
        { "pidfile", 0, ARGS_OPTIONAL, "FILE",
          "create pidfile (default: RUNDIR/PROGRAM.pid)", set_pidfile, d },
        { "overwrite-pidfile", 0, ARGS_FLAG, NULL,
          "with --pidfile, start even if already running", args_set_true,
          &d->overwrite_pidfile },
        { "monitor", 0, ARGS_FLAG, NULL,
          "creates a process to monitor this daemon", args_set_true,
          &d->monitor },
        { "user", 0, ARGS_VALUE, "USER[:GROUP]",
          "changes the effective daemon user:group", args_set_copy, &d->user },
        { "no-self-confinement", 0, ARGS_FLAG, NULL,
          "accepted; there is no confinement to switch off", args_set_true,
          &d->no_confine },
        { "unixctl", 0, ARGS_VALUE, "SOCKET",
          "override default control socket name", args_set_copy, &d->unixctl },
    };
    _Static_assert(ARRAY_SIZE(opts) == DAEMON_N_OPTS, "rows");
    memcpy(d->opts, opts, sizeof opts);
    return (struct args_table){ "Daemon options", d->opts, DAEMON_N_OPTS };
}

struct args_table
daemon_log_args(struct daemon *d)
{
    const struct args_opt opts[] = {
        { "verbose", 'v', ARGS_OPTIONAL, "SPEC", "set logging levels",
          set_verbose, d },
        { "log-file", 0, ARGS_OPTIONAL, "FILE",
          "enable logging to specified FILE "
          "(default: LOGDIR/PROGRAM.log)", set_log_file, d },
        { "syslog-method", 0, ARGS_VALUE, "(libc|unix:FILE|udp:IP:PORT|null)",
          "specify how to send messages to syslog daemon",
          set_syslog_method, d },
        { "syslog-target", 0, ARGS_VALUE, "HOST:PORT",
          "send syslog msgs to HOST:PORT via UDP", set_syslog_target, d },
    };
    _Static_assert(ARRAY_SIZE(opts) == DAEMON_N_LOG_OPTS, "rows");
    memcpy(d->log_opts, opts, sizeof opts);
    return (struct args_table){ "Logging options", d->log_opts,
                                DAEMON_N_LOG_OPTS };
}

struct args_table
daemon_other_args(struct daemon *d)
{
    const struct args_opt opts[] = {
        { "help", 'h', ARGS_FLAG, NULL, "display this help message",
          show_help, d },
        { "version", 'V', ARGS_FLAG, NULL, "display version information",
          show_version, d },
    };
    _Static_assert(ARRAY_SIZE(opts) == DAEMON_N_OTHER_OPTS, "rows");
    memcpy(d->other_opts, opts, sizeof opts);
    return (struct args_table){ "Other options", d->other_opts,
                                DAEMON_N_OTHER_OPTS };
}
