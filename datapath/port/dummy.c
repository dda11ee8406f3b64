/* SPDX-License-Identifier: Apache-2.0 */
/* Dummy ports: types dummy, dummy-internal and dummy-pmd.
 *
 * No device stands behind them.  A test hands frames in
 * (port_dummy_receive()); what is sent goes to a capture file, to the socket
 * of another dummy port, or nowhere.  Options: "rxq_pcap", "tx_pcap" (files
 * that what is received or sent is appended to), "pcap" (both),
 * "stream", "pstream" (dummy_link.h), "ifindex".
 *
 * One mutex a port; nothing here is meant to be fast. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "datapath/port/dummy_link.h"
#include "datapath/port/port_priv.h"
#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/io/pcapfile.h"

LOG_MODULE(netdev_dummy);

#define QUEUE_MAX 1024 /* Frames handed in and not yet received. */
#define MTU_DEFAULT 1500

struct dummy {
    struct port up;
    pthread_mutex_t lock; /* Guards all below. */
    struct packet queue[QUEUE_MAX];
    unsigned int head, n;
    int epfd;    /* What rxq_fd() gives: 'event_fd' and the link's. */
    int event_fd; /* Readable while 'queue' is not empty. */
    struct dummy_link *link; /* NULL without stream or pstream. */
    struct pcap_file *rx_pcap, *tx_pcap; /* May be the same. */
    struct port_stats stats;
    struct eth_addr mac;
    int ifindex;
    bool is_admin_up, is_link_up;
    uint64_t n_link_resets;
};

static enum port_dummy_level level;
static _Atomic(uint32_t) n_macs; /* Given out so far. */

void
port_dummy_enable(enum port_dummy_level wanted)
{
    level = wanted;
}

enum port_dummy_level
port_dummy_level(void)
{
    return level;
}

bool
port_is_dummy(const struct port *p)
{
    return p->ops == &port_dummy_ops || p->ops == &port_dummy_internal_ops
           || p->ops == &port_dummy_pmd_ops;
}

static struct dummy *
dummy_of(const struct port *p)
{
    ASSERT(port_is_dummy(p));
    return CONTAINER_OF((uintptr_t)p, struct dummy, up);
}

/* ## Opening ## */

static int
open_pcaps(struct dummy *d, const struct smap *options, char **error)
{
    const char *both = smap_get(options, "pcap", NULL);
    const char *rx = smap_get(options, "rxq_pcap", NULL);
    const char *tx = smap_get(options, "tx_pcap", NULL);
    int err = 0;
    if (both) {
        err = pcap_file_open_write(both, true, &d->rx_pcap, error);
        d->tx_pcap = d->rx_pcap;
        return err;
    }
    if (rx) {
        err = pcap_file_open_write(rx, true, &d->rx_pcap, error);
    }
    if (tx && !err) {
        err = pcap_file_open_write(tx, true, &d->tx_pcap, error);
    }
    return err;
}

static int
open_link(struct dummy *d, const struct smap *options, char **error)
{
    const char *active = smap_get(options, "stream", NULL);
    const char *passive = smap_get(options, "pstream", NULL);
    if (!active && !passive) {
        return 0;
    }
    return dummy_link_open(passive ? passive : active, passive != NULL,
                           d->epfd, &d->link, error);
}

static int
open_fds(struct dummy *d)
{
    d->epfd = epoll_create1(EPOLL_CLOEXEC);
    d->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN };
    if (d->epfd < 0 || d->event_fd < 0
        || epoll_ctl(d->epfd, EPOLL_CTL_ADD, d->event_fd, &event)) {
        return -errno;
    }
    return 0;
}

static void
dummy_close(struct port *p)
{
    struct dummy *d = dummy_of(p);
    for (; d->n; d->n--) {
        packet_free(&d->queue[d->head]);
        d->head = (d->head + 1) % QUEUE_MAX;
    }
    if (d->tx_pcap != d->rx_pcap) {
        pcap_file_close(&d->tx_pcap);
    }
    pcap_file_close(&d->rx_pcap);
    dummy_link_close(&d->link);
    if (d->event_fd >= 0) {
        close(d->event_fd);
    }
    if (d->epfd >= 0) {
        close(d->epfd);
    }
    pthread_mutex_destroy(&d->lock);
    port_fini(p);
    free(d);
}

static int
open_as(const struct port_ops *ops, const struct port_cfg *cfg,
        struct port **out, char **error)
{
    struct dummy *d = xzalloc(sizeof *d);
    port_init(&d->up, ops, cfg, false);
    pthread_mutex_init(&d->lock, NULL);
    d->up.mtu = cfg->mtu > 0 ? cfg->mtu : MTU_DEFAULT;
    d->is_admin_up = d->is_link_up = true;
    d->mac = cfg->mac;
    if (eth_addr_is_zero(d->mac)) {
        d->mac = eth_addr_from_u64(0xaa55aa550000
                                   + atomic_fetch_add(&n_macs, 1));
    }
    int err = open_fds(d);
    if (!err && cfg->options) {
        d->ifindex = (int)smap_get_int(cfg->options, "ifindex", 0);
        err = open_pcaps(d, cfg->options, error);
        err = err ? err : open_link(d, cfg->options, error);
    }
    if (err) {
        if (!*error) {
            *error = xasprintf("could not open dummy port %s (%s)", cfg->name,
                               strerror(-err));
        }
        dummy_close(&d->up);
        return err;
    }
    *out = &d->up;
    return 0;
}

static int
dummy_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    return open_as(&port_dummy_ops, cfg, out, error);
}

static int
internal_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    return open_as(&port_dummy_internal_ops, cfg, out, error);
}

static int
pmd_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    return open_as(&port_dummy_pmd_ops, cfg, out, error);
}

/* ## Packets ## */

static void
write_pcap(struct dummy *d, struct pcap_file *file, const struct packet *p)
{
    if (file
        && (pcap_file_write(file, p->data, p->len, clock_wall_ms() * 1000)
            || pcap_file_flush(file))) {
        log_warn_rl("%s: cannot write capture file", d->up.name);
    }
}

/* Takes queued frames; the event stays raised while some are left. */
static unsigned int
take_queued(struct dummy *d, struct packet *pkts)
{
    unsigned int n = 0;
    while (n < BURST_MAX && d->n) {
        pkts[n++] = d->queue[d->head];
        d->head = (d->head + 1) % QUEUE_MAX;
        d->n--;
    }
    if (n && !d->n) {
        uint64_t count;
        ssize_t got = read(d->event_fd, &count, sizeof count);
        (void)got;
    }
    return n;
}

static unsigned int
dummy_rx(struct port *p, unsigned int rxq UNUSED,
         struct packet pkts[BURST_MAX])
{
    struct dummy *d = dummy_of(p);
    pthread_mutex_lock(&d->lock);
    unsigned int n = take_queued(d, pkts);
    if (d->link && n < BURST_MAX) {
        n += dummy_link_rx(d->link, pkts + n, BURST_MAX - n);
    }
    for (unsigned int i = 0; i < n; i++) {
        port_count(&d->stats.rx_packets, 1);
        port_count(&d->stats.rx_bytes, pkts[i].len);
        write_pcap(d, d->rx_pcap, &pkts[i]);
    }
    pthread_mutex_unlock(&d->lock);
    return n;
}

static unsigned int
dummy_tx(struct port *p, unsigned int txq UNUSED, struct packet *pkts,
         unsigned int n)
{
    struct dummy *d = dummy_of(p);
    pthread_mutex_lock(&d->lock);
    for (unsigned int i = 0; i < n; i++) {
        port_count(&d->stats.tx_packets, 1);
        port_count(&d->stats.tx_bytes, pkts[i].len);
        write_pcap(d, d->tx_pcap, &pkts[i]);
        if (d->link) {
            dummy_link_tx(d->link, &pkts[i]);
        }
    }
    pthread_mutex_unlock(&d->lock);
    packet_free_burst(pkts, n);
    return n;
}

static int
dummy_rxq_fd(const struct port *p, unsigned int rxq UNUSED)
{
    return p->ops == &port_dummy_pmd_ops ? -1 : dummy_of(p)->epfd;
}

int
port_dummy_receive(struct port *p, const void *frame, size_t len)
{
    struct packet pkt;
    if (!port_is_dummy(p) || !len || len > UINT16_MAX) {
        return -EINVAL;
    }
    if (!packet_alloc(&pkt, len)) {
        return -ENOMEM;
    }
    memcpy(pkt.data, frame, len);
    struct dummy *d = dummy_of(p);
    int err = 0;
    pthread_mutex_lock(&d->lock);
    if (d->n < QUEUE_MAX) {
        d->queue[(d->head + d->n++) % QUEUE_MAX] = pkt;
        uint64_t one = 1;
        ssize_t put = write(d->event_fd, &one, sizeof one);
        (void)put; /* A full eventfd is readable, which is all we want. */
    } else {
        port_count(&d->stats.rx_dropped, 1);
        packet_free(&pkt);
        err = -ENOBUFS;
    }
    pthread_mutex_unlock(&d->lock);
    return err;
}

/* ## State ## */

static void
dummy_get_stats(const struct port *p, struct port_stats *stats)
{
    port_read_stats(p, &dummy_of(p)->stats, stats);
}

static void
dummy_get_status(struct port *p, struct port_status *status)
{
    struct dummy *d = dummy_of(p);
    pthread_mutex_lock(&d->lock);
    *status = (struct port_status){
        .is_admin_up = d->is_admin_up,
        .is_link_up = d->is_link_up,
        .mac = d->mac,
        .mtu = port_mtu(p),
        .ifindex = d->ifindex,
        .n_link_resets = d->n_link_resets,
        .driver = p->ops->driver,
    };
    pthread_mutex_unlock(&d->lock);
}

static int
dummy_set_mtu(struct port *p, int mtu)
{
    port_note_mtu(p, mtu);
    return 0;
}

static int
dummy_set_mac(struct port *p, struct eth_addr mac)
{
    struct dummy *d = dummy_of(p);
    pthread_mutex_lock(&d->lock);
    d->mac = mac;
    pthread_mutex_unlock(&d->lock);
    return 0;
}

int
port_dummy_set_admin(struct port *p, bool up)
{
    if (!port_is_dummy(p)) {
        return -EINVAL;
    }
    struct dummy *d = dummy_of(p);
    pthread_mutex_lock(&d->lock);
    d->is_admin_up = up;
    pthread_mutex_unlock(&d->lock);
    return 0;
}

int
port_dummy_set_conn(struct port *p, bool up)
{
    if (!port_is_dummy(p)) {
        return -EINVAL;
    }
    struct dummy *d = dummy_of(p);
    pthread_mutex_lock(&d->lock);
    d->n_link_resets += d->is_link_up != up;
    d->is_link_up = up;
    pthread_mutex_unlock(&d->lock);
    return 0;
}

enum port_dummy_conn
port_dummy_conn_state(const struct port *p)
{
    enum port_dummy_conn state = PORT_DUMMY_CONN_NONE;
    if (port_is_dummy(p)) {
        struct dummy *d = dummy_of(p);
        pthread_mutex_lock(&d->lock);
        if (d->link) {
            state = dummy_link_is_connected(d->link) ? PORT_DUMMY_CONN_UP
                                                     : PORT_DUMMY_CONN_DOWN;
        }
        pthread_mutex_unlock(&d->lock);
    }
    return state;
}

#define DUMMY_OPS(TYPE, OPEN)                                                 \
    {                                                                         \
        .type = TYPE, .driver = "dummy", .open = OPEN, .close = dummy_close,  \
        .rx = dummy_rx, .tx = dummy_tx, .rxq_fd = dummy_rxq_fd,               \
        .get_stats = dummy_get_stats, .get_status = dummy_get_status,         \
        .set_mtu = dummy_set_mtu, .set_mac = dummy_set_mac,                   \
        .set_admin = port_dummy_set_admin,                                    \
    }

const struct port_ops port_dummy_ops = DUMMY_OPS("dummy", dummy_open);
const struct port_ops port_dummy_internal_ops
    = DUMMY_OPS("dummy-internal", internal_open);
const struct port_ops port_dummy_pmd_ops = DUMMY_OPS("dummy-pmd", pmd_open);
