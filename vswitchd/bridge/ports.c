/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces: devices opened, watched, and closed again when they go. */
#include <errno.h>
#include <stdlib.h>

#include "lib/base/str.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/bridge/bridge_priv.h"

LOG_MODULE(bridge);

struct iface *
iface_find(const struct bridge *b, const char *name)
{
    return shash_get(&b->ifaces, name);
}

bool
bridge_has_iface(const struct bridge *b, const char *name)
{
    return iface_find(b, name) != NULL;
}

struct iface *
iface_peer(const struct iface *i)
{
    const char *peer = smap_get(&i->options, "peer", NULL);
    if (!i->is_patch || !peer) {
        return NULL;
    }
    SHASH_FOR_EACH (n, &i->bridge->vs->bridges) {
        struct iface *p = iface_find(n->data, peer);
        if (p && p->is_patch && p->ofport != UINT32_MAX
            && !strcmp(smap_get(&p->options, "peer", ""), i->name)) {
            return p;
        }
    }
    return NULL;
}

/* ## Opening ## */

static void
set_error(struct iface *i, char *error)
{
    if (error && (!i->error || strcmp(error, i->error))) {
        log_warn("%s: %s: %s", i->bridge->name, i->name, error);
    }
    free(i->error);
    i->error = error;
}

/* The driver's type for an Interface type, as options of the switch say. */
static const char *
driver_type(const struct iface *i)
{
    const struct vswitch *vs = i->bridge->vs;
    bool is_dummy = !strcmp(i->bridge->datapath_type, "dummy")
                    || vs->opts.override_system;
    const char *type = i->type[0] ? i->type : "system";
    if (is_dummy && !strcmp(type, "internal")) {
        return "dummy-internal";
    }
    if (vs->opts.override_system
        && (!strcmp(type, "system") || !strcmp(type, "tap"))) {
        return "dummy";
    }
    return type;
}

static int
open_patch(struct iface *i)
{
    const char *peer = smap_get(&i->options, "peer", NULL);
    if (!peer || !strcmp(peer, i->name)) {
        set_error(i, xasprintf(peer ? "%s: patch peer must not be self"
                                    : "%s: patch type requires valid 'peer' "
                                      "argument", i->name));
        return -EINVAL;
    }
    i->is_patch = true;
    return 0;
}

static int
open_device(struct iface *i)
{
    struct port_cfg cfg = {
        .name = i->name,
        .type = driver_type(i),
        .options = &i->options,
        .n_rxq = (unsigned int)smap_get_int(&i->options, "n_rxq", 0),
        .mac = i->mac,
        .mtu = i->mtu_request,
    };
    struct port *port;
    char *error = NULL;
    int err = port_open(&cfg, &port, &error);
    if (err) {
        set_error(i, error ? error : xstrdup(log_strerror(err)));
        return err;
    }
    int idx = dp_port_add(i->bridge->vs->dp, port);
    if (idx < 0) {
        port_close(&port);
        set_error(i, xasprintf("%s: the datapath is full (%d ports)",
                               i->name, DP_PORTS_MAX));
        return idx;
    }
    if (i->admin_up && port->ops->set_admin) {
        port->ops->set_admin(port, true);
    }
    i->dp_port = (uint32_t)idx;
    return 0;
}

static int
iface_open(struct iface *i)
{
    int err = !strcmp(i->type, "patch") ? open_patch(i) : open_device(i);
    if (err) {
        return err;
    }
    i->ofport = i->is_local
                    ? OFPORT_LOCAL
                    : ofproto_pick_port(i->bridge->of, i->ofport_request);
    set_error(i, NULL);
    iface_refresh(i);
    log_info("bridge %s: added interface %s on port %u", i->bridge->name,
             i->name, i->is_local ? 65534 : i->ofport);
    return 0;
}

void
iface_close(struct iface *i)
{
    if (i->ofport != UINT32_MAX) {
        log_info("bridge %s: deleted interface %s on port %u",
                 i->bridge->name, i->name, i->is_local ? 65534 : i->ofport);
        ofproto_port_remove(i->bridge->of, i->ofport);
        i->ofport = UINT32_MAX;
    }
    if (i->dp_port != NO_DP_PORT) {
        /* The pipeline must not name the port when its index is free. */
        struct vswitch *vs = i->bridge->vs;
        uint32_t dp_port = i->dp_port;
        i->dp_port = NO_DP_PORT;
        vswitch_commit(vs);
        dp_port_remove(vs->dp, dp_port);
    }
    i->is_patch = false;
}

bool
iface_refresh(struct iface *i)
{
    if (i->ofport == UINT32_MAX) {
        return false;
    }
    struct ofproto_port p = { .ofport = i->ofport,
                              .is_admin_up = true,
                              .is_link_up = true };
    str_copy(p.name, sizeof p.name, i->name);
    if (i->dp_port != NO_DP_PORT) {
        struct port *port = dp_port_get(i->bridge->vs->dp, i->dp_port);
        struct port_status st;
        memset(&st, 0, sizeof st);
        port->ops->get_status(port, &st);
        p.mac = st.mac;
        p.is_admin_up = st.is_admin_up;
        p.is_link_up = st.is_link_up;
        p.speed_bps = st.speed_bps;
    } else {
        /* A patch needs a MAC for OpenFlow: made from its number. */
        p.mac = (struct eth_addr){ { 0xaa, 0x55, 0, 0,
                                     (uint8_t)(i->ofport >> 8),
                                     (uint8_t)i->ofport } };
    }
    return ofproto_port_update(i->bridge->of, &p);
}

/* ## The door's functions ## */

static void
set_cfg(struct iface *i, const struct bridge_iface_cfg *cfg)
{
    free(i->type);
    i->type = xstrdup(cfg->type);
    smap_fini(&i->options);
    if (cfg->options) {
        smap_clone(&i->options, cfg->options);
    } else {
        smap_init(&i->options);
    }
    i->ofport_request = cfg->ofport_request;
    i->mac = cfg->mac;
    i->mtu_request = cfg->mtu_request;
    i->admin_up = cfg->admin_up;
}

int
bridge_add_iface(struct bridge *b, const struct bridge_iface_cfg *cfg)
{
    struct iface *i = xzalloc(sizeof *i);
    i->bridge = b;
    i->name = xstrdup(cfg->name);
    i->ofport = UINT32_MAX;
    i->dp_port = NO_DP_PORT;
    i->is_local = !strcmp(cfg->name, b->name);
    smap_init(&i->options);
    set_cfg(i, cfg);
    shash_add(&b->ifaces, cfg->name, i);
    return iface_open(i);
}

void
iface_destroy(struct iface *i)
{
    iface_close(i);
    shash_remove(&i->bridge->ifaces, i->name);
    if (i->bundle) {
        struct bundle *u = i->bundle;
        for (size_t k = 0; k < u->n_ifaces; k++) {
            if (u->ifaces[k] == i) {
                u->ifaces[k] = u->ifaces[--u->n_ifaces];
                break;
            }
        }
    }
    smap_fini(&i->options);
    free(i->name);
    free(i->type);
    free(i->error);
    free(i);
}

void
bridge_del_iface(struct bridge *b, const char *name)
{
    struct iface *i = iface_find(b, name);
    if (i) {
        iface_destroy(i);
    }
}

int
bridge_set_iface(struct bridge *b, const struct bridge_iface_cfg *cfg)
{
    struct iface *i = iface_find(b, cfg->name);
    struct smap none;
    smap_init(&none);
    const struct smap *options = cfg->options ? cfg->options : &none;
    bool same_device = !strcmp(i->type, cfg->type)
                       && smap_equal(&i->options, options);
    bool same = same_device && i->ofport_request == cfg->ofport_request
                && eth_addr_eq(i->mac, cfg->mac)
                && i->mtu_request == cfg->mtu_request;
    smap_fini(&none);
    if (same) {
        return 0;
    }
    struct port *port = i->dp_port != NO_DP_PORT
                            ? dp_port_get(b->vs->dp, i->dp_port)
                            : NULL;
    bool new_number = cfg->ofport_request
                      && cfg->ofport_request != i->ofport && !i->is_local;
    if (same_device && port && !new_number) {
        if (cfg->mtu_request && cfg->mtu_request != i->mtu_request
            && port->ops->set_mtu
            && port->ops->set_mtu(port, cfg->mtu_request)) {
            log_warn("%s: cannot set MTU %d", i->name, cfg->mtu_request);
        }
        if (!eth_addr_is_zero(cfg->mac) && port->ops->set_mac) {
            port->ops->set_mac(port, cfg->mac);
        }
        set_cfg(i, cfg);
        iface_refresh(i);
        return 0;
    }
    iface_close(i);
    set_cfg(i, cfg);
    return iface_open(i);
}

const char *
bridge_iface_option(const struct bridge *b, const char *name, const char *key)
{
    const struct iface *i = iface_find(b, name);
    return i ? smap_get(&i->options, key, NULL) : NULL;
}

struct port *
bridge_iface_port(struct bridge *b, const char *name)
{
    const struct iface *i = iface_find(b, name);
    return i && i->dp_port != NO_DP_PORT ? dp_port_get(b->vs->dp, i->dp_port)
                                         : NULL;
}

bool
bridge_get_iface_status(struct bridge *b, const char *name,
                        struct bridge_iface_status *st)
{
    const struct iface *i = iface_find(b, name);
    memset(st, 0, sizeof *st);
    if (!i) {
        return false;
    }
    st->ofport = i->ofport;
    st->error = i->error;
    if (i->dp_port != NO_DP_PORT) {
        struct port *port = dp_port_get(b->vs->dp, i->dp_port);
        port->ops->get_status(port, &st->port);
        port->ops->get_stats(port, &st->stats);
        dp_port_get_drops(b->vs->dp, i->dp_port, st->drops);
    }
    return true;
}

static bool
retry_one(struct iface *i)
{
    if (i->ofport == UINT32_MAX) {
        return !iface_open(i);
    }
    struct port *port = i->dp_port != NO_DP_PORT
                            ? dp_port_get(i->bridge->vs->dp, i->dp_port)
                            : NULL;
    if (!port) {
        return false;
    }
    struct port_status st;
    memset(&st, 0, sizeof st);
    port->ops->get_status(port, &st);
    if (!st.is_gone) {
        return iface_refresh(i);
    }
    iface_close(i);
    if (iface_open(i)) {
        return true;
    }
    return true;
}

bool
bridge_retry(struct bridge *b)
{
    bool changed = false;
    SHASH_FOR_EACH_SAFE (n, &b->ifaces) {
        changed |= retry_one(n->data);
    }
    return changed;
}
