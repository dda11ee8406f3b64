/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to statistics (multipart) requests [OF1.3.5 7.3.5].  Counts are
 * folded first, so a reply is exact when it leaves. */
#include <stdlib.h>

#include "datapath/meter.h"
#include "lib/base/str.h"
#include "lib/base/clock.h"
#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

/* One reply under way on one connection. */
struct answer {
    struct ofproto *of;
    struct ofconn *conn;
    const struct ofm *request;
    struct buf b;
    struct ofm_reply reply;
    int64_t now;
};

static void
answer_begin(struct answer *a, struct ofproto *of, struct ofconn *conn,
             const struct ofm *request)
{
    a->of = of;
    a->conn = conn;
    a->request = request;
    a->now = clock_ms();
    buf_init(&a->b);
    ofm_reply_begin(&a->reply, request, channel_formats(conn->ch), &a->b);
}

static void
answer_end(struct answer *a)
{
    ofm_reply_end(&a->reply);
    channel_send_bytes(a->conn->ch, a->b.data, a->b.len);
    buf_fini(&a->b);
}

static void
split_ms(int64_t ms, uint32_t *sec, uint32_t *nsec)
{
    ms = MAX(ms, 0);
    *sec = (uint32_t)(ms / 1000);
    *nsec = (uint32_t)(ms % 1000) * 1000000;
}

/* Sends a single-part reply that 'm' holds. */
static void
send_one(struct ofconn *conn, const struct ofm *request, struct ofm *m)
{
    m->xid = request->xid;
    m->is_reply = true;
    channel_send(conn->ch, m);
}

/* ## Flows ## */

struct selection {
    const struct ofm_flow_request *rq;
    void (*fn)(struct rule *, void *);
    void *aux;
};

static bool
select_rule(struct cls_rule *cr, void *s_)
{
    struct selection *s = s_;
    struct rule *r = CONTAINER_OF(cr, struct rule, cr);
    const struct ofm_flow_request *rq = s->rq;
    struct act_list acts = rule_acts_list(r->acts);
    if (!r->is_hidden
        && (r->cookie & rq->cookie_mask) == (rq->cookie & rq->cookie_mask)
        && (rq->out_port == OFPORT_ANY
            || acts_output_to_port(&acts, rq->out_port))
        && (rq->out_group == FLOW_GROUP_ANY
            || acts_output_to_group(&acts, rq->out_group))) {
        s->fn(r, s->aux);
    }
    return true;
}

void
rules_select(struct ofproto *of, const struct ofm_flow_request *rq,
             void (*fn)(struct rule *, void *), void *aux)
{
    struct selection s = { rq, fn, aux };
    for (unsigned int i = 0; i < TABLES_MAX; i++) {
        if (of->x.tables[i].cls
            && (rq->table_id == FLOW_TABLE_ALL ? i < OFPROTO_N_TABLES
                                               : rq->table_id == i)) {
            cls_for_each(of->x.tables[i].cls, dp_version(of->dp),
                         &rq->match.flow, &rq->match.mask, select_rule, &s);
        }
    }
}

static void
put_flow(struct rule *r, void *a_)
{
    struct answer *a = a_;
    struct flow_stats fs = {
        .priority = (uint16_t)r->cr.priority,
        .table_id = r->table_id,
        .cookie = r->cookie,
        .idle_timeout = r->idle_timeout,
        .hard_timeout = r->hard_timeout,
        .importance = r->importance,
        .flags = r->flags,
        .n_packets = r->counter->n_packets,
        .n_bytes = r->counter->n_bytes,
        .acts = rule_acts_list(r->acts),
    };
    int64_t used = MAX(r->counter->used_ms, r->created_ms);
    fs.idle_age = (int)((a->now - used) / 1000);
    fs.hard_age = (int)((a->now - r->modified_ms) / 1000);
    split_ms(a->now - r->created_ms, &fs.duration_s, &fs.duration_ns);
    cls_rule_get_match(&r->cr, &fs.match.flow, &fs.match.mask);
    ofm_reply_append(&a->reply, &fs);
}

static void
answer_flows(struct answer *a)
{
    dp_fold(a->of->dp);
    rules_select(a->of, &a->request->flow_request, put_flow, a);
}

static void
add_up(struct rule *r, void *sum_)
{
    struct ofm_aggregate *sum = sum_;
    sum->packet_count += r->counter->n_packets;
    sum->byte_count += r->counter->n_bytes;
    sum->flow_count++;
}

static void
reply_aggregate(struct ofproto *of, struct ofconn *conn,
                const struct ofm *request)
{
    dp_fold(of->dp);
    struct ofm m;
    ofm_init(&m, OFM_AGGREGATE_REPLY);
    rules_select(of, &request->flow_request, add_up, &m.aggregate);
    m.form = request->form;
    send_one(conn, request, &m);
    ofm_fini(&m);
}

/* ## Tables ## */

static void
answer_tables(struct answer *a)
{
    dp_fold(a->of->dp);
    uint32_t actions = table_actions(a->request->version);
    bool has_oxm = a->request->version >= OFP12_VERSION;
    uint64_t matched_by = has_oxm ? table_oxm_fields(false) : 0x3fffff;
    uint64_t settable = has_oxm ? table_oxm_fields(true) : 0;
    for (uint8_t i = 0; i < OFPROTO_N_TABLES; i++) {
        const struct xtable *t = &a->of->x.tables[i];
        uint64_t matched = t->matched->n_packets;
        struct ofm_table_stats s = {
            .table_id = i,
            .wildcards = 0x3fffff,
            .max_entries = a->of->tables[i].max_flows,
            .active_count = (uint32_t)a->of->tables[i].n_rules,
            .config = table_miss_config(a->of, i),
            .lookup_count = matched + t->missed->n_packets,
            .matched_count = matched,
            .instructions = i + 1 < OFPROTO_N_TABLES ? 0x3e : 0x3c,
            .write_actions = actions,
            .apply_actions = actions,
            .match = matched_by,
            .wildcards64 = matched_by,
            .write_setfields = settable,
            .apply_setfields = settable,
            .metadata_match = UINT64_MAX,
            .metadata_write = UINT64_MAX,
        };
        str_copy(s.name, sizeof s.name, table_name(a->of, i));
        ofm_reply_append(&a->reply, &s);
    }
}

static void
answer_table_desc(struct answer *a)
{
    for (uint8_t i = 0; i < OFPROTO_N_TABLES; i++) {
        struct ofm_table_mod d;
        table_fill_desc(a->of, i, &d);
        ofm_reply_append(&a->reply, &d);
    }
}

static void
answer_table_features(struct answer *a)
{
    for (int i = 0; i < OFPROTO_N_TABLES; i++) {
        table_features_put(&a->reply, a->of, (uint8_t)i,
                           a->request->version);
    }
}

/* ## Ports ## */

static void
put_port_stats(struct answer *a, const struct ofproto_port *p)
{
    struct port_stats st;
    memset(&st, 0, sizeof st);
    a->of->ops.port_stats(a->of->ops.aux, p->ofport, &st);
    struct ofm_port_stats s = {
        .port_no = p->ofport,
        .rx_packets = st.rx_packets,
        .tx_packets = st.tx_packets,
        .rx_bytes = st.rx_bytes,
        .tx_bytes = st.tx_bytes,
        .rx_dropped = st.rx_dropped,
        .tx_dropped = st.tx_dropped,
        .rx_errors = st.rx_errors,
        .tx_errors = st.tx_errors,
        .rx_frame_err = st.rx_frame_err,
        .rx_over_err = st.rx_over_err,
        .rx_crc_err = st.rx_crc_err,
        .collisions = st.collisions,
    };
    split_ms(a->now - p->created_ms, &s.duration_sec, &s.duration_nsec);
    ofm_reply_append(&a->reply, &s);
}

static enum ofp_err
answer_ports(struct answer *a, uint32_t want)
{
    if (want != OFPORT_ANY) {
        const struct ofproto_port *p = ofproto_port_get(a->of, want);
        if (p) {
            put_port_stats(a, p);
        }
        return 0;
    }
    IDMAP_FOR_EACH (struct port_node, n, &a->of->ports) {
        put_port_stats(a, &n->p);
    }
    return 0;
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct ofm_port *a = a_, *b = b_;
    return a->port_no < b->port_no ? -1 : a->port_no > b->port_no;
}

/* All ports in order of their numbers; heap array. */
static struct ofm_port *
sorted_ports(const struct ofproto *of, size_t *n)
{
    struct ofm_port *ports = xcalloc(of->ports.n, sizeof *ports);
    *n = 0;
    IDMAP_FOR_EACH (struct port_node, node, &of->ports) {
        ofproto_fill_port(&node->p, &ports[(*n)++]);
    }
    if (*n) {
        qsort(ports, *n, sizeof *ports, compare_ports);
    }
    return ports;
}

static void
answer_port_desc(struct answer *a)
{
    size_t n;
    struct ofm_port *ports = sorted_ports(a->of, &n);
    uint32_t want = a->request->port_request.port_no;
    for (size_t i = 0; i < n; i++) {
        if (want == OFPORT_ANY || want == ports[i].port_no) {
            ofm_reply_append(&a->reply, &ports[i]);
        }
    }
    free(ports);
}

/* No port has queues yet: of one that is there none is described, and one
 * that is named is wrong. */
static enum ofp_err
check_queue(const struct ofproto *of, const struct ofm_queue_request *q)
{
    if (q->port_no != OFPORT_ANY && !ofproto_port_get(of, q->port_no)) {
        return OFPERR_OFPQOFC_BAD_PORT;
    }
    return q->queue_id == OFP_QUEUE_ALL ? 0 : OFPERR_OFPQOFC_BAD_QUEUE;
}

/* ## Groups and meters ## */

/* Counts a flow for each group and meter that its actions name. */
static void
count_in(struct ofproto *of, const struct act_list *acts)
{
    ACT_FOR_EACH (a, acts) {
        if (a->type == ACT_METER) {
            struct xmeter *m = idmap_get(&of->x.meters,
                                         ACT_CAST(act_meter, a)->meter_id);
            if (m) {
                m->n_flows++;
            }
        } else if (a->type == ACT_GROUP) {
            struct xgroup *g = idmap_get(&of->x.groups,
                                         ACT_CAST(act_group, a)->group_id);
            if (g) {
                g->n_flows++;
            }
        } else if (a->type == ACT_WRITE_ACTIONS || a->type == ACT_CLONE) {
            struct act_list inner = act_nested_list(ACT_CAST(act_nested, a));
            count_in(of, &inner);
        }
    }
}

static bool
count_rule(struct cls_rule *cr, void *of)
{
    const struct rule *r = CONTAINER_OF(cr, struct rule, cr);
    struct act_list acts = rule_acts_list(r->acts);
    count_in(of, &acts);
    return true;
}

/* Only who asks for it pays for knowing how many flows use what. */
static void
count_users(struct ofproto *of)
{
    IDMAP_FOR_EACH (struct xmeter, m, &of->x.meters) {
        m->n_flows = 0;
    }
    IDMAP_FOR_EACH (struct xgroup, g, &of->x.groups) {
        g->n_flows = 0;
    }
    for (int i = 0; i < TABLES_MAX; i++) {
        if (of->x.tables[i].cls) {
            cls_for_each(of->x.tables[i].cls, dp_version(of->dp), NULL, NULL,
                         count_rule, of);
        }
    }
}

static void
put_group_stats(struct answer *a, const struct xgroup *g)
{
    struct ofm_group_stats s = {
        .group_id = g->group_id,
        .ref_count = g->n_flows,
        .packet_count = g->counter->n_packets,
        .byte_count = g->counter->n_bytes,
    };
    split_ms(a->now - g->created_ms, &s.duration_sec, &s.duration_nsec);
    s.buckets.n = g->n_buckets;
    s.buckets.p = xcalloc(g->n_buckets, sizeof *s.buckets.p);
    for (size_t i = 0; i < g->n_buckets; i++) {
        s.buckets.p[i].packet_count = g->buckets[i].counter->n_packets;
        s.buckets.p[i].byte_count = g->buckets[i].counter->n_bytes;
    }
    ofm_reply_append(&a->reply, &s);
    free(s.buckets.p);
}

static void
answer_groups(struct answer *a, bool desc)
{
    uint32_t want = a->request->group_request.group_id;
    if (!desc && a->of->x.groups.n) {
        dp_fold(a->of->dp);
        count_users(a->of);
    }
    IDMAP_FOR_EACH (struct xgroup, g, &a->of->x.groups) {
        if (want != GROUP_ID_ALL && want != g->group_id) {
            continue;
        }
        if (desc) {
            ofm_reply_append(&a->reply, &g->spec);
        } else {
            put_group_stats(a, g);
        }
    }
}

static void
put_meter_stats(struct answer *a, const struct xmeter *m)
{
    struct dp_meter_stats st;
    dp_meter_get_stats(m->meter, &st);
    struct ofm_meter_stats s = {
        .meter_id = m->meter_id,
        .flow_count = m->n_flows,
        .packet_in_count = st.n_packets,
        .byte_in_count = st.n_bytes,
    };
    split_ms(a->now - st.created_ms, &s.duration_sec, &s.duration_nsec);
    s.bands.n = m->spec.n_bands;
    s.bands.p = xcalloc(s.bands.n, sizeof *s.bands.p);
    for (size_t i = 0; i < s.bands.n; i++) {
        s.bands.p[i].packet_count = st.bands[i].n_packets;
        s.bands.p[i].byte_count = st.bands[i].n_bytes;
    }
    ofm_reply_append(&a->reply, &s);
    free(s.bands.p);
}

static enum ofp_err
answer_meters(struct answer *a, bool config)
{
    uint32_t want = a->request->meter_request.meter_id;
    if (want != METER_ID_ALL && !idmap_get(&a->of->x.meters, want)) {
        return OFPERR_OFPMMFC_UNKNOWN_METER;
    }
    if (!config) {
        count_users(a->of);
    }
    IDMAP_FOR_EACH (struct xmeter, m, &a->of->x.meters) {
        if (want != METER_ID_ALL && want != m->meter_id) {
            continue;
        }
        if (config) {
            ofm_reply_append(&a->reply, &m->spec);
        } else {
            put_meter_stats(a, m);
        }
    }
    return 0;
}

static void
reply_group_features(struct ofconn *conn, const struct ofm *request)
{
    uint32_t actions = table_actions(request->version);
    struct ofm m;
    ofm_init(&m, OFM_GROUP_FEATURES_REPLY);
    m.group_features.types = (1u << GROUP_N_TYPES) - 1;
    m.group_features.capabilities = OFPGFC_SELECT_WEIGHT
                                    | OFPGFC_SELECT_LIVENESS
                                    | OFPGFC_CHAINING;
    for (int i = 0; i < GROUP_N_TYPES; i++) {
        m.group_features.max_groups[i] = OFPG_MAX;
        m.group_features.actions[i] = actions;
    }
    send_one(conn, request, &m);
    ofm_fini(&m);
}

static void
reply_meter_features(struct ofconn *conn, const struct ofm *request)
{
    struct ofm m;
    ofm_init(&m, OFM_METER_FEATURES_REPLY);
    m.meter_features.max_meters = METERS_MAX;
    m.meter_features.band_types = 1u << METER_BAND_DROP;
    m.meter_features.capabilities = METER_FLAG_KBPS | METER_FLAG_PKTPS
                                    | METER_FLAG_BURST | METER_FLAG_STATS;
    m.meter_features.max_bands = DP_METER_BANDS_MAX;
    send_one(conn, request, &m);
    ofm_fini(&m);
}

static void
reply_desc(struct ofproto *of, struct ofconn *conn, const struct ofm *request)
{
    struct ofm m;
    ofm_init(&m, OFM_DESC_REPLY);
    struct ofm_desc *d = &m.desc;
    str_copy(d->mfr_desc, sizeof d->mfr_desc, "Weir");
    str_copy(d->hw_desc, sizeof d->hw_desc, "Weir");
    str_copy(d->sw_desc, sizeof d->sw_desc, PACKAGE_VERSION);
    memcpy(d->serial_num, of->serial, sizeof d->serial_num);
    memcpy(d->dp_desc, of->dp_desc, sizeof d->dp_desc);
    send_one(conn, request, &m);
    ofm_fini(&m);
}

static enum ofp_err
answer_parts(struct answer *a)
{
    switch (a->request->type) {
    case OFM_FLOW_REQUEST:
        answer_flows(a);
        return 0;
    case OFM_TABLE_REQUEST:
        answer_tables(a);
        return 0;
    case OFM_TABLE_FEATURES_REQUEST:
        answer_table_features(a);
        return 0;
    case OFM_TABLE_DESC_REQUEST:
        answer_table_desc(a);
        return 0;
    case OFM_PORT_REQUEST:
        return answer_ports(a, a->request->port_request.port_no);
    case OFM_PORT_DESC_REQUEST:
        answer_port_desc(a);
        return 0;
    case OFM_QUEUE_REQUEST:
    case OFM_QUEUE_DESC_REQUEST:
        return check_queue(a->of, &a->request->queue_request);
    case OFM_GROUP_REQUEST:
        answer_groups(a, false);
        return 0;
    case OFM_GROUP_DESC_REQUEST:
        answer_groups(a, true);
        return 0;
    case OFM_METER_REQUEST:
        return answer_meters(a, false);
    case OFM_METER_CONFIG_REQUEST:
        return answer_meters(a, true);
    default:
        return OFPERR_OFPBRC_BAD_STAT;
    }
}

enum ofp_err
stats_reply(struct ofproto *of, struct ofconn *conn, const struct ofm *m)
{
    switch (m->type) {
    case OFM_DESC_REQUEST:
        reply_desc(of, conn, m);
        return 0;
    case OFM_AGGREGATE_REQUEST:
        reply_aggregate(of, conn, m);
        return 0;
    case OFM_GROUP_FEATURES_REQUEST:
        reply_group_features(conn, m);
        return 0;
    case OFM_METER_FEATURES_REQUEST:
        reply_meter_features(conn, m);
        return 0;
    case OFM_IPFIX_BRIDGE_REQUEST:
    case OFM_IPFIX_FLOW_REQUEST:
        return OFPERR_NXST_NOT_CONFIGURED;
    case OFM_TABLE_FEATURES_REQUEST: {
        if (m->table_features.n && conn->role == OFPCR_ROLE_SLAVE) {
            return OFPERR_OFPBRC_IS_SECONDARY;
        }
        enum ofp_err err = tables_rename(of, m);
        if (err || m->more) {
            return err;
        }
        break;
    }
    default:
        break;
    }
    if (ofm_reply_type(m->type) == OFM_NONE) {
        return OFPERR_OFPBRC_BAD_STAT;
    }
    struct answer a;
    answer_begin(&a, of, conn, m);
    enum ofp_err err = answer_parts(&a);
    if (err) {
        buf_fini(&a.b);
    } else {
        answer_end(&a);
    }
    return err;
}
