/* SPDX-License-Identifier: Apache-2.0 */
/* Datums as a person writes and reads them [ovs-vsctl(8) Database Values]:
 * [a, b] or a,b or "a b" for sets, {k=v, k=v} or k=v,k=v for maps, ranges
 * 1-5 where integers are keys. */
#include <inttypes.h>

#include "lib/base/mem.h"
#include "lib/ovsdb/datum.h"
#include "lib/ovsdb/text.h"

/* The most elements that one range may stand for. */
#define RANGE_MAX 4096

static const char *
skip_spaces(const char *p)
{
    return p + strspn(p, " ");
}

/* "5-10" into its ends.  The '-' of a negative start is no separator. */
static bool
parse_range(const char *s, int64_t *start, int64_t *end)
{
    const char *dash = *s ? strchr(s + 1, '-') : NULL;
    if (!dash) {
        return false;
    }
    char *first = xmemdup0(s, (size_t)(dash - s));
    bool ok = str_to_i64(first, 10, start) && str_to_i64(dash + 1, 10, end);
    free(first);
    return ok;
}

static char *
push_range(struct ovsdb_datum *d, const struct ovsdb_type *type,
           const char *word)
{
    int64_t start, end;
    if (!parse_range(word, &start, &end)) {
        return xasprintf("\"%s\" is not a valid integer or range", word);
    }
    if (end < start) {
        return xasprintf("\"%s\" is not a valid range. Range end cannot be "
                         "before start.", word);
    }
    if ((uint64_t)end - (uint64_t)start >= RANGE_MAX) {
        /* Out of the type's bounds is the better message, if it is so. */
        const union ovsdb_atom last = { .integer = end };
        struct ovsdb_err *err = ovsdb_atom_check(&last, &type->key);
        char *text = err ? ovsdb_err_to_text(err)
                         : xasprintf("\"%s\" is not a valid range. Maximum "
                                     "range size is %d.", word, RANGE_MAX);
        ovsdb_err_free(err);
        return text;
    }
    for (int64_t x = start;; x++) {
        union ovsdb_atom atom = { .integer = x };
        struct ovsdb_err *err = ovsdb_atom_check(&atom, &type->key);
        if (err) {
            char *text = ovsdb_err_to_text(err);
            ovsdb_err_free(err);
            return text;
        }
        ovsdb_datum_push(d, type, &atom, NULL);
        if (x == end) {
            return NULL;
        }
    }
}

/* Takes one key at '*p' into 'd' (a set). */
static char *
take_key(struct ovsdb_datum *d, const struct ovsdb_type *type, const char **p,
         struct ovsdb_symtab *symtab)
{
    char *word;
    char *error = ovsdb_text_take_word(p, &word);
    if (error) {
        return error;
    }
    union ovsdb_atom atom;
    int64_t x;
    if (type->key.type == OVSDB_INTEGER && !str_to_i64(word, 10, &x)) {
        error = push_range(d, type, word);
    } else {
        error = ovsdb_atom_from_text(&atom, &type->key, word, symtab);
        if (!error) {
            ovsdb_datum_push(d, type, &atom, NULL);
        }
    }
    free(word);
    return error;
}

/* Takes one key=value at '*p' into 'd' (a map). */
static char *
take_pair(struct ovsdb_datum *d, const struct ovsdb_type *type, const char **p,
          struct ovsdb_symtab *symtab)
{
    const char *start = *p;
    union ovsdb_atom key, value;
    char *word;

    char *error = ovsdb_text_take_word(p, &word);
    if (error) {
        return error;
    }
    error = ovsdb_atom_from_text(&key, &type->key, word, symtab);
    free(word);
    if (error) {
        return error;
    }
    if (**p != '=') {
        *p = skip_spaces(*p);
        error = **p ? xasprintf("%s: syntax error at \"%c\" expecting \"=\"",
                                start, **p)
                    : xasprintf("%s: syntax error at end of text expecting "
                                "\"=\" and a value", start);
        goto free_key;
    }
    ++*p;
    error = ovsdb_text_take_word(p, &word);
    if (error) {
        goto free_key;
    }
    error = ovsdb_atom_from_text(&value, &type->value, word, symtab);
    free(word);
    if (!error) {
        ovsdb_datum_push(d, type, &key, &value);
        return NULL;
    }

free_key:
    ovsdb_atom_fini(&key, type->key.type);
    return error;
}

static char *
unexpected(const char *text, char c, const struct ovsdb_type *type)
{
    char *english = ovsdb_type_to_english(type);
    char *error = xasprintf("%s: unexpected \"%c\" parsing %s", text, c,
                            english);
    free(english);
    return error;
}

/* Takes elements separated by spaces or one comma until 'close' (0: the end
 * of the text). */
static char *
take_elements(struct ovsdb_datum *d, const struct ovsdb_type *type,
              const char *text, const char **p, char close,
              struct ovsdb_symtab *symtab)
{
    bool is_map = ovsdb_type_is_map(type);

    for (;;) {
        *p = skip_spaces(*p);
        if (close && **p == close) {
            ++*p;
            return NULL;
        }
        if (!**p) {
            return close ? xasprintf("%s: missing \"%c\" at end of data",
                                     text, close)
                         : NULL;
        }
        if (ovsdb_text_is_delimiter(**p)) {
            return unexpected(text, **p, type);
        }
        char *error = is_map ? take_pair(d, type, p, symtab)
                             : take_key(d, type, p, symtab);
        if (error) {
            return error;
        }
        *p = skip_spaces(*p);
        *p += **p == ',';
    }
}

static char *
parse_datum(struct ovsdb_datum *d, const struct ovsdb_type *type,
            const char *text, struct ovsdb_symtab *symtab)
{
    char open = ovsdb_type_is_map(type) ? '{' : '[';
    char close = 0;
    const char *p = skip_spaces(text);
    if (!*p) {
        return xasprintf("use \"%s\" to specify the empty %s",
                         open == '{' ? "{}" : "[]",
                         open == '{' ? "map" : "set");
    }
    if (*p == open) {
        close = open == '{' ? '}' : ']';
        p++;
    }
    char *error = take_elements(d, type, text, &p, close, symtab);
    if (error) {
        return error;
    }
    p = skip_spaces(p);
    if (*p) {
        return xasprintf("%s: trailing garbage after \"%c\"", text, close);
    }
    if (d->n < type->n_min) {
        return xasprintf("%s: %"PRIu32" value(s) specified but the minimum "
                         "number is %u", text, d->n, type->n_min);
    }
    if (d->n > type->n_max) {
        return xasprintf("%s: %"PRIu32" value(s) specified but the maximum "
                         "number is %u", text, d->n, type->n_max);
    }
    struct ovsdb_err *err = ovsdb_datum_sort(d, type);
    if (err) {
        error = xasprintf("%s: %s", text, ovsdb_err_details(err));
        ovsdb_err_free(err);
    }
    return error;
}

char *
ovsdb_datum_from_text(struct ovsdb_datum *d, const struct ovsdb_type *type,
                      const char *text, struct ovsdb_symtab *symtab)
{
    ovsdb_datum_init_empty(d);
    char *error = parse_datum(d, type, text, symtab);
    if (error) {
        ovsdb_datum_fini(d, type);
    }
    return error;
}

void
ovsdb_datum_put_text(struct str *out, const struct ovsdb_datum *d,
                     const struct ovsdb_type *type)
{
    bool is_map = ovsdb_type_is_map(type);
    bool brackets = is_map || type->n_max > 1 || !d->n;

    if (brackets) {
        str_put_char(out, is_map ? '{' : '[');
    }
    for (size_t i = 0; i < d->n; i++) {
        str_put(out, i ? ", " : "");
        ovsdb_atom_put_text(out, &d->keys[i], type->key.type);
        if (is_map) {
            str_put_char(out, '=');
            ovsdb_atom_put_text(out, &d->values[i], type->value.type);
        }
    }
    if (brackets) {
        str_put_char(out, is_map ? '}' : ']');
    }
}

void
ovsdb_datum_put_bare(struct str *out, const struct ovsdb_datum *d,
                     const struct ovsdb_type *type)
{
    for (size_t i = 0; i < d->n; i++) {
        str_put(out, i ? " " : "");
        ovsdb_atom_put_bare(out, &d->keys[i], type->key.type);
        if (ovsdb_type_is_map(type)) {
            str_put_char(out, '=');
            ovsdb_atom_put_bare(out, &d->values[i], type->value.type);
        }
    }
}
