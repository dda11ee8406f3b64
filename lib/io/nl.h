/* SPDX-License-Identifier: Apache-2.0 */
/* Network devices of the kernel: the door to libnl3-route.
 *
 * It keeps a table of links in step with the kernel and calls back on
 * changes; the callback may make requests, but not destroy it.  Requests (set
 * up, MTU, MAC) go over a second socket and wait for the kernel's answer.
 * Threads: the loop's. */
#ifndef WEIR_IO_NL_H
#define WEIR_IO_NL_H 1

#include <net/if.h>

#include "lib/base/types.h"
#include "lib/io/addr.h"
#include "lib/io/loop.h"

struct nl;

struct nl_link {
    int ifindex;
    char name[IFNAMSIZ];
    bool up;      /* IFF_UP: administratively. */
    bool running; /* Carrier. */
    uint32_t mtu; /* Bytes. */
    struct eth_addr mac;
    char kind[16]; /* "veth", "tun", ... or "". */
    int master;    /* ifindex of its master; 0: none. */
};

struct nl_stats {
    uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors,
        tx_errors, rx_dropped, tx_dropped, multicast, collisions,
        rx_over_err, rx_frame_err, rx_crc_err, rx_missed;
};

enum nl_change { NL_ADDED, NL_CHANGED, NL_REMOVED };

/* Opens and reads all links.  0 or negative errno.  'on_link' (may be NULL)
 * is told of later changes, and NL_CHANGED also for a rename. */
int nl_create(struct loop *, void (*on_link)(void *aux, enum nl_change,
                                             const struct nl_link *),
              void *aux, struct nl **out) MUST_CHECK;
void nl_destroy(struct nl **);

/* Borrowed until the next turn of the loop; NULL if there is none. */
const struct nl_link *nl_link_find(const struct nl *, const char *name);
const struct nl_link *nl_link_by_index(const struct nl *, int ifindex);
void nl_link_for_each(const struct nl *,
                      void (*fn)(void *aux, const struct nl_link *),
                      void *aux);
/* Asks the kernel now, by-passing the table; 0 or negative errno. */
int nl_link_get(struct nl *, const char *name, struct nl_link *) MUST_CHECK;

/* Each returns 0 or negative errno (-ENODEV, -EPERM, -EINVAL). */
int nl_link_set_up(struct nl *, int ifindex, bool up) MUST_CHECK;
int nl_link_set_mtu(struct nl *, int ifindex, uint32_t mtu) MUST_CHECK;
int nl_link_set_mac(struct nl *, int ifindex, struct eth_addr) MUST_CHECK;
int nl_link_delete(struct nl *, int ifindex) MUST_CHECK;
int nl_link_stats(struct nl *, int ifindex, struct nl_stats *) MUST_CHECK;

/* Calls 'fn' for each address of the device (0: all devices). */
int nl_addr_for_each(struct nl *, int ifindex,
                     void (*fn)(void *aux, int ifindex, const struct addr *,
                                int prefix_len),
                     void *aux) MUST_CHECK;

#endif
