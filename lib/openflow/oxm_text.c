/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of OXM entries, and parts of fields, as text. */
#include <ctype.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/openflow/oxm.h"

/* The bits of 'f' that "[]" means: the VLAN without its presence bit. */
static uint16_t
field_part_bits(const struct field *f)
{
    return f->id == FIELD_VLAN_VID ? 12 : f->n_bits;
}

/* Up to four digits at '*pp', which moves behind them. */
static bool
parse_bit(const char **pp, unsigned int *bit)
{
    size_t n = strspn(*pp, "0123456789");
    *bit = (unsigned int)strtoul(*pp, NULL, 10);
    *pp += n;
    return n >= 1 && n <= 4;
}

/* "[first..last]" or "[bit]". */
static bool
parse_bits(const char *p, unsigned int *first, unsigned int *last)
{
    if (*p++ != '[' || !parse_bit(&p, first)) {
        return false;
    }
    *last = *first;
    if (!strncmp(p, "..", 2)) {
        p += 2;
        if (!parse_bit(&p, last)) {
            return false;
        }
    }
    return !strcmp(p, "]");
}

char *
subfield_parse(const char *text, struct subfield *sf)
{
    size_t len = strcspn(text, "[");
    const struct field *f = field_from_name(text, len);
    if (!f) {
        return xasprintf("%s: unknown field `%.*s'", text, (int)len, text);
    }
    *sf = (struct subfield){ f, 0, field_part_bits(f) };
    const char *p = text + len;
    if (!*p || !strcmp(p, "[]")) {
        return NULL;
    }
    unsigned int first, last;
    if (!parse_bits(p, &first, &last)) {
        return xasprintf("%s: syntax error expecting [] or [<bit>] or "
                         "[<start>..<end>]",
                         text);
    }
    if (first > last) {
        return xasprintf("%s: starting bit %u is after ending bit %u", text,
                         first, last);
    }
    if (last >= f->n_bits) {
        return xasprintf("%s: bit %u is not valid because width of %s is %u "
                         "bits",
                         text, last, f->name, f->n_bits);
    }
    sf->ofs = (uint16_t)first;
    sf->n_bits = (uint16_t)(last - first + 1);
    return NULL;
}

void
subfield_put(const struct subfield *sf, struct str *s)
{
    str_put(s, field_nxm_name(sf->field));
    if (!sf->ofs && sf->n_bits == field_part_bits(sf->field)) {
        str_put(s, "[]");
    } else if (sf->n_bits == 1) {
        str_putf(s, "[%u]", sf->ofs);
    } else {
        str_putf(s, "[%u..%u]", sf->ofs, sf->ofs + sf->n_bits - 1u);
    }
}

uint64_t
subfield_get(const struct subfield *sf, const struct flow *flow)
{
    union field_value v;
    field_get(sf->field, flow, &v);
    return field_value_bits(sf->field, &v, sf->ofs, sf->n_bits);
}

/* Name of the header (class, code, experimenter), or NULL. */
static const char *
header_name(uint16_t class, uint8_t code, uint32_t experimenter, size_t len)
{
    if (class == 1 && code == 30 && len == 8) {
        return "NXM_NX_COOKIE";
    }
    const struct field *f = field_from_header(class, code, experimenter);
    for (int i = 0; f && i < FIELD_N_HDRS; i++) {
        const struct field_header *h = &f->hdrs[i];
        if (h->name && h->class == class && h->code == code
            && h->experimenter == experimenter) {
            return h->name;
        }
    }
    return NULL;
}

static void
put_bytes(struct cursor *c, size_t n, struct str *s)
{
    const uint8_t *p = cursor_pull(c, n);
    if (p) {
        str_put_hex(s, p, n);
    }
}

void
oxm_put_text(const void *tlvs, size_t len, struct str *s)
{
    struct cursor c = cursor_make(tlvs, len);
    if (!len) {
        str_put(s, "<any>");
    }
    for (const char *sep = ""; cursor_left(&c); sep = ", ") {
        uint32_t header = cursor_be32(&c);
        uint16_t class = (uint16_t)(header >> 16);
        uint8_t code = header >> 9 & 0x7f;
        bool has_mask = header >> 8 & 1;
        size_t n = header & 0xff;
        uint32_t experimenter = 0;
        if (class == 0xffff) {
            experimenter = cursor_be32(&c);
            n = n < 4 ? 0 : n - 4;
        }
        if (!cursor_ok(&c) || cursor_left(&c) < n) {
            str_putf(s, "%s<trailing bytes>", sep);
            return;
        }
        size_t value_len = has_mask ? n / 2 : n;
        const char *name = header_name(class, code, experimenter, value_len);
        str_put(s, sep);
        if (name) {
            str_putf(s, "%s%s", name, has_mask ? "_W" : "");
        } else {
            str_putf(s, "%u:%u%s", class, code, has_mask ? "_W" : "");
        }
        str_put_char(s, '(');
        put_bytes(&c, value_len, s);
        if (has_mask) {
            str_put_char(s, '/');
            put_bytes(&c, n - value_len, s);
        }
        str_put_char(s, ')');
    }
}

/* One header to write. */
struct entry {
    uint16_t class;
    uint8_t code;
    uint32_t experimenter;
    bool has_mask;
};

static bool
find_header(const char *name, size_t len, struct entry *e)
{
    if (len > 2 && !strncmp(name + len - 2, "_W", 2)) {
        e->has_mask = true;
        len -= 2;
    }
    if (len == 13 && !strncmp(name, "NXM_NX_COOKIE", 13)) {
        e->class = 1;
        e->code = 30;
        return true;
    }
    const struct field *f = field_from_name(name, len);
    for (int i = 0; f && i < FIELD_N_HDRS; i++) {
        const struct field_header *h = &f->hdrs[i];
        if (h->name && strlen(h->name) == len
            && !strncmp(h->name, name, len)) {
            e->class = h->class;
            e->code = h->code;
            e->experimenter = h->experimenter;
            return true;
        }
    }
    return false;
}

/* Appends hex digits of '*pp' as bytes up to something else. */
static size_t
parse_hex(const char **pp, struct buf *b)
{
    size_t n = 0;
    const char *p = *pp;
    for (; isxdigit((unsigned char)p[0]) && isxdigit((unsigned char)p[1]);
         p += 2, n++) {
        char two[3] = { p[0], p[1], 0 };
        buf_put_u8(b, (uint8_t)strtoul(two, NULL, 16));
    }
    *pp = p;
    return n;
}

/* One "NAME(hex[/hex])" at '*pp'. */
static char *
parse_entry(const char **pp, struct buf *b)
{
    const char *p = *pp;
    size_t len = strcspn(p, "(");
    struct entry e = { 0, 0, 0, false };
    if (!find_header(p, len, &e)) {
        return xasprintf("%s: unknown field `%.*s'", p, (int)len, p);
    }
    if (p[len] != '(') {
        return xasprintf("%s: missing ( following field name", p);
    }
    const char *q = p + len + 1;
    buf_put_be16(b, e.class);
    buf_put_u8(b, (uint8_t)(e.code << 1 | e.has_mask));
    size_t at = b->len;
    buf_put_u8(b, 0);
    if (e.class == 0xffff) {
        buf_put_be32(b, e.experimenter);
    }
    size_t n = parse_hex(&q, b);
    if (e.has_mask) {
        if (*q++ != '/') {
            return xasprintf("%s: missing / in masked field", p);
        }
        if (parse_hex(&q, b) != n) {
            return xasprintf("%s: value and mask differ in length", p);
        }
    }
    if (*q != ')') {
        return xasprintf("%s: missing ) following field value", p);
    }
    if (b->len - at - 1 > UINT8_MAX) {
        return xasprintf("%s: value too long", p);
    }
    b->data[at] = (uint8_t)(b->len - at - 1);
    *pp = q + 1;
    return NULL;
}

char *
oxm_parse_text(const char *s, struct buf *b)
{
    if (!strcmp(s, "<any>")) {
        return NULL;
    }
    for (s += strspn(s, ", "); *s; s += strspn(s, ", ")) {
        char *err = parse_entry(&s, b);
        if (err) {
            return err;
        }
    }
    return NULL;
}
