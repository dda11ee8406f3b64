/* SPDX-License-Identifier: Apache-2.0 */
/* fdb/add and fdb/del: static entries of a MAC table. */
#include "datapath/l2.h"
#include "lib/base/str.h"
#include "vswitchd/cmds_priv.h"

static bool
parse_vlan(const char *text, uint16_t *vid)
{
    int v;
    if (!str_to_int(text, 10, &v) || v < 0 || v >= DP_N_VLANS) {
        return false;
    }
    *vid = (uint16_t)v;
    return true;
}

/* The bundle that OpenFlow port 'name' is in, or DP_BUNDLE_NONE. */
static uint16_t
bundle_of(struct bridge *b, const char *name)
{
    uint32_t ofport;
    const struct xports *xs = ofproto_xbridge(bridge_ofproto(b))->ports;
    if (!xs || !ofport_parse(name, ofproto_names(bridge_ofproto(b)),
                             &ofport)) {
        return DP_BUNDLE_NONE;
    }
    const struct xport *x = idmap_get(&xs->by_ofport, ofport);
    return x ? x->bundle : DP_BUNDLE_NONE;
}

void
cmds_fdb_add(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
             void *cx)
{
    struct bridge *b = cmds_bridge(conn, cx, argv[1]);
    if (!b) {
        return;
    }
    uint16_t bundle = bundle_of(b, argv[2]), vid;
    struct eth_addr mac;
    if (bundle == DP_BUNDLE_NONE) {
        ctl_reply_error(conn, "unknown in_port");
    } else if (!parse_vlan(argv[3], &vid)) {
        ctl_reply_error(conn, "bad vlan");
    } else if (!str_to_eth_addr(argv[4], &mac)) {
        ctl_reply_error(conn, "bad MAC address");
    } else {
        fdb_learn(bridge_fdb(b), vid, mac, bundle, true);
        ctl_reply(conn, NULL);
    }
}

void
cmds_fdb_del(struct ctl_conn *conn, int argc UNUSED, const char *argv[],
             void *cx)
{
    struct bridge *b = cmds_bridge(conn, cx, argv[1]);
    if (!b) {
        return;
    }
    uint16_t vid;
    struct eth_addr mac;
    if (!parse_vlan(argv[2], &vid)) {
        ctl_reply_error(conn, "bad vlan");
    } else if (!str_to_eth_addr(argv[3], &mac)) {
        ctl_reply_error(conn, "bad MAC address");
    } else if (!fdb_remove(bridge_fdb(b), vid, mac)) {
        ctl_reply_error(conn, "could not find static mac entry");
    } else {
        ctl_reply(conn, NULL);
    }
}
