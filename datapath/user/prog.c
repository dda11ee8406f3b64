/* SPDX-License-Identifier: Apache-2.0 */
#include "datapath/user/prog.h"

#include <stdlib.h>

#include "datapath/l2.h"
#include "datapath/meter.h"
#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"

void
prog_table_init(struct prog_table *t)
{
    memset(t, 0, sizeof *t);
    hmap_init(&t->progs);
    list_init(&t->dirty);
}

static void walk_refs(const void *acts, size_t len, bool ref);

static void
walk_normal(const struct dpact_normal *n, bool ref)
{
    struct dp_l2 *l2 = n->l2;
    if (ref) {
        dp_l2_ref(l2);
    }
    const uint8_t *at = (const uint8_t *)(n + 1);
    for (unsigned int i = 0; i < n->n_patches; i++) {
        const struct dpact_normal_patch *p = (const void *)at;
        walk_refs(p + 1, p->len - sizeof *p, ref);
        at += p->len;
    }
    if (!ref) {
        dp_l2_unref(&l2);
    }
}

static void
walk_select(const struct dpact_select *s, bool ref)
{
    const uint8_t *at = (const uint8_t *)(s + 1);
    for (uint32_t i = 0; i < s->n; i++) {
        const struct dpact_bucket *b = (const void *)at;
        walk_refs(b + 1, b->len - sizeof *b, ref);
        at += b->len;
    }
}

static void
walk_ranges(const struct dpact_by_len *a, bool ref)
{
    const uint8_t *at = (const uint8_t *)(a + 1);
    for (uint32_t i = 0; i < a->n; i++) {
        const struct dpact_len_range *r = (const void *)at;
        walk_refs(r + 1, r->len - sizeof *r, ref);
        at += r->len;
    }
}

/* Takes or drops references to what the instructions point to. */
static void
walk_refs(const void *acts, size_t len, bool ref)
{
    DPACT_FOR_EACH (a, acts, len) {
        switch (a->op) {
        case DPACT_METER: {
            struct dp_meter *m = ((const struct dpact_meter *)a)->meter;
            ref ? (void)dp_meter_ref(m) : dp_meter_unref(&m);
            break;
        }
        case DPACT_COUNT: {
            struct dp_counter *c = ((const struct dpact_count *)a)->counter;
            ref ? (void)dp_counter_ref(c) : dp_counter_unref(&c);
            break;
        }
        case DPACT_NORMAL:
            walk_normal((const struct dpact_normal *)a, ref);
            break;
        case DPACT_SELECT:
            walk_select((const struct dpact_select *)a, ref);
            break;
        case DPACT_BY_LEN:
            walk_ranges((const struct dpact_by_len *)a, ref);
            break;
        case DPACT_CLONE:
        case DPACT_DEC_TTL:
        case DPACT_DEC_MPLS_TTL:
            walk_refs((const struct dpact_nest *)a + 1,
                      a->len - sizeof(struct dpact_nest), ref);
            break;
        default:
            break;
        }
    }
}

static uint32_t
hash_builder(const struct dp_prog_builder *b)
{
    uint32_t h = hash_bytes(b->acts.data, b->acts.len, b->tokens_overflow);
    h = hash_bytes(b->counters, b->n_counters * sizeof *b->counters, h);
    return hash_bytes(b->tokens, b->n_tokens * sizeof *b->tokens, h);
}

static bool
equals_builder(const struct dp_prog *g, const struct dp_prog_builder *b)
{
    return g->acts_len == b->acts.len && g->n_counters == b->n_counters
           && g->n_tokens == b->n_tokens
           && g->tokens_overflow == b->tokens_overflow
           && (!g->acts_len || !memcmp(g->acts, b->acts.data, g->acts_len))
           && (!g->n_counters
               || !memcmp(g->counters, b->counters,
                          g->n_counters * sizeof *g->counters))
           && !memcmp(g->tokens, b->tokens, g->n_tokens * sizeof *g->tokens);
}

static uint32_t
take_index(struct prog_table *t, struct dp_prog *g)
{
    uint32_t idx;
    if (t->n_free) {
        idx = t->free_idx[--t->n_free];
    } else {
        if (t->n_array == t->array_cap) {
            size_t cap = t->array_cap;
            t->array = x2nrealloc(t->array, &cap, sizeof *t->array);
            t->array_cap = (uint32_t)cap;
        }
        idx = t->n_array++;
    }
    t->array[idx] = g;
    return idx;
}

static struct dp_prog *
prog_create(struct prog_table *t, const struct dp_prog_builder *b,
            uint32_t hash)
{
    struct dp_prog *g = xzalloc_cacheline(sizeof *g + b->acts.len);
    g->acts_len = (uint32_t)b->acts.len;
    if (b->acts.len) {
        memcpy(g->acts, b->acts.data, b->acts.len);
    }
    g->tokens_overflow = b->tokens_overflow;
    g->n_tokens = b->n_tokens;
    memcpy(g->tokens, b->tokens, sizeof g->tokens);
    g->n_counters = (uint32_t)b->n_counters;
    g->counters = xmemdup(b->counters, b->n_counters * sizeof *b->counters);
    for (size_t i = 0; i < b->n_counters; i++) {
        dp_counter_ref(g->counters[i]);
    }
    walk_refs(g->acts, g->acts_len, true);
    const struct dpact_output *only = (const void *)g->acts;
    g->is_output = g->acts_len == sizeof *only
                   && only->act.op == DPACT_OUTPUT;
    g->out_port = g->is_output ? only->port : 0;
    list_init(&g->dirty_node);
    g->idx = take_index(t, g);
    hmap_insert(&t->progs, &g->node, hash);
    return g;
}

struct dp_prog *
prog_intern(struct prog_table *t, const struct dp_prog_builder *b)
{
    uint32_t hash = hash_builder(b);
    HMAP_FOR_EACH_WITH_HASH (struct dp_prog, g, node, hash, &t->progs) {
        if (equals_builder(g, b)) {
            return g;
        }
    }
    return prog_create(t, b, hash);
}

void
prog_use(struct dp_prog *g)
{
    g->n_users++;
}

static void
fold_one(struct dp_prog *g, int64_t now_ms)
{
    for (uint32_t i = 0; i < g->n_counters; i++) {
        dp_counter_add(g->counters[i], g->n_packets, g->n_bytes, now_ms);
    }
    g->total_packets += g->n_packets;
    g->total_bytes += g->n_bytes;
    g->used_ms = now_ms;
    g->n_packets = g->n_bytes = 0;
    g->is_dirty = false;
    list_remove(&g->dirty_node);
}

void
prog_fold(struct prog_table *t, int64_t now_ms)
{
    LIST_FOR_EACH_SAFE (struct dp_prog, g, dirty_node, &t->dirty) {
        fold_one(g, now_ms);
    }
}

static void
prog_free(struct prog_table *t, struct dp_prog *g)
{
    if (g->is_dirty) {
        fold_one(g, clock_ms());
    }
    walk_refs(g->acts, g->acts_len, false);
    for (uint32_t i = 0; i < g->n_counters; i++) {
        dp_counter_unref(&g->counters[i]);
    }
    hmap_remove(&t->progs, &g->node);
    t->array[g->idx] = NULL;
    if (t->n_free == t->free_cap) {
        size_t cap = t->free_cap;
        t->free_idx = x2nrealloc(t->free_idx, &cap, sizeof *t->free_idx);
        t->free_cap = (uint32_t)cap;
    }
    t->free_idx[t->n_free++] = g->idx;
    free(g->counters);
    free(g);
}

void
prog_release(struct prog_table *t, struct dp_prog *g)
{
    ASSERT(g->n_users > 0);
    if (!--g->n_users) {
        prog_free(t, g);
    }
}

void
prog_table_fini(struct prog_table *t)
{
    HMAP_FOR_EACH_SAFE (struct dp_prog, g, node, &t->progs) {
        prog_free(t, g);
    }
    hmap_fini(&t->progs);
    free(t->array);
    free(t->free_idx);
}

uint64_t
prog_tokens_version(struct dp_prog *g, uint64_t version,
                    const _Atomic(uint64_t) *token_versions,
                    uint64_t any_version)
{
    if (g->checked_version == version) {
        return g->tokens_version;
    }
    uint64_t newest = token_versions[DP_TOKEN_CONFIG];
    if (g->tokens_overflow) {
        newest = any_version;
    }
    for (unsigned int i = 0; i < g->n_tokens; i++) {
        uint64_t v = atomic_load_explicit(&token_versions[g->tokens[i]],
                                          memory_order_relaxed);
        newest = MAX(newest, v);
    }
    g->checked_version = version;
    g->tokens_version = newest;
    return newest;
}
