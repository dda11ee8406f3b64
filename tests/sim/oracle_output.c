/* SPDX-License-Identifier: Apache-2.0 */
/* Where packets leave: ports, controllers, and NORMAL as ovs-actions(7)
 * tells it. */
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "tests/sim/oracle_priv.h"

void
oracle_emit(struct walk *w, uint32_t ofport, const struct frame *f)
{
    const struct oracle_port *p = oracle_port(w->o, ofport);
    struct oracle_result *r = w->result;
    if (!p || p->config & (OFPPC_PORT_DOWN | OFPPC_NO_FWD)
        || r->n_outputs == ORACLE_OUTPUTS_MAX) {
        return;
    }
    if (r->n_outputs == r->outputs_cap) {
        r->outputs = x2nrealloc(r->outputs, &r->outputs_cap,
                                sizeof *r->outputs);
    }
    struct oracle_output *out = &r->outputs[r->n_outputs++];
    out->ofport = ofport;
    out->frame.len = f->len;
    memcpy(out->frame.b, f->b, f->len);
}

void
oracle_packet_in(struct walk *w, uint8_t reason, uint16_t max_len)
{
    struct oracle_result *r = w->result;
    if (r->n_packet_ins == r->packet_ins_cap) {
        r->packet_ins = x2nrealloc(r->packet_ins, &r->packet_ins_cap,
                                   sizeof *r->packet_ins);
    }
    r->packet_ins[r->n_packet_ins++]
        = (struct oracle_packet_in){ reason, w->table_id, max_len,
                                     w->flow.metadata, w->frame };
}

/* NORMAL. */

static bool
carries(const struct oracle_port *p, uint16_t vid)
{
    if (p->vlan_mode == ORACLE_ACCESS) {
        return vid == p->tag;
    }
    if (p->trunks_all || (p->vlan_mode != ORACLE_TRUNK && vid == p->tag)) {
        return true;
    }
    for (size_t i = 0; i < p->n_trunks; i++) {
        if (p->trunks[i] == vid) {
            return true;
        }
    }
    return false;
}

/* The VLAN that a packet is in, or -1 to drop it. */
static int
vlan_in(const struct oracle_port *p, bool has_tag, uint16_t vid)
{
    if (p->vlan_mode == ORACLE_ACCESS) {
        return has_tag && vid ? -1 : p->tag;
    }
    if (p->vlan_mode != ORACLE_TRUNK && !(has_tag && vid)) {
        vid = p->tag;
    }
    return carries(p, vid) ? vid : -1;
}

static void
vlan_out(struct walk *w, const struct oracle_port *p, uint16_t vid)
{
    struct frame f = w->frame;
    bool untagged = !vid || p->vlan_mode == ORACLE_ACCESS
                    || (p->vlan_mode == ORACLE_NATIVE_UNTAGGED
                        && vid == p->tag);
    bool has_tag = frame_n_vlans(&f);
    if (untagged) {
        frame_pop_vlan(&f);
    } else if (has_tag) {
        f.b[14] = (uint8_t)((f.b[14] & 0xf0) | vid >> 8);
        f.b[15] = (uint8_t)vid;
    } else {
        frame_push_vlan(&f, 0x8100, vid);
    }
    oracle_emit(w, p->ofport, &f);
}

static struct oracle_mac *
find_mac(struct oracle *o, uint16_t vid, struct eth_addr mac)
{
    for (size_t i = 0; i < o->n_macs; i++) {
        if (o->fdb[i].vid == vid && eth_addr_eq(o->fdb[i].mac, mac)) {
            return &o->fdb[i];
        }
    }
    return NULL;
}

/* Notes what is new; it takes effect for the next packet. */
static void
note_mac(struct walk *w, uint16_t vid, struct eth_addr mac, uint32_t ofport)
{
    const struct oracle_mac *m = find_mac(w->o, vid, mac);
    struct oracle_result *r = w->result;
    if (!eth_addr_is_multicast(mac) && (!m || m->ofport != ofport)
        && r->n_learned < ORACLE_LEARN_MAX) {
        r->learned[r->n_learned++] = (struct oracle_mac){ vid, mac, ofport };
    }
}

void
oracle_commit(struct oracle *o, const struct oracle_result *r)
{
    for (size_t i = 0; i < r->n_hits; i++) {
        o->rules[r->hits[i]].n_packets++;
    }
    for (size_t i = 0; i < r->n_learned; i++) {
        const struct oracle_mac *new = &r->learned[i];
        struct oracle_mac *m = find_mac(o, new->vid, new->mac);
        if (m) {
            *m = *new;
        } else if (o->n_macs < ORACLE_FDB_MAX) {
            o->fdb[o->n_macs++] = *new;
        }
    }
}

void
oracle_normal(struct walk *w)
{
    static const uint8_t reserved[5] = { 0x01, 0x80, 0xc2, 0, 0 };
    const struct oracle_port *in = oracle_port(w->o, w->flow.in_port);
    const struct flow *f = &w->flow;
    uint16_t tci = be16_to_cpu(f->vlans[0].tci);
    int vid = in ? vlan_in(in, f->vlans[0].tpid != 0, tci & 0xfff) : -1;
    bool is_reserved = !memcmp(f->dl_dst.ea, reserved, sizeof reserved)
                       && f->dl_dst.ea[5] < 16;
    if (vid < 0 || is_reserved) {
        return;
    }
    note_mac(w, (uint16_t)vid, f->dl_src, in->ofport);
    const struct oracle_mac *m
        = eth_addr_is_multicast(f->dl_dst)
              ? NULL : find_mac(w->o, (uint16_t)vid, f->dl_dst);
    for (size_t i = 0; i < w->o->n_ports; i++) {
        const struct oracle_port *p = &w->o->ports[i];
        bool wanted = m ? m->ofport == p->ofport
                        : !(p->config & OFPPC_NO_FLOOD);
        if (wanted && p != in && carries(p, (uint16_t)vid)) {
            vlan_out(w, p, (uint16_t)vid);
        }
    }
}

void
oracle_output(struct walk *w, uint32_t ofport, uint16_t max_len)
{
    uint32_t in_port = w->flow.in_port;
    switch (ofport) {
    case OFPORT_CONTROLLER:
        oracle_packet_in(w,
                         w->is_packet_out  ? OFPR_PACKET_OUT
                         : w->is_miss_rule ? OFPR_NO_MATCH
                         : w->in_group     ? OFPR_GROUP
                                           : OFPR_ACTION,
                         max_len);
        break;
    case OFPORT_NORMAL:
        oracle_normal(w);
        break;
    case OFPORT_IN_PORT:
        oracle_emit(w, in_port, &w->frame);
        break;
    case OFPORT_ALL:
    case OFPORT_FLOOD:
        for (size_t i = 0; i < w->o->n_ports; i++) {
            const struct oracle_port *p = &w->o->ports[i];
            if (p->ofport != in_port
                && (ofport == OFPORT_ALL
                    || !(p->config & OFPPC_NO_FLOOD))) {
                oracle_emit(w, p->ofport, &w->frame);
            }
        }
        break;
    default:
        if (ofport != in_port) {
            oracle_emit(w, ofport, &w->frame);
        }
        break;
    }
}
