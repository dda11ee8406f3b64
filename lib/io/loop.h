/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: the door to libuv.
 *
 * One loop belongs to one thread, normally main.  Everything that waits in
 * that thread waits here: timers, file descriptors, work handed to helper
 * threads, signals, and functions posted by other threads.
 *
 * Timers stand on clock_ms(), not on libuv's own time: the loop keeps them in
 * a heap and arms one libuv timer for the earliest.  While the clock is held
 * none fires by itself; after clock_advance_ms() call loop_clock_moved() and
 * those that became due run, in order of their time.
 *
 * RCU: after loop_use_rcu() the calling thread is a registered reader; the
 * loop goes offline while it sleeps, so callbacks may read published
 * snapshots, and must not keep them across their return.
 *
 * Callbacks run on the loop's thread, never from inside the call that asks
 * for them, except where a function says so.
 *
 * Threads: loop_post() and loop_stop() from any, all else from the loop's. */
#ifndef WEIR_IO_LOOP_H
#define WEIR_IO_LOOP_H 1

#include "lib/base/heap.h"
#include "lib/base/list.h"
#include "lib/base/types.h"

struct loop;
struct addr;

struct loop *loop_create(void);
/* Everything opened on the loop must be closed before; what only waits for
 * its last turn (closed streams, finished work) is run to its end here. */
void loop_destroy(struct loop **);
/* Registers the calling thread as an RCU reader, and goes offline around
 * each sleep.  loop_destroy() unregisters it. */
void loop_use_rcu(struct loop *);

/* Runs until loop_stop(). */
void loop_run(struct loop *);
/* One turn: waits until something happens if 'block', runs what is due. */
void loop_run_once(struct loop *, bool block);
/* One turn that waits for at most 'max_ms' of real time. */
void loop_run_for(struct loop *, int64_t max_ms);
/* Makes loop_run() return after the present turn. */
void loop_stop(struct loop *);

/* Timers.  Embedded in the caller's struct; 'fn' runs once per set. */
struct loop_timer {
    struct heap_node node;
    struct loop *loop;
    void (*fn)(void *aux);
    void *aux;
};

void loop_timer_init(struct loop_timer *, struct loop *, void (*fn)(void *),
                     void *aux);
/* Fires at the first turn with clock_ms() >= 'at_ms'; moves a set timer. */
void loop_timer_set(struct loop_timer *, int64_t at_ms);
/* Like loop_timer_set() at clock_ms() + 'ms'. */
void loop_timer_set_in(struct loop_timer *, int64_t ms);
/* Harmless when not set.  Call before freeing the struct around it. */
void loop_timer_cancel(struct loop_timer *);
static inline bool
loop_timer_is_set(const struct loop_timer *t)
{
    return heap_node_is_in(&t->node);
}
/* The clock was held, or moved while held: looks at all timers again. */
void loop_clock_moved(struct loop *);
/* Runs all timers due now, from inside: time/warp and simulations step with
 * it.  Returns how many ran. */
size_t loop_run_timers(struct loop *);

/* File descriptors. */
enum loop_fd_events {
    LOOP_READ = 1,  /* Readable, end of file, or an error to be read. */
    LOOP_WRITE = 2, /* Writable. */
};

struct loop_fd;

/* Watches 'fd', which stays the caller's and must stay open until
 * loop_fd_close().  Nothing is reported before loop_fd_want().  NULL with
 * '*err' negative if the descriptor cannot be polled (a regular file). */
struct loop_fd *loop_fd_open(struct loop *, int fd,
                             void (*fn)(void *aux, int events), void *aux,
                             int *err);
/* Reports the given events, level-triggered; 0 for none. */
void loop_fd_want(struct loop_fd *, int events);
/* No callback follows; the caller may close the descriptor at once. */
void loop_fd_close(struct loop_fd **);

/* Runs fn(aux) on the loop's thread, in order of posting.  From any thread. */
void loop_post(struct loop *, void (*fn)(void *), void *aux);

/* Something to run once, before the loop sleeps next (or in this turn's
 * remainder).  Embedded in the caller's struct. */
struct loop_defer {
    struct list node;
    void (*fn)(void *aux);
    void *aux;
};

void loop_defer_init(struct loop_defer *, void (*fn)(void *), void *aux);
/* Harmless when it is already waiting. */
void loop_defer(struct loop *, struct loop_defer *);
void loop_defer_cancel(struct loop_defer *);

/* Runs work(aux) in a helper thread, then done(aux) on the loop.  Jobs may
 * run beside each other: whoever needs order starts the next from 'done'. */
void loop_work(struct loop *, void (*work)(void *), void (*done)(void *),
               void *aux);
/* Jobs whose 'done' has not run. */
size_t loop_work_pending(const struct loop *);

/* Signals.  At most one handler for each signal and loop. */
struct loop_signal;
struct loop_signal *loop_signal_open(struct loop *, int signum,
                                     void (*fn)(void *aux, int signum),
                                     void *aux);
void loop_signal_close(struct loop_signal **);

/* Child processes. */
struct loop_child;
/* Starts argv[0] (searched in PATH); its exit is told once.  'status' is the
 * exit code, or 128 + the signal.  The struct frees itself afterwards.
 * Returns 0 or a negative errno. */
int loop_spawn(struct loop *, char *const argv[],
               void (*fn)(void *aux, int status), void *aux) MUST_CHECK;

/* Names to addresses, in a helper thread.  'fn' gets all addresses, best
 * first, borrowed for the call; n == 0 and a negative 'err' on failure.
 * NULL, and no callback, if 'host' cannot be a name. */
struct loop_resolve;
struct loop_resolve *loop_resolve(struct loop *, const char *host,
                                  uint16_t port,
                                  void (*fn)(void *aux, int err,
                                             const struct addr *, size_t n),
                                  void *aux);
/* No callback follows. */
void loop_resolve_cancel(struct loop_resolve **);

/* What streams opened on this loop use for ssl: and pssl: (tls.h). */
struct tls_context;
void loop_set_tls(struct loop *, struct tls_context *take);
struct tls_context *loop_get_tls(const struct loop *);

#endif
