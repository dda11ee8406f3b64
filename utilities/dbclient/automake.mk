# SPDX-License-Identifier: Apache-2.0
bin_PROGRAMS += utilities/dbclient/ovsdb-client
utilities_dbclient_ovsdb_client_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
utilities_dbclient_ovsdb_client_SOURCES = \
	utilities/dbclient/backup.c \
	utilities/dbclient/client.h utilities/dbclient/cmds.def \
	utilities/dbclient/data.c \
	utilities/dbclient/diff.c utilities/dbclient/diff.h \
	utilities/dbclient/diff_load.c utilities/dbclient/diff_match.c \
	utilities/dbclient/follow.c \
	utilities/dbclient/history.c \
	utilities/dbclient/lock.c \
	utilities/dbclient/main.c \
	utilities/dbclient/monitor.c \
	utilities/dbclient/past.h \
	utilities/dbclient/print.c \
	utilities/dbclient/records.c \
	utilities/dbclient/replay.c \
	utilities/dbclient/rollback.c \
	utilities/dbclient/schema.c \
	utilities/dbclient/talk.c
utilities_dbclient_ovsdb_client_LDADD = utilities/common/libcommon.a $(OVSDB_LIBS) \
	$(IO_LIBS) $(BASE_LIBS)
