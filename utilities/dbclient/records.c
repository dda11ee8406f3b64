/* SPDX-License-Identifier: Apache-2.0 */
/* Database files without a server: the records of one are applied in order,
 * as the server does when it starts. */
#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/ovsdb/diff.h"
#include "lib/ovsdb/frame.h"
#include "utilities/dbclient/client.h"

LOG_MODULE(ovsdb_client);

/* Changes 'old' (a value or NULL) by a diff; new value. */
static json_t *
apply_diff(const struct ovsdb_type *type, const json_t *old,
           const json_t *diff_json)
{
    struct ovsdb_datum d, diff;
    if (old) {
        client_check(ovsdb_datum_from_json(&d, type, old, NULL));
    } else {
        ovsdb_datum_init_default(&d, type);
    }
    client_check(ovsdb_datum_from_json_unbound(&diff, type, diff_json, NULL));
    client_check(ovsdb_datum_apply_diff(&d, &diff, type));
    json_t *json = ovsdb_datum_to_json(&d, type);
    ovsdb_datum_fini(&d, type);
    ovsdb_datum_fini(&diff, type);
    return json;
}

static void
apply_row(const struct ovsdb_table_schema *ts, json_t *rows,
          const char *uuid, json_t *change, bool is_diff)
{
    json_t *row = json_object_get(rows, uuid);
    if (json_is_null(change)) {
        json_object_del(rows, uuid);
        return;
    }
    bool is_new = !row;
    if (is_new) {
        row = json_object();
        json_object_set_new(rows, uuid, row);
    }
    const char *name;
    json_t *value;
    json_object_foreach (change, name, value) {
        const struct ovsdb_column *c;
        client_check(ovsdb_table_schema_find_column(ts, name, &c));
        if (is_diff && !is_new) {
            value = apply_diff(&c->type, json_object_get(row, name), value);
            json_object_set_new(row, name, value);
        } else {
            json_object_set(row, name, value);
        }
    }
}

/* 'tables' is {TABLE: {UUID: {COLUMN: VALUE}}}. */
static void
apply_record(const struct ovsdb_schema *schema, json_t *tables,
             const json_t *record)
{
    bool is_diff = json_is_true(json_object_get(record, "_is_diff"));
    const char *table, *uuid;
    json_t *changes, *change;
    json_object_foreach ((json_t *)(uintptr_t)record, table, changes) {
        if (table[0] == '_') {
            continue;
        }
        const struct ovsdb_table_schema *ts;
        client_check(ovsdb_schema_find_table(schema, table, &ts));
        json_t *rows = json_object_get(tables, table);
        if (!rows) {
            rows = json_object();
            json_object_set_new(tables, table, rows);
        }
        json_object_foreach (changes, uuid, change) {
            apply_row(ts, rows, uuid, change, is_diff);
        }
    }
}

/* The first record is the schema, the others change rows. */
static void
take_record(const char *name, const char *text, size_t len,
            struct ovsdb_schema **schema, json_t *tables)
{
    char *error = NULL;
    json_t *json = json_parse(text, len, &error);
    if (!json) {
        args_fatal(0, "%s: %s", name, error);
    }
    struct ovsdb_err *err = NULL;
    if (*schema) {
        apply_record(*schema, tables, json);
    } else {
        err = ovsdb_schema_from_json(json, schema);
    }
    if (err) {
        char *why = ovsdb_err_to_text(err);
        args_fatal(0, "%s: %s", name, why);
    }
    json_decref(json);
}

json_t *
client_read_records(const char *name, const char *data, size_t len,
                    bool torn_is_ok, struct ovsdb_schema **schema)
{
    size_t text_len;
    const char *text;
    struct ovsdb_frame_reader r;
    enum ovsdb_frame_status status;
    json_t *tables = json_object();
    *schema = NULL;
    if (str_starts_with(data, "OVSDB CLUSTER")) {
        args_fatal(0, "%s: the file of a cluster's member cannot be read "
                   "here: take a backup of the cluster", name);
    }
    ovsdb_frame_reader_init(&r, data, len);
    while ((status = ovsdb_frame_next(&r, &text, &text_len))
           == OVSDB_FRAME_OK) {
        take_record(name, text, text_len, schema, tables);
    }
    if (status == OVSDB_FRAME_TORN && torn_is_ok && *schema) {
        log_warn("%s: %s", name, r.reason ? r.reason : "torn at the end");
    } else if (status != OVSDB_FRAME_END || !*schema) {
        args_fatal(0, "%s: %s", name, r.reason ? r.reason : "empty");
    }
    ovsdb_frame_reader_fini(&r);
    return tables;
}
