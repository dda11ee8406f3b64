/* SPDX-License-Identifier: Apache-2.0 */
/* Commands about servers and schemas. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

/* Between attempts to reach a server that is not there, in ms. */
#define WAIT_PAUSE_MIN_MS 50
#define WAIT_PAUSE_MAX_MS 1000

void
client_cmd_list_dbs(struct client *c, int argc UNUSED, char *argv[] UNUSED)
{
    size_t n;
    char **names = client_list_dbs(c, &n);
    for (size_t i = 0; i < n; i++) {
        puts(names[i]);
    }
    client_free_names(names, n);
}

void
client_cmd_get_schema(struct client *c, int argc UNUSED, char *argv[] UNUSED)
{
    struct ovsdb_schema *schema = client_get_schema(c);
    client_print_json(c, ovsdb_schema_to_json(schema));
    ovsdb_schema_destroy(&schema);
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
    struct ovsdb_err *err = ovsdb_schema_from_file(path, &schema);
    if (err) {
        char *text = ovsdb_err_to_text(err);
        args_fatal(0, "failed to read schema: %s", text);
    }
    return schema;
}

void
client_cmd_convert(struct client *c, int argc UNUSED, char *argv[])
{
    struct ovsdb_schema *schema = read_schema_file(argv[0]);
    json_t *params = json_pack("[so]", schema->name,
                               ovsdb_schema_to_json(schema));
    client_tell_aware(c, true); /* Else we are cut off by what we ask. */
    json_decref(client_call(c, OVSDB_RPC_CONVERT, params));
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

/* The transaction that ends when 'db' is in 'state': it waits until the
 * columns of the row are those given, or there is no such row. */
static json_t *
state_params(const char *db, const char *state)
{
    bool removed = !strcmp(state, "removed");
    json_t *columns = json_array(), *row = json_object();
    if (!strcmp(state, "connected")) {
        json_array_append_new(columns, json_string("connected"));
        json_object_set_new(row, "connected", json_true());
    } else if (!removed && strcmp(state, "added")) {
        args_fatal(0, "%s: unknown state", state);
    }
    return json_pack("[s{sssss[[sss]]sosss[o]}]", "_Server", "op", "wait",
                     "table", "Database", "where", "name", "==", db,
                     "columns", columns, "until", removed ? "!=" : "==",
                     "rows", row);
}

/* 0 once the state is there, or the negative errno of the connection. */
static int
wait_once(struct client *c, const char *db, const char *state)
{
    json_t *result, *error;
    int err = client_try_connect(c);
    if (!err) {
        err = client_ask(c, OVSDB_RPC_SET_DB_CHANGE_AWARE,
                         json_pack("[b]", true), &result, &error);
    }
    if (!err) {
        json_decref(result);
        json_decref(error);
        err = client_ask(c, OVSDB_RPC_TRANSACT, state_params(db, state),
                         &result, &error);
    }
    if (err) {
        if (c->rpc) {
            jsonrpc_block_close(&c->rpc);
        }
        return err;
    }
    const json_t *first = json_array_get(result, 0);
    if (error || !json_is_object(first) || json_object_get(first, "error")) {
        char *text = json_to_text(error ? error : result, JSON_STYLE_SORT);
        args_fatal(0, "transaction returned error: %s", text);
    }
    json_decref(result);
    return 0;
}

void
client_cmd_wait(struct client *c, int argc UNUSED, char *argv[])
{
    int pause_ms = WAIT_PAUSE_MIN_MS;
    json_decref(state_params(argv[0], argv[1])); /* Is the state one? */
    if (client_is_several(c->server)) {
        args_fatal(0, "%s: wait needs the name of one server", c->server);
    }
    for (;;) {
        int err = wait_once(c, argv[0], argv[1]);
        if (!err) {
            return;
        }
        if (err == -EAFNOSUPPORT || err == -EINVAL) {
            args_fatal(err, "failed to connect or listen to \"%s\"",
                       c->server);
        }
        poll(NULL, 0, pause_ms);
        pause_ms = MIN(pause_ms * 2, WAIT_PAUSE_MAX_MS);
    }
}
