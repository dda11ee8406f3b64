# SPDX-License-Identifier: Apache-2.0
# Fuzz targets.  tests/fuzz/fuzz_NAME.c, with LLVMFuzzerTestOneInput(), takes
# two lines in the section of its room:
#
#   FUZZ_TESTS += tests/fuzz/fuzz_NAME
#   tests_fuzz_fuzz_NAME_LDADD = $(FUZZ_LIBS) lib/x/libx.a $(BASE_LIBS)
#
# `make check` replays tests/fuzz/corpus/NAME/ and seeded mutations of it;
# `make fuzz T=NAME` runs libFuzzer (tests/fuzz/run).

FUZZ_TESTS =

# lib/base

# lib/io
FUZZ_TESTS += tests/fuzz/fuzz_json tests/fuzz/fuzz_jsonrpc tests/fuzz/fuzz_names
tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS) $(IO_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_jsonrpc_LDADD = $(FUZZ_LIBS) $(IO_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_names_LDADD = $(FUZZ_LIBS) $(IO_LIBS) $(BASE_LIBS)

# lib/packet
FUZZ_TESTS += tests/fuzz/fuzz_packet
tests_fuzz_fuzz_packet_LDADD = $(FUZZ_LIBS) \
	lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)

# lib/flow

# lib/openflow
OPENFLOW_FUZZ_LIBS = $(FUZZ_LIBS) lib/openflow/libopenflow.a \
	lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)
FUZZ_TESTS += tests/fuzz/fuzz_oxm tests/fuzz/fuzz_actions \
	tests/fuzz/fuzz_flow_text tests/fuzz/fuzz_group_text
tests_fuzz_fuzz_oxm_LDADD = $(OPENFLOW_FUZZ_LIBS)
tests_fuzz_fuzz_actions_LDADD = $(OPENFLOW_FUZZ_LIBS)
tests_fuzz_fuzz_flow_text_LDADD = $(OPENFLOW_FUZZ_LIBS)
tests_fuzz_fuzz_group_text_LDADD = $(OPENFLOW_FUZZ_LIBS)
FUZZ_TESTS += tests/fuzz/fuzz_ofm tests/fuzz/fuzz_conn
tests_fuzz_fuzz_ofm_LDADD = $(OPENFLOW_FUZZ_LIBS)
tests_fuzz_fuzz_conn_LDADD = $(OPENFLOW_FUZZ_LIBS)

# lib/ovsdb
FUZZ_TESTS += tests/fuzz/fuzz_datum_text
tests_fuzz_fuzz_datum_text_LDADD = $(FUZZ_LIBS) $(OVSDB_LIBS) $(IO_LIBS) \
	$(BASE_LIBS)

FUZZ_TESTS += tests/fuzz/fuzz_ovsdb_schema
tests_fuzz_fuzz_ovsdb_schema_LDADD = $(FUZZ_LIBS) $(OVSDB_LIBS) $(IO_LIBS) \
	$(BASE_LIBS)

FUZZ_TESTS += tests/fuzz/fuzz_ovsdb_cond
tests_fuzz_fuzz_ovsdb_cond_LDADD = $(FUZZ_LIBS) $(OVSDB_LIBS) $(IO_LIBS) \
	$(BASE_LIBS)

# ovsdb: files and their second copies
FUZZ_TESTS += tests/fuzz/fuzz_ovsdb_damage
tests_fuzz_fuzz_ovsdb_damage_LDADD = $(FUZZ_LIBS) $(OVSDB_ENGINE_LIBS)

# ovsdb: what a request for the metrics is
FUZZ_TESTS += tests/fuzz/fuzz_metrics_http
tests_fuzz_fuzz_metrics_http_LDADD = $(FUZZ_LIBS) $(OVSDB_SERVER_LIBS)

# datapath
FUZZ_TESTS += tests/fuzz/fuzz_exec
tests_fuzz_fuzz_exec_LDADD = $(FUZZ_LIBS) $(DATAPATH_LIBS)

FUZZ_TESTS += tests/fuzz/fuzz_port
tests_fuzz_fuzz_port_LDADD = $(FUZZ_LIBS) $(DATAPATH_LIBS)

# vswitchd

# ovsdb
FUZZ_TESTS += tests/fuzz/fuzz_ovsdb_file
tests_fuzz_fuzz_ovsdb_file_LDADD = $(FUZZ_LIBS) $(OVSDB_ENGINE_LIBS)

FUZZ_TESTS += tests/fuzz/fuzz_ovsdb_history
tests_fuzz_fuzz_ovsdb_history_LDADD = $(FUZZ_LIBS) $(OVSDB_ENGINE_LIBS)

FUZZ_TESTS += tests/fuzz/fuzz_ovsdb_transact
tests_fuzz_fuzz_ovsdb_transact_LDADD = $(FUZZ_LIBS) $(OVSDB_ENGINE_LIBS)

# controller

# utilities

check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/ovsdb.dict tests/fuzz/run

# With --enable-fuzz, libFuzzer's main(); else the one of replay.c.
if ENABLE_FUZZ
FUZZ_LIBS = $(FUZZ_ENGINE)
else
FUZZ_LIBS = tests/fuzz/libreplay.a
check_LIBRARIES = tests/fuzz/libreplay.a
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c
endif

# Seconds a target.
FUZZ_SECONDS = 60

fuzz:
	@test -n "$(T)" || { echo "usage: make fuzz T=NAME"; exit 1; }
	@$(srcdir)/tests/fuzz/run -t $(FUZZ_SECONDS) $(T)
fuzz-smoke:
	@$(srcdir)/tests/fuzz/run -t 10
.PHONY: fuzz fuzz-smoke
