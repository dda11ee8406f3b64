/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on parts of fields and by hashes, for gen_rules.c. */
#include "tests/sim/gen.h"

/* Some bits of 'f', at least 'n_min' of them if it has so many. */
static struct act_part
pick_part(struct rng *rng, const struct field *f, unsigned int n_min)
{
    unsigned int most = MIN((unsigned int)f->n_bits, 128u);
    unsigned int n = 1 + rng_below(rng, most);
    n = MAX(n, MIN(n_min, most));
    return (struct act_part){ (uint16_t)f->id,
                              (uint16_t)rng_below(rng, f->n_bits - n + 1u),
                              (uint16_t)n };
}

static struct act_part
pick_reg(struct rng *rng, unsigned int n_bits)
{
    return (struct act_part){ (uint16_t)(FIELD_REG0 + rng_below(rng, 3)), 0,
                              (uint16_t)n_bits };
}

static uint32_t
pick_port(struct rng *rng)
{
    return 1 + rng_below(rng, GEN_N_PORTS + 1); /* One does not exist. */
}

static void
put_output_reg(const struct act_part *src, struct buf *acts)
{
    struct act_output_reg *o = act_append(acts, ACT_OUTPUT_REG, sizeof *o);
    o->src = *src;
    o->max_len = 60;
}

/* A register loaded with a port, and an output to it. */
static void
put_port_in_reg(struct rng *rng, const struct gen_opts *opts,
                struct buf *acts)
{
    static const uint16_t special[] = { 0xfff8, 0xfffb, 0xfffc, 0xfffd,
                                        0xffff };
    struct act_part reg = pick_reg(rng, 16);
    const struct field *f = field_from_id((enum field_id)reg.field);
    uint32_t port = rng_one_in(rng, 4) ? special[rng_below(rng, 5)]
                                       : pick_port(rng);
    if (port == 0xfffb && !opts->normal) {
        port = 0xfffc;
    }
    union field_value value, mask;
    memset(&value, 0, sizeof value);
    field_value_ones(f, &mask);
    field_value_set_bits(f, &value, 0, 16, port);
    act_append_set_field(acts, f->id, &value, &mask);
    put_output_reg(&reg, acts);
}

static void
put_bundle(struct rng *rng, const struct gen_opts *opts, struct buf *acts)
{
    uint32_t n = rng_below(rng, 4);
    struct act_part dst = pick_reg(rng, 16);
    struct act_bundle *b = act_append(acts, ACT_BUNDLE,
                                      sizeof *b + n * sizeof b->members[0]);
    b->fields = (uint16_t)rng_below(rng, ACT_N_HASHES);
    b->algorithm = opts->hashes ? (uint16_t)rng_below(rng, 2) : 0;
    b->n_members = n;
    for (uint32_t i = 0; i < n; i++) {
        b->members[i] = pick_port(rng);
    }
    if (rng_one_in(rng, 2)) {
        b->hdr.form = ACT_FORM_BUNDLE_LOAD;
        b->dst = dst;
        put_output_reg(&dst, acts);
    }
}

static void
put_multipath(struct rng *rng, struct buf *acts)
{
    struct act_part dst = pick_reg(rng, 16);
    struct act_multipath *m = act_append(acts, ACT_MULTIPATH, sizeof *m);
    m->fields = (uint16_t)rng_below(rng, ACT_N_HASHES);
    m->algorithm = (uint16_t)rng_below(rng, 4);
    m->max_link = (uint16_t)rng_below(rng, 3);
    m->arg = rng_below(rng, 5);
    m->dst = dst;
    put_output_reg(&dst, acts);
}

static void
put_check_larger(struct rng *rng, struct buf *acts)
{
    struct act_check_pkt_larger *c
        = act_append(acts, ACT_CHECK_PKT_LARGER, sizeof *c);
    c->dst = pick_reg(rng, 1);
    c->bytes = (uint16_t)(20 + rng_below(rng, 80));
}

void
gen_part_action(struct rng *rng, const struct gen_opts *opts,
                const struct field *(*pick)(void *), void *aux,
                struct buf *acts)
{
    switch (rng_below(rng, 8)) {
    case 0:
    case 1: {
        struct act_stack *s = act_append(acts, ACT_STACK_PUSH, sizeof *s);
        s->part = pick_part(rng, pick(aux), 0);
        if (rng_one_in(rng, 2)) {
            break;
        }
        s = act_append(acts, ACT_STACK_POP, sizeof *s);
        s->part = pick_part(rng, pick(aux), 0);
        break;
    }
    case 2:
        if (rng_one_in(rng, 3)) {
            struct act_stack *s = act_append(acts, ACT_STACK_POP, sizeof *s);
            s->part = pick_part(rng, pick(aux), 0);
        }
        break;
    case 3:
        put_port_in_reg(rng, opts, acts);
        break;
    case 4: {
        struct act_output *o = act_append(acts, ACT_OUTPUT_TRUNC, sizeof *o);
        o->port = rng_one_in(rng, 4) ? OFPORT_IN_PORT : pick_port(rng);
        o->max_len = (uint16_t)(14 + rng_below(rng, 80));
        break;
    }
    case 5:
        put_bundle(rng, opts, acts);
        break;
    case 6:
        put_check_larger(rng, acts);
        break;
    default:
        if (opts->hashes && rng_one_in(rng, 3)) {
            put_multipath(rng, acts);
        }
        break;
    }
}
