/* SPDX-License-Identifier: Apache-2.0 */
/* What ports decode: the virtio header before a frame (an even first byte),
 * which may come from a guest, and the framing of a dummy port's socket. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "datapath/port/dummy_link.h"
#include "datapath/port/port.h"
#include "datapath/port/vnet.h"
#include "lib/base/assert.h"
#include "lib/packet/edit.h"
#include "lib/packet/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Ports, made once. */
static struct port *whole, *plain;
static struct dummy_link *link_end;

static struct port *
open_mem(const char *carries)
{
    struct smap options;
    struct port *p;
    char *error;
    smap_init(&options);
    smap_set(&options, "carries_gso", carries);
    struct port_cfg cfg = { .name = "m", .type = "mem", .options = &options,
                            .mtu = 1500 };
    ASSERT(!port_open(&cfg, &p, &error));
    smap_fini(&options);
    return p;
}

static void
start(void)
{
    char path[64], spec[80];
    char *error;
    if (whole) {
        return;
    }
    whole = open_mem("true");
    plain = open_mem("false");
    snprintf(path, sizeof path, "/tmp/fuzz_port.%d", (int)getpid());
    snprintf(spec, sizeof spec, "punix:%s", path);
    ASSERT(!dummy_link_open(spec, true, epoll_create1(0), &link_end, &error));
    unlink(path); /* Peers are given by hand. */
}

static void
drain(struct port *m)
{
    struct packet p;
    while (port_mem_take(m, &p)) {
        packet_parse(&p);
        packet_free(&p);
    }
}

static void
try_vnet(const uint8_t *data, size_t len)
{
    struct virtio_net_hdr h, back;
    struct packet p, copy;
    if (len < sizeof h || len - sizeof h > 2000) {
        return;
    }
    memcpy(&h, data, sizeof h);
    len -= sizeof h;
    ASSERT(packet_alloc(&p, len));
    memcpy(p.data, data + sizeof h, len);
    if (!vnet_to_packet(&h, &p)) {
        packet_free(&p);
        return;
    }
    packet_parse(&p);
    (void)!packet_push_vlan(&p, BE16(ETH_TYPE_VLAN), BE16(5));
    vnet_from_packet(&back, &p);
    ASSERT(back.hdr_len <= p.len);
    ASSERT(!(back.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
           || (uint32_t)back.csum_start + back.csum_offset + 2 <= p.len);
    ASSERT(packet_copy(&copy, &p));
    port_tx(whole, 0, &copy, 1);
    port_tx(plain, 0, &p, 1);
    drain(whole);
    drain(plain);
}

static void
try_link(const uint8_t *data, size_t len)
{
    struct packet pkts[BURST_MAX];
    int fds[2] = { -1, -1 };
    ASSERT(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
    dummy_link_add(link_end, fds[0]);
    ssize_t n = send(fds[1], data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)n;
    close(fds[1]);
    for (int i = 0; i < 3; i++) {
        unsigned int n_pkts = dummy_link_rx(link_end, pkts, BURST_MAX);
        for (unsigned int j = 0; j < n_pkts; j++) {
            packet_parse(&pkts[j]);
        }
        packet_free_burst(pkts, n_pkts);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    start();
    if (len) {
        (data[0] & 1 ? try_link : try_vnet)(data + 1, len - 1);
    }
    return 0;
}
