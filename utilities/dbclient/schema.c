/* SPDX-License-Identifier: Apache-2.0 */
/* Commands about servers and schemas. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

#define WAIT_POLL_MS 100

void
client_cmd_list_dbs(struct client *c, int argc UNUSED, char *argv[] UNUSED)
{
    json_t *dbs = client_call(c, OVSDB_RPC_LIST_DBS, json_array(),
                              "listing databases");
    size_t i;
    json_t *name;
    json_array_foreach (dbs, i, name) {
        puts(json_string_value(name));
    }
    json_decref(dbs);
}

void
client_cmd_get_schema(struct client *c, int argc UNUSED, char *argv[] UNUSED)
{
    client_print_json(c, client_call(c, OVSDB_RPC_GET_SCHEMA,
                                     json_pack("[s]", c->db),
                                     "fetching schema"));
}

void
client_cmd_get_schema_version(struct client *c, int argc UNUSED,
                              char *argv[] UNUSED)
{
    struct ovsdb_schema *schema = client_get_schema(c);
    puts(schema->version);
    ovsdb_schema_destroy(&schema);
}

void
client_cmd_get_schema_cksum(struct client *c, int argc UNUSED,
                            char *argv[] UNUSED)
{
    struct ovsdb_schema *schema = client_get_schema(c);
    puts(schema->cksum);
    ovsdb_schema_destroy(&schema);
}

void
client_cmd_list_tables(struct client *c, int argc UNUSED,
                       char *argv[] UNUSED)
{
    struct ovsdb_schema *schema = client_get_schema(c);
    struct table *t = table_create(NULL, false);
    table_add_column(t, "Table");
    for (size_t i = 0; i < schema->n_tables; i++) {
        table_add_row(t);
        table_put_text(t, schema->tables[i]->name);
    }
    client_print_table(c, t);
    ovsdb_schema_destroy(&schema);
}

void
client_cmd_list_columns(struct client *c, int argc, char *argv[])
{
    struct ovsdb_schema *schema = client_get_schema(c);
    struct table *t = table_create(NULL, false);
    if (!argc) {
        table_add_column(t, "Table");
    }
    table_add_column(t, "Column");
    table_add_column(t, "Type");
    for (size_t i = 0; i < schema->n_tables; i++) {
        const struct ovsdb_table_schema *ts = schema->tables[i];
        if (argc && strcmp(ts->name, argv[0])) {
            continue;
        }
        for (size_t j = 0; j < ts->n_columns; j++) {
            table_add_row(t);
            if (!argc) {
                table_put_text(t, ts->name);
            }
            table_put_text(t, ts->columns[j]->name);
            table_put_json(t, ovsdb_type_to_json(&ts->columns[j]->type));
        }
    }
    client_print_table(c, t);
    ovsdb_schema_destroy(&schema);
}

static struct ovsdb_schema *
read_schema_file(const char *path)
{
    struct ovsdb_schema *schema;
    client_check(ovsdb_schema_from_file(path, &schema));
    return schema;
}

void
client_cmd_convert(struct client *c, int argc UNUSED, char *argv[])
{
    struct ovsdb_schema *schema = read_schema_file(argv[0]);
    json_t *params = json_pack("[so]", schema->name,
                               ovsdb_schema_to_json(schema));
    json_decref(client_call(c, OVSDB_RPC_CONVERT, params, "conversion"));
    ovsdb_schema_destroy(&schema);
}

void
client_cmd_needs_conversion(struct client *c, int argc UNUSED, char *argv[])
{
    struct ovsdb_schema *want = read_schema_file(argv[0]);
    struct ovsdb_schema *have = client_schema_of(c, want->name);
    puts(ovsdb_schema_eq(want, have) ? "no" : "yes");
    ovsdb_schema_destroy(&want);
    ovsdb_schema_destroy(&have);
}

/* Asks _Server about one database: 0 or negative errno. */
static int
ask_state(struct client *c, const char *db, bool *added, bool *connected)
{
    json_t *result = NULL, *error = NULL;
    int err = 0;
    if (!c->rpc) {
        err = jsonrpc_block_open(c->server, 0, &c->tls, INT64_MAX, &c->rpc);
    }
    if (!err) {
        json_t *params = json_pack(
            "[s{sssss[[sss]]s[s]}]", "_Server", "op", "select", "table",
            "Database", "where", "name", "==", db, "columns", "connected");
        err = jsonrpc_block_call(c->rpc, OVSDB_RPC_TRANSACT, params,
                                 INT64_MAX, &result, &error);
    }
    if (err) {
        if (c->rpc) {
            jsonrpc_block_close(&c->rpc);
        }
        return err;
    }
    const json_t *rows = json_object_get(json_array_get(result, 0), "rows");
    const json_t *row = json_array_get(rows, 0);
    *added = row != NULL;
    *connected = json_is_true(json_object_get(row, "connected"));
    json_decref(result);
    json_decref(error);
    return 0;
}

void
client_cmd_wait(struct client *c, int argc UNUSED, char *argv[])
{
    const char *db = argv[0], *state = argv[1];
    bool want_removed = !strcmp(state, "removed");
    bool want_connected = !strcmp(state, "connected");
    if (!want_removed && !want_connected && strcmp(state, "added")) {
        args_fatal(0, "%s: unknown state", state);
    }
    struct loop *loop = loop_create(); /* To sleep on. */
    for (;;) {
        bool added = false, connected = false;
        int err = ask_state(c, db, &added, &connected);
        if (!err
            && (want_removed     ? !added
                : want_connected ? connected
                                 : added)) {
            loop_destroy(&loop);
            return;
        }
        loop_run_for(loop, WAIT_POLL_MS);
    }
}
