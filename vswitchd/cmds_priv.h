/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by cmds.c and its longer commands in cmd_*.c. */
#ifndef WEIR_VSWITCHD_CMDS_PRIV_H
#define WEIR_VSWITCHD_CMDS_PRIV_H 1

#include "vswitchd/cmds.h"
#include "vswitchd/ofproto/ofproto.h"

struct bridge *cmds_bridge(struct ctl_conn *, struct cmds_context *,
                           const char *name);
/* "tap" for internal ports too, as the datapath commands say it. */
const char *cmds_port_type(const struct port *);

ctl_fn cmds_dpctl_dump;    /* cmd_dump.c */
ctl_fn cmds_dpif_dump;
ctl_fn cmds_fdb_add;       /* cmd_fdb.c */
ctl_fn cmds_fdb_del;
ctl_fn cmds_dummy_conn;    /* cmd_dummy.c */
ctl_fn cmds_dummy_receive;
ctl_fn cmds_dummy_admin;
ctl_fn cmds_trace;         /* cmd_trace.c */

/* A frame from hex digits, or composed from flow text; heap, caller frees.
 * NULL with a heap text in '*error'. */
uint8_t *cmds_frame_from_text(struct cmds_context *, const char *text,
                              const struct ofp_names *, size_t *len,
                              char **error);

#endif
