/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to desired state: one reader for each table. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/flow/field.h"
#include "lib/openflow/version.h"
#include "lib/ovsdb/vswitch_idl.h"
#include "vswitchd/config/config.h"

static void
set_vlan_bits(unsigned long *bits, const int64_t *vlans, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (vlans[i] >= 0 && vlans[i] < DP_N_VLANS) {
            bits[vlans[i] / 64] |= 1ul << (vlans[i] % 64);
        }
    }
}

static void
read_iface(struct config *c, const struct vrec_bridge *br,
           struct config_port *p, const struct vrec_interface *row)
{
    if (shash_find(&p->ifaces, row->name)) {
        return;
    }
    struct config_iface *i = xzalloc(sizeof *i);
    i->name = xstrdup(row->name);
    /* The interface named like the bridge is its local one. */
    bool is_local = !strcmp(row->name, br->name);
    i->type = xstrdup(is_local ? "internal" : row->type);
    smap_clone(&i->options, &row->options);
    if (row->n_ofport_request) {
        i->ofport_request = (uint32_t)row->ofport_request[0];
    }
    if (row->n_mtu_request) {
        i->mtu_request = (int)row->mtu_request[0];
    }
    if (row->mac && !is_local && !str_to_eth_addr(row->mac, &i->mac)) {
        str_putf(&c->problems, "%s: Interface %s: mac: \"%s\" is no Ethernet "
                 "address\n", br->name, row->name, row->mac);
    }
    shash_add(&p->ifaces, row->name, i);
}

static enum dp_vlan_mode
vlan_mode(struct config *c, const struct vrec_bridge *br,
          const struct vrec_port *row)
{
    static const char *const names[] = {
        [DP_VLAN_ACCESS] = "access",
        [DP_VLAN_TRUNK] = "trunk",
        [DP_VLAN_NATIVE_TAGGED] = "native-tagged",
        [DP_VLAN_NATIVE_UNTAGGED] = "native-untagged",
    };
    if (!row->vlan_mode) {
        return row->n_tag ? DP_VLAN_ACCESS : DP_VLAN_TRUNK;
    }
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(names[i], row->vlan_mode)) {
            return (enum dp_vlan_mode)i;
        }
    }
    str_putf(&c->problems, "%s: Port %s: vlan_mode: \"%s\" is not supported "
             "yet, using trunk\n", br->name, row->name, row->vlan_mode);
    return DP_VLAN_TRUNK;
}

static void
read_port(struct config *c, const struct vrec_bridge *br,
          struct config_bridge *b, const struct vrec_port *row)
{
    if (shash_find(&b->ports, row->name)) {
        return;
    }
    struct config_port *p = xzalloc(sizeof *p);
    p->name = xstrdup(row->name);
    shash_init(&p->ifaces);
    p->vlan_mode = vlan_mode(c, br, row);
    p->tag = row->n_tag && p->vlan_mode != DP_VLAN_TRUNK
                 ? (uint16_t)row->tag[0] : 0;
    p->has_trunks = row->n_trunks > 0;
    set_vlan_bits(p->trunks, row->trunks, row->n_trunks);
    p->is_protected = row->protected;
    const char *prio = smap_get(&row->other_config, "priority-tags", "no");
    p->priority_tags = !strcmp(prio, "always") ? 2
                       : !strcmp(prio, "if-nonzero") || !strcmp(prio, "true")
                           ? 1 : 0;
    shash_add(&b->ports, row->name, p);
    for (size_t i = 0; i < row->n_interfaces; i++) {
        read_iface(c, br, p, row->interfaces[i]);
    }
}

static uint32_t
read_versions(struct config *c, const struct vrec_bridge *row)
{
    static const char *const names[] = {
        "OpenFlow10", "OpenFlow11", "OpenFlow12",
        "OpenFlow13", "OpenFlow14", "OpenFlow15",
    };
    uint32_t versions = 0;
    for (size_t i = 0; i < row->n_protocols; i++) {
        bool known = false;
        for (size_t v = 0; v < ARRAY_SIZE(names); v++) {
            if (!strcmp(names[v], row->protocols[i])) {
                versions |= 1u << (OFP10_VERSION + v);
                known = true;
            }
        }
        if (!known) {
            str_putf(&c->problems, "%s: Bridge: protocols: unknown \"%s\"\n",
                     row->name, row->protocols[i]);
        }
    }
    return versions;
}

static void
read_controller(struct config_bridge *b, const struct vrec_controller *row)
{
    struct config_controller *cc = &b->controllers[b->n_controllers];
    for (size_t i = 0; i < b->n_controllers; i++) {
        if (!strcmp(b->controllers[i].target, row->target)) {
            return;
        }
    }
    memset(cc, 0, sizeof *cc);
    cc->target = xstrdup(row->target);
    cc->c = (struct bridge_controller){
        .target = cc->target,
        .max_backoff_ms = row->n_max_backoff ? (int)row->max_backoff[0] : 0,
        .probe_interval_ms = row->n_inactivity_probe
                                 ? (int)row->inactivity_probe[0] : -1,
        .is_out_of_band = row->connection_mode
                          && !strcmp(row->connection_mode, "out-of-band"),
        .rate_limit = row->n_controller_rate_limit
                          ? (int)row->controller_rate_limit[0] : 0,
        .burst_limit = row->n_controller_burst_limit
                           ? (int)row->controller_burst_limit[0] : 0,
        .disable_async = row->n_enable_async_messages
                         && !row->enable_async_messages[0],
    };
    b->n_controllers++;
}

static void
read_controllers(struct config_bridge *b, const struct vrec_bridge *row)
{
    b->controllers = xcalloc(row->n_controller, sizeof *b->controllers);
    for (size_t i = 0; i < row->n_controller; i++) {
        read_controller(b, row->controller[i]);
    }
}

static void
read_dpid(struct config *c, const struct vrec_bridge *row,
          struct config_bridge *b)
{
    const char *text = smap_get(&row->other_config, "datapath-id", NULL);
    if (!text) {
        return;
    }
    const char *digits = str_starts_with(text, "0x") ? text + 2 : text;
    size_t n = strlen(digits);
    if (n < 1 || n > 16 || !str_to_u64(digits, 16, &b->dpid)) {
        str_putf(&c->problems, "%s: Bridge: other_config:datapath-id: \"%s\" "
                 "is not 1 to 16 hex digits\n", row->name, text);
        b->dpid = 0;
    }
}

/* A prefix that is no field does nothing, and is worth a word: prefixes are a
 * hint, which this switch's classifier does not need. */
static void
check_prefixes(struct config *c, const char *bridge, int64_t table,
               const struct vrec_flow_table *row)
{
    for (size_t i = 0; i < row->n_prefixes; i++) {
        const char *p = row->prefixes[i];
        if (strcmp(p, "none") && !field_from_name(p, strlen(p))) {
            str_putf(&c->problems, "%s: Flow_Table %lld: prefixes: there is "
                     "no field \"%s\"\n", bridge, (long long)table, p);
        }
    }
}

static void
read_tables(struct config *c, const struct vrec_bridge *row,
            struct config_bridge *b)
{
    b->tables = xcalloc(row->n_flow_tables, sizeof *b->tables);
    for (size_t i = 0; i < row->n_flow_tables; i++) {
        int64_t id = row->key_flow_tables[i];
        const struct vrec_flow_table *ft = row->value_flow_tables[i];
        if (id < 0 || id >= TABLES_MAX - 1) {
            str_putf(&c->problems, "%s: Bridge: flow_tables: there is no "
                     "table %lld\n", row->name, (long long)id);
            continue;
        }
        check_prefixes(c, row->name, id, ft);
        struct config_table *t = &b->tables[b->n_tables++];
        *t = (struct config_table){
            .table_id = (uint8_t)id,
            .name = xstrdup_null(ft->name),
            .flow_limit = ft->n_flow_limit
                              ? (uint32_t)MIN(ft->flow_limit[0], UINT32_MAX)
                              : UINT32_MAX,
            .evicts = ft->overflow_policy
                      && !strcmp(ft->overflow_policy, "evict"),
            .groups = xcalloc(ft->n_groups, sizeof *t->groups),
            .n_groups = ft->n_groups,
        };
        for (size_t g = 0; g < ft->n_groups; g++) {
            t->groups[g] = xstrdup(ft->groups[g]);
        }
    }
}

static void
read_bridge(struct config *c, const struct vrec_bridge *row)
{
    if (shash_find(&c->bridges, row->name)) {
        return;
    }
    struct config_bridge *b = xzalloc(sizeof *b);
    b->name = xstrdup(row->name);
    b->datapath_type = xstrdup(row->datapath_type);
    shash_init(&b->ports);
    shash_add(&c->bridges, row->name, b);
    const struct smap *oc = &row->other_config;
    read_dpid(c, row, b);
    const char *hwaddr = smap_get(oc, "hwaddr", NULL);
    if (hwaddr && !str_to_eth_addr(hwaddr, &b->hwaddr)) {
        str_putf(&c->problems, "%s: Bridge: other_config:hwaddr: \"%s\" is no "
                 "Ethernet address\n", row->name, hwaddr);
    }
    b->fail_mode = row->fail_mode && !strcmp(row->fail_mode, "secure")
                       ? BRIDGE_SECURE : BRIDGE_STANDALONE;
    b->versions = read_versions(c, row);
    b->dp_desc = xstrdup_null(smap_get(oc, "dp-desc", NULL));
    b->dp_sn = xstrdup_null(smap_get(oc, "dp-sn", NULL));
    b->mac_table_size = (size_t)MAX(smap_get_int(oc, "mac-table-size", 0), 0);
    b->mac_idle_ms = smap_get_int(oc, "mac-aging-time", 0) * 1000;
    b->forward_bpdu = smap_get_bool(oc, "forward-bpdu", false);
    b->has_flood_vlans = row->n_flood_vlans > 0;
    set_vlan_bits(b->flood_vlans, row->flood_vlans, row->n_flood_vlans);
    read_controllers(b, row);
    read_tables(c, row, b);
    for (size_t i = 0; i < row->n_ports; i++) {
        read_port(c, row, b, row->ports[i]);
    }
}

void
config_from_idl(struct config *c, const struct idl *idl)
{
    const struct vrec_open_vswitch *top = vrec_open_vswitch_first(idl);
    for (size_t i = 0; top && i < top->n_bridges; i++) {
        read_bridge(c, top->bridges[i]);
    }
}
