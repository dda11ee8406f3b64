/* SPDX-License-Identifier: Apache-2.0 */
/* monitor, monitor-cond, monitor-cond-since: rows, and changes as they come
 * [ovsdb-server(7) 4.1.5 to 4.1.16]. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/ctl.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

LOG_MODULE(ovsdb_client);

/* One table that is monitored. */
struct mtable {
    const struct ovsdb_table_schema *ts;
    const struct ovsdb_column **columns; /* In the order they are printed. */
    size_t n_columns;
};

struct mview {
    struct client *client;
    struct ovsdb_schema *schema;
    struct mtable *tables;
    size_t n_tables;
    bool v2;      /* Differences instead of old and new. */
    bool blocked; /* ovsdb-client/block. */
};

/* Requests. */

static void
mtable_add(struct mview *v, struct mtable *mt, const char *name)
{
    const struct ovsdb_column *c = ovsdb_table_schema_column(mt->ts, name);
    if (!c) {
        args_fatal(0, "%s: table \"%s\" in %s does not have a column named "
                   "\"%s\"", v->client->server, mt->ts->name, v->client->db,
                   name);
    }
    for (size_t i = 0; i < mt->n_columns; i++) {
        if (mt->columns[i] == c) {
            args_fatal(0, "%s: column \"%s\" mentioned multiple times",
                       v->client->server, name);
        }
    }
    mt->columns[mt->n_columns++] = c;
}

/* By name, then _version: what stands for all columns. */
static void
mtable_add_all(struct mview *v, struct mtable *mt)
{
    size_t n;
    const struct ovsdb_column **all = client_sorted_columns(mt->ts, &n);
    for (size_t i = 0; i < n; i++) {
        mtable_add(v, mt, all[i]->name);
    }
    mtable_add(v, mt, mt->ts->columns[OVSDB_COL_VERSION]->name);
    free(all);
}

static bool
is_select_word(const char *word)
{
    return !strcmp(word, "!initial") || !strcmp(word, "!insert")
           || !strcmp(word, "!delete") || !strcmp(word, "!modify");
}

/* One "COLUMN,!insert,..." as a <monitor-request>. */
static json_t *
parse_group(struct mview *v, struct mtable *mt, const char *group)
{
    char *copy = xstrdup(group), *save = NULL;
    json_t *select = json_object();
    size_t first = mt->n_columns;
    for (char *word = strtok_r(copy, ",", &save); word;
         word = strtok_r(NULL, ",", &save)) {
        if (is_select_word(word)) {
            json_object_set_new(select, word + 1, json_false());
        } else {
            mtable_add(v, mt, word);
        }
    }
    free(copy);
    if (mt->n_columns == first) {
        mtable_add_all(v, mt);
    }
    json_t *columns = json_array();
    for (size_t i = first; i < mt->n_columns; i++) {
        json_array_append_new(columns, json_string(mt->columns[i]->name));
    }
    return json_pack("{soso}", "columns", columns, "select", select);
}

/* The requests for one table; 'where' may be NULL, else is borrowed. */
static json_t *
parse_table(struct mview *v, const struct ovsdb_table_schema *ts, int argc,
            char *argv[], json_t *where)
{
    struct mtable *mt = &v->tables[v->n_tables++];
    mt->ts = ts;
    mt->columns = xcalloc(ts->n_columns + 1, sizeof *mt->columns);
    json_t *requests = json_array();
    for (int i = 0; i < argc; i++) {
        json_array_append_new(requests, parse_group(v, mt, argv[i]));
    }
    if (!argc) {
        json_array_append_new(requests, parse_group(v, mt, ""));
    }
    for (size_t i = 0; where && i < json_array_size(requests); i++) {
        json_object_set(json_array_get(requests, i), "where", where);
    }
    return requests;
}

static const struct ovsdb_table_schema *
find_table(const struct mview *v, const char *name)
{
    const struct ovsdb_table_schema *ts = ovsdb_schema_table(v->schema, name);
    if (!ts) {
        args_fatal(0, "%s%s%s does not have a table named \"%s\"",
                   v->v2 ? "" : v->client->server, v->v2 ? "" : ": ",
                   v->client->db, name);
    }
    return ts;
}

/* The conditions of all requests: new.  A wrong table is told first. */
static json_t *
parse_where(const struct mview *v, char *argv[])
{
    if (strcmp(argv[1], "ALL")) {
        find_table(v, argv[1]);
    }
    return client_parse_json(argv[0]);
}

static json_t *
parse_requests(struct mview *v, int argc, char *argv[], json_t *where)
{
    json_t *requests = json_object();
    v->tables = xcalloc(v->schema->n_tables + 1, sizeof *v->tables);
    if (argc == 1 && !strcmp(argv[0], "ALL")) {
        for (size_t i = 0; i < v->schema->n_tables; i++) {
            const struct ovsdb_table_schema *ts = v->schema->tables[i];
            json_object_set_new(requests, ts->name,
                                parse_table(v, ts, 0, NULL, where));
        }
        return requests;
    }
    const struct ovsdb_table_schema *ts = find_table(v, argv[0]);
    json_object_set_new(requests, ts->name,
                        parse_table(v, ts, argc - 1, argv + 1, where));
    return requests;
}

/* Printing. */

/* Ends the program unless 'json' is an object, as updates and their parts
 * have to be. */
static void
check_object(struct mview *v, const json_t *json)
{
    if (!json_is_object(json)) {
        char *text = json ? json_to_text(json, JSON_STYLE_SORT)
                          : xstrdup("nothing");
        client_fatal(v->client, "%s: monitor reply has no object in place of "
                     "%s", v->client->server, text);
    }
}

static void
put_line(struct table *t, const struct mtable *mt, const char *row,
         const char *action, const json_t *values)
{
    table_add_row(t);
    table_put_text(t, row);
    table_put_text(t, action);
    for (size_t i = 0; i < mt->n_columns; i++) {
        const struct ovsdb_column *c = mt->columns[i];
        const json_t *value = json_object_get(values, c->name);
        struct ovsdb_datum d;
        if (!value) {
            table_put_nothing(t);
            continue;
        }
        client_check(ovsdb_datum_from_json_unbound(&d, &c->type, value,
                                                   NULL));
        table_put_datum(t, &d, &c->type);
        ovsdb_datum_fini(&d, &c->type);
    }
}

static void
put_v1(struct table *t, const struct mtable *mt, const char *row,
       const json_t *update, bool initial)
{
    const json_t *old = json_object_get(update, "old");
    const json_t *new = json_object_get(update, "new");
    if (initial) {
        put_line(t, mt, row, "initial", new);
    } else if (!old) {
        put_line(t, mt, row, "insert", new);
    } else if (!new) {
        put_line(t, mt, row, "delete", old);
    } else {
        put_line(t, mt, row, "old", old);
        put_line(t, mt, "", "new", new);
    }
}

static void
print_table_updates(struct mview *v, const struct mtable *mt, json_t *rows,
                    bool initial)
{
    struct table *t
        = table_create(v->n_tables > 1 ? mt->ts->name : NULL,
                       v->client->timestamp);
    table_add_column(t, "row");
    table_add_column(t, "action");
    for (size_t i = 0; i < mt->n_columns; i++) {
        table_add_column(t, mt->columns[i]->name);
    }
    const char *uuid, *action;
    json_t *update, *values;
    check_object(v, rows);
    json_object_foreach (rows, uuid, update) {
        check_object(v, update);
        if (!v->v2) {
            put_v1(t, mt, uuid, update, initial);
            continue;
        }
        json_object_foreach (update, action, values) {
            put_line(t, mt, uuid, action, values);
        }
    }
    client_print_table(v->client, t);
}

static void
print_updates(struct mview *v, const json_t *updates, bool initial)
{
    check_object(v, updates);
    for (size_t i = 0; i < v->n_tables; i++) {
        json_t *rows = json_object_get(updates, v->tables[i].ts->name);
        if (rows) {
            print_table_updates(v, &v->tables[i], rows, initial);
        }
    }
}

static void
print_since(const json_t *result)
{
    const char *id = json_string_value(json_array_get(result, 1));
    printf("found: %s, last_id: %s\n",
           json_is_true(json_array_get(result, 0)) ? "true" : "false",
           id ? id : "");
}

/* The control socket's commands while detached. */

/* ovsdb-client/cond_change TABLE COND; a refusal is logged when it comes. */
static void
cmd_cond_change(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
                void *v_)
{
    struct mview *v = v_;
    char *error = NULL;
    json_t *where = json_parse(argv[2], strlen(argv[2]), &error);
    if (!where) {
        ctl_reply_errorf(conn, "\"%s\": %s", argv[2], error);
        free(error);
        return;
    }
    if (!ovsdb_schema_table(v->schema, argv[1])) {
        ctl_reply_errorf(conn, "\"%s\" does not have a table named \"%s\"",
                         v->client->db, argv[1]);
        json_decref(where);
        return;
    }
    int err = jsonrpc_request(
        jsonrpc_block_rpc(v->client->rpc), OVSDB_RPC_MONITOR_COND_CHANGE,
        json_pack("[nn{s[{so}]}]", argv[1], "where", where), NULL);
    if (err) {
        ctl_reply_error(conn, log_strerror(err));
    } else {
        ctl_reply(conn, NULL);
    }
}

static void
cmd_block(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
          void *v_)
{
    struct mview *v = v_;
    bool block = !strcmp(argv[0], "ovsdb-client/block");
    if (v->blocked == block) {
        ctl_reply(conn, block ? "already blocking\n"
                              : "already unblocked\n");
        return;
    }
    v->blocked = block;
    jsonrpc_set_reading(jsonrpc_block_rpc(v->client->rpc), !block);
    ctl_reply(conn, NULL);
}

static void
register_commands(struct ctl *ctl, void *v)
{
    ctl_command_register(ctl, "ovsdb-client/block", "", 0, 0, cmd_block, v);
    ctl_command_register(ctl, "ovsdb-client/unblock", "", 0, 0, cmd_block, v);
    ctl_command_register(ctl, "ovsdb-client/cond_change", "TABLE COND", 2, 2,
                         cmd_cond_change, v);
}

/* Notifications. */

static void
take_message(struct mview *v, const struct jsonrpc_msg *m,
             const char *notification, bool since)
{
    struct client *c = v->client;
    if (m->type == JSONRPC_ERROR) {
        char *text = json_to_text(m->error, JSON_STYLE_SORT);
        log_err("%s: %s", c->server, text);
        free(text);
    } else if (m->type != JSONRPC_NOTIFY) {
        return; /* The answer to a change of conditions. */
    } else if (!strcmp(m->method, notification)) {
        if (since) {
            const char *id
                = json_string_value(json_array_get(m->params, 1));
            printf("\nlast_id: %s\n", id ? id : "");
            c->style.separate = false;
        }
        print_updates(v, json_array_get(m->params, since ? 2 : 1), false);
    } else if (!strcmp(m->method, OVSDB_RPC_MONITOR_CANCELED)) {
        client_fatal(c, "%s: %s database was removed", c->server, c->db);
    }
}

static void
follow(struct mview *v, const char *notification, bool since)
{
    client_detach(v->client, register_commands, v);
    json_t *body;
    while ((body = client_recv(v->client)) != NULL) {
        struct jsonrpc_msg m;
        char *bad = jsonrpc_msg_from_json(body, &m);
        if (!bad) { /* It was checked on arrival. */
            take_message(v, &m, notification, since);
        }
        free(bad);
        json_decref(body);
    }
}

static json_t *
call_monitor(struct client *c, const char *method, json_t *params)
{
    client_tell_aware(c, true);
    return client_call(c, method, params);
}

static void
mview_fini(struct mview *v)
{
    for (size_t i = 0; i < v->n_tables; i++) {
        free(v->tables[i].columns);
    }
    free(v->tables);
    ovsdb_schema_destroy(&v->schema);
}

void
client_cmd_monitor(struct client *c, int argc, char *argv[])
{
    struct mview v = { .client = c, .schema = client_get_schema(c) };
    json_t *requests = parse_requests(&v, argc, argv, NULL);
    json_t *result = call_monitor(c, OVSDB_RPC_MONITOR,
                                  json_pack("[sno]", c->db, requests));
    print_updates(&v, result, true);
    json_decref(result);
    follow(&v, OVSDB_RPC_UPDATE, false);
    mview_fini(&v);
}

void
client_cmd_monitor_cond(struct client *c, int argc, char *argv[])
{
    struct mview v = { .client = c, .schema = client_get_schema(c),
                       .v2 = true };
    json_t *where = parse_where(&v, argv);
    json_t *requests = parse_requests(&v, argc - 1, argv + 1, where);
    json_decref(where);
    json_t *result = call_monitor(c, OVSDB_RPC_MONITOR_COND,
                                  json_pack("[sno]", c->db, requests));
    print_updates(&v, result, true);
    json_decref(result);
    follow(&v, OVSDB_RPC_UPDATE2, false);
    mview_fini(&v);
}

void
client_cmd_monitor_cond_since(struct client *c, int argc, char *argv[])
{
    struct mview v = { .client = c, .schema = client_get_schema(c),
                       .v2 = true };
    const char *last_id = "00000000-0000-0000-0000-000000000000";
    struct uuid uuid;
    if (argc > 2 && uuid_from_text(&uuid, argv[0])) {
        last_id = argv[0];
        argc--;
        argv++;
    }
    json_t *where = parse_where(&v, argv);
    json_t *requests = parse_requests(&v, argc - 1, argv + 1, where);
    json_decref(where);
    json_t *result = call_monitor(
        c, OVSDB_RPC_MONITOR_COND_SINCE,
        json_pack("[snos]", c->db, requests, last_id));
    print_since(result);
    print_updates(&v, json_array_get(result, 2), true);
    json_decref(result);
    follow(&v, OVSDB_RPC_UPDATE3, true);
    mview_fini(&v);
}
