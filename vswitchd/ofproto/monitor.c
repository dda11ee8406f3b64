/* SPDX-License-Identifier: Apache-2.0 */
/* Flow monitors: controllers that are told of every change of the rules they
 * watch [OF1.4.0 7.3.5.17]; Nicira's form for 1.0 to 1.2, the ONF's for 1.3.
 *
 * Changes are noted while a transaction makes them and told when it is
 * published, all that one connection hears of it in one message.  A change
 * that the connection itself made is told in full if its monitor has the flag
 * "own" (that is how the peer reads OFPFMF_ONLY_OWN), else by the number of
 * the request alone.
 *
 * A connection that does not read is paused when MONITOR_QUEUE_MAX bytes
 * wait: then only deletions of rules that it may know are told.  Once all has
 * been written it gets what was added and changed meanwhile, and goes on. */
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

/* How often a paused connection is looked at. */
#define RESUME_CHECK_MS 50

struct monitor {
    struct list node; /* In the connection's 'monitors'. */
    struct ofm_monitor_request rq;
};

static struct monitor *
monitor_find(const struct ofconn *c, uint32_t id)
{
    LIST_FOR_EACH (struct monitor, m, node, &c->monitors) {
        if (m->rq.id == id) {
            return m;
        }
    }
    return NULL;
}

static void
monitor_destroy(struct ofconn *c, struct monitor *m)
{
    list_remove(&m->node);
    c->n_monitors--;
    c->of->n_monitors--;
    free(m);
}

void
monitors_drop(struct ofconn *c)
{
    LIST_FOR_EACH_SAFE (struct monitor, m, node, &c->monitors) {
        monitor_destroy(c, m);
    }
    loop_timer_cancel(&c->resume_timer);
    c->paused_version = 0;
}

/* ## Noting ## */

void
rules_note(struct ofproto *of, struct rule *r, const struct rule *old,
           uint8_t event, int reason)
{
    bool is_removal = event == OFPFME_REMOVED && reason >= 0
                      && r->flags & FLOW_FLAG_SEND_FLOW_REM;
    if (r->is_hidden || (!of->n_monitors && !is_removal)) {
        return;
    }
    if (of->n_events == of->events_cap) {
        of->events = x2nrealloc(of->events, &of->events_cap,
                                sizeof *of->events);
    }
    of->events[of->n_events++] = (struct rule_event){
        .rule = r, .old = old, .actor = of->actor, .xid = of->actor_xid,
        .event = event, .reason = (int8_t)reason,
    };
}

/* ## Matching ## */

static bool
outputs_to(const struct ofm_monitor_request *rq, const struct rule *r)
{
    struct act_list acts = rule_acts_list(r->acts);
    return (rq->out_port == OFPORT_ANY
            || acts_output_to_port(&acts, rq->out_port))
           && (rq->out_group == FLOW_GROUP_ANY
               || acts_output_to_group(&acts, rq->out_group));
}

static bool
watches(const struct ofm_monitor_request *rq, const struct rule_event *e)
{
    static const uint16_t flags[] = {
        [OFPFME_INITIAL] = OFPFMF_INITIAL,
        [OFPFME_ADDED] = OFPFMF_ADD,
        [OFPFME_REMOVED] = OFPFMF_REMOVED,
        [OFPFME_MODIFIED] = OFPFMF_MODIFY,
    };
    return rq->flags & flags[e->event]
           && (rq->table_id == FLOW_TABLE_ALL
               || rq->table_id == e->rule->table_id)
           && (outputs_to(rq, e->rule) || (e->old && outputs_to(rq, e->old)))
           && cls_rule_is_within(&e->rule->cr, &rq->match.flow,
                                 &rq->match.mask);
}

/* What the monitors that watch the event ask for; 0: none does. */
static uint16_t
flags_for(const struct ofconn *c, const struct rule_event *e)
{
    uint16_t flags = 0;
    LIST_FOR_EACH (struct monitor, m, node, &c->monitors) {
        flags |= watches(&m->rq, e) ? m->rq.flags : 0;
    }
    return flags;
}

/* ## Telling ## */

/* One message to one connection, begun at its first update. */
struct telling {
    struct ofconn *c;
    struct buf b;
    struct ofm_reply reply;
    bool is_begun;
    uint32_t abbreviated; /* Number of the request told last, 0: none. */
};

static void
telling_begin(struct telling *t, uint32_t xid)
{
    struct ofm request;
    ofm_init(&request, OFM_FLOW_MONITOR_REQUEST);
    request.version = channel_version(t->c->ch);
    request.xid = xid;
    ofm_reply_begin(&t->reply, &request, channel_formats(t->c->ch), &t->b);
    t->is_begun = true;
}

static void
telling_put(struct telling *t, const struct ofm_monitor_update *u)
{
    if (!t->is_begun) {
        telling_begin(t, 0);
    }
    ofm_reply_append(&t->reply, u);
}

static void
telling_end(struct telling *t)
{
    if (t->is_begun) {
        ofm_reply_end(&t->reply);
        channel_send_bytes(t->c->ch, t->b.data, t->b.len);
    }
    buf_fini(&t->b);
}

static void
put_full(struct telling *t, const struct rule_event *e, bool with_acts)
{
    const struct rule *r = e->rule;
    struct ofm_monitor_update u = {
        .event = e->event,
        .reason = e->event == OFPFME_REMOVED ? (uint8_t)e->reason : 0,
        .table_id = r->table_id,
        .priority = (uint16_t)r->cr.priority,
        .idle_timeout = r->idle_timeout,
        .hard_timeout = r->hard_timeout,
        .cookie = r->cookie,
    };
    cls_rule_get_match(&r->cr, &u.match.flow, &u.match.mask);
    if (with_acts) {
        u.acts = rule_acts_list(r->acts);
    }
    telling_put(t, &u);
}

static void
tell(struct telling *t, const struct rule_event *e)
{
    uint16_t flags = flags_for(t->c, e);
    if (!flags) {
        return;
    }
    if (e->actor != t->c || flags & OFPFMF_ONLY_OWN) {
        put_full(t, e, flags & OFPFMF_INSTRUCTIONS);
    } else if (t->abbreviated != e->xid) {
        struct ofm_monitor_update u = { .event = OFPFME_ABBREV,
                                        .xid = e->xid };
        t->abbreviated = e->xid;
        match_init(&u.match);
        telling_put(t, &u);
    }
}

/* ## Pauses ## */

/* PAUSED and RESUMED: messages of their own before 1.4, updates since. */
static void
tell_state(struct ofconn *c, uint8_t event)
{
    struct ofm m;
    if (channel_version(c->ch) >= OFP14_VERSION) {
        struct telling t = { .c = c, .b = BUF_INIT };
        struct ofm_monitor_update u = { .event = event };
        match_init(&u.match);
        telling_put(&t, &u);
        telling_end(&t);
        return;
    }
    ofm_init(&m, event == OFPFME_PAUSED ? OFM_FLOW_MONITOR_PAUSED
                                        : OFM_FLOW_MONITOR_RESUMED);
    m.is_reply = true;
    channel_send(c->ch, &m);
    ofm_fini(&m);
}

struct catching_up {
    struct telling t;
    uint64_t since;    /* Version that was told last. */
    int64_t since_ms;  /* Its time. */
};

static bool
catch_up_rule(struct cls_rule *cr, void *up_)
{
    struct catching_up *up = up_;
    struct rule *r = CONTAINER_OF(cr, struct rule, cr);
    if (!r->is_hidden && cr->add_version > up->since) {
        struct rule_event e = { .rule = r,
                                .event = r->created_ms > up->since_ms
                                             ? OFPFME_ADDED
                                             : OFPFME_MODIFIED };
        tell(&up->t, &e);
    }
    return true;
}

static void
for_each_rule(struct ofproto *of, bool (*fn)(struct cls_rule *, void *),
              void *aux)
{
    for (unsigned int i = 0; i < OFPROTO_N_TABLES; i++) {
        if (of->x.tables[i].cls) {
            cls_for_each(of->x.tables[i].cls, dp_version(of->dp), NULL, NULL,
                         fn, aux);
        }
    }
}

void
monitors_check_paused(void *c_)
{
    struct ofconn *c = c_;
    if (!channel_is_ready(c->ch)) {
        return;
    }
    if (channel_tx_queued(c->ch)) {
        loop_timer_set_in(&c->resume_timer, RESUME_CHECK_MS);
        return;
    }
    struct catching_up up = { .t = { .c = c, .b = BUF_INIT },
                              .since = c->paused_version,
                              .since_ms = c->paused_ms };
    c->paused_version = 0;
    for_each_rule(c->of, catch_up_rule, &up);
    telling_end(&up.t);
    tell_state(c, OFPFME_RESUMED);
}

static void
pause(struct ofconn *c)
{
    c->paused_version = dp_version(c->of->dp);
    c->paused_ms = clock_ms();
    loop_timer_set_in(&c->resume_timer, RESUME_CHECK_MS);
    tell_state(c, OFPFME_PAUSED);
}

/* Changes while paused that cannot be told later: of rules that are gone. */
static bool
cannot_wait(const struct ofconn *c, const struct rule_event *e)
{
    return e->event == OFPFME_REMOVED && e->rule->created_ms <= c->paused_ms;
}

void
monitors_tell(struct ofproto *of)
{
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &of->conns) {
        if (!c->n_monitors || !channel_is_ready(c->ch)) {
            continue;
        }
        struct telling t = { .c = c, .b = BUF_INIT };
        for (size_t i = 0; i < of->n_events; i++) {
            const struct rule_event *e = &of->events[i];
            if (!c->paused_version || cannot_wait(c, e)) {
                tell(&t, e);
            }
        }
        telling_end(&t);
        if (!c->paused_version && channel_is_ready(c->ch)
            && channel_tx_queued(c->ch) > MONITOR_QUEUE_MAX) {
            pause(c);
        }
    }
}

/* ## Requests ## */

static enum ofp_err
check_request(const struct ofconn *c, const struct ofm *m, size_t i)
{
    const struct ofm_monitor_request *rq = &m->monitor_request.p[i];
    bool exists = monitor_find(c, rq->id) != NULL;
    if (rq->command != OFPFMC_MONITOR_ADD) {
        return exists ? 0 : OFPERR_OFPMOFC_UNKNOWN_MONITOR;
    }
    for (size_t j = 0; j < i; j++) {
        exists |= m->monitor_request.p[j].id == rq->id;
    }
    return exists ? OFPERR_OFPMOFC_MONITOR_EXISTS
           : c->n_monitors + i >= MONITORS_MAX ? OFPERR_OFPMOFC_UNKNOWN
           : rq->table_id >= OFPROTO_N_TABLES
                   && rq->table_id != FLOW_TABLE_ALL
               ? OFPERR_OFPBRC_BAD_TABLE_ID
               : 0;
}

static void
monitor_set(struct ofconn *c, const struct ofm_monitor_request *rq)
{
    struct monitor *m = monitor_find(c, rq->id);
    if (rq->command == OFPFMC_MONITOR_DELETE) {
        monitor_destroy(c, m);
        return;
    }
    if (!m) {
        m = xzalloc(sizeof *m);
        list_push_back(&c->monitors, &m->node);
        c->n_monitors++;
        c->of->n_monitors++;
    }
    m->rq = *rq;
}

/* The rules as they are, for those who begin to watch. */
struct first_look {
    struct telling t;
    const struct ofm *request;
};

static bool
look_at_rule(struct cls_rule *cr, void *look_)
{
    struct first_look *look = look_;
    const struct ofm *m = look->request;
    struct rule_event e = { .rule = CONTAINER_OF(cr, struct rule, cr),
                            .event = OFPFME_INITIAL };
    uint16_t flags = 0;
    for (size_t i = 0; i < m->monitor_request.n; i++) {
        const struct ofm_monitor_request *rq = &m->monitor_request.p[i];
        if (rq->command != OFPFMC_MONITOR_DELETE && watches(rq, &e)) {
            flags |= rq->flags;
        }
    }
    if (flags && !e.rule->is_hidden) {
        put_full(&look->t, &e, flags & OFPFMF_INSTRUCTIONS);
    }
    return true;
}

enum ofp_err
monitor_request(struct ofconn *c, struct ofm *m)
{
    for (size_t i = 0; i < m->monitor_request.n; i++) {
        enum ofp_err err = check_request(c, m, i);
        if (err) {
            return err;
        }
    }
    for (size_t i = 0; i < m->monitor_request.n; i++) {
        if (m->monitor_request.p[i].command != OFPFMC_MONITOR_DELETE
            || monitor_find(c, m->monitor_request.p[i].id)) {
            monitor_set(c, &m->monitor_request.p[i]);
        }
    }
    struct first_look look = { .t = { .c = c, .b = BUF_INIT },
                               .request = m };
    telling_begin(&look.t, m->xid);
    for_each_rule(c->of, look_at_rule, &look);
    telling_end(&look.t);
    return 0;
}

enum ofp_err
monitor_cancel(struct ofconn *c, struct ofm *m)
{
    struct monitor *found = monitor_find(c, m->nx_value.value);
    if (!found) {
        return OFPERR_OFPMOFC_UNKNOWN_MONITOR;
    }
    monitor_destroy(c, found);
    return 0;
}
