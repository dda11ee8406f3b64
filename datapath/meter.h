/* SPDX-License-Identifier: Apache-2.0 */
/* Meters: token buckets shared by all workers [OF1.3.5 5.7.1].
 *
 * Made and replaced by the main thread, run by any worker without locks
 * (atomic adds).  Reference-counted like counters. */
#ifndef WEIR_DATAPATH_METER_H
#define WEIR_DATAPATH_METER_H 1

#include "lib/base/types.h"

#define DP_METER_BANDS_MAX 8

struct dp_meter_band {
    uint32_t rate;        /* kbit/s, or packets/s. */
    uint32_t burst;       /* kbit, or packets; 0: one second's worth. */
};

struct dp_meter_cfg {
    bool is_pktps;
    unsigned int n_bands; /* All of type drop. */
    struct dp_meter_band bands[DP_METER_BANDS_MAX];
};

struct dp_meter_stats {
    uint64_t n_packets, n_bytes;
    struct {
        uint64_t n_packets, n_bytes;
    } bands[DP_METER_BANDS_MAX];
    int64_t created_ms;
};

struct dp_meter;
struct dp_meter *dp_meter_create(const struct dp_meter_cfg *);
struct dp_meter *dp_meter_ref(struct dp_meter *);
void dp_meter_unref(struct dp_meter **);
/* Any worker.  False: over the rate, drop. */
bool dp_meter_run(struct dp_meter *, uint32_t len, int64_t now_us);
void dp_meter_get_stats(const struct dp_meter *, struct dp_meter_stats *);

#endif
