# SPDX-License-Identifier: Apache-2.0
# Programs that measure; built by 'make', run by hand or by 'make bench'.

# The classifier alone: tests/bench/bench_classifier [CLASSBENCH_FILE...]
noinst_PROGRAMS += tests/bench/bench_classifier
tests_bench_bench_classifier_LDADD = lib/flow/libflow.a $(BASE_LIBS)
