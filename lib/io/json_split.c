/* SPDX-License-Identifier: Apache-2.0 */
/* Finding where each JSON value ends in a byte stream.  Only strings and
 * brackets matter for that; whether a '[' is closed by a ']' is the parser's
 * to say. */
#include "lib/base/limits.h"
#include "lib/io/json.h"

enum {
    BETWEEN,   /* White space before a value. */
    INSIDE,    /* In a value, not in a string. */
    IN_STRING,
    IN_ESCAPE, /* After a backslash in a string. */
};

void
json_splitter_init(struct json_splitter *sp, size_t max_len)
{
    *sp = (struct json_splitter){ .max_len = max_len, .state = BETWEEN };
}

/* The state after 'c'; JSON_SPLIT_MORE to go on. */
static enum json_split
step(struct json_splitter *sp, char c)
{
    switch (sp->state) {
    case IN_ESCAPE:
        sp->state = IN_STRING;
        return JSON_SPLIT_MORE;
    case IN_STRING:
        if (c == '"') {
            sp->state = INSIDE;
        } else if (c == '\\') {
            sp->state = IN_ESCAPE;
        }
        return JSON_SPLIT_MORE;
    case BETWEEN:
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            sp->len = 0; /* White space does not count. */
            return JSON_SPLIT_MORE;
        }
        if (c != '{' && c != '[') {
            return JSON_SPLIT_BAD;
        }
        sp->state = INSIDE;
        break;
    }
    if (c == '"') {
        sp->state = IN_STRING;
    } else if (c == '{' || c == '[') {
        if (++sp->depth > JSON_DEPTH_MAX) {
            return JSON_SPLIT_TOO_DEEP;
        }
    } else if ((c == '}' || c == ']') && !--sp->depth) {
        return JSON_SPLIT_END;
    }
    return JSON_SPLIT_MORE;
}

enum json_split
json_splitter_feed(struct json_splitter *sp, const void *bytes, size_t len,
                   size_t *used)
{
    const char *p = bytes;
    for (size_t i = 0; i < len; i++) {
        if (sp->max_len && ++sp->len > sp->max_len) {
            *used = i;
            return JSON_SPLIT_TOO_LONG;
        }
        enum json_split r = step(sp, p[i]);
        if (r != JSON_SPLIT_MORE) {
            *used = i + 1;
            if (r == JSON_SPLIT_END) {
                json_splitter_init(sp, sp->max_len);
            }
            return r;
        }
    }
    *used = len;
    return JSON_SPLIT_MORE;
}
