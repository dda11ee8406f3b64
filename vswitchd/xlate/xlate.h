/* SPDX-License-Identifier: Apache-2.0 */
/* Translation: from a flow to what the datapath does with its packets.
 *
 * A pure function of the pipeline and the flow: it changes nothing and may
 * be run again at any time, by workers on a cache miss, by ofproto/trace, by
 * the oracle's tests.  Effects (a MAC to learn, a packet for a controller)
 * are instructions in its result.
 *
 * Standards: [OF1.3.5 5], and for resubmit, move and controller(...) the
 * behaviour of the peers. */
#ifndef WEIR_VSWITCHD_XLATE_H
#define WEIR_VSWITCHD_XLATE_H 1

#include "vswitchd/ofproto/pipeline.h"

struct str;

/* The datapath's callback: 'pipeline' is a struct pipeline. */
void xlate(const void *pipeline, const struct flow *, struct dp_prog_builder *);

/* The same with a running commentary for ofproto/trace appended to 'trace'.
 * 'flow->in_port' is the OpenFlow port of 'bridge' here; afterwards
 * '*final' is the flow as rewritten, and '*reads' what was looked at. */
struct xlate_trace {
    struct str *text;
    const struct ofp_names *names;
    struct flow final, reads;
};
void xlate_with_trace(const struct pipeline *, struct xbridge *,
                      const struct flow *, struct dp_prog_builder *,
                      struct xlate_trace *);

/* A list of actions on a packet that comes from 'flow->in_port' (an OpenFlow
 * port of 'bridge', or OFPORT_ANY/CONTROLLER): packet-out. */
void xlate_actions(const struct pipeline *, struct xbridge *,
                   const struct flow *, const struct act_list *,
                   struct dp_prog_builder *, struct xlate_trace *);

/* The opaque part of events that translation makes; each begins with the
 * number of its bridge. */
enum xevent_kind {
    XEVENT_PACKET_IN, /* struct xevent, then the action's userdata. */
    XEVENT_LEARN,     /* struct xlearn. */
    XEVENT_FIN,       /* The same: time-outs that the rule is cut to. */
};

struct xevent {
    uint32_t bridge_id;
    uint32_t in_port;        /* OpenFlow. */
    uint64_t cookie;
    be64 metadata, tun_id;
    uint32_t regs[FLOW_N_REGS];
    uint32_t pkt_mark;
    uint16_t controller_id;
    uint16_t max_len;
    uint8_t reason;          /* OFPR_*. */
    uint8_t table_id;
    bool is_miss;            /* By a table miss, not by a rule's actions. */
    bool is_miss_rule;       /* By the table-miss flow [OF1.3.5 5.4]. */
    uint8_t pad[4];
};

/* A rule as text of bytes: 'n_words' records of struct xlearn_word and the
 * actions' records follow. */
struct xlearn {
    uint32_t bridge_id;
    uint16_t priority;
    uint8_t table_id, pad;
    uint64_t cookie;
    uint16_t idle_timeout, hard_timeout;
    uint16_t flags;       /* ACT_LEARN_*. */
    uint16_t n_words;
    uint32_t limit;       /* Of rules of this table and cookie; 0: none. */
    uint32_t acts_len;
};

/* A word of the match whose mask is not zero. */
struct xlearn_word {
    uint64_t idx, value, mask;
};

/* The match and the actions behind 'l'; false if 'len' bytes do not hold
 * what it says. */
bool xlearn_read(const struct xlearn *l, size_t len, struct match *,
                 struct act_list *);

/* The packet fields that 'acts' may read, added to 'reads': what must be in
 * a cache key beside the matches. */
void xlate_acts_reads(const struct act_list *, struct flow *reads);

/* The datapath's instructions in the peer's text: "push_vlan(vid=5,pcp=0),2".
 * Dynamic instructions are printed lowered: what they would do now.
 * 'flow' (may be NULL) gives the addresses for NORMAL's lookups. */
void xlate_put_dpacts(const void *acts, size_t len, const struct flow *,
                      const char *(*port_name)(void *, uint32_t), void *aux,
                      struct str *);

#endif
