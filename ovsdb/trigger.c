/* SPDX-License-Identifier: Apache-2.0 */
#include "ovsdb/trigger.h"

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "ovsdb/txn.h"

static void
trigger_free(struct trigger *t)
{
    list_remove(&t->node);
    list_remove(&t->owner_node);
    json_decref(t->params);
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
    int64_t first = INT64_MAX;
    LIST_FOR_EACH (struct trigger, t, node, &ts->waiting) {
        first = MIN(first, trigger_deadline(t));
    }
    if (first < INT64_MAX) {
        loop_timer_set(&ts->timer, first);
    } else {
        loop_timer_cancel(&ts->timer);
    }
}

/* Runs it again; true if it is done (and gone). */
static bool
trigger_try(struct trigger *t)
{
    t->ready = false;
    t->env.elapsed_ms = clock_ms() - t->start_ms;
    json_t *result = exec_transaction(&t->env, t->params, &t->wait);
    if (!result) {
        return false;
    }
    list_remove(&t->node);
    t->done(t->aux, t, result);
    trigger_free(t);
    return true;
}

/* The first that is ready; 'done' may have changed the list meanwhile. */
static struct trigger *
triggers_next_ready(struct triggers *ts)
{
    LIST_FOR_EACH (struct trigger, t, node, &ts->waiting) {
        if (t->ready) {
            return t;
        }
    }
    return NULL;
}

static void
triggers_run_ready(void *ts_)
{
    struct triggers *ts = ts_;
    struct trigger *t;
    while ((t = triggers_next_ready(ts))) {
        trigger_try(t);
    }
    triggers_arm(ts);
}

static void
triggers_timeout(void *ts_)
{
    struct triggers *ts = ts_;
    int64_t now = clock_ms();
    LIST_FOR_EACH (struct trigger, t, node, &ts->waiting) {
        t->ready |= trigger_deadline(t) <= now;
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
    bool any = false;
    LIST_FOR_EACH (struct trigger, t, node, &ts->waiting) {
        if (!t->ready && txn_touches(txn, t->wait.table)) {
            t->ready = any = true;
        }
    }
    if (any) {
        loop_defer(ts->loop, &ts->defer);
    }
}

void
triggers_init(struct triggers *ts, struct loop *loop, struct db *db)
{
    ts->loop = loop;
    ts->db = db;
    list_init(&ts->waiting);
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
    loop_timer_cancel(&ts->timer);
    loop_defer_cancel(&ts->defer);
    db_unobserve(&ts->observer);
}

struct trigger *
trigger_run(struct triggers *ts, const struct exec_env *env,
            const json_t *params,
            void (*done)(void *aux, struct trigger *, json_t *result),
            void *aux, json_t **result)
{
    struct exec_env first = *env;
    struct exec_wait wait;
    first.elapsed_ms = 0;
    *result = exec_transaction(&first, params, &wait);
    if (*result) {
        return NULL;
    }
    struct trigger *t = xzalloc(sizeof *t);
    t->params = json_incref((json_t *)(uintptr_t)params);
    t->start_ms = clock_ms();
    t->wait = wait;
    t->env = *env;
    t->done = done;
    t->aux = aux;
    list_init(&t->owner_node);
    list_push_back(&ts->waiting, &t->node);
    triggers_arm(ts);
    return t;
}

void
trigger_cancel(struct triggers *ts, struct trigger *t)
{
    trigger_free(t);
    triggers_arm(ts);
}
