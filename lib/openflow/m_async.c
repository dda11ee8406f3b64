/* SPDX-License-Identifier: Apache-2.0 */
/* Which asynchronous messages a controller gets, and the change of its role.
 * From 1.4 on, and in the second form of the Nicira extension, each kind of
 * message is a property, and what no property says stays as it is.
 * [OF1.3.5 7.3.10], [OF1.4.0 7.3.9 7.3.10 7.4.4], [OF1.5.1 7.3.8] */
#include "lib/base/rng.h"
#include "lib/openflow/m_priv.h"

enum {
    REASONS_PACKET_IN13 = 0x7,
    REASONS_PACKET_IN = 0x3f,
    REASONS_PORT_STATUS = 0x7,
    REASONS_FLOW_REMOVED = 0x3f,
    REASONS_ROLE_STATUS = 0x7,
    REASONS_TABLE_STATUS = 0x18,
    REASONS_REQUESTFORWARD = 0x3,
};

static void
async_init(void *obj)
{
    memset(obj, 0xff, sizeof(struct ofm_async)); /* OFM_ASYNC_UNSAID. */
}

/* 1.3 says all three: all ones are reasons, those that have a name. */
static uint64_t
async13_in(uint64_t x)
{
    return x & 0x7fffffff;
}

static uint64_t
async13_out(uint64_t x)
{
    return x == OFM_ASYNC_UNSAID ? 0 : x;
}

#define ASYNC13(M)                                                            \
    L_U32(struct ofm_async, M, .in = async13_in, .out = async13_out)

static const struct lay_field async13_fields[] = {
    ASYNC13(packet_in[0]),    ASYNC13(packet_in[1]),
    ASYNC13(port_status[0]),  ASYNC13(port_status[1]),
    ASYNC13(flow_removed[0]), ASYNC13(flow_removed[1]),
};
LAYOUT(async13, struct ofm_async, .init = async_init);

#define MASK_BODY(NAME, M, REASONS)                                           \
    LAY_BODY(NAME##0,                                                         \
             L_U32(struct ofm_async, M[0], .max = REASONS,                    \
                   .err = OFPERR_OFPACFC_INVALID));                           \
    LAY_BODY(NAME##1,                                                         \
             L_U32(struct ofm_async, M[1], .max = REASONS,                    \
                   .err = OFPERR_OFPACFC_INVALID))
MASK_BODY(async_packet_in, packet_in, REASONS_PACKET_IN);
MASK_BODY(async_port_status, port_status, REASONS_PORT_STATUS);
MASK_BODY(async_flow_removed, flow_removed, REASONS_FLOW_REMOVED);
MASK_BODY(async_role_status, role_status, REASONS_ROLE_STATUS);
MASK_BODY(async_table_status, table_status, REASONS_TABLE_STATUS);
MASK_BODY(async_requestforward, requestforward, REASONS_REQUESTFORWARD);

/* Even types are of slaves, odd ones of masters and equals. */
#define MASK_ROWS(TYPE, NAME, M)                                              \
    { .type = TYPE, .body = &NAME##1,                                         \
      LAY_GATE(struct ofm_async, M[1], OFM_ASYNC_UNSAID) },                   \
    { .type = TYPE + 1, .body = &NAME##0,                                     \
      LAY_GATE(struct ofm_async, M[0], OFM_ASYNC_UNSAID) }
static const struct lay_prop async_props_rows[] = {
    MASK_ROWS(0, async_packet_in, packet_in),
    MASK_ROWS(2, async_port_status, port_status),
    MASK_ROWS(4, async_flow_removed, flow_removed),
    MASK_ROWS(6, async_role_status, role_status),
    MASK_ROWS(8, async_table_status, table_status),
    MASK_ROWS(10, async_requestforward, requestforward),
};
LAY_PROPS_OF(async_props, .unknown = OFPERR_OFPACFC_UNSUPPORTED);

static enum ofp_err
async14_check(void *obj, const struct lay_ctx *ctx)
{
    const struct ofm_async *a = obj;
    uint32_t odd = 0;
    for (int i = 0; i < 2; i++) {
        if (a->table_status[i] != OFM_ASYNC_UNSAID) {
            odd |= a->table_status[i] & ~(uint32_t)REASONS_TABLE_STATUS;
        }
        if (ctx->version < OFP14_VERSION
            && a->packet_in[i] != OFM_ASYNC_UNSAID) {
            odd |= a->packet_in[i] & ~(uint32_t)REASONS_PACKET_IN13;
        }
    }
    return odd ? OFPERR_OFPACFC_INVALID : OFPERR_OK;
}

static const struct lay_field async14_fields[] = { L_PROPS(async_props) };
LAYOUT(async14, struct ofm_async, .init = async_init, .check = async14_check);

/* Role status. */

static const struct lay_field role_status_fields[] = {
    L_U32(struct ofm_role_status, role, .max = OFPCR_ROLE_SLAVE,
          .err = OFPERR_OFPRRFC_BAD_ROLE),
    L_U8(struct ofm_role_status, reason),
    L_PAD(3),
    L_U64(struct ofm_role_status, generation_id),
    L_PROPS(lay_no_props),
};
LAYOUT(role_status, struct ofm_role_status);
