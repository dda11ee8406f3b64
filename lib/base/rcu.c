/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/rcu.h"

#include <stdlib.h>
#include <urcu-qsbr.h>

#include "lib/base/mem.h"

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
    urcu_qsbr_unregister_thread();
}

void
rcu_quiesce(void)
{
    urcu_qsbr_quiescent_state();
}

void
rcu_offline(void)
{
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
rcu_barrier_all(void)
{
    urcu_qsbr_barrier();
}
