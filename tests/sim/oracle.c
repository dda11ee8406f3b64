/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/oracle.h"

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "tests/sim/oracle_priv.h"

static void run_table(struct walk *, uint8_t table_id);
static void run_actions(struct walk *, const struct act_list *);

void
oracle_init(struct oracle *o)
{
    memset(o, 0, sizeof *o);
}

static void
free_group(struct group_spec *g)
{
    for (size_t i = 0; i < g->n_buckets; i++) {
        buf_fini(&g->buckets[i].acts);
    }
    free(g->buckets);
}

void
oracle_clear(struct oracle *o)
{
    while (o->n_rules) {
        oracle_remove_rule(o, o->n_rules - 1);
    }
    for (size_t i = 0; i < o->n_groups; i++) {
        free_group(&o->groups[i]);
    }
    o->n_groups = 0;
}

void
oracle_fini(struct oracle *o)
{
    oracle_clear(o);
    free(o->rules);
    free(o->groups);
}

void
oracle_add_rule(struct oracle *o, uint8_t table_id, uint16_t priority,
                const struct match *match, struct buf *acts)
{
    if (o->n_rules == o->rules_cap) {
        o->rules = x2nrealloc(o->rules, &o->rules_cap, sizeof *o->rules);
    }
    o->rules[o->n_rules++]
        = (struct oracle_rule){ table_id, priority, *match, *acts, 0 };
    buf_init(acts);
}

void
oracle_remove_rule(struct oracle *o, size_t idx)
{
    buf_fini(&o->rules[idx].acts);
    o->rules[idx] = o->rules[--o->n_rules];
}

void
oracle_change_rule(struct oracle *o, size_t idx, struct buf *acts)
{
    buf_fini(&o->rules[idx].acts);
    o->rules[idx].acts = *acts;
    buf_init(acts);
}

static struct group_spec *
find_group(const struct oracle *o, uint32_t group_id)
{
    for (size_t i = 0; i < o->n_groups; i++) {
        if (o->groups[i].group_id == group_id) {
            return &o->groups[i];
        }
    }
    return NULL;
}

void
oracle_set_group(struct oracle *o, struct group_spec *g)
{
    struct group_spec *old = find_group(o, g->group_id);
    if (old) {
        free_group(old);
    } else {
        if (o->n_groups == o->groups_cap) {
            o->groups = x2nrealloc(o->groups, &o->groups_cap,
                                   sizeof *o->groups);
        }
        old = &o->groups[o->n_groups++];
    }
    *old = *g;
    memset(g, 0, sizeof *g);
}

struct oracle_port *
oracle_port(struct oracle *o, uint32_t ofport)
{
    for (size_t i = 0; i < o->n_ports; i++) {
        if (o->ports[i].ofport == ofport) {
            return &o->ports[i];
        }
    }
    return NULL;
}

void
oracle_result_fini(struct oracle_result *r)
{
    free(r->outputs);
    free(r->packet_ins);
    memset(r, 0, sizeof *r);
}

/* Choices. */

uint32_t
oracle_choose(struct oracle *o, uint32_t n)
{
    if (n < 2 || o->n_choices == ORACLE_CHOICES_MAX) {
        return 0;
    }
    o->n_ways[o->n_choices] = n;
    return o->choices[o->n_choices++] % n;
}

void
oracle_begin(struct oracle *o, struct oracle_result *r)
{
    o->n_choices = 0;
    r->n_outputs = r->n_packet_ins = r->n_learned = r->n_hits = 0;
}

bool
oracle_next_choice(struct oracle *o)
{
    for (size_t i = o->n_choices; i-- > 0;) {
        if (++o->choices[i] < o->n_ways[i]) {
            memset(&o->choices[i + 1], 0,
                   (ORACLE_CHOICES_MAX - i - 1) * sizeof o->choices[0]);
            return true;
        }
    }
    memset(o->choices, 0, sizeof o->choices);
    return false;
}

/* Groups [OF1.3.5 5.6]. */

static bool is_group_live(const struct oracle *, const struct group_spec *,
                          unsigned int depth);

static bool
is_bucket_live(const struct oracle *o, const struct group_bucket *b,
               unsigned int depth)
{
    bool watches_port = b->watch_port != OFPORT_ANY;
    bool watches_group = b->watch_group != GROUP_ID_ANY;
    if (!watches_port && !watches_group) {
        return true;
    }
    const struct oracle_port *p
        = oracle_port((struct oracle *)(uintptr_t)o, b->watch_port);
    if (watches_port && p && p->is_live
        && !(p->config & OFPPC_PORT_DOWN)) {
        return true;
    }
    const struct group_spec *g = find_group(o, b->watch_group);
    return watches_group && g && is_group_live(o, g, depth + 1);
}

static bool
is_group_live(const struct oracle *o, const struct group_spec *g,
              unsigned int depth)
{
    for (size_t i = 0; i < g->n_buckets && depth < GROUP_DEPTH_MAX; i++) {
        if (is_bucket_live(o, &g->buckets[i], depth)) {
            return true;
        }
    }
    return false;
}

static void run_set(struct walk *, const struct act *const *set, size_t n);

/* A bucket is an action set of its own, run on a copy of the packet. */
static void
run_bucket(struct walk *w, const struct group_bucket *b)
{
    struct walk copy = *w;
    const struct act *set[ORACLE_SET_MAX];
    struct act_list acts = act_list_from_buf(&b->acts);
    size_t n = 0;
    ACT_FOR_EACH (a, &acts) {
        if (n < ORACLE_SET_MAX) {
            set[n++] = a;
        }
    }
    copy.group_depth++;
    copy.in_group = true;
    copy.n_set = 0;
    run_set(&copy, set, n);
}

static void
run_select(struct walk *w, const struct group_spec *g)
{
    const struct group_bucket *live[32];
    uint32_t n = 0;
    for (size_t i = 0; i < g->n_buckets; i++) {
        const struct group_bucket *b = &g->buckets[i];
        if (b->weight && is_bucket_live(w->o, b, 0) && n < ARRAY_SIZE(live)) {
            live[n++] = b;
        }
    }
    if (n) {
        run_bucket(w, live[oracle_choose(w->o, n)]);
    }
}

static void
run_group(struct walk *w, uint32_t group_id)
{
    const struct group_spec *g = find_group(w->o, group_id);
    if (!g || w->group_depth >= GROUP_DEPTH_MAX) {
        return;
    }
    if (g->type == GROUP_SELECT) {
        run_select(w, g);
        return;
    }
    for (size_t i = 0; i < g->n_buckets; i++) {
        if (g->type != GROUP_FF) {
            run_bucket(w, &g->buckets[i]);
        } else if (is_bucket_live(w->o, &g->buckets[i], 0)) {
            run_bucket(w, &g->buckets[i]);
            break;
        }
    }
}

/* Actions. */

static void
run_resubmit(struct walk *w, const struct act_resubmit *r)
{
    if (w->table_depth >= 64) {
        return;
    }
    uint8_t table_id = w->table_id;
    uint32_t in_port = w->flow.in_port;
    int goto_table = w->goto_table;
    bool is_miss_rule = w->is_miss_rule;
    w->table_depth++;
    w->goto_table = -1;
    if (r->in_port != OFPORT_IN_PORT) {
        w->flow.in_port = r->in_port; /* For the search alone. */
    }
    w->in_port = in_port;
    run_table(w, r->table_id == 255 ? table_id : r->table_id);
    w->table_depth--;
    w->goto_table = goto_table;
    w->table_id = table_id;
    w->is_miss_rule = is_miss_rule;
    w->is_over = w->is_exit; /* A TTL that ran out ends one level. */
}

static void
run_clone(struct walk *w, const struct act *a)
{
    struct act_list inner = act_nested_list(ACT_CAST(act_nested, a));
    struct walk copy = *w;
    run_actions(&copy, &inner);
}

static void
write_actions(struct walk *w, const struct act *a)
{
    struct act_list inner = act_nested_list(ACT_CAST(act_nested, a));
    ACT_FOR_EACH (i, &inner) {
        if (w->n_set < ORACLE_SET_MAX) {
            w->set[w->n_set++] = i;
        }
    }
}

static void
write_metadata(struct walk *w, const struct act_write_metadata *m)
{
    uint64_t old = be64_to_cpu(w->flow.metadata);
    w->flow.metadata
        = cpu_to_be64((old & ~m->mask) | (m->metadata & m->mask));
}

static void
tell(const struct walk *w, const char *what, const struct act_list *acts)
{
    if (w->o->trace) {
        struct str text = STR_INIT;
        acts_put(acts, NULL, &text);
        fprintf(w->o->trace, "    %*s%u %s %s\n", (int)w->table_depth * 2, "",
                w->table_id, what, str_cstr(&text));
        str_fini(&text);
    }
}

static void
run_action(struct walk *w, const struct act *a)
{
    if (!act_is_instruction(a) && a->type != ACT_CLONE) {
        tell(w, "-", &(struct act_list){ a, a->len });
    }
    switch (a->type) {
    case ACT_OUTPUT:
        oracle_output(w, ACT_CAST(act_output, a)->port,
                      ACT_CAST(act_output, a)->max_len);
        break;
    case ACT_CONTROLLER:
        oracle_packet_in(w, ACT_CAST(act_controller, a)->reason,
                         ACT_CAST(act_controller, a)->max_len);
        break;
    case ACT_ENQUEUE:
        oracle_output(w, ACT_CAST(act_enqueue, a)->port, 0);
        break;
    case ACT_GROUP:
        run_group(w, ACT_CAST(act_group, a)->group_id);
        break;
    case ACT_RESUBMIT:
        run_resubmit(w, ACT_CAST(act_resubmit, a));
        break;
    case ACT_CLONE:
        run_clone(w, a);
        break;
    case ACT_EXIT:
        w->is_over = w->is_exit = true;
        break;
    case ACT_CLEAR_ACTIONS:
        w->n_set = 0;
        break;
    case ACT_WRITE_ACTIONS:
        write_actions(w, a);
        break;
    case ACT_WRITE_METADATA:
        write_metadata(w, ACT_CAST(act_write_metadata, a));
        break;
    case ACT_GOTO_TABLE:
        w->goto_table = ACT_CAST(act_goto_table, a)->table_id;
        break;
    case ACT_SET_QUEUE:
    case ACT_POP_QUEUE:
    case ACT_NOTE:
    case ACT_METER:
        break;
    default:
        if (!oracle_part_action(w, a)) {
            w->is_over |= !oracle_edit(w, a);
        }
        break;
    }
}

static void
run_actions(struct walk *w, const struct act_list *acts)
{
    ACT_FOR_EACH (a, acts) {
        if (w->is_over || w->o->is_failed) {
            break;
        }
        run_action(w, a);
    }
}

/* Runs the last action of 'type' in the set. */
static bool
run_last(struct walk *w, const struct act *const *set, size_t n,
         enum act_type type, enum act_type or_type)
{
    for (size_t i = n; i-- > 0 && !w->is_over;) {
        if (set[i]->type == type || set[i]->type == or_type) {
            run_action(w, set[i]);
            return true;
        }
    }
    return false;
}

/* [OF1.3.5 5.10], in the order of ovs-actions(7): one of each type, the last
 * that was written; field writes all, as written. */
static void
run_set(struct walk *w, const struct act *const *set, size_t n)
{
    static const enum act_type first[]
        = { ACT_STRIP_VLAN, ACT_POP_MPLS, ACT_PUSH_MPLS, ACT_PUSH_VLAN,
            ACT_DEC_TTL, ACT_DEC_MPLS_TTL };
    bool leaves = false;
    for (size_t i = 0; i < n; i++) {
        leaves |= set[i]->type == ACT_GROUP || set[i]->type == ACT_OUTPUT
                  || set[i]->type == ACT_CONTROLLER
                  || set[i]->type == ACT_RESUBMIT;
    }
    if (!leaves) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(first); i++) {
        run_last(w, set, n, first[i], first[i]);
    }
    for (size_t i = 0; i < n && !w->is_over; i++) {
        if (set[i]->type == ACT_SET_FIELD || set[i]->type == ACT_MOVE) {
            run_action(w, set[i]);
        }
    }
    if (!run_last(w, set, n, ACT_GROUP, ACT_GROUP)
        && !run_last(w, set, n, ACT_OUTPUT, ACT_CONTROLLER)) {
        run_last(w, set, n, ACT_RESUBMIT, ACT_RESUBMIT);
    }
}

/* Tables [OF1.3.5 5.1]. */

static bool
is_conjunctive(const struct oracle_rule *r)
{
    struct act_list acts = act_list_from_buf(&r->acts);
    return acts_find(&acts, ACT_CONJUNCTION);
}

/* The matching rule of highest priority below 'below'. */
static const struct oracle_rule *
next_match(const struct oracle *o, uint8_t table_id, const struct flow *f,
           int below, bool is_second)
{
    const struct oracle_rule *best = NULL;
    for (size_t i = 0; i < o->n_rules; i++) {
        const struct oracle_rule *r = &o->rules[i];
        if (r->table_id == table_id && r->priority < below
            && (!best || r->priority > best->priority)
            && flow_matches(f, &r->match.flow, &r->match.mask)
            && !(is_second && is_conjunctive(r))) {
            best = r;
        }
    }
    return best;
}

/* True if a rule of this priority matches with clause 'k' of 'c'. */
static bool
has_clause(const struct oracle *o, uint8_t table_id, const struct flow *f,
           int priority, const struct act_conjunction *c, unsigned int k)
{
    for (size_t i = 0; i < o->n_rules; i++) {
        const struct oracle_rule *r = &o->rules[i];
        struct act_list acts = act_list_from_buf(&r->acts);
        if (r->table_id != table_id || r->priority != priority
            || !flow_matches(f, &r->match.flow, &r->match.mask)) {
            continue;
        }
        ACT_FOR_EACH (a, &acts) {
            const struct act_conjunction *d = ACT_CAST(act_conjunction, a);
            if (a->type == ACT_CONJUNCTION && d->id == c->id
                && d->n_clauses == c->n_clauses && d->clause == k) {
                return true;
            }
        }
    }
    return false;
}

/* [ovs-fields(7)], "Conjunctive Match Fields".  A priority has only one id
 * here, and no other rules. */
static const struct oracle_rule *
search(const struct oracle *o, uint8_t table_id, const struct flow *f)
{
    const struct oracle_rule *r;
    for (int below = 65536; (r = next_match(o, table_id, f, below, false));
         below = r->priority) {
        if (!is_conjunctive(r)) {
            return r;
        }
        const struct act_conjunction *c
            = ACT_CAST(act_conjunction, (const void *)r->acts.data);
        unsigned int n = 0;
        for (unsigned int k = 0; k < c->n_clauses; k++) {
            n += has_clause(o, table_id, f, r->priority, c, k);
        }
        struct flow again = *f;
        again.conj_id = c->id;
        const struct oracle_rule *second
            = n == c->n_clauses ? next_match(o, table_id, &again, 65536, true)
                                : NULL;
        if (second) {
            return second;
        }
    }
    return NULL;
}

/* From table to table until none follows. */
static void
run_table(struct walk *w, uint8_t table_id)
{
    for (;;) {
        w->goto_table = -1;
        w->table_id = table_id;
        oracle_reread(w);
        const struct oracle_rule *r = search(w->o, table_id, &w->flow);
        w->flow.in_port = w->in_port;
        w->is_miss_rule = r && !r->priority && match_is_catchall(&r->match);
        if (!r) {
            return;
        }
        if (w->result->n_hits < ORACLE_HITS_MAX) {
            w->result->hits[w->result->n_hits++]
                = (uint16_t)(r - w->o->rules);
        }
        struct act_list acts = act_list_from_buf(&r->acts);
        tell(w, "rule", &acts);
        run_actions(w, &acts);
        if (w->is_over || w->o->is_failed || w->goto_table < 0) {
            return;
        }
        table_id = (uint8_t)w->goto_table;
    }
}

static void
run_last_set(struct walk *w)
{
    const struct act *set[ORACLE_SET_MAX];
    size_t n = w->n_set;
    memcpy(set, w->set, sizeof set);
    w->n_set = 0;
    if (!w->is_over && !w->o->is_failed) {
        run_set(w, set, n);
    }
}

void
oracle_run(struct oracle *o, uint32_t in_port, const struct frame *f,
           struct oracle_result *result)
{
    const struct oracle_port *p = oracle_port(o, in_port);
    if (!p || p->config & (OFPPC_PORT_DOWN | OFPPC_NO_RECV) || f->len < 14) {
        return;
    }
    o->is_failed = false;
    struct walk w = { .o = o, .result = result, .frame = *f,
                      .in_port = in_port };
    w.flow.in_port = in_port;
    frame_read(&w.frame, &w.flow);
    run_table(&w, 0);
    run_last_set(&w);
}

void
oracle_run_actions(struct oracle *o, uint32_t in_port, const struct frame *f,
                   const struct act_list *acts, struct oracle_result *result)
{
    o->is_failed = false;
    struct walk w = { .o = o, .result = result, .frame = *f,
                      .in_port = in_port, .is_packet_out = true };
    w.flow.in_port = in_port;
    frame_read(&w.frame, &w.flow);
    run_actions(&w, acts);
    run_last_set(&w);
}
