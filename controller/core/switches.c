/* SPDX-License-Identifier: Apache-2.0 */
/* Switches, ports, hosts: what the controller knows. */
#include <stdlib.h>

#include "controller/core/core_priv.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
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
        sw->tokens = CORE_PACKET_INS_PER_S * 1000LL;
        sw->tokens_ms = clock_ms();
        hmap_insert(&core->switches, &sw->node, hash_u64(dpid, 0));
        rules_load(sw);
    }
    return sw;
}

void
switch_destroy(struct core_switch *sw)
{
    rules_destroy(sw);
    switch_clear_ports(sw);
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
core_switch_from_text(struct core *core, const char *text, bool make,
                      char **error)
{
    struct core_switch *found = NULL;
    HMAP_FOR_EACH (struct core_switch, sw, node, &core->switches) {
        if (sw->name[0] && !strcmp(sw->name, text)) {
            if (found) {
                *error = xasprintf("%s: several switches have this name: use "
                                   "a datapath id", text);
                return NULL;
            }
            found = sw;
        }
    }
    uint64_t dpid;
    bool has_0x = str_starts_with(text, "0x");
    const char *digits = has_0x ? text + 2 : text;
    size_t n = strlen(digits);
    if (!found && n <= 16 && str_to_u64(digits, 16, &dpid)) {
        found = make && (has_0x || n == 16) ? switch_get(core, dpid)
                                            : core_find_switch(core, dpid);
    }
    if (!found) {
        *error = xasprintf("%s: no such switch", text);
    }
    return found;
}

void
switch_clear_ports(struct core_switch *sw)
{
    IDMAP_FOR_EACH (struct core_port, p, &sw->ports) {
        free(p);
    }
    idmap_fini(&sw->ports);
    idmap_init(&sw->ports);
}

bool
switch_admit_packet_in(struct core_switch *sw)
{
    static const int64_t full = CORE_PACKET_INS_PER_S * 1000LL;
    int64_t now = clock_ms();
    int64_t ms = MIN(now - sw->tokens_ms, 1000);
    sw->tokens = MIN(sw->tokens + ms * CORE_PACKET_INS_PER_S, full);
    sw->tokens_ms = now;
    if (sw->tokens < 1000) {
        return false;
    }
    sw->tokens -= 1000;
    return true;
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
hash_host(const struct core_switch *sw, struct eth_addr mac, uint16_t vlan)
{
    return hash_u64(eth_addr_to_u64(mac) | (uint64_t)vlan << 48,
                    hash_u64(sw->dpid, hash_seed()));
}

struct core_host *
core_find_host(struct core *core, const struct core_switch *sw,
               struct eth_addr mac, uint16_t vlan)
{
    HMAP_FOR_EACH_WITH_HASH (struct core_host, h, node,
                             hash_host(sw, mac, vlan), &core->hosts) {
        if (h->sw == sw && eth_addr_eq(h->mac, mac) && h->vlan == vlan) {
            return h;
        }
    }
    return NULL;
}

void
host_free(struct core *core, struct core_host *h)
{
    hmap_remove(&core->hosts, &h->node);
    list_remove(&h->by_age);
    free(h);
}

static struct core_host *
host_create(struct core *core, struct core_switch *sw, const struct flow *f,
            uint16_t vlan)
{
    if (hmap_count(&core->hosts) >= CORE_HOSTS_MAX) {
        log_warn_rl("%d hosts are known: the oldest is forgotten",
                    CORE_HOSTS_MAX);
        host_free(core, LIST_ENTRY(list_front(&core->hosts_by_age),
                                   struct core_host, by_age));
    }
    struct core_host *h = xzalloc(sizeof *h);
    h->mac = f->dl_src;
    h->vlan = vlan;
    h->sw = sw;
    h->port_no = f->in_port;
    hmap_insert(&core->hosts, &h->node, hash_host(sw, h->mac, vlan));
    list_push_back(&core->hosts_by_age, &h->by_age);
    log_info_rl("host " ETH_ADDR_FMT " on switch %016llx port %u",
                ETH_ADDR_ARGS(h->mac), (unsigned long long)sw->dpid,
                f->in_port);
    return h;
}

static void
host_move(struct core *core, struct core_host *h, uint32_t port_no)
{
    uint32_t old = h->port_no;
    h->port_no = port_no;
    log_info_rl("host " ETH_ADDR_FMT " on switch %016llx moved from port %u "
                "to %u", ETH_ADDR_ARGS(h->mac),
                (unsigned long long)h->sw->dpid, old, port_no);
    for (size_t i = 0; i < core->n_apps; i++) {
        if (core->apps[i]->host_moved) {
            core->apps[i]->host_moved(core, h, old);
        }
    }
}

struct core_host *
core_learn_host(struct core *core, struct core_switch *sw,
                const struct flow *f)
{
    if (eth_addr_is_multicast(f->dl_src) || eth_addr_is_zero(f->dl_src)) {
        return NULL;
    }
    uint16_t vlan = be16_to_cpu(f->vlans[0].tci) & 0xfff;
    struct core_host *h = core_find_host(core, sw, f->dl_src, vlan);
    if (!h) {
        h = host_create(core, sw, f, vlan);
    } else if (h->port_no != f->in_port) {
        host_move(core, h, f->in_port);
    }
    list_remove(&h->by_age);
    list_push_back(&core->hosts_by_age, &h->by_age);
    h->seen_ms = clock_ms();
    if (f->nw_src && (f->dl_type == BE16(ETH_TYPE_ARP)
                      || f->dl_type == BE16(ETH_TYPE_IPV4))) {
        h->ip = f->nw_src;
    }
    return h;
}

bool
core_port_is_down(const struct core_port *p)
{
    return (p->of.state & OFPPS_LINK_DOWN) || (p->of.config & OFPPC_PORT_DOWN);
}

void
core_forget_port(struct core *core, struct core_switch *sw, uint32_t port_no)
{
    HMAP_FOR_EACH_SAFE (struct core_host, h, node, &core->hosts) {
        if (h->sw == sw && (port_no == OFPORT_ANY || h->port_no == port_no)) {
            host_free(core, h);
        }
    }
}

static int
compare_hosts(const void *a_, const void *b_)
{
    const struct core_host *const *a = a_, *const *b = b_;
    int order = memcmp(&(*a)->mac, &(*b)->mac, sizeof (*a)->mac);
    if (!order) {
        order = (*a)->vlan - (*b)->vlan;
    }
    return order ? order
                 : ((*a)->sw->dpid > (*b)->sw->dpid)
                       - ((*a)->sw->dpid < (*b)->sw->dpid);
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
