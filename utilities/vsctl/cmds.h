/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the command rows; commands.c says which is whose. */
#ifndef WEIR_VSCTL_CMDS_H
#define WEIR_VSCTL_CMDS_H 1

#include "utilities/vsctl/vsctl.h"

#define VSCTL_PRE(NAME) void NAME(struct vsctl *, const struct vsctl_cmd *)
#define VSCTL_RUN(NAME) void NAME(struct vsctl *, struct vsctl_cmd *)

/* db_read.c and db_write.c: any table. */
VSCTL_PRE(vsctl_pre_list);
VSCTL_PRE(vsctl_pre_find);
VSCTL_PRE(vsctl_pre_get);
VSCTL_PRE(vsctl_pre_set);
VSCTL_PRE(vsctl_pre_add);
VSCTL_PRE(vsctl_pre_clear);
VSCTL_PRE(vsctl_pre_create);
VSCTL_PRE(vsctl_pre_destroy);
VSCTL_PRE(vsctl_pre_wait_until);
VSCTL_RUN(vsctl_list);
VSCTL_RUN(vsctl_find);
VSCTL_RUN(vsctl_get);
VSCTL_RUN(vsctl_set);
VSCTL_RUN(vsctl_add);
VSCTL_RUN(vsctl_remove);
VSCTL_RUN(vsctl_clear);
VSCTL_RUN(vsctl_create);
VSCTL_RUN(vsctl_post_create);
VSCTL_RUN(vsctl_destroy);
VSCTL_RUN(vsctl_wait_until);
/* Nothing to do. */
VSCTL_PRE(vsctl_pre_none);
VSCTL_RUN(vsctl_none);

/* cmds_bridge.c, cmds_port.c: what stands on model.h; scope.c: bridges alone,
 * what the arguments name too, all. */
VSCTL_PRE(vsctl_pre_bridges);
VSCTL_PRE(vsctl_pre_model);
VSCTL_PRE(vsctl_pre_all_ports);
VSCTL_PRE(vsctl_pre_add_bond);
VSCTL_PRE(vsctl_pre_br_external_id);
VSCTL_RUN(vsctl_add_br);
VSCTL_RUN(vsctl_del_br);
VSCTL_RUN(vsctl_list_br);
VSCTL_RUN(vsctl_br_exists);
VSCTL_RUN(vsctl_br_to_vlan);
VSCTL_RUN(vsctl_br_to_parent);
VSCTL_RUN(vsctl_br_set_external_id);
VSCTL_RUN(vsctl_br_get_external_id);
VSCTL_RUN(vsctl_list_ports);
VSCTL_RUN(vsctl_add_port);
VSCTL_RUN(vsctl_del_port);
VSCTL_RUN(vsctl_port_to_br);
VSCTL_RUN(vsctl_list_ifaces);
VSCTL_RUN(vsctl_iface_to_br);
VSCTL_RUN(vsctl_add_bond);
VSCTL_RUN(vsctl_add_bond_iface);
VSCTL_RUN(vsctl_del_bond_iface);

/* cmds_remote.c: controllers, managers, keys. */
VSCTL_PRE(vsctl_pre_controller);
VSCTL_PRE(vsctl_pre_fail_mode);
VSCTL_PRE(vsctl_pre_manager);
VSCTL_PRE(vsctl_pre_ssl);
VSCTL_RUN(vsctl_get_controller);
VSCTL_RUN(vsctl_del_controller);
VSCTL_RUN(vsctl_set_controller);
VSCTL_RUN(vsctl_get_fail_mode);
VSCTL_RUN(vsctl_del_fail_mode);
VSCTL_RUN(vsctl_set_fail_mode);
VSCTL_RUN(vsctl_get_manager);
VSCTL_RUN(vsctl_del_manager);
VSCTL_RUN(vsctl_set_manager);
VSCTL_RUN(vsctl_get_ssl);
VSCTL_RUN(vsctl_del_ssl);
VSCTL_RUN(vsctl_set_ssl);

/* cmds_misc.c: the whole switch, auto-attach, datapaths. */
VSCTL_PRE(vsctl_pre_emer_reset);
VSCTL_RUN(vsctl_emer_reset);
VSCTL_PRE(vsctl_pre_aa);
VSCTL_RUN(vsctl_add_aa_mapping);
VSCTL_RUN(vsctl_del_aa_mapping);
VSCTL_RUN(vsctl_get_aa_mapping);
VSCTL_PRE(vsctl_pre_zone);
VSCTL_RUN(vsctl_add_zone_tp);
VSCTL_RUN(vsctl_del_zone_tp);
VSCTL_RUN(vsctl_list_zone_tp);
VSCTL_RUN(vsctl_list_dp_cap);

#endif
