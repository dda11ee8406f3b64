/* SPDX-License-Identifier: Apache-2.0 */
/* From 'struct flow' to a packet: the inverse of extraction, for packets
 * given as flow text (netdev-dummy/receive, ofproto/trace, compose-packet)
 * and for tests.
 *
 * What a flow does not say gets the value that makes a valid packet: lengths,
 * checksums, IPv4 identification 0, a data offset of 5 words.  Extracting the
 * packet gives the flow again if the flow could be one of a packet at all.
 * Pure; any thread. */
#ifndef WEIR_FLOW_COMPOSE_H
#define WEIR_FLOW_COMPOSE_H 1

#include "lib/flow/flow.h"
#include "lib/packet/packet.h"

/* Makes the packet in a heap buffer, parsed; the caller frees it.
 *
 * 'frame_len'  bytes of the whole frame, the payload being what is left
 *              after the headers; 0: UDP, ICMP messages and TCP segments
 *              without SYN, FIN or RST get 64 bytes, others none.  Not less
 *              than the headers, not more than 65,535.
 *
 * False if there is no buffer. */
bool flow_compose(const struct flow *, size_t frame_len, struct packet *)
    MUST_CHECK;

#endif
