/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow errors as the code passes them: 0 is success, anything else is a
 * row of errors.def, whatever version will carry it.  Functions that return
 * 'enum ofp_err' neither log nor send: the caller that holds the connection
 * does.  Any thread. */
#ifndef WEIR_OPENFLOW_ERRORS_H
#define WEIR_OPENFLOW_ERRORS_H 1

#include "lib/base/types.h"
#include "lib/openflow/version.h"

enum ofp_err {
    OFPERR_OK = 0,
#define ERR(NAME, V10, V11, V12, V13, V14, V15) OFPERR_##NAME,
#include "lib/openflow/errors.def"
#undef ERR
    OFPERR_N /* Number of rows, and one. */
};

/* How one version carries an error. */
struct ofp_err_code {
    uint32_t vendor; /* 0 for a standard error, else OFP_VENDOR_*. */
    uint16_t type;   /* Unused for an experimenter error of 1.2+. */
    uint16_t code;
};

/* "OFPBAC_BAD_TYPE"; "OK" for 0.  Static. */
const char *ofp_err_name(enum ofp_err);

/* Fills '*code' with what stands for 'err' in 'version'.  Returns false if
 * that version has no such code: send its nearest general error instead. */
bool ofp_err_encode(enum ofp_err err, enum ofp_version version,
                    struct ofp_err_code *code);

/* The error that 'code' means in 'version', or OFPERR_OK if unknown. */
enum ofp_err ofp_err_decode(enum ofp_version version,
                            const struct ofp_err_code *code);

#endif
