/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/daemon_priv.h"

LOG_MODULE(daemon);

/* A crashed daemon is started again at most once in this time. */
#define RESTART_MIN_S 10

void
daemon_init(struct daemon *d, int argc, char *argv[], const char *weir_name,
            void (*help)(void))
{
    *d = (struct daemon){
        .argc = argc,
        .argv = argv,
        .pidfile_fd = -1,
        .ready_fd = -1,
        .help = help,
        .weir_name = weir_name,
    };
    /* A copy for good: --monitor writes over argv's memory. */
    args_set_program_name(xstrdup(argv[0]));
    const char *method = getenv("OVS_SYSLOG_METHOD");
    char *error = method ? log_set_syslog(method) : NULL;
    if (error) {
        log_warn("OVS_SYSLOG_METHOD: %s", error);
        free(error);
    }
}

const char *
daemon_unixctl(const struct daemon *d)
{
    return d->unixctl;
}

/* Which process holds the write lock of 'fd'; 0 if none; negative errno. */
static pid_t
lock_owner(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int ret;
    do {
        ret = fcntl(fd, F_GETLK, &lock);
    } while (ret < 0 && errno == EINTR);
    if (ret < 0) {
        return -errno;
    }
    return lock.l_type == F_UNLCK ? 0 : lock.l_pid > 0 ? lock.l_pid : 1;
}

pid_t
daemon_read_pidfile(const char *path)
{
    char text[32];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && (errno == EACCES || errno == EROFS)) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0) {
        return -errno;
    }
    pid_t owner = lock_owner(fd);
    ssize_t n = read(fd, text, sizeof text - 1);
    int err = n < 0 ? -errno : 0;
    close(fd);
    if (owner <= 0 || err) {
        return owner <= 0 ? owner : err;
    }
    text[n] = '\0';
    text[strcspn(text, "\n")] = '\0';
    int64_t pid;
    if (!str_to_i64(text, 10, &pid) || pid <= 0 || pid > INT32_MAX) {
        return -EINVAL;
    }
    return (pid_t)pid;
}

static void
refuse_second(const struct daemon *d)
{
    if (!d->pidfile || d->overwrite_pidfile) {
        return;
    }
    pid_t pid = daemon_read_pidfile(d->pidfile);
    if (pid > 0) {
        args_fatal(0, "%s: already running as pid %ld, aborting", d->pidfile,
                   (long)pid);
    }
    if (pid < 0 && pid != -ENOENT && pid != -EINVAL) {
        args_fatal(-pid, "%s: cannot read pidfile", d->pidfile);
    }
}

static void
remove_pidfile(int status UNUSED, void *d_)
{
    struct daemon *d = d_;
    if (d->pidfile_fd >= 0 && d->owner == getpid()) {
        unlink(d->pidfile);
        close(d->pidfile_fd);
        d->pidfile_fd = -1;
    }
}

/* Writes and locks a new file and moves it to its name, so that nobody sees
 * it half made. */
static void
make_pidfile(struct daemon *d)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    char text[16];
    char *tmp = xasprintf("%s.tmp", d->pidfile);

    refuse_second(d); /* Another may have come since. */
    int fd = open(tmp, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        args_fatal(errno, "%s: create failed", tmp);
    }
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (fcntl(fd, F_SETLK, &lock) < 0 || write(fd, text, (size_t)n) != n) {
        args_fatal(errno, "%s: cannot lock and write", tmp);
    }
    if (rename(tmp, d->pidfile) < 0) {
        int err = errno;
        unlink(tmp);
        args_fatal(err, "failed to rename \"%s\" to \"%s\"", tmp,
                   d->pidfile);
    }
    free(tmp);
    d->pidfile_fd = fd;
    d->owner = getpid();
    on_exit(remove_pidfile, d);
}

/* One byte on 'fd' says that all is well; false if it was closed instead. */
static bool
wait_ready(int fd)
{
    char byte;
    ssize_t n;
    do {
        n = read(fd, &byte, 1);
    } while (n < 0 && errno == EINTR);
    close(fd);
    return n == 1;
}

static void
tell_ready(struct daemon *d)
{
    if (d->ready_fd >= 0) {
        ssize_t n;
        do {
            n = write(d->ready_fd, "", 1);
        } while (n < 0 && errno == EINTR);
        close(d->ready_fd);
        d->ready_fd = -1;
    }
}

static int
wait_child(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            args_fatal(errno, "waitpid failed");
        }
    }
    return status;
}

char *
daemon_status_text(int status)
{
    if (WIFEXITED(status)) {
        return xasprintf("exit status %d", WEXITSTATUS(status));
    }
    return xasprintf("killed (%s)%s", strsignal(WTERMSIG(status)),
                     WCOREDUMP(status) ? ", core dumped" : "");
}

/* The exit status of a process whose child ended before it was ready. */
static int
failed_status(int status)
{
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
    }
    char *text = daemon_status_text(status);
    fprintf(stderr, "%s: the daemon died before it was ready: %s\n",
            args_program_name(), text);
    free(text);
    return EXIT_FAILURE;
}

/* Forks; 0 in the child, whose 'ready_fd' is the way to say so.  In the
 * parent '*fd' is where to wait. */
static pid_t
fork_with_pipe(struct daemon *d, int *fd)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0) {
        args_fatal(errno, "pipe failed");
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        args_fatal(errno, "fork failed");
    }
    if (!pid) {
        close(fds[0]);
        if (d->ready_fd >= 0) {
            close(d->ready_fd);
        }
        d->ready_fd = fds[1];
    } else {
        close(fds[1]);
        *fd = fds[0];
    }
    return pid;
}

/* The first process of --detach ends here. */
static void
detach(struct daemon *d)
{
    int fd;
    pid_t pid = fork_with_pipe(d, &fd);
    if (pid) {
        bool ready = wait_ready(fd);
        /* _exit(): what atexit() holds belongs to the daemon now. */
        _exit(ready ? EXIT_SUCCESS : failed_status(wait_child(pid)));
    }
    setsid();
}

static void
close_standard_files(void)
{
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; null >= 0 && fd < 3; fd++) {
        dup2(null, fd);
    }
    if (null > 2) {
        close(null);
    }
    log_set_all(LOGD_CONSOLE, LOGL_OFF);
}

static void
go_background(const struct daemon *d)
{
    if (d->detach) {
        if (!d->no_chdir && chdir("/") < 0) {
            log_warn("cannot change to /: %s", log_strerror(errno));
        }
        close_standard_files();
    }
}

/* A signal that tells of a bug, after which to start again. */
static bool
is_crash(int status)
{
    static const int signals[] = { SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL,
                                   SIGPIPE, SIGSEGV, SIGXCPU, SIGXFSZ };
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
        if (WIFSIGNALED(status) && WTERMSIG(status) == signals[i]) {
            return true;
        }
    }
    return false;
}

/* The text that ps shows for the monitor; all of argv's memory, 'len' bytes,
 * is one run. */
static void
set_title(const struct daemon *d, size_t len, const char *fmt, long pid,
          int n_crashes)
{
    char *text = xasprintf(fmt, args_program_name(), pid, n_crashes);
    memset(d->argv[0], 0, len);
    memcpy(d->argv[0], text, MIN(strlen(text), len - 1));
    free(text);
}

/* Bytes from argv[0] to the end of the last argument in memory, which is not
 * the last of argv where options were moved to the front. */
static size_t
title_room(const struct daemon *d)
{
    const char *end = d->argv[0];
    for (int i = 0; i < d->argc; i++) {
        end = MAX(end, d->argv[i] + strlen(d->argv[i]) + 1);
    }
    return (size_t)(end - d->argv[0]);
}

/* A daemon that crashed could not remove its control socket. */
static void
remove_ctl_socket(const struct daemon *d, pid_t pid)
{
    if (!d->unixctl) {
        char *path = xasprintf("%s/%s.%ld.ctl", dirs_run(),
                               args_program_name(), (long)pid);
        unlink(path);
        free(path);
    }
}

/* '*last_ms' is when it was restarted before; INT64_MIN: never. */
static void
sleep_before_restart(int64_t *last_ms)
{
    int64_t now = clock_real_ms();
    int64_t wait = *last_ms == INT64_MIN
                       ? 0
                       : *last_ms + RESTART_MIN_S * 1000 - now;
    if (wait > 0) {
        log_warn("waiting until %d seconds since last restart",
                 RESTART_MIN_S);
        poll(NULL, 0, (int)wait);
    }
    *last_ms = clock_real_ms();
}

/* Runs the daemon in a child and starts it again when it crashes.  Returns
 * in each child; the monitor itself exits here. */
static void
monitor(struct daemon *d)
{
    size_t len = title_room(d);
    char *saved = xmemdup(d->argv[0], len);
    int n_crashes = 0;
    int64_t last_restart_ms = INT64_MIN;

    log_set_thread("monitor");
    for (;;) {
        int fd;
        int outer_fd = d->ready_fd;
        d->ready_fd = -1;
        pid_t pid = fork_with_pipe(d, &fd);
        if (!pid) {
            if (outer_fd >= 0) {
                close(outer_fd);
            }
            memcpy(d->argv[0], saved, len);
            free(saved);
            log_set_thread("main");
            return;
        }
        d->ready_fd = outer_fd;
        bool ready = wait_ready(fd);
        if (!ready && !n_crashes) {
            _exit(failed_status(wait_child(pid)));
        }
        set_title(d, len,
                  n_crashes ? "%s: monitoring pid %ld (%d crashes)"
                            : "%s: monitoring pid %ld (healthy)",
                  (long)pid, n_crashes);
        if (!n_crashes) {
            tell_ready(d);
            go_background(d);
        }
        int status = wait_child(pid);
        char *text = daemon_status_text(status);
        if (!is_crash(status)) {
            log_info("pid %ld died, %s, exiting", (long)pid, text);
            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
        }
        n_crashes++;
        log_err("%d crashes: pid %ld died, %s, restarting", n_crashes,
                (long)pid, text);
        free(text);
        remove_ctl_socket(d, pid);
        sleep_before_restart(&last_restart_ms);
    }
}

void
daemon_start(struct daemon *d)
{
    refuse_second(d);
    if (d->detach) {
        detach(d);
    }
    if (d->monitor) {
        monitor(d);
    }
    signal(SIGPIPE, SIG_IGN);
    if (d->user) {
        char *error = daemon_become_user(d->user, d->keep_net_caps,
                                         log_file_path());
        if (error) {
            args_fatal(0, "%s", error);
        }
    }
    if (d->pidfile) {
        make_pidfile(d);
    }
    d->started = true;
}

void
daemon_complete(struct daemon *d)
{
    if (!d->completed) {
        d->completed = true;
        go_background(d);
        tell_ready(d);
    }
}

void
daemon_fini(struct daemon *d)
{
    remove_pidfile(0, d);
    free(d->pidfile);
    free(d->user);
    free(d->unixctl);
    d->pidfile = d->user = d->unixctl = NULL;
}
