/* SPDX-License-Identifier: Apache-2.0 */
/* From one configuration to another: the steps of config_diff(A, B), run on
 * a twin of A, give B, each possible when its turn comes; equal states give
 * none.  The twin is sets of names with what they were last set to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/base/str.h"
#include "vswitchd/config/config.h"

#define N_BRIDGES 3
#define N_PORTS 6

/* ## Random states ## */

static struct config_iface *
random_iface(struct rng *r, const char *name)
{
    static const char *const types[] = { "", "internal", "patch" };
    struct config_iface *i = xzalloc(sizeof *i);
    i->name = xstrdup(name);
    i->type = xstrdup(types[rng_below(r, 3)]);
    smap_init(&i->options);
    if (rng_one_in(r, 2)) {
        smap_set(&i->options, "peer", rng_one_in(r, 2) ? "a" : "b");
    }
    i->ofport_request = rng_below(r, 2);
    i->mtu_request = rng_one_in(r, 3) ? 1400 : 0;
    i->mac.ea[5] = (uint8_t)rng_below(r, 2);
    return i;
}

/* Interfaces are named after their port's number, so that one may be in
 * another bridge or another port of the same in the next state. */
static struct config_port *
random_port(struct rng *r, const char *name, uint32_t iface, bool is_bond)
{
    struct config_port *p = xzalloc(sizeof *p);
    p->name = xstrdup(name);
    shash_init(&p->ifaces);
    p->vlan_mode = (enum dp_vlan_mode)rng_below(r, 4);
    p->tag = (uint16_t)rng_below(r, 2);
    p->has_trunks = rng_one_in(r, 2);
    p->trunks[0] = p->has_trunks ? rng_below(r, 2) : 0;
    p->is_protected = rng_one_in(r, 4);
    for (int k = 0; k <= is_bond; k++) {
        char text[16];
        snprintf(text, sizeof text, "i%u%s", iface, k ? "b" : "");
        shash_add(&p->ifaces, text, random_iface(r, text));
    }
    return p;
}

static void
add_controllers(struct rng *r, struct config_bridge *b)
{
    static const char *const targets[] = { "tcp:1.1.1.1:1", "ptcp:6653" };
    b->n_controllers = rng_below(r, 3);
    b->controllers = xcalloc(2, sizeof *b->controllers);
    for (size_t i = 0; i < b->n_controllers; i++) {
        struct config_controller *c = &b->controllers[i];
        c->target = xstrdup(targets[i]);
        c->c.target = c->target;
        c->c.rate_limit = (int)rng_below(r, 2);
    }
}

static void
random_config(struct rng *r, struct config *c)
{
    config_init(c);
    struct config_bridge *bridges[N_BRIDGES] = { NULL };
    for (int i = 0; i < N_BRIDGES; i++) {
        if (rng_one_in(r, 3)) {
            continue;
        }
        char name[8];
        snprintf(name, sizeof name, "br%d", i);
        struct config_bridge *b = bridges[i] = xzalloc(sizeof *b);
        b->name = xstrdup(name);
        b->datapath_type = xstrdup(rng_one_in(r, 4) ? "netdev" : "");
        b->dp_desc = rng_one_in(r, 2) ? xstrdup("text") : NULL;
        b->dpid = rng_below(r, 2);
        b->fail_mode = (enum bridge_fail_mode)rng_below(r, 2);
        b->forward_bpdu = rng_one_in(r, 2);
        shash_init(&b->ports);
        add_controllers(r, b);
        shash_add(&c->bridges, name, b);
    }
    /* Each interface is in one bridge at most, in a port of its own name or
     * of its neighbour's. */
    for (uint32_t i = 0; i < N_PORTS; i++) {
        struct config_bridge *b = bridges[rng_below(r, N_BRIDGES)];
        char name[8];
        snprintf(name, sizeof name, "p%u", (i + rng_below(r, 2)) % N_PORTS);
        if (b && !shash_find(&b->ports, name)) {
            shash_add(&b->ports, name,
                      random_port(r, name, i, rng_one_in(r, 4)));
        }
    }
}

/* ## The twin ## */

struct twin_bridge {
    struct shash ifaces, ports;  /* To what each was set. */
    const struct config_bridge *settings, *controllers;
    const char *datapath_type;
};

struct twin {
    struct shash bridges;
};

static struct twin_bridge *
get(struct twin *t, const char *name)
{
    struct twin_bridge *b = shash_get(&t->bridges, name);
    assert_non_null(b);
    return b;
}

static void
del_bridge(struct twin *t, const char *name)
{
    struct twin_bridge *b = get(t, name);
    shash_remove(&t->bridges, name);
    shash_fini(&b->ifaces);
    shash_fini(&b->ports);
    free(b);
}

static void
set_port(struct twin_bridge *b, const struct config_port *p)
{
    SHASH_FOR_EACH (n, &p->ifaces) {
        assert_non_null(shash_find(&b->ifaces, n->name));
    }
    if (shash_find(&b->ports, p->name)) {
        shash_remove(&b->ports, p->name);
    }
    shash_add(&b->ports, p->name, (void *)(uintptr_t)p);
}

static void
add_iface(struct twin *t, const struct config_step *s)
{
    SHASH_FOR_EACH (n, &t->bridges) {   /* A device is in one place. */
        struct twin_bridge *b = n->data;
        assert_null(shash_find(&b->ifaces, s->iface));
    }
    shash_add(&get(t, s->bridge)->ifaces, s->iface,
              (void *)(uintptr_t)s->to_iface);
}

static void
add_bridge(struct twin *t, const struct config_step *s)
{
    assert_null(shash_find(&t->bridges, s->bridge));
    struct twin_bridge *b = xzalloc(sizeof *b);
    shash_init(&b->ifaces);
    shash_init(&b->ports);
    b->datapath_type = s->to_bridge->datapath_type;
    shash_add(&t->bridges, s->bridge, b);
}

static void
run_step(struct twin *t, const struct config_step *s)
{
    struct twin_bridge *b = shash_get(&t->bridges, s->bridge);
    switch (s->op) {
    case CONFIG_DEL_BRIDGE:
        del_bridge(t, s->bridge);
        break;
    case CONFIG_DEL_PORT:
        assert_non_null(shash_remove(&b->ports, s->port));
        break;
    case CONFIG_DEL_IFACE:
        assert_non_null(shash_remove(&b->ifaces, s->iface));
        break;
    case CONFIG_ADD_BRIDGE:
        add_bridge(t, s);
        break;
    case CONFIG_SET_BRIDGE:
        get(t, s->bridge)->settings = s->to_bridge;
        break;
    case CONFIG_ADD_IFACE:
        add_iface(t, s);
        break;
    case CONFIG_SET_IFACE:
        assert_non_null(shash_remove(&b->ifaces, s->iface));
        shash_add(&b->ifaces, s->iface, (void *)(uintptr_t)s->to_iface);
        break;
    case CONFIG_SET_PORT:
        set_port(get(t, s->bridge), s->to_port);
        break;
    case CONFIG_SET_CONTROLLERS:
        get(t, s->bridge)->controllers = s->to_bridge;
        break;
    }
}

static size_t
run(struct twin *t, const struct config *from, const struct config *to)
{
    size_t n;
    struct config_step *steps = config_diff(from, to, &n);
    for (size_t i = 0; i < n; i++) {
        run_step(t, &steps[i]);
    }
    free(steps);
    return n;
}

static void
compare_controllers(const struct twin_bridge *b, const struct config_bridge *c)
{
    size_t n = b->controllers ? b->controllers->n_controllers : 0;
    assert_int_equal(n, c->n_controllers);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(b->controllers->controllers[i].target,
                            c->controllers[i].target);
        assert_int_equal(b->controllers->controllers[i].c.rate_limit,
                         c->controllers[i].c.rate_limit);
    }
}

static void
compare_bridge(const struct twin_bridge *b, const struct config_bridge *c)
{
    size_t n_ifaces = 0;
    assert_string_equal(b->datapath_type, c->datapath_type);
    assert_true(config_bridge_equal(b->settings, c));
    compare_controllers(b, c);
    assert_int_equal(shash_count(&b->ports), shash_count(&c->ports));
    SHASH_FOR_EACH (n, &c->ports) {
        const struct config_port *p = n->data;
        const struct config_port *have = shash_get(&b->ports, p->name);
        assert_non_null(have);
        assert_true(config_port_equal(have, p));
        SHASH_FOR_EACH (m, &p->ifaces) {
            const struct config_iface *i = shash_get(&b->ifaces, m->name);
            assert_non_null(i);
            assert_true(config_iface_equal(i, m->data));
            n_ifaces++;
        }
    }
    assert_int_equal(shash_count(&b->ifaces), n_ifaces);
}

static void
compare(const struct twin *t, const struct config *c)
{
    assert_int_equal(shash_count(&t->bridges), shash_count(&c->bridges));
    SHASH_FOR_EACH (n, &c->bridges) {
        const struct twin_bridge *b = shash_get(&t->bridges, n->name);
        assert_non_null(b);
        compare_bridge(b, n->data);
    }
}

/* ## Tests ## */

static void
test_apply_diff(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct rng r;
        rng_seed(&r, seed);
        struct config none, a, b;
        struct twin t;
        shash_init(&t.bridges);
        config_init(&none);
        random_config(&r, &a);
        random_config(&r, &b);
        run(&t, &none, &a);
        compare(&t, &a);
        assert_int_equal(run(&t, &a, &a), 0);
        run(&t, &a, &b);
        compare(&t, &b);
        assert_int_equal(run(&t, &b, &b), 0);
        run(&t, &b, &none);
        assert_int_equal(shash_count(&t.bridges), 0);
        shash_fini(&t.bridges);
        config_fini(&none);
        config_fini(&a);
        config_fini(&b);
    }
}

/* The same content in other memory is no change. */
static void
test_equal_states(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct rng r;
        struct config a, b;
        rng_seed(&r, seed);
        random_config(&r, &a);
        rng_seed(&r, seed);
        random_config(&r, &b);
        size_t n;
        free(config_diff(&a, &b, &n));
        assert_int_equal(n, 0);
        config_fini(&a);
        config_fini(&b);
    }
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply_diff),
        cmocka_unit_test(test_equal_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
