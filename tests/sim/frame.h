/* SPDX-License-Identifier: Apache-2.0 */
/* Packets as plain bytes, for the oracle: read and rewritten header by header
 * in the simplest way, with every checksum summed up from scratch.
 *
 * Written from the standards and from the contracts in lib/packet/parse.h
 * and lib/flow/flow.h, and on purpose without lib/packet's code: simulations
 * compare the two.  Nothing here is fast, allocates or has state. */
#ifndef WEIR_TESTS_SIM_FRAME_H
#define WEIR_TESTS_SIM_FRAME_H 1

#include "lib/flow/flow.h"

#define FRAME_MAX 2048

struct frame {
    size_t len;
    uint8_t b[FRAME_MAX];
};

/* Same bytes. */
bool frame_equal(const struct frame *, const struct frame *);

/* Replaces the members of 'f' that come from the packet; in_port, metadata,
 * registers and the rest of the pipeline's own stay. */
void frame_read(const struct frame *, struct flow *f);

/* Makes the packet's headers say what 'want' says, where they exist:
 * addresses, TOS, TTL, label, ports, ARP, ND, the outermost tag's and MPLS
 * entry's bits.  Checksums follow. */
void frame_write(struct frame *, const struct flow *want);

/* Each leaves the frame alone where the header is missing. */
void frame_push_vlan(struct frame *, uint16_t tpid, uint16_t tci);
void frame_pop_vlan(struct frame *);
void frame_push_mpls(struct frame *, uint16_t type, uint32_t lse);
void frame_pop_mpls(struct frame *, uint16_t type);

/* Entries of the label stack that are there, up to three. */
unsigned int frame_n_mpls(const struct frame *);
unsigned int frame_n_vlans(const struct frame *);
/* 4 or 6 if there is a whole IP header, else 0. */
unsigned int frame_ip_version(const struct frame *);

/* True if every header that the fields before it announce is there, so that
 * each field of the flow stands in the packet too. */
bool frame_is_whole(const struct frame *);

/* Sets every checksum right, as a sender would; later and first fragments'
 * L4 checksums stay. */
void frame_fill_checksums(struct frame *);

#endif
