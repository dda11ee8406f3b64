/* SPDX-License-Identifier: Apache-2.0 */
/* What monitors are told, as text. */
#include "lib/base/assert.h"
#include "lib/ovsdb/diff.h"
#include "ovsdb/monitor_priv.h"
#include "ovsdb/text.h"

/* An object of objects under way: TABLE:{UUID:{...},...},... */
struct updates {
    struct str *out;
    size_t start;      /* Length before our '{'. */
    bool table_is_open;
};

static void
updates_begin(struct updates *u, struct str *out)
{
    *u = (struct updates){ out, out->len, false };
    str_put_char(out, '{');
}

/* Puts what leads to a row's object. */
static void
updates_row(struct updates *u, const char *table, const struct uuid *uuid)
{
    if (!u->table_is_open) {
        text_put_member(u->out, table);
        str_put_char(u->out, '{');
        u->table_is_open = true;
    }
    if (!str_ends_with(u->out, "{")) {
        str_put_char(u->out, ',');
    }
    text_put_uuid(u->out, uuid);
    str_put_char(u->out, ':');
}

static void
updates_table_end(struct updates *u)
{
    if (u->table_is_open) {
        str_put_char(u->out, '}');
        u->table_is_open = false;
    }
}

/* False if nothing was put (then what is there is taken back). */
static bool
updates_end(struct updates *u, bool keep_empty)
{
    if (u->out->len == u->start + 1 && !keep_empty) {
        str_truncate(u->out, u->start);
        return false;
    }
    str_put_char(u->out, '}');
    return true;
}

/* Puts {COLUMN: VALUE} of the selected columns. */
static void
put_row(struct str *out, const struct monitor_table *mt, int select,
        const struct ovsdb_datum row[], bool leave_defaults)
{
    str_put_char(out, '{');
    for (size_t i = 0; i < mt->n_columns; i++) {
        const struct ovsdb_column *c = mt->columns[i].column;
        const struct ovsdb_datum *d = &row[c->idx];
        if (mt->columns[i].select & select
            && !(leave_defaults && ovsdb_datum_is_default(d, &c->type))) {
            text_put_member(out, c->name);
            text_put_datum(out, d, &c->type);
        }
    }
    str_put_char(out, '}');
}

static bool
column_changed(const struct monitor_column *mc, const struct ovsdb_datum *old,
               const struct ovsdb_datum *new)
{
    const struct ovsdb_column *c = mc->column;
    return mc->select & SELECT_MODIFY
           && !ovsdb_datum_eq(&old[c->idx], &new[c->idx], &c->type);
}

static bool
any_column_changed(const struct monitor_table *mt,
                   const struct ovsdb_datum *old,
                   const struct ovsdb_datum *new)
{
    for (size_t i = 0; i < mt->n_columns; i++) {
        if (column_changed(&mt->columns[i], old, new)) {
            return true;
        }
    }
    return false;
}

/* Version 1 [RFC 7047 4.1.6]. */

static void
put_v1_modify(struct str *out, const struct monitor_table *mt,
              const struct ovsdb_datum *old, const struct ovsdb_datum *new)
{
    str_put(out, "{\"old\":{");
    for (size_t i = 0; i < mt->n_columns; i++) {
        const struct ovsdb_column *c = mt->columns[i].column;
        if (column_changed(&mt->columns[i], old, new)) {
            text_put_member(out, c->name);
            text_put_datum(out, &old[c->idx], &c->type);
        }
    }
    str_put(out, "},\"new\":");
    put_row(out, mt, SELECT_MODIFY, new, false);
    str_put_char(out, '}');
}

/* 'old' or 'new' may be NULL. */
static void
put_v1(struct updates *u, const struct monitor_table *mt, const char *table,
       const struct uuid *uuid, const struct ovsdb_datum *old,
       const struct ovsdb_datum *new)
{
    if (old && new) {
        if (any_column_changed(mt, old, new)) {
            updates_row(u, table, uuid);
            put_v1_modify(u->out, mt, old, new);
        }
        return;
    }
    int select = old ? SELECT_DELETE : SELECT_INSERT;
    if (mt->select & select) {
        updates_row(u, table, uuid);
        str_put(u->out, old ? "{\"old\":" : "{\"new\":");
        put_row(u->out, mt, select, old ? old : new, false);
        str_put_char(u->out, '}');
    }
}

/* Version 2 [ovsdb-server(7) 4.1.14]. */

static void
put_v2_modify(struct updates *u, const struct monitor_table *mt,
              const char *table, const struct uuid *uuid,
              const struct ovsdb_datum *old, const struct ovsdb_datum *new)
{
    bool any = false;
    for (size_t i = 0; i < mt->n_columns; i++) {
        const struct ovsdb_column *c = mt->columns[i].column;
        struct ovsdb_datum diff;
        if (!(mt->columns[i].select & SELECT_MODIFY)
            || !ovsdb_datum_diff(&diff, &old[c->idx], &new[c->idx],
                                 &c->type)) {
            continue;
        }
        if (!any) {
            updates_row(u, table, uuid);
            str_put(u->out, "{\"modify\":{");
            any = true;
        }
        text_put_member(u->out, c->name);
        text_put_datum(u->out, &diff, &c->type);
        ovsdb_datum_fini(&diff, &c->type);
    }
    if (any) {
        str_put(u->out, "}}");
    }
}

/* 'old' and 'new' are NULL where the row is not there or does not match. */
static void
put_v2(struct updates *u, const struct monitor_table *mt, const char *table,
       const struct uuid *uuid, const struct ovsdb_datum *old,
       const struct ovsdb_datum *new)
{
    if (old && new) {
        put_v2_modify(u, mt, table, uuid, old, new);
    } else if (old && mt->select & SELECT_DELETE) {
        updates_row(u, table, uuid);
        str_put(u->out, "{\"delete\":null}");
    } else if (new && mt->select & SELECT_INSERT) {
        updates_row(u, table, uuid);
        str_put(u->out, "{\"insert\":");
        put_row(u->out, mt, SELECT_INSERT, new, true);
        str_put_char(u->out, '}');
    }
}

static const struct ovsdb_datum *
if_matches(const struct monitor_table *mt, const struct ovsdb_datum *row)
{
    return row && monitor_matches(mt, row) ? row : NULL;
}

bool
monitor_text_txn(const struct monitor_group *g, const struct txn *txn,
                 struct str *out)
{
    struct updates u;
    updates_begin(&u, out);
    for (size_t i = 0; i < g->n_tables; i++) {
        const struct monitor_table *mt = &g->tables[i];
        const char *table = txn->db->schema->tables[mt->idx]->name;
        TXN_FOR_EACH_ROW (tr, txn) {
            if (tr->row->table->schema->idx != mt->idx) {
                continue;
            }
            const struct ovsdb_datum *new = txn_row_new(tr);
            if (g->v1) {
                put_v1(&u, mt, table, db_row_uuid(tr->row), tr->old, new);
            } else {
                put_v2(&u, mt, table, db_row_uuid(tr->row),
                       if_matches(mt, tr->old), if_matches(mt, new));
            }
        }
        updates_table_end(&u);
    }
    return updates_end(&u, false);
}

void
monitor_text_initial(const struct monitor_group *g, const struct db *db,
                     struct str *out)
{
    struct db_view view = DB_VIEW_INIT;
    struct updates u;
    updates_begin(&u, out);
    for (size_t i = 0; i < g->n_tables; i++) {
        const struct monitor_table *mt = &g->tables[i];
        const struct db_table *t = &db->tables[mt->idx];
        if (!(mt->select & SELECT_INITIAL)) {
            continue;
        }
        HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
            const struct ovsdb_datum *d = db_row_read(row, &view);
            if (!if_matches(mt, d)) {
                continue;
            }
            updates_row(&u, t->schema->name, db_row_uuid(row));
            str_put(out, g->v1 ? "{\"new\":" : "{\"initial\":");
            put_row(out, mt, SELECT_INITIAL, d, !g->v1);
            str_put_char(out, '}');
        }
        updates_table_end(&u);
    }
    updates_end(&u, true);
    db_view_fini(&view);
}

void
monitor_text_change(const struct monitor_group *old,
                    const struct monitor_group *new, const struct db *db,
                    struct str *out)
{
    struct db_view view = DB_VIEW_INIT;
    struct updates u;
    updates_begin(&u, out);
    ASSERT(old->n_tables == new->n_tables);
    for (size_t i = 0; i < new->n_tables; i++) {
        const struct monitor_table *a = &old->tables[i], *b = &new->tables[i];
        const struct db_table *t = &db->tables[b->idx];
        ASSERT(a->idx == b->idx);
        HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
            const struct ovsdb_datum *d = db_row_read(row, &view);
            const struct ovsdb_datum *was = if_matches(a, d);
            const struct ovsdb_datum *is = if_matches(b, d);
            if (!was != !is) {
                put_v2(&u, b, t->schema->name, db_row_uuid(row), was, is);
            }
        }
        updates_table_end(&u);
    }
    updates_end(&u, true);
    db_view_fini(&view);
}

/* A row as it was; NULL if it was not there or did not match. */
static const struct ovsdb_datum *
read_past(const struct monitor_table *mt, const struct past_row *p,
          struct ovsdb_view *view)
{
    return p->pack ? if_matches(mt, ovsdb_view_read(view, p->table->schema,
                                                    p->pack, &p->uuid,
                                                    &p->version))
                   : NULL;
}

void
monitor_text_since(const struct monitor_group *g, const struct db *db,
                   const struct hmap *rows, struct str *out)
{
    struct ovsdb_view past = OVSDB_VIEW_INIT;
    struct db_view present = DB_VIEW_INIT;
    struct updates u;
    updates_begin(&u, out);
    for (size_t i = 0; i < g->n_tables; i++) {
        const struct monitor_table *mt = &g->tables[i];
        const struct db_table *t = &db->tables[mt->idx];
        HMAP_FOR_EACH (struct past_row, p, node, rows) {
            if (p->table != t) {
                continue;
            }
            const struct db_row *row = db_table_find(t, &p->uuid);
            const struct ovsdb_datum *is
                = row ? if_matches(mt, db_row_read(row, &present)) : NULL;
            put_v2(&u, mt, t->schema->name, &p->uuid,
                   read_past(mt, p, &past), is);
        }
        updates_table_end(&u);
    }
    updates_end(&u, true);
    ovsdb_view_fini(&past);
    db_view_fini(&present);
}
