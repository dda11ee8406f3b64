/* SPDX-License-Identifier: Apache-2.0 */
/* The flow cache: signatures, admission, bounds, keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "datapath/user/flowcache.h"
#include "lib/base/rcu.h"
#include "lib/base/rng.h"

/* The vector compare beside its scalar twin. */
static void
test_match(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 1);
    _Alignas(16) struct fc_bucket b;
    for (int i = 0; i < 200000; i++) {
        for (int w = 0; w < FC_WAYS; w++) {
            uint16_t any = (uint16_t)rng_u64(&r);
            b.sig[w] = rng_one_in(&r, 3) ? 0 : any & 0x8007;
        }
        uint16_t sig = (uint16_t)rng_u64(&r) & 0x8007;
        assert_int_equal(fc_match(&b, sig), fc_match_scalar(&b, sig));
    }
}

struct key {
    uint64_t words[KEY_WORDS_MAX];
    uint64_t id;
    uint32_t hash;
    uint8_t n_words;
};

static struct key
make_key(uint64_t i, uint8_t n_words)
{
    struct key k = { .n_words = n_words };
    for (unsigned int w = 0; w < n_words; w++) {
        k.words[w] = i * (w + 1);
    }
    k.id = fc_id((uint32_t)(i % 7), 3, n_words, 1);
    k.hash = fc_hash(k.id, k.words, n_words);
    return k;
}

static uint32_t
find(struct flowcache *fc, const struct key *k)
{
    return fc_find(fc, k->hash, k->id, k->words, k->n_words);
}

/* As a worker does after a miss.  True if it was admitted. */
static bool
offer(struct flowcache *fc, const struct key *k, uint32_t prog)
{
    uint32_t idx = fc_admit(fc, k->hash);
    if (idx == FC_NONE) {
        return false;
    }
    fc_fill(fc, idx, k->hash, k->id, k->words, k->n_words, prog, 1);
    return true;
}

/* Keys of all lengths come back whole, with their own program. */
static void
test_fill_and_find(void **state)
{
    (void)state;
    struct flowcache fc;
    flowcache_init(&fc, 1000, false);
    assert_int_equal(fc.n_entries, 1024);
    size_t n = 0;
    for (uint8_t len = 0; len <= KEY_WORDS_MAX; len++) {
        for (uint64_t i = 1; i <= 8; i++) {
            struct key k = make_key(i * 1000 + len, len);
            if (find(&fc, &k) != FC_NONE) {
                continue;   /* Without words, keys differ by port alone. */
            }
            assert_true(offer(&fc, &k, (uint32_t)(i * 1000 + len)));
            n++;
            uint32_t idx = find(&fc, &k);
            assert_int_not_equal(idx, FC_NONE);
            assert_int_equal(fc_prog(&fc.entries[idx]), i * 1000 + len);
            uint64_t got[KEY_WORDS_MAX];
            fc_get_key(&fc, idx, got);
            assert_memory_equal(got, k.words, len * sizeof got[0]);
            if (len) {      /* One bit off is another flow. */
                k.words[len - 1] ^= 1;
                assert_int_equal(find(&fc, &k), FC_NONE);
            }
        }
    }
    assert_int_equal(fc.n_used, n);
    flowcache_fini(&fc);
}

static void
test_clear(void **state)
{
    (void)state;
    struct flowcache fc;
    flowcache_init(&fc, 64, false);
    struct key k = make_key(5, 2);
    assert_true(offer(&fc, &k, 9));
    fc_clear(&fc, find(&fc, &k));
    assert_int_equal(find(&fc, &k), FC_NONE);
    assert_int_equal(fc.n_used, 0);
    assert_true(offer(&fc, &k, 9));
    flowcache_fini(&fc);
}

/* Never more entries than asked for, rounded up, whatever comes. */
static void
test_bound(void **state)
{
    (void)state;
    struct flowcache fc;
    flowcache_init(&fc, 256, false);
    for (uint64_t i = 1; i < 100000; i++) {
        struct key k = make_key(i, 3);
        if (find(&fc, &k) == FC_NONE) {
            offer(&fc, &k, 1);
        }
        assert_true(fc.n_used <= fc.n_entries);
    }
    assert_int_equal(fc.n_used, fc.n_entries);
    flowcache_fini(&fc);
}

/* A flood of flows that never come twice does not push out those in use;
 * of a full bucket, only what misses twice gets in. */
static void
test_flood(void **state)
{
    (void)state;
    struct flowcache fc;
    flowcache_init(&fc, 1024, false);
    enum { N_HOT = 300 };
    struct rng r;
    rng_seed(&r, 7);
    for (uint64_t i = 1; i <= N_HOT; i++) {
        struct key k = make_key(i, 2);
        offer(&fc, &k, 1);
    }
    unsigned int n_lost = 0;
    for (int round = 0; round < 100; round++) {
        for (uint64_t i = 1; i <= N_HOT; i++) {
            struct key k = make_key(i, 2);
            if (find(&fc, &k) == FC_NONE) {
                n_lost++;
                offer(&fc, &k, 1);
            }
        }
        for (int i = 0; i < 1000; i++) {
            struct key k = make_key(rng_u64(&r), 2);
            if (find(&fc, &k) == FC_NONE) {
                offer(&fc, &k, 2);
            }
        }
    }
    /* 30,000 looks of the hot ones among 100,000 of the flood. */
    assert_true(n_lost < 150);
    flowcache_fini(&fc);
}

static void
test_second_miss_gets_in(void **state)
{
    (void)state;
    struct flowcache fc;
    flowcache_init(&fc, 64, false);
    for (uint64_t i = 1; fc.n_used < fc.n_entries; i++) {
        struct key k = make_key(i, 2);
        if (find(&fc, &k) == FC_NONE
            && fc_match(&fc.buckets[fc_bucket_of(&fc, k.hash)], 0)) {
            offer(&fc, &k, 1);
        }
    }
    struct key k = make_key(UINT64_C(0x123456789), 2);
    assert_false(offer(&fc, &k, 2));
    assert_true(offer(&fc, &k, 2));
    assert_int_not_equal(find(&fc, &k), FC_NONE);
    assert_int_equal(fc.n_used, fc.n_entries);
    assert_int_equal(fc.n_evicted, 1);
    flowcache_fini(&fc);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_fill_and_find),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_second_miss_gets_in),
    };
    rcu_thread_register();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_thread_unregister();
    return failed;
}
