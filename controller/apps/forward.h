/* SPDX-License-Identifier: Apache-2.0 */
/* Forwarding between hosts: the first packet of a conversation comes here,
 * is sent on, and leaves a flow with a time-out on the switch for the rest.
 *
 * A conversation is input port, VLAN, both MACs and the Ethernet type; for
 * IPv4 and IPv6 also the addresses.  Threads: the loop's. */
#ifndef WEIR_CONTROLLER_FORWARD_H
#define WEIR_CONTROLLER_FORWARD_H 1

#include "controller/core/core.h"

/* Seconds without packets after which a pushed flow goes; 0: never. */
extern int forward_idle_timeout_s;
/* Priority of pushed flows: below what operators write by default. */
#define FORWARD_PRIORITY 100

extern const struct core_app forward_app;

#endif
