/* SPDX-License-Identifier: Apache-2.0 */
/* A server for one page [RFC 9110, RFC 9112].  Each connection is one request
 * and one answer, said with "Connection: close". */
#include <errno.h>

#include "lib/base/buf.h"
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/listen.h"
#include "ovsdb/metrics.h"

LOG_MODULE(metrics);

struct metrics_http {
    struct loop *loop;
    struct listener *listener;
    struct list conns; /* struct conn.node, oldest first. */
    size_t n_conns;
    void (*put)(void *aux, struct str *out);
    void *aux;
};

struct conn {
    struct list node;        /* In metrics_http.conns. */
    struct metrics_http *http;
    struct stream *stream;
    struct buf request;      /* So far. */
    struct loop_timer timer; /* The request must be whole. */
};

static void
conn_destroy(struct conn *c)
{
    c->http->n_conns--;
    list_remove(&c->node);
    loop_timer_cancel(&c->timer);
    stream_close(&c->stream);
    buf_fini(&c->request);
    free(c);
}

static const char *
reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 431:
        return "Request Header Fields Too Large";
    default:
        return "HTTP Version Not Supported";
    }
}

/* Answers, and is done with the connection. */
static void
conn_answer(struct conn *c, int status, bool head)
{
    struct str body = STR_INIT, text = STR_INIT;
    if (status == 200) {
        c->http->put(c->http->aux, &body);
    } else {
        str_putf(&body, "%s\n", reason(status));
    }
    str_putf(&text, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; %s"
                    "charset=utf-8\r\nContent-Length: %zu\r\n%s"
                    "Connection: close\r\n\r\n",
             status, reason(status), status == 200 ? "version=0.0.4; " : "",
             body.len, status == 405 ? "Allow: GET, HEAD\r\n" : "");
    if (!head) {
        str_put_n(&text, str_cstr(&body), body.len);
    }
    int err = stream_send(c->stream, text.s, text.len);
    if (err) {
        log_dbg("%s: cannot answer: %s", stream_name(c->stream),
                log_strerror(err));
    }
    str_fini(&text);
    str_fini(&body);
    stream_close_after_send(&c->stream, METRICS_REQUEST_MS);
    conn_destroy(c);
}

/* Requests. */

/* A character of a method [RFC 9110 5.6.2]. */
static bool
is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
           || (c >= 'a' && c <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* Length of the lines up to and with the empty one; 0 if that is not there. */
static size_t
head_len(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n'
            && ((i + 1 < len && text[i + 1] == '\n')
                || (i + 2 < len && text[i + 1] == '\r'
                    && text[i + 2] == '\n'))) {
            return i + (text[i + 1] == '\n' ? 2 : 3);
        }
    }
    return 0;
}

/* "/metrics", also with a query. */
static bool
is_page(const char *target, size_t n)
{
    static const char page[] = "/metrics";
    size_t len = sizeof page - 1;
    return n >= len && !memcmp(target, page, len)
           && (n == len || target[len] == '?');
}

/* Field lines: a name, a colon, no control characters. */
static bool
fields_are_good(const char *p, const char *end)
{
    while (p < end) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        const char *stop = eol > p && eol[-1] == '\r' ? eol - 1 : eol;
        const char *colon = memchr(p, ':', (size_t)(stop - p));
        if (p == stop) {
            return true; /* The empty line. */
        }
        if (!colon || colon == p) {
            return false;
        }
        for (const char *q = p; q < stop; q++) {
            if (q < colon ? !is_token_char(*q)
                          : (uint8_t)*q < 0x20 && *q != '\t') {
                return false;
            }
        }
        p = eol + 1;
    }
    return true;
}

/* The part up to the next space; NULL if there is none or it is empty. */
static const char *
word_end(const char *p, const char *end)
{
    const char *space = memchr(p, ' ', (size_t)(end - p));
    return space == p ? NULL : space;
}

static int
judge_line(const char *p, const char *end, bool *head)
{
    const char *method_end = word_end(p, end);
    const char *target = method_end ? method_end + 1 : NULL;
    const char *target_end = target ? word_end(target, end) : NULL;
    if (!target_end) {
        return 400;
    }
    for (const char *q = p; q < target_end; q++) {
        bool good = q < method_end ? is_token_char(*q)
                                   : (uint8_t)*q >= 0x20 && *q != 0x7f;
        if (!good) {
            return 400;
        }
    }
    const char *version = target_end + 1;
    size_t version_len = (size_t)(end - version);
    if (version_len != 8 || memcmp(version, "HTTP/", 5)) {
        return 400;
    }
    if (memcmp(version, "HTTP/1.", 7)) {
        return 505;
    }
    size_t method_len = (size_t)(method_end - p);
    *head = method_len == 4 && !memcmp(p, "HEAD", 4);
    if (!is_page(target, (size_t)(target_end - target))) {
        return 404;
    }
    return *head || (method_len == 3 && !memcmp(p, "GET", 3)) ? 200 : 405;
}

int
metrics_http_judge(const char *text, size_t len, bool *head)
{
    *head = false;
    size_t n = head_len(text, MIN(len, METRICS_REQUEST_MAX));
    const char *eol = memchr(text, '\n', MIN(len, METRICS_REQUEST_MAX));
    if (!n) {
        /* What cannot become a request need not be waited for. */
        bool is_word = len && is_token_char(text[0]);
        return len >= METRICS_REQUEST_MAX ? 431 : len && !is_word ? 400 : 0;
    }
    const char *end = eol > text && eol[-1] == '\r' ? eol - 1 : eol;
    int status = judge_line(text, end, head);
    return fields_are_good(eol + 1, text + n) ? status : 400;
}

/* Connections. */

static void
on_data(void *c_, const uint8_t *bytes, size_t n)
{
    struct conn *c = c_;
    bool head;
    buf_put(&c->request, bytes,
            MIN(n, METRICS_REQUEST_MAX - c->request.len));
    int status = metrics_http_judge((const char *)c->request.data,
                                    c->request.len, &head);
    if (status) {
        conn_answer(c, status, head);
    }
}

static void
on_gone(void *c_, int err UNUSED)
{
    conn_destroy(c_);
}

static void
on_connected(void *c_, int err)
{
    if (err) {
        conn_destroy(c_);
    }
}

static void
on_timer(void *c_)
{
    struct conn *c = c_;
    counter_inc(metrics_too_slow);
    if (stream_is_connected(c->stream)) {
        conn_answer(c, 408, false);
    } else {
        conn_destroy(c);
    }
}

static void
on_accept(void *http_, struct stream *s)
{
    static const struct stream_callbacks cbs = {
        .connected = on_connected,
        .data = on_data,
        .closed = on_gone,
    };
    struct metrics_http *http = http_;
    if (http->n_conns >= METRICS_CONNS_MAX) {
        counter_inc(metrics_refused);
        conn_destroy(LIST_ENTRY(list_front(&http->conns), struct conn,
                                node));
    }
    struct conn *c = xzalloc(sizeof *c);
    c->http = http;
    c->stream = s;
    buf_init(&c->request);
    loop_timer_init(&c->timer, http->loop, on_timer, c);
    loop_timer_set_in(&c->timer, METRICS_REQUEST_MS);
    list_push_back(&http->conns, &c->node);
    http->n_conns++;
    stream_set_callbacks(s, &cbs, c);
}

int
metrics_http_open(struct loop *loop, const char *name,
                  void (*put)(void *, struct str *), void *aux,
                  struct metrics_http **out)
{
    struct metrics_http *http = xzalloc(sizeof *http);
    http->loop = loop;
    http->put = put;
    http->aux = aux;
    list_init(&http->conns);
    int err = listener_open(loop, name, METRICS_PORT, on_accept, http,
                            &http->listener);
    if (err) {
        metrics_http_close(&http);
    }
    *out = http;
    return err;
}

void
metrics_http_close(struct metrics_http **hp)
{
    struct metrics_http *http = *hp;
    *hp = NULL;
    if (http) {
        LIST_FOR_EACH_SAFE (struct conn, c, node, &http->conns) {
            conn_destroy(c);
        }
        listener_close(&http->listener);
        free(http);
    }
}

uint16_t
metrics_http_port(const struct metrics_http *http)
{
    return listener_port(http->listener);
}
