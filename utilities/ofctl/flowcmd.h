/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about flows share. */
#ifndef WEIR_UTILITIES_OFCTL_FLOWCMD_H
#define WEIR_UTILITIES_OFCTL_FLOWCMD_H 1

#include "utilities/ofctl/ofctl.h"

/* The text itself says the command, or means to add. */
#define OFCTL_ANY_COMMAND (-1)

struct flow_list {
    struct flow_stats *p; /* 'acts' are owned. */
    size_t n, cap;
};

/* Moves the flows of a reply to the end of the list. */
void flow_list_take(struct flow_list *, struct ofm *reply);
void flow_list_fini(struct flow_list *);
/* Asks and appends all parts of the answer. */
void ofctl_collect_flows(struct ofctl *, const char *target,
                         struct channel_block *, struct ofm *request,
                         struct flow_list *);
/* Sends changes and waits until they are made, or exits at the first that
 * was refused. */
void ofctl_send_flow_mods(struct ofctl *, const char *target,
                          struct channel_block *, struct ofm *, size_t n);

#endif
