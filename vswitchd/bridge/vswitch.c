/* SPDX-License-Identifier: Apache-2.0 */
/* The switch as a whole: its bridges, and the pipeline made from them.
 *
 * vswitch_commit() makes new 'xports' for each bridge and a new 'pipeline',
 * publishes them, tells the datapath which fields each port's translations
 * can read, and frees the old ones when no worker uses them. */
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/openflow/wire.h"
#include "vswitchd/bridge/bridge_priv.h"
#include "vswitchd/xlate/xlate.h"

LOG_MODULE(vswitch);

#define EVENTS_PER_TURN 1024

/* ## Events ## */

static struct bridge *
bridge_by_id(struct vswitch *vs, uint32_t id)
{
    SHASH_FOR_EACH (n, &vs->bridges) {
        struct bridge *b = n->data;
        if (ofproto_xbridge(b->of)->id == id) {
            return b;
        }
    }
    return NULL;
}

static void
on_event(void *vs_, const struct dp_event *ev)
{
    struct vswitch *vs = vs_;
    if (ev->type == DP_EVENT_LEARN) {
        fdb_learn(ev->l2->fdb, ev->vid, ev->mac, ev->bundle, false);
        return;
    }
    uint32_t bridge_id; /* First in each. */
    if (ev->data_len < sizeof bridge_id) {
        return;
    }
    memcpy(&bridge_id, ev->data, sizeof bridge_id);
    struct bridge *b = bridge_by_id(vs, bridge_id);
    if (b && ev->kind == XEVENT_PACKET_IN) {
        ofproto_packet_in(b->of, ev);
    } else if (b) {
        ofproto_learn(b->of, ev);
    }
}

void
vswitch_run_events(struct vswitch *vs)
{
    dp_events_run(vs->dp, EVENTS_PER_TURN, on_event, vs);
}

static void
on_event_fd(void *vs, int events UNUSED)
{
    vswitch_run_events(vs);
}

/* ## Life ## */

struct vswitch *
vswitch_create(struct loop *loop, const struct vswitch_opts *opts)
{
    struct vswitch *vs = xzalloc(sizeof *vs);
    vs->loop = loop;
    vs->opts = *opts;
    port_dummy_enable(opts->enable_dummy ? PORT_DUMMY_TYPES
                                         : PORT_DUMMY_NONE);
    shash_init(&vs->bridges);
    if (opts->enable_dummy) {
        port_dummy_enable(opts->override_system ? PORT_DUMMY_OVERRIDE
                                                : PORT_DUMMY_TYPES);
    }
    struct dp_cfg cfg = { .threads = !opts->no_threads,
                          .no_cache = opts->no_cache };
    vs->dp = dp_create(&cfg);
    vs->pipeline = xzalloc(sizeof *vs->pipeline);
    dp_set_translate(vs->dp, xlate, vs->pipeline);
    int err;
    vs->event_watch = loop_fd_open(loop, dp_event_fd(vs->dp), on_event_fd, vs,
                                   &err);
    if (vs->event_watch) {
        loop_fd_want(vs->event_watch, LOOP_READ);
    } else {
        log_err("cannot watch the datapath's events: %s", log_strerror(err));
    }
    return vs;
}

void
vswitch_destroy(struct vswitch **vsp)
{
    struct vswitch *vs = *vsp;
    *vsp = NULL;
    SHASH_FOR_EACH_SAFE (n, &vs->bridges) {
        struct bridge *b = n->data;
        bridge_destroy(&b);
    }
    shash_fini(&vs->bridges);
    loop_fd_close(&vs->event_watch);
    dp_destroy(&vs->dp);
    free(vs->pipeline);
    free(vs);
}

struct dp *
vswitch_dp(struct vswitch *vs)
{
    return vs->dp;
}

struct loop *
vswitch_loop(struct vswitch *vs)
{
    return vs->loop;
}

struct bridge *
vswitch_find(const struct vswitch *vs, const char *name)
{
    return shash_get(&vs->bridges, name);
}

struct bridge **
vswitch_bridges(const struct vswitch *vs, size_t *n)
{
    const struct shash_node **nodes = shash_sorted(&vs->bridges);
    *n = shash_count(&vs->bridges);
    struct bridge **bridges = xcalloc(*n, sizeof(struct bridge *));
    for (size_t i = 0; i < *n; i++) {
        bridges[i] = nodes[i]->data;
    }
    free(nodes);
    return bridges;
}

const char *const *
vswitch_datapath_types(const struct vswitch *vs)
{
    static const char *const all[] = { "dummy", "netdev", "system", NULL };
    static const char *const dummy_only[] = { "dummy", "netdev", NULL };
    static const char *const real[] = { "netdev", "system", NULL };
    static const char *const user_only[] = { "netdev", NULL };
    return vs->opts.enable_dummy
               ? (vs->opts.disable_system ? dummy_only : all)
               : (vs->opts.disable_system ? user_only : real);
}

/* ## Commit ## */

static struct dp_l2 *
make_l2(const struct bridge *b)
{
    struct dp_l2 *l2 = dp_l2_create(b->fdb, (uint16_t)b->n_bundles);
    memcpy(l2->flood_vlans, b->flood_vlans, sizeof l2->flood_vlans);
    l2->forward_bpdu = b->forward_bpdu;
    for (size_t i = 0; i < b->n_bundles; i++) {
        const struct bundle *u = b->bundles[i];
        struct dp_bundle *d = &l2->bundles[i];
        const struct iface *f = u && u->n_ifaces ? u->ifaces[0] : NULL;
        if (!f || f->ofport == UINT32_MAX) {
            d->is_absent = true;
            continue;
        }
        *d = u->cfg;
        d->port = f->dp_port;
        d->is_patch = f->is_patch;
        const struct ofproto_port *p = ofproto_port_get(b->of, f->ofport);
        if (p) {
            d->no_flood = (p->config & OFPPC_NO_FLOOD) != 0;
            d->is_absent = (p->config & (OFPPC_PORT_DOWN | OFPPC_NO_FWD)) != 0
                           || (f->is_patch && !iface_peer(f));
        }
    }
    return l2;
}

static void
fill_xport(struct xport *x, struct xbridge *xb, const struct iface *f,
           const struct ofproto_port *p)
{
    x->ofport = f->ofport;
    x->dp_port = f->dp_port;
    x->bridge = xb;
    x->bundle = f->bundle ? f->bundle->idx : DP_BUNDLE_NONE;
    x->config = p ? p->config : 0;
    x->is_up = p && p->is_link_up && p->is_admin_up;
    const struct iface *peer = iface_peer(f);
    if (peer) {
        x->peer_bridge = ofproto_xbridge(peer->bridge->of);
        x->peer_ofport = peer->ofport;
    }
}

static int
compare_xports(const void *a_, const void *b_)
{
    const struct xport *a = a_, *b = b_;
    return a->ofport < b->ofport ? -1 : a->ofport > b->ofport;
}

static struct xports *
make_xports(struct bridge *b)
{
    struct xbridge *xb = ofproto_xbridge(b->of);
    size_t n = shash_count(&b->ifaces);
    struct xports *xs = xzalloc(sizeof *xs + n * sizeof xs->ports[0]);
    idmap_init(&xs->by_ofport);
    SHASH_FOR_EACH (node, &b->ifaces) {
        const struct iface *f = node->data;
        if (f->ofport != UINT32_MAX) {
            fill_xport(&xs->ports[xs->n++], xb, f,
                       ofproto_port_get(b->of, f->ofport));
        }
    }
    if (xs->n) {
        qsort(xs->ports, xs->n, sizeof xs->ports[0], compare_xports);
    }
    for (size_t i = 0; i < xs->n; i++) {
        idmap_set(&xs->by_ofport, &xs->ports[i]);
        if (xs->ports[i].ofport == OFPORT_LOCAL) {
            xs->local = &xs->ports[i];
        }
    }
    xs->l2 = make_l2(b);
    return xs;
}

static void
free_xports(void *xs_)
{
    struct xports *xs = xs_;
    dp_l2_unref(&xs->l2);
    idmap_fini(&xs->by_ofport);
    free(xs);
}

/* What translations of packets from 'b' can read: its own rules and those of
 * every bridge that patches lead to. */
static void
gather_reads(const struct bridge *b, struct strset *seen, struct flow *reads)
{
    if (!strset_add(seen, b->name)) {
        return;
    }
    const struct flow *r = ofproto_reads(b->of);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        flow_words(reads)[i] |= flow_words_const(r)[i];
    }
    SHASH_FOR_EACH (node, &b->ifaces) {
        const struct iface *peer = iface_peer(node->data);
        if (peer) {
            gather_reads(peer->bridge, seen, reads);
        }
    }
}

static void
publish_reads(const struct bridge *b)
{
    struct strset seen;
    strset_init(&seen);
    struct flow reads;
    memset(&reads, 0, sizeof reads);
    gather_reads(b, &seen, &reads);
    strset_fini(&seen);
    SHASH_FOR_EACH (node, &b->ifaces) {
        const struct iface *f = node->data;
        if (f->dp_port != NO_DP_PORT) {
            dp_port_set_reads(b->vs->dp, f->dp_port, &reads);
        }
    }
}

void
vswitch_publish_reads(struct vswitch *vs)
{
    SHASH_FOR_EACH (n, &vs->bridges) {
        publish_reads(n->data);
    }
}

void
vswitch_commit(struct vswitch *vs)
{
    struct pipeline *fresh = xzalloc(sizeof *fresh);
    SHASH_FOR_EACH (n, &vs->bridges) {
        bridge_before_commit(n->data);
    }
    SHASH_FOR_EACH (n, &vs->bridges) {
        struct bridge *b = n->data;
        struct xbridge *xb = ofproto_xbridge(b->of);
        struct xports *xs = make_xports(b), *old = xb->ports;
        for (size_t i = 0; i < xs->n; i++) {
            if (xs->ports[i].dp_port != NO_DP_PORT) {
                fresh->by_dp_port[xs->ports[i].dp_port] = &xs->ports[i];
            }
        }
        rcu_assign(&xb->ports, xs);
        if (old) {
            rcu_defer(free_xports, old);
        }
        ofproto_set_pipeline(b->of, fresh);
    }
    struct pipeline *old = vs->pipeline;
    vs->pipeline = fresh;
    dp_set_pipeline(vs->dp, fresh);
    rcu_free(old);
    dp_token_touch(vs->dp, DP_TOKEN_CONFIG);
    dp_publish(vs->dp);
    vswitch_publish_reads(vs);
}
