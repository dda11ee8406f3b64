/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/ovsdb/diff.h"

#include "lib/ovsdb/datum_priv.h"

/* Visits two sorted arrays together: for each key that is in one of them or
 * in both, one step. */
struct walk {
    const struct ovsdb_datum *a, *b;
    const struct ovsdb_type *type;
    size_t i, j; /* Next elements of 'a' and 'b'. */
};

/* False at the end; else '*cmp' < 0: element i of 'a' alone; > 0: element j of
 * 'b' alone; 0: both.  walk_next() moves past it. */
static bool
walk_get(const struct walk *w, int *cmp)
{
    if (w->i >= w->a->n && w->j >= w->b->n) {
        return false;
    }
    *cmp = w->i >= w->a->n   ? 1
           : w->j >= w->b->n ? -1
                             : ovsdb_atom_cmp(&w->a->keys[w->i],
                                              &w->b->keys[w->j],
                                              w->type->key.type);
    return true;
}

static void
walk_next(struct walk *w, int cmp)
{
    w->i += cmp <= 0;
    w->j += cmp >= 0;
}

static bool
values_differ(const struct walk *w)
{
    return ovsdb_type_is_map(w->type)
           && !ovsdb_atom_eq(&w->a->values[w->i], &w->b->values[w->j],
                             w->type->value.type);
}

bool
ovsdb_datum_diff(struct ovsdb_datum *diff, const struct ovsdb_datum *old,
                 const struct ovsdb_datum *new, const struct ovsdb_type *type)
{
    ovsdb_datum_init_empty(diff);
    if (old->keys == new->keys && old->n == new->n) {
        return false; /* The same block. */
    }
    if (type->n_max == 1) {
        if (ovsdb_datum_eq(old, new, type)) {
            return false;
        }
        ovsdb_datum_clone(diff, new);
        return true;
    }

    struct walk w = { .a = old, .b = new, .type = type };
    int cmp;
    for (; walk_get(&w, &cmp); walk_next(&w, cmp)) {
        if (cmp < 0) {
            ovsdb_datum_push_clone(diff, type, old, w.i);
        } else if (cmp > 0 || values_differ(&w)) {
            ovsdb_datum_push_clone(diff, type, new, w.j);
        }
    }
    return diff->n > 0;
}

struct ovsdb_err *
ovsdb_datum_apply_diff(struct ovsdb_datum *datum,
                       const struct ovsdb_datum *diff,
                       const struct ovsdb_type *type)
{
    struct ovsdb_datum out = OVSDB_DATUM_EMPTY;

    if (type->n_max == 1) {
        ovsdb_datum_clone(&out, diff);
    } else if (diff->n <= 8 && diff->n * 16 < datum->n) {
        /* A small change of a large column: no need to copy the rest. */
        ovsdb_datum_clone(&out, datum);
        for (size_t j = 0; j < diff->n; j++) {
            ssize_t i = ovsdb_datum_find_element(&out, diff, j, type);
            if (i >= 0) {
                ovsdb_datum_remove_at(&out, type, (size_t)i);
                continue;
            }
            union ovsdb_atom key, value;
            bool is_map = ovsdb_type_is_map(type);
            ovsdb_atom_clone(&key, &diff->keys[j], type->key.type);
            if (is_map) {
                ovsdb_atom_clone(&value, &diff->values[j], type->value.type);
            }
            ovsdb_datum_insert(&out, type, &key, is_map ? &value : NULL);
        }
    } else {
        struct walk w = { .a = datum, .b = diff, .type = type };
        int cmp;
        for (; walk_get(&w, &cmp); walk_next(&w, cmp)) {
            if (cmp < 0) {
                ovsdb_datum_push_clone(&out, type, datum, w.i);
            } else if (cmp > 0 || values_differ(&w)) {
                ovsdb_datum_push_clone(&out, type, diff, w.j);
            }
        }
    }

    struct ovsdb_err *err = ovsdb_datum_check_size(&out, type);
    if (!err) {
        ovsdb_datum_swap(datum, &out);
    }
    ovsdb_datum_fini(&out, type);
    return err;
}

void
ovsdb_datum_split_diff(const struct ovsdb_datum *old,
                       const struct ovsdb_datum *new,
                       const struct ovsdb_type *type,
                       struct ovsdb_datum *added, struct ovsdb_datum *removed)
{
    ovsdb_datum_init_empty(added);
    ovsdb_datum_init_empty(removed);
    struct walk w = { .a = old, .b = new, .type = type };
    int cmp;
    for (; walk_get(&w, &cmp); walk_next(&w, cmp)) {
        bool differ = !cmp && values_differ(&w);
        if (cmp < 0 || differ) {
            ovsdb_datum_push_clone(removed, type, old, w.i);
        }
        if (cmp > 0 || differ) {
            ovsdb_datum_push_clone(added, type, new, w.j);
        }
    }
}
