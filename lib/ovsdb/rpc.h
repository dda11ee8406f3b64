/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the protocol's methods and notifications [RFC 7047 4.1, and
 * ovsdb-server(7) 4.1.x for those it adds]. */
#ifndef WEIR_OVSDB_RPC_H
#define WEIR_OVSDB_RPC_H 1

/* Where servers listen if nothing else is said [RFC 7047 8]. */
#define OVSDB_PORT 6640

#define OVSDB_RPC_LIST_DBS "list_dbs"
#define OVSDB_RPC_GET_SCHEMA "get_schema"
#define OVSDB_RPC_TRANSACT "transact"
#define OVSDB_RPC_CANCEL "cancel"
#define OVSDB_RPC_MONITOR "monitor"
#define OVSDB_RPC_MONITOR_CANCEL "monitor_cancel"
#define OVSDB_RPC_LOCK "lock"
#define OVSDB_RPC_STEAL "steal"
#define OVSDB_RPC_UNLOCK "unlock"
#define OVSDB_RPC_ECHO "echo"
#define OVSDB_RPC_MONITOR_COND "monitor_cond"
#define OVSDB_RPC_MONITOR_COND_CHANGE "monitor_cond_change"
#define OVSDB_RPC_MONITOR_COND_SINCE "monitor_cond_since"
#define OVSDB_RPC_GET_SERVER_ID "get_server_id"
#define OVSDB_RPC_SET_DB_CHANGE_AWARE "set_db_change_aware"
#define OVSDB_RPC_CONVERT "convert"
/* Notifications of the server. */
#define OVSDB_RPC_UPDATE "update"
#define OVSDB_RPC_UPDATE2 "update2"
#define OVSDB_RPC_UPDATE3 "update3"
#define OVSDB_RPC_LOCKED "locked"
#define OVSDB_RPC_STOLEN "stolen"
#define OVSDB_RPC_MONITOR_CANCELED "monitor_canceled"

#endif
