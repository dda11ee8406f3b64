/* SPDX-License-Identifier: Apache-2.0 */
/* Datums straight from text.  What is usual is read here; what is not, or is
 * wrong, is parsed as JSON, whose reader has the errors. */
#include "lib/io/json_scan.h"
#include "lib/ovsdb/datum.h"

static bool
scan_uuid(struct json_scan *s, struct uuid *uuid)
{
    const char *text;
    size_t len;
    char copy[UUID_TEXT_LEN + 1];
    if (!json_scan_char(s, '[') || !json_scan_exactly(s, "uuid", 4)
        || !json_scan_char(s, ',') || !json_scan_plain(s, &text, &len)
        || len != UUID_TEXT_LEN || !json_scan_char(s, ']')) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    return uuid_from_text(uuid, copy);
}

/* Without a check of constraints.  On false the place is anywhere. */
static bool
scan_atom(struct json_scan *s, union ovsdb_atom *a, enum ovsdb_atom_type type)
{
    const char *text;
    size_t len;
    switch (type) {
    case OVSDB_INTEGER:
        return json_scan_integer(s, &a->integer);
    case OVSDB_BOOLEAN:
        return json_scan_boolean(s, &a->boolean);
    case OVSDB_STRING:
        if (json_scan_plain(s, &text, &len)) {
            a->s = ovsdb_str_create_n(text, len);
            return true;
        }
        return false;
    case OVSDB_UUID:
        return scan_uuid(s, &a->uuid);
    default:
        return false; /* Reals. */
    }
}

static bool
scan_element(struct json_scan *s, struct ovsdb_datum *d,
             const struct ovsdb_type *type)
{
    union ovsdb_atom key, value;
    if (!ovsdb_type_is_map(type)) {
        if (!scan_atom(s, &key, type->key.type)) {
            return false;
        }
        ovsdb_datum_push(d, type, &key, NULL);
        return true;
    }
    if (!json_scan_char(s, '[') || !scan_atom(s, &key, type->key.type)) {
        return false;
    }
    if (!json_scan_char(s, ',') || !scan_atom(s, &value, type->value.type)) {
        ovsdb_atom_fini(&key, type->key.type);
        return false;
    }
    ovsdb_datum_push(d, type, &key, &value);
    return json_scan_char(s, ']');
}

/* ["set", [...]] or ["map", [...]] or, of a set, one atom. */
static bool
scan_all(struct json_scan *s, struct ovsdb_datum *d,
         const struct ovsdb_type *type)
{
    bool is_map = ovsdb_type_is_map(type);
    struct json_scan t = *s;
    if (!json_scan_char(&t, '[')
        || !json_scan_exactly(&t, is_map ? "map" : "set", 3)) {
        return !is_map && scan_element(s, d, type);
    }
    *s = t;
    if (!json_scan_char(s, ',') || !json_scan_char(s, '[')) {
        return false;
    }
    if (!json_scan_char(s, ']')) {
        do {
            if (!scan_element(s, d, type)) {
                return false;
            }
        } while (json_scan_char(s, ','));
        if (!json_scan_char(s, ']')) {
            return false;
        }
    }
    return json_scan_char(s, ']');
}

static struct ovsdb_err *
parse(struct json_scan *s, struct ovsdb_datum *d,
      const struct ovsdb_type *type, bool bound)
{
    const char *text;
    size_t len;
    char *error = NULL;
    ovsdb_datum_init_empty(d);
    if (!json_scan_value(s, &text, &len)) {
        return ovsdb_err_create(OVSDB_E_SYNTAX, "a value was expected");
    }
    json_t *json = json_parse(text, len, &error);
    if (!json) {
        struct ovsdb_err *err = ovsdb_err_create(OVSDB_E_SYNTAX, "%s", error);
        free(error);
        return err;
    }
    struct ovsdb_err *err
        = bound ? ovsdb_datum_from_json(d, type, json, NULL)
                : ovsdb_datum_from_json_unbound(d, type, json, NULL);
    json_decref(json);
    return err;
}

struct ovsdb_err *
ovsdb_datum_scan(struct ovsdb_datum *d, const struct ovsdb_type *type,
                 struct json_scan *s, bool bound)
{
    struct json_scan start = *s;
    ovsdb_datum_init_empty(d);
    if (scan_all(s, d, type)) {
        struct ovsdb_err *err = ovsdb_datum_sort(d, type);
        if (!err) {
            err = bound ? ovsdb_datum_check(d, type)
                        : ovsdb_datum_check_atoms(d, type);
        }
        if (!err) {
            return NULL;
        }
        ovsdb_err_free(err); /* Said again below, with the JSON. */
    }
    ovsdb_datum_fini(d, type);
    *s = start;
    return parse(s, d, type, bound);
}
