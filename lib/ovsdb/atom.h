/* SPDX-License-Identifier: Apache-2.0 */
/* Atoms: the values that columns are made of [RFC 7047 3.2, 5.1 <atom>].
 *
 * Strings are counted references to immutable text, so copying an atom never
 * copies characters.  An atom does not know its type: the caller passes it.
 * Main thread (the counts are not atomic). */
#ifndef WEIR_OVSDB_ATOM_H
#define WEIR_OVSDB_ATOM_H 1

#include "lib/base/map.h"
#include "lib/base/str.h"
#include "lib/base/types.h"
#include "lib/base/uuid.h"
#include "lib/ovsdb/type.h"

/* A string with a count of its holders. */
struct ovsdb_str {
    uint32_t n_refs;
    uint32_t len; /* Bytes of 's' without the NUL. */
    char s[];
};

/* One reference to a copy of the text. */
struct ovsdb_str *ovsdb_str_create(const char *);
struct ovsdb_str *ovsdb_str_create_n(const char *, size_t len);
/* Gives a reference up. */
void ovsdb_str_unref(struct ovsdb_str *);

static inline struct ovsdb_str *
ovsdb_str_ref(struct ovsdb_str *s)
{
    s->n_refs++;
    return s;
}

union ovsdb_atom {
    int64_t integer;
    double real;
    bool boolean;
    struct ovsdb_str *s; /* One counted reference. */
    struct uuid uuid;
};

/* Names that stand for rows not there yet: <named-uuid> on the wire and @name
 * in commands [RFC 7047 5.1]. */
struct ovsdb_symbol {
    struct uuid uuid; /* Chosen when the name was first seen. */
    bool created;     /* Some insert defines it. */
    bool referenced;  /* Some value uses it. */
    bool strong_ref;  /* A strong reference uses it. */
    bool weak_ref;    /* A weak reference uses it. */
};

/* Maps name -> struct ovsdb_symbol. */
struct ovsdb_symtab {
    struct shash names;
};

void ovsdb_symtab_init(struct ovsdb_symtab *);
void ovsdb_symtab_fini(struct ovsdb_symtab *);
/* Finds or adds; borrowed from the table. */
struct ovsdb_symbol *ovsdb_symtab_get(struct ovsdb_symtab *, const char *);

/* 0, 0.0, false, "", all-zero. */
void ovsdb_atom_init_default(union ovsdb_atom *, enum ovsdb_atom_type);
bool ovsdb_atom_is_default(const union ovsdb_atom *, enum ovsdb_atom_type);
void ovsdb_atom_init_string(union ovsdb_atom *, const char *);
void ovsdb_atom_clone(union ovsdb_atom *dst, const union ovsdb_atom *src,
                      enum ovsdb_atom_type);
void ovsdb_atom_fini(union ovsdb_atom *, enum ovsdb_atom_type);
uint32_t ovsdb_atom_hash(const union ovsdb_atom *, enum ovsdb_atom_type,
                         uint32_t basis);
/* A total order: <0, 0, >0.  Strings compare by bytes. */
int ovsdb_atom_cmp(const union ovsdb_atom *, const union ovsdb_atom *,
                   enum ovsdb_atom_type);

static inline bool
ovsdb_atom_eq(const union ovsdb_atom *a, const union ovsdb_atom *b,
              enum ovsdb_atom_type type)
{
    return !ovsdb_atom_cmp(a, b, type);
}

/* Reads an <atom> of 'base's type and checks its constraints.  'symtab' may
 * be NULL, then <named-uuid> is refused.  On error 'atom' is not set. */
struct ovsdb_err *ovsdb_atom_from_json(union ovsdb_atom *,
                                       const struct ovsdb_base *,
                                       const json_t *,
                                       struct ovsdb_symtab *) MUST_CHECK;
json_t *ovsdb_atom_to_json(const union ovsdb_atom *, enum ovsdb_atom_type);
struct ovsdb_err *ovsdb_atom_check(const union ovsdb_atom *,
                                   const struct ovsdb_base *) MUST_CHECK;

/* Reads what a person typed: 5, -1, 1.5, true, abc, "a b", a UUID, @name (with
 * 'symtab').  Returns NULL, or a heap text that names what is wrong. */
char *ovsdb_atom_from_text(union ovsdb_atom *, const struct ovsdb_base *,
                           const char *, struct ovsdb_symtab *) MUST_CHECK;
/* As ovsdb_atom_from_text() reads it, strings quoted where needed. */
void ovsdb_atom_put_text(struct str *, const union ovsdb_atom *,
                         enum ovsdb_atom_type);
/* Without quotes. */
void ovsdb_atom_put_bare(struct str *, const union ovsdb_atom *,
                         enum ovsdb_atom_type);
/* True if a person may write 's' without quotes. */
bool ovsdb_text_is_bare(const char *s);

#endif
