/* SPDX-License-Identifier: Apache-2.0 */
/* Instruction lists: what a cached flow does to its packets.
 *
 * A list is a run of records, each a multiple of 8 bytes, that begin with
 * struct dpact.  Static instructions rewrite and send; dynamic ones (NORMAL,
 * SELECT, METER) look at state that changes with traffic when the packet
 * passes, so that such changes never invalidate a cached flow.
 *
 * Lists are made by the translation (struct dp_prog_builder, datapath/dp.h),
 * and run by dp_exec().  They hold pointers only to objects that the program
 * keeps alive (counters, l2 tables, meters; see dp.h). */
#ifndef WEIR_DATAPATH_DPACT_H
#define WEIR_DATAPATH_DPACT_H 1

#include "lib/base/types.h"

enum dpact_op {
#define DPACT(NAME, STRUCT, TEXT, HELP) DPACT_##NAME,
#include "datapath/dpact.def"
#undef DPACT
    DPACT_N
};

enum dp_drop {
#define DROP(NAME, TEXT, HELP) DP_DROP_##NAME,
#include "datapath/drops.def"
#undef DROP
    DP_N_DROPS
};

struct dpact {
    uint16_t op;  /* enum dpact_op. */
    uint16_t len; /* Bytes of the whole record, a multiple of 8. */
};

struct dpact_plain {
    struct dpact act;
    uint32_t pad;
};

struct dpact_output {
    struct dpact act;
    uint32_t port; /* Datapath port index. */
};

struct dpact_drop {
    struct dpact act;
    uint32_t reason; /* enum dp_drop. */
};

struct dpact_vlan {
    struct dpact act;
    be16 tpid; /* PUSH_VLAN: 0x8100 or 0x88a8. */
    be16 tci;  /* PUSH_VLAN, SET_VLAN: without the CFI bit. */
    be16 mask; /* SET_VLAN: bits of 'tci' to write. */
    uint8_t pad[6];
};

struct dpact_mpls {
    struct dpact act;
    be32 lse;       /* PUSH_MPLS, SET_MPLS. */
    be32 mask;      /* SET_MPLS. */
    be16 ethertype; /* PUSH_MPLS: 0x8847 or 0x8848; POP_MPLS: what is below. */
    uint8_t pad[2];
};

struct dpact_set_eth {
    struct dpact act;
    struct eth_addr dst, src, dst_mask, src_mask;
    uint8_t pad[4];
};

struct dpact_set_ipv4 {
    struct dpact act;
    be32 src, dst, src_mask, dst_mask;
    uint8_t tos, ttl, tos_mask, ttl_mask;
};

struct dpact_set_ipv6 {
    struct dpact act;
    be32 label, label_mask; /* Low 20 bits. */
    uint8_t tos, ttl, tos_mask, ttl_mask;
    uint8_t src[16], dst[16], src_mask[16], dst_mask[16];
};

struct dpact_set_l4 {
    struct dpact act;
    be16 src, dst, src_mask, dst_mask;
    uint8_t pad[4];
};

struct dpact_set_icmp {
    struct dpact act;
    uint8_t type, code, type_mask, code_mask;
};

struct dpact_set_arp {
    struct dpact act;
    be16 op, op_mask;
    be32 spa, tpa, spa_mask, tpa_mask;
    struct eth_addr sha, tha, sha_mask, tha_mask;
};

struct dpact_set_nd {
    struct dpact act;
    struct eth_addr sll, tll, sll_mask, tll_mask;
    uint8_t target[16], target_mask[16];
    uint8_t pad[4];
};

/* CLONE, DEC_TTL, DEC_MPLS_TTL: the rest of the record is a list. */
struct dpact_nest {
    struct dpact act;
    uint32_t pad;
};

struct dp_meter;
struct dpact_meter {
    struct dpact act;
    uint32_t pad;
    struct dp_meter *meter;
};

struct dp_counter;
struct dpact_count {
    struct dpact act;
    uint32_t pad;
    struct dp_counter *counter;
};

/* Followed by 'n_patches' records of struct dpact_normal_patch, each with
 * the list that continues in the bridge on a patch bundle's other side. */
struct dp_l2;
struct dpact_normal {
    struct dpact act;
    uint16_t vid;       /* VLAN the packet is in on this bridge. */
    uint16_t in_bundle; /* Index in 'l2->bundles'; DP_BUNDLE_NONE for a
                         * packet from the bridge itself (packet-out). */
    struct dp_l2 *l2;
    uint16_t n_patches;
    bool has_tag;       /* The packet carries the tag of 'vid' outermost. */
    bool no_learn;
    uint8_t pcp;        /* Priority to keep when a tag is added. */
    uint8_t pad[3];
};

struct dpact_normal_patch {
    uint16_t bundle; /* Index in l2->bundles. */
    uint16_t len;    /* Bytes, this header included; multiple of 8. */
    uint32_t pad;
};

/* Followed by 'n' records of struct dpact_bucket, each with its list. */
struct dpact_select {
    struct dpact act;
    uint32_t basis; /* Seeds the hash, so that groups choose independently. */
    uint32_t n;
    uint32_t total_weight;
};

struct dpact_bucket {
    uint32_t weight;
    uint32_t len; /* Bytes, this header included; multiple of 8. */
};

struct dpact_trunc {
    struct dpact act;
    uint32_t max_len; /* Bytes; at least an Ethernet header. */
};

/* Followed by 'n' records of struct dpact_len_range, each with its list, by
 * growing 'max_len', of which the last is UINT32_MAX.  The length of a frame
 * that will be segmented is that of its segments. */
struct dpact_by_len {
    struct dpact act;
    uint32_t n;
};

struct dpact_len_range {
    uint32_t max_len; /* Bytes of the longest packet that runs this list. */
    uint32_t len;     /* Bytes, this header included; multiple of 8. */
};

struct dpact_event {
    struct dpact act;
    uint16_t kind;     /* The owner's. */
    uint16_t max_len;  /* Bytes of packet to take; 0xffff all. */
    uint16_t data_len; /* Bytes of opaque data that follow, padded to 8. */
    uint16_t hold_ms;  /* A worker that sent the same data waits so long
                        * before it does again; 0: each packet sends. */
    uint8_t pad[4];
};

#define DPACT_NEXT(A)                                                         \
    ((const struct dpact *)(const void *)((const uint8_t *)(A) + (A)->len))
/* A: const struct dpact *, over LEN bytes at LIST, which may be NULL if LEN is
 * 0.  LEN is evaluated twice. */
#define DPACT_FOR_EACH(A, LIST, LEN)                                          \
    for (const struct dpact *A = (const void *)(LIST),                        \
                            *A##_end                                          \
                            = (LEN) ? (const void *)((const uint8_t *)(LIST)  \
                                                     + (LEN))                 \
                                    : (const void *)A;                        \
         A < A##_end; A = DPACT_NEXT(A))

extern const char *const dpact_names[DPACT_N];
extern const char *const dp_drop_names[DP_N_DROPS];

#endif
