/* SPDX-License-Identifier: Apache-2.0 */
/* Datums: the value of a column of a row, a sorted array of unique keys and,
 * for maps, the values beside them [RFC 7047 5.1 <value>].
 *
 * The arrays are shared between clones and copied on the first change, so a
 * clone costs O(1) whatever its size.  Never write through 'keys' or
 * 'values': use the functions, which unshare first.  A datum does not know
 * its type: the caller passes the same one each time.  Main thread.
 *
 * Costs: find O(log n); insert or remove of one element O(n) moves; union,
 * subtract and diff O(n + m), or O(m (log n + moves)) for small m. */
#ifndef WEIR_OVSDB_DATUM_H
#define WEIR_OVSDB_DATUM_H 1

#include "lib/ovsdb/atom.h"

struct json_scan;

struct ovsdb_datum {
    uint32_t n;                     /* Elements. */
    const union ovsdb_atom *keys;   /* Sorted, unique; NULL if n == 0. */
    const union ovsdb_atom *values; /* Beside 'keys'; NULL for a set. */
};

#define OVSDB_DATUM_EMPTY { 0, NULL, NULL }

/* No elements, whatever the type demands. */
void ovsdb_datum_init_empty(struct ovsdb_datum *);
/* What a column holds when an insert leaves it out: nothing if n_min is 0,
 * else one default atom [RFC 7047 5.2.1]. */
void ovsdb_datum_init_default(struct ovsdb_datum *, const struct ovsdb_type *);
bool ovsdb_datum_is_default(const struct ovsdb_datum *,
                            const struct ovsdb_type *);
void ovsdb_datum_clone(struct ovsdb_datum *dst, const struct ovsdb_datum *src);
/* The same without sharing anything: for what comes from a view (pack.h). */
void ovsdb_datum_copy(struct ovsdb_datum *dst, const struct ovsdb_datum *src,
                      const struct ovsdb_type *);
void ovsdb_datum_fini(struct ovsdb_datum *, const struct ovsdb_type *);
void ovsdb_datum_swap(struct ovsdb_datum *, struct ovsdb_datum *);
/* One key; takes the atom. */
void ovsdb_datum_init_key(struct ovsdb_datum *, union ovsdb_atom *);
void ovsdb_datum_init_integer(struct ovsdb_datum *, int64_t);
void ovsdb_datum_init_boolean(struct ovsdb_datum *, bool);
void ovsdb_datum_init_string(struct ovsdb_datum *, const char *);
void ovsdb_datum_init_uuid(struct ovsdb_datum *, const struct uuid *);
/* A string-string map. */
void ovsdb_datum_init_smap(struct ovsdb_datum *, const struct smap *);
/* A set of strings, in any order, duplicates dropped. */
void ovsdb_datum_init_strings(struct ovsdb_datum *, const char *const *,
                              size_t n);

/* Reads and checks types, number of elements, duplicates and constraints.
 * On error 'datum' is empty. */
struct ovsdb_err *ovsdb_datum_from_json(struct ovsdb_datum *,
                                        const struct ovsdb_type *,
                                        const json_t *,
                                        struct ovsdb_symtab *) MUST_CHECK;
/* The same without any n_min, n_max: the diffs of update2 and mutation
 * arguments may break them. */
struct ovsdb_err *ovsdb_datum_from_json_unbound(struct ovsdb_datum *,
                                                const struct ovsdb_type *,
                                                const json_t *,
                                                struct ovsdb_symtab *)
    MUST_CHECK;
/* The same from text: reads one value and moves behind it.  'bound' as the two
 * above differ. */
struct ovsdb_err *ovsdb_datum_scan(struct ovsdb_datum *,
                                   const struct ovsdb_type *,
                                   struct json_scan *, bool bound) MUST_CHECK;
/* New reference.  One element of a set is written without ["set",..]. */
json_t *ovsdb_datum_to_json(const struct ovsdb_datum *,
                            const struct ovsdb_type *);

/* Reads what a person typed, as ovs-vsctl(8) "Database Values" tells.
 * Returns NULL or a heap text; 'datum' is empty then. */
char *ovsdb_datum_from_text(struct ovsdb_datum *, const struct ovsdb_type *,
                            const char *, struct ovsdb_symtab *) MUST_CHECK;
void ovsdb_datum_put_text(struct str *, const struct ovsdb_datum *,
                          const struct ovsdb_type *);
void ovsdb_datum_put_bare(struct str *, const struct ovsdb_datum *,
                          const struct ovsdb_type *);

uint32_t ovsdb_datum_hash(const struct ovsdb_datum *,
                          const struct ovsdb_type *, uint32_t basis);
/* A total order: by n, then keys, then values. */
int ovsdb_datum_cmp(const struct ovsdb_datum *, const struct ovsdb_datum *,
                    const struct ovsdb_type *);
bool ovsdb_datum_eq(const struct ovsdb_datum *, const struct ovsdb_datum *,
                    const struct ovsdb_type *);

/* Index of 'key', or -1. */
ssize_t ovsdb_datum_find_key(const struct ovsdb_datum *,
                             const union ovsdb_atom *key,
                             enum ovsdb_atom_type);
/* Index of the string 'key', or -1. */
ssize_t ovsdb_datum_find_string(const struct ovsdb_datum *, const char *key);
/* Index of the pair (for a set: the key) at 'i' of 'b' in 'a', or -1. */
ssize_t ovsdb_datum_find_element(const struct ovsdb_datum *a,
                                 const struct ovsdb_datum *b, size_t i,
                                 const struct ovsdb_type *);
/* Every element of 'b' is (none of 'b' is) in 'a' [RFC 7047 5.1]. */
bool ovsdb_datum_includes_all(const struct ovsdb_datum *a,
                              const struct ovsdb_datum *b,
                              const struct ovsdb_type *);
bool ovsdb_datum_excludes_all(const struct ovsdb_datum *a,
                              const struct ovsdb_datum *b,
                              const struct ovsdb_type *);

/* Building: elements in any order, then sort once.  The atoms are taken;
 * 'value' is NULL for a set. */
void ovsdb_datum_reserve(struct ovsdb_datum *, const struct ovsdb_type *,
                         size_t n);
void ovsdb_datum_push(struct ovsdb_datum *, const struct ovsdb_type *,
                      union ovsdb_atom *key, union ovsdb_atom *value);
/* Sorts what was pushed; an error if two keys are equal. */
struct ovsdb_err *ovsdb_datum_sort(struct ovsdb_datum *,
                                   const struct ovsdb_type *) MUST_CHECK;
/* Sorts and keeps one of equal keys (which, is not defined). */
void ovsdb_datum_sort_unique(struct ovsdb_datum *, const struct ovsdb_type *);

/* In place.  insert: takes the atoms; a key that is there gets its value
 * replaced; true if the datum changed. */
bool ovsdb_datum_insert(struct ovsdb_datum *, const struct ovsdb_type *,
                        union ovsdb_atom *key, union ovsdb_atom *value);
void ovsdb_datum_remove_at(struct ovsdb_datum *, const struct ovsdb_type *,
                           size_t i);
/* Replaces key (or value) number 'i'; takes the atom.  The order is the
 * caller's to restore with ovsdb_datum_sort(). */
void ovsdb_datum_replace_key(struct ovsdb_datum *, const struct ovsdb_type *,
                             size_t i, union ovsdb_atom *);
void ovsdb_datum_replace_value(struct ovsdb_datum *, const struct ovsdb_type *,
                               size_t i, union ovsdb_atom *);
/* a |= b.  A key in both keeps 'a's value, or takes 'b's if 'replace'. */
void ovsdb_datum_union(struct ovsdb_datum *a, const struct ovsdb_datum *b,
                       const struct ovsdb_type *, bool replace);
/* a -= b.  'b_type' may be that of a set of 'a's keys: then keys decide,
 * else whole pairs. */
void ovsdb_datum_subtract(struct ovsdb_datum *a,
                          const struct ovsdb_type *a_type,
                          const struct ovsdb_datum *b,
                          const struct ovsdb_type *b_type);

/* Number of elements, then each atom's constraints. */
struct ovsdb_err *ovsdb_datum_check(const struct ovsdb_datum *,
                                    const struct ovsdb_type *) MUST_CHECK;
struct ovsdb_err *ovsdb_datum_check_atoms(const struct ovsdb_datum *,
                                          const struct ovsdb_type *)
    MUST_CHECK;
/* Only n_min and n_max. */
struct ovsdb_err *ovsdb_datum_check_size(const struct ovsdb_datum *,
                                         const struct ovsdb_type *)
    MUST_CHECK;
/* Clears 'map' and fills it; the datum is a string-string map. */
void ovsdb_datum_get_smap(const struct ovsdb_datum *, struct smap *map);
/* Value of string 'key' of a string-string map; borrowed; NULL if absent. */
const char *ovsdb_datum_get_string(const struct ovsdb_datum *,
                                   const char *key);

#endif
