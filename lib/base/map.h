/* SPDX-License-Identifier: Apache-2.0 */
/* Maps keyed by text, on hmap: smap (text to text), shash (text to pointer,
 * keys owned by the map) and strset.  Not thread-safe. */
#ifndef WEIR_BASE_MAP_H
#define WEIR_BASE_MAP_H 1

#include "lib/base/hmap.h"

struct smap_node {
    struct hmap_node node;
    char *key, *value; /* Owned. */
};

struct smap {
    struct hmap map;
};

void smap_init(struct smap *);
void smap_fini(struct smap *);
void smap_clear(struct smap *);
/* Replaces an older value of 'key'. */
void smap_set(struct smap *, const char *key, const char *value);
void smap_setf(struct smap *, const char *key, const char *fmt, ...)
    PRINTF_FORMAT(3, 4);
void smap_remove(struct smap *, const char *key);
/* Borrowed; 'def' (may be NULL) when absent. */
const char *smap_get(const struct smap *, const char *key, const char *def);
/* "true" is true, "false" is false, else 'def'. */
bool smap_get_bool(const struct smap *, const char *key, bool def);
int64_t smap_get_int(const struct smap *, const char *key, int64_t def);
void smap_clone(struct smap *dst, const struct smap *src);
bool smap_equal(const struct smap *, const struct smap *);
/* Nodes sorted by key; heap array of smap_count() pointers, caller frees. */
const struct smap_node **smap_sorted(const struct smap *);

static inline size_t
smap_count(const struct smap *m)
{
    return m->map.n;
}

#define SMAP_FOR_EACH(ITER, SMAP)                                             \
    HMAP_FOR_EACH (struct smap_node, ITER, node, &(SMAP)->map)

struct shash_node {
    struct hmap_node node;
    char *name; /* Owned. */
    void *data; /* The caller's. */
};

struct shash {
    struct hmap map;
};

void shash_init(struct shash *);
/* Does not free the data. */
void shash_fini(struct shash *);
void shash_clear(struct shash *);
/* Adds even if 'name' is there. */
struct shash_node *shash_add(struct shash *, const char *name, void *data);
/* Adds, or replaces and returns the older data. */
void *shash_replace(struct shash *, const char *name, void *data);
struct shash_node *shash_find(const struct shash *, const char *name);
void *shash_get(const struct shash *, const char *name);
/* Returns the data of the removed entry, NULL if there was none. */
void *shash_remove(struct shash *, const char *name);
void shash_remove_node(struct shash *, struct shash_node *);
const struct shash_node **shash_sorted(const struct shash *);

static inline size_t
shash_count(const struct shash *m)
{
    return m->map.n;
}

#define SHASH_FOR_EACH(ITER, SHASH)                                           \
    HMAP_FOR_EACH (struct shash_node, ITER, node, &(SHASH)->map)
#define SHASH_FOR_EACH_SAFE(ITER, SHASH)                                      \
    HMAP_FOR_EACH_SAFE (struct shash_node, ITER, node, &(SHASH)->map)

/* A set of names is a shash whose data are NULL. */
struct strset {
    struct shash h;
};

void strset_init(struct strset *);
void strset_fini(struct strset *);
/* True if it was not there. */
bool strset_add(struct strset *, const char *);
bool strset_contains(const struct strset *, const char *);
bool strset_remove(struct strset *, const char *);

static inline size_t
strset_count(const struct strset *s)
{
    return s->h.map.n;
}

#endif
