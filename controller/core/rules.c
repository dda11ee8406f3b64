/* SPDX-License-Identifier: Apache-2.0 */
/* Flows: sent, kept for operators, read back. */
#include <stdlib.h>

#include "controller/core/core_priv.h"
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
remember(struct core_switch *sw, const char *text, struct core_rule **out)
{
    struct core_rule *r = xzalloc(sizeof *r);
    char *error = parse(sw, text, FLOW_SPEC_ADD, &r->spec);
    if (error) {
        free(r);
        return error;
    }
    if (r->spec.table_id == FLOW_TABLE_ALL) {
        r->spec.table_id = 0; /* A flow is added to one table. */
    }
    r->text = xstrdup(text);
    list_push_back(&sw->rules, &r->node);
    *out = r;
    return NULL;
}

char *
core_add_rule(struct core_switch *sw, const char *text)
{
    struct core_rule *r;
    char *error = remember(sw, text, &r);
    if (!error) {
        core_send_flow(sw, OFPFC_ADD, &r->spec);
        sw->core->store->ops->add(sw->core->store, sw->dpid, text);
    }
    return error;
}

char *
core_delete_rules(struct core_switch *sw, const char *text)
{
    struct flow_spec spec;
    char *error = parse(sw, text ? text : "", FLOW_SPEC_DELETE, &spec);
    if (error) {
        return error;
    }
    LIST_FOR_EACH_SAFE (struct core_rule, r, node, &sw->rules) {
        if (match_covers(&spec.match, &r->spec.match)
            && (spec.table_id == FLOW_TABLE_ALL
                || spec.table_id == r->spec.table_id)
            && (r->spec.new_cookie & spec.cookie_mask) == spec.cookie) {
            sw->core->store->ops->remove(sw->core->store, sw->dpid, r->text);
            rule_free(r);
        }
    }
    core_send_flow(sw, OFPFC_DELETE, &spec);
    flow_spec_fini(&spec);
    return NULL;
}

static void
restore_one(void *sw_, const char *text)
{
    struct core_switch *sw = sw_;
    LIST_FOR_EACH (struct core_rule, r, node, &sw->rules) {
        if (!strcmp(r->text, text)) {
            return;
        }
    }
    struct core_rule *r;
    char *error = remember(sw, text, &r);
    if (error) {
        log_warn("switch %016llx: kept rule: %s",
                 (unsigned long long)sw->dpid, error);
        free(error);
    }
}

void
rules_restore(struct core_switch *sw)
{
    sw->core->store->ops->for_each(sw->core->store, sw->dpid, restore_one,
                                   sw);
    LIST_FOR_EACH (struct core_rule, r, node, &sw->rules) {
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
rules_on_flow_reply(struct session *s, struct ofm *m)
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
        if (!m->more) {
            dump_finish(d, false, str_cstr(&d->text));
        }
        return true;
    }
    return false;
}
