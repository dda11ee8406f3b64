# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += controller/libcontroller.a
controller_libcontroller_a_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS)
controller_libcontroller_a_SOURCES = \
	controller/apps/forward.c controller/apps/forward.h \
	controller/cmds.c controller/cmds.h \
	controller/core/core.h controller/core/core_priv.h \
	controller/core/rules.c \
	controller/core/session.c \
	controller/core/switches.c \
	controller/store/mem.c controller/store/store.h

sbin_PROGRAMS += controller/sdnd
controller_sdnd_SOURCES = controller/sdnd.c
controller_sdnd_LDADD = controller/libcontroller.a \
	lib/openflow/libopenflow.a lib/flow/libflow.a lib/packet/libpacket.a \
	$(IO_LIBS) $(BASE_LIBS)

bin_PROGRAMS += controller/sdnctl
controller_sdnctl_SOURCES = controller/sdnctl.c
controller_sdnctl_LDADD = $(IO_LIBS) $(BASE_LIBS)
