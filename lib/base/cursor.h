/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded reader: the only way outside bytes are decoded.
 *
 * A read past the end yields zeros and sets 'error', which stays set, so a
 * decoder may read a whole structure and check once with cursor_ok().
 * Borrowed memory; plain data; not thread-safe. */
#ifndef WEIR_BASE_CURSOR_H
#define WEIR_BASE_CURSOR_H 1

#include "lib/base/types.h"

struct cursor {
    const uint8_t *p;   /* Next byte. */
    const uint8_t *end; /* One past the last byte. */
    bool error;         /* A read did not fit. */
};

static inline struct cursor
cursor_make(const void *data, size_t len)
{
    const uint8_t *p = data;
    return (struct cursor){ p, len ? p + len : p, false };
}

static inline size_t
cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->p);
}

static inline bool
cursor_ok(const struct cursor *c)
{
    return !c->error;
}

/* The next 'n' bytes, or NULL (and 'error') when there are fewer. */
static inline const uint8_t *
cursor_pull(struct cursor *c, size_t n)
{
    if (c->error || cursor_left(c) < n) {
        c->error = true;
        return NULL;
    }
    const uint8_t *p = c->p;
    c->p += n;
    return p;
}

/* Copies 'n' bytes to 'dst', or zeros when there are fewer. */
static inline bool
cursor_read(struct cursor *c, void *dst, size_t n)
{
    const uint8_t *p = cursor_pull(c, n);
    if (p) {
        memcpy(dst, p, n);
    } else {
        memset(dst, 0, n);
    }
    return p != NULL;
}

static inline bool
cursor_skip(struct cursor *c, size_t n)
{
    return cursor_pull(c, n) != NULL;
}

static inline uint8_t
cursor_u8(struct cursor *c)
{
    const uint8_t *p = cursor_pull(c, 1);
    return p ? *p : 0;
}

/* These return host order. */
static inline uint16_t
cursor_be16(struct cursor *c)
{
    const uint8_t *p = cursor_pull(c, 2);
    return p ? be16_to_cpu(get_unaligned_be16(p)) : 0;
}

static inline uint32_t
cursor_be32(struct cursor *c)
{
    const uint8_t *p = cursor_pull(c, 4);
    return p ? be32_to_cpu(get_unaligned_be32(p)) : 0;
}

static inline uint64_t
cursor_be64(struct cursor *c)
{
    const uint8_t *p = cursor_pull(c, 8);
    return p ? be64_to_cpu(get_unaligned_be64(p)) : 0;
}

/* A cursor over the next 'n' bytes, which are consumed; empty with 'error'
 * when there are fewer. */
static inline struct cursor
cursor_sub(struct cursor *c, size_t n)
{
    const uint8_t *p = cursor_pull(c, n);
    struct cursor sub = cursor_make(p ? p : c->end, p ? n : 0);
    sub.error = !p;
    return sub;
}

#endif
