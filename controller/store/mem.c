/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "controller/store/store.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"

struct entry {
    struct list node;
    uint64_t dpid;
    char *text;
};

struct mem_store {
    struct core_store up;
    struct list entries;
};

static struct mem_store *
cast(struct core_store *s)
{
    return CONTAINER_OF(s, struct mem_store, up);
}

static int
mem_add(struct core_store *s, uint64_t dpid, const char *text)
{
    struct entry *e = xmalloc(sizeof *e);
    e->dpid = dpid;
    e->text = xstrdup(text);
    list_push_back(&cast(s)->entries, &e->node);
    return 0;
}

static void
entry_free(struct entry *e)
{
    list_remove(&e->node);
    free(e->text);
    free(e);
}

static void
mem_remove(struct core_store *s, uint64_t dpid, const char *text)
{
    LIST_FOR_EACH_SAFE (struct entry, e, node, &cast(s)->entries) {
        if (e->dpid == dpid && !strcmp(e->text, text)) {
            entry_free(e);
            return;
        }
    }
}

static void
mem_for_each(struct core_store *s, uint64_t dpid,
             void (*fn)(void *, const char *), void *aux)
{
    LIST_FOR_EACH_SAFE (struct entry, e, node, &cast(s)->entries) {
        if (e->dpid == dpid) {
            fn(aux, e->text);
        }
    }
}

static void
mem_destroy(struct core_store *s)
{
    LIST_FOR_EACH_SAFE (struct entry, e, node, &cast(s)->entries) {
        entry_free(e);
    }
    free(cast(s));
}

struct core_store *
core_store_mem_create(void)
{
    static const struct core_store_ops ops = { mem_add, mem_remove,
                                               mem_for_each, mem_destroy };
    struct mem_store *s = xzalloc(sizeof *s);
    s->up.ops = &ops;
    list_init(&s->entries);
    return &s->up;
}
