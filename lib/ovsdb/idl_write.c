/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of rows in the open transaction. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/idl_txn_priv.h"

static struct idl_row *
mutable_row(const struct idl_row *row)
{
    return (struct idl_row *)(uintptr_t)row;
}

/* The row's part in the open transaction; made at the first touch. */
static struct idl_row_txn *
touch(const struct idl_row *const_row)
{
    struct idl_row *row = mutable_row(const_row);
    struct idl_txn *txn = row->table->idl->txn;
    ASSERT(txn && txn->status == IDL_TXN_OPEN);
    if (!row->txn) {
        size_t n = row->table->class->n_columns;
        struct idl_row_txn *rt = xzalloc(sizeof *rt);
        rt->row = row;
        rt->flags = xcalloc(n, sizeof *rt->flags);
        rt->new = xcalloc(n, sizeof *rt->new);
        list_push_back(&txn->rows, &rt->node);
        row->txn = rt;
    }
    return row->txn;
}

struct idl_row *
idl_txn_insert(struct idl_txn *txn, size_t table, const struct uuid *uuid,
               bool keep)
{
    struct uuid fresh;
    ASSERT(txn->status == IDL_TXN_OPEN);
    if (!uuid) {
        uuid_generate(&fresh);
    }
    struct idl_row *row = idl_row_get(&txn->idl->tables[table],
                                      uuid ? uuid : &fresh);
    ASSERT(!row->txn);
    struct idl_row_txn *rt = touch(row);
    rt->inserted = true;
    rt->chosen_uuid = uuid && keep;
    struct idl_insert *in = xzalloc(sizeof *in);
    in->ours = row->uuid;
    hmap_insert(&txn->inserts, &in->node, uuid_hash(&row->uuid));
    for (size_t i = 0; i < row->table->class->n_columns; i++) {
        const struct idl_column *c = &row->table->columns[i];
        /* A reference that must be there has no default worth adding to. */
        if (!ovsdb_base_is_ref(&c->type.key)) {
            ovsdb_datum_clone(&rt->new[i], &c->dflt);
        }
        rt->flags[i] = IDL_F_WRITTEN;
    }
    idl_row_set_referrers_dirty(row);
    idl_member_reread(row, 0);
    return row;
}

void
idl_txn_delete(const struct idl_row *row)
{
    struct idl_row_txn *rt = touch(row);
    rt->deleted = true;
    if (rt->inserted) {
        struct idl_txn *txn = row->table->idl->txn;
        HMAP_FOR_EACH_WITH_HASH (struct idl_insert, in, node,
                                 uuid_hash(&row->uuid), &txn->inserts) {
            if (uuid_eq(&in->ours, &row->uuid)) {
                hmap_remove(&txn->inserts, &in->node);
                free(in);
                break;
            }
        }
    }
    idl_row_set_referrers_dirty(mutable_row(row));
}

/* Forgets the mutations of a column. */
static void
drop_mutation(struct idl_row_txn *rt, size_t column)
{
    if (rt->flags[column] & IDL_F_MUTATED) {
        const struct ovsdb_type *type = &rt->row->table->columns[column].type;
        struct ovsdb_type keys = *type;
        ovsdb_base_init(&keys.value, OVSDB_VOID);
        ovsdb_datum_fini(&rt->mut[column].add, type);
        ovsdb_datum_fini(&rt->mut[column].remove, &keys);
        rt->flags[column] &= (uint8_t)~IDL_F_MUTATED;
    }
}

void
idl_txn_write(const struct idl_row *row, size_t column,
              struct ovsdb_datum *take)
{
    const struct idl_column *c = &row->table->columns[column];
    const struct ovsdb_type *type = &c->type;

    if (row->txn && row->txn->deleted) {
        ovsdb_datum_fini(take, type);
        return;
    }
    /* The replica knows the value: a write of the same need not be sent. */
    bool known = row->old && c->mode != IDL_OMIT && c->on_server;
    if (known && !row->txn && ovsdb_datum_eq(&row->old[column], take, type)) {
        ovsdb_datum_fini(take, type);
        return;
    }
    struct idl_row_txn *rt = touch(row);
    drop_mutation(rt, column);
    ovsdb_datum_fini(&rt->new[column], type);
    if (known && ovsdb_datum_eq(&row->old[column], take, type)) {
        ovsdb_datum_fini(take, type);
        rt->flags[column] &= (uint8_t)~IDL_F_WRITTEN;
    } else {
        ovsdb_datum_swap(&rt->new[column], take);
        rt->flags[column] |= IDL_F_WRITTEN;
    }
    idl_member_reread(mutable_row(row), column);
}

void
idl_txn_verify(const struct idl_row *row, size_t column)
{
    const struct idl_column *c = &row->table->columns[column];
    if (!row->old || c->mode == IDL_OMIT || !c->on_server) {
        return;
    }
    struct idl_row_txn *rt = touch(row);
    if (rt->flags[column] & IDL_F_VERIFY) {
        return;
    }
    if (!rt->seen) {
        rt->seen = xcalloc(row->table->class->n_columns, sizeof *rt->seen);
    }
    ovsdb_datum_clone(&rt->seen[column], &row->old[column]);
    rt->flags[column] |= IDL_F_VERIFY;
}

/* Makes 'new' a view of the column that mutations may change. */
static struct idl_row_txn *
touch_mutation(const struct idl_row *row, size_t column)
{
    struct idl_row_txn *rt = touch(row);
    if (!(rt->flags[column] & (IDL_F_WRITTEN | IDL_F_MUTATED))) {
        rt->flags[column] |= IDL_F_MUTATED;
        ovsdb_datum_clone(&rt->new[column], &row->old[column]);
        if (!rt->mut) {
            rt->mut = xcalloc(row->table->class->n_columns, sizeof *rt->mut);
        }
    }
    idl_row_set_dirty(mutable_row(row));
    return rt;
}

static void
remove_key(struct ovsdb_datum *d, const struct ovsdb_type *type,
           const union ovsdb_atom *key)
{
    ssize_t i = ovsdb_datum_find_key(d, key, type->key.type);
    if (i >= 0) {
        ovsdb_datum_remove_at(d, type, (size_t)i);
    }
}

static void
add_key(struct ovsdb_datum *d, const struct ovsdb_type *type,
        const union ovsdb_atom *key)
{
    union ovsdb_atom copy;
    ovsdb_atom_clone(&copy, key, type->key.type);
    ovsdb_datum_insert(d, type, &copy, NULL);
}

void
idl_txn_add(const struct idl_row *row, size_t column, struct ovsdb_datum *take)
{
    const struct ovsdb_type *type = &row->table->columns[column].type;
    struct ovsdb_type keys = *type;
    ovsdb_base_init(&keys.value, OVSDB_VOID);
    struct idl_row_txn *rt = touch_mutation(row, column);

    ovsdb_datum_union(&rt->new[column], take, type, true);
    if (rt->flags[column] & IDL_F_MUTATED) {
        struct idl_mutation *m = &rt->mut[column];
        for (size_t i = 0; i < take->n; i++) {
            if (ovsdb_type_is_map(type)) {
                add_key(&m->remove, &keys, &take->keys[i]);
            } else {
                remove_key(&m->remove, &keys, &take->keys[i]);
            }
        }
        ovsdb_datum_union(&m->add, take, type, true);
    }
    ovsdb_datum_fini(take, type);
}

void
idl_txn_remove(const struct idl_row *row, size_t column,
               struct ovsdb_datum *take)
{
    const struct ovsdb_type *type = &row->table->columns[column].type;
    struct ovsdb_type keys = *type;
    ovsdb_base_init(&keys.value, OVSDB_VOID);
    struct idl_row_txn *rt = touch_mutation(row, column);

    ovsdb_datum_subtract(&rt->new[column], type, take, &keys);
    if (rt->flags[column] & IDL_F_MUTATED) {
        struct idl_mutation *m = &rt->mut[column];
        ovsdb_datum_subtract(&m->add, type, take, &keys);
        ovsdb_datum_union(&m->remove, take, &keys, true);
    }
    ovsdb_datum_fini(take, &keys);
}

void
idl_set_integer(const struct idl_row *row, size_t column, int64_t x)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_integer(&d, x);
    idl_txn_write(row, column, &d);
}

void
idl_set_real(const struct idl_row *row, size_t column, double x)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_key(&d, &(union ovsdb_atom){ .real = x });
    idl_txn_write(row, column, &d);
}

void
idl_set_boolean(const struct idl_row *row, size_t column, bool x)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_boolean(&d, x);
    idl_txn_write(row, column, &d);
}

void
idl_set_string(const struct idl_row *row, size_t column, const char *s)
{
    struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
    if (s) {
        ovsdb_datum_init_string(&d, s);
    }
    idl_txn_write(row, column, &d);
}

void
idl_set_row(const struct idl_row *row, size_t column,
            const struct idl_row *target)
{
    struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
    if (target) {
        ovsdb_datum_init_uuid(&d, &target->uuid);
    }
    idl_txn_write(row, column, &d);
}

static const struct ovsdb_type *
type_of(const struct idl_row *row, size_t column)
{
    return &row->table->columns[column].type;
}

/* One element of a C array as an atom. */
static void
atom_from_c(union ovsdb_atom *atom, const void *p, enum ovsdb_atom_type type,
            bool is_ref)
{
    memset(atom, 0, sizeof *atom);
    if (is_ref) {
        const struct idl_row *row;
        memcpy(&row, p, sizeof row);
        atom->uuid = row->uuid;
    } else if (type == OVSDB_STRING) {
        const char *s;
        memcpy(&s, p, sizeof s);
        ovsdb_atom_init_string(atom, s);
    } else if (type == OVSDB_BOOLEAN) {
        memcpy(&atom->boolean, p, sizeof atom->boolean);
    } else if (type == OVSDB_UUID) {
        memcpy(&atom->uuid, p, sizeof atom->uuid);
    } else {
        memcpy(atom, p, sizeof(int64_t)); /* Integer or real. */
    }
}

static size_t
c_size(enum ovsdb_atom_type type, bool is_ref)
{
    return is_ref                  ? sizeof(struct idl_row *)
           : type == OVSDB_BOOLEAN ? sizeof(bool)
           : type == OVSDB_UUID    ? sizeof(struct uuid)
                                   : 8;
}

static void
set_arrays(const struct idl_row *row, size_t column, const void *keys,
           const void *values, size_t n)
{
    const struct ovsdb_type *type = type_of(row, column);
    const struct idl_column_class *class = idl_row_column_class(row, column);
    bool key_ref = class->key_table >= 0;
    bool value_ref = class->value_table >= 0;
    size_t key_size = c_size(type->key.type, key_ref);
    size_t value_size = c_size(type->value.type, value_ref);
    struct ovsdb_datum d = OVSDB_DATUM_EMPTY;

    ovsdb_datum_reserve(&d, type, n);
    for (size_t i = 0; i < n; i++) {
        union ovsdb_atom key, value;
        atom_from_c(&key, (const char *)keys + i * key_size, type->key.type,
                    key_ref);
        if (values) {
            atom_from_c(&value, (const char *)values + i * value_size,
                        type->value.type, value_ref);
        }
        ovsdb_datum_push(&d, type, &key, values ? &value : NULL);
    }
    ovsdb_datum_sort_unique(&d, type);
    idl_txn_write(row, column, &d);
}

void
idl_set_integers(const struct idl_row *row, size_t column, const int64_t *x,
                 size_t n)
{
    set_arrays(row, column, x, NULL, n);
}

void
idl_set_reals(const struct idl_row *row, size_t column, const double *x,
              size_t n)
{
    set_arrays(row, column, x, NULL, n);
}

void
idl_set_booleans(const struct idl_row *row, size_t column, const bool *x,
                 size_t n)
{
    set_arrays(row, column, x, NULL, n);
}

void
idl_set_strings(const struct idl_row *row, size_t column,
                const char *const *strings, size_t n)
{
    set_arrays(row, column, strings, NULL, n);
}

void
idl_set_rows(const struct idl_row *row, size_t column, const void *rows,
             size_t n)
{
    set_arrays(row, column, rows, NULL, n);
}

void
idl_set_map(const struct idl_row *row, size_t column, const void *keys,
            const void *values, size_t n)
{
    if (n) {
        set_arrays(row, column, keys, values, n);
    } else {
        struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
        idl_txn_write(row, column, &d);
    }
}

void
idl_set_smap(const struct idl_row *row, size_t column, const struct smap *map)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_smap(&d, map);
    idl_txn_write(row, column, &d);
}

void
idl_add_row(const struct idl_row *row, size_t column,
            const struct idl_row *target)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_uuid(&d, &target->uuid);
    idl_txn_add(row, column, &d);
}

void
idl_remove_row(const struct idl_row *row, size_t column,
               const struct idl_row *target)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_uuid(&d, &target->uuid);
    idl_txn_remove(row, column, &d);
}

void
idl_add_string(const struct idl_row *row, size_t column, const char *s)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_string(&d, s);
    idl_txn_add(row, column, &d);
}

void
idl_remove_string(const struct idl_row *row, size_t column, const char *s)
{
    struct ovsdb_datum d;
    ovsdb_datum_init_string(&d, s);
    idl_txn_remove(row, column, &d);
}

void
idl_set_key(const struct idl_row *row, size_t column, const char *key,
            const char *value)
{
    if (!value) {
        idl_remove_string(row, column, key);
        return;
    }
    struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
    union ovsdb_atom k, v;
    ovsdb_atom_init_string(&k, key);
    ovsdb_atom_init_string(&v, value);
    ovsdb_datum_push(&d, type_of(row, column), &k, &v);
    idl_txn_add(row, column, &d);
}
