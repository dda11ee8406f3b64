/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/counters.h"

#include <pthread.h>

#include "lib/base/mem.h"

#define TICK_MS 5000
#define MINUTE_TICKS 12
#define HOUR_MINUTES 60

static const struct {
    const char *name, *help;
} rows[COUNTER_N] = {
#define COUNTER(NAME, HELP) { #NAME, HELP },
#include "lib/base/counters.def"
#undef COUNTER
};

struct block {
    struct block *next;
    uint64_t n[COUNTER_N];
};

__thread uint64_t *counters_mine;
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;
static struct block *blocks; /* Every thread that ever counted. */

/* Rates: counts in each of the last ticks and minutes.  Main thread only. */
static uint64_t last_total[COUNTER_N];
static uint32_t per_tick[COUNTER_N][MINUTE_TICKS];
static uint32_t per_minute[COUNTER_N][HOUR_MINUTES];
static unsigned int tick_no;
static int64_t last_tick_ms;

void
counters_thread_init(void)
{
    if (counters_mine) {
        return;
    }
    struct block *b = xzalloc_cacheline(sizeof *b);
    pthread_mutex_lock(&blocks_lock);
    b->next = blocks;
    __atomic_store_n(&blocks, b, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&blocks_lock);
    counters_mine = b->n;
}

uint64_t
counter_read(enum counter_id id)
{
    uint64_t sum = 0;
    for (struct block *b = __atomic_load_n(&blocks, __ATOMIC_ACQUIRE); b;
         b = b->next) {
        sum += __atomic_load_n(&b->n[id], __ATOMIC_RELAXED);
    }
    return sum;
}

uint64_t
counter_read_name(const char *name)
{
    for (int i = 0; i < COUNTER_N; i++) {
        if (!strcmp(rows[i].name, name)) {
            return counter_read((enum counter_id)i);
        }
    }
    return 0;
}

void
counters_tick(int64_t now_ms)
{
    if (now_ms - last_tick_ms < TICK_MS) {
        return;
    }
    last_tick_ms = now_ms;
    unsigned int minute = tick_no / MINUTE_TICKS % HOUR_MINUTES;
    for (int i = 0; i < COUNTER_N; i++) {
        uint64_t total = counter_read((enum counter_id)i);
        uint32_t delta = (uint32_t)(total - last_total[i]);
        last_total[i] = total;
        per_tick[i][tick_no % MINUTE_TICKS] = delta;
        if (tick_no % MINUTE_TICKS == 0) {
            per_minute[i][minute] = 0;
        }
        per_minute[i][minute] += delta;
    }
    tick_no++;
}

static uint64_t
sum(const uint32_t *a, int n)
{
    uint64_t total = 0;
    for (int i = 0; i < n; i++) {
        total += a[i];
    }
    return total;
}

void
counters_show(struct str *s)
{
    str_put(s, "Event coverage, avg rate over last: 5 seconds, last minute, "
               "last hour:\n");
    int n_silent = 0;
    for (int i = 0; i < COUNTER_N; i++) {
        uint64_t total = counter_read((enum counter_id)i);
        if (!total) {
            n_silent++;
            continue;
        }
        unsigned int last = (tick_no + MINUTE_TICKS - 1) % MINUTE_TICKS;
        str_putf(s, "%-24s %5.1f/sec %9.3f/sec %13.4f/sec   total: %llu\n",
                 rows[i].name, per_tick[i][last] / 5.0,
                 (double)sum(per_tick[i], MINUTE_TICKS) / 60.0,
                 (double)sum(per_minute[i], HOUR_MINUTES) / 3600.0,
                 (unsigned long long)total);
    }
    str_putf(s, "%d events never hit\n", n_silent);
}
