/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a block:
 *
 *     one bit for each column after _uuid and _version, set if it is there;
 *     for each that is there: length (varint), then
 *         of a scalar: its atom;
 *         else: number of elements (varint), all keys, all values.
 *
 * Atoms: integers as zigzag varints, reals as 8 bytes, booleans as one,
 * strings as length (varint) and bytes, UUIDs as 16 bytes. */
#include "lib/ovsdb/pack.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/datum_priv.h"

static uint8_t *
put_varint(uint8_t *p, uint64_t x)
{
    while (x >= 0x80) {
        *p++ = (uint8_t)(x | 0x80);
        x >>= 7;
    }
    *p++ = (uint8_t)x;
    return p;
}

static size_t
varint_len(uint64_t x)
{
    return (size_t)(70 - __builtin_clzll(x | 1)) / 7;
}

static uint64_t
varint_get(const uint8_t **p)
{
    uint64_t x = 0;
    for (unsigned int shift = 0;; shift += 7) {
        uint8_t byte = *(*p)++;
        x |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return x;
        }
    }
}

static size_t
map_len(const struct ovsdb_table_schema *ts)
{
    return (ts->n_columns - OVSDB_N_STD_COLS + 7) / 8;
}

static bool
map_has(const struct ovsdb_pack *p, size_t idx)
{
    size_t bit = idx - OVSDB_N_STD_COLS;
    return p->bytes[bit / 8] >> bit % 8 & 1;
}

/* Packing. */

static uint64_t
zigzag(int64_t x)
{
    return (uint64_t)x << 1 ^ (uint64_t)(x >> 63);
}

static size_t
atom_len(const union ovsdb_atom *a, enum ovsdb_atom_type type)
{
    switch (type) {
    case OVSDB_INTEGER:
        return varint_len(zigzag(a->integer));
    case OVSDB_REAL:
        return sizeof a->real;
    case OVSDB_BOOLEAN:
        return 1;
    case OVSDB_STRING:
        return varint_len(a->s->len) + a->s->len;
    case OVSDB_UUID:
        return sizeof a->uuid;
    case OVSDB_VOID:
    case OVSDB_N_ATOM_TYPES:
    default:
        NOT_REACHED();
    }
}

static uint8_t *
put_bytes(uint8_t *p, const void *bytes, size_t n)
{
    memcpy(p, bytes, n);
    return p + n;
}

static uint8_t *
put_atom(uint8_t *p, const union ovsdb_atom *a, enum ovsdb_atom_type type)
{
    switch (type) {
    case OVSDB_INTEGER:
        return put_varint(p, zigzag(a->integer));
    case OVSDB_REAL: {
        double real = a->real == 0 ? 0 : a->real; /* One zero. */
        return put_bytes(p, &real, sizeof real);
    }
    case OVSDB_BOOLEAN:
        *p++ = a->boolean;
        return p;
    case OVSDB_STRING:
        return put_bytes(put_varint(p, a->s->len), a->s->s, a->s->len);
    case OVSDB_UUID:
        return put_bytes(p, &a->uuid, sizeof a->uuid);
    case OVSDB_VOID:
    case OVSDB_N_ATOM_TYPES:
    default:
        NOT_REACHED();
    }
}

static size_t
datum_len(const struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    bool is_map = ovsdb_type_is_map(type);
    size_t len = ovsdb_type_is_scalar(type) ? 0 : varint_len(d->n);
    for (uint32_t i = 0; i < d->n; i++) {
        len += atom_len(&d->keys[i], type->key.type);
        if (is_map) {
            len += atom_len(&d->values[i], type->value.type);
        }
    }
    return len;
}

static uint8_t *
put_datum(uint8_t *p, const struct ovsdb_datum *d,
          const struct ovsdb_type *type)
{
    if (!ovsdb_type_is_scalar(type)) {
        p = put_varint(p, d->n);
    }
    for (uint32_t i = 0; i < d->n; i++) {
        p = put_atom(p, &d->keys[i], type->key.type);
    }
    if (ovsdb_type_is_map(type)) {
        for (uint32_t i = 0; i < d->n; i++) {
            p = put_atom(p, &d->values[i], type->value.type);
        }
    }
    return p;
}

struct ovsdb_pack *
ovsdb_pack_create(const struct ovsdb_table_schema *ts,
                  const struct ovsdb_datum row[])
{
    size_t len = map_len(ts);
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_type *type = &ts->columns[i]->type;
        /* A row at rest has what its types demand. */
        ASSERT(row[i].n || !type->n_min);
        if (!ovsdb_datum_is_default(&row[i], type)) {
            size_t n = datum_len(&row[i], type);
            len += varint_len(n) + n;
        }
    }
    ASSERT(len <= UINT32_MAX);
    struct ovsdb_pack *pack = xmalloc(sizeof *pack + len);
    pack->n_refs = 1;
    pack->len = (uint32_t)len;
    memset(pack->bytes, 0, map_len(ts));
    uint8_t *p = pack->bytes + map_len(ts);
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_type *type = &ts->columns[i]->type;
        if (!ovsdb_datum_is_default(&row[i], type)) {
            size_t bit = i - OVSDB_N_STD_COLS;
            pack->bytes[bit / 8] |= (uint8_t)(1u << bit % 8);
            p = put_varint(p, datum_len(&row[i], type));
            p = put_datum(p, &row[i], type);
        }
    }
    ASSERT(p == pack->bytes + len);
    return pack;
}

void
ovsdb_pack_unref(struct ovsdb_pack *p)
{
    if (p && !--p->n_refs) {
        free(p);
    }
}

const uint8_t *
ovsdb_pack_column(const struct ovsdb_pack *p,
                  const struct ovsdb_table_schema *ts, size_t idx, size_t *len)
{
    *len = 0;
    if (!map_has(p, idx)) {
        return NULL;
    }
    const uint8_t *at = p->bytes + map_len(ts);
    for (size_t i = OVSDB_N_STD_COLS; i < idx; i++) {
        if (map_has(p, i)) {
            size_t n = varint_get(&at);
            at += n;
        }
    }
    *len = varint_get(&at);
    return at;
}

/* Scratch memory. */

struct ovsdb_arena_chunk {
    struct ovsdb_arena_chunk *next;
    size_t size; /* Of 'data'. */
    _Alignas(16) uint8_t data[];
};

#define ARENA_CHUNK 4000

static void *
arena_alloc(struct ovsdb_arena *a, size_t size)
{
    size = ROUND_UP(size, 8);
    if (!a->chunks || a->chunks->size - a->used < size) {
        size_t n = MAX(size, (size_t)ARENA_CHUNK);
        struct ovsdb_arena_chunk *c = xmalloc(sizeof *c + n);
        c->next = a->chunks;
        c->size = n;
        a->chunks = c;
        a->used = 0;
    }
    void *p = a->chunks->data + a->used;
    a->used += size;
    return p;
}

/* Keeps one chunk of the usual size for the next time. */
static void
arena_reset(struct ovsdb_arena *a)
{
    while (a->chunks && (a->chunks->next || a->chunks->size > ARENA_CHUNK)) {
        struct ovsdb_arena_chunk *c = a->chunks;
        a->chunks = c->next;
        free(c);
    }
    a->used = 0;
}

/* Unpacking: to the heap if 'arena' is NULL. */

static void *
unpack_alloc(struct ovsdb_arena *arena, size_t size)
{
    return arena ? arena_alloc(arena, size) : xmalloc(size);
}

static void
get_string(const uint8_t **p, union ovsdb_atom *a, struct ovsdb_arena *arena)
{
    size_t len = varint_get(p);
    a->s = unpack_alloc(arena, sizeof *a->s + len + 1);
    a->s->n_refs = 1;
    a->s->len = (uint32_t)len;
    memcpy(a->s->s, *p, len);
    a->s->s[len] = '\0';
    *p += len;
}

static void
get_atom(const uint8_t **p, union ovsdb_atom *a, enum ovsdb_atom_type type,
         struct ovsdb_arena *arena)
{
    switch (type) {
    case OVSDB_INTEGER: {
        uint64_t x = varint_get(p);
        a->integer = (int64_t)(x >> 1 ^ -(x & 1));
        break;
    }
    case OVSDB_REAL:
        memcpy(&a->real, *p, sizeof a->real);
        *p += sizeof a->real;
        break;
    case OVSDB_BOOLEAN:
        a->boolean = *(*p)++;
        break;
    case OVSDB_STRING:
        get_string(p, a, arena);
        break;
    case OVSDB_UUID:
        memcpy(&a->uuid, *p, sizeof a->uuid);
        *p += sizeof a->uuid;
        break;
    case OVSDB_VOID:
    case OVSDB_N_ATOM_TYPES:
    default:
        NOT_REACHED();
    }
}

static union ovsdb_atom *
new_block(uint32_t n_atoms, uint32_t capacity, struct ovsdb_arena *arena)
{
    struct ovsdb_block *b
        = unpack_alloc(arena, sizeof *b + n_atoms * sizeof b->atoms[0]);
    b->n_refs = 1;
    b->capacity = capacity;
    return b->atoms;
}

static void
get_datum(const uint8_t *p, struct ovsdb_datum *d,
          const struct ovsdb_type *type, struct ovsdb_arena *arena)
{
    bool is_map = ovsdb_type_is_map(type);
    uint32_t n = ovsdb_type_is_scalar(type) ? 1 : (uint32_t)varint_get(&p);
    union ovsdb_atom *keys = new_block(is_map ? 2 * n : n, n, arena);
    union ovsdb_atom *values = is_map ? keys + n : NULL;
    for (uint32_t i = 0; i < n; i++) {
        get_atom(&p, &keys[i], type->key.type, arena);
    }
    for (uint32_t i = 0; is_map && i < n; i++) {
        get_atom(&p, &values[i], type->value.type, arena);
    }
    *d = (struct ovsdb_datum){ n, keys, values };
}

/* One atom for the defaults that are not nothing; in the arena. */
static void
get_default(struct ovsdb_datum *d, const struct ovsdb_type *type,
            struct ovsdb_arena *arena)
{
    if (!type->n_min) {
        ovsdb_datum_init_empty(d);
        return;
    }
    static const uint8_t zeros[16]; /* Every default atom is zeros. */
    bool is_map = ovsdb_type_is_map(type);
    const uint8_t *p = zeros;
    union ovsdb_atom *keys = new_block(is_map ? 2 : 1, 1, arena);
    get_atom(&p, keys, type->key.type, arena);
    if (is_map) {
        p = zeros;
        get_atom(&p, keys + 1, type->value.type, arena);
    }
    *d = (struct ovsdb_datum){ 1, keys, is_map ? keys + 1 : NULL };
}

void
ovsdb_pack_open(const struct ovsdb_pack *pack,
                const struct ovsdb_table_schema *ts, struct ovsdb_datum row[])
{
    const uint8_t *p = pack->bytes + map_len(ts);
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_type *type = &ts->columns[i]->type;
        if (map_has(pack, i)) {
            size_t len = varint_get(&p);
            get_datum(p, &row[i], type, NULL);
            p += len;
        } else {
            ovsdb_datum_init_default(&row[i], type);
        }
    }
}

/* Views. */

void
ovsdb_view_fini(struct ovsdb_view *v)
{
    arena_reset(&v->arena);
    free(v->arena.chunks);
    free(v->datums);
    *v = (struct ovsdb_view)OVSDB_VIEW_INIT;
}

static void
view_uuid(struct ovsdb_view *v, size_t idx, const struct uuid *uuid)
{
    union ovsdb_atom *key = new_block(1, 1, &v->arena);
    key->uuid = *uuid;
    v->datums[idx] = (struct ovsdb_datum){ 1, key, NULL };
}

static void
view_begin(struct ovsdb_view *v, const struct ovsdb_table_schema *ts,
           const struct uuid *uuid, const struct uuid *version)
{
    arena_reset(&v->arena);
    if (v->capacity < ts->n_columns) {
        free(v->datums);
        v->capacity = ts->n_columns;
        v->datums = xcalloc(v->capacity, sizeof *v->datums);
    }
    view_uuid(v, OVSDB_COL_UUID, uuid);
    view_uuid(v, OVSDB_COL_VERSION, version);
}

const struct ovsdb_datum *
ovsdb_view_read(struct ovsdb_view *v, const struct ovsdb_table_schema *ts,
                const struct ovsdb_pack *pack, const struct uuid *uuid,
                const struct uuid *version)
{
    view_begin(v, ts, uuid, version);
    const uint8_t *p = pack->bytes + map_len(ts);
    for (size_t i = OVSDB_N_STD_COLS; i < ts->n_columns; i++) {
        const struct ovsdb_type *type = &ts->columns[i]->type;
        if (map_has(pack, i)) {
            size_t len = varint_get(&p);
            get_datum(p, &v->datums[i], type, &v->arena);
            p += len;
        } else {
            get_default(&v->datums[i], type, &v->arena);
        }
    }
    return v->datums;
}

const struct ovsdb_datum *
ovsdb_view_read_columns(struct ovsdb_view *v,
                        const struct ovsdb_table_schema *ts,
                        const struct ovsdb_pack *pack, const struct uuid *uuid,
                        const struct uuid *version,
                        const struct ovsdb_column *const columns[], size_t n)
{
    view_begin(v, ts, uuid, version);
    for (size_t i = 0; i < n; i++) {
        const struct ovsdb_column *c = columns[i];
        if (c->idx < OVSDB_N_STD_COLS) {
            continue;
        }
        size_t len;
        const uint8_t *p = ovsdb_pack_column(pack, ts, c->idx, &len);
        if (p) {
            get_datum(p, &v->datums[c->idx], &c->type, &v->arena);
        } else {
            get_default(&v->datums[c->idx], &c->type, &v->arena);
        }
    }
    return v->datums;
}
