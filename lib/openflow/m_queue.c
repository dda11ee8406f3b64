/* SPDX-License-Identifier: Apache-2.0 */
/* What queues are set to: a message of its own, QUEUE_GET_CONFIG, up to 1.3,
 * and descriptions among the statistics from 1.4 on.
 * [OF1.0.2 5.3.4], [OF1.3.5 7.2.2 7.3.6], [OF1.4.0 7.2.1] */
#include "lib/openflow/m_priv.h"

static void
queue_init(void *obj)
{
    struct ofm_queue *q = obj;
    q->min_rate = q->max_rate = UINT16_MAX;
}

/* OFPQT_ and OFPQDPT_MIN_RATE, MAX_RATE: the same numbers. */
enum { QUEUE_MIN_RATE = 1, QUEUE_MAX_RATE = 2 };

#define QUEUE_PROPS(NAME, MIN, MAX)                                           \
    static const struct lay_prop NAME##_rows[] = {                            \
        { .type = QUEUE_MIN_RATE,                                             \
          LAY_GATE(struct ofm_queue, min_rate, UINT16_MAX), .body = &(MIN) }, \
        { .type = QUEUE_MAX_RATE,                                             \
          LAY_GATE(struct ofm_queue, max_rate, UINT16_MAX), .body = &(MAX) }, \
    };                                                                        \
    LAY_PROPS_OF(NAME, .loose = true)
/* A queue whose length stands at 'LEN_OFS'. */
#define QUEUE_LAYOUT(NAME, LEN_OFS)                                           \
    static const struct layout lay_##NAME = {                                 \
        .fields = NAME##_fields, .n_fields = ARRAY_SIZE(NAME##_fields),       \
        .size = sizeof(struct ofm_queue), .len_ofs = (LEN_OFS),               \
        .init = queue_init                                                    \
    }

/* Before 1.4 a property has four bytes more of padding behind its length. */
LAY_BODY(min_rate10, L_PAD(4), L_U16(struct ofm_queue, min_rate), L_PAD(6));
LAY_BODY(max_rate10, L_PAD(4), L_U16(struct ofm_queue, max_rate), L_PAD(6));
QUEUE_PROPS(queue10_props, min_rate10, max_rate10);
LAY_BODY(min_rate14, L_U16(struct ofm_queue, min_rate), L_PAD(2));
LAY_BODY(max_rate14, L_U16(struct ofm_queue, max_rate), L_PAD(2));
QUEUE_PROPS(queue14_props, min_rate14, max_rate14);

static const struct lay_field queue10_fields[] = {
    L_U32(struct ofm_queue, queue_id),
    L_LEN,
    L_PAD(2),
    L_PROPS(queue10_props),
};
QUEUE_LAYOUT(queue10, 4);

static const struct lay_field queue12_fields[] = {
    L_U32(struct ofm_queue, queue_id),
    L_PORT(struct ofm_queue, port_no),
    L_LEN,
    L_PAD(6),
    L_PROPS(queue10_props),
};
QUEUE_LAYOUT(queue12, 8);

static const struct lay_field queue14_fields[] = {
    L_PORT(struct ofm_queue, port_no),
    L_U32(struct ofm_queue, queue_id),
    L_LEN,
    L_PAD(6),
    L_PROPS(queue14_props),
};
QUEUE_LAYOUT(queue14, 8);
LAY_REPLY(queue_desc14, queue14, lay_vec_fini);

/* QUEUE_GET_CONFIG. */

static enum ofp_err
queue_config_request_check(void *obj, const struct lay_ctx *ctx)
{
    uint32_t port = ((struct ofm_queue_request *)obj)->port_no;
    return port < OFPORT_MAX10
                   || (port == OFPORT_ANY && ctx->version > OFP10_VERSION)
               ? OFPERR_OK
               : OFPERR_OFPQOFC_BAD_PORT;
}

static const struct lay_field queue_config_request10_fields[] = {
    L_PORT16(struct ofm_queue_request, port_no),
    L_PAD(2),
};
LAYOUT(queue_config_request10, struct ofm_queue_request,
       .init = queue_request_init,
       .check = queue_config_request_check);

static const struct lay_field queue_config_request11_fields[] = {
    L_PORT(struct ofm_queue_request, port_no),
    L_PAD(4),
};
LAYOUT(queue_config_request11, struct ofm_queue_request,
       .init = queue_request_init,
       .check = queue_config_request_check);

static void
queue_config_fini(void *obj)
{
    struct ofm_queue_config *q = obj;
    free(q->queues.p);
    q->queues.p = NULL;
}

static const struct lay_field queue_config10_fields[] = {
    L_PORT16(struct ofm_queue_config, port_no),
    L_PAD(6),
    L_LIST(struct ofm_queue_config, queues, lay_queue10),
};
LAYOUT(queue_config10, struct ofm_queue_config, .fini = queue_config_fini);

static const struct lay_field queue_config11_fields[] = {
    L_PORT(struct ofm_queue_config, port_no),
    L_PAD(4),
    L_LIST(struct ofm_queue_config, queues, lay_queue10),
};
LAYOUT(queue_config11, struct ofm_queue_config, .fini = queue_config_fini);

static const struct lay_field queue_config12_fields[] = {
    L_PORT(struct ofm_queue_config, port_no),
    L_PAD(4),
    L_LIST(struct ofm_queue_config, queues, lay_queue12),
};
LAYOUT(queue_config12, struct ofm_queue_config, .fini = queue_config_fini);
