/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of actions: the parts that hold for every action.  What is special to
 * one is found through the tables made from actions.def. */
#include "lib/base/assert.h"
#include "lib/openflow/act_priv.h"

#define ACT_VENDOR 0xffff /* Type of vendors' actions. */

static const struct act_ops *const ops[ACT_N] = {
#define ACTION(ID, STRUCT, SLOT, FAMILY, RUNS) [ACT_##ID] = &act_ops_##ID,
#include "lib/openflow/actions.def"
#define INSTRUCTION(ID, STRUCT, CODE, NAME, BYTES) [ACT_##ID] = &act_ops_##ID,
#include "lib/openflow/instructions.def"
#undef INSTRUCTION
};

static const uint8_t slots[ACT_N] = {
#define ACTION(ID, STRUCT, SLOT, FAMILY, RUNS)                                \
    [ACT_##ID] = ACT_SLOT_##SLOT,
#include "lib/openflow/actions.def"
#define INSTRUCTION(ID, STRUCT, CODE, NAME, BYTES) [ACT_##ID] = ACT_SLOT_NONE,
#include "lib/openflow/instructions.def"
#undef INSTRUCTION
};

/* Rows that no translation runs yet. */
#define RUNS_YES true
#define RUNS_NO false
static const bool runs[ACT_N] = {
#define ACTION(ID, STRUCT, SLOT, FAMILY, RUNS) [ACT_##ID] = RUNS_##RUNS,
#include "lib/openflow/actions.def"
#define INSTRUCTION(ID, STRUCT, CODE, NAME, BYTES) [ACT_##ID] = true,
#include "lib/openflow/instructions.def"
#undef INSTRUCTION
};

struct wire_row {
    uint8_t first, last; /* Versions. */
    uint32_t vendor;     /* 0: standard. */
    uint16_t code;
    uint16_t len;
    bool open_ended; /* 'len' is the least. */
    enum ofp_err (*decode)(struct act_wire *, struct buf *);
};

#define VENDOR_STD 0
#define FIT_EXACT false
#define FIT_LEAST true
#define VENDOR_NICIRA OFP_VENDOR_NICIRA
static const struct wire_row wire_rows[] = {
#define ACT_WIRE(FIRST, LAST, VENDOR, CODE, BYTES, FIT, DECODE)               \
    { OFP##FIRST##_VERSION, OFP##LAST##_VERSION, VENDOR_##VENDOR,             \
      CODE, BYTES, FIT_##FIT, act_decode_##DECODE },
#include "lib/openflow/actions.def"
};

const char *
act_name(enum act_type type)
{
    ASSERT(type < ACT_N);
    return ops[type]->name;
}

/* Building. */

void *
act_append(struct buf *b, enum act_type type, size_t size)
{
    size = ROUND_UP(size, 8);
    struct act *a = buf_put_zeros(b, size);
    a->type = (uint16_t)type;
    a->len = (uint32_t)size;
    return a;
}

struct act_output *
act_append_output(struct buf *b, uint32_t port)
{
    struct act_output *o = act_append(b, ACT_OUTPUT, sizeof *o);
    o->port = port;
    return o;
}

struct act_set_field *
act_append_set_field(struct buf *b, enum field_id id,
                     const union field_value *value,
                     const union field_value *mask)
{
    struct act_set_field *sf = act_append(b, ACT_SET_FIELD, sizeof *sf);
    sf->hdr.form = ACT_FORM_SET_FIELD;
    sf->field = (uint16_t)id;
    if (mask) {
        sf->mask = *mask;
    } else {
        field_value_ones(field_from_id(id), &sf->mask);
    }
    for (int i = 0; i < 2; i++) {
        sf->value.words[i] = value->words[i] & sf->mask.words[i];
    }
    return sf;
}

size_t
act_nested_begin(struct buf *b, enum act_type type)
{
    size_t start = b->len;
    act_append(b, type, sizeof(struct act_nested));
    return start;
}

void
act_nested_end(struct buf *b, size_t start)
{
    struct act *a = (struct act *)(void *)(b->data + start);
    a->len = (uint32_t)(b->len - start);
}

/* Looking at lists. */

bool
acts_equal(const struct act_list *a, const struct act_list *b)
{
    return a->len == b->len
           && (!a->len || !memcmp(a->first, b->first, a->len));
}

const struct act *
acts_find(const struct act_list *list, enum act_type type)
{
    ACT_FOR_EACH (a, list) {
        if (a->type == type) {
            return a;
        }
    }
    return NULL;
}

static bool
is_nested(const struct act *a)
{
    return a->type == ACT_CLONE || a->type == ACT_WRITE_ACTIONS;
}

bool
acts_output_to_port(const struct act_list *list, uint32_t port)
{
    ACT_FOR_EACH (a, list) {
        if (is_nested(a)) {
            struct act_list in = act_nested_list(ACT_CAST(act_nested, a));
            if (acts_output_to_port(&in, port)) {
                return true;
            }
        }
        if ((a->type == ACT_OUTPUT
             && ACT_CAST(act_output, a)->port == port)
            || (a->type == ACT_ENQUEUE
                && ACT_CAST(act_enqueue, a)->port == port)
            || (a->type == ACT_CONTROLLER && port == OFPORT_CONTROLLER)) {
            return true;
        }
    }
    return false;
}

bool
acts_output_to_group(const struct act_list *list, uint32_t group_id)
{
    ACT_FOR_EACH (a, list) {
        if (is_nested(a)) {
            struct act_list in = act_nested_list(ACT_CAST(act_nested, a));
            if (acts_output_to_group(&in, group_id)) {
                return true;
            }
        }
        if (a->type == ACT_GROUP
            && ACT_CAST(act_group, a)->group_id == group_id) {
            return true;
        }
    }
    return false;
}

static uint16_t
transport_port(uint16_t field, uint8_t nw_proto)
{
    bool src = field == FIELD_TCP_SRC;
    switch (nw_proto) {
    case 17:
        return src ? FIELD_UDP_SRC : FIELD_UDP_DST;
    case 132:
        return src ? FIELD_SCTP_SRC : FIELD_SCTP_DST;
    default:
        return field;
    }
}

void
acts_bind_match(struct buf *acts, const struct match *match)
{
    bool tagged = (match->flow.vlans[0].tci & BE16(FLOW_VLAN_CFI)) != 0;
    for (size_t ofs = 0, n; ofs < acts->len; ofs += n) {
        struct act *a = (struct act *)(void *)(acts->data + ofs);
        n = a->len;
        if (a->type == ACT_SET_FIELD && a->form == ACT_FORM_MOD) {
            struct act_set_field *sf = (struct act_set_field *)(void *)a;
            if (sf->push_vlan) {
                sf->push_vlan = !tagged;
                tagged = true;
            } else if (sf->field == FIELD_TCP_SRC
                       || sf->field == FIELD_TCP_DST) {
                sf->field = transport_port(sf->field, match->flow.nw_proto);
            }
        } else if (a->type == ACT_PUSH_VLAN) {
            tagged = true;
        } else if (a->type == ACT_STRIP_VLAN) {
            tagged = false;
        }
    }
}

/* Wire. */

size_t
act_wire_begin(struct buf *b, uint16_t type)
{
    size_t start = b->len;
    buf_put_be16(b, type);
    buf_put_be16(b, 0);
    return start;
}

size_t
act_wire_begin_nx(struct buf *b, uint16_t subtype)
{
    size_t start = act_wire_begin(b, ACT_VENDOR);
    buf_put_be32(b, OFP_VENDOR_NICIRA);
    buf_put_be16(b, subtype);
    return start;
}

void
act_wire_end(struct buf *b, size_t start)
{
    buf_pad(b, start, 8);
    buf_set_be16(b, start + 2, (uint16_t)(b->len - start));
}

/* The row for an action of 'len' bytes whose type is read and whose vendor
 * and subtype are next in 'c', or its error. */
static enum ofp_err
find_row(struct cursor *c, uint16_t type, enum ofp_version version,
         const struct wire_row **rowp)
{
    uint32_t vendor = 0;
    uint16_t code = type;
    if (type == ACT_VENDOR) {
        vendor = cursor_be32(c);
        code = cursor_be16(c);
        if (vendor != OFP_VENDOR_NICIRA && vendor != OFP_VENDOR_ONF) {
            return OFPERR_OFPBAC_BAD_VENDOR;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(wire_rows); i++) {
        const struct wire_row *row = &wire_rows[i];
        if (row->vendor == vendor && row->code == code
            && version >= row->first && version <= row->last) {
            *rowp = row;
            return OFPERR_OK;
        }
    }
    return vendor ? OFPERR_OFPBAC_BAD_VENDOR_TYPE : OFPERR_OFPBAC_BAD_TYPE;
}

static enum ofp_err
decode_one(struct cursor *c, enum ofp_version version, unsigned int depth,
           struct buf *out)
{
    uint16_t type = cursor_be16(c);
    uint16_t len = cursor_be16(c);
    if (!cursor_ok(c) || len < 8 || len % 8 || len - 4u > cursor_left(c)) {
        return OFPERR_OFPBAC_BAD_LEN;
    }
    struct act_wire w = { cursor_sub(c, len - 4u), version, depth };
    const struct wire_row *row;
    enum ofp_err err = find_row(&w.c, type, version, &row);
    if (err) {
        return cursor_ok(&w.c) ? err : OFPERR_OFPBAC_BAD_LEN;
    }
    if (row->open_ended ? len < row->len : len != row->len) {
        return OFPERR_OFPBAC_BAD_LEN;
    }
    err = row->decode(&w, out);
    return err ? err : cursor_ok(&w.c) ? OFPERR_OK : OFPERR_OFPBAC_BAD_LEN;
}

enum ofp_err
act_decode_list(struct cursor *c, enum ofp_version version,
                unsigned int depth, struct buf *out)
{
    if (depth > ACT_DEPTH_MAX) {
        return OFPERR_OFPBAC_TOO_MANY;
    }
    enum ofp_err err = OFPERR_OK;
    while (!err && cursor_left(c)) {
        err = decode_one(c, version, depth, out);
    }
    return err;
}

enum ofp_err
acts_decode(struct cursor *c, enum ofp_version version, struct buf *out)
{
    size_t start = out->len;
    enum ofp_err err = act_decode_list(c, version, 0, out);
    if (err) {
        out->len = start;
    }
    return err;
}

void
act_encode_one(const struct act *a, enum ofp_version version, struct buf *b)
{
    ops[a->type]->encode(a, version, b);
}

void
acts_encode(const struct act_list *list, enum ofp_version version,
            struct buf *b)
{
    ACT_FOR_EACH (a, list) {
        /* Instructions have no place here, but for their forms in 1.0 and
         * the meter action of 1.5. */
        if (!act_is_instruction(a) || version == OFP10_VERSION
            || (a->type == ACT_METER && version >= OFP15_VERSION)) {
            act_encode_one(a, version, b);
        }
    }
}

/* Parts of fields. */

void
act_part_set(struct act_part *p, const struct subfield *sf)
{
    p->field = (uint16_t)sf->field->id;
    p->ofs = sf->ofs;
    p->n_bits = sf->n_bits;
}

struct subfield
act_part_get(const struct act_part *p)
{
    return (struct subfield){ field_from_id((enum field_id)p->field), p->ofs,
                              p->n_bits };
}

void
act_part_put(const struct act_part *p, struct str *s)
{
    struct subfield sf = act_part_get(p);
    subfield_put(&sf, s);
}

enum ofp_err
act_part_decode(struct cursor *c, unsigned int ofs, unsigned int n_bits,
                bool writes, struct act_part *p)
{
    const struct field *f;
    bool has_mask;
    enum ofp_err err = oxm_decode_header(c, &f, &has_mask);
    if (err) {
        return err == OFPERR_OFPBMC_BAD_FIELD ? OFPERR_OFPBAC_BAD_SET_TYPE
                                              : OFPERR_OFPBAC_BAD_SET_LEN;
    }
    if (has_mask || !n_bits || ofs + n_bits > f->n_bits) {
        return OFPERR_OFPBAC_BAD_SET_LEN;
    }
    if (writes && !f->settable) {
        return OFPERR_OFPBAC_BAD_SET_ARGUMENT;
    }
    *p = (struct act_part){ (uint16_t)f->id, (uint16_t)ofs,
                            (uint16_t)n_bits };
    return OFPERR_OK;
}

void
act_part_encode_field(const struct act_part *p, struct buf *b)
{
    const struct field *f = field_from_id((enum field_id)p->field);
    oxm_encode_header(b, f, false,
                      f->hdrs[FIELD_HDR_NXM].name ? OFP10_VERSION
                                                  : OFP15_VERSION);
}

uint16_t
act_part_ofs_nbits(const struct act_part *p)
{
    return (uint16_t)(p->ofs << 6 | (p->n_bits - 1));
}

char *
act_text_part(struct act_text *t, const char *s, bool writes,
              struct act_part *p)
{
    struct subfield sf;
    char *err = subfield_parse(s, &sf);
    if (err) {
        return err;
    }
    if (writes && !sf.field->settable) {
        return xasprintf("%s is read-only", sf.field->name);
    }
    if (!field_header_for(sf.field, OFP15_VERSION)) {
        return xasprintf("%s: a field without a wire form cannot be used here",
                         s);
    }
    (void)t;
    act_part_set(p, &sf);
    return NULL;
}

/* Checking. */

enum ofp_err
act_inconsistent(const struct act_checker *ck)
{
    return ck->in->version == OFP10_VERSION
               ? OFPERR_OK
               : OFPERR_OFPBAC_MATCH_INCONSISTENT;
}

enum ofp_err
act_runs_not(const struct act_checker *ck)
{
    return ck->in->for_text ? OFPERR_OK : OFPERR_OFPBAC_BAD_VENDOR_TYPE;
}

enum ofp_err
act_check_write(const struct field *f, const struct act_checker *ck)
{
    if (f->id == FIELD_CT_MARK || f->id == FIELD_CT_LABEL) {
        return OFPERR_OFPBAC_BAD_SET_ARGUMENT;
    }
    bool written = f->pre != FIELD_PRE_NSH && f->id != FIELD_ND_RESERVED
                   && f->id != FIELD_ND_OPTIONS_TYPE;
    return written || ck->in->for_text ? OFPERR_OK
                                       : OFPERR_OFPBAC_BAD_SET_ARGUMENT;
}

/* Where a record may stand: after none of a higher rank; instructions after
 * none of the same either. */
static unsigned int
rank(const struct act *a)
{
    return a->type == ACT_METER ? 0 : act_is_instruction(a) ? a->type : 1;
}

/* The first record out of order, or NULL. */
static const struct act *
find_disorder(const struct act_list *list)
{
    const struct act *last = NULL;
    ACT_FOR_EACH (a, list) {
        if (last
            && (rank(a) < rank(last)
                || (act_is_instruction(a) && rank(a) == rank(last)))) {
            return a;
        }
        last = a;
    }
    return NULL;
}

static enum ofp_err check_list(const struct act_list *, struct act_checker *);

/* A nested list: no instructions; in a set, only what has a slot. */
static enum ofp_err
check_nested(const struct act *a, struct act_checker *ck)
{
    struct act_list in = act_nested_list(ACT_CAST(act_nested, a));
    struct act_checker inner = *ck;
    inner.in_set = ck->in_set || a->type == ACT_WRITE_ACTIONS;
    ACT_FOR_EACH (n, &in) {
        if (act_is_instruction(n)
            || (a->type == ACT_WRITE_ACTIONS
                && slots[n->type] == ACT_SLOT_NONE)) {
            return OFPERR_OFPBAC_BAD_TYPE;
        }
    }
    return check_list(&in, &inner);
}

/* A conjunction's rule is never run: other actions would be lost. */
static bool
mixes_conjunction(const struct act_list *list)
{
    bool has = acts_find(list, ACT_CONJUNCTION), has_others = false;
    ACT_FOR_EACH (a, list) {
        has_others |= a->type != ACT_CONJUNCTION && a->type != ACT_NOTE;
    }
    return has && has_others;
}

static enum ofp_err
check_list(const struct act_list *list, struct act_checker *ck)
{
    if (find_disorder(list)) {
        return OFPERR_OFPBAC_UNSUPPORTED_ORDER;
    }
    if (mixes_conjunction(list)) {
        return OFPERR_NXBAC_BAD_CONJUNCTION;
    }
    ACT_FOR_EACH (a, list) {
        enum ofp_err err = !runs[a->type] ? act_runs_not(ck)
                           : is_nested(a) ? check_nested(a, ck)
                           : ops[a->type]->check ? ops[a->type]->check(a, ck)
                                                 : OFPERR_OK;
        if (err) {
            return err;
        }
    }
    return OFPERR_OK;
}

enum ofp_err
acts_check(const struct act_list *list, const struct act_check *in)
{
    struct act_checker ck = { .in = in, .any = !in->match };
    if (in->match) {
        ck.flow = in->match->flow;
    }
    return check_list(list, &ck);
}

void
acts_put(const struct act_list *list, const struct ofp_names *names,
         struct str *s)
{
    if (!list->len) {
        str_put(s, "drop");
        return;
    }
    const char *sep = "";
    ACT_FOR_EACH (a, list) {
        str_put(s, sep);
        ops[a->type]->put(a, names, s);
        sep = ",";
    }
}

/* Action sets. */

void
act_set_clear(struct act_set *set)
{
    memset(set->slots, 0, sizeof set->slots);
    set->n_writes = 0;
}

bool
act_set_write(struct act_set *set, const struct act_list *list)
{
    bool fits = true;
    ACT_FOR_EACH (a, list) {
        uint8_t slot = slots[a->type];
        if (slot == ACT_SLOT_SET) {
            if (set->n_writes < ACT_SET_WRITES_MAX) {
                set->writes[set->n_writes++] = a;
            } else {
                fits = false;
            }
        } else if (slot < ACT_N_SLOTS) {
            set->slots[slot] = a;
        }
    }
    return fits;
}

size_t
act_set_order(const struct act_set *set, const struct act *run[])
{
    const struct act *out = set->slots[ACT_SLOT_GROUP]
                                ? set->slots[ACT_SLOT_GROUP]
                            : set->slots[ACT_SLOT_OUTPUT]
                                ? set->slots[ACT_SLOT_OUTPUT]
                                : set->slots[ACT_SLOT_RESUBMIT];
    size_t n = 0;
    if (!out) {
        return 0;
    }
    for (int i = 0; i < ACT_SLOT_GROUP; i++) {
        if (i == ACT_SLOT_SET) {
            memcpy(run + n, set->writes, set->n_writes * sizeof *run);
            n += set->n_writes;
        } else if (set->slots[i]) {
            run[n++] = set->slots[i];
        }
    }
    run[n++] = out;
    return n;
}
