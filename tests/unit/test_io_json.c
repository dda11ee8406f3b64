/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text in and out, the splitter against a parser, socket addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/io/addr.h"
#include "lib/io/json.h"

static void
test_print(void **state UNUSED)
{
    static const struct {
        const char *in, *compact, *sorted;
    } cases[] = {
        { "{\"b\":1,\"a\":[ ]}", "{\"b\":1,\"a\":[]}",
          "{\"a\":[],\"b\":1}" },
        { " [true,false,null,-0,1e3,0.1,1.5e300] ",
          "[true,false,null,0,1000,0.1,1.5e+300]", NULL },
        { "[-0.0, 1.0, -0e160]", "[-0.0,1,-0.0]", NULL },
        { "0.30000000000000004", "0.30000000000000004", NULL },
        { "9223372036854775807", "9223372036854775807", NULL },
        { "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\\/\\\\\\\"\\u00e9\"",
          "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/\\\\\\\"\xc3\xa9\"", NULL },
        { "{\"\":{}}", "{\"\":{}}", NULL },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error;
        json_t *json = json_parse(cases[i].in, strlen(cases[i].in), &error);
        assert_non_null(json);
        char *text = json_to_text(json, JSON_STYLE_COMPACT);
        assert_string_equal(text, cases[i].compact);
        free(text);
        text = json_to_text(json, JSON_STYLE_SORT);
        assert_string_equal(text, cases[i].sorted ? cases[i].sorted
                                                  : cases[i].compact);
        free(text);
        json_decref(json);
    }
}

/* As `ovsdb-client --pretty -f json` prints. */
static void
test_pretty(void **state UNUSED)
{
    json_t *json = json_pack("[{s:[s, s], s:[]}]", "uuid", "uuid", "7b",
                             "a");
    char *text = json_to_text(json, JSON_STYLE_PRETTY | JSON_STYLE_SORT);
    assert_string_equal(text, "[\n  {\n    \"a\": [],\n    \"uuid\": [\n"
                              "      \"uuid\",\n      \"7b\"]}]");
    free(text);
    json_decref(json);
}

/* Integers of more than 64 bits are reals, as ovsdb-server reads them; others
 * beside them keep every digit. */
static void
test_big_integers(void **state UNUSED)
{
    static const struct {
        const char *text, *read;
    } cases[] = {
        { "[9223372036854775807,-9223372036854775808]",
          "[9223372036854775807,-9223372036854775808]" },
        { "[9223372036854775808]", "[9.2233720368547758e+18]" },
        { "[-9223372036854775809]", "[-9.2233720368547779e+18]" },
        { "[123456789012345678901234567890,1234567890123456789]",
          "[1.2345678901234568e+29,1234567890123456789]" },
        { "{\"99999999999999999999\\\"1\":99999999999999999999,\"b\":1.5}",
          "{\"99999999999999999999\\\"1\":1e+20,\"b\":1.5}" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *error;
        json_t *json = json_parse(cases[i].text, strlen(cases[i].text),
                                  &error);
        assert_non_null(json);
        char *text = json_to_text(json, JSON_STYLE_COMPACT);
        assert_string_equal(text, cases[i].read);
        free(text);
        json_decref(json);
    }
}

/* A short text that would be large in memory is refused before it is. */
static void
test_parse_bound(void **state UNUSED)
{
    static const char text[] = "[{},{},{},{},\"[{},{}\"]";
    char *error;
    json_t *json = json_parse_bounded(text, sizeof text - 1, 2000, &error);
    assert_non_null(json);
    json_decref(json);
    assert_null(json_parse_bounded(text, sizeof text - 1, 1000, &error));
    assert_string_equal(error, "JSON that takes over 1000 bytes of memory");
    free(error);
}

static void
test_parse_errors(void **state UNUSED)
{
    static const char *const bad[] = {
        "", "{", "[1,]", "{\"a\":1,}", "tru", "1 2", "\"\\u0000\"",
        "\"\xff\"", "'a'", "[\"a]", "1e999",
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *error;
        assert_null(json_parse(bad[i], strlen(bad[i]), &error));
        assert_true(str_starts_with(error, "line 1, column "));
        free(error);
    }
    char *deep = xmalloc(2 * JSON_DEPTH_MAX + 4), *error;
    size_t n = JSON_DEPTH_MAX;
    memset(deep, '[', n);
    memset(deep + n, ']', n);
    json_t *json = json_parse(deep, 2 * n, &error);
    assert_non_null(json);
    json_decref(json);
    memset(deep, '[', n + 1);
    memset(deep + n + 1, ']', n + 1);
    assert_null(json_parse(deep, 2 * n + 2, &error));
    assert_string_equal(error, "JSON nested deeper than 512 levels");
    free(error);
    free(deep);
    assert_null(json_parse_file("/nonexistent", &error));
    assert_string_equal(error, "/nonexistent: No such file or directory");
    free(error);
}

static void
test_getters(void **state UNUSED)
{
    json_t *o = json_pack("{s:s, s:i, s:b, s:{}, s:[]}", "s", "text", "i",
                          5, "b", 1, "o", "a");
    const char *s = NULL;
    int64_t i = 0;
    bool b = false;
    assert_true(json_get_string(o, "s", &s));
    assert_string_equal(s, "text");
    assert_false(json_get_string(o, "i", &s));
    assert_true(json_get_int(o, "i", &i));
    assert_int_equal(i, 5);
    assert_false(json_get_int(o, "none", &i));
    assert_true(json_get_bool(o, "b", &b));
    assert_true(b);
    assert_non_null(json_get_object(o, "o"));
    assert_null(json_get_object(o, "a"));
    assert_non_null(json_get_array(o, "a"));
    assert_string_equal(json_type_name(o), "object");
    json_t *same = json_pack("{s:[], s:{}, s:b, s:i, s:s}", "a", "o", "b", 1,
                             "i", 5, "s", "text");
    assert_int_equal(json_hash(o, 1), json_hash(same, 1));
    json_decref(same);
    json_decref(o);
}

/* A random value, at most 'depth' levels. */
static json_t *
random_json(struct rng *r, int depth)
{
    static const char *const texts[] = { "", "}", "\\", "\"", "[{", "a\nb",
                                         "\xc3\xa9" };
    json_t *json;
    switch (rng_below(r, depth ? 7 : 5)) {
    case 0:
        return json_integer((json_int_t)rng_u64(r));
    case 1:
        return json_string(texts[rng_below(r, ARRAY_SIZE(texts))]);
    case 2:
        return json_boolean(rng_one_in(r, 2));
    case 3:
        return json_null();
    case 4:
        return json_real((rng_below(r, 1000) + 0.5) / 7);
    case 5:
        json = json_array();
        for (uint32_t n = rng_below(r, 4); n; n--) {
            json_array_append_new(json, random_json(r, depth - 1));
        }
        return json;
    default:
        json = json_object();
        for (uint32_t n = rng_below(r, 4); n; n--) {
            json_object_set_new(json, texts[rng_below(r, ARRAY_SIZE(texts))],
                                random_json(r, depth - 1));
        }
        return json;
    }
}

/* What is printed parses back equal, in every style; values put one after
 * the other are split at their ends, however the bytes are cut. */
static void
test_split_property(void **state UNUSED)
{
    struct rng r;
    rng_seed(&r, 1);
    for (int round = 0; round < 2000; round++) {
        struct str all = STR_INIT;
        size_t ends[4];
        for (int i = 0; i < 4; i++) {
            json_t *value = json_array();
            json_array_append_new(value, random_json(&r, 4));
            str_put_chars(&all, ' ', rng_below(&r, 3));
            size_t start = all.len;
            json_put(&all, value, (int)rng_below(&r, 4));
            ends[i] = all.len;
            char *error;
            json_t *back = json_parse(all.s + start, all.len - start,
                                      &error);
            assert_non_null(back);
            assert_true(json_equal(value, back));
            json_decref(back);
            json_decref(value);
        }
        struct json_splitter sp;
        json_splitter_init(&sp, 0);
        int n = 0;
        for (size_t off = 0; off < all.len;) {
            size_t chunk = MIN(1 + rng_below(&r, 20), all.len - off), used;
            enum json_split what = json_splitter_feed(&sp, all.s + off,
                                                      chunk, &used);
            off += used;
            if (what == JSON_SPLIT_END) {
                assert_int_equal(off, ends[n++]);
            } else {
                assert_int_equal(what, JSON_SPLIT_MORE);
                assert_int_equal(used, chunk);
            }
        }
        assert_int_equal(n, 4);
        str_fini(&all);
    }
}

static void
test_split_limits(void **state UNUSED)
{
    struct json_splitter sp;
    size_t used;
    json_splitter_init(&sp, 8);
    assert_int_equal(json_splitter_feed(&sp, "   \n      [1,2,3]", 17, &used),
                     JSON_SPLIT_END);
    assert_int_equal(json_splitter_feed(&sp, "[1,2,3,4]", 9, &used),
                     JSON_SPLIT_TOO_LONG);
    json_splitter_init(&sp, 0);
    assert_int_equal(json_splitter_feed(&sp, "x", 1, &used), JSON_SPLIT_BAD);
    for (int i = 0; i < JSON_DEPTH_MAX; i++) {
        assert_int_equal(json_splitter_feed(&sp, "[", 1, &used),
                         JSON_SPLIT_MORE);
    }
    assert_int_equal(json_splitter_feed(&sp, "{", 1, &used),
                     JSON_SPLIT_TOO_DEEP);
}

static void
test_addr(void **state UNUSED)
{
    static const struct {
        const char *text, *host;
        int port; /* -1: refused. */
    } cases[] = {
        { "127.0.0.1", "127.0.0.1", 99 },
        { "127.0.0.1:6640", "127.0.0.1", 6640 },
        { "host.example:", "host.example", 99 },
        { "[::1]", "::1", 99 },
        { "[fe80::1%lo]:5", "fe80::1%lo", 5 },
        { "::1", "::1", 99 },
        { "", "", 99 },
        { "a:b", NULL, -1 },
        { "a:65536", NULL, -1 },
        { "[::1", NULL, -1 },
        { "[::1]x", NULL, -1 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char *host;
        uint16_t port;
        char *error = addr_split(cases[i].text, 99, &host, &port);
        if (cases[i].port < 0) {
            assert_non_null(error);
            assert_null(host);
        } else {
            assert_null(error);
            assert_string_equal(host, cases[i].host);
            assert_int_equal(port, cases[i].port);
        }
        free(error);
        free(host);
    }
    static const char *const round[] = { "192.0.2.1:6653",
                                         "[2001:db8::1]:6653",
                                         "[fe80::1%lo]:1" };
    for (size_t i = 0; i < ARRAY_SIZE(round); i++) {
        char *host;
        uint16_t port;
        struct addr a, b;
        struct str s = STR_INIT;
        assert_null(addr_split(round[i], 0, &host, &port));
        assert_true(addr_from_host(&a, host, port));
        assert_true(addr_from_host(&b, host, port));
        assert_true(addr_eq(&a, &b));
        addr_put(&s, &a);
        assert_string_equal(str_cstr(&s), round[i]);
        addr_set_port(&b, 7);
        assert_int_equal(addr_port(&b), 7);
        assert_false(addr_eq(&a, &b));
        str_fini(&s);
        free(host);
    }
    struct addr a;
    assert_false(addr_from_host(&a, "localhost", 1));
    assert_false(addr_from_host(&a, "fe80::1%nosuchdev", 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_big_integers),
        cmocka_unit_test(test_parse_bound),
        cmocka_unit_test(test_parse_errors),
        cmocka_unit_test(test_getters),
        cmocka_unit_test(test_split_property),
        cmocka_unit_test(test_split_limits),
        cmocka_unit_test(test_addr),
    };
    return cmocka_run_group_tests_name("io_json", tests, NULL, NULL);
}
