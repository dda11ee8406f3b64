/* SPDX-License-Identifier: Apache-2.0 */
/* The control commands of vswitchd: one row each in cmds.c. */
#ifndef WEIR_VSWITCHD_CMDS_H
#define WEIR_VSWITCHD_CMDS_H 1

#include "lib/io/ctl.h"
#include "vswitchd/agent.h"
#include "vswitchd/bridge/bridge.h"

struct cmds_context {
    struct loop *loop;
    struct vswitch *vs;
    struct agent *agent;     /* NULL in simulations. */
    bool cleanup;            /* Out: exit --cleanup was asked for. */
};

/* Registers all commands; 'cx' must outlive 'ctl'. */
void cmds_register(struct ctl *, struct cmds_context *cx);

#endif
