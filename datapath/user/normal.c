/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic instructions that choose outputs when the packet passes:
 * NORMAL by the MAC table, SELECT by a hash. */
#include "datapath/l2.h"
#include "datapath/user/exec.h"
#include "lib/base/hash.h"
#include "lib/packet/edit.h"
#include "lib/packet/hdr.h"
#include "lib/packet/parse.h"

/* Sends a packet of VLAN 'a->vid' out of 'b', tagged as the bundle's mode
 * says.  Consumes 'p'. */
static void
output_tagged(struct dp_exec *x, struct packet *p,
              const struct dpact_normal *a, const struct dp_bundle *b)
{
    bool native = b->vlan_mode != DP_VLAN_TRUNK && a->vid == b->tag;
    bool want_tag = b->vlan_mode == DP_VLAN_NATIVE_TAGGED || !native;
    if (b->vlan_mode == DP_VLAN_ACCESS) {
        want_tag = false;
    }
    /* VLAN 0 is no VLAN: its packets carry at most a priority tag. */
    bool want_prio_tag = !want_tag || !a->vid
                             ? b->priority_tags == 2
                                   || (b->priority_tags == 1 && a->pcp)
                             : false;
    want_tag = (want_tag && a->vid) || want_prio_tag;
    uint16_t vid = want_prio_tag ? 0 : a->vid;
    uint16_t tci = (uint16_t)(a->pcp << 13 | vid);
    if (a->has_tag && !want_tag) {
        packet_pop_vlan(p);
    } else if (a->has_tag) {
        packet_set_vlan(p, cpu_to_be16(vid), BE16(0x0fff));
    } else if (want_tag && !packet_push_vlan(p, BE16(ETH_TYPE_VLAN),
                                           cpu_to_be16(tci))) {
        x->drop(x, p, DP_DROP_NO_MEMORY);
        packet_free(p);
        return;
    }
    x->output(x, b->port, p);
}

static const struct dpact_normal_patch *
find_patch(const struct dpact_normal *a, uint16_t bundle)
{
    const uint8_t *at = (const uint8_t *)(a + 1);
    for (unsigned int i = 0; i < a->n_patches; i++) {
        const struct dpact_normal_patch *n = (const void *)at;
        if (n->bundle == bundle) {
            return n;
        }
        at += n->len;
    }
    return NULL;
}

/* Sends 'p' (consumed) to bundle 'idx'. */
static void
output_bundle(struct dp_exec *x, struct packet *p,
              const struct dpact_normal *a, uint16_t idx)
{
    const struct dp_bundle *b = &a->l2->bundles[idx];
    if (!b->is_patch) {
        output_tagged(x, p, a, b);
        return;
    }
    const struct dpact_normal_patch *n = find_patch(a, idx);
    if (!n || x->depth >= PATCH_DEPTH_MAX) {
        x->drop(x, p, n ? DP_DROP_DEPTH : DP_DROP_NO_ACTIONS);
        packet_free(p);
        return;
    }
    x->depth++;
    dp_exec(x, p, (const void *)(n + 1), n->len - sizeof *n);
    x->depth--;
}

static bool
may_send(const struct dp_l2 *l2, const struct dp_bundle *out, uint16_t vid,
         uint16_t in)
{
    return !out->is_absent && dp_bundle_carries(out, vid)
           && !(in != DP_BUNDLE_NONE && l2->bundles[in].is_protected
                && out->is_protected);
}

/* Sends copies to every bundle of the VLAN but the one it came from, and 'p'
 * itself to the last of them. */
static void
flood(struct dp_exec *x, struct packet *p, const struct dpact_normal *a)
{
    const struct dp_l2 *l2 = a->l2;
    uint16_t last = DP_BUNDLE_NONE;
    for (uint16_t i = 0; i < l2->n_bundles; i++) {
        const struct dp_bundle *b = &l2->bundles[i];
        if (i == a->in_bundle || b->no_flood
            || !may_send(l2, b, a->vid, a->in_bundle)) {
            continue;
        }
        if (last != DP_BUNDLE_NONE) {
            struct packet copy;
            if (packet_copy(&copy, p)) {
                output_bundle(x, &copy, a, last);
            } else {
                x->drop(x, p, DP_DROP_NO_MEMORY);
            }
        }
        last = i;
    }
    if (last != DP_BUNDLE_NONE) {
        output_bundle(x, p, a, last);
    } else {
        x->drop(x, p, DP_DROP_NO_ACTIONS);
        packet_free(p);
    }
}

static void
learn(struct dp_exec *x, const struct packet *p, const struct dpact_normal *a,
      struct eth_addr src)
{
    if (a->no_learn || a->in_bundle == DP_BUNDLE_NONE
        || eth_addr_is_multicast(src)) {
        return;
    }
    if (fdb_lookup(a->l2->fdb, a->vid, src, true, x->now_s) != a->in_bundle) {
        x->learn(x, p, a, src);
    }
}

void
exec_normal(struct dp_exec *x, struct packet *p, const struct dpact_normal *a,
            bool is_last)
{
    struct packet copy;
    if (!is_last) {
        if (!packet_copy(&copy, p)) {
            x->drop(x, p, DP_DROP_NO_MEMORY);
            return;
        }
        p = &copy;
    }
    struct eth_addr dst, src;
    memcpy(&dst, p->data, sizeof dst);
    memcpy(&src, p->data + 6, sizeof src);
    if (!a->l2->forward_bpdu && eth_addr_is_reserved(dst)) {
        x->drop(x, p, DP_DROP_RESERVED);
        packet_free(p);
        return;
    }
    learn(x, p, a, src);
    if (eth_addr_is_multicast(dst)) {
        flood(x, p, a);
        return;
    }
    uint16_t out = fdb_lookup(a->l2->fdb, a->vid, dst, false, x->now_s);
    if (out >= a->l2->n_bundles) {
        flood(x, p, a);
    } else if (out == a->in_bundle) {
        x->drop(x, p, DP_DROP_HAIRPIN);
        packet_free(p);
    } else if (may_send(a->l2, &a->l2->bundles[out], a->vid, a->in_bundle)) {
        output_bundle(x, p, a, out);
    } else {
        x->drop(x, p, DP_DROP_VLAN);
        packet_free(p);
    }
}

uint32_t
exec_hash_packet(const struct packet *p, uint32_t basis)
{
    /* Both directions of a conversation hash alike: sources and destinations
     * are combined by exclusive or. */
    struct eth_addr dst, src;
    memcpy(&dst, p->data, sizeof dst);
    memcpy(&src, p->data + 6, sizeof src);
    uint64_t h = eth_addr_to_u64(dst) ^ eth_addr_to_u64(src);
    enum packet_kind kind = PACKET_SHAPE_KIND(p->shape);
    const uint8_t *l3 = p->data + p->l3_ofs;
    if (kind >= PKIND_IPV4_LATER && kind <= PKIND_IPV4_ICMP_FIRST) {
        h = hash_mix64(h ^ get_unaligned_be32(l3 + 12)
                       ^ get_unaligned_be32(l3 + 16)
                       ^ (uint64_t)l3[9] << 48);
    } else if (kind >= PKIND_IPV6_LATER && kind <= PKIND_IPV6_ND) {
        h = hash_mix64(h ^ get_unaligned_uint64_t(l3 + 8)
                       ^ get_unaligned_uint64_t(l3 + 24));
        h = hash_mix64(h ^ get_unaligned_uint64_t(l3 + 16)
                       ^ get_unaligned_uint64_t(l3 + 32));
    }
    bool has_ports = (kind >= PKIND_IPV4_TCP && kind <= PKIND_IPV4_SCTP
                      && !((kind - PKIND_IPV4_TCP) & 1))
                     || (kind >= PKIND_IPV6_TCP && kind <= PKIND_IPV6_SCTP
                         && !((kind - PKIND_IPV6_TCP) & 1));
    if (has_ports) {
        const uint8_t *l4 = p->data + p->l4_ofs;
        h ^= (uint64_t)(get_unaligned_be16(l4) ^ get_unaligned_be16(l4 + 2))
             << 16;
    }
    return hash_u64(h, basis);
}

void
exec_select(struct dp_exec *x, struct packet *p, const struct dpact_select *a,
            bool is_last)
{
    if (!a->n || !a->total_weight) {
        if (is_last) {
            x->drop(x, p, DP_DROP_NO_ACTIONS);
            packet_free(p);
        }
        return;
    }
    struct packet copy;
    if (!is_last) {
        if (!packet_copy(&copy, p)) {
            x->drop(x, p, DP_DROP_NO_MEMORY);
            return;
        }
        p = &copy;
    }
    uint32_t h = exec_hash_packet(p, a->basis);
    uint32_t at = (uint32_t)((uint64_t)h * a->total_weight >> 32);
    const struct dpact_bucket *b = (const void *)(a + 1);
    for (uint32_t i = 0; i + 1 < a->n && at >= b->weight; i++) {
        at -= b->weight;
        b = (const void *)((const uint8_t *)b + b->len);
    }
    x->depth++;
    dp_exec(x, p, (const void *)(b + 1), b->len - sizeof *b);
    x->depth--;
}
