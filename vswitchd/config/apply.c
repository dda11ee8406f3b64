/* SPDX-License-Identifier: Apache-2.0 */
/* Steps run on the bridges. */
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "vswitchd/config/config.h"

LOG_MODULE(config);

static void
set_tables(struct bridge *b, const struct config_bridge *c)
{
    struct bridge_table_cfg *cfgs = xcalloc(c->n_tables, sizeof *cfgs);
    for (size_t i = 0; i < c->n_tables; i++) {
        const struct config_table *t = &c->tables[i];
        cfgs[i] = (struct bridge_table_cfg){
            .table_id = t->table_id,
            .name = t->name,
            .flow_limit = t->flow_limit,
            .evicts = t->evicts,
            .groups = (const char *const *)t->groups,
            .n_groups = t->n_groups,
        };
    }
    bridge_set_tables(b, cfgs, c->n_tables);
    free(cfgs);
}

static void
set_bridge(struct bridge *b, const struct config_bridge *c)
{
    bridge_set_versions(b, c->versions);
    bridge_set_dpid(b, c->dpid);
    bridge_set_hwaddr(b, c->hwaddr);
    bridge_set_desc(b, c->dp_desc, c->dp_sn);
    bridge_set_fdb(b, c->mac_table_size, c->mac_idle_ms);
    bridge_set_forward_bpdu(b, c->forward_bpdu);
    bridge_set_flood_vlans(b, c->has_flood_vlans ? c->flood_vlans : NULL);
    bridge_set_fail_mode(b, c->fail_mode);
    set_tables(b, c);
}

static void
set_port(struct bridge *b, const struct config_port *p)
{
    size_t n = shash_count(&p->ifaces), i = 0;
    const char **names = xcalloc(n, sizeof *names);
    SHASH_FOR_EACH (node, &p->ifaces) {
        names[i++] = node->name;
    }
    struct bridge_bundle_cfg cfg = {
        .name = p->name,
        .ifaces = names,
        .n_ifaces = n,
        .vlan_mode = p->vlan_mode,
        .tag = p->tag,
        .trunks = p->has_trunks ? p->trunks : NULL,
        .is_protected = p->is_protected,
        .priority_tags = p->priority_tags,
    };
    bridge_set_bundle(b, &cfg);
    free(names);
}

static struct bridge_iface_cfg
iface_cfg(const struct config_iface *i)
{
    return (struct bridge_iface_cfg){
        .name = i->name,
        .type = i->type,
        .options = &i->options,
        .ofport_request = i->ofport_request,
        .mac = i->mac,
        .mtu_request = i->mtu_request,
        .admin_up = !strcmp(i->type, "") || !strcmp(i->type, "system"),
    };
}

static void
set_controllers(struct bridge *b, const struct config_bridge *c)
{
    struct bridge_controller *cs = xcalloc(c->n_controllers, sizeof *cs);
    for (size_t i = 0; i < c->n_controllers; i++) {
        cs[i] = c->controllers[i].c;
    }
    bridge_set_controllers(b, cs, c->n_controllers);
    free(cs);
}

static void
add_bridge(struct vswitch *vs, const struct config_bridge *c)
{
    char *error = NULL;
    if (!bridge_create(vs, c->name, c->datapath_type, &error)) {
        log_err("cannot create bridge: %s", error);
        free(error);
    }
}

static void
run_step(struct vswitch *vs, const struct config_step *s)
{
    struct bridge *b = vswitch_find(vs, s->bridge);
    struct bridge_iface_cfg cfg;
    if (!b) {
        /* A bridge that could not be made has no parts to change. */
        if (s->op == CONFIG_ADD_BRIDGE) {
            add_bridge(vs, s->to_bridge);
        }
        return;
    }
    switch (s->op) {
    case CONFIG_ADD_BRIDGE:
        break;
    case CONFIG_DEL_BRIDGE:
        bridge_destroy(&b);
        break;
    case CONFIG_DEL_PORT:
        bridge_del_bundle(b, s->port);
        break;
    case CONFIG_DEL_IFACE:
        bridge_del_iface(b, s->iface);
        break;
    case CONFIG_SET_BRIDGE:
        set_bridge(b, s->to_bridge);
        break;
    case CONFIG_ADD_IFACE:
        cfg = iface_cfg(s->to_iface);
        bridge_add_iface(b, &cfg);
        break;
    case CONFIG_SET_IFACE:
        cfg = iface_cfg(s->to_iface);
        bridge_set_iface(b, &cfg);
        break;
    case CONFIG_SET_PORT:
        set_port(b, s->to_port);
        break;
    case CONFIG_SET_CONTROLLERS:
        set_controllers(b, s->to_bridge);
        break;
    }
}

void
config_apply(struct vswitch *vs, const struct config_step *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        run_step(vs, &steps[i]);
    }
    if (n) {
        vswitch_commit(vs);
    }
}
