/* SPDX-License-Identifier: Apache-2.0 */
/* What all stores share: the size, the sticky error, and syncs, of which at
 * most one runs while those asked for meanwhile wait and share the next. */
#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/io/store_priv.h"

struct waiter {
    struct list node;
    void (*done)(void *aux, int err);
    void *aux;
};

static void sync_start(struct store *);

struct store *
store_alloc(struct loop *l, const struct store_ops *ops, const char *name,
            int flags)
{
    struct store *s = xzalloc(sizeof *s);
    s->ops = ops;
    s->loop = l;
    s->name = xstrdup(name);
    s->read_only = flags & STORE_READ_ONLY;
    s->fd = s->lock_fd = -1;
    list_init(&s->waiting);
    return s;
}

static void
drop_waiters(struct list *waiters)
{
    while (!list_is_empty(waiters)) {
        free(LIST_ENTRY(list_pop_front(waiters), struct waiter, node));
    }
}

void
store_close(struct store **sp)
{
    struct store *s = *sp;
    *sp = NULL;
    if (!s) {
        return;
    }
    drop_waiters(&s->waiting);
    if (s->running) {
        s->running->store = NULL; /* Frees itself when it is done. */
        drop_waiters(&s->running->waiters);
    }
    s->ops->close(s);
    free(s->name);
    free(s);
}

const char *
store_name(const struct store *s)
{
    return s->name;
}

int64_t
store_size(const struct store *s)
{
    return s->size;
}

int
store_read(struct store *s, int64_t off, size_t len, struct buf *out)
{
    if (off < 0 || off >= s->size) {
        return off < 0 ? -EINVAL : 0;
    }
    len = (size_t)MIN((int64_t)len, s->size - off);
    size_t before = out->len;
    int err = s->ops->read(s, off, buf_put_uninit(out, len), len);
    if (err) {
        out->len = before;
    }
    return err;
}

int
store_read_all(struct store *s, struct buf *out)
{
    return store_read(s, 0, (size_t)s->size, out);
}

static int
check_writable(const struct store *s)
{
    return s->read_only ? -EROFS : s->err;
}

int
store_append(struct store *s, const void *bytes, size_t len)
{
    int err = check_writable(s);
    if (err) {
        return err;
    }
    err = s->ops->write(s, s->size, bytes, len);
    if (!err) {
        s->size += (int64_t)len;
    } else if (s->ops->truncate(s, s->size)) {
        s->err = -EIO; /* Part of it may be there, and stay. */
    }
    return err;
}

int
store_truncate(struct store *s, int64_t size)
{
    int err = check_writable(s);
    if (!err && (size < 0 || size > s->size)) {
        err = -EINVAL;
    }
    if (!err) {
        err = s->ops->truncate(s, size);
    }
    if (!err) {
        s->size = size;
    }
    return err;
}

int
store_replace(struct store *s, const void *bytes, size_t len)
{
    if (s->read_only) {
        return -EROFS;
    }
    int err = s->ops->replace(s, bytes, len);
    if (!err) {
        s->size = (int64_t)len;
        s->err = 0;
    }
    return err;
}

/* Tells all; a callback may close the store, and ask for more. */
static void
tell_waiters(struct list *waiters, int err)
{
    while (!list_is_empty(waiters)) {
        struct waiter *w = LIST_ENTRY(list_pop_front(waiters),
                                      struct waiter, node);
        void (*done)(void *, int) = w->done;
        void *aux = w->aux;
        free(w);
        done(aux, err);
    }
}

static void
sync_done(void *job_)
{
    struct store_sync_job *job = job_;
    job->ops->sync_end(job);
    if (job->store && job->err) {
        job->store->err = -EIO;
    }
    if (job->store) {
        tell_waiters(&job->waiters, job->err);
    }
    /* The callbacks may have closed it. */
    if (job->store) {
        job->store->running = NULL;
        if (!list_is_empty(&job->store->waiting)) {
            sync_start(job->store);
        }
    }
    free(job);
}

static void
sync_work(void *job_)
{
    struct store_sync_job *job = job_;
    if (!job->err) {
        job->ops->sync_do(job);
    }
}

static struct store_sync_job *
job_make(struct store *s)
{
    struct store_sync_job *job = xzalloc(sizeof *job);
    job->store = s;
    job->ops = s->ops;
    job->fd = -1;
    list_init(&job->waiters);
    if (!list_is_empty(&s->waiting)) {
        list_insert_before(&s->waiting, &job->waiters);
        list_remove(&s->waiting);
    }
    job->err = s->err ? s->err : s->ops->sync_begin(s, job);
    return job;
}

static void
sync_unthreaded(void *job_)
{
    struct store_sync_job *job = job_;
    if (job->store) {
        sync_work(job);
    }
    sync_done(job);
}

static void
sync_start(struct store *s)
{
    s->running = job_make(s);
    if (s->ops->threaded) {
        loop_work(s->loop, sync_work, sync_done, s->running);
    } else {
        loop_post(s->loop, sync_unthreaded, s->running);
    }
}

void
store_sync(struct store *s, void (*done)(void *, int), void *aux)
{
    if (!s->loop) {
        done(aux, store_sync_now(s));
        return;
    }
    struct waiter *w = xmalloc(sizeof *w);
    w->done = done;
    w->aux = aux;
    list_push_back(&s->waiting, &w->node);
    if (!s->running) {
        sync_start(s);
    }
}

int
store_sync_now(struct store *s)
{
    struct store_sync_job job = { .store = s, .ops = s->ops, .fd = -1 };
    int err = check_writable(s);
    if (err) {
        return err;
    }
    list_init(&job.waiters);
    job.err = s->ops->sync_begin(s, &job);
    sync_work(&job);
    s->ops->sync_end(&job);
    if (job.err) {
        s->err = -EIO;
    }
    return job.err;
}
