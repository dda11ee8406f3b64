/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/bitmap.h"

size_t
bitmap_scan(const unsigned long *b, bool on, size_t start, size_t n)
{
    for (size_t i = start; i < n;) {
        unsigned long w = b[i / BITMAP_WORD_BITS];
        w = (on ? w : ~w) >> (i % BITMAP_WORD_BITS);
        if (w) {
            return MIN(i + (size_t)__builtin_ctzl(w), n);
        }
        i = (i / BITMAP_WORD_BITS + 1) * BITMAP_WORD_BITS;
    }
    return n;
}

size_t
bitmap_count(const unsigned long *b, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += bitmap_test(b, i);
    }
    return count;
}
