/* SPDX-License-Identifier: Apache-2.0 */
/* diff A B: one line for each value that differs; exit status 0 if none
 * does, 1 if some do, 2 on errors. */
#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/rpc.h"
#include "utilities/dbclient/diff.h"

struct diff {
    struct client *client;
    struct diff_side a, b;
    struct diff_pair *pairs;
    size_t n_pairs;
    struct table *table;
    size_t n_lines;
};

/* Lines. */

static void
put_line(struct diff *d, const char *table, const struct uuid *row,
         const char *change, const char *column)
{
    char uuid[UUID_TEXT_LEN + 1] = "";
    if (row) {
        snprintf(uuid, sizeof uuid, UUID_FMT, UUID_ARGS(row));
    }
    table_add_row(d->table);
    table_put_text(d->table, table);
    table_put_text(d->table, uuid);
    table_put_text(d->table, change);
    table_put_text(d->table, column);
    d->n_lines++;
}

static void
put_value(struct diff *d, const struct diff_row *row,
          const struct ovsdb_column *c)
{
    if (row && c) {
        table_put_datum(d->table, &row->datums[c->idx], &c->type);
    } else {
        table_put_nothing(d->table);
    }
}

/* A line for each table or column that one side alone has, or whose type is
 * not the same: 'old' and 'new' are JSON (taken) or NULL. */
static void
put_schema_line(struct diff *d, const char *table, const char *column,
                json_t *old, json_t *new)
{
    json_t *values[] = { old, new };
    put_line(d, table, NULL, "schema", column);
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (values[i]) {
            table_put_json(d->table, values[i]);
        } else {
            table_put_nothing(d->table);
        }
    }
}

/* Schemas. */

static bool
is_wanted(const struct diff *d, const struct ovsdb_table_schema *ts)
{
    return !strset_contains(&d->client->exclude, ts->name);
}

static void
compare_versions(struct diff *d)
{
    const struct ovsdb_schema *a = d->a.schema, *b = d->b.schema;
    if (strcmp(a->name, b->name)) {
        put_schema_line(d, "", "name", json_string(a->name),
                        json_string(b->name));
    }
    if (!d->client->ignore_version && strcmp(a->version, b->version)) {
        put_schema_line(d, "", "version", json_string(a->version),
                        json_string(b->version));
    }
}

static bool
have_same_atoms(const struct ovsdb_type *a, const struct ovsdb_type *b)
{
    return a->key.type == b->key.type && a->value.type == b->value.type;
}

/* Both sides' columns of a name, either may be NULL. */
static void
compare_column(struct diff *d, struct diff_pair *p,
               const struct ovsdb_column *a, const struct ovsdb_column *b)
{
    json_t *old = a ? ovsdb_type_to_json(&a->type) : NULL;
    json_t *new = b ? ovsdb_type_to_json(&b->type) : NULL;
    if (!json_equal(old, new)) {
        put_schema_line(d, p->a->ts->name, a ? a->name : b->name,
                        json_incref(old), json_incref(new));
    }
    bool is_kept = a && b && a->persistent && b->persistent;
    bool is_here = is_kept || (!d->a.is_file && !d->b.is_file);
    if (a && b && is_here && have_same_atoms(&a->type, &b->type)) {
        p->a_columns[p->n_columns] = a;
        p->b_columns[p->n_columns++] = b;
    }
    json_decref(old);
    json_decref(new);
}

static void
compare_columns(struct diff *d, struct diff_pair *p)
{
    size_t na, nb, i = 0, j = 0;
    const struct ovsdb_column **a = client_sorted_columns(p->a->ts, &na);
    const struct ovsdb_column **b = client_sorted_columns(p->b->ts, &nb);
    p->a_columns = xcalloc(na + 1, sizeof *p->a_columns);
    p->b_columns = xcalloc(na + 1, sizeof *p->b_columns);
    while (i < na || j < nb) {
        int cmp = i == na   ? 1
                  : j == nb ? -1
                            : strcmp(a[i]->name, b[j]->name);
        compare_column(d, p, cmp <= 0 ? a[i] : NULL, cmp >= 0 ? b[j] : NULL);
        i += cmp <= 0;
        j += cmp >= 0;
    }
    free(a);
    free(b);
}

/* Pairs tables by name. */
static void
compare_schemas(struct diff *d)
{
    const struct ovsdb_schema *sa = d->a.schema, *sb = d->b.schema;
    const struct ovsdb_table_schema **a = client_sorted_tables(sa);
    const struct ovsdb_table_schema **b = client_sorted_tables(sb);
    d->pairs = xcalloc(sa->n_tables + 1, sizeof *d->pairs);
    compare_versions(d);
    for (size_t i = 0; i < sa->n_tables; i++) {
        const struct ovsdb_table_schema *other
            = ovsdb_schema_table(sb, a[i]->name);
        if (!is_wanted(d, a[i])) {
            continue;
        }
        if (!other) {
            put_schema_line(d, a[i]->name, "", json_string("table"), NULL);
            continue;
        }
        struct diff_pair *p = &d->pairs[d->n_pairs++];
        p->a = &d->a.tables[a[i]->idx];
        p->b = &d->b.tables[other->idx];
        compare_columns(d, p);
    }
    for (size_t i = 0; i < sb->n_tables; i++) {
        if (is_wanted(d, b[i]) && !ovsdb_schema_table(sa, b[i]->name)) {
            put_schema_line(d, b[i]->name, "", NULL, json_string("table"));
        }
    }
    free(a);
    free(b);
}

/* Rows. */

/* A row that is on one side only: its values but the default ones. */
static void
put_lonely(struct diff *d, const struct diff_pair *p,
           const struct diff_row *row, bool is_new)
{
    const char *change = is_new ? "insert" : "delete";
    const struct ovsdb_column **columns
        = is_new ? p->b_columns : p->a_columns;
    bool any = false;
    for (size_t i = 0; i < p->n_columns; i++) {
        const struct ovsdb_column *c = columns[i];
        if (!ovsdb_datum_is_default(&row->datums[c->idx], &c->type)) {
            put_line(d, p->a->ts->name, &row->uuid, change, c->name);
            put_value(d, is_new ? NULL : row, c);
            put_value(d, is_new ? row : NULL, c);
            any = true;
        }
    }
    if (!any) {
        put_line(d, p->a->ts->name, &row->uuid, change, "");
        put_value(d, NULL, NULL);
        put_value(d, NULL, NULL);
    }
}

static void
put_modified(struct diff *d, const struct diff_pair *p,
             const struct diff_row *row)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        if (!diff_is_same(&d->a, p, i, row, row->partner)) {
            put_line(d, p->a->ts->name, &row->uuid, "modify",
                     p->a_columns[i]->name);
            put_value(d, row, p->a_columns[i]);
            put_value(d, row->partner, p->b_columns[i]);
        }
    }
}

static void
compare_table(struct diff *d, const struct diff_pair *p)
{
    for (size_t i = 0; i < p->a->n; i++) {
        const struct diff_row *row = &p->a->rows[i];
        if (row->partner) {
            put_modified(d, p, row);
        } else {
            put_lonely(d, p, row, false);
        }
    }
    for (size_t i = 0; i < p->b->n; i++) {
        if (!p->b->rows[i].partner) {
            put_lonely(d, p, &p->b->rows[i], true);
        }
    }
}

void
client_cmd_diff(struct client *c, int argc UNUSED, char *argv[])
{
    static const char *const headings[] = { "table", "row", "change",
                                            "column", "old", "new" };
    struct diff d = { .client = c, .table = table_create(NULL, false) };
    for (size_t i = 0; i < ARRAY_SIZE(headings); i++) {
        table_add_column(d.table, headings[i]);
    }
    diff_side_load(&d.a, c, argv[0]);
    diff_side_load(&d.b, c, argv[1]);
    compare_schemas(&d);
    diff_match(&d.a, &d.b, d.pairs, d.n_pairs);
    for (size_t i = 0; i < d.n_pairs; i++) {
        compare_table(&d, &d.pairs[i]);
    }
    c->status = d.n_lines ? 1 : 0;
    if (d.n_lines || c->style.format == TABLE_JSON) {
        client_print_table(c, d.table);
    } else {
        table_destroy(&d.table);
    }
    for (size_t i = 0; i < d.n_pairs; i++) {
        free(d.pairs[i].a_columns);
        free(d.pairs[i].b_columns);
    }
    free(d.pairs);
    diff_side_fini(&d.a);
    diff_side_fini(&d.b);
}
