/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of messages against tests/golden/ofm_print.txt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/base/mem.h"
#include "lib/openflow/msg.h"

static size_t
from_hex(const char *hex, uint8_t *bytes)
{
    size_t n = 0;
    unsigned int x;
    while (sscanf(hex + 2 * n, "%2x", &x) == 1) {
        bytes[n++] = (uint8_t)x;
    }
    return n;
}

/* Compares what 'hex' prints with 'want'; says both if they differ. */
static bool
check(const char *hex, const struct str *want)
{
    struct str got = STR_INIT;
    uint8_t *bytes = xmalloc(strlen(hex) / 2 + 1);
    size_t n = from_hex(hex, bytes);
    ofm_print_bytes(&got, bytes, n, NULL, 1);
    bool same = !strcmp(str_cstr(&got), str_cstr(want));
    if (!same) {
        print_error("%swant:\n%sgot:\n%s", hex, str_cstr(want),
                    str_cstr(&got));
    }
    free(bytes);
    str_fini(&got);
    return same;
}

static void
test_golden(void **state)
{
    (void)state;
    const char *srcdir = getenv("srcdir");
    char *path = xasprintf("%s/tests/golden/ofm_print.txt",
                           srcdir ? srcdir : ".");
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char *line = NULL, *hex = NULL;
    size_t cap = 0, n_bad = 0, n = 0;
    struct str want = STR_INIT;
    while (getline(&line, &cap, f) >= 0) {
        if (!strncmp(line, "= ", 2)) {
            n_bad += hex && !check(hex, &want);
            free(hex);
            hex = xstrdup(line + 2);
            str_clear(&want);
            n++;
        } else if (hex) {
            str_put(&want, line);
        }
    }
    n_bad += hex && !check(hex, &want);
    assert_true(n > 200);
    assert_int_equal(n_bad, 0);
    fclose(f);
    free(hex);
    free(line);
    free(path);
    str_fini(&want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_golden) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
