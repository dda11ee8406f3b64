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

static const struct lay_field table_mod11_fields[] = {
    L_U8(struct ofm_table_mod, table_id),
    L_PAD(3),
    L_U32(struct ofm_table_mod, config),
};
LAYOUT(table_mod11, struct ofm_table_mod);

static void
vec_fini(void *obj)
{
    ofm_data_fini(obj);
}

#define REPLY(NAME, ITEM)                                                     \
    static const struct layout lay_##ITEM =                                   \
        LAYOUT_OF(ITEM, struct ofm_table_stats);                              \
    static const struct lay_field NAME##_fields[] = {                         \
        { .kind = LAY_LIST, .items = &lay_##ITEM }                            \
    };                                                                        \
    LAYOUT(NAME, struct ofm_data, .fini = vec_fini)

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
    L_DATA(struct ofm_table_prop, data),
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
