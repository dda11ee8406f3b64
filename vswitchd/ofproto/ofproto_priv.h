/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of this folder. */
#ifndef WEIR_VSWITCHD_OFPROTO_PRIV_H
#define WEIR_VSWITCHD_OFPROTO_PRIV_H 1

#include "lib/base/heap.h"
#include "lib/base/list.h"
#include "lib/io/loop.h"
#include "lib/openflow/channel.h"
#include "vswitchd/ofproto/ofproto.h"
#include "vswitchd/ofproto/tables.h"

#define OFPROTO_N_TABLES 254 /* Shown; table 254 is the switch's own. */
/* Of the rule that fail-open puts above all others. */
#define FAIL_OPEN_PRIORITY CLS_PRIORITY_MAX

struct listener;

/* A configured controller or listener of the bridge. */
struct ofcontroller {
    struct list node;         /* In ofproto's 'controllers'. */
    struct ofproto *of;
    char *target;
    struct bridge_controller cfg; /* 'target' points to the above. */
    struct listener *listener; /* Passive targets; NULL if that failed. */
    int listen_error;          /* Negative errno, tried again each second. */
    struct ofconn *conn;       /* Active targets. */
    bool is_service, is_snoop; /* BRIDGE.mgmt, BRIDGE.snoop. */
};

struct ofconn {
    struct list node;          /* In ofproto's 'conns'. */
    struct ofproto *of;
    struct ofcontroller *ctl;
    struct channel *ch;
    bool is_service, is_snoop;
    uint32_t role;             /* OFPCR_ROLE_*. */
    uint16_t miss_send_len;
    uint16_t controller_id;
    bool invalid_ttl;
    enum ofm_form_hint packet_in_form;
    struct ofm_async async;
    struct list bundles;       /* Of struct bundle (bundle.c). */
    unsigned int n_bundles;
    size_t bundles_bytes;      /* Of messages that wait in them. */
    struct list monitors;      /* Of struct monitor (monitor.c). */
    unsigned int n_monitors;
    uint64_t paused_version;   /* Told last; 0: monitors are not paused. */
    int64_t paused_ms;
    struct loop_timer resume_timer;
    /* Token bucket for packet-ins. */
    int64_t tokens_milli, tokens_at_ms;
    uint64_t n_limited;
};

/* A change of a rule that somebody is to hear of once it is published. */
struct rule_event {
    struct rule *rule;
    const struct rule *old;     /* Of MODIFIED: what it was. */
    const struct ofconn *actor; /* Whose message did it; NULL: none. */
    uint32_t xid;               /* Of that message. */
    uint8_t event;  /* OFPFME_ADDED, _REMOVED, _MODIFIED. */
    int8_t reason;  /* OFPRR_*, of REMOVED; -1: nobody asked. */
};

/* What a bundle under way changed: txn.c. */
struct ofproto_txn {
    bool is_open;
    struct rule **dead_mark;   /* End of the graveyard when it began. */
    struct {
        struct rule **p;
        size_t n, cap;
    } inserted;
    struct {
        struct txn_group *p;
        size_t n, cap;
    } groups;
    struct {
        struct ofm_port_mod *p;
        size_t n, cap;
    } ports;
    struct {
        struct txn_packet *p;
        size_t n, cap;
    } packets;
};

struct ofproto {
    struct loop *loop;
    struct dp *dp;
    struct ofproto_ops ops;
    char *name;
    uint64_t dpid;
    char dp_desc[257], serial[33];
    uint32_t versions;
    enum bridge_fail_mode fail_mode;
    struct xbridge x;
    struct oftable tables[TABLES_MAX];
    unsigned int n_vacancy_tables; /* That tell of vacancy. */
    const struct pipeline *pipeline;
    struct flow reads;

    size_t n_rules;
    struct heap expiry;          /* Of struct rule. */
    struct loop_timer expiry_timer;
    struct rule *dead_first, **dead_last; /* Graveyard, oldest first. */
    bool teachers_died;          /* Some of the next version, in there. */
    struct rule_event *events;   /* Of the next version. */
    size_t n_events, events_cap;
    size_t n_monitors;           /* Of all connections. */
    const struct ofconn *actor;  /* Whose message is being done, or NULL, */
    uint32_t actor_xid;          /* and its number. */
    struct ofproto_txn txn;
    int64_t created_ms;

    struct idmap ports;          /* Of struct port_node. */
    struct ofp_names names;

    struct list controllers, conns;
    bool has_generation;
    uint64_t generation_id;
    bool had_controllers;
    bool is_alone;               /* No controller, standalone: NORMAL. */
    struct rule *fail_open_rule; /* While failed open. */
    int64_t lost_at_ms;          /* No controller since; 0: there is one. */
    struct loop_timer fail_timer;
};

/* ## rules.c ## */

struct rule *rule_create(struct ofproto *, const struct match *, int priority,
                         uint8_t table_id, const struct act_list *);
/* Makes room in caches' keys for a rule that reads 'match' and 'acts'. */
void rules_prepare_reads(struct ofproto *, const struct flow *mask,
                         const struct act_list *acts);
/* Adds to the table, visible from the next version. */
void rule_insert(struct ofproto *, struct rule *);
/* Hides from the next version and puts in the graveyard; 'reason' OFPRR_* is
 * told to controllers if the rule asks for that; -1: silently. */
void rule_delete(struct ofproto *, struct rule *, int reason);
/* Undoes rule_delete() in a version that was not published; the caller has
 * taken the rule from the graveyard. */
void rule_revive(struct ofproto *, struct rule *);
/* A rule like 'old' with other actions, which takes its place in the next
 * version and counts on; it is inserted by the caller. */
struct rule *rule_clone(struct ofproto *, const struct rule *old,
                        const struct act_list *);
/* Frees a rule that was never inserted. */
void rule_discard(struct rule *);
/* Makes the transaction current, or leaves that to the bundle around. */
void rules_publish(struct ofproto *);
/* What lookups for the next message may see. */
static inline uint64_t
rules_version(const struct ofproto *of)
{
    return dp_next_version(of->dp);
}
void rules_reset_timer(struct ofproto *, struct rule *);
void rules_flush(struct ofproto *, bool hidden_too);
/* What fail mode and controllers ask for: the NORMAL rule of a switch
 * without controllers, or that of fail-open. */
void rules_apply_fail_mode(struct ofproto *);
struct xtable *rules_table(struct ofproto *, uint8_t table_id);

enum ofp_err flowmod_apply(struct ofproto *, uint8_t version,
                           const struct ofm_flow_mod *);
enum ofp_err groupmod_apply(struct ofproto *, uint8_t version,
                            const struct ofm_group_mod *);
enum ofp_err metermod_apply(struct ofproto *, const struct ofm_meter_mod *);
/* Deletes the flows that use a group or meter. */
void rules_delete_by_act(struct ofproto *, enum act_type, uint32_t id);
enum ofp_err packetout_apply(struct ofproto *, uint8_t version,
                             const struct ofm_packet_out *);
enum ofp_err portmod_apply(struct ofproto *, const struct ofm_port_mod *);
/* Refuses actions that name groups or meters that do not exist. */
enum ofp_err rules_check_refs(struct ofproto *, const struct act_list *);

/* ## learn.c ## */

/* True if the rule's learn actions say delete_learned. */
bool rule_teaches(const struct rule *);
/* Deletes what rules that die in this version taught, if nobody else does. */
void learn_forget(struct ofproto *);

void group_free(void *);

/* ## txn.c ## */

void txn_begin(struct ofproto *);
void txn_commit(struct ofproto *);
void txn_rollback(struct ofproto *);
void txn_note_insert(struct ofproto *, struct rule *);
/* Takes 'old', of which nobody knows any more. */
void txn_note_group(struct ofproto *, uint32_t id, struct xgroup *old,
                    struct xgroup *fresh);
/* To be done at the commit; the transaction is open, 'pm' was checked. */
void txn_add_port_mod(struct ofproto *, const struct ofm_port_mod *);
/* The same for a packet; takes what 'b' holds. */
void txn_give_packet(struct ofproto *, uint32_t in_port, const void *frame,
                     size_t len, struct dp_prog_builder *b);

/* ## bundle.c ## */

enum ofp_err bundle_control(struct ofconn *, struct ofm *);
enum ofp_err bundle_add(struct ofconn *, struct ofm *);
/* Forgets all bundles of a connection. */
void bundles_drop(struct ofconn *);

/* ## group_buckets.c ## */

/* True if two buckets have the same id. */
bool group_has_twins(const struct group_spec *);
/* 'out' is a copy of 'g' without buckets; gets an array of its own, whose
 * actions are those of 'g' and 'more'.  After an error it has none. */
enum ofp_err group_insert_buckets(const struct group_spec *g,
                                  const struct group_spec *more,
                                  struct group_spec *out) MUST_CHECK;
enum ofp_err group_remove_buckets(const struct group_spec *g, uint32_t id,
                                  struct group_spec *out) MUST_CHECK;

/* ## monitor.c ## */

/* Notes a change, to be told when it is published. */
void rules_note(struct ofproto *, struct rule *, const struct rule *old,
                uint8_t event, int reason);
/* Tells those who watch of the changes noted. */
void monitors_tell(struct ofproto *);
enum ofp_err monitor_request(struct ofconn *, struct ofm *);
enum ofp_err monitor_cancel(struct ofconn *, struct ofm *);
/* Of a connection's resume_timer. */
void monitors_check_paused(void *conn);
/* Forgets what a connection watches. */
void monitors_drop(struct ofconn *);

/* ## stats.c: replies ## */
enum ofp_err stats_reply(struct ofproto *, struct ofconn *,
                         const struct ofm *);
void ofproto_fill_port(const struct ofproto_port *, struct ofm_port *);
/* Calls fn for each shown rule that a request selects. */
void rules_select(struct ofproto *, const struct ofm_flow_request *,
                  void (*fn)(struct rule *, void *), void *aux);

/* ## conns.c, dispatch.c ## */
void conns_init(struct ofproto *);
void conns_fini(struct ofproto *);
void conns_open_services(struct ofproto *);
void conns_port_status(struct ofproto *, uint8_t reason,
                       const struct ofproto_port *);
void conns_flow_removed(struct ofproto *, const struct rule *, int reason);
bool conns_any_connected(const struct ofproto *);
bool conns_any_configured(const struct ofproto *);
/* True if 'conn' wants a message of this kind: masks of its role. */
bool conn_wants(const struct ofconn *, const uint32_t masks[2], int reason);
void dispatch_message(struct ofconn *, struct ofm *);

/* ## roles.c: who may change the switch, and who hears what ## */

/* The masks of a new connection. */
void async_reset(struct ofconn *);
enum ofp_err async_on_get(struct ofconn *, struct ofm *);
enum ofp_err async_on_set(struct ofconn *, struct ofm *);
enum ofp_err role_on_request(struct ofconn *, struct ofm *);
/* Tells others of the group_mod or meter_mod 'm' that 'from' had done. */
void conns_forward_request(struct ofconn *from, const struct ofm *m);
void conns_update_wants(struct ofproto *);

struct port_node {
    uint32_t ofport; /* First: idmap. */
    struct ofproto_port p;
};

/* table_features.c */

/* Appends what table 'table' can do to a table features reply. */
void table_features_put(struct ofm_reply *, const struct ofproto *,
                        uint8_t table, uint8_t version);
/* The standard's own actions that run, of one version: a bit each. */
uint32_t table_actions(uint8_t version);
/* The basic OXM fields of 1.2: a bit each. */
uint64_t table_oxm_fields(bool settable);

#endif
