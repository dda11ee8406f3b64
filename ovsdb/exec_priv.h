/* SPDX-License-Identifier: Apache-2.0 */
/* Between exec.c and the operations in exec_*.c.  Not for others. */
#ifndef WEIR_OVSDB_SERVER_EXEC_PRIV_H
#define WEIR_OVSDB_SERVER_EXEC_PRIV_H 1

#include "lib/ovsdb/cond.h"
#include "ovsdb/exec.h"
#include "ovsdb/txn.h"

struct exec {
    const struct exec_env *env;
    struct txn *txn;
    struct ovsdb_symtab symtab; /* Named UUIDs of this transaction. */
    struct exec_wait *wait;
    bool must_wait;             /* Set by a wait that does not hold yet. */
};

/* Does 'op', whose members have been checked.  Puts the text of its result
 * object, on success only. */
typedef struct ovsdb_err *exec_op_fn(struct exec *, const json_t *op,
                                     struct str *out);

#define OP(NAME, MEMBERS, WRITES) exec_op_fn exec_##NAME;
#include "ovsdb/ops.def"
#undef OP

/* The table that 'op' names: looked for when its members were checked. */
struct db_table *exec_get_table(struct exec *, const json_t *op);
/* The rows that op's "where" selects: a heap array of borrowed pointers. */
struct ovsdb_err *exec_get_rows(struct exec *, const json_t *op,
                                struct db_table *, struct db_row ***rows,
                                size_t *n) MUST_CHECK;
/* Op's "columns", or all. */
struct ovsdb_err *exec_get_columns(const json_t *op, const struct db_table *,
                                   struct ovsdb_column_set *) MUST_CHECK;

#endif
