/* SPDX-License-Identifier: Apache-2.0 */
/* Token buckets, on a clock that the test moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "datapath/meter.h"
#include "lib/base/rcu.h"
#include "lib/base/rng.h"

#define SECOND_US INT64_C(1000000)

/* How many of 'n' packets of 'len' bytes, one each 'gap_us' from '*now_us',
 * pass. */
static unsigned int
run(struct dp_meter *m, unsigned int n, uint32_t len, int64_t gap_us,
    int64_t *now_us)
{
    unsigned int passed = 0;
    for (unsigned int i = 0; i < n; i++) {
        passed += dp_meter_run(m, len, *now_us);
        *now_us += gap_us;
    }
    return passed;
}

static void
test_packets_a_second(void **state)
{
    (void)state;
    struct dp_meter_cfg cfg = { .is_pktps = true, .n_bands = 1,
                                .bands = { { .rate = 100, .burst = 10 } } };
    struct dp_meter *m = dp_meter_create(&cfg);
    int64_t now = 1000 * SECOND_US;
    assert_int_equal(run(m, 50, 60, 0, &now), 10);      /* The burst. */
    now += SECOND_US / 10;
    assert_int_equal(run(m, 50, 60, 0, &now), 10);      /* Full again. */
    now += SECOND_US / 20;
    assert_int_equal(run(m, 50, 60, 0, &now), 5);       /* Half full. */
    now += 100 * SECOND_US;                             /* Never fuller. */
    assert_int_equal(run(m, 50, 60, 0, &now), 10);
    now += SECOND_US;
    assert_in_range(run(m, 10000, 60, 1000, &now), 1000, 1010);
    struct dp_meter_stats st;
    dp_meter_get_stats(m, &st);
    assert_int_equal(st.n_packets, 10200);
    assert_int_equal(st.n_bytes, 10200 * 60);
    assert_in_range(st.bands[0].n_packets, 10200 - 35 - 1010,
                    10200 - 35 - 1000);
    dp_meter_unref(&m);
}

/* Over ten seconds of random packets, what passes is the rate and one
 * burst, whatever the sizes. */
static void
test_kilobits_a_second(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct rng r;
        rng_seed(&r, seed);
        uint32_t rate = 100 + rng_below(&r, 100000);
        uint32_t burst = 100 + rng_below(&r, 1000);
        struct dp_meter_cfg cfg = {
            .n_bands = 1, .bands = { { .rate = rate, .burst = burst } } };
        struct dp_meter *m = dp_meter_create(&cfg);
        int64_t start = 5 * SECOND_US, now = start;
        uint64_t passed = 0, sent = 0;
        double bytes_per_us = rate * 125.0 / 1e6;
        while (now < start + 10 * SECOND_US) {
            uint32_t len = 60 + rng_below(&r, 1440);
            sent += len;
            passed += dp_meter_run(m, len, now) ? len : 0;
            /* Twice the rate, on average. */
            now += 1 + (int64_t)(rng_below(&r, 1500) / bytes_per_us / 2);
        }
        double allowed = (double)(now - start) * bytes_per_us
                         + burst * 125.0;
        assert_true((double)sent > allowed);
        assert_true((double)passed <= allowed * 1.0001 + 1);
        assert_true((double)passed >= allowed * 0.97 - 1500
                                          - burst * 125.0);
        dp_meter_unref(&m);
    }
}

/* Of the bands exceeded, that of the highest rate counts [OF1.3.5 5.7.1]. */
static void
test_bands(void **state)
{
    (void)state;
    struct dp_meter_cfg cfg = { .is_pktps = true, .n_bands = 2,
                                .bands = { { .rate = 5, .burst = 5 },
                                           { .rate = 20, .burst = 20 } } };
    struct dp_meter *m = dp_meter_create(&cfg);
    int64_t now = SECOND_US;
    assert_int_equal(run(m, 30, 60, 0, &now), 5);
    struct dp_meter_stats st;
    dp_meter_get_stats(m, &st);
    assert_int_equal(st.bands[0].n_packets, 15);
    assert_int_equal(st.bands[1].n_packets, 10);
    assert_int_equal(st.bands[1].n_bytes, 600);
    dp_meter_unref(&m);
}

static void
test_no_bands(void **state)
{
    (void)state;
    struct dp_meter_cfg cfg = { .n_bands = 0 };
    struct dp_meter *m = dp_meter_create(&cfg);
    struct dp_meter *again = dp_meter_ref(m);
    int64_t now = 0;
    assert_int_equal(run(m, 1000, 1500, 0, &now), 1000);
    dp_meter_unref(&m);
    assert_null(m);
    assert_true(dp_meter_run(again, 60, 0));
    dp_meter_unref(&again);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_a_second),
        cmocka_unit_test(test_kilobits_a_second),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_no_bands),
    };
    rcu_thread_register();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_offline();
    rcu_barrier_all();
    rcu_online();
    rcu_thread_unregister();
    return failed;
}
