/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/text.h"

#include "lib/base/assert.h"
#include "lib/io/json.h"

static void
put_uuid_digits(struct str *out, const struct uuid *u)
{
    static const char digits[] = "0123456789abcdef";
    char text[UUID_TEXT_LEN];
    char *p = text;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) {
            *p++ = '-';
        }
        *p++ = digits[u->part[i / 8] >> (28 - 4 * (i % 8)) & 15];
    }
    str_put_n(out, text, sizeof text);
}

void
text_put_uuid(struct str *out, const struct uuid *u)
{
    str_put_char(out, '"');
    put_uuid_digits(out, u);
    str_put_char(out, '"');
}

static void
put_integer(struct str *out, int64_t x)
{
    char digits[24];
    char *end = digits + sizeof digits, *p = end;
    uint64_t u = x < 0 ? -(uint64_t)x : (uint64_t)x;
    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (x < 0) {
        *--p = '-';
    }
    str_put_n(out, p, (size_t)(end - p));
}

static void
put_atom(struct str *out, const union ovsdb_atom *a, enum ovsdb_atom_type type)
{
    switch (type) {
    case OVSDB_INTEGER:
        put_integer(out, a->integer);
        break;
    case OVSDB_REAL: {
        json_t *real = json_real(a->real);
        json_put(out, real, JSON_STYLE_COMPACT);
        json_decref(real);
        break;
    }
    case OVSDB_BOOLEAN:
        str_put(out, a->boolean ? "true" : "false");
        break;
    case OVSDB_STRING:
        json_put_string(out, a->s->s, a->s->len);
        break;
    case OVSDB_UUID:
        str_put_n(out, "[\"uuid\",\"", 9);
        put_uuid_digits(out, &a->uuid);
        str_put_n(out, "\"]", 2);
        break;
    case OVSDB_VOID:
    case OVSDB_N_ATOM_TYPES:
    default:
        NOT_REACHED();
    }
}

static void
put_map(struct str *out, const struct ovsdb_datum *d,
        const struct ovsdb_type *type)
{
    str_put(out, "[\"map\",[");
    for (uint32_t i = 0; i < d->n; i++) {
        str_put(out, i ? ",[" : "[");
        put_atom(out, &d->keys[i], type->key.type);
        str_put_char(out, ',');
        put_atom(out, &d->values[i], type->value.type);
        str_put_char(out, ']');
    }
    str_put(out, "]]");
}

void
text_put_datum(struct str *out, const struct ovsdb_datum *d,
               const struct ovsdb_type *type)
{
    if (ovsdb_type_is_map(type)) {
        put_map(out, d, type);
    } else if (d->n == 1) {
        put_atom(out, &d->keys[0], type->key.type);
    } else {
        str_put(out, "[\"set\",[");
        for (uint32_t i = 0; i < d->n; i++) {
            if (i) {
                str_put_char(out, ',');
            }
            put_atom(out, &d->keys[i], type->key.type);
        }
        str_put(out, "]]");
    }
}

void
text_put_member(struct str *out, const char *name)
{
    if (!str_ends_with(out, "{")) {
        str_put_char(out, ',');
    }
    str_put_char(out, '"');
    str_put(out, name); /* An <id> or an UUID: nothing to escape. */
    str_put_n(out, "\":", 2);
}
