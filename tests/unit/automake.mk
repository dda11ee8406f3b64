# SPDX-License-Identifier: Apache-2.0
# A test program is two lines: its name in UNIT_TESTS, and NAME_LDADD where
# it needs more than lib/base.
UNIT_TESTS = tests/unit/test_base
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

tests_unit_test_base_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
