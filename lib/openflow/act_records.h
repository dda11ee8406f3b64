/* SPDX-License-Identifier: Apache-2.0 */
/* The records of actions and instructions, and the list that is a run of
 * them: what act.h is about.  Plain data, no pointers inside. */
#ifndef WEIR_OPENFLOW_ACT_RECORDS_H
#define WEIR_OPENFLOW_ACT_RECORDS_H 1

#include "lib/base/buf.h"
#include "lib/flow/field.h"
#include "lib/flow/flow.h"

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

/* The controllers to tell when the TTL ran out; may be none. */
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

#endif
