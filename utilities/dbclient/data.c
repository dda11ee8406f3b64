/* SPDX-License-Identifier: Apache-2.0 */
/* Commands about data and locks: transact, query, dump, lock. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/client.h"

/* Reads [DATABASE, OPERATION...], from standard input if it is "-", and
 * connects to who has that database. */
static json_t *
start_transaction(struct client *c, const char *text)
{
    char *input = NULL;
    if (!strcmp(text, "-")) {
        size_t len;
        text = input = client_read_stdin(&len);
    }
    json_t *params = client_parse_json(text);
    const char *db = json_string_value(json_array_get(params, 0));
    if (!db) {
        args_fatal(0, "not a valid OVSDB query");
    }
    client_connect(c, client_leads, (void *)(uintptr_t)db);
    client_tell_aware(c, false);
    free(input);
    return params;
}

void
client_cmd_transact(struct client *c, int argc UNUSED, char *argv[])
{
    json_t *params = start_transaction(c, argv[0]);
    client_print_json(c, client_call(c, OVSDB_RPC_TRANSACT, params));
}

/* An abort is added, and its result left out of the answer: a null of an
 * earlier failure stays, so that results and operations go together. */
void
client_cmd_query(struct client *c, int argc UNUSED, char *argv[])
{
    json_t *params = start_transaction(c, argv[0]);
    size_t n = json_array_size(params) - 1;
    json_array_append_new(params, json_pack("{ss}", "op", "abort"));
    json_t *result = client_call(c, OVSDB_RPC_TRANSACT, params);
    const char *word = json_string_value(
        json_object_get(json_array_get(result, n), "error"));
    if (json_array_size(result) == n + 1 && word && !strcmp(word, "aborted")) {
        json_array_remove(result, n);
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

static int
compare_names(const void *a_, const void *b_)
{
    const struct ovsdb_column *const *a = a_, *const *b = b_;
    return strcmp((*a)->name, (*b)->name);
}

/* All, with _uuid first, or those named, in order of their names. */
static void
dump_choose_columns(struct dump *d, int argc, char *argv[])
{
    size_t n = 0;
    const struct ovsdb_column **all
        = argc ? NULL : client_sorted_columns(d->ts, &n);
    d->columns = xcalloc(n + (size_t)argc + 1, sizeof *d->columns);
    d->n_columns = 0;
    if (!argc) {
        d->columns[d->n_columns++] = d->ts->columns[OVSDB_COL_UUID];
    }
    for (size_t i = 0; i < n; i++) {
        d->columns[d->n_columns++] = all[i];
    }
    for (int i = 0; i < argc; i++) {
        const struct ovsdb_column *c
            = ovsdb_table_schema_column(d->ts, argv[i]);
        if (!c) {
            args_fatal(0, "Table \"%s\" has no column %s.", d->ts->name,
                       argv[i]);
        }
        d->columns[d->n_columns++] = c;
    }
    if (argc) {
        qsort(d->columns, d->n_columns, sizeof *d->columns, compare_names);
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
    json_t *result = client_call(c, OVSDB_RPC_TRANSACT, dump_params(c, d));
    const json_t *rows = client_rows(result, 0, d->ts->name);
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
        const struct ovsdb_table_schema **tables
            = client_sorted_tables(schema);
        for (size_t i = 0; i < schema->n_tables; i++) {
            dump_table(c, tables[i], 0, NULL);
        }
        free(tables);
    }
    ovsdb_schema_destroy(&schema);
}
