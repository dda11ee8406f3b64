/* SPDX-License-Identifier: Apache-2.0 */
/* Ports in memory, for unit tests and simulation: what the test pushes is
 * received, what the switch sends is taken by the test.  Option
 * "carries_gso=true" makes one that takes offloads as they are.  A mutex
 * guards both queues, so that a test may run beside workers. */
#include <errno.h>
#include <pthread.h>

#include "datapath/port/port_priv.h"
#include "lib/base/assert.h"
#include "lib/base/mem.h"

#define QUEUE_MAX 4096 /* Packets in each direction. */

struct mem_queue {
    struct packet pkts[QUEUE_MAX];
    unsigned int head, n;
};

struct mem_port {
    struct port up;
    pthread_mutex_t lock;
    struct mem_queue in, out;
    struct port_stats stats;
    struct eth_addr mac;
    bool is_up;
};

static struct mem_port *
mem_of(const struct port *p)
{
    ASSERT(p->ops == &port_mem_ops);
    return CONTAINER_OF((uintptr_t)p, struct mem_port, up);
}

static bool
queue_put(struct mem_queue *q, const struct packet *p)
{
    if (q->n == QUEUE_MAX) {
        return false;
    }
    q->pkts[(q->head + q->n++) % QUEUE_MAX] = *p;
    return true;
}

static bool
queue_take(struct mem_queue *q, struct packet *p)
{
    if (!q->n) {
        return false;
    }
    *p = q->pkts[q->head];
    q->head = (q->head + 1) % QUEUE_MAX;
    q->n--;
    return true;
}

static int
mem_open(const struct port_cfg *cfg, struct port **out, char **error UNUSED)
{
    struct mem_port *m = xzalloc(sizeof *m);
    bool carries_gso
        = cfg->options && smap_get_bool(cfg->options, "carries_gso", false);
    port_init(&m->up, &port_mem_ops, cfg, carries_gso);
    pthread_mutex_init(&m->lock, NULL);
    m->mac = cfg->mac;
    m->is_up = true;
    *out = &m->up;
    return 0;
}

static void
mem_close(struct port *p)
{
    struct mem_port *m = mem_of(p);
    struct packet pkt;
    while (queue_take(&m->in, &pkt) || queue_take(&m->out, &pkt)) {
        packet_free(&pkt);
    }
    pthread_mutex_destroy(&m->lock);
    port_fini(p);
    free(m);
}

static unsigned int
mem_rx(struct port *p, unsigned int rxq UNUSED,
       struct packet pkts[BURST_MAX])
{
    struct mem_port *m = mem_of(p);
    unsigned int n = 0;
    pthread_mutex_lock(&m->lock);
    while (n < BURST_MAX && queue_take(&m->in, &pkts[n])) {
        port_count(&m->stats.rx_packets, 1);
        port_count(&m->stats.rx_bytes, pkts[n].len);
        n++;
    }
    pthread_mutex_unlock(&m->lock);
    return n;
}

static unsigned int
mem_tx(struct port *p, unsigned int txq UNUSED, struct packet *pkts,
       unsigned int n)
{
    struct mem_port *m = mem_of(p);
    unsigned int n_sent = 0;
    pthread_mutex_lock(&m->lock);
    for (unsigned int i = 0; i < n; i++) {
        uint32_t len = pkts[i].len;
        if (m->is_up && queue_put(&m->out, &pkts[i])) {
            port_count(&m->stats.tx_packets, 1);
            port_count(&m->stats.tx_bytes, len);
            n_sent++;
        } else {
            port_count(&m->stats.tx_dropped, 1);
            packet_free(&pkts[i]);
        }
    }
    pthread_mutex_unlock(&m->lock);
    return n_sent;
}

static int
mem_rxq_fd(const struct port *p UNUSED, unsigned int rxq UNUSED)
{
    return -1;
}

static void
mem_get_stats(const struct port *p, struct port_stats *stats)
{
    port_read_stats(p, &mem_of(p)->stats, stats);
}

static void
mem_get_status(struct port *p, struct port_status *status)
{
    struct mem_port *m = mem_of(p);
    *status = (struct port_status){
        .is_admin_up = m->is_up,
        .is_link_up = m->is_up,
        .mac = m->mac,
        .mtu = port_mtu(p),
        .driver = p->ops->driver,
    };
}

static int
mem_set_mtu(struct port *p, int mtu)
{
    port_note_mtu(p, mtu);
    return 0;
}

static int
mem_set_mac(struct port *p, struct eth_addr mac)
{
    mem_of(p)->mac = mac;
    return 0;
}

static int
mem_set_admin(struct port *p, bool up)
{
    struct mem_port *m = mem_of(p);
    pthread_mutex_lock(&m->lock);
    m->is_up = up;
    pthread_mutex_unlock(&m->lock);
    return 0;
}

void
port_mem_push(struct port *p, const struct packet *pkt)
{
    struct mem_port *m = mem_of(p);
    struct packet copy;
    bool is_taken = packet_copy(&copy, pkt);
    if (is_taken) {
        pthread_mutex_lock(&m->lock);
        is_taken = queue_put(&m->in, &copy);
        pthread_mutex_unlock(&m->lock);
        if (!is_taken) {
            packet_free(&copy);
        }
    }
    if (!is_taken) {
        port_count(&m->stats.rx_dropped, 1);
    }
}

bool
port_mem_take(struct port *p, struct packet *pkt)
{
    struct mem_port *m = mem_of(p);
    pthread_mutex_lock(&m->lock);
    bool has_one = queue_take(&m->out, pkt);
    pthread_mutex_unlock(&m->lock);
    return has_one;
}

const struct port_ops port_mem_ops = {
    .type = "mem",
    .driver = "mem",
    .open = mem_open,
    .close = mem_close,
    .rx = mem_rx,
    .tx = mem_tx,
    .rxq_fd = mem_rxq_fd,
    .get_stats = mem_get_stats,
    .get_status = mem_get_status,
    .set_mtu = mem_set_mtu,
    .set_mac = mem_set_mac,
    .set_admin = mem_set_admin,
};
