/* SPDX-License-Identifier: Apache-2.0 */
/* How a channel lives: the stream's callbacks feed the connection machine,
 * its events go to the owner, and what the machine wants to send is handed to
 * the stream once a turn of the loop.  The reconnect machine says when to
 * connect, to probe and to give up; 'timer' waits for its word.
 *
 * A callback of the owner may close the channel: then it is only marked, and
 * freed when the outermost callback has returned ('depth'). */
#include "lib/openflow/channel.h"

#include <errno.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/loop.h"
#include "lib/io/reconnect.h"
#include "lib/io/stream.h"

LOG_MODULE(vconn);

#define CLOSE_FLUSH_MS 2000

struct channel {
    struct loop *loop;
    struct channel_opts opts;
    const struct channel_ops *ops;
    void *aux;
    char *name;            /* Target, or the peer's address. */
    bool active;           /* Opened, not accepted. */
    struct stream *stream; /* NULL while there is no connection. */
    bool up;               /* The stream is connected. */
    struct ofp_conn conn;
    struct reconnect rc;
    struct loop_timer timer;
    struct loop_defer flush;
    unsigned int depth; /* Callbacks of ours on the stack. */
    bool dead;          /* channel_close() was called. */
    size_t packet_ins;  /* Queued since the queue was last empty. */
    char *last_error;   /* Heap; NULL: none yet. */
    int64_t ready_ms, down_ms;
    struct channel_counts counts;
};

static void channel_run(struct channel *);
static void channel_down(struct channel *, int err, const char *why);

static void
channel_free(struct channel *ch)
{
    loop_timer_cancel(&ch->timer);
    loop_defer_cancel(&ch->flush);
    stream_close(&ch->stream);
    ofp_conn_fini(&ch->conn);
    free(ch->name);
    free(ch->last_error);
    free(ch);
}

static void
channel_enter(struct channel *ch)
{
    ch->depth++;
}

/* False if the channel is gone. */
static bool
channel_leave(struct channel *ch)
{
    ch->depth--;
    if (ch->dead) {
        if (!ch->depth) {
            channel_free(ch);
        }
        return false;
    }
    return true;
}

static void
arm_timer(struct channel *ch)
{
    int64_t at = reconnect_deadline(&ch->rc);
    if (at == INT64_MAX) {
        loop_timer_cancel(&ch->timer);
    } else {
        loop_timer_set(&ch->timer, at);
    }
}

/* Sending. */

static void
snoop_sent(struct channel *ch)
{
    const struct buf *tx = &ch->conn.tx;
    for (size_t ofs = 0; ofs < tx->len;) {
        size_t len = be16_to_cpu(get_unaligned_be16(tx->data + ofs + 2));
        ch->counts.tx_messages++;
        if (ch->ops->snoop) {
            ch->ops->snoop(ch, tx->data + ofs, len, true, ch->aux);
        }
        ofs += len;
    }
}

static void
flush_now(struct channel *ch)
{
    struct buf *tx = &ch->conn.tx;
    if (!tx->len || !ch->stream) {
        return;
    }
    channel_enter(ch);
    snoop_sent(ch);
    int err = stream_send(ch->stream, tx->data, tx->len);
    ch->counts.tx_bytes += tx->len;
    buf_clear(tx);
    if (tx->capacity > 1024 * 1024) {
        buf_fini(tx);
        buf_init(tx);
    }
    if (err && !ch->dead) {
        channel_down(ch, err, err == -ENOBUFS ? "peer does not read" : NULL);
    }
    channel_leave(ch);
}

static void
flush_cb(void *ch)
{
    flush_now(ch);
}

static void
want_flush(struct channel *ch)
{
    if (ch->conn.tx.len) {
        loop_defer(ch->loop, &ch->flush);
    }
}

uint32_t
channel_send(struct channel *ch, struct ofm *m)
{
    if (!channel_is_ready(ch)) {
        return 0;
    }
    uint32_t xid = ofp_conn_send(&ch->conn, m);
    want_flush(ch);
    return xid;
}

void
channel_send_bytes(struct channel *ch, const void *data, size_t len)
{
    if (channel_is_ready(ch)) {
        buf_put(&ch->conn.tx, data, len);
        want_flush(ch);
    }
}

bool
channel_send_packet_in(struct channel *ch, struct ofm *m)
{
    if (!channel_is_ready(ch) || ch->packet_ins >= OFP_PACKET_IN_QUEUE_MAX) {
        ch->counts.packet_ins_dropped++;
        return false;
    }
    ch->packet_ins++;
    channel_send(ch, m);
    return true;
}

void
channel_send_error(struct channel *ch, const struct ofm *request,
                   enum ofp_err err)
{
    if (!channel_is_ready(ch)) {
        return;
    }
    const struct ofp_conn *c = &ch->conn;
    /* The message in hand is quoted whole, an earlier one as kept. */
    if (c->last && request->head_len && c->last_len >= request->head_len
        && !memcmp(c->last, request->head, request->head_len)) {
        ofm_error_reply_raw(c->last, c->last_len, request->version, err,
                            &ch->conn.tx);
    } else {
        ofm_error_reply(request, err, &ch->conn.tx);
    }
    want_flush(ch);
}

/* Events of the stream. */

static void
setup_conn(struct channel *ch)
{
    ofp_conn_init(&ch->conn, ch->opts.versions);
    ch->conn.keep_echo = ch->opts.keep_echo;
    ch->conn.xids = ch->opts.xids;
}

static void
channel_down(struct channel *ch, int err, const char *why)
{
    if (!ch->stream || ch->dead) {
        return;
    }
    char *text = xstrdup(why   ? why
                         : err ? log_strerror(err)
                               : "connection closed by peer");
    free(ch->last_error);
    ch->last_error = text;
    ch->down_ms = clock_ms();
    bool was_up = ch->up;
    stream_close_after_send(&ch->stream, CLOSE_FLUSH_MS);
    ch->up = false;
    ch->packet_ins = 0;
    ofp_conn_fini(&ch->conn);
    setup_conn(ch);
    int64_t now = clock_ms();
    if (was_up) {
        reconnect_disconnected(&ch->rc, now, err);
    } else {
        reconnect_connect_failed(&ch->rc, now, err);
    }
    if (!ch->active || ch->opts.once) {
        reconnect_disable(&ch->rc, now);
    }
    arm_timer(ch);
    channel_enter(ch);
    if (ch->ops->down) {
        ch->ops->down(ch, ch->last_error, ch->aux);
    }
    if (!ch->active) {
        ch->dead = true;
    }
    channel_leave(ch);
}

static void
on_connected(void *ch_, int err)
{
    struct channel *ch = ch_;
    if (err) {
        channel_down(ch, err, stream_error_text(ch->stream));
        return;
    }
    ch->up = true;
    ch->counts.connects++;
    reconnect_connected(&ch->rc, clock_ms());
    ofp_conn_start(&ch->conn);
    flush_now(ch);
    arm_timer(ch);
}

/* Hands one event on; false when there are no more or the channel is gone. */
static bool
handle_event(struct channel *ch, enum ofp_conn_event ev, struct ofm *m)
{
    switch (ev) {
    case OFP_CONN_READY:
        ch->ready_ms = clock_ms();
        if (ch->ops->ready) {
            ch->ops->ready(ch, ch->aux);
        }
        break;
    case OFP_CONN_MESSAGE:
        ch->ops->message(ch, &m, ch->aux);
        ofm_destroy(m);
        break;
    case OFP_CONN_FAILED: {
        char *why = xstrdup(ch->conn.error);
        log_warn_rl("%s: %s", ch->name, why);
        flush_now(ch);
        channel_down(ch, -EPROTO, why);
        free(why);
        return false;
    }
    case OFP_CONN_NONE:
        return false;
    }
    return !ch->dead && ch->stream;
}

static void
on_data(void *ch_, const uint8_t *bytes, size_t len)
{
    struct channel *ch = ch_;
    reconnect_activity(&ch->rc, clock_ms());
    ch->counts.rx_bytes += len;
    ofp_conn_feed(&ch->conn, bytes, len);
    channel_enter(ch);
    for (bool more = true; more;) {
        struct ofm *m;
        uint64_t bad = ch->conn.n_bad, n = ch->conn.n_rx;
        enum ofp_conn_event ev = ofp_conn_next(&ch->conn, &m);
        ch->counts.decode_errors += ch->conn.n_bad - bad;
        ch->counts.rx_messages += ch->conn.n_rx - n;
        if (ev == OFP_CONN_MESSAGE && ch->ops->snoop) {
            ch->ops->snoop(ch, ch->conn.last, ch->conn.last_len, false,
                           ch->aux);
        }
        more = handle_event(ch, ev, m);
    }
    if (channel_leave(ch)) {
        want_flush(ch);
        arm_timer(ch);
    }
}

static void
on_drained(void *ch)
{
    ((struct channel *)ch)->packet_ins = 0;
}

static void
on_closed(void *ch_, int err)
{
    struct channel *ch = ch_;
    channel_down(ch, err, stream_error_text(ch->stream));
}

static const struct stream_callbacks stream_callbacks = { on_connected,
                                                          on_data, on_drained,
                                                          on_closed };

/* Timers. */

static void
channel_connect(struct channel *ch)
{
    reconnect_connecting(&ch->rc, clock_ms());
    int err = stream_open(ch->loop, ch->name, OFP_DEFAULT_PORT,
                          &stream_callbacks, ch, &ch->stream);
    if (err) {
        free(ch->last_error);
        ch->last_error = xstrdup(log_strerror(err));
        reconnect_connect_failed(&ch->rc, clock_ms(), err);
        return;
    }
    stream_set_limit(ch->stream, OFP_TX_QUEUE_MAX);
}

static void
channel_probe(struct channel *ch)
{
    if (!channel_is_ready(ch)) {
        channel_down(ch, -ETIMEDOUT, "no hello from peer");
        return;
    }
    struct ofm m;
    ofm_init(&m, OFM_ECHO_REQUEST);
    channel_send(ch, &m);
}

static void
channel_run(struct channel *ch)
{
    channel_enter(ch);
    switch (reconnect_run(&ch->rc, clock_ms())) {
    case RECONNECT_CONNECT:
        channel_connect(ch);
        break;
    case RECONNECT_DISCONNECT:
        channel_down(ch, -ETIMEDOUT,
                     ch->up ? "no response to inactivity probe"
                            : "connection timed out");
        break;
    case RECONNECT_PROBE:
        channel_probe(ch);
        break;
    case RECONNECT_NOTHING:
        break;
    }
    if (channel_leave(ch)) {
        arm_timer(ch);
    }
}

static void
timer_cb(void *ch)
{
    channel_run(ch);
}

/* Life. */

static struct channel *
channel_new(struct loop *loop, const char *name,
            const struct channel_opts *opts, const struct channel_ops *ops,
            void *aux)
{
    struct channel *ch = xzalloc(sizeof *ch);
    ch->loop = loop;
    ch->opts = *opts;
    if (!ch->opts.versions) {
        ch->opts.versions = OFP_VERSIONS_ALL;
    }
    ch->ops = ops;
    ch->aux = aux;
    ch->name = xstrdup(name);
    setup_conn(ch);
    reconnect_init(&ch->rc, clock_ms());
    reconnect_set_probe(&ch->rc, opts->probe_interval_ms);
    channel_set_max_backoff(ch, opts->max_backoff_ms);
    loop_timer_init(&ch->timer, loop, timer_cb, ch);
    loop_defer_init(&ch->flush, flush_cb, ch);
    return ch;
}

struct channel *
channel_open(struct loop *loop, const char *target,
             const struct channel_opts *opts, const struct channel_ops *ops,
             void *aux, char **error)
{
    *error = NULL;
    if (!stream_name_is_active(target)) {
        *error = xasprintf("%s: not an active stream name", target);
        return NULL;
    }
    struct channel *ch = channel_new(loop, target, opts, ops, aux);
    ch->active = true;
    reconnect_enable(&ch->rc, clock_ms());
    arm_timer(ch);
    return ch;
}

struct channel *
channel_accept(struct loop *loop, struct stream *take_s,
               const struct channel_opts *opts, const struct channel_ops *ops,
               void *aux)
{
    struct channel *ch =
        channel_new(loop, stream_name(take_s), opts, ops, aux);
    ch->stream = take_s;
    stream_set_limit(take_s, OFP_TX_QUEUE_MAX);
    stream_set_callbacks(take_s, &stream_callbacks, ch);
    return ch;
}

void
channel_close(struct channel *ch)
{
    if (!ch || ch->dead) {
        return;
    }
    flush_now(ch);
    stream_close_after_send(&ch->stream, CLOSE_FLUSH_MS);
    ch->dead = true;
    if (!ch->depth) {
        channel_free(ch);
    }
}

void
channel_reconnect(struct channel *ch, const char *why)
{
    channel_enter(ch);
    channel_down(ch, 0, why);
    if (channel_leave(ch) && ch->active && !ch->opts.once) {
        reconnect_force(&ch->rc, clock_ms());
        arm_timer(ch);
    }
}

void
channel_set_probe_interval(struct channel *ch, int ms)
{
    reconnect_set_probe(&ch->rc, ms);
    arm_timer(ch);
}

void
channel_set_versions(struct channel *ch, uint32_t versions)
{
    ch->opts.versions = versions ? versions : OFP_VERSIONS_ALL;
    if (!ch->stream) {
        ch->conn.versions = ch->opts.versions;
    }
}

void
channel_set_max_backoff(struct channel *ch, int ms)
{
    int min = ch->opts.min_backoff_ms;
    reconnect_set_backoff(&ch->rc, min ? min : RECONNECT_MIN_BACKOFF_MS,
                          ms ? ms : RECONNECT_MAX_BACKOFF_MS);
}

/* What it is. */

uint8_t
channel_version(const struct channel *ch)
{
    return ch->conn.version;
}

unsigned int
channel_formats(const struct channel *ch)
{
    return ch->conn.formats;
}

void
channel_set_formats(struct channel *ch, unsigned int formats)
{
    ch->conn.formats = formats;
}

bool
channel_is_ready(const struct channel *ch)
{
    return ch->stream && ch->up && ch->conn.version && !ch->conn.failed;
}

enum channel_state
channel_state(const struct channel *ch)
{
    switch (ch->rc.state) {
    case RECONNECT_VOID:
        return CHANNEL_VOID;
    case RECONNECT_BACKOFF:
        return CHANNEL_BACKOFF;
    case RECONNECT_LISTENING:
    case RECONNECT_CONNECTING:
        return CHANNEL_CONNECTING;
    case RECONNECT_ACTIVE:
        return ch->conn.version ? CHANNEL_ACTIVE : CHANNEL_HELLO;
    case RECONNECT_IDLE:
        return CHANNEL_IDLE;
    }
    return CHANNEL_VOID;
}

const char *
channel_state_name(const struct channel *ch)
{
    enum channel_state s = channel_state(ch);
    return s == CHANNEL_HELLO ? "CONNECTING"
                              : reconnect_state_name(ch->rc.state);
}

const char *
channel_name(const struct channel *ch)
{
    return ch->name;
}

const char *
channel_last_error(const struct channel *ch)
{
    return ch->last_error;
}

int64_t
channel_last_ready_ms(const struct channel *ch)
{
    return ch->ready_ms;
}

int64_t
channel_last_down_ms(const struct channel *ch)
{
    return ch->down_ms;
}

size_t
channel_tx_queued(const struct channel *ch)
{
    return ch->conn.tx.len + (ch->stream ? stream_queued(ch->stream) : 0);
}

void
channel_get_counts(const struct channel *ch, struct channel_counts *counts)
{
    *counts = ch->counts;
}
