/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: a switch connects, says who it is, and is handed to the apps. */
#include <stdlib.h>

#include "controller/core/core_priv.h"
#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/flow/extract.h"
#include "lib/io/listen.h"
#include "lib/openflow/wire.h"

LOG_MODULE(session);

#define PROBE_MS 5000
#define FRAME_MIN 14

/* ## The start of a session ## */

static void
send_bare(struct session *s, enum ofm_type type)
{
    struct ofm m;
    ofm_init(&m, type);
    channel_send(s->ch, &m);
    ofm_fini(&m);
}

static void
on_ready(struct channel *ch UNUSED, void *s_)
{
    send_bare(s_, OFM_FEATURES_REQUEST);
}

/* Everything about the switch is known: rules first, then the apps. */
static void
switch_up(struct session *s)
{
    struct core *core = s->core;
    struct core_switch *sw = s->sw;
    sw->is_up = true;
    log_info("switch %016llx (%s) is up on %s",
             (unsigned long long)sw->dpid, sw->name[0] ? sw->name : "?",
             channel_name(s->ch));
    rules_restore(sw);
    for (size_t i = 0; i < core->n_apps; i++) {
        if (core->apps[i]->switch_up) {
            core->apps[i]->switch_up(core, sw);
        }
    }
}

static void
on_features(struct session *s, const struct ofm *m)
{
    struct core_switch *sw = switch_get(s->core, m->features.datapath_id);
    struct session *other = session_of(sw);
    if (other && other != s) {
        /* Who was there first keeps the name: were a second one to take it,
         * two switches of one id would throw each other out for ever.  A
         * dead connection is found by its probes within 2 * PROBE_MS. */
        log_warn_rl("a second switch %016llx at %s is refused",
                    (unsigned long long)sw->dpid, channel_name(s->ch));
        channel_reconnect(s->ch, "datapath id is in use");
        return;
    }
    s->sw = sw;
    sw->ch = s->ch;
    switch_clear_ports(sw); /* Those of an earlier connection. */
    sw->connected_ms = clock_ms();
    struct ofm config;
    ofm_init(&config, OFM_SET_CONFIG);
    config.config.miss_send_len = UINT16_MAX;
    channel_send(s->ch, &config);
    ofm_fini(&config);
    send_bare(s, OFM_DESC_REQUEST);
    for (size_t i = 0; i < m->features.ports.n; i++) {
        switch_set_port(sw, &m->features.ports.p[i]);
    }
    if (channel_version(s->ch) >= OFP13_VERSION) {
        send_bare(s, OFM_PORT_DESC_REQUEST);
    } else {
        switch_up(s);
    }
}

static void
on_port_desc(struct session *s, const struct ofm *m)
{
    for (size_t i = 0; i < m->port_desc.n; i++) {
        switch_set_port(s->sw, &m->port_desc.p[i]);
    }
    if (!m->more && !s->sw->is_up) {
        switch_up(s);
    }
}

/* ## Later messages ## */

static void
on_port_status(struct session *s, const struct ofm_port_status *ps)
{
    bool is_gone = ps->reason == OFPPR_DELETE;
    struct core *core = s->core;
    struct core_port gone = { ps->port.port_no, ps->port };
    struct core_port *p = &gone;
    if (is_gone) {
        free(idmap_remove(&s->sw->ports, ps->port.port_no));
    } else {
        switch_set_port(s->sw, &ps->port);
        p = idmap_get(&s->sw->ports, ps->port.port_no);
    }
    if (is_gone || core_port_is_down(p)) {
        core_forget_port(core, s->sw, ps->port.port_no);
    }
    for (size_t i = 0; i < core->n_apps; i++) {
        if (core->apps[i]->port_changed) {
            core->apps[i]->port_changed(core, s->sw, p, is_gone);
        }
    }
}

static void
on_packet_in(struct session *s, struct ofm_packet_in *pi)
{
    struct core *core = s->core;
    uint32_t in_port = pi->match.flow.in_port;
    bool is_cut = pi->data.n < pi->total_len
                  && pi->buffer_id == OFP_NO_BUFFER;
    s->sw->n_packet_ins++;
    if (!s->sw->is_up || pi->data.n < FRAME_MIN || is_cut
        || !idmap_get(&s->sw->ports, in_port)
        || !switch_admit_packet_in(s->sw)) {
        s->sw->n_packet_ins_dropped++;
        return;
    }
    struct packet p = packet_over(pi->data.p, pi->data.n, 0);
    packet_parse(&p);
    struct flow flow;
    flow_extract(&p, in_port, &flow);
    for (size_t i = 0; i < core->n_apps; i++) {
        if (core->apps[i]->packet_in) {
            core->apps[i]->packet_in(core, s->sw, pi, &flow);
        }
    }
}

static void
on_error(struct session *s, const struct ofm *m)
{
    if (!rules_on_flow_reply(s, m)) {
        log_warn_rl("switch %016llx: error %s",
                    (unsigned long long)s->sw->dpid,
                    ofp_err_name(m->error.err));
    }
}

static void
on_message(struct channel *ch UNUSED, struct ofm **mp, void *s_)
{
    struct session *s = s_;
    struct ofm *m = *mp;
    if (!s->sw) {
        if (m->type == OFM_FEATURES_REPLY) {
            on_features(s, m);
        }
        return;
    }
    switch (m->type) {
    case OFM_PORT_DESC_REPLY:
        on_port_desc(s, m);
        break;
    case OFM_DESC_REPLY:
        s->sw->desc = m->desc;
        break;
    case OFM_PORT_STATUS:
        on_port_status(s, &m->port_status);
        break;
    case OFM_PACKET_IN:
        on_packet_in(s, &m->packet_in);
        break;
    case OFM_FLOW_REPLY:
        rules_on_flow_reply(s, m);
        break;
    case OFM_ERROR:
        on_error(s, m);
        break;
    default:
        break;
    }
}

static void
forget_switch(struct session *s)
{
    session_fail_dumps(s);
    if (s->sw) {
        log_info("switch %016llx is down", (unsigned long long)s->sw->dpid);
        core_forget_port(s->core, s->sw, OFPORT_ANY);
        s->sw->ch = NULL;
        s->sw->is_up = false;
        s->sw = NULL;
    }
}

static void
session_free(struct session *s)
{
    list_remove(&s->node);
    s->core->n_sessions--;
    free(s);
}

static void
on_down(struct channel *ch, const char *why, void *s_)
{
    struct session *s = s_;
    log_dbg("%s: %s", channel_name(ch), why);
    forget_switch(s);
    if (!s->is_active) {
        session_free(s);
    }
}

static const struct channel_ops channel_ops = {
    .ready = on_ready,
    .message = on_message,
    .down = on_down,
};

static const struct channel_opts channel_opts = {
    .versions = OFP_VERSIONS_ALL,
    .probe_interval_ms = PROBE_MS,
};

static struct session *
session_create(struct core *core, bool is_active)
{
    struct session *s = xzalloc(sizeof *s);
    s->core = core;
    s->is_active = is_active;
    list_init(&s->dumps);
    list_push_back(&core->sessions, &s->node);
    core->n_sessions++;
    return s;
}

struct session *
session_of(struct core_switch *sw)
{
    LIST_FOR_EACH (struct session, s, node, &sw->core->sessions) {
        if (s->sw == sw) {
            return s;
        }
    }
    return NULL;
}

void
core_accept(struct core *core, struct stream *stream)
{
    if (core->n_sessions >= CORE_SESSIONS_MAX) {
        log_warn_rl("%s: refused: %d connections are open",
                    stream_name(stream), CORE_SESSIONS_MAX);
        stream_close(&stream);
        return;
    }
    struct session *s = session_create(core, false);
    s->ch = channel_accept(core->loop, stream, &channel_opts, &channel_ops,
                           s);
}

static void
on_accept(void *core, struct stream *stream)
{
    core_accept(core, stream);
}

/* ## The core ## */

char *
core_add_remote(struct core *core, const char *target)
{
    if (stream_name_is_passive(target)) {
        struct remote *r = xzalloc(sizeof *r);
        int err = listener_open(core->loop, target, OFP_DEFAULT_PORT,
                                on_accept, core, &r->listener);
        if (err) {
            free(r);
            return xasprintf("%s: cannot listen: %s", target,
                             log_strerror(err));
        }
        list_push_back(&core->remotes, &r->node);
        return NULL;
    }
    struct session *s = session_create(core, true);
    char *error = NULL;
    s->ch = channel_open(core->loop, target, &channel_opts, &channel_ops, s,
                         &error);
    if (!s->ch) {
        session_free(s);
    }
    return error;
}

struct core *
core_create(struct loop *loop, const struct core_app *const *apps,
            size_t n_apps, struct core_store *store)
{
    struct core *core = xzalloc(sizeof *core);
    core->loop = loop;
    core->apps = apps;
    core->n_apps = n_apps;
    core->store = store;
    hmap_init(&core->switches);
    hmap_init(&core->hosts);
    list_init(&core->hosts_by_age);
    list_init(&core->sessions);
    list_init(&core->remotes);
    return core;
}

void
core_destroy(struct core **corep)
{
    struct core *core = *corep;
    *corep = NULL;
    LIST_FOR_EACH_SAFE (struct remote, r, node, &core->remotes) {
        listener_close(&r->listener);
        list_remove(&r->node);
        free(r);
    }
    LIST_FOR_EACH_SAFE (struct session, s, node, &core->sessions) {
        forget_switch(s);
        channel_close(s->ch);
        session_free(s);
    }
    HMAP_FOR_EACH_SAFE (struct core_switch, sw, node, &core->switches) {
        switch_destroy(sw);
    }
    hmap_fini(&core->switches);
    HMAP_FOR_EACH_SAFE (struct core_host, h, node, &core->hosts) {
        host_free(core, h);
    }
    hmap_fini(&core->hosts);
    core->store->ops->destroy(core->store);
    free(core);
}
