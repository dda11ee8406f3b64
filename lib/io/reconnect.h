/* SPDX-License-Identifier: Apache-2.0 */
/* When to connect, to probe and to give up: a pure state machine.
 *
 * The owner tells events and asks at reconnect_deadline() what to do.  No
 * clock and no socket here: every call takes 'now' in clock_ms() units.
 *
 * States: VOID (disabled), BACKOFF (waiting), CONNECTING, ACTIVE (connected),
 * IDLE (connected, probe sent), LISTENING (passive).  Back-off starts at
 * 'min', doubles up to 'max', and starts over after a connection that was
 * useful for longer than the present back-off.  A connection on which nothing
 * was received for 'probe' ms gets a probe; another 'probe' ms without any
 * byte and it is cut.  Plain data; not thread-safe. */
#ifndef WEIR_IO_RECONNECT_H
#define WEIR_IO_RECONNECT_H 1

#include "lib/base/types.h"

enum reconnect_state {
    RECONNECT_VOID,
    RECONNECT_BACKOFF,
    RECONNECT_CONNECTING,
    RECONNECT_ACTIVE,
    RECONNECT_IDLE,
    RECONNECT_LISTENING,
};

enum reconnect_action {
    RECONNECT_NOTHING,
    RECONNECT_CONNECT,    /* Open the connection (or listen), then say so. */
    RECONNECT_DISCONNECT, /* Close it, then call reconnect_disconnected(). */
    RECONNECT_PROBE,      /* Send an echo request. */
};

struct reconnect {
    enum reconnect_state state;
    bool passive;           /* Listens instead of connecting. */
    bool forced;            /* reconnect_force() waits to be done. */
    int64_t state_since_ms; /* When 'state' was entered. */
    int64_t min_backoff_ms, max_backoff_ms; /* 1000 and 8000. */
    int64_t backoff_ms;     /* Present wait; 0 before the first failure. */
    int64_t probe_ms;       /* Inactivity probe; 0: none.  5000. */
    int64_t connect_timeout_ms; /* 0: 'backoff_ms', at least 1 s. */
    int64_t last_activity_ms;   /* Last byte received. */
    int64_t last_connected_ms;    /* INT64_MIN: never. */
    int64_t last_disconnected_ms; /* INT64_MIN: never. */
    int64_t total_connected_ms;   /* Finished connections only. */
    int last_error;         /* Of the last disconnect: 0, negative errno. */
    int max_tries;          /* Left; -1: no bound. */
    uint32_t n_attempts;    /* Connections begun. */
    uint32_t n_connects;    /* Connections that came up. */
    uint32_t seqno;         /* Goes up with each change of "connected". */
};

#define RECONNECT_MIN_BACKOFF_MS 1000
#define RECONNECT_MAX_BACKOFF_MS 8000
#define RECONNECT_PROBE_MS 5000

void reconnect_init(struct reconnect *, int64_t now);
void reconnect_set_passive(struct reconnect *, bool, int64_t now);
/* Bounds are repaired where they cross: min >= 100 ms as the peer has it. */
void reconnect_set_backoff(struct reconnect *, int64_t min, int64_t max);
/* 0 switches probes off; less than 1000 ms becomes 1000. */
void reconnect_set_probe(struct reconnect *, int64_t ms);
/* Lets it run (first attempt at once), or stops it. */
void reconnect_enable(struct reconnect *, int64_t now);
void reconnect_disable(struct reconnect *, int64_t now);
/* Cuts what is there and connects again without waiting. */
void reconnect_force(struct reconnect *, int64_t now);

/* Events. */
void reconnect_connecting(struct reconnect *, int64_t now);
void reconnect_listening(struct reconnect *, int64_t now);
void reconnect_connected(struct reconnect *, int64_t now);
/* 'err' 0 for end of file, else negative errno. */
void reconnect_connect_failed(struct reconnect *, int64_t now, int err);
void reconnect_disconnected(struct reconnect *, int64_t now, int err);
/* Bytes were received, at 'when', which may be in the past. */
void reconnect_activity(struct reconnect *, int64_t when);

/* What to do now; PROBE moves to IDLE. */
enum reconnect_action reconnect_run(struct reconnect *, int64_t now);
/* When reconnect_run() will have something; INT64_MAX: only after an event. */
int64_t reconnect_deadline(const struct reconnect *);

static inline bool
reconnect_is_connected(const struct reconnect *r)
{
    return r->state == RECONNECT_ACTIVE || r->state == RECONNECT_IDLE;
}
/* "VOID", "BACKOFF", "CONNECTING", "ACTIVE", "IDLE", "LISTENING": as the
 * status columns of the schema show. */
const char *reconnect_state_name(enum reconnect_state);
/* Connected time so far, with the present connection. */
int64_t reconnect_total_connected(const struct reconnect *, int64_t now);

#endif
