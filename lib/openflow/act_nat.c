/* SPDX-License-Identifier: Apache-2.0 */
/* nat, of ct: which end of a connection to translate, and to what. */
#include <arpa/inet.h>

#include "lib/openflow/act_priv.h"

/* What of a range is on the wire. */
enum {
    HAS_V4_MIN = 1,
    HAS_V4_MAX = 2,
    HAS_V6_MIN = 4,
    HAS_V6_MAX = 8,
    HAS_PORT_MIN = 16,
    HAS_PORT_MAX = 32,
    HAS_ALL = 63,
};
#define NAT_ENDS (ACT_NAT_SRC | ACT_NAT_DST)
#define NAT_MODES (ACT_NAT_PERSISTENT | ACT_NAT_HASH | ACT_NAT_RANDOM)

/* Who may not stand together, and a range that is upside down. */
static enum ofp_err
check_nat(const struct act_nat *n)
{
    bool both = (n->flags & NAT_ENDS) == NAT_ENDS;
    bool loose = !(n->flags & NAT_ENDS)
                 && (n->flags & NAT_MODES || n->family || n->port_min);
    bool two = (n->flags & ACT_NAT_HASH) && (n->flags & ACT_NAT_RANDOM);
    size_t bytes = n->family == 4 ? 4 : 16;
    bool falls = (n->has_max && memcmp(n->min, n->max, bytes) > 0)
                 || (n->port_max && n->port_max < n->port_min);
    return both || loose || two || falls
                   || n->flags & ~(NAT_ENDS | NAT_MODES)
               ? OFPERR_OFPBAC_BAD_ARGUMENT
               : OFPERR_OK;
}

static void
append_nat(struct buf *out, const struct act_nat *from)
{
    struct act_nat *n = act_append(out, ACT_NAT, sizeof *n);
    struct act hdr = n->hdr;
    *n = *from;
    n->hdr = hdr;
}

enum ofp_err
act_decode_nx_nat(struct act_wire *w, struct buf *out)
{
    struct act_nat n = { .family = 0 };
    cursor_skip(&w->c, 2);
    n.flags = cursor_be16(&w->c);
    uint16_t has = cursor_be16(&w->c);
    if (has & ~HAS_ALL || (has & 3 && has & 12)
        || (has & HAS_V4_MAX && !(has & HAS_V4_MIN))
        || (has & HAS_V6_MAX && !(has & HAS_V6_MIN))
        || (has & HAS_PORT_MAX && !(has & HAS_PORT_MIN))) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    n.family = has & HAS_V4_MIN ? 4 : has & HAS_V6_MIN ? 6 : 0;
    size_t bytes = n.family == 4 ? 4 : 16;
    if (n.family) {
        cursor_read(&w->c, n.min, bytes);
    }
    n.has_max = has & (HAS_V4_MAX | HAS_V6_MAX);
    if (n.has_max) {
        cursor_read(&w->c, n.max, bytes);
    }
    n.port_min = has & HAS_PORT_MIN ? cursor_be16(&w->c) : 0;
    n.port_max = has & HAS_PORT_MAX ? cursor_be16(&w->c) : 0;
    if (!cursor_ok(&w->c)) {
        return OFPERR_OFPBAC_BAD_LEN;
    }
    w->c.p = w->c.end; /* Padding. */
    if (has & HAS_PORT_MIN && !n.port_min) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    enum ofp_err err = check_nat(&n);
    if (!err) {
        append_nat(out, &n);
    }
    return err;
}

/* Text. */

/* One address at '*p', in brackets or not, which moves behind it. */
static bool
parse_addr(char **p, uint8_t *family, uint8_t addr[16])
{
    char text[INET6_ADDRSTRLEN + 1];
    bool bracket = **p == '[';
    char *start = *p + bracket;
    bool v6 = bracket || strspn(start, "0123456789abcdefABCDEF:")
                             > strspn(start, "0123456789");
    size_t n = strspn(start, v6 ? "0123456789abcdefABCDEF:." : "0123456789.");
    if (n >= sizeof text || (bracket && start[n] != ']')) {
        return false;
    }
    memcpy(text, start, n);
    text[n] = '\0';
    *p = start + n + bracket;
    uint8_t got = v6 ? 6 : 4;
    if (*family && *family != got) {
        return false;
    }
    *family = got;
    memset(addr, 0, 16);
    return inet_pton(v6 ? AF_INET6 : AF_INET, text, addr) == 1;
}

/* "ADDR", "ADDR-ADDR", each with ":PORT" or ":PORT-PORT"; or the ports
 * alone. */
static bool
parse_range(char *p, struct act_nat *n)
{
    if (*p != ':') {
        if (!parse_addr(&p, &n->family, n->min)) {
            return false;
        }
        if (*p == '-') {
            p++;
            n->has_max = true;
            if (!parse_addr(&p, &n->family, n->max)) {
                return false;
            }
        }
    }
    if (*p == ':') {
        char *dash = strchr(++p, '-');
        uint64_t min, max = 0;
        if (dash) {
            *dash = '\0';
        }
        if (!str_to_u64(p, 10, &min) || !min || min > 0xffff
            || (dash && (!str_to_u64(dash + 1, 10, &max) || max > 0xffff
                         || max < min))) {
            return false;
        }
        n->port_min = (uint16_t)min;
        n->port_max = (uint16_t)max;
        return true;
    }
    return !*p;
}

static char *
nat_arg(const char *key, char *value, struct act_nat *n)
{
    if (!strcmp(key, "src") || !strcmp(key, "dst")) {
        if (n->flags & NAT_ENDS) {
            return xasprintf("May only specify one of \"src\" or \"dst\".");
        }
        n->flags |= key[0] == 's' ? ACT_NAT_SRC : ACT_NAT_DST;
        char *whole = xstrdup(value);
        char *err = *value && !parse_range(value, n)
                        ? xasprintf("invalid nat range \"%s\"", whole)
                        : NULL;
        free(whole);
        return err;
    }
    if (!strcmp(key, "persistent")) {
        n->flags |= ACT_NAT_PERSISTENT;
    } else if (!strcmp(key, "hash")) {
        n->flags |= ACT_NAT_HASH;
    } else if (!strcmp(key, "random")) {
        n->flags |= ACT_NAT_RANDOM;
    } else {
        return xasprintf("invalid key \"%s\" in \"nat\" argument", key);
    }
    return NULL;
}

char *
act_parse_nat_in_ct(struct act_text *t, struct buf *out)
{
    struct act_nat n = { .family = 0 };
    char *all = xstrdup(t->arg);
    char *err = NULL;
    for (char *list = t->arg, *key, *value; !err;) {
        /* Addresses hold colons, so only '=' parts a key from its value. */
        list += strspn(list, ", ");
        if (!*list) {
            break;
        }
        key = list;
        list += strcspn(list, ", ");
        if (*list) {
            *list++ = '\0';
        }
        value = strchr(key, '=');
        if (value) {
            *value++ = '\0';
        }
        err = nat_arg(key, value ? value : key + strlen(key), &n);
    }
    if (!err && !(n.flags & NAT_ENDS) && n.flags & NAT_MODES) {
        err = xasprintf("Flags allowed only with \"src\" or \"dst\".");
    }
    if (!err && check_nat(&n)) {
        err = n.flags & ACT_NAT_HASH && n.flags & ACT_NAT_RANDOM
                  ? xasprintf("Both \"hash\" and \"random\" are not allowed "
                              "together.")
                  : xasprintf("invalid nat range \"%s\"",
                              strchr(all, '=') ? strchr(all, '=') + 1 : all);
    }
    if (!err) {
        append_nat(out, &n);
    }
    free(all);
    return err;
}

char *
act_parse_nat(struct act_text *t UNUSED, struct buf *out UNUSED)
{
    return xasprintf("Cannot have NAT action outside of \"ct\" action");
}

static void
put_addr(const struct act_nat *n, const uint8_t *addr, struct str *s)
{
    char text[INET6_ADDRSTRLEN];
    bool bracket = n->family == 6 && n->port_min;
    inet_ntop(n->family == 4 ? AF_INET : AF_INET6, addr, text, sizeof text);
    str_putf(s, bracket ? "[%s]" : "%s", text);
}

static void
put_nat(const struct act *a, const struct ofp_names *names UNUSED,
        struct str *s)
{
    const struct act_nat *n = ACT_CAST(act_nat, a);
    if (!n->flags) {
        str_put(s, "nat");
        return;
    }
    str_put(s, n->flags & ACT_NAT_SRC ? "nat(src" : "nat(dst");
    if (n->family || n->port_min) {
        str_put_char(s, '=');
    }
    if (n->family) {
        put_addr(n, n->min, s);
    }
    if (n->has_max) {
        str_put_char(s, '-');
        put_addr(n, n->max, s);
    }
    if (n->port_min) {
        str_putf(s, ":%u", n->port_min);
    }
    if (n->port_max) {
        str_putf(s, "-%u", n->port_max);
    }
    str_put(s, n->flags & ACT_NAT_PERSISTENT ? ",persistent" : "");
    str_put(s, n->flags & ACT_NAT_HASH ? ",hash" : "");
    str_put(s, n->flags & ACT_NAT_RANDOM ? ",random" : "");
    str_put_char(s, ')');
}

static void
encode_nat(const struct act *a, enum ofp_version version UNUSED,
           struct buf *b)
{
    const struct act_nat *n = ACT_CAST(act_nat, a);
    size_t bytes = n->family == 4 ? 4 : 16;
    unsigned int has = 0;
    if (n->family) {
        has |= n->family == 4 ? HAS_V4_MIN : HAS_V6_MIN;
        has |= !n->has_max      ? 0u
               : n->family == 4 ? HAS_V4_MAX
                                : HAS_V6_MAX;
    }
    has |= n->port_min ? HAS_PORT_MIN : 0;
    has |= n->port_max ? HAS_PORT_MAX : 0;
    size_t start = act_wire_begin_nx(b, 36);
    buf_put_zeros(b, 2);
    buf_put_be16(b, n->flags);
    buf_put_be16(b, (uint16_t)has);
    buf_put(b, n->min, n->family ? bytes : 0);
    buf_put(b, n->max, n->has_max ? bytes : 0);
    if (n->port_min) {
        buf_put_be16(b, n->port_min);
    }
    if (n->port_max) {
        buf_put_be16(b, n->port_max);
    }
    act_wire_end(b, start);
}

const struct act_ops act_ops_NAT = { "nat", put_nat, encode_nat, NULL };
