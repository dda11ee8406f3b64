/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges: life, settings, bundles, and what the OpenFlow switch asks. */
#include <errno.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/base/rng.h"
#include "lib/openflow/wire.h"
#include "vswitchd/bridge/bridge_priv.h"

LOG_MODULE(bridge_core);

#define MAC_IDLE_DEFAULT_MS 300000
#define AGE_INTERVAL_MS 1000

/* ## What the switch asks ## */

static struct iface *
iface_by_ofport(const struct bridge *b, uint32_t ofport)
{
    SHASH_FOR_EACH (n, &b->ifaces) {
        struct iface *i = n->data;
        if (i->ofport == ofport) {
            return i;
        }
    }
    return NULL;
}

static void
on_port_stats(void *b_, uint32_t ofport, struct port_stats *st)
{
    struct bridge *b = b_;
    const struct iface *i = iface_by_ofport(b, ofport);
    if (i && i->dp_port != NO_DP_PORT) {
        struct port *port = dp_port_get(b->vs->dp, i->dp_port);
        port->ops->get_stats(port, st);
    }
}

static int
on_port_admin(void *b_, uint32_t ofport, bool up)
{
    struct bridge *b = b_;
    const struct iface *i = iface_by_ofport(b, ofport);
    struct port *port = i && i->dp_port != NO_DP_PORT
                            ? dp_port_get(b->vs->dp, i->dp_port)
                            : NULL;
    return !port ? 0
           : port->ops->set_admin ? port->ops->set_admin(port, up)
                                  : -EOPNOTSUPP;
}

static void
on_changed(void *b_)
{
    struct bridge *b = b_;
    vswitch_commit(b->vs);
}

static void
on_reads_changed(void *b_)
{
    struct bridge *b = b_;
    vswitch_publish_reads(b->vs);
}

/* ## MAC ages ## */

static void
age_macs(void *b_)
{
    struct bridge *b = b_;
    fdb_age(b->fdb, b->mac_idle_ms);
    loop_timer_set_in(&b->age_timer, AGE_INTERVAL_MS);
}

/* ## Life ## */

static bool
is_known_type(const struct vswitch *vs, const char *type)
{
    const char *const *types = vswitch_datapath_types(vs);
    for (size_t i = 0; types[i]; i++) {
        if (!strcmp(types[i], type)) {
            return true;
        }
    }
    return false;
}

struct bridge *
bridge_create(struct vswitch *vs, const char *name, const char *datapath_type,
              char **error)
{
    const char *type = datapath_type[0] ? datapath_type : "system";
    if (!is_known_type(vs, type)) {
        *error = xasprintf("%s: unknown datapath type \"%s\"", name, type);
        return NULL;
    }
    if (!strcmp(type, "system") && !vs->said_no_kernel) {
        vs->said_no_kernel = true;
        log_info("datapath type \"system\" is served by the user datapath");
    }
    struct bridge *b = xzalloc(sizeof *b);
    b->vs = vs;
    b->name = xstrdup(name);
    b->datapath_type = xstrdup(type);
    b->fdb = fdb_create(0);
    b->mac_idle_ms = MAC_IDLE_DEFAULT_MS;
    shash_init(&b->ifaces);
    /* A MAC of our own until a port lends one: locally administered. */
    b->mac = eth_addr_from_u64(rng_u64(rng_thread()));
    b->mac.ea[0] = (uint8_t)((b->mac.ea[0] & 0xfc) | 0x02);
    struct ofproto_ops ops = { on_port_stats, on_port_admin, on_changed,
                               on_reads_changed, b };
    shash_add(&vs->bridges, name, b);
    b->of = ofproto_create(vs->loop, vs->dp, name, &ops);
    ofproto_set_pipeline(b->of, vs->pipeline);
    loop_timer_init(&b->age_timer, vs->loop, age_macs, b);
    loop_timer_set_in(&b->age_timer, AGE_INTERVAL_MS);
    return b;
}

void
bridge_destroy(struct bridge **bp)
{
    struct bridge *b = *bp;
    *bp = NULL;
    struct vswitch *vs = b->vs;
    SHASH_FOR_EACH_SAFE (n, &b->ifaces) {
        iface_destroy(n->data);
    }
    shash_fini(&b->ifaces);
    shash_remove(&vs->bridges, b->name);
    vswitch_commit(vs);
    struct xports *ports = ofproto_xbridge(b->of)->ports;
    ofproto_xbridge(b->of)->ports = NULL;
    rcu_synchronize();
    if (ports) {
        dp_l2_unref(&ports->l2);
        idmap_fini(&ports->by_ofport);
        free(ports);
    }
    ofproto_destroy(&b->of);
    for (size_t i = 0; i < b->n_bundles; i++) {
        if (b->bundles[i]) {
            free(b->bundles[i]->name);
            free(b->bundles[i]->ifaces);
            free(b->bundles[i]);
        }
    }
    free(b->bundles);
    loop_timer_cancel(&b->age_timer);
    fdb_unref(&b->fdb);
    free(b->name);
    free(b->datapath_type);
    free(b);
}

const char *
bridge_name(const struct bridge *b)
{
    return b->name;
}

const char *
bridge_datapath_type(const struct bridge *b)
{
    return b->datapath_type;
}

struct ofproto *
bridge_ofproto(struct bridge *b)
{
    return b->of;
}

struct fdb *
bridge_fdb(struct bridge *b)
{
    return b->fdb;
}

/* ## Settings ## */

void
bridge_set_dpid(struct bridge *b, uint64_t dpid)
{
    b->dpid = dpid;
    ofproto_set_dpid(b->of, bridge_get_dpid(b));
}

uint64_t
bridge_get_dpid(const struct bridge *b)
{
    return b->dpid ? b->dpid : eth_addr_to_u64(b->mac);
}

/* The MAC that the rules of the bridge give it: configured, or the lowest of
 * its ports' (not of the local one and not of patches), or the one it has. */
static struct eth_addr
pick_mac(const struct bridge *b)
{
    if (!eth_addr_is_zero(b->hwaddr)) {
        return b->hwaddr;
    }
    uint64_t best = UINT64_MAX;
    SHASH_FOR_EACH (n, &b->ifaces) {
        const struct iface *i = n->data;
        if (i->is_local || i->dp_port == NO_DP_PORT
            || !strcmp(i->type, "internal")) {
            continue;
        }
        const struct ofproto_port *p = ofproto_port_get(b->of, i->ofport);
        if (p && !eth_addr_is_multicast(p->mac)
            && !eth_addr_is_zero(p->mac)) {
            best = MIN(best, eth_addr_to_u64(p->mac));
        }
    }
    return best == UINT64_MAX ? b->mac : eth_addr_from_u64(best);
}

static void
update_mac(struct bridge *b)
{
    struct eth_addr mac = pick_mac(b);
    struct port *local = bridge_iface_port(b, b->name);
    if (local && local->ops->set_mac) {
        struct port_status st;
        memset(&st, 0, sizeof st);
        local->ops->get_status(local, &st);
        if (!eth_addr_eq(st.mac, mac)) {
            local->ops->set_mac(local, mac);
            iface_refresh(iface_find(b, b->name));
        }
    }
    b->mac = mac;
    ofproto_set_dpid(b->of, bridge_get_dpid(b));
}

void
bridge_set_hwaddr(struct bridge *b, struct eth_addr mac)
{
    b->hwaddr = mac;
    update_mac(b);
}

struct eth_addr
bridge_get_hwaddr(const struct bridge *b)
{
    return b->mac;
}

void
bridge_set_fail_mode(struct bridge *b, enum bridge_fail_mode mode)
{
    ofproto_set_fail_mode(b->of, mode);
}

void
bridge_set_versions(struct bridge *b, uint32_t versions)
{
    ofproto_set_versions(b->of, versions);
}

void
bridge_set_desc(struct bridge *b, const char *dp_desc, const char *sn)
{
    ofproto_set_desc(b->of, dp_desc, sn);
}

void
bridge_set_controllers(struct bridge *b, const struct bridge_controller *c,
                       size_t n)
{
    ofproto_set_controllers(b->of, c, n);
}

bool
bridge_get_controller_status(const struct bridge *b, const char *target,
                             struct bridge_controller_status *st)
{
    return ofproto_get_controller_status(b->of, target, st);
}

void
bridge_set_fdb(struct bridge *b, size_t max_entries, int64_t idle_ms)
{
    fdb_set_max(b->fdb, max_entries ? max_entries : FDB_ENTRIES_DEFAULT);
    b->mac_idle_ms = idle_ms > 0 ? idle_ms : MAC_IDLE_DEFAULT_MS;
}

void
bridge_set_tables(struct bridge *b, const struct bridge_table_cfg *cfgs,
                  size_t n)
{
    ofproto_set_tables(b->of, cfgs, n);
}

void
bridge_set_flood_vlans(struct bridge *b, const unsigned long *vlans)
{
    if (vlans) {
        memcpy(b->flood_vlans, vlans, sizeof b->flood_vlans);
    } else {
        memset(b->flood_vlans, 0, sizeof b->flood_vlans);
    }
}

void
bridge_set_forward_bpdu(struct bridge *b, bool on)
{
    b->forward_bpdu = on;
}

/* ## Bundles ## */

static struct bundle *
bundle_find(const struct bridge *b, const char *name)
{
    for (size_t i = 0; i < b->n_bundles; i++) {
        if (b->bundles[i] && !strcmp(b->bundles[i]->name, name)) {
            return b->bundles[i];
        }
    }
    return NULL;
}

static struct bundle *
bundle_create(struct bridge *b, const char *name)
{
    size_t idx = 0;
    while (idx < b->n_bundles && b->bundles[idx]) {
        idx++;
    }
    if (idx == b->bundles_cap) {
        b->bundles = x2nrealloc(b->bundles, &b->bundles_cap,
                                sizeof *b->bundles);
    }
    b->n_bundles = MAX(b->n_bundles, idx + 1);
    struct bundle *u = xzalloc(sizeof *u);
    u->name = xstrdup(name);
    u->idx = (uint16_t)idx;
    b->bundles[idx] = u;
    return u;
}

static void
set_vlans(struct dp_bundle *d, const struct bridge_bundle_cfg *cfg)
{
    memset(d, 0, sizeof *d);
    d->vlan_mode = (uint8_t)cfg->vlan_mode;
    d->tag = cfg->tag;
    d->is_protected = cfg->is_protected;
    d->priority_tags = cfg->priority_tags;
    unsigned int word = cfg->tag / 64;
    unsigned long bit = 1ul << (cfg->tag % 64);
    if (cfg->vlan_mode == DP_VLAN_ACCESS) {
        d->trunks[word] = bit;
    } else if (cfg->trunks) {
        memcpy(d->trunks, cfg->trunks, sizeof d->trunks);
    } else {
        memset(d->trunks, 0xff, sizeof d->trunks);
    }
    if (cfg->vlan_mode == DP_VLAN_NATIVE_TAGGED
        || cfg->vlan_mode == DP_VLAN_NATIVE_UNTAGGED) {
        d->trunks[word] |= bit;
    }
}

void
bridge_set_bundle(struct bridge *b, const struct bridge_bundle_cfg *cfg)
{
    struct bundle *u = bundle_find(b, cfg->name);
    if (!u) {
        u = bundle_create(b, cfg->name);
    }
    struct dp_bundle was = u->cfg;
    set_vlans(&u->cfg, cfg);
    if (memcmp(&was, &u->cfg, sizeof was)) {
        /* MACs of other VLANs are not valid any more. */
        fdb_flush(b->fdb, u->idx);
    }
    for (size_t i = 0; i < u->n_ifaces; i++) {
        u->ifaces[i]->bundle = NULL;
    }
    free(u->ifaces);
    u->ifaces = xcalloc(cfg->n_ifaces, sizeof *u->ifaces);
    u->n_ifaces = 0;
    for (size_t i = 0; i < cfg->n_ifaces; i++) {
        struct iface *f = iface_find(b, cfg->ifaces[i]);
        if (f) {
            f->bundle = u;
            u->ifaces[u->n_ifaces++] = f;
        }
    }
}

void
bridge_del_bundle(struct bridge *b, const char *name)
{
    struct bundle *u = bundle_find(b, name);
    if (!u) {
        return;
    }
    fdb_flush(b->fdb, u->idx);
    for (size_t i = 0; i < u->n_ifaces; i++) {
        u->ifaces[i]->bundle = NULL;
    }
    b->bundles[u->idx] = NULL;
    free(u->ifaces);
    free(u->name);
    free(u);
}

const char *
bridge_bundle_name(const struct bridge *b, uint16_t idx)
{
    return idx < b->n_bundles && b->bundles[idx] ? b->bundles[idx]->name : "?";
}

uint32_t
bridge_bundle_ofport(const struct bridge *b, uint16_t idx)
{
    const struct bundle *u = idx < b->n_bundles ? b->bundles[idx] : NULL;
    return u && u->n_ifaces ? u->ifaces[0]->ofport : OFPORT_ANY;
}

void
bridge_before_commit(struct bridge *b)
{
    update_mac(b);
}
