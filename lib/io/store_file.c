/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/store_priv.h"

static int
file_read(struct store *s, int64_t off, void *bytes_, size_t len)
{
    uint8_t *bytes = bytes_;
    while (len) {
        ssize_t n = pread(s->fd, bytes, len, off);
        if (n < 0 && errno != EINTR) {
            return -errno;
        } else if (!n) {
            return -EIO; /* Somebody else cut it. */
        } else if (n > 0) {
            bytes += n;
            off += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static int
write_all(int fd, int64_t off, const void *bytes_, size_t len)
{
    const uint8_t *bytes = bytes_;
    while (len) {
        ssize_t n = pwrite(fd, bytes, len, off);
        if (n < 0 && errno != EINTR) {
            return -errno;
        } else if (n > 0) {
            bytes += n;
            off += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static int
file_write(struct store *s, int64_t off, const void *bytes, size_t len)
{
    return write_all(s->fd, off, bytes, len);
}

static int
file_truncate(struct store *s, int64_t size)
{
    return ftruncate(s->fd, size) ? -errno : 0;
}

/* Makes a rename (or a new file) in the folder of 'path' durable. */
static int
sync_folder(const char *path)
{
    char *copy = xstrdup(path);
    int err = 0;
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        err = -errno;
    } else {
        /* File systems that cannot sync a folder say EINVAL. */
        if (fsync(fd) && errno != EINVAL) {
            err = -errno;
        }
        close(fd);
    }
    free(copy);
    return err;
}

static int
fill_temporary(int fd, const struct store *s, const void *bytes, size_t len)
{
    struct stat st;
    int err = write_all(fd, 0, bytes, len);
    if (!err && !fstat(s->fd, &st)) {
        /* Rights of the file it replaces; as far as we may. */
        if (fchmod(fd, st.st_mode & 07777) || fchown(fd, st.st_uid,
                                                     st.st_gid)) {
            err = errno == EPERM ? 0 : -errno;
        }
    }
    return !err && fsync(fd) ? -errno : err;
}

static int
file_replace(struct store *s, const void *bytes, size_t len)
{
    char *tmp = xasprintf("%s.tmp", s->name);
    int fd = open(tmp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int err = fd < 0 ? -errno : fill_temporary(fd, s, bytes, len);
    if (!err && rename(tmp, s->name)) {
        err = -errno;
    }
    if (err) {
        if (fd >= 0) {
            unlink(tmp);
            close(fd);
        }
    } else {
        close(s->fd);
        s->fd = fd;
        err = sync_folder(s->name);
    }
    free(tmp);
    return err;
}

static int
file_sync_begin(struct store *s, struct store_sync_job *job)
{
    job->fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
    return job->fd < 0 ? -errno : 0;
}

static void
file_sync_do(struct store_sync_job *job)
{
    job->err = fdatasync(job->fd) ? -errno : 0;
}

static void
file_sync_end(struct store_sync_job *job)
{
    if (job->fd >= 0) {
        close(job->fd);
    }
}

static void
file_close(struct store *s)
{
    if (s->fd >= 0) {
        close(s->fd);
    }
    if (s->lock_fd >= 0) {
        close(s->lock_fd);
    }
}

static const struct store_ops file_ops = {
    .read = file_read,
    .write = file_write,
    .truncate = file_truncate,
    .replace = file_replace,
    .sync_begin = file_sync_begin,
    .sync_do = file_sync_do,
    .sync_end = file_sync_end,
    .threaded = true,
    .close = file_close,
};

/* 'path' with symbolic links followed, also when the file is not there. */
static char *
real_path(const char *path)
{
    char *real = realpath(path, NULL);
    if (real) {
        return real;
    }
    char *dir_copy = xstrdup(path), *base_copy = xstrdup(path);
    char *dir = realpath(dirname(dir_copy), NULL);
    real = dir ? xasprintf("%s/%s", dir, basename(base_copy))
               : xstrdup(path);
    free(dir);
    free(dir_copy);
    free(base_copy);
    return real;
}

/* Locks ".NAME.~lock~" beside the file, as the peer's tools do.  The lock
 * belongs to the open file, so that two stores of one process exclude each
 * other too. */
static int
lock_beside(struct store *s)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    const char *slash = strrchr(s->name, '/');
    int dir_len = slash ? (int)(slash - s->name) + 1 : 0;
    char *name = xasprintf("%.*s.%s.~lock~", dir_len, s->name,
                           s->name + dir_len);
    int err = 0;
    s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) {
        err = -errno;
    } else if (fcntl(s->lock_fd, F_OFD_SETLK, &lock)) {
        err = errno == EACCES ? -EAGAIN : -errno;
    }
    free(name);
    return err;
}

int
store_open_file(struct loop *l, const char *path, int flags,
                struct store **out)
{
    char *real = real_path(path);
    struct store *s = store_alloc(l, &file_ops, real, flags);
    free(real);
    *out = NULL;
    int how = O_CLOEXEC | (s->read_only ? O_RDONLY : O_RDWR)
              | (flags & STORE_CREATE ? O_CREAT : 0)
              | (flags & STORE_EXCL ? O_EXCL : 0);
    int err = s->read_only ? 0 : lock_beside(s);
    if (!err) {
        s->fd = open(s->name, how, 0640);
        err = s->fd < 0 ? -errno : 0;
    }
    struct stat st;
    if (!err && fstat(s->fd, &st)) {
        err = -errno;
    }
    if (err) {
        store_close(&s);
        return err;
    }
    s->size = st.st_size;
    *out = s;
    return 0;
}
