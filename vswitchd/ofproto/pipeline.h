/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline: what a translation may read.
 *
 * Published by RCU.  'struct pipeline' and 'struct xport' are replaced as a
 * whole by vswitch_commit(); tables, groups and meters hang below
 * 'struct xbridge' and change in place by transactions of ofproto (see
 * "Generations" in datapath/dp.h): rules by version, groups and meters as
 * immutable objects swapped in an idmap.
 *
 * Threads: read by any worker; written by main. */
#ifndef WEIR_VSWITCHD_PIPELINE_H
#define WEIR_VSWITCHD_PIPELINE_H 1

#include "datapath/dp.h"
#include "datapath/l2.h"
#include "lib/base/heap.h"
#include "lib/base/idmap.h"
#include "lib/flow/classifier.h"
#include "lib/openflow/act.h"
#include "lib/openflow/text.h"

/* Actions of a rule: immutable, replaced through RCU. */
struct rule_acts {
    size_t len;
    uint64_t data[]; /* struct act records. */
};

static inline struct act_list
rule_acts_list(const struct rule_acts *a)
{
    return (struct act_list){ (const void *)a->data, a->len };
}

struct rule {
    struct cls_rule cr;       /* First: what cls_lookup() returns. */
    struct rule_acts *acts;   /* RCU. */
    struct dp_counter *counter;
    uint64_t cookie;
    uint8_t table_id;
    bool is_miss;             /* The table-miss flow [OF1.3.5 5.4]. */
    bool is_hidden;           /* Not shown, not deleted by controllers. */
    uint16_t flags;           /* FLOW_FLAG_*. */
    /* Below: main's alone. */
    uint16_t idle_timeout, hard_timeout, importance;
    int64_t created_ms, modified_ms; /* Hard time-outs count from the latter
                                      * [ovs-ofctl(8), "hard_age"]. */
    union {
        struct heap_node expiry; /* While alive: in the ofproto's heap. */
        struct {
            struct rule *next;   /* Once hidden: in the graveyard. */
            uint64_t version;    /* Since when no new reader sees it. */
        } dead;
    };
};

/* What a packet does that no rule of a table matches; only controllers of
 * 1.1 and 1.2 change it. */
enum xtable_miss {
    XTABLE_MISS_DEFAULT,    /* To the controllers that take misses. */
    XTABLE_MISS_CONTROLLER,
    XTABLE_MISS_CONTINUE,   /* With the next table. */
    XTABLE_MISS_DROP
};

struct xtable {
    struct cls *cls;      /* NULL: no rule was ever put in. */
    uint16_t token;
    _Atomic uint8_t miss; /* enum xtable_miss. */
    struct dp_counter *matched, *missed;
};

struct xbucket {
    uint16_t weight;
    uint32_t watch_port, watch_group;
    struct dp_counter *counter;
    struct act_list acts; /* Points into the group's 'spec'. */
};

/* Immutable but for its counters; freed through RCU. */
struct xgroup {
    uint32_t group_id;    /* First: idmap. */
    enum group_type type;
    struct dp_counter *counter;
    struct group_spec spec;
    int64_t created_ms;
    uint32_t n_flows;     /* Main's scratch, for statistics. */
    size_t n_buckets;
    struct xbucket buckets[];
};

struct xmeter {
    uint32_t meter_id;    /* First: idmap. */
    struct dp_meter *meter;
    struct meter_spec spec;
    uint32_t n_flows;     /* Main's scratch, for statistics. */
};

struct xbridge;

/* A port as translations see it.  Immutable, in 'struct xports'. */
struct xport {
    uint32_t ofport;       /* First: idmap of the bridge. */
    uint32_t dp_port;      /* UINT32_MAX: a patch, or not open. */
    struct xbridge *bridge;
    uint16_t bundle;       /* DP_BUNDLE_NONE: none. */
    uint32_t config;       /* OFPPC_*. */
    bool is_up;            /* Link and administration. */
    struct xbridge *peer_bridge; /* Patch: the other side; NULL if absent. */
    uint32_t peer_ofport;
};

/* The ports and forwarding of one bridge: replaced by commit. */
struct xports {
    struct idmap by_ofport; /* struct xport. */
    struct dp_l2 *l2;
    struct xport *local;    /* NULL if there is none. */
    size_t n;
    struct xport ports[];
};

struct xbridge {
    const char *name;         /* Borrowed from the bridge. */
    uint32_t id;              /* Names it in events. */
    struct xtable tables[TABLES_MAX];
    struct idmap groups, meters;
    uint16_t groups_token;    /* Groups and meters changed. */
    struct xports *ports;     /* RCU. */
    bool wants_misses;        /* Some controller takes table misses. */
    bool invalid_ttl_to_controller;
    uint8_t frag_mode;        /* OFPC_FRAG_*. */
};

struct pipeline {
    struct xport *by_dp_port[DP_PORTS_MAX]; /* NULL: unknown. */
};

#endif
