/* SPDX-License-Identifier: Apache-2.0 */
/* Storage in memory that fails and crashes when told to. */
#include <errno.h>

#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/io/store_priv.h"

struct mem_file {
    struct buf data;
    size_t n_synced; /* Bytes at the front that a crash leaves. */
    bool open;       /* As a lock. */
};

struct store_disk {
    struct shash files;     /* struct mem_file by name. */
    int64_t fail_after;     /* Operations until failures; -1: none. */
    int fail_err;
    uint64_t n_ops;
};

struct store_disk *
store_disk_create(void)
{
    struct store_disk *d = xzalloc(sizeof *d);
    shash_init(&d->files);
    d->fail_after = -1;
    return d;
}

void
store_disk_destroy(struct store_disk **dp)
{
    struct store_disk *d = *dp;
    if (d) {
        *dp = NULL;
        SHASH_FOR_EACH (node, &d->files) {
            struct mem_file *f = node->data;
            buf_fini(&f->data);
            free(f);
        }
        shash_fini(&d->files);
        free(d);
    }
}

void
store_disk_fail_after(struct store_disk *d, int64_t n, int err)
{
    d->fail_after = n;
    d->fail_err = err;
}

void
store_disk_crash(struct store_disk *d, size_t keep)
{
    SHASH_FOR_EACH (node, &d->files) {
        struct mem_file *f = node->data;
        f->data.len = MIN(f->data.len, f->n_synced + keep);
        f->n_synced = f->data.len;
    }
}

uint64_t
store_disk_ops(const struct store_disk *d)
{
    return d->n_ops;
}

/* Counts an operation; its error if it is to fail. */
static int
mem_op(struct store_disk *d)
{
    d->n_ops++;
    if (d->fail_after < 0 || d->fail_after-- > 0) {
        return 0;
    }
    d->fail_after = -1;
    return d->fail_err;
}

static int
mem_read(struct store *s, int64_t off, void *bytes, size_t len)
{
    memcpy(bytes, s->file->data.data + off, len);
    return 0;
}

static int
mem_write(struct store *s, int64_t off, const void *bytes, size_t len)
{
    int err = mem_op(s->disk);
    /* A write that fails may have left its first half. */
    s->file->data.len = (size_t)off;
    buf_put(&s->file->data, bytes, err ? len / 2 : len);
    return err;
}

static int
mem_truncate(struct store *s, int64_t size)
{
    int err = mem_op(s->disk);
    if (!err) {
        s->file->data.len = (size_t)size;
        s->file->n_synced = MIN(s->file->n_synced, (size_t)size);
    }
    return err;
}

static int
mem_replace(struct store *s, const void *bytes, size_t len)
{
    int err = mem_op(s->disk);
    if (!err) {
        buf_clear(&s->file->data);
        buf_put(&s->file->data, bytes, len);
        s->file->n_synced = len;
    }
    return err;
}

static int
mem_sync_begin(struct store *s, struct store_sync_job *job)
{
    job->file = s->file;
    job->len = s->file->data.len;
    return mem_op(s->disk);
}

static void
mem_sync_do(struct store_sync_job *job)
{
    struct mem_file *f = job->file;
    f->n_synced = MAX(f->n_synced, MIN(job->len, f->data.len));
}

static void
mem_sync_end(struct store_sync_job *job UNUSED)
{
}

static void
mem_close(struct store *s)
{
    if (s->file && !s->read_only) {
        s->file->open = false;
    }
}

static const struct store_ops mem_ops = {
    .read = mem_read,
    .write = mem_write,
    .truncate = mem_truncate,
    .replace = mem_replace,
    .sync_begin = mem_sync_begin,
    .sync_do = mem_sync_do,
    .sync_end = mem_sync_end,
    .close = mem_close,
};

int
store_open_mem(struct loop *l, struct store_disk *d, const char *name,
               int flags, struct store **out)
{
    *out = NULL;
    struct mem_file *f = shash_get(&d->files, name);
    if (f && flags & STORE_EXCL) {
        return -EEXIST;
    }
    if (f && f->open && !(flags & STORE_READ_ONLY)) {
        return -EAGAIN;
    }
    if (!f && !(flags & STORE_CREATE)) {
        return -ENOENT;
    }
    if (!f) {
        f = xzalloc(sizeof *f);
        shash_add(&d->files, name, f);
    }
    struct store *s = store_alloc(l, &mem_ops, name, flags);
    f->open = f->open || !s->read_only;
    s->disk = d;
    s->file = f;
    s->size = (int64_t)f->data.len;
    *out = s;
    return 0;
}
