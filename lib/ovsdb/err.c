/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/err.h"

#include <stdarg.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

LOG_MODULE(ovsdb_error);

struct ovsdb_err {
    char *tag;
    char *details; /* Never NULL. */
    char *syntax;  /* JSON text or NULL. */
};

static struct ovsdb_err *
err_new(const char *tag, char *details, char *syntax)
{
    struct ovsdb_err *err = xmalloc(sizeof *err);
    *err = (struct ovsdb_err){ xstrdup(tag), details, syntax };
    return err;
}

struct ovsdb_err *
ovsdb_err_create(const char *tag, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *details = xvasprintf(fmt, args);
    va_end(args);
    return err_new(tag, details, NULL);
}

struct ovsdb_err *
ovsdb_err_at(const json_t *json, const char *tag, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *details = xvasprintf(fmt, args);
    va_end(args);
    char *syntax = json ? json_to_text(json, JSON_STYLE_SORT) : NULL;
    return err_new(tag, details, syntax);
}

struct ovsdb_err *
ovsdb_err_io(int errnum, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = xvasprintf(fmt, args);
    va_end(args);
    char *details = xasprintf("%s: %s", text, log_strerror(errnum));
    free(text);
    return err_new(OVSDB_E_IO, details, NULL);
}

struct ovsdb_err *
ovsdb_err_wrap(struct ovsdb_err *err, const char *fmt, ...)
{
    if (!err) {
        return NULL;
    }
    va_list args;
    va_start(args, fmt);
    char *text = xvasprintf(fmt, args);
    va_end(args);
    char *details = err->details[0] ? xasprintf("%s: %s", text, err->details)
                                    : xstrdup(text);
    free(text);
    free(err->details);
    err->details = details;
    return err;
}

struct ovsdb_err *
ovsdb_err_clone(const struct ovsdb_err *err)
{
    return err ? err_new(err->tag, xstrdup(err->details),
                         xstrdup_null(err->syntax))
               : NULL;
}

void
ovsdb_err_free(struct ovsdb_err *err)
{
    if (err) {
        free(err->tag);
        free(err->details);
        free(err->syntax);
        free(err);
    }
}

void
ovsdb_err_log(struct ovsdb_err *err, const char *context)
{
    if (err) {
        char *text = ovsdb_err_to_text(err);
        log_warn_rl("%s: %s", context, text);
        free(text);
        ovsdb_err_free(err);
    }
}

const char *
ovsdb_err_tag(const struct ovsdb_err *err)
{
    return err->tag;
}

const char *
ovsdb_err_details(const struct ovsdb_err *err)
{
    return err->details;
}

json_t *
ovsdb_err_to_json(const struct ovsdb_err *err)
{
    json_t *json = json_object();
    json_object_set_new(json, "error", json_string(err->tag));
    if (err->details[0]) {
        json_object_set_new(json, "details",
                            json_string_nocheck(err->details));
    }
    if (err->syntax) {
        json_object_set_new(json, "syntax", json_string_nocheck(err->syntax));
    }
    return json;
}

struct ovsdb_err *
ovsdb_err_from_json(const json_t *json)
{
    if (json_is_string(json)) {
        return err_new(json_string_value(json), xstrdup(""), NULL);
    }
    const char *tag = json_string_value(json_object_get(json, "error"));
    const char *details = json_string_value(json_object_get(json, "details"));
    const char *syntax = json_string_value(json_object_get(json, "syntax"));
    if (!tag) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                            "the server's error is not understood");
    }
    return err_new(tag, xstrdup(details ? details : ""), xstrdup_null(syntax));
}

char *
ovsdb_err_to_text(const struct ovsdb_err *err)
{
    struct str s = STR_INIT;
    if (err->syntax) {
        str_putf(&s, "syntax \"%s\": ", err->syntax);
    }
    str_put(&s, err->tag);
    if (err->details[0]) {
        str_putf(&s, ": %s", err->details);
    }
    return str_steal(&s);
}
