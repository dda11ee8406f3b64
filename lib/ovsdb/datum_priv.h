/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of datums share among themselves. */
#ifndef WEIR_OVSDB_DATUM_PRIV_H
#define WEIR_OVSDB_DATUM_PRIV_H 1

#include "lib/ovsdb/datum.h"

/* What a datum's 'keys' point into. */
struct ovsdb_block {
    uint32_t n_refs;
    uint32_t capacity;
    union ovsdb_atom atoms[];
};

/* Pushes a copy of element 'i' of 'src' (of the same 'type'). */
void ovsdb_datum_push_clone(struct ovsdb_datum *d, const struct ovsdb_type *,
                            const struct ovsdb_datum *src, size_t i);

#endif
