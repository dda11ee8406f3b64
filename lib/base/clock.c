/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/clock.h"

#include <stdatomic.h>
#include <time.h>

/* Held time, as microseconds of CLOCK_MONOTONIC; wall time keeps its
 * distance to it. */
static _Atomic(bool) is_held;
static _Atomic(int64_t) held_us;

static int64_t
read_us(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
clock_us(void)
{
    return atomic_load_explicit(&is_held, memory_order_relaxed)
               ? atomic_load_explicit(&held_us, memory_order_relaxed)
               : read_us(CLOCK_MONOTONIC);
}

int64_t
clock_ms(void)
{
    return clock_us() / 1000;
}

int64_t
clock_real_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_wall_ms(void)
{
    int64_t now = read_us(CLOCK_REALTIME);
    if (atomic_load(&is_held)) {
        now += clock_us() - read_us(CLOCK_MONOTONIC);
    }
    return now / 1000;
}

void
clock_hold(void)
{
    if (!atomic_load(&is_held)) {
        atomic_store(&held_us, read_us(CLOCK_MONOTONIC));
        atomic_store(&is_held, true);
    }
}

bool
clock_is_held(void)
{
    return atomic_load(&is_held);
}

void
clock_advance_ms(int64_t ms)
{
    atomic_fetch_add(&held_us, ms * 1000);
}

void
clock_format_iso(int64_t wall_ms, char buf[CLOCK_ISO_LEN])
{
    time_t secs = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&secs, &tm);
    unsigned int ms = (unsigned int)(wall_ms % 1000) % 1000;
    strftime(buf, CLOCK_ISO_LEN, "%Y-%m-%dT%H:%M:%S.000Z", &tm);
    buf[20] = (char)('0' + ms / 100);
    buf[21] = (char)('0' + ms / 10 % 10);
    buf[22] = (char)('0' + ms % 10);
}
