# SPDX-License-Identifier: Apache-2.0
dist_pkgdata_DATA += ovsdb/vswitch.ovsschema

# The engine: everything but sockets, for the server, the file tool and tests.
noinst_LIBRARIES += ovsdb/libovsdbengine.a
ovsdb_libovsdbengine_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
ovsdb_libovsdbengine_a_SOURCES = \
	ovsdb/convert.c ovsdb/convert.h \
	ovsdb/db.c ovsdb/db.h \
	ovsdb/exec.c ovsdb/exec.h ovsdb/exec_priv.h ovsdb/ops.def \
	ovsdb/exec_rows.c ovsdb/exec_select.c ovsdb/exec_wait.c \
	ovsdb/journal.c ovsdb/journal.h ovsdb/journal_priv.h \
	ovsdb/journal_compact.c ovsdb/journal_read.c ovsdb/journal_repair.c \
	ovsdb/lock.c ovsdb/lock.h \
	ovsdb/monitor.c ovsdb/monitor.h ovsdb/monitor_priv.h \
	ovsdb/monitor_cond.c ovsdb/monitor_history.c \
	ovsdb/monitor_parse.c ovsdb/monitor_text.c \
	ovsdb/rbac.c ovsdb/rbac.h \
	ovsdb/record.c ovsdb/record.h ovsdb/record_apply.c \
	ovsdb/snapshot.c ovsdb/snapshot.h \
	ovsdb/text.c ovsdb/text.h \
	ovsdb/trigger.c ovsdb/trigger.h \
	ovsdb/txn.c ovsdb/txn.h ovsdb/txn_priv.h \
	ovsdb/txn_check.c ovsdb/txn_refs.c

# The server: clients, remotes, several databases.
noinst_LIBRARIES += ovsdb/libovsdbserver.a
ovsdb_libovsdbserver_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
ovsdb_libovsdbserver_a_SOURCES = \
	ovsdb/cmds.c ovsdb/cmds.h ovsdb/cmds.def \
	ovsdb/config.c ovsdb/config.h \
	ovsdb/remote.c ovsdb/remote.h ovsdb/remote_db.c ovsdb/remote_priv.h \
	ovsdb/replica.c ovsdb/replica.h ovsdb/replica_priv.h \
	ovsdb/replica_rows.c \
	ovsdb/replication.c ovsdb/replication.h \
	ovsdb/metrics.c ovsdb/metrics.h ovsdb/metrics.def \
	ovsdb/metrics_http.c \
	ovsdb/rpc.c ovsdb/rpc_history.c ovsdb/rpc_monitor.c ovsdb/rpc_transact.c \
	ovsdb/methods.def \
	ovsdb/self.c \
	ovsdb/tlog.c ovsdb/tlog.h \
	ovsdb/server.c ovsdb/server.h \
	ovsdb/session.c ovsdb/session.h ovsdb/session_priv.h
OVSDB_ENGINE_LIBS = ovsdb/libovsdbengine.a lib/ovsdb/libovsdb.a $(IO_LIBS) \
	$(BASE_LIBS)
OVSDB_SERVER_LIBS = ovsdb/libovsdbserver.a $(OVSDB_ENGINE_LIBS)

sbin_PROGRAMS += ovsdb/ovsdb-server
ovsdb_ovsdb_server_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
ovsdb_ovsdb_server_SOURCES = ovsdb/main.c
ovsdb_ovsdb_server_LDADD = $(OVSDB_SERVER_LIBS)

bin_PROGRAMS += ovsdb/ovsdb-tool
ovsdb_ovsdb_tool_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
ovsdb_ovsdb_tool_SOURCES = \
	ovsdb/tool/cmds.def ovsdb/tool/tool.h \
	ovsdb/tool/check.c ovsdb/tool/cluster.c \
	ovsdb/tool/file.c ovsdb/tool/log.c ovsdb/tool/main.c \
	ovsdb/tool/query.c ovsdb/tool/rollback.c
ovsdb_ovsdb_tool_LDADD = $(OVSDB_ENGINE_LIBS)
