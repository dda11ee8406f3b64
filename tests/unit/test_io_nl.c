/* SPDX-License-Identifier: Apache-2.0 */
/* Links of a network namespace of our own; skipped without the right to make
 * one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/str.h"
#include "lib/io/nl.h"

struct seen {
    int n[3];            /* By enum nl_change. */
    struct nl_link last;
};

static void
on_link(void *seen_, enum nl_change change, const struct nl_link *link)
{
    struct seen *seen = seen_;
    seen->n[change]++;
    seen->last = *link;
}

static struct loop *l;
static struct nl *nl;
static struct seen seen;

static int
setup(void **state UNUSED)
{
    if (unshare(CLONE_NEWNET)) {
        return 0; /* The tests skip. */
    }
    l = loop_create();
    return nl_create(l, on_link, &seen, &nl);
}

static int
teardown(void **state UNUSED)
{
    nl_destroy(&nl);
    loop_destroy(&l);
    return 0;
}

/* Runs until 'link' is in the table (or not), or 5 s. */
static const struct nl_link *
wait_link(const char *name, bool want)
{
    int64_t end = clock_real_ms() + 5000;
    while (!nl_link_find(nl, name) == want && clock_real_ms() < end) {
        loop_run_for(l, 20);
    }
    return nl_link_find(nl, name);
}

static void
on_addr(void *s_, int ifindex UNUSED, const struct addr *a, int prefix_len)
{
    struct str *s = s_;
    addr_put_host(s, a);
    str_putf(s, "/%d ", prefix_len);
}

static void
count_link(void *n_, const struct nl_link *link)
{
    int *n = n_;
    *n += link->ifindex > 0;
}

static void
test_links(void **state UNUSED)
{
    if (!nl) {
        skip();
    }
    const struct nl_link *lo = nl_link_find(nl, "lo");
    assert_non_null(lo);
    assert_false(lo->up);
    assert_int_equal(seen.n[NL_ADDED], 0); /* Nothing of the first reading. */

    assert_int_equal(system("ip link add v0 type veth peer name v1"), 0);
    const struct nl_link *v0 = wait_link("v0", true);
    assert_non_null(v0);
    assert_string_equal(v0->kind, "veth");
    assert_false(v0->running);
    assert_int_equal(v0->mtu, 1500);
    assert_ptr_equal(nl_link_by_index(nl, v0->ifindex), v0);
    int n = 0, v0_index = v0->ifindex;
    wait_link("v1", true);
    nl_link_for_each(nl, count_link, &n);
    assert_true(n >= 3);

    struct nl_link now;
    assert_int_equal(nl_link_set_up(nl, v0_index, true), 0);
    assert_int_equal(nl_link_set_up(nl, nl_link_find(nl, "v1")->ifindex,
                                    true), 0);
    assert_int_equal(nl_link_set_mtu(nl, v0_index, 1400), 0);
    struct eth_addr mac = { { 2, 0, 0, 0, 0, 9 } };
    assert_int_equal(nl_link_set_mac(nl, v0_index, mac), 0);
    assert_int_equal(nl_link_get(nl, "v0", &now), 0);
    assert_true(now.up && now.running);
    assert_int_equal(now.mtu, 1400);
    assert_true(eth_addr_eq(now.mac, mac));
    int64_t end = clock_real_ms() + 5000;
    while (!(nl_link_find(nl, "v0")->running
             && nl_link_find(nl, "v0")->mtu == 1400
             && eth_addr_eq(nl_link_find(nl, "v0")->mac, mac))
           && clock_real_ms() < end) {
        loop_run_for(l, 20);
    }
    assert_true(nl_link_find(nl, "v0")->running);
    assert_true(seen.n[NL_CHANGED] > 0);
    assert_int_equal(nl_link_set_up(nl, v0_index, false), 0);
    assert_int_equal(nl_link_get(nl, "v0", &now), 0);
    assert_false(now.up);
}

static void
test_rest(void **state UNUSED)
{
    struct str s = STR_INIT;
    struct nl_stats stats;
    struct nl_link now;
    if (!nl) {
        skip();
    }
    int idx = nl_link_find(nl, "v0")->ifindex;
    assert_int_equal(system("ip addr add 192.0.2.1/24 dev v0"), 0);
    assert_int_equal(nl_addr_for_each(nl, idx, on_addr, &s), 0);
    assert_string_equal(str_cstr(&s), "192.0.2.1/24 ");
    str_fini(&s);
    assert_int_equal(nl_link_stats(nl, idx, &stats), 0);
    assert_int_equal(system("ip link set v0 name v9"), 0);
    assert_non_null(wait_link("v9", true));
    assert_null(nl_link_find(nl, "v0"));

    assert_int_equal(nl_link_get(nl, "nosuch", &now), -ENODEV);
    assert_int_equal(nl_link_set_up(nl, 9999, true), -ENODEV);
    assert_int_equal(nl_link_stats(nl, 9999, &stats), -ENODEV);
    assert_int_not_equal(nl_link_set_mtu(nl, idx, 20), 0);

    assert_int_equal(nl_link_delete(nl, idx), 0);
    assert_null(wait_link("v9", false));
    assert_null(wait_link("v1", false));
    assert_int_equal(seen.n[NL_REMOVED], 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_rest),
    };
    return cmocka_run_group_tests_name("io_nl", tests, setup, teardown);
}
