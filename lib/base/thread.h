/* SPDX-License-Identifier: Apache-2.0 */
/* Threads, the few that there are, and names for them.  Locks are plain
 * pthread mutexes; ARCHITECTURE.md numbers them. */
#ifndef WEIR_BASE_THREAD_H
#define WEIR_BASE_THREAD_H 1

#include <pthread.h>

#include "lib/base/types.h"

/* Starts fn(arg) in a thread called 'name' (15 bytes are kept) with all
 * signals blocked; aborts if the system has no more threads. */
pthread_t thread_start(const char *name, void *(*fn)(void *), void *arg);
void thread_join(pthread_t);
/* Pins the calling thread; 0 or negative errno. */
int thread_pin(int core);
/* Cores the process may use. */
int thread_n_cores(void);

#endif
