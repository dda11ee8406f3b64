/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of database code: a tag that the protocol names, and words.
 *
 * A function that can fail for a reason the peer should read returns
 * 'struct ovsdb_err *': NULL is success, anything else is owned by the
 * caller, who sends it, wraps it or frees it.  Text parsers (what a person
 * typed) return a heap string instead, see datum.h.
 *
 * The JSON form is {"error": TAG, "details": TEXT, "syntax": TEXT}, the last
 * two if known [RFC 7047 3.1 <error>].  Main thread. */
#ifndef WEIR_OVSDB_ERR_H
#define WEIR_OVSDB_ERR_H 1

#include "lib/base/types.h"
#include "lib/io/json.h"

/* Tags that RFC 7047 5 names, and those in use beside it. */
#define OVSDB_E_ABORTED "aborted"
#define OVSDB_E_CONSTRAINT "constraint violation"
#define OVSDB_E_CANCELED "canceled"
#define OVSDB_E_DOMAIN "domain error"
#define OVSDB_E_DUP_UUID_NAME "duplicate uuid-name"
#define OVSDB_E_DUP_UUID "duplicate uuid"
#define OVSDB_E_INTERNAL "internal error"
#define OVSDB_E_IO "I/O error"
#define OVSDB_E_NOT_ALLOWED "not allowed"
#define OVSDB_E_NOT_OWNER "not owner"
#define OVSDB_E_NOT_SUPPORTED "not supported"
#define OVSDB_E_PERMISSION "permission error"
#define OVSDB_E_RANGE "range error"
#define OVSDB_E_REF_INTEGRITY "referential integrity violation"
#define OVSDB_E_RESOURCES "resources exhausted"
#define OVSDB_E_SYNTAX "syntax error"
#define OVSDB_E_TIMED_OUT "timed out"
#define OVSDB_E_UNKNOWN_COLUMN "unknown column"
#define OVSDB_E_UNKNOWN_DB "unknown database"
#define OVSDB_E_UNKNOWN_TABLE "unknown table"

struct ovsdb_err;

/* 'tag' is borrowed for ever (a literal, such as those above). */
struct ovsdb_err *ovsdb_err_create(const char *tag, const char *fmt, ...)
    PRINTF_FORMAT(2, 3) MUST_CHECK;
/* The same, and quotes the offending 'json' (borrowed, may be NULL). */
struct ovsdb_err *ovsdb_err_at(const json_t *json, const char *tag,
                               const char *fmt, ...)
    PRINTF_FORMAT(3, 4) MUST_CHECK;
/* "I/O error" with the words for 'errnum' (positive or negative). */
struct ovsdb_err *ovsdb_err_io(int errnum, const char *fmt, ...)
    PRINTF_FORMAT(2, 3) MUST_CHECK;
/* Puts "TEXT: " before the details of 'err' and returns it; NULL for NULL. */
struct ovsdb_err *ovsdb_err_wrap(struct ovsdb_err *err, const char *fmt, ...)
    PRINTF_FORMAT(2, 3) MUST_CHECK;
struct ovsdb_err *ovsdb_err_clone(const struct ovsdb_err *) MUST_CHECK;
/* Frees; NULL is allowed. */
void ovsdb_err_free(struct ovsdb_err *);
/* Logs the error at warning level, rate-limited, and frees it. */
void ovsdb_err_log(struct ovsdb_err *, const char *context);

const char *ovsdb_err_tag(const struct ovsdb_err *);
/* "" if there are none. */
const char *ovsdb_err_details(const struct ovsdb_err *);
/* New reference. */
json_t *ovsdb_err_to_json(const struct ovsdb_err *);
/* The error that a server's 'json' tells; never NULL. */
struct ovsdb_err *ovsdb_err_from_json(const json_t *json) MUST_CHECK;
/* "constraint violation: DETAILS", as tools print it; caller frees. */
char *ovsdb_err_to_text(const struct ovsdb_err *);

#endif
