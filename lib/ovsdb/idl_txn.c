/* SPDX-License-Identifier: Apache-2.0 */
/* Life of a transaction: open, sent, answered.  What it changes is in
 * idl_write.c, how it is written as operations in idl_ops.c. */
#include "lib/ovsdb/idl_txn.h"

#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/idl_txn_priv.h"
#include "lib/ovsdb/rpc.h"

const char *
idl_txn_status_name(enum idl_txn_status status)
{
    static const char *const names[] = {
        [IDL_TXN_OPEN] = "open",
        [IDL_TXN_UNCHANGED] = "unchanged",
        [IDL_TXN_INCOMPLETE] = "incomplete",
        [IDL_TXN_SUCCESS] = "success",
        [IDL_TXN_TRY_AGAIN] = "try again",
        [IDL_TXN_NOT_LOCKED] = "not locked",
        [IDL_TXN_ABORTED] = "aborted",
        [IDL_TXN_ERROR] = "error",
    };
    return names[status];
}

struct idl_txn *
idl_txn_create(struct idl *idl)
{
    ASSERT(!idl->txn);
    struct idl_txn *txn = xzalloc(sizeof *txn);
    txn->idl = idl;
    txn->status = IDL_TXN_OPEN;
    list_init(&txn->rows);
    list_init(&txn->node);
    hmap_init(&txn->inserts);
    idl->txn = txn;
    return txn;
}

static void
row_txn_free(struct idl_row_txn *rt)
{
    struct idl_table *t = rt->row->table;
    for (size_t i = 0; i < t->class->n_columns; i++) {
        const struct ovsdb_type *type = &t->columns[i].type;
        ovsdb_datum_fini(&rt->new[i], type);
        if (rt->seen) {
            ovsdb_datum_fini(&rt->seen[i], type);
        }
        if (rt->mut) {
            struct ovsdb_type keys = *type;
            ovsdb_base_init(&keys.value, OVSDB_VOID);
            ovsdb_datum_fini(&rt->mut[i].add, type);
            ovsdb_datum_fini(&rt->mut[i].remove, &keys);
        }
    }
    free(rt->flags);
    free(rt->new);
    free(rt->mut);
    free(rt->seen);
    free(rt);
}

/* Ends the view: rows show the server's state again. */
static void
close_view(struct idl_txn *txn)
{
    struct idl *idl = txn->idl;
    if (idl->txn != txn) {
        return;
    }
    idl->txn = NULL;
    struct list rows;
    list_init(&rows);
    while (!list_is_empty(&txn->rows)) {
        struct idl_row_txn *rt = LIST_ENTRY(list_pop_front(&txn->rows),
                                            struct idl_row_txn, node);
        struct idl_row *row = rt->row;
        row->txn = NULL;
        if (rt->deleted || rt->inserted) {
            idl_row_set_referrers_dirty(row);
        }
        if (!row->is_dead) {
            idl_row_set_dirty(row);
        }
        row_txn_free(rt);
    }
    idl_members_reread(idl);
}

static void
txn_clear(struct idl_txn *txn)
{
    HMAP_FOR_EACH_SAFE (struct idl_insert, in, node, &txn->inserts) {
        hmap_remove(&txn->inserts, &in->node);
        free(in);
    }
    str_clear(&txn->comment);
}

void
idl_txn_destroy(struct idl_txn **txnp)
{
    struct idl_txn *txn = *txnp;
    if (!txn) {
        return;
    }
    close_view(txn);
    list_remove(&txn->node);
    txn_clear(txn);
    hmap_fini(&txn->inserts);
    str_fini(&txn->comment);
    free(txn->error);
    json_decref(txn->error_json);
    free(txn);
    *txnp = NULL;
}

struct idl_txn *
idl_get_txn(const struct idl *idl)
{
    return idl->txn;
}

void
idl_txn_add_comment(struct idl_txn *txn, const char *fmt, ...)
{
    if (txn->comment.len) {
        str_put_char(&txn->comment, '\n');
    }
    va_list args;
    va_start(args, fmt);
    str_putv(&txn->comment, fmt, args);
    va_end(args);
}

void
idl_txn_set_dry_run(struct idl_txn *txn)
{
    txn->dry_run = true;
}

void
idl_txn_set_strict(struct idl_txn *txn)
{
    txn->strict = true;
}

void
idl_txn_set_done(struct idl_txn *txn,
                 void (*done)(struct idl_txn *, enum idl_txn_status, void *),
                 void *aux)
{
    txn->done = done;
    txn->aux = aux;
}

void
idl_txn_increment(struct idl_txn *txn, const struct idl_row *row,
                  size_t column, bool force)
{
    ASSERT(txn->status == IDL_TXN_OPEN);
    txn->inc_table = row->table->idx;
    txn->inc_uuid = row->uuid;
    txn->inc_column = column;
    txn->inc = true;
    txn->inc_force = force;
}

int64_t
idl_txn_increment_value(const struct idl_txn *txn)
{
    ASSERT(txn->status == IDL_TXN_SUCCESS);
    return txn->inc_value;
}

enum idl_txn_status
idl_txn_status(const struct idl_txn *txn)
{
    return txn->status;
}

const char *
idl_txn_error(const struct idl_txn *txn)
{
    return txn->error ? txn->error : "";
}

const json_t *
idl_txn_error_json(const struct idl_txn *txn)
{
    return txn->error_json;
}

void
idl_txn_abort(struct idl_txn *txn)
{
    close_view(txn);
    if (txn->status == IDL_TXN_OPEN || txn->status == IDL_TXN_INCOMPLETE) {
        txn->status = IDL_TXN_ABORTED;
        list_remove(&txn->node);
    }
}

void
idl_txn_refresh(struct idl_txn *txn)
{
    idl_members_reread(txn->idl);
}

enum idl_txn_status
idl_txn_commit(struct idl_txn *txn)
{
    struct idl *idl = txn->idl;

    if (txn->status != IDL_TXN_OPEN) {
        return txn->status;
    }
    if (!idl_has_lock(idl)) {
        txn->status = IDL_TXN_NOT_LOCKED;
    } else {
        json_t *params = idl_txn_to_ops(txn);
        if (!params) {
            txn->status = IDL_TXN_UNCHANGED;
        } else if (!idl->session
                   || jsonrpc_session_request(idl->session, OVSDB_RPC_TRANSACT,
                                              params, &txn->request)) {
            txn->status = IDL_TXN_TRY_AGAIN;
        } else {
            txn->status = IDL_TXN_INCOMPLETE;
            list_push_back(&idl->outstanding, &txn->node);
        }
    }
    close_view(txn);
    return txn->status;
}

enum idl_txn_status
idl_txn_commit_block(struct idl_txn *txn, int64_t deadline_ms)
{
    enum idl_txn_status status = idl_txn_commit(txn);
    while (status == IDL_TXN_INCOMPLETE) {
        int64_t left = deadline_ms == INT64_MAX
                           ? 1000
                           : deadline_ms - clock_real_ms();
        if (left <= 0) {
            break;
        }
        loop_run_for(txn->idl->loop, MIN(left, 1000));
        status = txn->status;
    }
    return status;
}

const struct uuid *
idl_txn_inserted_uuid(const struct idl_txn *txn, const struct uuid *uuid)
{
    if (txn->status != IDL_TXN_SUCCESS && txn->status != IDL_TXN_UNCHANGED) {
        return NULL;
    }
    HMAP_FOR_EACH_WITH_HASH (struct idl_insert, in, node, uuid_hash(uuid),
                             &txn->inserts) {
        if (uuid_eq(&in->ours, uuid)) {
            return &in->servers;
        }
    }
    return NULL;
}

static void
finish(struct idl_txn *txn, enum idl_txn_status status)
{
    list_remove(&txn->node);
    txn->status = status;
    if (txn->done) {
        txn->done(txn, status, txn->aux);
    }
}

void
idl_txn_lost_connection(struct idl *idl)
{
    while (!list_is_empty(&idl->outstanding)) {
        finish(LIST_ENTRY(list_front(&idl->outstanding), struct idl_txn, node),
               IDL_TXN_TRY_AGAIN);
    }
}

/* What the first error among the results means.  An operation before the end
 * that failed is the reason; those after it are null. */
static enum idl_txn_status
status_of_error(struct idl_txn *txn, json_t *error)
{
    const char *tag = json_string_value(json_object_get(error, "error"));
    if (tag && !strcmp(tag, "timed out")) {
        return IDL_TXN_TRY_AGAIN; /* A wait: what was verified changed. */
    }
    if (tag && !strcmp(tag, "aborted") && txn->dry_run) {
        return IDL_TXN_SUCCESS;
    }
    if (tag && !strcmp(tag, "not owner")) {
        return IDL_TXN_NOT_LOCKED;
    }
    struct ovsdb_err *err = ovsdb_err_from_json(error);
    txn->error = ovsdb_err_to_text(err);
    txn->error_json = json_incref(error);
    ovsdb_err_free(err);
    return IDL_TXN_ERROR;
}

static void
read_increment(struct idl_txn *txn, const json_t *results)
{
    const json_t *rows = json_object_get(
        json_array_get(results, txn->inc_select_op), "rows");
    const char *name =
        txn->idl->tables[txn->inc_table].class->columns[txn->inc_column].name;
    txn->inc_value = json_integer_value(
        json_object_get(json_array_get(rows, 0), name));
}

static void
read_inserts(struct idl_txn *txn, const json_t *results)
{
    HMAP_FOR_EACH (struct idl_insert, in, node, &txn->inserts) {
        const json_t *pair = json_object_get(json_array_get(results, in->op),
                                             "uuid");
        const char *text = json_string_value(json_array_get(pair, 1));
        if (!text || !uuid_from_text(&in->servers, text)) {
            in->servers = in->ours;
        }
    }
}

static enum idl_txn_status
handle_results(struct idl_txn *txn, const json_t *results)
{
    size_t n = json_array_size(results);
    for (size_t i = 0; i < n; i++) {
        json_t *r = json_array_get(results, i);
        if (json_object_get(r, "error")) {
            return status_of_error(txn, r);
        }
    }
    if (txn->inc_sent) {
        read_increment(txn, results);
    }
    read_inserts(txn, results);
    return IDL_TXN_SUCCESS;
}

bool
idl_txn_handle_reply(struct idl *idl, const struct jsonrpc_msg *msg)
{
    LIST_FOR_EACH (struct idl_txn, txn, node, &idl->outstanding) {
        if (!json_is_integer(msg->id)
            || (uint64_t)json_integer_value(msg->id) != txn->request) {
            continue;
        }
        finish(txn, msg->type == JSONRPC_REPLY
                        ? handle_results(txn, msg->result)
                        : status_of_error(txn, msg->error));
        return true;
    }
    return false;
}
