/* SPDX-License-Identifier: Apache-2.0 */
/* Between txn.c (what operations do), txn_refs.c (references and garbage)
 * and txn_check.c (limits and indexes).  Not for others. */
#ifndef WEIR_OVSDB_SERVER_TXN_PRIV_H
#define WEIR_OVSDB_SERVER_TXN_PRIV_H 1

#include "ovsdb/txn.h"

/* Finds or makes the record of 'row', with its old values. */
struct txn_row *txn_touch(struct txn *, struct db_row *);
struct txn_row *txn_find(const struct txn *, const struct db_table *,
                         const struct uuid *);

/* Steps 2 and 3 of a commit. */
struct ovsdb_err *txn_settle_refs(struct txn *) MUST_CHECK;
/* Takes the changes of n_strong back. */
void txn_undo_refs(struct txn *);
/* Brings db.weak_refs up to date; cannot fail. */
void txn_record_weak_refs(struct txn *);

/* Step 4. */
struct ovsdb_err *txn_check_limits(struct txn *) MUST_CHECK;

#endif
