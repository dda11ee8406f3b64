/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about the connection and the switch as a whole: hello, error,
 * echo, features, configuration, roles.
 * [OF1.0.2 5.1 5.3 5.5], [OF1.3.5 7.1 7.3.1 7.3.2 7.3.9 7.3.10 7.5] */
#include "lib/base/rng.h"
#include "lib/openflow/m_priv.h"

static const struct lay_field none_fields[] = { L_PAD(0) };
const struct layout lay_none = { .fields = none_fields, .len_ofs = -1 };

const struct lay_props lay_no_props = { .loose = true };

/* Hello: the version bitmap among elements that may grow. */

enum { HELLO_VERSIONBITMAP = 1 };

static enum ofp_err
hello_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_hello *h = obj;
    while (cursor_left(c) >= 4) {
        uint16_t type = cursor_be16(c);
        uint16_t len = cursor_be16(c);
        if (len < 4 || len - 4u > cursor_left(c)) {
            h->has_unknown = true;
            break;
        }
        struct cursor e = cursor_sub(c, len - 4u);
        if (type == HELLO_VERSIONBITMAP && cursor_left(&e) >= 4) {
            h->versions = cursor_be32(&e) & ~1u;
        } else {
            h->has_unknown = true;
        }
        cursor_skip(c, MIN(ROUND_UP(len, 8u) - len, cursor_left(c)));
    }
    /* What a later version may add is skipped. [OF1.3.5 7.5.1] */
    cursor_skip(c, cursor_left(c));
    return OFPERR_OK;
}

static void
hello_encode(struct buf *b, const void *obj, const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_hello *h = obj;
    if (h->versions) {
        buf_put_be16(b, HELLO_VERSIONBITMAP);
        buf_put_be16(b, 8);
        buf_put_be32(b, h->versions);
    }
}

static void
hello_random(void *obj, const struct lay_ctx *ctx UNUSED, struct rng *rng)
{
    ((struct ofm_hello *)obj)->versions = rng_below(rng, 128) & ~1u;
}

static const struct lay_custom hello_custom = { hello_decode, hello_encode,
                                                hello_random };
static const struct lay_field hello_fields[] = { L_CUSTOM(hello_custom) };
LAYOUT(hello, struct ofm_hello);

/* Error: Nicira's errors of 1.0 and 1.1 hide under one vendor error, those
 * of 1.2 and later are experimenter errors. */

enum {
    ERROR_EXPERIMENTER = 0xffff,
    ERROR_NX_VENDOR = 0xb0c2, /* 1.0, 1.1 */
};

static enum ofp_err
error_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx)
{
    struct ofm_error *e = obj;
    e->type = cursor_be16(c);
    e->code = cursor_be16(c);
    if (e->type == ERROR_NX_VENDOR && !e->code &&
        ctx->version <= OFP11_VERSION) {
        e->vendor = cursor_be32(c);
        e->type = cursor_be16(c);
        e->code = cursor_be16(c);
    } else if (e->type == ERROR_EXPERIMENTER &&
               ctx->version >= OFP12_VERSION) {
        e->vendor = cursor_be32(c);
        e->type = 0;
    }
    if (!cursor_ok(c)) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    struct ofp_err_code code = { e->vendor, e->type, e->code };
    e->err = ofp_err_decode(ctx->version, &code);
    return OFPERR_OK;
}

static void
error_encode(struct buf *b, const void *obj, const struct lay_ctx *ctx)
{
    const struct ofm_error *e = obj;
    if (!e->vendor) {
        buf_put_be16(b, e->type);
        buf_put_be16(b, e->code);
    } else if (ctx->version <= OFP11_VERSION) {
        buf_put_be16(b, ERROR_NX_VENDOR);
        buf_put_be16(b, 0);
        buf_put_be32(b, e->vendor);
        buf_put_be16(b, e->type);
        buf_put_be16(b, e->code);
    } else {
        buf_put_be16(b, ERROR_EXPERIMENTER);
        buf_put_be16(b, e->code);
        buf_put_be32(b, e->vendor);
    }
}

static void
error_random(void *obj, const struct lay_ctx *ctx, struct rng *rng)
{
    struct ofm_error *e = obj;
    struct ofp_err_code code = { 0, 1, 1 };
    e->err = (enum ofp_err)(1 + rng_below(rng, OFPERR_N - 1));
    if (!ofp_err_encode(e->err, ctx->version, &code)) {
        code = (struct ofp_err_code){ 0, 1, 1 };
    }
    e->vendor = code.vendor;
    e->type = code.type;
    e->code = code.code;
}

static void
error_fini(void *obj)
{
    ofm_data_fini(&((struct ofm_error *)obj)->data);
}

static const struct lay_custom error_custom = { error_decode, error_encode,
                                                error_random };
static const struct lay_field error_fields[] = {
    L_CUSTOM(error_custom),
    L_DATA(struct ofm_error, data),
};
LAYOUT(error, struct ofm_error, .fini = error_fini);

static void
echo_fini(void *obj)
{
    ofm_data_fini(&((struct ofm_echo *)obj)->data);
}

static const struct lay_field echo_fields[] = {
    L_DATA(struct ofm_echo, data),
};
LAYOUT(echo, struct ofm_echo, .fini = echo_fini);

/* Features. */

enum { CAPABILITIES10 = 0xf7, CAPABILITIES10_STP = 1 << 3 };

static uint64_t
capabilities10_in(uint64_t x)
{
    return (x & CAPABILITIES10) | (x & CAPABILITIES10_STP ? OFPC_STP : 0);
}

static uint64_t
capabilities10_out(uint64_t x)
{
    return (x & CAPABILITIES10) | (x & OFPC_STP ? CAPABILITIES10_STP : 0);
}

static uint64_t
capabilities11(uint64_t x)
{
    return x & 0x7ef;
}

/* 1.1 still has ARP_MATCH_IP, not yet PORT_BLOCKED; 1.4 brought bundles and
 * monitors. */
static enum ofp_err
features11_check(void *obj, const struct lay_ctx *ctx)
{
    struct ofm_features *f = obj;
    f->capabilities &= ctx->version == OFP11_VERSION
                           ? ~(uint32_t)OFPC_PORT_BLOCKED
                           : ~(uint32_t)OFPC_ARP_MATCH_IP;
    if (ctx->version < OFP14_VERSION) {
        f->capabilities &= ~(uint32_t)(OFPC_BUNDLES | OFPC_FLOW_MONITORING);
    }
    return OFPERR_OK;
}

static void
features_fini(void *obj)
{
    struct ofm_features *f = obj;
    free(f->ports.p);
    f->ports.p = NULL;
}

#define FEATURES_HEAD                                                         \
    L_U64(struct ofm_features, datapath_id),                                  \
        L_U32(struct ofm_features, n_buffers),                                \
        L_U8(struct ofm_features, n_tables)

static const struct lay_field features10_fields[] = {
    FEATURES_HEAD,
    L_PAD(3),
    L_U32(struct ofm_features, capabilities, .in = capabilities10_in,
          .out = capabilities10_out),
    L_U32(struct ofm_features, actions),
    L_LIST(struct ofm_features, ports, lay_port10),
};
LAYOUT(features10, struct ofm_features, .fini = features_fini);

static const struct lay_field features11_fields[] = {
    FEATURES_HEAD,
    L_PAD(3),
    L_U32(struct ofm_features, capabilities, .in = capabilities11,
          .out = capabilities11),
    L_PAD(4),
    L_LIST(struct ofm_features, ports, lay_port11),
};
LAYOUT(features11, struct ofm_features, .fini = features_fini,
       .check = features11_check);

static const struct lay_field features13_fields[] = {
    FEATURES_HEAD,
    L_U8(struct ofm_features, auxiliary_id),
    L_PAD(2),
    L_U32(struct ofm_features, capabilities, .in = capabilities11,
          .out = capabilities11),
    L_PAD(4),
};
LAYOUT(features13, struct ofm_features, .fini = features_fini,
       .check = features11_check);

static const struct lay_field config_fields[] = {
    L_U16(struct ofm_config, flags, .max = 7, .err = OFPERR_OFPSCFC_BAD_FLAGS),
    L_U16(struct ofm_config, miss_send_len),
};

/* The TTL flag is of 1.1 and 1.2, and an extension of 1.0. */
static enum ofp_err
config_check(void *obj, const struct lay_ctx *ctx)
{
    uint16_t known = OFPC_FRAG_MASK;
    if (ctx->version < OFP13_VERSION) {
        known |= OFPC_INVALID_TTL_TO_CONTROLLER;
    }
    return ((struct ofm_config *)obj)->flags & ~known
               ? OFPERR_OFPSCFC_BAD_FLAGS
               : OFPERR_OK;
}

LAYOUT(config, struct ofm_config, .check = config_check);

/* Roles. */

static const struct lay_field role12_fields[] = {
    L_U32(struct ofm_role, role, .max = OFPCR_ROLE_SLAVE,
          .err = OFPERR_OFPRRFC_BAD_ROLE),
    L_PAD(4),
    L_U64(struct ofm_role, generation_id),
};

static enum ofp_err
role12_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_role *r = obj;
    r->has_generation = r->generation_id != UINT64_MAX &&
                        r->role != OFPCR_ROLE_NOCHANGE &&
                        r->role != OFPCR_ROLE_EQUAL;
    return OFPERR_OK;
}

LAYOUT(role12, struct ofm_role, .check = role12_check);

static const struct lay_field role15_fields[] = {
    L_U32(struct ofm_role, role, .max = OFPCR_ROLE_SLAVE,
          .err = OFPERR_OFPRRFC_BAD_ROLE),
    L_U16(struct ofm_role, short_id),
    L_PAD(2),
    L_U64(struct ofm_role, generation_id),
};
LAYOUT(role15, struct ofm_role, .check = role12_check);

static uint64_t
role_nx_in(uint64_t x)
{
    return x + 1;
}

static uint64_t
role_nx_out(uint64_t x)
{
    return x ? x - 1 : 0;
}

static const struct lay_field role_nx_fields[] = {
    L_U32(struct ofm_role, role, .max = 2, .err = OFPERR_OFPRRFC_BAD_ROLE,
          .in = role_nx_in, .out = role_nx_out),
};
LAYOUT(role_nx, struct ofm_role);
