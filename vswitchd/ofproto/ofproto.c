/* SPDX-License-Identifier: Apache-2.0 */
/* The switch itself: life, settings, ports. */
#include "vswitchd/ofproto/ofproto.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

LOG_MODULE(ofproto_life);

/* Tokens: 256 a bridge, the last for groups and meters. */
#define TOKENS_PER_BRIDGE 256

static uint32_t next_bridge_id = 1;

static void
expire(void *of)
{
    ofproto_expire(of);
}

/* ## Names ## */

static bool
port_no_of(void *of, const char *name, uint32_t *port)
{
    const struct ofproto_port *p = ofproto_port_by_name(of, name);
    if (p) {
        *port = p->ofport;
    }
    return p != NULL;
}

static const char *
port_name_of(void *of, uint32_t port)
{
    const struct ofproto_port *p = ofproto_port_get(of, port);
    return p ? p->name : NULL;
}

const struct ofp_names *
ofproto_names(const struct ofproto *of)
{
    return &of->names;
}

/* ## Life ## */

struct ofproto *
ofproto_create(struct loop *loop, struct dp *dp, const char *name,
               const struct ofproto_ops *ops)
{
    struct ofproto *of = xzalloc(sizeof *of);
    of->loop = loop;
    of->dp = dp;
    of->ops = *ops;
    of->name = xstrdup(name);
    ofproto_set_desc(of, NULL, NULL);
    of->created_ms = clock_ms();
    of->dead_last = &of->dead_first;
    heap_init(&of->expiry);
    loop_timer_init(&of->expiry_timer, loop, expire, of);
    idmap_init(&of->ports);
    idmap_init(&of->x.groups);
    idmap_init(&of->x.meters);
    of->names = (struct ofp_names){ .port_no = port_no_of,
                                    .port_name = port_name_of,
                                    .aux = of };
    of->x.name = of->name;
    of->x.id = next_bridge_id++;
    uint16_t token = (uint16_t)(of->x.id * TOKENS_PER_BRIDGE);
    for (int i = 0; i < TABLES_MAX; i++) {
        of->x.tables[i].token = (uint16_t)(token + i + (token == 0 && !i));
        of->x.tables[i].matched = dp_counter_create();
        of->x.tables[i].missed = dp_counter_create();
    }
    of->x.groups_token = (uint16_t)(token + TOKENS_PER_BRIDGE - 1);
    tables_init(of);
    conns_init(of);
    conns_open_services(of);
    return of;
}

static void
free_late(void *of_)
{
    struct ofproto *of = of_;
    for (int i = 0; i < TABLES_MAX; i++) {
        if (of->x.tables[i].cls) {
            cls_destroy(&of->x.tables[i].cls);
        }
        dp_counter_unref(&of->x.tables[i].matched);
        dp_counter_unref(&of->x.tables[i].missed);
    }
    idmap_fini(&of->x.groups);
    idmap_fini(&of->x.meters);
    free(of->events);
    free(of->name);
    free(of);
}

void
ofproto_destroy(struct ofproto **ofp)
{
    struct ofproto *of = *ofp;
    *ofp = NULL;
    conns_fini(of);
    struct ofm_group_mod gm = { .command = OFPGC_DELETE,
                                .g = { .group_id = GROUP_ID_ALL } };
    groupmod_apply(of, OFP13_VERSION, &gm);
    struct ofm_meter_mod mm = { .command = OFPMC_DELETE,
                                .m = { .meter_id = METER_ID_ALL } };
    metermod_apply(of, &mm);
    rules_flush(of, true);
    tables_fini(of);
    loop_timer_cancel(&of->expiry_timer);
    heap_fini(&of->expiry);
    /* No worker may be at an old version when the last rules go. */
    rcu_synchronize();
    rules_publish(of);
    IDMAP_FOR_EACH (struct port_node, n, &of->ports) {
        free(n);
    }
    idmap_fini(&of->ports);
    rcu_defer(free_late, of);
}

struct xbridge *
ofproto_xbridge(struct ofproto *of)
{
    return &of->x;
}

const struct flow *
ofproto_reads(const struct ofproto *of)
{
    return &of->reads;
}

size_t
ofproto_n_rules(const struct ofproto *of)
{
    return of->n_rules;
}

void
ofproto_flush(struct ofproto *of)
{
    rules_flush(of, false);
    of->is_alone = false;
    rules_apply_fail_mode(of);
}

/* ## Settings ## */

void
ofproto_set_tables(struct ofproto *of, const struct bridge_table_cfg *cfgs,
                   size_t n)
{
    tables_configure(of, cfgs, n);
}

void
ofproto_set_pipeline(struct ofproto *of, const struct pipeline *p)
{
    of->pipeline = p;
}

void
ofproto_set_dpid(struct ofproto *of, uint64_t dpid)
{
    if (of->dpid && of->dpid != dpid) {
        /* Controllers know a switch by it: they must begin anew. */
        LIST_FOR_EACH_SAFE (struct ofconn, c, node, &of->conns) {
            if (!c->is_service && !c->is_snoop) {
                channel_reconnect(c->ch, "datapath id changed");
            }
        }
    }
    of->dpid = dpid;
}

void
ofproto_set_desc(struct ofproto *of, const char *dp_desc, const char *sn)
{
    str_copy(of->dp_desc, sizeof of->dp_desc, dp_desc ? dp_desc : "None");
    str_copy(of->serial, sizeof of->serial, sn ? sn : "None");
}

void
ofproto_set_versions(struct ofproto *of, uint32_t versions)
{
    if (of->versions == versions) {
        return;
    }
    of->versions = versions;
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &of->conns) {
        if (c->ctl->conn == c) {
            channel_set_versions(c->ch, versions);
            channel_reconnect(c->ch, "protocol versions changed");
        }
    }
}

void
ofproto_set_fail_mode(struct ofproto *of, enum bridge_fail_mode mode)
{
    of->fail_mode = mode;
    rules_apply_fail_mode(of);
}

/* ## Ports ## */

const struct ofproto_port *
ofproto_port_get(const struct ofproto *of, uint32_t ofport)
{
    const struct port_node *n = idmap_get(&of->ports, ofport);
    return n ? &n->p : NULL;
}

const struct ofproto_port *
ofproto_port_by_name(const struct ofproto *of, const char *name)
{
    IDMAP_FOR_EACH (struct port_node, n, &of->ports) {
        if (!strcmp(n->p.name, name)) {
            return &n->p;
        }
    }
    return NULL;
}

uint32_t
ofproto_pick_port(struct ofproto *of, uint32_t request)
{
    if (request && request < OFPORT_MAX10
        && !ofproto_port_get(of, request)) {
        return request;
    }
    for (uint32_t p = 1; p < OFPORT_MAX10; p++) {
        if (!ofproto_port_get(of, p)) {
            return p;
        }
    }
    return UINT32_MAX;
}

bool
ofproto_port_update(struct ofproto *of, const struct ofproto_port *p)
{
    struct port_node *n = idmap_get(&of->ports, p->ofport);
    if (!n) {
        n = xzalloc(sizeof *n);
        n->ofport = p->ofport;
        n->p = *p;
        n->p.config = p->is_admin_up ? 0 : OFPPC_PORT_DOWN;
        n->p.created_ms = clock_ms();
        idmap_set(&of->ports, n);
        conns_port_status(of, OFPPR_ADD, &n->p);
        return true;
    }
    struct ofproto_port was = n->p, now = *p;
    now.config = (was.config & ~(uint32_t)OFPPC_PORT_DOWN)
                 | (p->is_admin_up ? 0 : OFPPC_PORT_DOWN);
    now.created_ms = was.created_ms;
    if (!strcmp(was.name, now.name) && eth_addr_eq(was.mac, now.mac)
        && was.is_link_up == now.is_link_up && was.config == now.config
        && was.speed_bps == now.speed_bps) {
        return false;
    }
    n->p = now;
    conns_port_status(of, OFPPR_MODIFY, &n->p);
    return true;
}

void
ofproto_port_remove(struct ofproto *of, uint32_t ofport)
{
    struct port_node *n = idmap_remove(&of->ports, ofport);
    if (n) {
        conns_port_status(of, OFPPR_DELETE, &n->p);
        free(n);
    }
}

void
ofproto_fill_port(const struct ofproto_port *p, struct ofm_port *o)
{
    memset(o, 0, sizeof *o);
    o->port_no = p->ofport;
    o->hw_addr = p->mac;
    memcpy(o->name, p->name, sizeof o->name);
    o->config = p->config;
    o->state = p->is_link_up ? OFPPS_LIVE : OFPPS_LINK_DOWN;
    if (p->speed_bps >= UINT64_C(10000000000)) {
        o->curr = OFPPF_10GB_FD | OFPPF_COPPER;
    }
    o->curr_speed = (uint32_t)MIN(p->speed_bps / 1000, UINT32_MAX);
    /* No device says what it could do. */
    o->max_speed = 0;
}

enum ofp_err
portmod_apply(struct ofproto *of, const struct ofm_port_mod *pm)
{
    struct port_node *n = idmap_get(&of->ports, pm->port_no);
    if (!n) {
        return OFPERR_OFPPMFC_BAD_PORT;
    }
    if (!eth_addr_eq(pm->hw_addr, n->p.mac)) {
        return OFPERR_OFPPMFC_BAD_HW_ADDR;
    }
    if (of->txn.is_open) {
        txn_add_port_mod(of, pm);
        return 0;
    }
    uint32_t toggle = (n->p.config ^ pm->config) & pm->mask;
    if (toggle & OFPPC_PORT_DOWN) {
        bool up = !(pm->config & OFPPC_PORT_DOWN);
        if (of->ops.port_admin(of->ops.aux, pm->port_no, up)) {
            toggle &= ~(uint32_t)OFPPC_PORT_DOWN;
        } else {
            n->p.is_admin_up = up;
            n->p.is_link_up &= up; /* The kernel's word comes later. */
        }
    }
    n->p.config ^= toggle;
    if (toggle) {
        of->ops.changed(of->ops.aux);
        conns_port_status(of, OFPPR_MODIFY, &n->p);
    }
    return 0;
}

/* ## bridge/dump-flows ## */

struct dump {
    struct ofproto *of;
    struct str *out;
};

static bool
dump_rule(struct cls_rule *cr, void *d_)
{
    struct dump *d = d_;
    struct rule *r = CONTAINER_OF(cr, struct rule, cr);
    struct match m;
    cls_rule_get_match(cr, &m.flow, &m.mask);
    struct act_list acts = rule_acts_list(r->acts);
    if (r->table_id) {
        str_putf(d->out, "table_id=%u, ", r->table_id);
    }
    str_putf(d->out, "duration=%llds, n_packets=%llu, n_bytes=%llu, ",
             (long long)((clock_ms() - r->created_ms) / 1000),
             (unsigned long long)r->counter->n_packets,
             (unsigned long long)r->counter->n_bytes);
    str_putf(d->out, "priority=%d", r->cr.priority);
    size_t after = d->out->len;
    str_put_char(d->out, ',');
    match_put(&m, MATCH_PRIORITY_DEFAULT, NULL, d->out);
    if (d->out->len == after + 1) {
        str_truncate(d->out, after);
    }
    str_put(d->out, ",actions=");
    acts_put(&acts, NULL, d->out);
    str_put_char(d->out, '\n');
    return true;
}

void
ofproto_dump_flows(struct ofproto *of, struct str *out)
{
    dp_fold(of->dp);
    struct dump d = { of, out };
    for (int i = 0; i < TABLES_MAX; i++) {
        if (of->x.tables[i].cls) {
            cls_for_each(of->x.tables[i].cls, dp_version(of->dp), NULL, NULL,
                         dump_rule, &d);
        }
    }
}
