/* SPDX-License-Identifier: Apache-2.0 */
/* Universally unique identifiers [RFC 4122]: random ones, and their text. */
#ifndef WEIR_BASE_UUID_H
#define WEIR_BASE_UUID_H 1

#include "lib/base/hash.h"
#include "lib/base/types.h"

struct uuid {
    uint32_t part[4]; /* Host order; printed most significant first. */
};

#define UUID_TEXT_LEN 36
#define UUID_FMT "%08x-%04x-%04x-%04x-%04x%08x"
#define UUID_ARGS(U)                                                          \
    (U)->part[0], (U)->part[1] >> 16, (U)->part[1] & 0xffff,                  \
        (U)->part[2] >> 16, (U)->part[2] & 0xffff, (U)->part[3]

/* A version 4 UUID. */
void uuid_generate(struct uuid *);
/* Whole text must be a UUID. */
bool uuid_from_text(struct uuid *, const char *);
/* Reads the first 36 bytes of 's' only. */
bool uuid_from_prefix(struct uuid *, const char *s);

static inline bool
uuid_eq(const struct uuid *a, const struct uuid *b)
{
    return !memcmp(a, b, sizeof *a);
}

static inline bool
uuid_is_zero(const struct uuid *u)
{
    return !(u->part[0] | u->part[1] | u->part[2] | u->part[3]);
}

/* Order of their texts: negative, 0 or positive. */
int uuid_cmp(const struct uuid *, const struct uuid *);

/* Seeded: clients may choose UUIDs, and not all that begin alike shall meet
 * in one bucket. */
static inline uint32_t
uuid_hash(const struct uuid *u)
{
    uint64_t high = (uint64_t)u->part[0] << 32 | u->part[1];
    uint64_t low = (uint64_t)u->part[2] << 32 | u->part[3];
    return hash_u64(low, hash_u64(high, hash_seed()));
}

#endif
