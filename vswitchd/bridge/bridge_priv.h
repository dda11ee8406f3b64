/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of this folder. */
#ifndef WEIR_VSWITCHD_BRIDGE_PRIV_H
#define WEIR_VSWITCHD_BRIDGE_PRIV_H 1

#include "datapath/dp.h"
#include "lib/base/map.h"
#include "lib/io/loop.h"
#include "vswitchd/bridge/bridge.h"
#include "vswitchd/ofproto/ofproto.h"

#define NO_DP_PORT UINT32_MAX

struct vswitch {
    struct loop *loop;
    struct vswitch_opts opts;
    struct dp *dp;
    struct loop_fd *event_watch;
    struct shash bridges;        /* struct bridge. */
    struct pipeline *pipeline;   /* As published. */
    bool said_no_kernel;
};

struct iface {
    struct bridge *bridge;
    char *name, *type;           /* As configured. */
    struct smap options;
    uint32_t ofport_request;
    struct eth_addr mac;
    int mtu_request;
    bool admin_up;
    uint32_t ofport;             /* UINT32_MAX: not open. */
    uint32_t dp_port;            /* NO_DP_PORT: a patch, or not open. */
    bool is_patch, is_local;
    char *error;                 /* Of the last open; NULL if none. */
    struct bundle *bundle;       /* NULL: in none yet. */
};

struct bundle {
    char *name;
    uint16_t idx;                /* In the MAC table and dp_l2. */
    struct dp_bundle cfg;
    struct iface **ifaces;
    size_t n_ifaces;
};

struct bridge {
    struct vswitch *vs;
    char *name, *datapath_type;
    struct ofproto *of;
    struct fdb *fdb;
    int64_t mac_idle_ms;
    struct loop_timer age_timer;
    struct shash ifaces;         /* struct iface. */
    struct bundle **bundles;     /* By idx; NULL: free. */
    size_t n_bundles, bundles_cap;
    uint64_t dpid;               /* 0: from the MAC. */
    struct eth_addr hwaddr;      /* As configured; zero: none. */
    struct eth_addr mac;         /* In use. */
    unsigned long flood_vlans[DP_N_VLANS / (8 * sizeof(unsigned long))];
    bool forward_bpdu;
};

/* ports.c */
struct iface *iface_find(const struct bridge *, const char *name);
/* Reads the device's state into the OpenFlow port; true if it changed. */
bool iface_refresh(struct iface *);
void iface_close(struct iface *);
void iface_destroy(struct iface *);
/* A name for a port in 'b' that is the other side of patch 'i', or NULL. */
struct iface *iface_peer(const struct iface *i);

/* vswitch.c: tells the datapath what each port's translations can read. */
void vswitch_publish_reads(struct vswitch *);
/* bridge.c: settles what depends on all ports. */
void bridge_before_commit(struct bridge *);

#endif
