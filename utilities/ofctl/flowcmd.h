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

/* The first table, where a flow names none and the version wants one. */
void ofctl_settle_flow_mod(struct channel_block *, struct ofm *);

/* groups.c */

/* As ofctl_parse_flow_mod(); 'command' OFPGC_* or OFCTL_ANY_COMMAND. */
void ofctl_parse_group_mod(const char *where, const char *text, int command,
                           const struct ofp_names *, struct ofm *);

/* bundle.c */

/* Formats of versions that have bundles. */
#define OFCTL_BUNDLE_FORMATS                                                  \
    (FLOW_FORMAT_OF13 | FLOW_FORMAT_OF14 | FLOW_FORMAT_OF15)
/* Makes all of the changes or, with a message, none, and exits then. */
void ofctl_send_bundle(struct ofctl *, const char *target,
                       struct channel_block *, struct ofm *, size_t n);

#endif
