# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += datapath/libdatapath.a
datapath_libdatapath_a_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS) $(DPDK_CFLAGS)
datapath_libdatapath_a_SOURCES = \
	datapath/dp.c datapath/dp.h \
	datapath/dpact.def datapath/dpact.h datapath/drops.def \
	datapath/l2.h \
	datapath/meter.h \
	datapath/prog_builder.c \
	datapath/user/exec.c datapath/user/exec.h datapath/user/exec_priv.h \
	datapath/user/exec_set.c \
	datapath/user/fdb.c \
	datapath/user/flowcache.c datapath/user/flowcache.h \
	datapath/user/meter.c \
	datapath/user/normal.c \
	datapath/user/pipeline.c \
	datapath/user/prog.c datapath/user/prog.h \
	datapath/user/worker.c datapath/user/worker.h

# datapath/port
datapath_libdatapath_a_SOURCES += \
	datapath/port/afpacket.c \
	datapath/port/dummy.c \
	datapath/port/dummy_link.c datapath/port/dummy_link.h \
	datapath/port/kdev.c datapath/port/kdev.h \
	datapath/port/mem.c \
	datapath/port/port.c datapath/port/port.h datapath/port/port_priv.h \
	datapath/port/tap.c \
	datapath/port/vnet.h
if HAVE_DPDK
datapath_libdatapath_a_SOURCES += \
	datapath/port/dpdk.c datapath/port/dpdk_eal.c datapath/port/dpdk_priv.h
else
datapath_libdatapath_a_SOURCES += datapath/port/dpdk_stub.c
endif

# What a program with a datapath links; list its upper layers before.
DATAPATH_LIBS = datapath/libdatapath.a lib/flow/libflow.a \
	lib/packet/libpacket.a $(IO_LIBS) $(BASE_LIBS) $(DPDK_LIBS)
