/* SPDX-License-Identifier: Apache-2.0 */
/* A client's replica of a database: rows as C structs, kept up to date by the
 * server's monitor, and (idl_txn.h) transactions on them.
 *
 * How it works.  A program describes the tables it knows by an idl_class,
 * which build-aux/gen-idl makes from a schema together with one struct for
 * each table.  It says which tables and columns it wants, connects, and is
 * called when the replica changed.  Rows' members then hold the columns:
 * strings, numbers, arrays with a count, smaps, and pointers to the rows that
 * references name (a reference to a row that is not there is left out, and
 * comes back when the row does).
 *
 * Members, arrays and strings are the replica's: valid until the loop runs
 * again (deleted rows of tracked tables: until idl_track_clear()).  In an open
 * transaction idl_first(), idl_find() and idl_read() show its changes at once;
 * members show a write to their own row, and the rest (deleted rows, elements
 * added and removed) after idl_txn_refresh().
 *
 * Protocol: monitor_cond_since, else monitor_cond, else monitor; after a
 * reconnect only what changed since is asked for.  Tables and columns that the
 * server's schema lacks are left out, with defaults in their place; one
 * warning names each.  [RFC 7047 4, ovsdb-server(7)]
 *
 * Threads: the loop's. */
#ifndef WEIR_OVSDB_IDL_H
#define WEIR_OVSDB_IDL_H 1

#include "lib/base/hmap.h"
#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/ovsdb/datum.h"

struct idl;
struct idl_row_txn;
struct idl_table;
struct jsonrpc_session;
struct loop;

/* How a column's value lies in its struct. */
enum idl_shape {
    IDL_SCALAR,   /* T x;  exactly one. */
    IDL_POINTER,  /* const char *x or struct row *x;  NULL if none. */
    IDL_ARRAY,    /* T *x; size_t n_x;  sets, and optional numbers. */
    IDL_SMAP,     /* struct smap x;  string to string. */
    IDL_MAP       /* K *key_x; V *value_x; size_t n_x; */
};

struct idl_column_class {
    const char *name;
    const char *type; /* The <type> as JSON text. */
    bool is_mutable;
    enum idl_shape shape;
    size_t offset;       /* Of x, or of key_x. */
    size_t value_offset; /* Of value_x (IDL_MAP). */
    size_t n_offset;     /* Of n_x (IDL_ARRAY, IDL_MAP). */
    int key_table;       /* Number of the table that keys refer to; or -1. */
    int value_table;     /* The same for values. */
};

struct idl_table_class {
    const char *name;
    const struct idl_column_class *columns; /* Sorted by name. */
    size_t n_columns;
    size_t row_size;   /* Of the row's struct. */
    bool is_singleton; /* maxRows is 1. */
    bool is_root;      /* Rows live without references to them. */
};

struct idl_class {
    const char *database;
    const struct idl_table_class *tables; /* Sorted by name. */
    size_t n_tables;
};

/* What happened to a row since idl_track_clear(). */
enum idl_change { IDL_INSERTED = 1, IDL_MODIFIED = 2, IDL_DELETED = 4 };

/* The head of every row's struct. */
struct idl_row {
    struct hmap_node node; /* In the table, by uuid. */
    struct uuid uuid;
    struct idl_table *table;
    struct ovsdb_datum *old; /* By column, as the server has it; NULL if the
                              * server has no such row. */
    struct idl_row_txn *txn; /* Changes in the open transaction, or NULL. */
    struct list arcs_out;    /* References from this row. */
    struct list arcs_in;     /* References to it. */
    struct list track_node;  /* In the table's tracked rows, if 'changes'. */
    struct list dirty_node;  /* In the rows whose members are to be read. */
    struct list grave_node;  /* In the rows deleted and not freed yet. */
    unsigned int changes;    /* enum idl_change, if tracked. */
    bool is_read;            /* The members hold memory. */
    bool is_dead;            /* Deleted; no longer in the table. */
};

enum idl_mode {
    IDL_OMIT,  /* Not monitored; reads as the default.  Writes work. */
    IDL_QUIET, /* Monitored; a change of it alone calls nobody. */
    IDL_ALERT  /* Monitored. */
};

struct idl_callbacks {
    /* The replica changed in a column of IDL_ALERT, was loaded for the first
     * time, or the lock was got or lost. */
    void (*changed)(void *aux);
    /* May be NULL.  'err' is 0 when a connection came up, else negative. */
    void (*connection)(void *aux, int err);
};

/* Nothing is monitored yet, and nothing connected. */
struct idl *idl_create(struct loop *, const struct idl_class *,
                       const struct idl_callbacks *, void *aux);
/* Open transactions must be destroyed before. */
void idl_destroy(struct idl **);

/* What to monitor; before idl_connect() only, but for idl_set_where(). */
void idl_set_all_modes(struct idl *, enum idl_mode);
void idl_set_table_mode(struct idl *, size_t table, enum idl_mode);
void idl_set_mode(struct idl *, size_t table, size_t column, enum idl_mode);
/* Monitors the table for its rows' existence, even without a column. */
void idl_add_table(struct idl *, size_t table);
/* Only rows that satisfy one of the clauses of 'where' (taken).  Once
 * connected it asks the server for the difference. */
void idl_set_where(struct idl *, size_t table, json_t *where);
/* Keeps lists of inserted, modified and deleted rows. */
void idl_track(struct idl *, size_t table);
/* Asks for the lock 'name' at each connect; transactions then assert it. */
void idl_set_lock(struct idl *, const char *name);

/* Starts to connect; 'remotes' as jsonrpc_session_open() takes them.  NULL,
 * or a heap text if a name is bad. */
char *idl_connect(struct idl *, const char *remotes) MUST_CHECK;
/* NULL before idl_connect(). */
struct jsonrpc_session *idl_session(struct idl *);
/* Forgets the connection and asks for everything anew. */
void idl_force_reconnect(struct idl *);

/* The replica is complete: the first answer came. */
bool idl_is_loaded(const struct idl *);
bool idl_is_connected(const struct idl *);
/* True if no lock is set, or the server gave it. */
bool idl_has_lock(const struct idl *);
/* Another client holds the lock. */
bool idl_is_lock_contended(const struct idl *);
/* Why the server refused the monitor for good (the database is not there, the
 * schema does not fit); borrowed; NULL if it did not. */
const char *idl_error(const struct idl *);
/* Grows at each change that idl_callbacks.changed tells. */
unsigned int idl_seqno(const struct idl *);
/* Tables and columns by number are as in the class. */
const struct idl_class *idl_get_class(const struct idl *);
struct loop *idl_loop(struct idl *);
/* Runs the loop until the replica is loaded: 0; -ETIMEDOUT past 'deadline_ms'
 * of clock_real_ms(); the connection's errno if 'once' and the first attempt
 * at each remote failed; -EPROTO with idl_error().  For tools. */
int idl_wait_loaded(struct idl *, bool once, int64_t deadline_ms) MUST_CHECK;
/* Runs the loop until the rows are there that idl_set_where() asked for: 0 or
 * -ETIMEDOUT. */
int idl_wait_where(struct idl *, int64_t deadline_ms) MUST_CHECK;
/* Runs the loop until the server has done 'ops' (taken): an array of
 * operations that change nothing, such as selects of what is not monitored.
 * The answer is of now, the replica may be behind it.  0 with a new reference
 * to the results; -ETIMEDOUT; -ENOTCONN if the connection was lost or the
 * request refused. */
int idl_query(struct idl *, json_t *ops, int64_t deadline_ms,
              json_t **results) MUST_CHECK;
/* Runs the loop until idl_seqno() is past 'seqno'. */
int idl_wait_change(struct idl *, unsigned int seqno, int64_t deadline_ms)
    MUST_CHECK;

/* Rows, in no order, without those that the open transaction deleted.  Do not
 * insert rows during a loop. */
const struct idl_row *idl_first(const struct idl *, size_t table);
const struct idl_row *idl_next(const struct idl_row *);
size_t idl_n_rows(const struct idl *, size_t table);
/* NULL if there is none. */
const struct idl_row *idl_find(const struct idl *, size_t table,
                               const struct uuid *);
/* The value of a column, with the open transaction's changes; borrowed until
 * the next change of the row. */
const struct ovsdb_datum *idl_read(const struct idl_row *, size_t column);
const struct ovsdb_type *idl_column_type(const struct idl *, size_t table,
                                         size_t column);
/* Does the server's schema have it?  (Known once loaded; else true.) */
bool idl_server_has_table(const struct idl *, size_t table);
bool idl_server_has_column(const struct idl *, size_t table, size_t column);
size_t idl_row_table(const struct idl_row *);
struct idl *idl_row_idl(const struct idl_row *);
/* The rows with changes since idl_track_clear(), the deleted among them, whose
 * members are still as they were last. */
const struct idl_row *idl_track_first(const struct idl *, size_t table);
const struct idl_row *idl_track_next(const struct idl_row *);
/* Forgets the changes and frees the deleted rows. */
void idl_track_clear(struct idl *);

#endif
