/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges: the door of the switch for whoever configures it.
 *
 * A 'struct vswitch' is one datapath and its bridges; a 'struct bridge' is
 * interfaces, bundles (the database's Port: one or more interfaces with a
 * VLAN mode), a MAC table and an OpenFlow switch ('struct ofproto').  Calls
 * change the desired state at once but packets see it only after
 * vswitch_commit(), as one step.  Each setter may be called again with the
 * same value at no cost.
 *
 * What the configuration reads back (ofport, link state, statistics,
 * connection state) comes from the get functions, which do not block.
 *
 * Threads: main. */
#ifndef WEIR_VSWITCHD_BRIDGE_H
#define WEIR_VSWITCHD_BRIDGE_H 1

#include "datapath/dpact.h"
#include "datapath/l2.h"
#include "datapath/port/port.h"
#include "lib/base/map.h"
#include "lib/base/str.h"

struct bridge;
struct dp;
struct loop;
struct ofproto;
struct vswitch;

/* ## The switch ## */

struct vswitch_opts {
    bool enable_dummy;      /* Types dummy, dummy-internal, dummy-pmd, and
                             * datapath_type "dummy". */
    bool override_system;   /* --enable-dummy=override: system, internal and
                             * tap interfaces are dummies too. */
    bool disable_system;    /* datapath_type "system" does not exist. */
    bool no_threads;        /* The caller drives dp_step(): simulation. */
    bool no_cache;          /* Translate every packet: tests. */
};

struct vswitch *vswitch_create(struct loop *, const struct vswitch_opts *);
/* Closes all bridges and ports. */
void vswitch_destroy(struct vswitch **);
struct dp *vswitch_dp(struct vswitch *);
struct loop *vswitch_loop(struct vswitch *);
/* Publishes everything changed since the last call to the packet path. */
void vswitch_commit(struct vswitch *);
/* Handles what workers reported (MACs, packets for controllers); called by
 * the loop, and by simulations after each dp_step(). */
void vswitch_run_events(struct vswitch *);

struct bridge *vswitch_find(const struct vswitch *, const char *name);
/* All bridges, sorted by name; heap array of vswitch_n_bridges(). */
struct bridge **vswitch_bridges(const struct vswitch *, size_t *n);
/* "system", "netdev", "dummy": a NULL-terminated static array of what
 * datapath_type may be, for Open_vSwitch:datapath_types. */
const char *const *vswitch_datapath_types(const struct vswitch *);

/* ## Bridges ## */

enum bridge_fail_mode { BRIDGE_STANDALONE, BRIDGE_SECURE };

/* A bridge without interfaces.  'datapath_type' "" is "system", for which
 * the user datapath stands in (said once in the log). NULL with a heap text
 * in '*error' for an unknown type. */
struct bridge *bridge_create(struct vswitch *, const char *name,
                             const char *datapath_type, char **error);
void bridge_destroy(struct bridge **);
const char *bridge_name(const struct bridge *);
const char *bridge_datapath_type(const struct bridge *);
struct ofproto *bridge_ofproto(struct bridge *);
struct fdb *bridge_fdb(struct bridge *);

/* The name of bundle 'idx' of the bridge's MAC table, borrowed. */
const char *bridge_bundle_name(const struct bridge *, uint16_t idx);
/* The OpenFlow port that fdb/show prints for bundle 'idx'. */
uint32_t bridge_bundle_ofport(const struct bridge *, uint16_t idx);

/* 0: made from the local port's MAC. */
void bridge_set_dpid(struct bridge *, uint64_t);
uint64_t bridge_get_dpid(const struct bridge *);
/* MAC of the local port; zero: the lowest MAC of its ports, kept. */
void bridge_set_hwaddr(struct bridge *, struct eth_addr);
struct eth_addr bridge_get_hwaddr(const struct bridge *);
void bridge_set_fail_mode(struct bridge *, enum bridge_fail_mode);
/* Bit V: OpenFlow wire version V may be spoken; 0: 1.0 to 1.5 as built. */
void bridge_set_versions(struct bridge *, uint32_t versions);
void bridge_set_desc(struct bridge *, const char *dp_desc, const char *sn);
void bridge_set_fdb(struct bridge *, size_t max_entries, int64_t idle_ms);
/* DP_N_VLANS bits, or NULL for none. */
void bridge_set_flood_vlans(struct bridge *, const unsigned long *vlans);
void bridge_set_forward_bpdu(struct bridge *, bool);

/* One flow table: a row of Flow_Table. */
struct bridge_table_cfg {
    uint8_t table_id;
    const char *name;          /* NULL: none. */
    uint32_t flow_limit;       /* UINT32_MAX: as many as fit. */
    bool evicts;               /* overflow_policy=evict. */
    const char *const *groups; /* "NXM_OF_IN_PORT[]", ... */
    size_t n_groups;
};

/* Replaces the settings of all tables; all is copied. */
void bridge_set_tables(struct bridge *, const struct bridge_table_cfg *,
                       size_t n);

struct bridge_controller {
    const char *target;          /* "tcp:127.0.0.1:6653", "ptcp:6633". */
    int max_backoff_ms;          /* 0: default. */
    int probe_interval_ms;       /* -1: default; 0: off. */
    bool is_out_of_band;
    int rate_limit, burst_limit; /* Packet-ins a second; 0: no limit. */
    bool disable_async;          /* enable_async_messages=false. */
};

/* Replaces the controllers; connections that stay in the list are kept. */
void bridge_set_controllers(struct bridge *, const struct bridge_controller *,
                            size_t n);

struct bridge_controller_status {
    bool is_connected;
    const char *role;       /* "other", "master", "slave". */
    const char *state;      /* "ACTIVE", "IDLE", "BACKOFF", ... */
    const char *last_error; /* NULL if none. */
    int64_t connected_s, disconnected_s; /* Seconds since; -1 if not. */
};

/* False if there is no such controller. */
bool bridge_get_controller_status(const struct bridge *, const char *target,
                                  struct bridge_controller_status *);

/* ## Interfaces ## */

struct bridge_iface_cfg {
    const char *name;
    const char *type;            /* "" is "system". */
    const struct smap *options;  /* Borrowed for the call. */
    uint32_t ofport_request;     /* 0: none. */
    struct eth_addr mac;         /* Interface:mac; zero if not set. */
    int mtu_request;             /* 0: none. */
    bool admin_up;               /* internal ports are set up by their user;
                                  * true brings the device up at open. */
};

struct bridge_iface_status {
    uint32_t ofport;
    const char *error;       /* Of the last open; NULL if it is open. */
    struct port_status port; /* Zero for a patch. */
    struct port_stats stats;
    uint64_t drops[DP_N_DROPS];
};

/* Adds an interface and opens its device.  On failure the interface stays in
 * the bridge with its error, without ofport, and bridge_retry() opens it
 * when the device appears.  Returns 0 or the negative errno. */
int bridge_add_iface(struct bridge *, const struct bridge_iface_cfg *);
void bridge_del_iface(struct bridge *, const char *name);
/* Changes what can be changed in place; otherwise reopens. */
int bridge_set_iface(struct bridge *, const struct bridge_iface_cfg *);
bool bridge_has_iface(const struct bridge *, const char *name);
/* False if there is no such interface. */
bool bridge_get_iface_status(struct bridge *, const char *name,
                             struct bridge_iface_status *);
/* Tries again what failed to open, and closes what vanished.  True if
 * anything changed (then call vswitch_commit()). */
bool bridge_retry(struct bridge *);
/* An option of an interface, borrowed; NULL if there is none. */
const char *bridge_iface_option(const struct bridge *, const char *name,
                                const char *key);
/* The opened port of an interface, or NULL (patch, failed). */
struct port *bridge_iface_port(struct bridge *, const char *name);

/* ## Bundles ## */

struct bridge_bundle_cfg {
    const char *name;
    const char *const *ifaces;   /* Names; each must be in the bridge. */
    size_t n_ifaces;
    enum dp_vlan_mode vlan_mode;
    uint16_t tag;                /* 0 none. */
    const unsigned long *trunks; /* DP_N_VLANS bits; NULL: all. */
    bool is_protected;
    uint8_t priority_tags;       /* 0 no, 1 if-nonzero, 2 always. */
};

/* Adds or changes; keeps the bundle's place in the MAC table. */
void bridge_set_bundle(struct bridge *, const struct bridge_bundle_cfg *);
void bridge_del_bundle(struct bridge *, const char *name);

#endif
