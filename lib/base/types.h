/* SPDX-License-Identifier: Apache-2.0 */
/* The words every other header is written in: wire integers, sizes and the
 * few macros without which C gets long.
 *
 * Wire integers (be16, be32, be64) hold network byte order and are converted
 * at the border only, with be16_to_cpu() and its kin.  Nothing here allocates
 * or fails; all of it may be used from any thread. */
#ifndef WEIR_BASE_TYPES_H
#define WEIR_BASE_TYPES_H 1

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef uint16_t be16;
typedef uint32_t be32;
typedef uint64_t be64;

#define be16_to_cpu(X) be16toh(X)
#define be32_to_cpu(X) be32toh(X)
#define be64_to_cpu(X) be64toh(X)
#define cpu_to_be16(X) htobe16(X)
#define cpu_to_be32(X) htobe32(X)
#define cpu_to_be64(X) htobe64(X)
/* Compile-time constants in network order, usable in initialisers. */
#define BE16(X) ((be16)__builtin_bswap16((uint16_t)(X)))
#define BE32(X) ((be32)__builtin_bswap32((uint32_t)(X)))

/* Defined when ThreadSanitizer watches: gcc says so by a macro, clang by a
 * feature. */
#ifdef __SANITIZE_THREAD__
#define WEIR_TSAN 1
#elif defined __has_feature
#if __has_feature(thread_sanitizer)
#define WEIR_TSAN 1
#endif
#endif

#define ARRAY_SIZE(A) (sizeof(A) / sizeof((A)[0]))
#define MIN(A, B) ((A) < (B) ? (A) : (B))
#define MAX(A, B) ((A) > (B) ? (A) : (B))
#define ROUND_UP(X, Y) (((X) + (Y) - 1) / (Y) * (Y))
#define DIV_ROUND_UP(X, Y) (((X) + (Y) - 1) / (Y))
#define IS_POW2(X) ((X) && !((X) & ((X) - 1)))

/* The struct of type TYPE whose member MEMBER is at PTR. */
#define CONTAINER_OF(PTR, TYPE, MEMBER)                                       \
    ((TYPE *)(void *)((char *)(PTR) - offsetof(TYPE, MEMBER)))

#define LIKELY(X) __builtin_expect(!!(X), 1)
#define UNLIKELY(X) __builtin_expect(!!(X), 0)
#define PRINTF_FORMAT(F, A) __attribute__((format(printf, F, A)))
#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define CACHE_LINE_BYTES 64
#define CACHE_ALIGNED __attribute__((aligned(CACHE_LINE_BYTES)))
#define PACKED __attribute__((packed))

struct eth_addr {
    uint8_t ea[6];
};

#define ETH_ADDR_FMT "%02x:%02x:%02x:%02x:%02x:%02x"
#define ETH_ADDR_ARGS(E)                                                      \
    (E).ea[0], (E).ea[1], (E).ea[2], (E).ea[3], (E).ea[4], (E).ea[5]

static inline bool
eth_addr_eq(struct eth_addr a, struct eth_addr b)
{
    return !memcmp(&a, &b, sizeof a);
}

static inline bool
eth_addr_is_multicast(struct eth_addr a)
{
    return a.ea[0] & 1;
}

static inline bool
eth_addr_is_zero(struct eth_addr a)
{
    return !(a.ea[0] | a.ea[1] | a.ea[2] | a.ea[3] | a.ea[4] | a.ea[5]);
}

static inline uint64_t
eth_addr_to_u64(struct eth_addr a)
{
    return (uint64_t)a.ea[0] << 40 | (uint64_t)a.ea[1] << 32
           | (uint64_t)a.ea[2] << 24 | (uint64_t)a.ea[3] << 16
           | (uint64_t)a.ea[4] << 8 | a.ea[5];
}

static inline struct eth_addr
eth_addr_from_u64(uint64_t x)
{
    return (struct eth_addr){ { (uint8_t)(x >> 40), (uint8_t)(x >> 32),
                                (uint8_t)(x >> 24), (uint8_t)(x >> 16),
                                (uint8_t)(x >> 8), (uint8_t)x } };
}

/* Loads and stores of unaligned integers; compilers make one move of each. */
#define WEIR_UNALIGNED(TYPE)                                                  \
    static inline TYPE get_unaligned_##TYPE(const void *p)                    \
    {                                                                         \
        TYPE x;                                                               \
        memcpy(&x, p, sizeof x);                                              \
        return x;                                                             \
    }                                                                         \
    static inline void put_unaligned_##TYPE(void *p, TYPE x)                  \
    {                                                                         \
        memcpy(p, &x, sizeof x);                                              \
    }
WEIR_UNALIGNED(be16)
WEIR_UNALIGNED(be32)
WEIR_UNALIGNED(be64)
WEIR_UNALIGNED(uint64_t)
#undef WEIR_UNALIGNED

#endif
