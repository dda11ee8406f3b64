/* SPDX-License-Identifier: Apache-2.0 */
/* A network device of the kernel, by name: what AF_PACKET and tap ports have
 * in common.  Requests are ioctls that the kernel answers at once.
 * Threads: main. */
#ifndef WEIR_DATAPATH_PORT_KDEV_H
#define WEIR_DATAPATH_PORT_KDEV_H 1

#include "datapath/port/port.h"

struct kdev {
    int fd;       /* A socket for ioctls. */
    char *name;   /* Owned. */
    int ifindex;
    bool was_up;  /* Link state when last looked at. */
    uint64_t n_link_resets;
};

/* Looks 'name' up.  0; -ENODEV if there is no such device; another negative
 * errno. */
int kdev_open(struct kdev *, const char *name) MUST_CHECK;
void kdev_close(struct kdev *);

/* Fills all of 'status' but the driver; 'is_gone' if the device vanished or
 * another one has its name now. */
void kdev_get_status(struct kdev *, struct port_status *status);
/* Each returns 0 or negative errno. */
int kdev_set_mtu(struct kdev *, int mtu);
int kdev_set_mac(struct kdev *, struct eth_addr);
int kdev_set_admin(struct kdev *, bool up);

#endif
