/* SPDX-License-Identifier: Apache-2.0 */
/* Atoms as a person writes and reads them [ovs-vsctl(8) Database Values]. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/atom.h"
#include "lib/ovsdb/text.h"

bool
ovsdb_text_is_delimiter(char c)
{
    return strchr(":=, []{}!<>", c) != NULL; /* NUL too. */
}

char *
ovsdb_text_take_word(const char **p, char **word)
{
    const char *start = *p;
    const char *s = start;
    bool quoted = false;
    struct str out = STR_INIT;

    *word = NULL;
    for (; *s && (quoted || !ovsdb_text_is_delimiter(*s)); s++) {
        if (*s == '"') {
            quoted = !quoted;
        } else if (*s == '\\' && !s[1] && !quoted) {
            str_fini(&out);
            return xasprintf("%s: backslash at end of argument", start);
        } else if (*s == '\\' && s[1]) {
            /* Within quotes it stays, for the reader of the string. */
            str_put(&out, quoted ? "\\" : "");
            s++;
        }
        str_put_char(&out, *s);
    }
    if (quoted) {
        str_fini(&out);
        return xasprintf("%s: quoted string extends past end of argument",
                         start);
    }
    if (s == start && *s) {
        str_put_char(&out, *s++);
    }
    str_put(&out, "");
    *word = str_steal(&out);
    *p = s;
    return NULL;
}

bool
ovsdb_text_is_bare(const char *s)
{
    struct uuid uuid;
    if (!isalpha((unsigned char)*s) && *s != '_') {
        return false;
    }
    for (const char *p = s; *p; p++) {
        if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-'
            && *p != '.') {
            return false;
        }
    }
    return strcmp(s, "true") && strcmp(s, "false")
           && !uuid_from_text(&uuid, s);
}

static char *
boolean_from_text(bool *out, const char *s)
{
    static const char *const yes[] = { "true", "yes", "on", "1" };
    static const char *const no[] = { "false", "no", "off", "0" };

    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (!strcmp(s, yes[i]) || !strcmp(s, no[i])) {
            *out = !strcmp(s, yes[i]);
            return NULL;
        }
    }
    return xasprintf("\"%s\" is not a valid boolean (use \"true\" or "
                     "\"false\")", s);
}

/* True if 's' is valid UTF-8, so that it can travel as JSON. */
static bool
is_utf8(const char *s)
{
    json_t *json = json_string(s);
    json_decref(json);
    return json;
}

static char *
string_from_text(union ovsdb_atom *atom, const char *s)
{
    if (*s != '"') {
        if (!is_utf8(s)) {
            return xasprintf("%s: not a valid UTF-8 string", s);
        }
        ovsdb_atom_init_string(atom, s);
        return NULL;
    }
    size_t n = strlen(s);
    if (n < 2 || s[n - 1] != '"') {
        return xasprintf("%s: missing quote at end of quoted string", s);
    }
    char *reason;
    json_t *json = json_parse(s, n, &reason);
    if (!json) {
        /* A quote inside leaves text behind the string's end. */
        char *error = xasprintf("%s: not a valid quoted string: %s", s,
                                reason);
        free(reason);
        return error;
    }
    ovsdb_atom_init_string(atom, json_string_value(json));
    json_decref(json);
    return NULL;
}

static char *
uuid_from_word(struct uuid *uuid, const struct ovsdb_base *base, const char *s,
               struct ovsdb_symtab *symtab)
{
    if (*s == '@' && symtab) {
        struct ovsdb_symbol *symbol = ovsdb_symtab_get(symtab, s);
        symbol->referenced = true;
        symbol->strong_ref |= ovsdb_base_is_strong_ref(base);
        symbol->weak_ref |= ovsdb_base_is_weak_ref(base);
        *uuid = symbol->uuid;
        return NULL;
    }
    return uuid_from_text(uuid, s)
               ? NULL
               : xasprintf("\"%s\" is not a valid UUID", s);
}

static char *
parse_word(union ovsdb_atom *atom, const struct ovsdb_base *base,
           const char *s, struct ovsdb_symtab *symtab)
{
    memset(atom, 0, sizeof *atom);
    switch (base->type) {
    case OVSDB_INTEGER:
        return str_to_i64(s, 10, &atom->integer)
                   ? NULL
                   : xasprintf("\"%s\" is not a valid integer or range", s);
    case OVSDB_REAL:
        if (!str_to_double(s, &atom->real)) {
            return xasprintf("\"%s\" is not a valid real number", s);
        }
        atom->real += 0.0; /* There is one zero. */
        return NULL;
    case OVSDB_BOOLEAN:
        return boolean_from_text(&atom->boolean, s);
    case OVSDB_STRING:
        return string_from_text(atom, s);
    case OVSDB_UUID:
        return uuid_from_word(&atom->uuid, base, s, symtab);
    default:
        NOT_REACHED();
    }
}

char *
ovsdb_atom_from_text(union ovsdb_atom *atom, const struct ovsdb_base *base,
                     const char *s, struct ovsdb_symtab *symtab)
{
    char *error = parse_word(atom, base, s, symtab);
    if (error) {
        return error;
    }
    struct ovsdb_err *err = ovsdb_atom_check(atom, base);
    if (err) {
        ovsdb_atom_fini(atom, base->type);
        error = ovsdb_err_to_text(err);
        ovsdb_err_free(err);
    }
    return error;
}

/* A real with as few digits as bring it back unchanged. */
static void
put_real(struct str *out, double r)
{
    char buf[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buf, sizeof buf, "%.*g", digits, r);
        double back;
        if (str_to_double(buf, &back) && !(back < r) && !(back > r)) {
            break;
        }
    }
    str_put(out, buf);
}

static void
put_quoted(struct str *out, const char *s)
{
    json_put_string(out, s, strlen(s));
}

void
ovsdb_atom_put_text(struct str *out, const union ovsdb_atom *atom,
                    enum ovsdb_atom_type type)
{
    if (type == OVSDB_STRING && !ovsdb_text_is_bare(atom->s->s)) {
        put_quoted(out, atom->s->s);
    } else {
        ovsdb_atom_put_bare(out, atom, type);
    }
}

void
ovsdb_atom_put_bare(struct str *out, const union ovsdb_atom *atom,
                    enum ovsdb_atom_type type)
{
    switch (type) {
    case OVSDB_INTEGER:
        str_putf(out, "%"PRId64, atom->integer);
        break;
    case OVSDB_REAL:
        put_real(out, atom->real);
        break;
    case OVSDB_BOOLEAN:
        str_put(out, atom->boolean ? "true" : "false");
        break;
    case OVSDB_STRING:
        str_put_n(out, atom->s->s, atom->s->len);
        break;
    case OVSDB_UUID:
        str_putf(out, UUID_FMT, UUID_ARGS(&atom->uuid));
        break;
    default:
        NOT_REACHED();
    }
}
