/* SPDX-License-Identifier: Apache-2.0 */
/* Switches, ports, hosts: what the controller knows. */
#include <stdlib.h>

#include "controller/core/core_priv.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/packet/hdr.h"

LOG_MODULE(hosts);

/* ## Switches ## */

struct core_switch *
core_find_switch(struct core *core, uint64_t dpid)
{
    HMAP_FOR_EACH_WITH_HASH (struct core_switch, sw, node, hash_u64(dpid, 0),
                             &core->switches) {
        if (sw->dpid == dpid) {
            return sw;
        }
    }
    return NULL;
}

struct core_switch *
switch_get(struct core *core, uint64_t dpid)
{
    struct core_switch *sw = core_find_switch(core, dpid);
    if (!sw) {
        sw = xzalloc(sizeof *sw);
        sw->core = core;
        sw->dpid = dpid;
        idmap_init(&sw->ports);
        list_init(&sw->rules);
        hmap_insert(&core->switches, &sw->node, hash_u64(dpid, 0));
    }
    return sw;
}

void
switch_destroy(struct core_switch *sw)
{
    rules_destroy(sw);
    IDMAP_FOR_EACH (struct core_port, p, &sw->ports) {
        free(p);
    }
    idmap_fini(&sw->ports);
    hmap_remove(&sw->core->switches, &sw->node);
    free(sw);
}

static int
compare_switches(const void *a_, const void *b_)
{
    const struct core_switch *const *a = a_, *const *b = b_;
    return (*a)->dpid < (*b)->dpid ? -1 : (*a)->dpid > (*b)->dpid;
}

struct core_switch **
core_switches(struct core *core, size_t *n)
{
    struct core_switch **all = xcalloc(hmap_count(&core->switches),
                                       sizeof(struct core_switch *));
    *n = 0;
    HMAP_FOR_EACH (struct core_switch, sw, node, &core->switches) {
        all[(*n)++] = sw;
    }
    if (*n) {
        qsort(all, *n, sizeof(struct core_switch *), compare_switches);
    }
    return all;
}

struct core_switch *
core_switch_from_text(struct core *core, const char *text)
{
    HMAP_FOR_EACH (struct core_switch, sw, node, &core->switches) {
        if (sw->name[0] && !strcmp(sw->name, text)) {
            return sw;
        }
    }
    uint64_t dpid;
    const char *digits = str_starts_with(text, "0x") ? text + 2 : text;
    return strlen(digits) <= 16 && str_to_u64(digits, 16, &dpid)
               ? core_find_switch(core, dpid) : NULL;
}

void
switch_set_port(struct core_switch *sw, const struct ofm_port *of)
{
    struct core_port *p = idmap_get(&sw->ports, of->port_no);
    if (!p) {
        p = xzalloc(sizeof *p);
        p->port_no = of->port_no;
        idmap_set(&sw->ports, p);
    }
    p->of = *of;
    if (of->port_no == OFPORT_LOCAL) {
        memcpy(sw->name, of->name, sizeof sw->name);
    }
}

/* ## Hosts ## */

static uint32_t
hash_host(struct eth_addr mac, uint16_t vlan)
{
    return hash_u64(eth_addr_to_u64(mac) | (uint64_t)vlan << 48, hash_seed());
}

struct core_host *
core_find_host(struct core *core, struct eth_addr mac, uint16_t vlan)
{
    HMAP_FOR_EACH_WITH_HASH (struct core_host, h, node, hash_host(mac, vlan),
                             &core->hosts) {
        if (eth_addr_eq(h->mac, mac) && h->vlan == vlan) {
            return h;
        }
    }
    return NULL;
}

static uint16_t
vlan_of(const struct flow *f)
{
    return be16_to_cpu(f->vlans[0].tci) & 0xfff;
}

struct core_host *
core_learn_host(struct core *core, struct core_switch *sw,
                const struct flow *f)
{
    if (eth_addr_is_multicast(f->dl_src) || eth_addr_is_zero(f->dl_src)) {
        return NULL;
    }
    uint16_t vlan = vlan_of(f);
    struct core_host *h = core_find_host(core, f->dl_src, vlan);
    if (!h) {
        if (hmap_count(&core->hosts) >= CORE_HOSTS_MAX) {
            log_warn_rl("%d hosts are known: no more are learned",
                        CORE_HOSTS_MAX);
            return NULL;
        }
        h = xzalloc(sizeof *h);
        h->mac = f->dl_src;
        h->vlan = vlan;
        hmap_insert(&core->hosts, &h->node, hash_host(h->mac, vlan));
        log_info("host " ETH_ADDR_FMT " on switch %016llx port %u",
                 ETH_ADDR_ARGS(h->mac), (unsigned long long)sw->dpid,
                 f->in_port);
    }
    h->sw = sw;
    h->port_no = f->in_port;
    h->seen_ms = clock_ms();
    if (f->nw_src && (f->dl_type == BE16(ETH_TYPE_ARP)
                      || f->dl_type == BE16(ETH_TYPE_IPV4))) {
        h->ip = f->nw_src;
    }
    return h;
}

void
core_forget_port(struct core *core, struct core_switch *sw, uint32_t port_no)
{
    HMAP_FOR_EACH_SAFE (struct core_host, h, node, &core->hosts) {
        if (h->sw == sw && (port_no == OFPORT_ANY || h->port_no == port_no)) {
            hmap_remove(&core->hosts, &h->node);
            free(h);
        }
    }
}

static int
compare_hosts(const void *a_, const void *b_)
{
    const struct core_host *const *a = a_, *const *b = b_;
    return memcmp(&(*a)->mac, &(*b)->mac, sizeof (*a)->mac);
}

struct core_host **
core_hosts(struct core *core, size_t *n)
{
    struct core_host **all = xcalloc(hmap_count(&core->hosts),
                                     sizeof(struct core_host *));
    *n = 0;
    HMAP_FOR_EACH (struct core_host, h, node, &core->hosts) {
        all[(*n)++] = h;
    }
    if (*n) {
        qsort(all, *n, sizeof(struct core_host *), compare_hosts);
    }
    return all;
}
