/* SPDX-License-Identifier: Apache-2.0 */
/* Between monitor.c (groups and their life), monitor_parse.c (requests),
 * monitor_cond.c, monitor_text.c (updates) and monitor_history.c.  Not for
 * others. */
#ifndef WEIR_OVSDB_SERVER_MONITOR_PRIV_H
#define WEIR_OVSDB_SERVER_MONITOR_PRIV_H 1

#include "lib/ovsdb/cond.h"
#include "ovsdb/monitor.h"
#include "ovsdb/txn.h"

enum monitor_select {
    SELECT_INITIAL = 1,
    SELECT_INSERT = 2,
    SELECT_DELETE = 4,
    SELECT_MODIFY = 8,
    SELECT_ALL = 15,
};

struct monitor_column {
    const struct ovsdb_column *column;
    int select; /* enum monitor_select bits. */
};

struct monitor_index;

struct monitor_table {
    size_t idx;                     /* Of the table. */
    int select;                     /* Of all its requests. */
    struct monitor_column *columns; /* Owned. */
    size_t n_columns;
    struct ovsdb_cond cond;         /* Any clause; none: every row. */
    struct monitor_index *index;    /* Of many clauses; or NULL. */
};

struct monitor_group {
    struct hmap_node node; /* In monitors.groups, by 'key'. */
    char *key;             /* Version and requests, in one order. */
    size_t key_len;
    json_t *requests;      /* As asked, conditions updated; owned. */
    struct monitors *home;
    bool v1;
    struct monitor_table *tables; /* Owned. */
    size_t n_tables;
    struct list members;   /* struct monitor.node. */
    struct blob *initial;  /* First copy, while nothing changed; or NULL. */
    int64_t initial_ms;    /* clock_ms() when it was asked for last. */
};

/* A row as it was, and as it is. */
struct past_row {
    struct hmap_node node;   /* By uuid. */
    const struct db_table *table;
    struct uuid uuid;
    struct uuid version;
    struct ovsdb_pack *pack; /* Borrowed from the history; NULL: was not
                              * there. */
};

/* Reads 'requests' into tables; on error nothing is left. */
struct ovsdb_err *monitor_parse(struct monitor_group *, const struct db *,
                                const json_t *requests) MUST_CHECK;
void monitor_tables_free(struct monitor_table *, size_t n);

/* monitor_cond.c: 'cond' is complete and will not change. */
void monitor_index_build(struct monitor_table *,
                         const struct ovsdb_table_schema *);
void monitor_index_destroy(struct monitor_table *);
/* The row is one of those asked for. */
bool monitor_matches(const struct monitor_table *,
                     const struct ovsdb_datum row[]);

/* Each puts a <table-updates> object; returns false and puts nothing if it
 * would be empty. */
bool monitor_text_txn(const struct monitor_group *, const struct txn *,
                      struct str *out);
void monitor_text_initial(const struct monitor_group *, const struct db *,
                          struct str *out);
/* Rows of 'db' that match in one group and not in the other. */
void monitor_text_change(const struct monitor_group *old,
                         const struct monitor_group *new,
                         const struct db *, struct str *out);
/* 'rows' (struct past_row) are those that were touched meanwhile. */
void monitor_text_since(const struct monitor_group *, const struct db *,
                        const struct hmap *rows, struct str *out);

/* monitor_history.c. */
void history_init(struct monitor_history *);
void history_add(struct monitor_history *, const struct txn *);
void history_clear(struct monitor_history *);
/* Finds the rows touched after transaction 'id'; false if it is not known.
 * The caller frees with past_rows_fini(). */
bool history_since(const struct monitor_history *, const struct db *,
                   const struct uuid *id, struct hmap *rows);
void past_rows_fini(struct hmap *rows);

#endif
