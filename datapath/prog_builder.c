/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and the builder of instruction lists: what a translation uses. */
#include <stdlib.h>

#include "datapath/dp.h"
#include "lib/base/assert.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"

const char *const dpact_names[DPACT_N] = {
#define DPACT(NAME, STRUCT, TEXT, HELP) [DPACT_##NAME] = TEXT,
#include "datapath/dpact.def"
#undef DPACT
};

const char *const dp_drop_names[DP_N_DROPS] = {
#define DROP(NAME, TEXT, HELP) [DP_DROP_##NAME] = TEXT,
#include "datapath/drops.def"
#undef DROP
};

struct dp_counter *
dp_counter_create(void)
{
    struct dp_counter *c = xzalloc(sizeof *c);
    c->n_refs = 1;
    return c;
}

struct dp_counter *
dp_counter_ref(struct dp_counter *c)
{
    atomic_fetch_add_explicit(&c->n_refs, 1, memory_order_relaxed);
    return c;
}

void
dp_counter_unref(struct dp_counter **cp)
{
    struct dp_counter *c = *cp;
    *cp = NULL;
    if (c && atomic_fetch_sub(&c->n_refs, 1) == 1) {
        /* A translation may have just met it in a table. */
        rcu_free(c);
    }
}

void
dp_counter_add(struct dp_counter *c, uint64_t n_packets, uint64_t n_bytes,
               int64_t used_ms)
{
    atomic_fetch_add_explicit(&c->n_packets, n_packets, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->n_bytes, n_bytes, memory_order_relaxed);
    atomic_store_explicit(&c->used_ms, used_ms, memory_order_relaxed);
}

void
dp_prog_builder_init(struct dp_prog_builder *b, uint64_t version)
{
    memset(b, 0, sizeof *b);
    b->version = version;
}

void
dp_prog_builder_clear(struct dp_prog_builder *b, uint64_t version)
{
    buf_clear(&b->acts);
    b->n_counters = 0;
    b->n_tokens = 0;
    b->tokens_overflow = b->is_uncacheable = false;
    b->version = version;
}

void
dp_prog_builder_fini(struct dp_prog_builder *b)
{
    buf_fini(&b->acts);
    free(b->counters);
    dp_prog_builder_init(b, 0);
}

void *
dp_prog_put(struct dp_prog_builder *b, enum dpact_op op, size_t len)
{
    size_t whole = ROUND_UP(len, 8);
    ASSERT(whole <= UINT16_MAX);
    struct dpact *a = buf_put_zeros(&b->acts, whole);
    a->op = (uint16_t)op;
    a->len = (uint16_t)whole;
    return a;
}

bool
dp_prog_end_nest(struct dp_prog_builder *b, size_t start)
{
    size_t len = b->acts.len - start;
    struct dpact *a = (void *)(b->acts.data + start);
    if (len > DP_PROG_BYTES_MAX) {
        b->acts.len = start;
        return false;
    }
    a->len = (uint16_t)len;
    return true;
}

void
dp_prog_count(struct dp_prog_builder *b, struct dp_counter *c)
{
    if (b->n_counters == b->counters_cap) {
        b->counters = x2nrealloc(b->counters, &b->counters_cap,
                                 sizeof *b->counters);
    }
    b->counters[b->n_counters++] = c;
}

void
dp_prog_depend(struct dp_prog_builder *b, uint16_t token)
{
    for (unsigned int i = 0; i < b->n_tokens; i++) {
        if (b->tokens[i] == token) {
            return;
        }
    }
    if (b->n_tokens == DP_PROG_TOKENS_MAX) {
        b->tokens_overflow = true;
    } else {
        b->tokens[b->n_tokens++] = token;
    }
}
