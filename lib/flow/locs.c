/* SPDX-License-Identifier: Apache-2.0 */
/* Where fields stand in packets, by kind: what extract.c does, as a table.
 *
 * Kinds of one family share rows, so the table is cut into runs and a shape
 * is a list of runs. */
#include "lib/flow/extract.h"
#include "lib/packet/hdr.h"

#define ALL                                                                   \
    {                                                                         \
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, \
            255, 255                                                          \
    }
#define LOC(MEMBER, N, BASE, OFS)                                             \
    { offsetof(struct flow, MEMBER), N, PBASE_##BASE, OFS, 0, ALL }

/* Masks given by row, for part of the bytes. */
#define LOC_MASK(FLOW_OFS, N, BASE, OFS, LSHIFT, ...)                         \
    { FLOW_OFS, N, PBASE_##BASE, OFS, LSHIFT, { __VA_ARGS__ } }
#define FLOW_OFS(MEMBER) offsetof(struct flow, MEMBER)

static const struct packet_loc locs_eth[] = {
    LOC(dl_dst, 12, L2, 0), /* And dl_src. */
};
_Static_assert(FLOW_OFS(dl_src) == FLOW_OFS(dl_dst) + 6, "side by side");

/* A TCI's bit 12 is the DEI in the packet and constant in the flow. */
static const struct packet_loc locs_vlan[] = {
    LOC(vlans[0].tpid, 2, L2, 12),
    LOC_MASK(FLOW_OFS(vlans[0].tci), 2, L2, 14, 0, 0xef, 0xff),
    LOC(vlans[1].tpid, 2, L2, 16),
    LOC_MASK(FLOW_OFS(vlans[1].tci), 2, L2, 18, 0, 0xef, 0xff),
};

static const struct packet_loc locs_type[] = { LOC(dl_type, 2, L3, -2) };

static const struct packet_loc locs_mpls[] = {
    LOC(mpls_lse[0], 4, L3, 0),
    LOC(mpls_lse[1], 4, L3, 4),
    LOC(mpls_lse[2], 4, L3, 8),
};

static const struct packet_loc locs_arp[] = {
    LOC(arp_sha, 6, L3, 8),
    LOC(nw_src, 4, L3, 14),
    LOC(arp_tha, 6, L3, 18),
    LOC(nw_dst, 4, L3, 24),
};

static const struct packet_loc locs_arp_op[] = { LOC(nw_proto, 1, L3, 7) };

static const struct packet_loc locs_ipv4[] = {
    LOC(nw_tos, 1, L3, 1),
    LOC(nw_ttl, 1, L3, 8),
    LOC(nw_src, 4, L3, 12),
    LOC(nw_dst, 4, L3, 16),
};

static const struct packet_loc locs_ipv6[] = {
    LOC_MASK(FLOW_OFS(nw_tos), 1, L3, 0, 4, 0x0f),
    LOC_MASK(FLOW_OFS(nw_tos), 1, L3, 1, -4, 0xf0),
    LOC_MASK(FLOW_OFS(ipv6_label) + 1, 3, L3, 1, 0, 0x0f, 0xff, 0xff),
    LOC(nw_ttl, 1, L3, 7),
    LOC(ipv6_src, 16, L3, 8),
    LOC(ipv6_dst, 16, L3, 24),
};

static const struct packet_loc locs_proto4[] = { LOC(nw_proto, 1, L3, 9) };
static const struct packet_loc locs_proto6[] = { LOC(nw_proto, 1, L3, 6) };
static const struct packet_loc locs_ports[] = {
    LOC(tp_src, 4, L4, 0), /* And tp_dst. */
};
_Static_assert(FLOW_OFS(tp_dst) == FLOW_OFS(tp_src) + 2, "side by side");

static const struct packet_loc locs_tcp[] = {
    LOC_MASK(FLOW_OFS(tcp_flags), 2, L4, 12, 0, 0x0f, 0xff),
};

static const struct packet_loc locs_icmp[] = {
    LOC_MASK(FLOW_OFS(tp_src) + 1, 1, L4, 0, 0, 0xff),
    LOC_MASK(FLOW_OFS(tp_dst) + 1, 1, L4, 1, 0, 0xff),
};

static const struct packet_loc locs_nd[] = {
    LOC(nd_reserved, 4, L4, 4),
    LOC(nd_target, 16, L4, 8),
};

#define RUN(LOCS) add_run(out, LOCS, ARRAY_SIZE(LOCS))

static void
add_run(struct packet_locs *out, const struct packet_loc *locs, size_t n)
{
    out->runs[out->n_runs].locs = locs;
    out->runs[out->n_runs].n = (unsigned int)n;
    out->n_runs++;
}

/* Where the protocol above IP stands, if it is not constant and its place
 * is. */
static void
add_proto(struct packet_locs *out, enum packet_kind kind)
{
    const struct packet_kind_info *info = &packet_kinds[kind];
    if (info->has_proto) {
        return;
    }
    if (info->ip_version == 4) {
        RUN(locs_proto4);
    } else if (kind == PKIND_IPV6_NOL4) {
        RUN(locs_proto6);
    }
}

static void
add_l4(struct packet_locs *out, enum packet_kind kind)
{
    const struct packet_kind_info *info = &packet_kinds[kind];
    if (!info->has_l4) {
        return;
    }
    if (info->proto == IP_PROTO_ICMP || info->proto == IP_PROTO_ICMPV6) {
        RUN(locs_icmp);
    } else {
        RUN(locs_ports);
    }
    if (info->proto == IP_PROTO_TCP) {
        RUN(locs_tcp);
    }
    if (kind == PKIND_IPV6_ND) {
        RUN(locs_nd);
    }
}

void
packet_locs_of_shape(uint8_t shape, struct packet_locs *out)
{
    enum packet_kind kind = PACKET_SHAPE_KIND(shape);
    out->n_runs = 0;
    if (shape >= PACKET_SHAPES || kind >= PKIND_N || kind == PKIND_RUNT) {
        return;
    }
    const struct packet_kind_info *info = &packet_kinds[kind];
    RUN(locs_eth);
    add_run(out, locs_vlan, PACKET_SHAPE_VLANS(shape) * 2);
    if (!info->dl_type) {
        RUN(locs_type);
    }
    if (kind >= PKIND_MPLS1 && kind <= PKIND_MPLS3) {
        add_run(out, locs_mpls, kind - PKIND_MPLS1 + 1);
    } else if (kind == PKIND_ARP || kind == PKIND_RARP) {
        RUN(locs_arp);
        RUN(locs_arp_op);
    } else if (kind == PKIND_ARP_OP) {
        RUN(locs_arp);
    } else if (info->ip_version == 4) {
        RUN(locs_ipv4);
    } else if (info->ip_version == 6) {
        RUN(locs_ipv6);
    }
    if (info->ip_version) {
        add_proto(out, kind);
        add_l4(out, kind);
    }
}
