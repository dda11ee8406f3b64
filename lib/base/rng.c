/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/rng.h"

#include <sys/random.h>

#include "lib/base/clock.h"
#include "lib/base/hash.h"

void
rng_seed(struct rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15ull;
        r->s[i] = hash_mix64(seed);
    }
}

static uint64_t
rotl(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t
rng_u64(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint32_t
rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((rng_u64(r) >> 32) * n >> 32);
}

bool
rng_one_in(struct rng *r, uint32_t n)
{
    return !rng_below(r, n);
}

struct rng *
rng_thread(void)
{
    static __thread struct rng rng;
    static __thread bool is_seeded;
    if (!is_seeded) {
        uint64_t seed;
        if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed) {
            seed = (uint64_t)clock_real_ms() ^ (uint64_t)(uintptr_t)&seed;
        }
        rng_seed(&rng, seed);
        is_seeded = true;
    }
    return &rng;
}
