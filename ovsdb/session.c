/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/session.h"

#include <errno.h>
#include <sys/resource.h>

#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "ovsdb/remote.h"
#include "ovsdb/session_priv.h"

LOG_MODULE(ovsdb_session);

#define LINGER_MS 100

struct held_message {
    struct list node;  /* In session.messages. */
    uint64_t ticket;   /* Goes when the barrier has reached this. */
    int64_t since_us;  /* clock_us() when it was made. */
    struct blob *blob; /* A reference; or NULL. */
    size_t head_len, tail_len;
    char text[];       /* Head and tail. */
};

void
session_guard_init(struct jsonrpc_guard *g)
{
    *g = (struct jsonrpc_guard){
        .tree_max = SESSION_TREE_MAX,
        .parts_max = SESSION_PARTS_MAX,
        .part_free = SESSION_PART_FREE,
        .echo_pause = SESSION_OUTPUT_PAUSE,
        .part_ms = SESSION_PART_MS,
    };
    jsonrpc_guard_init(g);
}

size_t
session_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)
        || limit.rlim_cur >= SESSIONS_MAX + SESSION_SPARE_FDS) {
        return SESSIONS_MAX;
    }
    return MAX(limit.rlim_cur, 2 * SESSION_SPARE_FDS) - SESSION_SPARE_FDS;
}

const char *
session_who(struct session *s)
{
    struct jsonrpc *rpc = jsonrpc_session_rpc(s->rpc);
    struct stream *stream = rpc ? jsonrpc_stream(rpc) : NULL;
    if (!s->who && stream) {
        long pid, uid;
        const char *cn = stream_peer_cn(stream);
        const char *name = stream_name(stream);
        s->who = stream_peer_process(stream, &pid, &uid)
                     ? xasprintf("unix:uid=%ld,pid=%ld", uid, pid)
                     : xasprintf("%s%s%s", name, cn ? ",CN=" : "",
                                 cn ? cn : "");
        /* Nobody writes lines of a log by the name he gives himself. */
        for (char *p = s->who; *p; p++) {
            if ((unsigned char)*p < ' ' || *p == 0x7f) {
                *p = '?';
            }
        }
    }
    return s->who;
}

/* Sending. */

/* Raises the connection's bound for one message that is larger than it: a
 * first copy of a large database is one message. */
static void
session_fit(struct session *s, size_t len)
{
    struct jsonrpc *rpc = jsonrpc_session_rpc(s->rpc);
    if (rpc && jsonrpc_queued(rpc) < SESSION_OUTPUT_PAUSE) {
        jsonrpc_set_limits(rpc, SESSION_MESSAGE_MAX,
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

size_t
session_burden(const struct session *s)
{
    struct jsonrpc *rpc = jsonrpc_session_rpc(s->rpc);
    size_t n = rpc && jsonrpc_stream(rpc)
                   ? stream_queued_memory(jsonrpc_stream(rpc))
                   : 0;
    LIST_FOR_EACH (struct held_message, m, node, &s->messages) {
        n += sizeof *m + m->head_len + m->tail_len
             + (m->blob ? m->blob->len / m->blob->n_refs : 0);
    }
    return n;
}

static void
session_cut(struct session *s, const char *why, size_t bound)
{
    log_warn_rl("%s: cut: over %zu bytes of output wait unread%s",
                jsonrpc_session_name(s->rpc), bound, why);
    counter_inc(db_client_cut);
    session_disconnect(s);
}

/* Adds up anew what waits for all clients, and cuts the one with most if what
 * waits for the others is too much.  (A first copy may be larger than any
 * bound: one such is always let through.) */
static void
server_relieve(struct server *server)
{
    struct session *most = NULL;
    size_t most_bytes = 0, sum = 0;
    LIST_FOR_EACH (struct session, s, node, &server->sessions) {
        size_t n = s->doomed ? 0 : session_burden(s);
        sum += n;
        if (n > most_bytes) {
            most_bytes = n;
            most = s;
        }
    }
    if (sum - most_bytes > SERVER_OUTPUT_MAX) {
        session_cut(most, " by other clients, and it has most",
                    SERVER_OUTPUT_MAX);
    }
    server->output_bytes = sum - most_bytes;
}

static void
session_write(struct session *s, const struct session_msg *m)
{
    struct stream_part parts[] = {
        { .bytes = m->head, .len = m->head_len },
        { .blob = m->blob, .bytes = "", .len = m->blob ? m->blob->len : 0 },
        { .bytes = m->tail, .len = m->tail_len },
    };
    size_t len = m->head_len + m->tail_len + parts[1].len;
    if (len > SESSION_OUTPUT_PAUSE) {
        session_fit(s, len);
    }
    int err = jsonrpc_session_send_parts(s->rpc, parts, ARRAY_SIZE(parts));
    if (err == -ENOBUFS) {
        session_cut(s, "", SESSION_OUTPUT_MAX);
    }
    session_pause_if_full(s);
}

static void
session_hold(struct session *s, const struct session_msg *msg)
{
    struct held_message *m
        = xmalloc(sizeof *m + msg->head_len + msg->tail_len);
    m->ticket = s->server->barrier.last;
    m->since_us = clock_us();
    m->blob = msg->blob ? blob_ref(msg->blob) : NULL;
    m->head_len = msg->head_len;
    m->tail_len = msg->tail_len;
    memcpy(m->text, msg->head, msg->head_len);
    memcpy(m->text + msg->head_len, msg->tail, msg->tail_len);
    if (list_is_empty(&s->messages)) {
        list_push_back(&s->server->held, &s->held_node);
    }
    list_push_back(&s->messages, &m->node);
    s->held_bytes += m->head_len + m->tail_len + (m->blob ? m->blob->len : 0);
    session_pause_if_full(s);
}

void
session_send(struct session *s, const struct session_msg *msg)
{
    struct server *server = s->server;
    if (s->doomed) {
        return;
    }
    const struct journal_barrier *b = &server->barrier;
    server->output_bytes += msg->head_len + msg->tail_len
                            + (msg->blob ? msg->blob->len / msg->blob->n_refs
                                         : 0);
    if (list_is_empty(&s->messages)
        && journal_barrier_durable(b) >= b->last) {
        session_write(s, msg);
    } else {
        session_hold(s, msg);
    }
    if (server->output_bytes > SERVER_OUTPUT_MAX) {
        server_relieve(server);
    }
}

static void
held_message_free(struct session *s, struct held_message *m)
{
    list_remove(&m->node);
    s->held_bytes -= m->head_len + m->tail_len + (m->blob ? m->blob->len : 0);
    blob_unref(&m->blob);
    free(m);
}

static void
session_drop_held(struct session *s)
{
    LIST_FOR_EACH_SAFE (struct held_message, m, node, &s->messages) {
        held_message_free(s, m);
    }
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
        metrics_observe(&s->server->metrics.commit,
                        clock_us() - m->since_us);
        if (!s->doomed) {
            session_write(s, &(struct session_msg){
                                 .head = m->text, .head_len = m->head_len,
                                 .blob = m->blob,
                                 .tail = m->text + m->head_len,
                                 .tail_len = m->tail_len });
        }
        held_message_free(s, m);
    }
    list_remove(&s->held_node);
    session_pause_if_full(s);
}

/* Events. */

static void
session_reset(struct session *s)
{
    session_clear(s);
    session_drop_held(s);
    s->change_aware = false;
    s->paused = false;
    free(s->who);
    s->who = NULL;
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
    jsonrpc_set_limits(rpc, SESSION_MESSAGE_MAX, SESSION_OUTPUT_MAX);
    jsonrpc_set_guard(rpc, &s->server->guard);
    if (s->remote) {
        remote_status_changed(s->remote);
    }
}

static void
on_message(void *s_, struct jsonrpc_msg *msg)
{
    struct session *s = s_;
    if (!s->doomed) {
        list_remove(&s->silent_node);
        rpc_dispatch(s, msg);
    }
}

static bool
on_raw(void *s_, const struct jsonrpc_raw *m)
{
    struct session *s = s_;
    list_remove(&s->silent_node);
    return s->doomed || rpc_dispatch_raw(s, m);
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
    .raw = on_raw,
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
    list_init(&s->silent_node);
    list_init(&s->held_node);
    list_init(&s->monitors);
    list_init(&s->locks);
    list_init(&s->triggers);
    list_init(&s->messages);
    loop_defer_init(&s->reap_defer, session_reap, s);
    loop_timer_init(&s->linger_timer, server->loop, linger_over, s);
    list_push_back(&server->sessions, &s->node);
    server->n_sessions++;
    return s;
}

/* The newcomer 's' is one too many. */
static void
server_make_room(struct server *server, struct session *s)
{
    struct session *goes = s;
    LIST_FOR_EACH (struct session, silent, silent_node, &server->silent) {
        if (!silent->doomed) {
            goes = silent;
            break;
        }
    }
    log_warn_rl("%s: cut: %zu clients are connected already",
                jsonrpc_session_name(goes->rpc), server->n_sessions - 1);
    counter_inc(db_session_refused);
    session_disconnect(goes);
}

struct session *
session_accept(struct server *server, struct remote *remote,
               struct stream *stream)
{
    struct session *s = session_create(server, remote);
    s->rpc = jsonrpc_session_from_stream(server->loop, stream, &callbacks, s);
    if (server->n_sessions > session_max()) {
        server_make_room(server, s);
    }
    list_push_back(&server->silent, &s->silent_node);
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
    list_remove(&s->silent_node);
    s->server->n_sessions--;
    if (s->rpc) {
        jsonrpc_session_close(&s->rpc);
    }
    free(s->who);
    free(s);
}
