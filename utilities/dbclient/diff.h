/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two databases.
 *
 * Both sides are read whole, each as of one transaction.  Rows are paired by
 * UUID, then by index, then by equal contents, so that a database and its
 * restored backup, where all UUIDs are new, are equal: references count as
 * equal if the rows they name are paired.  Memory is linear in the rows; time
 * too, but for sorting them. */
#ifndef WEIR_UTILITIES_DBCLIENT_DIFF_H
#define WEIR_UTILITIES_DBCLIENT_DIFF_H 1

#include "lib/base/uuid.h"
#include "utilities/dbclient/client.h"

struct diff_row {
    struct uuid uuid;
    struct ovsdb_datum *datums; /* By column idx. */
    struct diff_row *partner;   /* On the other side; NULL while alone. */
};

struct diff_table {
    const struct ovsdb_table_schema *ts;
    struct diff_row *rows; /* Sorted by UUID. */
    size_t n;
};

struct diff_side {
    const char *name;            /* Borrowed: the argument. */
    bool is_file;                /* Without ephemeral columns. */
    struct ovsdb_schema *schema;
    struct diff_table *tables;   /* By table idx. */
};

/* A table that both sides have. */
struct diff_pair {
    struct diff_table *a, *b;
    /* Columns that both have, with atoms of one type, by name. */
    const struct ovsdb_column **a_columns, **b_columns;
    size_t n_columns;
};

/* diff_load.c: reads the server's database or file that 'name' says; ends
 * the program on failure. */
void diff_side_load(struct diff_side *, struct client *, const char *name);
void diff_side_fini(struct diff_side *);
/* NULL if there is none. */
struct diff_row *diff_find_row(const struct diff_table *,
                               const struct uuid *);

/* diff_match.c: sets the partners. */
void diff_match(const struct diff_side *a, const struct diff_side *b,
                const struct diff_pair *, size_t n);
/* True if the values of columns number 'i' are the same; references of 'a'
 * are taken for their partners. */
bool diff_is_same(const struct diff_side *a, const struct diff_pair *,
                  size_t i, const struct diff_row *, const struct diff_row *);

#endif
