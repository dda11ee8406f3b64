/* SPDX-License-Identifier: Apache-2.0 */
/* Named locks that clients share [RFC 7047 4.1.8 to 4.1.10].
 *
 * A lock is a queue of those who asked; the first owns it.  Stealing puts the
 * thief first; who was robbed waits behind him.  A lock that nobody asks for
 * is forgotten.  Main thread. */
#ifndef WEIR_OVSDB_SERVER_LOCK_H
#define WEIR_OVSDB_SERVER_LOCK_H 1

#include "lib/base/list.h"
#include "lib/base/map.h"

struct lock;

struct locks {
    struct shash by_name; /* Data: struct lock. */
    size_t n_waiters;     /* In all queues, owners included. */
};

/* One client's place in one queue. */
struct lock_waiter {
    struct list node;       /* In the lock's queue. */
    struct list owner_node; /* For the client's list. */
    struct lock *lock;
    /* The lock became his (stolen false), or was taken from him. */
    void (*notify)(void *aux, const char *name, bool stolen);
    void *aux;
};

void locks_init(struct locks *);
/* All waiters must be gone. */
void locks_fini(struct locks *);
/* Queues up; tells others that lose by it.  A client asks once per lock. */
struct lock_waiter *lock_join(struct locks *, const char *name, bool steal,
                              void (*notify)(void *aux, const char *, bool),
                              void *aux);
/* Leaves the queue and frees; the next owner is told. */
void lock_leave(struct locks *, struct lock_waiter *);
bool lock_is_owned_by(const struct lock_waiter *);
const char *lock_name(const struct lock_waiter *);

#endif
