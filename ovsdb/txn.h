/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: what changes rows, all or nothing [RFC 7047 4.1.3].
 *
 * One transaction at a time runs on a database, from txn_begin() to
 * txn_commit() or txn_abort(), without leaving the main loop in between.
 * The first touch of a row opens it (db.h) and keeps its old values; then it
 * is changed in place, so that later operations see the effects of earlier
 * ones.  The end closes what was opened.
 *
 * txn_commit() then
 *   1. forgets rows that ended as they began;
 *   2. counts strong references up and down, refuses those that point
 *      nowhere, and deletes rows of non-root tables that nobody needs;
 *   3. takes weak references to deleted rows away;
 *   4. refuses deletions of rows still needed, too many rows, and equal rows
 *      in an index;
 *   5. appends a record to the journal, if something durable changed;
 *   6. tells the observers.
 * An error in 1 to 5 undoes all.  Each step costs the rows touched and their
 * references only.
 *
 * Main thread. */
#ifndef WEIR_OVSDB_SERVER_TXN_H
#define WEIR_OVSDB_SERVER_TXN_H 1

#include "ovsdb/db.h"

/* What a transaction did to one row.  Inserted: no 'old'.  Deleted: the row
 * is out of its table, and freed when the transaction ends. */
struct txn_row {
    struct list node;           /* In txn.rows, in order of first touch. */
    struct hmap_node uuid_node; /* In txn.by_uuid. */
    struct db_row *row;
    struct ovsdb_datum *old;    /* By column idx; NULL if inserted. */
    struct ovsdb_pack *old_pack; /* The same at rest; one reference. */
    bool deleted;
    bool indexed;               /* In the table's indexes at present. */
    bool weak_checked;          /* Step 3 has seen its new weak references. */
    struct list gc_node;        /* Waits for step 2; alone: does not. */
};

struct txn_ref_change {
    struct db_row *row;
    int delta;
};

struct txn {
    struct db *db;
    struct list rows;    /* struct txn_row.node. */
    struct list dead;    /* struct txn_row.node: inserted and deleted again. */
    struct hmap by_uuid; /* struct txn_row.uuid_node. */
    struct str comment;
    const char *who;     /* Asked for it; borrowed; NULL: not known. */
    struct list gc_queue; /* struct txn_row.gc_node: may have to go. */
    struct txn_ref_change *ref_changes; /* Done to n_strong, for undoing. */
    size_t n_ref_changes, ref_capacity;
    struct ovsdb_err *err; /* First of the present step. */
    struct list weak_queue; /* Deleted rows whose mentions must go. */
    bool durable_changes;   /* A record went to the journal. */
};

struct txn *txn_begin(struct db *);
/* Undoes everything and frees. */
void txn_abort(struct txn **);
/* Frees in any case.  On error nothing was changed. */
struct ovsdb_err *txn_commit(struct txn **) MUST_CHECK;

/* Puts a new row (db_row_create() and filled) into its table; takes it. */
void txn_insert(struct txn *, struct db_row *);
void txn_delete(struct txn *, struct db_row *);
/* Makes 'row' ready to have its datums written: keeps the old values, takes
 * it out of the indexes.  txn_row_written() puts it back. */
struct ovsdb_datum *txn_row_write(struct txn *, struct db_row *);
void txn_row_written(struct db_row *);
/* Replaces one column; takes 'datum'. */
void txn_set(struct txn *, struct db_row *, const struct ovsdb_column *,
             struct ovsdb_datum *datum);
/* The row with this UUID was there before and is deleted by 'txn'. */
bool txn_has_deleted(const struct txn *, const struct db_table *,
                     const struct uuid *);
/* Adds a line to the comment. */
void txn_add_comment(struct txn *, const char *);

/* For observers: did 'column' change?  True for all columns of inserted and
 * deleted rows. */
static inline bool
txn_row_changed(const struct txn_row *tr, const struct ovsdb_column *c)
{
    return !tr->old || tr->deleted
           || !ovsdb_datum_eq(&tr->old[c->idx], &tr->row->u.datums[c->idx],
                              &c->type);
}

/* The values after the transaction; NULL if deleted. */
static inline const struct ovsdb_datum *
txn_row_new(const struct txn_row *tr)
{
    return tr->deleted ? NULL : tr->row->u.datums;
}

#define TXN_FOR_EACH_ROW(ITER, TXN)                                           \
    LIST_FOR_EACH (struct txn_row, ITER, node, &(TXN)->rows)

#endif
