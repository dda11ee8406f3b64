/* SPDX-License-Identifier: Apache-2.0 */
/* Durable storage for journals: an append-only file, and its replacement.
 *
 * Appended bytes collect in memory until store_flush() writes them as one
 * batch and syncs it, in a helper thread; what is appended meanwhile is the
 * next batch.  So a batch is only written when all before it is on the disk,
 * and a crash leaves the file whole but for the last batch.  Room on the disk
 * is reserved when bytes are appended, so that it is then that a full disk is
 * noticed.  After a failed write or sync the store refuses more until its
 * file was replaced or it is opened anew, since nobody knows what the disk
 * holds.
 *
 * A draft is the next content, written beside the file (as "<name>.tmp")
 * while the store goes on.  store_draft_publish() gives it the file's name, and
 * keeps the older file as ".<name>.~prev~" if asked.
 *
 * Files are reached through struct store_fs (store_priv.h), which has a twin
 * in memory (store_mem.h).
 *
 * Threads: the loop's, unless said otherwise. */
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
 * 'loop' may be NULL for tools: then nothing runs in other threads.  Symbolic
 * links are followed, so that a replacement keeps them.  Removes what a draft
 * left that a crash ended.  Returns 0; -EAGAIN if another process holds the
 * lock; or what the system said. */
int store_open_file(struct loop *, const char *path, int flags,
                    struct store **out) MUST_CHECK;
/* Waits for the thread of a flush under way; callbacks do not come any more.
 * What was not flushed is lost. */
void store_close(struct store **);

const char *store_name(const struct store *);
/* Bytes in it, with those not flushed. */
int64_t store_size(const struct store *);
/* Bytes in it that are on the disk. */
int64_t store_flushed_size(const struct store *);
/* Appends to 'out' what lies in [off, off + len) of what was flushed, less at
 * the end. */
int store_read(struct store *, int64_t off, size_t len, struct buf *out)
    MUST_CHECK;
int store_read_all(struct store *, struct buf *out) MUST_CHECK;
/* The file that publishing kept; -ENOENT if there is none. */
int store_read_prev(struct store *, struct buf *out) MUST_CHECK;
char *store_prev_name(const struct store *);
/* Removes it, to make room.  -ENOENT if there is none. */
int store_drop_prev(struct store *) MUST_CHECK;

/* All bytes, to be flushed, or an error: -ENOSPC, -EDQUOT or -EFBIG if there
 * is no room; -ENOBUFS if STORE_PENDING_MAX bytes wait already; the sticky
 * error. */
int store_append(struct store *, const void *, size_t len) MUST_CHECK;
/* Is there room for 'len' bytes more?  Makes it; errors as store_append(). */
int store_make_room(struct store *, size_t len) MUST_CHECK;
/* What is appended next begins a batch. */
bool store_batch_is_new(const struct store *);
/* What is appended next waits for the batch after the next. */
void store_end_batch(struct store *);
/* Begins to write and sync the next batch: done(aux, 0 or negative errno)
 * comes from the loop.  False, and no callback, if one is under way, or the
 * store is held. */
bool store_flush(struct store *, void (*done)(void *aux, int err),
                 void *aux) MUST_CHECK;
/* Takes notice of a flush that has ended in its thread before its turn in the
 * loop: the disk need not wait for that.  False if there is none; else '*err'
 * is how it ended, and it does not call back. */
bool store_flush_ended(struct store *, int *err) MUST_CHECK;
/* Blocks until all is written and synced.  A flush under way ends here and
 * does not call back. */
int store_flush_now(struct store *) MUST_CHECK;
/* The same, and its name: what another run wrote, and may not have got to
 * sync, can be relied on afterwards. */
int store_settle(struct store *) MUST_CHECK;
/* No flush begins until store_unhold().  False if one is under way. */
bool store_hold(struct store *) MUST_CHECK;
void store_unhold(struct store *);
/* Cuts the file and syncs that; nothing may wait to be flushed.  Blocks. */
int store_truncate(struct store *, int64_t size) MUST_CHECK;

/* Drafts.  One at a time; to be destroyed before the store is closed. */
struct store_draft;

int store_draft_open(struct store *, struct store_draft **) MUST_CHECK;
/* Removes its file unless that was published. */
void store_draft_destroy(struct store_draft **);
/* These three block, and may be called from any one thread at a time. */
int store_draft_put(struct store_draft *, const void *, size_t) MUST_CHECK;
/* Puts bytes [from, to) of the store, which are flushed. */
int store_draft_copy(struct store_draft *, int64_t from, int64_t to)
    MUST_CHECK;
int store_draft_sync(struct store_draft *) MUST_CHECK;
/* What to do with the file that a draft replaces. */
enum store_keep {
    STORE_KEEP_NOTHING,
    STORE_KEEP_PREV,    /* Keep it as ".<name>.~prev~". */
    STORE_KEEP_DAMAGED, /* Keep it as "<name>.~damaged~". */
};
/* Syncs and gives the draft the store's name, durably.  The store must be
 * held.  From the same thread as the three above.  An error may leave either
 * file under the name: see store_draft_is_published(). */
int store_draft_publish(struct store_draft *, enum store_keep) MUST_CHECK;
/* The file has the name, although perhaps not durably. */
bool store_draft_is_published(const struct store_draft *);
int64_t store_draft_size(const struct store_draft *);
/* The store goes on with the published file, without its error if it had
 * one, and no longer held.  Bytes not flushed are kept if 'keep_pending', and
 * will follow; else dropped. */
int store_draft_adopt(struct store_draft **, bool keep_pending) MUST_CHECK;

/* The whole new content at once and durably.  Blocks.  On error the old
 * content stays. */
int store_replace(struct store *, const void *, size_t len, enum store_keep)
    MUST_CHECK;

/* Runs work(aux) in a helper thread and done(aux) from the loop; from the loop
 * both where the store is in memory; at once where it has no loop.
 * The task is the caller's until 'done' runs. */
struct store_task;
struct store_task *store_task_start(struct store *, void (*work)(void *),
                                    void (*done)(void *), void *aux);
/* Waits until 'work' has run, or prevents it (in memory: where threads are
 * not, a crash can come before it).  'done' does not come. */
void store_task_cancel(struct store_task **);
/* 'work' has run in its thread. */
bool store_task_has_run(struct store_task *);
/* Waits until 'work' has run.  'done' does not come. */
void store_task_finish(struct store_task **);

#endif
