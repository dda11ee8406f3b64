/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/json_scan.h"

#include "lib/io/json.h"

static bool
is_plain(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

bool
json_scan_plain(struct json_scan *s, const char **text, size_t *len)
{
    struct json_scan t = *s;
    if (!json_scan_char(&t, '"')) {
        return false;
    }
    const char *start = t.p;
    while (t.p < t.end && is_plain(*t.p)) {
        t.p++;
    }
    if (t.p >= t.end || *t.p != '"') {
        return false;
    }
    *text = start;
    *len = (size_t)(t.p - start);
    s->p = t.p + 1;
    return true;
}

/* Moves behind the string that starts at 's', at its quote. */
static bool
skip_string(struct json_scan *s)
{
    for (s->p++; s->p < s->end; s->p++) {
        if (*s->p == '"') {
            s->p++;
            return true;
        }
        if (*s->p == '\\') {
            s->p++;
        }
    }
    return false;
}

bool
json_scan_string(struct json_scan *s, struct str *scratch, const char **text,
                 size_t *len)
{
    if (json_scan_plain(s, text, len)) {
        return true;
    }
    struct json_scan t = *s;
    json_scan_space(&t);
    const char *start = t.p;
    if (t.p >= t.end || *t.p != '"' || !skip_string(&t)) {
        return false;
    }
    char *error;
    json_t *json = json_parse(start, (size_t)(t.p - start), &error);
    if (!json) {
        free(error);
        return false;
    }
    str_clear(scratch);
    str_put_n(scratch, json_string_value(json), json_string_length(json));
    json_decref(json);
    *text = str_cstr(scratch);
    *len = scratch->len;
    s->p = t.p;
    return true;
}

bool
json_scan_exactly(struct json_scan *s, const char *text, size_t len)
{
    struct json_scan t = *s;
    if (!json_scan_char(&t, '"') || (size_t)(t.end - t.p) < len + 1
        || memcmp(t.p, text, len) || t.p[len] != '"') {
        return false;
    }
    s->p = t.p + len + 1;
    return true;
}

/* Nothing that could go on with a number or a word. */
static bool
is_over(const struct json_scan *s)
{
    return s->p >= s->end || strchr(" \t\r\n,]}", *s->p);
}

bool
json_scan_integer(struct json_scan *s, int64_t *x)
{
    struct json_scan t = *s;
    bool negative = json_scan_char(&t, '-');
    const char *start = t.p;
    int64_t value = 0;
    while (t.p < t.end && *t.p >= '0' && *t.p <= '9' && t.p - start < 18) {
        value = value * 10 + (*t.p++ - '0');
    }
    size_t n = (size_t)(t.p - start);
    if (!n || (*start == '0' && n > 1) || !is_over(&t)
        || (negative && !value)) {
        return false;
    }
    *x = negative ? -value : value;
    s->p = t.p;
    return true;
}

static bool
scan_word(struct json_scan *s, const char *word)
{
    struct json_scan t = *s;
    size_t len = strlen(word);
    json_scan_space(&t);
    if ((size_t)(t.end - t.p) < len || memcmp(t.p, word, len)) {
        return false;
    }
    t.p += len;
    if (!is_over(&t)) {
        return false;
    }
    *s = t;
    return true;
}

bool
json_scan_boolean(struct json_scan *s, bool *x)
{
    if (scan_word(s, "true")) {
        *x = true;
        return true;
    }
    if (scan_word(s, "false")) {
        *x = false;
        return true;
    }
    return false;
}

/* Brackets of both kinds are counted together: the span is parsed later. */
bool
json_scan_value(struct json_scan *s, const char **text, size_t *len)
{
    struct json_scan t = *s;
    size_t depth = 0;
    json_scan_space(&t);
    const char *start = t.p;
    while (t.p < t.end) {
        char c = *t.p;
        if (c == '"') {
            if (!skip_string(&t)) {
                return false;
            }
        } else if (c == '[' || c == '{') {
            depth++;
            t.p++;
            continue;
        } else if (c == ']' || c == '}') {
            if (!depth) {
                return false;
            }
            depth--;
            t.p++;
        } else if (depth) {
            t.p++;
            continue;
        } else {
            while (!is_over(&t)) {
                t.p++;
            }
            if (t.p == start) {
                return false;
            }
        }
        if (!depth) {
            *text = start;
            *len = (size_t)(t.p - start);
            s->p = t.p;
            return true;
        }
    }
    return false;
}
