/* SPDX-License-Identifier: Apache-2.0 */
/* Reads any bytes as a database file's past.  Input that starts with '{' is
 * the JSON of records, one a line, and framed first; what comes before a line
 * "-" is the file as it was before its last compaction. */
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/store_mem.h"
#include "lib/ovsdb/frame.h"
#include "lib/ovsdb/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
put_framed(struct store_disk *disk, const char *data, size_t size)
{
    struct str file = STR_INIT;
    while (size) {
        const char *nl = memchr(data, '\n', size);
        size_t len = nl ? (size_t)(nl - data) : size;
        if (len == 1 && *data == '-') {
            store_disk_set_file(disk, "previous", str_cstr(&file), file.len);
            str_clear(&file);
        } else {
            ovsdb_frame_put(&file, data, len);
        }
        len += nl != NULL;
        data += len;
        size -= len;
    }
    store_disk_set_file(disk, "file", str_cstr(&file), file.len);
    str_fini(&file);
}

/* Pages must come to an end, the newest first. */
static void
read_pages(struct ovsdb_history *h, struct ovsdb_history_query q)
{
    char *before = NULL;
    for (size_t i = 0;; i++) {
        json_t *page;
        q.before = before;
        struct ovsdb_err *err = ovsdb_history_page(h, &q, &page);
        ASSERT(!err == !!page);
        ovsdb_err_free(err);
        const char *next = json_string_value(json_object_get(page, "next"));
        ASSERT(i < 10000);
        free(before);
        before = next ? xstrdup(next) : NULL;
        json_decref(page);
        if (!before) {
            return;
        }
    }
}

static void
undo(struct ovsdb_history *h, const char *txn)
{
    json_t *json;
    struct ovsdb_err *err = ovsdb_history_undo(h, txn, &json);
    ASSERT(!err == !!json);
    if (json) {
        struct str text = STR_INIT;
        json_decref(ovsdb_history_undo_params(json, "T", "comment"));
        ovsdb_history_put_undo(&text, ovsdb_history_schema(h), json);
        str_fini(&text);
    }
    ovsdb_err_free(err);
    json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const txns[] = {
        "0", "1", "2", "p0", "p1", "p2", "2023-11-14", "@1700000000.5",
        "00000000"
    };
    struct store_disk *disk = store_disk_create();
    struct store *file = NULL, *previous = NULL;
    struct ovsdb_history *h;
    log_set_all(LOGD_CONSOLE, LOGL_OFF);
    if (size && data[0] == '{') {
        put_framed(disk, (const char *)data, size);
    } else {
        store_disk_set_file(disk, "file", data, size);
    }
    int missing = store_open_mem(NULL, disk, "file", STORE_READ_ONLY, &file);
    ASSERT(!missing);
    if (store_open_mem(NULL, disk, "previous", STORE_READ_ONLY, &previous)) {
        previous = NULL;
    }
    struct ovsdb_err *err = ovsdb_history_open_stores(file, previous, &h);
    if (!err) {
        read_pages(h, (struct ovsdb_history_query){ .limit = 1 });
        read_pages(h, (struct ovsdb_history_query){ .changes = true });
        read_pages(h, (struct ovsdb_history_query){
            .row = "a", .changes = true, .limit = 3 });
        read_pages(h, (struct ovsdb_history_query){
            .table = "A", .since_ms = 1700000000000 });
        for (size_t i = 0; i < ARRAY_SIZE(txns); i++) {
            undo(h, txns[i]);
        }
        ovsdb_history_close(&h);
    }
    ovsdb_err_free(err);
    store_disk_destroy(&disk);
    return 0;
}
