/* SPDX-License-Identifier: Apache-2.0 */
/* Where packets go: ports, NORMAL, controllers. */
#include "lib/openflow/wire.h"
#include "vswitchd/xlate/xlate_priv.h"

/* Goes on in the bridge on a patch's other side; what it does to the packet
 * stays there. */
static void
cross_patch(struct xctx *x, const struct xport *port)
{
    if (!port->peer_bridge) {
        xlate_note(x, ">>>> the patch has no peer <<<<");
        return;
    }
    if (x->bridge_depth >= PATCH_DEPTH_MAX) {
        xlate_note(x, ">>>> over %d bridges <<<<", PATCH_DEPTH_MAX);
        x->drop = DP_DROP_DEPTH;
        return;
    }
    struct xbridge *bridge = x->bridge;
    const struct xports *ports = x->ports;
    struct act_set set = x->set;
    const struct rule *rule = x->rule;
    uint8_t table_id = x->table_id;
    int next_table = x->next_table;
    x->bridge_depth++;
    xlate_enter(x, port->peer_bridge, port->peer_ofport);
    x->bridge_depth--;
    x->bridge = bridge;
    x->ports = ports;
    x->set = set;
    x->rule = rule;
    x->table_id = table_id;
    x->next_table = next_table;
}

/* Sends to one real port, which may be the one it came from. */
static void
to_port(struct xctx *x, const struct xport *port)
{
    if (port->config & (OFPPC_NO_FWD | OFPPC_PORT_DOWN)) {
        xlate_note(x, ">>>> port %u does not forward <<<<", port->ofport);
        x->drop = DP_DROP_PORT_BLOCKED;
        return;
    }
    if (port->dp_port != UINT32_MAX) {
        xlate_commit(x);
        struct dpact_output *o = dp_prog_put(x->out, DPACT_OUTPUT, sizeof *o);
        o->port = port->dp_port;
        return;
    }
    struct xscope s;
    xlate_scope_begin(x, &s);
    cross_patch(x, port);
    xlate_scope_end(x, &s);
}

/* FLOOD and ALL: to every port but the one it came from. */
static void
to_all(struct xctx *x, bool flood)
{
    for (size_t i = 0; x->ports && i < x->ports->n; i++) {
        const struct xport *p = &x->ports->ports[i];
        if (p->ofport != x->flow.in_port
            && !(flood && (p->config & OFPPC_NO_FLOOD))
            && (p->dp_port != UINT32_MAX || p->peer_bridge)) {
            to_port(x, p);
        }
    }
}

void
xlate_output(struct xctx *x, uint32_t ofport, uint16_t max_len)
{
    switch (ofport) {
    case OFPORT_IN_PORT:
        ofport = x->flow.in_port;
        break;
    case OFPORT_TABLE:
        if (x->is_packet_out && !x->rule) {
            xlate_table(x, 0);
        }
        return;
    case OFPORT_NORMAL:
        xlate_normal(x);
        return;
    case OFPORT_FLOOD:
    case OFPORT_ALL:
        to_all(x, ofport == OFPORT_FLOOD);
        return;
    case OFPORT_CONTROLLER: {
        bool is_miss_rule = x->rule && x->rule->is_miss;
        xlate_controller(x, max_len, 0,
                         x->is_packet_out ? OFPR_PACKET_OUT
                         : is_miss_rule   ? OFPR_NO_MATCH
                         : x->in_group    ? OFPR_GROUP
                                          : OFPR_ACTION,
                         false);
        return;
    }
    case OFPORT_ANY:
        return;
    default:
        if (ofport == x->flow.in_port) {
            xlate_note(x, " >> skipping output to input port");
            return;
        }
        break;
    }
    const struct xport *port = xlate_port(x, ofport);
    if (port) {
        to_port(x, port);
    } else {
        xlate_note(x, " >> Nonexistent output port");
        x->drop = DP_DROP_TX_PORT_GONE;
    }
}

void
xlate_output_reg(struct xctx *x, const struct act *act)
{
    const struct act_output_reg *a = ACT_CAST(act_output_reg, act);
    uint64_t n = xlate_part_get(x, &a->src);
    if (n <= UINT32_MAX) {
        uint32_t port = n <= UINT16_MAX ? ofport_from_of10((uint16_t)n)
                                        : (uint32_t)n;
        xlate_note(x, " -> output port is %u", (unsigned int)n);
        xlate_output(x, port, a->max_len);
    }
}

/* The cut is for this output alone. */
void
xlate_output_trunc(struct xctx *x, const struct act *act)
{
    const struct act_output *a = ACT_CAST(act_output, act);
    uint32_t ofport = a->port == OFPORT_IN_PORT ? x->flow.in_port : a->port;
    const struct xport *port = xlate_port(x, ofport);
    if (!port || port->dp_port == UINT32_MAX) {
        xlate_note(x, " >> cannot truncate packets to this port");
        x->drop = DP_DROP_TX_PORT_GONE;
        return;
    }
    struct xscope s;
    xlate_scope_begin(x, &s);
    struct dpact_trunc *t = dp_prog_put(x->out, DPACT_TRUNC, sizeof *t);
    t->max_len = a->max_len;
    size_t before = x->out->acts.len;
    xlate_output(x, a->port, 0);
    if (x->out->acts.len == before) {
        x->out->acts.len = s.start;
    } else {
        xlate_scope_end(x, &s);
    }
}

/* A packet-in with 'n' more bytes at its end. */
static struct xevent *
put_packet_in(struct xctx *x, uint16_t max_len, uint16_t id, uint8_t reason,
              uint32_t n)
{
    xlate_commit(x);
    size_t len = sizeof(struct xevent) + n;
    struct dpact_event *e = dp_prog_put(x->out, DPACT_EVENT, sizeof *e + len);
    e->kind = XEVENT_PACKET_IN;
    e->max_len = UINT16_MAX;
    e->data_len = (uint16_t)len;
    struct xevent *v = (void *)(e + 1);
    v->bridge_id = x->bridge->id;
    v->in_port = x->flow.in_port;
    v->cookie = x->rule ? x->rule->cookie : UINT64_MAX;
    v->metadata = x->flow.metadata;
    v->tun_id = x->flow.tun.id;
    memcpy(v->regs, x->flow.regs, sizeof v->regs);
    v->pkt_mark = x->flow.pkt_mark;
    v->controller_id = id;
    v->max_len = max_len;
    v->reason = reason;
    v->table_id = x->table_id;
    v->is_miss_rule = x->rule && x->rule->is_miss;
    return v;
}

void
xlate_controller(struct xctx *x, uint16_t max_len, uint16_t id,
                 uint8_t reason, bool is_miss)
{
    put_packet_in(x, max_len, id, reason, 0)->is_miss = is_miss;
}

/* The meter that an action names limits this packet-in alone. */
void
xlate_controller_action(struct xctx *x, const struct act *act)
{
    const struct act_controller *a = ACT_CAST(act_controller, act);
    const struct xmeter *m = NULL;
    struct xscope s;
    if (a->meter_id) {
        dp_prog_depend(x->out, x->bridge->groups_token);
        m = idmap_get(&x->bridge->meters, a->meter_id);
    }
    if (m) {
        xlate_scope_begin(x, &s);
        struct dpact_meter *d = dp_prog_put(x->out, DPACT_METER, sizeof *d);
        d->meter = m->meter;
    }
    struct xevent *v = put_packet_in(x, a->max_len, a->controller_id,
                                     a->reason, a->n_userdata);
    if (a->n_userdata) {
        memcpy(v + 1, a->userdata, a->n_userdata);
    }
    if (m) {
        xlate_scope_end(x, &s);
    }
}

/* ## NORMAL ## */

/* The VLAN a packet is in, by the bundle it came through; -1: not carried. */
static int
input_vid(const struct xctx *x, const struct dp_bundle *b)
{
    uint16_t tci = be16_to_cpu(x->flow.vlans[0].tci);
    uint16_t vid = xlate_has_tag(x) ? tci & 0xfff : 0;
    if (b->vlan_mode == DP_VLAN_ACCESS) {
        return vid ? -1 : b->tag;
    }
    if (!vid && b->vlan_mode != DP_VLAN_TRUNK) {
        vid = b->tag;
    }
    return dp_bundle_carries(b, vid) ? vid : -1;
}

/* The tag changes that output through bundle 'b' asks for. */
static void
retag(struct xctx *x, const struct dp_bundle *b, uint16_t vid)
{
    bool untagged = b->vlan_mode == DP_VLAN_ACCESS
                    || (b->vlan_mode == DP_VLAN_NATIVE_UNTAGGED
                        && vid == b->tag);
    uint16_t pcp = be16_to_cpu(x->flow.vlans[0].tci) & 0xe000;
    bool has = xlate_has_tag(x);
    bool want = !untagged && vid;
    if (has && !want) {
        xlate_pop_tag(x);
    } else if (has) {
        x->flow.vlans[0].tci = cpu_to_be16((uint16_t)(pcp | FLOW_VLAN_CFI
                                                      | vid));
        x->dirty.vlans[0].tci |= BE16(0x0fff);
    } else if (want) {
        xlate_push_tag(x, BE16(0x8100), cpu_to_be16((uint16_t)(pcp | vid)));
    }
}

/* A nested list for each patch bundle that NORMAL may choose. */
static uint16_t
put_patches(struct xctx *x, uint16_t in_bundle, uint16_t vid)
{
    const struct dp_l2 *l2 = x->ports->l2;
    uint16_t n = 0;
    for (size_t i = 0; i < x->ports->n; i++) {
        const struct xport *p = &x->ports->ports[i];
        if (p->dp_port != UINT32_MAX || p->bundle == DP_BUNDLE_NONE
            || p->bundle == in_bundle || !p->peer_bridge
            || !dp_bundle_carries(&l2->bundles[p->bundle], vid)) {
            continue;
        }
        size_t start = x->out->acts.len;
        struct dpact_normal_patch *rec = buf_put_zeros(&x->out->acts,
                                                       sizeof *rec);
        rec->bundle = p->bundle;
        struct xscope s;
        xlate_save(x, &s);
        bool conditional = x->conditional;
        x->conditional = true;
        retag(x, &l2->bundles[p->bundle], vid);
        xlate_commit(x);
        cross_patch(x, p);
        xlate_restore(x, &s);
        x->conditional = conditional;
        size_t len = x->out->acts.len - start;
        if (len > DP_PROG_BYTES_MAX) {
            x->out->acts.len = start;
            x->drop = DP_DROP_DEPTH;
            continue;
        }
        rec = (void *)(x->out->acts.data + start);
        rec->len = (uint16_t)len;
        n++;
    }
    return n;
}

static void
note_normal(struct xctx *x, const struct dpact_normal *a)
{
    if (!x->trace) {
        return;
    }
    uint16_t out = fdb_lookup(a->l2->fdb, a->vid, x->flow.dl_dst, false, 0);
    if (!a->l2->forward_bpdu && eth_addr_is_reserved(x->flow.dl_dst)) {
        xlate_note(x, " -> packet has reserved destination MAC, dropping");
    } else if (eth_addr_is_multicast(x->flow.dl_dst) || out == DP_BUNDLE_NONE) {
        xlate_note(x, " -> no learned MAC for destination, flooding");
    } else if (out == a->in_bundle) {
        xlate_note(x, " -> learned port is input port, dropping");
    } else {
        xlate_note(x, " -> forwarding to learned port");
    }
    for (size_t i = 0; i < 12; i++) {
        x->trace->reads.dl_dst.ea[i % 6] = 0xff;
        x->trace->reads.dl_src.ea[i % 6] = 0xff;
    }
    if (xlate_has_tag(x)) {
        memset(&x->trace->reads.vlans[0].tci, 0xff, 2);
    }
}

void
xlate_normal(struct xctx *x)
{
    const struct xport *in = xlate_port(x, x->flow.in_port);
    struct dp_l2 *l2 = x->ports ? x->ports->l2 : NULL;
    if (!l2) {
        return;
    }
    bool from_self = x->flow.in_port == OFPORT_ANY
                     || x->flow.in_port == OFPORT_CONTROLLER;
    if (!from_self && (!in || in->bundle == DP_BUNDLE_NONE)) {
        if (!in) {
            xlate_note(x, " >>>> received packet on unknown port %u <<<<",
                       x->flow.in_port);
        }
        xlate_note(x, " >> no input bundle, dropping");
        return;
    }
    uint16_t in_bundle = in ? in->bundle : DP_BUNDLE_NONE;
    int vid = in_bundle != DP_BUNDLE_NONE
                  ? input_vid(x, &l2->bundles[in_bundle])
                  : be16_to_cpu(x->flow.vlans[0].tci) & 0xfff;
    if (vid < 0) {
        xlate_note(x, " >> disallowed VLAN VID for this input port, "
                      "dropping");
        x->drop = DP_DROP_VLAN;
        return;
    }
    xlate_commit(x);
    size_t start = x->out->acts.len;
    struct dpact_normal *a = dp_prog_put(x->out, DPACT_NORMAL, sizeof *a);
    a->vid = (uint16_t)vid;
    a->in_bundle = in_bundle;
    a->l2 = l2;
    a->has_tag = xlate_has_tag(x);
    a->pcp = (uint8_t)(be16_to_cpu(x->flow.vlans[0].tci) >> 13);
    a->no_learn = l2->flood_vlans[(unsigned int)vid / 64] >> (vid % 64) & 1;
    note_normal(x, a);
    uint16_t n = put_patches(x, in_bundle, (uint16_t)vid);
    a = (void *)(x->out->acts.data + start);
    a->n_patches = n;
    if (!dp_prog_end_nest(x->out, start)) {
        x->drop = DP_DROP_DEPTH;
    }
}
