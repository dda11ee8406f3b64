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

#endif
