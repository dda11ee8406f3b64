# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/io/libio.a
lib_io_libio_a_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(JANSSON_CFLAGS) \
	$(OPENSSL_CFLAGS) $(NL_CFLAGS) $(PCAP_CFLAGS) $(URCU_CFLAGS)
lib_io_libio_a_SOURCES = \
	lib/io/addr.c lib/io/addr.h \
	lib/io/ctl.c lib/io/ctl.h lib/io/ctl_builtin.c lib/io/ctl_priv.h \
	lib/io/ctl_client.c lib/io/ctl_client.h \
	lib/io/daemon.c lib/io/daemon.h lib/io/daemon_opts.c \
	lib/io/daemon_priv.h lib/io/daemon_user.c \
	lib/io/json.c lib/io/json_split.c lib/io/json.h \
	lib/io/json_scan.c lib/io/json_scan.h \
	lib/io/jsonrpc.c lib/io/jsonrpc.h lib/io/jsonrpc_block.c \
	lib/io/jsonrpc_input.c lib/io/jsonrpc_input.h \
	lib/io/jsonrpc_msg.c lib/io/jsonrpc_session.c \
	lib/io/listen.c lib/io/listen.h \
	lib/io/loop.c lib/io/loop_fd.c lib/io/loop.h lib/io/loop_priv.h \
	lib/io/nl.c lib/io/nl.h \
	lib/io/pcapfile.c lib/io/pcapfile.h \
	lib/io/reconnect.c lib/io/reconnect.h \
	lib/io/store.c lib/io/store.h lib/io/store_file.c \
	lib/io/store_draft.c lib/io/store_task.c lib/io/store_crash.c \
	lib/io/store_mem.h lib/io/store_mem_priv.h \
	lib/io/store_mem.c lib/io/store_priv.h \
	lib/io/stream.c lib/io/stream.h lib/io/stream_priv.h \
	lib/io/stream_mem.c lib/io/stream_queue.c lib/io/stream_queue.h \
	lib/io/stream_tcp.c lib/io/stream_tls.c \
	lib/io/stream_unix.c \
	lib/io/tls.c lib/io/tls.h lib/io/tls_priv.h
