/* SPDX-License-Identifier: Apache-2.0 */
/* Status and statistics, written into the database and never read back. */
#include <stdlib.h>
#include <sys/utsname.h>

#include "datapath/dp.h"
#include "lib/base/mem.h"
#include "lib/ovsdb/idl_txn.h"
#include "lib/ovsdb/vswitch_idl.h"
#include "vswitchd/config/config.h"

#define PEER_VERSION "3.1.0"
#define SCHEMA_VERSION "8.3.1"

/* ## Columns ## */

void
status_set_modes(struct idl *idl)
{
    static const struct {
        size_t table, column;
    } written[] = {
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_CUR_CFG },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_STATISTICS },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_DATAPATH_TYPES },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_IFACE_TYPES },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_DPDK_INITIALIZED },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_DPDK_VERSION },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_OVS_VERSION },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_DB_VERSION },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_SYSTEM_TYPE },
        { VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_SYSTEM_VERSION },
        { VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_DATAPATH_ID },
        { VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_DATAPATH_VERSION },
        { VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_STATUS },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_ADMIN_STATE },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_DUPLEX },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_ERROR },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_IFINDEX },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_LINK_RESETS },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_LINK_SPEED },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_LINK_STATE },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_MAC_IN_USE },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_MTU },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_OFPORT },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_STATISTICS },
        { VREC_TABLE_INTERFACE, VREC_INTERFACE_COL_STATUS },
        { VREC_TABLE_CONTROLLER, VREC_CONTROLLER_COL_IS_CONNECTED },
        { VREC_TABLE_CONTROLLER, VREC_CONTROLLER_COL_ROLE },
        { VREC_TABLE_CONTROLLER, VREC_CONTROLLER_COL_STATUS },
    };
    idl_set_all_modes(idl, IDL_ALERT);
    for (size_t i = 0; i < ARRAY_SIZE(written); i++) {
        idl_set_mode(idl, written[i].table, written[i].column, IDL_QUIET);
    }
}

/* ## Once ## */

static void
write_types(const struct vrec_open_vswitch *top, struct vswitch *vs)
{
    const char *const *dp_types = vswitch_datapath_types(vs);
    size_t n = 0;
    while (dp_types[n]) {
        n++;
    }
    vrec_open_vswitch_set_datapath_types(top, dp_types, n);
    const char **types = port_types();
    n = 0;
    while (types[n]) {
        n++;
    }
    types = xrealloc(types, (n + 1) * sizeof *types);
    types[n++] = "patch";
    vrec_open_vswitch_set_iface_types(top, types, n);
    free(types);
}

static void
write_system(const struct vrec_open_vswitch *top)
{
    struct utsname u;
    if (!uname(&u)) {
        if (!top->system_type) {
            vrec_open_vswitch_set_system_type(top, u.sysname);
        }
        if (!top->system_version) {
            vrec_open_vswitch_set_system_version(top, u.release);
        }
    }
}

void
status_write_static(struct idl *idl, struct vswitch *vs)
{
    const struct vrec_open_vswitch *top = vrec_open_vswitch_first(idl);
    if (!top) {
        return;
    }
    write_types(top, vs);
    write_system(top);
    vrec_open_vswitch_set_ovs_version(top, PEER_VERSION);
    vrec_open_vswitch_set_db_version(top, SCHEMA_VERSION);
    vrec_open_vswitch_set_dpdk_initialized(top, port_dpdk_is_initialized());
    vrec_open_vswitch_set_dpdk_version(top, port_dpdk_version());
}

/* ## Interfaces ## */

static void
set_optional(void (*set)(const struct vrec_interface *, int64_t const *,
                         size_t),
             const struct vrec_interface *row, int64_t value, bool present)
{
    set(row, &value, present ? 1 : 0);
}

/* The OpenFlow number as the column has it: 16 bits, -1 when not open. */
static int64_t
ofport_column(uint32_t ofport)
{
    return ofport == UINT32_MAX ? -1 : (int64_t)(ofport & 0xffff);
}

static void
write_port_status(const struct vrec_interface *row,
                  const struct port_status *p, bool has_port)
{
    char mac[18];
    snprintf(mac, sizeof mac, ETH_ADDR_FMT, ETH_ADDR_ARGS(p->mac));
    vrec_interface_set_mac_in_use(row, has_port ? mac : NULL);
    vrec_interface_set_admin_state(row, !has_port          ? NULL
                                        : p->is_admin_up ? "up" : "down");
    vrec_interface_set_link_state(row, !has_port         ? NULL
                                       : p->is_link_up ? "up" : "down");
    set_optional(vrec_interface_set_mtu, row, p->mtu, has_port && p->mtu);
    set_optional(vrec_interface_set_ifindex, row, p->ifindex, has_port);
    set_optional(vrec_interface_set_link_speed, row, (int64_t)p->speed_bps,
                 has_port && p->speed_bps);
    vrec_interface_set_duplex(row, has_port && p->speed_bps
                                       ? (p->is_full_duplex ? "full" : "half")
                                       : NULL);
    set_optional(vrec_interface_set_link_resets, row,
                 (int64_t)p->n_link_resets, has_port);
    struct smap status;
    smap_init(&status);
    if (has_port && p->driver) {
        smap_set(&status, "driver_name", p->driver);
    }
    vrec_interface_set_status(row, &status);
    smap_fini(&status);
}

static void
write_port_stats(const struct vrec_interface *row, const struct port_stats *s,
                 const uint64_t drops[DP_N_DROPS])
{
    const char *keys[16 + DP_N_DROPS];
    char names[DP_N_DROPS][48];
    int64_t values[16 + DP_N_DROPS];
    size_t n = 0;
#define PUT(NAME)                                                             \
    do {                                                                      \
        keys[n] = #NAME;                                                      \
        values[n++] = (int64_t)s->NAME;                                       \
    } while (0)
    PUT(collisions);
    PUT(rx_bytes);
    PUT(rx_crc_err);
    PUT(rx_dropped);
    PUT(rx_errors);
    PUT(rx_frame_err);
    PUT(rx_over_err);
    PUT(rx_packets);
    PUT(tx_bytes);
    PUT(tx_dropped);
    PUT(tx_errors);
    PUT(tx_packets);
#undef PUT
    for (int r = 1; r < DP_N_DROPS; r++) {
        if (drops[r]) {
            snprintf(names[r], sizeof names[r], "weir_drop_%s",
                     dp_drop_names[r]);
            keys[n] = names[r];
            values[n++] = (int64_t)drops[r];
        }
    }
    vrec_interface_set_statistics(row, keys, values, n);
}

static void
write_iface(struct bridge *b, const struct vrec_interface *row,
            bool with_stats)
{
    struct bridge_iface_status st;
    if (!bridge_get_iface_status(b, row->name, &st)) {
        return;
    }
    int64_t ofport = ofport_column(st.ofport);
    vrec_interface_set_ofport(row, &ofport, 1);
    vrec_interface_set_error(row, st.error);
    bool has_port = bridge_iface_port(b, row->name) != NULL;
    write_port_status(row, &st.port, has_port);
    if (with_stats && has_port) {
        write_port_stats(row, &st.stats, st.drops);
    }
}

/* ## Bridges and controllers ## */

static void
write_controller(const struct bridge *b, const struct vrec_controller *row)
{
    struct bridge_controller_status st;
    if (!bridge_get_controller_status(b, row->target, &st)) {
        return;
    }
    vrec_controller_set_is_connected(row, st.is_connected);
    vrec_controller_set_role(row, st.is_connected ? st.role : NULL);
    struct smap status;
    smap_init(&status);
    smap_set(&status, "state", st.state);
    if (st.last_error) {
        smap_set(&status, "last_error", st.last_error);
    }
    if (st.connected_s >= 0) {
        smap_setf(&status, "sec_since_connect", "%lld",
                  (long long)st.connected_s);
    }
    if (st.disconnected_s >= 0) {
        smap_setf(&status, "sec_since_disconnect", "%lld",
                  (long long)st.disconnected_s);
    }
    /* Seconds alone are no news: they go with the statistics. */
    const char *was = smap_get(&row->status, "state", NULL);
    if (!was || strcmp(was, st.state)
        || row->is_connected != st.is_connected) {
        vrec_controller_set_status(row, &status);
    }
    smap_fini(&status);
}

static void
write_bridge(struct bridge *b, const struct vrec_bridge *row, bool with_stats)
{
    char dpid[17];
    snprintf(dpid, sizeof dpid, "%016llx",
             (unsigned long long)bridge_get_dpid(b));
    vrec_bridge_set_datapath_id(row, dpid);
    vrec_bridge_set_datapath_version(row, "<built-in>");
    for (size_t i = 0; i < row->n_controller; i++) {
        write_controller(b, row->controller[i]);
    }
    for (size_t i = 0; i < row->n_ports; i++) {
        for (size_t k = 0; k < row->ports[i]->n_interfaces; k++) {
            write_iface(b, row->ports[i]->interfaces[k], with_stats);
        }
    }
}

void
status_write(struct idl *idl, struct vswitch *vs, bool with_stats)
{
    const struct vrec_open_vswitch *top = vrec_open_vswitch_first(idl);
    for (size_t i = 0; top && i < top->n_bridges; i++) {
        const struct vrec_bridge *row = top->bridges[i];
        struct bridge *b = vswitch_find(vs, row->name);
        if (b) {
            write_bridge(b, row, with_stats);
        }
    }
}
