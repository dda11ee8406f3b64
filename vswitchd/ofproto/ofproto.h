/* SPDX-License-Identifier: Apache-2.0 */
/* An OpenFlow switch: tables, groups, meters, ports and the connections that
 * control them; one for each bridge.
 *
 * Its bridge (vswitchd/bridge/) owns it and tells it ports and settings; what
 * workers read of it hangs at ofproto_xbridge() (pipeline.h).
 *
 * Standards: [OF1.0.2], [OF1.3.5], and the Nicira extensions as the peers
 * speak them.  Threads: main. */
#ifndef WEIR_VSWITCHD_OFPROTO_H
#define WEIR_VSWITCHD_OFPROTO_H 1

#include "lib/base/str.h"
#include "lib/openflow/msg.h"
#include "vswitchd/bridge/bridge.h"
#include "vswitchd/ofproto/pipeline.h"

struct ofproto;

/* What the switch asks of its bridge. */
struct ofproto_ops {
    /* Counters of an OpenFlow port. */
    void (*port_stats)(void *aux, uint32_t ofport, struct port_stats *);
    /* Administrative state, from port_mod.  0 or negative errno. */
    int (*port_admin)(void *aux, uint32_t ofport, bool up);
    /* Something that workers read changed beside tables: OFPPC bits of
     * ports.  The bridge commits. */
    void (*changed)(void *aux);
    /* ofproto_reads() changed: must reach the datapath before the rules that
     * made it grow. */
    void (*reads_changed)(void *aux);
    void *aux;
};

struct ofproto *ofproto_create(struct loop *, struct dp *, const char *name,
                               const struct ofproto_ops *);
void ofproto_destroy(struct ofproto **);
struct xbridge *ofproto_xbridge(struct ofproto *);
/* Fields that translations on this switch can read. */
const struct flow *ofproto_reads(const struct ofproto *);

/* What packet-outs are translated with; the bridge's latest. */
void ofproto_set_pipeline(struct ofproto *, const struct pipeline *);
void ofproto_set_dpid(struct ofproto *, uint64_t);
void ofproto_set_desc(struct ofproto *, const char *dp_desc, const char *sn);
void ofproto_set_versions(struct ofproto *, uint32_t);
void ofproto_set_fail_mode(struct ofproto *, enum bridge_fail_mode);
void ofproto_set_tables(struct ofproto *, const struct bridge_table_cfg *,
                        size_t n);
void ofproto_set_controllers(struct ofproto *,
                             const struct bridge_controller *, size_t n);
bool ofproto_get_controller_status(const struct ofproto *, const char *target,
                                   struct bridge_controller_status *);

/* ## Ports ## */

struct ofproto_port {
    uint32_t ofport;
    char name[17];
    struct eth_addr mac;
    bool is_admin_up, is_link_up;
    uint64_t speed_bps;
    uint32_t config;   /* OFPPC_*, the switch's own. */
    int64_t created_ms;
};

/* Picks a number: 'request' if it is free, else the lowest free from 1;
 * OFPORT_LOCAL for the local port.  UINT32_MAX if none is left. */
uint32_t ofproto_pick_port(struct ofproto *, uint32_t request);
/* Adds, or changes, the port numbered 'p->ofport' ('config' is ignored);
 * controllers are told.  True if anything changed. */
bool ofproto_port_update(struct ofproto *, const struct ofproto_port *p);
void ofproto_port_remove(struct ofproto *, uint32_t ofport);
const struct ofproto_port *ofproto_port_get(const struct ofproto *,
                                            uint32_t ofport);
const struct ofproto_port *ofproto_port_by_name(const struct ofproto *,
                                                const char *name);
/* Names of ports, for texts. */
const struct ofp_names *ofproto_names(const struct ofproto *);

/* ## Work ## */

/* A packet for controllers, from a worker. */
void ofproto_packet_in(struct ofproto *, const struct dp_event *);
/* What a packet taught: an event of learn or fin_timeout. */
void ofproto_learn(struct ofproto *, const struct dp_event *);
/* Puts all flows, hidden ones too, as bridge/dump-flows has them. */
void ofproto_dump_flows(struct ofproto *, struct str *);
/* One pass of idle and hard time-outs; the loop does it by itself. */
void ofproto_expire(struct ofproto *);
/* Applies one decoded message as if a controller of 'version' had sent it,
 * without a connection: tests and simulations.  Returns the error that the
 * controller would get. */
enum ofp_err ofproto_apply(struct ofproto *, struct ofm *);
size_t ofproto_n_rules(const struct ofproto *);
/* Connections of controllers, tools aside. */
size_t ofproto_n_conns(const struct ofproto *);
/* Drops the connections of controllers, and connects anew. */
void ofproto_reconnect(struct ofproto *);
void ofproto_flush(struct ofproto *);

#endif
