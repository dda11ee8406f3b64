# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += lib/base/libbase.a
lib_base_libbase_a_CFLAGS = $(AM_CFLAGS) $(URCU_CFLAGS)
lib_base_libbase_a_SOURCES = \
	lib/base/args.c lib/base/args.h \
	lib/base/assert.c lib/base/assert.h \
	lib/base/bitmap.c lib/base/bitmap.h \
	lib/base/blob.c lib/base/blob.h \
	lib/base/buf.c lib/base/buf.h \
	lib/base/clock.c lib/base/clock.h \
	lib/base/counters.c lib/base/counters.h lib/base/counters.def \
	lib/base/cursor.h \
	lib/base/hash.c lib/base/hash.h \
	lib/base/heap.c lib/base/heap.h \
	lib/base/hmap.c lib/base/hmap.h \
	lib/base/idmap.c lib/base/idmap.h \
	lib/base/limits.h lib/base/limits.def \
	lib/base/list.h \
	lib/base/log.c lib/base/log.h lib/base/log_config.c lib/base/log_priv.h \
	lib/base/map.c lib/base/map.h \
	lib/base/mem.c lib/base/mem.h \
	lib/base/rcu.c lib/base/rcu.h \
	lib/base/ring.c lib/base/ring.h \
	lib/base/rng.c lib/base/rng.h \
	lib/base/sha1.c lib/base/sha1.h \
	lib/base/str.c lib/base/str.h \
	lib/base/thread.c lib/base/thread.h \
	lib/base/types.h \
	lib/base/uuid.c lib/base/uuid.h
