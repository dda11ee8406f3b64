/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: interned by content, folded into counters, and what they refer
 * to kept alive for as long as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "datapath/l2.h"
#include "datapath/meter.h"
#include "datapath/user/prog.h"
#include "lib/base/mem.h"
#include "lib/base/rcu.h"

static void
put_output(struct dp_prog_builder *b, uint32_t port)
{
    struct dpact_output *o = dp_prog_put(b, DPACT_OUTPUT, sizeof *o);
    o->port = port;
}

static void
test_interning(void **state)
{
    (void)state;
    struct prog_table t;
    prog_table_init(&t);
    struct dp_counter *c = dp_counter_create(), *d = dp_counter_create();
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    put_output(&b, 3);
    dp_prog_count(&b, c);
    dp_prog_depend(&b, 10);
    struct dp_prog *g = prog_intern(&t, &b);
    prog_use(g);
    assert_ptr_equal(prog_intern(&t, &b), g);
    assert_true(g->is_output);
    assert_int_equal(g->out_port, 3);

    struct dp_prog *others[3];
    for (int i = 0; i < 3; i++) {   /* Each differs in one thing. */
        dp_prog_builder_clear(&b, 1);
        put_output(&b, i == 0 ? 4 : 3);
        dp_prog_count(&b, i == 1 ? d : c);
        dp_prog_depend(&b, i == 2 ? 11 : 10);
        others[i] = prog_intern(&t, &b);
        prog_use(others[i]);
        assert_ptr_not_equal(others[i], g);
        assert_ptr_equal(t.array[others[i]->idx], others[i]);
    }
    assert_int_equal(t.progs.n, 4);
    uint32_t idx = others[1]->idx;
    prog_release(&t, others[1]);
    assert_null(t.array[idx]);
    dp_prog_builder_clear(&b, 1);   /* Its place is taken again. */
    struct dp_prog *empty = prog_intern(&t, &b);
    assert_int_equal(empty->idx, idx);
    assert_false(empty->is_output);
    prog_table_fini(&t);
    assert_int_equal(c->n_refs, 1);
    assert_int_equal(d->n_refs, 1);
    dp_counter_unref(&c);
    dp_counter_unref(&d);
    dp_prog_builder_fini(&b);
}

static void
test_folding(void **state)
{
    (void)state;
    struct prog_table t;
    prog_table_init(&t);
    struct dp_counter *c[3];
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    for (int i = 0; i < 3; i++) {
        c[i] = dp_counter_create();
    }
    dp_prog_count(&b, c[0]);
    dp_prog_count(&b, c[1]);
    struct dp_prog *one = prog_intern(&t, &b);
    prog_use(one);
    dp_prog_builder_clear(&b, 1);
    dp_prog_count(&b, c[1]);
    dp_prog_count(&b, c[2]);
    struct dp_prog *two = prog_intern(&t, &b);
    prog_use(two);

    prog_count(&t, one, 2, 200);
    prog_count(&t, two, 3, 600);
    prog_count(&t, one, 1, 50);
    assert_int_equal(c[0]->n_packets, 0);
    prog_fold(&t, 12345);
    assert_int_equal(c[0]->n_packets, 3);
    assert_int_equal(c[0]->n_bytes, 250);
    assert_int_equal(c[1]->n_packets, 6);
    assert_int_equal(c[1]->n_bytes, 850);
    assert_int_equal(c[2]->n_packets, 3);
    assert_int_equal(c[2]->used_ms, 12345);
    prog_fold(&t, 99999);           /* Nothing new: nothing moves. */
    assert_int_equal(c[1]->n_packets, 6);
    assert_int_equal(c[1]->used_ms, 12345);
    prog_count(&t, two, 4, 4);      /* Counts survive the program. */
    prog_release(&t, two);
    assert_int_equal(c[2]->n_packets, 7);
    assert_int_equal(one->total_packets, 3);
    prog_table_fini(&t);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(c[i]->n_refs, 1);
        dp_counter_unref(&c[i]);
    }
    dp_prog_builder_fini(&b);
}

/* Objects named inside nested lists are held too. */
static void
test_references(void **state)
{
    (void)state;
    struct prog_table t;
    prog_table_init(&t);
    struct fdb *fdb = fdb_create(16);
    struct dp_l2 *l2 = dp_l2_create(fdb, 2);
    struct dp_counter *c = dp_counter_create();
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    size_t nest = b.acts.len;
    dp_prog_put(&b, DPACT_CLONE, sizeof(struct dpact_nest));
    struct dpact_count *k = dp_prog_put(&b, DPACT_COUNT, sizeof *k);
    k->counter = c;
    struct dpact_normal *n = dp_prog_put(&b, DPACT_NORMAL, sizeof *n);
    n->l2 = l2;
    assert_true(dp_prog_end_nest(&b, nest));
    k = dp_prog_put(&b, DPACT_COUNT, sizeof *k);
    k->counter = c;
    struct dp_prog *g = prog_intern(&t, &b);
    prog_use(g);
    assert_int_equal(c->n_refs, 3);
    assert_int_equal(l2->n_refs, 2);
    prog_release(&t, g);
    assert_int_equal(c->n_refs, 1);
    assert_int_equal(l2->n_refs, 1);
    dp_l2_unref(&l2);
    fdb_unref(&fdb);
    dp_counter_unref(&c);
    prog_table_fini(&t);
    dp_prog_builder_fini(&b);
}

/* Only tokens that the program depends on make it old. */
static void
test_tokens(void **state)
{
    (void)state;
    _Atomic(uint64_t) *versions = xcalloc(DP_TOKENS_MAX, sizeof *versions);
    struct prog_table t;
    prog_table_init(&t);
    struct dp_prog_builder b;
    dp_prog_builder_init(&b, 1);
    dp_prog_depend(&b, 5);
    dp_prog_depend(&b, 5);
    dp_prog_depend(&b, 9);
    assert_int_equal(b.n_tokens, 2);
    struct dp_prog *g = prog_intern(&t, &b);
    versions[7] = 2;
    assert_int_equal(prog_tokens_version(g, 2, versions, 2), 0);
    versions[9] = 3;
    assert_int_equal(prog_tokens_version(g, 3, versions, 3), 3);
    versions[DP_TOKEN_CONFIG] = 4;
    assert_int_equal(prog_tokens_version(g, 4, versions, 4), 4);
    for (uint16_t i = 0; i <= DP_PROG_TOKENS_MAX; i++) {
        dp_prog_depend(&b, (uint16_t)(100 + i));
    }
    assert_true(b.tokens_overflow);     /* Then on all. */
    g = prog_intern(&t, &b);
    versions[7] = 5;
    assert_int_equal(prog_tokens_version(g, 5, versions, 5), 5);
    prog_table_fini(&t);
    dp_prog_builder_fini(&b);
    free((void *)(uintptr_t)versions);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interning),
        cmocka_unit_test(test_folding),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_tokens),
    };
    rcu_thread_register();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rcu_offline();
    rcu_barrier_all();
    rcu_online();
    rcu_thread_unregister();
    return failed;
}
