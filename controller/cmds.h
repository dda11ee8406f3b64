/* SPDX-License-Identifier: Apache-2.0 */
/* The control commands of sdnd, which sdnctl sends: one row each. */
#ifndef WEIR_CONTROLLER_CMDS_H
#define WEIR_CONTROLLER_CMDS_H 1

#include "controller/core/core.h"
#include "lib/io/ctl.h"

/* Registers them all; "exit" stops the loop. */
void controller_cmds_register(struct ctl *, struct core *, struct loop *);

#endif
