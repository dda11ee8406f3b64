/* SPDX-License-Identifier: Apache-2.0 */
/* The MAC table beside a naive twin: an array searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "datapath/l2.h"
#include "lib/base/clock.h"
#include "lib/base/rcu.h"
#include "lib/base/rng.h"

#define TWIN_MAX 4096
#define N_MACS 300
#define N_BUNDLES 5

struct twin {
    struct fdb_entry e[TWIN_MAX];
    size_t n, max;
};

static int64_t
now_s(void)
{
    return clock_ms() / 1000;
}

static struct eth_addr
mac(uint32_t i)
{
    return eth_addr_from_u64(UINT64_C(0x020000000000) | i);
}

static struct fdb_entry *
twin_find(struct twin *t, uint16_t vid, struct eth_addr a)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->e[i].vid == vid && eth_addr_eq(t->e[i].mac, a)) {
            return &t->e[i];
        }
    }
    return NULL;
}

static void
twin_drop(struct twin *t, struct fdb_entry *e)
{
    *e = t->e[--t->n];
}

/* Entries of bundle 'b' that may be evicted. */
static size_t
twin_count(const struct twin *t, uint16_t b)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++) {
        n += t->e[i].bundle == b && !t->e[i].is_static;
    }
    return n;
}

/* Checks that what 'f' let go was the right one, and follows. */
static void
twin_evict(struct twin *t, struct fdb *f)
{
    size_t gone = SIZE_MAX, most = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct fdb_entry *e = &t->e[i];
        if (fdb_lookup(f, e->vid, e->mac, false, 0) == DP_BUNDLE_NONE) {
            assert_int_equal(gone, SIZE_MAX);
            gone = i;
        }
    }
    assert_int_not_equal(gone, SIZE_MAX);
    const struct fdb_entry *e = &t->e[gone];
    assert_false(e->is_static);
    for (uint16_t b = 0; b < N_BUNDLES; b++) {
        most = MAX(most, twin_count(t, b));
    }
    assert_int_equal(twin_count(t, e->bundle), most);
    for (size_t i = 0; i < t->n; i++) {
        if (t->e[i].bundle == e->bundle && !t->e[i].is_static) {
            assert_true(t->e[i].used_ms >= e->used_ms);
        }
    }
    twin_drop(t, &t->e[gone]);
}

static void
learn(struct twin *t, struct fdb *f, uint16_t vid, struct eth_addr a,
      uint16_t bundle, bool is_static)
{
    struct fdb_entry *e = twin_find(t, vid, a);
    bool changed = fdb_learn(f, vid, a, bundle, is_static);
    if (e && e->is_static && !is_static) {
        assert_false(changed);
        return;
    }
    if (e) {
        assert_int_equal(changed, e->bundle != bundle
                                      || e->is_static != is_static);
    } else {
        size_t n_static = 0;
        for (size_t i = 0; i < t->n; i++) {
            n_static += t->e[i].is_static;
        }
        if (n_static == t->max) {
            assert_false(changed);
            return;
        }
        assert_true(changed);
        if (t->n == t->max) {
            twin_evict(t, f);
        }
        e = &t->e[t->n++];
    }
    *e = (struct fdb_entry){ a, vid, bundle, is_static, now_s() * 1000 };
}

static void
compare(struct twin *t, struct fdb *f)
{
    assert_int_equal(fdb_count(f), t->n);
    size_t n;
    struct fdb_entry *all = fdb_dump(f, &n);
    assert_int_equal(n, t->n);
    for (size_t i = 0; i < n; i++) {
        const struct fdb_entry *e = twin_find(t, all[i].vid, all[i].mac);
        assert_non_null(e);
        assert_int_equal(e->bundle, all[i].bundle);
        assert_int_equal(e->is_static, all[i].is_static);
        assert_int_equal(e->used_ms, all[i].used_ms);
        assert_true(!i || all[i - 1].used_ms <= all[i].used_ms);
        assert_int_equal(fdb_lookup(f, e->vid, e->mac, false, 0), e->bundle);
    }
    free(all);
}

static void
age(struct twin *t, struct fdb *f)
{
    fdb_age(f, 30000);
    for (size_t i = t->n; i--;) {
        if (!t->e[i].is_static && now_s() * 1000 - t->e[i].used_ms >= 30000) {
            twin_drop(t, &t->e[i]);
        }
    }
}

static void
flush(struct twin *t, struct fdb *f, uint16_t bundle)
{
    fdb_flush(f, bundle);
    for (size_t i = t->n; i--;) {
        if (bundle == DP_BUNDLE_NONE ? !t->e[i].is_static
                                     : t->e[i].bundle == bundle) {
            twin_drop(t, &t->e[i]);
        }
    }
}

/* Moves every bundle to the next number; the last one's entries go. */
static void
remap(struct twin *t, struct fdb *f)
{
    uint16_t map[N_BUNDLES];
    for (uint16_t b = 0; b < N_BUNDLES; b++) {
        map[b] = b + 1 < N_BUNDLES ? (uint16_t)(b + 1) : DP_BUNDLE_NONE;
    }
    fdb_remap(f, map, N_BUNDLES);
    for (size_t i = t->n; i--;) {
        if (t->e[i].bundle + 1 < N_BUNDLES) {
            t->e[i].bundle++;
        } else {
            twin_drop(t, &t->e[i]);
        }
    }
}

static void
step(struct rng *r, struct twin *t, struct fdb *f)
{
    uint16_t vid = (uint16_t)rng_below(r, 2);
    struct eth_addr a = mac(rng_below(r, N_MACS));
    uint16_t bundle = (uint16_t)rng_below(r, N_BUNDLES);
    struct fdb_entry *e = twin_find(t, vid, a);
    uint32_t what = rng_below(r, 1000);
    if (what < 500) {
        learn(t, f, vid, a, bundle, rng_one_in(r, 50));
    } else if (what < 800) {
        uint16_t got = fdb_lookup(f, vid, a, true, (uint32_t)now_s());
        assert_int_equal(got, e ? e->bundle : DP_BUNDLE_NONE);
        if (e) {
            e->used_ms = now_s() * 1000;
        }
    } else if (what < 900) {
        assert_int_equal(fdb_remove(f, vid, a), e != NULL);
        if (e) {
            twin_drop(t, e);
        }
    } else if (what < 985) {
        clock_advance_ms(rng_below(r, 3000));
    } else if (what < 993) {
        age(t, f);
    } else if (what < 997) {
        flush(t, f, bundle);
    } else if (what < 998) {
        flush(t, f, DP_BUNDLE_NONE);
    } else {
        remap(t, f);
    }
}

/* Tables so small that an eviction sorts anew: the twin's rule is exact. */
static void
test_against_twin(void **state)
{
    (void)state;
    static struct twin t;
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct rng r;
        rng_seed(&r, seed);
        t.n = 0;
        t.max = 3 + rng_below(&r, 120);
        struct fdb *f = fdb_create(t.max);
        assert_int_equal(fdb_max(f), t.max);
        for (int i = 0; i < 3000; i++) {
            step(&r, &t, f);
            if (!(i % 50)) {
                compare(&t, f);
            }
        }
        compare(&t, f);
        fdb_unref(&f);
    }
}

/* A table of victims chosen ahead: those used since stay. */
static void
test_flood_evicts_the_flooder(void **state)
{
    (void)state;
    struct fdb *f = fdb_create(2048);
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(fdb_learn(f, 0, mac(i), 1, false));
    }
    for (uint32_t i = 0; i < 20000; i++) {
        clock_advance_ms(10);
        assert_true(fdb_learn(f, 0, mac(1000 + i), 2, false));
        assert_in_range(fdb_count(f), 1, 2048);
        /* One of the flooder's is in use, and stays. */
        assert_int_equal(fdb_lookup(f, 0, mac(1000), true,
                                    (uint32_t)now_s()), 2);
    }
    assert_int_equal(fdb_count(f), 2048);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(fdb_lookup(f, 0, mac(i), false, 0), 1);
    }
    /* The newest are all there. */
    for (uint32_t i = 20000 - 1500; i < 20000; i++) {
        assert_int_equal(fdb_lookup(f, 0, mac(1000 + i), false, 0), 2);
    }
    fdb_unref(&f);
}

static void
test_a_smaller_limit_evicts(void **state)
{
    (void)state;
    struct fdb *f = fdb_create(1000);
    for (uint32_t i = 0; i < 1000; i++) {
        clock_advance_ms(1000);
        assert_true(fdb_learn(f, 7, mac(i), (uint16_t)(i % 2), i < 10));
    }
    fdb_set_max(f, 100);
    assert_int_equal(fdb_count(f), 100);
    for (uint32_t i = 0; i < 1000; i++) {
        bool stays = i < 10 || i >= 910;
        assert_int_equal(fdb_lookup(f, 7, mac(i), false, 0),
                         stays ? i % 2 : DP_BUNDLE_NONE);
    }
    fdb_set_max(f, 5);      /* Static ones are never evicted. */
    assert_int_equal(fdb_count(f), 10);
    assert_false(fdb_learn(f, 7, mac(5000), 0, false));
    fdb_unref(&f);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_twin),
        cmocka_unit_test(test_flood_evicts_the_flooder),
        cmocka_unit_test(test_a_smaller_limit_evicts),
    };
    rcu_thread_register();
    clock_hold();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_offline();
    rcu_barrier_all();
    rcu_online();
    rcu_thread_unregister();
    return failed;
}
