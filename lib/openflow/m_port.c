/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and their queues: description, change, status, statistics.
 * [OF1.0.2 5.2.1 5.2.2 5.3.3 5.3.4 5.3.5 5.4.3], [OF1.3.5 7.2.1 7.2.2 7.3.4.3
 * 7.3.5.6 7.3.5.7 7.3.5.8 7.3.6 7.4.3] */
#include "lib/base/rng.h"
#include "lib/openflow/m_priv.h"

/* Features: 1.0 has no 40 Gb, 100 Gb, 1 Tb and other, so its bits from copper
 * on stand four places lower. */
static uint64_t
features10_in(uint64_t x)
{
    return (x & 0x7f) | (x & 0xf80) << 4;
}

static uint64_t
features10_out(uint64_t x)
{
    return (x & 0x7f) | (x & 0xf800) >> 4;
}

/* 1.1 to 1.5 have 16 of them. */
uint64_t
lay_port_features_in(uint64_t x)
{
    return x & 0xffff;
}

static uint64_t
config10_out(uint64_t x)
{
    return x & 0x7f;
}

uint64_t
lay_port_config11_out(uint64_t x)
{
    return x & (OFPPC_PORT_DOWN | OFPPC_NO_RECV | OFPPC_NO_FWD |
                OFPPC_NO_PACKET_IN);
}

static uint64_t
state10_out(uint64_t x)
{
    return x & (OFPPS_LINK_DOWN | OFPPS_STP_MASK);
}

uint64_t
lay_port_state11_out(uint64_t x)
{
    return x & (OFPPS_LINK_DOWN | OFPPS_BLOCKED | OFPPS_LIVE);
}

#define FEATURES10(S, M)                                                      \
    L_U32(S, M, .in = features10_in, .out = features10_out)

static const struct lay_field port10_fields[] = {
    L_PORT16(struct ofm_port, port_no),
    L_MAC(struct ofm_port, hw_addr),
    L_STR(struct ofm_port, name, 16),
    L_U32(struct ofm_port, config, .out = config10_out),
    L_U32(struct ofm_port, state, .out = state10_out),
    FEATURES10(struct ofm_port, curr),
    FEATURES10(struct ofm_port, advertised),
    FEATURES10(struct ofm_port, supported),
    FEATURES10(struct ofm_port, peer),
};

/* 1.0 has no speeds: the fastest of the features is the present one's. */
static uint32_t
speed_of_features(uint32_t features)
{
    static const uint32_t kbps[] = { 10000,     10000,     100000,   100000,
                                     1000000,   1000000,   10000000, 40000000,
                                     100000000, 1000000000 };
    for (size_t i = ARRAY_SIZE(kbps); i-- > 0;) {
        if (features & 1u << i) {
            return kbps[i];
        }
    }
    return 0;
}

static enum ofp_err
port10_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_port *p = obj;
    p->curr_speed = speed_of_features(p->curr);
    p->max_speed = speed_of_features(p->supported);
    return OFPERR_OK;
}

LAYOUT(port10, struct ofm_port, .check = port10_check);

static const struct lay_field port11_fields[] = {
    L_PORT(struct ofm_port, port_no),
    L_PAD(4),
    L_MAC(struct ofm_port, hw_addr),
    L_PAD(2),
    L_STR(struct ofm_port, name, 16),
    L_U32(struct ofm_port, config, .out = lay_port_config11_out),
    L_U32(struct ofm_port, state, .out = lay_port_state11_out),
    LAY_FEATURES(struct ofm_port, curr),
    LAY_FEATURES(struct ofm_port, advertised),
    LAY_FEATURES(struct ofm_port, supported),
    LAY_FEATURES(struct ofm_port, peer),
    L_U32(struct ofm_port, curr_speed),
    L_U32(struct ofm_port, max_speed),
};
LAYOUT(port11, struct ofm_port);

void
lay_vec_fini(void *obj)
{
    struct ofm_data *v = obj;
    ofm_data_fini(v);
}

LAY_REPLY(port_desc10, port10, lay_vec_fini);
LAY_REPLY(port_desc11, port11, lay_vec_fini);

static const struct lay_field port_status10_fields[] = {
    L_U8(struct ofm_port_status, reason, .max = OFPPR_MODIFY,
         .err = OFPERR_NXBRC_BAD_REASON),
    L_PAD(7),
    L_STRUCT(struct ofm_port_status, port, lay_port10),
};
LAYOUT(port_status10, struct ofm_port_status);

static const struct lay_field port_status11_fields[] = {
    L_U8(struct ofm_port_status, reason, .max = OFPPR_MODIFY,
         .err = OFPERR_NXBRC_BAD_REASON),
    L_PAD(7),
    L_STRUCT(struct ofm_port_status, port, lay_port11),
};
LAYOUT(port_status11, struct ofm_port_status);

/* Port modification. */

enum ofp_err
lay_port_mod_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_port_mod *pm = obj;
    pm->config &= pm->mask;
    return OFPERR_OK;
}

static const struct lay_field port_mod10_fields[] = {
    L_PORT16(struct ofm_port_mod, port_no),
    L_MAC(struct ofm_port_mod, hw_addr),
    L_U32(struct ofm_port_mod, config, .out = config10_out),
    L_U32(struct ofm_port_mod, mask, .out = config10_out),
    FEATURES10(struct ofm_port_mod, advertise),
    L_PAD(4),
};
LAYOUT(port_mod10, struct ofm_port_mod, .check = lay_port_mod_check);

static const struct lay_field port_mod11_fields[] = {
    L_PORT(struct ofm_port_mod, port_no),
    L_PAD(4),
    L_MAC(struct ofm_port_mod, hw_addr),
    L_PAD(2),
    L_U32(struct ofm_port_mod, config, .out = lay_port_config11_out),
    L_U32(struct ofm_port_mod, mask, .out = lay_port_config11_out),
    LAY_FEATURES(struct ofm_port_mod, advertise),
    L_PAD(4),
};
LAYOUT(port_mod11, struct ofm_port_mod, .check = lay_port_mod_check);

/* Port statistics. */

void
port_request_init(void *obj)
{
    ((struct ofm_port_request *)obj)->port_no = OFPORT_ANY;
}

static const struct lay_field port_request10_fields[] = {
    L_PORT16(struct ofm_port_request, port_no),
    L_PAD(6),
};
LAYOUT(port_request10, struct ofm_port_request, .init = port_request_init);

static const struct lay_field port_request11_fields[] = {
    L_PORT(struct ofm_port_request, port_no),
    L_PAD(4),
};
LAYOUT(port_request11, struct ofm_port_request, .init = port_request_init);

/* The port description request of 1.0 to 1.4 asks for all. */
const struct layout lay_port_request_all = { .fields = port_request11_fields,
                                             .size = sizeof(
                                                 struct ofm_port_request),
                                             .len_ofs = -1,
                                             .init = port_request_init };

#define PORT_COUNTS                                                           \
    L_U64(struct ofm_port_stats, rx_packets),                                 \
        L_U64(struct ofm_port_stats, tx_packets),                             \
        L_U64(struct ofm_port_stats, rx_bytes),                               \
        L_U64(struct ofm_port_stats, tx_bytes),                               \
        L_U64(struct ofm_port_stats, rx_dropped),                             \
        L_U64(struct ofm_port_stats, tx_dropped),                             \
        L_U64(struct ofm_port_stats, rx_errors),                              \
        L_U64(struct ofm_port_stats, tx_errors),                              \
        L_U64(struct ofm_port_stats, rx_frame_err),                           \
        L_U64(struct ofm_port_stats, rx_over_err),                            \
        L_U64(struct ofm_port_stats, rx_crc_err),                             \
        L_U64(struct ofm_port_stats, collisions)

static void
port_stats_init(void *obj)
{
    struct ofm_port_stats *ps = obj;
    ps->duration_sec = ps->duration_nsec = UINT32_MAX;
}

static const struct lay_field port_stats10_fields[] = {
    L_PORT16(struct ofm_port_stats, port_no),
    L_PAD(6),
    PORT_COUNTS,
};
static const struct layout lay_port_stats10 =
    LAYOUT_OF(port_stats10, struct ofm_port_stats, .init = port_stats_init);
LAY_REPLY(port_reply10, port_stats10, lay_vec_fini);

static const struct lay_field port_stats11_fields[] = {
    L_PORT(struct ofm_port_stats, port_no),
    L_PAD(4),
    PORT_COUNTS,
};
static const struct layout lay_port_stats11 =
    LAYOUT_OF(port_stats11, struct ofm_port_stats, .init = port_stats_init);
LAY_REPLY(port_reply11, port_stats11, lay_vec_fini);

static const struct lay_field port_stats13_fields[] = {
    L_PORT(struct ofm_port_stats, port_no),
    L_PAD(4),
    PORT_COUNTS,
    L_U32(struct ofm_port_stats, duration_sec),
    L_U32(struct ofm_port_stats, duration_nsec),
};
static const struct layout lay_port_stats13 =
    LAYOUT_OF(port_stats13, struct ofm_port_stats);
LAY_REPLY(port_reply13, port_stats13, lay_vec_fini);

/* Queues. */

void
queue_request_init(void *obj)
{
    struct ofm_queue_request *q = obj;
    q->port_no = OFPORT_ANY;
    q->queue_id = OFP_QUEUE_ALL;
}

/* All ports are OFPP_ALL for 1.0, OFPP_ANY from 1.1. */
static uint64_t
all_ports10_in(uint64_t x)
{
    uint32_t port = ofport_from_of10((uint16_t)x);
    return port == OFPORT_ALL ? OFPORT_ANY : port;
}

static uint64_t
all_ports10_out(uint64_t x)
{
    return lay_port16_out(x == OFPORT_ANY ? OFPORT_ALL : x);
}

static const struct lay_field queue_request10_fields[] = {
    L_UINT(struct ofm_queue_request, port_no, 2, .in = all_ports10_in,
           .out = all_ports10_out),
    L_PAD(2),
    L_U32(struct ofm_queue_request, queue_id),
};
LAYOUT(queue_request10, struct ofm_queue_request, .init = queue_request_init);

static const struct lay_field queue_request11_fields[] = {
    L_PORT(struct ofm_queue_request, port_no),
    L_U32(struct ofm_queue_request, queue_id),
};
LAYOUT(queue_request11, struct ofm_queue_request, .init = queue_request_init);

static void
queue_stats_init(void *obj)
{
    struct ofm_queue_stats *qs = obj;
    qs->duration_sec = qs->duration_nsec = UINT32_MAX;
}

static const struct lay_field queue_stats10_fields[] = {
    L_PORT16(struct ofm_queue_stats, port_no),
    L_PAD(2),
    L_U32(struct ofm_queue_stats, queue_id),
    L_U64(struct ofm_queue_stats, tx_bytes),
    L_U64(struct ofm_queue_stats, tx_packets),
    L_U64(struct ofm_queue_stats, tx_errors),
};
static const struct layout lay_queue_stats10 =
    LAYOUT_OF(queue_stats10, struct ofm_queue_stats, .init = queue_stats_init);
LAY_REPLY(queue_reply10, queue_stats10, lay_vec_fini);

#define QUEUE_STATS11                                                         \
    L_PORT(struct ofm_queue_stats, port_no),                                   \
        L_U32(struct ofm_queue_stats, queue_id),                              \
        L_U64(struct ofm_queue_stats, tx_bytes),                              \
        L_U64(struct ofm_queue_stats, tx_packets),                            \
        L_U64(struct ofm_queue_stats, tx_errors)

static const struct lay_field queue_stats11_fields[] = { QUEUE_STATS11 };
static const struct layout lay_queue_stats11 =
    LAYOUT_OF(queue_stats11, struct ofm_queue_stats, .init = queue_stats_init);
LAY_REPLY(queue_reply11, queue_stats11, lay_vec_fini);

static const struct lay_field queue_stats13_fields[] = {
    QUEUE_STATS11,
    L_U32(struct ofm_queue_stats, duration_sec),
    L_U32(struct ofm_queue_stats, duration_nsec),
};
static const struct layout lay_queue_stats13 =
    LAYOUT_OF(queue_stats13, struct ofm_queue_stats);
LAY_REPLY(queue_reply13, queue_stats13, lay_vec_fini);
