/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: the where of operations and of conditional monitors.
 *
 * A condition is an array of clauses that all must hold; a clause is
 * [column, function, value] or, as monitor_cond has it, a boolean
 * [RFC 7047 5.1, ovsdb-server(7) 4.1.12].  Columns of at most one number
 * (optional ones too) may be compared by order; an order comparison with an
 * absent number is false [ovsdb-server(7) 5.1].  For a monitor the clauses are
 * joined by "or" instead.
 *
 * Rows are arrays of datums by column idx.  Main thread. */
#ifndef WEIR_OVSDB_COND_H
#define WEIR_OVSDB_COND_H 1

#include "lib/ovsdb/schema.h"

enum ovsdb_cond_fn {
    OVSDB_F_FALSE, /* The clause is the JSON false. */
    OVSDB_F_TRUE,
    OVSDB_F_LT,
    OVSDB_F_LE,
    OVSDB_F_EQ,
    OVSDB_F_NE,
    OVSDB_F_GE,
    OVSDB_F_GT,
    OVSDB_F_INCLUDES,
    OVSDB_F_EXCLUDES,
    OVSDB_N_FNS
};

/* "false", "true", "<", ... */
const char *ovsdb_cond_fn_name(enum ovsdb_cond_fn);
bool ovsdb_cond_fn_from_name(const char *, enum ovsdb_cond_fn *);

struct ovsdb_clause {
    enum ovsdb_cond_fn fn;
    const struct ovsdb_column *column; /* Borrowed; NULL for a boolean. */
    struct ovsdb_type arg_type;        /* Of 'arg': bounds may be laxer. */
    struct ovsdb_datum arg;
};

struct ovsdb_cond {
    struct ovsdb_clause *clauses; /* Owned. */
    size_t n;
};

void ovsdb_cond_init(struct ovsdb_cond *);
void ovsdb_cond_fini(struct ovsdb_cond *);
/* On error 'cond' is empty. */
struct ovsdb_err *ovsdb_cond_from_json(struct ovsdb_cond *,
                                       const struct ovsdb_table_schema *,
                                       const json_t *,
                                       struct ovsdb_symtab *) MUST_CHECK;
json_t *ovsdb_cond_to_json(const struct ovsdb_cond *);
/* All clauses hold (true for none). */
bool ovsdb_cond_all(const struct ovsdb_cond *, const struct ovsdb_datum row[]);
/* Some clause holds (true for none, as monitor_cond has it). */
bool ovsdb_cond_any(const struct ovsdb_cond *, const struct ovsdb_datum row[]);
bool ovsdb_clause_holds(const struct ovsdb_clause *,
                        const struct ovsdb_datum row[]);
/* A clause "_uuid == X" lets the caller look the row up: then returns true and
 * sets '*uuid'. */
bool ovsdb_cond_get_uuid(const struct ovsdb_cond *, struct uuid *uuid);

#endif
