/* SPDX-License-Identifier: Apache-2.0 */
/* The past for people: the same in the file's tool and in the client. */
#include <time.h>

#include "lib/base/mem.h"
#include "lib/ovsdb/history.h"

void
ovsdb_history_put_date(struct str *s, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;
    char text[40];
    localtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
    str_putf(s, "%s.%03d", text, (int)(ms % 1000));
}

void
ovsdb_history_put_value(struct str *s, const struct ovsdb_schema *schema,
                        const char *table, const char *column,
                        const json_t *value)
{
    const struct ovsdb_table_schema *ts = ovsdb_schema_table(schema, table);
    const struct ovsdb_column *c
        = ts ? ovsdb_table_schema_column(ts, column) : NULL;
    struct ovsdb_datum d;
    struct ovsdb_err *err
        = c ? ovsdb_datum_from_json_unbound(&d, &c->type, value, NULL) : NULL;
    if (c && !err) {
        ovsdb_datum_put_text(s, &d, &c->type);
        ovsdb_datum_fini(&d, &c->type);
    } else {
        ovsdb_err_free(err);
        json_put(s, value, JSON_STYLE_SORT);
    }
}

char *
ovsdb_history_row_title(const json_t *row)
{
    const char *uuid = json_string_value(json_object_get(row, "row"));
    const char *name = json_string_value(json_object_get(row, "name"));
    struct str s = STR_INIT;
    if (name) {
        json_put_string(&s, name, strlen(name));
        str_putf(&s, " (%.8s)", uuid ? uuid : "?");
    } else {
        str_putf(&s, "%.8s", uuid ? uuid : "?");
    }
    return str_steal(&s);
}

char *
ovsdb_history_txn_title(const json_t *txn)
{
    const char *record = json_string_value(json_object_get(txn, "record"));
    const char *id = json_string_value(json_object_get(txn, "id"));
    int64_t date;
    struct str s = STR_INIT;
    str_putf(&s, "record %s", record ? record : "?");
    if (id) {
        str_putf(&s, " (%s", id);
        if (json_get_int(txn, "date", &date)) {
            str_put(&s, ", ");
            ovsdb_history_put_date(&s, date);
        }
        str_put_char(&s, ')');
    }
    return str_steal(&s);
}

static void
put_columns(struct str *s, const struct ovsdb_schema *schema,
            const char *table, const json_t *now, const json_t *then)
{
    const char *column;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)then, column, value) {
        const json_t *old = json_object_get(now, column);
        if (old && json_equal(old, value)) {
            continue;
        }
        str_putf(s, "    %s=", column);
        if (old) {
            ovsdb_history_put_value(s, schema, table, column, old);
            str_put(s, " -> ");
        }
        ovsdb_history_put_value(s, schema, table, column, value);
        str_put_char(s, '\n');
    }
}

void
ovsdb_history_put_undo(struct str *s, const struct ovsdb_schema *schema,
                       const json_t *undo)
{
    size_t i;
    json_t *row;
    json_array_foreach (json_object_get(undo, "rows"), i, row) {
        const char *table = json_string_value(json_object_get(row, "table"));
        const json_t *then = json_object_get(row, "then");
        const json_t *now = json_object_get(row, "now");
        char *title = ovsdb_history_row_title(row);
        str_putf(s, "table %s %s row %s%s\n", table ? table : "?",
                 json_is_null(then)  ? "delete"
                 : json_is_null(now) ? "insert"
                                     : "update",
                 title, json_is_null(then) ? "" : ":");
        free(title);
        if (table && json_is_object(then)) {
            put_columns(s, schema, table, now, then);
        }
    }
}

struct ovsdb_err *
ovsdb_history_undo_result(const json_t *result)
{
    size_t i;
    json_t *element;
    if (!json_is_array(result)) {
        return ovsdb_err_from_json(result);
    }
    json_array_foreach (result, i, element) {
        if (!json_object_get(element, "error")) {
            continue;
        }
        struct ovsdb_err *err = ovsdb_err_from_json(element);
        if (!strcmp(ovsdb_err_tag(err), OVSDB_E_TIMED_OUT)) {
            ovsdb_err_free(err);
            err = ovsdb_err_create("not done", "the database was changed "
                                   "meanwhile; look again and repeat");
        }
        return err;
    }
    return NULL;
}
