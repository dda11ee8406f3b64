# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += utilities/common/libcommon.a
utilities_common_libcommon_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
utilities_common_libcommon_a_SOURCES = \
	utilities/common/table.c utilities/common/table.h
