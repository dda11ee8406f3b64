/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: bytes to messages and back. */
#include "lib/io/jsonrpc.h"

#include <errno.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

LOG_MODULE(jsonrpc);

/* The id of our own probes, by which their replies are known. */
#define PROBE_ID "echo"
/* Memory kept for the input buffer between messages, in bytes. */
#define INPUT_KEEP_BYTES ((size_t)65536)

struct jsonrpc {
    struct loop *loop;
    struct stream *stream;   /* NULL once it ended. */
    char *name;
    struct jsonrpc_callbacks cbs;
    void *aux;
    struct json_splitter split;
    struct buf input;        /* The start of a message not whole yet. */
    uint64_t next_id;
    int64_t last_rx_ms;
    bool paused;             /* Reading is off: message() said so. */
    int busy;                /* Callbacks on the stack. */
    bool closed;             /* jsonrpc_close() was called. */
    char *error_text;
    struct loop_defer rest;  /* Goes on with 'input' after a pause. */
};

static void on_connected(void *, int err);
static void on_data(void *, const uint8_t *, size_t);
static void on_drained(void *);
static void on_closed(void *, int err);
static void on_rest(void *);

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
    json_splitter_init(&r->split, JSON_MESSAGE_MAX);
    loop_defer_init(&r->rest, on_rest, r);
    return r;
}

static void
jsonrpc_free(struct jsonrpc *r)
{
    loop_defer_cancel(&r->rest);
    stream_close(&r->stream);
    buf_fini(&r->input);
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

/* Answers an echo, swallows the reply to ours; else to the owner. */
static void
dispatch(struct jsonrpc *r, struct jsonrpc_msg *m)
{
    if (m->type == JSONRPC_REQUEST && !strcmp(m->method, "echo")) {
        int err = jsonrpc_send(r, jsonrpc_make_reply(json_incref(m->params),
                                                     json_incref(m->id)));
        if (err) {
            fail(r, err, xstrdup("asks without reading the answers"));
        }
    } else if (m->type == JSONRPC_REPLY && json_is_string(m->id)
               && !strcmp(json_string_value(m->id), PROBE_ID)) {
        return;
    } else if (r->cbs.message) {
        r->cbs.message(r->aux, m);
    }
}

static void
one_message(struct jsonrpc *r, const char *text, size_t len)
{
    char *error;
    struct jsonrpc_msg m;
    json_t *body = json_parse(text, len, &error);
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
        if (log_is_on(LOGL_DBG)) {
            log_dbg("%s: received %.*s", r->name, (int)MIN(len, 4096), text);
        }
        dispatch(r, &m);
    }
    json_decref(body);
}

static char *
split_error(enum json_split why)
{
    switch (why) {
    case JSON_SPLIT_TOO_DEEP:
        return xasprintf("received JSON nested deeper than %d levels",
                         JSON_DEPTH_MAX);
    case JSON_SPLIT_TOO_LONG:
        return xstrdup("received JSON that is too long");
    case JSON_SPLIT_BAD:
    case JSON_SPLIT_MORE:
    case JSON_SPLIT_END:
        break;
    }
    return xstrdup("received something that is not a JSON object");
}

/* Takes messages out of 'bytes' (with what 'input' holds before them).
 * Returns how many bytes were used: less than 'n' if the owner paused. */
static size_t
take_messages(struct jsonrpc *r, const uint8_t *bytes, size_t n)
{
    size_t off = 0;
    while (off < n && r->stream && !r->paused) {
        size_t used;
        enum json_split what = json_splitter_feed(&r->split, bytes + off,
                                                  n - off, &used);
        if (what == JSON_SPLIT_MORE) {
            buf_put(&r->input, bytes + off, used);
        } else if (what != JSON_SPLIT_END) {
            counter_inc(json_parse_error);
            fail(r, -EPROTO, split_error(what));
        } else if (r->input.len) {
            struct buf whole = r->input;
            buf_init(&r->input);
            buf_put(&whole, bytes + off, used);
            one_message(r, (const char *)whole.data, whole.len);
            if (whole.capacity <= INPUT_KEEP_BYTES && !r->input.data) {
                buf_clear(&whole);
                r->input = whole;
            } else {
                buf_fini(&whole);
            }
        } else {
            one_message(r, (const char *)bytes + off, used);
        }
        off += used;
    }
    return off;
}

static void
on_data(void *r_, const uint8_t *bytes, size_t n)
{
    struct jsonrpc *r = r_;
    r->last_rx_ms = clock_ms();
    r->busy++;
    size_t used = take_messages(r, bytes, n);
    if (used < n && r->stream) {
        /* Paused between messages: the rest waits in 'input', which is
         * empty then, and is split again by on_rest(). */
        buf_put(&r->input, bytes + used, n - used);
    }
    leave(r);
}

static void
on_rest(void *r_)
{
    struct jsonrpc *r = r_;
    struct buf rest = r->input;
    if (r->paused || !r->stream) {
        return;
    }
    buf_init(&r->input);
    json_splitter_init(&r->split, r->split.max_len);
    r->busy++;
    size_t used = take_messages(r, rest.data, rest.len);
    if (used < rest.len && r->stream) {
        buf_put(&r->input, rest.data + used, rest.len - used);
    } else if (r->stream) {
        stream_set_reading(r->stream, true);
    }
    buf_fini(&rest);
    leave(r);
}

void
jsonrpc_set_reading(struct jsonrpc *r, bool on)
{
    if (r->paused == !on) {
        return;
    }
    r->paused = !on;
    if (!on && r->stream) {
        stream_set_reading(r->stream, false);
        loop_defer_cancel(&r->rest);
    } else if (on && r->stream) {
        loop_defer(r->loop, &r->rest);
    }
}

int
jsonrpc_send_text(struct jsonrpc *r, const char *text, size_t len)
{
    if (!r->stream) {
        return -ENOTCONN;
    }
    if (log_is_on(LOGL_DBG)) {
        log_dbg("%s: send %.*s", r->name, (int)MIN(len, 4096), text);
    }
    return stream_send(r->stream, text, len);
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
    r->split.max_len = message;
    if (r->stream) {
        stream_set_limit(r->stream, queue);
    }
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
