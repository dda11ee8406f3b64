/* SPDX-License-Identifier: Apache-2.0 */
/* A growable string, always NUL-terminated once something was put.  Plain
 * data: the owner calls str_fini() or takes the text with str_steal().
 * Not thread-safe. */
#ifndef WEIR_BASE_STR_H
#define WEIR_BASE_STR_H 1

#include <stdarg.h>

#include "lib/base/types.h"

struct str {
    char *s;         /* Heap or NULL; use str_cstr() to read. */
    size_t len;      /* Bytes without the NUL. */
    size_t capacity; /* Bytes allocated. */
};

#define STR_INIT { NULL, 0, 0 }

void str_init(struct str *);
void str_fini(struct str *);
void str_clear(struct str *);
/* The text; "" when nothing was put.  Borrowed until the next change. */
const char *str_cstr(const struct str *);
/* Takes the text; caller frees; 's' is empty afterwards. */
char *str_steal(struct str *);
void str_put(struct str *, const char *);
void str_put_n(struct str *, const char *, size_t n);
void str_put_char(struct str *, char);
void str_put_chars(struct str *, char, size_t n);
void str_putf(struct str *, const char *, ...) PRINTF_FORMAT(2, 3);
void str_putv(struct str *, const char *, va_list) PRINTF_FORMAT(2, 0);
void str_truncate(struct str *, size_t len);
bool str_ends_with(const struct str *, const char *suffix);
/* Removes 'c' from the end if it is there. */
void str_chomp(struct str *, char c);
/* Classic dump: offset, 16 bytes in hex, text. 'base' is the first offset. */
void str_put_hexdump(struct str *, const void *, size_t n, size_t base,
                     bool ascii);
void str_put_hex(struct str *, const void *, size_t n);

/* Text to numbers: whole string must be used.  Decimal, 0x hex or, with
 * 'base' given, that base.  False (and *out untouched) on anything else. */
bool str_to_u64(const char *, int base, uint64_t *out);
bool str_to_i64(const char *, int base, int64_t *out);
bool str_to_int(const char *, int base, int *out);
bool str_to_double(const char *, double *out);
/* Copies at most 'size' - 1 bytes and fills the rest of 'dst' with zeros. */
void str_copy(char *dst, size_t size, const char *src);
bool str_starts_with(const char *s, const char *prefix);
/* "02:00:00:00:00:01" and nothing else. */
bool str_to_eth_addr(const char *, struct eth_addr *);

#endif
