/* SPDX-License-Identifier: Apache-2.0 */
/* Rows packed into blocks of bytes.
 *
 * An open row is an array of datums by column idx: easy to change, and some
 * sixty bytes a column even for a boolean.  At rest a row is one immutable
 * block: which columns differ from their defaults, and the values of those,
 * numbers as short as they are.  Equal rows of a table have equal blocks,
 * column by column, so whether a value changed is a memcmp().
 *
 * A block holds all columns but _uuid and _version, which its owner keeps.
 * Reading goes through a view: scratch memory where the datums of one row are
 * laid out as if they were on the heap.
 *
 * Threads: a block does not change once made, and any thread may read it
 * through a view of its own while it is sure to live; its count of holders is
 * the main thread's. */
#ifndef WEIR_OVSDB_PACK_H
#define WEIR_OVSDB_PACK_H 1

#include "lib/ovsdb/schema.h"

struct ovsdb_pack {
    uint32_t n_refs;
    uint32_t len;    /* Of 'bytes'. */
    uint8_t bytes[]; /* A bit for each column that is there; then for each
                      * its length and its atoms. */
};

/* The block of 'row', one reference. */
struct ovsdb_pack *ovsdb_pack_create(const struct ovsdb_table_schema *,
                                     const struct ovsdb_datum row[]);
void ovsdb_pack_unref(struct ovsdb_pack *);

static inline struct ovsdb_pack *
ovsdb_pack_ref(struct ovsdb_pack *p)
{
    p->n_refs++;
    return p;
}

/* The bytes of one column: NULL and 0 if it has its default. */
const uint8_t *ovsdb_pack_column(const struct ovsdb_pack *,
                                 const struct ovsdb_table_schema *, size_t idx,
                                 size_t *len);
/* Fills row[OVSDB_N_STD_COLS...] with datums of the heap. */
void ovsdb_pack_open(const struct ovsdb_pack *,
                     const struct ovsdb_table_schema *,
                     struct ovsdb_datum row[]);

/* Scratch memory in chunks; what is in it goes all at once. */
struct ovsdb_arena {
    struct ovsdb_arena_chunk *chunks; /* The newest first. */
    size_t used;                      /* Of the newest. */
};

/* What a view's datums are held by must be given up again before the next
 * read or the end: they may be put as text, compared, diffed, but what is
 * kept is made with ovsdb_datum_copy(). */
struct ovsdb_view {
    struct ovsdb_datum *datums; /* By column idx. */
    size_t capacity;
    struct ovsdb_arena arena;
};

#define OVSDB_VIEW_INIT { NULL, 0, { NULL, 0 } }

void ovsdb_view_fini(struct ovsdb_view *);
/* All columns of the row; valid until the next read or fini. */
const struct ovsdb_datum *
ovsdb_view_read(struct ovsdb_view *, const struct ovsdb_table_schema *,
                const struct ovsdb_pack *, const struct uuid *uuid,
                const struct uuid *version);
/* The same, but only 'columns' (of n) are sure to be there. */
const struct ovsdb_datum *
ovsdb_view_read_columns(struct ovsdb_view *, const struct ovsdb_table_schema *,
                        const struct ovsdb_pack *, const struct uuid *uuid,
                        const struct uuid *version,
                        const struct ovsdb_column *const columns[], size_t n);

#endif
