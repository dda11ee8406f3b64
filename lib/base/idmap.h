/* SPDX-License-Identifier: Apache-2.0 */
/* Objects by 32-bit id, read without locks: groups, meters, ports.
 *
 * Each object starts with its id.  One writer; readers are registered with
 * RCU, and what is removed is freed through RCU by its owner. */
#ifndef WEIR_BASE_IDMAP_H
#define WEIR_BASE_IDMAP_H 1

#include "lib/base/types.h"

struct idmap_slots;

struct idmap {
    struct idmap_slots *slots; /* RCU. */
    size_t n, n_tombs;
};

void idmap_init(struct idmap *);
/* Frees the table, not the objects; no reader may be left. */
void idmap_fini(struct idmap *);
/* Any reader. */
void *idmap_get(const struct idmap *, uint32_t id);
/* Adds, or replaces and returns the older object.  Writer. */
void *idmap_set(struct idmap *, void *object);
/* Removes and returns it; NULL if absent.  Writer. */
void *idmap_remove(struct idmap *, uint32_t id);
/* The first object at or after place '*at', which moves past it; NULL at
 * the end.  Writer (or nobody writes). */
void *idmap_next(const struct idmap *, size_t *at);

#define IDMAP_FOR_EACH(TYPE, ITER, MAP)                                       \
    for (size_t ITER##_at = 0, ITER##_once = 1; ITER##_once; ITER##_once = 0) \
        for (TYPE *ITER; (ITER = idmap_next(MAP, &ITER##_at)) != NULL;)

#endif
