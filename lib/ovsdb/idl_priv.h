/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the replica share. */
#ifndef WEIR_OVSDB_IDL_PRIV_H
#define WEIR_OVSDB_IDL_PRIV_H 1

#include "lib/io/jsonrpc.h"
#include "lib/io/loop.h"
#include "lib/ovsdb/idl.h"
#include "lib/ovsdb/idl_txn.h"

struct idl_column {
    const struct idl_column_class *class;
    struct ovsdb_type type;
    struct ovsdb_datum dflt; /* What an insert without it gives. */
    enum idl_mode mode;
    bool on_server; /* The server's schema has it. */
};

struct idl_table {
    struct idl *idl;
    const struct idl_table_class *class;
    size_t idx;
    struct idl_column *columns;   /* By number. */
    struct shash column_by_name;  /* Data: struct idl_column. */
    struct hmap rows;             /* struct idl_row, by uuid; with orphans. */
    size_t n_rows;                /* Those that the server has. */
    bool monitored, alert;        /* Any column is; any in IDL_ALERT. */
    bool on_server;
    bool tracked;
    struct list track;            /* Rows with changes. */
    json_t *where;                /* Clauses or NULL. */
    bool where_is_late;           /* Set while the monitor was asked for. */
};

/* A reference from 'src' to 'dst'; both hold it in a list. */
struct idl_arc {
    struct list out_node, in_node;
    struct idl_row *src, *dst;
};

enum idl_state {
    IDL_S_OFF,     /* No connection. */
    IDL_S_SCHEMA,  /* Asked for the schema. */
    IDL_S_MONITOR, /* Asked for the monitor. */
    IDL_S_UP,      /* Updates come. */
    IDL_S_FAILED   /* Refused; asks again after a while. */
};

/* How the monitor is asked for, best first. */
enum idl_method { IDL_M_SINCE, IDL_M_COND, IDL_M_PLAIN };

struct idl {
    struct loop *loop;
    const struct idl_class *class;
    struct idl_callbacks callbacks;
    void *aux;
    struct idl_table *tables;   /* By number. */
    struct shash table_by_name; /* Data: struct idl_table. */
    struct list dirty;          /* Rows to be read again. */
    struct list graves;         /* Deleted rows. */
    bool tracking;              /* Some table is tracked. */

    struct jsonrpc_session *session;
    unsigned int n_remotes; /* That the session tries in turn. */
    enum idl_state state;
    enum idl_method method;
    uint64_t request; /* Id of the schema or monitor request. */
    bool pruned;      /* The schema was asked for and compared. */
    struct loop_timer retry;
    struct uuid last_txn; /* For monitor_cond_since; zero: none. */
    char *error;
    bool loaded;
    unsigned int seqno;
    bool alert;             /* callbacks.changed is to be called. */
    unsigned int n_tries;   /* Connections that failed or were lost. */
    int last_errno;

    uint64_t where_request; /* Id of the last monitor_cond_change. */
    unsigned int n_where_requests; /* Not answered yet. */
    bool is_querying;       /* idl_query() waits for the reply to: */
    uint64_t query;
    json_t *query_results;

    char *lock_name;
    uint64_t lock_request;
    bool has_lock, lock_contended;

    struct idl_txn *txn;       /* The open one. */
    struct list outstanding;   /* struct idl_txn, sent. */
};

enum idl_txn_flags {
    IDL_F_WRITTEN = 1, /* 'new' is the whole value to send. */
    IDL_F_VERIFY = 2,  /* The server must have 'seen'. */
    IDL_F_MUTATED = 4  /* 'new' shows 'add' and 'remove', which are sent. */
};

struct idl_mutation {
    struct ovsdb_datum add;    /* Of the column's type. */
    struct ovsdb_datum remove; /* Keys. */
};

/* A row's part in the open transaction. */
struct idl_row_txn {
    struct list node; /* In the transaction's rows. */
    struct idl_row *row;
    bool inserted, deleted;
    bool chosen_uuid;          /* The insert names row->uuid. */
    uint8_t *flags;            /* By column; enum idl_txn_flags. */
    struct ovsdb_datum *new;   /* By column; valid if WRITTEN or MUTATED. */
    struct idl_mutation *mut;  /* By column; NULL if there are none. */
    struct ovsdb_datum *seen;  /* By column: what a decision stood on, since
                                * updates may come before the commit; NULL if
                                * nothing was verified. */
};

/* Is the row there for readers? */
static inline bool
idl_row_is_there(const struct idl_row *row)
{
    return !row->is_dead && (row->txn ? !row->txn->deleted
                                            && (row->old || row->txn->inserted)
                                      : row->old != NULL);
}

static inline const struct idl_column_class *
idl_row_column_class(const struct idl_row *row, size_t column)
{
    return row->table->columns[column].class;
}

/* Finds the row or makes an orphan: a row without contents that only
 * references hold. */
struct idl_row *idl_row_get(struct idl_table *, const struct uuid *);
struct idl_row *idl_row_find(const struct idl_table *, const struct uuid *);
/* Frees the row's memory and takes it out of all lists. */
void idl_row_free(struct idl_row *);
/* Frees an orphan that nothing holds any more. */
void idl_row_drop_orphan(struct idl_row *);
void idl_row_set_dirty(struct idl_row *);
/* The same for the rows that refer to it. */
void idl_row_set_referrers_dirty(struct idl_row *);
void idl_row_note_change(struct idl_row *, enum idl_change);
/* Gives the row contents (defaults), or takes them. */
void idl_row_make(struct idl_row *);
void idl_row_delete(struct idl_row *);
void idl_alert(struct idl *);
/* Deletes all rows, as when a database went. */
void idl_clear(struct idl *);
/* After a batch of changes: members are read, callers told, graves emptied. */
void idl_settle(struct idl *);
/* Frees deleted rows. */
void idl_bury(struct idl *);

/* Members (idl_member.c). */
void idl_members_reread(struct idl *);
void idl_member_reread(struct idl_row *, size_t column);
void idl_members_forget(struct idl_row *);

/* Updates (idl_update.c): applies table updates in the form of 'method'. */
struct ovsdb_err *idl_update(struct idl *, enum idl_method,
                             const json_t *tables) MUST_CHECK;

/* The conversation (idl_monitor.c). */
json_t *idl_monitor_id(const struct idl *);
/* Runs the loop once, not past 'deadline_ms': 0 or -ETIMEDOUT (idl.c). */
int idl_run_until(struct idl *, int64_t deadline_ms) MUST_CHECK;

/* Questions (idl_query.c). */
bool idl_query_handle_reply(struct idl *, const struct jsonrpc_msg *,
                            uint64_t id);
void idl_query_now_up(struct idl *);
void idl_query_lost_connection(struct idl *);

/* Transactions (idl_txn.c). */
bool idl_txn_handle_reply(struct idl *, const struct jsonrpc_msg *);
void idl_txn_lost_connection(struct idl *);

#endif
