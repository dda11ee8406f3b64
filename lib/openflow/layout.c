/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/openflow/layout.h"

#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/openflow/act.h"
#include "lib/openflow/layout_priv.h"
#include "lib/openflow/msg_types.h"
#include "lib/openflow/oxm.h"

/* Where an encoder or decoder stands in one struct. */
struct walk {
    const struct lay_ctx *ctx;
    size_t lenof_pos; /* Encoding: of the LAY_LENOF word. */
    size_t sized;     /* Decoding: what LAY_LENOF said. */
};

static const void *
member_const(const void *obj, const struct lay_field *f)
{
    return (const char *)obj + f->ofs;
}

static void *
member(void *obj, const struct lay_field *f)
{
    return (char *)obj + f->ofs;
}

void
lay_store_uint(void *dst, size_t size, uint64_t x)
{
    switch (size) {
    case 1:
        *(uint8_t *)dst = (uint8_t)x;
        break;
    case 2:
        *(uint16_t *)dst = (uint16_t)x;
        break;
    case 4:
        *(uint32_t *)dst = (uint32_t)x;
        break;
    case 8:
        *(uint64_t *)dst = x;
        break;
    default:
        NOT_REACHED();
    }
}

uint64_t
lay_load_uint(const void *src, size_t size)
{
    switch (size) {
    case 1:
        return *(const uint8_t *)src;
    case 2:
        return *(const uint16_t *)src;
    case 4:
        return *(const uint32_t *)src;
    case 8:
        return *(const uint64_t *)src;
    default:
        NOT_REACHED();
    }
}

uint64_t
lay_port16_in(uint64_t x)
{
    return ofport_from_of10((uint16_t)x);
}

uint64_t
lay_port16_out(uint64_t x)
{
    uint16_t port10;
    return ofport_to_of10((uint32_t)x, &port10) ? port10 : 0xffff;
}

void
layout_init(const struct layout *l, void *obj)
{
    memset(obj, 0, l->size);
    if (l->init) {
        l->init(obj);
    }
}

size_t
layout_min_bytes(const struct layout *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_fields; i++) {
        const struct lay_field *f = &l->fields[i];
        n += f->kind == LAY_STRUCT ? layout_min_bytes(f->items) : f->wire;
    }
    return n;
}

/* Decoding. */

static enum ofp_err
decode_uint(const struct lay_field *f, struct cursor *c, void *obj)
{
    uint64_t x = 0;
    for (size_t i = 0; i < f->wire; i++) {
        x = x << 8 | cursor_u8(c);
    }
    if (f->max && (x < f->min || x > f->max)) {
        return f->err ? f->err : OFPERR_OFPBRC_BAD_LEN;
    }
    lay_store_uint(member(obj, f), f->size, f->in ? f->in(x) : x);
    return OFPERR_OK;
}

static enum ofp_err
decode_item(const struct layout *l, struct cursor *c, void *obj,
            const struct lay_ctx *ctx)
{
    layout_init(l, obj);
    if (l->len_ofs < 0) {
        struct cursor whole = *c;
        enum ofp_err err = layout_decode_some(l, c, obj, ctx);
        return !err && c->p == whole.p ? OFPERR_OFPBRC_BAD_LEN : err;
    }
    if (cursor_left(c) < (size_t)l->len_ofs + 2) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    size_t len = be16_to_cpu(get_unaligned_be16(c->p + l->len_ofs));
    if (len < (size_t)l->len_ofs + 2) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    struct cursor item = cursor_sub(c, len);
    if (!cursor_ok(c)) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    if (l->pad8) {
        size_t pad = ROUND_UP(len, 8) - len;
        cursor_skip(c, MIN(pad, cursor_left(c)));
    }
    return layout_decode(l, &item, obj, ctx);
}

enum ofp_err
layout_decode_list(const struct layout *items, struct cursor *c, void **p,
                   size_t *n, const struct lay_ctx *ctx)
{
    size_t cap = 0;
    while (cursor_left(c) && cursor_ok(c)) {
        if (*n >= LAY_ITEMS_MAX) {
            return OFPERR_OFPBRC_BAD_LEN;
        }
        if (*n >= cap) {
            cap = cap ? cap * 2 : 4;
            *p = xrealloc(*p, cap * items->size);
        }
        /* Counted before it is decoded: what a failure leaves in it is the
         * owner's to free. */
        void *item = (char *)*p + (*n)++ * items->size;
        enum ofp_err err = decode_item(items, c, item, ctx);
        if (err) {
            return err;
        }
    }
    return cursor_ok(c) ? OFPERR_OK : OFPERR_OFPBRC_BAD_LEN;
}

static enum ofp_err
decode_array(const struct lay_field *f, struct cursor *c, void *obj,
             const struct lay_ctx *ctx)
{
    size_t *n = (size_t *)(void *)((char *)obj + f->n_ofs);
    while (cursor_left(c)) {
        if (*n >= f->max) {
            return f->err;
        }
        void *item = (char *)member(obj, f) + *n * f->items->size;
        enum ofp_err err = decode_item(f->items, c, item, ctx);
        if (err) {
            return err;
        }
        ++*n;
    }
    return OFPERR_OK;
}

static enum ofp_err
decode_match(const struct lay_field *f, struct cursor *c, void *obj,
             const struct walk *w)
{
    struct match *m = member(obj, f);
    if (f->kind == LAY_NXM) {
        struct cursor tlvs = cursor_sub(c, w->sized);
        cursor_skip(c, ROUND_UP(w->sized, 8) - w->sized);
        uint64_t *cookie = (uint64_t *)(void *)((char *)obj + f->n_ofs);
        return !cursor_ok(c)
                   ? OFPERR_OFPBMC_BAD_LEN
                   : oxm_decode(&tlvs, f->loose, m, f->n_ofs ? cookie : NULL,
                                f->n_ofs ? cookie + 1 : NULL);
    }
    if (w->ctx->version == OFP10_VERSION) {
        const uint8_t *wire = cursor_pull(c, OFP10_MATCH_BYTES);
        if (wire) {
            ofp10_match_decode(wire, m);
        }
        return OFPERR_OK;
    }
    return w->ctx->version < OFP12_VERSION ? ofp11_match_decode(c, m)
                                           : ofp_match_decode(c, f->loose, m);
}

/* Instructions where the version has them. */
static bool
is_flow_acts(const struct lay_field *f)
{
    return f->kind == LAY_FLOW_ACTS || f->kind == LAY_FLOW_LIST;
}

static bool
is_act_list(const struct lay_field *f)
{
    return f->kind == LAY_FLOW_LIST || f->kind == LAY_ACT_LIST;
}

static enum ofp_err
decode_acts(const struct lay_field *f, struct cursor *c, void *obj,
            const struct lay_ctx *ctx)
{
    bool flow = is_flow_acts(f) && ctx->version != OFP10_VERSION;
    struct buf out = BUF_INIT;
    enum ofp_err err = flow ? instructions_decode(c, ctx->version, &out)
                            : acts_decode(c, ctx->version, &out);
    if (is_act_list(f)) {
        struct act_list *l = member(obj, f);
        l->len = out.len;
        l->first = (const struct act *)(const void *)buf_steal(&out, &l->len);
    } else {
        *(struct buf *)member(obj, f) = out;
    }
    return err;
}

static void
decode_data(struct cursor *c, struct ofm_data *d)
{
    size_t n = cursor_left(c);
    const uint8_t *p = cursor_pull(c, n);
    if (p && n) {
        d->p = xmemdup(p, n);
        d->n = n;
    }
}

/* Fields that take the rest of the cursor, or 'sized' bytes of it. */
static enum ofp_err
decode_tail(const struct lay_field *f, struct cursor *c, void *obj,
            const struct lay_ctx *ctx)
{
    switch ((enum lay_kind)f->kind) {
    case LAY_DATA:
        decode_data(c, member(obj, f));
        return OFPERR_OK;
    case LAY_LIST: {
        struct ofm_any_vec *v = member(obj, f);
        return layout_decode_list(f->items, c, &v->p, &v->n, ctx);
    }
    case LAY_ARRAY:
        return decode_array(f, c, obj, ctx);
    case LAY_ACTIONS:
    case LAY_FLOW_ACTS:
    case LAY_FLOW_LIST:
    case LAY_ACT_LIST:
        return decode_acts(f, c, obj, ctx);
    case LAY_STRUCT:
        return decode_item(f->items, c, member(obj, f), ctx);
    case LAY_PROPS:
        return lay_props_decode(f->props, c, member(obj, f), ctx);
    case LAY_CUSTOM:
        return f->custom->decode(c, obj, ctx);
    default:
        NOT_REACHED();
    }
}

static enum ofp_err
decode_field(const struct lay_field *f, struct cursor *c, void *obj,
             struct walk *w)
{
    switch ((enum lay_kind)f->kind) {
    case LAY_PAD:
    case LAY_LEN:
        cursor_skip(c, f->wire);
        return OFPERR_OK;
    case LAY_UINT:
        return decode_uint(f, c, obj);
    case LAY_PORT: {
        uint32_t *port = member(obj, f);
        *port = cursor_be32(c);
        return ofport_is_valid(*port) ? OFPERR_OK
                                      : OFPERR_OFPBAC_BAD_OUT_PORT;
    }
    case LAY_BYTES:
        cursor_read(c, member(obj, f), f->wire);
        return OFPERR_OK;
    case LAY_STR: {
        const uint8_t *p = cursor_pull(c, f->wire);
        if (p) {
            memcpy(member(obj, f), p, MIN(f->wire, f->size - 1u));
        }
        return OFPERR_OK;
    }
    case LAY_LENOF:
        w->sized = cursor_be16(c);
        return OFPERR_OK;
    case LAY_MATCH:
    case LAY_NXM:
        return decode_match(f, c, obj, w);
    case LAY_OXS:
        return lay_oxs_decode(f->props, c, obj, w->ctx);
    default:
        break;
    }
    if (!f->sized) {
        return decode_tail(f, c, obj, w->ctx);
    }
    struct cursor part = cursor_sub(c, w->sized);
    return cursor_ok(c) ? decode_tail(f, &part, obj, w->ctx)
                        : OFPERR_OFPBRC_BAD_LEN;
}

enum ofp_err
layout_decode_some(const struct layout *l, struct cursor *c, void *obj,
                   const struct lay_ctx *ctx)
{
    struct walk w = { .ctx = ctx };
    for (size_t i = 0; i < l->n_fields; i++) {
        enum ofp_err err = decode_field(&l->fields[i], c, obj, &w);
        if (err) {
            return err;
        }
        if (!cursor_ok(c)) {
            return OFPERR_OFPBRC_BAD_LEN;
        }
    }
    return l->check ? l->check(obj, ctx) : OFPERR_OK;
}

enum ofp_err
layout_decode(const struct layout *l, struct cursor *c, void *obj,
              const struct lay_ctx *ctx)
{
    enum ofp_err err = layout_decode_some(l, c, obj, ctx);
    return !err && cursor_left(c) ? OFPERR_OFPBRC_BAD_LEN : err;
}

/* Encoding. */

static void
encode_uint(const struct lay_field *f, struct buf *b, const void *obj)
{
    uint64_t x = lay_load_uint(member_const(obj, f), f->size);
    x = f->out ? f->out(x) : x;
    uint8_t *p = buf_put_uninit(b, f->wire);
    for (size_t i = f->wire; i-- > 0; x >>= 8) {
        p[i] = (uint8_t)x;
    }
}

static void
encode_str(const struct lay_field *f, struct buf *b, const void *obj)
{
    const char *s = member_const(obj, f);
    size_t n = strnlen(s, MIN(f->wire, f->size));
    memcpy(buf_put_zeros(b, f->wire), s, n);
}

static void
encode_match(const struct lay_field *f, struct buf *b, const void *obj,
             const struct walk *w)
{
    const struct match *m = member_const(obj, f);
    if (f->kind == LAY_NXM) {
        size_t start = b->len;
        const uint64_t *cookie =
            (const uint64_t *)(const void *)((const char *)obj + f->n_ofs);
        oxm_encode(b, m, w->ctx->version, f->n_ofs ? cookie[0] : 0,
                   f->n_ofs ? cookie[1] : 0);
        buf_set_be16(b, w->lenof_pos, (uint16_t)(b->len - start));
        buf_pad(b, start, 8);
    } else if (w->ctx->version == OFP10_VERSION) {
        ofp10_match_encode(m, buf_put_zeros(b, OFP10_MATCH_BYTES));
    } else if (w->ctx->version < OFP12_VERSION) {
        ofp11_match_encode(b, m);
    } else {
        ofp_match_encode(b, m, w->ctx->version);
    }
}

static void
encode_acts(const struct lay_field *f, struct buf *b, const void *obj,
            const struct lay_ctx *ctx)
{
    struct act_list l = is_act_list(f)
                            ? *(const struct act_list *)member_const(obj, f)
                            : act_list_from_buf(member_const(obj, f));
    if (!is_flow_acts(f) || ctx->version == OFP10_VERSION) {
        acts_encode(&l, ctx->version, b);
    } else {
        instructions_encode(&l, ctx->version, b);
    }
}

static void
encode_item(const struct layout *l, struct buf *b, const void *obj,
            const struct lay_ctx *ctx)
{
    size_t start = b->len;
    layout_encode(l, b, obj, ctx);
    if (l->len_ofs >= 0) {
        buf_set_be16(b, start + (size_t)l->len_ofs,
                     (uint16_t)(b->len - start));
    }
    if (l->pad8) {
        buf_pad(b, start, 8);
    }
}

void
layout_encode_list(const struct layout *items, struct buf *b, const void *p,
                   size_t n, const struct lay_ctx *ctx)
{
    for (size_t i = 0; i < n; i++) {
        encode_item(items, b, (const char *)p + i * items->size, ctx);
    }
}

static void
encode_tail(const struct lay_field *f, struct buf *b, const void *obj,
            const struct lay_ctx *ctx)
{
    switch ((enum lay_kind)f->kind) {
    case LAY_DATA: {
        const struct ofm_data *d = member_const(obj, f);
        buf_put(b, d->p, d->n);
        break;
    }
    case LAY_LIST: {
        const struct ofm_any_vec *v = member_const(obj, f);
        layout_encode_list(f->items, b, v->p, v->n, ctx);
        break;
    }
    case LAY_ARRAY: {
        size_t n =
            *(const size_t *)(const void *)((const char *)obj + f->n_ofs);
        layout_encode_list(f->items, b, member_const(obj, f), n, ctx);
        break;
    }
    case LAY_ACTIONS:
    case LAY_FLOW_ACTS:
    case LAY_FLOW_LIST:
    case LAY_ACT_LIST:
        encode_acts(f, b, obj, ctx);
        break;
    case LAY_STRUCT:
        encode_item(f->items, b, member_const(obj, f), ctx);
        break;
    case LAY_PROPS:
        lay_props_encode(f->props, b, member_const(obj, f), ctx);
        break;
    case LAY_CUSTOM:
        f->custom->encode(b, obj, ctx);
        break;
    default:
        NOT_REACHED();
    }
}

static void
encode_field(const struct lay_field *f, struct buf *b, const void *obj,
             struct walk *w)
{
    switch ((enum lay_kind)f->kind) {
    case LAY_PAD:
    case LAY_LEN:
        buf_put_zeros(b, f->wire);
        return;
    case LAY_UINT:
    case LAY_PORT:
        encode_uint(f, b, obj);
        return;
    case LAY_BYTES:
        buf_put(b, member_const(obj, f), f->wire);
        return;
    case LAY_STR:
        encode_str(f, b, obj);
        return;
    case LAY_LENOF:
        w->lenof_pos = b->len;
        buf_put_zeros(b, f->wire);
        return;
    case LAY_MATCH:
    case LAY_NXM:
        encode_match(f, b, obj, w);
        return;
    case LAY_OXS:
        lay_oxs_encode(f->props, b, obj, w->ctx);
        return;
    default:
        break;
    }
    size_t start = b->len;
    encode_tail(f, b, obj, w->ctx);
    if (f->sized) {
        buf_set_be16(b, w->lenof_pos, (uint16_t)(b->len - start));
    }
}

void
layout_encode(const struct layout *l, struct buf *b, const void *obj,
              const struct lay_ctx *ctx)
{
    struct walk w = { .ctx = ctx };
    for (size_t i = 0; i < l->n_fields; i++) {
        encode_field(&l->fields[i], b, obj, &w);
    }
}
