/* SPDX-License-Identifier: Apache-2.0 */
/* TCP: names to addresses, connecting to each in turn, plain sockets. */
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/io/stream_priv.h"

static void tcp_try_next(struct stream *, int err);

static void
on_resolved(void *s_, int err, const struct addr *addrs, size_t n)
{
    struct stream *s = s_;
    s->resolve = NULL;
    if (err) {
        stream_take_error(s, xasprintf("%s: cannot resolve name", s->host));
        stream_end(s, err);
        return;
    }
    s->addrs = xmemdup(addrs, n * sizeof *addrs);
    s->n_addrs = n;
    tcp_try_next(s, -EHOSTUNREACH);
}

int
stream_tcp_start(struct stream *s, const char *where, uint16_t default_port)
{
    struct addr a;
    uint16_t port;
    char *error = addr_split(where, default_port, &s->host, &port);
    if (error) {
        free(error);
        return -EINVAL;
    }
    if (addr_from_host(&a, s->host, port)) {
        s->addrs = xmemdup(&a, sizeof a);
        s->n_addrs = 1;
        tcp_try_next(s, -EHOSTUNREACH);
    } else {
        s->state = STREAM_RESOLVING;
        s->resolve = loop_resolve(s->loop, s->host, port, on_resolved, s);
        if (!s->resolve) {
            return -EINVAL;
        }
    }
    return 0;
}

/* Starts connecting to 'a'; 0 if under way. */
static int
tcp_connect(struct stream *s, const struct addr *a)
{
    int one = 1;
    s->fd = socket(a->sa.sa_family,
                   SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0) {
        return -errno;
    }
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    s->remote = *a;
    stream_apply_dscp(s);
    if (connect(s->fd, &a->sa, addr_len(a)) && errno != EINPROGRESS) {
        return -errno;
    }
    return stream_watch(s);
}

/* The address before failed with 'err': takes the next that can be tried, or
 * ends the stream. */
static void
tcp_try_next(struct stream *s, int err)
{
    while (s->addr_idx < s->n_addrs) {
        loop_fd_close(&s->watch);
        if (s->fd >= 0) {
            close(s->fd);
            s->fd = -1;
        }
        err = tcp_connect(s, &s->addrs[s->addr_idx++]);
        if (!err) {
            s->state = STREAM_CONNECTING;
            loop_fd_want(s->watch, LOOP_WRITE);
            return;
        }
    }
    stream_end(s, err);
}

void
stream_tcp_on_writable(struct stream *s)
{
    int err = 0;
    socklen_t len = sizeof err;
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len)) {
        err = errno;
    }
    if (err) {
        tcp_try_next(s, -err);
        return;
    }
    len = sizeof s->local;
    getsockname(s->fd, &s->local.sa, &len);
    stream_established(s);
}

ssize_t
stream_sock_recv(struct stream *s, void *bytes, size_t n)
{
    ssize_t got;
    do {
        got = recv(s->fd, bytes, n, 0);
    } while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

ssize_t
stream_sock_send(struct stream *s, const void *bytes, size_t n)
{
    ssize_t sent;
    do {
        sent = send(s->fd, bytes, n, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t
stream_sock_sendv(struct stream *s, struct iovec *iov, int n)
{
    struct msghdr msg = { .msg_iov = iov, .msg_iovlen = (size_t)n };
    ssize_t sent;
    do {
        sent = sendmsg(s->fd, &msg, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

void
stream_apply_dscp(struct stream *s)
{
    if (s->dscp < 0 || s->fd < 0) {
        return;
    }
    int tos = s->dscp << 2;
    if (s->remote.sa.sa_family == AF_INET) {
        setsockopt(s->fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    } else if (addr_is_v6(&s->remote)) {
        setsockopt(s->fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
    }
}

int
stream_set_dscp(struct stream *s, uint8_t dscp)
{
    if (dscp > 63) {
        return -EINVAL;
    }
    s->dscp = dscp;
    stream_apply_dscp(s);
    return 0;
}

const struct stream_ops stream_plain_ops = {
    .kind = "tcp",
    .recv = stream_sock_recv,
    .send = stream_sock_send,
    .sendv = stream_sock_sendv,
};
