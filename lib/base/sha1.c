/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/sha1.h"

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
        sha1_block(s->h, s->block);
    }
    for (; n >= 64; n -= 64, p += 64) {
        sha1_block(s->h, p);
    }
    if (n) {
        memcpy(s->block, p, n);
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
