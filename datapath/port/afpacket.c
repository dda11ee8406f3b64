/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel devices through AF_PACKET sockets: type "system".
 *
 * PACKET_VNET_HDR puts a virtio header before each frame, both ways, so that
 * GSO frames and open checksums pass whole: a TCP stream between two guests
 * moves in 64 KB pieces.  The kernel strips the outermost VLAN tag and tells
 * it in the message's auxiliary data; it is put back.
 *
 * One socket receives and sends.  Sending needs no lock of ours: the kernel
 * takes messages of several threads in some order.  [packet(7)] */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/port/kdev.h"
#include "datapath/port/port_priv.h"
#include "datapath/port/vnet.h"
#include "lib/base/mem.h"

/* Bytes of a frame that may come: 64 KB of IP and headers before it. */
#define FRAME_MAX (65535 + 64)
/* Bytes of kernel memory for waiting frames, each way: some hundred GSO
 * frames, or some thousand small ones, which the kernel charges 768 bytes. */
#define SOCKET_BUFFER (8 * 1024 * 1024)

union control {
    char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
    struct cmsghdr align;
};

/* A receive call asks for as many frames as came last time, doubled while
 * they fill it: unused buffers go back to the pool at once, so that a
 * thousand idle ports hold none. */
#define RX_WANT_MIN 4

/* What one receive call fills; on the stack. */
struct rx_batch {
    struct packet pkts[BURST_MAX]; /* Buffers for frames. */
    struct virtio_net_hdr vnet[BURST_MAX];
    struct iovec iov[BURST_MAX][2];
    union control control[BURST_MAX];
    struct mmsghdr msgs[BURST_MAX];
};

struct afpacket {
    struct port up;
    int fd;
    struct kdev dev;
    struct port_stats stats;
    uint64_t *kernel_drops; /* Of PACKET_STATISTICS, which resets; own. */
    unsigned int rx_want;   /* RX_WANT_MIN to BURST_MAX. */
};

static struct afpacket *
afpacket_of(const struct port *p)
{
    return CONTAINER_OF((uintptr_t)p, struct afpacket, up);
}

static int
set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) ? -errno : 0;
}

static int
bind_socket(int fd, int ifindex)
{
    struct sockaddr_ll sll = {
        .sll_family = AF_PACKET,
        .sll_protocol = htobe16(ETH_P_ALL),
        .sll_ifindex = ifindex,
    };
    struct packet_mreq promisc = {
        .mr_ifindex = ifindex,
        .mr_type = PACKET_MR_PROMISC,
    };
    if (bind(fd, (struct sockaddr *)&sll, sizeof sll)
        || setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promisc,
                      sizeof promisc)) {
        return -errno;
    }
    return 0;
}

static int
open_socket(int ifindex, int *fdp)
{
    /* Protocol 0: nothing is received before bind() names the device. */
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    int err = set_option(fd, SOL_PACKET, PACKET_VNET_HDR, 1);
    err = err ? err : set_option(fd, SOL_PACKET, PACKET_AUXDATA, 1);
    err = err ? err : set_option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, SOCKET_BUFFER)) {
        err = err ? err
                  : set_option(fd, SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER);
    }
    if (set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SOCKET_BUFFER)) {
        err = err ? err
                  : set_option(fd, SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER);
    }
    err = err ? err : bind_socket(fd, ifindex);
    if (err) {
        close(fd);
        return err;
    }
    *fdp = fd;
    return 0;
}

static int
afpacket_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    struct kdev dev;
    int fd = -1;
    int err = kdev_open(&dev, cfg->name);
    if (!err && cfg->mtu > 0) {
        err = kdev_set_mtu(&dev, cfg->mtu);
    }
    if (!err && !eth_addr_is_zero(cfg->mac)) {
        err = kdev_set_mac(&dev, cfg->mac);
    }
    if (!err) {
        err = open_socket(dev.ifindex, &fd);
    }
    if (err) {
        kdev_close(&dev);
        *error = xasprintf("could not open network device %s (%s)", cfg->name,
                           strerror(-err));
        return err;
    }
    struct afpacket *a = xzalloc(sizeof *a);
    port_init(&a->up, &port_system_ops, cfg, true);
    a->fd = fd;
    a->dev = dev;
    a->kernel_drops = xzalloc(sizeof *a->kernel_drops);
    a->rx_want = RX_WANT_MIN;
    struct port_status status;
    kdev_get_status(&a->dev, &status);
    port_note_mtu(&a->up, status.mtu);
    a->dev.n_link_resets = 0;
    *out = &a->up;
    return 0;
}

static void
afpacket_close(struct port *p)
{
    struct afpacket *a = afpacket_of(p);
    close(a->fd);
    kdev_close(&a->dev);
    free(a->kernel_drops);
    port_fini(p);
    free(a);
}

/* ## Receiving ## */

/* Prepares to receive 'want' frames; returns for how many there are
 * buffers. */
static unsigned int
arm(struct rx_batch *b, unsigned int want)
{
    unsigned int n = 0;
    for (; n < want && packet_alloc(&b->pkts[n], FRAME_MAX); n++) {
        b->iov[n][0] = (struct iovec){ &b->vnet[n], sizeof b->vnet[n] };
        b->iov[n][1] = (struct iovec){ b->pkts[n].data, FRAME_MAX };
        b->msgs[n] = (struct mmsghdr){
            .msg_hdr = { .msg_iov = b->iov[n],
                         .msg_iovlen = 2,
                         .msg_control = &b->control[n],
                         .msg_controllen = sizeof b->control[n] },
        };
    }
    return n;
}

/* The tag that the kernel took out; false if there was none. */
static bool
stripped_tag(struct msghdr *msg, be16 *tpid, be16 *tci)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c;
         c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA) {
            continue;
        }
        struct tpacket_auxdata aux;
        memcpy(&aux, CMSG_DATA(c), sizeof aux);
        if (!(aux.tp_status & TP_STATUS_VLAN_VALID)) {
            return false;
        }
        *tpid = aux.tp_status & TP_STATUS_VLAN_TPID_VALID
                    ? cpu_to_be16(aux.tp_vlan_tpid)
                    : BE16(ETH_TYPE_VLAN);
        *tci = cpu_to_be16(aux.tp_vlan_tci);
        return true;
    }
    return false;
}

static bool
restore_tag(struct packet *p, be16 tpid, be16 tci)
{
    uint8_t *data = p->len >= ETH_HDR_LEN ? packet_push(p, VLAN_TAG_LEN)
                                          : NULL;
    if (!data) {
        return false;
    }
    memmove(data, data + VLAN_TAG_LEN, ETH_TYPE_OFS);
    put_unaligned_be16(data + ETH_TYPE_OFS, tpid);
    put_unaligned_be16(data + ETH_TYPE_OFS + 2, tci);
    return true;
}

/* Makes the packet of message 'i'; false if it cannot be used. */
static bool
take(struct rx_batch *b, unsigned int i, struct packet *p)
{
    struct mmsghdr *msg = &b->msgs[i];
    be16 tpid, tci;
    if (msg->msg_len <= sizeof b->vnet[i]
        || msg->msg_hdr.msg_flags & MSG_TRUNC) {
        return false;
    }
    p->len = (uint32_t)(msg->msg_len - sizeof b->vnet[i]);
    return vnet_to_packet(&b->vnet[i], p)
           && (!stripped_tag(&msg->msg_hdr, &tpid, &tci)
               || restore_tag(p, tpid, tci));
}

static void
adapt_want(struct afpacket *a, unsigned int n_got)
{
    if (n_got == a->rx_want) {
        a->rx_want = MIN(a->rx_want * 2, (unsigned int)BURST_MAX);
    } else if (n_got < a->rx_want / 2) {
        a->rx_want = MAX(a->rx_want / 2, (unsigned int)RX_WANT_MIN);
    }
}

static unsigned int
afpacket_rx(struct port *p, unsigned int rxq UNUSED,
            struct packet pkts[BURST_MAX])
{
    struct afpacket *a = afpacket_of(p);
    struct rx_batch b;
    unsigned int n_armed = arm(&b, a->rx_want);
    int got = recvmmsg(a->fd, b.msgs, n_armed, MSG_DONTWAIT, NULL);
    unsigned int n_got = got > 0 ? (unsigned int)got : 0;
    if (got < 0 && errno == EINVAL) {
        /* Offloads that the header cannot tell; the kernel dropped it. */
        port_count_own(&a->stats.rx_errors, 1);
    }
    unsigned int n = 0;
    uint64_t n_bytes = 0;
    for (unsigned int i = 0; i < n_got; i++) {
        if (LIKELY(take(&b, i, &b.pkts[i]))) {
            n_bytes += b.pkts[i].len;
            pkts[n++] = b.pkts[i];
        } else {
            port_count_own(&a->stats.rx_errors, 1);
            packet_free(&b.pkts[i]);
        }
    }
    packet_free_burst(&b.pkts[n_got], n_armed - n_got);
    adapt_want(a, n_got);
    if (n) {
        port_count_own(&a->stats.rx_packets, n);
        port_count_own(&a->stats.rx_bytes, n_bytes);
    }
    return n;
}

/* ## Sending ## */

struct tx_batch {
    struct virtio_net_hdr vnet[BURST_MAX];
    struct iovec iov[BURST_MAX][2];
    struct mmsghdr msgs[BURST_MAX];
};

static void
fill_batch(struct tx_batch *b, struct packet *pkts, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++) {
        vnet_from_packet(&b->vnet[i], &pkts[i]);
        b->iov[i][0] = (struct iovec){ &b->vnet[i], sizeof b->vnet[i] };
        b->iov[i][1] = (struct iovec){ pkts[i].data, pkts[i].len };
        b->msgs[i] = (struct mmsghdr){
            .msg_hdr = { .msg_iov = b->iov[i], .msg_iovlen = 2 },
        };
    }
}

static unsigned int
afpacket_tx(struct port *p, unsigned int txq UNUSED, struct packet *pkts,
            unsigned int n)
{
    struct afpacket *a = afpacket_of(p);
    struct tx_batch b;
    uint64_t n_bytes = 0;
    unsigned int n_sent = 0, n_errors = 0;
    fill_batch(&b, pkts, n);
    for (unsigned int i = 0; i < n;) {
        int sent = sendmmsg(a->fd, &b.msgs[i], n - i, MSG_DONTWAIT);
        for (int j = 0; j < sent; j++) {
            n_bytes += pkts[i++].len;
            n_sent++;
        }
        if (sent > 0) {
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno == EAGAIN || errno == ENETDOWN || errno == ENXIO
            || errno == ENODEV) {
            break; /* Socket full, device down: so would be the rest. */
        }
        /* This one alone: too long, malformed, or the qdisc's queue full. */
        n_errors += errno != ENOBUFS;
        i++;
    }
    packet_free_burst(pkts, n);
    port_count(&a->stats.tx_packets, n_sent);
    port_count(&a->stats.tx_bytes, n_bytes);
    if (n_sent < n) {
        port_count(&a->stats.tx_errors, n_errors);
        port_count(&a->stats.tx_dropped, n - n_sent - n_errors);
    }
    return n_sent;
}

static int
afpacket_rxq_fd(const struct port *p, unsigned int rxq UNUSED)
{
    return afpacket_of(p)->fd;
}

/* ## Main thread ## */

static void
afpacket_get_stats(const struct port *p, struct port_stats *stats)
{
    const struct afpacket *a = afpacket_of(p);
    struct tpacket_stats since;
    socklen_t len = sizeof since;
    if (!getsockopt(a->fd, SOL_PACKET, PACKET_STATISTICS, &since, &len)) {
        *a->kernel_drops += since.tp_drops;
    }
    port_read_stats(p, &a->stats, stats);
    stats->rx_dropped += *a->kernel_drops;
}

static void
afpacket_get_status(struct port *p, struct port_status *status)
{
    struct afpacket *a = afpacket_of(p);
    kdev_get_status(&a->dev, status);
    status->driver = p->ops->driver;
    if (!status->is_gone) {
        port_note_mtu(p, status->mtu);
    }
}

static int
afpacket_set_mtu(struct port *p, int mtu)
{
    int err = kdev_set_mtu(&afpacket_of(p)->dev, mtu);
    if (!err) {
        port_note_mtu(p, mtu);
    }
    return err;
}

static int
afpacket_set_mac(struct port *p, struct eth_addr mac)
{
    return kdev_set_mac(&afpacket_of(p)->dev, mac);
}

static int
afpacket_set_admin(struct port *p, bool up)
{
    return kdev_set_admin(&afpacket_of(p)->dev, up);
}

const struct port_ops port_system_ops = {
    .type = "system",
    .driver = "afpacket",
    .open = afpacket_open,
    .close = afpacket_close,
    .rx = afpacket_rx,
    .tx = afpacket_tx,
    .rxq_fd = afpacket_rxq_fd,
    .get_stats = afpacket_get_stats,
    .get_status = afpacket_get_status,
    .set_mtu = afpacket_set_mtu,
    .set_mac = afpacket_set_mac,
    .set_admin = afpacket_set_admin,
};
