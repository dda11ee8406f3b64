/* SPDX-License-Identifier: Apache-2.0 */
/* history: what a running server's log tells of the past. */
#include <stdio.h>

#include "lib/base/args.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/history.h"
#include "utilities/dbclient/client.h"

/* Options. */

static char *
opt_since(void *past_, const char *value)
{
    struct past *past = past_;
    if (!ovsdb_history_parse_date(value, &past->since_ms)) {
        return xasprintf("--since: \"%s\" is not a date such as \"2026-01-31 "
                         "23:59\" or 2026-01-31T22:59Z", value);
    }
    return NULL;
}

static char *
opt_limit(void *past_, const char *value)
{
    struct past *past = past_;
    int64_t limit;
    if (!str_to_i64(value, 10, &limit) || limit < 0) {
        return xasprintf("--limit: \"%s\" is not a number of transactions",
                         value);
    }
    past->limit = limit;
    return NULL;
}

void
past_args_init(struct args_opt opts[PAST_N_ARGS], struct past *past)
{
    const struct args_opt rows[PAST_N_ARGS] = {
        { "table", 0, ARGS_VALUE, "TABLE", "only what changed TABLE",
          args_set_text, &past->table },
        { "row", 0, ARGS_VALUE, "ROW",
          "only what changed the row with that UUID or name", args_set_text,
          &past->row },
        { "since", 0, ARGS_VALUE, "DATE", "only what came since DATE",
          opt_since, past },
        { "limit", 0, ARGS_VALUE, "N", "only the last N (0: all)", opt_limit,
          past },
        { "changes", 0, ARGS_FLAG, NULL, "old and new values too",
          args_set_true, &past->changes },
        { "dry-run", 0, ARGS_FLAG, NULL, "only say what rollback would do",
          args_set_true, &past->dry_run },
    };
    memcpy(opts, rows, sizeof rows);
}

/* Asking. */

json_t *
client_call_ours(struct client *c, const char *method, json_t *params)
{
    json_t *result, *error;
    int err = client_ask(c, method, params, &result, &error);
    if (err) {
        client_call_failed(c, err);
    }
    if (json_is_string(error)
        && !strcmp(json_string_value(error), "unknown method")) {
        args_fatal(0, "%s: this server cannot tell the past (it has no "
                   "method \"%s\")", c->server, method);
    } else if (error) {
        client_check(ovsdb_err_from_json(error));
    }
    return result;
}

static json_t *
page_options(const struct past *past, const char *before, int64_t limit)
{
    json_t *options = json_object();
    if (past->table) {
        json_object_set_new(options, "table", json_string(past->table));
    }
    if (past->row) {
        json_object_set_new(options, "row", json_string(past->row));
    }
    if (past->since_ms) {
        json_object_set_new(options, "since", json_integer(past->since_ms));
    }
    if (past->changes) {
        json_object_set_new(options, "changes", json_true());
    }
    if (before) {
        json_object_set_new(options, "before", json_string(before));
    }
    if (limit) {
        json_object_set_new(options, "limit", json_integer(limit));
    }
    return options;
}

/* The transactions asked for, the newest first: new. */
static json_t *
fetch(struct client *c)
{
    const struct past *past = &c->past;
    json_t *all = json_array();
    char *before = NULL;
    do {
        int64_t left = past->limit - (int64_t)json_array_size(all);
        json_t *page = client_call_ours(
            c, OVSDB_RPC_GET_HISTORY,
            json_pack("[so]", c->db, page_options(past, before,
                                                  past->limit ? left : 0)));
        json_array_extend(all, json_object_get(page, "transactions"));
        free(before);
        before = xstrdup_null(
            json_string_value(json_object_get(page, "next")));
        json_decref(page);
    } while (before && (!past->limit
                        || (int64_t)json_array_size(all) < past->limit));
    free(before);
    return all;
}

/* Printing. */

static void
put_member(struct table *t, const json_t *txn, const char *name)
{
    const char *text = json_string_value(json_object_get(txn, name));
    table_put_text(t, text ? text : "");
}

static void
put_date(struct table *t, const json_t *txn)
{
    int64_t date;
    struct str s = STR_INIT;
    if (json_get_int(txn, "date", &date)) {
        ovsdb_history_put_date(&s, date);
    }
    table_put_text(t, str_cstr(&s));
    str_fini(&s);
}

/* "Bridge:1 Port:3 (1 deleted)" */
static void
put_tables(struct table *t, const json_t *txn)
{
    struct str s = STR_INIT;
    const char *name;
    json_t *counts;
    json_object_foreach (json_object_get(txn, "tables"), name, counts) {
        int64_t n = 0, deleted = 0;
        (void)json_get_int(counts, "rows", &n);
        str_putf(&s, "%s%s:%lld", s.len ? " " : "", name, (long long)n);
        if (json_get_int(counts, "deleted", &deleted)) {
            str_putf(&s, " (%lld deleted)", (long long)deleted);
        }
    }
    table_put_text(t, str_cstr(&s));
    str_fini(&s);
}

static void
put_value(struct table *t, const struct ovsdb_schema *schema,
          const char *table, const char *column, json_t *value)
{
    const struct ovsdb_table_schema *ts = ovsdb_schema_table(schema, table);
    const struct ovsdb_column *c
        = ts ? ovsdb_table_schema_column(ts, column) : NULL;
    struct ovsdb_datum d;
    if (!value || json_is_null(value)) {
        table_put_nothing(t);
    } else if (!c) {
        table_put_json(t, json_incref(value));
    } else {
        client_check(ovsdb_datum_from_json_unbound(&d, &c->type, value, NULL));
        table_put_datum(t, &d, &c->type);
        ovsdb_datum_fini(&d, &c->type);
    }
}

static void
put_columns(struct table *t, const char *const names[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        table_add_column(t, names[i]);
    }
}

/* On one line where lines are rows. */
static void
put_comment(struct table *t, enum table_format format, const json_t *txn)
{
    const char *text = json_string_value(json_object_get(txn, "comment"));
    char *copy = xstrdup(text ? text : "");
    for (char *p = copy; format == TABLE_TABLE && *p; p++) {
        *p = *p == '\n' ? ' ' : *p;
    }
    table_put_text(t, copy);
    free(copy);
}

/* What both forms begin a row with. */
static void
begin_row(const struct client *c, struct table *t, const json_t *txn)
{
    table_add_row(t);
    put_member(t, txn, "record");
    put_member(t, txn, "id");
    put_date(t, txn);
    put_member(t, txn, "who");
    put_comment(t, c->style.format, txn);
}

static void
begin_change(const struct client *c, struct table *t, const json_t *txn,
             const json_t *change)
{
    begin_row(c, t, txn);
    put_member(t, change, "table");
    put_member(t, change, "row");
    put_member(t, change, "name");
    put_member(t, change, "op");
}

/* One row for each column that changed; one for a changed row
 * of which nothing is to be told. */
static void
put_changes(const struct client *c, struct table *t,
            const struct ovsdb_schema *schema, const json_t *txn)
{
    const json_t *changes = json_object_get(txn, "changes");
    size_t i;
    json_t *change;
    json_array_foreach (changes, i, change) {
        const char *table = json_string_value(json_object_get(change,
                                                              "table"));
        const char *column;
        json_t *pair;
        json_object_foreach (json_object_get(change, "columns"), column,
                             pair) {
            begin_change(c, t, txn, change);
            table_put_text(t, column);
            put_value(t, schema, table ? table : "", column,
                      json_array_get(pair, 0));
            put_value(t, schema, table ? table : "", column,
                      json_array_get(pair, 1));
        }
        if (!json_object_size(json_object_get(change, "columns"))) {
            begin_change(c, t, txn, change);
            table_put_text(t, "");
            table_put_nothing(t);
            table_put_nothing(t);
        }
    }
}

void
client_cmd_history(struct client *c, int argc UNUSED, char *argv[] UNUSED)
{
    static const char *const brief[] = {
        "record", "id", "date", "who", "comment", "rows changed"
    };
    static const char *const full[] = {
        "record", "id", "date", "who", "comment", "table", "row", "name",
        "op", "column", "old", "new"
    };
    struct ovsdb_schema *schema = client_get_schema(c);
    if (c->past.table && !ovsdb_schema_table(schema, c->past.table)) {
        args_fatal(0, "%s does not have a table named \"%s\"", c->db,
                   c->past.table);
    }
    json_t *txns = fetch(c);
    struct table *t = table_create(NULL, false);
    if (c->past.changes) {
        put_columns(t, full, ARRAY_SIZE(full));
    } else {
        put_columns(t, brief, ARRAY_SIZE(brief));
    }
    for (size_t i = json_array_size(txns); i-- > 0;) {
        const json_t *txn = json_array_get(txns, i);
        if (c->past.changes) {
            put_changes(c, t, schema, txn);
        } else {
            begin_row(c, t, txn);
            put_tables(t, txn);
        }
    }
    client_print_table(c, t);
    json_decref(txns);
    ovsdb_schema_destroy(&schema);
}
