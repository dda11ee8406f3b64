/* SPDX-License-Identifier: Apache-2.0 */
/* The desired state: made, compared, destroyed. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "vswitchd/config/config.h"

void
config_init(struct config *c)
{
    shash_init(&c->bridges);
    str_init(&c->problems);
}

static void
iface_free(struct config_iface *i)
{
    smap_fini(&i->options);
    free(i->name);
    free(i->type);
    free(i);
}

static void
port_free(struct config_port *p)
{
    SHASH_FOR_EACH (n, &p->ifaces) {
        iface_free(n->data);
    }
    shash_fini(&p->ifaces);
    free(p->name);
    free(p);
}

static void
table_fini(struct config_table *t)
{
    for (size_t i = 0; i < t->n_groups; i++) {
        free(t->groups[i]);
    }
    free(t->groups);
    free(t->name);
}

static void
bridge_free(struct config_bridge *b)
{
    for (size_t i = 0; i < b->n_tables; i++) {
        table_fini(&b->tables[i]);
    }
    free(b->tables);
    SHASH_FOR_EACH (n, &b->ports) {
        port_free(n->data);
    }
    shash_fini(&b->ports);
    for (size_t i = 0; i < b->n_controllers; i++) {
        free(b->controllers[i].target);
    }
    free(b->controllers);
    free(b->dp_desc);
    free(b->dp_sn);
    free(b->name);
    free(b->datapath_type);
    free(b);
}

void
config_fini(struct config *c)
{
    SHASH_FOR_EACH (n, &c->bridges) {
        bridge_free(n->data);
    }
    shash_fini(&c->bridges);
    str_fini(&c->problems);
}

bool
config_iface_equal(const struct config_iface *a, const struct config_iface *b)
{
    return !strcmp(a->type, b->type) && smap_equal(&a->options, &b->options)
           && a->ofport_request == b->ofport_request
           && eth_addr_eq(a->mac, b->mac) && a->mtu_request == b->mtu_request;
}

static bool
same_names(const struct shash *a, const struct shash *b)
{
    if (shash_count(a) != shash_count(b)) {
        return false;
    }
    SHASH_FOR_EACH (n, a) {
        if (!shash_find(b, n->name)) {
            return false;
        }
    }
    return true;
}

/* Compares the port itself and which interfaces it has, not theirs. */
bool
config_port_equal(const struct config_port *a, const struct config_port *b)
{
    return a->vlan_mode == b->vlan_mode && a->tag == b->tag
           && a->has_trunks == b->has_trunks
           && a->is_protected == b->is_protected
           && a->priority_tags == b->priority_tags
           && !memcmp(a->trunks, b->trunks, sizeof a->trunks)
           && same_names(&a->ifaces, &b->ifaces);
}

static bool
same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static bool
same_table(const struct config_table *a, const struct config_table *b)
{
    if (a->table_id != b->table_id || !same_text(a->name, b->name)
        || a->flow_limit != b->flow_limit || a->evicts != b->evicts
        || a->n_groups != b->n_groups) {
        return false;
    }
    for (size_t i = 0; i < a->n_groups; i++) {
        if (strcmp(a->groups[i], b->groups[i])) {
            return false;
        }
    }
    return true;
}

static bool
same_tables(const struct config_bridge *a, const struct config_bridge *b)
{
    for (size_t i = 0; i < a->n_tables && i < b->n_tables; i++) {
        if (!same_table(&a->tables[i], &b->tables[i])) {
            return false;
        }
    }
    return a->n_tables == b->n_tables;
}

/* Compares settings, not ports nor controllers. */
bool
config_bridge_equal(const struct config_bridge *a,
                    const struct config_bridge *b)
{
    return a->dpid == b->dpid && eth_addr_eq(a->hwaddr, b->hwaddr)
           && a->fail_mode == b->fail_mode && a->versions == b->versions
           && same_text(a->dp_desc, b->dp_desc)
           && same_text(a->dp_sn, b->dp_sn)
           && a->mac_table_size == b->mac_table_size
           && a->mac_idle_ms == b->mac_idle_ms
           && a->forward_bpdu == b->forward_bpdu
           && a->has_flood_vlans == b->has_flood_vlans
           && same_tables(a, b)
           && !memcmp(a->flood_vlans, b->flood_vlans, sizeof a->flood_vlans);
}

/* ## Validation ## */

static void
drop_port(struct config_bridge *b, struct config_port *p)
{
    shash_remove(&b->ports, p->name);
    port_free(p);
}

static void
validate_port(struct config *c, struct config_bridge *b,
              struct config_port *p, struct strset *ifaces)
{
    SHASH_FOR_EACH_SAFE (n, &p->ifaces) {
        if (!strset_add(ifaces, n->name)) {
            str_putf(&c->problems,
                     "%s: Port %s: interfaces: interface %s is in another "
                     "port already\n", b->name, p->name, n->name);
            iface_free(n->data);
            shash_remove_node(&p->ifaces, n);
        }
    }
    if (!shash_count(&p->ifaces)) {
        str_putf(&c->problems,
                 "%s: Port %s: interfaces: port has no interfaces, dropping\n",
                 b->name, p->name);
        drop_port(b, p);
    }
}

void
config_validate(struct config *c)
{
    struct strset ports, ifaces;
    strset_init(&ports);
    strset_init(&ifaces);
    SHASH_FOR_EACH_SAFE (bn, &c->bridges) {
        struct config_bridge *b = bn->data;
        if (strchr(b->name, '/') || !strcmp(b->name, "..")
            || !b->name[0]) {
            str_putf(&c->problems,
                     "Bridge: name: ignoring bridge with invalid name \"%s\"\n",
                     b->name);
            shash_remove_node(&c->bridges, bn);
            bridge_free(b);
            continue;
        }
        SHASH_FOR_EACH_SAFE (pn, &b->ports) {
            if (!strset_add(&ports, pn->name)) {
                str_putf(&c->problems,
                         "%s: ports: port %s is in another bridge already\n",
                         b->name, pn->name);
                drop_port(b, pn->data);
                continue;
            }
            validate_port(c, b, pn->data, &ifaces);
        }
    }
    strset_fini(&ports);
    strset_fini(&ifaces);
}
