/* SPDX-License-Identifier: Apache-2.0 */
/* Connections: configured controllers, listeners, and the service sockets
 * BRIDGE.mgmt and BRIDGE.snoop; who hears what; fail-open. */
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/listen.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

LOG_MODULE(rconn);

#define PROBE_DEFAULT_MS 5000
#define FAIL_CHECK_MS 1000

static bool retry_listeners(struct ofproto *);

/* Who connects to a passive target comes for service, as to BRIDGE.mgmt: the
 * switch does not depend on it, and it hears nothing unasked. */
static bool
is_for_service(const struct ofcontroller *ctl)
{
    return ctl->is_service || stream_name_is_passive(ctl->target);
}

/* ## What a connection hears ## */

static void
conn_reset(struct ofconn *c)
{
    bundles_drop(c);
    monitors_drop(c);
    c->role = OFPCR_ROLE_EQUAL;
    c->miss_send_len = c->is_service ? 0 : OFP_MISS_SEND_LEN_DEFAULT;
    c->controller_id = 0;
    c->invalid_ttl = false;
    c->packet_in_form = OFM_FORM_AUTO;
    async_reset(c);
    c->tokens_milli = c->ctl->cfg.rate_limit * INT64_C(1000);
    c->tokens_at_ms = clock_ms();
}

bool
conn_wants(const struct ofconn *c, const uint32_t masks[2], int reason)
{
    /* A tool on the service socket hears nothing until it sets a length for
     * misses. */
    if (c->is_snoop || (c->is_service && !c->miss_send_len)) {
        return false;
    }
    return masks[c->role == OFPCR_ROLE_SLAVE] >> reason & 1;
}

void
conns_update_wants(struct ofproto *of)
{
    bool wants = false;
    LIST_FOR_EACH (struct ofconn, c, node, &of->conns) {
        wants |= channel_is_ready(c->ch)
                 && channel_version(c->ch) < OFP13_VERSION
                 && conn_wants(c, c->async.packet_in, OFPR_NO_MATCH);
    }
    if (wants != of->x.wants_misses) {
        of->x.wants_misses = wants;
        dp_token_touch(of->dp, DP_TOKEN_CONFIG);
        dp_publish(of->dp);
    }
}

void
conns_port_status(struct ofproto *of, uint8_t reason,
                  const struct ofproto_port *p)
{
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &of->conns) {
        if (channel_is_ready(c->ch)
            && conn_wants(c, c->async.port_status, reason)) {
            struct ofm m;
            ofm_init(&m, OFM_PORT_STATUS);
            m.is_reply = true; /* Nothing asked: xid 0. */
            m.port_status.reason = reason;
            ofproto_fill_port(p, &m.port_status.port);
            channel_send(c->ch, &m);
            ofm_fini(&m);
        }
    }
}

void
conns_flow_removed(struct ofproto *of, const struct rule *r, int reason)
{
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &of->conns) {
        if (!channel_is_ready(c->ch)
            || !conn_wants(c, c->async.flow_removed, reason)
            || (reason == OFPRR_EVICTION
                && channel_version(c->ch) < OFP14_VERSION)) {
            continue; /* Before 1.4 there was no word for eviction. */
        }
        struct ofm m;
        ofm_init(&m, OFM_FLOW_REMOVED);
        m.is_reply = true;
        struct ofm_flow_removed *f = &m.flow_removed;
        cls_rule_get_match(&r->cr, &f->match.flow, &f->match.mask);
        f->cookie = r->cookie;
        f->priority = (uint16_t)r->cr.priority;
        f->reason = (uint8_t)reason;
        f->table_id = r->table_id;
        int64_t age = MAX(clock_ms() - r->created_ms, 0);
        f->duration_sec = (uint32_t)(age / 1000);
        f->duration_nsec = (uint32_t)(age % 1000) * 1000000;
        f->idle_timeout = r->idle_timeout;
        f->hard_timeout = r->hard_timeout;
        f->packet_count = r->counter->n_packets;
        f->byte_count = r->counter->n_bytes;
        channel_send(c->ch, &m);
        ofm_fini(&m);
    }
}

/* ## Fail-open ## */

bool
conns_any_connected(const struct ofproto *of)
{
    LIST_FOR_EACH (struct ofconn, c, node, &of->conns) {
        if (!c->is_service && !c->is_snoop && channel_is_ready(c->ch)) {
            return true;
        }
    }
    return false;
}

bool
conns_any_configured(const struct ofproto *of)
{
    LIST_FOR_EACH (struct ofcontroller, ctl, node, &of->controllers) {
        if (!is_for_service(ctl)) {
            return true; /* Snoops are passive too. */
        }
    }
    return false;
}

/* Three probe intervals without any controller open the switch (lost_at_ms
 * turns negative). */
static void
check_fail_mode(void *of_)
{
    struct ofproto *of = of_;
    bool fine = !conns_any_configured(of) || conns_any_connected(of);
    if (fine) {
        if (of->lost_at_ms < 0) {
            log_info("%s: controller is back, leaving fail-open", of->name);
        }
        of->lost_at_ms = 0;
    } else if (!of->lost_at_ms) {
        of->lost_at_ms = MAX(clock_ms(), 1);
    } else if (of->lost_at_ms > 0) {
        int probe = PROBE_DEFAULT_MS;
        LIST_FOR_EACH (struct ofcontroller, ctl, node, &of->controllers) {
            if (ctl->conn && ctl->cfg.probe_interval_ms > 0) {
                probe = MAX(probe, ctl->cfg.probe_interval_ms);
            }
        }
        if (clock_ms() - of->lost_at_ms >= 3 * probe) {
            of->lost_at_ms = -1;
            if (of->fail_mode == BRIDGE_STANDALONE) {
                log_info("%s: no controller for %d s, failing open", of->name,
                         3 * probe / 1000);
            }
        }
    }
    rules_apply_fail_mode(of);
    if (retry_listeners(of) || conns_any_configured(of)) {
        loop_timer_set_in(&of->fail_timer, FAIL_CHECK_MS);
    }
}

/* ## Channels ## */

static void
on_ready(struct channel *ch, void *c_)
{
    struct ofconn *c = c_;
    conn_reset(c);
    if (c->is_service || c->is_snoop) {
        log_dbg("%s<->%s: connected", c->of->name, channel_name(ch));
    } else {
        log_info("%s<->%s: connected", c->of->name, channel_name(ch));
    }
    conns_update_wants(c->of);
    check_fail_mode(c->of);
}

static void
conn_free(struct ofconn *c)
{
    if (c->ctl->conn == c) {
        c->ctl->conn = NULL;
    }
    list_remove(&c->node);
    bundles_drop(c);
    monitors_drop(c);
    free(c);
}

static void
on_down(struct channel *ch, const char *why, void *c_)
{
    struct ofconn *c = c_;
    struct ofproto *of = c->of;
    if (!c->is_service && !c->is_snoop) {
        log_info_rl("%s<->%s: %s", of->name, channel_name(ch), why);
    }
    bundles_drop(c);
    monitors_drop(c);
    if (c->ctl->conn != c) {
        conn_free(c); /* An accepted one: the channel closes itself. */
    }
    conns_update_wants(of);
    check_fail_mode(of);
}

static void
on_message(struct channel *ch UNUSED, struct ofm **m, void *c_)
{
    dispatch_message(c_, *m);
}

/* Whoever listens on BRIDGE.snoop sees what others say. */
static void
on_snoop(struct channel *ch UNUSED, const uint8_t *data, size_t len,
         bool sent UNUSED, void *c_)
{
    struct ofconn *from = c_;
    if (from->is_snoop || from->is_service) {
        return;
    }
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &from->of->conns) {
        if (c->is_snoop && channel_is_ready(c->ch)) {
            channel_send_bytes(c->ch, data, len);
        }
    }
}

static const struct channel_ops channel_ops = {
    .ready = on_ready,
    .message = on_message,
    .down = on_down,
    .snoop = on_snoop,
};

static struct channel_opts
opts_of(const struct ofcontroller *ctl)
{
    int probe = ctl->cfg.probe_interval_ms;
    return (struct channel_opts){
        .versions = ctl->of->versions,
        .probe_interval_ms = ctl->is_service || ctl->is_snoop ? 0
                             : probe < 0 ? PROBE_DEFAULT_MS
                                         : probe,
        .max_backoff_ms = ctl->cfg.max_backoff_ms,
    };
}

static struct ofconn *
conn_create(struct ofcontroller *ctl)
{
    struct ofconn *c = xzalloc(sizeof *c);
    c->of = ctl->of;
    c->ctl = ctl;
    c->is_service = is_for_service(ctl);
    c->is_snoop = ctl->is_snoop;
    list_init(&c->bundles);
    list_init(&c->monitors);
    loop_timer_init(&c->resume_timer, ctl->of->loop, monitors_check_paused,
                    c);
    list_push_back(&ctl->of->conns, &c->node);
    conn_reset(c);
    return c;
}

static void
on_accept(void *ctl_, struct stream *s)
{
    struct ofcontroller *ctl = ctl_;
    struct ofconn *c = conn_create(ctl);
    struct channel_opts opts = opts_of(ctl);
    c->ch = channel_accept(ctl->of->loop, s, &opts, &channel_ops, c);
}

/* ## Configured controllers ## */

static void
controller_listen(struct ofcontroller *ctl)
{
    int err = listener_open(ctl->of->loop, ctl->target, OFP_DEFAULT_PORT,
                            on_accept, ctl, &ctl->listener);
    if (err && err != ctl->listen_error) {
        log_err("%s: cannot listen on %s: %s", ctl->of->name, ctl->target,
                log_strerror(err));
    }
    ctl->listen_error = err;
}

/* An address that was in use may be free now, TLS may have its files.  True
 * if one still cannot listen. */
static bool
retry_listeners(struct ofproto *of)
{
    bool any_left = false;
    LIST_FOR_EACH (struct ofcontroller, ctl, node, &of->controllers) {
        if (ctl->listen_error) {
            controller_listen(ctl);
            any_left |= ctl->listen_error != 0;
        }
    }
    return any_left;
}

static void
controller_open(struct ofcontroller *ctl)
{
    if (stream_name_is_passive(ctl->target)) {
        controller_listen(ctl);
        return;
    }
    struct ofconn *c = conn_create(ctl);
    struct channel_opts opts = opts_of(ctl);
    char *error = NULL;
    c->ch = channel_open(ctl->of->loop, ctl->target, &opts, &channel_ops, c,
                         &error);
    if (!c->ch) {
        log_err("%s: bad controller \"%s\": %s", ctl->of->name, ctl->target,
                error);
        free(error);
        conn_free(c);
        return;
    }
    ctl->conn = c;
}

static struct ofcontroller *
controller_create(struct ofproto *of, const struct bridge_controller *cfg)
{
    struct ofcontroller *ctl = xzalloc(sizeof *ctl);
    ctl->of = of;
    ctl->target = xstrdup(cfg->target);
    ctl->cfg = *cfg;
    ctl->cfg.target = ctl->target;
    list_push_back(&of->controllers, &ctl->node);
    return ctl;
}

static void
controller_close(struct ofcontroller *ctl)
{
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &ctl->of->conns) {
        if (c->ctl == ctl) {
            channel_close(c->ch);
            conn_free(c);
        }
    }
    listener_close(&ctl->listener);
    list_remove(&ctl->node);
    free(ctl->target);
    free(ctl);
}

static struct ofcontroller *
find_controller(const struct ofproto *of, const char *target)
{
    LIST_FOR_EACH (struct ofcontroller, ctl, node, &of->controllers) {
        if (!strcmp(ctl->target, target)) {
            return ctl;
        }
    }
    return NULL;
}

static bool
is_listed(const char *target, const struct bridge_controller *cfgs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(cfgs[i].target, target)) {
            return true;
        }
    }
    return false;
}

static void
controller_update(struct ofcontroller *ctl,
                  const struct bridge_controller *cfg)
{
    const char *target = ctl->target;
    ctl->cfg = *cfg;
    ctl->cfg.target = target;
    if (ctl->conn) {
        struct channel_opts opts = opts_of(ctl);
        channel_set_probe_interval(ctl->conn->ch, opts.probe_interval_ms);
        if (opts.max_backoff_ms) {
            channel_set_max_backoff(ctl->conn->ch, opts.max_backoff_ms);
        }
    }
}

void
ofproto_set_controllers(struct ofproto *of,
                        const struct bridge_controller *cfgs, size_t n)
{
    LIST_FOR_EACH_SAFE (struct ofcontroller, ctl, node, &of->controllers) {
        if (!ctl->is_service && !ctl->is_snoop
            && !is_listed(ctl->target, cfgs, n)) {
            controller_close(ctl);
        }
    }
    for (size_t i = 0; i < n; i++) {
        struct ofcontroller *ctl = find_controller(of, cfgs[i].target);
        if (ctl) {
            controller_update(ctl, &cfgs[i]);
        } else {
            controller_open(controller_create(of, &cfgs[i]));
        }
    }
    conns_update_wants(of);
    check_fail_mode(of);
}

bool
ofproto_get_controller_status(const struct ofproto *of, const char *target,
                              struct bridge_controller_status *st)
{
    const struct ofcontroller *ctl = find_controller(of, target);
    memset(st, 0, sizeof *st);
    st->connected_s = st->disconnected_s = -1;
    st->role = "other";
    st->state = "VOID";
    if (!ctl) {
        return false;
    }
    if (!ctl->conn) {
        return true;
    }
    static const char *const roles[] = { "other", "other", "master", "slave" };
    const struct channel *ch = ctl->conn->ch;
    int64_t now = clock_ms();
    st->is_connected = channel_is_ready(ch);
    st->role = roles[ctl->conn->role & 3];
    st->state = channel_state_name(ch);
    st->last_error = channel_last_error(ch);
    if (channel_last_ready_ms(ch)) {
        st->connected_s = (now - channel_last_ready_ms(ch)) / 1000;
    }
    if (channel_last_down_ms(ch)) {
        st->disconnected_s = (now - channel_last_down_ms(ch)) / 1000;
    }
    return true;
}

size_t
ofproto_n_conns(const struct ofproto *of)
{
    size_t n = 0;
    LIST_FOR_EACH (struct ofconn, c, node, &of->conns) {
        n += !c->is_service && !c->is_snoop;
    }
    return n;
}

void
ofproto_reconnect(struct ofproto *of)
{
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &of->conns) {
        if (!c->is_service && !c->is_snoop) {
            channel_reconnect(c->ch, "by request");
        }
    }
}

/* ## Life ## */

void
conns_init(struct ofproto *of)
{
    list_init(&of->controllers);
    list_init(&of->conns);
    loop_timer_init(&of->fail_timer, of->loop, check_fail_mode, of);
}

static void
open_service(struct ofproto *of, const char *suffix, bool is_snoop)
{
    char *target = xasprintf("punix:%s.%s", of->name, suffix);
    struct bridge_controller cfg = { .target = target };
    struct ofcontroller *ctl = controller_create(of, &cfg);
    ctl->is_snoop = is_snoop;
    ctl->is_service = !is_snoop;
    controller_open(ctl);
    free(target);
}

void
conns_open_services(struct ofproto *of)
{
    open_service(of, "mgmt", false);
    open_service(of, "snoop", true);
}

void
conns_fini(struct ofproto *of)
{
    loop_timer_cancel(&of->fail_timer);
    LIST_FOR_EACH_SAFE (struct ofcontroller, ctl, node, &of->controllers) {
        controller_close(ctl);
    }
}
