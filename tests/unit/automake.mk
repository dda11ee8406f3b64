# SPDX-License-Identifier: Apache-2.0
# Unit tests (cmocka).  tests/unit/test_NAME.c takes two lines in the section
# of its room; the source file is found by the program's name:
#
#   UNIT_TESTS += tests/unit/test_NAME
#   tests_unit_test_NAME_LDADD = $(CMOCKA_LIBS) $(BASE_LIBS)
#
# List libraries from the upper layer down, for example
#   $(CMOCKA_LIBS) lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)

UNIT_TESTS =

# lib/base
UNIT_TESTS += tests/unit/test_base
tests_unit_test_base_LDADD = $(CMOCKA_LIBS) $(BASE_LIBS)

UNIT_TESTS += tests/unit/test_sha1
tests_unit_test_sha1_LDADD = $(CMOCKA_LIBS) $(BASE_LIBS)

# lib/io
UNIT_TESTS += tests/unit/test_io_nl
tests_unit_test_io_nl_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_io_stream
tests_unit_test_io_stream_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_io_daemon
tests_unit_test_io_daemon_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_io_json
tests_unit_test_io_json_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_io_reconnect
tests_unit_test_io_reconnect_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_io_store
tests_unit_test_io_store_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_io_ctl
tests_unit_test_io_ctl_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_io_jsonrpc
tests_unit_test_io_jsonrpc_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_io_loop
tests_unit_test_io_loop_LDADD = $(CMOCKA_LIBS) $(IO_LIBS) $(BASE_LIBS)

# lib/packet
UNIT_TESTS += tests/unit/test_packet
tests_unit_test_packet_LDADD = $(CMOCKA_LIBS) \
	lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)

# lib/flow
UNIT_TESTS += tests/unit/test_extract
tests_unit_test_extract_LDADD = $(CMOCKA_LIBS) \
	lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)

UNIT_TESTS += tests/unit/test_match
tests_unit_test_match_LDADD = $(CMOCKA_LIBS) lib/flow/libflow.a $(BASE_LIBS)

UNIT_TESTS += tests/unit/test_classifier
tests_unit_test_classifier_LDADD = $(CMOCKA_LIBS) lib/flow/libflow.a \
	$(BASE_LIBS)

# lib/openflow
UNIT_TESTS += tests/unit/test_flow_text
tests_unit_test_flow_text_LDADD = $(CMOCKA_LIBS) \
	lib/openflow/libopenflow.a lib/flow/libflow.a $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_oxm
tests_unit_test_oxm_LDADD = $(CMOCKA_LIBS) \
	lib/openflow/libopenflow.a lib/flow/libflow.a $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_act
tests_unit_test_act_LDADD = $(CMOCKA_LIBS) \
	lib/openflow/libopenflow.a lib/flow/libflow.a $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_flow_golden
tests_unit_test_flow_golden_LDADD = $(CMOCKA_LIBS) \
	lib/openflow/libopenflow.a lib/flow/libflow.a $(BASE_LIBS)
EXTRA_DIST += tests/golden/regen tests/golden/flows tests/golden/groups

UNIT_TESTS += tests/unit/test_ofm
tests_unit_test_ofm_LDADD = $(CMOCKA_LIBS) lib/openflow/libopenflow.a \
	lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)

UNIT_TESTS += tests/unit/test_ofm_print
tests_unit_test_ofm_print_LDADD = $(CMOCKA_LIBS) \
	lib/openflow/libopenflow.a lib/flow/libflow.a \
	lib/packet/libpacket.a $(BASE_LIBS)
EXTRA_DIST += tests/golden/ofm_print.txt

UNIT_TESTS += tests/unit/test_channel
tests_unit_test_channel_LDADD = $(CMOCKA_LIBS) lib/openflow/libopenflow.a \
	lib/flow/libflow.a lib/packet/libpacket.a $(IO_LIBS) $(BASE_LIBS)

# lib/ovsdb
UNIT_TESTS += tests/unit/test_ovsdb_datum
tests_unit_test_ovsdb_datum_LDADD = $(CMOCKA_LIBS) $(OVSDB_LIBS) $(IO_LIBS) \
	$(BASE_LIBS)

UNIT_TESTS += tests/unit/test_ovsdb_history
tests_unit_test_ovsdb_history_LDADD = $(CMOCKA_LIBS) $(OVSDB_LIBS) \
	$(IO_LIBS) $(BASE_LIBS)

UNIT_TESTS += tests/unit/test_ovsdb_idl
tests_unit_test_ovsdb_idl_LDADD = $(CMOCKA_LIBS) $(OVSDB_SERVER_LIBS)

UNIT_TESTS += tests/unit/test_ovsdb_schema
tests_unit_test_ovsdb_schema_LDADD = $(CMOCKA_LIBS) $(OVSDB_LIBS) \
	$(IO_LIBS) $(BASE_LIBS)

# datapath
UNIT_TESTS += tests/unit/test_exec
tests_unit_test_exec_LDADD = $(CMOCKA_LIBS) $(DATAPATH_LIBS)

UNIT_TESTS += tests/unit/test_port
tests_unit_test_port_LDADD = $(CMOCKA_LIBS) $(DATAPATH_LIBS)

UNIT_TESTS += tests/unit/test_fdb
tests_unit_test_fdb_LDADD = $(CMOCKA_LIBS) $(DATAPATH_LIBS)

UNIT_TESTS += tests/unit/test_flowcache
tests_unit_test_flowcache_LDADD = $(CMOCKA_LIBS) $(DATAPATH_LIBS)

UNIT_TESTS += tests/unit/test_meter
tests_unit_test_meter_LDADD = $(CMOCKA_LIBS) $(DATAPATH_LIBS)

UNIT_TESTS += tests/unit/test_prog
tests_unit_test_prog_LDADD = $(CMOCKA_LIBS) $(DATAPATH_LIBS)

# vswitchd
VSWITCHD_LIBS = vswitchd/libvswitchd.a datapath/libdatapath.a \
	lib/openflow/libopenflow.a lib/ovsdb/libovsdb.a \
	lib/flow/libflow.a lib/packet/libpacket.a \
	$(IO_LIBS) $(BASE_LIBS) $(DPDK_LIBS)

UNIT_TESTS += tests/unit/test_config
tests_unit_test_config_LDADD = $(CMOCKA_LIBS) $(VSWITCHD_LIBS)

UNIT_TESTS += tests/unit/test_tables
tests_unit_test_tables_LDADD = $(CMOCKA_LIBS) $(VSWITCHD_LIBS)
tests_unit_test_tables_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS)

UNIT_TESTS += tests/unit/test_ofproto
tests_unit_test_ofproto_LDADD = $(CMOCKA_LIBS) $(VSWITCHD_LIBS)
tests_unit_test_ofproto_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS)
UNIT_TESTS += tests/unit/test_xlate
tests_unit_test_xlate_LDADD = $(CMOCKA_LIBS) $(VSWITCHD_LIBS)
tests_unit_test_xlate_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS)
EXTRA_DIST += tests/unit/ofproto_fixture.h

# ovsdb
UNIT_TESTS += tests/unit/test_ovsdb_exec
tests_unit_test_ovsdb_exec_LDADD = $(CMOCKA_LIBS) $(OVSDB_ENGINE_LIBS)
UNIT_TESTS += tests/unit/test_ovsdb_metrics
tests_unit_test_ovsdb_metrics_LDADD = $(CMOCKA_LIBS) $(OVSDB_SERVER_LIBS)
UNIT_TESTS += tests/unit/test_ovsdb_monitor
tests_unit_test_ovsdb_monitor_LDADD = $(CMOCKA_LIBS) $(OVSDB_ENGINE_LIBS)

UNIT_TESTS += tests/unit/test_ovsdb_damage
tests_unit_test_ovsdb_damage_LDADD = $(CMOCKA_LIBS) $(OVSDB_ENGINE_LIBS)

UNIT_TESTS += tests/unit/test_ovsdb_failures
tests_unit_test_ovsdb_failures_LDADD = $(CMOCKA_LIBS) $(OVSDB_ENGINE_LIBS)

UNIT_TESTS += tests/unit/test_ovsdb_journal
tests_unit_test_ovsdb_journal_LDADD = $(CMOCKA_LIBS) $(OVSDB_ENGINE_LIBS)

UNIT_TESTS += tests/unit/test_ovsdb_pack
tests_unit_test_ovsdb_pack_LDADD = $(CMOCKA_LIBS) $(OVSDB_ENGINE_LIBS)

UNIT_TESTS += tests/unit/test_ovsdb_twin
tests_unit_test_ovsdb_twin_LDADD = $(CMOCKA_LIBS) $(OVSDB_ENGINE_LIBS)
EXTRA_DIST += tests/unit/ovsdb_fixture.h

# controller
UNIT_TESTS += tests/unit/test_controller
tests_unit_test_controller_LDADD = $(CMOCKA_LIBS) \
	controller/libcontroller.a lib/openflow/libopenflow.a \
	lib/flow/libflow.a lib/packet/libpacket.a $(IO_LIBS) $(BASE_LIBS)

# utilities

# Where threads meet; ./check runs these under ThreadSanitizer too.
TSAN_TESTS =
TSAN_TESTS += tests/unit/test_base
TSAN_TESTS += tests/unit/test_classifier
TSAN_TESTS += tests/unit/test_io_loop
TSAN_TESTS += tests/unit/test_packet

check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)
