/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/openflow/errors.h"

/* One version's code: 'present' tells the standard (0, 0) from none. */
struct cell {
    uint32_t vendor;
    uint16_t type, code;
    bool present;
};

struct row {
    const char *name;
    struct cell cells[OFP_VERSION_MAX]; /* Index version - 1. */
};

#define S(TYPE, CODE) 0, TYPE, CODE, true
#define N(TYPE, CODE) OFP_VENDOR_NICIRA, TYPE, CODE, true
#define X(CODE) OFP_VENDOR_NICIRA, 0, CODE, true
#define O(CODE) OFP_VENDOR_ONF, 0, CODE, true
#define M(CODE) OFP_VENDOR_NETRONOME, 0, CODE, true
static const struct row rows[OFPERR_N] = {
    [OFPERR_OK] = { "OK", { { 0, 0, 0, false } } },
#define ERR(NAME, V10, V11, V12, V13, V14, V15)                               \
    [OFPERR_##NAME] = { #NAME,                                                \
                        { { V10 }, { V11 }, { V12 }, { V13 }, { V14 },        \
                          { V15 } } },
#include "lib/openflow/errors.def"
#undef ERR
};
#undef S
#undef N
#undef X
#undef O
#undef M

const char *
ofp_err_name(enum ofp_err err)
{
    return (unsigned int)err < OFPERR_N ? rows[err].name : "unknown error";
}

bool
ofp_err_encode(enum ofp_err err, enum ofp_version version,
               struct ofp_err_code *code)
{
    if ((unsigned int)err >= OFPERR_N || version < OFP_VERSION_MIN
        || version > OFP_VERSION_MAX) {
        return false;
    }
    const struct cell *c = &rows[err].cells[version - 1];
    *code = (struct ofp_err_code){ c->vendor, c->type, c->code };
    return c->present;
}

enum ofp_err
ofp_err_decode(enum ofp_version version, const struct ofp_err_code *code)
{
    if (version < OFP_VERSION_MIN || version > OFP_VERSION_MAX) {
        return OFPERR_OK;
    }
    bool typed = !code->vendor || version < OFP12_VERSION;
    for (size_t i = 1; i < OFPERR_N; i++) {
        const struct cell *c = &rows[i].cells[version - 1];
        if (c->present && c->vendor == code->vendor && c->code == code->code
            && (!typed || c->type == code->type)) {
            return (enum ofp_err)i;
        }
    }
    return OFPERR_OK;
}
