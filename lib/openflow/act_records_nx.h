/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the Nicira extension's actions that stand by themselves; see
 * act_records.h. */
#ifndef WEIR_OPENFLOW_ACT_RECORDS_NX_H
#define WEIR_OPENFLOW_ACT_RECORDS_NX_H 1

#include "lib/openflow/act_records.h"

/* Bits [ofs, ofs + n_bits) of a field. */
struct act_part {
    uint16_t field; /* enum field_id. */
    uint16_t ofs, n_bits;
};

/* One match or action of the flow to learn. */
enum act_learn_dst { ACT_LEARN_MATCH, ACT_LEARN_LOAD, ACT_LEARN_OUTPUT };
struct act_learn_spec {
    uint16_t n_bits;
    uint8_t dst_kind;        /* enum act_learn_dst. */
    bool src_is_value;       /* 'value', not 'src'. */
    struct act_part src;     /* Of the packet. */
    struct act_part dst;     /* Not of an output. */
    union field_value value; /* Right-aligned in the width of dst's field. */
};

#define ACT_LEARN_SEND_FLOW_REM 1
#define ACT_LEARN_DELETE_LEARNED 2
#define ACT_LEARN_WRITE_RESULT 4
struct act_learn {
    struct act hdr;
    uint64_t cookie;
    uint16_t idle_timeout, hard_timeout, priority;
    uint16_t fin_idle_timeout, fin_hard_timeout;
    uint16_t flags; /* ACT_LEARN_*. */
    uint8_t table_id;
    uint8_t pad;
    struct act_part result; /* One bit, with WRITE_RESULT. */
    uint32_t limit;         /* Of learned flows; 0: none. */
    uint32_t n_specs;
    struct act_learn_spec specs[];
};

struct act_conjunction {
    struct act hdr;
    uint32_t id;
    uint8_t clause; /* From 0. */
    uint8_t n_clauses;
    uint8_t pad[2];
};

struct act_fin_timeout {
    struct act hdr;
    uint16_t idle_timeout, hard_timeout; /* 0: leave it. */
    uint8_t pad[4];
};

/* What is hashed for bundle and multipath; wire values. */
enum act_hash {
    ACT_HASH_ETH_SRC,
    ACT_HASH_SYMMETRIC_L4,
    ACT_HASH_SYMMETRIC_L3L4,
    ACT_HASH_SYMMETRIC_L3L4_UDP,
    ACT_HASH_NW_SRC,
    ACT_HASH_NW_DST,
    ACT_HASH_SYMMETRIC_L3,
    ACT_N_HASHES
};

/* bundle; bundle_load (ACT_FORM_BUNDLE_LOAD) into 'dst'. */
struct act_bundle {
    struct act hdr;
    uint16_t fields;    /* enum act_hash. */
    uint16_t basis;
    uint16_t algorithm; /* 0 active_backup, 1 hrw. */
    struct act_part dst;
    uint32_t n_members;
    uint32_t members[]; /* Ports, padded. */
};

struct act_multipath {
    struct act hdr;
    uint16_t fields; /* enum act_hash. */
    uint16_t basis;
    uint16_t algorithm; /* modulo_n, hash_threshold, hrw, iter_hash. */
    uint16_t max_link;  /* Links less one. */
    uint32_t arg;
    struct act_part dst;
    uint8_t pad[6];
};

struct act_output_reg {
    struct act hdr;
    struct act_part src;
    uint16_t max_len;
};

enum act_sample_direction { ACT_SAMPLE_DEFAULT, ACT_SAMPLE_INGRESS,
                            ACT_SAMPLE_EGRESS };
struct act_sample {
    struct act hdr;
    uint16_t probability;
    uint8_t direction; /* enum act_sample_direction. */
    uint8_t pad;
    uint32_t collector_set_id, obs_domain_id, obs_point_id;
    uint32_t sampling_port; /* OFPORT_ANY: none. */
    uint8_t pad2[4];
};

#define ACT_CT_COMMIT 1
#define ACT_CT_FORCE 2
/* ct: nested records (nat, then those of exec) follow. */
struct act_ct {
    struct act hdr;
    uint16_t flags; /* ACT_CT_*. */
    uint16_t zone;  /* If 'zone_src.n_bits' is 0. */
    uint16_t alg;   /* Port number that the helper has; 0: none. */
    uint8_t table;  /* 255: none. */
    uint8_t pad;
    struct act_part zone_src;
    uint8_t pad2[2];
};

static inline struct act_list
act_ct_list(const struct act_ct *ct)
{
    return (struct act_list){ &(ct + 1)->hdr, ct->hdr.len - sizeof *ct };
}

enum {
    ACT_NAT_SRC = 1,
    ACT_NAT_DST = 2,
    ACT_NAT_PERSISTENT = 4,
    ACT_NAT_HASH = 8,
    ACT_NAT_RANDOM = 16,
};
struct act_nat {
    struct act hdr;
    uint16_t flags;  /* ACT_NAT_*. */
    uint8_t family;  /* 4, 6; 0: no addresses. */
    uint8_t pad;
    uint16_t port_min, port_max; /* 0: none; 'max' 0: just the one. */
    bool has_max;    /* 'max' of addresses. */
    uint8_t pad2[7];
    uint8_t min[16], max[16]; /* Of IPv4 the first four bytes. */
};

struct act_stack { /* push: of the part to the stack; pop: the other way. */
    struct act hdr;
    struct act_part part;
    uint8_t pad[2];
};

struct act_check_pkt_larger {
    struct act hdr;
    struct act_part dst; /* One bit. */
    uint16_t bytes;
};

struct act_delete_field {
    struct act hdr;
    uint8_t tun_metadata; /* Index. */
    uint8_t pad[7];
};

#define ACT_PT_ETHERNET 0x00000000u /* Packet types: space and type. */
#define ACT_PT_USE_NEXT 0x0000fffeu
#define ACT_PT_NSH 0x0001894fu
#define ACT_PT_MPLS 0x00018847u
#define ACT_PT_MPLS_MC 0x00018848u
struct act_encap {
    struct act hdr;
    uint32_t packet_type;
    uint32_t n; /* Bytes of properties, as on the wire. */
    uint8_t props[]; /* Padded. */
};

struct act_decap {
    struct act hdr;
    uint32_t packet_type;
    uint8_t pad[4];
};

#endif
