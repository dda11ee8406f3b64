/* SPDX-License-Identifier: Apache-2.0 */
/* Messages with messages inside: bundles, and requests that the switch
 * forwards to the other controllers.  What is inside stays as bytes; a
 * bundle's is decoded by whoever runs it, so that its errors name it.
 * [OF1.4.0 7.3.9 7.4.6]; ONF extensions 230 and 235 for 1.3. */
#include "lib/base/rng.h"
#include "lib/openflow/m_priv.h"
#include "lib/openflow/msg.h"

static const struct lay_field bundle_control_fields[] = {
    L_U32(struct ofm_bundle_control, bundle_id),
    L_U16(struct ofm_bundle_control, type),
    L_U16(struct ofm_bundle_control, flags),
    L_PROPS(lay_no_props),
};
LAYOUT(bundle_control, struct ofm_bundle_control);

/* The bytes of the message that 'c' begins with, by its own length word. */
static enum ofp_err
pull_message(struct cursor *c, struct ofm_data *message)
{
    size_t left = cursor_left(c);
    size_t len = left < OFP_HEADER_BYTES
                     ? 0
                     : be16_to_cpu(get_unaligned_be16(c->p + 2));
    if (len < OFP_HEADER_BYTES || len > left) {
        return OFPERR_OFPBFC_MSG_BAD_LEN;
    }
    message->p = xmemdup(cursor_pull(c, len), len);
    message->n = len;
    return OFPERR_OK;
}

static void
random_message(enum ofm_type type, const struct lay_ctx *ctx, struct rng *rng,
           struct ofm_data *message)
{
    struct ofm m;
    struct buf b = BUF_INIT;
    size_t n;
    ofm_random(&m, type, ctx->version, OFM_FORM_AUTO, rng);
    (void)ofm_encode(&m, ctx->version, ctx->formats, &b);
    ofm_fini(&m);
    message->p = buf_steal(&b, &n);
    message->n = n;
}

/* Bundles. */

static bool
may_be_in_bundle(enum ofm_type type)
{
    return type == OFM_FLOW_MOD || type == OFM_GROUP_MOD
           || type == OFM_PORT_MOD || type == OFM_PACKET_OUT;
}

static enum ofp_err
bundled_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx)
{
    struct ofm_bundle_add *add = obj;
    enum ofp_err err = pull_message(c, &add->message);
    if (err) {
        return err;
    }
    const uint8_t *p = add->message.p;
    if (p[0] != ctx->version) {
        return OFPERR_OFPBFC_BAD_VERSION;
    }
    if (be32_to_cpu(get_unaligned_be32(p + 4)) != ctx->xid) {
        return OFPERR_OFPBFC_MSG_BAD_XID;
    }
    enum ofm_type type = ofm_type_of_bytes(p, add->message.n, &err);
    return may_be_in_bundle(type) ? OFPERR_OK : OFPERR_OFPBFC_MSG_UNSUP;
}

static void
bundled_encode(struct buf *b, const void *obj, const struct lay_ctx *ctx)
{
    const struct ofm_data *d = &((const struct ofm_bundle_add *)obj)->message;
    size_t start = b->len;
    buf_put(b, d->p, d->n);
    if (d->n >= OFP_HEADER_BYTES) {
        put_unaligned_be32(b->data + start + 4, cpu_to_be32(ctx->xid));
    }
}

static void
bundled_random(void *obj, const struct lay_ctx *ctx, struct rng *rng)
{
    static const enum ofm_type types[] = { OFM_FLOW_MOD, OFM_GROUP_MOD,
                                           OFM_PORT_MOD, OFM_PACKET_OUT };
    random_message(types[rng_below(rng, ARRAY_SIZE(types))], ctx, rng,
               &((struct ofm_bundle_add *)obj)->message);
}

static const struct lay_custom bundled_custom = { bundled_decode,
                                                  bundled_encode,
                                                  bundled_random };

static const struct lay_field bundle_add_fields[] = {
    L_U32(struct ofm_bundle_add, bundle_id),
    L_PAD(2),
    L_U16(struct ofm_bundle_add, flags),
    L_CUSTOM(bundled_custom),
    L_PROPS(lay_no_props),
};

static void
bundle_add_fini(void *obj)
{
    ofm_data_fini(&((struct ofm_bundle_add *)obj)->message);
}

LAYOUT(bundle_add, struct ofm_bundle_add, .fini = bundle_add_fini);

/* Forwarded requests. */

static enum ofp_err
forwarded_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx)
{
    struct ofm_requestforward *rf = obj;
    struct ofm *m;
    enum ofp_err err = pull_message(c, &rf->request);
    if (err) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    enum ofm_type type = ofm_type_of_bytes(rf->request.p, rf->request.n,
                                           &err);
    if (err) {
        return err;
    }
    if (type != OFM_GROUP_MOD && type != OFM_METER_MOD) {
        return OFPERR_OFPBFC_MSG_UNSUP;
    }
    err = ofm_decode(rf->request.p, rf->request.n, ctx->formats, &m);
    ofm_destroy(m);
    return err;
}

static void
forwarded_encode(struct buf *b, const void *obj,
                 const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_requestforward *rf = obj;
    buf_put(b, rf->request.p, rf->request.n);
}

static void
forwarded_random(void *obj, const struct lay_ctx *ctx, struct rng *rng)
{
    bool meter = ctx->version >= OFP13_VERSION && rng_one_in(rng, 2);
    random_message(meter ? OFM_METER_MOD : OFM_GROUP_MOD, ctx, rng,
               &((struct ofm_requestforward *)obj)->request);
}

static const struct lay_custom forwarded_custom = { forwarded_decode,
                                                    forwarded_encode,
                                                    forwarded_random };

static const struct lay_field requestforward_fields[] = {
    L_CUSTOM(forwarded_custom),
};

static void
requestforward_fini(void *obj)
{
    ofm_data_fini(&((struct ofm_requestforward *)obj)->request);
}

LAYOUT(requestforward, struct ofm_requestforward,
       .fini = requestforward_fini);
