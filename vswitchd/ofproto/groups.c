/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: immutable objects swapped in the bridge's map [OF1.3.5 5.6]. */
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"
#include "vswitchd/xlate/xlate.h"

void
group_free(void *g_)
{
    struct xgroup *g = g_;
    for (size_t i = 0; i < g->n_buckets; i++) {
        dp_counter_unref(&g->buckets[i].counter);
    }
    dp_counter_unref(&g->counter);
    group_spec_fini(&g->spec);
    free(g);
}

/* A deep copy of what a message lent. */
static void
clone_spec(struct group_spec *dst, const struct group_spec *src)
{
    *dst = *src;
    dst->buckets = xcalloc(src->n_buckets, sizeof *dst->buckets);
    for (size_t i = 0; i < src->n_buckets; i++) {
        dst->buckets[i] = src->buckets[i];
        buf_init(&dst->buckets[i].acts);
        buf_put(&dst->buckets[i].acts, src->buckets[i].acts.data,
                src->buckets[i].acts.len);
    }
}

/* The counter of the same bucket of 'old', or a new one. */
static struct dp_counter *
bucket_counter(const struct xgroup *old, uint32_t bucket_id)
{
    for (size_t i = 0; old && i < old->n_buckets; i++) {
        if (old->spec.buckets[i].bucket_id == bucket_id) {
            return dp_counter_ref(old->buckets[i].counter);
        }
    }
    return dp_counter_create();
}

/* 'old', if not NULL, goes on as this one: with its counts. */
static struct xgroup *
group_create(const struct group_spec *spec, const struct xgroup *old)
{
    struct xgroup *g = xzalloc(sizeof *g
                               + spec->n_buckets * sizeof g->buckets[0]);
    g->group_id = spec->group_id;
    g->type = spec->type;
    g->counter = old ? dp_counter_ref(old->counter) : dp_counter_create();
    g->created_ms = clock_ms();
    clone_spec(&g->spec, spec);
    g->n_buckets = spec->n_buckets;
    for (size_t i = 0; i < g->n_buckets; i++) {
        const struct group_bucket *b = &g->spec.buckets[i];
        g->buckets[i] = (struct xbucket){
            .weight = b->weight,
            .watch_port = b->watch_port,
            .watch_group = b->watch_group,
            .counter = bucket_counter(old, b->bucket_id),
            .acts = act_list_from_buf(&b->acts),
        };
    }
    return g;
}

/* True if 'to' can be reached from the buckets of 'spec'. */
static bool
reaches(struct ofproto *of, const struct group_spec *spec, uint32_t to,
        unsigned int depth)
{
    for (size_t i = 0; i < spec->n_buckets; i++) {
        struct act_list acts = act_list_from_buf(&spec->buckets[i].acts);
        ACT_FOR_EACH (a, &acts) {
            if (a->type != ACT_GROUP) {
                continue;
            }
            uint32_t id = ACT_CAST(act_group, a)->group_id;
            const struct xgroup *g = idmap_get(&of->x.groups, id);
            if (id == to || depth >= GROUP_DEPTH_MAX
                || (g && reaches(of, &g->spec, to, depth + 1))) {
                return true;
            }
        }
    }
    return false;
}

/* A bucket may name a group that is not there yet, as the peer allows: groups
 * come in any order.  Meters must be there. */
static enum ofp_err
check_meters(struct ofproto *of, const struct act_list *acts)
{
    ACT_FOR_EACH (a, acts) {
        if (a->type == ACT_METER
            && !idmap_get(&of->x.meters, ACT_CAST(act_meter, a)->meter_id)) {
            return OFPERR_OFPMMFC_INVALID_METER;
        }
    }
    return 0;
}

static enum ofp_err
check_group(struct ofproto *of, uint8_t version, const struct group_spec *s)
{
    if (s->group_id > OFPG_MAX) {
        return OFPERR_OFPGMFC_INVALID_GROUP;
    }
    if (s->type >= GROUP_N_TYPES) {
        return OFPERR_OFPGMFC_BAD_TYPE;
    }
    if (s->selection_method[0] && s->type != GROUP_SELECT) {
        return OFPERR_OFPBPC_BAD_VALUE;
    }
    if (group_has_twins(s)) {
        return OFPERR_OFPGMFC_BAD_BUCKET;
    }
    for (size_t i = 0; i < s->n_buckets; i++) {
        const struct group_bucket *b = &s->buckets[i];
        struct act_list acts = act_list_from_buf(&b->acts);
        struct act_check check = { .table_id = 255,
                                   .n_tables = OFPROTO_N_TABLES,
                                   .version = (enum ofp_version)version };
        enum ofp_err err = acts_check(&acts, &check);
        if (!err) {
            err = check_meters(of, &acts);
        }
        if (err) {
            return err;
        }
        if (s->type == GROUP_FF && b->watch_port == OFPORT_ANY
            && b->watch_group == GROUP_ID_ANY) {
            return OFPERR_OFPGMFC_INVALID_GROUP;
        }
    }
    return reaches(of, s, s->group_id, 0) ? OFPERR_OFPGMFC_LOOP : 0;
}

static void
group_install(struct ofproto *of, const struct group_spec *spec,
              bool keep_counts)
{
    for (size_t i = 0; i < spec->n_buckets; i++) {
        struct act_list acts = act_list_from_buf(&spec->buckets[i].acts);
        rules_prepare_reads(of, NULL, &acts);
    }
    struct xgroup *old = idmap_get(&of->x.groups, spec->group_id);
    struct xgroup *g = group_create(spec, keep_counts ? old : NULL);
    if (old) {
        g->created_ms = old->created_ms;
    }
    old = idmap_set(&of->x.groups, g);
    txn_note_group(of, g->group_id, old, g);
    dp_token_touch(of->dp, of->x.groups_token);
    rules_publish(of);
}

static void
group_delete(struct ofproto *of, uint32_t id)
{
    rules_delete_by_act(of, ACT_GROUP, id);
    struct xgroup *old = idmap_remove(&of->x.groups, id);
    if (old) {
        txn_note_group(of, id, old, NULL);
        dp_token_touch(of->dp, of->x.groups_token);
    }
}

static enum ofp_err
delete_groups(struct ofproto *of, uint32_t id)
{
    if (id != GROUP_ID_ALL && id > OFPG_MAX) {
        return OFPERR_OFPGMFC_INVALID_GROUP;
    }
    if (id != GROUP_ID_ALL) {
        group_delete(of, id);
    } else {
        IDMAP_FOR_EACH (struct xgroup, g, &of->x.groups) {
            group_delete(of, g->group_id);
        }
    }
    rules_publish(of);
    return 0;
}

static enum ofp_err
edit_buckets(struct ofproto *of, uint8_t version,
             const struct ofm_group_mod *m)
{
    const struct xgroup *old = m->g.group_id <= OFPG_MAX
                                   ? idmap_get(&of->x.groups, m->g.group_id)
                                   : NULL;
    if (!old) {
        return OFPERR_OFPGMFC_UNKNOWN_GROUP;
    }
    if (group_has_twins(&m->g)) {
        return OFPERR_OFPGMFC_BAD_BUCKET;
    }
    struct group_spec edited = old->spec;
    edited.buckets = NULL;
    edited.n_buckets = 0;
    enum ofp_err err
        = m->command == OFPGC_INSERT_BUCKET
              ? group_insert_buckets(&old->spec, &m->g, &edited)
              : group_remove_buckets(&old->spec, m->g.command_bucket_id,
                                     &edited);
    for (size_t i = 0; i < edited.n_buckets; i++) {
        /* The message does not know that the group selects, and so not that
         * a bucket without a weight has that of 1 [OF1.5.1 7.3.4.3.1]. */
        struct group_bucket *b = &edited.buckets[i];
        if (edited.type == GROUP_SELECT && !b->weight_given) {
            b->weight = 1;
        }
    }
    if (!err) {
        err = check_group(of, version, &edited);
    }
    if (!err) {
        group_install(of, &edited, true);
    }
    free(edited.buckets); /* Their actions are others'. */
    return err;
}

enum ofp_err
groupmod_apply(struct ofproto *of, uint8_t version,
               const struct ofm_group_mod *m)
{
    const struct group_spec *s = &m->g;
    if (m->command == OFPGC_DELETE) {
        return delete_groups(of, s->group_id);
    }
    bool exists = s->group_id <= OFPG_MAX
                  && idmap_get(&of->x.groups, s->group_id) != NULL;
    switch (m->command) {
    case OFPGC_ADD:
        if (exists) {
            return OFPERR_OFPGMFC_GROUP_EXISTS;
        }
        break;
    case OFPGC_MODIFY:
        if (!exists) {
            return OFPERR_OFPGMFC_UNKNOWN_GROUP;
        }
        break;
    case OFPGC_ADD_OR_MOD:
        break;
    case OFPGC_INSERT_BUCKET:
    case OFPGC_REMOVE_BUCKET:
        return edit_buckets(of, version, m);
    default:
        return OFPERR_OFPGMFC_BAD_COMMAND;
    }
    if (s->type == GROUP_INDIRECT && s->n_buckets != 1) {
        return OFPERR_OFPGMFC_INVALID_GROUP;
    }
    enum ofp_err err = check_group(of, version, s);
    if (!err) {
        group_install(of, s, false);
    }
    return err;
}
