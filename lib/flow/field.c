/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/flow/field.h"

#define OFP12 3
#define OFP13 4
#define OFP15 6
#define MASK_BITWISE true
#define MASK_NONE false
#define ACCESS_RW true
#define ACCESS_RO false
#define NXM_OF(CODE, NAME) { "NXM_OF_" #NAME, 0x0000, CODE, 1, 0 }
#define NXM_NX(CODE, NAME) { "NXM_NX_" #NAME, 0x0001, CODE, 1, 0 }
#define OXM_OF(CODE, NAME, SINCE) { "OXM_OF_" #NAME, 0x8000, CODE, SINCE, 0 }
#define PKT_REG(CODE, NAME, SINCE)                                            \
    { "OXM_OF_PKT_" #NAME, 0x8001, CODE, SINCE, 0 }
#define ONF_ET(CODE, NAME, SINCE)                                             \
    { "ONFOXM_ET_" #NAME, 0xffff, CODE, SINCE, 0x4f4e4600 }
#define NO { NULL, 0, 0, 0, 0 }

const struct field fields[FIELD_N] = {
#define FIELD(ID, NAME, ALIAS, MEMBER, REP, SHIFT, BITS, BYTES, FORM, MASK,   \
              ACCESS, PRE, NXM, OXM, OXM_ALT, SENTENCE)                       \
    [FIELD_##ID] = { FIELD_##ID,                                              \
                     NAME,                                                    \
                     ALIAS,                                                   \
                     offsetof(struct flow, MEMBER),                           \
                     sizeof(((struct flow *)0)->MEMBER),                      \
                     SHIFT,                                                   \
                     BITS,                                                    \
                     BYTES,                                                   \
                     FIELD_REP_##REP,                                         \
                     FIELD_FORM_##FORM,                                       \
                     MASK_##MASK,                                             \
                     ACCESS_##ACCESS,                                         \
                     FIELD_PRE_##PRE,                                         \
                     { NXM, OXM, OXM_ALT },                                   \
                     SENTENCE },
#include "lib/flow/fields.def"
#undef FIELD
};
