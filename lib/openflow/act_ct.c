/* SPDX-License-Identifier: Apache-2.0 */
/* Connection tracking: ct with the actions nested in it, ct_clear. */
#include "lib/openflow/act_priv.h"

#define TABLE_NONE 255
#define ZONE_BITS 16

static const struct {
    const char *name;
    uint16_t port;
} algs[] = { { "ftp", 21 }, { "tftp", 69 } };

/* What may stand in exec(...): writes of the connection's mark and label,
 * and nat beside it. */
static bool
may_nest(const struct act *a)
{
    uint16_t id = a->type == ACT_SET_FIELD ? ACT_CAST(act_set_field, a)->field
                  : a->type == ACT_MOVE    ? ACT_CAST(act_move, a)->dst
                                           : FIELD_N;
    if (id == FIELD_N) {
        return a->type == ACT_NAT;
    }
    const char *name = field_from_id((enum field_id)id)->name;
    return !strcmp(name, "ct_mark") || !strcmp(name, "ct_label");
}

/* What changes a connection changes it when it is committed; a nat without
 * arguments only applies what was chosen then. */
static bool
lacks_commit(const struct act_ct *ct, const struct act *a)
{
    bool plain_nat = a->type == ACT_NAT && !ACT_CAST(act_nat, a)->flags;
    return !plain_nat && !(ct->flags & ACT_CT_COMMIT);
}

static size_t
ct_begin(struct buf *out, const struct act_ct *from)
{
    size_t start = out->len;
    struct act_ct *ct = act_append(out, ACT_CT, sizeof *ct);
    struct act hdr = ct->hdr;
    *ct = *from;
    ct->hdr = hdr;
    return start;
}

static enum ofp_err
decode_nested(struct act_wire *w, const struct act_ct *ct, struct buf *out)
{
    size_t start = ct_begin(out, ct);
    enum ofp_err err = act_decode_list(&w->c, w->version, w->depth + 1, out);
    act_nested_end(out, start);
    struct act_list in = { NULL, 0 };
    if (!err) {
        in = act_ct_list((const struct act_ct *)(const void *)(out->data
                                                               + start));
    }
    ACT_FOR_EACH (a, &in) {
        if (!may_nest(a) || lacks_commit(ct, a)) {
            return OFPERR_OFPBAC_BAD_ARGUMENT;
        }
    }
    return err;
}

enum ofp_err
act_decode_nx_ct(struct act_wire *w, struct buf *out)
{
    struct act_ct ct = { .flags = cursor_be16(&w->c) };
    struct cursor header = w->c;
    uint32_t zone_field = cursor_be32(&w->c);
    uint16_t zone = cursor_be16(&w->c);
    ct.table = cursor_u8(&w->c);
    cursor_skip(&w->c, 3);
    ct.alg = cursor_be16(&w->c);
    if (zone_field) {
        enum ofp_err err = act_part_decode(&header, zone >> 6,
                                           (zone & 0x3f) + 1u, false,
                                           &ct.zone_src);
        if (err || ct.zone_src.n_bits != ZONE_BITS) {
            return err ? err : OFPERR_OFPBAC_BAD_SET_LEN;
        }
    } else {
        ct.zone = zone;
    }
    if (ct.flags & ~(ACT_CT_COMMIT | ACT_CT_FORCE)
        || (ct.flags & (ACT_CT_COMMIT | ACT_CT_FORCE)) == ACT_CT_FORCE) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    return decode_nested(w, &ct, out);
}

static char *
parse_alg(const char *name, uint16_t *alg)
{
    for (size_t i = 0; i < ARRAY_SIZE(algs); i++) {
        if (!strcmp(name, algs[i].name)) {
            *alg = algs[i].port;
            return NULL;
        }
    }
    return xasprintf("invalid conntrack helper \"%s\"", name);
}

static char *
parse_zone(struct act_text *t, const char *value, struct act_ct *ct)
{
    uint64_t x;
    if (str_to_u64(value, 0, &x) && x <= 0xffff) {
        ct->zone = (uint16_t)x;
        return NULL;
    }
    char *err = act_text_part(t, value, false, &ct->zone_src);
    if (!err && ct->zone_src.n_bits != ZONE_BITS) {
        err = xasprintf("%s: a zone takes 16 bits", value);
    }
    return err;
}

static char *
parse_table(struct act_text *t, const char *value, struct act_ct *ct)
{
    uint64_t x;
    const struct ofp_names *n = t->names;
    if (str_to_u64(value, 0, &x) && x <= 255) {
        ct->table = (uint8_t)x;
    } else if (!n || !n->table_no || !n->table_no(n->aux, value, &ct->table)) {
        return xasprintf("unknown table %s", value);
    }
    return ct->table == TABLE_NONE ? xasprintf("invalid table %#x", ct->table)
                                   : NULL;
}

/* The lists that are nested, as the arguments came. */
struct nested {
    struct buf nat, exec;
};

static char *
parse_exec(struct act_text *t, char *value, struct buf *out)
{
    char *err = act_parse_list(t, value, t->arg_pos, out);
    struct act_list in = act_list_from_buf(out);
    if (err) {
        return err;
    }
    ACT_FOR_EACH (a, &in) {
        if (!may_nest(a) || a->type == ACT_NAT) {
            return xasprintf("ct action doesn't support nested action %s",
                             act_name((enum act_type)a->type));
        }
    }
    return NULL;
}

static char *
ct_arg(struct act_text *t, char *key, char *value, struct act_ct *ct,
       struct nested *in)
{
    if (!strcmp(key, "commit")) {
        ct->flags |= ACT_CT_COMMIT;
        return NULL;
    }
    if (!strcmp(key, "force")) {
        ct->flags |= ACT_CT_FORCE;
        return NULL;
    }
    if (!strcmp(key, "table")) {
        return parse_table(t, value, ct);
    }
    if (!strcmp(key, "zone")) {
        return parse_zone(t, value, ct);
    }
    if (!strcmp(key, "alg")) {
        return parse_alg(value, &ct->alg);
    }
    if (!strcmp(key, "nat")) {
        struct act_text nat = *t;
        nat.arg = value;
        return act_parse_nat_in_ct(&nat, &in->nat);
    }
    if (!strcmp(key, "exec")) {
        return parse_exec(t, value, &in->exec);
    }
    return xasprintf("invalid argument to \"ct\" action: `%s'", key);
}

char *
act_parse_ct(struct act_text *t, struct buf *out)
{
    struct act_ct ct = { .table = TABLE_NONE };
    struct nested in = { BUF_INIT, BUF_INIT };
    char *err = NULL;
    for (char *list = t->arg, *key, *value;
         !err && act_text_pair(&list, &key, &value);) {
        err = ct_arg(t, key, value, &ct, &in);
    }
    if (!err && ct.flags == ACT_CT_FORCE) {
        err = xasprintf("\"force\" flag requires \"commit\" flag.");
    }
    buf_put(&in.nat, in.exec.data, in.exec.len);
    struct act_list nested = act_list_from_buf(&in.nat);
    ACT_FOR_EACH (a, &nested) {
        if (!err && lacks_commit(&ct, a)) {
            err = xasprintf("\"ct\" needs \"commit\" for what is in it");
        }
    }
    if (!err) {
        size_t start = ct_begin(out, &ct);
        buf_put(out, in.nat.data, in.nat.len);
        act_nested_end(out, start);
    }
    buf_fini(&in.nat);
    buf_fini(&in.exec);
    return err;
}

static void
put_alg(uint16_t alg, struct str *s)
{
    for (size_t i = 0; i < ARRAY_SIZE(algs); i++) {
        if (algs[i].port == alg) {
            str_putf(s, "alg=%s,", algs[i].name);
            return;
        }
    }
    str_putf(s, "alg=%u,", alg);
}

/* nat first, then what else is nested as exec(...). */
static void
put_nested(const struct act_list *in, const struct ofp_names *names,
           struct str *s)
{
    const char *sep = "exec(";
    bool exec = false;
    ACT_FOR_EACH (a, in) {
        if (a->type == ACT_NAT) {
            act_ops_NAT.put(a, names, s);
            str_put_char(s, ',');
        }
    }
    ACT_FOR_EACH (a, in) {
        if (a->type != ACT_NAT) {
            struct act_list one = { a, a->len };
            str_put(s, sep);
            acts_put(&one, names, s);
            sep = ",";
            exec = true;
        }
    }
    str_put(s, exec ? ")," : "");
}

static void
put_ct(const struct act *a, const struct ofp_names *names, struct str *s)
{
    const struct act_ct *ct = ACT_CAST(act_ct, a);
    struct act_list in = act_ct_list(ct);
    str_put(s, "ct(");
    str_put(s, ct->flags & ACT_CT_COMMIT ? "commit," : "");
    str_put(s, ct->flags & ACT_CT_FORCE ? "force," : "");
    if (ct->table != TABLE_NONE) {
        const char *name = names && names->table_name
                               ? names->table_name(names->aux, ct->table)
                               : NULL;
        str_put(s, "table=");
        if (name) {
            ofport_put_name(name, s);
        } else {
            str_putf(s, "%u", ct->table);
        }
        str_put_char(s, ',');
    }
    if (ct->zone_src.n_bits) {
        str_put(s, "zone=");
        act_part_put(&ct->zone_src, s);
        str_put_char(s, ',');
    } else if (ct->zone) {
        str_putf(s, "zone=%u,", ct->zone);
    }
    put_nested(&in, names, s);
    if (ct->alg) {
        put_alg(ct->alg, s);
    }
    str_chomp(s, ',');
    str_put_char(s, ')');
}

static void
encode_ct(const struct act *a, enum ofp_version version, struct buf *b)
{
    const struct act_ct *ct = ACT_CAST(act_ct, a);
    struct act_list in = act_ct_list(ct);
    size_t start = act_wire_begin_nx(b, 35);
    buf_put_be16(b, ct->flags);
    if (ct->zone_src.n_bits) {
        act_part_encode_field(&ct->zone_src, b);
        buf_put_be16(b, act_part_ofs_nbits(&ct->zone_src));
    } else {
        buf_put_be32(b, 0);
        buf_put_be16(b, ct->zone);
    }
    buf_put_u8(b, ct->table);
    buf_put_zeros(b, 3);
    buf_put_be16(b, ct->alg);
    acts_encode(&in, version, b);
    act_wire_end(b, start);
}

/* Only IP has connections. */
static enum ofp_err
check_ct(const struct act *a UNUSED, struct act_checker *ck)
{
    return ck->any || ck->flow.dl_type == BE16(0x0800)
                   || ck->flow.dl_type == BE16(0x86dd)
               ? OFPERR_OK
               : act_inconsistent(ck);
}

const struct act_ops act_ops_CT = { "ct", put_ct, encode_ct, check_ct };

/* ct_clear */

enum ofp_err
act_decode_nx_ct_clear(struct act_wire *w UNUSED, struct buf *out)
{
    act_append(out, ACT_CT_CLEAR, sizeof(struct act));
    return OFPERR_OK;
}

char *
act_parse_ct_clear(struct act_text *t UNUSED, struct buf *out)
{
    act_append(out, ACT_CT_CLEAR, sizeof(struct act));
    return NULL;
}

static void
put_ct_clear(const struct act *a UNUSED,
             const struct ofp_names *names UNUSED, struct str *s)
{
    str_put(s, "ct_clear");
}

static void
encode_ct_clear(const struct act *a UNUSED, enum ofp_version version UNUSED,
                struct buf *b)
{
    act_wire_end(b, act_wire_begin_nx(b, 43));
}

const struct act_ops act_ops_CT_CLEAR = { "ct_clear", put_ct_clear,
                                          encode_ct_clear, NULL };
