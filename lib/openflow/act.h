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
#include "lib/openflow/act_records.h"
#include "lib/openflow/act_records_nx.h"
#include "lib/openflow/errors.h"
#include "lib/openflow/oxm.h"
#include "lib/openflow/version.h"

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
