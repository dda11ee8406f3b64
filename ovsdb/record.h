/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the log file: their frame, and what is in them [ovsdb(5)].
 *
 *     OVSDB JSON <length> <sha1>\n
 *     <length bytes of JSON, the last one a new line>
 *
 * The first record is the schema; the others are transactions:
 * {"_date":MS,"_comment":TEXT,"_is_diff":true, TABLE:{UUID:null or {COLUMN:
 * VALUE}}}.  With _is_diff, values of rows that were there before are diffs
 * (lib/ovsdb/diff.h); without, as old files and snapshots have it, new values.
 *
 * Reading judges damage.  A crash may leave the last record short, or with
 * zeros where data had not reached the disk: that is a torn tail, of which
 * nothing was ever acknowledged.  Anything else that does not check is
 * damage, and not for us to cut.  Pure; any thread. */
#ifndef WEIR_OVSDB_SERVER_RECORD_H
#define WEIR_OVSDB_SERVER_RECORD_H 1

#include "lib/base/str.h"
#include "ovsdb/db.h"

struct txn;

enum record_status {
    RECORD_OK,
    RECORD_END,     /* No more. */
    RECORD_TORN,    /* A torn tail starts at the offset. */
    RECORD_DAMAGED, /* Something else is wrong there: see the text. */
};

struct record_reader {
    const char *data; /* Borrowed: the whole file. */
    size_t len;
    size_t offset;    /* Of the next record; of the bad one at the end. */
    char *reason;     /* What is wrong; heap; NULL while all is well. */
};

void record_reader_init(struct record_reader *, const char *data, size_t len);
void record_reader_fini(struct record_reader *);
/* With RECORD_OK, '*text' is the next record's JSON, borrowed, '*len' bytes
 * without the new line. */
enum record_status record_next(struct record_reader *, const char **text,
                               size_t *len);

/* Appends frame and JSON. 'json' has no new line. */
void record_put_frame(struct str *out, const char *json, size_t len);

/* Puts the framed record of what 'txn' changed durably; false and nothing if
 * that is nothing. */
bool record_from_txn(struct str *out, const struct txn *);
/* Puts the framed records that make the whole database: schema, and one
 * transaction with 'comment' if there are rows. */
void record_snapshot(struct str *out, const struct db *, const char *comment);

/* Changes 'db' as a transaction record says, without any check of
 * references: call record_settle() after the last. */
struct ovsdb_err *record_apply(struct db *, const json_t *) MUST_CHECK;
/* Counts the references of a database that was read; refuses strong ones that
 * point nowhere and equal rows in an index, drops weak ones that do. */
struct ovsdb_err *record_settle(struct db *) MUST_CHECK;

#endif
