/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1 [RFC 3174]: the checksum of database log records.  It finds damage;
 * it is no protection against malice.  Any thread. */
#ifndef WEIR_BASE_SHA1_H
#define WEIR_BASE_SHA1_H 1

#include "lib/base/types.h"

#define SHA1_HEX_LEN 40

struct sha1 {
    uint32_t h[5];
    uint64_t n_bytes;  /* So far. */
    uint8_t block[64]; /* The last, unfinished one. */
};

void sha1_init(struct sha1 *);
void sha1_update(struct sha1 *, const void *, size_t n);
/* Ends the sum and writes it as 40 lower-case hex digits and a NUL. */
void sha1_final_hex(struct sha1 *, char hex[SHA1_HEX_LEN + 1]);
/* All of it at once. */
void sha1_hex(const void *, size_t n, char hex[SHA1_HEX_LEN + 1]);

/* 'n' blocks of 64 bytes into the state, as any processor does it: for the
 * test of the processor's own way against it. */
void sha1_blocks_c(uint32_t h[5], const uint8_t *, size_t n);

#endif
