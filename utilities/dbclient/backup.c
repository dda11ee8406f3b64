/* SPDX-License-Identifier: Apache-2.0 */
/* backup and restore: a database as a file, over the wire.
 *
 * Restoring deletes all rows and inserts those of the file in one
 * transaction.  A server may choose other UUIDs, so rows refer to each other
 * by names made from the old ones. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/frame.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

LOG_MODULE(ovsdb_client);

/* Backup. */

static void
print_record(json_t *json)
{
    struct str body = STR_INIT, out = STR_INIT;
    json_put(&body, json, JSON_STYLE_COMPACT);
    ovsdb_frame_put(&out, body.s, body.len);
    fwrite(out.s, 1, out.len, stdout);
    str_fini(&body);
    str_fini(&out);
    json_decref(json);
}

/* The select operation for all that is durable in a table. */
static json_t *
backup_select(const struct ovsdb_table_schema *ts)
{
    json_t *columns = json_pack("[s]", "_uuid");
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        if (ts->columns[i]->persistent) {
            json_array_append_new(columns, json_string(ts->columns[i]->name));
        }
    }
    return json_pack("{sssssoso}", "op", "select", "table", ts->name, "where",
                     json_array(), "columns", columns);
}

/* {UUID: {COLUMN: VALUE}} of selected rows, without default values. */
static json_t *
backup_rows(const struct ovsdb_table_schema *ts, json_t *rows)
{
    json_t *out = json_object();
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        const char *uuid = json_string_value(
            json_array_get(json_object_get(row, "_uuid"), 1));
        if (!uuid) {
            args_fatal(0, "a row without _uuid in the server's reply");
        }
        json_t *copy = json_object();
        for (size_t j = OVSDB_N_STD_COLS; j < ts->n_columns; j++) {
            const struct ovsdb_column *c = ts->columns[j];
            json_t *value = json_object_get(row, c->name);
            struct ovsdb_datum d;
            if (!value) {
                continue;
            }
            client_check(ovsdb_datum_from_json(&d, &c->type, value, NULL));
            if (!ovsdb_datum_is_default(&d, &c->type)) {
                json_object_set(copy, c->name, value);
            }
            ovsdb_datum_fini(&d, &c->type);
        }
        json_object_set_new(out, uuid, copy);
    }
    return out;
}

void
client_cmd_backup(struct client *c, int argc UNUSED, char *argv[] UNUSED)
{
    struct ovsdb_schema *schema = client_get_schema(c);
    json_t *params = json_pack("[s]", c->db);
    for (size_t i = 0; i < schema->n_tables; i++) {
        json_array_append_new(params, backup_select(schema->tables[i]));
    }
    json_t *result = client_call(c, OVSDB_RPC_TRANSACT, params);
    json_t *record = json_pack("{sIss}", "_date",
                               (json_int_t)clock_wall_ms(), "_comment",
                               "produced by \"ovsdb-client backup\"");
    for (size_t i = 0; i < schema->n_tables; i++) {
        json_t *rows = client_rows(result, i, schema->tables[i]->name);
        if (json_array_size(rows)) {
            json_object_set_new(record, schema->tables[i]->name,
                                backup_rows(schema->tables[i], rows));
        }
    }
    print_record(ovsdb_schema_to_json(schema));
    print_record(record);
    json_decref(result);
    ovsdb_schema_destroy(&schema);
}

/* Restore. */

/* "row" and the UUID with '_' for '-': an <id>. */
static char *
row_name(const char *uuid)
{
    char *name = xasprintf("row%s", uuid);
    for (char *p = name; *p; p++) {
        *p = *p == '-' ? '_' : *p;
    }
    return name;
}

static bool
is_row(const json_t *tables, const char *uuid)
{
    const char *table;
    json_t *rows;
    json_object_foreach ((json_t *)(uintptr_t)tables, table, rows) {
        if (json_object_get(rows, uuid)) {
            return true;
        }
    }
    return false;
}

/* A copy of a value with ["uuid",X] of rows turned into their names.  Values
 * are at most four levels deep. */
static json_t *
name_rows(const json_t *tables, const json_t *value)
{
    if (!json_is_array(value)) {
        return json_deep_copy(value);
    }
    const char *word = json_string_value(json_array_get(value, 0));
    const char *uuid = json_string_value(json_array_get(value, 1));
    if (json_array_size(value) == 2 && word && uuid && !strcmp(word, "uuid")
        && is_row(tables, uuid)) {
        char *name = row_name(uuid);
        json_t *json = json_pack("[ss]", "named-uuid", name);
        free(name);
        return json;
    }
    json_t *copy = json_array();
    size_t i;
    json_t *element;
    json_array_foreach (value, i, element) {
        json_array_append_new(copy, name_rows(tables, element));
    }
    return copy;
}

static void
add_inserts(json_t *params, const json_t *tables, const char *table,
            json_t *rows)
{
    const char *uuid, *column;
    json_t *row, *value;
    json_object_foreach (rows, uuid, row) {
        json_t *copy = json_object();
        char *name = row_name(uuid);
        json_object_foreach (row, column, value) {
            json_object_set_new(copy, column, name_rows(tables, value));
        }
        json_array_append_new(
            params, json_pack("{ssssssso}", "op", "insert", "table",
                              table, "uuid-name", name, "row", copy));
        free(name);
    }
}

/* Ends the program, or with --force only says so, if the snapshot was made
 * under another schema. */
static void
compare_schemas(const struct client *c, const struct ovsdb_schema *theirs,
                const struct ovsdb_schema *ours)
{
    if (ovsdb_schema_eq(theirs, ours)) {
        return;
    }
    struct str s = STR_INIT;
    if (strcmp(theirs->version, ours->version)) {
        str_putf(&s, "backup schema has version \"%s\" but database schema "
                 "has version \"%s\"", theirs->version, ours->version);
    } else {
        str_put(&s, "backup schema and database schema differ");
    }
    if (!c->force) {
        args_fatal(0, "%s (use --force to override differences, or "
                   "\"ovsdb-client convert\" to change the schema)",
                   str_cstr(&s));
    }
    log_info("%s", str_cstr(&s));
    str_fini(&s);
}

/* Leaves out what the database has no place for. */
static void
drop_unknown(json_t *tables, const struct ovsdb_schema *have)
{
    const char *table, *uuid, *column;
    json_t *rows, *row, *value;
    void *next, *next_column;
    json_object_foreach_safe (tables, next, table, rows) {
        const struct ovsdb_table_schema *ts = ovsdb_schema_table(have, table);
        if (!ts) {
            log_warn("%s: no such table, %zu rows are left out", table,
                     json_object_size(rows));
            json_object_del(tables, table);
            continue;
        }
        json_object_foreach (rows, uuid, row) {
            json_object_foreach_safe (row, next_column, column, value) {
                if (!ovsdb_table_schema_column(ts, column)) {
                    log_warn_rl("%s: no column %s, its values are left out",
                                table, column);
                    json_object_del(row, column);
                }
            }
        }
    }
}

static json_t *
restore_params(const struct client *c, const struct ovsdb_schema *have,
               json_t *tables)
{
    json_t *params = json_pack("[s]", c->db);
    const char *table;
    json_t *rows;
    for (size_t i = 0; i < have->n_tables; i++) {
        json_array_append_new(
            params, json_pack("{ssssso}", "op", "delete", "table",
                              have->tables[i]->name, "where", json_array()));
    }
    json_object_foreach (tables, table, rows) {
        add_inserts(params, tables, table, rows);
    }
    json_array_append_new(params,
                          json_pack("{ssss}", "op", "comment", "comment",
                                    "ovsdb-client: restored database"));
    return params;
}

void
client_cmd_restore(struct client *c, int argc UNUSED, char *argv[] UNUSED)
{
    struct ovsdb_schema *schema, *have = client_get_schema(c);
    size_t len;
    char *data = client_read_stdin(&len);
    json_t *tables = client_read_records("snapshot", data, len, false,
                                         &schema);
    free(data);
    compare_schemas(c, schema, have);
    drop_unknown(tables, have);
    json_t *result = client_call(c, OVSDB_RPC_TRANSACT,
                                 restore_params(c, have, tables));
    size_t i;
    json_t *element;
    json_array_foreach (result, i, element) {
        if (json_object_get(element, "error")) {
            char *text = json_to_text(element, JSON_STYLE_SORT);
            args_fatal(0, "restore failed: %s", text);
        }
    }
    json_decref(result);
    json_decref(tables);
    ovsdb_schema_destroy(&schema);
    ovsdb_schema_destroy(&have);
}
