/* SPDX-License-Identifier: Apache-2.0 */
/* Work of a store in a helper thread, that the loop can wait for. */
#include <pthread.h>

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/io/store_priv.h"

struct store_task {
    void (*work)(void *aux);
    void (*done)(void *aux);
    void *aux;
    bool threaded;
    bool cancelled;       /* 'done' does not come. */
    bool skip;            /* Nor 'work': where there are no threads. */
    bool ran;             /* Written under 'lock'; atomic. */
    pthread_mutex_t lock; /* No. 6 of ARCHITECTURE.md. */
    pthread_cond_t cond;
};

static void
task_run(void *task_)
{
    struct store_task *t = task_;
    t->work(t->aux);
    pthread_mutex_lock(&t->lock);
    __atomic_store_n(&t->ran, true, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&t->cond);
    pthread_mutex_unlock(&t->lock);
}

static void
task_end(void *task_)
{
    struct store_task *t = task_;
    bool cancelled = t->cancelled;
    void (*done)(void *) = t->done;
    void *aux = t->aux;
    pthread_mutex_destroy(&t->lock);
    pthread_cond_destroy(&t->cond);
    free(t);
    if (!cancelled) {
        done(aux);
    }
}

static void
task_unthreaded(void *task_)
{
    struct store_task *t = task_;
    if (!t->ran && !t->skip) {
        t->ran = true;
        t->work(t->aux);
    }
    task_end(t);
}

struct store_task *
store_task_start(struct store *s, void (*work)(void *), void (*done)(void *),
                 void *aux)
{
    ASSERT(s->loop);
    struct store_task *t = xzalloc(sizeof *t);
    t->work = work;
    t->done = done;
    t->aux = aux;
    t->threaded = s->fs->ops->threaded;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->cond, NULL);
    if (t->threaded) {
        loop_work(s->loop, task_run, task_end, t);
    } else {
        loop_post(s->loop, task_unthreaded, t);
    }
    return t;
}

bool
store_task_has_run(struct store_task *t)
{
    return __atomic_load_n(&t->ran, __ATOMIC_ACQUIRE);
}

static void
task_wait(struct store_task *t)
{
    pthread_mutex_lock(&t->lock);
    while (!t->ran) {
        pthread_cond_wait(&t->cond, &t->lock);
    }
    pthread_mutex_unlock(&t->lock);
}

void
store_task_finish(struct store_task **tp)
{
    struct store_task *t = *tp;
    *tp = NULL;
    if (!t) {
        return;
    }
    t->cancelled = true;
    if (t->threaded) {
        task_wait(t);
    } else if (!t->ran) {
        t->ran = true;
        t->work(t->aux);
    }
}

void
store_task_cancel(struct store_task **tp)
{
    struct store_task *t = *tp;
    if (t && !t->threaded) {
        t->cancelled = t->skip = true;
        *tp = NULL;
    } else {
        store_task_finish(tp);
    }
}
