/* SPDX-License-Identifier: Apache-2.0 */
/* Replacing a store's file.  In order: the draft is synced; the older file
 * gets its second name, if it is to be kept; the draft is renamed; the folder
 * is synced.  So the name always leads to a whole file. */
#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/io/store_priv.h"

#define COPY_PIECE (1024 * 1024)
/* A draft is synced in pieces, so that no flush of the store waits for the
 * disk to take all of it. */
#define SYNC_PIECE (4 * 1024 * 1024)

struct store_draft {
    struct store *store;
    char *name;             /* "<name>.tmp". */
    struct store_file file; /* fs == NULL: not open. */
    int64_t size, synced;
    bool published;
};

int
store_draft_open(struct store *s, struct store_draft **out)
{
    *out = NULL;
    if (s->read_only) {
        return -EROFS;
    }
    struct store_draft *d = xzalloc(sizeof *d);
    d->store = s;
    d->name = xasprintf("%s.tmp", s->name);
    int err = s->fs->ops->open(s->fs, d->name,
                               FS_WRITE | FS_CREATE | FS_TRUNCATE, &d->file);
    if (!err) {
        err = s->fs->ops->copy_rights(&d->file, &s->file);
    }
    if (err) {
        store_draft_destroy(&d);
    }
    *out = d;
    return err;
}

void
store_draft_destroy(struct store_draft **dp)
{
    struct store_draft *d = *dp;
    *dp = NULL;
    if (!d) {
        return;
    }
    const struct store_fs *fs = d->store->fs;
    if (d->file.fs) {
        fs->ops->close(&d->file);
        if (!d->published) {
            int err = fs->ops->unlink(fs, d->name);
            (void)err; /* The next draft, or opening, removes it. */
        }
    }
    free(d->name);
    free(d);
}

int64_t
store_draft_size(const struct store_draft *d)
{
    return d->size;
}

bool
store_draft_is_published(const struct store_draft *d)
{
    return d->published;
}

int
store_draft_put(struct store_draft *d, const void *bytes, size_t len)
{
    int err = d->file.fs->ops->write(&d->file, d->size, bytes, len);
    if (!err) {
        d->size += (int64_t)len;
    }
    return !err && d->size - d->synced >= SYNC_PIECE ? store_draft_sync(d)
                                                     : err;
}

int
store_draft_copy(struct store_draft *d, int64_t from, int64_t to)
{
    const struct store_file *file = &d->store->file;
    uint8_t *piece = xmalloc(COPY_PIECE);
    int err = 0;
    while (!err && from < to) {
        size_t n = (size_t)MIN(to - from, COPY_PIECE);
        err = file->fs->ops->read(file, from, piece, n);
        if (!err) {
            err = store_draft_put(d, piece, n);
        }
        from += (int64_t)n;
    }
    free(piece);
    return err;
}

int
store_draft_sync(struct store_draft *d)
{
    d->synced = d->size;
    return d->file.fs->ops->sync(&d->file);
}

/* Gives the present file the second name 'name', in the place of whatever has
 * it. */
static int
keep_as(struct store_draft *d, const char *name)
{
    const struct store_fs *fs = d->store->fs;
    char *tmp = xasprintf("%s.tmp", name);
    int err = fs->ops->unlink(fs, tmp);
    if (!err || err == -ENOENT) {
        err = fs->ops->link(fs, d->store->name, tmp);
    }
    if (!err) {
        err = fs->ops->rename(fs, tmp, name);
    }
    free(tmp);
    return err;
}

static int
keep_older(struct store_draft *d, enum store_keep keep)
{
    if (keep == STORE_KEEP_NOTHING) {
        return 0;
    }
    char *name = keep == STORE_KEEP_PREV
                     ? store_prev_name(d->store)
                     : xasprintf("%s.~damaged~", d->store->name);
    int err = keep_as(d, name);
    free(name);
    /* Without hard links there is no second copy. */
    return err == -EPERM || err == -EOPNOTSUPP || err == -EMLINK ? 0 : err;
}

int
store_draft_publish(struct store_draft *d, enum store_keep keep)
{
    struct store *s = d->store;
    ASSERT(s->held && !s->job && !d->published);
    int err = store_draft_sync(d);
    if (!err) {
        err = keep_older(d, keep);
    }
    if (!err) {
        err = s->fs->ops->rename(s->fs, d->name, s->name);
        d->published = !err;
    }
    if (!err && keep == STORE_KEEP_NOTHING) {
        int ignored = store_drop_prev(s);
        (void)ignored; /* Most often there is none. */
    }
    return err ? err : s->fs->ops->sync_folder(s->fs, s->name);
}

static void
close_work(void *file_)
{
    struct store_file *file = file_;
    file->fs->ops->close(file);
    free(file);
}

/* The last of a file's names may be gone: then closing it takes as long as its
 * blocks take to be freed. */
static void
close_aside(struct store *s)
{
    if (s->loop && s->fs->ops->threaded) {
        struct store_file *file = xmemdup(&s->file, sizeof s->file);
        loop_work(s->loop, close_work, NULL, file);
    } else {
        s->fs->ops->close(&s->file);
    }
}

int
store_draft_adopt(struct store_draft **dp, bool keep_pending)
{
    struct store_draft *d = *dp;
    struct store *s = d->store;
    ASSERT(s->held && !s->job && d->published);
    close_aside(s);
    s->file = d->file;
    d->file.fs = NULL;
    s->flushed = s->reserved = d->size;
    s->held = false;
    s->err = 0;
    store_draft_destroy(dp);
    if (!keep_pending) {
        buf_clear(&s->pending);
        s->batch_end = 0;
    }
    s->err = store_make_room(s, 0);
    return s->err;
}

static int
draft_fill(struct store *s, const void *bytes, size_t len,
           enum store_keep keep, struct store_draft **d)
{
    int err = store_draft_open(s, d);
    if (!err) {
        err = store_draft_put(*d, bytes, len);
    }
    if (!err) {
        bool idle = store_hold(s);
        ASSERT(idle);
        err = store_draft_publish(*d, keep);
    }
    return err;
}

int
store_replace(struct store *s, const void *bytes, size_t len,
              enum store_keep keep)
{
    struct store_draft *d;
    int err = draft_fill(s, bytes, len, keep, &d);
    if (err) {
        store_draft_destroy(&d);
        store_unhold(s);
        return err;
    }
    return store_draft_adopt(&d, false);
}
