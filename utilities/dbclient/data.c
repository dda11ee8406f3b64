/* SPDX-License-Identifier: Apache-2.0 */
/* Commands about data and locks: transact, query, dump, lock. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

static json_t *
parse_json(const char *text)
{
    char *error = NULL;
    json_t *json = json_parse(text, strlen(text), &error);
    if (!json) {
        args_fatal(0, "\"%s\": %s", text, error);
    }
    return json;
}

void
client_cmd_transact(struct client *c, int argc UNUSED, char *argv[])
{
    client_print_json(c, client_call(c, OVSDB_RPC_TRANSACT,
                                     parse_json(argv[0]), "transaction"));
}

/* An abort is added, and its result left out of the answer. */
void
client_cmd_query(struct client *c, int argc UNUSED, char *argv[])
{
    json_t *params = parse_json(argv[0]);
    if (!json_is_array(params)) {
        args_fatal(0, "\"%s\": not an array", argv[0]);
    }
    size_t n = json_array_size(params);
    json_array_append_new(params, json_pack("{ss}", "op", "abort"));
    json_t *result = client_call(c, OVSDB_RPC_TRANSACT, params,
                                 "transaction");
    if (n && json_array_size(result) >= n) {
        json_array_remove(result, n - 1);
    }
    client_print_json(c, result);
}

/* Dump. */

struct dump_row {
    struct ovsdb_datum *datums; /* One for each column. */
};

struct dump {
    const struct ovsdb_table_schema *ts;
    const struct ovsdb_column **columns;
    size_t n_columns;
    struct dump_row *rows;
    size_t n_rows;
};

static void
dump_choose_columns(struct dump *d, int argc, char *argv[])
{
    size_t n;
    const struct ovsdb_column **all = client_sorted_columns(d->ts, &n);
    d->columns = xcalloc(n + 1, sizeof *d->columns);
    d->n_columns = 0;
    for (int i = 0; i < argc; i++) {
        if (!ovsdb_table_schema_column(d->ts, argv[i])) {
            args_fatal(0, "Table \"%s\" has no column %s.", d->ts->name,
                       argv[i]);
        }
    }
    if (!argc) {
        d->columns[d->n_columns++] = d->ts->columns[OVSDB_COL_UUID];
    }
    for (size_t i = 0; i < n; i++) {
        bool wanted = !argc;
        for (int j = 0; j < argc; j++) {
            wanted |= !strcmp(argv[j], all[i]->name);
        }
        if (wanted) {
            d->columns[d->n_columns++] = all[i];
        }
    }
    free(all);
}

static json_t *
dump_params(const struct client *c, const struct dump *d)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < d->n_columns; i++) {
        json_array_append_new(columns, json_string(d->columns[i]->name));
    }
    return json_pack("[s{sssssoso}]", c->db, "op", "select", "table",
                     d->ts->name, "where", json_array(), "columns", columns);
}

static void
dump_read_rows(struct client *c, struct dump *d)
{
    json_t *result = client_call(c, OVSDB_RPC_TRANSACT, dump_params(c, d),
                                 "transaction");
    const json_t *rows = json_object_get(json_array_get(result, 0), "rows");
    if (!json_is_array(rows)) {
        char *text = json_to_text(result, JSON_STYLE_SORT);
        args_fatal(0, "server returned an unexpected reply: %s", text);
    }
    d->n_rows = json_array_size(rows);
    d->rows = xcalloc(d->n_rows + 1, sizeof *d->rows);
    for (size_t i = 0; i < d->n_rows; i++) {
        d->rows[i].datums = xcalloc(d->n_columns + 1,
                                    sizeof *d->rows[i].datums);
        for (size_t j = 0; j < d->n_columns; j++) {
            const struct ovsdb_column *col = d->columns[j];
            client_check(ovsdb_datum_from_json(
                &d->rows[i].datums[j], &col->type,
                json_object_get(json_array_get(rows, i), col->name), NULL));
        }
    }
    json_decref(result);
}

/* By all columns but _uuid, left to right. */
static int
compare_rows(const void *a_, const void *b_, void *d_)
{
    const struct dump_row *a = a_, *b = b_;
    const struct dump *d = d_;
    for (size_t i = 0; i < d->n_columns; i++) {
        const struct ovsdb_column *c = d->columns[i];
        int cmp = c->idx == OVSDB_COL_UUID
                      ? 0
                      : ovsdb_datum_cmp(&a->datums[i], &b->datums[i],
                                        &c->type);
        if (cmp) {
            return cmp;
        }
    }
    return 0;
}

static void
dump_print(struct client *c, struct dump *d)
{
    char *caption = xasprintf("%s table", d->ts->name);
    struct table *t = table_create(caption, false);
    free(caption);
    qsort_r(d->rows, d->n_rows, sizeof *d->rows, compare_rows, d);
    for (size_t i = 0; i < d->n_columns; i++) {
        table_add_column(t, d->columns[i]->name);
    }
    for (size_t i = 0; i < d->n_rows; i++) {
        table_add_row(t);
        for (size_t j = 0; j < d->n_columns; j++) {
            table_put_datum(t, &d->rows[i].datums[j], &d->columns[j]->type);
        }
    }
    client_print_table(c, t);
}

static void
dump_table(struct client *c, const struct ovsdb_table_schema *ts, int argc,
           char *argv[])
{
    struct dump d = { .ts = ts };
    dump_choose_columns(&d, argc, argv);
    dump_read_rows(c, &d);
    dump_print(c, &d);
    for (size_t i = 0; i < d.n_rows; i++) {
        for (size_t j = 0; j < d.n_columns; j++) {
            ovsdb_datum_fini(&d.rows[i].datums[j], &d.columns[j]->type);
        }
        free(d.rows[i].datums);
    }
    free(d.rows);
    free(d.columns);
}

static int
compare_tables(const void *a_, const void *b_)
{
    const struct ovsdb_table_schema *const *a = a_, *const *b = b_;
    return strcmp((*a)->name, (*b)->name);
}

void
client_cmd_dump(struct client *c, int argc, char *argv[])
{
    struct ovsdb_schema *schema = client_get_schema(c);
    if (argc) {
        const struct ovsdb_table_schema *ts
            = ovsdb_schema_table(schema, argv[0]);
        if (!ts) {
            args_fatal(0, "No table \"%s\" found.", argv[0]);
        }
        dump_table(c, ts, argc - 1, argv + 1);
    } else {
        size_t n = schema->n_tables;
        struct ovsdb_table_schema **tables
            = xmemdup(schema->tables, n * sizeof *tables);
        qsort(tables, n, sizeof *tables, compare_tables);
        for (size_t i = 0; i < n; i++) {
            dump_table(c, tables[i], 0, NULL);
        }
        free(tables);
    }
    ovsdb_schema_destroy(&schema);
}

/* Locks. */

static NORETURN void
lock_command(struct client *c, const char *method, const char *name)
{
    client_print_json(c, client_call(c, method, json_pack("[s]", name),
                                     "lock"));
    fflush(stdout);
    daemon_complete(&c->daemon);
    for (;;) {
        json_t *body = client_recv(c);
        const char *event
            = json_string_value(json_object_get(body, "method"));
        printf("%s\n", event ? event : "?");
        client_print_json(c, json_incref(json_object_get(body, "params")));
        fflush(stdout);
        json_decref(body);
    }
}

void
client_cmd_lock(struct client *c, int argc UNUSED, char *argv[])
{
    lock_command(c, OVSDB_RPC_LOCK, argv[0]);
}

void
client_cmd_steal(struct client *c, int argc UNUSED, char *argv[])
{
    lock_command(c, OVSDB_RPC_STEAL, argv[0]);
}

void
client_cmd_unlock(struct client *c, int argc UNUSED, char *argv[])
{
    lock_command(c, OVSDB_RPC_UNLOCK, argv[0]);
}
