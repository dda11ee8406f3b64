/* SPDX-License-Identifier: Apache-2.0 */
/* Ports and queues from 1.4 on, where what hangs on the kind of port stands
 * in properties.  Those of optical ports and of pipeline fields are skipped.
 * [OF1.4.0 7.2.1 7.3.4.3 7.3.5.6 7.3.5.7 7.3.5.8 7.4.3], [OF1.5.1 7.3.5.6] */
#include "lib/openflow/m_priv.h"

/* Ports. */

enum { OFPPDPT_ETHERNET, OFPPMPT_ETHERNET = 0, OFPPSPT_ETHERNET = 0 };

LAY_BODY(port_ethernet, L_PAD(4), LAY_FEATURES(struct ofm_port, curr),
         LAY_FEATURES(struct ofm_port, advertised),
         LAY_FEATURES(struct ofm_port, supported),
         LAY_FEATURES(struct ofm_port, peer),
         L_U32(struct ofm_port, curr_speed),
         L_U32(struct ofm_port, max_speed));
static const struct lay_prop port_props_rows[] = {
    { .type = OFPPDPT_ETHERNET, .body = &port_ethernet },
};
LAY_PROPS_OF(port_props, .loose = true);

static const struct lay_field port14_fields[] = {
    L_PORT(struct ofm_port, port_no),
    L_LEN,
    L_PAD(2),
    L_MAC(struct ofm_port, hw_addr),
    L_PAD(2),
    L_STR(struct ofm_port, name, 16),
    L_U32(struct ofm_port, config, .out = lay_port_config11_out),
    L_U32(struct ofm_port, state, .out = lay_port_state11_out),
    L_PROPS(port_props),
};
const struct layout lay_port14 = { .fields = port14_fields,
                                   .n_fields = ARRAY_SIZE(port14_fields),
                                   .size = sizeof(struct ofm_port),
                                   .len_ofs = 4 };
LAY_REPLY(port_desc14, port14, lay_vec_fini);

static const struct lay_field port_status14_fields[] = {
    L_U8(struct ofm_port_status, reason, .max = OFPPR_MODIFY,
         .err = OFPERR_NXBRC_BAD_REASON),
    L_PAD(7),
    L_STRUCT(struct ofm_port_status, port, lay_port14),
};
LAYOUT(port_status14, struct ofm_port_status);

LAY_BODY(port_mod_ethernet, LAY_FEATURES(struct ofm_port_mod, advertise));
static const struct lay_prop port_mod_props_rows[] = {
    { .type = OFPPMPT_ETHERNET, LAY_GATE(struct ofm_port_mod, advertise, 0),
      .body = &port_mod_ethernet },
};
LAY_PROPS_OF(port_mod_props, .loose = true);

static const struct lay_field port_mod14_fields[] = {
    L_PORT(struct ofm_port_mod, port_no),
    L_PAD(4),
    L_MAC(struct ofm_port_mod, hw_addr),
    L_PAD(2),
    L_U32(struct ofm_port_mod, config, .out = lay_port_config11_out),
    L_U32(struct ofm_port_mod, mask, .out = lay_port_config11_out),
    L_PROPS(port_mod_props),
};
LAYOUT(port_mod14, struct ofm_port_mod, .check = lay_port_mod_check);

static const struct lay_field port_desc_request15_fields[] = {
    L_PORT(struct ofm_port_request, port_no),
    L_PAD(4),
};
LAYOUT(port_desc_request15, struct ofm_port_request,
       .init = port_request_init);

/* Statistics: what no property tells is unknown. */

static void
port_stats_init(void *obj)
{
    struct ofm_port_stats *ps = obj;
    ps->rx_frame_err = ps->rx_over_err = ps->rx_crc_err = UINT64_MAX;
    ps->collisions = UINT64_MAX;
}

LAY_BODY(port_stats_ethernet, L_PAD(4),
         L_U64(struct ofm_port_stats, rx_frame_err),
         L_U64(struct ofm_port_stats, rx_over_err),
         L_U64(struct ofm_port_stats, rx_crc_err),
         L_U64(struct ofm_port_stats, collisions));
static const struct lay_prop port_stats_props_rows[] = {
    { .type = OFPPSPT_ETHERNET, .body = &port_stats_ethernet },
};
LAY_PROPS_OF(port_stats_props, .loose = true);

static const struct lay_field port_stats14_fields[] = {
    L_LEN,
    L_PAD(2),
    L_PORT(struct ofm_port_stats, port_no),
    L_U32(struct ofm_port_stats, duration_sec),
    L_U32(struct ofm_port_stats, duration_nsec),
    L_U64(struct ofm_port_stats, rx_packets),
    L_U64(struct ofm_port_stats, tx_packets),
    L_U64(struct ofm_port_stats, rx_bytes),
    L_U64(struct ofm_port_stats, tx_bytes),
    L_U64(struct ofm_port_stats, rx_dropped),
    L_U64(struct ofm_port_stats, tx_dropped),
    L_U64(struct ofm_port_stats, rx_errors),
    L_U64(struct ofm_port_stats, tx_errors),
    L_PROPS(port_stats_props),
};
static const struct layout lay_port_stats14
    = { .fields = port_stats14_fields,
        .n_fields = ARRAY_SIZE(port_stats14_fields),
        .size = sizeof(struct ofm_port_stats),
        .len_ofs = 0,
        .init = port_stats_init };
LAY_REPLY(port_reply14, port_stats14, lay_vec_fini);

/* Queues. */

static const struct lay_field queue_stats14_fields[] = {
    L_LEN,
    L_PAD(6),
    L_PORT(struct ofm_queue_stats, port_no),
    L_U32(struct ofm_queue_stats, queue_id),
    L_U64(struct ofm_queue_stats, tx_bytes),
    L_U64(struct ofm_queue_stats, tx_packets),
    L_U64(struct ofm_queue_stats, tx_errors),
    L_U32(struct ofm_queue_stats, duration_sec),
    L_U32(struct ofm_queue_stats, duration_nsec),
    L_PROPS(lay_no_props),
};
static const struct layout lay_queue_stats14
    = { .fields = queue_stats14_fields,
        .n_fields = ARRAY_SIZE(queue_stats14_fields),
        .size = sizeof(struct ofm_queue_stats),
        .len_ofs = 0 };
LAY_REPLY(queue_reply14, queue_stats14, lay_vec_fini);
