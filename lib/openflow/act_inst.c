/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions [OF1.3.5 5.9]: their ops, and the lists of them that flows of
 * OpenFlow 1.1 and later carry. */
#include "lib/base/assert.h"
#include "lib/openflow/act_priv.h"

#define INST_APPLY_ACTIONS 4
#define INST_EXPERIMENTER 0xffff

struct inst_row {
    const char *name;
    enum act_type type;
    uint16_t code;
    uint16_t min_len;
};

static const struct inst_row inst_rows[] = {
#define INSTRUCTION(ID, STRUCT, CODE, NAME, BYTES)                            \
    { NAME, ACT_##ID, CODE, BYTES },
#include "lib/openflow/instructions.def"
#undef INSTRUCTION
};
#define N_INSTS ARRAY_SIZE(inst_rows)

/* The header of an instruction; act_wire_end() closes it. */
static size_t
begin_inst(struct buf *b, enum act_type type)
{
    for (size_t i = 0; i < N_INSTS; i++) {
        if (inst_rows[i].type == type) {
            return act_wire_begin(b, inst_rows[i].code);
        }
    }
    NOT_REACHED();
}

/* meter: an instruction of 1.3 and 1.4, an action of 1.5. */

static void
append_meter(struct buf *out, uint32_t id)
{
    struct act_meter *m = act_append(out, ACT_METER, sizeof *m);
    m->meter_id = id;
}

enum ofp_err
act_decode_meter(struct act_wire *w, struct buf *out)
{
    append_meter(out, cursor_be32(&w->c));
    return OFPERR_OK;
}

char *
act_parse_meter(struct act_text *t, struct buf *out)
{
    uint64_t id;
    char *err = act_text_number(t, t->arg, "meter", UINT32_MAX, &id);
    if (!err) {
        append_meter(out, (uint32_t)id);
    }
    return err;
}

static void
put_meter(const struct act *a, const struct ofp_names *names UNUSED,
          struct str *s)
{
    str_putf(s, "meter:%u", ACT_CAST(act_meter, a)->meter_id);
}

static void
encode_meter(const struct act *a, enum ofp_version version, struct buf *b)
{
    if (version >= OFP13_VERSION) {
        size_t start = version >= OFP15_VERSION ? act_wire_begin(b, 29)
                                                : begin_inst(b, ACT_METER);
        buf_put_be32(b, ACT_CAST(act_meter, a)->meter_id);
        act_wire_end(b, start);
    }
}

static enum ofp_err
check_meter(const struct act *a, struct act_checker *ck UNUSED)
{
    uint32_t id = ACT_CAST(act_meter, a)->meter_id;
    return id && id <= 0xffff0000u ? OFPERR_OK
                                   : OFPERR_OFPMMFC_INVALID_METER;
}

const struct act_ops act_ops_METER = { "meter", put_meter, encode_meter,
                                       check_meter };

/* clear_actions */

char *
act_parse_clear_actions(struct act_text *t UNUSED, struct buf *out)
{
    act_append(out, ACT_CLEAR_ACTIONS, sizeof(struct act));
    return NULL;
}

static void
put_clear_actions(const struct act *a UNUSED,
                  const struct ofp_names *names UNUSED, struct str *s)
{
    str_put(s, "clear_actions");
}

static void
encode_clear_actions(const struct act *a UNUSED, enum ofp_version version,
                     struct buf *b)
{
    if (version >= OFP11_VERSION) {
        act_wire_end(b, begin_inst(b, ACT_CLEAR_ACTIONS));
    }
}

const struct act_ops act_ops_CLEAR_ACTIONS = { "clear_actions",
                                               put_clear_actions,
                                               encode_clear_actions, NULL };

/* write_actions */

char *
act_parse_write_actions(struct act_text *t, struct buf *out)
{
    size_t start = act_nested_begin(out, ACT_WRITE_ACTIONS);
    char *err = act_parse_list(t, t->arg, t->arg_pos, out);
    act_nested_end(out, start);
    return err;
}

static void
put_write_actions(const struct act *a, const struct ofp_names *names,
                  struct str *s)
{
    struct act_list list = act_nested_list(ACT_CAST(act_nested, a));
    str_put(s, "write_actions(");
    acts_put(&list, names, s);
    str_put_char(s, ')');
}

static void
encode_write_actions(const struct act *a, enum ofp_version version,
                     struct buf *b)
{
    struct act_list list = act_nested_list(ACT_CAST(act_nested, a));
    if (version >= OFP11_VERSION) {
        size_t start = begin_inst(b, ACT_WRITE_ACTIONS);
        buf_put_zeros(b, 4);
        acts_encode(&list, version, b);
        act_wire_end(b, start);
    }
}

const struct act_ops act_ops_WRITE_ACTIONS = { "write_actions",
                                               put_write_actions,
                                               encode_write_actions, NULL };

/* write_metadata: Nicira's action in 1.0. */

static enum ofp_err
append_write_metadata(struct buf *out, uint64_t metadata, uint64_t mask)
{
    struct act_write_metadata *w = act_append(out, ACT_WRITE_METADATA,
                                              sizeof *w);
    w->metadata = metadata & mask;
    w->mask = mask;
    return OFPERR_OK;
}

enum ofp_err
act_decode_nx_write_metadata(struct act_wire *w, struct buf *out)
{
    cursor_skip(&w->c, 6);
    uint64_t metadata = cursor_be64(&w->c);
    return append_write_metadata(out, metadata, cursor_be64(&w->c));
}

char *
act_parse_write_metadata(struct act_text *t, struct buf *out)
{
    const struct field *f = field_from_id(FIELD_METADATA);
    union field_value v, m;
    char *err = field_parse(f, t->arg, NULL, &v, &m);
    if (!err) {
        append_write_metadata(out, field_value_bits(f, &v, 0, 64),
                              field_value_bits(f, &m, 0, 64));
    }
    return err;
}

static void
put_write_metadata(const struct act *a, const struct ofp_names *names UNUSED,
                   struct str *s)
{
    const struct act_write_metadata *w = ACT_CAST(act_write_metadata, a);
    str_putf(s, "write_metadata:%#llx", (unsigned long long)w->metadata);
    if (w->mask != UINT64_MAX) {
        str_putf(s, "/%#llx", (unsigned long long)w->mask);
    }
}

static void
encode_write_metadata(const struct act *a, enum ofp_version version,
                      struct buf *b)
{
    const struct act_write_metadata *w = ACT_CAST(act_write_metadata, a);
    size_t start = version == OFP10_VERSION
                       ? act_wire_begin_nx(b, 22)
                       : begin_inst(b, ACT_WRITE_METADATA);
    buf_put_zeros(b, version == OFP10_VERSION ? 6 : 4);
    buf_put_be64(b, w->metadata);
    buf_put_be64(b, w->mask);
    act_wire_end(b, start);
}

const struct act_ops act_ops_WRITE_METADATA = { "write_metadata",
                                                put_write_metadata,
                                                encode_write_metadata, NULL };

/* goto_table */

static void
append_goto_table(struct buf *out, uint8_t table)
{
    struct act_goto_table *g = act_append(out, ACT_GOTO_TABLE, sizeof *g);
    g->table_id = table;
}

char *
act_parse_goto_table(struct act_text *t, struct buf *out)
{
    uint8_t table;
    uint64_t x;
    const struct ofp_names *names = t->names;
    if (str_to_u64(t->arg, 0, &x) && x <= 255) {
        table = (uint8_t)x;
    } else if (!names || !names->table_no
               || !names->table_no(names->aux, t->arg, &table)) {
        return xasprintf("unknown table \"%s\"", t->arg);
    }
    append_goto_table(out, table);
    return NULL;
}

static void
put_goto_table(const struct act *a, const struct ofp_names *names,
               struct str *s)
{
    uint8_t table = ACT_CAST(act_goto_table, a)->table_id;
    const char *name = names && names->table_name
                           ? names->table_name(names->aux, table)
                           : NULL;
    str_put(s, "goto_table:");
    if (name) {
        ofport_put_name(name, s);
    } else {
        str_putf(s, "%u", table);
    }
}

static void
encode_goto_table(const struct act *a, enum ofp_version version,
                  struct buf *b)
{
    uint8_t table = ACT_CAST(act_goto_table, a)->table_id;
    if (version == OFP10_VERSION) {
        struct act_resubmit r = { .in_port = OFPORT_IN_PORT,
                                  .table_id = table };
        act_ops_RESUBMIT.encode(&r.hdr, version, b);
        return;
    }
    size_t start = begin_inst(b, ACT_GOTO_TABLE);
    buf_put_u8(b, table);
    act_wire_end(b, start);
}

static enum ofp_err
check_goto_table(const struct act *a, struct act_checker *ck)
{
    uint8_t table = ACT_CAST(act_goto_table, a)->table_id;
    bool forward = ck->in->table_id == 255 || table > ck->in->table_id;
    return forward && table < ck->in->n_tables ? OFPERR_OK
                                               : OFPERR_OFPBIC_BAD_TABLE_ID;
}

const struct act_ops act_ops_GOTO_TABLE = { "goto_table", put_goto_table,
                                            encode_goto_table,
                                            check_goto_table };

/* Lists of instructions. */

/* Where each instruction's bytes are, after its header. */
struct found {
    struct cursor insts[N_INSTS]; /* Empty with 'error' when absent. */
    struct cursor apply;
};

static const struct inst_row *
find_inst(uint16_t code, enum ofp_version version, size_t *idx)
{
    for (*idx = 0; *idx < N_INSTS; ++*idx) {
        const struct inst_row *row = &inst_rows[*idx];
        if (row->code == code
            && (row->type != ACT_METER || version == OFP13_VERSION
                || version == OFP14_VERSION)) {
            return row;
        }
    }
    return NULL;
}

static enum ofp_err
find_one(struct cursor *c, enum ofp_version version, struct found *found)
{
    uint16_t code = cursor_be16(c);
    uint16_t len = cursor_be16(c);
    if (!cursor_ok(c) || len < 8 || len % 8) {
        return OFPERR_OFPBIC_BAD_LEN;
    }
    struct cursor body = cursor_sub(c, len - 4u);
    if (!cursor_ok(c)) {
        return OFPERR_OFPBIC_BAD_LEN;
    }
    if (code == INST_EXPERIMENTER) {
        return OFPERR_OFPBIC_BAD_EXPERIMENTER;
    }
    size_t idx;
    const struct inst_row *row = find_inst(code, version, &idx);
    if (!row && code != INST_APPLY_ACTIONS) {
        return OFPERR_OFPBIC_UNKNOWN_INST;
    }
    bool fixed = row && row->type != ACT_WRITE_ACTIONS;
    if (fixed && len != row->min_len) {
        return OFPERR_OFPBIC_BAD_LEN;
    }
    struct cursor *slot = row ? &found->insts[idx] : &found->apply;
    if (!slot->error) {
        return OFPERR_OFPBIC_DUP_INST;
    }
    *slot = body;
    return OFPERR_OK;
}

static enum ofp_err
decode_inst(enum act_type type, struct cursor *c, enum ofp_version version,
            struct buf *out)
{
    enum ofp_err err = OFPERR_OK;
    switch (type) {
    case ACT_METER:
        append_meter(out, cursor_be32(c));
        break;
    case ACT_CLEAR_ACTIONS:
        act_append(out, ACT_CLEAR_ACTIONS, sizeof(struct act));
        break;
    case ACT_WRITE_ACTIONS: {
        cursor_skip(c, 4);
        size_t start = act_nested_begin(out, ACT_WRITE_ACTIONS);
        err = act_decode_list(c, version, 1, out);
        act_nested_end(out, start);
        break;
    }
    case ACT_WRITE_METADATA: {
        cursor_skip(c, 4);
        uint64_t metadata = cursor_be64(c);
        append_write_metadata(out, metadata, cursor_be64(c));
        break;
    }
    default:
        append_goto_table(out, cursor_u8(c));
        break;
    }
    return err;
}

static enum ofp_err
decode_found(struct found *found, enum ofp_version version, struct buf *out)
{
    enum ofp_err err = OFPERR_OK;
    for (size_t i = 0; i < N_INSTS && !err; i++) {
        /* Actions are applied after the meter, before the rest. */
        if (inst_rows[i].type == ACT_CLEAR_ACTIONS && !found->apply.error) {
            cursor_skip(&found->apply, 4);
            err = act_decode_list(&found->apply, version, 0, out);
        }
        if (!err && !found->insts[i].error) {
            err = decode_inst(inst_rows[i].type, &found->insts[i], version,
                              out);
        }
    }
    return err;
}

enum ofp_err
instructions_decode(struct cursor *c, enum ofp_version version,
                    struct buf *out)
{
    size_t start = out->len;
    struct found found = { .apply.error = true };
    for (size_t i = 0; i < N_INSTS; i++) {
        found.insts[i].error = true;
    }
    enum ofp_err err = OFPERR_OK;
    while (!err && cursor_left(c)) {
        err = find_one(c, version, &found);
    }
    if (!err) {
        err = decode_found(&found, version, out);
    }
    if (err) {
        out->len = start;
    }
    return err;
}

/* Appends the records of 'list' that are actions to apply, which in 1.5
 * includes the meter. */
static void
encode_applied(const struct act_list *list, enum ofp_version version,
               struct buf *b)
{
    size_t start = act_wire_begin(b, INST_APPLY_ACTIONS);
    buf_put_zeros(b, 4);
    size_t empty = b->len;
    ACT_FOR_EACH (a, list) {
        if (!act_is_instruction(a)
            || (a->type == ACT_METER && version >= OFP15_VERSION)) {
            act_encode_one(a, version, b);
        }
    }
    if (b->len == empty) {
        b->len = start;
    } else {
        act_wire_end(b, start);
    }
}

void
instructions_encode(const struct act_list *list, enum ofp_version version,
                    struct buf *b)
{
    const struct act *meter = acts_find(list, ACT_METER);
    if (meter && version < OFP15_VERSION) {
        encode_meter(meter, version, b);
    }
    encode_applied(list, version, b);
    ACT_FOR_EACH (a, list) {
        if (act_is_instruction(a) && a->type != ACT_METER) {
            act_encode_one(a, version, b);
        }
    }
}
