/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/stream_queue.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"

/* Shorter texts cost less copied than shared. */
#define SHARE_MIN_BYTES ((size_t)256)
/* A segment of own bytes: the least, and where doubling ends. */
#define SEG_MIN_BYTES ((size_t)192)
#define SEG_DOUBLE_BYTES ((size_t)65536)

struct stream_seg {
    struct stream_seg *next;
    struct blob *blob;   /* A reference; NULL: own bytes. */
    size_t start, end;   /* What is unsent, of the blob or of 'bytes'. */
    size_t capacity;     /* Of 'bytes'. */
    uint8_t bytes[];
};

static struct stream_seg *
seg_append(struct stream_queue *q, size_t capacity)
{
    struct stream_seg *seg = xmalloc(sizeof *seg + capacity);
    *seg = (struct stream_seg){ .capacity = capacity };
    if (q->tail) {
        q->tail->next = seg;
    } else {
        q->head = seg;
    }
    q->tail = seg;
    return seg;
}

/* Copies as much as the last segment has room for; returns how much. */
static size_t
fill_tail(struct stream_queue *q, const void *bytes, size_t len)
{
    struct stream_seg *seg = q->tail;
    if (!seg || seg->blob) {
        return 0;
    }
    size_t n = MIN(len, seg->capacity - seg->end);
    memcpy(seg->bytes + seg->end, bytes, n);
    seg->end += n;
    return n;
}

void
stream_queue_put(struct stream_queue *q, const void *bytes, size_t len)
{
    if (!len) {
        return;
    }
    size_t done = fill_tail(q, bytes, len);
    if (done < len) {
        size_t room = q->tail ? MIN(2 * q->tail->capacity, SEG_DOUBLE_BYTES)
                              : 0;
        room = MAX(room, SEG_MIN_BYTES);
        seg_append(q, MAX(len - done, room));
        fill_tail(q, (const uint8_t *)bytes + done, len - done);
    }
    q->len += len;
}

void
stream_queue_put_blob(struct stream_queue *q, struct blob *b)
{
    if (b->len < SHARE_MIN_BYTES) {
        stream_queue_put(q, b->data, b->len);
        return;
    }
    struct stream_seg *seg = seg_append(q, 0);
    seg->blob = blob_ref(b);
    seg->end = b->len;
    q->len += b->len;
}

int
stream_queue_peek(const struct stream_queue *q, struct iovec *iov, int max)
{
    int n = 0;
    for (struct stream_seg *seg = q->head; seg && n < max; seg = seg->next) {
        uint8_t *bytes = seg->blob ? (uint8_t *)seg->blob->data : seg->bytes;
        iov[n++] = (struct iovec){ .iov_base = bytes + seg->start,
                                   .iov_len = seg->end - seg->start };
    }
    return n;
}

static void
pop_head(struct stream_queue *q)
{
    struct stream_seg *seg = q->head;
    q->head = seg->next;
    if (!q->head) {
        q->tail = NULL;
    }
    blob_unref(&seg->blob);
    free(seg);
}

void
stream_queue_consume(struct stream_queue *q, size_t n)
{
    ASSERT(n <= q->len);
    q->len -= n;
    while (n) {
        struct stream_seg *seg = q->head;
        size_t part = MIN(n, seg->end - seg->start);
        seg->start += part;
        n -= part;
        if (seg->start == seg->end) {
            pop_head(q);
        }
    }
}

void
stream_queue_clear(struct stream_queue *q)
{
    while (q->head) {
        pop_head(q);
    }
    q->len = 0;
}

size_t
stream_queue_memory(const struct stream_queue *q)
{
    size_t n = 0;
    for (struct stream_seg *seg = q->head; seg; seg = seg->next) {
        n += sizeof *seg + (seg->blob ? seg->blob->len / seg->blob->n_refs
                                      : seg->capacity);
    }
    return n;
}
