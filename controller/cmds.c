/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/cmds.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/openflow/wire.h"

static struct loop *the_loop;

static void
reply_str(struct ctl_conn *conn, struct str *s)
{
    ctl_reply(conn, str_cstr(s));
    str_fini(s);
}

static struct core_switch *
find_or_make(struct ctl_conn *conn, struct core *core, const char *text,
             bool make)
{
    char *error;
    struct core_switch *sw = core_switch_from_text(core, text, make, &error);
    if (!sw) {
        ctl_reply_error(conn, error);
        free(error);
    }
    return sw;
}

static struct core_switch *
find(struct ctl_conn *conn, struct core *core, const char *text)
{
    return find_or_make(conn, core, text, false);
}

static void
switch_list(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
            void *core)
{
    struct str s = STR_INIT;
    size_t n;
    struct core_switch **all = core_switches(core, &n);
    for (size_t i = 0; i < n; i++) {
        const struct core_switch *sw = all[i];
        str_putf(&s, "%016llx %-15s ", (unsigned long long)sw->dpid,
                 sw->name[0] ? sw->name : "-");
        if (sw->ch) {
            static const char *const names[] = { "?", "1.0", "1.1", "1.2",
                                                 "1.3", "1.4", "1.5" };
            str_putf(&s, "up OpenFlow %s ports=%zu packet_ins=%llu "
                     "dropped=%llu from=%s since=%llds\n",
                     names[channel_version(sw->ch) % 7], sw->ports.n,
                     (unsigned long long)sw->n_packet_ins,
                     (unsigned long long)sw->n_packet_ins_dropped,
                     channel_name(sw->ch),
                     (long long)((clock_ms() - sw->connected_ms) / 1000));
        } else {
            str_put(&s, "down\n");
        }
    }
    free(all);
    reply_str(conn, &s);
}

static int
compare_ports(const void *a_, const void *b_)
{
    const struct core_port *const *a = a_, *const *b = b_;
    return (*a)->port_no < (*b)->port_no ? -1 : (*a)->port_no > (*b)->port_no;
}

static void
put_ports(const struct core_switch *sw, struct str *s)
{
    const struct core_port **ports = xcalloc(sw->ports.n, sizeof *ports);
    size_t n = 0;
    IDMAP_FOR_EACH (struct core_port, p, &sw->ports) {
        ports[n++] = p;
    }
    if (n) {
        qsort(ports, n, sizeof *ports, compare_ports);
    }
    for (size_t i = 0; i < n; i++) {
        const struct ofm_port *p = &ports[i]->of;
        str_putf(s, "%016llx ", (unsigned long long)sw->dpid);
        ofport_put(p->port_no, NULL, s);
        str_putf(s, " %s " ETH_ADDR_FMT " %s\n", p->name,
                 ETH_ADDR_ARGS(p->hw_addr),
                 p->config & OFPPC_PORT_DOWN   ? "disabled"
                 : p->state & OFPPS_LINK_DOWN ? "down"
                                              : "up");
    }
    free(ports);
}

static void
port_list(struct ctl_conn *conn, int argc, const char *argv[], void *core)
{
    struct str s = STR_INIT;
    if (argc > 1) {
        struct core_switch *sw = find(conn, core, argv[1]);
        if (!sw) {
            return;
        }
        put_ports(sw, &s);
    } else {
        size_t n;
        struct core_switch **all = core_switches(core, &n);
        for (size_t i = 0; i < n; i++) {
            put_ports(all[i], &s);
        }
        free(all);
    }
    reply_str(conn, &s);
}

static void
host_list(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
          void *core)
{
    struct str s = STR_INIT;
    size_t n;
    struct core_host **all = core_hosts(core, &n);
    for (size_t i = 0; i < n; i++) {
        const struct core_host *h = all[i];
        char ip[INET_ADDRSTRLEN] = "-";
        if (h->ip) {
            inet_ntop(AF_INET, &h->ip, ip, sizeof ip);
        }
        str_putf(&s, ETH_ADDR_FMT " vlan=%u ip=%s switch=%016llx port=",
                 ETH_ADDR_ARGS(h->mac), h->vlan, ip,
                 (unsigned long long)h->sw->dpid);
        ofport_put(h->port_no, core_names(h->sw), &s);
        str_putf(&s, " seen=%llds\n",
                 (long long)((clock_ms() - h->seen_ms) / 1000));
    }
    free(all);
    reply_str(conn, &s);
}

static void
on_flows(void *conn, bool is_error, const char *text)
{
    if (is_error) {
        ctl_reply_error(conn, text);
    } else {
        ctl_reply(conn, text);
    }
}

static void
flow_list(struct ctl_conn *conn, int argc, const char *argv[], void *core)
{
    struct core_switch *sw = find(conn, core, argv[1]);
    if (sw) {
        core_dump_flows(sw, argc > 2 ? argv[2] : NULL, on_flows, conn);
    }
}

static void
finish(struct ctl_conn *conn, char *error)
{
    if (error) {
        ctl_reply_error(conn, error);
        free(error);
    } else {
        ctl_reply(conn, NULL);
    }
}

static void
flow_add(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
         void *core)
{
    struct core_switch *sw = find_or_make(conn, core, argv[1], true);
    if (sw) {
        finish(conn, core_add_rule(sw, argv[2]));
    }
}

static void
flow_del(struct ctl_conn *conn, int argc, const char *argv[], void *core)
{
    struct core_switch *sw = find(conn, core, argv[1]);
    if (sw) {
        finish(conn, core_delete_rules(sw, argc > 2 ? argv[2] : NULL));
    }
}

static void
rule_list(struct ctl_conn *conn, int argc, const char *argv[], void *core)
{
    struct core_switch *sw = find(conn, core, argv[argc - 1]);
    if (sw) {
        struct str s = STR_INIT;
        LIST_FOR_EACH (struct core_rule, r, node, &sw->rules) {
            str_putf(&s, "%s\n", r->text);
        }
        reply_str(conn, &s);
    }
}

static void
stop(void *loop)
{
    loop_stop(loop);
}

static void
exit_cmd(struct ctl_conn *conn, int argc UNUSED, const char *argv[] UNUSED,
         void *core UNUSED)
{
    ctl_reply_then(conn, NULL, stop, the_loop);
}

static const struct {
    const char *name, *usage;
    int min_args, max_args;
    ctl_fn *fn;
} rows[] = {
    { "exit", "", 0, 0, exit_cmd },
    { "flow/add", "SWITCH FLOW", 2, 2, flow_add },
    { "flow/del", "SWITCH [FLOW]", 1, 2, flow_del },
    { "flow/list", "SWITCH [FILTER]", 1, 2, flow_list },
    { "host/list", "", 0, 0, host_list },
    { "port/list", "[SWITCH]", 0, 1, port_list },
    { "rule/list", "SWITCH", 1, 1, rule_list },
    { "switch/list", "", 0, 0, switch_list },
};

void
controller_cmds_register(struct ctl *ctl, struct core *core,
                         struct loop *loop)
{
    the_loop = loop;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        ctl_command_register(ctl, rows[i].name, rows[i].usage,
                             rows[i].min_args, rows[i].max_args, rows[i].fn,
                             core);
    }
}
