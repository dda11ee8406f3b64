/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/io/jsonrpc_input.h"

#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/io/jsonrpc.h"

/* A slow line has a second more for each of these many bytes. */
#define BYTES_PER_S 65536

void
jsonrpc_input_init(struct jsonrpc_input *in)
{
    *in = (struct jsonrpc_input){ .buf = BUF_INIT };
    json_splitter_init(&in->split, JSON_MESSAGE_MAX);
}

static void
count(struct jsonrpc_input *in, size_t n)
{
    if (in->guard) {
        in->guard->parts += n - in->counted;
        in->counted = n;
    }
}

void
jsonrpc_input_fini(struct jsonrpc_input *in)
{
    count(in, 0);
    buf_fini(&in->buf);
}

void
jsonrpc_input_set_guard(struct jsonrpc_input *in, struct jsonrpc_guard *guard)
{
    count(in, 0);
    in->guard = guard;
    count(in, in->buf.len);
}

void
jsonrpc_input_add(struct jsonrpc_input *in, const void *bytes, size_t n)
{
    if (!jsonrpc_input_len(in)) {
        in->since_ms = clock_ms();
    }
    if (in->guard) {
        in->guard->rx_bytes += n;
    }
    buf_put(&in->buf, bytes, n);
}

static char *
split_error(const struct jsonrpc_input *in, enum json_split why)
{
    switch (why) {
    case JSON_SPLIT_TOO_DEEP:
        counter_inc(json_too_deep);
        return xasprintf("received JSON nested deeper than %d levels",
                         JSON_DEPTH_MAX);
    case JSON_SPLIT_TOO_LONG:
        counter_inc(json_too_long);
        return xasprintf("received a JSON message longer than %zu bytes",
                         in->split.max_len);
    case JSON_SPLIT_BAD:
    case JSON_SPLIT_MORE:
    case JSON_SPLIT_END:
        break;
    }
    counter_inc(json_parse_error);
    return xstrdup("received something that is not a JSON object");
}

bool
jsonrpc_input_next(struct jsonrpc_input *in, const char **text, size_t *len,
                   char **error)
{
    size_t used = 0, from = in->start + in->seen;
    *error = NULL;
    if (from >= in->buf.len) {
        return false;
    }
    enum json_split what = json_splitter_feed(&in->split, in->buf.data + from,
                                              in->buf.len - from, &used);
    in->seen += used;
    if (what == JSON_SPLIT_END) {
        *text = (const char *)in->buf.data + in->start;
        *len = in->seen;
        in->start += in->seen;
        in->seen = 0;
        in->since_ms = clock_ms();
        return true;
    }
    if (what != JSON_SPLIT_MORE) {
        *error = split_error(in, what);
    } else if (!in->split.depth) { /* White space between messages. */
        in->start += in->seen;
        in->seen = 0;
    }
    return false;
}

char *
jsonrpc_input_tidy(struct jsonrpc_input *in)
{
    const struct jsonrpc_guard *g = in->guard;
    if (in->start == in->buf.len) {
        buf_fini(&in->buf);
        buf_init(&in->buf);
        in->start = 0;
    } else if (in->start >= in->buf.len / 2) {
        buf_consume(&in->buf, in->start);
        in->start = 0;
    }
    count(in, in->buf.len);
    if (g && g->parts > g->parts_max && in->buf.len > g->part_free) {
        counter_inc(json_parts_full);
        return xasprintf("sent %zu bytes of a message that is not whole, "
                         "while all connections together hold over %zu",
                         jsonrpc_input_len(in), g->parts_max);
    }
    return NULL;
}

size_t
jsonrpc_input_len(const struct jsonrpc_input *in)
{
    return in->buf.len - in->start;
}

int64_t
jsonrpc_input_deadline(const struct jsonrpc_input *in)
{
    size_t n = jsonrpc_input_len(in);
    if (!in->guard || !in->guard->part_ms || !n) {
        return INT64_MAX;
    }
    return in->since_ms + in->guard->part_ms
           + (int64_t)(n / BYTES_PER_S) * 1000;
}
