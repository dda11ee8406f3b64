/* SPDX-License-Identifier: Apache-2.0 */
/* A database in memory: tables of rows, found by UUID or through indexes.
 *
 * A row at rest is one immutable block of bytes (lib/ovsdb/pack.h), read
 * through a view.  Rows change only inside a transaction (txn.h), which opens
 * them: then they are arrays of datums by column number.  So whoever reads
 * between two transactions sees a consistent state, a transaction costs what
 * it touches, and a snapshot (snapshot.h) needs no copy.
 *
 * References between rows are counted where they point: a strong one in
 * 'n_strong', from other rows only, which garbage collection needs
 * [RFC 7047 3.2 isRoot]; a weak one as a struct weak_ref in 'weak_in', so
 * that a deleted row finds those who mention it.
 *
 * Observers are told of each committed transaction, in order of their
 * registration.  Main thread. */
#ifndef WEIR_OVSDB_SERVER_DB_H
#define WEIR_OVSDB_SERVER_DB_H 1

#include "lib/base/hmap.h"
#include "lib/base/list.h"
#include "lib/ovsdb/pack.h"

struct db_table;
struct journal;
struct snapshot;
struct txn;
struct txn_row;

struct db_row {
    struct hmap_node node; /* In db_table.rows, by uuid. */
    struct uuid uuid;
    struct db_table *table;
    union {
        struct ovsdb_pack *pack;    /* At rest; one reference. */
        struct ovsdb_datum *datums; /* Open; owned, of schema->n_columns. */
    } u;
    uint64_t serial;         /* Of its last change: makes _version. */
    struct txn_row *txn_row; /* What the running transaction did; or NULL. */
    struct weak_ref *weak_in; /* Linked by next_in. */
    uint32_t n_strong;       /* Strong references from other rows. */
    uint32_t is_open : 1;
    uint32_t snap_seq : 31;  /* db.snap_seq: the snapshot has it, or it was
                              * not there when that began. */
    struct hmap_node index_nodes[]; /* Of schema->n_indexes: in
                                     * db_table.indexes[i], by the hash of
                                     * the index's columns. */
};

/* "Column 'column' of row 'src' mentions row 'dst' weakly." */
struct weak_ref {
    struct hmap_node node; /* In db.weak_refs. */
    struct weak_ref *next_in, **prev_in; /* In dst->weak_in. */
    struct db_row *src, *dst;
    const struct ovsdb_column *column;
};

/* Scratch memory to read rows through. */
struct db_view {
    struct ovsdb_view v;
};

#define DB_VIEW_INIT { OVSDB_VIEW_INIT }

struct db_table {
    struct db *db;
    const struct ovsdb_table_schema *schema; /* Borrowed from db.schema. */
    struct hmap rows;     /* struct db_row.node. */
    struct hmap *indexes; /* Of schema->n_indexes. */
    const struct ovsdb_column **ref_columns; /* Those with references. */
    size_t n_ref_columns;
};

struct db_observer {
    struct list node;
    /* 'txn' is committed and its rows can still be read with their old
     * values.  The observer may not change this database. */
    void (*committed)(void *aux, const struct txn *txn);
    void *aux;
};

struct db {
    struct ovsdb_schema *schema; /* Owned. */
    struct db_table *tables;     /* By table idx. */
    struct hmap weak_refs;       /* struct weak_ref, by src, column, dst. */
    struct journal *journal;     /* Borrowed; NULL: memory only. */
    struct list observers;       /* struct db_observer. */
    struct txn *txn;             /* Running; or NULL. */
    struct snapshot *snapshot;   /* Being gathered; or NULL. */
    uint32_t snap_seq;           /* Of the last snapshot; 31 bits. */
    struct uuid version_base;    /* Random: _version is this and a serial. */
    uint64_t last_serial;
    struct db_view scratch;      /* For the indexes' own reads. */
    uint64_t n_commits;          /* Transactions that changed something. */
};

/* Takes 'schema'. */
struct db *db_create(struct ovsdb_schema *schema);
/* Frees; the journal is the caller's to close. */
void db_destroy(struct db **);
const char *db_name(const struct db *);
/* Swaps everything but the journal and the observers: the end of a
 * conversion. */
void db_swap_content(struct db *, struct db *);
size_t db_count_rows(const struct db *);
/* Values held: atoms of all rows. */
uint64_t db_count_cells(const struct db *);

/* The observer stays the caller's until db_unobserve(). */
void db_observe(struct db *, struct db_observer *);
void db_unobserve(struct db_observer *);

struct db_table *db_get_table(struct db *, const char *name);
struct db_row *db_table_find(const struct db_table *, const struct uuid *);
/* The same when only the type of a reference is known. */
struct db_table *db_table_of_base(struct db *, const struct ovsdb_base *);

/* An open row with default values and the given UUID, in no table yet. */
struct db_row *db_row_create(struct db_table *, const struct uuid *);
void db_row_destroy(struct db_row *);

static inline const struct uuid *
db_row_uuid(const struct db_row *row)
{
    return &row->uuid;
}

/* The values of a row by column idx, open or at rest: borrowed, valid until
 * the view's next read or end, or the row's next change.  What is kept longer
 * is made with ovsdb_datum_copy(). */
const struct ovsdb_datum *db_row_read(const struct db_row *,
                                      struct db_view *);
/* The same, but only 'columns' are sure to be there. */
const struct ovsdb_datum *
db_row_read_columns(const struct db_row *, struct db_view *,
                    const struct ovsdb_column *const columns[], size_t n);
void db_view_fini(struct db_view *);

/* Opening gives the row datums that its owner (a transaction, a reader of
 * records) may change, between db_row_unindex() and db_row_index() if it is
 * in a table; closing packs them. */
struct ovsdb_datum *db_row_open(struct db_row *);
void db_row_close(struct db_row *);
/* Closes by going back to 'pack' (takes the reference). */
void db_row_reset(struct db_row *, struct ovsdb_pack *pack);
/* Gives an open row a new _version. */
void db_row_bump(struct db_row *);

/* In and out of the table (and its indexes). */
void db_row_link(struct db_row *);
void db_row_unlink(struct db_row *);
/* Out of the indexes and back: around a change of values. */
void db_row_index(struct db_row *);
void db_row_unindex(struct db_row *);

/* Another row with the same values in index 'i' as 'row'; or NULL. */
struct db_row *db_row_find_twin(const struct db_row *row, size_t i);
/* The first row whose columns of index 'i' equal 'key' (by place in the
 * index); NULL if there is none.  Others may follow in the same bucket:
 * db_index_next(). */
struct db_row *db_index_first(const struct db_table *, size_t i,
                              const struct ovsdb_datum *const key[]);
struct db_row *db_index_next(const struct db_row *, size_t i,
                             const struct ovsdb_datum *const key[]);

/* Calls fn for each reference that is in 'new' and not in 'old' (sign +1) and
 * the other way round (-1).  Either may be an empty datum. */
typedef void db_ref_fn(void *aux, const struct ovsdb_base *,
                       const struct uuid *, int sign);
void db_diff_refs(const struct ovsdb_datum *old, const struct ovsdb_datum *new,
                  const struct ovsdb_type *, db_ref_fn *, void *aux);

/* Adds or takes away the record that 'column' of 'src' mentions 'dst'. */
void db_weak_add(struct db *, struct db_row *src, const struct ovsdb_column *,
                 struct db_row *dst);
void db_weak_remove(struct db *, struct db_row *src,
                    const struct ovsdb_column *, const struct uuid *dst);

#endif
