/* SPDX-License-Identifier: Apache-2.0 */
/* Between store.c and the kinds of store. */
#ifndef WEIR_IO_STORE_PRIV_H
#define WEIR_IO_STORE_PRIV_H 1

#include "lib/base/list.h"
#include "lib/io/store.h"

struct store_sync_job;

/* One kind.  All return 0 or negative errno unless said otherwise. */
struct store_ops {
    int (*read)(struct store *, int64_t off, void *, size_t len);
    /* Writes all at 'off' (the end). */
    int (*write)(struct store *, int64_t off, const void *, size_t len);
    int (*truncate)(struct store *, int64_t size);
    int (*replace)(struct store *, const void *, size_t len);
    /* A sync in three parts: taking what it needs, doing it (in a helper
     * thread if 'threaded'), giving it back. */
    int (*sync_begin)(struct store *, struct store_sync_job *);
    void (*sync_do)(struct store_sync_job *);
    void (*sync_end)(struct store_sync_job *);
    bool threaded;
    void (*close)(struct store *); /* Frees what the kind has. */
};

struct store {
    const struct store_ops *ops;
    struct loop *loop;      /* NULL: syncs block. */
    char *name;
    int64_t size;           /* Bytes. */
    int err;                /* Sticky: nobody knows what the disk holds. */
    bool read_only;
    struct list waiting;    /* struct waiter: for the next sync. */
    struct store_sync_job *running; /* NULL: no sync under way. */

    int fd, lock_fd;        /* File. */
    struct store_disk *disk; /* Memory. */
    struct mem_file *file;
};

struct store_sync_job {
    struct store *store;    /* NULL: closed meanwhile. */
    const struct store_ops *ops;
    struct list waiters;    /* struct waiter: to be told. */
    int err;                /* Outcome. */
    int fd;                 /* File: a duplicate. */
    struct mem_file *file;  /* Memory. */
    size_t len;             /* Memory: what will be durable. */
};

struct store *store_alloc(struct loop *, const struct store_ops *,
                          const char *name, int flags);

#endif
