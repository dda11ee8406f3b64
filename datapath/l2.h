/* SPDX-License-Identifier: Apache-2.0 */
/* Forwarding by learned MAC: what a NORMAL instruction looks up.
 *
 * 'struct dp_l2' is one bridge's view: bundles (a Port of the database: one
 * or more interfaces with a VLAN mode) and its MAC table.  The bundles are
 * immutable and replaced by RCU when the configuration changes; the MAC
 * table is shared by all versions, written by the main thread alone and read
 * by workers without locks. */
#ifndef WEIR_DATAPATH_L2_H
#define WEIR_DATAPATH_L2_H 1

#include <stdatomic.h>

#include "lib/base/limits.h"
#include "lib/base/types.h"

#define DP_BUNDLE_NONE UINT16_MAX
#define DP_N_VLANS 4096

enum dp_vlan_mode {
    DP_VLAN_ACCESS,
    DP_VLAN_TRUNK,
    DP_VLAN_NATIVE_TAGGED,
    DP_VLAN_NATIVE_UNTAGGED,
};

struct dp_bundle {
    uint32_t port;     /* Datapath port index; UINT32_MAX for a patch. */
    uint8_t vlan_mode; /* enum dp_vlan_mode. */
    bool is_patch;     /* Output continues in a nested list. */
    bool no_flood, is_protected, is_absent;
    uint8_t priority_tags; /* 0 no, 1 if-nonzero, 2 always. */
    uint16_t tag;      /* Access or native VLAN. */
    unsigned long trunks[DP_N_VLANS / (8 * sizeof(unsigned long))];
                       /* VLANs carried, 'tag' included. */
};

struct fdb;

struct dp_l2 {
    _Atomic(uint32_t) n_refs;
    struct fdb *fdb;      /* Referenced. */
    void *owner;          /* The bridge, for events. */
    unsigned long flood_vlans[DP_N_VLANS / (8 * sizeof(unsigned long))];
                          /* VLANs where MACs are not learned. */
    bool forward_bpdu;
    uint16_t n_bundles;
    struct dp_bundle bundles[];
};

/* A zeroed view with 'n' bundles and one reference, which takes a reference
 * to 'fdb'. */
struct dp_l2 *dp_l2_create(struct fdb *fdb, uint16_t n);
/* Any thread; freed through RCU with the last. */
struct dp_l2 *dp_l2_ref(struct dp_l2 *);
void dp_l2_unref(struct dp_l2 **);

static inline bool
dp_bundle_carries(const struct dp_bundle *b, uint16_t vid)
{
    return b->trunks[vid / (8 * sizeof(long))] >> (vid % (8 * sizeof(long)))
           & 1;
}

/* 01:80:c2:00:00:00 to 0f: never forwarded by a bridge [IEEE 802.1Q-2018
 * 8.6.3], unless it is told to. */
static inline bool
eth_addr_is_reserved(struct eth_addr a)
{
    return a.ea[0] == 0x01 && a.ea[1] == 0x80 && a.ea[2] == 0xc2 && !a.ea[3]
           && !a.ea[4] && !(a.ea[5] & 0xf0);
}

/* ## MAC table ## */

struct fdb_entry {
    struct eth_addr mac;
    uint16_t vid, bundle;
    bool is_static;
    int64_t used_ms; /* clock_ms() when last seen as a source. */
};

/* 'max' entries; 0 for FDB_ENTRIES_DEFAULT. Main. */
struct fdb *fdb_create(size_t max);
struct fdb *fdb_ref(struct fdb *);
/* Freed through RCU with the last reference. */
void fdb_unref(struct fdb **);
void fdb_set_max(struct fdb *, size_t max);
/* Any reader: the bundle, or DP_BUNDLE_NONE.  'now_s' (coarse seconds)
 * refreshes the entry when 'is_source'. */
uint16_t fdb_lookup(struct fdb *, uint16_t vid, struct eth_addr,
                    bool is_source, uint32_t now_s);
/* Main: adds or moves; evicts the oldest of the bundle with most entries
 * when full.  True if something changed. */
bool fdb_learn(struct fdb *, uint16_t vid, struct eth_addr, uint16_t bundle,
               bool is_static);
bool fdb_remove(struct fdb *, uint16_t vid, struct eth_addr);
/* Removes entries of one bundle, or all non-static (DP_BUNDLE_NONE). */
void fdb_flush(struct fdb *, uint16_t bundle);
/* Removes entries not seen for 'idle_ms'. */
void fdb_age(struct fdb *, int64_t idle_ms);
size_t fdb_count(const struct fdb *);

/* Since creation or fdb_clear_stats(). */
struct fdb_stats {
    size_t n_static; /* Now. */
    uint64_t n_learned, n_expired, n_evicted, n_moved;
};
void fdb_get_stats(const struct fdb *, struct fdb_stats *);
void fdb_clear_stats(struct fdb *);
size_t fdb_max(const struct fdb *);
/* Entries sorted by age, oldest first; heap array, caller frees. */
struct fdb_entry *fdb_dump(const struct fdb *, size_t *n);
/* Renumbers bundles after a configuration change: 'map[i]' is the new index
 * of old bundle 'i', or DP_BUNDLE_NONE, whose entries go. */
void fdb_remap(struct fdb *, const uint16_t *map, size_t n);

#endif
