/* SPDX-License-Identifier: Apache-2.0 */
/* Between store*.c: files and folders behind an interface. */
#ifndef WEIR_IO_STORE_PRIV_H
#define WEIR_IO_STORE_PRIV_H 1

#include "lib/io/store.h"

struct store_fs;
struct mem_inode;

/* An open file. */
struct store_file {
    const struct store_fs *fs;
    int fd;                  /* Of the system. */
    struct mem_inode *inode; /* In memory. */
};

enum fs_open_flags {
    FS_WRITE = 1,
    FS_CREATE = 2,
    FS_EXCL = 4,
    FS_TRUNCATE = 8,
};

/* All return 0 or negative errno unless said otherwise, and may be called from
 * helper threads if the kind has threads. */
struct store_fs_ops {
    bool threaded;
    int (*open)(const struct store_fs *, const char *name, int flags,
                struct store_file *out);
    void (*close)(struct store_file *);
    /* A file made for it; the lock ends when that is closed. */
    int (*lock)(const struct store_fs *, const char *name,
                struct store_file *out);
    int (*size)(const struct store_file *, int64_t *);
    int (*read)(const struct store_file *, int64_t off, void *, size_t len);
    int (*write)(const struct store_file *, int64_t off, const void *,
                 size_t len);
    /* Makes room for bytes [off, off + len) without changing the size. */
    int (*reserve)(const struct store_file *, int64_t off, int64_t len);
    /* Gives back what is reserved behind 'size', the end; may be NULL. */
    void (*trim)(const struct store_file *, int64_t size);
    int (*truncate)(const struct store_file *, int64_t size);
    int (*sync)(const struct store_file *);
    /* 'to' gets owner and mode of 'from', as far as we may. */
    int (*copy_rights)(const struct store_file *to,
                       const struct store_file *from);
    int (*link)(const struct store_fs *, const char *from, const char *to);
    int (*rename)(const struct store_fs *, const char *from, const char *to);
    int (*unlink)(const struct store_fs *, const char *name);
    /* The folder that 'name' is in. */
    int (*sync_folder)(const struct store_fs *, const char *name);
};

struct store_fs {
    const struct store_fs_ops *ops;
};

struct store_flush_job;

struct store {
    const struct store_fs *fs; /* Borrowed. */
    struct loop *loop;     /* Borrowed; NULL: all blocks. */
    char *name;
    bool read_only, held;
    int err;               /* Sticky: nobody knows what the disk holds. */
    struct store_file file, lock; /* fs == NULL: not open. */
    int64_t flushed;       /* Bytes written and synced. */
    int64_t reserved;      /* Room in the file, from its start. */
    struct buf pending;    /* Appended, not in a batch under way. */
    size_t batch_end;      /* Bytes of 'pending' in the next batch; 0: all. */
    struct store_flush_job *job; /* NULL: none under way. */
};

int store_open_fs(const struct store_fs *, struct loop *, const char *name,
                  int flags, struct store **out) MUST_CHECK;
/* "<folder>/.<name><suffix>". */
char *store_hidden_name(const char *name, const char *suffix);

#endif
