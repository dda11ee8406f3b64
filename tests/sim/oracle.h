/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle: an OpenFlow switch that is obviously right.
 *
 * Linear tables searched from end to end, no caches, no compilation; packets
 * are bytes (frame.h) read anew before each lookup.  The standard almost word
 * by word [OF1.3.5 5], and the peer's manual, ovs-actions(7), for NORMAL,
 * resubmit and what the standard leaves open.  Simulations compare the switch
 * with it.
 *
 * What a switch may choose, the oracle asks for: the bucket of a select group
 * is taken from 'choices', and a caller that does not know the hash tries all
 * of them (oracle_next_choice()).  Meters let everything pass.  Rules of equal
 * priority in a table should not overlap.  One thread. */
#ifndef WEIR_TESTS_SIM_ORACLE_H
#define WEIR_TESTS_SIM_ORACLE_H 1

#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/flow/match.h"
#include "lib/openflow/text.h"
#include "tests/sim/frame.h"

#define ORACLE_PORTS_MAX 16
#define ORACLE_FDB_MAX 512
#define ORACLE_OUTPUTS_MAX 1024
#define ORACLE_CHOICES_MAX 12
#define ORACLE_LEARN_MAX 64
#define ORACLE_HITS_MAX 4096

struct oracle_rule {
    uint8_t table_id;
    uint16_t priority;
    struct match match;
    struct buf acts; /* Records of lib/openflow/act.h; owned. */
    uint64_t n_packets;
};

enum oracle_vlan_mode {
    ORACLE_ACCESS,
    ORACLE_TRUNK,
    ORACLE_NATIVE_TAGGED,
    ORACLE_NATIVE_UNTAGGED,
};

struct oracle_port {
    uint32_t ofport;
    bool is_live;    /* For fast failover. */
    uint32_t config; /* OFPPC_*. */
    enum oracle_vlan_mode vlan_mode;
    uint16_t tag;
    bool trunks_all;
    uint16_t trunks[4]; /* VLANs carried besides 'tag'. */
    size_t n_trunks;
};

struct oracle_mac {
    uint16_t vid;
    struct eth_addr mac;
    uint32_t ofport;
};

struct oracle {
    FILE *trace;               /* Where to tell each step, or NULL. */
    struct oracle_rule *rules; /* Owned, as their actions. */
    size_t n_rules, rules_cap;
    struct group_spec *groups; /* Owned. */
    size_t n_groups, groups_cap;
    struct oracle_port ports[ORACLE_PORTS_MAX];
    size_t n_ports;
    struct oracle_mac fdb[ORACLE_FDB_MAX];
    size_t n_macs;

    /* What was left open in the last run, in the order of asking: the
     * choice made and out of how many. */
    uint32_t choices[ORACLE_CHOICES_MAX], n_ways[ORACLE_CHOICES_MAX];
    size_t n_choices;
    bool is_failed; /* An error ended the packet's way. */
};

struct oracle_output {
    uint32_t ofport;
    struct frame frame;
};

struct oracle_packet_in {
    uint8_t reason; /* OFPR_*. */
    uint8_t table_id;
    uint16_t max_len;
    be64 metadata;
    struct frame frame; /* Whole. */
};

struct oracle_result {
    struct oracle_mac learned[ORACLE_LEARN_MAX];
    size_t n_learned;
    uint16_t hits[ORACLE_HITS_MAX]; /* Places of the rules that matched. */
    size_t n_hits;
    struct oracle_output *outputs; /* Owned. */
    size_t n_outputs, outputs_cap;
    struct oracle_packet_in *packet_ins; /* Owned. */
    size_t n_packet_ins, packet_ins_cap;
};

void oracle_init(struct oracle *);
void oracle_fini(struct oracle *);
/* Takes 'acts' away. */
void oracle_add_rule(struct oracle *, uint8_t table_id, uint16_t priority,
                     const struct match *, struct buf *acts);
void oracle_remove_rule(struct oracle *, size_t idx);
/* Gives the rule other actions, taken away. */
void oracle_change_rule(struct oracle *, size_t idx, struct buf *acts);
/* Takes the buckets away; replaces a group of the same number. */
void oracle_set_group(struct oracle *, struct group_spec *);
void oracle_clear(struct oracle *);
struct oracle_port *oracle_port(struct oracle *, uint32_t ofport);

/* Before a run, or several whose choices belong together: empties '*r'. */
void oracle_begin(struct oracle *, struct oracle_result *r);
/* Sends a packet through: appends to 'result'. */
void oracle_run(struct oracle *, uint32_t in_port, const struct frame *,
                struct oracle_result *);
/* Runs a list of actions on a packet as if it came from 'in_port', which may
 * be no port at all: packet-out. */
void oracle_run_actions(struct oracle *, uint32_t in_port,
                        const struct frame *, const struct act_list *,
                        struct oracle_result *);
/* Learns the MACs and counts the rules that 'result' has. */
void oracle_commit(struct oracle *, const struct oracle_result *);
/* Sets 'choices' to the next combination; false after the last, when they
 * are all 0 again. */
bool oracle_next_choice(struct oracle *);
void oracle_result_fini(struct oracle_result *);

#endif
