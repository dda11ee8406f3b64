/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/record.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/diff.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/text.h"
#include "ovsdb/txn.h"

/* Writing. */

static void
put_specials(struct str *out, const char *comment, bool is_diff)
{
    str_putf(out, "{\"_date\":%lld", (long long)clock_wall_ms());
    if (is_diff) {
        str_put(out, ",\"_is_diff\":true");
    }
    if (*comment) {
        str_put(out, ",\"_comment\":");
        json_put_string(out, comment, strlen(comment));
    }
}

static bool
column_is_logged(const struct ovsdb_column *c)
{
    return c->idx >= OVSDB_N_STD_COLS && c->persistent;
}

/* All logged columns that differ from their defaults. */
static void
put_whole_row(struct str *out, const struct db_row *row)
{
    const struct ovsdb_table_schema *ts = row->table->schema;
    str_put_char(out, '{');
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_column *c = ts->columns[i];
        if (column_is_logged(c)
            && !ovsdb_datum_is_default(&row->datums[i], &c->type)) {
            text_put_member(out, c->name);
            text_put_datum(out, &row->datums[i], &c->type);
        }
    }
    str_put_char(out, '}');
}

/* Logged columns that changed, as diffs; false if none did. */
static bool
put_row_diff(struct str *out, const struct txn_row *tr)
{
    const struct ovsdb_table_schema *ts = tr->row->table->schema;
    bool any = false;
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_column *c = ts->columns[i];
        struct ovsdb_datum diff;
        if (column_is_logged(c)
            && ovsdb_datum_diff(&diff, &tr->old[i], &tr->row->datums[i],
                                &c->type)) {
            if (!any) {
                str_put_char(out, '{');
                any = true;
            }
            text_put_member(out, c->name);
            text_put_datum(out, &diff, &c->type);
            ovsdb_datum_fini(&diff, &c->type);
        }
    }
    if (any) {
        str_put_char(out, '}');
    }
    return any;
}

/* Puts '"UUID":CHANGE'; false and nothing if nothing durable changed. */
static bool
put_row_txn(struct str *out, const struct txn_row *tr)
{
    size_t start = out->len;
    char uuid[UUID_TEXT_LEN + 1];
    snprintf(uuid, sizeof uuid, UUID_FMT, UUID_ARGS(db_row_uuid(tr->row)));
    text_put_member(out, uuid);
    if (tr->deleted) {
        str_put(out, "null");
    } else if (!tr->old) {
        put_whole_row(out, tr->row);
    } else if (!put_row_diff(out, tr)) {
        str_truncate(out, start);
        return false;
    }
    return true;
}

/* Tables are grouped by one pass over the rows for each table touched: a
 * transaction touches few. */
static bool
put_tables(struct str *out, const struct txn *txn)
{
    size_t n_tables = txn->db->schema->n_tables;
    struct str *texts = xcalloc(n_tables + 1, sizeof *texts);
    bool any = false;
    TXN_FOR_EACH_ROW (tr, txn) {
        const struct ovsdb_table_schema *ts = tr->row->table->schema;
        struct str *t = &texts[ts->idx];
        bool first = !t->len;
        if (first) {
            str_put_char(t, '{');
        }
        if (put_row_txn(t, tr)) {
            any = true;
        } else if (first) {
            str_clear(t);
        }
    }
    for (size_t i = 0; i < n_tables; i++) {
        if (texts[i].len) {
            text_put_member(out, txn->db->schema->tables[i]->name);
            str_put_n(out, texts[i].s, texts[i].len);
            str_put_char(out, '}');
        }
        str_fini(&texts[i]);
    }
    free(texts);
    return any;
}

bool
record_from_txn(struct str *out, const struct txn *txn)
{
    struct str json = STR_INIT;
    put_specials(&json, str_cstr(&txn->comment), true);
    bool any = put_tables(&json, txn);
    if (any) {
        str_put_char(&json, '}');
        ovsdb_frame_put(out, json.s, json.len);
    }
    str_fini(&json);
    return any;
}

static void
put_table_snapshot(struct str *out, const struct db_table *t)
{
    if (hmap_is_empty(&t->rows)) {
        return;
    }
    text_put_member(out, t->schema->name);
    str_put_char(out, '{');
    HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
        char uuid[UUID_TEXT_LEN + 1];
        snprintf(uuid, sizeof uuid, UUID_FMT, UUID_ARGS(db_row_uuid(row)));
        text_put_member(out, uuid);
        put_whole_row(out, row);
    }
    str_put_char(out, '}');
}

void
record_snapshot(struct str *out, const struct db *db, const char *comment)
{
    json_t *schema = ovsdb_schema_to_json(db->schema);
    struct str json = STR_INIT;
    json_put(&json, schema, JSON_STYLE_COMPACT);
    json_decref(schema);
    ovsdb_frame_put(out, json.s, json.len);
    str_clear(&json);
    if (db_count_rows(db)) {
        put_specials(&json, comment, false);
        for (size_t i = 0; i < db->schema->n_tables; i++) {
            put_table_snapshot(&json, &db->tables[i]);
        }
        str_put_char(&json, '}');
        ovsdb_frame_put(out, json.s, json.len);
    }
    str_fini(&json);
}
