/* SPDX-License-Identifier: Apache-2.0 */
/* Judges and mends two files made of the input: a record a line, framed; a
 * blank or a tab in front marks it; '!' in front leaves the line as it is; a
 * line "=" ends the newer file and begins the older.  A good file with any one
 * bit turned is never good, nor torn. */
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/hash.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
put_line(struct str *file, const char *line, size_t len)
{
    int marks = 0;
    if (len && line[0] == '!') {
        str_put_n(file, line + 1, len - 1);
        return;
    }
    for (; len && (*line == ' ' || *line == '\t'); line++, len--) {
        marks |= *line == ' ' ? OVSDB_FRAME_BATCH : OVSDB_FRAME_JOINED;
    }
    struct str record = STR_INIT;
    ovsdb_frame_put(&record, line, len);
    ovsdb_frame_put_marked(file, record.s, record.len, marks);
    str_fini(&record);
}

static enum journal_verdict
check(const struct str *file)
{
    struct journal_report report;
    journal_check(str_cstr(file), file->len, &report);
    ASSERT(report.good_len <= file->len);
    ASSERT((report.verdict == JOURNAL_GOOD) == !report.reason);
    ASSERT((report.verdict == JOURNAL_GOOD) == !report.n_bad_places);
    ASSERT(report.n_batches <= report.n_records);
    journal_report_fini(&report);
    return report.verdict;
}

static void
check_flip(struct str *file, uint32_t where)
{
    if (file->len && !memchr(file->s, '\0', file->len)) {
        char *byte = &file->s[where / 8 % file->len];
        *byte = (char)(*byte ^ (1 << where % 8));
        ASSERT(check(file) == JOURNAL_DAMAGED);
        *byte = (char)(*byte ^ (1 << where % 8));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data_, size_t size)
{
    const char *data = (const char *)data_;
    struct str files[2] = { STR_INIT, STR_INIT }, out = STR_INIT;
    uint32_t where = hash_bytes(data, size, 0);
    int n = 0;
    while (size) {
        const char *nl = memchr(data, '\n', size);
        size_t len = nl ? (size_t)(nl - data) : size;
        if (len == 1 && data[0] == '=') {
            n = 1;
        } else {
            put_line(&files[n], data, len);
        }
        len += nl != NULL;
        data += len;
        size -= len;
    }
    for (n = 0; n < 2; n++) {
        if (check(&files[n]) == JOURNAL_GOOD) {
            check_flip(&files[n], where);
        }
    }
    char *why = journal_repair(str_cstr(&files[0]), files[0].len,
                               str_cstr(&files[1]), files[1].len, &out);
    ASSERT(why || check(&out) != JOURNAL_DAMAGED);
    free(why);
    str_fini(&files[0]);
    str_fini(&files[1]);
    str_fini(&out);
    return 0;
}
