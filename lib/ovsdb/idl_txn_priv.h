/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a transaction. */
#ifndef WEIR_OVSDB_IDL_TXN_PRIV_H
#define WEIR_OVSDB_IDL_TXN_PRIV_H 1

#include "lib/base/str.h"
#include "lib/ovsdb/idl_priv.h"

/* A row that the transaction inserts, for as long as it lives. */
struct idl_insert {
    struct hmap_node node; /* In the transaction's inserts, by 'ours'. */
    struct uuid ours, servers;
    size_t op;             /* Number of its operation. */
};

struct idl_txn {
    struct idl *idl;
    enum idl_txn_status status;
    struct list rows;      /* struct idl_row_txn, in order of first touch. */
    struct list node;      /* In the replica's outstanding ones, if sent. */
    struct hmap inserts;   /* struct idl_insert. */
    struct str comment;
    bool dry_run, strict;
    char *error;           /* NULL if none. */
    json_t *error_json; /* As the server gave it; NULL. */
    uint64_t request;
    void (*done)(struct idl_txn *, enum idl_txn_status, void *aux);
    void *aux;

    bool inc, inc_force;   /* idl_txn_increment() was called. */
    bool inc_sent;
    size_t inc_table, inc_column;
    struct uuid inc_uuid;
    size_t inc_select_op;  /* Number of the operation that reads it. */
    int64_t inc_value;
};

/* The params of "transact"; NULL if there is nothing to do. */
json_t *idl_txn_to_ops(struct idl_txn *);

#endif
