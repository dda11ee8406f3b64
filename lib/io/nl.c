/* SPDX-License-Identifier: Apache-2.0 */
/* A table of the kernel's links, kept by the notifications of the RTNLGRP_LINK
 * group.  When the kernel says that it dropped some, everything is read
 * again and compared. */
#include "lib/io/nl.h"

#include <errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/hash.h"
#include "lib/base/hmap.h"
#include "lib/base/log.h"
#include "lib/base/mem.h"

LOG_MODULE(nl);

#define RX_BUFFER_BYTES (1024 * 1024)

struct entry {
    struct hmap_node node; /* In nl->links, by ifindex. */
    struct nl_link link;
    bool seen;             /* By the reading under way. */
};

struct nl {
    struct nl_sock *events;   /* Subscribed, non-blocking. */
    struct nl_sock *requests; /* Asks and waits for the answer. */
    struct loop_fd *watch;
    struct hmap links;        /* struct entry. */
    void (*on_link)(void *aux, enum nl_change, const struct nl_link *);
    void *aux;
    bool quiet;               /* First reading: nobody is told. */
};

/* libnl's codes as errno. */
static int
nl_errno(int code)
{
    switch (abs(code)) {
    case 0:
        return 0;
    case NLE_PERM:
    case NLE_NOACCESS:
        return -EPERM;
    case NLE_NODEV:
    case NLE_OBJ_NOTFOUND:
        return -ENODEV;
    case NLE_EXIST:
        return -EEXIST;
    case NLE_INVAL:
        return -EINVAL;
    case NLE_RANGE:
        return -ERANGE;
    case NLE_BUSY:
        return -EBUSY;
    case NLE_OPNOTSUPP:
        return -EOPNOTSUPP;
    case NLE_NOMEM:
        return -ENOMEM;
    case NLE_AGAIN:
        return -EAGAIN;
    }
    return -EIO;
}

static void
fill_link(struct rtnl_link *from, struct nl_link *to)
{
    unsigned int flags = rtnl_link_get_flags(from);
    struct nl_addr *mac = rtnl_link_get_addr(from);
    const char *name = rtnl_link_get_name(from);
    const char *kind = rtnl_link_get_type(from);

    memset(to, 0, sizeof *to);
    to->ifindex = rtnl_link_get_ifindex(from);
    snprintf(to->name, sizeof to->name, "%s", name ? name : "");
    snprintf(to->kind, sizeof to->kind, "%s", kind ? kind : "");
    to->up = flags & IFF_UP;
    to->running = flags & IFF_RUNNING;
    to->mtu = rtnl_link_get_mtu(from);
    to->master = rtnl_link_get_master(from);
    if (mac && nl_addr_get_len(mac) == sizeof to->mac) {
        memcpy(&to->mac, nl_addr_get_binary_addr(mac), sizeof to->mac);
    }
}

static struct entry *
find_entry(const struct nl *nl, int ifindex)
{
    HMAP_FOR_EACH_WITH_HASH (struct entry, e, node,
                             hash_u64((uint64_t)ifindex, 0), &nl->links) {
        if (e->link.ifindex == ifindex) {
            return e;
        }
    }
    return NULL;
}

static void
tell(struct nl *nl, enum nl_change change, const struct nl_link *link)
{
    if (nl->on_link && !nl->quiet) {
        nl->on_link(nl->aux, change, link);
    }
}

static void
put_link(struct nl *nl, struct rtnl_link *from)
{
    struct nl_link link;
    fill_link(from, &link);
    struct entry *e = find_entry(nl, link.ifindex);
    if (!e) {
        e = xzalloc(sizeof *e);
        e->link = link;
        e->seen = true;
        hmap_insert(&nl->links, &e->node,
                    hash_u64((uint64_t)link.ifindex, 0));
        tell(nl, NL_ADDED, &e->link);
        return;
    }
    e->seen = true;
    if (memcmp(&e->link, &link, sizeof link)) {
        e->link = link;
        tell(nl, NL_CHANGED, &e->link);
    }
}

static void
remove_entry(struct nl *nl, struct entry *e)
{
    hmap_remove(&nl->links, &e->node);
    tell(nl, NL_REMOVED, &e->link);
    free(e);
}

/* Reads all links from the kernel and tells of differences. */
static int
read_all(struct nl *nl)
{
    struct nl_cache *cache;
    int err = rtnl_link_alloc_cache(nl->requests, AF_UNSPEC, &cache);
    if (err) {
        return nl_errno(err);
    }
    HMAP_FOR_EACH (struct entry, e, node, &nl->links) {
        e->seen = false;
    }
    for (struct nl_object *o = nl_cache_get_first(cache); o;
         o = nl_cache_get_next(o)) {
        put_link(nl, (struct rtnl_link *)o);
    }
    HMAP_FOR_EACH_SAFE (struct entry, e, node, &nl->links) {
        if (!e->seen) {
            remove_entry(nl, e);
        }
    }
    nl_cache_free(cache);
    return 0;
}

/* One object of a notification. */
static void
on_object(struct nl_object *o, void *nl_)
{
    struct nl *nl = nl_;
    struct rtnl_link *link = (struct rtnl_link *)o;
    /* Bridges' own messages (AF_BRIDGE) speak of ports, not of links. */
    if (strcmp(nl_object_get_type(o), "route/link")
        || rtnl_link_get_family(link) != AF_UNSPEC) {
        return;
    }
    if (nl_object_get_msgtype(o) == RTM_DELLINK) {
        struct entry *e = find_entry(nl, rtnl_link_get_ifindex(link));
        if (e) {
            remove_entry(nl, e);
        }
    } else {
        put_link(nl, link);
    }
}

static int
on_message(struct nl_msg *msg, void *nl)
{
    int err = nl_msg_parse(msg, on_object, nl);
    if (err) {
        log_dbg_rl("notification not understood: %s", nl_geterror(err));
    }
    return NL_OK;
}

static void
on_readable(void *nl_, int events UNUSED)
{
    struct nl *nl = nl_;
    int err = nl_recvmsgs_default(nl->events);
    if (err && err != -NLE_AGAIN) {
        log_dbg_rl("link notifications were lost: %s", nl_geterror(err));
        err = read_all(nl);
        if (err) {
            log_warn_rl("cannot read links: %s", log_strerror(err));
        }
    }
}

static int
open_sockets(struct nl *nl)
{
    nl->events = nl_socket_alloc();
    nl->requests = nl_socket_alloc();
    if (!nl->events || !nl->requests) {
        return -ENOMEM;
    }
    nl_socket_disable_seq_check(nl->events);
    nl_socket_modify_cb(nl->events, NL_CB_VALID, NL_CB_CUSTOM, on_message,
                        nl);
    int err = nl_connect(nl->requests, NETLINK_ROUTE);
    err = err ? err : nl_connect(nl->events, NETLINK_ROUTE);
    err = err ? err : nl_socket_add_membership(nl->events, RTNLGRP_LINK);
    err = err ? err : nl_socket_set_nonblocking(nl->events);
    if (!err) {
        nl_socket_set_buffer_size(nl->events, RX_BUFFER_BYTES, 0);
    }
    return nl_errno(err);
}

int
nl_create(struct loop *l,
          void (*on_link)(void *, enum nl_change, const struct nl_link *),
          void *aux, struct nl **out)
{
    struct nl *nl = xzalloc(sizeof *nl);
    *out = NULL;
    hmap_init(&nl->links);
    nl->on_link = on_link;
    nl->aux = aux;
    int err = open_sockets(nl);
    if (!err) {
        nl->quiet = true;
        err = read_all(nl);
        nl->quiet = false;
    }
    if (!err) {
        nl->watch = loop_fd_open(l, nl_socket_get_fd(nl->events),
                                 on_readable, nl, &err);
    }
    if (err) {
        nl_destroy(&nl);
        return err;
    }
    loop_fd_want(nl->watch, LOOP_READ);
    *out = nl;
    return 0;
}

void
nl_destroy(struct nl **nlp)
{
    struct nl *nl = *nlp;
    if (!nl) {
        return;
    }
    *nlp = NULL;
    loop_fd_close(&nl->watch);
    nl_socket_free(nl->events);
    nl_socket_free(nl->requests);
    HMAP_FOR_EACH_SAFE (struct entry, e, node, &nl->links) {
        hmap_remove(&nl->links, &e->node);
        free(e);
    }
    hmap_fini(&nl->links);
    free(nl);
}

const struct nl_link *
nl_link_find(const struct nl *nl, const char *name)
{
    HMAP_FOR_EACH (struct entry, e, node, &nl->links) {
        if (!strcmp(e->link.name, name)) {
            return &e->link;
        }
    }
    return NULL;
}

const struct nl_link *
nl_link_by_index(const struct nl *nl, int ifindex)
{
    const struct entry *e = find_entry(nl, ifindex);
    return e ? &e->link : NULL;
}

void
nl_link_for_each(const struct nl *nl,
                 void (*fn)(void *, const struct nl_link *), void *aux)
{
    HMAP_FOR_EACH_SAFE (struct entry, e, node, &nl->links) {
        fn(aux, &e->link);
    }
}

static int
get_link(struct nl *nl, int ifindex, const char *name,
         struct rtnl_link **out)
{
    return nl_errno(rtnl_link_get_kernel(nl->requests, ifindex, name, out));
}

int
nl_link_get(struct nl *nl, const char *name, struct nl_link *out)
{
    struct rtnl_link *link;
    int err = get_link(nl, 0, name, &link);
    if (!err) {
        fill_link(link, out);
        rtnl_link_put(link);
    }
    return err;
}

/* Sends the settings in 'change' (stolen) for the device. */
static int
change_link(struct nl *nl, int ifindex, struct rtnl_link *change)
{
    struct rtnl_link *which = rtnl_link_alloc();
    rtnl_link_set_ifindex(which, ifindex);
    int err = rtnl_link_change(nl->requests, which, change, 0);
    rtnl_link_put(which);
    rtnl_link_put(change);
    return nl_errno(err);
}

int
nl_link_set_up(struct nl *nl, int ifindex, bool up)
{
    struct rtnl_link *change = rtnl_link_alloc();
    if (up) {
        rtnl_link_set_flags(change, IFF_UP);
    } else {
        rtnl_link_unset_flags(change, IFF_UP);
    }
    return change_link(nl, ifindex, change);
}

int
nl_link_set_mtu(struct nl *nl, int ifindex, uint32_t mtu)
{
    struct rtnl_link *change = rtnl_link_alloc();
    rtnl_link_set_mtu(change, mtu);
    return change_link(nl, ifindex, change);
}

int
nl_link_set_mac(struct nl *nl, int ifindex, struct eth_addr mac)
{
    struct rtnl_link *change = rtnl_link_alloc();
    struct nl_addr *addr = nl_addr_build(AF_LLC, &mac, sizeof mac);
    rtnl_link_set_addr(change, addr);
    nl_addr_put(addr);
    return change_link(nl, ifindex, change);
}

int
nl_link_delete(struct nl *nl, int ifindex)
{
    struct rtnl_link *which = rtnl_link_alloc();
    rtnl_link_set_ifindex(which, ifindex);
    int err = rtnl_link_delete(nl->requests, which);
    rtnl_link_put(which);
    return nl_errno(err);
}

int
nl_link_stats(struct nl *nl, int ifindex, struct nl_stats *out)
{
    static const struct {
        rtnl_link_stat_id_t id;
        size_t offset;
    } map[] = {
        { RTNL_LINK_RX_PACKETS, offsetof(struct nl_stats, rx_packets) },
        { RTNL_LINK_TX_PACKETS, offsetof(struct nl_stats, tx_packets) },
        { RTNL_LINK_RX_BYTES, offsetof(struct nl_stats, rx_bytes) },
        { RTNL_LINK_TX_BYTES, offsetof(struct nl_stats, tx_bytes) },
        { RTNL_LINK_RX_ERRORS, offsetof(struct nl_stats, rx_errors) },
        { RTNL_LINK_TX_ERRORS, offsetof(struct nl_stats, tx_errors) },
        { RTNL_LINK_RX_DROPPED, offsetof(struct nl_stats, rx_dropped) },
        { RTNL_LINK_TX_DROPPED, offsetof(struct nl_stats, tx_dropped) },
        { RTNL_LINK_MULTICAST, offsetof(struct nl_stats, multicast) },
        { RTNL_LINK_COLLISIONS, offsetof(struct nl_stats, collisions) },
        { RTNL_LINK_RX_OVER_ERR, offsetof(struct nl_stats, rx_over_err) },
        { RTNL_LINK_RX_FRAME_ERR, offsetof(struct nl_stats, rx_frame_err) },
        { RTNL_LINK_RX_CRC_ERR, offsetof(struct nl_stats, rx_crc_err) },
        { RTNL_LINK_RX_MISSED_ERR, offsetof(struct nl_stats, rx_missed) },
    };
    struct rtnl_link *link;
    int err = get_link(nl, ifindex, NULL, &link);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < ARRAY_SIZE(map); i++) {
        uint64_t value = rtnl_link_get_stat(link, map[i].id);
        memcpy((char *)out + map[i].offset, &value, sizeof value);
    }
    rtnl_link_put(link);
    return 0;
}

int
nl_addr_for_each(struct nl *nl, int ifindex,
                 void (*fn)(void *, int, const struct addr *, int),
                 void *aux)
{
    struct nl_cache *cache;
    int err = rtnl_addr_alloc_cache(nl->requests, &cache);
    if (err) {
        return nl_errno(err);
    }
    for (struct nl_object *o = nl_cache_get_first(cache); o;
         o = nl_cache_get_next(o)) {
        struct rtnl_addr *ra = (struct rtnl_addr *)o;
        struct nl_addr *local = rtnl_addr_get_local(ra);
        struct addr a = { 0 };
        socklen_t len = sizeof a.ss;
        int idx = rtnl_addr_get_ifindex(ra);
        if (local && (!ifindex || idx == ifindex)
            && !nl_addr_fill_sockaddr(local, &a.sa, &len)) {
            fn(aux, idx, &a, rtnl_addr_get_prefixlen(ra));
        }
    }
    nl_cache_free(cache);
    return 0;
}
