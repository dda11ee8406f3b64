/* SPDX-License-Identifier: Apache-2.0 */
/* From a decoded message to what it does: one row a message type. */
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"
#include "vswitchd/xlate/xlate.h"

LOG_MODULE(ofproto);

typedef enum ofp_err handler_fn(struct ofconn *, struct ofm *);

static void
reply(struct ofconn *c, const struct ofm *request, struct ofm *m)
{
    m->xid = request->xid;
    m->is_reply = true;
    channel_send(c->ch, m);
    ofm_fini(m);
}

static enum ofp_err
on_nothing(struct ofconn *c UNUSED, struct ofm *m UNUSED)
{
    return 0;
}

static enum ofp_err
on_features(struct ofconn *c, struct ofm *rq)
{
    struct ofm m;
    ofm_init(&m, OFM_FEATURES_REPLY);
    struct ofm_features *f = &m.features;
    f->datapath_id = c->of->dpid;
    f->n_tables = OFPROTO_N_TABLES;
    f->capabilities = OFPC_FLOW_STATS | OFPC_TABLE_STATS | OFPC_PORT_STATS
                      | OFPC_QUEUE_STATS
                      | (rq->version >= OFP14_VERSION ? OFPC_BUNDLES : 0u);
    if (rq->version == OFP10_VERSION) {
        f->actions = 0xfff;
    } else {
        f->capabilities |= OFPC_GROUP_STATS;
    }
    if (rq->version < OFP12_VERSION) {
        f->capabilities |= OFPC_ARP_MATCH_IP;
    }
    if (rq->version < OFP13_VERSION) {
        f->ports.p = xcalloc(c->of->ports.n, sizeof *f->ports.p);
        IDMAP_FOR_EACH (struct port_node, n, &c->of->ports) {
            ofproto_fill_port(&n->p, &f->ports.p[f->ports.n++]);
        }
    }
    reply(c, rq, &m);
    return 0;
}

static enum ofp_err
on_get_config(struct ofconn *c, struct ofm *rq)
{
    struct ofm m;
    ofm_init(&m, OFM_GET_CONFIG_REPLY);
    m.config.flags = c->of->x.frag_mode;
    if (c->invalid_ttl) {
        m.config.flags |= OFPC_INVALID_TTL_TO_CONTROLLER;
    }
    m.config.miss_send_len = c->miss_send_len;
    reply(c, rq, &m);
    return 0;
}

static bool
is_slave(const struct ofconn *c)
{
    return c->role == OFPCR_ROLE_SLAVE;
}

static enum ofp_err
on_set_config(struct ofconn *c, struct ofm *m)
{
    if (!is_slave(c)) {
        uint8_t frag = m->config.flags & OFPC_FRAG_MASK;
        if (frag != OFPC_FRAG_REASM && frag != c->of->x.frag_mode) {
            c->of->x.frag_mode = frag;
            c->of->ops.changed(c->of->ops.aux);
        }
        c->invalid_ttl = m->config.flags & OFPC_INVALID_TTL_TO_CONTROLLER;
        if (c->invalid_ttl) {
            c->async.packet_in[0] |= 1u << OFPR_INVALID_TTL;
        }
    }
    c->miss_send_len = m->config.miss_send_len;
    conns_update_wants(c->of);
    return 0;
}

static enum ofp_err
on_flow_mod(struct ofconn *c, struct ofm *m)
{
    return flowmod_apply(c->of, m->version, &m->flow_mod);
}

static enum ofp_err
on_group_mod(struct ofconn *c, struct ofm *m)
{
    enum ofp_err err = groupmod_apply(c->of, m->version, &m->group_mod);
    if (!err) {
        conns_forward_request(c, m);
    }
    return err;
}

static enum ofp_err
on_meter_mod(struct ofconn *c, struct ofm *m)
{
    enum ofp_err err = metermod_apply(c->of, &m->meter_mod);
    if (!err) {
        conns_forward_request(c, m);
    }
    return err;
}

static enum ofp_err
on_port_mod(struct ofconn *c, struct ofm *m)
{
    return portmod_apply(c->of, &m->port_mod);
}

static enum ofp_err
on_packet_out(struct ofconn *c, struct ofm *m)
{
    return packetout_apply(c->of, m->version, &m->packet_out);
}

static enum ofp_err
on_table_mod(struct ofconn *c, struct ofm *m)
{
    return tablemod_apply(c->of, m->version, &m->table_mod);
}

static enum ofp_err
on_barrier(struct ofconn *c, struct ofm *rq)
{
    struct ofm m;
    ofm_init(&m, OFM_BARRIER_REPLY);
    reply(c, rq, &m);
    return 0;
}

static enum ofp_err
on_queue_config(struct ofconn *c, struct ofm *rq)
{
    uint32_t port = rq->queue_request.port_no;
    if (port != OFPORT_ANY && !ofproto_port_get(c->of, port)) {
        return OFPERR_OFPQOFC_BAD_PORT;
    }
    struct ofm m;
    ofm_init(&m, OFM_QUEUE_GET_CONFIG_REPLY);
    m.queue_config.port_no = port;
    reply(c, rq, &m);
    return 0;
}

static void
set_format(struct ofconn *c, unsigned int set, unsigned int clear)
{
    channel_set_formats(c->ch, (channel_formats(c->ch) & ~clear) | set);
}

static enum ofp_err
on_flow_format(struct ofconn *c, struct ofm *m)
{
    switch (m->nx_value.value) {
    case NXFF_OPENFLOW10:
        set_format(c, FLOW_FORMAT_OF10, FLOW_FORMAT_NXM);
        return 0;
    case NXFF_NXM:
        set_format(c, FLOW_FORMAT_NXM, FLOW_FORMAT_OF10);
        return 0;
    default:
        return OFPERR_OFPBRC_EPERM;
    }
}

static enum ofp_err
on_flow_mod_table_id(struct ofconn *c, struct ofm *m)
{
    unsigned int bits = FLOW_FORMAT_OF10_TID | FLOW_FORMAT_NXM_TID;
    set_format(c, m->nx_value.value ? bits : 0, bits);
    return 0;
}

static enum ofp_err
on_packet_in_format(struct ofconn *c, struct ofm *m)
{
    static const enum ofm_form_hint forms[] = {
        [NXPIF_STANDARD] = OFM_FORM_AUTO,
        [NXPIF_NXT_PACKET_IN] = OFM_FORM_NX,
        [NXPIF_NXT_PACKET_IN2] = OFM_FORM_NX2,
    };
    if (m->nx_value.value >= ARRAY_SIZE(forms)) {
        return OFPERR_OFPBRC_EPERM;
    }
    c->packet_in_form = forms[m->nx_value.value];
    return 0;
}

static enum ofp_err
on_controller_id(struct ofconn *c, struct ofm *m)
{
    c->controller_id = (uint16_t)m->nx_value.value;
    return 0;
}

static enum ofp_err
on_stats(struct ofconn *c, struct ofm *m)
{
    return stats_reply(c->of, c, m);
}

static handler_fn *const handlers[OFM_N] = {
    [OFM_HELLO] = on_nothing,
    [OFM_ERROR] = on_nothing,
    [OFM_ECHO_REPLY] = on_nothing,
    [OFM_FLOW_AGE] = on_nothing,
    [OFM_FEATURES_REQUEST] = on_features,
    [OFM_GET_CONFIG_REQUEST] = on_get_config,
    [OFM_SET_CONFIG] = on_set_config,
    [OFM_FLOW_MOD] = on_flow_mod,
    [OFM_GROUP_MOD] = on_group_mod,
    [OFM_METER_MOD] = on_meter_mod,
    [OFM_PORT_MOD] = on_port_mod,
    [OFM_TABLE_MOD] = on_table_mod,
    [OFM_PACKET_OUT] = on_packet_out,
    [OFM_FLOW_MONITOR_REQUEST] = monitor_request,
    [OFM_FLOW_MONITOR_CANCEL] = monitor_cancel,
    [OFM_BUNDLE_CONTROL] = bundle_control,
    [OFM_BUNDLE_ADD_MESSAGE] = bundle_add,
    [OFM_BARRIER_REQUEST] = on_barrier,
    [OFM_ROLE_REQUEST] = role_on_request,
    [OFM_GET_ASYNC_REQUEST] = async_on_get,
    [OFM_SET_ASYNC_CONFIG] = async_on_set,
    [OFM_QUEUE_GET_CONFIG_REQUEST] = on_queue_config,
    [OFM_SET_FLOW_FORMAT] = on_flow_format,
    [OFM_FLOW_MOD_TABLE_ID] = on_flow_mod_table_id,
    [OFM_SET_PACKET_IN_FORMAT] = on_packet_in_format,
    [OFM_SET_CONTROLLER_ID] = on_controller_id,
    /* No connection is tracked, so none is left after these. */
    [OFM_CT_FLUSH_ZONE] = on_nothing,
    [OFM_CT_FLUSH] = on_nothing,
    [OFM_DESC_REQUEST] = on_stats,
    [OFM_FLOW_REQUEST] = on_stats,
    [OFM_AGGREGATE_REQUEST] = on_stats,
    [OFM_TABLE_REQUEST] = on_stats,
    [OFM_TABLE_FEATURES_REQUEST] = on_stats,
    [OFM_TABLE_DESC_REQUEST] = on_stats,
    [OFM_IPFIX_FLOW_REQUEST] = on_stats,
    [OFM_IPFIX_BRIDGE_REQUEST] = on_stats,
    [OFM_QUEUE_DESC_REQUEST] = on_stats,
    [OFM_PORT_REQUEST] = on_stats,
    [OFM_PORT_DESC_REQUEST] = on_stats,
    [OFM_QUEUE_REQUEST] = on_stats,
    [OFM_GROUP_REQUEST] = on_stats,
    [OFM_GROUP_DESC_REQUEST] = on_stats,
    [OFM_GROUP_FEATURES_REQUEST] = on_stats,
    [OFM_METER_REQUEST] = on_stats,
    [OFM_METER_CONFIG_REQUEST] = on_stats,
    [OFM_METER_FEATURES_REQUEST] = on_stats,
};

/* What a slave may not send [OF1.5.1 6.3.6]. */
static const bool changes[OFM_N] = {
    [OFM_FLOW_MOD] = true,  [OFM_GROUP_MOD] = true,
    [OFM_METER_MOD] = true, [OFM_PORT_MOD] = true,
    [OFM_TABLE_MOD] = true, [OFM_PACKET_OUT] = true,
};

static enum ofp_err
handle(struct ofconn *c, struct ofm *m)
{
    handler_fn *fn = m->type < OFM_N ? handlers[m->type] : NULL;
    if (!fn) {
        return OFPERR_OFPBRC_BAD_TYPE;
    }
    if (is_slave(c) && changes[m->type]) {
        /* 1.0 and 1.1 know no roles, only those who may not. */
        return m->version < OFP12_VERSION ? OFPERR_OFPBRC_EPERM
                                          : OFPERR_OFPBRC_IS_SECONDARY;
    }
    struct ofproto *of = c->of;
    of->actor = c;
    of->actor_xid = m->xid;
    enum ofp_err err = fn(c, m);
    of->actor = NULL;
    return err;
}

void
dispatch_message(struct ofconn *c, struct ofm *m)
{
    enum ofp_err err = handle(c, m);
    if (err) {
        log_info_rl("%s<->%s: %s refused: %s", c->of->name,
                    channel_name(c->ch), ofm_type_name(m->type),
                    ofp_err_name(err));
        channel_send_error(c->ch, m, err);
    }
}

enum ofp_err
ofproto_apply(struct ofproto *of, struct ofm *m)
{
    switch (m->type) {
    case OFM_FLOW_MOD:
        return flowmod_apply(of, m->version, &m->flow_mod);
    case OFM_GROUP_MOD:
        return groupmod_apply(of, m->version, &m->group_mod);
    case OFM_METER_MOD:
        return metermod_apply(of, &m->meter_mod);
    case OFM_TABLE_MOD:
        return tablemod_apply(of, m->version, &m->table_mod);
    case OFM_PORT_MOD:
        return portmod_apply(of, &m->port_mod);
    case OFM_PACKET_OUT:
        return packetout_apply(of, m->version, &m->packet_out);
    default:
        return OFPERR_OFPBRC_BAD_TYPE;
    }
}
