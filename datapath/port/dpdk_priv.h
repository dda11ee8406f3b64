/* SPDX-License-Identifier: Apache-2.0 */
/* Between dpdk.c (ports) and dpdk_eal.c (start-up, mbuf pools).  The only
 * place where DPDK's headers enter. */
#ifndef WEIR_DATAPATH_PORT_DPDK_PRIV_H
#define WEIR_DATAPATH_PORT_DPDK_PRIV_H 1

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wshadow"
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>
#include <rte_spinlock.h>
#include <rte_version.h>
#pragma GCC diagnostic pop

#include "datapath/port/port_priv.h"

/* Starts DPDK if it is not running.  0, or negative errno with '*error' a
 * heap text; a start that failed is not tried again.  Main. */
int dpdk_start(char **error) MUST_CHECK;

/* The pool for frames of up to 'mtu' + 18 bytes, made at first use and never
 * destroyed.  NULL if there is no memory.  Main. */
struct rte_mempool *dpdk_pool_for_mtu(int mtu);

/* Gives the calling thread DPDK's per-thread caches.  Any worker, cheap. */
extern __thread bool dpdk_is_thread_known;
void dpdk_make_thread_known(void);
static inline void
dpdk_register_thread(void)
{
    if (UNLIKELY(!dpdk_is_thread_known)) {
        dpdk_make_thread_known();
    }
}

/* Fills 'p' from an mbuf of one segment, which it owns from then on. */
static inline void
dpdk_packet_from_mbuf(struct packet *p, struct rte_mbuf *m)
{
    *p = (struct packet){
        .data = rte_pktmbuf_mtod(m, uint8_t *),
        .handle = m,
        .len = m->data_len,
        .headroom = m->data_off,
        .pool = PACKET_POOL_DPDK,
        .flags = (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK)
                         == RTE_MBUF_F_RX_L4_CKSUM_GOOD
                     ? PACKET_CSUM_GOOD
                     : 0,
        .l3_ofs = PACKET_NO_OFS,
        .l4_ofs = PACKET_NO_OFS,
    };
}

/* The mbuf of a packet of PACKET_POOL_DPDK, told where the frame is now. */
static inline struct rte_mbuf *
dpdk_mbuf_from_packet(const struct packet *p)
{
    struct rte_mbuf *m = p->handle;
    m->data_off = (uint16_t)(p->data - (uint8_t *)m->buf_addr);
    m->data_len = (uint16_t)p->len;
    m->pkt_len = p->len;
    m->ol_flags = 0;
    return m;
}

#endif
