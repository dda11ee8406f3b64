/* SPDX-License-Identifier: Apache-2.0 */
/* A database read under another schema [ovsdb-server(7) 4.1.19].
 *
 * Tables and columns that the new schema has not are left out; those that
 * the old one had not get default values.  What remains must satisfy every
 * constraint of the new schema.  Main thread. */
#ifndef WEIR_OVSDB_SERVER_CONVERT_H
#define WEIR_OVSDB_SERVER_CONVERT_H 1

#include "ovsdb/db.h"

/* Makes '*new' from 'old' (untouched) and 'schema' (taken in any case). */
struct ovsdb_err *db_convert(const struct db *old, struct ovsdb_schema *schema,
                             struct db **new) MUST_CHECK;

#endif
