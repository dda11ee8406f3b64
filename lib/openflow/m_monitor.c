/* SPDX-License-Identifier: Apache-2.0 */
/* Flow monitors: what a controller wants to be told of changes of flows, and
 * the news.  Three forms: Nicira's of 1.0 to 1.2, the ONF's of 1.3 and the
 * standard's of 1.4, whose numbers of flags and events the structs hold.
 * [OF1.4.0 7.3.5.17 7.3.5.18] */
#include "lib/openflow/m_priv.h"
#include "lib/openflow/oxm.h"

/* Requests. */

enum { NXFMF_OWN = 1 << 5, FLAGS_CHANGES = OFPFMF_ADD | OFPFMF_REMOVED
                                           | OFPFMF_MODIFY };

static void
request_init(void *obj)
{
    struct ofm_monitor_request *r = obj;
    r->out_port = OFPORT_ANY;
    r->out_group = FLOW_GROUP_ANY;
    r->table_id = FLOW_TABLE_ALL;
    match_init(&r->match);
}

static uint64_t
flags_nx_in(uint64_t x)
{
    uint64_t odd = x & ~0x3full ? 1ull << 15 : 0; /* Refused by the check. */
    return odd | (x & 0x1f) | (x & NXFMF_OWN ? OFPFMF_ONLY_OWN : 0);
}

static uint64_t
flags_nx_out(uint64_t x)
{
    return (x & 0x1f) | (x & OFPFMF_ONLY_OWN ? NXFMF_OWN : 0);
}

static enum ofp_err
request_check(void *obj, const struct lay_ctx *ctx UNUSED)
{
    const struct ofm_monitor_request *r = obj;
    if (r->command == OFPFMC_MONITOR_DELETE) {
        return OFPERR_OK;
    }
    return r->command > OFPFMC_MONITOR_DELETE
                   ? OFPERR_OFPMOFC_BAD_COMMAND
               : r->flags & ~OFPFMF_ALL || !(r->flags & FLAGS_CHANGES)
                   ? OFPERR_OFPMOFC_BAD_FLAGS
                   : OFPERR_OK;
}

#define MONITOR_REQUEST(NAME)                                                 \
    static const struct layout lay_##NAME##_item                              \
        = { .fields = NAME##_item_fields,                                     \
            .n_fields = ARRAY_SIZE(NAME##_item_fields),                       \
            .size = sizeof(struct ofm_monitor_request),                       \
            .len_ofs = -1,                                                    \
            .init = request_init,                                             \
            .check = request_check };                                         \
    LAY_REPLY(NAME, NAME##_item, lay_vec_fini)

#define MONITOR_FLAGS_NX                                                      \
    L_U16(struct ofm_monitor_request, flags, .in = flags_nx_in,               \
          .out = flags_nx_out)

static const struct lay_field monitor_request_nx_item_fields[] = {
    L_U32(struct ofm_monitor_request, id),
    MONITOR_FLAGS_NX,
    L_PORT16(struct ofm_monitor_request, out_port),
    L_LENOF,
    L_U8(struct ofm_monitor_request, table_id),
    L_PAD(5),
    L_NXM(struct ofm_monitor_request, match),
};
MONITOR_REQUEST(monitor_request_nx);

/* The ONF's: the length of the match without its padding stands before it,
 * and in it. */
static enum ofp_err
match_len_decode(struct cursor *c, void *obj UNUSED,
                 const struct lay_ctx *ctx UNUSED)
{
    cursor_skip(c, 2);
    return OFPERR_OK;
}

static void
put_match_len(struct buf *b, const struct match *m,
              const struct lay_ctx *ctx)
{
    struct buf tlvs = BUF_INIT;
    oxm_encode(&tlvs, m, ctx->version, 0, 0);
    buf_put_be16(b, (uint16_t)(tlvs.len + 4));
    buf_fini(&tlvs);
}

static void
request_match_len_encode(struct buf *b, const void *obj,
                         const struct lay_ctx *ctx)
{
    put_match_len(b, &((const struct ofm_monitor_request *)obj)->match, ctx);
}

static const struct lay_custom request_match_len = { match_len_decode,
                                                     request_match_len_encode,
                                                     NULL };

static const struct lay_field monitor_request_onf_item_fields[] = {
    L_U32(struct ofm_monitor_request, id),
    MONITOR_FLAGS_NX,
    L_CUSTOM(request_match_len),
    L_PORT(struct ofm_monitor_request, out_port),
    L_U8(struct ofm_monitor_request, table_id),
    L_PAD(3),
    L_MATCH(struct ofm_monitor_request, match),
};
MONITOR_REQUEST(monitor_request_onf);

static const struct lay_field monitor_request14_item_fields[] = {
    L_U32(struct ofm_monitor_request, id),
    L_PORT(struct ofm_monitor_request, out_port),
    L_U32(struct ofm_monitor_request, out_group),
    L_U16(struct ofm_monitor_request, flags),
    L_U8(struct ofm_monitor_request, table_id),
    L_U8(struct ofm_monitor_request, command),
    L_MATCH(struct ofm_monitor_request, match),
};
MONITOR_REQUEST(monitor_request14);

/* Updates. */

static void
update_init(void *obj)
{
    match_init(&((struct ofm_monitor_update *)obj)->match);
}

static void
monitor_reply_fini(void *obj)
{
    OFM_VEC(struct ofm_monitor_update) *v = obj;
    for (size_t i = 0; i < v->n; i++) {
        free((void *)(uintptr_t)v->p[i].acts.first);
    }
    free(v->p);
    v->p = NULL;
    v->n = 0;
}

LAY_BODY(update_abbrev, L_U32(struct ofm_monitor_update, xid));
LAY_BODY(update_bare, L_PAD(4));

static const struct layout *
update_body(const struct ofm_monitor_update *u, const struct layout *full)
{
    return u->event <= OFPFME_MODIFIED ? full
           : u->event == OFPFME_ABBREV ? &update_abbrev
                                       : &update_bare;
}

/* What follows the event, which says how much. */
#define UPDATE_BODY(NAME, FULL)                                               \
    static enum ofp_err NAME##_decode(struct cursor *c, void *obj,            \
                                      const struct lay_ctx *ctx)              \
    {                                                                         \
        return layout_decode(update_body(obj, &FULL), c, obj, ctx);           \
    }                                                                         \
    static void NAME##_encode(struct buf *b, const void *obj,                 \
                              const struct lay_ctx *ctx)                      \
    {                                                                         \
        layout_encode(update_body(obj, &FULL), b, obj, ctx);                  \
    }                                                                         \
    static void NAME##_random(void *obj, const struct lay_ctx *ctx,           \
                              struct rng *rng)                                \
    {                                                                         \
        layout_random(update_body(obj, &FULL), obj, ctx, rng);                \
    }                                                                         \
    static const struct lay_custom NAME = { NAME##_decode, NAME##_encode,     \
                                            NAME##_random }

#define UPDATE_ACTS                                                           \
    {                                                                         \
        .kind = LAY_FLOW_LIST, LAY_M(struct ofm_monitor_update, acts)         \
    }
#define UPDATE_TIMEOUTS                                                       \
    L_U16(struct ofm_monitor_update, priority),                               \
        L_U16(struct ofm_monitor_update, idle_timeout),                       \
        L_U16(struct ofm_monitor_update, hard_timeout)

LAY_BODY(update_full_nx, L_UINT(struct ofm_monitor_update, reason, 2),
         UPDATE_TIMEOUTS, L_LENOF, L_U8(struct ofm_monitor_update, table_id),
         L_PAD(1), L_U64(struct ofm_monitor_update, cookie),
         L_NXM(struct ofm_monitor_update, match, .loose = true),
         { .kind = LAY_ACT_LIST, LAY_M(struct ofm_monitor_update, acts) });

static void
update_match_len_encode(struct buf *b, const void *obj,
                        const struct lay_ctx *ctx)
{
    put_match_len(b, &((const struct ofm_monitor_update *)obj)->match, ctx);
}

static const struct lay_custom update_match_len = { match_len_decode,
                                                    update_match_len_encode,
                                                    NULL };

LAY_BODY(update_full_onf, L_UINT(struct ofm_monitor_update, reason, 2),
         UPDATE_TIMEOUTS, L_CUSTOM(update_match_len),
         L_U8(struct ofm_monitor_update, table_id), L_PAD(1),
         L_U64(struct ofm_monitor_update, cookie),
         L_MATCH(struct ofm_monitor_update, match, .loose = true),
         UPDATE_ACTS);

LAY_BODY(update_full14, L_U8(struct ofm_monitor_update, table_id),
         L_U8(struct ofm_monitor_update, reason),
         L_U16(struct ofm_monitor_update, idle_timeout),
         L_U16(struct ofm_monitor_update, hard_timeout),
         L_U16(struct ofm_monitor_update, priority), L_PAD(4),
         L_U64(struct ofm_monitor_update, cookie),
         L_MATCH(struct ofm_monitor_update, match, .loose = true),
         UPDATE_ACTS);

UPDATE_BODY(update_body_nx, update_full_nx);
UPDATE_BODY(update_body_onf, update_full_onf);
UPDATE_BODY(update_body14, update_full14);

/* The extensions number events without INITIAL, and have four. */
static uint64_t
event_nx_in(uint64_t x)
{
    return x + 1;
}

static uint64_t
event_nx_out(uint64_t x)
{
    return x ? x - 1 : 0;
}

#define EVENT_NX                                                              \
    L_UINT(struct ofm_monitor_update, event, 2, .in = event_nx_in,            \
           .out = event_nx_out, .max = OFPFME_ABBREV - 1,                     \
           .err = OFPERR_NXBRC_FM_BAD_EVENT)

#define MONITOR_REPLY(NAME, ...)                                              \
    static const struct lay_field NAME##_item_fields[]                        \
        = { L_LEN, __VA_ARGS__ };                                             \
    static const struct layout lay_##NAME##_item                              \
        = { .fields = NAME##_item_fields,                                     \
            .n_fields = ARRAY_SIZE(NAME##_item_fields),                       \
            .size = sizeof(struct ofm_monitor_update),                        \
            .len_ofs = 0,                                                     \
            .init = update_init };                                            \
    LAY_REPLY(NAME, NAME##_item, monitor_reply_fini)

MONITOR_REPLY(monitor_reply_nx, EVENT_NX, L_CUSTOM(update_body_nx));
MONITOR_REPLY(monitor_reply_onf, EVENT_NX, L_CUSTOM(update_body_onf));
MONITOR_REPLY(monitor_reply14,
              L_UINT(struct ofm_monitor_update, event, 2,
                     .max = OFPFME_RESUMED, .err = OFPERR_NXBRC_FM_BAD_EVENT),
              L_CUSTOM(update_body14));
