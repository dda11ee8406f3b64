/* SPDX-License-Identifier: Apache-2.0 */
/* show-log: what each record of a file did. */
#include <stdio.h>
#include <time.h>

#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/io/json.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/record.h"
#include "ovsdb/tool/tool.h"

struct log_view {
    int more;
    struct ovsdb_schema *schema;
    struct smap names; /* UUID -> what to call the row. */
    struct strset rows; /* UUIDs of rows that are there. */
};

/* "0123abcd", or the column "name" and that in parentheses. */
static char *
row_title(const struct log_view *v, const char *uuid, bool twice)
{
    const char *name = smap_get(&v->names, uuid, NULL);
    return name    ? xasprintf("%s (%.8s)", name, uuid)
           : twice ? xasprintf("%.8s (%.8s)", uuid, uuid)
                   : xasprintf("%.8s", uuid);
}

static void
note_name(struct log_view *v, const char *uuid, const json_t *row)
{
    const char *name = json_string_value(json_object_get(row, "name"));
    if (name) {
        struct str quoted = STR_INIT;
        json_put_string(&quoted, name, strlen(name));
        smap_set(&v->names, uuid, str_cstr(&quoted));
        str_fini(&quoted);
    }
}

static void
print_value(const struct ovsdb_table_schema *ts, const char *column,
            const json_t *value)
{
    const struct ovsdb_column *c
        = ts ? ovsdb_table_schema_column(ts, column) : NULL;
    struct str text = STR_INIT;
    struct ovsdb_datum d;
    struct ovsdb_err *err
        = c ? ovsdb_datum_from_json_unbound(&d, &c->type, value, NULL) : NULL;
    if (c && !err) {
        ovsdb_datum_put_text(&text, &d, &c->type);
        ovsdb_datum_fini(&d, &c->type);
    } else {
        ovsdb_err_free(err);
        json_put(&text, value, JSON_STYLE_SORT);
    }
    printf("    %s=%s\n", column, str_cstr(&text));
    str_fini(&text);
}

static void
print_row(struct log_view *v, const char *table, const char *uuid,
          const json_t *row, bool is_diff)
{
    const struct ovsdb_table_schema *ts
        = ovsdb_schema_table(v->schema, table);
    bool is_new = strset_add(&v->rows, uuid);
    if (is_new) {
        note_name(v, uuid, row);
    }
    char *title = row_title(v, uuid, !is_new);
    note_name(v, uuid, row);
    if (is_new) {
        printf("  table %s insert row %s:\n", table, title);
    } else {
        printf("  table %s row %s%s:\n", table, title,
               is_diff ? " diff" : "");
    }
    free(title);
    if (json_is_null(row)) {
        puts("    delete row");
        strset_remove(&v->rows, uuid);
        smap_remove(&v->names, uuid);
        return;
    }
    const char *column;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)row, column, value) {
        if (v->more > 1) {
            print_value(ts, column, value);
        }
    }
}

static void
print_tables(struct log_view *v, const json_t *json)
{
    bool is_diff = json_is_true(json_object_get(json, "_is_diff"));
    const char *table, *uuid;
    json_t *rows, *row;
    json_object_foreach ((json_t *)(uintptr_t)json, table, rows) {
        if (table[0] == '_') {
            continue;
        }
        json_object_foreach (rows, uuid, row) {
            print_row(v, table, uuid, row, is_diff);
        }
    }
}

/* Old files count seconds [ovsdb(5)]. */
static void
print_date(int64_t date)
{
    int64_t ms = date < INT64_C(1) << 32 ? date * 1000 : date;
    time_t s = (time_t)(ms / 1000);
    struct tm tm;
    char text[40];
    localtime_r(&s, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    printf(" %s.%03d", text, (int)(ms % 1000));
}

static void
print_txn(struct log_view *v, size_t i, const json_t *json)
{
    int64_t date;
    const char *comment;
    printf("record %zu:", i);
    if (json_get_int(json, "_date", &date)) {
        print_date(date);
    }
    if (json_get_string(json, "_comment", &comment)) {
        printf(" \"%s\"", comment);
    }
    putchar('\n');
    if (v->more) {
        print_tables(v, json);
        putchar('\n');
    }
}

static void
print_record(struct log_view *v, size_t i, const char *text, size_t len)
{
    char *error = NULL;
    json_t *json = json_parse(text, len, &error);
    if (!json) {
        args_fatal(0, "record %zu: %s", i, error);
    }
    if (i) {
        print_txn(v, i, json);
    } else {
        tool_check(ovsdb_schema_from_json(json, &v->schema));
        printf("record 0: \"%s\" schema, version=\"%s\", cksum=\"%s\"\n\n",
               v->schema->name, v->schema->version, v->schema->cksum);
    }
    json_decref(json);
}

void
tool_show_log(struct tool *t, int argc, char *argv[])
{
    const char *path = tool_db_path(argc, argv, 0);
    tool_need_standalone(path);
    struct log_view v = { .more = t->more };
    smap_init(&v.names);
    strset_init(&v.rows);
    size_t len;
    char *data = tool_read_file(path, &len);
    struct ovsdb_frame_reader r;
    ovsdb_frame_reader_init(&r, data, len);
    for (size_t i = 0;; i++) {
        const char *text;
        size_t text_len;
        enum ovsdb_frame_status status = ovsdb_frame_next(&r, &text, &text_len);
        if (status == OVSDB_FRAME_END) {
            break;
        } else if (status != OVSDB_FRAME_OK) {
            fprintf(stderr, "%s: %s: %s%s\n", args_program_name(), path,
                    r.reason, status == OVSDB_FRAME_TORN
                                  ? " (a torn tail: not part of the database)"
                                  : "");
            t->status = status == OVSDB_FRAME_TORN ? 0 : 1;
            break;
        }
        print_record(&v, i, text, text_len);
    }
    ovsdb_frame_reader_fini(&r);
    free(data);
    smap_fini(&v.names);
    strset_fini(&v.rows);
    ovsdb_schema_destroy(&v.schema);
}
