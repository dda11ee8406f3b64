/* SPDX-License-Identifier: Apache-2.0 */
#include "datapath/port/dummy_link.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/addr.h"

#define PEERS_MAX 16
#define RETRY_S 1
#define FRAME_MAX 65535
/* Bytes that wait for a slow peer; frames beyond it are lost. */
#define TX_QUEUE_MAX (1024 * 1024)

struct link_peer {
    int fd;            /* -1: free. */
    bool is_connecting;
    bool wants_write;  /* As epoll was told. */
    struct buf rx, tx;
};

struct dummy_link {
    int epfd;
    bool is_passive;
    struct sockaddr_un un; /* Or 'in', by 'is_unix'. */
    struct addr in;
    bool is_unix;
    int listen_fd; /* -1 on the active side. */
    int timer_fd;  /* Active side: ticks while there is no peer. */
    unsigned int next; /* Peer to read first, so that all have a turn. */
    struct link_peer peers[PEERS_MAX];
};

/* ## Addresses ## */

static int
parse_unix(struct dummy_link *l, const char *path)
{
    if (!*path || strlen(path) >= sizeof l->un.sun_path) {
        return -ENAMETOOLONG;
    }
    l->is_unix = true;
    l->un.sun_family = AF_UNIX;
    memcpy(l->un.sun_path, path, strlen(path));
    return 0;
}

/* "HOST:PORT" for the active side, "PORT[:HOST]" for the passive one. */
static int
parse_tcp(struct dummy_link *l, const char *text)
{
    char *host = NULL;
    uint16_t port = 0;
    bool is_ok;
    if (l->is_passive) {
        const char *colon = strchr(text, ':');
        char *digits = colon ? xmemdup0(text, (size_t)(colon - text))
                             : xstrdup(text);
        uint64_t number;
        is_ok = str_to_u64(digits, 10, &number) && number <= UINT16_MAX
                && addr_from_host(&l->in, colon ? colon + 1 : "0.0.0.0",
                                  (uint16_t)number);
        free(digits);
    } else {
        char *err = addr_split(text, 0, &host, &port);
        is_ok = !err && port && addr_from_host(&l->in, host, port);
        free(err);
        free(host);
    }
    return is_ok ? 0 : -EINVAL;
}

static int
parse_spec(struct dummy_link *l, const char *spec)
{
    const char *unix_prefix = l->is_passive ? "punix:" : "unix:";
    const char *tcp_prefix = l->is_passive ? "ptcp:" : "tcp:";
    if (str_starts_with(spec, unix_prefix)) {
        return parse_unix(l, spec + strlen(unix_prefix));
    }
    if (str_starts_with(spec, tcp_prefix)) {
        return parse_tcp(l, spec + strlen(tcp_prefix));
    }
    return -EINVAL;
}

static const struct sockaddr *
address(const struct dummy_link *l, socklen_t *len)
{
    *len = l->is_unix ? sizeof l->un : addr_len(&l->in);
    return l->is_unix ? (const struct sockaddr *)&l->un : &l->in.sa;
}

static int
new_socket(const struct dummy_link *l)
{
    int family = l->is_unix ? AF_UNIX : l->in.sa.sa_family;
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* ## Peers ## */

static void
watch(const struct dummy_link *l, int op, int fd, uint32_t events)
{
    struct epoll_event event = { .events = events };
    (void)epoll_ctl(l->epfd, op, fd, &event);
}

static void
watch_peer(const struct dummy_link *l, struct link_peer *peer)
{
    bool wants_write = peer->is_connecting || peer->tx.len;
    if (wants_write != peer->wants_write) {
        peer->wants_write = wants_write;
        watch(l, EPOLL_CTL_MOD, peer->fd,
              EPOLLIN | (wants_write ? EPOLLOUT : 0));
    }
}

static void
add_peer(struct dummy_link *l, int fd, bool is_connecting)
{
    for (int i = 0; i < PEERS_MAX; i++) {
        struct link_peer *peer = &l->peers[i];
        if (peer->fd < 0) {
            *peer = (struct link_peer){ .fd = fd,
                                        .is_connecting = is_connecting,
                                        .wants_write = true };
            watch(l, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT);
            return;
        }
    }
    close(fd);
}

static void
set_timer(const struct dummy_link *l, bool is_on)
{
    struct itimerspec when = { .it_value.tv_sec = is_on ? RETRY_S : 0,
                               .it_interval.tv_sec = is_on ? RETRY_S : 0 };
    if (l->timer_fd >= 0) {
        timerfd_settime(l->timer_fd, 0, &when, NULL);
    }
}

static void
drop_peer(struct dummy_link *l, struct link_peer *peer)
{
    close(peer->fd); /* Which takes it out of epoll. */
    buf_fini(&peer->rx);
    buf_fini(&peer->tx);
    peer->fd = -1;
    set_timer(l, !l->is_passive);
}

static void
try_connect(struct dummy_link *l)
{
    socklen_t len;
    const struct sockaddr *sa = address(l, &len);
    int fd = new_socket(l);
    if (fd < 0) {
        return;
    }
    int err = connect(fd, sa, len) ? errno : 0;
    if (err && err != EINPROGRESS) {
        close(fd);
        return;
    }
    add_peer(l, fd, err == EINPROGRESS);
    set_timer(l, false);
}

static void
finish_connect(struct dummy_link *l, struct link_peer *peer)
{
    struct sockaddr_storage ss;
    socklen_t len = sizeof ss;
    int err = 0;
    socklen_t err_len = sizeof err;
    if (!getpeername(peer->fd, (struct sockaddr *)&ss, &len)) {
        peer->is_connecting = false;
    } else if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &err, &err_len)
               || err) {
        drop_peer(l, peer);
    }
}

/* ## Opening and closing ## */

static int
listen_on(struct dummy_link *l)
{
    socklen_t len;
    const struct sockaddr *sa = address(l, &len);
    int one = 1;
    l->listen_fd = new_socket(l);
    if (l->listen_fd < 0) {
        return -errno;
    }
    if (l->is_unix) {
        unlink(l->un.sun_path); /* Left by a switch that was killed. */
    } else {
        setsockopt(l->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    }
    if (bind(l->listen_fd, sa, len) || listen(l->listen_fd, PEERS_MAX)) {
        return -errno;
    }
    watch(l, EPOLL_CTL_ADD, l->listen_fd, EPOLLIN);
    return 0;
}

static int
start_connecting(struct dummy_link *l)
{
    l->timer_fd
        = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (l->timer_fd < 0) {
        return -errno;
    }
    watch(l, EPOLL_CTL_ADD, l->timer_fd, EPOLLIN);
    set_timer(l, true);
    try_connect(l);
    return 0;
}

int
dummy_link_open(const char *spec, bool is_passive, int epfd,
                struct dummy_link **out, char **error)
{
    struct dummy_link *l = xzalloc(sizeof *l);
    l->epfd = epfd;
    l->is_passive = is_passive;
    l->listen_fd = l->timer_fd = -1;
    for (int i = 0; i < PEERS_MAX; i++) {
        l->peers[i].fd = -1;
    }
    int err = parse_spec(l, spec);
    if (!err) {
        err = is_passive ? listen_on(l) : start_connecting(l);
    }
    if (err) {
        *error = xasprintf("%s: %s (%s)", spec,
                           is_passive ? "cannot listen" : "cannot connect",
                           strerror(-err));
        dummy_link_close(&l);
        return err;
    }
    *out = l;
    return 0;
}

void
dummy_link_close(struct dummy_link **lp)
{
    struct dummy_link *l = *lp;
    if (!l) {
        return;
    }
    for (int i = 0; i < PEERS_MAX; i++) {
        if (l->peers[i].fd >= 0) {
            drop_peer(l, &l->peers[i]);
        }
    }
    if (l->listen_fd >= 0) {
        close(l->listen_fd);
        if (l->is_unix) {
            unlink(l->un.sun_path);
        }
    }
    if (l->timer_fd >= 0) {
        close(l->timer_fd);
    }
    free(l);
    *lp = NULL;
}

/* ## Frames ## */

static void
flush_peer(struct dummy_link *l, struct link_peer *peer)
{
    while (peer->tx.len) {
        ssize_t n = send(peer->fd, peer->tx.data, peer->tx.len,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n <= 0) {
            if (errno != EAGAIN && errno != EINTR) {
                drop_peer(l, peer);
                return;
            }
            break;
        }
        buf_consume(&peer->tx, (size_t)n);
    }
    watch_peer(l, peer);
}

/* Reads what waits; false if the peer was lost. */
static bool
fill_peer(struct dummy_link *l, struct link_peer *peer)
{
    if (peer->rx.len >= 2 + FRAME_MAX) {
        return true; /* A whole frame waits already. */
    }
    size_t room = 2 + FRAME_MAX;
    uint8_t *at = buf_reserve(&peer->rx, room);
    ssize_t n = recv(peer->fd, at, room, MSG_DONTWAIT);
    if (n > 0) {
        peer->rx.len += (size_t)n;
        return true;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    drop_peer(l, peer);
    return false;
}

/* Takes whole frames out of what was read. */
static unsigned int
take_frames(struct link_peer *peer, struct packet *pkts, unsigned int max)
{
    unsigned int n = 0;
    size_t at = 0;
    while (n < max && peer->rx.len - at >= 2) {
        const uint8_t *head = peer->rx.data + at;
        size_t len = be16_to_cpu(get_unaligned_be16(head));
        if (peer->rx.len - at < 2 + len) {
            break;
        }
        if (len && packet_alloc(&pkts[n], len)) {
            memcpy(pkts[n].data, head + 2, len);
            n++;
        }
        at += 2 + len;
    }
    buf_consume(&peer->rx, at);
    return n;
}

static void
run_timer(struct dummy_link *l)
{
    uint64_t ticks;
    if (l->timer_fd >= 0
        && read(l->timer_fd, &ticks, sizeof ticks) == sizeof ticks
        && l->peers[0].fd < 0) {
        try_connect(l);
    }
}

static void
accept_peers(struct dummy_link *l)
{
    int fd;
    while (l->listen_fd >= 0
           && (fd = accept4(l->listen_fd, NULL, NULL,
                            SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        add_peer(l, fd, false);
    }
}

unsigned int
dummy_link_rx(struct dummy_link *l, struct packet *pkts, unsigned int max)
{
    unsigned int n = 0;
    run_timer(l);
    accept_peers(l);
    for (unsigned int i = 0; i < PEERS_MAX; i++) {
        struct link_peer *peer = &l->peers[(l->next + i) % PEERS_MAX];
        if (peer->fd >= 0 && peer->is_connecting) {
            finish_connect(l, peer);
        }
        if (peer->fd < 0 || peer->is_connecting) {
            continue;
        }
        flush_peer(l, peer);
        if (n < max && peer->fd >= 0 && fill_peer(l, peer)) {
            n += take_frames(peer, pkts + n, max - n);
        }
    }
    l->next = (l->next + 1) % PEERS_MAX;
    return n;
}

void
dummy_link_tx(struct dummy_link *l, const struct packet *p)
{
    for (int i = 0; i < PEERS_MAX; i++) {
        struct link_peer *peer = &l->peers[i];
        if (peer->fd < 0 || peer->is_connecting || p->len > FRAME_MAX
            || peer->tx.len + 2 + p->len > TX_QUEUE_MAX) {
            continue;
        }
        buf_put_be16(&peer->tx, (uint16_t)p->len);
        buf_put(&peer->tx, p->data, p->len);
        flush_peer(l, peer);
    }
}

void
dummy_link_add(struct dummy_link *l, int fd)
{
    add_peer(l, fd, false);
}

bool
dummy_link_is_connected(const struct dummy_link *l)
{
    for (int i = 0; i < PEERS_MAX; i++) {
        if (l->peers[i].fd >= 0 && !l->peers[i].is_connecting) {
            return true;
        }
    }
    return false;
}
