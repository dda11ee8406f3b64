/* SPDX-License-Identifier: Apache-2.0 */
/* What drivers share: the table, opening and closing, counters. */
#ifndef WEIR_DATAPATH_PORT_PORT_PRIV_H
#define WEIR_DATAPATH_PORT_PORT_PRIV_H 1

#include "datapath/port/port.h"

extern const struct port_ops port_system_ops;   /* afpacket.c */
extern const struct port_ops port_internal_ops; /* tap.c */
extern const struct port_ops port_tap_ops;
extern const struct port_ops port_mem_ops;      /* mem.c */
extern const struct port_ops port_dummy_ops;    /* dummy.c */
extern const struct port_ops port_dummy_internal_ops;
extern const struct port_ops port_dummy_pmd_ops;
extern const struct port_ops port_dpdk_ops;     /* dpdk.c, dpdk_stub.c */

/* Fills the common part of a driver's struct. */
void port_init(struct port *, const struct port_ops *,
               const struct port_cfg *, bool carries_gso);
/* Frees what port_init() made. */
void port_fini(struct port *);

/* Adds to a counter that one thread or several write; readers may be late. */
static inline void
port_count(uint64_t *counter, uint64_t n)
{
    __atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/* As port_count(), where one thread at a time writes: no locked cycle. */
static inline void
port_count_own(uint64_t *counter, uint64_t n)
{
    __atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* Copies counters, and adds what port_tx() refused to tx_dropped. */
void port_read_stats(const struct port *, const struct port_stats *,
                     struct port_stats *out);
static inline int
port_mtu(const struct port *p)
{
    return __atomic_load_n(&p->mtu, __ATOMIC_RELAXED);
}
static inline void
port_note_mtu(struct port *p, int mtu)
{
    __atomic_store_n(&p->mtu, mtu, __ATOMIC_RELAXED);
}

/* What dummy.c asks of the options, and of the level of dummies. */
enum port_dummy_level port_dummy_level(void);

#endif
