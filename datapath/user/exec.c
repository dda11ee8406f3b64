/* SPDX-License-Identifier: Apache-2.0 */
/* The interpreter, and the instructions that send, branch and count.  Those
 * that rewrite headers are in exec_set.c, NORMAL's and SELECT's work in
 * normal.c. */
#include "datapath/user/exec.h"

#include "datapath/dp.h"
#include "datapath/meter.h"
#include "datapath/user/exec_priv.h"
#include "lib/base/assert.h"
#include "lib/base/limits.h"
#include "lib/packet/csum.h"
#include "lib/packet/edit.h"
#include "lib/packet/parse.h"

/* Lists nest through groups and through patch ports. */
#define DEPTH_MAX (GROUP_DEPTH_MAX + PATCH_DEPTH_MAX)

bool
exec_end_drop(struct dp_exec *x, struct packet *p, enum dp_drop reason)
{
    x->drop(x, p, reason);
    packet_free(p);
    return false;
}

/* True if some instruction of the list hands the packet to someone. */
static bool
has_output(const struct dpact *acts, size_t len)
{
    DPACT_FOR_EACH (a, acts, len) {
        switch (a->op) {
        case DPACT_OUTPUT:
        case DPACT_NORMAL:
        case DPACT_SELECT:
        case DPACT_BY_LEN:
            return true;
        case DPACT_EVENT: /* Some take nothing of the packet. */
            if (((const struct dpact_event *)a)->max_len) {
                return true;
            }
            break;
        case DPACT_CLONE:
            if (a->len > sizeof(struct dpact_nest)) {
                return true;
            }
            break;
        default:
            break;
        }
    }
    return false;
}

void
dp_exec(struct dp_exec *x, struct packet *p, const struct dpact *acts,
        size_t len)
{
    if (UNLIKELY(!len || x->depth > DEPTH_MAX)) {
        exec_end_drop(x, p, len ? DP_DROP_DEPTH : DP_DROP_NO_ACTIONS);
        return;
    }
    DPACT_FOR_EACH (a, acts, len) {
        bool is_last = DPACT_NEXT(a) >= a_end;
        bool go_on = true;
        switch (a->op) {
#define DPACT(NAME, STRUCT, TEXT, HELP)                                       \
    case DPACT_##NAME:                                                        \
        go_on = exec_op_##NAME(x, p, (const void *)a, is_last);               \
        break;
#include "datapath/dpact.def"
#undef DPACT
        default:
            NOT_REACHED();
        }
        if (!go_on) {
            return;
        }
    }
    /* Nothing took the packet at its end; perhaps something did before. */
    if (!x->depth && !has_output(acts, len)) {
        x->drop(x, p, DP_DROP_NO_ACTIONS);
    }
    packet_free(p);
}

bool
exec_op_OUTPUT(struct dp_exec *x, struct packet *p,
               const struct dpact_output *a, bool is_last)
{
    if (LIKELY(is_last)) {
        x->output(x, a->port, p);
        return false;
    }
    struct packet copy;
    if (UNLIKELY(!packet_copy(&copy, p))) {
        x->drop(x, p, DP_DROP_NO_MEMORY);
        return true;
    }
    x->output(x, a->port, &copy);
    return true;
}

bool
exec_op_DROP(struct dp_exec *x, struct packet *p, const struct dpact_drop *a,
             bool is_last UNUSED)
{
    return exec_end_drop(x, p, a->reason);
}

/* Runs the list behind 'a' on 'p', which it consumes. */
static void
run_nest(struct dp_exec *x, struct packet *p, const struct dpact_nest *a)
{
    x->depth++;
    dp_exec(x, p, (const void *)(a + 1), a->act.len - sizeof *a);
    x->depth--;
}

bool
exec_op_CLONE(struct dp_exec *x, struct packet *p, const struct dpact_nest *a,
              bool is_last)
{
    if (a->act.len == sizeof *a) {
        return true;
    }
    if (is_last) {
        run_nest(x, p, a);
        return false;
    }
    struct packet copy;
    if (UNLIKELY(!packet_copy(&copy, p))) {
        x->drop(x, p, DP_DROP_NO_MEMORY);
        return true;
    }
    run_nest(x, &copy, a);
    return true;
}

/* The TTL ran out: the nested list (a packet to the controller, most often)
 * and the end. */
static bool
ttl_ran_out(struct dp_exec *x, struct packet *p, const struct dpact_nest *a)
{
    if (a->act.len == sizeof *a) {
        return exec_end_drop(x, p, DP_DROP_TTL);
    }
    bool drops = false; /* By an instruction that counts it itself. */
    DPACT_FOR_EACH (n, a + 1, a->act.len - sizeof *a) {
        drops |= n->op == DPACT_DROP;
    }
    if (!drops) {
        x->drop(x, p, DP_DROP_TTL);
    }
    run_nest(x, p, a);
    return false;
}

bool
exec_op_DEC_TTL(struct dp_exec *x, struct packet *p,
                const struct dpact_nest *a, bool is_last UNUSED)
{
    return packet_dec_ttl(p) || ttl_ran_out(x, p, a);
}

bool
exec_op_DEC_MPLS_TTL(struct dp_exec *x, struct packet *p,
                     const struct dpact_nest *a, bool is_last UNUSED)
{
    return packet_dec_mpls_ttl(p) || ttl_ran_out(x, p, a);
}

bool
exec_op_METER(struct dp_exec *x, struct packet *p,
              const struct dpact_meter *a, bool is_last UNUSED)
{
    return dp_meter_run(a->meter, p->len, x->now_us)
           || exec_end_drop(x, p, DP_DROP_METER);
}

bool
exec_op_COUNT(struct dp_exec *x, struct packet *p,
              const struct dpact_count *a, bool is_last UNUSED)
{
    dp_counter_add(a->counter, 1, p->len, x->now_us / 1000);
    return true;
}

/* A cut packet is no longer what its headers tell: it is sent as it is, with
 * the checksum that it had as a whole. */
bool
exec_op_TRUNC(struct dp_exec *x UNUSED, struct packet *p,
              const struct dpact_trunc *a, bool is_last UNUSED)
{
    if (p->len <= a->max_len) {
        return true;
    }
    if (p->flags & PACKET_CSUM_PARTIAL && !packet_finish_csum(p)) {
        p->flags &= (uint8_t)~PACKET_CSUM_PARTIAL;
    }
    p->gso_type = PACKET_GSO_NONE;
    p->len = a->max_len;
    packet_parse(p);
    return true;
}

/* Bytes of the packet, or of each segment that it will be sent as. */
static uint32_t
sent_len(const struct packet *p)
{
    if (p->gso_type == PACKET_GSO_NONE || !p->gso_hdr_len) {
        return p->len;
    }
    return MIN(p->len, (uint32_t)p->gso_hdr_len + p->gso_size);
}

bool
exec_op_BY_LEN(struct dp_exec *x, struct packet *p,
               const struct dpact_by_len *a, bool is_last)
{
    const struct dpact_len_range *r = (const void *)(a + 1);
    uint32_t len = sent_len(p);
    for (uint32_t i = 0; i + 1 < a->n && len > r->max_len; i++) {
        r = (const void *)((const uint8_t *)r + r->len);
    }
    struct packet copy;
    if (!is_last) {
        if (!packet_copy(&copy, p)) {
            x->drop(x, p, DP_DROP_NO_MEMORY);
            return true;
        }
        p = &copy;
    }
    dp_exec(x, p, (const void *)(r + 1), r->len - sizeof *r);
    return !is_last;
}

bool
exec_op_NORMAL(struct dp_exec *x, struct packet *p,
               const struct dpact_normal *a, bool is_last)
{
    exec_normal(x, p, a, is_last);
    return !is_last;
}

bool
exec_op_SELECT(struct dp_exec *x, struct packet *p,
               const struct dpact_select *a, bool is_last)
{
    exec_select(x, p, a, is_last);
    return !is_last;
}

/* What leaves by an event comes back, if at all, as plain bytes, so a
 * checksum that a guest left open is finished first.  (A GSO frame's cannot
 * be: its segments have one each.) */
bool
exec_op_EVENT(struct dp_exec *x, struct packet *p,
              const struct dpact_event *a, bool is_last UNUSED)
{
    if (p->flags & PACKET_CSUM_PARTIAL && p->gso_type == PACKET_GSO_NONE
        && !packet_finish_csum(p)) {
        p->flags &= (uint8_t)~PACKET_CSUM_PARTIAL;
    }
    x->event(x, p, a);
    return true;
}
