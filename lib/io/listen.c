/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/listen.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/stream_priv.h"
#include "lib/io/tls.h"

LOG_MODULE(listen);

/* As many as the system allows may wait: thousands come at once. */
#define BACKLOG 65535
/* Connections taken in one turn of the loop. */
#define ACCEPTS_PER_TURN 16
/* Out of descriptors: how soon to try again. */
#define ACCEPT_RETRY_MS 500

struct listener {
    struct loop *loop;
    const struct stream_ops *ops; /* Of the streams accepted. */
    char *name;
    char *path;                   /* punix: removed at the end; or NULL. */
    int fd;
    struct loop_fd *watch;
    struct loop_timer retry;
    uint16_t port;
    uint64_t n_accepted;
    void (*on_accept)(void *aux, struct stream *);
    void *aux;
    bool busy;                    /* In listener_on_fd(). */
    bool closed;                  /* listener_close() was called then. */
};

static char *
accepted_name(struct listener *ln, const struct addr *remote)
{
    struct str s = STR_INIT;
    if (!remote->sa.sa_family || ln->ops == &stream_unix_ops) {
        str_putf(&s, "unix#%llu", (unsigned long long)ln->n_accepted);
    } else {
        str_putf(&s, "%s:", ln->ops->kind);
        addr_put(&s, remote);
    }
    return str_steal(&s);
}

/* Version 4 addresses mapped into version 6 are shown as what they are. */
static void
unmap_v4(struct addr *a)
{
    if (addr_is_v6(a) && IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr)) {
        struct addr v4 = { 0 };
        v4.in.sin_family = AF_INET;
        v4.in.sin_port = a->in6.sin6_port;
        memcpy(&v4.in.sin_addr, a->in6.sin6_addr.s6_addr + 12, 4);
        *a = v4;
    }
}

static void
take_connection(struct listener *ln, int fd, struct addr *remote)
{
    int one = 1;
    bool is_unix = ln->ops == &stream_unix_ops;
    ln->n_accepted++;
    if (is_unix) {
        memset(remote, 0, sizeof *remote);
    } else {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        unmap_v4(remote);
    }
    char *name = accepted_name(ln, remote);
    struct stream *s = stream_from_fd(ln->loop, ln->ops, fd, name);
    free(name);
    s->remote = *remote;
    if (!is_unix) {
        socklen_t len = sizeof s->local;
        getsockname(fd, &s->local.sa, &len);
        unmap_v4(&s->local);
    }
    if (ln->ops == &stream_tls_ops) {
        int err = stream_tls_init(s, true);
        if (err) {
            stream_end(s, err);
        }
    }
    ln->on_accept(ln->aux, s);
}

static void listener_free(struct listener *);

static void
listener_on_fd(void *ln_, int events UNUSED)
{
    struct listener *ln = ln_;
    ln->busy = true;
    for (int i = 0; i < ACCEPTS_PER_TURN && !ln->closed; i++) {
        struct addr remote = { 0 };
        socklen_t len = sizeof remote;
        int fd = accept4(ln->fd, &remote.sa, &len,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_connection(ln, fd, &remote);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS
                   || errno == ENOMEM) {
            log_warn_rl("%s: cannot accept: %s", ln->name,
                        log_strerror(errno));
            loop_fd_want(ln->watch, 0);
            loop_timer_set_in(&ln->retry, ACCEPT_RETRY_MS);
            break;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            break;
        }
    }
    ln->busy = false;
    if (ln->closed) {
        listener_free(ln);
    }
}

static void
listener_retry(void *ln_)
{
    struct listener *ln = ln_;
    loop_fd_want(ln->watch, LOOP_READ);
}

/* Removes a socket file that nobody listens on. */
static int
remove_stale(const char *path)
{
    struct stat st;
    if (lstat(path, &st)) {
        return errno == ENOENT ? 0 : -errno;
    }
    if (!S_ISSOCK(st.st_mode)) {
        return -EEXIST;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    int err = stream_unix_connect_fd(fd, path);
    close(fd);
    if (!err || err == -EAGAIN) {
        return -EADDRINUSE;
    }
    if (err != -ECONNREFUSED) {
        return err;
    }
    return unlink(path) && errno != ENOENT ? -errno : 0;
}

static int
open_unix(struct listener *ln, const char *file)
{
    char *path = stream_unix_path(file);
    int err = remove_stale(path);
    if (!err) {
        ln->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                        0);
        err = ln->fd < 0 ? -errno : stream_unix_bind(ln->fd, path);
    }
    if (!err) {
        /* The mode is set through the file's own rights while nobody can
         * connect yet: listen() comes later. */
        mode_t mask = umask(0077);
        umask(mask);
        err = chmod(path, 0770 & ~mask) ? -errno : 0;
        ln->path = path;
        return err;
    }
    free(path);
    return err;
}

/* "[PORT][:BIND]" */
static int
parse_passive(const char *where, uint16_t default_port, struct addr *a)
{
    size_t n = strcspn(where, ":");
    uint64_t port = default_port;
    char number[8];

    if (n) {
        if (n >= sizeof number) {
            return -EINVAL;
        }
        memcpy(number, where, n);
        number[n] = '\0';
        if (!str_to_u64(number, 10, &port) || port > UINT16_MAX) {
            return -EINVAL;
        }
    }
    const char *host = where[n] == ':' ? where + n + 1 : "";
    if (!*host) {
        return addr_from_host(a, "0.0.0.0", (uint16_t)port) ? 0 : -EINVAL;
    }
    size_t len = strlen(host);
    bool brackets = *host == '[' && host[len - 1] == ']';
    char *bare = xmemdup0(host + brackets, len - 2 * brackets);
    bool ok = addr_from_host(a, bare, (uint16_t)port);
    free(bare);
    return ok ? 0 : -EINVAL;
}

static int
open_tcp(struct listener *ln, const char *where, uint16_t default_port)
{
    struct addr a;
    int one = 1, zero = 0;
    int err = parse_passive(where, default_port, &a);
    if (err) {
        return err;
    }
    ln->fd = socket(a.sa.sa_family,
                    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (ln->fd < 0) {
        return -errno;
    }
    setsockopt(ln->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (addr_is_v6(&a)) {
        setsockopt(ln->fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    }
    if (bind(ln->fd, &a.sa, addr_len(&a))) {
        return -errno;
    }
    socklen_t len = sizeof a;
    if (getsockname(ln->fd, &a.sa, &len)) {
        return -errno;
    }
    ln->port = addr_port(&a);
    return 0;
}

static const struct {
    const char *prefix;
    const struct stream_ops *ops;
} passive_kinds[] = {
    { "ptcp:", &stream_plain_ops },
    { "pssl:", &stream_tls_ops },
    { "punix:", &stream_unix_ops },
};

static const struct stream_ops *
find_passive(const char *name, const char **where)
{
    for (size_t i = 0; i < ARRAY_SIZE(passive_kinds); i++) {
        if (str_starts_with(name, passive_kinds[i].prefix)) {
            *where = name + strlen(passive_kinds[i].prefix);
            return passive_kinds[i].ops;
        }
    }
    return NULL;
}

static int
listener_start(struct listener *ln)
{
    int err;
    if (listen(ln->fd, BACKLOG)) {
        return -errno;
    }
    ln->watch = loop_fd_open(ln->loop, ln->fd, listener_on_fd, ln, &err);
    if (!ln->watch) {
        return err;
    }
    loop_fd_want(ln->watch, LOOP_READ);
    return 0;
}

static struct listener *
listener_alloc(struct loop *l, const struct stream_ops *ops,
               const char *name, void (*on_accept)(void *, struct stream *),
               void *aux)
{
    struct listener *ln = xzalloc(sizeof *ln);
    ln->loop = l;
    ln->ops = ops;
    ln->name = xstrdup(name);
    ln->fd = -1;
    ln->on_accept = on_accept;
    ln->aux = aux;
    loop_timer_init(&ln->retry, l, listener_retry, ln);
    return ln;
}

int
listener_open(struct loop *l, const char *name, uint16_t default_port,
              void (*on_accept)(void *, struct stream *), void *aux,
              struct listener **out)
{
    const char *where;
    const struct stream_ops *ops = find_passive(name, &where);
    *out = NULL;
    if (!ops) {
        return -EAFNOSUPPORT;
    }
    if (ops == &stream_tls_ops && !loop_get_tls(l)) {
        return -ENOPROTOOPT;
    }
    struct listener *ln = listener_alloc(l, ops, name, on_accept, aux);
    int err = ops == &stream_unix_ops
                  ? (*where ? open_unix(ln, where) : -EINVAL)
                  : open_tcp(ln, where, default_port);
    if (!err) {
        err = listener_start(ln);
    }
    if (err) {
        listener_close(&ln);
    } else {
        *out = ln;
    }
    return err;
}

int
listener_from_fd(struct loop *l, int fd, const char *name,
                 void (*on_accept)(void *, struct stream *), void *aux,
                 struct listener **out)
{
    struct addr a = { 0 };
    socklen_t len = sizeof a;
    *out = NULL;
    if (getsockname(fd, &a.sa, &len)) {
        return -errno;
    }
    const struct stream_ops *ops = a.sa.sa_family == AF_UNIX
                                       ? &stream_unix_ops
                                       : &stream_plain_ops;
    struct listener *ln = listener_alloc(l, ops, name, on_accept, aux);
    ln->fd = fd;
    ln->port = addr_port(&a);
    int err = listener_start(ln);
    if (err) {
        listener_close(&ln);
    } else {
        *out = ln;
    }
    return err;
}

static void
listener_free(struct listener *ln)
{
    loop_timer_cancel(&ln->retry);
    loop_fd_close(&ln->watch);
    if (ln->path) {
        unlink(ln->path);
        free(ln->path);
    }
    if (ln->fd >= 0) {
        close(ln->fd);
    }
    free(ln->name);
    free(ln);
}

void
listener_close(struct listener **lnp)
{
    struct listener *ln = *lnp;
    *lnp = NULL;
    if (!ln) {
        return;
    }
    ln->closed = true;
    if (!ln->busy) {
        listener_free(ln);
    }
}

const char *
listener_name(const struct listener *ln)
{
    return ln->name;
}

uint16_t
listener_port(const struct listener *ln)
{
    return ln->port;
}

bool
stream_name_is_passive(const char *name)
{
    const char *where;
    struct addr a;
    const struct stream_ops *ops = find_passive(name, &where);
    if (!ops) {
        return false;
    }
    return ops == &stream_unix_ops ? *where != '\0'
                                   : !parse_passive(where, 1, &a);
}
