/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of this folder: one translation in progress. */
#ifndef WEIR_VSWITCHD_XLATE_PRIV_H
#define WEIR_VSWITCHD_XLATE_PRIV_H 1

#include "lib/base/limits.h"
#include "vswitchd/xlate/xlate.h"

#define XLATE_NO_TABLE -1

/* What a push put on the stack.  Entries are never overwritten, so that a
 * scope that ends has its stack back by its top alone. */
struct xstack {
    union field_value value;
    struct act_part part; /* Of 'value'. */
    int below;            /* Index, or XLATE_STACK_EMPTY. */
};
#define XLATE_STACK_EMPTY -1

struct xctx {
    const struct pipeline *pipeline;
    struct xbridge *bridge;
    const struct xports *ports;  /* Of 'bridge', one snapshot of them. */
    struct dp_prog_builder *out;
    struct xlate_trace *trace;   /* NULL: silent. */

    struct flow flow;            /* As rewritten so far. */
    struct flow dirty;           /* Bits of 'flow' not yet written to the
                                  * packet: see xlate_commit(). */
    struct act_set set;
    const struct rule *rule;     /* Being run; NULL in a packet-out. */
    uint8_t table_id;
    uint32_t search_port;        /* In place of in_port in the next search; 0:
                                  * none. */
    int next_table;              /* goto_table, or XLATE_NO_TABLE. */
    bool exit;                   /* Nothing more is run. */
    bool is_failed;              /* Nor outside the scope that ends. */
    bool conditional;            /* Not every packet of the flow gets here:
                                  * counters are instructions. */
    bool in_group, is_packet_out;
    /* Bytes of packets as received that this translation is for: it narrows
     * from UINT32_MAX when an action asks, see xlate_check_pkt_larger(). */
    uint32_t len_min, len_max;
    int len_delta;               /* What pushes and pops added since. */
    bool by_len;                 /* One of several translations by length. */
    int stack_top;               /* Index in 'stack'. */
    unsigned int n_pushes;
    struct xstack stack[STACK_PUSHES_MAX];
    unsigned int n_lookups, group_depth, bridge_depth, resubmit_depth;
    int indent;
    enum dp_drop drop;           /* Why nothing was output, so far. */
};

/* A part whose rewrites do not last beyond it: a bucket, a clone, the other
 * bridge behind a patch. */
struct xscope {
    struct flow flow;
    int len_delta, stack_top;
    size_t start; /* Of its CLONE record. */
};

/* Remembers and brings back the packet and the stack; in between, dirty
 * fields must have been committed. */
void xlate_save(const struct xctx *, struct xscope *);
void xlate_restore(struct xctx *, const struct xscope *);

void xlate_scope_begin(struct xctx *, struct xscope *);
void xlate_scope_end(struct xctx *, struct xscope *);

/* Writes dirty fields to the packet. */
void xlate_commit(struct xctx *);
/* Counts every packet that gets here. */
void xlate_count(struct xctx *, struct dp_counter *);
void xlate_run_actions(struct xctx *, const struct act_list *);
void xlate_run_set(struct xctx *);
/* Looks up 'table_id' and what it goes on to. */
void xlate_table(struct xctx *, uint8_t table_id);
/* The rule that matches the flow in a table, conjunctions considered; NULL:
 * none, or 'is_failed'.  x_conj.c. */
const struct rule *xlate_search(struct xctx *, const struct cls *);
/* A packet that arrives on 'port' of 'bridge', from its first table on. */
void xlate_enter(struct xctx *, struct xbridge *, uint32_t ofport);

void xlate_output(struct xctx *, uint32_t ofport, uint16_t max_len);
void xlate_normal(struct xctx *);
void xlate_controller(struct xctx *, uint16_t max_len, uint16_t id,
                      uint8_t reason, bool is_miss);
void xlate_controller_action(struct xctx *, const struct act *);
void xlate_group(struct xctx *, uint32_t group_id);
void xlate_output_reg(struct xctx *, const struct act *);
void xlate_output_trunc(struct xctx *, const struct act *);

/* Parts of fields, x_part.c. */
void xlate_stack_push(struct xctx *, const struct act *);
void xlate_stack_pop(struct xctx *, const struct act *);
void xlate_check_pkt_larger(struct xctx *, const struct act *);
/* The part as a number, 0 if the packet has no such field. */
uint64_t xlate_part_get(const struct xctx *, const struct act_part *);
void xlate_part_set(struct xctx *, const struct act_part *, uint64_t);

/* Rules made or changed by packets, x_learn.c. */
void xlate_learn(struct xctx *, const struct act *);
void xlate_fin_timeout(struct xctx *, const struct act *);

/* Choices by a hash, x_hash.c. */
void xlate_bundle(struct xctx *, const struct act *);
void xlate_multipath(struct xctx *, const struct act *);
/* The fields that such a choice looks at, added to 'reads'. */
void xlate_hash_reads(enum act_hash, struct flow *reads);

/* Header-changing actions, x_set.c. */
void xlate_set_field(struct xctx *, const struct act *);
void xlate_move(struct xctx *, const struct act *);
void xlate_push_vlan(struct xctx *, const struct act *);
void xlate_strip_vlan(struct xctx *, const struct act *);
void xlate_push_mpls(struct xctx *, const struct act *);
void xlate_pop_mpls(struct xctx *, const struct act *);
void xlate_dec_ttl(struct xctx *, const struct act *);
void xlate_dec_mpls_ttl(struct xctx *, const struct act *);
/* Writes 'n' bits of 'from', of field 'src', to 'dst' right-aligned, zeros to
 * its left; nothing if the packet has no such field. */
void xlate_write_bits(struct xctx *, const struct act_part *dst,
                      const struct field *src, const union field_value *from,
                      unsigned int src_ofs, unsigned int n);
void xlate_pop_tag(struct xctx *);
void xlate_push_tag(struct xctx *, be16 tpid, be16 tci);

/* One line of commentary, indented; nothing when silent. */
void xlate_note(struct xctx *, const char *fmt, ...) PRINTF_FORMAT(2, 3);

static inline const struct xport *
xlate_port(const struct xctx *x, uint32_t ofport)
{
    return x->ports ? idmap_get(&x->ports->by_ofport, ofport) : NULL;
}

static inline bool
xlate_has_tag(const struct xctx *x)
{
    return x->flow.vlans[0].tci & BE16(FLOW_VLAN_CFI);
}

#endif
