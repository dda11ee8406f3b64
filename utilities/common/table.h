/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as the database tools print them: aligned text, lists, HTML, CSV and
 * JSON [ovs-vsctl(8) Table Formatting Options].
 *
 * Fill row by row: columns first, then table_add_row() and one table_put_*()
 * for each column.  The output is the peer's, byte by byte: scripts read it.
 * Single thread. */
#ifndef WEIR_UTILITIES_TABLE_H
#define WEIR_UTILITIES_TABLE_H 1

#include "lib/base/args.h"
#include "lib/base/str.h"
#include "lib/ovsdb/datum.h"

enum table_format {
    TABLE_TABLE, /* Aligned columns. */
    TABLE_LIST,  /* One cell a line. */
    TABLE_HTML,
    TABLE_CSV,   /* [RFC 4180] */
    TABLE_JSON   /* One object with caption, data, headings. */
};

enum table_cells {
    TABLE_STRING, /* As a person writes values. */
    TABLE_BARE,   /* Without brackets and quotes. */
    TABLE_CELL_JSON
};

struct table_style {
    enum table_format format;
    enum table_cells cells;
    bool headings;
    bool json_pretty;
    size_t max_column_width; /* Bytes; 0: any.  TABLE_TABLE only. */
    bool separate;           /* A table was printed: a blank line first. */
};

#define TABLE_STYLE_INIT { TABLE_TABLE, TABLE_STRING, true, false, 0, false }

struct table;

/* 'caption' may be NULL; 'timestamp' prints the time of table_put() first. */
struct table *table_create(const char *caption, bool timestamp);
void table_destroy(struct table **);
void table_add_column(struct table *, const char *heading);
void table_add_row(struct table *);
/* Fill the next cell of the last row. */
void table_put_text(struct table *, const char *);
/* The datum is cloned; the type is borrowed until table_destroy(). */
void table_put_datum(struct table *, const struct ovsdb_datum *,
                     const struct ovsdb_type *);
/* An empty cell: JSON null in the json format. */
void table_put_nothing(struct table *);
/* Takes the reference. */
void table_put_json(struct table *, json_t *);
/* Appends the table's text to 'out' and sets 'style->separate'. */
void table_put(const struct table *, struct table_style *style,
               struct str *out);
/* The text of one datum or JSON value as 'style' wants cells. */
void table_put_cell_text(struct str *out, const struct ovsdb_datum *,
                         const struct ovsdb_type *, enum table_cells);

/* Rows for args_parse(): --format --data --no-headings --pretty --bare
 * --max-column-width.  'style' is kept. */
enum { TABLE_N_ARGS = 6 };
void table_args_init(struct args_opt opts[TABLE_N_ARGS],
                     struct table_style *style);

#endif
