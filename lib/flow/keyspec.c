/* SPDX-License-Identifier: Apache-2.0 */
/* From a mask over struct flow to masked loads from packets, and back. */
#include "lib/base/assert.h"
#include "lib/flow/extract.h"

/* Needed packet bits by base and by byte, from OFS_MIN up. */
#define OFS_MIN (-16)
#define OFS_N 72
typedef uint8_t need_map[PBASE_N][OFS_N];

static uint8_t
shift_byte(uint8_t x, int lshift)
{
    return (uint8_t)(lshift >= 0 ? x << lshift : x >> -lshift);
}

static void
need_loc(need_map need, const struct packet_loc *loc, const uint8_t *reads)
{
    for (unsigned int i = 0; i < loc->n_bytes; i++) {
        uint8_t wanted = shift_byte(reads[loc->flow_ofs + i], -loc->lshift);
        need[loc->base][loc->ofs - OFS_MIN + (int)i] |= wanted
                                                        & loc->pkt_mask[i];
    }
}

/* True if 'reads' has a field whose place varies in packets of 'kind'. */
static bool
reads_varying(const struct flow *reads, enum packet_kind kind)
{
    static const struct flow_nsh no_nsh;
    switch (kind) {
    case PKIND_OTHER:
        return memcmp(&reads->nsh, &no_nsh, sizeof no_nsh) != 0;
    case PKIND_IPV6_NOL4_FIRST:
    case PKIND_IPV6_EXT_NOL4:
        return reads->nw_proto;
    case PKIND_IPV6_ND:
        return reads->nd_options_type || !eth_addr_is_zero(reads->arp_sha)
               || !eth_addr_is_zero(reads->arp_tha);
    default:
        return false;
    }
}

/* Adds loads for the needed bytes of one base, from the last byte down, so
 * that each window ends at a byte that is needed.  Before L3 and L4 there are
 * at least 8 bytes; a window of L2 begins at the frame's first byte at the
 * earliest, and a frame has more than 8. */
static void
add_loads(struct keyspec *ks, const uint8_t need[OFS_N], uint8_t base)
{
    for (int last = OFS_N - 1; last >= 0; last--) {
        if (!need[last]) {
            continue;
        }
        int first = last - 7;
        if (base == PBASE_L2) {
            first = MAX(first, -OFS_MIN);
        }
        ASSERT(ks->n_words < KEY_WORDS_MAX && first >= 0);
        uint8_t mask[8] = { 0 };
        memcpy(mask, &need[first], (size_t)(last - first) + 1);
        ks->load[ks->n_words].base = base;
        ks->load[ks->n_words].ofs = (int16_t)(first + OFS_MIN);
        memcpy(&ks->load[ks->n_words].mask, mask, sizeof mask);
        ks->n_words++;
        last = first;
    }
}

void
keyspec_compile(struct keyspec *ks, const struct flow *reads, uint8_t shape)
{
    enum packet_kind kind = PACKET_SHAPE_KIND(shape);
    struct packet_locs locs;
    need_map need;
    memset(ks, 0, sizeof *ks);
    memset(need, 0, sizeof need);
    if (shape >= PACKET_SHAPES || kind >= PKIND_N) {
        return; /* No packet has such a shape. */
    }
    ks->is_uncacheable = reads_varying(reads, kind);
    packet_locs_of_shape(shape, &locs);
    for (unsigned int r = 0; r < locs.n_runs; r++) {
        for (unsigned int i = 0; i < locs.runs[r].n; i++) {
            need_loc(need, &locs.runs[r].locs[i],
                     (const uint8_t *)(const void *)reads);
        }
    }
    for (uint8_t base = 0; base < PBASE_N; base++) {
        add_loads(ks, need[base], base);
    }
}

/* The bits that 'ks' loads of packet byte 'ofs' of 'base', and their value. */
static uint8_t
loaded_byte(const struct keyspec *ks, const uint64_t *key, uint8_t base,
            int ofs, uint8_t *mask)
{
    uint8_t value = 0;
    *mask = 0;
    for (unsigned int i = 0; i < ks->n_words; i++) {
        int at = ofs - ks->load[i].ofs;
        if (ks->load[i].base == base && at >= 0 && at < 8) {
            uint8_t word[8], bits[8];
            memcpy(word, &key[i], sizeof word);
            memcpy(bits, &ks->load[i].mask, sizeof bits);
            value |= word[at] & bits[at];
            *mask |= bits[at];
        }
    }
    return value;
}

static void
put_loc(const struct keyspec *ks, const uint64_t *key,
        const struct packet_loc *loc, uint8_t *value, uint8_t *mask)
{
    for (unsigned int i = 0; i < loc->n_bytes; i++) {
        uint8_t m;
        uint8_t v = loaded_byte(ks, key, loc->base, loc->ofs + (int)i, &m);
        value[loc->flow_ofs + i]
            |= shift_byte(v & loc->pkt_mask[i], loc->lshift);
        mask[loc->flow_ofs + i]
            |= shift_byte(m & loc->pkt_mask[i], loc->lshift);
    }
}

/* What a shape fixes: the fields that select headers. */
static void
put_constants(uint8_t shape, struct flow *value, struct flow *mask)
{
    const struct packet_kind_info *info
        = &packet_kinds[PACKET_SHAPE_KIND(shape)];
    unsigned int n_vlans = PACKET_SHAPE_VLANS(shape);
    if (info->dl_type) {
        value->dl_type = cpu_to_be16(info->dl_type);
        mask->dl_type = 0xffff;
    }
    if (info->ip_version) {
        value->nw_frag = info->frag;
        mask->nw_frag = FLOW_FRAG_ANY | FLOW_FRAG_LATER;
    }
    if (info->has_proto) {
        value->nw_proto = info->proto;
        mask->nw_proto = 0xff;
    }
    for (unsigned int i = 0; i < n_vlans; i++) {
        value->vlans[i].tci |= BE16(FLOW_VLAN_CFI);
        mask->vlans[i].tci |= BE16(FLOW_VLAN_CFI);
    }
    if (!n_vlans) {
        mask->vlans[0].tci = 0xffff;
    }
}

void
keyspec_to_flow(const struct keyspec *ks, uint8_t shape,
                const uint64_t key[KEY_WORDS_MAX], struct flow *value,
                struct flow *mask)
{
    struct packet_locs locs;
    memset(value, 0, sizeof *value);
    memset(mask, 0, sizeof *mask);
    packet_locs_of_shape(shape, &locs);
    for (unsigned int r = 0; r < locs.n_runs; r++) {
        for (unsigned int i = 0; i < locs.runs[r].n; i++) {
            put_loc(ks, key, &locs.runs[r].locs[i],
                    (uint8_t *)(void *)value, (uint8_t *)(void *)mask);
        }
    }
    if (PACKET_SHAPE_KIND(shape) < PKIND_N) {
        put_constants(shape, value, mask);
    }
}
