/* SPDX-License-Identifier: Apache-2.0 */
/* From one state to another, as ordered steps.  Pure. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "vswitchd/config/config.h"

struct steps {
    struct config_step *s;
    size_t n, cap;
};

static struct config_step *
add(struct steps *out, enum config_op op, const char *bridge)
{
    if (out->n == out->cap) {
        out->s = x2nrealloc(out->s, &out->cap, sizeof *out->s);
    }
    struct config_step *s = &out->s[out->n++];
    memset(s, 0, sizeof *s);
    s->op = op;
    s->bridge = bridge;
    return s;
}

/* The interface 'name' in whatever port of 'b', or NULL. */
static const struct config_iface *
find_iface(const struct config_bridge *b, const char *name)
{
    SHASH_FOR_EACH (n, &b->ports) {
        const struct config_port *p = n->data;
        const struct config_iface *i = shash_get(&p->ifaces, name);
        if (i) {
            return i;
        }
    }
    return NULL;
}

/* A bridge that must go and come again to change. */
static bool
must_recreate(const struct config_bridge *a, const struct config_bridge *b)
{
    return strcmp(a->datapath_type, b->datapath_type) != 0;
}

static void
delete_from(struct steps *out, const struct config_bridge *a,
            const struct config_bridge *b)
{
    const struct shash_node **ports = shash_sorted(&a->ports);
    for (size_t i = 0; i < shash_count(&a->ports); i++) {
        if (!shash_find(&b->ports, ports[i]->name)) {
            add(out, CONFIG_DEL_PORT, a->name)->port = ports[i]->name;
        }
        const struct config_port *p = ports[i]->data;
        SHASH_FOR_EACH (n, &p->ifaces) {
            if (!find_iface(b, n->name)) {
                add(out, CONFIG_DEL_IFACE, a->name)->iface = n->name;
            }
        }
    }
    free(ports);
}

static void
change_iface(struct steps *out, const struct config_bridge *from,
             const struct config_bridge *to, const struct config_iface *i)
{
    const struct config_iface *was = from ? find_iface(from, i->name) : NULL;
    if (!was || !config_iface_equal(was, i)) {
        struct config_step *s = add(out, was ? CONFIG_SET_IFACE
                                             : CONFIG_ADD_IFACE, to->name);
        s->iface = i->name;
        s->to_iface = i;
    }
}

static void
change_ifaces(struct steps *out, const struct config_bridge *from,
              const struct config_bridge *to)
{
    const struct config_iface *local = find_iface(to, to->name);
    if (local) {
        change_iface(out, from, to, local);
    }
    const struct shash_node **ports = shash_sorted(&to->ports);
    for (size_t i = 0; i < shash_count(&to->ports); i++) {
        const struct config_port *p = ports[i]->data;
        const struct shash_node **ifaces = shash_sorted(&p->ifaces);
        for (size_t k = 0; k < shash_count(&p->ifaces); k++) {
            if (ifaces[k]->data != local) {
                change_iface(out, from, to, ifaces[k]->data);
            }
        }
        free(ifaces);
    }
    free(ports);
}

static void
change_ports(struct steps *out, const struct config_bridge *from,
             const struct config_bridge *to)
{
    const struct shash_node **ports = shash_sorted(&to->ports);
    for (size_t i = 0; i < shash_count(&to->ports); i++) {
        const struct config_port *p = ports[i]->data;
        const struct config_port *was
            = from ? shash_get(&from->ports, p->name) : NULL;
        if (!was || !config_port_equal(was, p)) {
            struct config_step *s = add(out, CONFIG_SET_PORT, to->name);
            s->port = p->name;
            s->to_port = p;
        }
    }
    free(ports);
}

static bool
same_controllers(const struct config_bridge *a, const struct config_bridge *b)
{
    if (a->n_controllers != b->n_controllers) {
        return false;
    }
    for (size_t i = 0; i < a->n_controllers; i++) {
        struct bridge_controller x = a->controllers[i].c;
        struct bridge_controller y = b->controllers[i].c;
        if (strcmp(x.target, y.target)
            || x.max_backoff_ms != y.max_backoff_ms
            || x.probe_interval_ms != y.probe_interval_ms
            || x.is_out_of_band != y.is_out_of_band
            || x.rate_limit != y.rate_limit || x.burst_limit != y.burst_limit
            || x.disable_async != y.disable_async) {
            return false;
        }
    }
    return true;
}

/* 'from' is NULL for a new bridge. */
static void
change_bridge(struct steps *out, const struct config_bridge *from,
              const struct config_bridge *to)
{
    if (!from) {
        add(out, CONFIG_ADD_BRIDGE, to->name)->to_bridge = to;
    }
    if (!from || !config_bridge_equal(from, to)) {
        add(out, CONFIG_SET_BRIDGE, to->name)->to_bridge = to;
    }
    change_ifaces(out, from, to);
    change_ports(out, from, to);
    if (from ? !same_controllers(from, to) : to->n_controllers > 0) {
        add(out, CONFIG_SET_CONTROLLERS, to->name)->to_bridge = to;
    }
}

struct config_step *
config_diff(const struct config *from, const struct config *to, size_t *n)
{
    struct steps out = { NULL, 0, 0 };
    const struct shash_node **olds = shash_sorted(&from->bridges);
    for (size_t i = 0; i < shash_count(&from->bridges); i++) {
        const struct config_bridge *a = olds[i]->data;
        const struct config_bridge *b = shash_get(&to->bridges, a->name);
        if (!b || must_recreate(a, b)) {
            add(&out, CONFIG_DEL_BRIDGE, a->name);
        } else {
            delete_from(&out, a, b);
        }
    }
    free(olds);
    const struct shash_node **news = shash_sorted(&to->bridges);
    for (size_t i = 0; i < shash_count(&to->bridges); i++) {
        const struct config_bridge *b = news[i]->data;
        const struct config_bridge *a = shash_get(&from->bridges, b->name);
        change_bridge(&out, a && !must_recreate(a, b) ? a : NULL, b);
    }
    free(news);
    *n = out.n;
    return out.s;
}
