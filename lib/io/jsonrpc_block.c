/* SPDX-License-Identifier: Apache-2.0 */
/* The blocking client of command line tools: a connection, a loop of its
 * own, and a list of what arrived. */
#include <errno.h>

#include "lib/base/clock.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/io/jsonrpc.h"
#include "lib/io/listen.h"
#include "lib/io/tls.h"

struct arrived {
    struct list node;
    json_t *body;
};

struct jsonrpc_block {
    struct loop *loop;
    struct jsonrpc *rpc;       /* NULL while a passive name waits. */
    struct listener *listener; /* Of a passive name, until one came. */
    bool connected;
    bool ended;
    bool interrupted;
    int err;               /* Why it ended; 0: closed by the peer. */
    struct list inbox;     /* struct arrived, oldest first. */
    uint64_t wait_id;      /* Reply that jsonrpc_block_call() waits for. */
    bool waiting;
    json_t *reply;         /* It, once there. */
};

static void
on_connected(void *b_, int err)
{
    struct jsonrpc_block *b = b_;
    b->connected = !err;
    b->ended = err != 0;
    b->err = err;
}

static void
on_message(void *b_, struct jsonrpc_msg *m)
{
    struct jsonrpc_block *b = b_;
    bool is_answer = m->type == JSONRPC_REPLY || m->type == JSONRPC_ERROR;
    if (is_answer && b->waiting && json_is_integer(m->id)
        && (uint64_t)json_integer_value(m->id) == b->wait_id) {
        b->waiting = false;
        b->reply = json_incref(m->body);
        return;
    }
    struct arrived *a = xmalloc(sizeof *a);
    a->body = json_incref(m->body);
    list_push_back(&b->inbox, &a->node);
}

static void
on_closed(void *b_, int err)
{
    struct jsonrpc_block *b = b_;
    b->ended = true;
    b->err = err;
}

static const struct jsonrpc_callbacks callbacks = {
    .connected = on_connected,
    .message = on_message,
    .closed = on_closed,
};

/* The first to come to a passive name is served, and no other. */
static void
on_accept(void *b_, struct stream *s)
{
    struct jsonrpc_block *b = b_;
    if (b->rpc) {
        stream_close(&s);
    } else {
        b->rpc = jsonrpc_from_stream(b->loop, s, &callbacks, b);
    }
}

/* One turn of the loop; -ETIMEDOUT once the deadline has passed. */
static int
turn(struct jsonrpc_block *b, int64_t deadline_ms)
{
    if (b->interrupted) {
        b->interrupted = false;
        return -EINTR;
    }
    if (deadline_ms == INT64_MAX) {
        loop_run_once(b->loop, true);
        return 0;
    }
    int64_t left = deadline_ms - clock_real_ms();
    if (left <= 0) {
        return -ETIMEDOUT;
    }
    loop_run_for(b->loop, left);
    return 0;
}

/* The error of a connection that ended. */
static int
end_error(const struct jsonrpc_block *b)
{
    return b->err ? b->err : -ECONNRESET;
}

int
jsonrpc_block_open(const char *name, uint16_t default_port,
                   const struct tls_config *tls, int64_t deadline_ms,
                   struct jsonrpc_block **out)
{
    struct jsonrpc_block *b = xzalloc(sizeof *b);
    *out = NULL;
    list_init(&b->inbox);
    b->loop = loop_create();
    if (tls) {
        loop_set_tls(b->loop, tls_context_create(tls));
    }
    int err = jsonrpc_open(b->loop, name, default_port, &callbacks, b,
                           &b->rpc);
    if (err == -EAFNOSUPPORT) {
        err = listener_open(b->loop, name, default_port, on_accept, b,
                            &b->listener);
    }
    while (!err && !b->connected && !b->ended) {
        err = turn(b, deadline_ms);
    }
    listener_close(&b->listener);
    if (!err && b->ended) {
        err = end_error(b);
    }
    if (err) {
        jsonrpc_block_close(&b);
    } else {
        *out = b;
    }
    return err;
}

void
jsonrpc_block_close(struct jsonrpc_block **bp)
{
    struct jsonrpc_block *b = *bp;
    *bp = NULL;
    if (!b) {
        return;
    }
    jsonrpc_close(&b->rpc);
    loop_destroy(&b->loop);
    while (!list_is_empty(&b->inbox)) {
        struct list *node = list_pop_front(&b->inbox);
        struct arrived *a = LIST_ENTRY(node, struct arrived, node);
        json_decref(a->body);
        free(a);
    }
    json_decref(b->reply);
    free(b);
}

int
jsonrpc_block_call(struct jsonrpc_block *b, const char *method,
                   json_t *params, int64_t deadline_ms, json_t **result,
                   json_t **error)
{
    *result = *error = NULL;
    int err = jsonrpc_request(b->rpc, method, params, &b->wait_id);
    b->waiting = !err;
    while (!err && b->waiting && !b->ended) {
        err = turn(b, deadline_ms);
    }
    if (err) {
        b->waiting = false;
        return err;
    }
    if (!b->reply) {
        return end_error(b);
    }
    struct jsonrpc_msg m;
    char *bad = jsonrpc_msg_from_json(b->reply, &m);
    free(bad); /* It was checked on arrival. */
    *result = json_incref(m.type == JSONRPC_REPLY ? m.result : NULL);
    *error = json_incref(m.type == JSONRPC_ERROR ? m.error : NULL);
    json_decref(b->reply);
    b->reply = NULL;
    return 0;
}

int
jsonrpc_block_send(struct jsonrpc_block *b, json_t *body,
                   int64_t deadline_ms)
{
    int err = jsonrpc_send(b->rpc, body);
    while (!err && !b->ended && jsonrpc_queued(b->rpc)) {
        err = turn(b, deadline_ms);
    }
    return err ? err : b->ended ? end_error(b) : 0;
}

int
jsonrpc_block_recv(struct jsonrpc_block *b, int64_t deadline_ms,
                   json_t **body)
{
    *body = NULL;
    while (list_is_empty(&b->inbox)) {
        int err = b->ended ? end_error(b) : turn(b, deadline_ms);
        if (err) {
            return err;
        }
    }
    struct list *node = list_pop_front(&b->inbox);
    struct arrived *a = LIST_ENTRY(node, struct arrived, node);
    *body = a->body;
    free(a);
    return 0;
}

void
jsonrpc_block_interrupt(struct jsonrpc_block *b)
{
    b->interrupted = true;
}

struct loop *
jsonrpc_block_loop(const struct jsonrpc_block *b)
{
    return b->loop;
}

struct jsonrpc *
jsonrpc_block_rpc(const struct jsonrpc_block *b)
{
    return b->rpc;
}

const char *
jsonrpc_block_error_text(const struct jsonrpc_block *b)
{
    return jsonrpc_error_text(b->rpc);
}
