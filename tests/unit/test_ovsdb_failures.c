/* SPDX-License-Identifier: Apache-2.0 */
/* Each call to the disk made to fail in turn, once or for a while, through
 * the life of a database: opening, commits, compaction, a new schema,
 * closing.  Each ends with a clean error or an orderly recovery; what was
 * acknowledged is there, what was refused is not. */
#include <errno.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/io/store_mem.h"
#include "ovsdb/convert.h"
#include "ovsdb/journal.h"
#include "tests/unit/ovsdb_fixture.h"

struct run {
    struct loop *loop;
    struct store_disk *disk;
    struct journal_barrier barrier;
    struct journal *j;
    struct db *db;
    size_t n_refused, n_reopened, n_not_compacted, n_not_converted;
};

static void
write_fresh(struct store_disk *disk)
{
    struct db *db = fixture_db();
    struct str text = STR_INIT;
    record_snapshot(&text, db, "");
    store_disk_set_file(disk, "d", text.s, text.len);
    str_fini(&text);
    db_destroy(&db);
}

static void
turn(struct run *r)
{
    loop_run_once(r->loop, false);
    clock_advance_ms(500);
    loop_clock_moved(r->loop);
}

static struct ovsdb_err *
try_open(struct run *r)
{
    struct store *store;
    journal_barrier_init(&r->barrier, NULL, NULL);
    int err = store_open_mem(r->loop, r->disk, "d", 0, &store);
    if (err) {
        assert_null(store);
        return ovsdb_err_io(err, "opening");
    }
    return journal_open(r->loop, &r->barrier, store, false, &r->j, &r->db);
}

/* Opens; an error has a reason, and ends when the disk does what it is
 * told. */
static void
open_stubbornly(struct run *r)
{
    for (int i = 0; i < 40; i++) {
        struct ovsdb_err *err = try_open(r);
        if (!err) {
            return;
        }
        assert_null(r->j);
        assert_null(r->db);
        assert_string_equal(ovsdb_err_tag(err), "I/O error");
        assert_true(strlen(ovsdb_err_details(err)) > 5);
        ovsdb_err_free(err);
        r->n_reopened++;
    }
    fail_msg("does not open");
}

/* Commits; a refusal names the file and changes nothing. */
static void
commit_stubbornly(struct run *r, const char *ops)
{
    for (int i = 0; i < 40; i++) {
        char *before = fixture_dump(r->db);
        json_t *result = fixture_run(r->db, ops);
        char *text = json_to_text(result, JSON_STYLE_COMPACT);
        bool refused = strstr(text, "\"I/O error\"") != NULL;
        if (refused) {
            char *after = fixture_dump(r->db);
            assert_string_equal(before, after);
            assert_non_null(strstr(text, "\"details\":\"d: cannot "));
            assert_string_not_equal(journal_status(r->j), "ok");
            free(after);
            r->n_refused++;
        } else {
            assert_null(strstr(text, "\"error\""));
        }
        free(before);
        free(text);
        json_decref(result);
        if (!refused) {
            return;
        }
        turn(r);
    }
    fail_msg("refused for ever");
}

static void
wait_durable(struct run *r)
{
    for (int i = 0; i < 300
         && journal_barrier_durable(&r->barrier) < r->barrier.last; i++) {
        turn(r);
    }
    assert_true(journal_barrier_durable(&r->barrier) >= r->barrier.last);
}

static void
note_compacted(void *n_, const struct ovsdb_err *err)
{
    *(int *)n_ = err ? -1 : 1;
}

static void
compact(struct run *r, const char *meanwhile)
{
    int done = 0;
    journal_compact_start(r->j, "compacting", note_compacted, &done);
    turn(r);
    commit_stubbornly(r, meanwhile);
    for (int i = 0; i < 100 && !done; i++) {
        turn(r);
    }
    assert_int_not_equal(done, 0);
    r->n_not_compacted += done < 0;
}

static void
convert(struct run *r)
{
    struct ovsdb_schema *schema = ovsdb_schema_clone(r->db->schema);
    struct db *new;
    char *before = fixture_dump(r->db);
    assert_null(db_convert(r->db, schema, &new));
    db_swap_content(r->db, new);
    struct ovsdb_err *err = journal_compact(r->j, "converted");
    if (err) {
        db_swap_content(r->db, new);
        assert_string_equal(ovsdb_err_tag(err), "I/O error");
        ovsdb_err_free(err);
        r->n_not_converted++;
    }
    char *after = fixture_dump(r->db);
    assert_string_equal(before, after);
    free(before);
    free(after);
    db_destroy(&new);
}

/* Returns how many calls were made. */
static uint64_t
life(int64_t n, uint64_t times, int err_number, struct run *totals)
{
    struct run r = { .loop = loop_create(), .disk = store_disk_create() };
    write_fresh(r.disk);
    store_disk_fail_times(r.disk, n, times, err_number);
    open_stubbornly(&r);
    commit_stubbornly(&r, "{'op':'insert','table':'A','row':{'name':'a'}}");
    commit_stubbornly(&r, "{'op':'update','table':'A','where':[],"
                          "'row':{'x':1}}");
    wait_durable(&r);
    compact(&r, "{'op':'insert','table':'A','row':{'name':'b','x':2}}");
    commit_stubbornly(&r, "{'op':'update','table':'A','where':[],"
                          "'row':{'i':3}}");
    wait_durable(&r);
    convert(&r);
    commit_stubbornly(&r, "{'op':'insert','table':'A','row':{'name':'c',"
                          "'x':4}}");
    wait_durable(&r);
    char *want = fixture_dump(r.db);
    journal_close(&r.j);
    db_destroy(&r.db);
    uint64_t ops = store_disk_ops(r.disk);
    store_disk_fail_after(r.disk, -1, 0);
    open_stubbornly(&r);
    char *got = fixture_dump(r.db);
    assert_string_equal(got, want);
    free(got);
    free(want);
    journal_close(&r.j);
    db_destroy(&r.db);
    loop_destroy(&r.loop);
    store_disk_destroy(&r.disk);
    totals->n_refused += r.n_refused;
    totals->n_reopened += r.n_reopened;
    totals->n_not_compacted += r.n_not_compacted;
    totals->n_not_converted += r.n_not_converted;
    return ops;
}

static void
test_each_call(void **state UNUSED)
{
    static const int errors[] = { ENOSPC, EIO, EROFS };
    static const uint64_t times[] = { 1, 2, 7 };
    struct run totals = { .n_refused = 0 };
    clock_hold();
    for (size_t e = 0; e < ARRAY_SIZE(errors); e++) {
        for (size_t t = 0; t < ARRAY_SIZE(times); t++) {
            int64_t n = 0;
            while ((uint64_t)n < life(n, times[t], errors[e], &totals)) {
                n++;
            }
            assert_true(n > 40);
        }
    }
    assert_true(totals.n_refused > 0);
    assert_true(totals.n_reopened > 0);
    assert_true(totals.n_not_compacted > 0);
    assert_true(totals.n_not_converted > 0);
}

/* Commits 'n' times with a text of 'len' bytes and waits; returns how many
 * compactions there were by then. */
static uint64_t
commit_many(struct run *r, int n, size_t len)
{
    struct str ops = STR_INIT;
    for (int i = 0; i < n; i++) {
        str_clear(&ops);
        str_putf(&ops, "{'op':'update','table':'A','where':[],'row':{'x':%d,"
                       "'m':['map',[['k','%d", i, i);
        str_put_chars(&ops, 'v', len);
        str_put(&ops, "']]]}}");
        commit_stubbornly(r, str_cstr(&ops));
        for (int k = 0; k < 8; k++) {
            loop_run_once(r->loop, false);
        }
    }
    str_fini(&ops);
    struct journal_stats stats;
    journal_get_stats(r->j, &stats);
    return stats.n_compactions;
}

/* When it has outgrown the last one, after commits enough or time enough; and
 * once a day if there is anything to gain. */
static void
test_compacts_by_itself(void **state UNUSED)
{
    struct run r = { .loop = loop_create(), .disk = store_disk_create() };
    const size_t big = 200 * 1024;
    clock_hold();
    write_fresh(r.disk);
    open_stubbornly(&r);
    commit_stubbornly(&r, "{'op':'insert','table':'A','row':{'name':'a'}}");
    assert_int_equal(commit_many(&r, 60, big), 0); /* Big, but few. */
    assert_int_equal(commit_many(&r, 38, 1), 0);
    assert_int_equal(commit_many(&r, 5, 1), 1);
    assert_true(journal_size(r.j) < 1024 * 1024);
    assert_int_equal(commit_many(&r, 60, big), 1);
    clock_advance_ms(11 * 60 * 1000); /* Few, but late. */
    assert_int_equal(commit_many(&r, 2, 1), 2);
    assert_int_equal(commit_many(&r, 150, 1), 2); /* Many, but small. */
    clock_advance_ms(INT64_C(25) * 3600 * 1000);
    assert_int_equal(commit_many(&r, 2, 1), 3);
    assert_int_equal(commit_many(&r, 60, 1), 3);
    clock_advance_ms(INT64_C(25) * 3600 * 1000);
    assert_int_equal(commit_many(&r, 2, 1), 3); /* Nothing to gain. */
    journal_close(&r.j);
    db_destroy(&r.db);
    loop_destroy(&r.loop);
    store_disk_destroy(&r.disk);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call),
        cmocka_unit_test(test_compacts_by_itself),
    };
    log_set_all(LOGD_CONSOLE, LOGL_OFF); /* Errors are provoked here. */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
