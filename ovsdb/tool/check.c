/* SPDX-License-Identifier: Apache-2.0 */
/* check: a report on a file.
 *
 * The frames first, which say whether all bytes are those that were written;
 * then the records, which must make a database; then its rows, whose
 * references and indexes must hold; then the second copy.  The report is one
 * JSON object, printed as it is or in words. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/json_scan.h"
#include "lib/io/store.h"
#include "lib/ovsdb/frame.h"
#include "lib/ovsdb/history.h"
#include "ovsdb/journal.h"
#include "ovsdb/record.h"
#include "ovsdb/tool/tool.h"

enum { CHECK_GOOD, CHECK_DAMAGED, CHECK_UNREADABLE };

struct check {
    json_t *report;
    json_t *problems;  /* Borrowed from 'report': at most CHECK_PROBLEMS. */
    size_t n_problems; /* All of them. */
    size_t n_weak;     /* Weak references to nobody. */
    struct db *db;     /* NULL if the records do not make one. */
    const struct db_row *row;
    const struct ovsdb_column *column;
    bool mendable;
};

static void PRINTF_FORMAT(2, 3)
problem(struct check *c, const char *fmt, ...)
{
    if (c->n_problems++ < CHECK_PROBLEMS_MAX) {
        va_list args;
        va_start(args, fmt);
        char *text = xvasprintf(fmt, args);
        va_end(args);
        json_array_append_new(c->problems, json_string(text));
        free(text);
    }
}

static void
set_size(struct check *c, const char *name, size_t n)
{
    json_object_set_new(c->report, name, json_integer((json_int_t)n));
}

static void
set_text(struct check *c, const char *name, const char *text)
{
    json_object_set_new(c->report, name, json_string(text));
}

/* Records. */

static void
note_date(struct check *c, const char *text, size_t len)
{
    struct json_scan s = json_scan_make(text, len);
    const char *key, *value;
    size_t key_len, value_len;
    int64_t date;
    if (!json_scan_char(&s, '{')) {
        return;
    }
    while (json_scan_plain(&s, &key, &key_len) && json_scan_char(&s, ':')
           && json_scan_value(&s, &value, &value_len)) {
        struct json_scan number = json_scan_make(value, value_len);
        if (key_len == 5 && !memcmp(key, "_date", 5)
            && json_scan_integer(&number, &date)) {
            /* Old files count seconds [ovsdb(5)]. */
            date = date < INT64_C(1) << 32 ? date * 1000 : date;
            if (!json_object_get(c->report, "first_date")) {
                json_object_set_new(c->report, "first_date",
                                    json_integer(date));
            }
            json_object_set_new(c->report, "last_date", json_integer(date));
            break;
        }
        if (!json_scan_char(&s, ',')) {
            break;
        }
    }
}

static struct ovsdb_err *
read_first(struct check *c, const char *text, size_t len)
{
    char *error = NULL;
    json_t *json = json_parse(text, len, &error);
    struct ovsdb_schema *schema;
    if (!json) {
        struct ovsdb_err *err = ovsdb_err_create(OVSDB_E_SYNTAX, "%s", error);
        free(error);
        return err;
    }
    struct ovsdb_err *err = ovsdb_schema_from_json(json, &schema);
    json_decref(json);
    if (!err) {
        c->db = db_create(schema);
        json_object_set_new(c->report, "schema",
                            json_pack("{ssssss}", "name", schema->name,
                                      "version", schema->version, "cksum",
                                      schema->cksum));
    }
    return err;
}

static void
read_records(struct check *c, const char *data, size_t len)
{
    struct ovsdb_frame_reader r;
    const char *text;
    size_t text_len, i = 0;
    struct ovsdb_err *err = NULL;
    ovsdb_frame_reader_init(&r, data, len);
    for (size_t start = 0;
         !err && ovsdb_frame_next(&r, &text, &text_len) == OVSDB_FRAME_OK;
         start = r.offset, i++) {
        if (!i) {
            err = read_first(c, text, text_len);
        } else {
            note_date(c, text, text_len);
            err = record_apply(c->db, text, text_len);
        }
        if (err) {
            char *why = ovsdb_err_to_text(err);
            problem(c, "record %zu at offset %zu: %s", i, start, why);
            free(why);
            db_destroy(&c->db);
        }
    }
    ovsdb_err_free(err);
    ovsdb_frame_reader_fini(&r);
}

/* Rows. */

static void
check_ref(void *c_, const struct ovsdb_base *base, const struct uuid *uuid,
          int sign UNUSED)
{
    struct check *c = c_;
    if (db_table_find(db_table_of_base(c->db, base), uuid)) {
        return;
    }
    if (!ovsdb_base_is_strong_ref(base)) {
        c->n_weak++;
        return;
    }
    problem(c, "table %s row " UUID_FMT " column %s refers to " UUID_FMT
            ", which is not in table %s", c->row->table->schema->name,
            UUID_ARGS(db_row_uuid(c->row)), c->column->name, UUID_ARGS(uuid),
            base->u.uuid.ref_table);
}

static void
check_row(struct check *c, const struct db_row *row, struct db_view *view)
{
    static const struct ovsdb_datum none = OVSDB_DATUM_EMPTY;
    const struct db_table *t = row->table;
    for (size_t i = 0; i < t->schema->n_indexes; i++) {
        const struct db_row *twin = db_row_find_twin(row, i);
        /* Of two, one tells. */
        if (twin && uuid_cmp(db_row_uuid(row), db_row_uuid(twin)) < 0) {
            problem(c, "table %s rows " UUID_FMT " and " UUID_FMT
                    " are equal in index %zu", t->schema->name,
                    UUID_ARGS(db_row_uuid(row)), UUID_ARGS(db_row_uuid(twin)),
                    i);
        }
    }
    const struct ovsdb_datum *datums
        = t->n_ref_columns ? db_row_read(row, view) : NULL;
    for (size_t i = 0; i < t->n_ref_columns; i++) {
        c->row = row;
        c->column = t->ref_columns[i];
        db_diff_refs(&none, &datums[c->column->idx], &c->column->type,
                     check_ref, c);
    }
}

static void
check_rows(struct check *c)
{
    json_t *counts = json_object();
    for (size_t i = 0; i < c->db->schema->n_tables; i++) {
        const struct db_table *t = &c->db->tables[i];
        struct db_view view = DB_VIEW_INIT;
        HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
            check_row(c, row, &view);
        }
        db_view_fini(&view);
        if (t->schema->max_rows < t->rows.n) {
            problem(c, "table %s has %zu rows, but may have %u",
                    t->schema->name, t->rows.n, t->schema->max_rows);
        }
        json_object_set_new(counts, t->schema->name,
                            json_integer((json_int_t)t->rows.n));
    }
    json_object_set_new(c->report, "rows", counts);
    set_size(c, "weak_references_to_nobody", c->n_weak);
}

/* The second copy. */

/* A good file is tried with a wrong byte, which the copy must mend. */
static char *
try_mending(const char *data, size_t len, const struct buf *prev, bool damaged)
{
    char *copy = xmemdup(data, len);
    struct str mended = STR_INIT;
    if (!damaged) {
        copy[0] ^= 1;
    }
    char *why = journal_repair(copy, len, (const char *)prev->data, prev->len,
                               &mended);
    str_fini(&mended);
    free(copy);
    return why;
}

static void
check_second_copy(struct check *c, struct store *store, const char *data,
                  size_t len, bool damaged)
{
    struct buf prev = BUF_INIT;
    int err = store_read_prev(store, &prev);
    char *name = store_prev_name(store);
    json_t *copy = json_pack("{ss}", "file", name);
    char *why = err ? xasprintf("cannot read it (%s)", log_strerror(err))
                    : try_mending(data, len, &prev, damaged);
    if (err != -ENOENT) {
        json_object_set_new(copy, "bytes",
                            json_integer((json_int_t)prev.len));
        json_object_set_new(copy, "usable", json_boolean(!why));
        if (why) {
            json_object_set_new(copy, "why", json_string(why));
        }
        json_object_set(c->report, "second_copy", copy);
    }
    c->mendable = !why;
    json_decref(copy);
    free(why);
    free(name);
    buf_fini(&prev);
}

/* The report. */

static const char *
advice(const struct check *c, enum journal_verdict verdict)
{
    if (verdict == JOURNAL_TORN) {
        return "nothing: what the tail should have become was never "
               "acknowledged, and the next start cuts it off.  If a server "
               "is writing to the file just now, look again";
    } else if (verdict == JOURNAL_DAMAGED && c->mendable) {
        return "start ovsdb-server on it: the file is mended from the second "
               "copy, and kept as it is now under the name with .~damaged~";
    } else if (verdict == JOURNAL_DAMAGED) {
        return "restore a backup; or keep only the good bytes before the "
               "damage (head -c, into a new file) if later changes may be "
               "lost";
    } else if (c->n_problems) {
        return "restore a backup: the bytes are as they were written, but "
               "what they say is no database that the schema allows";
    }
    return NULL;
}

static void
check_data(struct check *c, struct store *store, const char *data, size_t len)
{
    static const char *const verdicts[] = {
        [JOURNAL_GOOD] = "good",
        [JOURNAL_TORN] = "torn",
        [JOURNAL_DAMAGED] = "damaged",
    };
    struct journal_report r;
    journal_check(data, len, &r);
    bool damaged = r.verdict == JOURNAL_DAMAGED;
    set_size(c, "bytes", len);
    set_size(c, "records", r.n_records);
    set_size(c, "good_bytes", r.verdict == JOURNAL_GOOD ? len : r.good_len);
    if (r.reason) {
        set_text(c, "reason", r.reason);
        set_size(c, "bad_places", r.n_bad_places);
        set_size(c, "records_behind", r.n_later);
    }
    read_records(c, data, len);
    if (c->db) {
        check_rows(c);
    }
    check_second_copy(c, store, data, len, damaged);
    set_text(c, "verdict", c->n_problems ? "damaged" : verdicts[r.verdict]);
    if (!damaged && c->n_problems) {
        r.verdict = JOURNAL_GOOD;
    }
    const char *what_to_do = advice(c, r.verdict);
    if (what_to_do) {
        set_text(c, "what_to_do", what_to_do);
    }
    set_size(c, "n_problems", c->n_problems);
    journal_report_fini(&r);
}

/* Words. */

static long long
get_int(const json_t *json, const char *name)
{
    int64_t n = 0;
    (void)json_get_int(json, name, &n);
    return (long long)n;
}

static const char *
get_text(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

static void
print_dates(const json_t *report)
{
    struct str s = STR_INIT;
    if (json_object_get(report, "first_date")) {
        str_put(&s, "dates: ");
        ovsdb_history_put_date(&s, get_int(report, "first_date"));
        str_put(&s, " to ");
        ovsdb_history_put_date(&s, get_int(report, "last_date"));
        puts(str_cstr(&s));
    }
    str_fini(&s);
}

static void
print_rows(const json_t *report)
{
    const char *name;
    json_t *n;
    puts("rows:");
    json_object_foreach (json_object_get(report, "rows"), name, n) {
        printf("  %s %lld\n", name, (long long)json_integer_value(n));
    }
    if (get_int(report, "weak_references_to_nobody")) {
        printf("weak references to nobody, dropped when it is opened: %lld\n",
               get_int(report, "weak_references_to_nobody"));
    }
}

static void
print_second_copy(const json_t *report)
{
    const json_t *copy = json_object_get(report, "second_copy");
    if (!copy) {
        puts("second copy: none");
        return;
    }
    printf("second copy: %s, %lld bytes, ", get_text(copy, "file"),
           get_int(copy, "bytes"));
    if (json_is_true(json_object_get(copy, "usable"))) {
        puts("usable");
    } else {
        printf("of no use: %s\n", get_text(copy, "why"));
    }
}

static void
print_report(const json_t *report)
{
    const json_t *schema = json_object_get(report, "schema");
    printf("%s: %s\n", get_text(report, "file"), get_text(report, "verdict"));
    printf("bytes: %lld\nrecords: %lld\n", get_int(report, "bytes"),
           get_int(report, "records"));
    print_dates(report);
    if (json_object_get(report, "reason")) {
        printf("bad: %s\n", get_text(report, "reason"));
        printf("good before that: %lld bytes; bad places: %lld; good records "
               "behind: %lld\n", get_int(report, "good_bytes"),
               get_int(report, "bad_places"),
               get_int(report, "records_behind"));
    }
    if (schema) {
        printf("schema: %s, version \"%s\", cksum \"%s\"\n",
               get_text(schema, "name"), get_text(schema, "version"),
               get_text(schema, "cksum"));
    }
    if (json_object_get(report, "rows")) {
        print_rows(report);
    }
    size_t i;
    json_t *text;
    printf("problems: %lld\n", get_int(report, "n_problems"));
    json_array_foreach (json_object_get(report, "problems"), i, text) {
        printf("  %s\n", json_string_value(text));
    }
    print_second_copy(report);
    if (json_object_get(report, "what_to_do")) {
        printf("what to do: %s\n", get_text(report, "what_to_do"));
    }
}

/* Opens and reads the file; false with "reason" if that cannot be. */
static bool
read_file(struct check *c, const char *path, struct store **store,
          struct buf *data)
{
    int err = store_open_file(NULL, path, STORE_READ_ONLY, store);
    if (!err) {
        err = store_read_all(*store, data);
    }
    const char *why = err          ? log_strerror(err)
                      : !data->len ? "the file is empty"
                                   : NULL;
    if (!why && data->len >= 14
        && !memcmp(data->data, "OVSDB CLUSTER ", 14)) {
        why = "this is a clustered database, which is not supported here";
    }
    if (why) {
        set_text(c, "verdict", "unreadable");
        set_text(c, "reason", why);
    }
    return !why;
}

void
tool_check_file(struct tool *t, int argc, char *argv[])
{
    const char *path = tool_db_path(argc, argv, 0);
    struct check c = { .report = json_pack("{ss}", "file", path) };
    struct store *store = NULL;
    struct buf data = BUF_INIT;
    c.problems = json_array();
    json_object_set_new(c.report, "problems", c.problems);
    if (read_file(&c, path, &store, &data)) {
        check_data(&c, store, (const char *)data.data, data.len);
        t->status = strcmp(get_text(c.report, "verdict"), "damaged")
                        ? CHECK_GOOD
                        : CHECK_DAMAGED;
    } else {
        t->status = CHECK_UNREADABLE;
    }
    if (t->json) {
        char *text = json_to_text(c.report, JSON_STYLE_SORT);
        puts(text);
        free(text);
    } else if (t->status == CHECK_UNREADABLE) {
        fprintf(stderr, "%s: %s: cannot be read: %s\n", args_program_name(),
                path, get_text(c.report, "reason"));
    } else {
        print_report(c.report);
    }
    db_destroy(&c.db);
    json_decref(c.report);
    store_close(&store);
    buf_fini(&data);
}
