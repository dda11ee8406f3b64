/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields as text. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/flow/field.h"

static const char *const tcp_flag_names[12] = {
    "fin", "syn", "rst", "psh", "ack",   "urg",
    "ece", "cwr", "ns",  "[200]", "[400]", "[800]",
};
static const char *const ct_state_names[8] = {
    "new", "est", "rel", "rpl", "inv", "trk", "snat", "dnat",
};
static const char *const tun_flag_names[1] = { "oam" };

/* The names of the bits of a field, from the lowest up. */
struct flag_set {
    const char *what;
    const char *const *names;
    unsigned int n;
};

static const struct flag_set *
flag_set_of(const struct field *f)
{
    static const struct flag_set tcp = { "TCP", tcp_flag_names, 12 };
    static const struct flag_set ct = { "ct_state", ct_state_names, 8 };
    static const struct flag_set tun = { "tunnel", tun_flag_names, 1 };
    return f->form == FIELD_FORM_TCP_FLAGS  ? &tcp
           : f->form == FIELD_FORM_CT_STATE ? &ct
                                            : &tun;
}

/* 'yes' and so on are FLOW_FRAG_* under a mask of them. */
static const struct {
    const char *name;
    uint8_t value, mask;
} frag_names[] = {
    { "no", 0, FLOW_FRAG_ANY | FLOW_FRAG_LATER },
    { "yes", FLOW_FRAG_ANY, FLOW_FRAG_ANY },
    { "first", FLOW_FRAG_ANY, FLOW_FRAG_ANY | FLOW_FRAG_LATER },
    { "later", FLOW_FRAG_ANY | FLOW_FRAG_LATER,
      FLOW_FRAG_ANY | FLOW_FRAG_LATER },
    { "not_later", 0, FLOW_FRAG_LATER },
};

static char *
parse_frag(const char *s, union field_value *v, union field_value *m)
{
    for (size_t i = 0; i < ARRAY_SIZE(frag_names); i++) {
        if (!strcmp(s, frag_names[i].name)) {
            v->u8 = frag_names[i].value;
            m->u8 = frag_names[i].mask;
            return NULL;
        }
    }
    return xasprintf("%s: unknown fragment type (valid types are \"no\", "
                     "\"yes\", \"first\", \"later\", \"not_later\")",
                     s);
}

/* Digits of 's' into 'n' big-endian bytes.  Returns 0; 1 if 's' is no
 * number; 2 if it does not fit. */
static int
parse_bytes(const char *s, uint8_t *b, size_t n)
{
    memset(b, 0, n);
    unsigned int base = 10;
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        base = 16;
        s += 2;
    }
    if (!*s) {
        return 1;
    }
    bool big = false;
    for (; *s; s++) {
        unsigned int digit = isdigit((unsigned char)*s)
                                 ? (unsigned int)(*s - '0')
                             : isxdigit((unsigned char)*s)
                                 ? (unsigned int)(tolower(*s) - 'a' + 10)
                                 : 16;
        if (digit >= base) {
            return 1;
        }
        unsigned int carry = digit;
        for (size_t i = n; i-- > 0;) {
            carry += b[i] * base;
            b[i] = (uint8_t)carry;
            carry >>= 8;
        }
        big |= carry != 0;
    }
    return big ? 2 : 0;
}

static char *
parse_number(const struct field *f, const char *s, union field_value *v)
{
    switch (parse_bytes(s, v->b, f->n_bytes)) {
    case 0:
        return NULL;
    case 2:
        return xasprintf("%s: value too large for %u-byte field %s", s,
                         f->n_bytes, f->name);
    default:
        return xasprintf("%s: bad syntax for %s", s, f->name);
    }
}

/* The bit of the flag that the first 'n' bytes of 's' name, or 0. */
static uint32_t
flag_bit(const struct flag_set *set, const char *s, size_t n)
{
    for (unsigned int i = 0; i < set->n; i++) {
        if (strlen(set->names[i]) == n && !strncmp(s, set->names[i], n)) {
            return 1u << i;
        }
    }
    return 0;
}

/* "+syn-ack": each flag wanted or unwanted. */
static char *
parse_flag_signs(const struct field *f, const char *s, union field_value *v,
                 union field_value *m)
{
    const struct flag_set *set = flag_set_of(f);
    uint32_t value = 0, mask = 0;
    for (const char *p = s; *p;) {
        bool on = *p == '+';
        if (!on && *p != '-') {
            return xasprintf("%s: %s flag must be preceded by '+' (for set) "
                             "or '-' (for clear)",
                             s, set->what);
        }
        size_t n = strcspn(++p, "+-");
        uint32_t bit = flag_bit(set, p, n);
        if (!bit) {
            return xasprintf("%.*s: unknown %s flag(s)", (int)n, p, set->what);
        }
        if (mask & bit) {
            return xasprintf("%.*s: %s flag named twice", (int)n, p,
                             set->what);
        }
        mask |= bit;
        value |= on ? bit : 0;
        p += n;
    }
    field_value_set_bits(f, v, 0, f->n_bits, value);
    field_value_set_bits(f, m, 0, f->n_bits, mask);
    return NULL;
}

/* "syn|ack": exactly these. */
static char *
parse_flag_names(const struct field *f, const char *s, union field_value *v)
{
    const struct flag_set *set = flag_set_of(f);
    uint32_t value = 0;
    for (const char *p = s; *p;) {
        size_t n = strcspn(p, "|");
        uint32_t bit = flag_bit(set, p, n);
        if (!bit) {
            return xasprintf("%.*s: unknown %s flag(s)", (int)n, p, set->what);
        }
        value |= bit;
        p += n + (p[n] == '|');
    }
    field_value_set_bits(f, v, 0, f->n_bits, value);
    return NULL;
}

static char *
parse_flags(const struct field *f, const char *s, union field_value *v,
            union field_value *m)
{
    return *s == '+' || *s == '-'       ? parse_flag_signs(f, s, v, m)
           : isdigit((unsigned char)*s) ? parse_number(f, s, v)
                                        : parse_flag_names(f, s, v);
}

/* A number below 65536 that ends at 'end'; 's' moves past that. */
static bool
parse_u16_until(const char **s, char end, uint32_t *x)
{
    const char *p = strchr(*s, end);
    char digits[8];
    uint64_t n;
    if (!p || p == *s || (size_t)(p - *s) >= sizeof digits) {
        return false;
    }
    memcpy(digits, *s, (size_t)(p - *s));
    digits[p - *s] = '\0';
    if (!str_to_u64(digits, 0, &n) || n > UINT16_MAX) {
        return false;
    }
    *x = (uint32_t)n;
    *s = p + 1;
    return true;
}

/* "(NS,TYPE)" */
static char *
parse_packet_type(const char *s, union field_value *v)
{
    const char *p = s;
    uint32_t ns, type;
    if (*p++ != '(' || !parse_u16_until(&p, ',', &ns)
        || !parse_u16_until(&p, ')', &type) || *p) {
        return xasprintf("%s: packet type must be (NAMESPACE,TYPE)", s);
    }
    v->be32 = cpu_to_be32(ns << 16 | type);
    return NULL;
}

static char *
parse_ipv4_mask(const char *s, union field_value *m)
{
    if (inet_pton(AF_INET, s, &m->be32) == 1) {
        return NULL;
    }
    uint64_t n;
    if (!str_to_u64(s, 10, &n)) {
        return xasprintf("%s: invalid IP address mask", s);
    }
    if (n > 32) {
        return xasprintf("%s: IPv4 network prefix bits not between 0 and "
                         "32, inclusive",
                         s);
    }
    m->be32 = n ? cpu_to_be32(UINT32_MAX << (32 - n)) : 0;
    return NULL;
}

static char *
parse_ipv6_mask(const char *s, union field_value *m)
{
    if (inet_pton(AF_INET6, s, m->ipv6) == 1) {
        return NULL;
    }
    uint64_t n;
    if (!str_to_u64(s, 10, &n)) {
        return xasprintf("%s: invalid IPv6 address mask", s);
    }
    if (n > 128) {
        return xasprintf("%s: IPv6 network prefix bits not between 0 and "
                         "128, inclusive",
                         s);
    }
    memset(m->ipv6, 0, 16);
    for (uint64_t i = 0; i < n; i++) {
        m->ipv6[i / 8] |= (uint8_t)(0x80u >> i % 8);
    }
    return NULL;
}

/* Six hex bytes of one or two digits, as people write them. */
static bool
parse_eth(const char *s, struct eth_addr *ea)
{
    for (int i = 0; i < 6; i++) {
        size_t n = strspn(s, "0123456789abcdefABCDEF");
        if (n < 1 || n > 2) {
            return false;
        }
        ea->ea[i] = (uint8_t)strtoul(s, NULL, 16);
        s += n;
        if (*s++ != (i < 5 ? ':' : '\0')) {
            return false;
        }
    }
    return true;
}

static char *
parse_port(const struct field *f, const char *s,
           const struct ofp_names *names, union field_value *v)
{
    uint32_t port;
    if (!ofport_parse(s, names, &port)) {
        return xasprintf("%s: invalid or unknown port for %s", s, f->name);
    }
    if (f->n_bytes == 2) {
        uint16_t port10;
        if (!ofport_to_of10(port, &port10)) {
            return xasprintf("%s: invalid or unknown port for %s", s,
                             f->name);
        }
        v->be16 = cpu_to_be16(port10);
    } else {
        v->be32 = cpu_to_be32(port);
    }
    return NULL;
}

/* The value alone.  '*m' comes all ones and may be narrowed. */
static char *
parse_value(const struct field *f, const char *s,
            const struct ofp_names *names, union field_value *v,
            union field_value *m)
{
    switch (f->form) {
    case FIELD_FORM_DECIMAL:
    case FIELD_FORM_HEX:
        return parse_number(f, s, v);
    case FIELD_FORM_ETHERNET:
        return parse_eth(s, &v->mac)
                   ? NULL
                   : xasprintf("%s: invalid Ethernet address", s);
    case FIELD_FORM_IPV4:
        return inet_pton(AF_INET, s, &v->be32) == 1
                   ? NULL
                   : xasprintf("%s: invalid IP address", s);
    case FIELD_FORM_IPV6:
        return inet_pton(AF_INET6, s, v->ipv6) == 1
                   ? NULL
                   : xasprintf("%s: invalid IPv6 address", s);
    case FIELD_FORM_PORT:
        return parse_port(f, s, names, v);
    case FIELD_FORM_FRAG:
        return parse_frag(s, v, m);
    case FIELD_FORM_TCP_FLAGS:
    case FIELD_FORM_CT_STATE:
    case FIELD_FORM_TUN_FLAGS:
        return parse_flags(f, s, v, m);
    case FIELD_FORM_PACKET_TYPE:
        return parse_packet_type(s, v);
    }
    return NULL;
}

static char *
parse_mask(const struct field *f, const char *s, union field_value *m)
{
    memset(m, 0, sizeof *m);
    switch (f->form) {
    case FIELD_FORM_ETHERNET:
        return parse_eth(s, &m->mac)
                   ? NULL
                   : xasprintf("%s: invalid Ethernet address mask", s);
    case FIELD_FORM_IPV4:
        return parse_ipv4_mask(s, m);
    case FIELD_FORM_IPV6:
        return parse_ipv6_mask(s, m);
    default:
        return parse_bytes(s, m->b, f->n_bytes)
                   ? xasprintf("%s: bad syntax for %s mask", s, f->name)
                   : NULL;
    }
}

char *
field_parse(const struct field *f, const char *text,
            const struct ofp_names *names, union field_value *v,
            union field_value *m)
{
    memset(v, 0, sizeof *v);
    if (!strcmp(text, "*")) {
        memset(m, 0, sizeof *m);
        return NULL;
    }
    field_value_ones(f, m);
    if (f->id == FIELD_DL_VLAN) {
        m->be16 = BE16(0xffff);
    }
    union field_value full = *m;

    const char *slash = f->form == FIELD_FORM_PORT ? NULL : strchr(text, '/');
    char *value = slash ? xmemdup0(text, (size_t)(slash - text))
                        : xstrdup(text);
    char *err = parse_value(f, value, names, v, m);
    if (!err && slash) {
        err = parse_mask(f, slash + 1, m);
    }
    free(value);
    if (err) {
        return err;
    }
    bool none = !(m->words[0] | m->words[1]);
    if (f->id == FIELD_NW_TOS) {
        v->u8 &= 0xfc;
    }
    if (!none && slash && !f->maskable && memcmp(m, &full, sizeof full)) {
        return xasprintf("%s: invalid mask for field %s", text, f->name);
    }
    if (!field_value_is_valid(f, v)
        || ((m->words[0] & ~full.words[0])
            | (m->words[1] & ~full.words[1]))) {
        return xasprintf("%s is not a valid value for field %s", text,
                         f->name);
    }
    v->words[0] &= m->words[0];
    v->words[1] &= m->words[1];
    return NULL;
}

/* Hexadecimal without leading zeros; zero is plain "0". */
static void
put_hex(const struct field *f, const union field_value *v, struct str *s)
{
    unsigned int i = 0;
    while (i + 1u < f->n_bytes && !v->b[i]) {
        i++;
    }
    str_putf(s, "%#x", v->b[i]);
    while (++i < f->n_bytes) {
        str_putf(s, "%02x", v->b[i]);
    }
}

static void
put_ipv4(be32 addr, struct str *s)
{
    char text[INET_ADDRSTRLEN];
    str_put(s, inet_ntop(AF_INET, &addr, text, sizeof text));
}

static void
put_ipv6(const uint8_t addr[16], struct str *s)
{
    char text[INET6_ADDRSTRLEN];
    str_put(s, inet_ntop(AF_INET6, addr, text, sizeof text));
}

/* Length of the prefix that 'm' of 'n' bytes is, or -1 if it is none. */
static int
prefix_len(const uint8_t *m, int n)
{
    int len = 0;
    while (len < 8 * n && m[len / 8] & 0x80 >> len % 8) {
        len++;
    }
    for (int i = len; i < 8 * n; i++) {
        if (m[i / 8] & 0x80 >> i % 8) {
            return -1;
        }
    }
    return len;
}

static void
put_frag(const union field_value *v, const union field_value *m,
         struct str *s)
{
    uint8_t mask = m ? m->u8 : FLOW_FRAG_ANY | FLOW_FRAG_LATER;
    for (size_t i = 0; i < ARRAY_SIZE(frag_names); i++) {
        if (frag_names[i].value == v->u8 && frag_names[i].mask == mask) {
            str_put(s, frag_names[i].name);
            return;
        }
    }
    str_put(s, "<error>");
}

static void
put_flags(const struct field *f, const union field_value *v,
          const union field_value *m, struct str *s)
{
    const struct flag_set *set = flag_set_of(f);
    uint64_t all = (1ull << set->n) - 1;
    uint64_t value = field_value_bits(f, v, 0, f->n_bits);
    uint64_t mask = m ? field_value_bits(f, m, 0, f->n_bits) & all : all;
    bool exact = !m;
    if (exact && !(value & all)) {
        str_put(s, "0");
        return;
    }
    const char *sep = "";
    for (unsigned int i = 0; i < set->n; i++) {
        bool on = value >> i & 1;
        if (exact && on) {
            str_putf(s, "%s%s", sep, set->names[i]);
            sep = "|";
        } else if (!exact && mask >> i & 1) {
            str_putf(s, "%c%s", on ? '+' : '-', set->names[i]);
        }
    }
}

static void
put_packet_type(const union field_value *v, struct str *s)
{
    uint32_t pt = be32_to_cpu(v->be32);
    uint16_t type = (uint16_t)pt;
    str_putf(s, type ? "(%u,0x%x)" : "(%u,%x)", pt >> 16, type);
}

static void
put_port(const struct field *f, const union field_value *v,
         const struct ofp_names *names, struct str *s)
{
    ofport_put(f->n_bytes == 2 ? ofport_from_of10(be16_to_cpu(v->be16))
                               : be32_to_cpu(v->be32),
               names, s);
}

/* "/24", "/255.0.255.0", "/0xf", "/ff:..": the mask that follows a value. */
static void
put_mask(const struct field *f, const union field_value *m, struct str *s)
{
    str_put_char(s, '/');
    int prefix = prefix_len(m->b, f->n_bytes);
    bool is_ip = f->form == FIELD_FORM_IPV4 || f->form == FIELD_FORM_IPV6;
    if (is_ip && prefix >= 0) {
        str_putf(s, "%d", prefix);
    } else if (f->form == FIELD_FORM_IPV4) {
        put_ipv4(m->be32, s);
    } else if (f->form == FIELD_FORM_IPV6) {
        put_ipv6(m->ipv6, s);
    } else if (f->form == FIELD_FORM_ETHERNET) {
        str_putf(s, ETH_ADDR_FMT, ETH_ADDR_ARGS(m->mac));
    } else {
        put_hex(f, m, s);
    }
}

void
field_put(const struct field *f, const union field_value *v,
          const union field_value *m, const struct ofp_names *names,
          struct str *s)
{
    if (m && field_value_is_zero(f, m)) {
        str_put(s, "ANY");
        return;
    }
    if (m && field_value_is_ones(f, m)) {
        m = NULL;
    }
    switch (f->form) {
    case FIELD_FORM_DECIMAL: {
        uint64_t x = field_value_bits(f, v, 0, 8u * f->n_bytes);
        str_putf(s, "%llu", (unsigned long long)x);
        break;
    }
    case FIELD_FORM_HEX:
        put_hex(f, v, s);
        break;
    case FIELD_FORM_ETHERNET:
        str_putf(s, ETH_ADDR_FMT, ETH_ADDR_ARGS(v->mac));
        break;
    case FIELD_FORM_IPV4:
        put_ipv4(v->be32, s);
        break;
    case FIELD_FORM_IPV6:
        put_ipv6(v->ipv6, s);
        break;
    case FIELD_FORM_PORT:
        put_port(f, v, names, s);
        return;
    case FIELD_FORM_FRAG:
        put_frag(v, m, s);
        return;
    case FIELD_FORM_TCP_FLAGS:
    case FIELD_FORM_CT_STATE:
    case FIELD_FORM_TUN_FLAGS:
        put_flags(f, v, m, s);
        return;
    case FIELD_FORM_PACKET_TYPE:
        put_packet_type(v, s);
        return;
    }
    if (m) {
        put_mask(f, m, s);
    }
}
