/* SPDX-License-Identifier: Apache-2.0 */
/* Runs any JSON as a transaction (an array of operations) or as the requests
 * of a monitor (an object) on a small database.  Beyond "no fault": what a
 * snapshot of the database reads back as is that database, with the same
 * counts of references. */
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "ovsdb/exec.h"
#include "ovsdb/journal.h"
#include "ovsdb/monitor.h"
#include "ovsdb/record.h"
#include "ovsdb/txn.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char schema_text[]
    = "{\"name\":\"T\",\"version\":\"1.0.0\",\"tables\":{"
      "\"A\":{\"isRoot\":true,\"maxRows\":8,\"indexes\":[[\"s\"]],"
      "\"columns\":{\"s\":{\"type\":\"string\"},\"i\":{\"type\":{\"key\":{"
      "\"type\":\"integer\",\"maxInteger\":100}}},\"r\":{\"type\":\"real\"},"
      "\"b\":{\"type\":\"boolean\"},\"set\":{\"type\":{\"key\":\"integer\","
      "\"min\":0,\"max\":4}},\"map\":{\"type\":{\"key\":\"string\","
      "\"value\":\"string\",\"min\":0,\"max\":\"unlimited\"}},"
      "\"kids\":{\"type\":{\"key\":{\"type\":\"uuid\",\"refTable\":\"K\"},"
      "\"min\":0,\"max\":\"unlimited\"}},\"weak\":{\"type\":{\"key\":{"
      "\"type\":\"uuid\",\"refTable\":\"K\",\"refType\":\"weak\"},"
      "\"min\":0,\"max\":\"unlimited\"}}}},"
      "\"K\":{\"columns\":{\"n\":{\"type\":\"integer\"},\"sub\":{\"type\":{"
      "\"key\":{\"type\":\"uuid\",\"refTable\":\"K\"},\"min\":0}}}}}}";

static const char rows_text[]
    = "[\"T\",{\"op\":\"insert\",\"table\":\"A\",\"uuid\":"
      "\"00000000-0000-0000-0000-000000000001\",\"row\":{\"s\":\"a\","
      "\"kids\":[\"named-uuid\",\"k\"],\"weak\":[\"named-uuid\",\"k\"]}},"
      "{\"op\":\"insert\",\"table\":\"K\",\"uuid-name\":\"k\",\"row\":{"
      "\"n\":1}}]";

static json_t *
parse(const char *text, size_t len)
{
    char *error = NULL;
    json_t *json = json_parse(text, len, &error);
    free(error);
    return json;
}

static void
execute(struct db *db, const json_t *params)
{
    struct exec_env env = { .db = db };
    struct exec_wait wait;
    json_t *result = exec_transaction(&env, params, &wait);
    ASSERT(!db->txn);
    if (result) {
        ASSERT(json_array_size(result) + 1 >= json_array_size(params));
    }
    json_decref(result);
}

static struct db *
make_db(void)
{
    json_t *json = parse(schema_text, sizeof schema_text - 1);
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    ASSERT(!err);
    json_decref(json);
    struct db *db = db_create(schema);
    json = parse(rows_text, sizeof rows_text - 1);
    execute(db, json);
    json_decref(json);
    ASSERT(db_count_rows(db) == 2);
    return db;
}

static void
on_update(struct monitor *m UNUSED, struct blob *text)
{
    json_t *json = parse(text->data, text->len);
    ASSERT(json_is_object(json));
    json_decref(json);
}

static void
check_read_back(struct db *db)
{
    struct str text = STR_INIT;
    struct db *copy;
    size_t good_len;
    record_snapshot(&text, db, "");
    struct ovsdb_err *err
        = journal_read("snapshot", text.s, text.len, &copy, &good_len, NULL);
    ASSERT(!err);
    ASSERT(db_count_rows(copy) == db_count_rows(db));
    ASSERT(db_count_cells(copy) == db_count_cells(db));
    ASSERT(hmap_count(&copy->weak_refs) == hmap_count(&db->weak_refs));
    db_destroy(&copy);
    str_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    log_set_all(LOGD_CONSOLE, LOGL_OFF);
    json_t *json = parse((const char *)data, size);
    if (!json_is_array(json) && !json_is_object(json)) {
        json_decref(json);
        return 0;
    }
    struct loop *loop = loop_create();
    struct db *db = make_db();
    struct monitors ms;
    struct monitor *m = NULL;
    monitors_init(&ms, loop, db, on_update);
    json_t *all = json_pack("{s{}s{}}", "A", "K");
    struct ovsdb_err *err
        = monitor_create(&ms, MONITOR_COND_SINCE, "1",
                         json_is_object(json) ? json : all, NULL, &m);
    struct uuid then = *monitors_last_id(&ms);
    if (json_is_array(json)) {
        execute(db, json);
        check_read_back(db);
    }
    if (!err) {
        struct blob *text[] = { monitor_initial(m), monitor_since(m, &then) };
        for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
            on_update(m, text[i]);
            blob_unref(&text[i]);
        }
        monitor_destroy(&m);
    }
    ovsdb_err_free(err);
    monitors_fini(&ms);
    json_decref(all);
    json_decref(json);
    db_destroy(&db);
    loop_destroy(&loop);
    return 0;
}
