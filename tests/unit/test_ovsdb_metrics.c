/* SPDX-License-Identifier: Apache-2.0 */
/* The page for Prometheus: which requests get it, and what happens to slow,
 * long and many ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/io/stream.h"
#include "ovsdb/metrics.h"

static void
test_judge(void **state UNUSED)
{
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        { "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
        { "GET /metrics HTTP/1.0\r\n\r\n", 200 },
        { "GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\nA:\tb \r\n\r\nrest", 200 },
        { "GET /metrics HTTP/1.1\nHost: x\n\n", 200 },
        { "HEAD /metrics HTTP/1.1\r\n\r\n", 200 },
        { "GET / HTTP/1.1\r\n\r\n", 404 },
        { "GET /metricsx HTTP/1.1\r\n\r\n", 404 },
        { "POST /other HTTP/1.1\r\n\r\n", 404 },
        { "POST /metrics HTTP/1.1\r\n\r\n", 405 },
        { "get /metrics HTTP/1.1\r\n\r\n", 405 },
        { "GET /metrics HTTP/2.0\r\n\r\n", 505 },
        { "GET  /metrics HTTP/1.1\r\n\r\n", 400 },
        { "GET /metrics  HTTP/1.1\r\n\r\n", 400 },
        { "GET /metrics\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.1x\r\n\r\n", 400 },
        { "G\x01T /metrics HTTP/1.1\r\n\r\n", 400 },
        { "GET /metr\x01ics HTTP/1.1\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.1\r\nno colon\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.1\r\n: no name\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.1\r\nA b: c\r\n\r\n", 400 },
        { "GET /metrics HTTP/1.1\r\nA: b\rc\r\n\r\n", 400 },
        { " GET /metrics HTTP/1.1\r\n\r\n", 400 },
        { "{\"method\":", 400 },
        { "\x16\x03\x01", 400 },
        { "", 0 },
        { "GET /metrics HTTP/1.1\r\n", 0 },
        { "GET /metrics HTTP/1.1\r\nHost: x\r\n", 0 },
        { "GET /metrics HTTP/1.1\r\nHost: x\r\n\r", 0 },
    };
    bool head;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *r = cases[i].request;
        assert_int_equal(metrics_http_judge(r, strlen(r), &head),
                         cases[i].status);
        assert_int_equal(head, cases[i].status == 200 && *r == 'H');
    }
    char *long_one = xmalloc(METRICS_REQUEST_MAX);
    memset(long_one, 'x', METRICS_REQUEST_MAX);
    assert_int_equal(metrics_http_judge(long_one, METRICS_REQUEST_MAX - 1,
                                        &head), 0);
    assert_int_equal(metrics_http_judge(long_one, METRICS_REQUEST_MAX, &head),
                     431);
    free(long_one);
}

static void
test_histogram(void **state UNUSED)
{
    struct metrics_histogram h = { .sum_us = 0 };
    static const int64_t times[] = { -5, 0, 100, 101, 2500, 10000000,
                                     10000001 };
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        metrics_observe(&h, times[i]);
    }
    assert_int_equal(h.counts[0], 3);
    assert_int_equal(h.counts[1], 1);
    assert_int_equal(h.counts[4], 1);
    assert_int_equal(h.counts[METRICS_N_BUCKETS - 1], 1);
    assert_int_equal(h.counts[METRICS_N_BUCKETS], 1);
    assert_int_equal(h.sum_us, 100 + 101 + 2500 + 10000000 + 10000001);
}

/* The server. */

struct client {
    struct stream *s;
    struct buf got;
    bool closed;
};

static void
on_data(void *c_, const uint8_t *bytes, size_t n)
{
    struct client *c = c_;
    buf_put(&c->got, bytes, n);
}

static void
on_closed(void *c_, int err UNUSED)
{
    struct client *c = c_;
    c->closed = true;
}

static void
client_open(struct loop *l, struct metrics_http *http, struct client *c)
{
    static const struct stream_callbacks cbs = { .data = on_data,
                                                 .closed = on_closed };
    char *name = xasprintf("tcp:127.0.0.1:%u", metrics_http_port(http));
    *c = (struct client){ .closed = false };
    assert_int_equal(stream_open(l, name, 0, &cbs, c, &c->s), 0);
    free(name);
}

static void
client_send(struct client *c, const char *text)
{
    assert_int_equal(stream_send(c->s, text, strlen(text)), 0);
}

static void
run_until(struct loop *l, const bool *what)
{
    int64_t end = clock_real_ms() + 10000;
    while (!*what && clock_real_ms() < end) {
        loop_run_for(l, 20);
    }
    assert_true(*what);
}

static void
client_close(struct client *c)
{
    stream_close(&c->s);
    buf_fini(&c->got);
}

static void
put(void *aux UNUSED, struct str *out)
{
    str_put(out, "a 1\n");
}

static void
test_server(void **state UNUSED)
{
    struct loop *l = loop_create();
    struct metrics_http *http;
    struct client many[METRICS_CONNS_MAX + 1], c;
    assert_int_equal(metrics_http_open(l, "ptcp:0:127.0.0.1", put, NULL,
                                       &http), 0);
    static const struct {
        const char *request, *begins, *ends;
    } cases[] = {
        { "GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n",
          "Content-Length: 4\r\nConnection: close\r\n\r\na 1\n" },
        { "HEAD /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n",
          "Content-Length: 4\r\nConnection: close\r\n\r\n" },
        { "PUT /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed",
          "Allow: GET, HEAD\r\nConnection: close\r\n\r\n"
          "Method Not Allowed\n" },
        { "GET /x HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found", "Not Found\n" },
        { "?\r\n", "HTTP/1.1 400 Bad Request", "Bad Request\n" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        client_open(l, http, &c);
        client_send(&c, cases[i].request);
        run_until(l, &c.closed);
        buf_put_u8(&c.got, 0);
        const char *text = (const char *)c.got.data;
        assert_true(str_starts_with(text, cases[i].begins));
        size_t n = strlen(cases[i].ends);
        assert_true(c.got.len > n);
        assert_string_equal(text + c.got.len - 1 - n, cases[i].ends);
        client_close(&c);
    }
    /* One more than there may be: the oldest goes.  The others stay until
     * their time is over. */
    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        client_open(l, http, &many[i]);
        client_send(&many[i], "GET /metrics");
        while (!stream_is_connected(many[i].s)) {
            loop_run_for(l, 20);
        }
    }
    run_until(l, &many[0].closed);
    assert_int_equal(many[0].got.len, 0);
    clock_hold();
    clock_advance_ms(METRICS_REQUEST_MS + 1);
    loop_clock_moved(l);
    for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
        run_until(l, &many[i].closed);
        client_close(&many[i]);
    }
    metrics_http_close(&http);
    loop_destroy(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_server),
    };
    return cmocka_run_group_tests_name("ovsdb_metrics", tests, NULL, NULL);
}
