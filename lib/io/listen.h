/* SPDX-License-Identifier: Apache-2.0 */
/* Passive streams: ptcp:[PORT][:BIND], pssl:[PORT][:BIND], punix:FILE.
 *
 * Port 0 lets the system choose.  Without BIND all IPv4 addresses are
 * listened on; [::] takes both versions.  punix replaces a socket that nobody
 * listens on, refuses a living one, and is removed on close.
 * Threads: the loop's. */
#ifndef WEIR_IO_LISTEN_H
#define WEIR_IO_LISTEN_H 1

#include "lib/io/stream.h"

struct listener;

/* Returns 0; -EAFNOSUPPORT, -EINVAL, -ENOPROTOOPT as stream_open(), or what
 * the system said (-EADDRINUSE, -EACCES).
 *
 * 'on_accept' owns the stream it gets and gives it callbacks at once; the
 * stream's connected() follows, for TLS after the handshake. */
int listener_open(struct loop *, const char *name, uint16_t default_port,
                  void (*on_accept)(void *aux, struct stream *), void *aux,
                  struct listener **out) MUST_CHECK;
void listener_close(struct listener **);
const char *listener_name(const struct listener *);
/* The port bound, host order; 0 for Unix. */
uint16_t listener_port(const struct listener *);
/* For socket activation: listens on 'fd', which it takes. */
int listener_from_fd(struct loop *, int fd, const char *name,
                     void (*on_accept)(void *aux, struct stream *),
                     void *aux, struct listener **out) MUST_CHECK;

#endif
