# SPDX-License-Identifier: Apache-2.0
bin_PROGRAMS += utilities/vsctl/vsctl
utilities_vsctl_vsctl_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
utilities_vsctl_vsctl_SOURCES = \
	utilities/vsctl/args_column.c \
	utilities/vsctl/cmds.h \
	utilities/vsctl/cmds_bridge.c utilities/vsctl/cmds_misc.c \
	utilities/vsctl/cmds_port.c utilities/vsctl/cmds_remote.c \
	utilities/vsctl/commands.c \
	utilities/vsctl/db_read.c utilities/vsctl/db_write.c \
	utilities/vsctl/help.c utilities/vsctl/main.c \
	utilities/vsctl/model.c utilities/vsctl/model.h \
	utilities/vsctl/names.c utilities/vsctl/names.h \
	utilities/vsctl/run.c utilities/vsctl/scope.c \
	utilities/vsctl/show.c utilities/vsctl/vsctl.h \
	utilities/vsctl/wait.c
utilities_vsctl_vsctl_LDADD = utilities/common/libcommon.a $(OVSDB_LIBS) \
	$(IO_LIBS) $(BASE_LIBS)
