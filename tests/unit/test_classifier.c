/* SPDX-License-Identifier: Apache-2.0 */
/* The classifier against a naive twin, and under concurrent readers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/base/rng.h"
#include "lib/base/thread.h"
#include "lib/flow/classifier.h"

/* The naive twin: every rule in an array, searched from end to end. */
struct twin_rule {
    struct cls_rule cls;
    struct flow value, mask;
    int priority;
    uint64_t add_version, del_version;
};

#define TWIN_MAX 3000

struct twin {
    struct cls *cls;
    struct twin_rule *rules[TWIN_MAX];
    size_t n;
    uint64_t version; /* Published. */
};

enum style {
    STYLE_PREFIXES,  /* Two prefixes of IPv4. */
    STYLE_ROUTES,    /* One prefix, priority by length. */
    STYLE_EXACT,     /* One mask. */
    STYLE_ACL,       /* Prefixes, protocol, port ranges. */
    STYLE_BITS,      /* Any bits of any words. */
    STYLE_FEW,       /* Hardly any rules. */
    STYLE_SAME,      /* One coarse key, so that chains overflow. */
    N_STYLES
};

static be32
prefix_mask(unsigned int len)
{
    return len ? cpu_to_be32(UINT32_MAX << (32 - len)) : 0;
}

/* An address of a small pool, so that packets hit rules. */
static be32
random_ip(struct rng *rng)
{
    return cpu_to_be32(0x0a000000 | rng_below(rng, 4) << 22
                       | rng_below(rng, 4) << 14 | rng_below(rng, 8) << 4
                       | rng_below(rng, 4));
}

static void
random_flow(struct rng *rng, struct flow *f)
{
    static const uint16_t ports[] = { 0, 1, 22, 53, 80, 443, 1023, 1024,
                                      8080, 32768, 65535 };
    memset(f, 0, sizeof *f);
    f->in_port = rng_below(rng, 3);
    f->dl_type = BE16(0x0800);
    f->dl_dst.ea[5] = (uint8_t)rng_below(rng, 16);
    f->nw_src = random_ip(rng);
    f->nw_dst = random_ip(rng);
    f->nw_proto = rng_one_in(rng, 2) ? 6 : 17;
    f->tp_src = cpu_to_be16(ports[rng_below(rng, ARRAY_SIZE(ports))]);
    f->tp_dst = cpu_to_be16(ports[rng_below(rng, ARRAY_SIZE(ports))]);
    f->regs[3] = rng_below(rng, 4);
    f->ipv6_dst[15] = (uint8_t)rng_below(rng, 4);
}

static void
random_port_mask(struct rng *rng, be16 *mask)
{
    *mask = rng_one_in(rng, 3) ? 0 : cpu_to_be16(
        (uint16_t)(0xffffu << rng_below(rng, 17)));
}

static void
random_mask(struct rng *rng, enum style style, struct flow *m)
{
    memset(m, 0, sizeof *m);
    switch (style) {
    case STYLE_PREFIXES:
        m->nw_src = prefix_mask(rng_below(rng, 33));
        m->nw_dst = prefix_mask(rng_below(rng, 33));
        break;
    case STYLE_ROUTES:
        m->nw_dst = prefix_mask(rng_below(rng, 33));
        m->dl_type = UINT16_MAX;
        break;
    case STYLE_EXACT:
        memset(&m->dl_dst, 0xff, sizeof m->dl_dst);
        m->in_port = UINT32_MAX;
        m->nw_dst = UINT32_MAX;
        break;
    case STYLE_ACL:
        m->dl_type = UINT16_MAX;
        m->nw_src = prefix_mask(rng_below(rng, 33));
        m->nw_dst = prefix_mask(rng_below(rng, 33));
        m->nw_proto = rng_one_in(rng, 4) ? 0 : 0xff;
        random_port_mask(rng, &m->tp_src);
        random_port_mask(rng, &m->tp_dst);
        break;
    case STYLE_BITS:
    case STYLE_FEW:
        for (size_t i = rng_below(rng, 5); i > 0; i--) {
            flow_words(m)[rng_below(rng, FLOW_WORDS)]
                |= rng_u64(rng) & rng_u64(rng);
        }
        break;
    case STYLE_SAME:
        m->nw_src = prefix_mask(8 + rng_below(rng, 25));
        random_port_mask(rng, &m->tp_src);
        break;
    case N_STYLES:
        break;
    }
}

static int
random_priority(struct rng *rng, enum style style, const struct flow *mask)
{
    if (style == STYLE_ROUTES) {
        return __builtin_popcount(mask->nw_dst);
    }
    return rng_one_in(rng, 2) ? (int)rng_below(rng, 5)
                              : (int)rng_below(rng, CLS_PRIORITY_MAX + 1);
}

static const struct twin_rule *
twin_lookup(const struct twin *t, uint64_t version, const struct flow *f)
{
    const struct twin_rule *best = NULL;
    for (size_t i = 0; i < t->n; i++) {
        const struct twin_rule *r = t->rules[i];
        if (r->add_version <= version && version < r->del_version
            && (!best || r->priority > best->priority)
            && flow_matches(f, &r->value, &r->mask)) {
            best = r;
        }
    }
    return best;
}

static struct twin_rule *
twin_find(const struct twin *t, uint64_t version, const struct twin_rule *like)
{
    for (size_t i = 0; i < t->n; i++) {
        struct twin_rule *r = t->rules[i];
        if (r->add_version <= version && version < r->del_version
            && r->priority == like->priority
            && !memcmp(&r->value, &like->value, sizeof r->value)
            && !memcmp(&r->mask, &like->mask, sizeof r->mask)) {
            return r;
        }
    }
    return NULL;
}

static struct twin_rule *
random_rule(struct rng *rng, enum style style)
{
    struct twin_rule *r = xzalloc(sizeof *r);
    random_mask(rng, style, &r->mask);
    random_flow(rng, &r->value);
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        flow_words(&r->value)[i] &= flow_words(&r->mask)[i];
    }
    r->priority = random_priority(rng, style, &r->mask);
    return r;
}

/* Adds, or modifies as flow_mod does: the old rule ends when this starts. */
static void
twin_insert(struct twin *t, struct twin_rule *r)
{
    uint64_t next = t->version + 1;
    struct twin_rule *old = twin_find(t, t->version, r);
    struct twin_rule *found = (struct twin_rule *)(void *)cls_find(
        t->cls, t->version, &r->value, &r->mask, r->priority);
    assert_ptr_equal(old, found);
    if (old) {
        old->del_version = next;
        cls_rule_hide(&old->cls, next);
    }
    r->add_version = next;
    r->del_version = CLS_VERSION_NEVER;
    cls_rule_init(&r->cls, &r->value, &r->mask, r->priority);
    cls_insert(t->cls, &r->cls, next);
    t->rules[t->n++] = r;
    t->version = next;
}

static void
free_rule(void *r_)
{
    struct twin_rule *r = r_;
    cls_rule_fini(&r->cls);
    free(r);
}

static void
twin_remove(struct twin *t, size_t i)
{
    struct twin_rule *r = t->rules[i];
    cls_remove(t->cls, &r->cls);
    t->rules[i] = t->rules[--t->n];
    rcu_defer(free_rule, r);
}

static void
check_lookup(const struct twin *t, struct rng *rng)
{
    struct flow f;
    random_flow(rng, &f);
    uint64_t version = t->version - rng_below(rng, 3);
    const struct twin_rule *want = twin_lookup(t, version, &f);
    const struct cls_rule *got = cls_lookup(t->cls, version, &f);
    assert_int_equal(want != NULL, got != NULL);
    if (want && got != &want->cls) {
        assert_int_equal(got->priority, want->priority);
        assert_true(cls_rule_matches(got, &f));
        assert_true(cls_rule_is_visible(got, version));
    }
}

/* Every rule that matches, each once; and how many when there is less room. */
static void
check_lookup_all(const struct twin *t, struct rng *rng)
{
    struct flow f;
    random_flow(rng, &f);
    size_t want = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct twin_rule *r = t->rules[i];
        want += r->add_version <= t->version && t->version < r->del_version
                && flow_matches(&f, &r->value, &r->mask);
    }
    static const struct cls_rule *got[8192];
    size_t n = cls_lookup_all(t->cls, t->version, &f, got, ARRAY_SIZE(got));
    assert_int_equal(n, want);
    for (size_t i = 0; i < MIN(n, ARRAY_SIZE(got)); i++) {
        assert_true(cls_rule_matches(got[i], &f));
        assert_true(cls_rule_is_visible(got[i], t->version));
        for (size_t k = 0; k < i; k++) {
            assert_ptr_not_equal(got[k], got[i]);
        }
    }
    assert_int_equal(cls_lookup_all(t->cls, t->version, &f, got, 1), want);
}

struct count_aux {
    const struct twin *t;
    const struct flow *value, *mask;
    size_t n;
};

static bool
count_rule(struct cls_rule *r, void *aux_)
{
    struct count_aux *aux = aux_;
    struct flow value, mask;
    cls_rule_get_match(r, &value, &mask);
    const struct twin_rule *tr = (const struct twin_rule *)(void *)r;
    assert_memory_equal(&value, &tr->value, sizeof value);
    assert_memory_equal(&mask, &tr->mask, sizeof mask);
    aux->n++;
    return true;
}

static bool
is_within(const struct twin_rule *r, const struct twin_rule *outer)
{
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        uint64_t m = flow_words_const(&outer->mask)[i];
        if (m & ~flow_words_const(&r->mask)[i]
            || (flow_words_const(&r->value)[i] & m)
                   != flow_words_const(&outer->value)[i]) {
            return false;
        }
    }
    return true;
}

static bool
overlaps(const struct twin_rule *a, const struct twin_rule *b)
{
    for (size_t i = 0; i < FLOW_WORDS; i++) {
        uint64_t m = flow_words_const(&a->mask)[i]
                     & flow_words_const(&b->mask)[i];
        if ((flow_words_const(&a->value)[i]
             ^ flow_words_const(&b->value)[i]) & m) {
            return false;
        }
    }
    return true;
}

static void
check_loose(struct twin *t, struct rng *rng, enum style style)
{
    struct twin_rule *r = random_rule(rng, style);
    struct count_aux aux = { t, &r->value, &r->mask, 0 };
    cls_for_each(t->cls, t->version, &r->value, &r->mask, count_rule, &aux);
    size_t n = 0;
    bool has_overlap = false;
    for (size_t i = 0; i < t->n; i++) {
        const struct twin_rule *o = t->rules[i];
        if (t->version < o->del_version) {
            n += is_within(o, r);
            has_overlap |= o->priority == r->priority && overlaps(o, r);
        }
    }
    assert_int_equal(aux.n, n);
    cls_rule_init(&r->cls, &r->value, &r->mask, r->priority);
    assert_int_equal(cls_has_overlap(t->cls, t->version, &r->cls),
                     has_overlap);
    free_rule(r);
}

static bool
remove_rule(struct cls_rule *r, void *t_)
{
    struct twin *t = t_;
    for (size_t i = 0; i < t->n; i++) {
        if (&t->rules[i]->cls == r) {
            twin_remove(t, i);
            return true;
        }
    }
    fail();
    return false;
}

/* A loose deletion: the callback removes what it is given. */
static void
remove_loosely(struct twin *t, struct rng *rng, enum style style)
{
    struct twin_rule *r = random_rule(rng, style);
    size_t n = t->n, n_within = 0;
    for (size_t i = 0; i < n; i++) {
        n_within += t->version < t->rules[i]->del_version
                    && is_within(t->rules[i], r);
    }
    cls_for_each(t->cls, t->version, &r->value, &r->mask, remove_rule, t);
    assert_int_equal(t->n, n - n_within);
    free(r);
}

static void
check_reads(const struct twin *t, struct rng *rng)
{
    if (!t->n) {
        return;
    }
    const struct twin_rule *r = t->rules[rng_below(rng, (uint32_t)t->n)];
    assert_false(cls_reads_would_grow(t->cls, &r->mask));
}

static void
step(struct twin *t, struct rng *rng, enum style style, size_t n_max)
{
    uint32_t what = rng_below(rng, 100);
    size_t i = t->n ? rng_below(rng, (uint32_t)t->n) : 0;
    if (what < 30 && t->n < n_max) {
        twin_insert(t, random_rule(rng, style));
    } else if (what < 40 && t->n) {
        /* Hidden, then gone when no reader is older. */
        if (t->rules[i]->del_version == CLS_VERSION_NEVER) {
            t->rules[i]->del_version = ++t->version;
            cls_rule_hide(&t->rules[i]->cls, t->version);
        }
    } else if (what < 55 && t->n) {
        twin_remove(t, i);
    } else if (what == 55) {
        check_loose(t, rng, style);
    } else if (what == 57 && rng_one_in(rng, 4)) {
        remove_loosely(t, rng, style);
    } else if (what == 56) {
        check_reads(t, rng);
        rcu_quiesce();
    } else {
        check_lookup(t, rng);
        check_lookup_all(t, rng);
    }
}

static void
run_style(enum style style, uint64_t seed, int n_steps, size_t n_max)
{
    struct twin *t = xzalloc(sizeof *t);
    struct rng rng;
    rng_seed(&rng, seed);
    t->cls = cls_create();
    t->version = 10;
    for (int i = 0; i < n_steps; i++) {
        step(t, &rng, style, n_max);
        assert_int_equal(cls_count(t->cls), t->n);
    }
    struct cls_info info;
    cls_get_info(t->cls, &info);
    assert_int_equal(info.n_rules, t->n);
    while (t->n) {
        twin_remove(t, t->n - 1);
        check_lookup(t, &rng);
        check_lookup_all(t, &rng);
    }
    cls_get_info(t->cls, &info);
    assert_string_equal(info.structure, "empty");
    cls_destroy(&t->cls);
    free(t);
    rcu_quiesce();
}

static void
agrees_with_a_naive_twin(void **state UNUSED)
{
    for (enum style style = 0; style < N_STYLES; style++) {
        run_style(style, 1 + style, 8000, 60);
        run_style(style, 100 + style, 12000,
                  style == STYLE_FEW ? 6 : TWIN_MAX);
    }
}

/* With few rules, deletions can leave every bucket marked as spilled over;
 * a search for what is not there must end all the same. */
static void
probes_end_in_small_tables(void **state UNUSED)
{
    enum { N = 8, STEPS = 100000 };
    struct cls *cls = cls_create();
    struct twin_rule *rules[N] = { NULL };
    struct rng rng;
    rng_seed(&rng, 11);
    for (int step_idx = 0; step_idx < STEPS; step_idx++) {
        uint32_t i = rng_below(&rng, N);
        if (rules[i]) {
            cls_remove(cls, &rules[i]->cls);
            rcu_defer(free_rule, rules[i]);
        }
        struct twin_rule *r = rules[i] = xzalloc(sizeof *r);
        r->value.nw_dst = (be32)rng_u64(&rng);
        r->mask.nw_dst = UINT32_MAX;
        cls_rule_init(&r->cls, &r->value, &r->mask, 7);
        cls_insert(cls, &r->cls, 1);
        struct flow absent = { .nw_dst = (be32)rng_u64(&rng) };
        const struct cls_rule *hit = cls_lookup(cls, 1, &absent);
        assert_true(!hit || cls_rule_matches(hit, &absent));
        rcu_quiesce();
    }
    for (uint32_t i = 0; i < N; i++) {
        if (rules[i]) {
            cls_remove(cls, &rules[i]->cls);
            rcu_defer(free_rule, rules[i]);
        }
    }
    cls_destroy(&cls);
}

static void
one_mask_is_one_exact_table(void **state UNUSED)
{
    enum { N = 20000 };
    struct twin_rule *rules = xcalloc(N, sizeof *rules);
    struct cls *cls = cls_create();
    struct cls_info info;
    for (uint32_t i = 0; i < N; i++) {
        struct twin_rule *r = &rules[i];
        r->value.nw_dst = cpu_to_be32(i);
        r->mask.nw_dst = UINT32_MAX;
        cls_rule_init(&r->cls, &r->value, &r->mask, 7);
        cls_insert(cls, &r->cls, 1);
    }
    cls_get_info(cls, &info);
    assert_string_equal(info.structure, "exact");
    assert_int_equal(info.n_tuples, 1);
    assert_in_range(info.n_bytes / N, 1, 250);
    for (uint32_t i = 0; i < N; i++) {
        assert_ptr_equal(cls_lookup(cls, 1, &rules[i].value), &rules[i].cls);
    }
    for (uint32_t i = 0; i < N; i++) {
        cls_remove(cls, &rules[i].cls);
    }
    rcu_barrier_all();
    for (uint32_t i = 0; i < N; i++) {
        cls_rule_fini(&rules[i].cls);
    }
    cls_destroy(&cls);
    free(rules);
}

/* Readers and one writer: a reader at version v must find what was visible
 * at v.  Rule i says which versions it is for by its place in 'rules'. */
struct stress {
    struct cls *cls;
    uint64_t version;
    bool stop;
    struct flow flows[64];
};

static void *
stress_reader(void *s_)
{
    struct stress *s = s_;
    rcu_thread_register();
    struct rng rng;
    rng_seed(&rng, 77);
    uint64_t n_found = 0;
    while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
        uint64_t version = __atomic_load_n(&s->version, __ATOMIC_ACQUIRE);
        for (int i = 0; i < 32; i++) {
            const struct flow *f = &s->flows[rng_below(&rng, 64)];
            const struct cls_rule *r = cls_lookup(s->cls, version, f);
            /* A rule of priority 0 takes everything and stays. */
            assert_non_null(r);
            assert_true(r->add_version <= version);
            assert_true(cls_rule_matches(r, f));
            n_found += r->priority > 0;
        }
        rcu_quiesce();
    }
    rcu_thread_unregister();
    assert_true(n_found > 0);
    return NULL;
}

struct pending {
    struct stress *s;
    struct twin_rule *r;
};

static void
stress_write(struct stress *s, struct rng *rng, int n_steps)
{
    enum { N = 400 };
    struct twin_rule *rules[N] = { NULL };
    for (int step_idx = 0; step_idx < n_steps; step_idx++) {
        uint32_t i = rng_below(rng, N);
        if (!rules[i]) {
            struct twin_rule *r = random_rule(
                rng, rng_one_in(rng, 2) ? STYLE_ACL : STYLE_SAME);
            r->priority = 1 + (int)rng_below(rng, 1000);
            cls_rule_init(&r->cls, &r->value, &r->mask, r->priority);
            cls_insert(s->cls, &r->cls, s->version + 1);
            rules[i] = r;
            __atomic_store_n(&s->version, s->version + 1, __ATOMIC_RELEASE);
        } else {
            cls_rule_hide(&rules[i]->cls, s->version + 1);
            __atomic_store_n(&s->version, s->version + 1, __ATOMIC_RELEASE);
            cls_remove(s->cls, &rules[i]->cls);
            rcu_defer(free_rule, rules[i]);
            rules[i] = NULL;
        }
        rcu_quiesce();
    }
    for (uint32_t i = 0; i < N; i++) {
        if (rules[i]) {
            cls_rule_hide(&rules[i]->cls, s->version + 1);
            cls_remove(s->cls, &rules[i]->cls);
            rcu_defer(free_rule, rules[i]);
        }
    }
}

static void
readers_always_find_a_visible_rule(void **state UNUSED)
{
    struct stress *s = xzalloc(sizeof *s);
    struct rng rng;
    rng_seed(&rng, 5);
    s->cls = cls_create();
    s->version = 1;
    for (size_t i = 0; i < ARRAY_SIZE(s->flows); i++) {
        random_flow(&rng, &s->flows[i]);
    }
    struct twin_rule *all = xzalloc(sizeof *all);
    cls_rule_init(&all->cls, &all->value, &all->mask, 0);
    cls_insert(s->cls, &all->cls, 1);
    pthread_t readers[2];
    for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
        readers[i] = thread_start("reader", stress_reader, s);
    }
    stress_write(s, &rng, 40000);
    rcu_offline();
    __atomic_store_n(&s->stop, true, __ATOMIC_RELAXED);
    for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
        thread_join(readers[i]);
    }
    rcu_online();
    cls_remove(s->cls, &all->cls);
    free_rule(all);
    cls_destroy(&s->cls);
    free(s);
}

static int
setup(void **state UNUSED)
{
    rcu_thread_register();
    return 0;
}

static int
teardown(void **state UNUSED)
{
    rcu_barrier_all();
    rcu_thread_unregister();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_naive_twin),
        cmocka_unit_test(one_mask_is_one_exact_table),
        cmocka_unit_test(probes_end_in_small_tables),
        cmocka_unit_test(readers_always_find_a_visible_rule),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
