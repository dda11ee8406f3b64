/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on whole headers: VLAN tags and MPLS entries pushed and popped, and
 * time to live counted down. */
#include "lib/openflow/act_priv.h"

#define ETH_VLAN 0x8100
#define ETH_QINQ 0x88a8
#define ETH_MPLS 0x8847
#define ETH_MPLS_MCAST 0x8848

static enum ofp_err
append_push(struct buf *out, enum act_type type, uint16_t ethertype)
{
    struct act_push *p = act_append(out, type, sizeof *p);
    p->ethertype = ethertype;
    return OFPERR_OK;
}

static bool
is_mpls_type(uint16_t ethertype)
{
    return ethertype == ETH_MPLS || ethertype == ETH_MPLS_MCAST;
}

static bool
has_mpls(const struct act_checker *ck)
{
    return ck->any || ck->in_set
           || field_are_prereqs_ok(field_from_id(FIELD_MPLS_LABEL),
                                   &ck->flow);
}

/* The header alone, or with an EtherType after it. */
static void
encode_plain(struct buf *b, uint16_t type)
{
    act_wire_end(b, act_wire_begin(b, type));
}

static void
encode_ethertype(struct buf *b, enum ofp_version version, uint16_t type,
                 uint16_t subtype, uint16_t ethertype)
{
    size_t start = version == OFP10_VERSION ? act_wire_begin_nx(b, subtype)
                                            : act_wire_begin(b, type);
    buf_put_be16(b, ethertype);
    act_wire_end(b, start);
}

static char *
parse_ethertype(struct act_text *t, struct buf *out, enum act_type type)
{
    uint64_t x;
    char *err = act_text_number(t, t->arg, t->word, 0xffff, &x);
    if (!err) {
        append_push(out, type, (uint16_t)x);
    }
    return err;
}

/* push_vlan */

enum ofp_err
act_decode_push_vlan(struct act_wire *w, struct buf *out)
{
    uint16_t ethertype = cursor_be16(&w->c);
    return ethertype == ETH_VLAN || ethertype == ETH_QINQ
               ? append_push(out, ACT_PUSH_VLAN, ethertype)
               : OFPERR_OFPBAC_BAD_ARGUMENT;
}

char *
act_parse_push_vlan(struct act_text *t, struct buf *out)
{
    uint64_t x;
    char *err = act_text_number(t, t->arg, t->word, 0xffff, &x);
    if (!err && x != ETH_VLAN && x != ETH_QINQ) {
        err = xasprintf("%s: not a valid VLAN ethertype", t->arg);
    }
    if (!err) {
        append_push(out, ACT_PUSH_VLAN, (uint16_t)x);
    }
    return err;
}

static void
put_push_vlan(const struct act *a, const struct ofp_names *names UNUSED,
              struct str *s)
{
    str_putf(s, "push_vlan:0x%x", ACT_CAST(act_push, a)->ethertype);
}

static void
encode_push_vlan(const struct act *a, enum ofp_version version,
                 struct buf *b)
{
    /* OpenFlow 1.0 has nothing: a VLAN write that follows pushes. */
    if (version > OFP10_VERSION) {
        size_t start = act_wire_begin(b, 17);
        buf_put_be16(b, ACT_CAST(act_push, a)->ethertype);
        act_wire_end(b, start);
    }
}

static enum ofp_err
check_push_vlan(const struct act *a UNUSED, struct act_checker *ck)
{
    ck->flow.vlans[0].tci |= BE16(FLOW_VLAN_CFI);
    return OFPERR_OK;
}

const struct act_ops act_ops_PUSH_VLAN = { "push_vlan", put_push_vlan,
                                           encode_push_vlan,
                                           check_push_vlan };

/* strip_vlan, pop_vlan */

enum ofp_err
act_decode_strip_vlan(struct act_wire *w UNUSED, struct buf *out)
{
    act_append(out, ACT_STRIP_VLAN, sizeof(struct act));
    return OFPERR_OK;
}

enum ofp_err
act_decode_pop_vlan(struct act_wire *w UNUSED, struct buf *out)
{
    struct act *a = act_append(out, ACT_STRIP_VLAN, sizeof *a);
    a->form = ACT_FORM_POP;
    return OFPERR_OK;
}

char *
act_parse_strip_vlan(struct act_text *t, struct buf *out)
{
    struct act *a = act_append(out, ACT_STRIP_VLAN, sizeof *a);
    a->form = t->word[0] == 'p' ? ACT_FORM_POP : ACT_FORM_PLAIN;
    return NULL;
}

static void
put_strip_vlan(const struct act *a, const struct ofp_names *names UNUSED,
               struct str *s)
{
    str_put(s, a->form == ACT_FORM_POP ? "pop_vlan" : "strip_vlan");
}

static void
encode_strip_vlan(const struct act *a UNUSED, enum ofp_version version,
                  struct buf *b)
{
    encode_plain(b, version == OFP10_VERSION ? 3 : 18);
}

static enum ofp_err
check_strip_vlan(const struct act *a UNUSED, struct act_checker *ck)
{
    if (!ck->any && !ck->in_set
        && !(ck->flow.vlans[0].tci & BE16(FLOW_VLAN_CFI))) {
        return act_inconsistent(ck);
    }
    ck->flow.vlans[0].tci = 0;
    return OFPERR_OK;
}

const struct act_ops act_ops_STRIP_VLAN = { "strip_vlan", put_strip_vlan,
                                            encode_strip_vlan,
                                            check_strip_vlan };

/* push_mpls */

static enum ofp_err
decode_push_mpls(struct act_wire *w, struct buf *out)
{
    uint16_t ethertype = cursor_be16(&w->c);
    return is_mpls_type(ethertype)
               ? append_push(out, ACT_PUSH_MPLS, ethertype)
               : OFPERR_OFPBAC_BAD_ARGUMENT;
}

enum ofp_err
act_decode_push_mpls(struct act_wire *w, struct buf *out)
{
    return decode_push_mpls(w, out);
}

enum ofp_err
act_decode_nx_push_mpls(struct act_wire *w, struct buf *out)
{
    return decode_push_mpls(w, out);
}

char *
act_parse_push_mpls(struct act_text *t, struct buf *out)
{
    uint64_t x;
    char *err = act_text_number(t, t->arg, t->word, 0xffff, &x);
    if (!err && !is_mpls_type((uint16_t)x)) {
        err = xasprintf("%s: not a valid MPLS ethertype", t->arg);
    }
    if (!err) {
        append_push(out, ACT_PUSH_MPLS, (uint16_t)x);
    }
    return err;
}

static void
put_push_mpls(const struct act *a, const struct ofp_names *names UNUSED,
              struct str *s)
{
    str_putf(s, "push_mpls:0x%04x", ACT_CAST(act_push, a)->ethertype);
}

static void
encode_push_mpls(const struct act *a, enum ofp_version version,
                 struct buf *b)
{
    encode_ethertype(b, version, 19, 23, ACT_CAST(act_push, a)->ethertype);
}

static enum ofp_err
check_push_mpls(const struct act *a, struct act_checker *ck)
{
    ck->flow.dl_type = cpu_to_be16(ACT_CAST(act_push, a)->ethertype);
    return OFPERR_OK;
}

const struct act_ops act_ops_PUSH_MPLS = { "push_mpls", put_push_mpls,
                                           encode_push_mpls,
                                           check_push_mpls };

/* pop_mpls */

enum ofp_err
act_decode_pop_mpls(struct act_wire *w, struct buf *out)
{
    return append_push(out, ACT_POP_MPLS, cursor_be16(&w->c));
}

enum ofp_err
act_decode_nx_pop_mpls(struct act_wire *w, struct buf *out)
{
    return append_push(out, ACT_POP_MPLS, cursor_be16(&w->c));
}

char *
act_parse_pop_mpls(struct act_text *t, struct buf *out)
{
    return parse_ethertype(t, out, ACT_POP_MPLS);
}

static void
put_pop_mpls(const struct act *a, const struct ofp_names *names UNUSED,
             struct str *s)
{
    str_putf(s, "pop_mpls:0x%04x", ACT_CAST(act_push, a)->ethertype);
}

static void
encode_pop_mpls(const struct act *a, enum ofp_version version,
                struct buf *b)
{
    encode_ethertype(b, version, 20, 24, ACT_CAST(act_push, a)->ethertype);
}

static enum ofp_err
check_pop_mpls(const struct act *a, struct act_checker *ck)
{
    if (!has_mpls(ck)) {
        return act_inconsistent(ck);
    }
    ck->flow.dl_type = cpu_to_be16(ACT_CAST(act_push, a)->ethertype);
    return OFPERR_OK;
}

const struct act_ops act_ops_POP_MPLS = { "pop_mpls", put_pop_mpls,
                                          encode_pop_mpls, check_pop_mpls };

/* dec_ttl */

static struct act_dec_ttl *
append_dec_ttl(struct buf *out, size_t n_ids)
{
    size_t size = sizeof(struct act_dec_ttl) + n_ids * sizeof(uint16_t);
    struct act_dec_ttl *d = act_append(out, ACT_DEC_TTL, size);
    d->n_ids = (uint32_t)n_ids;
    return d;
}

enum ofp_err
act_decode_dec_nw_ttl(struct act_wire *w UNUSED, struct buf *out)
{
    append_dec_ttl(out, 1);
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_dec_ttl(struct act_wire *w UNUSED, struct buf *out)
{
    append_dec_ttl(out, 1);
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_dec_ttl_ids(struct act_wire *w, struct buf *out)
{
    uint16_t n = cursor_be16(&w->c);
    cursor_skip(&w->c, 4);
    if (cursor_left(&w->c) < 2u * n) {
        return OFPERR_OFPBAC_BAD_LEN;
    }
    struct act_dec_ttl *d = append_dec_ttl(out, n);
    for (uint16_t i = 0; i < n; i++) {
        d->ids[i] = cursor_be16(&w->c);
    }
    w->c.p = w->c.end; /* Padding. */
    return OFPERR_OK;
}

char *
act_parse_dec_ttl(struct act_text *t, struct buf *out)
{
    uint16_t ids[64];
    size_t n = 0;
    char *save = NULL;
    for (char *p = strtok_r(t->arg, ", \t", &save); p;
         p = strtok_r(NULL, ", \t", &save)) {
        uint64_t x;
        char *err = act_text_number(t, p, "controller id", 0xffff, &x);
        if (!err && n >= ARRAY_SIZE(ids)) {
            err = xasprintf("%s: too many controller ids", p);
        }
        if (err) {
            return err;
        }
        ids[n++] = (uint16_t)x;
    }
    if (!n) {
        ids[n++] = 0;
    }
    struct act_dec_ttl *d = append_dec_ttl(out, n);
    memcpy(d->ids, ids, n * sizeof ids[0]);
    return NULL;
}

static bool
is_plain_dec_ttl(const struct act_dec_ttl *d)
{
    return d->n_ids == 1 && !d->ids[0];
}

static void
put_dec_ttl(const struct act *a, const struct ofp_names *names UNUSED,
            struct str *s)
{
    const struct act_dec_ttl *d = ACT_CAST(act_dec_ttl, a);
    str_put(s, "dec_ttl");
    if (!is_plain_dec_ttl(d)) {
        str_put_char(s, '(');
        for (uint32_t i = 0; i < d->n_ids; i++) {
            str_putf(s, "%s%u", i ? "," : "", d->ids[i]);
        }
        str_put_char(s, ')');
    }
}

static void
encode_dec_ttl(const struct act *a, enum ofp_version version, struct buf *b)
{
    const struct act_dec_ttl *d = ACT_CAST(act_dec_ttl, a);
    if (is_plain_dec_ttl(d)) {
        if (version == OFP10_VERSION) {
            act_wire_end(b, act_wire_begin_nx(b, 18));
        } else {
            encode_plain(b, 24);
        }
        return;
    }
    size_t start = act_wire_begin_nx(b, 21);
    buf_put_be16(b, (uint16_t)d->n_ids);
    buf_put_zeros(b, 4);
    for (uint32_t i = 0; i < d->n_ids; i++) {
        buf_put_be16(b, d->ids[i]);
    }
    act_wire_end(b, start);
}

static enum ofp_err
check_dec_ttl(const struct act *a UNUSED, struct act_checker *ck)
{
    return ck->any || ck->in_set
                   || field_are_prereqs_ok(field_from_id(FIELD_NW_TTL),
                                           &ck->flow)
               ? OFPERR_OK
               : act_inconsistent(ck);
}

const struct act_ops act_ops_DEC_TTL = { "dec_ttl", put_dec_ttl,
                                         encode_dec_ttl, check_dec_ttl };

/* dec_mpls_ttl */

enum ofp_err
act_decode_dec_mpls_ttl(struct act_wire *w UNUSED, struct buf *out)
{
    act_append(out, ACT_DEC_MPLS_TTL, sizeof(struct act));
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_dec_mpls_ttl(struct act_wire *w, struct buf *out)
{
    return act_decode_dec_mpls_ttl(w, out);
}

char *
act_parse_dec_mpls_ttl(struct act_text *t UNUSED, struct buf *out)
{
    act_append(out, ACT_DEC_MPLS_TTL, sizeof(struct act));
    return NULL;
}

static void
put_dec_mpls_ttl(const struct act *a UNUSED,
                 const struct ofp_names *names UNUSED, struct str *s)
{
    str_put(s, "dec_mpls_ttl");
}

static void
encode_dec_mpls_ttl(const struct act *a UNUSED, enum ofp_version version,
                    struct buf *b)
{
    if (version == OFP10_VERSION) {
        act_wire_end(b, act_wire_begin_nx(b, 26));
    } else {
        encode_plain(b, 16);
    }
}

static enum ofp_err
check_dec_mpls_ttl(const struct act *a UNUSED, struct act_checker *ck)
{
    return has_mpls(ck) ? OFPERR_OK : act_inconsistent(ck);
}

const struct act_ops act_ops_DEC_MPLS_TTL = { "dec_mpls_ttl",
                                              put_dec_mpls_ttl,
                                              encode_dec_mpls_ttl,
                                              check_dec_mpls_ttl };
