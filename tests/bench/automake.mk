# SPDX-License-Identifier: Apache-2.0
# Programs that measure; built by 'make', run by hand or by 'make bench'.

# The classifier alone: tests/bench/bench_classifier [CLASSBENCH_FILE...]
noinst_PROGRAMS += tests/bench/bench_classifier
tests_bench_bench_classifier_LDADD = lib/flow/libflow.a $(BASE_LIBS)

# Parsing and key loading alone: tests/bench/bench_parse [ROUNDS]
noinst_PROGRAMS += tests/bench/bench_parse
tests_bench_bench_parse_LDADD = \
	lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)

# The ports alone: tests/bench/bench_port TYPE:NAME TYPE:NAME
noinst_PROGRAMS += tests/bench/bench_port
tests_bench_bench_port_LDADD = $(DATAPATH_LIBS)

# A load for database servers: tests/bench/bench_ovsdb COMMAND SOCKET N [N]
noinst_PROGRAMS += tests/bench/bench_ovsdb
tests_bench_bench_ovsdb_LDADD = $(BASE_LIBS)
