/* SPDX-License-Identifier: Apache-2.0 */
/* Flows of 1.5, whose counters and durations are lists of statistics (OXS):
 * what a list does not have is unknown.
 * [OF1.5.1 7.2.4 7.3.5.2 7.3.5.4 7.4.2] */
#include "lib/openflow/m_priv.h"

enum {
    OFPXST_DURATION = 0,
    OFPXST_IDLE_TIME = 1,
    OFPXST_FLOW_COUNT = 3,
    OFPXST_PACKET_COUNT = 4,
    OFPXST_BYTE_COUNT = 5,
};

/* flow_removed */

LAY_BODY(removed_duration, L_U32(struct ofm_flow_removed, duration_sec),
         L_U32(struct ofm_flow_removed, duration_nsec));
LAY_BODY(removed_packets, L_U64(struct ofm_flow_removed, packet_count));
LAY_BODY(removed_bytes, L_U64(struct ofm_flow_removed, byte_count));
static const struct lay_prop removed_stats_rows[] = {
    { .type = OFPXST_DURATION,
      LAY_GATE(struct ofm_flow_removed, duration_sec, UINT32_MAX),
      .body = &removed_duration },
    { .type = OFPXST_PACKET_COUNT,
      LAY_GATE(struct ofm_flow_removed, packet_count, UINT64_MAX),
      .body = &removed_packets },
    { .type = OFPXST_BYTE_COUNT,
      LAY_GATE(struct ofm_flow_removed, byte_count, UINT64_MAX),
      .body = &removed_bytes },
};
LAY_PROPS_OF(removed_stats);

static enum ofp_err
unknown_decode(struct cursor *c UNUSED, void *obj,
               const struct lay_ctx *ctx UNUSED)
{
    struct ofm_flow_removed *fr = obj;
    fr->duration_sec = fr->duration_nsec = UINT32_MAX;
    fr->packet_count = fr->byte_count = UINT64_MAX;
    return OFPERR_OK;
}

static void
unknown_encode(struct buf *b UNUSED, const void *obj UNUSED,
               const struct lay_ctx *ctx UNUSED)
{
}

/* Nothing on the wire: nothing is known until the list says it. */
static const struct lay_custom unknown_custom = { unknown_decode,
                                                  unknown_encode, NULL };

static const struct lay_field flow_removed15_fields[] = {
    L_CUSTOM(unknown_custom),
    L_U8(struct ofm_flow_removed, table_id),
    L_U8(struct ofm_flow_removed, reason),
    L_U16(struct ofm_flow_removed, priority),
    L_U16(struct ofm_flow_removed, idle_timeout),
    L_U16(struct ofm_flow_removed, hard_timeout),
    L_U64(struct ofm_flow_removed, cookie),
    L_MATCH(struct ofm_flow_removed, match, .loose = true),
    L_OXS(removed_stats),
};
LAYOUT(flow_removed15, struct ofm_flow_removed, .init = flow_removed_init);

/* Flow descriptions. */

static void
flow_stats15_init(void *obj)
{
    struct flow_stats *fs = obj;
    flow_stats_init(fs);
    fs->duration_s = fs->duration_ns = UINT32_MAX;
    fs->n_packets = fs->n_bytes = UINT64_MAX;
}

LAY_BODY(flow_duration, L_U32(struct flow_stats, duration_s),
         L_U32(struct flow_stats, duration_ns));
LAY_BODY(flow_idle_time, L_U32(struct flow_stats, idle_age), L_PAD(4));
LAY_BODY(flow_packets, L_U64(struct flow_stats, n_packets));
LAY_BODY(flow_bytes, L_U64(struct flow_stats, n_bytes));
static const struct lay_prop flow_stats_rows[] = {
    { .type = OFPXST_DURATION,
      LAY_GATE(struct flow_stats, duration_s, UINT32_MAX),
      .body = &flow_duration },
    { .type = OFPXST_IDLE_TIME,
      LAY_GATE(struct flow_stats, idle_age, UINT32_MAX),
      .body = &flow_idle_time },
    { .type = OFPXST_PACKET_COUNT,
      LAY_GATE(struct flow_stats, n_packets, UINT64_MAX),
      .body = &flow_packets },
    { .type = OFPXST_BYTE_COUNT,
      LAY_GATE(struct flow_stats, n_bytes, UINT64_MAX),
      .body = &flow_bytes },
};
LAY_PROPS_OF(flow_stats);

static const struct lay_field flow_stats15_fields[] = {
    L_LEN,
    L_PAD(2),
    L_U8(struct flow_stats, table_id),
    L_PAD(1),
    L_U16(struct flow_stats, priority),
    L_U16(struct flow_stats, idle_timeout),
    L_U16(struct flow_stats, hard_timeout),
    L_U16(struct flow_stats, flags, .max = 0x1f,
          .err = OFPERR_OFPFMFC_BAD_FLAGS),
    L_U16(struct flow_stats, importance),
    L_U64(struct flow_stats, cookie),
    L_MATCH(struct flow_stats, match, .loose = true),
    L_OXS(flow_stats),
    { .kind = LAY_FLOW_LIST, LAY_M(struct flow_stats, acts) },
};
static const struct layout lay_flow_stats15
    = { .fields = flow_stats15_fields,
        .n_fields = ARRAY_SIZE(flow_stats15_fields),
        .size = sizeof(struct flow_stats),
        .len_ofs = 0,
        .init = flow_stats15_init };
LAY_REPLY(flow_reply15, flow_stats15, flow_reply_fini);

/* Aggregates. */

static enum ofp_err
aggregate15_decode(struct cursor *c UNUSED, void *obj,
                   const struct lay_ctx *ctx UNUSED)
{
    struct ofm_aggregate *a = obj;
    a->packet_count = a->byte_count = UINT64_MAX;
    a->flow_count = UINT32_MAX;
    return OFPERR_OK;
}

static const struct lay_custom aggregate15_custom = { aggregate15_decode,
                                                      unknown_encode, NULL };

LAY_BODY(aggregate_packets, L_U64(struct ofm_aggregate, packet_count));
LAY_BODY(aggregate_bytes, L_U64(struct ofm_aggregate, byte_count));
LAY_BODY(aggregate_flows, L_U32(struct ofm_aggregate, flow_count));
static const struct lay_prop aggregate_stats_rows[] = {
    { .type = OFPXST_FLOW_COUNT,
      LAY_GATE(struct ofm_aggregate, flow_count, UINT32_MAX),
      .body = &aggregate_flows },
    { .type = OFPXST_PACKET_COUNT,
      LAY_GATE(struct ofm_aggregate, packet_count, UINT64_MAX),
      .body = &aggregate_packets },
    { .type = OFPXST_BYTE_COUNT,
      LAY_GATE(struct ofm_aggregate, byte_count, UINT64_MAX),
      .body = &aggregate_bytes },
};
LAY_PROPS_OF(aggregate_stats);

static const struct lay_field aggregate15_fields[] = {
    L_CUSTOM(aggregate15_custom),
    L_OXS(aggregate_stats),
};
LAYOUT(aggregate15, struct ofm_aggregate);
