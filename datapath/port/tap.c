/* SPDX-License-Identifier: Apache-2.0 */
/* Taps: devices that we make, whose other end is the host's own stack or a
 * guest.  Types "internal" (a bridge's own interface) and "tap".
 *
 * The virtio header carries offloads as in afpacket.c; TUNSETOFFLOAD says
 * which ones the host may hand us.  A tap gives one frame a system call, so
 * a burst is a loop; GSO frames make up for it.  The device goes when the
 * port is closed.  [Documentation/networking/tuntap.rst] */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "datapath/port/kdev.h"
#include "datapath/port/port_priv.h"
#include "datapath/port/vnet.h"
#include "lib/base/mem.h"

#define FRAME_MAX (65535 + 64)

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

struct tap {
    struct port up;
    int fd;
    struct kdev dev;
    struct port_stats stats;
    struct port_status seen; /* When last in our network namespace. */
};

static void tap_get_status(struct port *, struct port_status *);

static struct tap *
tap_of(const struct port *p)
{
    return CONTAINER_OF((uintptr_t)p, struct tap, up);
}

static int
open_tap(const char *name, int *fdp)
{
    struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
    if (!*name || strlen(name) >= sizeof ifr.ifr_name) {
        return -EINVAL;
    }
    memcpy(ifr.ifr_name, name, strlen(name));
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    unsigned int offloads
        = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
    int hdr_len = sizeof(struct virtio_net_hdr);
    int sndbuf = INT32_MAX;
    if (ioctl(fd, TUNSETIFF, &ifr) || ioctl(fd, TUNSETVNETHDRSZ, &hdr_len)
        /* Older kernels do not know the last two. */
        || (ioctl(fd, TUNSETOFFLOAD, offloads | TUN_F_USO4 | TUN_F_USO6)
            && ioctl(fd, TUNSETOFFLOAD, offloads))
        || ioctl(fd, TUNSETSNDBUF, &sndbuf)) {
        int err = -errno;
        close(fd);
        return err;
    }
    *fdp = fd;
    return 0;
}

static int
open_as(const struct port_ops *ops, const struct port_cfg *cfg,
        struct port **out, char **error)
{
    struct kdev dev = { .fd = -1 };
    int fd = -1;
    int err = open_tap(cfg->name, &fd);
    err = err ? err : kdev_open(&dev, cfg->name);
    if (!err && !eth_addr_is_zero(cfg->mac)) {
        err = kdev_set_mac(&dev, cfg->mac);
    }
    if (!err && cfg->mtu > 0) {
        err = kdev_set_mtu(&dev, cfg->mtu);
    }
    if (err) {
        kdev_close(&dev);
        if (fd >= 0) {
            close(fd);
        }
        *error = xasprintf("could not create tap device %s (%s)", cfg->name,
                           strerror(-err));
        return err;
    }
    struct tap *t = xzalloc(sizeof *t);
    port_init(&t->up, ops, cfg, true);
    t->fd = fd;
    t->dev = dev;
    struct port_status status;
    tap_get_status(&t->up, &status);
    t->dev.n_link_resets = 0;
    *out = &t->up;
    return 0;
}

static int
internal_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    return open_as(&port_internal_ops, cfg, out, error);
}

static int
tap_open(const struct port_cfg *cfg, struct port **out, char **error)
{
    return open_as(&port_tap_ops, cfg, out, error);
}

static void
tap_close(struct port *p)
{
    struct tap *t = tap_of(p);
    kdev_close(&t->dev);
    close(t->fd);
    port_fini(p);
    free(t);
}

/* Reads one frame into the buffer of 'p'.  1; 0 if none waits; -1 if one
 * came that cannot be used. */
static int
read_one(struct tap *t, struct packet *p)
{
    struct virtio_net_hdr vnet;
    struct iovec iov[2] = { { &vnet, sizeof vnet }, { p->data, FRAME_MAX } };
    ssize_t n = readv(t->fd, iov, 2);
    if (n <= 0) {
        return 0;
    }
    p->len = (uint32_t)((size_t)n - MIN((size_t)n, sizeof vnet));
    if (!p->len || !vnet_to_packet(&vnet, p)) {
        port_count_own(&t->stats.rx_errors, 1);
        return -1;
    }
    return 1;
}

static unsigned int
tap_rx(struct port *p, unsigned int rxq UNUSED,
       struct packet pkts[BURST_MAX])
{
    struct tap *t = tap_of(p);
    unsigned int n = 0;
    uint64_t n_bytes = 0;
    int result = 1;
    for (int i = 0; i < BURST_MAX && result; i++) {
        if (!packet_alloc(&pkts[n], FRAME_MAX)) {
            break;
        }
        result = read_one(t, &pkts[n]);
        if (result > 0) {
            n_bytes += pkts[n++].len;
        } else {
            packet_free(&pkts[n]);
        }
    }
    if (n) {
        port_count_own(&t->stats.rx_packets, n);
        port_count_own(&t->stats.rx_bytes, n_bytes);
    }
    return n;
}

static unsigned int
tap_tx(struct port *p, unsigned int txq UNUSED, struct packet *pkts,
       unsigned int n)
{
    struct tap *t = tap_of(p);
    unsigned int n_sent = 0, n_errors = 0;
    uint64_t n_bytes = 0;
    for (unsigned int i = 0; i < n; i++) {
        struct virtio_net_hdr vnet;
        struct iovec iov[2] = { { &vnet, sizeof vnet },
                                { pkts[i].data, pkts[i].len } };
        vnet_from_packet(&vnet, &pkts[i]);
        ssize_t sent;
        do {
            sent = writev(t->fd, iov, 2);
        } while (sent < 0 && errno == EINTR);
        if (sent >= 0) {
            n_sent++;
            n_bytes += pkts[i].len;
        } else if (errno == EINVAL || errno == EMSGSIZE) {
            n_errors++;
        }
    }
    packet_free_burst(pkts, n);
    port_count(&t->stats.tx_packets, n_sent);
    port_count(&t->stats.tx_bytes, n_bytes);
    if (n_sent < n) {
        port_count(&t->stats.tx_errors, n_errors);
        port_count(&t->stats.tx_dropped, n - n_sent - n_errors);
    }
    return n_sent;
}

static int
tap_rxq_fd(const struct port *p, unsigned int rxq UNUSED)
{
    return tap_of(p)->fd;
}

static void
tap_get_stats(const struct port *p, struct port_stats *stats)
{
    port_read_stats(p, &tap_of(p)->stats, stats);
}

static void
tap_get_status(struct port *p, struct port_status *status)
{
    struct tap *t = tap_of(p);
    struct ifreq ifr;
    kdev_get_status(&t->dev, status);
    status->driver = p->ops->driver;
    if (!status->is_gone) {
        port_note_mtu(p, status->mtu);
        t->seen = *status;
    } else if (!ioctl(t->fd, TUNGETIFF, &ifr)) {
        /* Only moved to another namespace, where it works as before. */
        *status = t->seen;
        status->is_admin_up = status->is_link_up = true;
    }
}

static int
tap_set_mtu(struct port *p, int mtu)
{
    int err = kdev_set_mtu(&tap_of(p)->dev, mtu);
    if (!err) {
        port_note_mtu(p, mtu);
    }
    return err;
}

static int
tap_set_mac(struct port *p, struct eth_addr mac)
{
    return kdev_set_mac(&tap_of(p)->dev, mac);
}

static int
tap_set_admin(struct port *p, bool up)
{
    return kdev_set_admin(&tap_of(p)->dev, up);
}

#define TAP_OPS(TYPE, OPEN)                                                   \
    {                                                                         \
        .type = TYPE, .driver = "tap", .open = OPEN, .close = tap_close,      \
        .rx = tap_rx, .tx = tap_tx, .rxq_fd = tap_rxq_fd,                     \
        .get_stats = tap_get_stats, .get_status = tap_get_status,             \
        .set_mtu = tap_set_mtu, .set_mac = tap_set_mac,                       \
        .set_admin = tap_set_admin,                                           \
    }

const struct port_ops port_internal_ops = TAP_OPS("internal", internal_open);
const struct port_ops port_tap_ops = TAP_OPS("tap", tap_open);
