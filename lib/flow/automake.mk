# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/flow/libflow.a
lib_flow_libflow_a_SOURCES = \
	lib/flow/compose.c lib/flow/compose.h \
	lib/flow/extract.c lib/flow/extract.h \
	lib/flow/field.c lib/flow/field.h lib/flow/fields.def \
	lib/flow/field_text.c \
	lib/flow/flow.h \
	lib/flow/keyspec.c \
	lib/flow/locs.c \
	lib/flow/match.c lib/flow/match.h lib/flow/match_text.c \
	lib/flow/ofport.c lib/flow/ofport.h
lib_flow_libflow_a_SOURCES += \
	lib/flow/classifier.c lib/flow/classifier.h lib/flow/classifier_priv.h \
	lib/flow/exact.c \
	lib/flow/prios.c \
	lib/flow/relax.c \
	lib/flow/tuple.c \
	lib/flow/tuple_lookup.c \
	lib/flow/tuple_scan.c
