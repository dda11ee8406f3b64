/* SPDX-License-Identifier: Apache-2.0 */
/* The frame of records in database files, and how their damage is judged
 * [ovsdb(5)].
 *
 *     OVSDB JSON <length> <sha1>\n
 *     <length bytes of JSON, the last one a new line>
 *
 * A crash may leave the last writes short, or with zeros in the place of
 * sectors that had not reached the disk: that is a torn tail, of which
 * nothing was ever acknowledged, and it may be cut off.  Anything else that
 * does not check is damage, and not for us to cut.  To tell the two apart,
 * records carry marks, as blanks between the JSON and its new line, which no
 * reader of JSON minds:
 *
 * - a blank: this record is the first of a batch.  What stands before it in
 *   the file was on the disk when it was written.  So a bad record is
 *   damage if any good record behind it has this mark.
 * - a tab: this record and the next became part of the file together, with
 *   its name.  So a bad record behind this one is damage.
 *
 * Records without marks that come before the first batch (another program
 * wrote them) are taken for batches of one.
 *
 * JSON has no zero bytes, and a sector without its data is all zeros from
 * where a write began; so a single wrong bit never looks like a torn tail.
 *
 * Pure; any thread. */
#ifndef WEIR_OVSDB_FRAME_H
#define WEIR_OVSDB_FRAME_H 1

#include "lib/base/str.h"

enum ovsdb_frame_status {
    OVSDB_FRAME_OK,
    OVSDB_FRAME_END,     /* No more. */
    OVSDB_FRAME_TORN,    /* A torn tail starts at the offset. */
    OVSDB_FRAME_DAMAGED, /* Something else is wrong there: see the text. */
};

enum ovsdb_frame_marks {
    OVSDB_FRAME_BATCH = 1,
    OVSDB_FRAME_JOINED = 2,
};

struct ovsdb_frame_reader {
    const char *data; /* Borrowed: the whole file. */
    size_t len;
    size_t offset;    /* Of the next record; of the bad one at the end. */
    char *reason;     /* What is wrong; heap; NULL while all is well. */
    int marks;        /* Of the last record. */
    bool has_batches; /* A record was marked OVSDB_FRAME_BATCH. */
};

void ovsdb_frame_reader_init(struct ovsdb_frame_reader *, const char *data,
                             size_t len);
void ovsdb_frame_reader_fini(struct ovsdb_frame_reader *);
/* With OVSDB_FRAME_OK, '*text' is the next record's JSON, borrowed, '*len'
 * bytes without marks and new line. */
enum ovsdb_frame_status ovsdb_frame_next(struct ovsdb_frame_reader *,
                                         const char **text, size_t *len);
/* Moves a reader that met a bad record to the next good one behind it and
 * returns true; false, and the end, if there is none. */
bool ovsdb_frame_skip(struct ovsdb_frame_reader *);

/* Appends the header of a record whose JSON has 'len' bytes with its new line
 * and the sum 'sha1' (40 hex digits). */
void ovsdb_frame_put_header(struct str *out, size_t len, const char *sha1);
/* Appends frame and JSON.  'json' has no new line in it. */
void ovsdb_frame_put(struct str *out, const char *json, size_t len);
/* Appends 'record', the good frame of one record without marks, with marks
 * (enum ovsdb_frame_marks). */
void ovsdb_frame_put_marked(struct str *out, const char *record, size_t len,
                            int marks);

#endif
