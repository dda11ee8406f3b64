/* SPDX-License-Identifier: Apache-2.0 */
/* Datums as <value>s on the wire [RFC 7047 5.1]. */
#include "lib/ovsdb/datum.h"

/* The array behind ["set", [...]] or ["map", [...]]; NULL if 'json' has not
 * that form. */
static const json_t *
tagged_array(const json_t *json, const char *tag)
{
    const char *s = json_string_value(json_array_get(json, 0));
    const json_t *array = json_array_get(json, 1);
    return s && !strcmp(s, tag) && json_array_size(json) == 2
                   && json_is_array(array)
               ? array
               : NULL;
}

static struct ovsdb_err *
push_pair(struct ovsdb_datum *d, const struct ovsdb_type *type,
          const json_t *json, struct ovsdb_symtab *symtab)
{
    union ovsdb_atom key, value;

    if (!json_is_array(json) || json_array_size(json) != 2) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX,
                            "expected a pair [key, value]");
    }
    struct ovsdb_err *err = ovsdb_atom_from_json(
        &key, &type->key, json_array_get(json, 0), symtab);
    if (err) {
        return err;
    }
    err = ovsdb_atom_from_json(&value, &type->value, json_array_get(json, 1),
                               symtab);
    if (err) {
        ovsdb_atom_fini(&key, type->key.type);
        return err;
    }
    ovsdb_datum_push(d, type, &key, &value);
    return NULL;
}

static struct ovsdb_err *
push_key(struct ovsdb_datum *d, const struct ovsdb_type *type,
         const json_t *json, struct ovsdb_symtab *symtab)
{
    union ovsdb_atom key;
    struct ovsdb_err *err =
        ovsdb_atom_from_json(&key, &type->key, json, symtab);
    if (!err) {
        ovsdb_datum_push(d, type, &key, NULL);
    }
    return err;
}

/* A set that is written as its one element. */
static struct ovsdb_err *
push_lone_key(struct ovsdb_datum *d, const struct ovsdb_type *type,
              const json_t *json, struct ovsdb_symtab *symtab)
{
    const char *tag = json_string_value(json_array_get(json, 0));
    return tag && !strcmp(tag, "set")
               ? ovsdb_err_at(json, OVSDB_E_SYNTAX,
                              "expected [\"set\", <array>]")
               : push_key(d, type, json, symtab);
}

static struct ovsdb_err *
push_all(struct ovsdb_datum *d, const struct ovsdb_type *type,
         const json_t *json, struct ovsdb_symtab *symtab)
{
    bool is_map = ovsdb_type_is_map(type);
    const json_t *array = tagged_array(json, is_map ? "map" : "set");
    if (!array) {
        return is_map ? ovsdb_err_at(json, OVSDB_E_SYNTAX,
                                     "expected [\"map\", <array>]")
                      : push_lone_key(d, type, json, symtab);
    }

    struct ovsdb_err *err = NULL;
    size_t n = json_array_size(array);
    ovsdb_datum_reserve(d, type, n);
    for (size_t i = 0; i < n && !err; i++) {
        const json_t *element = json_array_get(array, i);
        err = is_map ? push_pair(d, type, element, symtab)
                     : push_key(d, type, element, symtab);
    }
    return err;
}

struct ovsdb_err *
ovsdb_datum_from_json_unbound(struct ovsdb_datum *d,
                              const struct ovsdb_type *type,
                              const json_t *json, struct ovsdb_symtab *symtab)
{
    ovsdb_datum_init_empty(d);
    struct ovsdb_err *err = push_all(d, type, json, symtab);
    if (!err) {
        err = ovsdb_datum_sort(d, type);
    }
    if (err) {
        ovsdb_datum_fini(d, type);
    }
    return err;
}

/* The size is part of the form: as wrong as an atom of another type. */
static struct ovsdb_err *
check_form(const struct ovsdb_type *type, const json_t *json)
{
    const char *kind = ovsdb_type_is_map(type) ? "map" : "set";
    const json_t *array = tagged_array(json, kind);
    size_t n = array ? json_array_size(array) : 1;
    if (!array || (n >= type->n_min && n <= type->n_max)) {
        return NULL;
    }
    if (type->n_min == type->n_max) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX, "%s must have exactly one "
                            "member but %zu are present", kind, n);
    }
    if (type->n_max == OVSDB_UNLIMITED) {
        return ovsdb_err_at(json, OVSDB_E_SYNTAX, "%s must have %u or more "
                            "members but %zu are present", kind, type->n_min,
                            n);
    }
    return ovsdb_err_at(json, OVSDB_E_SYNTAX, "%s must have %u to %u members "
                        "but %zu are present", kind, type->n_min, type->n_max,
                        n);
}

struct ovsdb_err *
ovsdb_datum_from_json(struct ovsdb_datum *d, const struct ovsdb_type *type,
                      const json_t *json, struct ovsdb_symtab *symtab)
{
    ovsdb_datum_init_empty(d);
    struct ovsdb_err *err = check_form(type, json);
    return err ? err : ovsdb_datum_from_json_unbound(d, type, json, symtab);
}

static json_t *
tagged(const char *tag, json_t *array)
{
    json_t *json = json_array();
    json_array_append_new(json, json_string_nocheck(tag));
    json_array_append_new(json, array);
    return json;
}

json_t *
ovsdb_datum_to_json(const struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    if (!ovsdb_type_is_map(type) && d->n == 1) {
        return ovsdb_atom_to_json(&d->keys[0], type->key.type);
    }
    json_t *array = json_array();
    for (size_t i = 0; i < d->n; i++) {
        json_t *key = ovsdb_atom_to_json(&d->keys[i], type->key.type);
        if (ovsdb_type_is_map(type)) {
            json_t *pair = json_array();
            json_array_append_new(pair, key);
            json_array_append_new(
                pair, ovsdb_atom_to_json(&d->values[i], type->value.type));
            key = pair;
        }
        json_array_append_new(array, key);
    }
    return tagged(ovsdb_type_is_map(type) ? "map" : "set", array);
}
