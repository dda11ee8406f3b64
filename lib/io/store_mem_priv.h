/* SPDX-License-Identifier: Apache-2.0 */
/* Between store_mem.c and store_crash.c. */
#ifndef WEIR_IO_STORE_MEM_PRIV_H
#define WEIR_IO_STORE_MEM_PRIV_H 1

#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/io/store_mem.h"
#include "lib/io/store_priv.h"

struct mem_inode {
    struct list node; /* In store_disk.inodes. */
    size_t id;        /* Its place there. */
    struct buf data;
    size_t n_synced;  /* Bytes at the front that a crash leaves. */
    bool locked;
};

enum mem_change_kind {
    MEM_WRITE,       /* 'bytes' at 'off' of 'inode'. */
    MEM_TRUNCATE,    /* 'inode' to 'off' bytes. */
    MEM_SYNC,        /* 'inode'. */
    MEM_NAME,        /* 'name' leads to 'inode'; 'gone' (or NULL) to none. */
    MEM_SYNC_FOLDER,
};

struct mem_change {
    enum mem_change_kind kind;
    size_t inode;    /* Id; SIZE_MAX: none. */
    size_t off;
    struct buf bytes;
    char *name, *gone; /* Heap; may be NULL. */
};

struct store_disk {
    struct store_fs fs;     /* First: a file's fs is its disk. */
    struct list inodes;     /* struct mem_inode, in order of id. */
    size_t n_inodes;
    struct shash names;     /* struct mem_inode. */
    int64_t fail_after;     /* Calls until failures; -1: none. */
    uint64_t fail_times;    /* Failures then. */
    int fail_err;
    uint64_t n_ops;

    bool recording;
    struct store_disk *base;    /* State when recording began. */
    struct mem_change *changes; /* Since then. */
    size_t n_changes, capacity;
};

struct mem_inode *mem_inode_create(struct store_disk *);

#endif
