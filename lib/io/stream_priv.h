/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of stream share; for stream*.c, listen.c and tls.c. */
#ifndef WEIR_IO_STREAM_PRIV_H
#define WEIR_IO_STREAM_PRIV_H 1

#include "lib/base/buf.h"
#include "lib/io/stream.h"
#include "lib/io/stream_queue.h"

/* Bytes asked of one read. */
#define STREAM_READ_BYTES 65536
/* Reads and writes in one turn of the loop, so that one stream cannot hold
 * the rest. */
#define STREAM_READS_PER_TURN 8
#define STREAM_WRITES_PER_TURN 16
/* Bytes that small pieces are joined to: a full TLS record. */
#define STREAM_JOIN_BYTES 16384
/* Pieces of the queue in one write. */
#define STREAM_IOV_MAX 32

enum stream_state {
    STREAM_RESOLVING,
    STREAM_CONNECTING, /* The system's connect() is under way. */
    STREAM_HANDSHAKE,  /* The kind's own (TLS). */
    STREAM_OPEN,
    STREAM_ENDED,      /* The owner was told. */
};

/* One kind.  Calls return bytes or 0, or a negative errno; -EAGAIN means
 * try again when the descriptor has 'rx_event' or 'tx_event'. */
struct stream_ops {
    const char *kind;
    /* 0 when done; may be NULL. */
    int (*handshake)(struct stream *);
    /* 0 at the end of the stream. */
    ssize_t (*recv)(struct stream *, void *, size_t);
    ssize_t (*send)(struct stream *, const void *, size_t);
    /* Sends pieces in one go; may be NULL. */
    ssize_t (*sendv)(struct stream *, struct iovec *, int n);
    /* True if recv() has bytes that the descriptor does not tell of. */
    bool (*has_more)(const struct stream *); /* May be NULL. */
    void (*close)(struct stream *);          /* May be NULL. */
};

struct stream {
    struct loop *loop;
    const struct stream_ops *ops;
    struct stream_callbacks cbs;
    void *aux;
    char *name;
    char *error_text;           /* Heap; of the last failure; or NULL. */
    enum stream_state state;
    int fd;                     /* -1 if none. */
    struct loop_fd *watch;
    int rx_event, tx_event;     /* What reading and writing wait for. */
    bool reading;               /* The owner wants data(). */
    int busy;                   /* Callbacks on the stack. */
    bool closed;                /* stream_close() was called. */
    int end_err;                /* Waiting to be told, with 'end_pending'. */
    bool end_pending;
    struct loop_defer run;      /* Flush, deliver, tell. */
    struct loop_timer timer;    /* Retry of connect(), linger. */
    struct loop_defer at_destroy; /* Of a lingering stream. */
    struct stream_queue queue;  /* To send. */
    size_t limit;               /* Of the queue, in bytes. */
    bool lingering;             /* Closed, once the queue is out. */
    uint64_t rx_bytes, tx_bytes;
    struct addr local, remote;
    int dscp;                   /* -1: unset. */

    /* tcp, ssl: while connecting. */
    struct loop_resolve *resolve;
    struct addr *addrs;         /* Heap: to try. */
    size_t n_addrs, addr_idx;
    char *host;                 /* Heap: for SNI; NULL if accepted. */

    /* unix: while connecting. */
    char *path;                 /* Heap. */

    /* ssl. */
    void *ssl;                  /* SSL *. */
    bool server;                /* Accepted. */
    bool bootstrapping;         /* The CA file is made from this one. */
    char *peer_cn;              /* Heap. */

    /* mem. */
    struct stream *mem_peer;    /* NULL once it closed. */
    struct buf mem_inbox;
    size_t mem_chunk;           /* Bytes at a time; 0: no bound. */
    bool mem_eof;               /* The peer closed, after the inbox. */
    int mem_err;                /* Or broke with this. */
};

extern const struct stream_ops stream_plain_ops; /* tcp */
extern const struct stream_ops stream_unix_ops;
extern const struct stream_ops stream_tls_ops;
extern const struct stream_ops stream_mem_ops;

struct stream *stream_alloc(struct loop *, const struct stream_ops *,
                            const char *name);
void stream_free(struct stream *);
/* An accepted, connected socket, which the stream takes. */
struct stream *stream_from_fd(struct loop *, const struct stream_ops *,
                              int fd, const char *name);
/* Watches s->fd. */
int stream_watch(struct stream *);
/* The system's connect() is done: goes to the handshake or OPEN. */
void stream_established(struct stream *);
/* The stream ends with 'err'; the owner is told from the loop. */
void stream_end(struct stream *, int err);
/* Runs the deferred part soon. */
void stream_kick(struct stream *);
/* Replaces the error text; takes 'text'. */
void stream_take_error(struct stream *, char *text);

/* Kinds. */
int stream_tcp_start(struct stream *, const char *where,
                     uint16_t default_port);
/* The connect() of the present address has an outcome. */
void stream_tcp_on_writable(struct stream *);
int stream_unix_start(struct stream *, const char *file);
void stream_unix_connect(struct stream *);
int stream_tls_init(struct stream *, bool server);

/* Sockets. */
ssize_t stream_sock_recv(struct stream *, void *, size_t);
ssize_t stream_sock_send(struct stream *, const void *, size_t);
ssize_t stream_sock_sendv(struct stream *, struct iovec *, int n);
/* bind() or connect() to a path of any length; 0 or negative errno. */
int stream_unix_bind(int fd, const char *path);
int stream_unix_connect_fd(int fd, const char *path);
void stream_apply_dscp(struct stream *);

#endif
