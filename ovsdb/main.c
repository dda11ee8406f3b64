/* SPDX-License-Identifier: Apache-2.0 */
/* ovsdb-server: options, start and end [ovsdb-server(1)]. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/ctl.h"
#include "lib/io/daemon.h"
#include "lib/io/tls.h"
#include "ovsdb/cmds.h"
#include "ovsdb/config.h"
#include "ovsdb/remote.h"
#include "ovsdb/replication.h"
#include "ovsdb/session.h"

LOG_MODULE(ovsdb_main);

#define N_TABLES 5

/* A list of texts. */
struct texts {
    const char **list; /* Borrowed from argv. */
    size_t n, capacity;
};

struct options {
    struct texts remotes; /* --remote. */
    const char *run;      /* --run, or NULL. */
    const char *metrics;  /* --metrics, or NULL. */
    const char *sync_from; /* --sync-from, or NULL. */
    const char *sync_exclude; /* --sync-exclude-tables, or NULL. */
    bool active;          /* --active. */
    bool no_dbs;          /* --no-dbs. */
    bool no_second_copy;  /* --no-second-copy. */
    struct daemon daemon;
    struct tls_config tls;
    struct args_table tables[N_TABLES];
};

struct program {
    struct options options;
    struct loop *loop;
    struct ctl *ctl;
    struct server server;
    struct config *config; /* What a restart goes on with. */
    struct metrics_http *metrics; /* NULL without --metrics. */
    int status; /* To exit with. */
};

static char *
opt_remote(void *aux, const char *value)
{
    struct texts *t = aux;
    if (t->n >= t->capacity) {
        t->list = x2nrealloc(t->list, &t->capacity, sizeof *t->list);
    }
    t->list[t->n++] = value;
    return NULL;
}

static void
print_help(void)
{
    printf("%s: database server [RFC 7047]\n"
           "usage: %s [OPTIONS] [DATABASE-FILE | "
           "relay:DB:REMOTE[,REMOTE]...]...\n"
           "  --remote=REMOTE   serve clients of REMOTE: ptcp:[PORT][:IP],\n"
           "                    pssl:[PORT][:IP], punix:FILE, tcp:IP:PORT,\n"
           "                    ssl:IP:PORT, unix:FILE, db:DB,TABLE,COLUMN\n"
           "  --run=COMMAND     run COMMAND and end when it ends\n"
           "  --metrics=WHERE   tell Prometheus what is counted, on\n"
           "                    ptcp:[PORT][:IP], pssl:..., punix:FILE\n"
           "  --sync-from=SERVER   copy the databases of SERVER\n"
           "  --sync-exclude-tables=DB:TABLE,...   but for these\n"
           "  --active          with --sync-from: do not begin with it yet\n"
           "  --no-dbs          start without the default database\n"
           "  --no-second-copy  keep no older file beside a compacted one\n"
           "and the usual options of daemons, logging and TLS: see the "
           "manual, ovsdb-server(1).\n"
           "The default DATABASE-FILE is %s/conf.db.\n",
           args_program_name(), args_program_name(), dirs_db());
}

/* Returns the index of the first operand. */
static int
parse_options(struct options *o, int argc, char *argv[])
{
    daemon_init(&o->daemon, argc, argv, "ovsdb-server", print_help);
    tls_config_init(&o->tls);
    static struct args_opt own[8];
    own[0] = (struct args_opt){ "remote", 0, ARGS_VALUE, "REMOTE",
                                "serve clients of REMOTE", opt_remote,
                                &o->remotes };
    own[1] = (struct args_opt){ "run", 0, ARGS_VALUE, "COMMAND",
                                "run COMMAND and end when it ends",
                                args_set_text, &o->run };
    own[2] = (struct args_opt){ "no-dbs", 0, ARGS_FLAG, NULL,
                                "start without the default database",
                                args_set_true, &o->no_dbs };
    own[3] = (struct args_opt){ "metrics", 0, ARGS_VALUE, "WHERE",
                                "tell Prometheus what is counted",
                                args_set_text, &o->metrics };
    own[4] = (struct args_opt){ "no-second-copy", 0, ARGS_FLAG, NULL,
                                "keep no older file beside a compacted one",
                                args_set_true, &o->no_second_copy };
    own[5] = (struct args_opt){ "sync-from", 0, ARGS_VALUE, "SERVER",
                                "be the backup of SERVER", args_set_text,
                                &o->sync_from };
    own[6] = (struct args_opt){ "sync-exclude-tables", 0, ARGS_VALUE,
                                "DB:TABLE,...", "tables to leave alone",
                                args_set_text, &o->sync_exclude };
    own[7] = (struct args_opt){ "active", 0, ARGS_FLAG, NULL,
                                "start as the active server", args_set_true,
                                &o->active };
    o->tables[0] = (struct args_table){ NULL, own, ARRAY_SIZE(own) };
    o->tables[1] = daemon_args(&o->daemon);
    o->tables[2] = daemon_log_args(&o->daemon);
    o->tables[3] = tls_config_args(&o->tls);
    o->tables[4] = daemon_other_args(&o->daemon);
    return args_parse(argc, argv, o->tables, N_TABLES, false);
}

/* The daemon will change to "/": names must not depend on where we are. */
static char *
absolute(const char *path)
{
    if (path[0] == '/' || str_starts_with(path, "relay:")) {
        return xstrdup(path);
    }
    char *cwd = getcwd(NULL, 0);
    if (!cwd) {
        args_fatal(-errno, "cannot tell the current folder");
    }
    char *abs = xasprintf("%s/%s", cwd, path);
    free(cwd);
    return abs;
}

static void
open_db(struct server *server, const char *path)
{
    char *error = server_add_db(server, path);
    if (error) {
        args_fatal(0, "%s", error);
    }
}

/* As backup of another, or prepared to become one. */
static void
set_role(struct program *p)
{
    const struct options *o = &p->options;
    char *error = NULL;
    if (o->sync_exclude) {
        error = replication_set_exclude(&p->server, o->sync_exclude);
    }
    if (!error && o->sync_from) {
        replication_set_source(&p->server, o->sync_from);
        error = o->active ? NULL : replication_connect(&p->server);
    }
    if (error) {
        args_fatal(0, "%s", error);
    }
}

static void
open_dbs(struct program *p, char *paths[], size_t n)
{
    if (config_restore(&p->server, p->config)) {
        p->server.config = p->config;
        return;
    }
    set_role(p);
    for (size_t i = 0; i < n; i++) {
        open_db(&p->server, paths[i]);
    }
    for (size_t i = 0; i < p->options.remotes.n; i++) {
        char *error
            = remotes_add_spec(&p->server, p->options.remotes.list[i]);
        if (error) {
            args_fatal(0, "%s", error);
        }
    }
    p->server.config = p->config;
    config_save(&p->server);
}

static void
put_metrics(void *server, struct str *out)
{
    metrics_put(server, out);
}

static void
open_metrics(struct program *p)
{
    const char *where = p->options.metrics;
    int err = where ? metrics_http_open(p->loop, where, put_metrics,
                                        &p->server, &p->metrics)
                    : 0;
    if (err) {
        args_fatal(err, "--metrics=%s: cannot listen", where);
    }
}

static void
on_child_exit(void *p_, int status)
{
    struct program *p = p_;
    p->status = status ? 1 : 0;
    loop_stop(p->loop);
}

static void
start_child(struct program *p)
{
    if (!p->options.run) {
        return;
    }
    char *command = xstrdup(p->options.run);
    char sh[] = "/bin/sh", dash_c[] = "-c";
    char *argv[] = { sh, dash_c, command, NULL };
    int err = loop_spawn(p->loop, argv, on_child_exit, p);
    free(command);
    if (err) {
        args_fatal(err, "cannot run /bin/sh");
    }
}

static void
on_signal(void *p_, int signum)
{
    struct program *p = p_;
    log_info("ending on signal %d", signum);
    loop_stop(p->loop);
}

/* A client is a descriptor: as many as we may have. */
static void
raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) {
        return;
    }
    struct rlimit more = limit;
    more.rlim_cur = MAX(limit.rlim_cur, SESSIONS_MAX + SESSION_SPARE_FDS);
    more.rlim_max = MAX(limit.rlim_max, more.rlim_cur);
    if (!setrlimit(RLIMIT_NOFILE, &more)) {
        return; /* Root may have more than the hard limit. */
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit)) {
        log_warn("cannot raise the limit of descriptors: %s",
                 log_strerror(errno));
    } else if (session_max() < SESSIONS_MAX) {
        log_info("at most %zu clients: the limit of descriptors is %llu",
                 session_max(), (unsigned long long)limit.rlim_max);
    }
}

/* From here on we are the daemon. */
static void
serve(struct program *p, char *paths[], size_t n_paths)
{
    p->loop = loop_create();
    struct str version = STR_INIT;
    args_version(&version, "ovsdb-server");
    int err = ctl_create(p->loop, daemon_unixctl(&p->options.daemon),
                         str_cstr(&version), &p->ctl);
    str_fini(&version);
    if (err) {
        args_fatal(err, "cannot create the control socket");
    }
    server_init(&p->server, p->loop, &p->options.tls);
    p->server.barrier.no_second_copy = p->options.no_second_copy;
    cmds_register(p->ctl, &p->server);
    open_dbs(p, paths, n_paths);
    open_metrics(p);
    struct loop_signal *term
        = loop_signal_open(p->loop, SIGTERM, on_signal, p);
    struct loop_signal *intr = loop_signal_open(p->loop, SIGINT, on_signal, p);
    daemon_complete(&p->options.daemon);
    start_child(p);
    loop_run(p->loop);

    loop_signal_close(&term);
    loop_signal_close(&intr);
    metrics_http_close(&p->metrics);
    /* Commands that wait for a compaction are answered by its end. */
    server_fini(&p->server);
    ctl_destroy(&p->ctl);
    loop_destroy(&p->loop);
}

int
main(int argc, char *argv[])
{
    static struct program p;
    int first = parse_options(&p.options, argc, argv);
    size_t n_paths = (size_t)(argc - first);
    char **paths = xcalloc(n_paths + 1, sizeof *paths);
    for (size_t i = 0; i < n_paths; i++) {
        paths[i] = absolute(argv[first + (int)i]);
    }
    if (!n_paths && !p.options.no_dbs) {
        paths[n_paths++] = xasprintf("%s/conf.db", dirs_db());
    }
    p.config = config_create();
    daemon_start(&p.options.daemon);
    raise_descriptor_limit();
    serve(&p, paths, n_paths);
    daemon_fini(&p.options.daemon);
    for (size_t i = 0; i < n_paths; i++) {
        free(paths[i]);
    }
    free(paths);
    free(p.options.remotes.list);
    config_destroy(&p.config);
    tls_config_fini(&p.options.tls);
    return p.status;
}
