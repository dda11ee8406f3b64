/* SPDX-License-Identifier: Apache-2.0 */
/* Reads any bytes as a database file.  Input that starts with '{' is taken as
 * the JSON of records, one a line, and framed first, so that the checksums do
 * not keep everything out.  What is accepted is written and read again. */
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/journal.h"
#include "ovsdb/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
put_framed(struct str *out, const char *data, size_t size)
{
    while (size) {
        const char *nl = memchr(data, '\n', size);
        size_t len = nl ? (size_t)(nl - data) : size;
        ovsdb_frame_put(out, data, len);
        len += nl != NULL;
        data += len;
        size -= len;
    }
}

static void
check_again(struct db *db)
{
    struct str text = STR_INIT;
    struct db *copy;
    size_t good_len;
    record_snapshot(&text, db, "again");
    struct ovsdb_err *err
        = journal_read("again", text.s, text.len, &copy, &good_len, NULL);
    ASSERT(!err);
    ASSERT(good_len == text.len);
    ASSERT(db_count_rows(copy) == db_count_rows(db));
    db_destroy(&copy);
    str_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    log_set_all(LOGD_CONSOLE, LOGL_OFF);
    struct str file = STR_INIT;
    if (size && data[0] == '{') {
        put_framed(&file, (const char *)data, size);
    } else {
        str_put_n(&file, (const char *)data, size);
    }
    struct db *db;
    size_t good_len;
    char *torn = NULL;
    struct ovsdb_err *err = journal_read("input", str_cstr(&file), file.len,
                                         &db, &good_len, &torn);
    if (!err) {
        ASSERT(good_len <= file.len);
        check_again(db);
        db_destroy(&db);
    }
    ovsdb_err_free(err);
    free(torn);
    str_fini(&file);
    return 0;
}
