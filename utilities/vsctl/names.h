/* SPDX-License-Identifier: Apache-2.0 */
/* How a person names tables, columns and records
 * [ovs-vsctl(8) Identifying Tables, Records, and Columns], and takes
 * "column[:key]=value" apart. */
#ifndef WEIR_VSCTL_NAMES_H
#define WEIR_VSCTL_NAMES_H 1

#include "utilities/vsctl/vsctl.h"

/* The number that stands for the column _uuid. */
#define VSCTL_COL_UUID SIZE_MAX

/* Index of records by name, filled as it is asked. */
struct vsctl_names;

struct vsctl_names *vsctl_names_create(void);
void vsctl_names_destroy(struct vsctl_names **);

/* Case does not matter, '-' is '_', unique beginnings do; fatal if there is
 * none, or more than one. */
size_t vsctl_find_table(const char *name);
size_t vsctl_find_column(size_t table, const char *name);
const char *vsctl_table_name(size_t table);
const char *vsctl_column_name(size_t table, size_t column);
const struct ovsdb_type *vsctl_column_type(const struct vsctl *, size_t table,
                                           size_t column);
/* Clones the column's value into 'out'. */
void vsctl_read(const struct idl_row *, size_t column,
                struct ovsdb_datum *out);

/* Monitors the record that 'typed' names, and what names it. */
void vsctl_want_record(struct vsctl *, size_t table, const char *typed);
/* NULL if there is no such record; fatal if several match. */
const struct idl_row *vsctl_find_record(struct vsctl *, size_t table,
                                        const char *record);
/* The same, fatal if there is none, unless 'if_exists'. */
const struct idl_row *vsctl_get_record(struct vsctl *, size_t table,
                                       const char *record, bool if_exists);
/* A row of 'table' got a name: the index learns it. */
void vsctl_note_name(struct vsctl *, const struct idl_row *);
/* The table's ways of naming, for --help. */
void vsctl_put_name_help(struct str *);

/* Operators of conditions; VSCTL_EQ alone is taken by set and create. */
enum vsctl_op {
    VSCTL_EQ, VSCTL_NE, VSCTL_LT, VSCTL_GT, VSCTL_LE, VSCTL_GE,
    VSCTL_SET_EQ, VSCTL_SET_NE, VSCTL_SET_LT, VSCTL_SET_GT, VSCTL_SET_LE,
    VSCTL_SET_GE, VSCTL_IN, VSCTL_NOT_IN, VSCTL_N_OPS
};

/* "column[:key][OP value]" in parts. */
struct vsctl_arg {
    size_t column;
    char *key;         /* Heap; NULL if there is none. */
    enum vsctl_op op;
    const char *value; /* Of the argument; NULL if there is none. */
};

enum vsctl_arg_form {
    VSCTL_ARG_KEY,  /* Column and key alone. */
    VSCTL_ARG_SET,  /* "=" and a value must follow. */
    VSCTL_ARG_COND  /* Any operator and a value must follow. */
};

/* Fatal if the argument has not that form. */
void vsctl_parse_arg(struct vsctl_arg *, size_t table, const char *,
                     enum vsctl_arg_form);
void vsctl_arg_fini(struct vsctl_arg *);
/* Does the row satisfy the condition? */
bool vsctl_row_matches(struct vsctl *, const struct idl_row *,
                       const struct vsctl_arg *);
/* Sets columns of the row by arguments column[:key]=value. */
void vsctl_set_columns(struct vsctl *, const struct idl_row *, char *args[],
                       int n);
/* Fatal if the column may not change in this row. */
void vsctl_check_writable(const struct idl_row *, size_t column);
/* Monitors the columns that arguments name, in rows that something else asks
 * for.  Whether the rest of an argument is right is not looked at before
 * there is a record to apply it to. */
void vsctl_want_columns(struct vsctl *, size_t table, char *args[], int n);

#endif
