# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/ovsdb/libovsdb.a
lib_ovsdb_libovsdb_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
lib_ovsdb_libovsdb_a_SOURCES = \
	lib/ovsdb/atom.c lib/ovsdb/atom.h lib/ovsdb/atom_text.c \
	lib/ovsdb/cond.c lib/ovsdb/cond.h \
	lib/ovsdb/datum.c lib/ovsdb/datum.h lib/ovsdb/datum_priv.h \
	lib/ovsdb/datum_json.c lib/ovsdb/datum_scan.c \
	lib/ovsdb/datum_text.c \
	lib/ovsdb/diff.c lib/ovsdb/diff.h \
	lib/ovsdb/err.c lib/ovsdb/err.h \
	lib/ovsdb/history.c lib/ovsdb/history.h lib/ovsdb/history_file.c \
	lib/ovsdb/history_priv.h lib/ovsdb/history_rows.c \
	lib/ovsdb/history_text.c lib/ovsdb/history_undo.c \
	lib/ovsdb/idl.c lib/ovsdb/idl.h lib/ovsdb/idl_priv.h \
	lib/ovsdb/idl_member.c lib/ovsdb/idl_monitor.c \
	lib/ovsdb/idl_ops.c lib/ovsdb/idl_query.c \
	lib/ovsdb/idl_txn.c lib/ovsdb/idl_txn.h \
	lib/ovsdb/idl_txn_priv.h lib/ovsdb/idl_update.c \
	lib/ovsdb/idl_write.c \
	lib/ovsdb/frame.c lib/ovsdb/frame.h \
	lib/ovsdb/mutate.c lib/ovsdb/mutate.h \
	lib/ovsdb/pack.c lib/ovsdb/pack.h \
	lib/ovsdb/parse.c lib/ovsdb/parse.h \
	lib/ovsdb/rpc.h \
	lib/ovsdb/schema.c lib/ovsdb/schema.h \
	lib/ovsdb/text.h \
	lib/ovsdb/type.c lib/ovsdb/type.h
nodist_lib_ovsdb_libovsdb_a_SOURCES = \
	lib/ovsdb/vswitch_idl.c lib/ovsdb/vswitch_idl.h
OVSDB_LIBS = lib/ovsdb/libovsdb.a

# Typed rows of the switch's schema.
VSWITCH_SCHEMA = $(top_srcdir)/ovsdb/vswitch.ovsschema
GEN_IDL = $(PYTHON3) $(top_srcdir)/build-aux/gen-idl
BUILT_SOURCES += lib/ovsdb/vswitch_idl.c lib/ovsdb/vswitch_idl.h
CLEANFILES += lib/ovsdb/vswitch_idl.c lib/ovsdb/vswitch_idl.h
EXTRA_DIST += build-aux/gen-idl

lib/ovsdb/vswitch_idl.h: build-aux/gen-idl ovsdb/vswitch.ovsschema
	$(AM_V_GEN)$(MKDIR_P) lib/ovsdb && $(GEN_IDL) header vrec \
		$(VSWITCH_SCHEMA) $@ > $@.tmp && mv $@.tmp $@
lib/ovsdb/vswitch_idl.c: build-aux/gen-idl ovsdb/vswitch.ovsschema
	$(AM_V_GEN)$(MKDIR_P) lib/ovsdb && $(GEN_IDL) source vrec \
		$(VSWITCH_SCHEMA) lib/ovsdb/vswitch_idl.h > $@.tmp && mv $@.tmp $@
# Also when only one program is asked for, which leaves BUILT_SOURCES out.
lib/ovsdb/libovsdb_a-vswitch_idl.$(OBJEXT): lib/ovsdb/vswitch_idl.h
