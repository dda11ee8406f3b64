/* SPDX-License-Identifier: Apache-2.0 */
/* What every daemon does at its start and end: options, detaching, pidfile,
 * monitor, user, log file.
 *
 * Order in main():
 *
 *     daemon_init(&d, argc, argv);
 *     args_parse(... daemon_args(&d), daemon_log_args(&d) ...);
 *     daemon_start(&d);      forks; before the loop, RCU and threads
 *     loop_create(), ctl_create(loop, daemon_unixctl(&d), ...), ...
 *     daemon_complete(&d);   tells the waiting parent that all is well
 *     loop_run();
 *     daemon_fini(&d);       removes the pidfile
 *
 * With --detach the first process waits until daemon_complete() and then
 * exits 0, or 1 if the daemon died first.  With --monitor a process between
 * restarts a child that a signal of a bug killed (SIGABRT, SIGSEGV, ...), at
 * most once in 10 s.  exit() before daemon_fini() removes the pidfile too.
 * Threads: main. */
#ifndef WEIR_IO_DAEMON_H
#define WEIR_IO_DAEMON_H 1

#include "lib/base/args.h"

#define DAEMON_N_OPTS 8
#define DAEMON_N_LOG_OPTS 4
#define DAEMON_N_OTHER_OPTS 2

struct daemon {
    int argc;
    char **argv;            /* Of main(); --monitor writes its state there. */
    bool detach, monitor, no_chdir, overwrite_pidfile, no_confine;
    char *pidfile;          /* Heap, absolute; NULL if not wanted. */
    char *user;             /* "USER", "USER:GROUP" or ":GROUP"; or NULL. */
    char *unixctl;          /* --unixctl value; or NULL. */
    bool keep_net_caps;     /* Set before daemon_start(): the daemon needs
                             * CAP_NET_ADMIN, CAP_NET_RAW after --user. */
    bool started, completed;
    int pidfile_fd;         /* Holds the lock; -1. */
    int ready_fd;           /* Pipe to the waiting parent; -1. */
    pid_t owner;            /* The process that removes the pidfile. */
    void (*help)(void);     /* Prints --help; set by main. */
    const char *weir_name;  /* For --version; set by main. */
    const char *version_note; /* A last line of --version, or NULL; set by
                               * main after daemon_init(). */
    struct args_opt opts[DAEMON_N_OPTS];
    struct args_opt log_opts[DAEMON_N_LOG_OPTS];
    struct args_opt other_opts[DAEMON_N_OTHER_OPTS];
};

/* Also sets the program's and the log's name from argv[0]. */
void daemon_init(struct daemon *, int argc, char *argv[],
                 const char *weir_name, void (*help)(void));
/* --detach --no-chdir --pidfile --overwrite-pidfile --monitor --user
 * --no-self-confinement --unixctl */
struct args_table daemon_args(struct daemon *);
/* -v --verbose --log-file --syslog-method --syslog-target; also for tools. */
struct args_table daemon_log_args(struct daemon *);
/* -h --help -V --version; also for tools. */
struct args_table daemon_other_args(struct daemon *);

/* Forks as asked.  Returns in the daemon only; on failure prints why and
 * exits 1: "PIDFILE: already running as pid N" and such. */
void daemon_start(struct daemon *);
/* All is up: lets the parent exit, closes standard files, changes to "/". */
void daemon_complete(struct daemon *);
void daemon_fini(struct daemon *);
/* What to hand to ctl_create(). */
const char *daemon_unixctl(const struct daemon *);

/* The process id in a pidfile whose lock is held; 0 if stale; or negative
 * errno (-ENOENT, -EINVAL).  Not for one's own pidfile: to close it would drop
 * the lock. */
pid_t daemon_read_pidfile(const char *path);

#endif
