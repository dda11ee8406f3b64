/* SPDX-License-Identifier: Apache-2.0 */
/* Logging of what is done to chosen tables [ovsdb-server(1) tlog-set].
 * Threads: main. */
#ifndef WEIR_OVSDB_SERVER_TLOG_H
#define WEIR_OVSDB_SERVER_TLOG_H 1

#include "ovsdb/server.h"

/* NULL, or what is wrong: 'what' is "DB:TABLE". */
const char *tlog_set(struct server *, const char *what, bool on) MUST_CHECK;
/* Puts a line for each table of each database. */
void tlog_put_list(struct server *, struct str *out);
/* A transaction was committed. */
void tlog_committed(const struct served_db *, const struct txn *);

#endif
