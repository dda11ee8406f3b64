/* SPDX-License-Identifier: Apache-2.0 */
/* Unix sockets.  A path longer than sun_path holds is reached through
 * /proc/self/fd/N/NAME, where N is its folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/io/stream_priv.h"

/* The listener's backlog is full: how soon to try again. */
#define BACKLOG_RETRY_MS 10

/* Calls bind() or connect() on 'path'. */
static int
unix_call(int fd, const char *path,
          int (*call)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    int dir_fd = -1, err = 0;
    size_t len = strlen(path);

    if (len < sizeof un.sun_path) {
        memcpy(un.sun_path, path, len);
    } else {
        const char *slash = strrchr(path, '/');
        const char *base = slash ? slash + 1 : path;
        char *dir = slash ? xmemdup0(path, (size_t)(slash - path) + 1)
                          : xstrdup(".");
        dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        err = dir_fd < 0 ? -errno : 0;
        free(dir);
        if (!err
            && snprintf(un.sun_path, sizeof un.sun_path,
                        "/proc/self/fd/%d/%s", dir_fd, base)
                   >= (int)sizeof un.sun_path) {
            err = -ENAMETOOLONG;
        }
    }
    if (!err
        && call(fd, (const struct sockaddr *)(const void *)&un, sizeof un)) {
        err = -errno;
    }
    if (dir_fd >= 0) {
        close(dir_fd);
    }
    return err;
}

int
stream_unix_bind(int fd, const char *path)
{
    return unix_call(fd, path, bind);
}

int
stream_unix_connect_fd(int fd, const char *path)
{
    return unix_call(fd, path, connect);
}

int
stream_unix_start(struct stream *s, const char *file)
{
    s->path = stream_unix_path(file);
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0) {
        return -errno;
    }
    s->state = STREAM_CONNECTING;
    stream_kick(s);
    return 0;
}

void
stream_unix_connect(struct stream *s)
{
    int err = stream_unix_connect_fd(s->fd, s->path);
    if (err == -EAGAIN) {
        loop_timer_set_in(&s->timer, BACKLOG_RETRY_MS);
        return;
    }
    if (!err) {
        err = stream_watch(s);
    }
    if (err) {
        stream_end(s, err);
    } else {
        stream_established(s);
    }
}

bool
stream_peer_process(const struct stream *s, long *pid, long *uid)
{
    struct ucred cred;
    socklen_t len = sizeof cred;
    if (s->ops != &stream_unix_ops || s->fd < 0
        || getsockopt(s->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len)) {
        return false;
    }
    *pid = cred.pid;
    *uid = cred.uid;
    return true;
}

const struct stream_ops stream_unix_ops = {
    .kind = "unix",
    .recv = stream_sock_recv,
    .send = stream_sock_send,
    .sendv = stream_sock_sendv,
};
