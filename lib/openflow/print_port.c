/* SPDX-License-Identifier: Apache-2.0 */
/* The switch's features, ports and queues as text. */
#include "lib/base/mem.h"
#include "lib/openflow/print_priv.h"

static const char *const config_names[] = {
    "PORT_DOWN", "NO_STP", "NO_RECV", "NO_RECV_STP", "NO_FLOOD", "NO_FWD",
    "NO_PACKET_IN"
};

static const char *const feature_names[] = {
    "10MB-HD", "10MB-FD", "100MB-HD", "100MB-FD", "1GB-HD", "1GB-FD",
    "10GB-FD", "40GB-FD", "100GB-FD", "1TB-FD", "OTHER", "COPPER", "FIBER",
    "AUTO_NEG", "AUTO_PAUSE", "AUTO_PAUSE_ASYM"
};

static void
print_config(struct str *s, uint32_t config)
{
    print_bits(s, config, config_names, ARRAY_SIZE(config_names));
}

static void
print_features_bits(struct str *s, uint32_t features)
{
    print_bits(s, features, feature_names, ARRAY_SIZE(feature_names));
}

static void
print_state(struct str *s, uint32_t state)
{
    static const char *const names[] = { "LINK_DOWN", "BLOCKED", "LIVE" };
    static const char *const stp[] = { "", "STP_LEARN", "STP_FORWARD",
                                       "STP_BLOCK" };
    uint32_t stp_state = state & OFPPS_STP_MASK;
    if (stp_state) {
        str_put(s, stp[stp_state >> 8]);
        state &= ~(uint32_t)OFPPS_STP_MASK;
    }
    if (state || !stp_state) {
        print_bits(s, state, names, ARRAY_SIZE(names));
    }
}

static void
print_feature_line(struct str *s, const char *title, uint32_t features)
{
    if (features) {
        str_putf(s, "     %-12s", title);
        print_features_bits(s, features);
        str_put_char(s, '\n');
    }
}

static void
print_port(const struct print *p, const struct ofm_port *port)
{
    struct str *s = p->s;
    str_put_char(s, ' ');
    ofport_put(port->port_no, NULL, s);
    str_putf(s, "(%s): addr:" ETH_ADDR_FMT "\n", port->name,
             ETH_ADDR_ARGS(port->hw_addr));
    str_put(s, "     config:     ");
    print_config(s, port->config);
    str_put(s, "\n     state:      ");
    print_state(s, port->state);
    str_put_char(s, '\n');
    print_feature_line(s, "current:", port->curr);
    print_feature_line(s, "advertised:", port->advertised);
    print_feature_line(s, "supported:", port->supported);
    print_feature_line(s, "peer:", port->peer);
    str_putf(s, "     speed: %u Mbps now, %u Mbps max\n",
             port->curr_speed / 1000, port->max_speed / 1000);
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct ofm_port *a = a_, *b = b_;
    return a->port_no < b->port_no ? -1 : a->port_no > b->port_no;
}

static void
print_ports(const struct print *p, const struct ofm_port *ports, size_t n)
{
    if (!n) {
        return;
    }
    struct ofm_port *sorted = xmemdup(ports, n * sizeof *ports);
    qsort(sorted, n, sizeof *sorted, compare_ports);
    for (size_t i = 0; i < n; i++) {
        print_port(p, &sorted[i]);
    }
    free(sorted);
}

void
print_features(const struct print *p, const struct ofm *m)
{
    static const char *const capabilities[31] = {
        "FLOW_STATS", "TABLE_STATS", "PORT_STATS", "GROUP_STATS", NULL,
        "IP_REASM", "QUEUE_STATS", "ARP_MATCH_IP", "PORT_BLOCKED",
        "BUNDLES", "FLOW_MONITORING",
    };
    static const char *const actions[] = {
        "output", "set_vlan_vid", "set_vlan_pcp", "strip_vlan", "mod_dl_src",
        "mod_dl_dst", "mod_nw_src", "mod_nw_dst", "mod_nw_tos", "mod_tp_src",
        "mod_tp_dst", "enqueue"
    };
    const struct ofm_features *f = &m->features;
    struct str *s = p->s;
    str_putf(s, " dpid:%016llx\n", (unsigned long long)f->datapath_id);
    str_putf(s, "n_tables:%u, n_buffers:%u", f->n_tables, f->n_buffers);
    if (f->auxiliary_id) {
        str_putf(s, ", auxiliary_id:%u", f->auxiliary_id);
    }
    str_put(s, "\ncapabilities: ");
    uint32_t known = 0x7ef;
    if (f->capabilities & OFPC_STP) {
        /* Where the group bit stands in later versions. */
        const char *with_stp[31];
        memcpy(with_stp, capabilities, sizeof with_stp);
        with_stp[3] = "STP";
        print_bits(s, (f->capabilities & known) | 1u << 3, with_stp, 31);
    } else {
        print_bits(s, f->capabilities & known, capabilities, 31);
    }
    str_put_char(s, '\n');
    if (p->version == OFP10_VERSION && f->actions) {
        const char *sep = "";
        str_put(s, "actions: ");
        if (f->actions & 1) {
            str_put(s, "output");
            sep = " ";
        }
        for (size_t i = 11; i < 12; i++) {
            if (f->actions >> i & 1) {
                str_putf(s, "%s%s", sep, actions[i]);
                sep = " ";
            }
        }
        for (size_t i = 1; i < 11; i++) {
            if (f->actions >> i & 1) {
                str_putf(s, "%s%s", sep, actions[i]);
                sep = " ";
            }
        }
        str_put_char(s, '\n');
    }
    print_ports(p, f->ports.p, f->ports.n);
}

void
print_port_desc_request(const struct print *p, const struct ofm *m)
{
    str_put(p->s, " port=");
    ofport_put(m->port_request.port_no, p->names, p->s);
}

void
print_port_desc(const struct print *p, const struct ofm *m)
{
    str_put_char(p->s, '\n');
    print_ports(p, m->port_desc.p, m->port_desc.n);
}

void
print_port_status(const struct print *p, const struct ofm *m)
{
    static const char *const reasons[] = { "ADD", "DEL", "MOD" };
    str_putf(p->s, " %s:", reasons[m->port_status.reason]);
    print_port(p, &m->port_status.port);
}

void
print_port_mod(const struct print *p, const struct ofm *m)
{
    const struct ofm_port_mod *pm = &m->port_mod;
    str_put(p->s, " port: ");
    ofport_put(pm->port_no, p->names, p->s);
    str_putf(p->s, ": addr:" ETH_ADDR_FMT "\n     config: ",
             ETH_ADDR_ARGS(pm->hw_addr));
    print_config(p->s, pm->config);
    str_put(p->s, "\n     mask:   ");
    print_config(p->s, pm->mask);
    str_put(p->s, "\n     advertise: ");
    if (pm->advertise) {
        print_features_bits(p->s, pm->advertise);
    } else {
        str_put(p->s, "UNCHANGED");
    }
    str_put_char(p->s, '\n');
}

void
print_port_request(const struct print *p, const struct ofm *m)
{
    str_put(p->s, " port_no=");
    ofport_put(m->port_request.port_no, p->names, p->s);
}

/* "  port  1": numbers in two places, as the peer has them. */
static void
print_stats_port(const struct print *p, uint32_t port_no)
{
    str_put(p->s, "  port ");
    if (port_no < 10) {
        str_put_char(p->s, ' ');
    }
    ofport_put(port_no, p->names, p->s);
}

void
print_port_reply(const struct print *p, const struct ofm *m)
{
    struct str *s = p->s;
    str_putf(s, " %zu ports\n", m->port_reply.n);
    for (size_t i = 0; i < m->port_reply.n; i++) {
        const struct ofm_port_stats *ps = &m->port_reply.p[i];
        print_stats_port(p, ps->port_no);
        str_put(s, ": rx ");
        print_count(s, "pkts=", ps->rx_packets);
        print_count(s, ", bytes=", ps->rx_bytes);
        print_count(s, ", drop=", ps->rx_dropped);
        print_count(s, ", errs=", ps->rx_errors);
        print_count(s, ", frame=", ps->rx_frame_err);
        print_count(s, ", over=", ps->rx_over_err);
        print_count(s, ", crc=", ps->rx_crc_err);
        str_put(s, "\n           tx ");
        print_count(s, "pkts=", ps->tx_packets);
        print_count(s, ", bytes=", ps->tx_bytes);
        print_count(s, ", drop=", ps->tx_dropped);
        print_count(s, ", errs=", ps->tx_errors);
        print_count(s, ", coll=", ps->collisions);
        str_put_char(s, '\n');
        if (ps->duration_sec != UINT32_MAX) {
            str_put(s, "           duration=");
            duration_put(ps->duration_sec, ps->duration_nsec, s);
            str_put_char(s, '\n');
        }
    }
}

static void
print_queue_id(struct str *s, uint32_t id)
{
    if (id == OFP_QUEUE_ALL) {
        str_put(s, "ALL");
    } else {
        str_putf(s, "%u", id);
    }
}

void
print_queue_request(const struct print *p, const struct ofm *m)
{
    str_put(p->s, " port=");
    ofport_put(m->queue_request.port_no, p->names, p->s);
    str_put(p->s, " queue=");
    print_queue_id(p->s, m->queue_request.queue_id);
}

void
print_queue_reply(const struct print *p, const struct ofm *m)
{
    struct str *s = p->s;
    str_putf(s, " %zu queues\n", m->queue_reply.n);
    for (size_t i = 0; i < m->queue_reply.n; i++) {
        const struct ofm_queue_stats *q = &m->queue_reply.p[i];
        str_put(s, "  port ");
        ofport_put(q->port_no, p->names, s);
        str_put(s, " queue ");
        print_queue_id(s, q->queue_id);
        print_count(s, ": bytes=", q->tx_bytes);
        print_count(s, ", pkts=", q->tx_packets);
        print_count(s, ", errors=", q->tx_errors);
        str_put(s, ", duration=");
        if (q->duration_sec != UINT32_MAX) {
            duration_put(q->duration_sec, q->duration_nsec, s);
        } else {
            str_put_char(s, '?');
        }
        str_put_char(s, '\n');
    }
}

void
print_queue_config_request(const struct print *p, const struct ofm *m)
{
    str_put(p->s, " port=");
    ofport_put(m->queue_request.port_no, p->names, p->s);
}

static void
print_rate(struct str *s, const char *name, uint16_t rate)
{
    if (rate == UINT16_MAX) {
        return;
    }
    str_putf(s, " %s:", name);
    if (rate <= 1000) {
        str_putf(s, "%u.%u%%", rate / 10, rate % 10);
    } else {
        str_put(s, "(disabled)");
    }
}

static int
compare_queues(const void *a_, const void *b_)
{
    const struct ofm_queue *a = a_, *b = b_;
    return a->queue_id < b->queue_id ? -1 : a->queue_id > b->queue_id;
}

void
print_queue_desc_request(const struct print *p, const struct ofm *m)
{
    print_queue_config_request(p, m);
    if (m->queue_request.queue_id != OFP_QUEUE_ALL) {
        str_putf(p->s, " queue=%u", m->queue_request.queue_id);
    }
}

static int
compare_ports_queues(const void *a_, const void *b_)
{
    const struct ofm_queue *a = a_, *b = b_;
    return a->port_no != b->port_no ? (a->port_no < b->port_no ? -1 : 1)
                                    : compare_queues(a, b);
}

/* Each port's number, then a line a queue. */
static void
put_queues(const struct print *p, struct ofm_queue *queues, size_t n)
{
    qsort(queues, n, sizeof *queues, compare_ports_queues);
    for (size_t i = 0; i < n; i++) {
        if (!i || queues[i].port_no != queues[i - 1].port_no) {
            str_put(p->s, i ? "port=" : " port=");
            ofport_put(queues[i].port_no, p->names, p->s);
            str_put_char(p->s, '\n');
        }
        str_putf(p->s, "queue %u:", queues[i].queue_id);
        print_rate(p->s, "min_rate", queues[i].min_rate);
        print_rate(p->s, "max_rate", queues[i].max_rate);
        str_put_char(p->s, '\n');
    }
}

void
print_queue_config(const struct print *p, const struct ofm *m)
{
    const struct ofm_queue_config *q = &m->queue_config;
    size_t n = q->queues.n;
    struct ofm_queue *queues = xcalloc(MAX(n, 1), sizeof *queues);
    for (size_t i = 0; i < n; i++) {
        queues[i] = q->queues.p[i];
        queues[i].port_no = q->port_no;
    }
    put_queues(p, queues, n);
    free(queues);
}

void
print_queue_desc(const struct print *p, const struct ofm *m)
{
    size_t n = m->queue_desc.n;
    struct ofm_queue *queues = xcalloc(MAX(n, 1), sizeof *queues);
    for (size_t i = 0; i < n; i++) {
        queues[i] = m->queue_desc.p[i];
    }
    put_queues(p, queues, n);
    free(queues);
}
