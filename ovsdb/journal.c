/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/frame.h"
#include "ovsdb/journal.h"

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "ovsdb/record.h"

LOG_MODULE(ovsdb_journal);

#define RETRY_MS 2000

struct journal {
    struct list barrier_node;        /* In barrier->journals. */
    struct journal_barrier *barrier; /* Borrowed; NULL for tools. */
    struct loop *loop;               /* Borrowed; NULL for tools. */
    struct store *store;             /* Owned. */
    struct db *db;                   /* Borrowed. */
    uint64_t last_ticket;            /* Of our newest record. */
    uint64_t unsynced_from;          /* Lowest ticket that may not be on the
                                      * disk; 0: all are. */
    uint64_t sync_upto;              /* What the running sync will cover. */
    bool sync_running;
    struct loop_defer sync_defer;    /* Starts a sync at the turn's end. */
    struct loop_timer retry_timer;   /* Rewrites a broken file. */
    int64_t compact_size;            /* File's size after the last rewrite. */
    char *broken;                    /* Why we refuse; heap; NULL if fine. */
};

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

static void
barrier_moved(struct journal *j)
{
    if (j->barrier && j->barrier->moved) {
        j->barrier->moved(j->barrier->aux);
    }
}

/* Reading. */

static struct ovsdb_err *
read_schema(const char *text, size_t len, struct db **dbp)
{
    char *error = NULL;
    json_t *json = json_parse(text, len, &error);
    if (!json) {
        struct ovsdb_err *err = ovsdb_err_create(OVSDB_E_SYNTAX, "%s", error);
        free(error);
        return err;
    }
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    if (!err) {
        *dbp = db_create(schema);
    }
    json_decref(json);
    return err;
}

static struct ovsdb_err *
read_record(const char *text, size_t len, struct db **dbp)
{
    return *dbp ? record_apply(*dbp, text, len) : read_schema(text, len, dbp);
}

static struct ovsdb_err *
damaged(const char *name, const struct ovsdb_frame_reader *r)
{
    return ovsdb_err_create(
        OVSDB_E_IO,
        "%s: damaged database file: %s.  The file was left as it is.  "
        "Restore it from a backup; or keep only what comes before the damage "
        "(`head -c %zu`, into a new file) if later changes may be lost",
        name, r->reason, r->offset);
}

static struct ovsdb_err *
read_records(const char *name, struct ovsdb_frame_reader *r, struct db **dbp,
             size_t *good_len, char **torn)
{
    for (;;) {
        const char *text;
        size_t len, start = r->offset;
        switch (ovsdb_frame_next(r, &text, &len)) {
        case OVSDB_FRAME_OK:
            break;
        case OVSDB_FRAME_END:
            *good_len = r->offset;
            return NULL;
        case OVSDB_FRAME_TORN:
            if (!start) {
                return damaged(name, r);
            }
            *good_len = r->offset;
            *torn = xstrdup(r->reason);
            return NULL;
        case OVSDB_FRAME_DAMAGED:
        default:
            return damaged(name, r);
        }
        struct ovsdb_err *err = read_record(text, len, dbp);
        if (err) {
            return ovsdb_err_wrap(err, "%s: record at offset %zu", name,
                                  start);
        }
    }
}

struct ovsdb_err *
journal_read(const char *name, const char *data, size_t len, struct db **dbp,
             size_t *good_len, char **torn)
{
    char *torn_text = NULL;
    struct ovsdb_frame_reader r;
    *dbp = NULL;
    ovsdb_frame_reader_init(&r, data, len);
    struct ovsdb_err *err = read_records(name, &r, dbp, good_len, &torn_text);
    ovsdb_frame_reader_fini(&r);
    if (!err && !*dbp) {
        err = ovsdb_err_create(OVSDB_E_IO, "%s: the file is empty; create a "
                               "database with ovsdb-tool create", name);
    }
    if (!err) {
        err = ovsdb_err_wrap(record_settle(*dbp), "%s", name);
    }
    if (err) {
        db_destroy(dbp);
    }
    if (torn) {
        *torn = torn_text;
    } else {
        free(torn_text);
    }
    return err;
}

/* Broken files. */

static void journal_retry(void *j_);

static void
journal_break(struct journal *j, int err, const char *doing)
{
    free(j->broken);
    j->broken = xasprintf("%s: cannot %s: %s", store_name(j->store), doing,
                          log_strerror(err));
    log_err("%s; no transaction is accepted until the file could be written "
            "anew", j->broken);
    if (j->loop) {
        loop_timer_set_in(&j->retry_timer, 0);
    }
}

static void
journal_all_durable(struct journal *j)
{
    j->unsynced_from = 0;
    free(j->broken);
    j->broken = NULL;
    j->compact_size = store_size(j->store);
}

static void
journal_retry(void *j_)
{
    struct journal *j = j_;
    struct ovsdb_err *err = journal_compact(j, "written anew after an error");
    if (err) {
        ovsdb_err_log(err, "still broken");
        loop_timer_set(&j->retry_timer, clock_ms() + RETRY_MS);
    } else {
        log_info("%s: written anew; transactions are accepted again",
                 store_name(j->store));
    }
}

/* Syncing. */

static void journal_start_sync(void *j_);

static void
journal_synced(void *j_, int err)
{
    struct journal *j = j_;
    j->sync_running = false;
    if (!j->unsynced_from || j->unsynced_from > j->sync_upto) {
        /* A rewrite was faster. */
    } else if (err) {
        journal_break(j, err, "sync");
        return;
    } else if (j->last_ticket > j->sync_upto) {
        j->unsynced_from = j->sync_upto + 1;
    } else {
        j->unsynced_from = 0;
    }
    barrier_moved(j);
    if (j->unsynced_from && !j->broken) {
        loop_defer(j->loop, &j->sync_defer);
    }
}

static void
journal_maybe_compact(struct journal *j)
{
    int64_t size = store_size(j->store);
    if (size > JOURNAL_COMPACT_MIN
        && size / JOURNAL_COMPACT_FACTOR > j->compact_size) {
        ovsdb_err_log(journal_compact(j, "compacting database online"),
                      "automatic compaction");
        j->compact_size = MAX(j->compact_size, size);
    }
}

static void
journal_start_sync(void *j_)
{
    struct journal *j = j_;
    if (!j->broken) {
        journal_maybe_compact(j);
    }
    if (j->unsynced_from && !j->sync_running && !j->broken) {
        j->sync_running = true;
        j->sync_upto = j->last_ticket;
        store_sync(j->store, journal_synced, j);
    }
}

struct ovsdb_err *
journal_append(struct journal *j, const char *text, size_t len)
{
    if (j->broken) {
        return ovsdb_err_create(OVSDB_E_IO, "%s", j->broken);
    }
    int err = store_append(j->store, text, len);
    if (err) {
        journal_break(j, err, "write");
        return ovsdb_err_create(OVSDB_E_IO, "%s", j->broken);
    }
    if (j->barrier) {
        j->last_ticket = ++j->barrier->last;
        if (!j->unsynced_from) {
            j->unsynced_from = j->last_ticket;
        }
        loop_defer(j->loop, &j->sync_defer);
    }
    return NULL;
}

struct ovsdb_err *
journal_sync_now(struct journal *j)
{
    int err = store_sync_now(j->store);
    if (err) {
        return ovsdb_err_io(err, "%s: cannot sync", store_name(j->store));
    }
    j->unsynced_from = 0;
    barrier_moved(j);
    return NULL;
}

struct ovsdb_err *
journal_compact(struct journal *j, const char *comment)
{
    struct str text = STR_INIT;
    int64_t before = store_size(j->store), start_ms = clock_real_ms();
    record_snapshot(&text, j->db, comment);
    int err = store_replace(j->store, text.s, text.len);
    str_fini(&text);
    if (err) {
        return ovsdb_err_io(err, "%s: cannot write the database anew",
                            store_name(j->store));
    }
    log_info("%s: compacted from %lld to %lld bytes in %lld ms",
             store_name(j->store), (long long)before,
             (long long)store_size(j->store),
             (long long)(clock_real_ms() - start_ms));
    journal_all_durable(j);
    barrier_moved(j);
    return NULL;
}

/* Life. */

static struct ovsdb_err *
journal_cut_tail(struct store *store, size_t good_len, const char *why,
                 bool read_only)
{
    log_warn("%s: %s: this tail was being written when the last run ended, "
             "and nothing in it was acknowledged; it is %s", store_name(store),
             why, read_only ? "left out" : "cut off");
    if (read_only) {
        return NULL;
    }
    int err = store_truncate(store, (int64_t)good_len);
    if (!err) {
        err = store_sync_now(store);
    }
    return err ? ovsdb_err_io(err, "%s: cannot cut the torn tail off",
                              store_name(store))
               : NULL;
}

static struct ovsdb_err *
journal_load(struct store *store, bool read_only, struct db **dbp)
{
    struct buf data = BUF_INIT;
    int error = store_read_all(store, &data);
    if (error) {
        buf_fini(&data);
        return ovsdb_err_io(error, "%s: cannot read", store_name(store));
    }
    size_t good_len;
    char *torn = NULL;
    struct ovsdb_err *err
        = journal_read(store_name(store), (const char *)data.data, data.len,
                       dbp, &good_len, &torn);
    if (!err && torn) {
        err = journal_cut_tail(store, good_len, torn, read_only);
        if (err) {
            db_destroy(dbp);
        }
    }
    free(torn);
    buf_fini(&data);
    return err;
}

struct ovsdb_err *
journal_open(struct loop *loop, struct journal_barrier *barrier,
             struct store *store, bool read_only, struct journal **jp,
             struct db **dbp)
{
    *jp = NULL;
    struct ovsdb_err *err = journal_load(store, read_only, dbp);
    if (err) {
        store_close(&store);
        return err;
    }
    struct journal *j = xzalloc(sizeof *j);
    j->loop = loop;
    j->barrier = barrier;
    j->store = store;
    j->db = *dbp;
    j->compact_size = store_size(store);
    list_init(&j->barrier_node);
    if (loop) {
        list_push_back(&barrier->journals, &j->barrier_node);
        loop_defer_init(&j->sync_defer, journal_start_sync, j);
        loop_timer_init(&j->retry_timer, loop, journal_retry, j);
    }
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
    if (j->unsynced_from && !j->broken) {
        ovsdb_err_log(journal_sync_now(j), "last sync");
    }
    if (j->loop) {
        loop_defer_cancel(&j->sync_defer);
        loop_timer_cancel(&j->retry_timer);
    }
    list_remove(&j->barrier_node);
    store_close(&j->store);
    j->db->journal = NULL;
    free(j->broken);
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
    return j->broken ? j->broken : "ok";
}
