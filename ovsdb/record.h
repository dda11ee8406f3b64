/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the log file: what is in them [ovsdb(5)]; lib/ovsdb/frame.h is
 * what is around them.
 *
 * The first record is the schema; the others are transactions:
 * {"_date":MS,"_comment":TEXT,"_is_diff":true, TABLE:{UUID:null or {COLUMN:
 * VALUE}}}.  With _is_diff, values of rows that were there before are diffs
 * (lib/ovsdb/diff.h); without, as old files and snapshots have it, new values.
 * Who asked for the transaction, if known, is the last line of its comment,
 * "(by WHO)": other readers of such files refuse members they do not know.
 *
 * Main thread. */
#ifndef WEIR_OVSDB_SERVER_RECORD_H
#define WEIR_OVSDB_SERVER_RECORD_H 1

#include "lib/base/str.h"
#include "ovsdb/db.h"

struct txn;

/* The text of a record: its first members (without a closing brace), ... */
void record_put_specials(struct str *out, int64_t date_ms, const char *comment,
                         const char *who, bool is_diff);
/* ... and a whole row's {COLUMN:VALUE}, without defaults and what is not
 * durable.  Any thread. */
void record_put_row(struct str *out, const struct ovsdb_table_schema *,
                    const struct ovsdb_datum row[]);

/* Puts the framed record of what 'txn' changed durably; false and nothing if
 * that is nothing. */
bool record_from_txn(struct str *out, const struct txn *);
/* Puts the framed records that make the whole database: schema, and one
 * transaction with 'comment' if there are rows or that is not empty. */
void record_snapshot(struct str *out, struct db *, const char *comment);

/* Changes 'db' as the text of a transaction record says, without any check of
 * references: call record_settle() after the last.  After an error 'db' is
 * good for nothing but db_destroy(). */
struct ovsdb_err *record_apply(struct db *, const char *text, size_t len)
    MUST_CHECK;
/* Counts the references of a database that was read; refuses strong ones that
 * point nowhere and equal rows in an index, drops weak ones that do. */
struct ovsdb_err *record_settle(struct db *) MUST_CHECK;

#endif
