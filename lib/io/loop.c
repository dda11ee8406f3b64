/* SPDX-License-Identifier: Apache-2.0 */
/* How a turn goes: libuv runs timers (one of ours, which runs all that are
 * due), then prepare (deferred functions; RCU goes offline), polls, then
 * check (RCU comes online), then descriptors that are ready have run inside
 * the poll phase.  Callbacks from the poll phase need RCU, and libuv has no
 * hook between the poll's return and its first callback; so each watcher of
 * ours calls loop_awake() first, which is one compare when awake already. */
#include "lib/io/loop.h"

#include <pthread.h>
#include <uv.h>

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/io/loop_priv.h"
#include "lib/io/tls.h"

struct posted {
    struct list node;
    void (*fn)(void *);
    void *aux;
};

struct loop_work_job {
    uv_work_t req;
    struct loop *loop;
    void (*work)(void *);
    void (*done)(void *);
    void *aux;
};

void
loop_awake(struct loop *l)
{
    if (l->asleep) {
        l->asleep = false;
        rcu_online();
    }
}

/* Arms the libuv timer for our earliest; none while the clock is held, since
 * then only loop_clock_moved() makes timers due. */
static void
loop_arm(struct loop *l)
{
    struct heap_node *min = heap_min(&l->timers);
    if (!min || clock_is_held()) {
        uv_timer_stop(&l->uv_timer);
        return;
    }
    int64_t wait = min->key - clock_ms();
    uv_update_time(&l->uv);
    uv_timer_start(&l->uv_timer, loop_on_uv_timer,
                   (uint64_t)MAX(wait, 0), 0);
}

size_t
loop_run_timers(struct loop *l)
{
    /* Timers set by a callback for a moment that has passed run in the next
     * round, so that none can keep the loop here. */
    int64_t now = clock_ms();
    size_t n = 0, max = l->timers.n;
    for (struct heap_node *node; n < max && (node = heap_min(&l->timers))
                                 && node->key <= now; n++) {
        struct loop_timer *t = CONTAINER_OF(node, struct loop_timer, node);
        heap_remove(&l->timers, node);
        t->fn(t->aux);
    }
    l->rearm = true;
    return n;
}

void
loop_on_uv_timer(uv_timer_t *t)
{
    struct loop *l = t->data;
    loop_awake(l);
    loop_run_timers(l);
}

/* Runs the functions on 'list'; those they add wait for the next time. */
static void
run_list(struct list *list)
{
    struct list now;
    if (list_is_empty(list)) {
        return;
    }
    list_init(&now);
    list_insert_before(list, &now);
    list_remove(list);
    while (!list_is_empty(&now)) {
        struct list *node = list_pop_front(&now);
        struct loop_defer *d = LIST_ENTRY(node, struct loop_defer, node);
        d->fn(d->aux);
    }
}

static void
on_idle(uv_idle_t *idle UNUSED)
{
    /* Its being active makes the poll not wait. */
}

static void
on_prepare(uv_prepare_t *p)
{
    struct loop *l = p->data;
    run_list(&l->deferred);
    if (l->rearm) {
        l->rearm = false;
        loop_arm(l);
    }
    /* libuv computes its wait after this: an active idle handle makes it 0
     * when a deferred function deferred again. */
    if (list_is_empty(&l->deferred)) {
        uv_idle_stop(&l->uv_idle);
    } else {
        uv_idle_start(&l->uv_idle, on_idle);
    }
    if (l->use_rcu && !l->asleep) {
        l->asleep = true;
        rcu_offline();
    }
}

static void
on_check(uv_check_t *c)
{
    loop_awake(c->data);
}

static void
run_posted(struct loop *l)
{
    struct list batch;
    list_init(&batch);
    pthread_mutex_lock(&l->post_lock);
    if (!list_is_empty(&l->posted)) {
        list_insert_before(&l->posted, &batch);
        list_remove(&l->posted);
    }
    pthread_mutex_unlock(&l->post_lock);
    while (!list_is_empty(&batch)) {
        struct list *node = list_pop_front(&batch);
        struct posted *p = LIST_ENTRY(node, struct posted, node);
        void (*fn)(void *) = p->fn;
        void *aux = p->aux;
        free(p);
        fn(aux);
    }
}

static void
on_async(uv_async_t *a)
{
    struct loop *l = a->data;
    loop_awake(l);
    run_posted(l);
}

struct loop *
loop_create(void)
{
    struct loop *l = xzalloc(sizeof *l);
    int err = uv_loop_init(&l->uv);
    ASSERT(!err);
    err = uv_async_init(&l->uv, &l->uv_async, on_async);
    ASSERT(!err);
    uv_timer_init(&l->uv, &l->uv_timer);
    uv_timer_init(&l->uv, &l->uv_limit);
    uv_prepare_init(&l->uv, &l->uv_prepare);
    uv_check_init(&l->uv, &l->uv_check);
    uv_idle_init(&l->uv, &l->uv_idle);
    l->uv_async.data = l->uv_timer.data = l->uv_prepare.data
        = l->uv_check.data = l->uv_idle.data = l->uv_limit.data = l;
    uv_prepare_start(&l->uv_prepare, on_prepare);
    uv_check_start(&l->uv_check, on_check);
    heap_init(&l->timers);
    list_init(&l->deferred);
    list_init(&l->at_destroy);
    list_init(&l->posted);
    pthread_mutex_init(&l->post_lock, NULL);
    return l;
}

void
loop_destroy(struct loop **lp)
{
    struct loop *l = *lp;
    if (!l) {
        return;
    }
    *lp = NULL;
    run_list(&l->at_destroy);
    while (l->n_work) {
        loop_run_once(l, true);
    }
    run_posted(l);
    run_list(&l->deferred);
    uv_handle_t *own[] = {
        (uv_handle_t *)&l->uv_async, (uv_handle_t *)&l->uv_timer,
        (uv_handle_t *)&l->uv_prepare, (uv_handle_t *)&l->uv_check,
        (uv_handle_t *)&l->uv_idle, (uv_handle_t *)&l->uv_limit,
    };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        uv_close(own[i], NULL);
    }
    uv_run(&l->uv, UV_RUN_DEFAULT);
    int err = uv_loop_close(&l->uv);
    ASSERT(!err); /* Else something opened on the loop was not closed. */
    loop_awake(l);
    if (l->use_rcu) {
        rcu_thread_unregister();
    }
    pthread_mutex_destroy(&l->post_lock);
    heap_fini(&l->timers);
    tls_context_destroy(&l->tls);
    free(l);
}

void
loop_use_rcu(struct loop *l)
{
    if (!l->use_rcu) {
        rcu_thread_register();
        l->use_rcu = true;
    }
}

static void
loop_turn(struct loop *l, uv_run_mode mode)
{
    if (!list_is_empty(&l->deferred)) {
        uv_idle_start(&l->uv_idle, on_idle);
    }
    uv_run(&l->uv, mode);
    loop_awake(l);
}

void
loop_run(struct loop *l)
{
    while (!__atomic_exchange_n(&l->stop, false, __ATOMIC_ACQ_REL)) {
        loop_turn(l, UV_RUN_ONCE);
    }
}

void
loop_run_once(struct loop *l, bool block)
{
    loop_turn(l, block ? UV_RUN_ONCE : UV_RUN_NOWAIT);
}

static void
on_limit(uv_timer_t *t)
{
    loop_awake(t->data);
}

void
loop_run_for(struct loop *l, int64_t max_ms)
{
    if (max_ms <= 0) {
        loop_turn(l, UV_RUN_NOWAIT);
        return;
    }
    uv_update_time(&l->uv);
    uv_timer_start(&l->uv_limit, on_limit, (uint64_t)max_ms, 0);
    loop_turn(l, UV_RUN_ONCE);
    uv_timer_stop(&l->uv_limit);
}

static void
wake(void *aux UNUSED)
{
}

void
loop_stop(struct loop *l)
{
    __atomic_store_n(&l->stop, true, __ATOMIC_RELEASE);
    loop_post(l, wake, NULL);
}

void
loop_timer_init(struct loop_timer *t, struct loop *l, void (*fn)(void *),
                void *aux)
{
    heap_node_init(&t->node);
    t->loop = l;
    t->fn = fn;
    t->aux = aux;
}

void
loop_timer_set(struct loop_timer *t, int64_t at_ms)
{
    if (heap_node_is_in(&t->node)) {
        heap_change(&t->loop->timers, &t->node, at_ms);
    } else {
        heap_insert(&t->loop->timers, &t->node, at_ms);
    }
    t->loop->rearm = true;
}

void
loop_timer_set_in(struct loop_timer *t, int64_t ms)
{
    loop_timer_set(t, clock_ms() + ms);
}

void
loop_timer_cancel(struct loop_timer *t)
{
    if (heap_node_is_in(&t->node)) {
        heap_remove(&t->loop->timers, &t->node);
        t->loop->rearm = true;
    }
}

void
loop_clock_moved(struct loop *l)
{
    loop_run_timers(l);
}

void
loop_post(struct loop *l, void (*fn)(void *), void *aux)
{
    struct posted *p = xmalloc(sizeof *p);
    p->fn = fn;
    p->aux = aux;
    pthread_mutex_lock(&l->post_lock);
    list_push_back(&l->posted, &p->node);
    pthread_mutex_unlock(&l->post_lock);
    uv_async_send(&l->uv_async);
}

void
loop_defer_init(struct loop_defer *d, void (*fn)(void *), void *aux)
{
    list_init(&d->node);
    d->fn = fn;
    d->aux = aux;
}

void
loop_defer(struct loop *l, struct loop_defer *d)
{
    if (list_is_empty(&d->node)) {
        list_push_back(&l->deferred, &d->node);
    }
}

void
loop_defer_cancel(struct loop_defer *d)
{
    list_remove(&d->node);
}

void
loop_at_destroy(struct loop *l, struct loop_defer *d)
{
    list_push_back(&l->at_destroy, &d->node);
}

static void
on_work(uv_work_t *req)
{
    struct loop_work_job *job = req->data;
    job->work(job->aux);
}

static void
on_work_done(uv_work_t *req, int status UNUSED)
{
    struct loop_work_job *job = req->data;
    loop_awake(job->loop);
    job->loop->n_work--;
    void (*done)(void *) = job->done;
    void *aux = job->aux;
    free(job);
    if (done) {
        done(aux);
    }
}

void
loop_work(struct loop *l, void (*work)(void *), void (*done)(void *),
          void *aux)
{
    struct loop_work_job *job = xzalloc(sizeof *job);
    job->req.data = job;
    job->loop = l;
    job->work = work;
    job->done = done;
    job->aux = aux;
    l->n_work++;
    int err = uv_queue_work(&l->uv, &job->req, on_work, on_work_done);
    ASSERT(!err);
}

size_t
loop_work_pending(const struct loop *l)
{
    return l->n_work;
}

void
loop_set_tls(struct loop *l, struct tls_context *take)
{
    if (l->tls != take) {
        tls_context_destroy(&l->tls);
        l->tls = take;
    }
}

struct tls_context *
loop_get_tls(const struct loop *l)
{
    return l->tls;
}
