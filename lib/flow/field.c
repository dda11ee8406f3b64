/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/flow/field.h"

#include "lib/base/rng.h"

#define NSH_TTL_MAX 63
#define OFP12 3
#define OFP13 4
#define OFP15 6
#define NEVER 255 /* Read, not sent. */
#define MASK_BITWISE true
#define MASK_NONE false
#define ACCESS_RW true
#define ACCESS_RO false
#define NXM_OF(CODE, NAME) { "NXM_OF_" #NAME, 0x0000, CODE, 1, 0 }
#define NXM_NX(CODE, NAME) { "NXM_NX_" #NAME, 0x0001, CODE, 1, 0 }
#define OXM_OF(CODE, NAME, SINCE) { "OXM_OF_" #NAME, 0x8000, CODE, SINCE, 0 }
#define PKT_REG(CODE, NAME, SINCE)                                            \
    { "OXM_OF_PKT_" #NAME, 0x8001, CODE, SINCE, 0 }
#define ONF_ET(CODE, NAME, SINCE)                                             \
    { "ONFOXM_ET_" #NAME, 0xffff, CODE, SINCE, 0x4f4e4600 }
#define NX_ET(CODE, NAME, SINCE)                                              \
    { "NXOXM_ET_" #NAME, 0xffff, CODE, SINCE, 0x00002320 }
#define NX_NSH(CODE, NAME) { "NXOXM_NSH_" #NAME, 0xffff, CODE, 1, 0x005ad650 }
#define ERIC_OF(CODE, NAME) { "ERICOXM_OF_" #NAME, 0x1000, CODE, 1, 0 }
#define NO { NULL, 0, 0, 0, 0 }

_Static_assert(FIELD_N < UINT8_MAX, "an index of fields fits in a byte");

const struct field fields[FIELD_N] = {
#define FIELD(ID, NAME, ALIAS, MEMBER, REP, SHIFT, BITS, BYTES, FORM, MASK,   \
              ACCESS, PRE, NXM, OXM, OXM_ALT, SENTENCE)                       \
    [FIELD_##ID] = { FIELD_##ID,                                              \
                     NAME,                                                    \
                     ALIAS,                                                   \
                     offsetof(struct flow, MEMBER),                           \
                     sizeof(((struct flow *)0)->MEMBER),                      \
                     SHIFT,                                                   \
                     BITS,                                                    \
                     BYTES,                                                   \
                     FIELD_REP_##REP,                                         \
                     FIELD_FORM_##FORM,                                       \
                     MASK_##MASK,                                             \
                     ACCESS_##ACCESS,                                         \
                     FIELD_PRE_##PRE,                                         \
                     { NXM, OXM, OXM_ALT },                                   \
                     SENTENCE },
#include "lib/flow/fields.def"
#undef FIELD
};

/* The bits of its member that a REP_BE field covers. */
static uint64_t
member_bits(const struct field *f)
{
    switch (f->id) {
    case FIELD_NW_TOS:
        return 0xfc;
    case FIELD_ARP_OP:
        return 0xff;
    default:
        return (f->n_bits == 64 ? UINT64_MAX : (1ull << f->n_bits) - 1)
               << f->shift;
    }
}

/* The presence bit that goes with parts of a tag. */
static uint64_t
presence_bit(const struct field *f)
{
    return f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP
                   || f->id == FIELD_VLAN_PCP
               ? FLOW_VLAN_CFI
               : 0;
}

static uint64_t
load_member(const struct field *f, const struct flow *flow)
{
    const uint8_t *p = (const uint8_t *)flow + f->ofs;
    uint64_t x = 0;
    for (unsigned int i = 0; i < f->size; i++) {
        x = x << 8 | p[i];
    }
    return x;
}

static void
store_member(const struct field *f, struct flow *flow, uint64_t x)
{
    uint8_t *p = (uint8_t *)flow + f->ofs;
    for (unsigned int i = f->size; i-- > 0; x >>= 8) {
        p[i] = (uint8_t)x;
    }
}

/* The value, of 8 bytes at most, as a number. */
static uint64_t
value_number(const struct field *f, const union field_value *v)
{
    uint64_t x = 0;
    for (unsigned int i = 0; i < f->n_bytes; i++) {
        x = x << 8 | v->b[i];
    }
    return x;
}

static void
value_from_number(const struct field *f, uint64_t x, union field_value *v)
{
    for (unsigned int i = f->n_bytes; i-- > 0; x >>= 8) {
        v->b[i] = (uint8_t)x;
    }
}

void
field_get(const struct field *f, const struct flow *flow,
          union field_value *v)
{
    const uint8_t *p = (const uint8_t *)flow + f->ofs;
    memset(v, 0, sizeof *v);
    switch (f->rep) {
    case FIELD_REP_BE: {
        uint64_t x = load_member(f, flow) & member_bits(f);
        value_from_number(f, x >> f->shift, v);
        break;
    }
    case FIELD_REP_BYTES:
        memcpy(v->b, p, f->n_bytes);
        break;
    case FIELD_REP_HOST:
        for (unsigned int i = 0; i < f->n_bytes; i += 4) {
            uint32_t x;
            memcpy(&x, p + i, 4);
            put_unaligned_be32(v->b + i, cpu_to_be32(x));
        }
        break;
    case FIELD_REP_PORT16: {
        uint16_t port = 0xffff;
        ofport_to_of10(flow->in_port, &port);
        v->be16 = cpu_to_be16(port);
        break;
    }
    }
}

static void
set_be(const struct field *f, const union field_value *v, struct flow *flow)
{
    uint64_t x = value_number(f, v);
    uint64_t bits = member_bits(f);
    uint64_t old = load_member(f, flow);
    if (f->id == FIELD_DL_VLAN && x == 0xffff) {
        store_member(f, flow, 0);
        return;
    }
    store_member(f, flow,
                 (old & ~bits) | (x << f->shift & bits) | presence_bit(f));
}

void
field_set(const struct field *f, const union field_value *v,
          struct flow *flow)
{
    uint8_t *p = (uint8_t *)flow + f->ofs;
    switch (f->rep) {
    case FIELD_REP_BE:
        set_be(f, v, flow);
        break;
    case FIELD_REP_BYTES:
        memcpy(p, v->b, f->n_bytes);
        break;
    case FIELD_REP_HOST:
        for (unsigned int i = 0; i < f->n_bytes; i += 4) {
            uint32_t x = be32_to_cpu(get_unaligned_be32(v->b + i));
            memcpy(p + i, &x, 4);
        }
        break;
    case FIELD_REP_PORT16:
        flow->in_port = ofport_from_of10(be16_to_cpu(v->be16));
        break;
    }
}

void
field_set_masked(const struct field *f, const union field_value *v,
                 const union field_value *mask, struct flow *flow)
{
    union field_value x;
    field_get(f, flow, &x);
    for (int i = 0; i < 2; i++) {
        x.words[i] = (x.words[i] & ~mask->words[i])
                     | (v->words[i] & mask->words[i]);
    }
    field_set(f, &x, flow);
}

void
field_mask_all(const struct field *f, struct flow *mask)
{
    if (f->rep == FIELD_REP_BE) {
        store_member(f, mask,
                     load_member(f, mask) | member_bits(f) | presence_bit(f));
    } else {
        memset((uint8_t *)mask + f->ofs, 0xff,
               f->rep == FIELD_REP_PORT16 ? 4u : f->n_bytes);
    }
}

bool
field_mask_is_none(const struct field *f, const struct flow *mask)
{
    union field_value v;
    field_get(f, mask, &v);
    return !(v.words[0] | v.words[1]);
}

bool
field_mask_is_all(const struct field *f, const struct flow *mask)
{
    struct flow full = *mask;
    field_mask_all(f, &full);
    return !memcmp(&full, mask, sizeof full);
}

void
field_value_ones(const struct field *f, union field_value *v)
{
    memset(v, 0, sizeof *v);
    if (f->n_bits == 8 * f->n_bytes) {
        memset(v->b, 0xff, f->n_bytes);
    } else {
        value_from_number(f, (1ull << f->n_bits) - 1, v);
    }
}

bool
field_value_is_zero(const struct field *f UNUSED, const union field_value *v)
{
    return !(v->words[0] | v->words[1]);
}

bool
field_value_is_ones(const struct field *f, const union field_value *v)
{
    union field_value ones;
    field_value_ones(f, &ones);
    return !memcmp(v, &ones, sizeof ones);
}

bool
field_value_is_valid(const struct field *f, const union field_value *v)
{
    union field_value ones;
    field_value_ones(f, &ones);
    if (f->id == FIELD_DL_VLAN && v->be16 == BE16(0xffff)) {
        return true;
    }
    if ((v->words[0] & ~ones.words[0]) | (v->words[1] & ~ones.words[1])) {
        return false;
    }
    switch (f->id) {
    case FIELD_NW_TOS:
        return !(v->u8 & 3);
    case FIELD_ARP_OP:
        return !v->b[0];
    case FIELD_IP_FRAG:
        return true;
    case FIELD_NSH_MDTYPE:
        return v->u8 == 1 || v->u8 == 2; /* [RFC 8300 2.2] */
    case FIELD_NSH_TTL:
        return v->u8 <= NSH_TTL_MAX;
    case FIELD_CT_STATE:
        return !(be32_to_cpu(v->be32) & ~FLOW_CT_ALL);
    case FIELD_IN_PORT_OXM:
    case FIELD_ACTSET_OUTPUT:
        return ofport_is_valid(be32_to_cpu(v->be32));
    default:
        return true;
    }
}

uint64_t
field_value_bits(const struct field *f, const union field_value *v,
                 unsigned int ofs, unsigned int n_bits)
{
    uint64_t x = 0;
    for (unsigned int i = ofs + n_bits; i-- > ofs;) {
        uint8_t byte = v->b[f->n_bytes - 1 - i / 8];
        x = x << 1 | (byte >> i % 8 & 1u);
    }
    return x;
}

void
field_value_set_bits(const struct field *f, union field_value *v,
                     unsigned int ofs, unsigned int n_bits, uint64_t x)
{
    for (unsigned int i = ofs; i < ofs + n_bits; i++, x >>= 1) {
        uint8_t *byte = &v->b[f->n_bytes - 1 - i / 8];
        uint8_t bit = (uint8_t)(1u << i % 8);
        *byte = (uint8_t)((*byte & ~bit) | (x & 1 ? bit : 0));
    }
}

/* True if the IP protocol of 'flow' is 'proto' and its header is there. */
static bool
has_l4(const struct flow *flow, be16 dl_type, uint8_t proto)
{
    return flow_dl_type(flow) == dl_type && flow->nw_proto == proto
           && !(flow->nw_frag & FLOW_FRAG_LATER);
}

static bool
has_nd(const struct flow *flow, uint8_t type)
{
    return has_l4(flow, BE16(0x86dd), 58) && flow->tp_src == cpu_to_be16(type)
           && !flow->tp_dst;
}

static bool
has_transport(const struct flow *flow, uint8_t proto)
{
    return has_l4(flow, BE16(0x0800), proto)
           || has_l4(flow, BE16(0x86dd), proto);
}

static bool
pre_is_ok(enum field_pre pre, const struct flow *flow)
{
    be16 t = flow_dl_type(flow);
    bool tracked = flow->ct.state & cpu_to_be32(FLOW_CT_TRACKED);
    switch (pre) {
    case FIELD_PRE_NONE:
        return true;
    case FIELD_PRE_VLAN_VID:
        return (flow->vlans[0].tci & BE16(FLOW_VLAN_CFI)) != 0;
    case FIELD_PRE_MPLS:
        return t == BE16(0x8847) || t == BE16(0x8848);
    case FIELD_PRE_NSH:
        return t == BE16(0x894f);
    case FIELD_PRE_CT:
        return tracked && (t == BE16(0x0800) || t == BE16(0x86dd));
    case FIELD_PRE_CT4:
        return tracked && t == BE16(0x0800);
    case FIELD_PRE_CT6:
        return tracked && t == BE16(0x86dd);
    case FIELD_PRE_ARP:
        return t == BE16(0x0806) || t == BE16(0x8035);
    case FIELD_PRE_IPV4:
        return t == BE16(0x0800);
    case FIELD_PRE_IPV6:
        return t == BE16(0x86dd);
    case FIELD_PRE_IP:
        return t == BE16(0x0800) || t == BE16(0x86dd);
    case FIELD_PRE_TCP:
        return has_transport(flow, 6);
    case FIELD_PRE_UDP:
        return has_transport(flow, 17);
    case FIELD_PRE_SCTP:
        return has_transport(flow, 132);
    case FIELD_PRE_ICMPV4:
        return has_l4(flow, BE16(0x0800), 1);
    case FIELD_PRE_ICMPV6:
        return has_l4(flow, BE16(0x86dd), 58);
    case FIELD_PRE_ND:
        return has_nd(flow, 135) || has_nd(flow, 136);
    case FIELD_PRE_ND_SOLICIT:
        return has_nd(flow, 135);
    case FIELD_PRE_ND_ADVERT:
        return has_nd(flow, 136);
    }
    return false;
}

bool
field_are_prereqs_ok(const struct field *f, const struct flow *flow)
{
    return pre_is_ok(f->pre, flow);
}

void
field_mask_prereqs(const struct field *f, struct flow *mask)
{
    if (f->pre == FIELD_PRE_VLAN_VID) {
        mask->vlans[0].tci |= BE16(FLOW_VLAN_CFI);
    } else if (f->pre != FIELD_PRE_NONE) {
        mask->dl_type = BE16(0xffff);
    }
    if (f->pre >= FIELD_PRE_CT && f->pre <= FIELD_PRE_CT6) {
        mask->ct.state |= cpu_to_be32(FLOW_CT_TRACKED);
    }
    if (f->pre >= FIELD_PRE_TCP) {
        mask->nw_proto = 0xff;
        mask->nw_frag |= FLOW_FRAG_LATER;
    }
    if (f->pre >= FIELD_PRE_ND) {
        mask->tp_src = mask->tp_dst = BE16(0xffff);
    }
}

/* Fields by class and code, plus one, for the classes that most headers have;
 * made before main(). */
static uint8_t by_header[4][128];

static unsigned int
class_rank(uint16_t class)
{
    return class == 0x8000   ? 0
           : class == 0x0001 ? 1
           : class == 0x0000 ? 2
           : class == 0x8001 ? 3
                             : 4;
}

__attribute__((constructor)) static void
index_headers(void)
{
    for (size_t i = FIELD_N; i-- > 0;) {
        for (size_t j = 0; j < FIELD_N_HDRS; j++) {
            const struct field_header *h = &fields[i].hdrs[j];
            unsigned int rank = class_rank(h->class);
            if (h->name && rank < ARRAY_SIZE(by_header)) {
                by_header[rank][h->code] = (uint8_t)(i + 1);
            }
        }
    }
}

const struct field *
field_from_header(uint16_t class, uint8_t code, uint32_t experimenter)
{
    unsigned int rank = class_rank(class);
    if (rank < ARRAY_SIZE(by_header)) {
        uint8_t id = code < 128 ? by_header[rank][code] : 0;
        return id ? &fields[id - 1] : NULL;
    }
    for (size_t i = 0; i < FIELD_N; i++) {
        for (size_t j = 0; j < FIELD_N_HDRS; j++) {
            const struct field_header *h = &fields[i].hdrs[j];
            if (h->name && h->class == class && h->code == code
                && h->experimenter == experimenter) {
                return &fields[i];
            }
        }
    }
    return NULL;
}

const struct field_header *
field_header_for(const struct field *f, uint8_t version)
{
    for (size_t i = FIELD_N_HDRS; i-- > 0;) {
        if (f->hdrs[i].name && f->hdrs[i].since <= version) {
            return &f->hdrs[i];
        }
    }
    for (size_t i = 0; i < FIELD_N_HDRS; i++) {
        if (f->hdrs[i].name) {
            return &f->hdrs[i];
        }
    }
    return NULL;
}

const char *
field_nxm_name(const struct field *f)
{
    const char *nxm = f->hdrs[FIELD_HDR_NXM].name;
    const char *oxm = f->hdrs[FIELD_HDR_OXM].name;
    return nxm ? nxm : oxm ? oxm : f->name;
}

static bool
name_is(const char *name, const char *s, size_t len)
{
    return name && !strncmp(name, s, len) && !name[len];
}

const struct field *
field_from_name(const char *s, size_t len)
{
    for (size_t i = 0; i < FIELD_N; i++) {
        const struct field *f = &fields[i];
        if (name_is(f->name, s, len) || name_is(f->alias, s, len)) {
            return f;
        }
        for (size_t j = 0; j < FIELD_N_HDRS; j++) {
            if (name_is(f->hdrs[j].name, s, len)) {
                return f;
            }
        }
    }
    return NULL;
}

void
field_random(const struct field *f, struct rng *rng, union field_value *v)
{
    static const uint16_t types[] = { 0x0800, 0x86dd, 0x0806, 0x8847 };
    memset(v, 0, sizeof *v);
    for (unsigned int i = 0; i < f->n_bytes; i++) {
        v->b[i] = (uint8_t)rng_below(rng, rng_one_in(rng, 2) ? 4 : 256);
    }
    if (rng_one_in(rng, 8)) {
        field_value_ones(f, v);
    }
    union field_value ones;
    field_value_ones(f, &ones);
    v->words[0] &= ones.words[0];
    v->words[1] &= ones.words[1];
    switch (f->id) {
    case FIELD_NW_TOS:
        v->u8 &= 0xfc;
        break;
    case FIELD_ARP_OP:
        v->b[0] = 0;
        break;
    case FIELD_IP_FRAG:
        v->u8 = (uint8_t[]){ 0, 1, 3 }[rng_below(rng, 3)];
        break;
    case FIELD_ETH_TYPE:
        v->be16 = cpu_to_be16(types[rng_below(rng, ARRAY_SIZE(types))]);
        break;
    case FIELD_NSH_MDTYPE:
        v->u8 = (uint8_t)(1 + rng_below(rng, 2));
        break;
    case FIELD_NSH_TTL:
        v->u8 &= NSH_TTL_MAX;
        break;
    case FIELD_CT_STATE:
        v->be32 &= cpu_to_be32(FLOW_CT_ALL);
        break;
    case FIELD_PACKET_TYPE:
        v->be32 = 0; /* Others change what every other field means. */
        break;
    case FIELD_IN_PORT_OXM:
    case FIELD_ACTSET_OUTPUT:
        v->be32 = cpu_to_be32(1 + rng_below(rng, 8));
        break;
    case FIELD_IN_PORT:
        v->be16 = cpu_to_be16((uint16_t)(1 + rng_below(rng, 8)));
        break;
    default:
        break;
    }
}
