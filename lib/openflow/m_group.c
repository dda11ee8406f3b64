/* SPDX-License-Identifier: Apache-2.0 */
/* Groups.  The Nicira form for 1.0 is the one of 1.5, with bucket ids and
 * properties.
 * [OF1.3.5 7.2.4 7.3.4.2 7.3.5.9 7.3.5.10 7.3.5.11], [OF1.5.1 7.3.4.3] */
#include "lib/base/rng.h"
#include "lib/openflow/m_priv.h"
#include "lib/openflow/oxm.h"

static void
bucket_init(void *obj)
{
    struct group_bucket *b = obj;
    b->watch_port = OFPORT_ANY;
    b->watch_group = GROUP_ID_ANY;
}

static const struct lay_field bucket11_fields[] = {
    L_LEN,
    L_U16(struct group_bucket, weight),
    L_PORT(struct group_bucket, watch_port),
    L_U32(struct group_bucket, watch_group),
    L_PAD(4),
    L_ACTS(struct group_bucket, acts),
};
const struct layout lay_bucket11 = { .fields = bucket11_fields,
                                     .n_fields = ARRAY_SIZE(bucket11_fields),
                                     .size = sizeof(struct group_bucket),
                                     .len_ofs = 0,
                                     .init = bucket_init };

/* Bucket properties: weight, watch_port, watch_group. [OF1.5.1 7.3.4.3.1] */

enum { OFPGBPT_WEIGHT, OFPGBPT_WATCH_PORT, OFPGBPT_WATCH_GROUP };

static enum ofp_err
weight_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct group_bucket *b = obj;
    b->weight = cursor_be16(c);
    b->weight_given = true;
    return OFPERR_OK;
}

static void
weight_encode(struct buf *buf, const void *obj,
              const struct lay_ctx *ctx UNUSED)
{
    buf_put_be16(buf, ((const struct group_bucket *)obj)->weight);
}

static void
weight_random(void *obj, const struct lay_ctx *ctx UNUSED, struct rng *rng)
{
    ((struct group_bucket *)obj)->weight = (uint16_t)rng_below(rng, 3);
}

static const struct lay_custom weight_custom = { weight_decode, weight_encode,
                                                 weight_random };

static bool
has_no_weight(const void *obj)
{
    const struct group_bucket *b = obj;
    return !b->weight && !b->weight_given;
}

LAY_BODY(bucket_weight, L_CUSTOM(weight_custom), L_PAD(2));
LAY_BODY(bucket_watch_port, L_PORT(struct group_bucket, watch_port));
LAY_BODY(bucket_watch_group, L_U32(struct group_bucket, watch_group));
static const struct lay_prop bucket_props_rows[] = {
    { .type = OFPGBPT_WEIGHT, .is_needless = has_no_weight,
      .body = &bucket_weight },
    { .type = OFPGBPT_WATCH_PORT,
      LAY_GATE(struct group_bucket, watch_port, OFPORT_ANY),
      .body = &bucket_watch_port },
    { .type = OFPGBPT_WATCH_GROUP,
      LAY_GATE(struct group_bucket, watch_group, GROUP_ID_ANY),
      .body = &bucket_watch_group },
};
LAY_PROPS_OF(bucket_props);

static const struct lay_field bucket15_fields[] = {
    L_LEN,
    L_LENOF,
    L_U32(struct group_bucket, bucket_id, .max = GROUP_BUCKET_ID_MAX,
          .err = OFPERR_OFPGMFC_BAD_BUCKET),
    L_ACTS(struct group_bucket, acts, .sized = true),
    L_PROPS(bucket_props),
};
const struct layout lay_bucket15 = { .fields = bucket15_fields,
                                     .n_fields = ARRAY_SIZE(bucket15_fields),
                                     .size = sizeof(struct group_bucket),
                                     .len_ofs = 0,
                                     .init = bucket_init };

/* How a select group picks its bucket: an experimenter property. */

enum { NTRT_SELECTION_METHOD = 1 };

/* The fields to hash: entries whose values are masks.  This switch does not
 * choose by them. */
static enum ofp_err
selection_fields_decode(struct cursor *c, void *obj,
                        const struct lay_ctx *ctx UNUSED)
{
    struct group_spec *g = obj;
    while (cursor_left(c) >= 4) {
        const struct field *f;
        bool has_mask;
        union field_value mask;
        enum ofp_err err = oxm_decode_header(c, &f, &has_mask);
        if (err) {
            return err;
        }
        memset(&mask, 0, sizeof mask);
        cursor_read(c, mask.b, f->n_bytes);
        if (has_mask || !cursor_ok(c)) {
            return OFPERR_OFPBPC_BAD_LEN;
        }
        union field_value ones;
        field_value_ones(f, &ones);
        /* A mask of whole bytes means the field's bits. */
        mask.words[0] &= ones.words[0];
        mask.words[1] &= ones.words[1];
        if (!f->maskable && !field_value_is_ones(f, &mask)) {
            return OFPERR_OFPBPC_BAD_VALUE;
        }
        if (!group_spec_add_field(g, f, &mask)) {
            return OFPERR_OFPBPC_TOO_MANY;
        }
    }
    return OFPERR_OK;
}

static void
selection_fields_encode(struct buf *b, const void *obj,
                        const struct lay_ctx *ctx)
{
    const struct group_spec *g = obj;
    for (size_t i = 0; i < g->n_fields; i++) {
        const struct group_field *gf = &g->fields[i];
        const struct field *f = field_from_id((enum field_id)gf->field);
        oxm_encode_header(b, f, false, (enum ofp_version)ctx->version);
        buf_put(b, gf->mask.b, f->n_bytes);
    }
}

static void
selection_fields_random(void *obj, const struct lay_ctx *ctx UNUSED,
                        struct rng *rng)
{
    static const enum field_id some[] = { FIELD_ETH_TYPE, FIELD_IP_SRC,
                                          FIELD_TCP_DST, FIELD_ETH_SRC };
    struct group_spec *g = obj;
    bool hash = !strcmp(g->selection_method, "hash");
    for (size_t i = 0; hash && i < ARRAY_SIZE(some); i++) {
        const struct field *f = field_from_id(some[i]);
        union field_value mask;
        field_value_ones(f, &mask);
        if (f->maskable && rng_one_in(rng, 2)) {
            mask.b[0] = 0;
        }
        if (rng_one_in(rng, 2)) {
            (void)group_spec_add_field(g, f, &mask);
        }
    }
}

static const struct lay_custom selection_fields_custom
    = { selection_fields_decode, selection_fields_encode,
        selection_fields_random };

static const char *const selection_methods[] = { "hash", "dp_hash", NULL };

LAY_BODY(group_selection, L_PAD(4),
         L_STR(struct group_spec, selection_method, 16,
               .texts = selection_methods),
         L_U64(struct group_spec, selection_param),
         L_CUSTOM(selection_fields_custom));
static const struct lay_prop group_props_rows[] = {
    { .type = LAY_PROP_EXPERIMENTER, .experimenter = OFP_VENDOR_NETRONOME,
      .exp_type = NTRT_SELECTION_METHOD,
      LAY_GATE(struct group_spec, selection_method[0], 0),
      .body = &group_selection },
};
LAY_PROPS_OF(group_props);

/* A list of buckets in struct group_spec, whose pointer and count stand
 * apart from any vector type. */
#define G_BUCKETS(S, M, ITEMS, ...)                                           \
    {                                                                         \
        .kind = LAY_LIST, .ofs = offsetof(S, M), .items = &(ITEMS),           \
        ##__VA_ARGS__                                                         \
    }
_Static_assert(offsetof(struct group_spec, n_buckets) ==
                   offsetof(struct group_spec, buckets) + sizeof(void *),
               "the pointer and the count of the buckets are a vector");

static void
group_spec_clear(void *obj)
{
    group_spec_fini(obj);
}

/* Before 1.5 a bucket's id is its place. */
static void
number_buckets(struct group_spec *g)
{
    for (size_t i = 0; i < g->n_buckets; i++) {
        g->buckets[i].bucket_id = (uint32_t)i;
        g->buckets[i].weight_given = g->type == GROUP_SELECT;
    }
}

/* 1.5: a bucket to select without a weight has that of 1.
 * [OF1.5.1 7.3.4.3.1] */
static void
default_weights(struct group_spec *g)
{
    for (size_t i = 0; i < g->n_buckets && g->type == GROUP_SELECT; i++) {
        struct group_bucket *b = &g->buckets[i];
        b->weight = b->weight_given ? b->weight : 1;
    }
}

static void
group_mod_init(void *obj)
{
    ((struct ofm_group_mod *)obj)->g.command_bucket_id = GROUP_BUCKET_ID_ALL;
}

static void
group_mod_fini(void *obj)
{
    group_spec_clear(&((struct ofm_group_mod *)obj)->g);
}

/* What a group of its type may hold, as the peer refuses it. */
static enum ofp_err
group_check_buckets(const struct ofm_group_mod *gm)
{
    const struct group_spec *g = &gm->g;
    bool whole = gm->command != OFPGC_INSERT_BUCKET &&
                 gm->command != OFPGC_REMOVE_BUCKET;
    if (whole && g->type == GROUP_INDIRECT && g->n_buckets != 1) {
        return OFPERR_OFPGMFC_INVALID_GROUP;
    }
    for (size_t i = 0; whole && i < g->n_buckets; i++) {
        const struct group_bucket *b = &g->buckets[i];
        bool watch =
            b->watch_port != OFPORT_ANY || b->watch_group != GROUP_ID_ANY;
        if (b->weight && g->type != GROUP_SELECT) {
            return OFPERR_OFPGMFC_INVALID_GROUP;
        }
        if (g->type == GROUP_FF && !watch) {
            return OFPERR_OFPGMFC_INVALID_GROUP;
        }
        if (watch && (g->type == GROUP_ALL || g->type == GROUP_INDIRECT)) {
            return OFPERR_OFPGMFC_WATCH_UNSUPPORTED;
        }
    }
    return OFPERR_OK;
}

static enum ofp_err
group_mod_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_group_mod *gm = obj;
    bool is_delete = gm->command == OFPGC_DELETE;
    if (gm->g.group_id > OFPG_MAX && !is_delete) {
        return OFPERR_OFPGMFC_INVALID_GROUP;
    }
    return is_delete
               ? gm->g.n_buckets ? OFPERR_OFPGMFC_INVALID_GROUP : OFPERR_OK
               : group_check_buckets(gm);
}

static enum ofp_err
group_mod11_check(void *obj, const struct lay_ctx *ctx)
{
    struct ofm_group_mod *gm = obj;
    number_buckets(&gm->g);
    return gm->command > OFPGC_DELETE && gm->command != OFPGC_ADD_OR_MOD
               ? OFPERR_OFPGMFC_BAD_COMMAND
               : group_mod_check(obj, ctx);
}

#define GROUP_TYPE(S, M)                                                      \
    L_UINT(S, M, 1, .max = GROUP_FF, .err = OFPERR_OFPGMFC_BAD_TYPE)

static const struct lay_field group_mod11_fields[] = {
    L_U16(struct ofm_group_mod, command),
    GROUP_TYPE(struct ofm_group_mod, g.type),
    L_PAD(1),
    L_U32(struct ofm_group_mod, g.group_id),
    G_BUCKETS(struct ofm_group_mod, g.buckets, lay_bucket11),
};
LAYOUT(group_mod11, struct ofm_group_mod, .init = group_mod_init,
       .fini = group_mod_fini, .check = group_mod11_check);

static enum ofp_err
group_mod15_check(void *obj, const struct lay_ctx *ctx)
{
    struct ofm_group_mod *gm = obj;
    default_weights(&gm->g);
    switch (gm->command) {
    case OFPGC_ADD:
    case OFPGC_MODIFY:
    case OFPGC_DELETE:
    case OFPGC_INSERT_BUCKET:
    case OFPGC_REMOVE_BUCKET:
    case OFPGC_ADD_OR_MOD:
        return group_mod_check(obj, ctx);
    default:
        return OFPERR_OFPGMFC_BAD_COMMAND;
    }
}

static const struct lay_field group_mod15_fields[] = {
    L_U16(struct ofm_group_mod, command),
    GROUP_TYPE(struct ofm_group_mod, g.type),
    L_PAD(1),
    L_U32(struct ofm_group_mod, g.group_id),
    L_LENOF,
    L_PAD(2),
    L_U32(struct ofm_group_mod, g.command_bucket_id),
    G_BUCKETS(struct ofm_group_mod, g.buckets, lay_bucket15, .sized = true),
    L_PROPS_AT(struct ofm_group_mod, g, group_props),
};
LAYOUT(group_mod15, struct ofm_group_mod, .init = group_mod_init,
       .fini = group_mod_fini, .check = group_mod15_check);

/* Requests and replies. */

static void
group_request_init(void *obj)
{
    ((struct ofm_group_request *)obj)->group_id = GROUP_ID_ALL;
}

static const struct lay_field group_request_fields[] = {
    L_U32(struct ofm_group_request, group_id),
    L_PAD(4),
};
LAYOUT(group_request, struct ofm_group_request, .init = group_request_init);

/* The group description request of 1.1 to 1.4 asks for all. */
const struct layout lay_group_request_all = { .fields = group_request_fields,
                                              .size = sizeof(
                                                  struct ofm_group_request),
                                              .len_ofs = -1,
                                              .init = group_request_init };

static const struct lay_field counts_fields[] = {
    L_U64(struct ofm_counts, packet_count),
    L_U64(struct ofm_counts, byte_count),
};
static const struct layout lay_counts = LAYOUT_OF(counts, struct ofm_counts);

#define GROUP_STATS_HEAD                                                      \
    L_LEN, L_PAD(2), L_U32(struct ofm_group_stats, group_id),                 \
        L_U32(struct ofm_group_stats, ref_count), L_PAD(4),                   \
        L_U64(struct ofm_group_stats, packet_count),                          \
        L_U64(struct ofm_group_stats, byte_count)

static void
group_stats_init(void *obj)
{
    struct ofm_group_stats *gs = obj;
    gs->duration_sec = gs->duration_nsec = UINT32_MAX;
}

static void
group_reply_fini(void *obj)
{
    OFM_VEC(struct ofm_group_stats) *v = obj;
    for (size_t i = 0; i < v->n; i++) {
        free(v->p[i].buckets.p);
    }
    free(v->p);
    v->p = NULL;
    v->n = 0;
}

#define GROUP_REPLY(NAME, ITEM, S, INIT, CHECK, FINI)                         \
    static const struct layout lay_##ITEM = { .fields = ITEM##_fields,        \
                                              .n_fields =                     \
                                                  ARRAY_SIZE(ITEM##_fields),  \
                                              .size = sizeof(S),              \
                                              .len_ofs = 0,                   \
                                              .init = INIT,                   \
                                              .check = CHECK };               \
    static const struct lay_field NAME##_fields[] = {                         \
        { .kind = LAY_LIST, .items = &lay_##ITEM }                            \
    };                                                                        \
    LAYOUT(NAME, struct ofm_data, .fini = FINI)

static const struct lay_field group_stats11_fields[] = {
    GROUP_STATS_HEAD,
    L_LIST(struct ofm_group_stats, buckets, lay_counts),
};
GROUP_REPLY(group_reply11, group_stats11, struct ofm_group_stats,
            group_stats_init, NULL, group_reply_fini);

static const struct lay_field group_stats13_fields[] = {
    GROUP_STATS_HEAD,
    L_U32(struct ofm_group_stats, duration_sec),
    L_U32(struct ofm_group_stats, duration_nsec),
    L_LIST(struct ofm_group_stats, buckets, lay_counts),
};
GROUP_REPLY(group_reply13, group_stats13, struct ofm_group_stats, NULL, NULL,
            group_reply_fini);

static void
group_desc_fini(void *obj)
{
    OFM_VEC(struct group_spec) *v = obj;
    for (size_t i = 0; i < v->n; i++) {
        group_spec_clear(&v->p[i]);
    }
    free(v->p);
    v->p = NULL;
    v->n = 0;
}

static enum ofp_err
group11_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    number_buckets(obj);
    return OFPERR_OK;
}

static const struct lay_field group11_fields[] = {
    L_LEN,
    GROUP_TYPE(struct group_spec, type),
    L_PAD(1),
    L_U32(struct group_spec, group_id),
    G_BUCKETS(struct group_spec, buckets, lay_bucket11),
};
GROUP_REPLY(group_desc11, group11, struct group_spec, NULL, group11_check,
            group_desc_fini);

static const struct lay_field group15_fields[] = {
    L_LEN,
    GROUP_TYPE(struct group_spec, type),
    L_PAD(1),
    L_U32(struct group_spec, group_id),
    L_LENOF,
    L_PAD(6),
    G_BUCKETS(struct group_spec, buckets, lay_bucket15, .sized = true),
    L_PROPS(group_props),
};
static enum ofp_err
group15_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    default_weights(obj);
    return OFPERR_OK;
}

GROUP_REPLY(group_desc15, group15, struct group_spec, NULL, group15_check,
            group_desc_fini);

static const struct lay_field group_features_fields[] = {
    L_U32(struct ofm_group_features, types),
    L_U32(struct ofm_group_features, capabilities),
    L_U32(struct ofm_group_features, max_groups[0]),
    L_U32(struct ofm_group_features, max_groups[1]),
    L_U32(struct ofm_group_features, max_groups[2]),
    L_U32(struct ofm_group_features, max_groups[3]),
    L_U32(struct ofm_group_features, actions[0]),
    L_U32(struct ofm_group_features, actions[1]),
    L_U32(struct ofm_group_features, actions[2]),
    L_U32(struct ofm_group_features, actions[3]),
};
LAYOUT(group_features, struct ofm_group_features);
