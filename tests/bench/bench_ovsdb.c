/* SPDX-License-Identifier: Apache-2.0 */
/* A load for database servers: bench_ovsdb COMMAND SOCKET ARGUMENT...
 *
 *   pipeline N DEPTH        N inserts of a row, at most DEPTH unanswered
 *   inserts CLIENTS N       each client inserts N rows, one after the other
 *   durable CLIENTS N       the same, and wants each durable
 *   updates MONITORS N      N updates, one after the other, that each monitor
 *                           must see
 *   connect CLIENTS         as many connect and monitor one small table
 *   initial CLIENTS         as many monitor the big table
 *   transaction N           N inserts in one transaction
 *   stall SECONDS           one small request after the other, every
 *                           millisecond
 *
 * Requests are prepared bytes and answers are only cut into messages, so that
 * the server is the bound.  Prints one JSON object: "seconds" from the first
 * byte to the last answer, "messages", "bytes", "errors" (answers with
 * "details"), and of the times of single requests "p50_us", "p99_us",
 * "max_us". */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"

#define BUFFER_BYTES (256 * 1024)
#define LAST 424242424242 /* A number that only the last update writes. */

/* Words to look for in what comes. */
enum word { WORD_ERROR, WORD_LAST, N_WORDS };
static const char *const words[N_WORDS] = { "\"details\"", "424242424242" };

struct conn {
    int fd;
    struct str out;     /* Bytes to send. */
    size_t sent;
    bool wants_out;     /* EPOLLOUT is asked for. */
    unsigned int depth; /* Of braces in the message being read. */
    bool in_string, escaped;
    size_t matched[N_WORDS];
    size_t n_words[N_WORDS];
    size_t n_messages;
};

struct load {
    const char *path;
    int epoll;
    struct conn *conns;
    size_t n;
    uint64_t n_bytes;
    double *times_us;
    size_t n_times;
    char buffer[BUFFER_BYTES];
};

static double
now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
die(const char *what)
{
    fprintf(stderr, "bench_ovsdb: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* Reading: messages are counted at the brace that ends them. */

static void
match_words(struct conn *c, char byte)
{
    for (size_t i = 0; i < N_WORDS; i++) {
        const char *word = words[i];
        size_t n = c->matched[i];
        n = byte == word[n] ? n + 1 : byte == word[0];
        if (!word[n]) {
            c->n_words[i]++;
            n = 0;
        }
        c->matched[i] = n;
    }
}

static void
scan(struct conn *c, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char byte = p[i];
        match_words(c, byte);
        if (c->in_string) {
            bool ends = byte == '"' && !c->escaped;
            c->escaped = byte == '\\' && !c->escaped;
            c->in_string = !ends;
        } else if (byte == '"') {
            c->in_string = true;
        } else if (byte == '{') {
            c->depth++;
        } else if (byte == '}' && !--c->depth) {
            c->n_messages++;
        }
    }
}

static void
receive(struct load *l, struct conn *c)
{
    ssize_t n = recv(c->fd, l->buffer, sizeof l->buffer, MSG_DONTWAIT);
    if (n > 0) {
        l->n_bytes += (uint64_t)n;
        scan(c, l->buffer, (size_t)n);
    } else if (n == 0) {
        errno = ECONNRESET;
        die("receive");
    } else if (errno != EAGAIN && errno != EINTR) {
        die("receive");
    }
}

/* Writing. */

static void
want_out(struct load *l, struct conn *c, bool want)
{
    if (want != c->wants_out) {
        struct epoll_event ev = { .events = EPOLLIN | (want ? EPOLLOUT : 0),
                                  .data.ptr = c };
        c->wants_out = want;
        if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &ev)) {
            die("epoll");
        }
    }
}

/* Sends what is in 'out', now or when there is room. */
static void
flush(struct load *l, struct conn *c)
{
    while (c->sent < c->out.len) {
        ssize_t n = send(c->fd, str_cstr(&c->out) + c->sent,
                         c->out.len - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) {
                want_out(l, c, true);
                return;
            }
            die("send");
        }
        c->sent += (size_t)n;
    }
    str_clear(&c->out);
    c->sent = 0;
    want_out(l, c, false);
}

static void
conn_open(struct load *l, struct conn *c)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    snprintf(sun.sun_path, sizeof sun.sun_path, "%s", l->path);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    str_init(&c->out);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&sun, sizeof sun)) {
        die(l->path);
    }
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = c };
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev)) {
        die("epoll");
    }
}

static void
load_open(struct load *l, size_t n)
{
    l->conns = xcalloc(n, sizeof *l->conns);
    l->n = n;
    for (size_t i = 0; i < n; i++) {
        conn_open(l, &l->conns[i]);
    }
}

/* Waits for something and does it. */
static void
step(struct load *l, int timeout_ms)
{
    struct epoll_event events[256];
    int n = epoll_wait(l->epoll, events, 256, timeout_ms);
    for (int i = 0; i < n; i++) {
        struct conn *c = events[i].data.ptr;
        if (events[i].events & EPOLLOUT) {
            flush(l, c);
        }
        if (events[i].events & ~(uint32_t)EPOLLOUT) {
            receive(l, c);
        }
    }
}

static void
note_time(struct load *l, double start_us)
{
    if (!(l->n_times & (l->n_times + 1))) { /* 0, 1, 3, 7, ... */
        l->times_us = xrealloc(l->times_us, (l->n_times + 1) * 2
                                                * sizeof *l->times_us);
    }
    l->times_us[l->n_times++] = now_us() - start_us;
}

/* Requests. */

static unsigned int run_id; /* Makes names of this run its own. */

static void
put_insert_op(struct str *s, const char *table, size_t i)
{
    str_putf(s, "{\"op\":\"insert\",\"table\":\"%s\",\"row\":{\"name\":"
               "\"%x-%zu\",\"n\":%zu,\"ids\":[\"map\",[[\"iface-id\",\"port-"
               "%zu\"],[\"owner\",\"bench\"]]]}}", table, run_id, i, i, i);
}

static void
put_insert(struct str *s, size_t i, bool durable)
{
    str_putf(s, "{\"method\":\"transact\",\"id\":%zu,\"params\":[\"B\",",
               i);
    put_insert_op(s, "Big", i);
    str_put(s, durable ? ",{\"op\":\"commit\",\"durable\":true}]}" : "]}");
}

static void
put_update(struct str *s, size_t i, int64_t value)
{
    str_putf(s, "{\"method\":\"transact\",\"id\":%zu,\"params\":[\"B\",{"
               "\"op\":\"update\",\"table\":\"Small\",\"where\":[[\"name\","
               "\"==\",\"one\"]],\"row\":{\"n\":%"PRId64"}}]}", i, value);
}

static void
put_monitor(struct str *s, const char *table, const char *method)
{
    str_putf(s, "{\"method\":\"%s\",\"id\":0,\"params\":[\"B\",\"m\",{"
               "\"%s\":{\"columns\":[\"name\",\"n\",\"ids\"]}}]}", method,
               table);
}

static void
wait_all(struct load *l, size_t n_conns, size_t n_messages)
{
    for (size_t i = 0; i < n_conns; i++) {
        while (l->conns[i].n_messages < n_messages) {
            step(l, 1000);
        }
    }
}

/* Commands.  Each returns when it started to count. */

static double
run_pipeline(struct load *l, size_t n, size_t depth)
{
    load_open(l, 1);
    struct conn *c = &l->conns[0];
    double start = now_us();
    for (size_t sent = 0; c->n_messages < n;) {
        while (sent < n && sent - c->n_messages < depth
               && c->out.len < BUFFER_BYTES) {
            put_insert(&c->out, sent++, false);
        }
        flush(l, c);
        step(l, 1000);
    }
    return start;
}

struct turn {
    double start_us;
    size_t n_sent;
};

/* True if the client has had its last answer. */
static bool
next_insert(struct load *l, size_t client, struct turn *t, size_t n,
            bool durable)
{
    struct conn *c = &l->conns[client];
    if (c->n_messages < t->n_sent) {
        return false;
    }
    if (t->n_sent) {
        note_time(l, t->start_us);
    }
    if (t->n_sent == n) {
        return true;
    }
    t->start_us = now_us();
    put_insert(&c->out, client * n + t->n_sent++, durable);
    flush(l, c);
    return false;
}

static double
run_inserts(struct load *l, size_t n_clients, size_t n, bool durable)
{
    load_open(l, n_clients);
    struct turn *turns = xcalloc(n_clients, sizeof *turns);
    bool *done = xcalloc(n_clients, sizeof *done);
    double start = now_us();
    for (size_t n_done = 0; n_done < n_clients;) {
        for (size_t i = 0; i < n_clients; i++) {
            if (!done[i]) {
                done[i] = next_insert(l, i, &turns[i], n, durable);
                n_done += done[i];
            }
        }
        if (n_done < n_clients) {
            step(l, 1000);
        }
    }
    free(turns);
    free(done);
    return start;
}

/* Updates that the writer has under way at once: what is measured is the
 * telling of many, not the disk that each answer waits for. */
#define UPDATES_AHEAD 64

/* The last connection writes, the others watch. */
static double
run_updates(struct load *l, size_t n_monitors, size_t n)
{
    load_open(l, n_monitors + 1);
    for (size_t i = 0; i < n_monitors; i++) {
        put_monitor(&l->conns[i].out, "Small", "monitor_cond");
        flush(l, &l->conns[i]);
    }
    wait_all(l, n_monitors, 1);
    struct conn *writer = &l->conns[n_monitors];
    double start = now_us();
    for (size_t i = 0; i < n; i++) {
        put_update(&writer->out, i, i + 1 < n ? (int64_t)i : LAST);
        flush(l, writer);
        while (writer->n_messages + UPDATES_AHEAD <= i) {
            step(l, 1000);
        }
    }
    for (size_t i = 0; i < n_monitors; i++) {
        while (!l->conns[i].n_words[WORD_LAST]) {
            step(l, 1000);
        }
    }
    return start;
}

/* As many connect and follow 'table', all at once. */
static double
run_monitors(struct load *l, size_t n_clients, const char *table,
             const char *method)
{
    double start = now_us();
    l->conns = xcalloc(n_clients, sizeof *l->conns);
    l->n = n_clients;
    for (size_t i = 0; i < n_clients; i++) {
        conn_open(l, &l->conns[i]);
        put_monitor(&l->conns[i].out, table, method);
        flush(l, &l->conns[i]);
        step(l, 0); /* Else the backlog of the socket is the bound. */
    }
    wait_all(l, n_clients, 1);
    return start;
}

static double
run_transaction(struct load *l, size_t n)
{
    load_open(l, 1);
    struct str *out = &l->conns[0].out;
    str_put(out, "{\"method\":\"transact\",\"id\":0,\"params\":[\"B\"");
    for (size_t i = 0; i < n; i++) {
        str_put_char(out, ',');
        put_insert_op(out, "Big", i);
    }
    str_put(out, "]}");
    double start = now_us();
    flush(l, &l->conns[0]);
    wait_all(l, 1, 1);
    return start;
}

static double
run_stall(struct load *l, size_t seconds)
{
    load_open(l, 1);
    struct conn *c = &l->conns[0];
    double start = now_us();
    for (size_t i = 0; now_us() - start < (double)seconds * 1e6; i++) {
        double one = now_us();
        put_update(&c->out, i, (int64_t)i);
        flush(l, c);
        while (c->n_messages <= i) {
            step(l, 1000);
        }
        note_time(l, one);
        usleep(1000);
    }
    return start;
}

static int
compare_times(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
quantile(const struct load *l, double q)
{
    return l->n_times ? l->times_us[(size_t)(q * (double)(l->n_times - 1))]
                      : 0;
}

static void
print_result(struct load *l, double start_us)
{
    double seconds = (now_us() - start_us) / 1e6;
    size_t n_messages = 0, n_errors = 0;
    for (size_t i = 0; i < l->n; i++) {
        n_messages += l->conns[i].n_messages;
        n_errors += l->conns[i].n_words[WORD_ERROR];
    }
    if (l->n_times) {
        qsort(l->times_us, l->n_times, sizeof *l->times_us, compare_times);
    }
    printf("{\"seconds\": %.6f, \"messages\": %zu, \"bytes\": %"PRIu64", "
           "\"errors\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, "
           "\"max_us\": %.1f}\n", seconds, n_messages, l->n_bytes, n_errors,
           quantile(l, 0.5), quantile(l, 0.99), quantile(l, 1));
}

static double
run(struct load *l, const char *command, size_t a, size_t b)
{
    if (!strcmp(command, "pipeline")) {
        return run_pipeline(l, a, b);
    } else if (!strcmp(command, "durable")) {
        return run_inserts(l, a, b, true);
    } else if (!strcmp(command, "inserts")) {
        return run_inserts(l, a, b, false);
    } else if (!strcmp(command, "updates")) {
        return run_updates(l, a, b);
    } else if (!strcmp(command, "connect")) {
        return run_monitors(l, a, "Small", "monitor_cond");
    } else if (!strcmp(command, "initial")) {
        return run_monitors(l, a, "Big", "monitor_cond");
    } else if (!strcmp(command, "transaction")) {
        return run_transaction(l, a);
    } else if (!strcmp(command, "stall")) {
        return run_stall(l, a);
    }
    fprintf(stderr, "bench_ovsdb: no command %s\n", command);
    exit(2);
}

int
main(int argc, char *argv[])
{
    if (argc < 4) {
        fprintf(stderr, "usage: bench_ovsdb COMMAND SOCKET NUMBER [NUMBER]\n");
        return 2;
    }
    struct load *l = xzalloc(sizeof *l);
    l->path = argv[2];
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    run_id = (unsigned int)getpid();
    size_t a = strtoul(argv[3], NULL, 10);
    size_t b = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;
    print_result(l, run(l, argv[1], a, b));
    return 0;
}
