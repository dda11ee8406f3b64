/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that change the packet [OF1.3.5 5.12], on its bytes. */
#include "lib/openflow/wire.h"
#include "tests/sim/oracle_priv.h"

void
oracle_reread(struct walk *w)
{
    struct flow now = w->flow;
    frame_read(&w->frame, &now);
    if (frame_is_whole(&w->frame)) {
        w->flow = now;
    } else {
        memcpy(w->flow.vlans, now.vlans, sizeof now.vlans);
    }
}

static bool
is_vlan_field(enum field_id id)
{
    return id == FIELD_VLAN_VID || id == FIELD_VLAN_PCP || id == FIELD_DL_VLAN
           || id == FIELD_DL_VLAN_PCP;
}

/* Puts what the flow says into the packet, and reads it back: what did not
 * fit is gone. */
static void
write_back(struct walk *w)
{
    w->in_port = w->flow.in_port;
    frame_write(&w->frame, &w->flow);
    oracle_reread(w);
}

/* A write to the whole TCI can add and remove the tag, by bit 12. */
static void
write_tci(struct walk *w)
{
    uint16_t tci = be16_to_cpu(w->flow.vlans[0].tci);
    bool wants_tag = tci & FLOW_VLAN_CFI;
    if (!wants_tag) {
        frame_pop_vlan(&w->frame);
    } else if (!frame_n_vlans(&w->frame)) {
        frame_push_vlan(&w->frame, 0x8100, tci & 0xefff);
    } else {
        frame_write(&w->frame, &w->flow);
    }
    oracle_reread(w);
}

void
oracle_write_field(struct walk *w, enum field_id id)
{
    if (id == FIELD_VLAN_TCI) {
        write_tci(w);
    } else {
        write_back(w);
    }
}

static void
set_field(struct walk *w, const struct act_set_field *a)
{
    const struct field *f = field_from_id(a->field);
    union field_value mask = a->mask;
    if (is_vlan_field(a->field) && !frame_n_vlans(&w->frame)) {
        if (!a->push_vlan) {
            return;
        }
        frame_push_vlan(&w->frame, 0x8100, 0);
        oracle_reread(w);
    }
    if (a->field == FIELD_NW_TOS) {
        mask.u8 &= 0xfc;
    }
    /* Ports written in the way of 1.0 are those of any transport. */
    if (act_set_field_applies(a, &w->flow)) {
        field_set_masked(f, &a->value, &mask, &w->flow);
        oracle_write_field(w, (enum field_id)a->field);
    }
}

static void
move(struct walk *w, const struct act_move *a)
{
    const struct field *src = field_from_id(a->src);
    const struct field *dst = field_from_id(a->dst);
    if (!field_are_prereqs_ok(src, &w->flow)
        || !field_are_prereqs_ok(dst, &w->flow)
        || (is_vlan_field(a->dst) && !frame_n_vlans(&w->frame))) {
        return;
    }
    union field_value from, to;
    field_get(src, &w->flow, &from);
    field_get(dst, &w->flow, &to);
    for (unsigned int i = 0; i < a->n_bits; i++) {
        field_value_set_bits(dst, &to, a->dst_ofs + i, 1,
                             field_value_bits(src, &from, a->src_ofs + i, 1));
    }
    field_set(dst, &to, &w->flow);
    oracle_write_field(w, (enum field_id)a->dst);
}

/* The new tag has the VLAN and priority of the one below [OF1.3.5 5.12.1].
 * False if there are two already, which is as many as a flow shows. */
static bool
push_vlan(struct walk *w, uint16_t tpid)
{
    uint16_t tci = be16_to_cpu(w->flow.vlans[0].tci);
    if (frame_n_vlans(&w->frame) >= FLOW_N_VLANS) {
        w->is_exit = true;
        return false;
    }
    frame_push_vlan(&w->frame, tpid, tci & 0xefff);
    return true;
}

static bool
is_mpls(const struct flow *f)
{
    return f->dl_type == BE16(0x8847) || f->dl_type == BE16(0x8848);
}

/* Entries of the label stack, one more than fit if no last one is seen. */
static unsigned int
n_labels(const struct flow *f)
{
    for (unsigned int i = 0; i < FLOW_N_MPLS; i++) {
        if (be32_to_cpu(f->mpls_lse[i]) & 0x100) {
            return i + 1;
        }
    }
    return FLOW_N_MPLS + 1;
}

/* False if there are too many entries: the packet goes no further. */
static bool
push_mpls(struct walk *w, uint16_t type)
{
    const struct flow *f = &w->flow;
    uint32_t lse;
    if (is_mpls(f)) {
        if (n_labels(f) >= FLOW_N_MPLS) {
            w->is_exit = true;
            return false;
        }
        lse = be32_to_cpu(f->mpls_lse[0]) & ~0x100u;
    } else {
        bool is_v6 = f->dl_type == BE16(0x86dd);
        bool is_ip = f->dl_type == BE16(0x0800) || is_v6;
        uint32_t label = is_v6 ? 2 : 0;
        uint32_t tc = is_ip ? (f->nw_tos >> 2) & 7 : 0;
        uint32_t ttl = is_ip ? f->nw_ttl : 64;
        lse = label << 12 | tc << 9 | 0x100 | ttl;
    }
    frame_push_mpls(&w->frame, type, lse);
    frame_read(&w->frame, &w->flow);
    return true;
}

static bool
pop_mpls(struct walk *w, uint16_t type)
{
    if (is_mpls(&w->flow) && n_labels(&w->flow) > FLOW_N_MPLS) {
        w->is_exit = true;
        return false;
    }
    frame_pop_mpls(&w->frame, type);
    frame_read(&w->frame, &w->flow);
    return true;
}

/* True if TTL was decremented, or there is none. */
static bool
dec_ttl(struct walk *w, uint8_t ttl)
{
    if (ttl <= 1) {
        oracle_packet_in(w, OFPR_INVALID_TTL, UINT16_MAX);
        return false;
    }
    return true;
}

static bool
dec_ip_ttl(struct walk *w)
{
    if (frame_ip_version(&w->frame)) {
        if (!dec_ttl(w, w->flow.nw_ttl)) {
            return false;
        }
        w->flow.nw_ttl--;
        write_back(w);
    }
    return true;
}

static bool
dec_mpls_ttl(struct walk *w)
{
    if (frame_n_mpls(&w->frame)) {
        uint32_t lse = be32_to_cpu(w->flow.mpls_lse[0]);
        if (!dec_ttl(w, (uint8_t)lse)) {
            return false;
        }
        w->flow.mpls_lse[0] = cpu_to_be32(lse - 1);
        write_back(w);
    }
    return true;
}

bool
oracle_edit(struct walk *w, const struct act *a)
{
    bool goes_on = true;
    switch (a->type) {
    case ACT_SET_FIELD:
        set_field(w, ACT_CAST(act_set_field, a));
        break;
    case ACT_MOVE:
        move(w, ACT_CAST(act_move, a));
        break;
    case ACT_PUSH_VLAN:
        goes_on = push_vlan(w, ACT_CAST(act_push, a)->ethertype);
        break;
    case ACT_STRIP_VLAN:
        frame_pop_vlan(&w->frame);
        break;
    case ACT_PUSH_MPLS:
        goes_on = push_mpls(w, ACT_CAST(act_push, a)->ethertype);
        break;
    case ACT_POP_MPLS:
        goes_on = pop_mpls(w, ACT_CAST(act_push, a)->ethertype);
        break;
    case ACT_DEC_TTL:
        goes_on = dec_ip_ttl(w);
        break;
    case ACT_DEC_MPLS_TTL:
        goes_on = dec_mpls_ttl(w);
        break;
    default:
        break;
    }
    oracle_reread(w);
    return goes_on;
}
