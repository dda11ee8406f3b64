/* SPDX-License-Identifier: Apache-2.0 */
#include "datapath/port/kdev.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/mem.h"

/* A request about the device; 'name' fits, kdev_open() saw to it. */
static struct ifreq
request(const struct kdev *k)
{
    struct ifreq ifr;
    memset(&ifr, 0, sizeof ifr);
    memcpy(ifr.ifr_name, k->name, strlen(k->name));
    return ifr;
}

static int
ask(const struct kdev *k, unsigned long what, struct ifreq *ifr)
{
    return ioctl(k->fd, what, ifr) ? -errno : 0;
}

int
kdev_open(struct kdev *k, const char *name)
{
    *k = (struct kdev){ .fd = -1 };
    if (!*name || strlen(name) >= IFNAMSIZ) {
        return -ENODEV;
    }
    k->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (k->fd < 0) {
        return -errno;
    }
    k->name = xstrdup(name);
    struct ifreq ifr = request(k);
    int err = ask(k, SIOCGIFINDEX, &ifr);
    if (err) {
        kdev_close(k);
        return err;
    }
    k->ifindex = ifr.ifr_ifindex;
    return 0;
}

void
kdev_close(struct kdev *k)
{
    if (k->fd >= 0) {
        close(k->fd);
    }
    free(k->name);
    *k = (struct kdev){ .fd = -1 };
}

static void
get_speed(const struct kdev *k, struct port_status *status)
{
    struct ifreq ifr = request(k);
    struct ethtool_cmd cmd = { .cmd = ETHTOOL_GSET };
    ifr.ifr_data = (void *)&cmd;
    if (ask(k, SIOCETHTOOL, &ifr)) {
        return;
    }
    uint32_t mbps = ethtool_cmd_speed(&cmd);
    if (mbps != (uint32_t)SPEED_UNKNOWN) {
        status->speed_bps = mbps * 1000000ull;
    }
    status->is_full_duplex = cmd.duplex == DUPLEX_FULL;
}

void
kdev_get_status(struct kdev *k, struct port_status *status)
{
    *status = (struct port_status){ .ifindex = k->ifindex };
    struct ifreq ifr = request(k);
    if (ask(k, SIOCGIFINDEX, &ifr) || ifr.ifr_ifindex != k->ifindex
        || ask(k, SIOCGIFFLAGS, &ifr)) {
        status->is_gone = true;
        return;
    }
    status->is_admin_up = ifr.ifr_flags & IFF_UP;
    status->is_link_up
        = (ifr.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
    if (status->is_link_up != k->was_up) {
        k->was_up = status->is_link_up;
        k->n_link_resets++;
    }
    status->n_link_resets = k->n_link_resets;
    ifr = request(k);
    if (!ask(k, SIOCGIFHWADDR, &ifr)) {
        memcpy(&status->mac, ifr.ifr_hwaddr.sa_data, sizeof status->mac);
    }
    ifr = request(k);
    if (!ask(k, SIOCGIFMTU, &ifr)) {
        status->mtu = ifr.ifr_mtu;
    }
    get_speed(k, status);
}

int
kdev_set_mtu(struct kdev *k, int mtu)
{
    struct ifreq ifr = request(k);
    ifr.ifr_mtu = mtu;
    return ask(k, SIOCSIFMTU, &ifr);
}

int
kdev_set_mac(struct kdev *k, struct eth_addr mac)
{
    struct ifreq ifr = request(k);
    ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(ifr.ifr_hwaddr.sa_data, &mac, sizeof mac);
    return ask(k, SIOCSIFHWADDR, &ifr);
}

int
kdev_set_admin(struct kdev *k, bool up)
{
    struct ifreq ifr = request(k);
    int err = ask(k, SIOCGIFFLAGS, &ifr);
    if (err) {
        return err;
    }
    int flags = up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP;
    ifr.ifr_flags = (short)flags;
    return ask(k, SIOCSIFFLAGS, &ifr);
}
