/* SPDX-License-Identifier: Apache-2.0 */
/* Matches as flow text, in the order and words that users' scripts read: the
 * pipeline's marks, the protocol's shorthand, then fields from the outside of
 * the packet inwards. */
#include "lib/base/str.h"
#include "lib/flow/match.h"

struct printer {
    const struct match *m;
    const struct ofp_names *names;
    struct str *s;
    size_t start; /* Length of 's' before the match. */
};

static void
put_sep(struct printer *p)
{
    if (p->s->len > p->start) {
        str_put_char(p->s, ',');
    }
}

/* Appends "name=value[/mask]" if the match has any bit of 'id'. */
static void
put_as(struct printer *p, const char *name, enum field_id id)
{
    const struct field *f = field_from_id(id);
    if (!match_has_field(p->m, f)) {
        return;
    }
    union field_value v, m;
    match_get_field(p->m, f, &v, &m);
    bool exact = match_has_exact_field(p->m, f);
    put_sep(p);
    str_putf(p->s, "%s=", name);
    field_put(f, &v, exact ? NULL : &m, p->names, p->s);
}

static void
put_field(struct printer *p, enum field_id id)
{
    put_as(p, field_from_id(id)->name, id);
}

/* Like put_as() with the value in hexadecimal when it is masked. */
static void
put_l4_port(struct printer *p, const char *name, be16 value, be16 mask)
{
    if (!mask) {
        return;
    }
    put_sep(p);
    if (mask == BE16(0xffff)) {
        str_putf(p->s, "%s=%u", name, be16_to_cpu(value));
    } else {
        str_putf(p->s, "%s=0x%x/0x%x", name, be16_to_cpu(value),
                 be16_to_cpu(mask));
    }
}

struct shorthand {
    const char *name;
    uint16_t dl_type;
    int nw_proto; /* -1: any. */
};

/* The protocols that have a word of their own, the most special first. */
static const struct shorthand shorthands[] = {
    { "icmp", 0x0800, 1 },   { "tcp", 0x0800, 6 },
    { "udp", 0x0800, 17 },   { "sctp", 0x0800, 132 },
    { "ip", 0x0800, -1 },    { "icmp6", 0x86dd, 58 },
    { "tcp6", 0x86dd, 6 },   { "udp6", 0x86dd, 17 },
    { "sctp6", 0x86dd, 132 }, { "ipv6", 0x86dd, -1 },
    { "arp", 0x0806, -1 },   { "rarp", 0x8035, -1 },
    { "mpls", 0x8847, -1 },  { "mplsm", 0x8848, -1 },
};

static const struct shorthand *
find_shorthand(const struct match *m)
{
    for (size_t i = 0; i < ARRAY_SIZE(shorthands); i++) {
        const struct shorthand *sh = &shorthands[i];
        if (m->mask.dl_type == BE16(0xffff)
            && m->flow.dl_type == cpu_to_be16(sh->dl_type)
            && (sh->nw_proto < 0
                || (m->mask.nw_proto == 0xff
                    && m->flow.nw_proto == sh->nw_proto))) {
            return sh;
        }
    }
    return NULL;
}

static void
put_word(struct printer *p, const char *word)
{
    put_sep(p);
    str_put(p->s, word);
}

/* Tag 'i', 0 the outer one: as VLAN and priority where it is matched so. */
static void
put_vlan(struct printer *p, int i)
{
    uint16_t tci = be16_to_cpu(p->m->flow.vlans[i].tci);
    uint16_t mask = be16_to_cpu(p->m->mask.vlans[i].tci);
    const char *nth = i ? "1" : "";
    if (!mask) {
        return;
    }
    bool vid = (mask & 0x0fff) == 0x0fff, pcp = (mask & 0xe000) == 0xe000;
    bool parts = (vid || !(mask & 0x0fff)) && (pcp || !(mask & 0xe000))
                 && (vid || pcp);
    if (tci & mask & FLOW_VLAN_CFI && parts) {
        if (vid) {
            put_sep(p);
            str_putf(p->s, "dl_vlan%s=%u", nth, tci & 0x0fff);
        }
        if (pcp) {
            put_sep(p);
            str_putf(p->s, "dl_vlan_pcp%s=%u", nth, tci >> 13);
        }
        return;
    }
    put_sep(p);
    str_putf(p->s, "vlan_tci%s=0x%04x", nth, tci);
    if (mask != 0xffff) {
        str_putf(p->s, "/0x%04x", mask);
    }
}

static void
put_tracking(struct printer *p)
{
    const struct flow_ct *ct = &p->m->flow.ct, *mask = &p->m->mask.ct;
    put_field(p, FIELD_CT_STATE);
    put_field(p, FIELD_CT_ZONE);
    put_field(p, FIELD_CT_MARK);
    put_field(p, FIELD_CT_LABEL);
    put_field(p, FIELD_CT_NW_SRC);
    put_field(p, FIELD_CT_IPV6_SRC);
    put_field(p, FIELD_CT_NW_DST);
    put_field(p, FIELD_CT_IPV6_DST);
    put_field(p, FIELD_CT_NW_PROTO);
    put_l4_port(p, "ct_tp_src", ct->tp_src, mask->tp_src);
    put_l4_port(p, "ct_tp_dst", ct->tp_dst, mask->tp_dst);
}

static void
put_tunnel(struct printer *p)
{
    const struct flow_tunnel *tun = &p->m->flow.tun, *mask = &p->m->mask.tun;
    put_field(p, FIELD_TUN_ID);
    put_field(p, FIELD_TUN_SRC);
    put_field(p, FIELD_TUN_DST);
    put_field(p, FIELD_TUN_IPV6_SRC);
    put_field(p, FIELD_TUN_IPV6_DST);
    put_l4_port(p, "tun_gbp_id", tun->gbp_id, mask->gbp_id);
    put_field(p, FIELD_TUN_GBP_FLAGS);
    put_field(p, FIELD_TUN_TOS);
    put_field(p, FIELD_TUN_TTL);
    put_field(p, FIELD_TUN_ERSPAN_VER);
    put_field(p, FIELD_TUN_ERSPAN_IDX);
    put_field(p, FIELD_TUN_ERSPAN_DIR);
    put_field(p, FIELD_TUN_ERSPAN_HWID);
    put_as(p, "gtpu_flags", FIELD_TUN_GTPU_FLAGS);
    put_as(p, "gtpu_msgtype", FIELD_TUN_GTPU_MSGTYPE);
    if (mask->flags) {
        put_sep(p);
        str_putf(p->s, "tun_flags=%coam", tun->flags ? '+' : '-');
    }
}

/* Of a packet that begins with Ethernet it is told only where a pass through
 * the datapath is, as in cached flows. */
static void
put_packet_type(struct printer *p)
{
    const struct field *src = field_from_id(FIELD_ETH_SRC);
    const struct field *dst = field_from_id(FIELD_ETH_DST);
    if (p->m->flow.packet_type) {
        put_field(p, FIELD_PACKET_TYPE);
    } else if (p->m->mask.recirc_id
               && (p->m->mask.dl_type || match_has_field(p->m, src)
                   || match_has_field(p->m, dst))) {
        put_word(p, "eth");
    }
}

static void
put_pipeline(struct printer *p, const struct shorthand *sh)
{
    put_field(p, FIELD_PKT_MARK);
    put_field(p, FIELD_RECIRC_ID);
    put_field(p, FIELD_DP_HASH);
    put_field(p, FIELD_CONJ_ID);
    put_field(p, FIELD_SKB_PRIORITY);
    put_field(p, FIELD_ACTSET_OUTPUT);
    put_tracking(p);
    put_packet_type(p);
    if (sh) {
        put_word(p, sh->name);
    }
    for (int i = 0; i < FLOW_N_REGS; i++) {
        put_field(p, (enum field_id)(FIELD_REG0 + i));
    }
    put_tunnel(p);
    put_field(p, FIELD_METADATA);
    put_as(p, "in_port", FIELD_IN_PORT_OXM);
}

static void
put_nsh(struct printer *p)
{
    const struct flow_nsh *nsh = &p->m->flow.nsh, *mask = &p->m->mask.nsh;
    if (mask->flags && mask->flags != UINT8_MAX) {
        put_sep(p);
        str_putf(p->s, "nsh_flags=0x%02x/0x%02x", nsh->flags, mask->flags);
    } else {
        put_field(p, FIELD_NSH_FLAGS);
    }
    put_field(p, FIELD_NSH_TTL);
    put_field(p, FIELD_NSH_MDTYPE);
    put_field(p, FIELD_NSH_NP);
    put_field(p, FIELD_NSH_SPI);
    put_field(p, FIELD_NSH_SI);
    for (int i = 0; i < 4; i++) {
        put_field(p, (enum field_id)(FIELD_NSH_C1 + i));
    }
}

static void
put_ipv6_label(struct printer *p)
{
    uint32_t mask = be32_to_cpu(p->m->mask.ipv6_label);
    if (mask) {
        put_sep(p);
        str_putf(p->s, "ipv6_label=0x%05x",
                 be32_to_cpu(p->m->flow.ipv6_label));
        if (mask != 0xfffff) {
            str_putf(p->s, "/0x%05x", mask);
        }
    }
}

static void
put_addresses(struct printer *p, uint16_t dl_type)
{
    bool arp = dl_type == 0x0806 || dl_type == 0x8035;
    if (dl_type == 0x86dd) {
        put_field(p, FIELD_IPV6_SRC);
        put_field(p, FIELD_IPV6_DST);
        put_ipv6_label(p);
    } else {
        put_as(p, arp ? "arp_spa" : "nw_src", FIELD_IP_SRC);
        put_as(p, arp ? "arp_tpa" : "nw_dst", FIELD_IP_DST);
    }
}

static void
put_network(struct printer *p, const struct shorthand *sh, uint16_t dl_type)
{
    bool arp = dl_type == 0x0806 || dl_type == 0x8035;
    put_addresses(p, dl_type);
    if (arp) {
        put_field(p, FIELD_ARP_OP);
        put_field(p, FIELD_ARP_SHA);
        put_field(p, FIELD_ARP_THA);
    } else if (!sh || sh->nw_proto < 0) {
        put_field(p, FIELD_NW_PROTO);
    }
    put_field(p, FIELD_NW_TOS);
    put_field(p, FIELD_NW_ECN);
    put_field(p, FIELD_NW_TTL);
    put_field(p, FIELD_MPLS_LABEL);
    put_field(p, FIELD_MPLS_TC);
    put_field(p, FIELD_MPLS_TTL);
    put_field(p, FIELD_MPLS_BOS);
    put_as(p, "nw_frag", FIELD_IP_FRAG);
    put_nsh(p);
}

static void
put_transport(struct printer *p, const struct shorthand *sh)
{
    const struct flow *f = &p->m->flow, *m = &p->m->mask;
    int proto = sh ? sh->nw_proto : -1;
    if (proto == 1 || proto == 58) {
        /* The high byte of either port is no part of ICMP's fields. */
        put_l4_port(p, "icmp_type", f->tp_src,
                    m->tp_src == BE16(0xff) ? BE16(0xffff) : m->tp_src);
        put_l4_port(p, "icmp_code", f->tp_dst,
                    m->tp_dst == BE16(0xff) ? BE16(0xffff) : m->tp_dst);
        put_field(p, FIELD_ND_TARGET);
        put_field(p, FIELD_ND_SLL);
        put_field(p, FIELD_ND_TLL);
        put_field(p, FIELD_ND_RESERVED);
        put_field(p, FIELD_ND_OPTIONS_TYPE);
    } else {
        put_l4_port(p, "tp_src", f->tp_src, m->tp_src);
        put_l4_port(p, "tp_dst", f->tp_dst, m->tp_dst);
        put_field(p, FIELD_TCP_FLAGS);
    }
}

void
match_put(const struct match *m, int priority, const struct ofp_names *names,
          struct str *s)
{
    struct printer p = { m, names, s, s->len };
    const struct shorthand *sh = find_shorthand(m);
    uint16_t dl_type = m->mask.dl_type == BE16(0xffff) || m->mask.packet_type
                           ? be16_to_cpu(flow_dl_type(&m->flow))
                           : 0;
    if (priority != MATCH_PRIORITY_DEFAULT) {
        str_putf(s, "priority=%d", priority);
    }
    put_pipeline(&p, sh);
    put_vlan(&p, 0);
    put_vlan(&p, 1); /* Only flows of traces tell of an inner tag. */
    put_as(&p, "dl_src", FIELD_ETH_SRC);
    put_as(&p, "dl_dst", FIELD_ETH_DST);
    if (!sh && m->mask.dl_type == UINT16_MAX) {
        put_sep(&p);
        str_putf(s, "dl_type=0x%04x", dl_type);
    }
    put_network(&p, sh, dl_type);
    put_transport(&p, sh);
}

void
flow_put(const struct flow *flow, const struct ofp_names *names,
         struct str *s)
{
    struct match m;
    match_init(&m);
    m.flow = *flow;
    for (size_t i = 0; i < FIELD_N; i++) {
        const struct field *f = &fields[i];
        union field_value v;
        if (f->rep == FIELD_REP_HOST && f->n_bytes > 4) {
            continue; /* Several registers as one. */
        }
        field_get(f, flow, &v);
        bool rarely = f->id == FIELD_ND_RESERVED
                      || f->id == FIELD_ND_OPTIONS_TYPE
                      || (f->pre >= FIELD_PRE_NSH && f->pre <= FIELD_PRE_CT6);
        bool always = f->id == FIELD_IN_PORT_OXM || f->id == FIELD_ETH_SRC
                      || f->id == FIELD_ETH_DST || f->id == FIELD_ETH_TYPE
                      || f->id == FIELD_VLAN_TCI;
        if (always
            || (f->pre == FIELD_PRE_NONE || rarely
                    ? !field_value_is_zero(f, &v)
                    : field_are_prereqs_ok(f, flow))) {
            field_mask_all(f, &m.mask);
        }
    }
    if (flow->vlans[0].tci) {
        m.mask.vlans[1].tci = BE16(0xffff);
    }
    if (match_has_field(&m, field_from_id(FIELD_ND_TARGET))) {
        /* Both options, as the peer has it, whichever message it is. */
        field_mask_all(field_from_id(FIELD_ND_SLL), &m.mask);
        field_mask_all(field_from_id(FIELD_ND_TLL), &m.mask);
    }
    match_put(&m, MATCH_PRIORITY_DEFAULT, names, s);
}
