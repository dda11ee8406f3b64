/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged files: every wrong bit is noticed, what both copies have is mended,
 * and what a crash leaves is not taken for damage.
 *
 * FLIPS=1 in the environment tries every bit; else one in some. */
#include "lib/base/log.h"
#include "lib/io/store_mem.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/journal.h"
#include "tests/unit/ovsdb_fixture.h"

#define SIZE (64 * 1024)
#define SECTOR 512

struct files {
    struct buf data, prev; /* The file and its second copy. */
    char *dump;
    size_t common;         /* Bytes of 'data' that 'prev' has too. */
};

static void
compacted(void *done, const struct ovsdb_err *err)
{
    assert_null(err);
    *(bool *)done = true;
}

static void
turns(struct loop *loop, const bool *until)
{
    for (int i = 0; i < 100 && !*until; i++) {
        loop_run_for(loop, 1);
    }
    assert_true(*until);
}

static void
write_fresh(struct store_disk *disk, const char *name)
{
    struct db *db = fixture_db();
    struct str text = STR_INIT;
    record_snapshot(&text, db, "");
    store_disk_set_file(disk, name, text.s, text.len);
    str_fini(&text);
    db_destroy(&db);
}

/* Changes of one row, in batches of several records. */
static void
grow(struct loop *loop, struct journal *j, struct db *db, size_t size)
{
    int i = 0;
    while (journal_size(j) < (int64_t)size) {
        char ops[200];
        snprintf(ops, sizeof ops,
                 i ? "{'op':'update','table':'A','where':[],'row':{'x':%d,"
                     "'m':['map',[['k','%0*d']]]}}"
                   : "{'op':'insert','table':'A','row':{'name':'a','x':%d,"
                     "'m':['map',[['k','%0*d']]]}}",
                 i, 1 + i % 60, i);
        json_t *result = fixture_run(db, ops);
        assert_non_null(result);
        json_decref(result);
        if (i++ % 4 == 0) {
            loop_run_for(loop, 1);
        }
    }
}

/* The part of 'prev' from the link on is a part of 'data'. */
static size_t
common_length(const struct files *f)
{
    const char *p = memmem(f->data.data, f->data.len, "(copy ", 6);
    assert_non_null(p);
    const char *q = memmem(f->prev.data, f->prev.len, p, 40);
    assert_non_null(q);
    return (size_t)(p - (const char *)f->data.data) + f->prev.len
           - (size_t)(q - (const char *)f->prev.data);
}

static void
make_files(struct files *f, size_t before, size_t after)
{
    struct loop *loop = loop_create();
    struct store_disk *disk = store_disk_create();
    struct journal_barrier barrier;
    struct store *store;
    struct journal *j;
    struct db *db;
    bool done = false;
    *f = (struct files){ .common = 0 };
    write_fresh(disk, "d");
    journal_barrier_init(&barrier, NULL, NULL);
    assert_int_equal(store_open_mem(loop, disk, "d", 0, &store), 0);
    assert_null(journal_open(loop, &barrier, store, false, &j, &db));
    grow(loop, j, db, before);
    journal_compact_start(j, "compacting", compacted, &done);
    /* These go to both files. */
    json_decref(fixture_run(db, "{'op':'update','table':'A','where':[],"
                                "'row':{'x':-1}}"));
    turns(loop, &done);
    grow(loop, j, db, after);
    assert_null(journal_sync_now(j));
    f->dump = fixture_dump(db);
    journal_close(&j);
    db_destroy(&db);
    const struct buf *data = store_disk_file(disk, "d");
    const struct buf *prev = store_disk_file(disk, ".d.~prev~");
    assert_non_null(prev);
    buf_put(&f->data, data->data, data->len);
    buf_put(&f->prev, prev->data, prev->len);
    f->common = common_length(f);
    store_disk_destroy(&disk);
    loop_destroy(&loop);
}

static void
free_files(struct files *f)
{
    buf_fini(&f->data);
    buf_fini(&f->prev);
    free(f->dump);
}

static enum journal_verdict
verdict(const struct buf *data)
{
    struct journal_report report;
    journal_check((const char *)data->data, data->len, &report);
    assert_int_equal(report.reason == NULL, report.verdict == JOURNAL_GOOD);
    journal_report_fini(&report);
    return report.verdict;
}

/* NULL, or why it cannot be mended; mended it holds what it held. */
static char *
mend(const struct files *f)
{
    struct str out = STR_INIT;
    char *why = journal_repair((const char *)f->data.data, f->data.len,
                               (const char *)f->prev.data, f->prev.len, &out);
    if (!why) {
        struct db *db;
        size_t good_len;
        assert_null(journal_read("mended", out.s, out.len, &db, &good_len,
                                 NULL));
        char *text = fixture_dump(db);
        assert_string_equal(text, f->dump);
        free(text);
        db_destroy(&db);
    }
    str_fini(&out);
    return why;
}

static size_t
stride(size_t otherwise)
{
    const char *flips = getenv("FLIPS");
    return flips && atoi(flips) > 0 ? (size_t)atoi(flips) : otherwise;
}

static void
test_every_bit(void **state UNUSED)
{
    struct files f;
    size_t n_mended = 0, n = 0;
    make_files(&f, SIZE, SIZE);
    assert_int_equal(verdict(&f.data), JOURNAL_GOOD);
    assert_int_equal(verdict(&f.prev), JOURNAL_GOOD);
    for (size_t bit = 0; bit < f.data.len * 8; bit += stride(307)) {
        uint8_t *byte = &f.data.data[bit / 8];
        *byte ^= (uint8_t)(1 << bit % 8);
        if (verdict(&f.data) != JOURNAL_DAMAGED) {
            fail_msg("bit %zu of byte %zu was not noticed", bit % 8, bit / 8);
        }
        *byte ^= (uint8_t)(1 << bit % 8);
        n++;
    }
    assert_true(n > 1000);
    for (size_t bit = 0; bit < f.data.len * 8; bit += 13 * stride(307)) {
        uint8_t *byte = &f.data.data[bit / 8];
        *byte ^= (uint8_t)(1 << bit % 8);
        char *why = mend(&f);
        n_mended += !why;
        if (!why && bit / 8 >= f.common) {
            fail_msg("byte %zu was mended, but only %zu are known twice",
                     bit / 8, f.common);
        }
        free(why);
        *byte ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(n_mended > 0);
    free_files(&f);
}

/* All that the second copy has is mended, if it is much. */
static void
test_mends_what_both_have(void **state UNUSED)
{
    struct files f;
    make_files(&f, SIZE / 8, 0);
    for (size_t i = 0; i < f.common; i++) {
        f.data.data[i] ^= 0x20;
        char *why = mend(&f);
        if (why) {
            fail_msg("byte %zu of %zu: %s", i, f.common, why);
        }
        f.data.data[i] ^= 0x20;
    }
    /* Much of it at once, and the end lost. */
    memset(f.data.data, 'x', 100);
    char *why = mend(&f);
    assert_null(why);
    f.prev.data[f.prev.len / 2] ^= 1;
    why = mend(&f);
    assert_non_null(why);
    assert_non_null(strstr(why, "damaged too"));
    free(why);
    free_files(&f);
}

static struct ovsdb_err *
open_disk(struct store_disk *disk, struct journal **j, struct db **db)
{
    struct store *store;
    assert_int_equal(store_open_mem(NULL, disk, "d", 0, &store), 0);
    return journal_open(NULL, NULL, store, false, j, db);
}

static void
check_file(const struct store_disk *disk, const char *name,
           const struct buf *want)
{
    const struct buf *got = store_disk_file(disk, name);
    assert_non_null(got);
    assert_int_equal(got->len, want->len);
    assert_memory_equal(got->data, want->data, want->len);
}

static void
test_open_mends(void **state UNUSED)
{
    struct files f;
    struct journal *j;
    struct db *db;
    make_files(&f, SIZE / 8, SIZE / 8);
    for (int where = 0; where < 2; where++) {
        struct store_disk *disk = store_disk_create();
        uint8_t *byte = where ? &f.data.data[f.data.len - 20]
                              : &f.data.data[f.common / 2];
        *byte ^= 2;
        store_disk_set_file(disk, "d", f.data.data, f.data.len);
        store_disk_set_file(disk, ".d.~prev~", f.prev.data, f.prev.len);
        struct ovsdb_err *err = open_disk(disk, &j, &db);
        if (where) {
            /* The end is there only once: refused, nothing touched. */
            assert_non_null(strstr(ovsdb_err_details(err), "left as it is"));
            ovsdb_err_free(err);
            check_file(disk, "d", &f.data);
            check_file(disk, ".d.~prev~", &f.prev);
        } else {
            assert_null(err);
            char *text = fixture_dump(db);
            assert_string_equal(text, f.dump);
            free(text);
            check_file(disk, "d.~damaged~", &f.data);
            journal_close(&j);
            db_destroy(&db);
            /* It is good now. */
            assert_null(open_disk(disk, &j, &db));
            journal_close(&j);
            db_destroy(&db);
        }
        *byte ^= 2;
        store_disk_destroy(&disk);
    }
    free_files(&f);
}

/* A sector of zeros: torn in the last batch, damage anywhere else. */
static void
test_holes(void **state UNUSED)
{
    struct files f;
    size_t n_torn = 0, last = 0;
    make_files(&f, SIZE / 8, SIZE / 4);
    /* Where the last batch begins. */
    struct ovsdb_frame_reader r;
    const char *text;
    size_t len, start = 0;
    ovsdb_frame_reader_init(&r, (const char *)f.data.data, f.data.len);
    while (ovsdb_frame_next(&r, &text, &len) == OVSDB_FRAME_OK) {
        last = r.marks & OVSDB_FRAME_BATCH ? start : last;
        start = r.offset;
    }
    ovsdb_frame_reader_fini(&r);
    assert_true(last);
    for (size_t at = 0; at < f.data.len; at += SECTOR) {
        size_t from = MAX(at, last < at + SECTOR ? last : 0);
        size_t n = MIN(at + SECTOR, f.data.len) - from;
        uint8_t *copy = xmemdup(f.data.data + from, n);
        memset(f.data.data + from, 0, n);
        bool torn = from >= last;
        assert_int_equal(verdict(&f.data),
                         torn ? JOURNAL_TORN : JOURNAL_DAMAGED);
        n_torn += torn;
        memcpy(f.data.data + from, copy, n);
        free(copy);
    }
    assert_true(n_torn > 0);
    free_files(&f);
}

/* A compacted file that is shorter than it was is no torn one. */
static void
test_short_snapshot(void **state UNUSED)
{
    struct files f;
    make_files(&f, SIZE / 8, 0);
    const char *p = memmem(f.data.data, f.data.len, "(copy ", 6);
    while (*p != '\n' || memcmp(p + 1, "OVSDB JSON ", 11)) {
        p--;
    }
    size_t snapshot = (size_t)(p + 1 - (const char *)f.data.data);
    for (size_t len = 1; len < snapshot; len++) {
        struct buf cut = { f.data.data, len, 0 };
        assert_int_equal(verdict(&cut), JOURNAL_DAMAGED);
    }
    free_files(&f);
}

/* Without marks, as other programs write: only the last record may be torn. */
static void
test_no_marks(void **state UNUSED)
{
    struct str file = STR_INIT;
    static const char body[] = "{\"_date\":1,\"_comment\":\"a comment that is "
                               "longer than a few words only\"}";
    size_t starts[20];
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        starts[i] = file.len;
        ovsdb_frame_put(&file, body, strlen(body));
    }
    struct buf data = { (uint8_t *)file.s, file.len, 0 };
    assert_int_equal(verdict(&data), JOURNAL_GOOD);
    memset(file.s + SECTOR, 0, SECTOR);
    assert_int_equal(verdict(&data), JOURNAL_DAMAGED);
    str_clear(&file);
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        ovsdb_frame_put(&file, body, strlen(body));
    }
    size_t last = starts[ARRAY_SIZE(starts) - 1];
    for (size_t n = 1; last + n < file.len; n++) {
        data.len = last + n;
        assert_int_equal(verdict(&data), JOURNAL_TORN);
    }
    data.len = file.len;
    memset(file.s + last + 30, 0, file.len - last - 30);
    assert_int_equal(verdict(&data), JOURNAL_TORN);
    str_fini(&file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bit),
        cmocka_unit_test(test_mends_what_both_have),
        cmocka_unit_test(test_open_mends),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_short_snapshot),
        cmocka_unit_test(test_no_marks),
    };
    log_set_all(LOGD_CONSOLE, LOGL_OFF); /* Errors are provoked here. */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
