# SPDX-License-Identifier: Apache-2.0
# Tests of running programs, and the benchmarks: Python, outside of `make
# check`, since they need root and namespaces.
EXTRA_DIST += tests/conftest.py tests/lab.py tests/frames.py tests/ovsdb.py tests/pki.py \
	tests/bench/bench.py \
	tests/bench/database.py tests/bench/flowmods.py tests/bench/forward.py \
	tests/bench/packets.py tests/bench/switch.py

# What tests/interop/test_flow_text.py runs on our side.
noinst_PROGRAMS += tests/interop/flow_twin
tests_interop_flow_twin_SOURCES = tests/interop/flow_twin.c
tests_interop_flow_twin_LDADD = lib/openflow/libopenflow.a \
	lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)

PYTEST = PYTHONDONTWRITEBYTECODE=1 WEIR_BUILD=$(abs_builddir) \
	/usr/bin/python3 -m pytest -q -p no:cacheprovider

check-system: all
	$(PYTEST) $(srcdir)/tests/system $(PYTEST_ARGS)
check-interop: all
	$(PYTEST) $(srcdir)/tests/interop $(PYTEST_ARGS)
bench: all
	@WEIR_BUILD=$(abs_builddir) PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 \
		$(srcdir)/tests/bench/bench.py --only "$(ONLY)" \
		$(if $(FULL),--full)
.PHONY: check-system check-interop bench

# Their folders may hold built programs too, so not the folders as a whole.
dist-hook:
	for d in tests/system tests/interop; do \
	  $(MKDIR_P) $(distdir)/$$d && \
	    cp -p $(srcdir)/$$d/*.py $(distdir)/$$d || exit 1; \
	done
