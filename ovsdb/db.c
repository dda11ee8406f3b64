/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/db.h"

#include "lib/base/assert.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "ovsdb/snapshot.h"

static bool
type_has_ref(const struct ovsdb_type *t)
{
    return ovsdb_base_is_ref(&t->key) || ovsdb_base_is_ref(&t->value);
}

static void
db_table_init(struct db_table *t, struct db *db,
              const struct ovsdb_table_schema *schema)
{
    t->db = db;
    t->schema = schema;
    hmap_init(&t->rows);
    t->indexes = xcalloc(schema->n_indexes + 1, sizeof *t->indexes);
    for (size_t i = 0; i < schema->n_indexes; i++) {
        hmap_init(&t->indexes[i]);
    }
    t->ref_columns = xcalloc(schema->n_columns, sizeof *t->ref_columns);
    for (size_t i = 0; i < schema->n_columns; i++) {
        if (type_has_ref(&schema->columns[i]->type)) {
            t->ref_columns[t->n_ref_columns++] = schema->columns[i];
        }
    }
}

static void
db_table_fini(struct db_table *t)
{
    HMAP_FOR_EACH_SAFE (struct db_row, row, node, &t->rows) {
        db_row_destroy(row);
    }
    hmap_fini(&t->rows);
    for (size_t i = 0; i < t->schema->n_indexes; i++) {
        hmap_fini(&t->indexes[i]);
    }
    free(t->indexes);
    free(t->ref_columns);
}

struct db *
db_create(struct ovsdb_schema *schema)
{
    struct db *db = xzalloc(sizeof *db);
    db->schema = schema;
    db->tables = xcalloc(schema->n_tables + 1, sizeof *db->tables);
    for (size_t i = 0; i < schema->n_tables; i++) {
        db_table_init(&db->tables[i], db, schema->tables[i]);
    }
    hmap_init(&db->weak_refs);
    list_init(&db->observers);
    uuid_generate(&db->version_base);
    return db;
}

void
db_destroy(struct db **dbp)
{
    struct db *db = *dbp;
    *dbp = NULL;
    if (!db) {
        return;
    }
    ASSERT(!db->txn);
    snapshot_abandon(db);
    HMAP_FOR_EACH_SAFE (struct weak_ref, ref, node, &db->weak_refs) {
        free(ref);
    }
    hmap_fini(&db->weak_refs);
    for (size_t i = 0; i < db->schema->n_tables; i++) {
        db_table_fini(&db->tables[i]);
    }
    free(db->tables);
    ovsdb_schema_destroy(&db->schema);
    db_view_fini(&db->scratch);
    free(db);
}

const char *
db_name(const struct db *db)
{
    return db->schema->name;
}

void
db_swap_content(struct db *a, struct db *b)
{
    ASSERT(!a->txn && !b->txn);
    snapshot_abandon(a);
    snapshot_abandon(b);
    struct ovsdb_schema *schema = a->schema;
    struct db_table *tables = a->tables;
    struct hmap weak = a->weak_refs;
    a->schema = b->schema;
    a->tables = b->tables;
    a->weak_refs = b->weak_refs;
    b->schema = schema;
    b->tables = tables;
    b->weak_refs = weak;
    for (size_t i = 0; i < a->schema->n_tables; i++) {
        a->tables[i].db = a;
    }
    for (size_t i = 0; i < b->schema->n_tables; i++) {
        b->tables[i].db = b;
    }
}

size_t
db_count_rows(const struct db *db)
{
    size_t n = 0;
    for (size_t i = 0; i < db->schema->n_tables; i++) {
        n += hmap_count(&db->tables[i].rows);
    }
    return n;
}

uint64_t
db_count_cells(const struct db *db)
{
    struct db_view view = DB_VIEW_INIT;
    uint64_t n = 0;
    for (size_t i = 0; i < db->schema->n_tables; i++) {
        const struct db_table *t = &db->tables[i];
        HMAP_FOR_EACH (struct db_row, row, node, &t->rows) {
            const struct ovsdb_datum *d = db_row_read(row, &view);
            for (size_t c = 0; c < t->schema->n_columns; c++) {
                n += d[c].n * (d[c].values ? 2 : 1);
            }
        }
    }
    db_view_fini(&view);
    return n;
}

void
db_observe(struct db *db, struct db_observer *o)
{
    list_push_back(&db->observers, &o->node);
}

void
db_unobserve(struct db_observer *o)
{
    list_remove(&o->node);
}

struct db_table *
db_get_table(struct db *db, const char *name)
{
    const struct ovsdb_table_schema *ts = ovsdb_schema_table(db->schema, name);
    return ts ? &db->tables[ts->idx] : NULL;
}

struct db_table *
db_table_of_base(struct db *db, const struct ovsdb_base *base)
{
    ASSERT(base->u.uuid.ref);
    return &db->tables[base->u.uuid.ref->idx];
}

struct db_row *
db_table_find(const struct db_table *t, const struct uuid *uuid)
{
    HMAP_FOR_EACH_WITH_HASH (struct db_row, row, node, uuid_hash(uuid),
                             &t->rows) {
        if (uuid_eq(db_row_uuid(row), uuid)) {
            return row;
        }
    }
    return NULL;
}

/* A UUID of version 4 as far as its form goes: random bits of the database
 * and the serial number of the change. */
static struct uuid
row_version(const struct db_row *row)
{
    struct uuid v = row->table->db->version_base;
    v.part[2] = 0x80000000 | ((uint32_t)(row->serial >> 32) & 0x3fffffff);
    v.part[3] = (uint32_t)row->serial;
    return v;
}

static void
row_init_std_columns(struct db_row *row)
{
    struct uuid version = row_version(row);
    ovsdb_datum_init_uuid(&row->u.datums[OVSDB_COL_UUID], &row->uuid);
    ovsdb_datum_init_uuid(&row->u.datums[OVSDB_COL_VERSION], &version);
}

struct db_row *
db_row_create(struct db_table *t, const struct uuid *uuid)
{
    size_t n = t->schema->n_columns;
    struct db_row *row = xzalloc(sizeof *row + t->schema->n_indexes
                                                   * sizeof(struct hmap_node));
    row->uuid = *uuid;
    row->table = t;
    row->serial = ++t->db->last_serial;
    row->is_open = true;
    row->snap_seq = t->db->snap_seq & 0x7fffffff;
    row->u.datums = xcalloc(n, sizeof *row->u.datums);
    for (size_t i = OVSDB_N_STD_COLS; i < n; i++) {
        ovsdb_datum_init_default(&row->u.datums[i],
                                 &t->schema->columns[i]->type);
    }
    row_init_std_columns(row);
    return row;
}

/* Frees the datums of an open row. */
static void
row_free_datums(struct db_row *row)
{
    const struct ovsdb_table_schema *ts = row->table->schema;
    for (size_t i = 0; i < ts->n_columns; i++) {
        ovsdb_datum_fini(&row->u.datums[i], &ts->columns[i]->type);
    }
    free(row->u.datums);
}

void
db_row_destroy(struct db_row *row)
{
    if (row->is_open) {
        row_free_datums(row);
    } else {
        ovsdb_pack_unref(row->u.pack);
    }
    free(row);
}

struct ovsdb_datum *
db_row_open(struct db_row *row)
{
    if (!row->is_open) {
        const struct ovsdb_table_schema *ts = row->table->schema;
        struct ovsdb_pack *pack = row->u.pack;
        row->u.datums = xcalloc(ts->n_columns, sizeof *row->u.datums);
        ovsdb_pack_open(pack, ts, row->u.datums);
        ovsdb_pack_unref(pack);
        row->is_open = true;
        row_init_std_columns(row);
    }
    return row->u.datums;
}

void
db_row_reset(struct db_row *row, struct ovsdb_pack *pack)
{
    ASSERT(row->is_open);
    row_free_datums(row);
    row->u.pack = pack;
    row->is_open = false;
}

void
db_row_close(struct db_row *row)
{
    if (row->is_open) {
        db_row_reset(row, ovsdb_pack_create(row->table->schema,
                                            row->u.datums));
    }
}

void
db_row_bump(struct db_row *row)
{
    ASSERT(row->is_open);
    row->serial = ++row->table->db->last_serial;
    ovsdb_datum_fini(&row->u.datums[OVSDB_COL_VERSION],
                     &row->table->schema->columns[OVSDB_COL_VERSION]->type);
    struct uuid version = row_version(row);
    ovsdb_datum_init_uuid(&row->u.datums[OVSDB_COL_VERSION], &version);
}

const struct ovsdb_datum *
db_row_read(const struct db_row *row, struct db_view *view)
{
    if (row->is_open) {
        return row->u.datums;
    }
    struct uuid version = row_version(row);
    return ovsdb_view_read(&view->v, row->table->schema, row->u.pack,
                           &row->uuid, &version);
}

const struct ovsdb_datum *
db_row_read_columns(const struct db_row *row, struct db_view *view,
                    const struct ovsdb_column *const columns[], size_t n)
{
    if (row->is_open) {
        return row->u.datums;
    }
    struct uuid version = row_version(row);
    return ovsdb_view_read_columns(&view->v, row->table->schema, row->u.pack,
                                   &row->uuid, &version, columns, n);
}

void
db_view_fini(struct db_view *view)
{
    ovsdb_view_fini(&view->v);
}

void
db_row_link(struct db_row *row)
{
    hmap_insert(&row->table->rows, &row->node, uuid_hash(db_row_uuid(row)));
    db_row_index(row);
}

void
db_row_unlink(struct db_row *row)
{
    db_row_unindex(row);
    hmap_remove(&row->table->rows, &row->node);
}

/* Indexes. */

/* The row that has 'node' as number 'i' of its index_nodes. */
static struct db_row *
index_row(struct hmap_node *node, size_t i)
{
    return CONTAINER_OF(node - i, struct db_row, index_nodes[0]);
}

static uint32_t
index_hash(const struct db_row *row, const struct ovsdb_column_set *cs)
{
    const struct ovsdb_datum *d = db_row_read_columns(
        row, &row->table->db->scratch, cs->columns, cs->n);
    uint32_t h = hash_seed();
    for (size_t i = 0; i < cs->n; i++) {
        const struct ovsdb_column *c = cs->columns[i];
        h = ovsdb_datum_hash(&d[c->idx], &c->type, h);
    }
    return h;
}

void
db_row_index(struct db_row *row)
{
    struct db_table *t = row->table;
    for (size_t i = 0; i < t->schema->n_indexes; i++) {
        hmap_insert(&t->indexes[i], &row->index_nodes[i],
                    index_hash(row, &t->schema->indexes[i]));
    }
}

void
db_row_unindex(struct db_row *row)
{
    struct db_table *t = row->table;
    for (size_t i = 0; i < t->schema->n_indexes; i++) {
        hmap_remove(&t->indexes[i], &row->index_nodes[i]);
    }
}

static bool
index_matches(const struct db_row *row, const struct ovsdb_column_set *cs,
              const struct ovsdb_datum *const key[])
{
    const struct ovsdb_datum *d = db_row_read_columns(
        row, &row->table->db->scratch, cs->columns, cs->n);
    for (size_t i = 0; i < cs->n; i++) {
        const struct ovsdb_column *c = cs->columns[i];
        if (!ovsdb_datum_eq(&d[c->idx], key[i], &c->type)) {
            return false;
        }
    }
    return true;
}

/* The first match at 'node' or behind it in its bucket. */
static struct db_row *
index_scan(struct hmap_node *node, const struct db_table *t, size_t i,
           const struct ovsdb_datum *const key[])
{
    for (; node; node = hmap_next_with_hash(node)) {
        struct db_row *row = index_row(node, i);
        if (index_matches(row, &t->schema->indexes[i], key)) {
            return row;
        }
    }
    return NULL;
}

struct db_row *
db_index_first(const struct db_table *t, size_t i,
               const struct ovsdb_datum *const key[])
{
    const struct ovsdb_column_set *cs = &t->schema->indexes[i];
    uint32_t h = hash_seed();
    for (size_t j = 0; j < cs->n; j++) {
        h = ovsdb_datum_hash(key[j], &cs->columns[j]->type, h);
    }
    return index_scan(hmap_first_with_hash(&t->indexes[i], h), t, i, key);
}

struct db_row *
db_index_next(const struct db_row *row, size_t i,
              const struct ovsdb_datum *const key[])
{
    return index_scan(hmap_next_with_hash(&row->index_nodes[i]), row->table,
                      i, key);
}

struct db_row *
db_row_find_twin(const struct db_row *row, size_t i)
{
    const struct db_table *t = row->table;
    const struct ovsdb_column_set *cs = &t->schema->indexes[i];
    struct db_view view = DB_VIEW_INIT;
    const struct ovsdb_datum *d
        = db_row_read_columns(row, &view, cs->columns, cs->n);
    const struct ovsdb_datum **key = xcalloc(cs->n, sizeof *key);
    for (size_t j = 0; j < cs->n; j++) {
        key[j] = &d[cs->columns[j]->idx];
    }
    struct db_row *twin = db_index_first(t, i, key);
    while (twin == row) {
        twin = db_index_next(twin, i, key);
    }
    free(key);
    db_view_fini(&view);
    return twin;
}

/* References. */

static void
ref_one(const struct ovsdb_base *base, const union ovsdb_atom *atom, int sign,
        db_ref_fn *fn, void *aux)
{
    if (ovsdb_base_is_ref(base)) {
        fn(aux, base, &atom->uuid, sign);
    }
}

void
db_diff_refs(const struct ovsdb_datum *old, const struct ovsdb_datum *new,
             const struct ovsdb_type *type, db_ref_fn *fn, void *aux)
{
    if (old->n == new->n && old->keys == new->keys) {
        return; /* Shared: nothing changed. */
    }
    bool is_map = ovsdb_type_is_map(type);
    uint32_t i = 0, j = 0;
    while (i < old->n || j < new->n) {
        int cmp = i >= old->n   ? 1
                  : j >= new->n ? -1
                                : ovsdb_atom_cmp(&old->keys[i], &new->keys[j],
                                                 type->key.type);
        if (cmp <= 0) {
            if (cmp < 0) {
                ref_one(&type->key, &old->keys[i], -1, fn, aux);
            }
            if (is_map) {
                ref_one(&type->value, &old->values[i], -1, fn, aux);
            }
            i++;
        }
        if (cmp >= 0) {
            if (cmp > 0) {
                ref_one(&type->key, &new->keys[j], +1, fn, aux);
            }
            if (is_map) {
                ref_one(&type->value, &new->values[j], +1, fn, aux);
            }
            j++;
        }
    }
}

static uint32_t
weak_hash(const struct db_row *src, const struct ovsdb_column *column,
          const struct uuid *dst)
{
    return hash_ptr(src, hash_u64(column->idx, uuid_hash(dst)));
}

/* A map may mention one row several times: each has a record of its own. */
void
db_weak_add(struct db *db, struct db_row *src,
            const struct ovsdb_column *column, struct db_row *dst)
{
    struct weak_ref *ref = xzalloc(sizeof *ref);
    ref->src = src;
    ref->dst = dst;
    ref->column = column;
    ref->next_in = dst->weak_in;
    ref->prev_in = &dst->weak_in;
    if (ref->next_in) {
        ref->next_in->prev_in = &ref->next_in;
    }
    dst->weak_in = ref;
    hmap_insert(&db->weak_refs, &ref->node,
                weak_hash(src, column, db_row_uuid(dst)));
}

void
db_weak_remove(struct db *db, struct db_row *src,
               const struct ovsdb_column *column, const struct uuid *dst)
{
    HMAP_FOR_EACH_WITH_HASH (struct weak_ref, ref, node,
                             weak_hash(src, column, dst), &db->weak_refs) {
        if (ref->src == src && ref->column == column
            && uuid_eq(db_row_uuid(ref->dst), dst)) {
            hmap_remove(&db->weak_refs, &ref->node);
            *ref->prev_in = ref->next_in;
            if (ref->next_in) {
                ref->next_in->prev_in = ref->prev_in;
            }
            free(ref);
            return;
        }
    }
}
