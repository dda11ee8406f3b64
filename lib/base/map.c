/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/map.h"

#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/str.h"

void
smap_init(struct smap *m)
{
    hmap_init(&m->map);
}

static struct smap_node *
smap_find(const struct smap *m, const char *key)
{
    HMAP_FOR_EACH_WITH_HASH (struct smap_node, n, node, hash_string(key),
                             &m->map) {
        if (!strcmp(n->key, key)) {
            return n;
        }
    }
    return NULL;
}

static void
smap_node_free(struct smap *m, struct smap_node *n)
{
    hmap_remove(&m->map, &n->node);
    free(n->key);
    free(n->value);
    free(n);
}

void
smap_clear(struct smap *m)
{
    HMAP_FOR_EACH_SAFE (struct smap_node, n, node, &m->map) {
        smap_node_free(m, n);
    }
}

void
smap_fini(struct smap *m)
{
    smap_clear(m);
    hmap_fini(&m->map);
}

/* Takes 'value'. */
static void
set_take(struct smap *m, const char *key, char *value)
{
    struct smap_node *n = smap_find(m, key);
    if (n) {
        free(n->value);
        n->value = value;
        return;
    }
    n = xmalloc(sizeof *n);
    n->key = xstrdup(key);
    n->value = value;
    hmap_insert(&m->map, &n->node, hash_string(key));
}

void
smap_set(struct smap *m, const char *key, const char *value)
{
    set_take(m, key, xstrdup(value));
}

void
smap_setf(struct smap *m, const char *key, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set_take(m, key, xvasprintf(fmt, args));
    va_end(args);
}

void
smap_remove(struct smap *m, const char *key)
{
    struct smap_node *n = smap_find(m, key);
    if (n) {
        smap_node_free(m, n);
    }
}

const char *
smap_get(const struct smap *m, const char *key, const char *def)
{
    const struct smap_node *n = smap_find(m, key);
    return n ? n->value : def;
}

bool
smap_get_bool(const struct smap *m, const char *key, bool def)
{
    const char *v = smap_get(m, key, "");
    return !strcasecmp(v, "true")    ? true
           : !strcasecmp(v, "false") ? false
                                     : def;
}

int64_t
smap_get_int(const struct smap *m, const char *key, int64_t def)
{
    const char *v = smap_get(m, key, NULL);
    int64_t x;
    return v && str_to_i64(v, 0, &x) ? x : def;
}

void
smap_clone(struct smap *dst, const struct smap *src)
{
    smap_init(dst);
    SMAP_FOR_EACH (n, src) {
        smap_set(dst, n->key, n->value);
    }
}

bool
smap_equal(const struct smap *a, const struct smap *b)
{
    if (smap_count(a) != smap_count(b)) {
        return false;
    }
    SMAP_FOR_EACH (n, a) {
        const char *v = smap_get(b, n->key, NULL);
        if (!v || strcmp(v, n->value)) {
            return false;
        }
    }
    return true;
}

static int
compare_smap_nodes(const void *a_, const void *b_)
{
    const struct smap_node *const *a = a_, *const *b = b_;
    return strcmp((*a)->key, (*b)->key);
}

const struct smap_node **
smap_sorted(const struct smap *m)
{
    const struct smap_node **nodes = xcalloc(smap_count(m), sizeof *nodes);
    size_t i = 0;
    SMAP_FOR_EACH (n, m) {
        nodes[i++] = n;
    }
    if (i) {
        qsort(nodes, i, sizeof *nodes, compare_smap_nodes);
    }
    return nodes;
}

void
shash_init(struct shash *m)
{
    hmap_init(&m->map);
}

void
shash_clear(struct shash *m)
{
    SHASH_FOR_EACH_SAFE (n, m) {
        shash_remove_node(m, n);
    }
}

void
shash_fini(struct shash *m)
{
    shash_clear(m);
    hmap_fini(&m->map);
}

struct shash_node *
shash_add(struct shash *m, const char *name, void *data)
{
    struct shash_node *n = xmalloc(sizeof *n);
    n->name = xstrdup(name);
    n->data = data;
    hmap_insert(&m->map, &n->node, hash_string(name));
    return n;
}

void *
shash_replace(struct shash *m, const char *name, void *data)
{
    struct shash_node *n = shash_find(m, name);
    if (!n) {
        shash_add(m, name, data);
        return NULL;
    }
    void *old = n->data;
    n->data = data;
    return old;
}

struct shash_node *
shash_find(const struct shash *m, const char *name)
{
    HMAP_FOR_EACH_WITH_HASH (struct shash_node, n, node, hash_string(name),
                             &m->map) {
        if (!strcmp(n->name, name)) {
            return n;
        }
    }
    return NULL;
}

void *
shash_get(const struct shash *m, const char *name)
{
    const struct shash_node *n = shash_find(m, name);
    return n ? n->data : NULL;
}

void
shash_remove_node(struct shash *m, struct shash_node *n)
{
    hmap_remove(&m->map, &n->node);
    free(n->name);
    free(n);
}

void *
shash_remove(struct shash *m, const char *name)
{
    struct shash_node *n = shash_find(m, name);
    if (!n) {
        return NULL;
    }
    void *data = n->data;
    shash_remove_node(m, n);
    return data;
}

static int
compare_shash_nodes(const void *a_, const void *b_)
{
    const struct shash_node *const *a = a_, *const *b = b_;
    return strcmp((*a)->name, (*b)->name);
}

const struct shash_node **
shash_sorted(const struct shash *m)
{
    const struct shash_node **nodes = xcalloc(shash_count(m), sizeof *nodes);
    size_t i = 0;
    SHASH_FOR_EACH (n, m) {
        nodes[i++] = n;
    }
    if (i) {
        qsort(nodes, i, sizeof *nodes, compare_shash_nodes);
    }
    return nodes;
}

void
strset_init(struct strset *s)
{
    shash_init(&s->h);
}

void
strset_fini(struct strset *s)
{
    shash_fini(&s->h);
}

bool
strset_add(struct strset *s, const char *name)
{
    if (strset_contains(s, name)) {
        return false;
    }
    shash_add(&s->h, name, NULL);
    return true;
}

bool
strset_contains(const struct strset *s, const char *name)
{
    return shash_find(&s->h, name) != NULL;
}

bool
strset_remove(struct strset *s, const char *name)
{
    struct shash_node *n = shash_find(&s->h, name);
    if (n) {
        shash_remove_node(&s->h, n);
    }
    return n != NULL;
}
