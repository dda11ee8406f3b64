/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenFlow versions, by the byte that starts every message
 * [OF1.3.5 7.1]. */
#ifndef WEIR_OPENFLOW_VERSION_H
#define WEIR_OPENFLOW_VERSION_H 1

#include "lib/base/types.h"

enum ofp_version {
    OFP10_VERSION = 0x01,
    OFP11_VERSION = 0x02,
    OFP12_VERSION = 0x03,
    OFP13_VERSION = 0x04,
    OFP14_VERSION = 0x05,
    OFP15_VERSION = 0x06
};

#define OFP_VERSION_MIN OFP10_VERSION
#define OFP_VERSION_MAX OFP15_VERSION

/* Vendors' ids in vendor and experimenter messages, actions and errors. */
#define OFP_VENDOR_NICIRA 0x00002320u
#define OFP_VENDOR_ONF 0x4f4e4600u
#define OFP_VENDOR_NETRONOME 0x0000154du

#endif
