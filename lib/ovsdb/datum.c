/* SPDX-License-Identifier: Apache-2.0 */
/* The arrays of a datum live in one counted block: header, room for
 * 'capacity' keys, and for maps as many values behind them.  The block holds
 * the references of its atoms.  A block with one holder may be changed; else
 * datum_own() makes a copy first. */
#include "lib/ovsdb/datum.h"

#include <inttypes.h>

#include "lib/base/assert.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/datum_priv.h"

static struct ovsdb_block *
block_of(const struct ovsdb_datum *d)
{
    return d->keys ? CONTAINER_OF((uintptr_t)d->keys, struct ovsdb_block, atoms)
                   : NULL;
}

static union ovsdb_atom *
mutable_atoms(const union ovsdb_atom *atoms)
{
    return (union ovsdb_atom *)(uintptr_t)atoms;
}

void
ovsdb_datum_init_empty(struct ovsdb_datum *d)
{
    *d = (struct ovsdb_datum)OVSDB_DATUM_EMPTY;
}

/* One default atom of each type, which columns share: the counts begin at one
 * and so never reach zero, and who changes such a datum copies it first. */
static union ovsdb_atom *
shared_default(enum ovsdb_atom_type type)
{
    static _Alignas(8) uint8_t memory[OVSDB_N_ATOM_TYPES]
                                     [sizeof(struct ovsdb_block)
                                      + sizeof(union ovsdb_atom)];
    static _Alignas(8) uint8_t empty[sizeof(struct ovsdb_str) + 1];
    struct ovsdb_block *b = (void *)memory[type];
    if (!b->n_refs) {
        b->n_refs = 1;
        b->capacity = 1;
        if (type == OVSDB_STRING) {
            b->atoms[0].s = (void *)empty; /* No characters, and a NUL. */
            b->atoms[0].s->n_refs = 1;
        }
    }
    b->n_refs++;
    return b->atoms;
}

void
ovsdb_datum_init_default(struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    ovsdb_datum_init_empty(d);
    if (type->n_min && !ovsdb_type_is_map(type)) {
        d->n = 1;
        d->keys = shared_default(type->key.type);
    } else if (type->n_min) {
        union ovsdb_atom key, value;
        ovsdb_atom_init_default(&key, type->key.type);
        ovsdb_atom_init_default(&value, type->value.type);
        ovsdb_datum_push(d, type, &key, &value);
    }
}

bool
ovsdb_datum_is_default(const struct ovsdb_datum *d,
                       const struct ovsdb_type *type)
{
    if (d->n != type->n_min) {
        return false;
    }
    return !d->n
           || (ovsdb_atom_is_default(&d->keys[0], type->key.type)
               && (!ovsdb_type_is_map(type)
                   || ovsdb_atom_is_default(&d->values[0],
                                            type->value.type)));
}

void
ovsdb_datum_clone(struct ovsdb_datum *dst, const struct ovsdb_datum *src)
{
    *dst = *src;
    struct ovsdb_block *b = block_of(dst);
    if (b) {
        b->n_refs++;
    }
}

static void
copy_atom(union ovsdb_atom *dst, const union ovsdb_atom *src,
          enum ovsdb_atom_type type)
{
    *dst = *src;
    if (type == OVSDB_STRING) {
        dst->s = ovsdb_str_create_n(src->s->s, src->s->len);
    }
}

void
ovsdb_datum_copy(struct ovsdb_datum *dst, const struct ovsdb_datum *src,
                 const struct ovsdb_type *type)
{
    bool is_map = ovsdb_type_is_map(type);
    ovsdb_datum_init_empty(dst);
    ovsdb_datum_reserve(dst, type, src->n);
    for (uint32_t i = 0; i < src->n; i++) {
        union ovsdb_atom key, value;
        copy_atom(&key, &src->keys[i], type->key.type);
        if (is_map) {
            copy_atom(&value, &src->values[i], type->value.type);
        }
        ovsdb_datum_push(dst, type, &key, is_map ? &value : NULL);
    }
}

void
ovsdb_datum_fini(struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    struct ovsdb_block *b = block_of(d);
    if (b && !--b->n_refs) {
        if (type->key.type == OVSDB_STRING) {
            for (size_t i = 0; i < d->n; i++) {
                ovsdb_str_unref(d->keys[i].s);
            }
        }
        if (type->value.type == OVSDB_STRING) {
            for (size_t i = 0; i < d->n; i++) {
                ovsdb_str_unref(d->values[i].s);
            }
        }
        free(b);
    }
    ovsdb_datum_init_empty(d);
}

void
ovsdb_datum_swap(struct ovsdb_datum *a, struct ovsdb_datum *b)
{
    struct ovsdb_datum tmp = *a;
    *a = *b;
    *b = tmp;
}

static void
init_scalar(struct ovsdb_datum *d, enum ovsdb_atom_type atom_type,
            union ovsdb_atom *key)
{
    struct ovsdb_type type;
    ovsdb_type_init_scalar(&type, atom_type);
    ovsdb_datum_init_empty(d);
    ovsdb_datum_push(d, &type, key, NULL);
}

void
ovsdb_datum_init_key(struct ovsdb_datum *d, union ovsdb_atom *key)
{
    /* The block's layout does not depend on the type of key. */
    init_scalar(d, OVSDB_INTEGER, key);
}

void
ovsdb_datum_init_integer(struct ovsdb_datum *d, int64_t x)
{
    init_scalar(d, OVSDB_INTEGER, &(union ovsdb_atom){ .integer = x });
}

void
ovsdb_datum_init_boolean(struct ovsdb_datum *d, bool x)
{
    init_scalar(d, OVSDB_BOOLEAN, &(union ovsdb_atom){ .boolean = x });
}

void
ovsdb_datum_init_string(struct ovsdb_datum *d, const char *s)
{
    union ovsdb_atom key;
    ovsdb_atom_init_string(&key, s);
    init_scalar(d, OVSDB_STRING, &key);
}

void
ovsdb_datum_init_uuid(struct ovsdb_datum *d, const struct uuid *uuid)
{
    init_scalar(d, OVSDB_UUID, &(union ovsdb_atom){ .uuid = *uuid });
}

void
ovsdb_datum_init_smap(struct ovsdb_datum *d, const struct smap *smap)
{
    struct ovsdb_type type;
    ovsdb_type_init_scalar(&type, OVSDB_STRING);
    ovsdb_base_init(&type.value, OVSDB_STRING);
    ovsdb_datum_init_empty(d);
    ovsdb_datum_reserve(d, &type, smap_count(smap));
    SMAP_FOR_EACH (node, smap) {
        union ovsdb_atom key, value;
        ovsdb_atom_init_string(&key, node->key);
        ovsdb_atom_init_string(&value, node->value);
        ovsdb_datum_push(d, &type, &key, &value);
    }
    ovsdb_datum_sort_unique(d, &type);
}

void
ovsdb_datum_init_strings(struct ovsdb_datum *d, const char *const *strings,
                         size_t n)
{
    struct ovsdb_type type;
    ovsdb_type_init_scalar(&type, OVSDB_STRING);
    ovsdb_datum_init_empty(d);
    ovsdb_datum_reserve(d, &type, n);
    for (size_t i = 0; i < n; i++) {
        union ovsdb_atom key;
        ovsdb_atom_init_string(&key, strings[i]);
        ovsdb_datum_push(d, &type, &key, NULL);
    }
    ovsdb_datum_sort_unique(d, &type);
}

/* Makes the block of 'd' its own, with room for 'capacity' elements. */
static void
datum_own(struct ovsdb_datum *d, const struct ovsdb_type *type,
          size_t capacity)
{
    struct ovsdb_block *b = block_of(d);
    if (b && b->n_refs == 1 && b->capacity >= capacity) {
        return;
    }
    bool is_map = ovsdb_type_is_map(type);
    if (b && capacity > b->capacity) {
        capacity = MAX(capacity, (size_t)b->capacity * 2);
    }
    capacity = MAX(capacity, MAX(d->n, 1));
    ASSERT(capacity < UINT32_MAX / 2);

    size_t n_atoms = capacity * (is_map ? 2 : 1);
    struct ovsdb_block *new
        = xmalloc(sizeof *new + n_atoms * sizeof *new->atoms);
    new->n_refs = 1;
    new->capacity = (uint32_t)capacity;
    union ovsdb_atom *values = is_map ? new->atoms + capacity : NULL;
    if (d->n) {
        memcpy(new->atoms, d->keys, d->n * sizeof *new->atoms);
        if (is_map) {
            memcpy(values, d->values, d->n * sizeof *values);
        }
    }
    if (b && --b->n_refs) {
        /* Others keep the old block: both now hold the strings. */
        for (size_t i = 0; i < d->n; i++) {
            if (type->key.type == OVSDB_STRING) {
                ovsdb_str_ref(new->atoms[i].s);
            }
            if (type->value.type == OVSDB_STRING) {
                ovsdb_str_ref(values[i].s);
            }
        }
    } else {
        free(b);
    }
    d->keys = new->atoms;
    d->values = values;
}

void
ovsdb_datum_reserve(struct ovsdb_datum *d, const struct ovsdb_type *type,
                    size_t n)
{
    if (n) {
        datum_own(d, type, n);
    }
}

void
ovsdb_datum_push(struct ovsdb_datum *d, const struct ovsdb_type *type,
                 union ovsdb_atom *key, union ovsdb_atom *value)
{
    ASSERT(!value == !ovsdb_type_is_map(type));
    datum_own(d, type, d->n + 1);
    mutable_atoms(d->keys)[d->n] = *key;
    if (value) {
        mutable_atoms(d->values)[d->n] = *value;
    }
    d->n++;
}

void
ovsdb_datum_replace_key(struct ovsdb_datum *d, const struct ovsdb_type *type,
                        size_t i, union ovsdb_atom *key)
{
    datum_own(d, type, d->n);
    union ovsdb_atom *old = &mutable_atoms(d->keys)[i];
    ovsdb_atom_fini(old, type->key.type);
    *old = *key;
}

void
ovsdb_datum_replace_value(struct ovsdb_datum *d, const struct ovsdb_type *type,
                          size_t i, union ovsdb_atom *value)
{
    datum_own(d, type, d->n);
    union ovsdb_atom *old = &mutable_atoms(d->values)[i];
    ovsdb_atom_fini(old, type->value.type);
    *old = *value;
}

/* Puts an element before number 'at'; takes the atoms. */
static void
insert_at(struct ovsdb_datum *d, const struct ovsdb_type *type, size_t at,
          union ovsdb_atom *key, union ovsdb_atom *value)
{
    datum_own(d, type, d->n + 1);
    union ovsdb_atom *k = mutable_atoms(d->keys) + at;
    memmove(k + 1, k, (d->n - at) * sizeof *k);
    *k = *key;
    if (value) {
        union ovsdb_atom *v = mutable_atoms(d->values) + at;
        memmove(v + 1, v, (d->n - at) * sizeof *v);
        *v = *value;
    }
    d->n++;
}

/* Index of the first key that is not less than 'key'. */
static size_t
lower_bound(const struct ovsdb_datum *d, const union ovsdb_atom *key,
            enum ovsdb_atom_type type)
{
    size_t lo = 0;
    size_t hi = d->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (ovsdb_atom_cmp(&d->keys[mid], key, type) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

bool
ovsdb_datum_insert(struct ovsdb_datum *d, const struct ovsdb_type *type,
                   union ovsdb_atom *key, union ovsdb_atom *value)
{
    size_t i = lower_bound(d, key, type->key.type);
    if (i < d->n && ovsdb_atom_eq(&d->keys[i], key, type->key.type)) {
        bool changed = value && !ovsdb_atom_eq(&d->values[i], value,
                                               type->value.type);
        ovsdb_atom_fini(key, type->key.type);
        if (changed) {
            ovsdb_datum_replace_value(d, type, i, value);
        } else if (value) {
            ovsdb_atom_fini(value, type->value.type);
        }
        return changed;
    }
    insert_at(d, type, i, key, value);
    return true;
}

void
ovsdb_datum_remove_at(struct ovsdb_datum *d, const struct ovsdb_type *type,
                      size_t i)
{
    ASSERT(i < d->n);
    datum_own(d, type, d->n);
    union ovsdb_atom *k = mutable_atoms(d->keys) + i;
    ovsdb_atom_fini(k, type->key.type);
    memmove(k, k + 1, (d->n - i - 1) * sizeof *k);
    if (ovsdb_type_is_map(type)) {
        union ovsdb_atom *v = mutable_atoms(d->values) + i;
        ovsdb_atom_fini(v, type->value.type);
        memmove(v, v + 1, (d->n - i - 1) * sizeof *v);
    }
    d->n--;
}

struct pair {
    union ovsdb_atom key, value;
};

static int
cmp_keys(const void *a, const void *b, void *type)
{
    return ovsdb_atom_cmp(a, b, *(const enum ovsdb_atom_type *)type);
}

static int
cmp_pairs(const void *a_, const void *b_, void *type)
{
    const struct pair *a = a_;
    const struct pair *b = b_;
    return ovsdb_atom_cmp(&a->key, &b->key,
                          *(const enum ovsdb_atom_type *)type);
}

static void
sort_pairs(struct ovsdb_datum *d, enum ovsdb_atom_type *key_type)
{
    union ovsdb_atom *keys = mutable_atoms(d->keys);
    union ovsdb_atom *values = mutable_atoms(d->values);
    struct pair *pairs = xmalloc(d->n * sizeof *pairs);
    for (size_t i = 0; i < d->n; i++) {
        pairs[i] = (struct pair){ keys[i], values[i] };
    }
    qsort_r(pairs, d->n, sizeof *pairs, cmp_pairs, key_type);
    for (size_t i = 0; i < d->n; i++) {
        keys[i] = pairs[i].key;
        values[i] = pairs[i].value;
    }
    free(pairs);
}

/* Sorts by key; equal keys end up together. */
static void
sort_keys(struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    enum ovsdb_atom_type key_type = type->key.type;
    size_t i = 1;
    while (i < d->n
           && ovsdb_atom_cmp(&d->keys[i - 1], &d->keys[i], key_type) < 0) {
        i++;
    }
    if (i >= d->n) {
        return; /* The usual case: peers send sorted values. */
    }
    datum_own(d, type, d->n);
    if (d->values) {
        sort_pairs(d, &key_type);
    } else {
        qsort_r(mutable_atoms(d->keys), d->n, sizeof *d->keys, cmp_keys,
                &key_type);
    }
}

struct ovsdb_err *
ovsdb_datum_sort(struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    sort_keys(d, type);
    for (size_t i = 1; i < d->n; i++) {
        if (ovsdb_atom_eq(&d->keys[i - 1], &d->keys[i], type->key.type)) {
            struct str key = STR_INIT;
            ovsdb_atom_put_text(&key, &d->keys[i], type->key.type);
            struct ovsdb_err *err = ovsdb_err_create(
                "ovsdb error", "%s contains duplicate %s: %s",
                d->values ? "map" : "set", d->values ? "key" : "value",
                str_cstr(&key));
            str_fini(&key);
            return err;
        }
    }
    return NULL;
}

void
ovsdb_datum_sort_unique(struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    sort_keys(d, type);
    if (d->n < 2) {
        return;
    }
    datum_own(d, type, d->n);
    union ovsdb_atom *keys = mutable_atoms(d->keys);
    union ovsdb_atom *values = mutable_atoms(d->values);
    size_t n = 1;
    for (size_t i = 1; i < d->n; i++) {
        if (ovsdb_atom_eq(&keys[n - 1], &keys[i], type->key.type)) {
            ovsdb_atom_fini(&keys[i], type->key.type);
            if (values) {
                ovsdb_atom_fini(&values[i], type->value.type);
            }
            continue;
        }
        keys[n] = keys[i];
        if (values) {
            values[n] = values[i];
        }
        n++;
    }
    d->n = (uint32_t)n;
}

uint32_t
ovsdb_datum_hash(const struct ovsdb_datum *d, const struct ovsdb_type *type,
                 uint32_t basis)
{
    for (size_t i = 0; i < d->n; i++) {
        basis = ovsdb_atom_hash(&d->keys[i], type->key.type, basis);
        if (ovsdb_type_is_map(type)) {
            basis = ovsdb_atom_hash(&d->values[i], type->value.type, basis);
        }
    }
    return hash_u64(d->n, basis);
}

static int
cmp_atoms(const union ovsdb_atom *a, const union ovsdb_atom *b, size_t n,
          enum ovsdb_atom_type type)
{
    for (size_t i = 0; i < n; i++) {
        int cmp = ovsdb_atom_cmp(&a[i], &b[i], type);
        if (cmp) {
            return cmp;
        }
    }
    return 0;
}

int
ovsdb_datum_cmp(const struct ovsdb_datum *a, const struct ovsdb_datum *b,
                const struct ovsdb_type *type)
{
    if (a->n != b->n) {
        return a->n < b->n ? -1 : 1;
    }
    if (a->keys == b->keys) {
        return 0;
    }
    int cmp = cmp_atoms(a->keys, b->keys, a->n, type->key.type);
    return cmp || !ovsdb_type_is_map(type)
               ? cmp
               : cmp_atoms(a->values, b->values, a->n, type->value.type);
}

bool
ovsdb_datum_eq(const struct ovsdb_datum *a, const struct ovsdb_datum *b,
               const struct ovsdb_type *type)
{
    return !ovsdb_datum_cmp(a, b, type);
}

ssize_t
ovsdb_datum_find_key(const struct ovsdb_datum *d, const union ovsdb_atom *key,
                     enum ovsdb_atom_type type)
{
    size_t i = lower_bound(d, key, type);
    return i < d->n && ovsdb_atom_eq(&d->keys[i], key, type) ? (ssize_t)i : -1;
}

ssize_t
ovsdb_datum_find_string(const struct ovsdb_datum *d, const char *key)
{
    size_t lo = 0;
    size_t hi = d->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int cmp = strcmp(d->keys[mid].s->s, key);
        if (!cmp) {
            return (ssize_t)mid;
        }
        if (cmp < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return -1;
}

ssize_t
ovsdb_datum_find_element(const struct ovsdb_datum *a,
                         const struct ovsdb_datum *b, size_t i,
                         const struct ovsdb_type *type)
{
    ssize_t j = ovsdb_datum_find_key(a, &b->keys[i], type->key.type);
    if (j >= 0 && ovsdb_type_is_map(type)
        && !ovsdb_atom_eq(&a->values[j], &b->values[i], type->value.type)) {
        return -1;
    }
    return j;
}

bool
ovsdb_datum_includes_all(const struct ovsdb_datum *a,
                         const struct ovsdb_datum *b,
                         const struct ovsdb_type *type)
{
    if (b->n > a->n) {
        return false;
    }
    for (size_t i = 0; i < b->n; i++) {
        if (ovsdb_datum_find_element(a, b, i, type) < 0) {
            return false;
        }
    }
    return true;
}

bool
ovsdb_datum_excludes_all(const struct ovsdb_datum *a,
                         const struct ovsdb_datum *b,
                         const struct ovsdb_type *type)
{
    for (size_t i = 0; i < b->n; i++) {
        if (ovsdb_datum_find_element(a, b, i, type) >= 0) {
            return false;
        }
    }
    return true;
}

void
ovsdb_datum_push_clone(struct ovsdb_datum *d, const struct ovsdb_type *type,
                       const struct ovsdb_datum *src, size_t i)
{
    union ovsdb_atom key, value;
    ovsdb_atom_clone(&key, &src->keys[i], type->key.type);
    if (ovsdb_type_is_map(type)) {
        ovsdb_atom_clone(&value, &src->values[i], type->value.type);
        ovsdb_datum_push(d, type, &key, &value);
    } else {
        ovsdb_datum_push(d, type, &key, NULL);
    }
}

/* Adds element 'i' of 'b' to 'a' by search. */
static void
union_one(struct ovsdb_datum *a, const struct ovsdb_datum *b, size_t i,
          const struct ovsdb_type *type, bool replace)
{
    if (!replace
        && ovsdb_datum_find_key(a, &b->keys[i], type->key.type) >= 0) {
        return;
    }
    union ovsdb_atom key, value;
    bool is_map = ovsdb_type_is_map(type);
    ovsdb_atom_clone(&key, &b->keys[i], type->key.type);
    if (is_map) {
        ovsdb_atom_clone(&value, &b->values[i], type->value.type);
    }
    ovsdb_datum_insert(a, type, &key, is_map ? &value : NULL);
}

/* Is it cheaper to search for each of 'm' in 'n' than to merge? */
static bool
is_few(size_t m, size_t n)
{
    return m <= 8 && m * 16 < n;
}

void
ovsdb_datum_union(struct ovsdb_datum *a, const struct ovsdb_datum *b,
                  const struct ovsdb_type *type, bool replace)
{
    if (is_few(b->n, a->n)) {
        for (size_t i = 0; i < b->n; i++) {
            union_one(a, b, i, type, replace);
        }
        return;
    }
    if (!b->n) {
        return;
    }
    struct ovsdb_datum out = OVSDB_DATUM_EMPTY;
    ovsdb_datum_reserve(&out, type, a->n + b->n);
    size_t i = 0;
    size_t j = 0;
    while (i < a->n || j < b->n) {
        int cmp = i >= a->n ? 1
                  : j >= b->n
                      ? -1
                      : ovsdb_atom_cmp(&a->keys[i], &b->keys[j],
                                       type->key.type);
        if (cmp < 0 || (!cmp && !replace)) {
            ovsdb_datum_push_clone(&out, type, a, i);
        } else {
            ovsdb_datum_push_clone(&out, type, b, j);
        }
        i += cmp <= 0;
        j += cmp >= 0;
    }
    ovsdb_datum_swap(a, &out);
    ovsdb_datum_fini(&out, type);
}

void
ovsdb_datum_subtract(struct ovsdb_datum *a, const struct ovsdb_type *a_type,
                     const struct ovsdb_datum *b,
                     const struct ovsdb_type *b_type)
{
    bool pairs = ovsdb_type_is_map(a_type) && ovsdb_type_is_map(b_type);
    enum ovsdb_atom_type key_type = a_type->key.type;

    if (is_few(b->n, a->n)) {
        for (size_t j = 0; j < b->n; j++) {
            ssize_t i = pairs ? ovsdb_datum_find_element(a, b, j, a_type)
                              : ovsdb_datum_find_key(a, &b->keys[j], key_type);
            if (i >= 0) {
                ovsdb_datum_remove_at(a, a_type, (size_t)i);
            }
        }
        return;
    }
    struct ovsdb_datum out = OVSDB_DATUM_EMPTY;
    size_t j = 0;
    for (size_t i = 0; i < a->n; i++) {
        int cmp = -1;
        while (j < b->n
               && (cmp = ovsdb_atom_cmp(&a->keys[i], &b->keys[j],
                                        key_type)) > 0) {
            j++;
        }
        bool drop = j < b->n && !cmp
                    && (!pairs || ovsdb_atom_eq(&a->values[i], &b->values[j],
                                                a_type->value.type));
        if (!drop) {
            ovsdb_datum_push_clone(&out, a_type, a, i);
        }
    }
    ovsdb_datum_swap(a, &out);
    ovsdb_datum_fini(&out, a_type);
}

struct ovsdb_err *
ovsdb_datum_check_size(const struct ovsdb_datum *d,
                       const struct ovsdb_type *type)
{
    if (d->n >= type->n_min && d->n <= type->n_max) {
        return NULL;
    }
    char *english = ovsdb_type_to_english(type);
    struct ovsdb_err *err = ovsdb_err_create(
        OVSDB_E_CONSTRAINT, "Attempted to store %"PRIu32" elements in %s.",
        d->n, english);
    free(english);
    return err;
}

struct ovsdb_err *
ovsdb_datum_check(const struct ovsdb_datum *d, const struct ovsdb_type *type)
{
    struct ovsdb_err *err = ovsdb_datum_check_size(d, type);
    return err ? err : ovsdb_datum_check_atoms(d, type);
}

struct ovsdb_err *
ovsdb_datum_check_atoms(const struct ovsdb_datum *d,
                        const struct ovsdb_type *type)
{
    struct ovsdb_err *err = NULL;
    for (size_t i = 0; !err && i < d->n; i++) {
        err = ovsdb_atom_check(&d->keys[i], &type->key);
        if (!err && ovsdb_type_is_map(type)) {
            err = ovsdb_atom_check(&d->values[i], &type->value);
        }
    }
    return err;
}

void
ovsdb_datum_get_smap(const struct ovsdb_datum *d, struct smap *map)
{
    smap_clear(map);
    for (size_t i = 0; i < d->n; i++) {
        smap_set(map, d->keys[i].s->s, d->values[i].s->s);
    }
}

const char *
ovsdb_datum_get_string(const struct ovsdb_datum *d, const char *key)
{
    ssize_t i = ovsdb_datum_find_string(d, key);
    return i >= 0 ? d->values[i].s->s : NULL;
}
