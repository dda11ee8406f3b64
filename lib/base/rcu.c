/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/rcu.h"

#include <stdlib.h>
#include <urcu-qsbr.h>

#include "lib/base/mem.h"

/* ThreadSanitizer does not see the waits inside liburcu: it is told that
 * what threads did before a quiescent state happened before the deferred
 * calls that follow. */
#ifdef WEIR_TSAN
#include <sanitizer/tsan_interface.h>
#include <semaphore.h>
static char grace;
#define BEFORE_GRACE() __tsan_release(&grace)
#define AFTER_GRACE() __tsan_acquire(&grace)
#else
#define BEFORE_GRACE() ((void)0)
#define AFTER_GRACE() ((void)0)
#endif

struct deferred {
    struct rcu_head head;
    void (*fn)(void *);
    void *arg;
};

void
rcu_thread_register(void)
{
    urcu_qsbr_register_thread();
}

void
rcu_thread_unregister(void)
{
    BEFORE_GRACE();
    urcu_qsbr_unregister_thread();
}

void
rcu_quiesce(void)
{
    BEFORE_GRACE();
    urcu_qsbr_quiescent_state();
}

void
rcu_offline(void)
{
    BEFORE_GRACE();
    urcu_qsbr_thread_offline();
}

void
rcu_online(void)
{
    urcu_qsbr_thread_online();
}

static void
run_deferred(struct rcu_head *head)
{
    AFTER_GRACE();
    struct deferred *d = CONTAINER_OF(head, struct deferred, head);
    d->fn(d->arg);
    free(d);
}

void
rcu_defer(void (*fn)(void *), void *arg)
{
    struct deferred *d = xmalloc(sizeof *d);
    d->fn = fn;
    d->arg = arg;
    BEFORE_GRACE();
    urcu_qsbr_call_rcu(&d->head, run_deferred);
}

void
rcu_free(void *p)
{
    if (p) {
        rcu_defer(free, p);
    }
}

void
rcu_synchronize(void)
{
    BEFORE_GRACE();
    urcu_qsbr_synchronize_rcu();
    AFTER_GRACE();
}

#ifdef WEIR_TSAN
/* urcu_qsbr_barrier() hands memory between threads unseen.  Deferred calls
 * run in order in one thread. */
static void
post(void *sem)
{
    sem_post(sem);
}

void
rcu_barrier_all(void)
{
    sem_t sem;
    sem_init(&sem, 0, 0);
    rcu_defer(post, &sem);
    rcu_offline();
    sem_wait(&sem);
    rcu_online();
}
#else
void
rcu_barrier_all(void)
{
    urcu_qsbr_barrier();
}
#endif
