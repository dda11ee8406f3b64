/* SPDX-License-Identifier: Apache-2.0 */
/* Event counters behind coverage/show.
 *
 * A row in counters.def is a counter; counter_inc(NAME) adds to the calling
 * thread's own copy, so the packet path shares no cache line, and readers
 * sum over threads.  Relaxed: a sum taken while others count may miss the
 * last few. */
#ifndef WEIR_BASE_COUNTERS_H
#define WEIR_BASE_COUNTERS_H 1

#include "lib/base/str.h"
#include "lib/base/types.h"

enum counter_id {
#define COUNTER(NAME, HELP) COUNTER_##NAME,
#include "lib/base/counters.def"
#undef COUNTER
    COUNTER_N
};

/* The calling thread's copies; only it writes them. */
extern __thread uint64_t *counters_mine;
/* Gives the calling thread copies of its own; NULL-safe to call twice. */
void counters_thread_init(void);

static inline void
counter_add_id(enum counter_id id, uint64_t n)
{
    if (UNLIKELY(!counters_mine)) {
        counters_thread_init();
    }
    __atomic_store_n(&counters_mine[id], counters_mine[id] + n,
                     __ATOMIC_RELAXED);
}

#define counter_inc(NAME) counter_add_id(COUNTER_##NAME, 1)
#define counter_add(NAME, N) counter_add_id(COUNTER_##NAME, N)

/* Sum over all threads that are or were. */
uint64_t counter_read(enum counter_id);
/* By name; 0 for a name that is not in the table, as coverage/read-counter
 * answers. */
uint64_t counter_read_name(const char *);
/* Called every 5 s by the main loop: keeps the rates of coverage/show. */
void counters_tick(int64_t now_ms);
/* The text of coverage/show. */
void counters_show(struct str *);

#endif
