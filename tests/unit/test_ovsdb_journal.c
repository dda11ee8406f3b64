/* SPDX-License-Identifier: Apache-2.0 */
/* The log file: what a crash at any byte leaves, what damage does, and what
 * is promised when the disk fails. */
#include <errno.h>

#include "lib/base/log.h"
#include "lib/io/store_mem.h"
#include "ovsdb/journal.h"
#include "tests/unit/ovsdb_fixture.h"

#define N_TXNS 6

/* A file of schema and N_TXNS transactions; 'ends[i]' is its length after i
 * transactions and 'dumps[i]' the state. */
struct sample {
    struct buf file;
    size_t ends[N_TXNS + 1];
    char *dumps[N_TXNS + 1];
};

static const char *const txns[N_TXNS] = {
    "{'op':'insert','table':'A','row':{'name':'a','kids':['named-uuid','k'],"
    "'eph':'gone'}},{'op':'insert','table':'K','uuid-name':'k','row':{}}",
    "{'op':'mutate','table':'A','where':[],'mutations':"
    "[['is','insert',['set',[1,2]]]]},{'op':'comment','comment':'two\\nl'}",
    "{'op':'update','table':'A','where':[],'row':{'x':-5,"
    "'m':['map',[['k','v'],['l','w']]]}}",
    "{'op':'mutate','table':'A','where':[],'mutations':"
    "[['is','delete',1],['m','delete',['set',['k']]]]}",
    "{'op':'insert','table':'A','row':{'name':'\\u00e4 \\\\ \\u0001','x':2}}",
    "{'op':'delete','table':'A','where':[['x','==',-5]]}",
};

static struct store *
open_mem(struct loop *loop, struct store_disk *disk, int flags)
{
    struct store *store;
    assert_int_equal(store_open_mem(loop, disk, "mem.db", flags, &store), 0);
    return store;
}

/* What a new database's file holds. */
static void
write_fresh(struct store_disk *disk)
{
    struct store *store = open_mem(NULL, disk, STORE_CREATE);
    struct db *db = fixture_db();
    struct str text = STR_INIT;
    record_snapshot(&text, db, "");
    assert_int_equal(store_replace(store, text.s, text.len,
                                   STORE_KEEP_NOTHING), 0);
    str_fini(&text);
    db_destroy(&db);
    store_close(&store);
}

static void
run_ok(struct db *db, const char *ops)
{
    json_t *result = fixture_run(db, ops);
    char *text = json_to_text(result, JSON_STYLE_COMPACT);
    if (strstr(text, "\"error\"")) {
        fail_msg("%s gave %s", ops, text);
    }
    free(text);
    json_decref(result);
}

/* The state without what is not durable. */
static char *
durable_dump(struct db *db)
{
    char *text = fixture_dump(db);
    char *eph = strstr(text, "\"eph\":\"gone\",");
    if (eph) {
        size_t n = strlen("\"eph\":\"gone\",");
        memmove(eph, eph + n, strlen(eph + n) + 1);
    }
    return text;
}

static void
make_sample(struct sample *s)
{
    struct store_disk *disk = store_disk_create();
    write_fresh(disk);
    struct store *store = open_mem(NULL, disk, 0);
    struct journal *j;
    struct db *db;
    assert_null(journal_open(NULL, NULL, store, false, &j, &db));
    for (size_t i = 0;; i++) {
        s->ends[i] = (size_t)journal_size(j);
        s->dumps[i] = durable_dump(db);
        if (i == N_TXNS) {
            break;
        }
        run_ok(db, txns[i]);
        assert_null(journal_sync_now(j));
        assert_true((size_t)journal_size(j) > s->ends[i]);
    }
    buf_init(&s->file);
    assert_int_equal(store_read_all(store, &s->file), 0);
    journal_close(&j);
    db_destroy(&db);
    store_disk_destroy(&disk);
}

static void
free_sample(struct sample *s)
{
    buf_fini(&s->file);
    for (size_t i = 0; i <= N_TXNS; i++) {
        free(s->dumps[i]);
    }
}

static struct ovsdb_err *
read_bytes(const void *data, size_t len, char **dump, size_t *good_len,
           char **torn)
{
    struct db *db;
    *torn = NULL;
    struct ovsdb_err *err
        = journal_read("f", data, len, &db, good_len, torn);
    *dump = err ? NULL : durable_dump(db);
    db_destroy(&db);
    return err;
}

/* A file cut anywhere gives the state of the last whole record. */
static void
test_every_cut(void **state UNUSED)
{
    struct sample s;
    make_sample(&s);
    for (size_t len = s.ends[0]; len <= s.file.len; len++) {
        size_t whole = 0, good_len;
        while (whole < N_TXNS && s.ends[whole + 1] <= len) {
            whole++;
        }
        char *dump, *torn;
        struct ovsdb_err *err
            = read_bytes(s.file.data, len, &dump, &good_len, &torn);
        if (err) {
            fail_msg("%zu: %s", len, ovsdb_err_details(err));
        }
        assert_string_equal(dump, s.dumps[whole]);
        assert_int_equal(good_len, s.ends[whole]);
        assert_int_equal(torn != NULL, len != s.ends[whole]);
        free(dump);
        free(torn);
    }
    free_sample(&s);
}

/* Zeros where the last record's data did not reach the disk. */
static void
test_zero_tail(void **state UNUSED)
{
    struct sample s;
    make_sample(&s);
    for (size_t from = s.ends[N_TXNS - 1]; from < s.file.len; from++) {
        uint8_t *copy = xmemdup(s.file.data, s.file.len);
        memset(copy + from, 0, s.file.len - from);
        char *dump, *torn;
        size_t good_len;
        assert_null(read_bytes(copy, s.file.len, &dump, &good_len, &torn));
        assert_string_equal(dump, s.dumps[N_TXNS - 1]);
        assert_non_null(torn);
        free(dump);
        free(torn);
        free(copy);
    }
    free_sample(&s);
}

/* No flipped bit is taken for a whole file, nor for a shorter one. */
static void
test_every_bit(void **state UNUSED)
{
    struct sample s;
    make_sample(&s);
    for (size_t bit = 0; bit < s.file.len * 8; bit++) {
        s.file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        char *dump, *torn;
        size_t good_len;
        struct ovsdb_err *err
            = read_bytes(s.file.data, s.file.len, &dump, &good_len, &torn);
        if (!err) {
            fail_msg("bit %zu of byte %zu of %zu was not noticed (%s)",
                     bit % 8, bit / 8, s.file.len, torn ? torn : "whole");
        }
        assert_non_null(strstr(ovsdb_err_details(err), "left as it is"));
        ovsdb_err_free(err);
        s.file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free_sample(&s);
}

/* A torn tail is cut off when the file is opened, and only then. */
static void
test_open_cuts_tail(void **state UNUSED)
{
    struct sample s;
    make_sample(&s);
    struct store_disk *disk = store_disk_create();
    struct store *store;
    store_disk_set_file(disk, "mem.db", s.file.data, s.file.len - 3);
    for (int read_only = 1; read_only >= 0; read_only--) {
        store = open_mem(NULL, disk, 0);
        struct journal *j;
        struct db *db;
        assert_null(journal_open(NULL, NULL, store, read_only, &j, &db));
        assert_int_equal(journal_size(j),
                         read_only ? s.file.len - 3 : s.ends[N_TXNS - 1]);
        journal_close(&j);
        db_destroy(&db);
    }
    store_disk_destroy(&disk);
    free_sample(&s);
}

/* Compaction keeps the state, and what comes after it. */
static void
test_compact(void **state UNUSED)
{
    struct store_disk *disk = store_disk_create();
    write_fresh(disk);
    struct store *store = open_mem(NULL, disk, 0);
    struct journal *j;
    struct db *db;
    assert_null(journal_open(NULL, NULL, store, false, &j, &db));
    for (size_t i = 0; i < N_TXNS; i++) {
        run_ok(db, txns[i]);
        assert_null(journal_compact(j, "for a test"));
    }
    run_ok(db, txns[0]);
    char *want = durable_dump(db);
    journal_close(&j);
    db_destroy(&db);
    store = open_mem(NULL, disk, STORE_READ_ONLY);
    assert_null(journal_open(NULL, NULL, store, true, &j, &db));
    char *dump = durable_dump(db);
    assert_string_equal(dump, want);
    free(dump);
    free(want);
    journal_close(&j);
    db_destroy(&db);
    store_disk_destroy(&disk);
}

/* Runs 'ops' until it is accepted: a refusal changes nothing, and ends when
 * the file could be written anew. */
static void
run_stubbornly(struct loop *loop, struct db *db, const char *ops)
{
    for (int tries = 0; tries < 5; tries++) {
        char *before = fixture_dump(db);
        json_t *result = fixture_run(db, ops);
        char *text = json_to_text(result, JSON_STYLE_COMPACT);
        bool refused = strstr(text, "I/O error") != NULL;
        json_decref(result);
        free(text);
        if (refused) {
            char *after = fixture_dump(db);
            assert_string_equal(before, after);
            free(after);
        }
        free(before);
        if (!refused) {
            return;
        }
        loop_run_for(loop, 1);
    }
    fail_msg("refused for ever");
}

static void
wait_durable(struct loop *loop, const struct journal_barrier *b)
{
    for (int i = 0; i < 50 && journal_barrier_durable(b) < b->last; i++) {
        loop_run_for(loop, 1);
    }
    assert_true(journal_barrier_durable(b) >= b->last);
}

/* The (n+1)th call to the store fails once; 'acked' transactions are waited
 * for, then the machine crashes.  Returns the number of calls made. */
static uint64_t
one_failing_run(int64_t n, int err_number, size_t acked)
{
    struct loop *loop = loop_create();
    struct store_disk *disk = store_disk_create();
    write_fresh(disk);
    struct journal_barrier barrier;
    journal_barrier_init(&barrier, NULL, NULL);
    struct journal *j;
    struct db *db;
    assert_null(journal_open(loop, &barrier, open_mem(loop, disk, 0), false,
                             &j, &db));
    uint64_t ops = store_disk_ops(disk);
    store_disk_fail_after(disk, n, err_number);
    for (size_t i = 0; i < acked; i++) {
        run_stubbornly(loop, db, txns[i]);
        wait_durable(loop, &barrier);
    }
    char *acknowledged = durable_dump(db);
    if (acked < N_TXNS) {
        run_stubbornly(loop, db, txns[acked]);
    }
    char *committed = durable_dump(db);
    ops = store_disk_ops(disk) - ops;
    store_disk_fail_after(disk, 0, EIO); /* No last sync. */
    store_disk_crash(disk, 7);
    journal_close(&j);
    db_destroy(&db);
    store_disk_fail_after(disk, -1, 0);
    struct ovsdb_err *err = journal_open(NULL, NULL, open_mem(NULL, disk, 0),
                                         false, &j, &db);
    if (err) {
        fail_msg("n=%lld: %s", (long long)n, ovsdb_err_details(err));
    }
    char *dump = durable_dump(db);
    if (strcmp(dump, acknowledged) && strcmp(dump, committed)) {
        fail_msg("n=%lld: %s\n is neither %s\n nor %s", (long long)n, dump,
                 acknowledged, committed);
    }
    free(dump);
    free(acknowledged);
    free(committed);
    journal_close(&j);
    db_destroy(&db);
    store_disk_destroy(&disk);
    loop_destroy(&loop);
    return ops;
}

/* Whatever call fails, what was acknowledged is there after a crash, a
 * refused transaction left no trace, and service goes on. */
static void
test_failing_store(void **state UNUSED)
{
    static const int errors[] = { ENOSPC, EIO };
    for (size_t e = 0; e < ARRAY_SIZE(errors); e++) {
        for (size_t acked = 0; acked <= N_TXNS; acked++) {
            int64_t n = 0;
            while ((uint64_t)n <= one_failing_run(n, errors[e], acked)) {
                n++;
            }
            assert_true(n >= (int64_t)acked);
        }
    }
}

/* Transactions in the file: records after the schema. */
static size_t
count_transactions(const struct store_disk *disk)
{
    const struct buf *file = store_disk_file(disk, "mem.db");
    struct journal_report report;
    journal_check((const char *)file->data, file->len, &report);
    assert_int_equal(report.verdict, JOURNAL_GOOD);
    journal_report_fini(&report);
    return report.n_records - 1;
}

/* Commits all, the first 'acked' of them waited for; then the power fails and
 * 'keep' bytes of what was not synced are on the disk.  Returns how many
 * transactions are there afterwards; false in '*more' if all bytes were. */
static size_t
crash_once(size_t acked, size_t keep, bool *more)
{
    struct loop *loop = loop_create();
    struct store_disk *disk = store_disk_create();
    write_fresh(disk);
    struct journal_barrier barrier;
    journal_barrier_init(&barrier, NULL, NULL);
    struct journal *j;
    struct db *db;
    assert_null(journal_open(loop, &barrier, open_mem(loop, disk, 0), false,
                             &j, &db));
    int64_t synced = journal_size(j);
    for (size_t i = 0; i < N_TXNS; i++) {
        run_ok(db, txns[i]);
        if (i < acked) {
            wait_durable(loop, &barrier);
            synced = journal_size(j);
        }
    }
    *more = keep < (size_t)(journal_size(j) - synced);
    store_disk_fail_after(disk, 1, EIO); /* Written, not synced. */
    journal_close(&j);
    store_disk_crash(disk, keep);
    db_destroy(&db);
    store_disk_fail_after(disk, -1, 0);
    assert_null(journal_open(NULL, NULL, open_mem(NULL, disk, 0), false, &j,
                             &db));
    size_t n = count_transactions(disk);
    journal_close(&j);
    db_destroy(&db);
    store_disk_destroy(&disk);
    loop_destroy(&loop);
    return n;
}

static void
test_every_crash(void **state UNUSED)
{
    for (size_t acked = 0; acked < N_TXNS; acked++) {
        bool more = true;
        for (size_t keep = 0; more; keep++) {
            assert_true(crash_once(acked, keep, &more) >= acked);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_zero_tail),
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_open_cuts_tail),
        cmocka_unit_test(test_compact),
        cmocka_unit_test(test_failing_store),
        cmocka_unit_test(test_every_crash),
    };
    log_set_all(LOGD_CONSOLE, LOGL_OFF); /* Warnings are provoked here. */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
