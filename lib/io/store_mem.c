/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/store_mem.h"

#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/io/store_mem_priv.h"

static struct store_disk *
disk_of(const struct store_fs *fs)
{
    return CONTAINER_OF((struct store_fs *)(uintptr_t)fs, struct store_disk,
                        fs);
}

/* Counts a call; its error if it is to fail. */
static int
mem_op(struct store_disk *d)
{
    d->n_ops++;
    if (d->fail_after < 0 || d->fail_after-- > 0) {
        return 0;
    }
    d->fail_after = --d->fail_times ? 0 : -1;
    return d->fail_err < 0 ? d->fail_err : -d->fail_err;
}

/* Remembers a change; the caller fills in the rest.  NULL if not asked to. */
static struct mem_change *
mem_note(struct store_disk *d, enum mem_change_kind kind,
         const struct mem_inode *inode)
{
    if (!d->recording) {
        return NULL;
    }
    if (d->n_changes >= d->capacity) {
        d->changes = x2nrealloc(d->changes, &d->capacity, sizeof *d->changes);
    }
    struct mem_change *c = &d->changes[d->n_changes++];
    *c = (struct mem_change){ .kind = kind,
                              .inode = inode ? inode->id : SIZE_MAX };
    return c;
}

struct mem_inode *
mem_inode_create(struct store_disk *d)
{
    struct mem_inode *inode = xzalloc(sizeof *inode);
    inode->id = d->n_inodes++;
    list_push_back(&d->inodes, &inode->node);
    return inode;
}

/* 'name' leads to 'inode' (NULL: nowhere), 'gone' nowhere any more. */
static void
mem_set_name(struct store_disk *d, const char *name, struct mem_inode *inode,
             const char *gone)
{
    struct mem_change *c = mem_note(d, MEM_NAME, inode);
    if (c) {
        c->name = name ? xstrdup(name) : NULL;
        c->gone = gone ? xstrdup(gone) : NULL;
    }
    if (name) {
        shash_replace(&d->names, name, inode);
    }
    if (gone) {
        shash_remove(&d->names, gone);
    }
}

static int
mem_open(const struct store_fs *fs, const char *name, int flags,
         struct store_file *out)
{
    struct store_disk *d = disk_of(fs);
    struct mem_inode *inode = shash_get(&d->names, name);
    int err = mem_op(d);
    if (!err && inode && flags & FS_EXCL) {
        err = -EEXIST;
    }
    if (!err && !inode && !(flags & FS_CREATE)) {
        err = -ENOENT;
    }
    if (err) {
        return err;
    }
    if (!inode) {
        inode = mem_inode_create(d);
        mem_set_name(d, name, inode, NULL);
    } else if (flags & FS_TRUNCATE && inode->data.len) {
        mem_note(d, MEM_TRUNCATE, inode);
        inode->data.len = inode->n_synced = 0;
    }
    *out = (struct store_file){ .fs = fs, .fd = -1, .inode = inode };
    return 0;
}

static void
mem_close(struct store_file *f)
{
    f->inode->locked = false;
    f->fs = NULL;
}

static int
mem_lock(const struct store_fs *fs, const char *name, struct store_file *out)
{
    int err = mem_open(fs, name, FS_CREATE, out);
    if (!err && out->inode->locked) {
        out->fs = NULL;
        return -EAGAIN;
    }
    if (!err) {
        out->inode->locked = true;
    }
    return err;
}

static int
mem_size(const struct store_file *f, int64_t *size)
{
    *size = (int64_t)f->inode->data.len;
    return mem_op(disk_of(f->fs));
}

static int
mem_read(const struct store_file *f, int64_t off, void *bytes, size_t len)
{
    int err = mem_op(disk_of(f->fs));
    ASSERT((size_t)off + len <= f->inode->data.len);
    memcpy(bytes, f->inode->data.data + off, len);
    return err;
}

static int
mem_write(const struct store_file *f, int64_t off_, const void *bytes,
          size_t len)
{
    struct store_disk *d = disk_of(f->fs);
    struct buf *data = &f->inode->data;
    size_t off = (size_t)off_;
    int err = mem_op(d);
    len = err ? len / 2 : len;
    struct mem_change *c = mem_note(d, MEM_WRITE, f->inode);
    if (c) {
        c->off = off;
        buf_put(&c->bytes, bytes, len);
    }
    if (off + len > data->len) {
        buf_put_zeros(data, off + len - data->len);
    }
    memcpy(data->data + off, bytes, len);
    f->inode->n_synced = MIN(f->inode->n_synced, off);
    return err;
}

static int
mem_reserve(const struct store_file *f, int64_t off UNUSED,
            int64_t len UNUSED)
{
    return mem_op(disk_of(f->fs));
}

static int
mem_truncate(const struct store_file *f, int64_t size)
{
    struct store_disk *d = disk_of(f->fs);
    int err = mem_op(d);
    if (!err) {
        struct mem_change *c = mem_note(d, MEM_TRUNCATE, f->inode);
        if (c) {
            c->off = (size_t)size;
        }
        f->inode->data.len = (size_t)size;
        f->inode->n_synced = MIN(f->inode->n_synced, (size_t)size);
    }
    return err;
}

static int
mem_sync(const struct store_file *f)
{
    struct store_disk *d = disk_of(f->fs);
    int err = mem_op(d);
    if (!err) {
        mem_note(d, MEM_SYNC, f->inode);
        f->inode->n_synced = f->inode->data.len;
    }
    return err;
}

static int
mem_copy_rights(const struct store_file *to,
                const struct store_file *from UNUSED)
{
    return mem_op(disk_of(to->fs));
}

static int
mem_link(const struct store_fs *fs, const char *from, const char *to)
{
    struct store_disk *d = disk_of(fs);
    int err = mem_op(d);
    if (!err && !shash_find(&d->names, from)) {
        err = -ENOENT;
    } else if (!err && shash_find(&d->names, to)) {
        err = -EEXIST;
    }
    if (!err) {
        mem_set_name(d, to, shash_get(&d->names, from), NULL);
    }
    return err;
}

static int
mem_rename(const struct store_fs *fs, const char *from, const char *to)
{
    struct store_disk *d = disk_of(fs);
    struct mem_inode *inode = shash_get(&d->names, from);
    int err = mem_op(d);
    if (!err && !inode) {
        err = -ENOENT;
    }
    /* Two names of one file: the system does nothing. */
    if (!err && inode != shash_get(&d->names, to)) {
        mem_set_name(d, to, inode, from);
    }
    return err;
}

static int
mem_unlink(const struct store_fs *fs, const char *name)
{
    struct store_disk *d = disk_of(fs);
    int err = mem_op(d);
    if (!err && !shash_find(&d->names, name)) {
        err = -ENOENT;
    }
    if (!err) {
        mem_set_name(d, NULL, NULL, name);
    }
    return err;
}

static int
mem_sync_folder(const struct store_fs *fs, const char *name UNUSED)
{
    struct store_disk *d = disk_of(fs);
    int err = mem_op(d);
    if (!err) {
        mem_note(d, MEM_SYNC_FOLDER, NULL);
    }
    return err;
}

static const struct store_fs_ops mem_ops = {
    .open = mem_open,
    .close = mem_close,
    .lock = mem_lock,
    .size = mem_size,
    .read = mem_read,
    .write = mem_write,
    .reserve = mem_reserve,
    .truncate = mem_truncate,
    .sync = mem_sync,
    .copy_rights = mem_copy_rights,
    .link = mem_link,
    .rename = mem_rename,
    .unlink = mem_unlink,
    .sync_folder = mem_sync_folder,
};

/* Disks. */

struct store_disk *
store_disk_create(void)
{
    struct store_disk *d = xzalloc(sizeof *d);
    d->fs.ops = &mem_ops;
    list_init(&d->inodes);
    shash_init(&d->names);
    d->fail_after = -1;
    return d;
}

static void
forget_changes(struct store_disk *d)
{
    for (size_t i = 0; i < d->n_changes; i++) {
        buf_fini(&d->changes[i].bytes);
        free(d->changes[i].name);
        free(d->changes[i].gone);
    }
    free(d->changes);
    d->changes = NULL;
    d->n_changes = d->capacity = 0;
    store_disk_destroy(&d->base);
}

void
store_disk_destroy(struct store_disk **dp)
{
    struct store_disk *d = *dp;
    *dp = NULL;
    if (!d) {
        return;
    }
    while (!list_is_empty(&d->inodes)) {
        struct mem_inode *inode = LIST_ENTRY(list_pop_front(&d->inodes),
                                             struct mem_inode, node);
        buf_fini(&inode->data);
        free(inode);
    }
    forget_changes(d);
    shash_fini(&d->names);
    free(d);
}

int
store_open_mem(struct loop *l, struct store_disk *d, const char *name,
               int flags, struct store **out)
{
    return store_open_fs(&d->fs, l, name, flags, out);
}

void
store_disk_fail_times(struct store_disk *d, int64_t n, uint64_t times,
                      int err)
{
    d->fail_after = times ? n : -1;
    d->fail_times = times;
    d->fail_err = err;
}

void
store_disk_fail_after(struct store_disk *d, int64_t n, int err)
{
    store_disk_fail_times(d, n, 1, err);
}

uint64_t
store_disk_ops(const struct store_disk *d)
{
    return d->n_ops;
}

void
store_disk_crash(struct store_disk *d, size_t keep)
{
    LIST_FOR_EACH (struct mem_inode, inode, node, &d->inodes) {
        inode->data.len = MIN(inode->data.len, inode->n_synced + keep);
        inode->n_synced = inode->data.len;
    }
}

const struct buf *
store_disk_file(const struct store_disk *d, const char *name)
{
    const struct mem_inode *inode = shash_get(&d->names, name);
    return inode ? &inode->data : NULL;
}

void
store_disk_set_file(struct store_disk *d, const char *name, const void *bytes,
                    size_t len)
{
    struct mem_inode *inode = shash_get(&d->names, name);
    ASSERT(!d->recording);
    if (!inode) {
        inode = mem_inode_create(d);
        shash_add(&d->names, name, inode);
    }
    buf_clear(&inode->data);
    buf_put(&inode->data, bytes, len);
    inode->n_synced = len;
}

static struct store_disk *
disk_clone(const struct store_disk *d)
{
    struct store_disk *copy = store_disk_create();
    LIST_FOR_EACH (struct mem_inode, inode, node, &d->inodes) {
        struct mem_inode *to = mem_inode_create(copy);
        buf_put(&to->data, inode->data.data, inode->data.len);
        to->n_synced = inode->data.len;
        SHASH_FOR_EACH (node, &d->names) {
            if (node->data == inode) {
                shash_add(&copy->names, node->name, to);
            }
        }
    }
    return copy;
}

void
store_disk_record(struct store_disk *d)
{
    forget_changes(d);
    d->recording = true;
    d->base = disk_clone(d);
}

size_t
store_disk_n_changes(const struct store_disk *d)
{
    return d->n_changes;
}
