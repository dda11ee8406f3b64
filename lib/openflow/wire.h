/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the OpenFlow protocol that programs speak about: commands,
 * reasons, port, table and configuration bits, roles.
 *
 * The values are those of OpenFlow 1.3 where versions differ, and a decoded
 * message (msg.h) holds these whatever version carried it; the layouts
 * convert at the border.  Message types are in msgs.def and multiparts.def,
 * errors in errors.def, ports in lib/flow/ofport.h, the numbers of flows,
 * groups and meters that users type in text.h.  [OF1.0.2], [OF1.3.5]
 * section 7, and for the Nicira extension (NX) the behaviour of the peers. */
#ifndef WEIR_OPENFLOW_WIRE_H
#define WEIR_OPENFLOW_WIRE_H 1

#include "lib/base/types.h"
#include "lib/openflow/version.h"

#define OFP_HEADER_BYTES 8
#define OFP_DEFAULT_PORT 6653
#define OFP_NO_BUFFER 0xffffffffu
#define OFP_MISS_SEND_LEN_DEFAULT 128
#define OFP_QUEUE_ALL 0xffffffffu
/* 'new_cookie' of a modify that keeps the flow's cookie. */
#define OFP_COOKIE_KEEP UINT64_MAX

/* flow_mod */
enum {
    OFPFC_ADD,
    OFPFC_MODIFY,
    OFPFC_MODIFY_STRICT,
    OFPFC_DELETE,
    OFPFC_DELETE_STRICT,
};

/* flow_removed */
enum {
    OFPRR_IDLE_TIMEOUT,
    OFPRR_HARD_TIMEOUT,
    OFPRR_DELETE,
    OFPRR_GROUP_DELETE,
    OFPRR_METER_DELETE,
    OFPRR_EVICTION,
};

/* packet_in; the last four are of 1.4 and become ACTION (or NO_MATCH, of
 * which a table-miss flow's packets are a kind) in older versions. */
enum {
    OFPR_NO_MATCH,
    OFPR_ACTION,
    OFPR_INVALID_TTL,
    OFPR_ACTION_SET,
    OFPR_GROUP,
    OFPR_PACKET_OUT,
    OFPR_N
};

/* port_status */
enum { OFPPR_ADD, OFPPR_DELETE, OFPPR_MODIFY };

/* Port config; 1.1 and later know only those without a note. */
enum {
    OFPPC_PORT_DOWN = 1 << 0,
    OFPPC_NO_STP = 1 << 1, /* 1.0 */
    OFPPC_NO_RECV = 1 << 2,
    OFPPC_NO_RECV_STP = 1 << 3, /* 1.0 */
    OFPPC_NO_FLOOD = 1 << 4,    /* 1.0 */
    OFPPC_NO_FWD = 1 << 5,
    OFPPC_NO_PACKET_IN = 1 << 6,
};
/* Port state; the two STP bits are of 1.0, BLOCKED and LIVE of 1.1. */
enum {
    OFPPS_LINK_DOWN = 1 << 0,
    OFPPS_BLOCKED = 1 << 1,
    OFPPS_LIVE = 1 << 2,
    OFPPS_STP_LISTEN = 0 << 8,
    OFPPS_STP_LEARN = 1 << 8,
    OFPPS_STP_FORWARD = 2 << 8,
    OFPPS_STP_BLOCK = 3 << 8,
    OFPPS_STP_MASK = 3 << 8,
};
/* Port features, as 1.1 numbers them. */
enum {
    OFPPF_10MB_HD = 1 << 0,
    OFPPF_10MB_FD = 1 << 1,
    OFPPF_100MB_HD = 1 << 2,
    OFPPF_100MB_FD = 1 << 3,
    OFPPF_1GB_HD = 1 << 4,
    OFPPF_1GB_FD = 1 << 5,
    OFPPF_10GB_FD = 1 << 6,
    OFPPF_40GB_FD = 1 << 7,
    OFPPF_100GB_FD = 1 << 8,
    OFPPF_1TB_FD = 1 << 9,
    OFPPF_OTHER = 1 << 10,
    OFPPF_COPPER = 1 << 11,
    OFPPF_FIBER = 1 << 12,
    OFPPF_AUTONEG = 1 << 13,
    OFPPF_PAUSE = 1 << 14,
    OFPPF_PAUSE_ASYM = 1 << 15,
};

/* Capabilities of features_reply. */
enum {
    OFPC_FLOW_STATS = 1 << 0,
    OFPC_TABLE_STATS = 1 << 1,
    OFPC_PORT_STATS = 1 << 2,
    OFPC_GROUP_STATS = 1 << 3, /* 1.1 and later. */
    OFPC_IP_REASM = 1 << 5,
    OFPC_QUEUE_STATS = 1 << 6,
    OFPC_ARP_MATCH_IP = 1 << 7, /* 1.0 */
    OFPC_PORT_BLOCKED = 1 << 8, /* 1.2 and later. */
    OFPC_BUNDLES = 1 << 9,      /* 1.4 and later. */
    OFPC_FLOW_MONITORING = 1 << 10,
    OFPC_STP = 1 << 30,         /* 1.0 (wire bit 3 there). */
};

/* get/set config flags. */
enum {
    OFPC_FRAG_NORMAL = 0,
    OFPC_FRAG_DROP = 1,
    OFPC_FRAG_REASM = 2,
    OFPC_FRAG_NX_MATCH = 3, /* NX */
    OFPC_FRAG_MASK = 3,
    OFPC_INVALID_TTL_TO_CONTROLLER = 1 << 2, /* 1.1, 1.2, NX for 1.0. */
};

/* Groups. */
enum { OFPGC_ADD, OFPGC_MODIFY, OFPGC_DELETE, OFPGC_INSERT_BUCKET = 3,
       OFPGC_REMOVE_BUCKET = 5, OFPGC_ADD_OR_MOD = 0x8000 /* NX */ };
#define OFPG_MAX 0xffffff00u
enum {
    OFPGFC_SELECT_WEIGHT = 1 << 0,
    OFPGFC_SELECT_LIVENESS = 1 << 1,
    OFPGFC_CHAINING = 1 << 2,
    OFPGFC_CHAINING_CHECKS = 1 << 3,
};

/* Meters. */
enum { OFPMC_ADD, OFPMC_MODIFY, OFPMC_DELETE };
/* Roles, as 1.2 numbers them (NX: one less each, no NOCHANGE). */
enum { OFPCR_ROLE_NOCHANGE, OFPCR_ROLE_EQUAL, OFPCR_ROLE_MASTER,
       OFPCR_ROLE_SLAVE };

/* role_status */
enum { OFPCRR_MASTER_REQUEST, OFPCRR_CONFIG, OFPCRR_EXPERIMENTER };

/* Flow monitors, as 1.4 numbers them. */
enum {
    OFPFMF_INITIAL = 1 << 0,
    OFPFMF_ADD = 1 << 1,
    OFPFMF_REMOVED = 1 << 2,
    OFPFMF_MODIFY = 1 << 3,
    OFPFMF_INSTRUCTIONS = 1 << 4,
    OFPFMF_ONLY_OWN = 1 << 6,
    OFPFMF_ALL = 0x5f,
};
enum { OFPFMC_MONITOR_ADD, OFPFMC_MONITOR_MODIFY, OFPFMC_MONITOR_DELETE };
enum {
    OFPFME_INITIAL,
    OFPFME_ADDED,
    OFPFME_REMOVED,
    OFPFME_MODIFIED,
    OFPFME_ABBREV,
    OFPFME_PAUSED,
    OFPFME_RESUMED,
};

/* NX: tlv_table_mod */
enum { NXTTMC_ADD, NXTTMC_DELETE, NXTTMC_CLEAR };

/* Bundles: each request's reply is one more. */
enum {
    OFPBCT_OPEN_REQUEST,
    OFPBCT_OPEN_REPLY,
    OFPBCT_CLOSE_REQUEST,
    OFPBCT_CLOSE_REPLY,
    OFPBCT_COMMIT_REQUEST,
    OFPBCT_COMMIT_REPLY,
    OFPBCT_DISCARD_REQUEST,
    OFPBCT_DISCARD_REPLY,
};
enum { OFPBF_ATOMIC = 1 << 0, OFPBF_ORDERED = 1 << 1, OFPBF_TIME = 1 << 2 };

/* Table config of 1.1 to 1.3. */
enum {
    OFPTC_TABLE_MISS_CONTROLLER = 0 << 0,
    OFPTC_TABLE_MISS_CONTINUE = 1 << 0,
    OFPTC_TABLE_MISS_DROP = 2 << 0,
    OFPTC_TABLE_MISS_MASK = 3 << 0,
    /* 1.4 and later. */
    OFPTC_EVICTION = 1 << 2,
    OFPTC_VACANCY_EVENTS = 1 << 3,
};
/* Properties of table_mod and table_desc, and what is evicted by. */
enum { OFPTMPT_EVICTION = 2, OFPTMPT_VACANCY = 3 };
enum {
    OFPTMPEF_OTHER = 1 << 0,
    OFPTMPEF_IMPORTANCE = 1 << 1,
    OFPTMPEF_LIFETIME = 1 << 2,
};
#define OFPTMPEF_ALL 7u
#define OFPTMPEF_UNSET 0xffffffffu
/* table_status */
enum { OFPTR_VACANCY_DOWN = 3, OFPTR_VACANCY_UP = 4 };

/* NX: packet-in formats and flow formats. */
enum { NXPIF_STANDARD, NXPIF_NXT_PACKET_IN, NXPIF_NXT_PACKET_IN2 };
enum { NXFF_OPENFLOW10 = 0, NXFF_NXM = 2 };

#endif
