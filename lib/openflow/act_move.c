/* SPDX-License-Identifier: Apache-2.0 */
/* Copying bits between fields: move, and copy-field of OpenFlow 1.5. */
#include "lib/openflow/act_priv.h"

static struct subfield
source(const struct act_move *m)
{
    return (struct subfield){ field_from_id((enum field_id)m->src),
                              m->src_ofs, m->n_bits };
}

static struct subfield
target(const struct act_move *m)
{
    return (struct subfield){ field_from_id((enum field_id)m->dst),
                              m->dst_ofs, m->n_bits };
}

static enum ofp_err
check_part(const struct subfield *sf)
{
    return sf->ofs + sf->n_bits > sf->field->n_bits
               ? OFPERR_OFPBAC_BAD_ARGUMENT
               : OFPERR_OK;
}

static enum ofp_err
append_move(struct buf *out, const struct subfield *src,
            const struct subfield *dst)
{
    enum ofp_err err = check_part(src);
    if (!err) {
        err = check_part(dst);
    }
    if (!err && (!dst->field->settable || !src->n_bits)) {
        err = OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    if (err) {
        return err;
    }
    struct act_move *m = act_append(out, ACT_MOVE, sizeof *m);
    m->src = (uint16_t)src->field->id;
    m->dst = (uint16_t)dst->field->id;
    m->src_ofs = src->ofs;
    m->dst_ofs = dst->ofs;
    m->n_bits = src->n_bits;
    return OFPERR_OK;
}

/* Both wire forms: bits, offsets, two headers, here with 'pad' between. */
static enum ofp_err
decode_move(struct act_wire *w, struct buf *out, size_t pad)
{
    struct subfield src, dst;
    bool src_masked, dst_masked;
    src.n_bits = dst.n_bits = cursor_be16(&w->c);
    src.ofs = cursor_be16(&w->c);
    dst.ofs = cursor_be16(&w->c);
    cursor_skip(&w->c, pad);
    enum ofp_err err = oxm_decode_header(&w->c, &src.field, &src_masked);
    if (!err) {
        err = oxm_decode_header(&w->c, &dst.field, &dst_masked);
    }
    if (err) {
        return err == OFPERR_OFPBMC_BAD_FIELD ? OFPERR_OFPBAC_BAD_SET_TYPE
                                              : OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    w->c.p = w->c.end; /* Padding. */
    return src_masked || dst_masked ? OFPERR_OFPBAC_BAD_ARGUMENT
                                    : append_move(out, &src, &dst);
}

enum ofp_err
act_decode_nx_reg_move(struct act_wire *w, struct buf *out)
{
    return decode_move(w, out, 0);
}

enum ofp_err
act_decode_copy_field(struct act_wire *w, struct buf *out)
{
    return decode_move(w, out, 2);
}

static void
encode_header(const struct field *f, enum ofp_version version,
              struct buf *b)
{
    bool nxm = version < OFP15_VERSION && f->hdrs[FIELD_HDR_NXM].name;
    oxm_encode_header(b, f, false, nxm ? OFP10_VERSION : version);
}

static void
encode_move(const struct act *a, enum ofp_version version, struct buf *b)
{
    const struct act_move *m = ACT_CAST(act_move, a);
    bool std = version >= OFP15_VERSION;
    size_t start = std ? act_wire_begin(b, 28) : act_wire_begin_nx(b, 6);
    buf_put_be16(b, m->n_bits);
    buf_put_be16(b, m->src_ofs);
    buf_put_be16(b, m->dst_ofs);
    buf_put_zeros(b, std ? 2 : 0);
    encode_header(source(m).field, version, b);
    encode_header(target(m).field, version, b);
    act_wire_end(b, start);
}

static void
put_move(const struct act *a, const struct ofp_names *names UNUSED,
         struct str *s)
{
    const struct act_move *m = ACT_CAST(act_move, a);
    struct subfield src = source(m), dst = target(m);
    str_put(s, "move:");
    subfield_put(&src, s);
    str_put(s, "->");
    subfield_put(&dst, s);
}

char *
act_parse_move(struct act_text *t, struct buf *out)
{
    char *from, *to;
    struct subfield src, dst;
    char *err = act_text_arrow(t, &from, &to);
    if (err) {
        return err;
    }
    t->err_pos = t->arg_pos;
    err = subfield_parse(from, &src);
    if (err) {
        return err;
    }
    t->err_pos = t->arg_pos + (size_t)(to - t->arg);
    err = subfield_parse(to, &dst);
    if (err) {
        return err;
    }
    if (src.n_bits != dst.n_bits) {
        return xasprintf("source field is %u bits wide but destination is "
                         "%u bits wide",
                         src.n_bits, dst.n_bits);
    }
    if (!field_header_for(src.field, OFP15_VERSION)
        || !field_header_for(dst.field, OFP15_VERSION)) {
        return xasprintf("%s->%s: a field without a wire form cannot be "
                         "moved",
                         from, to);
    }
    return append_move(out, &src, &dst)
               ? xasprintf("%s is read-only", dst.field->name)
               : NULL;
}

static enum ofp_err
check_move(const struct act *a, struct act_checker *ck)
{
    const struct act_move *m = ACT_CAST(act_move, a);
    enum ofp_err err = act_check_write(target(m).field, ck);
    if (err || ck->any || ck->in_set) {
        return err;
    }
    return field_are_prereqs_ok(source(m).field, &ck->flow)
                   && field_are_prereqs_ok(target(m).field, &ck->flow)
               ? OFPERR_OK
               : OFPERR_OFPBAC_MATCH_INCONSISTENT;
}

const struct act_ops act_ops_MOVE = { "move", put_move, encode_move,
                                      check_move };
