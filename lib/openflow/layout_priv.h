/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the interpreter's two files. */
#ifndef WEIR_OPENFLOW_LAYOUT_PRIV_H
#define WEIR_OPENFLOW_LAYOUT_PRIV_H 1

#include "lib/openflow/layout.h"

/* Any OFM_VEC, seen without its type. */
struct ofm_any_vec {
    void *p;
    size_t n;
} __attribute__((may_alias));

/* layout_decode() that may leave bytes in the cursor. */
enum ofp_err layout_decode_some(const struct layout *, struct cursor *,
                                void *obj, const struct lay_ctx *)
    MUST_CHECK;

/* A member of 1, 2, 4 or 8 bytes as a number, and back. */
uint64_t lay_load_uint(const void *, size_t size);
void lay_store_uint(void *, size_t size, uint64_t);

/* Properties (layout_props.c). */
enum ofp_err lay_props_decode(const struct lay_props *, struct cursor *,
                              void *obj, const struct lay_ctx *) MUST_CHECK;
void lay_props_encode(const struct lay_props *, struct buf *, const void *obj,
                      const struct lay_ctx *);
enum ofp_err lay_oxs_decode(const struct lay_props *, struct cursor *,
                            void *obj, const struct lay_ctx *) MUST_CHECK;
void lay_oxs_encode(const struct lay_props *, struct buf *, const void *obj,
                    const struct lay_ctx *);
void lay_props_random(const struct lay_props *, void *obj,
                      const struct lay_ctx *, struct rng *);

#endif
