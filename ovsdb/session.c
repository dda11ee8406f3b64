/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/session.h"

#include <errno.h>

#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "ovsdb/remote.h"
#include "ovsdb/session_priv.h"

LOG_MODULE(ovsdb_session);

#define LINGER_MS 100

struct held_message {
    struct list node; /* In session.messages. */
    uint64_t ticket;  /* Goes when the barrier has reached this. */
    size_t len;
    char text[];
};

/* Sending. */

/* Raises the connection's bound for one message that is larger than it: a
 * first copy of a large database is one message. */
static void
session_fit(struct session *s, size_t len)
{
    struct jsonrpc *rpc = jsonrpc_session_rpc(s->rpc);
    if (rpc && jsonrpc_queued(rpc) < SESSION_OUTPUT_PAUSE) {
        jsonrpc_set_limits(rpc, JSON_MESSAGE_MAX,
                           (size_t)SESSION_OUTPUT_MAX + len);
    }
}

static void
session_pause_if_full(struct session *s)
{
    struct jsonrpc *rpc = jsonrpc_session_rpc(s->rpc);
    bool full = jsonrpc_session_queued(s->rpc) + s->held_bytes
                > SESSION_OUTPUT_PAUSE;
    if (rpc && full != s->paused) {
        s->paused = full;
        jsonrpc_set_reading(rpc, !full);
    }
}

static void
session_write(struct session *s, const char *text, size_t len)
{
    if (len > SESSION_OUTPUT_PAUSE) {
        session_fit(s, len);
    }
    int err = jsonrpc_session_send_text(s->rpc, text, len);
    if (err == -ENOBUFS) {
        log_warn_rl("%s: cut: over %d bytes of output wait unread",
                    jsonrpc_session_name(s->rpc), SESSION_OUTPUT_MAX);
        counter_inc(db_client_cut);
        session_disconnect(s);
    }
    session_pause_if_full(s);
}

void
session_send(struct session *s, const char *text, size_t len)
{
    if (s->doomed) {
        return;
    }
    struct journal_barrier *b = &s->server->barrier;
    if (list_is_empty(&s->messages)
        && journal_barrier_durable(b) >= b->last) {
        session_write(s, text, len);
        return;
    }
    struct held_message *m = xmalloc(sizeof *m + len);
    m->ticket = b->last;
    m->len = len;
    memcpy(m->text, text, len);
    if (list_is_empty(&s->messages)) {
        list_push_back(&s->server->held, &s->held_node);
    }
    list_push_back(&s->messages, &m->node);
    s->held_bytes += len;
    session_pause_if_full(s);
}

static void
session_drop_held(struct session *s)
{
    LIST_FOR_EACH_SAFE (struct held_message, m, node, &s->messages) {
        list_remove(&m->node);
        free(m);
    }
    s->held_bytes = 0;
    list_remove(&s->held_node);
}

void
session_flush(struct session *s)
{
    uint64_t durable = journal_barrier_durable(&s->server->barrier);
    LIST_FOR_EACH_SAFE (struct held_message, m, node, &s->messages) {
        if (m->ticket > durable) {
            return;
        }
        list_remove(&m->node);
        s->held_bytes -= m->len;
        if (!s->doomed) {
            session_write(s, m->text, m->len);
        }
        free(m);
    }
    list_remove(&s->held_node);
}

/* Events. */

static void
session_reset(struct session *s)
{
    session_clear(s);
    session_drop_held(s);
    s->change_aware = false;
    s->paused = false;
}

static void
session_reap(void *s_)
{
    struct session *s = s_;
    if (s->is_active && s->remote) {
        session_reset(s);
        s->doomed = false;
        jsonrpc_session_force_reconnect(s->rpc);
        return;
    }
    session_destroy(&s);
}

void
session_disconnect(struct session *s)
{
    s->doomed = true;
    loop_defer(s->server->loop, &s->reap_defer);
}

static void
linger_over(void *s_)
{
    session_disconnect(s_);
}

void
session_linger(struct session *s)
{
    if (!loop_timer_is_set(&s->linger_timer)) {
        loop_timer_set_in(&s->linger_timer, LINGER_MS);
    }
}

static void
on_connected(void *s_)
{
    struct session *s = s_;
    struct jsonrpc *rpc = jsonrpc_session_rpc(s->rpc);
    jsonrpc_set_limits(rpc, JSON_MESSAGE_MAX, SESSION_OUTPUT_MAX);
    if (s->remote) {
        remote_status_changed(s->remote);
    }
}

static void
on_message(void *s_, struct jsonrpc_msg *msg)
{
    struct session *s = s_;
    if (!s->doomed) {
        rpc_dispatch(s, msg);
    }
}

static void
on_disconnected(void *s_, int err)
{
    struct session *s = s_;
    log_dbg("%s: disconnected (%s)", jsonrpc_session_name(s->rpc),
            err ? log_strerror(err) : "end of file");
    if (s->remote) {
        remote_status_changed(s->remote);
    }
    if (s->is_active) {
        session_reset(s);
    } else {
        session_disconnect(s);
    }
}

static void
on_drained(void *s_)
{
    struct session *s = s_;
    session_pause_if_full(s);
}

static const struct jsonrpc_session_callbacks callbacks = {
    .connected = on_connected,
    .message = on_message,
    .disconnected = on_disconnected,
    .drained = on_drained,
};

/* Life. */

static struct session *
session_create(struct server *server, struct remote *remote)
{
    struct session *s = xzalloc(sizeof *s);
    s->server = server;
    s->remote = remote;
    list_init(&s->held_node);
    list_init(&s->monitors);
    list_init(&s->locks);
    list_init(&s->triggers);
    list_init(&s->messages);
    loop_defer_init(&s->reap_defer, session_reap, s);
    loop_timer_init(&s->linger_timer, server->loop, linger_over, s);
    list_push_back(&server->sessions, &s->node);
    return s;
}

struct session *
session_accept(struct server *server, struct remote *remote,
               struct stream *stream)
{
    struct session *s = session_create(server, remote);
    s->rpc = jsonrpc_session_from_stream(server->loop, stream, &callbacks, s);
    return s;
}

struct session *
session_connect(struct server *server, struct remote *remote,
                const char *name, char **error)
{
    struct session *s = session_create(server, remote);
    s->is_active = true;
    s->rpc = jsonrpc_session_open(server->loop, name, OVSDB_PORT, &callbacks,
                                  s, error);
    if (!s->rpc) {
        session_destroy(&s);
    }
    return s;
}

void
session_destroy(struct session **sp)
{
    struct session *s = *sp;
    *sp = NULL;
    session_clear(s);
    session_drop_held(s);
    loop_defer_cancel(&s->reap_defer);
    loop_timer_cancel(&s->linger_timer);
    if (s->remote) {
        remote_session_gone(s->remote, s);
    }
    list_remove(&s->node);
    if (s->rpc) {
        jsonrpc_session_close(&s->rpc);
    }
    free(s);
}
