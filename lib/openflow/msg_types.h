/* SPDX-License-Identifier: Apache-2.0 */
/* The decoded forms of every message: plain structs, the same for all
 * versions, in host byte order, with 32-bit ports (OFPORT_*), 1.3's numbers
 * (wire.h) and version-independent matches and actions.  What a version
 * cannot carry is zero after decoding and left out when encoding.
 *
 * Vectors (OFM_VEC), byte runs (struct ofm_data) and the 'acts' of a
 * struct flow_stats are heap memory owned by the struct ofm around them. */
#ifndef WEIR_OPENFLOW_MSG_TYPES_H
#define WEIR_OPENFLOW_MSG_TYPES_H 1

#include "lib/base/types.h"
#include "lib/flow/match.h"
#include "lib/openflow/errors.h"
#include "lib/openflow/text.h"
#include "lib/openflow/wire.h"

/* 'p' has 'n' elements; NULL when n is 0. */
#define OFM_VEC(TYPE)                                                         \
    struct {                                                                  \
        TYPE *p;                                                              \
        size_t n;                                                             \
    }

struct ofm_data {
    uint8_t *p;
    size_t n; /* Bytes. */
};

struct ofm_hello {
    uint32_t versions; /* Bit V: wire version V is offered; 0: only the
                        * header's version was said. */
    bool has_unknown;  /* There was more that this program cannot read. */
};

struct ofm_error {
    enum ofp_err err;    /* 0 when this program does not know the code. */
    uint32_t vendor;     /* As on the wire; 0: standard. */
    uint16_t type, code; /* As on the wire. */
    struct ofm_data data; /* Start of the offending message, or text. */
};

struct ofm_echo {
    struct ofm_data data;
};

struct ofm_port {
    uint32_t port_no;
    struct eth_addr hw_addr;
    char name[16]; /* Of Linux: 15 bytes. */
    uint32_t config;                            /* OFPPC_*. */
    uint32_t state;                             /* OFPPS_*. */
    uint32_t curr, advertised, supported, peer; /* OFPPF_*. */
    uint32_t curr_speed, max_speed;             /* kbps. */
};

struct ofm_features {
    uint64_t datapath_id;
    uint32_t n_buffers;
    uint8_t n_tables;
    uint8_t auxiliary_id;  /* 1.3 */
    uint32_t capabilities; /* OFPC_*. */
    uint32_t actions;      /* 1.0: wire bitmap of OFPAT10_*. */
    OFM_VEC(struct ofm_port) ports; /* 1.0 to 1.2. */
};

struct ofm_config {
    uint16_t flags; /* OFPC_FRAG_* | OFPC_INVALID_TTL_TO_CONTROLLER. */
    uint16_t miss_send_len;
};

struct ofm_packet_in {
    uint32_t buffer_id; /* OFP_NO_BUFFER: 'data' is the packet itself. */
    uint16_t total_len; /* Bytes of the whole packet. */
    uint8_t reason;     /* OFPR_*. */
    uint8_t table_id;
    uint64_t cookie;    /* UINT64_MAX: unknown. */
    struct match match; /* in_port and the pipeline fields at least. */
    struct ofm_data data;
    struct ofm_data userdata;     /* NXT_PACKET_IN2. */
    struct ofm_data continuation; /* NXT_PACKET_IN2. */
};

struct ofm_packet_out {
    uint32_t buffer_id;
    uint32_t in_port;
    struct match match; /* 1.5: of the pipeline, but for the port. */
    struct buf acts; /* Records. */
    struct ofm_data data;
};

/* 'f' as flow_spec_parse() fills it: 'cookie' and 'cookie_mask' say which
 * flows a modify or delete means, 'new_cookie' what to store (UINT64_MAX: a
 * modify keeps the flow's).  'out_port' and 'out_group' restrict deletes
 * alone, whatever other commands hold in them.  'strict', 'have_priority',
 * 'formats': unused. */
struct ofm_flow_mod {
    uint16_t command; /* OFPFC_*. */
    struct flow_spec f;
};

struct ofm_flow_removed {
    struct match match;
    uint64_t cookie;
    uint16_t priority;
    uint8_t reason;   /* OFPRR_*. */
    uint8_t table_id; /* FLOW_TABLE_ALL: not said. */
    uint32_t duration_sec, duration_nsec;
    uint16_t idle_timeout, hard_timeout;
    uint64_t packet_count, byte_count; /* UINT64_MAX: unknown. */
};

struct ofm_port_status {
    uint8_t reason; /* OFPPR_*. */
    struct ofm_port port;
};

struct ofm_port_mod {
    uint32_t port_no;
    struct eth_addr hw_addr;
    uint32_t config, mask; /* OFPPC_*. */
    uint32_t advertise;    /* OFPPF_*. */
};

struct ofm_table_mod { /* Also one table's description, 1.4 and later. */
    uint8_t table_id;
    uint32_t config; /* OFPTC_*. */
    uint32_t eviction_flags; /* OFPTMPEF_*. */
    uint8_t vacancy_down, vacancy_up; /* Per cent; 'up' 0: not said. */
    uint8_t vacancy;                  /* Of now; descriptions only. */
};

struct ofm_table_status {
    uint8_t reason; /* OFPTR_*. */
    struct ofm_table_mod desc;
};

struct ofm_group_mod {
    uint16_t command; /* OFPGC_*. */
    struct group_spec g;
};

struct ofm_meter_mod {
    uint16_t command; /* OFPMC_*. */
    struct meter_spec m;
};

struct ofm_role {
    uint32_t role; /* OFPCR_ROLE_*. */
    uint16_t short_id; /* 1.5 */
    bool has_generation;
    uint64_t generation_id;
};

struct ofm_role_status {
    uint32_t role;          /* OFPCR_ROLE_*. */
    uint8_t reason;         /* OFPCRR_*. */
    uint64_t generation_id; /* UINT64_MAX: none yet. */
};

/* Masks of reasons; [0] as master or equal, [1] as slave.  A request need
 * not say all. */
#define OFM_ASYNC_UNSAID 0xffffffffu
struct ofm_async {
    uint32_t packet_in[2], port_status[2], flow_removed[2];
    uint32_t role_status[2], table_status[2], requestforward[2];
};

struct ofm_bundle_control {
    uint32_t bundle_id;
    uint16_t type;  /* OFPBCT_*. */
    uint16_t flags; /* OFPBF_*. */
};

struct ofm_bundle_add {
    uint32_t bundle_id;
    uint16_t flags; /* OFPBF_*. */
    /* A message of the same version; it gets the xid of the one around. */
    struct ofm_data message;
};

struct ofm_requestforward {
    struct ofm_data request; /* The group_mod or meter_mod. */
};

struct ofm_nx_value {
    uint32_t value;
};

/* Options of tunnels as fields: a change, or (no command) what is set. */
struct ofm_tlv_map {
    uint16_t option_class;
    uint8_t option_type;
    uint8_t option_len; /* Bytes: 4 to 124. */
    uint16_t index;     /* Of tun_metadata. */
};

struct ofm_tlv_table {
    uint16_t command; /* NXTTMC_*. */
    uint32_t max_option_space;
    uint16_t max_fields;
    OFM_VEC(struct ofm_tlv_map) maps;
};

/* One direction of a connection; what is zero matches all. */
struct ofm_ct_tuple {
    uint8_t src[16], dst[16]; /* IPv6, or IPv4 mapped into it. */
    uint16_t src_port, dst_port, icmp_id;
    uint8_t icmp_type, icmp_code;
    bool is_icmp; /* The ICMP members count, not the ports. */
    uint8_t pad[1];
};

struct ofm_ct_flush {
    uint8_t ip_proto;
    uint16_t zone;
    struct ofm_ct_tuple orig, reply;
};

#endif
