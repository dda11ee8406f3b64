/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of records in database files, and how their damage is judged
 * [ovsdb(5)].
 *
 *     OVSDB JSON <length> <sha1>\n
 *     <length bytes of JSON, the last one a new line>
 *
 * A crash may leave the last record short, or with zeros where data had not
 * reached the disk: that is a torn tail, of which nothing was ever
 * acknowledged.  Anything else that does not check is damage, and not for us
 * to cut.  Pure; any thread. */
#ifndef WEIR_OVSDB_FRAME_H
#define WEIR_OVSDB_FRAME_H 1

#include "lib/base/str.h"

enum ovsdb_frame_status {
    OVSDB_FRAME_OK,
    OVSDB_FRAME_END,     /* No more. */
    OVSDB_FRAME_TORN,    /* A torn tail starts at the offset. */
    OVSDB_FRAME_DAMAGED, /* Something else is wrong there: see the text. */
};

struct ovsdb_frame_reader {
    const char *data; /* Borrowed: the whole file. */
    size_t len;
    size_t offset;    /* Of the next record; of the bad one at the end. */
    char *reason;     /* What is wrong; heap; NULL while all is well. */
};

void ovsdb_frame_reader_init(struct ovsdb_frame_reader *, const char *data,
                             size_t len);
void ovsdb_frame_reader_fini(struct ovsdb_frame_reader *);
/* With OVSDB_FRAME_OK, '*text' is the next record's JSON, borrowed, '*len'
 * bytes without the new line. */
enum ovsdb_frame_status ovsdb_frame_next(struct ovsdb_frame_reader *,
                                         const char **text, size_t *len);

/* Appends the header of a record whose JSON has 'len' bytes with its new line
 * and the sum 'sha1' (40 hex digits). */
void ovsdb_frame_put_header(struct str *out, size_t len, const char *sha1);
/* Appends frame and JSON.  'json' has no new line in it. */
void ovsdb_frame_put(struct str *out, const char *json, size_t len);

#endif
