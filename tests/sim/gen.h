/* SPDX-License-Identifier: Apache-2.0 */
/* Random packets and configurations that meet: addresses, ports, VLANs and
 * tables come from small pools, and matches are cut out of packets.
 * Everything follows from the generator's seed.  One thread. */
#ifndef WEIR_TESTS_SIM_GEN_H
#define WEIR_TESTS_SIM_GEN_H 1

#include "lib/base/rng.h"
#include "tests/sim/oracle.h"

#define GEN_N_TABLES 4
#define GEN_N_GROUPS 4
#define GEN_N_PORTS 5 /* OpenFlow ports 1 to this. */

/* What may appear; everything else may always. */
struct gen_opts {
    bool normal;   /* Output to NORMAL. */
    bool groups;
    bool select;   /* Groups of type select among them. */
    bool ttl;      /* Decrements that may run out. */
    bool pop_mpls;
    bool malformed;
    bool first_fragments;
    bool three_tags; /* More than flows show. */
    bool parts;      /* The stack, output to registers, lengths. */
    bool hashes;     /* Choices by a hash. */
};

/* A packet of any kind that lib/packet/parse.h names, with right checksums
 * unless it is malformed. */
void gen_frame(struct rng *, const struct gen_opts *, struct frame *);

/* A match of about 'n_fields' fields that takes 'sample'. */
void gen_match(struct rng *, const struct flow *sample, unsigned int n_fields,
               struct match *);

/* The records of a rule in 'table_id' for packets like 'sample': actions and
 * instructions as OpenFlow 1.3 allows them. */
void gen_rule_acts(struct rng *, const struct gen_opts *, uint8_t table_id,
                   const struct match *, const struct flow *sample,
                   struct buf *acts);

/* A list of actions for one packet, for packet-out. */
void gen_actions(struct rng *, const struct gen_opts *, const struct flow *,
                 struct buf *acts);

/* Actions on parts of fields and by hashes, appended to 'acts': for a packet
 * that has the fields that 'pick' gives. */
void gen_part_action(struct rng *, const struct gen_opts *,
                     const struct field *(*pick)(void *), void *aux,
                     struct buf *acts);

/* Group 'group_id', whose buckets may use groups of lower numbers. */
void gen_group(struct rng *, const struct gen_opts *, uint32_t group_id,
               struct group_spec *);

#endif
