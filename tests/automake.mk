# SPDX-License-Identifier: Apache-2.0
# Tests of running programs, and the benchmarks: Python, outside of `make
# check`, since they need root and namespaces.
EXTRA_DIST += tests/conftest.py tests/lab.py tests/frames.py \
	tests/system tests/interop tests/bench/bench.py \
	tests/bench/flowmods.py tests/bench/forward.py \
	tests/bench/packets.py tests/bench/switch.py

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

dist-hook:
	find $(distdir) -name __pycache__ -prune -exec rm -rf {} +
