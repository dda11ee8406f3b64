/* SPDX-License-Identifier: Apache-2.0 */
/* Time.  All timers of a daemon stand on clock_ms(), which a test or
 * `appctl time/stop` can hold still and `time/warp` can move.
 *
 * clock_ms() and clock_us() are monotonic; clock_wall_ms() counts from 1970.
 * A held clock moves all three.  Thread-safe. */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H 1

#include "lib/base/types.h"

int64_t clock_ms(void);
int64_t clock_us(void);
int64_t clock_wall_ms(void);
/* Real monotonic time even while the clock is held: timeouts of tools. */
int64_t clock_real_ms(void);

/* Stops the clock at now. */
void clock_hold(void);
bool clock_is_held(void);
/* Moves a held clock on. */
void clock_advance_ms(int64_t ms);

/* "2026-01-02T03:04:05.678Z" into 'buf', from clock_wall_ms()-like time. */
#define CLOCK_ISO_LEN 25
void clock_format_iso(int64_t wall_ms, char buf[CLOCK_ISO_LEN]);

/* The processor's time-stamp counter (cycles). */
static inline uint64_t
clock_tsc(void)
{
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return (uint64_t)clock_us() * 1000;
#endif
}

#endif
