/* SPDX-License-Identifier: Apache-2.0 */
/* JSON-RPC 1.0 over a stream [RFC 7047 4]: messages, one connection, a
 * session that reconnects, and a blocking client for tools.
 *
 * A connection answers echo requests by itself and swallows the replies to
 * its own.  Text that is not JSON-RPC closes it with -EPROTO.  Messages are
 * borrowed by the callback; what it keeps it takes with json_incref().
 * A peer that sends much gets a bounded number of messages handled in each
 * turn of the loop.
 * Threads: the loop's. */
#ifndef WEIR_IO_JSONRPC_H
#define WEIR_IO_JSONRPC_H 1

#include "lib/io/json.h"
#include "lib/io/reconnect.h"
#include "lib/io/stream.h"

struct tls_config;

enum jsonrpc_type {
    JSONRPC_REQUEST, /* method, params, id */
    JSONRPC_NOTIFY,  /* method, params; id null */
    JSONRPC_REPLY,   /* result, id; error null */
    JSONRPC_ERROR,   /* error, id; result null */
};

struct jsonrpc_msg {
    enum jsonrpc_type type;
    const char *method; /* Borrowed from 'body'. */
    json_t *params;     /* Array; borrowed from 'body', as those below. */
    json_t *result;
    json_t *error;
    json_t *id;
    json_t *body;       /* The whole message. */
};

/* Reads the members of 'body' (borrowed).  NULL or a heap text of what is
 * wrong [RFC 7047 4: each type's members]. */
char *jsonrpc_msg_from_json(json_t *body, struct jsonrpc_msg *) MUST_CHECK;
/* New bodies; each steals its arguments.  'id' is any JSON value. */
json_t *jsonrpc_make_request(const char *method, json_t *params, json_t *id);
json_t *jsonrpc_make_notify(const char *method, json_t *params);
json_t *jsonrpc_make_reply(json_t *result, json_t *id);
json_t *jsonrpc_make_error(json_t *error, json_t *id);

/* A request as spans of its text: what is inside 'params' is not parsed, nor
 * checked beyond matching brackets. */
struct jsonrpc_raw {
    const char *method; /* Plain: no escapes. */
    size_t method_len;
    const char *params; /* Starts with '['. */
    size_t params_len;
    const char *id;     /* Any value but null. */
    size_t id_len;
};

/* False if the text is not a request of exactly these members. */
bool jsonrpc_raw_from_text(const char *, size_t len, struct jsonrpc_raw *);

/* One connection. */
struct jsonrpc;

struct jsonrpc_callbacks {
    /* Up, or (err negative) never will be. */
    void (*connected)(void *aux, int err);
    /* Any message but echo. */
    void (*message)(void *aux, struct jsonrpc_msg *);
    /* A request before it is parsed: true if it is dealt with, false to get
     * it as a message.  May be NULL. */
    bool (*raw)(void *aux, const struct jsonrpc_raw *);
    /* The connection ended; 0: the peer closed it. */
    void (*closed)(void *aux, int err);
    /* The send queue ran empty; may be NULL. */
    void (*drained)(void *aux);
};

int jsonrpc_open(struct loop *, const char *name, uint16_t default_port,
                 const struct jsonrpc_callbacks *, void *aux,
                 struct jsonrpc **out) MUST_CHECK;
/* Takes an accepted or mem stream. */
struct jsonrpc *jsonrpc_from_stream(struct loop *, struct stream *take,
                                    const struct jsonrpc_callbacks *,
                                    void *aux);
/* Also from a callback. */
void jsonrpc_close(struct jsonrpc **);
/* Lets the queue out first, for at most 'max_ms'. */
void jsonrpc_close_after_send(struct jsonrpc **, int64_t max_ms);
/* Steals 'body'.  0; -ENOBUFS, -ENOTCONN. */
int jsonrpc_send(struct jsonrpc *, json_t *body);
/* Sends text that is a whole message already: one update serialised once
 * for many clients. */
int jsonrpc_send_text(struct jsonrpc *, const char *, size_t len);
/* The same in pieces, of which some are shared with others. */
int jsonrpc_send_parts(struct jsonrpc *, const struct stream_part *,
                       size_t n);
/* Steals 'params', chooses the id and tells it (out may be NULL). */
int jsonrpc_request(struct jsonrpc *, const char *method, json_t *params,
                    uint64_t *id);
/* Sends an echo request as probe. */
void jsonrpc_probe(struct jsonrpc *);
/* Bytes queued and unsent. */
size_t jsonrpc_queued(const struct jsonrpc *);
/* Largest message taken, largest queue kept, in bytes. */
void jsonrpc_set_limits(struct jsonrpc *, size_t message, size_t queue);
/* What the connections of one server share, against peers that mean ill. */
struct jsonrpc_guard {
    size_t tree_max;   /* Memory that one message may take, parsed; bytes. */
    size_t parts_max;  /* Bytes of messages not whole yet, of all together; */
    size_t part_free;  /* so many each may hold whatever the others do. */
    size_t parts;      /* Held now. */
    uint64_t rx_bytes, tx_bytes; /* That passed, both ways. */
    size_t echo_pause; /* Unread answers to echoes that stop reading. */
    int64_t part_ms;   /* A message must be whole so long after its first
                        * byte, and 1 s later per 64 KiB; 0: never. */
    struct list resting; /* Ours: connections with requests that were read
                         * and wait for their turn. */
    struct loop_defer rest; /* Ours: goes on with them. */
};

/* Before its first connection. */
void jsonrpc_guard_init(struct jsonrpc_guard *);


/* 'guard' is the caller's, until the connection is closed; NULL: none. */
void jsonrpc_set_guard(struct jsonrpc *, struct jsonrpc_guard *);
void jsonrpc_set_reading(struct jsonrpc *, bool on);
struct stream *jsonrpc_stream(struct jsonrpc *);
const char *jsonrpc_name(const struct jsonrpc *);
/* clock_ms() when bytes were received last. */
int64_t jsonrpc_last_rx_ms(const struct jsonrpc *);
/* Why it was closed with -EPROTO; or NULL. */
const char *jsonrpc_error_text(const struct jsonrpc *);

/* A connection that comes back: active remotes reconnect with back-off, and
 * all get inactivity probes. */
struct jsonrpc_session;

struct jsonrpc_session_callbacks {
    void (*connected)(void *aux);
    void (*message)(void *aux, struct jsonrpc_msg *);
    bool (*raw)(void *aux, const struct jsonrpc_raw *); /* May be NULL. */
    /* The connection was lost, or an attempt failed.  A session from a
     * stream has then ended for good. */
    void (*disconnected)(void *aux, int err);
    void (*drained)(void *aux); /* May be NULL. */
};

/* 'remotes' is one name, or several separated by commas, of which one at a
 * time is tried ("cid:UUID" among them is skipped); passive names listen and
 * serve one client.  NULL with '*error' a heap text if a name is bad. */
struct jsonrpc_session *
jsonrpc_session_open(struct loop *, const char *remotes,
                     uint16_t default_port,
                     const struct jsonrpc_session_callbacks *, void *aux,
                     char **error) MUST_CHECK;
struct jsonrpc_session *
jsonrpc_session_from_stream(struct loop *, struct stream *take,
                            const struct jsonrpc_session_callbacks *,
                            void *aux);
void jsonrpc_session_close(struct jsonrpc_session **);
/* As jsonrpc_send(); -ENOTCONN between connections. */
int jsonrpc_session_send(struct jsonrpc_session *, json_t *steal_body);
int jsonrpc_session_send_text(struct jsonrpc_session *, const char *,
                              size_t len);
int jsonrpc_session_send_parts(struct jsonrpc_session *,
                               const struct stream_part *, size_t n);
int jsonrpc_session_request(struct jsonrpc_session *, const char *method,
                            json_t *params, uint64_t *id);
bool jsonrpc_session_is_connected(const struct jsonrpc_session *);
/* NULL between connections. */
struct jsonrpc *jsonrpc_session_rpc(struct jsonrpc_session *);
size_t jsonrpc_session_queued(const struct jsonrpc_session *);
const char *jsonrpc_session_name(const struct jsonrpc_session *);
/* State and statistics; borrowed. */
const struct reconnect *
jsonrpc_session_reconnect(const struct jsonrpc_session *);
void jsonrpc_session_set_probe(struct jsonrpc_session *, int64_t ms);
void jsonrpc_session_set_max_backoff(struct jsonrpc_session *, int64_t ms);
void jsonrpc_session_set_dscp(struct jsonrpc_session *, uint8_t dscp);
/* Drops the connection (if any) and connects again at once. */
void jsonrpc_session_force_reconnect(struct jsonrpc_session *);

/* For tools: a connection whose calls wait.  It has a loop of its own, so it
 * may not be used from a callback of another loop for long. */
struct jsonrpc_block;

/* Connects, or waits for the first to connect to a passive name; 0 or
 * negative errno.  'deadline_ms' everywhere is on clock_real_ms(); INT64_MAX
 * waits without end; -ETIMEDOUT when it passes.  'tls' may be NULL (and then
 * ssl: names are refused). */
int jsonrpc_block_open(const char *name, uint16_t default_port,
                       const struct tls_config *tls, int64_t deadline_ms,
                       struct jsonrpc_block **out) MUST_CHECK;
void jsonrpc_block_close(struct jsonrpc_block **);
/* Sends a request (steals 'params') and waits for its reply; notifications
 * that come in between are kept for jsonrpc_block_recv().  Returns 0 with
 * either '*result' or '*error' a new reference (the other NULL). */
int jsonrpc_block_call(struct jsonrpc_block *, const char *method,
                       json_t *params, int64_t deadline_ms, json_t **result,
                       json_t **error) MUST_CHECK;
/* Waits until 'body' (stolen) was handed to the system. */
int jsonrpc_block_send(struct jsonrpc_block *, json_t *body,
                       int64_t deadline_ms) MUST_CHECK;
/* The next message of any type but echo, as a new reference. */
int jsonrpc_block_recv(struct jsonrpc_block *, int64_t deadline_ms,
                       json_t **body) MUST_CHECK;
/* Makes the call that waits, or the next one, return -EINTR; for callbacks
 * on its loop. */
void jsonrpc_block_interrupt(struct jsonrpc_block *);
/* What it stands on, for things to wait for beside it: borrowed. */
struct loop *jsonrpc_block_loop(const struct jsonrpc_block *);
struct jsonrpc *jsonrpc_block_rpc(const struct jsonrpc_block *);
/* Why it was closed with -EPROTO; or NULL. */
const char *jsonrpc_block_error_text(const struct jsonrpc_block *);

#endif
