/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/uuid.h"

#include <ctype.h>
#include <pthread.h>
#include <sys/random.h>

#include "lib/base/assert.h"
#include "lib/base/rng.h"

static void
fill_random(void *p, size_t n)
{
    if (getrandom(p, n, 0) != (ssize_t)n) {
        for (size_t i = 0; i < n; i += 8) {
            uint64_t x = rng_u64(rng_thread());
            memcpy((uint8_t *)p + i, &x, MIN(n - i, sizeof x));
        }
    }
}

/* Random bytes of this thread that are left. */
static _Thread_local struct {
    struct uuid uuids[16];
    size_t n;
} pool;

/* A forked child, whose only thread this is, takes its own. */
static void
forget_pool(void)
{
    pool.n = 0;
}

static void
watch_forks(void)
{
    int err = pthread_atfork(NULL, NULL, forget_pool);
    ASSERT(!err);
}

void
uuid_generate(struct uuid *u)
{
    if (!pool.n) {
        static pthread_once_t once = PTHREAD_ONCE_INIT;
        pthread_once(&once, watch_forks);
        fill_random(pool.uuids, sizeof pool.uuids);
        pool.n = ARRAY_SIZE(pool.uuids);
    }
    *u = pool.uuids[--pool.n];
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
