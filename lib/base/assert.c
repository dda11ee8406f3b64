/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void
assert_failed(const char *cond, const char *file, int line, const char *func)
{
    fprintf(stderr, "%s:%d: %s(): assertion failed: %s\n", file, line, func,
            cond);
    fflush(stderr);
    abort();
}
