/* SPDX-License-Identifier: Apache-2.0 */
/* Active or backup: whether the server copies its databases from another
 * [ovsdb-server(1) Active-Backup Options and Commands].
 *
 * A backup has one replica (replica.h) for each database that has a file, and
 * refuses to write for clients or to give locks.  Changing the role drops all
 * clients, so that they look again what they may do.  Threads: main. */
#ifndef WEIR_OVSDB_SERVER_REPLICATION_H
#define WEIR_OVSDB_SERVER_REPLICATION_H 1

#include "ovsdb/server.h"

void replication_fini(struct server *);

/* Takes effect at once in a backup. */
void replication_set_source(struct server *, const char *remote);
/* 'list' is "DB:TABLE,..."; NULL or a heap text. */
char *replication_set_exclude(struct server *, const char *list) MUST_CHECK;
void replication_set_probe(struct server *, int64_t ms);

/* Becomes a backup.  NULL or a heap text. */
char *replication_connect(struct server *) MUST_CHECK;
/* Becomes active. */
void replication_disconnect(struct server *);
/* A database was added. */
void replication_add_db(struct server *, struct served_db *);
/* Puts what sync-status says. */
void replication_put_status(const struct server *, struct str *out);

#endif
