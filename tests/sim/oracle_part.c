/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on parts of fields, one bit after the other [ovs-actions(7)]: the
 * stack, output to a register, check_pkt_larger; and those that choose by a
 * hash, whose choice is left open. */
#include "lib/openflow/wire.h"
#include "tests/sim/oracle_priv.h"

static struct oracle_bits
get_part(const struct walk *w, const struct act_part *p)
{
    const struct field *f = field_from_id((enum field_id)p->field);
    struct oracle_bits bits = { { 0, 0 } };
    union field_value v;
    if (field_are_prereqs_ok(f, &w->flow)) {
        field_get(f, &w->flow, &v);
        for (unsigned int i = 0; i < p->n_bits; i++) {
            bits.words[i / 64]
                |= field_value_bits(f, &v, p->ofs + i, 1) << (i % 64);
        }
    }
    return bits;
}

static void
set_part(struct walk *w, const struct act_part *p, struct oracle_bits bits)
{
    const struct field *f = field_from_id((enum field_id)p->field);
    union field_value v;
    if (!field_are_prereqs_ok(f, &w->flow)) {
        return;
    }
    field_get(f, &w->flow, &v);
    for (unsigned int i = 0; i < p->n_bits; i++) {
        field_value_set_bits(f, &v, p->ofs + i, 1,
                             bits.words[i / 64] >> (i % 64) & 1);
    }
    field_set(f, &v, &w->flow);
    oracle_write_field(w, (enum field_id)p->field);
}

static void
set_number(struct walk *w, const struct act_part *p, uint64_t number)
{
    set_part(w, p, (struct oracle_bits){ { number, 0 } });
}

static void
pop(struct walk *w, const struct act_part *p)
{
    if (!w->n_stack) {
        w->o->is_failed = true;
        return;
    }
    set_part(w, p, w->stack[--w->n_stack]);
}

static void
output_reg(struct walk *w, const struct act_output_reg *a)
{
    uint64_t n = get_part(w, &a->src).words[0];
    if (n <= 0xffff) {
        oracle_output(w, ofport_from_of10((uint16_t)n), a->max_len);
    } else if (n <= UINT32_MAX) {
        oracle_output(w, (uint32_t)n, a->max_len);
    }
}

static void
output_cut(struct walk *w, const struct act_output *a)
{
    struct frame whole = w->frame;
    w->frame.len = MIN(whole.len, (size_t)a->max_len);
    oracle_output(w, a->port, 0);
    w->frame = whole;
}

/* The length counts no VLAN tag. */
static void
check_larger(struct walk *w, const struct act_check_pkt_larger *a)
{
    bool is_tagged = w->flow.vlans[0].tci & BE16(FLOW_VLAN_CFI);
    size_t len = w->frame.len - (is_tagged ? 4 : 0);
    set_number(w, &a->dst, len > a->bytes);
}

static void
bundle(struct walk *w, const struct act_bundle *a)
{
    uint32_t live[64], n = 0;
    for (uint32_t i = 0; i < a->n_members && n < ARRAY_SIZE(live); i++) {
        const struct oracle_port *p = oracle_port(w->o, a->members[i]);
        if (p && p->is_live && !(p->config & OFPPC_PORT_DOWN)) {
            live[n++] = a->members[i];
        }
    }
    bool first = a->algorithm == 0;
    uint32_t port = !n ? OFPORT_ANY
                       : live[first ? 0 : oracle_choose(w->o, n)];
    if (a->hdr.form == ACT_FORM_BUNDLE_LOAD) {
        set_number(w, &a->dst, n ? port : 0xffff);
    } else if (n) {
        oracle_output(w, port, 0);
    }
}

bool
oracle_part_action(struct walk *w, const struct act *a)
{
    switch (a->type) {
    case ACT_STACK_PUSH:
        if (w->n_stack < ORACLE_STACK_MAX) {
            w->stack[w->n_stack++]
                = get_part(w, &ACT_CAST(act_stack, a)->part);
        }
        return true;
    case ACT_STACK_POP:
        pop(w, &ACT_CAST(act_stack, a)->part);
        return true;
    case ACT_OUTPUT_REG:
        output_reg(w, ACT_CAST(act_output_reg, a));
        return true;
    case ACT_OUTPUT_TRUNC:
        output_cut(w, ACT_CAST(act_output, a));
        return true;
    case ACT_CHECK_PKT_LARGER:
        check_larger(w, ACT_CAST(act_check_pkt_larger, a));
        return true;
    case ACT_BUNDLE:
        bundle(w, ACT_CAST(act_bundle, a));
        return true;
    case ACT_MULTIPATH:
        set_number(w, &ACT_CAST(act_multipath, a)->dst,
                   oracle_choose(w->o,
                                 ACT_CAST(act_multipath, a)->max_link + 1u));
        return true;
    default:
        return a->type == ACT_SAMPLE;
    }
}
