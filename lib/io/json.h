/* SPDX-License-Identifier: Apache-2.0 */
/* JSON [RFC 8259]: the door to jansson.
 *
 * Only this header includes <jansson.h>; others include this one and use
 * json_t with jansson's functions.  Ownership words follow jansson: "new"
 * references are the receiver's, "borrowed" are not, json_*_set_new() and
 * names with steal take one.
 *
 * Objects keep their order of insertion.  Not thread-safe per value. */
#ifndef WEIR_IO_JSON_H
#define WEIR_IO_JSON_H 1

#include <jansson.h>

#include "lib/base/str.h"
#include "lib/base/types.h"

/* Parses one whole text (any value, not only arrays and objects).  Depth is
 * bounded by JSON_DEPTH_MAX.  An integer beyond 64 bits becomes a real.
 * Returns a new reference; NULL with '*error' a heap text that says line,
 * column and what is wrong. */
json_t *json_parse(const char *text, size_t len, char **error) MUST_CHECK;
/* The same, refusing a text whose value might take over 'max_bytes'. */
json_t *json_parse_bounded(const char *text, size_t len, size_t max_bytes,
                           char **error) MUST_CHECK;
/* The same for a file, whose name is in the error. */
json_t *json_parse_file(const char *path, char **error) MUST_CHECK;

enum json_style {
    JSON_STYLE_COMPACT = 0, /* One line, no spaces, insertion order. */
    JSON_STYLE_SORT = 1,    /* Object members by name (strcmp). */
    JSON_STYLE_PRETTY = 2,  /* Two spaces per level, as ovsdb tools print. */
};

/* Appends the text; no new line at the end.  Real numbers print with up to
 * 15 significant digits, shortest first, as the peer's. */
void json_put(struct str *, const json_t *, int style);
/* Heap text. */
char *json_to_text(const json_t *, int style);
/* Appends 's' as a JSON string with quotes. */
void json_put_string(struct str *, const char *s, size_t len);

/* Ends of values in a byte stream: feed bytes as they arrive, learn where
 * the present value ends, without parsing it. */
struct json_splitter {
    size_t depth;   /* Open brackets and braces. */
    size_t len;     /* Bytes of the present value, white space before it
                     * left out; counted where there is a bound. */
    size_t max_len; /* Bound of 'len'; 0: none. */
    uint8_t state;  /* What the next byte may be. */
};

enum json_split {
    JSON_SPLIT_MORE,     /* All bytes used; the value goes on. */
    JSON_SPLIT_END,      /* The value ends after '*used' bytes. */
    JSON_SPLIT_TOO_DEEP, /* More than JSON_DEPTH_MAX levels. */
    JSON_SPLIT_TOO_LONG, /* More than 'max_len' bytes. */
    JSON_SPLIT_BAD,      /* Not a '{' or '[' at the start of a value. */
};

void json_splitter_init(struct json_splitter *, size_t max_len);
/* Looks at bytes until the value ends.  Values are arrays and objects, with
 * white space before them.  After END it is ready for the next value. */
enum json_split json_splitter_feed(struct json_splitter *, const void *,
                                   size_t len, size_t *used);

/* Getters that check the type: false (and '*out' untouched) if 'obj' is not
 * an object, has no such member, or one of another type. */
bool json_get_string(const json_t *obj, const char *name, const char **out);
bool json_get_int(const json_t *obj, const char *name, int64_t *out);
bool json_get_bool(const json_t *obj, const char *name, bool *out);
/* Borrowed; NULL as above. */
json_t *json_get_object(const json_t *obj, const char *name);
json_t *json_get_array(const json_t *obj, const char *name);

/* "string", "integer", ... for messages. */
const char *json_type_name(const json_t *);
uint32_t json_hash(const json_t *, uint32_t basis);

#endif
