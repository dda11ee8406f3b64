/* SPDX-License-Identifier: Apache-2.0 */
/* Bits in an array of unsigned long, allocated with bitmap_new(). */
#ifndef WEIR_BASE_BITMAP_H
#define WEIR_BASE_BITMAP_H 1

#include "lib/base/mem.h"

#define BITMAP_WORD_BITS (8 * sizeof(unsigned long))

static inline size_t
bitmap_words(size_t n_bits)
{
    return DIV_ROUND_UP(n_bits, BITMAP_WORD_BITS);
}

static inline unsigned long *
bitmap_new(size_t n_bits)
{
    return xcalloc(MAX(bitmap_words(n_bits), 1), sizeof(unsigned long));
}

static inline bool
bitmap_test(const unsigned long *b, size_t i)
{
    return b[i / BITMAP_WORD_BITS] >> (i % BITMAP_WORD_BITS) & 1;
}

static inline void
bitmap_set(unsigned long *b, size_t i, bool on)
{
    unsigned long bit = 1ul << (i % BITMAP_WORD_BITS);
    if (on) {
        b[i / BITMAP_WORD_BITS] |= bit;
    } else {
        b[i / BITMAP_WORD_BITS] &= ~bit;
    }
}

/* The first index >= 'start' and < 'n' whose bit is 'on'; 'n' if none. */
size_t bitmap_scan(const unsigned long *, bool on, size_t start, size_t n);
size_t bitmap_count(const unsigned long *, size_t n);

#endif
