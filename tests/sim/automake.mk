# SPDX-License-Identifier: Apache-2.0
# Simulations: the oracle, what is generated for it, and the switch beside it.
SIM_SOURCES = \
	tests/sim/frame.c tests/sim/frame.h \
	tests/sim/gen.h tests/sim/gen_frame.c tests/sim/gen_parts.c \
	tests/sim/gen_rules.c \
	tests/sim/oracle.c tests/sim/oracle.h tests/sim/oracle_priv.h \
	tests/sim/oracle_edit.c tests/sim/oracle_output.c \
	tests/sim/oracle_part.c

check_PROGRAMS += tests/sim/test_oracle
TESTS += tests/sim/test_oracle
tests_sim_test_oracle_SOURCES = tests/sim/test_oracle.c $(SIM_SOURCES)
tests_sim_test_oracle_LDADD = $(CMOCKA_LIBS) lib/openflow/libopenflow.a \
	lib/flow/libflow.a lib/packet/libpacket.a $(BASE_LIBS)

# make check-sim SEED= SETS= STEPS= runs it for long.
check_PROGRAMS += tests/sim/sim_pipeline
TESTS += tests/sim/sim_pipeline
tests_sim_sim_pipeline_SOURCES = \
	tests/sim/sim.h tests/sim/sim_config.c tests/sim/sim_pipeline.c \
	tests/sim/sim_print.c $(SIM_SOURCES)
tests_sim_sim_pipeline_LDADD = vswitchd/libvswitchd.a \
	datapath/libdatapath.a lib/openflow/libopenflow.a \
	lib/flow/libflow.a lib/packet/libpacket.a $(IO_LIBS) $(BASE_LIBS) \
	$(DPDK_LIBS)

check-sim: tests/sim/sim_pipeline
	tests/sim/sim_pipeline --seed $${SEED:-1} --sets $${SETS:-1000} \
		--steps $${STEPS:-10000}
.PHONY: check-sim

# make check-powerfail SEED= STATES= runs it for long.
check_PROGRAMS += tests/sim/sim_powerfail
TESTS += tests/sim/sim_powerfail
tests_sim_sim_powerfail_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_sim_sim_powerfail_SOURCES = tests/sim/sim_powerfail.c
tests_sim_sim_powerfail_LDADD = $(OVSDB_ENGINE_LIBS)

# With every wrong bit of a file of 64 KiB.
check-powerfail: tests/sim/sim_powerfail tests/unit/test_ovsdb_damage
	tests/sim/sim_powerfail --seed $${SEED:-1} --states $${STATES:-100000}
	FLIPS=1 tests/unit/test_ovsdb_damage
.PHONY: check-powerfail

# make check-sim-db SEED= SETS= STEPS= runs it for long.
check_PROGRAMS += tests/sim/sim_db
TESTS += tests/sim/sim_db
tests_sim_sim_db_SOURCES = \
	tests/sim/db_gen.c tests/sim/db_gen.h tests/sim/db_model.c \
	tests/sim/db_model.h tests/sim/db_model_commit.c \
	tests/sim/db_model_priv.h tests/sim/db_model_value.c tests/sim/sim_db.c
tests_sim_sim_db_LDADD = $(OVSDB_ENGINE_LIBS) -lm

check-sim-db: tests/sim/sim_db
	tests/sim/sim_db --seed $${SEED:-1} --sets $${SETS:-1000} \
		--steps $${STEPS:-500}
.PHONY: check-sim-db
