/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that comes back: reconnect.h says when, this does it. */
#include <errno.h>

#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/jsonrpc.h"
#include "lib/io/listen.h"

LOG_MODULE(reconnect);

struct jsonrpc_session {
    struct loop *loop;
    struct jsonrpc_session_callbacks cbs;
    void *aux;
    char *name;              /* Remote of the present or next attempt. */
    char **remotes;          /* Heap; empty for a session from a stream. */
    size_t n_remotes, next;
    uint16_t default_port;
    struct reconnect fsm;
    struct loop_timer timer; /* At reconnect_deadline(). */
    struct jsonrpc *rpc;     /* NULL between connections. */
    struct listener *listener;
    int dscp;                /* -1: unset. */
    int busy;
    bool closed;
};

static void on_timer(void *);
static void rpc_connected(void *, int err);
static void rpc_message(void *, struct jsonrpc_msg *);
static bool rpc_raw(void *, const struct jsonrpc_raw *);
static void rpc_closed(void *, int err);
static void rpc_drained(void *);

static const struct jsonrpc_callbacks rpc_cbs = {
    .connected = rpc_connected,
    .message = rpc_message,
    .raw = rpc_raw,
    .closed = rpc_closed,
    .drained = rpc_drained,
};

static struct jsonrpc_session *
session_alloc(struct loop *l, const struct jsonrpc_session_callbacks *cbs,
              void *aux)
{
    struct jsonrpc_session *s = xzalloc(sizeof *s);
    s->loop = l;
    s->cbs = *cbs;
    s->aux = aux;
    s->dscp = -1;
    reconnect_init(&s->fsm, clock_ms());
    loop_timer_init(&s->timer, l, on_timer, s);
    return s;
}

static void
session_free(struct jsonrpc_session *s)
{
    loop_timer_cancel(&s->timer);
    jsonrpc_close(&s->rpc);
    listener_close(&s->listener);
    for (size_t i = 0; i < s->n_remotes; i++) {
        free(s->remotes[i]);
    }
    free(s->remotes);
    free(s->name);
    free(s);
}

/* After callbacks: sets the timer anew, or frees. */
static void
leave(struct jsonrpc_session *s)
{
    if (--s->busy) {
        return;
    }
    if (s->closed) {
        session_free(s);
        return;
    }
    int64_t at = reconnect_deadline(&s->fsm);
    if (at == INT64_MAX) {
        loop_timer_cancel(&s->timer);
    } else {
        loop_timer_set(&s->timer, at);
    }
}

static void
set_name(struct jsonrpc_session *s, const char *name)
{
    char *copy = xstrdup(name);
    free(s->name);
    s->name = copy;
}

/* The kernel tells when a local peer is gone: no probes there. */
static void
set_first_name(struct jsonrpc_session *s, const char *name)
{
    set_name(s, name);
    if (str_starts_with(name, "unix") || str_starts_with(name, "punix")) {
        reconnect_set_probe(&s->fsm, 0);
    }
}

/* Adds the names in 'list', separated by commas and spaces. */
static char *
add_remotes(struct jsonrpc_session *s, const char *list)
{
    char *copy = xstrdup(list), *rest = NULL, *error = NULL;
    for (char *name = strtok_r(copy, ", ", &rest); name && !error;
         name = strtok_r(NULL, ", ", &rest)) {
        if (str_starts_with(name, "cid:")) {
            continue;
        }
        if (!stream_name_is_active(name) && !stream_name_is_passive(name)) {
            error = xasprintf("%s: bad peer name format", name);
            break;
        }
        s->remotes = xrealloc(s->remotes,
                              (s->n_remotes + 1) * sizeof *s->remotes);
        s->remotes[s->n_remotes++] = xstrdup(name);
    }
    free(copy);
    if (!error && !s->n_remotes) {
        error = xasprintf("%s: no remote in it", list);
    }
    return error;
}

struct jsonrpc_session *
jsonrpc_session_open(struct loop *l, const char *remotes,
                     uint16_t default_port,
                     const struct jsonrpc_session_callbacks *cbs, void *aux,
                     char **error)
{
    struct jsonrpc_session *s = session_alloc(l, cbs, aux);
    *error = add_remotes(s, remotes);
    if (*error) {
        session_free(s);
        return NULL;
    }
    s->default_port = default_port;
    set_first_name(s, s->remotes[0]);
    reconnect_set_passive(&s->fsm, stream_name_is_passive(s->name),
                          clock_ms());
    reconnect_enable(&s->fsm, clock_ms());
    s->busy++;
    leave(s);
    return s;
}

struct jsonrpc_session *
jsonrpc_session_from_stream(struct loop *l, struct stream *take,
                            const struct jsonrpc_session_callbacks *cbs,
                            void *aux)
{
    struct jsonrpc_session *s = session_alloc(l, cbs, aux);
    set_first_name(s, stream_name(take));
    s->fsm.max_tries = 0;
    reconnect_enable(&s->fsm, clock_ms());
    s->fsm.connect_timeout_ms = RECONNECT_MAX_BACKOFF_MS;
    reconnect_connecting(&s->fsm, clock_ms());
    s->rpc = jsonrpc_from_stream(l, take, &rpc_cbs, s);
    s->busy++;
    leave(s);
    return s;
}

void
jsonrpc_session_close(struct jsonrpc_session **sp)
{
    struct jsonrpc_session *s = *sp;
    *sp = NULL;
    if (!s) {
        return;
    }
    s->closed = true;
    if (!s->busy) {
        session_free(s);
    } else {
        jsonrpc_close(&s->rpc);
    }
}

/* The connection, or the attempt at one, is over. */
static void
lost(struct jsonrpc_session *s, int err)
{
    bool was = reconnect_is_connected(&s->fsm);
    const char *why = s->rpc ? jsonrpc_error_text(s->rpc) : NULL;
    why = why ? why : err ? log_strerror(err) : "connection closed by peer";
    if (!s->n_remotes) {
        log_dbg("%s: connection closed (%s)", s->name, why);
    } else if (was) {
        log_info_rl("%s: connection dropped (%s)", s->name, why);
    } else {
        log_info_rl("%s: connection attempt failed (%s)", s->name, why);
    }
    jsonrpc_close(&s->rpc);
    reconnect_disconnected(&s->fsm, clock_ms(), err);
    if (s->cbs.disconnected) {
        s->cbs.disconnected(s->aux, err);
    }
}

static void
on_accept(void *s_, struct stream *stream)
{
    struct jsonrpc_session *s = s_;
    if (s->rpc) {
        log_info_rl("%s: new connection replaces the active one", s->name);
        s->busy++;
        lost(s, -ECONNRESET);
        leave(s);
    }
    s->rpc = jsonrpc_from_stream(s->loop, stream, &rpc_cbs, s);
}

static void
open_passive(struct jsonrpc_session *s)
{
    int err = 0;
    if (!s->listener) {
        err = listener_open(s->loop, s->name, s->default_port, on_accept, s,
                            &s->listener);
    }
    if (err) {
        reconnect_connecting(&s->fsm, clock_ms());
        lost(s, err);
    } else {
        reconnect_listening(&s->fsm, clock_ms());
    }
}

static void
open_next(struct jsonrpc_session *s)
{
    if (!s->n_remotes) {
        return;
    }
    if (!s->listener) {
        set_name(s, s->remotes[s->next]);
        s->next = (s->next + 1) % s->n_remotes;
    }
    if (stream_name_is_passive(s->name)) {
        open_passive(s);
        return;
    }
    counter_inc(reconnect_try);
    reconnect_connecting(&s->fsm, clock_ms());
    log_dbg("%s: connecting...", s->name);
    int err = jsonrpc_open(s->loop, s->name, s->default_port, &rpc_cbs, s,
                           &s->rpc);
    if (err) {
        lost(s, err);
    } else if (s->dscp >= 0) {
        stream_set_dscp(jsonrpc_stream(s->rpc), (uint8_t)s->dscp);
    }
}

static void
on_timer(void *s_)
{
    struct jsonrpc_session *s = s_;
    s->busy++;
    if (s->rpc) {
        /* Bytes of a message not whole yet are activity too. */
        reconnect_activity(&s->fsm, jsonrpc_last_rx_ms(s->rpc));
    }
    switch (reconnect_run(&s->fsm, clock_ms())) {
    case RECONNECT_NOTHING:
        break;
    case RECONNECT_CONNECT:
        open_next(s);
        break;
    case RECONNECT_DISCONNECT:
        lost(s, -ETIMEDOUT);
        break;
    case RECONNECT_PROBE:
        jsonrpc_probe(s->rpc);
        break;
    }
    leave(s);
}

static void
rpc_connected(void *s_, int err)
{
    struct jsonrpc_session *s = s_;
    s->busy++;
    if (err) {
        lost(s, err);
    } else {
        if (s->n_remotes) {
            log_info("%s: connected", s->name);
        }
        reconnect_connected(&s->fsm, clock_ms());
        if (s->cbs.connected) {
            s->cbs.connected(s->aux);
        }
    }
    leave(s);
}

static void
rpc_message(void *s_, struct jsonrpc_msg *m)
{
    struct jsonrpc_session *s = s_;
    s->busy++;
    if (s->cbs.message) {
        s->cbs.message(s->aux, m);
    }
    leave(s);
}

static bool
rpc_raw(void *s_, const struct jsonrpc_raw *m)
{
    struct jsonrpc_session *s = s_;
    s->busy++;
    bool done = s->cbs.raw && s->cbs.raw(s->aux, m);
    leave(s);
    return done;
}

static void
rpc_closed(void *s_, int err)
{
    struct jsonrpc_session *s = s_;
    s->busy++;
    lost(s, err);
    leave(s);
}

static void
rpc_drained(void *s_)
{
    struct jsonrpc_session *s = s_;
    s->busy++;
    if (s->cbs.drained) {
        s->cbs.drained(s->aux);
    }
    leave(s);
}

int
jsonrpc_session_send(struct jsonrpc_session *s, json_t *body)
{
    if (!jsonrpc_session_is_connected(s)) {
        json_decref(body);
        return -ENOTCONN;
    }
    return jsonrpc_send(s->rpc, body);
}

int
jsonrpc_session_send_text(struct jsonrpc_session *s, const char *text,
                          size_t len)
{
    return jsonrpc_session_is_connected(s)
               ? jsonrpc_send_text(s->rpc, text, len)
               : -ENOTCONN;
}

int
jsonrpc_session_send_parts(struct jsonrpc_session *s,
                           const struct stream_part *parts, size_t n)
{
    return jsonrpc_session_is_connected(s)
               ? jsonrpc_send_parts(s->rpc, parts, n)
               : -ENOTCONN;
}

int
jsonrpc_session_request(struct jsonrpc_session *s, const char *method,
                        json_t *params, uint64_t *id)
{
    if (!jsonrpc_session_is_connected(s)) {
        json_decref(params);
        return -ENOTCONN;
    }
    return jsonrpc_request(s->rpc, method, params, id);
}

bool
jsonrpc_session_is_connected(const struct jsonrpc_session *s)
{
    return s->rpc && reconnect_is_connected(&s->fsm);
}

struct jsonrpc *
jsonrpc_session_rpc(struct jsonrpc_session *s)
{
    return s->rpc;
}

size_t
jsonrpc_session_queued(const struct jsonrpc_session *s)
{
    return s->rpc ? jsonrpc_queued(s->rpc) : 0;
}

const char *
jsonrpc_session_name(const struct jsonrpc_session *s)
{
    return s->name;
}

const struct reconnect *
jsonrpc_session_reconnect(const struct jsonrpc_session *s)
{
    return &s->fsm;
}

void
jsonrpc_session_set_probe(struct jsonrpc_session *s, int64_t ms)
{
    reconnect_set_probe(&s->fsm, ms);
    s->busy++;
    leave(s);
}

void
jsonrpc_session_set_max_backoff(struct jsonrpc_session *s, int64_t ms)
{
    reconnect_set_backoff(&s->fsm, MIN(s->fsm.min_backoff_ms, ms), ms);
    s->busy++;
    leave(s);
}

void
jsonrpc_session_set_dscp(struct jsonrpc_session *s, uint8_t dscp)
{
    s->dscp = dscp;
    if (s->rpc && jsonrpc_stream(s->rpc)) {
        stream_set_dscp(jsonrpc_stream(s->rpc), dscp);
    }
}

void
jsonrpc_session_force_reconnect(struct jsonrpc_session *s)
{
    reconnect_force(&s->fsm, clock_ms());
    s->busy++;
    leave(s);
}
