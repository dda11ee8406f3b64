/* SPDX-License-Identifier: Apache-2.0 */
/* Durable storage for journals: an append-only file, behind an interface
 * with a memory twin whose writes can be made to fail, tear or vanish.
 *
 * Bytes appended are visible to store_read() at once, and survive a crash
 * when a store_sync() that began after them has called back with 0.
 * A sync runs in a helper thread; appends may go on meanwhile.  After a
 * failed write or sync the store refuses more (-EIO) until store_replace()
 * or reopening, since nobody knows what the disk holds.
 * Threads: the loop's. */
#ifndef WEIR_IO_STORE_H
#define WEIR_IO_STORE_H 1

#include "lib/base/buf.h"
#include "lib/io/loop.h"

struct store;

enum store_flags {
    STORE_CREATE = 1,    /* Make the file if it is not there. */
    STORE_EXCL = 2,      /* It must not be there. */
    STORE_READ_ONLY = 4, /* No lock is taken. */
};

/* Opens 'path' and locks ".<name>.~lock~" beside it (unless read-only).
 * 'loop' may be NULL for tools: syncs then block.  Symbolic links are
 * followed, so that replace keeps them.  Returns 0; -EAGAIN if another
 * process holds the lock; or what the system said. */
int store_open_file(struct loop *, const char *path, int flags,
                    struct store **out) MUST_CHECK;
/* Callbacks of syncs do not come any more. */
void store_close(struct store **);

const char *store_name(const struct store *);
/* Bytes in it. */
int64_t store_size(const struct store *);
/* Appends to 'out' what lies in [off, off + len), less at the end. */
int store_read(struct store *, int64_t off, size_t len, struct buf *out)
    MUST_CHECK;
int store_read_all(struct store *, struct buf *out) MUST_CHECK;
/* All bytes or an error: a write that did not fit is cut off again. */
int store_append(struct store *, const void *, size_t len) MUST_CHECK;
/* done(aux, 0 or negative errno) once everything appended before is on the
 * disk.  Calls may overlap; several waiting share one sync; callbacks come
 * in order, from the loop. */
void store_sync(struct store *, void (*done)(void *aux, int err), void *aux);
/* Blocks. */
int store_sync_now(struct store *) MUST_CHECK;
int store_truncate(struct store *, int64_t size) MUST_CHECK;
/* The whole new content at once and durably: temporary file, sync, rename,
 * sync of the folder.  Blocks.  On error the old content stays. */
int store_replace(struct store *, const void *, size_t len) MUST_CHECK;

/* The memory twin.  'disk' outlives the stores opened on it (and syncs under
 * way), so that a crash is close, store_disk_crash(), open.  Truncating and
 * replacing are durable at once there. */
struct store_disk;

struct store_disk *store_disk_create(void);
void store_disk_destroy(struct store_disk **);
int store_open_mem(struct loop *, struct store_disk *, const char *name,
                   int flags, struct store **out) MUST_CHECK;
/* The (n+1)th write, sync, truncate or replace from now fails with 'err',
 * once; a write that fails leaves half of its bytes.  n < 0: none. */
void store_disk_fail_after(struct store_disk *, int64_t n, int err);
/* Unsynced bytes vanish, but for the first 'keep' of them (a torn write). */
void store_disk_crash(struct store_disk *, size_t keep);
/* Calls that write, so far. */
uint64_t store_disk_ops(const struct store_disk *);

#endif
