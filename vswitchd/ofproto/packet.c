/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to and from controllers. */
#include "datapath/meter.h"
#include "lib/base/clock.h"
#include "lib/base/counters.h"
#include "lib/flow/extract.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"
#include "vswitchd/xlate/xlate.h"

#define FRAME_MIN 14

/* True if 'port' may be said as where a packet-out came from. */
static bool
is_good_in_port(const struct ofproto *of, uint32_t port)
{
    return port == OFPORT_CONTROLLER || port == OFPORT_ANY
           || port == OFPORT_LOCAL || ofproto_port_get(of, port)
           || (port && port < OFPORT_MAX10);
}

enum ofp_err
packetout_apply(struct ofproto *of, uint8_t version,
                const struct ofm_packet_out *po)
{
    if (po->buffer_id != OFP_NO_BUFFER) {
        return OFPERR_OFPBRC_BUFFER_UNKNOWN;
    }
    if (!is_good_in_port(of, po->in_port)) {
        return OFPERR_OFPBRC_BAD_PORT;
    }
    if (po->data.n < FRAME_MIN) {
        return OFPERR_OFPBRC_BAD_LEN;
    }
    struct act_list acts = act_list_from_buf(&po->acts);
    struct packet p = packet_over(po->data.p, po->data.n, 0);
    packet_parse(&p);
    struct match m;
    match_init(&m);
    flow_extract(&p, po->in_port, &m.flow);
    memset(&m.mask, 0xff, sizeof m.mask);
    struct act_check check = { .match = &m,
                               .table_id = 255,
                               .n_tables = OFPROTO_N_TABLES,
                               .version = (enum ofp_version)version };
    enum ofp_err err = acts_check(&acts, &check);
    if (!err) {
        err = rules_check_refs(of, &acts);
    }
    if (err) {
        return err;
    }
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, rules_version(of));
    xlate_actions(of->pipeline, &of->x, &m.flow, &acts, &b, NULL);
    const struct xport *in = of->x.ports
                                 ? idmap_get(&of->x.ports->by_ofport,
                                             po->in_port)
                                 : NULL;
    uint32_t dp_port = in ? in->dp_port : UINT32_MAX;
    if (of->txn.is_open) {
        txn_give_packet(of, dp_port, po->data.p, po->data.n, &b);
        return 0;
    }
    if (dp_inject(of->dp, dp_port, po->data.p, po->data.n, &b)) {
        counter_inc(packet_in_lost);
    }
    dp_prog_builder_fini(&b);
    return 0;
}

/* ## Packet-ins ## */

/* Takes a token of the connection's rate; false: over it. */
static bool
take_token(struct ofconn *c)
{
    int64_t rate = c->ctl->cfg.rate_limit;
    if (!rate) {
        return true;
    }
    int64_t burst = MAX(c->ctl->cfg.burst_limit, rate / 4 + 1);
    int64_t now = clock_ms();
    c->tokens_milli = MIN(c->tokens_milli + (now - c->tokens_at_ms) * rate,
                          burst * 1000);
    c->tokens_at_ms = now;
    if (c->tokens_milli < 1000) {
        c->n_limited++;
        return false;
    }
    c->tokens_milli -= 1000;
    return true;
}

/* Reasons that 1.4 added are kinds of ACTION to a connection before. */
static uint8_t
reason_for(const struct ofconn *c, const struct xevent *v)
{
    bool is_late = v->reason > OFPR_INVALID_TTL
                   && channel_version(c->ch) < OFP14_VERSION;
    return is_late ? OFPR_ACTION : v->reason;
}

static bool
wants_packet_in(const struct ofconn *c, const struct xevent *v)
{
    if (!channel_is_ready(c->ch)
        || !conn_wants(c, c->async.packet_in, reason_for(c, v))) {
        return false;
    }
    if (v->is_miss && channel_version(c->ch) >= OFP13_VERSION) {
        return false; /* 1.3 drops what no flow takes [OF1.3.5 5.4]. */
    }
    return c->controller_id == v->controller_id;
}

static void
fill_match(const struct xevent *v, struct match *m)
{
    match_init(m);
    m->flow.in_port = v->in_port;
    m->mask.in_port = UINT32_MAX;
    if (v->metadata) {
        m->flow.metadata = v->metadata;
        m->mask.metadata = UINT64_MAX;
    }
    if (v->tun_id) {
        m->flow.tun.id = v->tun_id;
        m->mask.tun.id = UINT64_MAX;
    }
    if (v->pkt_mark) {
        m->flow.pkt_mark = v->pkt_mark;
        m->mask.pkt_mark = UINT32_MAX;
    }
    for (size_t i = 0; i < FLOW_N_REGS; i++) {
        if (v->regs[i]) {
            m->flow.regs[i] = v->regs[i];
            m->mask.regs[i] = UINT32_MAX;
        }
    }
}

static void
send_packet_in(struct ofconn *c, const struct dp_event *ev,
               const struct xevent *v)
{
    struct ofm m;
    ofm_init(&m, OFM_PACKET_IN);
    m.form = c->packet_in_form;
    m.is_reply = true; /* Nothing asked: xid 0. */
    struct ofm_packet_in *pi = &m.packet_in;
    pi->buffer_id = OFP_NO_BUFFER;
    pi->total_len = (uint16_t)MIN(ev->total_len, UINT16_MAX);
    pi->reason = reason_for(c, v);
    pi->table_id = v->table_id;
    pi->cookie = v->cookie;
    fill_match(v, &pi->match);
    /* No packet is kept here, so cutting it, as an action or the connection
     * may say, would lose the rest: it is sent whole [OF1.5.1 7.4.1]. */
    pi->data.n = ev->frame_len;
    pi->data.p = (uint8_t *)(uintptr_t)ev->frame;
    pi->userdata.n = ev->data_len - sizeof *v;
    pi->userdata.p = (uint8_t *)(uintptr_t)ev->data + sizeof *v;
    if (channel_send_packet_in(c->ch, &m)) {
        counter_inc(packet_in);
    } else {
        counter_inc(packet_in_lost);
    }
    pi->data.p = NULL;
    pi->data.n = 0;
    pi->userdata.p = NULL;
    pi->userdata.n = 0;
    ofm_fini(&m);
}

void
ofproto_packet_in(struct ofproto *of, const struct dp_event *ev)
{
    struct xevent v;
    if (ev->data_len < sizeof v) {
        return;
    }
    memcpy(&v, ev->data, sizeof v);
    const struct xmeter *m = idmap_get(&of->x.meters, METER_ID_CONTROLLER);
    if (m && !dp_meter_run(m->meter, ev->total_len, clock_us())) {
        counter_inc(packet_in_metered);
        return;
    }
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &of->conns) {
        if (wants_packet_in(c, &v) && take_token(c)) {
            send_packet_in(c, ev, &v);
        }
    }
}
