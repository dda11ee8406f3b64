/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/base/sha1.h"

/* The examples of the standard, and lengths around a block's end. */
static void
test_known_sums(void **state UNUSED)
{
    char hex[SHA1_HEX_LEN + 1];
    sha1_hex("", 0, hex);
    assert_string_equal(hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    sha1_hex("abc", 3, hex);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    const char *two
        = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    sha1_hex(two, strlen(two), hex);
    assert_string_equal(hex, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

static void
test_pieces_equal_whole(void **state UNUSED)
{
    uint8_t data[300];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7 + 3);
    }
    for (size_t n = 0; n <= sizeof data; n++) {
        char whole[SHA1_HEX_LEN + 1], pieces[SHA1_HEX_LEN + 1];
        sha1_hex(data, n, whole);
        struct sha1 s;
        sha1_init(&s);
        for (size_t i = 0; i < n; i += 13) {
            sha1_update(&s, data + i, MIN((size_t)13, n - i));
        }
        sha1_final_hex(&s, pieces);
        assert_string_equal(whole, pieces);
    }
}

/* Whatever way is taken here, it is the plain one's twin. */
static void
test_blocks_equal_plain(void **state UNUSED)
{
    uint8_t data[64 * 9];
    uint32_t seed = 1;
    for (size_t round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof data; i++) {
            data[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
        }
        struct sha1 a, b;
        size_t n = round % 10;
        sha1_init(&a);
        sha1_init(&b);
        sha1_update(&a, data, n * 64);
        sha1_blocks_c(b.h, data, n);
        assert_memory_equal(a.h, b.h, sizeof a.h);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_sums),
        cmocka_unit_test(test_blocks_equal_plain),
        cmocka_unit_test(test_pieces_equal_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
