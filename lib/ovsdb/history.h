/* SPDX-License-Identifier: Apache-2.0 */
/* What a database file tells of the past: who changed what, when, and why;
 * and what to do to get back to an earlier state.
 *
 * A history is the log of a database file and that of the file as it was
 * before its last compaction, if the server kept it beside it
 * (store_prev_name()).  A transaction has a number, which is that of its
 * record as show-log counts them ("17", or "p17" in the previous file), and
 * an id, the first 12 digits of the record's SHA-1, which it keeps when the
 * file is renamed or copied.
 *
 * Nothing is kept in memory but where every 64th record begins: records are
 * read as they are needed, and of a big one only the rows asked for are
 * parsed.  What is appended after opening is not seen; a record that is being
 * written at that moment is not there yet.
 *
 * An ovsdb_history belongs to one thread, which may be any. */
#ifndef WEIR_OVSDB_HISTORY_H
#define WEIR_OVSDB_HISTORY_H 1

#include "lib/ovsdb/schema.h"

#define OVSDB_HISTORY_ID_LEN 12

/* The server's methods, which are our own:
 *
 * "weir_get_history", params [DB, {OPTION: VALUE}], gives one page:
 * {"transactions": [TRANSACTION...], "next": NUMBER or null}, the newest
 * first; "next" is the "before" of the next page.
 *
 * "weir_get_undo", params [DB, TXN], gives {"to": TRANSACTION, "rows":
 * [{"table", "row", "name", "then": ROW or null, "now": ROW or null}...]}, the
 * rows that differ between after TXN and now. */
#define OVSDB_RPC_GET_HISTORY "weir_get_history"
#define OVSDB_RPC_GET_UNDO "weir_get_undo"

struct ovsdb_history;
struct store;

struct ovsdb_history_query {
    const char *table;  /* Transactions that change it; NULL: any. */
    const char *row;    /* That change this row: a UUID, its first 8 or more
                         * digits, or a value of column "name"; NULL: any. */
    const char *before; /* Older than this number; NULL: than the end. */
    int64_t since_ms;   /* Not older than this; 0: any. */
    int64_t limit;      /* At most so many, and HISTORY_PAGE_MAX. */
    bool changes;       /* With the values that changed. */
};

/* Opens the file and, if there is one, the previous file beside it. */
struct ovsdb_err *ovsdb_history_open(const char *path,
                                     struct ovsdb_history **) MUST_CHECK;
/* The same from stores, which are taken in any case; 'previous' may be
 * NULL. */
struct ovsdb_err *ovsdb_history_open_stores(struct store *,
                                            struct store *previous,
                                            struct ovsdb_history **)
    MUST_CHECK;
void ovsdb_history_close(struct ovsdb_history **);
/* The schema that the file has now; borrowed. */
const struct ovsdb_schema *
ovsdb_history_schema(const struct ovsdb_history *);

/* {"table", "row", "before", "since", "limit", "changes"}, all optional.  The
 * strings stay those of 'json'. */
struct ovsdb_err *ovsdb_history_query_from_json(struct ovsdb_history_query *,
                                                const json_t *) MUST_CHECK;
/* The newest transactions that fit: new, as "weir_get_history" gives them.
 *
 * TRANSACTION is {"record": NUMBER, "id", "date": MS, "comment", "who",
 * "snapshot": true if it writes down what was there, "tables": {TABLE:
 * {"rows": CHANGED, "deleted": OF THOSE}}, "changes": [CHANGE...]}, members
 * left out where empty.  CHANGE is {"table", "row", "name", "op": "insert",
 * "modify" or "delete", "columns": {COLUMN: [OLD, NEW]}}, null for what is
 * not there. */
struct ovsdb_err *ovsdb_history_page(struct ovsdb_history *,
                                     const struct ovsdb_history_query *,
                                     json_t **page) MUST_CHECK;

/* What differs between the state after 'txn' and now: new, as "weir_get_undo"
 * gives it.  'txn' is a number, 8 or more digits of an id, or a date
 * ("2026-01-31 23:59:59.5", "2026-01-31T23:59Z"), which means the last
 * transaction until then. */
struct ovsdb_err *ovsdb_history_undo(struct ovsdb_history *, const char *txn,
                                     json_t **undo) MUST_CHECK;
/* The params of the "transact" request that brings those rows back: waits for
 * them to be as they are "now", so that it fails if they have changed;
 * deletes, inserts, updates and a comment.  Ephemeral columns keep what they
 * have. */
json_t *ovsdb_history_undo_params(const json_t *undo, const char *db,
                                  const char *comment);

/* NULL, or why that transaction, whose result this is, did nothing. */
struct ovsdb_err *ovsdb_history_undo_result(const json_t *result) MUST_CHECK;

/* For people.  "2026-01-31 23:59:59.123", local time. */
void ovsdb_history_put_date(struct str *, int64_t ms);
/* A column's value as a person writes it; as JSON if the schema has no such
 * column. */
void ovsdb_history_put_value(struct str *, const struct ovsdb_schema *,
                             const char *table, const char *column,
                             const json_t *value);
/* '"br0" (0123abcd)' of a CHANGE or a row of "weir_get_undo": heap. */
char *ovsdb_history_row_title(const json_t *row);
/* "record 17 (0123456789ab, DATE)" of a TRANSACTION: heap. */
char *ovsdb_history_txn_title(const json_t *txn);
/* What the transaction would do, row by row. */
void ovsdb_history_put_undo(struct str *, const struct ovsdb_schema *,
                            const json_t *undo);

/* "2026-01-31", "2026-01-31 23:59", with seconds and their fraction, 'T' for
 * the space, a 'Z' at the end for UTC, else local time; or "@SECONDS".
 * Milliseconds since 1970. */
bool ovsdb_history_parse_date(const char *, int64_t *ms);

#endif
