/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the Nicira extension as text. */
#include <arpa/inet.h>

#include "lib/openflow/print_priv.h"

void
print_nx_value(const struct print *p, const struct ofm *m)
{
    static const char *const pin[] = { "standard", "nxt_packet_in",
                                       "nxt_packet_in2" };
    uint32_t x = m->nx_value.value;
    switch (m->type) {
    case OFM_SET_FLOW_FORMAT:
        str_putf(p->s, " format=%s", x == NXFF_OPENFLOW10 ? "openflow10"
                                     : x == NXFF_NXM      ? "nxm"
                                                          : "(unknown)");
        break;
    case OFM_FLOW_MOD_TABLE_ID:
        str_put(p->s, x ? " enable" : " disable");
        break;
    case OFM_SET_PACKET_IN_FORMAT:
        str_putf(p->s, " format=%s", x < ARRAY_SIZE(pin) ? pin[x]
                                                          : "(unknown)");
        break;
    case OFM_CT_FLUSH_ZONE: str_putf(p->s, " zone_id=%u", x); break;
    default: str_putf(p->s, " id=%u", x); break;
    }
}

static void
put_maps(struct str *s, const struct ofm_tlv_table *t)
{
    str_put(s, "mapping table:\n"
               "  class  type  length  match field\n"
               " ------  ----  ------  --------------");
    for (size_t i = 0; i < t->maps.n; i++) {
        const struct ofm_tlv_map *map = &t->maps.p[i];
        str_putf(s, "\n %#6x  %#4x  %6u  tun_metadata%u", map->option_class,
                 map->option_type, map->option_len, map->index);
    }
}

void
print_tlv_table_mod(const struct print *p, const struct ofm *m)
{
    const struct ofm_tlv_table *t = &m->tlv_table;
    str_put_char(p->s, '\n');
    if (t->command == NXTTMC_CLEAR) {
        str_put(p->s, " CLEAR");
        return;
    }
    str_put(p->s, t->command == NXTTMC_ADD ? " ADD " : " DEL ");
    put_maps(p->s, t);
}

void
print_tlv_table_reply(const struct print *p, const struct ofm *m)
{
    const struct ofm_tlv_table *t = &m->tlv_table;
    unsigned int used = 0;
    for (size_t i = 0; i < t->maps.n; i++) {
        used += t->maps.p[i].option_len;
    }
    str_putf(p->s, "\n max option space=%u max fields=%u", t->max_option_space,
             t->max_fields);
    str_putf(p->s, "\n allocated option space=%u\n\n ", used);
    put_maps(p->s, t);
}

/* An address: IPv4 ones stand in IPv6 ones. */
static void
put_addr(struct str *s, const uint8_t addr[16])
{
    static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
    char text[INET6_ADDRSTRLEN];
    bool is_v4 = !memcmp(addr, v4, sizeof v4);
    str_put(s, inet_ntop(is_v4 ? AF_INET : AF_INET6, is_v4 ? addr + 12 : addr,
                         text, sizeof text));
}

static bool
is_v4_tuple(const struct ofm_ct_tuple *t)
{
    static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
    return !memcmp(t->src, v4, sizeof v4) || !memcmp(t->dst, v4, sizeof v4);
}

static void
put_tuple(struct str *s, const struct ofm_ct_flush *f,
          const struct ofm_ct_tuple *t, bool with_proto)
{
    bool icmp = f->ip_proto == 1 || f->ip_proto == 58;
    const char *family = is_v4_tuple(&f->orig) || is_v4_tuple(&f->reply)
                             ? "nw"
                             : "ipv6";
    str_putf(s, "'ct_%s_src=", family);
    put_addr(s, t->src);
    str_putf(s, ",ct_%s_dst=", family);
    put_addr(s, t->dst);
    if (icmp) {
        str_putf(s, ",icmp_id=%u,icmp_type=%u,icmp_code=%u", t->icmp_id,
                 t->icmp_type, t->icmp_code);
    } else {
        str_putf(s, ",ct_tp_src=%u,ct_tp_dst=%u", t->src_port, t->dst_port);
    }
    if (with_proto) {
        str_putf(s, ",ct_nw_proto=%u", f->ip_proto);
    }
    str_put_char(s, '\'');
}

void
print_ct_flush(const struct print *p, const struct ofm *m)
{
    const struct ofm_ct_flush *f = &m->ct_flush;
    str_putf(p->s, " zone=%u ", f->zone);
    put_tuple(p->s, f, &f->orig, true);
    str_put_char(p->s, ' ');
    put_tuple(p->s, f, &f->reply, false);
}

static void
put_ipfix(struct str *s, const struct ofm_ipfix *x, int indent)
{
    print_count(s, "flows=", x->total_flows);
    print_count(s, ", current flows=", x->current_flows);
    print_count(s, ", sampled pkts=", x->packets);
    print_count(s, ", ipv4 ok=", x->ipv4_packets);
    print_count(s, ", ipv6 ok=", x->ipv6_packets);
    print_count(s, ", tx pkts=", x->tx_packets);
    str_putf(s, "\n%*s", indent, "");
    print_count(s, "pkts errs=", x->error_packets);
    print_count(s, ", ipv4 errs=", x->ipv4_errors);
    print_count(s, ", ipv6 errs=", x->ipv6_errors);
    print_count(s, ", tx errs=", x->tx_errors);
    str_put_char(s, '\n');
}

void
print_ipfix_bridge(const struct print *p, const struct ofm *m)
{
    str_put(p->s, "\n  bridge ipfix: ");
    put_ipfix(p->s, &m->ipfix, 16);
}

void
print_ipfix_flow(const struct print *p, const struct ofm *m)
{
    str_putf(p->s, " %zu ids\n", m->ipfix_flow.n);
    for (size_t i = 0; i < m->ipfix_flow.n; i++) {
        const struct ofm_ipfix *x = &m->ipfix_flow.p[i];
        str_putf(p->s, "  id %3u: ", x->collector_set_id);
        put_ipfix(p->s, x, 10);
    }
}
