/* SPDX-License-Identifier: Apache-2.0 */
/* monitor, monitor-cond, monitor-cond-since: rows, and changes as they come
 * [ovsdb-server(7) 4.1.5 to 4.1.16]. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

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
    bool v2; /* Differences instead of old and new. */
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
mtable_add_all(struct mtable *mt)
{
    size_t n;
    const struct ovsdb_column **all = client_sorted_columns(mt->ts, &n);
    for (size_t i = 0; i < n; i++) {
        mt->columns[mt->n_columns++] = all[i];
    }
    mt->columns[mt->n_columns++] = mt->ts->columns[OVSDB_COL_VERSION];
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
        mtable_add_all(mt);
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
    if (where) {
        json_object_set(json_array_get(requests, 0), "where", where);
    }
    return requests;
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
    const struct ovsdb_table_schema *ts
        = ovsdb_schema_table(v->schema, argv[0]);
    if (!ts) {
        args_fatal(0, "%s: %s does not have a table named \"%s\"",
                   v->client->server, v->client->db, argv[0]);
    }
    json_object_set_new(requests, ts->name,
                        parse_table(v, ts, argc - 1, argv + 1, where));
    return requests;
}

/* Printing. */

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
            table_put_text(t, "");
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
    json_object_foreach (rows, uuid, update) {
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

static void
follow(struct mview *v, const char *notification, bool since)
{
    for (;;) {
        json_t *body = client_recv(v->client);
        const char *method
            = json_string_value(json_object_get(body, "method"));
        const json_t *params = json_object_get(body, "params");
        if (method && !strcmp(method, notification)) {
            if (since) {
                const char *id
                    = json_string_value(json_array_get(params, 1));
                printf("\nlast_id: %s\n", id ? id : "");
                v->client->style.separate = false;
            }
            print_updates(v, json_array_get(params, since ? 2 : 1), false);
        } else if (method && !strcmp(method, OVSDB_RPC_MONITOR_CANCELED)) {
            args_fatal(0, "%s: %s database was removed", v->client->server,
                       v->client->db);
        }
        json_decref(body);
    }
}

static json_t *
parse_where(const char *text)
{
    char *error = NULL;
    json_t *where = json_parse(text, strlen(text), &error);
    if (!where) {
        args_fatal(0, "\"%s\": %s", text, error);
    }
    return where;
}

void
client_cmd_monitor(struct client *c, int argc, char *argv[])
{
    struct mview v = { .client = c, .schema = client_get_schema(c) };
    json_t *requests = parse_requests(&v, argc, argv, NULL);
    json_t *result = client_call(c, OVSDB_RPC_MONITOR,
                                 json_pack("[sno]", c->db, requests),
                                 "monitor");
    print_updates(&v, result, true);
    json_decref(result);
    daemon_complete(&c->daemon);
    follow(&v, OVSDB_RPC_UPDATE, false);
}

void
client_cmd_monitor_cond(struct client *c, int argc, char *argv[])
{
    struct mview v = { .client = c, .schema = client_get_schema(c),
                       .v2 = true };
    json_t *where = parse_where(argv[0]);
    json_t *requests = parse_requests(&v, argc - 1, argv + 1, where);
    json_t *result = client_call(c, OVSDB_RPC_MONITOR_COND,
                                 json_pack("[sno]", c->db, requests),
                                 "monitor_cond");
    print_updates(&v, result, true);
    json_decref(result);
    daemon_complete(&c->daemon);
    follow(&v, OVSDB_RPC_UPDATE2, false);
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
    json_t *where = parse_where(argv[0]);
    json_t *requests = parse_requests(&v, argc - 1, argv + 1, where);
    json_t *result = client_call(
        c, OVSDB_RPC_MONITOR_COND_SINCE,
        json_pack("[snos]", c->db, requests, last_id), "monitor_cond_since");
    print_since(result);
    print_updates(&v, json_array_get(result, 2), true);
    json_decref(result);
    daemon_complete(&c->daemon);
    follow(&v, OVSDB_RPC_UPDATE3, true);
}
