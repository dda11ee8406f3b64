/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/sha1.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

static inline uint32_t
rol(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static inline uint32_t
choose(uint32_t b, uint32_t c, uint32_t d)
{
    return d ^ (b & (c ^ d));
}

static inline uint32_t
parity(uint32_t b, uint32_t c, uint32_t d)
{
    return b ^ c ^ d;
}

static inline uint32_t
majority(uint32_t b, uint32_t c, uint32_t d)
{
    return (b & c) | (d & (b | c));
}

/* One round: F is its function and K its constant [RFC 3174 5]. */
#define SHA1_ROUND(A, B, C, D, E, F, K, I)                                    \
    (E += rol(A, 5) + F(B, C, D) + w[I] + (K), B = rol(B, 30))
/* Five, after which each letter is back in its place. */
#define SHA1_5_ROUNDS(F, K, I)                                                \
    (SHA1_ROUND(a, b, c, d, e, F, K, (I)),                                    \
     SHA1_ROUND(e, a, b, c, d, F, K, (I) + 1),                                \
     SHA1_ROUND(d, e, a, b, c, F, K, (I) + 2),                                \
     SHA1_ROUND(c, d, e, a, b, F, K, (I) + 3),                                \
     SHA1_ROUND(b, c, d, e, a, F, K, (I) + 4))

static void
sha1_block(uint32_t h[5], const uint8_t *p)
{
    uint32_t w[80];
    for (int i = 0; i < 16; i++) {
        w[i] = be32_to_cpu(get_unaligned_be32(p + 4 * i));
    }
    for (int i = 16; i < 80; i++) {
        w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    }
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 20; i += 5) {
        SHA1_5_ROUNDS(choose, 0x5a827999, i);
    }
    for (int i = 20; i < 40; i += 5) {
        SHA1_5_ROUNDS(parity, 0x6ed9eba1, i);
    }
    for (int i = 40; i < 60; i += 5) {
        SHA1_5_ROUNDS(majority, 0x8f1bbcdc, i);
    }
    for (int i = 60; i < 80; i += 5) {
        SHA1_5_ROUNDS(parity, 0xca62c1d6, i);
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void
sha1_blocks_c(uint32_t h[5], const uint8_t *p, size_t n)
{
    for (; n; n--, p += 64) {
        sha1_block(h, p);
    }
}

#ifdef __x86_64__
/* The processor's own instructions: four rounds at once, 20 groups of them.
 * 'w' holds the last 16 words of the schedule [Intel SDM: SHA1RNDS4,
 * SHA1NEXTE, SHA1MSG1, SHA1MSG2]. */
#define NI_GROUP(I)                                                           \
    do {                                                                      \
        if ((I) >= 4) {                                                       \
            w[(I) % 4] = _mm_sha1msg2_epu32(                                  \
                _mm_xor_si128(_mm_sha1msg1_epu32(w[(I) % 4],                  \
                                                 w[((I) + 1) % 4]),           \
                              w[((I) + 2) % 4]),                              \
                w[((I) + 3) % 4]);                                            \
        }                                                                     \
        e = (I) ? _mm_sha1nexte_epu32(before, w[(I) % 4])                     \
                : _mm_add_epi32(e, w[0]);                                     \
        before = abcd;                                                        \
        abcd = _mm_sha1rnds4_epu32(abcd, e, (I) / 5);                         \
    } while (0)
#define NI_GROUPS(I)                                                          \
    NI_GROUP(I);                                                              \
    NI_GROUP((I) + 1);                                                        \
    NI_GROUP((I) + 2);                                                        \
    NI_GROUP((I) + 3);                                                        \
    NI_GROUP((I) + 4)

__attribute__((target("sha,sse4.1"))) static void
sha1_blocks_ni(uint32_t h[5], const uint8_t *p, size_t n)
{
    const __m128i swap = _mm_set_epi64x(0x0001020304050607,
                                        0x08090a0b0c0d0e0f);
    __m128i abcd = _mm_shuffle_epi32(
        _mm_loadu_si128((const __m128i *)(const void *)h), 0x1b);
    __m128i e = _mm_set_epi32((int)h[4], 0, 0, 0);
    for (; n; n--, p += 64) {
        const __m128i abcd0 = abcd, e0 = e;
        __m128i w[4], before = abcd;
        for (int i = 0; i < 4; i++) {
            w[i] = _mm_shuffle_epi8(
                _mm_loadu_si128((const __m128i *)(const void *)(p + 16 * i)),
                swap);
        }
        NI_GROUPS(0);
        NI_GROUPS(5);
        NI_GROUPS(10);
        NI_GROUPS(15);
        e = _mm_sha1nexte_epu32(before, e0);
        abcd = _mm_add_epi32(abcd, abcd0);
    }
    _mm_storeu_si128((__m128i *)(void *)h, _mm_shuffle_epi32(abcd, 0x1b));
    h[4] = (uint32_t)_mm_extract_epi32(e, 3);
}

static bool
cpu_has_sha(void)
{
    unsigned int a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 29 & 1
           && __builtin_cpu_supports("sse4.1");
}
#endif

static void
sha1_blocks(uint32_t h[5], const uint8_t *p, size_t n)
{
#ifdef __x86_64__
    static int has_sha = -1; /* Threads that race write the same. */
    int has = __atomic_load_n(&has_sha, __ATOMIC_RELAXED);
    if (has < 0) {
        has = cpu_has_sha();
        __atomic_store_n(&has_sha, has, __ATOMIC_RELAXED);
    }
    if (has) {
        sha1_blocks_ni(h, p, n);
        return;
    }
#endif
    sha1_blocks_c(h, p, n);
}

void
sha1_init(struct sha1 *s)
{
    *s = (struct sha1){ .h = { 0x67452301, 0xefcdab89, 0x98badcfe,
                               0x10325476, 0xc3d2e1f0 } };
}

void
sha1_update(struct sha1 *s, const void *data, size_t n)
{
    const uint8_t *p = data;
    size_t used = s->n_bytes % 64;
    s->n_bytes += n;
    if (used) {
        size_t take = MIN(n, 64 - used);
        memcpy(s->block + used, p, take);
        p += take;
        n -= take;
        if (used + take < 64) {
            return;
        }
        sha1_blocks(s->h, s->block, 1);
    }
    sha1_blocks(s->h, p, n / 64);
    if (n % 64) {
        memcpy(s->block, p + n / 64 * 64, n % 64);
    }
}

void
sha1_final_hex(struct sha1 *s, char hex[SHA1_HEX_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t n_bits = s->n_bytes * 8;
    uint8_t pad[72] = { 0x80 };
    size_t n_pad = 1 + (119 - s->n_bytes % 64) % 64;
    be64 len = cpu_to_be64(n_bits);
    memcpy(pad + n_pad, &len, sizeof len);
    sha1_update(s, pad, n_pad + sizeof len);
    for (int i = 0; i < SHA1_HEX_LEN; i++) {
        hex[i] = digits[s->h[i / 8] >> (28 - 4 * (i % 8)) & 15];
    }
    hex[SHA1_HEX_LEN] = '\0';
}

void
sha1_hex(const void *data, size_t n, char hex[SHA1_HEX_LEN + 1])
{
    struct sha1 s;
    sha1_init(&s);
    sha1_update(&s, data, n);
    sha1_final_hex(&s, hex);
}
