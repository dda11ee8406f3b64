/* SPDX-License-Identifier: Apache-2.0 */
/* One side of a comparison: a server's database, or a file. */
#include <errno.h>
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/diff.h"

static NORETURN void
bad_data(const struct diff_side *side, struct ovsdb_err *err)
{
    char *text = ovsdb_err_to_text(err);
    args_fatal(0, "%s: %s", side->name, text);
}

static void
add_row(struct diff_side *side, struct diff_table *t, const char *uuid,
        const json_t *values)
{
    const struct ovsdb_table_schema *ts = t->ts;
    struct diff_row *row = &t->rows[t->n];
    row->partner = NULL;
    if (!uuid || !uuid_from_text(&row->uuid, uuid)) {
        args_fatal(0, "%s: table %s has a row without UUID", side->name,
                   ts->name);
    }
    row->datums = xcalloc(ts->n_columns, sizeof *row->datums);
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_column *c = ts->columns[i];
        const json_t *value = json_object_get(values, c->name);
        if (!value) {
            ovsdb_datum_init_default(&row->datums[i], &c->type);
            continue;
        }
        struct ovsdb_err *err = ovsdb_column_datum_from_json(
            ts, c, value, NULL, &row->datums[i]);
        if (err) {
            bad_data(side, err);
        }
    }
    t->n++;
}

/* From a server. */

static bool
is_excluded(const struct client *c, const struct ovsdb_table_schema *ts)
{
    return strset_contains(&c->exclude, ts->name);
}

/* All tables in one transaction. */
static json_t *
select_all(const struct client *c, const struct ovsdb_schema *schema)
{
    json_t *params = json_pack("[s]", c->db);
    for (size_t i = 0; i < schema->n_tables; i++) {
        if (!is_excluded(c, schema->tables[i])) {
            json_array_append_new(
                params, json_pack("{ssssso}", "op", "select", "table",
                                  schema->tables[i]->name, "where",
                                  json_array()));
        }
    }
    return params;
}

/* Connects to "SERVER" or "SERVER,DATABASE" and finds the database. */
static void
connect_side(struct client *c, const char *name)
{
    const char *comma = strrchr(name, ',');
    if (comma && client_is_server_name(comma + 1)) {
        comma = NULL;
    }
    free(c->server);
    c->server = comma ? xmemdup0(name, (size_t)(comma - name))
                      : xstrdup(name);
    free(c->db);
    c->db = comma ? xstrdup(comma + 1) : NULL;
    if (c->db) {
        client_connect(c, client_leads, c->db);
    } else {
        client_connect(c, NULL, NULL);
        c->db = client_choose_db(c, NULL);
    }
    if (!c->db) {
        args_fatal(0, "%s: several databases: say which as %s,DATABASE",
                   name, name);
    }
}

static void
load_server(struct diff_side *side, struct client *c)
{
    connect_side(c, side->name);
    side->schema = client_get_schema(c);
    side->tables = xcalloc(side->schema->n_tables + 1, sizeof *side->tables);
    json_t *result = client_call(c, OVSDB_RPC_TRANSACT,
                                 select_all(c, side->schema));
    size_t at = 0;
    for (size_t i = 0; i < side->schema->n_tables; i++) {
        struct diff_table *t = &side->tables[i];
        t->ts = side->schema->tables[i];
        if (is_excluded(c, t->ts)) {
            continue;
        }
        json_t *rows = client_rows(result, at++, t->ts->name), *row;
        t->rows = xcalloc(json_array_size(rows) + 1, sizeof *t->rows);
        size_t j;
        json_array_foreach (rows, j, row) {
            add_row(side, t,
                    json_string_value(json_array_get(
                        json_object_get(row, "_uuid"), 1)),
                    row);
        }
        json_array_clear(rows); /* Twice in memory only for a while. */
    }
    json_decref(result);
    jsonrpc_block_close(&c->rpc);
}

/* From a file. */

static char *
read_file(const char *path, size_t *len)
{
    struct str s = STR_INIT;
    char part[65536];
    size_t n;
    if (!strcmp(path, "-")) {
        return client_read_stdin(len);
    }
    FILE *f = fopen(path, "re");
    if (!f) {
        args_fatal(errno, "%s: cannot open", path);
    }
    str_put(&s, "");
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        str_put_n(&s, part, n);
    }
    if (ferror(f)) {
        args_fatal(errno, "%s: cannot read", path);
    }
    fclose(f);
    *len = s.len;
    return str_steal(&s);
}

static void
load_file(struct diff_side *side, const struct client *c)
{
    size_t len;
    char *data = read_file(side->name, &len);
    json_t *tables = client_read_records(side->name, data, len, true,
                                         &side->schema);
    free(data);
    side->is_file = true;
    side->tables = xcalloc(side->schema->n_tables + 1, sizeof *side->tables);
    for (size_t i = 0; i < side->schema->n_tables; i++) {
        struct diff_table *t = &side->tables[i];
        t->ts = side->schema->tables[i];
        json_t *rows = json_object_get(tables, t->ts->name), *row;
        const char *uuid;
        if (is_excluded(c, t->ts)) {
            continue;
        }
        t->rows = xcalloc(json_object_size(rows) + 1, sizeof *t->rows);
        json_object_foreach (rows, uuid, row) {
            add_row(side, t, uuid, row);
        }
        json_object_del(tables, t->ts->name);
    }
    json_decref(tables);
}

static int
compare_rows(const void *a_, const void *b_)
{
    const struct diff_row *a = a_, *b = b_;
    return uuid_cmp(&a->uuid, &b->uuid);
}

void
diff_side_load(struct diff_side *side, struct client *c, const char *name)
{
    *side = (struct diff_side){ .name = name };
    if (client_is_server_name(name)) {
        load_server(side, c);
    } else {
        load_file(side, c);
    }
    for (size_t i = 0; i < side->schema->n_tables; i++) {
        struct diff_table *t = &side->tables[i];
        if (t->n) {
            qsort(t->rows, t->n, sizeof *t->rows, compare_rows);
        }
    }
}

void
diff_side_fini(struct diff_side *side)
{
    for (size_t i = 0; i < side->schema->n_tables; i++) {
        struct diff_table *t = &side->tables[i];
        for (size_t j = 0; j < t->n; j++) {
            for (size_t k = OVSDB_N_STD_COLS; k < t->ts->n_columns; k++) {
                ovsdb_datum_fini(&t->rows[j].datums[k],
                                 &t->ts->columns[k]->type);
            }
            free(t->rows[j].datums);
        }
        free(t->rows);
    }
    free(side->tables);
    ovsdb_schema_destroy(&side->schema);
}

struct diff_row *
diff_find_row(const struct diff_table *t, const struct uuid *uuid)
{
    struct diff_row wanted = { .uuid = *uuid };
    return t->n ? bsearch(&wanted, t->rows, t->n, sizeof *t->rows,
                          compare_rows)
                : NULL;
}
