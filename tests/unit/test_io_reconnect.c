/* SPDX-License-Identifier: Apache-2.0 */
/* The reconnect machine, as a script: at which time, which event, and what
 * state, action and deadline follow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "lib/io/reconnect.h"

enum event { RUN, CONNECTING, CONNECTED, FAILED, LOST, RX, FORCE, ENABLE,
             DISABLE, LISTENING };

struct step {
    int64_t at;
    enum event event;
    enum reconnect_action action; /* Of RUN. */
    enum reconnect_state state;   /* Afterwards. */
    int64_t deadline;             /* Afterwards; -1: never. */
};

#define N RECONNECT_NOTHING

static void
run_script(struct reconnect *r, const struct step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct step *s = &steps[i];
        switch (s->event) {
        case RUN:
            assert_int_equal(reconnect_run(r, s->at), s->action);
            break;
        case CONNECTING:
            reconnect_connecting(r, s->at);
            break;
        case CONNECTED:
            reconnect_connected(r, s->at);
            break;
        case FAILED:
            reconnect_connect_failed(r, s->at, -ECONNREFUSED);
            break;
        case LOST:
            reconnect_disconnected(r, s->at, -ECONNRESET);
            break;
        case RX:
            reconnect_activity(r, s->at);
            break;
        case FORCE:
            reconnect_force(r, s->at);
            break;
        case ENABLE:
            reconnect_enable(r, s->at);
            break;
        case DISABLE:
            reconnect_disable(r, s->at);
            break;
        case LISTENING:
            reconnect_listening(r, s->at);
            break;
        }
        int64_t deadline = s->deadline < 0 ? INT64_MAX : s->deadline;
        if (r->state != s->state || reconnect_deadline(r) != deadline) {
            fail_msg("step %zu: state %s, deadline %lld", i,
                     reconnect_state_name(r->state),
                     (long long)reconnect_deadline(r));
        }
    }
}

#define BACKOFF RECONNECT_BACKOFF
#define CONN RECONNECT_CONNECTING
#define ACTIVE RECONNECT_ACTIVE
#define IDLE RECONNECT_IDLE
#define VOID_ RECONNECT_VOID

static void
test_backoff_doubles(void **state UNUSED)
{
    static const struct step steps[] = {
        { 0, RUN, N, VOID_, -1 },
        { 10, ENABLE, N, BACKOFF, 10 },
        { 10, RUN, RECONNECT_CONNECT, BACKOFF, 10 },
        { 10, CONNECTING, N, CONN, 1010 },
        { 20, FAILED, N, BACKOFF, 1020 },
        { 1019, RUN, N, BACKOFF, 1020 },
        { 1020, RUN, RECONNECT_CONNECT, BACKOFF, 1020 },
        { 1020, CONNECTING, N, CONN, 2020 },
        { 1030, FAILED, N, BACKOFF, 3030 },
        { 3030, CONNECTING, N, CONN, 5030 },
        { 3040, FAILED, N, BACKOFF, 7040 },
        { 7040, CONNECTING, N, CONN, 11040 },
        /* Nobody answers: given up after as long as the back-off. */
        { 11040, RUN, RECONNECT_DISCONNECT, CONN, 11040 },
        { 11040, FAILED, N, BACKOFF, 19040 },
        { 19040, CONNECTING, N, CONN, 27040 },
        { 19050, FAILED, N, BACKOFF, 27050 },
    };
    struct reconnect r;
    reconnect_init(&r, 0);
    run_script(&r, steps, ARRAY_SIZE(steps));
    assert_int_equal(r.n_attempts, 5);
    assert_int_equal(r.n_connects, 0);
    assert_int_equal(r.last_error, -ECONNREFUSED);
}

static void
test_connection(void **state UNUSED)
{
    static const struct step steps[] = {
        { 0, ENABLE, N, BACKOFF, 0 },
        { 0, CONNECTING, N, CONN, 1000 },
        { 5, CONNECTED, N, ACTIVE, 5005 },
        { 3000, RX, N, ACTIVE, 8000 },
        { 5005, RUN, N, ACTIVE, 8000 },
        { 8000, RUN, RECONNECT_PROBE, IDLE, 13000 },
        { 8001, RX, N, ACTIVE, 13001 },
        { 13001, RUN, RECONNECT_PROBE, IDLE, 18001 },
        { 18001, RUN, RECONNECT_DISCONNECT, IDLE, 18001 },
        /* It had been of use: the shortest wait. */
        { 18001, LOST, N, BACKOFF, 19001 },
        { 19001, CONNECTING, N, CONN, 20001 },
        { 19002, CONNECTED, N, ACTIVE, 24002 },
        /* Lost at once: longer. */
        { 19003, LOST, N, BACKOFF, 21003 },
        { 21003, DISABLE, N, VOID_, -1 },
        { 21004, FAILED, N, VOID_, -1 },
    };
    struct reconnect r;
    reconnect_init(&r, 0);
    run_script(&r, steps, ARRAY_SIZE(steps));
    assert_int_equal(r.n_connects, 2);
    assert_int_equal(r.seqno, 4);
    assert_int_equal(r.last_disconnected_ms, 19003);
    assert_int_equal(reconnect_total_connected(&r, 99999), 17996 + 1);
}

static void
test_force(void **state UNUSED)
{
    static const struct step steps[] = {
        { 0, ENABLE, N, BACKOFF, 0 },
        { 0, CONNECTING, N, CONN, 1000 },
        { 1, CONNECTED, N, ACTIVE, 5001 },
        { 2, FORCE, N, ACTIVE, 1 },
        { 2, RUN, RECONNECT_DISCONNECT, ACTIVE, 1 },
        { 2, LOST, N, BACKOFF, 2 },
        { 2, CONNECTING, N, CONN, 1002 },
        { 3, FAILED, N, BACKOFF, 1003 },
        { 4, FORCE, N, BACKOFF, 4 },
    };
    struct reconnect r;
    reconnect_init(&r, 0);
    run_script(&r, steps, ARRAY_SIZE(steps));
}

static void
test_passive(void **state UNUSED)
{
    static const struct step steps[] = {
        { 0, ENABLE, N, BACKOFF, 0 },
        { 0, RUN, RECONNECT_CONNECT, BACKOFF, 0 },
        { 0, LISTENING, N, RECONNECT_LISTENING, -1 },
        { 50, CONNECTED, N, ACTIVE, 5050 },
        { 60, LOST, N, BACKOFF, 60 },
        { 60, RUN, RECONNECT_CONNECT, BACKOFF, 60 },
        { 60, LISTENING, N, RECONNECT_LISTENING, -1 },
    };
    struct reconnect r;
    reconnect_init(&r, 0);
    reconnect_set_passive(&r, true, 0);
    run_script(&r, steps, ARRAY_SIZE(steps));
}

static void
test_settings(void **state UNUSED)
{
    struct reconnect r;
    reconnect_init(&r, 0);
    reconnect_set_backoff(&r, 1, 50);
    assert_int_equal(r.min_backoff_ms, 100);
    assert_int_equal(r.max_backoff_ms, 100);
    reconnect_set_probe(&r, 5);
    assert_int_equal(r.probe_ms, 1000);
    reconnect_set_probe(&r, 0);
    reconnect_enable(&r, 0);
    reconnect_connecting(&r, 0);
    reconnect_connected(&r, 0);
    assert_true(reconnect_is_connected(&r));
    assert_true(reconnect_deadline(&r) == INT64_MAX);
    r.max_tries = 0;
    reconnect_disconnected(&r, 10, 0);
    assert_int_equal(r.state, RECONNECT_VOID);
    assert_string_equal(reconnect_state_name(RECONNECT_BACKOFF), "BACKOFF");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backoff_doubles),
        cmocka_unit_test(test_connection),
        cmocka_unit_test(test_force),
        cmocka_unit_test(test_passive),
        cmocka_unit_test(test_settings),
    };
    return cmocka_run_group_tests_name("io_reconnect", tests, NULL, NULL);
}
