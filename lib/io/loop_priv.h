/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's insides, for loop*.c alone. */
#ifndef WEIR_IO_LOOP_PRIV_H
#define WEIR_IO_LOOP_PRIV_H 1

/* Before <uv.h>, whose MIN() and MAX() then give way to ours. */
#include "lib/io/loop.h"

#include <pthread.h>
#include <uv.h>

struct loop {
    uv_loop_t uv;
    uv_timer_t uv_timer;     /* For the earliest of 'timers'. */
    uv_timer_t uv_limit;     /* For loop_run_for(). */
    uv_prepare_t uv_prepare; /* Before each sleep. */
    uv_check_t uv_check;     /* After each sleep. */
    uv_idle_t uv_idle;       /* Active while something is deferred. */
    uv_async_t uv_async;     /* For loop_post(). */
    struct heap timers;      /* struct loop_timer by clock_ms(). */
    bool rearm;              /* 'timers' changed since uv_timer was set. */
    struct list deferred;    /* struct loop_defer. */
    struct list at_destroy;  /* struct loop_defer: who has no owner. */
    pthread_mutex_t post_lock;
    struct list posted;      /* struct posted, under 'post_lock'. */
    size_t n_work;           /* Jobs not done. */
    bool stop;               /* loop_run() returns; atomic. */
    bool use_rcu, asleep;    /* Registered; offline at present. */
    struct tls_context *tls; /* Owned; NULL if none. */
};

/* First thing in every callback from libuv. */
void loop_awake(struct loop *);
/* Runs when the loop is destroyed, if not cancelled before. */
void loop_at_destroy(struct loop *, struct loop_defer *);
void loop_on_uv_timer(uv_timer_t *);

#endif
