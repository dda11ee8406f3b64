/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: one ops table per driver.
 *
 * A driver turns a device into bursts of struct packet.  It is opened and
 * closed by the main thread; rx is called by the one worker that owns the
 * queue, tx by any worker (each with its own 'txq', the worker's index: a
 * driver with fewer device queues locks inside).  Neither blocks.
 *
 * A driver that carries virtio offloads (carries_gso) is handed GSO and
 * partial-checksum frames as they are; for the others port_tx() resolves
 * them in software first. */
#ifndef WEIR_DATAPATH_PORT_H
#define WEIR_DATAPATH_PORT_H 1

#include "lib/base/limits.h"
#include "lib/base/map.h"
#include "lib/packet/packet.h"

struct port_ops;

struct port_cfg {
    const char *name;           /* Interface name. */
    const char *type;           /* "system", "internal", "tap", ... */
    const struct smap *options; /* Interface:options; may be NULL. */
    unsigned int n_rxq;         /* 0: the driver's default. */
    struct eth_addr mac;        /* Wanted MAC; zero: the device's. */
    int mtu;                    /* Wanted MTU; 0: the device's. */
};

/* Counts since open; names as in Interface:statistics. */
struct port_stats {
    uint64_t rx_packets, rx_bytes, rx_dropped, rx_errors;
    uint64_t tx_packets, tx_bytes, tx_dropped, tx_errors;
    uint64_t rx_frame_err, rx_over_err, rx_crc_err, collisions;
};

struct port_status {
    bool is_admin_up, is_link_up;
    struct eth_addr mac;
    int mtu;
    int ifindex;         /* 0 if it has none. */
    uint64_t speed_bps;  /* 0 unknown. */
    bool is_full_duplex;
    uint64_t n_link_resets;
    const char *driver;  /* "afpacket", "tap", "dpdk net_null", ... */
    bool is_gone;        /* The device vanished: close and open again. */
};

struct port {
    const struct port_ops *ops;
    char *name, *type;   /* Owned. */
    unsigned int n_rxq;
    bool carries_gso;    /* See above. */
    int mtu;             /* L3 MTU in force; frames are up to mtu + 18, so
                          * with one tag; 0: any.  Relaxed atomic. */
    _Atomic(uint64_t) n_tx_refused; /* Dropped by port_tx() before the
                                     * driver; in its tx_dropped. */
};

struct port_ops {
    const char *type;   /* Interface:type this serves. */
    const char *driver;
    /* Opens; 0 or negative errno with '*error' a heap text for
     * Interface:error ("could not open network device p9 (No such
     * device)").  Main. */
    int (*open)(const struct port_cfg *, struct port **, char **error);
    void (*close)(struct port *);
    /* Fills up to BURST_MAX packets ('data', 'len', pool, offloads; not
     * 'in_port'); returns how many. */
    unsigned int (*rx)(struct port *, unsigned int rxq,
                       struct packet pkts[BURST_MAX]);
    /* Sends and frees all 'n' packets; returns how many were sent.  The rest
     * were dropped (counted in tx_dropped). */
    unsigned int (*tx)(struct port *, unsigned int txq, struct packet *,
                       unsigned int n);
    /* A descriptor to sleep on (readable when packets wait), or -1: the
     * queue must be polled. */
    int (*rxq_fd)(const struct port *, unsigned int rxq);
    void (*get_stats)(const struct port *, struct port_stats *);
    void (*get_status)(struct port *, struct port_status *);
    /* NULL where it cannot be set. 0 or negative errno.  Main. */
    int (*set_mtu)(struct port *, int mtu);
    int (*set_mac)(struct port *, struct eth_addr);
    int (*set_admin)(struct port *, bool up);
};

/* The driver for an Interface type, or NULL.  The table is in port.c, one
 * row a driver, in order of preference. */
const struct port_ops *port_ops_for_type(const char *type);
/* Types that can be opened here, sorted: Open_vSwitch:iface_types adds
 * "patch" to them.  Heap array, NULL-terminated; caller frees the array. */
const char **port_types(void);

/* Opens by type: as ops->open, and -EAFNOSUPPORT for an unknown type. */
int port_open(const struct port_cfg *, struct port **, char **error);
void port_close(struct port **);

static inline unsigned int
port_rx(struct port *p, unsigned int rxq, struct packet pkts[BURST_MAX])
{
    return p->ops->rx(p, rxq, pkts);
}

/* Resolves what the driver cannot carry (segmentation, checksums; frames
 * beyond the MTU are dropped and counted), then sends; consumes all. */
unsigned int port_tx(struct port *, unsigned int txq, struct packet *,
                     unsigned int n);

/* Which types are served by dummy ports: --enable-dummy, and with
 * =system or =override.  Before ports open.  Main. */
enum port_dummy_level {
    PORT_DUMMY_NONE,     /* The types dummy* cannot be opened. */
    PORT_DUMMY_TYPES,    /* dummy, dummy-internal, dummy-pmd. */
    PORT_DUMMY_SYSTEM,   /* And in place of system. */
    PORT_DUMMY_OVERRIDE, /* And in place of every type but mem and dpdk. */
};
void port_dummy_enable(enum port_dummy_level);
/* dummy ports: `netdev-dummy/receive`.  The bytes are queued as received. */
int port_dummy_receive(struct port *, const void *frame, size_t len);
/* Administrative state and link state; 0, or -EINVAL for another type. */
int port_dummy_set_admin(struct port *, bool up);
int port_dummy_set_conn(struct port *, bool up);
/* Whether it has options 'stream' or 'pstream', and a peer. */
enum port_dummy_conn {
    PORT_DUMMY_CONN_NONE,
    PORT_DUMMY_CONN_DOWN,
    PORT_DUMMY_CONN_UP,
};
enum port_dummy_conn port_dummy_conn_state(const struct port *);
bool port_is_dummy(const struct port *);
/* mem ports (type "mem"): tests push frames in and take what was sent. */
void port_mem_push(struct port *, const struct packet *);
/* False if nothing was sent; else '*p' is the caller's. */
bool port_mem_take(struct port *, struct packet *p);

/* DPDK start-up, from Open_vSwitch:other_config; remembered, used when the
 * first dpdk port opens (or at once if 'init_now'). */
struct port_dpdk_cfg {
    bool init_now;
    const char *socket_mem, *lcore_mask, *extra; /* NULL if not set. */
};
void port_dpdk_configure(const struct port_dpdk_cfg *);
bool port_dpdk_is_initialized(void);
const char *port_dpdk_version(void);

#endif
