/* SPDX-License-Identifier: Apache-2.0 */
/* The part that all kinds of stream share: states, the send queue, reading,
 * and telling the owner.  A kind supplies struct stream_ops.
 *
 * Nothing is told from inside a call of the owner: what a call causes is
 * done by 's->run' before the loop sleeps, and small sends of one turn leave
 * in one write. */
#include <errno.h>
#include <unistd.h>

#include "lib/base/args.h"
#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/loop_priv.h"
#include "lib/io/stream_priv.h"

static void stream_run(void *stream);
static void stream_on_timer(void *stream);
static void stream_want(struct stream *);

struct stream *
stream_alloc(struct loop *l, const struct stream_ops *ops, const char *name)
{
    struct stream *s = xzalloc(sizeof *s);
    s->loop = l;
    s->ops = ops;
    s->name = xstrdup(name);
    s->fd = -1;
    s->rx_event = LOOP_READ;
    s->tx_event = LOOP_WRITE;
    s->reading = true;
    s->limit = STREAM_QUEUE_MAX;
    s->dscp = -1;
    loop_defer_init(&s->run, stream_run, s);
    loop_timer_init(&s->timer, l, stream_on_timer, s);
    loop_defer_init(&s->at_destroy, stream_on_timer, s);
    return s;
}

/* Gives back what belongs to the connection, not to the owner's handle. */
static void
stream_release(struct stream *s)
{
    loop_defer_cancel(&s->run);
    loop_defer_cancel(&s->at_destroy);
    loop_timer_cancel(&s->timer);
    loop_resolve_cancel(&s->resolve);
    if (s->ops->close) {
        s->ops->close(s);
    }
    loop_fd_close(&s->watch);
    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
    }
}

void
stream_free(struct stream *s)
{
    stream_release(s);
    free(s->addrs);
    free(s->host);
    free(s->path);
    free(s->name);
    free(s->error_text);
    free(s->peer_cn);
    stream_queue_clear(&s->queue);
    buf_fini(&s->mem_inbox);
    free(s);
}

struct stream *
stream_from_fd(struct loop *l, const struct stream_ops *ops, int fd,
               const char *name)
{
    struct stream *s = stream_alloc(l, ops, name);
    s->fd = fd;
    s->server = true;
    int err = stream_watch(s);
    if (err) {
        stream_end(s, err);
    } else {
        s->state = STREAM_CONNECTING; /* stream_run() takes it on. */
        stream_kick(s);
    }
    return s;
}

/* Starts what "KIND:WHERE" asks for. */
static int
stream_start(struct stream *s, const char *where, uint16_t default_port)
{
    if (s->ops == &stream_unix_ops) {
        return stream_unix_start(s, where);
    }
    if (s->ops == &stream_tls_ops) {
        int err = stream_tls_init(s, false);
        if (err) {
            return err;
        }
    }
    return stream_tcp_start(s, where, default_port);
}

static const struct stream_ops *
find_active(const char *name, const char **where)
{
    static const struct stream_ops *const kinds[] = {
        &stream_plain_ops, &stream_unix_ops, &stream_tls_ops
    };
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        size_t n = strlen(kinds[i]->kind);
        if (!strncmp(name, kinds[i]->kind, n) && name[n] == ':') {
            *where = name + n + 1;
            return kinds[i];
        }
    }
    return NULL;
}

int
stream_open(struct loop *l, const char *name, uint16_t default_port,
            const struct stream_callbacks *cbs, void *aux,
            struct stream **out)
{
    const char *where;
    const struct stream_ops *ops = find_active(name, &where);
    *out = NULL;
    if (!ops) {
        return -EAFNOSUPPORT;
    }
    if (!stream_name_is_active(name)) {
        return -EINVAL;
    }
    struct stream *s = stream_alloc(l, ops, name);
    int err = stream_start(s, where, default_port);
    if (err) {
        stream_free(s);
        return err;
    }
    stream_set_callbacks(s, cbs, aux);
    *out = s;
    return 0;
}

void
stream_close(struct stream **sp)
{
    struct stream *s = *sp;
    *sp = NULL;
    if (!s) {
        return;
    }
    s->closed = true;
    if (!s->busy) {
        stream_free(s);
    }
}

void
stream_set_callbacks(struct stream *s, const struct stream_callbacks *cbs,
                     void *aux)
{
    s->cbs = *cbs;
    s->aux = aux;
}

int
stream_send_parts(struct stream *s, const struct stream_part *parts, size_t n)
{
    size_t len = 0;
    if (s->state == STREAM_ENDED || s->end_pending) {
        return -ENOTCONN;
    }
    for (size_t i = 0; i < n; i++) {
        len += parts[i].len;
    }
    if (len > s->limit || s->queue.len > s->limit - len) {
        return -ENOBUFS;
    }
    for (size_t i = 0; i < n; i++) {
        if (parts[i].blob) {
            stream_queue_put_blob(&s->queue, parts[i].blob);
        } else {
            stream_queue_put(&s->queue, parts[i].bytes, parts[i].len);
        }
    }
    if (s->state == STREAM_OPEN) {
        stream_kick(s);
    }
    return 0;
}

int
stream_send(struct stream *s, const void *bytes, size_t len)
{
    return stream_send_parts(
        s, &(struct stream_part){ .bytes = bytes, .len = len }, 1);
}

size_t
stream_queued(const struct stream *s)
{
    return s->queue.len;
}

size_t
stream_queued_memory(const struct stream *s)
{
    return stream_queue_memory(&s->queue);
}

void
stream_set_limit(struct stream *s, size_t bytes)
{
    s->limit = bytes;
}

void
stream_set_reading(struct stream *s, bool on)
{
    if (s->reading != on) {
        s->reading = on;
        if (s->state == STREAM_OPEN) {
            stream_kick(s);
        }
    }
}

bool
stream_is_connected(const struct stream *s)
{
    return s->state == STREAM_OPEN && !s->end_pending;
}

const char *
stream_name(const struct stream *s)
{
    return s->name;
}

void
stream_set_name(struct stream *s, const char *name)
{
    char *copy = xstrdup(name);
    free(s->name);
    s->name = copy;
}

const struct addr *
stream_local_addr(const struct stream *s)
{
    return &s->local;
}

const struct addr *
stream_remote_addr(const struct stream *s)
{
    return &s->remote;
}

void
stream_counts(const struct stream *s, uint64_t *rx, uint64_t *tx)
{
    *rx = s->rx_bytes;
    *tx = s->tx_bytes;
}

const char *
stream_error_text(const struct stream *s)
{
    return s->error_text;
}

void
stream_take_error(struct stream *s, char *text)
{
    free(s->error_text);
    s->error_text = text;
}

const char *
stream_peer_cn(const struct stream *s)
{
    return s->peer_cn;
}

void
stream_kick(struct stream *s)
{
    loop_defer(s->loop, &s->run);
}

void
stream_end(struct stream *s, int err)
{
    if (s->state != STREAM_ENDED && !s->end_pending) {
        s->end_pending = true;
        s->end_err = err;
        stream_kick(s);
    }
}

/* Which events of the descriptor matter now. */
static void
stream_want(struct stream *s)
{
    int events = 0;
    if (!s->watch) {
        return;
    }
    switch (s->end_pending ? STREAM_ENDED : s->state) {
    case STREAM_CONNECTING:
        events = LOOP_WRITE;
        break;
    case STREAM_HANDSHAKE:
        events = s->rx_event;
        break;
    case STREAM_OPEN:
        events |= s->reading ? s->rx_event : 0;
        events |= stream_queued(s) ? s->tx_event : 0;
        break;
    case STREAM_RESOLVING:
    case STREAM_ENDED:
        break;
    }
    loop_fd_want(s->watch, events);
}

/* The owner's calls may close the stream: false if it is gone. */
static bool
stream_leave(struct stream *s)
{
    if (--s->busy || !s->closed) {
        return !s->closed;
    }
    stream_free(s);
    return false;
}

static void
stream_set_open(struct stream *s)
{
    s->state = STREAM_OPEN;
    s->rx_event = LOOP_READ;
    s->tx_event = LOOP_WRITE;
    if (s->cbs.connected) {
        s->cbs.connected(s->aux, 0);
    }
    stream_kick(s); /* For what was queued, or came, meanwhile. */
}

static void
stream_handshake(struct stream *s)
{
    int err = s->ops->handshake(s);
    if (!err) {
        stream_set_open(s);
    } else if (err != -EAGAIN) {
        stream_end(s, err);
    }
}

void
stream_established(struct stream *s)
{
    stream_apply_dscp(s);
    if (s->ops->handshake) {
        s->state = STREAM_HANDSHAKE;
        stream_handshake(s);
    } else {
        stream_set_open(s);
    }
}

static void
stream_read(struct stream *s)
{
    uint8_t bytes[STREAM_READ_BYTES];
    for (int i = 0; i < STREAM_READS_PER_TURN; i++) {
        if (!s->reading || s->closed || s->end_pending
            || s->state != STREAM_OPEN) {
            return;
        }
        ssize_t n = s->ops->recv(s, bytes, sizeof bytes);
        if (n == -EAGAIN) {
            return;
        }
        if (n <= 0) {
            stream_end(s, (int)n);
            return;
        }
        s->rx_bytes += (uint64_t)n;
        if (s->cbs.data) {
            s->cbs.data(s->aux, bytes, (size_t)n);
        }
        if ((size_t)n < sizeof bytes && !s->ops->has_more) {
            return;
        }
    }
    if (s->ops->has_more && s->ops->has_more(s)) {
        stream_kick(s);
    }
}

/* For kinds that take one piece at a time, small ones are joined: each costs
 * a TLS record. */
static ssize_t
stream_write_joined(struct stream *s, const struct iovec *iov, int n)
{
    uint8_t bytes[STREAM_JOIN_BYTES];
    size_t len = 0;
    if (n == 1 || iov[0].iov_len >= sizeof bytes / 4) {
        return s->ops->send(s, iov[0].iov_base, iov[0].iov_len);
    }
    for (int i = 0; i < n && len < sizeof bytes; i++) {
        size_t part = MIN(iov[i].iov_len, sizeof bytes - len);
        memcpy(bytes + len, iov[i].iov_base, part);
        len += part;
    }
    return s->ops->send(s, bytes, len);
}

/* Gives the system what is first in the queue. */
static ssize_t
stream_write(struct stream *s)
{
    struct iovec iov[STREAM_IOV_MAX];
    int n = stream_queue_peek(&s->queue, iov, STREAM_IOV_MAX);
    return s->ops->sendv ? s->ops->sendv(s, iov, n)
                         : stream_write_joined(s, iov, n);
}

/* Writes what the system takes. */
static void
stream_flush(struct stream *s)
{
    bool had = stream_queued(s);
    for (int i = 0; i < STREAM_WRITES_PER_TURN && stream_queued(s); i++) {
        ssize_t n = stream_write(s);
        if (n == -EAGAIN) {
            break;
        }
        if (n < 0) {
            /* What the peer said before it went is still to be read. */
            stream_queue_clear(&s->queue);
            stream_read(s);
            stream_end(s, (int)n);
            return;
        }
        stream_queue_consume(&s->queue, (size_t)n);
        s->tx_bytes += (uint64_t)n;
    }
    if (had && !stream_queued(s)) {
        if (s->lingering) {
            s->closed = true;
        } else if (s->cbs.drained) {
            s->cbs.drained(s->aux);
        }
    }
}

void
stream_close_after_send(struct stream **sp, int64_t max_ms)
{
    struct stream *s = *sp;
    if (!s || s->state != STREAM_OPEN || !stream_queued(s)) {
        stream_close(sp);
        return;
    }
    *sp = NULL;
    s->cbs = (struct stream_callbacks){ 0 };
    s->lingering = true;
    s->reading = false;
    loop_at_destroy(s->loop, &s->at_destroy);
    loop_timer_set_in(&s->timer, max_ms);
    s->busy++;
    stream_flush(s);
    if (stream_leave(s)) {
        stream_want(s);
    }
}

/* Tells the owner that it is over. */
static void
stream_tell_end(struct stream *s)
{
    bool was_open = s->state == STREAM_OPEN;
    s->end_pending = false;
    s->state = STREAM_ENDED;
    stream_release(s);
    if (s->lingering) {
        s->closed = true;
    } else if (was_open && s->cbs.closed) {
        s->cbs.closed(s->aux, s->end_err);
    } else if (!was_open && s->cbs.connected) {
        s->cbs.connected(s->aux, s->end_err ? s->end_err : -ECONNRESET);
    }
}

static void
stream_step(struct stream *s, int events)
{
    s->busy++;
    if (s->end_pending) {
        stream_tell_end(s);
    } else {
        switch (s->state) {
        case STREAM_CONNECTING:
            if (s->server || s->ops == &stream_mem_ops) {
                stream_established(s);
            } else if (s->ops == &stream_unix_ops) {
                stream_unix_connect(s);
            } else if (events) {
                stream_tcp_on_writable(s);
            }
            break;
        case STREAM_HANDSHAKE:
            stream_handshake(s);
            break;
        case STREAM_OPEN:
            if (events & s->rx_event) {
                stream_read(s);
            }
            if (!s->closed && s->state == STREAM_OPEN && !s->end_pending
                && stream_queued(s)) {
                stream_flush(s);
            }
            break;
        case STREAM_RESOLVING:
        case STREAM_ENDED:
            break;
        }
    }
    if (stream_leave(s)) {
        stream_want(s);
    }
}

static void
stream_on_fd(void *s, int events)
{
    stream_step(s, events);
}

static void
stream_run(void *s_)
{
    struct stream *s = s_;
    bool more = s->state == STREAM_OPEN
                && (s->ops == &stream_mem_ops
                    || (s->ops->has_more && s->ops->has_more(s)));
    stream_step(s, more ? s->rx_event : 0);
}

static void
stream_on_timer(void *s_)
{
    struct stream *s = s_;
    if (s->lingering) {
        stream_close(&s);
    } else {
        stream_step(s, 0);
    }
}

int
stream_watch(struct stream *s)
{
    int err;
    ASSERT(!s->watch);
    s->watch = loop_fd_open(s->loop, s->fd, stream_on_fd, s, &err);
    return s->watch ? 0 : err;
}

bool
stream_name_is_active(const char *name)
{
    const char *where;
    const struct stream_ops *ops = find_active(name, &where);
    if (!ops || !*where) {
        return false;
    }
    if (ops == &stream_unix_ops) {
        return true;
    }
    char *host;
    uint16_t port;
    char *error = addr_split(where, 1, &host, &port);
    bool ok = !error && *host && port;
    free(error);
    free(host);
    return ok;
}

char *
stream_unix_path(const char *file)
{
    return *file == '/' ? xstrdup(file)
                        : xasprintf("%s/%s", dirs_run(), file);
}
