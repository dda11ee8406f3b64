/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of DPDK: type "dpdk".
 *
 * "options:dpdk-devargs" names the device: a virtual one that is made with
 * its arguments ("net_null0,no-rx=1", "net_pcap0,rx_pcap=F"), or a PCI
 * address.  It is plugged in when the port opens and out when it closes.
 * Other options: n_rxq (of the port's configuration), n_rxq_desc, n_txq_desc.
 *
 * A packet received here is its mbuf; sent to another DPDK port the same
 * mbuf goes out.  Packets of other pools are copied into an mbuf.  Each
 * device transmit queue has a spinlock, since there may be fewer queues than
 * workers; it is taken once a burst. */
#include "datapath/port/dpdk_priv.h"

#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/base/thread.h"

LOG_MODULE(netdev_dpdk);

#define DESCRIPTORS_DEFAULT 2048
#define RXQ_MAX 16
#define TXQ_MAX 16
#define MTU_DEFAULT 1500

struct dpdk_port {
    struct port up;
    uint16_t id;
    uint16_t n_txq;
    struct rte_device *device; /* Unplugged at the end, if 'is_ours'. */
    bool is_ours;              /* Plugged in by us. */
    struct rte_mempool *pool;
    struct port_stats stats;
    bool is_up;                /* As set; not all devices can be. */
    bool was_link_up;
    uint64_t n_link_resets;
    char driver[48];
    /* Counters of a queue are written by its worker, or under its lock. */
    struct {
        CACHE_ALIGNED uint64_t n_packets, n_bytes;
    } rxqs[RXQ_MAX];
    struct {
        CACHE_ALIGNED rte_spinlock_t lock;
        uint64_t n_packets, n_bytes, n_dropped;
    } txqs[TXQ_MAX];
};

static struct dpdk_port *
dpdk_of(const struct port *p)
{
    ASSERT_HOT(p->ops == &port_dpdk_ops);
    return CONTAINER_OF((uintptr_t)p, struct dpdk_port, up);
}

/* ## Opening ## */

/* Finds the device of 'devargs', plugging it in if it is not there. */
static int
attach(struct dpdk_port *d, const char *devargs)
{
    size_t name_len = strcspn(devargs, ",");
    char *name = xmemdup0(devargs, name_len);
    int err = rte_eth_dev_get_port_by_name(name, &d->id);
    if (err) {
        err = rte_dev_probe(devargs);
        d->is_ours = !err;
        err = err ? err : rte_eth_dev_get_port_by_name(name, &d->id);
    }
    if (err && d->is_ours) {
        /* A PCI address may be written in several ways. */
        struct rte_dev_iterator it;
        uint16_t id = RTE_MAX_ETHPORTS;
        if (!rte_eth_iterator_init(&it, devargs)) {
            id = rte_eth_iterator_next(&it);
        }
        if (id != RTE_MAX_ETHPORTS) {
            rte_eth_iterator_cleanup(&it);
            d->id = id;
            err = 0;
        }
    }
    free(name);
    return err;
}

static void
set_rss(struct rte_eth_conf *conf, const struct rte_eth_dev_info *info,
        unsigned int n_rxq)
{
    const uint64_t wanted = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP
                            | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP;
    uint64_t hf = info->flow_type_rss_offloads & wanted;
    if (n_rxq > 1 && hf) {
        conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf->rx_adv_conf.rss_conf.rss_hf = hf;
    }
}

static int
set_up_queues(struct dpdk_port *d, const struct port_cfg *cfg,
              unsigned int n_rxq)
{
    const struct smap *o = cfg->options;
    uint16_t n_rx = (uint16_t)smap_get_int(o, "n_rxq_desc",
                                           DESCRIPTORS_DEFAULT);
    uint16_t n_tx = (uint16_t)smap_get_int(o, "n_txq_desc",
                                           DESCRIPTORS_DEFAULT);
    int socket = rte_eth_dev_socket_id(d->id);
    unsigned int node = socket < 0 ? (unsigned int)SOCKET_ID_ANY
                                   : (unsigned int)socket;
    int err = rte_eth_dev_adjust_nb_rx_tx_desc(d->id, &n_rx, &n_tx);
    for (uint16_t i = 0; i < n_rxq && !err; i++) {
        err = rte_eth_rx_queue_setup(d->id, i, n_rx, node, NULL, d->pool);
    }
    for (uint16_t i = 0; i < d->n_txq && !err; i++) {
        err = rte_eth_tx_queue_setup(d->id, i, n_tx, node, NULL);
        rte_spinlock_init(&d->txqs[i].lock);
    }
    return err;
}

static int
configure(struct dpdk_port *d, const struct port_cfg *cfg)
{
    struct rte_eth_dev_info info;
    struct rte_eth_conf conf;
    memset(&conf, 0, sizeof conf);
    int err = rte_eth_dev_info_get(d->id, &info);
    if (err) {
        return err;
    }
    d->device = info.device;
    snprintf(d->driver, sizeof d->driver, "dpdk %s",
             info.driver_name ? info.driver_name : "");
    int mtu = cfg->mtu > 0 ? cfg->mtu : MTU_DEFAULT;
    unsigned int n_rxq = cfg->n_rxq ? cfg->n_rxq : 1;
    n_rxq = MIN(n_rxq, MIN((unsigned int)info.max_rx_queues,
                           (unsigned int)RXQ_MAX));
    d->n_txq = (uint16_t)MIN(MIN((unsigned int)info.max_tx_queues,
                                 (unsigned int)TXQ_MAX),
                             (unsigned int)thread_n_cores() + 1);
    d->pool = dpdk_pool_for_mtu(mtu);
    if (!d->pool) {
        return -ENOMEM;
    }
    conf.rxmode.mtu = (uint32_t)mtu;
    set_rss(&conf, &info, n_rxq);
    err = rte_eth_dev_configure(d->id, (uint16_t)n_rxq, d->n_txq, &conf);
    err = err ? err : set_up_queues(d, cfg, n_rxq);
    err = err ? err : rte_eth_dev_start(d->id);
    if (err) {
        return err;
    }
    d->up.n_rxq = n_rxq;
    port_note_mtu(&d->up, mtu);
    /* Devices without these see every frame anyway. */
    (void)!rte_eth_promiscuous_enable(d->id);
    (void)!rte_eth_allmulticast_enable(d->id);
    if (!eth_addr_is_zero(cfg->mac)) {
        struct rte_ether_addr mac;
        memcpy(&mac, &cfg->mac, sizeof mac);
        (void)!rte_eth_dev_default_mac_addr_set(d->id, &mac);
    }
    return 0;
}

static void
detach(struct dpdk_port *d)
{
    rte_eth_dev_close(d->id);
    if (d->is_ours && d->device) {
        int err = rte_dev_remove(d->device);
        if (err) {
            log_warn("%s: cannot unplug device (%s)", d->up.name,
                     rte_strerror(-err));
        }
    }
}

static int
dpdk_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    const char *devargs
        = cfg->options ? smap_get(cfg->options, "dpdk-devargs", NULL) : NULL;
    if (!devargs || !*devargs) {
        *error = xasprintf("'%s' is missing 'options:dpdk-devargs'",
                           cfg->name);
        return -EINVAL;
    }
    int err = dpdk_start(error);
    if (err) {
        return err;
    }
    struct dpdk_port *d = xzalloc_cacheline(sizeof *d);
    port_init(&d->up, &port_dpdk_ops, cfg, false);
    d->is_up = d->was_link_up = true;
    err = attach(d, devargs);
    if (err) {
        *error = xasprintf("Error attaching device '%s' to DPDK", devargs);
    } else if ((err = configure(d, cfg))) {
        *error = xasprintf("could not configure DPDK device '%s' (%s)",
                           devargs, rte_strerror(-err));
        detach(d);
    }
    if (err) {
        port_fini(&d->up);
        free(d);
        return err;
    }
    *out = &d->up;
    return 0;
}

static void
dpdk_close(struct port *p)
{
    struct dpdk_port *d = dpdk_of(p);
    int err = rte_eth_dev_stop(d->id);
    if (err) {
        log_warn("%s: cannot stop device (%s)", p->name, rte_strerror(-err));
    }
    detach(d);
    port_fini(p);
    free(d);
}

/* ## Packets ## */

static unsigned int
dpdk_rx(struct port *p, unsigned int rxq, struct packet pkts[BURST_MAX])
{
    struct dpdk_port *d = dpdk_of(p);
    struct rte_mbuf *mbufs[BURST_MAX];
    dpdk_register_thread();
    unsigned int n_mbufs
        = rte_eth_rx_burst(d->id, (uint16_t)rxq, mbufs, BURST_MAX);
    unsigned int n = 0;
    uint64_t n_bytes = 0;
    for (unsigned int i = 0; i < n_mbufs; i++) {
        struct rte_mbuf *m = mbufs[i];
        rte_prefetch0(rte_pktmbuf_mtod(m, void *));
        if (UNLIKELY(m->nb_segs > 1) && rte_pktmbuf_linearize(m)) {
            port_count(&d->stats.rx_errors, 1);
            rte_pktmbuf_free(m);
            continue;
        }
        dpdk_packet_from_mbuf(&pkts[n], m);
        n_bytes += pkts[n++].len;
    }
    if (n) {
        port_count_own(&d->rxqs[rxq].n_packets, n);
        port_count_own(&d->rxqs[rxq].n_bytes, n_bytes);
    }
    return n;
}

/* The packet's mbuf, or a copy of a packet of another pool; NULL (and the
 * packet freed) if there is none or the frame is too long for it. */
static struct rte_mbuf *
to_mbuf(struct dpdk_port *d, struct packet *p)
{
    if (LIKELY(p->pool == PACKET_POOL_DPDK)) {
        return dpdk_mbuf_from_packet(p);
    }
    struct rte_mbuf *m
        = p->len <= UINT16_MAX ? rte_pktmbuf_alloc(d->pool) : NULL;
    char *at = m ? rte_pktmbuf_append(m, (uint16_t)p->len) : NULL;
    if (at) {
        memcpy(at, p->data, p->len);
    } else {
        rte_pktmbuf_free(m);
        m = NULL;
    }
    packet_free(p);
    return m;
}

static unsigned int
dpdk_tx(struct port *p, unsigned int txq, struct packet *pkts, unsigned int n)
{
    struct dpdk_port *d = dpdk_of(p);
    struct rte_mbuf *mbufs[BURST_MAX];
    uint16_t q = (uint16_t)(txq % d->n_txq);
    uint64_t n_bytes = 0;
    uint16_t n_mbufs = 0, n_sent = 0, now;
    dpdk_register_thread();
    for (unsigned int i = 0; i < n; i++) {
        uint32_t len = pkts[i].len;
        struct rte_mbuf *m = to_mbuf(d, &pkts[i]);
        if (LIKELY(m != NULL)) {
            mbufs[n_mbufs++] = m;
            n_bytes += len;
        }
    }
    rte_spinlock_lock(&d->txqs[q].lock);
    do {
        now = rte_eth_tx_burst(d->id, q, mbufs + n_sent,
                               (uint16_t)(n_mbufs - n_sent));
        n_sent = (uint16_t)(n_sent + now);
    } while (now && n_sent < n_mbufs);
    for (uint16_t i = n_sent; i < n_mbufs; i++) {
        n_bytes -= mbufs[i]->pkt_len;
    }
    port_count_own(&d->txqs[q].n_packets, n_sent);
    port_count_own(&d->txqs[q].n_bytes, n_bytes);
    port_count_own(&d->txqs[q].n_dropped, n - n_sent);
    rte_spinlock_unlock(&d->txqs[q].lock);
    if (UNLIKELY(n_sent < n_mbufs)) {
        rte_pktmbuf_free_bulk(mbufs + n_sent, n_mbufs - n_sent);
    }
    return n_sent;
}

static int
dpdk_rxq_fd(const struct port *p UNUSED, unsigned int rxq UNUSED)
{
    return -1;
}

/* ## State ## */

static inline uint64_t
load(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void
dpdk_get_stats(const struct port *p, struct port_stats *stats)
{
    const struct dpdk_port *d = dpdk_of(p);
    struct rte_eth_stats s;
    port_read_stats(p, &d->stats, stats);
    for (int i = 0; i < RXQ_MAX; i++) {
        stats->rx_packets += load(&d->rxqs[i].n_packets);
        stats->rx_bytes += load(&d->rxqs[i].n_bytes);
    }
    for (int i = 0; i < TXQ_MAX; i++) {
        stats->tx_packets += load(&d->txqs[i].n_packets);
        stats->tx_bytes += load(&d->txqs[i].n_bytes);
        stats->tx_dropped += load(&d->txqs[i].n_dropped);
    }
    if (!rte_eth_stats_get(d->id, &s)) {
        stats->rx_dropped += s.imissed + s.rx_nombuf;
        stats->rx_errors += s.ierrors;
        stats->tx_errors += s.oerrors;
    }
}

static void
dpdk_get_status(struct port *p, struct port_status *status)
{
    struct dpdk_port *d = dpdk_of(p);
    struct rte_ether_addr mac;
    struct rte_eth_link link;
    *status = (struct port_status){
        .is_admin_up = d->is_up,
        .mtu = port_mtu(p),
        .driver = d->driver,
        .is_gone = !rte_eth_dev_is_valid_port(d->id),
    };
    if (status->is_gone) {
        return;
    }
    if (!rte_eth_macaddr_get(d->id, &mac)) {
        memcpy(&status->mac, &mac, sizeof status->mac);
    }
    if (!rte_eth_link_get_nowait(d->id, &link)) {
        status->is_link_up = link.link_status == RTE_ETH_LINK_UP && d->is_up;
        status->is_full_duplex
            = link.link_duplex == RTE_ETH_LINK_FULL_DUPLEX;
        if (link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN) {
            status->speed_bps = link.link_speed * 1000000ull;
        }
    }
    d->n_link_resets += status->is_link_up != d->was_link_up;
    d->was_link_up = status->is_link_up;
    status->n_link_resets = d->n_link_resets;
}

static int
dpdk_set_mtu(struct port *p, int mtu)
{
    struct dpdk_port *d = dpdk_of(p);
    if (mtu <= 0 || mtu > UINT16_MAX || dpdk_pool_for_mtu(mtu) != d->pool) {
        return -EINVAL; /* Needs other buffers: close and open again. */
    }
    int err = rte_eth_dev_set_mtu(d->id, (uint16_t)mtu);
    if (!err) {
        port_note_mtu(p, mtu);
    }
    return err;
}

static int
dpdk_set_mac(struct port *p, struct eth_addr mac)
{
    struct rte_ether_addr addr;
    memcpy(&addr, &mac, sizeof addr);
    return rte_eth_dev_default_mac_addr_set(dpdk_of(p)->id, &addr);
}

static int
dpdk_set_admin(struct port *p, bool up)
{
    struct dpdk_port *d = dpdk_of(p);
    int err = up ? rte_eth_dev_set_link_up(d->id)
                 : rte_eth_dev_set_link_down(d->id);
    if (!err || err == -ENOTSUP) {
        d->is_up = up;
        return 0;
    }
    return err;
}

const struct port_ops port_dpdk_ops = {
    .type = "dpdk",
    .driver = "dpdk",
    .open = dpdk_open,
    .close = dpdk_close,
    .rx = dpdk_rx,
    .tx = dpdk_tx,
    .rxq_fd = dpdk_rxq_fd,
    .get_stats = dpdk_get_stats,
    .get_status = dpdk_get_status,
    .set_mtu = dpdk_set_mtu,
    .set_mac = dpdk_set_mac,
    .set_admin = dpdk_set_admin,
};
