# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/packet/libpacket.a
lib_packet_libpacket_a_SOURCES = \
	lib/packet/csum.c lib/packet/csum.h \
	lib/packet/edit.c lib/packet/edit.h lib/packet/edit_priv.h \
	lib/packet/edit_l3.c \
	lib/packet/edit_l4.c \
	lib/packet/gso.c lib/packet/gso.h \
	lib/packet/hdr.h \
	lib/packet/packet.c lib/packet/packet.h \
	lib/packet/parse.c lib/packet/parse.h
