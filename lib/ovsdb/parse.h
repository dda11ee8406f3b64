/* SPDX-License-Identifier: Apache-2.0 */
/* Reading objects strictly: each member is asked for by name and kind, and
 * one that nobody asked for is an error, as is a missing or wrong one.  The
 * first error is kept and reported by ovsdb_members_finish(). */
#ifndef WEIR_OVSDB_PARSE_H
#define WEIR_OVSDB_PARSE_H 1

#include "lib/ovsdb/err.h"

enum ovsdb_json_kind {
    OVSDB_JSON_ANY,
    OVSDB_JSON_STRING,
    OVSDB_JSON_ID, /* A string that is an <id>. */
    OVSDB_JSON_INTEGER,
    OVSDB_JSON_NUMBER,
    OVSDB_JSON_BOOLEAN,
    OVSDB_JSON_ARRAY,
    OVSDB_JSON_OBJECT
};

struct ovsdb_members {
    const json_t *json; /* The object; borrowed. */
    const char *what;   /* "column schema", for errors; borrowed. */
    size_t n_used;      /* Members that were asked for and were there. */
    const char *used[24];
    struct ovsdb_err *err;
};

void ovsdb_members_init(struct ovsdb_members *, const json_t *,
                        const char *what);
/* NULL if absent, or after an error. */
const json_t *ovsdb_members_get(struct ovsdb_members *, const char *name,
                                enum ovsdb_json_kind, bool optional);
void ovsdb_members_fail(struct ovsdb_members *, const char *fmt, ...)
    PRINTF_FORMAT(2, 3);
/* Takes 'err'. */
void ovsdb_members_set_err(struct ovsdb_members *, struct ovsdb_err *err);
static inline bool
ovsdb_members_failed(const struct ovsdb_members *m)
{
    return m->err;
}
struct ovsdb_err *ovsdb_members_finish(struct ovsdb_members *) MUST_CHECK;

#endif
