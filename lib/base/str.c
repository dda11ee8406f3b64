/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

void
str_init(struct str *s)
{
    *s = (struct str)STR_INIT;
}

void
str_fini(struct str *s)
{
    free(s->s);
    str_init(s);
}

void
str_clear(struct str *s)
{
    s->len = 0;
    if (s->s) {
        s->s[0] = '\0';
    }
}

const char *
str_cstr(const struct str *s)
{
    return s->s ? s->s : "";
}

char *
str_steal(struct str *s)
{
    char *text = s->s ? s->s : xstrdup("");
    str_init(s);
    return text;
}

/* Room for 'n' more characters and a NUL. */
static char *
reserve(struct str *s, size_t n)
{
    if (s->capacity < s->len + n + 1) {
        s->capacity = MAX(s->capacity * 2, MAX(s->len + n + 1, 32));
        s->s = xrealloc(s->s, s->capacity);
    }
    return s->s + s->len;
}

void
str_put_n(struct str *s, const char *text, size_t n)
{
    char *p = reserve(s, n);
    if (n) {
        memcpy(p, text, n);
    }
    s->len += n;
    s->s[s->len] = '\0';
}

void
str_put(struct str *s, const char *text)
{
    str_put_n(s, text, strlen(text));
}

void
str_put_char(struct str *s, char c)
{
    str_put_n(s, &c, 1);
}

void
str_put_chars(struct str *s, char c, size_t n)
{
    memset(reserve(s, n), c, n);
    s->len += n;
    s->s[s->len] = '\0';
}

void
str_putv(struct str *s, const char *fmt, va_list args)
{
    va_list copy;
    va_copy(copy, args);
    size_t room = s->capacity - s->len;
    int n = vsnprintf(s->s ? s->s + s->len : NULL, s->s ? room : 0, fmt, copy);
    va_end(copy);
    if (n < 0) {
        return;
    }
    if (!s->s || (size_t)n >= room) {
        char *p = reserve(s, (size_t)n);
        vsnprintf(p, (size_t)n + 1, fmt, args);
    }
    s->len += (size_t)n;
}

void
str_putf(struct str *s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    str_putv(s, fmt, args);
    va_end(args);
}

void
str_truncate(struct str *s, size_t len)
{
    if (len < s->len) {
        s->len = len;
        s->s[len] = '\0';
    }
}

bool
str_ends_with(const struct str *s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s->len >= n && !memcmp(s->s + s->len - n, suffix, n);
}

void
str_chomp(struct str *s, char c)
{
    if (s->len && s->s[s->len - 1] == c) {
        str_truncate(s, s->len - 1);
    }
}

void
str_put_hex(struct str *s, const void *p_, size_t n)
{
    const uint8_t *p = p_;
    for (size_t i = 0; i < n; i++) {
        str_putf(s, "%02x", p[i]);
    }
}

void
str_put_hexdump(struct str *s, const void *p_, size_t n, size_t base,
                bool ascii)
{
    const uint8_t *p = p_;
    for (size_t line = 0; line < n; line += 16) {
        size_t left = MIN(n - line, 16);
        str_putf(s, "%08zx ", base + line);
        for (size_t i = 0; i < 16; i++) {
            if (i < left) {
                str_putf(s, "%c%02x", i == 8 ? '-' : ' ', p[line + i]);
            } else if (ascii) {
                str_put(s, i == 8 && left == 8 ? "-  " : "   ");
            }
        }
        if (ascii) {
            str_put(s, " |");
            for (size_t i = 0; i < 16; i++) {
                int c = i < left ? p[line + i] : ' ';
                str_put_char(s, isprint(c) ? (char)c : '.');
            }
            str_put_char(s, '|');
        }
        str_put_char(s, '\n');
    }
}

bool
str_to_u64(const char *text, int base, uint64_t *out)
{
    if (!isalnum((unsigned char)text[0])) {
        return false;
    }
    char *end;
    errno = 0;
    unsigned long long x = strtoull(text, &end, base);
    if (errno || *end) {
        return false;
    }
    *out = x;
    return true;
}

bool
str_to_i64(const char *text, int base, int64_t *out)
{
    if (!isalnum((unsigned char)text[0]) && text[0] != '-') {
        return false;
    }
    char *end;
    errno = 0;
    long long x = strtoll(text, &end, base);
    if (errno || *end || end == text) {
        return false;
    }
    *out = x;
    return true;
}

bool
str_to_int(const char *text, int base, int *out)
{
    int64_t x;
    if (!str_to_i64(text, base, &x) || x < INT32_MIN || x > INT32_MAX) {
        return false;
    }
    *out = (int)x;
    return true;
}

bool
str_to_double(const char *text, double *out)
{
    if (!text[0] || isspace((unsigned char)text[0])) {
        return false;
    }
    char *end;
    errno = 0;
    double x = strtod(text, &end);
    if (errno || *end) {
        return false;
    }
    *out = x;
    return true;
}

void
str_copy(char *dst, size_t size, const char *src)
{
    size_t n = MIN(strlen(src), size - 1);
    memcpy(dst, src, n);
    memset(dst + n, 0, size - n);
}

bool
str_starts_with(const char *s, const char *prefix)
{
    return !strncmp(s, prefix, strlen(prefix));
}

bool
str_to_eth_addr(const char *text, struct eth_addr *out)
{
    struct eth_addr ea;
    for (int i = 0; i < 6; i++) {
        char digits[3] = "";
        size_t n = strspn(text, "0123456789abcdefABCDEF");
        uint64_t byte;
        if (n < 1 || n > 2 || text[n] != (i < 5 ? ':' : '\0')) {
            return false;
        }
        memcpy(digits, text, n);
        if (!str_to_u64(digits, 16, &byte)) {
            return false;
        }
        ea.ea[i] = (uint8_t)byte;
        text += n + 1;
    }
    *out = ea;
    return true;
}
