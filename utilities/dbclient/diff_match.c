/* SPDX-License-Identifier: Apache-2.0 */
/* Which row of one side is which of the other.
 *
 * Rows of one UUID are paired first.  What is left goes through rounds: rows
 * are paired by the columns of an index, or by all columns, of those whose
 * references lead to paired rows only; each round's pairs make more rows
 * ready for the next.  A row alone in a table of at most one row needs no
 * likeness. */
#include "lib/base/hash.h"
#include "lib/base/hmap.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "utilities/dbclient/diff.h"

/* A row of the second side that is alone, by the hash of a key. */
struct lonely {
    struct hmap_node node;
    struct diff_row *row;
};

static void
make_pair(struct diff_row *a, struct diff_row *b)
{
    a->partner = b;
    b->partner = a;
}

static const struct ovsdb_table_schema *
ref_of(const struct ovsdb_base *base)
{
    return base->type == OVSDB_UUID ? base->u.uuid.ref : NULL;
}

static bool
has_refs(const struct ovsdb_type *type)
{
    return ref_of(&type->key) || ref_of(&type->value);
}

/* The UUID that a reference of the first side has on the second. */
static void
map_ref(const struct diff_side *a, const struct ovsdb_table_schema *ref,
        const struct uuid *uuid, union ovsdb_atom *out)
{
    const struct diff_row *row = diff_find_row(&a->tables[ref->idx], uuid);
    memset(out, 0, sizeof *out);
    out->uuid = row && row->partner ? row->partner->uuid : *uuid;
}

static void
map_refs(const struct diff_side *a, const struct ovsdb_type *type,
         const struct ovsdb_datum *in, struct ovsdb_datum *out)
{
    const struct ovsdb_table_schema *key_ref = ref_of(&type->key);
    const struct ovsdb_table_schema *value_ref = ref_of(&type->value);
    ovsdb_datum_clone(out, in);
    for (size_t i = 0; i < in->n; i++) {
        union ovsdb_atom atom;
        if (key_ref) {
            map_ref(a, key_ref, &in->keys[i].uuid, &atom);
            ovsdb_datum_replace_key(out, type, i, &atom);
        }
        if (value_ref) {
            map_ref(a, value_ref, &in->values[i].uuid, &atom);
            ovsdb_datum_replace_value(out, type, i, &atom);
        }
    }
    ovsdb_datum_sort_unique(out, type);
}

bool
diff_is_same(const struct diff_side *a, const struct diff_pair *p, size_t i,
             const struct diff_row *ra, const struct diff_row *rb)
{
    const struct ovsdb_type *type = &p->a_columns[i]->type;
    const struct ovsdb_datum *da = &ra->datums[p->a_columns[i]->idx];
    const struct ovsdb_datum *db = &rb->datums[p->b_columns[i]->idx];
    if (ovsdb_datum_eq(da, db, type)) {
        return true;
    }
    if (!has_refs(type) || da->n != db->n) {
        return false;
    }
    struct ovsdb_datum mapped;
    map_refs(a, type, da, &mapped);
    bool same = ovsdb_datum_eq(&mapped, db, type);
    ovsdb_datum_fini(&mapped, type);
    return same;
}

/* Keys: some of a pair's columns, by number. */
struct key {
    const struct diff_pair *pair;
    size_t *columns;
    size_t n;
};

/* True if no reference leads to a row that is alone. */
static bool
is_ready(const struct diff_table *tables, const struct ovsdb_type *type,
         const struct ovsdb_datum *d)
{
    const struct ovsdb_table_schema *key_ref = ref_of(&type->key);
    const struct ovsdb_table_schema *value_ref = ref_of(&type->value);
    for (size_t i = 0; i < d->n; i++) {
        const struct diff_row *row
            = key_ref ? diff_find_row(&tables[key_ref->idx],
                                      &d->keys[i].uuid)
                      : NULL;
        if (row && !row->partner) {
            return false;
        }
        row = value_ref ? diff_find_row(&tables[value_ref->idx],
                                        &d->values[i].uuid)
                        : NULL;
        if (row && !row->partner) {
            return false;
        }
    }
    return true;
}

/* The hash of the key; false if the row is not ready.  'columns' are the
 * side's of the pair; 'map' is NULL for the second side. */
static bool
hash_key(const struct key *k, const struct ovsdb_column **columns,
         const struct diff_table *tables, const struct diff_side *map,
         const struct diff_row *row, uint32_t *hash)
{
    *hash = 0;
    for (size_t i = 0; i < k->n; i++) {
        const struct ovsdb_column *c = columns[k->columns[i]];
        const struct ovsdb_datum *d = &row->datums[c->idx];
        if (!has_refs(&c->type)) {
            *hash = ovsdb_datum_hash(d, &c->type, *hash);
            continue;
        }
        if (!is_ready(tables, &c->type, d)) {
            return false;
        }
        struct ovsdb_datum mapped;
        if (map) {
            map_refs(map, &c->type, d, &mapped);
        } else {
            ovsdb_datum_clone(&mapped, d);
        }
        *hash = ovsdb_datum_hash(&mapped, &c->type, *hash);
        ovsdb_datum_fini(&mapped, &c->type);
    }
    return true;
}

static bool
is_key_same(const struct diff_side *a, const struct key *k,
            const struct diff_row *ra, const struct diff_row *rb)
{
    for (size_t i = 0; i < k->n; i++) {
        if (!diff_is_same(a, k->pair, k->columns[i], ra, rb)) {
            return false;
        }
    }
    return true;
}

/* Pairs what is alone by one key; how many pairs were made. */
static size_t
match_by_key(const struct diff_side *a, const struct diff_side *b,
             const struct key *k)
{
    const struct diff_pair *p = k->pair;
    struct lonely *lonely = xcalloc(p->b->n + 1, sizeof *lonely);
    struct hmap map;
    size_t n = 0;
    uint32_t hash;
    hmap_init(&map);
    for (size_t i = 0; i < p->b->n; i++) {
        struct diff_row *row = &p->b->rows[i];
        if (!row->partner
            && hash_key(k, p->b_columns, b->tables, NULL, row, &hash)) {
            lonely[i].row = row;
            hmap_insert(&map, &lonely[i].node, hash);
        }
    }
    for (size_t i = 0; i < p->a->n && !hmap_is_empty(&map); i++) {
        struct diff_row *row = &p->a->rows[i];
        if (row->partner
            || !hash_key(k, p->a_columns, a->tables, a, row, &hash)) {
            continue;
        }
        HMAP_FOR_EACH_WITH_HASH (struct lonely, l, node, hash, &map) {
            if (is_key_same(a, k, row, l->row)) {
                make_pair(row, l->row);
                hmap_remove(&map, &l->node);
                n++;
                break;
            }
        }
    }
    hmap_fini(&map);
    free(lonely);
    return n;
}

/* The pair's columns that are in an index of the first side; false if one is
 * missing on the second. */
static bool
key_from_index(struct key *k, const struct ovsdb_column_set *index)
{
    k->n = 0;
    for (size_t i = 0; i < k->pair->n_columns; i++) {
        if (ovsdb_column_set_contains(index, k->pair->a_columns[i])) {
            k->columns[k->n++] = i;
        }
    }
    return k->n == index->n;
}

static size_t
count_lonely(const struct diff_table *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        n += !t->rows[i].partner;
    }
    return n;
}

/* One round over one table; how many pairs were made. */
static size_t
match_table(const struct diff_side *a, const struct diff_side *b,
            const struct diff_pair *p)
{
    const struct ovsdb_table_schema *ts = p->a->ts;
    size_t n = 0;
    if (!count_lonely(p->a) || !count_lonely(p->b)) {
        return 0;
    }
    struct key k = { p, xcalloc(p->n_columns + 1, sizeof *k.columns), 0 };
    for (size_t i = 0; i < ts->n_indexes; i++) {
        if (key_from_index(&k, &ts->indexes[i])) {
            n += match_by_key(a, b, &k);
        }
    }
    for (k.n = 0; k.n < p->n_columns; k.n++) {
        k.columns[k.n] = k.n;
    }
    n += match_by_key(a, b, &k);
    free(k.columns);
    return n;
}

static void
match_uuids(const struct diff_pair *p)
{
    for (size_t i = 0; i < p->a->n; i++) {
        struct diff_row *row = diff_find_row(p->b, &p->a->rows[i].uuid);
        if (row) {
            make_pair(&p->a->rows[i], row);
        }
    }
    if (p->a->n == 1 && p->b->n == 1 && p->a->ts->max_rows == 1) {
        make_pair(&p->a->rows[0], &p->b->rows[0]);
    }
}

void
diff_match(const struct diff_side *a, const struct diff_side *b,
           const struct diff_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        match_uuids(&pairs[i]);
    }
    for (int round = 0; round < DIFF_ROUNDS_MAX; round++) {
        size_t found = 0;
        for (size_t i = 0; i < n; i++) {
            found += match_table(a, b, &pairs[i]);
        }
        if (!found) {
            break;
        }
    }
}
