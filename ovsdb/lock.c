/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/lock.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"

struct lock {
    struct list queue; /* struct lock_waiter.node; never empty. */
    char *name;
};

void
locks_init(struct locks *ls)
{
    shash_init(&ls->by_name);
    ls->n_waiters = 0;
}

void
locks_fini(struct locks *ls)
{
    ASSERT(!shash_count(&ls->by_name));
    shash_fini(&ls->by_name);
}

static struct lock_waiter *
lock_owner(const struct lock *lock)
{
    return list_is_empty(&lock->queue)
               ? NULL
               : LIST_ENTRY(list_front(&lock->queue), struct lock_waiter,
                            node);
}

struct lock_waiter *
lock_join(struct locks *ls, const char *name, bool steal,
          void (*notify)(void *aux, const char *, bool), void *aux)
{
    struct lock *lock = shash_get(&ls->by_name, name);
    if (!lock) {
        lock = xzalloc(sizeof *lock);
        lock->name = xstrdup(name);
        list_init(&lock->queue);
        shash_add(&ls->by_name, name, lock);
    }
    struct lock_waiter *w = xzalloc(sizeof *w);
    struct lock_waiter *victim = lock_owner(lock);
    ls->n_waiters++;
    w->lock = lock;
    w->notify = notify;
    w->aux = aux;
    list_init(&w->owner_node);
    if (steal) {
        list_push_front(&lock->queue, &w->node);
        if (victim) {
            victim->notify(victim->aux, name, true);
        }
    } else {
        list_push_back(&lock->queue, &w->node);
    }
    return w;
}

void
lock_leave(struct locks *ls, struct lock_waiter *w)
{
    struct lock *lock = w->lock;
    bool was_owner = lock_is_owned_by(w);
    list_remove(&w->node);
    list_remove(&w->owner_node);
    ls->n_waiters--;
    free(w);
    struct lock_waiter *next = lock_owner(lock);
    if (!next) {
        shash_remove(&ls->by_name, lock->name);
        free(lock->name);
        free(lock);
    } else if (was_owner) {
        next->notify(next->aux, lock->name, false);
    }
}

bool
lock_is_owned_by(const struct lock_waiter *w)
{
    return lock_owner(w->lock) == w;
}

const char *
lock_name(const struct lock_waiter *w)
{
    return w->lock->name;
}
