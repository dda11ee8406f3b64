/* SPDX-License-Identifier: Apache-2.0 */
/* The table of drivers, and what stands between a worker and a driver that
 * cannot carry everything: segmentation, checksums, the MTU. */
#include "datapath/port/port.h"

#include <errno.h>
#include <stdatomic.h>

#include "datapath/port/port_priv.h"
#include "lib/base/assert.h"
#include "lib/base/mem.h"
#include "lib/packet/csum.h"
#include "lib/packet/gso.h"
#include "lib/packet/hdr.h"

/* Bytes of Ethernet header and one tag that a frame of full MTU has. */
#define L2_OVERHEAD (ETH_HDR_LEN + VLAN_TAG_LEN)

static const struct port_ops *const drivers[] = {
    &port_system_ops,
    &port_internal_ops,
    &port_tap_ops,
    &port_dpdk_ops,
    &port_mem_ops,
    &port_dummy_ops,
    &port_dummy_internal_ops,
    &port_dummy_pmd_ops,
};

static bool
is_dummy_type(const char *type)
{
    return !strncmp(type, "dummy", 5);
}

/* The driver that stands in for 'type' at the level of dummies asked for. */
static const struct port_ops *
dummy_for_type(const char *type)
{
    enum port_dummy_level level = port_dummy_level();
    if (level == PORT_DUMMY_OVERRIDE && !strcmp(type, "internal")) {
        return &port_dummy_internal_ops;
    }
    bool is_ours = !strcmp(type, "mem") || !strcmp(type, "dpdk")
                   || is_dummy_type(type);
    if ((level == PORT_DUMMY_OVERRIDE && !is_ours)
        || (level == PORT_DUMMY_SYSTEM && !strcmp(type, "system"))) {
        return &port_dummy_ops;
    }
    return NULL;
}

const struct port_ops *
port_ops_for_type(const char *type)
{
    if (!type || !*type) {
        type = "system";
    }
    if (is_dummy_type(type) && port_dummy_level() == PORT_DUMMY_NONE) {
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
        if (!strcmp(drivers[i]->type, type)) {
            const struct port_ops *dummy = dummy_for_type(type);
            return dummy ? dummy : drivers[i];
        }
    }
    return NULL;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **
port_types(void)
{
    const char **types = xcalloc(ARRAY_SIZE(drivers) + 1, sizeof *types);
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
        bool is_hidden = !strcmp(drivers[i]->type, "mem");
        if (!is_hidden && port_ops_for_type(drivers[i]->type)) {
            types[n++] = drivers[i]->type;
        }
    }
    qsort(types, n, sizeof *types, compare_names);
    return types;
}

int
port_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    *out = NULL;
    *error = NULL;
    const struct port_ops *ops = port_ops_for_type(cfg->type);
    if (!ops) {
        *error = xasprintf("%s: unknown interface type %s", cfg->name,
                           cfg->type);
        return -EAFNOSUPPORT;
    }
    return ops->open(cfg, out, error);
}

void
port_close(struct port **p)
{
    if (*p) {
        (*p)->ops->close(*p);
        *p = NULL;
    }
}

void
port_init(struct port *p, const struct port_ops *ops,
          const struct port_cfg *cfg, bool carries_gso)
{
    *p = (struct port){
        .ops = ops,
        .name = xstrdup(cfg->name),
        .type = xstrdup(cfg->type && *cfg->type ? cfg->type : ops->type),
        .n_rxq = 1,
        .carries_gso = carries_gso,
        .mtu = cfg->mtu,
    };
}

void
port_fini(struct port *p)
{
    free(p->name);
    free(p->type);
}

void
port_read_stats(const struct port *p, const struct port_stats *stats,
                struct port_stats *out)
{
    _Static_assert(sizeof *stats % sizeof(uint64_t) == 0, "counters alone");
    const uint64_t *from = (const uint64_t *)stats;
    uint64_t *to = (uint64_t *)out;
    for (size_t i = 0; i < sizeof *stats / sizeof *from; i++) {
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
    }
    out->tx_dropped += p->n_tx_refused;
}

/* ## Sending ## */

/* Packets on their way to the driver, sent when full. */
struct outbox {
    struct port *port;
    unsigned int txq, n, n_sent;
    struct packet pkts[BURST_MAX];
};

static void
outbox_flush(struct outbox *o)
{
    if (o->n) {
        o->n_sent += o->port->ops->tx(o->port, o->txq, o->pkts, o->n);
        o->n = 0;
    }
}

static void
outbox_put(struct outbox *o, const struct packet *p)
{
    o->pkts[o->n++] = *p;
    if (o->n == BURST_MAX) {
        outbox_flush(o);
    }
}

static void
refuse(struct port *p, struct packet *pkt)
{
    atomic_fetch_add_explicit(&p->n_tx_refused, 1, memory_order_relaxed);
    packet_free(pkt);
}

static inline bool
is_too_big(const struct port *p, const struct packet *pkt)
{
    int mtu = port_mtu(p);
    if (mtu <= 0 || LIKELY(pkt->len <= (uint32_t)mtu + L2_OVERHEAD)) {
        return false;
    }
    /* Of a GSO frame what counts is what it will become. */
    return pkt->gso_type == PACKET_GSO_NONE
           || gso_segment_len(pkt) > (uint32_t)mtu + L2_OVERHEAD;
}

/* Cuts a GSO frame up.  Returns 1 if all of it went out, for the caller
 * counts frames as it gave them. */
static unsigned int
put_segments(struct outbox *o, struct packet *pkt)
{
    struct gso_iter it;
    struct packet seg;
    if (!gso_begin(&it, pkt)) {
        refuse(o->port, pkt);
        return 0;
    }
    /* Segments of one frame count as one packet in what is returned. */
    outbox_flush(o);
    unsigned int before = o->n_sent, n_made = 0;
    while (gso_next(&it, &seg)) {
        if (is_too_big(o->port, &seg)) {
            refuse(o->port, &seg);
            continue;
        }
        n_made++;
        outbox_put(o, &seg);
    }
    outbox_flush(o);
    bool went_out = o->n_sent - before == n_made && !it.no_buffer && n_made;
    o->n_sent = before;
    if (it.no_buffer) {
        refuse(o->port, pkt);
    } else {
        packet_free(pkt);
    }
    return went_out;
}

/* The way of a port that cannot carry offloads, or of frames too big. */
static unsigned int
tx_resolving(struct port *p, unsigned int txq, struct packet *pkts,
             unsigned int n)
{
    struct outbox o = { .port = p, .txq = txq };
    unsigned int n_gso_sent = 0;
    for (unsigned int i = 0; i < n; i++) {
        struct packet *pkt = &pkts[i];
        if (is_too_big(p, pkt)) {
            refuse(p, pkt);
        } else if (p->carries_gso) {
            outbox_put(&o, pkt);
        } else if (pkt->gso_type != PACKET_GSO_NONE) {
            n_gso_sent += put_segments(&o, pkt);
        } else if (!packet_finish_csum(pkt)) {
            refuse(p, pkt);
        } else {
            outbox_put(&o, pkt);
        }
    }
    outbox_flush(&o);
    return o.n_sent + n_gso_sent;
}

unsigned int
port_tx(struct port *p, unsigned int txq, struct packet *pkts, unsigned int n)
{
    ASSERT_HOT(n <= BURST_MAX);
    uint32_t limit = (uint32_t)port_mtu(p) + L2_OVERHEAD;
    bool needs_work = false;
    for (unsigned int i = 0; i < n; i++) {
        bool has_offload = pkts[i].flags & PACKET_CSUM_PARTIAL
                           || pkts[i].gso_type != PACKET_GSO_NONE;
        needs_work |= pkts[i].len > limit || (has_offload && !p->carries_gso);
    }
    if (LIKELY(!needs_work)) {
        return p->ops->tx(p, txq, pkts, n);
    }
    return tx_resolving(p, txq, pkts, n);
}
