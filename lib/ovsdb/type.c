/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/type.h"

#include <float.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/datum.h"
#include "lib/ovsdb/parse.h"

static const char *const atom_type_names[OVSDB_N_ATOM_TYPES] = {
    [OVSDB_VOID] = "void",       [OVSDB_INTEGER] = "integer",
    [OVSDB_REAL] = "real",       [OVSDB_BOOLEAN] = "boolean",
    [OVSDB_STRING] = "string",   [OVSDB_UUID] = "uuid",
};

const char *
ovsdb_atom_type_name(enum ovsdb_atom_type type)
{
    ASSERT(type < OVSDB_N_ATOM_TYPES);
    return atom_type_names[type];
}

bool
ovsdb_atom_type_from_name(const char *name, enum ovsdb_atom_type *type)
{
    for (enum ovsdb_atom_type t = OVSDB_INTEGER; t < OVSDB_N_ATOM_TYPES; t++) {
        if (!strcmp(name, atom_type_names[t])) {
            *type = t;
            return true;
        }
    }
    return false;
}

void
ovsdb_base_init(struct ovsdb_base *base, enum ovsdb_atom_type type)
{
    *base = (struct ovsdb_base){ .type = type };
    switch (type) {
    case OVSDB_INTEGER:
        base->u.integer.min = INT64_MIN;
        base->u.integer.max = INT64_MAX;
        break;
    case OVSDB_REAL:
        base->u.real.min = -DBL_MAX;
        base->u.real.max = DBL_MAX;
        break;
    case OVSDB_STRING:
        base->u.string.max_len = UINT_MAX;
        break;
    default:
        break;
    }
}

static void
enum_type_init(struct ovsdb_type *type, enum ovsdb_atom_type atom_type)
{
    ovsdb_type_init_scalar(type, atom_type);
    type->n_max = OVSDB_UNLIMITED;
}

void
ovsdb_base_fini(struct ovsdb_base *base)
{
    if (base->enum_) {
        struct ovsdb_type type;
        enum_type_init(&type, base->type);
        ovsdb_datum_fini(base->enum_, &type);
        free(base->enum_);
    }
    if (base->type == OVSDB_UUID) {
        free(base->u.uuid.ref_table);
    }
    ovsdb_base_init(base, OVSDB_VOID);
}

void
ovsdb_base_clone(struct ovsdb_base *dst, const struct ovsdb_base *src)
{
    *dst = *src;
    if (src->enum_) {
        dst->enum_ = xmalloc(sizeof *dst->enum_);
        ovsdb_datum_clone(dst->enum_, src->enum_);
    }
    if (src->type == OVSDB_UUID) {
        dst->u.uuid.ref_table = xstrdup_null(src->u.uuid.ref_table);
    }
}

bool
ovsdb_base_has_constraints(const struct ovsdb_base *base)
{
    if (base->enum_) {
        return true;
    }
    switch (base->type) {
    case OVSDB_INTEGER:
        return base->u.integer.min != INT64_MIN
               || base->u.integer.max != INT64_MAX;
    case OVSDB_REAL:
        return base->u.real.min > -DBL_MAX || base->u.real.max < DBL_MAX;
    case OVSDB_STRING:
        return base->u.string.min_len || base->u.string.max_len != UINT_MAX;
    case OVSDB_UUID:
        return base->u.uuid.ref_table;
    default:
        return false;
    }
}

/* Reads one "minInteger" kind of member into '*out'; leaves it if absent. */
static void
get_int(struct ovsdb_members *m, const char *name, int64_t *out)
{
    const json_t *j = ovsdb_members_get(m, name, OVSDB_JSON_INTEGER, true);
    if (j) {
        *out = json_integer_value(j);
    }
}

static void
get_len(struct ovsdb_members *m, const char *name, unsigned int *out)
{
    int64_t len = *out;
    get_int(m, name, &len);
    if (len < 0 || len > UINT_MAX) {
        ovsdb_members_fail(m, "\"%s\" is not a length", name);
        return;
    }
    *out = (unsigned int)len;
}

static void
base_get_enum(struct ovsdb_members *m, struct ovsdb_base *base)
{
    const json_t *j = ovsdb_members_get(m, "enum", OVSDB_JSON_ANY, true);
    if (!j || ovsdb_members_failed(m)) {
        return;
    }
    struct ovsdb_type type;
    enum_type_init(&type, base->type);
    type.n_min = 1;
    struct ovsdb_datum *set = xmalloc(sizeof *set);
    struct ovsdb_err *err = ovsdb_datum_from_json(set, &type, j, NULL);
    if (err) {
        free(set);
        ovsdb_members_set_err(m, err);
        return;
    }
    base->enum_ = set;
}

static void
base_get_constraints(struct ovsdb_members *m, struct ovsdb_base *base)
{
    const json_t *j;

    switch (base->type) {
    case OVSDB_INTEGER:
        get_int(m, "minInteger", &base->u.integer.min);
        get_int(m, "maxInteger", &base->u.integer.max);
        if (base->u.integer.min > base->u.integer.max) {
            ovsdb_members_fail(m, "minInteger exceeds maxInteger");
        }
        break;
    case OVSDB_REAL:
        j = ovsdb_members_get(m, "minReal", OVSDB_JSON_NUMBER, true);
        base->u.real.min = j ? json_number_value(j) : base->u.real.min;
        j = ovsdb_members_get(m, "maxReal", OVSDB_JSON_NUMBER, true);
        base->u.real.max = j ? json_number_value(j) : base->u.real.max;
        if (base->u.real.min > base->u.real.max) {
            ovsdb_members_fail(m, "minReal exceeds maxReal");
        }
        break;
    case OVSDB_STRING:
        get_len(m, "minLength", &base->u.string.min_len);
        get_len(m, "maxLength", &base->u.string.max_len);
        if (base->u.string.min_len > base->u.string.max_len) {
            ovsdb_members_fail(m, "minLength exceeds maxLength");
        }
        break;
    case OVSDB_UUID:
        j = ovsdb_members_get(m, "refTable", OVSDB_JSON_ID, true);
        if (j) {
            base->u.uuid.ref_table = xstrdup(json_string_value(j));
            j = ovsdb_members_get(m, "refType", OVSDB_JSON_STRING, true);
            const char *t = j ? json_string_value(j) : "strong";
            if (!strcmp(t, "weak")) {
                base->u.uuid.ref_type = OVSDB_REF_WEAK;
            } else if (strcmp(t, "strong")) {
                ovsdb_members_fail(m, "refType is \"%s\", not \"strong\" or "
                                   "\"weak\"", t);
            }
        }
        break;
    default:
        break;
    }
}

struct ovsdb_err *
ovsdb_base_from_json(struct ovsdb_base *base, const json_t *json)
{
    enum ovsdb_atom_type type;

    ovsdb_base_init(base, OVSDB_VOID);
    if (json_is_string(json)) {
        if (!ovsdb_atom_type_from_name(json_string_value(json), &type)) {
            return ovsdb_err_at(json, OVSDB_E_SYNTAX, "\"%s\" is not an "
                                "atomic type", json_string_value(json));
        }
        ovsdb_base_init(base, type);
        return NULL;
    }

    struct ovsdb_members m;
    ovsdb_members_init(&m, json, "base type");
    const json_t *j = ovsdb_members_get(&m, "type", OVSDB_JSON_STRING, false);
    if (j) {
        if (ovsdb_atom_type_from_name(json_string_value(j), &type)) {
            ovsdb_base_init(base, type);
            base_get_enum(&m, base);
            base_get_constraints(&m, base);
        } else {
            ovsdb_members_fail(&m, "\"%s\" is not an atomic type",
                               json_string_value(j));
        }
    }
    struct ovsdb_err *err = ovsdb_members_finish(&m);
    if (err) {
        ovsdb_base_fini(base);
    }
    return err;
}

json_t *
ovsdb_base_to_json(const struct ovsdb_base *base)
{
    const char *name = ovsdb_atom_type_name(base->type);
    if (!ovsdb_base_has_constraints(base)) {
        return json_string(name);
    }
    json_t *json = json_object();
    json_object_set_new(json, "type", json_string(name));
    if (base->enum_) {
        struct ovsdb_type type;
        enum_type_init(&type, base->type);
        json_object_set_new(json, "enum",
                            ovsdb_datum_to_json(base->enum_, &type));
    }
    switch (base->type) {
    case OVSDB_INTEGER:
        if (base->u.integer.min != INT64_MIN) {
            json_object_set_new(json, "minInteger",
                                json_integer(base->u.integer.min));
        }
        if (base->u.integer.max != INT64_MAX) {
            json_object_set_new(json, "maxInteger",
                                json_integer(base->u.integer.max));
        }
        break;
    case OVSDB_REAL:
        if (base->u.real.min > -DBL_MAX) {
            json_object_set_new(json, "minReal", json_real(base->u.real.min));
        }
        if (base->u.real.max < DBL_MAX) {
            json_object_set_new(json, "maxReal", json_real(base->u.real.max));
        }
        break;
    case OVSDB_STRING:
        if (base->u.string.min_len) {
            json_object_set_new(json, "minLength",
                                json_integer(base->u.string.min_len));
        }
        if (base->u.string.max_len != UINT_MAX) {
            json_object_set_new(json, "maxLength",
                                json_integer(base->u.string.max_len));
        }
        break;
    case OVSDB_UUID:
        if (!base->u.uuid.ref_table) {
            break;
        }
        json_object_set_new(json, "refTable",
                            json_string(base->u.uuid.ref_table));
        if (base->u.uuid.ref_type == OVSDB_REF_WEAK) {
            json_object_set_new(json, "refType", json_string("weak"));
        }
        break;
    default:
        break;
    }
    return json;
}

void
ovsdb_type_init_scalar(struct ovsdb_type *type, enum ovsdb_atom_type key)
{
    ovsdb_base_init(&type->key, key);
    ovsdb_base_init(&type->value, OVSDB_VOID);
    type->n_min = type->n_max = 1;
}

void
ovsdb_type_fini(struct ovsdb_type *type)
{
    ovsdb_base_fini(&type->key);
    ovsdb_base_fini(&type->value);
}

void
ovsdb_type_clone(struct ovsdb_type *dst, const struct ovsdb_type *src)
{
    ovsdb_base_clone(&dst->key, &src->key);
    ovsdb_base_clone(&dst->value, &src->value);
    dst->n_min = src->n_min;
    dst->n_max = src->n_max;
}

/* "min" and "max" of an object type. */
static void
type_get_bounds(struct ovsdb_members *m, struct ovsdb_type *type)
{
    int64_t n = 1;
    get_int(m, "min", &n);
    if (n < 0 || n > 1) {
        ovsdb_members_fail(m, "\"min\" is neither 0 nor 1");
    }
    type->n_min = (unsigned int)n;

    const json_t *j = ovsdb_members_get(m, "max", OVSDB_JSON_ANY, true);
    if (!j) {
        type->n_max = 1;
    } else if (json_is_string(j)
               && !strcmp(json_string_value(j), "unlimited")) {
        type->n_max = OVSDB_UNLIMITED;
    } else if (json_is_integer(j) && json_integer_value(j) >= 1
               && json_integer_value(j) < OVSDB_UNLIMITED) {
        type->n_max = (unsigned int)json_integer_value(j);
    } else {
        ovsdb_members_fail(m, "\"max\" is neither \"unlimited\" nor a "
                           "positive number");
    }
}

struct ovsdb_err *
ovsdb_type_from_json(struct ovsdb_type *type, const json_t *json)
{
    ovsdb_type_init_scalar(type, OVSDB_VOID);
    if (json_is_string(json)) {
        return ovsdb_base_from_json(&type->key, json);
    }

    struct ovsdb_members m;
    ovsdb_members_init(&m, json, "type");
    const json_t *key = ovsdb_members_get(&m, "key", OVSDB_JSON_ANY, false);
    const json_t *value = ovsdb_members_get(&m, "value", OVSDB_JSON_ANY, true);
    type_get_bounds(&m, type);
    struct ovsdb_err *err = ovsdb_members_finish(&m);
    if (!err) {
        err = ovsdb_base_from_json(&type->key, key);
    }
    if (!err && value) {
        err = ovsdb_base_from_json(&type->value, value);
    }
    if (err) {
        ovsdb_type_fini(type);
    }
    return err;
}

json_t *
ovsdb_type_to_json(const struct ovsdb_type *type)
{
    if (ovsdb_type_is_scalar(type)
        && !ovsdb_base_has_constraints(&type->key)) {
        return ovsdb_base_to_json(&type->key);
    }
    json_t *json = json_object();
    json_object_set_new(json, "key", ovsdb_base_to_json(&type->key));
    if (ovsdb_type_is_map(type)) {
        json_object_set_new(json, "value", ovsdb_base_to_json(&type->value));
    }
    if (type->n_min != 1) {
        json_object_set_new(json, "min", json_integer(type->n_min));
    }
    if (type->n_max == OVSDB_UNLIMITED) {
        json_object_set_new(json, "max", json_string("unlimited"));
    } else if (type->n_max != 1) {
        json_object_set_new(json, "max", json_integer(type->n_max));
    }
    return json;
}

char *
ovsdb_type_to_english(const struct ovsdb_type *type)
{
    const char *key = ovsdb_atom_type_name(type->key.type);
    const char *value = ovsdb_atom_type_name(type->value.type);
    if (ovsdb_type_is_scalar(type)) {
        return xstrdup(key);
    }
    struct str s = STR_INIT;
    str_put(&s, ovsdb_type_is_map(type) ? "map" : "set");
    if (type->n_max == OVSDB_UNLIMITED) {
        str_put(&s, type->n_min ? " of 1 or more" : " of");
    } else if (type->n_min) {
        str_putf(&s, " of 1 to %u", type->n_max);
    } else {
        str_putf(&s, " of up to %u", type->n_max);
    }
    if (ovsdb_type_is_map(type)) {
        str_putf(&s, " (%s, %s) pairs", key, value);
    } else {
        str_putf(&s, " %ss", key);
    }
    return str_steal(&s);
}
