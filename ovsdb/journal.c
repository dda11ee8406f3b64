/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/journal.h"

#include <errno.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "ovsdb/journal_priv.h"

LOG_MODULE(ovsdb_journal);

#define RETRY_MS 2000

/* The barrier. */

void
journal_barrier_init(struct journal_barrier *b, void (*moved)(void *aux),
                     void *aux)
{
    *b = (struct journal_barrier){ .moved = moved, .aux = aux };
    list_init(&b->journals);
}

uint64_t
journal_barrier_durable(const struct journal_barrier *b)
{
    uint64_t durable = b->last;
    LIST_FOR_EACH (struct journal, j, barrier_node, &b->journals) {
        if (j->unsynced_from && j->unsynced_from - 1 < durable) {
            durable = j->unsynced_from - 1;
        }
    }
    return durable;
}

void
journal_barrier_moved(struct journal *j)
{
    if (j->barrier && j->barrier->moved) {
        j->barrier->moved(j->barrier->aux);
    }
}

void
journal_all_durable(struct journal *j)
{
    j->unsynced_from = 0;
    free(j->broken);
    free(j->full);
    j->broken = j->full = NULL;
}

/* What goes wrong. */

void
journal_break(struct journal *j, int err, const char *doing)
{
    j->stats.n_failures++;
    if (!j->broken) {
        j->broken = xasprintf("%s: cannot %s: %s", store_name(j->store), doing,
                              log_strerror(err));
        log_err("%s; the database is read-only until it could be written "
                "anew", j->broken);
    }
    if (j->loop) {
        loop_timer_set_in(&j->retry_timer, 0);
    }
}

static void
journal_set_full(struct journal *j, int err, size_t len)
{
    j->wanted_room = len;
    if (!j->full) {
        j->full = xasprintf("%s: cannot grow: %s", store_name(j->store),
                            log_strerror(err));
        log_err("%s; the database is read-only until there is room", j->full);
    }
    if (j->loop) {
        loop_timer_set_in(&j->retry_timer, RETRY_MS);
    }
}

static void
journal_set_roomy(struct journal *j)
{
    if (j->full) {
        log_info("%s: there is room again; transactions are accepted",
                 store_name(j->store));
        free(j->full);
        j->full = NULL;
    }
}

static void
journal_repaired(void *j_, const struct ovsdb_err *err)
{
    struct journal *j = j_;
    if (err && j->broken) {
        loop_timer_set_in(&j->retry_timer, RETRY_MS);
    } else if (!err) {
        log_info("%s: written anew; transactions are accepted again",
                 store_name(j->store));
    }
}

static void
journal_retry(void *j_)
{
    struct journal *j = j_;
    if (j->broken) {
        journal_compact_start(j, "written anew after an error",
                              journal_repaired, j);
    } else if (j->full) {
        int err = store_make_room(j->store, j->wanted_room);
        if (err) {
            journal_set_full(j, err, j->wanted_room);
        } else {
            journal_set_roomy(j);
        }
    }
}

/* Flushing. */

static void journal_flushed(void *j_, int err);

static void
begin_flush(struct journal *j)
{
    if (!j->broken && j->unsynced_from && !j->flushing
        && store_flush(j->store, journal_flushed, j)) {
        j->flushing = true;
        j->flush_start_us = clock_us();
        j->flush_upto
            = store_batch_is_new(j->store) ? j->last_ticket : j->lone_ticket;
    }
}

void
journal_start_flush(struct journal *j)
{
    begin_flush(j);
    if (!j->broken) {
        journal_compact_if_due(j);
    }
}

static void
end_flush(struct journal *j, int err)
{
    j->flushing = false;
    j->stats.n_batches++;
    j->stats.sync_us_total += (uint64_t)(clock_us() - j->flush_start_us);
    if (err) {
        journal_break(j, err, "write");
    } else {
        j->unsynced_from
            = j->last_ticket > j->flush_upto ? j->flush_upto + 1 : 0;
    }
}

static void
journal_flushed(void *j_, int err)
{
    struct journal *j = j_;
    end_flush(j, err);
    journal_compact_on_flushed(j);
    journal_start_flush(j);
    journal_barrier_moved(j);
}

static void
journal_flush_deferred(void *j_)
{
    struct journal *j = j_;
    journal_start_flush(j);
    if (j->has_moved) {
        j->has_moved = false;
        journal_barrier_moved(j);
    }
}

/* In a turn with many transactions the disk does not wait for its end: it
 * gets the next batch as soon as it is done with one.  Who waits for that one
 * is told at the end of the turn.  Not while a compaction looks for its
 * moment between two batches. */
static void
journal_look_at_disk(struct journal *j)
{
    int err;
    if (j->flushing && j->compaction.phase == COMPACT_IDLE
        && store_flush_ended(j->store, &err)) {
        end_flush(j, err);
        begin_flush(j);
        j->has_moved = true;
        loop_defer(j->loop, &j->flush_defer);
    }
}

static struct ovsdb_err *
journal_refuse(struct journal *j, int err, size_t len)
{
    j->stats.n_refused++;
    if (err == -ENOSPC || err == -EDQUOT || err == -EFBIG
        || err == -ENOBUFS) {
        journal_set_full(j, err, len);
        return ovsdb_err_create(OVSDB_E_IO, "%s", j->full);
    }
    journal_break(j, err, "write");
    return ovsdb_err_create(OVSDB_E_IO, "%s", j->broken);
}

/* The first of a batch is marked. */
static int
append_marked(struct journal *j, const char *text, size_t len)
{
    struct str marked = STR_INIT;
    ovsdb_frame_put_marked(&marked, text, len, OVSDB_FRAME_BATCH);
    int err = store_append(j->store, marked.s, marked.len);
    if (!err && j->lone_batch) {
        store_end_batch(j->store);
    }
    str_fini(&marked);
    return err;
}

static int
append_record(struct journal *j, const char *text, size_t len)
{
    return store_batch_is_new(j->store) ? append_marked(j, text, len)
                                        : store_append(j->store, text, len);
}

/* The second copy is given up rather than the service. */
static bool
make_room(struct journal *j)
{
    if (store_drop_prev(j->store)) {
        return false;
    }
    log_warn("%s: the disk is full: removed the second copy to make room",
             store_name(j->store));
    return true;
}

struct ovsdb_err *
journal_append(struct journal *j, const char *text, size_t len)
{
    journal_look_at_disk(j);
    if (j->broken) {
        j->stats.n_refused++;
        return ovsdb_err_create(OVSDB_E_IO, "%s", j->broken);
    }
    int err = append_record(j, text, len);
    if (err == -ENOSPC && make_room(j)) {
        err = append_record(j, text, len);
    }
    if (err) {
        return journal_refuse(j, err, len);
    }
    journal_set_roomy(j);
    j->stats.n_records++;
    j->stats.n_bytes += len;
    j->n_since_compact++;
    if (j->barrier) {
        j->last_ticket = ++j->barrier->last;
        if (!j->unsynced_from) {
            j->unsynced_from = j->last_ticket;
        }
        loop_defer(j->loop, &j->flush_defer);
    }
    if (j->lone_batch) {
        j->lone_batch = false;
        j->lone_ticket = j->last_ticket;
    }
    return NULL;
}

struct ovsdb_err *
journal_sync_now(struct journal *j)
{
    j->flushing = false;
    int err = store_flush_now(j->store);
    if (err) {
        journal_break(j, err, "write");
        return ovsdb_err_io(err, "%s: cannot write", store_name(j->store));
    }
    j->unsynced_from = 0;
    journal_barrier_moved(j);
    return NULL;
}

/* Life. */

struct ovsdb_err *
journal_open(struct loop *loop, struct journal_barrier *barrier,
             struct store *store, bool read_only, struct journal **jp,
             struct db **dbp)
{
    *jp = NULL;
    bool has_batches;
    struct ovsdb_err *err
        = journal_load(store, read_only, dbp, &has_batches);
    if (err) {
        store_close(&store);
        return err;
    }
    struct journal *j = xzalloc(sizeof *j);
    j->loop = loop;
    j->barrier = barrier;
    j->store = store;
    j->db = *dbp;
    j->schema = j->db->schema;
    j->lone_batch = !has_batches;
    j->compact_at_ms = clock_ms();
    j->stats.compact_size = store_size(store);
    list_init(&j->barrier_node);
    if (loop) {
        list_push_back(&barrier->journals, &j->barrier_node);
        loop_defer_init(&j->flush_defer, journal_flush_deferred, j);
        loop_timer_init(&j->retry_timer, loop, journal_retry, j);
    }
    journal_compact_init(j);
    if (!read_only) {
        j->db->journal = j;
    }
    *jp = j;
    return NULL;
}

void
journal_close(struct journal **jp)
{
    struct journal *j = *jp;
    *jp = NULL;
    if (!j) {
        return;
    }
    journal_compact_fini(j);
    if (!j->broken
        && (j->unsynced_from
            || store_size(j->store) > store_flushed_size(j->store))) {
        ovsdb_err_log(journal_sync_now(j), "last sync");
    }
    if (j->loop) {
        loop_defer_cancel(&j->flush_defer);
        loop_timer_cancel(&j->retry_timer);
    }
    list_remove(&j->barrier_node);
    store_close(&j->store);
    j->db->journal = NULL;
    free(j->broken);
    free(j->full);
    free(j);
}

const char *
journal_name(const struct journal *j)
{
    return store_name(j->store);
}

int64_t
journal_size(const struct journal *j)
{
    return store_size(j->store);
}

const char *
journal_status(const struct journal *j)
{
    return j->broken ? j->broken : j->full ? j->full : "ok";
}

void
journal_get_stats(const struct journal *j, struct journal_stats *stats)
{
    *stats = j->stats;
    stats->read_only = j->broken || j->full;
    stats->compacting = j->compaction.phase != COMPACT_IDLE;
    stats->size = store_size(j->store);
}
