/* SPDX-License-Identifier: Apache-2.0 */
/* The decoded forms of multipart requests, and of the items of replies; see
 * msg_types.h. */
#ifndef WEIR_OPENFLOW_MSG_TYPES_MULTI_H
#define WEIR_OPENFLOW_MSG_TYPES_MULTI_H 1

#include "lib/openflow/msg_types.h"

struct ofm_monitor_request {
    uint32_t id;
    uint16_t flags; /* OFPFMF_*. */
    uint32_t out_port, out_group;
    uint8_t table_id;
    uint8_t command; /* OFPFMC_MONITOR_*; before 1.4 always ADD. */
    struct match match;
};

struct ofm_monitor_update {
    uint8_t event; /* OFPFME_*. */
    /* Up to OFPFME_MODIFIED: */
    uint8_t reason; /* OFPRR_*, of REMOVED. */
    uint8_t table_id;
    uint16_t priority, idle_timeout, hard_timeout;
    uint64_t cookie;
    struct match match;
    struct act_list acts; /* Owned by the message; empty: not told. */
    /* OFPFME_ABBREV: of the request that changed the flow. */
    uint32_t xid;
};

struct ofm_ipfix {
    uint64_t total_flows, current_flows;
    uint64_t packets, ipv4_packets, ipv6_packets, tx_packets;
    uint64_t error_packets, ipv4_errors, ipv6_errors, tx_errors;
    uint32_t collector_set_id; /* 0: the bridge's. */
};

struct ofm_desc {
    char mfr_desc[257], hw_desc[257], sw_desc[257], serial_num[33],
        dp_desc[257];
};

struct ofm_flow_request { /* Also aggregate. */
    struct match match;
    uint8_t table_id;
    uint32_t out_port, out_group;
    uint64_t cookie, cookie_mask;
};

struct ofm_aggregate {
    uint64_t packet_count, byte_count;
    uint32_t flow_count;
};

struct ofm_table_stats {
    uint8_t table_id;
    char name[33];
    uint32_t wildcards; /* 1.0: wire bits. */
    uint32_t max_entries;
    uint32_t active_count;
    uint64_t lookup_count, matched_count;
    uint32_t config; /* 1.1, 1.2. */
    uint32_t instructions, write_actions, apply_actions; /* 1.1, 1.2. */
    uint64_t match, wildcards64, write_setfields, apply_setfields;
    uint64_t metadata_match, metadata_write; /* 1.2 */
};

struct ofm_port_request {
    uint32_t port_no; /* OFPORT_ANY: all. */
};

/* A count the switch does not keep is UINT64_MAX. */
struct ofm_port_stats {
    uint32_t port_no;
    uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
    uint64_t rx_dropped, tx_dropped, rx_errors, tx_errors;
    uint64_t rx_frame_err, rx_over_err, rx_crc_err, collisions;
    uint32_t duration_sec, duration_nsec; /* UINT32_MAX: unknown. */
};

struct ofm_queue_request { /* Also queue_get_config. */
    uint32_t port_no, queue_id;
};

struct ofm_queue_stats {
    uint32_t port_no, queue_id;
    uint64_t tx_bytes, tx_packets, tx_errors;
    uint32_t duration_sec, duration_nsec;
};

struct ofm_queue {
    uint32_t queue_id;
    uint32_t port_no;
    uint16_t min_rate, max_rate; /* 1/10 %; UINT16_MAX: not set. */
};

struct ofm_queue_config {
    uint32_t port_no;
    OFM_VEC(struct ofm_queue) queues;
};

struct ofm_group_request {
    uint32_t group_id; /* GROUP_ID_ALL: all. */
};

struct ofm_counts {
    uint64_t packet_count, byte_count;
};

struct ofm_group_stats {
    uint32_t group_id, ref_count;
    uint64_t packet_count, byte_count;
    uint32_t duration_sec, duration_nsec; /* UINT32_MAX: unknown. */
    OFM_VEC(struct ofm_counts) buckets;
};

struct ofm_group_features {
    uint32_t types, capabilities;
    uint32_t max_groups[GROUP_N_TYPES];
    uint32_t actions[GROUP_N_TYPES]; /* Bitmaps of 1.1+ action types. */
};

struct ofm_meter_request {
    uint32_t meter_id; /* METER_ID_ALL: all. */
};

struct ofm_meter_stats {
    uint32_t meter_id, flow_count;
    uint64_t packet_in_count, byte_in_count;
    uint32_t duration_sec, duration_nsec;
    OFM_VEC(struct ofm_counts) bands;
};

struct ofm_meter_features {
    uint32_t max_meters, band_types, capabilities;
    uint8_t max_bands, max_color;
};

/* One property of a table's features. [OF1.3.5 7.3.5.5.2] */
struct ofm_table_prop {
    uint16_t type;        /* OFPTFPT_*; odd ones are of the table miss. */
    struct ofm_data data; /* What follows type and length, unpadded. */
};

struct ofm_table_features {
    uint8_t table_id;
    char name[33];
    uint64_t metadata_match, metadata_write;
    uint32_t config, max_entries;
    OFM_VEC(struct ofm_table_prop) props;
};

#endif
