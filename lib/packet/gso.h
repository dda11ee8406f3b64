/* SPDX-License-Identifier: Apache-2.0 */
/* Segmentation in software, for ports that cannot carry a GSO frame.
 *
 * A TCPv4, TCPv6 or UDP_L4 frame becomes packets of 'gso_size' payload bytes
 * with complete checksums: IPv4 identification counts up; TCP sequence
 * numbers move on, FIN and PSH stand on the last segment and CWR on the
 * first [RFC 3168 6.1.2].  Tags and MPLS entries before the IP header are
 * repeated.
 *
 *     struct gso_iter it;
 *     if (gso_begin(&it, &p)) {
 *         while (gso_next(&it, &segment)) { ... takes 'segment' ... }
 *     }
 *
 * Threads: the packet's. */
#ifndef WEIR_PACKET_GSO_H
#define WEIR_PACKET_GSO_H 1

#include "lib/packet/packet.h"

struct gso_iter {
    const struct packet *src; /* Borrowed until the end. */
    uint16_t l3_ofs, l4_ofs;
    uint16_t hdr_len;   /* Bytes of all headers. */
    uint16_t seg_len;   /* Payload bytes of a segment. */
    uint32_t next;      /* Next payload byte, from the frame's start. */
    uint32_t end;       /* One past the last payload byte. */
    uint32_t n_done;    /* Segments made. */
    bool is_ipv6, is_udp;
    bool no_buffer;     /* Out: the pool had none; the rest is lost. */
};

/* Prepares to cut up 'p'.  False if it is not a GSO frame or its headers are
 * not what 'gso_type' says. */
bool gso_begin(struct gso_iter *, const struct packet *p) MUST_CHECK;
/* Makes the next segment in a heap buffer; the caller owns it.  False at the
 * end, and when the pool has no buffer (then 'no_buffer' is set). */
bool gso_next(struct gso_iter *, struct packet *segment) MUST_CHECK;
/* Segments that 'p' gives, 1 for a frame that is not GSO. */
unsigned int gso_n_segments(const struct packet *p);
/* Bytes of the longest of them; 0 if it cannot be cut up. */
uint32_t gso_segment_len(const struct packet *p);

#endif
