/* SPDX-License-Identifier: Apache-2.0 */
/* The printers of the families, and what they share. */
#ifndef WEIR_OPENFLOW_PRINT_PRIV_H
#define WEIR_OPENFLOW_PRINT_PRIV_H 1

#include "lib/openflow/msg.h"

/* A message being printed. */
struct print {
    struct str *s;
    const struct ofp_names *names; /* May be NULL. */
    int verbosity;
    uint8_t version;
};

typedef void print_fn(const struct print *, const struct ofm *);

print_fn print_role, print_role_status, print_async, print_bundle_control;
print_fn print_nx_value, print_ct_flush, print_tlv_table_mod;
print_fn print_tlv_table_reply, print_monitor_request, print_monitor_reply;
print_fn print_ipfix_bridge, print_ipfix_flow;
print_fn print_bundle_add, print_requestforward;
print_fn print_features, print_port_status, print_port_mod, print_port_desc;
print_fn print_port_request, print_port_reply, print_queue_request;
print_fn print_queue_reply, print_queue_config_request, print_queue_config;
print_fn print_port_desc_request, print_queue_desc_request, print_queue_desc;
print_fn print_table_desc, print_table_status;
print_fn print_table_mod, print_table_reply, print_table_features, print_desc;
print_fn print_group_mod, print_group_request, print_group_desc_request;
print_fn print_group_reply, print_group_desc, print_group_features;
print_fn print_meter_mod, print_meter_request, print_meter_reply;
print_fn print_meter_config, print_meter_features;
print_fn print_packet_in, print_packet_out;
print_fn print_flow_mod, print_flow_removed, print_flow_request;
print_fn print_flow_reply, print_aggregate;

/* Puts the names of the bits set, a space between, what has no name in hex
 * at the end; "0" for none. 'names' has 'n' entries, NULL where unnamed. */
void print_bits(struct str *, uint32_t bits, const char *const names[],
                size_t n);
/* The packet as one line of flow text, with its checksum. */
void print_packet(const struct print *, const void *, size_t len);
/* The number, or "?" for UINT64_MAX. */
void print_count(struct str *, const char *label, uint64_t);
/* "all", "slowpath", "controller" or the number. */
void print_meter_id(struct str *, uint32_t);

#endif
