/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: timers on the held clock, posting, deferring, work, children. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/rcu.h"
#include "lib/base/thread.h"
#include "lib/io/loop.h"

struct event {
    struct loop *loop;
    struct loop_timer timer;
    struct loop_defer defer;
    int n, value;
    int order[8];
};

static void
count(void *aux)
{
    struct event *e = aux;
    e->n++;
}

static void
count_and_stop(void *aux)
{
    struct event *e = aux;
    e->n++;
    loop_stop(e->loop);
}

static void
test_timer_real_clock(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    int64_t start = clock_ms();
    loop_timer_init(&e.timer, e.loop, count_and_stop, &e);
    assert_false(loop_timer_is_set(&e.timer));
    loop_timer_set_in(&e.timer, 30);
    loop_run(e.loop);
    assert_int_equal(e.n, 1);
    assert_true(clock_ms() - start >= 30);
    assert_false(loop_timer_is_set(&e.timer));
    loop_destroy(&e.loop);
    assert_null(e.loop);
}

static void
test_run_for(void **state UNUSED)
{
    struct loop *l = loop_create();
    int64_t start = clock_real_ms();
    loop_run_for(l, 20);
    assert_true(clock_real_ms() - start >= 19);
    loop_run_for(l, 0);
    loop_destroy(&l);
}

static void
again(void *aux)
{
    struct event *e = aux;
    if (++e->n < 5) {
        loop_defer(e->loop, &e->defer);
    }
}

static void
test_defer(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    loop_defer_init(&e.defer, again, &e);
    loop_defer(e.loop, &e.defer);
    loop_defer(e.loop, &e.defer);
    loop_run_once(e.loop, true);
    assert_int_equal(e.n, 1);
    while (e.n < 5) {
        loop_run_once(e.loop, true); /* Must not sleep. */
    }
    loop_defer(e.loop, &e.defer);
    loop_defer_cancel(&e.defer);
    loop_run_once(e.loop, false);
    assert_int_equal(e.n, 5);
    loop_destroy(&e.loop);
}

static void *
poster(void *aux)
{
    struct event *e = aux;
    for (int i = 0; i < 99; i++) {
        loop_post(e->loop, count, e);
    }
    loop_post(e->loop, count_and_stop, e);
    return NULL;
}

static void
test_post(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    pthread_t t = thread_start("poster", poster, &e);
    loop_run(e.loop);
    thread_join(t);
    assert_int_equal(e.n, 100);
    loop_destroy(&e.loop);
}

static void
work(void *aux)
{
    struct event *e = aux;
    usleep(1000);
    e->value = 42;
}

static void
test_work(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    loop_work(e.loop, work, count_and_stop, &e);
    assert_int_equal(loop_work_pending(e.loop), 1);
    loop_run(e.loop);
    assert_int_equal(e.value, 42);
    assert_int_equal(loop_work_pending(e.loop), 0);
    /* Destroying waits for what is under way. */
    e.value = 0;
    loop_work(e.loop, work, count, &e);
    loop_destroy(&e.loop);
    assert_int_equal(e.value, 42);
    assert_int_equal(e.n, 2);
}

static void
on_fd(void *aux, int events)
{
    struct event *e = aux;
    e->value |= events;
    e->n++;
}

static void
test_fd(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    int fds[2], err;
    assert_int_equal(pipe(fds), 0);
    struct loop_fd *f = loop_fd_open(e.loop, fds[0], on_fd, &e, &err);
    assert_non_null(f);
    assert_int_equal(write(fds[1], "x", 1), 1);
    loop_run_once(e.loop, false);
    assert_int_equal(e.n, 0); /* Nothing wanted yet. */
    loop_fd_want(f, LOOP_READ);
    loop_run_once(e.loop, true);
    assert_int_equal(e.n, 1);
    assert_int_equal(e.value, LOOP_READ);
    loop_fd_want(f, 0);
    loop_run_once(e.loop, false);
    assert_int_equal(e.n, 1);
    loop_fd_close(&f);
    close(fds[0]);
    close(fds[1]);
    loop_destroy(&e.loop);
}

static void
on_signal(void *aux, int signum)
{
    struct event *e = aux;
    e->value = signum;
    loop_stop(e->loop);
}

static void
test_signal(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    struct loop_signal *s = loop_signal_open(e.loop, SIGHUP, on_signal, &e);
    raise(SIGHUP);
    loop_run(e.loop);
    assert_int_equal(e.value, SIGHUP);
    loop_signal_close(&s);
    loop_destroy(&e.loop);
}

static void
on_exit_status(void *aux, int status)
{
    struct event *e = aux;
    e->value = status;
    loop_stop(e->loop);
}

static void
test_spawn(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    char *argv[] = { "sh", "-c", "exit 7", NULL };
    assert_int_equal(loop_spawn(e.loop, argv, on_exit_status, &e), 0);
    loop_run(e.loop);
    assert_int_equal(e.value, 7);
    char *kill_argv[] = { "sh", "-c", "kill -9 $$", NULL };
    assert_int_equal(loop_spawn(e.loop, kill_argv, on_exit_status, &e), 0);
    loop_run(e.loop);
    assert_int_equal(e.value, 128 + 9);
    char *bad[] = { "/nonexistent/program", NULL };
    assert_int_equal(loop_spawn(e.loop, bad, on_exit_status, &e), -ENOENT);
    loop_destroy(&e.loop);
}

static void
on_addrs(void *aux, int err, const struct addr *addrs, size_t n)
{
    struct event *e = aux;
    (void)addrs;
    e->value = err;
    e->n = (int)n;
    loop_stop(e->loop);
}

static void
test_resolve(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    assert_non_null(loop_resolve(e.loop, "localhost", 1, on_addrs, &e));
    loop_run(e.loop);
    assert_int_equal(e.value, 0);
    assert_true(e.n > 0);
    struct loop_resolve *r = loop_resolve(e.loop, "localhost", 1, on_addrs,
                                          &e);
    loop_resolve_cancel(&r);
    e.n = 0;
    loop_destroy(&e.loop); /* No callback follows. */
    assert_int_equal(e.n, 0);
}

static void
test_rcu(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    loop_use_rcu(e.loop);
    loop_timer_init(&e.timer, e.loop, count_and_stop, &e);
    loop_timer_set_in(&e.timer, 5);
    rcu_free(malloc(1));
    loop_run(e.loop);
    loop_post(e.loop, count_and_stop, &e);
    loop_run(e.loop);
    assert_int_equal(e.n, 2);
    loop_destroy(&e.loop);
}

struct ordered {
    struct loop_timer timer;
    struct event *e;
    int id;
};

static void
note_order(void *aux)
{
    struct ordered *o = aux;
    o->e->order[o->e->n++] = o->id;
}

/* Last: the clock stays held. */
static void
test_held_clock(void **state UNUSED)
{
    struct event e = { .loop = loop_create() };
    struct ordered o[3];
    clock_hold();
    static const int at[] = { 500, 100, 300 };
    for (int i = 0; i < 3; i++) {
        o[i].e = &e;
        o[i].id = i;
        loop_timer_init(&o[i].timer, e.loop, note_order, &o[i]);
        loop_timer_set_in(&o[i].timer, at[i]);
    }
    loop_run_for(e.loop, 150);
    assert_int_equal(e.n, 0);
    clock_advance_ms(99);
    loop_clock_moved(e.loop);
    assert_int_equal(e.n, 0);
    clock_advance_ms(1);
    loop_clock_moved(e.loop);
    assert_int_equal(e.n, 1);
    assert_int_equal(e.order[0], 1);
    loop_timer_set_in(&o[1].timer, 1000);
    loop_timer_set_in(&o[1].timer, 100);
    loop_timer_cancel(&o[0].timer);
    loop_timer_cancel(&o[0].timer);
    clock_advance_ms(1000);
    loop_clock_moved(e.loop);
    assert_int_equal(e.n, 3);
    assert_int_equal(e.order[1], 1);
    assert_int_equal(e.order[2], 2);
    loop_destroy(&e.loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer_real_clock),
        cmocka_unit_test(test_run_for),
        cmocka_unit_test(test_defer),
        cmocka_unit_test(test_post),
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_fd),
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_spawn),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_rcu),
        cmocka_unit_test(test_held_clock),
    };
    return cmocka_run_group_tests_name("io_loop", tests, NULL, NULL);
}
