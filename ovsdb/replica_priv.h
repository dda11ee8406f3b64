/* SPDX-License-Identifier: Apache-2.0 */
/* Between replica.c (the connection) and replica_rows.c.  Not for others. */
#ifndef WEIR_OVSDB_SERVER_REPLICA_PRIV_H
#define WEIR_OVSDB_SERVER_REPLICA_PRIV_H 1

#include "lib/io/json.h"
#include "ovsdb/txn.h"

/* Does what <table-updates> [RFC 7047 4.1.6] or <table-updates2>
 * [ovsdb-server(7) 4.1.14] say, in 'txn'. */
struct ovsdb_err *replica_put_updates(struct txn *, const json_t *updates)
    MUST_CHECK;
/* Deletes the rows that 'updates' (a <table-update>, or NULL) names not. */
void replica_delete_others(struct txn *, struct db_table *,
                           const json_t *updates);

#endif
