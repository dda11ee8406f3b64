/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that wait to be sent: a chain of segments, each either bytes of its
 * own or a share in a blob.  So a text that goes to many clients is in memory
 * once, and nothing is moved when a part was sent.  For stream*.c. */
#ifndef WEIR_IO_STREAM_QUEUE_H
#define WEIR_IO_STREAM_QUEUE_H 1

#include <sys/uio.h>

#include "lib/base/blob.h"

struct stream_seg;

struct stream_queue {
    struct stream_seg *head, *tail; /* NULL when empty. */
    size_t len;                     /* Bytes. */
};

/* Copies. */
void stream_queue_put(struct stream_queue *, const void *, size_t len);
/* Shares 'b', or copies it when that is cheaper. */
void stream_queue_put_blob(struct stream_queue *, struct blob *b);
/* The first bytes, in at most 'max' pieces; returns how many pieces. */
int stream_queue_peek(const struct stream_queue *, struct iovec *, int max);
/* Drops the first 'n' bytes. */
void stream_queue_consume(struct stream_queue *, size_t n);
void stream_queue_clear(struct stream_queue *);
/* Bytes of memory; of a shared blob this queue's part. */
size_t stream_queue_memory(const struct stream_queue *);

#endif
