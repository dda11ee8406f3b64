/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to and from the controller.
 * [OF1.0.2 5.3.6 5.4.1], [OF1.3.5 7.3.7 7.4.1]; NXT_PACKET_IN and the list of
 * properties of NXT_PACKET_IN2 as the peers speak them. */
#include "lib/base/rng.h"
#include "lib/openflow/m_priv.h"
#include "lib/openflow/oxm.h"

static void
packet_in_init(void *obj)
{
    struct ofm_packet_in *p = obj;
    p->buffer_id = OFP_NO_BUFFER;
    p->cookie = UINT64_MAX;
    match_init(&p->match);
}

static void
packet_in_fini(void *obj)
{
    struct ofm_packet_in *p = obj;
    ofm_data_fini(&p->data);
    ofm_data_fini(&p->userdata);
    ofm_data_fini(&p->continuation);
}

#define PACKET_IN_HOOKS .init = packet_in_init, .fini = packet_in_fini

/* Reasons that 1.4 added are kinds of ACTION before. */
static uint64_t
reason13_out(uint64_t x)
{
    return x > OFPR_INVALID_TTL ? OFPR_ACTION : x;
}

static void
in_port_set(struct ofm_packet_in *p, uint32_t port)
{
    union field_value v = { .be32 = cpu_to_be32(port) };
    match_set_field(&p->match, field_from_id(FIELD_IN_PORT_OXM), &v, NULL);
}

static enum ofp_err
in_port10_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    in_port_set(obj, ofport_from_of10(cursor_be16(c)));
    return OFPERR_OK;
}

static void
in_port10_encode(struct buf *b, const void *obj,
                 const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_packet_in *p = obj;
    buf_put_be16(b, (uint16_t)lay_port16_out(p->match.flow.in_port));
}

static void
in_port10_random(void *obj, const struct lay_ctx *ctx UNUSED, struct rng *rng)
{
    in_port_set(obj, rng_below(rng, 0xff00));
}

static const struct lay_custom in_port10_custom = { in_port10_decode,
                                                    in_port10_encode,
                                                    in_port10_random };

static const struct lay_field packet_in10_fields[] = {
    L_U32(struct ofm_packet_in, buffer_id),
    L_U16(struct ofm_packet_in, total_len),
    L_CUSTOM(in_port10_custom),
    L_U8(struct ofm_packet_in, reason, .out = reason13_out),
    L_PAD(1),
    L_DATA(struct ofm_packet_in, data),
};
LAYOUT(packet_in10, struct ofm_packet_in, PACKET_IN_HOOKS);

static const struct lay_field packet_in12_fields[] = {
    L_U32(struct ofm_packet_in, buffer_id),
    L_U16(struct ofm_packet_in, total_len),
    L_U8(struct ofm_packet_in, reason, .out = reason13_out),
    L_U8(struct ofm_packet_in, table_id),
    L_MATCH(struct ofm_packet_in, match, .loose = true),
    L_PAD(2),
    L_DATA(struct ofm_packet_in, data),
};
LAYOUT(packet_in12, struct ofm_packet_in, PACKET_IN_HOOKS);

static const struct lay_field packet_in13_fields[] = {
    L_U32(struct ofm_packet_in, buffer_id),
    L_U16(struct ofm_packet_in, total_len),
    L_U8(struct ofm_packet_in, reason, .out = reason13_out),
    L_U8(struct ofm_packet_in, table_id),
    L_U64(struct ofm_packet_in, cookie),
    L_MATCH(struct ofm_packet_in, match, .loose = true),
    L_PAD(2),
    L_DATA(struct ofm_packet_in, data),
};
LAYOUT(packet_in13, struct ofm_packet_in, PACKET_IN_HOOKS);

static const struct lay_field packet_in_nx_fields[] = {
    L_U32(struct ofm_packet_in, buffer_id),
    L_U16(struct ofm_packet_in, total_len),
    L_U8(struct ofm_packet_in, reason, .out = reason13_out),
    L_U8(struct ofm_packet_in, table_id),
    L_U64(struct ofm_packet_in, cookie),
    L_LENOF,
    L_PAD(6),
    L_NXM(struct ofm_packet_in, match, .loose = true),
    L_PAD(2),
    L_DATA(struct ofm_packet_in, data),
};
LAYOUT(packet_in_nx, struct ofm_packet_in, PACKET_IN_HOOKS);

/* Properties: type, length without padding, value, padding to 8. */

enum {
    PIN2_PACKET,
    PIN2_FULL_LEN,
    PIN2_BUFFER_ID,
    PIN2_TABLE_ID,
    PIN2_COOKIE,
    PIN2_REASON,
    PIN2_METADATA,
    PIN2_USERDATA,
    PIN2_CONTINUATION,
};

static void
pin2_take_data(struct cursor *c, struct ofm_data *d)
{
    size_t n = cursor_left(c);
    ofm_data_fini(d);
    if (n) {
        d->p = xmemdup(cursor_pull(c, n), n);
        d->n = n;
    }
}

static enum ofp_err
pin2_decode_prop(uint16_t type, struct cursor *c, struct ofm_packet_in *p)
{
    switch (type) {
    case PIN2_PACKET:
        pin2_take_data(c, &p->data);
        break;
    case PIN2_FULL_LEN:
        p->total_len = (uint16_t)cursor_be32(c);
        break;
    case PIN2_BUFFER_ID:
        p->buffer_id = cursor_be32(c);
        break;
    case PIN2_TABLE_ID:
        p->table_id = cursor_u8(c);
        break;
    case PIN2_COOKIE:
        cursor_skip(c, 4);
        p->cookie = cursor_be64(c);
        break;
    case PIN2_REASON:
        p->reason = cursor_u8(c);
        break;
    case PIN2_METADATA:
        return oxm_decode(c, true, &p->match, NULL, NULL);
    case PIN2_USERDATA:
        pin2_take_data(c, &p->userdata);
        break;
    case PIN2_CONTINUATION:
        pin2_take_data(c, &p->continuation);
        break;
    default:
        break;
    }
    return cursor_ok(c) ? OFPERR_OK : OFPERR_OFPBRC_BAD_LEN;
}

static enum ofp_err
pin2_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_packet_in *p = obj;
    while (cursor_left(c)) {
        uint16_t type = cursor_be16(c);
        uint16_t len = cursor_be16(c);
        struct cursor prop = cursor_sub(c, MAX(len, 4) - 4u);
        if (!cursor_ok(c) || len < 4) {
            return OFPERR_OFPBRC_BAD_LEN;
        }
        cursor_skip(c, MIN(ROUND_UP(len, 8u) - len, cursor_left(c)));
        enum ofp_err err = pin2_decode_prop(type, &prop, p);
        if (err) {
            return err;
        }
    }
    if (!p->total_len) {
        p->total_len = (uint16_t)p->data.n;
    }
    return OFPERR_OK;
}

static size_t
prop_begin(struct buf *b, uint16_t type)
{
    size_t start = b->len;
    buf_put_be16(b, type);
    buf_put_be16(b, 0);
    return start;
}

static void
prop_end(struct buf *b, size_t start)
{
    buf_set_be16(b, start + 2, (uint16_t)(b->len - start));
    buf_pad(b, start, 8);
}

static void
prop_put_data(struct buf *b, uint16_t type, const struct ofm_data *d)
{
    if (d->n) {
        size_t start = prop_begin(b, type);
        buf_put(b, d->p, d->n);
        prop_end(b, start);
    }
}

static void
prop_put_u32(struct buf *b, uint16_t type, uint32_t x)
{
    size_t start = prop_begin(b, type);
    buf_put_be32(b, x);
    prop_end(b, start);
}

static void
prop_put_u8(struct buf *b, uint16_t type, uint8_t x)
{
    size_t start = prop_begin(b, type);
    buf_put_u8(b, x);
    prop_end(b, start);
}

static void
pin2_encode(struct buf *b, const void *obj, const struct lay_ctx *ctx)
{
    const struct ofm_packet_in *p = obj;
    prop_put_data(b, PIN2_PACKET, &p->data);
    if (p->total_len != p->data.n) {
        prop_put_u32(b, PIN2_FULL_LEN, p->total_len);
    }
    if (p->buffer_id != OFP_NO_BUFFER) {
        prop_put_u32(b, PIN2_BUFFER_ID, p->buffer_id);
    }
    prop_put_u8(b, PIN2_TABLE_ID, p->table_id);
    if (p->cookie != UINT64_MAX) {
        size_t start = prop_begin(b, PIN2_COOKIE);
        buf_put_zeros(b, 4);
        buf_put_be64(b, p->cookie);
        prop_end(b, start);
    }
    prop_put_u8(b, PIN2_REASON, p->reason);
    size_t start = prop_begin(b, PIN2_METADATA);
    oxm_encode(b, &p->match, ctx->version, 0, 0);
    prop_end(b, start);
    prop_put_data(b, PIN2_USERDATA, &p->userdata);
    prop_put_data(b, PIN2_CONTINUATION, &p->continuation);
}

static void
pin2_random(void *obj, const struct lay_ctx *ctx, struct rng *rng)
{
    static const struct lay_field members[] = {
        L_U16(struct ofm_packet_in, total_len),
        L_U8(struct ofm_packet_in, table_id),
        L_U8(struct ofm_packet_in, reason, .max = OFPR_N - 1),
        L_U64(struct ofm_packet_in, cookie),
        L_NXM(struct ofm_packet_in, match),
        L_DATA(struct ofm_packet_in, data),
        L_DATA(struct ofm_packet_in, userdata),
    };
    static const struct layout l = { .fields = members,
                                     .n_fields = ARRAY_SIZE(members) };
    layout_random(&l, obj, ctx, rng);
}

static const struct lay_custom pin2_custom = { pin2_decode, pin2_encode,
                                               pin2_random };
static const struct lay_field packet_in_nx2_fields[] = {
    L_CUSTOM(pin2_custom),
};
LAYOUT(packet_in_nx2, struct ofm_packet_in, PACKET_IN_HOOKS);

/* Packet out. */

static void
packet_out_init(void *obj)
{
    struct ofm_packet_out *p = obj;
    p->buffer_id = OFP_NO_BUFFER;
    p->in_port = OFPORT_CONTROLLER;
}

static void
packet_out_fini(void *obj)
{
    struct ofm_packet_out *p = obj;
    buf_fini(&p->acts);
    ofm_data_fini(&p->data);
}

#define PACKET_OUT_HOOKS .init = packet_out_init, .fini = packet_out_fini

static const struct lay_field packet_out10_fields[] = {
    L_U32(struct ofm_packet_out, buffer_id),
    L_PORT16(struct ofm_packet_out, in_port),
    L_LENOF,
    L_ACTS(struct ofm_packet_out, acts, .sized = true),
    L_DATA(struct ofm_packet_out, data),
};
LAYOUT(packet_out10, struct ofm_packet_out, PACKET_OUT_HOOKS);

static const struct lay_field packet_out11_fields[] = {
    L_U32(struct ofm_packet_out, buffer_id),
    L_U32(struct ofm_packet_out, in_port),
    L_LENOF,
    L_PAD(6),
    L_ACTS(struct ofm_packet_out, acts, .sized = true),
    L_DATA(struct ofm_packet_out, data),
};
LAYOUT(packet_out11, struct ofm_packet_out, PACKET_OUT_HOOKS);
