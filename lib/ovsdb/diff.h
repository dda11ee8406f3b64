/* SPDX-License-Identifier: Apache-2.0 */
/* What update2 and the log's _is_diff records carry instead of whole columns
 * [ovsdb-server(7) 4.1.14, ovsdb(5)].
 *
 * A column of at most one element: the new value.  A set: the elements that
 * came or went.  A map: the pairs that came, went (with their old value) or
 * whose value changed (with the new value).  Main thread. */
#ifndef WEIR_OVSDB_DIFF_H
#define WEIR_OVSDB_DIFF_H 1

#include "lib/ovsdb/datum.h"

/* Makes 'diff' such that applying it to 'old' gives 'new'.  The arguments may
 * not alias.  Returns false, and 'diff' empty, if they are equal. */
bool ovsdb_datum_diff(struct ovsdb_datum *diff, const struct ovsdb_datum *old,
                      const struct ovsdb_datum *new,
                      const struct ovsdb_type *);
/* Changes 'datum' by 'diff'.  Does not check constraints, except that the
 * number of elements must fit the type; on error 'datum' is as it was. */
struct ovsdb_err *ovsdb_datum_apply_diff(struct ovsdb_datum *datum,
                                         const struct ovsdb_datum *diff,
                                         const struct ovsdb_type *) MUST_CHECK;
/* Splits a change of a set or map column into what came ('added': for maps
 * pairs with their new values) and what went ('removed'; a changed pair is in
 * both).  Both are initialised here; the caller finishes them. */
void ovsdb_datum_split_diff(const struct ovsdb_datum *old,
                            const struct ovsdb_datum *new,
                            const struct ovsdb_type *,
                            struct ovsdb_datum *added,
                            struct ovsdb_datum *removed);

#endif
