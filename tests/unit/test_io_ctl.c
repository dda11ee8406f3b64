/* SPDX-License-Identifier: Apache-2.0 */
/* The control server through a real socket: words of errors, late answers,
 * clients that go away, memory/show, the held clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/io/ctl.h"
#include "lib/io/jsonrpc.h"

struct fixture {
    struct loop *loop;
    struct ctl *ctl;
    char dir[32];
    struct jsonrpc *client;
    json_t *answer;         /* Last body received. */
    int n_answers, n_closed, n_then;
    struct ctl_conn *held;  /* Of "test/hold". */
    struct loop_timer timer;
    int n_fired;
};

static void
on_message(void *f_, struct jsonrpc_msg *m)
{
    struct fixture *f = f_;
    json_decref(f->answer);
    f->answer = json_incref(m->body);
    f->n_answers++;
}

static void
on_closed(void *f_, int err UNUSED)
{
    struct fixture *f = f_;
    f->n_closed++;
}

static const struct jsonrpc_callbacks cbs = { .message = on_message,
                                              .closed = on_closed };

static void
connect_client(struct fixture *f)
{
    char *name = xasprintf("unix:%s", ctl_path(f->ctl));
    f->n_closed = 0;
    assert_int_equal(jsonrpc_open(f->loop, name, 0, &cbs, f, &f->client), 0);
    free(name);
}

static int
setup(void **state)
{
    struct fixture *f = xzalloc(sizeof *f);
    strcpy(f->dir, "/tmp/weir-ctl.XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    char *path = xasprintf("%s/test.ctl", f->dir);
    f->loop = loop_create();
    assert_int_equal(ctl_create(f->loop, path, "test 1.0", &f->ctl), 0);
    assert_string_equal(ctl_path(f->ctl), path);
    free(path);
    connect_client(f);
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;
    jsonrpc_close(&f->client);
    ctl_destroy(&f->ctl);
    loop_destroy(&f->loop);
    json_decref(f->answer);
    assert_int_equal(rmdir(f->dir), 0); /* The socket is gone. */
    free(f);
    return 0;
}

static void
wait_answer(struct fixture *f, int n)
{
    int64_t end = clock_real_ms() + 5000;
    while (f->n_answers < n && !f->n_closed && clock_real_ms() < end) {
        loop_run_for(f->loop, 100);
    }
}

/* Sends a request; the answer's member 'which' must be 'text'. */
static void
check(struct fixture *f, const char *method, json_t *params,
      const char *which, const char *text)
{
    int n = f->n_answers + 1;
    assert_int_equal(jsonrpc_request(f->client, method, params, NULL), 0);
    wait_answer(f, n);
    assert_int_equal(f->n_answers, n);
    assert_string_equal(json_string_value(json_object_get(f->answer, which)),
                        text);
}

static void
test_words(void **state)
{
    struct fixture *f = *state;
    check(f, "version", json_array(), "result", "test 1.0\n");
    check(f, "foo", json_array(), "error",
          "\"foo\" is not a valid command (use \"list-commands\" to see a "
          "list of valid commands)\n");
    check(f, "version", json_pack("[s]", "a"), "error",
          "\"version\" command takes at most 0 arguments\n");
    check(f, "coverage/read-counter", json_array(), "error",
          "\"coverage/read-counter\" command requires at least 1 "
          "arguments\n");
    check(f, "vlog/set", json_pack("[i]", 1), "error",
          "\"vlog/set\" command has non-string argument\n");
    check(f, "vlog/set", json_pack("[s]", "nosuch"), "error",
          "no destination, level, or module \"nosuch\"\n");
    check(f, "vlog/set", json_pack("[s]", "jsonrpc:console:off"), "result",
          "");
    check(f, "vlog/reopen", json_array(), "error",
          "Logging to file not configured\n");
    check(f, "coverage/read-counter", json_pack("[s]", "nosuch"), "result",
          "0\n");
}

static void
cmd_args(struct ctl_conn *conn, int argc, const char *argv[], void *aux)
{
    assert_null(argv[argc]);
    ctl_reply_errorf(conn, "%s:%d:%s", (char *)aux, argc, argv[argc - 1]);
}

static void
test_list_commands(void **state)
{
    struct fixture *f = *state;
    ctl_command_register(f->ctl, "test/args", "A [B]", 1, 2, cmd_args,
                         (char[]){ "x" });
    check(f, "test/args", json_pack("[s, s]", "p", "q"), "error",
          "x:3:q\n");
    jsonrpc_request(f->client, "list-commands", json_array(), NULL);
    wait_answer(f, f->n_answers + 1);
    const char *text = json_string_value(json_object_get(f->answer,
                                                         "result"));
    assert_true(str_starts_with(text, "The available commands are:\n  "
                                      "coverage/read-counter   COUNTER\n"));
    assert_non_null(strstr(text, "\n  test/args               A [B]\n"));
}

static void
cmd_hold(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
         void *f_)
{
    struct fixture *f = f_;
    f->held = conn;
}

static void
test_late_answer(void **state)
{
    struct fixture *f = *state;
    ctl_command_register(f->ctl, "test/hold", "", 0, 0, cmd_hold, f);
    uint64_t held_id;
    jsonrpc_request(f->client, "test/hold", json_array(), &held_id);
    /* Others are answered meanwhile. */
    check(f, "version", json_array(), "result", "test 1.0\n");
    assert_non_null(f->held);
    ctl_reply(f->held, "late");
    wait_answer(f, f->n_answers + 1);
    assert_int_equal(json_integer_value(json_object_get(f->answer, "id")),
                     held_id);
    assert_string_equal(
        json_string_value(json_object_get(f->answer, "result")), "late\n");

    /* The client goes away before the answer. */
    jsonrpc_request(f->client, "test/hold", json_array(), NULL);
    f->held = NULL;
    while (!f->held) {
        loop_run_for(f->loop, 100);
    }
    jsonrpc_close(&f->client);
    for (int i = 0; i < 5; i++) {
        loop_run_once(f->loop, false);
    }
    ctl_reply(f->held, "to nobody");

    /* And one is never answered: ctl_destroy() does it. */
    connect_client(f);
    f->held = NULL;
    jsonrpc_request(f->client, "test/hold", json_array(), NULL);
    while (!f->held) {
        loop_run_for(f->loop, 100);
    }
    ctl_destroy(&f->ctl);
    wait_answer(f, f->n_answers + 1);
    assert_string_equal(
        json_string_value(json_object_get(f->answer, "error")),
        "the daemon is exiting\n");
}

static void
count_then(void *f_)
{
    struct fixture *f = f_;
    f->n_then++;
}

static void
cmd_then(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
         void *f)
{
    ctl_reply_then(conn, "bye", count_then, f);
}

static void
test_reply_then(void **state)
{
    struct fixture *f = *state;
    ctl_command_register(f->ctl, "test/then", "", 0, 0, cmd_then, f);
    check(f, "test/then", json_array(), "result", "bye\n");
    assert_int_equal(f->n_then, 1);
}

static void
provide(struct ctl_memory *m, void *aux UNUSED)
{
    ctl_memory_put(m, "rules", 3);
    ctl_memory_put(m, "handlers", 1);
}

static void
test_memory(void **state)
{
    struct fixture *f = *state;
    check(f, "memory/show", json_array(), "result", "");
    ctl_memory_register(f->ctl, provide, NULL);
    ctl_memory_register(f->ctl, provide, NULL);
    check(f, "memory/show", json_array(), "result",
          "handlers:2 rules:6\n");
}

static void
test_json_format(void **state)
{
    struct fixture *f = *state;
    check(f, "set-options", json_pack("[s, s]", "--format", "json"),
          "result", "");
    jsonrpc_request(f->client, "version", json_array(), NULL);
    wait_answer(f, f->n_answers + 1);
    json_t *result = json_object_get(f->answer, "result");
    assert_string_equal(json_string_value(json_object_get(result, "reply")),
                        "test 1.0\n");
    assert_string_equal(
        json_string_value(json_object_get(result, "reply-format")),
        "plain");
    check(f, "set-options", json_pack("[s, s]", "--format", "xml"), "error",
          "option format has invalid value xml\n");
    check(f, "set-options", json_pack("[s]", "--foo"), "error",
          "option --foo is not known\n");
}

static void
test_bad_clients(void **state)
{
    static const char *const bad[] = {
        "garbage", "{\"id\":null,\"method\":\"version\",\"params\":[]}",
        "{\"id\":0,\"result\":1,\"error\":null}", "[1]",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        jsonrpc_send_text(f->client, bad[i], strlen(bad[i]));
        wait_answer(f, f->n_answers + 1);
        assert_int_equal(f->n_closed, 1);
        jsonrpc_close(&f->client);
        connect_client(f);
    }
    check(f, "version", json_array(), "result", "test 1.0\n");
}

static void
executed(void *f_, bool is_error, const char *text)
{
    struct fixture *f = f_;
    f->n_then = is_error ? -1 : 1;
    assert_true(strlen(text) > 0);
}

static void
test_execute(void **state)
{
    struct fixture *f = *state;
    ctl_execute(f->ctl, 1, (const char *const[]){ "version" }, executed, f);
    assert_int_equal(f->n_then, 1);
    ctl_execute(f->ctl, 1, (const char *const[]){ "nosuch" }, executed, f);
    assert_int_equal(f->n_then, -1);
}

static void
fire(void *f_)
{
    struct fixture *f = f_;
    f->n_fired++;
    loop_timer_set_in(&f->timer, 1000);
}

/* Last: the clock stays held. */
static void
test_time(void **state)
{
    struct fixture *f = *state;
    ctl_register_time(f->ctl);
    loop_timer_init(&f->timer, f->loop, fire, f);
    loop_timer_set_in(&f->timer, 1000);
    check(f, "time/warp", json_pack("[s]", "5"), "error",
          "time is not stopped (use time/stop first)\n");
    check(f, "time/stop", json_array(), "result", "");
    int64_t before = clock_ms();
    check(f, "time/warp", json_pack("[s, s]", "5000", "100"), "result",
          "warped\n");
    assert_int_equal(clock_ms() - before, 5000);
    /* In steps of 100 ms every period of it was seen. */
    assert_in_range(f->n_fired, 4, 5);
    check(f, "time/warp", json_pack("[s]", "0"), "error",
          "invalid MSECS\n");
    loop_timer_cancel(&f->timer);
}

int
main(void)
{
#define T(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_words),      T(test_list_commands), T(test_late_answer),
        T(test_reply_then), T(test_memory),        T(test_json_format),
        T(test_bad_clients), T(test_execute),      T(test_time),
    };
#undef T
    return cmocka_run_group_tests_name("io_ctl", tests, NULL, NULL);
}
