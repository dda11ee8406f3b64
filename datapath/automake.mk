# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += datapath/libdatapath.a
datapath_libdatapath_a_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS) $(DPDK_CFLAGS)
datapath_libdatapath_a_SOURCES = \
	datapath/dp.h \
	datapath/dpact.def datapath/dpact.h datapath/drops.def \
	datapath/l2.h \
	datapath/meter.h \
	datapath/port/port.h \
	datapath/user/exec.c datapath/user/exec.h datapath/user/exec_priv.h \
	datapath/user/exec_set.c
