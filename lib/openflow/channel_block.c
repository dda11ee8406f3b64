/* SPDX-License-Identifier: Apache-2.0 */
/* A channel for programs that do one thing after another: each call turns
 * the loop until what it waits for has come, the connection has ended, or the
 * time is over. */
#include <errno.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/loop.h"
#include "lib/openflow/channel.h"

struct channel_block {
    struct loop *loop;
    bool own_loop;
    struct channel *ch;
    int64_t deadline_ms; /* Real time; INT64_MAX: none. */
    bool down;
    char *why; /* Heap. */
    struct ofm **queue; /* Messages not yet taken, from 'head' to 'n'. */
    size_t head, n, cap;
};

static void
on_message(struct channel *ch UNUSED, struct ofm **m, void *aux)
{
    struct channel_block *b = aux;
    if (b->head == b->n) {
        b->head = b->n = 0;
    }
    if (b->n == b->cap) {
        b->queue = x2nrealloc(b->queue, &b->cap, sizeof *b->queue);
    }
    b->queue[b->n++] = *m;
    *m = NULL;
}

static void
on_down(struct channel *ch UNUSED, const char *why, void *aux)
{
    struct channel_block *b = aux;
    b->down = true;
    free(b->why);
    b->why = xstrdup(why);
}

static const struct channel_ops ops = { .message = on_message,
                                        .down = on_down };

/* One turn of the loop; false when the time is over. */
static bool
turn(struct channel_block *b)
{
    if (b->deadline_ms == INT64_MAX) {
        loop_run_once(b->loop, true);
        return true;
    }
    int64_t left = b->deadline_ms - clock_real_ms();
    if (left <= 0) {
        return false;
    }
    loop_run_for(b->loop, left);
    return true;
}

struct channel_block *
channel_block_open_on(struct loop *loop, const char *target,
                      uint32_t versions, uint32_t *xids, int timeout_ms,
                      char **error)
{
    struct channel_opts opts = { .versions = versions, .once = true,
                                 .xids = xids };
    struct channel_block *b = xzalloc(sizeof *b);
    b->own_loop = !loop;
    b->loop = loop ? loop : loop_create();
    b->deadline_ms = timeout_ms ? clock_real_ms() + timeout_ms : INT64_MAX;
    b->ch = channel_open(b->loop, target, &opts, &ops, b, error);
    while (b->ch && !channel_is_ready(b->ch) && !b->down) {
        if (!turn(b)) {
            b->down = true;
            b->why = xstrdup(log_strerror(ETIMEDOUT));
        }
    }
    if (b->down) {
        *error = b->why;
        b->why = NULL;
    }
    if (*error) {
        channel_block_close(b);
        return NULL;
    }
    return b;
}

struct channel_block *
channel_block_open(const char *target, uint32_t versions, int timeout_ms,
                   char **error)
{
    return channel_block_open_on(NULL, target, versions, NULL, timeout_ms,
                                 error);
}

void
channel_block_close(struct channel_block *b)
{
    if (!b) {
        return;
    }
    channel_close(b->ch);
    for (size_t i = b->head; i < b->n; i++) {
        ofm_destroy(b->queue[i]);
    }
    if (b->own_loop) {
        loop_destroy(&b->loop);
    }
    free(b->queue);
    free(b->why);
    free(b);
}

uint8_t
channel_block_version(const struct channel_block *b)
{
    return channel_version(b->ch);
}

unsigned int
channel_block_formats(const struct channel_block *b)
{
    return channel_formats(b->ch);
}

void
channel_block_set_formats(struct channel_block *b, unsigned int formats)
{
    channel_set_formats(b->ch, formats);
}

struct loop *
channel_block_loop(struct channel_block *b)
{
    return b->loop;
}

struct channel *
channel_block_channel(struct channel_block *b)
{
    return b->ch;
}

int
channel_block_send(struct channel_block *b, struct ofm *m)
{
    return channel_send(b->ch, m)       ? 0
           : channel_is_ready(b->ch) ? -EMSGSIZE
                                     : -ENOTCONN;
}

int
channel_block_send_bytes(struct channel_block *b, const void *data,
                         size_t len)
{
    if (!channel_is_ready(b->ch)) {
        return -ENOTCONN;
    }
    channel_send_bytes(b->ch, data, len);
    return 0;
}

int
channel_block_poll(struct channel_block *b, struct ofm **m)
{
    *m = NULL;
    if (b->head < b->n) {
        *m = b->queue[b->head++];
        return 0;
    }
    return b->down ? -ECONNRESET : -EAGAIN;
}

int
channel_block_recv(struct channel_block *b, struct ofm **m)
{
    *m = NULL;
    while (b->head == b->n) {
        if (b->down) {
            return -ECONNRESET;
        }
        if (!turn(b)) {
            return -ETIMEDOUT;
        }
    }
    *m = b->queue[b->head++];
    return 0;
}

int
channel_block_transact(struct channel_block *b, struct ofm *request,
                       struct ofm **reply)
{
    int err = channel_block_send(b, request);
    while (!err) {
        err = channel_block_recv(b, reply);
        if (!err && (*reply)->xid == request->xid) {
            return 0;
        }
        ofm_destroy(*reply);
        *reply = NULL;
    }
    return err;
}

static bool
is_error_of(const struct ofm *got, const struct ofm *ms, size_t n)
{
    for (size_t i = 0; got->type == OFM_ERROR && i < n; i++) {
        if (got->xid == ms[i].xid) {
            return true;
        }
    }
    return false;
}

int
channel_block_transact_many(struct channel_block *b, struct ofm *ms, size_t n,
                            struct ofm **error)
{
    *error = NULL;
    struct ofm barrier;
    ofm_init(&barrier, OFM_BARRIER_REQUEST);
    int err = 0;
    for (size_t i = 0; !err && i < n; i++) {
        err = channel_block_send(b, &ms[i]);
    }
    err = err ? err : channel_block_send(b, &barrier);
    while (!err) {
        struct ofm *got;
        err = channel_block_recv(b, &got);
        if (err) {
            break;
        }
        if (got->xid == barrier.xid) {
            ofm_destroy(got);
            return 0;
        }
        if (!*error && is_error_of(got, ms, n)) {
            *error = got;
        } else {
            ofm_destroy(got);
        }
    }
    ofm_destroy(*error);
    *error = NULL;
    return err;
}

int
channel_block_transact_noreply(struct channel_block *b, struct ofm *m,
                               struct ofm **error)
{
    return channel_block_transact_many(b, m, 1, error);
}
