/* SPDX-License-Identifier: Apache-2.0 */
/* The past of a database: dates, pages, undoing, and files that fail. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/io/store_mem.h"
#include "lib/ovsdb/frame.h"
#include "lib/ovsdb/history.h"

#define SCHEMA                                                                \
    "{\"name\":\"T\",\"version\":\"1.0.0\",\"tables\":{\"A\":{\"isRoot\":"    \
    "true,\"columns\":{\"name\":{\"type\":\"string\"},\"n\":{\"type\":"       \
    "\"integer\"}}}}}"
#define ROW "aaaaaaaa-0000-4000-8000-00000000000"

static void
put(struct str *file, const char *json)
{
    ovsdb_frame_put(file, json, strlen(json));
}

/* Record i of 'n' makes row i % 10 have n = i. */
static struct store_disk *
make_disk(size_t n)
{
    struct store_disk *disk = store_disk_create();
    struct str file = STR_INIT;
    put(&file, SCHEMA);
    for (size_t i = 1; i <= n; i++) {
        char *json = xasprintf(
            "{\"_date\":%zu,\"_is_diff\":true,\"_comment\":\"change "
            "%zu\\n(by me:%zu)\",\"A\":{\"" ROW "%zu\":{\"n\":%zu%s}}}",
            1700000000000 + i * 1000, i, i, i % 10, i,
            i <= 10 ? ",\"name\":\"a\"" : "");
        put(&file, json);
        free(json);
    }
    store_disk_set_file(disk, "file", file.s, file.len);
    str_fini(&file);
    return disk;
}

static struct ovsdb_err *
open_disk(struct store_disk *disk, struct ovsdb_history **h)
{
    struct store *store;
    *h = NULL;
    int err = store_open_mem(NULL, disk, "file", STORE_READ_ONLY, &store);
    return err ? ovsdb_err_io(err, "open")
               : ovsdb_history_open_stores(store, NULL, h);
}

static struct ovsdb_history *
open_good(struct store_disk *disk)
{
    struct ovsdb_history *h;
    struct ovsdb_err *err = open_disk(disk, &h);
    assert_null(err);
    return h;
}

static void
test_dates(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: no date. */
    } cases[] = {
        { "1970-01-01T00:00Z", 0 },
        { "2023-11-14T22:13:20Z", 1700000000000 },
        { "2023-11-14 22:13:20Z", 1700000000000 },
        { "2023-11-14T22:13:20.5Z", 1700000000500 },
        { "2023-11-14 22:13:20.1239Z", 1700000000123 },
        { "2023-11-14 22:13Z", 1699999980000 },
        { "2023-11-14Z", 1699920000000 },
        { "2023-11-14", 1699920000000 }, /* TZ is UTC. */
        { "2023-11-14 22:13:20", 1700000000000 },
        { "@1700000000", 1700000000000 },
        { "@1700000000.25", 1700000000250 },
        { "", -1 }, { "x", -1 }, { "2023", -1 }, { "2023-13-14", -1 },
        { "2023-11-14 25:00", -1 }, { "2023-11-14 22:13:20x", -1 },
        { "2023-11-14 22:13:20ZZ", -1 }, { "@", -1 }, { "@x", -1 },
    };
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ms = -1;
        bool is_date = ovsdb_history_parse_date(cases[i].text, &ms);
        assert_int_equal(is_date, cases[i].ms >= 0);
        assert_int_equal(ms, cases[i].ms);
    }
}

/* Every page size gives all records, the newest first, once. */
static void
test_pages(void **state UNUSED)
{
    static const size_t sizes[] = { 0, 1, 2, 63, 64, 65, 127, 128, 200 };
    for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
        struct store_disk *disk = make_disk(sizes[s]);
        struct ovsdb_history *h = open_good(disk);
        for (int64_t limit = 1; limit < 300; limit = limit * 3 + 1) {
            struct ovsdb_history_query q = { .limit = limit };
            size_t expected = sizes[s];
            json_t *page = NULL;
            do {
                json_t *older;
                struct ovsdb_err *err = ovsdb_history_page(h, &q, &older);
                assert_null(err);
                json_decref(page);
                page = older;
                size_t i;
                json_t *txn;
                json_array_foreach (json_object_get(page, "transactions"), i,
                                    txn) {
                    char *record = xasprintf("%zu", expected--);
                    assert_string_equal(
                        json_string_value(json_object_get(txn, "record")),
                        record);
                    free(record);
                }
                q.before = json_string_value(json_object_get(page, "next"));
            } while (q.before);
            json_decref(page);
            assert_int_equal(expected, 0);
        }
        ovsdb_history_close(&h);
        store_disk_destroy(&disk);
    }
}

static void
test_one_transaction(void **state UNUSED)
{
    struct store_disk *disk = make_disk(100);
    struct ovsdb_history *h = open_good(disk);
    struct ovsdb_history_query q = { .limit = 1, .changes = true };
    json_t *page;
    struct ovsdb_err *err = ovsdb_history_page(h, &q, &page);
    assert_null(err);
    json_t *txn = json_array_get(json_object_get(page, "transactions"), 0);
    json_object_del(txn, "id");
    char *text = json_to_text(txn, JSON_STYLE_SORT);
    assert_string_equal(
        text,
        "{\"changes\":[{\"columns\":{\"n\":[90,100]},\"name\":\"a\",\"op\":"
        "\"modify\",\"row\":\"" ROW "0\",\"table\":\"A\"}],\"comment\":"
        "\"change 100\",\"date\":1700000100000,\"record\":\"100\",\"tables\":"
        "{\"A\":{\"rows\":1}},\"who\":\"me:100\"}");
    free(text);
    json_decref(page);
    ovsdb_history_close(&h);
    store_disk_destroy(&disk);
}

static void
test_undo(void **state UNUSED)
{
    struct store_disk *disk = make_disk(12);
    struct ovsdb_history *h = open_good(disk);
    static const char *const same[] = {
        "10", "2023-11-14T22:13:30Z", "@1700000010.9"
    };
    for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
        json_t *undo;
        struct ovsdb_err *err = ovsdb_history_undo(h, same[i], &undo);
        assert_null(err);
        assert_int_equal(json_array_size(json_object_get(undo, "rows")), 2);
        json_decref(undo);
    }
    json_t *undo;
    struct ovsdb_err *err = ovsdb_history_undo(h, "1", &undo);
    assert_null(err);
    /* Row 1 goes back to 1; rows 2 to 9 and 0 go. */
    assert_int_equal(json_array_size(json_object_get(undo, "rows")), 10);
    json_t *params = ovsdb_history_undo_params(undo, "T", "why");
    assert_int_equal(json_array_size(params), 1 + 10 + 10 + 1);
    json_decref(params);
    json_decref(undo);
    ovsdb_history_close(&h);
    store_disk_destroy(&disk);
}

/* Opens, reads a page and an undo; NULL or the first error. */
static struct ovsdb_err *
use_all(struct store_disk *disk)
{
    struct ovsdb_history_query q = { .changes = true, .row = "a" };
    struct ovsdb_history *h;
    json_t *page = NULL, *undo = NULL;
    struct ovsdb_err *err = open_disk(disk, &h);
    if (!err) {
        err = ovsdb_history_page(h, &q, &page);
    }
    if (!err) {
        err = ovsdb_history_undo(h, "3", &undo);
    }
    json_decref(page);
    json_decref(undo);
    ovsdb_history_close(&h);
    return err;
}

/* What it asks of the storage may fail, whichever it is. */
static void
test_every_read_may_fail(void **state UNUSED)
{
    struct store_disk *disk = make_disk(200);
    uint64_t before = store_disk_ops(disk);
    struct ovsdb_err *err = use_all(disk);
    assert_null(err);
    uint64_t n_calls = store_disk_ops(disk) - before;
    assert_true(n_calls > 5);
    for (uint64_t n = 0; n < n_calls; n++) {
        store_disk_fail_after(disk, (int64_t)n, -EIO);
        err = use_all(disk);
        assert_non_null(err);
        assert_string_equal(ovsdb_err_tag(err), OVSDB_E_IO);
        ovsdb_err_free(err);
    }
    store_disk_fail_after(disk, -1, 0);
    store_disk_destroy(&disk);
}

/* A record that is being written is not there yet. */
static void
test_every_length_of_a_file(void **state UNUSED)
{
    struct store_disk *disk = make_disk(5);
    const struct buf *whole = store_disk_file(disk, "file");
    char *bytes = xmemdup(whole->data, whole->len);
    size_t len = whole->len, last = 5;
    for (size_t cut = len; cut > 0; cut--) {
        store_disk_set_file(disk, "file", bytes, cut);
        struct ovsdb_history *h;
        struct ovsdb_err *err = open_disk(disk, &h);
        if (err) {
            assert_int_equal(last, 0);
            ovsdb_err_free(err);
            break;
        }
        struct ovsdb_history_query q = { 0 };
        json_t *page;
        err = ovsdb_history_page(h, &q, &page);
        assert_null(err);
        size_t n = json_array_size(json_object_get(page, "transactions"));
        assert_true(n == last || n + 1 == last);
        last = n;
        json_decref(page);
        ovsdb_history_close(&h);
    }
    assert_int_equal(last, 0);
    free(bytes);
    store_disk_destroy(&disk);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_one_transaction),
        cmocka_unit_test(test_undo),
        cmocka_unit_test(test_every_read_may_fail),
        cmocka_unit_test(test_every_length_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
