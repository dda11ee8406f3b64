/* SPDX-License-Identifier: Apache-2.0 */
/* The door to userspace RCU (liburcu, quiescent-state flavour).
 *
 * Readers are registered threads that pass rcu_quiesce() regularly and go
 * offline (rcu_offline()) before they sleep.  Writers publish with
 * rcu_assign() and free what readers may still see with rcu_defer(), which
 * never blocks.  Every packet worker and the main thread register. */
#ifndef WEIR_BASE_RCU_H
#define WEIR_BASE_RCU_H 1

#include "lib/base/types.h"

/* Publishes VALUE in pointer variable *P; readers use rcu_load(P). */
#define rcu_assign(P, VALUE) __atomic_store_n(P, VALUE, __ATOMIC_RELEASE)
#define rcu_load(P) __atomic_load_n(P, __ATOMIC_CONSUME)

void rcu_thread_register(void);
void rcu_thread_unregister(void);
/* The calling thread holds no snapshot now. */
void rcu_quiesce(void);
/* Around sleeping or other long waits. */
void rcu_offline(void);
void rcu_online(void);
/* Calls fn(arg) after every reader has passed a quiescent state.  'fn' runs
 * in a helper thread and may not block or take locks held by the caller.
 * Threads: any registered. */
void rcu_defer(void (*fn)(void *), void *arg);
/* Frees with free() after a grace period. */
void rcu_free(void *);
/* Waits until every reader has passed a quiescent state; not in packet
 * workers. */
void rcu_synchronize(void);
/* Waits until all deferred calls so far have run; not in packet workers. */
void rcu_barrier_all(void);

#endif
