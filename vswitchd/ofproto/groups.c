/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and meters: immutable objects swapped in the bridge's maps
 * [OF1.3.5 5.6, 5.7]. */
#include <stdlib.h>

#include "datapath/meter.h"
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

static struct xgroup *
group_create(const struct group_spec *spec)
{
    struct xgroup *g = xzalloc(sizeof *g
                               + spec->n_buckets * sizeof g->buckets[0]);
    g->group_id = spec->group_id;
    g->type = spec->type;
    g->counter = dp_counter_create();
    g->created_ms = clock_ms();
    clone_spec(&g->spec, spec);
    g->n_buckets = spec->n_buckets;
    for (size_t i = 0; i < g->n_buckets; i++) {
        const struct group_bucket *b = &g->spec.buckets[i];
        g->buckets[i] = (struct xbucket){
            .weight = b->weight,
            .watch_port = b->watch_port,
            .watch_group = b->watch_group,
            .counter = dp_counter_create(),
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

static enum ofp_err
check_group(struct ofproto *of, uint8_t version, const struct group_spec *s)
{
    if (s->group_id > OFPG_MAX) {
        return OFPERR_OFPGMFC_INVALID_GROUP;
    }
    if (s->type >= GROUP_N_TYPES) {
        return OFPERR_OFPGMFC_BAD_TYPE;
    }
    if (s->type == GROUP_INDIRECT && s->n_buckets != 1) {
        return OFPERR_OFPGMFC_INVALID_GROUP;
    }
    for (size_t i = 0; i < s->n_buckets; i++) {
        const struct group_bucket *b = &s->buckets[i];
        struct act_list acts = act_list_from_buf(&b->acts);
        struct act_check check = { .table_id = 255,
                                   .n_tables = OFPROTO_N_TABLES,
                                   .version = (enum ofp_version)version };
        enum ofp_err err = acts_check(&acts, &check);
        if (!err) {
            err = rules_check_refs(of, &acts);
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
group_install(struct ofproto *of, const struct group_spec *spec)
{
    for (size_t i = 0; i < spec->n_buckets; i++) {
        struct act_list acts = act_list_from_buf(&spec->buckets[i].acts);
        rules_prepare_reads(of, NULL, &acts);
    }
    struct xgroup *g = group_create(spec);
    struct xgroup *old = idmap_get(&of->x.groups, g->group_id);
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
    default:
        return OFPERR_OFPGMFC_BAD_COMMAND;
    }
    enum ofp_err err = check_group(of, version, s);
    if (!err) {
        group_install(of, s);
    }
    return err;
}

/* ## Meters ## */

static void
meter_free(void *m_)
{
    struct xmeter *m = m_;
    dp_meter_unref(&m->meter);
    free(m);
}

static enum ofp_err
check_meter(const struct meter_spec *s)
{
    if (!s->meter_id || (s->meter_id > METERS_MAX
                         && s->meter_id != METER_ID_CONTROLLER
                         && s->meter_id != METER_ID_SLOWPATH)) {
        return OFPERR_OFPMMFC_INVALID_METER;
    }
    if (s->n_bands > DP_METER_BANDS_MAX) {
        return OFPERR_OFPMMFC_OUT_OF_BANDS;
    }
    bool kbps = s->flags & METER_FLAG_KBPS;
    bool pktps = s->flags & METER_FLAG_PKTPS;
    if (kbps == pktps) {
        return OFPERR_OFPMMFC_BAD_FLAGS;
    }
    for (size_t i = 0; i < s->n_bands; i++) {
        if (s->bands[i].type != METER_BAND_DROP) {
            return OFPERR_OFPMMFC_BAD_BAND;
        }
        if (!s->bands[i].rate) {
            return OFPERR_OFPMMFC_BAD_RATE;
        }
    }
    return 0;
}

static void
meter_install(struct ofproto *of, const struct meter_spec *s)
{
    struct dp_meter_cfg cfg = {
        .is_pktps = (s->flags & METER_FLAG_PKTPS) != 0,
        .n_bands = (unsigned int)s->n_bands,
    };
    for (size_t i = 0; i < s->n_bands; i++) {
        cfg.bands[i].rate = s->bands[i].rate;
        cfg.bands[i].burst = s->flags & METER_FLAG_BURST
                                 ? s->bands[i].burst_size : 0;
    }
    struct xmeter *m = xzalloc(sizeof *m);
    m->meter_id = s->meter_id;
    m->spec = *s;
    m->meter = dp_meter_create(&cfg);
    struct xmeter *old = idmap_set(&of->x.meters, m);
    if (old) {
        rcu_defer(meter_free, old);
    }
    dp_token_touch(of->dp, of->x.groups_token);
    rules_publish(of);
}

static void
meter_delete(struct ofproto *of, uint32_t id)
{
    rules_delete_by_act(of, ACT_METER, id);
    struct xmeter *old = idmap_remove(&of->x.meters, id);
    if (old) {
        rcu_defer(meter_free, old);
        dp_token_touch(of->dp, of->x.groups_token);
    }
}

enum ofp_err
metermod_apply(struct ofproto *of, const struct ofm_meter_mod *m)
{
    const struct meter_spec *s = &m->m;
    if (m->command == OFPMC_DELETE) {
        if (s->meter_id == METER_ID_ALL) {
            IDMAP_FOR_EACH (struct xmeter, x, &of->x.meters) {
                meter_delete(of, x->meter_id);
            }
        } else {
            meter_delete(of, s->meter_id);
        }
        rules_publish(of);
        return 0;
    }
    bool exists = idmap_get(&of->x.meters, s->meter_id) != NULL;
    enum ofp_err err = check_meter(s);
    if (err) {
        return err;
    }
    if (m->command == OFPMC_ADD && exists) {
        return OFPERR_OFPMMFC_METER_EXISTS;
    }
    if (m->command == OFPMC_MODIFY && !exists) {
        return OFPERR_OFPMMFC_UNKNOWN_METER;
    }
    if (m->command > OFPMC_DELETE) {
        return OFPERR_OFPMMFC_BAD_COMMAND;
    }
    meter_install(of, s);
    return 0;
}
