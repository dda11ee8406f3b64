/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that packets make or change: learn, fin_timeout [ovs-actions(7)].
 *
 * A translation changes nothing: the rule is made here, written into an event
 * that every packet of the flow sends, and put in the table by the main
 * thread.  A worker holds back events that say the same again for a while,
 * so that a flood of packets does not fill its ring. */
#include "lib/packet/hdr.h"
#include "vswitchd/xlate/xlate_priv.h"

/* Events of equal content wait so long; time-outs are in seconds. */
#define HOLD_MS 500
#define TCP_FIN_RST BE16(0x005)

/* The bits that a specification tells, in the width of field 'f'. */
static void
spec_bits(const struct xctx *x, const struct act_learn_spec *s,
          union field_value *value, union field_value *mask)
{
    const struct field *f = field_from_id((enum field_id)s->dst.field);
    const struct field *src = f;
    union field_value from = s->value;
    unsigned int ofs = 0;
    if (!s->src_is_value) {
        src = field_from_id((enum field_id)s->src.field);
        ofs = s->src.ofs;
        field_get(src, &x->flow, &from);
    }
    memset(value, 0, sizeof *value);
    memset(mask, 0, sizeof *mask);
    for (unsigned int i = 0; i < s->n_bits; i++) {
        field_value_set_bits(f, value, s->dst.ofs + i, 1,
                             field_value_bits(src, &from, ofs + i, 1));
        field_value_set_bits(f, mask, s->dst.ofs + i, 1, 1);
    }
}

/* Adds to what other specifications said of the same field. */
static void
add_match(const struct xctx *x, const struct act_learn_spec *s,
          struct match *m)
{
    const struct field *f = field_from_id((enum field_id)s->dst.field);
    union field_value value, mask, old, old_mask;
    spec_bits(x, s, &value, &mask);
    field_get(f, &m->flow, &old);
    field_get(f, &m->mask, &old_mask);
    for (size_t i = 0; i < ARRAY_SIZE(mask.words); i++) {
        value.words[i] |= old.words[i] & old_mask.words[i] & ~mask.words[i];
        mask.words[i] |= old_mask.words[i];
    }
    match_set_field(m, f, &value, &mask);
}

static void
add_action(const struct xctx *x, const struct act_learn_spec *s,
           struct buf *acts)
{
    if (s->dst_kind == ACT_LEARN_OUTPUT) {
        uint64_t n = xlate_part_get(x, &s->src);
        act_append_output(acts, n <= UINT16_MAX
                                    ? ofport_from_of10((uint16_t)n)
                                    : (uint32_t)n);
        return;
    }
    union field_value value, mask;
    spec_bits(x, s, &value, &mask);
    struct act_set_field *a = act_append_set_field(
        acts, (enum field_id)s->dst.field, &value, &mask);
    a->hdr.form = ACT_FORM_LOAD;
}

/* Puts the event: 'head', the match and the actions. */
static void
put_event(struct xctx *x, enum xevent_kind kind, struct xlearn *head,
          const struct match *m, const struct buf *acts)
{
    struct buf b = BUF_INIT;
    buf_put(&b, head, sizeof *head);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        struct xlearn_word w = { i, flow_words_const(&m->flow)[i],
                                 flow_words_const(&m->mask)[i] };
        if (w.mask) {
            buf_put(&b, &w, sizeof w);
            head->n_words++;
        }
    }
    buf_put(&b, acts->data, acts->len);
    head->acts_len = (uint32_t)acts->len;
    memcpy(b.data, head, sizeof *head);
    if (b.len > DP_PROG_BYTES_MAX) {
        x->drop = DP_DROP_DEPTH;
    } else {
        struct dpact_event *e = dp_prog_put(x->out, DPACT_EVENT,
                                            sizeof *e + b.len);
        e->kind = (uint16_t)kind;
        e->hold_ms = HOLD_MS;
        e->data_len = (uint16_t)b.len;
        memcpy(e + 1, b.data, b.len);
    }
    buf_fini(&b);
}

void
xlate_learn(struct xctx *x, const struct act *act)
{
    const struct act_learn *a = ACT_CAST(act_learn, act);
    struct match m;
    struct buf acts = BUF_INIT;
    match_init(&m);
    for (uint32_t i = 0; i < a->n_specs; i++) {
        if (a->specs[i].dst_kind == ACT_LEARN_MATCH) {
            add_match(x, &a->specs[i], &m);
        } else {
            add_action(x, &a->specs[i], &acts);
        }
    }
    if (a->fin_idle_timeout || a->fin_hard_timeout) {
        struct act_fin_timeout *f = act_append(&acts, ACT_FIN_TIMEOUT,
                                               sizeof *f);
        f->idle_timeout = a->fin_idle_timeout;
        f->hard_timeout = a->fin_hard_timeout;
    }
    struct xlearn head = {
        .bridge_id = x->bridge->id,
        .priority = a->priority,
        .table_id = a->table_id,
        .cookie = a->cookie,
        .idle_timeout = a->idle_timeout,
        .hard_timeout = a->hard_timeout,
        .flags = a->flags,
        .limit = a->limit,
    };
    put_event(x, XEVENT_LEARN, &head, &m, &acts);
    xlate_note(x, " >> suppressing side effects, so learn action ignored");
    buf_fini(&acts);
}

void
xlate_fin_timeout(struct xctx *x, const struct act *act)
{
    const struct act_fin_timeout *a = ACT_CAST(act_fin_timeout, act);
    const struct flow *f = &x->flow;
    bool is_tcp = (f->dl_type == BE16(ETH_TYPE_IPV4)
                   || f->dl_type == BE16(ETH_TYPE_IPV6))
                  && f->nw_proto == IP_PROTO_TCP;
    if (!x->rule || !is_tcp || !(f->tcp_flags & TCP_FIN_RST)) {
        return;
    }
    struct match m;
    struct buf none = BUF_INIT;
    cls_rule_get_match(&x->rule->cr, &m.flow, &m.mask);
    struct xlearn head = {
        .bridge_id = x->bridge->id,
        .priority = (uint16_t)x->rule->cr.priority,
        .table_id = x->rule->table_id,
        .idle_timeout = a->idle_timeout,
        .hard_timeout = a->hard_timeout,
    };
    put_event(x, XEVENT_FIN, &head, &m, &none);
}

bool
xlearn_read(const struct xlearn *l, size_t len, struct match *m,
            struct act_list *acts)
{
    size_t words = l->n_words * sizeof(struct xlearn_word);
    if (len != sizeof *l + words + l->acts_len) {
        return false;
    }
    const struct xlearn_word *w = (const void *)(l + 1);
    match_init(m);
    for (uint16_t i = 0; i < l->n_words; i++) {
        flow_words(&m->flow)[w[i].idx] = w[i].value;
        flow_words(&m->mask)[w[i].idx] = w[i].mask;
    }
    *acts = (struct act_list){ (const void *)(w + l->n_words), l->acts_len };
    return true;
}
