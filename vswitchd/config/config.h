/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: from the database's rows to the running bridges.
 *
 *   rows -> desired state (plain structs) -> validate -> diff -> steps
 *
 * config_from_idl() copies what the rows say into a 'struct config' and
 * notes every problem with its row and column; config_diff() is a pure
 * function from two states to an ordered list of steps, such that running
 * the steps turns the one into the other, and of equal states gives none;
 * config_apply() runs steps on the bridges (vswitchd/bridge/bridge.h).
 * Status goes back by status.c, which only writes.
 *
 * Threads: main. */
#ifndef WEIR_VSWITCHD_CONFIG_H
#define WEIR_VSWITCHD_CONFIG_H 1

#include "lib/base/map.h"
#include "vswitchd/bridge/bridge.h"

struct idl;

struct config_iface {
    char *name, *type;
    struct smap options;
    uint32_t ofport_request;
    struct eth_addr mac;
    int mtu_request;
};

struct config_port {
    char *name;
    struct shash ifaces; /* struct config_iface. */
    enum dp_vlan_mode vlan_mode;
    uint16_t tag;
    bool has_trunks, is_protected;
    uint8_t priority_tags;
    unsigned long trunks[DP_N_VLANS / (8 * sizeof(unsigned long))];
};

struct config_controller {
    char *target;
    struct bridge_controller c; /* 'target' points to the above. */
};

struct config_table {
    uint8_t table_id;
    char *name;        /* NULL: none. */
    uint32_t flow_limit; /* UINT32_MAX: none. */
    bool evicts;
    char **groups;
    size_t n_groups;
};

struct config_bridge {
    char *name, *datapath_type;
    struct shash ports;  /* struct config_port. */
    uint64_t dpid;
    struct eth_addr hwaddr;
    enum bridge_fail_mode fail_mode;
    uint32_t versions;
    char *dp_desc, *dp_sn; /* NULL: default. */
    size_t mac_table_size;
    int64_t mac_idle_ms;
    bool forward_bpdu, has_flood_vlans;
    unsigned long flood_vlans[DP_N_VLANS / (8 * sizeof(unsigned long))];
    struct config_controller *controllers;
    size_t n_controllers;
    struct config_table *tables; /* By number. */
    size_t n_tables;
};

struct config {
    struct shash bridges; /* struct config_bridge. */
    struct str problems;  /* Lines "br0: Port p1: tag: ...". */
};

void config_init(struct config *);
void config_fini(struct config *);
/* Reads all rows; 'c' is empty before. */
void config_from_idl(struct config *c, const struct idl *);
/* Leaves out what cannot be, and says so in 'problems': an interface in two
 * ports, a port in two bridges, a bridge without a usable name. */
void config_validate(struct config *);
bool config_bridge_equal(const struct config_bridge *,
                         const struct config_bridge *);
bool config_port_equal(const struct config_port *, const struct config_port *);
bool config_iface_equal(const struct config_iface *,
                        const struct config_iface *);

enum config_op {
    CONFIG_DEL_BRIDGE, /* bridge */
    CONFIG_DEL_PORT,   /* bridge, port: the bundle only */
    CONFIG_DEL_IFACE,  /* bridge, iface */
    CONFIG_ADD_BRIDGE, /* bridge, to */
    CONFIG_SET_BRIDGE, /* bridge, to: settings, controllers aside */
    CONFIG_ADD_IFACE,  /* bridge, iface, to */
    CONFIG_SET_IFACE,  /* bridge, iface, to */
    CONFIG_SET_PORT,   /* bridge, port, to: adds or changes */
    CONFIG_SET_CONTROLLERS, /* bridge, to */
};

/* Names and 'to' are borrowed from the states compared. */
struct config_step {
    enum config_op op;
    const char *bridge, *port, *iface;
    const struct config_bridge *to_bridge;
    const struct config_port *to_port;
    const struct config_iface *to_iface;
};

/* Heap array of '*n' steps from 'from' to 'to': deletions first, then
 * bridges, interfaces (the local one first), ports, controllers. */
struct config_step *config_diff(const struct config *from,
                                const struct config *to, size_t *n);
/* Runs the steps and publishes.  What fails is told in the status of the
 * interface or bridge that failed; the others work. */
void config_apply(struct vswitch *, const struct config_step *, size_t n);

/* status.c: writes what the switch knows into the rows of the open
 * transaction: at once after an apply ('all' false: ofport, errors, states,
 * connections) and with statistics from time to time. */
void status_write(struct idl *, struct vswitch *, bool with_stats);
/* Columns that never change while the program runs. */
void status_write_static(struct idl *, struct vswitch *);
/* Which columns are read and which only written. */
void status_set_modes(struct idl *);

#endif
