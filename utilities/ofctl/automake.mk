# SPDX-License-Identifier: Apache-2.0
bin_PROGRAMS += utilities/ofctl/ofctl
utilities_ofctl_ofctl_SOURCES = \
	utilities/ofctl/bundle.c utilities/ofctl/cmds.def utilities/ofctl/color.c \
	utilities/ofctl/extensions.c \
	utilities/ofctl/flowcmd.h utilities/ofctl/flows.c \
	utilities/ofctl/flowset.c utilities/ofctl/groups.c \
	utilities/ofctl/json.c utilities/ofctl/main.c utilities/ofctl/misc.c \
	utilities/ofctl/monitor.c utilities/ofctl/names.c \
	utilities/ofctl/ofctl.h utilities/ofctl/tables.c \
	utilities/ofctl/target.c utilities/ofctl/text.c
utilities_ofctl_ofctl_LDADD = lib/openflow/libopenflow.a lib/flow/libflow.a \
	lib/packet/libpacket.a $(IO_LIBS) $(BASE_LIBS)
