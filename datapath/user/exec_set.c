/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions that rewrite headers: thin doors to lib/packet/edit.h. */
#include "datapath/user/exec_priv.h"
#include "lib/packet/edit.h"
#include "lib/packet/hdr.h"

/* Moves the packet to a buffer with a full headroom; false (and the packet
 * dropped) if there is none. */
static bool
renew_headroom(struct dp_exec *x, struct packet *p)
{
    struct packet copy;
    if (!packet_copy(&copy, p)) {
        return exec_end_drop(x, p, DP_DROP_NO_MEMORY);
    }
    packet_free(p);
    *p = copy;
    return true;
}

bool
exec_op_PUSH_VLAN(struct dp_exec *x, struct packet *p,
                  const struct dpact_vlan *a, bool is_last UNUSED)
{
    return packet_push_vlan(p, a->tpid, a->tci)
           || (renew_headroom(x, p)
               && (packet_push_vlan(p, a->tpid, a->tci)
                   || exec_end_drop(x, p, DP_DROP_NO_MEMORY)));
}

bool
exec_op_POP_VLAN(struct dp_exec *x UNUSED, struct packet *p,
                 const struct dpact_plain *a UNUSED, bool is_last UNUSED)
{
    packet_pop_vlan(p);
    return true;
}

bool
exec_op_SET_VLAN(struct dp_exec *x UNUSED, struct packet *p,
                 const struct dpact_vlan *a, bool is_last UNUSED)
{
    packet_set_vlan(p, a->tci, a->mask);
    return true;
}

bool
exec_op_PUSH_MPLS(struct dp_exec *x, struct packet *p,
                  const struct dpact_mpls *a, bool is_last UNUSED)
{
    return packet_push_mpls(p, a->ethertype, a->lse)
           || (renew_headroom(x, p)
               && (packet_push_mpls(p, a->ethertype, a->lse)
                   || exec_end_drop(x, p, DP_DROP_NO_MEMORY)));
}

bool
exec_op_POP_MPLS(struct dp_exec *x UNUSED, struct packet *p,
                 const struct dpact_mpls *a, bool is_last UNUSED)
{
    packet_pop_mpls(p, a->ethertype);
    return true;
}

bool
exec_op_SET_MPLS(struct dp_exec *x UNUSED, struct packet *p,
                 const struct dpact_mpls *a, bool is_last UNUSED)
{
    packet_set_mpls(p, a->lse, a->mask);
    return true;
}

bool
exec_op_SET_ETH(struct dp_exec *x UNUSED, struct packet *p,
                const struct dpact_set_eth *a, bool is_last UNUSED)
{
    packet_set_eth(p, a->dst, a->dst_mask, a->src, a->src_mask);
    return true;
}

bool
exec_op_SET_IPV4(struct dp_exec *x UNUSED, struct packet *p,
                 const struct dpact_set_ipv4 *a, bool is_last UNUSED)
{
    if (a->src_mask | a->dst_mask) {
        packet_set_ipv4_addrs(p, a->src, a->src_mask, a->dst, a->dst_mask);
    }
    if (a->tos_mask) {
        packet_set_tos(p, a->tos, a->tos_mask);
    }
    if (a->ttl_mask) {
        packet_set_ttl(p, a->ttl, a->ttl_mask);
    }
    return true;
}

bool
exec_op_SET_IPV6(struct dp_exec *x UNUSED, struct packet *p,
                 const struct dpact_set_ipv6 *a, bool is_last UNUSED)
{
    packet_set_ipv6_addrs(p, a->src, a->src_mask, a->dst, a->dst_mask);
    if (a->label_mask) {
        packet_set_ipv6_label(p, a->label, a->label_mask);
    }
    if (a->tos_mask) {
        packet_set_tos(p, a->tos, a->tos_mask);
    }
    if (a->ttl_mask) {
        packet_set_ttl(p, a->ttl, a->ttl_mask);
    }
    return true;
}

bool
exec_op_SET_L4(struct dp_exec *x UNUSED, struct packet *p,
               const struct dpact_set_l4 *a, bool is_last UNUSED)
{
    packet_set_ports(p, a->src, a->src_mask, a->dst, a->dst_mask);
    return true;
}

bool
exec_op_SET_ICMP(struct dp_exec *x UNUSED, struct packet *p,
                 const struct dpact_set_icmp *a, bool is_last UNUSED)
{
    packet_set_icmp(p, a->type, a->type_mask, a->code, a->code_mask);
    return true;
}

bool
exec_op_SET_ARP(struct dp_exec *x UNUSED, struct packet *p,
                const struct dpact_set_arp *a, bool is_last UNUSED)
{
    packet_set_arp_ips(p, a->spa, a->spa_mask, a->tpa, a->tpa_mask);
    packet_set_arp_macs(p, a->sha, a->sha_mask, a->tha, a->tha_mask);
    if (a->op_mask) {
        packet_set_arp_op(p, a->op, a->op_mask);
    }
    return true;
}

bool
exec_op_SET_ND(struct dp_exec *x UNUSED, struct packet *p,
               const struct dpact_set_nd *a, bool is_last UNUSED)
{
    packet_set_nd_target(p, a->target, a->target_mask);
    packet_set_nd_lla(p, ND_OPT_SLL, a->sll, a->sll_mask);
    packet_set_nd_lla(p, ND_OPT_TLL, a->tll, a->tll_mask);
    return true;
}
