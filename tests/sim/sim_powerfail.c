/* SPDX-License-Identifier: Apache-2.0 */
/* A database on a recording disk, and every kind of power failure:
 *
 *   sim_powerfail [--seed N] [--states N]
 *
 * Each life of a database commits bursts of transactions of all sizes, with
 * compactions, new schemas, failing calls and restarts in between, and notes
 * after each commit what the database holds, and when it was acknowledged.
 * Then the power fails at any of the disk's changes, in any of the ways the
 * disk allows (lib/io/store_mem.h).  What is left must open without help, and
 * hold exactly what some commit left that is neither older than the last
 * acknowledged one nor newer than the last one begun.  Some of the outcomes
 * live on, and fail again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/store_mem.h"
#include "ovsdb/convert.h"
#include "ovsdb/exec.h"
#include "ovsdb/journal.h"
#include "ovsdb/record.h"

#define STATES_OF_A_LIFE 400
#define STEPS_OF_A_LIFE 50
#define NAME "p.db"

/* Seeds that once found something: tried first. */
static const uint64_t old_seeds[] = {
    1025, /* Opened, a file was relied on whose name was not synced. */
};

static const char *const schemas[] = {
    "{\"name\":\"T\",\"version\":\"1.0.0\",\"tables\":{\"A\":{\"isRoot\":true,"
    "\"columns\":{\"k\":{\"type\":\"integer\"},\"s\":{\"type\":\"string\"}}}"
    "}}",
    "{\"name\":\"T\",\"version\":\"2.0.0\",\"tables\":{\"A\":{\"isRoot\":true,"
    "\"columns\":{\"k\":{\"type\":\"integer\"},\"s\":{\"type\":\"string\"},"
    "\"more\":{\"type\":\"integer\"}}},\"B\":{\"columns\":{\"b\":{\"type\":"
    "\"string\"}}}}}",
};

/* What the database held after one commit. */
struct moment {
    char *dump;
    uint64_t ticket;    /* Of the barrier then. */
    size_t n_committed; /* Changes of the disk before the commit ... */
    size_t n_acked;     /* ... and before it was acknowledged; SIZE_MAX: it
                         * was not. */
};

struct life {
    struct rng rng;
    struct loop *loop;
    struct store_disk *disk;
    struct journal_barrier barrier;
    struct journal *journal;
    struct db *db;
    struct moment *moments;
    size_t n_moments, capacity;
    size_t first_unacked; /* Moment. */
    int next_k;
};

struct totals {
    uint64_t seed, n_states, n_torn, n_old, n_again, n_commits;
    uint64_t n_compactions, n_refused;
    bool failed;
};

/* ## What the database holds ## */

static struct db *
make_db(const char *schema_text)
{
    char *error = NULL;
    struct ovsdb_schema *schema;
    json_t *json = json_parse(schema_text, strlen(schema_text), &error);
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    if (err) {
        abort();
    }
    json_decref(json);
    return db_create(schema);
}

static void
dump_row(json_t *all, struct db_row *row, const struct ovsdb_datum *d)
{
    const struct ovsdb_table_schema *ts = row->table->schema;
    struct str key = STR_INIT;
    json_t *values = json_array();
    str_putf(&key, "%s " UUID_FMT, ts->name, UUID_ARGS(db_row_uuid(row)));
    for (size_t c = OVSDB_N_STD_COLS; c < ts->n_columns; c++) {
        json_array_append_new(
            values, ovsdb_datum_to_json(&d[c], &ts->columns[c]->type));
    }
    json_object_set_new(all, str_cstr(&key), values);
    str_fini(&key);
}

static char *
dump(struct db *db)
{
    struct db_view view = DB_VIEW_INIT;
    json_t *all = json_object();
    json_object_set_new(all, "version", json_string(db->schema->version));
    for (size_t i = 0; i < db->schema->n_tables; i++) {
        HMAP_FOR_EACH (struct db_row, row, node, &db->tables[i].rows) {
            dump_row(all, row, db_row_read(row, &view));
        }
    }
    db_view_fini(&view);
    char *text = json_to_text(all, JSON_STYLE_SORT);
    json_decref(all);
    return text;
}

/* ## A life ## */

static void
note_acks(struct life *l)
{
    uint64_t durable = journal_barrier_durable(&l->barrier);
    while (l->first_unacked < l->n_moments
           && l->moments[l->first_unacked].ticket <= durable) {
        l->moments[l->first_unacked++].n_acked
            = store_disk_n_changes(l->disk);
    }
}

static void
note_moment(struct life *l)
{
    if (l->n_moments >= l->capacity) {
        l->moments = x2nrealloc(l->moments, &l->capacity, sizeof *l->moments);
    }
    l->moments[l->n_moments++] = (struct moment){
        .dump = dump(l->db),
        .ticket = l->barrier.last,
        .n_committed = store_disk_n_changes(l->disk),
        .n_acked = SIZE_MAX,
    };
}

static void
turns(struct life *l, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        loop_run_once(l->loop, false);
        note_acks(l);
    }
}

static struct ovsdb_err *
open_db(struct life *l)
{
    struct store *store;
    journal_barrier_init(&l->barrier, NULL, NULL);
    int err = store_open_mem(l->loop, l->disk, NAME, 0, &store);
    if (err) {
        return ovsdb_err_io(err, "opening");
    }
    return journal_open(l->loop, &l->barrier, store, false, &l->journal,
                        &l->db);
}

static void
put_op(struct life *l, struct str *ops)
{
    /* Most rows are short; some are longer than several sectors. */
    size_t len = rng_one_in(&l->rng, 4) ? rng_below(&l->rng, 2500)
                                        : rng_below(&l->rng, 40);
    int k = (int)rng_below(&l->rng, (uint32_t)l->next_k + 1);
    switch (rng_below(&l->rng, 4)) {
    case 0:
        str_putf(ops, ",{\"op\":\"delete\",\"table\":\"A\",\"where\":"
                      "[[\"k\",\"==\",%d]]}", k);
        break;
    case 1:
        str_putf(ops, ",{\"op\":\"update\",\"table\":\"A\",\"where\":"
                      "[[\"k\",\"==\",%d]],\"row\":{\"s\":\"", k);
        str_put_chars(ops, (char)('a' + k % 26), len);
        str_put(ops, "\"}}");
        break;
    default:
        str_putf(ops, ",{\"op\":\"insert\",\"table\":\"A\",\"row\":{\"k\":%d,"
                      "\"s\":\"", l->next_k++);
        str_put_chars(ops, 'z', len);
        str_put(ops, "\"}}");
    }
}

static void
commit(struct life *l, struct totals *t)
{
    struct str ops = STR_INIT;
    char *error = NULL;
    str_put(&ops, "[\"T\"");
    for (uint32_t n = 1 + rng_below(&l->rng, 3); n; n--) {
        put_op(l, &ops);
    }
    str_put_char(&ops, ']');
    json_t *params = json_parse(ops.s, ops.len, &error);
    struct exec_env env = { .db = l->db };
    struct exec_wait wait;
    json_t *result = exec_transaction(&env, params, &wait);
    char *text = json_to_text(result, JSON_STYLE_COMPACT);
    bool refused = strstr(text, "I/O error") != NULL;
    t->n_refused += refused;
    t->n_commits += !refused;
    note_moment(l); /* After a refusal this is what was before. */
    free(text);
    json_decref(result);
    json_decref(params);
    str_fini(&ops);
}

static void
ignore_done(void *aux UNUSED, const struct ovsdb_err *err UNUSED)
{
}

/* As the server does. */
static void
convert(struct life *l)
{
    bool second = l->db->schema->version[0] == '2';
    struct db *with = make_db(schemas[!second]), *new;
    struct ovsdb_err *err
        = db_convert(l->db, ovsdb_schema_clone(with->schema), &new);
    db_destroy(&with);
    if (err) {
        abort();
    }
    db_swap_content(l->db, new);
    note_moment(l);
    err = journal_compact(l->journal, "converted");
    if (err) {
        db_swap_content(l->db, new);
    }
    note_moment(l);
    ovsdb_err_free(err);
    db_destroy(&new);
    note_acks(l);
}

/* Closing makes all durable; or does not get to it. */
static bool
restart(struct life *l)
{
    if (rng_one_in(&l->rng, 2)) {
        store_disk_fail_times(l->disk, (int64_t)rng_below(&l->rng, 3), 100,
                              -EIO);
    }
    journal_close(&l->journal);
    db_destroy(&l->db);
    store_disk_fail_after(l->disk, -1, 0);
    l->first_unacked = l->n_moments;
    struct ovsdb_err *err = open_db(l);
    if (err) {
        printf("restart: %s\n", ovsdb_err_details(err));
        ovsdb_err_free(err);
        return false;
    }
    note_moment(l);
    l->moments[l->n_moments - 1].n_acked = store_disk_n_changes(l->disk);
    l->first_unacked = l->n_moments;
    return true;
}

static bool
live(struct life *l, struct totals *t, int n_steps)
{
    for (int i = 0; i < n_steps; i++) {
        uint32_t what = rng_below(&l->rng, 30);
        for (uint32_t n = rng_below(&l->rng, 5); n; n--) {
            commit(l, t);
        }
        if (what < 4) {
            journal_compact_start(l->journal, "compacting", ignore_done,
                                  NULL);
        } else if (what == 4) {
            convert(l);
        } else if (what == 5) {
            store_disk_fail_times(l->disk, rng_below(&l->rng, 12),
                                  1 + rng_below(&l->rng, 3),
                                  rng_one_in(&l->rng, 2) ? EIO : ENOSPC);
        } else if (what == 6 && !restart(l)) {
            return false;
        }
        turns(l, rng_below(&l->rng, 4));
    }
    turns(l, 20);
    struct journal_stats stats;
    journal_get_stats(l->journal, &stats);
    t->n_compactions += stats.n_compactions;
    return true;
}

static void
free_life(struct life *l)
{
    for (size_t i = 0; i < l->n_moments; i++) {
        free(l->moments[i].dump);
    }
    free(l->moments);
    l->moments = NULL;
    l->n_moments = l->capacity = l->first_unacked = 0;
}

static void
close_db(struct life *l)
{
    journal_close(&l->journal);
    db_destroy(&l->db);
}

/* ## Failures ## */

/* Is 'text' what the database may hold if the power fails after 'n' changes?
 * Returns its moment, or SIZE_MAX. */
static size_t
find_moment(const struct life *l, size_t n, const char *text, size_t *oldest)
{
    size_t i = l->n_moments, found = SIZE_MAX;
    *oldest = 0;
    while (i-- > 0) {
        const struct moment *m = &l->moments[i];
        if (m->n_committed <= n && found == SIZE_MAX
            && !strcmp(m->dump, text)) {
            found = i;
        }
        if (m->n_acked <= n) {
            *oldest = i;
            break;
        }
    }
    return found;
}

static bool
complain(const struct life *l, const struct totals *t, size_t n,
         const char *what)
{
    printf("seed %llu, power failed after change %zu of %zu: %s\n",
           (unsigned long long)t->seed, n, store_disk_n_changes(l->disk),
           what);
    return false;
}

/* Opens what 'copy' has, a state of 'l' after 'n' changes; 'next' is then
 * alive, with what it holds as its first moment. */
static bool
check_state(const struct life *l, size_t n, struct totals *t,
            struct life *next)
{
    struct ovsdb_err *err = open_db(next);
    if (err) {
        complain(l, t, n, ovsdb_err_details(err));
        ovsdb_err_free(err);
        return false;
    }
    note_moment(next);
    next->moments[0].n_acked = next->moments[0].n_committed = 0;
    next->first_unacked = 1;
    size_t oldest, found = find_moment(l, n, next->moments[0].dump, &oldest);
    t->n_states++;
    t->n_old += found < l->n_moments - 1;
    if (found == SIZE_MAX) {
        const char *text = next->moments[0].dump;
        for (size_t i = 0; i < l->n_moments; i++) {
            if (!strcmp(l->moments[i].dump, text)) {
                printf("it is moment %zu, acknowledged was %zu, of %zu\n", i,
                       oldest, l->n_moments);
            }
        }
        close_db(next);
        return complain(l, t, n, "neither lost nothing nor half of a "
                                 "transaction");
    }
    return true;
}

static bool fail_life(struct life *, struct totals *, size_t n_states,
                      int depth);

static bool
fail_once(struct life *l, struct totals *t, int depth)
{
    size_t n = rng_below(&l->rng,
                         (uint32_t)store_disk_n_changes(l->disk) + 1);
    struct life next = { .loop = l->loop, .next_k = l->next_k };
    rng_seed(&next.rng, rng_u64(&l->rng));
    next.disk = store_disk_crashed_copy(l->disk, n, &next.rng);
    store_disk_record(next.disk);
    bool good = check_state(l, n, t, &next);
    if (good && depth < 2 && rng_one_in(&l->rng, 20)) {
        t->n_again++;
        good = live(&next, t, (int)rng_below(&l->rng, 10))
               && fail_life(&next, t, 20, depth + 1);
    }
    if (next.journal) {
        close_db(&next);
    }
    free_life(&next);
    turns(l, 1);
    store_disk_destroy(&next.disk);
    return good;
}

static bool
fail_life(struct life *l, struct totals *t, size_t n_states, int depth)
{
    for (size_t i = 0; i < n_states; i++) {
        if (!fail_once(l, t, depth)) {
            return false;
        }
    }
    return true;
}

static void
make_file(struct life *l)
{
    struct str text = STR_INIT;
    l->db = make_db(schemas[0]);
    record_snapshot(&text, l->db, "");
    store_disk_set_file(l->disk, NAME, text.s, text.len);
    str_fini(&text);
    db_destroy(&l->db);
}

static bool
run_life(struct totals *t, uint64_t seed)
{
    struct life l = { .loop = loop_create(), .disk = store_disk_create() };
    t->seed = seed;
    rng_seed(&l.rng, seed);
    make_file(&l);
    store_disk_record(l.disk);
    struct ovsdb_err *err = open_db(&l);
    bool good = !err;
    ovsdb_err_free(err);
    if (good) {
        note_moment(&l);
        l.moments[0].n_acked = l.moments[0].n_committed = 0;
        l.first_unacked = 1;
        good = live(&l, t, STEPS_OF_A_LIFE)
               && fail_life(&l, t, STATES_OF_A_LIFE, 0);
        if (l.journal) {
            close_db(&l);
        }
    }
    free_life(&l);
    loop_destroy(&l.loop);
    store_disk_destroy(&l.disk);
    return good;
}

int
main(int argc, char *argv[])
{
    struct totals t = { .seed = 1 };
    uint64_t seed = 1, n_states = 2000;
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t value = strtoull(argv[i + 1], NULL, 0);
        if (!strcmp(argv[i], "--seed")) {
            seed = value;
        } else if (!strcmp(argv[i], "--states")) {
            n_states = value;
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    log_set_all(LOGD_CONSOLE, LOGL_OFF);
    bool good = true;
    for (size_t i = 0; i < ARRAY_SIZE(old_seeds) && good; i++) {
        good = run_life(&t, old_seeds[i]);
    }
    for (; t.n_states < n_states && good; seed++) {
        good = run_life(&t, seed);
    }
    printf("%llu states (%llu without the last commits, %llu lives after "
           "one), %llu commits, %llu refused, %llu compactions: %s\n",
           (unsigned long long)t.n_states, (unsigned long long)t.n_old,
           (unsigned long long)t.n_again, (unsigned long long)t.n_commits,
           (unsigned long long)t.n_refused,
           (unsigned long long)t.n_compactions,
           good ? "nothing lost" : "something is wrong");
    return good ? 0 : 1;
}
