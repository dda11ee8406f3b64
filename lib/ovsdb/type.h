/* SPDX-License-Identifier: Apache-2.0 */
/* Types of columns: an atomic key type, for maps a value type, each with
 * constraints, and how many elements there may be [RFC 7047 3.2].
 *
 * Types are plain data owned by whoever embeds them: init (or from_json) and
 * fini.  They do not change once a schema is built.  Main thread. */
#ifndef WEIR_OVSDB_TYPE_H
#define WEIR_OVSDB_TYPE_H 1

#include <limits.h>

#include "lib/base/str.h"
#include "lib/base/types.h"
#include "lib/io/json.h"
#include "lib/ovsdb/err.h"

struct ovsdb_datum;
struct ovsdb_table_schema;

enum ovsdb_atom_type {
    OVSDB_VOID, /* The value type of a set. */
    OVSDB_INTEGER,
    OVSDB_REAL,
    OVSDB_BOOLEAN,
    OVSDB_STRING,
    OVSDB_UUID,
    OVSDB_N_ATOM_TYPES
};

enum ovsdb_ref_type { OVSDB_REF_STRONG, OVSDB_REF_WEAK };

/* A <base-type>. */
struct ovsdb_base {
    enum ovsdb_atom_type type;
    struct ovsdb_datum *enum_; /* Owned set of the allowed atoms, or NULL. */
    union {
        struct {
            int64_t min, max;
        } integer;
        struct {
            double min, max;
        } real;
        struct {
            unsigned int min_len, max_len; /* Characters; UINT_MAX: any. */
        } string;
        struct {
            char *ref_table; /* Owned; NULL if no reference. */
            /* Resolved by ovsdb_schema_from_json(); borrowed. */
            const struct ovsdb_table_schema *ref;
            enum ovsdb_ref_type ref_type;
        } uuid;
    } u;
};

#define OVSDB_UNLIMITED UINT_MAX

/* A <type>. */
struct ovsdb_type {
    struct ovsdb_base key;
    struct ovsdb_base value; /* OVSDB_VOID for a set. */
    unsigned int n_min;      /* 0 or 1. */
    unsigned int n_max;      /* 1.. or OVSDB_UNLIMITED. */
};

/* "integer", ...; "void". */
const char *ovsdb_atom_type_name(enum ovsdb_atom_type);
bool ovsdb_atom_type_from_name(const char *, enum ovsdb_atom_type *);

/* Without constraints. */
void ovsdb_base_init(struct ovsdb_base *, enum ovsdb_atom_type);
void ovsdb_base_fini(struct ovsdb_base *);
void ovsdb_base_clone(struct ovsdb_base *dst, const struct ovsdb_base *src);
bool ovsdb_base_has_constraints(const struct ovsdb_base *);
/* On error 'base' is of type void and needs no fini. */
struct ovsdb_err *ovsdb_base_from_json(struct ovsdb_base *base,
                                       const json_t *) MUST_CHECK;
json_t *ovsdb_base_to_json(const struct ovsdb_base *);

/* A single 'key' without constraints: {key, void, 1, 1}. */
void ovsdb_type_init_scalar(struct ovsdb_type *, enum ovsdb_atom_type key);
void ovsdb_type_fini(struct ovsdb_type *);
void ovsdb_type_clone(struct ovsdb_type *dst, const struct ovsdb_type *src);
/* On error 'type' needs no fini. */
struct ovsdb_err *ovsdb_type_from_json(struct ovsdb_type *type,
                                       const json_t *) MUST_CHECK;
json_t *ovsdb_type_to_json(const struct ovsdb_type *);
/* "map of string-string pairs", "set of up to 3 integers", for people. */
char *ovsdb_type_to_english(const struct ovsdb_type *);

static inline bool
ovsdb_type_is_scalar(const struct ovsdb_type *t)
{
    return t->value.type == OVSDB_VOID && t->n_min == 1 && t->n_max == 1;
}

static inline bool
ovsdb_type_is_optional(const struct ovsdb_type *t)
{
    return t->n_min == 0 && t->n_max == 1;
}

static inline bool
ovsdb_type_is_optional_scalar(const struct ovsdb_type *t)
{
    return t->value.type == OVSDB_VOID && ovsdb_type_is_optional(t);
}

static inline bool
ovsdb_type_is_map(const struct ovsdb_type *t)
{
    return t->value.type != OVSDB_VOID;
}

/* More than one element may be there, or it is a map. */
static inline bool
ovsdb_type_is_composite(const struct ovsdb_type *t)
{
    return t->value.type != OVSDB_VOID || t->n_max > 1;
}

static inline bool
ovsdb_base_is_ref(const struct ovsdb_base *b)
{
    return b->type == OVSDB_UUID && b->u.uuid.ref_table;
}

static inline bool
ovsdb_base_is_strong_ref(const struct ovsdb_base *b)
{
    return ovsdb_base_is_ref(b) && b->u.uuid.ref_type == OVSDB_REF_STRONG;
}

static inline bool
ovsdb_base_is_weak_ref(const struct ovsdb_base *b)
{
    return ovsdb_base_is_ref(b) && b->u.uuid.ref_type == OVSDB_REF_WEAK;
}

#endif
