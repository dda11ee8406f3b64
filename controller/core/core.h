/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's core: switches that connected, their ports, the hosts
 * seen behind them, the rules that operators want on them, and the apps that
 * react.
 *
 * One 'struct core' is a controller.  A switch is known by its datapath id;
 * it stays known (with its rules) when its connection ends.  Apps are told of
 * events and act through the core's functions: they never touch a channel.
 *
 * Threads: the loop's. */
#ifndef WEIR_CONTROLLER_CORE_H
#define WEIR_CONTROLLER_CORE_H 1

#include "lib/base/hmap.h"
#include "lib/base/idmap.h"
#include "lib/base/list.h"
#include "lib/io/loop.h"
#include "lib/openflow/channel.h"

struct core;
struct core_app;
struct stream;
struct core_store;

/* A port of a switch. */
struct core_port {
    uint32_t port_no; /* First: idmap. */
    struct ofm_port of;
};

struct core_switch {
    struct hmap_node node;  /* In core's 'switches', by dpid. */
    struct core *core;
    uint64_t dpid;
    char name[17];          /* Of its local port; "" until known. */
    struct ofm_desc desc;
    struct channel *ch;     /* NULL: not connected. */
    bool is_up;             /* Its ports are known; rules and apps are on. */
    struct idmap ports;     /* struct core_port. */
    struct list rules;      /* struct core_rule. */
    int64_t connected_ms;
    uint64_t n_packet_ins;
    uint64_t n_packet_ins_dropped; /* Over CORE_PACKET_INS_PER_S, or bad. */
    int64_t tokens;         /* Thousandths of packet-ins that may come. */
    int64_t tokens_ms;      /* When 'tokens' was counted. */
};

/* A rule an operator asked for: kept, and put back at each connection.  Its
 * text is read again then, as port names may mean other numbers. */
struct core_rule {
    struct list node;
    char *text;             /* As typed. */
    bool is_good;           /* 'spec' is what the text means. */
    struct flow_spec spec;
};

/* A host as one switch sees it: the port where its MAC was seen last.  Each
 * switch has its own view, so that a host behind a link between two switches
 * is at the link's port for the one and at its own for the other, and does
 * not seem to move with each frame. */
struct core_host {
    struct hmap_node node;  /* In core's 'hosts', by switch, MAC and VLAN. */
    struct list by_age;     /* In core's 'hosts_by_age'. */
    struct eth_addr mac;
    uint16_t vlan;          /* 0: untagged. */
    be32 ip;                /* 0: not seen. */
    struct core_switch *sw;
    uint32_t port_no;
    int64_t seen_ms;
};

/* What an app may implement; any member but 'name' may be NULL. */
struct core_app {
    const char *name;
    void (*switch_up)(struct core *, struct core_switch *);
    /* 'm' is a packet_in; 'flow' its packet's fields. */
    void (*packet_in)(struct core *, struct core_switch *,
                      const struct ofm_packet_in *, const struct flow *);
    void (*port_changed)(struct core *, struct core_switch *,
                         const struct core_port *, bool is_gone);
    /* An operator deleted flows, perhaps the app's, too. */
    void (*flows_deleted)(struct core *, struct core_switch *);
    /* The host, seen at 'old_port' before, is now at its 'port_no'. */
    void (*host_moved)(struct core *, const struct core_host *,
                       uint32_t old_port);
};

struct core *core_create(struct loop *, const struct core_app *const *apps,
                         size_t n_apps, struct core_store *take_store);
void core_destroy(struct core **);
/* Listens ("ptcp:6653") for switches, or connects to one ("tcp:..").
 * Returns NULL or a heap error text. */
char *core_add_remote(struct core *, const char *target) MUST_CHECK;
/* Takes a stream to a switch that connected; closes it if there are
 * CORE_SESSIONS_MAX. */
void core_accept(struct core *, struct stream *take_stream);

/* ## For apps and commands ## */

struct core_switch *core_find_switch(struct core *, uint64_t dpid);
/* By name, or by datapath id in hex ("0x.." or up to 16 digits).  With 'make'
 * an id in full ("0x.." or 16 digits) that is not known becomes known.
 * Returns NULL with a heap error text if there is none, or two of the name. */
struct core_switch *core_switch_from_text(struct core *, const char *,
                                          bool make, char **error);
/* All, sorted by datapath id; heap array. */
struct core_switch **core_switches(struct core *, size_t *n);
struct core_host **core_hosts(struct core *, size_t *n);
/* Where the switch sees the host, or NULL. */
struct core_host *core_find_host(struct core *, const struct core_switch *,
                                 struct eth_addr, uint16_t vlan);
/* Notes where a source was seen, and tells the apps if it moved; NULL for a
 * multicast address.  When CORE_HOSTS_MAX are known, the one not heard from
 * for longest is forgotten. */
struct core_host *core_learn_host(struct core *, struct core_switch *,
                                  const struct flow *);
/* Nothing passes: no link, or an operator took it down. */
bool core_port_is_down(const struct core_port *);
void core_forget_port(struct core *, struct core_switch *, uint32_t port_no);

/* Sends a flow_mod of 'command' (OFPFC_*) with what 'spec' says. */
void core_send_flow(struct core_switch *, uint16_t command,
                    const struct flow_spec *spec);
/* Deletes the flows of an app, known by 'cookie', that 'match' covers and
 * that output to 'out_port' (OFPORT_ANY: any).  OpenFlow 1.0 cannot ask for a
 * cookie: other flows go, too, and the operator's among them are put back. */
void core_delete_app_flows(struct core_switch *, const struct match *,
                           uint64_t cookie, uint32_t out_port);
/* Sends the packet out through 'port' (a number or OFPORT_FLOOD). */
void core_send_packet(struct core_switch *, const struct ofm_packet_in *,
                      uint32_t in_port, uint32_t port);
/* Adds a rule in flow text, in the place of one with the same table, match
 * and priority; NULL, or a heap error text and nothing changed. */
char *core_add_rule(struct core_switch *, const char *text) MUST_CHECK;
/* Deletes the flows that the text means (NULL: all) from the switch and the
 * rules among them. */
char *core_delete_rules(struct core_switch *, const char *text) MUST_CHECK;
/* Asks a switch for its flows; 'done' gets the text, one line a flow. */
void core_dump_flows(struct core_switch *, const char *filter,
                     void (*done)(void *aux, bool is_error, const char *),
                     void *aux);
const struct ofp_names *core_names(struct core_switch *);

#endif
