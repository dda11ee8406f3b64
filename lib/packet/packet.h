/* SPDX-License-Identifier: Apache-2.0 */
/* A packet on its way through a worker.
 *
 * 'struct packet' is a value of one cache line that lives in the burst array
 * on the worker's stack; the frame itself is in a buffer of some pool (our
 * own heap buffers, DPDK mbufs, ...), named by 'pool' and 'handle'.  A port
 * that receives fills the values, a port that sends takes them: between two
 * ports of one pool nothing is copied, and no metadata block is cleared.
 *
 * Ownership: whoever holds the value owns the buffer, until it hands it to
 * port transmit or packet_free_burst().  Buffers are never shared: a second
 * output gets a copy (packet_copy()).
 *
 * Offloads are carried, not resolved: a guest's frame may be up to 64 KB
 * with 'gso_type' set and its L4 checksum only partial; the fields mean what
 * struct virtio_net_hdr says [VIRTIO 1.2 5.1.6].  A port that cannot send
 * such a frame resolves it at egress (lib/packet/csum.h, gso.h).
 *
 * Threads: a packet belongs to one thread at a time; pool functions may be
 * called from any worker. */
#ifndef WEIR_PACKET_PACKET_H
#define WEIR_PACKET_PACKET_H 1

#include "lib/base/types.h"

/* Bytes every pool keeps free before a received frame, for pushed headers. */
#define PACKET_HEADROOM 128
/* 'l3_ofs', 'l4_ofs' of a packet without that header. */
#define PACKET_NO_OFS UINT16_MAX

enum packet_gso {
    PACKET_GSO_NONE,
    PACKET_GSO_TCPV4,
    PACKET_GSO_TCPV6,
    PACKET_GSO_UDP_L4,
};

enum packet_flags {
    PACKET_CSUM_PARTIAL = 1 << 0, /* csum_start, csum_offset are valid: the
                                   * L4 checksum covers the pseudo-header
                                   * only and must be finished at egress. */
    PACKET_CSUM_GOOD = 1 << 1,    /* L4 checksum was verified on receive. */
    PACKET_GSO_ECN = 1 << 2,      /* TCP CWR in the GSO frame. */
};

struct packet {
    uint8_t *data;    /* First byte of the Ethernet header. */
    void *handle;     /* The buffer; its type is the pool's business. */
    uint32_t len;     /* Bytes of frame, without FCS. */
    uint16_t headroom; /* Bytes free before 'data'. */
    uint8_t pool;     /* enum packet_pool_id. */
    uint8_t flags;    /* enum packet_flags. */

    uint8_t gso_type; /* enum packet_gso. */
    uint8_t shape;    /* enum packet_shape, by packet_parse(). */
    uint16_t gso_size; /* Bytes of L4 payload a segment. */
    uint16_t csum_start, csum_offset; /* From 'data'; from csum_start. */

    uint16_t l3_ofs, l4_ofs; /* From 'data'; by packet_parse(). */
    uint16_t gso_hdr_len;    /* Bytes of headers of a GSO frame; 0 unknown. */
    uint16_t pad;
    uint32_t in_port;        /* Datapath port index it came from. */
    uint32_t hash;           /* The worker's: flow cache hash. */
};

enum packet_pool_id {
    PACKET_POOL_HEAP, /* lib/packet/packet.c: 2 KB and 64 KB buffers. */
    PACKET_POOL_DPDK, /* datapath/port/dpdk*.c. */
    PACKET_POOL_STATIC, /* Caller's bytes, not freed: tests, packet-out. */
    PACKET_N_POOLS
};

struct packet_pool_ops {
    void (*free_burst)(struct packet *, size_t n);
    /* Makes 'dst' a copy in this pool of 'src' (of any pool), with
     * PACKET_HEADROOM before it; false if there is no buffer. */
    bool (*copy)(struct packet *dst, const struct packet *src);
    /* Bytes usable after the frame's end. */
    size_t (*tailroom)(const struct packet *);
};

/* Registers a pool at start, before workers run. */
void packet_pool_register(enum packet_pool_id, const struct packet_pool_ops *);

/* A heap buffer for a frame of up to 'len' bytes (<= 65535 + 64), 'data' set
 * PACKET_HEADROOM into it and 'len' set; contents undefined.  False if the
 * heap pool's bound is reached. */
bool packet_alloc(struct packet *, size_t len) MUST_CHECK;
void packet_free(struct packet *);
void packet_free_burst(struct packet *, size_t n);
/* Copies frame and metadata into the source's pool, or, when that has no
 * copy (PACKET_POOL_STATIC), into the heap pool. */
bool packet_copy(struct packet *dst, const struct packet *src) MUST_CHECK;
/* A packet over the caller's bytes: never freed, headroom as given. */
struct packet packet_over(void *data, size_t len, size_t headroom);
/* Bytes usable after the frame's end. */
size_t packet_tailroom(const struct packet *);
/* Heap buffers of 2 KB and of 64 KB that exist, those in the shared free
 * list, and those in the calling thread's own. */
struct packet_heap_info {
    size_t n_small, n_large, n_small_free, n_large_free;
    size_t n_small_mine, n_large_mine;
};
void packet_heap_get_info(struct packet_heap_info *);
/* Makes at least so many buffers now, so that later calls map no memory. */
void packet_heap_reserve(size_t n_small, size_t n_large);
/* Makes packet_alloc() fail from the (n+1)th call on; n < 0 switches it off.
 * For tests of what a shortage does.  One thread. */
void packet_test_fail_after(long n);

/* Grows at the front by 'n' bytes: returns the new 'data', or NULL when
 * headroom is short (the packet is then unchanged).  Offsets move along. */
uint8_t *packet_push(struct packet *, size_t n) MUST_CHECK;
/* Removes 'n' bytes at the front (n <= len). */
uint8_t *packet_pull(struct packet *, size_t n);

#endif
