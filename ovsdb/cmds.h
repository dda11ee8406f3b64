/* SPDX-License-Identifier: Apache-2.0 */
/* The control commands of the server, listed in cmds.def.  Threads: main. */
#ifndef WEIR_OVSDB_SERVER_CMDS_H
#define WEIR_OVSDB_SERVER_CMDS_H 1

struct ctl;
struct server;

/* Registers all; 'server' must outlive 'ctl'. */
void cmds_register(struct ctl *, struct server *);

#endif
