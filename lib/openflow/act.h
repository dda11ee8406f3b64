/* SPDX-License-Identifier: Apache-2.0 */
/* Actions and instructions in memory, whatever version brought them.
 * A list is a run of records, each a 'struct act' header with its own struct
 * behind it, 8-byte aligned; nested lists (clone, write_actions) lie inside
 * their record.  Instructions are records too: a meter first, then the
 * actions to apply, then clear_actions, write_actions, write_metadata and
 * goto_table, each at most once [OF1.3.5 5.9].  An empty list drops.
 *
 * Lists are built in a 'struct buf' that holds nothing else and read through
 * a 'struct act_list'.  Which actions there are is told by actions.def and
 * instructions.def alone; each has an ops block in an act_*.c file.  Plain
 * data, no pointers inside: copy with memcpy, compare with acts_equal().
 * No state; any thread. */
#ifndef WEIR_OPENFLOW_ACT_H
#define WEIR_OPENFLOW_ACT_H 1

#include "lib/base/buf.h"
#include "lib/base/cursor.h"
#include "lib/flow/field.h"
#include "lib/flow/match.h"
#include "lib/openflow/errors.h"
#include "lib/openflow/oxm.h"
#include "lib/openflow/version.h"

enum act_type {
#define ACTION(ID, STRUCT, SLOT, FAMILY, RUNS) ACT_##ID,
#include "lib/openflow/actions.def"
#define INSTRUCTION(ID, STRUCT, CODE, NAME, BYTES) ACT_##ID,
#include "lib/openflow/instructions.def"
#undef INSTRUCTION
    ACT_N
};

/* How an action was written, where that shows. */
enum act_form {
    ACT_FORM_PLAIN,
    ACT_FORM_SET_FIELD,   /* set_field:V->f */
    ACT_FORM_LOAD,        /* load:V->f[] */
    ACT_FORM_MOD,         /* mod_nw_src:V and its like of 1.0 and 1.1 */
    ACT_FORM_TUNNEL,      /* set_tunnel:V */
    ACT_FORM_TUNNEL64,    /* set_tunnel64:V */
    ACT_FORM_TABLE,       /* resubmit(port,table), not resubmit:port */
    ACT_FORM_POP,         /* pop_vlan of 1.1+, not strip_vlan */
    ACT_FORM_BUNDLE_LOAD, /* bundle_load, not bundle */
};

struct act {
    uint16_t type; /* enum act_type. */
    uint16_t form; /* enum act_form. */
    uint32_t len;  /* Bytes of the record, header included; 8's multiple. */
};

struct act_list {
    const struct act *first;
    size_t len; /* Bytes. */
};

#define ACT_FOR_EACH(A, LIST)                                                 \
    for (const struct act *A = (LIST)->first; A < act_list_end(LIST);         \
         A = act_next(A))

static inline const struct act *
act_next(const struct act *a)
{
    return (const struct act *)(const void *)((const char *)a + a->len);
}

static inline const struct act *
act_list_end(const struct act_list *l)
{
    /* Nothing may be added to the null pointer of an empty list. */
    const void *p = l->first;
    return l->len ? (const struct act *)((const char *)p + l->len) : p;
}

/* Valid until 'b' changes. */
static inline struct act_list
act_list_from_buf(const struct buf *b)
{
    return (struct act_list){ (const struct act *)(const void *)b->data,
                              b->len };
}

#define ACT_CAST(STRUCT, A) ((const struct STRUCT *)(const void *)(A))

#define ACT_MAX_LEN_ALL 0xffff /* Of 'controller': the whole packet. */
struct act_output {
    struct act hdr;
    uint32_t port;
    uint16_t max_len; /* To OFPORT_CONTROLLER: bytes of packet to send. */
    uint8_t pad[2];
};

/* To controllers, with more to say than an output. */
struct act_controller {
    struct act hdr;
    uint16_t max_len;
    uint16_t controller_id;
    uint8_t reason; /* OFPR_*, wire value. */
    bool pause;     /* And let the controller resume it. */
    uint8_t pad[2];
    uint32_t meter_id; /* 0: the controllers' own. */
    uint32_t n_userdata;
    uint8_t userdata[]; /* 'n_userdata' bytes, padded. */
};

struct act_enqueue {
    struct act hdr;
    uint32_t port;
    uint32_t queue;
};

struct act_group {
    struct act hdr;
    uint32_t group_id;
    uint8_t pad[4];
};

struct act_set_queue {
    struct act hdr;
    uint32_t queue_id;
    uint8_t pad[4];
};

/* Every way to write a constant to bits of a field.  A packet that lacks the
 * field is left alone: ask act_set_field_applies().  VLAN_VID and VLAN_PCP in
 * ACT_FORM_MOD add a tag (0x8100) where there is none [OF1.0.1 5.2.4]; TCP_SRC
 * and TCP_DST in that form write the port of any transport. */
struct act_set_field {
    struct act hdr;
    uint16_t field; /* enum field_id. */
    bool push_vlan; /* Add a tag if the packet has none. */
    bool set_vlan;  /* ACT_FORM_MOD: of 1.1, which never adds a tag. */
    uint8_t pad[4];
    union field_value value, mask; /* value & ~mask == 0. */
};

/* True if 'flow' has the field, or gets it with the tag to add. */
bool act_set_field_applies(const struct act_set_field *,
                           const struct flow *flow);

/* dst[0..n) = src[0..n). */
struct act_move {
    struct act hdr;
    uint16_t src, dst; /* enum field_id. */
    uint16_t src_ofs, dst_ofs, n_bits;
    uint8_t pad[6];
};

/* push_vlan, push_mpls: of the new header; pop_mpls: of what is under. */
struct act_push {
    struct act hdr;
    uint16_t ethertype; /* Host order. */
    uint8_t pad[6];
};

/* The controllers to tell when the TTL ran out. */
struct act_dec_ttl {
    struct act hdr;
    uint32_t n_ids;
    uint16_t ids[]; /* Padded to 8 bytes. */
};

struct act_resubmit {
    struct act hdr;
    uint32_t in_port; /* OFPORT_IN_PORT: leave it. */
    uint8_t table_id; /* 255: the table of this rule. */
    bool with_ct;     /* Look for the connection's original tuple. */
    uint8_t pad[2];
};

struct act_note {
    struct act hdr;
    uint32_t n;
    uint8_t data[]; /* 'n' bytes, padded. */
};

/* clone, write_actions. */
struct act_nested {
    struct act hdr; /* The nested records follow. */
};

static inline struct act_list
act_nested_list(const struct act_nested *n)
{
    return (struct act_list){ &n->hdr + 1, n->hdr.len - sizeof n->hdr };
}

/* Bits [ofs, ofs + n_bits) of a field. */
struct act_part {
    uint16_t field; /* enum field_id. */
    uint16_t ofs, n_bits;
};

/* One match or action of the flow to learn. */
enum act_learn_dst { ACT_LEARN_MATCH, ACT_LEARN_LOAD, ACT_LEARN_OUTPUT };
struct act_learn_spec {
    uint16_t n_bits;
    uint8_t dst_kind;        /* enum act_learn_dst. */
    bool src_is_value;       /* 'value', not 'src'. */
    struct act_part src;     /* Of the packet. */
    struct act_part dst;     /* Not of an output. */
    union field_value value; /* Right-aligned in the width of dst's field. */
};

#define ACT_LEARN_SEND_FLOW_REM 1
#define ACT_LEARN_DELETE_LEARNED 2
#define ACT_LEARN_WRITE_RESULT 4
struct act_learn {
    struct act hdr;
    uint64_t cookie;
    uint16_t idle_timeout, hard_timeout, priority;
    uint16_t fin_idle_timeout, fin_hard_timeout;
    uint16_t flags; /* ACT_LEARN_*. */
    uint8_t table_id;
    uint8_t pad;
    struct act_part result; /* One bit, with WRITE_RESULT. */
    uint32_t limit;         /* Of learned flows; 0: none. */
    uint32_t n_specs;
    struct act_learn_spec specs[];
};

struct act_conjunction {
    struct act hdr;
    uint32_t id;
    uint8_t clause; /* From 0. */
    uint8_t n_clauses;
    uint8_t pad[2];
};

struct act_fin_timeout {
    struct act hdr;
    uint16_t idle_timeout, hard_timeout; /* 0: leave it. */
    uint8_t pad[4];
};

/* What is hashed for bundle and multipath; wire values. */
enum act_hash {
    ACT_HASH_ETH_SRC,
    ACT_HASH_SYMMETRIC_L4,
    ACT_HASH_SYMMETRIC_L3L4,
    ACT_HASH_SYMMETRIC_L3L4_UDP,
    ACT_HASH_NW_SRC,
    ACT_HASH_NW_DST,
    ACT_HASH_SYMMETRIC_L3,
    ACT_N_HASHES
};

/* bundle; bundle_load (ACT_FORM_BUNDLE_LOAD) into 'dst'. */
struct act_bundle {
    struct act hdr;
    uint16_t fields;    /* enum act_hash. */
    uint16_t basis;
    uint16_t algorithm; /* 0 active_backup, 1 hrw. */
    struct act_part dst;
    uint32_t n_members;
    uint32_t members[]; /* Ports, padded. */
};

struct act_multipath {
    struct act hdr;
    uint16_t fields; /* enum act_hash. */
    uint16_t basis;
    uint16_t algorithm; /* modulo_n, hash_threshold, hrw, iter_hash. */
    uint16_t max_link;  /* Links less one. */
    uint32_t arg;
    struct act_part dst;
    uint8_t pad[6];
};

struct act_output_reg {
    struct act hdr;
    struct act_part src;
    uint16_t max_len;
};

enum act_sample_direction { ACT_SAMPLE_DEFAULT, ACT_SAMPLE_INGRESS,
                            ACT_SAMPLE_EGRESS };
struct act_sample {
    struct act hdr;
    uint16_t probability;
    uint8_t direction; /* enum act_sample_direction. */
    uint8_t pad;
    uint32_t collector_set_id, obs_domain_id, obs_point_id;
    uint32_t sampling_port; /* OFPORT_ANY: none. */
    uint8_t pad2[4];
};

#define ACT_CT_COMMIT 1
#define ACT_CT_FORCE 2
/* ct: nested records (nat, then those of exec) follow. */
struct act_ct {
    struct act hdr;
    uint16_t flags; /* ACT_CT_*. */
    uint16_t zone;  /* If 'zone_src.n_bits' is 0. */
    uint16_t alg;   /* Port number that the helper has; 0: none. */
    uint8_t table;  /* 255: none. */
    uint8_t pad;
    struct act_part zone_src;
    uint8_t pad2[2];
};

static inline struct act_list
act_ct_list(const struct act_ct *ct)
{
    return (struct act_list){ &(ct + 1)->hdr, ct->hdr.len - sizeof *ct };
}

enum {
    ACT_NAT_SRC = 1,
    ACT_NAT_DST = 2,
    ACT_NAT_PERSISTENT = 4,
    ACT_NAT_HASH = 8,
    ACT_NAT_RANDOM = 16,
};
struct act_nat {
    struct act hdr;
    uint16_t flags;  /* ACT_NAT_*. */
    uint8_t family;  /* 4, 6; 0: no addresses. */
    uint8_t pad;
    uint16_t port_min, port_max; /* 0: none; 'max' 0: just the one. */
    bool has_max;    /* 'max' of addresses. */
    uint8_t pad2[7];
    uint8_t min[16], max[16]; /* Of IPv4 the first four bytes. */
};

struct act_stack { /* push: of the part to the stack; pop: the other way. */
    struct act hdr;
    struct act_part part;
    uint8_t pad[2];
};

struct act_check_pkt_larger {
    struct act hdr;
    struct act_part dst; /* One bit. */
    uint16_t bytes;
};

struct act_delete_field {
    struct act hdr;
    uint8_t tun_metadata; /* Index. */
    uint8_t pad[7];
};

#define ACT_PT_ETHERNET 0x00000000u /* Packet types: space and type. */
#define ACT_PT_USE_NEXT 0x0000fffeu
#define ACT_PT_NSH 0x0001894fu
#define ACT_PT_MPLS 0x00018847u
#define ACT_PT_MPLS_MC 0x00018848u
struct act_encap {
    struct act hdr;
    uint32_t packet_type;
    uint32_t n; /* Bytes of properties, as on the wire. */
    uint8_t props[]; /* Padded. */
};

struct act_decap {
    struct act hdr;
    uint32_t packet_type;
    uint8_t pad[4];
};

struct act_meter {
    struct act hdr;
    uint32_t meter_id;
    uint8_t pad[4];
};

struct act_write_metadata {
    struct act hdr;
    uint64_t metadata, mask; /* Host order. */
};

struct act_goto_table {
    struct act hdr;
    uint8_t table_id;
    uint8_t pad[7];
};

/* Appends a zeroed record of 'size' bytes (rounded up to 8) and returns it,
 * valid until the next append. */
void *act_append(struct buf *, enum act_type, size_t size);
struct act_output *act_append_output(struct buf *, uint32_t port);
struct act_set_field *act_append_set_field(struct buf *, enum field_id,
                                           const union field_value *value,
                                           const union field_value *mask);
size_t act_nested_begin(struct buf *, enum act_type);
void act_nested_end(struct buf *, size_t start);

static inline bool
act_is_instruction(const struct act *a)
{
    return a->type >= ACT_METER;
}

const char *act_name(enum act_type);
bool acts_equal(const struct act_list *, const struct act_list *);
/* True if some action outputs to 'port' (16- or 32-bit number), or to
 * 'group': the filters of flow_mod and statistics requests.  Looks into
 * nested lists. */
bool acts_output_to_port(const struct act_list *, uint32_t port);
bool acts_output_to_group(const struct act_list *, uint32_t group_id);
/* The first record of 'type', or NULL.  Not into nested lists. */
const struct act *acts_find(const struct act_list *, enum act_type);

/* Wire: actions are what packet_out, buckets and 1.0 flows carry,
 * instructions what flows of 1.1+ carry.  Both take all of 'c' and append to
 * 'out' (which a failure leaves as it was). */
enum ofp_err acts_decode(struct cursor *c, enum ofp_version,
                         struct buf *out) MUST_CHECK;
enum ofp_err instructions_decode(struct cursor *c, enum ofp_version,
                                 struct buf *out) MUST_CHECK;
/* What a version cannot say becomes the nearest it can (a masked set-field
 * becomes Nicira's load); what nothing can say is left out. */
void acts_encode(const struct act_list *, enum ofp_version, struct buf *);
void instructions_encode(const struct act_list *, enum ofp_version,
                         struct buf *);

/* Tells the list that it stands under 'match': a VLAN written to a packet
 * that has a tag adds none, and a transport's port gets its protocol.  For
 * flows, after decoding or parsing and before encoding for another version. */
void acts_bind_match(struct buf *acts, const struct match *);

/* Where a list stands, for what depends on it. */
struct act_check {
    const struct match *match; /* NULL: any packet (a bucket, packet_out). */
    uint8_t table_id;          /* 255: in no table, goto has none to pass. */
    uint8_t n_tables;
    enum ofp_version version;  /* 1.0 lets actions contradict the match. */
    bool for_text; /* Takes what is only read and shown, too. */
};

/* Refuses what cannot run: bad ports, fields a packet of the match cannot
 * have, goto backwards, actions that may not be in a set, order
 * [OF1.3.5 5.9 5.12 7.5.4].  Returns the standard's error. */
enum ofp_err acts_check(const struct act_list *, const struct act_check *)
    MUST_CHECK;

/* Text: "output:1,group:2", "drop" for none. */
void acts_put(const struct act_list *, const struct ofp_names *,
              struct str *);
/* Appends the actions of 'text' to 'out'.  Returns NULL, or a heap error
 * text with '*pos' the offset in 'text' that it is about. */
char *acts_parse(const char *text, const struct ofp_names *, struct buf *out,
                 size_t *pos) MUST_CHECK;

/* An action set while a packet passes the pipeline [OF1.3.5 5.10]: one
 * action of each kind, field writes in the order given, all borrowed from
 * the rules that wrote them.  No allocation. */
#define ACT_SET_WRITES_MAX 64
enum act_slot {
    ACT_SLOT_STRIP_VLAN,
    ACT_SLOT_POP_MPLS,
    ACT_SLOT_PUSH_MPLS,
    ACT_SLOT_PUSH_VLAN,
    ACT_SLOT_DEC_TTL,
    ACT_SLOT_DEC_MPLS_TTL,
    ACT_SLOT_SET, /* Any number: see 'writes'. */
    ACT_SLOT_SET_QUEUE,
    ACT_SLOT_GROUP,
    ACT_SLOT_OUTPUT,
    ACT_SLOT_RESUBMIT,
    ACT_N_SLOTS,
    ACT_SLOT_NONE = ACT_N_SLOTS, /* May not be in a set. */
    ACT_SLOT_ANY,                /* May, but nothing runs it. */
};

struct act_set {
    const struct act *slots[ACT_N_SLOTS];
    const struct act *writes[ACT_SET_WRITES_MAX];
    size_t n_writes;
};

void act_set_clear(struct act_set *);
/* Merges a write_actions list.  False if the field writes exceed
 * ACT_SET_WRITES_MAX; the rest is merged. */
bool act_set_write(struct act_set *, const struct act_list *);
/* Fills 'run' (room for ACT_N_SLOTS + ACT_SET_WRITES_MAX) with the actions in
 * the order they run; of group, output and resubmit only the first present.
 * Returns their number; 0 if nothing would leave the switch. */
size_t act_set_order(const struct act_set *, const struct act *run[]);

#endif
