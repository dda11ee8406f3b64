/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for the control plane: these abort when there is none, so callers
 * need no error path.  The packet path does not allocate after start.
 * Thread-safe, like malloc(). */
#ifndef WEIR_BASE_MEM_H
#define WEIR_BASE_MEM_H 1

#include <stdarg.h>
#include <stdlib.h>

#include "lib/base/types.h"

void *xmalloc(size_t) __attribute__((malloc));
void *xzalloc(size_t) __attribute__((malloc));
void *xcalloc(size_t n, size_t size) __attribute__((malloc));
void *xrealloc(void *, size_t);
void *xmemdup(const void *, size_t) __attribute__((malloc));
char *xstrdup(const char *) __attribute__((malloc));
/* NULL for NULL. */
char *xstrdup_null(const char *) __attribute__((malloc));
char *xmemdup0(const char *, size_t) __attribute__((malloc));
char *xasprintf(const char *, ...) PRINTF_FORMAT(1, 2)
    __attribute__((malloc));
char *xvasprintf(const char *, va_list) PRINTF_FORMAT(1, 0)
    __attribute__((malloc));

/* For the packet path: NULL when there is none. */
void *try_malloc(size_t) __attribute__((malloc)) MUST_CHECK;

/* Zeroed memory aligned to a cache line; free with free(). */
void *xzalloc_cacheline(size_t) __attribute__((malloc));

/* Doubles the capacity '*cap' of array 'p' of elements of 'size' bytes. */
void *x2nrealloc(void *p, size_t *cap, size_t size);

/* Makes the (n+1)th allocation from now, and all later ones, abort through
 * 'on_fail' instead of allocating: tests of what a shortage does.  n < 0
 * switches it off. */
void mem_test_fail_after(long n, void (*on_fail)(void));

#endif
