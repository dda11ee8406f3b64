/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/assert.h"

pthread_t
thread_start(const char *name, void *(*fn)(void *), void *arg)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_t t;
    int err = pthread_create(&t, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (err) {
        fprintf(stderr, "cannot start thread %s: %s\n", name, strerror(err));
        abort();
    }
    char shortened[16];
    snprintf(shortened, sizeof shortened, "%.15s", name);
    pthread_setname_np(t, shortened);
    return t;
}

void
thread_join(pthread_t t)
{
    int err = pthread_join(t, NULL);
    ASSERT(!err);
}

int
thread_pin(int core)
{
    if (core < 0 || core >= CPU_SETSIZE) {
        return -EINVAL;
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return -pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

int
thread_n_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
}
