/* SPDX-License-Identifier: Apache-2.0 */
/* What all stores share: batches, room for them, and the sticky error. */
#include "lib/io/store.h"

#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/store_priv.h"

#define RESERVE_MIN (64 * 1024)
#define RESERVE_MAX (4 * 1024 * 1024)

/* One batch on its way to the disk.  The store does not change what it names
 * while it runs. */
struct store_flush_job {
    struct store *store;
    struct store_task *task;
    struct buf bytes;
    int64_t off;
    int err;
    void (*done)(void *aux, int err);
    void *aux;
};

char *
store_hidden_name(const char *name, const char *suffix)
{
    const char *slash = strrchr(name, '/');
    int dir_len = slash ? (int)(slash - name) + 1 : 0;
    return xasprintf("%.*s.%s%s", dir_len, name, name + dir_len, suffix);
}

char *
store_prev_name(const struct store *s)
{
    return store_hidden_name(s->name, ".~prev~");
}

static void
remove_old_draft(struct store *s)
{
    char *tmp = xasprintf("%s.tmp", s->name);
    int err = s->fs->ops->unlink(s->fs, tmp);
    (void)err; /* There is none; or the next draft will tell. */
    free(tmp);
}

static int
lock_and_open(struct store *s, int flags)
{
    const struct store_fs_ops *ops = s->fs->ops;
    int how = (s->read_only ? 0 : FS_WRITE)
              | (flags & STORE_CREATE ? FS_CREATE : 0)
              | (flags & STORE_EXCL ? FS_EXCL : 0);
    int err = 0;
    if (!s->read_only) {
        char *lock = store_hidden_name(s->name, ".~lock~");
        err = ops->lock(s->fs, lock, &s->lock);
        free(lock);
    }
    if (!err) {
        err = ops->open(s->fs, s->name, how, &s->file);
    }
    if (!err) {
        err = ops->size(&s->file, &s->flushed);
    }
    if (!err && !s->read_only) {
        s->reserved = s->flushed;
        remove_old_draft(s);
    }
    return err;
}

int
store_open_fs(const struct store_fs *fs, struct loop *l, const char *name,
              int flags, struct store **out)
{
    struct store *s = xzalloc(sizeof *s);
    s->fs = fs;
    s->loop = l;
    s->name = xstrdup(name);
    s->read_only = flags & STORE_READ_ONLY;
    int err = lock_and_open(s, flags);
    if (err) {
        store_close(&s);
    }
    *out = s;
    return err;
}

static void
job_destroy(struct store_flush_job *job)
{
    buf_fini(&job->bytes);
    free(job);
}

void
store_close(struct store **sp)
{
    struct store *s = *sp;
    *sp = NULL;
    if (!s) {
        return;
    }
    if (s->job) {
        store_task_cancel(&s->job->task);
        job_destroy(s->job);
    }
    if (s->file.fs) {
        if (s->fs->ops->trim && !s->err && s->reserved > s->flushed) {
            s->fs->ops->trim(&s->file, s->flushed);
        }
        s->fs->ops->close(&s->file);
    }
    if (s->lock.fs) {
        s->fs->ops->close(&s->lock);
    }
    buf_fini(&s->pending);
    free(s->name);
    free(s);
}

const char *
store_name(const struct store *s)
{
    return s->name;
}

int64_t
store_flushed_size(const struct store *s)
{
    return s->flushed;
}

int64_t
store_size(const struct store *s)
{
    return s->flushed + (int64_t)(s->pending.len
                                  + (s->job ? s->job->bytes.len : 0));
}

int
store_read(struct store *s, int64_t off, size_t len, struct buf *out)
{
    if (off < 0 || off >= s->flushed) {
        return off < 0 ? -EINVAL : 0;
    }
    len = (size_t)MIN((int64_t)len, s->flushed - off);
    size_t before = out->len;
    int err = s->fs->ops->read(&s->file, off, buf_put_uninit(out, len), len);
    if (err) {
        out->len = before;
    }
    return err;
}

int
store_read_all(struct store *s, struct buf *out)
{
    return store_read(s, 0, (size_t)s->flushed, out);
}

int
store_read_prev(struct store *s, struct buf *out)
{
    const struct store_fs_ops *ops = s->fs->ops;
    struct store_file file;
    char *name = store_prev_name(s);
    int64_t size = 0;
    size_t before = out->len;
    int err = ops->open(s->fs, name, 0, &file);
    free(name);
    if (err) {
        return err;
    }
    err = ops->size(&file, &size);
    if (!err && size) {
        err = ops->read(&file, 0, buf_put_uninit(out, (size_t)size),
                        (size_t)size);
    }
    if (err) {
        out->len = before;
    }
    ops->close(&file);
    return err;
}

int
store_drop_prev(struct store *s)
{
    char *name = store_prev_name(s);
    int err = s->read_only ? -EROFS : s->fs->ops->unlink(s->fs, name);
    free(name);
    return err;
}

static int
check_writable(const struct store *s)
{
    return s->read_only ? -EROFS : s->err;
}

/* Batches. */

/* Reserves ahead, so that few appends cost a call. */
int
store_make_room(struct store *s, size_t len)
{
    int64_t end = store_size(s) + (int64_t)len;
    if (end <= s->reserved) {
        return 0;
    }
    int64_t ahead = MIN(MAX(end / 8, RESERVE_MIN), RESERVE_MAX);
    int64_t from = s->reserved;
    int err = s->fs->ops->reserve(&s->file, from, end + ahead - from);
    if (!err) {
        s->reserved = end + ahead;
        return 0;
    }
    err = s->fs->ops->reserve(&s->file, from, end - from);
    if (!err) {
        s->reserved = end;
    }
    return err;
}

int
store_append(struct store *s, const void *bytes, size_t len)
{
    int err = check_writable(s);
    if (!err && s->pending.len && s->pending.len + len > STORE_PENDING_MAX) {
        err = -ENOBUFS;
    }
    if (err) {
        return err;
    }
    err = store_make_room(s, len);
    if (!err) {
        buf_put(&s->pending, bytes, len);
    }
    return err;
}

bool
store_batch_is_new(const struct store *s)
{
    return s->pending.len == s->batch_end;
}

void
store_end_batch(struct store *s)
{
    if (!s->batch_end) {
        s->batch_end = s->pending.len;
    }
}

static struct store_flush_job *
job_create(struct store *s)
{
    struct store_flush_job *job = xzalloc(sizeof *job);
    job->store = s;
    job->off = s->flushed;
    size_t n = s->batch_end ? s->batch_end : s->pending.len;
    if (n == s->pending.len) {
        job->bytes = s->pending;
        buf_init(&s->pending);
    } else {
        buf_put(&job->bytes, s->pending.data, n);
        buf_consume(&s->pending, n);
    }
    s->batch_end = 0;
    return job;
}

static void
job_work(void *job_)
{
    struct store_flush_job *job = job_;
    const struct store *s = job->store;
    const struct store_fs_ops *ops = s->fs->ops;
    if (!job->err && job->bytes.len) {
        job->err = ops->write(&s->file, job->off, job->bytes.data,
                              job->bytes.len);
    }
    if (!job->err) {
        job->err = ops->sync(&s->file);
    }
}

/* Ends the flush that ran; returns how. */
static int
job_collect(struct store *s)
{
    struct store_flush_job *job = s->job;
    int err = job->err;
    s->job = NULL;
    if (err) {
        s->err = err;
    } else {
        s->flushed += (int64_t)job->bytes.len;
    }
    /* The larger buffer serves again. */
    if (!s->pending.len && job->bytes.capacity > s->pending.capacity) {
        buf_fini(&s->pending);
        s->pending.data = job->bytes.data;
        s->pending.capacity = job->bytes.capacity;
        buf_init(&job->bytes);
    }
    job_destroy(job);
    return err;
}

static void
job_done(void *job_)
{
    struct store_flush_job *job = job_;
    void (*done)(void *, int) = job->done;
    void *aux = job->aux;
    done(aux, job_collect(job->store));
}

bool
store_flush(struct store *s, void (*done)(void *, int), void *aux)
{
    ASSERT(s->loop && !s->read_only);
    if (s->job || s->held) {
        return false;
    }
    s->job = job_create(s);
    s->job->err = s->err;
    s->job->done = done;
    s->job->aux = aux;
    s->job->task = store_task_start(s, job_work, job_done, s->job);
    return true;
}

bool
store_flush_ended(struct store *s, int *err)
{
    if (!s->job || !store_task_has_run(s->job->task)) {
        return false;
    }
    store_task_finish(&s->job->task);
    *err = job_collect(s);
    return true;
}

int
store_flush_now(struct store *s)
{
    int err = check_writable(s);
    if (s->job) {
        store_task_finish(&s->job->task);
        err = job_collect(s);
    }
    do {
        if (!err) {
            s->job = job_create(s);
            job_work(s->job);
            err = job_collect(s);
        }
    } while (!err && s->pending.len);
    return err;
}

int
store_settle(struct store *s)
{
    int err = store_flush_now(s);
    return err ? err : s->fs->ops->sync_folder(s->fs, s->name);
}

bool
store_hold(struct store *s)
{
    s->held = true;
    return !s->job;
}

void
store_unhold(struct store *s)
{
    s->held = false;
}

int
store_truncate(struct store *s, int64_t size)
{
    int err = check_writable(s);
    ASSERT(!s->job && !s->pending.len);
    if (!err && (size < 0 || size > s->flushed)) {
        err = -EINVAL;
    }
    if (!err) {
        err = s->fs->ops->truncate(&s->file, size);
    }
    if (!err) {
        s->flushed = s->reserved = size;
        err = s->fs->ops->sync(&s->file);
        s->err = err;
    }
    return err;
}
