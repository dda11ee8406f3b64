/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/idmap.h"

#include <stdlib.h>

#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"

/* Open addressing.  A slot is a pointer: NULL never used, TOMB was used. */
struct idmap_slots {
    uint32_t mask;
    void *slot[];
};

static char tomb;
#define TOMB ((void *)&tomb)

static uint32_t
id_of(const void *object)
{
    return *(const uint32_t *)object;
}

static struct idmap_slots *
slots_create(size_t n_objects)
{
    size_t n = 8;
    while (n < n_objects * 2 + 2) {
        n *= 2;
    }
    struct idmap_slots *s = xzalloc(sizeof *s + n * sizeof s->slot[0]);
    s->mask = (uint32_t)n - 1;
    return s;
}

void
idmap_init(struct idmap *m)
{
    m->slots = slots_create(0);
    m->n = m->n_tombs = 0;
}

void
idmap_fini(struct idmap *m)
{
    free(m->slots);
    m->slots = NULL;
}

/* Where the object of 'id' is, or NULL. */
static void **
find(struct idmap_slots *s, uint32_t id)
{
    for (uint32_t i = hash_u64(id, 0);; i++) {
        void **p = &s->slot[i & s->mask];
        void *object = rcu_load(p);
        if (!object) {
            return NULL;
        }
        if (object != TOMB && id_of(object) == id) {
            return p;
        }
    }
}

void *
idmap_get(const struct idmap *m, uint32_t id)
{
    void **p = find(rcu_load(&m->slots), id);
    void *object = p ? rcu_load(p) : NULL;
    /* The writer may have put something else there in between. */
    return object && object != TOMB && id_of(object) == id ? object : NULL;
}

static void
put(struct idmap_slots *s, void *object)
{
    for (uint32_t i = hash_u64(id_of(object), 0);; i++) {
        void **p = &s->slot[i & s->mask];
        if (!*p) {
            rcu_assign(p, object);
            return;
        }
    }
}

void *
idmap_set(struct idmap *m, void *object)
{
    void **p = find(m->slots, id_of(object));
    if (p) {
        void *old = *p;
        rcu_assign(p, object);
        return old;
    }
    if ((m->n + m->n_tombs + 1) * 2 > m->slots->mask) {
        struct idmap_slots *old = m->slots;
        struct idmap_slots *fresh = slots_create(m->n * 2 + 1);
        for (size_t i = 0; i <= old->mask; i++) {
            if (old->slot[i] && old->slot[i] != TOMB) {
                put(fresh, old->slot[i]);
            }
        }
        m->n_tombs = 0;
        rcu_assign(&m->slots, fresh);
        rcu_free(old);
    }
    put(m->slots, object);
    m->n++;
    return NULL;
}

void *
idmap_remove(struct idmap *m, uint32_t id)
{
    void **p = find(m->slots, id);
    if (!p) {
        return NULL;
    }
    void *object = *p;
    rcu_assign(p, TOMB);
    m->n--;
    m->n_tombs++;
    return object;
}

void *
idmap_next(const struct idmap *m, size_t *at)
{
    while (*at <= m->slots->mask) {
        void *object = m->slots->slot[(*at)++];
        if (object && object != TOMB) {
            return object;
        }
    }
    return NULL;
}
