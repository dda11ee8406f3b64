/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hash.h"

#include <sys/random.h>

#include "lib/base/rng.h"

static uint32_t the_seed;
static bool seed_is_set;

uint32_t
hash_bytes(const void *p_, size_t n, uint32_t basis)
{
    const uint8_t *p = p_;
    uint64_t h = hash_mix64(basis + 0x9e3779b97f4a7c15ull * (n + 1));
    for (; n >= 8; n -= 8, p += 8) {
        h = hash_mix64(h ^ get_unaligned_uint64_t(p)) * 0x9fb21c651e98df25ull;
    }
    uint64_t tail = 0;
    if (n) { /* 'p' may be null then. */
        memcpy(&tail, p, n);
    }
    return (uint32_t)(hash_mix64(h ^ tail) >> 16);
}

uint32_t
hash_string(const char *s)
{
    return hash_bytes(s, strlen(s), hash_seed());
}

/* Runs before main() and so before threads. */
__attribute__((constructor)) static void
seed_init(void)
{
    if (!seed_is_set) {
        the_seed = (uint32_t)rng_u64(rng_thread());
        seed_is_set = true;
    }
}

uint32_t
hash_seed(void)
{
    if (UNLIKELY(!seed_is_set)) {
        seed_init();
    }
    return the_seed;
}

void
hash_seed_fix(uint32_t seed)
{
    the_seed = seed;
    seed_is_set = true;
}
