/* SPDX-License-Identifier: Apache-2.0 */
/* emer-reset, auto-attach mappings, datapaths' zones and capabilities. */
#include <inttypes.h>

#include "lib/base/mem.h"
#include "utilities/vsctl/cmds.h"
#include "utilities/vsctl/model.h"

/* Columns of a bridge that emer-reset empties. */
static const size_t reset_columns[] = {
    VREC_BRIDGE_COL_CONTROLLER, VREC_BRIDGE_COL_FAIL_MODE,
    VREC_BRIDGE_COL_MIRRORS,    VREC_BRIDGE_COL_NETFLOW,
    VREC_BRIDGE_COL_SFLOW,      VREC_BRIDGE_COL_IPFIX,
};

/* Where it empties other_config too.  The peer's manual says that it does so
 * in all tables; its program leaves the others, and so their rate limits. */
static const struct {
    size_t table, column;
} reset_configs[] = {
    { VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_OTHER_CONFIG },
    { VREC_TABLE_PORT, VREC_PORT_COL_OTHER_CONFIG },
};

void
vsctl_pre_emer_reset(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    vsctl_pre_manager(v, cmd);
    vsctl_pre_ssl(v, cmd);
    for (size_t i = 0; i < ARRAY_SIZE(reset_columns); i++) {
        vsctl_want(v, VREC_TABLE_BRIDGE, reset_columns[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(reset_configs); i++) {
        vsctl_want(v, reset_configs[i].table, reset_configs[i].column);
    }
}

/* Empties other_config; a bridge keeps its hwaddr. */
static void
clear_other_config(struct vsctl *v, const struct idl_row *row, size_t column)
{
    const struct ovsdb_type *type =
        idl_column_type(v->idl, idl_row_table(row), column);
    const struct ovsdb_datum *old = idl_read(row, column);
    struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
    const char *hwaddr = idl_row_table(row) == VREC_TABLE_BRIDGE
                             ? ovsdb_datum_get_string(old, "hwaddr")
                             : NULL;
    if (hwaddr) {
        union ovsdb_atom key, value;
        ovsdb_atom_init_string(&key, "hwaddr");
        ovsdb_atom_init_string(&value, hwaddr);
        ovsdb_datum_push(&d, type, &key, &value);
    }
    idl_txn_write(row, column, &d);
}

void
vsctl_emer_reset(struct vsctl *v, struct vsctl_cmd *cmd)
{
    for (const struct idl_row *row = idl_first(v->idl, VREC_TABLE_BRIDGE);
         row; row = idl_next(row)) {
        for (size_t i = 0; i < ARRAY_SIZE(reset_columns); i++) {
            struct ovsdb_datum none = OVSDB_DATUM_EMPTY;
            idl_txn_write(row, reset_columns[i], &none);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(reset_configs); i++) {
        for (const struct idl_row *row =
                 idl_first(v->idl, reset_configs[i].table);
             row; row = idl_next(row)) {
            clear_other_config(v, row, reset_configs[i].column);
        }
    }
    vsctl_del_manager(v, cmd);
    vsctl_del_ssl(v, cmd);
}

void
vsctl_pre_aa(struct vsctl *v, const struct vsctl_cmd *cmd)
{
    vsctl_pre_bridges(v, cmd);
    vsctl_want(v, VREC_TABLE_BRIDGE, VREC_BRIDGE_COL_AUTO_ATTACH);
    vsctl_want(v, VREC_TABLE_AUTOATTACH, VREC_AUTOATTACH_COL_MAPPINGS);
}

static const struct vrec_autoattach *
auto_attach_of(const struct vsctl *v, const struct vsctl_bridge *br)
{
    const struct ovsdb_datum *d =
        idl_read(&br->row->header_, VREC_BRIDGE_COL_AUTO_ATTACH);
    return d->n ? vrec_autoattach_find(v->idl, &d->keys[0].uuid) : NULL;
}

static int64_t
integer_arg(const struct vsctl_cmd *cmd, int i)
{
    int64_t x;
    if (!str_to_i64(cmd->argv[i], 10, &x)) {
        vsctl_fatal("Invalid argument %s", cmd->argv[i]);
    }
    return x;
}

void
vsctl_add_aa_mapping(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    union ovsdb_atom isid = { .integer = integer_arg(cmd, 2) };
    union ovsdb_atom vlan = { .integer = integer_arg(cmd, 3) };
    const struct vrec_autoattach *aa = auto_attach_of(v, br);
    if (!aa) {
        aa = vrec_autoattach_insert(v->txn);
        vrec_bridge_set_auto_attach(br->row, aa);
    }
    if (ovsdb_datum_find_key(idl_read(&aa->header_,
                                      VREC_AUTOATTACH_COL_MAPPINGS),
                             &isid, OVSDB_INTEGER) >= 0) {
        return; /* What is there stays. */
    }
    struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
    ovsdb_datum_push(&d,
                     idl_column_type(v->idl, VREC_TABLE_AUTOATTACH,
                                     VREC_AUTOATTACH_COL_MAPPINGS),
                     &isid, &vlan);
    idl_txn_add(&aa->header_, VREC_AUTOATTACH_COL_MAPPINGS, &d);
}

void
vsctl_del_aa_mapping(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    int64_t isid = integer_arg(cmd, 2);
    int64_t vlan = integer_arg(cmd, 3);
    const struct vrec_autoattach *aa = auto_attach_of(v, br);
    if (!aa) {
        return;
    }
    const struct ovsdb_datum *d =
        idl_read(&aa->header_, VREC_AUTOATTACH_COL_MAPPINGS);
    const union ovsdb_atom key = { .integer = isid };
    ssize_t i = ovsdb_datum_find_key(d, &key, OVSDB_INTEGER);
    if (i >= 0 && d->values[i].integer == vlan) {
        struct ovsdb_datum gone;
        ovsdb_datum_init_integer(&gone, isid);
        idl_txn_remove(&aa->header_, VREC_AUTOATTACH_COL_MAPPINGS, &gone);
    }
}

void
vsctl_get_aa_mapping(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vsctl_bridge *br = vsctl_find_bridge(v, cmd->argv[1], true);
    const struct vrec_autoattach *aa = auto_attach_of(v, br);
    if (!aa) {
        return;
    }
    const struct ovsdb_datum *d =
        idl_read(&aa->header_, VREC_AUTOATTACH_COL_MAPPINGS);
    for (size_t i = 0; i < d->n; i++) {
        str_putf(&cmd->out, "%"PRId64" %"PRId64"\n", d->keys[i].integer,
                 d->values[i].integer);
    }
}

void
vsctl_pre_zone(struct vsctl *v, const struct vsctl_cmd *cmd UNUSED)
{
    vsctl_want(v, VREC_TABLE_OPEN_VSWITCH, VREC_OPEN_VSWITCH_COL_DATAPATHS);
    vsctl_want(v, VREC_TABLE_DATAPATH, VREC_DATAPATH_COL_CT_ZONES);
    vsctl_want(v, VREC_TABLE_DATAPATH, VREC_DATAPATH_COL_CAPABILITIES);
    vsctl_want(v, VREC_TABLE_CT_ZONE, VREC_CT_ZONE_COL_TIMEOUT_POLICY);
    vsctl_want(v, VREC_TABLE_CT_TIMEOUT_POLICY,
               VREC_CT_TIMEOUT_POLICY_COL_TIMEOUTS);
}

static const struct vrec_datapath *
find_datapath(const struct vsctl *v, const char *name)
{
    const struct ovsdb_datum *d =
        idl_read(&v->ovs->header_, VREC_OPEN_VSWITCH_COL_DATAPATHS);
    ssize_t i = ovsdb_datum_find_string(d, name);
    return i >= 0 ? vrec_datapath_find(v->idl, &d->values[i].uuid) : NULL;
}

static const struct vrec_datapath *
get_datapath(const struct vsctl *v, const char *name)
{
    const struct vrec_datapath *dp = find_datapath(v, name);
    if (!dp) {
        vsctl_fatal("datapath %s does not exist", name);
    }
    return dp;
}

/* "zone=5" */
static int64_t
zone_arg(const char *arg)
{
    int64_t zone;
    if (!str_starts_with(arg, "zone=") || !str_to_i64(arg + 5, 10, &zone)
        || zone < 0 || zone > UINT16_MAX) {
        vsctl_fatal("%s: expected zone=ID with an ID between 0 and 65535",
                    arg);
    }
    return zone;
}

static const struct vrec_ct_zone *
find_zone(const struct vsctl *v, const struct vrec_datapath *dp, int64_t id)
{
    const struct ovsdb_datum *d =
        idl_read(&dp->header_, VREC_DATAPATH_COL_CT_ZONES);
    const union ovsdb_atom key = { .integer = id };
    ssize_t i = ovsdb_datum_find_key(d, &key, OVSDB_INTEGER);
    return i >= 0 ? vrec_ct_zone_find(v->idl, &d->values[i].uuid) : NULL;
}

/* A row with the policies "icmp_first=30" and so on. */
static const struct vrec_ct_timeout_policy *
create_policy(struct vsctl *v, char *args[], int n)
{
    const struct ovsdb_type *type =
        idl_column_type(v->idl, VREC_TABLE_CT_TIMEOUT_POLICY,
                        VREC_CT_TIMEOUT_POLICY_COL_TIMEOUTS);
    const struct vrec_ct_timeout_policy *tp =
        vrec_ct_timeout_policy_insert(v->txn);
    for (int i = 0; i < n; i++) {
        struct ovsdb_datum d;
        vsctl_check(ovsdb_datum_from_text(&d, type, args[i], NULL));
        idl_txn_add(&tp->header_, VREC_CT_TIMEOUT_POLICY_COL_TIMEOUTS, &d);
    }
    return tp;
}

void
vsctl_add_zone_tp(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vrec_datapath *dp = get_datapath(v, cmd->argv[1]);
    int64_t id = zone_arg(cmd->argv[2]);
    const struct vrec_ct_zone *zone = find_zone(v, dp, id);
    if (zone && !vsctl_has_option(cmd, "--may-exist")) {
        vsctl_fatal("zone id %"PRId64" already exists", id);
    }
    const struct vrec_ct_timeout_policy *tp =
        create_policy(v, cmd->argv + 3, cmd->argc - 3);
    if (!zone) {
        zone = vrec_ct_zone_insert(v->txn);
        struct ovsdb_datum d = OVSDB_DATUM_EMPTY;
        union ovsdb_atom key = { .integer = id };
        union ovsdb_atom value = { .uuid = zone->header_.uuid };
        ovsdb_datum_push(&d,
                         idl_column_type(v->idl, VREC_TABLE_DATAPATH,
                                         VREC_DATAPATH_COL_CT_ZONES),
                         &key, &value);
        idl_txn_add(&dp->header_, VREC_DATAPATH_COL_CT_ZONES, &d);
    }
    vrec_ct_zone_set_timeout_policy(zone, tp);
}

void
vsctl_del_zone_tp(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vrec_datapath *dp = get_datapath(v, cmd->argv[1]);
    int64_t id = zone_arg(cmd->argv[2]);
    if (!find_zone(v, dp, id)) {
        if (!vsctl_has_option(cmd, "--if-exists")) {
            vsctl_fatal("zone id %"PRId64" does not exist", id);
        }
        return;
    }
    struct ovsdb_datum d;
    ovsdb_datum_init_integer(&d, id);
    idl_txn_remove(&dp->header_, VREC_DATAPATH_COL_CT_ZONES, &d);
}

void
vsctl_list_zone_tp(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vrec_datapath *dp = find_datapath(v, cmd->argv[1]);
    if (!dp) {
        vsctl_fatal("datapath: %s record not found", cmd->argv[1]);
    }
    const struct ovsdb_datum *zones =
        idl_read(&dp->header_, VREC_DATAPATH_COL_CT_ZONES);
    for (size_t i = 0; i < zones->n; i++) {
        int64_t id = zones->keys[i].integer;
        const struct vrec_ct_zone *zone = find_zone(v, dp, id);
        str_putf(&cmd->out, "Zone:%"PRId64", Timeout Policies: ", id);
        const struct ovsdb_datum *ref =
            zone ? idl_read(&zone->header_, VREC_CT_ZONE_COL_TIMEOUT_POLICY)
                 : NULL;
        const struct vrec_ct_timeout_policy *tp =
            ref && ref->n ? vrec_ct_timeout_policy_find(v->idl,
                                                        &ref->keys[0].uuid)
                          : NULL;
        if (!tp) {
            str_put(&cmd->out, "system default\n");
            continue;
        }
        ovsdb_datum_put_bare(
            &cmd->out,
            idl_read(&tp->header_, VREC_CT_TIMEOUT_POLICY_COL_TIMEOUTS),
            idl_column_type(v->idl, VREC_TABLE_CT_TIMEOUT_POLICY,
                            VREC_CT_TIMEOUT_POLICY_COL_TIMEOUTS));
        str_put_char(&cmd->out, '\n');
    }
}

void
vsctl_list_dp_cap(struct vsctl *v, struct vsctl_cmd *cmd)
{
    const struct vrec_datapath *dp = find_datapath(v, cmd->argv[1]);
    if (!dp) {
        vsctl_fatal("datapath \"%s\" record not found", cmd->argv[1]);
    }
    ovsdb_datum_put_bare(&cmd->out,
                         idl_read(&dp->header_,
                                  VREC_DATAPATH_COL_CAPABILITIES),
                         idl_column_type(v->idl, VREC_TABLE_DATAPATH,
                                         VREC_DATAPATH_COL_CAPABILITIES));
    str_put_char(&cmd->out, '\n');
}
