/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in tables: life, versions, time-outs.
 *
 * A rule is inserted with the next version and deleted by hiding it from the
 * next version on; rules_publish() makes that version current.  Hidden rules
 * wait in the graveyard until no worker uses an older version, are unlinked
 * then, and freed through RCU. */
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"
#include "vswitchd/xlate/xlate.h"

/* Idle times are looked at this often at least, since packets move them. */
#define IDLE_CHECK_MS 1000

static struct rule_acts *
acts_create(const struct act_list *acts)
{
    struct rule_acts *a = xmalloc(sizeof *a + acts->len);
    a->len = acts->len;
    if (acts->len) {
        memcpy(a->data, acts->first, acts->len);
    }
    return a;
}

struct rule *
rule_create(struct ofproto *of UNUSED, const struct match *m, int priority,
            uint8_t table_id, const struct act_list *acts)
{
    struct rule *r = xzalloc(sizeof *r);
    cls_rule_init(&r->cr, &m->flow, &m->mask, priority);
    r->acts = acts_create(acts);
    r->counter = dp_counter_create();
    r->table_id = table_id;
    r->is_miss = !priority && match_is_catchall(m);
    r->created_ms = r->modified_ms = clock_ms();
    heap_node_init(&r->expiry);
    return r;
}

static void
rule_free(void *r_)
{
    struct rule *r = r_;
    cls_rule_fini(&r->cr);
    dp_counter_unref(&r->counter);
    free(r->acts);
    free(r);
}

void
rule_discard(struct rule *r)
{
    rule_free(r);
}

struct rule *
rule_clone(struct ofproto *of, const struct rule *old,
           const struct act_list *acts)
{
    struct match m;
    cls_rule_get_match(&old->cr, &m.flow, &m.mask);
    struct rule *r = rule_create(of, &m, old->cr.priority, old->table_id,
                                 acts);
    dp_counter_unref(&r->counter);
    r->counter = dp_counter_ref(old->counter);
    r->cookie = old->cookie;
    r->flags = old->flags;
    r->idle_timeout = old->idle_timeout;
    r->hard_timeout = old->hard_timeout;
    r->importance = old->importance;
    r->created_ms = old->created_ms;
    r->modified_ms = old->modified_ms;
    return r;
}

struct xtable *
rules_table(struct ofproto *of, uint8_t table_id)
{
    struct xtable *t = &of->x.tables[table_id];
    if (!t->cls) {
        rcu_assign(&t->cls, cls_create());
    }
    return t;
}

static void
or_flow(struct flow *dst, const struct flow *src)
{
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        flow_words(dst)[i] |= flow_words_const(src)[i];
    }
}

void
rules_prepare_reads(struct ofproto *of, const struct flow *mask,
                    const struct act_list *acts)
{
    /* An empty switch begins anew, once no worker can meet the last rules. */
    bool is_empty = !of->n_rules && !of->x.groups.n && !of->txn.is_open
                    && dp_oldest_version(of->dp) == dp_version(of->dp);
    static const struct flow none;
    struct flow reads = is_empty ? none : of->reads;
    if (mask) {
        or_flow(&reads, mask);
    }
    xlate_acts_reads(acts, &reads);
    /* What comes before the packet's headers is in no cache key. */
    memset(&reads, 0, offsetof(struct flow, dl_dst));
    if (of->x.frag_mode != OFPC_FRAG_NX_MATCH && reads.nw_proto) {
        reads.nw_frag = UINT8_MAX;
    }
    if (memcmp(&reads, &of->reads, sizeof reads)) {
        of->reads = reads;
        of->ops.reads_changed(of->ops.aux);
    }
}

void
rules_reset_timer(struct ofproto *of, struct rule *r)
{
    int64_t at = INT64_MAX;
    if (r->hard_timeout) {
        at = r->modified_ms + r->hard_timeout * INT64_C(1000);
    }
    if (r->idle_timeout) {
        int64_t used = MAX(r->counter->used_ms, r->modified_ms);
        at = MIN(at, used + r->idle_timeout * INT64_C(1000));
    }
    if (heap_node_is_in(&r->expiry)) {
        heap_remove(&of->expiry, &r->expiry);
    }
    if (at != INT64_MAX) {
        heap_insert(&of->expiry, &r->expiry, at);
        const struct heap_node *first = heap_min(&of->expiry);
        loop_timer_set(&of->expiry_timer, first->key);
    }
}

void
rule_insert(struct ofproto *of, struct rule *r)
{
    struct xtable *t = rules_table(of, r->table_id);
    cls_insert(t->cls, &r->cr, dp_next_version(of->dp));
    dp_token_touch(of->dp, t->token);
    of->n_rules++;
    txn_note_insert(of, r);
    table_rule_added(of, r);
    if (r->idle_timeout || r->hard_timeout) {
        rules_reset_timer(of, r);
    }
}

void
rule_delete(struct ofproto *of, struct rule *r, int reason)
{
    if (r->cr.del_version != CLS_VERSION_NEVER) {
        return; /* In this transaction already, for another reason. */
    }
    uint64_t version = dp_next_version(of->dp);
    if (reason >= 0) {
        rules_note(of, r, NULL, OFPFME_REMOVED, reason);
    }
    if (heap_node_is_in(&r->expiry)) {
        heap_remove(&of->expiry, &r->expiry);
    }
    cls_rule_hide(&r->cr, version);
    dp_token_touch(of->dp, of->x.tables[r->table_id].token);
    r->dead.next = NULL;
    r->dead.version = version;
    *of->dead_last = r;
    of->dead_last = &r->dead.next;
    of->n_rules--;
    of->teachers_died |= rule_teaches(r);
    table_rule_removed(of, r);
}

void
rule_revive(struct ofproto *of, struct rule *r)
{
    cls_rule_hide(&r->cr, CLS_VERSION_NEVER);
    heap_node_init(&r->expiry);
    of->n_rules++;
    table_rule_added(of, r);
    if (r->idle_timeout || r->hard_timeout) {
        rules_reset_timer(of, r);
    }
}

/* Unlinks what no reader can see any more. */
static void
bury(struct ofproto *of, uint64_t oldest)
{
    while (of->dead_first && of->dead_first->dead.version <= oldest) {
        struct rule *r = of->dead_first;
        of->dead_first = r->dead.next;
        if (!of->dead_first) {
            of->dead_last = &of->dead_first;
        }
        struct cls *cls = of->x.tables[r->table_id].cls;
        cls_remove(cls, &r->cr);
        rcu_defer(rule_free, r);
    }
}

/* What they tell of is in the graveyard still. */
static void
tell_changes(struct ofproto *of)
{
    if (!of->n_events) {
        return;
    }
    for (size_t i = 0; i < of->n_events; i++) {
        const struct rule_event *e = &of->events[i];
        if (e->event == OFPFME_REMOVED
            && e->rule->flags & FLOW_FLAG_SEND_FLOW_REM) {
            conns_flow_removed(of, e->rule, e->reason);
        }
    }
    monitors_tell(of);
    of->n_events = 0;
}

void
rules_publish(struct ofproto *of)
{
    if (of->txn.is_open) {
        return;
    }
    learn_forget(of);
    dp_publish(of->dp);
    counter_inc(flow_mod);
    tell_changes(of);
    tables_tell_vacancy(of);
    if (of->dead_first) {
        bury(of, dp_oldest_version(of->dp));
    }
}

/* ## Deleting many ## */

struct deletion {
    struct ofproto *of;
    bool hidden_too;
    enum act_type type;
    uint32_t id;
};

static bool
flush_one(struct cls_rule *cr, void *d_)
{
    struct deletion *d = d_;
    struct rule *r = CONTAINER_OF(cr, struct rule, cr);
    if (d->hidden_too || !r->is_hidden) {
        rule_delete(d->of, r, OFPRR_DELETE);
    }
    return true;
}

static void
for_each_table(struct ofproto *of, bool (*fn)(struct cls_rule *, void *),
               struct deletion *d)
{
    uint64_t version = rules_version(of);
    for (int i = 0; i < TABLES_MAX; i++) {
        if (of->x.tables[i].cls) {
            cls_for_each(of->x.tables[i].cls, version, NULL, NULL, fn, d);
        }
    }
}

void
rules_flush(struct ofproto *of, bool hidden_too)
{
    struct deletion d = { .of = of, .hidden_too = hidden_too };
    for_each_table(of, flush_one, &d);
    rules_publish(of);
}

static bool
acts_use(const struct act_list *acts, enum act_type type, uint32_t id)
{
    ACT_FOR_EACH (a, acts) {
        if (a->type == type
            && (type == ACT_METER ? ACT_CAST(act_meter, a)->meter_id
                                  : ACT_CAST(act_group, a)->group_id)
                   == id) {
            return true;
        }
        if (a->type == ACT_WRITE_ACTIONS || a->type == ACT_CLONE) {
            struct act_list inner = act_nested_list(ACT_CAST(act_nested, a));
            if (acts_use(&inner, type, id)) {
                return true;
            }
        }
    }
    return false;
}

static bool
delete_user(struct cls_rule *cr, void *d_)
{
    struct deletion *d = d_;
    struct rule *r = CONTAINER_OF(cr, struct rule, cr);
    struct act_list acts = rule_acts_list(r->acts);
    if (acts_use(&acts, d->type, d->id)) {
        rule_delete(d->of, r, d->type == ACT_METER ? OFPRR_METER_DELETE
                                                   : OFPRR_GROUP_DELETE);
    }
    return true;
}

void
rules_delete_by_act(struct ofproto *of, enum act_type type, uint32_t id)
{
    struct deletion d = { .of = of, .type = type, .id = id };
    for_each_table(of, delete_user, &d);
}

/* ## Time-outs ## */

/* Why 'r' ends now, or -1. */
static int
expiry_reason(const struct rule *r, int64_t now)
{
    if (r->hard_timeout
        && now >= r->modified_ms + r->hard_timeout * INT64_C(1000)) {
        return OFPRR_HARD_TIMEOUT;
    }
    int64_t used = MAX(r->counter->used_ms, r->modified_ms);
    if (r->idle_timeout && now >= used + r->idle_timeout * INT64_C(1000)) {
        return OFPRR_IDLE_TIMEOUT;
    }
    return -1;
}

void
ofproto_expire(struct ofproto *of)
{
    int64_t now = clock_ms();
    struct heap_node *first = heap_min(&of->expiry);
    if (!first || first->key > now) {
        if (first) {
            loop_timer_set(&of->expiry_timer, first->key);
        }
        return;
    }
    /* Only exact counts tell that a rule is idle. */
    dp_fold(of->dp);
    bool any = false;
    while ((first = heap_min(&of->expiry)) && first->key <= now) {
        struct rule *r = CONTAINER_OF(first, struct rule, expiry);
        int reason = expiry_reason(r, now);
        if (reason < 0) {
            rules_reset_timer(of, r);
            if (r->expiry.key <= now) {
                heap_change(&of->expiry, &r->expiry, now + IDLE_CHECK_MS);
            }
            continue;
        }
        counter_inc(flow_expired);
        rule_delete(of, r, reason);
        any = true;
    }
    if (any) {
        rules_publish(of);
    }
    first = heap_min(&of->expiry);
    if (first) {
        loop_timer_set(&of->expiry_timer, first->key);
    }
}

/* ## Fail modes ## */

static struct rule *
add_normal(struct ofproto *of, int priority, bool is_hidden)
{
    struct match m;
    match_init(&m);
    struct buf acts = BUF_INIT;
    act_append_output(&acts, OFPORT_NORMAL);
    struct act_list list = act_list_from_buf(&acts);
    rules_prepare_reads(of, NULL, &list);
    struct rule *r = rule_create(of, &m, priority, 0, &list);
    r->is_hidden = is_hidden;
    rule_insert(of, r);
    rules_note(of, r, NULL, OFPFME_ADDED, -1);
    buf_fini(&acts);
    return r;
}

void
rules_apply_fail_mode(struct ofproto *of)
{
    bool configured = conns_any_configured(of);
    bool standalone = of->fail_mode == BRIDGE_STANDALONE;
    bool alone = !configured && standalone;
    if (configured != of->had_controllers || alone != of->is_alone) {
        of->had_controllers = configured;
        of->is_alone = alone;
        rules_flush(of, false);
        if (alone) {
            add_normal(of, 0, false);
            rules_publish(of);
        }
    }
    bool want_open = configured && standalone && of->lost_at_ms < 0;
    if (want_open && !of->fail_open_rule) {
        of->fail_open_rule = add_normal(of, FAIL_OPEN_PRIORITY, true);
        rules_publish(of);
    } else if (!want_open && of->fail_open_rule) {
        rule_delete(of, of->fail_open_rule, -1);
        of->fail_open_rule = NULL;
        rules_publish(of);
    }
}
