/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of sim_pipeline: a switch and an oracle that are configured
 * alike (sim_config.c), fed alike (sim_pipeline.c), and told apart in words
 * when they differ (sim_print.c).  One thread. */
#ifndef WEIR_TESTS_SIM_SIM_H
#define WEIR_TESTS_SIM_SIM_H 1

#include "lib/base/limits.h"
#include "tests/sim/gen.h"
#include "vswitchd/bridge/bridge.h"
#include "vswitchd/ofproto/ofproto.h"

struct loop;

#define POOL 48 /* Packets that come again. */

struct sim {
    struct rng rng;
    struct gen_opts opts;
    struct loop *loop;
    struct vswitch *vs;
    struct bridge *br;
    struct port *ports[GEN_N_PORTS + 1]; /* By OpenFlow number. */
    struct oracle oracle;
    struct oracle_result want, got;
    struct frame pool[POOL];
    uint32_t pool_ports[POOL];
    uint16_t next_priority;
    int cache; /* -1: in every other set. */
    uint64_t n_packets, n_outputs, n_packet_ins, n_rules, n_refused;
};

/* What both are given at once. */
struct work {
    size_t n;
    uint32_t in_port;
    const struct frame *frames[BURST_MAX];
    const struct act_list *acts; /* Packet-out; NULL: received. */
};

/* A message as from a controller.  False if it is refused. */
bool sim_apply(struct sim *, struct ofm *);
uint32_t sim_random_port(struct sim *);

/* Makes the bridge, ports, VLANs, groups and rules of a set. */
void sim_begin_set(struct sim *, uint64_t seed);
void sim_end_set(struct sim *);
/* Puts a new packet in the pool. */
void sim_fill_pool(struct sim *, uint32_t place);
/* A rule more, less or changed, a group, a port or a VLAN. */
void sim_change_something(struct sim *);

/* Runs the oracle on 'w' into 'want'. */
void sim_run_oracle(struct sim *, const struct work *w);
/* What the switch was told, what it was given, and what came of it, for
 * whoever looks for the fault. */
void sim_print_difference(struct sim *, const struct work *w);

#endif
