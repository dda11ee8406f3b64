/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions over rules, groups, ports and packets to send.
 *
 * Each message is a transaction of its own, and a bundle is one over all of
 * its messages: between txn_begin() and txn_commit() nothing is published,
 * and lookups of the writer see the next version.  What was changed can be
 * taken back:
 *
 *  - a deleted rule waits in the graveyard behind the mark that txn_begin()
 *    set, and is revived;
 *  - an inserted rule is on a list, and is hidden from the version that it
 *    was to appear in, so no reader ever sees it;
 *  - a modified rule is a deleted and an inserted one;
 *  - a group that was replaced or removed is put back;
 *  - port changes and packets to send wait for the commit.
 *
 * Groups have no versions: a packet that misses the cache in the middle of a
 * transaction may meet a new group with the old rules.  What it cached is
 * translated again once the transaction ends, either way. */
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/counters.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/openflow/wire.h"
#include "vswitchd/ofproto/ofproto_priv.h"

/* A group as it was. */
struct txn_group {
    uint32_t id;
    struct xgroup *old, *fresh; /* NULL: there was, there is none. */
};

struct txn_packet {
    uint32_t in_port; /* Of the datapath. */
    struct dp_prog_builder prog;
    void *frame;
    size_t len;
};

/* Grows an array of the transaction by one and gives the new element. */
#define TXN_PUSH(V)                                                           \
    ((V).n == (V).cap                                                         \
         ? (void)((V).p = x2nrealloc((V).p, &(V).cap, sizeof *(V).p))         \
         : (void)0,                                                           \
     &(V).p[(V).n++])

static void
txn_clear(struct ofproto_txn *t)
{
    free(t->inserted.p);
    free(t->groups.p);
    free(t->ports.p);
    for (size_t i = 0; i < t->packets.n; i++) {
        dp_prog_builder_fini(&t->packets.p[i].prog);
        free(t->packets.p[i].frame);
    }
    free(t->packets.p);
    memset(t, 0, sizeof *t);
}

void
txn_begin(struct ofproto *of)
{
    ASSERT(!of->txn.is_open);
    of->txn.is_open = true;
    of->txn.dead_mark = of->dead_last;
}

void
txn_note_insert(struct ofproto *of, struct rule *r)
{
    if (of->txn.is_open) {
        *TXN_PUSH(of->txn.inserted) = r;
    }
}

void
txn_note_group(struct ofproto *of, uint32_t id, struct xgroup *old,
               struct xgroup *fresh)
{
    if (of->txn.is_open) {
        *TXN_PUSH(of->txn.groups) = (struct txn_group){ id, old, fresh };
    } else if (old) {
        rcu_defer(group_free, old);
    }
}

void
txn_add_port_mod(struct ofproto *of, const struct ofm_port_mod *pm)
{
    *TXN_PUSH(of->txn.ports) = *pm;
}

void
txn_give_packet(struct ofproto *of, uint32_t in_port, const void *frame,
                size_t len, struct dp_prog_builder *b)
{
    *TXN_PUSH(of->txn.packets) = (struct txn_packet){
        .in_port = in_port, .prog = *b, .frame = xmemdup(frame, len),
        .len = len,
    };
}

void
txn_commit(struct ofproto *of)
{
    struct ofproto_txn t = of->txn;
    memset(&of->txn, 0, sizeof of->txn);
    for (size_t i = 0; i < t.ports.n; i++) {
        (void)portmod_apply(of, &t.ports.p[i]);
    }
    rules_publish(of);
    for (size_t i = 0; i < t.packets.n; i++) {
        struct txn_packet *p = &t.packets.p[i];
        if (dp_inject(of->dp, p->in_port, p->frame, p->len, &p->prog)) {
            counter_inc(packet_in_lost);
        }
    }
    for (size_t i = 0; i < t.groups.n; i++) {
        if (t.groups.p[i].old) {
            rcu_defer(group_free, t.groups.p[i].old);
        }
    }
    txn_clear(&t);
}

static void
restore_groups(struct ofproto *of, struct ofproto_txn *t)
{
    for (size_t i = t->groups.n; i-- > 0;) {
        struct txn_group *g = &t->groups.p[i];
        if (g->old) {
            idmap_set(&of->x.groups, g->old);
        } else {
            idmap_remove(&of->x.groups, g->id);
        }
        if (g->fresh) {
            rcu_defer(group_free, g->fresh);
        }
        dp_token_touch(of->dp, of->x.groups_token);
    }
}

void
txn_rollback(struct ofproto *of)
{
    struct ofproto_txn t = of->txn;
    memset(&of->txn, 0, sizeof of->txn);
    of->n_events = 0;
    struct rule *dead = *t.dead_mark;
    *t.dead_mark = NULL;
    of->dead_last = t.dead_mark;
    while (dead) {
        struct rule *next = dead->dead.next;
        rule_revive(of, dead);
        dead = next;
    }
    for (size_t i = 0; i < t.inserted.n; i++) {
        rule_delete(of, t.inserted.p[i], -1);
    }
    restore_groups(of, &t);
    rules_publish(of);
    txn_clear(&t);
}
