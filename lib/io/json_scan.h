/* SPDX-License-Identifier: Apache-2.0 */
/* Walking through JSON text without making trees of it.
 *
 * For bulk input whose form is known, such as the records of a database file:
 * the caller says what he expects next, and gets it as spans of the text.
 * Each function skips white space first, and leaves the place untouched when
 * it returns false.  What is rare (escapes, characters beyond ASCII, odd
 * numbers) is left to json_parse(), on the span that json_scan_value() gives.
 *
 * Borrowed text; plain data; any thread. */
#ifndef WEIR_IO_JSON_SCAN_H
#define WEIR_IO_JSON_SCAN_H 1

#include "lib/base/str.h"
#include "lib/base/types.h"

struct json_scan {
    const char *p, *end;
};

static inline struct json_scan
json_scan_make(const char *text, size_t len)
{
    return (struct json_scan){ text, text + len };
}

static inline void
json_scan_space(struct json_scan *s)
{
    while (s->p < s->end
           && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t'
               || *s->p == '\r')) {
        s->p++;
    }
}

/* The punctuation mark 'c'. */
static inline bool
json_scan_char(struct json_scan *s, char c)
{
    json_scan_space(s);
    if (s->p < s->end && *s->p == c) {
        s->p++;
        return true;
    }
    return false;
}

/* Nothing is left. */
static inline bool
json_scan_at_end(struct json_scan *s)
{
    json_scan_space(s);
    return s->p >= s->end;
}

/* A string of printable ASCII characters without escapes: what is between
 * its quotes. */
bool json_scan_plain(struct json_scan *, const char **text, size_t *len);
/* Any string: 'scratch' holds it if it was not plain. */
bool json_scan_string(struct json_scan *, struct str *scratch,
                      const char **text, size_t *len);
/* The string 'text', which is plain, exactly. */
bool json_scan_exactly(struct json_scan *, const char *text, size_t len);
/* An integer that int64_t holds, written without fraction and exponent. */
bool json_scan_integer(struct json_scan *, int64_t *);
bool json_scan_boolean(struct json_scan *, bool *);
/* The span of any value, whose brackets and quotes match; what is inside is
 * not checked. */
bool json_scan_value(struct json_scan *, const char **text, size_t *len);

#endif
