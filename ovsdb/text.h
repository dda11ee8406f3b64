/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as JSON text, straight from datums [RFC 7047 5.1].
 *
 * Updates to monitors, log records and the answers of select are the bulk of
 * what a database server writes; making trees of JSON values for them first
 * would cost several times more than the text.  Any thread. */
#ifndef WEIR_OVSDB_SERVER_TEXT_H
#define WEIR_OVSDB_SERVER_TEXT_H 1

#include "lib/ovsdb/datum.h"

/* Appends "36 characters" in quotes. */
void text_put_uuid(struct str *, const struct uuid *);
/* Appends the <value>; one element of a set without ["set",...]. */
void text_put_datum(struct str *, const struct ovsdb_datum *,
                    const struct ovsdb_type *);
/* Appends '"NAME":', with a comma before it unless the text ends in '{'. */
void text_put_member(struct str *, const char *name);

#endif
