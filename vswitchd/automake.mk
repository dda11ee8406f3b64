# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += vswitchd/libvswitchd.a
vswitchd_libvswitchd_a_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS)
vswitchd_libvswitchd_a_SOURCES = \
	vswitchd/bridge/bridge.c vswitchd/bridge/bridge.h \
	vswitchd/bridge/bridge_priv.h \
	vswitchd/bridge/ports.c \
	vswitchd/bridge/vswitch.c \
	vswitchd/ofproto/conns.c \
	vswitchd/ofproto/dispatch.c \
	vswitchd/ofproto/flowmod.c \
	vswitchd/ofproto/groups.c \
	vswitchd/ofproto/ofproto.c vswitchd/ofproto/ofproto.h \
	vswitchd/ofproto/ofproto_priv.h \
	vswitchd/ofproto/packet.c \
	vswitchd/ofproto/pipeline.h \
	vswitchd/ofproto/rules.c \
	vswitchd/ofproto/stats.c \
	vswitchd/xlate/translate.c \
	vswitchd/xlate/x_group.c \
	vswitchd/xlate/x_output.c \
	vswitchd/xlate/x_set.c \
	vswitchd/xlate/xlate.h vswitchd/xlate/xlate_priv.h
