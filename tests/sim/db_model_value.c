/* SPDX-License-Identifier: Apache-2.0 */
/* Types and values of the model: JSON in, the one form of it out. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/mem.h"
#include "tests/sim/db_model.h"

/* Types. */

static const json_t *
base_of(const json_t *type, const char *which)
{
    if (json_is_string(type)) {
        return strcmp(which, "key") ? NULL : type;
    }
    return json_object_get(type, which);
}

const char *
model_kind(const json_t *type, const char *which)
{
    const json_t *base = base_of(type, which);
    return json_string_value(json_is_object(base)
                                 ? json_object_get(base, "type") : base);
}

bool
model_is_map(const json_t *type)
{
    return base_of(type, "value") != NULL;
}

const char *
model_ref(const json_t *type, const char *which, bool *weak)
{
    const json_t *base = base_of(type, which);
    const char *how = json_string_value(json_object_get(base, "refType"));
    *weak = how && !strcmp(how, "weak");
    return json_string_value(json_object_get(base, "refTable"));
}

json_int_t
model_min(const json_t *type)
{
    const json_t *n = json_object_get(type, "min");
    return n ? json_integer_value(n) : 1;
}

static json_int_t
model_max(const json_t *type)
{
    const json_t *n = json_object_get(type, "max");
    return !n ? 1 : json_is_string(n) ? INT64_MAX : json_integer_value(n);
}

static bool
is_scalar(const json_t *type)
{
    return !model_is_map(type) && model_min(type) == 1
           && model_max(type) == 1;
}

/* Order and form. */

static char *
text_of(const json_t *json)
{
    return json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
}

static int
compare_elements(const void *a, const void *b)
{
    char *x = text_of(*(json_t *const *)a), *y = text_of(*(json_t *const *)b);
    int order = strcmp(x, y);
    free(x);
    free(y);
    return order;
}

json_t *
model_make(bool is_map, json_t *elements)
{
    size_t n = json_array_size(elements);
    json_t **sorted = xcalloc(n + 1, sizeof *sorted);
    json_t *out = json_array();
    for (size_t i = 0; i < n; i++) {
        sorted[i] = json_array_get(elements, i);
    }
    qsort(sorted, n, sizeof *sorted, compare_elements);
    for (size_t i = 0; i < n; i++) {
        if (!i || !json_equal(sorted[i - 1], sorted[i])) {
            json_array_append(out, sorted[i]);
        }
    }
    free(sorted);
    json_decref(elements);
    return json_pack("[so]", is_map ? "map" : "set", out);
}

json_t *
model_elements(const json_t *value)
{
    return json_array_get(value, 1);
}

/* Atoms. */

static bool
in_range(const json_t *base, const json_t *atom, const char *low,
         const char *high)
{
    const json_t *min = json_object_get(base, low);
    const json_t *max = json_object_get(base, high);
    return (!min || json_number_value(atom) >= json_number_value(min))
           && (!max || json_number_value(atom) <= json_number_value(max));
}

/* Characters, not bytes. */
static size_t
count_characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++) {
        n += ((unsigned char)*s & 0xc0) != 0x80;
    }
    return n;
}

static bool
length_fits(const json_t *base, const json_t *atom)
{
    size_t n = count_characters(json_string_value(atom));
    const json_t *min = json_object_get(base, "minLength");
    const json_t *max = json_object_get(base, "maxLength");
    return (!min || (json_int_t)n >= json_integer_value(min))
           && (!max || (json_int_t)n <= json_integer_value(max));
}

static bool
in_enum(const json_t *base, const json_t *atom)
{
    const json_t *list = json_object_get(base, "enum");
    if (!list) {
        return true;
    }
    const json_t *set = json_array_get(list, 1);
    size_t i;
    json_t *one;
    json_array_foreach (set, i, one) {
        if (json_is_number(one) ? !islessgreater(json_number_value(one),
                                                 json_number_value(atom))
                                : json_equal(one, atom)) {
            return true;
        }
    }
    return false;
}

static bool
allowed(const json_t *base, const char *kind, const json_t *atom)
{
    if (!json_is_object(base)) {
        return true;
    }
    return in_enum(base, atom)
           && (strcmp(kind, "integer")
               || in_range(base, atom, "minInteger", "maxInteger"))
           && (strcmp(kind, "real")
               || in_range(base, atom, "minReal", "maxReal"))
           && (strcmp(kind, "string") || length_fits(base, atom));
}

static json_t *
read_uuid(const json_t *json, const json_t *names)
{
    const char *tag = json_string_value(json_array_get(json, 0));
    const char *text = json_string_value(json_array_get(json, 1));
    if (json_array_size(json) != 2 || !tag || !text) {
        return NULL;
    }
    if (!strcmp(tag, "uuid")) {
        return strlen(text) == 36 ? json_string(text) : NULL;
    }
    const char *uuid = json_string_value(json_object_get(names, text));
    return strcmp(tag, "named-uuid")
               ? NULL
               : uuid ? json_string(uuid)
                      : json_sprintf("unborn-%s", text);
}

/* An integer may be written with a point [RFC 7047 3.1 <integer>]. */
static json_t *
whole_number(double x)
{
    bool whole = x > -1e15 && x < 1e15 && !islessgreater(x, trunc(x));
    return whole ? json_integer((json_int_t)x) : NULL;
}

static json_t *
read_kind(const char *kind, const json_t *json, const json_t *names)
{
    if (!strcmp(kind, "integer")) {
        return json_is_integer(json) ? json_deep_copy(json)
               : json_is_real(json)  ? whole_number(json_real_value(json))
                                     : NULL;
    } else if (!strcmp(kind, "real")) {
        /* + 0.0: there is one zero. */
        return json_is_number(json) ? json_real(json_number_value(json) + 0.0)
                                    : NULL;
    } else if (!strcmp(kind, "boolean")) {
        return json_is_boolean(json) ? json_deep_copy(json) : NULL;
    } else if (!strcmp(kind, "string")) {
        return json_is_string(json) ? json_deep_copy(json) : NULL;
    }
    return read_uuid(json, names);
}

static json_t *
read_atom(const json_t *type, const char *which, const json_t *json,
          const json_t *names, unsigned int *faults)
{
    const char *kind = model_kind(type, which);
    json_t *atom = read_kind(kind, json, names);
    if (!atom) {
        *faults |= MODEL_SYNTAX;
    } else if (!allowed(base_of(type, which), kind, atom)) {
        *faults |= MODEL_CONSTRAINT;
    }
    return atom ? atom : json_null();
}

/* Values. */

/* The array of elements as the request has them, or NULL; new. */
static json_t *
elements_of(bool is_map, const json_t *json)
{
    const char *tag = json_string_value(json_array_get(json, 0));
    json_t *array = json_array_get(json, 1);
    if (tag && !strcmp(tag, is_map ? "map" : "set")) {
        return json_array_size(json) == 2 && json_is_array(array)
                   ? json_incref(array) : NULL;
    }
    return is_map ? NULL : json_pack("[O]", json);
}

static bool
has_equal_keys(bool is_map, const json_t *elements)
{
    for (size_t i = 0; i < json_array_size(elements); i++) {
        const json_t *a = json_array_get(elements, i);
        for (size_t j = 0; j < i; j++) {
            const json_t *b = json_array_get(elements, j);
            if (is_map ? json_equal(json_array_get(a, 0),
                                    json_array_get(b, 0))
                       : json_equal(a, b)) {
                return true;
            }
        }
    }
    return false;
}

static json_t *
read_value(const json_t *type, const json_t *json, json_int_t min,
           json_int_t max, const json_t *names, unsigned int *faults)
{
    bool is_map = model_is_map(type);
    json_t *in = elements_of(is_map, json), *out = json_array(), *element;
    size_t i, n = json_array_size(in);
    unsigned int found = in ? 0 : MODEL_SYNTAX;
    if ((json_int_t)n < min || (json_int_t)n > max) {
        found |= MODEL_SYNTAX;
    }
    json_array_foreach (in, i, element) {
        if (!is_map) {
            json_array_append_new(out, read_atom(type, "key", element, names,
                                                 &found));
        } else if (json_array_size(element) != 2) {
            found |= MODEL_SYNTAX;
        } else {
            json_t *key = read_atom(type, "key", json_array_get(element, 0),
                                    names, &found);
            json_array_append_new(
                out, json_pack("[oo]", key,
                               read_atom(type, "value",
                                         json_array_get(element, 1), names,
                                         &found)));
        }
    }
    if (has_equal_keys(is_map, out)) {
        found |= MODEL_DUPLICATE;
    }
    json_decref(in);
    json_t *value = model_make(is_map, out);
    if (found) {
        *faults |= found;
        json_decref(value);
        return NULL;
    }
    return value;
}

json_t *
model_value(const json_t *type, const json_t *json, const json_t *names,
            unsigned int *faults)
{
    return read_value(type, json, model_min(type), model_max(type), names,
                      faults);
}

json_t *
model_answer(const json_t *type, const json_t *json)
{
    unsigned int faults = 0;
    json_t *bare = json_pack("{ss}", "key", model_kind(type, "key"));
    if (model_is_map(type)) {
        json_object_set_new(bare, "value",
                            json_string(model_kind(type, "value")));
    }
    json_t *value = read_value(bare, json, 0, INT64_MAX, NULL, &faults);
    json_decref(bare);
    return value ? value : json_string("no value of this type");
}

static json_t *
default_atom(const char *kind)
{
    return !strcmp(kind, "integer")   ? json_integer(0)
           : !strcmp(kind, "real")    ? json_real(0)
           : !strcmp(kind, "boolean") ? json_false()
           : !strcmp(kind, "string")
               ? json_string("")
               : json_string("00000000-0000-0000-0000-000000000000");
}

json_t *
model_default(const json_t *type)
{
    json_t *elements = json_array();
    if (model_min(type) > 0) {
        json_t *key = default_atom(model_kind(type, "key"));
        json_array_append_new(
            elements, model_is_map(type)
                          ? json_pack("[oo]", key, default_atom(model_kind(
                                                       type, "value")))
                          : key);
    }
    return model_make(model_is_map(type), elements);
}

unsigned int
model_default_faults(const json_t *type)
{
    static const char *const sides[] = { "key", "value" };
    unsigned int faults = 0;
    for (size_t i = 0; i < (model_is_map(type) ? 2 : 1); i++) {
        const char *kind = model_kind(type, sides[i]);
        json_t *atom = default_atom(kind);
        if (model_min(type) > 0
            && !allowed(base_of(type, sides[i]), kind, atom)) {
            faults |= MODEL_CONSTRAINT;
        }
        json_decref(atom);
    }
    return faults;
}

/* Conditions. */

static bool
has_element(const json_t *value, const json_t *element)
{
    size_t i;
    json_t *one;
    json_array_foreach (model_elements(value), i, one) {
        if (json_equal(one, element)) {
            return true;
        }
    }
    return false;
}

static size_t
count_common(const json_t *value, const json_t *arg)
{
    size_t i, n = 0;
    json_t *one;
    json_array_foreach (model_elements(arg), i, one) {
        n += has_element(value, one);
    }
    return n;
}

static int
compare_numbers(const json_t *a, const json_t *b)
{
    if (json_is_integer(a)) {
        json_int_t x = json_integer_value(a), y = json_integer_value(b);
        return (x > y) - (x < y);
    }
    double x = json_real_value(a), y = json_real_value(b);
    return (x > y) - (x < y);
}

bool
model_holds(const char *fn, const json_t *value, const json_t *arg)
{
    if (!strcmp(fn, "==")) {
        return json_equal(value, arg);
    } else if (!strcmp(fn, "!=")) {
        return !json_equal(value, arg);
    } else if (!strcmp(fn, "includes")) {
        return count_common(value, arg)
               == json_array_size(model_elements(arg));
    } else if (!strcmp(fn, "excludes")) {
        return !count_common(value, arg);
    }
    if (!json_array_size(model_elements(value))) {
        return false;
    }
    int order = compare_numbers(json_array_get(model_elements(value), 0),
                                json_array_get(model_elements(arg), 0));
    return fn[0] == '<' ? order < 0 || (fn[1] && !order)
                        : order > 0 || (fn[1] && !order);
}

static bool
is_number_kind(const json_t *type)
{
    const char *kind = model_kind(type, "key");
    return !model_is_map(type)
           && (!strcmp(kind, "integer") || !strcmp(kind, "real"));
}

json_t *
model_clause_arg(const json_t *type, const char *fn, const json_t *json,
                 const json_t *names, unsigned int *faults)
{
    json_int_t min = model_min(type), max = model_max(type);
    if (fn[0] == '<' || fn[0] == '>') {
        if (!is_number_kind(type) || max != 1) {
            *faults |= MODEL_SYNTAX;
            return NULL;
        }
        min = 1;
    } else if (!strcmp(fn, "includes") && !is_scalar(type)) {
        min = 0;
    } else if (!strcmp(fn, "excludes") && !is_scalar(type)) {
        min = 0;
        max = INT64_MAX;
    }
    return read_value(type, json, min, max, names, faults);
}

/* Mutations. */

static unsigned int
compute_integer(json_int_t x, char op, json_int_t y, json_int_t *r)
{
    if (!y && (op == '/' || op == '%')) {
        return MODEL_DOMAIN;
    }
    __int128 wide = op == '+'   ? (__int128)x + y
                    : op == '-' ? (__int128)x - y
                    : op == '*' ? (__int128)x * y
                    : op == '/' ? (__int128)x / y
                                : (__int128)x % y;
    *r = (json_int_t)wide;
    return wide == *r ? 0 : MODEL_RANGE;
}

static unsigned int
compute_real(double x, char op, double y, double *r)
{
    if (op == '/' && fpclassify(y) == FP_ZERO) {
        return MODEL_DOMAIN;
    }
    *r = op == '+' ? x + y : op == '-' ? x - y : op == '*' ? x * y : x / y;
    return isfinite(*r) ? 0 : MODEL_RANGE;
}

static json_t *
compute(const json_t *atom, char op, const json_t *arg, unsigned int *faults)
{
    if (json_is_integer(atom)) {
        json_int_t r = 0;
        *faults |= compute_integer(json_integer_value(atom), op,
                                   json_integer_value(arg), &r);
        return json_integer(r);
    }
    double r = 0;
    *faults |= compute_real(json_real_value(atom), op, json_real_value(arg),
                            &r);
    return json_real(isfinite(r) ? r + 0.0 : 0);
}

static json_t *
arithmetic(const json_t *type, const json_t *value, char op,
           const json_t *json, unsigned int *faults)
{
    if (!is_number_kind(type)
        || (op == '%' && strcmp(model_kind(type, "key"), "integer"))) {
        *faults |= MODEL_SYNTAX;
        return NULL;
    }
    json_t *scalar = json_string(model_kind(type, "key"));
    json_t *arg = read_value(scalar, json, 1, 1, NULL, faults);
    json_decref(scalar);
    if (!arg) {
        return NULL;
    }
    json_t *out = json_array(), *one;
    size_t i;
    json_array_foreach (model_elements(value), i, one) {
        json_t *r = compute(one, op,
                            json_array_get(model_elements(arg), 0), faults);
        if (!allowed(base_of(type, "key"), model_kind(type, "key"), r)) {
            *faults |= MODEL_CONSTRAINT;
        }
        json_array_append_new(out, r);
    }
    if (has_equal_keys(false, out)) {
        *faults |= MODEL_CONSTRAINT;
    }
    json_decref(arg);
    return model_make(false, out);
}

static bool
has_key(const json_t *elements, const json_t *key)
{
    size_t i;
    json_t *one;
    json_array_foreach (elements, i, one) {
        if (json_equal(json_array_get(one, 0), key)) {
            return true;
        }
    }
    return false;
}

/* 'arg' is a set of elements, or with 'by_key' of keys of a map. */
static json_t *
subtract(bool is_map, const json_t *value, const json_t *arg, bool by_key)
{
    json_t *out = json_array(), *one;
    size_t i;
    json_array_foreach (model_elements(value), i, one) {
        if (!has_element(arg, by_key ? json_array_get(one, 0) : one)) {
            json_array_append(out, one);
        }
    }
    return model_make(is_map, out);
}

static json_t *
add(bool is_map, const json_t *value, const json_t *arg)
{
    json_t *out = json_copy(model_elements(value)), *one;
    size_t i;
    json_array_foreach (model_elements(arg), i, one) {
        if (!is_map || !has_key(out, json_array_get(one, 0))) {
            json_array_append(out, one);
        }
    }
    return model_make(is_map, out);
}

static json_t *
change_set(const json_t *type, const json_t *value, bool insert,
           const json_t *json, const json_t *names, unsigned int *faults)
{
    bool is_map = model_is_map(type);
    const char *tag = json_string_value(json_array_get(json, 0));
    bool by_key = is_map && !insert && (!tag || strcmp(tag, "map"));
    json_t *keys = by_key ? json_pack("{sO}", "key", base_of(type, "key"))
                          : json_incref((json_t *)(uintptr_t)type);
    json_t *arg = is_scalar(type)
                      ? NULL
                      : read_value(keys, json, 0, INT64_MAX, names, faults);
    json_t *out = NULL;
    if (is_scalar(type)) {
        *faults |= MODEL_SYNTAX;
    } else if (arg) {
        out = insert ? add(is_map, value, arg)
                     : subtract(is_map, value, arg, by_key);
        json_int_t n = (json_int_t)json_array_size(model_elements(out));
        if (n < model_min(type) || n > model_max(type)) {
            *faults |= MODEL_CONSTRAINT;
        }
    }
    json_decref(arg);
    json_decref(keys);
    return out;
}

json_t *
model_mutate(const json_t *type, const json_t *value, const char *mutator,
             const json_t *json, const json_t *names, unsigned int *faults)
{
    unsigned int found = 0;
    json_t *out = mutator[1] == '=' ? arithmetic(type, value, mutator[0],
                                                 json, &found)
                                    : change_set(type, value,
                                                 mutator[0] == 'i', json,
                                                 names, &found);
    *faults |= found;
    if (found) {
        json_decref(out);
        return NULL;
    }
    return out;
}
