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

/* Reasons that 1.4 added are kinds of ACTION before; in the layouts that are
 * of both, whoever sends knows it. */
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

/* 1.1: the port the packet came in by, twice. */
static enum ofp_err
in_port11_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    uint32_t port = cursor_be32(c);
    cursor_skip(c, 4);
    if (!ofport_is_valid(port)) {
        return OFPERR_OFPBAC_BAD_OUT_PORT;
    }
    in_port_set(obj, port);
    return OFPERR_OK;
}

static void
in_port11_encode(struct buf *b, const void *obj,
                 const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_packet_in *p = obj;
    buf_put_be32(b, p->match.flow.in_port);
    buf_put_be32(b, p->match.flow.in_port);
}

static const struct lay_custom in_port11_custom = { in_port11_decode,
                                                    in_port11_encode,
                                                    in_port10_random };

static const struct lay_field packet_in11_fields[] = {
    L_U32(struct ofm_packet_in, buffer_id),
    L_CUSTOM(in_port11_custom),
    L_U16(struct ofm_packet_in, total_len),
    L_U8(struct ofm_packet_in, reason, .out = reason13_out),
    L_U8(struct ofm_packet_in, table_id),
    L_DATA(struct ofm_packet_in, data),
};
LAYOUT(packet_in11, struct ofm_packet_in, PACKET_IN_HOOKS);

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
    L_U8(struct ofm_packet_in, reason),
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
    L_U8(struct ofm_packet_in, reason),
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

static enum ofp_err
pin2_match_decode(struct cursor *c, void *obj,
                  const struct lay_ctx *ctx UNUSED)
{
    return oxm_decode(c, true, &((struct ofm_packet_in *)obj)->match, NULL,
                      NULL);
}

static void
pin2_match_encode(struct buf *b, const void *obj, const struct lay_ctx *ctx)
{
    oxm_encode(b, &((const struct ofm_packet_in *)obj)->match, ctx->version,
               0, 0);
}

static void
pin2_match_random(void *obj, const struct lay_ctx *ctx UNUSED,
                  struct rng *rng)
{
    match_random(&((struct ofm_packet_in *)obj)->match, rng);
}

static const struct lay_custom pin2_match_custom = { pin2_match_decode,
                                                     pin2_match_encode,
                                                     pin2_match_random };

LAY_BODY(pin2_packet, L_DATA(struct ofm_packet_in, data));
LAY_BODY(pin2_full_len, L_U32(struct ofm_packet_in, total_len));
LAY_BODY(pin2_buffer_id, L_U32(struct ofm_packet_in, buffer_id));
LAY_BODY(pin2_table_id, L_U8(struct ofm_packet_in, table_id));
LAY_BODY(pin2_cookie, L_PAD(4), L_U64(struct ofm_packet_in, cookie));
LAY_BODY(pin2_reason, L_U8(struct ofm_packet_in, reason));
LAY_BODY(pin2_metadata, L_CUSTOM(pin2_match_custom));
LAY_BODY(pin2_userdata, L_DATA(struct ofm_packet_in, userdata));
LAY_BODY(pin2_continuation,
         L_DATA(struct ofm_packet_in, continuation, .opaque = true));
/* The length of a packet that is all there need not be said. */
static bool
pin2_is_whole(const void *obj)
{
    const struct ofm_packet_in *p = obj;
    return p->total_len <= p->data.n;
}

#define PIN2_ROW(TYPE, BODY, ...)                                             \
    { .type = TYPE, .body = &BODY, ##__VA_ARGS__ }
static const struct lay_prop pin2_props_rows[] = {
    PIN2_ROW(PIN2_PACKET, pin2_packet),
    PIN2_ROW(PIN2_FULL_LEN, pin2_full_len,
             .is_needless = pin2_is_whole),
    PIN2_ROW(PIN2_BUFFER_ID, pin2_buffer_id,
             LAY_GATE(struct ofm_packet_in, buffer_id, OFP_NO_BUFFER)),
    PIN2_ROW(PIN2_TABLE_ID, pin2_table_id),
    PIN2_ROW(PIN2_COOKIE, pin2_cookie,
             LAY_GATE(struct ofm_packet_in, cookie, UINT64_MAX)),
    PIN2_ROW(PIN2_REASON, pin2_reason),
    PIN2_ROW(PIN2_METADATA, pin2_metadata),
    PIN2_ROW(PIN2_USERDATA, pin2_userdata,
             LAY_GATE(struct ofm_packet_in, userdata.n, 0)),
    PIN2_ROW(PIN2_CONTINUATION, pin2_continuation,
             LAY_GATE(struct ofm_packet_in, continuation.n, 0)),
};
LAY_PROPS_OF(pin2_props, .loose = true);

static const struct lay_field packet_in_nx2_fields[] = {
    L_PROPS(pin2_props),
};

static enum ofp_err
pin2_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_packet_in *p = obj;
    if (!p->total_len) {
        p->total_len = (uint16_t)p->data.n;
    }
    return p->total_len < p->data.n ? OFPERR_OFPBRC_BAD_LEN : OFPERR_OK;
}

LAYOUT(packet_in_nx2, struct ofm_packet_in, PACKET_IN_HOOKS,
       .check = pin2_check);

/* Packet out. */

static void
packet_out_init(void *obj)
{
    struct ofm_packet_out *p = obj;
    p->buffer_id = OFP_NO_BUFFER;
    p->in_port = OFPORT_CONTROLLER;
    match_init(&p->match);
}

static void
packet_out_fini(void *obj)
{
    struct ofm_packet_out *p = obj;
    buf_fini(&p->acts);
    ofm_data_fini(&p->data);
}

static enum ofp_err
packet_out_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    uint32_t port = ((struct ofm_packet_out *)obj)->in_port;
    return port < OFPORT_MAX10 || port == OFPORT_LOCAL || port == OFPORT_ANY
                   || port == OFPORT_CONTROLLER
               ? OFPERR_OK
               : OFPERR_OFPBRC_BAD_PORT;
}

#define PACKET_OUT_HOOKS                                                      \
    .init = packet_out_init, .fini = packet_out_fini, .check = packet_out_check

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
    L_PORT(struct ofm_packet_out, in_port),
    L_LENOF,
    L_PAD(6),
    L_ACTS(struct ofm_packet_out, acts, .sized = true),
    L_DATA(struct ofm_packet_out, data),
};
LAYOUT(packet_out11, struct ofm_packet_out, PACKET_OUT_HOOKS);

/* 1.5: a match tells the port, which must be, and more of the pipeline. */

static bool
is_pipeline_only(const struct match *m)
{
    struct flow rest = m->mask;
    uint64_t bits = 0;
    rest.metadata = rest.tun.id = 0;
    rest.in_port = 0;
    memset(rest.regs, 0, sizeof rest.regs);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        bits |= flow_words_const(&rest)[i];
    }
    return !bits;
}

static enum ofp_err
pipeline_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_packet_out *p = obj;
    const struct field *port = field_from_id(FIELD_IN_PORT_OXM);
    enum ofp_err err = ofp_match_decode(c, false, &p->match);
    if (err) {
        return err;
    }
    if (!is_pipeline_only(&p->match)) {
        return OFPERR_OFPBRC_PIPELINE_FIELDS_ONLY;
    }
    if (!match_has_exact_field(&p->match, port)) {
        return OFPERR_OFPBRC_BAD_PORT;
    }
    p->in_port = p->match.flow.in_port;
    match_clear_field(&p->match, port);
    return OFPERR_OK;
}

static void
pipeline_encode(struct buf *b, const void *obj, const struct lay_ctx *ctx)
{
    const struct ofm_packet_out *p = obj;
    struct match m = p->match;
    m.flow.in_port = p->in_port;
    m.mask.in_port = UINT32_MAX;
    ofp_match_encode(b, &m, ctx->version);
}

static void
pipeline_random(void *obj, const struct lay_ctx *ctx UNUSED, struct rng *rng)
{
    static const enum field_id some[] = { FIELD_METADATA, FIELD_TUN_ID,
                                          FIELD_REG0, FIELD_REG5 };
    struct ofm_packet_out *p = obj;
    p->in_port = rng_below(rng, OFPORT_MAX10);
    for (size_t i = 0; i < ARRAY_SIZE(some); i++) {
        const struct field *f = field_from_id(some[i]);
        union field_value v;
        field_random(f, rng, &v);
        if (rng_one_in(rng, 2)) {
            match_set_field(&p->match, f, &v, NULL);
        }
    }
}

static const struct lay_custom pipeline_custom = { pipeline_decode,
                                                   pipeline_encode,
                                                   pipeline_random };

static const struct lay_field packet_out15_fields[] = {
    L_U32(struct ofm_packet_out, buffer_id),
    L_LENOF,
    L_PAD(2),
    L_CUSTOM(pipeline_custom),
    L_ACTS(struct ofm_packet_out, acts, .sized = true),
    L_DATA(struct ofm_packet_out, data),
};
LAYOUT(packet_out15, struct ofm_packet_out, PACKET_OUT_HOOKS);
