/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of properties: type, length, value, padding to 8 bytes, each type
 * once [OF1.4.0 7.2.1, 7.3.4 and others]. */
#include "lib/base/assert.h"
#include "lib/base/rng.h"
#include "lib/openflow/layout_priv.h"
#include "lib/openflow/msg_types.h"

/* The type and, of an experimenter's, who and what; the rest is the body. */
struct prop_head {
    uint16_t type;
    uint32_t experimenter, exp_type;
    struct cursor body;
};

static bool
pull_prop(struct cursor *c, struct prop_head *h)
{
    h->type = cursor_be16(c);
    uint16_t len = cursor_be16(c);
    if (!cursor_ok(c) || len < 4 || len - 4u > cursor_left(c)) {
        return false;
    }
    h->body = cursor_sub(c, len - 4u);
    cursor_skip(c, MIN(ROUND_UP(len, 8u) - len, cursor_left(c)));
    h->experimenter = h->exp_type = 0;
    if (h->type == LAY_PROP_EXPERIMENTER) {
        h->experimenter = cursor_be32(&h->body);
        h->exp_type = cursor_be32(&h->body);
    }
    return cursor_ok(&h->body);
}

static bool
is_in_version(const struct lay_prop *row, const struct lay_ctx *ctx)
{
    return ctx->version >= row->since;
}

static const struct lay_prop *
find_row(const struct lay_props *props, const struct prop_head *h,
         const struct lay_ctx *ctx)
{
    for (size_t i = 0; i < props->n_rows; i++) {
        const struct lay_prop *row = &props->rows[i];
        if (row->type == h->type && row->experimenter == h->experimenter
            && row->exp_type == h->exp_type && is_in_version(row, ctx)) {
            return row;
        }
    }
    return NULL;
}

enum ofp_err
lay_props_decode(const struct lay_props *props, struct cursor *c, void *obj,
                 const struct lay_ctx *ctx)
{
    uint64_t seen = 0;
    while (cursor_left(c)) {
        struct prop_head h;
        if (!pull_prop(c, &h)) {
            return OFPERR_OFPBPC_BAD_LEN;
        }
        const struct lay_prop *row = find_row(props, &h, ctx);
        if (!row && !props->loose) {
            return h.type == LAY_PROP_EXPERIMENTER
                       ? OFPERR_OFPBPC_BAD_EXPERIMENTER
                   : props->unknown ? props->unknown
                                    : OFPERR_OFPBPC_BAD_TYPE;
        }
        if (!row) {
            continue;
        }
        uint64_t bit = 1ull << (row - props->rows);
        if (seen & bit) {
            return OFPERR_OFPBPC_DUP_TYPE;
        }
        seen |= bit;
        enum ofp_err err = layout_decode(row->body, &h.body, obj, ctx);
        if (err) {
            return err == OFPERR_OFPBRC_BAD_LEN ? OFPERR_OFPBPC_BAD_LEN : err;
        }
    }
    return OFPERR_OK;
}

static bool
is_absent(const struct lay_prop *row, const void *obj)
{
    static const uint8_t zeros[UINT8_MAX];
    if (row->is_needless && row->is_needless(obj)) {
        return true;
    }
    const char *gate = (const char *)obj + row->gate_ofs;
    size_t size = row->gate_size;
    return size > sizeof(uint64_t)
               ? !memcmp(gate, zeros, size)
               : size && lay_load_uint(gate, size) == row->absent;
}

void
lay_props_encode(const struct lay_props *props, struct buf *b,
                 const void *obj, const struct lay_ctx *ctx)
{
    for (size_t i = 0; i < props->n_rows; i++) {
        const struct lay_prop *row = &props->rows[i];
        if (!is_in_version(row, ctx) || is_absent(row, obj)) {
            continue;
        }
        size_t start = b->len;
        buf_put_be16(b, row->type);
        buf_put_be16(b, 0);
        if (row->type == LAY_PROP_EXPERIMENTER) {
            buf_put_be32(b, row->experimenter);
            buf_put_be32(b, row->exp_type);
        }
        layout_encode(row->body, b, obj, ctx);
        buf_set_be16(b, start + 2, (uint16_t)(b->len - start));
        buf_pad(b, start, 8);
    }
}

/* Statistics of 1.5.  What is unknown is skipped, as is what has a length
 * of its own idea. */

#define OXS_CLASS 0x8002

enum ofp_err
lay_oxs_decode(const struct lay_props *props, struct cursor *c, void *obj,
               const struct lay_ctx *ctx)
{
    cursor_skip(c, 2);
    uint16_t len = cursor_be16(c);
    if (!cursor_ok(c) || len < 4 || len - 4u > cursor_left(c)) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    struct cursor list = cursor_sub(c, len - 4u);
    cursor_skip(c, ROUND_UP(len, 8u) - len);
    while (cursor_left(&list)) {
        struct prop_head h = { .experimenter = 0 };
        uint16_t class = cursor_be16(&list);
        h.type = cursor_u8(&list) >> 1;
        h.body = cursor_sub(&list, cursor_u8(&list));
        if (!cursor_ok(&list)) {
            return OFPERR_OFPBRC_BAD_LEN;
        }
        const struct lay_prop *row = find_row(props, &h, ctx);
        if (class == OXS_CLASS && row
            && cursor_left(&h.body) == layout_min_bytes(row->body)) {
            enum ofp_err err = layout_decode(row->body, &h.body, obj, ctx);
            if (err) {
                return err;
            }
        }
    }
    return cursor_ok(c) ? OFPERR_OK : OFPERR_OFPBRC_BAD_LEN;
}

void
lay_oxs_encode(const struct lay_props *props, struct buf *b, const void *obj,
               const struct lay_ctx *ctx)
{
    size_t start = b->len;
    buf_put_zeros(b, 4);
    for (size_t i = 0; i < props->n_rows; i++) {
        const struct lay_prop *row = &props->rows[i];
        if (!is_absent(row, obj)) {
            buf_put_be16(b, OXS_CLASS);
            buf_put_u8(b, (uint8_t)(row->type << 1));
            buf_put_u8(b, (uint8_t)layout_min_bytes(row->body));
            layout_encode(row->body, b, obj, ctx);
        }
    }
    buf_set_be16(b, start + 2, (uint16_t)(b->len - start));
    buf_pad(b, start, 8);
}

void
lay_props_random(const struct lay_props *props, void *obj,
                 const struct lay_ctx *ctx, struct rng *rng)
{
    for (size_t i = 0; i < props->n_rows; i++) {
        const struct lay_prop *row = &props->rows[i];
        ASSERT(i < 64);
        if (!is_in_version(row, ctx)) {
            continue;
        }
        layout_random(row->body, obj, ctx, rng);
        bool is_data = row->body->fields[0].kind == LAY_DATA;
        if (row->gate_size > sizeof(uint64_t) && rng_one_in(rng, 2)) {
            memset((char *)obj + row->gate_ofs, 0, row->gate_size);
        } else if (row->gate_size && row->gate_size <= sizeof(uint64_t)
                   && !is_data && rng_one_in(rng, 2)) {
            lay_store_uint((char *)obj + row->gate_ofs, row->gate_size,
                           row->absent);
        }
    }
}
