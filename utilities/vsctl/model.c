/* SPDX-License-Identifier: Apache-2.0 */
#include "utilities/vsctl/model.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "utilities/vsctl/names.h"

LOG_MODULE(vsctl);

static struct vsctl_bridge *
model_add_bridge(struct vsctl_model *m, const char *name,
                 const struct vrec_bridge *row, struct vsctl_bridge *parent,
                 const struct vrec_port *port, int vlan)
{
    struct vsctl_bridge *br = xzalloc(sizeof *br);
    br->name = xstrdup(name);
    br->row = row;
    br->parent = parent;
    br->port = port;
    br->vlan = vlan;
    list_init(&br->ports);
    list_init(&br->children);
    list_init(&br->child_node);
    if (parent) {
        list_push_back(&parent->children, &br->child_node);
    }
    shash_add(&m->bridges, name, br);
    return br;
}

static struct vsctl_port *
model_add_port(struct vsctl_model *m, struct vsctl_bridge *br,
               const char *name, const struct vrec_port *row)
{
    struct vsctl_port *port = xzalloc(sizeof *port);
    port->name = xstrdup(name);
    port->bridge = br;
    port->row = row;
    list_init(&port->ifaces);
    list_push_back(&br->ports, &port->node);
    shash_add(&m->ports, name, port);
    return port;
}

static struct vsctl_iface *
model_add_iface(struct vsctl_model *m, struct vsctl_port *port,
                const char *name, const struct vrec_interface *row)
{
    struct vsctl_iface *iface = xzalloc(sizeof *iface);
    iface->name = xstrdup(name);
    iface->port = port;
    iface->row = row;
    list_push_back(&port->ifaces, &iface->node);
    shash_add(&m->ifaces, name, iface);
    return iface;
}

static void
forget_iface(struct vsctl_model *m, struct vsctl_iface *iface)
{
    list_remove(&iface->node);
    shash_remove(&m->ifaces, iface->name);
    free(iface->name);
    free(iface);
}

static void
forget_port(struct vsctl_model *m, struct vsctl_port *port)
{
    LIST_FOR_EACH_SAFE (struct vsctl_iface, iface, node, &port->ifaces) {
        forget_iface(m, iface);
    }
    list_remove(&port->node);
    shash_remove(&m->ports, port->name);
    free(port->name);
    free(port);
}

/* Its ports and children are gone already. */
static void
forget_bridge(struct vsctl_model *m, struct vsctl_bridge *br)
{
    list_remove(&br->child_node);
    shash_remove(&m->bridges, br->name);
    free(br->name);
    free(br);
}

void
vsctl_model_destroy(struct vsctl_model **mp)
{
    struct vsctl_model *m = *mp;
    if (!m) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &m->ports) {
        forget_port(m, node->data);
    }
    /* Children first: they are in their parents' lists. */
    SHASH_FOR_EACH_SAFE (node, &m->bridges) {
        struct vsctl_bridge *br = node->data;
        if (br->parent) {
            forget_bridge(m, br);
        }
    }
    SHASH_FOR_EACH_SAFE (node, &m->bridges) {
        forget_bridge(m, node->data);
    }
    shash_fini(&m->bridges);
    shash_fini(&m->ports);
    shash_fini(&m->ifaces);
    free(m);
    *mp = NULL;
}

/* Is the port the local one of a real or fake bridge? */
static bool
is_local_port(const struct vsctl_model *m, const struct vrec_port *row)
{
    return shash_find(&m->bridges, row->name) != NULL;
}

/* The fake bridge that has the port's VLAN, or the real one. */
static struct vsctl_bridge *
bridge_of_port(struct vsctl_bridge *br, const struct vrec_port *row)
{
    if (row->n_tag == 1) {
        LIST_FOR_EACH (struct vsctl_bridge, child, child_node,
                       &br->children) {
            if (child->vlan == row->tag[0]) {
                return child;
            }
        }
    }
    return br;
}

static bool
is_fake(const struct vrec_port *row)
{
    return row->fake_bridge && row->n_tag == 1 && row->tag[0] >= 0
           && row->tag[0] <= 4095;
}

static void
load_bridges(struct vsctl_model *m, const struct vrec_open_vswitch *ovs)
{
    for (size_t i = 0; i < ovs->n_bridges; i++) {
        const struct vrec_bridge *row = ovs->bridges[i];
        if (shash_find(&m->bridges, row->name)) {
            log_warn("%s: database contains duplicate bridge name",
                     row->name);
            continue;
        }
        model_add_bridge(m, row->name, row, NULL, NULL, 0);
    }
}

/* The real bridge that has the port; NULL if that is not known. */
static struct vsctl_bridge *
bridge_of_place(const struct vsctl *v, const struct vsctl_place *place)
{
    const struct vrec_bridge *row = vrec_bridge_find(v->idl, &place->bridge);
    struct vsctl_bridge *br =
        row ? shash_get(&v->model->bridges, row->name) : NULL;
    return br && br->row == row && !br->parent ? br : NULL;
}

static void
load_fake_bridge(struct vsctl_model *m, struct vsctl_bridge *br,
                 const struct vrec_port *row)
{
    if (is_fake(row) && !shash_find(&m->bridges, row->name)) {
        model_add_bridge(m, row->name, br->row, br, row, (int)row->tag[0]);
    }
}

static void
load_port(struct vsctl_model *m, struct vsctl_bridge *br,
          const struct vrec_port *row)
{
    if (is_local_port(m, row)) {
        return;
    }
    if (shash_find(&m->ports, row->name)) {
        log_warn("%s: database contains duplicate port name", row->name);
        return;
    }
    struct vsctl_port *port =
        model_add_port(m, bridge_of_port(br, row), row->name, row);
    for (size_t j = 0; j < row->n_interfaces; j++) {
        const struct vrec_interface *iface = row->interfaces[j];
        if (shash_find(&m->ifaces, iface->name)) {
            log_warn("%s: database contains duplicate interface name",
                     iface->name);
            continue;
        }
        model_add_iface(m, port, iface->name, iface);
    }
}

static void
for_each_place(const struct vsctl *v,
               void (*load)(struct vsctl_model *, struct vsctl_bridge *,
                            const struct vrec_port *))
{
    for (size_t i = 0; i < v->n_places; i++) {
        struct vsctl_bridge *br = bridge_of_place(v, &v->places[i]);
        const struct vrec_port *port =
            br ? vrec_port_find(v->idl, &v->places[i].port) : NULL;
        if (port) {
            load(v->model, br, port);
        }
    }
}

struct vsctl_model *
vsctl_model(struct vsctl *v)
{
    if (v->model) {
        return v->model;
    }
    struct vsctl_model *m = v->model = xzalloc(sizeof *m);
    shash_init(&m->bridges);
    shash_init(&m->ports);
    shash_init(&m->ifaces);
    idl_txn_refresh(v->txn);
    load_bridges(m, v->ovs);
    for_each_place(v, load_fake_bridge);
    for_each_place(v, load_port);
    return m;
}

struct vsctl_bridge *
vsctl_find_bridge(struct vsctl *v, const char *name, bool must_exist)
{
    struct vsctl_bridge *br = shash_get(&vsctl_model(v)->bridges, name);
    if (!br && must_exist) {
        vsctl_fatal("no bridge named %s", name);
    }
    return br;
}

struct vsctl_bridge *
vsctl_find_real_bridge(struct vsctl *v, const char *name, bool must_exist)
{
    struct vsctl_bridge *br = vsctl_find_bridge(v, name, must_exist);
    if (br && br->parent) {
        vsctl_fatal("%s is a fake bridge", name);
    }
    return br;
}

struct vsctl_port *
vsctl_find_port(struct vsctl *v, const char *name, bool must_exist)
{
    struct vsctl_port *port = shash_get(&vsctl_model(v)->ports, name);
    if (!port && must_exist) {
        vsctl_fatal("no port named %s", name);
    }
    return port;
}

struct vsctl_iface *
vsctl_find_iface(struct vsctl *v, const char *name, bool must_exist)
{
    struct vsctl_iface *iface = shash_get(&vsctl_model(v)->ifaces, name);
    if (!iface && must_exist) {
        vsctl_fatal("no interface named %s", name);
    }
    return iface;
}

void
vsctl_check_free(struct vsctl *v, const char *kind, const char *name)
{
    if (!name[0]) {
        vsctl_fatal("%s name must not be empty string", kind);
    }
    char *what = xasprintf("cannot create %s %s named %s because",
                           kind[0] == 'i' ? "an" : "a", kind, name);
    if (vsctl_find_bridge(v, name, false)) {
        vsctl_fatal("%s a bridge named %s already exists", what, name);
    }
    const struct vsctl_port *port = vsctl_find_port(v, name, false);
    if (port) {
        vsctl_fatal("%s a port named %s already exists on bridge %s", what,
                    name, port->bridge->name);
    }
    const struct vsctl_iface *iface = vsctl_find_iface(v, name, false);
    if (iface) {
        vsctl_fatal("%s an interface named %s already exists on bridge %s",
                    what, name, iface->port->bridge->name);
    }
    free(what);
}

static const struct vrec_interface *
insert_interface(struct vsctl *v, const char *name, const char *type)
{
    const struct vrec_interface *iface = vrec_interface_insert(v->txn);
    vrec_interface_set_name(iface, name);
    if (type) {
        vrec_interface_set_type(iface, type);
    }
    vsctl_note_name(v, &iface->header_);
    return iface;
}

/* A port row with one interface of its name, of type internal. */
static const struct vrec_port *
insert_local_port(struct vsctl *v, const char *name)
{
    const struct vrec_interface *iface = insert_interface(v, name, "internal");
    const struct vrec_port *port = vrec_port_insert(v->txn);
    vrec_port_set_name(port, name);
    vrec_port_add_interfaces(port, iface);
    vsctl_note_name(v, &port->header_);
    return port;
}

void
vsctl_add_real_bridge(struct vsctl *v, const char *name)
{
    const struct vrec_port *port = insert_local_port(v, name);
    const struct vrec_bridge *row = vrec_bridge_insert(v->txn);
    vrec_bridge_set_name(row, name);
    vrec_bridge_add_ports(row, port);
    vrec_open_vswitch_add_bridges(v->ovs, row);
    vsctl_note_name(v, &row->header_);
    model_add_bridge(vsctl_model(v), name, row, NULL, NULL, 0);
}

void
vsctl_add_fake_bridge(struct vsctl *v, const char *name,
                      struct vsctl_bridge *parent, int vlan)
{
    const int64_t tag = vlan;
    const struct vrec_port *port = insert_local_port(v, name);
    vrec_port_set_fake_bridge(port, true);
    vrec_port_set_tag(port, &tag, 1);
    vrec_bridge_add_ports(parent->row, port);
    model_add_bridge(vsctl_model(v), name, parent->row, parent, port, vlan);
}

/* Deletes a port's row with its interfaces' (the server would collect them
 * anyhow, but readers in this run must not see them). */
static void
delete_port_row(const struct vrec_port *row)
{
    const struct ovsdb_datum *d = idl_read(&row->header_,
                                           VREC_PORT_COL_INTERFACES);
    for (size_t i = 0; i < d->n; i++) {
        const struct idl_row *iface =
            idl_find(idl_row_idl(&row->header_), VREC_TABLE_INTERFACE,
                     &d->keys[i].uuid);
        if (iface) {
            idl_txn_delete(iface);
        }
    }
    vrec_port_delete(row);
}

/* Deletes the rows of a bridge's ports: those that were loaded, and those
 * that this run added. */
static void
delete_ports(struct vsctl *v, const struct vrec_bridge *row)
{
    for (size_t i = 0; i < v->n_places; i++) {
        const struct vrec_port *port =
            uuid_eq(&v->places[i].bridge, &row->header_.uuid)
                ? vrec_port_find(v->idl, &v->places[i].port)
                : NULL;
        if (port) {
            delete_port_row(port);
        }
    }
    const struct ovsdb_datum *d =
        idl_read(&row->header_, VREC_BRIDGE_COL_PORTS);
    for (size_t i = 0; i < d->n; i++) {
        const struct vrec_port *port =
            vrec_port_find(v->idl, &d->keys[i].uuid);
        if (port) {
            delete_port_row(port);
        }
    }
}

void
vsctl_remove_bridge(struct vsctl *v, struct vsctl_bridge *br)
{
    struct vsctl_model *m = vsctl_model(v);
    LIST_FOR_EACH_SAFE (struct vsctl_bridge, child, child_node,
                        &br->children) {
        vsctl_remove_bridge(v, child);
    }
    LIST_FOR_EACH_SAFE (struct vsctl_port, port, node, &br->ports) {
        vsctl_remove_port(v, port);
    }
    if (br->parent) {
        vrec_bridge_remove_ports(br->row, br->port);
        delete_port_row(br->port);
    } else {
        delete_ports(v, br->row);
        vrec_open_vswitch_remove_bridges(v->ovs, br->row);
        vrec_bridge_delete(br->row);
    }
    forget_bridge(m, br);
}

struct vsctl_port *
vsctl_create_port(struct vsctl *v, struct vsctl_bridge *br, const char *name,
                  char *const ifaces[], size_t n)
{
    const struct vrec_port *row = vrec_port_insert(v->txn);
    vrec_port_set_name(row, name);
    if (br->parent) {
        const int64_t tag = br->vlan;
        vrec_port_set_tag(row, &tag, 1);
    }
    vrec_bridge_add_ports(br->row, row);
    vsctl_note_name(v, &row->header_);
    struct vsctl_port *port = model_add_port(vsctl_model(v), br, name, row);
    for (size_t i = 0; i < n; i++) {
        vsctl_create_iface(v, port, ifaces[i]);
    }
    return port;
}

void
vsctl_remove_port(struct vsctl *v, struct vsctl_port *port)
{
    vrec_bridge_remove_ports(port->bridge->row, port->row);
    delete_port_row(port->row);
    forget_port(vsctl_model(v), port);
}

struct vsctl_iface *
vsctl_create_iface(struct vsctl *v, struct vsctl_port *port, const char *name)
{
    const struct vrec_interface *row = insert_interface(v, name, NULL);
    vrec_port_add_interfaces(port->row, row);
    return model_add_iface(vsctl_model(v), port, name, row);
}

void
vsctl_remove_iface(struct vsctl *v, struct vsctl_iface *iface)
{
    vrec_port_remove_interfaces(iface->port->row, iface->row);
    vrec_interface_delete(iface->row);
    forget_iface(vsctl_model(v), iface);
}
