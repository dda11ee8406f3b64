/* SPDX-License-Identifier: Apache-2.0 */
/* Datums: random ones through JSON and text and back; union, subtraction,
 * search, difference and its application against naive twins on plain
 * arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/io/json_scan.h"
#include "lib/ovsdb/diff.h"

#define ROUNDS 3000

/* Types worth trying: every atom as key, as set, as map. */
static void
random_type(struct rng *rng, struct ovsdb_type *type)
{
    ovsdb_type_init_scalar(type, OVSDB_INTEGER + rng_below(rng, 5));
    type->n_min = 0;
    type->n_max = OVSDB_UNLIMITED;
    if (rng_one_in(rng, 2)) {
        ovsdb_base_init(&type->value, OVSDB_INTEGER + rng_below(rng, 5));
    }
}

/* Few different values, so that keys collide. */
static void
random_atom(struct rng *rng, enum ovsdb_atom_type type,
            union ovsdb_atom *atom)
{
    static const char *const strings[] = {
        "", "a", "true", "false", "a b", "\"", "x=y", "é€😀", "-", "5", "_x",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "[", "tab\t\n\\", "@foo", "a,b",
    };
    memset(atom, 0, sizeof *atom);
    switch (type) {
    case OVSDB_INTEGER:
        atom->integer = rng_one_in(rng, 20) ? INT64_MIN
                        : rng_one_in(rng, 20)
                            ? INT64_MAX
                            : (int64_t)rng_below(rng, 40) - 20;
        break;
    case OVSDB_REAL:
        atom->real = ((double)rng_below(rng, 41) - 20) / 7;
        break;
    case OVSDB_BOOLEAN:
        atom->boolean = rng_one_in(rng, 2);
        break;
    case OVSDB_STRING:
        ovsdb_atom_init_string(
            atom, strings[rng_below(rng, ARRAY_SIZE(strings))]);
        break;
    default:
        atom->uuid.part[0] = rng_below(rng, 4);
        atom->uuid.part[3] = rng_below(rng, 8);
        break;
    }
}

static void
random_datum(struct rng *rng, const struct ovsdb_type *type,
             struct ovsdb_datum *d)
{
    ovsdb_datum_init_empty(d);
    uint32_t n = rng_below(rng, rng_one_in(rng, 10) ? 300 : 8);
    for (uint32_t i = 0; i < n; i++) {
        union ovsdb_atom key, value;
        random_atom(rng, type->key.type, &key);
        if (ovsdb_type_is_map(type)) {
            random_atom(rng, type->value.type, &value);
        }
        ovsdb_datum_push(d, type, &key,
                         ovsdb_type_is_map(type) ? &value : NULL);
    }
    ovsdb_datum_sort_unique(d, type);
}

static void
assert_is_sorted(const struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    for (size_t i = 1; i < d->n; i++) {
        assert_true(ovsdb_atom_cmp(&d->keys[i - 1], &d->keys[i],
                                   type->key.type) < 0);
    }
}

static void
test_json_brings_it_back(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 1);
    for (int round = 0; round < ROUNDS; round++) {
        struct ovsdb_type type;
        struct ovsdb_datum d, back;
        random_type(&rng, &type);
        random_datum(&rng, &type, &d);
        json_t *json = ovsdb_datum_to_json(&d, &type);
        assert_null(ovsdb_datum_from_json(&back, &type, json, NULL));
        assert_true(ovsdb_datum_eq(&d, &back, &type));
        assert_int_equal(ovsdb_datum_hash(&d, &type, 7),
                         ovsdb_datum_hash(&back, &type, 7));
        json_decref(json);
        ovsdb_datum_fini(&d, &type);
        ovsdb_datum_fini(&back, &type);
    }
}

/* Reading text without a tree gives what reading the tree gives, right or
 * wrong; wrong ones are made by changing one byte. */
static void
test_scan_is_as_json(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 8);
    size_t n_good = 0, n_bad = 0;
    for (int round = 0; round < 4 * ROUNDS; round++) {
        struct ovsdb_type type;
        struct ovsdb_datum d, want, got;
        random_type(&rng, &type);
        random_datum(&rng, &type, &d);
        json_t *tree = ovsdb_datum_to_json(&d, &type);
        char *text = json_to_text(tree, (int)rng_below(&rng, 2)
                                            * JSON_STYLE_PRETTY);
        size_t len = strlen(text);
        if (rng_one_in(&rng, 2)) {
            static const char bytes[] = "[]{}\",0-9.e \\tu";
            text[rng_below(&rng, len)]
                = bytes[rng_below(&rng, sizeof bytes - 1)];
        }
        json_decref(tree);
        char *error;
        bool bound = rng_one_in(&rng, 2);
        tree = json_parse(text, len, &error);
        struct ovsdb_err *want_err
            = !tree   ? ovsdb_err_create(OVSDB_E_SYNTAX, "%s", error)
              : bound ? ovsdb_datum_from_json(&want, &type, tree, NULL)
                      : ovsdb_datum_from_json_unbound(&want, &type, tree,
                                                      NULL);
        struct json_scan scan = json_scan_make(text, len);
        struct ovsdb_err *err = ovsdb_datum_scan(&got, &type, &scan, bound);
        bool good = !err && json_scan_at_end(&scan);
        assert_int_equal(good, !want_err);
        if (good) {
            assert_true(ovsdb_datum_eq(&got, &want, &type));
            ovsdb_datum_fini(&want, &type);
        }
        n_good += good;
        n_bad += !good;
        ovsdb_datum_fini(&got, &type);
        ovsdb_datum_fini(&d, &type);
        ovsdb_err_free(err);
        ovsdb_err_free(want_err);
        free(error);
        json_decref(tree);
        free(text);
    }
    assert_true(n_good > ROUNDS && n_bad > ROUNDS);
}

static void
test_text_brings_it_back(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 2);
    for (int round = 0; round < ROUNDS; round++) {
        struct ovsdb_type type;
        struct ovsdb_datum d, back;
        struct str text = STR_INIT;
        random_type(&rng, &type);
        random_datum(&rng, &type, &d);
        ovsdb_datum_put_text(&text, &d, &type);
        char *error = ovsdb_datum_from_text(&back, &type, str_cstr(&text),
                                            NULL);
        if (error) {
            print_error("%s: %s\n", str_cstr(&text), error);
        }
        assert_null(error);
        assert_true(ovsdb_datum_eq(&d, &back, &type));
        ovsdb_datum_fini(&d, &type);
        ovsdb_datum_fini(&back, &type);
        str_fini(&text);
    }
}

static bool
naive_has(const struct ovsdb_datum *d, const union ovsdb_atom *key,
          const struct ovsdb_type *type, size_t *at)
{
    for (size_t i = 0; i < d->n; i++) {
        if (ovsdb_atom_eq(&d->keys[i], key, type->key.type)) {
            *at = i;
            return true;
        }
    }
    return false;
}

/* 'a' must have each element of 'b' that 'wanted' tells, and no more than
 * 'n' elements. */
static void
check_union(const struct ovsdb_datum *got, const struct ovsdb_datum *a,
            const struct ovsdb_datum *b, const struct ovsdb_type *type,
            bool replace)
{
    size_t n = b->n;
    size_t at = 0;
    size_t k = 0;
    for (size_t i = 0; i < a->n; i++) {
        bool in_b = naive_has(b, &a->keys[i], type, &k);
        n += !in_b;
        assert_true(naive_has(got, &a->keys[i], type, &at));
        if (ovsdb_type_is_map(type)) {
            const union ovsdb_atom *want =
                in_b && replace ? &b->values[k] : &a->values[i];
            assert_true(ovsdb_atom_eq(&got->values[at], want,
                                      type->value.type));
        }
    }
    for (size_t i = 0; i < b->n; i++) {
        assert_true(naive_has(got, &b->keys[i], type, &at));
    }
    assert_int_equal(got->n, n);
    assert_is_sorted(got, type);
}

static void
test_union_is_union(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 3);
    for (int round = 0; round < ROUNDS; round++) {
        struct ovsdb_type type;
        struct ovsdb_datum a, b, got;
        random_type(&rng, &type);
        random_datum(&rng, &type, &a);
        random_datum(&rng, &type, &b);
        bool replace = rng_one_in(&rng, 2);
        ovsdb_datum_clone(&got, &a);
        ovsdb_datum_union(&got, &b, &type, replace);
        check_union(&got, &a, &b, &type, replace);
        assert_true(ovsdb_datum_includes_all(&got, &b, &type) || !replace);
        ovsdb_datum_fini(&a, &type);
        ovsdb_datum_fini(&b, &type);
        ovsdb_datum_fini(&got, &type);
    }
}

static void
test_subtract_is_difference(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 4);
    for (int round = 0; round < ROUNDS; round++) {
        struct ovsdb_type type;
        struct ovsdb_datum a, b, got;
        random_type(&rng, &type);
        random_datum(&rng, &type, &a);
        random_datum(&rng, &type, &b);
        ovsdb_datum_clone(&got, &a);
        ovsdb_datum_subtract(&got, &type, &b, &type);
        size_t n = 0;
        for (size_t i = 0; i < a.n; i++) {
            size_t at;
            bool gone = naive_has(&b, &a.keys[i], &type, &at)
                        && (!ovsdb_type_is_map(&type)
                            || ovsdb_atom_eq(&a.values[i], &b.values[at],
                                             type.value.type));
            n += !gone;
            assert_int_equal(naive_has(&got, &a.keys[i], &type, &at), !gone);
        }
        assert_int_equal(got.n, n);
        assert_is_sorted(&got, &type);
        assert_true(ovsdb_datum_excludes_all(&got, &b, &type));
        ovsdb_datum_fini(&a, &type);
        ovsdb_datum_fini(&b, &type);
        ovsdb_datum_fini(&got, &type);
    }
}

static void
test_diff_leads_from_old_to_new(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 5);
    for (int round = 0; round < ROUNDS; round++) {
        struct ovsdb_type type;
        struct ovsdb_datum old, new, diff, got, added, removed;
        random_type(&rng, &type);
        random_datum(&rng, &type, &old);
        random_datum(&rng, &type, &new);
        if (rng_one_in(&rng, 3)) { /* A small change of a large value. */
            ovsdb_datum_fini(&new, &type);
            ovsdb_datum_clone(&new, &old);
            if (new.n) {
                ovsdb_datum_remove_at(&new, &type, rng_below(&rng, new.n));
            }
        }
        bool differ = ovsdb_datum_diff(&diff, &old, &new, &type);
        assert_int_equal(differ, !ovsdb_datum_eq(&old, &new, &type));
        ovsdb_datum_clone(&got, &old);
        assert_null(ovsdb_datum_apply_diff(&got, &diff, &type));
        assert_true(ovsdb_datum_eq(&got, &new, &type));

        /* As the server mutates: removed go, added come. */
        ovsdb_datum_split_diff(&old, &new, &type, &added, &removed);
        ovsdb_datum_subtract(&old, &type, &removed, &type);
        ovsdb_datum_union(&old, &added, &type, false);
        assert_true(ovsdb_datum_eq(&old, &new, &type));
        ovsdb_datum_fini(&old, &type);
        ovsdb_datum_fini(&new, &type);
        ovsdb_datum_fini(&diff, &type);
        ovsdb_datum_fini(&got, &type);
        ovsdb_datum_fini(&added, &type);
        ovsdb_datum_fini(&removed, &type);
    }
}

static void
test_clones_do_not_see_changes(void **state UNUSED)
{
    struct rng rng;
    rng_seed(&rng, 6);
    for (int round = 0; round < ROUNDS; round++) {
        struct ovsdb_type type;
        struct ovsdb_datum a, b;
        random_type(&rng, &type);
        random_datum(&rng, &type, &a);
        json_t *before = ovsdb_datum_to_json(&a, &type);
        ovsdb_datum_clone(&b, &a);
        while (b.n) {
            ovsdb_datum_remove_at(&b, &type, rng_below(&rng, b.n));
        }
        json_t *after = ovsdb_datum_to_json(&a, &type);
        assert_true(json_equal(before, after));
        json_decref(before);
        json_decref(after);
        ovsdb_datum_fini(&a, &type);
        ovsdb_datum_fini(&b, &type);
    }
}

/* What a person types, for a set of integers 0..4095 and a string map. */
static const struct {
    bool map;
    const char *text;
    const char *want; /* As printed, or the error. */
    bool ok;
} texts[] = {
    { false, "[1 2,3]", "[1, 2, 3]", true },
    { false, "3-5", "[3, 4, 5]", true },
    { false, " 5", "[5]", true },
    { false, "1,", "[1]", true },
    { false, "[]", "[]", true },
    { false, "1,,2", "1,,2: unexpected \",\" parsing set of up to 4096 "
                     "integers", false },
    { false, "[1,2", "[1,2: missing \"]\" at end of data", false },
    { false, "[1]x", "[1]x: trailing garbage after \"]\"", false },
    { false, "5-1", "\"5-1\" is not a valid range. Range end cannot be "
                    "before start.", false },
    { false, "0x10", "\"0x10\" is not a valid integer or range", false },
    { false, "-9223372036854775808-9223372036854775807",
      "constraint violation: 9223372036854775807 is not in the valid range 0 "
      "to 4095 (inclusive)", false },
    { false, "5000", "constraint violation: 5000 is not in the valid range 0 "
                     "to 4095 (inclusive)", false },
    { true, "{a=b, c=d e=f}", "{a=b, c=d, e=f}", true },
    { true, "\"a b\"=\"c:d\"", "{\"a b\"=\"c:d\"}", true },
    { true, "a=5", "{a=\"5\"}", true },
    { true, "{a=b:c}", "{a=b:c}: unexpected \":\" parsing map of (string, "
                       "string) pairs", false },
    { true, "{a=b", "{a=b: missing \"}\" at end of data", false },
    { true, "a:b", "a:b: syntax error at \":\" expecting \"=\"", false },
    { true, "\"a", "\"a: quoted string extends past end of argument", false },
    { true, "a=\"\\q\"", "\"\\q\": not a valid quoted string", false },
};

static void
test_typed_texts(void **state UNUSED)
{
    struct ovsdb_type set, map;
    ovsdb_type_init_scalar(&set, OVSDB_INTEGER);
    set.n_min = 0;
    set.n_max = 4096;
    set.key.u.integer.min = 0;
    set.key.u.integer.max = 4095;
    ovsdb_type_init_scalar(&map, OVSDB_STRING);
    ovsdb_base_init(&map.value, OVSDB_STRING);
    map.n_min = 0;
    map.n_max = OVSDB_UNLIMITED;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        const struct ovsdb_type *type = texts[i].map ? &map : &set;
        struct ovsdb_datum d;
        struct str s = STR_INIT;
        char *error = ovsdb_datum_from_text(&d, type, texts[i].text, NULL);
        assert_int_equal(!error, texts[i].ok);
        if (error) {
            assert_memory_equal(error, texts[i].want, strlen(texts[i].want));
        } else {
            ovsdb_datum_put_text(&s, &d, type);
            assert_string_equal(str_cstr(&s), texts[i].want);
        }
        free(error);
        str_fini(&s);
        ovsdb_datum_fini(&d, type);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_brings_it_back),
        cmocka_unit_test(test_scan_is_as_json),
        cmocka_unit_test(test_text_brings_it_back),
        cmocka_unit_test(test_union_is_union),
        cmocka_unit_test(test_subtract_is_difference),
        cmocka_unit_test(test_diff_leads_from_old_to_new),
        cmocka_unit_test(test_clones_do_not_see_changes),
        cmocka_unit_test(test_typed_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
