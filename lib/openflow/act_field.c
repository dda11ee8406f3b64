/* SPDX-License-Identifier: Apache-2.0 */
/* Writing constants to fields: set_field, load, the mod_* of OpenFlow 1.0 and
 * 1.1, set_tunnel.  All are ACT_SET_FIELD in memory; the form tells how it
 * was written, and each version gets the nearest thing it has. */
#include "lib/base/assert.h"
#include "lib/openflow/act_priv.h"

/* A field's own action in 1.0 and 1.1. */
struct legacy {
    enum field_id field;
    const char *name; /* "mod_nw_src". */
    uint8_t type10;   /* Wire type; 0: none. */
    uint8_t type11;
    uint8_t subtype10; /* Nicira's in 1.0 where there is no type; 0: none. */
    uint8_t size;      /* Bytes of the argument. */
    bool late;         /* type11 lives on in later versions. */
    bool call;         /* Prints as name(V), not name:V. */
};

static const struct legacy legacies[] = {
    { FIELD_VLAN_VID, "mod_vlan_vid", 1, 1, 0, 2, false, false },
    { FIELD_VLAN_PCP, "mod_vlan_pcp", 2, 2, 0, 1, false, false },
    { FIELD_ETH_SRC, "mod_dl_src", 4, 3, 0, 6, false, false },
    { FIELD_ETH_DST, "mod_dl_dst", 5, 4, 0, 6, false, false },
    { FIELD_IP_SRC, "mod_nw_src", 6, 5, 0, 4, false, false },
    { FIELD_IP_DST, "mod_nw_dst", 7, 6, 0, 4, false, false },
    { FIELD_NW_TOS, "mod_nw_tos", 8, 7, 0, 1, false, false },
    { FIELD_IP_DSCP, "mod_nw_tos", 8, 7, 0, 1, false, false },
    { FIELD_NW_ECN, "mod_nw_ecn", 0, 8, 0, 1, false, false },
    { FIELD_TCP_SRC, "mod_tp_src", 9, 9, 0, 2, false, false },
    { FIELD_TCP_DST, "mod_tp_dst", 10, 10, 0, 2, false, false },
    { FIELD_UDP_SRC, "mod_tp_src", 9, 9, 0, 2, false, false },
    { FIELD_UDP_DST, "mod_tp_dst", 10, 10, 0, 2, false, false },
    { FIELD_SCTP_SRC, "mod_tp_src", 9, 9, 0, 2, false, false },
    { FIELD_SCTP_DST, "mod_tp_dst", 10, 10, 0, 2, false, false },
    { FIELD_NW_TTL, "mod_nw_ttl", 0, 23, 0, 1, true, false },
    { FIELD_MPLS_LABEL, "set_mpls_label", 0, 13, 30, 4, false, true },
    { FIELD_MPLS_TC, "set_mpls_tc", 0, 14, 31, 1, false, true },
    { FIELD_MPLS_TTL, "set_mpls_ttl", 0, 15, 25, 1, true, true },
};

static const struct legacy *
find_legacy(enum field_id id)
{
    for (size_t i = 0; i < ARRAY_SIZE(legacies); i++) {
        if (legacies[i].field == id) {
            return &legacies[i];
        }
    }
    return NULL;
}

static const struct field *
field_of(const struct act_set_field *sf)
{
    return field_from_id((enum field_id)sf->field);
}

static bool
is_full(const struct act_set_field *sf)
{
    return field_value_is_ones(field_of(sf), &sf->mask);
}

/* The action of 'version' for a write in the set_field form; mod_tp_* of 1.0
 * knows no SCTP. */
static uint8_t
legacy_type(const struct legacy *l, enum ofp_version version, bool own)
{
    bool sctp = l->field == FIELD_SCTP_SRC || l->field == FIELD_SCTP_DST;
    if (version == OFP10_VERSION) {
        return sctp && !own ? 0 : l->type10;
    }
    return l->type11;
}

bool
act_set_field_is_old(const struct act_set_field *sf,
                     enum ofp_version version)
{
    const struct legacy *l = find_legacy((enum field_id)sf->field);
    if (sf->hdr.form != ACT_FORM_SET_FIELD || sf->field == FIELD_IN_PORT) {
        return true;
    }
    return l && is_full(sf)
           && legacy_type(l, version, false)
           && !(l->late && version == OFP11_VERSION);
}

/* A run of one-bits of the mask, 64 at most; false when there is none at or
 * above '*ofs'. */
static bool
next_run(const struct act_set_field *sf, unsigned int *ofs, unsigned int *n)
{
    const struct field *f = field_of(sf);
    unsigned int width = 8u * f->n_bytes;
    while (*ofs < width && !field_value_bits(f, &sf->mask, *ofs, 1)) {
        ++*ofs;
    }
    for (*n = 0; *ofs + *n < width && *n < 64
                 && field_value_bits(f, &sf->mask, *ofs + *n, 1);
         ++*n) {
    }
    return *n > 0;
}

/* Building. */

static struct act_set_field *
append(struct buf *out, enum act_form form, enum field_id id,
       const union field_value *value, const union field_value *mask)
{
    struct act_set_field *sf = act_append_set_field(out, id, value, mask);
    sf->hdr.form = (uint16_t)form;
    return sf;
}

/* 'number' to the whole of field 'id', in the legacy form. */
static struct act_set_field *
append_mod(struct buf *out, enum field_id id, uint64_t number)
{
    const struct field *f = field_from_id(id);
    union field_value v;
    memset(&v, 0, sizeof v);
    field_value_set_bits(f, &v, 0, 8u * f->n_bytes, number);
    return append(out, ACT_FORM_MOD, id, &v, NULL);
}

/* A write of 1.0 adds a tag where there is none, one of 1.1 does not. */
static void
set_vlan(struct act_set_field *sf, bool push)
{
    sf->push_vlan = push;
    sf->set_vlan = !push;
}

bool
act_set_field_applies(const struct act_set_field *sf, const struct flow *flow)
{
    if (sf->push_vlan) {
        return true;
    }
    if (sf->hdr.form == ACT_FORM_MOD
        && (sf->field == FIELD_TCP_SRC || sf->field == FIELD_TCP_DST)) {
        return field_are_prereqs_ok(field_from_id(FIELD_TCP_SRC), flow)
               || field_are_prereqs_ok(field_from_id(FIELD_UDP_SRC), flow)
               || field_are_prereqs_ok(field_from_id(FIELD_SCTP_SRC), flow);
    }
    if (sf->field == FIELD_VLAN_VID
        && !(flow->vlans[0].tci & BE16(FLOW_VLAN_CFI))) {
        return false;
    }
    return field_are_prereqs_ok(field_of(sf), flow);
}

/* Wire to memory. */

static enum ofp_err
decode_mod(struct act_wire *w, struct buf *out, enum field_id id,
           unsigned int size, uint64_t max)
{
    uint64_t x = 0;
    for (unsigned int i = 0; i < size; i++) {
        x = x << 8 | cursor_u8(&w->c);
    }
    if (x > max || (id == FIELD_NW_TOS && x & 3)) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    append_mod(out, id, x);
    return OFPERR_OK;
}

enum ofp_err
act_decode_set_vlan_vid(struct act_wire *w, struct buf *out)
{
    uint16_t vid = cursor_be16(&w->c);
    if (vid & ~0xfff) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    set_vlan(append_mod(out, FIELD_VLAN_VID, vid | FLOW_VLAN_CFI),
             w->version == OFP10_VERSION);
    return OFPERR_OK;
}

enum ofp_err
act_decode_set_vlan_pcp(struct act_wire *w, struct buf *out)
{
    uint8_t pcp = cursor_u8(&w->c);
    if (pcp & ~7) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    set_vlan(append_mod(out, FIELD_VLAN_PCP, pcp),
             w->version == OFP10_VERSION);
    return OFPERR_OK;
}

#define DECODE_MOD(NAME, FIELD, SIZE, MAX)                                    \
    enum ofp_err act_decode_##NAME(struct act_wire *w, struct buf *out)       \
    {                                                                         \
        return decode_mod(w, out, FIELD, SIZE, MAX);                          \
    }
DECODE_MOD(set_dl_src, FIELD_ETH_SRC, 6, UINT64_MAX)
DECODE_MOD(set_dl_dst, FIELD_ETH_DST, 6, UINT64_MAX)
DECODE_MOD(set_nw_src, FIELD_IP_SRC, 4, UINT64_MAX)
DECODE_MOD(set_nw_dst, FIELD_IP_DST, 4, UINT64_MAX)
DECODE_MOD(set_nw_tos, FIELD_NW_TOS, 1, 0xff)
DECODE_MOD(set_nw_ecn, FIELD_NW_ECN, 1, 3)
DECODE_MOD(set_nw_ttl, FIELD_NW_TTL, 1, 0xff)
DECODE_MOD(set_tp_src, FIELD_TCP_SRC, 2, 0xffff)
DECODE_MOD(set_tp_dst, FIELD_TCP_DST, 2, 0xffff)
DECODE_MOD(set_mpls_label, FIELD_MPLS_LABEL, 4, 0xfffff)
DECODE_MOD(set_mpls_tc, FIELD_MPLS_TC, 1, 7)
DECODE_MOD(set_mpls_ttl, FIELD_MPLS_TTL, 1, 0xff)
DECODE_MOD(nx_set_mpls_tc, FIELD_MPLS_TC, 1, 7)
DECODE_MOD(nx_set_mpls_ttl, FIELD_MPLS_TTL, 1, 0xff)
#undef DECODE_MOD

enum ofp_err
act_decode_nx_set_mpls_label(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 2);
    return decode_mod(w, out, FIELD_MPLS_LABEL, 4, 0xfffff);
}

enum ofp_err
act_decode_nx_set_tunnel(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 2);
    append_mod(out, FIELD_TUN_ID, cursor_be32(&w->c))->hdr.form =
        ACT_FORM_TUNNEL;
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_set_tunnel64(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 6);
    append_mod(out, FIELD_TUN_ID, cursor_be64(&w->c))->hdr.form =
        ACT_FORM_TUNNEL64;
    return OFPERR_OK;
}

/* The errors of a match entry, in an action that carries one. */
static enum ofp_err
as_set_error(enum ofp_err err)
{
    switch (err) {
    case OFPERR_OFPBMC_BAD_FIELD:
        return OFPERR_OFPBAC_BAD_SET_TYPE;
    case OFPERR_OFPBMC_BAD_LEN:
        return OFPERR_OFPBAC_BAD_SET_LEN;
    case OFPERR_OFPBMC_BAD_VALUE:
        return OFPERR_OFPBAC_BAD_SET_ARGUMENT;
    default:
        return err;
    }
}

static enum ofp_err
decode_entry(struct act_wire *w, struct buf *out, bool may_mask)
{
    const struct field *f;
    union field_value v, m;
    enum ofp_err err = as_set_error(oxm_decode_entry(&w->c, &f, &v, &m));
    if (err) {
        return err;
    }
    if (!f->settable || f->id == FIELD_IN_PORT_OXM) {
        return OFPERR_OFPBAC_BAD_SET_ARGUMENT;
    }
    if (!may_mask && !field_value_is_ones(f, &m)) {
        return OFPERR_OFPBAC_BAD_SET_MASK;
    }
    append(out, ACT_FORM_SET_FIELD, f->id, &v, &m);
    w->c.p = w->c.end; /* Padding. */
    return OFPERR_OK;
}

enum ofp_err
act_decode_set_field(struct act_wire *w, struct buf *out)
{
    return decode_entry(w, out, w->version >= OFP15_VERSION);
}

enum ofp_err
act_decode_nx_reg_load2(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 6);
    return decode_entry(w, out, true);
}

enum ofp_err
act_decode_nx_reg_load(struct act_wire *w, struct buf *out)
{
    uint16_t ofs_n_bits = cursor_be16(&w->c);
    unsigned int ofs = ofs_n_bits >> 6, n_bits = (ofs_n_bits & 0x3f) + 1u;
    const struct field *f;
    bool has_mask;
    enum ofp_err err = as_set_error(oxm_decode_header(&w->c, &f, &has_mask));
    uint64_t x = cursor_be64(&w->c);
    if (err) {
        return err;
    }
    if (has_mask || ofs + n_bits > f->n_bits
        || (n_bits < 64 && x >> n_bits)) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    if (!f->settable) {
        return OFPERR_OFPBAC_BAD_SET_ARGUMENT;
    }
    union field_value v, m;
    memset(&v, 0, sizeof v);
    memset(&m, 0, sizeof m);
    field_value_set_bits(f, &v, ofs, n_bits, x);
    field_value_set_bits(f, &m, ofs, n_bits, UINT64_MAX);
    append(out, ACT_FORM_LOAD, f->id, &v, &m);
    return OFPERR_OK;
}

/* Memory to wire. */

static void
encode_loads(const struct act_set_field *sf, enum ofp_version version,
             struct buf *b)
{
    const struct field *f = field_of(sf);
    for (unsigned int ofs = 0, n; next_run(sf, &ofs, &n); ofs += n) {
        size_t start = act_wire_begin_nx(b, 7);
        buf_put_be16(b, (uint16_t)(ofs << 6 | (n - 1)));
        /* The NXM header where there is one: older receivers know it. */
        oxm_encode_header(b, f, false,
                          f->hdrs[FIELD_HDR_NXM].name ? OFP10_VERSION
                                                      : version);
        buf_put_be64(b, field_value_bits(f, &sf->value, ofs, n));
        act_wire_end(b, start);
    }
}

static void
encode_entry(const struct act_set_field *sf, enum ofp_version version,
             struct buf *b)
{
    const struct field *f = field_of(sf);
    union field_value v = sf->value, m = sf->mask;
    size_t start = act_wire_begin(b, 25);
    if (f->id == FIELD_NW_TOS && sf->hdr.form == ACT_FORM_MOD) {
        f = field_from_id(FIELD_IP_DSCP);
        v.u8 >>= 2;
    } else if (f->id == FIELD_NW_TOS) {
        /* The ECN bits are never written, and an entry may not have them. */
        v.u8 &= 0xfc;
        m.u8 &= 0xfc;
    }
    oxm_encode_entry(b, f, &v, is_full(sf) ? NULL : &m, version);
    act_wire_end(b, start);
}

/* The load that takes whole entries, for fields whose header is longer than
 * the other one has room for. */
static void
encode_load2(const struct act_set_field *sf, enum ofp_version version,
             struct buf *b)
{
    size_t start = act_wire_begin_nx(b, 33);
    buf_put_zeros(b, 6);
    oxm_encode_entry(b, field_of(sf), &sf->value,
                     is_full(sf) ? NULL : &sf->mask, version);
    act_wire_end(b, start);
}

/* The argument of a legacy action. */
static uint64_t
legacy_argument(const struct act_set_field *sf)
{
    const struct field *f = field_of(sf);
    uint64_t x = field_value_bits(f, &sf->value, 0, 8u * f->n_bytes);
    return f->id == FIELD_VLAN_VID  ? x & 0xfff
           : f->id == FIELD_IP_DSCP ? x << 2
                                    : x;
}

static void
put_argument(const struct legacy *l, uint64_t x, struct buf *b)
{
    for (unsigned int i = l->size; i-- > 0;) {
        buf_put_u8(b, (uint8_t)(x >> 8 * i));
    }
}

/* True if it could be said with the field's own action. */
static bool
encode_legacy(const struct act_set_field *sf, enum ofp_version version,
              struct buf *b)
{
    const struct legacy *l = find_legacy((enum field_id)sf->field);
    if (!l || !is_full(sf)) {
        return false;
    }
    bool own = sf->hdr.form == ACT_FORM_MOD;
    uint8_t type = legacy_type(l, version, own);
    if (version > OFP11_VERSION && !(l->late && own)) {
        return false;
    }
    size_t start;
    if (type) {
        start = act_wire_begin(b, type);
    } else if (l->subtype10 && own) {
        start = act_wire_begin_nx(b, l->subtype10);
        if (l->size == 4) {
            buf_put_zeros(b, 2);
        }
    } else {
        return false;
    }
    put_argument(l, legacy_argument(sf), b);
    act_wire_end(b, start);
    return true;
}

static void
encode_tunnel(const struct act_set_field *sf, struct buf *b)
{
    uint64_t id = field_value_bits(field_of(sf), &sf->value, 0, 64);
    bool wide = sf->hdr.form == ACT_FORM_TUNNEL64;
    size_t start = act_wire_begin_nx(b, wide ? 9 : 2);
    if (wide) {
        buf_put_zeros(b, 6);
        buf_put_be64(b, id);
    } else {
        buf_put_zeros(b, 2);
        buf_put_be32(b, (uint32_t)id);
    }
    act_wire_end(b, start);
}

static void
encode_set_field(const struct act *a, enum ofp_version version,
                 struct buf *b)
{
    const struct act_set_field *sf = ACT_CAST(act_set_field, a);
    bool load = sf->hdr.form == ACT_FORM_LOAD;
    if (sf->push_vlan && version >= OFP11_VERSION) {
        size_t start = act_wire_begin(b, 17);
        buf_put_be16(b, 0x8100);
        act_wire_end(b, start);
    }
    if (version <= OFP11_VERSION
        && (sf->hdr.form == ACT_FORM_TUNNEL
            || sf->hdr.form == ACT_FORM_TUNNEL64)) {
        encode_tunnel(sf, b);
    } else if (!load && encode_legacy(sf, version, b)) {
        return;
    } else if (version >= OFP15_VERSION
               || (version >= OFP12_VERSION && !load && is_full(sf))) {
        encode_entry(sf, version, b);
    } else if (field_header_for(field_of(sf), (uint8_t)version)->class
               == FIELD_CLASS_EXPERIMENTER) {
        encode_load2(sf, version, b);
    } else {
        encode_loads(sf, version, b);
    }
}

/* Text. */

static void
put_load(const struct act_set_field *sf, struct str *s)
{
    const struct field *f = field_of(sf);
    const char *sep = "";
    for (unsigned int ofs = 0, n; next_run(sf, &ofs, &n); ofs += n) {
        struct subfield part = { f, (uint16_t)ofs, (uint16_t)n };
        uint64_t x = field_value_bits(f, &sf->value, ofs, n);
        str_putf(s, "%sload:%#llx->", sep, (unsigned long long)x);
        subfield_put(&part, s);
        sep = ",";
    }
}

static void
put_legacy(const struct act_set_field *sf, const struct legacy *l,
           struct str *s)
{
    const struct field *f = field_of(sf);
    /* "set_vlan_vid" where "mod_vlan_vid" would add a tag. */
    str_putf(s, "%s%s%c", sf->set_vlan ? "set_" : "",
             sf->set_vlan ? l->name + strlen("mod_") : l->name,
             l->call ? '(' : ':');
    if (f->form == FIELD_FORM_DECIMAL) {
        str_putf(s, "%llu", (unsigned long long)legacy_argument(sf));
    } else {
        field_put(f, &sf->value, NULL, NULL, s);
    }
    if (l->call) {
        str_put_char(s, ')');
    }
}

static void
put_set_field(const struct act *a, const struct ofp_names *names,
              struct str *s)
{
    const struct act_set_field *sf = ACT_CAST(act_set_field, a);
    const struct field *f = field_of(sf);
    switch (sf->hdr.form) {
    case ACT_FORM_LOAD:
        put_load(sf, s);
        return;
    case ACT_FORM_MOD:
        put_legacy(sf, find_legacy(f->id), s);
        return;
    case ACT_FORM_TUNNEL:
    case ACT_FORM_TUNNEL64:
        str_putf(s, "set_tunnel%s:%#llx",
                 sf->hdr.form == ACT_FORM_TUNNEL ? "" : "64",
                 (unsigned long long)field_value_bits(f, &sf->value, 0, 64));
        return;
    default:
        str_put(s, "set_field:");
        field_put(f, &sf->value, &sf->mask, names, s);
        str_putf(s, "->%s", f->name);
    }
}

/* A field that actions may write, by name. */
static char *
settable_field(const char *name, const struct field **fp)
{
    const struct field *f = field_from_name(name, strlen(name));
    if (!f) {
        return xasprintf("%s is not a valid OXM field name", name);
    }
    if (!f->settable || !field_header_for(f, OFP15_VERSION)) {
        return xasprintf("%s is read-only", name);
    }
    *fp = f;
    return NULL;
}

char *
act_parse_set_field(struct act_text *t, struct buf *out)
{
    char *value, *name;
    const struct field *f = NULL;
    union field_value v, m;
    char *err = act_text_arrow(t, &value, &name);
    if (!err) {
        t->err_pos = t->arg_pos + (size_t)(name - t->arg);
        err = settable_field(name, &f);
    }
    if (!err && f->id == FIELD_IN_PORT_OXM) {
        err = xasprintf("%s is read-only; use in_port", name);
    }
    if (!err) {
        t->err_pos = t->arg_pos;
        err = field_parse(f, value, t->names, &v, &m);
    }
    if (!err && field_value_is_zero(f, &m)) {
        err = xasprintf("%s: nothing to write to %s", value, f->name);
    }
    if (!err) {
        append(out, ACT_FORM_SET_FIELD, f->id, &v, &m);
    }
    return err;
}

/* The digits of 's', hexadecimal or decimal, into a value of 16 bytes. */
static bool
parse_wide(const char *s, union field_value *v)
{
    const struct field *widest = field_from_id(FIELD_XXREG0);
    union field_value mask;
    char *err = strchr(s, '/') || strchr(s, '*')
                    ? xstrdup("")
                    : field_parse(widest, s, NULL, v, &mask);
    free(err);
    return !err;
}

char *
act_parse_load(struct act_text *t, struct buf *out)
{
    char *text, *name;
    struct subfield dst;
    union field_value wide, v, m;
    char *err = act_text_arrow(t, &text, &name);
    if (err) {
        return err;
    }
    t->err_pos = t->arg_pos + (size_t)(name - t->arg);
    err = subfield_parse(name, &dst);
    if (err) {
        return err;
    }
    const struct field *f = dst.field;
    if (!f->settable || !field_header_for(f, OFP15_VERSION)) {
        return xasprintf("%s is read-only", f->name);
    }
    t->err_pos = t->arg_pos;
    uint32_t port;
    if (f->form == FIELD_FORM_PORT
        && ofport_parse(text, t->names, &port)) {
        memset(&wide, 0, sizeof wide);
        put_unaligned_be32(wide.b + 12,
                           cpu_to_be32(f->n_bytes == 2 ? port & 0xffff
                                                       : port));
    } else if (!parse_wide(text, &wide)) {
        return xasprintf("%s: cannot parse integer value", text);
    }
    const struct field *w = field_from_id(FIELD_XXREG0);
    for (unsigned int i = dst.n_bits; i < 128; i++) {
        if (field_value_bits(w, &wide, i, 1)) {
            return xasprintf("%s: value does not fit into %u bits", text,
                             dst.n_bits);
        }
    }
    memset(&v, 0, sizeof v);
    memset(&m, 0, sizeof m);
    for (unsigned int i = 0; i < dst.n_bits; i++) {
        field_value_set_bits(f, &v, dst.ofs + i, 1,
                             field_value_bits(w, &wide, i, 1));
        field_value_set_bits(f, &m, dst.ofs + i, 1, 1);
    }
    append(out, ACT_FORM_LOAD, f->id, &v, &m);
    return NULL;
}

/* "mod_vlan_vid" and "set_vlan_vid" alike: what follows the '_' decides. */
static const struct legacy *
legacy_from_word(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(legacies); i++) {
        if (!strcmp(strchr(word, '_'), strchr(legacies[i].name, '_'))) {
            return &legacies[i];
        }
    }
    return NULL;
}

char *
act_parse_mod(struct act_text *t, struct buf *out)
{
    const struct legacy *l = legacy_from_word(t->word);
    ASSERT(l);
    const struct field *f = field_from_id(l->field);
    t->err_pos = t->arg_pos;
    union field_value v, m;
    if (f->form != FIELD_FORM_DECIMAL) {
        char *err = field_parse(f, t->arg, t->names, &v, &m);
        if (!err && !field_value_is_ones(f, &m)) {
            err = xasprintf("%s: %s takes no mask", t->arg, t->word);
        }
        if (!err) {
            append(out, ACT_FORM_MOD, f->id, &v, NULL);
        }
        return err;
    }
    uint64_t x, max = f->id == FIELD_VLAN_VID ? 0xfff
                                              : (1ull << f->n_bits) - 1;
    char *err = act_text_number(t, t->arg, t->word, max, &x);
    if (!err && f->id == FIELD_NW_TOS && x & 3) {
        err = xasprintf("%s: not a valid TOS (its two low bits are ECN)",
                        t->arg);
    }
    if (err) {
        return err;
    }
    bool vlan = f->id == FIELD_VLAN_VID || f->id == FIELD_VLAN_PCP;
    x |= f->id == FIELD_VLAN_VID ? FLOW_VLAN_CFI : 0;
    struct act_set_field *sf = append_mod(out, f->id, x);
    if (vlan) {
        set_vlan(sf, t->word[0] == 'm');
    }
    return NULL;
}

char *
act_parse_set_tunnel(struct act_text *t, struct buf *out)
{
    uint64_t id;
    bool wide = !strcmp(t->word, "set_tunnel64");
    char *err = act_text_number(t, t->arg, t->word, UINT64_MAX, &id);
    if (!err) {
        wide |= id > UINT32_MAX;
        append_mod(out, FIELD_TUN_ID, id)->hdr.form =
            wide ? ACT_FORM_TUNNEL64 : ACT_FORM_TUNNEL;
    }
    return err;
}

static enum ofp_err
check_set_field(const struct act *a, struct act_checker *ck)
{
    const struct act_set_field *sf = ACT_CAST(act_set_field, a);
    const struct field *f = field_of(sf);
    enum ofp_err err = act_check_write(f, ck);
    if (err) {
        return err;
    }
    if (!ck->any && !ck->in_set && !act_set_field_applies(sf, &ck->flow)) {
        return sf->hdr.form == ACT_FORM_MOD
                   ? act_inconsistent(ck)
                   : OFPERR_OFPBAC_MATCH_INCONSISTENT;
    }
    if (sf->push_vlan) {
        ck->flow.vlans[0].tci |= BE16(FLOW_VLAN_CFI);
    } else if (f->id == FIELD_VLAN_TCI) {
        field_set_masked(f, &sf->value, &sf->mask, &ck->flow);
    }
    return OFPERR_OK;
}

const struct act_ops act_ops_SET_FIELD = { "set_field", put_set_field,
                                           encode_set_field,
                                           check_set_field };
