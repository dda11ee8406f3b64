/* SPDX-License-Identifier: Apache-2.0 */
/* What the action families (act_*.c) give to act.c, and what act.c lends
 * them.  Each action has an ops block; decoders and parsers are found by the
 * rows of actions.def. */
#ifndef WEIR_OPENFLOW_ACT_PRIV_H
#define WEIR_OPENFLOW_ACT_PRIV_H 1

#include "lib/base/mem.h"
#include "lib/base/str.h"
#include "lib/openflow/act.h"

/* The match as the actions checked so far would leave a packet of it. */
struct act_checker {
    const struct act_check *in;
    struct flow flow; /* Masked flow. */
    bool any;         /* No match: every packet. */
    bool in_set;      /* In write_actions. */
};

struct act_ops {
    const char *name;
    /* Appends the action as text. */
    void (*put)(const struct act *, const struct ofp_names *, struct str *);
    /* Appends it in 'version's wire form, or nothing if there is none. */
    void (*encode)(const struct act *, enum ofp_version, struct buf *);
    /* May be NULL: nothing to check. */
    enum ofp_err (*check)(const struct act *, struct act_checker *);
};

#define ACTION(ID, STRUCT, SLOT, FAMILY, RUNS)                                \
    extern const struct act_ops act_ops_##ID;
#include "lib/openflow/actions.def"
#define INSTRUCTION(ID, STRUCT, CODE, NAME, BYTES)                            \
    extern const struct act_ops act_ops_##ID;
#include "lib/openflow/instructions.def"
#undef INSTRUCTION

/* Reading the wire: 'c' holds what follows the action's header. */
struct act_wire {
    struct cursor c;
    enum ofp_version version;
    unsigned int depth; /* Of nesting. */
};

#define ACT_WIRE(FIRST, LAST, VENDOR, CODE, BYTES, FIT, DECODE)               \
    enum ofp_err act_decode_##DECODE(struct act_wire *, struct buf *);
#include "lib/openflow/actions.def"

/* Decodes actions of 'c' one level deeper. */
enum ofp_err act_decode_list(struct cursor *c, enum ofp_version,
                             unsigned int depth, struct buf *out);
/* Deepest nesting of lists that is taken. */
#define ACT_DEPTH_MAX 16

/* Appends one record, action or instruction. */
void act_encode_one(const struct act *, enum ofp_version, struct buf *);

/* Opens a standard action with its length still open, or a Nicira one;
 * act_wire_end() pads it to 8 bytes and fills the length in. */
size_t act_wire_begin(struct buf *, uint16_t type);
size_t act_wire_begin_nx(struct buf *, uint16_t subtype);
void act_wire_end(struct buf *, size_t start);

/* Reading text: one action's word and argument, both NUL-terminated pieces of
 * a copy of the input, with offsets into the input for error reports. */
struct act_text {
    const char *word;
    char *arg;
    size_t pos, arg_pos;
    const struct ofp_names *names;
    unsigned int depth;
    size_t err_pos; /* Out: what the error is about. */
};

#define ACT_TEXT(NAME, PARSE)                                                 \
    char *act_parse_##PARSE(struct act_text *, struct buf *);
#include "lib/openflow/actions.def"

/* Parses the argument as a list one level deeper. */
char *act_parse_list(struct act_text *, char *list, size_t pos,
                     struct buf *out);
/* Whole argument as a number up to 'max' into '*x', or an error text. */
char *act_text_number(const struct act_text *, const char *s, const char *what,
                      uint64_t max, uint64_t *x);
/* Same for a port by number or name. */
char *act_text_port(const struct act_text *, const char *s, uint32_t *port);
/* Parts of fields in records, on the wire (an NXM header where there is one)
 * and in text.  'writes': the part must be of a field that may be set. */
void act_part_set(struct act_part *, const struct subfield *);
struct subfield act_part_get(const struct act_part *);
void act_part_put(const struct act_part *, struct str *);
enum ofp_err act_part_decode(struct cursor *, unsigned int ofs,
                             unsigned int n_bits, bool writes,
                             struct act_part *) MUST_CHECK;
void act_part_encode_field(const struct act_part *, struct buf *);
/* Offset and number of bits in 16 bits, as many actions have them. */
uint16_t act_part_ofs_nbits(const struct act_part *);
char *act_text_part(struct act_text *, const char *, bool writes,
                    struct act_part *) MUST_CHECK;
/* The next "key", "key=value", "key:value" or "key(value)" of a list with
 * commas, NUL-terminated in place; '*value' "" when there is none.  False at
 * the end. */
bool act_text_pair(char **list, char **key, char **value);
/* Splits "A->B" in place.  NULL or an error text. */
char *act_text_arrow(struct act_text *, char **left, char **right);

/* nat(...), which stands in ct alone. */
char *act_parse_nat_in_ct(struct act_text *, struct buf *);
/* The other forms of "output". */
char *act_parse_output_trunc(struct act_text *, struct buf *);
bool act_parse_output_reg(struct act_text *, struct buf *);

/* True if 'version', 1.0 or 1.1, has an action of its own for this write, or
 * it was written in such a form. */
/* Whether an action may write 'f' here: not what belongs to a connection
 * outside ct(exec(...)), nor what no translation writes to packets. */
enum ofp_err act_check_write(const struct field *f,
                             const struct act_checker *);
bool act_set_field_is_old(const struct act_set_field *, enum ofp_version);

/* The error for what no translation runs yet: as if it were unknown. */
enum ofp_err act_runs_not(const struct act_checker *);
/* The error for an action that does not go with the match: 1.0 takes it. */
enum ofp_err act_inconsistent(const struct act_checker *);

#endif
