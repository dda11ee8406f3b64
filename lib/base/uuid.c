/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/uuid.h"

#include <ctype.h>
#include <sys/random.h>

#include "lib/base/rng.h"

void
uuid_generate(struct uuid *u)
{
    if (getrandom(u, sizeof *u, 0) != sizeof *u) {
        uint64_t a = rng_u64(rng_thread()), b = rng_u64(rng_thread());
        memcpy(&u->part[0], &a, 8);
        memcpy(&u->part[2], &b, 8);
    }
    u->part[1] = (u->part[1] & ~0xf000u) | 0x4000u;
    u->part[2] = (u->part[2] & ~0xc0000000u) | 0x80000000u;
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool
uuid_from_prefix(struct uuid *u, const char *s)
{
    struct uuid parsed = { { 0 } };
    int n_digits = 0;
    for (int i = 0; i < UUID_TEXT_LEN; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (s[i] != '-') {
                return false;
            }
            continue;
        }
        int d = hex_digit(s[i]);
        if (d < 0) {
            return false;
        }
        uint32_t *part = &parsed.part[n_digits++ / 8];
        *part = *part << 4 | (uint32_t)d;
    }
    *u = parsed;
    return true;
}

bool
uuid_from_text(struct uuid *u, const char *s)
{
    return uuid_from_prefix(u, s) && !s[UUID_TEXT_LEN];
}

int
uuid_cmp(const struct uuid *a, const struct uuid *b)
{
    for (int i = 0; i < 4; i++) {
        if (a->part[i] != b->part[i]) {
            return a->part[i] < b->part[i] ? -1 : 1;
        }
    }
    return 0;
}
