/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/apps/forward.h"

#include "lib/openflow/wire.h"
#include "lib/packet/hdr.h"

#define COOKIE UINT64_C(0x77656972) /* "weir": which flows are this app's. */

int forward_idle_timeout_s = 60;

static void
spec_init(struct flow_spec *spec, uint16_t priority)
{
    memset(spec, 0, sizeof *spec);
    match_init(&spec->match);
    spec->priority = priority;
    spec->new_cookie = COOKIE;
    spec->out_port = OFPORT_ANY;
    spec->out_group = FLOW_GROUP_ANY;
    spec->buffer_id = FLOW_BUFFER_NONE;
}

/* A switch of 1.3 sends misses here only if a flow says so. */
static void
push_miss_flow(struct core *core UNUSED, struct core_switch *sw)
{
    struct flow_spec spec;
    spec_init(&spec, 0);
    act_append_output(&spec.acts, OFPORT_CONTROLLER)->max_len
        = ACT_MAX_LEN_ALL;
    core_send_flow(sw, OFPFC_ADD, &spec);
    flow_spec_fini(&spec);
}

static void
on_switch_up(struct core *core, struct core_switch *sw)
{
    if (channel_version(sw->ch) >= OFP11_VERSION) {
        /* Flows of an earlier connection: hosts may have moved since. */
        struct match any;
        match_init(&any);
        core_delete_app_flows(sw, &any, COOKIE, OFPORT_ANY);
    }
    push_miss_flow(core, sw);
}

/* The fields of 'f' that make its conversation. */
static void
conversation(const struct flow *f, struct match *m)
{
    match_init(m);
    m->flow.in_port = f->in_port;
    m->mask.in_port = UINT32_MAX;
    m->flow.dl_src = f->dl_src;
    m->flow.dl_dst = f->dl_dst;
    memset(&m->mask.dl_src, 0xff, sizeof m->mask.dl_src);
    memset(&m->mask.dl_dst, 0xff, sizeof m->mask.dl_dst);
    m->flow.vlans[0].tci = f->vlans[0].tci & BE16(0x1fff);
    m->mask.vlans[0].tci = BE16(0x1fff);
    m->flow.dl_type = f->dl_type;
    m->mask.dl_type = UINT16_MAX;
    if (f->dl_type == BE16(ETH_TYPE_IPV4)) {
        m->flow.nw_src = f->nw_src;
        m->flow.nw_dst = f->nw_dst;
        m->mask.nw_src = m->mask.nw_dst = UINT32_MAX;
    } else if (f->dl_type == BE16(ETH_TYPE_IPV6)) {
        memcpy(m->flow.ipv6_src, f->ipv6_src, 32);
        memset(m->mask.ipv6_src, 0xff, 32);
    }
}

static void
push_flow(struct core_switch *sw, const struct flow *f, uint32_t port)
{
    struct flow_spec spec;
    spec_init(&spec, FORWARD_PRIORITY);
    conversation(f, &spec.match);
    spec.idle_timeout = (uint16_t)forward_idle_timeout_s;
    act_append_output(&spec.acts, port);
    core_send_flow(sw, OFPFC_ADD, &spec);
    flow_spec_fini(&spec);
}

/* Frames that bridges keep to themselves [IEEE 802.1Q-2018 8.6.3]. */
static bool
is_link_local(const struct flow *f)
{
    static const uint8_t prefix[5] = { 0x01, 0x80, 0xc2, 0, 0 };
    return !memcmp(f->dl_dst.ea, prefix, sizeof prefix)
           && f->dl_dst.ea[5] < 0x10;
}

static void
on_packet_in(struct core *core, struct core_switch *sw,
             const struct ofm_packet_in *pi, const struct flow *f)
{
    if (is_link_local(f) || pi->reason == OFPR_INVALID_TTL) {
        return;
    }
    core_learn_host(core, sw, f);
    uint16_t vlan = be16_to_cpu(f->vlans[0].tci) & 0xfff;
    struct core_host *to = eth_addr_is_multicast(f->dl_dst)
                               ? NULL
                               : core_find_host(core, sw, f->dl_dst, vlan);
    if (!to) {
        core_send_packet(sw, pi, f->in_port, OFPORT_FLOOD);
    } else if (to->port_no != f->in_port) {
        push_flow(sw, f, to->port_no);
        core_send_packet(sw, pi, f->in_port, to->port_no);
    }
}

/* Flows to a port that went are of no use. */
static void
on_port_changed(struct core *core UNUSED, struct core_switch *sw,
                const struct core_port *p, bool is_gone)
{
    if (is_gone || core_port_is_down(p)) {
        struct match any;
        match_init(&any);
        core_delete_app_flows(sw, &any, COOKIE, p->port_no);
    }
}

/* The frame that told it is the first from the new port: what others send to
 * the host must not go to the old one any longer. */
static void
on_host_moved(struct core *core UNUSED, const struct core_host *h,
              uint32_t old_port)
{
    struct match m;
    match_init(&m);
    m.flow.dl_dst = h->mac;
    memset(&m.mask.dl_dst, 0xff, sizeof m.mask.dl_dst);
    core_delete_app_flows(h->sw, &m, COOKIE, old_port);
}

const struct core_app forward_app = {
    .name = "forward",
    .switch_up = on_switch_up,
    .packet_in = on_packet_in,
    .port_changed = on_port_changed,
    .flows_deleted = push_miss_flow,
    .host_moved = on_host_moved,
};
