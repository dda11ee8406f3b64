/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/mem.h"
#include "lib/openflow/text_priv.h"

#define SPACE ", \t\r\n"

void
text_err_fini(struct text_err *err)
{
    free(err->message);
    err->message = NULL;
}

void
text_scan_init(struct text_scan *t, const char *text)
{
    t->copy = t->p = xstrdup(text);
    t->key = t->value = NULL;
    t->in_parens = false;
}

void
text_scan_fini(struct text_scan *t)
{
    free(t->copy);
    t->copy = t->p = NULL;
}

/* The end of a value: a separator outside quotes, or outside the parentheses
 * that the value begins with. */
static char *
value_end(char *p)
{
    bool quoted = false;
    if (*p == '(') {
        p += strcspn(p, ")");
    }
    for (; *p && (quoted || !strchr(SPACE, *p)); p++) {
        if (*p == '\\' && quoted && p[1]) {
            p++;
        } else if (*p == '"') {
            quoted = !quoted;
        }
    }
    return p;
}

bool
text_scan_next(struct text_scan *t)
{
    t->p += strspn(t->p, SPACE);
    t->key = t->p;
    t->value = NULL;
    t->in_parens = false;
    if (!*t->p) {
        return false;
    }
    char *p = t->p + strcspn(t->p, "=:(" SPACE);
    char sep = *p;
    if (sep == '(') {
        *p++ = '\0';
        t->value = p;
        t->in_parens = true;
        p += strcspn(p, ")");
    } else if (sep == '=' || sep == ':') {
        *p++ = '\0';
        t->value = p;
        p = value_end(p);
    }
    t->p = p + (*p != '\0');
    *p = '\0';
    return true;
}

void
text_scan_unread(struct text_scan *t, char *p)
{
    if (t->p > t->copy && *t->p && !t->p[-1]) {
        t->p[-1] = ',';
    }
    t->p = p;
}

bool
text_fail(struct text_err *err, const struct text_scan *t, const char *at,
          char *message)
{
    err->message = message;
    err->pos = (size_t)(at - t->copy);
    return false;
}

bool
text_number(const struct text_scan *t, const char *what, uint64_t max,
            uint64_t *x, struct text_err *err)
{
    if (!t->value) {
        return text_fail(err, t, t->key,
                         xasprintf("field %s missing value", t->key));
    }
    if (!str_to_u64(t->value, 0, x) || *x > max) {
        return text_fail(err, t, t->value,
                         xasprintf("invalid %s \"%s\"", what, t->value));
    }
    return true;
}
