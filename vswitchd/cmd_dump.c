/* SPDX-License-Identifier: Apache-2.0 */
/* Cached flows as text: dpctl/dump-flows and dpif/dump-flows. */
#include "datapath/dp.h"
#include "lib/base/clock.h"
#include "vswitchd/cmds_priv.h"
#include "vswitchd/odp_text.h"
#include "vswitchd/xlate/xlate.h"

struct dump {
    struct cmds_context *cx;
    struct str s;
    bool names;
    const struct xports *only; /* Ports of one bridge; NULL: all. */
};

static const char *
port_name(void *d_, uint32_t idx)
{
    const struct dump *d = d_;
    const struct port *p = dp_port_get(vswitch_dp(d->cx->vs), idx);
    static char number[16];
    if (d->names && p) {
        return p->name;
    }
    snprintf(number, sizeof number, "%u", idx + 1);
    return number;
}

static bool
is_wanted(const struct dump *d, uint32_t dp_port)
{
    if (!d->only) {
        return true;
    }
    for (size_t i = 0; i < d->only->n; i++) {
        if (d->only->ports[i].dp_port == dp_port) {
            return true;
        }
    }
    return false;
}

static void
put_flow(void *d_, const struct dp_flow_info *f)
{
    struct dump *d = d_;
    if (!is_wanted(d, f->value->in_port)) {
        return;
    }
    odp_put_match(f->value, f->mask, port_name, d, &d->s);
    str_putf(&d->s, ", packets:%llu, bytes:%llu, used:",
             (unsigned long long)f->n_packets,
             (unsigned long long)f->n_bytes);
    if (f->used_ms) {
        str_putf(&d->s, "%.3fs",
                 (double)(clock_ms() - f->used_ms) / 1000.0);
    } else {
        str_put(&d->s, "never");
    }
    str_put(&d->s, ", actions:");
    xlate_put_dpacts(f->acts, f->acts_len, f->value, port_name, d, &d->s);
    str_put_char(&d->s, '\n');
}

static void
dump(struct ctl_conn *conn, struct dump *d)
{
    dp_flows_dump(vswitch_dp(d->cx->vs), put_flow, d);
    ctl_reply(conn, str_cstr(&d->s));
    str_fini(&d->s);
}

static bool
has_arg(int argc, const char *argv[], const char *arg)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], arg)) {
            return true;
        }
    }
    return false;
}

void
cmds_dpctl_dump(struct ctl_conn *conn, int argc, const char *argv[], void *cx)
{
    struct dump d = { cx, STR_INIT, has_arg(argc, argv, "--names"), NULL };
    dump(conn, &d);
}

void
cmds_dpif_dump(struct ctl_conn *conn, int argc, const char *argv[], void *cx)
{
    struct bridge *b = cmds_bridge(conn, cx, argv[argc - 1]);
    if (b) {
        struct dump d = { cx, STR_INIT, !has_arg(argc, argv, "--no-names"),
                          ofproto_xbridge(bridge_ofproto(b))->ports };
        dump(conn, &d);
    }
}
