/* SPDX-License-Identifier: Apache-2.0 */
/* Mutations: [column, mutator, value] [RFC 7047 5.1 <mutation>].
 *
 * += -= *= /= %= work on every number of a column; insert and delete on sets
 * and maps (delete takes whole pairs or a set of keys).  Main thread. */
#ifndef WEIR_OVSDB_MUTATE_H
#define WEIR_OVSDB_MUTATE_H 1

#include "lib/ovsdb/schema.h"

enum ovsdb_mutator {
    OVSDB_M_ADD,
    OVSDB_M_SUB,
    OVSDB_M_MUL,
    OVSDB_M_DIV,
    OVSDB_M_MOD,
    OVSDB_M_INSERT,
    OVSDB_M_DELETE,
    OVSDB_N_MUTATORS
};

/* "+=", ... */
const char *ovsdb_mutator_name(enum ovsdb_mutator);
bool ovsdb_mutator_from_name(const char *, enum ovsdb_mutator *);

struct ovsdb_mutation {
    enum ovsdb_mutator mutator;
    const struct ovsdb_column *column; /* Borrowed. */
    struct ovsdb_type arg_type;        /* Of 'arg'. */
    struct ovsdb_datum arg;
};

struct ovsdb_mutations {
    struct ovsdb_mutation *m; /* Owned. */
    size_t n;
};

void ovsdb_mutations_init(struct ovsdb_mutations *);
void ovsdb_mutations_fini(struct ovsdb_mutations *);
/* Refuses columns that are not mutable.  On error 'mutations' is empty. */
struct ovsdb_err *ovsdb_mutations_from_json(struct ovsdb_mutations *,
                                            const struct ovsdb_table_schema *,
                                            const json_t *,
                                            struct ovsdb_symtab *) MUST_CHECK;
json_t *ovsdb_mutations_to_json(const struct ovsdb_mutations *);
/* Changes the datums of 'row' (by column idx) in order, and checks size and
 * constraints after each.  On error ("domain error", "range error",
 * "constraint violation") some columns may be changed: the caller discards
 * the row. */
struct ovsdb_err *ovsdb_mutations_apply(const struct ovsdb_mutations *,
                                        struct ovsdb_datum row[]) MUST_CHECK;

#endif
