/* SPDX-License-Identifier: Apache-2.0 */
/* Columns to members of rows' structs, by the shapes of the class.  Strings
 * in members are those of the datums; arrays and smaps are allocated here. */
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/idl_priv.h"

static void *
member(struct idl_row *row, size_t offset)
{
    return (char *)row + offset;
}

/* The row that 'uuid' names, with an arc to it; NULL if it is not there. */
static struct idl_row *
resolve(struct idl_row *row, size_t table, const struct uuid *uuid)
{
    struct idl_row *dst = idl_row_get(&row->table->idl->tables[table], uuid);
    struct idl_arc *arc = xmalloc(sizeof *arc);
    arc->src = row;
    arc->dst = dst;
    list_push_back(&row->arcs_out, &arc->out_node);
    list_push_back(&dst->arcs_in, &arc->in_node);
    return idl_row_is_there(dst) ? dst : NULL;
}

/* Bytes of one element of an array of such atoms. */
static size_t
element_size(enum ovsdb_atom_type type, int ref_table)
{
    switch (type) {
    case OVSDB_INTEGER:
        return sizeof(int64_t);
    case OVSDB_REAL:
        return sizeof(double);
    case OVSDB_BOOLEAN:
        return sizeof(bool);
    case OVSDB_STRING:
        return sizeof(const char *);
    case OVSDB_UUID:
        return ref_table >= 0 ? sizeof(struct idl_row *) : sizeof(struct uuid);
    default:
        NOT_REACHED();
    }
}

/* Writes one atom as C has it to 'out'.  False if it refers to a row that is
 * not there (then a null pointer was written). */
static bool
put_element(struct idl_row *row, void *out, const union ovsdb_atom *atom,
            enum ovsdb_atom_type type, int ref_table)
{
    if (ref_table >= 0) {
        struct idl_row *dst = resolve(row, (size_t)ref_table, &atom->uuid);
        memcpy(out, &dst, sizeof dst);
        return dst != NULL;
    }
    if (type == OVSDB_STRING) {
        const char *s = atom->s->s;
        memcpy(out, &s, sizeof s);
    } else {
        memcpy(out, atom, element_size(type, ref_table));
    }
    return true;
}

static void
set_pointer(struct idl_row *row, size_t offset, void *p)
{
    memcpy(member(row, offset), &p, sizeof p);
}

static void
set_count(struct idl_row *row, size_t offset, size_t n)
{
    memcpy(member(row, offset), &n, sizeof n);
}

/* IDL_ARRAY and IDL_MAP. */
static void
read_arrays(struct idl_row *row, const struct idl_column *c,
            const struct ovsdb_datum *datum)
{
    const struct idl_column_class *class = c->class;
    bool is_map = class->shape == IDL_MAP;
    size_t key_size = element_size(c->type.key.type, class->key_table);
    size_t value_size = is_map ? element_size(c->type.value.type,
                                              class->value_table)
                               : 0;
    char *keys = datum->n ? xcalloc(datum->n, key_size) : NULL;
    char *values = datum->n && is_map ? xcalloc(datum->n, value_size) : NULL;
    size_t n = 0;
    for (size_t i = 0; i < datum->n; i++) {
        bool there = put_element(row, keys + n * key_size, &datum->keys[i],
                                 c->type.key.type, class->key_table);
        if (is_map) {
            there &= put_element(row, values + n * value_size,
                                 &datum->values[i], c->type.value.type,
                                 class->value_table);
        }
        n += there;
    }
    set_pointer(row, class->offset, keys);
    if (is_map) {
        set_pointer(row, class->value_offset, values);
    }
    set_count(row, class->n_offset, n);
}

static void
member_read(struct idl_row *row, size_t column)
{
    const struct idl_column *c = &row->table->columns[column];
    const struct idl_column_class *class = c->class;
    const struct ovsdb_datum *datum = idl_read(row, column);

    switch (class->shape) {
    case IDL_SCALAR:
    case IDL_POINTER:
        if (datum->n) {
            put_element(row, member(row, class->offset), &datum->keys[0],
                        c->type.key.type, class->key_table);
        } else {
            memset(member(row, class->offset), 0,
                   element_size(c->type.key.type, class->key_table));
        }
        break;
    case IDL_SMAP: {
        struct smap *map = member(row, class->offset);
        smap_init(map);
        ovsdb_datum_get_smap(datum, map);
        break;
    }
    case IDL_ARRAY:
    case IDL_MAP:
        read_arrays(row, c, datum);
        break;
    }
}

static void
member_forget(struct idl_row *row, size_t column)
{
    const struct idl_column_class *class = idl_row_column_class(row, column);
    void *p;

    switch (class->shape) {
    case IDL_SCALAR:
    case IDL_POINTER:
        break;
    case IDL_SMAP:
        smap_fini(member(row, class->offset));
        break;
    case IDL_MAP:
        memcpy(&p, member(row, class->value_offset), sizeof p);
        free(p);
        /* Fall through. */
    case IDL_ARRAY:
        memcpy(&p, member(row, class->offset), sizeof p);
        free(p);
        break;
    }
}

void
idl_members_forget(struct idl_row *row)
{
    if (row->is_read) {
        for (size_t i = 0; i < row->table->class->n_columns; i++) {
            member_forget(row, i);
        }
        row->is_read = false;
    }
    while (!list_is_empty(&row->arcs_out)) {
        struct idl_arc *arc = LIST_ENTRY(list_pop_front(&row->arcs_out),
                                         struct idl_arc, out_node);
        struct idl_row *dst = arc->dst;
        list_remove(&arc->in_node);
        free(arc);
        if (dst != row) {
            idl_row_drop_orphan(dst);
        }
    }
}

static void
members_read(struct idl_row *row)
{
    idl_members_forget(row);
    if (!idl_row_is_there(row)) {
        /* Readers that hold the row see zeros, not freed memory. */
        memset((char *)row + sizeof *row, 0,
               row->table->class->row_size - sizeof *row);
        return;
    }
    for (size_t i = 0; i < row->table->class->n_columns; i++) {
        member_read(row, i);
    }
    row->is_read = true;
}

void
idl_members_reread(struct idl *idl)
{
    while (!list_is_empty(&idl->dirty)) {
        struct idl_row *row = LIST_ENTRY(list_pop_front(&idl->dirty),
                                         struct idl_row, dirty_node);
        if (!row->is_dead) { /* The dead keep their members as they were. */
            members_read(row);
            idl_row_drop_orphan(row);
        }
    }
}

void
idl_member_reread(struct idl_row *row, size_t column)
{
    const struct idl_column_class *class = idl_row_column_class(row, column);
    if (!row->is_read || class->key_table >= 0 || class->value_table >= 0) {
        members_read(row);
    } else {
        member_forget(row, column);
        member_read(row, column);
    }
}
