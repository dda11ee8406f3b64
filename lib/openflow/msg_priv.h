/* SPDX-License-Identifier: Apache-2.0 */
/* The wire forms, for codec and printer. */
#ifndef WEIR_OPENFLOW_MSG_PRIV_H
#define WEIR_OPENFLOW_MSG_PRIV_H 1

#include "lib/openflow/layout.h"
#include "lib/openflow/msg.h"

enum form_kind {
    FORM_NONE, /* A MSG row: heads its forms. */
    FORM_OFPT,
    FORM_NXT,
    FORM_ONFT,
    FORM_OFPST_REQ,
    FORM_OFPST_REP,
    FORM_NXST_REQ,
    FORM_NXST_REP,
    FORM_ONFST_REQ,
    FORM_ONFST_REP,
};

struct form {
    const char *name;
    enum ofm_type type; /* MSG rows only. */
    enum form_kind kind;
    uint32_t code;
    uint8_t ver_min, ver_max;
    const struct layout *layout;
};

static inline void *
ofm_body(struct ofm *m)
{
    return &m->hello;
}

static inline const void *
ofm_body_const(const struct ofm *m)
{
    return &m->hello;
}

bool form_is_nx(const struct form *);
/* The form of 'type' to use in 'version', as near to 'hint' as there is;
 * NULL if the version has none. */
const struct form *form_find(enum ofm_type, uint8_t version,
                             enum ofm_form_hint);
/* The form of a message's bytes, and where its body begins; NULL with 'err'
 * set if it is none. */
const struct form *form_of_bytes(const void *, size_t len, enum ofp_err *err,
                                 size_t *body);

#endif
