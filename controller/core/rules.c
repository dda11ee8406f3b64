/* SPDX-License-Identifier: Apache-2.0 */
/* Flows: sent, kept for operators, read back. */
#include <stdlib.h>

#include "controller/core/core_priv.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"

LOG_MODULE(rules);

/* ## Names ## */

static bool
port_no_of(void *sw_, const char *name, uint32_t *port)
{
    struct core_switch *sw = sw_;
    IDMAP_FOR_EACH (struct core_port, p, &sw->ports) {
        if (!strcmp(p->of.name, name)) {
            *port = p->port_no;
            return true;
        }
    }
    return false;
}

static const char *
port_name_of(void *sw_, uint32_t port)
{
    struct core_switch *sw = sw_;
    const struct core_port *p = idmap_get(&sw->ports, port);
    return p ? p->of.name : NULL;
}

const struct ofp_names *
core_names(struct core_switch *sw)
{
    static struct ofp_names names;
    names = (struct ofp_names){ .port_no = port_no_of,
                                .port_name = port_name_of,
                                .aux = sw };
    return &names;
}

/* ## Sending ## */

void
core_send_flow(struct core_switch *sw, uint16_t command,
               const struct flow_spec *spec)
{
    if (!sw->ch) {
        return;
    }
    struct ofm m;
    ofm_init(&m, OFM_FLOW_MOD);
    m.flow_mod.command = command;
    m.flow_mod.f = *spec; /* Lent: not given to ofm_fini(). */
    channel_send(sw->ch, &m);
}

void
core_send_packet(struct core_switch *sw, const struct ofm_packet_in *pi,
                 uint32_t in_port, uint32_t port)
{
    if (!sw->ch) {
        return;
    }
    struct ofm m;
    ofm_init(&m, OFM_PACKET_OUT);
    m.packet_out.buffer_id = pi->buffer_id;
    m.packet_out.in_port = in_port;
    act_append_output(&m.packet_out.acts, port);
    if (pi->buffer_id == OFP_NO_BUFFER) {
        m.packet_out.data = pi->data; /* Lent. */
    }
    channel_send(sw->ch, &m);
    m.packet_out.data = (struct ofm_data){ NULL, 0 };
    ofm_fini(&m);
}

/* ## Operators' rules ## */

static void
rule_free(struct core_rule *r)
{
    list_remove(&r->node);
    flow_spec_fini(&r->spec);
    free(r->text);
    free(r);
}

void
rules_destroy(struct core_switch *sw)
{
    LIST_FOR_EACH_SAFE (struct core_rule, r, node, &sw->rules) {
        rule_free(r);
    }
}

static char *
parse(struct core_switch *sw, const char *text, enum flow_spec_kind kind,
      struct flow_spec *spec)
{
    struct text_err err;
    if (flow_spec_parse(text, kind, core_names(sw), spec, &err)) {
        return NULL;
    }
    char *error = xasprintf("%s: %s (at offset %zu)", text, err.message,
                            err.pos);
    text_err_fini(&err);
    return error;
}

static char *
parse_rule(struct core_switch *sw, const char *text, struct flow_spec *spec)
{
    char *error = parse(sw, text, FLOW_SPEC_ADD, spec);
    if (!error && spec->table_id == FLOW_TABLE_ALL) {
        spec->table_id = 0; /* A flow is added to one table. */
    }
    return error;
}

/* 'take_spec' is moved into the rule. */
static struct core_rule *
rule_create(struct core_switch *sw, const char *text,
            const struct flow_spec *take_spec)
{
    struct core_rule *r = xzalloc(sizeof *r);
    r->text = xstrdup(text);
    r->spec = *take_spec;
    r->is_good = true;
    list_push_back(&sw->rules, &r->node);
    return r;
}

static void
rule_remove(struct core_switch *sw, struct core_rule *r)
{
    sw->core->store->ops->remove(sw->core->store, sw->dpid, r->text);
    rule_free(r);
}

static bool
is_same_flow(const struct flow_spec *a, const struct flow_spec *b)
{
    return a->table_id == b->table_id && a->priority == b->priority
           && match_equal(&a->match, &b->match);
}

char *
core_add_rule(struct core_switch *sw, const char *text)
{
    struct flow_spec spec;
    char *error = parse_rule(sw, text, &spec);
    if (error) {
        return error;
    }
    if (list_size(&sw->rules) >= CORE_RULES_MAX) {
        flow_spec_fini(&spec);
        return xasprintf("the switch has %d rules already", CORE_RULES_MAX);
    }
    int err = sw->core->store->ops->add(sw->core->store, sw->dpid, text);
    if (err) {
        flow_spec_fini(&spec);
        return xasprintf("cannot keep the rule: %s", log_strerror(err));
    }
    LIST_FOR_EACH_SAFE (struct core_rule, r, node, &sw->rules) {
        if (r->is_good && is_same_flow(&r->spec, &spec)) {
            rule_remove(sw, r);
        }
    }
    core_send_flow(sw, OFPFC_ADD, &rule_create(sw, text, &spec)->spec);
    return NULL;
}

/* True if a delete of 'd' takes the flow of 'f'. */
static bool
is_deleted(const struct flow_spec *d, const struct flow_spec *f)
{
    struct act_list acts = act_list_from_buf(&f->acts);
    return match_covers(&d->match, &f->match)
           && (d->table_id == FLOW_TABLE_ALL || d->table_id == f->table_id)
           && !((d->cookie ^ f->new_cookie) & d->cookie_mask)
           && (d->out_port == OFPORT_ANY
               || acts_output_to_port(&acts, d->out_port))
           && (d->out_group == FLOW_GROUP_ANY
               || acts_output_to_group(&acts, d->out_group));
}

static bool
lacks_cookie_filter(const struct core_switch *sw)
{
    return sw->ch && channel_version(sw->ch) < OFP11_VERSION;
}

void
core_delete_app_flows(struct core_switch *sw, const struct match *match,
                      uint64_t cookie, uint32_t out_port)
{
    struct flow_spec spec = {
        .match = *match,
        .table_id = FLOW_TABLE_ALL,
        .cookie = cookie,
        .cookie_mask = UINT64_MAX,
        .out_port = out_port,
        .out_group = FLOW_GROUP_ANY,
        .buffer_id = FLOW_BUFFER_NONE,
    };
    if (!lacks_cookie_filter(sw)) {
        core_send_flow(sw, OFPFC_DELETE, &spec);
        return;
    }
    spec.cookie = spec.cookie_mask = 0;
    core_send_flow(sw, OFPFC_DELETE, &spec);
    LIST_FOR_EACH (struct core_rule, r, node, &sw->rules) {
        if (r->is_good && is_deleted(&spec, &r->spec)) {
            core_send_flow(sw, OFPFC_ADD, &r->spec);
        }
    }
}

char *
core_delete_rules(struct core_switch *sw, const char *text)
{
    struct flow_spec spec;
    char *error = parse(sw, text ? text : "", FLOW_SPEC_DELETE, &spec);
    if (error) {
        return error;
    }
    if (spec.cookie_mask && lacks_cookie_filter(sw)) {
        flow_spec_fini(&spec);
        return xstrdup("cookie: the switch speaks OpenFlow 1.0, which cannot "
                       "select flows by cookie");
    }
    LIST_FOR_EACH_SAFE (struct core_rule, r, node, &sw->rules) {
        if (is_deleted(&spec, &r->spec)) {
            rule_remove(sw, r);
        }
    }
    core_send_flow(sw, OFPFC_DELETE, &spec);
    flow_spec_fini(&spec);
    struct core *core = sw->core;
    for (size_t i = 0; sw->is_up && i < core->n_apps; i++) {
        if (core->apps[i]->flows_deleted) {
            core->apps[i]->flows_deleted(core, sw);
        }
    }
    return NULL;
}

static void
load_one(void *sw_, const char *text)
{
    struct core_switch *sw = sw_;
    struct flow_spec spec;
    memset(&spec, 0, sizeof spec);
    rule_create(sw, text, &spec)->is_good = false; /* Read at connection. */
}

void
rules_load(struct core_switch *sw)
{
    sw->core->store->ops->for_each(sw->core->store, sw->dpid, load_one, sw);
}

void
rules_restore(struct core_switch *sw)
{
    LIST_FOR_EACH (struct core_rule, r, node, &sw->rules) {
        struct flow_spec spec;
        char *error = parse_rule(sw, r->text, &spec);
        if (error) {
            log_warn("switch %016llx: rule not installed: %s",
                     (unsigned long long)sw->dpid, error);
            free(error);
            r->is_good = false;
            continue;
        }
        flow_spec_fini(&r->spec);
        r->spec = spec;
        r->is_good = true;
        core_send_flow(sw, OFPFC_ADD, &r->spec);
    }
}

/* ## Reading back ## */

void
core_dump_flows(struct core_switch *sw, const char *filter,
                void (*done)(void *, bool, const char *), void *aux)
{
    struct session *s = session_of(sw);
    struct flow_spec spec;
    char *error = s ? parse(sw, filter ? filter : "", FLOW_SPEC_DELETE, &spec)
                    : xstrdup("switch is not connected");
    if (error) {
        done(aux, true, error);
        free(error);
        return;
    }
    struct ofm m;
    ofm_init(&m, OFM_FLOW_REQUEST);
    m.flow_request.match = spec.match;
    m.flow_request.table_id = spec.table_id;
    m.flow_request.out_port = spec.out_port;
    m.flow_request.out_group = spec.out_group;
    m.flow_request.cookie = spec.cookie;
    m.flow_request.cookie_mask = spec.cookie_mask;
    struct flow_dump *d = xzalloc(sizeof *d);
    d->done = done;
    d->aux = aux;
    d->xid = channel_send(s->ch, &m);
    list_push_back(&s->dumps, &d->node);
    ofm_fini(&m);
    flow_spec_fini(&spec);
}

static void
dump_finish(struct flow_dump *d, bool is_error, const char *text)
{
    list_remove(&d->node);
    d->done(d->aux, is_error, text);
    str_fini(&d->text);
    free(d);
}

void
session_fail_dumps(struct session *s)
{
    LIST_FOR_EACH_SAFE (struct flow_dump, d, node, &s->dumps) {
        dump_finish(d, true, "the switch disconnected");
    }
}

bool
rules_on_flow_reply(struct session *s, const struct ofm *m)
{
    LIST_FOR_EACH_SAFE (struct flow_dump, d, node, &s->dumps) {
        if (d->xid != m->xid) {
            continue;
        }
        if (m->type == OFM_ERROR) {
            dump_finish(d, true, ofp_err_name(m->error.err));
            return true;
        }
        for (size_t i = 0; i < m->flow_reply.n; i++) {
            str_put_char(&d->text, ' ');
            flow_stats_put(&m->flow_reply.p[i], core_names(s->sw), true,
                           &d->text);
            str_put_char(&d->text, '\n');
        }
        if (d->text.len > CORE_DUMP_BYTES_MAX) {
            dump_finish(d, true, "too many flows: use a filter");
        } else if (!m->more) {
            dump_finish(d, false, str_cstr(&d->text));
        }
        return true;
    }
    return false;
}
