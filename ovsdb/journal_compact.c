/* SPDX-License-Identifier: Apache-2.0 */
/* Compaction: the database written anew while commits go on.
 *
 *   1. Main thread: a moment is fixed (snapshot_begin()) and a record appended
 *      to the old file that says so, the link.  Rows are gathered, some in
 *      each turn.
 *   2. Helper: the snapshot is written to a draft and synced.
 *   3. Helper: what the old file got since the moment, and has on the disk, is
 *      copied and synced; again, until what is left is little.
 *   4. No flush begins any more; commits collect in memory.  Once the one
 *      under way has ended a helper copies the rest and publishes the draft.
 *      The main thread then goes on with it, and what was collected is its
 *      next batch.
 *
 * So all that the main thread ever does at once is small, and an
 * acknowledgement waits at most for the last copy of JOURNAL_COPY_LAST bytes
 * and the syncs of file and folder.
 *
 * Repair is the same without 3, and without the link: what a broken file got
 * is in memory, and nothing was committed since.  A new schema is written at
 * once (journal_compact()). */
#include <errno.h>
#include <malloc.h>

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/uuid.h"
#include "lib/io/json.h"
#include "ovsdb/journal_priv.h"

LOG_MODULE(ovsdb_compact);

struct compact_waiter {
    struct list node;
    journal_done_fn *done;
    void *aux;
};

static void compact_advance(struct journal *);
static void compact_end(struct journal *, struct ovsdb_err *);

/* The link. */

void
journal_put_link(struct str *json, const char *comment)
{
    struct str text = STR_INIT;
    struct uuid uuid;
    uuid_generate(&uuid);
    str_putf(&text, "%s (copy " UUID_FMT ")", comment, UUID_ARGS(&uuid));
    str_putf(json, "{\"_date\":%lld,\"_comment\":",
             (long long)clock_wall_ms());
    json_put_string(json, text.s, text.len);
    str_put_char(json, '}');
    str_fini(&text);
}

/* Appends it: the first record of a batch, so that all before it are on the
 * disk when it is written. */
static struct ovsdb_err *
append_link(struct journal *j, const char *comment)
{
    struct str json = STR_INIT, record = STR_INIT;
    journal_put_link(&json, comment);
    ovsdb_frame_put(&record, json.s, json.len);
    struct ovsdb_err *err = journal_append(j, record.s, record.len);
    str_fini(&json);
    str_fini(&record);
    return err;
}

/* Writing: any thread. */

struct draft_writer {
    struct journal *j;
    bool first; /* The schema has not come yet. */
    bool joined; /* Rows follow it. */
};

/* The schema is marked as belonging to what follows. */
static int
put_first(struct draft_writer *w, const char *text, size_t len)
{
    struct store_draft *draft = w->j->compaction.draft;
    struct ovsdb_frame_reader r;
    struct str marked = STR_INIT;
    const char *json;
    size_t json_len;
    ovsdb_frame_reader_init(&r, text, len);
    enum ovsdb_frame_status status = ovsdb_frame_next(&r, &json, &json_len);
    ASSERT(status == OVSDB_FRAME_OK);
    ovsdb_frame_put_marked(&marked, text, r.offset,
                           w->joined ? OVSDB_FRAME_JOINED : 0);
    int err = store_draft_put(draft, marked.s, marked.len);
    if (!err && r.offset < len) {
        err = store_draft_put(draft, text + r.offset, len - r.offset);
    }
    ovsdb_frame_reader_fini(&r);
    str_fini(&marked);
    return err;
}

static int
put_piece(void *w_, const char *text, size_t len)
{
    struct draft_writer *w = w_;
    if (__atomic_load_n(&w->j->compaction.cancel, __ATOMIC_RELAXED)) {
        return -ECANCELED;
    }
    if (w->first) {
        w->first = false;
        return put_first(w, text, len);
    }
    return store_draft_put(w->j->compaction.draft, text, len);
}

static void
write_work(void *j_)
{
    struct journal *j = j_;
    struct compaction *c = &j->compaction;
    struct draft_writer w = { j, true, snapshot_n_rows(c->snap) > 0 };
    c->err = snapshot_write(c->snap, put_piece, &w);
    if (!c->err) {
        c->err = store_draft_sync(c->draft);
    }
}

static void
copy_work(void *j_)
{
    struct compaction *c = &((struct journal *)j_)->compaction;
    c->err = store_draft_copy(c->draft, c->from, c->to);
    if (!c->err) {
        c->err = store_draft_sync(c->draft);
    }
}

static void
publish_work(void *j_)
{
    struct journal *j = j_;
    struct compaction *c = &j->compaction;
    bool keep = !c->repair && j->barrier && !j->barrier->no_second_copy;
    c->err = c->repair ? 0 : store_draft_copy(c->draft, c->from, c->to);
    if (!c->err) {
        c->err = store_draft_publish(c->draft, keep ? STORE_KEEP_PREV
                                                    : STORE_KEEP_NOTHING);
    }
}

/* Steps: main thread. */

static void
compact_task_done(void *j_)
{
    struct journal *j = j_;
    j->compaction.task = NULL;
    compact_advance(j);
}

static void
compact_run(struct journal *j, enum compact_phase phase, void (*work)(void *))
{
    struct compaction *c = &j->compaction;
    c->phase = phase;
    c->task = store_task_start(j->store, work, compact_task_done, j);
}

/* Prepares for a snapshot of now. */
static struct ovsdb_err *
compact_begin(struct journal *j, const char *comment, bool repair, bool link)
{
    struct compaction *c = &j->compaction;
    ASSERT(!c->draft && !c->task);
    snapshot_destroy(&c->snap);
    c->repair = repair;
    c->err = 0;
    c->n_rounds = 0;
    c->cancel = false;
    c->start_ms = clock_real_ms();
    c->before = c->from = store_size(j->store);
    int err = store_draft_open(j->store, &c->draft);
    if (err) {
        return ovsdb_err_io(err, "%s: cannot write the database anew",
                            store_name(j->store));
    }
    c->snap = snapshot_begin(j->db, comment);
    return link ? append_link(j, comment) : NULL;
}

/* The disk has the new file; the store goes on with it. */
static void
compact_adopt(struct journal *j)
{
    struct compaction *c = &j->compaction;
    int err = store_draft_adopt(&c->draft, !c->repair);
    j->schema = j->db->schema;
    j->n_since_compact = 0;
    j->compact_at_ms = clock_ms();
    j->stats.n_compactions++;
    j->stats.compact_size = store_flushed_size(j->store);
    j->stats.compact_ms = clock_real_ms() - c->start_ms;
    log_info("%s: compacted from %lld to %lld bytes in %lld ms",
             store_name(j->store), (long long)c->before,
             (long long)j->stats.compact_size, (long long)j->stats.compact_ms);
    if (c->repair) {
        j->lone_batch = true;
        journal_all_durable(j);
    }
    if (err) {
        journal_break(j, err, "grow");
    }
    if (j->barrier && j->barrier->trim_memory) {
        malloc_trim(0);
    }
}

static struct ovsdb_err *
compact_failed(struct journal *j, int err)
{
    struct compaction *c = &j->compaction;
    if (c->draft && store_draft_is_published(c->draft)) {
        /* Either file may have the name after a crash. */
        journal_break(j, err, "sync the folder of the new file");
    }
    return ovsdb_err_io(err, "%s: cannot write the database anew",
                        store_name(j->store));
}

/* Waits, holding all flushes, for the one under way. */
static void
compact_hold(struct journal *j)
{
    struct compaction *c = &j->compaction;
    c->phase = COMPACT_WAIT;
    if (!store_hold(j->store)) {
        return;
    }
    c->to = store_flushed_size(j->store);
    if (!c->repair && c->to < c->from) {
        /* What the snapshot has is still to be flushed. */
        store_unhold(j->store);
        journal_start_flush(j);
        return;
    }
    compact_run(j, COMPACT_PUBLISH, publish_work);
}

static void
compact_copy_or_hold(struct journal *j)
{
    struct compaction *c = &j->compaction;
    int64_t flushed = store_flushed_size(j->store);
    if (!c->repair && flushed - c->from > JOURNAL_COPY_LAST
        && c->n_rounds++ < JOURNAL_COPY_ROUNDS) {
        c->to = flushed;
        compact_run(j, COMPACT_COPY, copy_work);
    } else {
        compact_hold(j);
    }
}

/* A task has ended. */
static void
compact_advance(struct journal *j)
{
    struct compaction *c = &j->compaction;
    if (!c->err && j->broken && !c->repair) {
        c->err = -EIO; /* What it was to copy is not to be had. */
    }
    if (c->err) {
        compact_end(j, compact_failed(j, c->err));
        return;
    }
    switch (c->phase) {
    case COMPACT_COPY:
        c->from = c->to;
        /* Fall through. */
    case COMPACT_WRITE:
        loop_defer(j->loop, &c->defer); /* Releases the snapshot. */
        compact_copy_or_hold(j);
        break;
    case COMPACT_PUBLISH:
        compact_adopt(j);
        compact_end(j, NULL);
        break;
    case COMPACT_IDLE:
    case COMPACT_WANTED:
    case COMPACT_GATHER:
    case COMPACT_WAIT:
    default:
        ASSERT(false);
    }
}

static bool
another_is_compacting(const struct journal *j)
{
    LIST_FOR_EACH (struct journal, k, barrier_node, &j->barrier->journals) {
        if (k != j && k->compaction.phase > COMPACT_WANTED) {
            return true;
        }
    }
    return false;
}

static void
compact_try_begin(struct journal *j)
{
    struct compaction *c = &j->compaction;
    bool repair = j->broken;
    /* The link has to be the first of a batch: this is tried again when one
     * has begun.  One database at a time, so that helper threads are free. */
    if ((!repair && !store_batch_is_new(j->store))
        || another_is_compacting(j)) {
        return;
    }
    if (!snapshot_release(&c->snap, JOURNAL_GATHER_ROWS)) {
        loop_defer(j->loop, &c->defer); /* The last one's. */
        return;
    }
    c->phase = COMPACT_GATHER;
    struct ovsdb_err *err = compact_begin(j, c->comment, repair, !repair);
    if (err) {
        compact_end(j, err);
    } else {
        loop_defer(j->loop, &c->defer);
    }
}

static void
compact_gather(struct journal *j)
{
    struct compaction *c = &j->compaction;
    switch (snapshot_gather(c->snap, JOURNAL_GATHER_ROWS)) {
    case SNAPSHOT_GATHERING:
        loop_defer(j->loop, &c->defer);
        break;
    case SNAPSHOT_COMPLETE:
        compact_run(j, COMPACT_WRITE, write_work);
        break;
    case SNAPSHOT_ABANDONED:
    default:
        compact_end(j, compact_failed(j, -ECANCELED));
    }
}

static void
compact_step(void *j_)
{
    struct journal *j = j_;
    struct compaction *c = &j->compaction;
    if (c->phase == COMPACT_WANTED) {
        compact_try_begin(j);
    } else if (c->phase == COMPACT_GATHER) {
        compact_gather(j);
    } else if (c->phase != COMPACT_WRITE
               && !snapshot_release(&c->snap, JOURNAL_GATHER_ROWS)) {
        loop_defer(j->loop, &c->defer);
    }
}

/* Drops what is unfinished. */
static void
compact_drop(struct journal *j)
{
    struct compaction *c = &j->compaction;
    store_draft_destroy(&c->draft);
    store_unhold(j->store);
    free(c->comment);
    c->comment = NULL;
    c->phase = COMPACT_IDLE;
}

/* Tells the waiters; takes 'err'. */
static void
compact_tell(struct journal *j, struct ovsdb_err *err)
{
    struct compaction *c = &j->compaction;
    struct list waiters;
    list_init(&waiters);
    if (!list_is_empty(&c->waiters)) {
        list_insert_before(&c->waiters, &waiters);
        list_remove(&c->waiters);
    }
    while (!list_is_empty(&waiters)) {
        struct compact_waiter *w = LIST_ENTRY(list_pop_front(&waiters),
                                              struct compact_waiter, node);
        w->done(w->aux, err);
        free(w);
    }
    ovsdb_err_free(err);
}

static void
compact_end(struct journal *j, struct ovsdb_err *err)
{
    struct compaction *c = &j->compaction;
    compact_drop(j);
    if (c->snap) {
        loop_defer(j->loop, &c->defer);
    }
    if (err) {
        char *text = ovsdb_err_to_text(err);
        log_at(c->repair ? LOGL_DBG : LOGL_WARN, "compaction: %s", text);
        free(text);
        /* Not at every commit again. */
        j->compact_at_ms = clock_ms();
        j->n_since_compact = 0;
    }
    LIST_FOR_EACH (struct journal, k, barrier_node, &j->barrier->journals) {
        if (k->compaction.phase == COMPACT_WANTED) {
            loop_defer(k->loop, &k->compaction.defer);
        }
    }
    journal_start_flush(j);
    journal_barrier_moved(j);
    compact_tell(j, err);
}

void
journal_compact_on_flushed(struct journal *j)
{
    struct compaction *c = &j->compaction;
    if (j->broken && !c->repair && c->phase > COMPACT_WANTED && !c->task) {
        /* What it was to copy is not to be had. */
        compact_end(j, compact_failed(j, -EIO));
    } else if (c->phase == COMPACT_WAIT) {
        compact_hold(j);
    }
}

static void
compact_want(struct journal *j, const char *comment)
{
    struct compaction *c = &j->compaction;
    if (c->phase == COMPACT_IDLE) {
        c->phase = COMPACT_WANTED;
        c->comment = xstrdup(comment);
        loop_defer(j->loop, &c->defer);
    }
}

void
journal_compact_if_due(struct journal *j)
{
    struct compaction *c = &j->compaction;
    if (c->phase == COMPACT_WANTED) {
        compact_try_begin(j);
        return;
    }
    int64_t size = store_flushed_size(j->store);
    int64_t age_ms = clock_ms() - j->compact_at_ms;
    bool has_grown = size > JOURNAL_COMPACT_MIN
                     && size / JOURNAL_COMPACT_FACTOR > j->stats.compact_size;
    bool many = j->n_since_compact >= JOURNAL_COMPACT_COMMITS;
    if (c->phase == COMPACT_IDLE && !j->full
        && ((has_grown && (many || age_ms >= JOURNAL_COMPACT_TIME))
            || (many && age_ms >= JOURNAL_COMPACT_DAY))) {
        compact_want(j, "compacting database online");
    }
}

void
journal_compact_start(struct journal *j, const char *comment,
                      journal_done_fn *done, void *aux)
{
    struct compaction *c = &j->compaction;
    struct compact_waiter *w = xmalloc(sizeof *w);
    w->done = done;
    w->aux = aux;
    list_push_back(&c->waiters, &w->node);
    compact_want(j, comment);
}

/* Stops one that is under way, unless it is done by now. */
static void
compact_stop(struct journal *j, void (*end_task)(struct store_task **))
{
    struct compaction *c = &j->compaction;
    if (c->phase == COMPACT_IDLE) {
        return;
    }
    __atomic_store_n(&c->cancel, true, __ATOMIC_RELAXED);
    bool publishing = c->task && c->phase == COMPACT_PUBLISH;
    end_task(&c->task);
    if (publishing && store_draft_is_published(c->draft)) {
        if (c->err) {
            ovsdb_err_log(compact_failed(j, c->err), "compaction");
        } else {
            compact_adopt(j);
        }
    }
    compact_drop(j);
    loop_defer_cancel(&c->defer);
}

struct ovsdb_err *
journal_compact(struct journal *j, const char *comment)
{
    struct compaction *c = &j->compaction;
    compact_stop(j, store_task_finish);
    bool repair = j->broken;
    /* Files of different schemas, and of tools, are not linked. */
    bool link = !repair && j->barrier && j->schema == j->db->schema;
    struct ovsdb_err *err = journal_sync_now(j);
    if (repair) {
        ovsdb_err_free(err); /* Only ends a flush under way. */
        err = NULL;
    }
    if (!err) {
        err = compact_begin(j, comment, repair, link);
    }
    if (!err && !repair) {
        err = journal_sync_now(j);
    }
    if (!err) {
        enum snapshot_state state = snapshot_gather(c->snap, SIZE_MAX);
        ASSERT(state == SNAPSHOT_COMPLETE);
        write_work(j);
        bool idle = store_hold(j->store);
        ASSERT(idle);
        c->to = store_flushed_size(j->store);
        if (!c->err) {
            publish_work(j);
        }
        err = c->err ? compact_failed(j, c->err) : NULL;
    }
    if (!err) {
        compact_adopt(j);
        j->lone_batch = j->lone_batch || !link;
        journal_all_durable(j);
    }
    snapshot_destroy(&c->snap);
    compact_drop(j);
    journal_barrier_moved(j);
    compact_tell(j, err ? ovsdb_err_clone(err) : NULL);
    return err;
}

void
journal_compact_init(struct journal *j)
{
    struct compaction *c = &j->compaction;
    list_init(&c->waiters);
    loop_defer_init(&c->defer, compact_step, j);
}

void
journal_compact_fini(struct journal *j)
{
    struct compaction *c = &j->compaction;
    compact_stop(j, store_task_cancel);
    loop_defer_cancel(&c->defer);
    snapshot_destroy(&c->snap);
    compact_tell(j, ovsdb_err_create(OVSDB_E_IO, "%s: the database was "
                                     "closed", store_name(j->store)));
}
