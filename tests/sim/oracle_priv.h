/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by oracle*.c: a packet on its way. */
#ifndef WEIR_TESTS_SIM_ORACLE_PRIV_H
#define WEIR_TESTS_SIM_ORACLE_PRIV_H 1

#include "tests/sim/oracle.h"

#define ORACLE_SET_MAX 64

#define ORACLE_STACK_MAX 128

/* An entry of the stack: bits in words, lowest first. */
struct oracle_bits {
    uint64_t words[2];
};

struct walk {
    struct oracle *o;
    struct oracle_result *result;
    struct frame frame;
    struct flow flow;     /* Pipeline fields; the rest by frame_read(). */
    uint32_t in_port;     /* Where it came from: the flow's may be set. */
    const struct act *set[ORACLE_SET_MAX]; /* The action set, as written. */
    size_t n_set;
    bool in_group, is_packet_out;
    bool is_miss_rule;    /* The table-miss rule runs [OF1.3.5 5.4]. */
    uint8_t table_id;     /* Of the rule that runs. */
    int goto_table;       /* -1: none. */
    bool is_over;         /* Stop this list of actions. */
    bool is_exit;         /* And those around it, up to a bucket's. */
    unsigned int group_depth, table_depth;
    struct oracle_bits stack[ORACLE_STACK_MAX];
    size_t n_stack;
};

/* Reads the packet after a change.  A header that is announced but cut off
 * cannot be read: a field of it that was written is seen as written. */
void oracle_reread(struct walk *);
void oracle_output(struct walk *, uint32_t ofport, uint16_t max_len);
void oracle_normal(struct walk *);
/* Adds a copy of 'f' to what left by 'ofport', as its OFPPC bits allow. */
void oracle_emit(struct walk *, uint32_t ofport, const struct frame *f);
void oracle_packet_in(struct walk *, uint8_t reason, uint16_t max_len);
/* Header actions.  False if the action ends the list (TTL ran out). */
bool oracle_edit(struct walk *, const struct act *);

/* Actions on parts of fields, and those that choose by a hash.  False if
 * 'act' is none of them. */
bool oracle_part_action(struct walk *, const struct act *);
/* Chooses a number below 'n'. */
uint32_t oracle_choose(struct oracle *, uint32_t n);
/* Puts the flow's bits into the packet after a change. */
void oracle_write_field(struct walk *, enum field_id);

#endif
