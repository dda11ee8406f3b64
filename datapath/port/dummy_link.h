/* SPDX-License-Identifier: Apache-2.0 */
/* The wire between two dummy ports: a Unix or TCP socket on which each frame
 * stands behind its length in 2 bytes, network order.
 *
 * The active side ("unix:FILE", "tcp:HOST:PORT") connects again a second
 * after a loss; the passive side ("punix:FILE", "ptcp:PORT[:HOST]") takes
 * several peers and sends to all.  A peer that does not read loses frames.
 * Threads: one at a time (the port's lock). */
#ifndef WEIR_DATAPATH_PORT_DUMMY_LINK_H
#define WEIR_DATAPATH_PORT_DUMMY_LINK_H 1

#include "lib/packet/packet.h"

struct dummy_link;

/* 'epfd' (borrowed) becomes readable when there is something to do for
 * dummy_link_rx().  0, or negative errno and '*error' a heap text. */
int dummy_link_open(const char *spec, bool is_passive, int epfd,
                    struct dummy_link **out, char **error) MUST_CHECK;
void dummy_link_close(struct dummy_link **);
/* Does what is due (connects, accepts, reads, writes), and takes up to 'max'
 * frames; the caller owns them. */
unsigned int dummy_link_rx(struct dummy_link *, struct packet *,
                           unsigned int max);
/* Sends a copy of the frame to every peer. */
void dummy_link_tx(struct dummy_link *, const struct packet *);
/* Takes a connected stream socket (ownership) as one more peer: tests. */
void dummy_link_add(struct dummy_link *, int fd);
/* True if there is a peer at the moment. */
bool dummy_link_is_connected(const struct dummy_link *);

#endif
