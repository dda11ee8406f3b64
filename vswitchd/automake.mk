# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += vswitchd/libvswitchd.a
vswitchd_libvswitchd_a_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS)
vswitchd_libvswitchd_a_SOURCES = \
	vswitchd/agent.c vswitchd/agent.h \
	vswitchd/bridge/bridge.c vswitchd/bridge/bridge.h \
	vswitchd/bridge/bridge_priv.h \
	vswitchd/bridge/ports.c \
	vswitchd/bridge/vswitch.c \
	vswitchd/cmd_dummy.c \
	vswitchd/cmd_dump.c \
	vswitchd/cmd_fdb.c \
	vswitchd/cmd_trace.c \
	vswitchd/cmds.c vswitchd/cmds.h vswitchd/cmds_priv.h \
	vswitchd/config/apply.c \
	vswitchd/config/config.h \
	vswitchd/config/desired.c \
	vswitchd/config/diff.c \
	vswitchd/config/from_idl.c \
	vswitchd/config/status.c \
	vswitchd/odp_parse.c vswitchd/odp_text.c vswitchd/odp_text.h \
	vswitchd/ofproto/bundle.c \
	vswitchd/ofproto/conns.c \
	vswitchd/ofproto/dispatch.c \
	vswitchd/ofproto/flowmod.c \
	vswitchd/ofproto/group_buckets.c \
	vswitchd/ofproto/groups.c \
	vswitchd/ofproto/learn.c \
	vswitchd/ofproto/meters.c \
	vswitchd/ofproto/monitor.c \
	vswitchd/ofproto/ofproto.c vswitchd/ofproto/ofproto.h \
	vswitchd/ofproto/ofproto_priv.h \
	vswitchd/ofproto/packet.c \
	vswitchd/ofproto/roles.c \
	vswitchd/ofproto/pipeline.h \
	vswitchd/ofproto/rules.c \
	vswitchd/ofproto/stats.c \
	vswitchd/ofproto/table_evict.c \
	vswitchd/ofproto/table_features.c \
	vswitchd/ofproto/tables.c vswitchd/ofproto/tables.h \
	vswitchd/ofproto/txn.c \
	vswitchd/xlate/lower.c \
	vswitchd/xlate/translate.c \
	vswitchd/xlate/x_conj.c \
	vswitchd/xlate/x_group.c \
	vswitchd/xlate/x_hash.c \
	vswitchd/xlate/x_learn.c \
	vswitchd/xlate/x_output.c \
	vswitchd/xlate/x_part.c \
	vswitchd/xlate/x_set.c \
	vswitchd/xlate/xlate.h vswitchd/xlate/xlate_priv.h

sbin_PROGRAMS += vswitchd/vswitchd
vswitchd_vswitchd_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS)
vswitchd_vswitchd_SOURCES = vswitchd/main.c
vswitchd_vswitchd_LDADD = vswitchd/libvswitchd.a datapath/libdatapath.a \
	lib/openflow/libopenflow.a lib/ovsdb/libovsdb.a \
	lib/flow/libflow.a lib/packet/libpacket.a \
	$(IO_LIBS) $(BASE_LIBS) $(DPDK_LIBS)
