/* SPDX-License-Identifier: Apache-2.0 */
/* What the families (m_*.c) share: the layouts that msgs.def names. */
#ifndef WEIR_OPENFLOW_M_PRIV_H
#define WEIR_OPENFLOW_M_PRIV_H 1

#include "lib/base/mem.h"
#include "lib/openflow/layout.h"
#include "lib/openflow/msg_types_multi.h"

#define FORM(NAME, KIND, CODE, VER_MIN, VER_MAX, LAYOUT)                      \
    extern const struct layout lay_##LAYOUT;
#include "lib/openflow/msgs.def"

/* Items that several families use. */
extern const struct layout lay_port10, lay_port11;
extern const struct layout lay_bucket11, lay_bucket15;

/* A list of properties of which none is known: all are skipped. */
extern const struct lay_props lay_no_props;

/* Neutral values and borders that the forms of all versions share. */
void flow_removed_init(void *);
void flow_stats_init(void *);
void flow_reply_fini(void *);
void port_request_init(void *);
void queue_request_init(void *);
uint64_t lay_port_features_in(uint64_t);
#define LAY_FEATURES(S, M) L_U32(S, M, .in = lay_port_features_in)
enum ofp_err lay_port_mod_check(void *, const struct lay_ctx *);
uint64_t lay_port_config11_out(uint64_t);
uint64_t lay_port_state11_out(uint64_t);

/* A reply NAME that is a list of ITEM, and how what it holds is freed. */
#define LAY_REPLY(NAME, ITEM, FINI)                                           \
    static const struct lay_field NAME##_fields[] = {                         \
        { .kind = LAY_LIST, .items = &lay_##ITEM }                            \
    };                                                                        \
    LAYOUT(NAME, struct ofm_data, .fini = FINI)
/* ... of items that own nothing. */
void lay_vec_fini(void *);

void ofm_data_fini(struct ofm_data *);
#endif
