/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/trigger.h"

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "ovsdb/txn.h"

/* Run again in one turn of the loop. */
#define RUNS_PER_TURN 64

static void
trigger_free(struct trigger *t)
{
    struct triggers *ts = t->home;
    ts->n--;
    heap_remove(&ts->deadlines, &t->deadline);
    list_remove(&t->node);
    list_remove(&t->owner_node);
    list_remove(&t->ready_node);
    free(t->params);
    free(t);
}

static int64_t
trigger_deadline(const struct trigger *t)
{
    return t->wait.timeout_ms > INT64_MAX - t->start_ms
               ? INT64_MAX
               : t->start_ms + t->wait.timeout_ms;
}

static void
triggers_arm(struct triggers *ts)
{
    const struct heap_node *first = heap_min(&ts->deadlines);
    if (first && first->key < INT64_MAX) {
        loop_timer_set(&ts->timer, first->key);
    } else {
        loop_timer_cancel(&ts->timer);
    }
}

/* Runs it again: then it is done (and gone), or waits on. */
static void
trigger_try(struct trigger *t)
{
    list_remove(&t->ready_node);
    t->env.elapsed_ms = clock_ms() - t->start_ms;
    struct str result = STR_INIT;
    if (exec_text(&t->env, t->params, t->params_len, &result, &t->wait)
        == EXEC_DONE) {
        t->done(t->aux, t, &result);
        trigger_free(t);
    } else { /* Perhaps another of its waits is what it waits for now. */
        heap_change(&t->home->deadlines, &t->deadline, trigger_deadline(t));
    }
    str_fini(&result);
}

static void
triggers_run_ready(void *ts_)
{
    struct triggers *ts = ts_;
    for (int i = 0; i < RUNS_PER_TURN && !list_is_empty(&ts->ready); i++) {
        trigger_try(LIST_ENTRY(list_front(&ts->ready), struct trigger,
                               ready_node));
    }
    if (!list_is_empty(&ts->ready)) {
        loop_defer(ts->loop, &ts->defer);
    }
    triggers_arm(ts);
}

static void
trigger_make_ready(struct trigger *t)
{
    if (list_is_empty(&t->ready_node)) {
        list_push_back(&t->home->ready, &t->ready_node);
        loop_defer(t->home->loop, &t->home->defer);
    }
}

static void
triggers_timeout(void *ts_)
{
    struct triggers *ts = ts_;
    int64_t now = clock_ms();
    LIST_FOR_EACH (struct trigger, t, node, &ts->waiting) {
        if (trigger_deadline(t) <= now) {
            trigger_make_ready(t);
        }
    }
    triggers_run_ready(ts);
}

static bool
txn_touches(const struct txn *txn, const struct db_table *table)
{
    TXN_FOR_EACH_ROW (tr, txn) {
        if (tr->row->table == table) {
            return true;
        }
    }
    return false;
}

static void
triggers_committed(void *ts_, const struct txn *txn)
{
    struct triggers *ts = ts_;
    LIST_FOR_EACH (struct trigger, t, node, &ts->waiting) {
        if (txn_touches(txn, t->wait.table)) {
            trigger_make_ready(t);
        }
    }
}

void
triggers_init(struct triggers *ts, struct loop *loop, struct db *db)
{
    *ts = (struct triggers){ .loop = loop, .db = db };
    list_init(&ts->waiting);
    list_init(&ts->ready);
    heap_init(&ts->deadlines);
    loop_timer_init(&ts->timer, loop, triggers_timeout, ts);
    loop_defer_init(&ts->defer, triggers_run_ready, ts);
    ts->observer = (struct db_observer){ .committed = triggers_committed,
                                         .aux = ts };
    db_observe(db, &ts->observer);
}

void
triggers_fini(struct triggers *ts)
{
    ASSERT(list_is_empty(&ts->waiting));
    heap_fini(&ts->deadlines);
    loop_timer_cancel(&ts->timer);
    loop_defer_cancel(&ts->defer);
    db_unobserve(&ts->observer);
}

enum exec_status
trigger_run(struct triggers *ts, const struct exec_env *env,
            const char *params, size_t len,
            void (*done)(void *aux, struct trigger *, const struct str *),
            struct str *result, struct trigger **waiting)
{
    struct exec_env first = *env;
    struct exec_wait wait;
    first.elapsed_ms = 0;
    *waiting = NULL;
    enum exec_status status = exec_text(&first, params, len, result, &wait);
    if (status != EXEC_WAITS) {
        return status;
    }
    struct trigger *t = xzalloc(sizeof *t);
    t->params = xmemdup0(params, len);
    t->params_len = len;
    t->start_ms = clock_ms();
    t->wait = wait;
    t->env = *env;
    t->done = done;
    t->home = ts;
    list_init(&t->owner_node);
    list_init(&t->ready_node);
    list_push_back(&ts->waiting, &t->node);
    ts->n++;
    heap_node_init(&t->deadline);
    heap_insert(&ts->deadlines, &t->deadline, trigger_deadline(t));
    triggers_arm(ts);
    *waiting = t;
    return status;
}

void
trigger_cancel(struct trigger *t)
{
    struct triggers *ts = t->home;
    trigger_free(t);
    triggers_arm(ts);
}
