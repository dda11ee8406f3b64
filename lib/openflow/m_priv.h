/* SPDX-License-Identifier: Apache-2.0 */
/* What the families (m_*.c) share: the layouts that msgs.def names. */
#ifndef WEIR_OPENFLOW_M_PRIV_H
#define WEIR_OPENFLOW_M_PRIV_H 1

#include "lib/base/mem.h"
#include "lib/openflow/layout.h"
#include "lib/openflow/msg_types.h"

#define FORM(NAME, KIND, CODE, VER_MIN, VER_MAX, LAYOUT)                      \
    extern const struct layout lay_##LAYOUT;
#include "lib/openflow/msgs.def"

/* Items that several families use. */
extern const struct layout lay_port10, lay_port11;
extern const struct layout lay_bucket11, lay_bucket15;

void ofm_data_fini(struct ofm_data *);
/* Frees 'n' structs of size l->size at 'p' and the array. */
void ofm_vec_fini(const struct layout *, void *vec);

#endif
