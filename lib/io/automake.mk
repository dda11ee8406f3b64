# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/io/libio.a
lib_io_libio_a_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(JANSSON_CFLAGS) \
	$(OPENSSL_CFLAGS) $(NL_CFLAGS) $(PCAP_CFLAGS) $(URCU_CFLAGS)
lib_io_libio_a_SOURCES = \
	lib/io/addr.h \
	lib/io/ctl.h \
	lib/io/daemon.h \
	lib/io/json.h \
	lib/io/jsonrpc.h \
	lib/io/listen.h \
	lib/io/loop.h \
	lib/io/nl.h \
	lib/io/pcapfile.h \
	lib/io/reconnect.c lib/io/reconnect.h \
	lib/io/store.h \
	lib/io/stream.h \
	lib/io/tls.h
