# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/openflow/libopenflow.a
lib_openflow_libopenflow_a_SOURCES = \
	lib/openflow/act.c lib/openflow/act.h lib/openflow/act_priv.h \
	lib/openflow/act_records.h lib/openflow/act_records_nx.h \
	lib/openflow/act_control.c lib/openflow/act_controller.c \
	lib/openflow/act_ct.c lib/openflow/act_encap.c \
	lib/openflow/act_field.c lib/openflow/act_hash.c \
	lib/openflow/act_learn.c lib/openflow/act_nat.c \
	lib/openflow/act_output_more.c lib/openflow/act_rule.c \
	lib/openflow/act_stack.c \
	lib/openflow/act_header.c lib/openflow/act_inst.c \
	lib/openflow/act_move.c lib/openflow/act_output.c \
	lib/openflow/act_text.c lib/openflow/actions.def \
	lib/openflow/channel.c lib/openflow/channel.h \
	lib/openflow/channel_block.c \
	lib/openflow/conn.c lib/openflow/conn.h \
	lib/openflow/errors.c lib/openflow/errors.h lib/openflow/errors.def \
	lib/openflow/instructions.def \
	lib/openflow/layout.c lib/openflow/layout.h \
	lib/openflow/layout_priv.h lib/openflow/layout_props.c \
	lib/openflow/layout_random.c \
	lib/openflow/m_async.c lib/openflow/m_bundle.c \
	lib/openflow/m_control.c lib/openflow/m_flow.c \
	lib/openflow/m_flow15.c lib/openflow/m_group.c lib/openflow/m_meter.c \
	lib/openflow/m_monitor.c lib/openflow/m_nx.c \
	lib/openflow/m_packet.c lib/openflow/m_port.c \
	lib/openflow/m_port14.c \
	lib/openflow/m_queue.c \
	lib/openflow/m_priv.h lib/openflow/m_table.c \
	lib/openflow/msg.c lib/openflow/msg_priv.h \
	lib/openflow/msg.h lib/openflow/msg_types.h \
	lib/openflow/msg_types_multi.h lib/openflow/msgs.def \
	lib/openflow/multiparts.def \
	lib/openflow/match10.c lib/openflow/match11.c lib/openflow/oxm.c lib/openflow/oxm.h \
	lib/openflow/oxm_text.c \
	lib/openflow/print.c lib/openflow/print_async.c \
	lib/openflow/print_bundle.c lib/openflow/print_flow.c \
	lib/openflow/print_group.c lib/openflow/print_port.c \
	lib/openflow/print_monitor.c lib/openflow/print_nx.c \
	lib/openflow/print_priv.h lib/openflow/print_table.c \
	lib/openflow/print_tabledesc.c \
	lib/openflow/text.c lib/openflow/text.h lib/openflow/text_priv.h \
	lib/openflow/text_fields.c lib/openflow/text_format.c lib/openflow/text_group.c \
	lib/openflow/text_meter.c lib/openflow/text_scan.c \
	lib/openflow/version.h \
	lib/openflow/wire.h
