/* SPDX-License-Identifier: Apache-2.0 */
/* The control commands, one row each in the table at the end. */
#include "vswitchd/cmds.h"

#include <limits.h>
#include <stdlib.h>

#include "datapath/dp.h"
#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"
#include "vswitchd/cmds_priv.h"

#define DP_NAME "netdev@ovs-netdev"

/* The bridge called 'name', or NULL with the error answered. */
struct bridge *
cmds_bridge(struct ctl_conn *conn, struct cmds_context *cx, const char *name)
{
    struct bridge *b = vswitch_find(cx->vs, name);
    if (!b) {
        ctl_reply_error(conn, "no such bridge");
    }
    return b;
}

static void
reply_str(struct ctl_conn *conn, struct str *s)
{
    ctl_reply(conn, str_cstr(s));
    str_fini(s);
}

/* Runs 'fn' on the bridge named, or on all without a name; false if there is
 * no such bridge. */
static bool
for_bridges(struct cmds_context *cx, const char *name,
            void (*fn)(struct bridge *))
{
    size_t n;
    struct bridge **bridges = vswitch_bridges(cx->vs, &n);
    bool found = !name;
    for (size_t i = 0; i < n; i++) {
        if (!name || !strcmp(bridge_name(bridges[i]), name)) {
            fn(bridges[i]);
            found = true;
        }
    }
    free(bridges);
    return found;
}

/* ## MAC tables ## */

static void
fdb_show(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
         void *cx_)
{
    struct bridge *b = cmds_bridge(conn, cx_, argv[1]);
    if (!b) {
        return;
    }
    struct str s = STR_INIT;
    str_put(&s, " port  VLAN  MAC                Age\n");
    size_t n;
    struct fdb_entry *all = fdb_dump(bridge_fdb(b), &n);
    int64_t now = clock_ms();
    for (size_t i = 0; i < n; i++) {
        const struct fdb_entry *e = &all[i];
        struct str port = STR_INIT;
        uint32_t ofport = bridge_bundle_ofport(b, e->bundle);
        ofport_put(ofport, NULL, &port);
        str_putf(&s, "%5s  %4u  " ETH_ADDR_FMT "  ", str_cstr(&port), e->vid,
                 ETH_ADDR_ARGS(e->mac));
        str_fini(&port);
        if (e->is_static) {
            str_put(&s, "static\n");
        } else {
            str_putf(&s, "%3lld\n",
                     (long long)((now - e->used_ms) / 1000));
        }
    }
    free(all);
    reply_str(conn, &s);
}

static void
flush_bridge(struct bridge *b)
{
    fdb_flush(bridge_fdb(b), DP_BUNDLE_NONE);
}

static void
fdb_flush_cmd(struct ctl_conn *conn, int argc, const char *argv[], void *cx)
{
    if (!for_bridges(cx, argc > 1 ? argv[1] : NULL, flush_bridge)) {
        ctl_reply_error(conn, "no such bridge");
        return;
    }
    ctl_reply(conn, "table successfully flushed");
}

static void
fdb_stats(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
          void *cx_)
{
    struct bridge *b = cmds_bridge(conn, cx_, argv[1]);
    if (!b) {
        return;
    }
    struct str s = STR_INIT;
    struct fdb_stats st;
    fdb_get_stats(bridge_fdb(b), &st);
    str_putf(&s, "Statistics for bridge \"%s\":\n"
             "  Current/maximum MAC entries in the table: %zu/%zu\n"
             "  Current static MAC entries in the table : %zu\n"
             "  Total number of learned MAC entries     : %llu\n"
             "  Total number of expired MAC entries     : %llu\n"
             "  Total number of evicted MAC entries     : %llu\n"
             "  Total number of port moved MAC entries  : %llu\n",
             argv[1], fdb_count(bridge_fdb(b)), fdb_max(bridge_fdb(b)),
             st.n_static, (unsigned long long)st.n_learned,
             (unsigned long long)st.n_expired,
             (unsigned long long)st.n_evicted,
             (unsigned long long)st.n_moved);
    reply_str(conn, &s);
}

static void
clear_stats(struct bridge *b)
{
    fdb_clear_stats(bridge_fdb(b));
}

static void
fdb_stats_clear(struct ctl_conn *conn, int argc, const char *argv[],
                void *cx)
{
    if (for_bridges(cx, argc > 1 ? argv[1] : NULL, clear_stats)) {
        ctl_reply(conn, "statistics successfully cleared");
    } else {
        ctl_reply_error(conn, "no such bridge");
    }
}

/* ## Bridges ## */

static void
reconnect_bridge(struct bridge *b)
{
    ofproto_reconnect(bridge_ofproto(b));
}

static void
reconnect(struct ctl_conn *conn, int argc, const char *argv[], void *cx)
{
    if (for_bridges(cx, argc > 1 ? argv[1] : NULL, reconnect_bridge)) {
        ctl_reply(conn, NULL);
    } else {
        ctl_reply_error(conn, "Unknown bridge");
    }
}

static void
put_memory(struct ctl_memory *m, void *cx_)
{
    struct cmds_context *cx = cx_;
    size_t n;
    struct bridge **bridges = vswitch_bridges(cx->vs, &n);
    for (size_t i = 0; i < n; i++) {
        const struct ofproto *of = bridge_ofproto(bridges[i]);
        const struct xports *xs
            = ofproto_xbridge(bridge_ofproto(bridges[i]))->ports;
        ctl_memory_put(m, "rules", ofproto_n_rules(of));
        ctl_memory_put(m, "ofconns", ofproto_n_conns(of));
        ctl_memory_put(m, "ports", xs ? xs->n : 0);
        ctl_memory_put(m, "macs", fdb_count(bridge_fdb(bridges[i])));
    }
    free(bridges);
    struct dp_stats st;
    dp_get_stats(vswitch_dp(cx->vs), &st);
    ctl_memory_put(m, "cached flows", st.n_flows);
    ctl_memory_put(m, "programs", st.n_programs);
    ctl_memory_put(m, "workers", st.n_workers);
}

static void
dump_flows(struct ctl_conn *conn, int argc, const char *argv[], void *cx_)
{
    struct bridge *b = cmds_bridge(conn, cx_, argv[argc - 1]);
    if (b) {
        struct str s = STR_INIT;
        ofproto_dump_flows(bridge_ofproto(b), &s);
        reply_str(conn, &s);
    }
}

static void
list_ofprotos(struct ctl_conn *conn, int argc UNUSED,
              const char *argv[] UNUSED, void *cx_)
{
    struct cmds_context *cx = cx_;
    struct str s = STR_INIT;
    size_t n;
    struct bridge **bridges = vswitch_bridges(cx->vs, &n);
    for (size_t i = 0; i < n; i++) {
        str_putf(&s, "%s\n", bridge_name(bridges[i]));
    }
    free(bridges);
    reply_str(conn, &s);
}

/* ## Datapath ## */

const char *
cmds_port_type(const struct port *p)
{
    return !strcmp(p->type, "internal") || !strcmp(p->type, "tap")
               ? "tap" : p->type;
}

static void
put_bridge_ports(struct cmds_context *cx, struct bridge *b, struct str *s)
{
    const struct xports *xs = ofproto_xbridge(bridge_ofproto(b))->ports;
    str_putf(s, "  %s:\n", bridge_name(b));
    /* Sorted by name, as people look for them. */
    struct shash names;
    shash_init(&names);
    for (size_t i = 0; xs && i < xs->n; i++) {
        const struct ofproto_port *p
            = ofproto_port_get(bridge_ofproto(b), xs->ports[i].ofport);
        shash_add(&names, p ? p->name : "?",
                  (void *)(uintptr_t)&xs->ports[i]);
    }
    const struct shash_node **nodes = shash_sorted(&names);
    for (size_t i = 0; i < shash_count(&names); i++) {
        const struct xport *x = nodes[i]->data;
        const struct port *port = dp_port_get(vswitch_dp(cx->vs), x->dp_port);
        str_putf(s, "    %s %u/", nodes[i]->name, x->ofport & 0xffff);
        if (port) {
            str_putf(s, "%u: (%s)\n", x->dp_port + 1, cmds_port_type(port));
        } else {
            const char *peer = bridge_iface_option(b, nodes[i]->name, "peer");
            str_putf(s, "none: (patch: peer=%s)\n", peer ? peer : "");
        }
    }
    free(nodes);
    shash_fini(&names);
}

static void
dpif_show(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
          void *cx_)
{
    struct cmds_context *cx = cx_;
    struct str s = STR_INIT;
    struct dp_stats st;
    dp_get_stats(vswitch_dp(cx->vs), &st);
    size_t n;
    struct bridge **bridges = vswitch_bridges(cx->vs, &n);
    if (n) {
        str_putf(&s, DP_NAME ": hit:%llu missed:%llu\n",
                 (unsigned long long)st.n_hits,
                 (unsigned long long)st.n_misses);
    }
    for (size_t i = 0; i < n; i++) {
        put_bridge_ports(cx, bridges[i], &s);
    }
    free(bridges);
    reply_str(conn, &s);
}

static void
dump_dps(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
         void *cx_)
{
    struct cmds_context *cx = cx_;
    struct str s = STR_INIT;
    size_t n;
    free(vswitch_bridges(cx->vs, &n));
    if (n) {
        str_put(&s, DP_NAME "\n");
    }
    reply_str(conn, &s);
}

static void
put_port_stats(struct port *p, struct str *s)
{
    struct port_stats st;
    p->ops->get_stats(p, &st);
    str_putf(s, "    RX packets:%llu errors:%llu dropped:%llu overruns:%llu "
             "frame:%llu\n    TX packets:%llu errors:%llu dropped:%llu "
             "aborted:? carrier:?\n    collisions:%llu\n"
             "    RX bytes:%llu TX bytes:%llu\n",
             (unsigned long long)st.rx_packets,
             (unsigned long long)st.rx_errors,
             (unsigned long long)st.rx_dropped,
             (unsigned long long)st.rx_over_err,
             (unsigned long long)st.rx_frame_err,
             (unsigned long long)st.tx_packets,
             (unsigned long long)st.tx_errors,
             (unsigned long long)st.tx_dropped,
             (unsigned long long)st.collisions,
             (unsigned long long)st.rx_bytes,
             (unsigned long long)st.tx_bytes);
}

static void
dpctl_show(struct ctl_conn *conn, int argc, const char *argv[], void *cx_)
{
    bool with_stats = argc > 1 && (!strcmp(argv[1], "-s")
                                   || !strcmp(argv[1], "--statistics"));
    struct cmds_context *cx = cx_;
    struct dp *dp = vswitch_dp(cx->vs);
    struct str s = STR_INIT;
    struct dp_stats st;
    dp_get_stats(dp, &st);
    str_putf(&s, DP_NAME ":\n  lookups: hit:%llu missed:%llu lost:%llu\n"
             "  flows: %zu\n",
             (unsigned long long)st.n_hits, (unsigned long long)st.n_misses,
             (unsigned long long)st.n_lost, st.n_flows);
    for (uint32_t i = 0; i < DP_PORTS_MAX; i++) {
        struct port *p = dp_port_get(dp, i);
        if (p) {
            str_putf(&s, "  port %u: %s (%s)\n", i + 1, p->name,
                     cmds_port_type(p));
            if (with_stats) {
                put_port_stats(p, &s);
            }
        }
    }
    reply_str(conn, &s);
}

static void
pmd_stats(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
          void *cx_)
{
    struct cmds_context *cx = cx_;
    struct str s = STR_INIT;
    dp_show_workers(vswitch_dp(cx->vs), &s);
    reply_str(conn, &s);
}

static void
drop_show(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
          void *cx_)
{
    struct cmds_context *cx = cx_;
    struct dp *dp = vswitch_dp(cx->vs);
    struct str s = STR_INIT;
    for (uint32_t i = 0; i < DP_PORTS_MAX; i++) {
        const struct port *p = dp_port_get(dp, i);
        uint64_t drops[DP_N_DROPS];
        if (!p) {
            continue;
        }
        dp_port_get_drops(dp, i, drops);
        for (int r = 1; r < DP_N_DROPS; r++) {
            if (drops[r]) {
                str_putf(&s, "%s: %s: %llu\n", p->name, dp_drop_names[r],
                         (unsigned long long)drops[r]);
            }
        }
    }
    reply_str(conn, &s);
}

/* Folds counts and applies what waits, under the peer's name for it. */
static void
settle(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
       void *cx_)
{
    struct cmds_context *cx = cx_;
    dp_fold(vswitch_dp(cx->vs));
    vswitch_run_events(cx->vs);
    ctl_reply(conn, NULL);
}

static void
purge(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
      void *cx_)
{
    struct cmds_context *cx = cx_;
    dp_flush(vswitch_dp(cx->vs));
    ctl_reply(conn, NULL);
}

static void
nothing(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
        void *cx UNUSED)
{
    ctl_reply(conn, NULL);
}

/* ## The daemon ## */

static void
stop(void *loop)
{
    loop_stop(loop);
}

static void
exit_cmd(struct ctl_conn *conn, int argc, const char *argv[], void *cx_)
{
    struct cmds_context *cx = cx_;
    if (argc > 1 && strcmp(argv[1], "--cleanup")) {
        ctl_reply_errorf(conn, "\"%s\": the only option is --cleanup",
                         argv[1]);
        return;
    }
    cx->cleanup = argc > 1;
    ctl_reply_then(conn, NULL, stop, cx->loop);
}

static const struct {
    const char *name, *usage;
    int min_args, max_args;
    ctl_fn *fn;
} rows[] = {
    { "bridge/dump-flows", "[--offload-stats] bridge", 1, 2, dump_flows },
    { "bridge/reconnect", "[bridge]", 0, 1, reconnect },
    { "dpctl/dump-dps", "", 0, 0, dump_dps },
    { "dpctl/dump-flows", "[-m] [--names] [dp]", 0, 4, cmds_dpctl_dump },
    { "dpctl/show", "[-s] [dp...]", 0, INT_MAX, dpctl_show },
    { "dpif-netdev/pmd-stats-clear", "[-pmd core] [dp]", 0, 3, nothing },
    { "dpif-netdev/pmd-stats-show", "[-pmd core] [dp]", 0, 3, pmd_stats },
    { "dpif/dump-dps", "", 0, 0, dump_dps },
    { "dpif/dump-flows", "[-m] [--names | --no-names] bridge", 1, INT_MAX,
      cmds_dpif_dump },
    { "dpif/show", "", 0, 0, dpif_show },
    { "drop/show", "", 0, 0, drop_show },
    { "exit", "[--cleanup]", 0, 1, exit_cmd },
    { "fdb/add", "[bridge port vlan mac]", 4, 4, cmds_fdb_add },
    { "fdb/del", "[bridge vlan mac]", 3, 3, cmds_fdb_del },
    { "fdb/flush", "[bridge]", 0, 1, fdb_flush_cmd },
    { "fdb/show", "bridge", 1, 1, fdb_show },
    { "fdb/stats-clear", "[bridge]", 0, 1, fdb_stats_clear },
    { "fdb/stats-show", "bridge", 1, 1, fdb_stats },
    { "netdev-dummy/conn-state", "[netdev] [up|down]", 0, 2,
      cmds_dummy_conn },
    { "netdev-dummy/receive", "name [--qid queue_id] packet|flow [--len "
      "packet_len]...", 2, INT_MAX, cmds_dummy_receive },
    { "netdev-dummy/set-admin-state", "[netdev] up|down", 1, 2,
      cmds_dummy_admin },
    { "ofproto/list", "", 0, 0, list_ofprotos },
    { "ofproto/trace", "{[dp_name] odp_flow | bridge br_flow} [OPTIONS...] "
      "[-generate|packet]", 1, INT_MAX, cmds_trace },
    { "revalidator/pause", "", 0, 0, settle },
    { "revalidator/purge", "", 0, 0, purge },
    { "revalidator/resume", "", 0, 0, nothing },
    { "revalidator/wait", "", 0, 0, settle },
};

void
cmds_register(struct ctl *ctl, struct cmds_context *cx)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        ctl_command_register(ctl, rows[i].name, rows[i].usage,
                             rows[i].min_args, rows[i].max_args, rows[i].fn,
                             cx);
    }
    ctl_memory_register(ctl, put_memory, cx);
}
