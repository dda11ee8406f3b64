/* SPDX-License-Identifier: Apache-2.0 */
/* Flows from text.  A flow is a run of fields and settings, then "actions="
 * and everything up to the end. */
#include <stdio.h>
#include <strings.h>

#include "lib/base/mem.h"
#include "lib/openflow/text_priv.h"

/* A word that stands for a protocol. */
static const struct {
    const char *name;
    uint16_t dl_type;
    uint8_t nw_proto; /* 0: any. */
} protocols[] = {
    { "ip", 0x0800, 0 },      { "ipv4", 0x0800, 0 },
    { "ip4", 0x0800, 0 },     { "icmp", 0x0800, 1 },
    { "icmp4", 0x0800, 1 },   { "icmpv4", 0x0800, 1 },
    { "tcp", 0x0800, 6 },     { "tcp4", 0x0800, 6 },
    { "udp", 0x0800, 17 },    { "udp4", 0x0800, 17 },
    { "sctp", 0x0800, 132 },  { "sctp4", 0x0800, 132 },
    { "ipv6", 0x86dd, 0 },    { "ip6", 0x86dd, 0 },
    { "icmp6", 0x86dd, 58 },  { "icmpv6", 0x86dd, 58 },
    { "tcp6", 0x86dd, 6 },    { "udp6", 0x86dd, 17 },
    { "sctp6", 0x86dd, 132 }, { "arp", 0x0806, 0 },
    { "rarp", 0x8035, 0 },    { "mpls", 0x8847, 0 },
    { "mplsm", 0x8848, 0 },
};

static const struct {
    const char *name;
    uint16_t flag;
    uint16_t formats; /* That can carry it. */
} flags[] = {
    { "send_flow_rem", FLOW_FLAG_SEND_FLOW_REM, FLOW_FORMAT_ANY },
    { "check_overlap", FLOW_FLAG_CHECK_OVERLAP, FLOW_FORMAT_ANY },
    { "reset_counts", FLOW_FLAG_RESET_COUNTS,
      FLOW_FORMAT_OF12 | FLOW_FORMAT_OF13 | FLOW_FORMAT_OF14
          | FLOW_FORMAT_OF15 },
    { "no_packet_counts", FLOW_FLAG_NO_PKT_COUNTS,
      FLOW_FORMAT_OF13 | FLOW_FORMAT_OF14 | FLOW_FORMAT_OF15 },
    { "no_byte_counts", FLOW_FLAG_NO_BYT_COUNTS,
      FLOW_FORMAT_OF13 | FLOW_FORMAT_OF14 | FLOW_FORMAT_OF15 },
};

#define FORMATS_OF10                                                          \
    (FLOW_FORMAT_OF10 | FLOW_FORMAT_OF10_TID | FLOW_FORMAT_NXM                \
     | FLOW_FORMAT_NXM_TID)
#define FORMATS_STD10 (FLOW_FORMAT_OF10 | FLOW_FORMAT_OF10_TID)
#define FORMATS_TABLES                                                        \
    (FLOW_FORMAT_ANY & ~(FLOW_FORMAT_OF10 | FLOW_FORMAT_NXM))

/* What one parse carries along. */
struct parser {
    struct text_scan scan;
    enum flow_spec_kind kind;
    const struct ofp_names *names;
    struct flow_spec *spec;
    struct text_err *err;
    bool have_actions;
};

static bool
fail_value(struct parser *p, char *message)
{
    return text_fail(p->err, &p->scan, p->scan.value, message);
}

static bool
unknown_keyword(struct parser *p)
{
    return text_fail(p->err, &p->scan, p->scan.key,
                     xasprintf("unknown keyword %s", p->scan.key));
}

static void
set_number(struct match *m, enum field_id id, uint64_t x)
{
    const struct field *f = field_from_id(id);
    union field_value v;
    memset(&v, 0, sizeof v);
    field_value_set_bits(f, &v, 0, 8u * f->n_bytes, x);
    match_set_field(m, f, &v, NULL);
}

static bool
parse_protocol(struct parser *p)
{
    for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (!strcmp(p->scan.key, protocols[i].name)) {
            struct match *m = &p->spec->match;
            set_number(m, FIELD_ETH_TYPE, protocols[i].dl_type);
            if (protocols[i].nw_proto) {
                set_number(m, FIELD_NW_PROTO, protocols[i].nw_proto);
            }
            return true;
        }
    }
    return !strcmp(p->scan.key, "eth");
}

static bool
parse_flag(struct parser *p)
{
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (!strcmp(p->scan.key, flags[i].name)
            && p->kind != FLOW_SPEC_DELETE) {
            p->spec->flags |= flags[i].flag;
            p->spec->formats &= flags[i].formats;
            return true;
        }
    }
    return !strcmp(p->scan.key, "allow_hidden_fields");
}

/* A cookie's number, or -1 for all ones. */
static bool
cookie_number(const char *s, uint64_t *x)
{
    if (!strcmp(s, "-1")) {
        *x = UINT64_MAX;
        return true;
    }
    return str_to_u64(s, 0, x);
}

static bool
parse_cookie(struct parser *p)
{
    struct flow_spec *spec = p->spec;
    char *mask = strchr(p->scan.value, '/');
    uint64_t x, m = 0;
    if (mask) {
        *mask++ = '\0';
        if (p->kind == FLOW_SPEC_ADD) {
            return fail_value(
                p, xstrdup("flow additions cannot use a cookie mask"));
        }
        if (!cookie_number(mask, &m)) {
            return text_fail(p->err, &p->scan, mask,
                             xasprintf("invalid numeric format %s", mask));
        }
    } else if (p->kind == FLOW_SPEC_DELETE) {
        return fail_value(
            p, xasprintf("cannot set cookie (to match on a cookie, specify "
                         "a mask, e.g. cookie=%s/-1)",
                         p->scan.value));
    }
    if (!cookie_number(p->scan.value, &x)) {
        return fail_value(
            p, xasprintf("invalid numeric format %s", p->scan.value));
    }
    if (mask) {
        spec->cookie = x & m;
        spec->cookie_mask = m;
        spec->formats &= FLOW_FORMAT_ANY & ~FORMATS_STD10;
    } else {
        spec->new_cookie = x;
    }
    return true;
}

static bool
parse_table(struct parser *p)
{
    const struct ofp_names *n = p->names;
    uint64_t x;
    if (str_to_u64(p->scan.value, 0, &x) && x <= 255) {
        p->spec->table_id = (uint8_t)x;
    } else if (!n || !n->table_no
               || !n->table_no(n->aux, p->scan.value, &p->spec->table_id)) {
        return fail_value(
            p, xasprintf("unknown table \"%s\"", p->scan.value));
    }
    if (p->spec->table_id != FLOW_TABLE_ALL) {
        p->spec->formats &= FORMATS_TABLES;
    }
    return true;
}

/* Settings that are one number of 16 or 32 bits. */
static bool
parse_u16(struct parser *p, uint16_t *out)
{
    uint64_t x;
    if (!text_number(&p->scan, p->scan.key, UINT16_MAX, &x, p->err)) {
        return false;
    }
    *out = (uint16_t)x;
    return true;
}

static bool
parse_priority(struct parser *p)
{
    p->spec->have_priority = true;
    return parse_u16(p, &p->spec->priority);
}

static bool
parse_idle_timeout(struct parser *p)
{
    return p->kind == FLOW_SPEC_DELETE ? unknown_keyword(p)
                                       : parse_u16(p, &p->spec->idle_timeout);
}

static bool
parse_hard_timeout(struct parser *p)
{
    return p->kind == FLOW_SPEC_DELETE ? unknown_keyword(p)
                                       : parse_u16(p, &p->spec->hard_timeout);
}

static bool
parse_importance(struct parser *p)
{
    return p->kind == FLOW_SPEC_DELETE ? unknown_keyword(p)
                                       : parse_u16(p, &p->spec->importance);
}

static bool
parse_out_port(struct parser *p)
{
    if (p->kind != FLOW_SPEC_DELETE) {
        return unknown_keyword(p);
    }
    return ofport_parse(p->scan.value, p->names, &p->spec->out_port)
           || fail_value(p, xasprintf("%s is not a valid OpenFlow port",
                                      p->scan.value));
}

static bool
parse_out_group(struct parser *p)
{
    uint64_t x;
    if (p->kind != FLOW_SPEC_DELETE) {
        return unknown_keyword(p);
    }
    if (!text_number(&p->scan, "out_group", UINT32_MAX, &x, p->err)) {
        return false;
    }
    p->spec->out_group = (uint32_t)x;
    return true;
}

/* What dump-flows prints and add-flow then takes no notice of. */
static bool
parse_nothing(struct parser *p UNUSED)
{
    return true;
}

static const struct {
    const char *name;
    bool (*parse)(struct parser *);
} settings[] = {
    { "table", parse_table },
    { "priority", parse_priority },
    { "cookie", parse_cookie },
    { "idle_timeout", parse_idle_timeout },
    { "hard_timeout", parse_hard_timeout },
    { "importance", parse_importance },
    { "out_port", parse_out_port },
    { "out_group", parse_out_group },
    { "duration", parse_nothing },
    { "n_packets", parse_nothing },
    { "n_bytes", parse_nothing },
    { "idle_age", parse_nothing },
    { "hard_age", parse_nothing },
};

static bool
parse_field(struct parser *p, const struct field *f)
{
    union field_value v, m;
    char *err = field_parse(f, p->scan.value, p->names, &v, &m);
    if (err) {
        return fail_value(p, err);
    }
    match_set_field(&p->spec->match, f, &v, &m);
    return true;
}

/* "reg0[4..7]=3": bits that add to what is matched of the field. */
static bool
parse_subfield(struct parser *p)
{
    struct subfield sf;
    union field_value v, m;
    uint64_t x;
    char *err = subfield_parse(p->scan.key, &sf);
    if (err) {
        return text_fail(p->err, &p->scan, p->scan.key, err);
    }
    if (sf.n_bits > 64 || !str_to_u64(p->scan.value, 0, &x)) {
        return fail_value(p, xasprintf("%s: cannot parse integer value: %s",
                                       p->scan.key, p->scan.value));
    }
    if (sf.n_bits < 64 && x >> sf.n_bits) {
        return fail_value(p, xasprintf("%s: value %s does not fit into %u "
                                       "bits",
                                       p->scan.key, p->scan.value,
                                       sf.n_bits));
    }
    match_get_field(&p->spec->match, sf.field, &v, &m);
    field_value_set_bits(sf.field, &v, sf.ofs, sf.n_bits, x);
    field_value_set_bits(sf.field, &m, sf.ofs, sf.n_bits, UINT64_MAX);
    if (!sf.field->maskable && !field_value_is_ones(sf.field, &m)) {
        return text_fail(p->err, &p->scan, p->scan.key,
                         xasprintf("%s: invalid mask for field %s",
                                   p->scan.key, sf.field->name));
    }
    if (!field_value_is_valid(sf.field, &v)) {
        return fail_value(p, xasprintf("%s is not a valid value for field %s",
                                       p->scan.value, sf.field->name));
    }
    match_set_field(&p->spec->match, sf.field, &v, &m);
    return true;
}

static bool
parse_word(struct parser *p)
{
    if (parse_protocol(p) || parse_flag(p)) {
        return true;
    }
    const char *key = p->scan.key;
    if (!p->scan.value) {
        return text_fail(p->err, &p->scan, key,
                         xasprintf("field %s missing value", key));
    }
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        if (!strcmp(key, settings[i].name)) {
            return settings[i].parse(p);
        }
    }
    if (strchr(key, '[')) {
        return parse_subfield(p);
    }
    const struct field *f = field_from_name(key, strlen(key));
    return f ? parse_field(p, f) : unknown_keyword(p);
}

static bool
parse_actions(struct parser *p)
{
    char *text = p->scan.value;
    size_t pos;
    if (p->kind == FLOW_SPEC_DELETE) {
        return unknown_keyword(p);
    }
    if (!text) {
        /* "actions = 1": spaces may stand around the sign. */
        text = p->scan.p + strspn(p->scan.p, " \t");
        if (*text++ != '=') {
            return text_fail(p->err, &p->scan, p->scan.key,
                             xstrdup("must specify an action"));
        }
    }
    text_scan_unread(&p->scan, text);
    p->have_actions = true;
    char *message = acts_parse(text, p->names, &p->spec->acts, &pos);
    return !message || text_fail(p->err, &p->scan, text + pos, message);
}

static bool
parse_words(struct parser *p)
{
    while (text_scan_next(&p->scan)) {
        if (!strcasecmp(p->scan.key, "actions")
            || !strcasecmp(p->scan.key, "action")) {
            return parse_actions(p);
        }
        if (!parse_word(p)) {
            return false;
        }
    }
    if (p->kind != FLOW_SPEC_DELETE) {
        return text_fail(p->err, &p->scan, p->scan.key,
                         xstrdup("must specify an action"));
    }
    return true;
}

/* Drops what lacks its prerequisites, keeping the text of what was there. */
static void
normalize(struct flow_spec *spec, const struct ofp_names *names)
{
    struct match m = spec->match;
    if (match_normalize(&spec->match)) {
        struct str s = STR_INIT;
        match_put(&m, MATCH_PRIORITY_DEFAULT, names, &s);
        spec->unnormalized = str_steal(&s);
    }
}

/* Whether actions and match go together, and in which formats. */
static bool
check_actions(struct parser *p, const char *actions)
{
    struct flow_spec *spec = p->spec;
    acts_bind_match(&spec->acts, &spec->match);
    struct act_list acts = act_list_from_buf(&spec->acts);
    struct act_check in = { .match = &spec->match,
                            .table_id = spec->table_id,
                            .n_tables = 255,
                            .version = OFP10_VERSION,
                            .for_text = true };
    enum ofp_err err = acts_check(&acts, &in);
    if (err == OFPERR_OFPBAC_BAD_SET_ARGUMENT) {
        return text_fail(p->err, &p->scan, actions,
                         xstrdup("cannot set CT fields outside of ct action"));
    }
    if (err) {
        return text_fail(
            p->err, &p->scan, actions,
            xasprintf("actions are invalid with specified match (%s)",
                      ofp_err_name(err)));
    }
    in.version = OFP13_VERSION;
    if (acts_check(&acts, &in)) {
        spec->formats &= FORMATS_OF10;
    }
    spec->formats &= (uint16_t)flow_formats_of_actions(&acts);
    return true;
}

/* An ICMP type or code given as a 16-bit port must fit in its 8 bits. */
static bool
check_icmp(struct parser *p)
{
    const struct flow *f = &p->spec->match.flow;
    bool is_icmp = (f->dl_type == BE16(0x0800) && f->nw_proto == 1)
                   || (f->dl_type == BE16(0x86dd) && f->nw_proto == 58);
    unsigned int wide = be16_to_cpu(f->tp_src | f->tp_dst);
    return !is_icmp || wide <= UINT8_MAX
           || text_fail(p->err, &p->scan, p->scan.p,
                        xstrdup("ICMP type or code is too large for one "
                                "byte"));
}

static void
init_spec(struct flow_spec *spec, enum flow_spec_kind kind)
{
    *spec = (struct flow_spec){
        .priority = MATCH_PRIORITY_DEFAULT,
        .table_id = FLOW_TABLE_ALL,
        .new_cookie = kind == FLOW_SPEC_ADD ? 0 : UINT64_MAX,
        .out_port = OFPORT_ANY,
        .out_group = FLOW_GROUP_ANY,
        .buffer_id = FLOW_BUFFER_NONE,
        .formats = FLOW_FORMAT_ANY,
    };
    match_init(&spec->match);
    buf_init(&spec->acts);
}

bool
flow_spec_parse(const char *text, enum flow_spec_kind kind,
                const struct ofp_names *names, struct flow_spec *spec,
                struct text_err *err)
{
    struct parser p = { .kind = kind, .names = names, .spec = spec,
                        .err = err };
    init_spec(spec, kind);
    *err = (struct text_err){ NULL, 0 };
    text_scan_init(&p.scan, text);
    bool ok = parse_words(&p);
    if (ok) {
        normalize(spec, names);
        spec->formats &= (uint16_t)flow_formats_of_match(&spec->match);
        ok = check_icmp(&p)
             && (!p.have_actions || check_actions(&p, p.scan.p));
    }
    text_scan_fini(&p.scan);
    if (!ok) {
        flow_spec_fini(spec);
    }
    return ok;
}

void
flow_spec_fini(struct flow_spec *spec)
{
    buf_fini(&spec->acts);
    free(spec->unnormalized);
    spec->unnormalized = NULL;
}

/* Printing. */

static void
put_flags(uint16_t set, struct str *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        if (set & flags[i].flag) {
            str_putf(s, "%s ", flags[i].name);
        }
    }
}

void
duration_put(uint32_t sec, uint32_t nsec, struct str *s)
{
    str_putf(s, "%u", sec);
    if (nsec) {
        char digits[16];
        int n = snprintf(digits, sizeof digits, "%09u", nsec);
        while (n > 3 && digits[n - 1] == '0') {
            digits[--n] = '\0';
        }
        str_putf(s, ".%s", digits);
    }
    str_put_char(s, 's');
}

static void
put_counters(const struct flow_stats *fs, struct str *s)
{
    str_put(s, "duration=");
    duration_put(fs->duration_s, fs->duration_ns, s);
    str_put(s, ", ");
}

static void
put_table(const struct flow_stats *fs, const struct ofp_names *names,
          struct str *s)
{
    const char *name = names && names->table_name
                           ? names->table_name(names->aux, fs->table_id)
                           : NULL;
    str_put(s, "table=");
    if (name) {
        ofport_put_name(name, s);
    } else {
        str_putf(s, "%u", fs->table_id);
    }
    str_put(s, ", ");
}

static void
put_count(const char *name, uint64_t n, struct str *s)
{
    if (n == UINT64_MAX) {
        str_putf(s, "%s?, ", name);
    } else {
        str_putf(s, "%s%llu, ", name, (unsigned long long)n);
    }
}

void
flow_stats_put(const struct flow_stats *fs, const struct ofp_names *names,
               bool stats, struct str *s)
{
    if (stats || fs->cookie) {
        str_putf(s, "cookie=0x%llx, ", (unsigned long long)fs->cookie);
    }
    if (stats) {
        put_counters(fs, s);
    }
    if (stats || fs->table_id) {
        put_table(fs, names, s);
    }
    if (stats) {
        put_count("n_packets=", fs->n_packets, s);
        put_count("n_bytes=", fs->n_bytes, s);
    }
    if (fs->idle_timeout) {
        str_putf(s, "idle_timeout=%u, ", fs->idle_timeout);
    }
    if (fs->hard_timeout) {
        str_putf(s, "hard_timeout=%u, ", fs->hard_timeout);
    }
    put_flags(fs->flags, s);
    if (fs->importance) {
        str_putf(s, "importance=%u, ", fs->importance);
    }
    if (stats && fs->idle_age >= 0) {
        str_putf(s, "idle_age=%d, ", fs->idle_age);
    }
    if (stats && fs->hard_age >= 0
        && (uint32_t)fs->hard_age != fs->duration_s) {
        str_putf(s, "hard_age=%d, ", fs->hard_age);
    }
    size_t before = s->len;
    match_put(&fs->match, fs->priority, names, s);
    if (s->len > before) {
        str_put_char(s, ' ');
    }
    str_put(s, "actions=");
    acts_put(&fs->acts, names, s);
}
