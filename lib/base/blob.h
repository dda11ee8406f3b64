/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that many hold and nobody changes: one text sent to a thousand
 * clients.  Whoever holds one has a reference; the last one frees.
 * Not thread-safe. */
#ifndef WEIR_BASE_BLOB_H
#define WEIR_BASE_BLOB_H 1

#include "lib/base/str.h"
#include "lib/base/types.h"

struct blob {
    uint32_t n_refs;
    size_t len;
    char *data; /* Owned. */
};

/* Takes the text out of 's', without copying it.  One reference. */
struct blob *blob_take_str(struct str *s);
/* Another reference; returns 'b'. */
static inline struct blob *
blob_ref(struct blob *b)
{
    b->n_refs++;
    return b;
}
/* Gives one back and nulls '*b'; NULL is harmless. */
void blob_unref(struct blob **b);

#endif
