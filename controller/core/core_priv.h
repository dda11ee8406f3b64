/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of this folder. */
#ifndef WEIR_CONTROLLER_CORE_PRIV_H
#define WEIR_CONTROLLER_CORE_PRIV_H 1

#include "controller/core/core.h"
#include "controller/store/store.h"

struct listener;

/* A request for flows whose answer is awaited. */
struct flow_dump {
    struct list node;      /* In the session's 'dumps'. */
    uint32_t xid;
    struct str text;
    void (*done)(void *, bool, const char *);
    void *aux;
};

/* One connection, whose switch is known after its features_reply. */
struct session {
    struct list node;      /* In core's 'sessions'. */
    struct core *core;
    struct channel *ch;
    struct core_switch *sw;
    bool is_active;        /* We connected: the channel reconnects. */
    struct list dumps;
};

struct remote {
    struct list node;
    struct listener *listener;
};

struct core {
    struct loop *loop;
    const struct core_app *const *apps;
    size_t n_apps;
    struct core_store *store;
    struct hmap switches, hosts;
    struct list hosts_by_age;     /* Heard from last: at the back. */
    struct list sessions, remotes;
    size_t n_sessions;
};

/* The session that 'sw' talks through; NULL if it is not connected. */
struct session *session_of(struct core_switch *);
/* Drops dumps that wait, with an error. */
void session_fail_dumps(struct session *);
struct core_switch *switch_get(struct core *, uint64_t dpid);
void switch_destroy(struct core_switch *);
void switch_set_port(struct core_switch *, const struct ofm_port *);
void switch_clear_ports(struct core_switch *);
/* False if the switch sends more packet-ins than it may. */
bool switch_admit_packet_in(struct core_switch *);
void host_free(struct core *, struct core_host *);
/* Puts the operator's rules on a switch that has just connected. */
void rules_restore(struct core_switch *);
/* Reads what the store keeps for a switch that has just become known. */
void rules_load(struct core_switch *);
void rules_destroy(struct core_switch *);
/* True if 'm' was (a part of) the answer to a dump. */
bool rules_on_flow_reply(struct session *, const struct ofm *m);

#endif
