/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow messages, decoded: one struct ofm whatever the version, one
 * decoder, one encoder, one printer, used alike by switch, controller and
 * tools.
 *
 * A message is a row of msgs.def (enum ofm_type); each of its shapes on the
 * wire is a FORM row (enum ofm_form) with a layout (layout.h) that is run
 * forwards to decode and backwards to encode.  Matches and actions are the
 * business of oxm.h and act.h.
 *
 * To send, fill a struct ofm on the stack (ofm_init) and ofm_encode() it;
 * to receive, ofm_decode() gives a heap one that ofm_destroy() frees.
 * Nothing here does I/O, logs or keeps state; any thread.
 * Standards: [OF1.0.2], [OF1.3.5]; NX forms as the peers speak them. */
#ifndef WEIR_OPENFLOW_MSG_H
#define WEIR_OPENFLOW_MSG_H 1

#include "lib/base/buf.h"
#include "lib/base/str.h"
#include "lib/openflow/msg_types_multi.h"

struct rng;

enum ofm_type {
    OFM_NONE,
#define MSG(TYPE, MEMBER) OFM_##TYPE,
#include "lib/openflow/msgs.def"
    OFM_N
};

/* Forms of 1.0 that a sender may have to ask for by name; OFM_FORM_AUTO
 * takes the first FORM row of the type and version. */
enum ofm_form_hint {
    OFM_FORM_AUTO, /* The standard's. */
    OFM_FORM_NX,   /* The Nicira extension's, if the type has one. */
    OFM_FORM_NX2,  /* Its second (NXT_PACKET_IN2). */
};

/* How much of the message an error message quotes. */
#define OFM_HEAD_BYTES 64

struct ofm {
    enum ofm_type type;
    enum ofm_form_hint form; /* Sender's wish; receiver: what came. */
    uint8_t version;         /* Wire version it came in. */
    uint32_t xid;            /* Host order. */
    bool is_reply;           /* Sender: 'xid' is the request's, even 0. */
    bool more;               /* Multipart: parts follow. */
    uint8_t head[OFM_HEAD_BYTES]; /* Received: the first bytes, */
    uint8_t head_len;             /* this many; 0 when built here. */
    union {
        struct ofm_hello hello;
        struct ofm_error error;
        struct ofm_echo echo;
        struct ofm_features features;
        struct ofm_config config;
        struct ofm_packet_in packet_in;
        struct ofm_packet_out packet_out;
        struct ofm_flow_mod flow_mod;
        struct ofm_flow_removed flow_removed;
        struct ofm_port_status port_status;
        struct ofm_port_mod port_mod;
        struct ofm_table_mod table_mod;
        struct ofm_table_status table_status;
        struct ofm_group_mod group_mod;
        struct ofm_meter_mod meter_mod;
        struct ofm_role role;
        struct ofm_async async;
        struct ofm_role_status role_status;
        struct ofm_bundle_control bundle_control;
        struct ofm_bundle_add bundle_add;
        struct ofm_requestforward requestforward;
        struct ofm_nx_value nx_value;
        struct ofm_tlv_table tlv_table;
        struct ofm_ct_flush ct_flush;
        struct ofm_ipfix ipfix;
        struct ofm_desc desc;
        struct ofm_flow_request flow_request;
        struct ofm_aggregate aggregate;
        struct ofm_port_request port_request;
        struct ofm_queue_request queue_request;
        struct ofm_queue_config queue_config;
        struct ofm_group_request group_request;
        struct ofm_group_features group_features;
        struct ofm_meter_request meter_request;
        struct ofm_meter_features meter_features;
        OFM_VEC(struct flow_stats) flow_reply;
        OFM_VEC(struct ofm_table_stats) table_reply;
        OFM_VEC(struct ofm_port_stats) port_reply;
        OFM_VEC(struct ofm_port) port_desc;
        OFM_VEC(struct ofm_queue_stats) queue_reply;
        OFM_VEC(struct ofm_queue) queue_desc;
        OFM_VEC(struct ofm_table_mod) table_desc;
        OFM_VEC(struct ofm_group_stats) group_reply;
        OFM_VEC(struct group_spec) group_desc;
        OFM_VEC(struct ofm_meter_stats) meter_reply;
        OFM_VEC(struct meter_spec) meter_config;
        OFM_VEC(struct ofm_table_features) table_features;
        OFM_VEC(struct ofm_monitor_request) monitor_request;
        OFM_VEC(struct ofm_monitor_update) monitor_reply;
        OFM_VEC(struct ofm_ipfix) ipfix_flow;
    };
};

/* Makes '*m' an empty message: members whose neutral value is not zero
 * (OFPORT_ANY, OFP_NO_BUFFER, ...) have it. */
void ofm_init(struct ofm *m, enum ofm_type);
/* Frees what the message owns, not '*m'. */
void ofm_fini(struct ofm *m);
/* ofm_fini() and free(); NULL is fine. */
void ofm_destroy(struct ofm *m);

/* Decodes one whole message.
 *
 * 'data'   borrowed; 'len' bytes, of which the header's length must be all.
 * 'formats' FLOW_FORMAT_* of the connection: with FLOW_FORMAT_OF10_TID or
 *          FLOW_FORMAT_NXM_TID, the command of a 1.0 flow_mod carries a table
 *          id; 0 leaves the standard meaning.
 * 'm'      out: heap, the caller's; NULL on error.
 *
 * Returns 0 or the error to answer with (ofm_error_reply()). */
enum ofp_err ofm_decode(const void *data, size_t len, unsigned int formats,
                        struct ofm **m) MUST_CHECK;

/* Appends 'm' in 'version' to 'b': one wire message, or for a multipart
 * reply that needs it several, all but the last flagged MORE.  'formats' as
 * for ofm_decode(); flows, flow requests and flow_removed take the NX form
 * if it has FLOW_FORMAT_NXM or NXM_TID, or m->form asks.
 * A packet-in's packet is cut to what fits (its total_len still tells).
 * Returns false, and appends nothing, if the message would be longer than
 * OFP_MESSAGE_MAX; of a reply that is a list only the item is left out.
 * A type that 'version' does not have is a bug of the caller: asserted
 * (ofm_exists()). */
bool ofm_encode(const struct ofm *m, uint8_t version, unsigned int formats,
                struct buf *b);
bool ofm_exists(enum ofm_type, uint8_t version);

/* The type of a message by its header alone, for one inside another.
 * OFM_NONE with '*err' set if it is none. */
enum ofm_type ofm_type_of_bytes(const void *, size_t len, enum ofp_err *err);

/* Long multipart replies, built item by item so that a million flows need
 * no vector: begin with the request, append items (a struct flow_stats
 * for OFM_FLOW_REPLY and so on, borrowed), end.  'b' then holds the wire
 * messages one after another. */
struct ofm_reply {
    struct buf *b;
    enum ofm_type type;
    const struct form *form;
    uint8_t version;
    unsigned int formats;
    uint32_t xid;
    size_t start; /* Of the current wire message in 'b'. */
};
void ofm_reply_begin(struct ofm_reply *, const struct ofm *request,
                     unsigned int formats, struct buf *b);
void ofm_reply_append(struct ofm_reply *, const void *item);
void ofm_reply_end(struct ofm_reply *);
/* The reply's type for a request's; OFM_NONE if it has none. */
enum ofm_type ofm_reply_type(enum ofm_type request);

/* Appends to 'b' the error message for 'err' that 'request' caused: its
 * version, xid and first bytes.  The raw form quotes all the bytes, as far as
 * they fit. */
void ofm_error_reply(const struct ofm *request, enum ofp_err err,
                     struct buf *b);
void ofm_error_reply_raw(const void *request, size_t len, uint8_t version,
                         enum ofp_err err, struct buf *b);

/* Puts the peer's text for 'm': "OFPT_HELLO (xid=0x1):\n version bitmap..".
 * 'verbosity' as ofctl's -m counts.  Ends with a newline. */
void ofm_print(struct str *, const struct ofm *m, const struct ofp_names *,
               int verbosity);
/* The same for bytes, decoded or not. */
void ofm_print_bytes(struct str *, const void *data, size_t len,
                     const struct ofp_names *, int verbosity);
/* "OFPT_FLOW_MOD": the first form's name. */
const char *ofm_type_name(enum ofm_type);

/* Fills '*m' with a random valid message of 'type' as 'version' can carry
 * it: encode, decode, encode gives the same bytes.  For tests. */
void ofm_random(struct ofm *m, enum ofm_type, uint8_t version,
                enum ofm_form_hint, struct rng *);

#endif
