/* SPDX-License-Identifier: Apache-2.0 */
/* Meters. [OF1.3.5 7.3.4.4 7.3.5.12 7.3.5.13 7.3.5.14] */
#include "lib/openflow/m_priv.h"

static const struct lay_field band_fields[] = {
    L_U16(struct meter_band, type, .min = METER_BAND_DROP,
          .max = METER_BAND_DSCP_REMARK, .err = OFPERR_OFPMMFC_BAD_BAND),
    L_LEN,
    L_U32(struct meter_band, rate),
    L_U32(struct meter_band, burst_size),
    L_U8(struct meter_band, prec_level),
    L_PAD(3),
};
static const struct layout lay_band = { .fields = band_fields,
                                        .n_fields = ARRAY_SIZE(band_fields),
                                        .size = sizeof(struct meter_band),
                                        .len_ofs = 2 };

#define BANDS(S, BANDS_M, N_M)                                                \
    {                                                                         \
        .kind = LAY_ARRAY, .ofs = offsetof(S, BANDS_M),                       \
        .n_ofs = offsetof(S, N_M), .max = METER_BANDS_MAX,                    \
        .err = OFPERR_OFPMMFC_OUT_OF_BANDS, .items = &lay_band                \
    }
#define METER_FLAGS(S, M)                                                     \
    L_U16(S, M, .max = 0xf, .err = OFPERR_OFPMMFC_BAD_FLAGS)

static const struct lay_field meter_mod13_fields[] = {
    L_U16(struct ofm_meter_mod, command, .max = OFPMC_DELETE,
          .err = OFPERR_OFPMMFC_BAD_COMMAND),
    METER_FLAGS(struct ofm_meter_mod, m.flags),
    L_U32(struct ofm_meter_mod, m.meter_id),
    BANDS(struct ofm_meter_mod, m.bands, m.n_bands),
};

static enum ofp_err
meter_mod_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    const uint16_t both = METER_FLAG_KBPS | METER_FLAG_PKTPS;
    const struct ofm_meter_mod *mm = obj;
    return (mm->m.flags & both) == both ? OFPERR_OFPMMFC_BAD_FLAGS : OFPERR_OK;
}

LAYOUT(meter_mod13, struct ofm_meter_mod, .check = meter_mod_check);

static void
meter_request_init(void *obj)
{
    ((struct ofm_meter_request *)obj)->meter_id = METER_ID_ALL;
}

static const struct lay_field meter_request_fields[] = {
    L_U32(struct ofm_meter_request, meter_id),
    L_PAD(4),
};
LAYOUT(meter_request, struct ofm_meter_request, .init = meter_request_init);

static const struct lay_field counts_fields[] = {
    L_U64(struct ofm_counts, packet_count),
    L_U64(struct ofm_counts, byte_count),
};
static const struct layout lay_counts = LAYOUT_OF(counts, struct ofm_counts);

static const struct lay_field meter_stats_fields[] = {
    L_U32(struct ofm_meter_stats, meter_id),
    L_LEN,
    L_PAD(6),
    L_U32(struct ofm_meter_stats, flow_count),
    L_U64(struct ofm_meter_stats, packet_in_count),
    L_U64(struct ofm_meter_stats, byte_in_count),
    L_U32(struct ofm_meter_stats, duration_sec),
    L_U32(struct ofm_meter_stats, duration_nsec),
    L_LIST(struct ofm_meter_stats, bands, lay_counts),
};
static const struct layout lay_meter_stats = {
    .fields = meter_stats_fields,
    .n_fields = ARRAY_SIZE(meter_stats_fields),
    .size = sizeof(struct ofm_meter_stats),
    .len_ofs = 4
};

static void
meter_reply_fini(void *obj)
{
    OFM_VEC(struct ofm_meter_stats) *v = obj;
    for (size_t i = 0; i < v->n; i++) {
        free(v->p[i].bands.p);
    }
    free(v->p);
    v->p = NULL;
    v->n = 0;
}

static const struct lay_field meter_reply_fields[] = {
    { .kind = LAY_LIST, .items = &lay_meter_stats },
};
LAYOUT(meter_reply, struct ofm_data, .fini = meter_reply_fini);

static const struct lay_field meter_fields[] = {
    L_LEN,
    METER_FLAGS(struct meter_spec, flags),
    L_U32(struct meter_spec, meter_id),
    BANDS(struct meter_spec, bands, n_bands),
};
static const struct layout lay_meter = { .fields = meter_fields,
                                         .n_fields = ARRAY_SIZE(meter_fields),
                                         .size = sizeof(struct meter_spec),
                                         .len_ofs = 0 };

static void
meter_config_fini(void *obj)
{
    ofm_data_fini(obj);
}

static const struct lay_field meter_config_fields[] = {
    { .kind = LAY_LIST, .items = &lay_meter },
};
LAYOUT(meter_config, struct ofm_data, .fini = meter_config_fini);

static const struct lay_field meter_features_fields[] = {
    L_U32(struct ofm_meter_features, max_meters),
    L_U32(struct ofm_meter_features, band_types),
    L_U32(struct ofm_meter_features, capabilities),
    L_U8(struct ofm_meter_features, max_bands),
    L_U8(struct ofm_meter_features, max_color),
    L_PAD(2),
};
LAYOUT(meter_features, struct ofm_meter_features);
