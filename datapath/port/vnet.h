/* SPDX-License-Identifier: Apache-2.0 */
/* struct virtio_net_hdr to and from a packet's offload fields: the same words
 * in AF_PACKET sockets, taps and vhost-user rings.  [VIRTIO 1.2 5.1.6]
 *
 * Both sides run on this host, so the header's integers have its byte order.
 * What comes in is not trusted: a guest may have written it. */
#ifndef WEIR_DATAPATH_PORT_VNET_H
#define WEIR_DATAPATH_PORT_VNET_H 1

#include <linux/virtio_net.h>

#include "lib/packet/hdr.h"
#include "lib/packet/packet.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* Takes the header of a received packet over; false if it asks for what we
 * do not know or points outside the frame. */
static inline bool
vnet_to_packet(const struct virtio_net_hdr *h, struct packet *p)
{
    if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
        if ((uint32_t)h->csum_start + h->csum_offset + 2 > p->len) {
            return false;
        }
        p->flags |= PACKET_CSUM_PARTIAL;
        p->csum_start = h->csum_start;
        p->csum_offset = h->csum_offset;
    } else if (h->flags & VIRTIO_NET_HDR_F_DATA_VALID) {
        p->flags |= PACKET_CSUM_GOOD;
    }
    switch (h->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
    case VIRTIO_NET_HDR_GSO_NONE:
        return true;
    case VIRTIO_NET_HDR_GSO_TCPV4:
        p->gso_type = PACKET_GSO_TCPV4;
        break;
    case VIRTIO_NET_HDR_GSO_TCPV6:
        p->gso_type = PACKET_GSO_TCPV6;
        break;
    case VIRTIO_NET_HDR_GSO_UDP_L4:
        p->gso_type = PACKET_GSO_UDP_L4;
        break;
    default: /* VIRTIO_NET_HDR_GSO_UDP: fragments by IP, long gone. */
        return false;
    }
    if (h->gso_type & VIRTIO_NET_HDR_GSO_ECN) {
        p->flags |= PACKET_GSO_ECN;
    }
    p->gso_size = h->gso_size;
    p->gso_hdr_len = h->hdr_len <= p->len ? h->hdr_len : 0;
    return h->gso_size != 0;
}

/* Bytes of headers of a frame whose checksum is partial. */
static inline uint16_t
vnet_hdr_len(const struct packet *p)
{
    if (p->gso_hdr_len) {
        return p->gso_hdr_len;
    }
    uint32_t tcp = (uint32_t)p->csum_start + 12;
    uint32_t len = p->gso_type == PACKET_GSO_UDP_L4
                       ? (uint32_t)p->csum_start + UDP_HDR_LEN
                   : tcp < p->len
                       ? (uint32_t)p->csum_start + (p->data[tcp] >> 4) * 4u
                       : 0;
    return len <= p->len ? (uint16_t)len : 0;
}

/* The header to send 'p' with. */
static inline void
vnet_from_packet(struct virtio_net_hdr *h, const struct packet *p)
{
    static const uint8_t types[] = {
        [PACKET_GSO_NONE] = VIRTIO_NET_HDR_GSO_NONE,
        [PACKET_GSO_TCPV4] = VIRTIO_NET_HDR_GSO_TCPV4,
        [PACKET_GSO_TCPV6] = VIRTIO_NET_HDR_GSO_TCPV6,
        [PACKET_GSO_UDP_L4] = VIRTIO_NET_HDR_GSO_UDP_L4,
    };
    memset(h, 0, sizeof *h);
    if (p->flags & PACKET_CSUM_PARTIAL) {
        h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        h->csum_start = p->csum_start;
        h->csum_offset = p->csum_offset;
    } else if (p->flags & PACKET_CSUM_GOOD) {
        h->flags = VIRTIO_NET_HDR_F_DATA_VALID;
    }
    if (p->gso_type != PACKET_GSO_NONE) {
        h->gso_type = types[p->gso_type];
        h->gso_size = p->gso_size;
        h->hdr_len = vnet_hdr_len(p);
        if (p->flags & PACKET_GSO_ECN) {
            h->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
        }
    }
}

#endif
