/* SPDX-License-Identifier: Apache-2.0 */
/* A growable run of bytes, for building wire messages.  Plain data: the
 * owner calls buf_fini().  Not thread-safe. */
#ifndef WEIR_BASE_BUF_H
#define WEIR_BASE_BUF_H 1

#include "lib/base/types.h"

struct buf {
    uint8_t *data;   /* Heap; NULL when capacity is 0. */
    size_t len;      /* Bytes in use. */
    size_t capacity; /* Bytes allocated. */
};

#define BUF_INIT { NULL, 0, 0 }

void buf_init(struct buf *);
void buf_fini(struct buf *);
static inline void
buf_clear(struct buf *b)
{
    b->len = 0;
}

/* Makes room for 'n' more bytes at the end and returns where they go. */
uint8_t *buf_reserve(struct buf *, size_t n);
/* Appends; each returns the start of the appended bytes, valid until the
 * next append. */
void *buf_put(struct buf *, const void *, size_t n);
void *buf_put_zeros(struct buf *, size_t n);
void *buf_put_uninit(struct buf *, size_t n);
void buf_put_u8(struct buf *, uint8_t);
/* These take host order and write network order. */
void buf_put_be16(struct buf *, uint16_t);
void buf_put_be32(struct buf *, uint32_t);
void buf_put_be64(struct buf *, uint64_t);
/* Appends zeros until the length from 'start' is a multiple of 'align'. */
void buf_pad(struct buf *, size_t start, size_t align);
/* Inserts 'n' uninitialised bytes at 'at' (<= len). */
void *buf_insert(struct buf *, size_t at, size_t n);
/* Removes 'n' bytes at the front. */
void buf_consume(struct buf *, size_t n);
/* Overwrites a 16-bit big-endian word at 'at', which must be inside. */
void buf_set_be16(struct buf *, size_t at, uint16_t);
/* Takes the bytes away; caller frees. */
uint8_t *buf_steal(struct buf *, size_t *len);

#endif
