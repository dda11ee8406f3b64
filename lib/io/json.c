/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/json.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>

#include "lib/base/counters.h"
#include "lib/base/hash.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"

/* What jansson takes for one of each, in bytes, rounded up. */
#define OBJECT_BYTES 224
#define ARRAY_BYTES 128
#define STRING_BYTES 64
#define MEMBER_BYTES 24
#define VALUE_BYTES 40

/* Looks at a text before jansson does: its parser is recursive, and what it
 * makes of a short text can be large.  Returns what the parsed value takes at
 * most, in bytes, or SIZE_MAX if brackets nest deeper than JSON_DEPTH_MAX. */
static size_t
weigh(const char *text, size_t len)
{
    static const uint8_t weights[256] = {
        ['{'] = OBJECT_BYTES, ['['] = ARRAY_BYTES, [':'] = MEMBER_BYTES,
        [','] = VALUE_BYTES
    };
    size_t depth = 0, weight = len + VALUE_BYTES;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\') {
                i++;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
            weight += STRING_BYTES;
        } else if (c == '[' || c == '{') {
            weight += weights[(uint8_t)c];
            if (++depth > JSON_DEPTH_MAX) {
                return SIZE_MAX;
            }
        } else if ((c == ']' || c == '}') && depth) {
            depth--;
        } else {
            weight += weights[(uint8_t)c];
        }
    }
    return weight;
}

/* True if no int64_t holds the integer of these 'n' digits. */
static bool
overflows(const char *digits, size_t n, bool negative)
{
    const char *max = negative ? "9223372036854775808"
                               : "9223372036854775807";
    return n > 19 || (n == 19 && memcmp(digits, max, n) > 0);
}

/* Copies one number, as a real where it must be; returns its length. */
static size_t
put_number(struct str *out, const char *text, bool negative)
{
    static const char below_min[] = "9223372036854777856"; /* Next double. */
    size_t n = strspn(text, "0123456789");
    size_t rest = strspn(text + n, ".eE+-0123456789");
    if (rest || !overflows(text, n, negative)) {
        str_put_n(out, text, n + rest);
        return n + rest;
    }
    /* What rounds to the smallest integer must not become that one. */
    bool rounds = negative && n == 19 && memcmp(text, below_min, n) < 0;
    str_put_n(out, rounds ? below_min : text, n);
    str_put(out, "e0");
    return n;
}

/* Copies 'text' with integers that no int64_t holds written as reals, which
 * is what they are to a reader that expects an integer: of the wrong type. */
static void
integers_to_reals(struct str *out, const char *text)
{
    bool in_string = false;
    for (size_t i = 0; text[i];) {
        char c = text[i];
        if (!in_string && c >= '0' && c <= '9') {
            i += put_number(out, text + i, i && text[i - 1] == '-');
            continue;
        }
        in_string ^= c == '"';
        size_t n = in_string && c == '\\' && text[i + 1] ? 2 : 1;
        str_put_n(out, text + i, n);
        i += n;
    }
}

static json_t *
load(const char *text, size_t len, json_error_t *je)
{
    json_t *json = json_loadb(text, len, JSON_DECODE_ANY, je);
    if (!json && json_error_code(je) == json_error_numeric_overflow) {
        struct str copy = STR_INIT;
        char *ended = xmemdup0(text, len);
        integers_to_reals(&copy, ended);
        free(ended);
        json = json_loadb(str_cstr(&copy), copy.len, JSON_DECODE_ANY, je);
        str_fini(&copy);
    }
    return json;
}

json_t *
json_parse_bounded(const char *text, size_t len, size_t max_bytes,
                   char **error)
{
    json_error_t je;
    *error = NULL;
    size_t weight = weigh(text, len);
    if (weight == SIZE_MAX) {
        counter_inc(json_too_deep);
        *error = xasprintf("JSON nested deeper than %d levels",
                           JSON_DEPTH_MAX);
        return NULL;
    }
    if (weight > max_bytes) {
        counter_inc(json_too_big);
        *error = xasprintf("JSON that takes over %zu bytes of memory",
                           max_bytes);
        return NULL;
    }
    json_t *json = load(text, len, &je);
    if (!json) {
        *error = xasprintf("line %d, column %d: %s", je.line, je.column,
                           je.text);
    }
    return json;
}

json_t *
json_parse(const char *text, size_t len, char **error)
{
    return json_parse_bounded(text, len, SIZE_MAX - 1, error);
}

json_t *
json_parse_file(const char *path, char **error)
{
    struct str text = STR_INIT;
    char chunk[16384];
    json_t *json = NULL;
    size_t n;

    *error = NULL;
    FILE *f = !strcmp(path, "-") ? stdin : fopen(path, "re");
    if (!f) {
        *error = xasprintf("%s: %s", path, strerror(errno));
        return NULL;
    }
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0
           && text.len < JSON_MESSAGE_MAX) {
        str_put_n(&text, chunk, n);
    }
    if (ferror(f)) {
        *error = xasprintf("%s: %s", path, strerror(errno));
    } else if (n) {
        *error = xasprintf("%s: longer than %d bytes", path,
                           JSON_MESSAGE_MAX);
    } else {
        char *why;
        json = json_parse(str_cstr(&text), text.len, &why);
        if (!json) {
            *error = xasprintf("%s: %s", path, why);
            free(why);
        }
    }
    if (f != stdin) {
        fclose(f);
    }
    str_fini(&text);
    return json;
}

void
json_put_string(struct str *s, const char *text, size_t len)
{
    static const char short_escapes[32] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
    };
    str_put_char(s, '"');
    size_t plain = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        str_put_n(s, text + plain, i - plain);
        plain = i + 1;
        if (c >= 0x20) {
            str_put_char(s, '\\');
            str_put_char(s, (char)c);
        } else if (short_escapes[c]) {
            str_put_char(s, '\\');
            str_put_char(s, short_escapes[c]);
        } else {
            str_putf(s, "\\u%04x", c);
        }
    }
    str_put_n(s, text + plain, len - plain);
    str_put_char(s, '"');
}

static void
put_real(struct str *s, double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.*g", DBL_DIG, x);
    if (strtod(text, NULL) != x) {
        snprintf(text, sizeof text, "%.17g", x);
    }
    /* "-0" would be read as the integer 0. */
    str_put(s, strcmp(text, "-0") ? text : "-0.0");
}

static void
new_line(struct str *s, int style, size_t level)
{
    if (style & JSON_STYLE_PRETTY) {
        str_put_char(s, '\n');
        str_put_chars(s, ' ', 2 * level);
    }
}

static void put_value(struct str *, const json_t *, int style, size_t level);

static void
put_array(struct str *s, const json_t *json, int style, size_t level)
{
    size_t n = json_array_size(json);
    str_put_char(s, '[');
    for (size_t i = 0; i < n; i++) {
        str_put(s, i ? "," : "");
        new_line(s, style, level + 1);
        put_value(s, json_array_get(json, i), style, level + 1);
    }
    str_put_char(s, ']');
}

static void
put_member(struct str *s, const char *name, const json_t *value, int style,
           size_t level)
{
    json_put_string(s, name, strlen(name));
    str_put(s, style & JSON_STYLE_PRETTY ? ": " : ":");
    put_value(s, value, style, level);
}

static int
compare_names(const void *a_, const void *b_)
{
    const char *const *a = a_;
    const char *const *b = b_;
    return strcmp(*a, *b);
}

static void
put_object(struct str *s, const json_t *json, int style, size_t level)
{
    json_t *obj = (json_t *)(uintptr_t)json;
    size_t n = json_object_size(obj), i = 0;
    const char *name;
    json_t *value;

    str_put_char(s, '{');
    if (style & JSON_STYLE_SORT && n > 1) {
        const char **names = xmalloc(n * sizeof *names);
        json_object_foreach (obj, name, value) {
            names[i++] = name;
        }
        qsort(names, n, sizeof *names, compare_names);
        for (i = 0; i < n; i++) {
            str_put(s, i ? "," : "");
            new_line(s, style, level + 1);
            put_member(s, names[i], json_object_get(obj, names[i]), style,
                       level + 1);
        }
        free(names);
    } else {
        json_object_foreach (obj, name, value) {
            str_put(s, i++ ? "," : "");
            new_line(s, style, level + 1);
            put_member(s, name, value, style, level + 1);
        }
    }
    str_put_char(s, '}');
}

static void
put_value(struct str *s, const json_t *json, int style, size_t level)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        put_object(s, json, style, level);
        break;
    case JSON_ARRAY:
        put_array(s, json, style, level);
        break;
    case JSON_STRING:
        json_put_string(s, json_string_value(json),
                        json_string_length(json));
        break;
    case JSON_INTEGER: {
        char text[24];
        int n = snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT,
                         json_integer_value(json));
        str_put_n(s, text, (size_t)n);
        break;
    }
    case JSON_REAL:
        put_real(s, json_real_value(json));
        break;
    case JSON_TRUE:
        str_put(s, "true");
        break;
    case JSON_FALSE:
        str_put(s, "false");
        break;
    case JSON_NULL:
        str_put(s, "null");
        break;
    }
}

void
json_put(struct str *s, const json_t *json, int style)
{
    put_value(s, json, style, 0);
}

char *
json_to_text(const json_t *json, int style)
{
    struct str s = STR_INIT;
    json_put(&s, json, style);
    return str_steal(&s);
}

bool
json_get_string(const json_t *obj, const char *name, const char **out)
{
    const char *s = json_string_value(json_object_get(obj, name));
    if (s) {
        *out = s;
    }
    return s != NULL;
}

bool
json_get_int(const json_t *obj, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(obj, name);
    if (!json_is_integer(value)) {
        return false;
    }
    *out = json_integer_value(value);
    return true;
}

bool
json_get_bool(const json_t *obj, const char *name, bool *out)
{
    const json_t *value = json_object_get(obj, name);
    if (!json_is_boolean(value)) {
        return false;
    }
    *out = json_is_true(value);
    return true;
}

json_t *
json_get_object(const json_t *obj, const char *name)
{
    json_t *value = json_object_get(obj, name);
    return json_is_object(value) ? value : NULL;
}

json_t *
json_get_array(const json_t *obj, const char *name)
{
    json_t *value = json_object_get(obj, name);
    return json_is_array(value) ? value : NULL;
}

const char *
json_type_name(const json_t *json)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object", [JSON_ARRAY] = "array",
        [JSON_STRING] = "string", [JSON_INTEGER] = "integer",
        [JSON_REAL] = "real",     [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",   [JSON_NULL] = "null",
    };
    return json ? names[json_typeof(json)] : "nothing";
}

uint32_t
json_hash(const json_t *json, uint32_t basis)
{
    basis = hash_u64(json_typeof(json), basis);
    switch (json_typeof(json)) {
    case JSON_OBJECT: {
        json_t *obj = (json_t *)(uintptr_t)json;
        const char *name;
        json_t *value;
        uint32_t sum = 0; /* Members have no order. */
        json_object_foreach (obj, name, value) {
            sum += json_hash(value, hash_bytes(name, strlen(name), basis));
        }
        return hash_u64(sum, basis);
    }
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(json); i++) {
            basis = json_hash(json_array_get(json, i), basis);
        }
        return basis;
    case JSON_STRING:
        return hash_bytes(json_string_value(json), json_string_length(json),
                          basis);
    case JSON_INTEGER:
        return hash_u64((uint64_t)json_integer_value(json), basis);
    case JSON_REAL: {
        double x = json_real_value(json);
        return hash_bytes(&x, sizeof x, basis);
    }
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return basis;
}
