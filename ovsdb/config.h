/* SPDX-License-Identifier: Apache-2.0 */
/* What was added and removed at run time, for the next process.
 *
 * With --monitor a crashed server is started again by the process above it,
 * with the command line of the first start.  So each change of the set of
 * databases and remotes, and of the role, is written as JSON into a file
 * without a name, made before the server forked, which the next one reads
 * in place of its command line.  Threads: main. */
#ifndef WEIR_OVSDB_SERVER_CONFIG_H
#define WEIR_OVSDB_SERVER_CONFIG_H 1

#include "ovsdb/server.h"

struct config;

/* Before daemon_start(). */
struct config *config_create(void);
void config_destroy(struct config **);
/* From here on changes are written to server->config. */
void config_save(struct server *);
/* Does what an earlier process wrote: true.  False if there was none, or it
 * cannot be read.  What of it fails is logged. */
bool config_restore(struct server *, struct config *);

#endif
