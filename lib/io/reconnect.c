/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/reconnect.h"

#include "lib/base/assert.h"

#define CONNECT_TIMEOUT_MIN_MS 1000
#define BACKOFF_FLOOR_MS 100
#define PROBE_FLOOR_MS 1000

static void
enter(struct reconnect *r, enum reconnect_state state, int64_t now)
{
    bool was = reconnect_is_connected(r);
    r->state = state;
    r->state_since_ms = now;
    if (was != reconnect_is_connected(r)) {
        r->seqno++;
    }
}

void
reconnect_init(struct reconnect *r, int64_t now)
{
    *r = (struct reconnect){
        .state = RECONNECT_VOID,
        .state_since_ms = now,
        .min_backoff_ms = RECONNECT_MIN_BACKOFF_MS,
        .max_backoff_ms = RECONNECT_MAX_BACKOFF_MS,
        .probe_ms = RECONNECT_PROBE_MS,
        .last_activity_ms = now,
        .last_connected_ms = INT64_MIN,
        .last_disconnected_ms = INT64_MIN,
        .max_tries = -1,
    };
}

void
reconnect_set_passive(struct reconnect *r, bool passive, int64_t now)
{
    if (r->passive == passive) {
        return;
    }
    r->passive = passive;
    bool wrong = passive ? r->state == RECONNECT_CONNECTING
                         : r->state == RECONNECT_LISTENING;
    if (wrong) {
        enter(r, RECONNECT_BACKOFF, now);
        r->backoff_ms = 0;
    }
}

void
reconnect_set_backoff(struct reconnect *r, int64_t min, int64_t max)
{
    r->min_backoff_ms = MAX(min, BACKOFF_FLOOR_MS);
    r->max_backoff_ms = MAX(max, r->min_backoff_ms);
    if (r->backoff_ms > r->max_backoff_ms) {
        r->backoff_ms = r->max_backoff_ms;
    }
}

void
reconnect_set_probe(struct reconnect *r, int64_t ms)
{
    r->probe_ms = ms > 0 ? MAX(ms, PROBE_FLOOR_MS) : 0;
}

void
reconnect_enable(struct reconnect *r, int64_t now)
{
    if (r->state == RECONNECT_VOID) {
        r->backoff_ms = 0;
        enter(r, RECONNECT_BACKOFF, now);
    }
}

void
reconnect_disable(struct reconnect *r, int64_t now)
{
    r->forced = false;
    if (r->state != RECONNECT_VOID) {
        enter(r, RECONNECT_VOID, now);
    }
}

void
reconnect_force(struct reconnect *r, int64_t now)
{
    switch (r->state) {
    case RECONNECT_BACKOFF:
        r->backoff_ms = 0;
        r->state_since_ms = now;
        break;
    case RECONNECT_CONNECTING:
    case RECONNECT_ACTIVE:
    case RECONNECT_IDLE:
        r->forced = true;
        break;
    case RECONNECT_VOID:
    case RECONNECT_LISTENING:
        break;
    }
}

void
reconnect_connecting(struct reconnect *r, int64_t now)
{
    r->n_attempts++;
    if (r->max_tries > 0) {
        r->max_tries--;
    }
    enter(r, RECONNECT_CONNECTING, now);
}

void
reconnect_listening(struct reconnect *r, int64_t now)
{
    r->backoff_ms = 0;
    enter(r, RECONNECT_LISTENING, now);
}

void
reconnect_connected(struct reconnect *r, int64_t now)
{
    if (reconnect_is_connected(r)) {
        return;
    }
    r->n_connects++;
    r->last_connected_ms = now;
    r->last_activity_ms = now;
    r->last_error = 0;
    enter(r, RECONNECT_ACTIVE, now);
}

/* The next wait: none after a command, the least after a connection that
 * lasted, twice the last one otherwise. */
static void
choose_backoff(struct reconnect *r, bool lasted)
{
    if (r->forced || (r->passive && lasted)) {
        r->backoff_ms = 0;
    } else if (lasted || r->backoff_ms < r->min_backoff_ms) {
        r->backoff_ms = r->min_backoff_ms;
    } else {
        r->backoff_ms = MIN(2 * r->backoff_ms, r->max_backoff_ms);
    }
    r->forced = false;
}

void
reconnect_connect_failed(struct reconnect *r, int64_t now, int err)
{
    reconnect_disconnected(r, now, err);
}

void
reconnect_disconnected(struct reconnect *r, int64_t now, int err)
{
    if (r->state == RECONNECT_VOID || r->state == RECONNECT_BACKOFF) {
        return;
    }
    bool lasted = false;
    r->last_error = err;
    if (reconnect_is_connected(r)) {
        lasted = r->last_activity_ms - r->last_connected_ms >= r->backoff_ms;
        r->total_connected_ms += now - r->last_connected_ms;
        r->last_disconnected_ms = now;
    }
    choose_backoff(r, lasted);
    enter(r, r->max_tries ? RECONNECT_BACKOFF : RECONNECT_VOID, now);
}

void
reconnect_activity(struct reconnect *r, int64_t when)
{
    if (r->state == RECONNECT_IDLE && when >= r->state_since_ms) {
        enter(r, RECONNECT_ACTIVE, when);
    }
    r->last_activity_ms = MAX(r->last_activity_ms, when);
}

int64_t
reconnect_deadline(const struct reconnect *r)
{
    if (r->forced) {
        return r->state_since_ms;
    }
    switch (r->state) {
    case RECONNECT_VOID:
    case RECONNECT_LISTENING:
        return INT64_MAX;
    case RECONNECT_BACKOFF:
        return r->state_since_ms + r->backoff_ms;
    case RECONNECT_CONNECTING:
        return r->state_since_ms
               + (r->connect_timeout_ms
                      ? r->connect_timeout_ms
                      : MAX(r->backoff_ms, CONNECT_TIMEOUT_MIN_MS));
    case RECONNECT_ACTIVE:
        return r->probe_ms
                   ? MAX(r->last_activity_ms, r->state_since_ms) + r->probe_ms
                   : INT64_MAX;
    case RECONNECT_IDLE:
        return r->probe_ms ? r->state_since_ms + r->probe_ms : INT64_MAX;
    }
    NOT_REACHED();
}

enum reconnect_action
reconnect_run(struct reconnect *r, int64_t now)
{
    if (now < reconnect_deadline(r)) {
        return RECONNECT_NOTHING;
    }
    switch (r->state) {
    case RECONNECT_BACKOFF:
        return RECONNECT_CONNECT;
    case RECONNECT_CONNECTING:
    case RECONNECT_IDLE:
        return RECONNECT_DISCONNECT;
    case RECONNECT_ACTIVE:
        if (r->forced) {
            return RECONNECT_DISCONNECT;
        }
        enter(r, RECONNECT_IDLE, now);
        return RECONNECT_PROBE;
    case RECONNECT_VOID:
    case RECONNECT_LISTENING:
        break;
    }
    return RECONNECT_NOTHING;
}

const char *
reconnect_state_name(enum reconnect_state state)
{
    static const char *const names[] = {
        [RECONNECT_VOID] = "VOID",
        [RECONNECT_BACKOFF] = "BACKOFF",
        [RECONNECT_CONNECTING] = "CONNECTING",
        [RECONNECT_ACTIVE] = "ACTIVE",
        [RECONNECT_IDLE] = "IDLE",
        [RECONNECT_LISTENING] = "LISTENING",
    };
    return names[state];
}

int64_t
reconnect_total_connected(const struct reconnect *r, int64_t now)
{
    return r->total_connected_ms
           + (reconnect_is_connected(r) ? now - r->last_connected_ms : 0);
}
