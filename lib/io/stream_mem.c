/* SPDX-License-Identifier: Apache-2.0 */
/* Two streams joined in memory: what one sends is appended to the other's
 * inbox, which its next turn delivers. */
#include <errno.h>

#include "lib/base/mem.h"
#include "lib/io/stream_priv.h"

/* Bytes on the way before the sender waits, as in a socket's buffer. */
#define INBOX_MAX ((size_t)256 * 1024)

static ssize_t
mem_recv(struct stream *s, void *bytes, size_t n)
{
    size_t take = MIN(n, s->mem_inbox.len);
    if (s->mem_chunk) {
        take = MIN(take, s->mem_chunk);
    }
    if (!take) {
        return s->mem_err ? s->mem_err : s->mem_eof ? 0 : -EAGAIN;
    }
    memcpy(bytes, s->mem_inbox.data, take);
    buf_consume(&s->mem_inbox, take);
    if (s->mem_peer) {
        stream_kick(s->mem_peer); /* There is room again. */
    }
    return (ssize_t)take;
}

static ssize_t
mem_send(struct stream *s, const void *bytes, size_t n)
{
    struct stream *peer = s->mem_peer;
    if (!peer || s->mem_err) {
        return s->mem_err ? s->mem_err : -EPIPE;
    }
    n = MIN(n, INBOX_MAX - MIN(peer->mem_inbox.len, INBOX_MAX));
    if (!n) {
        return -EAGAIN;
    }
    buf_put(&peer->mem_inbox, bytes, n);
    stream_kick(peer);
    return (ssize_t)n;
}

static bool
mem_has_more(const struct stream *s)
{
    return s->reading
           && (s->mem_inbox.len || s->mem_eof || s->mem_err);
}

static void
mem_close(struct stream *s)
{
    struct stream *peer = s->mem_peer;
    s->mem_peer = NULL;
    if (peer) {
        peer->mem_peer = NULL;
        peer->mem_eof = true;
        stream_kick(peer);
    }
}

void
stream_mem_pair(struct loop *l, struct stream **a, struct stream **b)
{
    *a = stream_alloc(l, &stream_mem_ops, "mem:a");
    *b = stream_alloc(l, &stream_mem_ops, "mem:b");
    (*a)->mem_peer = *b;
    (*b)->mem_peer = *a;
    (*a)->state = (*b)->state = STREAM_CONNECTING;
    stream_kick(*a);
    stream_kick(*b);
}

void
stream_mem_set_chunk(struct stream *s, size_t n)
{
    s->mem_chunk = n;
}

void
stream_mem_break(struct stream *s, int err)
{
    struct stream *peer = s->mem_peer;
    s->mem_err = err;
    stream_kick(s);
    if (peer) {
        peer->mem_err = err;
        stream_kick(peer);
    }
}

const struct stream_ops stream_mem_ops = {
    .kind = "mem",
    .recv = mem_recv,
    .send = mem_send,
    .has_more = mem_has_more,
    .close = mem_close,
};
