/* SPDX-License-Identifier: Apache-2.0 */
/* What a power failure leaves of a recording disk (store_mem.h).
 *
 * The changes are played again up to the failure.  For each file that gives
 * the bytes that are durable, and the calls since its last sync.  The content
 * after each of these calls is a version (0: the durable one); each sector of
 * the outcome is taken from one of them, and the length from another. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/io/store_mem_priv.h"

#define SECTOR 512
/* Versions told apart, at most: the oldest, the newest and some between. */
#define VERSIONS_MAX 16

struct replay {
    struct buf durable;
    struct buf now;
    size_t *pending;   /* Numbers of changes since the last sync. */
    size_t n_pending, capacity;
};

static void
apply(struct buf *data, const struct mem_change *c)
{
    if (c->kind == MEM_TRUNCATE) {
        data->len = MIN(data->len, c->off);
        return;
    }
    if (c->off + c->bytes.len > data->len) {
        buf_put_zeros(data, c->off + c->bytes.len - data->len);
    }
    if (c->bytes.len) {
        memcpy(data->data + c->off, c->bytes.data, c->bytes.len);
    }
}

static void
replay_change(struct replay *r, const struct mem_change *changes, size_t i)
{
    const struct mem_change *c = &changes[i];
    if (c->kind == MEM_SYNC) {
        buf_clear(&r->durable);
        buf_put(&r->durable, r->now.data, r->now.len);
        r->n_pending = 0;
        return;
    }
    apply(&r->now, c);
    if (r->n_pending >= r->capacity) {
        r->pending = x2nrealloc(r->pending, &r->capacity, sizeof *r->pending);
    }
    r->pending[r->n_pending++] = i;
}

/* The contents after some of the calls, first and last among them. */
static size_t
make_versions(const struct replay *r, const struct mem_change *changes,
              struct rng *rng, struct buf versions[VERSIONS_MAX])
{
    struct buf data = BUF_INIT;
    size_t n = 0;
    buf_put(&data, r->durable.data, r->durable.len);
    for (size_t i = 0;; i++) {
        bool last = i == r->n_pending;
        if (!i || last || (n < VERSIONS_MAX - 1 && !rng_one_in(rng, 3))) {
            versions[n] = (struct buf)BUF_INIT;
            buf_put(&versions[n++], data.data, data.len);
        }
        if (last) {
            break;
        }
        apply(&data, &changes[r->pending[i]]);
    }
    buf_fini(&data);
    return n;
}

/* A sector of a version, with zeros behind its end. */
static void
copy_sector(uint8_t *to, const struct buf *from, size_t off, size_t len)
{
    size_t n = off < from->len ? MIN(from->len - off, len) : 0;
    memset(to, 0, len);
    if (n) {
        memcpy(to, from->data + off, n);
    }
}

/* One way it may end: all of one version, or a mixture. */
static void
crash_file(const struct replay *r, const struct mem_change *changes,
           struct rng *rng, struct buf *out)
{
    struct buf v[VERSIONS_MAX];
    uint32_t n = (uint32_t)make_versions(r, changes, rng, v);
    uint32_t all = rng_below(rng, n), rare = 1 + rng_below(rng, 8);
    bool mix = !rng_one_in(rng, 4);
    size_t len = v[mix && !rng_one_in(rng, 3) ? rng_below(rng, n) : all].len;
    for (size_t off = 0; off < len; off += SECTOR) {
        uint32_t which
            = mix && rng_one_in(rng, rare) ? rng_below(rng, n) : all;
        size_t size = MIN(len - off, (size_t)SECTOR);
        copy_sector(buf_put_uninit(out, size), &v[which], off, size);
    }
    for (uint32_t i = 0; i < n; i++) {
        buf_fini(&v[i]);
    }
}

static void
apply_name(struct store_disk *d, struct mem_inode **inodes,
           const struct mem_change *c)
{
    if (c->name) {
        shash_replace(&d->names, c->name, inodes[c->inode]);
    }
    if (c->gone) {
        shash_remove(&d->names, c->gone);
    }
}

/* Names: those before the last sync of the folder; then some first ones, or
 * each with some chance. */
static void
crash_names(const struct store_disk *d, size_t n, struct rng *rng,
            struct store_disk *out, struct mem_inode **inodes)
{
    size_t sure = n;
    while (sure && d->changes[sure - 1].kind != MEM_SYNC_FOLDER) {
        sure--;
    }
    size_t upto = sure + rng_below(rng, (uint32_t)(n - sure + 1));
    bool mix = rng_one_in(rng, 3);
    for (size_t i = 0; i < n; i++) {
        const struct mem_change *c = &d->changes[i];
        if (c->kind == MEM_NAME
            && (i < sure || (mix ? rng_one_in(rng, 2) : i < upto))) {
            apply_name(out, inodes, c);
        }
    }
}

static struct replay *
replay_all(const struct store_disk *d, size_t n)
{
    struct replay *r = xcalloc(d->n_inodes + 1, sizeof *r);
    LIST_FOR_EACH (struct mem_inode, inode, node, &d->base->inodes) {
        buf_put(&r[inode->id].durable, inode->data.data, inode->data.len);
        buf_put(&r[inode->id].now, inode->data.data, inode->data.len);
    }
    for (size_t i = 0; i < n; i++) {
        if (d->changes[i].kind <= MEM_SYNC) {
            replay_change(&r[d->changes[i].inode], d->changes, i);
        }
    }
    return r;
}

struct store_disk *
store_disk_crashed_copy(const struct store_disk *d, size_t n, struct rng *rng)
{
    ASSERT(d->recording && n <= d->n_changes);
    struct store_disk *out = store_disk_create();
    struct replay *r = replay_all(d, n);
    struct mem_inode **inodes = xcalloc(d->n_inodes + 1, sizeof *inodes);
    for (size_t i = 0; i < d->n_inodes; i++) {
        inodes[i] = mem_inode_create(out);
        crash_file(&r[i], d->changes, rng, &inodes[i]->data);
        inodes[i]->n_synced = inodes[i]->data.len;
        buf_fini(&r[i].durable);
        buf_fini(&r[i].now);
        free(r[i].pending);
    }
    SHASH_FOR_EACH (node, &d->base->names) {
        const struct mem_inode *inode = node->data;
        shash_add(&out->names, node->name, inodes[inode->id]);
    }
    crash_names(d, n, rng, out, inodes);
    free(inodes);
    free(r);
    return out;
}
