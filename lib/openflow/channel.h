/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow over a stream: an ofp_conn, a stream of lib/io and the timers.
 *
 * Active channels connect to a target ("tcp:10.0.0.1:6653", "unix:FILE",
 * "ssl:..") and connect again with backoff when they fail; passive ones wrap
 * a stream that a listener accepted and end with it.  An idle peer is probed
 * with an echo request and dropped when it does not answer.  What waits to be
 * written is bounded by OFP_TX_QUEUE_MAX bytes: a peer that does not read is
 * disconnected; packet-ins are refused earlier (channel_send_packet_in).
 *
 * All of it lives on one loop's thread; callbacks come from that loop.  A
 * callback may close the channel.  This is the only file of the folder that
 * knows lib/io. */
#ifndef WEIR_OPENFLOW_CHANNEL_H
#define WEIR_OPENFLOW_CHANNEL_H 1

#include "lib/openflow/conn.h"

struct channel;
struct loop;
struct stream;

struct channel_ops {
    /* Hello is done: channel_version() is agreed. */
    void (*ready)(struct channel *, void *aux);
    /* A message; borrowed for the call (set '*m' NULL to take it). */
    void (*message)(struct channel *, struct ofm **m, void *aux);
    /* The connection ended; a passive channel is closed after this call.
     * 'why' is one line, borrowed. */
    void (*down)(struct channel *, const char *why, void *aux);
    /* Each wire message that came ('sent' false) or goes; NULL: none. */
    void (*snoop)(struct channel *, const uint8_t *data, size_t len,
                  bool sent, void *aux);
};

struct channel_opts {
    uint32_t versions;       /* Bit V: offered; 0: OFP_VERSIONS_ALL. */
    int probe_interval_ms;   /* 0: no probes. */
    int max_backoff_ms;      /* Active; 0: 8000. */
    int min_backoff_ms;      /* Active; 0: 1000. */
    bool once;               /* Active: do not connect again. */
    bool keep_echo;          /* Hand echo requests to 'message'. */
    uint32_t *xids;          /* Counts on over channels; NULL: own count. */
};

enum channel_state {
    CHANNEL_VOID,       /* Closed for good. */
    CHANNEL_BACKOFF,    /* Waits to connect again. */
    CHANNEL_CONNECTING, /* Stream is connecting. */
    CHANNEL_HELLO,      /* Stream is up, versions not agreed. */
    CHANNEL_ACTIVE,
    CHANNEL_IDLE,       /* Probe sent, no answer yet. */
};

/* Returns NULL and a heap error text in '*error' for a bad target. */
struct channel *channel_open(struct loop *, const char *target,
                             const struct channel_opts *,
                             const struct channel_ops *, void *aux,
                             char **error);
/* Takes the connected stream 'take_s'. */
struct channel *channel_accept(struct loop *, struct stream *take_s,
                               const struct channel_opts *,
                               const struct channel_ops *, void *aux);
/* Writes out what it can at once, then closes; no 'down' callback. */
void channel_close(struct channel *);

/* Queues 'm' for the peer; returns its xid (given if it was 0).  Dropped and
 * 0 if the channel is not ready. */
uint32_t channel_send(struct channel *, struct ofm *m);
/* Queues whole wire messages (of a reply builder, a snoop, an error). */
void channel_send_bytes(struct channel *, const void *, size_t len);
/* False (and counted) if OFP_PACKET_IN_QUEUE_MAX of them wait already. */
bool channel_send_packet_in(struct channel *, struct ofm *m);
/* Queues the error message for 'err' about 'request', quoted whole if it is
 * the one that came last. */
void channel_send_error(struct channel *, const struct ofm *request,
                        enum ofp_err err);

uint8_t channel_version(const struct channel *); /* 0: not ready. */
unsigned int channel_formats(const struct channel *);
void channel_set_formats(struct channel *, unsigned int formats);
enum channel_state channel_state(const struct channel *);
/* "VOID", "BACKOFF", "CONNECTING", "ACTIVE", "IDLE": the state column. */
const char *channel_state_name(const struct channel *);
bool channel_is_ready(const struct channel *);
/* "tcp:127.0.0.1:6653": the target, or the peer's address. */
const char *channel_name(const struct channel *);
/* Why the last connection ended; NULL if none did. */
const char *channel_last_error(const struct channel *);
/* clock_ms() of the last time it got ready, or went down; 0: never. */
int64_t channel_last_ready_ms(const struct channel *);
int64_t channel_last_down_ms(const struct channel *);
size_t channel_tx_queued(const struct channel *); /* Bytes. */
void channel_set_probe_interval(struct channel *, int ms);
void channel_set_max_backoff(struct channel *, int ms);
/* Offers these versions from the next connection on; 0: all. */
void channel_set_versions(struct channel *, uint32_t versions);
/* Drops the connection and, if active, connects again at once. */
void channel_reconnect(struct channel *, const char *why);

struct channel_counts {
    uint64_t rx_messages, tx_messages, rx_bytes, tx_bytes;
    uint64_t decode_errors, packet_ins_dropped, connects;
};
/* Copies the counts so far. */
void channel_get_counts(const struct channel *, struct channel_counts *);

/* A blocking client, for tools: own loop inside. */
struct channel_block;
/* Connects and does the hello.  'timeout_ms' 0: no limit, else it is the time
 * for all that follows too.  Returns NULL with a heap error: "Connection
 * refused", "version negotiation failed (we support...". */
struct channel_block *channel_block_open(const char *target,
                                         uint32_t versions, int timeout_ms,
                                         char **error);
/* The same on the caller's loop, where the caller's callbacks run while a
 * call waits; 'xids' as in struct channel_opts. */
struct channel_block *channel_block_open_on(struct loop *, const char *target,
                                            uint32_t versions, uint32_t *xids,
                                            int timeout_ms, char **error);
void channel_block_close(struct channel_block *);
uint8_t channel_block_version(const struct channel_block *);
unsigned int channel_block_formats(const struct channel_block *);
void channel_block_set_formats(struct channel_block *, unsigned int);
/* 0 or negative errno. */
int channel_block_send(struct channel_block *, struct ofm *m) MUST_CHECK;
int channel_block_send_bytes(struct channel_block *, const void *,
                             size_t len) MUST_CHECK;
/* Waits for the next message; '*m' is the caller's.  0, -EOF's place taken
 * by -ECONNRESET when the peer closed, or negative errno. */
int channel_block_recv(struct channel_block *, struct ofm **m) MUST_CHECK;
/* The next message if it is there: -EAGAIN if not, else as above. */
int channel_block_poll(struct channel_block *, struct ofm **m) MUST_CHECK;
/* Sends 'request' and waits for the message with its xid; others are
 * dropped. */
int channel_block_transact(struct channel_block *, struct ofm *request,
                           struct ofm **reply) MUST_CHECK;
/* Sends 'n' messages and one barrier behind them, without waiting between:
 * '*error' is the first error that one of them caused, or NULL. */
int channel_block_transact_many(struct channel_block *, struct ofm *ms,
                                size_t n, struct ofm **error) MUST_CHECK;
/* The same for one. */
int channel_block_transact_noreply(struct channel_block *, struct ofm *m,
                                   struct ofm **error) MUST_CHECK;
struct loop *channel_block_loop(struct channel_block *);
struct channel *channel_block_channel(struct channel_block *);

#endif
