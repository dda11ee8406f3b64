/* SPDX-License-Identifier: Apache-2.0 */
#include "vswitchd/odp_text.h"

#include <arpa/inet.h>

#include "lib/packet/hdr.h"

/* One group "name(a=..,b=..)" under way. */
struct group {
    struct str *s;
    size_t start;
    bool any;
};

static struct group
begin(struct str *s, const char *name)
{
    struct group g = { s, s->len, false };
    str_putf(s, ",%s(", name);
    return g;
}

static void
end(struct group *g)
{
    if (g->any) {
        str_chomp(g->s, ',');
        str_put_char(g->s, ')');
    } else {
        str_truncate(g->s, g->start);
    }
}

static void
put_mac(struct group *g, const char *name, struct eth_addr v,
        struct eth_addr m)
{
    static const struct eth_addr all = { { 255, 255, 255, 255, 255, 255 } };
    if (eth_addr_is_zero(m)) {
        return;
    }
    str_putf(g->s, "%s=" ETH_ADDR_FMT, name, ETH_ADDR_ARGS(v));
    if (!eth_addr_eq(m, all)) {
        str_putf(g->s, "/" ETH_ADDR_FMT, ETH_ADDR_ARGS(m));
    }
    str_put_char(g->s, ',');
    g->any = true;
}

static void
put_addr(struct group *g, const char *name, int family, const void *v,
         const void *m, size_t n)
{
    const uint8_t *bits = m;
    bool none = true, all = true;
    for (size_t i = 0; i < n; i++) {
        none &= !bits[i];
        all &= bits[i] == 0xff;
    }
    if (none) {
        return;
    }
    char text[INET6_ADDRSTRLEN];
    inet_ntop(family, v, text, sizeof text);
    str_putf(g->s, "%s=%s", name, text);
    if (!all) {
        inet_ntop(family, m, text, sizeof text);
        str_putf(g->s, "/%s", text);
    }
    str_put_char(g->s, ',');
    g->any = true;
}

static void
put_int(struct group *g, const char *name, const char *fmt, unsigned int v,
        unsigned int m, unsigned int all)
{
    if (!m) {
        return;
    }
    str_putf(g->s, "%s=", name);
    str_putf(g->s, fmt[1] == 'u' ? "%u" : "0x%x", v);
    if (m != all) {
        str_putf(g->s, "/0x%x", m);
    }
    str_put_char(g->s, ',');
    g->any = true;
}

static void
put_eth(const struct flow *v, const struct flow *m, struct str *s)
{
    struct group g = begin(s, "eth");
    put_mac(&g, "src", v->dl_src, m->dl_src);
    put_mac(&g, "dst", v->dl_dst, m->dl_dst);
    end(&g);
    for (int i = 0; i < FLOW_N_VLANS; i++) {
        uint16_t tci = be16_to_cpu(v->vlans[i].tci);
        if (!(tci & FLOW_VLAN_CFI)) {
            break;
        }
        str_putf(s, ",eth_type(0x%04x)", be16_to_cpu(v->vlans[i].tpid));
        uint16_t tm = be16_to_cpu(m->vlans[i].tci);
        g = begin(s, "vlan");
        put_int(&g, "vid", "%u", tci & 0xfff, tm & 0xfff, 0xfff);
        put_int(&g, "pcp", "%u", tci >> 13, tm >> 13, 7);
        end(&g);
        str_put(s, ",encap(");
    }
    if (m->dl_type) {
        str_putf(s, "%seth_type(0x%04x)", str_ends_with(s, "(") ? "" : ",",
                 be16_to_cpu(v->dl_type));
    }
    /* The parentheses of encap() are closed by odp_put_match(). */
}

static void
put_frag(struct group *g, const struct flow *v)
{
    str_putf(g->s, "frag=%s,", !v->nw_frag                       ? "no"
                               : v->nw_frag & FLOW_FRAG_LATER ? "later"
                                                              : "first");
    g->any = true;
}

static void
put_l3(const struct flow *v, const struct flow *m, struct str *s)
{
    struct group g;
    if (v->dl_type == BE16(ETH_TYPE_IPV4)) {
        g = begin(s, "ipv4");
        put_addr(&g, "src", AF_INET, &v->nw_src, &m->nw_src, 4);
        put_addr(&g, "dst", AF_INET, &v->nw_dst, &m->nw_dst, 4);
        put_int(&g, "proto", "%u", v->nw_proto, m->nw_proto, 0xff);
        put_int(&g, "tos", "0x%x", v->nw_tos, m->nw_tos, 0xff);
        put_int(&g, "ttl", "%u", v->nw_ttl, m->nw_ttl, 0xff);
        put_frag(&g, v);
        end(&g);
    } else if (v->dl_type == BE16(ETH_TYPE_IPV6)) {
        g = begin(s, "ipv6");
        put_addr(&g, "src", AF_INET6, v->ipv6_src, m->ipv6_src, 16);
        put_addr(&g, "dst", AF_INET6, v->ipv6_dst, m->ipv6_dst, 16);
        put_int(&g, "label", "0x%x", be32_to_cpu(v->ipv6_label),
                be32_to_cpu(m->ipv6_label), 0xfffff);
        put_int(&g, "proto", "%u", v->nw_proto, m->nw_proto, 0xff);
        put_int(&g, "tclass", "0x%x", v->nw_tos, m->nw_tos, 0xff);
        put_int(&g, "hlimit", "%u", v->nw_ttl, m->nw_ttl, 0xff);
        put_frag(&g, v);
        end(&g);
    } else if (v->dl_type == BE16(ETH_TYPE_ARP)) {
        g = begin(s, "arp");
        put_addr(&g, "sip", AF_INET, &v->nw_src, &m->nw_src, 4);
        put_addr(&g, "tip", AF_INET, &v->nw_dst, &m->nw_dst, 4);
        put_int(&g, "op", "%u", v->nw_proto, m->nw_proto, 0xff);
        put_mac(&g, "sha", v->arp_sha, m->arp_sha);
        put_mac(&g, "tha", v->arp_tha, m->arp_tha);
        end(&g);
    }
}

static void
put_l4(const struct flow *v, const struct flow *m, struct str *s)
{
    static const struct {
        uint8_t proto;
        const char *name, *src, *dst;
    } rows[] = {
        { IP_PROTO_TCP, "tcp", "src", "dst" },
        { IP_PROTO_UDP, "udp", "src", "dst" },
        { IP_PROTO_SCTP, "sctp", "src", "dst" },
        { IP_PROTO_ICMP, "icmp", "type", "code" },
        { IP_PROTO_ICMPV6, "icmpv6", "type", "code" },
    };
    bool is_ip = v->dl_type == BE16(ETH_TYPE_IPV4)
                 || v->dl_type == BE16(ETH_TYPE_IPV6);
    for (size_t i = 0; is_ip && i < ARRAY_SIZE(rows); i++) {
        if (rows[i].proto == v->nw_proto) {
            struct group g = begin(s, rows[i].name);
            put_int(&g, rows[i].src, "%u", be16_to_cpu(v->tp_src),
                    be16_to_cpu(m->tp_src), i < 3 ? 0xffff : 0xff);
            put_int(&g, rows[i].dst, "%u", be16_to_cpu(v->tp_dst),
                    be16_to_cpu(m->tp_dst), i < 3 ? 0xffff : 0xff);
            end(&g);
        }
    }
}

void
odp_put_match(const struct flow *v, const struct flow *m,
              const char *(*port_name)(void *, uint32_t), void *aux,
              struct str *s)
{
    str_putf(s, "recirc_id(0),in_port(%s),packet_type(ns=0,id=0)",
             port_name(aux, v->in_port));
    put_eth(v, m, s);
    put_l3(v, m, s);
    put_l4(v, m, s);
    for (int i = 0; i < FLOW_N_VLANS; i++) {
        if (v->vlans[i].tci & BE16(FLOW_VLAN_CFI)) {
            str_put_char(s, ')');
        }
    }
}
