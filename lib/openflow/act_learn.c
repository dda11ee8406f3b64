/* SPDX-License-Identifier: Apache-2.0 */
/* learn: adds a flow made after the packet.  Its matches and actions are
 * specifications, each copying bits of the packet or a constant.
 *
 * On the wire each is a 16-bit header (number of bits, where from, where to),
 * the source (field and offset, or the constant in whole 16-bit words) and
 * the destination (field and offset); a header of 0 ends the list. */
#include "lib/openflow/act_priv.h"

#define SPECS_MAX 256

enum {
    SPEC_BITS_MASK = 0x7ff,
    SPEC_DST_SHIFT = 11,
    SPEC_DST_MASK = 3,
    SPEC_SRC_VALUE = 1 << 13,
    SPEC_RESERVED = 3 << 14,
};
#define FLAGS1 (ACT_LEARN_SEND_FLOW_REM | ACT_LEARN_DELETE_LEARNED)
#define FLAGS2 (FLAGS1 | ACT_LEARN_WRITE_RESULT)

static const struct field *
part_field(const struct act_part *p)
{
    return field_from_id((enum field_id)p->field);
}

/* Appends the record and the specifications gathered in 'specs'. */
static void
append_learn(struct buf *out, const struct act_learn *head,
             const struct buf *specs)
{
    struct act_learn *l = act_append(out, ACT_LEARN, sizeof *l + specs->len);
    struct act hdr = l->hdr;
    *l = *head;
    l->hdr = hdr;
    l->n_specs = (uint32_t)(specs->len / sizeof l->specs[0]);
    if (specs->len) {
        memcpy(l->specs, specs->data, specs->len);
    }
}

/* Wire to memory. */

static enum ofp_err
pull_part(struct cursor *c, unsigned int n_bits, bool writes,
          struct act_part *p)
{
    /* The offset follows the header, which may be long. */
    struct cursor header = *c;
    const struct field *f;
    bool has_mask;
    enum ofp_err err = oxm_decode_header(c, &f, &has_mask);
    if (err) {
        return err == OFPERR_OFPBMC_BAD_FIELD ? OFPERR_OFPBAC_BAD_SET_TYPE
                                              : OFPERR_OFPBAC_BAD_LEN;
    }
    uint16_t ofs = cursor_be16(c);
    return cursor_ok(c) ? act_part_decode(&header, ofs, n_bits, writes, p)
                        : OFPERR_OFPBAC_BAD_LEN;
}

/* The constant, right-aligned in the width of 's->value'. */
static enum ofp_err
pull_value(struct cursor *c, unsigned int n_bits, uint8_t bytes[16])
{
    size_t n = (n_bits + 15) / 16 * 2;
    if (n > 16) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    memset(bytes, 0, 16);
    cursor_read(c, bytes + 16 - n, n);
    return cursor_ok(c) ? OFPERR_OK : OFPERR_OFPBAC_BAD_LEN;
}

/* Puts 16 right-aligned bytes where the destination has them. */
static enum ofp_err
place_value(const uint8_t bytes[16], struct act_learn_spec *s)
{
    const struct field *f = part_field(&s->dst);
    memset(&s->value, 0, sizeof s->value);
    memcpy(s->value.b, bytes + 16 - f->n_bytes, f->n_bytes);
    for (size_t i = 0; i < 16u - f->n_bytes; i++) {
        if (bytes[i]) {
            return OFPERR_OFPBAC_BAD_ARGUMENT;
        }
    }
    for (unsigned int bit = s->n_bits; bit < 8u * f->n_bytes; bit++) {
        if (field_value_bits(f, &s->value, bit, 1)) {
            return OFPERR_OFPBAC_BAD_ARGUMENT;
        }
    }
    return OFPERR_OK;
}

static enum ofp_err
decode_spec(struct cursor *c, uint16_t header, struct act_learn_spec *s)
{
    uint8_t bytes[16];
    memset(s, 0, sizeof *s);
    s->n_bits = header & SPEC_BITS_MASK;
    s->dst_kind = header >> SPEC_DST_SHIFT & SPEC_DST_MASK;
    s->src_is_value = header & SPEC_SRC_VALUE;
    if (header & SPEC_RESERVED || s->dst_kind > ACT_LEARN_OUTPUT
        || !s->n_bits
        || (s->dst_kind == ACT_LEARN_OUTPUT && s->src_is_value)) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    enum ofp_err err = s->src_is_value
                           ? pull_value(c, s->n_bits, bytes)
                           : pull_part(c, s->n_bits, false, &s->src);
    if (!err && s->dst_kind != ACT_LEARN_OUTPUT) {
        err = pull_part(c, s->n_bits, s->dst_kind == ACT_LEARN_LOAD,
                        &s->dst);
    }
    return !err && s->src_is_value ? place_value(bytes, s) : err;
}

static enum ofp_err
decode_specs(struct cursor *c, const struct act_learn *head, struct buf *out)
{
    struct buf specs = BUF_INIT;
    enum ofp_err err = OFPERR_OK;
    while (!err && cursor_left(c) >= 2) {
        struct act_learn_spec s;
        uint16_t header = cursor_be16(c);
        if (!header) {
            break;
        }
        err = specs.len / sizeof s >= SPECS_MAX ? OFPERR_OFPBAC_TOO_MANY
                                                : decode_spec(c, header, &s);
        if (!err) {
            buf_put(&specs, &s, sizeof s);
        }
    }
    while (!err && cursor_left(c)) {
        err = cursor_u8(c) ? OFPERR_NXBRC_MUST_BE_ZERO : OFPERR_OK;
    }
    if (!err) {
        append_learn(out, head, &specs);
    }
    buf_fini(&specs);
    return err;
}

static void
decode_head(struct cursor *c, struct act_learn *l)
{
    l->idle_timeout = cursor_be16(c);
    l->hard_timeout = cursor_be16(c);
    l->priority = cursor_be16(c);
    l->cookie = cursor_be64(c);
    l->flags = cursor_be16(c);
    l->table_id = cursor_u8(c);
    l->pad = cursor_u8(c);
    l->fin_idle_timeout = cursor_be16(c);
    l->fin_hard_timeout = cursor_be16(c);
}

static enum ofp_err
check_head(struct act_learn *l, uint16_t flags)
{
    bool bad = l->pad || l->table_id == 255 || l->flags & ~flags;
    l->pad = 0;
    return bad ? OFPERR_OFPBAC_BAD_ARGUMENT : OFPERR_OK;
}

enum ofp_err
act_decode_nx_learn(struct act_wire *w, struct buf *out)
{
    struct act_learn l = { .limit = 0 };
    decode_head(&w->c, &l);
    enum ofp_err err = check_head(&l, FLAGS1);
    return err ? err : decode_specs(&w->c, &l, out);
}

enum ofp_err
act_decode_nx_learn2(struct act_wire *w, struct buf *out)
{
    struct act_learn l = { .limit = 0 };
    decode_head(&w->c, &l);
    l.limit = cursor_be32(&w->c);
    uint16_t ofs = cursor_be16(&w->c);
    unsigned int pad = cursor_be16(&w->c);
    enum ofp_err err = check_head(&l, FLAGS2);
    if (!err && l.flags & ACT_LEARN_WRITE_RESULT) {
        err = act_part_decode(&w->c, ofs, 1, true, &l.result);
    } else if (!err && (ofs || pad)) {
        err = OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    return err ? err : decode_specs(&w->c, &l, out);
}

/* Memory to wire. */

static void
put_part(const struct act_part *p, struct buf *b)
{
    act_part_encode_field(p, b);
    buf_put_be16(b, p->ofs);
}

static void
encode_spec(const struct act_learn_spec *s, struct buf *b)
{
    buf_put_be16(b, (uint16_t)(s->n_bits | s->dst_kind << SPEC_DST_SHIFT
                               | (s->src_is_value ? SPEC_SRC_VALUE : 0)));
    if (s->src_is_value) {
        uint8_t bytes[16] = { 0 };
        size_t width = part_field(&s->dst)->n_bytes;
        size_t n = (s->n_bits + 15u) / 16 * 2;
        memcpy(bytes + 16 - width, s->value.b, width);
        buf_put(b, bytes + 16 - n, n);
    } else {
        put_part(&s->src, b);
    }
    if (s->dst_kind != ACT_LEARN_OUTPUT) {
        put_part(&s->dst, b);
    }
}

static void
encode_learn(const struct act *a, enum ofp_version version UNUSED,
             struct buf *b)
{
    const struct act_learn *l = ACT_CAST(act_learn, a);
    bool two = l->limit || l->flags & ACT_LEARN_WRITE_RESULT;
    size_t start = act_wire_begin_nx(b, two ? 45 : 16);
    buf_put_be16(b, l->idle_timeout);
    buf_put_be16(b, l->hard_timeout);
    buf_put_be16(b, l->priority);
    buf_put_be64(b, l->cookie);
    buf_put_be16(b, l->flags);
    buf_put_u8(b, l->table_id);
    buf_put_u8(b, 0);
    buf_put_be16(b, l->fin_idle_timeout);
    buf_put_be16(b, l->fin_hard_timeout);
    if (two) {
        bool result = l->flags & ACT_LEARN_WRITE_RESULT;
        buf_put_be32(b, l->limit);
        buf_put_be16(b, result ? l->result.ofs : 0);
        buf_put_zeros(b, 2);
        if (result) {
            act_part_encode_field(&l->result, b);
        }
    }
    for (uint32_t i = 0; i < l->n_specs; i++) {
        encode_spec(&l->specs[i], b);
    }
    act_wire_end(b, start);
}

/* Memory to text. */

static void
put_hex_value(const struct act_learn_spec *s, struct str *out)
{
    const struct field *f = part_field(&s->dst);
    size_t i = 0;
    while (i + 1u < f->n_bytes && !s->value.b[i]) {
        i++;
    }
    str_putf(out, s->value.b[i] ? "0x%x" : "%u", s->value.b[i]);
    for (i++; i < f->n_bytes; i++) {
        str_putf(out, "%02x", s->value.b[i]);
    }
}

static void
put_spec(const struct act_learn_spec *s, const struct ofp_names *names,
         struct str *out)
{
    if (s->dst_kind == ACT_LEARN_OUTPUT) {
        str_put(out, "output:");
        act_part_put(&s->src, out);
        return;
    }
    const struct field *f = part_field(&s->dst);
    if (s->dst_kind == ACT_LEARN_LOAD) {
        str_put(out, "load:");
        if (s->src_is_value) {
            put_hex_value(s, out);
        } else {
            act_part_put(&s->src, out);
        }
        str_put(out, "->");
        act_part_put(&s->dst, out);
        return;
    }
    bool whole = !s->dst.ofs && s->n_bits == f->n_bits;
    if (s->src_is_value && whole) {
        str_putf(out, "%s=", f->name);
        if (f->id == FIELD_ETH_TYPE) {
            put_hex_value(s, out);
        } else {
            field_put(f, &s->value, NULL, names, out);
        }
        return;
    }
    act_part_put(&s->dst, out);
    if (s->src_is_value) {
        str_put_char(out, '=');
        put_hex_value(s, out);
    } else if (s->src.field != s->dst.field || s->src.ofs != s->dst.ofs) {
        str_put_char(out, '=');
        act_part_put(&s->src, out);
    }
}

static void
put_number(const char *name, uint32_t x, struct str *s)
{
    if (x) {
        str_putf(s, ",%s=%u", name, x);
    }
}

static void
put_learn(const struct act *a, const struct ofp_names *names, struct str *s)
{
    const struct act_learn *l = ACT_CAST(act_learn, a);
    const char *table = names && names->table_name
                            ? names->table_name(names->aux, l->table_id)
                            : NULL;
    str_put(s, "learn(table=");
    if (table) {
        ofport_put_name(table, s);
    } else {
        str_putf(s, "%u", l->table_id);
    }
    put_number("idle_timeout", l->idle_timeout, s);
    put_number("hard_timeout", l->hard_timeout, s);
    put_number("fin_idle_timeout", l->fin_idle_timeout, s);
    put_number("fin_hard_timeout", l->fin_hard_timeout, s);
    if (l->priority != MATCH_PRIORITY_DEFAULT) {
        str_putf(s, ",priority=%u", l->priority);
    }
    str_put(s, l->flags & ACT_LEARN_SEND_FLOW_REM ? ",send_flow_rem" : "");
    str_put(s, l->flags & ACT_LEARN_DELETE_LEARNED ? ",delete_learned" : "");
    if (l->cookie) {
        str_putf(s, ",cookie=%#llx", (unsigned long long)l->cookie);
    }
    put_number("limit", l->limit, s);
    if (l->flags & ACT_LEARN_WRITE_RESULT) {
        str_put(s, ",result_dst=");
        act_part_put(&l->result, s);
    }
    for (uint32_t i = 0; i < l->n_specs; i++) {
        str_put_char(s, ',');
        put_spec(&l->specs[i], names, s);
    }
    str_put_char(s, ')');
}

/* Text to memory. */

/* A constant for the part 'dst': as the field is written, or a number. */
static char *
parse_value(struct act_text *t, const char *text, struct act_learn_spec *s)
{
    const struct field *f = part_field(&s->dst);
    union field_value v, m;
    char *err = field_parse(f, text, t->names, &v, &m);
    if (err) {
        return err;
    }
    if (!field_value_is_ones(f, &m)) {
        return xasprintf("%s: wildcards not allowed here", text);
    }
    for (unsigned int bit = s->n_bits; bit < 8u * f->n_bytes; bit++) {
        if (field_value_bits(f, &v, bit, 1)) {
            return xasprintf("%s: value does not fit into %u bits", text,
                             s->n_bits);
        }
    }
    s->src_is_value = true;
    s->value = v;
    return NULL;
}

/* A number for load, of up to 16 bytes. */
static char *
parse_number(const char *text, struct act_learn_spec *s)
{
    const struct field *f = part_field(&s->dst);
    const char *digits = text + 2;
    uint64_t x;
    memset(&s->value, 0, sizeof s->value);
    s->src_is_value = true;
    if (str_to_u64(text, 0, &x)) {
        for (unsigned int i = 0; i < f->n_bytes && i < 8; i++) {
            s->value.b[f->n_bytes - 1 - i] = (uint8_t)(x >> 8 * i);
        }
        return f->n_bytes < 8 && x >> 8 * f->n_bytes
                   ? xasprintf("value does not fit into %u bits", s->n_bits)
                   : NULL;
    }
    size_t n = strlen(text) < 2 ? 0 : strlen(digits);
    if (strncmp(text, "0x", 2) || !n || n > 2u * f->n_bytes
        || strspn(digits, "0123456789abcdefABCDEF") != n) {
        return xasprintf("%s: invalid number", text);
    }
    for (size_t i = 0; i < n; i++) {
        char one[2] = { digits[n - 1 - i], '\0' };
        uint8_t nibble = (uint8_t)strtoul(one, NULL, 16);
        s->value.b[f->n_bytes - 1u - i / 2]
            |= (uint8_t)(i % 2 ? nibble << 4 : nibble);
    }
    return NULL;
}

static char *
parse_load(struct act_text *t, char *value, struct act_learn_spec *s)
{
    char *arrow = strstr(value, "->");
    if (!arrow) {
        return xasprintf("%s: missing `->'", value);
    }
    char *whole = xstrdup(value);
    *arrow = '\0';
    s->dst_kind = ACT_LEARN_LOAD;
    char *err = act_text_part(t, arrow + 2, true, &s->dst);
    s->n_bits = err ? 0 : s->dst.n_bits;
    if (!err && value[0] >= '0' && value[0] <= '9') {
        err = parse_number(value, s);
        const struct field *f = part_field(&s->dst);
        for (unsigned int bit = s->n_bits; !err && bit < 8u * f->n_bytes;
             bit++) {
            if (field_value_bits(f, &s->value, bit, 1)) {
                err = xasprintf("%s: value does not fit into %u bits", whole,
                                s->n_bits);
            }
        }
    } else if (!err) {
        err = act_text_part(t, value, false, &s->src);
        if (!err && s->src.n_bits != s->n_bits) {
            err = xasprintf("%s: bit widths of source and destination "
                            "differ",
                            whole);
        }
    }
    free(whole);
    return err;
}

/* "F", "F=VALUE" or "F=G" as a match. */
static char *
parse_match(struct act_text *t, const char *key, const char *value,
            struct act_learn_spec *s)
{
    char *err = act_text_part(t, key, false, &s->dst);
    if (err) {
        free(err);
        return xasprintf("unknown keyword %s", key);
    }
    s->n_bits = s->dst.n_bits;
    if (!*value) {
        s->src = s->dst;
        return NULL;
    }
    char *not_part = act_text_part(t, value, false, &s->src);
    if (!not_part) {
        return s->src.n_bits == s->n_bits
                   ? NULL
                   : xasprintf("bit widths of %s (%u) and %s (%u) differ",
                               key, s->src.n_bits, value, s->n_bits);
    }
    memset(&s->src, 0, sizeof s->src);
    err = parse_value(t, value, s);
    if (err) {
        char *both = xasprintf("%s value %s cannot be parsed as a subfield "
                               "(%s) or an immediate value (%s)",
                               key, value, not_part, err);
        free(err);
        err = both;
    }
    free(not_part);
    return err;
}

static char *
parse_spec(struct act_text *t, char *key, char *value,
           struct act_learn_spec *s)
{
    memset(s, 0, sizeof *s);
    if (!strcmp(key, "output")) {
        s->dst_kind = ACT_LEARN_OUTPUT;
        char *err = act_text_part(t, value, false, &s->src);
        s->n_bits = err ? 0 : s->src.n_bits;
        return err;
    }
    return !strcmp(key, "load") ? parse_load(t, value, s)
                                : parse_match(t, key, value, s);
}

static char *
parse_table(struct act_text *t, const char *value, uint8_t *table)
{
    uint64_t x;
    const struct ofp_names *n = t->names;
    if (str_to_u64(value, 0, &x) && x <= 255) {
        *table = (uint8_t)x;
    } else if (!n || !n->table_no || !n->table_no(n->aux, value, table)) {
        return xasprintf("unknown table \"%s\"", value);
    }
    return *table == 255 ? xasprintf("%s: table id 255 not valid for `learn' "
                                     "action",
                                     value)
                         : NULL;
}

/* A setting; '*known' false if 'key' is none. */
static char *
parse_setting(struct act_text *t, const char *key, const char *value,
              struct act_learn *l, bool *known)
{
    const struct {
        const char *name;
        uint16_t *x;
    } numbers[] = {
        { "idle_timeout", &l->idle_timeout },
        { "hard_timeout", &l->hard_timeout },
        { "fin_idle_timeout", &l->fin_idle_timeout },
        { "fin_hard_timeout", &l->fin_hard_timeout },
        { "priority", &l->priority },
    };
    uint64_t x = 0;
    char *err = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        if (!strcmp(key, numbers[i].name)) {
            err = act_text_number(t, value, key, 0xffff, &x);
            *numbers[i].x = (uint16_t)x;
            return err;
        }
    }
    if (!strcmp(key, "table")) {
        return parse_table(t, value, &l->table_id);
    }
    if (!strcmp(key, "cookie")) {
        return act_text_number(t, value, key, UINT64_MAX, &l->cookie);
    }
    if (!strcmp(key, "limit")) {
        err = act_text_number(t, value, key, UINT32_MAX, &x);
        l->limit = (uint32_t)x;
        return err;
    }
    if (!strcmp(key, "send_flow_rem")) {
        l->flags |= ACT_LEARN_SEND_FLOW_REM;
        return NULL;
    }
    if (!strcmp(key, "delete_learned")) {
        l->flags |= ACT_LEARN_DELETE_LEARNED;
        return NULL;
    }
    if (!strcmp(key, "result_dst")) {
        l->flags |= ACT_LEARN_WRITE_RESULT;
        err = act_text_part(t, value, true, &l->result);
        return !err && l->result.n_bits != 1
                   ? xasprintf("result_dst in 'learn' action must be a "
                               "single bit")
                   : err;
    }
    *known = false;
    return NULL;
}

char *
act_parse_learn(struct act_text *t, struct buf *out)
{
    struct act_learn l = { .priority = MATCH_PRIORITY_DEFAULT,
                           .table_id = 1 };
    struct buf specs = BUF_INIT;
    char *all = xstrdup(t->arg);
    char *err = NULL;
    for (char *list = t->arg, *key, *value;
         !err && act_text_pair(&list, &key, &value);) {
        bool known = true;
        err = parse_setting(t, key, value, &l, &known);
        if (known) {
            continue;
        }
        struct act_learn_spec s;
        err = specs.len / sizeof s >= SPECS_MAX
                  ? xasprintf("too many specifications")
                  : parse_spec(t, key, value, &s);
        if (!err) {
            buf_put(&specs, &s, sizeof s);
        } else {
            char *text = xasprintf("%s: %s", all, err);
            free(err);
            err = text;
        }
    }
    if (!err) {
        append_learn(out, &l, &specs);
    }
    buf_fini(&specs);
    free(all);
    return err;
}

/* Whether the limit was met nobody can tell yet when the packet passes. */
static enum ofp_err
check_learn(const struct act *a, struct act_checker *ck)
{
    const struct act_learn *l = ACT_CAST(act_learn, a);
    return l->flags & ACT_LEARN_WRITE_RESULT ? act_runs_not(ck) : OFPERR_OK;
}

const struct act_ops act_ops_LEARN = { "learn", put_learn, encode_learn,
                                       check_learn };
