/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/atom.h"

#include <float.h>

#include <inttypes.h>
#include <math.h>

#include "lib/base/assert.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/datum.h"
#include "lib/ovsdb/schema.h"

struct ovsdb_str *
ovsdb_str_create_n(const char *text, size_t len)
{
    ASSERT(len < UINT32_MAX);
    struct ovsdb_str *s = xmalloc(sizeof *s + len + 1);
    s->n_refs = 1;
    s->len = (uint32_t)len;
    memcpy(s->s, text, len);
    s->s[len] = '\0';
    return s;
}

struct ovsdb_str *
ovsdb_str_create(const char *text)
{
    return ovsdb_str_create_n(text, strlen(text));
}

void
ovsdb_str_unref(struct ovsdb_str *s)
{
    ASSERT(s->n_refs > 0);
    if (!--s->n_refs) {
        free(s);
    }
}

void
ovsdb_symtab_init(struct ovsdb_symtab *symtab)
{
    shash_init(&symtab->names);
}

void
ovsdb_symtab_fini(struct ovsdb_symtab *symtab)
{
    SHASH_FOR_EACH (node, &symtab->names) {
        free(node->data);
    }
    shash_fini(&symtab->names);
}

struct ovsdb_symbol *
ovsdb_symtab_get(struct ovsdb_symtab *symtab, const char *name)
{
    struct ovsdb_symbol *symbol = shash_get(&symtab->names, name);
    if (!symbol) {
        symbol = xzalloc(sizeof *symbol);
        uuid_generate(&symbol->uuid);
        shash_add(&symtab->names, name, symbol);
    }
    return symbol;
}

void
ovsdb_atom_init_default(union ovsdb_atom *atom, enum ovsdb_atom_type type)
{
    memset(atom, 0, sizeof *atom);
    if (type == OVSDB_STRING) {
        ovsdb_atom_init_string(atom, "");
    }
}

bool
ovsdb_atom_is_default(const union ovsdb_atom *atom, enum ovsdb_atom_type type)
{
    switch (type) {
    case OVSDB_INTEGER:
        return !atom->integer;
    case OVSDB_REAL:
        return fpclassify(atom->real) == FP_ZERO;
    case OVSDB_BOOLEAN:
        return !atom->boolean;
    case OVSDB_STRING:
        return !atom->s->len;
    case OVSDB_UUID:
        return uuid_is_zero(&atom->uuid);
    default:
        NOT_REACHED();
    }
}

void
ovsdb_atom_init_string(union ovsdb_atom *atom, const char *text)
{
    memset(atom, 0, sizeof *atom);
    atom->s = ovsdb_str_create(text);
}

void
ovsdb_atom_clone(union ovsdb_atom *dst, const union ovsdb_atom *src,
                 enum ovsdb_atom_type type)
{
    *dst = *src;
    if (type == OVSDB_STRING) {
        ovsdb_str_ref(dst->s);
    }
}

void
ovsdb_atom_fini(union ovsdb_atom *atom, enum ovsdb_atom_type type)
{
    if (type == OVSDB_STRING) {
        ovsdb_str_unref(atom->s);
    }
}

uint32_t
ovsdb_atom_hash(const union ovsdb_atom *atom, enum ovsdb_atom_type type,
                uint32_t basis)
{
    switch (type) {
    case OVSDB_INTEGER:
        return hash_u64((uint64_t)atom->integer, basis);
    case OVSDB_REAL: {
        /* -0.0 equals 0.0, so both must hash alike. */
        double r = fpclassify(atom->real) == FP_ZERO ? 0.0 : atom->real;
        uint64_t bits;
        memcpy(&bits, &r, sizeof bits);
        return hash_u64(bits, basis);
    }
    case OVSDB_BOOLEAN:
        return hash_u64(atom->boolean, basis);
    case OVSDB_STRING:
        return hash_bytes(atom->s->s, atom->s->len, basis);
    case OVSDB_UUID:
        return hash_u64((uint64_t)atom->uuid.part[0] << 32
                        | atom->uuid.part[1],
                        hash_u64((uint64_t)atom->uuid.part[2] << 32
                                 | atom->uuid.part[3], basis));
    default:
        NOT_REACHED();
    }
}

int
ovsdb_atom_cmp(const union ovsdb_atom *a, const union ovsdb_atom *b,
               enum ovsdb_atom_type type)
{
    switch (type) {
    case OVSDB_INTEGER:
        return a->integer < b->integer ? -1 : a->integer > b->integer;
    case OVSDB_REAL:
        return a->real < b->real ? -1 : a->real > b->real;
    case OVSDB_BOOLEAN:
        return (int)a->boolean - (int)b->boolean;
    case OVSDB_STRING:
        return a->s == b->s ? 0 : strcmp(a->s->s, b->s->s);
    case OVSDB_UUID:
        return uuid_cmp(&a->uuid, &b->uuid);
    default:
        NOT_REACHED();
    }
}

/* ["uuid", TEXT] or ["named-uuid", NAME]. */
static struct ovsdb_err *
uuid_from_json(struct uuid *uuid, const struct ovsdb_base *base,
               const json_t *json, struct ovsdb_symtab *symtab)
{
    const char *tag = json_string_value(json_array_get(json, 0));
    const char *text = json_string_value(json_array_get(json, 1));
    if (json_array_size(json) == 2 && tag && text) {
        if (!strcmp(tag, "uuid")) {
            return uuid_from_text(uuid, text)
                       ? NULL
                       : ovsdb_err_at(json, OVSDB_E_SYNTAX,
                                      "\"%s\" is not a valid UUID", text);
        }
        if (!strcmp(tag, "named-uuid") && symtab) {
            if (!ovsdb_is_id(text)) {
                return ovsdb_err_at(json, OVSDB_E_SYNTAX, "named-uuid string "
                                    "is not a valid <id>");
            }
            struct ovsdb_symbol *symbol = ovsdb_symtab_get(symtab, text);
            symbol->referenced = true;
            symbol->strong_ref |= ovsdb_base_is_strong_ref(base);
            symbol->weak_ref |= ovsdb_base_is_weak_ref(base);
            *uuid = symbol->uuid;
            return NULL;
        }
    }
    return ovsdb_err_at(json, OVSDB_E_SYNTAX, symtab
                            ? "expected [\"uuid\", UUID] or "
                              "[\"named-uuid\", NAME]"
                            : "expected [\"uuid\", UUID]");
}

/* Reads the integer that 'json' is, written with or without a point. */
static bool
json_get_int64(const json_t *json, int64_t *out)
{
    if (json_is_integer(json)) {
        *out = json_integer_value(json);
        return true;
    }
    double r = json_real_value(json);
    if (json_is_real(json) && r >= -0x1p63 && r < 0x1p63) {
        *out = (int64_t)r;
        double back = (double)*out;
        return !(back < r) && !(back > r);
    }
    return false;
}

static struct ovsdb_err *
atom_parse_json(union ovsdb_atom *atom, const struct ovsdb_base *base,
                const json_t *json, struct ovsdb_symtab *symtab)
{
    memset(atom, 0, sizeof *atom);
    switch (base->type) {
    case OVSDB_INTEGER:
        if (json_get_int64(json, &atom->integer)) {
            return NULL;
        }
        break;
    case OVSDB_REAL:
        if (json_is_number(json)) {
            /* The peer does not keep the sign of a zero. */
            atom->real = json_number_value(json) + 0.0;
            return NULL;
        }
        break;
    case OVSDB_BOOLEAN:
        if (json_is_boolean(json)) {
            atom->boolean = json_is_true(json);
            return NULL;
        }
        break;
    case OVSDB_STRING:
        if (json_is_string(json)) {
            atom->s = ovsdb_str_create_n(json_string_value(json),
                                         json_string_length(json));
            return NULL;
        }
        break;
    case OVSDB_UUID:
        return uuid_from_json(&atom->uuid, base, json, symtab);
    default:
        NOT_REACHED();
    }
    return ovsdb_err_at(json, OVSDB_E_SYNTAX, "expected %s",
                        ovsdb_atom_type_name(base->type));
}

struct ovsdb_err *
ovsdb_atom_from_json(union ovsdb_atom *atom, const struct ovsdb_base *base,
                     const json_t *json, struct ovsdb_symtab *symtab)
{
    struct ovsdb_err *err = atom_parse_json(atom, base, json, symtab);
    if (!err) {
        err = ovsdb_atom_check(atom, base);
        if (err) {
            ovsdb_atom_fini(atom, base->type);
        }
    }
    return err;
}

json_t *
ovsdb_atom_to_json(const union ovsdb_atom *atom, enum ovsdb_atom_type type)
{
    switch (type) {
    case OVSDB_INTEGER:
        return json_integer(atom->integer);
    case OVSDB_REAL:
        return json_real(atom->real);
    case OVSDB_BOOLEAN:
        return json_boolean(atom->boolean);
    case OVSDB_STRING:
        /* Texts came through a JSON or a command line checked for UTF-8. */
        return json_stringn_nocheck(atom->s->s, atom->s->len);
    case OVSDB_UUID: {
        char text[UUID_TEXT_LEN + 1];
        snprintf(text, sizeof text, UUID_FMT, UUID_ARGS(&atom->uuid));
        json_t *json = json_array();
        json_array_append_new(json, json_string_nocheck("uuid"));
        json_array_append_new(json, json_string_nocheck(text));
        return json;
    }
    default:
        NOT_REACHED();
    }
}

/* Characters, not bytes: a UTF-8 continuation byte is 10xxxxxx. */
static size_t
utf8_len(const char *s)
{
    size_t n = 0;
    for (; *s; s++) {
        n += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return n;
}

static struct ovsdb_err *
check_string(const char *s, const struct ovsdb_base *base)
{
    if (!base->u.string.min_len && base->u.string.max_len == UINT_MAX) {
        return NULL;
    }
    size_t n = utf8_len(s);
    if (n < base->u.string.min_len) {
        return ovsdb_err_create(OVSDB_E_CONSTRAINT, "\"%s\" length %zu is "
                                "less than minimum allowed length %u", s, n,
                                base->u.string.min_len);
    }
    if (n > base->u.string.max_len) {
        return ovsdb_err_create(OVSDB_E_CONSTRAINT, "\"%s\" length %zu is "
                                "greater than maximum allowed length %u", s,
                                n, base->u.string.max_len);
    }
    return NULL;
}

static struct ovsdb_err *
check_integer(int64_t x, int64_t min, int64_t max)
{
    if (x >= min && x <= max) {
        return NULL;
    }
    if (max == INT64_MAX) {
        return ovsdb_err_create(OVSDB_E_CONSTRAINT, "%"PRId64" is less than "
                                "minimum allowed value %"PRId64, x, min);
    }
    if (min == INT64_MIN) {
        return ovsdb_err_create(OVSDB_E_CONSTRAINT, "%"PRId64" is greater "
                                "than maximum allowed value %"PRId64, x, max);
    }
    return ovsdb_err_create(OVSDB_E_CONSTRAINT, "%"PRId64" is not in the "
                            "valid range %"PRId64" to %"PRId64" (inclusive)",
                            x, min, max);
}

/* Written so that a NaN fails. */
static struct ovsdb_err *
check_real(double x, double min, double max)
{
    if (x >= min && x <= max) {
        return NULL;
    }
    if (max >= DBL_MAX && x < min) {
        return ovsdb_err_create(OVSDB_E_CONSTRAINT, "%.*g is less than "
                                "minimum allowed value %.*g", DBL_DIG, x,
                                DBL_DIG, min);
    }
    if (min <= -DBL_MAX && x > max) {
        return ovsdb_err_create(OVSDB_E_CONSTRAINT, "%.*g is greater than "
                                "maximum allowed value %.*g", DBL_DIG, x,
                                DBL_DIG, max);
    }
    return ovsdb_err_create(OVSDB_E_CONSTRAINT, "%.*g is not in the valid "
                            "range %.*g to %.*g (inclusive)", DBL_DIG, x,
                            DBL_DIG, min, DBL_DIG, max);
}

static struct ovsdb_err *
check_enum(const union ovsdb_atom *atom, const struct ovsdb_base *base)
{
    if (ovsdb_datum_find_key(base->enum_, atom, base->type) >= 0) {
        return NULL;
    }
    struct ovsdb_type type;
    ovsdb_type_init_scalar(&type, base->type);
    type.n_max = OVSDB_UNLIMITED;
    struct str value = STR_INIT;
    struct str allowed = STR_INIT;
    ovsdb_atom_put_text(&value, atom, base->type);
    ovsdb_datum_put_text(&allowed, base->enum_, &type);
    struct ovsdb_err *err = ovsdb_err_create(
        OVSDB_E_CONSTRAINT, "%s is not one of the allowed values (%s)",
        str_cstr(&value), str_cstr(&allowed));
    str_fini(&value);
    str_fini(&allowed);
    return err;
}

struct ovsdb_err *
ovsdb_atom_check(const union ovsdb_atom *atom, const struct ovsdb_base *base)
{
    if (base->enum_) {
        struct ovsdb_err *err = check_enum(atom, base);
        if (err) {
            return err;
        }
    }
    switch (base->type) {
    case OVSDB_INTEGER:
        return check_integer(atom->integer, base->u.integer.min,
                             base->u.integer.max);
    case OVSDB_REAL:
        return check_real(atom->real, base->u.real.min, base->u.real.max);
    case OVSDB_STRING:
        return check_string(atom->s->s, base);
    default:
        return NULL;
    }
}
