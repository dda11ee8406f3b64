/* SPDX-License-Identifier: Apache-2.0 */
/* Matches: building, comparing, checking, and their compact form.  Everything
 * works on whole fields by way of fields.def or on 64-bit words. */
#include "lib/flow/match.h"

#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"

void
match_init(struct match *m)
{
    memset(m, 0, sizeof *m);
}

bool
match_is_catchall(const struct match *m)
{
    const uint64_t *w = flow_words_const(&m->mask);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        if (w[i]) {
            return false;
        }
    }
    return true;
}

void
match_mask(struct match *m)
{
    uint64_t *v = flow_words(&m->flow);
    const uint64_t *w = flow_words_const(&m->mask);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        v[i] &= w[i];
    }
}

static bool
is_tag_part(const struct field *f)
{
    return f->id == FIELD_DL_VLAN || f->id == FIELD_DL_VLAN_PCP
           || f->id == FIELD_VLAN_PCP;
}

void
match_clear_field(struct match *m, const struct field *f)
{
    struct flow bits;
    memset(&bits, 0, sizeof bits);
    field_mask_all(f, &bits);
    if (is_tag_part(f)) {
        /* The presence bit stays while another part of the tag needs it. */
        be16 rest = m->mask.vlans[0].tci & ~bits.vlans[0].tci;
        be16 none = m->mask.vlans[0].tci & ~m->flow.vlans[0].tci;
        if (rest && !(none & BE16(FLOW_VLAN_CFI))) {
            bits.vlans[0].tci &= (be16)~BE16(FLOW_VLAN_CFI);
        }
    }
    const uint64_t *b = flow_words_const(&bits);
    uint64_t *mask = flow_words(&m->mask);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        mask[i] &= ~b[i];
    }
    match_mask(m);
}

void
match_set_field(struct match *m, const struct field *f,
                const union field_value *value,
                const union field_value *mask)
{
    match_clear_field(m, f);
    if (mask && field_value_is_zero(f, mask)) {
        return;
    }
    if (f->id == FIELD_PACKET_TYPE && !value->be32) {
        return; /* Every packet that is not told otherwise has it. */
    }
    if (f->id == FIELD_CT_STATE && mask
        && !(~be32_to_cpu(mask->be32) & FLOW_CT_ALL)) {
        mask = NULL; /* The other bits are never set. */
    }
    if (f->id == FIELD_DL_VLAN && value->be16 == BE16(0xffff)) {
        m->flow.vlans[0].tci = 0;
        m->mask.vlans[0].tci = BE16(0xffff);
        return;
    }
    struct flow bits;
    memset(&bits, 0, sizeof bits);
    if (!mask || is_tag_part(f) || f->rep == FIELD_REP_PORT16) {
        field_mask_all(f, &bits);
    } else {
        field_set(f, mask, &bits);
    }
    struct flow v;
    memset(&v, 0, sizeof v);
    field_set(f, value, &v);

    const uint64_t *b = flow_words_const(&bits);
    const uint64_t *from = flow_words_const(&v);
    uint64_t *to = flow_words(&m->flow);
    uint64_t *to_mask = flow_words(&m->mask);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        to[i] = (to[i] & ~b[i]) | (from[i] & b[i]);
        to_mask[i] |= b[i];
    }
}

void
match_get_field(const struct match *m, const struct field *f,
                union field_value *value, union field_value *mask)
{
    if (value) {
        field_get(f, &m->flow, value);
    }
    if (mask) {
        field_get(f, &m->mask, mask);
    }
}

bool
match_has_field(const struct match *m, const struct field *f)
{
    return !field_mask_is_none(f, &m->mask);
}

bool
match_has_exact_field(const struct match *m, const struct field *f)
{
    return field_mask_is_all(f, &m->mask);
}

bool
match_equal(const struct match *a, const struct match *b)
{
    return !memcmp(a, b, sizeof *a);
}

uint32_t
match_hash(const struct match *m, uint32_t basis)
{
    return hash_bytes(m, sizeof *m, basis);
}

bool
match_flow(const struct match *m, const struct flow *flow)
{
    return flow_matches(flow, &m->flow, &m->mask);
}

bool
match_covers(const struct match *outer, const struct match *inner)
{
    const uint64_t *ov = flow_words_const(&outer->flow);
    const uint64_t *om = flow_words_const(&outer->mask);
    const uint64_t *iv = flow_words_const(&inner->flow);
    const uint64_t *im = flow_words_const(&inner->mask);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        if ((om[i] & ~im[i]) | ((iv[i] ^ ov[i]) & om[i])) {
            return false;
        }
    }
    return true;
}

bool
match_overlaps(const struct match *a, const struct match *b)
{
    const uint64_t *av = flow_words_const(&a->flow);
    const uint64_t *am = flow_words_const(&a->mask);
    const uint64_t *bv = flow_words_const(&b->flow);
    const uint64_t *bm = flow_words_const(&b->mask);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        if ((av[i] ^ bv[i]) & am[i] & bm[i]) {
            return false;
        }
    }
    return true;
}

/* True if a match of 'f' cannot be made sense of, but also no field with a
 * prerequisite that does hold lies on the same bits. */
static bool
lacks_prereq(const struct match *m, const struct field *f)
{
    if (f->pre == FIELD_PRE_NONE || !match_has_field(m, f)
        || field_are_prereqs_ok(f, &m->flow)) {
        return false;
    }
    for (size_t i = 0; i < FIELD_N; i++) {
        const struct field *g = &fields[i];
        if (g->ofs == f->ofs && g->pre != f->pre
            && field_are_prereqs_ok(g, &m->flow)) {
            return false;
        }
    }
    return true;
}

const struct field *
match_check_prereqs(const struct match *m)
{
    for (size_t i = 0; i < FIELD_N; i++) {
        if (lacks_prereq(m, &fields[i])) {
            return &fields[i];
        }
    }
    return NULL;
}

/* ICMP types and codes have 8 bits: a match that came as a 16-bit port is
 * the same as one of the field. */
static void
trim_icmp(struct match *m)
{
    bool is_icmp = (m->flow.dl_type == BE16(0x0800) && m->flow.nw_proto == 1)
                   || (m->flow.dl_type == BE16(0x86dd)
                       && m->flow.nw_proto == 58);
    if (is_icmp && m->mask.nw_proto == UINT8_MAX) {
        if (!(m->flow.tp_src & BE16(0xff00))) {
            m->mask.tp_src &= BE16(0x00ff);
        }
        if (!(m->flow.tp_dst & BE16(0xff00))) {
            m->mask.tp_dst &= BE16(0x00ff);
        }
    }
}

bool
match_normalize(struct match *m)
{
    trim_icmp(m);
    bool changed = false;
    const struct field *f;
    while ((f = match_check_prereqs(m)) != NULL) {
        /* What is wrong with one reader of a member is wrong with all. */
        for (size_t i = 0; i < FIELD_N; i++) {
            if (fields[i].ofs == f->ofs && fields[i].pre != FIELD_PRE_NONE) {
                match_clear_field(m, &fields[i]);
            }
        }
        changed = true;
    }
    return changed;
}

/* Makes the prerequisite of 'f' hold. */
static void
random_prereq(struct match *m, const struct field *f, struct rng *rng)
{
    static const uint16_t types[] = {
        [FIELD_PRE_MPLS] = 0x8847,   [FIELD_PRE_ARP] = 0x0806,
        [FIELD_PRE_IPV4] = 0x0800,   [FIELD_PRE_IPV6] = 0x86dd,
        [FIELD_PRE_ICMPV4] = 0x0800, [FIELD_PRE_ICMPV6] = 0x86dd,
        [FIELD_PRE_ND] = 0x86dd,     [FIELD_PRE_ND_SOLICIT] = 0x86dd,
        [FIELD_PRE_ND_ADVERT] = 0x86dd, [FIELD_PRE_NSH] = 0x894f,
        [FIELD_PRE_CT4] = 0x0800,    [FIELD_PRE_CT6] = 0x86dd,
    };
    static const uint8_t protos[] = {
        [FIELD_PRE_TCP] = 6,         [FIELD_PRE_UDP] = 17,
        [FIELD_PRE_SCTP] = 132,      [FIELD_PRE_ICMPV4] = 1,
        [FIELD_PRE_ICMPV6] = 58,     [FIELD_PRE_ND] = 58,
        [FIELD_PRE_ND_SOLICIT] = 58, [FIELD_PRE_ND_ADVERT] = 58,
    };
    union field_value v;
    if (f->pre == FIELD_PRE_VLAN_VID) {
        m->flow.vlans[0].tci |= BE16(FLOW_VLAN_CFI);
        m->mask.vlans[0].tci |= BE16(FLOW_VLAN_CFI);
        return;
    }
    memset(&v, 0, sizeof v);
    uint16_t type = f->pre < ARRAY_SIZE(types) ? types[f->pre] : 0;
    type = type ? type : rng_one_in(rng, 2) ? 0x0800 : 0x86dd;
    v.be16 = cpu_to_be16(type);
    match_set_field(m, &fields[FIELD_ETH_TYPE], &v, NULL);
    if (f->pre >= FIELD_PRE_CT && f->pre <= FIELD_PRE_CT6) {
        m->flow.ct.state |= cpu_to_be32(FLOW_CT_TRACKED);
        m->mask.ct.state |= cpu_to_be32(FLOW_CT_TRACKED);
    }
    if (f->pre >= FIELD_PRE_TCP) {
        memset(&v, 0, sizeof v);
        v.u8 = protos[f->pre];
        match_set_field(m, &fields[FIELD_NW_PROTO], &v, NULL);
    }
    if (f->pre >= FIELD_PRE_ND) {
        v.u8 = f->pre == FIELD_PRE_ND_ADVERT ? 136 : 135;
        match_set_field(m, &fields[FIELD_ICMPV6_TYPE], &v, NULL);
        v.u8 = 0;
        match_set_field(m, &fields[FIELD_ICMPV6_CODE], &v, NULL);
    }
}

/* Forgets what depends on the protocol, which is about to change. */
static void
clear_dependents(struct match *m)
{
    for (size_t i = 0; i < FIELD_N; i++) {
        if (fields[i].pre > FIELD_PRE_VLAN_VID) {
            match_clear_field(m, &fields[i]);
        }
    }
}

void
match_random(struct match *m, struct rng *rng)
{
    match_init(m);
    for (uint32_t n = rng_below(rng, 6); n > 0; n--) {
        const struct field *f = &fields[rng_below(rng, FIELD_N)];
        if (!field_header_for(f, UINT8_MAX) && !is_tag_part(f)) {
            continue; /* Could not be sent. */
        }
        struct match with = *m;
        union field_value v, mask;
        bool has = field_are_prereqs_ok(f, &with.flow);
        if ((!has && f->pre != FIELD_PRE_VLAN_VID)
            || f->id == FIELD_ETH_TYPE || f->id == FIELD_NW_PROTO) {
            clear_dependents(&with);
        }
        if (!has) {
            random_prereq(&with, f, rng);
        }
        field_random(f, rng, &v);
        field_value_ones(f, &mask);
        if (f->maskable && f->form != FIELD_FORM_FRAG
            && rng_one_in(rng, 2)) {
            union field_value r;
            field_random(f, rng, &r);
            mask.words[0] &= r.words[0];
            mask.words[1] &= r.words[1];
        }
        v.words[0] &= mask.words[0];
        v.words[1] &= mask.words[1];
        match_set_field(&with, f, &v, &mask);
        /* A field may break the prerequisites of those before it. */
        if (!match_check_prereqs(&with)) {
            *m = with;
        }
    }
}

void
minimatch_init(struct minimatch *mm, const struct match *m)
{
    const uint64_t *v = flow_words_const(&m->flow);
    const uint64_t *w = flow_words_const(&m->mask);
    mm->map = 0;
    mm->words = NULL;
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        mm->map |= w[i] ? (flow_map)1 << i : 0;
    }
    unsigned int n = minimatch_n_words(mm);
    if (!n) {
        return;
    }
    mm->words = xmalloc(2 * n * sizeof *mm->words);
    unsigned int k = 0;
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        if (w[i]) {
            mm->words[k] = v[i];
            mm->words[n + k++] = w[i];
        }
    }
}

void
minimatch_clone(struct minimatch *dst, const struct minimatch *src)
{
    size_t bytes = 2 * minimatch_n_words(src) * sizeof *src->words;
    dst->map = src->map;
    dst->words = bytes ? xmemdup(src->words, bytes) : NULL;
}

void
minimatch_move(struct minimatch *dst, struct minimatch *src)
{
    *dst = *src;
    src->map = 0;
    src->words = NULL;
}

void
minimatch_fini(struct minimatch *mm)
{
    free(mm->words);
    mm->words = NULL;
    mm->map = 0;
}

void
minimatch_expand(const struct minimatch *mm, struct match *m)
{
    match_init(m);
    uint64_t *v = flow_words(&m->flow);
    uint64_t *w = flow_words(&m->mask);
    unsigned int n = minimatch_n_words(mm), k = 0;
    for (flow_map map = mm->map; map; map &= map - 1) {
        unsigned int i = flow_map_first(map);
        v[i] = mm->words[k];
        w[i] = mm->words[n + k++];
    }
}

bool
minimatch_equal(const struct minimatch *a, const struct minimatch *b)
{
    size_t bytes = 2 * minimatch_n_words(a) * sizeof *a->words;
    return a->map == b->map
           && (!bytes || !memcmp(a->words, b->words, bytes));
}

uint32_t
minimatch_hash(const struct minimatch *mm, uint32_t basis)
{
    return hash_bytes(mm->words,
                      2 * minimatch_n_words(mm) * sizeof *mm->words,
                      hash_u64(mm->map, basis));
}

bool
minimatch_flow(const struct minimatch *mm, const struct flow *flow)
{
    const uint64_t *f = flow_words_const(flow);
    unsigned int n = minimatch_n_words(mm), k = 0;
    for (flow_map map = mm->map; map; map &= map - 1, k++) {
        if ((f[flow_map_first(map)] & mm->words[n + k]) != mm->words[k]) {
            return false;
        }
    }
    return true;
}

bool
minimatch_covered_by(const struct minimatch *inner, const struct match *outer)
{
    const uint64_t *ov = flow_words_const(&outer->flow);
    const uint64_t *om = flow_words_const(&outer->mask);
    unsigned int n = minimatch_n_words(inner), k = 0;
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        bool has = inner->map >> i & 1;
        uint64_t v = has ? inner->words[k] : 0;
        uint64_t w = has ? inner->words[n + k] : 0;
        k += has;
        if ((om[i] & ~w) | ((v ^ ov[i]) & om[i])) {
            return false;
        }
    }
    return true;
}
