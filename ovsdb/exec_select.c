/* SPDX-License-Identifier: Apache-2.0 */
/* The select operation [RFC 7047 5.2.2]. */
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "ovsdb/exec_priv.h"
#include "ovsdb/text.h"

/* The text of a row that was put, to know it again. */
struct shown_row {
    struct hmap_node node;
    size_t start, len; /* In 'out'. */
};

/* Rows are given as a set: equal ones once.  Rows that show their UUID cannot
 * be equal. */
struct select {
    const struct ovsdb_column_set *cs;
    struct str *out;
    bool distinct;    /* No need to look. */
    struct hmap seen; /* struct shown_row. */
};

static void
put_row(const struct select *s, const struct ovsdb_datum row[])
{
    str_put_char(s->out, '{');
    for (size_t i = 0; i < s->cs->n; i++) {
        const struct ovsdb_column *c = s->cs->columns[i];
        text_put_member(s->out, c->name);
        text_put_datum(s->out, &row[c->idx], &c->type);
    }
    str_put_char(s->out, '}');
}

/* Equal values have equal texts; so have reals that differ beyond what is
 * printed of them, which a client could not tell apart either. */
static bool
was_shown(const struct select *s, uint32_t hash, size_t start, size_t len)
{
    HMAP_FOR_EACH_WITH_HASH (struct shown_row, r, node, hash, &s->seen) {
        if (r->len == len
            && !memcmp(s->out->s + r->start, s->out->s + start, len)) {
            return true;
        }
    }
    return false;
}

static void
put_distinct_row(struct select *s, const struct ovsdb_datum row[])
{
    size_t before = s->out->len;
    str_put(s->out, str_ends_with(s->out, "[") ? "" : ",");
    size_t start = s->out->len;
    put_row(s, row);
    if (s->distinct) {
        return;
    }
    size_t len = s->out->len - start;
    uint32_t hash = hash_bytes(s->out->s + start, len, hash_seed());
    if (was_shown(s, hash, start, len)) {
        str_truncate(s->out, before);
        return;
    }
    struct shown_row *r = xmalloc(sizeof *r);
    r->start = start;
    r->len = len;
    hmap_insert(&s->seen, &r->node, hash);
}

static void
put_rows(struct select *s, struct db_row **rows, size_t n)
{
    struct db_view view = DB_VIEW_INIT;
    for (size_t i = 0; i < s->cs->n; i++) {
        s->distinct |= s->cs->columns[i]->idx == OVSDB_COL_UUID;
    }
    str_put(s->out, "{\"rows\":[");
    for (size_t i = 0; i < n; i++) {
        put_distinct_row(s, db_row_read_columns(rows[i], &view,
                                                s->cs->columns, s->cs->n));
    }
    str_put(s->out, "]}");
    db_view_fini(&view);
}

struct ovsdb_err *
exec_select(struct exec *x, const json_t *op, struct str *out)
{
    struct db_table *t = exec_get_table(x, op);
    struct ovsdb_column_set cs;
    struct db_row **rows = NULL;
    size_t n = 0;
    ovsdb_column_set_init(&cs);
    struct ovsdb_err *err = exec_get_columns(op, t, &cs);
    if (!err) {
        err = exec_get_rows(x, op, t, &rows, &n);
    }
    if (!err) {
        struct select s = { .cs = &cs, .out = out };
        hmap_init(&s.seen);
        put_rows(&s, rows, n);
        HMAP_FOR_EACH_SAFE (struct shown_row, r, node, &s.seen) {
            free(r);
        }
        hmap_fini(&s.seen);
    }
    ovsdb_column_set_fini(&cs);
    free(rows);
    return err;
}
