/* SPDX-License-Identifier: Apache-2.0 */
/* Runs an instruction list on a packet.
 *
 * The context gives the outside world: where outputs go, where events go.
 * exec_*.c knows headers; the dynamic instructions are functions of their
 * own rooms (normal.c, meter.c). */
#ifndef WEIR_DATAPATH_USER_EXEC_H
#define WEIR_DATAPATH_USER_EXEC_H 1

#include "datapath/dpact.h"
#include "lib/packet/packet.h"

struct dp_exec;

struct dp_exec {
    /* Takes the packet (ownership). */
    void (*output)(struct dp_exec *, uint32_t port, struct packet *);
    /* Borrows the packet. */
    void (*event)(struct dp_exec *, const struct packet *,
                  const struct dpact_event *);
    /* Borrows; a MAC to learn. */
    void (*learn)(struct dp_exec *, const struct packet *,
                  const struct dpact_normal *, struct eth_addr src);
    /* Counts a drop of a packet that came from p->in_port. */
    void (*drop)(struct dp_exec *, const struct packet *, enum dp_drop);
    int64_t now_us;  /* Of this burst. */
    uint32_t now_s;  /* Coarse seconds, for MAC ages. */
    unsigned int depth; /* Nesting now; bounded by GROUP_DEPTH_MAX and
                         * PATCH_DEPTH_MAX together. */
};

/* Runs 'acts' ('len' bytes) on 'p' and consumes it: the last output gets the
 * packet itself, earlier ones copies.  'p' is parsed (packet_parse()), and
 * is parsed again where an instruction changed its headers and a later one
 * needs them.  Threads: the worker's. */
void dp_exec(struct dp_exec *, struct packet *p, const struct dpact *acts,
             size_t len);

/* The rooms of the dynamic instructions; each may run nested lists. */
void exec_normal(struct dp_exec *, struct packet *, const struct dpact_normal *,
                 bool is_last);
void exec_select(struct dp_exec *, struct packet *, const struct dpact_select *,
                 bool is_last);

/* A symmetric hash of addresses, VLAN, protocol and ports, for SELECT. */
uint32_t exec_hash_packet(const struct packet *, uint32_t basis);

#endif
