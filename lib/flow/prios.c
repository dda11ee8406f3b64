/* SPDX-License-Identifier: Apache-2.0 */
/* Priorities in a tuple: sorted pairs, in runs so that an insertion moves
 * at most one run and the array of runs. */
#include "lib/flow/classifier_priv.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"

static struct cls_prio_run *
run_resize(struct cls_prio_run *r, uint32_t capacity)
{
    r = xrealloc(r, sizeof *r + capacity * sizeof r->e[0]);
    r->capacity = capacity;
    return r;
}

void
cls_prios_fini(struct cls_prios *p)
{
    for (uint32_t i = 0; i < p->n; i++) {
        free(p->runs[i]);
    }
    free(p->runs);
    *p = (struct cls_prios){ NULL, 0, 0 };
}

/* The run that holds 'priority' or where it belongs; p->n > 0. */
static uint32_t
find_run(const struct cls_prios *p, int32_t priority)
{
    uint32_t lo = 0, hi = p->n;
    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;
        if (p->runs[mid]->e[0].priority <= priority) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* First element of at least 'priority'. */
static uint32_t
find_in_run(const struct cls_prio_run *r, int32_t priority)
{
    uint32_t lo = 0, hi = r->n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (r->e[mid].priority < priority) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

static void
insert_run(struct cls_prios *p, uint32_t i, struct cls_prio_run *r)
{
    if (p->n == p->capacity) {
        p->capacity = p->capacity ? p->capacity * 2 : 1;
        p->runs = xrealloc(p->runs, p->capacity * sizeof *p->runs);
    }
    memmove(&p->runs[i + 1], &p->runs[i], (p->n - i) * sizeof *p->runs);
    p->runs[i] = r;
    p->n++;
}

/* Makes room in run 'i'; returns the run where 'priority' now belongs. */
static uint32_t
make_room(struct cls_prios *p, uint32_t i, int32_t priority)
{
    struct cls_prio_run *r = p->runs[i];
    if (r->n < r->capacity) {
        return i;
    }
    if (r->n < CLS_PRIO_RUN) {
        p->runs[i] = run_resize(r, r->capacity * 2);
        return i;
    }
    /* Rising and falling sequences, the usual ones, fill their runs. */
    uint32_t keep = priority > r->e[r->n - 1].priority ? CLS_PRIO_RUN - 1
                    : priority < r->e[0].priority      ? 1
                                                       : CLS_PRIO_RUN / 2;
    struct cls_prio_run *right = run_resize(NULL, CLS_PRIO_RUN);
    right->n = r->n - keep;
    memcpy(right->e, &r->e[keep], right->n * sizeof r->e[0]);
    r->n = keep;
    insert_run(p, i + 1, right);
    return priority < right->e[0].priority ? i : i + 1;
}

void
cls_prios_add(struct cls_prios *p, int32_t priority)
{
    if (!p->n) {
        struct cls_prio_run *r = run_resize(NULL, 1);
        r->n = 0;
        insert_run(p, 0, r);
    }
    uint32_t i = find_run(p, priority);
    struct cls_prio_run *r = p->runs[i];
    uint32_t k = find_in_run(r, priority);
    if (k < r->n && r->e[k].priority == priority) {
        r->e[k].n_rules++;
        return;
    }
    i = make_room(p, i, priority);
    r = p->runs[i];
    k = find_in_run(r, priority);
    memmove(&r->e[k + 1], &r->e[k], (r->n - k) * sizeof r->e[0]);
    r->e[k].priority = priority;
    r->e[k].n_rules = 1;
    r->n++;
}

void
cls_prios_remove(struct cls_prios *p, int32_t priority)
{
    ASSERT(p->n);
    uint32_t i = find_run(p, priority);
    struct cls_prio_run *r = p->runs[i];
    uint32_t k = find_in_run(r, priority);
    ASSERT(k < r->n && r->e[k].priority == priority);
    if (--r->e[k].n_rules) {
        return;
    }
    r->n--;
    memmove(&r->e[k], &r->e[k + 1], (r->n - k) * sizeof r->e[0]);
    if (!r->n) {
        free(r);
        p->n--;
        memmove(&p->runs[i], &p->runs[i + 1], (p->n - i) * sizeof *p->runs);
    }
}

int32_t
cls_prios_max(const struct cls_prios *p)
{
    if (!p->n) {
        return -1;
    }
    const struct cls_prio_run *r = p->runs[p->n - 1];
    return r->e[r->n - 1].priority;
}

bool
cls_prios_has(const struct cls_prios *p, int32_t priority)
{
    if (!p->n) {
        return false;
    }
    const struct cls_prio_run *r = p->runs[find_run(p, priority)];
    uint32_t k = find_in_run(r, priority);
    return k < r->n && r->e[k].priority == priority;
}

size_t
cls_prios_bytes(const struct cls_prios *p)
{
    size_t bytes = p->capacity * sizeof *p->runs;
    for (uint32_t i = 0; i < p->n; i++) {
        bytes += sizeof *p->runs[i]
                 + p->runs[i]->capacity * sizeof p->runs[i]->e[0];
    }
    return bytes;
}
