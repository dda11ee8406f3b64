/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on parts of fields: the stack, and the packet's length.
 *
 * Length.  A flow does not have it, so that an action that asks for it would
 * need a translation for each packet.  Instead a translation is for a range
 * of lengths: a question that the range does not answer narrows it to the
 * shorter packets, and what is left out is translated afterwards.  Pushes
 * and pops are known to the translation, so each question is one about the
 * packet as it was received. */
#include "vswitchd/xlate/xlate_priv.h"

uint64_t
xlate_part_get(const struct xctx *x, const struct act_part *p)
{
    const struct field *f = field_from_id((enum field_id)p->field);
    union field_value v;
    if (!field_are_prereqs_ok(f, &x->flow)) {
        return 0;
    }
    field_get(f, &x->flow, &v);
    unsigned int n = MIN(p->n_bits, 64u);
    return field_value_bits(f, &v, p->ofs, n);
}

void
xlate_part_set(struct xctx *x, const struct act_part *p, uint64_t number)
{
    const struct field *f = field_from_id((enum field_id)p->field);
    union field_value v;
    unsigned int n = MIN((unsigned int)p->n_bits, 64u);
    memset(&v, 0, sizeof v);
    field_value_set_bits(f, &v, p->ofs, n, number);
    xlate_write_bits(x, p, f, &v, p->ofs, n);
}

/* [ovs-actions(7)]: an error that ends the packet's way; what it did so far
 * stays done. */
static void
stack_error(struct xctx *x, const char *what)
{
    xlate_note(x, " >>>> stack %s <<<<", what);
    x->drop = DP_DROP_DEPTH;
    x->exit = x->is_failed = true;
}

void
xlate_stack_push(struct xctx *x, const struct act *act)
{
    if (x->n_pushes == STACK_PUSHES_MAX) {
        stack_error(x, "overflow");
        return;
    }
    struct xstack *e = &x->stack[x->n_pushes];
    e->part = ACT_CAST(act_stack, act)->part;
    e->below = x->stack_top;
    x->stack_top = (int)x->n_pushes++;
    const struct field *f = field_from_id((enum field_id)e->part.field);
    if (field_are_prereqs_ok(f, &x->flow)) {
        field_get(f, &x->flow, &e->value);
    } else {
        memset(&e->value, 0, sizeof e->value);
    }
}

void
xlate_stack_pop(struct xctx *x, const struct act *act)
{
    if (x->stack_top == XLATE_STACK_EMPTY) {
        stack_error(x, "underflow");
        return;
    }
    const struct xstack *e = &x->stack[x->stack_top];
    x->stack_top = e->below;
    xlate_write_bits(x, &ACT_CAST(act_stack, act)->part,
                     field_from_id((enum field_id)e->part.field), &e->value,
                     e->part.ofs, e->part.n_bits);
}

void
xlate_check_pkt_larger(struct xctx *x, const struct act *act)
{
    const struct act_check_pkt_larger *a = ACT_CAST(act_check_pkt_larger,
                                                    act);
    /* A VLAN tag does not count [ovs-actions(7)]. */
    int64_t limit = a->bytes - x->len_delta + (xlate_has_tag(x) ? 4 : 0);
    bool is_larger = limit < (int64_t)x->len_min;
    if (!is_larger && (int64_t)x->len_max > limit) {
        x->len_max = (uint32_t)limit;
    }
    xlate_note(x, " -> for packets %s %u bytes",
               is_larger ? "longer than" : "of at most", a->bytes);
    xlate_part_set(x, &a->dst, is_larger);
}
