/* SPDX-License-Identifier: Apache-2.0 */
/* Whole headers put around a packet and taken off: encap, decap, and the
 * count-down in a network service header. */
#include "lib/openflow/act_priv.h"

/* encap: what the header shall hold are properties of a class of their own
 * for each kind of header: class, type, length with these four bytes,
 * padding to 8. */

#define PROP_CLASS_NSH 0x0004
#define PROP_NSH_MD_TYPE 1
#define PROP_NSH_TLV 2
#define PROPS_MAX 1024
#define TLV_DATA_MAX 124

static const struct {
    const char *name;
    uint32_t packet_type;
} encaps[] = {
    { "ethernet", ACT_PT_ETHERNET },
    { "nsh", ACT_PT_NSH },
    { "mpls_mc", ACT_PT_MPLS_MC },
    { "mpls", ACT_PT_MPLS },
};

static void
append_encap(struct buf *out, uint32_t packet_type, const void *props,
             size_t n)
{
    struct act_encap *e = act_append(out, ACT_ENCAP, sizeof *e + n);
    e->packet_type = packet_type;
    e->n = (uint32_t)n;
    if (n) {
        memcpy(e->props, props, n);
    }
}

static const char *
encap_name(uint32_t packet_type)
{
    for (size_t i = 0; i < ARRAY_SIZE(encaps); i++) {
        if (encaps[i].packet_type == packet_type) {
            return encaps[i].name;
        }
    }
    return NULL;
}

/* The next property's type, with its value in '*value'; -1 if there is
 * something else. */
static int
pull_prop(struct cursor *c, struct cursor *value)
{
    uint16_t class = cursor_be16(c);
    uint8_t type = cursor_u8(c);
    uint8_t len = cursor_u8(c);
    if (!cursor_ok(c) || class != PROP_CLASS_NSH || len < 4
        || ROUND_UP(len, 8u) - 4u > cursor_left(c)) {
        return -1;
    }
    *value = cursor_sub(c, len - 4u);
    cursor_skip(c, ROUND_UP(len, 8u) - len);
    return type;
}

static enum ofp_err
check_prop(int type, struct cursor *v)
{
    if (type == PROP_NSH_MD_TYPE) {
        uint8_t md_type = cursor_u8(v);
        return cursor_left(v) || (md_type != 1 && md_type != 2)
                   ? OFPERR_NXBAC_BAD_ED_PROP
                   : OFPERR_OK;
    }
    if (type == PROP_NSH_TLV) {
        cursor_skip(v, 3);
        uint8_t len = cursor_u8(v);
        size_t left = cursor_left(v);
        return !cursor_ok(v) || len > left || left - len > 7
                       || len > TLV_DATA_MAX
                   ? OFPERR_NXBAC_BAD_ED_PROP
                   : OFPERR_OK;
    }
    return OFPERR_NXBAC_UNKNOWN_ED_PROP;
}

enum ofp_err
act_decode_nx_encap(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 2); /* Size of the header, for the standard's use. */
    uint32_t packet_type = cursor_be32(&w->c);
    struct cursor props = w->c;
    if (!encap_name(packet_type)) {
        return OFPERR_NXBAC_BAD_HEADER_TYPE;
    }
    if (cursor_left(&w->c) > PROPS_MAX) {
        return OFPERR_NXBAC_BAD_ED_PROP;
    }
    while (cursor_left(&w->c)) {
        struct cursor value;
        int type = packet_type == ACT_PT_NSH ? pull_prop(&w->c, &value) : -1;
        enum ofp_err err = type < 0 ? OFPERR_NXBAC_UNKNOWN_ED_PROP
                                    : check_prop(type, &value);
        if (err) {
            return err;
        }
    }
    append_encap(out, packet_type, props.p, cursor_left(&props));
    return OFPERR_OK;
}

static size_t
begin_prop(struct buf *b, uint8_t type)
{
    size_t start = b->len;
    buf_put_be16(b, PROP_CLASS_NSH);
    buf_put_u8(b, type);
    buf_put_u8(b, 0);
    return start;
}

static void
end_prop(struct buf *b, size_t start)
{
    b->data[start + 3] = (uint8_t)(b->len - start);
    buf_pad(b, start, 8);
}

/* "class,type,0xDATA" of tlv(...). */
static char *
parse_tlv(char *text, struct buf *b)
{
    uint64_t class, type;
    char *type_text = strchr(text, ',');
    char *data = type_text ? strchr(type_text + 1, ',') : NULL;
    if (!data || strncmp(data + 1, "0x", 2)) {
        return xasprintf("%s: invalid NSH TLV", text);
    }
    *type_text++ = '\0';
    *data = '\0';
    const char *hex = data + 3;
    size_t n_digits = strlen(hex);
    if (!str_to_u64(text, 0, &class) || class > 0xffff
        || !str_to_u64(type_text, 0, &type) || type > 0xff) {
        return xasprintf("%s,%s: invalid NSH TLV class or type", text,
                         type_text);
    }
    if (!n_digits || n_digits % 2 || n_digits / 2 > TLV_DATA_MAX
        || strspn(hex, "0123456789abcdefABCDEF") != n_digits) {
        return xasprintf("%s: invalid NSH TLV data", hex);
    }
    size_t start = begin_prop(b, PROP_NSH_TLV);
    buf_put_be16(b, (uint16_t)class);
    buf_put_u8(b, (uint8_t)type);
    buf_put_u8(b, (uint8_t)(n_digits / 2));
    for (; *hex; hex += 2) {
        char two[3] = { hex[0], hex[1], 0 };
        buf_put_u8(b, (uint8_t)strtoul(two, NULL, 16));
    }
    buf_pad(b, start, 8); /* Which a TLV's length counts. */
    end_prop(b, start);
    return NULL;
}

static char *
parse_nsh_props(struct act_text *t, char *list, struct buf *b)
{
    char *err = NULL;
    for (char *key, *value; !err && act_text_pair(&list, &key, &value);) {
        uint64_t x = 0;
        if (!strcmp(key, "md_type")) {
            err = act_text_number(t, value, key, 0xff, &x);
            if (!err && x != 1 && x != 2) {
                err = xasprintf("invalid md_type");
            }
            size_t start = begin_prop(b, PROP_NSH_MD_TYPE);
            buf_put_u8(b, (uint8_t)x);
            end_prop(b, start);
        } else if (!strcmp(key, "tlv")) {
            err = parse_tlv(value, b);
        } else {
            err = xasprintf("%s: invalid NSH property", key);
        }
        if (!err && b->len > PROPS_MAX) {
            err = xasprintf("too many NSH properties");
        }
    }
    return err;
}

char *
act_parse_encap(struct act_text *t, struct buf *out)
{
    char *list = t->arg, *name, *args;
    struct buf props = BUF_INIT;
    if (!act_text_pair(&list, &name, &args)) {
        return xasprintf("Missing encap hdr: %s", t->arg);
    }
    for (size_t i = 0; i < ARRAY_SIZE(encaps); i++) {
        if (!strcmp(name, encaps[i].name)) {
            char *err = encaps[i].packet_type == ACT_PT_NSH
                            ? parse_nsh_props(t, args, &props)
                        : *args ? xasprintf("%s: no properties", name)
                                : NULL;
            if (!err) {
                append_encap(out, encaps[i].packet_type, props.data,
                             props.len);
            }
            buf_fini(&props);
            return err;
        }
    }
    return xasprintf("Encap hdr not supported: %s", name);
}

static void
put_prop(int type, struct cursor *v, struct str *s)
{
    if (type == PROP_NSH_MD_TYPE) {
        str_putf(s, "md_type=%u", cursor_u8(v));
        return;
    }
    uint16_t class = cursor_be16(v);
    uint8_t tlv_type = cursor_u8(v);
    size_t n = cursor_u8(v);
    str_putf(s, "tlv(0x%04x,%u,0x", class, tlv_type);
    str_put_hex(s, cursor_pull(v, n), n);
    str_put_char(s, ')');
}

static void
put_encap(const struct act *a, const struct ofp_names *names UNUSED,
          struct str *s)
{
    const struct act_encap *e = ACT_CAST(act_encap, a);
    struct cursor c = cursor_make(e->props, e->n), v;
    str_putf(s, "encap(%s", encap_name(e->packet_type));
    const char *sep = "(";
    for (int type; cursor_left(&c) && (type = pull_prop(&c, &v)) >= 0;) {
        str_put(s, sep);
        put_prop(type, &v, s);
        sep = ",";
    }
    str_put(s, e->n ? "))" : ")");
}

static void
encode_encap(const struct act *a, enum ofp_version version, struct buf *b)
{
    const struct act_encap *e = ACT_CAST(act_encap, a);
    if (version >= OFP13_VERSION) {
        size_t start = act_wire_begin_nx(b, 46);
        buf_put_zeros(b, 2);
        buf_put_be32(b, e->packet_type);
        buf_put(b, e->props, e->n);
        act_wire_end(b, start);
    }
}

const struct act_ops act_ops_ENCAP = { "encap", put_encap, encode_encap,
                                       NULL };

/* decap */

static void
append_decap(struct buf *out, uint32_t packet_type)
{
    struct act_decap *d = act_append(out, ACT_DECAP, sizeof *d);
    d->packet_type = packet_type;
}

enum ofp_err
act_decode_nx_decap(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 2);
    uint32_t packet_type = cursor_be32(&w->c);
    if (cursor_left(&w->c)) {
        return OFPERR_NXBAC_UNKNOWN_ED_PROP;
    }
    append_decap(out, packet_type);
    return OFPERR_OK;
}

char *
act_parse_decap(struct act_text *t, struct buf *out)
{
    char *list = t->arg, *key, *value;
    if (!act_text_pair(&list, &key, &value)) {
        append_decap(out, ACT_PT_USE_NEXT);
        return NULL;
    }
    if (strcmp(key, "packet_type")) {
        return xasprintf("Invalid decap argument: %s", key);
    }
    uint64_t ns = UINT64_MAX, type = UINT64_MAX;
    char *err = NULL;
    for (char *p = value; !err && act_text_pair(&p, &key, &value);) {
        if (!strcmp(key, "ns")) {
            err = act_text_number(t, value, key, 0xffff, &ns);
        } else if (!strcmp(key, "type")) {
            err = act_text_number(t, value, key, 0xffff, &type);
        }
    }
    if (!err && (ns == UINT64_MAX || type == UINT64_MAX)) {
        err = xasprintf("Missing packet_type attribute %s",
                        ns == UINT64_MAX ? "ns" : "type");
    }
    if (!err) {
        append_decap(out, (uint32_t)(ns << 16 | type));
    }
    return err;
}

static void
put_decap(const struct act *a, const struct ofp_names *names UNUSED,
          struct str *s)
{
    uint32_t pt = ACT_CAST(act_decap, a)->packet_type;
    if (pt == ACT_PT_USE_NEXT) {
        str_put(s, "decap()");
    } else {
        str_putf(s, "decap(packet_type(ns=%u,type=%#x))", pt >> 16,
                 pt & 0xffff);
    }
}

static void
encode_decap(const struct act *a, enum ofp_version version, struct buf *b)
{
    if (version >= OFP13_VERSION) {
        size_t start = act_wire_begin_nx(b, 47);
        buf_put_zeros(b, 2);
        buf_put_be32(b, ACT_CAST(act_decap, a)->packet_type);
        act_wire_end(b, start);
    }
}

const struct act_ops act_ops_DECAP = { "decap", put_decap, encode_decap,
                                       NULL };

/* dec_nsh_ttl */

enum ofp_err
act_decode_nx_dec_nsh_ttl(struct act_wire *w UNUSED, struct buf *out)
{
    act_append(out, ACT_DEC_NSH_TTL, sizeof(struct act));
    return OFPERR_OK;
}

char *
act_parse_dec_nsh_ttl(struct act_text *t UNUSED, struct buf *out)
{
    act_append(out, ACT_DEC_NSH_TTL, sizeof(struct act));
    return NULL;
}

static void
put_dec_nsh_ttl(const struct act *a UNUSED,
                const struct ofp_names *names UNUSED, struct str *s)
{
    str_put(s, "dec_nsh_ttl");
}

static void
encode_dec_nsh_ttl(const struct act *a UNUSED, enum ofp_version version,
                   struct buf *b)
{
    if (version >= OFP13_VERSION) {
        act_wire_end(b, act_wire_begin_nx(b, 48));
    }
}

const struct act_ops act_ops_DEC_NSH_TTL = { "dec_nsh_ttl", put_dec_nsh_ttl,
                                             encode_dec_nsh_ttl, NULL };
