/* SPDX-License-Identifier: Apache-2.0 */
/* Replicas against the real server, all in one process and one loop: random
 * transactions by one client, which another must see just so, through lost
 * connections, with typed members that agree with the columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/rng.h"
#include "lib/io/jsonrpc.h"
#include "lib/ovsdb/vswitch_idl.h"
#include "ovsdb/remote.h"

#define WAIT_MS 20000

struct world {
    struct loop *loop;
    struct server server;
    char dir[32], socket[64], remote[80];
    struct idl *a, *b;
    int n_changed; /* Calls of b's callback. */
};

static void
ignore(void *aux UNUSED)
{
}

static void
count(void *w)
{
    ((struct world *)w)->n_changed++;
}

static struct idl *
new_idl(struct world *w, void (*changed)(void *))
{
    const struct idl_callbacks callbacks = { .changed = changed };
    struct idl *idl = idl_create(w->loop, &vrec_class, &callbacks, w);
    idl_set_all_modes(idl, IDL_ALERT);
    return idl;
}

static void
connect_idl(struct world *w, struct idl *idl)
{
    assert_null(idl_connect(idl, w->remote));
    assert_int_equal(idl_wait_loaded(idl, false, clock_real_ms() + WAIT_MS),
                     0);
}

static const char *
schema_path(void)
{
    const char *srcdir = getenv("srcdir");
    static char path[4096];
    snprintf(path, sizeof path, "%s/ovsdb/vswitch.ovsschema",
             srcdir ? srcdir : ".");
    return path;
}

static int
setup(void **state)
{
    struct world *w = xzalloc(sizeof *w);
    struct ovsdb_schema *schema;
    struct ovsdb_err *err = ovsdb_schema_from_file(schema_path(), &schema);
    assert_null(err);
    snprintf(w->dir, sizeof w->dir, "/tmp/weir-idl-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->socket, sizeof w->socket, "%s/db.sock", w->dir);
    snprintf(w->remote, sizeof w->remote, "unix:%s", w->socket);
    w->loop = loop_create();
    server_init(&w->server, w->loop, NULL);
    server_add_memory_db(&w->server, db_create(schema));
    char *spec = xasprintf("p%s", w->remote);
    assert_null(remotes_add_spec(&w->server, spec));
    free(spec);
    remotes_reconfigure(&w->server);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;
    idl_destroy(&w->a);
    idl_destroy(&w->b);
    server_fini(&w->server);
    loop_run_for(w->loop, 0);
    loop_destroy(&w->loop);
    unlink(w->socket);
    rmdir(w->dir);
    free(w);
    return 0;
}

/* Every row of 'x' is in 'y' with the same columns. */
static bool
is_part_of(const struct idl *x, const struct idl *y)
{
    for (size_t t = 0; t < VREC_N_TABLES; t++) {
        for (const struct idl_row *row = idl_first(x, t); row;
             row = idl_next(row)) {
            const struct idl_row *other = idl_find(y, t, &row->uuid);
            if (!other) {
                return false;
            }
            for (size_t c = 0; c < vrec_class.tables[t].n_columns; c++) {
                if (!ovsdb_datum_eq(idl_read(row, c), idl_read(other, c),
                                    idl_column_type(x, t, c))) {
                    return false;
                }
            }
        }
    }
    return true;
}

static bool
are_equal(const struct world *w)
{
    return is_part_of(w->a, w->b) && is_part_of(w->b, w->a);
}

static void
wait_until_equal(struct world *w)
{
    int64_t deadline = clock_real_ms() + WAIT_MS;
    while (!are_equal(w)) {
        assert_true(clock_real_ms() < deadline);
        loop_run_for(w->loop, 100);
    }
}

/* Members of bridges and ports agree with their columns. */
static void
check_members(const struct idl *idl)
{
    VREC_BRIDGE_FOR_EACH (br, idl) {
        const struct ovsdb_datum *name =
            idl_read(&br->header_, VREC_BRIDGE_COL_NAME);
        assert_string_equal(br->name, name->keys[0].s->s);
        const struct ovsdb_datum *ports =
            idl_read(&br->header_, VREC_BRIDGE_COL_PORTS);
        assert_int_equal(br->n_ports, ports->n);
        for (size_t i = 0; i < br->n_ports; i++) {
            assert_ptr_equal(br->ports[i],
                             vrec_port_find(idl, &ports->keys[i].uuid));
        }
        const struct ovsdb_datum *ids =
            idl_read(&br->header_, VREC_BRIDGE_COL_EXTERNAL_IDS);
        assert_int_equal(smap_count(&br->external_ids), ids->n);
        for (size_t i = 0; i < ids->n; i++) {
            assert_string_equal(smap_get(&br->external_ids,
                                         ids->keys[i].s->s, NULL),
                                ids->values[i].s->s);
        }
    }
    VREC_PORT_FOR_EACH (port, idl) {
        const struct ovsdb_datum *tag =
            idl_read(&port->header_, VREC_PORT_COL_TAG);
        assert_int_equal(port->n_tag, tag->n);
        assert_true(!tag->n || port->tag[0] == tag->keys[0].integer);
        assert_int_equal(port->n_interfaces, 1);
        assert_string_equal(port->interfaces[0]->name, port->name);
    }
}

static const struct vrec_open_vswitch *
get_ovs(struct idl *idl)
{
    const struct vrec_open_vswitch *ovs = vrec_open_vswitch_first(idl);
    return ovs ? ovs : vrec_open_vswitch_insert(idl_get_txn(idl));
}

static const struct vrec_port *
new_port(struct idl_txn *txn, const char *name)
{
    const struct vrec_interface *iface = vrec_interface_insert(txn);
    vrec_interface_set_name(iface, name);
    const struct vrec_port *port = vrec_port_insert(txn);
    vrec_port_set_name(port, name);
    vrec_port_add_interfaces(port, iface);
    return port;
}

/* The 'n'th of the rows, or NULL. */
static const struct idl_row *
nth(struct idl *idl, size_t table, uint32_t n)
{
    const struct idl_row *row = idl_first(idl, table);
    while (row && n--) {
        row = idl_next(row);
    }
    return row;
}

static void
change_bridge(struct idl *idl, struct rng *rng, int serial)
{
    const struct vrec_bridge *br = (const void *)nth(
        idl, VREC_TABLE_BRIDGE, rng_below(rng, 4));
    struct idl_txn *txn = idl_get_txn(idl);
    char text[32];
    snprintf(text, sizeof text, "v%d", serial);
    if (!br) {
        br = vrec_bridge_insert(txn);
        vrec_bridge_set_name(br, text);
        vrec_open_vswitch_add_bridges(get_ovs(idl), br);
        return;
    }
    switch (rng_below(rng, 11)) {
    case 0:
        vrec_bridge_set_external_ids_key(br, "k", text);
        break;
    case 1:
        vrec_bridge_set_external_ids_key(br, "k", NULL);
        vrec_bridge_set_external_ids_key(br, text, "x");
        break;
    case 2: {
        const int64_t vlans[] = { serial % 4096, serial % 7 };
        vrec_bridge_set_flood_vlans(br, vlans, 2);
        break;
    }
    case 3:
        vrec_bridge_set_datapath_type(br, text);
        vrec_bridge_set_fail_mode(br, rng_one_in(rng, 2) ? "secure" : NULL);
        break;
    case 4:
        if (br->n_ports) {
            const struct vrec_port *port =
                br->ports[rng_below(rng, (uint32_t)br->n_ports)];
            vrec_bridge_remove_ports(br, port);
            vrec_port_delete(port);
        }
        break;
    case 5:
        if (br->n_ports) {
            const int64_t tag = serial % 4096;
            vrec_port_set_tag(br->ports[0], &tag, rng_below(rng, 2));
        }
        break;
    case 6:
        if (rng_one_in(rng, 6)) {
            vrec_open_vswitch_remove_bridges(get_ovs(idl), br);
            vrec_bridge_delete(br);
        }
        break;
    default:
        vrec_bridge_add_ports(br, new_port(txn, text));
        break;
    }
}

static void
test_replica_follows(void **state)
{
    struct world *w = *state;
    struct rng rng;
    rng_seed(&rng, 1);
    w->a = new_idl(w, ignore);
    w->b = new_idl(w, count);
    connect_idl(w, w->a);
    connect_idl(w, w->b);
    for (int serial = 0; serial < 600; serial++) {
        struct idl_txn *txn = idl_txn_create(w->a);
        uint32_t n = 1 + rng_below(&rng, 3);
        for (uint32_t i = 0; i < n; i++) {
            change_bridge(w->a, &rng, serial * 10 + (int)i);
        }
        enum idl_txn_status status =
            idl_txn_commit_block(txn, clock_real_ms() + WAIT_MS);
        if (status == IDL_TXN_ERROR) {
            print_error("%s\n", idl_txn_error(txn));
        }
        assert_true(status == IDL_TXN_SUCCESS || status == IDL_TXN_UNCHANGED);
        idl_txn_destroy(&txn);
        check_members(w->a);
        if (rng_one_in(&rng, 10)) {
            wait_until_equal(w);
            check_members(w->b);
        }
        if (rng_one_in(&rng, 60)) { /* What was missed comes after. */
            jsonrpc_session_force_reconnect(idl_session(w->b));
        }
        if (rng_one_in(&rng, 100)) {
            idl_force_reconnect(w->b);
        }
    }
    wait_until_equal(w);
    check_members(w->b);
    assert_true(idl_n_rows(w->b, VREC_TABLE_PORT) > 10);
    assert_true(w->n_changed > 10);
}

static void
commit(struct idl_txn **txn, enum idl_txn_status want)
{
    enum idl_txn_status status =
        idl_txn_commit_block(*txn, clock_real_ms() + WAIT_MS);
    assert_string_equal(idl_txn_status_name(status),
                        idl_txn_status_name(want));
    idl_txn_destroy(txn);
}

/* A column that another changed meanwhile is not overwritten in ignorance. */
static void
test_verify_sees_the_other(void **state)
{
    struct world *w = *state;
    w->a = new_idl(w, ignore);
    w->b = new_idl(w, ignore);
    connect_idl(w, w->a);
    connect_idl(w, w->b);
    struct idl_txn *txn = idl_txn_create(w->a);
    vrec_open_vswitch_set_ovs_version(get_ovs(w->a), "1");
    commit(&txn, IDL_TXN_SUCCESS);
    wait_until_equal(w);

    txn = idl_txn_create(w->a);
    const struct vrec_open_vswitch *ovs = get_ovs(w->a);
    vrec_open_vswitch_verify_ovs_version(ovs);
    vrec_open_vswitch_set_db_version(ovs, "seen 1");
    assert_string_equal(ovs->db_version, "seen 1");

    struct idl_txn *other = idl_txn_create(w->b);
    vrec_open_vswitch_set_ovs_version(get_ovs(w->b), "2");
    assert_int_equal(idl_txn_commit(other), IDL_TXN_INCOMPLETE);
    while (idl_txn_status(other) == IDL_TXN_INCOMPLETE) {
        loop_run_for(w->loop, 100);
    }
    idl_txn_destroy(&other);
    commit(&txn, IDL_TXN_TRY_AGAIN);
    assert_null(get_ovs(w->a)->db_version);

    txn = idl_txn_create(w->a);
    idl_txn_increment(txn, &get_ovs(w->a)->header_,
                      VREC_OPEN_VSWITCH_COL_NEXT_CFG, true);
    assert_int_equal(idl_txn_commit_block(txn, clock_real_ms() + WAIT_MS),
                     IDL_TXN_SUCCESS);
    assert_int_equal(idl_txn_increment_value(txn), 1);
    idl_txn_destroy(&txn);

    txn = idl_txn_create(w->a);
    vrec_open_vswitch_set_ovs_version(get_ovs(w->a), "2");
    commit(&txn, IDL_TXN_UNCHANGED);

    txn = idl_txn_create(w->a);
    idl_txn_set_dry_run(txn);
    vrec_open_vswitch_set_ovs_version(get_ovs(w->a), "3");
    commit(&txn, IDL_TXN_SUCCESS);
    assert_string_equal(get_ovs(w->a)->ovs_version, "2");

    txn = idl_txn_create(w->a);
    const struct vrec_bridge *br = vrec_bridge_insert(txn);
    vrec_bridge_set_fail_mode(br, "none");
    vrec_open_vswitch_add_bridges(get_ovs(w->a), br);
    commit(&txn, IDL_TXN_ERROR);
    assert_int_equal(idl_n_rows(w->a, VREC_TABLE_BRIDGE), 0);
}

/* One holds the lock, the other waits; it passes on when the first goes. */
static void
test_lock_passes_on(void **state)
{
    struct world *w = *state;
    w->a = new_idl(w, ignore);
    w->b = new_idl(w, ignore);
    idl_set_lock(w->a, "it");
    idl_set_lock(w->b, "it");
    connect_idl(w, w->a);
    assert_true(idl_has_lock(w->a));
    connect_idl(w, w->b);
    assert_false(idl_has_lock(w->b));
    assert_true(idl_is_lock_contended(w->b));
    struct idl_txn *txn = idl_txn_create(w->b);
    get_ovs(w->b);
    commit(&txn, IDL_TXN_NOT_LOCKED);
    txn = idl_txn_create(w->a);
    get_ovs(w->a);
    commit(&txn, IDL_TXN_SUCCESS);
    idl_destroy(&w->a);
    int64_t deadline = clock_real_ms() + WAIT_MS;
    while (!idl_has_lock(w->b)) {
        assert_true(clock_real_ms() < deadline);
        loop_run_for(w->loop, 100);
    }
}

/* Rows tell what happened to them; a deleted one can still be read. */
static void
test_tracking(void **state)
{
    struct world *w = *state;
    w->a = new_idl(w, ignore);
    w->b = new_idl(w, ignore);
    idl_track(w->b, VREC_TABLE_BRIDGE);
    connect_idl(w, w->a);
    connect_idl(w, w->b);
    struct idl_txn *txn = idl_txn_create(w->a);
    for (int i = 0; i < 3; i++) {
        const struct vrec_bridge *br = vrec_bridge_insert(txn);
        char name[8];
        snprintf(name, sizeof name, "br%d", i);
        vrec_bridge_set_name(br, name);
        vrec_open_vswitch_add_bridges(get_ovs(w->a), br);
        idl_txn_refresh(txn);
    }
    commit(&txn, IDL_TXN_SUCCESS);
    wait_until_equal(w);
    int n = 0;
    VREC_BRIDGE_FOR_EACH_TRACKED (br, w->b) {
        assert_true(br->header_.changes & IDL_INSERTED);
        n++;
    }
    assert_int_equal(n, 3);
    idl_track_clear(w->b);
    assert_null(vrec_bridge_track_first(w->b));

    txn = idl_txn_create(w->a);
    VREC_BRIDGE_FOR_EACH (br, w->a) {
        if (!strcmp(br->name, "br1")) {
            vrec_open_vswitch_remove_bridges(get_ovs(w->a), br);
        } else if (!strcmp(br->name, "br2")) {
            vrec_bridge_set_stp_enable(br, true);
        }
    }
    commit(&txn, IDL_TXN_SUCCESS);
    wait_until_equal(w);
    n = 0;
    VREC_BRIDGE_FOR_EACH_TRACKED (br, w->b) {
        if (!strcmp(br->name, "br1")) {
            assert_int_equal(br->header_.changes, IDL_DELETED);
        } else {
            assert_string_equal(br->name, "br2");
            assert_int_equal(br->header_.changes, IDL_MODIFIED);
        }
        n++;
    }
    assert_int_equal(n, 2);
    idl_track_clear(w->b);
}

/* [["dscp", "==", FIRST], ["dscp", "==", SECOND]] */
static json_t *
where_dscp(int first, int second)
{
    char *text = xasprintf("[[\"dscp\",\"==\",%d],[\"dscp\",\"==\",%d]]", first,
                           second);
    char *error;
    json_t *json = json_parse(text, strlen(text), &error);
    assert_non_null(json);
    free(text);
    return json;
}

/* The sum of 2^dscp of the queues that the replica has. */
static int
queues_of(const struct idl *idl)
{
    int sum = 0;
    VREC_QUEUE_FOR_EACH (q, idl) {
        sum += 1 << q->dscp[0];
    }
    return sum;
}

/* Rows come and go as the conditions change, through lost connections too;
 * and what is not monitored can be asked for. */
static void
test_conditions_change(void **state)
{
    struct world *w = *state;
    int64_t deadline = clock_real_ms() + WAIT_MS;
    w->a = new_idl(w, ignore);
    connect_idl(w, w->a);
    struct idl_txn *txn = idl_txn_create(w->a);
    for (int64_t i = 1; i <= 4; i++) {
        vrec_queue_set_dscp(vrec_queue_insert(txn), &i, 1);
    }
    commit(&txn, IDL_TXN_SUCCESS);

    w->b = new_idl(w, ignore);
    idl_set_where(w->b, VREC_TABLE_QUEUE, where_dscp(1, 1));
    connect_idl(w, w->b);
    assert_int_equal(queues_of(w->b), 2);
    idl_set_where(w->b, VREC_TABLE_QUEUE, where_dscp(2, 3));
    assert_int_equal(idl_wait_where(w->b, deadline), 0);
    assert_int_equal(queues_of(w->b), 4 + 8);

    json_t *results;
    char *error;
    const char *ops = "[{\"op\":\"select\",\"table\":\"Queue\",\"where\":[],"
                      "\"columns\":[\"dscp\"]}]";
    assert_int_equal(idl_query(w->b, json_parse(ops, strlen(ops), &error),
                               deadline, &results), 0);
    assert_int_equal(json_array_size(json_object_get(
                         json_array_get(results, 0), "rows")), 4);
    json_decref(results);

    /* The change may be lost with the connection, not its effect. */
    idl_set_where(w->b, VREC_TABLE_QUEUE, where_dscp(4, 3));
    idl_force_reconnect(w->b);
    assert_int_equal(idl_wait_where(w->b, deadline), 0);
    assert_int_equal(queues_of(w->b), 8 + 16);
    /* Set while nothing is connected, and while the monitor is asked for. */
    idl_force_reconnect(w->b);
    idl_set_where(w->b, VREC_TABLE_QUEUE, where_dscp(1, 3));
    for (int i = 0; i < 4; i++) {
        loop_run_for(w->loop, 1);
        idl_set_where(w->b, VREC_TABLE_QUEUE, where_dscp(1, 2 + i % 2));
    }
    assert_int_equal(idl_wait_where(w->b, deadline), 0);
    assert_int_equal(queues_of(w->b), 2 + 8);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replica_follows, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_verify_sees_the_other, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_lock_passes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_tracking, setup, teardown),
        cmocka_unit_test_setup_teardown(test_conditions_change, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
