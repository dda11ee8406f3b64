/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of fields kept and compared: push and pop of the translation's stack,
 * check_pkt_larger, delete_field. */
#include "lib/openflow/act_priv.h"

/* push, pop */

static enum ofp_err
decode_stack(struct act_wire *w, struct buf *out, enum act_type type)
{
    struct act_part part;
    uint16_t ofs = cursor_be16(&w->c);
    struct cursor header = w->c;
    /* The header may take 4 bytes or 8; the number of bits follows. */
    const struct field *f;
    bool has_mask;
    enum ofp_err err = oxm_decode_header(&w->c, &f, &has_mask);
    uint16_t n_bits = err ? 0 : cursor_be16(&w->c);
    if (!err) {
        err = act_part_decode(&header, ofs, n_bits, type == ACT_STACK_POP,
                              &part);
    } else {
        err = OFPERR_OFPBAC_BAD_SET_TYPE;
    }
    if (err) {
        return err;
    }
    w->c.p = w->c.end; /* Padding. */
    struct act_stack *s = act_append(out, type, sizeof *s);
    s->part = part;
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_stack_push(struct act_wire *w, struct buf *out)
{
    return decode_stack(w, out, ACT_STACK_PUSH);
}

enum ofp_err
act_decode_nx_stack_pop(struct act_wire *w, struct buf *out)
{
    return decode_stack(w, out, ACT_STACK_POP);
}

static char *
parse_stack(struct act_text *t, struct buf *out, enum act_type type)
{
    struct act_part part;
    char *err = act_text_part(t, t->arg, type == ACT_STACK_POP, &part);
    if (!err) {
        struct act_stack *s = act_append(out, type, sizeof *s);
        s->part = part;
    }
    return err;
}

char *
act_parse_push(struct act_text *t, struct buf *out)
{
    return parse_stack(t, out, ACT_STACK_PUSH);
}

char *
act_parse_pop(struct act_text *t, struct buf *out)
{
    return parse_stack(t, out, ACT_STACK_POP);
}

static void
put_stack(const struct act *a, const struct ofp_names *names UNUSED,
          struct str *s)
{
    str_put(s, a->type == ACT_STACK_PUSH ? "push:" : "pop:");
    act_part_put(&ACT_CAST(act_stack, a)->part, s);
}

static void
encode_stack(const struct act *a, enum ofp_version version UNUSED,
             struct buf *b)
{
    const struct act_part *p = &ACT_CAST(act_stack, a)->part;
    size_t start = act_wire_begin_nx(b, a->type == ACT_STACK_PUSH ? 27 : 28);
    buf_put_be16(b, p->ofs);
    act_part_encode_field(p, b);
    buf_put_be16(b, p->n_bits);
    buf_put_zeros(b, start + 24 - b->len);
    act_wire_end(b, start);
}

const struct act_ops act_ops_STACK_PUSH = { "push", put_stack, encode_stack,
                                            NULL };
const struct act_ops act_ops_STACK_POP = { "pop", put_stack, encode_stack,
                                           NULL };

/* check_pkt_larger */

enum ofp_err
act_decode_nx_check_pkt_larger(struct act_wire *w, struct buf *out)
{
    struct act_part dst;
    uint16_t bytes = cursor_be16(&w->c);
    uint16_t ofs = cursor_be16(&w->c);
    enum ofp_err err = act_part_decode(&w->c, ofs, 1, true, &dst);
    if (err) {
        return err;
    }
    w->c.p = w->c.end; /* Padding. */
    struct act_check_pkt_larger *c = act_append(out, ACT_CHECK_PKT_LARGER,
                                                sizeof *c);
    c->bytes = bytes;
    c->dst = dst;
    return OFPERR_OK;
}

char *
act_parse_check_pkt_larger(struct act_text *t, struct buf *out)
{
    char *arrow = strstr(t->arg, ")->");
    if (!arrow) {
        return xasprintf("%s: missing `->'", t->arg);
    }
    *arrow = '\0';
    uint64_t bytes;
    struct act_part dst;
    char *err = act_text_number(t, t->arg, "packet length", 0xffff, &bytes);
    if (!err) {
        err = act_text_part(t, arrow + 3, true, &dst);
    }
    if (!err && dst.n_bits != 1) {
        err = xasprintf("Only 1-bit destination field is allowed");
    }
    if (!err) {
        struct act_check_pkt_larger *c
            = act_append(out, ACT_CHECK_PKT_LARGER, sizeof *c);
        c->bytes = (uint16_t)bytes;
        c->dst = dst;
    }
    return err;
}

static void
put_check_pkt_larger(const struct act *a,
                     const struct ofp_names *names UNUSED, struct str *s)
{
    const struct act_check_pkt_larger *c = ACT_CAST(act_check_pkt_larger, a);
    str_putf(s, "check_pkt_larger(%u)->", c->bytes);
    act_part_put(&c->dst, s);
}

static void
encode_check_pkt_larger(const struct act *a, enum ofp_version version UNUSED,
                        struct buf *b)
{
    const struct act_check_pkt_larger *c = ACT_CAST(act_check_pkt_larger, a);
    size_t start = act_wire_begin_nx(b, 49);
    buf_put_be16(b, c->bytes);
    buf_put_be16(b, c->dst.ofs);
    act_part_encode_field(&c->dst, b);
    act_wire_end(b, start);
}

const struct act_ops act_ops_CHECK_PKT_LARGER
    = { "check_pkt_larger", put_check_pkt_larger, encode_check_pkt_larger,
        NULL };

/* delete_field: of a tunnel's options alone, whose headers are NXM's from
 * this one on. */

#define TUN_METADATA_CLASS 0x0001
#define TUN_METADATA_CODE 40
#define TUN_METADATA_BYTES 124
#define TUN_METADATA_N 64

enum ofp_err
act_decode_nx_delete_field(struct act_wire *w, struct buf *out)
{
    uint32_t x = cursor_be32(&w->c);
    unsigned int code = x >> 9 & 0x7f;
    if (x >> 16 != TUN_METADATA_CLASS || code < TUN_METADATA_CODE
        || code >= TUN_METADATA_CODE + TUN_METADATA_N
        || (x & 0xff) != TUN_METADATA_BYTES || x >> 8 & 1) {
        return OFPERR_OFPBAC_BAD_ARGUMENT;
    }
    w->c.p = w->c.end; /* Padding. */
    struct act_delete_field *d = act_append(out, ACT_DELETE_FIELD, sizeof *d);
    d->tun_metadata = (uint8_t)(code - TUN_METADATA_CODE);
    return OFPERR_OK;
}

char *
act_parse_delete_field(struct act_text *t, struct buf *out)
{
    static const char prefix[] = "tun_metadata";
    uint64_t i = TUN_METADATA_N;
    bool ok = !strncmp(t->arg, prefix, sizeof prefix - 1)
              && str_to_u64(t->arg + sizeof prefix - 1, 10, &i)
              && i < TUN_METADATA_N;
    if (!ok) {
        return field_from_name(t->arg, strlen(t->arg))
                   ? xasprintf("%s: only tun_metadata can be deleted", t->arg)
                   : xasprintf("unknown field `%s'", t->arg);
    }
    struct act_delete_field *d = act_append(out, ACT_DELETE_FIELD, sizeof *d);
    d->tun_metadata = (uint8_t)i;
    return NULL;
}

static void
put_delete_field(const struct act *a, const struct ofp_names *names UNUSED,
                 struct str *s)
{
    str_putf(s, "delete_field:tun_metadata%u",
             ACT_CAST(act_delete_field, a)->tun_metadata);
}

static void
encode_delete_field(const struct act *a, enum ofp_version version UNUSED,
                    struct buf *b)
{
    unsigned int code = TUN_METADATA_CODE
                        + ACT_CAST(act_delete_field, a)->tun_metadata;
    size_t start = act_wire_begin_nx(b, 50);
    buf_put_be32(b, TUN_METADATA_CLASS << 16 | code << 9
                        | TUN_METADATA_BYTES);
    buf_put_zeros(b, 10);
    act_wire_end(b, start);
}

const struct act_ops act_ops_DELETE_FIELD = { "delete_field",
                                              put_delete_field,
                                              encode_delete_field, NULL };
