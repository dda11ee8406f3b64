/* SPDX-License-Identifier: Apache-2.0 */
/* vswitchd: the switch daemon. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/io/daemon.h"
#include "lib/io/loop.h"
#include "lib/io/tls.h"
#include "vswitchd/agent.h"
#include "vswitchd/cmds.h"

LOG_MODULE(vswitchd);

struct options {
    struct vswitch_opts vs;
    bool mlockall;
};

static struct daemon the_daemon;
static struct tls_config tls;
static struct options options;

/* ## Command line ## */

static char *
opt_nothing(void *aux UNUSED, const char *value UNUSED)
{
    return NULL;
}

static char *
opt_dummy(void *aux UNUSED, const char *value)
{
    options.vs.enable_dummy = true;
    if (value && !strcmp(value, "override")) {
        options.vs.override_system = true;
    } else if (value && strcmp(value, "system")) {
        return xasprintf("--enable-dummy: \"%s\" is not override or system",
                         value);
    }
    return NULL;
}

static const struct args_opt own_opts[] = {
    { "enable-dummy", 0, ARGS_OPTIONAL, "MODE",
      "dummy devices and datapath; override, system", opt_dummy, NULL },
    { "disable-system", 0, ARGS_FLAG, NULL,
      "no datapath of type system", args_set_true, &options.vs.disable_system },
    { "disable-system-route", 0, ARGS_FLAG, NULL,
      "do not read the system's routes", opt_nothing, NULL },
    { "dummy-numa", 0, ARGS_VALUE, "LIST", NULL, opt_nothing, NULL },
    { "mlockall", 0, ARGS_FLAG, NULL, "keep memory resident", args_set_true,
      &options.mlockall },
};

static size_t
tables(struct args_table t[5])
{
    t[0] = (struct args_table){ NULL, own_opts, ARRAY_SIZE(own_opts) };
    t[1] = daemon_args(&the_daemon);
    t[2] = daemon_log_args(&the_daemon);
    t[3] = tls_config_args(&tls);
    t[4] = daemon_other_args(&the_daemon);
    return 5;
}

static void
help(void)
{
    struct args_table t[5];
    struct str s = STR_INIT;
    str_putf(&s, "%s: the switch daemon\n"
             "usage: %s [OPTIONS] [DATABASE]\n"
             "where DATABASE is a socket on which ovsdb-server is listening\n"
             "      (default: \"unix:%s/db.sock\").\n",
             args_program_name(), args_program_name(), dirs_run());
    size_t n = tables(t);
    args_help(&s, t, n);
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

/* ## Running ## */

static void
on_signal(void *loop, int signum UNUSED)
{
    loop_stop(loop);
}

static void
on_hangup(void *aux UNUSED, int signum UNUSED)
{
    log_reopen_file();
}

/* The parent that started us waits for the first configuration. */
static void
on_ready(void *d)
{
    daemon_complete(d);
}

static void
raise_limits(void)
{
    struct rlimit r = { 65536, 65536 };
    if (setrlimit(RLIMIT_NOFILE, &r)) {
        log_dbg("descriptor limit stays: %s", log_strerror(errno));
    }
    r = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
    if (setrlimit(RLIMIT_MEMLOCK, &r)) {
        log_dbg("memory lock limit stays: %s", log_strerror(errno));
    }
    if (options.mlockall && mlockall(MCL_CURRENT | MCL_FUTURE)) {
        log_err("mlockall failed: %s", log_strerror(errno));
    }
}

static void
run(struct loop *loop, struct cmds_context *cx, const char *remote)
{
    struct str version = STR_INIT;
    args_version(&version, "vswitchd");
    struct ctl *ctl;
    int err = ctl_create(loop, daemon_unixctl(&the_daemon),
                         str_cstr(&version), &ctl);
    if (err) {
        args_fatal(err, "cannot create control socket");
    }
    str_fini(&version);
    cmds_register(ctl, cx);
    if (options.vs.enable_dummy) {
        ctl_register_time(ctl);
    }
    char *error;
    cx->agent = agent_create(cx->vs, remote, &tls, on_ready, &the_daemon,
                             &error);
    if (!cx->agent) {
        args_fatal(0, "%s", error);
    }
    struct loop_signal *term = loop_signal_open(loop, SIGTERM, on_signal,
                                                loop);
    struct loop_signal *intr = loop_signal_open(loop, SIGINT, on_signal, loop);
    struct loop_signal *hup = loop_signal_open(loop, SIGHUP, on_hangup, NULL);
    log_info("%s (Weir) %s", args_program_name(), PACKAGE_VERSION);
    loop_run(loop);
    loop_signal_close(&term);
    loop_signal_close(&intr);
    loop_signal_close(&hup);
    ctl_destroy(&ctl);
    agent_destroy(&cx->agent);
}

int
main(int argc, char *argv[])
{
    daemon_init(&the_daemon, argc, argv, "vswitchd", help);
    tls_config_init(&tls);
    struct args_table t[5];
    size_t n = tables(t);
    int first = args_parse(argc, argv, t, n, false);
    if (argc - first > 1) {
        args_fatal(0, "at most one non-option argument accepted; "
                      "use --help for usage");
    }
    char *remote = first < argc ? xstrdup(argv[first])
                                : xasprintf("unix:%s/db.sock", dirs_run());
    the_daemon.keep_net_caps = true;
    daemon_start(&the_daemon);
    log_set_thread("main");
    raise_limits();
    struct loop *loop = loop_create();
    loop_use_rcu(loop);
    if (tls.private_key || tls.certificate || tls.ca_cert) {
        loop_set_tls(loop, tls_context_create(&tls));
    }
    struct cmds_context cx = { .loop = loop };
    cx.vs = vswitch_create(loop, &options.vs);
    run(loop, &cx, remote);
    vswitch_destroy(&cx.vs);
    rcu_offline();
    rcu_barrier_all();
    rcu_online();
    loop_destroy(&loop);
    free(remote);
    tls_config_fini(&tls);
    daemon_fini(&the_daemon);
    return 0;
}
