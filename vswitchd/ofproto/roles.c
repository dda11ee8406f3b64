/* SPDX-License-Identifier: Apache-2.0 */
/* Which controller leads, which messages each gets unasked, and who hears of
 * what another one changed. [OF1.3.5 6.3.4 to 6.3.6], [OF1.5.1 7.3.8 7.3.9
 * 7.4.4 7.4.6]; the Nicira forms as the peer answers them. */
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

enum { FORWARD_GROUP_MOD, FORWARD_METER_MOD };

static void
reply(struct ofconn *c, const struct ofm *request, struct ofm *m)
{
    m->xid = request->xid;
    m->is_reply = true;
    channel_send(c->ch, m);
    ofm_fini(m);
}

/* ## Roles ## */

/* A stale master is refused. */
static bool
is_stale(const struct ofproto *of, uint64_t id)
{
    return of->has_generation && (int64_t)(id - of->generation_id) < 0;
}

static uint64_t
generation_of(const struct ofproto *of)
{
    return of->has_generation ? of->generation_id : UINT64_MAX;
}

/* As the peer does, whatever the connection's masks are: who lost the lead
 * has to know. */
static void
send_role_status(struct ofconn *c)
{
    if (!channel_is_ready(c->ch)
        || !ofm_exists(OFM_ROLE_STATUS, channel_version(c->ch))) {
        return;
    }
    struct ofm m;
    ofm_init(&m, OFM_ROLE_STATUS);
    m.role_status.role = c->role;
    m.role_status.reason = OFPCRR_MASTER_REQUEST;
    m.role_status.generation_id = generation_of(c->of);
    m.is_reply = true; /* Nothing asked: xid 0. */
    channel_send(c->ch, &m);
    ofm_fini(&m);
}

static void
demote_masters(struct ofproto *of, struct ofconn *but)
{
    LIST_FOR_EACH_SAFE (struct ofconn, other, node, &of->conns) {
        if (other != but && other->role == OFPCR_ROLE_MASTER) {
            other->role = OFPCR_ROLE_SLAVE;
            send_role_status(other);
        }
    }
}

enum ofp_err
role_on_request(struct ofconn *c, struct ofm *rq)
{
    const struct ofm_role *r = &rq->role;
    struct ofproto *of = c->of;
    bool is_claim = r->role == OFPCR_ROLE_MASTER
                    || r->role == OFPCR_ROLE_SLAVE;
    if (r->role > OFPCR_ROLE_SLAVE) {
        return OFPERR_OFPRRFC_BAD_ROLE;
    }
    if (is_claim && r->has_generation) {
        if (is_stale(of, r->generation_id)) {
            return OFPERR_OFPRRFC_STALE;
        }
        of->has_generation = true;
        of->generation_id = r->generation_id;
    }
    if (r->role == OFPCR_ROLE_MASTER) {
        demote_masters(of, c);
    }
    if (r->role != OFPCR_ROLE_NOCHANGE) {
        c->role = r->role;
    }
    conns_update_wants(of);
    struct ofm m;
    ofm_init(&m, OFM_ROLE_REPLY);
    m.form = rq->form;
    m.role.role = c->role;
    m.role.has_generation = of->has_generation;
    m.role.generation_id = generation_of(of);
    reply(c, rq, &m);
    return 0;
}

/* ## Asynchronous messages ## */

void
async_reset(struct ofconn *c)
{
    memset(&c->async, 0, sizeof c->async);
    if (c->ctl->cfg.disable_async) {
        return;
    }
    uint8_t version = c->ch ? channel_version(c->ch) : 0;
    c->async.packet_in[0] = 1u << OFPR_NO_MATCH | 1u << OFPR_ACTION
                            | 1u << OFPR_ACTION_SET | 1u << OFPR_GROUP
                            | 1u << OFPR_PACKET_OUT;
    c->async.flow_removed[0] = 1u << OFPRR_IDLE_TIMEOUT
                               | 1u << OFPRR_HARD_TIMEOUT
                               | 1u << OFPRR_DELETE
                               | 1u << OFPRR_GROUP_DELETE;
    if (version >= OFP14_VERSION) {
        c->async.flow_removed[0] |= 1u << OFPRR_METER_DELETE
                                    | 1u << OFPRR_EVICTION;
    }
    c->async.port_status[0] = c->async.port_status[1] =
        1u << OFPPR_ADD | 1u << OFPPR_DELETE | 1u << OFPPR_MODIFY;
}

enum ofp_err
async_on_get(struct ofconn *c, struct ofm *rq)
{
    struct ofm m;
    ofm_init(&m, OFM_GET_ASYNC_REPLY);
    m.async = c->async;
    reply(c, rq, &m);
    return 0;
}

/* What the request does not speak of stays. */
static void
take_said(uint32_t masks[2], const uint32_t said[2])
{
    for (int i = 0; i < 2; i++) {
        if (said[i] != OFM_ASYNC_UNSAID) {
            masks[i] = said[i];
        }
    }
}

enum ofp_err
async_on_set(struct ofconn *c, struct ofm *m)
{
    struct ofm_async *a = &c->async;
    take_said(a->packet_in, m->async.packet_in);
    take_said(a->port_status, m->async.port_status);
    take_said(a->flow_removed, m->async.flow_removed);
    take_said(a->role_status, m->async.role_status);
    take_said(a->table_status, m->async.table_status);
    take_said(a->requestforward, m->async.requestforward);
    conns_update_wants(c->of);
    return 0;
}

/* ## What another controller had done ## */

/* False for what versions before 1.5 cannot say. */
static bool
can_say(const struct ofm *m, uint8_t version)
{
    if (!ofm_exists(m->type, version)
        || !ofm_exists(OFM_REQUESTFORWARD, version)) {
        return false;
    }
    /* 1.0 has groups in the form of 1.5. */
    bool needs15 = m->type == OFM_GROUP_MOD
                   && (m->group_mod.command == OFPGC_INSERT_BUCKET
                       || m->group_mod.command == OFPGC_REMOVE_BUCKET);
    return !needs15 || version >= OFP15_VERSION || version == OFP10_VERSION;
}

static void
forward(struct ofconn *to, const struct ofm *request)
{
    uint8_t version = channel_version(to->ch);
    struct ofm inner = *request, m; /* Borrows what the request owns. */
    struct buf b = BUF_INIT;
    inner.form = OFM_FORM_AUTO;
    inner.is_reply = true; /* Keeps its xid. */
    if (ofm_encode(&inner, version, 0, &b)) {
        ofm_init(&m, OFM_REQUESTFORWARD);
        m.requestforward.request.p = b.data;
        m.requestforward.request.n = b.len;
        m.is_reply = true; /* Nothing asked: xid 0. */
        channel_send(to->ch, &m);
    }
    buf_fini(&b);
}

void
conns_forward_request(struct ofconn *from, const struct ofm *m)
{
    int reason = m->type == OFM_GROUP_MOD ? FORWARD_GROUP_MOD
                                          : FORWARD_METER_MOD;
    LIST_FOR_EACH_SAFE (struct ofconn, c, node, &from->of->conns) {
        if (c != from && channel_is_ready(c->ch)
            && conn_wants(c, c->async.requestforward, reason)
            && can_say(m, channel_version(c->ch))) {
            forward(c, m);
        }
    }
}
