/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: bytes to messages and back. */
#include "lib/io/jsonrpc.h"

#include <errno.h>
#include <malloc.h>

#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/jsonrpc_input.h"

LOG_MODULE(jsonrpc);

/* The id of our own probes, by which their replies are known. */
#define PROBE_ID "echo"
/* After so much work on one connection the others have their turn. */
#define TURN_MESSAGES 64
#define TURN_US 1000
/* Memory of a message this long goes back to the system at once. */
#define TRIM_BYTES ((size_t)4 * 1024 * 1024)

struct jsonrpc {
    struct loop *loop;
    struct stream *stream;   /* NULL once it ended. */
    char *name;
    struct jsonrpc_callbacks cbs;
    void *aux;
    struct jsonrpc_input input;
    uint64_t next_id;
    int64_t last_rx_ms;
    bool paused;             /* Reading is off: the owner said so, */
    bool full;               /* or too many answers to echoes wait, */
    bool yielding;           /* or what was read waits for the next turn. */
    int busy;                /* Callbacks on the stack. */
    bool closed;             /* jsonrpc_close() was called. */
    char *error_text;
    struct loop_defer rest;  /* Goes on with 'input', without a guard. */
    struct list rest_node;   /* With one: in guard->resting. */
    struct loop_timer slow;  /* A message takes long to come. */
};

static void on_connected(void *, int err);
static void on_data(void *, const uint8_t *, size_t);
static void on_drained(void *);
static void on_closed(void *, int err);
static void on_rest(void *);
static void on_slow(void *);
static void update_reading(struct jsonrpc *);

static const struct stream_callbacks stream_cbs = {
    .connected = on_connected,
    .data = on_data,
    .drained = on_drained,
    .closed = on_closed,
};

static struct jsonrpc *
jsonrpc_alloc(struct loop *l, const struct jsonrpc_callbacks *cbs, void *aux)
{
    struct jsonrpc *r = xzalloc(sizeof *r);
    r->loop = l;
    r->cbs = *cbs;
    r->aux = aux;
    r->last_rx_ms = clock_ms();
    jsonrpc_input_init(&r->input);
    loop_defer_init(&r->rest, on_rest, r);
    list_init(&r->rest_node);
    loop_timer_init(&r->slow, l, on_slow, r);
    return r;
}

/* Turns.
 *
 * A connection that has sent more than is handled at once rests.  All that
 * rest under one guard share a turn: it ends after TURN_US, or with the
 * request that lasted longer, and then the loop looks for what others ask, so
 * that who asks little waits for one large request and not for one of each
 * client that pipelines them. */

static void
guard_run_rest(void *g_)
{
    struct jsonrpc_guard *g = g_;
    int64_t end_us = clock_us() + TURN_US;
    struct loop *l = NULL;
    do {
        struct jsonrpc *r = LIST_ENTRY(list_pop_front(&g->resting),
                                       struct jsonrpc, rest_node);
        l = r->loop;
        on_rest(r);
    } while (!list_is_empty(&g->resting) && clock_us() < end_us);
    if (!list_is_empty(&g->resting)) {
        loop_defer(l, &g->rest);
    }
}

void
jsonrpc_guard_init(struct jsonrpc_guard *g)
{
    list_init(&g->resting);
    loop_defer_init(&g->rest, guard_run_rest, g);
}

static void
rest(struct jsonrpc *r)
{
    struct jsonrpc_guard *g = r->input.guard;
    if (!g) {
        loop_defer(r->loop, &r->rest);
    } else if (list_is_empty(&r->rest_node)) {
        list_push_back(&g->resting, &r->rest_node);
        loop_defer(r->loop, &g->rest);
    }
}

static void
cancel_rest(struct jsonrpc *r)
{
    struct jsonrpc_guard *g = r->input.guard;
    loop_defer_cancel(&r->rest);
    if (!list_is_empty(&r->rest_node)) {
        list_remove(&r->rest_node);
        if (list_is_empty(&g->resting)) {
            loop_defer_cancel(&g->rest);
        }
    }
}

static void
jsonrpc_free(struct jsonrpc *r)
{
    cancel_rest(r);
    loop_timer_cancel(&r->slow);
    stream_close(&r->stream);
    jsonrpc_input_fini(&r->input);
    free(r->error_text);
    free(r->name);
    free(r);
}

int
jsonrpc_open(struct loop *l, const char *name, uint16_t default_port,
             const struct jsonrpc_callbacks *cbs, void *aux,
             struct jsonrpc **out)
{
    struct jsonrpc *r = jsonrpc_alloc(l, cbs, aux);
    int err = stream_open(l, name, default_port, &stream_cbs, r, &r->stream);
    if (err) {
        jsonrpc_free(r);
        *out = NULL;
        return err;
    }
    r->name = xstrdup(name);
    *out = r;
    return 0;
}

struct jsonrpc *
jsonrpc_from_stream(struct loop *l, struct stream *take,
                    const struct jsonrpc_callbacks *cbs, void *aux)
{
    struct jsonrpc *r = jsonrpc_alloc(l, cbs, aux);
    r->stream = take;
    r->name = xstrdup(stream_name(take));
    stream_set_callbacks(take, &stream_cbs, r);
    return r;
}

void
jsonrpc_close(struct jsonrpc **rp)
{
    struct jsonrpc *r = *rp;
    *rp = NULL;
    if (!r) {
        return;
    }
    r->closed = true;
    if (!r->busy) {
        jsonrpc_free(r);
    } else {
        stream_close(&r->stream);
    }
}

void
jsonrpc_close_after_send(struct jsonrpc **rp, int64_t max_ms)
{
    if (*rp) {
        stream_close_after_send(&(*rp)->stream, max_ms);
    }
    jsonrpc_close(rp);
}

/* After a callback: false if the connection is gone. */
static bool
leave(struct jsonrpc *r)
{
    if (--r->busy || !r->closed) {
        return !r->closed;
    }
    jsonrpc_free(r);
    return false;
}

/* Ends the connection from our side and tells so. */
static void
fail(struct jsonrpc *r, int err, char *text)
{
    if (text) {
        log_warn_rl("%s: %s", r->name, text);
        free(r->error_text);
        r->error_text = text;
    }
    stream_close(&r->stream);
    if (r->cbs.closed) {
        r->cbs.closed(r->aux, err);
    }
}

static void
on_connected(void *r_, int err)
{
    struct jsonrpc *r = r_;
    r->busy++;
    r->last_rx_ms = clock_ms();
    if (err) {
        const char *why = stream_error_text(r->stream);
        if (why) {
            log_warn_rl("%s: %s", r->name, why); /* errno tells less. */
        }
        free(r->error_text);
        r->error_text = xstrdup_null(why);
        stream_close(&r->stream);
    }
    if (r->cbs.connected) {
        r->cbs.connected(r->aux, err);
    }
    leave(r);
}

static void
on_drained(void *r_)
{
    struct jsonrpc *r = r_;
    r->busy++;
    if (r->full) {
        r->full = false;
        update_reading(r);
    }
    if (r->cbs.drained) {
        r->cbs.drained(r->aux);
    }
    leave(r);
}

static void
on_closed(void *r_, int err)
{
    struct jsonrpc *r = r_;
    r->busy++;
    fail(r, err, NULL);
    leave(r);
}

/* Reads from the stream if there is nothing against it. */
static void
update_reading(struct jsonrpc *r)
{
    if (!r->stream) {
        return;
    }
    bool can = !r->paused && !r->full;
    stream_set_reading(r->stream, can && !r->yielding);
    if (can && r->yielding) {
        rest(r);
    } else {
        cancel_rest(r);
    }
}

static void
answer_echo(struct jsonrpc *r, const struct jsonrpc_msg *m)
{
    const struct jsonrpc_guard *g = r->input.guard;
    int err = jsonrpc_send(r, jsonrpc_make_reply(json_incref(m->params),
                                                 json_incref(m->id)));
    if (err) {
        fail(r, err, xstrdup("asks without reading the answers"));
    } else if (g && jsonrpc_queued(r) > g->echo_pause) {
        r->full = true;
        r->yielding = true;
        update_reading(r);
    }
}

/* Answers an echo, swallows the reply to ours; else to the owner. */
static void
dispatch(struct jsonrpc *r, struct jsonrpc_msg *m)
{
    if (m->type == JSONRPC_REQUEST && !strcmp(m->method, "echo")) {
        answer_echo(r, m);
    } else if (m->type == JSONRPC_REPLY && json_is_string(m->id)
               && !strcmp(json_string_value(m->id), PROBE_ID)) {
        return;
    } else if (r->cbs.message) {
        r->cbs.message(r->aux, m);
    }
}

/* True if the owner took the text as it is. */
static bool
dispatch_raw(struct jsonrpc *r, const char *text, size_t len)
{
    struct jsonrpc_raw m;
    return r->cbs.raw
           && jsonrpc_raw_from_text(text, len, &m) && r->cbs.raw(r->aux, &m);
}

static void
parse_message(struct jsonrpc *r, const char *text, size_t len)
{
    char *error;
    struct jsonrpc_msg m;
    const struct jsonrpc_guard *g = r->input.guard;
    json_t *body = json_parse_bounded(text, len, g ? g->tree_max
                                                   : SIZE_MAX - 1, &error);
    if (body) {
        error = jsonrpc_msg_from_json(body, &m);
        if (error) {
            char *why = xasprintf("received bad JSON-RPC message: %s", error);
            free(error);
            error = why;
        }
    } else {
        char *why = xasprintf("received bad JSON: %s", error);
        free(error);
        error = why;
    }
    if (error) {
        counter_inc(json_parse_error);
        fail(r, -EPROTO, error);
    } else {
        dispatch(r, &m);
    }
    json_decref(body);
}

static void
one_message(struct jsonrpc *r, const char *text, size_t len)
{
    if (log_is_on(LOGL_DBG)) {
        log_dbg("%s: received %.*s", r->name, (int)MIN(len, 4096), text);
    }
    if (!dispatch_raw(r, text, len)) {
        parse_message(r, text, len);
    }
    if (len > TRIM_BYTES) {
        malloc_trim(0);
    }
}

/* Cuts a peer that leaves a message unfinished for long. */
static void
watch_slow(struct jsonrpc *r)
{
    int64_t deadline = jsonrpc_input_deadline(&r->input);
    if (deadline == INT64_MAX || r->yielding) {
        return;
    }
    if (clock_ms() >= deadline) {
        counter_inc(json_too_slow);
        fail(r, -EPROTO, xasprintf("did not finish a message of %zu bytes "
                                   "so far in time",
                                   jsonrpc_input_len(&r->input)));
    } else if (!loop_timer_is_set(&r->slow)) {
        loop_timer_set(&r->slow, deadline);
    }
}

static void
on_slow(void *r_)
{
    struct jsonrpc *r = r_;
    r->busy++;
    if (r->stream) {
        watch_slow(r);
    }
    leave(r);
}

/* Takes messages out of the input until there is no whole one, the owner
 * pauses or closes, or the turn is over. */
static void
take_messages(struct jsonrpc *r)
{
    const char *text;
    size_t len;
    char *error = NULL;
    int64_t end_us = clock_us() + TURN_US;
    r->yielding = false;
    for (int n = 0; r->stream; n++) {
        if (r->paused || r->full || n >= TURN_MESSAGES
            || (n && clock_us() >= end_us)) {
            r->yielding = jsonrpc_input_len(&r->input) > 0;
            break;
        }
        if (!jsonrpc_input_next(&r->input, &text, &len, &error)) {
            break;
        }
        one_message(r, text, len);
    }
    if (!r->stream) {
        return;
    }
    error = error ? error : jsonrpc_input_tidy(&r->input);
    if (error) {
        fail(r, -EPROTO, error);
    } else {
        update_reading(r);
        watch_slow(r);
    }
}

static void
on_data(void *r_, const uint8_t *bytes, size_t n)
{
    struct jsonrpc *r = r_;
    r->last_rx_ms = clock_ms();
    r->busy++;
    jsonrpc_input_add(&r->input, bytes, n);
    take_messages(r);
    leave(r);
}

static void
on_rest(void *r_)
{
    struct jsonrpc *r = r_;
    r->busy++;
    take_messages(r);
    leave(r);
}

void
jsonrpc_set_reading(struct jsonrpc *r, bool on)
{
    if (r->paused == on) {
        r->paused = !on;
        update_reading(r);
    }
}

int
jsonrpc_send_parts(struct jsonrpc *r, const struct stream_part *parts,
                   size_t n)
{
    if (!r->stream) {
        return -ENOTCONN;
    }
    for (size_t i = 0; log_is_on(LOGL_DBG) && i < n; i++) {
        const struct blob *b = parts[i].blob;
        const char *text = b ? b->data : parts[i].bytes;
        log_dbg("%s: send %.*s", r->name, (int)MIN(parts[i].len, 4096),
                text);
    }
    for (size_t i = 0; r->input.guard && i < n; i++) {
        r->input.guard->tx_bytes += parts[i].len;
    }
    return stream_send_parts(r->stream, parts, n);
}

int
jsonrpc_send_text(struct jsonrpc *r, const char *text, size_t len)
{
    return jsonrpc_send_parts(
        r, &(struct stream_part){ .bytes = text, .len = len }, 1);
}

int
jsonrpc_send(struct jsonrpc *r, json_t *body)
{
    struct str text = STR_INIT;
    int err = -ENOTCONN;
    if (r->stream) {
        json_put(&text, body, JSON_STYLE_COMPACT);
        err = jsonrpc_send_text(r, str_cstr(&text), text.len);
        str_fini(&text);
    }
    json_decref(body);
    return err;
}

int
jsonrpc_request(struct jsonrpc *r, const char *method, json_t *params,
                uint64_t *id)
{
    uint64_t n = r->next_id++;
    if (id) {
        *id = n;
    }
    return jsonrpc_send(r, jsonrpc_make_request(
                               method, params, json_integer((json_int_t)n)));
}

void
jsonrpc_probe(struct jsonrpc *r)
{
    int err = jsonrpc_send(r, jsonrpc_make_request("echo", json_array(),
                                                   json_string(PROBE_ID)));
    if (err) {
        log_dbg("%s: cannot send probe: %s", r->name, log_strerror(err));
    }
}

size_t
jsonrpc_queued(const struct jsonrpc *r)
{
    return r->stream ? stream_queued(r->stream) : 0;
}

void
jsonrpc_set_limits(struct jsonrpc *r, size_t message, size_t queue)
{
    r->input.split.max_len = message;
    if (r->stream) {
        stream_set_limit(r->stream, queue);
    }
}

void
jsonrpc_set_guard(struct jsonrpc *r, struct jsonrpc_guard *guard)
{
    cancel_rest(r);
    jsonrpc_input_set_guard(&r->input, guard);
    update_reading(r);
}

struct stream *
jsonrpc_stream(struct jsonrpc *r)
{
    return r->stream;
}

const char *
jsonrpc_name(const struct jsonrpc *r)
{
    return r->name;
}

int64_t
jsonrpc_last_rx_ms(const struct jsonrpc *r)
{
    return r->last_rx_ms;
}

const char *
jsonrpc_error_text(const struct jsonrpc *r)
{
    return r->error_text;
}
