/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the Nicira extension that stand alone: tunnel options mapped
 * to fields, connections flushed, statistics of IPFIX, one-number requests. */
#include "lib/openflow/m_priv.h"

/* One-number requests. */

static const struct lay_field nx_value32_fields[] = {
    L_U32(struct ofm_nx_value, value),
};
LAYOUT(nx_value32, struct ofm_nx_value);

static const struct lay_field nx_packet_in_format_fields[] = {
    L_U32(struct ofm_nx_value, value, .max = NXPIF_NXT_PACKET_IN2,
          .err = OFPERR_OFPBRC_EPERM),
};
LAYOUT(nx_packet_in_format, struct ofm_nx_value);

static const struct lay_field nx_value16_fields[] = {
    L_PAD(6),
    L_UINT(struct ofm_nx_value, value, 2),
};
LAYOUT(nx_value16, struct ofm_nx_value);

static const struct lay_field nx_value8_fields[] = {
    L_UINT(struct ofm_nx_value, value, 1),
    L_PAD(7),
};
LAYOUT(nx_value8, struct ofm_nx_value);

/* Options of Geneve as fields tun_metadata0 to 63. */

static const struct lay_field tlv_map_fields[] = {
    L_U16(struct ofm_tlv_map, option_class),
    L_U8(struct ofm_tlv_map, option_type),
    L_U8(struct ofm_tlv_map, option_len, .max = 124,
         .err = OFPERR_NXTTMFC_BAD_OPT_LEN),
    L_U16(struct ofm_tlv_map, index, .max = 63,
          .err = OFPERR_NXTTMFC_BAD_FIELD_IDX),
    L_PAD(2),
};

static enum ofp_err
tlv_map_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    return ((struct ofm_tlv_map *)obj)->option_len % 4
               ? OFPERR_NXTTMFC_BAD_OPT_LEN
               : OFPERR_OK;
}

static const struct layout lay_tlv_map
    = LAYOUT_OF(tlv_map, struct ofm_tlv_map, .check = tlv_map_check);

static void
tlv_table_fini(void *obj)
{
    struct ofm_tlv_table *t = obj;
    free(t->maps.p);
    t->maps.p = NULL;
    t->maps.n = 0;
}

static const struct lay_field tlv_table_mod_fields[] = {
    L_U16(struct ofm_tlv_table, command, .max = NXTTMC_CLEAR,
          .err = OFPERR_NXTTMFC_BAD_COMMAND),
    L_PAD(6),
    L_LIST(struct ofm_tlv_table, maps, lay_tlv_map),
};
LAYOUT(tlv_table_mod, struct ofm_tlv_table, .fini = tlv_table_fini);

static const struct lay_field tlv_table_reply_fields[] = {
    L_U32(struct ofm_tlv_table, max_option_space),
    L_U16(struct ofm_tlv_table, max_fields),
    L_PAD(10),
    L_LIST(struct ofm_tlv_table, maps, lay_tlv_map),
};

static enum ofp_err
tlv_table_reply_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_tlv_table *t = obj;
    for (size_t i = 0; i < t->maps.n; i++) {
        if (t->maps.p[i].index >= t->max_fields) {
            return OFPERR_NXTTMFC_BAD_FIELD_IDX;
        }
    }
    return OFPERR_OK;
}

LAYOUT(tlv_table_reply, struct ofm_tlv_table, .fini = tlv_table_fini,
       .check = tlv_table_reply_check);

/* Connections to forget: by what is given of the tuples, and the zone. */

enum { NXT_CT_ORIG_TUPLE, NXT_CT_REPLY_TUPLE, NXT_CT_ZONE_ID };
enum {
    NXT_CT_TUPLE_SRC,
    NXT_CT_TUPLE_DST,
    NXT_CT_TUPLE_SRC_PORT,
    NXT_CT_TUPLE_DST_PORT,
    NXT_CT_TUPLE_ICMP_ID,
    NXT_CT_TUPLE_ICMP_TYPE,
    NXT_CT_TUPLE_ICMP_CODE,
};

#define TUPLE_ADDR(NAME, M)                                                   \
    LAY_BODY(NAME, { .kind = LAY_BYTES, .wire = 16,                           \
                     LAY_M(struct ofm_ct_tuple, M) })
TUPLE_ADDR(tuple_src, src);
TUPLE_ADDR(tuple_dst, dst);
LAY_BODY(tuple_src_port, L_U16(struct ofm_ct_tuple, src_port), L_PAD(2));
LAY_BODY(tuple_dst_port, L_U16(struct ofm_ct_tuple, dst_port), L_PAD(2));
LAY_BODY(tuple_icmp_id, L_U16(struct ofm_ct_tuple, icmp_id), L_PAD(2));
LAY_BODY(tuple_icmp_type, L_U8(struct ofm_ct_tuple, icmp_type));
LAY_BODY(tuple_icmp_code, L_U8(struct ofm_ct_tuple, icmp_code));
static const struct lay_prop tuple_props_rows[] = {
    { .type = NXT_CT_TUPLE_SRC, .body = &tuple_src,
      LAY_GATE(struct ofm_ct_tuple, src, 0) },
    { .type = NXT_CT_TUPLE_DST, .body = &tuple_dst,
      LAY_GATE(struct ofm_ct_tuple, dst, 0) },
    { .type = NXT_CT_TUPLE_ICMP_ID, .body = &tuple_icmp_id,
      LAY_GATE(struct ofm_ct_tuple, is_icmp, false) },
    { .type = NXT_CT_TUPLE_ICMP_TYPE, .body = &tuple_icmp_type,
      LAY_GATE(struct ofm_ct_tuple, is_icmp, false) },
    { .type = NXT_CT_TUPLE_ICMP_CODE, .body = &tuple_icmp_code,
      LAY_GATE(struct ofm_ct_tuple, is_icmp, false) },
    { .type = NXT_CT_TUPLE_SRC_PORT, .body = &tuple_src_port,
      LAY_GATE(struct ofm_ct_tuple, src_port, 0) },
    { .type = NXT_CT_TUPLE_DST_PORT, .body = &tuple_dst_port,
      LAY_GATE(struct ofm_ct_tuple, dst_port, 0) },
};
LAY_PROPS_OF(tuple_props, .unknown = OFPERR_OFPBPC_BAD_TYPE);

LAY_BODY(ct_orig, L_PAD(4), L_PROPS_AT(struct ofm_ct_flush, orig,
                                       tuple_props));
LAY_BODY(ct_reply, L_PAD(4), L_PROPS_AT(struct ofm_ct_flush, reply,
                                        tuple_props));
LAY_BODY(ct_zone, L_U16(struct ofm_ct_flush, zone), L_PAD(2));
static const struct lay_prop ct_flush_props_rows[] = {
    { .type = NXT_CT_ORIG_TUPLE, .body = &ct_orig,
      LAY_GATE(struct ofm_ct_flush, orig, 0) },
    { .type = NXT_CT_REPLY_TUPLE, .body = &ct_reply,
      LAY_GATE(struct ofm_ct_flush, reply, 0) },
    { .type = NXT_CT_ZONE_ID, .body = &ct_zone,
      LAY_GATE(struct ofm_ct_flush, zone, 0) },
};
LAY_PROPS_OF(ct_flush_props);

static const struct lay_field ct_flush_fields[] = {
    L_U8(struct ofm_ct_flush, ip_proto),
    L_PAD(7),
    L_PROPS(ct_flush_props),
};

static bool
is_icmp_tuple(const struct ofm_ct_flush *f, const struct ofm_ct_tuple *t)
{
    static const struct ofm_ct_tuple none;
    return (f->ip_proto == 1 || f->ip_proto == 58)
           && memcmp(t, &none, sizeof none);
}

/* What has no place in this protocol's tuples was not meant. */
static void
settle_tuple(const struct ofm_ct_flush *f, struct ofm_ct_tuple *t)
{
    if (f->ip_proto == 1 || f->ip_proto == 58) {
        t->src_port = t->dst_port = 0;
    } else {
        t->icmp_id = t->icmp_type = t->icmp_code = 0;
    }
    t->is_icmp = is_icmp_tuple(f, t);
}

static enum ofp_err
ct_flush_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_ct_flush *f = obj;
    settle_tuple(f, &f->orig);
    settle_tuple(f, &f->reply);
    return OFPERR_OK;
}

LAYOUT(ct_flush, struct ofm_ct_flush, .check = ct_flush_check);

/* IPFIX. */

#define IPFIX_COUNTS                                                          \
    L_U64(struct ofm_ipfix, total_flows),                                     \
        L_U64(struct ofm_ipfix, current_flows),                               \
        L_U64(struct ofm_ipfix, packets),                                     \
        L_U64(struct ofm_ipfix, ipv4_packets),                                \
        L_U64(struct ofm_ipfix, ipv6_packets),                                \
        L_U64(struct ofm_ipfix, error_packets),                               \
        L_U64(struct ofm_ipfix, ipv4_errors),                                 \
        L_U64(struct ofm_ipfix, ipv6_errors),                                 \
        L_U64(struct ofm_ipfix, tx_packets),                                  \
        L_U64(struct ofm_ipfix, tx_errors),                                   \
        L_U32(struct ofm_ipfix, collector_set_id), L_PAD(4)

static const struct lay_field ipfix_bridge_fields[] = { IPFIX_COUNTS };
LAYOUT(ipfix_bridge, struct ofm_ipfix);

static const struct lay_field ipfix_item_fields[] = { IPFIX_COUNTS };
static const struct layout lay_ipfix_item
    = LAYOUT_OF(ipfix_item, struct ofm_ipfix);
LAY_REPLY(ipfix_flow, ipfix_item, lay_vec_fini);
