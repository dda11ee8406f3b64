# SPDX-License-Identifier: Apache-2.0
include utilities/common/automake.mk
include utilities/ofctl/automake.mk
include utilities/completion/automake.mk
include utilities/vsctl/automake.mk

bin_PROGRAMS += utilities/appctl
utilities_appctl_SOURCES = utilities/appctl.c
utilities_appctl_LDADD = $(IO_LIBS) $(BASE_LIBS)
include utilities/dbclient/automake.mk

bin_PROGRAMS += utilities/dpctl
utilities_dpctl_SOURCES = utilities/dpctl.c
utilities_dpctl_LDADD = $(IO_LIBS) $(BASE_LIBS)
