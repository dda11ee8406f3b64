/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/record.h"

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/diff.h"
#include "lib/ovsdb/frame.h"
#include "ovsdb/snapshot.h"
#include "ovsdb/text.h"
#include "ovsdb/txn.h"

/* Writing. */

void
record_put_specials(struct str *out, int64_t date_ms, const char *comment,
                    const char *who, bool is_diff)
{
    str_putf(out, "{\"_date\":%lld", (long long)date_ms);
    if (is_diff) {
        str_put(out, ",\"_is_diff\":true");
    }
    if (*comment || who) {
        struct str text = STR_INIT;
        str_put(&text, comment);
        if (who) {
            str_putf(&text, "%s(by %s)", *comment ? "\n" : "", who);
        }
        str_put(out, ",\"_comment\":");
        json_put_string(out, str_cstr(&text), text.len);
        str_fini(&text);
    }
}

static bool
column_is_logged(const struct ovsdb_column *c)
{
    return c->idx >= OVSDB_N_STD_COLS && c->persistent;
}

void
record_put_row(struct str *out, const struct ovsdb_table_schema *ts,
               const struct ovsdb_datum row[])
{
    str_put_char(out, '{');
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_column *c = ts->columns[i];
        if (column_is_logged(c) && !ovsdb_datum_is_default(&row[i], &c->type)) {
            text_put_member(out, c->name);
            text_put_datum(out, &row[i], &c->type);
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
            && ovsdb_datum_diff(&diff, &tr->old[i], &tr->row->u.datums[i],
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
    str_put(out, str_ends_with(out, "{") ? "" : ",");
    text_put_uuid(out, db_row_uuid(tr->row));
    str_put_char(out, ':');
    if (tr->deleted) {
        str_put(out, "null");
    } else if (!tr->old) {
        record_put_row(out, tr->row->table->schema, tr->row->u.datums);
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
    record_put_specials(&json, clock_wall_ms(), str_cstr(&txn->comment),
                        txn->who, true);
    bool any = put_tables(&json, txn);
    if (any) {
        str_put_char(&json, '}');
        ovsdb_frame_put(out, json.s, json.len);
    }
    str_fini(&json);
    return any;
}

static int
put_piece(void *out, const char *text, size_t len)
{
    str_put_n(out, text, len);
    return 0;
}

void
record_snapshot(struct str *out, struct db *db, const char *comment)
{
    struct snapshot *s = snapshot_begin(db, comment);
    enum snapshot_state state = snapshot_gather(s, SIZE_MAX);
    ASSERT(state == SNAPSHOT_COMPLETE);
    int err = snapshot_write(s, put_piece, out);
    ASSERT(!err);
    snapshot_destroy(&s);
}
