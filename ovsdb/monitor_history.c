/* SPDX-License-Identifier: Apache-2.0 */
/* What rows were before the last transactions.
 *
 * Each transaction kept is a list of the rows it touched with the block that
 * each was before (lib/ovsdb/pack.h): a reference, no copy.  A row as it was
 * after transaction T is what the first transaction after T found; rows that
 * none touched are as they are now. */
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "ovsdb/monitor_priv.h"

struct history_row {
    size_t table_idx;
    struct uuid uuid, version;
    struct ovsdb_pack *old; /* One reference; NULL: was not there. */
};

struct history_txn {
    struct list node; /* In monitor_history.txns. */
    struct uuid id;
    size_t n_bytes;
    size_t n_rows;
    struct history_row rows[];
};

void
history_init(struct monitor_history *h)
{
    *h = (struct monitor_history){ .on = false };
    uuid_generate(&h->base);
    list_init(&h->txns);
}

static void
drop_oldest(struct monitor_history *h)
{
    struct history_txn *t
        = LIST_ENTRY(list_pop_front(&h->txns), struct history_txn, node);
    h->base = t->id;
    h->n--;
    h->n_bytes -= t->n_bytes;
    for (size_t i = 0; i < t->n_rows; i++) {
        if (t->rows[i].old) {
            ovsdb_pack_unref(t->rows[i].old);
        }
    }
    free(t);
}

void
history_clear(struct monitor_history *h)
{
    while (h->n) {
        drop_oldest(h);
    }
    uuid_generate(&h->base);
}

static void
history_row_init(struct history_row *hr, const struct txn_row *tr)
{
    *hr = (struct history_row){ .table_idx = tr->row->table->schema->idx,
                                .uuid = *db_row_uuid(tr->row) };
    if (tr->old) {
        hr->old = ovsdb_pack_ref(tr->old_pack);
        hr->version = tr->old[OVSDB_COL_VERSION].keys[0].uuid;
    }
}

void
history_add(struct monitor_history *h, const struct txn *txn)
{
    size_t n = 0;
    if (!h->on) {
        return;
    }
    TXN_FOR_EACH_ROW (tr, txn) {
        n++;
    }
    struct history_txn *t = xzalloc(sizeof *t + n * sizeof t->rows[0]);
    uuid_generate(&t->id);
    t->n_bytes = sizeof *t + n * sizeof t->rows[0];
    TXN_FOR_EACH_ROW (tr, txn) {
        struct history_row *hr = &t->rows[t->n_rows++];
        history_row_init(hr, tr);
        t->n_bytes += hr->old ? sizeof *hr->old + hr->old->len : 0;
    }
    list_push_back(&h->txns, &t->node);
    h->n++;
    h->n_bytes += t->n_bytes;
    while (h->n > MONITOR_HISTORY_TXNS
           || (h->n && h->n_bytes > MONITOR_HISTORY_BYTES)) {
        drop_oldest(h);
    }
}

/* Looking back. */

static bool
has_past_row(const struct hmap *rows, const struct db_table *table,
             const struct uuid *uuid)
{
    HMAP_FOR_EACH_WITH_HASH (struct past_row, p, node, uuid_hash(uuid),
                             rows) {
        if (p->table == table && uuid_eq(&p->uuid, uuid)) {
            return true;
        }
    }
    return false;
}

static void
add_past_rows(struct hmap *rows, const struct db *db,
              const struct history_txn *t)
{
    for (size_t i = 0; i < t->n_rows; i++) {
        const struct history_row *hr = &t->rows[i];
        const struct db_table *table = &db->tables[hr->table_idx];
        if (has_past_row(rows, table, &hr->uuid)) {
            continue; /* An earlier one is further back. */
        }
        struct past_row *p = xmalloc(sizeof *p);
        *p = (struct past_row){ .table = table, .uuid = hr->uuid,
                                .version = hr->version, .pack = hr->old };
        hmap_insert(rows, &p->node, uuid_hash(&p->uuid));
    }
}

bool
history_since(const struct monitor_history *h, const struct db *db,
              const struct uuid *id, struct hmap *rows)
{
    bool found = h->on && uuid_eq(&h->base, id);
    hmap_init(rows);
    LIST_FOR_EACH (struct history_txn, t, node, &h->txns) {
        if (found) {
            add_past_rows(rows, db, t);
        } else {
            found = uuid_eq(&t->id, id);
        }
    }
    return found;
}

void
past_rows_fini(struct hmap *rows)
{
    HMAP_FOR_EACH_SAFE (struct past_row, p, node, rows) {
        free(p);
    }
    hmap_fini(rows);
}

const struct uuid *
monitors_last_id(const struct monitors *ms)
{
    const struct monitor_history *h = &ms->history;
    return list_is_empty(&h->txns)
               ? &h->base
               : &LIST_ENTRY(list_back(&h->txns), struct history_txn, node)
                      ->id;
}
