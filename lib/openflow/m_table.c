/* SPDX-License-Identifier: Apache-2.0 */
/* Tables, and the description of the switch.
 * [OF1.0.2 5.3.5], [OF1.3.5 7.3.4.2 7.3.5.1 7.3.5.4 7.3.5.5] */
#include "lib/openflow/m_priv.h"

static const struct lay_field desc_fields[] = {
    L_STR(struct ofm_desc, mfr_desc, 256),
    L_STR(struct ofm_desc, hw_desc, 256),
    L_STR(struct ofm_desc, sw_desc, 256),
    L_STR(struct ofm_desc, serial_num, 32),
    L_STR(struct ofm_desc, dp_desc, 256),
};
LAYOUT(desc, struct ofm_desc);

/* 1.4: eviction and vacancy events in properties, used in table_mod too. */

LAY_BODY(table_eviction, L_U32(struct ofm_table_mod, eviction_flags));
LAY_BODY(table_vacancy, L_U8(struct ofm_table_mod, vacancy_down),
         L_U8(struct ofm_table_mod, vacancy_up),
         L_U8(struct ofm_table_mod, vacancy), L_PAD(1));
static const struct lay_prop table_props_rows[] = {
    { .type = OFPTMPT_EVICTION,
      LAY_GATE(struct ofm_table_mod, eviction_flags, OFPTMPEF_UNSET),
      .body = &table_eviction },
    { .type = OFPTMPT_VACANCY,
      LAY_GATE(struct ofm_table_mod, vacancy_up, 0), .body = &table_vacancy },
};
LAY_PROPS_OF(table_props, .loose = true);
static const struct lay_props table_mod_props
    = { .rows = table_props_rows, .n_rows = ARRAY_SIZE(table_props_rows),
        .unknown = OFPERR_OFPBRC_BAD_TYPE };

static void
table_mod_init(void *obj)
{
    ((struct ofm_table_mod *)obj)->eviction_flags = OFPTMPEF_UNSET;
}

static const struct lay_field table_mod11_fields[] = {
    L_U8(struct ofm_table_mod, table_id),
    L_PAD(3),
    L_U32(struct ofm_table_mod, config),
};
LAYOUT(table_mod11, struct ofm_table_mod, .init = table_mod_init);

static const struct lay_field table_mod14_fields[] = {
    L_U8(struct ofm_table_mod, table_id),
    L_PAD(3),
    L_U32(struct ofm_table_mod, config),
    L_PROPS(table_mod_props),
};

static enum ofp_err
table_mod14_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_table_mod *tm = obj;
    return tm->vacancy || tm->vacancy_up > 100
                   || tm->vacancy_down > tm->vacancy_up
               ? OFPERR_OFPBPC_BAD_VALUE
               : OFPERR_OK;
}

LAYOUT(table_mod14, struct ofm_table_mod, .init = table_mod_init,
       .check = table_mod14_check);

static const struct lay_field table_desc1_fields[] = {
    L_LEN,
    L_U8(struct ofm_table_mod, table_id),
    L_PAD(1),
    L_U32(struct ofm_table_mod, config),
    L_PROPS(table_props),
};
static const struct layout lay_table_desc1
    = { .fields = table_desc1_fields,
        .n_fields = ARRAY_SIZE(table_desc1_fields),
        .size = sizeof(struct ofm_table_mod),
        .len_ofs = 0,
        .init = table_mod_init };
LAY_REPLY(table_desc14, table_desc1, lay_vec_fini);

static void
table_status_init(void *obj)
{
    table_mod_init(&((struct ofm_table_status *)obj)->desc);
}

static const struct lay_field table_status14_fields[] = {
    L_U8(struct ofm_table_status, reason, .min = OFPTR_VACANCY_DOWN,
         .max = OFPTR_VACANCY_UP, .err = OFPERR_OFPBPC_BAD_VALUE),
    L_PAD(7),
    L_STRUCT(struct ofm_table_status, desc, lay_table_desc1),
};
LAYOUT(table_status14, struct ofm_table_status, .init = table_status_init);

#define REPLY(NAME, ITEM)                                                     \
    static const struct layout lay_##ITEM =                                   \
        LAYOUT_OF(ITEM, struct ofm_table_stats);                              \
    static const struct lay_field NAME##_fields[] = {                         \
        { .kind = LAY_LIST, .items = &lay_##ITEM }                            \
    };                                                                        \
    LAYOUT(NAME, struct ofm_data, .fini = lay_vec_fini)

static const struct lay_field table_stats10_fields[] = {
    L_U8(struct ofm_table_stats, table_id),
    L_PAD(3),
    L_STR(struct ofm_table_stats, name, 32),
    L_U32(struct ofm_table_stats, wildcards),
    L_U32(struct ofm_table_stats, max_entries),
    L_U32(struct ofm_table_stats, active_count),
    L_U64(struct ofm_table_stats, lookup_count),
    L_U64(struct ofm_table_stats, matched_count),
};
REPLY(table_reply10, table_stats10);

static const struct lay_field table_stats11_fields[] = {
    L_U8(struct ofm_table_stats, table_id),
    L_PAD(7),
    L_STR(struct ofm_table_stats, name, 32),
    L_U32(struct ofm_table_stats, wildcards),
    L_UINT(struct ofm_table_stats, match, 4),
    L_U32(struct ofm_table_stats, instructions),
    L_U32(struct ofm_table_stats, write_actions),
    L_U32(struct ofm_table_stats, apply_actions),
    L_U32(struct ofm_table_stats, config),
    L_U32(struct ofm_table_stats, max_entries),
    L_U32(struct ofm_table_stats, active_count),
    L_U64(struct ofm_table_stats, lookup_count),
    L_U64(struct ofm_table_stats, matched_count),
};
REPLY(table_reply11, table_stats11);

static const struct lay_field table_stats12_fields[] = {
    L_U8(struct ofm_table_stats, table_id),
    L_PAD(7),
    L_STR(struct ofm_table_stats, name, 32),
    L_U64(struct ofm_table_stats, match),
    L_U64(struct ofm_table_stats, wildcards64),
    L_U32(struct ofm_table_stats, write_actions),
    L_U32(struct ofm_table_stats, apply_actions),
    L_U64(struct ofm_table_stats, write_setfields),
    L_U64(struct ofm_table_stats, apply_setfields),
    L_U64(struct ofm_table_stats, metadata_match),
    L_U64(struct ofm_table_stats, metadata_write),
    L_U32(struct ofm_table_stats, instructions),
    L_U32(struct ofm_table_stats, config),
    L_U32(struct ofm_table_stats, max_entries),
    L_U32(struct ofm_table_stats, active_count),
    L_U64(struct ofm_table_stats, lookup_count),
    L_U64(struct ofm_table_stats, matched_count),
};
REPLY(table_reply12, table_stats12);

static const struct lay_field table_stats13_fields[] = {
    L_U8(struct ofm_table_stats, table_id),
    L_PAD(3),
    L_U32(struct ofm_table_stats, active_count),
    L_U64(struct ofm_table_stats, lookup_count),
    L_U64(struct ofm_table_stats, matched_count),
};
REPLY(table_reply13, table_stats13);

/* Table features. */

static const struct lay_field table_prop_fields[] = {
    L_U16(struct ofm_table_prop, type),
    L_LEN,
    L_DATA(struct ofm_table_prop, data, .opaque = true),
};
static const struct layout lay_table_prop = {
    .fields = table_prop_fields,
    .n_fields = ARRAY_SIZE(table_prop_fields),
    .size = sizeof(struct ofm_table_prop),
    .len_ofs = 2,
    .pad8 = true
};

static const struct lay_field table_features1_fields[] = {
    L_LEN,
    L_U8(struct ofm_table_features, table_id),
    L_PAD(5),
    L_STR(struct ofm_table_features, name, 32),
    L_U64(struct ofm_table_features, metadata_match),
    L_U64(struct ofm_table_features, metadata_write),
    L_U32(struct ofm_table_features, config),
    L_U32(struct ofm_table_features, max_entries),
    L_LIST(struct ofm_table_features, props, lay_table_prop),
};
static const struct layout lay_table_features1 = {
    .fields = table_features1_fields,
    .n_fields = ARRAY_SIZE(table_features1_fields),
    .size = sizeof(struct ofm_table_features),
    .len_ofs = 0
};

static void
table_features_fini(void *obj)
{
    OFM_VEC(struct ofm_table_features) *v = obj;
    for (size_t i = 0; i < v->n; i++) {
        for (size_t j = 0; j < v->p[i].props.n; j++) {
            ofm_data_fini(&v->p[i].props.p[j].data);
        }
        free(v->p[i].props.p);
    }
    free(v->p);
    v->p = NULL;
    v->n = 0;
}

static const struct lay_field table_features_fields[] = {
    { .kind = LAY_LIST, .items = &lay_table_features1 },
};
LAYOUT(table_features, struct ofm_data, .fini = table_features_fini);
