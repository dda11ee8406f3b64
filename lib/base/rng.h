/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers (xoshiro256**): seeded ones for simulations and tests, and
 * one seeded by the kernel for everything else.  Not for keys. */
#ifndef WEIR_BASE_RNG_H
#define WEIR_BASE_RNG_H 1

#include "lib/base/types.h"

struct rng {
    uint64_t s[4];
};

void rng_seed(struct rng *, uint64_t seed);
uint64_t rng_u64(struct rng *);
/* Uniform in [0, n); n > 0. */
uint32_t rng_below(struct rng *, uint32_t n);
/* True once in 'n'. */
bool rng_one_in(struct rng *, uint32_t n);
/* The calling thread's own generator, seeded by the kernel. */
struct rng *rng_thread(void);

#endif
