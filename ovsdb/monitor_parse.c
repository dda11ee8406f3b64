/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/mem.h"
#include "ovsdb/monitor_priv.h"

struct parse {
    const struct db_table *table;
    struct monitor_table *mt;
    bool v1;
};

void
monitor_tables_free(struct monitor_table *tables, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(tables[i].columns);
        monitor_index_destroy(&tables[i]);
        ovsdb_cond_fini(&tables[i].cond);
    }
    free(tables);
}

static struct ovsdb_err *
parse_select(const json_t *select, const json_t *request, const char *table,
             int *bits)
{
    static const struct {
        const char *name;
        int bit;
    } names[] = {
        { "initial", SELECT_INITIAL },
        { "insert", SELECT_INSERT },
        { "delete", SELECT_DELETE },
        { "modify", SELECT_MODIFY },
    };
    *bits = SELECT_ALL;
    if (!select) {
        return NULL;
    }
    const char *key;
    json_t *value;
    if (!json_is_object(select)) {
        return ovsdb_err_at(request, OVSDB_E_SYNTAX, "Parsing table %s "
                            "failed: Type mismatch for member 'select'.",
                            table);
    }
    json_object_foreach ((json_t *)(uintptr_t)select, key, value) {
        size_t i = 0;
        while (i < ARRAY_SIZE(names) && strcmp(names[i].name, key)) {
            i++;
        }
        if (i >= ARRAY_SIZE(names)) {
            return ovsdb_err_at(select, OVSDB_E_SYNTAX, "Parsing table %s "
                                "select failed: Member '%s' is present but "
                                "not allowed here.", table, key);
        }
        if (!json_is_boolean(value)) {
            return ovsdb_err_at(select, OVSDB_E_SYNTAX, "Parsing table %s "
                                "select failed: Type mismatch for member "
                                "'%s'.", table, key);
        }
        if (json_is_false(value)) {
            *bits &= ~names[i].bit;
        }
    }
    return NULL;
}

static struct ovsdb_err *
check_members(const struct parse *p, const json_t *request)
{
    const char *table = p->table->schema->name;
    const char *key;
    json_t *value;
    if (!json_is_object(request)) {
        return ovsdb_err_at(request, OVSDB_E_SYNTAX, "Parsing table %s "
                            "failed: Object expected.", table);
    }
    json_object_foreach ((json_t *)(uintptr_t)request, key, value) {
        bool is_where = !strcmp(key, "where") && !p->v1;
        if (strcmp(key, "columns") && strcmp(key, "select") && !is_where) {
            return ovsdb_err_at(request, OVSDB_E_SYNTAX, "Parsing table %s "
                                "failed: Member '%s' is present but not "
                                "allowed here.", table, key);
        }
        if (strcmp(key, "select") && !json_is_array(value)) {
            return ovsdb_err_at(request, OVSDB_E_SYNTAX, "Parsing table %s "
                                "failed: Type mismatch for member '%s'.",
                                table, key);
        }
    }
    return NULL;
}

static struct ovsdb_err *
add_column(struct parse *p, const struct ovsdb_column *c, int select,
           const json_t *columns)
{
    for (size_t i = 0; i < p->mt->n_columns; i++) {
        if (p->mt->columns[i].column == c) {
            return ovsdb_err_at(columns, OVSDB_E_SYNTAX, "table %s: column "
                                "%s mentioned more than once",
                                p->table->schema->name, c->name);
        }
    }
    p->mt->columns[p->mt->n_columns++] = (struct monitor_column){ c, select };
    return NULL;
}

static struct ovsdb_err *
add_named_column(struct parse *p, const json_t *name, int select,
                 const json_t *columns)
{
    const struct ovsdb_column *c
        = json_is_string(name) ? ovsdb_table_schema_column(
              p->table->schema, json_string_value(name))
                               : NULL;
    if (!json_is_string(name)) {
        return ovsdb_err_at(columns, OVSDB_E_SYNTAX, "table %s: array of "
                            "column names expected", p->table->schema->name);
    }
    if (!c) {
        return ovsdb_err_at(columns, OVSDB_E_SYNTAX, "table %s: %s is not a "
                            "valid column name", p->table->schema->name,
                            json_string_value(name));
    }
    return add_column(p, c, select, columns);
}

/* Without "columns": all but _uuid. */
static struct ovsdb_err *
add_columns(struct parse *p, const json_t *columns, int select)
{
    const struct ovsdb_table_schema *ts = p->table->schema;
    struct ovsdb_err *err = NULL;
    if (columns) {
        size_t i;
        json_t *name;
        json_array_foreach (columns, i, name) {
            if (!err) {
                err = add_named_column(p, name, select, columns);
            }
        }
    } else {
        for (size_t i = OVSDB_COL_UUID + 1; i < ts->n_columns && !err; i++) {
            err = add_column(p, ts->columns[i], select, NULL);
        }
    }
    return err;
}

/* Conditions of several requests for one table are joined by "or". */
static struct ovsdb_err *
add_where(struct parse *p, const json_t *where)
{
    struct ovsdb_cond more;
    struct ovsdb_err *err
        = ovsdb_cond_from_json(&more, p->table->schema, where, NULL);
    if (err) {
        return err;
    }
    struct ovsdb_cond *cond = &p->mt->cond;
    cond->clauses = xrealloc(cond->clauses, (cond->n + more.n + 1)
                                                * sizeof *cond->clauses);
    for (size_t i = 0; i < more.n; i++) {
        cond->clauses[cond->n++] = more.clauses[i];
    }
    more.n = 0;
    ovsdb_cond_fini(&more);
    return NULL;
}

static struct ovsdb_err *
parse_request(struct parse *p, const json_t *request)
{
    int select;
    struct ovsdb_err *err = check_members(p, request);
    if (!err) {
        err = parse_select(json_object_get(request, "select"), request,
                           p->table->schema->name, &select);
    }
    if (err) {
        return err;
    }
    p->mt->select |= select;
    err = add_columns(p, json_object_get(request, "columns"), select);
    const json_t *where = json_object_get(request, "where");
    if (!err && where) {
        err = add_where(p, where);
    }
    return err;
}

static struct ovsdb_err *
parse_table(struct monitor_group *g, const struct db_table *t,
            const json_t *requests)
{
    struct monitor_table *mt = &g->tables[g->n_tables++];
    struct parse p = { t, mt, g->v1 };
    mt->idx = t->schema->idx;
    ovsdb_cond_init(&mt->cond);
    mt->columns = xcalloc(t->schema->n_columns + 1, sizeof *mt->columns);
    if (!json_is_array(requests)) { /* As the peer takes it. */
        return parse_request(&p, requests);
    }
    size_t i;
    json_t *request;
    json_array_foreach (requests, i, request) {
        struct ovsdb_err *err = parse_request(&p, request);
        if (err) {
            return err;
        }
    }
    return NULL;
}

static int
compare_tables(const void *a_, const void *b_)
{
    const struct monitor_table *a = a_, *b = b_;
    return a->idx < b->idx ? -1 : a->idx > b->idx;
}

struct ovsdb_err *
monitor_parse(struct monitor_group *g, const struct db *db,
              const json_t *requests)
{
    g->tables = NULL;
    g->n_tables = 0;
    if (!json_is_object(requests)) {
        return ovsdb_err_at(requests, OVSDB_E_SYNTAX,
                            "monitor-requests must be object");
    }
    g->tables = xcalloc(json_object_size(requests) + 1, sizeof *g->tables);
    struct ovsdb_err *err = NULL;
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)requests, name, value) {
        const struct ovsdb_table_schema *ts
            = ovsdb_schema_table(db->schema, name);
        if (!ts) {
            err = ovsdb_err_create(OVSDB_E_SYNTAX, "no table named %s", name);
        } else {
            err = parse_table(g, &db->tables[ts->idx], value);
        }
        if (!err) {
            monitor_index_build(&g->tables[g->n_tables - 1], ts);
        }
        if (err) {
            monitor_tables_free(g->tables, g->n_tables);
            g->tables = NULL;
            g->n_tables = 0;
            return err;
        }
    }
    qsort(g->tables, g->n_tables, sizeof *g->tables, compare_tables);
    return NULL;
}
