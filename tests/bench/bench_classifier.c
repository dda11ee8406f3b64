/* SPDX-License-Identifier: Apache-2.0 */
/* Measures the classifier alone:
 *
 *   bench_classifier [FILE...]
 *
 * Each FILE is a ClassBench filter set; generated sets follow.  One JSON
 * line a set: rules after expansion of port ranges, tuples, bytes a rule, and
 * the median nanoseconds of insertion, strict find, lookup (of headers aimed
 * at rules and at random) and removal. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/hash.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"
#include "lib/base/rng.h"
#include "lib/flow/classifier.h"

struct rule {
    struct cls_rule cls;
    struct flow value, mask;
    int priority;
};

struct set {
    struct rule *rules;
    size_t n, capacity;
};

static struct rule *
add_rule(struct set *s)
{
    if (s->n == s->capacity) {
        s->rules = x2nrealloc(s->rules, &s->capacity, sizeof *s->rules);
    }
    struct rule *r = &s->rules[s->n++];
    memset(r, 0, sizeof *r);
    return r;
}

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static be32
prefix_mask(unsigned int len)
{
    return len ? cpu_to_be32(UINT32_MAX << (32 - len)) : 0;
}

struct bits {
    uint16_t value, mask;
};

/* The aligned blocks of which the range is made. */
static size_t
expand_range(unsigned int lo, unsigned int hi, struct bits out[32])
{
    size_t n = 0;
    while (lo <= hi) {
        unsigned int size = 1;
        while (!(lo & size) && lo + 2 * size - 1 <= hi && size < 65536) {
            size *= 2;
        }
        out[n++] = (struct bits){ (uint16_t)lo, (uint16_t)(0x10000 - size) };
        lo += size;
    }
    return n;
}

struct filter {
    unsigned int s[5], d[5], sp[2], dp[2], proto, proto_mask;
};

static void
add_filter(struct set *s, const struct filter *f, int priority)
{
    struct bits sp[32], dp[32];
    size_t n_sp = expand_range(f->sp[0], f->sp[1], sp);
    size_t n_dp = expand_range(f->dp[0], f->dp[1], dp);
    for (size_t i = 0; i < n_sp * n_dp; i++) {
        struct rule *r = add_rule(s);
        const struct bits *a = &sp[i / n_dp], *b = &dp[i % n_dp];
        r->mask.dl_type = UINT16_MAX;
        r->value.dl_type = BE16(0x0800);
        r->mask.nw_src = prefix_mask(f->s[4]);
        r->mask.nw_dst = prefix_mask(f->d[4]);
        r->value.nw_src = cpu_to_be32(f->s[0] << 24 | f->s[1] << 16
                                      | f->s[2] << 8 | f->s[3])
                          & r->mask.nw_src;
        r->value.nw_dst = cpu_to_be32(f->d[0] << 24 | f->d[1] << 16
                                      | f->d[2] << 8 | f->d[3])
                          & r->mask.nw_dst;
        r->mask.nw_proto = (uint8_t)f->proto_mask;
        r->value.nw_proto = (uint8_t)(f->proto & f->proto_mask);
        r->mask.tp_src = cpu_to_be16(a->mask);
        r->value.tp_src = cpu_to_be16(a->value);
        r->mask.tp_dst = cpu_to_be16(b->mask);
        r->value.tp_dst = cpu_to_be16(b->value);
        r->priority = priority;
    }
}

static bool
read_classbench(struct set *s, const char *name)
{
    FILE *file = fopen(name, "r");
    if (!file) {
        perror(name);
        return false;
    }
    char line[512];
    int priority = 65000;
    while (fgets(line, sizeof line, file)) {
        struct filter f;
        if (sscanf(line, "@%u.%u.%u.%u/%u %u.%u.%u.%u/%u %u : %u %u : %u "
                   "%x/%x", &f.s[0], &f.s[1], &f.s[2], &f.s[3], &f.s[4],
                   &f.d[0], &f.d[1], &f.d[2], &f.d[3], &f.d[4], &f.sp[0],
                   &f.sp[1], &f.dp[0], &f.dp[1], &f.proto, &f.proto_mask)
            == 16) {
            add_filter(s, &f, priority--);
        }
    }
    fclose(file);
    return true;
}

/* Generated sets of 'n' rules. */

static void
make_one_mask(struct set *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct rule *r = add_rule(s);
        memset(&r->mask.dl_dst, 0xff, 6);
        r->value.dl_dst = eth_addr_from_u64(hash_mix64(i));
        r->mask.in_port = UINT32_MAX;
        r->value.in_port = 1;
        r->priority = 32768;
    }
}

static void
make_hosts(struct set *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct rule *r = add_rule(s);
        r->mask.dl_type = UINT16_MAX;
        r->value.dl_type = BE16(0x0800);
        r->mask.nw_dst = UINT32_MAX;
        r->value.nw_dst = cpu_to_be32(0x0a000000 + (uint32_t)i);
        r->priority = 32768;
    }
}

static void
make_routes(struct set *s, size_t n)
{
    struct rng rng;
    rng_seed(&rng, 1);
    for (size_t i = 0; i < n; i++) {
        struct rule *r = add_rule(s);
        unsigned int len = rng_below(&rng, 100) < 55 ? 24
                           : 8 + rng_below(&rng, 17);
        if (rng_one_in(&rng, 50)) {
            len = 25 + rng_below(&rng, 8);
        }
        r->mask.dl_type = UINT16_MAX;
        r->value.dl_type = BE16(0x0800);
        r->mask.nw_dst = prefix_mask(len);
        r->value.nw_dst = (be32)rng_u64(&rng) & r->mask.nw_dst;
        r->priority = (int)len;
    }
}

/* Every rule of some random mask out of thousands, rising priorities. */
static void
make_many_masks(struct set *s, size_t n)
{
    struct rng rng;
    rng_seed(&rng, 2);
    for (size_t i = 0; i < n; i++) {
        struct rule *r = add_rule(s);
        r->mask.dl_type = UINT16_MAX;
        r->value.dl_type = BE16(0x0800);
        r->mask.nw_src = prefix_mask(rng_below(&rng, 33));
        r->mask.nw_dst = prefix_mask(rng_below(&rng, 33));
        r->mask.tp_dst = cpu_to_be16(
            (uint16_t)(0xffffu << rng_below(&rng, 17)));
        r->value.nw_src = (be32)rng_u64(&rng) & r->mask.nw_src;
        r->value.nw_dst = (be32)rng_u64(&rng) & r->mask.nw_dst;
        r->value.tp_dst = (be16)rng_u64(&rng) & r->mask.tp_dst;
        r->priority = (int)(i * 65535 / n);
    }
}

static void
make_distinct_priorities(struct set *s, size_t n)
{
    make_one_mask(s, n);
    for (size_t i = 0; i < n; i++) {
        s->rules[i].priority = (int)(hash_mix64(i) % 65536);
    }
}

/* Measurements, all in nanoseconds an operation. */

static double
insert_all(struct cls *cls, struct set *s)
{
    double start = now();
    for (size_t i = 0; i < s->n; i++) {
        struct rule *r = &s->rules[i];
        cls_rule_init(&r->cls, &r->value, &r->mask, r->priority);
        cls_insert(cls, &r->cls, 1);
    }
    return (now() - start) / (double)s->n;
}

static double
find_all(struct cls *cls, struct set *s)
{
    double start = now();
    for (size_t i = 0; i < s->n; i++) {
        struct rule *r = &s->rules[i];
        if (!cls_find(cls, 1, &r->value, &r->mask, r->priority)) {
            abort();
        }
    }
    return (now() - start) / (double)s->n;
}

static double
remove_all(struct cls *cls, struct set *s)
{
    double start = now();
    for (size_t i = 0; i < s->n; i++) {
        cls_remove(cls, &s->rules[i].cls);
    }
    double ns = (now() - start) / (double)s->n;
    rcu_quiesce();
    rcu_barrier_all();
    for (size_t i = 0; i < s->n; i++) {
        cls_rule_fini(&s->rules[i].cls);
    }
    return ns;
}

#define N_FLOWS 20000

/* Headers of random rules with random bits where the rule does not care. */
static struct flow *
make_flows(const struct set *s, bool is_aimed)
{
    struct flow *flows = xcalloc(N_FLOWS, sizeof *flows);
    struct rng rng;
    rng_seed(&rng, 3);
    for (size_t i = 0; i < N_FLOWS; i++) {
        struct flow *f = &flows[i];
        f->dl_type = BE16(0x0800);
        f->in_port = 1;
        f->dl_dst = eth_addr_from_u64(rng_u64(&rng));
        f->nw_src = (be32)rng_u64(&rng);
        f->nw_dst = (be32)rng_u64(&rng);
        f->nw_proto = rng_one_in(&rng, 2) ? 6 : 17;
        f->tp_src = (be16)rng_u64(&rng);
        f->tp_dst = (be16)rng_u64(&rng);
        if (is_aimed) {
            const struct rule *r = &s->rules[rng_below(&rng, (uint32_t)s->n)];
            for (size_t k = 0; k < FLOW_WORDS; k++) {
                uint64_t m = flow_words_const(&r->mask)[k];
                uint64_t *w = &flow_words(f)[k];
                *w = (*w & ~m) | flow_words_const(&r->value)[k];
            }
        }
    }
    return flows;
}

static int
compare_doubles(const void *a_, const void *b_)
{
    double a = *(const double *)a_, b = *(const double *)b_;
    return a < b ? -1 : a > b;
}

static double
lookup_all(const struct cls *cls, const struct set *s, bool is_aimed)
{
    enum { WINDOWS = 7 };
    struct flow *flows = make_flows(s, is_aimed);
    double ns[WINDOWS];
    size_t n_found = 0;
    for (size_t w = 0; w < WINDOWS; w++) {
        double start = now();
        for (size_t i = 0; i < N_FLOWS; i++) {
            n_found += cls_lookup(cls, 1, &flows[i]) != NULL;
        }
        ns[w] = (now() - start) / N_FLOWS;
    }
    if (is_aimed && n_found != (size_t)WINDOWS * N_FLOWS) {
        abort();
    }
    free(flows);
    qsort(ns, WINDOWS, sizeof ns[0], compare_doubles);
    return ns[WINDOWS / 2];
}

static void
measure(const char *name, struct set *s)
{
    struct cls *cls = cls_create();
    double insert_ns = insert_all(cls, s);
    double find_ns = find_all(cls, s);
    struct cls_info info;
    cls_get_info(cls, &info);
    double hit_ns = lookup_all(cls, s, true);
    double random_ns = lookup_all(cls, s, false);
    double remove_ns = remove_all(cls, s);
    printf("{\"bench\": \"classifier\", \"set\": \"%s\", \"rules\": %zu, "
           "\"structure\": \"%s\", \"tuples\": %zu, \"bytes_per_rule\": %zu, "
           "\"insert_ns\": %.0f, \"find_ns\": %.0f, \"lookup_hit_ns\": %.0f, "
           "\"lookup_random_ns\": %.0f, \"remove_ns\": %.0f}\n",
           name, info.n_rules, info.structure, info.n_tuples,
           info.n_bytes / info.n_rules, insert_ns, find_ns, hit_ns, random_ns,
           remove_ns);
    fflush(stdout);
    cls_destroy(&cls);
    free(s->rules);
}

int
main(int argc, char *argv[])
{
    static const struct {
        const char *name;
        void (*make)(struct set *, size_t n);
        size_t n;
    } generated[] = {
        { "one_mask_100k", make_one_mask, 100000 },
        { "distinct_priorities_100k", make_distinct_priorities, 100000 },
        { "hosts_100k", make_hosts, 100000 },
        { "routes_100k", make_routes, 100000 },
        { "many_masks_10k", make_many_masks, 10000 },
        { "many_masks_100k", make_many_masks, 100000 },
    };
    rcu_thread_register();
    for (int i = 1; i < argc; i++) {
        struct set s = { NULL, 0, 0 };
        if (!read_classbench(&s, argv[i])) {
            return 1;
        }
        const char *slash = strrchr(argv[i], '/');
        measure(slash ? slash + 1 : argv[i], &s);
    }
    for (size_t i = 0; i < ARRAY_SIZE(generated); i++) {
        struct set s = { NULL, 0, 0 };
        generated[i].make(&s, generated[i].n);
        measure(generated[i].name, &s);
    }
    rcu_thread_unregister();
    return 0;
}
