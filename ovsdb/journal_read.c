/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a database in memory. */
#include <errno.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "ovsdb/journal_priv.h"
#include "ovsdb/record.h"

LOG_MODULE(ovsdb_journal_read);

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
             char **torn)
{
    for (;;) {
        const char *text;
        size_t len, start = r->offset;
        switch (ovsdb_frame_next(r, &text, &len)) {
        case OVSDB_FRAME_OK:
            break;
        case OVSDB_FRAME_END:
            return NULL;
        case OVSDB_FRAME_TORN:
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

/* 'r' stands at the start, and is left at the end of what is good. */
static struct ovsdb_err *
read_all(const char *name, struct ovsdb_frame_reader *r, struct db **dbp,
         char **torn)
{
    *dbp = NULL;
    *torn = NULL;
    struct ovsdb_err *err = read_records(name, r, dbp, torn);
    if (!err && !*dbp) {
        err = ovsdb_err_create(OVSDB_E_IO, "%s: the file is empty; create a "
                               "database with ovsdb-tool create", name);
    }
    if (!err) {
        err = ovsdb_err_wrap(record_settle(*dbp), "%s", name);
    }
    if (err) {
        db_destroy(dbp);
        free(*torn);
        *torn = NULL;
    }
    return err;
}

struct ovsdb_err *
journal_read(const char *name, const char *data, size_t len, struct db **dbp,
             size_t *good_len, char **torn)
{
    char *torn_text;
    struct ovsdb_frame_reader r;
    ovsdb_frame_reader_init(&r, data, len);
    struct ovsdb_err *err = read_all(name, &r, dbp, &torn_text);
    *good_len = r.offset;
    ovsdb_frame_reader_fini(&r);
    if (torn) {
        *torn = torn_text;
    } else {
        free(torn_text);
    }
    return err;
}

/* Opening. */

static struct ovsdb_err *
cut_tail(struct store *store, size_t good_len, const char *why, bool read_only)
{
    log_warn("%s: %s: this tail was being written when the last run ended, "
             "and nothing in it was acknowledged; it is %s", store_name(store),
             why, read_only ? "left out" : "cut off");
    if (read_only) {
        return NULL;
    }
    int err = store_truncate(store, (int64_t)good_len);
    return err ? ovsdb_err_io(err, "%s: cannot cut the torn tail off",
                              store_name(store))
               : NULL;
}

/* What another run wrote and did not get to sync is about to be relied on. */
static struct ovsdb_err *
sync_file(struct store *store)
{
    int err = store_settle(store);
    return err ? ovsdb_err_io(err, "%s: cannot sync", store_name(store))
               : NULL;
}

/* Reads 'data'; cuts a torn tail off the store's file. */
static struct ovsdb_err *
load_bytes(struct store *store, const char *data, size_t len, bool read_only,
           struct db **dbp, bool *has_batches)
{
    char *torn;
    struct ovsdb_frame_reader r;
    ovsdb_frame_reader_init(&r, data, len);
    struct ovsdb_err *err = read_all(store_name(store), &r, dbp, &torn);
    if (torn) {
        err = cut_tail(store, r.offset, torn, read_only);
        free(torn);
    }
    if (!err && !read_only) {
        err = sync_file(store);
    }
    if (err) {
        db_destroy(dbp);
    }
    *has_batches = r.has_batches;
    ovsdb_frame_reader_fini(&r);
    return err;
}

/* Mends what 'data' has wrong into 'mended'; false, with the reason in the
 * log, if that cannot be. */
static bool
mend(struct store *store, const struct buf *data,
     const struct journal_report *report, struct str *mended)
{
    struct buf prev = BUF_INIT;
    int error = store_read_prev(store, &prev);
    char *why = NULL;
    if (error) {
        why = xasprintf("no second copy (%s)", log_strerror(error));
    } else {
        why = journal_repair((const char *)data->data, data->len,
                             (const char *)prev.data, prev.len, mended);
    }
    buf_fini(&prev);
    if (why) {
        log_err("%s: damaged: %s; it cannot be mended from the second copy: "
                "%s", store_name(store), report->reason, why);
        free(why);
        return false;
    }
    log_err("%s: damaged: %s; it was mended from the second copy, and "
            "nothing was lost", store_name(store), report->reason);
    return true;
}

static struct ovsdb_err *
load_mended(struct store *store, const struct str *mended, bool read_only,
            struct db **dbp, bool *has_batches)
{
    if (!read_only) {
        int error = store_replace(store, mended->s, mended->len,
                                  STORE_KEEP_DAMAGED);
        if (error) {
            return ovsdb_err_io(error, "%s: cannot write the mended file",
                                store_name(store));
        }
        log_err("%s: the damaged file was kept as %s.~damaged~",
                store_name(store), store_name(store));
    }
    return load_bytes(store, mended->s, mended->len, read_only, dbp,
                      has_batches);
}

struct ovsdb_err *
journal_load(struct store *store, bool read_only, struct db **dbp,
             bool *has_batches)
{
    struct buf data = BUF_INIT;
    struct str mended = STR_INIT;
    struct journal_report report = { .verdict = JOURNAL_GOOD };
    struct ovsdb_err *err = NULL;
    *dbp = NULL;
    int error = store_read_all(store, &data);
    if (error) {
        err = ovsdb_err_io(error, "%s: cannot read", store_name(store));
    } else {
        err = load_bytes(store, (const char *)data.data, data.len, read_only,
                         dbp, has_batches);
    }
    if (err && !error) {
        journal_check((const char *)data.data, data.len, &report);
    }
    if (report.verdict == JOURNAL_DAMAGED
        && mend(store, &data, &report, &mended)) {
        ovsdb_err_free(err);
        err = load_mended(store, &mended, read_only, dbp, has_batches);
    }
    journal_report_fini(&report);
    str_fini(&mended);
    buf_fini(&data);
    return err;
}
