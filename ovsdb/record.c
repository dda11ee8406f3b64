/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/record.h"

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/sha1.h"
#include "lib/ovsdb/diff.h"
#include "ovsdb/text.h"
#include "ovsdb/txn.h"

#define RECORD_MAGIC "OVSDB JSON "
/* Magic, 20 digits, space, sum, new line. */
#define RECORD_HEADER_MAX 100

void
record_reader_init(struct record_reader *r, const char *data, size_t len)
{
    *r = (struct record_reader){ .data = data, .len = len };
}

void
record_reader_fini(struct record_reader *r)
{
    free(r->reason);
    r->reason = NULL;
}

struct record_header {
    size_t header_len; /* With the new line. */
    size_t body_len;
    char sha1[SHA1_HEX_LEN + 1];
};

/* Reads "OVSDB JSON <length> <sha1>" of exactly 'len' bytes. */
static bool
parse_header(const char *line, size_t len, struct record_header *h)
{
    size_t magic_len = strlen(RECORD_MAGIC);
    if (len < magic_len + 2 + SHA1_HEX_LEN
        || memcmp(line, RECORD_MAGIC, magic_len)) {
        return false;
    }
    const char *p = line + magic_len;
    const char *sum = line + len - SHA1_HEX_LEN;
    size_t n = 0;
    if (*p < '1' || *p > '9') {
        return false;
    }
    for (; p < sum - 1; p++) {
        if (*p < '0' || *p > '9' || n > SIZE_MAX / 16) {
            return false;
        }
        n = n * 10 + (size_t)(*p - '0');
    }
    if (*p != ' ') {
        return false;
    }
    for (size_t i = 0; i < SHA1_HEX_LEN; i++) {
        if (!((sum[i] >= '0' && sum[i] <= '9')
              || (sum[i] >= 'a' && sum[i] <= 'f'))) {
            return false;
        }
    }
    memcpy(h->sha1, sum, SHA1_HEX_LEN);
    h->sha1[SHA1_HEX_LEN] = '\0';
    h->body_len = n;
    h->header_len = len + 1;
    return true;
}

static bool
sum_matches(const char *data, size_t len, const char *sha1)
{
    char hex[SHA1_HEX_LEN + 1];
    sha1_hex(data, len, hex);
    return !strcmp(hex, sha1);
}

static enum record_status
bad(struct record_reader *r, enum record_status status, const char *what)
{
    free(r->reason);
    r->reason = xasprintf("%zu bytes starting at offset %zu: %s",
                          r->len - r->offset, r->offset, what);
    return status;
}

/* A crash leaves zeros where the file grew and data did not come. */
static bool
ends_in_zeros(const char *data, size_t len)
{
    return len && !data[len - 1];
}

/* No new line in the first bytes: the header itself is incomplete. */
static enum record_status
judge_no_header(struct record_reader *r)
{
    const char *p = r->data + r->offset;
    size_t left = r->len - r->offset;
    if (ends_in_zeros(p, left)) {
        return bad(r, RECORD_TORN, "zeros instead of a record");
    }
    size_t magic_len = strlen(RECORD_MAGIC);
    if (left <= RECORD_HEADER_MAX
        && !memcmp(p, RECORD_MAGIC, MIN(left, magic_len))) {
        return bad(r, RECORD_TORN, "incomplete header");
    }
    return bad(r, RECORD_DAMAGED, "no valid record header");
}

/* The body does not fit in the file, or its sum is wrong. */
static enum record_status
judge_body(struct record_reader *r, const struct record_header *h)
{
    const char *body = r->data + r->offset + h->header_len;
    size_t left = r->len - r->offset - h->header_len;
    if (h->body_len > left) {
        if (left && !ends_in_zeros(body, left)
            && sum_matches(body, left, h->sha1)) {
            return bad(r, RECORD_DAMAGED, "the length in the header is wrong");
        }
        if (memmem(body, left, "\n" RECORD_MAGIC, strlen(RECORD_MAGIC) + 1)) {
            return bad(r, RECORD_DAMAGED,
                       "the length in the header reaches over later records");
        }
        return bad(r, RECORD_TORN, "incomplete record");
    }
    if (h->body_len == left && ends_in_zeros(body, left)) {
        return bad(r, RECORD_TORN, "zeros instead of a record's end");
    }
    return bad(r, RECORD_DAMAGED, "checksum does not match");
}

enum record_status
record_next(struct record_reader *r, const char **text, size_t *len)
{
    size_t left = r->len - r->offset;
    if (!left) {
        return RECORD_END;
    }
    const char *p = r->data + r->offset;
    const char *nl = memchr(p, '\n', MIN(left, (size_t)RECORD_HEADER_MAX));
    if (!nl) {
        return judge_no_header(r);
    }
    struct record_header h;
    if (!parse_header(p, (size_t)(nl - p), &h)) {
        if (!memcmp(p, "OVSDB CLUSTER ", MIN(left, (size_t)14))) {
            return bad(r, RECORD_DAMAGED,
                       "this is a clustered database, which is not "
                       "supported here");
        }
        return bad(r, RECORD_DAMAGED, "no valid record header");
    }
    if (h.body_len > left - h.header_len
        || !sum_matches(nl + 1, h.body_len, h.sha1)) {
        return judge_body(r, &h);
    }
    *text = nl + 1;
    *len = h.body_len - (nl[h.body_len] == '\n');
    r->offset += h.header_len + h.body_len;
    return RECORD_OK;
}

void
record_put_frame(struct str *out, const char *json, size_t len)
{
    struct sha1 sum;
    char hex[SHA1_HEX_LEN + 1];
    sha1_init(&sum);
    sha1_update(&sum, json, len);
    sha1_update(&sum, "\n", 1);
    sha1_final_hex(&sum, hex);
    str_putf(out, RECORD_MAGIC "%zu %s\n", len + 1, hex);
    str_put_n(out, json, len);
    str_put_char(out, '\n');
}

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
        record_put_frame(out, json.s, json.len);
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
    record_put_frame(out, json.s, json.len);
    str_clear(&json);
    if (db_count_rows(db)) {
        put_specials(&json, comment, false);
        for (size_t i = 0; i < db->schema->n_tables; i++) {
            put_table_snapshot(&json, &db->tables[i]);
        }
        str_put_char(&json, '}');
        record_put_frame(out, json.s, json.len);
    }
    str_fini(&json);
}
