# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/openflow/libopenflow.a
lib_openflow_libopenflow_a_SOURCES = \
	lib/openflow/act.h lib/openflow/actions.def \
	lib/openflow/channel.h \
	lib/openflow/conn.h \
	lib/openflow/errors.c lib/openflow/errors.h lib/openflow/errors.def \
	lib/openflow/instructions.def \
	lib/openflow/msg.h lib/openflow/msg_types.h lib/openflow/msgs.def \
	lib/openflow/multiparts.def \
	lib/openflow/oxm.h \
	lib/openflow/text.h \
	lib/openflow/version.h \
	lib/openflow/wire.h
