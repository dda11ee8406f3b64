/* SPDX-License-Identifier: Apache-2.0 */
/* The agent between database and switch: follows the configuration, writes
 * status back, watches devices.  Threads: main. */
#ifndef WEIR_VSWITCHD_AGENT_H
#define WEIR_VSWITCHD_AGENT_H 1

#include "vswitchd/bridge/bridge.h"

struct agent;
struct idl;
struct tls_config;

/* Follows the database at 'remotes' ("unix:FILE", ...).  NULL with a heap
 * text in '*error' for a bad name.  Files of the TLS settings (borrowed) go
 * before those of the table SSL.  'ready' is called once, when the first
 * configuration has been applied. */
struct agent *agent_create(struct vswitch *, const char *remotes,
                           const struct tls_config *, void (*ready)(void *aux),
                           void *aux, char **error);
void agent_destroy(struct agent **);
/* Another process holds the database's lock. */
bool agent_is_locked_out(const struct agent *);
/* Looks at devices and the configuration now. */
void agent_poke(struct agent *);
struct idl *agent_idl(struct agent *);

#endif
