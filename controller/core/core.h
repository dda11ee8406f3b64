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

#define CORE_HOSTS_MAX 65536 /* Forged source addresses stop here. */

struct core;
struct core_app;
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
    struct idmap ports;     /* struct core_port. */
    struct list rules;      /* struct core_rule. */
    int64_t connected_ms;
    uint64_t n_packet_ins;
};

/* A rule an operator asked for: kept, and put back at each connection. */
struct core_rule {
    struct list node;
    char *text;             /* As typed. */
    struct flow_spec spec;
};

/* A host: where its MAC was seen last. */
struct core_host {
    struct hmap_node node;  /* In core's 'hosts', by MAC and VLAN. */
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
};

struct core *core_create(struct loop *, const struct core_app *const *apps,
                         size_t n_apps, struct core_store *take_store);
void core_destroy(struct core **);
/* Listens ("ptcp:6653") for switches, or connects to one ("tcp:..").
 * Returns NULL or a heap error text. */
char *core_add_remote(struct core *, const char *target) MUST_CHECK;

/* ## For apps and commands ## */

struct core_switch *core_find_switch(struct core *, uint64_t dpid);
/* By datapath id in hex ("0x.." or up to 16 digits), or by name. */
struct core_switch *core_switch_from_text(struct core *, const char *);
/* All, sorted by datapath id; heap array. */
struct core_switch **core_switches(struct core *, size_t *n);
struct core_host **core_hosts(struct core *, size_t *n);
/* Where the host is, or NULL. */
struct core_host *core_find_host(struct core *, struct eth_addr,
                                 uint16_t vlan);
/* Notes where a source was seen; NULL for a multicast address or when
 * CORE_HOSTS_MAX are known. */
struct core_host *core_learn_host(struct core *, struct core_switch *,
                                  const struct flow *);
void core_forget_port(struct core *, struct core_switch *, uint32_t port_no);

/* Sends a flow_mod of 'command' (OFPFC_*) with what 'spec' says. */
void core_send_flow(struct core_switch *, uint16_t command,
                    const struct flow_spec *spec);
/* Sends the packet out through 'port' (a number or OFPORT_FLOOD). */
void core_send_packet(struct core_switch *, const struct ofm_packet_in *,
                      uint32_t in_port, uint32_t port);
/* Adds a rule in flow text; NULL, or a heap error text. */
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
