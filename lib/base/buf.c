/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"

void
buf_init(struct buf *b)
{
    *b = (struct buf)BUF_INIT;
}

void
buf_fini(struct buf *b)
{
    free(b->data);
    buf_init(b);
}

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
    if (!b->data || b->capacity - b->len < n) {
        size_t want = MAX(b->capacity * 2, MAX(b->len + n, 64));
        b->data = xrealloc(b->data, want);
        b->capacity = want;
    }
    return b->data + b->len;
}

void *
buf_put_uninit(struct buf *b, size_t n)
{
    uint8_t *p = buf_reserve(b, n);
    b->len += n;
    return p;
}

void *
buf_put(struct buf *b, const void *src, size_t n)
{
    void *p = buf_put_uninit(b, n);
    if (n) {
        memcpy(p, src, n);
    }
    return p;
}

void *
buf_put_zeros(struct buf *b, size_t n)
{
    void *p = buf_put_uninit(b, n);
    if (n) {
        memset(p, 0, n);
    }
    return p;
}

void
buf_put_u8(struct buf *b, uint8_t x)
{
    buf_put(b, &x, 1);
}

void
buf_put_be16(struct buf *b, uint16_t x)
{
    be16 y = cpu_to_be16(x);
    buf_put(b, &y, sizeof y);
}

void
buf_put_be32(struct buf *b, uint32_t x)
{
    be32 y = cpu_to_be32(x);
    buf_put(b, &y, sizeof y);
}

void
buf_put_be64(struct buf *b, uint64_t x)
{
    be64 y = cpu_to_be64(x);
    buf_put(b, &y, sizeof y);
}

void
buf_pad(struct buf *b, size_t start, size_t align)
{
    size_t n = b->len - start;
    buf_put_zeros(b, ROUND_UP(n, align) - n);
}

void *
buf_insert(struct buf *b, size_t at, size_t n)
{
    ASSERT(at <= b->len);
    buf_put_uninit(b, n);
    memmove(b->data + at + n, b->data + at, b->len - n - at);
    return b->data + at;
}

void
buf_consume(struct buf *b, size_t n)
{
    ASSERT(n <= b->len);
    b->len -= n;
    if (b->len) {
        memmove(b->data, b->data + n, b->len);
    }
}

void
buf_set_be16(struct buf *b, size_t at, uint16_t x)
{
    ASSERT(at + 2 <= b->len);
    put_unaligned_be16(b->data + at, cpu_to_be16(x));
}

uint8_t *
buf_steal(struct buf *b, size_t *len)
{
    uint8_t *p = b->data;
    *len = b->len;
    buf_init(b);
    return p;
}
