/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the history: records (history_file.c), rows as they
 * were (history_rows.c), pages (history.c) and undoing (history_undo.c).  Not
 * for others. */
#ifndef WEIR_OVSDB_HISTORY_PRIV_H
#define WEIR_OVSDB_HISTORY_PRIV_H 1

#include "lib/base/buf.h"
#include "lib/io/json_scan.h"
#include "lib/io/store.h"
#include "lib/ovsdb/history.h"

/* A span of a record's text. */
struct hist_slice {
    const char *s;
    size_t len;
};

/* The members of a JSON object, one after the other. */
struct hist_members {
    struct json_scan scan;
    bool bad; /* What was there is not an object's members. */
};

void hist_members_init(struct hist_members *, const char *text, size_t len);
/* False at the end, or where 'bad' was set.  'key' is without quotes. */
bool hist_members_next(struct hist_members *, struct hist_slice *key,
                       struct hist_slice *value);
bool hist_slice_eq(const struct hist_slice *, const char *);

/* Every so many records one offset is kept. */
#define HIST_STRIDE 64

struct hist_file {
    struct store *store; /* Owned. */
    int64_t end;         /* Of the last whole record. */
    size_t n;            /* Records, with the schema. */
    int64_t *marks;      /* Offsets of records 0, 64, 128, ... */
    size_t n_marks, capacity;
    struct ovsdb_schema *schema; /* Owned. */
};

struct ovsdb_history {
    struct hist_file files[2]; /* The previous one, if any, then the file. */
    size_t n_files;
};

struct hist_pos {
    size_t file, number;
};

struct hist_record {
    struct hist_pos pos;
    char id[OVSDB_HISTORY_ID_LEN + 1];
    const char *text; /* Borrowed until the next is read. */
    size_t len;
};

/* Reads records forward. */
struct hist_reader {
    struct ovsdb_history *h;
    struct hist_pos pos;  /* Of the next record. */
    int64_t offset;
    struct buf data;      /* Bytes of the file, */
    int64_t data_offset;  /* from here. */
    struct ovsdb_err *err; /* Why it ended early. */
};

/* Starts at the record 'pos', which must be there (or one behind). */
void hist_reader_init(struct hist_reader *, struct ovsdb_history *,
                      struct hist_pos);
void hist_reader_fini(struct hist_reader *);
/* The same; returns 'err', or if that is NULL what went wrong in reading. */
struct ovsdb_err *hist_reader_end(struct hist_reader *, struct ovsdb_err *err)
    MUST_CHECK;
/* The next transaction (schemas are left out) of this file and those behind;
 * false at the end or with 'err'.  'text' is NULL if 'with_text' is false. */
bool hist_next(struct hist_reader *, bool with_text, struct hist_record *);

static inline bool
hist_pos_before(struct hist_pos a, struct hist_pos b)
{
    return a.file != b.file ? a.file < b.file : a.number < b.number;
}

/* "17" or "p17". */
struct ovsdb_err *hist_pos_from_text(const struct ovsdb_history *,
                                     const char *, struct hist_pos *)
    MUST_CHECK;
void hist_pos_put(struct str *, const struct ovsdb_history *, struct hist_pos);

/* What a record says beside rows. */
struct hist_meta {
    int64_t date_ms; /* 0: unknown. */
    char *comment;   /* Heap; without who; NULL if there is none. */
    char *who;       /* Heap; NULL if unknown. */
    bool is_diff;
    bool is_snapshot; /* Writes down what was there before. */
};

/* Walks the record; fn(aux, table, uuid, row) for each row, if 'fn'. */
typedef void hist_row_fn(void *aux, const struct hist_slice *table,
                         const struct hist_slice *uuid,
                         const struct hist_slice *row);
struct ovsdb_err *hist_walk(const struct hist_record *, hist_row_fn *,
                            void *aux) MUST_CHECK;
struct ovsdb_err *hist_read_meta(const struct hist_record *,
                                 struct hist_meta *) MUST_CHECK;
void hist_meta_fini(struct hist_meta *);
/* {"record", "id", "date", "comment", "who", "snapshot"}: new. */
json_t *hist_entry_json(const struct ovsdb_history *,
                        const struct hist_record *, const struct hist_meta *);

/* Rows that are followed through the records. */
struct hist_row {
    struct hmap_node node; /* In hist_rows.rows, by uuid. */
    struct uuid uuid;
    const struct ovsdb_table_schema *table; /* Borrowed. */
    struct ovsdb_datum *datums; /* By column idx; NULL: is not there. */
};

struct hist_rows {
    struct hmap rows;
};

void hist_rows_init(struct hist_rows *);
void hist_rows_fini(struct hist_rows *);
/* Follows one more row, which is not there yet; NULL if the UUID is none or
 * 'table' is not in the schema. */
struct hist_row *hist_rows_add(struct hist_rows *, const struct ovsdb_schema *,
                               const struct hist_slice *table,
                               const struct hist_slice *uuid);
/* NULL if it is not followed. */
struct hist_row *hist_rows_find(const struct hist_rows *,
                                const struct hist_slice *uuid);
/* A snapshot begins: none is there. */
void hist_rows_clear(struct hist_rows *);
/* Changes it as a record says.  'old' (may be NULL) gets the datums as they
 * were: the caller's, hist_datums_free(). */
struct ovsdb_err *hist_row_apply(struct hist_row *,
                                 const struct hist_slice *change, bool is_diff,
                                 struct ovsdb_datum **old) MUST_CHECK;
struct ovsdb_datum *hist_datums_clone(const struct ovsdb_table_schema *,
                                      const struct ovsdb_datum *);
void hist_datums_free(const struct ovsdb_table_schema *,
                      struct ovsdb_datum **);
/* All durable columns: new; json_null() if it is not there. */
json_t *hist_datums_json(const struct ovsdb_table_schema *,
                         const struct ovsdb_datum *);
/* Borrowed value of a column "name"; NULL if there is none. */
const char *hist_datums_name(const struct ovsdb_table_schema *,
                             const struct ovsdb_datum *);

#endif
