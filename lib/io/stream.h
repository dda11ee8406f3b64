/* SPDX-License-Identifier: Apache-2.0 */
/* Byte streams: one interface over TCP, Unix sockets, TLS and memory.
 *
 * Names are those that users of the peer type [ovsdb(7), ovs-vsctl(8)]:
 *
 *     tcp:HOST[:PORT]  ssl:HOST[:PORT]  unix:FILE
 *
 * IPv6 addresses stand in brackets, with %DEVICE where they are link-local;
 * names are resolved in a helper thread.  The caller says the default port
 * (6653 OpenFlow, 6640 OVSDB).  A unix FILE without a leading "/" is relative
 * to dirs_run(); any length works.
 *
 * Life: stream_open() or an accepted stream, then connected(0), data... and
 * at the end exactly one of connected(err), closed(err).  The owner calls
 * stream_close() at any time, also from a callback; after it no callback
 * comes.  A stream that reported its end stays until stream_close().
 *
 * Sending copies (or shares, stream_send_parts()) into a queue of at most
 * STREAM_QUEUE_MAX bytes, or what stream_set_limit() says.
 * Threads: the loop's.  Nothing blocks. */
#ifndef WEIR_IO_STREAM_H
#define WEIR_IO_STREAM_H 1

#include "lib/base/blob.h"
#include "lib/base/types.h"
#include "lib/io/addr.h"
#include "lib/io/loop.h"

struct stream;

struct stream_callbacks {
    /* Ready to send (err == 0), or never will be (negative errno). */
    void (*connected)(void *aux, int err);
    /* Bytes arrived; borrowed for the call. */
    void (*data)(void *aux, const uint8_t *bytes, size_t len);
    /* The send queue went from some to none; may be NULL. */
    void (*drained)(void *aux);
    /* The peer closed (err == 0) or the connection broke. */
    void (*closed)(void *aux, int err);
};

/* Starts connecting.  Returns 0 and '*out'; -EAFNOSUPPORT for an unknown
 * kind of name, -EINVAL for bad syntax, -ENOPROTOOPT for ssl: without
 * key and certificates.  Failures of the network come to connected(). */
int stream_open(struct loop *, const char *name, uint16_t default_port,
                const struct stream_callbacks *, void *aux,
                struct stream **out) MUST_CHECK;
/* Closes, nulls '*s'; NULL is harmless.  Unsent bytes are dropped. */
void stream_close(struct stream **s);
/* Closes after what is queued was sent, or after 'max_ms'. */
void stream_close_after_send(struct stream **s, int64_t max_ms);
/* Hands the stream to another owner: for accepted streams, or a protocol
 * found out from the first bytes. */
void stream_set_callbacks(struct stream *, const struct stream_callbacks *,
                          void *aux);

/* Queues a copy.  Returns 0; -ENOBUFS if it does not fit (nothing of it was
 * queued); -ENOTCONN when closed.  Before connected() it only queues. */
int stream_send(struct stream *, const void *bytes, size_t len) MUST_CHECK;
/* The same for a message in pieces, of which some are shared: all of them are
 * queued, or none. */
struct stream_part {
    struct blob *blob; /* Borrowed: the queue takes a reference; or NULL: */
    const void *bytes; /* these are copied. */
    size_t len;        /* Of 'bytes', or blob->len. */
};
int stream_send_parts(struct stream *, const struct stream_part *, size_t n)
    MUST_CHECK;
/* Bytes queued and not given to the system. */
size_t stream_queued(const struct stream *);
/* What they take of memory: of shared bytes only a part. */
size_t stream_queued_memory(const struct stream *);
void stream_set_limit(struct stream *, size_t bytes);
/* Off stops data(): backpressure.  On by default. */
void stream_set_reading(struct stream *, bool on);

bool stream_is_connected(const struct stream *);
/* As given, or "tcp:ADDR:PORT", "ssl:ADDR:PORT", "unix#N" if accepted. */
const char *stream_name(const struct stream *);
/* Renames, for logs. */
void stream_set_name(struct stream *, const char *);
/* Unset for Unix and memory. */
const struct addr *stream_local_addr(const struct stream *);
const struct addr *stream_remote_addr(const struct stream *);
/* DSCP for IP streams, 0..63; negative errno if refused. */
int stream_set_dscp(struct stream *, uint8_t dscp);
/* Bytes that passed so far. */
void stream_counts(const struct stream *, uint64_t *rx, uint64_t *tx);
/* Why the last failure was, where errno does not tell all (TLS); or NULL. */
const char *stream_error_text(const struct stream *);
/* The peer's certificate common name and such, for RBAC; NULL if none. */
const char *stream_peer_cn(const struct stream *);

/* The process at the other end of a Unix socket; false if it is none. */
bool stream_peer_process(const struct stream *, long *pid, long *uid);

/* True if 'name' is an active (passive) name, syntax and all. */
bool stream_name_is_active(const char *name);
bool stream_name_is_passive(const char *name);
/* Heap path of a Unix socket: itself, or under dirs_run(). */
char *stream_unix_path(const char *file);

/* Two ends of a pipe in memory, both connected.  Bytes sent arrive at the
 * other end in the loop's next turn. */
void stream_mem_pair(struct loop *, struct stream **a, struct stream **b);
/* Tests: delivers at most 'n' bytes a time (0: no bound). */
void stream_mem_set_chunk(struct stream *, size_t n);
/* Tests: breaks both ends with 'err' after the bytes on the way. */
void stream_mem_break(struct stream *, int err);

#endif
