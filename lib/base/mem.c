/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/mem.h"

#include <stdio.h>

static long fail_after = -1;
static void (*fail_fn)(void);

NORETURN static void
out_of_memory(void)
{
    fputs("virtual memory exhausted\n", stderr);
    abort();
}

static void
maybe_fail(void)
{
    if (UNLIKELY(fail_after >= 0)) {
        if (!fail_after) {
            if (fail_fn) {
                fail_fn();
            }
            out_of_memory();
        }
        fail_after--;
    }
}

void
mem_test_fail_after(long n, void (*on_fail)(void))
{
    fail_after = n;
    fail_fn = on_fail;
}

static void *
check(void *p)
{
    if (UNLIKELY(!p)) {
        out_of_memory();
    }
    return p;
}

void *
xmalloc(size_t size)
{
    maybe_fail();
    return check(malloc(size ? size : 1));
}

void *
xcalloc(size_t n, size_t size)
{
    maybe_fail();
    return check(n && size ? calloc(n, size) : malloc(1));
}

void *
xzalloc(size_t size)
{
    return xcalloc(1, size);
}

void *
xrealloc(void *p, size_t size)
{
    maybe_fail();
    return check(realloc(p, size ? size : 1));
}

void *
xmemdup(const void *p, size_t size)
{
    void *copy = xmalloc(size);
    if (size) {
        memcpy(copy, p, size);
    }
    return copy;
}

char *
xmemdup0(const char *p, size_t size)
{
    char *copy = xmalloc(size + 1);
    if (size) {
        memcpy(copy, p, size);
    }
    copy[size] = '\0';
    return copy;
}

char *
xstrdup(const char *s)
{
    return xmemdup0(s, strlen(s));
}

char *
xstrdup_null(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

char *
xvasprintf(const char *fmt, va_list args)
{
    va_list copy;
    va_copy(copy, args);
    int n = vsnprintf(NULL, 0, fmt, copy);
    va_end(copy);
    if (n < 0) {
        return xstrdup(fmt);
    }
    char *s = xmalloc((size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, args);
    return s;
}

char *
xasprintf(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *s = xvasprintf(fmt, args);
    va_end(args);
    return s;
}

void *
try_malloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *
xzalloc_cacheline(size_t size)
{
    maybe_fail();
    size_t whole = ROUND_UP(MAX(size, 1), CACHE_LINE_BYTES);
    void *p = check(aligned_alloc(CACHE_LINE_BYTES, whole));
    memset(p, 0, whole);
    return p;
}

void *
x2nrealloc(void *p, size_t *cap, size_t size)
{
    *cap = *cap ? *cap * 2 : 4;
    if (size && *cap > SIZE_MAX / size) {
        out_of_memory();
    }
    return xrealloc(p, *cap * size);
}
