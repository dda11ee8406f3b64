/* SPDX-License-Identifier: Apache-2.0 */
/* Steps 2 and 3 of a commit: references.
 *
 * The rows a transaction touched are visited once; the difference between
 * their old and new references changes the counts where these point.  Rows
 * whose count fell, and new ones, go to a queue; those of non-root tables
 * that nobody needs are deleted, which lets go of what they pointed to, and
 * so on until the queue is empty.  Then mentions (weak references) of deleted
 * rows are taken away, which may again let go of a strong reference beside
 * them in a map; so both repeat until nothing is left to do. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "ovsdb/txn_priv.h"

struct ref_walk {
    struct txn *txn;
    struct txn_row *tr;               /* The row that refers. */
    const struct ovsdb_column *column;
};

static void
txn_fail(struct txn *txn, struct ovsdb_err *err)
{
    if (txn->err) {
        ovsdb_err_free(err);
    } else {
        txn->err = err;
    }
}

static void
count_ref(struct txn *txn, struct db_row *row, int delta)
{
    if (txn->n_ref_changes >= txn->ref_capacity) {
        txn->ref_changes = x2nrealloc(txn->ref_changes, &txn->ref_capacity,
                                      sizeof *txn->ref_changes);
    }
    txn->ref_changes[txn->n_ref_changes++]
        = (struct txn_ref_change){ row, delta };
    row->n_strong = (uint32_t)((int)row->n_strong + delta);
}

void
txn_undo_refs(struct txn *txn)
{
    while (txn->n_ref_changes) {
        struct txn_ref_change *c = &txn->ref_changes[--txn->n_ref_changes];
        c->row->n_strong = (uint32_t)((int)c->row->n_strong - c->delta);
    }
}

static void
gc_consider(struct txn *txn, struct txn_row *tr)
{
    if (!tr->row->table->schema->is_root && !tr->deleted
        && list_is_empty(&tr->gc_node)) {
        list_push_back(&txn->gc_queue, &tr->gc_node);
    }
}

/* The row a reference points to, even if this transaction deletes it. */
static struct db_row *
ref_target(struct txn *txn, const struct ovsdb_base *base,
           const struct uuid *uuid)
{
    struct db_table *t = db_table_of_base(txn->db, base);
    struct db_row *row = db_table_find(t, uuid);
    if (!row) {
        struct txn_row *tr = txn_find(txn, t, uuid);
        row = tr ? tr->row : NULL;
    }
    return row;
}

static void
on_ref_change(void *aux, const struct ovsdb_base *base,
              const struct uuid *uuid, int sign)
{
    struct ref_walk *w = aux;
    if (!ovsdb_base_is_strong_ref(base)) {
        return;
    }
    struct db_row *self = w->tr->row;
    struct db_row *target = ref_target(w->txn, base, uuid);
    if (target == self) {
        return; /* A row does not keep itself alive. */
    }
    if (!target || (sign > 0 && target->txn_row
                    && target->txn_row->deleted)) {
        if (sign > 0) {
            txn_fail(w->txn,
                     ovsdb_err_create(
                         OVSDB_E_REF_INTEGRITY,
                         "Table %s column %s row " UUID_FMT " references "
                         "nonexistent row " UUID_FMT " in table %s.",
                         self->table->schema->name, w->column->name,
                         UUID_ARGS(db_row_uuid(self)), UUID_ARGS(uuid),
                         base->u.uuid.ref_table));
        }
        return;
    }
    count_ref(w->txn, target, sign);
    if (sign < 0 && !target->n_strong) {
        gc_consider(w->txn, txn_touch(w->txn, target));
    }
}

/* Counts what changed in 'tr' from 'old' (NULL: nothing) to 'new'. */
static void
count_row_refs(struct txn *txn, struct txn_row *tr,
               const struct ovsdb_datum *old, const struct ovsdb_datum *new)
{
    static const struct ovsdb_datum none = OVSDB_DATUM_EMPTY;
    const struct db_table *t = tr->row->table;
    for (size_t i = 0; i < t->n_ref_columns; i++) {
        struct ref_walk w = { txn, tr, t->ref_columns[i] };
        size_t idx = w.column->idx;
        db_diff_refs(old ? &old[idx] : &none, new ? &new[idx] : &none,
                     &w.column->type, on_ref_change, &w);
    }
}

/* Deletes the queued rows that nobody needs: lets go of what they pointed to
 * and queues the removal of their mentions. */
static void
collect_garbage(struct txn *txn)
{
    while (!list_is_empty(&txn->gc_queue)) {
        struct list *node = list_pop_front(&txn->gc_queue);
        struct txn_row *tr = CONTAINER_OF(node, struct txn_row, gc_node);
        if (tr->deleted || tr->row->n_strong) {
            continue;
        }
        txn_delete(txn, tr->row);
        count_row_refs(txn, tr, tr->row->u.datums, NULL);
        list_push_back(&txn->weak_queue, &tr->gc_node);
    }
}

/* Step 3. */

static bool
weak_ref_is_dead(struct txn *txn, const struct ovsdb_base *base,
                 const union ovsdb_atom *atom)
{
    return ovsdb_base_is_weak_ref(base)
           && !db_table_find(db_table_of_base(txn->db, base), &atom->uuid);
}

/* Counts down the strong reference beside a weak one that goes. */
static void
release_pair(struct txn *txn, struct txn_row *tr,
             const struct ovsdb_column *c, const struct ovsdb_datum *d,
             uint32_t i)
{
    struct ref_walk w = { txn, tr, c };
    on_ref_change(&w, &c->type.key, &d->keys[i].uuid, -1);
    if (ovsdb_type_is_map(&c->type)
        && ovsdb_base_is_ref(&c->type.value)) {
        on_ref_change(&w, &c->type.value, &d->values[i].uuid, -1);
    }
}

static bool
element_is_dead(struct txn *txn, const struct ovsdb_column *c,
                const struct ovsdb_datum *d, uint32_t i)
{
    return weak_ref_is_dead(txn, &c->type.key, &d->keys[i])
           || (ovsdb_type_is_map(&c->type)
               && weak_ref_is_dead(txn, &c->type.value, &d->values[i]));
}

static void
check_weak_size(struct txn *txn, const struct db_row *row,
                const struct ovsdb_column *c)
{
    if (row->u.datums[c->idx].n < c->type.n_min) {
        txn_fail(txn, ovsdb_err_create(
                          OVSDB_E_CONSTRAINT,
                          "Weak reference column \"%s\" in \"%s\" row "
                          UUID_FMT " would become empty, since the row it "
                          "referenced is gone or was never there, but this "
                          "column is not allowed to be empty.",
                          c->name, row->table->schema->name,
                          UUID_ARGS(db_row_uuid(row))));
    }
}

/* Takes elements of column 'c' that mention rows which are not there. */
static void
prune_column(struct txn *txn, struct txn_row *tr, const struct ovsdb_column *c)
{
    struct db_row *row = tr->row;
    uint32_t n_dead = 0;
    for (uint32_t i = row->u.datums[c->idx].n; i-- > 0;) {
        const struct ovsdb_datum *d = &row->u.datums[c->idx];
        if (element_is_dead(txn, c, d, i)) {
            release_pair(txn, tr, c, d, i);
            struct ovsdb_datum *w = txn_row_write(txn, row);
            ovsdb_datum_remove_at(&w[c->idx], &c->type, i);
            txn_row_written(row);
            n_dead++;
        }
    }
    if (n_dead) {
        check_weak_size(txn, row, c);
    }
}

static bool
column_is_weak(const struct ovsdb_column *c)
{
    return ovsdb_base_is_weak_ref(&c->type.key)
           || ovsdb_base_is_weak_ref(&c->type.value);
}

/* New mentions of rows that are not there vanish [RFC 7047 3.2 refType]. */
static void
prune_new_mentions(struct txn *txn)
{
    TXN_FOR_EACH_ROW (tr, txn) {
        if (tr->weak_checked || tr->deleted) {
            continue;
        }
        tr->weak_checked = true;
        const struct db_table *t = tr->row->table;
        for (size_t i = 0; i < t->n_ref_columns; i++) {
            const struct ovsdb_column *c = t->ref_columns[i];
            if (column_is_weak(c) && txn_row_changed(tr, c)) {
                prune_column(txn, tr, c);
            }
        }
    }
}

/* Takes one mention of the deleted 'dst'. */
static void
prune_mention(struct txn *txn, struct db_row *src,
              const struct ovsdb_column *c, const struct uuid *dst)
{
    struct txn_row *tr = txn_touch(txn, src);
    const struct ovsdb_datum *d = &src->u.datums[c->idx];
    if (!ovsdb_base_is_weak_ref(&c->type.key)
        || ovsdb_base_is_weak_ref(&c->type.value)) {
        prune_column(txn, tr, c); /* By values, perhaps: look at all. */
        return;
    }
    union ovsdb_atom key = { .uuid = *dst };
    ssize_t i = ovsdb_datum_find_key(d, &key, OVSDB_UUID);
    if (i >= 0) {
        release_pair(txn, tr, c, d, (uint32_t)i);
        struct ovsdb_datum *w = txn_row_write(txn, src);
        ovsdb_datum_remove_at(&w[c->idx], &c->type, (size_t)i);
        txn_row_written(src);
        check_weak_size(txn, src, c);
    }
}

static void
prune_mentions_of_deleted(struct txn *txn)
{
    while (!list_is_empty(&txn->weak_queue)) {
        struct list *node = list_pop_front(&txn->weak_queue);
        struct db_row *dst = CONTAINER_OF(node, struct txn_row, gc_node)->row;
        for (const struct weak_ref *ref = dst->weak_in; ref;
             ref = ref->next_in) {
            if (!ref->src->txn_row || !ref->src->txn_row->deleted) {
                prune_mention(txn, ref->src, ref->column, db_row_uuid(dst));
            }
        }
    }
}

static struct ovsdb_err *
check_deleted_are_free(struct txn *txn)
{
    TXN_FOR_EACH_ROW (tr, txn) {
        if (tr->deleted && tr->row->n_strong) {
            return ovsdb_err_create(
                OVSDB_E_REF_INTEGRITY,
                "cannot delete %s row " UUID_FMT
                " because of %u remaining reference(s)",
                tr->row->table->schema->name,
                UUID_ARGS(db_row_uuid(tr->row)), tr->row->n_strong);
        }
    }
    return NULL;
}

static struct ovsdb_err *
txn_take_err(struct txn *txn)
{
    struct ovsdb_err *err = txn->err;
    txn->err = NULL;
    return err;
}

static bool
settle_is_pending(const struct txn *txn)
{
    return !list_is_empty(&txn->gc_queue) || !list_is_empty(&txn->weak_queue);
}

struct ovsdb_err *
txn_settle_refs(struct txn *txn)
{
    /* Rows touched while walking (targets) come to the list's end and are
     * seen too; nothing of theirs differs. */
    TXN_FOR_EACH_ROW (tr, txn) {
        count_row_refs(txn, tr, tr->old, txn_row_new(tr));
        if (tr->deleted) {
            list_push_back(&txn->weak_queue, &tr->gc_node);
        } else if (!tr->old) {
            gc_consider(txn, tr);
        }
    }
    struct ovsdb_err *err = txn_take_err(txn);
    while (!err) {
        if (settle_is_pending(txn)) {
            collect_garbage(txn);
            prune_mentions_of_deleted(txn);
        } else {
            prune_new_mentions(txn);
            if (!settle_is_pending(txn)) {
                break;
            }
            TXN_FOR_EACH_ROW (tr, txn) {
                tr->weak_checked = false; /* More rows go: look again. */
            }
        }
        err = txn_take_err(txn);
    }
    if (!err) {
        err = txn_take_err(txn);
    }
    return err ? err : check_deleted_are_free(txn);
}

/* After the commit. */

static void
on_weak_change(void *aux, const struct ovsdb_base *base,
               const struct uuid *uuid, int sign)
{
    struct ref_walk *w = aux;
    if (!ovsdb_base_is_weak_ref(base)) {
        return;
    }
    if (sign < 0) {
        db_weak_remove(w->txn->db, w->tr->row, w->column, uuid);
    } else {
        struct db_row *dst
            = db_table_find(db_table_of_base(w->txn->db, base), uuid);
        ASSERT(dst);
        db_weak_add(w->txn->db, w->tr->row, w->column, dst);
    }
}

void
txn_record_weak_refs(struct txn *txn)
{
    static const struct ovsdb_datum none = OVSDB_DATUM_EMPTY;
    TXN_FOR_EACH_ROW (tr, txn) {
        const struct ovsdb_datum *new = txn_row_new(tr);
        const struct db_table *t = tr->row->table;
        for (size_t i = 0; i < t->n_ref_columns; i++) {
            const struct ovsdb_column *c = t->ref_columns[i];
            if (column_is_weak(c)) {
                struct ref_walk w = { txn, tr, c };
                db_diff_refs(tr->old ? &tr->old[c->idx] : &none,
                             new ? &new[c->idx] : &none, &c->type,
                             on_weak_change, &w);
            }
        }
    }
}
