/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from a JSON-RPC peer, cut by the first byte: every message handed up
 * is one, and the connection ends at the first that is not. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "lib/io/jsonrpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct seen {
    struct jsonrpc *rpc;
    bool closed;
};

static void
on_message(void *seen_, struct jsonrpc_msg *m)
{
    struct seen *seen = seen_;
    ASSERT(!seen->closed);
    switch (m->type) {
    case JSONRPC_REQUEST:
        ASSERT(m->method && m->params && m->id && !m->result);
        /* Answer, so that printing is walked too. */
        jsonrpc_send(seen->rpc, jsonrpc_make_reply(json_incref(m->params),
                                                   json_incref(m->id)));
        break;
    case JSONRPC_NOTIFY:
        ASSERT(m->method && m->params);
        break;
    case JSONRPC_REPLY:
        ASSERT(m->result && m->id && !m->method);
        break;
    case JSONRPC_ERROR:
        ASSERT(m->error && m->id && !m->method);
        break;
    }
}

static void
on_closed(void *seen_, int err)
{
    struct seen *seen = seen_;
    ASSERT(!seen->closed && err <= 0);
    seen->closed = true;
}

static const struct jsonrpc_callbacks cbs = { .message = on_message,
                                              .closed = on_closed };

static void
sink(void *aux UNUSED, const uint8_t *bytes UNUSED, size_t n UNUSED)
{
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct stream_callbacks sink_cbs = { .data = sink };
    struct seen seen = { 0 };
    struct stream *a, *b;
    if (!size) {
        return 0;
    }
    log_set_all(LOGD_CONSOLE, LOGL_OFF);
    struct loop *l = loop_create();
    stream_mem_pair(l, &a, &b);
    stream_set_callbacks(a, &sink_cbs, NULL);
    stream_mem_set_chunk(b, data[0]);
    seen.rpc = jsonrpc_from_stream(l, b, &cbs, &seen);
    jsonrpc_set_limits(seen.rpc, 4096, 65536);
    int err = stream_send(a, data + 1, size - 1);
    ASSERT(!err);
    for (size_t i = 0; i < size + 8; i++) {
        loop_run_once(l, false);
    }
    jsonrpc_close(&seen.rpc);
    stream_close(&a);
    loop_destroy(&l);
    return 0;
}
