/* SPDX-License-Identifier: Apache-2.0 */
/* Daemons as their users start them: this program runs itself as a small
 * daemon (WEIR_TEST_DAEMON set) and speaks to it over its control socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/ctl.h"
#include "lib/io/daemon.h"
#include "lib/io/jsonrpc.h"

LOG_MODULE(test_daemon);

/* The daemon. */

static void
stop(void *loop)
{
    loop_stop(loop);
}

static void
cmd_exit(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
         void *loop)
{
    ctl_reply_then(conn, NULL, stop, loop);
}

static void
cmd_crash(struct ctl_conn *conn UNUSED, int argc UNUSED,
          const char *argv[] UNUSED, void *aux UNUSED)
{
    abort();
}

static void
cmd_ids(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
        void *aux UNUSED)
{
    char cwd[256], text[600];
    snprintf(text, sizeof text, "%ld %ld %d %s", (long)getpid(),
             (long)getppid(), (int)getuid(),
             getcwd(cwd, sizeof cwd) ? cwd : "?");
    ctl_reply(conn, text);
}

static void
on_term(void *loop, int signum UNUSED)
{
    loop_stop(loop);
}

static void
no_help(void)
{
    puts("help of the test daemon");
}

static int
daemon_main(int argc, char *argv[])
{
    struct daemon d;
    struct ctl *ctl;
    daemon_init(&d, argc, argv, "test_io_daemon", no_help);
    const struct args_table tables[] = { daemon_args(&d),
                                         daemon_log_args(&d),
                                         daemon_other_args(&d) };
    args_parse(argc, argv, tables, ARRAY_SIZE(tables), false);
    daemon_start(&d);
    if (getenv("WEIR_TEST_DIE_EARLY")) {
        args_fatal(0, "told to die early");
    }
    struct loop *l = loop_create();
    struct loop_signal *term = loop_signal_open(l, SIGTERM, on_term, l);
    if (ctl_create(l, daemon_unixctl(&d), "v", &ctl)) {
        exit(EXIT_FAILURE);
    }
    ctl_command_register(ctl, "exit", "", 0, 0, cmd_exit, l);
    ctl_command_register(ctl, "crash", "", 0, 0, cmd_crash, l);
    ctl_command_register(ctl, "ids", "", 0, 0, cmd_ids, l);
    log_info("ready");
    daemon_complete(&d);
    loop_run(l);
    loop_signal_close(&term);
    ctl_destroy(&ctl);
    loop_destroy(&l);
    daemon_fini(&d);
    return 0;
}

/* The tests. */

static char dir[32], *self;

/* Runs ourselves as the daemon; the status of the process started, and what
 * it wrote to standard error (up to the buffer). */
static int
start(const char *const args[], char *err_text, size_t size)
{
    const char *argv[12] = { "testd" };
    int fds[2], status;
    for (int i = 0; args[i]; i++) {
        argv[i + 1] = args[i];
    }
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (!pid) {
        dup2(fds[1], 2);
        setenv("WEIR_TEST_DAEMON", "1", 1);
        execv(self, (char **)(uintptr_t)argv);
        _exit(127);
    }
    close(fds[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    ssize_t n = read(fds[0], err_text, size - 1);
    err_text[n > 0 ? n : 0] = '\0';
    close(fds[0]);
    return status;
}

/* Asks the daemon; NULL if it went away. Heap. */
static char *
ask(const char *command)
{
    struct jsonrpc_block *b;
    json_t *result, *error;
    char *name = xasprintf("unix:%s/sock", dir), *text = NULL;
    int64_t deadline = clock_real_ms() + 15000;
    int err;
    while ((err = jsonrpc_block_open(name, 0, NULL, deadline, &b))
           && clock_real_ms() < deadline) {
        usleep(20000); /* Being started again. */
    }
    assert_int_equal(err, 0);
    if (!jsonrpc_block_call(b, command, json_array(), deadline, &result,
                            &error)) {
        text = xstrdup_null(json_string_value(result));
        json_decref(result);
        json_decref(error);
    }
    jsonrpc_block_close(&b);
    free(name);
    return text;
}

/* Orphans are ours to reap, see main(). */
static void
wait_gone(pid_t pid)
{
    for (int i = 0; i < 500 && !kill(pid, 0); i++) {
        usleep(10000);
        waitpid(pid, NULL, WNOHANG);
    }
    assert_int_equal(kill(pid, 0), -1);
}

static char *
pidfile_path(void)
{
    return xasprintf("%s/testd.pid", dir);
}

static void
test_detach(void **state UNUSED)
{
    char text[512], *pidfile = pidfile_path();
    static const char *const args[] = { "--detach", "--pidfile", "--unixctl",
                                        "sock", "-vconsole:off", "--log-file",
                                        NULL };
    assert_int_equal(start(args, text, sizeof text), 0);
    assert_string_equal(text, "");
    pid_t pid = daemon_read_pidfile(pidfile);
    assert_true(pid > 0);
    char *ids = ask("ids");
    assert_int_equal(strtol(ids, NULL, 10), pid);
    assert_non_null(strstr(ids, " /\n"));
    free(ids);

    /* A second one on the same pidfile is refused, with or without
     * --detach, unless told to overwrite. */
    char *want = xasprintf("testd: %s: already running as pid %ld, aborting\n",
                     pidfile, (long)pid);
    int status = start(args, text, sizeof text);
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_string_equal(text, want);
    free(want);

    struct stat st;
    char *log = xasprintf("%s/testd.log", dir);
    assert_int_equal(stat(log, &st), 0);
    assert_true(st.st_size > 0);
    free(log);

    char *reply = ask("exit");
    assert_string_equal(reply, "");
    free(reply);
    wait_gone(pid);
    assert_int_equal(access(pidfile, F_OK), -1);
    free(pidfile);
}

static void
test_sigterm(void **state UNUSED)
{
    char text[512], *pidfile = pidfile_path();
    static const char *const args[] = { "--detach", "--pidfile", "--no-chdir",
                                        "--unixctl=sock", "-vconsole:off",
                                        NULL };
    assert_int_equal(start(args, text, sizeof text), 0);
    pid_t pid = daemon_read_pidfile(pidfile);
    assert_true(pid > 0);
    kill(pid, SIGTERM);
    wait_gone(pid);
    assert_int_equal(daemon_read_pidfile(pidfile), -ENOENT);
    free(pidfile);
}

/* A stale pidfile does not hinder. */
static void
test_stale_pidfile(void **state UNUSED)
{
    char text[512], *pidfile = pidfile_path();
    FILE *f = fopen(pidfile, "w");
    fprintf(f, "1\n");
    fclose(f);
    assert_int_equal(daemon_read_pidfile(pidfile), 0);
    static const char *const args[] = { "--detach", "--pidfile",
                                        "--unixctl=sock", "-vconsole:off",
                                        NULL };
    assert_int_equal(start(args, text, sizeof text), 0);
    pid_t pid = daemon_read_pidfile(pidfile);
    assert_true(pid > 1);
    kill(pid, SIGKILL);
    wait_gone(pid);
    assert_int_equal(daemon_read_pidfile(pidfile), 0);
    unlink(pidfile);
    free(pidfile);
}

static void
test_dies_early(void **state UNUSED)
{
    char text[512], *pidfile = pidfile_path();
    static const char *const args[] = { "--detach", "--monitor", "--pidfile",
                                        NULL };
    setenv("WEIR_TEST_DIE_EARLY", "1", 1);
    int status = start(args, text, sizeof text);
    unsetenv("WEIR_TEST_DIE_EARLY");
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_string_equal(text, "testd: told to die early\n");
    assert_int_equal(access(pidfile, F_OK), -1);
    free(pidfile);
}

static void
test_monitor(void **state UNUSED)
{
    char text[512], title[256] = "", *pidfile = pidfile_path();
    static const char *const args[] = { "--detach", "--monitor", "--pidfile",
                                        "--unixctl=sock", "-vconsole:off",
                                        NULL };
    assert_int_equal(start(args, text, sizeof text), 0);
    pid_t pid = daemon_read_pidfile(pidfile);
    char *ids = ask("ids");
    pid_t monitor_pid = (pid_t)strtol(strchr(ids, ' '), NULL, 10);
    free(ids);
    char *proc = xasprintf("/proc/%ld/cmdline", (long)monitor_pid);
    int fd = open(proc, O_RDONLY);
    assert_true(read(fd, title, sizeof title - 1) > 0);
    close(fd);
    free(proc);
    assert_true(str_starts_with(title, "testd: monitoring pid"));

    free(ask("crash"));
    wait_gone(pid);
    ids = ask("ids");
    assert_int_equal(strtol(strchr(ids, ' '), NULL, 10), monitor_pid);
    pid_t second = (pid_t)strtol(ids, NULL, 10);
    assert_int_not_equal(second, pid);
    assert_int_equal(daemon_read_pidfile(pidfile), second);
    free(ids);
    free(ask("exit"));
    wait_gone(second);
    wait_gone(monitor_pid);
    assert_int_equal(access(pidfile, F_OK), -1);
    free(pidfile);
}

static void
test_bad_options(void **state UNUSED)
{
    static const struct {
        const char *args[4], *text;
    } cases[] = {
        { { "--pidfile=/nonexistent/foo" },
          "testd: /nonexistent/foo.tmp: create failed (No such file or "
          "directory)\n" },
        { { "--user=nosuchuser" },
          "testd: Invalid --user option nosuchuser (no such user "
          "nosuchuser)\n" },
        { { "-vnosuch" },
          "testd: processing \"nosuch\": no destination, level, or module "
          "\"nosuch\"\n" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[512];
        if (getuid() && strstr(cases[i].args[0], "--user")) {
            continue; /* Only root gets that far. */
        }
        int status = start(cases[i].args, text, sizeof text);
        assert_int_equal(WEXITSTATUS(status), 1);
        assert_string_equal(text, cases[i].text);
    }
}

/* "nobody" exists everywhere; root alone can become it. */
static void
test_user(void **state UNUSED)
{
    char text[512], *pidfile = pidfile_path();
    static const char *const args[] = { "--detach", "--pidfile",
                                        "--user=nobody", "--unixctl=sock",
                                        "-vconsole:off",
                                        NULL };
    if (getuid()) {
        free(pidfile);
        skip();
    }
    assert_int_equal(chmod(dir, 0777), 0);
    assert_int_equal(start(args, text, sizeof text), 0);
    assert_string_equal(text, "");
    pid_t pid = daemon_read_pidfile(pidfile);
    struct stat st;
    assert_int_equal(stat(pidfile, &st), 0);
    assert_int_not_equal(st.st_uid, 0);
    free(ask("exit"));
    wait_gone(pid);
    free(pidfile);
}

int
main(int argc, char *argv[])
{
    if (getenv("WEIR_TEST_DAEMON")) {
        return daemon_main(argc, argv);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detach),
        cmocka_unit_test(test_sigterm),
        cmocka_unit_test(test_stale_pidfile),
        cmocka_unit_test(test_dies_early),
        cmocka_unit_test(test_monitor),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_user),
    };
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    self = realpath(argv[0], NULL);
    strcpy(dir, "/tmp/weir-daemon.XXXXXX");
    if (!mkdtemp(dir)) {
        return 1;
    }
    setenv("OVS_RUNDIR", dir, 1);
    setenv("OVS_LOGDIR", dir, 1);
    setenv("OVS_SYSLOG_METHOD", "null", 1);
    int failed = cmocka_run_group_tests_name("io_daemon", tests, NULL, NULL);
    char *pidfile = pidfile_path();
    pid_t left = daemon_read_pidfile(pidfile);
    if (left > 0) {
        kill(left, SIGTERM); /* A test failed before it did. */
    }
    free(pidfile);
    char *cmd = xasprintf("rm -rf %s", dir);
    failed |= system(cmd);
    free(cmd);
    free(self);
    return failed;
}
