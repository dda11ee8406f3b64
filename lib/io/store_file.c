/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders of the system. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/store_priv.h"

static int
file_open(const struct store_fs *fs, const char *name, int flags,
          struct store_file *out)
{
    int how = O_CLOEXEC | (flags & FS_WRITE ? O_RDWR : O_RDONLY)
              | (flags & FS_CREATE ? O_CREAT : 0)
              | (flags & FS_EXCL ? O_EXCL : 0)
              | (flags & FS_TRUNCATE ? O_TRUNC : 0);
    int fd = open(name, how, 0640);
    if (fd < 0) {
        return -errno;
    }
    *out = (struct store_file){ .fs = fs, .fd = fd };
    return 0;
}

static void
file_close(struct store_file *f)
{
    close(f->fd);
    f->fs = NULL;
}

/* The lock belongs to the open file, so that two stores of one process exclude
 * each other too; it is the one that the peer's tools take. */
static int
file_lock(const struct store_fs *fs, const char *name, struct store_file *out)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return -errno;
    }
    if (fcntl(fd, F_OFD_SETLK, &lock)) {
        int err = errno == EACCES ? -EAGAIN : -errno;
        close(fd);
        return err;
    }
    *out = (struct store_file){ .fs = fs, .fd = fd };
    return 0;
}

static int
file_size(const struct store_file *f, int64_t *size)
{
    struct stat st;
    if (fstat(f->fd, &st)) {
        return -errno;
    }
    *size = st.st_size;
    return 0;
}

static int
file_read(const struct store_file *f, int64_t off, void *bytes_, size_t len)
{
    uint8_t *bytes = bytes_;
    while (len) {
        ssize_t n = pread(f->fd, bytes, len, off);
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
file_write(const struct store_file *f, int64_t off, const void *bytes_,
           size_t len)
{
    const uint8_t *bytes = bytes_;
    while (len) {
        ssize_t n = pwrite(f->fd, bytes, len, off);
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
file_reserve(const struct store_file *f, int64_t off, int64_t len)
{
    struct rlimit limit;
    if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY
        && (uint64_t)(off + len) > limit.rlim_cur) {
        return -EFBIG;
    }
    while (fallocate(f->fd, FALLOC_FL_KEEP_SIZE, off, len)) {
        switch (errno) {
        case EINTR:
            break;
        case EOPNOTSUPP:
        case ENOSYS:
        case EINVAL:
            return 0; /* Not with this file system: the write will tell. */
        default:
            return -errno;
        }
    }
    return 0;
}

static void
file_trim(const struct store_file *f, int64_t size)
{
    int64_t now;
    if (!file_size(f, &now) && now == size && ftruncate(f->fd, size)) {
        /* It stays reserved until the next time. */
    }
}

static int
file_truncate(const struct store_file *f, int64_t size)
{
    return ftruncate(f->fd, size) ? -errno : 0;
}

static int
file_sync(const struct store_file *f)
{
    return fdatasync(f->fd) ? -errno : 0;
}

static int
file_copy_rights(const struct store_file *to, const struct store_file *from)
{
    struct stat st;
    if (fstat(from->fd, &st)) {
        return -errno;
    }
    if (fchown(to->fd, st.st_uid, st.st_gid) && errno != EPERM) {
        return -errno;
    }
    return fchmod(to->fd, st.st_mode & 07777) && errno != EPERM ? -errno : 0;
}

static int
file_link(const struct store_fs *fs UNUSED, const char *from, const char *to)
{
    return link(from, to) ? -errno : 0;
}

static int
file_rename(const struct store_fs *fs UNUSED, const char *from, const char *to)
{
    return rename(from, to) ? -errno : 0;
}

static int
file_unlink(const struct store_fs *fs UNUSED, const char *name)
{
    return unlink(name) ? -errno : 0;
}

static int
file_sync_folder(const struct store_fs *fs UNUSED, const char *name)
{
    char *copy = xstrdup(name);
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

static const struct store_fs_ops file_ops = {
    .threaded = true,
    .open = file_open,
    .close = file_close,
    .lock = file_lock,
    .size = file_size,
    .read = file_read,
    .write = file_write,
    .reserve = file_reserve,
    .trim = file_trim,
    .truncate = file_truncate,
    .sync = file_sync,
    .copy_rights = file_copy_rights,
    .link = file_link,
    .rename = file_rename,
    .unlink = file_unlink,
    .sync_folder = file_sync_folder,
};

static const struct store_fs file_fs = { &file_ops };

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

int
store_open_file(struct loop *l, const char *path, int flags,
                struct store **out)
{
    char *real = real_path(path);
    int err = store_open_fs(&file_fs, l, real, flags, out);
    free(real);
    return err;
}
