/* SPDX-License-Identifier: Apache-2.0 */
/* JSON-RPC: messages, a connection over memory in chunks of every size, echo,
 * pauses, bad input; sessions that reconnect and probe; the blocking client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/thread.h"
#include "lib/io/jsonrpc.h"
#include "lib/io/listen.h"

static void
test_messages(void **state UNUSED)
{
    static const struct {
        const char *text;
        int type; /* -1: refused. */
    } cases[] = {
        { "{\"method\":\"m\",\"params\":[],\"id\":1}", JSONRPC_REQUEST },
        { "{\"method\":\"m\",\"params\":[],\"id\":null}", JSONRPC_NOTIFY },
        { "{\"method\":\"m\",\"params\":[]}", JSONRPC_NOTIFY },
        { "{\"result\":{},\"error\":null,\"id\":1}", JSONRPC_REPLY },
        { "{\"result\":null,\"error\":null,\"id\":1}", JSONRPC_REPLY },
        { "{\"result\":1,\"id\":1}", JSONRPC_REPLY },
        { "{\"result\":null,\"error\":\"x\",\"id\":1}", JSONRPC_ERROR },
        { "{\"error\":\"x\",\"id\":1}", JSONRPC_ERROR },
        { "{\"result\":1,\"error\":\"x\",\"id\":1}", -1 },
        { "{\"method\":\"m\",\"params\":{},\"id\":1}", -1 },
        { "{\"method\":1,\"params\":[],\"id\":1}", -1 },
        { "{\"method\":\"m\",\"id\":1}", -1 },
        { "{\"method\":\"m\",\"params\":[],\"id\":1,\"more\":2}", -1 },
        { "{\"method\":\"m\",\"params\":[],\"id\":1,\"result\":2}", -1 },
        { "{\"result\":1,\"error\":null,\"id\":null}", -1 },
        { "{\"id\":1}", -1 },
        { "{}", -1 },
        { "[]", -1 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error;
        struct jsonrpc_msg m;
        json_t *body = json_parse(cases[i].text, strlen(cases[i].text),
                                  &error);
        assert_non_null(body);
        error = jsonrpc_msg_from_json(body, &m);
        if ((cases[i].type < 0) != (error != NULL)) {
            fail_msg("%s: %s", cases[i].text, error ? error : "taken");
        }
        if (!error) {
            assert_int_equal(m.type, cases[i].type);
        }
        free(error);
        json_decref(body);
    }
}

struct end {
    struct loop *loop;
    struct jsonrpc *rpc;
    int n_connected, n_closed, err, n_messages, pause_every;
    int n_drained;
    char *last; /* Heap: text of the last message. */
};

static void
end_connected(void *e_, int err)
{
    struct end *e = e_;
    e->n_connected++;
    e->err = err;
}

static void
end_message(void *e_, struct jsonrpc_msg *m)
{
    struct end *e = e_;
    e->n_messages++;
    free(e->last);
    e->last = json_to_text(m->body, JSON_STYLE_SORT);
    if (e->pause_every && !(e->n_messages % e->pause_every)) {
        jsonrpc_set_reading(e->rpc, false);
    }
    if (m->type == JSONRPC_REQUEST && !strcmp(m->method, "double")) {
        int64_t n = json_integer_value(json_array_get(m->params, 0));
        jsonrpc_send(e->rpc, jsonrpc_make_reply(json_integer(2 * n),
                                                json_incref(m->id)));
    } else if (m->type == JSONRPC_NOTIFY && !strcmp(m->method, "slow")) {
        clock_advance_ms(2);
    } else if (m->type == JSONRPC_REQUEST && !strcmp(m->method, "bye")) {
        jsonrpc_close(&e->rpc);
    }
}

static void
end_closed(void *e_, int err)
{
    struct end *e = e_;
    e->n_closed++;
    e->err = err;
}

static void
end_drained(void *e_)
{
    struct end *e = e_;
    e->n_drained++;
}

static const struct jsonrpc_callbacks end_cbs = {
    .connected = end_connected,
    .message = end_message,
    .closed = end_closed,
    .drained = end_drained,
};

static void
pair_open(struct loop *l, struct end *a, struct end *b, size_t chunk)
{
    struct stream *sa, *sb;
    stream_mem_pair(l, &sa, &sb);
    stream_mem_set_chunk(sa, chunk);
    stream_mem_set_chunk(sb, chunk);
    *a = *b = (struct end){ .loop = l };
    a->rpc = jsonrpc_from_stream(l, sa, &end_cbs, a);
    b->rpc = jsonrpc_from_stream(l, sb, &end_cbs, b);
}

static void
pair_close(struct end *a, struct end *b)
{
    jsonrpc_close(&a->rpc);
    jsonrpc_close(&b->rpc);
    free(a->last);
    free(b->last);
}

static void
turns(struct loop *l, int n)
{
    while (n--) {
        loop_run_once(l, false);
    }
}

static void
test_chunks(void **state UNUSED)
{
    struct loop *l = loop_create();
    for (size_t chunk = 0; chunk < 70; chunk++) {
        struct end a, b;
        pair_open(l, &a, &b, chunk);
        for (int i = 0; i < 10; i++) {
            uint64_t id;
            assert_int_equal(
                jsonrpc_request(a.rpc, "double", json_pack("[i]", i), &id),
                0);
            assert_int_equal(id, i);
        }
        turns(l, 400);
        assert_int_equal(a.n_connected, 1);
        assert_int_equal(b.n_messages, 10);
        assert_int_equal(a.n_messages, 10);
        assert_string_equal(a.last, "{\"error\":null,\"id\":9,\"result\":18}");
        assert_int_equal(jsonrpc_queued(a.rpc), 0);
        assert_true(a.n_drained > 0);
        jsonrpc_close(&b.rpc);
        turns(l, 3);
        assert_int_equal(a.n_closed, 1);
        assert_int_equal(a.err, 0);
        assert_int_equal(jsonrpc_send(a.rpc, jsonrpc_make_notify(
                                                 "x", json_array())),
                         -ENOTCONN);
        pair_close(&a, &b);
    }
    loop_destroy(&l);
}

static void
test_echo(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct end a, b;
    pair_open(l, &a, &b, 0);
    jsonrpc_send(a.rpc, jsonrpc_make_request("echo", json_pack("[s]", "hi"),
                                             json_integer(7)));
    jsonrpc_probe(a.rpc); /* Its answer is swallowed. */
    turns(l, 10);
    assert_int_equal(b.n_messages, 0);
    assert_int_equal(a.n_messages, 1);
    assert_string_equal(a.last,
                        "{\"error\":null,\"id\":7,\"result\":[\"hi\"]}");
    pair_close(&a, &b);
    loop_destroy(&l);
}

static void
test_pause(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct end a, b;
    pair_open(l, &a, &b, 33);
    b.pause_every = 3;
    for (int i = 0; i < 10; i++) {
        jsonrpc_request(a.rpc, "double", json_pack("[i]", i), NULL);
    }
    for (int seen = 3; seen < 10; seen += 3) {
        turns(l, 100);
        assert_int_equal(b.n_messages, seen);
        jsonrpc_set_reading(b.rpc, true);
    }
    turns(l, 100);
    assert_int_equal(b.n_messages, 10);
    assert_int_equal(a.n_messages, 10);
    pair_close(&a, &b);
    loop_destroy(&l);
}

static void
test_close_in_callback(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct end a, b;
    pair_open(l, &a, &b, 0);
    jsonrpc_request(a.rpc, "bye", json_array(), NULL);
    jsonrpc_request(a.rpc, "double", json_pack("[i]", 1), NULL);
    turns(l, 10);
    assert_int_equal(b.n_messages, 1);
    assert_null(b.rpc);
    assert_int_equal(a.n_closed, 1);
    pair_close(&a, &b);
    loop_destroy(&l);
}

static void
test_bad_input(void **state UNUSED)
{
    static const char *const bad[] = {
        "hello", "{]", "{\"id\":1}", "[1,2]", "{\"method\":}",
        "}{", "{\"a\":\"\\ud800\"}",
    };
    struct loop *l = loop_create();
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct end a, b;
        pair_open(l, &a, &b, 0);
        assert_int_equal(jsonrpc_send_text(a.rpc, bad[i], strlen(bad[i])),
                         0);
        turns(l, 10);
        assert_int_equal(b.n_closed, 1);
        assert_int_equal(b.err, -EPROTO);
        assert_non_null(jsonrpc_error_text(b.rpc));
        assert_int_equal(a.n_closed, 1);
        pair_close(&a, &b);
    }
    loop_destroy(&l);
}

static void
test_limits(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct end a, b;
    char *deep = xmalloc(JSON_DEPTH_MAX + 2);
    memset(deep, '[', JSON_DEPTH_MAX + 1);
    pair_open(l, &a, &b, 0);
    jsonrpc_send_text(a.rpc, deep, JSON_DEPTH_MAX + 1);
    turns(l, 10);
    assert_int_equal(b.err, -EPROTO);
    pair_close(&a, &b);
    free(deep);

    pair_open(l, &a, &b, 0);
    jsonrpc_set_limits(b.rpc, 100, 64);
    json_t *body = jsonrpc_make_notify("12345678901234567890123456789012345",
                                       json_array());
    assert_int_equal(jsonrpc_send(b.rpc, json_incref(body)), -ENOBUFS);
    assert_int_equal(jsonrpc_send(a.rpc, body), 0);
    turns(l, 10);
    assert_int_equal(b.n_messages, 1);
    /* Who asks for echoes and does not read them is cut. */
    jsonrpc_set_reading(a.rpc, false);
    for (int i = 0; i < 2 && !b.n_closed; i++) {
        jsonrpc_send(a.rpc,
                     jsonrpc_make_request("echo", json_pack("[s]",
                                          "1234567890123456"),
                                          json_integer(i)));
    }
    turns(l, 10);
    assert_int_equal(b.n_closed, 1);
    assert_int_equal(b.err, -ENOBUFS);
    pair_close(&a, &b);

    pair_open(l, &a, &b, 0);
    jsonrpc_set_limits(b.rpc, 100, 64);
    char text[120];
    memset(text, ' ', sizeof text);
    text[0] = '{';
    jsonrpc_send_text(a.rpc, text, sizeof text);
    turns(l, 10);
    assert_int_equal(b.err, -EPROTO);
    pair_close(&a, &b);
    loop_destroy(&l);
}

/* Who sends much has his turn and then waits for the others: both get all
 * their answers, and neither all of his before the other one's first. */
static void
test_turns(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct end a[2], b[2];
    enum { N = 1000 };
    for (int i = 0; i < 2; i++) {
        pair_open(l, &a[i], &b[i], 0);
    }
    for (int i = 0; i < N; i++) {
        jsonrpc_request(a[0].rpc, "double", json_pack("[i]", i), NULL);
    }
    jsonrpc_request(a[1].rpc, "double", json_pack("[i]", 1), NULL);
    for (int i = 0; i < 100 && !a[1].n_messages; i++) {
        turns(l, 1);
    }
    assert_int_equal(a[1].n_messages, 1);
    assert_in_range(b[0].n_messages, 1, N / 2);
    turns(l, 200);
    assert_int_equal(a[0].n_messages, N);
    pair_close(&a[0], &b[0]);
    pair_close(&a[1], &b[1]);
    loop_destroy(&l);
}

/* Who sends large requests ahead shares his turns with others that do: a
 * turn has one of them, of each in turn, and who asks little waits no longer.
 */
static void
test_shared_turn(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct jsonrpc_guard guard = { .tree_max = SIZE_MAX - 1,
                                   .parts_max = SIZE_MAX,
                                   .echo_pause = SIZE_MAX };
    struct end a[4], b[4];
    enum { N = 20 };
    jsonrpc_guard_init(&guard);
    clock_hold();
    for (int i = 0; i < 4; i++) {
        pair_open(l, &a[i], &b[i], 0);
        jsonrpc_set_guard(b[i].rpc, &guard);
    }
    for (int i = 0; i < 3 * N; i++) {
        jsonrpc_send(a[i % 3].rpc, jsonrpc_make_notify("slow", json_array()));
    }
    for (int i = 0; i < 10 && b[2].n_messages < 1; i++) {
        turns(l, 1);
    }
    jsonrpc_request(a[3].rpc, "double", json_pack("[i]", 1), NULL);
    for (int i = 0; i < 9; i++) {
        int n = b[0].n_messages + b[1].n_messages + b[2].n_messages;
        turns(l, 1);
        assert_int_equal(b[0].n_messages + b[1].n_messages
                             + b[2].n_messages, n + 1);
        assert_in_range(b[0].n_messages - b[2].n_messages + 1, 0, 2);
        assert_in_range(b[1].n_messages - b[2].n_messages + 1, 0, 2);
    }
    assert_int_equal(a[3].n_messages, 1);
    /* One goes while he rests; the others get on. */
    pair_close(&a[1], &b[1]);
    turns(l, 2 * N);
    assert_int_equal(b[0].n_messages, N);
    assert_int_equal(b[2].n_messages, N);
    for (int i = 0; i < 4; i++) {
        if (i != 1) {
            pair_close(&a[i], &b[i]);
        }
    }
    loop_destroy(&l);
}

/* Unfinished messages: of all together, and for how long; white space is
 * none; what a message becomes in memory. */
static void
test_guard(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct jsonrpc_guard guard = { .tree_max = 3000, .parts_max = 1000,
                                   .part_free = 100, .part_ms = 5000,
                                   .echo_pause = 1 << 20 };
    struct end a[3], b[3];
    char text[600];
    jsonrpc_guard_init(&guard);
    for (int i = 0; i < 3; i++) {
        pair_open(l, &a[i], &b[i], 0);
        jsonrpc_set_guard(b[i].rpc, &guard);
    }
    memset(text, 'x', sizeof text);
    text[0] = '{';
    text[1] = '"';
    jsonrpc_send_text(a[0].rpc, text, sizeof text);
    jsonrpc_send_text(a[1].rpc, text, 50);
    turns(l, 10);
    assert_int_equal(guard.parts, 650);
    jsonrpc_send_text(a[2].rpc, text, sizeof text);
    turns(l, 10);
    assert_int_equal(b[2].err, -EPROTO);
    assert_non_null(strstr(jsonrpc_error_text(b[2].rpc), "sent 600 bytes"));
    assert_int_equal(b[0].n_closed + b[1].n_closed, 0);
    pair_close(&a[2], &b[2]);
    assert_int_equal(guard.parts, 650);
    clock_hold();
    clock_advance_ms(5001);
    loop_clock_moved(l);
    turns(l, 10);
    assert_int_equal(b[0].err, -EPROTO);
    assert_int_equal(b[1].err, -EPROTO);
    pair_close(&a[0], &b[0]);
    pair_close(&a[1], &b[1]);
    assert_int_equal(guard.parts, 0);

    pair_open(l, &a[0], &b[0], 0);
    jsonrpc_set_guard(b[0].rpc, &guard);
    memset(text, ' ', sizeof text);
    for (int i = 0; i < 10; i++) {
        jsonrpc_send_text(a[0].rpc, text, sizeof text);
        turns(l, 5);
    }
    jsonrpc_request(a[0].rpc, "double", json_pack("[i]", 4), NULL);
    turns(l, 10);
    assert_int_equal(a[0].n_messages, 1);
    assert_int_equal(guard.parts, 0);
    static const char wide[]
        = "{\"method\":\"m\",\"id\":1,\"params\":[[],[],[],[],[],[],[],[],[],"
          "[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]}";
    jsonrpc_send_text(a[0].rpc, wide, sizeof wide - 1);
    turns(l, 10);
    assert_int_equal(b[0].err, -EPROTO);
    assert_non_null(strstr(jsonrpc_error_text(b[0].rpc), "over 3000 bytes"));
    pair_close(&a[0], &b[0]);
    loop_destroy(&l);
}

struct client {
    struct jsonrpc_session *s;
    int n_up, n_down, n_messages, err;
};

static void
client_up(void *c_)
{
    struct client *c = c_;
    c->n_up++;
}

static void
client_message(void *c_, struct jsonrpc_msg *m UNUSED)
{
    struct client *c = c_;
    c->n_messages++;
}

static void
client_down(void *c_, int err)
{
    struct client *c = c_;
    c->n_down++;
    c->err = err;
}

static const struct jsonrpc_session_callbacks client_cbs = {
    .connected = client_up,
    .message = client_message,
    .disconnected = client_down,
};

static void
server_accept(void *e_, struct stream *s)
{
    struct end *e = e_;
    jsonrpc_close(&e->rpc);
    e->rpc = jsonrpc_from_stream(e->loop, s, &end_cbs, e);
}

static void
run_until(struct loop *l, const int *value, int want)
{
    int64_t end = clock_real_ms() + 5000;
    while (*value < want && clock_real_ms() < end) {
        loop_run_for(l, 50);
    }
    assert_true(*value >= want);
}

static void
test_session(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct end server = { .loop = l };
    struct client c = { 0 };
    struct listener *ln;
    char *error;
    assert_int_equal(listener_open(l, "ptcp:0:127.0.0.1", 0, server_accept,
                                   &server, &ln), 0);
    /* The first of the two remotes refuses. */
    char *remotes = xasprintf("tcp:127.0.0.1:1,tcp:127.0.0.1:%u",
                              listener_port(ln));
    c.s = jsonrpc_session_open(l, remotes, 0, &client_cbs, &c, &error);
    assert_non_null(c.s);
    jsonrpc_session_set_max_backoff(c.s, 100);
    run_until(l, &c.n_down, 1);
    assert_int_equal(c.err, -ECONNREFUSED);
    run_until(l, &c.n_up, 1);
    const struct reconnect *r = jsonrpc_session_reconnect(c.s);
    assert_int_equal(r->n_attempts, 2);
    assert_int_equal(r->state, RECONNECT_ACTIVE);
    assert_int_equal(jsonrpc_session_request(
                         c.s, "double", json_pack("[i]", 4), NULL), 0);
    run_until(l, &c.n_messages, 1);

    /* The server goes away; the session comes back by itself. */
    server.n_connected = 0;
    jsonrpc_close(&server.rpc);
    run_until(l, &c.n_down, 2);
    assert_int_equal(jsonrpc_session_send(
                         c.s, jsonrpc_make_notify("x", json_array())),
                     -ENOTCONN);
    jsonrpc_session_force_reconnect(c.s);
    jsonrpc_session_force_reconnect(c.s);
    run_until(l, &c.n_up, 2);
    jsonrpc_session_close(&c.s);
    jsonrpc_close(&server.rpc);
    listener_close(&ln);
    free(server.last);
    free(remotes);

    assert_null(jsonrpc_session_open(l, "nope:1", 0, &client_cbs, &c,
                                     &error));
    assert_non_null(error);
    free(error);
    loop_destroy(&l);
}

static void
sink(void *aux UNUSED, const uint8_t *bytes UNUSED, size_t n UNUSED)
{
}

struct server_thread {
    struct end end;
    struct listener *ln;
    char *name;
};

static void *
serve(void *t_)
{
    struct server_thread *t = t_;
    loop_run(t->end.loop);
    return NULL;
}

static void
test_block(void **state UNUSED)
{
    struct server_thread t = { .end.loop = loop_create() };
    struct jsonrpc_block *b;
    json_t *result, *error, *body;
    assert_int_equal(listener_open(t.end.loop, "ptcp:0:127.0.0.1", 0,
                                   server_accept, &t.end, &t.ln), 0);
    t.name = xasprintf("tcp:127.0.0.1:%u", listener_port(t.ln));
    pthread_t thread = thread_start("server", serve, &t);
    int64_t deadline = clock_real_ms() + 5000;
    assert_int_equal(jsonrpc_block_open(t.name, 0, NULL, deadline, &b), 0);
    assert_int_equal(jsonrpc_block_call(b, "double", json_pack("[i]", 21),
                                        deadline, &result, &error), 0);
    assert_int_equal(json_integer_value(result), 42);
    assert_null(error);
    json_decref(result);
    assert_int_equal(
        jsonrpc_block_send(b, jsonrpc_make_request("double",
                                                   json_pack("[i]", 3),
                                                   json_string("mine")),
                           deadline), 0);
    assert_int_equal(jsonrpc_block_recv(b, deadline, &body), 0);
    assert_string_equal(json_string_value(json_object_get(body, "id")),
                        "mine");
    json_decref(body);
    assert_int_equal(jsonrpc_block_recv(b, clock_real_ms() + 30, &body),
                     -ETIMEDOUT);
    jsonrpc_block_interrupt(b);
    assert_int_equal(jsonrpc_block_recv(b, INT64_MAX, &body), -EINTR);
    assert_int_equal(jsonrpc_block_call(b, "bye", json_array(), deadline,
                                        &result, &error), -ECONNRESET);
    jsonrpc_block_close(&b);
    loop_stop(t.end.loop);
    thread_join(thread);
    jsonrpc_close(&t.end.rpc);
    listener_close(&t.ln);
    loop_destroy(&t.end.loop);
    free(t.end.last);
    assert_int_equal(jsonrpc_block_open(t.name, 0, NULL, deadline, &b),
                     -ECONNREFUSED);
    assert_int_equal(jsonrpc_block_open("unix:/nonexistent", 0, NULL,
                                        deadline, &b), -ENOENT);
    assert_int_equal(jsonrpc_block_open("ssl:127.0.0.1:1", 0, NULL,
                                        deadline, &b), -ENOPROTOOPT);
    free(t.name);
}

/* A peer that does not answer probes is cut.  Last: the clock stays held. */
static void
test_probe(void **state UNUSED)
{
    static const struct stream_callbacks deaf = { .data = sink };
    struct loop *l = loop_create();
    struct client c = { 0 };
    struct stream *a, *b;
    clock_hold();
    stream_mem_pair(l, &a, &b);
    stream_set_callbacks(b, &deaf, NULL);
    c.s = jsonrpc_session_from_stream(l, a, &client_cbs, &c);
    jsonrpc_session_set_probe(c.s, 1000);
    run_until(l, &c.n_up, 1);
    const struct reconnect *r = jsonrpc_session_reconnect(c.s);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(r->state, i ? RECONNECT_IDLE : RECONNECT_ACTIVE);
        clock_advance_ms(999);
        loop_clock_moved(l);
        assert_int_equal(r->state, i ? RECONNECT_IDLE : RECONNECT_ACTIVE);
        clock_advance_ms(1);
        loop_clock_moved(l);
    }
    assert_int_equal(c.n_down, 1);
    assert_int_equal(c.err, -ETIMEDOUT);
    assert_int_equal(r->state, RECONNECT_VOID);
    jsonrpc_session_close(&c.s);
    stream_close(&b);
    loop_destroy(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_close_in_callback),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_guard),
        cmocka_unit_test(test_shared_turn),
        cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests_name("io_jsonrpc", tests, NULL, NULL);
}
