/* SPDX-License-Identifier: Apache-2.0 */
/* OXM and NXM: lists of type-length-value entries [OF1.3.5 7.2.3.2].
 *
 * An entry is a 32-bit header (class, field, has-mask bit, length), for class
 * 0xffff the experimenter's id, the value, and the mask if the bit is set. */
#include "lib/openflow/oxm.h"

#include "lib/base/assert.h"

#define OXM_EXPERIMENTER 0xffff
#define NXM_COOKIE_CLASS 0x0001
#define NXM_COOKIE_CODE 30
#define OFPMT_OXM 1

/* A header taken apart; 'len' counts value and mask only. */
struct header {
    uint16_t class;
    uint8_t code;
    bool has_mask;
    uint8_t len;
    uint32_t experimenter;
};

static enum ofp_err
pull_header(struct cursor *c, struct header *h)
{
    uint32_t x = cursor_be32(c);
    h->class = (uint16_t)(x >> 16);
    h->code = x >> 9 & 0x7f;
    h->has_mask = x >> 8 & 1;
    h->len = (uint8_t)x;
    h->experimenter = 0;
    if (h->class == OXM_EXPERIMENTER) {
        if (h->len < 4) {
            return OFPERR_OFPBMC_BAD_LEN;
        }
        h->experimenter = cursor_be32(c);
        h->len = (uint8_t)(h->len - 4);
    }
    return cursor_ok(c) ? OFPERR_OK : OFPERR_OFPBMC_BAD_LEN;
}

static void
put_header(struct buf *b, const struct field_header *h, bool has_mask,
           size_t len)
{
    len += h->class == OXM_EXPERIMENTER ? 4 : 0;
    buf_put_be16(b, h->class);
    buf_put_u8(b, (uint8_t)(h->code << 1 | has_mask));
    buf_put_u8(b, (uint8_t)len);
    if (h->class == OXM_EXPERIMENTER) {
        buf_put_be32(b, h->experimenter);
    }
}

static bool
is_cookie(const struct header *h)
{
    return h->class == NXM_COOKIE_CLASS && h->code == NXM_COOKIE_CODE
           && h->len == (h->has_mask ? 16 : 8);
}

/* The value and mask of 'f' after its header. */
static enum ofp_err
pull_payload(struct cursor *c, const struct header *h, const struct field *f,
             union field_value *v, union field_value *m)
{
    if (h->len != (h->has_mask ? 2 : 1) * f->n_bytes) {
        return OFPERR_OFPBMC_BAD_LEN;
    }
    memset(v, 0, sizeof *v);
    memset(m, 0, sizeof *m);
    cursor_read(c, v->b, f->n_bytes);
    if (h->has_mask) {
        cursor_read(c, m->b, f->n_bytes);
    } else {
        field_value_ones(f, m);
    }
    return cursor_ok(c) ? OFPERR_OK : OFPERR_OFPBMC_BAD_LEN;
}

/* True if a mask of all ones in every byte was given: as good as none. */
static bool
is_all_ff(const struct field *f, const union field_value *m)
{
    for (unsigned int i = 0; i < f->n_bytes; i++) {
        if (m->b[i] != 0xff) {
            return false;
        }
    }
    return true;
}

static enum ofp_err
check_payload(const struct field *f, const struct header *h,
              const union field_value *v, union field_value *m)
{
    if (!h->has_mask) {
        return field_value_is_valid(f, v) ? OFPERR_OK
                                          : OFPERR_OFPBMC_BAD_VALUE;
    }
    if ((v->words[0] & ~m->words[0]) | (v->words[1] & ~m->words[1])) {
        return OFPERR_OFPBMC_BAD_WILDCARDS;
    }
    if (is_all_ff(f, m)) {
        field_value_ones(f, m);
    }
    if (!field_value_is_zero(f, m) && !field_value_is_valid(f, v)) {
        return OFPERR_OFPBMC_BAD_VALUE;
    }
    union field_value ones;
    field_value_ones(f, &ones);
    m->words[0] &= ones.words[0];
    m->words[1] &= ones.words[1];
    return OFPERR_OK;
}

enum ofp_err
oxm_decode_entry(struct cursor *c, const struct field **fp,
                 union field_value *v, union field_value *m)
{
    struct header h;
    enum ofp_err err = pull_header(c, &h);
    if (err) {
        return err;
    }
    const struct field *f = field_from_header(h.class, h.code,
                                              h.experimenter);
    if (!f) {
        return OFPERR_OFPBMC_BAD_FIELD;
    }
    *fp = f;
    err = pull_payload(c, &h, f, v, m);
    return err ? err : check_payload(f, &h, v, m);
}

enum ofp_err
oxm_decode_header(struct cursor *c, const struct field **fp, bool *has_mask)
{
    struct header h;
    enum ofp_err err = pull_header(c, &h);
    if (err) {
        return err;
    }
    const struct field *f = field_from_header(h.class, h.code,
                                              h.experimenter);
    if (!f) {
        return OFPERR_OFPBMC_BAD_FIELD;
    }
    if (h.len != (h.has_mask ? 2 : 1) * f->n_bytes) {
        return OFPERR_OFPBMC_BAD_LEN;
    }
    *fp = f;
    *has_mask = h.has_mask;
    return OFPERR_OK;
}

/* True if bits of 'f' that 'm' would match are matched already.  Fields that
 * share bits count as one, except for the tag's presence bit. */
static bool
is_duplicate(const struct match *match, const struct field *f,
             const union field_value *m)
{
    if (f->id == FIELD_VLAN_PCP) {
        return (match->mask.vlans[0].tci & BE16(0xe000)) != 0;
    }
    union field_value old;
    match_get_field(match, f, NULL, &old);
    return f->maskable && !field_value_is_ones(f, m)
               ? (old.words[0] & m->words[0]) | (old.words[1] & m->words[1])
               : !field_value_is_zero(f, &old);
}

static enum ofp_err
decode_cookie(struct cursor *c, const struct header *h, uint64_t *cookie,
              uint64_t *cookie_mask)
{
    if (!cookie) {
        return OFPERR_OFPBMC_BAD_FIELD;
    }
    if (*cookie_mask) {
        return OFPERR_OFPBMC_DUP_FIELD;
    }
    *cookie = cursor_be64(c);
    *cookie_mask = h->has_mask ? cursor_be64(c) : UINT64_MAX;
    if (!cursor_ok(c)) {
        return OFPERR_OFPBMC_BAD_LEN;
    }
    return *cookie & ~*cookie_mask ? OFPERR_OFPBMC_BAD_WILDCARDS : OFPERR_OK;
}

static enum ofp_err
decode_field(struct cursor *c, const struct header *h, bool loose,
             struct match *match)
{
    const struct field *f = field_from_header(h->class, h->code,
                                              h->experimenter);
    if (!f) {
        if (!loose) {
            return OFPERR_OFPBMC_BAD_FIELD;
        }
        cursor_skip(c, h->len);
        return cursor_ok(c) ? OFPERR_OK : OFPERR_OFPBMC_BAD_LEN;
    }
    union field_value v, m;
    enum ofp_err err = pull_payload(c, h, f, &v, &m);
    if (!err) {
        err = check_payload(f, h, &v, &m);
    }
    if (!err && !f->maskable && !field_value_is_ones(f, &m)
        && !field_value_is_zero(f, &m)) {
        err = OFPERR_OFPBMC_BAD_MASK;
    }
    if (!err && !field_are_prereqs_ok(f, &match->flow)) {
        if (loose) {
            return OFPERR_OK;
        }
        err = OFPERR_OFPBMC_BAD_PREREQ;
    }
    if (!err && is_duplicate(match, f, &m)) {
        err = OFPERR_OFPBMC_DUP_FIELD;
    }
    if (!err && !field_value_is_zero(f, &m)) {
        match_set_field(match, f, &v, &m);
    }
    return err;
}

enum ofp_err
oxm_decode(struct cursor *c, bool loose, struct match *match,
           uint64_t *cookie, uint64_t *cookie_mask)
{
    match_init(match);
    if (cookie) {
        *cookie = *cookie_mask = 0;
    }
    while (cursor_left(c)) {
        struct header h;
        enum ofp_err err = pull_header(c, &h);
        if (!err) {
            err = is_cookie(&h) ? decode_cookie(c, &h, cookie, cookie_mask)
                                : decode_field(c, &h, loose, match);
        }
        if (err) {
            return err;
        }
    }
    return OFPERR_OK;
}

void
oxm_encode_header(struct buf *b, const struct field *f, bool has_mask,
                  enum ofp_version version)
{
    const struct field_header *h = field_header_for(f, (uint8_t)version);
    ASSERT(h);
    put_header(b, h, has_mask, (has_mask ? 2u : 1u) * f->n_bytes);
}

void
oxm_encode_entry(struct buf *b, const struct field *f,
                 const union field_value *v, const union field_value *m,
                 enum ofp_version version)
{
    bool has_mask = m && !field_value_is_ones(f, m);
    oxm_encode_header(b, f, has_mask, version);
    buf_put(b, v->b, f->n_bytes);
    if (has_mask) {
        buf_put(b, m->b, f->n_bytes);
    }
}

/* The fields that say the same bits of a packet, and when they do. */
static bool
speaks_for_its_bits(const struct field *f, bool oxm, bool wide_regs)
{
    if (f->id >= FIELD_XREG0 && f->id <= FIELD_XREG15) {
        return wide_regs;
    }
    if (f->id >= FIELD_REG0 && f->id <= FIELD_REG31) {
        return !wide_regs;
    }
    if (f->id >= FIELD_XXREG0 && f->id <= FIELD_XXREG7) {
        return false;
    }
    switch (f->id) {
    case FIELD_IN_PORT:
    case FIELD_NW_TOS:
    case FIELD_VLAN_TCI:
        return !oxm;
    case FIELD_IN_PORT_OXM:
    case FIELD_IP_DSCP:
    case FIELD_VLAN_VID:
        return oxm;
    case FIELD_VLAN_PCP: /* Written with the VLAN, see encode_pcp(). */
    case FIELD_DL_VLAN:
    case FIELD_DL_VLAN_PCP:
    case FIELD_TUN_TTL: /* No wire form has them. */
    case FIELD_TUN_TOS:
    case FIELD_SKB_PRIORITY:
        return false;
    default:
        return true;
    }
}

/* Fields of flags have a mask always: of the flags that there are. */
static bool
encode_flags(struct buf *b, const struct field *f, union field_value v,
             union field_value m, enum ofp_version version)
{
    if (f->form != FIELD_FORM_CT_STATE && f->form != FIELD_FORM_TUN_FLAGS) {
        return false;
    }
    if (f->form == FIELD_FORM_CT_STATE) {
        m.be32 &= cpu_to_be32(FLOW_CT_ALL);
    }
    oxm_encode_header(b, f, true, version);
    buf_put(b, v.b, f->n_bytes);
    buf_put(b, m.b, f->n_bytes);
    return true;
}

static void
encode_pcp(struct buf *b, const struct match *match, enum ofp_version version)
{
    be16 need = BE16(0xe000 | FLOW_VLAN_CFI);
    if ((match->mask.vlans[0].tci & need) == need
        && match->flow.vlans[0].tci & BE16(FLOW_VLAN_CFI)) {
        const struct field *f = field_from_id(FIELD_VLAN_PCP);
        union field_value v;
        match_get_field(match, f, &v, NULL);
        oxm_encode_entry(b, f, &v, NULL, version);
    }
}

void
oxm_encode(struct buf *b, const struct match *match, enum ofp_version version,
           uint64_t cookie, uint64_t cookie_mask)
{
    bool oxm = version >= OFP12_VERSION;
    for (size_t i = 0; i < FIELD_N; i++) {
        const struct field *f = &fields[i];
        union field_value v, m;
        if (!speaks_for_its_bits(f, oxm, version >= OFP15_VERSION)) {
            continue;
        }
        match_get_field(match, f, &v, &m);
        if (!field_value_is_zero(f, &m)
            && field_are_prereqs_ok(f, &match->flow)
            && !encode_flags(b, f, v, m, version)) {
            bool all = match_has_exact_field(match, f);
            oxm_encode_entry(b, f, &v, all ? NULL : &m, version);
        }
        if (f->id == FIELD_VLAN_VID && oxm) {
            encode_pcp(b, match, version);
        }
    }
    if (cookie_mask) {
        static const struct field_header h = { "NXM_NX_COOKIE",
                                               NXM_COOKIE_CLASS,
                                               NXM_COOKIE_CODE, 1, 0 };
        bool has_mask = cookie_mask != UINT64_MAX;
        put_header(b, &h, has_mask, has_mask ? 16 : 8);
        buf_put_be64(b, cookie & cookie_mask);
        if (has_mask) {
            buf_put_be64(b, cookie_mask);
        }
    }
}

enum ofp_err
ofp_match_decode(struct cursor *c, bool loose, struct match *match)
{
    uint16_t type = cursor_be16(c);
    uint16_t len = cursor_be16(c);
    if (!cursor_ok(c)) {
        return OFPERR_OFPBMC_BAD_LEN;
    }
    if (type != OFPMT_OXM) {
        return OFPERR_OFPBMC_BAD_TYPE;
    }
    if (len < 4) {
        return OFPERR_OFPBMC_BAD_LEN;
    }
    struct cursor tlvs = cursor_sub(c, len - 4u);
    cursor_skip(c, ROUND_UP((size_t)len, 8) - len);
    if (!cursor_ok(c)) {
        return OFPERR_OFPBMC_BAD_LEN;
    }
    return oxm_decode(&tlvs, loose, match, NULL, NULL);
}

void
ofp_match_encode(struct buf *b, const struct match *match,
                 enum ofp_version version)
{
    size_t start = b->len;
    buf_put_be16(b, OFPMT_OXM);
    buf_put_be16(b, 0);
    oxm_encode(b, match, version, 0, 0);
    buf_set_be16(b, start + 2, (uint16_t)(b->len - start));
    buf_pad(b, start, 8);
}
