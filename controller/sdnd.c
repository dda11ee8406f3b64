/* SPDX-License-Identifier: Apache-2.0 */
/* sdnd: the SDN controller daemon. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/apps/forward.h"
#include "controller/cmds.h"
#include "controller/core/core.h"
#include "controller/store/store.h"
#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/io/daemon.h"
#include "lib/io/tls.h"

LOG_MODULE(sdnd);

static struct daemon the_daemon;
static struct tls_config tls;

static char *
opt_max_idle(void *aux UNUSED, const char *value)
{
    if (!strcmp(value, "permanent")) {
        forward_idle_timeout_s = 0;
        return NULL;
    }
    int seconds;
    if (!str_to_int(value, 10, &seconds) || seconds < 1 || seconds > 65535) {
        return xasprintf("--max-idle: \"%s\" is not 1 to 65535 or "
                         "\"permanent\"", value);
    }
    forward_idle_timeout_s = seconds;
    return NULL;
}

static const struct args_opt own_opts[] = {
    { "max-idle", 0, ARGS_VALUE, "SECS",
      "idle time-out of pushed flows (default 60)", opt_max_idle, NULL },
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
    str_putf(&s, "%s: the SDN controller\n"
             "usage: %s [OPTIONS] [METHOD...]\n"
             "where each METHOD is a way to reach switches:\n"
             "  ptcp:[PORT][:IP] pssl:[PORT][:IP] punix:FILE   listen\n"
             "  tcp:HOST[:PORT] ssl:HOST[:PORT] unix:FILE      connect\n"
             "The default is ptcp:6653.\n",
             args_program_name(), args_program_name());
    size_t n = tables(t);
    args_help(&s, t, n);
    fputs(str_cstr(&s), stdout);
    str_fini(&s);
}

static void
on_signal(void *loop, int signum UNUSED)
{
    loop_stop(loop);
}

static void
add_remotes(struct core *core, int n, char *targets[])
{
    char *error = NULL;
    if (!n) {
        error = core_add_remote(core, "ptcp:6653");
    }
    for (int i = 0; i < n && !error; i++) {
        error = core_add_remote(core, targets[i]);
    }
    if (error) {
        args_fatal(0, "%s", error);
    }
}

int
main(int argc, char *argv[])
{
    static const struct core_app *const apps[] = { &forward_app };
    daemon_init(&the_daemon, argc, argv, "sdnd", help);
    tls_config_init(&tls);
    struct args_table t[5];
    size_t n = tables(t);
    int first = args_parse(argc, argv, t, n, false);
    daemon_start(&the_daemon);
    log_set_thread("main");
    struct loop *loop = loop_create();
    loop_use_rcu(loop);
    if (tls.private_key || tls.certificate || tls.ca_cert) {
        loop_set_tls(loop, tls_context_create(&tls));
    }
    struct core *core = core_create(loop, apps, ARRAY_SIZE(apps),
                                    core_store_mem_create());
    add_remotes(core, argc - first, argv + first);
    struct str version = STR_INIT;
    args_version(&version, "sdnd");
    struct ctl *ctl;
    int err = ctl_create(loop, daemon_unixctl(&the_daemon),
                         str_cstr(&version), &ctl);
    if (err) {
        args_fatal(err, "cannot create control socket");
    }
    str_fini(&version);
    controller_cmds_register(ctl, core, loop);
    struct loop_signal *term = loop_signal_open(loop, SIGTERM, on_signal,
                                                loop);
    struct loop_signal *intr = loop_signal_open(loop, SIGINT, on_signal, loop);
    log_info("sdnd (Weir) " PACKAGE_VERSION);
    daemon_complete(&the_daemon);
    loop_run(loop);
    core_destroy(&core);
    ctl_destroy(&ctl);
    loop_signal_close(&term);
    loop_signal_close(&intr);
    rcu_offline();
    rcu_barrier_all();
    rcu_online();
    loop_destroy(&loop);
    tls_config_fini(&tls);
    daemon_fini(&the_daemon);
    return 0;
}
