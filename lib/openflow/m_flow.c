/* SPDX-License-Identifier: Apache-2.0 */
/* Flows: flow_mod, flow_removed, flow and aggregate statistics.
 *
 * Which cookie is meant differs: 1.0 stores it, the Nicira form stores one
 * and may match another inside the NXM list, 1.1 and later use one field to
 * store (add) or to match (modify, delete) [OF1.3.5 6.4].
 * [OF1.0.2 5.3.3 5.3.5 5.4.3], [OF1.3.5 7.3.4.1 7.3.5.2 7.3.5.3 7.4.2] */
#include "lib/base/rng.h"
#include "lib/openflow/m_priv.h"

/* flow_mod. */

static void
flow_mod_init(void *obj)
{
    struct ofm_flow_mod *fm = obj;
    match_init(&fm->f.match);
    fm->f.table_id = FLOW_TABLE_ALL;
    fm->f.priority = MATCH_PRIORITY_DEFAULT;
    fm->f.out_port = OFPORT_ANY;
    fm->f.out_group = FLOW_GROUP_ANY;
    fm->f.buffer_id = OFP_NO_BUFFER;
}

static void
flow_mod_fini(void *obj)
{
    flow_spec_fini(&((struct ofm_flow_mod *)obj)->f);
}

static bool
formats_have_tid(unsigned int formats)
{
    return formats & (FLOW_FORMAT_OF10_TID | FLOW_FORMAT_NXM_TID);
}

static bool
is_delete(uint16_t command)
{
    return command == OFPFC_DELETE || command == OFPFC_DELETE_STRICT;
}

/* 1.0: with the table id extension its high byte is the table. */
static enum ofp_err
command10_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx)
{
    struct ofm_flow_mod *fm = obj;
    fm->command = cursor_be16(c);
    if (formats_have_tid(ctx->formats)) {
        fm->f.table_id = (uint8_t)(fm->command >> 8);
        fm->command &= 0xff;
    }
    return fm->command > OFPFC_DELETE_STRICT ? OFPERR_OFPFMFC_BAD_COMMAND
                                             : OFPERR_OK;
}

static void
command10_encode(struct buf *b, const void *obj, const struct lay_ctx *ctx)
{
    const struct ofm_flow_mod *fm = obj;
    uint16_t table = formats_have_tid(ctx->formats) ? fm->f.table_id : 0;
    buf_put_be16(b, (uint16_t)(table << 8 | fm->command));
}

static void
command_random(void *obj, const struct lay_ctx *ctx UNUSED, struct rng *rng)
{
    struct ofm_flow_mod *fm = obj;
    fm->command = (uint16_t)rng_below(rng, OFPFC_DELETE_STRICT + 1);
    fm->f.new_cookie = rng_u64(rng);
    fm->f.cookie = rng_u64(rng);
    fm->f.cookie_mask = rng_one_in(rng, 2) ? UINT64_MAX : rng_u64(rng);
    fm->f.cookie &= fm->f.cookie_mask;
}

static const struct lay_custom command10_custom = { command10_decode,
                                                    command10_encode,
                                                    command_random };

/* 1.0 has two flags, and an emergency table that nobody builds. */
static enum ofp_err
flags10_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_flow_mod *fm = obj;
    uint16_t flags = cursor_be16(c);
    if (flags & 4) {
        return OFPERR_OFPFMFC_TABLE_FULL;
    }
    fm->f.flags = flags & (FLOW_FLAG_SEND_FLOW_REM | FLOW_FLAG_CHECK_OVERLAP);
    /* To add a flow that is there clears its counters in 1.0.
     * [OF1.0.2 4.6] */
    if (fm->command == OFPFC_ADD) {
        fm->f.flags |= FLOW_FLAG_RESET_COUNTS;
    }
    return OFPERR_OK;
}

static void
flags10_encode(struct buf *b, const void *obj,
               const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_flow_mod *fm = obj;
    buf_put_be16(b, fm->f.flags &
                        (FLOW_FLAG_SEND_FLOW_REM | FLOW_FLAG_CHECK_OVERLAP));
}

static void
flags10_random(void *obj, const struct lay_ctx *ctx UNUSED, struct rng *rng)
{
    ((struct ofm_flow_mod *)obj)->f.flags = (uint16_t)rng_below(rng, 4);
}

static const struct lay_custom flags10_custom = { flags10_decode,
                                                  flags10_encode,
                                                  flags10_random };

static const struct lay_field flow_mod10_fields[] = {
    L_MATCH(struct ofm_flow_mod, f.match),
    L_U64(struct ofm_flow_mod, f.new_cookie),
    L_CUSTOM(command10_custom),
    L_U16(struct ofm_flow_mod, f.idle_timeout),
    L_U16(struct ofm_flow_mod, f.hard_timeout),
    L_U16(struct ofm_flow_mod, f.priority),
    L_U32(struct ofm_flow_mod, f.buffer_id),
    L_PORT16(struct ofm_flow_mod, f.out_port),
    L_CUSTOM(flags10_custom),
    { .kind = LAY_FLOW_ACTS, LAY_M(struct ofm_flow_mod, f.acts) },
};

static enum ofp_err
flow_mod10_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_flow_mod *fm = obj;
    acts_bind_match(&fm->f.acts, &fm->f.match);
    return OFPERR_OK;
}

LAYOUT(flow_mod10, struct ofm_flow_mod, .init = flow_mod_init,
       .fini = flow_mod_fini, .check = flow_mod10_check);

static const struct lay_field flow_mod_nx_fields[] = {
    L_U64(struct ofm_flow_mod, f.new_cookie),
    L_CUSTOM(command10_custom),
    L_U16(struct ofm_flow_mod, f.idle_timeout),
    L_U16(struct ofm_flow_mod, f.hard_timeout),
    L_U16(struct ofm_flow_mod, f.priority),
    L_U32(struct ofm_flow_mod, f.buffer_id),
    L_PORT16(struct ofm_flow_mod, f.out_port),
    L_CUSTOM(flags10_custom),
    L_LENOF,
    L_PAD(6),
    L_NXM(struct ofm_flow_mod, f.match,
          .n_ofs = offsetof(struct ofm_flow_mod, f.cookie)),
    { .kind = LAY_FLOW_ACTS, LAY_M(struct ofm_flow_mod, f.acts) },
};

static enum ofp_err
flow_mod_nx_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_flow_mod *fm = obj;
    if (fm->command == OFPFC_ADD && fm->f.cookie_mask) {
        return OFPERR_NXBRC_NXM_INVALID;
    }
    acts_bind_match(&fm->f.acts, &fm->f.match);
    return OFPERR_OK;
}

LAYOUT(flow_mod_nx, struct ofm_flow_mod, .init = flow_mod_init,
       .fini = flow_mod_fini, .check = flow_mod_nx_check);

/* 1.1 and later: two words whose use hangs on the command behind them. */
static enum ofp_err
cookies_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_flow_mod *fm = obj;
    fm->f.cookie = cursor_be64(c);
    fm->f.cookie_mask = cursor_be64(c);
    return OFPERR_OK;
}

static void
cookies_encode(struct buf *b, const void *obj,
               const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_flow_mod *fm = obj;
    bool add = fm->command == OFPFC_ADD;
    buf_put_be64(b, add ? fm->f.new_cookie : fm->f.cookie);
    buf_put_be64(b, add ? 0 : fm->f.cookie_mask);
}

static const struct lay_custom cookies_custom = { cookies_decode,
                                                  cookies_encode, NULL };

static enum ofp_err
command11_decode(struct cursor *c, void *obj, const struct lay_ctx *ctx UNUSED)
{
    struct ofm_flow_mod *fm = obj;
    fm->command = cursor_u8(c);
    return fm->command > OFPFC_DELETE_STRICT ? OFPERR_OFPFMFC_BAD_COMMAND
                                             : OFPERR_OK;
}

static void
command11_encode(struct buf *b, const void *obj,
                 const struct lay_ctx *ctx UNUSED)
{
    buf_put_u8(b, (uint8_t)((const struct ofm_flow_mod *)obj)->command);
}

static const struct lay_custom command11_custom = { command11_decode,
                                                    command11_encode,
                                                    command_random };

static enum ofp_err
flow_mod11_check(void *obj, const struct lay_ctx *ctx)
{
    static const uint16_t known[] = { [OFP11_VERSION] = 0x03,
                                      [OFP12_VERSION] = 0x07,
                                      [OFP13_VERSION] = 0x1f,
                                      [OFP14_VERSION] = 0x1f,
                                      [OFP15_VERSION] = 0x1f };
    struct ofm_flow_mod *fm = obj;
    if (ctx->version >= ARRAY_SIZE(known) ||
        fm->f.flags & ~known[ctx->version]) {
        return OFPERR_OFPFMFC_BAD_FLAGS;
    }
    if (fm->command == OFPFC_ADD) {
        fm->f.new_cookie = fm->f.cookie;
        fm->f.cookie = fm->f.cookie_mask = 0;
        if (ctx->version == OFP11_VERSION) {
            fm->f.flags |= FLOW_FLAG_RESET_COUNTS;
        }
    } else {
        fm->f.importance = 0; /* Stays what it was. [OF1.4.0 6.4] */
        fm->f.new_cookie = OFP_COOKIE_KEEP;
        fm->f.cookie &= fm->f.cookie_mask;
    }
    acts_bind_match(&fm->f.acts, &fm->f.match);
    return !is_delete(fm->command) && fm->f.table_id == FLOW_TABLE_ALL
               ? OFPERR_OFPFMFC_BAD_TABLE_ID
               : OFPERR_OK;
}

#define FLOW_MOD11_HEAD                                                       \
    L_CUSTOM(cookies_custom), L_U8(struct ofm_flow_mod, f.table_id),          \
        L_CUSTOM(command11_custom),                                           \
        L_U16(struct ofm_flow_mod, f.idle_timeout),                           \
        L_U16(struct ofm_flow_mod, f.hard_timeout),                           \
        L_U16(struct ofm_flow_mod, f.priority),                               \
        L_U32(struct ofm_flow_mod, f.buffer_id),                              \
        L_PORT(struct ofm_flow_mod, f.out_port),                               \
        L_U32(struct ofm_flow_mod, f.out_group),                              \
        L_U16(struct ofm_flow_mod, f.flags, .max = 0x1f,                      \
              .err = OFPERR_OFPFMFC_BAD_FLAGS)

static const struct lay_field flow_mod11_fields[] = {
    FLOW_MOD11_HEAD,
    L_PAD(2),
    L_MATCH(struct ofm_flow_mod, f.match),
    { .kind = LAY_FLOW_ACTS, LAY_M(struct ofm_flow_mod, f.acts) },
};
LAYOUT(flow_mod11, struct ofm_flow_mod, .init = flow_mod_init,
       .fini = flow_mod_fini, .check = flow_mod11_check);

static const struct lay_field flow_mod14_fields[] = {
    FLOW_MOD11_HEAD,
    L_U16(struct ofm_flow_mod, f.importance),
    L_MATCH(struct ofm_flow_mod, f.match),
    { .kind = LAY_FLOW_ACTS, LAY_M(struct ofm_flow_mod, f.acts) },
};
LAYOUT(flow_mod14, struct ofm_flow_mod, .init = flow_mod_init,
       .fini = flow_mod_fini, .check = flow_mod11_check);

/* flow_removed. */

void
flow_removed_init(void *obj)
{
    struct ofm_flow_removed *fr = obj;
    match_init(&fr->match);
    fr->table_id = FLOW_TABLE_ALL;
}

static const struct lay_field flow_removed10_fields[] = {
    L_MATCH(struct ofm_flow_removed, match),
    L_U64(struct ofm_flow_removed, cookie),
    L_U16(struct ofm_flow_removed, priority),
    L_U8(struct ofm_flow_removed, reason),
    L_PAD(1),
    L_U32(struct ofm_flow_removed, duration_sec),
    L_U32(struct ofm_flow_removed, duration_nsec),
    L_U16(struct ofm_flow_removed, idle_timeout),
    L_PAD(2),
    L_U64(struct ofm_flow_removed, packet_count),
    L_U64(struct ofm_flow_removed, byte_count),
};
LAYOUT(flow_removed10, struct ofm_flow_removed, .init = flow_removed_init);

static const struct lay_field flow_removed11_fields[] = {
    L_U64(struct ofm_flow_removed, cookie),
    L_U16(struct ofm_flow_removed, priority),
    L_U8(struct ofm_flow_removed, reason),
    L_U8(struct ofm_flow_removed, table_id),
    L_U32(struct ofm_flow_removed, duration_sec),
    L_U32(struct ofm_flow_removed, duration_nsec),
    L_U16(struct ofm_flow_removed, idle_timeout),
    L_U16(struct ofm_flow_removed, hard_timeout),
    L_U64(struct ofm_flow_removed, packet_count),
    L_U64(struct ofm_flow_removed, byte_count),
    L_MATCH(struct ofm_flow_removed, match, .loose = true),
};
LAYOUT(flow_removed11, struct ofm_flow_removed, .init = flow_removed_init);

/* NX: the table plus one, 0 when it is not told. */
static uint64_t
table_nx_in(uint64_t x)
{
    return (uint8_t)(x - 1);
}

static uint64_t
table_nx_out(uint64_t x)
{
    return (uint8_t)(x + 1);
}

static const struct lay_field flow_removed_nx_fields[] = {
    L_U64(struct ofm_flow_removed, cookie),
    L_U16(struct ofm_flow_removed, priority),
    L_U8(struct ofm_flow_removed, reason),
    L_U8(struct ofm_flow_removed, table_id, .in = table_nx_in,
         .out = table_nx_out),
    L_U32(struct ofm_flow_removed, duration_sec),
    L_U32(struct ofm_flow_removed, duration_nsec),
    L_U16(struct ofm_flow_removed, idle_timeout),
    L_LENOF,
    L_U64(struct ofm_flow_removed, packet_count),
    L_U64(struct ofm_flow_removed, byte_count),
    L_NXM(struct ofm_flow_removed, match, .loose = true),
};
LAYOUT(flow_removed_nx, struct ofm_flow_removed, .init = flow_removed_init);

/* Flow and aggregate requests. */

static void
flow_request_init(void *obj)
{
    struct ofm_flow_request *rq = obj;
    match_init(&rq->match);
    rq->table_id = FLOW_TABLE_ALL;
    rq->out_port = OFPORT_ANY;
    rq->out_group = FLOW_GROUP_ANY;
}

static const struct lay_field flow_request10_fields[] = {
    L_MATCH(struct ofm_flow_request, match),
    L_U8(struct ofm_flow_request, table_id),
    L_PAD(1),
    L_PORT16(struct ofm_flow_request, out_port),
};
LAYOUT(flow_request10, struct ofm_flow_request, .init = flow_request_init);

static const struct lay_field flow_request11_fields[] = {
    L_U8(struct ofm_flow_request, table_id),
    L_PAD(3),
    L_PORT(struct ofm_flow_request, out_port),
    L_U32(struct ofm_flow_request, out_group),
    L_PAD(4),
    L_U64(struct ofm_flow_request, cookie),
    L_U64(struct ofm_flow_request, cookie_mask),
    L_MATCH(struct ofm_flow_request, match),
};
LAYOUT(flow_request11, struct ofm_flow_request, .init = flow_request_init);

static const struct lay_field flow_request_nx_fields[] = {
    L_PORT16(struct ofm_flow_request, out_port),
    L_LENOF,
    L_U8(struct ofm_flow_request, table_id),
    L_PAD(3),
    L_NXM(struct ofm_flow_request, match,
          .n_ofs = offsetof(struct ofm_flow_request, cookie)),
};
LAYOUT(flow_request_nx, struct ofm_flow_request, .init = flow_request_init);

/* Flow statistics. */

void
flow_stats_init(void *obj)
{
    struct flow_stats *fs = obj;
    match_init(&fs->match);
    fs->idle_age = fs->hard_age = -1;
}

void
flow_reply_fini(void *obj)
{
    OFM_VEC(struct flow_stats) *v = obj;
    for (size_t i = 0; i < v->n; i++) {
        free((void *)(uintptr_t)v->p[i].acts.first);
    }
    free(v->p);
    v->p = NULL;
    v->n = 0;
}

/* The item, and the reply that is a list of them. */
#define FLOW_REPLY(NAME, ITEM)                                                \
    static const struct layout lay_##ITEM = { .fields = ITEM##_fields,        \
                                              .n_fields =                     \
                                                  ARRAY_SIZE(ITEM##_fields),  \
                                              .size =                         \
                                                  sizeof(struct flow_stats),  \
                                              .len_ofs = 0,                   \
                                              .init = flow_stats_init };      \
    static const struct lay_field NAME##_fields[] = {                         \
        { .kind = LAY_LIST, .items = &lay_##ITEM }                            \
    };                                                                        \
    LAYOUT(NAME, struct ofm_data, .fini = flow_reply_fini)

static const struct lay_field flow_stats10_fields[] = {
    L_LEN,
    L_U8(struct flow_stats, table_id),
    L_PAD(1),
    L_MATCH(struct flow_stats, match),
    L_U32(struct flow_stats, duration_s),
    L_U32(struct flow_stats, duration_ns),
    L_U16(struct flow_stats, priority),
    L_U16(struct flow_stats, idle_timeout),
    L_U16(struct flow_stats, hard_timeout),
    L_PAD(6),
    L_U64(struct flow_stats, cookie),
    L_U64(struct flow_stats, n_packets),
    L_U64(struct flow_stats, n_bytes),
    { .kind = LAY_FLOW_LIST, LAY_M(struct flow_stats, acts) },
};
FLOW_REPLY(flow_reply10, flow_stats10);

#define FLOW_STATS11_HEAD                                                     \
    L_LEN, L_U8(struct flow_stats, table_id), L_PAD(1),                       \
        L_U32(struct flow_stats, duration_s),                                 \
        L_U32(struct flow_stats, duration_ns),                                \
        L_U16(struct flow_stats, priority),                                   \
        L_U16(struct flow_stats, idle_timeout),                               \
        L_U16(struct flow_stats, hard_timeout)
#define FLOW_STATS_FLAGS                                                      \
    L_U16(struct flow_stats, flags, .max = 0x1f,                              \
          .err = OFPERR_OFPFMFC_BAD_FLAGS)
#define FLOW_STATS11_TAIL                                                     \
    L_U64(struct flow_stats, cookie), L_U64(struct flow_stats, n_packets),    \
        L_U64(struct flow_stats, n_bytes),                                    \
        L_MATCH(struct flow_stats, match, .loose = true),                     \
    {                                                                         \
        .kind = LAY_FLOW_LIST, LAY_M(struct flow_stats, acts)                 \
    }

static const struct lay_field flow_stats11_fields[] = {
    FLOW_STATS11_HEAD,
    L_PAD(6),
    FLOW_STATS11_TAIL,
};
FLOW_REPLY(flow_reply11, flow_stats11);

static const struct lay_field flow_stats13_fields[] = {
    FLOW_STATS11_HEAD,
    FLOW_STATS_FLAGS,
    L_PAD(4),
    FLOW_STATS11_TAIL,
};
FLOW_REPLY(flow_reply13, flow_stats13);

static const struct lay_field flow_stats14_fields[] = {
    FLOW_STATS11_HEAD,
    FLOW_STATS_FLAGS,
    L_U16(struct flow_stats, importance),
    L_PAD(2),
    FLOW_STATS11_TAIL,
};
FLOW_REPLY(flow_reply14, flow_stats14);

/* NX: an age plus one, 0 when it is not told. */
static uint64_t
age_in(uint64_t x)
{
    return (uint64_t)((int64_t)x - 1);
}

static uint64_t
age_out(uint64_t x)
{
    int64_t age = (int32_t)x;
    return age < 0 ? 0 : (uint64_t)MIN(age + 1, 0xffff);
}

static const struct lay_field flow_stats_nx_fields[] = {
    L_LEN,
    L_U8(struct flow_stats, table_id),
    L_PAD(1),
    L_U32(struct flow_stats, duration_s),
    L_U32(struct flow_stats, duration_ns),
    L_U16(struct flow_stats, priority),
    L_U16(struct flow_stats, idle_timeout),
    L_U16(struct flow_stats, hard_timeout),
    L_LENOF,
    L_UINT(struct flow_stats, idle_age, 2, .in = age_in, .out = age_out),
    L_UINT(struct flow_stats, hard_age, 2, .in = age_in, .out = age_out),
    L_U64(struct flow_stats, cookie),
    L_U64(struct flow_stats, n_packets),
    L_U64(struct flow_stats, n_bytes),
    L_NXM(struct flow_stats, match, .loose = true),
    { .kind = LAY_FLOW_LIST, LAY_M(struct flow_stats, acts) },
};
FLOW_REPLY(flow_reply_nx, flow_stats_nx);

static const struct lay_field aggregate_fields[] = {
    L_U64(struct ofm_aggregate, packet_count),
    L_U64(struct ofm_aggregate, byte_count),
    L_U32(struct ofm_aggregate, flow_count),
    L_PAD(4),
};
LAYOUT(aggregate, struct ofm_aggregate);
