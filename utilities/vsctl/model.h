/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges, ports and interfaces by name, as a person sees them: fake bridges
 * are bridges of their own, and a bridge's own (local) port is not a port.
 *
 * Built from the replica at the first command that asks, and kept up to date
 * by the commands that change it, so that a run of many commands costs what
 * its commands cost. */
#ifndef WEIR_VSCTL_MODEL_H
#define WEIR_VSCTL_MODEL_H 1

#include "lib/base/list.h"
#include "utilities/vsctl/vsctl.h"

struct vsctl_bridge {
    char *name;
    const struct vrec_bridge *row;  /* The real bridge's. */
    const struct vrec_port *port;   /* A fake bridge's port; NULL if real. */
    struct vsctl_bridge *parent;    /* NULL if real. */
    int vlan;                       /* Of a fake bridge; else 0. */
    struct list ports;              /* struct vsctl_port. */
    struct list children;           /* Fake bridges, by child_node. */
    struct list child_node;
};

struct vsctl_port {
    struct list node;               /* In the bridge's ports. */
    struct vsctl_bridge *bridge;    /* Maybe a fake one. */
    const struct vrec_port *row;
    char *name;
    struct list ifaces;             /* struct vsctl_iface. */
};

struct vsctl_iface {
    struct list node;               /* In the port's ifaces. */
    struct vsctl_port *port;
    const struct vrec_interface *row;
    char *name;
};

struct vsctl_model {
    struct shash bridges, ports, ifaces; /* By name. */
};

/* The model; built now if need be. */
struct vsctl_model *vsctl_model(struct vsctl *);
void vsctl_model_destroy(struct vsctl_model **);

/* NULL if there is none, or fatal if 'must_exist'. */
struct vsctl_bridge *vsctl_find_bridge(struct vsctl *, const char *name,
                                       bool must_exist);
/* Also fatal if it is a fake one. */
struct vsctl_bridge *vsctl_find_real_bridge(struct vsctl *, const char *name,
                                            bool must_exist);
struct vsctl_port *vsctl_find_port(struct vsctl *, const char *name,
                                   bool must_exist);
struct vsctl_iface *vsctl_find_iface(struct vsctl *, const char *name,
                                     bool must_exist);
/* Fatal if 'name' cannot be that of a new bridge, port or interface ('kind'),
 * since it is empty or one of them has it. */
void vsctl_check_free(struct vsctl *, const char *kind, const char *name);

/* These change the database too.  A port's row is created with its
 * interfaces; a bridge's with its local port. */
void vsctl_add_real_bridge(struct vsctl *, const char *name);
void vsctl_add_fake_bridge(struct vsctl *, const char *name,
                           struct vsctl_bridge *parent, int vlan);
void vsctl_remove_bridge(struct vsctl *, struct vsctl_bridge *);
struct vsctl_port *vsctl_create_port(struct vsctl *, struct vsctl_bridge *,
                                     const char *name, char *const ifaces[],
                                     size_t n);
void vsctl_remove_port(struct vsctl *, struct vsctl_port *);
struct vsctl_iface *vsctl_create_iface(struct vsctl *, struct vsctl_port *,
                                       const char *name);
void vsctl_remove_iface(struct vsctl *, struct vsctl_iface *);

#endif
