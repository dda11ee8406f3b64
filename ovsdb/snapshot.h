/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a database at one moment, for another thread to write.
 *
 * Rows at rest are immutable blocks, so a snapshot holds references to them
 * and no copy.  Gathering these is done in steps, so that no client waits for
 * a walk over a million rows: snapshot_begin() fixes the moment, each
 * snapshot_gather() takes some rows, and a transaction that touches a row
 * not taken yet hands it over first (snapshot_before_change()).
 *
 * A new schema, or the end of the database, abandons a snapshot that is being
 * gathered.  One that is complete stays good.
 *
 * Threads: main, but for snapshot_write(), which any thread may run once all
 * is gathered and until it is released. */
#ifndef WEIR_OVSDB_SERVER_SNAPSHOT_H
#define WEIR_OVSDB_SERVER_SNAPSHOT_H 1

#include "ovsdb/db.h"

struct snapshot;

enum snapshot_state {
    SNAPSHOT_GATHERING,
    SNAPSHOT_COMPLETE,
    SNAPSHOT_ABANDONED,
};

/* Fixes the moment.  One at a time for a database, while it is gathered.
 * 'comment' is for its record. */
struct snapshot *snapshot_begin(struct db *, const char *comment);
/* Takes up to about 'max_rows' rows. */
enum snapshot_state snapshot_gather(struct snapshot *, size_t max_rows);
/* Lets up to about 'max_rows' rows go; true when all is freed. */
bool snapshot_release(struct snapshot **, size_t max_rows) MUST_CHECK;
/* The same at once. */
void snapshot_destroy(struct snapshot **);
size_t snapshot_n_rows(const struct snapshot *);

/* Writes the framed records that make the whole database [ovsdb(5)]: the
 * schema, and one transaction if there are rows or a comment.  The text comes
 * in pieces of some SNAPSHOT_PIECE bytes; 'put' returns 0 or a negative errno,
 * which ends the writing.  The record's frame has its sum in front: the text
 * is made twice rather than kept. */
typedef int snapshot_put_fn(void *aux, const char *text, size_t len);
int snapshot_write(const struct snapshot *, snapshot_put_fn *put, void *aux)
    MUST_CHECK;

/* For db.c and txn.c: the row is about to change or to go. */
void snapshot_take(struct snapshot *, struct db_row *);
void snapshot_abandon(struct db *);

static inline void
snapshot_before_change(struct db_row *row)
{
    struct db *db = row->table->db;
    if (db->snapshot && row->snap_seq != db->snap_seq) {
        snapshot_take(db->snapshot, row);
    }
}

#endif
