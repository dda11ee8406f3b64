/* SPDX-License-Identifier: Apache-2.0 */
#include "vswitchd/ofproto/tables.h"

#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

LOG_MODULE(tables);

void
tables_init(struct ofproto *of)
{
    for (int i = 0; i < TABLES_MAX; i++) {
        of->tables[i].max_flows = FLOWS_PER_TABLE_MAX;
    }
}

void
tables_fini(struct ofproto *of)
{
    for (int i = 0; i < TABLES_MAX; i++) {
        evict_destroy(&of->tables[i].index);
        free(of->tables[i].groups);
    }
}

const char *
table_name(const struct ofproto *of, uint8_t table)
{
    const struct oftable *t = &of->tables[table];
    return t->db_name[0] ? t->db_name : t->of_name;
}

/* ## Room ## */

static bool
index_one(struct cls_rule *cr, void *index)
{
    evict_add(index, CONTAINER_OF(cr, struct rule, cr));
    return true;
}

/* Begins or ends to keep flows in the order of eviction; 'again' when the
 * groups changed. */
static void
update_index(struct ofproto *of, uint8_t table, bool again)
{
    struct oftable *t = &of->tables[table];
    bool wants = t->db_evicts || t->of_evicts;
    if (!wants || again) {
        evict_destroy(&t->index);
    }
    if (wants && !t->index) {
        t->index = evict_create(t->groups, t->n_groups);
        if (of->x.tables[table].cls) {
            cls_for_each(of->x.tables[table].cls, rules_version(of), NULL,
                         NULL, index_one, t->index);
        }
    }
}

/* Evicts until at most 'max' flows are left, or none that may go. */
static bool
evict_down(struct ofproto *of, struct oftable *t, size_t max)
{
    bool folded = false;
    while (t->n_rules > max) {
        struct rule *r = t->index ? evict_pick(t->index) : NULL;
        if (!r) {
            return false;
        }
        if (!folded && (r->flags & FLOW_FLAG_SEND_FLOW_REM)) {
            dp_fold(of->dp); /* Its counts are told. */
            folded = true;
        }
        rule_delete(of, r, OFPRR_EVICTION);
    }
    return true;
}

enum ofp_err
table_make_room(struct ofproto *of, uint8_t table)
{
    struct oftable *t = &of->tables[table];
    if (t->n_rules < t->max_flows) {
        return 0;
    }
    return t->max_flows && evict_down(of, t, t->max_flows - 1)
               ? 0 : OFPERR_OFPFMFC_TABLE_FULL;
}

void
table_rule_added(struct ofproto *of, struct rule *r)
{
    struct oftable *t = &of->tables[r->table_id];
    t->n_rules++;
    if (t->index) {
        evict_add(t->index, r);
    }
}

void
table_rule_removed(struct ofproto *of, struct rule *r)
{
    struct oftable *t = &of->tables[r->table_id];
    t->n_rules--;
    if (t->index) {
        evict_remove(t->index, r);
    }
}

/* ## Vacancy ## */

static uint8_t
vacancy(const struct oftable *t)
{
    return t->n_rules >= t->max_flows
               ? 0
               : (uint8_t)((t->max_flows - t->n_rules) * 100 / t->max_flows);
}

void
table_fill_desc(const struct ofproto *of, uint8_t table,
                struct ofm_table_mod *d)
{
    const struct oftable *t = &of->tables[table];
    *d = (struct ofm_table_mod){
        .table_id = table,
        .config = (t->of_evicts ? OFPTC_EVICTION : 0u)
                  | (t->tells_vacancy ? OFPTC_VACANCY_EVENTS : 0u),
        .eviction_flags = OFPTMPEF_ALL,
    };
    if (t->tells_vacancy) {
        d->vacancy_down = t->vacancy_down;
        d->vacancy_up = t->vacancy_up;
        d->vacancy = vacancy(t);
    }
}

static void
tell_vacancy(struct ofproto *of, uint8_t table, uint8_t reason)
{
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &of->conns) {
        if (!channel_is_ready(c->ch) || channel_version(c->ch) < OFP14_VERSION
            || !conn_wants(c, c->async.table_status, reason)) {
            continue;
        }
        struct ofm m;
        ofm_init(&m, OFM_TABLE_STATUS);
        m.is_reply = true; /* Nothing asked: xid 0. */
        m.table_status.reason = reason;
        table_fill_desc(of, table, &m.table_status.desc);
        channel_send(c->ch, &m);
        ofm_fini(&m);
    }
}

/* Each limit is told once, until the other was passed. */
void
tables_tell_vacancy(struct ofproto *of)
{
    for (uint8_t i = 0; of->n_vacancy_tables && i < OFPROTO_N_TABLES; i++) {
        struct oftable *t = &of->tables[i];
        if (!t->tells_vacancy) {
            continue;
        }
        uint8_t v = vacancy(t);
        if (t->awaits == OFPTR_VACANCY_DOWN && v < t->vacancy_down) {
            t->awaits = OFPTR_VACANCY_UP;
            tell_vacancy(of, i, OFPTR_VACANCY_DOWN);
        } else if (t->awaits == OFPTR_VACANCY_UP && v > t->vacancy_up) {
            t->awaits = OFPTR_VACANCY_DOWN;
            tell_vacancy(of, i, OFPTR_VACANCY_UP);
        }
    }
}

/* ## From the database ## */

static const struct bridge_table_cfg *
find_cfg(const struct bridge_table_cfg *cfgs, size_t n, int table)
{
    for (size_t i = 0; i < n; i++) {
        if (cfgs[i].table_id == table) {
            return &cfgs[i];
        }
    }
    return NULL;
}

static void
set_groups(struct ofproto *of, struct oftable *t,
           const struct bridge_table_cfg *cfg)
{
    free(t->groups);
    t->n_groups = 0;
    t->groups = xcalloc(cfg ? cfg->n_groups : 0, sizeof *t->groups);
    for (size_t i = 0; cfg && i < cfg->n_groups; i++) {
        char *error = subfield_parse(cfg->groups[i],
                                     &t->groups[t->n_groups]);
        if (error) {
            log_warn("%s: table %u: groups: \"%s\" is left out: %s", of->name,
                     cfg->table_id, cfg->groups[i], error);
            free(error);
        } else {
            t->n_groups++;
        }
    }
}

void
tables_configure(struct ofproto *of, const struct bridge_table_cfg *cfgs,
                 size_t n)
{
    bool evicted = false;
    for (uint8_t i = 0; i < OFPROTO_N_TABLES; i++) {
        const struct bridge_table_cfg *cfg = find_cfg(cfgs, n, i);
        struct oftable *t = &of->tables[i];
        if (!cfg && !t->has_row) {
            continue;
        }
        t->has_row = cfg != NULL;
        str_copy(t->db_name, sizeof t->db_name,
                 cfg && cfg->name ? cfg->name : "");
        t->max_flows = cfg ? MIN(cfg->flow_limit, FLOWS_PER_TABLE_MAX)
                           : FLOWS_PER_TABLE_MAX;
        t->db_evicts = cfg && cfg->evicts;
        evict_destroy(&t->index);
        set_groups(of, t, cfg);
        update_index(of, i, true);
        size_t before = t->n_rules;
        if (t->index) {
            evict_down(of, t, t->max_flows);
        }
        evicted |= t->n_rules != before;
    }
    if (evicted) {
        rules_publish(of);
    }
}

/* ## From controllers ## */

static void
mod_one(struct ofproto *of, uint8_t version, uint8_t table,
        const struct ofm_table_mod *tm)
{
    struct oftable *t = &of->tables[table];
    if (version < OFP13_VERSION) {
        static const uint8_t misses[] = {
            [OFPTC_TABLE_MISS_CONTROLLER] = XTABLE_MISS_CONTROLLER,
            [OFPTC_TABLE_MISS_CONTINUE] = XTABLE_MISS_CONTINUE,
            [OFPTC_TABLE_MISS_DROP] = XTABLE_MISS_DROP,
        };
        struct xtable *x = &of->x.tables[table];
        atomic_store_explicit(&x->miss,
                              misses[tm->config & OFPTC_TABLE_MISS_MASK],
                              memory_order_relaxed);
        dp_token_touch(of->dp, x->token);
    }
    if (version < OFP14_VERSION) {
        return;
    }
    t->of_evicts = tm->config & OFPTC_EVICTION;
    update_index(of, table, false);
    of->n_vacancy_tables -= t->tells_vacancy;
    t->tells_vacancy = (tm->config & OFPTC_VACANCY_EVENTS) && tm->vacancy_up;
    of->n_vacancy_tables += t->tells_vacancy;
    if (t->tells_vacancy) {
        t->vacancy_down = tm->vacancy_down;
        t->vacancy_up = tm->vacancy_up;
        t->awaits = vacancy(t) < t->vacancy_up ? OFPTR_VACANCY_UP
                                               : OFPTR_VACANCY_DOWN;
    }
}

enum ofp_err
tablemod_apply(struct ofproto *of, uint8_t version,
               const struct ofm_table_mod *tm)
{
    if (version < OFP13_VERSION
        && (tm->config & OFPTC_TABLE_MISS_MASK) > OFPTC_TABLE_MISS_DROP) {
        return OFPERR_OFPTMFC_BAD_CONFIG;
    }
    if (tm->table_id >= OFPROTO_N_TABLES && tm->table_id != FLOW_TABLE_ALL) {
        return OFPERR_OFPTMFC_EPERM; /* The switch's own. */
    }
    for (uint8_t i = 0; i < OFPROTO_N_TABLES; i++) {
        if (tm->table_id == FLOW_TABLE_ALL || tm->table_id == i) {
            mod_one(of, version, i, tm);
        }
    }
    rules_publish(of);
    return 0;
}

enum ofp_err
tables_rename(struct ofproto *of, const struct ofm *m)
{
    for (size_t i = 0; i < m->table_features.n; i++) {
        if (m->table_features.p[i].table_id >= OFPROTO_N_TABLES) {
            return OFPERR_OFPTFFC_BAD_TABLE;
        }
    }
    for (size_t i = 0; i < m->table_features.n; i++) {
        const struct ofm_table_features *f = &m->table_features.p[i];
        struct oftable *t = &of->tables[f->table_id];
        if (strcmp(table_name(of, f->table_id), f->name)) {
            str_copy(t->of_name, sizeof t->of_name, f->name);
        }
    }
    return 0;
}

uint32_t
table_miss_config(const struct ofproto *of, uint8_t table)
{
    switch (atomic_load_explicit(&of->x.tables[table].miss,
                                 memory_order_relaxed)) {
    case XTABLE_MISS_CONTINUE:
        return OFPTC_TABLE_MISS_CONTINUE;
    case XTABLE_MISS_DROP:
        return OFPTC_TABLE_MISS_DROP;
    default:
        return OFPTC_TABLE_MISS_CONTROLLER;
    }
}
