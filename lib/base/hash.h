/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes: a seeded 64-bit mixer for control-plane maps, and CRC32C where the
 * processor has it.  Not cryptographic.  hash_seed() is random per process,
 * so that nobody outside can aim at one bucket. */
#ifndef WEIR_BASE_HASH_H
#define WEIR_BASE_HASH_H 1

#include "lib/base/types.h"

/* One step of mixing (splitmix64's finaliser). */
static inline uint64_t
hash_mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ull;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebull;
    x ^= x >> 31;
    return x;
}

static inline uint32_t
hash_add64(uint32_t h, uint64_t x)
{
    return (uint32_t)hash_mix64(x + 0x9e3779b97f4a7c15ull * (h + 1ull));
}

static inline uint32_t
hash_u64(uint64_t x, uint32_t basis)
{
    return hash_add64(basis, x);
}

static inline uint32_t
hash_ptr(const void *p, uint32_t basis)
{
    return hash_add64(basis, (uint64_t)(uintptr_t)p);
}

uint32_t hash_bytes(const void *, size_t n, uint32_t basis);
/* Seeded with hash_seed(). */
uint32_t hash_string(const char *);
/* Random, the same for the life of the process; 0 once hash_seed_fix() was
 * called (simulations). */
uint32_t hash_seed(void);
void hash_seed_fix(uint32_t seed);

#endif
