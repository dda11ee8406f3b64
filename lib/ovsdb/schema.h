/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas of databases: tables, columns, indexes [RFC 7047 3.2].
 *
 * A schema is built once from JSON and then only read.  Tables and columns
 * have numbers (idx), so that a database keeps its tables in an array and a
 * row is an array of datums.  Columns 0 and 1 of every table are _uuid and
 * _version, which are not written in the JSON form.  Main thread. */
#ifndef WEIR_OVSDB_SCHEMA_H
#define WEIR_OVSDB_SCHEMA_H 1

#include "lib/base/map.h"
#include "lib/ovsdb/datum.h"

enum { OVSDB_COL_UUID, OVSDB_COL_VERSION, OVSDB_N_STD_COLS };

struct ovsdb_column {
    size_t idx;      /* In its table, and in a row's datums. */
    char *name;
    struct ovsdb_type type;
    bool is_mutable; /* May change after the row's insertion. */
    bool persistent; /* Not "ephemeral". */
};

/* An ordered list of columns of one table. */
struct ovsdb_column_set {
    const struct ovsdb_column **columns; /* Heap array of borrowed columns. */
    size_t n, capacity;
};

struct ovsdb_table_schema {
    size_t idx; /* In its schema. */
    char *name;
    struct ovsdb_column **columns; /* By idx. */
    size_t n_columns;              /* With _uuid and _version. */
    struct shash column_by_name;   /* Data: struct ovsdb_column. */
    bool is_mutable;
    bool is_root;
    unsigned int max_rows; /* UINT_MAX: any. */
    struct ovsdb_column_set *indexes;
    size_t n_indexes;
};

struct ovsdb_schema {
    char *name;
    char *version;                      /* "x.y.z"; "" if none. */
    char *cksum;                        /* "" if none. */
    struct ovsdb_table_schema **tables; /* By idx. */
    size_t n_tables;
    struct shash table_by_name; /* Data: struct ovsdb_table_schema. */
};

/* On success '*schema' is owned by the caller; on error NULL.  References are
 * resolved, names checked to be <id>s not starting with '_'. */
struct ovsdb_err *ovsdb_schema_from_json(const json_t *,
                                         struct ovsdb_schema **schema)
    MUST_CHECK;
struct ovsdb_err *ovsdb_schema_from_file(const char *path,
                                         struct ovsdb_schema **schema)
    MUST_CHECK;
json_t *ovsdb_schema_to_json(const struct ovsdb_schema *);
struct ovsdb_schema *ovsdb_schema_clone(const struct ovsdb_schema *);
/* Frees and sets '*schema' to NULL. */
void ovsdb_schema_destroy(struct ovsdb_schema **schema);
bool ovsdb_schema_eq(const struct ovsdb_schema *, const struct ovsdb_schema *);

/* NULL if there is none. */
const struct ovsdb_table_schema *
ovsdb_schema_table(const struct ovsdb_schema *, const char *name);
const struct ovsdb_column *
ovsdb_table_schema_column(const struct ovsdb_table_schema *, const char *name);
/* The same with an error that names the thing ('json' is quoted). */
struct ovsdb_err *ovsdb_schema_find_table(const struct ovsdb_schema *,
                                          const char *name,
                                          const struct ovsdb_table_schema **)
    MUST_CHECK;
struct ovsdb_err *
ovsdb_table_schema_find_column(const struct ovsdb_table_schema *,
                               const char *name, const struct ovsdb_column **)
    MUST_CHECK;

/* One column by itself, for declarations outside a schema.  'type' is taken.*/
struct ovsdb_column *ovsdb_column_create(const char *name, bool is_mutable,
                                         bool persistent,
                                         struct ovsdb_type *type);
void ovsdb_column_destroy(struct ovsdb_column *);
json_t *ovsdb_column_to_json(const struct ovsdb_column *);
json_t *ovsdb_table_schema_to_json(const struct ovsdb_table_schema *,
                                   bool default_is_root);
/* Reads a datum for 'column' of 'table'; the error names both. */
struct ovsdb_err *ovsdb_column_datum_from_json(
    const struct ovsdb_table_schema *table, const struct ovsdb_column *column,
    const json_t *, struct ovsdb_symtab *, struct ovsdb_datum *) MUST_CHECK;

void ovsdb_column_set_init(struct ovsdb_column_set *);
void ovsdb_column_set_fini(struct ovsdb_column_set *);
void ovsdb_column_set_add(struct ovsdb_column_set *,
                          const struct ovsdb_column *);
bool ovsdb_column_set_contains(const struct ovsdb_column_set *,
                               const struct ovsdb_column *);
/* All columns of 'table', with _uuid and _version. */
void ovsdb_column_set_add_all(struct ovsdb_column_set *,
                              const struct ovsdb_table_schema *table);
/* From an array of names; NULL 'json' gives all columns.  Repeated names are
 * an error. */
struct ovsdb_err *
ovsdb_column_set_from_json(struct ovsdb_column_set *, const json_t *json,
                           const struct ovsdb_table_schema *) MUST_CHECK;
json_t *ovsdb_column_set_to_json(const struct ovsdb_column_set *);

/* An <id>: letter or '_' first, then letters, digits, '_'. */
bool ovsdb_is_id(const char *);
/* "x.y.z" of numbers. */
bool ovsdb_is_version(const char *);

#endif
