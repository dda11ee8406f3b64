/* SPDX-License-Identifier: Apache-2.0 */
/* What commands read and print. */
#include <errno.h>
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "utilities/dbclient/client.h"

void
client_flush(struct client *c)
{
    if (fflush(stdout) || ferror(stdout)) {
        client_fatal(c, "cannot write to standard output (%s)",
                     log_strerror(errno));
    }
}

void
client_print_json(struct client *c, json_t *json)
{
    int style = JSON_STYLE_SORT
                | (c->style.json_pretty ? JSON_STYLE_PRETTY : 0);
    char *text = json_to_text(json, style);
    puts(text);
    free(text);
    json_decref(json);
    client_flush(c);
}

void
client_print_table(struct client *c, struct table *t)
{
    struct str out = STR_INIT;
    table_put(t, &c->style, &out);
    fputs(str_cstr(&out), stdout);
    str_fini(&out);
    table_destroy(&t);
    client_flush(c);
}

json_t *
client_parse_json(const char *text)
{
    char *error = NULL;
    json_t *json = json_parse(text, strlen(text), &error);
    if (!json) {
        args_fatal(0, "\"%.*s\": %s", 1000, text, error);
    }
    return json;
}

char *
client_read_stdin(size_t *len)
{
    struct str s = STR_INIT;
    char part[65536];
    size_t n;
    str_put(&s, "");
    while ((n = fread(part, 1, sizeof part, stdin)) > 0) {
        str_put_n(&s, part, n);
    }
    *len = s.len;
    return str_steal(&s);
}

static int
compare_columns(const void *a_, const void *b_)
{
    const struct ovsdb_column *const *a = a_, *const *b = b_;
    return strcmp((*a)->name, (*b)->name);
}

const struct ovsdb_column **
client_sorted_columns(const struct ovsdb_table_schema *ts, size_t *n)
{
    const struct ovsdb_column **cs = xcalloc(ts->n_columns, sizeof *cs);
    *n = 0;
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        cs[(*n)++] = ts->columns[i];
    }
    qsort(cs, *n, sizeof *cs, compare_columns);
    return cs;
}

static int
compare_tables(const void *a_, const void *b_)
{
    const struct ovsdb_table_schema *const *a = a_, *const *b = b_;
    return strcmp((*a)->name, (*b)->name);
}

const struct ovsdb_table_schema **
client_sorted_tables(const struct ovsdb_schema *schema)
{
    const struct ovsdb_table_schema **tables
        = xcalloc(schema->n_tables + 1, sizeof *tables);
    for (size_t i = 0; i < schema->n_tables; i++) {
        tables[i] = schema->tables[i];
    }
    qsort(tables, schema->n_tables, sizeof *tables, compare_tables);
    return tables;
}
